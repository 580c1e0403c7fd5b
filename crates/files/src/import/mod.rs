//! From a file into a database.

mod compatible;
mod feed;
mod load;
mod open;

use exodus_engine::value::read_values;
use exodus_engine::{Access, Checks, Load, Session};
use exodus_schema::{Column, Graph, Schema, TableName};
use exodus_transfer::{Problem, Progress, Rows, Shape, Step, There, arrival};
use serde::Serialize;

use crate::digest::Digest;
use crate::error::{Error, Result};
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
        let (dry_run, progress, target_schema) = (self.dry_run, self.progress, self.target_schema);
        let shown = self.opened.shown.clone();
        let (manifest, reader) = self.opened.reader()?;
        let graph = Graph::new(&manifest.schema);
        let tree = manifest.tree(&graph, &shown)?;
        let named = There::of(&manifest.schema, target_schema);
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
        let (problems, paired) = compatible::pair(here, there, target_schema, target.name(), self.allow_lossy);
        refuse(problems)?;
        let rows = Rows::of(there, target.dialect(), &manifest.client)?;
        let checks = arrival::checks(target, None)?;
        let loops = arrival::loops(target, there, target_schema, checks);
        refuse(arrival::triggers(target, there, target_schema, (checks, &loops)))?;
        if dry_run {
            target.begin(Access::Snapshot, Checks::Enforced).await?;
            refuse(arrival::occupied(target, &rows).await?)?;
        } else {
            target.begin(Access::Write, checks).await?;
            refuse(arrival::begin(target, &rows).await?)?;
        }
        progress.step(Step::Copy);
        let feeder = Feeder::new(reader, &manifest, &paired, target.engine(), shown)?;
        let loads: Vec<Load> = paired.iter().map(Paired::load).collect();
        let fed = if dry_run {
            load::look(feeder).await?
        } else {
            load(target, feeder, &loads, progress).await?
        };
        if !dry_run {
            if prove {
                progress.step(Step::Prove);
                arrival::prove(target, &rows, target_schema, checks).await?;
            }
            progress.step(Step::Verify);
            verify(target, &rows, &paired, &fed, progress).await?;
            for id in there.tables() {
                target.advance_generators(there.graph.table(id)).await?;
            }
        }
        let tables = there.tables().zip(&fed).map(|(id, fed)| ImportedTable {
            table: there.graph.table(id).name.clone(),
            rows: fed.arrived.rows(),
        });
        let tables: Vec<_> = tables.collect();
        Ok(Imported {
            rows: tables.iter().map(|table| table.rows).sum(),
            tables,
        })
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
