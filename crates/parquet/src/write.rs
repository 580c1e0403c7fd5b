//! Rows into a file, group by group.

use std::io::Write;
use std::sync::Arc;

use exodus_engine::value::{Form, Value};
use parquet::basic::{Compression, Type as Physical, ZstdLevel};
use parquet::data_type as of;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use serde::{Deserialize, Serialize};

use crate::choose::Choice;
use crate::error::{Error, Result};
use crate::number::{days, microseconds, of_day, unscaled};
use crate::stored::Stored;
use crate::{Column, Texts};

/// Bytes that a group's values may take in memory, so that all that is done with them stays below 64 MiB.
const GROUP: usize = 16 * 1024 * 1024;

/// What the file says of its columns, in its key-value metadata.
pub(crate) const COLUMNS: &str = "exodus.columns";

/// A column as the file tells of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) name: String,
    /// As the product calls it.
    #[serde(rename = "type")]
    pub(crate) native_type: String,
    pub(crate) form: String,
    pub(crate) stored: String,
}

/// `timestamp`, as manifests call it.
pub(crate) fn form_name(form: Form) -> String {
    format!("{form:?}").to_lowercase()
}

/// How a file was ended.
#[derive(Debug)]
pub enum Ended<W> {
    /// All rows are in it.
    Whole(W),
    /// A value came that does not fit what its column had begun as: what was written is of no use, and all rows have to be
    /// given again to a writer that begins with these.
    Again(Vec<Stored>),
}

/// Writes the rows of one table.
pub struct Writer<W: Write + Send> {
    columns: Vec<Choice>,
    texts: Texts,
    about: Vec<(String, String)>,
    /// What the columns are stored as, once that is settled.
    stored: Option<Vec<Stored>>,
    output: Output<W>,
    /// Column by column.
    held: Vec<Vec<Value<'static>>>,
    bytes: usize,
    most: usize,
    misfit: bool,
}

enum Output<W: Write + Send> {
    None,
    Waiting(W),
    Begun(SerializedFileWriter<W>),
}

impl<W: Write + Send> Writer<W> {
    /// Begins a file. `stored` is what a first try has asked for; `about` is told in the file.
    pub fn new(
        to: W,
        columns: Vec<Column>,
        stored: Option<Vec<Stored>>,
        about: Vec<(String, String)>,
        texts: Texts,
    ) -> Result<Self> {
        if columns.is_empty() {
            return Err(Error::Unwritable("Parquet has no tables without columns".to_owned()));
        }
        Ok(Self {
            held: columns.iter().map(|_| vec![]).collect(),
            columns: columns.into_iter().map(Choice::new).collect(),
            texts,
            about,
            stored,
            output: Output::Waiting(to),
            bytes: 0,
            most: GROUP,
            misfit: false,
        })
    }

    #[cfg(test)]
    pub(crate) fn with_groups_of(self, bytes: usize) -> Self {
        Self { most: bytes, ..self }
    }

    /// Takes a row: a value for each column.
    pub fn row(&mut self, row: &[Value<'_>]) -> Result<()> {
        for (at, (choice, value)) in self.columns.iter_mut().zip(row).enumerate() {
            let (Some(fitting), Some(stored)) = (choice.see(value), &self.stored) else {
                continue;
            };
            self.misfit |= stored[at] != fitting && stored[at] != Stored::Written;
        }
        // The rest is only looked at: the next time it has to fit, too.
        if self.misfit {
            return Ok(());
        }
        for (held, value) in self.held.iter_mut().zip(row) {
            self.bytes += size_of::<Value<'static>>() + size(value);
            held.push(value.clone().into_owned());
        }
        if self.bytes < self.most {
            return Ok(());
        }
        self.group()
    }

    /// Writes what is left, and the end.
    pub fn finish(mut self) -> Result<Ended<W>> {
        if self.misfit {
            return Ok(Ended::Again(self.columns.iter().map(Choice::chosen).collect()));
        }
        if self.held.iter().any(|held| !held.is_empty()) {
            self.group()?;
        }
        self.begun()?;
        match self.output {
            Output::Begun(file) => Ok(Ended::Whole(file.into_inner().map_err(Error::writing)?)),
            Output::None | Output::Waiting(_) => Err(broken()),
        }
    }

    fn begun(&mut self) -> Result<&mut SerializedFileWriter<W>> {
        let columns = &self.columns;
        let stored = self
            .stored
            .get_or_insert_with(|| columns.iter().map(Choice::chosen).collect());
        self.output = match std::mem::replace(&mut self.output, Output::None) {
            Output::Waiting(to) => Output::Begun(begin(to, columns, stored, &self.about)?),
            other => other,
        };
        match &mut self.output {
            Output::Begun(file) => Ok(file),
            _ => Err(broken()),
        }
    }

    /// Writes what is held.
    fn group(&mut self) -> Result<()> {
        self.begun()?;
        let (Output::Begun(file), Some(stored)) = (&mut self.output, &self.stored) else {
            return Err(broken());
        };
        let mut group = file.next_row_group().map_err(Error::writing)?;
        for ((choice, stored), held) in self.columns.iter().zip(stored).zip(&mut self.held) {
            let mut column = group.next_column().map_err(Error::writing)?.ok_or_else(broken)?;
            Values {
                held: std::mem::take(held),
                column: choice.column(),
                stored: *stored,
                texts: self.texts,
            }
            .write(&mut column)?;
            column.close().map_err(Error::writing)?;
        }
        group.close().map_err(Error::writing)?;
        self.bytes = 0;
        Ok(())
    }
}

/// What only a mistake of ours brings about.
fn broken() -> Error {
    Error::Unwritable("an internal error; please report it".to_owned())
}

fn begin<W: Write + Send>(
    to: W,
    columns: &[Choice],
    stored: &[Stored],
    about: &[(String, String)],
) -> Result<SerializedFileWriter<W>> {
    let pairs = || columns.iter().map(Choice::column).zip(stored);
    let fields = pairs().map(|(column, stored)| stored.column(&column.name).map(Arc::new));
    let fields = fields.collect::<Result<Vec<_>, _>>().map_err(Error::writing)?;
    let schema = Type::group_type_builder("schema").with_fields(fields).build();
    let told = pairs().map(|(column, stored)| Told {
        name: column.name.clone(),
        native_type: column.native_type.clone(),
        form: form_name(column.form),
        stored: stored.to_string(),
    });
    let told = serde_json::to_string(&told.collect::<Vec<_>>()).map_err(std::io::Error::from)?;
    let about = about.iter().cloned().chain([(COLUMNS.to_owned(), told)]);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("exodus version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(about.map(|(key, value)| KeyValue::new(key, value)).collect()))
        .build();
    SerializedFileWriter::new(to, Arc::new(schema.map_err(Error::writing)?), Arc::new(properties))
        .map_err(Error::writing)
}

/// Bytes beside the value itself.
fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Decimal(text) | Value::Text(text) | Value::Json(text) | Value::Bits(text) => text.len(),
        Value::Bytes(bytes) | Value::Geometry(bytes) => bytes.len(),
        _ => 0,
    }
}

