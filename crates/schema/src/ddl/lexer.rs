//! SQL text in pieces, by the rules of each engine.
//!
//! No library's tokenizer does this job: a piece has to know where it stands, because expressions and bodies are taken
//! from the text as they are; `/*! … */` has to be read as code; and a quote that is never closed must not make the rest
//! of the file unreadable.

use crate::model::Engine;

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A bare word; it may be a keyword.
    Word,
    /// A name in quotes; never a keyword.
    Name,
    /// A text literal of any kind, with its prefix and quotes.
    Text,
    /// A number.
    Number,
    /// Anything else, one character each.
    Sign,
}

/// A piece of SQL: comments and white space are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'t> {
    pub(crate) what: What,
    /// As it is in the text, quotes included.
    pub(crate) text: &'t str,
    /// Where it begins, in bytes.
    pub(crate) at: usize,
}

impl Token<'_> {
    /// Whether it is this keyword, in any case.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        self.what == What::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether it is this character.
    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.what == What::Sign && self.text.starts_with(sign)
    }

    /// Where it ends, in bytes.
    pub(crate) fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) engine: Engine,
    /// MySQL, MariaDB: double quotes are for names (`sql_mode = ANSI_QUOTES`).
    pub(crate) ansi_quotes: bool,
}

impl Rules {
    fn mysql(self) -> bool {
        matches!(self.engine, Engine::MySql | Engine::MariaDb)
    }
}

/// What was passed over between two tokens, or inside one, that the reader of statements may want to know of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    /// A comment of several lines, from and to.
    Comment(usize, usize),
    /// Something that begins here and is never closed.
    Unclosed(usize),
}

