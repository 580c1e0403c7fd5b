use exodus_schema::model::{Enabled, Event};

use super::*;
use crate::trigger::analyse;

fn trigger(body: &str) -> Trigger {
    Trigger {
        name: "audit".to_owned(),
        timing: Timing::Before,
        events: vec![Event::Insert],
        per_row: true,
        enabled: Enabled::Origin,
        function: None,
        language: None,
        condition: None,
        body: body.to_owned(),
    }
}

/// What is left for our sessions to do.
fn writes(engine: Engine, body: &str) -> String {
    let effect = analyse(engine, &trigger(body));
    let mut parts: Vec<String> = effect.writes.iter().map(|write| write.table.to_string()).collect();
    parts.extend(effect.sets_new.then(|| "sets".to_owned()));
    parts.extend(effect.skips.then(|| "skips".to_owned()));
    parts.extend(effect.unknown);
    parts.join(", ")
}

#[test]
fn a_guarded_body_does_nothing() {
    for body in [
        "IF @exodus_copy IS NULL THEN INSERT INTO a VALUES (1); END IF",
        "IF (@EXODUS_COPY IS NULL) THEN SET NEW.x = 1; CALL p(); END IF;",
        "BEGIN IF @exodus_copy IS NULL THEN INSERT INTO a VALUES (1); END IF; END",
        "BEGIN DECLARE n INT; IF @exodus_copy IS NULL THEN \
           IF NEW.x THEN DELETE FROM a; ELSE DELETE FROM b; END IF; \
           SET n = CASE WHEN NEW.x THEN IF(NEW.y, 1, 2) ELSE 3 END; \
           CASE n WHEN 1 THEN DELETE FROM c; ELSE DELETE FROM d; END CASE; \
           WHILE n > 0 DO SET n = n - 1; END WHILE; \
           BEGIN DELETE FROM e; END; \
         END IF; END",
        // Every branch is behind a guard of its own.
        "BEGIN IF @exodus_copy IS NULL THEN DELETE FROM a; END IF; IF @exodus_copy IS NULL THEN DELETE FROM b; END IF; END",
    ] {
        for engine in [Engine::MySql, Engine::MariaDb] {
            assert_eq!(writes(engine, body), "", "{body}");
        }
    }
    for body in [
        "BEGIN IF current_setting('exodus.copy', true) IS NULL THEN INSERT INTO a VALUES (1); NEW.x := 2; END IF; RETURN NEW; END",
        "BEGIN IF (pg_catalog.current_setting('exodus.copy'::text, TRUE) IS NULL) THEN EXECUTE 'x'; END IF; RETURN NEW; END",
    ] {
        assert_eq!(writes(Engine::Postgres, body), "", "{body}");
    }
}

/// What is not inside counts, and what only looks like a guard is none.
#[test]
fn a_guard_that_is_not_whole_is_none() {
    for (body, left) in [
        (
            "BEGIN IF @exodus_copy IS NULL THEN DELETE FROM a; END IF; DELETE FROM b; END",
            "b",
        ),
        (
            "BEGIN DELETE FROM b; IF @exodus_copy IS NULL THEN DELETE FROM a; END IF; END",
            "b",
        ),
        (
            "IF @exodus_copy IS NULL THEN DELETE FROM a; ELSE DELETE FROM b; END IF",
            "b",
        ),
        (
            "IF @exodus_copy IS NULL THEN DELETE FROM a; ELSEIF NEW.x THEN SET NEW.x = 1; END IF",
            "sets",
        ),
        ("IF @exodus_copy IS NOT NULL THEN DELETE FROM a; END IF", "a"),
        ("IF @exodus_copy IS NULL OR NEW.x THEN DELETE FROM a; END IF", "a"),
        ("IF NEW.x OR @exodus_copy IS NULL THEN DELETE FROM a; END IF", "a"),
        ("IF @other IS NULL THEN DELETE FROM a; END IF", "a"),
        (
            "BEGIN SET @exodus_copy = NULL; IF @exodus_copy IS NULL THEN DELETE FROM a; END IF; END",
            "a",
        ),
        ("/* IF @exodus_copy IS NULL THEN */ DELETE FROM a /* END IF */", "a"),
        (
            "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION DELETE FROM b; IF @exodus_copy IS NULL THEN DELETE FROM a; END IF; END",
            "b",
        ),
        // Blocks that don't fit into each other are not understood.
        (
            "BEGIN IF @exodus_copy IS NULL THEN BEGIN DELETE FROM a; END IF; END",
            "a",
        ),
    ] {
        assert_eq!(writes(Engine::MySql, body), left, "{body}");
    }
    for (body, left) in [
        (
            "BEGIN IF current_setting('exodus.copy', true) IS NULL THEN DELETE FROM a; END IF; DELETE FROM b; RETURN NEW; END",
            "b",
        ),
        (
            "BEGIN IF current_setting('exodus.copy') IS NULL THEN DELETE FROM a; END IF; RETURN NEW; END",
            "a",
        ),
        (
            "BEGIN IF current_setting('other.copy', true) IS NULL THEN DELETE FROM a; END IF; RETURN NEW; END",
            "a",
        ),
        (
            "BEGIN PERFORM set_config('exodus.copy', NULL, true); IF current_setting('exodus.copy', true) IS NULL THEN DELETE FROM a; \
          END IF; RETURN NEW; END",
            "a",
        ),
    ] {
        assert_eq!(writes(Engine::Postgres, body), left, "{body}");
    }
}

