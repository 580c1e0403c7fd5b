//! The types of MySQL and MariaDB, with values as SQL. information_schema has no list of types: this is the written one.

use exodus_tests::database::Server;

use crate::case::{Table, named};

/// Bytes 0 to 255.
const ALL_BYTES: &str = "x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'";

/// What both products have.
const TYPES: &[(&str, &[&str])] = &[
    ("tinyint", &["-128", "127", "0", "-1"]),
    ("tinyint unsigned", &["0", "255"]),
    ("tinyint(1)", &["-128", "0", "1"]),
    ("boolean", &["true", "false"]),
    ("smallint", &["-32768", "32767", "0"]),
    ("smallint(5) unsigned zerofill", &["0", "42", "65535"]),
    ("mediumint", &["-8388608", "8388607"]),
    ("mediumint unsigned", &["16777215"]),
    ("int", &["-2147483648", "2147483647", "0"]),
    ("int unsigned", &["4294967295"]),
    ("bigint", &["-9223372036854775808", "9223372036854775807", "0"]),
    ("bigint unsigned", &["18446744073709551615", "9223372036854775808", "0"]),
    ("bigint unsigned zerofill", &["1"]),
    (
        "decimal(65,30)",
        &[
            "-99999999999999999999999999999999999.999999999999999999999999999999",
            "0.000000000000000000000000000001",
            "0",
            "1.5",
        ],
    ),
    (
        "decimal(65,0)",
        &["99999999999999999999999999999999999999999999999999999999999999999"],
    ),
    ("decimal(10,2) unsigned zerofill", &["0.01", "99999999.99"]),
    (
        "float",
        &[
            "0",
            "-0e0",
            "3.402823466e38",
            "-1.175494351e-38",
            "1.4e-45",
            "0.1",
            "16777217",
            "1234567.8",
        ],
    ),
    ("float unsigned", &["0.1"]),
    ("float(7,3)", &["1.001", "-9999.999", "0.1"]),
    ("float(30,25)", &["0.1", "12345.678"]),
    (
        "double",
        &[
            "0",
            "-0e0",
            "1.7976931348623157e308",
            "-2.2250738585072014e-308",
            "5e-324",
            "0.1",
            "9007199254740993",
            "0.30000000000000004",
            "1e15",
            "1e-5",
            "123456789012345678",
        ],
    ),
    ("double(20,10)", &["0.1", "1234567890.0123456789", "-0.0000000001"]),
    ("double(255,30)", &["0.1", "1e200", "0.000000000000000000000000000001"]),
    ("bit(1)", &["b'0'", "b'1'"]),
    ("bit(9)", &["b'0'", "b'100000001'"]),
    (
        "bit(64)",
        &[
            "b'0'",
            "b'1111111111111111111111111111111111111111111111111111111111111111'",
            "b'1000000000000000000000000000000000000000000000000000000000000000'",
        ],
    ),
    (
        "date",
        &[
            "'0000-00-00'",
            "'2024-00-00'",
            "'2024-02-31'",
            "'0000-01-01'",
            "'1000-01-01'",
            "'9999-12-31'",
            "'2024-02-29'",
        ],
    ),
    ("time", &["'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"]),
    (
        "time(6)",
        &[
            "'-838:59:59.000000'",
            "'838:59:58.999999'",
            "'-00:00:00.000001'",
            "'100:00:00.5'",
        ],
    ),
    (
        "datetime",
        &[
            "'0000-00-00 00:00:00'",
            "'1000-01-01 00:00:00'",
            "'9999-12-31 23:59:59'",
            "'2024-02-31 12:00:00'",
            "'2024-03-31 02:30:00'",
        ],
    ),
    (
        "datetime(6)",
        &["'9999-12-31 23:59:59.999999'", "'2024-10-27 02:30:00.000001'"],
    ),
    (
        "timestamp null",
        &[
            "'0000-00-00 00:00:00'",
            "'1970-01-01 00:00:01'",
            "'2038-01-19 03:14:07'",
            "'2024-03-31 01:30:00'",
            "'2024-10-27 00:30:00'",
            "'2024-10-27 01:30:00'",
        ],
    ),
    (
        "timestamp(6) null",
        &["'2038-01-19 03:14:07.999999'", "'1970-01-01 00:00:01.000001'"],
    ),
    (
        "timestamp(3) null default current_timestamp(3) on update current_timestamp(3)",
        &["'2001-02-03 04:05:06.789'"],
    ),
    ("year", &["0", "1901", "2155", "2000"]),
    ("char(5)", &["''", "'ab'", "'ab   '", "'é😀xyz'", "' a'"]),
    ("char(0)", &["''"]),
    ("char(255)", &["repeat('😀', 255)"]),
    (
        "varchar(40)",
        &[
            "''",
            "' a '",
            "'a   '",
            "'\\\\N'",
            "'\\\\'",
            "'a\\tb\\nc\\r\\\\d\\0e\\Zf''\"'",
            "'NULL'",
            "'😀é'",
            "'e\u{301}\u{feff}'",
            "'\\\\t\\\\0\\\\.'",
            "','",
        ],
    ),
    (
        "binary(5)",
        &["''", "x'ab'", "x'0000000000'", "x'6162202000'", "x'5c4e'"],
    ),
    ("varbinary(300)", &["''", "x'00'", "x'20'", "x'5c4e'", ALL_BYTES]),
    ("tinyblob", &["''", "x'00ff'"]),
    ("blob", &["''", ALL_BYTES]),
    ("mediumblob", &["repeat(x'00ff5c0a090d1a27', 40000)"]),
    ("longblob", &["repeat(x'5c00', 1000000)", "x'5c4e'"]),
    ("tinytext", &["''", "'😀'"]),
    ("text", &["''", "repeat('é', 30000)"]),
    ("mediumtext", &["repeat('a\\tb\\nc\\\\', 60000)"]),
    ("longtext", &["repeat('😀', 300000)", "'\\0'"]),
    (
        "enum('a','b,''c','é','0','1','')",
        &["'a'", "'b,''c'", "'é'", "'0'", "'1'", "''", "2"],
    ),
    ("enum('x') character set latin1", &["'x'"]),
    ("set('x','y','é')", &["''", "'x,y'", "'é'", "'x,y,é'"]),
    ("set('','x')", &["0", "1", "2", "3"]),
    (
        "varchar(20) character set latin1",
        &["''", "'éß€'", "' '", "x'00ff5c0a'", "x'80819f'"],
    ),
    ("varchar(20) character set latin2", &["'łő'"]),
    ("varchar(20) character set cp1251", &["'Привет'"]),
    ("varchar(20) character set utf8mb3", &["'€é'", "''"]),
    (
        "varchar(20) character set ucs2",
        &[
            "'é€'",
            "''",
            "'\\t\\n\\\\'",
            "_ucs2 x'005c0000095c'",
            "_ucs2 x'5c5c0900'",
        ],
    ),
    ("varchar(20) character set utf16", &["'é😀'", "_utf16 x'5c090a0d'"]),
    ("varchar(20) character set utf16le", &["'é😀'"]),
    ("char(20) character set utf32", &["'é😀'", "''"]),
    ("text character set ascii", &["'plain'"]),
    ("varchar(20) character set sjis", &["'表ソ'", "'\\\\'", "''"]),
    ("varchar(20) character set big5", &["'功許'"]),
    ("varchar(20) character set gbk", &["'縗中'"]),
    ("varchar(20) character set eucjpms", &["'表'"]),
    ("varchar(20) character set binary", &["x'00ff'", "''"]),
    ("enum('a','é') character set utf32", &["'a'", "'é'"]),
    ("enum('表','x') character set sjis", &["'表'", "'x'"]),
    ("set('a','é') character set ucs2", &["'a'", "'a,é'", "''"]),
    ("varchar(20) collate utf8mb4_bin", &["'A'", "'a '", "'a'"]),
    (
        "geometry",
        &[
            "ST_GeomFromText('POINT(0 -0.1)')",
            "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1e300 1))')",
            "ST_GeomFromText('POINT(1 2)', 4326)",
        ],
    ),
    (
        "point",
        &[
            "ST_GeomFromText('POINT(0.30000000000000004 -1e-300)')",
            "ST_GeomFromText('POINT(1 2)', 4326)",
        ],
    ),
    ("linestring", &["ST_GeomFromText('LINESTRING(0 0,1 1,2 2)')"]),
    (
        "polygon",
        &["ST_GeomFromText('POLYGON((0 0,9 0,9 9,0 9,0 0),(1 1,2 1,2 2,1 2,1 1))')"],
    ),
    ("multipoint", &["ST_GeomFromText('MULTIPOINT(1 2,3 4)')"]),
    (
        "multilinestring",
        &["ST_GeomFromText('MULTILINESTRING((0 0,1 1),(2 2,3 3))')"],
    ),
    (
        "multipolygon",
        &["ST_GeomFromText('MULTIPOLYGON(((0 0,9 0,9 9,0 0)))')"],
    ),
    (
        "geometrycollection",
        &["ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 2))')"],
    ),
    (
        "json",
        &[
            "'null'",
            "'{}'",
            "'[]'",
            "'\"\"'",
            "'{\"a\": [1, null, \"\\\\u00e9\", true], \"\": {\"b\": -0.0}}'",
            "'1e308'",
            "'0.1'",
            "'-9223372036854775808'",
            "'18446744073709551615'",
            "'\"a\\\\\\\\b\\\\n\\\\u0000😀\"'",
            "concat(repeat('[', 31), repeat(']', 31))",
            "'{\"b\": 1, \"a\": 2, \"b\": 3}'",
            "'1.0'",
            "'1e15'",
            "'3.0e-10'",
            "'[0.30000000000000004, 5e-324, 1.7976931348623157e308, 123456789012345680]'",
        ],
    ),
];

