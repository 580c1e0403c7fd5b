//! Which statement it is.

use super::cursor::Cursor;
use super::lexer::What;
use super::split::Statement;
use super::state::State;
use super::table::{Modifiers, TableKind};
use super::{alter, index, objects, program, table};
use crate::model::Engine;

/// Reads one statement into the state.
pub(crate) fn read(statement: &Statement<'_>, text: &str, state: &mut State) {
    let mut cursor = Cursor::new(&statement.tokens, text, state.engine);
    let whole = cursor.source();
    if cursor.take("CREATE") {
        create(&mut cursor, whole, state);
    } else if cursor.take("ALTER") {
        alter_something(&mut cursor, state);
    } else if cursor.take("DROP") {
        drop_something(&mut cursor, state);
    } else if cursor.take("COMMENT ON") {
        objects::comment(&mut cursor, state);
    } else if cursor.take("RENAME TABLE") || cursor.take("RENAME TABLES") {
        rename_tables(&cursor, state);
    } else if cursor.is("SET") || cursor.is("SELECT") || cursor.is("USE") {
        objects::setting(&mut cursor, state);
    } else if cursor.is("DO") || cursor.is("CALL") || cursor.is("EXECUTE") {
        runs_code(&cursor, state);
    } else if !is_about_nothing(&cursor) {
        unknown(statement, state);
    }
}

fn unknown(statement: &Statement<'_>, state: &mut State) {
    let words = statement
        .tokens
        .iter()
        .take_while(|token| matches!(token.what, What::Word | What::Name))
        .take(4);
    let words: Vec<&str> = words.map(|token| token.text.get(..40).unwrap_or(token.text)).collect();
    state.warn(format!(
        "a statement that is not known was skipped; it begins with `{}`",
        words.join(" ")
    ));
}

