//! What each engine makes of its own words.

use exodus_schema::model::Deferral;
use exodus_schema::{Engine, Kind};

use super::{arrows, columns, names, read, read_with_warnings, table, unique};

#[test]
fn types_are_spelled_as_the_catalogue_prints_them() {
    let postgres = [
        ("int4", "integer", Kind::Integer),
        ("varchar(40)", "character varying(40)", Kind::Text),
        ("CHAR", "character(1)", Kind::Text),
        ("national character varying (5)", "character varying(5)", Kind::Text),
        ("\"char\"", "\"char\"", Kind::Text),
        ("decimal(10, 2)", "numeric(10,2)", Kind::Decimal),
        ("numeric(5)", "numeric(5,0)", Kind::Decimal),
        ("float(10)", "real", Kind::Float),
        ("timestamptz(3)", "timestamp(3) with time zone", Kind::Timestamp),
        (
            "timestamp (3) with time zone",
            "timestamp(3) with time zone",
            Kind::Timestamp,
        ),
        ("time", "time without time zone", Kind::Time),
        ("interval day to second(3)", "interval day to second(3)", Kind::Interval),
        ("bool", "boolean", Kind::Boolean),
        ("bit", "bit(1)", Kind::Bits),
        ("int[][3]", "integer[]", Kind::Array),
        ("text ARRAY[4]", "text[]", Kind::Array),
        ("pg_catalog.int8", "bigint", Kind::Integer),
        ("mood", "public.mood", Kind::Enum),
        ("\"My Type\"", "public.\"My Type\"", Kind::Other),
        ("address", "public.address", Kind::Other),
        ("geometry(Point,4326)", "public.geometry(Point,4326)", Kind::Geometry),
        ("email", "public.email", Kind::Text),
    ];
    for (written, native, kind) in postgres {
        let text = format!(
            "CREATE TYPE mood AS ENUM ('a'); CREATE TYPE address AS (a int); CREATE DOMAIN email AS varchar(9) NOT NULL;
             CREATE TABLE t (a {written});"
        );
        let schema = read(Engine::Postgres, &text);
        let column = &table(&schema, "t").columns[0];
        assert_eq!((column.native_type.as_str(), column.kind), (native, kind), "{written}");
        assert_eq!(
            column.nullable,
            written != "email",
            "a domain's NOT NULL is the column's"
        );
        assert_eq!(column.text_only, written == "address", "{written}");
    }
    let mysql = [
        ("INTEGER", "int", "int(11)"),
        ("int unsigned", "int unsigned", "int(10) unsigned"),
        ("INT(7)", "int", "int(7)"),
        ("bool", "tinyint(1)", "tinyint(1)"),
        (
            "int(5) zerofill",
            "int(5) unsigned zerofill",
            "int(5) unsigned zerofill",
        ),
        ("dec", "decimal(10,0)", "decimal(10,0)"),
        ("double precision", "double", "double"),
        ("character varying(9)", "varchar(9)", "varchar(9)"),
        ("enum( 'a' , 'b''c' )", "enum('a','b''c')", "enum('a','b''c')"),
        ("year", "year", "year(4)"),
        ("json", "json", "longtext"),
        ("binary", "binary(1)", "binary(1)"),
        ("datetime(6)", "datetime(6)", "datetime(6)"),
    ];
    for (written, on_mysql, on_mariadb) in mysql {
        for (engine, native) in [(Engine::MySql, on_mysql), (Engine::MariaDb, on_mariadb)] {
            let schema = read(engine, &format!("CREATE TABLE t (a {written});"));
            assert_eq!(
                table(&schema, "t").columns[0].native_type,
                native,
                "{written} on {engine}"
            );
        }
    }
}

