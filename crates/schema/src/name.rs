//! Table names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a table as the catalogue spells it, never quoted or folded.
///
/// `schema` is empty where the engine has no schemas inside a database (SQLite, and MySQL or MariaDB for the database
/// that was connected to), so that the same table has the same name on every shard.
///
/// As text it is `schema.table` or `table`; a part that holds a dot or a double quote is written in double quotes with
/// quotes doubled. Serde uses the same text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    /// The namespace inside the database, or empty.
    pub schema: String,
    /// The table's own name.
    pub name: String,
}

impl TableName {
    /// A name with a schema; pass an empty schema where there is none.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            schema: schema.into(),
            name: name.into(),
        }
    }

    /// A name without a schema.
    pub fn bare(name: impl Into<String>) -> Self {
        Self::new("", name)
    }
}

fn part(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    if text.is_empty() || text.contains(['.', '"']) {
        write!(f, "\"{}\"", text.replace('"', "\"\""))
    } else {
        f.write_str(text)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.schema.is_empty() {
            part(f, &self.schema)?;
            f.write_str(".")?;
        }
        part(f, &self.name)
    }
}

/// The text is not a table name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is not a table name; write `table` or `schema.table`, with double quotes around a part that holds a dot"
)]
pub struct ParseNameError(String);

impl FromStr for TableName {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseNameError(text.to_owned());
        let mut parts = vec![];
        let mut rest = text;
        loop {
            let (head, tail) = split_part(rest).ok_or_else(error)?;
            parts.push(head);
            match tail.strip_prefix('.') {
                Some(more) => rest = more,
                None if tail.is_empty() => break,
                None => return Err(error()),
            }
        }
        match <[String; 2]>::try_from(parts) {
            Ok([schema, name]) => Ok(Self { schema, name }),
            Err(mut parts) if parts.len() == 1 => Ok(Self::bare(parts.remove(0))),
            Err(_) => Err(error()),
        }
    }
}

/// Splits one possibly quoted part off the front; the rest starts at what follows it.
fn split_part(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        let (head, tail) = text.split_at(end);
        return (!head.is_empty() && !head.contains('"')).then(|| (head.to_owned(), tail));
    };
    let mut out = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c != '"' {
            out.push(c);
        } else if chars.next_if(|(_, next)| *next == '"').is_some() {
            out.push('"');
        } else {
            return Some((out, &quoted[at + 1..]));
        }
    }
    None
}

impl Serialize for TableName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TableName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for (schema, name) in [
            ("", "clients"),
            ("public", "clients"),
            ("", "a.b"),
            ("odd \"one\"", "x.y"),
            ("S p", "😀"),
            ("", "\""),
        ] {
            let table = TableName::new(schema, name);
            assert_eq!(table.to_string().parse(), Ok(table));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", ".", "a.", ".a", "a.b.c", "\"a", "a\"b", "\"a\"b"] {
            assert!(text.parse::<TableName>().is_err(), "{text}");
        }
    }
}