/// Takes text to pieces, one at a time.
#[derive(Clone, Debug)]
pub(crate) struct Lexer<'t> {
    text: &'t str,
    pub(crate) at: usize,
    pub(crate) rules: Rules,
    /// Inside `/*! … */`, whose content is code.
    conditional: bool,
    pub(crate) passed: Vec<Passed>,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str, rules: Rules) -> Self {
        Self {
            text,
            at: 0,
            rules,
            conditional: false,
            passed: vec![],
        }
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes on somewhere else.
    pub(crate) fn jump(&mut self, at: usize) {
        self.at = at.min(self.text.len());
        self.conditional = false;
    }

    /// Goes to the next piece, past white space and comments; false at the end.
    pub(crate) fn skip_trivia(&mut self) -> bool {
        loop {
            let rest = self.rest();
            let Some(first) = rest.chars().next() else {
                return false;
            };
            let length = if first.is_whitespace() || first == '\u{feff}' {
                first.len_utf8()
            } else if let Some(length) = self.comment(rest) {
                length
            } else {
                return true;
            };
            self.at += length;
        }
    }

    /// The length of the comment that `rest` begins with, or of the marks around one that is code.
    fn comment(&mut self, rest: &str) -> Option<usize> {
        if self.conditional && rest.starts_with("*/") {
            self.conditional = false;
            return Some(2);
        }
        let line = || Some(rest.find('\n').unwrap_or(rest.len()));
        match rest.as_bytes() {
            [b'-', b'-', ..] if self.dashes_are_comment(rest) => line(),
            [b'#', ..] if self.rules.mysql() => line(),
            [b'/', b'*', ..] => {
                if let Some(length) = self.opens_code(rest) {
                    self.conditional = true;
                    return Some(length);
                }
                let length = block_comment(rest, self.rules.engine == Engine::Postgres);
                self.passed.push(match length {
                    Some(length) => Passed::Comment(self.at, self.at + length),
                    None => Passed::Unclosed(self.at),
                });
                Some(length.unwrap_or(rest.len()))
            }
            _ => None,
        }
    }

    /// To MySQL, `--` begins a comment only before white space: `5--3` is a difference.
    fn dashes_are_comment(&self, rest: &str) -> bool {
        !self.rules.mysql()
            || rest[2..]
                .chars()
                .next()
                .is_none_or(|c| c.is_whitespace() || c.is_control())
    }

    /// The length of the mark after which the content of a comment is code for this server, if it is.
    fn opens_code(&self, rest: &str) -> Option<usize> {
        if !self.rules.mysql() {
            return None;
        }
        let (mark, for_mariadb) = match rest.get(2..)? {
            tail if tail.starts_with('!') => (3, false),
            tail if tail.starts_with("M!") => (4, true),
            _ => return None,
        };
        let digits = rest[mark..].bytes().take(6).take_while(u8::is_ascii_digit).count();
        let version: u32 = rest[mark..mark + digits].parse().unwrap_or(0);
        let known = match self.rules.engine {
            // Versions of MySQL after the two parted are nothing to MariaDB.
            Engine::MariaDb => version < 50_700 || (100_000..999_999).contains(&version),
            _ => !for_mariadb && version < 100_000,
        };
        known.then_some(mark + digits)
    }

    fn token(&mut self) -> Option<Token<'t>> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (what, length) = self.literal(rest, first).unwrap_or_else(|| {
            if first.is_ascii_digit() {
                number(rest)
            } else if is_word(first) {
                (What::Word, Some(word(rest)))
            } else {
                (What::Sign, Some(first.len_utf8()))
            }
        });
        if length.is_none() {
            self.passed.push(Passed::Unclosed(self.at));
        }
        let length = length.unwrap_or(rest.len());
        let token = Token {
            what,
            text: &rest[..length],
            at: self.at,
        };
        self.at += length;
        Some(token)
    }

    /// What begins with a quote, or with a letter and a quote. A length of `None`: it never ends.
    fn literal(&self, rest: &str, first: char) -> Option<(What, Option<usize>)> {
        let postgres = self.rules.engine == Engine::Postgres;
        let backslash = self.rules.mysql();
        Some(match first {
            '\'' => (What::Text, quoted(rest, '\'', backslash)),
            '"' if self.rules.mysql() && !self.rules.ansi_quotes => (What::Text, quoted(rest, '"', true)),
            '"' => (What::Name, quoted(rest, '"', false)),
            '`' if !postgres => (What::Name, quoted(rest, '`', false)),
            '[' if self.rules.engine == Engine::Sqlite => (What::Name, rest.find(']').map(|end| end + 1)),
            '$' if postgres => (What::Text, dollar_quoted(rest, dollar_tag(rest)?)),
            'e' | 'E' if postgres && rest[1..].starts_with('\'') => {
                (What::Text, after(1, quoted(&rest[1..], '\'', true)))
            }
            'b' | 'B' | 'x' | 'X' | 'n' | 'N' if rest[1..].starts_with('\'') => {
                (What::Text, after(1, quoted(&rest[1..], '\'', backslash)))
            }
            'u' | 'U' if postgres && rest[1..].starts_with("&'") => {
                (What::Text, after(2, quoted(&rest[2..], '\'', false)))
            }
            'u' | 'U' if postgres && rest[1..].starts_with("&\"") => {
                (What::Name, after(2, quoted(&rest[2..], '"', false)))
            }
            _ => return None,
        })
    }
}

impl<'t> Iterator for Lexer<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        self.skip_trivia().then(|| self.token()).flatten()
    }
}

fn after(prefix: usize, length: Option<usize>) -> Option<usize> {
    length.map(|length| prefix + length)
}

/// Whether a bare word may hold the character.
pub(crate) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

fn word(rest: &str) -> usize {
    rest.find(|c| !is_word(c)).unwrap_or(rest.len())
}

/// A number, or a word that begins with a digit, which MySQL takes for a name.
fn number(rest: &str) -> (What, Option<usize>) {
    let length = word(rest);
    if !rest[..length].bytes().all(|byte| byte.is_ascii_digit()) {
        return (What::Word, Some(length));
    }
    let fraction = rest[length..].strip_prefix('.').map(word);
    (What::Number, Some(length + fraction.map_or(0, |more| more + 1)))
}

