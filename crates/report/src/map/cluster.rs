//! Which tables are drawn together.
//!
//! Greedy agglomeration (as in Clauset, Newman and Moore, 2004, with a limit to the size of a group): the two groups that
//! are bound most closely become one, again and again. A relation binds the less the more children its parent has, so that
//! the root and other hubs, to which everything refers, don't hold everything together.

use std::collections::{BTreeMap, BTreeSet};

use exodus_classify::Class;
use exodus_schema::TableId;

use super::Holds;
use crate::Content;

/// So many client and context tables are drawn without being divided.
const UNDIVIDED: usize = 30;
/// The most tables of a group.
const MOST: usize = 18;
/// Tables of a group that nothing binds.
const LOOSE: usize = 36;

/// A group of tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) holds: Holds,
    pub(super) title: String,
    pub(super) tables: Vec<TableId>,
}

/// All tables in groups, in the order of their panels.
pub(super) fn groups(content: &Content<'_>) -> Vec<Group> {
    let classes = &content.report.classes;
    let of = |class: Class| -> Vec<TableId> {
        let all = classes.of_class(class).into_iter().map(|one| one.table);
        all.filter(|&table| content.report.filter.shows_table(table)).collect()
    };
    let (clients, shared, neutral) = (of(Class::Client), of(Class::Context), of(Class::Neutral));
    let mut groups = vec![];
    if clients.len() + shared.len() <= UNDIVIDED {
        let title = match (clients.len(), shared.len()) {
            (_, 0) => "Client tables",
            (0, _) => "Context tables",
            _ => "Client tables, and the context they refer to",
        };
        groups.push(Group {
            holds: Holds::Clients,
            title: title.to_owned(),
            tables: clients.into_iter().chain(shared).collect(),
        });
    } else {
        groups.extend(divided(content, &clients, Holds::Clients));
        groups.extend(divided(content, &shared, Holds::Context));
    }
    groups.extend(divided(content, &neutral, Holds::Neutral));
    groups.retain(|group| !group.tables.is_empty());
    groups
}

/// The number of each table's panel.
pub(super) fn panels_of(groups: &[Group]) -> BTreeMap<TableId, usize> {
    let numbered = groups.iter().zip(1..);
    numbered
        .flat_map(|(group, number)| group.tables.iter().map(move |&table| (table, number)))
        .collect()
}

fn divided(content: &Content<'_>, tables: &[TableId], holds: Holds) -> Vec<Group> {
    let mut parts = agglomerate(content, tables);
    parts.sort_by_key(|part| {
        let first = part
            .iter()
            .map(|&table| (content.report.classes.tables[table.0].order, table))
            .min();
        (part.len() == 1, first)
    });
    parts
        .into_iter()
        .map(|part| Group {
            holds,
            title: title(content, holds, &part),
            tables: part,
        })
        .collect()
}

/// The table that most of the group's relations lead to gives the name.
fn title(content: &Content<'_>, holds: Holds, part: &[TableId]) -> String {
    let inside: BTreeSet<_> = part.iter().copied().collect();
    let children = |table: TableId| {
        let all = content.graph().children(table);
        all.filter(|edge| inside.contains(&edge.child()) && edge.child() != table)
            .count()
    };
    let mut by_children: Vec<_> = part.to_vec();
    by_children.sort_by_key(|&table| (usize::MAX - children(table), table));
    let what = match holds {
        Holds::Clients => "Client tables",
        Holds::Context => "Context tables",
        Holds::Neutral => "Neutral tables",
    };
    match by_children.first() {
        Some(&first) if children(first) > 0 && part.len() < content.report.classes.tables.len() => {
            format!("{what} around {}", content.short_name(first))
        }
        _ => what.to_owned(),
    }
}

/// Groups of at most [`MOST`] tables, each in the order of `tables`.
fn agglomerate(content: &Content<'_>, tables: &[TableId]) -> Vec<Vec<TableId>> {
    let places: BTreeMap<_, _> = tables.iter().enumerate().map(|(at, &table)| (table, at)).collect();
    let mut groups: Vec<Vec<usize>> = (0..tables.len()).map(|at| vec![at]).collect();
    let mut bonds = bonds(content, &places);
    while let Some((one, other)) = closest(&groups, &bonds) {
        let moved = std::mem::take(&mut groups[other]);
        groups[one].extend(moved);
        let gone = std::mem::take(&mut bonds[other]);
        for (third, weight) in gone {
            bonds[third].remove(&other);
            if third != one {
                *bonds[one].entry(third).or_default() += weight;
                *bonds[third].entry(one).or_default() += weight;
            }
        }
    }
    gather(&mut groups);
    let named = groups.into_iter().filter(|group| !group.is_empty()).map(|mut group| {
        group.sort_unstable();
        group.into_iter().map(|at| tables[at]).collect()
    });
    named.collect()
}

/// How closely each two tables are bound.
fn bonds(content: &Content<'_>, places: &BTreeMap<TableId, usize>) -> Vec<BTreeMap<usize, f64>> {
    let mut bonds = vec![BTreeMap::<usize, f64>::new(); places.len()];
    for edge in content.graph().edges() {
        let (Some(&child), Some(&parent)) = (places.get(&edge.child()), places.get(&edge.parent)) else {
            continue;
        };
        if child != parent {
            #[expect(clippy::cast_precision_loss, reason = "a number of children")]
            let children = content.graph().children(edge.parent).count() as f64;
            *bonds[child].entry(parent).or_default() += 1.0 / children;
            *bonds[parent].entry(child).or_default() += 1.0 / children;
        }
    }
    bonds
}

/// The two groups that are to become one: bound most closely for their size, and small enough together.
fn closest(groups: &[Vec<usize>], bonds: &[BTreeMap<usize, f64>]) -> Option<(usize, usize)> {
    let mut best: Option<(f64, (usize, usize))> = None;
    for (one, of_one) in bonds.iter().enumerate() {
        for (&other, weight) in of_one.range(one + 1..) {
            let (left, right) = (groups[one].len(), groups[other].len());
            if left + right > MOST {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a number of tables")]
            let bound = weight / (left.min(right) as f64);
            if best.is_none_or(|(most, _)| bound > most) {
                best = Some((bound, (one, other)));
            }
        }
    }
    best.map(|(_, pair)| pair)
}

/// Small groups that nothing binds are drawn together: a frame for each single table would be all frames.
fn gather(groups: &mut Vec<Vec<usize>>) {
    const SMALL: usize = 5;
    let (small, mut large): (Vec<_>, Vec<_>) = std::mem::take(groups)
        .into_iter()
        .filter(|group| !group.is_empty())
        .partition(|group| group.len() <= SMALL);
    let mut together = vec![];
    for group in small {
        if together.len() + group.len() > LOOSE {
            large.push(std::mem::take(&mut together));
        }
        together.extend(group);
    }
    large.push(together);
    *groups = large;
}
