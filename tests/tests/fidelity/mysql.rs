//! The tables of MySQL and MariaDB: each type, and all of them at once.

use exodus_tests::database::Server;

use crate::case::{Table, named};
use crate::mysql_types::{MARIADB_TYPES, MYSQL_TYPES, TYPES};

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
