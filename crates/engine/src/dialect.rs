//! How SQL is written for each product: the one place that quotes names and literals.

mod among;
mod asking;
mod canonical;
mod carried;
mod creating;
mod equality;
mod locking;
mod present;
mod referencing;
mod staged;
mod types;

use exodus_schema::{Column, Engine, Kind, TableName};

pub use asking::{BrokenText, Match, Matched, Sample};
pub use carried::Uncarried;

/// Writes SQL for one product, for sessions pinned as [`Connection`](crate::Connection) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    engine: Engine,
}

/// The text is not a value of the column's type.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("column {column} is {native_type}; the given key is not {expected}")]
pub struct LiteralError {
    column: String,
    native_type: String,
    expected: &'static str,
}

impl Dialect {
    /// The dialect of a product.
    pub fn of(engine: Engine) -> Self {
        Self { engine }
    }

    /// The product.
    pub fn engine(self) -> Engine {
        self.engine
    }

    /// MySQL or MariaDB.
    pub(crate) fn is_mysql_family(self) -> bool {
        matches!(self.engine, Engine::MySql | Engine::MariaDb)
    }

    /// Whether rows can go from one product to the other in a format that both have, undecoded.
    pub fn passes_rows_to(self, other: Self) -> bool {
        self.engine == other.engine || (self.is_mysql_family() && other.is_mysql_family())
    }

    /// An identifier, quoted so that any name is itself.
    pub fn quote(self, name: &str) -> String {
        exodus_schema::quote(self.engine, name)
    }

    /// A table's qualified, quoted name.
    pub fn table(self, table: &TableName) -> String {
        exodus_schema::quote_table(self.engine, table)
    }

