//! docs/engines.md is made from the code that pairs columns; this keeps it current.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use exodus_engine::value::{Date, DateTime, Day, End, Form, Pairing, Time, Value, mapped_type, pairing};
use exodus_schema::{Column, Engine, Schema, ddl};

const ENGINES: [Engine; 4] = [Engine::Postgres, Engine::MySql, Engine::MariaDb, Engine::Sqlite];

/// Types of each product, as people declare them.
fn declared(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Postgres => &[
            "boolean",
            "smallint",
            "integer",
            "bigint",
            "oid",
            "real",
            "double precision",
            "numeric(10,2)",
            "numeric(100,10)",
            "numeric",
            "money",
            "text",
            "varchar(40)",
            "varchar(4000)",
            "char(5)",
            "citext",
            "bytea",
            "date",
            "time(3)",
            "time with time zone",
            "timestamp(3)",
            "timestamp with time zone",
            "interval",
            "uuid",
            "json",
            "jsonb",
            "bit(8)",
            "bit varying(70)",
            "mood",
            "integer[]",
            "int4range",
            "inet",
            "tsvector",
            "xml",
            "point",
        ],
        Engine::MySql | Engine::MariaDb => &[
            "tinyint(1)",
            "tinyint unsigned",
            "smallint",
            "mediumint",
            "int",
            "int unsigned",
            "bigint",
            "bigint unsigned",
            "year",
            "float",
            "float(7,3)",
            "double",
            "decimal(10,2)",
            "decimal(65,30)",
            "char(5)",
            "varchar(40)",
            "varchar(20) CHARACTER SET latin1",
            "text",
            "longtext",
            "binary(16)",
            "varbinary(300)",
            "longblob",
            "date",
            "time(6)",
            "datetime(3)",
            "timestamp(6)",
            "json",
            "bit(1)",
            "bit(64)",
            "enum('a','b')",
            "set('x','y')",
            "point",
        ],
        Engine::Sqlite => &[
            "INTEGER",
            "BOOLEAN",
            "REAL",
            "DECIMAL(9,2)",
            "NUMERIC",
            "TEXT",
            "VARCHAR(40)",
            "BLOB",
            "DATE",
            "TIME",
            "DATETIME",
            "TIMESTAMPTZ",
            "UUID",
            "JSON",
            "",
        ],
    }
}

/// MariaDB's own.
const MARIADB: &[&str] = &["uuid", "inet6"];

fn types(engine: Engine) -> Vec<&'static str> {
    let own = if engine == Engine::MariaDb { MARIADB } else { &[] };
    // MariaDB's JSON is a text with a check.
    let known = |name: &&&str| engine != Engine::MariaDb || **name != "json";
    declared(engine).iter().filter(known).chain(own).copied().collect()
}

/// A table with a column of that type.
fn column(engine: Engine, declared: &str, labels: Option<&[String]>) -> (Schema, Column) {
    let labels = labels.map_or_else(
        || "'sad', 'ok'".to_owned(),
        |labels| format!("'{}'", labels.join("', '")),
    );
    let mood = if engine == Engine::Postgres {
        format!("CREATE TYPE public.mood AS ENUM ({labels});\n")
    } else {
        String::new()
    };
    let declared = if declared == "mood" { "public.mood" } else { declared };
    let schema = ddl::read(&format!("{mood}CREATE TABLE t (v {declared});"), Some(engine)).expect("a table");
    let column = schema.tables[0].columns[0].clone();
    (schema, column)
}

fn decimals() -> Vec<Value<'static>> {
    let long = "9".repeat(200);
    let texts = [
        "1.50",
        "-1",
        "0.000000000000000000000000000000000001",
        "12345678901234567",
        "1234567890.12345678",
        "NaN",
        "Infinity",
    ];
    let mut all: Vec<_> = texts.iter().map(|text| Value::Decimal((*text).into())).collect();
    all.push(Value::Decimal(long.into()));
    all
}

fn texts() -> Vec<Value<'static>> {
    let long = |length| Value::Text("x".repeat(length).into());
    let mut all: Vec<_> = ["", "a ", "é", "Ж", "😀", "\0", "1", "b", "{\"a\":1}"]
        .iter()
        .map(|text| Value::Text((*text).into()))
        .collect();
    all.extend([long(41), long(300), long(70_000)]);
    all
}

