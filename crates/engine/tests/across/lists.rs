//! Every type of every product with its odd values, to each other product and back: what is said to fit arrives, and comes
//! back as it was.

use std::fmt::Write as _;

use exodus_engine::value::{Codec, Encoder, End, Pairing, Value, mapped_type, scan_neutral, wire};
use exodus_engine::{Access, Checks, Connection, Load, Select, channel};
use exodus_schema::Engine::{self, MariaDb, MySql, Postgres, Sqlite};
use exodus_schema::{Kind, Schema, Table};

use crate::drawn;
use crate::places::{Place, between, copy, make, paired, pairs, select, unfit};
use crate::values::types;

/// Values at random for each type, and the first one's key.
const DRAWN: usize = 20;
const DRAWN_FROM: usize = 1000;

/// Types that only name things of their own database, or that a role may not store; and what lacks a counterpart.
const LEFT_OUT: &[&str] = &["regclass", "regtype", "regproc", "regprocedure", "regcollation"];

/// Numbers without limits come back without the zeros at their ends where the other side has a scale of its own.
const EQUAL_ONLY: &[&str] = &["numeric"];

/// What was seen on the way.
#[derive(Debug, Default)]
struct Seen {
    types: usize,
    refused: Vec<String>,
    values: u64,
    unfit: u64,
    altered: u64,
    wrong: Vec<String>,
}

/// One column's tables.
struct Way<'a> {
    source: &'a mut Place,
    target: &'a mut Place,
    name: String,
    declared: String,
}

