//! CREATE FUNCTION, CREATE PROCEDURE, CREATE TRIGGER.

use super::cursor::{Cursor, Written, text_of};
use super::lexer::What;
use super::state::{DraftTrigger, State};
use super::types::quote_identifier;
use crate::introspect::sqlite;
use crate::model::{Enabled, Engine, Event, Routine, Timing, Trigger};
use crate::name::TableName;

/// Reads what follows FUNCTION, or PROCEDURE. `whole` is the text of the statement.
pub(crate) fn routine(cursor: &mut Cursor<'_, '_>, is_function: bool, whole: &str, state: &mut State) {
    cursor.take_if();
    let Some(written) = cursor.written() else {
        state.warn("a routine without a name that can be read was skipped");
        return;
    };
    let name = state.new_name(&written);
    let arguments = cursor
        .group()
        .map(|inside| inside.source().to_owned())
        .unwrap_or_default();
    let made = match state.engine {
        Engine::Postgres => postgres_routine(cursor, name, whole),
        _ => mysql_routine(cursor, name),
    };
    let Some(mut made) = made else {
        state.warn(format!("the body of routine {} can't be read", written.name));
        return;
    };
    made.arguments = arguments;
    made.is_function = is_function;
    // Arguments tell routines of one name apart on PostgreSQL, and functions from procedures everywhere else.
    let same = |known: &Known| {
        known.routine.name == made.routine.name
            && known.arguments == made.arguments
            && (known.is_function == is_function || state.engine == Engine::Postgres)
    };
    state.routines.retain(|known| !same(known));
    state.routines.push(made);
}

/// A routine with what the model does not tell.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) routine: Routine,
    /// What tells it from others of its name.
    pub(crate) arguments: String,
    pub(crate) is_function: bool,
    /// Only triggers can call it.
    pub(crate) for_triggers: bool,
}

fn postgres_routine(cursor: &mut Cursor<'_, '_>, name: TableName, whole: &str) -> Option<Known> {
    let mut language = None;
    let mut texts: Vec<String> = vec![];
    let mut for_triggers = false;
    let mut standard = false;
    while !cursor.is_empty() {
        if cursor.take("LANGUAGE") {
            language = cursor.text().or_else(|| cursor.name());
        } else if cursor.take("RETURNS") {
            let mut type_ = *cursor;
            let returned = type_.written().map(|name| name.name).unwrap_or_default();
            for_triggers = ["trigger", "event_trigger"].contains(&returned.as_str());
        } else if cursor.is("BEGIN ATOMIC") || cursor.is("RETURN") {
            standard = true;
            cursor.until(1, |_| false);
        } else if cursor.take("AS") {
            // A type may follow in a list of settings; a body is a text.
            while cursor.peek().is_some_and(|token| token.what == What::Text) {
                let text = cursor.next().and_then(|token| text_of(token.text, Engine::Postgres));
                texts.extend(text);
                cursor.take_sign(',');
            }
        } else if cursor.group().is_none() {
            cursor.next();
        }
    }
    // Of a library and a symbol in it, the catalogue's source is the symbol.
    let body = texts.pop().or_else(|| standard.then(|| whole.to_owned()))?;
    let language = language.or_else(|| standard.then(|| "sql".to_owned()));
    Some(Known {
        routine: Routine {
            name,
            language: language.map(|name| name.to_ascii_lowercase()),
            body,
        },
        arguments: String::new(),
        is_function: false,
        for_triggers,
    })
}

