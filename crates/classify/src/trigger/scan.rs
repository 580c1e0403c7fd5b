//! One pass over a body's tokens.

use std::cell::Cell;

use exodus_schema::{Engine, TableName};

use super::code::{Call, Code, Statement};
use super::tokens::Tok;
use super::write::{self, Found};
use super::{Verb, functions};

/// What the statements in these tokens do, in their order.
pub(super) fn scan(engine: Engine, tokens: &[Tok]) -> Code {
    let mut scan = Scan {
        cursor: Cursor::new(engine, tokens),
        code: Code::default(),
        head: String::new(),
        inserting: vec![],
    };
    let mut at = 0;
    while at < tokens.len() {
        at = scan.step(at);
    }
    if scan.cursor.budget.get() == 0 {
        scan.doubt("it is too tangled to be read");
    }
    scan.code
}

/// Looks around in the tokens without running out of them.
pub(super) struct Cursor<'a> {
    pub(super) engine: Engine,
    pub(super) tokens: &'a [Tok],
    /// For every opening parenthesis the place after the one that closes it: looking for it anew each time would take
    /// the square of the depth.
    after: Vec<usize>,
    /// Tokens that may still be looked at ahead of the one that is read.
    budget: Cell<usize>,
}

const END: Tok = Tok::Semicolon;

impl<'a> Cursor<'a> {
    fn new(engine: Engine, tokens: &'a [Tok]) -> Self {
        let mut after = vec![tokens.len(); tokens.len()];
        let mut open = vec![];
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Tok::Open => open.push(at),
                Tok::Close => {
                    if let Some(opened) = open.pop() {
                        after[opened] = at + 1;
                    }
                }
                _ => {}
            }
        }
        Self {
            engine,
            tokens,
            after,
            budget: Cell::new(100 + 10 * tokens.len()),
        }
    }

    /// The token at that place; past either end a semicolon.
    pub(super) fn at(&self, at: usize) -> &Tok {
        self.tokens.get(at).unwrap_or(&END)
    }

    /// Counts a token that is looked at ahead. `false`: there were so many already that the text is not worth reading,
    /// because keyword follows on keyword and each would be read to the end.
    pub(super) fn spend(&self) -> bool {
        let left = self.budget.get();
        self.budget.set(left.saturating_sub(1));
        left > 0
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
        self.after.get(open).copied().unwrap_or(self.tokens.len())
    }
}

struct Scan<'a> {
    cursor: Cursor<'a>,
    code: Code,
    /// The keyword that the current statement began with.
    head: String,
    /// The tables of the last INSERT, which ON CONFLICT … DO UPDATE goes on about.
    inserting: Vec<TableName>,
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
                let Some((name, next)) = write::name(&self.cursor, at + 1) else {
                    self.doubt("it holds a CALL that can't be read");
                    return at + 1;
                };
                self.code.calls.push(Call {
                    name,
                    procedure: true,
                    built_in: false,
                });
                return next;
            }
            "RAISE" => self.raise(at),
            "SIGNAL" | "RESIGNAL" | "ASSERT" if self.cursor.starts_statement(at) => self.code.raises = true,
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
        self.code.unknown.push(reason.into());
    }

    fn write(&mut self, at: usize) -> usize {
        match write::read(&self.cursor, at, self.head == "MERGE") {
            Found::Writes {
                verb,
                tables,
                columns,
                cascades,
                next,
            } => {
                if verb == Verb::Merge {
                    "MERGE".clone_into(&mut self.head);
                }
                for table in &tables {
                    // SQLite's UPDATE OR REPLACE removes rows that are in the way.
                    let replaces = self.cursor.at(at + 1).is("OR") && self.cursor.at(at + 2).is("REPLACE");
                    if verb == Verb::Update && replaces {
                        self.code.statements.push(Statement::new(Verb::Delete, table.clone()));
                    }
                    self.code.statements.push(Statement {
                        columns: columns.clone(),
                        cascades,
                        ..Statement::new(verb, table.clone())
                    });
                }
                self.inserting = tables;
                next
            }
            Found::Upsert { columns } => {
                for table in &self.inserting {
                    self.code.statements.push(Statement {
                        columns: columns.clone(),
                        ..Statement::new(Verb::Update, table.clone())
                    });
                }
                at + 1
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
            self.code.skips = true;
        } else if !self.cursor.at(at + 1).is_any(&TALK) {
            self.code.raises = true;
        }
    }

    fn returned(&mut self, at: usize) {
        let value = self.cursor.at(at + 1);
        if value.is("NULL") {
            self.code.skips = true;
        } else if matches!(value, Tok::Word { .. })
            && !value.is_any(&["NEW", "OLD"])
            && *self.cursor.at(at + 2) == Tok::Semicolon
        {
            // A row of its own making is written in place of the one at hand.
            self.code.sets_new = true;
        }
    }

    /// `SELECT … INTO a, NEW.b`: an assignment, not a write.
    fn into(&mut self, at: usize) {
        let mut place = at + 1;
        if self.cursor.at(place).is("STRICT") {
            place += 1;
        }
        loop {
            self.code.sets_new |= self.cursor.at(place).is("NEW");
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
        self.code.sets_new |= direct || subscript();
    }

    fn call(&mut self, at: usize) {
        let Tok::Word { text, quoted } = self.cursor.at(at) else {
            return;
        };
        if *self.cursor.at(at + 1) != Tok::Open || self.is_column_list(at) {
            return;
        }
        let start = self.name_start(at);
        let qualified = start < at;
        let built_in_schema = qualified && self.cursor.at(start).is("PG_CATALOG");
        let Some((name, _)) = write::name(&self.cursor, start) else {
            return;
        };
        self.code.calls.push(Call {
            name,
            procedure: false,
            built_in: functions::is_harmless(self.cursor.engine, text, *quoted) && (!qualified || built_in_schema),
        });
    }

    /// Where the name begins whose last part is at that place: at most two words with dots before it. A dot after a
    /// number belongs to a range: `1..length(x)`.
    fn name_start(&self, at: usize) -> usize {
        let mut start = at;
        for _ in 0..2 {
            let Some(before) = start.checked_sub(2) else { break };
            if *self.cursor.at(before + 1) != Tok::Dot || !matches!(self.cursor.at(before), Tok::Word { .. }) {
                break;
            }
            start = before;
        }
        start
    }

    /// `AS t (a, b)`, `WITH t (a, b) AS (…)`, `f(x) t (a, b)`, `OPEN cursor (…)`: no call.
    fn is_column_list(&self, at: usize) -> bool {
        let before = self.cursor.before(at);
        let after = self.cursor.after_group(at + 1);
        let names_a_query = self.cursor.at(after).is("AS")
            && (*self.cursor.at(after + 1) == Tok::Open || self.cursor.at(after + 1).is_any(&["MATERIALIZED", "NOT"]));
        *before == Tok::Close || before.is_any(&["AS", "OPEN"]) || names_a_query
    }
}
