//! Tables that a server would read through for a client's rows: keys are looked up first, and the same rows are selected.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use exodus_engine::{Address, ConnectOptions, Session, connect};
use exodus_schema::{Cuts, Graph, TableId, Tree};
use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};
use exodus_tests::draw::{Case, Draw};
use exodus_tests::dump;
use exodus_tests::least::{self, Tables};
use exodus_tests::shapes::SHAPES;
use exodus_tests::sql;
use exodus_tests::world::networked;
use exodus_transfer::{ClientKey, Rows, Shape};

/// The rows of every client table that one client's conditions select; and how many of the conditions name keys.
async fn selected(session: &mut Session, case: &Case, client: usize, listed: bool) -> (Vec<Vec<String>>, usize) {
    let schema = case.schema(session.dialect().engine());
    let graph = Graph::new(&schema);
    let tree = Tree::grow(&graph, TableId(0), &Cuts::default());
    let root_key = ["id".to_owned()];
    let shape = Shape {
        graph: &graph,
        tree: &tree,
        root_key: &root_key,
    };
    let key = ClientKey::new(case.rows[0][client][0].clone());
    let plain = Rows::of(shape, session.dialect(), &key).expect("a client");
    let mut rows = plain.clone();
    if listed {
        let all: BTreeSet<TableId> = shape.tables().collect();
        rows = plain.with_key_lists_of(session, &all).await.expect("keys");
    }
    let (mut found, mut lists) = (vec![], 0);
    for table in shape.tables() {
        lists += usize::from(rows.mine.of(table) != plain.mine.of(table));
        let columns = schema.tables[table.0].columns.iter();
        let columns: Vec<_> = columns.map(|column| session.dialect().key_text("t", column)).collect();
        let query = format!(
            "SELECT {} FROM t{} AS t WHERE {}",
            columns.join(", "),
            table.0,
            rows.mine.of(table)
        );
        let rows = session.query(&query).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error}\n{query}"));
        let mut rows: Vec<_> = rows.iter().map(|row| format!("{row:?}")).collect();
        rows.sort();
        found.push(rows);
    }
    (found, lists)
}

/// Whatever form a selector has, and whoever's rows are crossed with whose: with keys it selects the same.
#[test]
fn lists_of_keys_select_what_subqueries_select() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for server in networked() {
        let mut lists = 0;
        for (seed, (name, tables)) in (1..).zip(SHAPES) {
            for case in [
                Draw::shape(tables, seed).case(),
                Draw::shape(tables, seed + 1).crossing().case(),
            ] {
                let schema = case.schema(server.engine());
                let mut database = Database::create(server);
                let rows = sql::insert(&schema, &case.rows, |_, _| true);
                database.run(&(sql::create(&schema) + &rows + &sql::foreign_keys(&schema)));
                let address = Address::parse(&database.address()).expect("an address");
                runtime.block_on(async {
                    let connected = connect("source", &address, ConnectOptions::default()).await;
                    let mut session = connected.expect("a session");
                    if server.dialect() == "postgres" {
                        let set = session.execute("SET search_path TO public").await;
                        set.expect("the schema of the tables");
                    }
                    for client in 0..case.rows[0].len() {
                        let (plain, _) = selected(&mut *session, &case, client, false).await;
                        let (listed, number) = selected(&mut *session, &case, client, true).await;
                        assert_eq!(listed, plain, "{name} on {}, client {client}", server.name());
                        lists += number;
                    }
                });
            }
        }
        assert!(lists > 100, "{}: only {lists} conditions named keys", server.name());
    }
}

const SCHEMA: &str = "
    CREATE TABLE accounts (id BIGINT PRIMARY KEY);
    CREATE TABLE photos (id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL,
        FOREIGN KEY (account_id) REFERENCES accounts (id));
    CREATE TABLE posts (id BIGINT PRIMARY KEY, account_id BIGINT NOT NULL,
        FOREIGN KEY (account_id) REFERENCES accounts (id));
    CREATE TABLE comments (id BIGINT PRIMARY KEY, photo_id BIGINT, post_id BIGINT,
        FOREIGN KEY (photo_id) REFERENCES photos (id), FOREIGN KEY (post_id) REFERENCES posts (id));
    CREATE TABLE likes (id BIGINT PRIMARY KEY, comment_id BIGINT NOT NULL,
        FOREIGN KEY (comment_id) REFERENCES comments (id));
    CREATE INDEX photos_account ON photos (account_id);
    CREATE INDEX posts_account ON posts (account_id);
    CREATE INDEX comments_photo ON comments (photo_id);
    CREATE INDEX comments_post ON comments (post_id);
    CREATE INDEX likes_comment ON likes (comment_id);
";
/// Comments of one client, of 64,000.
const OWN: usize = 640;

