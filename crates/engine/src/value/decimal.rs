//! Exact numbers as text.

use std::borrow::Cow;

/// More digits than any product stores; an exponent beyond is no number to anybody.
const MOST_DIGITS: i64 = 200_000;

/// The special values of PostgreSQL's `numeric`.
pub(crate) fn is_special(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

/// A number taken apart.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
        None => (text, 0),
    };
    let negative = mantissa.starts_with('-');
    let plain = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let any = !whole.is_empty() || !fraction.is_empty();
    (any && digits(whole) && digits(fraction)).then_some(Parts {
        negative,
        whole,
        fraction,
        exponent,
    })
}

/// The number in plain digits: no exponent, no `+`, no leading zeros, no sign of zero; its scale stays. `None` for what is
/// no number.
pub(crate) fn plain(text: &str) -> Option<Cow<'_, str>> {
    let found = parts(text)?;
    let tidy = found.exponent == 0
        && !text.starts_with('+')
        && !found.whole.is_empty()
        && (found.whole.len() == 1 || !found.whole.starts_with('0'))
        && !text.ends_with('.')
        && !text.contains(['e', 'E']);
    if tidy && !(found.negative && is_zero(&found)) {
        return Some(Cow::Borrowed(text));
    }
    if found.exponent.abs() > MOST_DIGITS {
        return None;
    }
    let digits: String = [found.whole, found.fraction].concat();
    let point = i64::try_from(found.whole.len()).ok()? + found.exponent;
    let (whole, fraction) = match usize::try_from(point) {
        Ok(point) if point >= digits.len() => {
            // Not by a width of `format`, which ends at 65,535.
            (format!("{digits}{}", "0".repeat(point - digits.len())), String::new())
        }
        Ok(point) => (digits[..point].to_owned(), digits[point..].to_owned()),
        Err(_) => {
            let zeros = usize::try_from(-point).ok()?;
            (String::new(), format!("{}{digits}", "0".repeat(zeros)))
        }
    };
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if found.negative && !is_zero(&found) { "-" } else { "" };
    Some(Cow::Owned(if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }))
}

fn is_zero(parts: &Parts<'_>) -> bool {
    let zeros = |part: &str| part.bytes().all(|byte| byte == b'0');
    zeros(parts.whole) && zeros(parts.fraction)
}

/// Without the zeros that end the fraction: one text for each number. The number must be plain.
pub(crate) fn canonical(plain: &str) -> &str {
    let cut = if plain.contains('.') {
        plain.trim_end_matches('0').trim_end_matches('.')
    } else {
        plain
    };
    if cut == "-0" { "0" } else { cut }
}

/// How many digits a plain number has before the point (none for 0.5), and how many behind it that count.
pub(crate) fn digits(plain: &str) -> (usize, usize) {
    let number = canonical(plain.trim_start_matches('-'));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    (whole.trim_start_matches('0').len(), fraction.len())
}

/// The digits of a finite float, as few as it takes to read the same one back.
pub(crate) fn of_float(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let text = format!("{number:?}");
    plain(&text).map(|plain| canonical(&plain).to_owned())
}

/// The number as a mantissa without zeros at its ends, and an exponent: one text for each number, and short even for
/// 1e400. `None` for what is no number.
pub(crate) fn scientific(text: &str) -> Option<String> {
    let found = parts(text)?;
    if is_zero(&found) {
        return Some("0".to_owned());
    }
    let digits = [found.whole, found.fraction].concat();
    let ending = digits.trim_start_matches('0');
    let mantissa = ending.trim_end_matches('0');
    let dropped = i64::try_from(ending.len() - mantissa.len()).ok()?;
    let exponent = found
        .exponent
        .checked_sub(i64::try_from(found.fraction.len()).ok()?)?
        .checked_add(dropped)?;
    let sign = if found.negative { "-" } else { "" };
    Some(format!("{sign}{mantissa}e{exponent}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_digits() {
        for (text, expected) in [
            ("1.50", "1.50"),
            ("0042", "42"),
            ("00.10", "0.10"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-0.00", "0.00"),
            ("+1", "1"),
            ("1e3", "1000"),
            ("1.5e1", "15"),
            ("1.25e1", "12.5"),
            ("1e-3", "0.001"),
            ("-12.5E-1", "-1.25"),
            ("0", "0"),
        ] {
            assert_eq!(plain(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "-", ".", "1.2.3", "1e", "0x1", "NaN", " 1", "1e999999999"] {
            assert_eq!(plain(text), None, "{text}");
        }
    }

    #[test]
    fn digits_are_counted_where_they_count() {
        assert_eq!(digits("-0012.3400"), (2, 2));
        assert_eq!(digits("0.001"), (0, 3));
        assert_eq!(digits("0"), (0, 0));
        assert_eq!(digits("100"), (3, 0));
    }

    #[test]
    fn one_text_for_each_number() {
        for same in [
            ["1e400", "10e399"],
            ["1.50", "15e-1"],
            ["-0", "0.0e7"],
            ["100", "1e2"],
            ["0.0010", "1e-3"],
        ] {
            assert_eq!(scientific(same[0]), scientific(same[1]), "{same:?}");
        }
        assert_ne!(scientific("1e400"), scientific("1e401"));
        assert_eq!(of_float(1e21).as_deref(), Some("1000000000000000000000"));
        assert_eq!(of_float(0.1).as_deref(), Some("0.1"));
        assert_eq!(of_float(f64::NAN), None);
    }
}