/// MySQL's own.
const MYSQL_TYPES: &[(&str, &[&str])] = &[
    (
        "vector(3)",
        &["STRING_TO_VECTOR('[1,-0.5,3e38]')", "STRING_TO_VECTOR('[0,0,1e-37]')"],
    ),
    ("point srid 4326", &["ST_GeomFromText('POINT(1 2)', 4326)"]),
    ("varchar(20) character set gb18030", &["'縗😀'"]),
    ("varchar(20) collate utf8mb4_0900_ai_ci", &["'a '", "'Á'"]),
    ("varchar(20) collate utf8mb4_ja_0900_as_cs_ks", &["'は'"]),
];

/// MariaDB's own.
const MARIADB_TYPES: &[(&str, &[&str])] = &[
    (
        "uuid",
        &[
            "'00000000-0000-0000-0000-000000000000'",
            "'6f1c7a34-11d2-4d70-9a9e-0242ac120002'",
            "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
            "'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'",
        ],
    ),
    (
        "inet6",
        &[
            "'::'",
            "'2001:db8::ff00:42:8329'",
            "'::ffff:1.2.3.4'",
            "'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'",
        ],
    ),
    ("inet4", &["'0.0.0.0'", "'255.255.255.255'"]),
    ("varchar(40) compressed", &["''", "repeat('é', 40)"]),
    ("longblob compressed", &["repeat(x'00', 10000)", "''"]),
    ("text compressed", &["repeat('x', 10000)"]),
    ("time(6)", &["'-838:59:59.999999'", "'838:59:59.999999'"]),
    ("varchar(20) collate utf8mb4_nopad_bin", &["'a '"]),
    ("varchar(20) collate uca1400_ai_ci", &["'Á '"]),
    (
        "json",
        &[
            "'{\"b\" : 1.10, \"a\": 12345678901234567890.12345678901234567890, \"a\": 2}'",
            "'1e400'",
        ],
    ),
    ("varchar(20) not null default ''", &["''"]),
];

