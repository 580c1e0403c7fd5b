//! Everything that is no table and matters all the same: types, comments, rules, and what the names mean.

use super::cursor::{Cursor, Written};
use super::state::{Domain, State, UserType};
use super::types;
use crate::model::Engine;
use crate::name::TableName;

/// Reads what follows CREATE TYPE.
pub(crate) fn create_type(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    let Some(written) = cursor.written() else { return };
    let type_ = if cursor.take("AS ENUM") {
        let labels = cursor.group().map(|inside| inside.items()).unwrap_or_default();
        UserType::Enum(labels.into_iter().filter_map(|mut label| label.text()).collect())
    } else if cursor.take("AS") {
        UserType::Composite
    } else {
        UserType::Base
    };
    let name = state.new_name(&written);
    state.types.insert(name, type_);
}

/// Reads what follows CREATE DOMAIN.
pub(crate) fn create_domain(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    let Some(written) = cursor.written() else { return };
    cursor.take("AS");
    let base = types::read(cursor.until(0, super::column::is_clause), state);
    let mut domain = Domain {
        kind: base.kind,
        text_only: base.text_only,
        not_null: base.not_null,
        collation: base.collation,
    };
    while !cursor.is_empty() {
        if cursor.take("COLLATE") {
            domain.collation = cursor.written().map(|name| types::quoted(&name));
        } else if cursor.take("NOT NULL") {
            domain.not_null = true;
        } else if cursor.group().is_none() {
            cursor.next();
        }
    }
    let name = state.new_name(&written);
    state.types.insert(name, UserType::Domain(domain));
}

/// Reads what follows ALTER TYPE or ALTER DOMAIN.
pub(crate) fn alter_type(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    let Some(written) = cursor.written() else { return };
    let found = state.user_type(&written).map(|(name, _)| name.clone());
    let Some(name) = found else { return };
    if let Some(UserType::Enum(labels)) = state.types.get_mut(&name) {
        alter_labels(cursor, labels);
    }
    let rename = cursor.take("RENAME TO");
    let moved = cursor.take("SET SCHEMA");
    let required = if cursor.take("SET NOT NULL") {
        Some(true)
    } else {
        cursor.take("DROP NOT NULL").then_some(false)
    };
    if let (Some(not_null), Some(UserType::Domain(domain))) = (required, state.types.get_mut(&name)) {
        domain.not_null = not_null;
    }
    if !rename && !moved {
        return;
    }
    let Some(word) = cursor.name() else { return };
    let new = if rename {
        TableName::new(name.schema.clone(), word)
    } else {
        TableName::new(word, name.name.clone())
    };
    let printed = |name: &TableName| {
        types::quoted(&Written {
            schema: Some(name.schema.clone()),
            name: name.name.clone(),
        })
    };
    let (before, after) = (printed(&name), printed(&new));
    for column in state.tables.values_mut().flat_map(|draft| &mut draft.table.columns) {
        let rest = column.native_type.strip_prefix(&before);
        if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with(['[', '('])) {
            column.native_type = format!("{after}{rest}");
        }
    }
    if let Some(type_) = state.types.remove(&name) {
        state.types.insert(new, type_);
    }
}

/// ADD VALUE and RENAME VALUE.
fn alter_labels(cursor: &mut Cursor<'_, '_>, labels: &mut Vec<String>) {
    if cursor.take("RENAME VALUE") {
        let (old, to, new) = (cursor.text(), cursor.take("TO"), cursor.text());
        let at = labels.iter().position(|label| Some(label) == old.as_ref());
        if let (Some(at), true, Some(new)) = (at, to, new) {
            labels[at] = new;
        }
    } else if cursor.take("ADD VALUE") {
        cursor.take("IF NOT EXISTS");
        let Some(label) = cursor.text().filter(|label| !labels.contains(label)) else {
            return;
        };
        let (before, after) = (cursor.take("BEFORE"), cursor.take("AFTER"));
        let neighbour = cursor.text().filter(|_| before || after);
        let at = labels.iter().position(|label| Some(label) == neighbour.as_ref());
        labels.insert(at.map_or(labels.len(), |at| at + usize::from(after)), label);
    }
}

