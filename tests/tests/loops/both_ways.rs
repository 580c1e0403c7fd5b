//! Every loop that can be copied can be removed again, with the server's checks and without them.

use exodus_tests::database::Server;
use exodus_tests::dump;
use exodus_tests::world::servers;

use crate::shape::{Key, Shape, key, words};

const CLIENTS: (&str, &str) = ("clients", "id BIGINT NOT NULL PRIMARY KEY");
const ALWAYS: &str = "";

/// Ids run against the rows' order, so that no order by key would do.
const NODES: &str = "INSERT INTO clients VALUES (42), (7);
    INSERT INTO nodes VALUES (9, 42, 9, 9), (8, 42, 9, 8), (7, 42, 8, 9), (6, 42, 7, 8), (5, 42, 7, 6), (4, 42, 5, 6), (3, 7, 3, 3), (2, 7, 3, 2);";
const NODE_COLUMNS: &str =
    "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT NOT NULL, up BIGINT NOT NULL, also BIGINT NOT NULL";

const SELF: Shape = Shape {
    name: "a table with two relations to itself that must have values",
    tables: &[CLIENTS, ("nodes", NODE_COLUMNS)],
    keys: &[
        key("nodes", "client_id", "clients", ALWAYS),
        key("nodes", "up", "nodes", ALWAYS),
        key("nodes", "also", "nodes", ALWAYS),
    ],
    context: "",
    data: NODES,
    has_own_parents: true,
    mine: &[("clients", "id = 42"), ("nodes", "client_id = 42")],
};

const RESTRICT: Shape = Shape {
    name: "the same with actions on removals",
    keys: &[
        key("nodes", "client_id", "clients", "ON DELETE CASCADE"),
        key("nodes", "up", "nodes", "ON DELETE RESTRICT"),
        key("nodes", "also", "nodes", "ON DELETE CASCADE"),
    ],
    ..SELF
};

/// The rows hang below one that is nobody's, so that each can go.
const TREE: Shape = Shape {
    name: "a table that references itself, below a row of nobody",
    tables: &[CLIENTS, ("nodes", "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT, up BIGINT NOT NULL")],
    keys: &[
        key("nodes", "client_id", "clients", ALWAYS),
        key("nodes", "up", "nodes", ALWAYS),
    ],
    context: "INSERT INTO nodes VALUES (1000, NULL, 1000);",
    data: "INSERT INTO clients VALUES (42), (7);
        INSERT INTO nodes VALUES (9, 42, 1000), (8, NULL, 9), (7, 42, 8), (6, 42, 9), (5, 42, 6), (3, 7, 1000), (2, 7, 3);",
    has_own_parents: false,
    mine: &[("clients", "id = 42"), ("nodes", "id BETWEEN 5 AND 9")],
};

/// Two rows in a circle, one that is its own parent, and a column that may be NULL.
const NULLABLE: Shape = Shape {
    name: "a circle of rows that may be NULL",
    tables: &[
        CLIENTS,
        (
            "nodes",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT NOT NULL, up BIGINT",
        ),
    ],
    keys: &[
        key("nodes", "client_id", "clients", ALWAYS),
        key("nodes", "up", "nodes", "ON DELETE RESTRICT"),
    ],
    context: "",
    data: "INSERT INTO clients VALUES (42), (7);
        INSERT INTO nodes VALUES (1, 42, 2), (2, 42, 1), (3, 42, 3), (4, 42, 1), (5, 42, NULL), (6, 7, 6);",
    has_own_parents: false,
    mine: &[("clients", "id = 42"), ("nodes", "client_id = 42")],
};

/// Every row of `a` has one of `b`, and the other way round; both begin with rows that belong to nobody.
const TWO: Shape = Shape {
    name: "two tables that must have each other",
    tables: &[
        CLIENTS,
        (
            "a",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT, b_id BIGINT NOT NULL",
        ),
        (
            "b",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT, a_id BIGINT NOT NULL",
        ),
    ],
    keys: &[
        key("a", "client_id", "clients", ALWAYS),
        key("a", "b_id", "b", ALWAYS),
        key("b", "client_id", "clients", ALWAYS),
        key("b", "a_id", "a", ALWAYS),
    ],
    context: "INSERT INTO a VALUES (1000, NULL, 1000); INSERT INTO b VALUES (1000, NULL, 1000);",
    data: "INSERT INTO clients VALUES (42), (7);
        INSERT INTO a VALUES (9, 42, 1000), (8, 42, 7), (7, NULL, 6), (3, 7, 1000);
        INSERT INTO b VALUES (9, 42, 1000), (7, 42, 9), (6, NULL, 8), (5, 42, 7), (3, 7, 3);",
    has_own_parents: false,
    mine: &[
        ("clients", "id = 42"),
        ("a", "id IN (9, 8, 7)"),
        ("b", "id IN (9, 7, 6, 5)"),
    ],
};

const TWO_CASCADING: Shape = Shape {
    name: "the same where removals cascade",
    keys: &[
        key("a", "client_id", "clients", ALWAYS),
        key("a", "b_id", "b", "ON DELETE CASCADE"),
        key("b", "client_id", "clients", ALWAYS),
        key("b", "a_id", "a", "ON DELETE CASCADE"),
    ],
    ..TWO
};

