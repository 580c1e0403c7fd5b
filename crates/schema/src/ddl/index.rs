//! CREATE INDEX and what is done to indexes afterwards.

use super::constraint;
use super::cursor::Cursor;
use super::keys;
use super::state::{Key, Rows, State};
use crate::introspect::shape::Role;
use crate::model::Engine;

/// Reads what follows INDEX.
pub(crate) fn create(cursor: &mut Cursor<'_, '_>, unique: bool, searchable: bool, state: &mut State) {
    cursor.take("CONCURRENTLY");
    let if_not_exists = cursor.take_if();
    let name = if cursor.is("ON") { None } else { cursor.written() };
    let role = if unique { Role::Unique } else { Role::Plain };
    let mut key = Key::new(role, vec![]);
    key.searchable = searchable;
    key.name = name.map(|name| name.name).unwrap_or_default();
    constraint::options(cursor, &mut key, state);
    let only = cursor.take("ON ONLY");
    if !only && !cursor.take("ON") {
        state.warn(format!("the index `{}` is on no table that can be read", key.name));
        return;
    }
    let Some(written) = cursor.written() else { return };
    let Some(table) = state.existing(&written) else {
        if !state.is_other(&written) {
            state.warn(format!(
                "the index `{}` is on {}, which is not made before it",
                key.name, written.name
            ));
        }
        return;
    };
    if state.engine == Engine::Postgres && cursor.take("USING") {
        cursor.next();
    }
    key.parts = cursor
        .group()
        .map(|inside| constraint::parts(&inside, state.engine))
        .unwrap_or_default();
    constraint::options(cursor, &mut key, state);
    cursor.until(0, |rest| rest.is("WHERE"));
    if cursor.take("WHERE") {
        key.total = false;
        key.searchable &= state.engine == Engine::Postgres && is_not_null(cursor, &key);
    }
    let Some(mut draft) = state.take(&table) else {
        return;
    };
    key.attached = (only && draft.rows == Rows::InPartitions).then_some(0);
    let known = draft
        .keys
        .iter()
        .any(|other| !key.name.is_empty() && other.name == key.name && !other.implied);
    if known && !if_not_exists {
        state.warn(format!("{table} has an index `{}` already", key.name));
    }
    if !known {
        keys::add_index(&mut draft, key, state);
    }
    state.tables.insert(table, draft);
}

/// `WHERE (lead IS NOT NULL)`: all rows that a search for a value of the first column can find.
fn is_not_null(cursor: &Cursor<'_, '_>, key: &Key) -> bool {
    let mut rest = *cursor;
    let inside = rest.group().filter(|_| rest.is_empty()).unwrap_or(*cursor);
    let mut inside = inside;
    let lead = key.parts.first().and_then(|part| part.column.clone());
    lead.is_some() && inside.name() == lead && inside.take("IS NOT NULL") && inside.is_empty()
}

/// Reads what follows DROP INDEX.
pub(crate) fn drop_index(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    cursor.take("CONCURRENTLY");
    cursor.take_if();
    let spelling = state.spelling();
    let until = cursor.until(0, |rest| rest.is_any(&["ON", "CASCADE", "RESTRICT"]));
    let names: Vec<_> = until
        .items()
        .into_iter()
        .filter_map(|mut item| item.written())
        .collect();
    let table = cursor
        .take("ON")
        .then(|| cursor.written())
        .flatten()
        .and_then(|name| state.existing(&name));
    for name in names {
        for (_, draft) in state
            .tables
            .iter_mut()
            .filter(|(known, _)| table.as_ref().is_none_or(|table| table == *known))
        {
            draft.keys.retain(|key| !spelling.same(&key.name, &name.name));
        }
    }
}

/// Reads what follows ALTER INDEX.
pub(crate) fn alter_index(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    cursor.take_if();
    let Some(name) = cursor.written() else { return };
    let rename = cursor.take("RENAME TO");
    let attach = cursor.take("ATTACH PARTITION");
    let new = cursor.name().filter(|_| rename);
    let keys = state.tables.values_mut().flat_map(|draft| &mut draft.keys);
    for key in keys.filter(|key| key.name == name.name) {
        key.attached = key.attached.map(|count| count + usize::from(attach));
        if let Some(new) = &new {
            key.name.clone_from(new);
        }
    }
}
