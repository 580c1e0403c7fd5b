//! From what the statements made to the model, by way of the rows that the catalogues give.

mod mysql;
mod places;
mod postgres;
mod sqlite;

use std::collections::BTreeMap;

use super::cursor::Written;
use super::state::{Draft, ForeignKey, Rows, State, UserType};
use super::{Lines, program, types};
use crate::introspect::draft;
use crate::introspect::postgres::partitions;
use crate::introspect::shape::{KeyRow, RelationRow, Role, TriggerRow};
use crate::model::{Engine, Schema};
use crate::name::TableName;

/// Puts the model together, and tells on which lines its parts are made.
pub(crate) fn schema(mut state: State) -> (Schema, Lines) {
    match state.engine {
        Engine::Postgres => program::resolve(&mut state),
        Engine::MySql | Engine::MariaDb => mysql::forget_the_only_database(&mut state),
        Engine::Sqlite => sqlite::complete(&mut state),
    }
    let roots = postgres::roots(&mut state);
    let warnings = std::mem::take(&mut state.warnings);
    let version = state.version.take().unwrap_or_default();
    let (engine, spelling) = (state.engine, state.spelling());

    let (keys, relations, triggers) = rows(&state, &roots);
    let places = places::Places::of(&state, &roots);
    let partition_rows = postgres::partition_rows(&state, &roots);
    let enums = enums(&mut state);
    let mut routines: Vec<_> = std::mem::take(&mut state.routines);
    routines.retain(|known| !known.for_triggers);
    if state.any_bytes {
        postgres::tell_encoding(&mut state);
    }
    let tables = state
        .tables
        .into_values()
        .filter(|draft| !roots.contains_key(draft.name()) && draft.rows != Rows::Elsewhere);
    let mut out = draft::Draft::new(tables.map(|draft| draft.table).collect());
    out.partitions(&partition_rows);
    out.keys(keys);
    out.relations(partitions::lift(relations, &partition_rows), spelling, spelling);
    out.triggers(triggers);
    out.routines = routines.into_iter().map(|known| known.routine).collect();
    out.enums = enums;
    let mut schema = out.finish(engine, version);
    schema.warnings.extend(warnings.into_iter().map(|(_, what)| what));
    let lines = places.lines(&schema);
    (schema, lines)
}

/// The labels of enumerated types, by the names that columns have as their types.
fn enums(state: &mut State) -> BTreeMap<String, Vec<String>> {
    let printed = |name: TableName| {
        types::quoted(&Written {
            schema: Some(name.schema),
            name: name.name,
        })
    };
    let made = std::mem::take(&mut state.types).into_iter();
    let labelled = made.filter_map(|(name, made)| match made {
        UserType::Enum(labels) if !labels.is_empty() => Some((printed(name), labels)),
        _ => None,
    });
    labelled.collect()
}

/// Everything that hangs on tables, of partitions under the name of their root.
fn rows(state: &State, roots: &BTreeMap<TableName, TableName>) -> (Vec<KeyRow>, Vec<RelationRow>, Vec<TriggerRow>) {
    let (mut keys, mut relations, mut triggers) = (vec![], vec![], vec![]);
    for draft in state.tables.values() {
        let root = roots.get(draft.name());
        let table = root.unwrap_or(draft.name());
        if root.is_none() {
            keys.extend(key_rows(draft, state));
        }
        for key in &draft.foreign_keys {
            let id = format!("{:08}", relations.len());
            relations.extend(relation_rows(draft, key, &id, roots));
        }
        for made in &draft.triggers {
            let row = TriggerRow {
                table: table.clone(),
                trigger: made.trigger.clone(),
            };
            triggers.push(row);
        }
    }
    (keys, relations, triggers)
}

fn key_rows(draft: &Draft, state: &State) -> Vec<KeyRow> {
    let parts = state
        .tables
        .values()
        .filter(|other| other.partition_of.as_ref() == Some(draft.name()))
        .count();
    let rows = draft.keys.iter().enumerate().flat_map(|(number, key)| {
        let in_force = key.attached.is_none_or(|count| count >= parts);
        key.parts.iter().zip(1..).map(move |(part, ordinal)| KeyRow {
            table: draft.name().clone(),
            // Two of one name can't be, but a file may say so.
            name: if key.name.is_empty() {
                format!("index {number}")
            } else {
                key.name.clone()
            },
            role: key.role,
            ordinal,
            column: part.column.clone(),
            total: key.total && in_force && part.prefix.is_none(),
            searchable: key.searchable && in_force && part.prefix.is_none(),
        })
    });
    let mut rows: Vec<KeyRow> = rows.collect();
    let primary = rows.iter().any(|row| row.role == Role::Primary);
    debug_assert_eq!(primary, draft.primary().is_some_and(|key| !key.parts.is_empty()));
    rows.dedup_by(|a, b| a.name == b.name && a.ordinal == b.ordinal);
    rows
}

fn relation_rows(
    draft: &Draft,
    key: &ForeignKey,
    id: &str,
    roots: &BTreeMap<TableName, TableName>,
) -> Vec<RelationRow> {
    let own = draft.name();
    let root = roots.get(own);
    let count = match key.parent_columns.len() {
        0 => key.columns.len(),
        given => key.columns.len().max(given),
    };
    let pair = |at: usize| RelationRow {
        child: root.unwrap_or(own).clone(),
        id: id.to_owned(),
        name: key.name.clone(),
        ordinal: u32::try_from(at).unwrap_or(u32::MAX),
        parent: roots.get(&key.parent).unwrap_or(&key.parent).clone(),
        child_column: key.columns.get(at).cloned().unwrap_or_default(),
        parent_column: key
            .parent_columns
            .get(at)
            .cloned()
            .or_else(|| (!key.parent_columns.is_empty()).then(String::new)),
        on_delete: key.on_delete,
        on_update: key.on_update,
        deferral: key.deferral,
        validated: key.validated,
        match_full: key.match_full,
        carrier: root.map(|_| own.clone()),
    };
    (0..count).map(pair).collect()
}
