//! Finds the statements in a trigger's text, which may begin with a CREATE TRIGGER or CREATE FUNCTION.

use super::tokens::Tok;

/// Where the statements are.
pub(super) enum Body<'a> {
    /// In these tokens.
    Here(&'a [Tok]),
    /// In this string.
    Quoted(&'a str),
    /// Nowhere: the text is a header only.
    Missing,
}

/// Splits the header off.
pub(super) fn split(tokens: &[Tok]) -> Body<'_> {
    if !tokens.first().is_some_and(|token| token.is("CREATE")) {
        return Body::Here(tokens);
    }
    // What is created stands within the first few words, after OR REPLACE, TEMP, or a DEFINER with user and host.
    let what = tokens
        .iter()
        .take(12)
        .find(|token| token.is_any(&["TRIGGER", "FUNCTION", "PROCEDURE"]));
    match what {
        Some(what) if what.is("TRIGGER") => after_trigger(tokens),
        Some(_) => of_routine(tokens),
        None => Body::Here(tokens),
    }
}

fn after_trigger(tokens: &[Tok]) -> Body<'_> {
    // The first BEGIN outside the WHEN condition's parentheses, or else what follows FOR EACH ROW.
    if let Some(begin) = tokens.iter().position(|token| token.is("BEGIN")) {
        return Body::Here(&tokens[begin..]);
    }
    let row = tokens
        .windows(3)
        .position(|w| w[0].is("FOR") && w[1].is("EACH") && w[2].is_any(&["ROW", "STATEMENT"]));
    let Some(mut rest) = row.map(|at| &tokens[at + 3..]) else {
        return Body::Missing;
    };
    if rest.first().is_some_and(|token| token.is_any(&["FOLLOWS", "PRECEDES"])) {
        rest = rest.get(2..).unwrap_or(&[]);
    }
    match rest.first() {
        // PostgreSQL's CREATE TRIGGER names a function, whose text is not here.
        Some(token) if !token.is_any(&["WHEN", "EXECUTE"]) => Body::Here(rest),
        _ => Body::Missing,
    }
}

/// A routine's body is a string, or one of the two that the SQL standard has: BEGIN ATOMIC … END and RETURN ….
fn of_routine(tokens: &[Tok]) -> Body<'_> {
    let body = tokens.iter().find_map(|token| match token {
        Tok::Dollar(text) => Some(text.as_str()),
        _ => None,
    });
    let atomic = || tokens.windows(2).position(|w| w[0].is("BEGIN") && w[1].is("ATOMIC"));
    let returned = || tokens.iter().position(|token| token.is("RETURN"));
    match body {
        Some(text) => Body::Quoted(text),
        None => atomic()
            .or_else(returned)
            .map_or(Body::Missing, |at| Body::Here(&tokens[at..])),
    }
}
