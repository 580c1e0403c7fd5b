//! A column's definition: its name, the pieces of its type, and its clauses.

use super::constraint;
use super::cursor::Cursor;
use super::lexer::What;
use super::state::{ForeignKey, Key, Part, State};
use crate::introspect::shape::Role;
use crate::model::{Deferral, Engine, Generated, Generator};

/// What a definition says, before the engine's rules are applied to it.
#[derive(Debug)]
pub(crate) struct Definition<'s, 't> {
    pub(crate) name: String,
    pub(crate) type_: Cursor<'s, 't>,
    pub(crate) nullable: Option<bool>,
    pub(crate) default: Option<Cursor<'s, 't>>,
    pub(crate) generator: Option<Generator>,
    pub(crate) generated: Option<Generated>,
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
    pub(crate) invisible: bool,
    pub(crate) comment: Option<String>,
    /// Keys on this column alone, with the names of their constraints.
    pub(crate) keys: Vec<Key>,
    pub(crate) references: Vec<ForeignKey>,
    /// MySQL: behind which column it goes; the empty name is for the first place.
    pub(crate) position: Option<String>,
}

/// Reads a definition; `None` where there is no name.
pub(crate) fn definition<'s, 't>(cursor: &mut Cursor<'s, 't>, state: &mut State) -> Option<Definition<'s, 't>> {
    let name = cursor.name()?;
    let type_ = cursor.until(0, |rest| is_clause(rest));
    let mut found = Definition {
        name,
        type_,
        nullable: None,
        default: None,
        generator: None,
        generated: None,
        charset: None,
        collation: None,
        invisible: false,
        comment: None,
        keys: vec![],
        references: vec![],
        position: None,
    };
    found.clauses(cursor, state);
    Some(found)
}

/// Whether a clause begins here, so that the type or an expression has ended.
pub(crate) fn is_clause(cursor: &Cursor<'_, '_>) -> bool {
    const EVERYWHERE: &[&str] = &[
        "NOT",
        "NULL",
        "DEFAULT",
        "PRIMARY KEY",
        "UNIQUE",
        "REFERENCES",
        "CHECK",
        "CONSTRAINT",
        "COLLATE",
        "GENERATED",
        "DEFERRABLE",
        "INITIALLY",
        "STORED",
        "VIRTUAL",
    ];
    const POSTGRES: &[&str] = &[
        "STORAGE",
        "COMPRESSION",
        "OPTIONS",
        "WITH OPTIONS",
        "USING",
        "NO INHERIT",
        "ENFORCED",
    ];
    const MYSQL: &[&str] = &[
        "KEY",
        "AS",
        "AUTO_INCREMENT",
        "COMMENT",
        "CHARACTER SET",
        "CHARSET",
        "ON UPDATE",
        "PERSISTENT",
        "INVISIBLE",
        "VISIBLE",
        "COLUMN_FORMAT",
        "STORAGE",
        "SRID",
        "REF_SYSTEM_ID",
        "FIRST",
        "AFTER",
        "WITH SYSTEM",
        "WITHOUT SYSTEM",
        "ENGINE_ATTRIBUTE",
        "SECONDARY_ENGINE_ATTRIBUTE",
        "COMPRESSED",
        "SERIAL DEFAULT",
    ];
    const SQLITE: &[&str] = &["AS", "AUTOINCREMENT", "ON CONFLICT"];
    let own = match cursor.engine {
        Engine::Postgres => POSTGRES,
        Engine::MySql | Engine::MariaDb => MYSQL,
        Engine::Sqlite => SQLITE,
    };
    cursor.peek().is_some_and(|token| token.what == What::Word) && (cursor.is_any(EVERYWHERE) || cursor.is_any(own))
}

