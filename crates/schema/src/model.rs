//! The model of a schema: what introspection reads and everything else works on.
//!
//! It is plain data with serde, printed by `exodus schema` and accepted wherever a schema is read.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

mod expression;
mod relation;
mod trigger;

pub use expression::{Expression, ExpressionError, Piece};
pub use relation::{Action, ColumnPair, Deferral, Discriminator, Origin, Relation};
pub use trigger::{Enabled, Event, Routine, Timing, Trigger};

use crate::name::TableName;

/// Version of the JSON shape of [`Schema`]; raised when a reader of the old shape would misread the new one.
pub const FORMAT_VERSION: u32 = 1;

/// The database products that can be read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// Oracle's MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
    /// SQLite.
    Sqlite,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
            Self::Sqlite => "SQLite",
        })
    }
}

/// Everything read from one database.
///
/// Tables are sorted by name; lists inside a table are in the catalogue's own order where it means something (columns,
/// keys) and sorted by name elsewhere, so that equal schemas print equally.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// [`FORMAT_VERSION`].
    pub version: u32,
    /// The product.
    pub engine: Engine,
    /// The server's own version text, for people.
    pub server_version: String,
    /// Base tables, sorted by name. Partitions are folded into their parent.
    pub tables: Vec<Table>,
    /// Functions and procedures that triggers could call, sorted by name, then body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routines: Vec<Routine>,
    /// The labels of enumerated types that are objects of their own (PostgreSQL), in their order, by the name that columns
    /// print as their type.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub enums: BTreeMap<String, Vec<String>>,
    /// What was seen and could not be used, in words (a foreign key into a schema that was not read, say).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// A base table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Columns in their order in the table.
    pub columns: Vec<Column>,
    /// The primary key, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<Key>,
    /// Unique constraints and bare unique indexes, the primary key not included; sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unique_keys: Vec<Key>,
    /// Column lists of all indexes, unique ones included, leading columns first; sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Vec<String>>,
    /// Foreign keys in which this table is the child, sorted by name, then columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relations: Vec<Relation>,
    /// Triggers on the table, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
    /// Names of the partitions that hold the rows, sorted; MySQL's partitions have an empty schema part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partitions: Vec<TableName>,
    /// MySQL's and MariaDB's storage engine (`InnoDB`), absent elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_engine: Option<String>,
    /// Row-level security applies to ordinary roles (PostgreSQL).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub row_security: bool,
    /// The server's estimate of the number of rows, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimated_rows: Option<u64>,
    /// Bytes on disk without indexes, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The comment in the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a column's values are, independent of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// True or false.
    Boolean,
    /// A whole number of at most 64 bits.
    Integer,
    /// Binary floating point.
    Float,
    /// Exact decimal.
    Decimal,
    /// Text in a character set.
    Text,
    /// Bytes.
    Bytes,
    /// A calendar date.
    Date,
    /// A time of day or duration up to some hundred hours.
    Time,
    /// Date and time without time zone.
    DateTime,
    /// A point in time (with time zone, or stored in UTC).
    Timestamp,
    /// A span of time.
    Interval,
    /// A UUID.
    Uuid,
    /// JSON.
    Json,
    /// A string of bits.
    Bits,
    /// One of a list of names, or a set of them.
    Enum,
    /// Any array.
    Array,
    /// Geometry.
    Geometry,
    /// Anything else: the native type tells.
    Other,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The type as the engine prints it, with length and precision (`character varying(40)`, `bigint unsigned`).
    pub native_type: String,
    /// The engine-neutral kind.
    pub kind: Kind,
    /// NULL is allowed.
    pub nullable: bool,
    /// The default expression as the catalogue prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Values are drawn from a generator: identity, serial, AUTO_INCREMENT, INTEGER PRIMARY KEY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<Generator>,
    /// The value is computed from other columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// Character set, where it belongs to the column (MySQL, MariaDB); of text in a PostgreSQL database that looks at no
    /// byte of it, `sql_ascii`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charset: Option<String>,
    /// Collation, where it is not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Left out of `SELECT *` (MySQL 8.0.23, MariaDB 10.3).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invisible: bool,
    /// The binary wire form carries object ids or labels that differ between databases, so that only the text form
    /// may be passed through (PostgreSQL: arrays of user types, composites, ranges of user types, `reg*` types).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub text_only: bool,
    /// The comment in the catalogue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// How a column's values are generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generator {
    /// GENERATED ALWAYS AS IDENTITY: inserting a value needs OVERRIDING SYSTEM VALUE.
    IdentityAlways,
    /// GENERATED BY DEFAULT AS IDENTITY.
    IdentityByDefault,
    /// A sequence in the default (PostgreSQL serial).
    Sequence,
    /// AUTO_INCREMENT, AUTOINCREMENT or SQLite's INTEGER PRIMARY KEY.
    AutoIncrement,
}

