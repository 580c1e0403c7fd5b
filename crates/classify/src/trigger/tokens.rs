//! Bodies as tokens: just enough to tell words, names and punctuation apart.

use exodus_schema::Engine;
use sqlparser::dialect::{Dialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Token, Tokenizer};

/// A token of a body. Comments and white space are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tok {
    /// A keyword or a name. A quoted one is never a keyword.
    Word {
        text: String,
        quoted: bool,
    },
    /// A dollar-quoted string: a body inside a CREATE FUNCTION.
    Dollar(String),
    /// A string in single quotes: nothing but the name of a setting is looked for in it.
    Text(String),
    /// A name cannot follow from it, nor a statement: numbers, operators.
    Other,
    Dot,
    Comma,
    Semicolon,
    Open,
    Close,
    Equal,
    Assign,
    /// The end of a label: `name:` or `<<name>>`.
    LabelEnd,
}

impl Tok {
    /// Whether it is this keyword (written in capitals here).
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word { text, quoted: false } if text.eq_ignore_ascii_case(keyword))
    }

    /// Whether it is one of these keywords.
    pub(super) fn is_any(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|keyword| self.is(keyword))
    }

    /// The keyword in capitals, or the empty string.
    pub(super) fn keyword(&self) -> String {
        match self {
            Self::Word { text, quoted: false } => text.to_ascii_uppercase(),
            _ => String::new(),
        }
    }
}

/// The tokens of `text` as `engine` reads it, or nothing where it can't be read.
pub(super) fn tokens(engine: Engine, text: &str) -> Option<Vec<Tok>> {
    let dialect: &dyn Dialect = match engine {
        Engine::Postgres => &PostgreSqlDialect {},
        Engine::MySql | Engine::MariaDb => &MySqlDialect {},
        Engine::Sqlite => &SQLiteDialect {},
    };
    // MariaDB runs what stands in its own comments; the tokenizer knows MySQL's only, and reads those.
    let text = if engine == Engine::MariaDb {
        text.replace("/*M!", "/*!")
    } else {
        text.to_owned()
    };
    let tokens = Tokenizer::new(dialect, &text).tokenize().ok()?;
    Some(tokens.into_iter().filter_map(simplify).collect())
}

fn simplify(token: Token) -> Option<Tok> {
    Some(match token {
        Token::Whitespace(_) | Token::EOF => return None,
        Token::Word(word) => Tok::Word {
            text: word.value,
            quoted: word.quote_style.is_some(),
        },
        Token::DollarQuotedString(string) => Tok::Dollar(string.value),
        Token::SingleQuotedString(string) => Tok::Text(string),
        Token::Period => Tok::Dot,
        Token::Comma => Tok::Comma,
        Token::SemiColon => Tok::Semicolon,
        Token::LParen => Tok::Open,
        Token::RParen => Tok::Close,
        Token::Eq => Tok::Equal,
        Token::Assignment => Tok::Assign,
        Token::Colon | Token::ShiftRight => Tok::LabelEnd,
        _ => Tok::Other,
    })
}
