//! Values that no reader can hand to a writer as they are: they have to be found before anything is copied.

use exodus_schema::{Column, Engine, Kind};

use super::Dialect;

/// Why values of a column don't arrive, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncarried {
    /// The condition on rows that hold such a value.
    pub condition: String,
    /// What they are.
    pub what: &'static str,
    /// What to do about them.
    pub help: &'static str,
}

/// Types whose values PostgreSQL's servers write for themselves, and read in no form.
const READ_BY_NOBODY: &[&str] = &[
    "gtsvector",
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "pg_dependencies",
    "pg_mcv_list",
    "pg_ndistinct",
    "pg_node_tree",
];

/// PostgreSQL's first version with intervals that don't end.
const ENDLESS_INTERVALS: u32 = 17;

impl Dialect {
    /// The values of a column, under this alias, that can't arrive as what they are on a server of the same product and
    /// of the version `there`.
    pub fn uncarried(self, alias: &str, column: &Column, there: &str) -> Option<Uncarried> {
        let name = format!("{alias}.{}", self.quote(&column.name));
        match self.engine {
            Engine::Postgres => uncarried_by_postgres(&name, column, major(there)),
            Engine::MySql if column.kind == Kind::Json && column.generated.is_none() => Some(json_of_sql(&name)),
            Engine::MariaDb if is_period(column) => Some(Uncarried {
                condition: format!("{name} IS NOT NULL"),
                what: "the time at which this server stored the row (system versioning), which no other one can store",
                help: "ALTER TABLE … DROP SYSTEM VERSIONING on both ends, or keep the table out of the client's tree",
            }),
            Engine::MySql if column.kind == Kind::Float && there.to_ascii_lowercase().contains("mariadb") => {
                Some(Uncarried {
                    condition: format!("{name} = 0 AND CAST({name} AS CHAR) LIKE '-%'"),
                    what: "a zero with a minus sign, which MariaDB stores as a plain zero",
                    help: "UPDATE … SET the column to 0 in these rows",
                })
            }
            Engine::MariaDb if column.kind == Kind::Time && !there.to_ascii_lowercase().contains("mariadb") => {
                Some(Uncarried {
                    condition: format!("{name} > '838:59:59' OR {name} < '-838:59:59'"),
                    what: "a fraction beyond 838:59:59, which MySQL's times end at",
                    help: "shorten them to 838:59:59",
                })
            }
            Engine::MySql | Engine::MariaDb | Engine::Sqlite => None,
        }
    }
}

impl Dialect {
    /// The same of values that a server of another product can't be sent, and whether they would arrive as others that only
    /// differ in how they are written.
    pub fn uncarried_across(self, alias: &str, column: &Column) -> Option<(Uncarried, bool)> {
        let name = format!("{alias}.{}", self.quote(&column.name));
        match self.engine {
            Engine::MySql if column.kind == Kind::Json => Some((json_of_sql(&name), true)),
            Engine::Postgres => large_objects(&name, column).map(|found| (found, false)),
            _ => None,
        }
    }

    /// A query for the names of the current database's tables that keep what their rows were before (`WITH SYSTEM
    /// VERSIONING`): the history of a row doesn't move with it, nor is it removed with it. `None` where there are none.
    pub fn tables_with_history(self) -> Option<&'static str> {
        (self.engine == Engine::MariaDb).then_some(
            "SELECT TABLE_NAME FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'SYSTEM VERSIONED'",
        )
    }
}

fn uncarried_by_postgres(name: &str, column: &Column, there: u32) -> Option<Uncarried> {
    let native = column.native_type.trim_start_matches("pg_catalog.");
    if READ_BY_NOBODY.contains(&native) {
        return Some(Uncarried {
            condition: format!("{name} IS NOT NULL"),
            what: "of a type whose values no server reads back",
            help: "drop the column, or change its type to text",
        });
    }
    if column.kind == Kind::Interval && there < ENDLESS_INTERVALS {
        return Some(Uncarried {
            condition: format!("NOT pg_catalog.isfinite({name})"),
            what: "endless intervals, which the target's version takes for ones of some 180 million years",
            help: "replace them, or move to a server of version 17 or newer",
        });
    }
    large_objects(name, column)
}

/// Decimals, dates, times and bytes that JSON has taken from SQL. No server reads them from any text, nor shows in which
/// types of SQL they are, so that not even an expression could make the same document again.
fn json_of_sql(name: &str) -> Uncarried {
    Uncarried {
        condition: not_as_text(name),
        what: "JSON with decimals, dates, times or bytes of SQL in it, which the server shows as numbers and \
               texts and does not read back as what they are",
        help: "store the documents as the server reads them: UPDATE … SET the column to \
               CAST(CAST(the column AS CHAR) AS JSON), which turns decimals into doubles and dates into texts",
    }
}

fn large_objects(name: &str, column: &Column) -> Option<Uncarried> {
    let native = column.native_type.trim_start_matches("pg_catalog.");
    // `lo` is a domain that an extension makes for them.
    let is_oid = native
        .rsplit('.')
        .next()
        .is_some_and(|last| ["oid", "lo"].contains(&last));
    (is_oid && !column.text_only && column.kind != Kind::Enum).then(|| Uncarried {
        condition: format!("EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata AS l WHERE l.oid = {name})"),
        what: "large objects, which are in no table: they would stay behind, and the numbers mean others on the target",
        help: "move their contents into a column of type bytea (lo_get reads them)",
    })
}

/// The number in front of a version; one that can't be read is new.
fn major(version: &str) -> u32 {
    let digits = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..digits].parse().unwrap_or(u32::MAX)
}

/// What becomes of a document when it is written as text and read again must be the document, by value and in text. (A
/// decimal that a double can hold becomes one: the server takes both for equal, and shows them alike.)
fn not_as_text(name: &str) -> String {
    let read_again = format!("CAST(CAST({name} AS CHAR CHARACTER SET utf8mb4) AS JSON)");
    format!("NOT ({name} = {read_again} AND CAST({name} AS BINARY) = CAST({read_again} AS BINARY))")
}

/// `GENERATED ALWAYS AS ROW START`, or `END`.
fn is_period(column: &Column) -> bool {
    let expression = column
        .generated
        .as_ref()
        .map(|generated| generated.expression.to_ascii_uppercase());
    expression.is_some_and(|expression| ["ROW START", "ROW END"].contains(&expression.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_as_servers_write_them() {
        assert_eq!(major("15.18 (Debian 15.18-0+deb12u1)"), 15);
        assert_eq!(major("18beta1"), 18);
        assert_eq!(major(""), u32::MAX);
    }
}
