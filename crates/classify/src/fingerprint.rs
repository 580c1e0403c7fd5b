//! What tells a finding from every other, from one run to the next.
//!
//! Programs that keep findings (code scanning, code quality) close and reopen them by it, so it hangs on nothing that
//! changes while the finding is the same: neither on lines of a file nor on wording, counts, severity or other findings.

use xxhash_rust::xxh3::xxh3_128;

/// The fingerprint of the n-th finding of a rule about an object, as 32 hexadecimal digits.
pub(crate) fn fingerprint(rule: &str, object: &str, nth: usize) -> String {
    let mut text = format!("{rule}\0{object}");
    if nth > 0 {
        text.push('\0');
        text.push_str(&nth.to_string());
    }
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value that changes here reopens every alert that users have closed.
    #[test]
    fn it_never_changes() {
        let print = fingerprint("horse-riddle", "public.skins(client_id)", 0);
        assert_eq!(print, fingerprint("horse-riddle", "public.skins(client_id)", 0));
        assert_ne!(print, fingerprint("horse-riddle", "public.skins(client_id)", 1));
        assert_ne!(print, fingerprint("self-loop", "public.skins(client_id)", 0));
        assert_eq!(print, "941e670a61ff7b993737b9c38f55e566");
    }
}
