//! What PostgreSQL makes of its own statements, and of what its dumps hold.

use exodus_schema::Engine;
use exodus_schema::model::{Action, Deferral, Enabled, Event, Generator, Timing};

use super::{arrows, names, read, table, unique};

#[test]
fn postgres_keys_get_the_names_that_the_server_gives() {
    let schema = read(
        Engine::Postgres,
        "CREATE TABLE p (id serial PRIMARY KEY, a int UNIQUE, b int, UNIQUE (a, b), UNIQUE (a, b));
         CREATE TABLE c (id bigint GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY, p_id int REFERENCES p,
            x int, y int, CONSTRAINT named FOREIGN KEY (x, y) REFERENCES p (a, b) MATCH FULL ON DELETE SET NULL (x)
            ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED, FOREIGN KEY (p_id) REFERENCES public.p (id));
         CREATE INDEX ON c (lower(x::text), y);
         CREATE UNIQUE INDEX ON c (y) WHERE x > 3;
         CREATE INDEX leading ON c USING btree (x DESC NULLS LAST) INCLUDE (y) WHERE (x IS NOT NULL);",
    );
    let parent = table(&schema, "p");
    assert_eq!(parent.primary_key.as_ref().expect("a key").name, "p_pkey");
    assert_eq!(unique(parent), ["p_a_b_key(a,b)", "p_a_b_key1(a,b)", "p_a_key(a)"]);
    assert_eq!(
        parent.columns[0].default.as_deref(),
        Some("nextval('public.p_id_seq'::regclass)")
    );
    assert_eq!(parent.columns[0].generator, Some(Generator::Sequence));
    let child = table(&schema, "c");
    assert_eq!(child.columns[0].generator, Some(Generator::IdentityAlways));
    assert_eq!(
        arrows(child),
        [
            "c_p_id_fkey: p_id -> p(id)",
            "c_p_id_fkey1: p_id -> p(id)",
            "named: x,y -> p(a,b)"
        ]
    );
    let named = &child.relations[2];
    assert!(named.match_full && named.deferral == Deferral::InitiallyDeferred);
    assert_eq!((named.on_delete, named.on_update), (Action::SetNull, Action::Cascade));
    assert_eq!(unique(child), ["c_y_idx(y)?"]);
    // Neither the expression nor the index on part of the rows serves a search.
    assert_eq!(child.indexes, [vec!["id".to_owned()], vec!["x".to_owned()]]);
}

#[test]
fn postgres_partitions_are_folded_and_what_they_carry_is_lifted() {
    let schema = read(
        Engine::Postgres,
        "CREATE TABLE p (id int PRIMARY KEY);
         CREATE TABLE part (id int NOT NULL, p_id int, at date NOT NULL) PARTITION BY RANGE (at);
         CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
         CREATE TABLE part_2 (id int NOT NULL, p_id int, at date NOT NULL);
         ALTER TABLE ONLY part ATTACH PARTITION part_2 FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
         ALTER TABLE ONLY part ADD CONSTRAINT part_pkey PRIMARY KEY (id, at);
         ALTER TABLE ONLY part_1 ADD CONSTRAINT part_1_pkey PRIMARY KEY (id, at);
         ALTER TABLE ONLY part_1 ADD CONSTRAINT fk FOREIGN KEY (p_id) REFERENCES p(id);
         ALTER INDEX part_pkey ATTACH PARTITION part_1_pkey;",
    );
    assert_eq!(names(&schema), ["public.p", "public.part"]);
    let part = table(&schema, "part");
    assert_eq!(part.partitions.len(), 2);
    assert_eq!(arrows(part), ["fk: p_id -> p(id)"]);
    assert!(!part.relations[0].validated, "only one of two partitions has it");
    assert!(
        !part.primary_key.as_ref().expect("a key").total,
        "only one of two partitions has it"
    );
}

#[test]
fn postgres_triggers_come_with_their_functions() {
    let schema = read(
        Engine::Postgres,
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN INSERT INTO \"t;\" VALUES (1); RETURN NEW; END $body$;
         CREATE FUNCTION helper(a int) RETURNS void BEGIN ATOMIC DELETE FROM t; SELECT CASE WHEN true THEN 1 END; END;
         CREATE TABLE t (a int);
         CREATE TRIGGER x BEFORE INSERT OR UPDATE OF a ON t FOR EACH ROW WHEN ((new.a > 0)) EXECUTE FUNCTION f();
         CREATE CONSTRAINT TRIGGER y AFTER DELETE ON t DEFERRABLE EXECUTE PROCEDURE public.f('z');
         ALTER TABLE t DISABLE TRIGGER x; ALTER TABLE t ENABLE ALWAYS TRIGGER y;
         ALTER TABLE t ENABLE ROW LEVEL SECURITY;
         COMMENT ON TABLE t IS 'it''s'; COMMENT ON COLUMN public.t.a IS E'a\\tb';",
    );
    let t = table(&schema, "t");
    assert!(t.row_security);
    assert_eq!(t.comment.as_deref(), Some("it's"));
    assert_eq!(t.columns[0].comment.as_deref(), Some("a\tb"));
    let [x, y] = t.triggers.as_slice() else {
        panic!("{:?}", t.triggers)
    };
    assert_eq!(
        (x.timing, &x.events[..], x.per_row),
        (Timing::Before, &[Event::Insert, Event::Update][..], true)
    );
    assert_eq!((x.enabled, y.enabled), (Enabled::Disabled, Enabled::Always));
    assert_eq!(x.condition.as_deref(), Some("(new.a > 0)"));
    assert_eq!(x.function.as_deref(), Some("public.f"));
    assert!(x.body.contains("INSERT INTO \"t;\"") && x.language.as_deref() == Some("plpgsql"));
    assert!(!y.per_row);
}

/// `pg_dump` names the encoding of the database: in this one the server has looked at no byte of a text.
#[test]
fn text_of_a_database_without_an_encoding_is_called_so() {
    let charsets = |setting: &str| -> Vec<Option<String>> {
        let text = format!("{setting} CREATE TABLE t (id int, s varchar(9), c \"char\", a text[]);");
        let schema = read(Engine::Postgres, &text);
        let columns = table(&schema, "t").columns.iter();
        columns.map(|column| column.charset.clone()).collect()
    };
    let any_bytes = Some("sql_ascii".to_owned());
    assert_eq!(
        charsets("SET client_encoding = 'SQL_ASCII';"),
        [None, any_bytes, None, None]
    );
    assert_eq!(charsets("SET client_encoding = 'UTF8';"), [None, None, None, None]);
}
