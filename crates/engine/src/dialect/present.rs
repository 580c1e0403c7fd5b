//! What tables look like at this moment.

use exodus_schema::{Engine, TableName};

use super::Dialect;

impl Dialect {
    /// The query for the columns that some tables have now: the number of the table in the list, the column's name and its
    /// type in the words of the catalogue, as introspection reads them.
    pub fn columns_now(self, tables: &[&TableName]) -> String {
        let rows = |with_schema: bool| {
            let row = |(number, table): (usize, &&TableName)| {
                let name = self.text(&table.name);
                if with_schema {
                    format!("({number}, {}, {name})", self.text(&table.schema))
                } else {
                    format!("({number}, {name})")
                }
            };
            tables.iter().enumerate().map(row).collect::<Vec<_>>().join(", ")
        };
        match self.engine {
            Engine::Postgres => format!(
                "SELECT w.number::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod)
                 FROM (VALUES {}) AS w (number, schema, name)
                 JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
                 JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped",
                rows(true)
            ),
            Engine::Sqlite => format!(
                "WITH w (number, name) AS (VALUES {})
                 SELECT w.number, c.name, c.type FROM w JOIN pragma_table_xinfo(w.name, 'main') c WHERE c.hidden <> 1",
                rows(false)
            ),
            // MariaDB opens every table of a database that is asked for more than one of them.
            Engine::MySql | Engine::MariaDb => {
                let one = |(number, table): (usize, &&TableName)| {
                    let schema = match table.schema.as_str() {
                        "" => "DATABASE()".to_owned(),
                        schema => self.text(schema),
                    };
                    format!(
                        "SELECT {number}, COLUMN_NAME, COLUMN_TYPE FROM information_schema.COLUMNS
                         WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {}",
                        self.text(&table.name)
                    )
                };
                let all: Vec<_> = tables.iter().enumerate().map(one).collect();
                all.join(" UNION ALL ")
            }
        }
    }
}
