//! Random schemas with rows of clients that hang together: with policies for every relation, what arrives is the
//! client's, with NULL in nothing but references to what does not arrive, and nobody else loses anything.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use exodus_schema::{Schema, TableName};
use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::draw::{Case, Draw, draws};
use exodus_tests::dump::{self, Dump};
use exodus_tests::oracle::{Ownership, Row, Rows};
use exodus_tests::shapes::SHAPES;
use exodus_tests::sql;
use proptest::prelude::*;

/// How many moves came through, of how many.
#[derive(Debug, Default)]
struct Tally {
    moved: u32,
    refused: u32,
}

/// Entries of exodus.toml: what may be NULL becomes NULL, and rows that must have what they reference are left behind.
fn policies(schema: &Schema, skip_more: bool) -> String {
    let mut lines = String::new();
    for table in &schema.tables {
        for (at, relation) in table.relations.iter().enumerate() {
            let nullable = table.relation_is_nullable(relation) && relation.is_plain();
            let policy = if nullable && !(skip_more && at % 2 == 0) {
                "set-null"
            } else {
                "skip-row"
            };
            let columns: Vec<_> = relation.child_columns().collect();
            let _ = writeln!(
                lines,
                "[[references]]\nrelation = \"{}({})\"\noutgoing = \"{policy}\"\nincoming = \"keep\"\nreason = \"drawn\"",
                table.name,
                columns.join(", ")
            );
        }
    }
    lines
}

struct Bench {
    source: Database,
    target: Database,
    place: Place,
}

