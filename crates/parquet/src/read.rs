//! The rows of a file, one after the other.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec;

use exodus_engine::value::{Form, Time, Value};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::error::{Error, Result};
use crate::number::{date, date_time, decimal};
use crate::stored::Stored;
use crate::write::{COLUMNS, Told, form_name};
use crate::{Column, Texts};

/// Rows that are read of all columns before the next ones are.
const BATCH: usize = 256;

const OTHER_COLUMNS: &str = "its columns are not those that the manifest tells of";

/// Reads the rows of one table.
pub struct Reader {
    file: SerializedFileReader<File>,
    columns: Vec<(Column, Stored)>,
    texts: Texts,
    /// The group that comes next, and the one under way.
    next_group: usize,
    group: Vec<ColumnReader>,
    left: usize,
    batch: Vec<vec::IntoIter<Value<'static>>>,
}

impl Reader {
    /// Opens a file that must have these columns.
    pub fn open(file: File, columns: Vec<Column>, texts: Texts) -> Result<Self> {
        let file = guarded(|| SerializedFileReader::new(file).map_err(Error::reading("it is no whole Parquet file")))?;
        let stored = stored(&file, &columns)?;
        Ok(Self {
            file,
            columns: columns.into_iter().zip(stored).collect(),
            texts,
            next_group: 0,
            group: vec![],
            left: 0,
            batch: vec![],
        })
    }

    /// What the columns are stored as.
    pub fn stored(&self) -> Vec<Stored> {
        self.columns.iter().map(|(_, stored)| *stored).collect()
    }

    /// The next row; none at the end.
    #[expect(clippy::should_implement_trait, reason = "it may fail")]
    pub fn next(&mut self) -> Result<Option<Vec<Value<'static>>>> {
        loop {
            if let Some(row) = self.batch.iter_mut().map(Iterator::next).collect::<Option<Vec<_>>>()
                && !row.is_empty()
            {
                return Ok(Some(row));
            }
            if !self.refill()? {
                return Ok(None);
            }
        }
    }

    /// Reads more rows; false at the end.
    fn refill(&mut self) -> Result<bool> {
        while self.left == 0 {
            if self.next_group == self.file.num_row_groups() {
                return Ok(false);
            }
            let (file, at) = (&self.file, self.next_group);
            let of_group = "a row group of it can't be read";
            (self.group, self.left) = guarded(|| {
                let group = file.get_row_group(at).map_err(Error::reading(of_group))?;
                let columns = (0..group.num_columns()).map(|column| group.get_column_reader(column));
                let columns = columns.collect::<Result<_, _>>().map_err(Error::reading(of_group))?;
                let rows = usize::try_from(group.metadata().num_rows());
                Ok((columns, rows.map_err(|_| Error::Damaged(of_group.to_owned()))?))
            })?;
            self.next_group += 1;
        }
        let rows = self.left.min(BATCH);
        let (columns, texts) = (&self.columns, self.texts);
        let group = &mut self.group;
        self.batch = guarded(|| {
            let pairs = group.iter_mut().zip(columns);
            let batch = pairs.map(|(reader, (column, stored))| {
                let values = Wanted {
                    column,
                    stored: *stored,
                    texts,
                    rows,
                };
                values.read(reader).map(Vec::into_iter)
            });
            batch.collect()
        })?;
        self.left -= rows;
        Ok(true)
    }
}

/// A file that somebody has made for it may bring the library to a panic: that is no fault of ours that should end the
/// program.
fn guarded<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(Error::Damaged("it is no file that exodus wrote".to_owned())))
}

/// What each column is stored as, if the file's are those that are expected.
fn stored(file: &SerializedFileReader<File>, columns: &[Column]) -> Result<Vec<Stored>> {
    let metadata = file.metadata().file_metadata();
    let damaged = || Error::Damaged(OTHER_COLUMNS.to_owned());
    let told = metadata
        .key_value_metadata()
        .and_then(|pairs| pairs.iter().find(|pair| pair.key == COLUMNS)?.value.as_deref());
    let told: Vec<Told> = told
        .and_then(|told| serde_json::from_str(told).ok())
        .ok_or_else(|| Error::Damaged("it does not say how exodus has stored its columns".to_owned()))?;
    let schema = metadata.schema_descr();
    if told.len() != columns.len() || schema.num_columns() != columns.len() {
        return Err(damaged());
    }
    let one = |(at, (told, column)): (usize, (&Told, &Column))| {
        let stored: Stored = told.stored.parse().map_err(|()| damaged())?;
        let found = schema.column(at);
        let same = told.name == column.name
            && told.form == form_name(column.form)
            && found.path().parts() == [column.name.clone()]
            && found.physical_type() == stored.physical()
            && stored.length().is_none_or(|length| length == found.type_length())
            && (found.max_def_level(), found.max_rep_level()) == (1, 0);
        if same { Ok(stored) } else { Err(damaged()) }
    };
    told.iter().zip(columns).enumerate().map(one).collect()
}

