//! On which lines of the file tables, relations and triggers are made.

use exodus_schema::ddl::{self, Lines};
use exodus_schema::{Engine, TableName};

fn lines(engine: Engine, text: &str) -> Lines {
    let (schema, lines) = ddl::read_with_lines(text, Some(engine)).expect("a schema");
    assert_eq!(Ok(schema), ddl::read(text, Some(engine)), "the lines change nothing");
    lines
}

fn name(text: &str) -> TableName {
    text.parse().expect("a name")
}

/// As `pg_dump` prints it: keys far behind their tables, partitions that carry their root's.
#[test]
fn of_a_dump() {
    let text = "\
-- a comment

SET search_path = '';

CREATE TABLE public.clients (
    id bigint NOT NULL
);

/* CREATE TABLE public.nothing (id int); */
CREATE TABLE public.\"Log\" (
    client_id bigint,
    at timestamp without time zone
) PARTITION BY RANGE (at);
CREATE TABLE public.log_2026 PARTITION OF public.\"Log\" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RETURN NEW;
END $$;

ALTER TABLE ONLY public.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (id);

CREATE TRIGGER touch BEFORE UPDATE ON public.clients FOR EACH ROW EXECUTE FUNCTION public.f();

ALTER TABLE ONLY public.log_2026
    ADD CONSTRAINT log_client_fk FOREIGN KEY (client_id) REFERENCES public.clients(id);
";
    let lines = lines(Engine::Postgres, &text.replace('\n', "\r\n"));
    let tables: Vec<_> = lines
        .tables
        .iter()
        .map(|(name, line)| (name.to_string(), *line))
        .collect();
    assert_eq!(
        tables,
        [("public.Log".to_owned(), 10), ("public.clients".to_owned(), 5)]
    );
    let log = (name("public.Log"), "log_client_fk".to_owned());
    assert_eq!(lines.relations.into_iter().collect::<Vec<_>>(), [(log, 26)]);
    let touch = (name("public.clients"), "touch".to_owned());
    assert_eq!(lines.triggers.into_iter().collect::<Vec<_>>(), [(touch, 24)]);
}

/// Names that the engine makes up, columns in another spelling, two keys over the same column, a renamed table.
#[test]
fn of_what_people_write() {
    let text = "\
CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (id integer PRIMARY KEY, a_ID integer REFERENCES a);
CREATE TABLE old (
  id integer PRIMARY KEY,
  x integer, FOREIGN KEY (X) REFERENCES A (id));
ALTER TABLE old RENAME TO c;
CREATE TRIGGER t AFTER INSERT ON c BEGIN SELECT 1; END;
";
    let lines = lines(Engine::Sqlite, text);
    assert_eq!(lines.tables.values().copied().collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(lines.relations.values().copied().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(lines.triggers[&(name("c"), "t".to_owned())], 7);

    let text = "\
CREATE TABLE a (id bigint PRIMARY KEY, UNIQUE (id));
CREATE TABLE b (
  x bigint
);
ALTER TABLE b ADD CONSTRAINT one FOREIGN KEY (x) REFERENCES a (id),
  ADD CONSTRAINT two FOREIGN KEY (x) REFERENCES b (x);
ALTER TABLE b ADD FOREIGN KEY (x) REFERENCES a (id);
";
    let relations = self::lines(Engine::MySql, text).relations;
    let found: Vec<_> = relations
        .iter()
        .map(|((_, name), line)| (name.as_str(), *line))
        .collect();
    assert_eq!(found, [("b_ibfk_1", 7), ("one", 5), ("two", 5)]);
}
