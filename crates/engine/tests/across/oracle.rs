//! What is said to fit is what the server takes and shows as it is: each value is really stored, whatever was said of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use exodus_engine::value::{Codec, End, Form, Value, wire};
use exodus_engine::{Access, Checks, Chunk, Load, channel};
use exodus_schema::Engine::{self, MariaDb, MySql, Postgres, Sqlite};
use exodus_schema::Table;

use crate::drawn;
use crate::places::{Place, between, select};

const POSTGRES: &[&str] = &[
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "oid",
    "real",
    "double precision",
    "numeric(5,2)",
    "numeric(6,-2)",
    "numeric(3,5)",
    "numeric",
    "text",
    "varchar(5)",
    "char(4)",
    "name",
    "bytea",
    "date",
    "time(2)",
    "timestamp(3)",
    "timestamp with time zone",
    "uuid",
    "json",
    "jsonb",
    "bit(5)",
    "bit varying(6)",
    "mood",
];

const MYSQL: &[&str] = &[
    "tinyint(1)",
    "tinyint unsigned",
    "smallint",
    "mediumint",
    "int unsigned",
    "bigint",
    "bigint unsigned",
    "year",
    "float",
    "double",
    "float(7,3)",
    "double unsigned",
    "decimal(5,2)",
    "decimal(65,30)",
    "decimal(4,0) unsigned",
    "char(4)",
    "varchar(5)",
    "tinytext",
    "varchar(5) character set latin1",
    "varchar(5) character set ascii",
    "varchar(5) character set utf8mb3",
    "tinytext character set ucs2",
    "tinytext character set utf16",
    "varchar(250) character set utf32",
    "binary(3)",
    "varbinary(4)",
    "tinyblob",
    "date",
    "time",
    "time(6)",
    "datetime",
    "datetime(3)",
    "timestamp(6) null",
    "bit(5)",
    "bit(64)",
    "enum('a','b','x,y')",
    "set('x','y')",
    "point",
];

const SQLITE: &[&str] = &[
    "INTEGER",
    "REAL",
    "TEXT",
    "NUMERIC",
    "DECIMAL(9,2)",
    "BLOB",
    "",
    "DATE",
    "TIME",
    "DATETIME",
    "UUID",
    "BOOLEAN",
    "JSON",
];

fn types(engine: Engine) -> Vec<&'static str> {
    match engine {
        Postgres => POSTGRES.to_vec(),
        MySql => MYSQL.iter().copied().chain(["json"]).collect(),
        MariaDb => MYSQL.iter().copied().chain(["uuid"]).collect(),
        Sqlite => SQLITE.to_vec(),
    }
}

/// Forms that a column may have in a pairing.
fn forms(declared: &str, form: Form) -> Vec<Form> {
    match form {
        Form::Integer if declared != "year" => vec![Form::Integer, Form::Boolean],
        Form::Any => vec![Form::Integer, Form::Float, Form::Text, Form::Bytes],
        form => vec![form],
    }
}

/// What really storing a value showed.
#[derive(Debug, PartialEq, Eq)]
enum Stored {
    /// It is there, as it was.
    Same,
    /// An equal one is there.
    Equal,
    /// Another one is there, or none.
    Other,
    Refused,
}

struct Column<'a> {
    place: &'a mut Place,
    table: Table,
    codec: Codec,
}

impl Column<'_> {
    async fn store(&mut self, value: &Value<'static>) -> Stored {
        let stored = self.stored(value).await;
        self.place.conn.rollback().await.expect("a rollback");
        stored
    }

    async fn stored(&mut self, value: &Value<'static>) -> Stored {
        self.place
            .conn
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        let mut field = vec![];
        self.codec.write(value, &mut field);
        let taken = if self.place.engine == Sqlite {
            let sql = format!(
                "INSERT INTO {} (v) VALUES ({})",
                self.place.quoted("t"),
                literal(&field)
            );
            self.place.takes(&sql).await.is_ok()
        } else {
            self.load(&field).await
        };
        if !taken {
            return Stored::Refused;
        }
        let Some((canonical, read)) = self.read().await else {
            return Stored::Other;
        };
        let mut expected = vec![];
        value.canonical(&mut expected);
        if canonical != expected {
            return Stored::Other;
        }
        if read == field { Stored::Same } else { Stored::Equal }
    }

    /// Through the bulk path.
    async fn load(&mut self, field: &[u8]) -> bool {
        let mut line = vec![];
        for byte in field {
            match byte {
                b'\t' => line.extend(b"\\t"),
                b'\n' => line.extend(b"\\n"),
                b'\r' => line.extend(b"\\r"),
                b'\\' => line.extend(b"\\\\"),
                0 => line.extend(b"\\0"),
                byte => line.push(*byte),
            }
        }
        line.push(b'\n');
        let (sink, source) = channel();
        let data = Bytes::from(line);
        sink.send(Chunk::Bytes { data, rows: 1 }).await.expect("room");
        sink.send(Chunk::End { rows: 1 }).await.expect("room");
        let load = Load {
            table: self.table.name.clone(),
            columns: self.table.columns.clone(),
        };
        self.place
            .conn
            .write(&load, wire(self.place.engine), source)
            .await
            .is_ok()
    }

    /// The canonical form of what is there, and how exodus would write it.
    async fn read(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut seen = None;
        let codec = self.codec.clone();
        let select = select(&self.table, "1 = 1");
        let mut look = |values: &[Value<'_>]| {
            let (mut canonical, mut field) = (vec![], vec![]);
            values[0].canonical(&mut canonical);
            if values[0] != Value::Null {
                codec.write(&values[0], &mut field);
                seen = Some((canonical, field));
            }
        };
        let codecs = [self.codec.clone()];
        let read = exodus_engine::value::read_values(&mut *self.place.conn, &select, &codecs, &mut look).await;
        read.ok().and(seen)
    }
}

