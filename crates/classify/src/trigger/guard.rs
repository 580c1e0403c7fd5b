//! The guard by which users keep a trigger from doing anything in exodus's sessions, where these can't silence it.
//!
//! MySQL and MariaDB: `IF @exodus_copy IS NULL THEN … END IF` around the statements of the body. PostgreSQL:
//! `IF current_setting('exodus.copy', true) IS NULL THEN … END IF` in the body of the function, or
//! `WHEN (current_setting('exodus.copy', true) IS NULL)` in the trigger. All our sessions set the variable. SQLite's sessions
//! have no variables; there is nothing to guard by.
//!
//! Only what stands in the guarded branch is passed over: what an ELSE does, or a statement behind the END IF, counts.

use exodus_schema::{Engine, TableName, Trigger, quote, quote_table};

use super::event_name;
use super::tokens::{self, Tok};
use exodus_schema::model::Timing;

/// The statements in these tokens that run in our sessions: all but those of guarded branches.
pub(super) fn unguarded(engine: Engine, tokens: Vec<Tok>) -> Vec<Tok> {
    let mut guarded = vec![];
    let mut at = 0;
    while at < tokens.len() {
        let condition = starts_statement(&tokens, at)
            .then(|| guard_at(engine, &tokens, at + 1))
            .flatten()
            .filter(|_| tokens[at].is("IF"));
        let branch = condition
            .filter(|&then| tokens.get(then).is_some_and(|token| token.is("THEN")))
            .and_then(|then| Some((then + 1, end_of_branch(&tokens, then + 1)?)));
        at = match branch {
            Some((from, to)) => {
                guarded.push(from..to);
                to
            }
            None => at + 1,
        };
    }
    // A body that sets the variable by itself may undo the guard.
    let names = tokens.iter().filter(|token| names_variable(engine, token)).count();
    if names != guarded.len() {
        return tokens;
    }
    let inside = |at: &usize| guarded.iter().any(|range| range.contains(at));
    let kept = tokens.into_iter().enumerate().filter(|(at, _)| !inside(at));
    kept.map(|(_, token)| token).collect()
}

/// Whether a trigger's condition (WHEN) is the guard, alone or with more that has to hold besides.
pub(super) fn guards(engine: Engine, condition: &str) -> bool {
    let Some(tokens) = tokens::tokens(engine, condition) else {
        return false;
    };
    let tokens = without_parentheses(&tokens);
    let (mut depth, mut from, mut found) = (0_usize, 0, false);
    for at in 0..=tokens.len() {
        match tokens.get(at) {
            Some(Tok::Open) => depth += 1,
            Some(Tok::Close) => depth = depth.saturating_sub(1),
            Some(token) if depth == 0 && token.is("OR") => return false,
            Some(token) if depth > 0 || !token.is("AND") => {}
            _ => {
                let part = without_parentheses(&tokens[from..at]);
                found |= guard_at(engine, part, 0) == Some(part.len());
                from = at + 1;
            }
        }
    }
    found
}

fn without_parentheses(mut tokens: &[Tok]) -> &[Tok] {
    while let [Tok::Open, inner @ .., Tok::Close] = tokens {
        let mut depth = 1_usize;
        for token in inner {
            match token {
                Tok::Open => depth += 1,
                Tok::Close => depth -= 1,
                _ => {}
            }
            // `(a) AND (b)`: the first parenthesis closes before the end.
            if depth == 0 {
                return tokens;
            }
        }
        tokens = inner;
    }
    tokens
}

fn names_variable(engine: Engine, token: &Tok) -> bool {
    match (engine, token) {
        (Engine::MySql | Engine::MariaDb, Tok::Word { text, .. }) => text.eq_ignore_ascii_case("@exodus_copy"),
        (Engine::Postgres, Tok::Text(text)) => text.eq_ignore_ascii_case("exodus.copy"),
        _ => false,
    }
}

/// The place behind the guard's condition, if that stands at this place.
fn guard_at(engine: Engine, tokens: &[Tok], at: usize) -> Option<usize> {
    if tokens.get(at) == Some(&Tok::Open) {
        let after = guard_at(engine, tokens, at + 1)?;
        return (tokens.get(after) == Some(&Tok::Close)).then_some(after + 1);
    }
    let after = match engine {
        Engine::MySql | Engine::MariaDb => names_variable(engine, tokens.get(at)?).then_some(at + 1)?,
        Engine::Postgres => setting_at(engine, tokens, at)?,
        Engine::Sqlite => return None,
    };
    let is_null = tokens.get(after)?.is("IS") && tokens.get(after + 1)?.is("NULL");
    is_null.then_some(after + 2)
}

/// `current_setting('exodus.copy', true)`, as typed or as the catalogue prints it.
fn setting_at(engine: Engine, tokens: &[Tok], at: usize) -> Option<usize> {
    let mut at = at;
    if tokens.get(at)?.is("PG_CATALOG") && *tokens.get(at + 1)? == Tok::Dot {
        at += 2;
    }
    let called = tokens.get(at)?.is("CURRENT_SETTING") && *tokens.get(at + 1)? == Tok::Open;
    if !called || !names_variable(engine, tokens.get(at + 2)?) {
        return None;
    }
    at += 3;
    if *tokens.get(at)? == Tok::Other && tokens.get(at + 1)?.is("TEXT") {
        at += 2;
    }
    let missing_is_null = *tokens.get(at)? == Tok::Comma && tokens.get(at + 1)?.is("TRUE");
    (missing_is_null && *tokens.get(at + 2)? == Tok::Close).then_some(at + 3)
}

