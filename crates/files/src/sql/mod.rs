//! SQL for `psql`, `mysql` and `sqlite3`: one transaction that ends with the file, or has not happened.

mod frame;
mod literal;
mod loops;

use exodus_engine::Dialect;
use exodus_engine::value::{Codec, End, Value, mapped_type};
use exodus_schema::{Engine, quote};
use exodus_transfer::{Shape, name_there};
use serde_json::json;

use crate::error::{Error, Result};
use crate::format::SqlDialect;
use crate::manifest::{Manifest, Trailer, hash, travelling};
use crate::output::Output;
use crate::rows::RowWriter;
use frame::Frame;
use literal::{Column, copy_field};

pub(crate) use loops::Late;

/// Bytes after which an INSERT ends. Servers take statements of 16 MiB and more; 1 MiB is MySQL's smallest common limit.
const STATEMENT: usize = 256 * 1024;

pub(crate) struct Writer {
    output: Output,
    manifest: String,
    frame: Frame,
    tables: Vec<Table>,
    at: Option<usize>,
    /// The statement under way.
    statement: Vec<u8>,
    scratch: Vec<u8>,
}

struct Table {
    shown: String,
    /// As the dialect writes it.
    name: String,
    /// `"id", "name"`
    names: String,
    columns: Vec<Column>,
    /// Columns that are set when all rows are there, and how rows are found then.
    late: Option<Late>,
}

impl Writer {
    pub(crate) fn new(
        mut output: Output,
        manifest: &Manifest,
        shape: Shape<'_>,
        codecs: &[Vec<Codec>],
        dialect: SqlDialect,
    ) -> Result<Self> {
        let mut tables = vec![];
        let mut late = loops::late(shape, dialect)?;
        for ((id, codecs), late) in shape.tables().zip(codecs).zip(late.drain(..)) {
            tables.push(Table::new(shape, id, codecs, dialect, late)?);
        }
        let frame = Frame::new(
            dialect,
            shape,
            &tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>(),
        );
        let head = serde_json::to_vec(&json!({ "manifest": manifest }))
            .map_err(|error| Error::file("the manifest", "writing")(error.into()))?;
        let mut line = b"-- exodus: ".to_vec();
        line.extend_from_slice(&head);
        line.push(b'\n');
        output.write(frame.title(manifest).as_bytes())?;
        output.write(&line)?;
        output.write(frame.begin().as_bytes())?;
        Ok(Self {
            output,
            manifest: hash(&head),
            frame,
            tables,
            at: None,
            statement: vec![],
            scratch: vec![],
        })
    }

    /// The columns that a table's rows come without at first.
    pub(crate) fn late(&self, at: usize) -> Option<&Late> {
        self.tables[at].late.as_ref()
    }

