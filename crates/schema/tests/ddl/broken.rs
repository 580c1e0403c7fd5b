//! No text makes the reader panic, and none makes it lose a table without a word.

use exodus_schema::{Engine, Schema, ddl};
use proptest::prelude::*;

const SAMPLES: [(Engine, &str); 3] = [
    (
        Engine::Postgres,
        "--\n-- PostgreSQL database dump\n--\nSET standard_conforming_strings = on;\n\
CREATE FUNCTION public.f() RETURNS trigger\n    LANGUAGE plpgsql\n    AS $$\nBEGIN\n  INSERT INTO b VALUES (';');\n  RETURN NEW;\nEND;\n$$;\n\n\
CREATE TABLE public.a (\n    id integer NOT NULL,\n    name text DEFAULT 'it''s (a) test; really'::text\n);\n\n\
/* a comment\n   of two lines */\n\
CREATE TABLE public.b (\n    id integer DEFAULT nextval('s'::regclass) NOT NULL,\n    \"a id\" integer,\n    CONSTRAINT c CHECK ((id > 0))\n);\n\n\
CREATE TABLE public.c (\n    at timestamp without time zone,\n    tags text[]\n)\nWITH (fillfactor='70');\n\n\
COMMENT ON TABLE public.c IS 'two\nlines';\n\n\
ALTER TABLE ONLY public.a\n    ADD CONSTRAINT a_pkey PRIMARY KEY (id);\n\n\
ALTER TABLE ONLY public.b\n    ADD CONSTRAINT b_fk FOREIGN KEY (\"a id\") REFERENCES public.a(id) ON DELETE CASCADE;\n\n\
CREATE TRIGGER t BEFORE INSERT ON public.a FOR EACH ROW EXECUTE FUNCTION public.f();\n\n\
CREATE TABLE public.d (\n    id integer\n);\n",
    ),
    (
        Engine::MySql,
        "-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\nDROP TABLE IF EXISTS `a`;\n\
CREATE TABLE `a` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `n` varchar(9) DEFAULT 'it\\'s; (x)' COMMENT \"b\",\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;\n\
INSERT INTO `a` VALUES (1,'x; y'),(2,'(');\n\
CREATE TABLE `b` (\n  `id` int DEFAULT NULL,\n  KEY `k` (`id`),\n  CONSTRAINT `f` FOREIGN KEY (`id`) REFERENCES `a` (`id`)\n) ENGINE=InnoDB;\n\
DELIMITER ;;\n/*!50003 CREATE*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `a` FOR EACH ROW BEGIN\n  SET NEW.n = 'a;b';\nEND */;;\nDELIMITER ;\n\
CREATE TABLE `c` (\n  `id` int # comment\n) ENGINE=InnoDB;\n",
    ),
    (
        Engine::Sqlite,
        "PRAGMA foreign_keys=OFF;\nCREATE TABLE a (id INTEGER PRIMARY KEY, [x y] TEXT DEFAULT 'a''b;');\n\
CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  UPDATE a SET id = CASE WHEN 1 THEN 2 END;\n  DELETE FROM a;\nEND;\n\
CREATE TABLE \"b\" (\"id\" int REFERENCES a, UNIQUE (id)) WITHOUT ROWID;\n\
CREATE TABLE IF NOT EXISTS c (x, y, CHECK (x > '('));\nCREATE TABLE d (x);\n",
    ),
];

/// Lines that begin with CREATE TABLE, as whoever looks at the file would count them.
pub(crate) fn announced(text: &str) -> usize {
    let begins = |line: &&str| line.to_ascii_uppercase().starts_with("CREATE TABLE ");
    text.lines().filter(begins).count()
}

/// Nothing may be lost without a word: where there are fewer tables than lines that announce one, something is said.
fn check(engine: Engine, text: &str) -> Result<(), TestCaseError> {
    let announced = announced(text);
    // An error is said, too.
    if let Ok(Schema { tables, warnings, .. }) = ddl::read(text, Some(engine)) {
        prop_assert!(
            tables.len() >= announced || !warnings.is_empty(),
            "{announced} announced, {} read:\n{text}",
            tables.len()
        );
    }
    Ok(())
}

