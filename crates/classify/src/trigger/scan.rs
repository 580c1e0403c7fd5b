//! One pass over a body's tokens.

use exodus_schema::Engine;

use super::functions;
use super::tokens::Tok;
use super::write::{self, Found};
use super::{Effect, Write};

/// What the statements in these tokens do.
pub(super) fn scan(engine: Engine, tokens: &[Tok]) -> Effect {
    let mut scan = Scan {
        cursor: Cursor { engine, tokens },
        effect: Effect::default(),
        head: String::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        at = scan.step(at);
    }
    let mut effect = scan.effect;
    effect.writes.sort();
    effect.writes.dedup();
    let mut seen = std::collections::BTreeSet::new();
    effect.unknown.retain(|reason| seen.insert(reason.clone()));
    effect
}

/// Looks around in the tokens without running out of them.
pub(super) struct Cursor<'a> {
    pub(super) engine: Engine,
    pub(super) tokens: &'a [Tok],
}

const END: Tok = Tok::Semicolon;

impl Cursor<'_> {
    /// The token at that place; past either end a semicolon.
    pub(super) fn at(&self, at: usize) -> &Tok {
        self.tokens.get(at).unwrap_or(&END)
    }

    /// The token before that place.
    pub(super) fn before(&self, at: usize) -> &Tok {
        at.checked_sub(1).map_or(&END, |at| self.at(at))
    }

    /// Whether a statement can begin here.
    pub(super) fn starts_statement(&self, at: usize) -> bool {
        const OPENERS: [&str; 8] = ["BEGIN", "THEN", "ELSE", "LOOP", "DO", "REPEAT", "ATOMIC", "ROW"];
        match self.before(at) {
            Tok::Semicolon | Tok::LabelEnd => true,
            token => token.is_any(&OPENERS),
        }
    }

    /// The place after the parenthesis that closes the one at `open`.
    pub(super) fn after_group(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for at in open..self.tokens.len() {
            match self.tokens[at] {
                Tok::Open => depth += 1,
                Tok::Close if depth <= 1 => return at + 1,
                Tok::Close => depth -= 1,
                _ => {}
            }
        }
        self.tokens.len()
    }
}

struct Scan<'a> {
    cursor: Cursor<'a>,
    effect: Effect,
    /// The keyword that the current statement began with.
    head: String,
}

/// Statements that change what rows there are or can be in ways that no scan of words tells.
const OPAQUE: [&str; 12] = [
    "CREATE", "ALTER", "DROP", "REFRESH", "GRANT", "REVOKE", "LOAD", "HANDLER", "REINDEX", "VACUUM", "IMPORT", "RENAME",
];