/// `x` stands between the tables of the loop and is none of it; `c` references itself besides.
const THREE: Shape = Shape {
    name: "three tables and one between them",
    tables: &[
        CLIENTS,
        (
            "a",
            "id BIGINT NOT NULL PRIMARY KEY, client_id BIGINT, c_id BIGINT NOT NULL",
        ),
        ("b", "id BIGINT NOT NULL PRIMARY KEY, a_id BIGINT NOT NULL"),
        (
            "c",
            "id BIGINT NOT NULL PRIMARY KEY, b_id BIGINT NOT NULL, up BIGINT NOT NULL, x_id BIGINT",
        ),
        ("x", "id BIGINT NOT NULL PRIMARY KEY, a_id BIGINT NOT NULL"),
    ],
    keys: &[
        key("a", "client_id", "clients", ALWAYS),
        key("a", "c_id", "c", ALWAYS),
        key("b", "a_id", "a", ALWAYS),
        key("c", "b_id", "b", ALWAYS),
        key("c", "up", "c", ALWAYS),
        key("c", "x_id", "x", ALWAYS),
        key("x", "a_id", "a", ALWAYS),
    ],
    context: "INSERT INTO a VALUES (1000, NULL, 1000); INSERT INTO b VALUES (1000, 1000); INSERT INTO c VALUES (1000, 1000, 1000, NULL);",
    data: "INSERT INTO clients VALUES (42), (7);
        INSERT INTO a VALUES (9, 42, 1000), (8, 42, 8), (3, 7, 1000);
        INSERT INTO b VALUES (9, 9), (8, 9), (3, 3);
        INSERT INTO c VALUES (9, 9, 1000, NULL), (8, 8, 9, 9), (7, 9, 7, 8), (3, 3, 3, 3);
        INSERT INTO x VALUES (9, 9), (8, 8), (3, 3);",
    has_own_parents: true,
    mine: &[
        ("clients", "id = 42"),
        ("a", "id IN (9, 8)"),
        ("b", "id IN (9, 8)"),
        ("c", "id IN (9, 8, 7)"),
        ("x", "id IN (9, 8)"),
    ],
};

/// Keys of two columns, one of them text with blanks at the end and letters of both cases.
const COMPOSITE: Shape = Shape {
    name: "keys of two columns",
    tables: &[
        CLIENTS,
        ("nodes", "code VARCHAR(20) NOT NULL, n DECIMAL(9,2) NOT NULL, client_id BIGINT NOT NULL, up_code VARCHAR(20) NOT NULL, \
                   up_n DECIMAL(9,2) NOT NULL, PRIMARY KEY (code, n)"),
    ],
    keys: &[
        key("nodes", "client_id", "clients", ALWAYS),
        Key {
            child: "nodes",
            columns: "up_code, up_n",
            parent: "nodes",
            parent_columns: "code, n",
            options: "",
        },
    ],
    context: "",
    data: "INSERT INTO clients VALUES (42), (7);
        INSERT INTO nodes VALUES ('z''', 1.5, 42, 'z''', 1.5), ('ö', 2, 42, 'z''', 1.5), ('b', 2, 42, 'ö', 2), ('a', 2, 42, 'b', 2), ('q', 1, 7, 'q', 1);",
    has_own_parents: true,
    mine: &[("clients", "id = 42"), ("nodes", "client_id = 42")],
};

/// The server takes 'ROOT' and 'root' for one key, so that the copy has to as well.
const COLLATED: Shape = Shape {
    name: "keys that differ in case",
    tables: &[
        CLIENTS,
        ("nodes", "code VARCHAR(20) NOT NULL PRIMARY KEY, client_id BIGINT NOT NULL, up VARCHAR(20) NOT NULL"),
    ],
    keys: &[
        key("nodes", "client_id", "clients", ALWAYS),
        Key {
            child: "nodes",
            columns: "up",
            parent: "nodes",
            parent_columns: "code",
            options: "",
        },
    ],
    context: "",
    data: "INSERT INTO clients VALUES (42), (7);
        INSERT INTO nodes VALUES ('Root', 42, 'ROOT'), ('leaf', 42, 'mid'), ('Mid', 42, 'root'), ('a', 42, 'LEAF'), ('x', 7, 'X');",
    has_own_parents: true,
    mine: &[("clients", "id = 42"), ("nodes", "client_id = 42")],
};

const SHAPES: [&Shape; 8] = [
    &SELF,
    &RESTRICT,
    &TREE,
    &NULLABLE,
    &TWO,
    &TWO_CASCADING,
    &THREE,
    &COMPOSITE,
];

