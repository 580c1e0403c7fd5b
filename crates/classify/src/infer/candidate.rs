//! All guesses of a schema, put together from what each kind of evidence gives.

use std::collections::{BTreeMap, BTreeSet};

use exodus_schema::{Column, TableId};

use super::index::Index;
use super::polymorphic::{self, Polymorphic};
use super::{Inferred, composite, name, traps, types, vote, words};

/// A guess before it is weighed against others.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    pub(super) parent: TableId,
    /// Child and parent column, in the order of the parent's key.
    pub(super) pairs: Vec<(String, String)>,
    pub(super) score: f64,
    /// The evidence speaks of the parent's whole name, not of its end.
    pub(super) whole_name: bool,
    pub(super) reasons: Vec<String>,
}

/// All guesses, by table and column.
pub(super) fn all(index: &Index<'_>) -> Vec<Inferred> {
    let composites = composite::all(index);
    let mut found = vec![];
    for child in index.graph.tables() {
        let mut of_table: Vec<Candidate> = composites.get(&child).cloned().unwrap_or_default();
        let pairs = polymorphic::pairs(index, child);
        for column in &index.table(child).columns {
            of_table.extend(best(index, child, column, &pairs));
        }
        found.extend(
            without_doubles(of_table)
                .into_iter()
                .map(|guess| inferred(index, child, guess)),
        );
    }
    found
}

/// The best guess for one column.
fn best(index: &Index<'_>, child: TableId, column: &Column, pairs: &[Polymorphic]) -> Option<Candidate> {
    if index.is_related(child, &column.name)
        || !types::can_be_key(index.engine, column)
        || name::is_own_key(index, child, column)
    {
        return None;
    }
    let mut found = name::by_table_name(index, child, column);
    for more in name::by_key_name(index, child, column)
        .into_iter()
        .chain(vote::by_votes(index, child, column))
        .chain(name::by_own_row(index, child, column))
        .chain(name::by_actor(index, child, column))
    {
        join(&mut found, more);
    }
    let mut best = choose(index, found)?;
    weigh(index, child, column, pairs, &mut best);
    Some(best)
}

/// Adds a guess; two kinds of evidence for the same one make it surer.
fn join(found: &mut Vec<Candidate>, more: Candidate) {
    let same = |one: &&mut Candidate| one.parent == more.parent && one.pairs == more.pairs;
    match found.iter_mut().find(same) {
        Some(one) => {
            let (mut first, second) = if more.score > one.score {
                (more, one.clone())
            } else {
                (one.clone(), more)
            };
            first.score += 0.03;
            for reason in second.reasons {
                if !first.reasons.contains(&reason) {
                    first.reasons.push(reason);
                }
            }
            *one = first;
        }
        None => found.push(more),
    }
}

/// The likeliest; one that is hardly likelier than another is doubtful.
fn choose(index: &Index<'_>, mut found: Vec<Candidate>) -> Option<Candidate> {
    found.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| b.whole_name.cmp(&a.whole_name))
            .then_with(|| a.parent.cmp(&b.parent))
    });
    let mut found = found.into_iter();
    let mut best = found.next()?;
    let rival = found.find(|other| other.parent != best.parent);
    if let Some(rival) = rival.filter(|rival| best.score - rival.score < 0.05) {
        best.score -= 0.12;
        best.reasons
            .push(format!("it could be {} as well", index.table(rival.parent).name));
    }
    Some(best)
}

/// What speaks for and against a guess besides names and types.
fn weigh(index: &Index<'_>, child: TableId, column: &Column, pairs: &[Polymorphic], guess: &mut Candidate) {
    let of = index.table(child);
    if of.has_index_on(&[column.name.as_str()]) {
        guess.score += 0.02;
        guess.reasons.push("it is indexed".to_owned());
    }
    if super::index::single_key(of) == Some(column.name.as_str()) {
        guess.score -= 0.05;
        guess
            .reasons
            .push("it is the key of its own table, too: at most one row per parent".to_owned());
    }
    if traps::keeps_history(index, child) {
        guess.score -= 0.05;
        guess
            .reasons
            .push("the table keeps what was: its rows may outlive what they refer to".to_owned());
    }
    let parent = index.table(guess.parent);
    if column
        .comment
        .as_deref()
        .is_some_and(|text| mentions(text, &parent.name.name))
    {
        guess.score += 0.04;
        guess.reasons.push("its comment names the table".to_owned());
    }
    let words = words::split(&column.name);
    if words.iter().any(|word| traps::oauth_word(word))
        && traps::speaks_oauth(index, child)
        && !traps::speaks_oauth(index, guess.parent)
    {
        guess.score = guess.score.min(0.35);
        guess
            .reasons
            .push("in a table that speaks OAuth it may be an application's id".to_owned());
    }
    if let Some(pair) = pairs.iter().find(|pair| pair.id_column == column.name) {
        let cap = if pair.names_table.is_some() { 0.5 } else { 0.0 };
        guess.score = guess.score.min(cap);
        guess
            .reasons
            .push(format!("`{}` may say which table it refers to", pair.type_column));
    }
}

fn mentions(text: &str, table: &str) -> bool {
    let names = words::forms(&words::split(table));
    words::split(text).iter().any(|word| names.contains(word))
}

/// Of guesses for the same columns the surest, and no guess that a composite one says already.
fn without_doubles(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| b.pairs.len().cmp(&a.pairs.len()).then(b.score.total_cmp(&a.score)));
    let mut kept: Vec<Candidate> = vec![];
    let mut known: BTreeMap<BTreeSet<String>, ()> = BTreeMap::new();
    for guess in found {
        let columns: BTreeSet<_> = guess.pairs.iter().map(|(child, _)| child.clone()).collect();
        let told =
            |one: &Candidate| one.parent == guess.parent && guess.pairs.iter().all(|pair| one.pairs.contains(pair));
        if !kept.iter().any(told) && known.insert(columns, ()).is_none() {
            kept.push(guess);
        }
    }
    kept
}

fn inferred(index: &Index<'_>, child: TableId, guess: Candidate) -> Inferred {
    let (columns, parent_columns) = guess.pairs.into_iter().unzip();
    Inferred {
        child: index.table(child).name.clone(),
        columns,
        parent: index.table(guess.parent).name.clone(),
        parent_columns,
        // Two digits: more would look like knowledge.
        confidence: (guess.score.clamp(0.0, 0.99) * 100.0).round() / 100.0,
        reasons: guess.reasons,
    }
}
