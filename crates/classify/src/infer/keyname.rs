//! Guesses by the name of a key that one other table has.

use exodus_schema::{Kind, TableId};

use super::candidate::Candidate;
use super::index::{Index, single_key};
use super::stem::{Named, stems};
use super::{key, name, own, traps, words};

/// The guess that the column holds the key of the only table whose key is called so (`emp_number`), or ends so
/// (`created_by_emp_number`).
pub(super) fn by_key_name(index: &Index<'_>, child: TableId, named: &Named<'_>) -> Option<Candidate> {
    for front in 0..named.words.len() {
        let (role, tail) = named.words.split_at(front);
        if !telling(tail) || front > 0 && tail.len() < 2 {
            continue;
        }
        let Some(home) = home(index, &tail.concat()) else {
            continue;
        };
        if home == child && front == 0 {
            return None;
        }
        let of = index.table(home);
        let key = single_key(of)?;
        let off = if front > 0 {
            name::role_off(index, child, role).max(0.08)
        } else {
            0.0
        };
        let target = key::paired(index, named.column, of, key, off)?;
        let mut reasons = vec![format!("{}.{key} is the only key of that name", of.name)];
        reasons.extend(target.reasons);
        // Names and logins are shown as often as they refer to something.
        let shown = named.column.kind == Kind::Text
            && tail
                .last()
                .is_some_and(|last| ["name", "login", "slug", "handle", "username"].contains(&last.as_str()));
        return Some(Candidate {
            parent: home,
            pairs: target.pairs,
            score: if shown { 0.55 } else { 0.89 } - target.off,
            whole_name: true,
            reasons,
        });
    }
    None
}

/// The table that a key name is at home in: the only one, or of several the only one that is called like the key or makes
/// its values.
fn home(index: &Index<'_>, plain: &str) -> Option<TableId> {
    let keyed: Vec<_> = index
        .keyed(plain)
        .iter()
        .copied()
        .filter(|&table| !is_borrowed(index, table))
        .collect();
    if let [only] = keyed[..] {
        return Some(only);
    }
    let one = |fits: &dyn Fn(TableId) -> bool| {
        let mut fitting = keyed.iter().copied().filter(|&table| fits(table));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    let key = |table: TableId| single_key(index.table(table)).unwrap_or_default();
    one(&|table| own::is_named_like(index, table, &stems(&words::split(key(table)))))
        .or_else(|| one(&|table| traps::makes_values(index.table(table), key(table))))
}

/// Whether a table's key is called like another table: then that one's rows are what it holds.
fn is_borrowed(index: &Index<'_>, table: TableId) -> bool {
    let key = single_key(index.table(table)).unwrap_or_default();
    let stems = stems(&words::split(key));
    let names_another = |form: &String| {
        let mut named = index.named(form).iter();
        named.any(|found| found.table != table && found.dropped <= index.namespace(found.table))
    };
    !own::is_named_like(index, table, &stems)
        && stems
            .iter()
            .any(|stem| words::forms(&stem.words).iter().any(names_another))
}

/// Whether a key's name says more than that it is a key.
fn telling(name: &[String]) -> bool {
    match name {
        [] => false,
        [one] => {
            let ends = ["id", "nr", "no", "code", "key", "num", "number", "nummer"];
            one.len() > 2 && words::marker(one).is_none() && ends.iter().any(|end| one.ends_with(end))
        }
        [.., last] => words::marker(last).is_some() || last != "id",
    }
}
