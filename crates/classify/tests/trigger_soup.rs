//! Whatever stands in a trigger, reading it ends soon and without a panic.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use exodus_classify::trigger::{Effect, Effects, Reaches, Session, Written, analyse};
use exodus_schema::model::{Enabled, Event, FORMAT_VERSION, Routine, Timing};
use exodus_schema::{Engine, Graph, Schema, TableId, TableName, Trigger};
use proptest::prelude::*;
use proptest::test_runner::Config;

const ENGINES: [Engine; 4] = [Engine::Postgres, Engine::MySql, Engine::MariaDb, Engine::Sqlite];

/// Words that mean something to the reader, names of what is there, and signs that open and never close.
const WORDS: &str = "
    BEGIN END IF THEN ELSE CASE WHEN LOOP DO RETURN RETURNING NULL NEW OLD INTO STRICT FROM WHERE SET VALUES USING JOIN
    ON AS OR REPLACE IGNORE ONLY TABLE CASCADE RESTART IDENTITY WITH SELECT PERFORM EXECUTE CALL RAISE SIGNAL ASSERT
    INSERT UPDATE DELETE MERGE TRUNCATE COPY CONFLICT DUPLICATE KEY NO FOR EACH ROW CREATE TRIGGER FUNCTION PROCEDURE
    ALTER DROP DECLARE DISTINCT ATOMIC FOLLOWS LOW_PRIORITY MATCHED EXCEPTION NOTICE DEFINER
    ( ) ( ) , ; . := = : << >> :: [ ] $$ $f$ ' \" ` -- /* */ /*!50003 /*M! # @ \\ | % ? 0 1.5 1..2
    t0 t1 t2 f0 f1 f2 \"t0\" `f1` s.t0 s.f1 a.b.c now lower é 'x' E'\\' U&\"x\"
";

fn soup() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.split_ascii_whitespace().collect();
    let word = prop_oneof![12 => prop::sample::select(words).prop_map(str::to_owned), 1 => any::<String>()];
    let gap = prop::sample::select(vec![" ", "\n", ""]);
    prop::collection::vec((word, gap), 0..60).prop_map(|parts| {
        let parts = parts.into_iter().map(|(word, gap)| word + gap);
        parts.collect()
    })
}

fn trigger(name: &str, event: Event, body: String, condition: Option<String>) -> Trigger {
    Trigger {
        name: name.to_owned(),
        timing: Timing::After,
        events: vec![event],
        per_row: true,
        enabled: Enabled::Origin,
        function: None,
        language: None,
        condition,
        body,
    }
}

fn schema(engine: Engine, texts: &[String]) -> Schema {
    let mut texts = texts.iter().cycle().cloned();
    let mut text = || texts.next().unwrap_or_default();
    let tables = (0..3).map(|n| {
        let events = [Event::Insert, Event::Update, Event::Delete];
        let triggers = events.map(|event| trigger("t", event, text(), Some(text())));
        serde_json::from_value(serde_json::json!({
            "name": format!("t{n}"), "columns": [], "triggers": triggers,
        }))
        .expect("a table")
    });
    let tables = tables.collect();
    let routines = (0..6).map(|n| Routine {
        name: TableName::bare(format!("f{}", n / 2)),
        language: None,
        body: text(),
    });
    Schema {
        version: FORMAT_VERSION,
        engine,
        server_version: String::new(),
        tables,
        routines: routines.collect(),
        enums: std::collections::BTreeMap::new(),
        warnings: vec![],
    }
}

proptest! {
    #![proptest_config(Config { cases: 400, failure_persistence: None, ..Config::default() })]

    /// Bodies, conditions and routines of random tokens, which write and call each other at random.
    #[test]
    fn soup_is_read_to_its_end(texts in prop::collection::vec(soup(), 1..12), engine in 0..ENGINES.len()) {
        let engine = ENGINES[engine];
        let schema = schema(engine, &texts);
        let graph = Graph::new(&schema);
        for session in [Session::Ordinary, Session::Replica] {
            let effects = Effects::new(&graph, session);
            let places = |table: usize| (0..schema.tables[table].triggers.len()).map(move |at| (TableId(table), at));
            let places: Vec<_> = (0..schema.tables.len()).flat_map(places).collect();
            let mut together = effects.of_all(&places).into_iter();
            for table in 0..schema.tables.len() {
                for (at, trigger) in schema.tables[table].triggers.iter().enumerate() {
                    let (effect, reaches) = effects.of(TableId(table), at);
                    let (among, near) = together.next().expect("one of each");
                    // Followed together, they are said to do what each is said to do by itself, on ways as short.
                    let told = |reaches: &Reaches| -> BTreeSet<_> {
                        let one = |written: &Written| {
                            (written.name.clone(), written.verb.as_str(), reaches.chain(written).len())
                        };
                        reaches.written().iter().map(one).collect()
                    };
                    prop_assert!(!near.has_more());
                    prop_assert_eq!(told(&near), told(&reaches));
                    let reasons = |effect: &Effect| -> BTreeSet<_> { effect.unknown.iter().cloned().collect() };
                    prop_assert_eq!(reasons(&among), reasons(&effect));
                    let flags = |effect: &Effect| (effect.sets_new, effect.raises, effect.skips, effect.writes.clone());
                    prop_assert_eq!(flags(&among), flags(&effect));
                    let alone = analyse(engine, trigger);
                    // Following it may clear up a call, but never loses a write.
                    prop_assert!(alone.writes.iter().all(|write| effect.writes.contains(write)));
                    prop_assert_eq!(effect.writes.is_empty(), reaches.written().is_empty());
                    prop_assert!(reaches.written().iter().all(|written| !reaches.chain(written).is_empty()));
                }
            }
        }
    }
}

#[test]
fn long_soup_is_read_soon() {
    // Each of these made a reader that looks ahead without end take the square of the length, or worse.
    let read = |engine, part: &str, times| {
        let text = part.repeat(times);
        let start = Instant::now();
        analyse(engine, &trigger("t", Event::Insert, text.clone(), Some(text)));
        start.elapsed()
    };
    for part in [
        "UPDATE a SET ",
        "UPDATE a, ",
        "UPDATE ",
        "DELETE a, ",
        "DELETE FROM a, ",
        "TRUNCATE a, ",
        "f(",
        "f((",
        "(a, ",
        "INSERT INTO a (",
        "ON DUPLICATE KEY UPDATE a, ",
        "COPY a (",
        "WITH w (",
        "CASE WHEN ",
        "NEW.a[",
        "SELECT INTO a, ",
        "BEGIN ",
        "/*",
        "'",
        "$$",
        "<<",
        "a.",
        "CREATE FUNCTION ",
        "MERGE INTO a USING ",
        "f(a) AS (",
    ] {
        for engine in [Engine::Postgres, Engine::MySql] {
            let took = read(engine, part, 8000);
            // On a machine that has other things to do, what counts is that four times the text is no sixteen times the work.
            let soon = took < Duration::from_secs(4) || took < read(engine, part, 2000) * 10;
            assert!(soon, "{engine}: 8,000 times `{part}` took {took:?}");
        }
    }
}