/// Reads what follows COMMENT ON.
pub(crate) fn comment(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    let table = cursor.take("TABLE");
    if !table && !cursor.take("COLUMN") {
        return;
    }
    let mut named = cursor.until(0, |rest| rest.is("IS"));
    cursor.take("IS");
    let text = cursor.text().filter(|text| !text.is_empty());
    if table {
        let name = named.written().and_then(|name| state.existing(&name));
        if let Some(draft) = name.and_then(|name| state.tables.get_mut(&name)) {
            draft.table.comment = text;
        }
        return;
    }
    let mut parts = vec![];
    while let Some(part) = named.name() {
        parts.push(part);
        named.take_sign('.');
    }
    let (Some(column), Some(table)) = (parts.pop(), parts.pop()) else {
        return;
    };
    let written = Written {
        schema: parts.pop(),
        name: table,
    };
    let name = state.existing(&written);
    let spelling = state.spelling();
    if let Some(draft) = name.and_then(|name| state.tables.get_mut(&name))
        && let Some(at) = draft.column(&column, spelling)
    {
        draft.table.columns[at].comment = text;
    }
}

/// Reads what follows CREATE RULE, in the words that the catalogue's reader has for it.
pub(crate) fn rule(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    let Some(name) = cursor.name() else { return };
    cursor.take("AS ON");
    let reads = cursor.is("SELECT");
    cursor.until(0, |rest| rest.is("TO"));
    cursor.take("TO");
    let table = cursor.written().and_then(|table| state.existing(&table));
    if let (Some(table), false) = (table, reads) {
        let what = format!(
            "{}.{} has a rule, `{name}`, that rewrites what is written to it",
            table.schema, table.name
        );
        state.warnings.insert((state.line, what));
    }
}

/// Reads SET, SELECT set_config(…) and USE: what names mean from here on.
pub(crate) fn setting(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    if cursor.take("USE") {
        state.search_path = cursor.name().into_iter().collect();
        return;
    }
    if state.engine != Engine::Postgres {
        return;
    }
    if cursor.take("SELECT") {
        let name = cursor.written().map(|name| name.name);
        if name.as_deref() != Some("set_config") {
            return;
        }
        let arguments = cursor.group().map(|inside| inside.items()).unwrap_or_default();
        let texts: Vec<_> = arguments.into_iter().map(|mut item| item.text()).collect();
        if let [Some(name), Some(value), ..] = texts.as_slice()
            && name == "search_path"
        {
            state.search_path = path(value.split(',').map(|part| part.trim().trim_matches('"').to_owned()));
        }
        return;
    }
    cursor.take("SET");
    cursor.take_any(&["SESSION", "LOCAL"]);
    if cursor.take("CLIENT_ENCODING") {
        // pg_dump names the encoding of the database.
        let _ = cursor.take("TO") || cursor.take_sign('=');
        let encoding = cursor.text().or_else(|| cursor.name());
        state.any_bytes = encoding.is_some_and(|name| name.eq_ignore_ascii_case("SQL_ASCII"));
        return;
    }
    let schema = cursor.take("SCHEMA");
    if !schema && !cursor.take("SEARCH_PATH") {
        return;
    }
    let _ = cursor.take("TO") || cursor.take_sign('=');
    let parts = cursor
        .items()
        .into_iter()
        .filter_map(|mut item| item.text().or_else(|| item.name()));
    state.search_path = path(parts);
}

fn path(parts: impl Iterator<Item = String>) -> Vec<String> {
    parts
        .filter(|part| !part.is_empty() && part != "$user" && part != "pg_catalog")
        .collect()
}

/// MySQL: what tables have unless they say otherwise.
pub(crate) fn database(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    while !cursor.is_empty() {
        if cursor.take_any(&["CHARACTER SET", "CHARSET"]) {
            cursor.take_sign('=');
            state.charset = cursor.name();
            state.collation = None;
        } else if cursor.take("COLLATE") {
            cursor.take_sign('=');
            state.collation = cursor.name();
        } else {
            cursor.next();
        }
    }
}
