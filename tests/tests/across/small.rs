//! A small client, in every direction: there, purged, and back.

use exodus_tests::binary::Output;
use exodus_tests::database::{Database, Server};
use exodus_tests::dump;
use exodus_tests::world::{MOVE, World, servers};

const ORDERS: &str = "SELECT id, client_id, note FROM orders WHERE client_id = 42 ORDER BY id";
const CLIENTS: &str = "SELECT id, city_id, email FROM clients WHERE id = 42";

/// All pairs of servers of two products.
fn directions() -> impl Iterator<Item = (Server, Server)> {
    let all: Vec<Server> = servers().filter(|server| *server != Server::Postgres18).collect();
    let pairs: Vec<_> = all
        .iter()
        .flat_map(|&one| all.iter().map(move |&other| (one, other)))
        .collect();
    pairs.into_iter().filter(|(one, other)| one != other)
}

/// Whether these words are said, however lines are broken.
fn says(output: &Output, words: &str) -> bool {
    let text = output.text();
    text.split_whitespace().collect::<Vec<_>>().join(" ").contains(words)
}

/// What both products show alike, for the columns are numbers and texts.
fn rows(database: &mut Database) -> Vec<Vec<Option<String>>> {
    [CLIENTS, ORDERS].iter().flat_map(|sql| database.rows(sql)).collect()
}

/// A client goes over whole, leaves nothing, touches nobody, and comes back as it was.
#[test]
fn there_and_back() {
    let mut pairs = 0;
    for (source, target) in directions() {
        for integrity in ["proven", "enforced"] {
            let mut world = World::between(source, target);
            let what = format!("{} to {}, {integrity}", source.name(), target.name());
            let (before, mine) = (world.dumps(), world.mine());
            let known = rows(&mut world.source);
            let way = ["--integrity", integrity];
            world.place.run(&[&MOVE[..], &way, &["--dry-run"]].concat()).expect(0);
            assert_eq!(world.dumps(), before, "{what}: a dry run");
            world.place.run(&[&MOVE[..], &way].concat()).expect(0);
            assert_eq!(rows(&mut world.target), known, "{what}");
            assert_eq!(world.dumps().0, before.0, "{what}: the source keeps its rows");
            world.place.run(&["purge", &world.place.last_move(), "--yes"]).expect(0);
            dump::assert_equal(&what, &world.dumps().0, &dump::minus(&before.0, &mine));
            let back = [&["move", "--client", "42", "--to", "source"][..], &way].concat();
            world.place.run(&back).expect(0);
            dump::assert_equal(&what, &world.dumps().0, &before.0);
            world.place.run(&["purge", &world.place.last_move(), "--yes"]).expect(0);
            dump::assert_equal(&what, &world.dumps().1, &before.1);
        }
        pairs += 1;
    }
    println!("{pairs} directions");
}

/// Context rows are compared by their values, whatever product holds them.
#[test]
fn a_context_row_that_differs_is_found() {
    for (source, target) in directions() {
        let mut world = World::between(source, target);
        world.target.run("UPDATE cities SET name = 'Rīga' WHERE id = 1");
        let output = world.fails(&MOVE, 3);
        assert!(says(&output, "differ on target"), "{}", output.text());
        world.target.run("DELETE FROM cities WHERE id = 1");
        let output = world.fails(&MOVE, 3);
        assert!(says(&output, "missing on target"), "{}", output.text());
    }
}

/// A row that is another one on the source by now is not removed, and told.
#[test]
fn a_late_write_to_the_source_is_a_mismatch() {
    for (source, target) in directions() {
        let mut world = World::between(source, target);
        world.place.run(&MOVE).expect(0);
        world.source.run("UPDATE orders SET note = 'late' WHERE id = 1");
        let before = world.dumps();
        let purge = ["purge", &world.place.last_move(), "--yes", "--show-keys"];
        let output = world.place.run(&purge).expect(4);
        assert!(says(&output, "1 different keys: 1"), "{}", output.text());
        assert_eq!(world.dumps(), before);
        // What the client changes where it lives now is no reason to keep what was verified.
        world
            .source
            .run("UPDATE orders SET note = 'planted-secret-row' WHERE id = 1");
        world.target.run("UPDATE orders SET note = 'new' WHERE id = 1");
        world.place.run(&purge).expect(0);
    }
}

/// What the target can't hold is told before anything is frozen or copied, by column.
#[test]
fn a_value_that_does_not_fit_is_told_first() {
    for (source, target) in
        directions().filter(|(source, target)| source.dialect() != "postgres" && target.dialect() == "postgres")
    {
        let mut world = World::between(source, target);
        let nul = if source == Server::Sqlite {
            "'a' || char(0)"
        } else {
            "'a\\0'"
        };
        world
            .source
            .run(&format!("UPDATE orders SET note = {nul} WHERE id = 1"));
        let output = world.fails(&[&MOVE[..], &["--dry-run"]].concat(), 3);
        assert!(says(&output, "column note"), "{}", output.text());
        world.fails(&MOVE, 3);
        // Another client's value is no reason.
        world.source.run("UPDATE orders SET note = 'fine' WHERE id = 1");
        world
            .source
            .run(&format!("UPDATE orders SET note = {nul} WHERE id = 3"));
        world.place.run(&MOVE).expect(0);
    }
}

/// A row that is already there under the client's key is found before the copy.
#[test]
fn a_taken_key_is_told_first() {
    for (source, target) in directions() {
        let mut world = World::between(source, target);
        world
            .target
            .run("INSERT INTO clients VALUES (8, 1, 'planted-secret-42@example.org')");
        let output = world.fails(&MOVE, 3);
        assert!(says(&output, "taken on target"), "{}", output.text());
    }
}
