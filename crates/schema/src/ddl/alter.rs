//! ALTER TABLE.

use super::cursor::{Cursor, Written};
use super::state::{Draft, State};
use super::{apply, column, constraint, keys, mysql, table};
use crate::introspect::shape::Role;
use crate::model::{Enabled, Engine, Generator};
use crate::name::TableName;

/// Reads what follows ALTER TABLE.
pub(crate) fn alter(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    cursor.take_if();
    let only = cursor.take("ONLY");
    if cursor.take("ALL IN TABLESPACE") {
        return;
    }
    let Some(written) = cursor.written() else {
        state.warn("an ALTER TABLE without a name that can be read was skipped");
        return;
    };
    cursor.take_sign('*');
    let Some(mut name) = state.existing(&written) else {
        if !state.is_other(&written) {
            state.warn(format!("ALTER TABLE {} was skipped: no such table is made before it", written.name));
        }
        return;
    };
    for mut action in cursor.items() {
        if let Some(new) = rename(&mut action, &name, state) {
            name = new;
            continue;
        }
        // Taken out, so that the rest of the schema can be looked at meanwhile.
        let Some(mut draft) = state.tables.remove(&name) else {
            return;
        };
        let before = draft.keys.len();
        let known = structure(&mut action, &mut draft, state) || settings(&mut action, &mut draft, state);
        if !known {
            let shown = action.peek().map_or("", |token| column::shown(token.text, token.what));
            state.warn(format!("ALTER TABLE {name}: nothing is known of `{shown}`"));
        }
        // On a partitioned table alone, an index comes into force with those of its partitions.
        let new = draft.keys.iter_mut().skip(before);
        new.filter(|_| only && draft.partitioned).for_each(|key| key.only = true);
        if state.is_mysql() {
            keys::add_implied(&mut draft, state);
        }
        state.tables.insert(name.clone(), draft);
    }
}

/// New names of the table or of what is in it, for which other tables have to be looked at.
fn rename(action: &mut Cursor<'_, '_>, name: &TableName, state: &mut State) -> Option<TableName> {
    let begin = *action;
    if action.take("SET SCHEMA") {
        let schema = action.name()?;
        let new = TableName::new(schema, name.name.clone());
        state.rename_table(name, new.clone());
        return Some(new);
    }
    if !action.take("RENAME") {
        return None;
    }
    if action.take("CONSTRAINT") {
        let (old, _, new) = (action.name()?, action.take("TO"), action.name()?);
        constraint_renamed(state.tables.get_mut(name)?, &old, &new);
        return Some(name.clone());
    }
    if action.take_any(&["INDEX", "KEY"]) {
        let (old, _, new) = (action.name()?, action.take("TO"), action.name()?);
        constraint_renamed(state.tables.get_mut(name)?, &old, &new);
        return Some(name.clone());
    }
    if action.take_any(&["TO", "AS"]) || action.len() == 1 {
        let mut written = action.written()?;
        written.schema = written.schema.or_else(|| Some(name.schema.clone()));
        let new = state.new_name(&written);
        state.rename_table(name, new.clone());
        return Some(new);
    }
    action.take("COLUMN");
    let (old, to, new) = (action.name()?, action.take("TO"), action.name()?);
    if !to {
        *action = begin;
        return None;
    }
    rename_column(state, name, &old, &new);
    Some(name.clone())
}

fn constraint_renamed(draft: &mut Draft, old: &str, new: &str) {
    for key in draft.keys.iter_mut().filter(|key| key.name == old) {
        new.clone_into(&mut key.name);
    }
    for key in draft.foreign_keys.iter_mut().filter(|key| key.name.as_deref() == Some(old)) {
        key.name = Some(new.to_owned());
    }
}

fn rename_column(state: &mut State, table: &TableName, old: &str, new: &str) {
    let spelling = state.spelling();
    let Some(draft) = state.tables.get_mut(table) else { return };
    let Some(at) = draft.column(old, spelling) else {
        state.warn(format!("{table} has no column `{old}` to rename"));
        return;
    };
    let old = std::mem::replace(&mut draft.table.columns[at].name, new.to_owned());
    apply::rename(draft, &old, new);
    follow(state, table, &old, new);
}

/// What refers to the column follows its name.
fn follow(state: &mut State, table: &TableName, old: &str, new: &str) {
    let parts: Vec<TableName> = state
        .tables
        .iter()
        .filter(|(_, draft)| draft.partition_of.as_ref() == Some(table))
        .map(|(name, _)| name.clone())
        .collect();
    for draft in state.tables.values_mut() {
        let to_it = draft.foreign_keys.iter_mut().filter(|key| key.parent == *table);
        for name in to_it.flat_map(|key| &mut key.parent_columns).filter(|name| *name == old) {
            new.clone_into(name);
        }
    }
    for part in parts {
        rename_column(state, &part, old, new);
    }
}

