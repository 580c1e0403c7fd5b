//! Keys, foreign keys, and the clauses behind them.

use super::cursor::Cursor;
use super::lexer::What;
use super::state::{ForeignKey, Key, Part, State};
use crate::introspect::shape::Role;
use crate::model::{Action, Deferral, Engine};

/// What an element of a table is, if it is no column.
#[derive(Debug)]
pub(crate) enum Constraint {
    Key(Key),
    ForeignKey(ForeignKey),
    /// Columns that are not NULL (PostgreSQL 18).
    NotNull(Vec<String>),
    /// PRIMARY KEY or UNIQUE over an index that is there already.
    UsingIndex {
        role: Role,
        name: Option<String>,
        index: String,
    },
    /// CHECK and the like.
    Nothing,
}

/// Reads a table's constraint or index; `None` where there is a column instead.
pub(crate) fn constraint(cursor: &mut Cursor<'_, '_>, state: &mut State) -> Option<Constraint> {
    let begin = *cursor;
    let mut name = None;
    let marked = cursor.take("CONSTRAINT");
    if marked && !is_kind(cursor) {
        name = cursor.name();
    }
    let found = body(cursor, state, name);
    if found.is_none() {
        *cursor = begin;
        if marked {
            cursor.next();
            state.warn("nothing is known of a constraint here");
            return Some(Constraint::Nothing);
        }
    }
    found
}

fn is_kind(cursor: &Cursor<'_, '_>) -> bool {
    let unnamed = ["PRIMARY KEY", "FOREIGN KEY", "CHECK", "UNIQUE", "EXCLUDE"];
    // A constraint can be called `unique` only in quotes.
    cursor.is_any(&unnamed)
}

fn body(cursor: &mut Cursor<'_, '_>, state: &mut State, name: Option<String>) -> Option<Constraint> {
    let mysql = state.is_mysql();
    // A column may be called `check`, or `unique`, where the engine allows it: then a type follows.
    if cursor.is("PRIMARY KEY") {
        cursor.take("PRIMARY KEY");
        return Some(key(cursor, state, Role::Primary, name));
    }
    if cursor.is("FOREIGN KEY") {
        cursor.take("FOREIGN KEY");
        // MySQL: an index' name may stand here, which names the constraint where nothing else does.
        let index = if cursor.is_sign('(') { None } else { cursor.name() };
        let columns = cursor.group().map(|inside| inside.names()).unwrap_or_default();
        let key = references(cursor, state, name.or(index), columns)?;
        return Some(Constraint::ForeignKey(key));
    }
    if cursor.is("UNIQUE") {
        cursor.take("UNIQUE");
        let _ = mysql && cursor.take_any(&["KEY", "INDEX"]);
        return Some(key(cursor, state, Role::Unique, name));
    }
    if cursor.take("CHECK") || cursor.is("PERIOD FOR") {
        cursor.until(0, |_| false);
        return Some(Constraint::Nothing);
    }
    if state.engine == Engine::Postgres && cursor.take("EXCLUDE") {
        if cursor.take("USING") {
            cursor.next();
        }
        let mut exclude = Key::new(Role::Plain, parts(&cursor.group()?, state.engine));
        exclude.name = name.unwrap_or_default();
        options(cursor, &mut exclude, state);
        return Some(Constraint::Key(exclude));
    }
    if state.engine == Engine::Postgres && cursor.take("NOT NULL") {
        let column = cursor.name()?;
        let unproved = cursor
            .until(0, |_| false)
            .source()
            .to_ascii_uppercase()
            .contains("NOT VALID");
        return Some(Constraint::NotNull(if unproved { vec![] } else { vec![column] }));
    }
    if !mysql {
        return None;
    }
    let searchable = !cursor.take_any(&["FULLTEXT", "SPATIAL", "VECTOR"]);
    let plain = cursor.take_any(&["KEY", "INDEX"]);
    if searchable && !plain {
        return None;
    }
    let Constraint::Key(mut plain) = key(cursor, state, Role::Plain, name) else {
        return None;
    };
    plain.searchable &= searchable;
    Some(Constraint::Key(plain))
}

