//! Keys and foreign keys as they come to a table, with the names that the engine would make up.

use super::state::{Draft, ForeignKey, Key, Part, State};
use crate::introspect::shape::Role;
use crate::model::Engine;

/// Adds a key or index that a constraint or an element of CREATE TABLE made.
pub(crate) fn add(draft: &mut Draft, mut key: Key, state: &mut State) {
    if !fits(draft, &mut key, state) {
        return;
    }
    key.name = match (state.engine, key.role) {
        (Engine::MySql | Engine::MariaDb, Role::Primary) => "PRIMARY".to_owned(),
        (Engine::Sqlite, Role::Primary) => format!("{}_pkey", draft.name().name),
        // A constraint's index has a name of its own there, which is made up at the end.
        (Engine::Sqlite, _) => String::new(),
        _ if !key.name.is_empty() => key.name,
        (Engine::Postgres, Role::Primary) => postgres_name(draft, &key, "pkey", state),
        (Engine::Postgres, Role::Unique) => postgres_name(draft, &key, "key", state),
        (Engine::Postgres, Role::Plain) => postgres_name(draft, &key, "excl", state),
        (Engine::MySql | Engine::MariaDb, _) => mysql_name(draft, &key),
    };
    push(draft, key);
}

/// Adds an index that CREATE INDEX made: its name is its own on every engine.
pub(crate) fn add_index(draft: &mut Draft, mut key: Key, state: &mut State) {
    if fits(draft, &mut key, state) {
        if key.name.is_empty() && state.engine == Engine::Postgres {
            key.name = postgres_name(draft, &key, "idx", state);
        }
        push(draft, key);
    }
}

fn push(draft: &mut Draft, key: Key) {
    if !key.implied {
        draft
            .keys
            .retain(|other| !(other.implied && (other.name == key.name || leads(&key, &other.columns()))));
    }
    draft.keys.push(key);
}

/// Whether the key can be on the table; its columns are then spelled as the table's.
fn fits(draft: &mut Draft, key: &mut Key, state: &mut State) -> bool {
    let spelling = state.spelling();
    for part in &mut key.parts {
        let Some(name) = &part.column else { continue };
        if let Some(at) = draft.column(name, spelling) {
            part.column = Some(draft.table.columns[at].name.clone());
        } else {
            // SQLite reads a word that names no column as a text or as the row id.
            if state.engine != Engine::Sqlite {
                state.warn(format!("{} has no column `{name}` for a key to be on", draft.name()));
            }
            part.column = None;
        }
    }
    if key.parts.is_empty() {
        state.warn(format!("a key of {} has no columns and was left out", draft.name()));
        return false;
    }
    if key.role == Role::Primary {
        if draft.primary().is_some() {
            state.warn(format!("{} has a second primary key, which was left out", draft.name()));
            return false;
        }
        if state.engine != Engine::Sqlite {
            draft.require(&key.columns(), spelling);
        }
    }
    true
}

/// Whether an index of these parts serves a search for the columns.
pub(crate) fn leads(key: &Key, columns: &[String]) -> bool {
    let head = key.parts.iter().take(columns.len());
    key.searchable
        && key.parts.len() >= columns.len()
        && head
            .zip(columns)
            .all(|(part, column)| part.prefix.is_none() && part.column.as_ref() == Some(column))
}

/// `ADD CONSTRAINT … USING INDEX`.
pub(crate) fn promote(draft: &mut Draft, role: Role, name: Option<String>, index: &str, state: &mut State) {
    let Some(key) = draft.keys.iter_mut().find(|key| key.name == index) else {
        state.warn(format!("{} has no index `{index}`", draft.table.name));
        return;
    };
    key.role = role;
    if let Some(name) = name {
        key.name = name;
    }
    let columns = key.columns();
    if role == Role::Primary {
        draft.require(&columns, state.spelling());
    }
}

/// A REFERENCES clause of a column, which MySQL reads and forgets before version 9.
pub(crate) fn add_inline_reference(draft: &mut Draft, key: ForeignKey, state: &mut State) {
    if state.engine == Engine::MySql && state.major().is_none_or(|major| major < 9) {
        let column = key.columns.first().map_or("", String::as_str);
        state.warn(format!(
            "MySQL before version 9 ignores REFERENCES behind a column: {}.{column} has no foreign key; write FOREIGN KEY ({column}) REFERENCES …",
            draft.name()
        ));
        return;
    }
    add_foreign_key(draft, key, state);
}