impl Way<'_> {
    async fn go(&mut self, values: &[String], seen: &mut Seen) {
        let Some((schema, table, ids)) = self.fill(values).await else {
            seen.refused.push(format!("{} (not on this server)", self.declared));
            return;
        };
        seen.types += 1;
        let column = table.column("v").expect("the column");
        if let Err(refusal) = mapped_type(&End::of(&schema, column), self.target.engine, None) {
            assert!(!refusal.reason.is_empty() && !refusal.help.is_empty());
            seen.refused.push(self.declared.clone());
            return;
        }
        if !make(self.target, &schema, &table, &self.name).await {
            seen.refused.push(format!("{} (not on that server)", self.declared));
            return;
        }
        let (there_schema, there) = self.target.table(&self.name).await;
        let Ok(pairings) = pairs((&schema, &table), (&there_schema, &there)) else {
            seen.refused.push(self.declared.clone());
            return;
        };
        let (fit, altered) = self.sorted_out(&table, &pairings, &ids, seen).await;
        for (ids, alters) in [(fit, false), (altered, true)] {
            if let Err(error) = self
                .there_and_back((&schema, &table), (&there_schema, &there), &ids, alters)
                .await
            {
                seen.wrong.push(format!("{}: {error}", self.declared));
            }
        }
    }

    /// Makes the table on the source; nothing where the server doesn't know the type.
    async fn fill(&mut self, values: &[String]) -> Option<(Schema, Table, Vec<usize>)> {
        let (quoted, declared) = (self.source.quoted(&self.name), &self.declared);
        let sql = format!("CREATE TABLE {quoted} (id int NOT NULL PRIMARY KEY, v {declared})");
        self.source.takes(&sql).await.ok()?;
        let mut stored = vec![];
        for (at, value) in values.iter().enumerate() {
            let sql = format!("INSERT INTO {quoted} (id, v) VALUES ({at}, {value})");
            if let Err(error) = self.source.takes(&sql).await {
                eprintln!("{} {declared}: {error:.200}: {value:.60}", self.source.engine);
                continue;
            }
            stored.push(at);
        }
        assert!(!stored.is_empty(), "no value of {declared} was stored");
        let (schema, table) = self.source.table(&self.name).await;
        stored.extend(self.fill_more(&schema, &table).await);
        Some((schema, table, stored))
    }

    /// Adds values at random that the column is said to take.
    async fn fill_more(&mut self, schema: &Schema, table: &Table) -> Vec<usize> {
        let codecs = table
            .columns
            .iter()
            .map(|column| Codec::natural(&End::of(schema, column)));
        let Ok(codecs) = codecs.collect::<Result<Vec<_>, _>>() else {
            return vec![];
        };
        // What else the table asks of its values: a CHECK, or one reference system.
        if self.declared == "json" && self.source.engine == MariaDb || self.declared.contains("srid") {
            return vec![];
        }
        // What only the server can write.
        let of_postgres =
            self.source.engine == Postgres && (table.columns[1].kind == Kind::Geometry || table.columns[1].text_only);
        if of_postgres {
            return vec![];
        }
        if matches!(table.columns[1].kind, Kind::Other | Kind::Array | Kind::Interval) && self.source.engine != Sqlite {
            return vec![];
        }
        // The server alone knows which characters these have.
        let known = [
            "utf8mb4", "utf8mb3", "utf8", "latin1", "ascii", "ucs2", "utf16", "utf16le", "utf32", "binary",
        ];
        if table.columns[1]
            .charset
            .as_deref()
            .is_some_and(|charset| !known.contains(&charset))
        {
            return vec![];
        }
        let mut encoder = Encoder::new(self.source.engine, codecs.clone(), false);
        let mut ids = vec![];
        for (value, id) in drawn::values(codecs[1].form(), DRAWN).into_iter().zip(DRAWN_FROM..) {
            if codecs[1].check(&value).is_ok() {
                encoder.row(&[Value::Integer(id as i128), value]).expect("it fits");
                ids.push(id);
            }
        }
        let (sink, source) = channel();
        for chunk in encoder.finish() {
            sink.send(chunk).await.expect("room");
        }
        let load = Load {
            table: table.name.clone(),
            columns: table.columns.clone(),
        };
        let conn = &mut self.source.conn;
        conn.begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        let written = conn.write(&load, wire(self.source.engine), source).await;
        assert_eq!(
            written.expect("what fits is taken"),
            ids.len() as u64,
            "{}",
            self.declared
        );
        conn.commit().await.expect("a commit");
        ids
    }

    /// The rows that fit, and those that would arrive as equal ones.
    async fn sorted_out(
        &mut self,
        table: &Table,
        pairings: &[Pairing],
        ids: &[usize],
        seen: &mut Seen,
    ) -> (Vec<usize>, Vec<usize>) {
        let (mut fit, mut altered) = (vec![], vec![]);
        for &id in ids {
            let one = select(table, &format!("t.id = {id}"));
            let found = unfit(self.source, &one, pairings).await;
            match found.first() {
                None => fit.push(id),
                Some(found) if found.misfit.alters => {
                    seen.altered += 1;
                    altered.push(id);
                }
                Some(_) => seen.unfit += 1,
            }
        }
        seen.values += ids.len() as u64;
        (fit, altered)
    }

    /// Each look at the schema is at all of its tables.
    async fn clear(&mut self) {
        for name in [
            self.name.clone(),
            format!("{}_back0", self.name),
            format!("{}_back1", self.name),
        ] {
            let sql = format!("DROP TABLE IF EXISTS {}", self.source.quoted(&name));
            self.source.run(&sql).await;
        }
        let sql = format!("DROP TABLE IF EXISTS {}", self.target.quoted(&self.name));
        self.target.run(&sql).await;
    }

    async fn there_and_back(
        &mut self,
        here: (&Schema, &Table),
        there: (&Schema, &Table),
        ids: &[usize],
        alters: bool,
    ) -> Result<(), String> {
        if ids.is_empty() {
            return Ok(());
        }
        let condition = ids.iter().fold("t.id IN (-1".to_owned(), |mut sql, id| {
            let _ = write!(sql, ", {id}");
            sql
        }) + ")";
        let out = paired(here, there);
        let rows = select(here.1, &condition);
        copy(self.source, self.target, &rows, there.1, &out, alters)
            .await
            .map_err(|error| format!("there: {error}"))?;
        let arrived = select(there.1, &condition);
        self.compared(&rows, &arrived, &out).await?;
        // Back into a table of the same type.
        let name = format!("{}_back{}", self.name, u8::from(alters));
        let sql = format!(
            "CREATE TABLE {} (id int NOT NULL PRIMARY KEY, v {})",
            self.source.quoted(&name),
            self.declared
        );
        self.source.run(&sql).await;
        let (schema, back) = self.source.table(&name).await;
        let home = paired(there, (&schema, &back));
        if !alters {
            let found = unfit(self.target, &arrived, &home).await;
            if !found.is_empty() {
                return Err(format!("back: {found:?}"));
            }
        }
        copy(self.target, self.source, &arrived, &back, &home, true)
            .await
            .map_err(|error| format!("back: {error}"))?;
        let (was, is) = (
            bytes(&mut *self.source.conn, &rows).await,
            bytes(&mut *self.source.conn, &select(&back, &condition)).await,
        );
        if alters || was == is {
            return Ok(());
        }
        if EQUAL_ONLY.contains(&self.declared.as_str()) {
            return self.equal(&name).await;
        }
        Err(format!("came back as something else: {:?}", odd(&was, &is)))
    }

    /// The server itself takes the values that came back for those that left.
    async fn equal(&mut self, back: &str) -> Result<(), String> {
        let sql = format!(
            "SELECT b.id FROM {} AS b JOIN {} AS t ON t.id = b.id WHERE t.v <> b.v",
            self.source.quoted(back),
            self.source.quoted(&self.name)
        );
        let rows = self.source.rows(&sql).await;
        if rows.is_empty() {
            Ok(())
        } else {
            Err(format!("not even equal: {rows:?}"))
        }
    }

    /// Both sides show the same in canonical form.
    async fn compared(&mut self, rows: &Select, arrived: &Select, pairings: &[Pairing]) -> Result<(), String> {
        let sources: Vec<_> = pairings.iter().map(|pairing| pairing.source().clone()).collect();
        let targets: Vec<_> = pairings.iter().map(|pairing| pairing.target().clone()).collect();
        let (mut here, mut there) = (vec![], vec![]);
        let shown =
            |row: &exodus_engine::ScanRow<'_>| row.iter().map(|field| field.map(<[u8]>::to_vec)).collect::<Vec<_>>();
        let mut add = |row: &exodus_engine::ScanRow<'_>| here.push(shown(row));
        scan_neutral(&mut *self.source.conn, rows, &sources, &mut add)
            .await
            .expect("a scan");
        let mut add = |row: &exodus_engine::ScanRow<'_>| there.push(shown(row));
        scan_neutral(&mut *self.target.conn, arrived, &targets, &mut add)
            .await
            .expect("a scan");
        here.sort();
        there.sort();
        if here == there {
            Ok(())
        } else {
            Err(format!("canonical forms differ: {:?}", odd(&here, &there)))
        }
    }
}