fn dates() -> Vec<Date> {
    let day = |year, month, day| Date::Day(Day { year, month, day });
    vec![
        day(2024, 2, 29),
        day(0, 0, 0),
        day(2024, 2, 31),
        day(-43, 3, 15),
        day(12_000, 1, 1),
        day(1969, 1, 1),
        day(2039, 1, 1),
        Date::Past,
        Date::Future,
    ]
}

fn times() -> Vec<Time> {
    let hour = 3_600_000_000;
    [0, 24 * hour, 23 * hour + 1, -hour, 838 * hour, 900 * hour]
        .map(|microseconds| Time { microseconds })
        .to_vec()
}

/// Values that are at the edge somewhere.
fn probes(form: Form) -> Vec<Value<'static>> {
    match form {
        Form::Any => vec![],
        Form::Boolean => vec![Value::Boolean(true)],
        Form::Integer => [
            0,
            1,
            -1,
            300,
            2000,
            70_000,
            -70_000,
            5_000_000_000,
            -5_000_000_000,
            i128::from(u64::MAX),
        ]
        .map(Value::Integer)
        .to_vec(),
        Form::Float => [0.1, -0.0, -1.5, f64::NAN, f64::INFINITY, 1e300]
            .map(Value::Float)
            .to_vec(),
        Form::Float32 => [0.1, -0.0, -1.5, f32::NAN, f32::INFINITY, 1e30]
            .map(Value::Float32)
            .to_vec(),
        Form::Decimal => decimals(),
        Form::Text => texts(),
        Form::Bytes => [0, 16, 300, 400]
            .map(|length| Value::Bytes(vec![0; length].into()))
            .to_vec(),
        Form::Date => dates().into_iter().map(Value::Date).collect(),
        Form::Time => times().into_iter().map(Value::Time).collect(),
        Form::DateTime | Form::Timestamp => dates()
            .into_iter()
            .flat_map(|date| {
                [0, 123, 123_000].map(|microseconds| {
                    Value::DateTime(DateTime {
                        date,
                        time: Time { microseconds },
                    })
                })
            })
            .collect(),
        Form::Uuid => vec![Value::Uuid([7; 16])],
        Form::Json => [
            "{\"a\": 1}",
            "{\"a\":1}",
            "1.50",
            "1e400",
            "12345678901234567890.5",
            "\"\\u0000\"",
        ]
        .map(|text| Value::Json(text.into()))
        .to_vec(),
        Form::Bits => ["0", "10101010", "1"].map(|bits| Value::Bits(bits.into())).to_vec(),
        Form::Geometry => vec![Value::Geometry([&[1, 1, 0, 0, 0][..], &[0; 16]].concat().into())],
    }
}

/// What the source can hold and the target can't; and what it would write in another way.
fn unfit(found: &Pairing) -> (String, String) {
    let (mut refused, mut altered) = (BTreeSet::new(), BTreeSet::new());
    for value in probes(found.form()) {
        let there = found.source().check(&value).is_ok();
        if let (true, Err(misfit)) = (there && found.needs_check(), found.check(&value)) {
            if misfit.alters { &mut altered } else { &mut refused }.insert(misfit.what);
        }
    }
    let list = |all: BTreeSet<&str>| all.into_iter().collect::<Vec<_>>().join("; ");
    (list(refused), list(altered))
}

/// Types of the target that take the column's values too.
fn others(from: &End<'_>, to: &[(&'static str, Schema, Column)], best: &str) -> String {
    let code = |name: &str| {
        if name.is_empty() {
            "no type".to_owned()
        } else {
            format!("`{name}`")
        }
    };
    let (mut lossless, mut lossy) = (vec![], vec![]);
    for (declared, schema, there) in to {
        match pairing(from, &End::of(schema, there)) {
            Ok(found) if found.lossy().is_some() => lossy.push(format!("{} (lossy)", code(declared))),
            Ok(_) if *declared != best => lossless.push(code(declared)),
            _ => {}
        }
    }
    lossless.append(&mut lossy);
    lossless.join(", ")
}