/// Tables with something else to them.
const SPECIAL: &[(&str, &str, &str, &[&str])] = &[
    (
        "computed",
        "a int, b varchar(20), g1 int GENERATED ALWAYS AS (a * 2) STORED, g2 varchar(40) GENERATED ALWAYS AS (upper(b)) VIRTUAL, j json, g3 bit(8) GENERATED ALWAYS AS (a & 255) VIRTUAL",
        "a, b, j",
        &["1, 'é', '[1]'", "NULL, NULL, NULL", "-1, '', 'null'"],
    ),
    (
        "many_charsets",
        "a varchar(20) character set latin1, b varchar(20) character set utf8mb3, c varchar(20) character set utf8mb4, d varchar(20) character set binary, e varchar(20) character set ucs2, f char(5) character set sjis, g json",
        "a, b, c, d, e, f, g",
        &[
            "'é', '€', '😀', x'ff00', '€', 'ソ', '[\"😀\"]'",
            "'', '', '', '', '', '', NULL",
            "NULL, NULL, NULL, NULL, NULL, NULL, NULL",
        ],
    ),
    (
        "spaces",
        "`a b` text, `Ä` int, `select` int, `x``y` int, `a'b` text, `a\\b` text",
        "`a b`, `Ä`, `select`, `x``y`, `a'b`, `a\\b`",
        &["'a', 1, 2, 3, 'b', 'c'"],
    ),
    (
        "auto_updated",
        "a int, b timestamp not null default current_timestamp on update current_timestamp, c datetime(3) default current_timestamp(3) on update current_timestamp(3)",
        "a, b, c",
        &[
            "1, '2001-01-01 00:00:00', '2001-01-01 00:00:00.123'",
            "2, '0000-00-00 00:00:00', NULL",
        ],
    ),
    (
        "defaults",
        "a varchar(9) not null default 'else', b int default 7, c timestamp not null default '2001-01-01 00:00:00'",
        "a, b, c",
        &["'', NULL, '2002-02-02 00:00:00'"],
    ),
];