#[track_caller]
fn there_and_gone(shape: &Shape, server: Server, way: &str) {
    let what = format!("{} on {}, {way}", shape.name, server.name());
    let mut world = shape.world(server);
    let mine = shape.mine(&mut world.source);
    let before = world.dumps();
    let dry = world.moves(way, &["--dry-run"]);
    assert_eq!(dry.code, 0, "{what}: {}", dry.text());
    let moved = world.moves(way, &[]);
    assert_eq!(moved.code, 0, "{what}: {}", moved.text());
    let after = world.dumps();
    dump::assert_equal(&format!("the source, {what}"), &after.0, &before.0);
    dump::assert_equal(&format!("the target, {what}"), &after.1, &dump::plus(&before.1, &mine));
    let mut purged = world.purges(way);
    if way == "enforced" && server.dialect() == "mysql" && shape.has_own_parents {
        // InnoDB lets a row in that references itself, and does not let it go.
        assert!(
            words(&purged.text()).contains("rows that reference themselves"),
            "{what}: {}",
            purged.text()
        );
        dump::assert_equal(&format!("a refused purge, {what}"), &world.dumps().0, &before.0);
        purged = world.purges("proven");
    }
    assert_eq!(purged.code, 0, "{what}: {}", purged.text());
    let gone = world.dumps();
    dump::assert_equal(&format!("the purge, {what}"), &gone.0, &dump::minus(&before.0, &mine));
    dump::assert_equal(&format!("the target after the purge, {what}"), &gone.1, &after.1);
}

#[test]
fn every_loop_can_be_copied_and_removed_with_the_servers_checks() {
    for server in servers().filter(|server| *server != Server::Postgres18) {
        for shape in SHAPES {
            there_and_gone(shape, server, "enforced");
        }
    }
}

#[test]
fn every_loop_can_be_copied_and_removed_without_them() {
    for server in servers().filter(|server| *server != Server::Postgres18) {
        for shape in [&RESTRICT, &NULLABLE, &TWO_CASCADING, &THREE] {
            there_and_gone(shape, server, "proven");
        }
    }
}

#[test]
fn keys_are_compared_as_the_server_does() {
    for server in servers().filter(|server| server.dialect() == "mysql") {
        there_and_gone(&COLLATED, server, "enforced");
    }
}

/// Nothing of a loop is left to be found in the middle of the copy.
#[test]
fn a_circle_that_no_order_satisfies_is_refused_before_anything_is_written() {
    for server in servers() {
        for (shape, more, relation, rows) in [
            (&SELF, "UPDATE nodes SET up = 6 WHERE id = 8", "nodes(up) → ", 5),
            (&TWO, "UPDATE b SET a_id = 7 WHERE id = 7", "a(b_id) → ", 5),
        ] {
            let mut world = shape.world(server);
            world.source.run(more);
            let before = world.dumps();
            // PostgreSQL checks a table's relations to itself when the statement ends, SQLite all of them at the commit.
            let refused = server.dialect() == "mysql" || (server.dialect() == "postgres" && shape.name == TWO.name);
            for arguments in [&["--dry-run"][..], &[]] {
                let output = world.moves("enforced", arguments);
                if !refused {
                    assert_eq!(output.code, 0, "{}: {}", server.name(), output.text());
                    continue;
                }
                assert_eq!(output.code, 3, "{}: {}", server.name(), output.text());
                let said = words(&output.text());
                assert!(said.contains(&format!("or hang below such rows: {rows};")), "{said}");
                assert!(said.contains(relation), "{said}");
                assert_eq!(world.dumps(), before, "something was changed");
            }
            if refused {
                world.moves("proven", &[]).expect(0);
                // Nor can the server be made to let them go one by one.
                let purged = world.purges("enforced").expect(3);
                assert!(words(&purged.text()).contains("in a circle"), "{}", purged.text());
            }
            world.purges("proven").expect(0);
        }
    }
}

/// The plan says for every relation of a loop how it will hold, and why.
#[test]
fn the_plan_tells_the_way_of_every_relation() {
    for server in servers() {
        let expected = match server.dialect() {
            "postgres" => "all rows in one statement (the server checks it when the table's statement ends)",
            "mysql" => "rows in their order, 6 levels (no column of it may be NULL, and it can't be deferred)",
            _ => "checked at the commit (this product can check all foreign keys at the commit)",
        };
        let world = SELF.world(server);
        let dry = world.moves("enforced", &["--dry-run"]).expect(0);
        let said = words(&dry.stdout);
        for column in ["up", "also"] {
            let at = said.find(&format!("nodes({column}) →"));
            assert!(
                at.is_some_and(|at| said[at..].contains(expected)),
                "{}: {said}",
                server.name()
            );
        }
        let plan = world
            .moves("enforced", &["--dry-run", "--format", "json"])
            .expect(0)
            .json();
        let tables = plan["plan"]["tables"].as_array().or_else(|| plan["tables"].as_array());
        let nodes = tables.into_iter().flatten().find(|table| !table["loops"].is_null());
        let loops = nodes.unwrap_or_else(|| panic!("no loops in {plan:#}"))["loops"].as_array();
        assert_eq!(loops.map(Vec::len), Some(2), "{plan:#}");
        let dry = world.moves("proven", &["--dry-run"]).expect(0);
        assert!(
            words(&dry.stdout).contains("proved before the commit (checks are off in our session)"),
            "{}",
            dry.stdout
        );
    }
}
