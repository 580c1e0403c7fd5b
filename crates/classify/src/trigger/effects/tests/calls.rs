//! What is called.

use super::*;

#[test]
fn routines_are_followed_wherever_they_are_called() {
    for call in [
        "BEGIN PERFORM one(NEW.id); RETURN NEW; END",
        "BEGIN SELECT one(1) INTO v; RETURN NEW; END",
        "BEGIN v := coalesce(lower(One('x')), 1); RETURN NEW; END",
        "BEGIN IF \"one\"() THEN NULL; END IF; RETURN NEW; END",
        "BEGIN CALL one(1); RETURN NEW; END",
        "BEGIN FOR r IN SELECT * FROM app.one(NEW) LOOP END LOOP; RETURN NEW; END",
        "BEGIN RETURN one(NEW); END",
    ] {
        let world = postgres("a audit")
            .routine("app.one", "BEGIN CALL app.two(); END")
            .routine("app.two", "insert into audit values (1)")
            .trigger("t insert on a", call);
        assert_eq!(
            world.told(),
            ["routine app.one > routine app.two > INSERT on audit"],
            "{call}"
        );
    }
}

#[test]
fn a_condition_can_call_what_writes() {
    let world = postgres("a audit")
        .routine("s.noted", "insert into audit values (1) returning true")
        .trigger(
            "t insert on a when (old.n IS DISTINCT FROM new.n) AND s.noted(new.id)",
            "BEGIN RETURN NEW; END",
        );
    assert_eq!(world.told(), ["routine s.noted > INSERT on audit"]);
    // No condition but the guard makes a trigger harmless.
    let world = postgres("a audit").trigger(
        "t insert on a when (current_setting('other.copy', true) IS NULL AND false)",
        "BEGIN INSERT INTO audit VALUES (1); RETURN NEW; END",
    );
    assert_eq!(world.told(), ["INSERT on audit"]);
    let world = postgres("a").trigger("t insert on a when (mine(new.id) > 0)", "BEGIN RETURN NEW; END");
    assert_eq!(world.told(), ["? it calls the function mine"]);
    let world = postgres("a").trigger("t insert on a when 'open", "BEGIN RETURN NEW; END");
    assert_eq!(world.told(), ["? its condition can't be read"]);
}

#[test]
fn all_overloads_of_a_name_count() {
    let world = postgres("a b c")
        .routine("s.f", "delete from b")
        .routine("s.f", "delete from c")
        .trigger("t insert on a", "BEGIN PERFORM f(1); END");
    assert_eq!(world.told(), ["routine s.f > DELETE on b", "routine s.f > DELETE on c"]);
}

#[test]
fn users_functions_can_have_names_of_built_in_ones() {
    let world = postgres("a b")
        .routine("s.lower", "insert into b values (1)")
        .trigger("t insert on a", "BEGIN NEW.x := lower(NEW.y); RETURN NEW; END");
    assert_eq!(world.told(), ["routine s.lower > INSERT on b"]);
    let world = postgres("a b").routine("s.lower", "insert into b values (1)").trigger(
        "t insert on a",
        "BEGIN NEW.x := pg_catalog.lower(NEW.y); RETURN NEW; END",
    );
    assert_eq!(world.told(), Vec::<String>::new());
}

#[test]
fn names_without_a_schema_are_looked_for_near_first() {
    let world = || {
        postgres("x.log y.log a")
            .routine("x.f", "insert into log values (1)")
            .routine("y.f", "insert into log values (1)")
    };
    let near = world().trigger("t insert on a", "BEGIN PERFORM y.f(); END");
    assert_eq!(near.told(), ["routine y.f > INSERT on y.log"]);
    let all = world().trigger("t insert on a", "BEGIN PERFORM f(); DELETE FROM log; END");
    assert_eq!(
        all.told(),
        [
            "DELETE on x.log",
            "DELETE on y.log",
            "routine x.f > INSERT on x.log",
            "routine y.f > INSERT on y.log",
        ]
    );
}

#[test]
fn mysql_names_fold_case_and_leave_the_current_database_out() {
    for engine in [Engine::MySql, Engine::MariaDb] {
        let world = World::new(engine, "a Log other.a")
            .routine("note", "INSERT INTO log VALUES (TWICE(1))")
            .routine("Twice", "RETURN 2 * (SELECT COUNT(*) FROM log)")
            .trigger("t insert on a", "CALL NOTE(1)");
        assert_eq!(world.told(), ["routine note > INSERT on Log"]);
        // `shop` may be the current database; it may also be a package of that name.
        let world = World::new(engine, "a log")
            .routine("note", "INSERT INTO shop.log VALUES (1)")
            .trigger("t insert on a", "CALL shop.note()");
        assert_eq!(
            world.told(),
            ["routine note > INSERT on log", "? it calls the procedure shop.note"]
        );
    }
}

#[test]
fn what_was_not_read_is_unknown() {
    let world = postgres("a b")
        .routine("s.dynamic", "BEGIN EXECUTE 'delete from b'; END")
        .routine_in("s.snake", Some("plpython3u"), "plpy.execute('delete from b')")
        .routine_in("s.fast", Some("c"), "fast")
        .routine("s.hidden", "")
        .trigger(
            "t insert on a",
            "BEGIN PERFORM dynamic(), snake(), fast(), hidden(), missing(); INSERT INTO v VALUES (1); END",
        );
    assert_eq!(
        world.told(),
        [
            "INSERT on v",
            "? it calls the function missing",
            "? it writes v, which is no table that was read",
            "? s.dynamic: EXECUTE runs SQL that is put together at run time",
            "? s.fast: it is compiled",
            "? s.hidden: its body can't be seen",
            "? s.snake: it is written in plpython3u",
        ]
    );
    let world = World::new(Engine::MariaDb, "a").trigger("t insert on a", "BEGIN CALL tools.note(); END");
    assert_eq!(world.told(), ["? it calls the procedure tools.note"], "a package");
}

#[test]
fn routines_that_only_read_or_check_are_harmless() {
    let schema = postgres("a b")
        .routine("s.rate", "select max(n) from b where id = $1 for update")
        .routine(
            "s.check_it",
            "BEGIN IF rate(1) > 2 THEN RAISE EXCEPTION 'no'; END IF; RETURN NULL; END",
        )
        .trigger(
            "t insert on a",
            "BEGIN PERFORM check_it(NEW.id); NEW.n := 1; RETURN NEW; END",
        )
        .build();
    let graph = Graph::new(&schema);
    let (effect, reaches) = Effects::new(&graph, Session::Ordinary).of(id(&graph, "a"), 0);
    assert!(
        effect.is_harmless() && effect.raises && effect.sets_new && !effect.skips,
        "{effect:?}"
    );
    assert!(reaches.written().is_empty());
}
