//! A place in the pieces of one statement.

use super::lexer::{Token, What};
use crate::model::Engine;

/// A name as it was written: with a schema, or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

/// Reads pieces from left to right. Every method that asks for something leaves the place as it is when that is not
/// there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'s, 't> {
    tokens: &'s [Token<'t>],
    source: &'t str,
    pub(crate) engine: Engine,
}

impl<'s, 't> Cursor<'s, 't> {
    pub(crate) fn new(tokens: &'s [Token<'t>], source: &'t str, engine: Engine) -> Self {
        Self { tokens, source, engine }
    }

    fn with(&self, tokens: &'s [Token<'t>]) -> Self {
        Self { tokens, ..*self }
    }

    pub(crate) fn peek(&self) -> Option<&'s Token<'t>> {
        self.tokens.first()
    }

    pub(crate) fn ahead(&self, by: usize) -> Option<&'s Token<'t>> {
        self.tokens.get(by)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn next(&mut self) -> Option<&'s Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    /// Whether the next pieces are these keywords.
    pub(crate) fn is(&self, keywords: &str) -> bool {
        let mut at = 0;
        keywords.split(' ').all(|keyword| {
            at += 1;
            self.tokens.get(at - 1).is_some_and(|token| token.is(keyword))
        })
    }

    pub(crate) fn is_any(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }

    /// Takes these keywords, all or none.
    pub(crate) fn take(&mut self, keywords: &str) -> bool {
        let found = self.is(keywords);
        if found {
            self.tokens = &self.tokens[keywords.split(' ').count()..];
        }
        found
    }

    pub(crate) fn take_any(&mut self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.take(keyword))
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.peek().is_some_and(|token| token.is_sign(sign))
    }

    pub(crate) fn take_sign(&mut self, sign: char) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    /// Takes `IF EXISTS` or `IF NOT EXISTS`.
    pub(crate) fn take_if(&mut self) -> bool {
        self.take_any(&["IF NOT EXISTS", "IF EXISTS"])
    }

    /// The pieces in the parentheses that come next; they are taken. What is never closed ends with the statement.
    pub(crate) fn group(&mut self) -> Option<Self> {
        if !self.is_sign('(') {
            return None;
        }
        let close = self.matching(0).unwrap_or(self.tokens.len());
        let inside = self.with(&self.tokens[1..close]);
        self.tokens = self.tokens.get(close + 1..).unwrap_or_default();
        Some(inside)
    }

    /// Where the parenthesis at `open` is closed.
    fn matching(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        self.tokens.iter().enumerate().skip(open).find_map(|(at, token)| {
            if token.is_sign('(') {
                depth += 1;
            } else if token.is_sign(')') {
                depth = depth.saturating_sub(1);
            }
            (depth == 0).then_some(at)
        })
    }

    /// What stands between the commas outside parentheses.
    pub(crate) fn items(&self) -> Vec<Self> {
        let (mut out, mut from, mut depth) = (vec![], 0, 0_usize);
        for (at, token) in self.tokens.iter().enumerate() {
            match token.text {
                _ if token.what != What::Sign => {}
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0 => {
                    out.push(self.with(&self.tokens[from..at]));
                    from = at + 1;
                }
                _ => {}
            }
        }
        if from < self.tokens.len() {
            out.push(self.with(&self.tokens[from..]));
        }
        out
    }

    /// Takes pieces until one outside parentheses, and outside CASE … END, satisfies `stop`; at least `least` of them.
    pub(crate) fn until(&mut self, least: usize, stop: impl Fn(&Self) -> bool) -> Self {
        let (start, mut depth, mut cases, mut taken) = (self.tokens, 0_usize, 0_usize, 0);
        while let Some(token) = self.peek() {
            if depth == 0 && cases == 0 && taken >= least && stop(self) {
                break;
            }
            if token.is("CASE") {
                cases += 1;
            } else if token.is("END") {
                cases = cases.saturating_sub(1);
            }
            match token.text {
                _ if token.what != What::Sign => {}
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                _ => {}
            }
            taken += 1;
            self.tokens = &self.tokens[1..];
        }
        self.with(&start[..taken])
    }

    /// The text that these pieces stand in, as it is.
    pub(crate) fn source(&self) -> &'t str {
        let range = self.tokens.first().zip(self.tokens.last());
        range
            .and_then(|(first, last)| self.source.get(first.at..last.end()))
            .unwrap_or_default()
    }

    /// A name without its schema.
    pub(crate) fn name(&mut self) -> Option<String> {
        let name = self.peek().and_then(|token| name_of(token, self.engine))?;
        self.next();
        Some(name)
    }

    /// A name with its schema, if it has one. Of more than two parts the last two count.
    pub(crate) fn written(&mut self) -> Option<Written> {
        let mut written = Written {
            schema: None,
            name: self.name()?,
        };
        while self.is_sign('.') {
            let Some(part) = self.ahead(1).and_then(|token| name_of(token, self.engine)) else {
                break;
            };
            self.tokens = &self.tokens[2..];
            written = Written {
                schema: Some(written.name),
                name: part,
            };
        }
        Some(written)
    }

    /// The value of a text literal.
    pub(crate) fn text(&mut self) -> Option<String> {
        let token = self.peek().filter(|token| token.what == What::Text)?;
        let value = text_of(token.text, self.engine)?;
        self.next();
        Some(value)
    }

    /// Names between commas, each perhaps with something after it.
    pub(crate) fn names(&self) -> Vec<String> {
        self.items().into_iter().filter_map(|mut item| item.name()).collect()
    }
}