fn create(cursor: &mut Cursor<'_, '_>, whole: &str, state: &mut State) {
    let mut modifiers = Modifiers {
        replace: cursor.take("OR REPLACE"),
        ..Modifiers::default()
    };
    if cursor.take("ALGORITHM") || cursor.is("DEFINER") || cursor.is("SQL SECURITY") {
        // What they belong to comes behind them.
        let kinds = ["VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "AGGREGATE", "EVENT"];
        cursor.until(1, |rest| rest.is_any(&kinds));
    }
    loop {
        if cursor.take_any(&["TEMPORARY", "TEMP"]) {
            modifiers.kind = TableKind::Temporary;
        } else if cursor.take("VIRTUAL") {
            modifiers.kind = TableKind::Virtual;
        } else if cursor.is("FOREIGN TABLE") {
            cursor.take("FOREIGN");
            modifiers.kind = TableKind::Foreign;
        } else if !cursor.take_any(&[
            "GLOBAL",
            "LOCAL",
            "UNLOGGED",
            "TRUSTED",
            "PROCEDURAL",
            "CONSTRAINT",
            "RECURSIVE",
        ]) {
            break;
        }
    }
    if cursor.is("AGGREGATE FUNCTION") {
        cursor.take("AGGREGATE");
    }
    kind(cursor, modifiers, whole, state);
}

fn kind(cursor: &mut Cursor<'_, '_>, modifiers: Modifiers, whole: &str, state: &mut State) {
    let unique = cursor.take("UNIQUE");
    let special = cursor.take_any(&["FULLTEXT", "SPATIAL", "VECTOR"]);
    let columnstore = cursor.take_any(&["CLUSTERED", "NONCLUSTERED"]);
    if cursor.take("TABLE") {
        table::create(cursor, modifiers, state);
    } else if cursor.take("INDEX") {
        index::create(cursor, unique, !special && !columnstore, state);
    } else if cursor.take("FUNCTION") {
        program::routine(cursor, true, whole, state);
    } else if cursor.take("PROCEDURE") {
        program::routine(cursor, false, whole, state);
    } else if cursor.take("TRIGGER") {
        program::trigger(cursor, state);
    } else if cursor.take_any(&["VIEW", "MATERIALIZED VIEW"]) {
        cursor.take_if();
        other(cursor, state);
    } else if cursor.take("TYPE") {
        objects::create_type(cursor, state);
    } else if cursor.take("DOMAIN") {
        objects::create_domain(cursor, state);
    } else if cursor.take("RULE") {
        objects::rule(cursor, state);
    } else if cursor.take("EXTENSION") {
        cursor.until(0, |rest| rest.is("SCHEMA"));
        if cursor.take("SCHEMA") {
            state.extensions = cursor.name();
        }
    } else if cursor.is_any(&["DATABASE", "SCHEMA"]) && state.is_mysql() {
        objects::database(cursor, state);
    } else if !cursor.is_any(OBJECTS) {
        let shown = cursor
            .peek()
            .map_or("", |token| super::column::shown(token.text, token.what));
        state.warn(format!(
            "a statement that is not known was skipped; it begins with `CREATE {shown}`"
        ));
    }
}

/// A name that is no table's.
fn other(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    if let Some(written) = cursor.written() {
        let name = state.new_name(&written);
        state.others.insert(name);
    }
}

fn alter_something(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    cursor.take_any(&["ONLINE", "IGNORE"]);
    let foreign = cursor.is("FOREIGN TABLE");
    if foreign {
        cursor.take("FOREIGN");
    }
    if cursor.take("TABLE") {
        alter::alter(cursor, state);
    } else if cursor.take("INDEX") {
        index::alter_index(cursor, state);
    } else if cursor.take("TYPE") || cursor.take("DOMAIN") {
        objects::alter_type(cursor, state);
    } else if cursor.is_any(&["DATABASE", "SCHEMA"]) && state.is_mysql() {
        objects::database(cursor, state);
    } else if !(cursor.is_any(OBJECTS)
        || cursor.is_any(&[
            "VIEW",
            "MATERIALIZED VIEW",
            "FUNCTION",
            "PROCEDURE",
            "TRIGGER",
            "RULE",
            "EXTENSION",
            "DEFAULT",
            "SYSTEM",
            "INSTANCE",
        ]))
    {
        let shown = cursor
            .peek()
            .map_or("", |token| super::column::shown(token.text, token.what));
        state.warn(format!(
            "a statement that is not known was skipped; it begins with `ALTER {shown}`"
        ));
    }
}

fn drop_something(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    cursor.take_any(&["TEMPORARY", "FOREIGN"]);
    if cursor.take_any(&["TABLE", "TABLES"]) {
        cursor.take_if();
        let names = cursor.until(0, |rest| rest.is_any(&["CASCADE", "RESTRICT"]));
        let cascade = cursor.is("CASCADE");
        for mut item in names.items() {
            if let Some(written) = item.written()
                && let Some(name) = state.existing(&written)
            {
                state.drop_table(&name, cascade);
            }
        }
    } else if cursor.take("INDEX") {
        index::drop_index(cursor, state);
    } else if cursor.take("TRIGGER") {
        cursor.take_if();
        let Some(trigger) = cursor.written() else { return };
        let table = cursor
            .take("ON")
            .then(|| cursor.written())
            .flatten()
            .map(|name| state.find(&name));
        for (name, draft) in &mut state.tables {
            if table.as_ref().is_none_or(|table| table == name) {
                draft.triggers.retain(|known| known.trigger.name != trigger.name);
            }
        }
    } else if cursor.is_any(&["FUNCTION", "PROCEDURE", "ROUTINE"]) {
        let (function, procedure) = (cursor.is("FUNCTION"), cursor.is("PROCEDURE"));
        let either = state.engine == Engine::Postgres || !(function || procedure);
        cursor.next();
        cursor.take_if();
        let Some(written) = cursor.written() else { return };
        let name = state.new_name(&written);
        state
            .routines
            .retain(|known| known.routine.name != name || !(either || known.is_function == function));
    } else if cursor.take_any(&["VIEW", "MATERIALIZED VIEW"]) {
        cursor.take_if();
        for mut item in cursor.items() {
            if let Some(written) = item.written() {
                let name = state.new_name(&written);
                state.others.remove(&name);
            }
        }
    }
}

/// MySQL: `RENAME TABLE a TO b, c TO d`.
fn rename_tables(cursor: &Cursor<'_, '_>, state: &mut State) {
    for mut item in cursor.items() {
        let (old, to, new) = (item.written(), item.take("TO"), item.written());
        let known = old.as_ref().and_then(|old| state.existing(old));
        match (known, to, new) {
            (Some(old), true, Some(new)) => {
                let new = state.new_name(&new);
                state.rename_table(&old, &new);
            }
            _ => state.warn("a RENAME TABLE of a table that is not known was skipped"),
        }
    }
}

/// Code that is run when the file is, and not by exodus.
fn runs_code(cursor: &Cursor<'_, '_>, state: &mut State) {
    let code = cursor.source().to_ascii_uppercase();
    let first = cursor.peek().map_or("", |token| token.text).to_ascii_uppercase();
    if ["CREATE ", "ALTER ", "DROP "].iter().any(|word| code.contains(word)) || first != "DO" {
        state.warn(format!("{first} runs code that may change the schema; it was not run"));
    }
}

/// Statements that change nothing about tables.
fn is_about_nothing(cursor: &Cursor<'_, '_>) -> bool {
    cursor.is_any(&[
        "INSERT",
        "REPLACE",
        "UPDATE",
        "DELETE",
        "TRUNCATE",
        "COPY",
        "VALUES",
        "WITH",
        "MERGE",
        "BEGIN",
        "START",
        "COMMIT",
        "END",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "LOCK",
        "UNLOCK",
        "GRANT",
        "REVOKE",
        "ANALYZE",
        "VACUUM",
        "REINDEX",
        "CLUSTER",
        "CHECKPOINT",
        "PRAGMA",
        "ATTACH",
        "DETACH",
        "RESET",
        "SHOW",
        "DISCARD",
        "NOTIFY",
        "LISTEN",
        "LOAD",
        "REFRESH",
        "SECURITY LABEL",
        "IMPORT",
        "REASSIGN",
        "OPTIMIZE",
        "CHECK TABLE",
        "REPAIR",
        "FLUSH",
        "DELIMITER",
        "EXPLAIN",
        "DECLARE",
        "PREPARE",
        "DEALLOCATE",
        "CHANGE",
        "PURGE",
        "XA",
        "KILL",
        "HANDLER",
        "INSTALL",
        "UNINSTALL",
        "SOURCE",
        "DESCRIBE",
        "CLOSE",
        "FETCH",
    ])
}

/// What can be made and altered without a table's changing.
const OBJECTS: &[&str] = &[
    "ACCESS METHOD",
    "AGGREGATE",
    "CAST",
    "COLLATION",
    "CONVERSION",
    "DATABASE",
    "EVENT",
    "EVENT TRIGGER",
    "FOREIGN DATA",
    "GROUP",
    "LANGUAGE",
    "LARGE OBJECT",
    "LOGFILE",
    "OPERATOR",
    "PACKAGE",
    "POLICY",
    "PUBLICATION",
    "RESOURCE",
    "ROLE",
    "ROUTINE",
    "SCHEMA",
    "SEQUENCE",
    "SERVER",
    "SPATIAL REFERENCE",
    "STATISTICS",
    "SUBSCRIPTION",
    "TABLESPACE",
    "TEXT SEARCH",
    "TRANSFORM",
    "UNDO",
    "USER",
    "DEFAULT CONVERSION",
];
