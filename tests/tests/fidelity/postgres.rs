//! PostgreSQL's types and their values. A value is the text that the type reads; with `=` before it, an expression.

use crate::case::{Table, named};

/// Every type of `pg_type` that a column can have, arrays aside: those are made of these. The list is held against the
/// catalogue by [`crate::catalogue`].
pub(crate) const TYPES: &[(&str, &[&str])] = &[
    ("boolean", &["true", "false"]),
    ("smallint", &["-32768", "32767", "0", "-1"]),
    ("integer", &["-2147483648", "2147483647", "0", "-1"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807", "0", "-1"]),
    ("oid", &["0", "4294967295", "1"]),
    (
        "real",
        &[
            "0",
            "-0",
            "NaN",
            "Infinity",
            "-Infinity",
            "1e-45",
            "-3.4028235e38",
            "0.1",
            "16777217",
        ],
    ),
    (
        "double precision",
        &[
            "0",
            "-0",
            "NaN",
            "Infinity",
            "-Infinity",
            "5e-324",
            "2.2250738585072014e-308",
            "-1.7976931348623157e308",
            "0.1",
            "9007199254740993",
            "0.30000000000000004",
        ],
    ),
    (
        "numeric",
        &[
            "NaN",
            "Infinity",
            "-Infinity",
            "0",
            "-0.00",
            "1e-16383",
            "=('1'||repeat('0',131071))::numeric",
            "=(repeat('9',131072)||'.'||repeat('7',16383))::numeric",
            "1.50",
            "1.5",
            "-12345678901234567890.12345678901234567890",
        ],
    ),
    (
        "numeric(65,30)",
        &[
            "12345678901234567890123456789012345.123456789012345678901234567890",
            "-0.1",
            "NaN",
        ],
    ),
    ("numeric(1000,-3)", &["123456", "-1500"]),
    (
        "money",
        &["-92233720368547758.08", "92233720368547758.07", "0", "-0.01"],
    ),
    (
        "text",
        &[
            "",
            " ",
            "\\N",
            "\\.",
            "\\\\",
            "a\tb\nc\r\\d\u{8}\u{c}\u{b}",
            "\u{1}\u{7f}é😀\u{10ffff}\u{feff}",
            "NULL",
            "null",
            "\"'`",
            "=repeat('é😀x', 400000)",
            "=(SELECT string_agg(chr(n), '') FROM generate_series(1, 2047) n)",
            "e\u{301}",
            "\u{202e}",
        ],
    ),
    ("varchar(5)", &["", "äöüßx", "  a  ", "😀😀😀😀😀"]),
    ("varchar", &["", "x"]),
    ("char(5)", &["", "ab", "é    ", "😀"]),
    ("char(1)", &[" ", "x"]),
    ("\"char\"", &["x", "", "\\"]),
    ("name", &["a name", "\"Quoted\"", "", "=repeat('n', 63)"]),
    (
        "bytea",
        &[
            "\\x",
            "\\x00",
            "\\x5c2e0a",
            "=(SELECT decode(string_agg(lpad(to_hex(n), 2, '0'), ''), 'hex') FROM generate_series(0, 255) n)",
            "=decode(repeat('00ff5c0a', 300000), 'hex')",
        ],
    ),
    (
        "date",
        &[
            "infinity",
            "-infinity",
            "4714-11-24 BC",
            "0001-12-31 BC",
            "5874897-12-31",
            "2000-02-29",
            "1970-01-01",
        ],
    ),
    ("time", &["00:00:00", "24:00:00", "23:59:59.999999"]),
    ("time(0)", &["23:59:60"]),
    (
        "time with time zone",
        &["00:00:00+15:59:59", "24:00:00-15:59:59", "12:00:00.000001+05:45"],
    ),
    (
        "timestamp",
        &[
            "infinity",
            "-infinity",
            "4714-11-24 00:00:00 BC",
            "0044-03-15 12:00 BC",
            "294276-12-31 23:59:59.999999",
            "1999-12-31 23:59:59.999999",
        ],
    ),
    ("timestamp(3)", &["2024-01-02 03:04:05.678"]),
    (
        "timestamp with time zone",
        &[
            "infinity",
            "-infinity",
            "4714-11-24 00:00:00+00 BC",
            "294276-12-31 23:59:59.999999+00",
            "2024-03-31 02:30:00 Europe/Berlin",
            "2024-10-27 02:30:00+02",
            "2024-10-27 02:30:00+01",
            "1883-11-18 12:03:57 America/New_York",
        ],
    ),
    (
        "interval",
        &[
            "178000000 years",
            "-178000000 years",
            "-1 mon +2 days -03:04:05.000006",
            "1 mon -1 day",
            "00:00:00",
            "-00:00:00.000001",
            "2147483647 days",
            "1 year 2 mons 3 days 04:05:06.789",
            "24:00:00",
            "30 days",
        ],
    ),
    ("interval day to second(2)", &["-99 days 23:59:59.99"]),
    ("interval year to month", &["-1 year 1 month"]),
    (
        "uuid",
        &[
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "6f1c7a34-11d2-4d70-9a9e-0242ac120002",
        ],
    ),
    (
        "json",
        &[
            "null",
            "{\"b\" : 1, \"a\":1e400, \"a\":2}",
            "\"\\u0041\\n\\u0000\"",
            "[12345678901234567890.10]",
            "  { }  ",
            "=(repeat('[', 5000) || repeat(']', 5000))::json",
            "-0",
            "1.10",
            "\"\\ud83d\\ude00 😀\"",
        ],
    ),
    (
        "jsonb",
        &[
            "null",
            "{\"b\": 1, \"a\": 1e400}",
            "[1.0, 1.00, \"\\\"\"]",
            "[12345678901234567890.12345678901234567890, -0, 0.1]",
            "{}",
            "[]",
            "\"😀\\u0041\\\\\"",
            "=(repeat('[', 5000) || repeat(']', 5000))::jsonb",
            "{\"\": {\"\": null}}",
        ],
    ),
    (
        "jsonpath",
        &["$.a[*] ? (@ > 1)", "strict $.\"a b\"[last]", "$.keyvalue().key"],
    ),
    (
        "xml",
        &[
            "<a>b</a>",
            "fragment <b/> of two",
            "<?xml version=\"1.0\" standalone=\"yes\"?><a>é</a>",
            "<?xml version=\"1.0\"?><a/>",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>é😀</a>",
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>é</a>",
            "",
            "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>",
            "<a><![CDATA[<&>]]>\r\n\t</a>",
            "\n<a/>",
        ],
    ),
    ("bit(3)", &["101", "000"]),
    (
        "bit(64)",
        &["1000000000000000000000000000000000000000000000000000000000000001"],
    ),
    (
        "bit varying(70)",
        &[
            "",
            "1",
            "1010101010101010101010101010101010101010101010101010101010101010101",
        ],
    ),
    ("bit varying", &["0", "=repeat('10', 50000)::bit varying"]),
    (
        "inet",
        &["192.168.0.1/24", "::1", "fe80::1/64", "0.0.0.0/0", "::ffff:1.2.3.4"],
    ),
    ("cidr", &["10.0.0.0/8", "2001:db8::/32", "::/0"]),
    ("macaddr", &["08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"]),
    ("macaddr8", &["08:00:2b:01:02:03:04:05"]),
    ("point", &["(-0,1e300)", "(NaN,Infinity)", "(0.1,0.30000000000000004)"]),
    ("line", &["{1,-1,0.1}", "{0,1,-0}"]),
    ("lseg", &["[(0,0),(1,1)]"]),
    ("box", &["(1,1),(0,0)", "(Infinity,1),(-Infinity,0)"]),
    ("path", &["((0,0),(1,1))", "[(0,0),(1,1)]"]),
    ("polygon", &["((0,0),(1,1),(1,0))"]),
    ("circle", &["<(0.1,0.2),0.3>", "<(0,0),0>"]),
    (
        "tsvector",
        &[
            "'fat':2B,4C 'it''s':1A",
            "",
            "'\\\\':16383",
            "=(SELECT string_agg('w' || n || ':' || n, ' ') FROM generate_series(1, 3000) n)::tsvector",
        ],
    ),
    ("tsquery", &["'fat' & ( 'rat' | !'cat':AB* )", "'a' <2> 'b'", ""]),
    ("pg_lsn", &["16/B374D848", "0/0", "FFFFFFFF/FFFFFFFF"]),
    ("xid", &["0", "3", "4294967295"]),
    ("cid", &["3", "4294967295"]),
    ("tid", &["(0,0)", "(4294967295,65535)"]),
    ("xid8", &["0", "18446744073709551615"]),
    ("pg_snapshot", &["10:20:10,14,15"]),
    ("txid_snapshot", &["10:20:10,14,15"]),
    ("refcursor", &["c", ""]),
    ("oidvector", &["1 2 4294967295", ""]),
    ("int2vector", &["1 -2", ""]),
    ("aclitem", &["pg_monitor=r/pg_monitor"]),
    (
        "regclass",
        &[
            "pg_catalog.pg_class",
            "public.elsewhere",
            "public.\"Odd, \"\"one\"",
            "-",
            "4294967295",
        ],
    ),
    (
        "regtype",
        &["public.mood", "integer", "timestamp with time zone[]", "-"],
    ),
    ("regproc", &["pg_catalog.now", "public.twice", "-"]),
    (
        "regprocedure",
        &["pg_catalog.abs(integer)", "public.twice(public.mood)", "-"],
    ),
    ("regoper", &["pg_catalog.||/", "0"]),
    ("regoperator", &["pg_catalog.+(integer,integer)", "0"]),
    ("regrole", &["pg_monitor", "-"]),
    ("regnamespace", &["public", "\"Other schema\"", "-"]),
    ("regconfig", &["simple", "pg_catalog.english", "-"]),
    ("regdictionary", &["simple", "-"]),
    ("regcollation", &["\"C\"", "public.loose", "-"]),
    ("int4range", &["empty", "[1,5)", "(,)", "[3,)"]),
    ("int8range", &["[-9223372036854775808,9223372036854775807)"]),
    ("numrange", &["(0.10,NaN]", "[1.0,1.00]", "(-Infinity,Infinity)"]),
    ("tsrange", &["[-infinity,infinity]", "[2024-01-01 00:00:00,)"]),
    ("tstzrange", &["[2024-01-01 00:00:00+00,2024-01-02 00:00:00+00)"]),
    ("daterange", &["[0044-03-15 BC,2024-01-01)", "[-infinity,infinity)"]),
    ("int4multirange", &["{}", "{[1,3),[7,9)}"]),
    ("int8multirange", &["{[1,3),[7,)}"]),
    ("nummultirange", &["{[1.0,1.50],(2,)}"]),
    ("tsmultirange", &["{[2024-01-01 00:00:00,)}"]),
    ("tstzmultirange", &["{[2024-01-01 00:00:00+00,)}"]),
    ("datemultirange", &["{[2024-01-01,2024-01-02)}"]),
];

/// Types that a user has made, or that an extension brings.
pub(crate) const OWN_TYPES: &[(&str, &[&str])] = &[
    ("public.mood", &["sad", "very, \"happy\"\tindeed", "", "😀"]),
    ("public.positive", &["1", "99"]),
    ("public.must", &["=7"]),
    ("public.shout", &["LOUD", "=chr(201)"]),
    ("public.mood_domain", &["sad"]),
    ("public.ints", &["{1,NULL,3}", "{}"]),
    ("public.moods_of", &["{sad,NULL}"]),
    // A declaration that names an encoding, or nothing but the version, is lost in a domain and in an array.
    (
        "public.xml_domain",
        &["<?xml version=\"1.0\" standalone=\"yes\"?><a>é</a>"],
    ),
    ("public.pair", &["(,)", "(1,\"a,\\\"b\\\\\\\\c\n\td\")", "(,\"\")"]),
    ("public.pair_domain", &["(2,b)"]),
    ("public.nested", &["(\"(1,x)\",\"{sad}\",1)", "(,,)"]),
    ("public.empty", &["()"]),
    ("public.moods", &["[sad,)", "empty"]),
    ("public.moods_m", &["{[sad,sad]}", "{}"]),
    ("public.float8s", &["[0.1,0.30000000000000004)", "[-Infinity,Infinity]"]),
    ("public.citext", &["MiXed", "É", ""]),
    ("public.hstore", &["a=>1, \"b c\"=>NULL, \"\"=>\"\"", ""]),
    ("public.ltree", &["a.b.c"]),
    ("public.lquery", &["*.a|b@.!c.*{1,2}"]),
    ("public.cube", &["(0.1,2),(3,4)", "(1)"]),
    ("public.seg", &["1.50(+-)0.20", "<1.0"]),
    ("public.isbn13", &["978-0-393-04002-9"]),
    ("public.query_int", &["1&(2|!3)"]),
    ("information_schema.sql_identifier", &["name"]),
];

/// Objects of both databases, before their tables.
pub(crate) const SETUP: &str = r#"
    CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE EXTENSION cube; CREATE EXTENSION seg; CREATE EXTENSION isn; CREATE EXTENSION intarray;
    CREATE TYPE public.mood AS ENUM ('sad', 'very, "happy"	indeed', '', '😀');
    CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0);
    CREATE DOMAIN public.must AS integer NOT NULL;
    CREATE DOMAIN public.shout AS text CHECK (VALUE = upper(VALUE));
    CREATE DOMAIN public.mood_domain AS public.mood;
    CREATE DOMAIN public.ints AS integer[];
    CREATE DOMAIN public.moods_of AS public.mood[];
    CREATE DOMAIN public.xml_domain AS xml;
    CREATE TYPE public.pair AS (n integer, t text);
    CREATE TYPE public.nested AS (p public.pair, m public.mood[], d public.positive);
    CREATE TYPE public.empty AS ();
    CREATE DOMAIN public.pair_domain AS public.pair;
    CREATE TYPE public.moods AS RANGE (SUBTYPE = public.mood, MULTIRANGE_TYPE_NAME = public.moods_m);
    CREATE TYPE public.float8s AS RANGE (SUBTYPE = float8);
    CREATE TABLE public.elsewhere (id int);
    CREATE TABLE public."Odd, ""one" (id int);
    CREATE SCHEMA "Other schema";
    CREATE FUNCTION public.twice(public.mood) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text || $1::text';
    CREATE COLLATION public.loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
"#;

/// What has to differ between the object ids of two databases.
pub(crate) const FIRST_ON_TARGET: &str =
    "CREATE TYPE public.first AS (a int); CREATE TYPE public.second AS ENUM ('x'); CREATE TABLE public.third (a int);";

/// Tables of more than one column, or with something else to them: columns, those that are inserted into, rows.
const SPECIAL: &[(&str, &str, &str, &[&str])] = &[
    (
        "generated_stored",
        "a int, b text, g1 int GENERATED ALWAYS AS (a * 2) STORED, g2 text GENERATED ALWAYS AS (upper(b)) STORED, g3 aclitem GENERATED ALWAYS AS ((acldefault('r', 10::oid))[1]) STORED",
        "a, b",
        &["1, 'é'", "NULL, NULL", "-1073741824, ''"],
    ),
    (
        "identity_always",
        "a int GENERATED ALWAYS AS IDENTITY, b text",
        "a, b",
        &["0, 'x'", "-5, 'y'", "2147483647, NULL"],
    ),
    (
        "identity_by_default",
        "a smallint GENERATED BY DEFAULT AS IDENTITY, b text",
        "a, b",
        &["0, 'x'", "-5, 'y'"],
    ),
    (
        "serials",
        "a bigserial, b text DEFAULT 'else'",
        "a, b",
        &["0, NULL", "9223372036854775806, ''"],
    ),
    (
        "collations",
        r#"a text COLLATE "C", b text COLLATE public.loose, c varchar(9) COLLATE "POSIX", d public.citext COLLATE "C""#,
        "a, b, c, d",
        &["'A', 'Á', 'z', 'Q'", "'a', 'a', 'Z', 'q'", "'', '', '', ''"],
    ),
    (
        "bounds",
        "a int[], b text[], c int[][], d text[3]",
        "a, b, c, d",
        &[
            "'[0:1]={5,NULL}', '[-3:-2][2:3]={{a,NULL},{\"NULL\",\"\"}}', '[5:5][1:2]={{1,2}}', '{a,b,c,d}'",
            "'{}', '{\"a\\\\b\\\"c,{}\n\"}', '{}', NULL",
            "'[2147483646:2147483646]={1}', NULL, NULL, '{}'",
        ],
    ),
    (
        "spaces",
        r#""a b" text, "Ä" int, "select" int, "x""y" int, "😀" text"#,
        r#""a b", "Ä", "select", "x""y", "😀""#,
        &["'a', 1, 2, 3, 'b'"],
    ),
    (
        "many",
        "LIKE public.every_kind_of",
        "i, t, b, p",
        &["1, 'x', '\\x00', '(1,a)'", "NULL, NULL, NULL, NULL"],
    ),
];

/// Every table for a server of this major version.
pub(crate) fn tables(version: u32) -> Vec<Table> {
    let mut tables: Vec<Table> = vec![];
    for (at, (name, values)) in TYPES.iter().chain(OWN_TYPES).enumerate() {
        let nullable = *name != "public.must";
        let rows = values.iter().map(|value| literal(value, name));
        let rows = rows.chain(nullable.then(|| "NULL".to_owned()));
        tables.push(Table::new(format!("t{at}"), name, "v", rows));
        if *name != "public.must" {
            tables.push(Table::new(
                format!("a{at}"),
                &format!("{}[]", name),
                "v",
                arrays(name, values),
            ));
        }
    }
    tables.push(composite());
    tables.push(wide());
    for (name, columns, insert, rows) in SPECIAL {
        tables.push(named(name, columns, insert, rows));
    }
    if version >= 18 {
        tables.push(named(
            "generated_virtual",
            "a int, g int GENERATED ALWAYS AS (a + 1) VIRTUAL",
            "a",
            &["1", "NULL"],
        ));
        tables.push(named("endless", "v interval", "v", &["'infinity'", "'-infinity'"]));
    }
    tables
}

/// Arrays with all of the type's values, none, and several dimensions.
fn arrays(name: &str, values: &[&str]) -> Vec<String> {
    let literals: Vec<String> = values.iter().map(|value| literal(value, name)).collect();
    let mut rows = vec!["NULL".to_owned(), "'{}'".to_owned()];
    if let (Some(first), Some(last)) = (literals.first(), literals.last())
        // There ARRAY[…] of these would be one with another dimension.
        && !is_array(name)
    {
        let array = format!("{}[]", name);
        rows.push(format!("ARRAY[{}, NULL]::{array}", literals.join(", ")));
        rows.push(format!("ARRAY[ARRAY[{first}, NULL], ARRAY[{last}, {first}]]::{array}"));
    } else if name.ends_with("vector") && is_array(name) {
        rows.push("'{\"1 2\",\"\",NULL}'".to_owned());
    }
    rows
}

fn is_array(name: &str) -> bool {
    matches!(name, "public.ints" | "public.moods_of" | "oidvector" | "int2vector")
}

/// The types that a composite and a table of all types are made of.
fn usual() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let all = TYPES.iter().chain(OWN_TYPES);
    all.filter(|(name, values)| !values.is_empty() && *name != "public.must")
        .copied()
}

