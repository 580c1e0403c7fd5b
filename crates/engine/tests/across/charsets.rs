//! Texts of MySQL's and MariaDB's older character sets, every one of their characters: what is said to be exact comes back in
//! the same bytes, and what the server would show as a question mark is found.

use exodus_engine::value::Repertoires;
use exodus_schema::Engine::{self, MariaDb, MySql, Sqlite};
use exodus_schema::{Schema, Table};

use crate::places::{Place, between, copy, paired, select, unfit};

/// All that either server has; `true` where characters have more than one byte.
const CHARSETS: &[(&str, bool)] = &[
    ("armscii8", false),
    ("ascii", false),
    ("big5", true),
    ("cp1250", false),
    ("cp1251", false),
    ("cp1256", false),
    ("cp1257", false),
    ("cp850", false),
    ("cp852", false),
    ("cp866", false),
    ("cp932", true),
    ("dec8", false),
    ("eucjpms", true),
    ("euckr", true),
    ("gb18030", true),
    ("gb2312", true),
    ("gbk", true),
    ("geostd8", false),
    ("greek", false),
    ("hebrew", false),
    ("hp8", false),
    ("keybcs2", false),
    ("koi8r", false),
    ("koi8u", false),
    ("latin1", false),
    ("latin2", false),
    ("latin5", false),
    ("latin7", false),
    ("macce", false),
    ("macroman", false),
    ("sjis", true),
    ("swe7", false),
    ("tis620", false),
    ("ucs2", true),
    ("ujis", true),
    ("utf16", true),
    ("utf16le", true),
    ("utf8mb3", false),
];

/// Every text of one byte, or of two, that the server stores as it is; nothing where it has not that character set.
async fn fill(place: &mut Place, charset: &str, wide: bool) -> Option<(Schema, Table)> {
    let name = format!("all_{charset}");
    let create = format!("CREATE TABLE {name} (n int NOT NULL PRIMARY KEY, v varchar(20) CHARACTER SET {charset})");
    place.takes(&create).await.ok()?;
    let last = if wide { 65_535 } else { 255 };
    place
        .run(&format!(
            "INSERT IGNORE INTO {name} WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) \
             SELECT n, CHAR(n) FROM s"
        ))
        .await;
    place
        .run(&format!("DELETE FROM {name} WHERE CAST(v AS BINARY) <> CHAR(n)"))
        .await;
    Some(place.table(&name).await)
}

/// The server's own opinion, in other words than those of the code.
fn comes_back(charset: &str) -> String {
    format!("HEX(CONVERT(CONVERT(v USING utf8mb4) USING {charset})) = HEX(v)")
}

