//! What becomes of what is written.

use super::*;

#[test]
fn triggers_of_written_tables_fire_on_their_events() {
    for engine in ENGINES {
        let world = World::new(engine, "a b c d")
            .trigger("t insert on a", "BEGIN INSERT INTO b VALUES (1); END")
            .trigger("on_insert insert on b", "BEGIN UPDATE c SET n = 1; END")
            .trigger("on_update update on b", "BEGIN DELETE FROM d; END")
            .trigger("off insert on b disabled", "BEGIN DELETE FROM d; END")
            .trigger(
                "on_c insert update on c when NEW.n > 0",
                "BEGIN INSERT INTO d VALUES (1); END",
            );
        assert_eq!(
            world.told(),
            [
                "INSERT on b",
                "INSERT on b > trigger on_insert of b > UPDATE on c",
                "INSERT on b > trigger on_insert of b > UPDATE on c > trigger on_c of c > INSERT on d",
            ],
            "{engine}"
        );
    }
}

#[test]
fn each_verb_causes_its_events() {
    let reached = |engine: Engine, body: &str| -> Vec<String> {
        let world = World::new(engine, "a b i u d t")
            .trigger("x insert on a", body)
            .trigger("bi insert on b", "BEGIN DELETE FROM i; END")
            .trigger("bu update on b", "BEGIN DELETE FROM u; END")
            .trigger("bd delete on b", "BEGIN DELETE FROM d; END")
            .trigger("bt truncate on b", "BEGIN DELETE FROM t; END");
        let told = world.told();
        let last = |line: &String| line.rsplit(' ').next().expect("a word").to_owned();
        let mut names: Vec<_> = told.iter().map(last).filter(|name| name != "b").collect();
        names.sort();
        names
    };
    let postgres = |body| reached(Engine::Postgres, body);
    assert_eq!(postgres("BEGIN INSERT INTO b VALUES (1); END"), ["i"]);
    let upsert = "BEGIN INSERT INTO b VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 1; END";
    assert_eq!(postgres(upsert), ["i", "u"]);
    assert_eq!(postgres("BEGIN COPY b FROM STDIN; END"), ["i"]);
    assert_eq!(postgres("BEGIN TRUNCATE b; END"), ["t"]);
    let merge = "BEGIN MERGE INTO b USING c ON true WHEN MATCHED THEN DELETE; END";
    assert_eq!(postgres(merge), ["d", "i", "u"]);
    let mysql = |body| reached(Engine::MySql, body);
    assert_eq!(mysql("REPLACE INTO b VALUES (1)"), ["d", "i"]);
    assert_eq!(
        mysql("INSERT INTO b VALUES (1) ON DUPLICATE KEY UPDATE n = 1"),
        ["i", "u"]
    );
    let sqlite = |body| reached(Engine::Sqlite, body);
    assert_eq!(sqlite("INSERT OR REPLACE INTO b VALUES (1)"), ["d", "i"]);
    assert_eq!(sqlite("UPDATE OR REPLACE b SET n = 1"), ["d", "u"]);
    assert_eq!(sqlite("UPDATE OR IGNORE b SET n = 1"), ["u"]);
}

#[test]
fn an_update_can_move_a_row_to_another_partition() {
    let world = postgres("a b d")
        .trigger("t insert on a", "BEGIN UPDATE b SET n = 1; END")
        .trigger("gone delete on b", "BEGIN DELETE FROM d; END");
    let fixture = world
        .fixture
        .change("b", |table| table.partitions.push(TableName::bare("b_1")));
    assert_eq!(
        World { fixture, ..world }.told(),
        ["UPDATE on b", "UPDATE on b > trigger gone of b > DELETE on d"]
    );
}

#[test]
fn removals_are_passed_on_and_fire_triggers_where_the_engine_does() {
    for engine in ENGINES {
        let world = World::new(engine, "a log")
            .relation("c.b_id b", Action::Cascade, Action::NoAction)
            .relation("d.c_id? c", Action::SetNull, Action::NoAction)
            .relation("e.c_id c", Action::Restrict, Action::NoAction)
            .trigger("t delete on a", "BEGIN DELETE FROM b; END")
            .trigger("gone delete on c", "BEGIN INSERT INTO log VALUES (1); END")
            .trigger("changed update on d", "BEGIN UPDATE log SET n = 1; END");
        let mut expected = vec!["DELETE on b", "DELETE on b > relation c(b_id) → b(id) > DELETE on c"];
        let far = "DELETE on b > relation c(b_id) → b(id) > DELETE on c > relation d(c_id) → c(id) > UPDATE on d";
        let near = "DELETE on b > relation c(b_id) → b(id) > DELETE on c > trigger gone of c > INSERT on log";
        let last = format!("{far} > trigger changed of d > UPDATE on log");
        if matches!(engine, Engine::Postgres | Engine::Sqlite) {
            expected.extend([near, far, last.as_str()]);
        } else {
            // InnoDB cascades by itself, and triggers hear nothing of it.
            expected.push(far);
        }
        assert_eq!(world.told(), expected, "{engine}");
    }
}

