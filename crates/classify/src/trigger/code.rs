//! What a text does by itself: the statements that write, the routines that it calls, and what can't be told.

use std::collections::BTreeSet;

use exodus_schema::model::{Routine, Timing};
use exodus_schema::{Column, Engine, TableName, Trigger};

use super::{Effect, Verb, Write, guard, header, scan, tokens};

/// What a text does by itself. Everything is sorted, and there once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) statements: Vec<Statement>,
    pub(super) calls: Vec<Call>,
    pub(super) sets_new: bool,
    pub(super) raises: bool,
    pub(super) skips: bool,
    pub(super) unknown: Vec<String>,
}

/// A statement that writes a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Statement {
    pub(super) write: Write,
    /// The columns that an UPDATE sets, in small letters; `None` where they can't be told.
    pub(super) columns: Option<BTreeSet<String>>,
    /// TRUNCATE … CASCADE.
    pub(super) cascades: bool,
}

impl Statement {
    /// A statement of which nothing more is known.
    pub(super) fn new(verb: Verb, table: TableName) -> Self {
        Self {
            write: Write { table, verb },
            columns: None,
            cascades: false,
        }
    }
}

/// A function or procedure that is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    /// As the text names it: without a schema where none is written.
    pub(super) name: TableName,
    pub(super) procedure: bool,
    /// The name is syntax, or of a function of the engine that writes nothing. Users can have their own of that name.
    pub(super) built_in: bool,
}

impl Call {
    /// Why a call of something that can't be found makes its caller unknown.
    pub(super) fn reason(&self) -> String {
        let kind = if self.procedure { "procedure" } else { "function" };
        format!("it calls the {kind} {}", self.name)
    }
}

impl Code {
    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self {
            unknown: vec![reason.into()],
            ..Self::default()
        }
    }

    /// Of a trigger: its body, and the calls in its condition.
    pub(super) fn of_trigger(engine: Engine, trigger: &Trigger) -> Self {
        let condition = trigger.condition.as_deref();
        if condition.is_some_and(|condition| guard::guards(engine, condition)) {
            return Self::default();
        }
        let mut code = match language(trigger.language.as_deref()).as_str() {
            "sql" | "plpgsql" => body(engine, &trigger.body),
            "internal" | "c" => compiled(trigger.function.as_deref()),
            other => Self::unknown(format!("it is written in {other}")),
        };
        // Returning no row means something before the change only.
        code.skips &= trigger.timing != Timing::After;
        if let Some(condition) = &trigger.condition {
            code.add_expression(engine, condition, "its condition can't be read");
        }
        code.finish()
    }

    /// Of a function or procedure.
    pub(super) fn of_routine(engine: Engine, routine: &Routine) -> Self {
        let code = match language(routine.language.as_deref()).as_str() {
            "sql" | "plpgsql" => body(engine, &routine.body),
            "internal" | "c" => Self::unknown("it is compiled"),
            other => Self::unknown(format!("it is written in {other}")),
        };
        code.finish()
    }

    /// Of the defaults of columns, which an INSERT may leave to them. Only PostgreSQL's can call what users made.
    pub(super) fn of_defaults(engine: Engine, columns: &[Column]) -> Self {
        let mut code = Self::default();
        if engine == Engine::Postgres {
            for column in columns {
                if let Some(default) = &column.default {
                    let unreadable = format!("the default of {} can't be read", column.name);
                    code.add_expression(engine, default, &unreadable);
                }
            }
        }
        code.finish()
    }

    /// One after the other, as overloads of one name.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.statements.extend(other.statements);
        self.calls.extend(other.calls);
        self.unknown.extend(other.unknown);
        self.sets_new |= other.sets_new;
        self.raises |= other.raises;
        self.skips |= other.skips;
        self.finish()
    }

    /// An expression assigns nothing and is no statement: only what it calls matters.
    fn add_expression(&mut self, engine: Engine, text: &str, unreadable: &str) {
        match tokens::tokens(engine, text) {
            Some(tokens) => {
                let code = scan::scan(engine, &tokens);
                self.calls.extend(code.calls);
                self.unknown.extend(code.unknown);
            }
            None => self.unknown.push(unreadable.to_owned()),
        }
    }

    fn finish(mut self) -> Self {
        self.statements.sort();
        self.statements.dedup();
        self.calls.sort();
        self.calls.dedup();
        let mut seen = BTreeSet::new();
        self.unknown.retain(|reason| seen.insert(reason.clone()));
        self
    }

    /// The effect of the code where nothing is known of what it calls, nor of the tables that it writes.
    pub(super) fn alone(self) -> Effect {
        let mut writes: Vec<_> = self.statements.into_iter().map(|statement| statement.write).collect();
        writes.dedup();
        let mut unknown = self.unknown;
        unknown.extend(self.calls.iter().filter(|call| !call.built_in).map(Call::reason));
        Effect {
            writes,
            sets_new: self.sets_new,
            raises: self.raises,
            skips: self.skips,
            unknown,
        }
    }
}

fn language(name: Option<&str>) -> String {
    name.unwrap_or("sql").to_lowercase()
}

/// The functions that PostgreSQL and its contributed modules have for triggers.
fn compiled(function: Option<&str>) -> Code {
    let name = function.unwrap_or_default();
    let name = name.split('(').next().unwrap_or(name);
    match name.rsplit('.').next().unwrap_or(name).trim_matches('"') {
        "tsvector_update_trigger"
        | "tsvector_update_trigger_column"
        | "moddatetime"
        | "autoinc"
        | "insert_username" => Code {
            sets_new: true,
            ..Code::default()
        },
        // It skips updates that change nothing: no row is kept from being what it should be.
        "suppress_redundant_updates_trigger" => Code::default(),
        "" => Code::unknown("it calls compiled code"),
        name => Code::unknown(format!("it calls the compiled function {name}")),
    }
}

fn body(engine: Engine, text: &str) -> Code {
    if text.trim().is_empty() {
        return Code::unknown("its body can't be seen");
    }
    let Some(all) = tokens::tokens(engine, text) else {
        return Code::unknown("its body can't be read");
    };
    match header::split(&all) {
        header::Body::Here(tokens) => scan::scan(engine, &guard::unguarded(engine, tokens.to_vec())),
        header::Body::Quoted(inner) => match tokens::tokens(engine, inner) {
            Some(tokens) => scan::scan(engine, &guard::unguarded(engine, tokens)),
            None => Code::unknown("its body can't be read"),
        },
        header::Body::Missing => Code::unknown("its body can't be seen"),
    }
}
