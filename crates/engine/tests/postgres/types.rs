//! Every type, at its ends.

use exodus_engine::{Format, Select};
use exodus_schema::Column;

use crate::support::{Db, column, copy, digest, is_at_least, on_servers, run, server, table, text_only};

/// Columns whose binary form is the same everywhere.
const PLAIN: &[(&str, &[&str])] = &[
    ("boolean", &["true", "false"]),
    ("smallint", &["-32768", "32767", "0"]),
    ("integer", &["-2147483648", "2147483647"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807"]),
    ("oid", &["0", "4294967295"]),
    (
        "real",
        &["NaN", "Infinity", "-Infinity", "-0", "1e-45", "3.4028235e38", "0.1"],
    ),
    (
        "double precision",
        &["NaN", "Infinity", "-0", "5e-324", "1.7976931348623157e308", "0.1"],
    ),
    (
        "numeric",
        &[
            "NaN",
            "1e-16383",
            "-0.00",
            "123456789012345678901234567890.123456789000",
        ],
    ),
    (
        "numeric(40,3)",
        &["-9999999999999999999999999999999999999.999", "0.100"],
    ),
    ("money", &["-92233720368547758.08", "92233720368547758.07"]),
    (
        "text",
        &["", "\\N", "\\.", "a\tb\nc\r\\d", "\u{1}\u{7f}é😀\u{10ffff}", "NULL"],
    ),
    ("varchar(5)", &["", "äöüßx", "  a  "]),
    ("char(5)", &["", "ab", "é    "]),
    ("\"char\"", &["x", ""]),
    ("name", &["a name", "\"Quoted\""]),
    ("bytea", &["\\x", "\\x00ff5c0a090d", "\\x5c2e0a"]),
    (
        "date",
        &["infinity", "-infinity", "4713-11-24 BC", "5874897-12-31", "2000-02-29"],
    ),
    ("time", &["00:00:00", "24:00:00", "23:59:59.999999"]),
    (
        "time with time zone",
        &["00:00:00+15:59:59", "24:00:00-15:59:59", "12:00:00.000001+05:45"],
    ),
    (
        "timestamp",
        &[
            "infinity",
            "-infinity",
            "4713-11-24 00:00:00 BC",
            "294276-12-31 23:59:59.999999",
        ],
    ),
    (
        "timestamp with time zone",
        &[
            "infinity",
            "4714-11-24 00:00:00+00 BC",
            "2024-03-31 02:30:00 Europe/Berlin",
        ],
    ),
    (
        "interval",
        &[
            "178000000 years",
            "-1 mon +2 days -03:04:05.000006",
            "1 mon -1 day",
            "00:00:00",
        ],
    ),
    ("interval day to second(2)", &["-99 days 23:59:59.99"]),
    (
        "uuid",
        &[
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ],
    ),
    (
        "json",
        &[
            "null",
            "{\"b\" : 1, \"a\":1e400, \"a\":2}",
            "\"\\u0041\\n\"",
            "[12345678901234567890.10]",
        ],
    ),
    ("jsonb", &["null", "{\"b\": 1, \"a\": 1e400}", "[1.0, 1.00, \"\\\"\"]"]),
    ("jsonpath", &["$.a[*] ? (@ > 1)"]),
    (
        "xml",
        &[
            "<a>b</a>",
            "fragment <b/> of two",
            "<?xml version=\"1.0\" standalone=\"yes\"?><a>é</a>",
        ],
    ),
    ("bit(3)", &["101", "000"]),
    (
        "bit varying(70)",
        &[
            "",
            "1",
            "1010101010101010101010101010101010101010101010101010101010101010101",
        ],
    ),
    ("inet", &["192.168.0.1/24", "::1", "fe80::1/64"]),
    ("cidr", &["10.0.0.0/8", "2001:db8::/32"]),
    ("macaddr", &["08:00:2b:01:02:03"]),
    ("macaddr8", &["08:00:2b:01:02:03:04:05"]),
    ("point", &["(-0,1e300)", "(NaN,Infinity)"]),
    ("line", &["{1,-1,0.1}"]),
    ("lseg", &["[(0,0),(1,1)]"]),
    ("box", &["(1,1),(0,0)"]),
    ("path", &["((0,0),(1,1))", "[(0,0),(1,1)]"]),
    ("polygon", &["((0,0),(1,1),(1,0))"]),
    ("circle", &["<(0.1,0.2),0.3>"]),
    ("tsvector", &["'fat':2B,4C 'it''s':1A", ""]),
    ("tsquery", &["'fat' & ( 'rat' | !'cat':AB* )", "'a' <2> 'b'"]),
    ("pg_lsn", &["16/B374D848", "0/0"]),
    ("xid", &["3"]),
    ("cid", &["3"]),
    ("tid", &["(1,2)"]),
    ("xid8", &["18446744073709551615"]),
    ("pg_snapshot", &["10:20:10,14,15"]),
    ("int4range", &["empty", "[1,5)", "(,)", "[3,)"]),
    ("int8range", &["[-9223372036854775808,9223372036854775807)"]),
    ("numrange", &["(0.10,NaN]", "[1.0,1.00]"]),
    ("tsrange", &["[-infinity,infinity]", "[2024-01-01 00:00:00,)"]),
    ("tstzrange", &["[2024-01-01 00:00:00+00,2024-01-02 00:00:00+00)"]),
    ("daterange", &["[0044-03-15 BC,2024-01-01)"]),
    ("int4multirange", &["{}", "{[1,3),[7,9)}"]),
    ("tstzmultirange", &["{[2024-01-01 00:00:00+00,)}"]),
    ("integer[]", &["{}", "{1,NULL,-3}", "[0:1][-1:0]={{1,2},{3,NULL}}"]),
    ("text[]", &["{\"NULL\",NULL,\"\",\"a\\\\b\\\"c,{}\\n\"}"]),
    ("numeric[]", &["{NaN,1.00}"]),
    ("jsonb[]", &["{\"{\\\"a\\\": [1, null]}\"}"]),
    ("bytea[]", &["{\"\\\\x00ff\"}"]),
    ("timestamp with time zone[]", &["{infinity,\"2024-01-01 00:00:00+00\"}"]),
    ("interval[]", &["{\"-1 mons +1 day\"}"]),
    ("int4range[]", &["{empty,\"[1,3)\"}"]),
    ("refcursor", &["c"]),
    // User types whose binary form is that of a builtin one, or a label.
    ("public.mood", &["sad", "very, \"happy\"\tindeed"]),
    ("public.positive", &["1", "99"]),
    ("public.shout", &["LOUD"]),
];

/// Columns whose binary form holds object ids.
const TEXT_ONLY: &[(&str, &[&str])] = &[
    (
        "public.mood[]",
        &["{}", "{sad,NULL,\"very, \\\"happy\\\"\tindeed\"}", "{{sad},{sad}}"],
    ),
    // The server cannot read back the binary form of an empty one.
    ("oidvector", &["1 2 4294967295", ""]),
    ("int2vector", &["1 -2", ""]),
    ("public.pair", &["(,)", "(1,\"a,\\\"b\\\\\\\\c\n\td\")", "(,\"\")"]),
    ("public.pair[]", &["{\"(1,a)\",NULL,\"(,)\"}"]),
    ("public.nested", &["(\"(1,x)\",\"{sad}\",1)", "(,,)"]),
    ("public.pair_domain", &["(2,b)"]),
    ("public.moods", &["[sad,)", "empty"]),
    ("public.positive[]", &["{1,2}"]),
    ("regclass", &["pg_catalog.pg_class", "public.elsewhere", "-"]),
    ("regtype", &["public.mood", "integer"]),
    ("regproc", &["pg_catalog.now"]),
    ("regprocedure", &["pg_catalog.abs(integer)"]),
    ("regrole[]", &["{pg_monitor}"]),
];

const USER_TYPES: &[&str] = &[
    r#"CREATE TYPE public.mood AS ENUM ('sad', 'very, "happy"	indeed')"#,
    "CREATE DOMAIN public.positive AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN public.shout AS text CHECK (VALUE = upper(VALUE))",
    "CREATE TYPE public.pair AS (n integer, t text)",
    "CREATE TYPE public.nested AS (p public.pair, m public.mood[], d public.positive)",
    "CREATE DOMAIN public.pair_domain AS public.pair",
    "CREATE TYPE public.moods AS RANGE (SUBTYPE = public.mood)",
    "CREATE TABLE public.elsewhere (id int)",
];

fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str], bool)> {
    let plain = PLAIN.iter().map(|(name, values)| (*name, *values, false));
    plain.chain(TEXT_ONLY.iter().map(|(name, values)| (*name, *values, true)))
}

