//! The column that tells when a row was made.

use exodus_schema::{Column, Kind, Table};

use crate::candidates::words;

/// The likeliest column of a table.
pub(super) struct Created<'a> {
    pub(super) column: &'a Column,
    /// It counts seconds or milliseconds since 1970.
    pub(super) counts: bool,
}

/// Beginnings of words for the making of a row. The first rows of a table have the first of these times.
const MADE: [&str; 29] = [
    "creat",
    "insert",
    "crdate",
    "ctime",
    "cdate",
    "addtime",
    "adddate",
    "added",
    "regist",
    "joined",
    "signup",
    "entered",
    "ordered",
    "placed",
    "posted",
    "issued",
    "submitted",
    "received",
    "recorded",
    "logged",
    "occurred",
    "happened",
    "opened",
    "booked",
    "erstellt",
    "angelegt",
    "erzeugt",
    "cread",
    "creado",
];

/// Words for what happens to a row later, or to what it stands for at another time.
const LATER: [&str; 33] = [
    "updat", "modif", "chang", "delet", "remov", "expir", "until", "end", "due", "last", "birth", "dob", "valid",
    "clos", "archiv", "cancel", "paid", "next", "schedul", "seen", "sync", "access", "login", "read", "refresh",
    "renew", "edit", "finish", "complet", "mtime", "touch", "retry", "lock",
];

/// The column whose first and last values are nearest to when the first and the last row were made; `None` where the
/// table has none that tells.
pub(super) fn created(table: &Table) -> Option<Created<'_>> {
    let rated = table.columns.iter().filter_map(|column| Some((rank(column)?, column)));
    let (_, column) = rated.min_by_key(|(rank, _)| *rank)?;
    let counts = column.kind == Kind::Integer;
    Some(Created { column, counts })
}

/// How sure it is that the column is one, from 0 on; ties go to the first in the table.
fn rank(column: &Column) -> Option<u8> {
    let name = words(&column.name);
    let any = |beginnings: &[&str]| {
        let begins = |word: &String| beginnings.iter().any(|beginning| word.starts_with(beginning));
        name.iter().any(begins)
    };
    let (made, later) = (any(&MADE) || pair(&name), any(&LATER));
    if column.generated.is_some() || later && !made {
        return None;
    }
    match column.kind {
        Kind::Date | Kind::DateTime | Kind::Timestamp => {}
        // Numbers are points in time only where the name leaves no doubt.
        Kind::Integer if made && column.generator.is_none() && !references(&name) => return Some(6),
        _ => return None,
    }
    let stamped = column.default.as_deref().is_some_and(is_now);
    match (stamped, made, column.nullable) {
        (true, true, false) => Some(0),
        (true, false, false) => Some(1),
        (true, true, true) => Some(2),
        (false, true, _) => Some(3),
        (true, false, true) => Some(4),
        // A rental has a date, and somebody enters it when it begins.
        (false, false, false) => Some(5),
        (false, false, true) => None,
    }
}

/// `date_add`, PrestaShop's, says it with a word that means nothing alone.
fn pair(name: &[String]) -> bool {
    let words: Vec<_> = name.iter().map(String::as_str).collect();
    matches!(
        words[..],
        ["date" | "time", "add" | "entry" | "new"] | ["add" | "entry" | "new", "date" | "time"]
    )
}

/// `created_by_id` is somebody, and no time.
fn references(name: &[String]) -> bool {
    let words = ["by", "id", "user", "uid", "from", "count", "version", "no", "number"];
    name.iter().any(|word| words.contains(&word.as_str()))
}

/// The default is the point in time at which the row is inserted.
fn is_now(default: &str) -> bool {
    let default = default.to_lowercase();
    let functions = [
        "now(",
        "current_timestamp",
        "current_date",
        "localtimestamp",
        "transaction_timestamp(",
        "statement_timestamp(",
        "clock_timestamp(",
        "sysdate",
        "utc_timestamp",
        "curdate(",
        "'now'",
        "timeofday(",
    ];
    functions.iter().any(|function| default.contains(function))
}

/// Seconds between two such numbers; `None` where they are none of the years 1975 to 2100.
pub(super) fn seconds(first: i128, last: i128) -> Option<i64> {
    let unit = |value: i128| match value {
        157_766_400..=4_102_444_800 => Some(1),
        157_766_400_000..=4_102_444_800_000 => Some(1_000),
        157_766_400_000_000..=4_102_444_800_000_000 => Some(1_000_000),
        _ => None,
    };
    let unit = unit(last).filter(|one| unit(first) == Some(*one))?;
    i64::try_from((last - first) / unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    /// Which of the columns it is: `name kind [?] [= default]`.
    fn of(columns: &[&str]) -> Option<String> {
        let fixture = Fixture::new().table("t").change("t", |table| {
            let model = table.columns[0].clone();
            table.columns = columns
                .iter()
                .map(|text| {
                    let (text, default) = text
                        .split_once(" = ")
                        .map_or((*text, None), |(text, default)| (text, Some(default)));
                    let (name, kind) = text.split_once(' ').expect("a kind");
                    Column {
                        name: name.to_owned(),
                        kind: match kind.trim_end_matches('?') {
                            "date" => Kind::Date,
                            "timestamp" => Kind::Timestamp,
                            "text" => Kind::Text,
                            _ => Kind::Integer,
                        },
                        nullable: kind.ends_with('?'),
                        default: default.map(str::to_owned),
                        ..model.clone()
                    }
                })
                .collect();
        });
        created(&fixture.build().tables[0]).map(|created| created.column.name.clone())
    }

    #[test]
    fn what_the_database_stamps_goes_first() {
        let found = |columns: &[&str]| of(columns).unwrap_or_default();
        assert_eq!(found(&["created_at timestamp", "stamped timestamp = now()"]), "stamped");
        assert_eq!(
            found(&["stamped timestamp = now()", "created_at timestamp = CURRENT_TIMESTAMP"]),
            "created_at"
        );
        assert_eq!(found(&["updated_at timestamp = now()", "crdate integer"]), "crdate");
        assert_eq!(found(&["begins date", "created_on date?"]), "created_on");
        assert_eq!(found(&["date_add timestamp", "date_upd timestamp"]), "date_add");
        assert_eq!(found(&["rental_date date", "return_date date?"]), "rental_date");
        assert_eq!(
            found(&["dateCreated timestamp?", "lastUpdated timestamp?"]),
            "dateCreated"
        );
    }

    #[test]
    fn what_tells_something_else_is_none() {
        for columns in [
            &["updated_at timestamp = now()"][..],
            &["birth_date date"],
            &["expires_at timestamp", "deleted_at timestamp?"],
            &["created_by_id integer"],
            &["created_at text"],
            &["seen timestamp?"],
        ] {
            assert_eq!(of(columns), None, "{columns:?}");
        }
    }

    #[test]
    fn numbers_are_seconds_or_parts_of_them() {
        assert_eq!(seconds(1_600_000_000, 1_600_086_400), Some(86_400));
        assert_eq!(seconds(1_600_000_000_000, 1_600_086_400_000), Some(86_400));
        assert_eq!(seconds(1_600_000_000_000_000, 1_600_086_400_000_000), Some(86_400));
        assert_eq!(seconds(0, 1_600_086_400), None);
        assert_eq!(seconds(1, 100), None);
    }
}
