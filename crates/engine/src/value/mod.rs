//! Moves between products: the neutral [`Value`] of a field, and what becomes of each type on the other side.
//!
//! | word | meaning |
//! |---|---|
//! | domain | the set of values that a column can hold, as its product says |
//! | form | which kind of [`Value`] both ends of a pair are read as; two values are one if they are one in this form |
//! | codec | how one column's fields are read as values of a form, and written from them |
//! | pairing | a source column and a target column: the form, the two codecs, and what may not fit |
//! | misfit | a value that the other side would refuse, or alter |
//!
//! Rows travel in each product's own bulk format on both sides; between them a [`Transcoder`] reads each field as a value
//! and writes that in the other product's form. So the readers and writers are those of moves within one product.
//!
//! **One opinion.** What does not fit is found by the code that copies: [`misfits`] reads the rows and encodes each value
//! for the target without sending it. No SQL says the same in other words.

pub(crate) mod calendar;
pub(crate) mod codec;
pub(crate) mod decimal;
mod domain;
mod fields;
pub(crate) mod fit;
mod fit_json;
mod form;
mod json;
mod json_text;
mod limits;
mod mapping;
mod native;
mod pairing;
mod repertoire;
mod rows;
mod stream;
mod text;

use std::borrow::Cow;
use std::fmt;

use exodus_schema::{Column, Engine, Schema};

pub use calendar::{Date, DateTime, Day, Time};
pub use codec::Codec;
pub use form::Form;
pub use mapping::{MappedType, mapped_type};
pub use pairing::{Pairing, pairing};
pub use repertoire::Repertoires;
pub use rows::{Encoder, RowError, Transcoder, wire};
pub use stream::{FoundMisfit, copy_across, misfits, read_values, scan_neutral};

pub(crate) use domain::{Affinity, Domain};
pub(crate) use pairing::{geometry_from_mysql, geometry_to_mysql};

/// One field of a row, in terms of no product.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i128),
    /// Binary floating point; may be infinite, or not a number.
    Float(f64),
    /// The same of single precision.
    Float32(f32),
    /// An exact number: plain digits without an exponent, in the scale that it came with; or `NaN`, `Infinity`, `-Infinity`.
    Decimal(Cow<'a, str>),
    /// Text. Also names of enumerated types, and what only the server that wrote it understands (arrays, ranges).
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// A date.
    Date(Date),
    /// A time of day, or a duration.
    Time(Time),
    /// Date and time: without a zone, or in UTC, as the form says.
    DateTime(DateTime),
    /// A UUID.
    Uuid([u8; 16]),
    /// JSON as it was written.
    Json(Cow<'a, str>),
    /// Bits, as the digits 0 and 1.
    Bits(Cow<'a, str>),
    /// Geometry: well-known binary, with its reference system as PostGIS writes it where it has one.
    Geometry(Cow<'a, [u8]>),
}

/// A column of a database, and what its type is called there.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// The product.
    pub engine: Engine,
    /// The column.
    pub column: &'a Column,
    /// The labels of its enumerated type, where that is an object of its own (PostgreSQL) and they are known.
    pub labels: Option<&'a [String]>,
}

impl<'a> End<'a> {
    /// A column on its own.
    pub fn new(engine: Engine, column: &'a Column) -> Self {
        Self {
            engine,
            column,
            labels: None,
        }
    }

    /// A column of a schema, which knows its labels.
    pub fn of(schema: &'a Schema, column: &'a Column) -> Self {
        Self {
            engine: schema.engine,
            column,
            labels: schema.enums.get(&column.native_type).map(Vec::as_slice),
        }
    }
}

/// Why columns can't be paired, or a type has no counterpart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What the matter is, in words for people.
    pub reason: String,
    /// What to do about it.
    pub help: String,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            help: help.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.reason, self.help)
    }
}

/// Why a value does not fit. It says nothing of the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Misfit {
    /// What such values are: `text with a NUL character`.
    pub what: &'static str,
    /// What to do about them.
    pub help: &'static str,
    /// It would arrive as an equal value that is written in another way (`1.50` in JSON as `1.5`): whoever accepts that may
    /// copy it. Others would be refused by the target, or be another value there.
    pub alters: bool,
}

impl Misfit {
    pub(crate) const fn new(what: &'static str, help: &'static str) -> Self {
        Self {
            what,
            help,
            alters: false,
        }
    }

    pub(crate) const fn altered(what: &'static str, help: &'static str) -> Self {
        Self {
            what,
            help,
            alters: true,
        }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }
}
