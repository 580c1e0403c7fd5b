//! Values as the demo makes them, and how they are written in SQL that every engine reads.

use exodus_engine::{Connection, Dialect};
use jiff::Timestamp;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// A decimal, in units of its last place, with the number of places.
    Decimal(i64, u32),
    /// Text.
    Text(String),
    /// A day, by seconds since 1970.
    Day(i64),
    /// A moment, by seconds since 1970.
    Time(i64),
}

impl Cell {
    /// Text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// An amount of money.
    pub(super) fn cents(cents: i64) -> Self {
        Self::Decimal(cents, 2)
    }

    /// An angle in hundred-thousandths of a degree.
    pub(super) fn angle(angle: i64) -> Self {
        Self::Decimal(angle, 5)
    }

    fn write(&self, dialect: Dialect, out: &mut String) {
        match self {
            Self::Null => out.push_str("NULL"),
            Self::Integer(number) => out.push_str(&number.to_string()),
            Self::Decimal(units, places) => out.push_str(&decimal(*units, *places)),
            Self::Text(text) => out.push_str(&dialect.text(text)),
            Self::Day(second) => out.push_str(&dialect.text(&when(*second, "%F"))),
            Self::Time(second) => out.push_str(&dialect.text(&when(*second, "%F %T"))),
        }
    }
}

fn decimal(units: i64, places: u32) -> String {
    let (sign, one) = (if units < 0 { "-" } else { "" }, 10_u64.pow(places));
    let (whole, part) = (units.unsigned_abs() / one, units.unsigned_abs() % one);
    format!("{sign}{whole}.{part:0width$}", width = places as usize)
}

fn when(second: i64, format: &str) -> String {
    Timestamp::from_second(second)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime(format)
        .to_string()
}

/// Rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rows {
    /// The table.
    pub(super) table: &'static str,
    /// The columns that are given.
    pub(super) columns: &'static [&'static str],
    /// Their values.
    pub(super) values: Vec<Vec<Cell>>,
}

/// Bytes after which a statement has enough rows; every engine's default limit is far above.
const STATEMENT: usize = 64 * 1024;

impl Rows {
    /// Inserts them, many with each statement.
    pub(super) async fn insert(&self, connection: &mut dyn Connection) -> exodus_engine::Result<()> {
        for statement in self.statements(connection.dialect()) {
            connection.execute(&statement).await?;
        }
        Ok(())
    }

    fn statements(&self, dialect: Dialect) -> Vec<String> {
        let columns: Vec<_> = self.columns.iter().map(|column| dialect.quote(column)).collect();
        let head = format!(
            "INSERT INTO {} ({}) VALUES\n",
            dialect.quote(self.table),
            columns.join(", ")
        );
        let (mut done, mut statement) = (vec![], String::new());
        for row in &self.values {
            if statement.len() >= STATEMENT {
                done.push(std::mem::take(&mut statement));
            }
            statement.push_str(if statement.is_empty() { &head } else { ",\n" });
            write_row(row, dialect, &mut statement);
        }
        done.extend(Some(statement).filter(|statement| !statement.is_empty()));
        done
    }
}

fn write_row(row: &[Cell], dialect: Dialect, out: &mut String) {
    for (at, cell) in row.iter().enumerate() {
        out.push_str(if at == 0 { "(" } else { ", " });
        cell.write(dialect, out);
    }
    out.push(')');
}

#[cfg(test)]
mod tests {
    use exodus_schema::Engine;

    use super::*;

    fn statements(rows: Vec<Vec<Cell>>) -> Vec<String> {
        Rows {
            table: "t",
            columns: &["a", "b"],
            values: rows,
        }
        .statements(Dialect::of(Engine::Sqlite))
    }

    #[test]
    fn every_kind_of_value() {
        let cells = vec![
            vec![Cell::Null, Cell::Integer(-3)],
            vec![Cell::angle(-4_200), Cell::cents(1_990)],
            vec![Cell::text("O'Brien"), Cell::Time(1_704_067_201)],
            vec![Cell::Day(86_400), Cell::cents(-5)],
        ];
        let expected = "INSERT INTO \"t\" (\"a\", \"b\") VALUES\n(NULL, -3),\n(-0.04200, 19.90),\n\
                        ('O''Brien', '2024-01-01 00:00:01'),\n('1970-01-02', -0.05)";
        assert_eq!(statements(cells), [expected]);
        assert!(statements(vec![]).is_empty());
    }

    #[test]
    fn a_long_list_of_rows_is_cut_and_none_is_lost() {
        let row = vec![Cell::text("x".repeat(1_000)), Cell::Null];
        let statements = statements(vec![row; 200]);
        assert!(statements.len() > 1 && statements.iter().all(|statement| statement.len() < STATEMENT + 2_000));
        assert_eq!(
            statements
                .iter()
                .map(|statement| statement.matches("NULL").count())
                .sum::<usize>(),
            200
        );
    }
}
