//! Numbers for people.

/// `1 table`, `2 tables`, `1,200 tables`.
pub fn plural(number: usize, what: &str) -> String {
    let number_of = u64::try_from(number).unwrap_or(u64::MAX);
    format!("{} {what}{}", count(number_of), if number == 1 { "" } else { "s" })
}

/// `1 row`, `2 rows`.
pub fn rows(number: u64) -> String {
    format!("{} {}", count(number), if number == 1 { "row" } else { "rows" })
}

/// With a comma between thousands.
pub fn count(number: u64) -> String {
    exodus_schema::grouped(number.into())
}

/// In the unit that leaves a number below a thousand.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut rest = number;
    let mut unit = 0;
    while rest >= 1_000_000 {
        rest /= 1000;
        unit += 1;
    }
    let (whole, tenth) = (rest / 1000, rest % 1000 / 100);
    if whole < 10 {
        format!("{whole}.{tenth} {}", UNITS[unit])
    } else {
        format!("{whole} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_short() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(8_192), "8.1 kB");
        assert_eq!(bytes(73_400_320), "73 MB");
        assert_eq!(bytes(u64::MAX), "18 EB");
    }
}
