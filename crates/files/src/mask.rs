//! Masking: columns whose values don't leave the database as they are.
//!
//! Keys and columns of relations are never masked: rows must still find each other. Where a value repeats, its token does,
//! so that what could be grouped or joined by it still can. The tokens of two exports have nothing to do with each other.

mod find;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use exodus_engine::value::{Form, Value};
use exodus_schema::{Column, TableId, TableName};
use exodus_transfer::Shape;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{Error, Result};
use find::{checked, column, table};

/// What is put in a value's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// NULL.
    Null,
    /// A token that is the same for the same value.
    Hash,
    /// An address that is the same for the same value, and nobody's.
    FakeEmail,
}

impl Method {
    const ALL: [Self; 3] = [Self::Null, Self::Hash, Self::FakeEmail];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Hash => "hash",
            Self::FakeEmail => "fake-email",
        })
    }
}

/// `table.column=method`, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// The table; without its schema where only one has a table of that name.
    pub table: TableName,
    /// The column.
    pub column: String,
    /// What is put in its place.
    pub method: Method,
}

/// The text names no mask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no mask: write table.column=null, =hash or =fake-email")]
pub struct ParseMaskError(String);

impl FromStr for Mask {
    type Err = ParseMaskError;

    fn from_str(text: &str) -> Result<Self, ParseMaskError> {
        let error = || ParseMaskError(text.to_owned());
        let (names, method) = text.rsplit_once('=').ok_or_else(error)?;
        let method = Method::ALL.into_iter().find(|known| known.to_string() == method);
        Self::of(names, method.ok_or_else(error)?).ok_or_else(error)
    }
}

impl Mask {
    /// For a column that is written `table.column` or `schema.table.column`, with double quotes around odd names.
    pub fn of(names: &str, method: Method) -> Option<Self> {
        let (table, column) = split_last(names)?;
        Some(Self {
            table: table.parse().ok()?,
            column: column
                .parse::<TableName>()
                .ok()
                .filter(|name| name.schema.is_empty())?
                .name,
            method,
        })
    }
}

impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}={}", self.table, TableName::bare(&*self.column), self.method)
    }
}

/// Splits at the last dot that stands outside of quotes.
fn split_last(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut last = None;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => last = Some(at),
            _ => {}
        }
    }
    last.map(|at| (&text[..at], &text[at + 1..]))
}

const DOMAIN: &str = "@example.com";

/// One column's mask, checked.
#[derive(Clone, Debug)]
struct Masked {
    method: Method,
    /// Characters of the token.
    token: usize,
}

/// All masks of an export, with its secret.
#[derive(Debug, Default)]
pub struct Masks {
    salt: [u8; 32],
    columns: BTreeMap<TableId, BTreeMap<String, Masked>>,
    told: Vec<String>,
}

impl Masks {
    /// Finds the columns and checks that they can be masked so.
    pub fn new(shape: Shape<'_>, masks: &[Mask]) -> Result<Self> {
        let mut found = Self::default();
        if masks.is_empty() {
            return Ok(found);
        }
        getrandom::fill(&mut found.salt).map_err(|error| {
            Error::asked(
                format!("the system gives no random numbers for masks: {error}"),
                "try again",
            )
        })?;
        for mask in masks {
            let id = table(shape, mask)?;
            let table = shape.graph.table(id);
            let column = column(table, mask)?;
            let masked = checked(shape, id, column, mask)?;
            let columns = found.columns.entry(id).or_default();
            if columns.insert(column.name.clone(), masked).is_some() {
                return Err(Error::asked(
                    format!("{} {} is masked twice", table.name, column.name),
                    "mask it once",
                ));
            }
            let named = Mask {
                table: table.name.clone(),
                column: column.name.clone(),
                method: mask.method,
            };
            found.told.push(named.to_string());
        }
        found.told.sort();
        Ok(found)
    }

    /// What is masked, as the manifest says it.
    pub(crate) fn told(&self) -> Vec<String> {
        self.told.clone()
    }

    /// The masks of a table's columns, in their order.
    pub(crate) fn of<'m, 'c>(&'m self, table: TableId, columns: impl Iterator<Item = &'c Column>) -> TableMasks<'m> {
        let known = self.columns.get(&table);
        TableMasks {
            masks: self,
            columns: known
                .map(|known| columns.map(|column| known.get(&column.name)).collect())
                .unwrap_or_default(),
        }
    }

    fn token(&self, text: &str, length: usize) -> String {
        // A key of any length is taken.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.salt) else {
            return String::new();
        };
        mac.update(text.as_bytes());
        let mut out = vec![];
        crate::text::hex(&mac.finalize().into_bytes(), &mut out);
        out.truncate(length);
        String::from_utf8(out).unwrap_or_default()
    }
}

/// The masks of one table's columns.
pub(crate) struct TableMasks<'m> {
    masks: &'m Masks,
    columns: Vec<Option<&'m Masked>>,
}

impl TableMasks<'_> {
    /// The row as it may be seen.
    pub(crate) fn apply<'v>(&self, row: &[Value<'v>]) -> Option<Vec<Value<'v>>> {
        if self.columns.is_empty() {
            return None;
        }
        let masked = row
            .iter()
            .zip(&self.columns)
            .map(|(value, masked)| match (masked, value) {
                (None, value) => value.clone(),
                (Some(_), Value::Null) => Value::Null,
                (Some(masked), value) => self.masked(masked, value),
            });
        Some(masked.collect())
    }

    fn masked(&self, masked: &Masked, value: &Value<'_>) -> Value<'static> {
        let mut text = vec![];
        crate::text::write(Form::Any, value, &mut text);
        let token = || self.masks.token(&String::from_utf8_lossy(&text), masked.token);
        match masked.method {
            Method::Null => Value::Null,
            Method::Hash => Value::Text(token().into()),
            Method::FakeEmail => Value::Text(format!("{}{DOMAIN}", token()).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_read_as_people_write_them() {
        for (text, table, column) in [
            ("users.email=hash", "users", "email"),
            ("public.users.email=hash", "public.users", "email"),
            ("\"a.b\".\"c=d.e\"=hash", "\"a.b\"", "c=d.e"),
            ("public.\"o\"\"dd\".x=hash", "public.\"o\"\"dd\"", "x"),
        ] {
            let mask: Mask = text.parse().expect(text);
            assert_eq!(Ok(&mask.table), table.parse().as_ref(), "{text}");
            assert_eq!(mask.column, column, "{text}");
            assert_eq!(mask.to_string().parse(), Ok(mask), "{text}");
        }
        for wrong in [
            "",
            "email=hash",
            "users.email",
            "users.email=",
            "users.email=md5",
            ".=hash",
            "users.=null",
        ] {
            assert!(wrong.parse::<Mask>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn tokens_repeat_within_an_export_only() {
        let (one, other) = (
            Masks {
                salt: [1; 32],
                ..Masks::default()
            },
            Masks {
                salt: [2; 32],
                ..Masks::default()
            },
        );
        assert_eq!(one.token("ann@x.org", 24), one.token("ann@x.org", 24));
        assert_ne!(one.token("ann@x.org", 24), one.token("bob@x.org", 24));
        assert_ne!(one.token("ann@x.org", 24), other.token("ann@x.org", 24));
        assert_eq!(one.token("ann@x.org", 8).len(), 8);
    }
}