#[test]
fn only_new_keys_are_passed_on() {
    let told = |body: &str| {
        let world = World::new(Engine::MySql, "a")
            .relation("c.b_id b", Action::NoAction, Action::Cascade)
            .relation("d.c_ref? c:b_id", Action::NoAction, Action::SetNull);
        world.trigger("t insert on a", body).told()
    };
    assert_eq!(told("UPDATE b SET n = n + 1, m = 2 WHERE id = NEW.id"), ["UPDATE on b"]);
    let passed = [
        "UPDATE on b",
        "UPDATE on b > relation c(b_id) → b(id) > UPDATE on c",
        "UPDATE on b > relation c(b_id) → b(id) > UPDATE on c > relation d(c_ref) → c(b_id) > UPDATE on d",
    ];
    assert_eq!(told("UPDATE b SET n = (SELECT 1), b.ID = 7"), passed);
    let upsert = "INSERT INTO b VALUES (1) ON DUPLICATE KEY UPDATE n = 2, id = 7";
    assert_eq!(told(upsert)[1..], passed);
}

#[test]
fn a_truncate_can_take_the_referring_tables_with_it() {
    let world = |body: &str| {
        postgres("a log")
            .relation("c.b_id b", Action::NoAction, Action::NoAction)
            .trigger("gone truncate on c", "BEGIN DELETE FROM log; END")
            .trigger("t insert on a", body)
    };
    assert_eq!(world("BEGIN TRUNCATE b; END").told(), ["TRUNCATE on b"]);
    assert_eq!(world("BEGIN TRUNCATE b RESTART IDENTITY CASCADE; END").told().len(), 3);
}

#[test]
fn defaults_of_written_tables_can_call_what_writes() {
    let world = |default: &str| {
        let world = postgres("a b log")
            .routine("s.number", "insert into log values (1) returning 1")
            .trigger("t insert on a", "BEGIN INSERT INTO b DEFAULT VALUES; END");
        let default = default.to_owned();
        let fixture = world
            .fixture
            .change("b", |table| table.columns[0].default = Some(default));
        World { fixture, ..world }
    };
    assert_eq!(
        world("s.number()").told(),
        [
            "INSERT on b",
            "INSERT on b > defaults of b > routine s.number > INSERT on log"
        ]
    );
    assert_eq!(world("nextval('b_id_seq'::regclass)").told(), ["INSERT on b"]);
    assert_eq!(
        world("other()").told(),
        ["INSERT on b", "? a default of b: it calls the function other"]
    );
}

#[test]
fn loops_end() {
    let world = postgres("a b")
        .routine("s.f", "BEGIN PERFORM g(); END")
        .routine("s.g", "BEGIN PERFORM f(); PERFORM g(); UPDATE a SET n = 1; END")
        .relation("a.up_id? a", Action::Cascade, Action::Cascade)
        .trigger("t update on a", "BEGIN PERFORM f(); INSERT INTO b VALUES (1); END")
        .trigger("back insert on b", "BEGIN DELETE FROM a; INSERT INTO b VALUES (2); END");
    assert_eq!(
        world.told(),
        [
            "INSERT on b",
            "INSERT on b > trigger back of b > DELETE on a",
            "routine s.f > routine s.g > UPDATE on a",
        ]
    );
}

#[test]
fn replicating_sessions_fire_other_triggers_and_pass_nothing_on() {
    let world = || {
        postgres("a log")
            .relation("c.b_id b", Action::Cascade, Action::Cascade)
            .trigger("t delete on a", "BEGIN DELETE FROM b; END")
            .trigger("ordinary delete on b", "BEGIN INSERT INTO log VALUES (1); END")
            .trigger("kept delete on b always", "BEGIN UPDATE log SET n = 1; END")
            .trigger("only delete on b replica", "BEGIN DELETE FROM log; END")
    };
    assert_eq!(
        world().told(),
        [
            "DELETE on b",
            "DELETE on b > trigger ordinary of b > INSERT on log",
            "DELETE on b > trigger kept of b > UPDATE on log",
            "DELETE on b > relation c(b_id) → b(id) > DELETE on c",
        ]
    );
    assert_eq!(
        world().told_in(Session::Replica),
        [
            "DELETE on b",
            "DELETE on b > trigger kept of b > UPDATE on log",
            "DELETE on b > trigger only of b > DELETE on log",
        ]
    );
}
