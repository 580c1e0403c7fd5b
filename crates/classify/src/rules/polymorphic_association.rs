//! # What it finds
//!
//! A pair of columns that refers to rows of several tables: one names the table or class, the other holds the key
//! (`owner_type` and `owner_id`, Rails' polymorphic associations, Django's `content_type_id` and `object_id`).
//!
//! # Why it matters
//!
//! No foreign key can say so, and thus nothing tells whose the row is. In a table that clients' rows don't lead to
//! otherwise, rows would stay behind when the client moves, and be lost to it: a *warning*. Where the table has an
//! owner for every row by other columns the rows move with it; what the pair refers to is not checked: a *note*.
//!
//! What the types are is in the schema where the column is of an enumerated type; elsewhere `exodus audit` reads them.
//! Either looks for the tables that they name. Where the column refers to rows that name the types (Django's
//! `django_content_type`, with `app_label` and `model`), the audit looks these up. Types that name client tables, in
//! a table that is none, make it an *error*. If no type names a client table it is a *note*, and so it is where every
//! type is declared.
//!
//! What numbers without such a table mean, only the application knows: the finding is a *note* unless the key's name says
//! that it may be of any row, and no entry for the configuration can be written for you. Types that name no table
//! are counted and never shown: they are values of rows.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE notes (
//!     id         bigint PRIMARY KEY,
//!     owner_type varchar(40) NOT NULL,
//!     owner_id   bigint NOT NULL,
//!     text       text NOT NULL
//! );
//! ```
//!
//! # How to fix
//!
//! Declare one relation for each type in the configuration. Each holds for the rows of its type alone; the finding
//! shows the entries for the types that are known, and stays until every type has one:
//!
//! ```toml
//! [[declare]]
//! child = "notes"
//! columns = ["owner_id"]
//! parent = "rentals"
//! parent_columns = ["id"]
//! when = { owner_type = "Rental" }
//! reason = "owner_type says which table owner_id refers to"
//! ```
//!
//! Without `when` it would hold for all rows, and take a key of one table for the same number in another.
//!
//! Or give each type its own column, which the database then checks:
//!
//! ```sql
//! ALTER TABLE notes ADD COLUMN rental_id bigint REFERENCES rentals;
//! UPDATE notes SET rental_id = owner_id WHERE owner_type = 'Rental';
//! ```

mod declare;
mod named;
mod weigh;

use exodus_schema::TableId;

use self::declare::Declared;
use self::named::Named;
use super::{Context, Data, Rule};
use crate::class::Class;
use crate::hazard::{Hazard, Severity};
use crate::infer::{self, LIKELY, Polymorphic, Types, polymorphic_pairs};

pub(super) const RULE: Rule = Rule {
    id: "polymorphic-association",
    severity: Severity::Error,
    summary: "a type and a key that refer to rows of several tables",
    source: include_str!("polymorphic_association.rs"),
    check,
    data: Some(Data {
        ask: weigh::ask,
        judge: weigh::judge,
    }),
};

/// A pair in its table.
struct Pair {
    table: TableId,
    of: Polymorphic,
}

/// The pairs, without those that another rule has: where a table is called like the pair, or likely referred to by it,
/// the type may be a mere property, and the key an ordinary reference.
fn pairs(context: &Context<'_>) -> Vec<Pair> {
    let mut pairs: Vec<_> = polymorphic_pairs(context.graph)
        .into_iter()
        .filter(|pair| pair.names_table.is_none())
        .filter_map(|of| {
            Some(Pair {
                table: context.graph.find(&of.table)?,
                of,
            })
        })
        .collect();
    if pairs.iter().any(|pair| pair.of.doubtful) {
        let mut guesses = infer::infer_unrefused(context.graph, &context.classes.cuts);
        guesses.retain(|guess| guess.confidence >= LIKELY);
        let refers = |pair: &Polymorphic| {
            let mut guesses = guesses.iter().filter(|guess| guess.child == pair.table);
            guesses.any(|guess| guess.columns.contains(&pair.id_column))
        };
        pairs.retain(|pair| !(pair.of.doubtful && refers(&pair.of)));
    }
    pairs
}

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let pairs = pairs(context);
    if pairs.is_empty() {
        return vec![];
    }
    let named = Named::new(context);
    pairs
        .iter()
        .map(|pair| match &pair.of.types {
            Types::Labels(labels) => labelled(context, &named, pair, labels),
            _ => hazard(context, pair),
        })
        .collect()
}

fn hazard(context: &Context<'_>, pair: &Pair) -> Hazard {
    let Polymorphic {
        type_column, id_column, ..
    } = &pair.of;
    let class = &context.classes.tables[pair.table.0];
    let (severity, consequence) = match class.class {
        Class::Client if class.complete => (
            Severity::Note,
            "its rows have an owner by other columns, but what these refer to is not checked",
        ),
        Class::Client => (Severity::Warning, "rows that have an owner by these only stay behind"),
        Class::Context | Class::Neutral => (
            Severity::Warning,
            "if some of them are rows of clients, what refers to them stays behind",
        ),
    };
    let refer = match &pair.of.types {
        Types::Rows(types) => format!("refer to rows of several tables, which rows of {} name", types.table),
        Types::Numbers if pair.of.doubtful => "may refer to rows of several tables".to_owned(),
        _ => "refer to rows of several tables".to_owned(),
    };
    let mut message = format!("{type_column} and {id_column} of {} {refer}", context.name(pair.table));
    let declared = Declared::of(context, pair);
    let severity = match () {
        () if !declared.is_empty() => {
            message = format!(
                "{message}: {} declared, and `exodus audit` looks for others.",
                declared.described()
            );
            Severity::Note
        }
        () => {
            message = format!("{message}: {consequence}.");
            if pair.of.doubtful { Severity::Note } else { severity }
        }
    };
    let fix = match &pair.of.types {
        Types::Numbers => {
            "Declare a relation for each number in the configuration, with `when` naming the number; or give each type its own column with a foreign key."
        }
        _ => {
            "Declare a relation for each type in the configuration, with `when` naming the type (`exodus audit` writes the entries); or give each its own column with a foreign key."
        }
    };
    Hazard::new(RULE.id, severity, pair.table, message, fix).on([type_column, id_column])
}

/// The types are in the schema: which tables they name needs no data.
fn labelled(context: &Context<'_>, named: &Named, pair: &Pair, labels: &[String]) -> Hazard {
    let types = named::Types::new(
        context,
        named,
        pair,
        labels.iter().map(|label| (label.clone(), label.clone(), None)),
    );
    let hazard = hazard(context, pair);
    let declared = Declared::of(context, pair);
    let open = types.without(&declared);
    let mut hazard = Hazard {
        severity: open.severity(context, pair, hazard.severity),
        ..hazard
    };
    hazard.message = format!("{} {}", hazard.message, open.told(context, !declared.is_empty()));
    hazard.with_config(open.entries(context, pair))
}

#[cfg(test)]
mod tests;