#[test]
fn an_expression_ends_where_it_ends() {
    let schema = read(
        Engine::Postgres,
        "CREATE TABLE t (a int DEFAULT CASE WHEN (true IS NOT NULL) THEN NULL ELSE 1 END NOT NULL,
            b timestamp without time zone DEFAULT timezone('utc'::text, now()) NOT NULL, c text[] DEFAULT '{}'::text[] COLLATE pg_catalog.\"C\",
            d int GENERATED ALWAYS AS ((a + 1)) STORED, e text DEFAULT NULL::character varying);
         CREATE TABLE nothing ();
         CREATE TABLE itself (id int PRIMARY KEY) PARTITION BY HASH (id);
         ALTER TABLE itself RENAME COLUMN id TO id;",
    );
    let t = table(&schema, "t");
    let defaults: Vec<_> = t
        .columns
        .iter()
        .map(|column| column.default.as_deref().unwrap_or("none"))
        .collect();
    assert_eq!(
        defaults,
        [
            "CASE WHEN (true IS NOT NULL) THEN NULL ELSE 1 END",
            "timezone('utc'::text, now())",
            "'{}'::text[]",
            "none",
            "NULL::character varying",
        ]
    );
    assert!(!t.columns[0].nullable && !t.columns[1].nullable);
    assert_eq!(t.columns[2].collation.as_deref(), Some("\"C\""));
    assert_eq!(
        t.columns[3].generated.as_ref().expect("generated").expression,
        "(a + 1)"
    );
    assert!(table(&schema, "nothing").columns.is_empty());
}

#[test]
fn a_dump_of_mysql_is_read_through_its_comments() {
    let dump = "/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `c`;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `c` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `p_id` int DEFAULT NULL COMMENT 'who''s; \\\"it\\\"',
  `e` enum('a)','b,c') CHARACTER SET latin1 NOT NULL DEFAULT 'a)',
  `g` varchar(9) GENERATED ALWAYS AS (concat(`e`,_utf8mb4'x')) STORED,
  `h` int DEFAULT '4' /*!80023 INVISIBLE */,
  `u` timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  `x` varchar(36) DEFAULT (uuid()),
  PRIMARY KEY (`id`),
  UNIQUE KEY `u` (`e`,`g`(3)),
  KEY `p` (`p_id`) USING BTREE /*!80000 INVISIBLE */,
  FULLTEXT KEY `f` (`g`),
  KEY `fn` ((lower(`g`))),
  CONSTRAINT `c_ibfk_1` FOREIGN KEY (`p_id`) REFERENCES `p` (`id`) ON DELETE CASCADE
) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='x'
/*!50100 PARTITION BY HASH (`id`) PARTITIONS 2 */;
INSERT INTO `c` VALUES (1,'; CREATE TABLE nope (a int);');
CREATE TABLE `p` (`id` int NOT NULL, PRIMARY KEY (`id`)) ENGINE=InnoDB;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`%`*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `c` FOR EACH ROW BEGIN
 IF NEW.h > 1 THEN SET NEW.h = 1; END IF;
END */;;
DELIMITER ;
";
    let schema = read_with_warnings(Engine::MySql, dump);
    assert_eq!(names(&schema), ["c", "p"]);
    let c = table(&schema, "c");
    assert_eq!(c.columns[1].comment.as_deref(), Some("who's; \"it\""));
    assert_eq!(c.columns[2].collation.as_deref(), Some("latin1_swedish_ci"));
    assert_eq!(c.columns[2].default.as_deref(), Some("a)"));
    assert_eq!(
        c.columns[3].generated.as_ref().expect("generated").expression,
        r"concat(`e`,_utf8mb4\'x\')"
    );
    assert!(c.columns[4].invisible);
    assert_eq!(c.columns[6].default.as_deref(), Some("uuid()"));
    assert_eq!(unique(c), ["u(e,g)?"]);
    // Neither what is invisible, nor a full text, nor an expression.
    assert_eq!(c.indexes, [vec!["e".to_owned()], vec!["id".to_owned()]]);
    assert_eq!(c.partitions.len(), 2);
    assert_eq!(c.relations.len(), 0, "a partitioned table has none");
    assert_eq!(schema.warnings.len(), 1, "{:?}", schema.warnings);
    assert_eq!(
        c.triggers[0].body,
        "BEGIN\n IF NEW.h > 1 THEN SET NEW.h = 1; END IF;\nEND"
    );
}

