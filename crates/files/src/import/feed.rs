//! The thread that reads the file: it compares the rows with what the file says of them, and encodes them for the target.

use exodus_engine::value::{Codec, Encoder, Misfit, Pairing, RowError, Value};
use exodus_engine::{ChunkReceiver, ChunkSender, channel};
use exodus_schema::{Engine, TableName};
use tokio::sync::mpsc;

use super::Arriving;
use super::compatible::Paired;
use super::late::{Kept, Late};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::manifest::{Manifest, Trailer, codecs};
use crate::rows::{Item, RowReader};

/// What was read of a table.
#[derive(Debug, Default)]
pub(super) struct Fed {
    /// In the forms of the file.
    file: Digest,
    /// In the forms that both ends have.
    pub(super) arrived: Digest,
    /// What has to be set once all rows are there.
    pub(super) late: Option<Kept>,
}

/// Why feeding ended early.
pub(super) enum Gone {
    /// The file is not as it should be.
    Failed(Error),
    /// Nobody takes the rows any more: the reason is told elsewhere.
    Away,
}

impl From<Error> for Gone {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

struct Table {
    name: TableName,
    natural: Vec<Codec>,
    pairings: Vec<Pairing>,
    required: Vec<bool>,
    /// Columns that come as NULL at first.
    late: Option<Late>,
    /// The foreign key that lets no row of it come.
    stuck: Option<String>,
}

/// Feeds the target.
pub(super) struct Feeder {
    reader: Box<dyn RowReader>,
    tables: Vec<Table>,
    engine: Engine,
    shown: String,
}

/// The table whose rows are under way.
struct Stream {
    at: usize,
    encoder: Encoder,
    chunks: Option<ChunkSender>,
}

impl Feeder {
    pub(super) fn new(
        reader: Box<dyn RowReader>,
        manifest: &Manifest,
        arriving: &Arriving<'_>,
        engine: Engine,
        shown: String,
    ) -> Result<Self> {
        let table = |paired: &Paired| {
            let there = arriving.rows.shape.graph.table(paired.id);
            let late = arriving.loops.late.get(&paired.id);
            Ok(Table {
                late: late.map(|columns| Late::of(there, paired, columns)).transpose()?,
                stuck: arriving.loops.stuck.get(&paired.id).cloned(),
                name: manifest.schema.tables[paired.id.0].name.clone(),
                natural: codecs(&manifest.schema, paired.id)?,
                pairings: paired.pairings.clone(),
                required: paired.required(),
            })
        };
        Ok(Self {
            reader,
            tables: arriving.paired.iter().map(table).collect::<Result<_>>()?,
            engine,
            shown,
        })
    }

    /// Reads everything and writes nothing.
    pub(super) fn look(self) -> Result<Vec<Fed>> {
        self.run(None).map_err(|gone| match gone {
            Gone::Failed(error) => error,
            Gone::Away => Error::asked("nobody takes the rows", "try again"),
        })
    }

    /// Hands over, table by table, the stream of its rows. Tables without rows are left out.
    pub(super) fn feed(self, hand: &mpsc::Sender<(usize, ChunkReceiver)>) -> Result<Vec<Fed>, Gone> {
        self.run(Some(hand))
    }

    fn run(mut self, hand: Option<&mpsc::Sender<(usize, ChunkReceiver)>>) -> Result<Vec<Fed>, Gone> {
        let mut fed: Vec<Fed> = self.tables.iter().map(|_| Fed::default()).collect();
        let mut stream: Option<Stream> = None;
        loop {
            match self.reader.next()? {
                Item::Row(at, row) => {
                    let mut current = match stream.take() {
                        Some(current) if current.at == at => current,
                        ended => {
                            ended.map_or(Ok(()), Stream::end)?;
                            self.begin(at, hand)?
                        }
                    };
                    self.row(&mut current, &row, &mut fed[at])?;
                    stream = Some(current);
                }
                Item::End(trailer) => {
                    // Compared before the last stream ends: rows of a file that is not whole are never complete.
                    self.compare(&trailer, &fed)?;
                    stream.map_or(Ok(()), Stream::end)?;
                    return Ok(fed);
                }
            }
        }
    }