/// What follows PRIMARY KEY, UNIQUE, or KEY.
fn key(cursor: &mut Cursor<'_, '_>, state: &mut State, role: Role, name: Option<String>) -> Constraint {
    cursor.take_any(&["NULLS NOT DISTINCT", "NULLS DISTINCT"]);
    if cursor.take("USING INDEX") {
        let index = cursor.name().unwrap_or_default();
        return Constraint::UsingIndex { role, name, index };
    }
    let mut made = Key::new(role, vec![]);
    cursor.take_if();
    if !cursor.is_sign('(') && !cursor.is("USING") {
        // MySQL: the name of the index wins over that of the constraint.
        made.name = cursor.name().unwrap_or_default();
    }
    if made.name.is_empty() {
        made.name = name.unwrap_or_default();
    }
    options(cursor, &mut made, state);
    if let Some(inside) = cursor.group() {
        made.parts = parts(&inside, state.engine);
    }
    options(cursor, &mut made, state);
    Constraint::Key(made)
}

/// The parts of a key.
pub(crate) fn parts(inside: &Cursor<'_, '_>, engine: Engine) -> Vec<Part> {
    inside.items().into_iter().map(|item| part(item, engine)).collect()
}

fn part(mut item: Cursor<'_, '_>, engine: Engine) -> Part {
    let mut part = Part {
        column: item.name(),
        prefix: None,
        descending: false,
        collation: None,
    };
    let mysql = matches!(engine, Engine::MySql | Engine::MariaDb);
    if part.column.is_some() && item.is_sign('(') {
        let inside = item.group();
        let prefix = inside.filter(|_| mysql).and_then(|inside| inside.source().parse().ok());
        match prefix {
            Some(characters) => part.prefix = Some(characters),
            // A function.
            None => part.column = None,
        }
    }
    if item.take("COLLATE") {
        part.collation = item.written().map(|name| name.name);
    }
    // What else may follow a column: ASC, NULLS FIRST, an operator class or, after WITH, an operator. Anything with
    // signs is an expression.
    let rest = item.until(0, |_| false);
    let sign = |at: usize| rest.ahead(at).is_some_and(|token| token.what == What::Sign);
    let with = (0..rest.len()).find(|at| rest.ahead(*at).is_some_and(|token| token.is("WITH")));
    let expression = (0..with.unwrap_or(rest.len())).any(|at| {
        sign(at)
            && !rest
                .ahead(at)
                .is_some_and(|t| matches!(t.text, "." | "(" | ")" | "=" | ","))
    });
    if expression {
        part.column = None;
    }
    part.descending = (0..rest.len()).any(|at| rest.ahead(at).is_some_and(|token| token.is("DESC")));
    part
}

/// Takes what may stand around a key's columns, and notes what matters.
pub(crate) fn options(cursor: &mut Cursor<'_, '_>, key: &mut Key, state: &State) {
    loop {
        let mysql = state.is_mysql();
        if mysql && cursor.take("USING") {
            key.searchable &= !cursor.is("RTREE");
            cursor.next();
        } else if cursor.take("USING INDEX TABLESPACE") || cursor.take("ON CONFLICT") {
            cursor.next();
        } else if cursor.is("WITH") && !mysql && cursor.ahead(1).is_some_and(|token| token.is_sign('(')) {
            cursor.next();
            cursor.group();
        } else if cursor.take("INCLUDE") {
            cursor.group();
        } else if mysql
            && cursor.take_any(&[
                "KEY_BLOCK_SIZE",
                "COMMENT",
                "ENGINE_ATTRIBUTE",
                "SECONDARY_ENGINE_ATTRIBUTE",
                "CLUSTERING",
            ])
        {
            cursor.take_sign('=');
            cursor.next();
        } else if mysql && cursor.take("WITH PARSER") {
            cursor.next();
        } else if mysql && cursor.take_any(&["INVISIBLE", "IGNORED"]) {
            key.searchable = false;
        } else if !(cursor.take_any(&["NULLS NOT DISTINCT", "NULLS DISTINCT"])
            || (mysql && cursor.take_any(&["VISIBLE", "NOT IGNORED"])))
        {
            return;
        }
    }
}

