//! From a database into a file.

use std::path::Path;

use exodus_engine::value::{Codec, Value, read_values};
use exodus_engine::{Access, Checks, Select, Session};
use exodus_schema::{Column, TableId};
use exodus_transfer::{ClientKey, Progress, Rows, Shape, Step};

use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::format::{Compression, Format, SqlDialect};
use crate::manifest::{Manifest, Trailer, codecs, travelling};
use crate::mask::Masks;
use crate::output::{Folder, Output, Place};
use crate::rows::RowWriter;
use crate::{context, csv, folder, jsonl, sql, sqlite};

/// What to export, and where to.
pub struct Export<'a> {
    /// The source's client tables.
    pub shape: Shape<'a>,
    /// Whose rows, as the source writes the key.
    pub client: &'a ClientKey,
    /// As what.
    pub format: Format,
    /// Whose SQL.
    pub dialect: SqlDialect,
    /// Where to.
    pub place: &'a Place,
    /// What is there is replaced.
    pub force: bool,
    /// What does not leave the database as it is.
    pub masks: &'a Masks,
    /// Listens.
    pub progress: &'a dyn Progress,
}

/// The formats' writers.
pub(crate) enum Writer {
    Plain(Box<dyn RowWriter>),
    Sql(Box<sql::Writer>),
}