    fn begin(&self, at: usize, hand: Option<&mpsc::Sender<(usize, ChunkReceiver)>>) -> Result<Stream, Gone> {
        if let Some(relation) = &self.tables[at].stuck {
            let what = format!("no order of tables satisfies the server, which checks each row: {relation}");
            return Err(Gone::Failed(Error::asked(
                what,
                "let the target session switch checks off, make the foreign key deferrable, or one of its columns nullable",
            )));
        }
        let targets = self.tables[at]
            .pairings
            .iter()
            .map(|pairing| pairing.target().clone())
            .collect();
        let chunks = match hand {
            Some(hand) => {
                let (chunks, from) = channel();
                hand.blocking_send((at, from)).map_err(|_| Gone::Away)?;
                Some(chunks)
            }
            None => None,
        };
        Ok(Stream {
            at,
            encoder: Encoder::new(self.engine, targets, false),
            chunks,
        })
    }

    fn row(&self, stream: &mut Stream, row: &[Value<'static>], fed: &mut Fed) -> Result<(), Gone> {
        fed.file.add(row);
        let table = &self.tables[stream.at];
        let is_missing = |(value, required): (&Value<'_>, &bool)| *required && matches!(value, Value::Null);
        if let Some(at) = row.iter().zip(&table.required).position(is_missing) {
            let what = "NULL, which the target's column must not be";
            let help = "let the column be NULL there, or correct the value on the source";
            return Err(self.refused(table, table.natural[at].column(), what, help));
        }
        let mut arriving = self.arriving(table, row)?;
        fed.arrived.add(&arriving);
        if let Some(late) = &table.late {
            late.keep(&mut arriving, &mut fed.late)
                .map_err(Error::file("a temporary file", "writing"))?;
        }
        stream.encoder.row(&arriving).map_err(|error| match error {
            RowError::Misfit { column, misfit } => self.refused(table, &column, misfit.what, misfit.help),
            RowError::Stream(what) => Gone::Failed(Error::damaged(&self.shown, what)),
        })?;
        match (stream.encoder.full(), &stream.chunks) {
            (Some(chunk), Some(chunks)) => chunks.blocking_send(chunk).map_err(|_| Gone::Away),
            _ => Ok(()),
        }
    }

    /// The row in the forms that both ends have.
    fn arriving(&self, table: &Table, row: &[Value<'static>]) -> Result<Vec<Value<'static>>, Gone> {
        let mut field = vec![];
        let one = |((value, natural), pairing): ((&Value<'static>, &Codec), &Pairing)| {
            if natural.form() == pairing.form() || matches!(value, Value::Null) {
                return Ok(value.clone());
            }
            // By way of the source's own text: how a value of one form is one of another is known in one place only.
            let refused = |misfit: Misfit| self.refused(table, natural.column(), misfit.what, misfit.help);
            natural.check(value).map_err(refused)?;
            field.clear();
            natural.write(value, &mut field);
            Ok(pairing.source().decode(Some(&field)).map_err(refused)?.into_owned())
        };
        row.iter().zip(&table.natural).zip(&table.pairings).map(one).collect()
    }

    fn refused(&self, table: &Table, column: &str, what: &str, help: &str) -> Gone {
        let what = format!("{}: {}: column {column} holds {what}", self.shown, table.name);
        Gone::Failed(Error::asked(what, help))
    }

    fn compare(&self, trailer: &Trailer, fed: &[Fed]) -> Result<()> {
        let names = self.tables.iter().map(|table| &table.name);
        if !trailer.tables.iter().map(|counted| &counted.table).eq(names) {
            return Err(Error::damaged(
                &self.shown,
                "its end tells of other tables than its manifest",
            ));
        }
        for (counted, fed) in trailer.tables.iter().zip(fed) {
            if counted.rows != fed.file.rows() {
                let what = format!(
                    "{} should have {} rows and has {}",
                    counted.table,
                    counted.rows,
                    fed.file.rows()
                );
                return Err(Error::damaged(&self.shown, what));
            }
            if counted.digest != fed.file.sum() {
                let what = format!("rows of {} are not those that were written", counted.table);
                return Err(Error::damaged(&self.shown, what));
            }
        }
        Ok(())
    }
}

impl Stream {
    fn end(self) -> Result<(), Gone> {
        let Some(chunks) = self.chunks else { return Ok(()) };
        for chunk in self.encoder.finish() {
            chunks.blocking_send(chunk).map_err(|_| Gone::Away)?;
        }
        Ok(())
    }
}