/// Reads REFERENCES and everything that belongs to it; `None` where it isn't there.
pub(crate) fn references(
    cursor: &mut Cursor<'_, '_>,
    state: &mut State,
    name: Option<String>,
    columns: Vec<String>,
) -> Option<ForeignKey> {
    if !cursor.take("REFERENCES") {
        let what = name.as_ref().map_or_else(String::new, |name| format!(" `{name}`"));
        state.warn(format!("the foreign key{what} has no REFERENCES and was left out"));
        return None;
    }
    let parent = cursor.written()?;
    let parent_columns = cursor.group().map(|inside| inside.names()).unwrap_or_default();
    // MariaDB's default is RESTRICT by name; to all of them the two are the same, but where a check can be deferred.
    let default = match state.engine {
        Engine::MariaDb => Action::Restrict,
        _ => Action::NoAction,
    };
    let mut key = ForeignKey {
        name,
        columns,
        parent: state.find(&parent),
        parent_columns,
        on_delete: default,
        on_update: default,
        deferral: Deferral::NotDeferrable,
        validated: true,
        match_full: false,
        line: state.line,
    };
    while behind_references(cursor, &mut key) {}
    if state.engine == Engine::Sqlite {
        // It is read there and means nothing.
        key.match_full = false;
    }
    Some(key)
}

fn behind_references(cursor: &mut Cursor<'_, '_>, key: &mut ForeignKey) -> bool {
    if cursor.take("ON DELETE") {
        key.on_delete = action(cursor).unwrap_or(key.on_delete);
        // PostgreSQL 15: SET NULL (columns).
        cursor.group();
    } else if cursor.take("ON UPDATE") {
        key.on_update = action(cursor).unwrap_or(key.on_update);
        cursor.group();
    } else if cursor.take("MATCH") {
        key.match_full = cursor.is("FULL");
        cursor.next();
    } else if cursor.take_any(&["NOT VALID", "NOT ENFORCED"]) {
        key.validated = false;
    } else if cursor.take("ENFORCED") {
        return true;
    } else {
        return deferral(cursor, &mut key.deferral);
    }
    true
}

fn action(cursor: &mut Cursor<'_, '_>) -> Option<Action> {
    [
        ("NO ACTION", Action::NoAction),
        ("RESTRICT", Action::Restrict),
        ("CASCADE", Action::Cascade),
        ("SET NULL", Action::SetNull),
        ("SET DEFAULT", Action::SetDefault),
    ]
    .into_iter()
    .find_map(|(words, action)| cursor.take(words).then_some(action))
}

/// Takes a clause about deferral, and notes what it says; false where there is none.
pub(crate) fn deferral(cursor: &mut Cursor<'_, '_>, known: &mut Deferral) -> bool {
    if cursor.take("NOT DEFERRABLE") {
        // SQLite lets the word that says when follow all the same.
        cursor.take_any(&["INITIALLY IMMEDIATE", "INITIALLY DEFERRED"]);
        *known = Deferral::NotDeferrable;
    } else if cursor.take("INITIALLY DEFERRED") {
        *known = Deferral::InitiallyDeferred;
    } else if cursor.take("DEFERRABLE") {
        if *known == Deferral::NotDeferrable {
            *known = Deferral::InitiallyImmediate;
        }
    } else {
        return cursor.take("INITIALLY IMMEDIATE");
    }
    true
}
