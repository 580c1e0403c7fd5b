//! Defaults that mean the same on both sides: constants, and the time of the insertion.

use super::{Across, literal};
use crate::create::Creation;
use crate::model::{Column, Engine, Kind, Table};

/// The default as the target writes it; `None` where there is none, or where it is left out, which is then said.
pub(super) fn there(
    request: &Across<'_>,
    table: &Table,
    column: &Column,
    sql: &str,
    creation: &mut Creation,
) -> Option<String> {
    let text = column.default.as_deref().map(str::trim).filter(|text| !is_null(text))?;
    if column.generated.is_some() {
        return None;
    }
    let found = translated(request, column, text, sql);
    // A generator that the target does without was said to be one by its type.
    if found.is_none() {
        creation.warn(
            &table.name,
            format!(
                "the default of column {} is not made: {} may read it otherwise",
                column.name,
                request.engine()
            ),
            "set it there once the table is made, if others are to rely on it",
        );
    }
    found
}

fn is_null(text: &str) -> bool {
    text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("null"))
        && (text.len() == 4 || text[4..].starts_with("::"))
}

fn translated(request: &Across<'_>, column: &Column, text: &str, sql: &str) -> Option<String> {
    if is_now(text) {
        return now(request, column, sql);
    }
    let value = constant(request.source.engine, text)?;
    let to = request.engine();
    match column.kind {
        Kind::Boolean => match value.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" => Some("TRUE".to_owned()),
            "0" | "f" | "false" => Some("FALSE".to_owned()),
            _ => None,
        },
        Kind::Integer | Kind::Float | Kind::Decimal if is_number(&value) => Some(value),
        Kind::Text | Kind::Enum | Kind::Uuid | Kind::Date if !value.contains('\0') => {
            let quoted = literal(to, &value);
            // Long texts have defaults only as expressions there.
            let long = request.for_mysql() && (sql.starts_with("longtext") || sql.starts_with("longblob"));
            Some(if long { format!("({quoted})") } else { quoted })
        }
        _ => None,
    }
}

fn is_now(text: &str) -> bool {
    let word = text.to_ascii_lowercase();
    let word = word
        .strip_suffix(')')
        .and_then(|word| word.rsplit_once('('))
        .map_or(word.as_str(), |(word, _)| word);
    ["current_timestamp", "now", "localtimestamp"].contains(&word)
}

/// Where it is the same moment: MySQL's own columns without a zone take the session's, PostgreSQL's too.
fn now(request: &Across<'_>, column: &Column, sql: &str) -> Option<String> {
    let kind = matches!(column.kind, Kind::DateTime | Kind::Timestamp);
    match request.engine() {
        _ if !kind => None,
        Engine::Postgres => Some("CURRENT_TIMESTAMP".to_owned()),
        Engine::MySql | Engine::MariaDb if column.kind == Kind::DateTime || sql.starts_with("timestamp") => {
            let digits = sql
                .split_once('(')
                .and_then(|(_, rest)| rest.split_once(')'))
                .map_or("0", |(digits, _)| digits);
            Some(format!("CURRENT_TIMESTAMP({digits})"))
        }
        // SQLite's is a text of another form than those that are copied.
        _ => None,
    }
}

/// The value of a constant, as the source's catalogue prints it.
fn constant(from: Engine, text: &str) -> Option<String> {
    match from {
        Engine::Postgres => {
            // 'it''s'::character varying
            let literal = match unquoted(text) {
                Some((value, rest)) if rest.is_empty() || is_cast(rest) => return Some(value),
                Some(_) => return None,
                None => text.split("::").next().unwrap_or(text),
            };
            let bare = literal.trim_start_matches('(').trim_end_matches(')');
            (is_number(bare) || ["true", "false"].contains(&bare)).then(|| bare.to_owned())
        }
        Engine::MariaDb | Engine::Sqlite => match unquoted(text) {
            Some((value, "")) => Some(value),
            Some(_) => None,
            None => (is_number(text) || ["true", "false"].contains(&text.to_ascii_lowercase().as_str()))
                .then(|| text.to_owned()),
        },
        // MySQL prints texts without quotes, and expressions just so: only what can be none is taken.
        Engine::MySql => {
            let plain = |c: char| c.is_alphanumeric() || " _-.:".contains(c);
            text.chars().all(plain).then(|| text.to_owned())
        }
    }
}

/// The text in quotes in front, and what follows it. Backslashes are left alone: catalogues that escape by them print
/// texts with them in a form that is not taken here.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let quoted = text.strip_prefix('\'')?;
    let mut out = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' if chars.next_if(|(_, next)| *next == '\'').is_some() => out.push('\''),
            '\'' => return Some((out, &quoted[at + 1..])),
            '\\' => return None,
            c => out.push(c),
        }
    }
    None
}

fn is_cast(rest: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " _.\"(),".contains(c);
    rest.strip_prefix("::").is_some_and(|kind| kind.chars().all(plain))
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let mut parts = digits.splitn(2, '.');
    let all = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(all) && parts.next().is_none_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_constants_are_constants() {
        let all = [
            (Engine::Postgres, "'it''s'::character varying", Some("it's")),
            (Engine::Postgres, "'5'::smallint", Some("5")),
            (Engine::Postgres, "(-1)", Some("-1")),
            (Engine::Postgres, "1.50", Some("1.50")),
            (Engine::Postgres, "false", Some("false")),
            (Engine::Postgres, "('a'::text || 'b'::text)", None),
            (Engine::Postgres, "'a'::text || 'b'::text", None),
            (Engine::Postgres, "nextval('public.s'::regclass)", None),
            (Engine::Postgres, "E'\\\\x'::text", None),
            (Engine::Postgres, "upper('a'::text)", None),
            (Engine::MariaDb, "'a\\\\b'", None),
            (Engine::MariaDb, "uuid()", None),
            (Engine::MariaDb, "concat('a','b')", None),
            (Engine::MySql, "it is", Some("it is")),
            (Engine::MySql, "uuid()", None),
            (Engine::MySql, "concat(_utf8mb4'a')", None),
            (Engine::Sqlite, "'x'", Some("x")),
            (Engine::Sqlite, "-7.5", Some("-7.5")),
            (Engine::Sqlite, "(1 + 2)", None),
            (Engine::Sqlite, "\"x\"", None),
        ];
        for (engine, text, expected) in all {
            assert_eq!(constant(engine, text).as_deref(), expected, "{engine}: {text}");
        }
    }
}
