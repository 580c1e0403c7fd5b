//! All guesses of a schema, put together from what each kind of evidence gives.

use std::collections::BTreeSet;

use exodus_schema::TableId;

use super::index::{Index, single_key};
use super::polymorphic::{self, Polymorphic};
use super::stem::{self, Named};
use super::{Inferred, composite, keyname, name, own, traps, types, vote, words};

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
    let mut composites = composite::all(index);
    let mut found = vec![];
    for child in index.graph.tables() {
        let mut guesses: Vec<Candidate> = composites.remove(&child).unwrap_or_default();
        let pairs = polymorphic::pairs(index, child);
        for (column, name) in index.columns(child) {
            if !index.is_related(child, &column.name) && types::can_be_key(index.engine, column) {
                let named = Named {
                    column,
                    words: &name.words,
                    plain: &name.plain,
                    stems: stem::stems(&name.words),
                };
                guesses.extend(best(index, child, &named, &pairs));
            }
        }
        let guesses = without_doubles(guesses).into_iter();
        found.extend(guesses.map(|guess| inferred(index, child, guess)));
    }
    found
}

/// The best guess for one column.
fn best(index: &Index<'_>, child: TableId, named: &Named<'_>, pairs: &[Polymorphic]) -> Option<Candidate> {
    if own::is_own_key(index, child, named) {
        return None;
    }
    let mut found = name::by_table_name(index, child, named);
    for more in keyname::by_key_name(index, child, named)
        .into_iter()
        .chain(vote::by_votes(index, child, named))
        .chain(own::by_own_row(index, child, named))
        .chain(own::by_actor(index, child, named))
    {
        join(&mut found, more);
    }
    let mut best = choose(index, found)?;
    weigh(index, child, named, &mut best);
    let mut pairs = pairs.iter().filter(|pair| !pair.doubtful);
    if let Some(pair) = pairs.find(|pair| pair.id_column == named.column.name) {
        weigh_pair(index, named, pair, &mut best);
    }
    Some(best)
}

/// Adds a guess; two kinds of evidence for the same one make it surer.
fn join(found: &mut Vec<Candidate>, more: Candidate) {
    let same = |one: &&mut Candidate| one.parent == more.parent && one.pairs == more.pairs;
    let Some(one) = found.iter_mut().find(same) else {
        found.push(more);
        return;
    };
    let (first, second) = if more.score > one.score {
        (more, &*one)
    } else {
        (one.clone(), &more)
    };
    let mut both = first;
    both.score += 0.03;
    for reason in &second.reasons {
        if !both.reasons.contains(reason) {
            both.reasons.push(reason.clone());
        }
    }
    *one = both;
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
    if let Some(rival) = rival.filter(|rival| best.score - rival.score < 0.03) {
        best.score -= 0.1;
        let name = &index.table(rival.parent).name;
        best.reasons.push(format!("it could be {name} as well"));
    }
    Some(best)
}

/// What speaks for and against a guess besides names and types.
fn weigh(index: &Index<'_>, child: TableId, named: &Named<'_>, guess: &mut Candidate) {
    let (of, column) = (index.table(child), named.column);
    let mut say = |by: f64, reason: &str| {
        guess.score += by;
        guess.reasons.push(reason.to_owned());
    };
    if of.has_index_on(&[column.name.as_str()]) {
        say(0.02, "it is indexed");
    }
    if single_key(of) == Some(column.name.as_str()) {
        say(-0.05, "it is the key of its own table, too: at most one row per parent");
    }
    if traps::keeps_history(index, child) {
        say(
            -0.05,
            "the table keeps what was: its rows may outlive what they refer to",
        );
    }
    let parent = &index.table(guess.parent).name.name;
    if column.comment.as_deref().is_some_and(|text| mentions(text, parent)) {
        say(0.04, "its comment names the table");
    }
    let mut lasts = named.stems.iter().filter_map(|stem| stem.words.last());
    if lasts.any(|word| traps::oauth_word(word))
        && traps::speaks_oauth(index, child)
        && !traps::speaks_oauth(index, guess.parent)
    {
        guess.score = guess.score.min(0.35);
        let reason = "in a table that speaks OAuth it may be an application's id";
        guess.reasons.push(reason.to_owned());
    }
}

fn mentions(text: &str, table: &str) -> bool {
    let names = words::forms(&words::split(table));
    words::split(text).iter().any(|word| names.contains(word))
}

/// What speaks against a guess whose column may refer to several tables.
fn weigh_pair(index: &Index<'_>, named: &Named<'_>, pair: &Polymorphic, guess: &mut Candidate) {
    let mut lasts = named.stems.iter().filter_map(|stem| stem.words.last());
    if pair.names_table.as_ref() != Some(&index.table(guess.parent).name) {
        guess.score = 0.0;
    } else if lasts.any(|word| words::any_row(word)) {
        guess.score = guess.score.min(0.5);
    } else {
        // Accounts have types, too: here the type is rather a property.
        guess.score -= 0.1;
    }
    let reason = format!("`{}` may say which table it refers to", pair.type_column);
    guess.reasons.push(reason);
}

/// Of guesses for the same columns the surest, and no guess that a composite one says already.
fn without_doubles(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| b.pairs.len().cmp(&a.pairs.len()).then(b.score.total_cmp(&a.score)));
    let mut kept: Vec<Candidate> = vec![];
    let mut known: BTreeSet<BTreeSet<String>> = BTreeSet::new();
    for guess in found {
        let columns = guess.pairs.iter().map(|(child, _)| child.clone()).collect();
        let told =
            |one: &Candidate| one.parent == guess.parent && guess.pairs.iter().all(|pair| one.pairs.contains(pair));
        if !kept.iter().any(told) && known.insert(columns) {
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