fn starts_statement(tokens: &[Tok], at: usize) -> bool {
    const OPENERS: [&str; 8] = ["BEGIN", "THEN", "ELSE", "LOOP", "DO", "REPEAT", "ATOMIC", "ROW"];
    match at.checked_sub(1).map(|before| &tokens[before]) {
        None | Some(Tok::Semicolon | Tok::LabelEnd) => true,
        Some(token) => token.is_any(&OPENERS),
    }
}

/// `IF(condition, one, other)`, which an expression's CASE can have behind THEN.
fn is_function(tokens: &[Tok], at: usize) -> bool {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(at + 1) {
        match token {
            Tok::Open => depth += 1,
            Tok::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return *token == Tok::Close && !tokens.get(at + 1).is_some_and(|token| token.is("THEN"));
        }
    }
    false
}

/// Where the branch that begins at `from` ends: at the ELSE, ELSEIF or END IF of its own IF. `None` where the blocks in it
/// don't fit into each other, so that it can't be told.
fn end_of_branch(tokens: &[Tok], from: usize) -> Option<usize> {
    #[derive(PartialEq)]
    enum Block {
        If,
        Case,
        Begin,
    }
    let mut open: Vec<Block> = vec![];
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        let after_dot = at > 0 && tokens[at - 1] == Tok::Dot;
        let next = tokens.get(at + 1);
        let is_next = |words: &[&str]| next.is_some_and(|token| token.is_any(words));
        match token.keyword().as_str() {
            _ if after_dot => {}
            "IF" if open.last() == Some(&Block::Case) && is_function(tokens, at) => {}
            "IF" if starts_statement(tokens, at) => open.push(Block::If),
            "CASE" => open.push(Block::Case),
            "BEGIN" if starts_statement(tokens, at) => open.push(Block::Begin),
            "ELSE" | "ELSEIF" | "ELSIF" if open.is_empty() => return Some(at),
            "END" if is_next(&["IF"]) => match open.pop() {
                None => return Some(at),
                Some(Block::If) => at += 1,
                Some(_) => return None,
            },
            "END" if is_next(&["CASE"]) => match open.pop() {
                Some(Block::Case) => at += 1,
                _ => return None,
            },
            "END" if is_next(&["LOOP", "WHILE", "REPEAT", "FOR"]) => at += 1,
            "END" if matches!(open.pop(), None | Some(Block::If)) => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// What makes a trigger do nothing in exodus's sessions, as statements that can be run: the trigger again, with the guard
/// around its body. Of SQLite, whose triggers can't be guarded, how to take it away and bring it back. `None` where the
/// trigger calls a function: the guard belongs in there.
pub fn guarded(engine: Engine, table: &TableName, trigger: &Trigger) -> Option<String> {
    let name = quote_table(engine, &TableName::new(&*table.schema, &*trigger.name));
    let body = trigger.body.trim().trim_end_matches(';');
    if body.is_empty() || trigger.function.is_some() {
        return None;
    }
    match engine {
        Engine::Postgres => None,
        Engine::Sqlite => Some(format!(
            "DROP TRIGGER {};\n-- and when the client has moved:\n{body};",
            quote(engine, &trigger.name)
        )),
        Engine::MySql | Engine::MariaDb => {
            let timing = match trigger.timing {
                Timing::Before => "BEFORE",
                Timing::After => "AFTER",
                Timing::InsteadOf => return None,
            };
            let events: Vec<_> = trigger
                .events
                .iter()
                .map(|&event| event_name(event).to_uppercase())
                .collect();
            let head = match engine {
                Engine::MariaDb => format!("CREATE OR REPLACE TRIGGER {name}"),
                _ => format!("DROP TRIGGER {name}//\nCREATE TRIGGER {name}"),
            };
            Some(format!(
                "DELIMITER //\n{head} {timing} {} ON {} FOR EACH ROW\nIF @exodus_copy IS NULL THEN\n{body};\nEND IF//\nDELIMITER ;",
                events.join(" OR "),
                quote_table(engine, table),
            ))
        }
    }
}

/// What to do about a trigger that would change what exodus writes or removes, and can't be silenced.
pub fn guard_help(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => {
            "let the role that moves keep triggers silent (GRANT SET ON PARAMETER session_replication_role), or guard this one: \
             IF current_setting('exodus.copy', true) IS NULL THEN … END IF around the statements of its function, or \
             WHEN (current_setting('exodus.copy', true) IS NULL) in the trigger"
        }
        Engine::MySql | Engine::MariaDb => {
            "guard it, so that it does nothing in exodus's sessions, which set @exodus_copy; make it again, with the DEFINER and \
             sql_mode that it has"
        }
        Engine::Sqlite => {
            "use --integrity proven, in which triggers are silent, or take the trigger away for the time of the move"
        }
    }
}

#[cfg(test)]
mod tests;
