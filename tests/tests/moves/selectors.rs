//! What selectors select is what the oracle owns: on random schemas with SQLite, and on fixed ones with every server,
//! where each product has its own opinion of what a recursive query may say.

use std::time::{Duration, Instant};

use exodus_engine::{Dialect, Owner, Render};
use exodus_schema::{Cuts, Graph, Schema, Selectors, TableId, TableName, Tree};
use exodus_tests::database::{Database, Server};
use exodus_tests::draw::{Case, Draw, KeyType, draws};
use exodus_tests::oracle::Ownership;
use exodus_tests::shapes::SHAPES;
use exodus_tests::sql;
use proptest::prelude::*;

/// The condition of every client table for one client, or for anyone.
fn conditions(schema: &Schema, client: Option<&str>) -> Vec<(usize, String)> {
    let graph = Graph::new(schema);
    let tree = Tree::grow(&graph, TableId(0), &Cuts::default());
    let key = ["id".to_owned()];
    let selectors = Selectors::new(&graph, &tree, &key);
    let dialect = Dialect::of(schema.engine);
    let owner = match client {
        Some(text) => Owner::Client(vec![
            dialect.literal(&schema.tables[0].columns[0], text).expect("a key"),
        ]),
        None => Owner::Anyone,
    };
    let render = Render::new(dialect, &graph, TableId(0), &key, &owner);
    let of = |table| {
        selectors
            .of(table)
            .map(|selector| (table.0, render.condition(&selector, "t")))
    };
    tree.members().iter().filter_map(|member| of(member.table)).collect()
}

fn client_text(case: &Case, client: usize) -> &str {
    case.rows[0][client][0].as_deref().expect("keys are not NULL")
}