/// The body begins where the characteristics end.
fn mysql_routine(cursor: &mut Cursor<'_, '_>, name: TableName) -> Option<Known> {
    if cursor.take("RETURNS") {
        cursor.next();
        cursor.group();
        while cursor.take_any(&["UNSIGNED", "SIGNED", "ZEROFILL", "BINARY"]) {}
        if cursor.take_any(&["CHARSET", "CHARACTER SET"]) {
            cursor.next();
        }
        if cursor.take("COLLATE") {
            cursor.next();
        }
    }
    let mut language = None;
    loop {
        if cursor.take("LANGUAGE") {
            language = cursor
                .name()
                .map(|name| name.to_ascii_lowercase())
                .filter(|name| name != "sql");
        } else if cursor.take_any(&["COMMENT", "SQL SECURITY", "AGGREGATE"]) {
            cursor.next();
        } else if !cursor.take_any(&[
            "NOT DETERMINISTIC",
            "DETERMINISTIC",
            "CONTAINS SQL",
            "NO SQL",
            "READS SQL DATA",
            "MODIFIES SQL DATA",
            "AS",
        ]) {
            break;
        }
    }
    let body = match cursor
        .peek()
        .filter(|token| language.is_some() && token.what == What::Text)
    {
        Some(token) => text_of(token.text, Engine::MySql)?,
        None => cursor.source().to_owned(),
    };
    Some(Known {
        routine: Routine { name, language, body },
        arguments: String::new(),
        is_function: false,
        for_triggers: false,
    })
}

/// Reads what follows TRIGGER.
pub(crate) fn trigger(cursor: &mut Cursor<'_, '_>, state: &mut State) {
    cursor.take_if();
    // SQLite forgets in which database it was made.
    let mut from = *cursor;
    if from.ahead(1).is_some_and(|token| token.is_sign('.')) {
        from.next();
        from.next();
    }
    let Some(written) = cursor.written() else {
        state.warn("a trigger without a name that can be read was skipped");
        return;
    };
    let Some(mut head) = head(cursor) else {
        state.warn(format!("the trigger `{}` can't be read and was skipped", written.name));
        return;
    };
    let Some(name) = state.existing(&head.table) else {
        if !state.is_other(&head.table) {
            state.warn(format!(
                "the trigger `{}` is on {}, which is not made before it",
                written.name, head.table.name
            ));
        }
        return;
    };
    head.name = written.name;
    let made = match state.engine {
        Engine::Postgres => postgres_trigger(cursor, head),
        Engine::MySql | Engine::MariaDb => mysql_trigger(cursor, head),
        Engine::Sqlite => sqlite_trigger(&head, from),
    };
    let Some(mut made) = made else {
        state.warn("a trigger can't be read and was skipped");
        return;
    };
    made.line = state.line;
    if let Some(draft) = state.tables.get_mut(&name) {
        draft.triggers.retain(|known| known.trigger.name != made.trigger.name);
        draft.triggers.push(made);
    }
}

/// What stands before a trigger's body.
struct Head {
    name: String,
    timing: Timing,
    events: Vec<Event>,
    table: Written,
}

fn head(cursor: &mut Cursor<'_, '_>) -> Option<Head> {
    let timing = if cursor.take("AFTER") {
        Timing::After
    } else if cursor.take("INSTEAD OF") {
        Timing::InsteadOf
    } else {
        cursor.take("BEFORE");
        Timing::Before
    };
    let mut events = vec![];
    loop {
        events.push(if cursor.take("INSERT") {
            Event::Insert
        } else if cursor.take("DELETE") {
            Event::Delete
        } else if cursor.take("TRUNCATE") {
            Event::Truncate
        } else if cursor.take("UPDATE") {
            if cursor.take("OF") {
                cursor.until(1, |rest| rest.is("ON") || rest.is("OR"));
            }
            Event::Update
        } else {
            return None;
        });
        if !cursor.take("OR") && !cursor.take_sign(',') {
            break;
        }
    }
    let table = cursor.take("ON").then(|| cursor.written()).flatten()?;
    Some(Head {
        name: String::new(),
        timing,
        events,
        table,
    })
}

impl Head {
    fn made(self, body: String) -> Trigger {
        Trigger {
            name: self.name,
            timing: self.timing,
            events: self.events,
            per_row: true,
            enabled: Enabled::Origin,
            function: None,
            language: None,
            condition: None,
            body,
        }
    }
}