    /// Sets the late columns of a row: the values of its key, then of these columns.
    pub(crate) fn set_late(&mut self, at: usize, row: &[Value<'_>]) -> Result<()> {
        self.end_rows()?;
        let table = &self.tables[at];
        let Some(late) = &table.late else { return Ok(()) };
        let quote = |name: &String| quote(Engine::Postgres, name);
        let of = |name: &String| table.columns.iter().find(|column| column.codec.column() == name);
        let mut parts = vec![];
        for (name, value) in late.key.iter().chain(&late.columns).zip(row) {
            let mut part = format!("{} = ", quote(name)).into_bytes();
            if let Some(column) = of(name) {
                column
                    .literal(value, &mut part)
                    .map_err(|what| table.unwritten(name, what))?;
            }
            parts.push(String::from_utf8_lossy(&part).into_owned());
        }
        let (key, set) = parts.split_at(late.key.len());
        let sql = format!(
            "UPDATE {} SET {} WHERE {};\n",
            table.name,
            set.join(", "),
            key.join(" AND ")
        );
        self.output.write(sql.as_bytes())
    }

    fn end_rows(&mut self) -> Result<()> {
        let Some(at) = self.at.take() else { return Ok(()) };
        match self.frame.dialect {
            SqlDialect::Postgres => self.statement.extend_from_slice(b"\\.\n"),
            _ if self.statement.is_empty() => return Ok(()),
            _ => self.statement.extend_from_slice(b";\n"),
        }
        let _ = at;
        self.output.write(&self.statement)?;
        self.statement.clear();
        Ok(())
    }

    fn begin_statement(&mut self, at: usize) {
        let table = &self.tables[at];
        let begin = match self.frame.dialect {
            SqlDialect::Postgres => format!("COPY {} ({}) FROM stdin;\n", table.name, table.names),
            _ => format!("INSERT INTO {} ({}) VALUES\n", table.name, table.names),
        };
        self.statement.extend_from_slice(begin.as_bytes());
    }

    fn copy_row(&mut self, at: usize, row: &[Value<'_>]) -> Result<()> {
        let table = &self.tables[at];
        for (place, (value, column)) in row.iter().zip(&table.columns).enumerate() {
            if place > 0 {
                self.statement.push(b'\t');
            }
            if matches!(value, Value::Null) {
                self.statement.extend_from_slice(b"\\N");
                continue;
            }
            self.scratch.clear();
            let written = column.postgres(value, &mut self.scratch);
            written.map_err(|what| table.unwritten(column.codec.column(), what))?;
            copy_field(&self.scratch, &mut self.statement);
        }
        self.statement.push(b'\n');
        if self.statement.len() >= STATEMENT {
            self.output.write(&self.statement)?;
            self.statement.clear();
        }
        Ok(())
    }

    fn insert_row(&mut self, at: usize, row: &[Value<'_>]) -> Result<()> {
        if self.statement.is_empty() {
            self.begin_statement(at);
        } else {
            self.statement.extend_from_slice(b",\n");
        }
        let table = &self.tables[at];
        for (place, (value, column)) in row.iter().zip(&table.columns).enumerate() {
            self.statement.push(if place > 0 { b',' } else { b'(' });
            let written = column.literal(value, &mut self.statement);
            written.map_err(|what| table.unwritten(column.codec.column(), what))?;
        }
        self.statement.push(b')');
        if self.statement.len() >= STATEMENT {
            self.statement.extend_from_slice(b";\n");
            self.output.write(&self.statement)?;
            self.statement.clear();
        }
        Ok(())
    }
}

impl RowWriter for Writer {
    fn table(&mut self, at: usize) -> Result<()> {
        self.end_rows()?;
        self.at = Some(at);
        if self.frame.dialect == SqlDialect::Postgres {
            self.begin_statement(at);
        }
        Ok(())
    }

    fn row(&mut self, row: &[Value<'_>]) -> Result<()> {
        match (self.at, self.frame.dialect) {
            (None, _) => Ok(()),
            (Some(at), SqlDialect::Postgres) => self.copy_row(at, row),
            (Some(at), _) => self.insert_row(at, row),
        }
    }

    fn finish(mut self: Box<Self>, trailer: &Trailer) -> Result<()> {
        self.end_rows()?;
        self.output.write(self.frame.end().as_bytes())?;
        let trailer = Trailer {
            manifest: self.manifest,
            ..trailer.clone()
        };
        let line = format!("-- exodus: {}\n", json!({ "end": trailer }));
        self.output.write(line.as_bytes())?;
        self.output.finish()
    }
}

impl Table {
    fn new(
        shape: Shape<'_>,
        id: exodus_schema::TableId,
        codecs: &[Codec],
        dialect: SqlDialect,
        late: Option<Late>,
    ) -> Result<Self> {
        let schema = shape.graph.schema();
        let table = shape.graph.table(id);
        let engine = dialect.engine(schema.engine);
        let name = name_there(&table.name, schema.engine, engine);
        let columns = travelling(schema, id).zip(codecs).map(|(column, codec)| {
            let mapped = mapped_type(&End::of(schema, column), engine, None);
            let mapped = mapped.map_err(|refusal| {
                let what = format!("{}: column {}: {}", table.name, column.name, refusal.reason);
                Error::asked(what, "export it as jsonl or csv, which take every value")
            })?;
            Ok(Column {
                codec: codec.clone(),
                dialect,
                own: SqlDialect::of(schema.engine) == dialect && schema.engine != Engine::Sqlite,
                bits: mapped.sql.starts_with("bit"),
            })
        });
        let columns: Vec<Column> = columns.collect::<Result<_>>()?;
        let names: Vec<_> = columns
            .iter()
            .map(|column| quote(engine, column.codec.column()))
            .collect();
        Ok(Self {
            shown: table.name.to_string(),
            name: Dialect::of(engine).table(&name),
            names: names.join(", "),
            columns,
            late,
        })
    }

    fn unwritten(&self, column: &str, what: &str) -> Error {
        Error::asked(
            format!("{}: column {column} holds {what}", self.shown),
            "export it as jsonl or csv, which take every value",
        )
    }
}
