//! Decimals and days as the whole numbers that Parquet holds them as. What would come back as another text is none.

use exodus_engine::value::{Date, DateTime, Day, Time};

/// Digits of the largest decimal that readers take.
pub(crate) const MOST_DIGITS: u8 = 38;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// Digits behind the point.
pub(crate) fn scale(text: &str) -> Option<u8> {
    let behind = text.split_once('.').map_or(0, |(_, behind)| behind.len());
    u8::try_from(behind).ok().filter(|scale| *scale <= MOST_DIGITS)
}

/// The number without its point, if its text is the one that [`decimal`] makes of it.
pub(crate) fn unscaled(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let (negative, plain) = text.strip_prefix('-').map_or((false, text), |plain| (true, plain));
    let (whole, behind) = match plain.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (plain, ""),
    };
    let is_usual = whole == "0" || !whole.starts_with('0') && !whole.is_empty();
    if !is_usual || behind.len() != usize::from(scale) {
        return None;
    }
    let mut number = 0_i128;
    for digit in whole.bytes().chain(behind.bytes()) {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number = number.checked_mul(10)?.checked_add(digit.into())?;
    }
    // There is no zero with a sign among whole numbers.
    let fits = number < 10_i128.checked_pow(precision.into())? && !(negative && number == 0);
    fits.then_some(if negative { -number } else { number })
}

/// The text of a number whose point stands before the last `scale` digits.
pub(crate) fn decimal(number: i128, scale: u8) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let scale = usize::from(scale);
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, behind) = digits.split_at(digits.len() - scale);
    let point = if scale > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{behind}")
}

/// Days since 1970-01-01, if the day is in the calendar.
pub(crate) fn days(date: Date) -> Option<i32> {
    let Date::Day(day) = date else { return None };
    if !day.is_real() {
        return None;
    }
    // Years begin in March here, so that a leap day is a year's last.
    let (month, of_month) = (i64::from(day.month), i64::from(day.day));
    let year = i64::from(day.year) - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + of_month - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    i32::try_from(days).ok()
}

/// The day that is so many days after 1970-01-01.
pub(crate) fn date(days: i64) -> Option<Date> {
    let days = days.checked_add(719_468)?;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    Some(Date::Day(Day {
        year: i32::try_from(year_of_era + era * 400 + i64::from(month <= 2)).ok()?,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(of_year - (153 * shifted + 2) / 5 + 1).ok()?,
    }))
}

/// Microseconds of a day, unless it is a duration, or PostgreSQL's 24:00:00.
pub(crate) fn of_day(time: Time) -> Option<i64> {
    (0..DAY).contains(&time.microseconds).then_some(time.microseconds)
}

/// Microseconds since 1970.
pub(crate) fn microseconds(both: DateTime) -> Option<i64> {
    let all = i128::from(days(both.date)?) * i128::from(DAY) + i128::from(of_day(both.time)?);
    i64::try_from(all).ok()
}

/// Date and time so many microseconds after the beginning of 1970.
pub(crate) fn date_time(microseconds: i64) -> Option<DateTime> {
    Some(DateTime {
        date: date(microseconds.div_euclid(DAY))?,
        time: Time {
            microseconds: microseconds.rem_euclid(DAY),
        },
    })
}

#[cfg(test)]
mod tests {
    use exodus_engine::value::{Form, Value};
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Date {
        match Value::of_text(Form::Date, text) {
            Ok(Value::Date(date)) => date,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn days_are_those_of_the_calendar() {
        for (text, expected) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2024-03-01", 19_783),
            ("0001-01-01", -719_162),
            ("0000-02-29", -719_469),
            ("-4712-01-01", -2_440_550),
            ("5874897-12-31", 2_145_042_905),
        ] {
            assert_eq!(days(day(text)), Some(expected), "{text}");
            assert_eq!(date(expected.into()), Some(day(text)));
        }
        for text in ["0000-00-00", "2024-02-31", "2024-00-10", "infinity", "-infinity"] {
            assert_eq!(days(day(text)), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn moments_come_back(microseconds_of_test in any::<i64>(), days_of_test in any::<i32>()) {
            let both = date_time(microseconds_of_test).expect("a moment");
            prop_assert_eq!(microseconds(both), Some(microseconds_of_test));
            if let Some(date) = date(days_of_test.into()) {
                prop_assert_eq!(days(date), Some(days_of_test));
            }
        }

        #[test]
        fn decimals_come_back(number in any::<i128>(), scale_of_test in 0_u8..=38) {
            let number = number % 10_i128.pow(38);
            let text = decimal(number, scale_of_test);
            prop_assert_eq!(scale(&text), Some(scale_of_test));
            prop_assert_eq!(unscaled(&text, 38, scale_of_test), Some(number));
        }
    }

    #[test]
    fn texts_that_would_come_back_as_others() {
        for (text, precision, scale) in [
            ("-0.00", 5, 2),
            ("1.5", 5, 2),
            ("1.500", 5, 2),
            ("01.50", 5, 2),
            (".50", 5, 2),
            ("1.", 5, 0),
            ("", 5, 0),
            ("1000.00", 5, 2),
            ("NaN", 5, 2),
            ("Infinity", 5, 0),
        ] {
            assert_eq!(unscaled(text, precision, scale), None, "{text}");
        }
        assert_eq!(unscaled("-999.99", 5, 2), Some(-99_999));
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(0, 0), "0");
    }
}
