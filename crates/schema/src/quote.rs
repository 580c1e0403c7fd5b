//! How each product quotes names.

use crate::model::Engine;
use crate::name::TableName;

/// An identifier, quoted so that any name is itself.
pub fn quote(engine: Engine, name: &str) -> String {
    let quote = match engine {
        Engine::MySql | Engine::MariaDb => '`',
        Engine::Postgres | Engine::Sqlite => '"',
    };
    let mut out = String::with_capacity(name.len() + 2);
    out.push(quote);
    for c in name.chars() {
        if c == quote {
            out.push(quote);
        }
        out.push(c);
    }
    out.push(quote);
    out
}

/// A table's qualified, quoted name.
pub fn quote_table(engine: Engine, table: &TableName) -> String {
    if table.schema.is_empty() {
        quote(engine, &table.name)
    } else {
        format!("{}.{}", quote(engine, &table.schema), quote(engine, &table.name))
    }
}
