//! # What it finds
//!
//! A client or context table of a storage engine without transactions (MyISAM, Aria, MEMORY, CSV and others).
//!
//! # Why it matters
//!
//! Such an engine writes at once and can't take it back: after a failure in the middle of a copy or a purge some rows
//! are there and some are not. It has no foreign keys and no snapshot either, so that two reads of the table don't agree while it is written. A move
//! that would write such a table is refused before it begins: for a client table the finding is an *error*, for a context table,
//! which is only compared, a *warning*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE notes (id bigint PRIMARY KEY, client_id bigint NOT NULL) ENGINE = MyISAM;
//! ```
//!
//! # How to fix
//!
//! ```sql
//! ALTER TABLE notes ENGINE = InnoDB;
//! ```

use exodus_schema::quote_table;

use super::{Context, Rule};
use crate::class::Class;
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "non-transactional-table",
    severity: Severity::Error,
    summary: "a client or context table of a storage engine without transactions",
    source: include_str!("non_transactional_table.rs"),
    check,
    data: None,
};

/// The storage engines of MySQL and MariaDB that can take a transaction back.
const TRANSACTIONAL: [&str; 4] = ["innodb", "rocksdb", "ndbcluster", "tokudb"];

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let found = context.graph.tables().filter_map(|id| {
        let table = context.graph.table(id);
        let storage = table.storage_engine.as_ref()?;
        if TRANSACTIONAL.contains(&storage.to_ascii_lowercase().as_str()) {
            return None;
        }
        let severity = match context.classes.class_of(id) {
            Class::Client => Severity::Error,
            Class::Context => Severity::Warning,
            Class::Neutral => return None,
        };
        let name = quote_table(context.graph.schema().engine, &table.name);
        let hazard = Hazard::new(
            RULE.id,
            severity,
            id,
            format!(
                "{} is a {storage} table: what is written to it can't be taken back.",
                table.name
            ),
            "Change it to InnoDB.",
        );
        Some(hazard.with_sql(format!("ALTER TABLE {name} ENGINE = InnoDB;")))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use exodus_schema::Engine;

    use super::super::testing::found;
    use super::RULE;
    use crate::fixture::Fixture;

    #[test]
    fn engines_without_transactions() {
        let schema = |table: &str, storage: &str| {
            Fixture::new()
                .engine(Engine::MariaDb)
                .relation("rentals.client_id clients")
                .relation("rentals.city cities")
                .table("jobs")
                .change(table, |table| table.storage_engine = Some(storage.to_owned()))
                .build()
        };
        assert_eq!(found(&RULE, &schema("rentals", "MyISAM")), ["error rentals"]);
        assert_eq!(found(&RULE, &schema("cities", "Aria")), ["warning cities"]);
        assert!(found(&RULE, &schema("jobs", "MyISAM")).is_empty());
        assert!(found(&RULE, &schema("rentals", "InnoDB")).is_empty());
    }
}