const INVISIBLE: (&str, &str, &str, &[&str]) = (
    "invisible",
    "a int, b varchar(9) INVISIBLE, c int DEFAULT 5 INVISIBLE",
    "a, b, c",
    &["1, 'x', 2", "NULL, NULL, NULL"],
);

/// 64 members, and as many as an ENUM may have here and there.
fn large() -> Vec<Table> {
    let members = |count: usize, first: &str| {
        let rest = (1..count).map(|at| format!("'m{at}'"));
        std::iter::once(format!("'{first}'"))
            .chain(rest)
            .collect::<Vec<_>>()
            .join(",")
    };
    let all = [
        "18446744073709551615",
        "9223372036854775808",
        "1",
        "0",
        "9223372036854775809",
        "NULL",
    ]
    .map(str::to_owned);
    vec![
        Table::new(
            "set64".to_owned(),
            &format!("set({})", members(64, "m0")),
            "v",
            all.clone(),
        ),
        Table::new("set64_empty".to_owned(), &format!("set({})", members(64, "")), "v", all),
        Table::new(
            "enum1000".to_owned(),
            &format!("enum({})", members(1000, "")),
            "v",
            ["1", "1000", "256", "NULL"].map(str::to_owned),
        ),
    ]
}

/// Every table for one of the two products.
pub(crate) fn tables(server: Server) -> Vec<Table> {
    let own = if server == Server::MySql {
        MYSQL_TYPES
    } else {
        MARIADB_TYPES
    };
    let mut tables: Vec<Table> = vec![];
    for (at, (declared, values)) in TYPES.iter().chain(own).enumerate() {
        let null = (!declared.contains("not null")).then_some("NULL");
        let rows = values.iter().copied().chain(null).map(str::to_owned);
        tables.push(Table::new(format!("t{at}"), declared, "v", rows));
    }
    tables.extend(large());
    for (name, columns, insert, rows) in SPECIAL.iter().chain([&INVISIBLE]) {
        tables.push(named(name, columns, insert, rows));
    }
    tables.push(wide(server));
    tables
}

/// All types in one table, as far as a row has room for them: what one column takes must not change another one.
fn wide(server: Server) -> Table {
    let own = if server == Server::MySql {
        MYSQL_TYPES
    } else {
        MARIADB_TYPES
    };
    let usual: Vec<_> = TYPES
        .iter()
        .chain(own)
        .filter(|(declared, _)| !declared.contains("on update"))
        .collect();
    let columns: Vec<String> = usual
        .iter()
        .enumerate()
        .map(|(at, (declared, _))| format!("c{at} {declared}"))
        .collect();
    let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
    let row = |row: usize| {
        let value = |(_, values): &&(&str, &[&str])| values.get(row).copied().unwrap_or(values[0]).to_owned();
        usual.iter().map(value).collect::<Vec<_>>().join(", ")
    };
    Table {
        name: "wide".to_owned(),
        columns: columns.join(", "),
        insert: names.join(", "),
        rows: (0..5).map(row).collect(),
    }
}
