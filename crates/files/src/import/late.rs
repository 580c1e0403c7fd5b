//! NULL-then-set: where the server checks each row, columns of loops come as NULL, and are set when all rows are there.
//!
//! The rows come once, perhaps from a pipe: so the keys and the columns of loops of those that have any are kept in a
//! temporary file without a name. They are in the target's forms.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use exodus_engine::value::{Codec, Encoder, Form, RowError, Value, wire};
use exodus_engine::{ChunkSender, Session, channel};
use exodus_schema::{Column, Table};
use exodus_transfer::arrival;

use super::compatible::Paired;
use super::feed::Gone;
use super::load::{beside, finished};
use crate::error::{Error, Result};
use crate::text;

/// Which columns of a table are kept: the key, then those that are set late.
#[derive(Clone, Debug)]
pub(super) struct Late {
    /// Their places in a row.
    places: Vec<usize>,
    /// How many of them are the key.
    key: usize,
    columns: Vec<Column>,
    codecs: Vec<Codec>,
    set: BTreeSet<String>,
}

impl Late {
    pub(super) fn of(there: &Table, paired: &Paired, set: &BTreeSet<String>) -> Result<Self> {
        let key: Vec<String> = there.identity().map(|key| key.columns.clone()).unwrap_or_default();
        let all = paired.target_columns();
        let place = |name: &String| all.iter().position(|column| column.name == *name);
        let places: Option<Vec<usize>> = key.iter().chain(set).map(place).collect();
        let places = places.filter(|_| !key.is_empty()).ok_or_else(|| {
            Error::asked(
                format!(
                    "{} is part of a loop, and the file has no key by which its rows are found again",
                    there.name
                ),
                "give the table a primary key, or let the target session switch checks off",
            )
        })?;
        Ok(Self {
            key: key.len(),
            columns: places.iter().map(|&at| all[at].clone()).collect(),
            codecs: places.iter().map(|&at| paired.pairings[at].target().clone()).collect(),
            places,
            set: set.clone(),
        })
    }

    /// Keeps what is set late, and leaves NULL in its place.
    pub(super) fn keep(&self, row: &mut [Value<'static>], kept: &mut Option<Kept>) -> io::Result<()> {
        let is_set = |at: &usize| !matches!(row[*at], Value::Null);
        if !self.places[self.key..].iter().any(is_set) {
            return Ok(());
        }
        let kept = match kept {
            Some(kept) => kept,
            None => kept.insert(Kept::new(self.clone())?),
        };
        kept.add(self.places.iter().map(|&at| &row[at]))?;
        for &at in &self.places[self.key..] {
            row[at] = Value::Null;
        }
        Ok(())
    }
}

/// What was kept of one table.
#[derive(Debug)]
pub(super) struct Kept {
    late: Late,
    file: BufWriter<File>,
    rows: u64,
    scratch: Vec<u8>,
}

impl Kept {
    fn new(late: Late) -> io::Result<Self> {
        Ok(Self {
            late,
            file: BufWriter::new(tempfile::tempfile()?),
            rows: 0,
            scratch: vec![],
        })
    }

