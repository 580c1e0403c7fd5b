//! What ALTER TABLE does to columns, keys and partitions.

use super::alter::follow;
use super::cursor::{Cursor, Written};
use super::state::{Draft, State};
use super::{apply, column, constraint, table};
use crate::introspect::shape::Role;
use crate::model::{Engine, Generator};
use crate::name::TableName;

/// Columns, keys, partitions.
pub(crate) fn structure(action: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    if action.take("ADD") {
        add(action, draft, state)
    } else if action.take("DROP") {
        drop_part(action, draft, state)
    } else if action.take("MODIFY") {
        action.take("COLUMN");
        action.take_if();
        replace_column(action, None, draft, state)
    } else if action.take("CHANGE") {
        action.take("COLUMN");
        action.take_if();
        let old = action.name();
        replace_column(action, old, draft, state)
    } else if action.take("ALTER CONSTRAINT") {
        let name = action.name();
        let key = draft.foreign_keys.iter_mut().find(|key| key.name == name);
        if let Some(key) = key {
            while constraint::deferral(action, &mut key.deferral) {}
        }
        true
    } else if action.take_any(&["ALTER INDEX", "ALTER CHECK"]) {
        let name = action.name().unwrap_or_default();
        let hidden = action.take_any(&["INVISIBLE", "IGNORED"]);
        for key in draft.keys.iter_mut().filter(|key| key.name == name) {
            key.searchable = !hidden;
        }
        true
    } else if action.take("ALTER") {
        action.take("COLUMN");
        alter_column(action, draft, state)
    } else if action.take("ATTACH PARTITION") {
        attach(action, draft, state)
    } else if action.take("DETACH PARTITION") {
        let part = action.written().and_then(|name| state.existing(&name));
        if let Some(part) = part.and_then(|name| state.tables.get_mut(&name)) {
            part.partition_of = None;
        }
        true
    } else if action.take("INHERIT") {
        // Its columns are its own already.
        true
    } else {
        false
    }
}

fn add(action: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    if state.is_mysql() && action.take("PARTITION") {
        let inside = action.group().map(|inside| inside.items()).unwrap_or_default();
        let name = |mut item: Cursor<'_, '_>| item.take("PARTITION").then(|| item.name()).flatten();
        draft
            .table
            .partitions
            .extend(inside.into_iter().filter_map(name).map(TableName::bare));
        return true;
    }
    if !action.is("COLUMN")
        && let Some(found) = constraint::constraint(action, state)
    {
        apply::constraint(draft, found, state);
        table::behind_constraint(action, draft, state);
        return true;
    }
    action.take("COLUMN");
    action.take_if();
    let several = action.group();
    let mut items = several.map_or_else(|| vec![*action], |inside| inside.items());
    for item in &mut items {
        if let Some(found) = constraint::constraint(item, state) {
            apply::constraint(draft, found, state);
            continue;
        }
        let Some(definition) = column::definition(item, state) else {
            return false;
        };
        apply::column(draft, definition, None, state);
    }
    true
}

fn replace_column(action: &mut Cursor<'_, '_>, old: Option<String>, draft: &mut Draft, state: &mut State) -> bool {
    let Some(definition) = column::definition(action, state) else {
        return false;
    };
    let old = old.unwrap_or_else(|| definition.name.clone());
    let Some(at) = draft.column(&old, state.spelling()) else {
        state.warn(format!("{} has no column `{old}` to change", draft.name()));
        return true;
    };
    let in_key = draft
        .primary()
        .is_some_and(|key| key.columns().contains(&draft.table.columns[at].name));
    let new = definition.name.clone();
    apply::column(draft, definition, Some(at), state);
    if in_key {
        draft.require(std::slice::from_ref(&new), state.spelling());
    }
    let table = draft.name().clone();
    follow(state, &table, &old, &new);
    true
}