/// What the conditions select on SQLite, beside what the oracle says: (table, selected, owned), as places of rows.
fn on_sqlite(case: &Case) -> Vec<(String, Vec<usize>, Vec<usize>)> {
    let schema = case.schema(exodus_schema::Engine::Sqlite);
    let connection = rusqlite::Connection::open_in_memory().expect("memory");
    connection.execute_batch("PRAGMA foreign_keys = OFF").expect("a pragma");
    let script = sql::create(&schema) + &sql::insert(&schema, &case.rows, |_, _| true);
    connection
        .execute_batch(&script)
        .unwrap_or_else(|error| panic!("{error}\n{script}"));
    let dangling = connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", (), |row| {
        row.get::<_, i64>(0)
    });
    assert_eq!(dangling, Ok(0), "the generator made dangling references");
    let oracle = Ownership::find(&schema, &TableName::bare("t0"), &case.rows);
    let mut found = vec![];
    for client in (0..oracle.clients()).map(Some).chain([None]) {
        let conditions = conditions(&schema, client.map(|client| client_text(case, client)));
        let mut selected = vec![vec![]; schema.tables.len()];
        for (table, condition) in conditions {
            let query = format!("SELECT rowid FROM t{table} AS t WHERE {condition} ORDER BY rowid");
            let mut statement = connection
                .prepare(&query)
                .unwrap_or_else(|error| panic!("{error}\n{query}"));
            let places = statement.query_map((), |row| row.get::<_, u32>(0)).expect("rows");
            selected[table] = places.map(|place| place.expect("a rowid") as usize).collect();
        }
        for (table, selected) in selected.into_iter().enumerate() {
            let owned = match client {
                Some(client) => oracle.owned(client, table),
                None => (0..case.rows[table].len())
                    .filter(|at| !oracle.unowned(table).contains(at))
                    .collect(),
            };
            found.push((format!("t{table} for {client:?}"), selected, owned));
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Where every row has one owner at most, a selector picks what its client owns, each physical row once.
    #[test]
    fn selected_is_owned(draw in draws(false)) {
        for (table, selected, owned) in on_sqlite(&draw.case()) {
            prop_assert_eq!(selected, owned, "{}", table);
        }
    }

    /// Where rows have several owners, a selector may leave some to the checks, but never picks what isn't owned, nor
    /// a row twice. Of the rows that anybody owns none is missed.
    #[test]
    fn crossed_rows_are_never_picked_for_strangers(draw in draws(true)) {
        for (table, selected, owned) in on_sqlite(&draw.case()) {
            prop_assert!(selected.iter().all(|place| owned.contains(place)), "{table}: {selected:?} of {owned:?}");
            prop_assert!(selected.is_sorted_by(|one, next| one < next), "{table}: {selected:?}");
            if table.ends_with("None") {
                prop_assert_eq!(selected, owned, "{}", table);
            }
        }
    }
}

fn agree(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut disagreements = vec![];
    for (seed, (name, tables)) in (1..).zip(SHAPES) {
        let case = Draw::shape(tables, seed).case();
        let schema = case.schema(server.engine());
        let oracle = Ownership::find(&schema, &TableName::bare("t0"), &case.rows);
        assert!(oracle.is_clear(), "{name}");
        let mut database = Database::create(server);
        let rows = sql::insert(&schema, &case.rows, |_, _| true);
        database.run(&(sql::create(&schema) + &rows + &sql::foreign_keys(&schema)));
        for client in 0..oracle.clients() {
            for (table, condition) in conditions(&schema, Some(client_text(&case, client))) {
                let columns: Vec<_> = schema.tables[table]
                    .columns
                    .iter()
                    .map(|c| format!("t.{}", c.name))
                    .collect();
                let query = format!("SELECT {} FROM t{table} AS t WHERE {condition}", columns.join(", "));
                let mut owned: Vec<_> = oracle
                    .owned(client, table)
                    .iter()
                    .map(|&at| case.rows[table][at].clone())
                    .collect();
                owned.sort();
                let found = database.try_rows(&query).map(|mut rows| {
                    rows.sort();
                    rows
                });
                if found.as_ref() != Ok(&owned) {
                    let found = found.map(|rows| format!("{} rows", rows.len()));
                    disagreements.push(format!(
                        "{name}: t{table}: {found:?} instead of {}\n{query}",
                        owned.len()
                    ));
                }
            }
        }
    }
    assert!(
        disagreements.is_empty(),
        "{} of them\n{}",
        disagreements.len(),
        disagreements.join("\n\n")
    );
}

#[test]
fn postgres_selects_what_is_owned() {
    agree(Server::Postgres);
}

#[test]
fn postgres18_selects_what_is_owned() {
    agree(Server::Postgres18);
}

#[test]
fn mariadb_selects_what_is_owned() {
    agree(Server::MariaDb);
}

#[test]
fn mysql_selects_what_is_owned() {
    agree(Server::MySql);
}

/// l10 on a server. Most products work out a set anew for each use, so that n layers cost 2ⁿ there: what no schema has is
/// refused (`Dialect::most_set_uses`), what one may have must be quick.
fn ladder(server: Server) {
    if !server.is_there() {
        return;
    }
    let layers = 6;
    let mut tables = vec![String::new(), "t0?".to_owned(), "t0?".to_owned()];
    for layer in 1..layers {
        tables.extend([(); 2].map(|()| format!("t{}?, t{}?", 2 * layer - 1, 2 * layer)));
    }
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    let case = Draw::parse(KeyType::Integer, &tables, &[]).filled(2, 1).case();
    let schema = case.schema(server.engine());
    let oracle = Ownership::find(&schema, &TableName::bare("t0"), &case.rows);
    let mut database = Database::create(server);
    database.run(&(sql::create(&schema) + &sql::insert(&schema, &case.rows, |_, _| true)));
    let (table, condition) = conditions(&schema, Some(client_text(&case, 0)))
        .pop()
        .expect("a last table");
    // A server that works it out 2ⁿ times must not take the machine's memory with it.
    match server {
        Server::Postgres | Server::Postgres18 => database.run("SET statement_timeout = '20s'"),
        Server::MariaDb => database.run("SET max_statement_time = 20"),
        Server::MySql => database.run("SET max_execution_time = 20000"),
        Server::Sqlite => {}
    }
    let start = Instant::now();
    let found = database.rows(&format!("SELECT t.id FROM t{table} AS t WHERE {condition}"));
    assert_eq!(found.len(), oracle.owned(0, table).len());
    println!("{layers} layers on {}: {:?}", server.name(), start.elapsed());
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{} layers took {:?}",
        layers,
        start.elapsed()
    );
}

#[test]
fn l10_ladder_on_postgres() {
    ladder(Server::Postgres);
}

#[test]
fn l10_ladder_on_mariadb() {
    ladder(Server::MariaDb);
}

#[test]
fn l10_ladder_on_mysql() {
    ladder(Server::MySql);
}

#[test]
fn l10_ladder_on_sqlite() {
    ladder(Server::Sqlite);
}
