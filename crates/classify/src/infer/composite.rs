//! Guesses by the names of several columns: another table's composite key.

use std::collections::{BTreeMap, HashMap};

use exodus_schema::{Table, TableId};

use super::candidate::Candidate;
use super::index::{Index, plain};
use super::stem::stems;
use super::{key, types, words};

/// A name that more tables than these have says too little to look at each of them.
const MOST: usize = 60;

/// For every child the composite keys of other tables that it has all columns of, by their own names.
pub(super) fn all(index: &Index<'_>) -> BTreeMap<TableId, Vec<Candidate>> {
    let mut tables: HashMap<String, Vec<TableId>> = HashMap::new();
    for table in index.graph.tables() {
        for column in &index.table(table).columns {
            tables.entry(plain(&column.name)).or_default().push(table);
        }
    }
    let mut found: BTreeMap<TableId, Vec<Candidate>> = BTreeMap::new();
    for parent in index.graph.tables() {
        let Some(columns) = composite_key(index.table(parent)) else {
            continue;
        };
        // Whoever has all columns has the rarest one.
        let rarest = columns
            .iter()
            .filter_map(|column| tables.get(&plain(column)))
            .min_by_key(|tables| tables.len());
        for &child in rarest.filter(|tables| tables.len() <= MOST).into_iter().flatten() {
            if child != parent {
                let guess = judge(index, child, parent, columns);
                found.entry(child).or_default().extend(guess);
            }
        }
    }
    found
}

fn composite_key(table: &Table) -> Option<&[String]> {
    let key = table.primary_key.as_ref()?;
    (key.columns.len() > 1).then_some(key.columns.as_slice())
}

fn judge(index: &Index<'_>, child: TableId, parent: TableId, key: &[String]) -> Option<Candidate> {
    let (of, from) = (index.table(parent), index.table(child));
    let (child_words, parent_words) = (&index.words[child.0], &index.words[parent.0]);
    let named_after = child_words.len() > parent_words.len() && begins(child_words, parent_words);
    // The columns that only this table has; the rest are references of its own.
    let own: Vec<_> = key.iter().filter(|column| is_own(index, parent, column)).collect();
    if own.is_empty() && !named_after {
        return None;
    }
    if !named_after && !own.iter().any(|column| telling(column)) {
        return None;
    }
    let mut pairs = vec![];
    let mut off = 0.0;
    let mut reasons = vec![format!(
        "it has all columns of the key of {} under their own names",
        of.name
    )];
    for column in key {
        let mine = from.columns.iter().find(|mine| plain(&mine.name) == plain(column))?;
        let (more, why) = types::misfit(index.engine, mine, of.column(column)?)?;
        off += more;
        reasons.extend(why);
        pairs.push((mine.name.clone(), column.clone()));
    }
    if pairs.iter().all(|(column, _)| index.is_related(child, column)) || relates(from, of) {
        return None;
    }
    match composite_key(from) {
        // Of two tables with the same key, one refers to the other only if it is named after it.
        Some(other) if other.len() <= key.len() && !named_after => return None,
        _ => {}
    }
    if named_after {
        reasons.push("its name begins with that of the table".to_owned());
    }
    Some(Candidate {
        parent,
        pairs,
        score: if own.is_empty() { 0.72 } else { 0.84 } - off,
        whole_name: true,
        reasons,
    })
}

fn relates(child: &Table, parent: &Table) -> bool {
    child.relations.iter().any(|relation| relation.parent == parent.name)
}

/// Whether the words begin with these, in singular or plural.
fn begins(words: &[String], with: &[String]) -> bool {
    let forms = words::forms(with);
    words::forms(&words[..with.len().min(words.len())])
        .iter()
        .any(|form| forms.contains(form))
}

/// Whether the column of a key is no reference itself: neither by a relation nor by its name.
fn is_own(index: &Index<'_>, table: TableId, column: &str) -> bool {
    if index.is_related(table, column) {
        return false;
    }
    let names_another = stems(&words::split(column)).iter().any(|stem| {
        stem.marker.is_some()
            && words::forms(&stem.words)
                .iter()
                .flat_map(|form| index.named(form))
                .any(|named| named.table != table)
    });
    let key = index.table(table).primary_key.as_ref();
    let own = key.and_then(|key| key::own_column(index, table, key));
    own == Some(column) || !names_another
}

/// Whether tables that share the name share more than a habit (`id`, `seq`, `line_no` say nothing).
fn telling(column: &str) -> bool {
    let words = words::split(column);
    words.len() > 1
        && words.iter().any(|word| {
            words::marker(word).is_none()
                && !words::quantity(word)
                && !["item", "line", "row", "entry"].contains(&word.as_str())
        })
}
