//! Guesses by what a column is called.

use exodus_schema::{Column, Kind, TableId};

use super::candidate::Candidate;
use super::index::{Index, Named, plain};
use super::stem::{Stem, stems};
use super::words::{self, Marker};
use super::{key, traps};

/// How the words in front of the parent's name in the column's are judged, as what is taken off.
fn role_off(index: &Index<'_>, child: TableId, words: &[String]) -> f64 {
    let free = |word: &String| words::hungarian(word) || index.column_prefix(child) == Some(word.as_str());
    let own = &index.words[child.0];
    let rest: Vec<_> = words.iter().filter(|word| !free(word)).collect();
    if rest.is_empty() {
        return if words.is_empty() { 0.0 } else { 0.03 };
    }
    if rest.iter().any(|word| words::foreign(word)) {
        return 0.65;
    }
    if rest.iter().all(|word| own.contains(word)) {
        // `order_customer_id` in a table of orders.
        return 0.08;
    }
    if rest.iter().all(|word| words::role(word)) {
        return 0.08;
    }
    // A compound such as `tax_group`: rather another thing than a group.
    if rest.last().is_some_and(|word| index.is_table(word)) {
        return 0.35;
    }
    0.17
}

/// How the words left out in front of a table's name are judged: what is taken off, and why.
fn prefix_off(index: &Index<'_>, child: TableId, named: Named) -> (f64, Option<String>) {
    if named.dropped == 0 {
        return (0.0, None);
    }
    let prefix = &index.words[named.table.0][..named.dropped];
    let shared = index.beginning(prefix);
    if shared >= 2 && index.words[child.0].starts_with(prefix) {
        return (0.02, Some(format!("both tables begin with `{}`", prefix.join("_"))));
    }
    if shared >= 3 {
        let reason = format!("{shared} tables begin with `{}`", prefix.join("_"));
        return (0.06, Some(reason));
    }
    let reason = format!("the table has `{}` in front of the name", prefix.join("_"));
    (0.36, Some(reason))
}

/// What is taken off for the way in which the name is marked as a reference.
fn marker_off(index: &Index<'_>, child: TableId, column: &Column, stem: &Stem) -> Option<f64> {
    match &stem.marker {
        Some((Marker::Id, _)) => Some(if stem.glued { 0.03 } else { 0.0 }),
        Some((Marker::Natural, _)) => Some(0.06),
        None => {
            let uuid = column.kind == Kind::Uuid;
            let last = stem.words.last()?;
            // A plain word in a column of numbers may count or sort something; text is mostly the thing's name.
            if column.kind == Kind::Text || !uuid && words::singulars(last).iter().any(|word| words::quantity(word)) {
                return None;
            }
            let indexed = index.table(child).has_index_on(&[column.name.as_str()]);
            Some(if uuid { 0.08 } else { 0.2 } - if indexed { 0.05 } else { 0.0 })
        }
    }
}

const BASE: f64 = 0.93;