/// A hundred clients, of which each has a photo, a post, and comments on both.
fn world(server: Server) -> (Place, Database, Database) {
    let (mut source, mut target) = (Database::create(server), Database::create(server));
    target.run(SCHEMA);
    let mut sql = SCHEMA.to_owned();
    let values = |row: &dyn Fn(usize) -> String, to: usize| (1..=to).map(row).collect::<Vec<_>>().join(", ");
    let _ = write!(
        sql,
        "INSERT INTO accounts VALUES {}; INSERT INTO photos VALUES {1}; INSERT INTO posts VALUES {1};",
        values(&|id| format!("({id})"), 100),
        values(&|id| format!("({id}, {id})"), 100),
    );
    let comment = |id: usize| match (id % 100 + 1, id % 2) {
        (of, 0) => format!("({id}, {of}, NULL)"),
        (of, _) => format!("({id}, NULL, {of})"),
    };
    // Of each client, ten: of odd ones on their photos, of others on their posts.
    let _ = write!(sql, "INSERT INTO comments VALUES {};", values(&comment, 1_000));
    for doubled in (0..6).map(|at| 1_000 << at) {
        let _ = write!(
            sql,
            "INSERT INTO comments SELECT id + {doubled}, photo_id, post_id FROM comments;"
        );
    }
    sql += "INSERT INTO likes SELECT id, id FROM comments;";
    sql += "UPDATE comments SET photo_id = post_id, post_id = photo_id WHERE id % 3 = 0;";
    sql += match server.dialect() {
        "mysql" => "ANALYZE TABLE accounts, photos, posts, comments, likes;",
        _ => "ANALYZE;",
    };
    source.run(&sql);
    let tables = Tables {
        root: "accounts",
        context: &[],
    };
    least::moves_between(&mut source, &mut target, tables);
    let place = Place::of("root = \"accounts\"\n", &source, &target);
    place.run(&["dispatch", "init", "--enrol-from", "source"]).expect(0);
    (place, source, target)
}

const MOVE: [&str; 5] = ["move", "--client", "42", "--to", "target"];

fn own(database: &mut Database) -> dump::Dump {
    let by = "photo_id = 42 OR post_id = 42";
    let conditions = [
        ("accounts", "id = 42"),
        ("photos", "account_id = 42"),
        ("posts", "account_id = 42"),
        ("comments", by),
        ("likes", &format!("comment_id IN (SELECT id FROM comments WHERE {by})")),
    ];
    let conditions = conditions.map(|(table, condition)| (table.to_owned(), condition.to_owned()));
    dump::only(database, &conditions.into_iter().collect())
}

/// What comes after the plan has looked keys up: a photo of the client's, a comment on it, and what hangs on that.
const LATE: &str = "INSERT INTO photos VALUES (1001, 42);
    INSERT INTO comments VALUES (100001, 1001, NULL);
    INSERT INTO likes VALUES (100001, 100001);";

#[test]
fn large_tables_with_several_ways_to_the_client_are_not_read_through() {
    for server in networked() {
        let (place, mut source, mut target) = world(server);
        let explained = place.run(&[&MOVE[..], &["--dry-run", "--explain", "--format", "json"]].concat());
        let explained = explained.expect(0).json();
        let tables = explained["explain"].as_array().expect("tables");
        let listed = tables.iter().filter(|table| table["key_list"] == true);
        let through: Vec<_> = listed.map(|table| &table["reads_through"]).collect();
        assert_eq!(through, [false, false], "{}: {explained:#}", server.name());
        let text = place
            .run(&[&MOVE[..], &["--dry-run", "--explain"]].concat())
            .expect(0)
            .stdout;
        assert!(
            text.contains("likes (by a list of keys)") && text.len() < 6_000,
            "{text}"
        );

        let (before, mine) = (dump::all(&mut source), own(&mut source));
        assert_eq!(mine.values().map(Vec::len).sum::<usize>(), 3 + 2 * OWN);
        place.run(&MOVE).expect(0);
        dump::assert_equal("the target", &dump::all(&mut target), &mine);
        place.run(&["purge", "1", "--yes"]).expect(0);
        dump::assert_equal("the source", &dump::all(&mut source), &dump::minus(&before, &mine));
    }
}

/// Every table with a row that came late is told of.
fn told_of_late_rows(server: Server, output: &Output) {
    assert_eq!(output.code, 4, "{}", output.text());
    let said = output.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for (table, rows) in [("photos", 2), ("comments", OWN + 1), ("likes", OWN + 1)] {
        let wanted = format!("{table}: {rows} rows on the source, {} ", rows - 1);
        assert!(
            said.contains(&wanted),
            "{wanted} on {}: {}",
            server.name(),
            output.text()
        );
    }
}

/// Keys are looked up once more for the second reading, and under lock for the purge.
#[test]
fn rows_under_keys_that_come_late_are_seen() {
    for server in networked() {
        let (place, mut source, mut target) = world(server);
        let held = place.hold(&MOVE, "move-copied");
        source.run(LATE);
        told_of_late_rows(server, &held.go_on());
        assert!(dump::all(&mut target).values().all(Vec::is_empty), "{}", server.name());

        source.run("DELETE FROM likes WHERE id > 100000; DELETE FROM comments WHERE id > 100000;");
        source.run("DELETE FROM photos WHERE id > 1000;");
        place.run(&MOVE).expect(0);
        source.run(LATE);
        let before = dump::all(&mut source);
        let id = place.last_move();
        told_of_late_rows(server, &place.run(&["purge", &id, "--yes"]));
        dump::assert_equal("the source", &dump::all(&mut source), &before);
    }
}