/// Values of one column.
struct Wanted<'a> {
    column: &'a Column,
    stored: Stored,
    texts: Texts,
    rows: usize,
}

impl Wanted<'_> {
    fn read(&self, from: &mut ColumnReader) -> Result<Vec<Value<'static>>> {
        match from {
            ColumnReader::BoolColumnReader(from) => self.take(from, |truth| Some(Value::Boolean(truth))),
            ColumnReader::Int32ColumnReader(from) => self.take(from, |number| {
                #[expect(
                    clippy::cast_sign_loss,
                    reason = "what is unsigned is held as the number of the same bits"
                )]
                let unsigned = i128::from(number as u32);
                self.whole(number.into(), unsigned)
            }),
            ColumnReader::Int64ColumnReader(from) => self.take(from, |number| {
                #[expect(
                    clippy::cast_sign_loss,
                    reason = "what is unsigned is held as the number of the same bits"
                )]
                let unsigned = i128::from(number as u64);
                self.whole(number.into(), unsigned)
            }),
            ColumnReader::FloatColumnReader(from) => self.take(from, |number| Some(Value::Float32(number))),
            ColumnReader::DoubleColumnReader(from) => self.take(from, |number| Some(Value::Float(number))),
            ColumnReader::ByteArrayColumnReader(from) => self.take(from, |bytes| self.bytes(bytes.data().to_vec())),
            ColumnReader::FixedLenByteArrayColumnReader(from) => self.take(from, |bytes| {
                let bytes = <[u8; 16]>::try_from(bytes.data()).ok()?;
                match self.stored {
                    Stored::Uuid => Some(Value::Uuid(bytes)),
                    _ => self.whole(i128::from_be_bytes(bytes), 0),
                }
            }),
            ColumnReader::Int96ColumnReader(_) => Err(Error::Damaged(OTHER_COLUMNS.to_owned())),
        }
    }

    fn take<T: DataType>(
        &self,
        from: &mut ColumnReaderImpl<T>,
        one: impl Fn(T::T) -> Option<Value<'static>>,
    ) -> Result<Vec<Value<'static>>> {
        let damaged = || Error::Damaged(format!("the values of its column {} can't be read", self.column.name));
        let (mut levels, mut found) = (Vec::with_capacity(self.rows), vec![]);
        let read = from.read_records(self.rows, Some(&mut levels), None, &mut found);
        let (rows, _, _) = read.map_err(Error::reading(&damaged().to_string()))?;
        if rows != self.rows || levels.len() != rows {
            return Err(damaged());
        }
        let mut found = found.into_iter();
        let values = levels.into_iter().map(|level| match level {
            0 => Some(Value::Null),
            _ => found.next().and_then(&one),
        });
        values.collect::<Option<Vec<_>>>().ok_or_else(damaged)
    }

    fn whole(&self, number: i128, unsigned: i128) -> Option<Value<'static>> {
        let long = || i64::try_from(number).ok();
        Some(match self.stored {
            Stored::Integer { signed: false, .. } => Value::Integer(unsigned),
            Stored::Integer { .. } => Value::Integer(number),
            Stored::Decimal { scale, .. } => Value::Decimal(decimal(number, scale).into()),
            Stored::Date => Value::Date(date(long()?)?),
            Stored::Time => Value::Time(Time { microseconds: long()? }),
            Stored::DateTime | Stored::Timestamp => Value::DateTime(date_time(long()?)?),
            _ => return None,
        })
    }

    fn bytes(&self, bytes: Vec<u8>) -> Option<Value<'static>> {
        let form = self.column.form;
        Some(match (self.stored, form) {
            (Stored::Bytes, Form::Geometry) => Value::Geometry(bytes.into()),
            (Stored::Bytes, _) => Value::Bytes(bytes.into()),
            (Stored::Json, Form::Json) => Value::Json(String::from_utf8(bytes).ok()?.into()),
            (Stored::Json | Stored::Text, _) => Value::Text(String::from_utf8(bytes).ok()?.into()),
            (Stored::Written, _) => (self.texts.read)(form, std::str::from_utf8(&bytes).ok()?)?,
            _ => return None,
        })
    }
}