async fn number(place: &mut Place, sql: &str) -> u64 {
    let rows = place.rows(sql).await;
    rows[0][0].as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// From a column of this character set into a file and back.
async fn there_and_back(source: &mut Place, target: &mut Place, charset: &str, wide: bool) -> Option<(u64, u64)> {
    let (schema, table) = fill(source, charset, wide).await?;
    let name = format!("all_{charset}");
    target
        .run(&format!("CREATE TABLE {name} (n INTEGER PRIMARY KEY, v TEXT)"))
        .await;
    let (there_schema, there) = target.table(&name).await;
    let pairings = paired((&schema, &table), (&there_schema, &there));
    // Halves of a surrogate pair come back, and are no text.
    let exact = format!(
        "({}) AND NOT ('{charset}' = 'ucs2' AND n BETWEEN 55296 AND 57343)",
        comes_back(charset)
    );
    let lost = number(source, &format!("SELECT COUNT(*) FROM {name} AS t WHERE NOT ({exact})")).await;
    let found = unfit(source, &select(&table, &format!("NOT ({exact})")), &pairings).await;
    let counted: u64 = found.iter().map(|found| found.values).sum();
    assert_eq!(counted, lost, "{charset}: {found:?}");
    let found = unfit(source, &select(&table, &exact), &pairings).await;
    assert!(found.is_empty(), "{charset}: {found:?}");
    let copied = copy(source, target, &select(&table, &exact), &there, &pairings, false).await;
    let copied = copied.unwrap_or_else(|error| panic!("{charset}: {error}"));
    // What is lost must not be copied even by those who don't ask before.
    if lost > 0 {
        let refused = format!("NOT ({exact}) AND LOCATE('?', CONVERT(v USING utf8mb4)) > 0");
        if number(source, &format!("SELECT COUNT(*) FROM {name} WHERE {refused}")).await > 0 {
            let copied = copy(source, target, &select(&table, &refused), &there, &pairings, true).await;
            assert!(copied.is_err(), "{charset}: question marks were copied");
        }
    }
    back(source, target, charset, (&schema, &table), (&there_schema, &there)).await;
    Some((copied, lost))
}

/// What came out of the file is what went in, byte by byte.
async fn back(
    source: &mut Place,
    target: &mut Place,
    charset: &str,
    (schema, table): (&Schema, &Table),
    (there_schema, there): (&Schema, &Table),
) {
    let name = format!("all_{charset}");
    source.run(&format!("CREATE TABLE back_{charset} LIKE {name}")).await;
    let mut returned = table.clone();
    returned.name = source.name(&format!("back_{charset}"));
    let mut pairings = paired((there_schema, there), (schema, &returned));
    let taught = Repertoires::default().teach(&mut *source.conn, &mut pairings).await;
    taught.expect("the server's characters");
    let found = unfit(target, &select(there, "TRUE"), &pairings).await;
    assert!(found.is_empty(), "{charset}: {found:?}");
    let copied = copy(target, source, &select(there, "TRUE"), &returned, &pairings, false).await;
    copied.unwrap_or_else(|error| panic!("{charset}: {error}"));
    let others =
        format!("SELECT COUNT(*) FROM back_{charset} AS b JOIN {name} AS a USING (n) WHERE HEX(a.v) <> HEX(b.v)");
    assert_eq!(number(source, &others).await, 0, "{charset}");
}

async fn all(server: Engine) {
    between(server, Sqlite, async |mut source, mut target| {
        let (mut seen, mut exact, mut lost) = (0, 0, 0);
        for (charset, wide) in CHARSETS {
            if let Some((some, none)) = there_and_back(&mut source, &mut target, charset, *wide).await {
                (seen, exact, lost) = (seen + 1, exact + some, lost + none);
            }
        }
        println!("{server}: {seen} character sets, {exact} texts there and back, {lost} refused");
        assert!(seen >= 37 && lost > 10_000, "{seen}, {lost}");
    })
    .await;
}

#[tokio::test]
async fn every_character_of_mysql() {
    all(MySql).await;
}

#[tokio::test]
async fn every_character_of_mariadb() {
    all(MariaDb).await;
}

/// All of Unicode's first plane into each: what the target's server has not is found, and the rest arrives.
async fn unicode(server: Engine) {
    between(Sqlite, server, async |mut source, mut target| {
        source.run("CREATE TABLE t (n INTEGER PRIMARY KEY, v TEXT)").await;
        source
            .run(
                "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 65534) INSERT INTO t \
                 SELECT n, char(n) FROM s WHERE n NOT BETWEEN 55296 AND 57343 UNION ALL SELECT 128512, char(128512)",
            )
            .await;
        let (schema, table) = source.table("t").await;
        code_points(&mut target).await;
        let mut repertoires = Repertoires::default();
        for (charset, _) in CHARSETS {
            let create =
                format!("CREATE TABLE into_{charset} (n int PRIMARY KEY, v varchar(9) CHARACTER SET {charset})");
            if target.takes(&create).await.is_err() {
                continue;
            }
            let (there_schema, there) = target.table(&format!("into_{charset}")).await;
            let mut pairings = paired((&schema, &table), (&there_schema, &there));
            let taught = repertoires.teach(&mut *target.conn, &mut pairings).await;
            taught.expect("the server's characters");
            let found = unfit(&mut source, &select(&table, "TRUE"), &pairings).await;
            let refused: u64 = found.iter().map(|found| found.values).sum();
            let known = known(&mut target, charset).await;
            assert_eq!(refused, 63_487 - known.len() as u64, "{charset}");
            source.run("DROP TABLE IF EXISTS known").await;
            source.run("CREATE TABLE known (n INTEGER PRIMARY KEY)").await;
            for part in known.chunks(5000) {
                source
                    .run(&format!("INSERT INTO known VALUES ({})", part.join("), (")))
                    .await;
            }
            let fitting = select(&table, "n IN (SELECT n FROM known)");
            let copied = copy(&mut source, &mut target, &fitting, &there, &pairings, false).await;
            copied.unwrap_or_else(|error| panic!("{charset}: {error}"));
            let others = format!(
                "SELECT COUNT(*) FROM into_{charset} WHERE HEX(CONVERT(v USING utf32)) <> LPAD(HEX(n), 8, '0')"
            );
            assert_eq!(number(&mut target, &others).await, 0, "{charset}");
        }
    })
    .await;
}

/// A table of what is sent. MySQL compares such texts wrongly where they come out of the query itself.
async fn code_points(target: &mut Place) {
    target
        .run("CREATE TABLE unicode (n int PRIMARY KEY, c varchar(1) CHARACTER SET utf8mb4)")
        .await;
    target
        .run(
            "INSERT INTO unicode WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 65534) \
             SELECT n, CONVERT(CHAR(n USING utf32) USING utf8mb4) FROM s WHERE n NOT BETWEEN 55296 AND 57343 \
             UNION ALL SELECT 128512, _utf8mb4 x'F09F9880'",
        )
        .await;
}

/// The code points that the server says it has, asked with each on its own.
async fn known(target: &mut Place, charset: &str) -> Vec<String> {
    let sql = format!(
        "SELECT n FROM unicode WHERE HEX(CONVERT(CONVERT(c USING {charset}) USING utf8mb4)) = HEX(c) ORDER BY n"
    );
    target.rows(&sql).await.into_iter().flatten().flatten().collect()
}

#[tokio::test]
async fn unicode_into_mysql() {
    unicode(MySql).await;
}

#[tokio::test]
async fn unicode_into_mariadb() {
    unicode(MariaDb).await;
}
