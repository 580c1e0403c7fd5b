//! Masking: columns whose values don't leave the database as they are.
//!
//! Keys and columns of relations are never masked: rows must still find each other. Where a value repeats, its token does,
//! so that what could be grouped or joined by it still can. The tokens of two exports have nothing to do with each other.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use exodus_engine::value::{Form, Value};
use exodus_schema::{Column, Edge, Kind, Table, TableId, TableName};
use exodus_transfer::Shape;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{Error, Result};

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

/// Shorter tokens would soon be equal for different values.
const LEAST: usize = 8;
/// Where values are unique, tokens of millions have to be.
const LEAST_UNIQUE: usize = 16;
/// As long as a token gets: 96 bits.
const MOST: usize = 24;
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

fn table(shape: Shape<'_>, mask: &Mask) -> Result<TableId> {
    let named = |id: &TableId| {
        let name = &shape.graph.table(*id).name;
        *name == mask.table || (mask.table.schema.is_empty() && name.name == mask.table.name)
    };
    let found: Vec<_> = shape.tables().filter(named).collect();
    let names = || shape.tables().map(|id| shape.graph.table(id).name.to_string());
    match found[..] {
        [one] => Ok(one),
        [] => Err(Error::asked(
            format!("--mask: the client has no table {}", mask.table),
            nearest(&mask.table.to_string(), names()).map_or_else(
                || "`exodus classify` lists the tables that hold clients' rows; only those are exported".to_owned(),
                |near| format!("did you mean {near}?"),
            ),
        )),
        _ => Err(Error::asked(
            format!("--mask: {} could be a table of several schemas", mask.table),
            "write schema.table.column",
        )),
    }
}

fn column<'t>(table: &'t Table, mask: &Mask) -> Result<&'t Column> {
    table.column(&mask.column).ok_or_else(|| {
        let names = table.columns.iter().map(|column| column.name.clone());
        Error::asked(
            format!("--mask: {} has no column {}", table.name, mask.column),
            nearest(&mask.column, names).map_or_else(
                || "`exodus schema` prints the columns of every table".to_owned(),
                |near| format!("did you mean {near}?"),
            ),
        )
    })
}

fn nearest(text: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let text = text.to_lowercase();
    let scored = names.map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &text), name));
    let best = scored
        .filter(|(score, _)| *score >= 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, name)| name)
}

fn checked(shape: Shape<'_>, id: TableId, column: &Column, mask: &Mask) -> Result<Masked> {
    let table = shape.graph.table(id);
    let refuse = |why: &str, help: &str| {
        Err(Error::asked(
            format!("--mask: {} of {} {why}", column.name, table.name),
            help,
        ))
    };
    if column.generated.is_some() {
        return refuse(
            "is worked out from other columns, so that it is not exported",
            "mask the columns that it is worked out from",
        );
    }
    if ties_rows_together(shape, id, &column.name) {
        return refuse(
            "is part of a key, or of a relation",
            "rows would no longer find each other: mask another column",
        );
    }
    if mask.method == Method::Null {
        if !column.nullable {
            return refuse("must not be NULL", "take hash, or fake-email");
        }
        return Ok(Masked {
            method: mask.method,
            token: 0,
        });
    }
    if column.kind != Kind::Text {
        return refuse("is no text", "take null");
    }
    let fixed = match mask.method {
        Method::FakeEmail => DOMAIN.len(),
        _ => 0,
    };
    let room = length(&column.native_type).map_or(MOST, |length| length.saturating_sub(fixed).min(MOST));
    let is_unique = table.unique_keys.iter().any(|key| key.columns.contains(&column.name));
    if room < if is_unique { LEAST_UNIQUE } else { LEAST } {
        return refuse(
            "is too short for a token that is told from others",
            "take null, or mask it afterwards",
        );
    }
    Ok(Masked {
        method: mask.method,
        token: room,
    })
}

/// Whether rows are told apart, or find each other, by the column. Unique values that are no key of rows may be masked:
/// tokens are as unique as what they stand for.
fn ties_rows_together(shape: Shape<'_>, id: TableId, column: &str) -> bool {
    let table = shape.graph.table(id);
    let in_key = table
        .primary_key
        .iter()
        .chain(table.identity())
        .any(|key| key.columns.iter().any(|one| one == column));
    let is_root_key = id == shape.tree.root() && shape.root_key.iter().any(|one| one == column);
    let as_child = table.relations.iter().any(|relation| {
        let by_when = relation.when.iter().any(|part| part.column == column);
        by_when
            || relation.columns.iter().any(|pair| match &pair.expression {
                Some(expression) => expression.columns().any(|one| one == column),
                None => pair.child == column,
            })
    });
    let references = |edge: &Edge| shape.graph.relation(edge.id).parent_columns().any(|one| one == column);
    in_key || is_root_key || as_child || shape.graph.children(id).any(references)
}

/// The characters that a text of this type may have.
fn length(native_type: &str) -> Option<usize> {
    match native_type.split_once('(') {
        Some((_, behind)) => behind.split(')').next()?.trim().parse().ok(),
        None if native_type == "tinytext" => Some(255),
        None if native_type == "character" || native_type == "\"char\"" => Some(1),
        None => None,
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
