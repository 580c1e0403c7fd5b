//! A whole move and purge on two SQLite files, driven through the library: the shortest way to see one go wrong.

use std::path::Path;

use async_trait::async_trait;
use exodus_classify::classify;
use exodus_engine::{Address, CatalogueOf, ConnectOptions, Session, connect};
use exodus_schema::introspect;
use exodus_schema::{Cuts, Graph, Schema, TableName, Tree};
use exodus_transfer::plan::Request;
use exodus_transfer::{
    ClientKey, Error, Event, Freezing, Integrity, Journal, JournalError, Left, Move, Policies, Rows, Rules, Shape,
    Silent, Status, There, purge,
};
use tokio_util::sync::CancellationToken;

const SCHEMA: &str = "
    CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES users(id), city_id INTEGER NOT NULL REFERENCES cities(id));
    CREATE TABLE users (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts(id), name TEXT);
    CREATE TABLE albums (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users(id), parent_id INTEGER REFERENCES albums(id));
    CREATE TABLE cars (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id));
    CREATE TABLE bikes (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id));
    CREATE TABLE parts (name TEXT, car_id INTEGER REFERENCES cars(id), bike_id INTEGER REFERENCES bikes(id));
";

const CONTEXT: &str = "INSERT INTO cities VALUES (1, 'Riga'), (2, 'Bergen');";

const DATA: &str = "
    INSERT INTO accounts VALUES (42, 1, 1), (7, 3, 2);
    INSERT INTO users VALUES (1, 42, 'a'), (2, 42, 'b'), (3, 7, 'c');
    INSERT INTO albums VALUES (10, 1, NULL), (11, NULL, 10), (12, NULL, 11), (20, 3, NULL), (21, NULL, 20), (30, NULL, NULL);
    INSERT INTO cars VALUES (1, 1), (2, 3);
    INSERT INTO bikes VALUES (1, 1), (2, 3);
    INSERT INTO parts VALUES ('tire', 1, NULL), ('tire', 1, NULL), ('tire', 1, 1), ('tire', NULL, 1), ('tire', 2, NULL), ('tire', NULL, NULL);
";

struct Memory(Status);

#[async_trait]
impl Journal for Memory {
    fn id(&self) -> i64 {
        1
    }

    fn status(&self) -> Status {
        self.0
    }

    async fn record(&mut self, event: Event, _: serde_json::Value) -> Result<Status, JournalError> {
        self.0 = self.0.after(event).expect("an event in its time");
        Ok(self.0)
    }

    async fn confirm(&mut self) -> Result<(), JournalError> {
        Ok(())
    }
}

/// Nothing is kept here.
struct Forgetful;

#[async_trait]
impl purge::Remember for Forgetful {
    async fn confirm(&mut self) -> Result<(), JournalError> {
        Ok(())
    }

    async fn remember(&mut self, _: &purge::Purged) -> Result<(), JournalError> {
        Ok(())
    }
}

async fn open(path: &Path) -> Box<Session> {
    let options = ConnectOptions {
        create: true,
        ..ConnectOptions::default()
    };
    connect("test", &Address::Sqlite(path.to_owned()), options)
        .await
        .expect("a file")
}

async fn made(path: &Path, scripts: &[&str]) -> (Box<Session>, Schema) {
    let mut session = open(path).await;
    session.execute("PRAGMA foreign_keys = OFF").await.expect("pragma");
    for statement in scripts
        .iter()
        .flat_map(|script| script.split(';'))
        .filter(|text| !text.trim().is_empty())
    {
        session.execute(statement).await.expect(statement);
    }
    session.execute("PRAGMA foreign_keys = ON").await.expect("pragma");
    let options = introspect::Options::default();
    let schema = introspect::read(&mut CatalogueOf(&mut *session), session_engine(), &options)
        .await
        .expect("schema");
    (session, schema)
}

fn session_engine() -> exodus_schema::Engine {
    exodus_schema::Engine::Sqlite
}

async fn dump(session: &mut Session) -> Vec<String> {
    let mut rows = vec![];
    for table in ["cities", "accounts", "users", "albums", "cars", "bikes", "parts"] {
        for row in session.query(&format!("SELECT * FROM {table}")).await.expect(table) {
            rows.push(format!("{table} {row:?}"));
        }
    }
    rows.sort();
    rows
}

struct World {
    dir: tempfile::TempDir,
    key: ClientKey,
    schema: Schema,
    target_schema: Schema,
    source: Box<Session>,
    target: Box<Session>,
}