impl<'s, 't> Definition<'s, 't> {
    fn clauses(&mut self, cursor: &mut Cursor<'s, 't>, state: &mut State) {
        let mut name = None;
        while let Some(token) = cursor.peek() {
            if cursor.take("CONSTRAINT") {
                // MySQL's may go without a name.
                let unnamed = cursor.is_any(&["CHECK", "PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "REFERENCES"]);
                name = if unnamed { None } else { cursor.name() };
                continue;
            }
            let known = self.constraint(cursor, state, &mut name) || self.value(cursor) || self.looks(cursor);
            if !known {
                state.warn(format!(
                    "column `{}`: nothing is known of `{}`",
                    self.name,
                    shown(token.text, token.what)
                ));
                cursor.next();
                cursor.until(0, is_clause);
            }
        }
    }

    /// Constraints and what belongs to them.
    fn constraint(&mut self, cursor: &mut Cursor<'s, 't>, state: &mut State, name: &mut Option<String>) -> bool {
        if cursor.take("NOT NULL") {
            self.nullable = Some(false);
        } else if cursor.take("NULL") {
            self.nullable = Some(true);
        } else if cursor.take("PRIMARY KEY") || (state.is_mysql() && cursor.take("KEY")) {
            let key = self.key(Role::Primary, name.take());
            let descending = cursor.take("DESC");
            cursor.take("ASC");
            if let Some(part) = self.keys[key].parts.first_mut() {
                part.descending = descending;
            }
            constraint::options(cursor, &mut self.keys[key], state);
        } else if cursor.take("UNIQUE") {
            cursor.take("KEY");
            let key = self.key(Role::Unique, name.take());
            constraint::options(cursor, &mut self.keys[key], state);
        } else if cursor.is("REFERENCES") {
            let columns = vec![self.name.clone()];
            let key = constraint::references(cursor, state, name.take(), columns);
            self.references.extend(key);
        } else if cursor.take("CHECK") {
            *name = None;
            cursor.group();
        } else if cursor.take("ON CONFLICT") {
            cursor.next();
        } else {
            let mut of_a_key = Deferral::NotDeferrable;
            let last = self
                .references
                .last_mut()
                .map_or(&mut of_a_key, |last| &mut last.deferral);
            return constraint::deferral(cursor, last)
                || cursor.take_any(&["NO INHERIT", "NOT ENFORCED", "ENFORCED", "NOT VALID"]);
        }
        true
    }

    fn key(&mut self, role: Role, name: Option<String>) -> usize {
        let mut key = Key::new(role, vec![Part::column(self.name.clone())]);
        key.name = name.unwrap_or_default();
        self.keys.push(key);
        self.keys.len() - 1
    }

    /// Where the values come from.
    fn value(&mut self, cursor: &mut Cursor<'s, 't>) -> bool {
        if cursor.take("SERIAL DEFAULT") {
            cursor.take("VALUE");
            self.generator = Some(Generator::AutoIncrement);
            self.nullable = Some(false);
            self.key(Role::Unique, None);
        } else if cursor.take("DEFAULT") {
            self.default = Some(cursor.until(1, is_clause));
        } else if cursor.take("ON UPDATE") {
            cursor.until(1, is_clause);
        } else if cursor.take_any(&["AUTO_INCREMENT", "AUTOINCREMENT"]) {
            if cursor.engine != Engine::Sqlite {
                self.generator = Some(Generator::AutoIncrement);
                self.nullable.get_or_insert(false);
            }
        } else if cursor.take("GENERATED") {
            cursor.take("ALWAYS");
            let by_default = cursor.take("BY DEFAULT");
            cursor.take("ON NULL");
            if cursor.take("AS IDENTITY") {
                cursor.group();
                self.nullable = Some(false);
                self.generator = Some(if by_default {
                    Generator::IdentityByDefault
                } else {
                    Generator::IdentityAlways
                });
            } else {
                cursor.take("AS");
                self.expression(cursor);
            }
        } else if cursor.take("AS") {
            self.expression(cursor);
        } else {
            return false;
        }
        true
    }

    fn expression(&mut self, cursor: &mut Cursor<'s, 't>) {
        let expression = match cursor.group() {
            Some(inside) => inside.source().to_owned(),
            // MariaDB: GENERATED ALWAYS AS ROW START.
            None => cursor.until(1, is_clause).source().to_ascii_uppercase(),
        };
        let versioned = expression.starts_with("ROW ");
        let mut stored = cursor.take_any(&["STORED", "PERSISTENT"]) || versioned;
        // PostgreSQL made stored ones only until version 18, where nothing is said of it in a dump either.
        stored |= !cursor.take("VIRTUAL") && cursor.engine == Engine::Postgres;
        self.generated = Some(Generated { stored, expression });
    }

    /// Character sets, comments, and what is of no interest.
    fn looks(&mut self, cursor: &mut Cursor<'s, 't>) -> bool {
        if cursor.take("COLLATE") {
            cursor.take_sign('=');
            if let Some(name) = cursor.written() {
                self.collation = Some(match cursor.engine {
                    Engine::Postgres => super::types::quoted(&name),
                    _ => name.name,
                });
            }
        } else if cursor.take_any(&["CHARACTER SET", "CHARSET"]) {
            cursor.take_sign('=');
            self.charset = cursor.name();
        } else if cursor.take("COMMENT") {
            cursor.take_sign('=');
            self.comment = cursor.text().filter(|text| !text.is_empty());
        } else if cursor.take("INVISIBLE") {
            self.invisible = true;
        } else if cursor.take("FIRST") {
            self.position = Some(String::new());
        } else if cursor.take("AFTER") {
            self.position = cursor.name();
        } else if cursor.take_any(&["COLUMN_FORMAT", "STORAGE", "COMPRESSION", "SRID"]) {
            cursor.next();
        } else if cursor.take_any(&["ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE", "REF_SYSTEM_ID"]) {
            cursor.take_sign('=');
            cursor.next();
        } else if cursor.take("COMPRESSED") {
            cursor.take_sign('=');
            cursor.until(0, is_clause);
        } else if cursor.take_any(&["WITH OPTIONS", "OPTIONS"]) {
            cursor.group();
        } else {
            return cursor.take_any(&[
                "VISIBLE",
                "STORED",
                "VIRTUAL",
                "WITH SYSTEM VERSIONING",
                "WITHOUT SYSTEM VERSIONING",
            ]);
        }
        true
    }
}

/// A piece as it may be shown: never a value.
pub(crate) fn shown(text: &str, what: What) -> &str {
    match what {
        What::Word | What::Sign | What::Name => text,
        What::Text => "a text",
        What::Number => "a number",
    }
}
