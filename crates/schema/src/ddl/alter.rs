//! ALTER TABLE.

use super::cursor::Cursor;
use super::state::{Draft, Rows, State};
use super::{apply, change, column, keys, mysql};
use crate::model::Enabled;
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
            state.warn(format!(
                "ALTER TABLE {} was skipped: no such table is made before it",
                written.name
            ));
        }
        return;
    };
    for mut action in cursor.items() {
        if let Some(new) = rename(&mut action, &name, state) {
            name = new;
            continue;
        }
        // Taken out, so that the rest of the schema can be looked at meanwhile.
        let Some(mut draft) = state.take(&name) else {
            return;
        };
        let in_partitions = draft.rows == Rows::InPartitions;
        let before = draft.keys.len();
        let known = change::structure(&mut action, &mut draft, state) || settings(&mut action, &mut draft, state);
        if !known {
            let shown = action.peek().map_or("", |token| column::shown(token.text, token.what));
            state.warn(format!("ALTER TABLE {name}: nothing is known of `{shown}`"));
        }
        // On a partitioned table alone, an index comes into force with those of its partitions.
        let new = draft.keys.iter_mut().skip(before);
        new.filter(|_| only && in_partitions)
            .for_each(|key| key.attached = Some(0));
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
        state.rename_table(name, &new);
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
        state.rename_table(name, &new);
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
    for key in draft
        .foreign_keys
        .iter_mut()
        .filter(|key| key.name.as_deref() == Some(old))
    {
        key.name = Some(new.to_owned());
    }
}

fn rename_column(state: &mut State, table: &TableName, old: &str, new: &str) {
    if old == new {
        return;
    }
    let spelling = state.spelling();
    let Some(draft) = state.tables.get_mut(table) else {
        return;
    };
    let Some(at) = draft.column(old, spelling) else {
        state.warn(format!("{table} has no column `{old}` to rename"));
        return;
    };
    let old = std::mem::replace(&mut draft.table.columns[at].name, new.to_owned());
    apply::rename(draft, &old, new);
    follow(state, table, &old, new);
}

/// What refers to the column follows its name.
pub(crate) fn follow(state: &mut State, table: &TableName, old: &str, new: &str) {
    let parts: Vec<TableName> = state
        .tables
        .iter()
        .filter(|(_, draft)| draft.partition_of.as_ref() == Some(table))
        .map(|(name, _)| name.clone())
        .collect();
    for draft in state.tables.values_mut() {
        let to_it = draft.foreign_keys.iter_mut().filter(|key| key.parent == *table);
        for name in to_it
            .flat_map(|key| &mut key.parent_columns)
            .filter(|name| *name == old)
        {
            new.clone_into(name);
        }
    }
    for part in parts {
        rename_column(state, &part, old, new);
    }
}

/// Everything else that is known.
fn settings(action: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    if action.take("ENABLE ROW LEVEL SECURITY") {
        draft.table.row_security = true;
    } else if action.take("DISABLE ROW LEVEL SECURITY") {
        draft.table.row_security = false;
    } else if let Some(enabled) = trigger_state(action) {
        let name = action.name();
        let all = name
            .as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case("all") || name.eq_ignore_ascii_case("user"));
        for draft in draft
            .triggers
            .iter_mut()
            .filter(|draft| all || Some(&draft.trigger.name) == name.as_ref())
        {
            draft.trigger.enabled = enabled;
        }
        if name.is_some_and(|name| name.eq_ignore_ascii_case("all")) {
            // The checks of foreign keys are triggers too.
            draft
                .foreign_keys
                .iter_mut()
                .for_each(|key| key.validated &= enabled != Enabled::Disabled);
        }
    } else if action.take("VALIDATE CONSTRAINT") {
        let name = action.name();
        draft
            .foreign_keys
            .iter_mut()
            .filter(|key| key.name == name)
            .for_each(|key| key.validated = true);
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
        "OWNER TO",
        "CLUSTER",
        "SET",
        "RESET",
        "REPLICA IDENTITY",
        "NO FORCE",
        "FORCE",
        "ENABLE",
        "DISABLE",
        "NO INHERIT",
        "NOT OF",
        "OF",
        "ORDER BY",
        "ALGORITHM",
        "LOCK",
        "DISCARD",
        "IMPORT",
        "ANALYZE",
        "CHECK",
        "OPTIMIZE",
        "REBUILD",
        "REPAIR",
        "REORGANIZE",
        "COALESCE",
        "TRUNCATE",
        "EXCHANGE",
        "REMOVE",
        "WITH VALIDATION",
        "WITHOUT VALIDATION",
        "OPTIONS",
        "ALTER",
        "WAIT",
        "NOWAIT",
        "DEPENDS",
    ])
}