/// Columns, keys, partitions.
fn structure(action: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
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
        draft.table.partitions.extend(inside.into_iter().filter_map(name).map(TableName::bare));
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
    let in_key = draft.primary().is_some_and(|key| key.columns().contains(&draft.table.columns[at].name));
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
        draft.table.partitions.retain(|partition| !gone.contains(&partition.name));
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
        draft.foreign_keys.retain(|key| !key.name.as_ref().is_some_and(|known| spelling.same(known, &name)));
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
        other.foreign_keys.retain(|key| key.parent != table || !key.parent_columns.contains(&gone));
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
        column.generator = Some(if by_default { Generator::IdentityByDefault } else { Generator::IdentityAlways });
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
        return action.take_any(&["SET STATISTICS", "SET STORAGE", "SET COMPRESSION", "SET", "RESET", "RESTART"]);
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
        state.warn(format!("{} is to be a partition of {}, but no such table is made before", written.name, draft.name()));
        return true;
    };
    // The parent is out of the state at the moment, so that its name is taken as it is.
    if let Some(mut partition) = state.tables.remove(&part) {
        table::partition_of(&mut partition, &parent, state);
        state.tables.insert(part, partition);
    }
    true
}

/// Everything else that is known.
fn settings(action: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    if action.take("ENABLE ROW LEVEL SECURITY") {
        draft.table.row_security = true;
    } else if action.take("DISABLE ROW LEVEL SECURITY") {
        draft.table.row_security = false;
    } else if let Some(enabled) = trigger_state(action) {
        let name = action.name();
        let all = name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case("user"));
        for draft in draft.triggers.iter_mut().filter(|draft| all || Some(&draft.trigger.name) == name.as_ref()) {
            draft.trigger.enabled = enabled;
        }
        if name.is_some_and(|name| name.eq_ignore_ascii_case("all")) {
            // The checks of foreign keys are triggers too.
            draft.foreign_keys.iter_mut().for_each(|key| key.validated &= enabled != Enabled::Disabled);
        }
    } else if action.take("VALIDATE CONSTRAINT") {
        let name = action.name();
        draft.foreign_keys.iter_mut().filter(|key| key.name == name).for_each(|key| key.validated = true);
    } else if action.take("CONVERT TO CHARACTER SET") {
        draft.charset = action.name();
        draft.collation = action.take("COLLATE").then(|| action.name()).flatten();
        let (charset, collation) = (draft.charset.clone(), draft.collation.clone());
        for column in draft.table.columns.iter_mut().filter(|column| column.charset.is_some()) {
            let word = column.native_type.split('(').next().unwrap_or_default().to_owned();
            column.charset.clone_from(&charset);
            column.collation.clone_from(&collation);
            apply::charset_of(column, charset.as_ref(), collation.as_ref(), &word, state);
        }
    } else if state.is_mysql() && mysql::option(action, draft, state) {
        while !action.is_empty() && mysql::option(action, draft, state) {}
    } else {
        return of_no_interest(action);
    }
    true
}

fn trigger_state(action: &mut Cursor<'_, '_>) -> Option<Enabled> {
    [
        ("ENABLE ALWAYS TRIGGER", Enabled::Always),
        ("ENABLE REPLICA TRIGGER", Enabled::Replica),
        ("ENABLE TRIGGER", Enabled::Origin),
        ("DISABLE TRIGGER", Enabled::Disabled),
    ]
    .into_iter()
    .find_map(|(words, enabled)| action.take(words).then_some(enabled))
}

/// What changes nothing that the model tells of.
fn of_no_interest(action: &Cursor<'_, '_>) -> bool {
    action.is_any(&[
        "OWNER TO", "CLUSTER", "SET", "RESET", "REPLICA IDENTITY", "NO FORCE", "FORCE", "ENABLE", "DISABLE", "NO INHERIT", "NOT OF", "OF",
        "ORDER BY", "ALGORITHM", "LOCK", "DISCARD", "IMPORT", "ANALYZE", "CHECK", "OPTIMIZE", "REBUILD", "REPAIR",
        "REORGANIZE", "COALESCE", "TRUNCATE", "EXCHANGE", "REMOVE", "WITH VALIDATION", "WITHOUT VALIDATION", "OPTIONS",
        "ALTER", "WAIT", "NOWAIT", "DEPENDS",
    ])
}
