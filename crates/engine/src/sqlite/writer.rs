//! Writing rows: one prepared INSERT inside the open transaction.

use exodus_schema::Engine;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, Result as SqliteResult};

use super::rows::{SqliteRows, decode};
use super::session::Session;
use crate::chunk::Load;
use crate::connection::Checks;
use crate::dialect::Dialect;
use crate::error::{ErrorKind, Result};

/// A load under way.
#[derive(Clone)]
pub(super) struct Insert {
    sql: String,
    width: usize,
    doing: String,
}

impl Insert {
    pub(super) fn start(session: &mut Session, load: &Load) -> Result<Self> {
        let doing = format!("writing {}", load.table);
        let checks = session.start_writing(&doing)?;
        let dialect = Dialect::of(Engine::Sqlite);
        let table = dialect.table(&load.table);
        let columns: Vec<_> = load.columns.iter().map(|column| dialect.quote(&column.name)).collect();
        let verb = match checks {
            Checks::Off => "INSERT OR ABORT",
            Checks::Enforced if has_conflict_clause(session, &load.table.name, &doing)? => "INSERT OR ABORT",
            Checks::Enforced => "INSERT",
        };
        let sql = format!(
            "{verb} INTO {table} ({}) VALUES ({})",
            columns.join(", "),
            vec!["?"; columns.len()].join(", ")
        );
        Ok(Self {
            sql,
            width: columns.len(),
            doing,
        })
    }

    /// Inserts the rows of one chunk and returns their number.
    pub(super) fn rows(&self, session: &Session, rows: &SqliteRows) -> Result<u64> {
        session.check_writing(&self.doing)?;
        if rows.width() != self.width {
            return Err(session.refuse(ErrorKind::Data, &*self.doing, "the rows have another number of columns"));
        }
        let error = |cause: &rusqlite::Error| session.error(&*self.doing, cause);
        let mut statement = session.conn.prepare_cached(&self.sql).map_err(|cause| error(&cause))?;
        let mut fields = rows.fields();
        for _ in 0..rows.len() {
            for at in 1..=self.width {
                let value = fields.next().and_then(decode).map(Bound);
                let value = value.ok_or_else(|| session.refuse(ErrorKind::Data, &*self.doing, "a row broke off"))?;
                statement.raw_bind_parameter(at, value).map_err(|cause| error(&cause))?;
            }
            let changed = statement.raw_execute().map_err(|cause| error(&cause))?;
            if changed != 1 {
                let error = session.refuse(ErrorKind::Constraint, &*self.doing, "a trigger skipped a row");
                return Err(error.help("a trigger with RAISE(IGNORE) on this table decides which rows are kept"));
            }
        }
        Ok(rows.len())
    }

    pub(super) fn end(&self, session: &mut Session) -> Result<()> {
        session.end_writing(&self.doing)
    }
}

/// Whether the table's definition says what a conflict does (`UNIQUE … ON CONFLICT REPLACE` removes another row).
///
/// `OR ABORT` overrides that; but it also overrides the `OR IGNORE` and `OR REPLACE` inside the triggers that
/// fire, so where triggers fire it is used only if needed.
fn has_conflict_clause(session: &Session, table: &str, doing: &str) -> Result<bool> {
    let sql = "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE";
    let sql: SqliteResult<Option<Option<String>>> = session.conn.query_row(sql, [table], |row| row.get(0)).optional();
    let sql = sql
        .map_err(|cause| session.error(doing, &cause))?
        .flatten()
        .unwrap_or_default();
    // The two words may stand on different lines, or in a comment: a needless OR ABORT is the lesser harm.
    Ok(sql.to_ascii_uppercase().contains("CONFLICT"))
}

/// A value that is bound as it is: text as bytes, whether UTF-8 or not.
struct Bound<'a>(ValueRef<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> SqliteResult<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}
