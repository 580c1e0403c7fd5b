//! From a file into a database.

mod compatible;
mod context;
mod feed;
mod late;
mod load;
mod open;

use exodus_engine::value::read_values;
use exodus_engine::{Access, Checks, Load, Session};
use exodus_schema::{Column, Graph, Schema, TableName};
use exodus_transfer::arrival::{self, Loops};
use exodus_transfer::{Integrity, Problem, Progress, Rows, Shape, Step, There};
use serde::Serialize;

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use compatible::Paired;
use feed::{Fed, Feeder};
use load::load;

pub use open::Opened;

/// What to import.
pub struct Import<'a> {
    /// The file.
    pub opened: Opened,
    /// The target's tables.
    pub target_schema: &'a Schema,
    /// The file is read and compared, and nothing is written.
    pub dry_run: bool,
    /// Columns may be paired of which something gets lost.
    pub allow_lossy: bool,
    /// The rows that the client's rows need may be others than on the source.
    pub allow_other_context: bool,
    /// How foreign keys are made to hold, if that is not left to what the session may do.
    pub integrity: Option<Integrity>,
    /// Listens.
    pub progress: &'a dyn Progress,
}

/// What was imported.
#[derive(Clone, Debug, Serialize)]
pub struct Imported {
    /// Table by table, as the target calls them.
    pub tables: Vec<ImportedTable>,
    /// Rows in all.
    pub rows: u64,
}

/// What was imported of a table.
#[derive(Clone, Debug, Serialize)]
pub struct ImportedTable {
    /// The table.
    pub table: TableName,
    /// Rows.
    pub rows: u64,
}

impl Import<'_> {
    /// Imports the file in one transaction. The target is outside of any.
    pub async fn run(self, target: &mut Session) -> Result<Imported> {
        self.committed(target, true).await
    }

    /// The same into a new database that has no rows of others: the rows that the client's need stay behind.
    pub(crate) async fn into_new_file(self, target: &mut Session) -> Result<Imported> {
        self.committed(target, false).await
    }

    async fn committed(self, target: &mut Session, prove: bool) -> Result<Imported> {
        let dry_run = self.dry_run;
        let done = self.in_transaction(target, prove).await;
        match done {
            Ok(imported) if !dry_run => {
                target.commit().await?;
                Ok(imported)
            }
            done => {
                // A connection that can't roll back has lost its transaction with it.
                if let Err(error) = target.rollback().await {
                    tracing::debug!(%error, "no rollback; the server undoes it");
                }
                done
            }
        }
    }

    async fn in_transaction(self, target: &mut Session, prove: bool) -> Result<Imported> {
        self.progress.step(Step::Preflight);
        let shown = self.opened.shown.clone();
        let (manifest, reader) = self.opened.reader()?;
        let graph = Graph::new(&manifest.schema);
        let tree = manifest.tree(&graph, &shown)?;
        let named = There::of(&manifest.schema, self.target_schema);
        let graph_there = Graph::new(named.schema());
        let here = Shape {
            graph: &graph,
            tree: &tree,
            root_key: &manifest.root_key,
        };
        let there = Shape {
            graph: &graph_there,
            ..here
        };
        let (problems, paired) = compatible::pair(here, there, self.target_schema, target.name(), self.allow_lossy);
        refuse(problems)?;
        let checks = arrival::checks(target, self.integrity)?;
        let arriving = Arriving {
            rows: Rows::of(there, target.dialect(), &manifest.client)?,
            loops: arrival::loops(target, there, self.target_schema, checks),
            paired,
            checks,
            target_schema: self.target_schema,
            context: (prove && !self.allow_other_context).then_some(&manifest),
            prove,
            progress: self.progress,
        };
        arriving.begin(target, self.dry_run).await?;
        self.progress.step(Step::Copy);
        let feeder = Feeder::new(reader, &manifest, &arriving, target.engine(), shown)?;
        let fed = if self.dry_run {
            load::look(feeder).await?
        } else {
            arriving.write(target, feeder).await?
        };
        Ok(arriving.told(&fed))
    }
}

/// An import whose file and target fit each other.
struct Arriving<'a> {
    /// The client's, as the target has them.
    rows: Rows<'a>,
    /// In the order of the file.
    paired: Vec<Paired>,
    checks: Checks,
    loops: Loops,
    target_schema: &'a Schema,
    /// Whose context rows have to be those of the source.
    context: Option<&'a Manifest>,
    prove: bool,
    progress: &'a dyn Progress,
}

impl Arriving<'_> {
    async fn begin(&self, target: &mut Session, dry_run: bool) -> Result<()> {
        let there = self.rows.shape;
        let loops = (self.checks, &self.loops);
        refuse(arrival::triggers(target, there, self.target_schema, loops))?;
        refuse(arrival::lacking(target, there, loops).await?)?;
        if dry_run {
            target.begin(Access::Snapshot, Checks::Enforced).await?;
            refuse(arrival::occupied(target, &self.rows).await?)
        } else {
            target.begin(Access::Write, self.checks).await?;
            refuse(arrival::begin(target, &self.rows).await?)
        }
    }

    /// Writes the rows, proves that they have what they need, and reads them again.
    async fn write(&self, target: &mut Session, feeder: Feeder) -> Result<Vec<Fed>> {
        let loads: Vec<Load> = self.paired.iter().map(Paired::load).collect();
        let mut fed = load(target, feeder, &loads, self.progress).await?;
        for (paired, fed) in self.paired.iter().zip(&mut fed) {
            if let Some(kept) = fed.late.take() {
                late::set(target, self.rows.shape.graph.table(paired.id), kept).await?;
            }
        }
        if self.prove {
            self.progress.step(Step::Prove);
            arrival::prove(target, &self.rows, self.target_schema, self.checks).await?;
        }
        if let Some(manifest) = self.context {
            context::compare(target, &self.rows, self.target_schema, manifest).await?;
        }
        self.progress.step(Step::Verify);
        verify(target, &self.rows, &self.paired, &fed, self.progress).await?;
        for id in self.rows.shape.tables() {
            target.advance_generators(self.rows.shape.graph.table(id)).await?;
        }
        Ok(fed)
    }

    fn told(&self, fed: &[Fed]) -> Imported {
        let shape = self.rows.shape;
        let tables = shape.tables().zip(fed).map(|(id, fed)| ImportedTable {
            table: shape.graph.table(id).name.clone(),
            rows: fed.arrived.rows(),
        });
        let tables: Vec<_> = tables.collect();
        Imported {
            rows: tables.iter().map(|table| table.rows).sum(),
            tables,
        }
    }
}

fn refuse(problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(problems))
    }
}

/// Reads the target's rows again: they must be those of the file.
async fn verify(
    target: &mut Session,
    rows: &Rows<'_>,
    paired: &[Paired],
    fed: &[Fed],
    progress: &dyn Progress,
) -> Result<()> {
    let mut altered = vec![];
    for (paired, fed) in paired.iter().zip(fed) {
        let columns: Vec<Column> = paired.target_columns();
        let codecs: Vec<_> = paired.pairings.iter().map(|pairing| pairing.target().clone()).collect();
        let mut digest = Digest::default();
        let select = rows.select(paired.id, columns);
        read_values(target, &select, &codecs, &mut |row| digest.add(row)).await?;
        if !digest.is_equal(&fed.arrived) {
            altered.push(select.table.to_string());
        }
        progress.table_done(&select.table, digest.rows());
    }
    if altered.is_empty() {
        return Ok(());
    }
    Err(Error::Altered {
        database: target.name().to_owned(),
        tables: altered,
    })
}
