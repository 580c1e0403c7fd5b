//! Tables that a move makes, and removes again.

use exodus_schema::{Engine, TableName};

use super::Dialect;

impl Dialect {
    /// Whether a rollback takes back tables that were made in the transaction. Elsewhere making one commits what was open.
    pub fn rolls_back_tables(self) -> bool {
        !self.is_mysql_family()
    }

    /// Selects one row if there is a table of that name.
    pub fn find_table(self, table: &TableName) -> String {
        let name = self.text(&table.name);
        match self.engine {
            Engine::Postgres => format!(
                "SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p') AND n.nspname = {} AND c.relname = {name}",
                self.text(&table.schema)
            ),
            Engine::MySql | Engine::MariaDb => {
                let schema = match table.schema.as_str() {
                    "" => "DATABASE()".to_owned(),
                    schema => self.text(schema),
                };
                format!(
                    "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {name} \
                     AND TABLE_TYPE <> 'VIEW'"
                )
            }
            Engine::Sqlite => format!("SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = {name}"),
        }
    }

    /// Selects the comment of a table, empty if it has none; no row if there is no such table. `None` where tables have no
    /// comments.
    pub fn table_comment(self, table: &TableName) -> Option<String> {
        let found = self.find_table(table);
        let what = match self.engine {
            Engine::Postgres => "COALESCE(pg_catalog.obj_description(c.oid, 'pg_class'), '')",
            Engine::MySql | Engine::MariaDb => "TABLE_COMMENT",
            Engine::Sqlite => return None,
        };
        Some(found.replacen("SELECT 1", &format!("SELECT {what}"), 1))
    }

    /// Keeps everybody else away from the tables while it is looked whether they are empty, and they are dropped. `None`
    /// where the write transaction holds the whole database anyway.
    pub fn lock_tables(self, tables: &[TableName]) -> Option<String> {
        match self.engine {
            Engine::Postgres => Some(format!(
                "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
                self.tables(tables, "")
            )),
            Engine::MySql | Engine::MariaDb => Some(format!("LOCK TABLES {}", self.tables(tables, " WRITE"))),
            Engine::Sqlite => None,
        }
    }

    /// The statement that ends what [`lock_tables`](Self::lock_tables) began, where the end of the transaction does not.
    pub fn unlock_tables(self) -> Option<&'static str> {
        self.is_mysql_family().then_some("UNLOCK TABLES")
    }

    /// Drops tables that may reference each other, in a session whose checks are off where they can be; parents come
    /// first in `tables`.
    pub fn drop_tables(self, tables: &[TableName]) -> Vec<String> {
        if self.engine == Engine::Postgres {
            return vec![format!("DROP TABLE {}", self.tables(tables, ""))];
        }
        // One by one, children first. SQLite knows no other way, and looks at foreign keys when the transaction ends.
        // MySQL 9.7, told to drop several that it has locked, does not find one it has come past.
        let children_first = tables.iter().rev();
        children_first
            .map(|table| format!("DROP TABLE {}", self.table(table)))
            .collect()
    }

    fn tables(self, tables: &[TableName], after: &str) -> String {
        let names: Vec<String> = tables
            .iter()
            .map(|table| format!("{}{after}", self.table(table)))
            .collect();
        names.join(", ")
    }
}
