//! A file in statements.
//!
//! What a file's client would make of it is done here too: DELIMITER, psql's backslash commands, the rows after COPY.
//! Damage is contained: a quote, a comment or a body that never ends costs its own statement and not the tables after
//! it, and where a table's statement might have been swallowed, a note says on which line.

use super::lexer::{Lexer, Passed, Rules, Token, What};
use crate::model::Engine;

/// One statement.
#[derive(Debug)]
pub(crate) struct Statement<'t> {
    /// Of a statement that only writes rows, the first few.
    pub(crate) tokens: Vec<Token<'t>>,
    /// Where it ends, in bytes, without its terminator.
    pub(crate) end: usize,
}

/// Something to tell the user, and where in the file it is, in bytes.
pub(crate) type Note = (usize, String);

/// Takes a file to statements.
pub(crate) struct Splitter<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    delimiter: &'t str,
    /// Bodies with semicolons in them are told by their BEGIN and END, until one was seen that never ends.
    trusts_bodies: bool,
    pub(crate) notes: Vec<Note>,
}

/// A statement that has begun.
#[derive(Default)]
struct Open<'t> {
    tokens: Vec<Token<'t>>,
    /// How many bodies, loops and cases are open.
    depth: usize,
    /// It makes a routine or a trigger, or runs code: CREATE TABLE may stand in it.
    holds_code: bool,
    /// It makes a rule, whose parentheses may hold semicolons.
    is_rule: bool,
    parentheses: usize,
    /// It writes rows.
    is_data: bool,
    /// Behind the first semicolon, where to go on if the body never ends.
    resume: Option<(usize, usize)>,
}

/// Of a statement that writes rows, as much as COPY needs to be known by.
const DATA_TOKENS: usize = 3;

impl<'t> Splitter<'t> {
    pub(crate) fn new(text: &'t str, rules: Rules) -> Self {
        Self {
            text,
            lexer: Lexer::new(text, rules),
            delimiter: ";",
            trusts_bodies: true,
            notes: vec![],
        }
    }

    /// MySQL: what double quotes mean from here on.
    pub(crate) fn ansi_quotes(&mut self, on: bool) {
        self.lexer.rules.ansi_quotes = on;
    }

