//! # What it finds
//!
//! A column of a client or context table whose values mean something in one database only: numbers of the catalogue
//! (`oid`, `regclass` and its kin), transaction numbers (`xid`, `txid_snapshot`), positions in the log (`pg_lsn`).
//!
//! And, once a target is given (`exodus audit --against SHARD`), what it can't hold: a table or column that it lacks, a
//! column of another type, labels that its enumerated type lacks, a column that is computed on one side only, that must
//! not be NULL there and may be here, or in another character set; of a missing table also what the target's
//! version does not know yet (identity and computed columns, say).
//!
//! # Why it matters
//!
//! Such a value is copied as it is, and then means something else or nothing: object numbers differ from one
//! database to the next. An `oid` is most often the number of a *large object*, which lies outside all tables and is
//! not copied with the row. In a client table the finding is a *warning*, in a context table a *note*.
//!
//! What the target can't hold keeps a move from beginning: an *error*, of a context table a *warning*, because it may
//! be there under another name or not be needed. Both schemas are compared; whether values that are there now would fit
//! is not looked at, for others can come. Between different products only the kinds of types are compared, and
//! it is not known which extensions a target could have.
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
//!
//! Make the target's tables from the source's schema, and keep both equal.

use exodus_schema::{Engine, Table, TableId};

use super::{Context, Data, Rule};
use crate::class::Class;
use crate::hazard::{Hazard, Part, Severity};
use crate::question::{Answer, Answers, Misfit, Question};

pub(super) const RULE: Rule = Rule {
    id: "unsupported-column",
    severity: Severity::Error,
    summary: "a column whose values mean something in one database only, or that the target can't hold",
    source: include_str!("unsupported_column.rs"),
    check,
    data: Some(Data { ask, judge }),
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

fn concerned<'a>(context: &Context<'a>) -> impl Iterator<Item = TableId> + use<'a> {
    let classes = context.classes;
    let tables = context.graph.tables();
    tables.filter(move |table| classes.class_of(*table) != Class::Neutral)
}

fn ask(context: &Context<'_>, _: &[Hazard]) -> Vec<Question> {
    concerned(context).map(Question::Target).collect()
}

fn judge(context: &Context<'_>, mut found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    for table in concerned(context) {
        let told = answers.get(&Question::Target(table));
        if let Some(Answer::Misfits(misfits)) = told.map(|told| &told.answer) {
            let of_table: Vec<&Misfit> = misfits.iter().filter(|misfit| misfit.column.is_none()).collect();
            let of_columns = misfits.iter().filter(|misfit| misfit.column.is_some());
            found.extend(of_columns.map(|misfit| unfit(context, table, misfit.column.as_deref(), &misfit.why)));
            if !of_table.is_empty() {
                let why: Vec<_> = of_table.iter().map(|misfit| misfit.why.as_str()).collect();
                found.push(unfit(context, table, None, &why.join("; ")));
            }
        }
    }
    found
}

/// What the other database can't hold.
fn unfit(context: &Context<'_>, table: TableId, column: Option<&str>, why: &str) -> Hazard {
    let severity = if context.is_client(table) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let name = context.name(table);
    let what = column.map_or_else(|| name.clone(), |column| format!("{name}({column})"));
    let hazard = Hazard::new(
        RULE.id,
        severity,
        table,
        format!("The other database can't hold {what}: {why}."),
        "Make the table there as it is here.",
    );
    let hazard = hazard.on(column).part(Part::Aspect("target"));
    hazard.proven(severity, "Its schema says so.", vec![])
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id};

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
    fn what_the_target_lacks() {
        let schema = schema(Engine::Postgres, "bigint");
        let graph = exodus_schema::Graph::new(&schema);
        let misfit = |column: Option<&str>| Misfit {
            column: column.map(str::to_owned),
            why: "there is none".to_owned(),
        };
        let question = |table| Question::Target(id(&graph, table));
        let told = [
            (
                question("photos"),
                Answer::Misfits(vec![misfit(Some("id")), misfit(None)]),
            ),
            (question("cities"), Answer::Misfits(vec![misfit(None)])),
            (question("clients"), Answer::Misfits(vec![])),
        ];
        assert_eq!(
            judged(&RULE, &schema, told),
            ["error photos: ", "error photos id: ", "warning cities: "]
        );
    }

    #[test]
    fn other_types_and_engines() {
        assert!(found(&RULE, &schema(Engine::Postgres, "bigint")).is_empty());
        assert!(found(&RULE, &schema(Engine::Sqlite, "oid")).is_empty());
    }
}
