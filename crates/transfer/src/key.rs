//! The key of a client as text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which client: the values of the root table's key columns, in key order, each as the text that
/// [`Dialect::key_text`](exodus_engine::Dialect::key_text) reads and people type.
///
/// As text the parts are joined by commas; a comma or backslash inside a part has a backslash before it. That text is
/// what the dispatch store holds, and different keys have different texts. A backslash before anything else stands for
/// itself, so that PostgreSQL's `\x0aff` can be typed as it is. Serde uses the same text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientKey {
    parts: Vec<String>,
}

/// The text can't be a key on any database.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a client's key can't hold NUL characters")]
pub struct ParseKeyError;

impl ClientKey {
    /// A key of these parts. A key without parts is the key of one empty part.
    pub fn new(parts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut parts: Vec<String> = parts.into_iter().map(Into::into).collect();
        if parts.is_empty() {
            parts.push(String::new());
        }
        Self { parts }
    }

    /// The values in key order; at least one.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }
}

impl fmt::Display for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_char(',')?;
            }
            for c in part.chars() {
                if matches!(c, ',' | '\\') {
                    f.write_char('\\')?;
                }
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

impl FromStr for ClientKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        if text.contains('\0') {
            return Err(ParseKeyError);
        }
        let mut parts = vec![];
        let mut part = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                ',' => parts.push(std::mem::take(&mut part)),
                '\\' => part.push(chars.next_if(|next| matches!(next, ',' | '\\')).unwrap_or('\\')),
                _ => part.push(c),
            }
        }
        parts.push(part);
        Ok(Self { parts })
    }
}

impl Serialize for ClientKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClientKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(parts: &[&str]) -> ClientKey {
        ClientKey::new(parts.iter().copied())
    }

    #[test]
    fn people_type_plain_keys() {
        for (text, parts) in [
            ("42", &["42"][..]),
            ("7,42", &["7", "42"]),
            ("-0", &["-0"]),
            ("", &[""]),
            (",", &["", ""]),
            (" a , b ", &[" a ", " b "]),
            ("\\x0aff", &["\\x0aff"]),
            ("a\\,b", &["a,b"]),
            ("a\\\\,b", &["a\\", "b"]),
            ("end\\", &["end\\"]),
        ] {
            assert_eq!(text.parse(), Ok(key(parts)), "{text}");
        }
        assert_eq!("a\0b".parse::<ClientKey>(), Err(ParseKeyError));
    }

    proptest! {
        /// A separator inside a part must neither split the key nor make two keys look the same in the dispatch store.
        #[test]
        fn text_round_trips_and_tells_keys_apart(
            one in prop::collection::vec("[a,\\\\ é]{0,4}", 1..4),
            other in prop::collection::vec("[a,\\\\ é]{0,4}", 1..4),
        ) {
            let (one, other) = (ClientKey::new(one), ClientKey::new(other));
            prop_assert_eq!(one.to_string().parse(), Ok(one.clone()));
            prop_assert_eq!(one == other, one.to_string() == other.to_string());
        }
    }
}