    /// Reads up to the end of one statement.
    fn statement(&mut self) -> Option<Statement<'t>> {
        let mut open = Open::default();
        loop {
            let more = self.lexer.skip_trivia();
            self.look_at_what_was_passed(&open);
            if !more {
                return self.at_end(open);
            }
            let at = self.lexer.at;
            if self.delimiter != ";" && self.lexer.rest().starts_with(self.delimiter) {
                self.lexer.at += self.delimiter.len();
                return Some(open.close(at));
            }
            if open.tokens.is_empty() && self.client_command() {
                continue;
            }
            if !open.tokens.is_empty() && !open.holds_code && begins_statement(self.text, at, open.is_data) {
                self.notes.push((at, "there is no `;` before it".to_owned()));
                return Some(open.close(at));
            }
            if self.delimiter != ";" && !open.tokens.is_empty() && self.is_delimiter_line() {
                self.notes
                    .push((at, format!("there is no `{}` before it", self.delimiter)));
                return Some(open.close(at));
            }
            if open.holds_code && tables_at(self.lexer.rest()) && at_margin(self.text, at) {
                self.warn_of_table(at, "a body");
            }
            let token = self.lexer.next()?;
            if self.delimiter == ";" && token.is_sign(';') {
                if open.ends_here() {
                    return Some(self.end(open, at));
                }
                open.resume.get_or_insert((token.end(), open.tokens.len()));
            }
            if self
                .lexer
                .passed
                .iter()
                .any(|passed| matches!(passed, Passed::Unclosed(_)))
            {
                self.lexer.passed.clear();
                return Some(self.unclosed(open, at));
            }
            self.look_inside(&open, token);
            open.push(token, self.lexer.rules, self.trusts_bodies && self.delimiter == ";");
        }
    }

    /// The end of the file inside a statement, or after the last.
    fn at_end(&mut self, mut open: Open<'t>) -> Option<Statement<'t>> {
        if let Some((resume, tokens)) = open.resume {
            let at = open.tokens.first().map_or(0, |token| token.at);
            self.notes.push((at, "the body that begins here never ends".to_owned()));
            self.trusts_bodies = false;
            open.tokens.truncate(tokens);
            self.lexer.jump(resume);
            return Some(open.close(resume - 1));
        }
        (!open.tokens.is_empty()).then(|| open.close(self.text.len()))
    }

    /// A semicolon; behind COPY … FROM stdin come rows.
    fn end(&mut self, open: Open<'t>, at: usize) -> Statement<'t> {
        let is_copy = open.tokens.first().is_some_and(|token| token.is("COPY"));
        let statement = open.close(at);
        let begin = statement.tokens.first().map_or(at, |token| token.at);
        let from_stdin = || self.text[begin..at].to_ascii_lowercase().contains("from stdin");
        if is_copy && from_stdin() {
            self.skip_rows();
        }
        statement
    }

    fn skip_rows(&mut self) {
        let rest = self.lexer.rest();
        let end = if rest.starts_with("\n\\.") {
            Some(0)
        } else {
            rest.find("\n\\.")
        };
        if let Some(end) = end {
            let (from, to) = (self.lexer.at, self.lexer.at + end);
            self.warn_of_tables(from, to, "the rows of a COPY", false);
            let line = rest[end + 1..].find('\n').unwrap_or(rest.len() - end - 1);
            self.lexer.jump(to + 1 + line);
        } else {
            self.notes
                .push((self.lexer.at, "the rows of this COPY never end with `\\.`".to_owned()));
            let next = tables(self.text, self.lexer.at, self.text.len(), false).next();
            self.lexer.jump(next.unwrap_or(self.text.len()));
        }
    }

    /// A quote or a comment that begins at `at` and never ends: the statement ends there, and the next that makes a
    /// table is looked for behind it.
    fn unclosed(&mut self, open: Open<'t>, at: usize) -> Statement<'t> {
        self.notes
            .push((at, "the text, name or comment that begins here never ends".to_owned()));
        let next = tables(self.text, at, self.text.len(), false).next();
        self.lexer.jump(next.unwrap_or(self.text.len()));
        open.close(at)
    }

    /// Commands of the client, which end with their line.
    fn client_command(&mut self) -> bool {
        let rest = self.lexer.rest();
        let line = rest.lines().next().unwrap_or_default();
        let engine = self.lexer.rules.engine;
        let mysql = matches!(engine, Engine::MySql | Engine::MariaDb);
        let word = line.split_whitespace().next().unwrap_or_default();
        let dot = engine == Engine::Sqlite && line.starts_with('.');
        let is_delimiter = mysql && word.eq_ignore_ascii_case("delimiter");
        if is_delimiter {
            let new = line.split_whitespace().nth(1).unwrap_or(";");
            self.delimiter = new;
        }
        let command = is_delimiter || dot || line.starts_with('\\');
        if command {
            self.lexer.at += line.len();
        }
        command
    }

    fn look_at_what_was_passed(&mut self, open: &Open<'t>) {
        for passed in std::mem::take(&mut self.lexer.passed) {
            match passed {
                Passed::Comment(from, to) => self.warn_of_tables(from, to, "a comment", open.holds_code),
                Passed::Unclosed(at) => {
                    self.notes
                        .push((at, "the comment that begins here never ends".to_owned()));
                    if let Some(next) = tables(self.text, at, self.text.len(), false).next() {
                        self.lexer.jump(next);
                    }
                }
            }
        }
    }

    fn look_inside(&mut self, open: &Open<'t>, token: Token<'t>) {
        if matches!(token.what, What::Text | What::Name)
            && token.text.len() > "CREATE TABLE".len()
            && token.text.contains('\n')
        {
            let code = open.holds_code || token.text.starts_with('$');
            self.warn_of_tables(token.at, token.end(), "a text", code);
        }
    }

    fn warn_of_tables(&mut self, from: usize, to: usize, inside: &str, code: bool) {
        for at in tables(self.text, from, to, code) {
            self.warn_of_table(at, inside);
        }
    }

    fn warn_of_table(&mut self, at: usize, inside: &str) {
        let what = format!("what looks like a CREATE TABLE stands inside {inside} and was not read");
        self.notes.push((at, what));
    }

    /// Whether a line begins here that sets the delimiter.
    fn is_delimiter_line(&self) -> bool {
        let word = self.lexer.rest().get(..10).unwrap_or_default();
        word.eq_ignore_ascii_case("delimiter ") && at_margin(self.text, self.lexer.at)
    }
}

impl<'t> Iterator for Splitter<'t> {
    type Item = Statement<'t>;

    fn next(&mut self) -> Option<Statement<'t>> {
        loop {
            let statement = self.statement()?;
            if !statement.tokens.is_empty() {
                return Some(statement);
            }
        }
    }
}

impl<'t> Open<'t> {
    fn close(self, end: usize) -> Statement<'t> {
        Statement {
            tokens: self.tokens,
            end,
        }
    }

    fn ends_here(&self) -> bool {
        self.depth == 0 && (!self.is_rule || self.parentheses == 0)
    }

    fn push(&mut self, token: Token<'t>, rules: Rules, bodies: bool) {
        let first = self.tokens.first().copied();
        match first {
            None => self.is_data = token.is("INSERT") || token.is("REPLACE") || token.is("COPY"),
            Some(first) if self.tokens.len() < 12 && first.is("CREATE") => self.recognise(token),
            Some(first) if first.is("DO") || first.is("BEGIN") => self.holds_code = true,
            Some(_) => {}
        }
        if self.holds_code && bodies {
            self.count(token, rules.engine);
        }
        if self.is_rule {
            match token.text {
                "(" => self.parentheses += 1,
                ")" => self.parentheses = self.parentheses.saturating_sub(1),
                _ => {}
            }
        }
        if !self.is_data || self.tokens.len() < DATA_TOKENS {
            self.tokens.push(token);
        }
    }

    fn recognise(&mut self, token: Token<'t>) {
        // A word that is a name, in a statement about something else, does no harm: there is no BEGIN in it.
        let about = |word: &Token<'t>| {
            ["TABLE", "INDEX", "VIEW", "SEQUENCE", "TYPE"]
                .iter()
                .any(|kind| word.is(kind))
        };
        if self.tokens.iter().any(about) {
            return;
        }
        self.holds_code |= ["TRIGGER", "FUNCTION", "PROCEDURE", "EVENT", "PACKAGE"]
            .iter()
            .any(|kind| token.is(kind));
        self.is_rule |= token.is("RULE");
    }

    /// Keeps count of what END will close.
    fn count(&mut self, token: Token<'t>, engine: Engine) {
        if token.what != What::Word {
            return;
        }
        let last = self.tokens.last();
        if engine == Engine::Postgres {
            // Bodies are in quotes there, but for BEGIN ATOMIC.
            let atomic = token.is("ATOMIC") && last.is_some_and(|last| last.is("BEGIN"));
            self.depth += usize::from(atomic || (self.depth > 0 && token.is("CASE")));
        } else {
            let starts = last.is_some_and(|last| {
                last.is_sign(';')
                    || last.is_sign(':')
                    || ["BEGIN", "THEN", "ELSE", "DO", "LOOP", "REPEAT", "ROW"]
                        .iter()
                        .any(|word| last.is(word))
            });
            let after_end = last.is_some_and(|last| last.is("END"));
            let opens = token.is("BEGIN")
                || (token.is("CASE") && !after_end)
                || (starts
                    && ["IF", "LOOP", "WHILE", "REPEAT", "FOR"]
                        .iter()
                        .any(|word| token.is(word)));
            self.depth += usize::from(opens);
        }
        if token.is("END") {
            self.depth = self.depth.saturating_sub(1);
        }
    }
}