/// Guesses by the tables that the column's name names.
pub(super) fn by_table_name(index: &Index<'_>, child: TableId, column: &Column) -> Vec<Candidate> {
    let mut found = vec![];
    for stem in stems(&words::split(&column.name)) {
        let Some(marker_off) = marker_off(index, child, column, &stem) else {
            continue;
        };
        for front in 0..stem.words.len() {
            let (role, name) = stem.words.split_at(front);
            if front > 0 && (stem.marker.is_none() || stem.glued) && column.kind != Kind::Uuid {
                break;
            }
            let named = tables(index, child, name, front > 0);
            if named.own {
                return found;
            }
            let off = marker_off + role_off(index, child, role);
            let at = found.len();
            for named in named.others {
                found.extend(judge(index, child, column, &stem, named, off));
            }
            if found.len() > at {
                break;
            }
        }
        if found.is_empty() && stem.marker.is_some() {
            found.extend(abbreviations(index, child, column, &stem));
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// The tables that are called by these words.
struct Tables {
    /// The name is the child's own: no reference at all.
    own: bool,
    others: Vec<Named>,
}

fn tables(index: &Index<'_>, child: TableId, name: &[String], in_role: bool) -> Tables {
    let mut found: Vec<Named> = vec![];
    for form in words::forms(name) {
        for &named in index.named(&form) {
            if !found.contains(&named) {
                found.push(named);
            }
        }
    }
    let whole = |named: &Named| named.table == child && named.dropped == 0;
    let own = !in_role && found.iter().any(whole);
    // The end of the table's own name: a group of `user_groups` is not one of its rows, unless a role says so.
    found.retain(|named| named.table != child || in_role);
    found.sort_by_key(|named| (named.dropped, named.table));
    Tables { own, others: found }
}

fn judge(index: &Index<'_>, child: TableId, column: &Column, stem: &Stem, named: Named, off: f64) -> Option<Candidate> {
    let target = key::target(index, child, column, named.table, stem.marker.as_ref())?;
    let (prefix, why) = prefix_off(index, child, named);
    let mut reasons = vec![format!(
        "`{}` is named after the table {}",
        column.name,
        index.table(named.table).name
    )];
    reasons.extend(why);
    reasons.extend(target.reasons);
    let same_schema = index.table(named.table).name.schema == index.table(child).name.schema;
    let away = if same_schema { 0.0 } else { 0.03 };
    Some(Candidate {
        parent: named.table,
        pairs: target.pairs,
        score: BASE - off - prefix - target.off - away,
        whole_name: named.dropped == 0,
        reasons,
    })
}

/// Guesses by an abbreviated name of a table: `dept_no`, `org_id`.
fn abbreviations(index: &Index<'_>, child: TableId, column: &Column, stem: &Stem) -> Vec<Candidate> {
    let Some((word, role)) = stem.words.split_last() else {
        return vec![];
    };
    let known = words::abbreviated(word).is_some();
    let mut tables: Vec<TableId> = match words::abbreviated(word) {
        Some(whole) => index.named(whole).iter().map(|named| named.table).collect(),
        None => index.beginning_with(word).to_vec(),
    };
    tables.retain(|&table| table != child && index.words[table.0].len() <= 3);
    // Of the tables that a beginning fits, only those whose whole name it is the beginning of are meant.
    let fewest = tables.iter().map(|table| dropped(index, child, *table)).min();
    tables.retain(|table| Some(dropped(index, child, *table)) == fewest);
    let [parent] = tables[..] else { return vec![] };
    let off = if known { 0.12 } else { 0.2 } + role_off(index, child, role) + 0.1 * f64::from(fewest.unwrap_or(0));
    let Some(target) = key::target(index, child, column, parent, stem.marker.as_ref()) else {
        return vec![];
    };
    let mut reasons = vec![format!(
        "`{}` abbreviates the table {}",
        column.name,
        index.table(parent).name
    )];
    reasons.extend(target.reasons);
    vec![Candidate {
        parent,
        pairs: target.pairs,
        score: BASE - off - target.off,
        whole_name: false,
        reasons,
    }]
}

/// How many words that few tables begin with stand in front of the last word of the table's name.
fn dropped(index: &Index<'_>, child: TableId, table: TableId) -> u8 {
    let words = &index.words[table.0];
    let prefix = &words[..words.len().saturating_sub(1)];
    if prefix.is_empty() {
        0
    } else if index.words[child.0].starts_with(prefix) || index.beginning(prefix) >= 3 {
        1
    } else {
        2
    }
}

/// Guesses by the key's own name, where one table has a key of that name: `emp_number`.
pub(super) fn by_key_name(index: &Index<'_>, child: TableId, column: &Column) -> Vec<Candidate> {
    let name = words::split(&column.name);
    for front in 0..name.len() {
        let (role, tail) = name.split_at(front);
        if !telling(tail) || front > 0 && tail.len() < 2 {
            continue;
        }
        let homes = homes(index, child, &tail.concat());
        if let [parent] = homes[..]
            && (parent != child || front > 0)
        {
            let of = index.table(parent);
            let Some(key) = super::index::single_key(of) else {
                continue;
            };
            let off = if front > 0 {
                role_off(index, child, role).max(0.08)
            } else {
                0.0
            };
            let target = key::paired(index, column, of, key, off);
            return target
                .map(|target| {
                    let mut reasons = vec![format!("{}.{key} is the only key of that name", of.name)];
                    reasons.extend(target.reasons);
                    Candidate {
                        parent,
                        pairs: target.pairs,
                        score: 0.89 - target.off,
                        whole_name: true,
                        reasons,
                    }
                })
                .into_iter()
                .collect();
        }
        if !homes.is_empty() {
            break;
        }
    }
    vec![]
}

/// The tables that a key name is at home in: of several, the one that makes its values.
fn homes(index: &Index<'_>, child: TableId, name: &str) -> Vec<TableId> {
    let keyed = index.keyed(name);
    let makers: Vec<_> = keyed
        .iter()
        .copied()
        .filter(|&table| {
            super::index::single_key(index.table(table)).is_some_and(|key| traps::makes_values(index.table(table), key))
        })
        .collect();
    let homes = if makers.is_empty() { keyed.to_vec() } else { makers };
    // Two tables with one key, and nothing that tells which of them refers to the other.
    if homes.len() > 1 { vec![child, child] } else { homes }
}

/// Whether a key's name says more than that it is a key.
fn telling(name: &[String]) -> bool {
    match name {
        [] => false,
        [one] => one.len() > 2 && one.ends_with("id") && words::marker(one).is_none(),
        [.., last] => words::marker(last).is_some() || name.len() > 1 && last != "id",
    }
}

/// Guesses that the column refers to a row of its own table.
pub(super) fn by_own_row(index: &Index<'_>, child: TableId, column: &Column) -> Option<Candidate> {
    let own = &index.words[child.0];
    let fits = |stem: &Stem| {
        let rest: Vec<_> = stem
            .words
            .iter()
            .filter(|word| !own.iter().any(|own| words::singulars(own).contains(word)))
            .cloned()
            .collect();
        let boss = traps::of_people(own)
            && ["manager", "supervisor", "boss", "superior", "referrer", "mentor"].contains(&rest.concat().as_str());
        words::own_row(&rest.concat()) || boss && stem.marker.is_some()
    };
    let stem = stems(&words::split(&column.name)).into_iter().find(|stem| fits(stem))?;
    let mut target = key::target(index, child, column, child, stem.marker.as_ref())?;
    if target.off > 0.1 || column.kind == Kind::Text && stem.marker.is_none() {
        return None;
    }
    let mut reasons = vec![format!("`{}` speaks of another row of the same table", column.name)];
    reasons.append(&mut target.reasons);
    Some(Candidate {
        parent: child,
        pairs: target.pairs,
        score: if stem.marker.is_some() { 0.8 } else { 0.74 } - target.off.max(0.0),
        whole_name: true,
        reasons,
    })
}

/// Guesses that the column says who did it: a row of the one table of users.
pub(super) fn by_actor(index: &Index<'_>, child: TableId, column: &Column) -> Option<Candidate> {
    let name = words::split(&column.name);
    let stem = stems(&name).into_iter().next()?;
    let last = stem.words.last()?;
    let by = last == "by" && stem.words.len() > 1;
    let person = matches!(stem.words.as_slice(), [one] if [
        "author", "creator", "owner", "assignee", "editor", "approver", "modifier", "assigner", "uploader", "operator",
        "requester", "moderator",
    ].contains(&one.as_str()));
    if !by && !(person && stem.marker.is_some()) {
        return None;
    }
    let users: Vec<_> = index
        .named("user")
        .iter()
        .filter(|named| named.dropped == 0 || index.beginning(&index.words[named.table.0][..named.dropped]) >= 3)
        .collect();
    let [user] = users[..] else { return None };
    if user.table == child && !by {
        return None;
    }
    let target = key::target(index, child, column, user.table, None)?;
    if target.off > 0.05 {
        return None;
    }
    Some(Candidate {
        parent: user.table,
        pairs: target.pairs,
        score: if by { 0.66 } else { 0.64 },
        whole_name: true,
        reasons: vec![
            format!(
                "`{}` says who did it, and {} has the users",
                column.name,
                index.table(user.table).name
            ),
            "whoever did it need not be whose it is".to_owned(),
        ],
    })
}

/// Whether the column is the table's own key, or another name for its rows.
pub(super) fn is_own_key(index: &Index<'_>, child: TableId, column: &Column) -> bool {
    let of = index.table(child);
    if plain(&column.name) == "id" || traps::makes_values(of, &column.name) {
        return true;
    }
    let single = super::index::single_key(of) == Some(column.name.as_str());
    single && {
        let own = &index.words[child.0];
        stems(&words::split(&column.name)).iter().any(|stem| {
            let forms = words::forms(&stem.words);
            (0..own.len()).any(|at| words::forms(&own[at..]).iter().any(|form| forms.contains(form)))
        })
    }
}
