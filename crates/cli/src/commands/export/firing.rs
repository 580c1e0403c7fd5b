//! Which triggers the load of an SQL file fires: it runs in a session of the product's own client, which can't silence them.

use exodus_classify::{Classification, TriggerFact};
use exodus_files::SqlDialect;
use exodus_schema::Graph;
use exodus_schema::model::{Enabled, Event};

use crate::context::Context;

/// Triggers that are named; more are counted.
const TOLD: usize = 5;

/// Says so where the source's triggers would write rows, or change those of the file, in a database that has them, too.
pub(super) fn warn(context: &Context, graph: &Graph<'_>, classes: &Classification, dialect: SqlDialect) {
    // What is loaded by sqlite3 switches triggers off.
    if dialect == SqlDialect::Sqlite {
        return;
    }
    let late = classes.tree.back_relations();
    // Only there are rows of a loop updated when all are there.
    let is_updated =
        |fact: &TriggerFact| dialect == SqlDialect::Postgres && late.iter().any(|edge| edge.child == fact.table);
    let fired = classes.triggers.iter().filter(|fact| fires(fact, is_updated(fact)));
    let names: Vec<_> = fired
        .map(|fact| format!("{} of {}", fact.name, graph.table(fact.table).name))
        .collect();
    if let Some(told) = told(&names) {
        context.note(&told);
    }
}

/// Guarded ones are harmless, for the file sets what their guard asks for.
fn fires(fact: &TriggerFact, is_updated: bool) -> bool {
    let is_on = matches!(fact.enabled, Enabled::Origin | Enabled::Always);
    let on = |event| fact.events.contains(&event);
    let occurs = on(Event::Insert) || (is_updated && on(Event::Update));
    is_on && occurs && (!fact.effect.is_harmless() || fact.effect.sets_new)
}

fn told(names: &[String]) -> Option<String> {
    let more = match names.len().saturating_sub(TOLD) {
        _ if names.is_empty() => return None,
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = names[..names.len().min(TOLD)].join(", ");
    Some(format!(
        "warning: loading this file fires triggers that write rows or change those of the file, where the database has them: \
         {first}{more}. Guard them first (docs/files.md), or the rows will not be what they are here"
    ))
}