#[test]
fn a_condition_guards_if_it_must_hold() {
    for (condition, is_guard) in [
        ("(current_setting('exodus.copy'::text, true) IS NULL)", true),
        (
            "((current_setting('exodus.copy'::text, true) IS NULL) AND (new.n > 1))",
            true,
        ),
        (
            "((new.n > 1) AND (current_setting('exodus.copy'::text, true) IS NULL))",
            true,
        ),
        (
            "((current_setting('exodus.copy'::text, true) IS NULL) OR (new.n > 1))",
            false,
        ),
        ("(NOT (current_setting('exodus.copy'::text, true) IS NULL))", false),
        ("(current_setting('exodus.copy'::text, true) IS NOT NULL)", false),
        ("(new.n > 1)", false),
    ] {
        let body = "BEGIN DELETE FROM a; RETURN NULL; END";
        let conditional = Trigger {
            condition: Some(condition.to_owned()),
            ..trigger(body)
        };
        let effect = analyse(Engine::Postgres, &conditional);
        assert_eq!(effect.is_harmless(), is_guard, "{condition}");
    }
}

/// The statement is taken for guarded again, whatever the body is.
#[test]
fn the_ready_statement_is_a_guard() {
    let table = TableName::bare("or`ders");
    for body in [
        "INSERT INTO log VALUES (NEW.id)",
        "BEGIN INSERT INTO log VALUES (NEW.id); END",
        "SET NEW.a = 1, NEW.b = 2;",
        "IF NEW.a THEN DELETE FROM log; ELSE DELETE FROM b; END IF",
    ] {
        let text = guarded(Engine::MariaDb, &table, &trigger(body)).expect("MariaDB has guards");
        assert!(
            text.starts_with(
                "DELIMITER //\nCREATE OR REPLACE TRIGGER `audit` BEFORE INSERT ON `or``ders` FOR EACH ROW\n"
            ),
            "{text}"
        );
        let made = text
            .split_once("FOR EACH ROW\n")
            .map(|(_, made)| made.replace("//\nDELIMITER ;", ""));
        assert_eq!(writes(Engine::MariaDb, &made.expect("a body")), "", "{text}");
    }
    let text = guarded(Engine::MySql, &table, &trigger("DELETE FROM log")).expect("MySQL has guards");
    assert!(
        text.contains("DROP TRIGGER `audit`//\nCREATE TRIGGER `audit` "),
        "{text}"
    );
    let whole = "CREATE TRIGGER audit AFTER INSERT ON orders BEGIN DELETE FROM log; END";
    let text = guarded(Engine::Sqlite, &table, &trigger(whole)).expect("SQLite's are dropped");
    assert!(
        text.starts_with("DROP TRIGGER \"audit\";\n") && text.ends_with(&format!("{whole};")),
        "{text}"
    );
}