fn drop_part(action: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    if action.take("PRIMARY KEY") {
        draft.keys.retain(|key| key.role != Role::Primary);
        return true;
    }
    if state.is_mysql() && action.take("PARTITION") {
        let gone = action.names();
        draft
            .table
            .partitions
            .retain(|partition| !gone.contains(&partition.name));
        return true;
    }
    let foreign = action.take("FOREIGN KEY");
    let index = !foreign && action.take_any(&["INDEX", "KEY"]);
    let constraint = !foreign && !index && action.take_any(&["CONSTRAINT", "CHECK"]);
    if !foreign && !index && !constraint {
        action.take("COLUMN");
    }
    if action.take("SYSTEM VERSIONING") || action.take("EXPRESSION") {
        return true;
    }
    action.take_if();
    let Some(name) = action.name() else { return false };
    let spelling = state.spelling();
    if foreign || constraint {
        draft
            .foreign_keys
            .retain(|key| !key.name.as_ref().is_some_and(|known| spelling.same(known, &name)));
    }
    if index || constraint {
        draft.keys.retain(|key| !spelling.same(&key.name, &name));
    }
    if !foreign && !index && !constraint {
        drop_column(draft, &name, state);
    }
    true
}

/// Keys on the column go with it; MySQL takes the column out of them.
fn drop_column(draft: &mut Draft, name: &str, state: &mut State) {
    let spelling = state.spelling();
    let Some(at) = draft.column(name, spelling) else { return };
    let gone = draft.table.columns.remove(at).name;
    draft.foreign_keys.retain(|key| !key.columns.contains(&gone));
    if state.is_mysql() {
        for key in &mut draft.keys {
            key.parts.retain(|part| part.column.as_ref() != Some(&gone));
        }
        draft.keys.retain(|key| !key.parts.is_empty());
    } else {
        draft.keys.retain(|key| !key.columns().contains(&gone));
    }
    let table = draft.name().clone();
    for other in state.tables.values_mut() {
        other
            .foreign_keys
            .retain(|key| key.parent != table || !key.parent_columns.contains(&gone));
    }
}

fn alter_column(action: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    let Some(name) = action.name() else { return false };
    let Some(at) = draft.column(&name, state.spelling()) else {
        state.warn(format!("{} has no column `{name}` to change", draft.name()));
        return true;
    };
    if action.is("SET DATA TYPE") || action.is("TYPE") {
        action.take_any(&["SET DATA TYPE", "TYPE"]);
        return change_type(action, at, draft, state);
    }
    let column = &mut draft.table.columns[at];
    if action.take("SET DEFAULT") {
        let expression = action.until(0, |_| false);
        column.default = apply::default(&expression, "", state.engine);
        apply::keys_of_default(column, state.engine);
    } else if action.take("DROP DEFAULT") {
        column.default = None;
        column.generator = column.generator.filter(|known| *known != Generator::Sequence);
    } else if action.take("SET NOT NULL") {
        column.nullable = false;
    } else if action.take("DROP NOT NULL") {
        column.nullable = true;
    } else if action.take_any(&["ADD GENERATED", "SET GENERATED"]) {
        let by_default = action.take("BY DEFAULT");
        column.generator = Some(if by_default {
            Generator::IdentityByDefault
        } else {
            Generator::IdentityAlways
        });
        column.nullable &= state.engine != Engine::Postgres;
    } else if action.take("DROP IDENTITY") {
        column.generator = None;
    } else if action.take("DROP EXPRESSION") {
        column.generated = None;
    } else if action.take("SET INVISIBLE") {
        column.invisible = true;
    } else if action.take("SET VISIBLE") {
        column.invisible = false;
    } else {
        return action.take_any(&[
            "SET STATISTICS",
            "SET STORAGE",
            "SET COMPRESSION",
            "SET",
            "RESET",
            "RESTART",
        ]);
    }
    true
}

fn change_type(action: &mut Cursor<'_, '_>, at: usize, draft: &mut Draft, state: &mut State) -> bool {
    let type_ = super::types::read(action.until(0, column::is_clause), state);
    let column = &mut draft.table.columns[at];
    column.native_type = type_.native;
    column.kind = type_.kind;
    column.text_only = type_.text_only;
    column.collation = type_.collation;
    if action.take("COLLATE") {
        column.collation = action.written().map(|name| super::types::quoted(&name));
    }
    true
}

fn attach(action: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    let Some(written) = action.written() else { return false };
    let parent = Written {
        schema: Some(draft.name().schema.clone()),
        name: draft.name().name.clone(),
    };
    let Some(part) = state.existing(&written) else {
        state.warn(format!(
            "{} is to be a partition of {}, but no such table is made before",
            written.name,
            draft.name()
        ));
        return true;
    };
    // The parent is out of the state at the moment, so that its name is taken as it is.
    if let Some(mut partition) = state.tables.remove(&part) {
        table::partition_of(&mut partition, &parent, state);
        state.tables.insert(part, partition);
    }
    true
}