async fn world(context: &str) -> World {
    let dir = tempfile::tempdir().expect("a folder");
    let (source, schema) = made(&dir.path().join("a.db"), &[SCHEMA, CONTEXT, DATA]).await;
    let (target, target_schema) = made(&dir.path().join("b.db"), &[SCHEMA, context]).await;
    World {
        dir,
        key: ClientKey::new(["42"]),
        schema,
        target_schema,
        source,
        target,
    }
}

async fn moved(world: &mut World, integrity: Integrity) -> (Result<u64, exodus_transfer::Failure>, Status) {
    let graph = Graph::new(&world.schema);
    let root = graph.find(&TableName::bare("accounts")).expect("root");
    let classes = classify(&graph, root, &Cuts::default(), &[].into()).expect("classes");
    let root_key = vec!["id".to_owned()];
    let shape = Shape {
        graph: &graph,
        tree: &classes.tree,
        root_key: &root_key,
    };
    let policies = Policies::default();
    let there = There::of(&world.schema, &world.target_schema);
    let graph_there = Graph::new(there.schema());
    let request = Request {
        shape,
        there: Shape {
            graph: &graph_there,
            ..shape
        },
        client: &world.key,
        target_schema: &world.target_schema,
        integrity: Some(integrity),
        allow_lossy: false,
        policies: &policies,
        rules: Rules {
            classes: &classes,
            accepts: &[],
            thorough: true,
        },
        creating: None,
    };
    let mover = Move {
        request,
        progress: &Silent,
        cancel: CancellationToken::new(),
        freezing: Freezing::default(),
        returning: None,
    };
    let mut journal = Memory(Status::Planned);
    let result = mover.run(&mut *world.source, &mut *world.target, &mut journal).await;
    (result.map(|summary| summary.rows), journal.status())
}

#[tokio::test]
async fn a_client_arrives_whole_and_leaves_whole() {
    for integrity in [Integrity::Proven, Integrity::Enforced] {
        let mut world = world(CONTEXT).await;
        let before = dump(&mut *world.source).await;
        let (result, status) = Box::pin(moved(&mut world, integrity)).await;
        // 1 account, 2 users, 3 albums, 1 car, 1 bike, 4 tires.
        assert_eq!(result.expect("moved"), 12, "{integrity:?}");
        assert_eq!(status, Status::Switched);
        assert_eq!(
            dump(&mut *world.source).await,
            before,
            "the source keeps its rows until the purge"
        );

        let graph = Graph::new(&world.schema);
        let tree = Tree::grow(
            &graph,
            graph.find(&TableName::bare("accounts")).expect("root"),
            &Cuts::default(),
        );
        let root_key = vec!["id".to_owned()];
        let shape = Shape {
            graph: &graph,
            tree: &tree,
            root_key: &root_key,
        };
        let rows = Rows::of(shape, world.source.dialect(), &world.key).expect("rows");
        let request = purge::Request {
            rows: &rows,
            target_rows: &rows,
            source_schema: &world.schema,
            verified: &exodus_transfer::verify::Record::new(),
            others: &[],
            policies: &Policies::default(),
            skipped: &[],
            drop_skipped: false,
            integrity: None,
        };
        let purged = purge::source(
            &mut *world.source,
            &mut *world.target,
            &request,
            &Silent,
            &mut Forgetful,
        )
        .await
        .expect("purged");
        assert_eq!(purged.rows, 12);
        let mut all = dump(&mut *world.source).await;
        all.extend(
            dump(&mut *world.target)
                .await
                .into_iter()
                .filter(|row| !row.starts_with("cities")),
        );
        all.sort();
        let mut expected = before;
        expected.sort();
        assert_eq!(all, expected);
        drop(world.dir);
    }
}

#[tokio::test]
async fn a_context_row_that_differs_is_found_before_anything_is_written() {
    for context in ["", "INSERT INTO cities VALUES (1, 'Rīga');"] {
        let mut world = world(context).await;
        let before = dump(&mut *world.target).await;
        let (result, status) = Box::pin(moved(&mut world, Integrity::Proven)).await;
        let failure = result.expect_err("refused");
        assert!(
            matches!(failure.error, Error::Refused(ref problems) if problems.len() == 1),
            "{failure:?}"
        );
        assert!(matches!(failure.left, Left::Nothing));
        assert_eq!(status, Status::Aborted);
        assert_eq!(dump(&mut *world.target).await, before);
    }
}

#[tokio::test]
async fn a_row_of_two_clients_is_refused_whichever_path_selects_it() {
    let mut world = world(CONTEXT).await;
    world
        .source
        .execute("INSERT INTO parts VALUES ('shared', 1, 2)")
        .await
        .expect("row");
    let (result, _) = Box::pin(moved(&mut world, Integrity::Proven)).await;
    assert!(matches!(result.expect_err("refused").error, Error::Refused(_)));
}