/// A field with its tag as SQL.
fn literal(field: &[u8]) -> String {
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    match field.split_first() {
        Some((b'i', bytes)) => match i64::from_be_bytes(bytes.try_into().expect("eight bytes")) {
            i64::MIN => "-9223372036854775807 - 1".to_owned(),
            number => number.to_string(),
        },
        Some((b'r', bytes)) => match f64::from_be_bytes(bytes.try_into().expect("eight bytes")) {
            number if number.is_nan() => "NULL".to_owned(),
            number if number.is_infinite() => if number > 0.0 { "9e999" } else { "-9e999" }.to_owned(),
            number => format!("{number:e}"),
        },
        Some((b't', bytes)) => format!("CAST(x'{}' AS TEXT)", hex(bytes)),
        Some((_, bytes)) => format!("x'{}'", hex(bytes)),
        // What was no number of 64 bits.
        None => "NULL".to_owned(),
    }
}

async fn judged(engine: Engine, number: usize) {
    let other = if engine == Sqlite { Postgres } else { Sqlite };
    between(engine, other, async |mut place, _| {
        if engine == Postgres {
            place.run("CREATE TYPE public.mood AS ENUM ('sad', 'a', 'é ')").await;
        }
        let (mut wrong, mut counts) = (vec![], BTreeMap::<String, usize>::new());
        for declared in types(engine) {
            let typed = if declared == "mood" { "public.mood" } else { declared };
            place
                .run(&format!("CREATE TABLE {} (v {typed})", place.quoted("t")))
                .await;
            let (schema, table) = place.table("t").await;
            let natural = Codec::natural(&End::of(&schema, &table.columns[0])).expect("a codec");
            for form in forms(declared, natural.form()) {
                let codec = natural.clone().in_form(form);
                let mut column = Column {
                    place: &mut place,
                    table: table.clone(),
                    codec,
                };
                for value in drawn::values(form, number) {
                    let said = column.codec.check(&value);
                    let stored = column.store(&value).await;
                    *counts
                        .entry(format!("{:?} {stored:?}", said.map_err(|misfit| misfit.alters)))
                        .or_default() += 1;
                    let right = match said {
                        // A number gets the scale of its column.
                        Ok(()) if form == Form::Decimal => matches!(stored, Stored::Same | Stored::Equal),
                        Ok(()) => stored == Stored::Same,
                        Err(misfit) if misfit.alters => matches!(stored, Stored::Same | Stored::Equal),
                        Err(_) => matches!(stored, Stored::Other | Stored::Refused),
                    };
                    if !right {
                        wrong.push(format!(
                            "{declared} {form:?}: said {said:?}, but {stored:?}: {:.150}",
                            format!("{value:?}")
                        ));
                    }
                }
            }
            place.run(&format!("DROP TABLE {}", place.quoted("t"))).await;
        }
        println!("{engine}: {counts:?}");
        assert!(
            wrong.is_empty(),
            "{engine}, {} wrong:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    })
    .await;
}

#[tokio::test]
async fn postgres_is_judged_rightly() {
    judged(Postgres, 60).await;
}

#[tokio::test]
async fn mysql_is_judged_rightly() {
    judged(MySql, 40).await;
}

#[tokio::test]
async fn mariadb_is_judged_rightly() {
    judged(MariaDb, 40).await;
}

#[tokio::test]
async fn sqlite_is_judged_rightly() {
    judged(Sqlite, 150).await;
}
