//! Expressions over the columns of one row, which may stand for a column of the child in a declared relation.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Engine, Table};
use crate::ddl::cursor::name_of;
use crate::ddl::lexer::{Lexer, Rules, Token, What};

/// SQL that is worked out from the columns of one row. The columns in it are known, so that it can be written for the
/// row of any alias, wherever that stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expression {
    pieces: Vec<Piece>,
}

/// A piece of an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// SQL that is the same for every row.
    Sql(String),
    /// A column of the row.
    Column(String),
}

/// Why a text can't be used as an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// A quote, a comment or a parenthesis has no end, or there are two expressions.
    #[error("it is not one whole expression: {0}")]
    Broken(&'static str),
    /// It reads more than the row.
    #[error("it holds a subquery; an expression may only use the columns of its own row")]
    Subquery,
    /// A column with something before it.
    #[error("`{0}` stands before a dot: write columns without the name of their table")]
    Qualified(String),
    /// It is the same for all rows.
    #[error("it uses no column of {0}")]
    NoColumn(String),
}

impl Expression {
    /// Reads an expression over the columns of `table`, by the quoting rules of the engine.
    ///
    /// A bare word is a column if the table has one of that name, and it is no function, nor follows `AS`, `::` or
    /// `COLLATE`; a name in quotes is one if the table has it.
    ///
    /// # Errors
    ///
    /// If it is no single expression over the row alone.
    pub fn read(engine: Engine, table: &Table, text: &str) -> Result<Self, ExpressionError> {
        let rules = Rules {
            engine,
            ansi_quotes: false,
        };
        let mut lexer = Lexer::new(text, rules);
        let tokens: Vec<Token<'_>> = lexer.by_ref().collect();
        // A comment could hide what comes after the expression where it is put in.
        if !lexer.passed.is_empty() || tokens.windows(2).any(|pair| is_comment_between(text, pair)) {
            return Err(ExpressionError::Broken(
                "there is a comment in it, or a quote without an end",
            ));
        }
        is_whole(&tokens)?;
        let mut pieces = vec![];
        let mut from = tokens.first().map_or(0, |token| token.at);
        for (at, token) in tokens.iter().enumerate() {
            let Some(column) = column(engine, table, &tokens, at)? else {
                continue;
            };
            pieces.push(Piece::Sql(text[from..token.at].to_owned()));
            pieces.push(Piece::Column(column));
            from = token.end();
        }
        if pieces.is_empty() {
            return Err(ExpressionError::NoColumn(table.name.to_string()));
        }
        let end = tokens.last().map_or(from, Token::end);
        pieces.push(Piece::Sql(text[from..end].to_owned()));
        pieces.retain(|piece| *piece != Piece::Sql(String::new()));
        Ok(Self { pieces })
    }

    /// Its pieces, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The columns in it.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Column(column) => Some(column.as_str()),
            Piece::Sql(_) => None,
        })
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Sql(text) | Piece::Column(text) => f.write_str(text),
        })
    }
}

/// Line comments are passed over without a word; whatever lies between two pieces must be white space.
fn is_comment_between(text: &str, pair: &[Token<'_>]) -> bool {
    let between = text.get(pair[0].end()..pair[1].at).unwrap_or_default();
    !between.chars().all(char::is_whitespace)
}

fn is_whole(tokens: &[Token<'_>]) -> Result<(), ExpressionError> {
    let mut open = 0_usize;
    for token in tokens {
        if token.is_sign('(') {
            open += 1;
        } else if token.is_sign(')') {
            open = open
                .checked_sub(1)
                .ok_or(ExpressionError::Broken("a parenthesis closes that was not opened"))?;
        } else if token.is_sign(';') || (token.is_sign(',') && open == 0) {
            return Err(ExpressionError::Broken("there is more than one"));
        } else if token.is("select") || token.is("with") {
            return Err(ExpressionError::Subquery);
        }
    }
    match (open, tokens.is_empty()) {
        (0, false) => Ok(()),
        (0, true) => Err(ExpressionError::Broken("it is empty")),
        _ => Err(ExpressionError::Broken("a parenthesis is not closed")),
    }
}

/// The column that a piece names, if it does.
fn column(engine: Engine, table: &Table, tokens: &[Token<'_>], at: usize) -> Result<Option<String>, ExpressionError> {
    let token = &tokens[at];
    if !matches!(token.what, What::Word | What::Name) {
        return Ok(None);
    }
    let Some(name) = name_of(token, engine) else {
        return Ok(None);
    };
    let next_is = |sign| tokens.get(at + 1).is_some_and(|next| next.is_sign(sign));
    let before = at.checked_sub(1).map(|at| &tokens[at]);
    if next_is('.') {
        let schema = tokens.get(at + 3).is_some_and(|token| token.is_sign('('));
        // A function may be called with its schema.
        return if schema {
            Ok(None)
        } else {
            Err(ExpressionError::Qualified(name))
        };
    }
    if before.is_some_and(|token| token.is_sign('.')) {
        return Ok(None);
    }
    let after_type = before.is_some_and(|token| token.is("as") || token.is("collate") || token.is_sign(':'));
    if token.what == What::Word && (next_is('(') || after_type) {
        return Ok(None);
    }
    let same = |known: &str| match engine {
        Engine::Postgres => known == name,
        Engine::MySql | Engine::MariaDb | Engine::Sqlite => known.eq_ignore_ascii_case(&name),
    };
    let found = table.columns.iter().find(|column| same(&column.name));
    Ok(found.map(|column| column.name.clone()))
}

#[cfg(test)]
mod tests;