impl Scan<'_> {
    /// Reads what stands at `at` and returns where to go on.
    fn step(&mut self, at: usize) -> usize {
        let token = self.cursor.at(at);
        if *token == Tok::Dot {
            // Whatever follows is a column or a part of a name, keyword or not, unless it is called.
            return if *self.cursor.at(at + 2) == Tok::Open {
                at + 1
            } else {
                at + 2
            };
        }
        // The THEN of a MERGE's arm or of a CASE in a SET begins no statement.
        let goes_on = ["MERGE", "SET"].contains(&self.head.as_str()) && *self.cursor.before(at) != Tok::Semicolon;
        if self.cursor.starts_statement(at) && !goes_on {
            self.head = token.keyword();
        }
        let keyword = token.keyword();
        match keyword.as_str() {
            "INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "MERGE" | "TRUNCATE" | "COPY"
                if *self.cursor.before(at) != Tok::Dot =>
            {
                return self.write(at);
            }
            "EXECUTE" => self.doubt("EXECUTE runs SQL that is put together at run time"),
            "CALL" => {
                let (name, next) = self.name_at(at + 1);
                self.doubt(format!("it calls the procedure {name}"));
                return next;
            }
            "RAISE" => self.raise(at),
            "SIGNAL" | "RESIGNAL" | "ASSERT" if self.cursor.starts_statement(at) => self.effect.raises = true,
            "RETURN" => self.returned(at),
            "INTO" => self.into(at),
            "NEW" => self.assigned(at),
            opaque if OPAQUE.contains(&opaque) && self.cursor.starts_statement(at) => {
                self.doubt(format!("it runs {opaque}"));
                let rest = self.cursor.tokens[at..]
                    .iter()
                    .position(|token| *token == Tok::Semicolon);
                return rest.map_or(self.cursor.tokens.len(), |end| at + end);
            }
            "DO" if matches!(self.cursor.at(at + 1), Tok::Dollar(_)) => self.doubt("it runs an anonymous block"),
            _ => self.call(at),
        }
        at + 1
    }

    fn doubt(&mut self, reason: impl Into<String>) {
        self.effect.unknown.push(reason.into());
    }

    fn write(&mut self, at: usize) -> usize {
        match write::read(&self.cursor, at, self.head == "MERGE") {
            Found::Writes { verb, tables, next } => {
                if verb == super::Verb::Merge {
                    "MERGE".clone_into(&mut self.head);
                }
                self.effect
                    .writes
                    .extend(tables.into_iter().map(|table| Write { table, verb }));
                next
            }
            Found::Nothing => at + 1,
            Found::Unclear(reason) => {
                self.doubt(reason);
                at + 1
            }
        }
    }

    fn raise(&mut self, at: usize) {
        const TALK: [&str; 5] = ["NOTICE", "WARNING", "INFO", "LOG", "DEBUG"];
        if *self.cursor.at(at + 1) == Tok::Open && self.cursor.at(at + 2).is("IGNORE") {
            self.effect.skips = true;
        } else if !self.cursor.at(at + 1).is_any(&TALK) {
            self.effect.raises = true;
        }
    }

    fn returned(&mut self, at: usize) {
        let value = self.cursor.at(at + 1);
        if value.is("NULL") {
            self.effect.skips = true;
        } else if matches!(value, Tok::Word { .. })
            && !value.is_any(&["NEW", "OLD"])
            && *self.cursor.at(at + 2) == Tok::Semicolon
        {
            // A row of its own making is written in place of the one at hand.
            self.effect.sets_new = true;
        }
    }

    /// `SELECT … INTO a, NEW.b`: an assignment, not a write.
    fn into(&mut self, at: usize) {
        let mut place = at + 1;
        if self.cursor.at(place).is("STRICT") {
            place += 1;
        }
        loop {
            self.effect.sets_new |= self.cursor.at(place).is("NEW");
            while *self.cursor.at(place + 1) == Tok::Dot {
                place += 2;
            }
            if *self.cursor.at(place + 1) != Tok::Comma {
                break;
            }
            place += 2;
        }
    }

    /// `NEW.x := …`, `NEW := …`, and MySQL's `SET NEW.x = …`.
    fn assigned(&mut self, at: usize) {
        let before = self.cursor.before(at);
        let in_set = self.head == "SET" && (before.is("SET") || *before == Tok::Comma);
        if !in_set && !self.cursor.starts_statement(at) {
            return;
        }
        let mut next = at + 1;
        if *self.cursor.at(next) == Tok::Dot {
            next += 2;
        }
        // A subscript stands in between: `NEW.tags[1] := …`.
        let direct = matches!(self.cursor.at(next), Tok::Equal | Tok::Assign);
        let subscript = || (next..next + 6).any(|at| *self.cursor.at(at) == Tok::Assign);
        self.effect.sets_new |= direct || subscript();
    }

    fn call(&mut self, at: usize) {
        let Tok::Word { text, quoted } = self.cursor.at(at) else {
            return;
        };
        if *self.cursor.at(at + 1) != Tok::Open || self.is_column_list(at) {
            return;
        }
        // A dot after a number belongs to a range: `1..length(x)`.
        let qualified = *self.cursor.before(at) == Tok::Dot && matches!(self.cursor.before(at - 1), Tok::Word { .. });
        let built_in_schema = qualified && at.checked_sub(2).is_some_and(|at| self.cursor.at(at).is("PG_CATALOG"));
        let known = functions::is_harmless(self.cursor.engine, text, *quoted) && (!qualified || built_in_schema);
        if !known {
            let (name, _) = self.name_at(if qualified { at.saturating_sub(2) } else { at });
            self.doubt(format!("it calls the function {name}"));
        }
    }

    /// `AS t (a, b)`, `WITH t (a, b) AS (…)`, `f(x) t (a, b)`, `OPEN cursor (…)`: no call.
    fn is_column_list(&self, at: usize) -> bool {
        let before = self.cursor.before(at);
        let after = self.cursor.after_group(at + 1);
        let names_a_query = self.cursor.at(after).is("AS")
            && (*self.cursor.at(after + 1) == Tok::Open || self.cursor.at(after + 1).is_any(&["MATERIALIZED", "NOT"]));
        *before == Tok::Close || before.is_any(&["AS", "OPEN"]) || names_a_query
    }

    /// The name at that place, and the place after it.
    fn name_at(&self, at: usize) -> (String, usize) {
        let mut parts = vec![];
        let mut place = at;
        while let Tok::Word { text, .. } = self.cursor.at(place) {
            parts.push(text.as_str());
            place += 1;
            if *self.cursor.at(place) != Tok::Dot {
                break;
            }
            place += 1;
        }
        (parts.join("."), place)
    }
}
