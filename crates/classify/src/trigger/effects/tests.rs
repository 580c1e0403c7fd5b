use exodus_schema::model::{Action, Deferral, Routine, Timing};
use exodus_schema::{Graph, Schema};

use super::super::reaches::Link;
use super::*;
use crate::fixture::{Fixture, id};

/// A schema in the making: tables, triggers and routines by their text.
struct World {
    fixture: Fixture,
    routines: Vec<Routine>,
}

impl World {
    fn new(engine: Engine, tables: &str) -> Self {
        let fixture = Fixture::new().engine(engine);
        Self {
            fixture: tables.split_whitespace().fold(fixture, Fixture::table),
            routines: vec![],
        }
    }

    /// `name events on table`, with `when …` or `disabled`, `always`, `replica` after it.
    fn trigger(self, text: &str, body: &str) -> Self {
        let words: Vec<_> = text.split(' ').collect();
        let (head, tail) = text
            .split_once(" when ")
            .map_or((text, None), |(head, tail)| (head, Some(tail)));
        let has = |word: &str| head.split(' ').any(|other| other == word);
        let events = [
            ("insert", Event::Insert),
            ("update", Event::Update),
            ("delete", Event::Delete),
            ("truncate", Event::Truncate),
        ];
        let trigger = Trigger {
            name: words[0].to_owned(),
            timing: Timing::Before,
            events: events
                .iter()
                .filter(|(word, _)| has(word))
                .map(|&(_, event)| event)
                .collect(),
            per_row: true,
            enabled: match () {
                () if has("disabled") => Enabled::Disabled,
                () if has("always") => Enabled::Always,
                () if has("replica") => Enabled::Replica,
                () => Enabled::Origin,
            },
            function: None,
            language: None,
            condition: tail.map(str::to_owned),
            body: body.to_owned(),
        };
        let on = words.iter().position(|word| *word == "on").expect("on");
        Self {
            fixture: self.fixture.trigger(words[on + 1], trigger),
            ..self
        }
    }

    fn routine(self, name: &str, body: &str) -> Self {
        self.routine_in(name, None, body)
    }

    fn routine_in(mut self, name: &str, language: Option<&str>, body: &str) -> Self {
        self.routines.push(Routine {
            name: name.parse().expect("a name"),
            language: language.map(str::to_owned),
            body: body.to_owned(),
        });
        self
    }

    fn relation(self, text: &str, on_delete: Action, on_update: Action) -> Self {
        let child = text.split('.').next().expect("a child").to_owned();
        let fixture = self.fixture.relation(text).change(&child, |table| {
            let relation = table.relations.last_mut().expect("it was just made");
            (relation.on_delete, relation.on_update) = (on_delete, on_update);
            relation.deferral = Deferral::NotDeferrable;
        });
        Self { fixture, ..self }
    }

    fn build(self) -> Schema {
        let mut schema = self.fixture.build();
        schema.routines = self.routines;
        schema
            .routines
            .sort_by(|a, b| (&a.name, &a.body).cmp(&(&b.name, &b.body)));
        schema
    }

    /// What the first trigger of table `a` does: the reached tables with the way to each, then flags and doubts.
    fn told(self) -> Vec<String> {
        self.told_in(Session::Ordinary)
    }

    fn told_in(self, session: Session) -> Vec<String> {
        let schema = self.build();
        let graph = Graph::new(&schema);
        let effects = Effects::new(&graph, session);
        let (effect, reaches) = effects.of(id(&graph, "a"), 0);
        let line = |written| {
            let chain = reaches.chain(written);
            chain
                .iter()
                .map(|link| link.describe(&graph))
                .collect::<Vec<_>>()
                .join(" > ")
        };
        let mut told: Vec<_> = reaches.written().iter().map(line).collect();
        told.extend(effect.raises.then(|| "raises".to_owned()));
        told.extend(effect.skips.then(|| "skips".to_owned()));
        told.extend(effect.unknown.iter().map(|reason| format!("? {reason}")));
        told
    }
}

fn postgres(tables: &str) -> World {
    World::new(Engine::Postgres, tables)
}

const ENGINES: [Engine; 4] = [Engine::Postgres, Engine::MySql, Engine::MariaDb, Engine::Sqlite];

mod calls;
mod writes;

/// Milliseconds that following takes, with the number of tables that it reaches.
fn timed(world: World) -> (u128, usize, Vec<Link>) {
    let schema = world.build();
    let graph = Graph::new(&schema);
    let start = std::time::Instant::now();
    let (_, reaches) = Effects::new(&graph, Session::Ordinary).of(id(&graph, "a"), 0);
    let last = reaches.written().last().expect("it writes");
    (
        start.elapsed().as_millis(),
        reaches.written().len(),
        reaches.chain(last),
    )
}

