//! An SQLite database with one client: its tables, its rows, and a table with the manifest.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use exodus_engine::{Access, Address, CatalogueOf, Checks, ConnectOptions, Connection, Session};
use exodus_schema::introspect::{self, Options};
use exodus_schema::{Engine, Graph, Schema};
use exodus_transfer::create::Tables;
use exodus_transfer::{Shape, Silent, There};
use serde::{Deserialize, Serialize};

use crate::channel::{self, Nowhere};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::export::{Export, Writer};
use crate::format::{Format, SqlDialect};
use crate::import::{Import, Opened};
use crate::manifest::{Manifest, Trailer, hash};
use crate::mask::Masks;
use crate::output::{Place, Temporary};
use crate::rows::RowReader;

/// The table with the manifest.
const TABLE: &str = "exodus_export";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    manifest: Manifest,
    end: Trailer,
}

/// Exports into a new file. The source is in a snapshot.
pub(crate) async fn export(export: &Export<'_>, source: &mut Session, path: &Path) -> Result<Trailer> {
    let file = Temporary::begin(path, export.force)?;
    let shown = path.display().to_string();
    let mut target = open(file.path(), &shown, false).await?;
    let empty = schema(&mut *target, &shown).await?;
    let tables = Tables::find(source, &mut *target, &export.shape, &empty).await?;
    let problems = tables.problems();
    if !problems.is_empty() {
        return Err(Error::Refused(problems));
    }
    tables.make_alone(&mut *target).await?;
    let made = Arc::new(schema(&mut *target, &shown).await?);
    let manifest = export.manifest(source).await?;
    let (to, from) = channel::channel(shown.clone());
    let opened = Opened::of_rows(manifest.clone(), Box::new(from), shown.clone());
    let (there, mut target) = {
        let made = Arc::clone(&made);
        // On a task of its own: the export waits for it.
        let arriving = tokio::spawn(async move {
            let import = Import {
                opened,
                target_schema: &made,
                dry_run: false,
                allow_lossy: false,
                allow_other_context: true,
                integrity: None,
                progress: &Silent,
            };
            let arrived = import.into_new_file(&mut *target).await;
            (arrived, target)
        });
        let exported = export.rows_into(source, Writer::Plain(Box::new(to)), &manifest).await;
        let (arrived, target) = arriving
            .await
            .map_err(|_| Error::asked("an internal error", "please report it"))?;
        // Whoever has stopped first knows why.
        arrived?;
        (exported?, target)
    };
    seal(export, &mut *target, &made, &manifest).await?;
    drop(target);
    file.finish()?;
    Ok(there)
}

/// Writes down what the file holds, in its own terms.
async fn seal(export: &Export<'_>, target: &mut Session, made: &Schema, written: &Manifest) -> Result<()> {
    let named = There::of(&written.schema, made);
    let graph = Graph::new(named.schema());
    let from = Graph::new(&written.schema);
    let tree = written.tree(&from, "the manifest")?;
    let shape = Shape {
        graph: &graph,
        tree: &tree,
        root_key: &written.root_key,
    };
    let mut manifest = Manifest::of(shape, export.client)?;
    manifest.masked.clone_from(&written.masked);
    manifest.context = written.context.clone().map(|context| Context {
        schema: Some(written.schema.clone()),
        ..context
    });
    let end = digests(target, shape, &manifest).await?;
    let manifest_text =
        serde_json::to_vec(&manifest).map_err(|error| Error::file("the manifest", "writing")(error.into()))?;
    let whole = Whole {
        manifest,
        end: Trailer {
            manifest: hash(&manifest_text),
            ..end
        },
    };
    let text = serde_json::to_string(&whole).map_err(|error| Error::file("the manifest", "writing")(error.into()))?;
    target.begin(Access::Write, Checks::Enforced).await?;
    target
        .execute(&format!("CREATE TABLE {TABLE} (manifest TEXT NOT NULL)"))
        .await?;
    target
        .execute(&format!("INSERT INTO {TABLE} VALUES ('{}')", text.replace('\'', "''")))
        .await?;
    target.commit().await?;
    Ok(())
}