/// The product's types, read once.
fn columns(engine: Engine) -> Vec<(&'static str, Schema, Column)> {
    let read = |declared| {
        let (schema, column) = column(engine, declared, None);
        (declared, schema, column)
    };
    types(engine).into_iter().map(read).collect()
}

fn row(
    (declared, schema, here): &(&str, Schema, Column),
    to: Engine,
    all: &[(&'static str, Schema, Column)],
) -> String {
    let end = End::of(schema, here);
    let name = if declared.is_empty() {
        "no type".to_owned()
    } else {
        format!("`{declared}`")
    };
    let mapped = match mapped_type(&end, to, None) {
        Ok(mapped) => mapped,
        Err(refusal) => return format!("| {name} | | refused: {refusal} | | | |\n"),
    };
    let (there_schema, there) = column(to, &mapped.sql, mapped.labels.as_deref());
    let check = if mapped.labels.is_some() { " with a CHECK" } else { "" };
    // The same for all texts: said once, below.
    let plain = mapped
        .sql
        .split_once(" CHARACTER SET utf8mb4")
        .map_or(mapped.sql.as_str(), |(plain, _)| plain);
    let shown = format!("`{plain}`{check}");
    match pairing(&end, &End::of(&there_schema, &there)) {
        Err(refusal) => format!("| {name} | {shown} | refused: {refusal} | | | |\n"),
        Ok(found) => {
            let verdict = found
                .lossy()
                .map_or("lossless".to_owned(), |what| format!("lossy: {what}"));
            let remark = mapped.remark.map_or_else(String::new, |remark| format!("; {remark}"));
            let (refused, altered) = unfit(&found);
            format!(
                "| {name} | {shown} | {verdict}{remark} | {refused} | {altered} | {} |\n",
                others(&end, all, &mapped.sql)
            )
        }
    }
}

fn page() -> String {
    let mut text = include_str!("page/head.md").to_owned();
    for from in ENGINES {
        for to in ENGINES {
            let family = |engine| matches!(engine, Engine::MySql | Engine::MariaDb);
            if from == to || (family(from) && family(to)) {
                continue;
            }
            let _ = write!(
                text,
                "\n## {from} to {to}\n\n| {from} | {to} | | values that are refused | altered, by flag | also into |\n|---|---|---|---|---|---|\n"
            );
            let there = columns(to);
            for here in columns(from) {
                text.push_str(&row(&here, to, &there));
            }
        }
    }
    text.push_str(include_str!("page/foot.md"));
    text
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/engines.md")
}

/// `UPDATE=1 cargo test -p exodus-engine --test engines_page` writes it anew.
#[test]
fn the_page_is_current() {
    let current = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file(), &current).expect("docs/engines.md can be written");
    }
    let written = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(
        written == current,
        "docs/engines.md is not current: UPDATE=1 cargo test -p exodus-engine --test engines_page"
    );
}

/// Whatever is suggested can be copied into without a loss, unless it is refused with a way out.
#[test]
fn suggested_types_are_lossless() {
    for (from, to) in ENGINES
        .iter()
        .flat_map(|from| ENGINES.map(|to| (*from, to)))
        .filter(|(from, to)| from != to)
    {
        for declared in types(from) {
            let (schema, here) = column(from, declared, None);
            let Ok(mapped) = mapped_type(&End::of(&schema, &here), to, None) else {
                continue;
            };
            let (there_schema, there) = column(to, &mapped.sql, mapped.labels.as_deref());
            let family = |engine| matches!(engine, Engine::MySql | Engine::MariaDb);
            if family(from) && family(to) {
                continue;
            }
            let found = pairing(&End::of(&schema, &here), &End::of(&there_schema, &there))
                .unwrap_or_else(|refusal| panic!("{from} {declared} to {to} {}: {refusal}", mapped.sql));
            assert_eq!(found.lossy(), None, "{from} {declared} to {to}");
            // And back.
            let back = pairing(&End::of(&there_schema, &there), &End::of(&schema, &here));
            assert!(
                back.is_ok_and(|back| back.lossy().is_none()),
                "{to} {} to {from} {declared}",
                mapped.sql
            );
        }
    }
}
