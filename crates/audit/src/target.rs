//! What another database can't hold of the rows: by the schemas of both alone.

use exodus_classify::Class;
use exodus_classify::question::{Answer, Misfit, Question, Told};
use exodus_engine::Dialect;
use exodus_schema::model::Generated;
use exodus_schema::{Column, Engine, Kind, Schema, Table};

use crate::options::Subject;

/// The answers to [`Question::Target`] about every client and context table.
pub fn answers(subject: &Subject<'_>, there: &Schema) -> Vec<(Question, Told)> {
    let tables = subject.graph.tables();
    let concerned = tables.filter(|table| subject.classes.class_of(*table) != Class::Neutral);
    concerned
        .map(|table| {
            let misfits = misfits(subject.graph.schema(), there, subject.graph.table(table));
            (Question::Target(table), Told::whole(Answer::Misfits(misfits)))
        })
        .collect()
}

/// What of a table has no place there.
fn misfits(here: &Schema, there: &Schema, table: &Table) -> Vec<Misfit> {
    let same = there.table(&table.name);
    // Databases of MySQL and files of SQLite are schemas of one name each.
    let mut named = there.tables.iter().filter(|other| other.name.name == table.name.name);
    let only = named.next().filter(|_| named.next().is_none());
    match same.or(only) {
        Some(other) => of_columns(here, there, table, other),
        None => without_table(here, there, table),
    }
}

fn misfit(column: Option<&Column>, why: impl Into<String>) -> Misfit {
    Misfit {
        column: column.map(|column| column.name.clone()),
        why: why.into(),
    }
}

/// What could not even be created there, where the table is missing.
fn without_table(here: &Schema, there: &Schema, table: &Table) -> Vec<Misfit> {
    let columns = table.columns.iter();
    let lacking = columns.filter_map(|column| {
        let why = unsupported(here.engine, there, column)?;
        Some(misfit(Some(column), why))
    });
    std::iter::once(misfit(None, "there is no such table"))
        .chain(lacking)
        .collect()
}

fn of_columns(here: &Schema, there: &Schema, table: &Table, other: &Table) -> Vec<Misfit> {
    let mut found = vec![];
    for column in &table.columns {
        let why = match other.column(&column.name) {
            None => Some("there is no such column".to_owned()),
            Some(target) => difference(here, there, column, target),
        };
        found.extend(why.map(|why| misfit(Some(column), why)));
    }
    let must = other.columns.iter().filter(|column| {
        let filled =
            column.nullable || column.default.is_some() || column.generated.is_some() || column.generator.is_some();
        !filled && table.column(&column.name).is_none()
    });
    found.extend(must.map(|column| {
        misfit(
            None,
            format!("its column {} must have a value, and there is none", column.name),
        )
    }));
    found
}

/// How the target's column differs, so that it refuses values or changes them.
fn difference(here: &Schema, there: &Schema, column: &Column, target: &Column) -> Option<String> {
    let [own, other] = [column, target].map(|column| computed(column.generated.as_ref()));
    if own != other {
        return Some(format!("it is {own} here and {other} there"));
    }
    if column.nullable && !target.nullable {
        return Some("it may be NULL here and must not be there".to_owned());
    }
    if here.engine != there.engine {
        return (!alike(column.kind, target.kind)).then(|| types(column, target));
    }
    if !Dialect::of(here.engine).same_type(&column.native_type, &target.native_type) {
        return Some(types(column, target));
    }
    let name = column.native_type.trim_end_matches("[]");
    if let (Some(own), Some(known)) = (here.enums.get(name), there.enums.get(name)) {
        let lacking: Vec<_> = own.iter().filter(|label| !known.contains(label)).collect();
        let quoted: Vec<_> = lacking.iter().map(|label| format!("'{label}'")).collect();
        if !quoted.is_empty() {
            return Some(format!("its type {name} lacks {}", quoted.join(", ")));
        }
    }
    let set = |column: &Column| column.charset.clone().unwrap_or_else(|| "the database's".to_owned());
    (column.charset != target.charset)
        .then(|| format!("its character set is {} here and {} there", set(column), set(target)))
}

fn types(column: &Column, target: &Column) -> String {
    format!("it is {} here and {} there", column.native_type, target.native_type)
}

fn computed(generated: Option<&Generated>) -> &'static str {
    match generated {
        None => "stored as it is written",
        Some(_) => "computed",
    }
}

/// Kinds of values that two products have in common, if perhaps not all values.
fn alike(one: Kind, other: Kind) -> bool {
    let family = |kind| match kind {
        Kind::Boolean | Kind::Integer => 0,
        Kind::Decimal | Kind::Float => 1,
        Kind::Text | Kind::Enum | Kind::Uuid | Kind::Json => 2,
        Kind::Bytes => 3,
        Kind::Date => 4,
        Kind::Time => 5,
        Kind::DateTime | Kind::Timestamp => 6,
        Kind::Interval => 7,
        Kind::Bits => 8,
        Kind::Array => 9,
        Kind::Geometry => 10,
        Kind::Other => 11,
    };
    family(one) == family(other)
}

