//! The shape of `exodus.toml`. The doc comments are what editors show: they go into docs/exodus.schema.json.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use exodus_transfer::policy;
use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

pub(crate) use super::words::{Freeze, MaskMethod, Tls};

/// The configuration of exodus.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "exodus.toml")]
pub(crate) struct File {
    /// The root table: each of its rows is a client. `table` or `schema.table`.
    #[schemars(with = "Option<String>")]
    pub(crate) root: Option<Spanned<String>>,
    /// The columns of the root table that tell clients apart; by default its primary key.
    #[schemars(with = "Vec<String>")]
    pub(crate) root_key: Vec<Spanned<String>>,
    /// The schemas to read (MySQL, MariaDB: databases); by default all but the system's own.
    pub(crate) schemas: Vec<String>,
    /// The dispatch store, which knows the shard of each client: the name of a database below, a URL, or the path of an
    /// SQLite file. By default `exodus-dispatch.sqlite` beside this file.
    #[schemars(with = "Option<String>")]
    pub(crate) dispatch: Option<Spanned<String>>,
    /// How long a process that is at work on a move may be quiet before another one may take the move up: `30s` by default.
    #[schemars(with = "Option<String>")]
    pub(crate) lease: Option<Spanned<String>>,
    /// How long a client may be frozen when it moves, and what is waited for.
    pub(crate) freeze: Freeze,
    /// The databases by name: a URL, or a table with `url` and more.
    pub(crate) databases: BTreeMap<String, Entry>,
    /// Relations that hold although the database has no foreign key for them.
    pub(crate) declare: Vec<Declare>,
    /// Relations to be treated as if they were not there.
    pub(crate) ignore_relations: Vec<Ignore>,
    /// What becomes of references between rows of different clients when one of them moves.
    pub(crate) references: Vec<References>,
    /// Classes of tables that are set by hand.
    pub(crate) class: Vec<ClassOf>,
    /// What does not leave the database as it is when a client is exported: `"table.column" = "hash"`.
    #[schemars(with = "BTreeMap<String, MaskMethod>")]
    pub(crate) mask: BTreeMap<String, Spanned<MaskMethod>>,
    /// Hazards that somebody has looked at and accepted. One that is gone fails the check until its entry is taken out.
    #[schemars(with = "Vec<AcceptEntry>")]
    pub(crate) accept: Vec<Spanned<AcceptEntry>>,
}

/// A database.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// `postgres://user@host:port/database`, `mysql://…`, `mariadb://…`, or the path of an SQLite file, which starts at
    /// this file's directory. `${NAME}` and `${NAME:-default}` stand for variables of the environment; as user or
    /// password their values need no percent signs. Without a password in it, PGPASSWORD, ~/.pgpass or MYSQL_PWD is
    /// used, or you are asked.
    #[schemars(with = "String")]
    pub(crate) url: Spanned<String>,
    /// How TLS is used; by default as the URL's `sslmode` says, else `prefer`.
    pub(crate) tls: Option<Tls>,
    /// A file with the certificate authorities to trust instead of the system's.
    #[schemars(with = "Option<String>")]
    pub(crate) tls_ca: Option<Spanned<String>>,
}

/// A relation that the database does not enforce.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Declare {
    /// The table that references.
    #[schemars(with = "String")]
    pub(crate) child: Spanned<String>,
    /// Its columns, in the order of the parent's. In parentheses stands an SQL expression over the columns of one row.
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub(crate) columns: Vec<Spanned<String>>,
    /// The table that is referenced.
    #[schemars(with = "String")]
    pub(crate) parent: Spanned<String>,
    /// Its columns; by default its primary key.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(crate) parent_columns: Vec<Spanned<String>>,
    /// Only rows with these values in these columns of the child reference: of a polymorphic link, the column with the
    /// type. One entry for each type.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Values>")]
    pub(crate) when: BTreeMap<String, Spanned<Values>>,
    /// Why, for those who read this later.
    #[schemars(with = "String")]
    pub(crate) reason: Spanned<String>,
}

/// A value, or several of which one will do.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a text, a whole number, or a list of them")]
pub(crate) enum Values {
    /// One.
    One(Single),
    /// Several.
    Several(Vec<Single>),
}

/// A value of a column.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a text or a whole number")]
pub(crate) enum Single {
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
}

impl Values {
    /// As texts.
    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |single: &Single| match single {
            Single::Text(text) => text.clone(),
            Single::Number(number) => number.to_string(),
        };
        match self {
            Self::One(one) => vec![text(one)],
            Self::Several(several) => several.iter().map(text).collect(),
        }
    }
}

/// A relation to be left out: `relation`, or `table` and `constraint`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ignore {
    /// The child with its columns: `comments(client_id)`. Columns that have no relation but look like one: the guess is
    /// refused.
    #[schemars(with = "Option<String>")]
    pub(crate) relation: Option<Spanned<String>>,
    /// The child, together with `constraint`.
    #[schemars(with = "Option<String>")]
    pub(crate) table: Option<Spanned<String>>,
    /// The name of the foreign key.
    #[schemars(with = "Option<String>")]
    pub(crate) constraint: Option<Spanned<String>>,
    /// Why: what becomes of the rows.
    #[schemars(with = "String")]
    pub(crate) reason: Spanned<String>,
}

