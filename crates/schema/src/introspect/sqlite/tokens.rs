//! SQLite's statements in pieces.

use std::ops::Range;

/// A piece of a statement: comments and white space are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// Where it is in the statement, in bytes.
    pub(crate) at: Range<usize>,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A bare word or number; it may be a keyword.
    Word(String),
    /// A name or text in quotes of any kind, without them; never a keyword.
    Quoted(String),
    /// Anything else, one character each.
    Sign(char),
}

impl Token {
    /// Whether it is this keyword, in any case.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        matches!(&self.kind, TokenKind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether it is this character.
    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.kind == TokenKind::Sign(sign)
    }

    /// The name it can be, if it can.
    pub(crate) fn name(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(name) | TokenKind::Quoted(name) => Some(name),
            TokenKind::Sign(_) => None,
        }
    }
}

/// Takes a statement to pieces. Text that never ends ends with the statement: SQLite accepted it, so it is we who erred.
pub(crate) fn tokens(sql: &str) -> Vec<Token> {
    let mut out = vec![];
    let mut at = 0;
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (kind, length) = if c.is_whitespace() {
            (None, c.len_utf8())
        } else if rest.starts_with("--") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if let Some(comment) = rest.strip_prefix("/*") {
            (None, comment.find("*/").map_or(rest.len(), |end| end + 4))
        } else if let Some(close) = closing_quote(c) {
            let (text, length) = quoted(rest, close);
            (Some(TokenKind::Quoted(text)), length)
        } else if is_word(c) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (Some(TokenKind::Word(rest[..length].to_owned())), length)
        } else {
            (Some(TokenKind::Sign(c)), c.len_utf8())
        };
        if let Some(kind) = kind {
            let at = at..at + length;
            out.push(Token { kind, at });
        }
        at += length;
    }
    out
}

fn closing_quote(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '[' => Some(']'),
        _ => None,
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// The text between the quotes that `rest` starts with, and its length with them. A closing quote that is doubled
/// stands for itself, except in brackets.
fn quoted(rest: &str, close: char) -> (String, usize) {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != close {
            text.push(c);
        } else if close != ']' && chars.next_if(|(_, next)| *next == close).is_some() {
            text.push(close);
        } else {
            return (text, at + 1);
        }
    }
    (text, rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(sql: &str) -> Vec<TokenKind> {
        tokens(sql).into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn quotes_comments_and_signs() {
        let word = |text: &str| TokenKind::Word(text.to_owned());
        let quoted = |text: &str| TokenKind::Quoted(text.to_owned());
        assert_eq!(
            kinds("a--x\n\"b\"\"c\"/* ( */'d''e' [f g]`h`(1é"),
            vec![
                word("a"),
                quoted("b\"c"),
                quoted("d'e"),
                quoted("f g"),
                quoted("h"),
                TokenKind::Sign('('),
                word("1é"),
            ]
        );
    }

    #[test]
    fn what_never_ends_ends_with_the_statement() {
        for sql in ["'a", "\"", "[x", "/* x", "/*", "-- x", "'''", "/"] {
            let _ = tokens(sql);
        }
    }
}
