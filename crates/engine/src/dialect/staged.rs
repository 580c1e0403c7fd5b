//! Working through a temporary table part by part, so that no statement has to change all rows at once, and indexes that
//! only help one transaction.

use exodus_schema::{Engine, TableName};

use super::Dialect;

/// Rows that one statement takes from a temporary table.
const ROWS: u64 = 20_000;
/// The same in PostgreSQL's pages of 8 KiB, since its rows have no numbers.
const PAGES: u64 = 256;

impl Dialect {
    /// The query for the end of a temporary table made by [`create_stage`](Self::create_stage) and filled once: the
    /// number that [`stage_parts`](Self::stage_parts) takes.
    pub fn stage_end(self, stage: &str) -> String {
        let name = self.quote(stage);
        match self.engine {
            Engine::Postgres => format!(
                "SELECT pg_catalog.pg_relation_size({}::pg_catalog.regclass) / \
                 pg_catalog.current_setting('block_size')::bigint",
                self.text(&name)
            ),
            Engine::MySql | Engine::MariaDb => format!("SELECT COALESCE(MAX(`exodus row`), 0) FROM {name}"),
            Engine::Sqlite => format!("SELECT COALESCE(MAX(rowid), 0) FROM {name}"),
        }
    }

    /// Statements that together do what `update`, made by [`update_from_stage`](Self::update_from_stage), does.
    pub fn stage_parts(self, update: &str, end: u64) -> Vec<String> {
        let step = match self.engine {
            Engine::Postgres => PAGES,
            _ => ROWS,
        };
        let part = |part: u64| {
            let (from, to) = (part * step, (part + 1) * step);
            match self.engine {
                Engine::Postgres => format!("{update} AND s.ctid >= '({from},0)' AND s.ctid < '({to},0)'"),
                Engine::MySql | Engine::MariaDb => {
                    format!("{update} WHERE s.`exodus row` > {from} AND s.`exodus row` <= {to}")
                }
                Engine::Sqlite => format!("{update} AND s.rowid > {from} AND s.rowid <= {to}"),
            }
        };
        (0..end.div_ceil(step)).map(part).collect()
    }

    /// The statements that make an index for the time of a transaction, and drop it again. `None` where the server's checks
    /// of foreign keys need no such help.
    ///
    /// As long as SQLite has a foreign key that waits for the commit, it looks for each row it writes through the tables
    /// that may reference the row, for the one that waited for it. Without an index 20,000 rows took 9.5 s, with one 0.15 s.
    pub fn passing_index(self, number: usize, table: &TableName, columns: &[&str]) -> Option<(String, String)> {
        if self.engine != Engine::Sqlite {
            return None;
        }
        let columns: Vec<String> = columns.iter().map(|column| self.quote(column)).collect();
        let name = self.quote(&format!("exodus waiting {number}"));
        let create = format!(
            "CREATE INDEX main.{name} ON {} ({})",
            self.quote(&table.name),
            columns.join(", ")
        );
        Some((create, format!("DROP INDEX main.{name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_meet_and_reach_the_end() {
        let sqlite = Dialect::of(Engine::Sqlite).stage_parts("U WHERE x", 40_001);
        assert_eq!(sqlite.len(), 3);
        assert_eq!(sqlite[1], "U WHERE x AND s.rowid > 20000 AND s.rowid <= 40000");
        assert_eq!(Dialect::of(Engine::MySql).stage_parts("U", 20_000).len(), 1);
        // A page has its rows from 1 on.
        let postgres = Dialect::of(Engine::Postgres).stage_parts("U WHERE x", 1);
        assert_eq!(postgres, ["U WHERE x AND s.ctid >= '(0,0)' AND s.ctid < '(256,0)'"]);
        assert!(Dialect::of(Engine::Postgres).stage_parts("U", 0).is_empty());
    }

    #[test]
    fn an_index_for_a_while_takes_any_name() {
        let table = TableName::bare("or\"der");
        let (create, drop) = Dialect::of(Engine::Sqlite)
            .passing_index(1, &table, &["a b", "c"])
            .expect("SQLite needs it");
        assert_eq!(
            create,
            "CREATE INDEX main.\"exodus waiting 1\" ON \"or\"\"der\" (\"a b\", \"c\")"
        );
        assert_eq!(drop, "DROP INDEX main.\"exodus waiting 1\"");
        assert_eq!(Dialect::of(Engine::Postgres).passing_index(1, &table, &["a"]), None);
    }
}