/// The name that the piece is: without quotes, folded as the engine folds bare words.
pub(crate) fn name_of(token: &Token<'_>, engine: Engine) -> Option<String> {
    let mut name = unquoted(token, engine)?;
    if engine == Engine::Postgres && name.len() > 63 {
        // The server cuts longer ones.
        let end = (0..=63).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
        name.truncate(end);
    }
    Some(name)
}

fn unquoted(token: &Token<'_>, engine: Engine) -> Option<String> {
    let text = token.text;
    match token.what {
        What::Word if engine == Engine::Postgres => Some(text.to_ascii_lowercase()),
        What::Word => Some(text.to_owned()),
        What::Name => {
            let unicode = text.starts_with(['u', 'U']);
            let text = if unicode { &text[2..] } else { text };
            let quote = text.chars().next()?;
            let close = if quote == '[' { ']' } else { quote };
            let inside = text.get(1..)?.strip_suffix(close).unwrap_or(&text[1..]);
            let plain = match quote {
                '[' => inside.to_owned(),
                _ => inside.replace(&format!("{quote}{quote}"), &quote.to_string()),
            };
            Some(if unicode { unescape_unicode(&plain) } else { plain })
        }
        // SQLite, and MySQL in some places, take a text for a name where only a name can stand.
        What::Text if engine == Engine::Sqlite => text_of(text, engine),
        What::Text if matches!(engine, Engine::MySql | Engine::MariaDb) => text_of(text, engine),
        What::Text | What::Number | What::Sign => None,
    }
}

/// The value of a text literal, where it is one of plain text.
pub(crate) fn text_of(literal: &str, engine: Engine) -> Option<String> {
    let first = literal.chars().next()?;
    match first {
        '\'' | '"' => {
            let inside = literal.get(1..)?.strip_suffix(first).unwrap_or(&literal[1..]);
            let doubled = inside.replace(&format!("{first}{first}"), &first.to_string());
            let backslash = matches!(engine, Engine::MySql | Engine::MariaDb);
            Some(if backslash { unescape(&doubled) } else { doubled })
        }
        'e' | 'E' => {
            let inside = literal.get(2..)?.strip_suffix('\'').unwrap_or(&literal[2..]);
            Some(unescape(&inside.replace("''", "'")))
        }
        'n' | 'N' => text_of(literal.get(1..)?, engine),
        'u' | 'U' => text_of(literal.get(2..)?, engine).map(|text| unescape_unicode(&text)),
        '$' => {
            let tag = literal.get(1..)?.find('$')? + 2;
            Some(literal.get(tag..literal.len().checked_sub(tag)?)?.to_owned())
        }
        _ => None,
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('0') => out.push('\0'),
            Some('b') => out.push('\u{8}'),
            Some('Z') => out.push('\u{1a}'),
            Some(other) => out.push(other),
            None => out.push('\\'),
        }
    }
    out
}

/// `\0441` and `\+00041F` in `U&"…"`.
fn unescape_unicode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let (skip, digits) = if tail.starts_with('+') { (1, 6) } else { (0, 4) };
        let code = tail
            .get(skip..skip + digits)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if let Some(c) = code.and_then(char::from_u32) {
            out.push(c);
            rest = &tail[skip + digits..];
        } else {
            out.push('\\');
            rest = tail.strip_prefix('\\').unwrap_or(tail);
        }
    }
    out + rest
}
