//! Whether a column takes a document and shows it as it is.

use exodus_schema::Engine;

use super::domain::Json;
use super::fit::{NUMERIC, misfit};
use super::json::{Node, Unread};
use super::limits::Charset;
use super::{Misfit, decimal, json};

const NOT_JSON: Misfit = misfit("text that is not JSON, or has half of a surrogate pair in it");
const DEEP: Misfit = misfit("JSON that is nested deeper than can be moved to another product's JSON type");
const JSON_NUL: Misfit = misfit("JSON with a NUL character in it, which jsonb can't store");
const JSON_NUMBER: Misfit = misfit("JSON with numbers that the target would store as others");
const JSON_WRITTEN: Misfit = Misfit::altered(
    "JSON that the target would write in another way: its blanks, order of keys, doubled keys, or digits of numbers",
    "accept altered values, or give the target a column of text",
);

pub(super) fn check(engine: Engine, text: &str, kind: Json) -> Result<(), Misfit> {
    // SQLite looks at no text.
    if engine == Engine::Sqlite {
        return Ok(());
    }
    if kind == Json::Written {
        Charset::WithoutNul.check(text)?;
        return if json::is_document(text) { Ok(()) } else { Err(NOT_JSON) };
    }
    let node = json::parse(text).map_err(|unread| match unread {
        Unread::NotJson => NOT_JSON,
        Unread::TooDeep => DEEP,
    })?;
    match kind {
        Json::Sorted => sorted(&node, text),
        Json::Written | Json::Doubles => doubles(&node, text),
    }
}

/// Whether a document can be compared by value with one on the other side, and so come back.
pub(super) fn comparable(text: &str) -> Result<(), Misfit> {
    if json::is_too_deep(text) { Err(DEEP) } else { Ok(()) }
}

fn sorted(node: &Node<'_>, text: &str) -> Result<(), Misfit> {
    if node.has_nul() {
        return Err(JSON_NUL);
    }
    let fits = |number: &str| {
        decimal::plain(number).is_some_and(|plain| {
            let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
            whole.len() <= NUMERIC.0 && fraction.len() <= NUMERIC.1
        })
    };
    if !node.all_numbers(&fits) {
        return Err(JSON_NUMBER);
    }
    let as_numeric = |number: &str, out: &mut Vec<u8>| {
        out.extend_from_slice(decimal::plain(number).unwrap_or_default().as_bytes());
    };
    as_written(node, text, &as_numeric)
}

/// MySQL refuses documents that are nested deeper.
const MYSQL_DEPTH: usize = 100;

fn doubles(node: &Node<'_>, text: &str) -> Result<(), Misfit> {
    if node.depth() > MYSQL_DEPTH {
        return Err(DEEP);
    }
    if !node.all_numbers(&|number| is_integer(number) || is_double(number)) {
        return Err(JSON_NUMBER);
    }
    let as_stored = |number: &str, out: &mut Vec<u8>| {
        let double = if is_integer(number) { None } else { number.parse().ok() };
        match double {
            Some(double) => out.extend_from_slice(as_mysql_shows(double).as_bytes()),
            None => out.extend_from_slice(number.as_bytes()),
        }
    };
    as_written(node, text, &as_stored)
}

fn as_written(node: &Node<'_>, text: &str, number: &dyn Fn(&str, &mut Vec<u8>)) -> Result<(), Misfit> {
    let mut written = Vec::with_capacity(text.len());
    node.write(&mut written, number);
    if written == text.as_bytes() {
        Ok(())
    } else {
        Err(JSON_WRITTEN)
    }
}

fn is_integer(number: &str) -> bool {
    number != "-0"
        && number
            .parse()
            .is_ok_and(|number: i128| (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&number))
}

/// A double has the same value.
fn is_double(number: &str) -> bool {
    let double: Option<f64> = number.parse().ok().filter(|double: &f64| double.is_finite());
    let exact = double.and_then(decimal::of_float);
    exact.is_some_and(|exact| decimal::scientific(&exact) == decimal::scientific(number))
}

/// A double in JSON as MySQL shows it: as few digits as it takes, and an exponent only for what is very large or very
/// small. (Seen on 9.7; a number with 17 digits before and behind the point goes without one for longer.)
fn as_mysql_shows(double: f64) -> String {
    let scientific = format!("{double:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    if (-15..=14).contains(&exponent) || (exponent == 15 && digits == 17) {
        let plain = format!("{double}");
        return if plain.contains('.') {
            plain
        } else {
            format!("{plain}.0")
        };
    }
    scientific
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_as_mysql_shows_them() {
        // What the server itself answered.
        for (number, shown) in [
            ("1e15", "1e15"),
            ("1e14", "100000000000000.0"),
            ("123456789012345680.0", "1.2345678901234568e17"),
            ("3e-10", "0.0000000003"),
            ("1e-15", "0.000000000000001"),
            ("1e-16", "1e-16"),
            ("1.25e-14", "0.0000000000000125"),
            ("123456789012345.6", "123456789012345.6"),
            ("1234567890123456.5", "1234567890123456.5"),
            ("-0.0", "-0.0"),
            ("1e308", "1e308"),
            ("5e-324", "5e-324"),
            ("1.2345678901234567e-10", "0.00000000012345678901234568"),
            ("100.0", "100.0"),
            ("1.5e15", "1.5e15"),
            ("-1e15", "-1e15"),
        ] {
            assert_eq!(as_mysql_shows(number.parse().expect("a number")), shown);
        }
    }

    #[test]
    fn what_each_kind_of_json_keeps() {
        let on = |kind, text| check(Engine::Postgres, text, kind).map_err(|misfit| misfit.alters);
        for text in ["{\"a\": 1.50}", "[1e2]", "{\"b\": 1, \"aa\": 2}"] {
            assert_eq!(on(Json::Written, text), Ok(()), "{text}");
        }
        assert_eq!(on(Json::Sorted, "{\"a\": 1.50}"), Ok(()));
        assert_eq!(on(Json::Doubles, "{\"a\": 1.50}"), Err(true));
        assert_eq!(on(Json::Doubles, "{\"a\": 1.5}"), Ok(()));
        assert_eq!(on(Json::Doubles, "12345678901234567890.1"), Err(false));
        assert_eq!(on(Json::Doubles, "1e400"), Err(false));
        assert_eq!(on(Json::Sorted, "1e400"), Err(true));
        assert_eq!(on(Json::Sorted, "1e200000"), Err(false));
        assert_eq!(on(Json::Sorted, "\"\\u0000\""), Err(false));
        assert_eq!(on(Json::Doubles, "\"\\u0000\""), Ok(()));
        for kind in [Json::Sorted, Json::Doubles] {
            for text in [
                "{\"a\":1}",
                "{\"aa\": 1, \"b\": 2}",
                "{\"a\": 1, \"a\": 2}",
                "\"\\u00e9\"",
            ] {
                assert_eq!(on(kind, text), Err(true), "{text}");
            }
            assert_eq!(on(kind, "nul"), Err(false));
        }
    }
}
