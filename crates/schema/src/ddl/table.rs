//! CREATE TABLE.

use super::apply;
use super::column;
use super::constraint;
use super::cursor::{Cursor, Written};
use super::keys;
use super::state::{Draft, Rows, State};
use crate::model::Engine;

/// What stands between CREATE and TABLE.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Modifiers {
    pub(crate) replace: bool,
    pub(crate) kind: TableKind,
}

/// What kind of table it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TableKind {
    /// One with rows.
    #[default]
    Ordinary,
    /// One of a session.
    Temporary,
    /// One with rows on another server (PostgreSQL).
    Foreign,
    /// One of a module (SQLite).
    Virtual,
}

/// Reads what follows TABLE.
pub(crate) fn create(cursor: &mut Cursor<'_, '_>, modifiers: Modifiers, state: &mut State) {
    let if_not_exists = cursor.take_if();
    let Some(written) = cursor.written() else {
        state.warn("a CREATE TABLE without a name that can be read was skipped");
        return;
    };
    let name = state.new_name(&written);
    let hidden = modifiers.kind == TableKind::Temporary
        || modifiers.kind == TableKind::Virtual
        || (state.engine == Engine::Sqlite && (written.name.starts_with("sqlite_") || is_temporary(&written)));
    if modifiers.kind == TableKind::Virtual {
        state.virtuals.insert(written.name.clone());
    }
    if hidden {
        state.others.insert(name);
        return;
    }
    if state.tables.contains_key(&name) && !modifiers.replace {
        if !if_not_exists {
            state.warn(format!("{name} is made a second time; the first one counts"));
        }
        return;
    }
    let mut draft = Draft::new(name.clone());
    draft.line = state.line;
    // It may refer to itself.
    state.tables.insert(name.clone(), draft.clone());
    if modifiers.kind == TableKind::Foreign {
        draft.rows = Rows::Elsewhere;
    }
    if state.is_mysql() {
        options_of(*cursor, &mut draft, state);
    }
    // PostgreSQL has tables without columns.
    let empty = cursor.is_sign('(') && cursor.ahead(1).is_some_and(|token| token.is_sign(')'));
    body(cursor, &mut draft, state);
    options(cursor, &mut draft, state);
    if state.is_mysql() {
        complete_mysql(&mut draft, state);
    }
    if draft.table.columns.is_empty() && draft.partition_of.is_none() && !empty {
        state.warn(format!("no column of {name} could be read"));
    }
    state.tables.insert(name, draft);
}

fn is_temporary(written: &Written) -> bool {
    written
        .schema
        .as_ref()
        .is_some_and(|schema| schema.eq_ignore_ascii_case("temp"))
}

/// Everything between the name and the options.
fn body(cursor: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) {
    if cursor.take("PARTITION OF") {
        if let Some(parent) = cursor.written() {
            partition_of(draft, &parent, state);
        }
    } else if cursor.take("OF") {
        if let Some(type_) = cursor.written() {
            state.warn(format!(
                "the columns of {} are those of type {}, which are not read",
                draft.name(),
                type_.name
            ));
        }
    } else if cursor.take("LIKE") {
        like(cursor, draft, state);
        return;
    }
    if let Some(inside) = cursor.group() {
        elements(&inside, draft, state);
    }
}

/// A partition has its parent's columns, whatever becomes of them.
pub(crate) fn partition_of(draft: &mut Draft, parent: &Written, state: &State) {
    let parent = state.find(parent);
    if let Some(above) = state.tables.get(&parent)
        && draft.table.columns.is_empty()
    {
        draft.table.columns.clone_from(&above.table.columns);
    }
    draft.partition_of = Some(parent);
}

