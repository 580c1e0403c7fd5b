//! # What it finds
//!
//! A column of a client or context table whose values mean something in one database only: numbers of the catalogue
//! (`oid`, `regclass` and its kin), transaction numbers (`xid`, `txid_snapshot`), positions in the log (`pg_lsn`).
//!
//! # Why it matters
//!
//! Such a value is copied as it is, and then means something else or nothing: object numbers differ from one
//! database to the next. An `oid` is most often the number of a *large object*, which lies outside all tables and is
//! not copied with the row. In a client table the finding is a *warning*, in a context table a *note*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE photos (id bigint PRIMARY KEY, client_id bigint NOT NULL REFERENCES clients, image oid);
//! ```
//!
//! # How to fix
//!
//! Store the content itself, or a name in place of a number:
//!
//! ```sql
//! ALTER TABLE photos ADD COLUMN content bytea;
//! UPDATE photos SET content = lo_get(image);
//! ALTER TABLE photos DROP COLUMN image;
//! ```

use exodus_schema::{Engine, Table};

use super::{Context, Rule};
use crate::class::Class;
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "unsupported-column",
    severity: Severity::Warning,
    summary: "a column whose values mean something in one database only",
    source: include_str!("unsupported_column.rs"),
    check,
    data: None,
};

/// Types whose values are numbers of one database, without the `[]` of their arrays.
const LOCAL: [&str; 22] = [
    "oid",
    "lo",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "xid",
    "xid8",
    "cid",
    "tid",
    "pg_lsn",
    "pg_snapshot",
    "txid_snapshot",
    "refcursor",
    "aclitem",
];

fn check(context: &Context<'_>) -> Vec<Hazard> {
    if context.graph.schema().engine != Engine::Postgres {
        return vec![];
    }
    let found = context.graph.tables().filter_map(|id| {
        let severity = match context.classes.class_of(id) {
            Class::Client => Severity::Warning,
            Class::Context => Severity::Note,
            Class::Neutral => return None,
        };
        let columns = local_columns(context.graph.table(id));
        if columns.is_empty() {
            return None;
        }
        let described: Vec<_> = columns
            .iter()
            .map(|(name, native)| format!("{name} ({native})"))
            .collect();
        let hazard = Hazard::new(
            RULE.id,
            severity,
            id,
            format!(
                "Values of {} in {} mean something in this database only; what they refer to is not copied.",
                described.join(", "),
                context.name(id)
            ),
            "Store the content itself, or a name in place of the number.",
        );
        Some(hazard.on(columns.into_iter().map(|(name, _)| name)))
    });
    found.collect()
}

fn local_columns(table: &Table) -> Vec<(&str, &str)> {
    let columns = table.columns.iter();
    columns
        .map(|column| (column.name.as_str(), column.native_type.as_str()))
        .filter(|(_, native)| {
            let own = native.rsplit('.').next().unwrap_or(native);
            LOCAL.contains(&own.trim_end_matches("[]"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::found;
    use super::*;
    use crate::fixture::Fixture;

    fn schema(engine: Engine, native: &str) -> exodus_schema::Schema {
        let native = |table: &mut Table| native.clone_into(&mut table.columns[0].native_type);
        Fixture::new()
            .engine(engine)
            .relation("photos.client_id clients")
            .relation("photos.city cities")
            .change("photos", native)
            .change("cities", native)
            .build()
    }

    #[test]
    fn numbers_of_one_database() {
        let both = ["warning photos id", "note cities id"];
        for native in ["oid", "regclass[]", "public.lo", "pg_lsn"] {
            assert_eq!(found(&RULE, &schema(Engine::Postgres, native)), both, "{native}");
        }
    }

    #[test]
    fn other_types_and_engines() {
        assert!(found(&RULE, &schema(Engine::Postgres, "bigint")).is_empty());
        assert!(found(&RULE, &schema(Engine::Sqlite, "oid")).is_empty());
    }
}