#[test]
fn references_behind_a_column_count_where_the_server_counts_them() {
    let sql = "CREATE TABLE p (id int primary key); CREATE TABLE c (p_id int references p(id));";
    assert_eq!(
        arrows(table(&read(Engine::MariaDb, sql), "c")),
        ["c_ibfk_1: p_id -> p(id)"]
    );
    assert_eq!(
        arrows(table(&read(Engine::Sqlite, sql), "c")),
        ["c_p_id_fkey: p_id -> p(id)"]
    );
    let mysql = read_with_warnings(Engine::MySql, sql);
    assert_eq!(arrows(table(&mysql, "c")), Vec::<String>::new());
    assert!(mysql.warnings[0].contains("ignores REFERENCES"), "{:?}", mysql.warnings);
    let nine = format!("-- MySQL dump 10.13\n-- Server version\t9.1.0\n{sql}");
    let nine = exodus_schema::ddl::read(&nine, None).expect("a schema");
    assert_eq!(arrows(table(&nine, "c")), ["c_ibfk_1: p_id -> p(id)"]);
}

#[test]
fn tables_without_foreign_keys_get_none() {
    let schema = read_with_warnings(
        Engine::MariaDb,
        "CREATE TABLE p (id int primary key);
         CREATE TABLE c (p_id int, foreign key (p_id) references p (id)) ENGINE=MyISAM;
         CREATE TABLE d (p_id int, key (p_id), foreign key (p_id) references p (id));
         CREATE TABLE e (p_id int, x int, foreign key fk (p_id) references P (ID));",
    );
    assert_eq!(table(&schema, "c").relations.len(), 0);
    assert!(
        schema.warnings[0].starts_with("line 2: c is of engine MyISAM"),
        "{:?}",
        schema.warnings
    );
    assert_eq!(table(&schema, "d").indexes.len(), 1, "the one it has is enough");
    assert_eq!(arrows(table(&schema, "e")), ["fk: p_id -> p(id)"]);
    assert_eq!(table(&schema, "e").indexes.len(), 1, "it gets one");
}

