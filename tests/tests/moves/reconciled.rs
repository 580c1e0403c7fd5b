//! `exodus reconcile`: rows that were written to the source after the move are shown beside the target's, and applied there by
//! choice; then the source can be purged.

use exodus_tests::binary::Output;
use exodus_tests::database::Server;
use exodus_tests::world::{MOVE, World, servers};

const SCHEMA: &str = "
    CREATE TABLE shops (id INT PRIMARY KEY);
    CREATE TABLE clients (id INT PRIMARY KEY, email VARCHAR(60) NOT NULL UNIQUE);
    CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, shop_id INT, note VARCHAR(60),
        FOREIGN KEY (client_id) REFERENCES clients (id), FOREIGN KEY (shop_id) REFERENCES shops (id));
    CREATE TABLE pieces (order_id INT NOT NULL, number INT NOT NULL, what VARCHAR(60), price DECIMAL(8,2),
        PRIMARY KEY (order_id, number), FOREIGN KEY (order_id) REFERENCES orders (id));
    CREATE TABLE stamps (code VARCHAR(10) PRIMARY KEY, order_id INT NOT NULL, number INT NOT NULL,
        FOREIGN KEY (order_id, number) REFERENCES pieces (order_id, number));
";
const DATA: &str = "
    INSERT INTO clients VALUES (42, 'planted-secret-42@example.org'), (7, 'seven@example.org');
    INSERT INTO orders VALUES (1, 42, 1, 'planted-secret-row'), (2, 42, NULL, NULL), (3, 7, NULL, 'x');
    INSERT INTO pieces VALUES (1, 1, 'a', 1.50), (1, 2, 'b', 2), (2, 1, 'c', NULL), (3, 1, 'd', 4);
    INSERT INTO stamps VALUES ('s1', 1, 1), ('s7', 3, 1);
";
/// Three levels of new rows, one changed, one gone.
const LATE: &str = "
    INSERT INTO orders VALUES (10, 42, NULL, 'planted-secret-late');
    INSERT INTO pieces VALUES (10, 1, 'planted-secret-line', 9.99), (2, 2, 'e', 1);
    INSERT INTO stamps VALUES ('s10', 10, 1);
    UPDATE orders SET note = 'planted-secret-changed' WHERE id = 2;
    DELETE FROM stamps WHERE code = 's1';
    DELETE FROM pieces WHERE order_id = 1 AND number = 2;
";
/// What the application does meanwhile on the target.
const NEW_LIFE: &str = "
    INSERT INTO orders VALUES (20, 42, NULL, 'new life');
    UPDATE pieces SET what = 'changed there' WHERE order_id = 2 AND number = 1;
";
const RECONCILE: [&str; 2] = ["reconcile", "1"];
const PURGE: [&str; 3] = ["purge", "1", "--yes"];

/// A client that has moved, and whose source was written to afterwards.
struct Moved {
    world: World,
}

impl Moved {
    fn between(source: Server, target: Server, late: &str) -> Self {
        let mut world = World::with_schema((source, target), SCHEMA, "INSERT INTO shops VALUES (1);", DATA);
        world.target.also("reconcile");
        world.place.run(&MOVE).expect(0);
        let mut moved = Self { world };
        if !late.is_empty() {
            moved.world.source.run(late);
        }
        moved
    }

    fn new(server: Server, late: &str) -> Self {
        Self::between(server, server, late)
    }

    /// Runs it with these flags; its words without line breaks.
    #[track_caller]
    fn reconcile(&self, flags: &[&str], code: i32) -> String {
        let output = self.world.place.run(&[&RECONCILE[..], flags].concat()).expect(code);
        plain(&output)
    }

    /// The same, of what must change nothing.
    #[track_caller]
    fn looks(&mut self, flags: &[&str], code: i32) -> String {
        let before = self.world.dumps();
        let text = self.reconcile(flags, code);
        assert_eq!(self.world.dumps(), before, "something was changed");
        text
    }

    #[track_caller]
    fn holds(&mut self, what: &str, wanted: &[&str]) {
        assert_eq!(self.world.target.column(what), wanted, "{what}");
    }

    /// The source's rows go, and the others' stay.
    #[track_caller]
    fn is_purged(&mut self) {
        self.world.place.run(&PURGE).expect(0);
        assert_eq!(self.world.source.column("SELECT id FROM orders"), ["3"]);
        assert_eq!(self.world.source.column("SELECT code FROM stamps"), ["s7"]);
    }
}