/// Reads the client's rows for their digests only.
async fn digests(session: &mut Session, shape: Shape<'_>, manifest: &Manifest) -> Result<Trailer> {
    let masks = Masks::default();
    let counting = counting(shape, manifest, &masks);
    session.begin(Access::Snapshot, Checks::Enforced).await?;
    let counted = counting
        .rows_into(session, Writer::Plain(Box::new(Nowhere)), manifest)
        .await;
    session.rollback().await?;
    counted
}

fn counting<'a>(shape: Shape<'a>, manifest: &'a Manifest, masks: &'a Masks) -> Export<'a> {
    Export {
        shape,
        client: &manifest.client,
        format: Format::Sqlite,
        dialect: SqlDialect::Sqlite,
        place: &Place::Pipe,
        force: false,
        masks,
        progress: &Silent,
    }
}

async fn open(path: &Path, shown: &str, read_only: bool) -> Result<Box<dyn Connection>> {
    let options = ConnectOptions {
        read_only,
        create: !read_only,
    };
    Ok(exodus_engine::connect(shown, &Address::Sqlite(path.to_owned()), options).await?)
}

async fn schema(session: &mut Session, shown: &str) -> Result<Schema> {
    let read = introspect::read(&mut CatalogueOf(session), Engine::Sqlite, &Options::default()).await;
    read.map_err(|error| Error::damaged(shown, format!("its tables can't be read: {error}")))
}

/// A file whose manifest was read.
pub(crate) struct File {
    path: PathBuf,
    shown: String,
    end: Trailer,
}

/// Reads the manifest; none if there is none.
pub(crate) async fn open_export(path: &Path) -> Result<Option<(Manifest, File)>> {
    let shown = path.display().to_string();
    let mut session = open(path, &shown, true).await?;
    let found = session
        .query(&format!(
            "SELECT count(*) FROM sqlite_schema WHERE name = '{TABLE}' AND type = 'table'"
        ))
        .await?;
    if found.first().and_then(|row| row.first()?.as_deref()) != Some("1") {
        return Ok(None);
    }
    let rows = session.query(&format!("SELECT manifest FROM {TABLE}")).await?;
    let text = rows.into_iter().flatten().flatten().next().unwrap_or_default();
    let whole: Whole = serde_json::from_str(&text)
        .map_err(|_| Error::damaged(&shown, format!("the table {TABLE} holds no manifest")))?;
    whole.manifest.check(&shown)?;
    if hash(&serde_json::to_vec(&whole.manifest).unwrap_or_default()) != whole.end.manifest {
        return Err(Error::damaged(&shown, "its manifest is not the one that was written"));
    }
    let file = File {
        path: path.to_owned(),
        shown,
        end: whole.end,
    };
    Ok(Some((whole.manifest, file)))
}

impl File {
    /// Reads the rows on a task of their own.
    pub(crate) fn reader(self, manifest: &Manifest) -> Box<dyn RowReader> {
        let (to, from) = channel::channel(self.shown.clone());
        let manifest = manifest.clone();
        tokio::spawn(async move {
            if let Err(error) = read(&self, &manifest, to).await {
                // The other end sees that the rows break off.
                tracing::warn!(file = self.shown, %error, "reading the file");
            }
        });
        Box::new(from)
    }
}

async fn read(file: &File, manifest: &Manifest, to: channel::Writer) -> Result<()> {
    let mut session = open(&file.path, &file.shown, true).await?;
    let graph = Graph::new(&manifest.schema);
    let tree = manifest.tree(&graph, &file.shown)?;
    let shape = Shape {
        graph: &graph,
        tree: &tree,
        root_key: &manifest.root_key,
    };
    let masks = Masks::default();
    session.begin(Access::Snapshot, Checks::Enforced).await?;
    let writer = Writer::Plain(Box::new(to.ending_with(file.end.clone())));
    counting(shape, manifest, &masks)
        .rows_into(&mut *session, writer, manifest)
        .await?;
    Ok(session.rollback().await?)
}