/// What breaks things.
const DEBRIS: &[&str] = &[
    "",
    "'",
    "\"",
    "`",
    "(",
    ")",
    ";",
    ",",
    "--",
    "/*",
    "*/",
    "$$",
    "$x$",
    "\\",
    "[",
    "]",
    "#",
    "\n",
    "BEGIN ",
    "END",
    " CASE ",
    "CREATE ",
    "DELIMITER //\n",
    "/*!",
    "E'",
    "'';",
    ";;",
    "COPY a FROM stdin;\n",
    "\\.\n",
    "é",
    "\u{0}",
    "CONSTRAINT ",
    "REFERENCES ",
    " DEFAULT ",
    "CREATE TRIGGER ",
    "CREATE FUNCTION x() ",
    "DO ",
    "INSERT INTO ",
    "COMMENT ",
    "USE x;",
];

/// Something that breaks things, by a number.
pub(crate) fn debris_at(number: usize) -> &'static str {
    DEBRIS[number % DEBRIS.len()]
}

fn debris() -> impl Strategy<Value = &'static str> {
    prop::sample::select(DEBRIS)
}

/// PROPTEST_CASES tries more of them.
fn config() -> ProptestConfig {
    let given = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        given.cases
    } else {
        1500
    };
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..given
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn broken_text_loses_no_table_silently(
        sample in 0..SAMPLES.len(),
        breaks in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, debris()), 1..4),
    ) {
        let (engine, text) = SAMPLES[sample];
        let mut text = text.to_owned();
        for (place, length, what) in breaks {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let from = places[place.index(places.len())];
            let to = text[from..].char_indices().map(|(at, _)| from + at).nth(length).unwrap_or(text.len());
            text.replace_range(from..to, what);
        }
        check(engine, &text)?;
    }

    #[test]
    fn a_text_that_ends_too_early_is_read_so_far(sample in 0..SAMPLES.len(), place in any::<prop::sample::Index>()) {
        let (engine, text) = SAMPLES[sample];
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        check(engine, &text[..places[place.index(places.len())]])?;
    }

    #[test]
    fn no_text_is_too_odd(pieces in prop::collection::vec(prop_oneof![debris().prop_map(str::to_owned), "[a-z ,()]{0,6}",
        Just("CREATE TABLE t ".to_owned()), Just("ALTER TABLE t ADD ".to_owned()), Just("PRIMARY KEY ".to_owned())], 0..40)) {
        let text = pieces.concat();
        for engine in [Engine::Postgres, Engine::MySql, Engine::MariaDb, Engine::Sqlite] {
            let _ = ddl::read(&text, Some(engine));
        }
        let _ = ddl::read(&text, None);
    }
}

#[test]
fn whole_samples_are_read_without_a_word() {
    for (engine, text) in SAMPLES {
        let schema = ddl::read(text, Some(engine)).expect("a schema");
        assert_eq!(schema.warnings, Vec::<String>::new());
        assert_eq!(schema.tables.len(), announced(text), "{engine}");
        assert_eq!(
            ddl::read(text, None).expect("a schema").engine,
            engine,
            "the text tells its engine"
        );
    }
}

#[test]
fn files_that_are_no_text_are_refused() {
    assert_eq!(ddl::decode(b"PGDMP\x01\x0e"), Err(ddl::DdlError::Archive));
    assert_eq!(ddl::decode(b"SQLite format 3\0\x10"), Err(ddl::DdlError::Database));
    assert_eq!(ddl::decode(&[0x1f, 0x8b, 8]), Err(ddl::DdlError::Packed));
    assert_eq!(
        ddl::decode(&[0xff, 0xfe, b'a', 0, 0x3d, 0xd8, 0, 0xde]).expect("UTF-16"),
        "a\u{1f600}"
    );
    assert!(matches!(
        ddl::read("SELECT 1;", Some(Engine::MySql)),
        Err(ddl::DdlError::NoTables { engine: Engine::MySql })
    ));
}