fn postgres_trigger(cursor: &mut Cursor<'_, '_>, head: Head) -> Option<DraftTrigger> {
    let mut trigger = head.made(String::new());
    trigger.per_row = false;
    while !cursor.is_empty() {
        if cursor.take_any(&["FOR EACH ROW", "FOR ROW"]) {
            trigger.per_row = true;
        } else if cursor.take("WHEN") {
            trigger.condition = cursor.group().map(|inside| inside.source().to_owned());
        } else if cursor.take_any(&["EXECUTE FUNCTION", "EXECUTE PROCEDURE"]) {
            let function = cursor.written()?;
            return Some(DraftTrigger {
                trigger,
                function: Some(function),
                line: 0,
            });
        } else {
            cursor.next();
        }
    }
    None
}

fn mysql_trigger(cursor: &mut Cursor<'_, '_>, head: Head) -> Option<DraftTrigger> {
    if !cursor.take("FOR EACH ROW") {
        return None;
    }
    if cursor.take_any(&["FOLLOWS", "PRECEDES"]) {
        cursor.next();
    }
    let trigger = head.made(cursor.source().to_owned());
    Some(DraftTrigger {
        trigger,
        function: None,
        line: 0,
    })
}

/// The statement as `sqlite_master` has it: it begins anew with the trigger's own name.
fn sqlite_trigger(head: &Head, from: Cursor<'_, '_>) -> Option<DraftTrigger> {
    let sql = format!("CREATE TRIGGER {}", from.source());
    let trigger = sqlite::ddl::trigger(&head.name, &sql)?;
    Some(DraftTrigger {
        trigger,
        function: None,
        line: 0,
    })
}

/// Fills in what PostgreSQL's triggers get from their functions.
pub(crate) fn resolve(state: &mut State) {
    let mut missing = vec![];
    let functions = std::mem::take(&mut state.routines);
    let path = state.search_path.clone();
    for draft in state.tables.values_mut() {
        let table = draft.table.name.to_string();
        for draft in &mut draft.triggers {
            let Some(written) = &draft.function else { continue };
            let found = find(&functions, written, &path);
            let trigger = &mut draft.trigger;
            let (name, language, body) = match (found, built_in(&written.name)) {
                (Some(known), _) => (
                    known.routine.name.clone(),
                    known.routine.language.clone(),
                    known.routine.body.clone(),
                ),
                (None, Some(source)) => {
                    let name = TableName::new("pg_catalog", written.name.clone());
                    (name, Some("internal".to_owned()), source.to_owned())
                }
                (None, None) => {
                    missing.push(format!(
                        "trigger `{}` of {table} calls {}, which the file does not make: what it does is not known",
                        trigger.name, written.name
                    ));
                    let schema = written.schema.clone().unwrap_or_else(|| "public".to_owned());
                    (TableName::new(schema, written.name.clone()), None, String::new())
                }
            };
            trigger.function = Some(format!(
                "{}.{}",
                quote_identifier(&name.schema),
                quote_identifier(&name.name)
            ));
            trigger.language = language;
            trigger.body = body;
        }
    }
    state.routines = functions;
    for what in missing {
        state.warnings.insert((usize::MAX, what));
    }
}

fn find<'f>(functions: &'f [Known], written: &Written, path: &[String]) -> Option<&'f Known> {
    let named = |known: &&Known| {
        let name = &known.routine.name;
        let schema_fits = match &written.schema {
            Some(schema) => name.schema == *schema,
            None => path.is_empty() || path.contains(&name.schema),
        };
        name.name == written.name && schema_fits
    };
    functions
        .iter()
        .filter(|known| known.for_triggers)
        .find(named)
        .or_else(|| functions.iter().find(named))
}

/// The source of the server's own functions for triggers, as its catalogue has it.
fn built_in(name: &str) -> Option<&'static str> {
    match name {
        "tsvector_update_trigger" => Some("tsvector_update_trigger_byid"),
        "tsvector_update_trigger_column" => Some("tsvector_update_trigger_bycolumn"),
        "suppress_redundant_updates_trigger" => Some("suppress_redundant_updates_trigger"),
        _ => None,
    }
}