fn plain(output: &Output) -> String {
    output.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

const ORDERS: &str = "SELECT id FROM orders ORDER BY id";
const NOTES: &str = "SELECT note FROM orders WHERE id IN (2, 10) ORDER BY id";
const LINES: &str = "SELECT what FROM pieces ORDER BY order_id, number";
const STAMPS: &str = "SELECT code FROM stamps ORDER BY code";

/// Late rows are told from what the client has done on the target since, applied in an order that satisfies every foreign key,
/// and purged then; what the target has changed stays. In between products, too.
#[test]
fn late_rows_are_applied_and_purged() {
    let pairs = [
        (Server::Postgres, Server::MariaDb),
        (Server::MySql, Server::Sqlite),
        (Server::Sqlite, Server::Postgres),
    ];
    let pairs = pairs
        .into_iter()
        .filter(|(one, other)| one.is_there() && other.is_there());
    for (source, target) in servers().map(|server| (server, server)).chain(pairs) {
        let mut moved = Moved::between(source, target, LATE);
        moved.world.target.run(NEW_LIFE);
        let refused = moved.world.place.run(&PURGE).expect(4);
        assert!(plain(&refused).contains("exodus reconcile 1"), "{refused:#?}");
        let text = moved.looks(&[], 4);
        for part in [
            "orders: 2 late rows; 1 row changed on target alone",
            "10 inserted on source",
            "2 changed on source (note)",
            "10,1 inserted on source",
            "1,2 deleted on source",
            "s1 deleted on source",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("planted-secret"), "{text}");
        let text = moved.looks(&["--dry-run", "--take", "source", "--show-values"], 0);
        assert!(text.contains("planted-secret-changed on source"), "{text}");
        let took = moved.reconcile(&["--take", "source", "--yes"], 0);
        assert!(
            took.contains("4 late rows written to target, 1 changed and 2 removed"),
            "{took}"
        );
        moved.holds(ORDERS, &["1", "2", "10", "20"]);
        moved.holds(NOTES, &["planted-secret-changed", "planted-secret-late"]);
        moved.holds(LINES, &["a", "changed there", "e", "planted-secret-line"]);
        moved.holds(STAMPS, &["s10"]);
        let shown = moved.world.place.run(&["moves", "show", "1"]).expect(0);
        assert!(shown.stdout.contains("reconcile → switched"), "{}", shown.stdout);
        assert!(!shown.text().contains("planted-secret"), "{}", shown.stdout);
        moved.is_purged();
        moved.holds(ORDERS, &["1", "2", "10", "20"]);
    }
}

/// What is given up counts as accounted for: the purge removes it. What comes after that is late again.
#[test]
fn late_rows_are_given_up() {
    for server in servers() {
        let mut moved = Moved::new(server, LATE);
        moved.reconcile(&["--take", "target", "--yes"], 0);
        moved.holds(ORDERS, &["1", "2"]);
        moved.holds(STAMPS, &["s1"]);
        moved
            .world
            .source
            .run("INSERT INTO orders VALUES (11, 42, NULL, 'later')");
        moved.world.place.run(&PURGE).expect(4);
        let text = moved.looks(&[], 4);
        assert!(
            text.contains("11 inserted on source") && !text.contains("s10"),
            "{text}"
        );
        moved.reconcile(&["--take", "orders:11=target", "--yes"], 0);
        moved.is_purged();
        moved.holds(ORDERS, &["1", "2"]);
    }
}

/// Table by table, and row by row.
#[test]
fn each_row_can_be_decided() {
    for server in servers() {
        let mut moved = Moved::new(server, LATE);
        let text = moved.looks(&["--take", "orders:99=source"], 2);
        assert!(text.contains("no late row with key 99"), "{text}");
        let flags = [
            "--take",
            "target",
            "--take",
            "orders=source",
            "--take",
            "orders:2=target",
            "--format",
            "json",
        ];
        let dry = [&RECONCILE[..], &flags, &["--dry-run"]].concat();
        let told = moved.world.place.run(&dry).expect(0).json();
        assert_eq!(told["reconcile"]["taken"]["source"], 1, "{told:#}");
        assert_eq!(told["reconcile"]["applied"], serde_json::Value::Null);
        moved.reconcile(&[&flags[..], &["--yes"]].concat(), 0);
        moved.holds(ORDERS, &["1", "2", "10"]);
        moved.holds(STAMPS, &["s1"]);
        // In part: what was decided is not asked again.
        moved
            .world
            .source
            .run("INSERT INTO orders VALUES (12, 42, NULL, 'x'), (13, 42, NULL, 'y')");
        moved.reconcile(&["--take", "orders:12=target", "--yes"], 4);
        let text = moved.looks(&[], 4);
        assert!(text.contains("13 inserted") && !text.contains("12 inserted"), "{text}");
        moved.world.place.run(&PURGE).expect(4);
        moved.reconcile(&["--take", "source", "--yes"], 0);
        moved.holds(ORDERS, &["1", "2", "10", "13"]);
        moved.is_purged();
    }
}

/// Changed on both sides: nobody's change is overwritten unless the row, or its table, is named.
#[test]
fn a_conflict_is_decided_by_name() {
    for server in servers() {
        let mut moved = Moved::new(server, "UPDATE orders SET note = 'late' WHERE id = 2");
        moved.world.target.run("UPDATE orders SET note = 'there' WHERE id = 2");
        let text = moved.looks(&["--take", "source", "--dry-run"], 4);
        assert!(text.contains("2 different (note): conflict"), "{text}");
        moved.reconcile(&["--take", "orders:2=source", "--yes"], 0);
        moved.holds(NOTES, &["late"]);
        moved.is_purged();
    }
}

/// Choices that decide about no row write nothing, into the journal neither, and it is said how to decide.
#[test]
fn where_nothing_can_be_decided_nothing_is_written() {
    for server in servers() {
        let late = "UPDATE orders SET note = 'planted-secret-late' WHERE id = 2";
        let mut moved = Moved::new(server, late);
        moved.world.target.run("UPDATE orders SET note = 'there' WHERE id = 2");
        let events = |moved: &Moved| {
            let shown = moved.world.place.run(&["moves", "show", "1", "--format", "json"]);
            shown.expect(0).json()["events"].clone()
        };
        let before = events(&moved);
        assert!(before.is_array(), "{before:#}");
        let text = moved.looks(&["--take", "source", "--yes"], 4);
        for says in [
            "2 different (note): conflict",
            "nothing was decided",
            "--take orders=source",
        ] {
            assert!(text.contains(says), "`{says}`: {text}");
        }
        assert_eq!(events(&moved), before);
        // Where nothing is late, nothing is to be said either.
        let mut moved = Moved::new(server, "");
        let before = events(&moved);
        moved.looks(&["--take", "source", "--yes"], 0);
        assert_eq!(events(&moved), before);
    }
}

/// Whoever sits at a terminal is asked table by table, and once more before anything is written.
#[test]
fn a_person_is_asked() {
    let mut moved = Moved::new(Server::Sqlite, LATE);
    let ask = |moved: &Moved, typed: &str, code: i32| {
        let output = moved.world.place.at_a_terminal(&RECONCILE, typed).expect(code);
        plain(&output)
    };
    // Stamps are left as they are, and so is everything if the last answer is no.
    let before = moved.world.dumps();
    let text = ask(&moved, "s\nt\n\nn\n", 2);
    for says in [
        "orders: take the source's rows (s), the target's (t)",
        "pieces: take",
        "stamps: take",
        "Apply 2 late rows of source to target, and give up 3 rows? [y/N]",
        "nothing was done",
    ] {
        assert!(text.contains(says), "`{says}`: {text}");
    }
    let text = ask(&moved, "what?\n", 2);
    assert!(text.contains("neither s nor t"), "{text}");
    let text = ask(&moved, "\n\n\n", 4);
    assert!(!text.contains("[y/N]"), "{text}");
    assert_eq!(moved.world.dumps(), before, "something was changed");
    ask(&moved, "s\nt\n\ny\n", 4);
    moved.holds(ORDERS, &["1", "2", "10"]);
    moved.holds(STAMPS, &["s1"]);
    ask(&moved, "t\ny\n", 0);
    moved.is_purged();
}

/// What can't stand on the target is refused by name, and nothing of the rest is applied.
#[test]
fn what_cannot_stand_there_is_refused() {
    for server in servers() {
        // A parent that is on the source only, and is not taken; a context row that the target lacks.
        let mut moved = Moved::new(server, LATE);
        let text = moved.looks(&["--take", "pieces=source", "--yes"], 3);
        assert!(
            text.contains("pieces: late rows reference rows that target does not have: 1"),
            "{text}"
        );
        assert!(!text.contains("planted-secret"), "{text}");
        let mut moved = Moved::new(
            server,
            "INSERT INTO shops VALUES (2); INSERT INTO orders VALUES (10, 42, 2, 'planted-secret')",
        );
        let text = moved.looks(&["--take", "source", "--yes"], 3);
        assert!(text.contains("orders"), "{text}");
        // A unique value that the target has.
        let mut moved = Moved::new(
            server,
            "UPDATE clients SET email = 'planted-secret@taken' WHERE id = 42",
        );
        moved
            .world
            .target
            .run("INSERT INTO clients VALUES (8, 'planted-secret@taken')");
        let text = moved.looks(&["--take", "source", "--yes"], 3);
        assert!(text.contains("email") && !text.contains("planted-secret"), "{text}");
        // A row that is gone from the source, and that the target's client has used since.
        let mut moved = Moved::new(server, "DELETE FROM pieces WHERE order_id = 1 AND number = 2");
        moved.world.target.run("INSERT INTO stamps VALUES ('s2', 1, 2)");
        let text = moved.looks(&["--take", "pieces=source", "--yes"], 3);
        assert!(text.contains("referenced on the target by 1 rows"), "{text}");
    }
}

/// Killed before and after the target's commit: run again, it comes to the same end.
#[test]
fn killed_in_the_middle_it_can_be_repeated() {
    for server in servers() {
        for (failpoint, there) in [("reconcile-applied", false), ("reconcile-committed", true)] {
            let mut moved = Moved::new(server, LATE);
            let take = ["reconcile", "1", "--take", "source", "--yes"];
            moved.world.place.hold(&take, failpoint).kill();
            let orders: &[&str] = if there { &["1", "2", "10"] } else { &["1", "2"] };
            moved.holds(ORDERS, orders);
            moved.world.place.run(&[&take[..], &["--take-over"]].concat()).expect(0);
            moved.holds(ORDERS, &["1", "2", "10"]);
            moved.holds(STAMPS, &["s10"]);
            moved.is_purged();
        }
    }
}

/// The example of docs/freeze.md.
#[test]
fn the_page_shows_what_is_printed() {
    let page = include_str!("../../../docs/freeze.md");
    let section = page.split("## Rows that come too late").nth(1).expect("the section");
    let block = section
        .split("```console\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let schema = "
        CREATE TABLE clients (id INT PRIMARY KEY);
        CREATE TABLE orders (id INT PRIMARY KEY, client_id INT NOT NULL, note VARCHAR(60),
            FOREIGN KEY (client_id) REFERENCES clients (id));
        CREATE TABLE items (id INT PRIMARY KEY, order_id INT NOT NULL, FOREIGN KEY (order_id) REFERENCES orders (id));
    ";
    let data = "INSERT INTO clients VALUES (42); INSERT INTO orders VALUES (1, 42, 'a'), (2, 42, 'b');
        INSERT INTO items VALUES (1, 1);";
    let mut world = World::with_schema((Server::Sqlite, Server::Sqlite), schema, "", data);
    world.place.run(&MOVE).expect(0);
    world.source.run(
        "INSERT INTO orders VALUES (10, 42, 'c'); UPDATE orders SET note = 'b, late' WHERE id = 2; DELETE FROM items WHERE id = 1;",
    );
    world.target.run("UPDATE orders SET note = 'a, there' WHERE id = 1");
    let mut shown = String::new();
    for line in block
        .expect("an example")
        .lines()
        .filter_map(|line| line.strip_prefix("$ exodus "))
    {
        let output = world.place.run(&line.split(' ').collect::<Vec<_>>());
        assert!(matches!(output.code, 0 | 4), "{output:#?}");
        shown.extend(["$ exodus ", line, "\n", &output.stdout]);
    }
    assert_eq!(Some(shown.as_str()), block);
}

/// Only between the switch and the purge, and only where the client is on the target.
#[test]
fn where_nothing_is_late() {
    for server in servers() {
        let mut moved = Moved::new(server, "");
        let text = moved.looks(&["--take", "source", "--yes"], 0);
        assert!(text.contains("no row of client 42 was written"), "{text}");
        moved.world.target.run(NEW_LIFE);
        let text = moved.looks(&[], 0);
        assert!(text.contains("no row of client 42 was written"), "{text}");
        moved.is_purged();
        moved.looks(&[], 2);
    }
}
