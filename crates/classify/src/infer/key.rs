//! Which columns of a parent a child's column would reference.

use exodus_schema::{Column, Key, Kind, Table, TableId};

use super::index::{Index, plain, single_key};
use super::stem::stems;
use super::types;
use super::words::{self, Marker};

/// The columns that would be paired, with what is taken off the confidence.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Target {
    /// Child and parent column.
    pub(super) pairs: Vec<(String, String)>,
    pub(super) off: f64,
    pub(super) reasons: Vec<String>,
}

/// What a column with this marker would reference in `parent`; `None` if nothing there fits.
pub(super) fn target(
    index: &Index<'_>,
    child: TableId,
    column: &Column,
    parent: TableId,
    marker: Option<&(Marker, String)>,
) -> Option<Target> {
    let of = index.table(parent);
    if let Some((Marker::Natural, word)) = marker {
        return natural(index, column, of, word);
    }
    let word = marker.map_or("id", |(_, word)| word.as_str());
    match single_key(of) {
        Some(key) => by_single_key(index, column, of, key, word).or_else(|| by_unique(index, column, of, word)),
        None => by_composite_key(index, child, column, parent).or_else(|| by_unique(index, column, of, word)),
    }
}

/// The pair, if the types fit.
pub(super) fn paired(index: &Index<'_>, column: &Column, of: &Table, key: &str, more_off: f64) -> Option<Target> {
    let (off, reason) = types::misfit(index.engine, column, of.column(key)?)?;
    Some(Target {
        pairs: vec![(column.name.clone(), key.to_owned())],
        off: off + more_off,
        reasons: reason.into_iter().collect(),
    })
}

fn by_single_key(index: &Index<'_>, column: &Column, of: &Table, key: &str, word: &str) -> Option<Target> {
    let names = words::split(key);
    let last = names.last().map_or("", String::as_str);
    let off = if plain(key) == plain(&column.name) {
        -0.04
    } else if names.len() == 1 && words::marker(last) == Some(Marker::Id) || words::same_marker(word, last) {
        0.0
    } else if column.kind == Kind::Text {
        // An id does not hold a user's login.
        0.25
    } else {
        0.05
    };
    paired(index, column, of, key, off)
}

/// One unique column, other than the key, that the marker or the column's whole name speaks of.
fn by_unique(index: &Index<'_>, column: &Column, of: &Table, word: &str) -> Option<Target> {
    let fits = |name: &str| {
        let names = words::split(name);
        plain(name) == plain(&column.name)
            || matches!(names.as_slice(), [one] if words::marker(one) == Some(Marker::Id) && words::same_marker(one, word))
            || names
                .last()
                .is_some_and(|last| last == word && ["uuid", "guid"].contains(&word))
    };
    single_uniques(of)
        .find(|name| fits(name))
        .and_then(|name| paired(index, column, of, name, 0.06))
}

/// Columns that are unique on their own, the key left out.
fn single_uniques(of: &Table) -> impl Iterator<Item = &str> {
    of.unique_keys
        .iter()
        .filter(|key| key.total)
        .filter_map(|key| match key.columns.as_slice() {
            [one] => Some(one.as_str()),
            _ => None,
        })
}

/// A natural key: the parent must have a column of that kind that tells its rows apart.
fn natural(index: &Index<'_>, column: &Column, of: &Table, word: &str) -> Option<Target> {
    let fits = |name: &str| {
        words::split(name)
            .last()
            .is_some_and(|last| words::same_marker(last, word))
    };
    if let Some(key) = single_key(of).filter(|key| fits(key)) {
        return paired(index, column, of, key, 0.0);
    }
    // A name that is unique is mostly shown, not referenced.
    let off = if word == "name" { 0.4 } else { 0.2 };
    let unique = single_uniques(of).find(|name| fits(name))?;
    let mut target = paired(index, column, of, unique, off)?;
    target
        .reasons
        .push(format!("{unique} is unique, but not the primary key"));
    Some(target)
}

/// A parent whose key has several columns: the others are expected in the child under their own names, as where every
/// key starts with the tenant's.
fn by_composite_key(index: &Index<'_>, child: TableId, column: &Column, parent: TableId) -> Option<Target> {
    let of = index.table(parent);
    let Some(key) = of.identity() else {
        return without_key(index, column, of);
    };
    let own = own_column(index, parent, key)?;
    let mut target = paired(index, column, of, own, 0.0)?;
    let others: Vec<_> = key.columns.iter().filter(|name| *name != own).collect();
    let timed = |name: &String| {
        of.column(name)
            .is_some_and(|c| matches!(c.kind, Kind::Date | Kind::DateTime | Kind::Timestamp))
    };
    if others.iter().all(|name| timed(name)) {
        // A partitioned table: the date is in the key only because it has to be.
        target.off += 0.06;
        target.reasons.push(format!("{own} alone is not declared unique there"));
        return Some(target);
    }
    let pair = |name: &String| {
        let mine = index
            .table(child)
            .columns
            .iter()
            .find(|mine| plain(&mine.name) == plain(name))?;
        let fits = mine.name != column.name && types::misfit(index.engine, mine, of.column(name)?).is_some();
        fits.then(|| (mine.name.clone(), name.clone()))
    };
    let paired: Option<Vec<_>> = others.iter().map(|name| pair(name)).collect();
    if let Some(pairs) = paired {
        target.pairs.extend(pairs);
        // In the order of the key, as a foreign key would have it.
        target
            .pairs
            .sort_by_key(|(_, parent)| key.columns.iter().position(|name| name == parent));
        target
            .reasons
            .push("the other columns of the key have the same names here".to_owned());
    } else {
        target.off += if plain(own) == plain(&column.name) { 0.2 } else { 0.3 };
        target.reasons.push(format!("{own} is only a part of the key there"));
    }
    Some(target)
}

/// A table without any key: by its column `id`.
fn without_key(index: &Index<'_>, column: &Column, of: &Table) -> Option<Target> {
    let id = of.columns.iter().find(|mine| mine.name.eq_ignore_ascii_case("id"))?;
    let mut target = paired(index, column, of, &id.name, 0.2)?;
    target.reasons.push(format!("{} has no key", of.name));
    Some(target)
}

/// The column of a composite key that tells the table's own rows apart: `id`, or one called like the table or the end of
/// its name, unless that is the name of another table rather.
pub(super) fn own_column<'a>(index: &Index<'_>, table: TableId, key: &'a Key) -> Option<&'a str> {
    let own = |column: &&String| {
        let names = words::split(column);
        if index.is_related(table, column) {
            return false;
        }
        if matches!(names.as_slice(), [one] if one == "id") {
            return true;
        }
        let (mut mine, mut others) = (None, None);
        for stem in stems(&names).iter().filter(|stem| stem.marker.is_some()) {
            for found in words::forms(&stem.words).iter().flat_map(|form| index.named(form)) {
                let least = if found.table == table { &mut mine } else { &mut others };
                *least = Some(least.map_or(found.dropped, |least: usize| least.min(found.dropped)));
            }
        }
        mine.is_some_and(|mine| others.is_none_or(|others| mine < others))
    };
    key.columns.iter().find(own).map(String::as_str)
}
