//! The one text by which a key is known, from a text that a person typed.

use exodus_schema::{Column, Engine, Kind};

use super::Dialect;

impl Dialect {
    /// The text that [`key_text`](Self::key_text) gives for the value that [`literal`](Self::literal) makes of `typed`:
    /// `7.50` for `7.5` in a `decimal(9,2)`, hexadecimal digits in the product's own case. As far as that can be told
    /// without the database; a text of which it can't, or which is no value of the column, stays as it is.
    pub fn canonical(self, column: &Column, typed: &str) -> String {
        let found = match column.kind {
            Kind::Integer => typed.trim().parse::<i128>().ok().map(|number| number.to_string()),
            Kind::Decimal => self.canonical_decimal(column, typed.trim()),
            Kind::Bytes => self.canonical_bytes(typed),
            Kind::Uuid => canonical_uuid(typed),
            _ => None,
        };
        found.unwrap_or_else(|| typed.to_owned())
    }

    fn canonical_bytes(self, typed: &str) -> Option<String> {
        let hex = typed.strip_prefix("0x").or_else(|| typed.strip_prefix("\\x"));
        let hex = hex.unwrap_or(typed).replace('-', "");
        if hex.is_empty() || hex.len() % 2 == 1 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        Some(match self.engine {
            Engine::Postgres => format!("\\x{}", hex.to_ascii_lowercase()),
            _ => format!("0x{}", hex.to_ascii_uppercase()),
        })
    }

    fn canonical_decimal(self, column: &Column, typed: &str) -> Option<String> {
        let (negative, whole, fraction) = digits(typed)?;
        let fraction = match (self.engine, scale(&column.native_type)) {
            // It keeps numbers as they come where the type says nothing, and has no scale of its own.
            (Engine::Sqlite, _) => fraction.trim_end_matches('0').to_owned(),
            (Engine::Postgres, None) => fraction.to_owned(),
            (_, scale) => {
                let scale = scale.unwrap_or(0);
                // A digit that doesn't fit would be rounded away: that is another key than the one that was typed.
                let (kept, cut) = fraction.split_at(fraction.len().min(scale));
                if cut.bytes().any(|digit| digit != b'0') {
                    return None;
                }
                format!("{kept:0<scale$}")
            }
        };
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        let is_zero = whole == "0" && fraction.bytes().all(|digit| digit == b'0');
        let sign = if negative && !is_zero { "-" } else { "" };
        Some(if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}")
        })
    }
}

/// The sign and the digits before and behind the point of a plain number; nothing for one with an exponent.
fn digits(text: &str) -> Option<(bool, &str, &str)> {
    let negative = text.starts_with('-');
    let plain = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let some = !whole.is_empty() || !fraction.is_empty();
    (some && all_digits(whole) && all_digits(fraction)).then_some((negative, whole, fraction))
}

/// The digits behind the point of `numeric(9,2)`; `None` where the type names no precision.
fn scale(native_type: &str) -> Option<usize> {
    let (_, rest) = native_type.split_once('(')?;
    let (inside, _) = rest.split_once(')')?;
    match inside.split_once(',') {
        Some((_, scale)) => scale.trim().parse().ok(),
        None => Some(0),
    }
}

/// `6f1c7a34-11d2-4d70-9a9e-0242ac120002`, whatever the case, with braces or without hyphens.
fn canonical_uuid(typed: &str) -> Option<String> {
    let inner = typed.trim();
    let inner = inner
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(inner);
    let hex = inner.replace('-', "").to_ascii_lowercase();
    if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    Some(parts.join("-"))
}
