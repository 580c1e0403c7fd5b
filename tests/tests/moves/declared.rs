//! Declared relations that a database can't compare, or that it would compare wrongly.

use exodus_tests::binary::Place;
use exodus_tests::database::{Database, Server};
use exodus_tests::least::{self, Tables};
use exodus_tests::world::servers;

/// Texts that are other numbers than they look like, beside those that are keys.
const SQL: &str = "
    CREATE TABLE clients (id BIGINT PRIMARY KEY);
    CREATE TABLE notes (id BIGINT PRIMARY KEY, about VARCHAR(40));
";
const DATA: &str = "
    INSERT INTO clients VALUES (12), (9007199254740993), (9007199254740992);
    INSERT INTO notes VALUES (1, '12'), (2, '12abc'), (3, ' 12'), (4, '9007199254740993'), (5, '9007199254740992'),
        (6, ''), (7, NULL), (8, 'abc');
";

fn place(server: Server, column: &str) -> (Place, Database, Database) {
    let (mut source, mut target) = (Database::create(server), Database::create(server));
    source.run(&format!("{SQL}{DATA}"));
    target.run(SQL);
    let tables = Tables {
        root: "clients",
        context: &[],
    };
    least::moves_between(&mut source, &mut target, tables);
    let column = toml::Value::from(column);
    let lines = format!(
        "root = \"clients\"\n[[declare]]\nchild = \"notes\"\ncolumns = [{column}]\nparent = \"clients\"\nreason = \"r\"\n"
    );
    (Place::of(&lines, &source, &target), source, target)
}

/// PostgreSQL can't compare the two, MySQL and MariaDB do it as floating point numbers, SQLite does it right.
#[test]
fn a_text_that_references_a_number_is_refused_where_it_would_go_wrong() {
    for server in servers() {
        let (place, _source, _target) = place(server, "about");
        let output = place.run(&["classify", "--from", "source", "--fail-on", "never"]);
        let (code, says) = match server.dialect() {
            "postgres" => (3, ["declared relation", "expression in parentheses"]),
            "mysql" => (2, ["exodus.toml:4:12", "REGEXP"]),
            _ => (0, ["", ""]),
        };
        assert_eq!(output.code, code, "{}", output.text());
        let words = output.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(says.iter().all(|part| words.contains(part)), "{}", output.text());
    }
}

/// What the messages recommend finds exactly the rows whose text is the number.
#[test]
fn the_expression_that_is_recommended_is_exact() {
    for server in servers() {
        let exact = match server.dialect() {
            "postgres" => "(CASE WHEN about ~ '^[1-9][0-9]*$' THEN about::bigint END)",
            "mysql" => "(CASE WHEN about REGEXP '^[1-9][0-9]*$' THEN CAST(about AS UNSIGNED) END)",
            _ => "(CASE WHEN about GLOB '[1-9]*' AND about NOT GLOB '*[^0-9]*' THEN CAST(about AS INTEGER) END)",
        };
        let (place, mut source, mut target) = place(server, exact);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        for (client, ids) in [("12", &["1"][..]), ("9007199254740993", &["4"])] {
            let client = format!("--client={client}");
            place.run(&["move", &client, "--to", "target"]).expect(0);
            place.run(&["purge", &place.last_move(), "--yes"]).expect(0);
            let arrived = target.column("SELECT id FROM notes ORDER BY id");
            assert_eq!(arrived, ids, "{}", server.name());
            place.run(&["move", &client, "--to", "source"]).expect(0);
            place.run(&["purge", &place.last_move(), "--yes"]).expect(0);
        }
        assert_eq!(source.column("SELECT count(*) FROM notes"), ["8"]);
    }
}

/// Its SQL is one product's: to another, the plan refuses, and nothing is frozen.
#[test]
fn an_expression_goes_to_no_other_product() {
    for server in servers().filter(|server| *server != Server::Sqlite) {
        let exact = match server.dialect() {
            "postgres" => "(CASE WHEN about ~ '^[1-9][0-9]*$' THEN about::bigint END)",
            _ => "(CASE WHEN about REGEXP '^[1-9][0-9]*$' THEN CAST(about AS UNSIGNED) END)",
        };
        let (place, _source, _target) = place(server, exact);
        place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
        let file = ["move", "--client=12", "--to", "twelve.sqlite", "--create-tables"];
        for arguments in [&file[..], &[&file[..], &["--dry-run"]].concat()] {
            let refused = place.run(arguments).expect(3);
            let words = refused.text().split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains("is declared by an expression of "), "{}", refused.text());
        }
        let listed = place.run(&["moves", "--format", "json"]).expect(0).json();
        assert_eq!(listed["moves"].as_array().map(Vec::len), Some(0), "{listed}");
    }
}