fn elements(inside: &Cursor<'_, '_>, draft: &mut Draft, state: &mut State) {
    let mut constraints = vec![];
    let mut items = inside.items();
    let typed = draft.partition_of.is_some();
    for item in &mut items {
        if item.is("LIKE") && (state.engine == Engine::Postgres || state.is_mysql()) {
            item.take("LIKE");
            like(item, draft, state);
            continue;
        }
        if let Some(found) = constraint::constraint(item, state) {
            // The columns may come after them.
            constraints.push((found, *item));
            continue;
        }
        let Some(definition) = column::definition(item, state) else {
            let shown = item.peek().map_or("", |token| column::shown(token.text, token.what));
            state.warn(format!(
                "an element of {} begins with `{shown}` and was left out",
                draft.name()
            ));
            continue;
        };
        if typed && draft.column(&definition.name, state.spelling()).is_some() {
            continue;
        }
        apply::column(draft, definition, None, state);
    }
    for (found, mut rest) in constraints {
        apply::constraint(draft, found, state);
        behind_constraint(&mut rest, draft, state);
    }
}

/// SQLite asks for no comma between a table's constraints.
pub(crate) fn behind_constraint(rest: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) {
    while !rest.is_empty() {
        let mut ignored = crate::model::Deferral::NotDeferrable;
        if constraint::deferral(rest, &mut ignored)
            || rest.take_any(&["NOT VALID", "NOT ENFORCED", "ENFORCED", "NO INHERIT"])
        {
            continue;
        }
        if rest.take("ON CONFLICT") {
            rest.next();
        } else if rest.take("WHERE") {
            rest.group();
        } else if let Some(next) = constraint::constraint(rest, state) {
            apply::constraint(draft, next, state);
        } else {
            let shown = rest.peek().map_or("", |token| column::shown(token.text, token.what));
            state.warn(format!(
                "{}: nothing is known of `{shown}` behind a constraint",
                draft.name()
            ));
            return;
        }
    }
}

/// Columns, and what else is asked for, as another table has them.
fn like(cursor: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) {
    let Some(written) = cursor.written() else { return };
    let Some(model) = state
        .existing(&written)
        .and_then(|name| state.tables.get(&name))
        .cloned()
    else {
        state.warn(format!(
            "{} is made like {}, which is not known",
            draft.name(),
            written.name
        ));
        return;
    };
    let said = cursor.until(0, |_| false).source().to_ascii_uppercase();
    let mysql = state.is_mysql();
    let with = |what: &str| {
        let included = said
            .rfind(&format!("INCLUDING {what}"))
            .or_else(|| said.find("INCLUDING ALL"));
        mysql || included.is_some() && !said.contains(&format!("EXCLUDING {what}"))
    };
    for column in &model.table.columns {
        let mut column = column.clone();
        if !with("DEFAULTS") {
            column.default = None;
            column.generator = column
                .generator
                .filter(|known| *known != crate::model::Generator::Sequence);
        }
        if !with("IDENTITY") {
            column.generator = column
                .generator
                .filter(|known| *known == crate::model::Generator::Sequence);
        }
        column.generated = column.generated.filter(|_| with("GENERATED"));
        column.comment = column.comment.filter(|_| with("COMMENTS"));
        draft.table.columns.push(column);
    }
    if with("INDEXES") {
        for key in &model.keys {
            let mut key = key.clone();
            if !mysql {
                key.name.clear();
            }
            keys::add(draft, key, state);
        }
    }
    if mysql {
        draft.table.storage_engine.clone_from(&model.table.storage_engine);
        draft.table.comment.clone_from(&model.table.comment);
        draft.charset.clone_from(&model.charset);
        draft.collation.clone_from(&model.collation);
    }
}

/// MySQL's columns depend on options that stand behind them.
fn options_of(cursor: Cursor<'_, '_>, draft: &mut Draft, state: &mut State) {
    let mut rest = cursor;
    if rest.group().is_some() {
        let warnings = state.warnings.clone();
        options(&mut rest, draft, state);
        state.warnings = warnings;
        draft.table.partitions.clear();
    }
}