/// Why a column can't be made on the other server, as far as the versions tell.
fn unsupported(here: Engine, there: &Schema, column: &Column) -> Option<String> {
    let version = Version::of(&there.server_version);
    let older = |engine, least: (u32, u32), what: &str| {
        let old = there.engine == engine && version.is_some_and(|version| version < Version(least.0, least.1));
        old.then(|| format!("{what} needs {engine} {}.{}", least.0, least.1))
    };
    let native = column.native_type.to_lowercase();
    if here != there.engine {
        let none = match column.kind {
            Kind::Array | Kind::Interval | Kind::Other => true,
            Kind::Geometry | Kind::Bits => there.engine == Engine::Sqlite,
            _ => false,
        };
        return none.then(|| format!("{} has no type for {}", there.engine, column.native_type));
    }
    match &column.generated {
        Some(generated) if !generated.stored => older(Engine::Postgres, (18, 0), "a virtual column")
            .or_else(|| older(Engine::MySql, (5, 7), "a generated column")),
        Some(_) => older(Engine::Postgres, (12, 0), "a generated column")
            .or_else(|| older(Engine::MySql, (5, 7), "a generated column")),
        None => None,
    }
    .or_else(|| {
        let identity = matches!(
            column.generator,
            Some(exodus_schema::model::Generator::IdentityAlways | exodus_schema::model::Generator::IdentityByDefault)
        );
        identity
            .then(|| older(Engine::Postgres, (10, 0), "an identity column"))
            .flatten()
    })
    .or_else(|| {
        native
            .contains("multirange")
            .then(|| older(Engine::Postgres, (14, 0), "a multirange"))
            .flatten()
    })
    .or_else(|| {
        (native == "uuid")
            .then(|| older(Engine::MariaDb, (10, 7), "the type uuid"))
            .flatten()
    })
    .or_else(|| {
        native
            .starts_with("inet")
            .then(|| older(Engine::MariaDb, (10, 5), &column.native_type))
            .flatten()
    })
    .or_else(|| {
        column
            .invisible
            .then(|| older(Engine::MySql, (8, 0), "an invisible column"))
            .flatten()
    })
    .or_else(|| {
        let new = column.collation.as_deref().is_some_and(|name| name.contains("_0900_"));
        new.then(|| older(Engine::MySql, (8, 0), "its collation")).flatten()
    })
}

/// The first two numbers of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    /// From what a server says of itself (`15.6 (Debian)`, `PostgreSQL 15.6 on …`, `10.11.6-MariaDB`).
    fn of(text: &str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let mut parts = text[start..].split(|c: char| !c.is_ascii_digit());
        let first = parts.next()?.parse().ok()?;
        let second = parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
        Some(Self(first, second))
    }
}

#[cfg(test)]
mod tests {
    use exodus_schema::ddl;

    use super::*;

    fn read(engine: Engine, version: &str, sql: &str) -> Schema {
        let mut schema = ddl::read(sql, Some(engine)).expect("a schema");
        version.clone_into(&mut schema.server_version);
        schema
    }

    fn told(here: &Schema, there: &Schema) -> Vec<String> {
        let found = misfits(here, there, &here.tables[0]).into_iter();
        found
            .map(|misfit| format!("{}: {}", misfit.column.unwrap_or_default(), misfit.why))
            .collect()
    }

    #[test]
    fn columns_are_compared_one_by_one() {
        let postgres = |sql: &str| read(Engine::Postgres, "15.1", sql);
        let here = postgres(
            "CREATE TYPE mood AS ENUM ('sad', 'glad');
             CREATE TABLE t (id bigint NOT NULL, m mood, n int, s varchar(40), g int GENERATED ALWAYS AS (1) STORED, gone int);",
        );
        let there = postgres(
            "CREATE TYPE mood AS ENUM ('sad');
             CREATE TABLE t (id bigint NOT NULL, m mood, n int NOT NULL, s varchar(20), g int, must int NOT NULL);",
        );
        assert_eq!(
            told(&here, &there),
            [
                "m: its type public.mood lacks 'glad'",
                "n: it may be NULL here and must not be there",
                "s: it is character varying(40) here and character varying(20) there",
                "g: it is computed here and stored as it is written there",
                "gone: there is no such column",
                ": its column must must have a value, and there is none",
            ]
        );
        assert!(told(&here, &here).is_empty());
    }

    #[test]
    fn an_older_server_lacks_what_came_later() {
        let here = read(
            Engine::Postgres,
            "18.0",
            "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, v int GENERATED ALWAYS AS (1) VIRTUAL, r int4multirange);",
        );
        let with = |version: &str| told(&here, &read(Engine::Postgres, version, "CREATE TABLE other (id int);"));
        assert_eq!(with("PostgreSQL 18.1 on x"), [": there is no such table"]);
        assert_eq!(
            with("15.6 (Debian)")[1..],
            ["v: a virtual column needs PostgreSQL 18.0"]
        );
        assert_eq!(with("9.6.24").len(), 4);
    }

    #[test]
    fn another_product_has_no_arrays() {
        let here = read(Engine::Postgres, "15", "CREATE TABLE t (id int, a int[], d date);");
        let mysql = |sql: &str| read(Engine::MySql, "8.4", sql);
        assert_eq!(
            told(&here, &mysql("CREATE TABLE u (id int);"))[1..],
            ["a: MySQL has no type for integer[]"]
        );
        assert_eq!(
            told(&here, &mysql("CREATE TABLE t (id int, a int, d text);")),
            [
                "a: it is integer[] here and int there",
                "d: it is date here and text there"
            ]
        );
    }
}
