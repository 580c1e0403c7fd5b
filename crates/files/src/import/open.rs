//! Which kind of file it is, and what it says about itself.

use exodus_engine::value::Codec;
use exodus_schema::{Graph, TableId};

use crate::error::{Error, Result};
use crate::format::Format;
use crate::input::Input;
use crate::manifest::{Manifest, codecs};
use crate::output::Place;
use crate::rows::RowReader;
use crate::{csv, folder, jsonl, sqlite};

/// A file of which the manifest was read.
pub struct Opened {
    /// What it says about itself.
    pub manifest: Manifest,
    source: Source,
    pub(super) shown: String,
}

enum Source {
    Jsonl(jsonl::Opened),
    Folder(folder::Opened),
    Sqlite(sqlite::File),
    Rows(Box<dyn RowReader>),
}

impl Opened {
    /// Opens a file, a folder, or the standard input.
    pub async fn open(place: &Place) -> Result<Self> {
        if let Place::Path(path) = place
            && path.is_dir()
        {
            let (manifest, opened) = folder::open(path)?;
            return Ok(Self {
                manifest,
                source: Source::Folder(opened),
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

    /// What the file says about itself, and its rows.
    pub(super) fn reader(self) -> Result<(Manifest, Box<dyn RowReader>)> {
        let manifest = &self.manifest;
        let graph = Graph::new(&manifest.schema);
        let tables: Vec<TableId> = manifest
            .tree(&graph, &self.shown)?
            .members()
            .iter()
            .map(|member| member.table)
            .collect();
        let codecs = tables.iter().map(|&id| codecs(&manifest.schema, id));
        let codecs = codecs.collect::<Result<Vec<_>>>()?;
        let reader: Box<dyn RowReader> = match self.source {
            Source::Jsonl(opened) => Box::new(opened.reader(manifest, codecs)),
            Source::Folder(opened) if folder::Opened::format(manifest) == Format::Parquet => {
                parquet(opened, manifest, &tables, &codecs)?
            }
            Source::Folder(opened) => Box::new(csv::Reader::new(opened, manifest, codecs)),
            Source::Sqlite(file) => file.reader(manifest),
            Source::Rows(rows) => rows,
        };
        Ok((self.manifest, reader))
    }
}

#[cfg(feature = "parquet")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn parquet(
    opened: folder::Opened,
    manifest: &Manifest,
    tables: &[TableId],
    codecs: &[Vec<Codec>],
) -> Result<Box<dyn RowReader>> {
    let pairs = tables.iter().zip(codecs);
    let columns = pairs.map(|(&id, codecs)| crate::parquet::columns(&manifest.schema, id, codecs));
    Ok(Box::new(crate::parquet::Reader::new(
        opened,
        manifest,
        columns.collect(),
    )))
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: folder::Opened, _: &Manifest, _: &[TableId], _: &[Vec<Codec>]) -> Result<Box<dyn RowReader>> {
    Err(Error::without_parquet())
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
    if begin.starts_with(b"PAR1") {
        return Err(Error::asked(
            format!("{shown} is one table's Parquet file"),
            "give the folder that `exodus export` has written, with its manifest.json",
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