fn block_comment(rest: &str, nested: bool) -> Option<usize> {
    if !nested {
        return rest.get(2..)?.find("*/").map(|end| end + 4);
    }
    let bytes = rest.as_bytes();
    let (mut at, mut depth) = (2, 1_usize);
    while depth > 0 {
        match bytes.get(at..at + 2)? {
            b"*/" => (depth, at) = (depth - 1, at + 2),
            b"/*" => (depth, at) = (depth + 1, at + 2),
            _ => at += 1,
        }
    }
    Some(at)
}

/// The length of what is in quotes, with them. A quote that is doubled stands for itself.
fn quoted(rest: &str, quote: char, backslash: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    let quote = quote as u8;
    let mut at = 1;
    loop {
        let stop = bytes
            .get(at..)?
            .iter()
            .position(|&b| b == quote || (backslash && b == b'\\'))?;
        at += stop;
        if bytes[at] == b'\\' || bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return Some(at + 1);
        }
    }
}

/// The tag that a dollar-quoted text begins with, if the dollar begins one.
fn dollar_tag(rest: &str) -> Option<&str> {
    let end = rest[1..].find(|c| c == '$' || !is_word(c))? + 1;
    let tag = rest.get(..=end).filter(|tag| tag.ends_with('$'))?;
    (!tag[1..].starts_with(|c: char| c.is_ascii_digit())).then_some(tag)
}

/// The length of a dollar-quoted text, if it ends.
fn dollar_quoted(rest: &str, tag: &str) -> Option<usize> {
    rest[tag.len()..].find(tag).map(|close| close + 2 * tag.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(engine: Engine, text: &str) -> Vec<(What, &str)> {
        let rules = Rules {
            engine,
            ansi_quotes: false,
        };
        Lexer::new(text, rules).map(|token| (token.what, token.text)).collect()
    }

    #[test]
    fn quotes_of_every_engine() {
        assert_eq!(
            texts(
                Engine::Postgres,
                r#"E'a\'b' 'c\' "d""e" $x$ ' $$ $x$ U&"\0041" $1 a$b /* /* */ ' */ x"#
            ),
            [
                (What::Text, r"E'a\'b'"),
                (What::Text, r"'c\'"),
                (What::Name, r#""d""e""#),
                (What::Text, "$x$ ' $$ $x$"),
                (What::Name, r#"U&"\0041""#),
                (What::Word, "$1"),
                (What::Word, "a$b"),
                (What::Word, "x"),
            ]
        );
        assert_eq!(
            texts(Engine::MySql, "'a\\'b' \"c\" `d``e` # x\n5--3 -- y\n1st 1.5"),
            [
                (What::Text, r"'a\'b'"),
                (What::Text, "\"c\""),
                (What::Name, "`d``e`"),
                (What::Number, "5"),
                (What::Sign, "-"),
                (What::Sign, "-"),
                (What::Number, "3"),
                (What::Word, "1st"),
                (What::Number, "1.5"),
            ]
        );
        assert_eq!(
            texts(Engine::Sqlite, "[a b] 'c\\' \"d\" x'00'"),
            [
                (What::Name, "[a b]"),
                (What::Text, "'c\\'"),
                (What::Name, "\"d\""),
                (What::Text, "x'00'"),
            ]
        );
    }

    #[test]
    fn a_conditional_comment_is_code_for_whom_it_is_meant() {
        let sql = "a /*!40101 b */ /*!80023 c */ /*M!100301 d */ /*!100100 e */ /*!f*/ /*M!999999\\- enable */ /* g */";
        let words = |engine| texts(engine, sql).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(words(Engine::MySql), ["a", "b", "c", "f"]);
        assert_eq!(words(Engine::MariaDb), ["a", "b", "d", "e", "f"]);
    }

    #[test]
    fn what_never_ends_ends_with_the_text() {
        for engine in [Engine::Postgres, Engine::MySql, Engine::Sqlite] {
            for text in [
                "'a", "\"", "[x", "/* x", "/*", "/*!", "'\\", "'''", "$a$ x", "$", "$$", "E'", "é'", "x'",
            ] {
                let _ = texts(engine, text);
            }
        }
    }
}