/// The values of one column in a group.
struct Values<'a> {
    held: Vec<Value<'static>>,
    column: &'a Column,
    stored: Stored,
    texts: Texts,
}

impl Values<'_> {
    fn write(self, to: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let stored = self.stored;
        match stored.physical() {
            Physical::BOOLEAN => self.put::<of::BoolType>(to, |value| match value {
                Value::Boolean(truth) => Some(truth),
                _ => None,
            }),
            // What is unsigned is held as the number of the same bits.
            #[expect(clippy::cast_possible_truncation, reason = "fewer bits than that, signed or not")]
            Physical::INT32 => self.put::<of::Int32Type>(to, |value| whole(stored, &value).map(|number| number as i32)),
            #[expect(clippy::cast_possible_truncation, reason = "64 bits, signed or not")]
            Physical::INT64 => self.put::<of::Int64Type>(to, |value| whole(stored, &value).map(|number| number as i64)),
            Physical::FLOAT => self.put::<of::FloatType>(to, |value| match value {
                Value::Float32(number) => Some(number),
                _ => None,
            }),
            Physical::DOUBLE => self.put::<of::DoubleType>(to, |value| match value {
                Value::Float(number) => Some(number),
                _ => None,
            }),
            Physical::FIXED_LEN_BYTE_ARRAY => self.put::<of::FixedLenByteArrayType>(to, |value| {
                let bytes = match &value {
                    Value::Uuid(uuid) => *uuid,
                    value => whole(stored, value)?.to_be_bytes(),
                };
                Some(bytes.to_vec().into())
            }),
            _ => {
                let (form, texts) = (self.column.form, self.texts);
                self.put::<of::ByteArrayType>(to, |value| {
                    let bytes = match (stored, value) {
                        (Stored::Written, value) => texts.of(form, &value),
                        (_, Value::Text(text) | Value::Json(text)) => text.into_owned().into_bytes(),
                        (_, Value::Bytes(bytes) | Value::Geometry(bytes)) => bytes.into_owned(),
                        _ => return None,
                    };
                    Some(bytes.into())
                })
            }
        }
    }

    fn put<T: of::DataType>(
        self,
        to: &mut SerializedColumnWriter<'_>,
        one: impl Fn(Value<'static>) -> Option<T::T>,
    ) -> Result<()> {
        let (mut levels, mut values) = (Vec::with_capacity(self.held.len()), vec![]);
        for value in self.held {
            if matches!(value, Value::Null) {
                levels.push(0);
                continue;
            }
            levels.push(1);
            values.push(one(value).ok_or_else(broken)?);
        }
        let written = to.typed::<T>().write_batch(&values, Some(&levels), None);
        written.map(drop).map_err(Error::writing)
    }
}

/// The whole number that a value is held as.
fn whole(stored: Stored, value: &Value<'_>) -> Option<i128> {
    match (stored, value) {
        (Stored::Integer { .. }, Value::Integer(number)) => Some(*number),
        (Stored::Decimal { precision, scale }, Value::Decimal(text)) => unscaled(text, precision, scale),
        (Stored::Date, Value::Date(date)) => days(*date).map(i128::from),
        (Stored::Time, Value::Time(time)) => of_day(*time).map(i128::from),
        (Stored::DateTime | Stored::Timestamp, Value::DateTime(both)) => microseconds(*both).map(i128::from),
        _ => None,
    }
}
