//! Whether a column takes a value and shows it as it is.

use exodus_schema::Engine;

use super::calendar::{Date, DateTime, Day, Time};
use super::codec::text_of;
use super::domain::Text;
use super::{Codec, Domain, Misfit, Value, decimal, fit_json};

pub(super) const fn misfit(what: &'static str) -> Misfit {
    Misfit::new(
        what,
        "correct the value on the source, or give the target's column a wider type",
    )
}

const RANGE: Misfit = misfit("a number outside of the range of the target column's type");
const DIGITS: Misfit = misfit("a number with more digits than the target column's type has");
const NO_NUMBER: Misfit = misfit("NaN or an infinity, which the target column's type has not");
const NEGATIVE: Misfit = misfit("a negative number for an unsigned column");
const LONG: Misfit = misfit("a value that is longer than the target's column");
const BLANKS: Misfit = misfit("text with blanks at its end, which the target's column would cut off");
const LABEL: Misfit = misfit("a name that the target column's type does not list");
const LENGTH: Misfit = misfit("a value of another length than the target's column has");
const UUID: Misfit = Misfit::new(
    "a UUID of no known version and variant, which MariaDB's type does not take",
    "give the target's column the type char(36) or binary(16)",
);
const ENDLESS: Misfit = misfit("an endless date, which the target's product does not know");
const YEARS: Misfit = misfit("a date outside of the years that the target column's type knows");
const UNREAL: Misfit = misfit("a date that no calendar has, such as a zero date or 31 February");
const CLOCK: Misfit = misfit("a time outside of the range of the target column's type");
const FRACTION: Misfit = misfit("a time with more digits of a second than the target's column has");
pub(crate) const NEGATIVE_ZERO: Misfit = Misfit::altered(
    "a zero with a minus sign, which the target stores as a plain zero",
    "accept altered values",
);
const ORDER: Misfit = Misfit::new(
    "a set whose names are in another order than the target's type lists them",
    "list the names alike, or give the target a column of text",
);

/// The moment after which MySQL's `timestamp` begins, and the last second of it.
const FIRST: Day = Day {
    year: 1970,
    month: 1,
    day: 1,
};
const LAST: Day = Day {
    year: 2038,
    month: 1,
    day: 19,
};
const LAST_SECOND: i64 = (3 * 3600 + 14 * 60 + 8) * 1_000_000;

pub(super) fn check(codec: &Codec, value: &Value<'_>) -> Result<(), Misfit> {
    match &codec.domain {
        Domain::Any | Domain::Boolean | Domain::Interval => Ok(()),
        Domain::Uuid => uuid(codec.engine, value),
        Domain::Integer { least, most } => whole(value, |number| (*least..=*most).contains(&number)),
        Domain::Year => whole(value, |year| year == 0 || (1901..=2155).contains(&year)),
        Domain::Float {
            special,
            digits,
            unsigned,
            ..
        } => {
            // Nor do MySQL's columns with a fixed number of digits show it.
            let signless = codec.engine == Engine::MariaDb || digits.is_some();
            if signless && is_negative_zero(value) {
                return Err(NEGATIVE_ZERO);
            }
            float(value, *special, *digits, *unsigned)
        }
        Domain::Decimal {
            digits,
            special,
            unsigned,
        } => number(value, *digits, *special, *unsigned),
        Domain::Text(text) => self::text(text, &text_of(value)),
        Domain::Opaque { .. } => super::limits::Charset::WithoutNul.check(&text_of(value)),
        Domain::Bytes { exactly, most } => bytes(value, *exactly, *most),
        Domain::Date => match value {
            Value::Date(date) => self::date(codec.engine, *date),
            _ => Ok(()),
        },
        Domain::Time { digits } => time(codec.engine, value, *digits),
        Domain::DateTime { digits, short, .. } => date_time(codec.engine, value, *digits, *short),
        Domain::Json(kind) => fit_json::check(codec.engine, &text_of(value), *kind),
        Domain::Bits { length, fixed } => bits(value, *length, *fixed),
        Domain::Enum(labels) => match labels {
            Some(labels) => labels.contains(&text_of(value).into_owned()).then_some(()).ok_or(LABEL),
            None => Ok(()),
        },
        Domain::Set(members) => set(members, &text_of(value)),
        Domain::Geometry { kind } => match value {
            Value::Geometry(bytes) => super::pairing::geometry_fits(bytes, *kind),
            _ => Ok(()),
        },
    }?;
    if codec.engine == Engine::Sqlite {
        crate::sqlite::neutral::keeps(codec, value)
    } else {
        Ok(())
    }
}