/// Whether a line begins at `at` with a statement about a table: behind a statement whose end is missing.
fn begins_statement(text: &str, at: usize, data: bool) -> bool {
    if !matches!(text.as_bytes().get(at), Some(b'a' | b'A' | b'c' | b'C')) {
        return false;
    }
    let begins = tables_at(&text[at..]) || (!data && is_alter(&text[at..]));
    begins
        && text[..at]
            .rsplit('\n')
            .next()
            .is_some_and(|before| before.trim().is_empty())
}

/// Whether it is the first column of a line.
fn at_margin(text: &str, at: usize) -> bool {
    text[..at].ends_with('\n')
}

fn is_alter(rest: &str) -> bool {
    let mut words = rest.split_ascii_whitespace();
    let is = |word: Option<&str>, other: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(other));
    is(words.next(), "ALTER") && is(words.next(), "TABLE")
}

/// Where between the two places a line begins with CREATE TABLE; `at_margin`: at its very first column.
fn tables(text: &str, from: usize, to: usize, at_margin: bool) -> impl Iterator<Item = usize> {
    let inside = text.get(from..to).unwrap_or_default();
    let mut line = from;
    inside
        .split_inclusive('\n')
        .enumerate()
        .filter_map(move |(number, content)| {
            let start = line;
            line += content.len();
            let trimmed = content.trim_start();
            let indent = content.len() - trimmed.len();
            // The first line is where the quote is.
            let counts = number > 0 && (indent == 0 || !at_margin) && tables_at(trimmed);
            counts.then_some(start + indent)
        })
        .collect::<Vec<_>>()
        .into_iter()
}

fn tables_at(rest: &str) -> bool {
    let head = rest.get(..6);
    if !head.is_some_and(|head| head.eq_ignore_ascii_case("CREATE")) {
        return false;
    }
    let mut words = rest.split_ascii_whitespace().skip(1).take(4);
    words
        .by_ref()
        .find(|word| {
            !["GLOBAL", "LOCAL", "UNLOGGED", "OR", "REPLACE", "FOREIGN"]
                .iter()
                .any(|modifier| word.eq_ignore_ascii_case(modifier))
        })
        .is_some_and(|word| word.eq_ignore_ascii_case("TABLE"))
}
