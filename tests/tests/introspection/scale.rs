//! l11: hundreds of tables, in the same order everywhere and each time, and soon.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use exodus_schema::Schema;

use crate::live::{ALL, Database};

const TABLES: usize = 1000;

/// Tables `t0` to `t999` in the order of `numbers`; each but the first references an earlier one and itself.
fn ddl(numbers: impl Iterator<Item = usize>) -> String {
    let mut out = String::new();
    for n in numbers {
        let up = n.saturating_sub(1) / 2;
        // Writing to a String can't fail.
        let _ = writeln!(
            out,
            "create table t{n} (id integer primary key, up_id integer not null, own_id integer, name varchar(40) unique, \
             amount decimal(10, 2) default 0, constraint t{n}_own foreign key (own_id) references t{n} (id), \
             constraint t{n}_up foreign key (up_id) references t{up} (id));"
        );
    }
    out
}

/// What must not depend on the engine.
fn outline(schema: &Schema) -> Vec<String> {
    let mut out = vec![];
    for table in &schema.tables {
        out.push(table.name.name.clone());
        for relation in &table.relations {
            out.push(format!(
                "{} {} {:?}",
                relation.name, relation.parent.name, relation.columns
            ));
        }
        out.extend(
            table
                .indexes
                .iter()
                .filter(|index| index[0] != "up_id" && index[0] != "own_id")
                .map(|i| i.join(",")),
        );
    }
    out
}

#[tokio::test]
async fn l11_a_thousand_tables_in_one_order_and_in_time() {
    let mut outlines: Vec<(String, Vec<String>)> = vec![];
    for server in ALL {
        let Some(database) = Database::with(server, &in_one_transaction(&ddl(0..TABLES))) else {
            continue;
        };
        let mut times = vec![];
        let mut schemas = vec![];
        for _ in 0..3 {
            let start = Instant::now();
            schemas.push(database.read_with(&[]).await.expect("the schema can be read"));
            times.push(start.elapsed());
        }
        eprintln!("{server:?}: {TABLES} tables read in {times:?}, connecting included");
        let fastest = times.iter().min().copied().unwrap_or_default();
        assert!(fastest < Duration::from_secs(6), "{server:?} took {fastest:?}");
        assert_eq!(schemas[0].tables.len(), TABLES);
        assert!(schemas[0].tables.is_sorted_by(|a, b| a.name < b.name));
        let prints: Vec<_> = schemas.iter().map(outline).collect();
        assert!(
            prints.iter().all(|print| *print == prints[0]),
            "{server:?}: two readings differ"
        );
        outlines.push((format!("{server:?}"), outline(&schemas[0])));
    }
    let (first, outline) = &outlines[0];
    for (other, same) in &outlines[1..] {
        let difference = outline.iter().zip(same).find(|(a, b)| a != b);
        assert_eq!(difference, None, "{first} and {other} differ");
        assert_eq!(outline.len(), same.len(), "{first} and {other} differ");
    }
}

/// A thousand commits take SQLite and PostgreSQL longer than the reading; MySQL commits each statement anyway.
fn in_one_transaction(ddl: &str) -> String {
    format!("begin;\n{ddl}commit;\n")
}