/// What stands behind the columns.
fn options(cursor: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) {
    while !cursor.is_empty() {
        let known = match state.engine {
            Engine::Postgres => postgres_option(cursor, draft, state),
            Engine::MySql | Engine::MariaDb => super::mysql::option(cursor, draft, state),
            Engine::Sqlite => sqlite_option(cursor, draft),
        };
        if known || cursor.take_sign(',') {
            continue;
        }
        if cursor.is_any(&["AS", "SELECT", "IGNORE", "REPLACE", "WITH"]) {
            if draft.table.columns.is_empty() {
                state.warn(format!(
                    "the columns of {} come from a query, which is not read",
                    draft.name()
                ));
            }
            return;
        }
        let shown = cursor.peek().map_or("", |token| column::shown(token.text, token.what));
        state.warn(format!(
            "{}: nothing is known of `{shown}` behind its columns",
            draft.name()
        ));
        return;
    }
}

fn postgres_option(cursor: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    if cursor.take("INHERITS") {
        let parents = cursor.group().map(|inside| inside.items()).unwrap_or_default();
        let mut parents: Vec<_> = parents.into_iter().filter_map(|mut item| item.written()).collect();
        parents.reverse();
        for parent in parents {
            inherit(draft, &parent, state);
        }
    } else if cursor.take("PARTITION BY") {
        draft.rows = Rows::InPartitions;
        cursor.next();
        cursor.group();
    } else if cursor.take("FOR VALUES") {
        let _ = cursor.until(0, |rest| {
            rest.is_any(&["PARTITION BY", "USING", "WITH", "TABLESPACE", "SERVER"]) && !rest.is("WITH MODULUS")
        });
    } else if cursor.take("WITH") || cursor.take("OPTIONS") {
        cursor.group();
    } else if cursor.take_any(&["USING", "TABLESPACE", "SERVER"]) {
        cursor.next();
    } else if cursor.take("ON COMMIT") {
        cursor.until(1, |_| false);
    } else {
        return cursor.take_any(&["DEFAULT", "WITHOUT OIDS"]);
    }
    true
}

/// A child has its parent's columns in front of its own; both may name the same one.
pub(crate) fn inherit(draft: &mut Draft, parent: &Written, state: &mut State) {
    let Some(above) = state.existing(parent).and_then(|name| state.tables.get(&name)) else {
        state.warn(format!(
            "{} inherits from {}, which is not known",
            draft.table.name, parent.name
        ));
        return;
    };
    let mut columns = above.table.columns.clone();
    for column in &mut columns {
        // Neither generators of identities nor comments are inherited.
        column.generator = column
            .generator
            .filter(|known| *known == crate::model::Generator::Sequence);
        column.comment = None;
    }
    for own in std::mem::take(&mut draft.table.columns) {
        match columns.iter_mut().find(|column| column.name == own.name) {
            Some(same) => {
                same.nullable &= own.nullable;
                same.default = own.default.or(same.default.take());
                same.generator = own.generator.or(same.generator);
                same.generated = own.generated.or(same.generated.take());
            }
            None => columns.push(own),
        }
    }
    draft.table.columns = columns;
}

fn sqlite_option(cursor: &mut Cursor<'_, '_>, draft: &mut Draft) -> bool {
    if cursor.take("WITHOUT ROWID") {
        draft.without_rowid = true;
    } else if cursor.take("STRICT") {
        draft.strict = true;
    } else {
        return false;
    }
    true
}

/// What MySQL does to a finished table.
fn complete_mysql(draft: &mut Draft, state: &mut State) {
    let engine = draft.table.storage_engine.get_or_insert_with(|| "InnoDB".to_owned());
    let bears = super::mysql::bears_foreign_keys(engine);
    let what = engine.clone();
    if !bears && !draft.foreign_keys.is_empty() {
        draft.foreign_keys.clear();
        state.warn(format!(
            "{} is of engine {what}, which has no foreign keys: those declared mean nothing",
            draft.name()
        ));
    }
    keys::add_implied(draft, state);
    super::mysql::drop_full_prefixes(draft);
}
