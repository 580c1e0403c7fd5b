//! Moves by the real binary on random schemas and rows: what arrives is what the oracle says the client owns, what
//! stays is everything else, and a client that can't be taken out is refused with nothing changed.

use std::collections::BTreeSet;

use exodus_schema::model::Origin;
use exodus_schema::{Schema, TableName};
use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::draw::{Case, Draw, draws};
use exodus_tests::dump::{self, Dump};
use exodus_tests::least::{self, Tables};
use exodus_tests::oracle::Ownership;
use exodus_tests::shapes::SHAPES;
use exodus_tests::sql;
use proptest::prelude::*;

struct Bench {
    source: Database,
    target: Database,
    /// Where rows are put to see how a dump shows them.
    scratch: Database,
    place: Place,
}

impl Bench {
    /// A source with all rows, a target with those that nobody owns, and every client enrolled.
    fn new(server: Server, schema: &Schema, case: &Case, oracle: &Ownership<'_>) -> Self {
        let (mut source, mut target) = (Database::create(server), Database::create(server));
        let keys = sql::foreign_keys(schema);
        source.run(&(sql::create(schema) + &sql::insert(schema, &case.rows, |_, _| true) + &keys));
        let unowned: Vec<Vec<usize>> = (0..schema.tables.len()).map(|table| oracle.unowned(table)).collect();
        let context = sql::insert(schema, &case.rows, |table, at| unowned[table].contains(&at));
        target.run(&(sql::create(schema) + &context + &keys));
        // Which of them are context is drawn, and so are loops.
        let tables = Tables {
            root: "t0",
            context: &[],
        };
        least::moves_between(&mut source, &mut target, tables);
        for database in [&mut source, &mut target] {
            database.also("loops");
        }
        let mut scratch = Database::create(server);
        scratch.run(&sql::create(schema));
        let lines = format!("root = \"t0\"\n{}", sql::declared(schema));
        let place = Place::of(&lines, &source, &target);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        Self {
            source,
            target,
            scratch,
            place,
        }
    }

    fn dumps(&mut self) -> (Dump, Dump) {
        (dump::all(&mut self.source), dump::all(&mut self.target))
    }

    fn rows_of(&mut self, schema: &Schema, case: &Case, oracle: &Ownership<'_>, client: usize) -> Dump {
        let owned: Vec<Vec<usize>> = (0..schema.tables.len())
            .map(|table| oracle.owned(client, table))
            .collect();
        let removals = schema.tables.iter().map(|table| format!("DELETE FROM {};", table.name));
        let empty = removals.collect::<Vec<_>>().join("\n");
        self.scratch
            .run(&(empty + &sql::insert(schema, &case.rows, |table, at| owned[table].contains(&at))));
        dump::all(&mut self.scratch)
    }
}

/// Whether some of the client's rows must have each other, so that a server that checks each row takes them in no order.
fn has_circle(server: Server, schema: &Schema, oracle: &Ownership<'_>, client: usize) -> bool {
    let tables = 0..schema.tables.len();
    let mut waiting: BTreeSet<(usize, usize)> = tables
        .flat_map(|table| oracle.owned(client, table).into_iter().map(move |row| (table, row)))
        .collect();
    let must_have = |&(table, row): &(usize, usize)| {
        let relations = schema.tables[table].relations.iter().enumerate();
        let checked = relations.filter(|(_, relation)| {
            relation.origin == Origin::Catalogue && !schema.tables[table].relation_is_nullable(relation)
        });
        let parents = checked.flat_map(|(at, _)| oracle.parents(table, row, at));
        // PostgreSQL looks at a table's relations to itself when all its rows are there, others at each row but for itself.
        let at_once = |parent: &(usize, usize)| server.dialect() == "postgres" && parent.0 == table;
        parents
            .filter(|parent| !at_once(parent) && *parent != (table, row))
            .collect::<Vec<_>>()
    };
    loop {
        let stuck = |row: &(usize, usize)| must_have(row).iter().any(|parent| waiting.contains(parent));
        let left: BTreeSet<(usize, usize)> = waiting.iter().copied().filter(stuck).collect();
        if left.len() == waiting.len() {
            return !left.is_empty();
        }
        waiting = left;
    }
}

fn check(server: Server, case: &Case) -> Result<(), TestCaseError> {
    let schema = case.schema(server.engine());
    let oracle = Ownership::find(&schema, &TableName::bare("t0"), &case.rows);
    let mut bench = Bench::new(server, &schema, case, &oracle);
    for client in 0..oracle.clients() {
        let (source, target) = bench.dumps();
        let key = format!("--client={}", case.client_key(client));
        let integrity = ["proven", "enforced"][client % 2];
        let move_by = |way| ["move", &key, "--to", "target", "--integrity", way];
        let mut moved = bench.place.run(&move_by(integrity));
        if let Some(reason) = oracle.entangled(client) {
            prop_assert_eq!(moved.code, 3, "client {}: {}\n{}", client, reason, moved.text());
            prop_assert_eq!(bench.dumps(), (source, target), "a refused move changed something");
            continue;
        }
        if server != Server::Sqlite && integrity == "enforced" && has_circle(server, &schema, &oracle, client) {
            let text = moved.text();
            let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(moved.code, 3, "client {}: rows in a circle\n{}", client, text);
            prop_assert!(said.contains("rows that reference each other in a circle"), "{}", text);
            prop_assert!(
                bench.dumps() == (source.clone(), target.clone()),
                "a refused move changed something"
            );
            moved = bench.place.run(&move_by("proven"));
        }
        prop_assert_eq!(moved.code, 0, "client {}, {}: {}", client, integrity, moved.text());
        let rows = bench.rows_of(&schema, case, &oracle, client);
        let arrived = dump::plus(&target, &rows);
        let (source_after, target_after) = bench.dumps();
        prop_assert!(
            target_after == arrived,
            "arrived: {}",
            dump::difference(&target_after, &arrived)
        );
        prop_assert!(
            source_after == source,
            "a move changed the source: {}",
            dump::difference(&source_after, &source)
        );
        let purged = bench.place.run(&["purge", &bench.place.last_move(), "--yes"]);
        let (source_after, target_after) = bench.dumps();
        prop_assert!(target_after == arrived, "a purge changed the target");
        // Told by the plan and refused: rows of a loop that nothing tells apart.
        let stays = purged.code == 3 && purged.text().contains("primary key");
        let rest = if stays { source } else { dump::minus(&source, &rows) };
        prop_assert!(stays || purged.code == 0, "client {}: {}", client, purged.text());
        prop_assert!(
            source_after == rest,
            "purged: {}",
            dump::difference(&source_after, &rest)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_moves_is_what_is_owned(draw in draws(false)) {
        check(Server::Sqlite, &draw.case())?;
    }

    #[test]
    fn entangled_clients_are_refused(draw in draws(true)) {
        check(Server::Sqlite, &draw.case())?;
    }
}

/// Every form a selector can take, with keys of every type, on this server.
fn shapes(server: Server) {
    if !server.is_there() {
        return;
    }
    let mut failures = vec![];
    for (seed, (name, tables)) in (1..).zip(SHAPES) {
        if let Err(error) = check(server, &Draw::shape(tables, seed).case()) {
            failures.push(format!("{name}: {error}"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of them\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

#[test]
fn every_shape_moves_on_postgres() {
    shapes(Server::Postgres);
}

#[test]
fn every_shape_moves_on_mariadb() {
    shapes(Server::MariaDb);
}

#[test]
fn every_shape_moves_on_mysql() {
    shapes(Server::MySql);
}
