//! Columns that speak of the table itself: its own key, other rows of it, and who wrote it.

use exodus_schema::{Kind, TableId};

use super::candidate::Candidate;
use super::index::{Index, single_key};
use super::stem::{Named, Stem};
use super::{key, traps, words};

/// Whether the column is the table's own key.
pub(super) fn is_own_key(index: &Index<'_>, table: TableId, named: &Named<'_>) -> bool {
    let of = index.table(table);
    named.plain == "id"
        || traps::makes_values(of, &named.column.name)
        || single_key(of) == Some(named.column.name.as_str()) && is_named_like(index, table, &named.stems)
}

/// Whether a column's name is the table's, or the end of it.
pub(super) fn is_named_like(index: &Index<'_>, table: TableId, stems: &[Stem]) -> bool {
    stems.iter().any(|stem| {
        words::forms(&stem.words)
            .iter()
            .any(|form| index.named(form).iter().any(|found| found.table == table))
    })
}

/// The guess that the column refers to a row of its own table.
pub(super) fn by_own_row(index: &Index<'_>, child: TableId, named: &Named<'_>) -> Option<Candidate> {
    let own: Vec<_> = index.words[child.0]
        .iter()
        .flat_map(|word| words::singulars(word))
        .collect();
    let fits = |stem: &&Stem| {
        let rest = || {
            stem.words
                .iter()
                .filter(|word| !words::singulars(word).iter().any(|one| own.contains(one)))
        };
        let plain: String = rest().map(String::as_str).collect();
        let boss = ["manager", "supervisor", "boss", "superior", "referrer", "mentor"].contains(&plain.as_str());
        words::own_row(&plain) || boss && stem.marker.is_some() && traps::of_people(&index.words[child.0])
    };
    let stem = named.stems.iter().find(fits)?;
    let target = key::target(index, child, named.column, child, stem.marker.as_ref())?;
    if target.off > 0.1 || named.column.kind == Kind::Text && stem.marker.is_none() {
        return None;
    }
    let mut reasons = vec![format!(
        "`{}` speaks of another row of the same table",
        named.column.name
    )];
    reasons.extend(target.reasons);
    Some(Candidate {
        parent: child,
        pairs: target.pairs,
        score: if stem.marker.is_some() { 0.8 } else { 0.74 } - target.off.max(0.0),
        whole_name: true,
        reasons,
    })
}

/// The guess that the column says who did it: a row of the one table of users.
pub(super) fn by_actor(index: &Index<'_>, child: TableId, named: &Named<'_>) -> Option<Candidate> {
    let stem = named.stems.first()?;
    let (last, front) = stem.words.split_last()?;
    let by = last == "by" && !front.is_empty();
    let of_own = front.iter().all(|word| {
        index.words[child.0]
            .iter()
            .any(|own| words::singulars(own).contains(word))
    });
    let person = words::person(last) && of_own && (stem.marker.is_some() || !front.is_empty());
    if !by && !person {
        return None;
    }
    let known = |dropped: usize, table: TableId| dropped == 0 || index.beginning(&index.words[table.0][..dropped]) >= 3;
    let users = || {
        index
            .named("user")
            .iter()
            .filter(|found| known(found.dropped, found.table))
    };
    let fewest = users().map(|found| found.dropped).min()?;
    let mut users = users().filter(|found| found.dropped == fewest);
    let (user, None) = (users.next()?.table, users.next()) else {
        return None;
    };
    let target = key::target(index, child, named.column, user, None)?;
    if target.off > 0.05 || user == child && !by {
        return None;
    }
    Some(Candidate {
        parent: user,
        pairs: target.pairs,
        score: if by { 0.66 } else { 0.64 },
        whole_name: true,
        reasons: vec![
            format!(
                "`{}` says who did it, and {} has the users",
                named.column.name,
                index.table(user).name
            ),
            "whoever did it need not be whose it is".to_owned(),
        ],
    })
}