impl Export<'_> {
    /// Exports the client from one snapshot of the source, which is outside any transaction.
    pub async fn run(&self, source: &mut Session) -> Result<Trailer> {
        source.begin(Access::Snapshot, Checks::Enforced).await?;
        let exported = self.in_snapshot(source).await;
        let ended = source.rollback().await;
        let trailer = exported?;
        ended?;
        Ok(trailer)
    }

    async fn in_snapshot(&self, source: &mut Session) -> Result<Trailer> {
        self.progress.step(Step::Preflight);
        let rows = Rows::of(self.shape, source.dialect(), self.client)?;
        rows.find_client(source).await?;
        if self.format == Format::Sqlite {
            let Place::Path(path) = self.place else {
                return Err(Error::asked(
                    "an SQLite database can't go through a pipe",
                    "name a file with --to, or take --format jsonl",
                ));
            };
            return sqlite::export(self, source, path).await;
        }
        let mut manifest = self.manifest(source).await?;
        let writer = self.writer(&mut manifest)?;
        self.rows_into(source, writer, &manifest).await
    }

    /// What the file says about itself.
    pub(crate) async fn manifest(&self, source: &mut Session) -> Result<Manifest> {
        let mut manifest = Manifest::of(self.shape, self.client)?;
        let rows = Rows::of(self.shape, source.dialect(), self.client)?;
        let rows = rows.with_key_lists(source).await?;
        manifest.context = Some(context::needed(source, &rows).await?);
        manifest.masked = self.masks.told();
        Ok(manifest)
    }

    fn codecs(&self) -> Result<Vec<Vec<Codec>>> {
        let schema = self.shape.graph.schema();
        self.shape.tables().map(|id| codecs(schema, id)).collect()
    }

    /// Writes all rows, and the end. The source is in a snapshot.
    pub(crate) async fn rows_into(
        &self,
        source: &mut Session,
        mut writer: Writer,
        manifest: &Manifest,
    ) -> Result<Trailer> {
        let rows = Rows::of(self.shape, source.dialect(), self.client)?;
        let rows = rows.with_key_lists(source).await?;
        let codecs_of = self.codecs()?;
        self.progress.step(Step::Copy);
        let mut trailer = Trailer::default();
        for (at, id) in self.shape.tables().enumerate() {
            let digest = self.table(source, &rows, (at, id), &codecs_of[at], &mut writer).await?;
            trailer.add(&manifest.tables[at].table, &digest);
        }
        if let Writer::Sql(sql) = &mut writer {
            for (at, id) in self.shape.tables().enumerate() {
                self.late(source, &rows, (at, id), &codecs_of[at], sql).await?;
            }
        }
        match writer {
            Writer::Plain(writer) => writer.finish(&trailer)?,
            Writer::Sql(writer) => writer.finish(&trailer)?,
        }
        Ok(trailer)
    }

    fn writer(&self, manifest: &mut Manifest) -> Result<Writer> {
        let codecs = self.codecs()?;
        if self.format.is_folder() {
            return self.folder_writer(manifest, codecs);
        }
        let output = Output::begin(self.place, self.force)?;
        Ok(if self.format == Format::Sql {
            let writer = sql::Writer::new(output, manifest, self.shape, &codecs, self.dialect)?;
            Writer::Sql(Box::new(writer))
        } else {
            Writer::Plain(Box::new(jsonl::Writer::new(output, manifest, &codecs)?))
        })
    }

    fn folder_writer(&self, manifest: &mut Manifest, codecs: Vec<Vec<Codec>>) -> Result<Writer> {
        let format = self.format;
        let Place::Path(path) = self.place else {
            return Err(Error::asked(
                format!("{format} is a folder of files, which can't go through a pipe"),
                "name a folder with --to, or take --format jsonl",
            ));
        };
        if Compression::of_name(path) != Compression::None {
            return Err(Error::asked(
                match format {
                    Format::Parquet => "Parquet files are compressed inside, and not once more".to_owned(),
                    _ => format!("{format} is a folder of files, which is not compressed"),
                },
                "leave out .gz or .zst, or take --format jsonl",
            ));
        }
        folder::name_files(manifest, format);
        if format == Format::Csv {
            let folder = Folder::begin(path, self.force)?;
            return Ok(Writer::Plain(Box::new(csv::Writer::new(folder, manifest, codecs))));
        }
        self.parquet_writer(path, manifest, &codecs)
    }

    #[cfg(feature = "parquet")]
    fn parquet_writer(&self, path: &Path, manifest: &Manifest, codecs: &[Vec<Codec>]) -> Result<Writer> {
        let schema = self.shape.graph.schema();
        let tables = self.shape.tables().zip(codecs);
        let columns = tables.map(|(id, codecs)| crate::parquet::columns(schema, id, codecs));
        let folder = Folder::begin(path, self.force)?;
        let writer = crate::parquet::Writer::new(folder, manifest, columns.collect());
        Ok(Writer::Plain(Box::new(writer)))
    }

    #[cfg(not(feature = "parquet"))]
    #[expect(clippy::unused_self, reason = "with the feature it is used")]
    fn parquet_writer(&self, _: &Path, _: &Manifest, _: &[Vec<Codec>]) -> Result<Writer> {
        Err(Error::without_parquet())
    }

    /// Writes the rows of a table, once more where the writer has to know all of them before it can write the first.
    async fn table(
        &self,
        source: &mut Session,
        rows: &Rows<'_>,
        (at, id): (usize, TableId),
        codecs: &[Codec],
        writer: &mut Writer,
    ) -> Result<Digest> {
        let name = &self.shape.graph.table(id).name;
        self.progress.table(name, 0);
        let mut digest = self.rows_of_table(source, rows, (at, id), codecs, writer).await?;
        if writer.as_mut().end_table()? {
            digest = self.rows_of_table(source, rows, (at, id), codecs, writer).await?;
            if writer.as_mut().end_table()? {
                let what = format!("the rows of {name} are others than a moment ago, in one snapshot");
                return Err(Error::asked(what, "try again"));
            }
        }
        self.progress.table_done(name, digest.rows());
        Ok(digest)
    }

    async fn rows_of_table(
        &self,
        source: &mut Session,
        rows: &Rows<'_>,
        (at, id): (usize, TableId),
        codecs: &[Codec],
        writer: &mut Writer,
    ) -> Result<Digest> {
        let columns: Vec<Column> = travelling(self.shape.graph.schema(), id).cloned().collect();
        let masks = self.masks.of(id, columns.iter());
        writer.as_mut().table(at)?;
        // Columns that are set late are part of the digest: it is that of the rows as they are in the end.
        let nulled: Vec<bool> = columns.iter().map(|column| writer.is_late(at, &column.name)).collect();
        let (mut digest, mut failed) = (Digest::default(), None);
        let mut each = |row: &[Value<'_>]| {
            if failed.is_some() {
                return;
            }
            let masked = masks.apply(row);
            let row = masked.as_deref().unwrap_or(row);
            digest.add(row);
            let written = if nulled.contains(&true) {
                let without = row
                    .iter()
                    .zip(&nulled)
                    .map(|(value, late)| if *late { Value::Null } else { value.clone() });
                writer.as_mut().row(&without.collect::<Vec<_>>())
            } else {
                writer.as_mut().row(row)
            };
            failed = written.err();
            self.progress.rows(1);
        };
        read_values(source, &rows.select(id, columns), codecs, &mut each).await?;
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(digest)
    }

    /// Reads once more the rows of which something is set late.
    async fn late(
        &self,
        source: &mut Session,
        rows: &Rows<'_>,
        (at, id): (usize, TableId),
        codecs: &[Codec],
        writer: &mut sql::Writer,
    ) -> Result<()> {
        let Some(late) = writer.late(at).cloned() else {
            return Ok(());
        };
        let table = self.shape.graph.table(id);
        let names: Vec<&String> = late.key.iter().chain(&late.columns).collect();
        let columns = names.iter().filter_map(|name| table.column(name)).cloned();
        let chosen = names
            .iter()
            .filter_map(|name| codecs.iter().find(|codec| codec.column() == name.as_str()));
        let chosen: Vec<Codec> = chosen.cloned().collect();
        let select = rows.select(id, columns.collect());
        let dialect = source.dialect();
        let set: Vec<_> = late
            .columns
            .iter()
            .map(|name| format!("t.{} IS NOT NULL", dialect.quote(name)))
            .collect();
        let select = Select {
            condition: format!("({}) AND ({})", select.condition, set.join(" OR ")),
            ..select
        };
        let mut failed = None;
        let mut each = |row: &[Value<'_>]| {
            if failed.is_none() {
                failed = writer.set_late(at, row).err();
            }
        };
        read_values(source, &select, &chosen, &mut each).await?;
        failed.map_or(Ok(()), Err)
    }
}

impl Writer {
    fn as_mut(&mut self) -> &mut dyn RowWriter {
        match self {
            Self::Plain(writer) => &mut **writer,
            Self::Sql(writer) => &mut **writer,
        }
    }

    fn is_late(&self, at: usize, column: &String) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Sql(writer) => writer.late(at).is_some_and(|late| late.columns.contains(column)),
        }
    }
}