fn columns(with_text_only: bool) -> Vec<Column> {
    let named = |(at, (_, _, text)): (usize, (_, _, bool))| {
        let name = format!("c{at}");
        if text { text_only(&name) } else { column(&name) }
    };
    let typed = all()
        .enumerate()
        .filter(|(_, (_, _, text))| with_text_only || !text)
        .map(named);
    std::iter::once(column("id")).chain(typed).collect()
}

fn create() -> String {
    let columns: Vec<_> = all()
        .enumerate()
        .map(|(at, (name, ..))| format!("c{at} {name}"))
        .collect();
    format!("CREATE TABLE public.t (id integer PRIMARY KEY, {})", columns.join(", "))
}

/// One row per place in the lists of values; NULL where a list is shorter.
fn inserts() -> Vec<String> {
    let longest = all().map(|(_, values, _)| values.len()).max().unwrap_or_default();
    let value = |(name, values, _): (&str, &[&str], bool), row: usize| match values.get(row) {
        Some(text) => format!("'{}'::{name}", text.replace('\'', "''")),
        None => "NULL".to_owned(),
    };
    let row = |row| {
        let values: Vec<_> = all().map(|typed| value(typed, row)).collect();
        format!("INSERT INTO public.t VALUES ({row}, {})", values.join(", "))
    };
    (0..=longest).map(row).collect()
}

