//! Numbers in the words of findings.

use exodus_schema::grouped;

/// `1 pair`, `2,000 pairs`.
pub(super) fn counted(number: u64, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{} {word}", grouped(i128::from(number)))
}

/// The sentence about rows that a finding is about.
pub(super) fn such_rows(number: u64) -> String {
    let are = if number == 1 { "is" } else { "are" };
    format!("There {are} {}.", counted(number, "such row", "such rows"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_their_words() {
        assert_eq!(such_rows(1), "There is 1 such row.");
        assert_eq!(such_rows(12_345), "There are 12,345 such rows.");
    }
}