    /// Quoted columns behind an alias, separated by commas: `t."a", t."b"`.
    pub fn columns<'a>(self, alias: &str, columns: impl IntoIterator<Item = &'a str>) -> String {
        let quoted: Vec<_> = columns
            .into_iter()
            .map(|column| format!("{alias}.{}", self.quote(column)))
            .collect();
        quoted.join(", ")
    }

    /// `names IN (rows)` where each row is a parenthesised list of literals, and `names` the columns separated by commas.
    pub fn row_in(self, names: &str, rows: &[&str]) -> String {
        match self.engine {
            Engine::Sqlite => format!("({names}) IN (VALUES {})", rows.join(", ")),
            _ => format!("({names}) IN ({})", rows.join(", ")),
        }
    }

    /// How many uses of sets ([`Selector::set_uses`](exodus_schema::Selector::set_uses)) a statement may have, where the
    /// server works out a set anew wherever it is used, so that sets built on sets cost exponentially. Seen: MariaDB
    /// 10.11 took 19 GB of memory for 18 sets with two uses each, MySQL 9.7 ran for minutes from 14 on, SQLite refused
    /// such a statement. PostgreSQL works out a set once.
    pub fn most_set_uses(self) -> Option<u64> {
        (self.engine != Engine::Postgres).then_some(500)
    }

    /// Whether columns with other collations take other texts for equal, so that a key may have room for a row on one side
    /// and not on the other.
    pub fn collations_decide_equality(self) -> bool {
        // PostgreSQL compares bytes, but for collations that are declared nondeterministic.
        self.engine != Engine::Postgres
    }

    /// The clause that keeps selected rows from being removed until the transaction ends, without keeping others from
    /// referencing them; `None` where the write transaction holds the whole database anyway.
    pub(crate) fn share_lock(self) -> Option<&'static str> {
        match self.engine {
            Engine::Postgres => Some("FOR KEY SHARE OF t"),
            Engine::MySql | Engine::MariaDb => Some("LOCK IN SHARE MODE"),
            Engine::Sqlite => None,
        }
    }

    /// Makes an empty temporary table with some columns of another.
    pub fn create_stage(self, stage: &str, table: &TableName, columns: &[Column]) -> String {
        self.create_stage_of(stage, table, columns.iter().map(|column| column.name.as_str()), "1 = 0")
    }

    /// Makes a temporary table of some columns of the rows that satisfy a condition (under the alias `t`). It may have one
    /// more column, in front of them.
    pub fn create_stage_of<'a>(
        self,
        stage: &str,
        table: &TableName,
        columns: impl IntoIterator<Item = &'a str>,
        condition: &str,
    ) -> String {
        // Servers with sql_require_primary_key take no table without one, not even for a while.
        let key = if self.is_mysql_family() {
            " (`exodus row` BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY)"
        } else {
            ""
        };
        format!(
            "CREATE TEMPORARY TABLE {}{key} AS SELECT {} FROM {} AS t WHERE {condition}",
            self.quote(stage),
            self.columns("t", columns),
            self.table(table),
        )
    }

    /// Removes a temporary table without ending the transaction.
    pub fn drop_stage(self, stage: &str) -> String {
        let temporary = if self.is_mysql_family() { "TEMPORARY " } else { "" };
        format!("DROP {temporary}TABLE {}", self.quote(stage))
    }

    /// Sets columns of a table from the rows of a temporary table with the same key. `kept` are columns that the server
    /// may fill in by itself when a row changes (`ON UPDATE CURRENT_TIMESTAMP`), and must not.
    pub fn update_from_stage(
        self,
        stage: &str,
        table: &TableName,
        key: &[&str],
        set: &[&str],
        kept: &[&str],
    ) -> String {
        let (table, stage) = (self.table(table), self.quote(stage));
        let on: Vec<_> = key
            .iter()
            .map(|column| format!("t.{0} = s.{0}", self.quote(column)))
            .collect();
        let on = on.join(" AND ");
        // Only MySQL's form names the table in SET.
        let prefix = if self.is_mysql_family() { "t." } else { "" };
        let mut set: Vec<_> = set
            .iter()
            .map(|column| format!("{prefix}{0} = s.{0}", self.quote(column)))
            .collect();
        if self.is_mysql_family() {
            set.extend(kept.iter().map(|column| format!("t.{0} = t.{0}", self.quote(column))));
        }
        let set = set.join(", ");
        if self.is_mysql_family() {
            format!("UPDATE {table} AS t JOIN {stage} AS s ON {on} SET {set}")
        } else {
            format!("UPDATE {table} AS t SET {set} FROM {stage} AS s WHERE {on}")
        }
    }

    /// A text literal. The text must not hold NUL, which no product takes in a statement.
    pub fn text(self, text: &str) -> String {
        let escaped = text.replace('\'', "''");
        match self.engine {
            // Sessions run with standard_conforming_strings on, so that a backslash is itself.
            Engine::Postgres | Engine::Sqlite => format!("'{escaped}'"),
            Engine::MySql | Engine::MariaDb => format!("'{}'", escaped.replace('\\', "\\\\")),
        }
    }

    /// A literal of the column's own type from the text a person wrote, for comparing the column with.
    pub fn literal(self, column: &Column, text: &str) -> Result<String, LiteralError> {
        let error = |expected| LiteralError {
            column: column.name.clone(),
            native_type: column.native_type.clone(),
            expected,
        };
        if text.contains('\0') {
            return Err(error("free of NUL bytes"));
        }
        match column.kind {
            Kind::Integer => {
                let number: i128 = text.trim().parse().map_err(|_| error("a whole number"))?;
                if !(i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number) {
                    return Err(error("a 64-bit number"));
                }
                // PostgreSQL must see the column's own type, or the index would not be used for a wider one.
                Ok(match self.engine {
                    Engine::Postgres => format!("'{number}'::{}", column.native_type),
                    _ => number.to_string(),
                })
            }
            Kind::Decimal | Kind::Float => {
                let plain = text.trim();
                let valid = plain.parse::<f64>().is_ok_and(f64::is_finite)
                    && plain.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
                if !valid {
                    return Err(error("a number"));
                }
                Ok(match self.engine {
                    Engine::Postgres => format!("'{plain}'::{}", column.native_type),
                    _ => plain.to_owned(),
                })
            }
            Kind::Bytes => {
                let hex = text
                    .strip_prefix("0x")
                    .or_else(|| text.strip_prefix("\\x"))
                    .unwrap_or(text);
                // A binary(16) key is nearly always a UUID; people paste it with its hyphens.
                let hex = hex.replace('-', "");
                if hex.is_empty() || hex.len() % 2 == 1 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
                    return Err(error("hexadecimal bytes such as 0x0aff"));
                }
                Ok(match self.engine {
                    Engine::Postgres => format!("'\\x{hex}'::bytea"),
                    _ => format!("x'{hex}'"),
                })
            }
            _ => Ok(match self.engine {
                Engine::Postgres => format!("{}::{}", self.text(text), column.native_type),
                _ => self.text(text),
            }),
        }
    }

    /// A field of a scan in text for people, as far as it can be one.
    pub fn show(self, column: &Column, field: Option<&[u8]>) -> String {
        let Some(bytes) = field else { return "NULL".to_owned() };
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        };
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).map_or_else(|_| hex(bytes), str::to_owned);
        match (self.engine, column.kind) {
            (Engine::Sqlite, _) => crate::sqlite::show(bytes),
            (Engine::Postgres, Kind::Integer) if !column.text_only => match bytes.len() {
                2 | 4 | 8 => {
                    let sign = if bytes[0] >= 0x80 { -1_i64 } else { 0 };
                    bytes
                        .iter()
                        .fold(sign, |number, byte| (number << 8) | i64::from(*byte))
                        .to_string()
                }
                _ => hex(bytes),
            },
            (Engine::Postgres, Kind::Text | Kind::Enum) => text(bytes),
            (Engine::Postgres, _) if column.text_only => text(bytes),
            (Engine::Postgres, _) | (_, Kind::Bytes | Kind::Geometry) => hex(bytes),
            _ => text(bytes),
        }
    }

    /// The expression that reads a key column as text a person can type back in: [`literal`](Self::literal)'s inverse.
    pub fn key_text(self, alias: &str, column: &Column) -> String {
        self.key_text_of(&format!("{alias}.{}", self.quote(&column.name)), column)
    }

    /// The same of any value (SQL) that is of the column's type.
    pub fn key_text_of(self, name: &str, column: &Column) -> String {
        match (self.engine, column.kind) {
            (Engine::Postgres, _) => format!("{name}::text"),
            (Engine::Sqlite, Kind::Bytes) => format!("'0x' || hex({name})"),
            (Engine::Sqlite, _) => format!("CAST({name} AS TEXT)"),
            (_, Kind::Bytes) => format!("CONCAT('0x', HEX({name}))"),
            (_, _) => format!("CAST({name} AS CHAR)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: Kind, native_type: &str) -> Column {
        Column {
            name: "id".into(),
            native_type: native_type.into(),
            kind,
            nullable: false,
            default: None,
            generator: None,
            generated: None,
            charset: None,
            collation: None,
            invisible: false,
            text_only: false,
            comment: None,
        }
    }

    #[test]
    fn names_cannot_break_out() {
        let hostile = "x\"; DROP TABLE t; --`\\";
        assert_eq!(
            Dialect::of(Engine::Postgres).quote(hostile),
            "\"x\"\"; DROP TABLE t; --`\\\""
        );
        assert_eq!(Dialect::of(Engine::MySql).quote(hostile), "`x\"; DROP TABLE t; --``\\`");
    }

    #[test]
    fn literals_cannot_break_out() {
        let hostile = "a'b\\'; --";
        assert_eq!(Dialect::of(Engine::Sqlite).text(hostile), "'a''b\\''; --'");
        assert_eq!(Dialect::of(Engine::MariaDb).text(hostile), "'a''b\\\\''; --'");
        let number = Dialect::of(Engine::MySql).literal(&column(Kind::Integer, "bigint"), "1 OR 1=1");
        assert!(number.is_err());
    }

    #[test]
    fn keys_of_every_kind() {
        let pg = Dialect::of(Engine::Postgres);
        assert_eq!(
            pg.literal(&column(Kind::Integer, "bigint"), "-7").as_deref(),
            Ok("'-7'::bigint")
        );
        assert_eq!(
            pg.literal(&column(Kind::Text, "character varying(9)"), "it's")
                .as_deref(),
            Ok("'it''s'::character varying(9)")
        );
        let my = Dialect::of(Engine::MySql);
        let uuid = "6f1c7a34-11d2-4d70-9a9e-0242ac120002";
        assert_eq!(
            my.literal(&column(Kind::Bytes, "binary(16)"), uuid).as_deref(),
            Ok("x'6f1c7a3411d24d709a9e0242ac120002'")
        );
        assert!(
            my.literal(&column(Kind::Integer, "bigint unsigned"), "18446744073709551615")
                .is_ok()
        );
        assert!(
            my.literal(&column(Kind::Integer, "bigint"), "18446744073709551616")
                .is_err()
        );
    }
}