fn whole(value: &Value<'_>, fits: impl Fn(i128) -> bool) -> Result<(), Misfit> {
    let number = match value {
        Value::Integer(number) => *number,
        Value::Decimal(text) => decimal::canonical(text).parse().map_err(|_| DIGITS)?,
        _ => return Ok(()),
    };
    if fits(number) { Ok(()) } else { Err(RANGE) }
}

/// Equal to zero, and written in another way.
pub(crate) fn is_negative_zero(value: &Value<'_>) -> bool {
    match value {
        Value::Float(number) => *number == 0.0 && number.is_sign_negative(),
        Value::Float32(number) => *number == 0.0 && number.is_sign_negative(),
        _ => false,
    }
}

fn float(value: &Value<'_>, special: bool, digits: Option<(u32, u32)>, unsigned: bool) -> Result<(), Misfit> {
    // Of single precision the digits are those that it takes to read the same one back.
    let (number, shown) = match value {
        Value::Float(number) => (*number, format!("{number:?}")),
        Value::Float32(number) => (f64::from(*number), format!("{number:?}")),
        _ => return Ok(()),
    };
    if !special && !number.is_finite() {
        return Err(NO_NUMBER);
    }
    if unsigned && number < 0.0 {
        return Err(NEGATIVE);
    }
    match digits {
        Some((all, behind)) => {
            let text = decimal::plain(&shown).ok_or(NO_NUMBER)?;
            fits_digits(&text, i64::from(all), i64::from(behind))
        }
        None => Ok(()),
    }
}

/// The most digits of PostgreSQL's `numeric` before and behind the point.
pub(super) const NUMERIC: (usize, usize) = (131_072, 16_383);

fn number(value: &Value<'_>, digits: Option<(i64, i64)>, special: bool, unsigned: bool) -> Result<(), Misfit> {
    let text = match value {
        Value::Float(number) if !number.is_finite() => return if special { Ok(()) } else { Err(NO_NUMBER) },
        Value::Float(number) => decimal::of_float(*number).ok_or(NO_NUMBER)?,
        value => text_of(value).into_owned(),
    };
    if decimal::is_special(&text) {
        // `numeric(9,2)` takes NaN, which has no digits, but no infinity.
        return if special && (digits.is_none() || text == "NaN") {
            Ok(())
        } else {
            Err(NO_NUMBER)
        };
    }
    if unsigned && text.starts_with('-') {
        return Err(NEGATIVE);
    }
    if let Some((all, behind)) = digits {
        return fits_digits(&text, all, behind);
    }
    let (whole, fraction) = decimal::digits(&text);
    if whole > NUMERIC.0 || fraction > NUMERIC.1 {
        Err(DIGITS)
    } else {
        Ok(())
    }
}

fn fits_digits(plain: &str, all: i64, behind: i64) -> Result<(), Misfit> {
    let (whole, fraction) = decimal::digits(plain);
    let (whole, fraction) = (
        i64::try_from(whole).unwrap_or(i64::MAX),
        i64::try_from(fraction).unwrap_or(i64::MAX),
    );
    // With a negative scale the last digits before the point must be zeros.
    let rounded = match usize::try_from(-behind) {
        Ok(zeros) if zeros > 0 && whole > 0 => {
            let digits = decimal::canonical(plain);
            fraction > 0 || digits.len() - digits.trim_end_matches('0').len() < zeros
        }
        _ => fraction > behind.max(0),
    };
    // With more digits behind the point than in all, the first ones behind it must be zeros.
    let small = all < behind && leading_zeros(plain) < behind - all;
    let is_zero = whole == 0 && fraction == 0;
    if rounded || whole > (all - behind).max(0) || (small && !is_zero) {
        Err(DIGITS)
    } else {
        Ok(())
    }
}