async fn every_type_arrives(source: Db, target: Db) {
    // It has multiranges.
    if !is_at_least(&source, 14).await {
        return;
    }
    let (mut source, mut target) = (source.open().await, target.open().await);
    // The ids of the target's types are others.
    run(
        &mut *target,
        &[
            "CREATE TYPE public.first AS (a int)",
            "CREATE TYPE public.second AS ENUM ('x')",
        ],
    )
    .await;
    for end in [&mut source, &mut target] {
        run(&mut **end, USER_TYPES).await;
        run(&mut **end, &[&create()]).await;
    }
    for insert in inserts() {
        run(&mut *source, &[&insert]).await;
    }
    for (with_text_only, format) in [(false, Format::PostgresBinary), (true, Format::PostgresText)] {
        let select = Select {
            table: table("t"),
            columns: columns(with_text_only),
            condition: "true".to_owned(),
            nulled: Vec::new(),
            nulled_when: vec![],
            dense: false,
        };
        assert_eq!(source.format(&select.columns), format);
        copy(&mut *source, &mut *target, &select).await.expect("a copy");
        assert_eq!(
            digest(&mut *source, &select).await,
            digest(&mut *target, &select).await,
            "{format:?}"
        );
        // The server's own opinion, column by column, so that a difference has a name.
        for column in &select.columns {
            let sql = format!(
                "SELECT pg_catalog.format('%s', {}) FROM public.t ORDER BY id",
                column.name
            );
            let there = source.query(&sql).await.expect("values");
            assert_eq!(
                target.query(&sql).await.expect("values"),
                there,
                "{format:?} {}",
                column.name
            );
        }
        run(&mut *target, &["TRUNCATE public.t"]).await;
    }
}

#[tokio::test]
async fn l25_every_type_arrives_unchanged() {
    let Some(server) = server("EXODUS_TEST_POSTGRES") else {
        return;
    };
    on_servers([server.clone(), server], async |[source, target]: [Db; 2]| {
        every_type_arrives(source, target).await;
    })
    .await;
}

#[tokio::test]
async fn l25_every_type_arrives_unchanged_on_a_newer_server() {
    let (Some(old), Some(new)) = (server("EXODUS_TEST_POSTGRES"), server("EXODUS_TEST_POSTGRES18")) else {
        return;
    };
    on_servers([old, new], async |[source, target]: [Db; 2]| {
        every_type_arrives(source, target).await;
    })
    .await;
}

#[tokio::test]
async fn a_scan_tells_null_from_a_composite_of_nulls() {
    let Some(server) = server("EXODUS_TEST_POSTGRES") else {
        return;
    };
    on_servers([server], async |[database]: [Db; 1]| {
        let mut session = database.open().await;
        run(&mut *session, USER_TYPES).await;
        run(
            &mut *session,
            &[
                "CREATE TABLE public.t (c public.pair, m public.mood[])",
                "INSERT INTO public.t VALUES ('(,)', '{}'), (NULL, NULL)",
            ],
        )
        .await;
        let select = Select {
            table: table("t"),
            columns: vec![text_only("c"), text_only("m")],
            condition: "true".to_owned(),
            nulled: Vec::new(),
            nulled_when: vec![],
            dense: false,
        };
        let mut seen = Vec::new();
        let rows = session
            .scan(&select, &mut |row| {
                seen.push(row.iter().map(|field| field.map(<[u8]>::to_vec)).collect::<Vec<_>>());
            })
            .await;
        assert_eq!(rows.expect("a scan"), 2);
        assert_eq!(
            seen,
            [vec![Some(b"(,)".to_vec()), Some(b"{}".to_vec())], vec![None, None]]
        );
    })
    .await;
}

/// A table of its own: PostgreSQL looks for the binary input of all columns of a table, travelling or not.
#[tokio::test]
async fn a_type_without_a_binary_form_travels_as_text() {
    let Some(server) = server("EXODUS_TEST_POSTGRES") else {
        return;
    };
    on_servers([server.clone(), server], async |[source, target]: [Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        for end in [&mut source, &mut target] {
            run(&mut **end, &["CREATE TABLE public.t (a aclitem)"]).await;
        }
        run(
            &mut *source,
            &["INSERT INTO public.t VALUES ('pg_monitor=r/pg_monitor'), (NULL)"],
        )
        .await;
        let select = Select {
            table: table("t"),
            columns: vec![text_only("a")],
            condition: "true".to_owned(),
            nulled: Vec::new(),
            nulled_when: vec![],
            dense: false,
        };
        copy(&mut *source, &mut *target, &select).await.expect("a copy");
        assert_eq!(digest(&mut *source, &select).await, digest(&mut *target, &select).await);
    })
    .await;
}
