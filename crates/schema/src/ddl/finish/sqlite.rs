//! What SQLite does on its own: row ids, the names of indexes that constraints make, tables behind virtual tables.

use super::super::state::{Draft, Key, Part, State};
use crate::introspect::shape::Role;
use crate::model::Generator;

/// What the tables that keep a virtual table's contents are called.
const SHADOWS: &[&str] = &[
    "_data",
    "_idx",
    "_content",
    "_docsize",
    "_config",
    "_segments",
    "_segdir",
    "_stat",
    "_node",
    "_parent",
    "_rowid",
];

/// Completes all tables.
pub(super) fn complete(state: &mut State) {
    let virtuals = std::mem::take(&mut state.virtuals);
    let shadow = |name: &str| {
        SHADOWS
            .iter()
            .any(|ending| name.strip_suffix(ending).is_some_and(|table| virtuals.contains(table)))
    };
    state.tables.retain(|name, _| !shadow(&name.name));
    for draft in state.tables.values_mut() {
        let row_id = row_id(draft);
        name_indexes(draft, row_id.is_some());
        let keyed: Vec<String> = draft.primary().map(Key::columns).unwrap_or_default();
        let strict = draft.without_rowid || draft.strict;
        for (at, column) in draft.table.columns.iter_mut().enumerate() {
            if Some(at) == row_id {
                column.generator = Some(Generator::AutoIncrement);
                column.nullable = false;
            } else if strict && keyed.contains(&column.name) {
                column.nullable = false;
            }
        }
    }
}

/// The column that is the row id by another name.
fn row_id(draft: &Draft) -> Option<usize> {
    let key = draft.primary().filter(|_| !draft.without_rowid)?;
    let [
        Part {
            column: Some(name),
            descending: false,
            ..
        },
    ] = key.parts.as_slice()
    else {
        return None;
    };
    let at = draft.table.columns.iter().position(|column| column.name == *name)?;
    draft.table.columns[at]
        .native_type
        .eq_ignore_ascii_case("INTEGER")
        .then_some(at)
}

/// Constraints that ask for the same index share one, which is the primary key's if that is among them.
fn name_indexes(draft: &mut Draft, has_row_id: bool) {
    let table = draft.name().name.clone();
    let mut made: Vec<Key> = vec![];
    let mut number = 0_u32;
    for mut key in std::mem::take(&mut draft.keys) {
        let of_constraint = key.role == Role::Primary || (key.role == Role::Unique && key.name.is_empty());
        if !of_constraint || (key.role == Role::Primary && has_row_id) {
            made.push(key);
            continue;
        }
        let integer_key = key.role == Role::Primary && draft.without_rowid && is_integer(&draft.table, &key);
        let same = made.iter_mut().find(|other| {
            (other.role == Role::Primary || other.name.starts_with("sqlite_autoindex_")) && same_columns(other, &key)
        });
        match same {
            Some(_) if has_row_id && key.role == Role::Unique => {
                // The row id has no index that could be shared.
                number += 1;
                key.name = format!("sqlite_autoindex_{table}_{number}");
                made.push(key);
            }
            Some(other) => {
                if key.role == Role::Primary {
                    other.role = Role::Primary;
                    other.name = key.name;
                }
            }
            None => {
                // An INTEGER key's index is made last.
                number += u32::from(!integer_key);
                if key.role == Role::Unique {
                    key.name = format!("sqlite_autoindex_{table}_{number}");
                }
                made.push(key);
            }
        }
    }
    draft.keys = made;
}

fn same_columns(one: &Key, other: &Key) -> bool {
    let same = |(a, b): (&Part, &Part)| a.column == b.column && a.collation == b.collation;
    one.parts.len() == other.parts.len() && one.parts.iter().zip(&other.parts).all(same)
}

fn is_integer(table: &crate::model::Table, key: &Key) -> bool {
    let name = key.parts.first().and_then(|part| part.column.as_ref());
    key.parts.len() == 1
        && table
            .columns
            .iter()
            .any(|column| Some(&column.name) == name && column.native_type.eq_ignore_ascii_case("INTEGER"))
}
