use super::*;

fn trigger(body: &str) -> Trigger {
    Trigger {
        name: "t".to_owned(),
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

/// The effect in one line: what a reader of the test compares at a glance.
fn summary(effect: &Effect) -> String {
    let mut parts: Vec<String> = effect
        .writes
        .iter()
        .map(|write| format!("{} {}", write.verb.as_str(), write.table))
        .collect();
    let flags = [
        (effect.sets_new, "sets"),
        (effect.raises, "raises"),
        (effect.skips, "skips"),
    ];
    parts.extend(flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned()));
    parts.extend(effect.unknown.iter().map(|reason| format!("? {reason}")));
    parts.join("; ")
}

#[track_caller]
fn check(engine: Engine, body: &str, expected: &str) {
    assert_eq!(summary(&analyse(engine, &trigger(body))), expected, "{engine}: {body}");
}

#[test]
fn postgres_bodies_that_write() {
    for (body, expected) in [
        (
            "BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END",
            "INSERT audit",
        ),
        (
            "BEGIN INSERT INTO Audit.Log(a) VALUES (1); RETURN NEW; END",
            "INSERT audit.log",
        ),
        (
            r#"BEGIN INSERT INTO "Schema"."Table" (a) VALUES (1); END"#,
            "INSERT Schema.Table",
        ),
        (r#"BEGIN INSERT INTO "a.b" VALUES (1); END"#, r#"INSERT "a.b""#),
        (r#"BEGIN INSERT INTO "update" VALUES (1); END"#, "INSERT update"),
        ("BEGIN UPDATE update SET x = 1; END", "UPDATE update"),
        (
            "BEGIN UPDATE ONLY parents p SET n = n + 1 WHERE p.id = NEW.id; END",
            "UPDATE parents",
        ),
        (
            "BEGIN DELETE FROM ONLY x WHERE id = OLD.id; RETURN OLD; END",
            "DELETE x",
        ),
        ("BEGIN DELETE FROM x USING y WHERE x.id = y.id; END", "DELETE x"),
        (
            "BEGIN IF true THEN UPDATE t SET a = 1; ELSE DELETE FROM u; END IF; END",
            "UPDATE t; DELETE u",
        ),
        (
            "begin with gone as (delete from a returning *) insert into b select * from gone; end",
            "DELETE a; INSERT b",
        ),
        (
            "BEGIN WITH w (id) AS (SELECT 1) UPDATE t SET a = w.id FROM w; END",
            "UPDATE t",
        ),
        (
            "BEGIN INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a; END",
            "INSERT t; UPDATE t",
        ),
        ("BEGIN INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING; END", "INSERT t"),
        (
            "BEGIN MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1 WHEN MATCHED THEN DELETE \
             WHEN NOT MATCHED THEN INSERT (id) VALUES (1); UPDATE u SET a = 1; END",
            "MERGE t; UPDATE u",
        ),
        ("BEGIN TRUNCATE TABLE a, s.b; END", "TRUNCATE a; TRUNCATE s.b"),
        (
            "BEGIN FOR r IN UPDATE t SET a = 1 RETURNING id LOOP NULL; END LOOP; END",
            "UPDATE t",
        ),
        (
            "BEGIN UPDATE customers SET n = n + 1 WHERE id = c RETURNING n INTO v; NEW.number := v; RETURN NEW; END",
            "UPDATE customers; sets",
        ),
        (
            "begin\n/* INSERT INTO no */ -- DELETE FROM no\nUPDATE t SET a = 1;\nend",
            "UPDATE t",
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN INSERT INTO a VALUES (1); END $f$",
            "INSERT a",
        ),
    ] {
        check(Engine::Postgres, body, expected);
    }
}

#[test]
fn postgres_bodies_that_write_nothing() {
    for (body, expected) in [
        ("BEGIN NEW.updated_at := now(); RETURN NEW; END", "sets"),
        ("BEGIN NEW.last_update = CURRENT_TIMESTAMP; RETURN NEW; END", "sets"),
        ("BEGIN NEW.tags[1] := 'x'; RETURN NEW; END", "sets"),
        ("BEGIN NEW := NEW #= hstore('a', 'b'); RETURN NEW; END", "sets"),
        ("DECLARE r t%ROWTYPE; BEGIN r := NEW; r.a := 1; RETURN r; END", "sets"),
        (
            "BEGIN SELECT a, b INTO STRICT v, NEW.b FROM t WHERE id = NEW.id; RETURN NEW; END",
            "sets",
        ),
        (
            "BEGIN SELECT a INTO v FROM t WHERE id = NEW.id FOR UPDATE; RETURN NEW; END",
            "",
        ),
        (
            "BEGIN PERFORM 1 FROM t WHERE id = NEW.id FOR NO KEY UPDATE OF t SKIP LOCKED; RETURN NEW; END",
            "",
        ),
        (
            "BEGIN IF NEW.a = 1 AND (NEW.b = 2) THEN RAISE EXCEPTION 'INSERT INTO x'; END IF; RETURN NEW; END",
            "raises",
        ),
        ("BEGIN RAISE NOTICE 'DELETE FROM %', NEW.id; RETURN NEW; END", ""),
        (
            "BEGIN IF TG_OP = 'INSERT' OR TG_OP = 'DELETE' THEN RETURN NULL; END IF; RETURN NEW; END",
            "skips",
        ),
        (
            "BEGIN CASE TG_OP WHEN 'INSERT', 'UPDATE' THEN v := NEW; ELSE v := OLD; END CASE; RETURN COALESCE(NEW, OLD); END",
            "",
        ),
        ("BEGIN NEW.id := nextval('public.s'); RETURN NEW; END", "sets"),
        (
            "BEGIN FOR i IN 0..array_length(NEW.tags, 1) LOOP NULL; END LOOP; RETURN NEW; END",
            "",
        ),
        (
            "BEGIN SELECT x.update, x.delete INTO v, w FROM update x WHERE x.insert = 1; RETURN NEW; END",
            "",
        ),
        (
            "BEGIN PERFORM pg_notify('c', row_to_json(NEW)::text); RETURN NEW; END",
            "",
        ),
        ("BEGIN v := pg_catalog.upper(NEW.a); RETURN NEW; END", ""),
        ("DECLARE v varchar(20); n numeric(10, 2); BEGIN RETURN NEW; END", ""),
        (
            "BEGIN SELECT * INTO v FROM unnest(NEW.a) AS u (x); SELECT 1 FROM f AS g (y); RETURN NEW; END",
            "",
        ),
        (
            "BEGIN IF OLD.x IS NULL THEN RAISE EXCEPTION 'no'; ELSIF NEW.p != OLD.p THEN NEW.p := \
             ARRAY(SELECT DISTINCT unnest(NEW.p) ORDER BY 1); END IF; RETURN NEW; END;",
            "sets; raises",
        ),
    ] {
        check(Engine::Postgres, body, expected);
    }
}

#[test]
fn what_postgres_bodies_hide_is_unknown() {
    for (body, expected) in [
        (
            "BEGIN EXECUTE format('INSERT INTO p_%s VALUES (1)', NEW.id); RETURN NEW; END",
            "? EXECUTE runs SQL that is put together at run time",
        ),
        (
            "BEGIN PERFORM app.log_it(NEW.id); RETURN NEW; END",
            "? it calls the function app.log_it",
        ),
        (
            "BEGIN v := log_it(NEW.id); RETURN NEW; END",
            "? it calls the function log_it",
        ),
        (
            "BEGIN SELECT log_it(NEW.id) INTO v; RETURN NEW; END",
            "? it calls the function log_it",
        ),
        (
            "BEGIN v := app.now(); RETURN NEW; END",
            "? it calls the function app.now",
        ),
        (
            r#"BEGIN v := "Now"(); v := "if"(1); RETURN NEW; END"#,
            "? it calls the function Now; ? it calls the function if",
        ),
        (
            "BEGIN CALL app.log_it(NEW.id); RETURN NEW; END",
            "? it calls the procedure app.log_it",
        ),
        ("BEGIN CREATE TABLE x (a int); RETURN NEW; END", "? it runs CREATE"),
        (
            "BEGIN DO $x$ DELETE FROM a $x$; RETURN NEW; END",
            "? it runs an anonymous block",
        ),
        ("BEGIN 'unterminated", "? its body can't be read"),
        ("", "? its body can't be seen"),
        (
            "BEGIN UPDATE x; RETURN NEW; END",
            "? it holds an UPDATE that can't be read",
        ),
        (
            "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW EXECUTE FUNCTION f()",
            "? its body can't be seen",
        ),
    ] {
        check(Engine::Postgres, body, expected);
    }
}

#[test]
fn other_languages_are_unknown() {
    let with = |language: &str, function: &str| {
        let trigger = Trigger {
            language: Some(language.to_owned()),
            function: Some(function.to_owned()),
            ..trigger("INSERT INTO x")
        };
        summary(&analyse(Engine::Postgres, &trigger))
    };
    assert_eq!(with("plpython3u", "f"), "? it is written in plpython3u");
    assert_eq!(with("c", "public.mine"), "? it calls the compiled function mine");
    assert_eq!(with("internal", "pg_catalog.tsvector_update_trigger"), "sets");
    assert_eq!(with("internal", "suppress_redundant_updates_trigger"), "");
}

#[test]
fn mysql_bodies() {
    for (body, expected) in [
        ("SET NEW.create_date = NOW()", "sets"),
        (
            "BEGIN INSERT INTO film_text (film_id) VALUES (new.film_id); END",
            "INSERT film_text",
        ),
        ("INSERT audit SET a = NEW.id", "INSERT audit"),
        (
            "INSERT LOW_PRIORITY IGNORE INTO `Aud it`.`log` VALUES (1)",
            "INSERT Aud it.log",
        ),
        (
            "INSERT INTO a VALUES (1) ON DUPLICATE KEY UPDATE n = n + VALUES(n)",
            "INSERT a; UPDATE a",
        ),
        ("REPLACE INTO a VALUES (1)", "REPLACE a"),
        ("REPLACE a VALUES (1)", "REPLACE a"),
        ("SET NEW.a = REPLACE(NEW.a, 'x', INSERT('abc', 1, 1, 'y'))", "sets"),
        ("SET NEW.n = TRUNCATE(NEW.n, 2), NEW.m = IF(NEW.n > 1, 1, 0)", "sets"),
        ("SET @a = CASE WHEN NEW.x THEN 1 ELSE 2 END, NEW.b = 3", "sets"),
        ("SET @last = NEW.id", ""),
        (
            "UPDATE LOW_PRIORITY a JOIN b ON a.id = b.id SET a.x = 1",
            "UPDATE a; UPDATE b",
        ),
        ("UPDATE a, s.b SET a.x = 1 WHERE a.id = b.id", "UPDATE a; UPDATE s.b"),
        ("DELETE x FROM audit AS x JOIN other o ON o.id = x.id", "DELETE audit"),
        (
            "DELETE a, b FROM a INNER JOIN b WHERE a.id = b.id",
            "DELETE a; DELETE b",
        ),
        ("DELETE FROM x USING audit x JOIN o WHERE o.id = x.id", "DELETE audit"),
        (
            "BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION INSERT INTO errors VALUES (1); DELETE FROM a; END",
            "DELETE a; INSERT errors",
        ),
        (
            "IF NEW.a < 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'INSERT INTO x'; END IF",
            "raises",
        ),
        (
            "BEGIN # DELETE FROM no\n/*!50003 INSERT INTO yes VALUES (1) */; END",
            "INSERT yes",
        ),
        (
            "WHILE n > 0 DO UPDATE t SET n = 1; SET n = n - 1; END WHILE",
            "UPDATE t",
        ),
        ("SET NEW.a = \"INSERT INTO x\"", "sets"),
        ("CALL log_it(NEW.id)", "? it calls the procedure log_it"),
        (
            "SET NEW.a = my_function(NEW.b)",
            "sets; ? it calls the function my_function",
        ),
        ("SELECT COUNT(*) INTO @n FROM t FOR UPDATE", ""),
        (
            "CREATE DEFINER=`root`@`localhost` TRIGGER `ins` AFTER INSERT ON `film` FOR EACH ROW FOLLOWS x INSERT INTO a VALUES (1)",
            "INSERT a",
        ),
    ] {
        check(Engine::MySql, body, expected);
        check(Engine::MariaDb, body, expected);
    }
    check(Engine::MariaDb, "BEGIN /*M!100100 DELETE FROM a */; END", "DELETE a");
}

#[test]
fn sqlite_triggers() {
    for (body, expected) in [
        (
            "CREATE TRIGGER t AFTER UPDATE OF a, b ON x FOR EACH ROW WHEN NEW.a > 1 BEGIN INSERT OR REPLACE INTO y VALUES (1); END",
            "REPLACE y",
        ),
        (
            "CREATE TRIGGER t BEFORE INSERT ON x BEGIN SELECT RAISE(ABORT, 'no') WHERE NEW.a IS NULL; END",
            "raises",
        ),
        (
            "CREATE TEMP TRIGGER t BEFORE DELETE ON x BEGIN SELECT RAISE(IGNORE); END",
            "skips",
        ),
        (
            "CREATE TRIGGER t AFTER DELETE ON [x y] BEGIN DELETE FROM [x y] WHERE id = OLD.id; UPDATE OR IGNORE z SET a = 1; \
             REPLACE INTO w VALUES (strftime('%s')); END",
            "REPLACE w; DELETE x y; UPDATE z",
        ),
    ] {
        check(Engine::Sqlite, body, expected);
    }
}

#[test]
fn nothing_makes_it_panic() {
    // Every prefix of a body full of constructs: the reader must never run out of tokens.
    let body = "CREATE TRIGGER t FOR EACH ROW BEGIN MERGE INTO a USING b; DELETE a.*, c FROM a JOIN (b) USING (x); UPDATE ONLY \
                a.b.c SET NEW.x[1] := f(1; INSERT OR INTO x; REPLACE x; COPY a (b) FROM; TRUNCATE a, ; RAISE(; SET NEW.; \
                SELECT INTO STRICT NEW., a; RETURN; WITH a (b) AS (; END";
    for end in 0..body.len() {
        for engine in [Engine::Postgres, Engine::MySql, Engine::Sqlite] {
            analyse(engine, &trigger(&body[..end]));
            analyse(engine, &trigger(&body[end..]));
        }
    }
}