/// All types in one value.
fn composite() -> Table {
    let fields = |at: usize| {
        let row: Vec<String> = usual()
            .map(|(name, values)| {
                values
                    .get(at)
                    .map_or_else(|| "NULL".to_owned(), |value| literal(value, name))
            })
            .collect();
        format!("ROW({})::public.every", row.join(", "))
    };
    let rows = (0..4).map(fields).chain(["NULL".to_owned()]);
    Table::new("composite".to_owned(), "public.every", "v", rows.collect::<Vec<_>>())
}

/// All types in one table, which for the sake of some of them travels as text.
fn wide() -> Table {
    let columns: Vec<String> = usual()
        .enumerate()
        .map(|(at, (name, _))| format!("c{at} {name}"))
        .collect();
    let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
    let row = |at: usize| {
        let row: Vec<String> = usual()
            .map(|(name, values)| {
                values
                    .get(at)
                    .map_or_else(|| "NULL".to_owned(), |value| literal(value, name))
            })
            .collect();
        row.join(", ")
    };
    Table {
        name: "wide".to_owned(),
        columns: columns.join(", "),
        insert: names.join(", "),
        rows: (0..11).map(row).collect(),
    }
}

/// The composite's type, and the table whose columns another one takes over.
pub(crate) fn setup() -> String {
    let fields: Vec<String> = usual()
        .enumerate()
        .map(|(at, (name, _))| format!("f{at} {name}"))
        .collect();
    format!(
        "{SETUP} CREATE TYPE public.every AS ({}); CREATE TABLE public.every_kind_of (i int, t text, dropped int, b bytea, p public.pair);
         ALTER TABLE public.every_kind_of DROP COLUMN dropped;",
        fields.join(", ")
    )
}

fn literal(value: &str, name: &str) -> String {
    match value.strip_prefix('=') {
        Some(expression) => format!("({expression})::{name}"),
        None => format!("'{}'::{name}", value.replace('\'', "''")),
    }
}
