//! Dates and times beyond what libraries for them know: years before the first and after the 9999th, days that are in no
//! calendar but in MySQL's tables, and endless ones.

use std::fmt;

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// A day as it was written. MySQL stores a month or a day of 0, and days that their month has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Day {
    /// The year; 0 is the one before the year 1, which PostgreSQL calls 1 BC.
    pub year: i32,
    /// The month, or 0.
    pub month: u8,
    /// The day of the month, or 0.
    pub day: u8,
}

/// A date, or one of PostgreSQL's two endless ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Date {
    /// Before all others.
    Past,
    /// A day.
    Day(Day),
    /// After all others.
    Future,
}

/// Microseconds: of the day, or of a duration, which may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Time {
    /// The microseconds.
    pub microseconds: i64,
}

/// A date and the time of that day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DateTime {
    /// The date.
    pub date: Date,
    /// The time; nothing for an endless date.
    pub time: Time,
}

impl Day {
    /// It is in the calendar.
    pub fn is_real(self) -> bool {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let days = match self.month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return false,
        };
        (1..=days).contains(&self.day)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{:04}-{:02}-{:02}",
            self.year.unsigned_abs(),
            self.month,
            self.day
        )
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Past => f.write_str("-infinity"),
            Self::Day(day) => day.fmt(f),
            Self::Future => f.write_str("infinity"),
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.microseconds < 0 { "-" } else { "" };
        let all = self.microseconds.unsigned_abs();
        let (seconds, fraction) = (all / 1_000_000, all % 1_000_000);
        write!(
            f,
            "{sign}{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )?;
        if fraction > 0 {
            let digits = format!("{fraction:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        Ok(())
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.date {
            Date::Day(day) => write!(f, "{day} {}", self.time),
            endless => endless.fmt(f),
        }
    }
}

/// PostgreSQL's text of a date: years before the first are counted backwards, from 1 BC on.
pub(crate) fn with_era(date: Date, time: Option<Time>) -> String {
    let Date::Day(day) = date else { return date.to_string() };
    let (year, era) = if day.year <= 0 {
        (1 - day.year, " BC")
    } else {
        (day.year, "")
    };
    let time = time.map_or_else(String::new, |time| format!(" {time}"));
    format!("{year:04}-{:02}-{:02}{time}{era}", day.month, day.day)
}

/// Reads what the products show of a date, and what `Display` shows here.
pub(crate) fn date(text: &str) -> Option<Date> {
    match text {
        "infinity" => return Some(Date::Future),
        "-infinity" => return Some(Date::Past),
        _ => {}
    }
    match text.strip_suffix(" BC") {
        Some(text) => {
            let before = day(text)?;
            let year = 1_i32.checked_sub(before.year)?;
            (before.year > 0).then_some(Date::Day(Day { year, ..before }))
        }
        None => day(text).map(Date::Day),
    }
}

fn day(text: &str) -> Option<Day> {
    let (negative, plain) = text.strip_prefix('-').map_or((false, text), |plain| (true, plain));
    let mut parts = plain.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() < 4 || month.len() != 2 || day.len() != 2 {
        return None;
    }
    let year = i32::try_from(number(year)?).ok()?;
    Some(Day {
        year: if negative { -year } else { year },
        month: u8::try_from(number(month)?).ok().filter(|month| *month <= 12)?,
        day: u8::try_from(number(day)?).ok().filter(|day| *day <= 31)?,
    })
}

/// Reads `[-]HH…:MM:SS[.ffffff]`.
pub(crate) fn time(text: &str) -> Option<Time> {
    let (negative, plain) = text.strip_prefix('-').map_or((false, text), |plain| (true, plain));
    let mut parts = plain.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    if parts.next().is_some() || hours.len() < 2 || minutes.len() != 2 || whole.len() != 2 || fraction.len() > 6 {
        return None;
    }
    let (minutes, whole) = (number(minutes)?, number(whole)?);
    if minutes > 59 || whole > 59 {
        return None;
    }
    let scale = 10_i64.pow(6 - u32::try_from(fraction.len()).ok()?);
    let seconds = number(hours)?.checked_mul(3600)?.checked_add(minutes * 60 + whole)?;
    let microseconds = seconds.checked_mul(1_000_000)?.checked_add(number(fraction)? * scale)?;
    Some(Time {
        microseconds: if negative { -microseconds } else { microseconds },
    })
}

/// Reads a date and a time, with or without the `+00` that PostgreSQL shows in UTC.
pub(crate) fn date_time(text: &str) -> Option<DateTime> {
    let (plain, era) = text.strip_suffix(" BC").map_or((text, ""), |plain| (plain, " BC"));
    let Some((day, clock)) = plain.split_once(' ') else {
        let date = date(text).filter(|date| !matches!(date, Date::Day(_)))?;
        return Some(DateTime {
            date,
            time: Time { microseconds: 0 },
        });
    };
    let date = if era.is_empty() {
        date(day)?
    } else {
        date(&format!("{day} BC"))?
    };
    let time = time(clock.strip_suffix("+00").unwrap_or(clock))?;
    (0..DAY).contains(&time.microseconds).then_some(DateTime { date, time })
}

fn number(digits: &str) -> Option<i64> {
    let all = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_show_is_read_and_shown_again() {
        for text in [
            "2024-02-29",
            "0000-00-00",
            "2024-02-31",
            "5874897-12-31",
            "infinity",
            "-infinity",
        ] {
            assert_eq!(date(text).expect(text).to_string(), text);
        }
        for text in [
            "00:00:00",
            "24:00:00",
            "-838:59:59.000001",
            "838:59:58.999999",
            "-00:00:00.000001",
        ] {
            assert_eq!(time(text).expect(text).to_string(), text);
        }
        let both = date_time("294276-12-31 23:59:59.999999+00").expect("PostgreSQL's last");
        assert_eq!(both.to_string(), "294276-12-31 23:59:59.999999");
    }

    #[test]
    fn years_before_the_first() {
        let ides = date_time("0044-03-15 12:00:00 BC").expect("a date");
        assert_eq!(ides.to_string(), "-0043-03-15 12:00:00");
        assert_eq!(with_era(ides.date, Some(ides.time)), "0044-03-15 12:00:00 BC");
        // The year 0 of MySQL is the year before the first.
        assert_eq!(with_era(date("0000-12-31").expect("a date"), None), "0001-12-31 BC");
        assert_eq!(date("-0043-03-15"), Some(ides.date));
    }

    #[test]
    fn nonsense_is_no_date() {
        for text in [
            "",
            "2024-1-1",
            "2024-13-01",
            "24-01-01",
            "2024-01-32",
            "2024-01-01T00:00:00",
            "0000-01-01 BC",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
        for text in [
            "",
            "1:00:00",
            "12:60:00",
            "12:00",
            "12:00:00.1234567",
            "12:00:60",
            "1 day",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
        for text in [
            "2024-01-01",
            "2024-01-01 24:00:00",
            "2024-01-01 00:00:00+02",
            "2024-01-01 -01:00:00",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }

    #[test]
    fn days_that_no_calendar_has() {
        let real = |text| matches!(date(text), Some(Date::Day(day)) if day.is_real());
        assert!(real("2024-02-29") && real("2000-02-29") && real("0000-02-29"));
        assert!(!real("1900-02-29") && !real("2024-02-31") && !real("2024-00-01") && !real("0000-00-00"));
    }
}