/// Zeros that follow the point of a plain number.
fn leading_zeros(plain: &str) -> i64 {
    let (_, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let zeros = fraction.len() - fraction.trim_start_matches('0').len();
    i64::try_from(zeros).unwrap_or(i64::MAX)
}

fn text(limits: &Text, text: &str) -> Result<(), Misfit> {
    limits.charset.check(text)?;
    if limits.padded && text.ends_with(' ') {
        return Err(BLANKS);
    }
    let over = |most: Option<u64>, length: usize| most.is_some_and(|most| length as u64 > most);
    // No text has more characters than bytes: most are not counted.
    if over(limits.characters, text.len()) && over(limits.characters, text.chars().count()) {
        return Err(LONG);
    }
    if over(limits.bytes, limits.charset.bytes(text)) {
        return Err(LONG);
    }
    Ok(())
}

fn bytes(value: &Value<'_>, exactly: Option<u64>, most: Option<u64>) -> Result<(), Misfit> {
    let length = match value {
        Value::Bytes(bytes) | Value::Geometry(bytes) => bytes.len() as u64,
        Value::Uuid(uuid) => uuid.len() as u64,
        _ => return Ok(()),
    };
    if exactly.is_some_and(|exactly| exactly != length) {
        return Err(LENGTH);
    }
    if most.is_some_and(|most| length > most) {
        Err(LONG)
    } else {
        Ok(())
    }
}

/// MariaDB tells by two bits in which order it stores the parts, and takes none of which one says so and one doesn't.
fn uuid(engine: Engine, value: &Value<'_>) -> Result<(), Misfit> {
    match value {
        Value::Uuid(uuid) if engine == Engine::MariaDb && uuid[6] >= 0x80 && (1..0x80).contains(&uuid[8]) => Err(UUID),
        _ => Ok(()),
    }
}

fn date(engine: Engine, date: Date) -> Result<(), Misfit> {
    let day = match date {
        Date::Day(day) => day,
        _ if matches!(engine, Engine::MySql | Engine::MariaDb) => return Err(ENDLESS),
        _ => return Ok(()),
    };
    match engine {
        Engine::Postgres if !day.is_real() => Err(UNREAL),
        Engine::Postgres if before_first(day) || day.year > 5_874_897 => Err(YEARS),
        Engine::MySql | Engine::MariaDb if !(0..=9999).contains(&day.year) => Err(YEARS),
        // A year of 0 has to be that of a zero date, where the server reads 0000-01-01 as it is.
        Engine::Postgres | Engine::MySql | Engine::MariaDb | Engine::Sqlite => Ok(()),
    }
}

/// Before the first day of the Julian calendar, 24 November 4714 BC.
fn before_first(day: Day) -> bool {
    (day.year, day.month, day.day) < (-4713, 11, 24)
}

fn fraction(time: Time, digits: u32) -> Result<(), Misfit> {
    let unit = 10_i64.pow(6_u32.saturating_sub(digits));
    if time.microseconds % unit == 0 {
        Ok(())
    } else {
        Err(FRACTION)
    }
}

fn time(engine: Engine, value: &Value<'_>, digits: u32) -> Result<(), Misfit> {
    const HOUR: i64 = 3_600_000_000;
    let Value::Time(time) = value else { return Ok(()) };
    let most = match engine {
        Engine::Postgres => 24 * HOUR,
        Engine::MySql => 839 * HOUR - 1_000_000,
        Engine::MariaDb => 839 * HOUR - 1,
        Engine::Sqlite => i64::MAX,
    };
    let least = if engine == Engine::Postgres { 0 } else { -most };
    if !(least..=most).contains(&time.microseconds) {
        return Err(CLOCK);
    }
    fraction(*time, digits)
}

fn date_time(engine: Engine, value: &Value<'_>, digits: u32, short: bool) -> Result<(), Misfit> {
    let Value::DateTime(both) = value else { return Ok(()) };
    date(engine, both.date)?;
    fraction(both.time, digits)?;
    let Date::Day(day) = both.date else { return Ok(()) };
    if engine == Engine::Postgres && day.year > 294_276 {
        return Err(YEARS);
    }
    if short { in_short_range(*both, day) } else { Ok(()) }
}

/// MySQL's `timestamp`: from the second second of 1970 to 2038, or all zeros.
fn in_short_range(both: DateTime, day: Day) -> Result<(), Misfit> {
    let zero = (day.year, day.month, day.day, both.time.microseconds) == (0, 0, 0, 0);
    if zero {
        return Ok(());
    }
    if !day.is_real() {
        return Err(UNREAL);
    }
    let order = |day: Day| (day.year, day.month, day.day);
    let first = (order(FIRST), 1_000_000);
    let last = (order(LAST), LAST_SECOND);
    let this = (order(day), both.time.microseconds);
    if first <= this && this < last {
        Ok(())
    } else {
        Err(YEARS)
    }
}

fn bits(value: &Value<'_>, length: Option<u64>, fixed: bool) -> Result<(), Misfit> {
    match value {
        Value::Bits(bits) => {
            let there = bits.len() as u64;
            match length {
                Some(length) if fixed && there != length => Err(LENGTH),
                Some(length) if there > length => Err(LONG),
                _ => Ok(()),
            }
        }
        Value::Integer(number) => {
            let most = length
                .and_then(|length| u32::try_from(length).ok())
                .unwrap_or(1)
                .min(64);
            if (0..1_i128 << most).contains(number) {
                Ok(())
            } else {
                Err(RANGE)
            }
        }
        _ => Ok(()),
    }
}

fn set(members: &[String], text: &str) -> Result<(), Misfit> {
    if text.is_empty() {
        return Ok(());
    }
    let mut last = None;
    for name in text.split(',') {
        let at = members.iter().position(|member| member == name).ok_or(LABEL)?;
        if last.is_some_and(|last| at <= last) {
            return Err(ORDER);
        }
        last = Some(at);
    }
    Ok(())
}
