//! From a file into a database.

mod compatible;
mod feed;

use std::time::Duration;

use exodus_engine::value::{read_values, wire};
use exodus_engine::{Access, Checks, Load, Session};
use exodus_schema::{Column, Graph, Schema, TableName};
use exodus_transfer::{Problem, Progress, Rows, Shape, Step, There, arrival};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::input::Input;
use crate::manifest::{Manifest, codecs};
use crate::output::Place;
use crate::rows::RowReader;
use crate::{csv, jsonl, sqlite};
use compatible::Paired;
use feed::{Fed, Feeder, Gone};

/// A file of which the manifest was read.
pub struct Opened {
    /// What it says about itself.
    pub manifest: Manifest,
    source: Source,
    shown: String,
}

enum Source {
    Jsonl(jsonl::Opened),
    Csv(csv::Opened),
    Sqlite(sqlite::File),
    Rows(Box<dyn RowReader>),
}

impl Opened {
    /// Opens a file, a folder, or the standard input.
    pub async fn open(place: &Place) -> Result<Self> {
        if let Place::Path(path) = place
            && path.is_dir()
        {
            let (manifest, opened) = csv::open(path)?;
            return Ok(Self {
                manifest,
                source: Source::Csv(opened),
                shown: path.display().to_string(),
            });
        }
        let mut input = Input::open(place)?;
        if let Place::Path(path) = place
            && input.peek()?.starts_with(b"SQLite format 3\0")
            && let Some((manifest, file)) = sqlite::open_export(path).await?
        {
            return Ok(Self {
                manifest,
                source: Source::Sqlite(file),
                shown: input.shown,
            });
        }
        other_kinds(&mut input)?;
        let shown = input.shown.clone();
        let (manifest, opened) = jsonl::open(input)?;
        Ok(Self {
            manifest,
            source: Source::Jsonl(opened),
            shown,
        })
    }

    /// Rows that are in no file.
    pub(crate) fn of_rows(manifest: Manifest, rows: Box<dyn RowReader>, shown: String) -> Self {
        Self {
            manifest,
            source: Source::Rows(rows),
            shown,
        }
    }

    fn reader(self) -> Result<(Manifest, Box<dyn RowReader>)> {
        let graph = Graph::new(&self.manifest.schema);
        let tree = self.manifest.tree(&graph, &self.shown)?;
        let codecs = tree
            .members()
            .iter()
            .map(|member| codecs(&self.manifest.schema, member.table));
        let codecs = codecs.collect::<Result<Vec<_>>>()?;
        let reader: Box<dyn RowReader> = match self.source {
            Source::Jsonl(opened) => Box::new(opened.reader(&self.manifest, codecs)),
            Source::Csv(opened) => Box::new(opened.reader(&self.manifest, codecs)),
            Source::Sqlite(file) => file.reader(&self.manifest),
            Source::Rows(rows) => rows,
        };
        Ok((self.manifest, reader))
    }
}

/// Says what to do with what exodus writes and others read.
fn other_kinds(input: &mut Input) -> Result<()> {
    let shown = input.shown.clone();
    let begin = input.peek()?;
    if begin.starts_with(b"SQLite format 3\0") {
        return Err(Error::asked(
            format!("{shown} is an SQLite database"),
            format!("move the client out of it: `exodus move --from {shown} --to DB`"),
        ));
    }
    if begin.starts_with(b"-- One client's rows") {
        let text = String::from_utf8_lossy(begin);
        let line = text.lines().next().unwrap_or_default();
        let command = line
            .rsplit_once("Load them: ")
            .map_or("psql, mysql or sqlite3", |(_, command)| command);
        return Err(Error::asked(
            format!("{shown} is {}, which the database's own program reads", Format::Sql),
            format!("load it with {}", command.replace("FILE", &shown)),
        ));
    }
    Ok(())
}

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
        let checks = arrival::checks(target);
        refuse(arrival::triggers(target, there, target_schema, checks))?;
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
            finished(&mut beside(move || feeder.look())).await?
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

/// How long a feeder may take to tell why it let go of the stream.
const PATIENCE: Duration = Duration::from_millis(200);

/// How work on a thread of its own has ended.
type Ending<T> = oneshot::Receiver<std::thread::Result<T>>;

/// Works on a thread, which may hang in a pipe: so it is none that the program would wait for at its end.
fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Ending<T> {
    let (tell, ending) = oneshot::channel();
    std::thread::spawn(move || {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // Whoever asked may have gone.
        drop(tell.send(done));
    });
    ending
}

/// Waits for such work. A panic in it goes on here.
async fn finished<T>(ending: &mut Ending<T>) -> T {
    match ending.await {
        Ok(Ok(done)) => done,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(gone) => std::panic::resume_unwind(Box::new(gone)),
    }
}

/// Writes what the feeder gives, table by table.
async fn load(target: &mut Session, feeder: Feeder, loads: &[Load], progress: &dyn Progress) -> Result<Vec<Fed>> {
    let (hand, mut tables) = mpsc::channel(1);
    let mut feeding = beside(move || feeder.feed(&hand));
    let mut failed = None;
    let mut stored = vec![0; loads.len()];
    while let Some((at, chunks)) = tables.recv().await {
        progress.table(&loads[at].table, 0);
        match target.write(&loads[at], wire(target.engine()), chunks).await {
            Ok(rows) => {
                stored[at] = rows;
                progress.rows(rows);
                progress.table_done(&loads[at].table, rows);
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    drop(tables);
    // A feeder that fails lets go of the stream, so that the writer fails, too: the first cause is told. One that waits for
    // a pipe is not waited for.
    if let Some(error) = failed {
        return match tokio::time::timeout(PATIENCE, finished(&mut feeding)).await {
            Ok(Err(Gone::Failed(first))) => Err(first),
            _ => Err(error.into()),
        };
    }
    let fed = finished(&mut feeding).await.map_err(|gone| match gone {
        Gone::Failed(error) => error,
        Gone::Away => Error::asked("the rows found no way to the target", "try again"),
    })?;
    for ((fed, stored), load) in fed.iter().zip(stored).zip(loads) {
        if fed.arrived.rows() != stored {
            return Err(exodus_transfer::Error::Moved {
                database: target.name().to_owned(),
                table: load.table.clone(),
                doing: "storing rows of",
                expected: fed.arrived.rows(),
                found: stored,
            }
            .into());
        }
    }
    Ok(fed)
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