/// A generated column's expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generated {
    /// Stored with the row, or computed on reading.
    pub stored: bool,
    /// The expression as the catalogue prints it.
    pub expression: String,
}

/// A primary or unique key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Name of the constraint or index.
    pub name: String,
    /// Columns in key order; empty when the key is on expressions only.
    pub columns: Vec<String>,
    /// It is unique for every row: neither partial, nor on expressions, nor on column prefixes, and its check is in
    /// force. (NULLs may still repeat in nullable columns.)
    pub total: bool,
}

/// The warning of a schema in which tables may be missing (MySQL, MariaDB).
pub(crate) const UNSEEN_TABLES: &str = "tables on which this user has no privilege can't be seen, and it was given privileges table by table: others may \
     be there, with rows of clients";

/// The same for columns.
pub(crate) const UNSEEN_COLUMNS: &str = "columns on which this user has no privilege can't be seen, and it was given none on some tables as a whole: others may \
     be there, with values of clients";

impl Schema {
    /// Whether tables or columns may be there that the user who read it can't see.
    pub fn may_hide_something(&self) -> bool {
        let says = |warning: &String| warning == UNSEEN_TABLES || warning == UNSEEN_COLUMNS;
        self.warnings.iter().any(says)
    }

    /// The table of that name.
    pub fn table(&self, name: &TableName) -> Option<&Table> {
        self.tables
            .binary_search_by(|table| table.name.cmp(name))
            .ok()
            .map(|at| &self.tables[at])
    }
}

impl Table {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns by which a row is told from every other: the primary key, else the first unique key without
    /// nullable columns.
    pub fn identity(&self) -> Option<&Key> {
        self.primary_key.as_ref().or_else(|| {
            self.unique_keys
                .iter()
                .find(|key| key.total && !key.columns.is_empty() && key.columns.iter().all(|c| !self.is_nullable(c)))
        })
    }

    /// Whether the column of that name may be NULL (an unknown column may).
    pub fn is_nullable(&self, column: &str) -> bool {
        self.column(column).is_none_or(|column| column.nullable)
    }

    /// Whether a row may go without a parent: a child column of the relation may be NULL, or it isn't about all rows.
    pub fn relation_is_nullable(&self, relation: &Relation) -> bool {
        !relation.is_plain() || relation.child_columns().any(|column| self.is_nullable(column))
    }

    /// Whether no index helps to find the rows that reference by the relation, as far as is known: of indexes on
    /// expressions nothing is.
    pub fn lacks_index_for(&self, relation: &Relation) -> bool {
        let columns: Vec<&str> = relation.child_columns().collect();
        let when = relation.when.iter().map(|part| part.column.as_str());
        let with_type: Vec<&str> = when.chain(columns.iter().copied()).collect();
        let plain = relation.columns.iter().all(|pair| pair.expression.is_none());
        plain && !self.has_index_on(&columns) && !self.has_index_on(&with_type)
    }

    /// Whether an index starts with exactly these columns, in any order.
    pub fn has_index_on(&self, columns: &[&str]) -> bool {
        let leads = |index: &[String]| {
            index
                .get(..columns.len())
                .is_some_and(|head| head.iter().all(|column| columns.contains(&column.as_str())))
        };
        self.indexes.iter().any(|index| leads(index))
            || self.primary_key.as_ref().is_some_and(|key| leads(&key.columns))
    }
}
