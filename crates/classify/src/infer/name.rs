//! Guesses by the table that a column's name names.

use exodus_schema::{Kind, TableId};

use super::candidate::Candidate;
use super::index::{Found, Index};
use super::key;
use super::stem::{Named, Stem};
use super::words::{self, Marker};

/// What a name that says everything is worth.
const BASE: f64 = 0.93;

/// Guesses by the tables that the column's name names.
pub(super) fn by_table_name(index: &Index<'_>, child: TableId, named: &Named<'_>) -> Vec<Candidate> {
    let mut found = vec![];
    for stem in &named.stems {
        let Some(marker) = marker_off(index, child, named, stem) else {
            continue;
        };
        for front in 0..stem.words.len() {
            let (role, name) = stem.words.split_at(front);
            let usual = named.column.kind == Kind::Uuid || stem.marker.is_none() && index.refers_by_bare_names();
            if front > 0 && (stem.marker.is_none() || stem.glued) && !usual {
                break;
            }
            let Some(tables) = tables(index, child, name, front > 0) else {
                return found;
            };
            let off = marker + role_off(index, child, role);
            let guesses = tables
                .into_iter()
                .filter_map(|table| judge(index, child, named, stem, table, off));
            found.extend(guesses);
            if !found.is_empty() {
                return found;
            }
        }
        if stem.marker.is_some() {
            found.extend(by_abbreviation(index, child, named, stem));
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// What is taken off for the way in which the name is marked as a reference; `None` if it is not.
fn marker_off(index: &Index<'_>, child: TableId, named: &Named<'_>, stem: &Stem) -> Option<f64> {
    let column = named.column;
    match &stem.marker {
        // Keys for other things than tables (`api_key`, `sort_key`) are many.
        Some((Marker::Id, word)) if word == "key" => Some(0.08),
        Some((Marker::Id, _)) => Some(if stem.glued { 0.03 } else { 0.0 }),
        Some((Marker::Natural, _)) => Some(0.06),
        None => {
            let usual = column.kind == Kind::Uuid || index.refers_by_bare_names();
            let last = stem.words.last()?;
            // A plain word in a column of numbers may count or sort something; text is mostly the thing's name.
            if column.kind == Kind::Text
                || column.kind != Kind::Uuid && words::singulars(last).iter().any(|word| words::quantity(word))
            {
                return None;
            }
            let indexed = index.table(child).has_index_on(&[column.name.as_str()]);
            Some(if usual { 0.08 } else { 0.2 } - if indexed { 0.05 } else { 0.0 })
        }
    }
}

/// What is taken off for the words in front of the parent's name in the column's.
pub(super) fn role_off(index: &Index<'_>, child: TableId, role: &[String]) -> f64 {
    let free = |word: &String| words::hungarian(word) || index.column_prefix(child) == Some(word.as_str());
    let rest: Vec<_> = role.iter().filter(|word| !free(word)).collect();
    let Some(last) = rest.last() else {
        return if role.is_empty() { 0.0 } else { 0.03 };
    };
    if rest.iter().any(|word| words::foreign(word)) {
        return 0.65;
    }
    // `order_customer_id` in a table of orders.
    let own = |word: &String| {
        words::singulars(word).iter().any(|one| {
            index.words[child.0]
                .iter()
                .any(|own| words::singulars(own).contains(one))
        })
    };
    if rest.iter().all(|word| own(word) || words::role(word)) {
        return 0.08;
    }
    // A compound such as `tax_group`: rather another thing than a group.
    if index.is_table(last) { 0.35 } else { 0.17 }
}

/// The tables that are called by these words, but for what stands in front of their name; `None` if it is the child's own
/// name, which makes no reference.
fn tables(index: &Index<'_>, child: TableId, name: &[String], in_role: bool) -> Option<Vec<Found>> {
    let mut tables: Vec<Found> = vec![];
    for form in words::forms(name) {
        for &found in index.named(&form) {
            if !tables.iter().any(|other| other.table == found.table) {
                tables.push(found);
            }
        }
    }
    if !in_role
        && tables
            .iter()
            .any(|found| found.table == child && found.dropped <= index.namespace(child))
    {
        return None;
    }
    // The end of the table's own name: a group of `user_groups` is not one of its rows, unless a role says so.
    tables.retain(|found| found.table != child || in_role);
    tables.sort_by_key(|found| (found.dropped, found.table));
    Some(tables)
}

/// What is taken off for the words left out of a table's name, and why.
fn prefix_off(index: &Index<'_>, child: TableId, found: Found) -> (f64, Option<String>) {
    let trimmed = if found.trimmed { 0.08 } else { 0.0 };
    let namespace = index.namespace(found.table);
    if found.dropped <= namespace {
        return (trimmed, None);
    }
    let prefix = &index.words[found.table.0][..found.dropped];
    if prefix.iter().all(|word| words::table_prefix(word)) {
        return (trimmed, None);
    }
    let written = prefix.join("_");
    let shared = index.beginning(prefix);
    // Of several that fit, the one with the shorter name is meant.
    let off = trimmed + 0.005 * f64::from(u8::try_from(found.dropped).unwrap_or(u8::MAX));
    if shared >= 2 && index.words[child.0].starts_with(prefix) {
        // A module, and perhaps a module in it; beyond that it is rather an adjective.
        let deep = if found.dropped > namespace + 1 { 0.2 } else { 0.01 };
        return (off + deep, Some(format!("both tables begin with `{written}`")));
    }
    // The part of the prefix that names a thing (`ohrm_leave` in `ohrm_leave_status`) makes the table that thing's.
    let thing = prefix.last().is_some_and(|word| index.is_table(word));
    if shared >= 3 && !thing {
        return (off + 0.05, Some(format!("{shared} tables begin with `{written}`")));
    }
    let reason = format!("the table has `{written}` in front of the name");
    let alone = index.is_modular() && found.dropped == namespace + 1;
    (
        off + if alone {
            0.14
        } else if shared >= 3 {
            0.2
        } else {
            0.36
        },
        Some(reason),
    )
}

fn judge(
    index: &Index<'_>,
    child: TableId,
    named: &Named<'_>,
    stem: &Stem,
    found: Found,
    off: f64,
) -> Option<Candidate> {
    let target = key::target(index, child, named.column, found.table, stem.marker.as_ref())?;
    let (prefix, why) = prefix_off(index, child, found);
    let parent = &index.table(found.table).name;
    let mut reasons = vec![format!("`{}` is named after the table {parent}", named.column.name)];
    reasons.extend(why);
    reasons.extend(target.reasons);
    let away = if parent.schema == index.table(child).name.schema {
        0.0
    } else {
        0.06
    };
    Some(Candidate {
        parent: found.table,
        pairs: target.pairs,
        score: BASE - off - prefix - target.off - away,
        whole_name: found.dropped <= index.namespace(found.table),
        reasons,
    })
}

/// A guess by an abbreviated name of a table: `dept_no`, `org_id`.
fn by_abbreviation(index: &Index<'_>, child: TableId, named: &Named<'_>, stem: &Stem) -> Option<Candidate> {
    let (word, role) = stem.words.split_last()?;
    let known = words::abbreviated(word);
    let mut tables: Vec<TableId> = known.map_or_else(
        || index.beginning_with(word).to_vec(),
        |whole| index.named(whole).iter().map(|found| found.table).collect(),
    );
    tables.retain(|&table| table != child);
    // Of the tables that a beginning fits, those whose whole name it is the beginning of are meant.
    let distance = |table: &TableId| (in_front(index, child, *table), index.words[table.0].len());
    let nearest = tables.iter().map(distance).min()?;
    tables.retain(|table| distance(table) == nearest);
    let [parent] = tables[..] else { return None };
    let off = if known.is_some() { 0.12 } else { 0.2 } + role_off(index, child, role) + 0.1 * f64::from(nearest.0);
    let target = key::target(index, child, named.column, parent, stem.marker.as_ref())?;
    let name = &index.table(parent).name;
    let mut reasons = vec![format!("`{}` abbreviates the table {name}", named.column.name)];
    reasons.extend(target.reasons);
    Some(Candidate {
        parent,
        pairs: target.pairs,
        score: BASE - off - target.off,
        whole_name: false,
        reasons,
    })
}

/// How much stands in front of the last word of the table's name: nothing, words that many tables begin with, others.
fn in_front(index: &Index<'_>, child: TableId, table: TableId) -> u8 {
    let words = &index.words[table.0];
    match &words[..words.len().saturating_sub(1)] {
        [] => 0,
        prefix if index.words[child.0].starts_with(prefix) || index.beginning(prefix) >= 3 => 1,
        _ => 2,
    }
}