/// Adds a foreign key.
pub(crate) fn add_foreign_key(draft: &mut Draft, mut key: ForeignKey, state: &mut State) {
    let spelling = state.spelling();
    for column in &mut key.columns {
        *column = draft.spelled(column, spelling);
    }
    if key.name.is_none() {
        key.name = match state.engine {
            Engine::Postgres => Some(postgres_foreign_key(draft, &key, state)),
            Engine::MySql | Engine::MariaDb => Some(mysql_foreign_key(draft)),
            Engine::Sqlite => None,
        };
    }
    draft.foreign_keys.push(key);
}

/// The indexes that InnoDB adds to foreign keys without one.
pub(crate) fn add_implied(draft: &mut Draft, state: &mut State) {
    let lists: Vec<(Option<String>, Vec<String>)> = draft
        .foreign_keys
        .iter()
        .map(|key| (key.name.clone(), key.columns.clone()))
        .collect();
    for (name, columns) in lists {
        if draft.keys.iter().any(|key| leads(key, &columns)) {
            continue;
        }
        let mut key = Key::new(Role::Plain, columns.into_iter().map(Part::column).collect());
        key.implied = true;
        key.name = name.unwrap_or_default();
        add(draft, key, state);
    }
}

fn postgres_name(draft: &Draft, key: &Key, label: &str, state: &State) -> String {
    let columns: Vec<&str> = key
        .parts
        .iter()
        .map(|part| part.column.as_deref().unwrap_or("expr"))
        .collect();
    let columns = if key.role == Role::Primary {
        String::new()
    } else {
        columns.join("_")
    };
    let schema = &draft.name().schema;
    let taken = |name: &str| {
        draft.keys.iter().any(|key| key.name == name)
            || state
                .tables
                .iter()
                .filter(|(table, _)| table.schema == *schema)
                .any(|(table, other)| table.name == name || other.keys.iter().any(|key| key.name == name))
    };
    numbered(&draft.name().name, &columns, label, taken)
}

fn postgres_foreign_key(draft: &Draft, key: &ForeignKey, _state: &State) -> String {
    let taken = |name: &str| {
        draft.foreign_keys.iter().any(|key| key.name.as_deref() == Some(name))
            || draft.keys.iter().any(|key| key.name == name)
    };
    numbered(&draft.name().name, &key.columns.join("_"), "fkey", taken)
}

fn numbered(table: &str, columns: &str, label: &str, taken: impl Fn(&str) -> bool) -> String {
    let first = object_name(table, columns, label);
    if !taken(&first) {
        return first;
    }
    let more = (1_u32..).map(|number| object_name(table, columns, &format!("{label}{number}")));
    more.into_iter().find(|name| !taken(name)).unwrap_or(first)
}

/// PostgreSQL's names of 63 bytes: the longer of the first two parts is cut until they fit.
pub(crate) fn object_name(table: &str, columns: &str, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(!columns.is_empty());
    let available = 63_usize.saturating_sub(overhead);
    let (mut one, mut two) = (table.len(), columns.len());
    while one + two > available {
        if one > two {
            one -= 1;
        } else {
            two -= 1;
        }
    }
    let cut = |text: &str, mut length: usize| {
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        text[..length].to_owned()
    };
    let (table, columns) = (cut(table, one), cut(columns, two));
    if columns.is_empty() {
        format!("{table}_{label}")
    } else {
        format!("{table}_{columns}_{label}")
    }
}

/// MySQL calls a key by its first column, and the next ones with numbers.
fn mysql_name(draft: &Draft, key: &Key) -> String {
    let first = key.parts.iter().find_map(|part| part.column.clone());
    let first = first.unwrap_or_else(|| "functional_index".to_owned());
    let taken = |name: &str| draft.keys.iter().any(|key| key.name.eq_ignore_ascii_case(name));
    if !taken(&first) && !first.eq_ignore_ascii_case("PRIMARY") {
        return first;
    }
    let more = (2_u32..).map(|number| format!("{first}_{number}"));
    more.into_iter().find(|name| !taken(name)).unwrap_or(first)
}

fn mysql_foreign_key(draft: &Draft) -> String {
    let prefix = format!("{}_ibfk_", draft.name().name);
    let numbers = draft
        .foreign_keys
        .iter()
        .filter_map(|key| key.name.as_ref()?.strip_prefix(&prefix)?.parse::<u32>().ok());
    format!("{prefix}{}", numbers.max().unwrap_or(0).saturating_add(1))
}