#[test]
fn l10_ladders_and_long_chains_take_no_time() {
    // A chain of a thousand functions, and a ladder of 500 layers of two that both call both of the next: 2^500 ways.
    let chain = (0..1000).fold(postgres("a b"), |world, n| {
        world.routine(&format!("f{n}"), &format!("BEGIN PERFORM f{}(); END", n + 1))
    });
    let chain = chain
        .routine("f1000", "delete from b")
        .trigger("t insert on a", "BEGIN PERFORM f0(); END");
    let (millis, tables, way) = timed(chain);
    assert!(millis < 1000 && tables == 1, "{millis} ms");
    assert!(way.len() == 13 && way.contains(&Link::More(990)), "{way:?}");

    let ladder = (0..500).fold(postgres("a b"), |world, n| {
        let body = format!("BEGIN PERFORM l{0}(), r{0}(); END", n + 1);
        world.routine(&format!("l{n}"), &body).routine(&format!("r{n}"), &body)
    });
    let ladder = ladder
        .routine("l500", "delete from b")
        .trigger("t insert on a", "BEGIN PERFORM l0(); END");
    assert!(timed(ladder).0 < 1000);

    // The same in tables whose triggers write the next two, and that cascade.
    let tables = (0..300).fold(postgres("a"), |world, n| {
        let body = format!("BEGIN DELETE FROM l{0}; DELETE FROM r{0}; END", n + 1);
        world
            .relation(&format!("l{}.l l{n}", n + 1), Action::Cascade, Action::Cascade)
            .relation(&format!("r{}.l l{n}", n + 1), Action::Cascade, Action::Cascade)
            .relation(&format!("r{}.r r{n}", n + 1), Action::Cascade, Action::Cascade)
            .trigger(&format!("tl delete on l{n}"), &body)
            .trigger(&format!("tr delete on r{n}"), &body)
    });
    let (millis, tables, _) = timed(tables.trigger("t insert on a", "BEGIN DELETE FROM l0; END"));
    assert!(millis < 1000 && tables == 601, "{millis} ms, {tables} tables");
}

/// A ring, and a ladder whose triggers all write the next two: every trigger reaches every table.
fn entangled(size: usize) -> [Schema; 2] {
    let tables: Vec<_> = (0..size).map(|n| format!("t{n}")).collect();
    let tables = tables.join(" ");
    let write = |to: usize| format!("INSERT INTO t{} VALUES (1);", to % size);
    let ring = (0..size).fold(postgres(&tables), |world, n| {
        world.trigger(&format!("tr{n} insert on t{n}"), &format!("BEGIN {} END", write(n + 1)))
    });
    let ladder = (0..size).fold(postgres(&tables), |world, n| {
        let body = format!("BEGIN {} {} END", write(n / 2 * 2 + 2), write(n / 2 * 2 + 3));
        world.trigger(&format!("tr{n} insert on t{n}"), &body)
    });
    [ring.build(), ladder.build()]
}

/// Follows all triggers; the shortest of three times, because others use the machine, too.
fn followed(schema: &Schema) -> std::time::Duration {
    let graph = Graph::new(schema);
    let all: Vec<_> = graph.tables().map(|table| (table, 0)).collect();
    let once = || {
        let start = std::time::Instant::now();
        let told = Effects::new(&graph, Session::Ordinary).of_all(&all);
        let took = start.elapsed();
        for (_, reaches) in &told {
            assert!(reaches.written().len() == 64 && reaches.has_more());
            let last = reaches.written().last().expect("the farthest");
            assert!(reaches.chain(last).len() <= 13);
        }
        took
    };
    (0..3).map(|_| once()).min().expect("three times")
}

/// Four times the triggers take four times as long, and not sixteen times.
#[test]
fn a_thousand_triggers_that_set_each_other_going_take_no_time() {
    for (small, large) in entangled(250).iter().zip(&entangled(1000)) {
        let (small, large) = (followed(small), followed(large));
        eprintln!("triggers that each reach all tables: 250 were followed in {small:?}, 1,000 in {large:?}");
        assert!(
            large < small * 10 + std::time::Duration::from_secs(1),
            "{small:?}, {large:?}"
        );
    }
}

#[test]
fn facts_tell_condition_and_way() {
    let schema = postgres("log")
        .relation("a.client_id clients", Action::NoAction, Action::NoAction)
        .relation("a.place_id places", Action::NoAction, Action::NoAction)
        .trigger("t insert on a when (new.n > 0)", "BEGIN UPDATE places SET n = 1; END")
        .trigger("moved update on places", "BEGIN INSERT INTO log VALUES (1); END")
        .build();
    let graph = Graph::new(&schema);
    let cuts = exodus_schema::Cuts::default();
    let classes = crate::classify(&graph, id(&graph, "clients"), &cuts, &[].into()).expect("it can be classified");
    // Of client tables only; what a context table's triggers do is told by those that fire them.
    let [fact] = &classes.triggers[..] else {
        panic!("{:?}", classes.triggers)
    };
    assert_eq!(fact.occasion(), "before insert, when (new.n > 0)");
    let value = crate::report::json::trigger(&graph, fact);
    assert_eq!(value["condition"], "(new.n > 0)");
    assert_eq!(
        value["writes"],
        serde_json::json!([{"verb": "update", "table": "places"}])
    );
    assert_eq!(
        value["reaches"],
        serde_json::json!([
            {"verb": "update", "table": "places", "chain": ["UPDATE on places"]},
            {"verb": "insert", "table": "log",
             "chain": ["UPDATE on places", "trigger moved of places", "INSERT on log"]},
        ])
    );
}