impl Bench {
    fn new(server: Server, schema: &Schema, case: &Case, oracle: &Ownership<'_>, skip_more: bool) -> Self {
        let (mut source, mut target) = (Database::create(server), Database::create(server));
        let keys = sql::foreign_keys(schema);
        source.run(&(sql::create(schema) + &sql::insert(schema, &case.rows, |_, _| true) + &keys));
        let unowned: Vec<Vec<usize>> = (0..schema.tables.len()).map(|table| oracle.unowned(table)).collect();
        let context = sql::insert(schema, &case.rows, |table, at| unowned[table].contains(&at));
        target.run(&(sql::create(schema) + &context + &keys));
        let lines = format!(
            "root = \"t0\"\n{}{}",
            sql::declared(schema),
            policies(schema, skip_more)
        );
        let place = Place::of(&lines, &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        Self { source, target, place }
    }

    fn dumps(&mut self) -> (Dump, Dump) {
        (dump::all(&mut self.source), dump::all(&mut self.target))
    }

    /// The rows of all tables, read by name.
    fn rows(database: &mut Database, schema: &Schema) -> Vec<Vec<Row>> {
        let read = |table: &exodus_schema::Table| {
            let columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
            database.rows(&format!("SELECT {} FROM {}", columns.join(", "), table.name))
        };
        schema.tables.iter().map(read).collect()
    }
}

fn check(server: Server, case: &Case, skip_more: bool, tally: &mut Tally) -> Result<(), TestCaseError> {
    let schema = case.schema(server.engine());
    let oracle = Ownership::find(&schema, &TableName::bare("t0"), &case.rows);
    // Clients that have to reference what isn't there are none.
    if oracle.clients() == 0 {
        return Ok(());
    }
    let mut bench = Bench::new(server, &schema, case, &oracle, skip_more);
    let client = 0;
    let before = bench.dumps();
    let there = Bench::rows(&mut bench.target, &schema);
    let key = format!("--client={}", case.client_key(client));
    let integrity = ["proven", "enforced"][case.rows.len() % 2];
    let moved = bench.place.run(&[
        "move",
        &key,
        "--to",
        "target",
        "--integrity",
        integrity,
        "--format",
        "json",
    ]);
    if moved.code != 0 {
        tally.refused += 1;
        prop_assert_eq!(moved.code, 3, "{}", moved.text());
        prop_assert_eq!(bench.dumps(), before, "a refused move changed something");
        prop_assert!(
            oracle.entangled(client).is_some() || moved.text().contains("loop") || moved.text().contains("circle"),
            "{}",
            moved.text()
        );
        return Ok(());
    }
    tally.moved += 1;
    let told = moved.json()["move"].take();
    prop_assert!(bench.dumps().0 == before.0, "a move changed the source");
    let now = Bench::rows(&mut bench.target, &schema);
    let arrived = minus(&now, &there)?;
    let sent = matched(&schema, case, &oracle, client, &arrived)?;
    prop_assert_eq!(told["rows"].as_u64(), Some(sent.len() as u64), "{}", told);
    nothing_dangles(&schema, &now)?;
    plain_rows_arrive(&oracle, case, client, &sent)?;

    let purged = bench
        .place
        .run(&["purge", &bench.place.last_move(), "--yes", "--drop-skipped"]);
    let stays = purged.code == 3 && purged.text().contains("primary key");
    prop_assert!(stays || purged.code == 0, "{}", purged.text());
    prop_assert!(
        Bench::rows(&mut bench.target, &schema) == now,
        "a purge changed the target"
    );
    let left = Bench::rows(&mut bench.source, &schema);
    nothing_dangles(&schema, &left)?;
    // Whatever the client does not own is there, byte for byte; nothing is there that was not.
    for (table, rows) in case.rows.iter().enumerate() {
        let mut rest = left[table].clone();
        for (at, row) in rows.iter().enumerate() {
            let place = rest.iter().position(|other| other == row);
            if let Some(place) = place {
                rest.remove(place);
            } else {
                prop_assert!(
                    oracle.owners(table, at).contains(&client),
                    "row {at} of t{table} is gone"
                );
            }
        }
        prop_assert!(rest.is_empty(), "t{table} has rows that it had not: {rest:?}");
    }
    Ok(())
}

fn minus(now: &Rows, before: &Rows) -> Result<Vec<Vec<Row>>, TestCaseError> {
    let mut arrived = now.to_vec();
    for (table, rows) in before.iter().enumerate() {
        for row in rows {
            let at = arrived[table].iter().position(|other| other == row);
            prop_assert!(at.is_some(), "the target has lost a row of t{table}");
            arrived[table].remove(at.unwrap_or_default());
        }
    }
    Ok(arrived)
}

/// The place of the client's row that each arrived row is: equal, but for NULLs.
fn matched(
    schema: &Schema,
    case: &Case,
    oracle: &Ownership<'_>,
    client: usize,
    arrived: &[Vec<Row>],
) -> Result<BTreeSet<(usize, usize)>, TestCaseError> {
    let mut sent = BTreeSet::new();
    for (table, rows) in arrived.iter().enumerate() {
        let owned = oracle.owned(client, table);
        // Rows without a key can look alike: those without a NULL that was set are matched first.
        let mut order: Vec<&Row> = rows.iter().collect();
        order.sort_by_key(|row| row.iter().filter(|cell| cell.is_none()).count());
        for row in order {
            let fits = |at: &&usize| {
                let same = case.rows[table][**at]
                    .iter()
                    .zip(row)
                    .all(|(was, is)| is == was || is.is_none());
                same && !sent.contains(&(table, **at))
            };
            let exact = owned.iter().filter(fits).find(|at| case.rows[table][**at] == *row);
            let at = exact.or_else(|| owned.iter().find(fits)).copied();
            prop_assert!(at.is_some(), "t{table} has {row:?}, which is no row of the client's");
            sent.insert((table, at.unwrap_or_default()));
            let columns = &schema.tables[table].columns;
            for (cell, (was, column)) in row
                .iter()
                .zip(case.rows[table][at.unwrap_or_default()].iter().zip(columns))
            {
                prop_assert!(cell == was || column.nullable, "{} was lost", column.name);
            }
        }
    }
    Ok(sent)
}

/// Every reference of every foreign key leads to a row.
fn nothing_dangles(schema: &Schema, rows: &Rows) -> Result<(), TestCaseError> {
    let all = Ownership::find(schema, &TableName::bare("t0"), rows);
    for (table, of) in schema.tables.iter().enumerate() {
        for (relation, known) in of.relations.iter().enumerate() {
            for (at, row) in rows[table].iter().enumerate() {
                let value = |name: &str| {
                    let place = of.columns.iter().position(|column| column.name == name);
                    place.and_then(|place| row[place].clone())
                };
                let applies = known
                    .when
                    .iter()
                    .all(|part| value(&part.column).is_some_and(|value| part.values.contains(&value)));
                let set = known.child_columns().all(|name| value(name).is_some());
                prop_assert!(
                    !applies || !set || !all.parents(table, at, relation).is_empty(),
                    "row {at} of t{table} references nothing by {}",
                    known.name
                );
            }
        }
    }
    Ok(())
}

/// A row that only this client owns arrives, unless something above it is another's.
fn plain_rows_arrive(
    oracle: &Ownership<'_>,
    case: &Case,
    client: usize,
    sent: &BTreeSet<(usize, usize)>,
) -> Result<(), TestCaseError> {
    for table in 0..case.rows.len() {
        for at in oracle.owned(client, table) {
            if is_plain(oracle, case, client, (table, at)) {
                let twin = sent
                    .iter()
                    .any(|&(other, place)| other == table && case.rows[table][place] == case.rows[table][at]);
                prop_assert!(twin, "row {at} of t{table} did not arrive");
            }
        }
    }
    Ok(())
}

fn is_plain(oracle: &Ownership<'_>, case: &Case, client: usize, start: (usize, usize)) -> bool {
    let (mut seen, mut stack) = (BTreeSet::from([start]), vec![start]);
    while let Some((table, at)) = stack.pop() {
        if oracle.owners(table, at).iter().any(|&owner| owner != client) {
            return false;
        }
        for relation in 0..4 {
            let relations = case.schema(exodus_schema::Engine::Sqlite).tables[table].relations.len();
            if relation < relations {
                stack.extend(
                    oracle
                        .parents(table, at, relation)
                        .into_iter()
                        .filter(|&parent| seen.insert(parent)),
                );
            }
        }
    }
    true
}

#[test]
fn what_arrives_is_the_clients_and_nothing_else_is_lost() {
    let mut tally = Tally::default();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 40,
        max_shrink_iters: 100,
        ..ProptestConfig::default()
    });
    let counted = std::cell::RefCell::new(&mut tally);
    let outcome = runner.run(&(draws(true), any::<bool>()), |(draw, skip_more)| {
        check(Server::Sqlite, &draw.case(), skip_more, &mut counted.borrow_mut())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    println!("{tally:?}");
    assert!(tally.moved > tally.refused, "nearly everything is refused: {tally:?}");
}

/// Every form a selector can take, crossed, on this server.
fn shapes(server: Server) {
    if !server.is_there() {
        return;
    }
    let (mut failures, mut tally) = (vec![], Tally::default());
    for (seed, (name, tables)) in (1..).zip(SHAPES) {
        let case = Draw::shape(tables, seed).crossing().case();
        if let Err(error) = check(server, &case, seed % 2 == 0, &mut tally) {
            failures.push(format!("{name}: {error}"));
        }
    }
    println!("{}: {tally:?}", server.name());
    assert!(
        failures.is_empty(),
        "{} of them\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn crossed_shapes_on_postgres() {
    shapes(Server::Postgres);
}

#[test]
fn crossed_shapes_on_mariadb() {
    shapes(Server::MariaDb);
}

#[test]
fn crossed_shapes_on_mysql() {
    shapes(Server::MySql);
}

#[test]
fn crossed_shapes_on_sqlite() {
    shapes(Server::Sqlite);
}