#[test]
fn sqlite_row_ids_affinities_and_automatic_indexes() {
    let schema = read(
        Engine::Sqlite,
        "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT UNIQUE COLLATE NOCASE, c, UNIQUE (b, c), UNIQUE (c, b));
         CREATE TABLE b (id int primary key, x UNSIGNED BIG INT, y AS (x + 1) STORED CHECK (y > 0) UNIQUE, UNIQUE (x) UNIQUE (x));
         CREATE TABLE c (id TEXT, n INTEGER, PRIMARY KEY (id, n), FOREIGN KEY (n) REFERENCES A DEFERRABLE INITIALLY DEFERRED) WITHOUT ROWID;
         CREATE TABLE [d e] ('id' integer primary key desc, \"k\" int not null, key text) STRICT;
         CREATE TABLE e (id INTEGER UNIQUE PRIMARY KEY, x DEFAULT ( 1 + 1 ), y DEFAULT -1, z DEFAULT 'a');
         CREATE VIRTUAL TABLE f USING fts5(x); CREATE TABLE 'f_data'(id INTEGER PRIMARY KEY, block BLOB);
         CREATE TABLE sqlite_sequence(name,seq);
         CREATE TRIGGER IF NOT EXISTS main.t AFTER UPDATE OF b ON A WHEN new.b > 0 BEGIN UPDATE a SET c = CASE WHEN 1 THEN 2 END; DELETE FROM b; END;",
    );
    assert_eq!(
        names(&schema),
        ["a", "b", "c", "\"d e\"", "e"].map(|name| name.trim_matches('"'))
    );
    let a = table(&schema, "a");
    assert_eq!(columns(a), ["id INTEGER!", "b TEXT", "c "]);
    assert_eq!(
        unique(a),
        [
            "sqlite_autoindex_a_1(b)",
            "sqlite_autoindex_a_2(b,c)",
            "sqlite_autoindex_a_3(c,b)"
        ]
    );
    assert_eq!(a.columns[1].collation.as_deref(), Some("NOCASE"));
    assert_eq!(
        a.triggers[0].body,
        "CREATE TRIGGER t AFTER UPDATE OF b ON A WHEN new.b > 0 BEGIN UPDATE a SET c = CASE WHEN 1 THEN 2 END; DELETE FROM b; END"
    );
    let b = table(&schema, "b");
    assert_eq!(columns(b), ["id INT", "x UNSIGNED BIG INT", "y "], "a key may be NULL");
    assert_eq!(unique(b), ["sqlite_autoindex_b_2(y)", "sqlite_autoindex_b_3(x)"]);
    let c = table(&schema, "c");
    assert_eq!(columns(c), ["id TEXT!", "n INTEGER!"]);
    assert_eq!(arrows(c), ["c_n_fkey: n -> a(id)"]);
    assert_eq!(c.relations[0].deferral, Deferral::InitiallyDeferred);
    let d = table(&schema, "d e");
    assert_eq!(d.columns[0].generator, None, "DESC is no row id");
    assert_eq!(columns(d), ["id INTEGER!", "k INT!", "key TEXT"]);
    let defaults: Vec<_> = table(&schema, "e")
        .columns
        .iter()
        .map(|column| column.default.clone())
        .collect();
    assert_eq!(
        defaults,
        [None, Some("1 + 1".into()), Some("-1".into()), Some("'a'".into())]
    );
}

#[test]
fn names_of_every_kind() {
    let schema = read(
        Engine::Postgres,
        "CREATE TABLE \"Mixed \"\"Case\"\".x\" (\"a b\" int PRIMARY KEY, Über int, \"key\" text, index int, comment text, check_ int);
         CREATE TABLE s.UPPER (\"select\" int REFERENCES \"Mixed \"\"Case\"\".x\" (\"a b\"));
         SET search_path = s, public;
         CREATE TABLE t (u int REFERENCES upper);
         ALTER TABLE ONLY upper ADD CONSTRAINT \"P K\" PRIMARY KEY (\"select\");
         SELECT pg_catalog.set_config('search_path', '', false);
         CREATE TABLE U&\"\\0041b\" (a int);",
    );
    let mixed = table(&schema, "Mixed \"Case\".x");
    assert_eq!(mixed.columns[1].name, "Über");
    assert_eq!(mixed.columns.len(), 6);
    assert_eq!(arrows(table(&schema, "s.t")), ["t_u_fkey: u -> upper(select)"]);
    table(&schema, "public.Ab");
}

#[test]
fn labels_of_types_are_read_with_what_becomes_of_them() {
    let schema = read(
        Engine::Postgres,
        "CREATE TYPE public.mood AS ENUM ('sad', 'it''s, well', 'happy');
         ALTER TYPE mood ADD VALUE IF NOT EXISTS 'sad';
         ALTER TYPE mood ADD VALUE 'angry' BEFORE 'sad';
         ALTER TYPE mood ADD VALUE 'fine' AFTER 'sad';
         ALTER TYPE mood ADD VALUE 'glad';
         ALTER TYPE mood RENAME VALUE 'happy' TO 'Happy';
         CREATE TYPE \"Odd\".\"Mood\" AS ENUM ('a');
         CREATE TABLE t (m mood, o \"Odd\".\"Mood\");",
    );
    let types: Vec<&str> = schema.tables[0]
        .columns
        .iter()
        .map(|column| &*column.native_type)
        .collect();
    assert_eq!(
        schema.enums[types[0]],
        ["angry", "sad", "fine", "it's, well", "Happy", "glad"]
    );
    assert_eq!(schema.enums[types[1]], ["a"]);
}