type Rows = Vec<Vec<Option<Vec<u8>>>>;

/// The rows as the source itself shows them to a verifier.
async fn bytes(conn: &mut dyn Connection, select: &Select) -> Rows {
    let mut rows = vec![];
    let mut add =
        |row: &exodus_engine::ScanRow<'_>| rows.push(row.iter().map(|field| field.map(<[u8]>::to_vec)).collect());
    conn.scan(select, &mut add).await.expect("a scan");
    rows.sort();
    rows
}

fn odd(one: &Rows, other: &Rows) -> Vec<String> {
    let show = |row: &Vec<Option<Vec<u8>>>| {
        let fields = row
            .iter()
            .map(|field| field.as_ref().map(|field| String::from_utf8_lossy(field).into_owned()));
        format!("{:.200}", format!("{:?}", fields.collect::<Vec<_>>()))
    };
    let only = |one: &Rows, other: &Rows| {
        one.iter()
            .filter(|row| !other.contains(row))
            .map(show)
            .collect::<Vec<_>>()
    };
    only(one, other).into_iter().chain(only(other, one)).collect()
}

async fn all_types(from: Engine, to: Engine) {
    between(from, to, async |mut source, mut target| {
        if from == Postgres {
            source.run("SET search_path = public").await;
            source.run("CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'é')").await;
            source.run("CREATE TYPE pair AS (a int, b text)").await;
            source.run("CREATE SCHEMA \"Other schema\"").await;
            source.run("SET search_path = ''").await;
        }
        let mut seen = Seen::default();
        for (at, (declared, values)) in types(from).into_iter().enumerate() {
            if LEFT_OUT.contains(&declared.as_str()) {
                continue;
            }
            let mut way = Way {
                source: &mut source,
                target: &mut target,
                name: format!("t{at}"),
                declared,
            };
            way.go(&values, &mut seen).await;
            way.clear().await;
        }
        println!(
            "{from} to {to}: {} types, {} refused {:?}, {} values, {} unfit, {} altered",
            seen.types,
            seen.refused.len(),
            seen.refused,
            seen.values,
            seen.unfit,
            seen.altered
        );
        assert!(seen.wrong.is_empty(), "{from} to {to}:\n{}", seen.wrong.join("\n"));
    })
    .await;
}

macro_rules! directions {
    ($($name:ident: $from:expr => $to:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            all_types($from, $to).await;
        }
    )*};
}

directions! {
    postgres_to_mariadb: Postgres => MariaDb;
    postgres_to_mysql: Postgres => MySql;
    postgres_to_sqlite: Postgres => Sqlite;
    mariadb_to_postgres: MariaDb => Postgres;
    mariadb_to_mysql: MariaDb => MySql;
    mariadb_to_sqlite: MariaDb => Sqlite;
    mysql_to_postgres: MySql => Postgres;
    mysql_to_mariadb: MySql => MariaDb;
    mysql_to_sqlite: MySql => Sqlite;
    sqlite_to_postgres: Sqlite => Postgres;
    sqlite_to_mariadb: Sqlite => MariaDb;
    sqlite_to_mysql: Sqlite => MySql;
}