/// What becomes of the references of a relation: `relation`, or `table` and `constraint`; and `outgoing` or `incoming`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct References {
    /// The child with its columns: `cars(lent_to)`.
    #[schemars(with = "Option<String>")]
    pub(crate) relation: Option<Spanned<String>>,
    /// The child, together with `constraint`.
    #[schemars(with = "Option<String>")]
    pub(crate) table: Option<Spanned<String>>,
    /// The name of the foreign key.
    #[schemars(with = "Option<String>")]
    pub(crate) constraint: Option<Spanned<String>>,
    /// What becomes of rows of the client that moves, where they reference a row of another one.
    pub(crate) outgoing: Option<Outgoing>,
    /// What becomes of rows of the client that moves, where rows that stay reference them.
    pub(crate) incoming: Option<Incoming>,
    /// Why.
    #[schemars(with = "String")]
    pub(crate) reason: Spanned<String>,
}

/// What becomes of rows that reference another client's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outgoing {
    /// The move does not begin.
    Refuse,
    /// They arrive with NULL in the reference.
    SetNull,
    /// They don't arrive, nor does what references them.
    SkipRow,
}

impl Outgoing {
    /// The same for a move.
    pub(crate) fn policy(self) -> policy::Outgoing {
        match self {
            Self::Refuse => policy::Outgoing::Refuse,
            Self::SetNull => policy::Outgoing::SetNull,
            Self::SkipRow => policy::Outgoing::SkipRow,
        }
    }
}

/// What becomes of rows that others reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Incoming {
    /// The move does not begin.
    Refuse,
    /// They arrive, and stay on the source, too.
    Keep,
}

impl Incoming {
    /// The same for a move.
    pub(crate) fn policy(self) -> policy::Incoming {
        match self {
            Self::Refuse => policy::Incoming::Refuse,
            Self::Keep => policy::Incoming::Keep,
        }
    }
}

/// The class of one table.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassOf {
    /// The table.
    #[schemars(with = "String")]
    pub(crate) table: Spanned<String>,
    /// Its class.
    pub(crate) class: Class,
    /// Why.
    #[schemars(with = "String")]
    pub(crate) reason: Spanned<String>,
}

/// What a table is to the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Class {
    /// It holds clients' rows; some relation must show it.
    Client,
    /// Its rows give clients' rows their meaning; they are the same on every shard.
    Context,
    /// It stays out of the shards.
    Neutral,
}

/// A database, written as a bare URL or as a table.
#[derive(Debug)]
pub(crate) struct Entry(pub(crate) Database);

impl JsonSchema for Entry {
    fn schema_name() -> Cow<'static, str> {
        "Entry".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<Database>();
        json_schema!({
            "description": "A URL, or a table with `url` and more.",
            "anyOf": [{ "type": "string" }, table],
        })
    }
}

// Written by hand: an untagged enum would say no more than that nothing matched.
impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let either = Spanned::<Either>::deserialize(deserializer)?;
        let span = either.span();
        Ok(Self(match either.into_inner() {
            Either::Url(url) => Database {
                url: Spanned::new(span, url),
                tls: None,
                tls_ca: None,
            },
            Either::Table(table) => table,
        }))
    }
}

enum Either {
    Url(String),
    Table(Database),
}

impl<'de> Deserialize<'de> for Either {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EitherVisitor)
    }
}

struct EitherVisitor;

impl<'de> Visitor<'de> for EitherVisitor {
    type Value = Either;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL, or a table with `url`")
    }

    fn visit_str<E: Error>(self, url: &str) -> Result<Either, E> {
        Ok(Either::Url(url.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Either, A::Error> {
        Database::deserialize(MapAccessDeserializer::new(map)).map(Either::Table)
    }
}

/// A hazard that somebody has looked at and accepted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Accept")]
pub(crate) struct AcceptEntry {
    /// The rule's id, as findings show it: `horse-riddle`.
    #[schemars(with = "String")]
    pub(crate) rule: Spanned<String>,
    /// What the finding is about, as it shows it: `table` or `table(column)`.
    pub(crate) object: String,
    /// Why it may stay.
    #[schemars(with = "String")]
    pub(crate) reason: Spanned<String>,
    /// The last day on which it may.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub(crate) until: Option<Day>,
    /// Only `exodus audit` finds it, on data: `exodus classify` doesn't miss it.
    #[serde(default)]
    pub(crate) audit_only: bool,
}

/// A day, written as a date of TOML or as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(pub(crate) Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DayVisitor)
    }
}

struct DayVisitor;

impl DayVisitor {
    fn parse<E: Error>(text: &str) -> Result<Day, E> {
        let day = text.parse::<Date>().map(Day);
        day.map_err(|_| E::invalid_value(Unexpected::Other("that"), &Self))
    }
}

impl<'de> Visitor<'de> for DayVisitor {
    type Value = Day;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a day, such as 2027-01-31")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Day, E> {
        Self::parse(text)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Day, A::Error> {
        let date = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
        Self::parse(&date.to_string())
    }
}