    /// Each value as the length of its text, one more than it is, and the text; 0 for NULL.
    fn add<'v>(&mut self, values: impl Iterator<Item = &'v Value<'static>>) -> io::Result<()> {
        for (value, codec) in values.zip(&self.late.codecs) {
            self.scratch.clear();
            let mut length = 0;
            if !matches!(value, Value::Null) {
                text::write(codec.form(), value, &mut self.scratch);
                length = self.scratch.len() as u64 + 1;
            }
            self.file.write_all(&length.to_le_bytes())?;
            self.file.write_all(&self.scratch)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// Sends all rows to the target.
    fn feed(self, mut encoder: Encoder, to: &ChunkSender) -> Result<(), Gone> {
        let failed = |error| Gone::Failed(Error::file("a temporary file", "reading")(error));
        let mut file = self.file.into_inner().map_err(|error| failed(error.into_error()))?;
        file.rewind().map_err(failed)?;
        let mut file = BufReader::new(file);
        for _ in 0..self.rows {
            let values = self.late.codecs.iter().map(|codec| value(&mut file, codec.form()));
            let values = values.collect::<io::Result<Vec<_>>>().map_err(failed)?;
            encoder
                .row(&values)
                .map_err(|error| Gone::Failed(not_encoded(&error)))?;
            if let Some(chunk) = encoder.full() {
                to.blocking_send(chunk).map_err(|_| Gone::Away)?;
            }
        }
        for chunk in encoder.finish() {
            to.blocking_send(chunk).map_err(|_| Gone::Away)?;
        }
        Ok(())
    }
}

/// They were encoded before, as parts of whole rows.
fn not_encoded(error: &RowError) -> Error {
    Error::asked(format!("rows of a loop can't be set: {error}"), "please report it")
}

fn value(file: &mut impl Read, form: Form) -> io::Result<Value<'static>> {
    let mut length = [0; 8];
    file.read_exact(&mut length)?;
    let Some(length) = u64::from_le_bytes(length).checked_sub(1) else {
        return Ok(Value::Null);
    };
    let mut text = String::new();
    file.take(length).read_to_string(&mut text)?;
    text::read(form, &text).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Sets what was kept of a table, which has all its rows by now.
pub(super) async fn set(target: &mut Session, table: &Table, kept: Kept) -> Result<()> {
    let (late, rows) = (kept.late.clone(), kept.rows);
    let load = arrival::stage(target, table, late.columns.clone()).await?;
    let encoder = Encoder::new(target.engine(), late.codecs, false);
    let (to, from) = channel();
    let mut feeding = beside(move || kept.feed(encoder, &to));
    let written = target.write(&load, wire(target.engine()), from).await;
    // Whoever has stopped first knows why.
    match (finished(&mut feeding).await, written) {
        (Err(Gone::Failed(error)), _) => return Err(error),
        (_, Err(error)) => return Err(error.into()),
        _ => {}
    }
    let key: Vec<String> = late.columns[..late.key]
        .iter()
        .map(|column| column.name.clone())
        .collect();
    Ok(arrival::set_late(target, table, &key, &late.set, rows).await?)
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Engine, TableId, ddl};

    use super::*;
    use crate::manifest::codecs;

    /// A NULL that became an empty text, or a value that ran into the next one, would be set in another row.
    #[test]
    fn what_is_kept_comes_back() {
        let sql = "CREATE TABLE t (k bytea, a text, b text, c numeric, d timestamptz, e bigint)";
        let schema = ddl::read(sql, Some(Engine::Postgres)).expect("a schema");
        let codecs = codecs(&schema, TableId(0)).expect("codecs");
        let late = Late {
            places: (0..6).collect(),
            key: 1,
            columns: schema.tables[0].columns.clone(),
            codecs: codecs.clone(),
            set: BTreeSet::new(),
        };
        let read = |form, text: &str| text::read(form, text).expect("a value");
        let rows: Vec<Vec<Value<'static>>> = [
            ["00ff0a", "", "x", "1.50", "2024-02-29 12:34:56.5", "-1"],
            ["", "a\nb", "", "NaN", "infinity", "9223372036854775807"],
        ]
        .iter()
        .map(|row| {
            row.iter()
                .zip(&codecs)
                .map(|(text, codec)| read(codec.form(), text))
                .collect()
        })
        .collect();
        let mut kept = None;
        for row in &rows {
            let mut row = row.clone();
            row[2] = Value::Null;
            late.keep(&mut row, &mut kept).expect("kept");
            assert!(row[1..].iter().all(|value| *value == Value::Null) && row[0] != Value::Null);
            // Nothing to set.
            late.keep(&mut row, &mut kept).expect("kept");
        }
        let kept = kept.expect("some were kept");
        assert_eq!(kept.rows, 2);
        let mut file = kept.file.into_inner().expect("a file");
        file.rewind().expect("rewound");
        for mut row in rows {
            row[2] = Value::Null;
            let back = codecs
                .iter()
                .map(|codec| value(&mut file, codec.form()).expect("a value"));
            assert_eq!(back.collect::<Vec<_>>(), row);
        }
        assert!(value(&mut file, Form::Text).is_err(), "nothing else was kept");
    }
}
