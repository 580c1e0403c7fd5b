//! The types that the data have.

use super::declare::Declared;
use super::named::{Named, Types};
use super::{Context, Hazard, Pair, pairs};
use crate::hazard::Severity;
use crate::infer;
use crate::question::{Answer, Answers, Question};

/// What tells the types; nothing does of numbers, which only the application knows, and the schema has told labels.
fn question(context: &Context<'_>, pair: &Pair) -> Option<Question> {
    let column = pair.of.type_column.clone();
    match &pair.of.types {
        infer::Types::Named | infer::Types::Labels(_) => Some(Question::Values(pair.table, column)),
        infer::Types::Rows(types) => Some(Question::Types {
            table: pair.table,
            column,
            types: context.graph.find(&types.table)?,
            key: types.key.clone(),
            names: types.names.clone(),
        }),
        infer::Types::Numbers => None,
    }
}

fn about<'p>(pairs: &'p [Pair], hazard: &Hazard) -> Option<&'p Pair> {
    let mut of_table = pairs.iter().filter(|pair| pair.table == hazard.table);
    of_table.find(|pair| hazard.columns == [&*pair.of.type_column, &*pair.of.id_column])
}

pub(super) fn ask(context: &Context<'_>, hazards: &[Hazard]) -> Vec<Question> {
    let pairs = pairs(context);
    let asked = hazards.iter().filter_map(|hazard| about(&pairs, hazard));
    asked.filter_map(|pair| question(context, pair)).collect()
}

pub(super) fn judge(context: &Context<'_>, hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    if hazards.is_empty() {
        return hazards;
    }
    let (pairs, named) = (pairs(context), Named::new(context));
    let weighed = hazards.into_iter().map(|hazard| {
        let pair = about(&pairs, &hazard);
        let told = pair.and_then(|pair| Some((pair, answers.get(&question(context, pair)?)?)));
        let Some((pair, told)) = told else { return hazard };
        let (values, more): (Vec<_>, bool) = match &told.answer {
            Answer::Values { values, more } => {
                let named = values
                    .iter()
                    .map(|(value, rows)| (value.clone(), value.clone(), Some(*rows)));
                (named.collect(), *more)
            }
            Answer::Types { types, more } => {
                let named = types.iter().map(|one| {
                    let name = one.name.clone().unwrap_or_default();
                    (one.value.clone(), name, Some(one.rows))
                });
                (named.collect(), *more)
            }
            _ => return hazard,
        };
        let types = Types::new(context, &named, pair, values);
        conclude(context, pair, hazard, &types, more).according_to(told)
    });
    weighed.collect()
}

fn conclude(context: &Context<'_>, pair: &Pair, hazard: Hazard, types: &Types, more: bool) -> Hazard {
    let declared = Declared::of(context, pair);
    let open = types.without(&declared);
    let mut counts = vec![("types", types.len() as u64)];
    if !declared.is_empty() {
        counts.push(("types that are not declared", open.len() as u64));
    }
    counts.extend([
        ("rows of client tables' types", open.client_rows(context)),
        ("types that name no table", open.unnamed() as u64),
        ("rows of these", open.unnamed_rows),
    ]);
    let mut words = open.told(context, !declared.is_empty() && types.len() > 0);
    if more {
        words = format!("{words} There are more.");
    }
    let severity = open.severity(context, pair, hazard.severity);
    let settled = open.unnamed() == 0 || pair.of.doubtful;
    // What the column's type allows counts more than what is there today.
    let hazard = match &pair.of.types {
        infer::Types::Labels(_) => hazard,
        _ => hazard.with_config(open.entries(context, pair)),
    };
    if open.names_clients(context) {
        hazard.proven(severity, &words, counts)
    } else if settled && !more {
        hazard.refuted(&words, counts)
    } else {
        // A note says that types were declared: these were not.
        let least = if context.classes.tables[pair.table.0].complete {
            Severity::Note
        } else {
            Severity::Warning
        };
        hazard.proven(severity.min(least), &words, counts)
    }
}
