//! JSON by value, with numbers of any size: parsers of the usual kind make floats of them.

use super::decimal;
pub(crate) use super::json_text::{is_document, is_too_deep, parse};

/// A document. Numbers are as they were written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Boolean(bool),
    Number(&'a str),
    Text(String),
    Array(Vec<Node<'a>>),
    Object(Vec<(String, Node<'a>)>),
}

/// Why a text is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    NotJson,
    TooDeep,
}

pub(super) fn sorted<'a>(mut members: Vec<(String, Node<'a>)>) -> Vec<(String, Node<'a>)> {
    // Stable, so that of equal keys the last one is the last to be seen.
    members.sort_by(|(one, _), (other, _)| (one.len(), one).cmp(&(other.len(), other)));
    let mut kept: Vec<(String, Node<'a>)> = Vec::with_capacity(members.len());
    for (key, value) in members {
        match kept.last_mut() {
            Some((last, old)) if *last == key => *old = value,
            _ => kept.push((key, value)),
        }
    }
    kept
}

impl Node<'_> {
    /// Appends one text for each value.
    pub(crate) fn canonical(&self, out: &mut Vec<u8>) {
        self.write(out, &|number, out: &mut Vec<u8>| {
            let number = decimal::scientific(number);
            out.extend_from_slice(number.as_deref().unwrap_or("?").as_bytes());
        });
    }

    /// Appends the document as `jsonb` and MySQL show it, apart from what becomes of its numbers.
    pub(crate) fn write(&self, out: &mut Vec<u8>, number: &dyn Fn(&str, &mut Vec<u8>)) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Boolean(true) => out.extend_from_slice(b"true"),
            Self::Boolean(false) => out.extend_from_slice(b"false"),
            Self::Number(text) => number(text, out),
            Self::Text(text) => quoted(text, out),
            Self::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    out.extend_from_slice(if at > 0 { b", " } else { b"" });
                    item.write(out, number);
                }
                out.push(b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                for (at, (key, value)) in members.iter().enumerate() {
                    out.extend_from_slice(if at > 0 { b", " } else { b"" });
                    quoted(key, out);
                    out.extend_from_slice(b": ");
                    value.write(out, number);
                }
                out.push(b'}');
            }
        }
    }

    /// Whether every number in it is so.
    pub(crate) fn all_numbers(&self, good: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Number(text) => good(text),
            Self::Array(items) => items.iter().all(|item| item.all_numbers(good)),
            Self::Object(members) => members.iter().all(|(_, value)| value.all_numbers(good)),
            Self::Null | Self::Boolean(_) | Self::Text(_) => true,
        }
    }

    /// Whether a text in it, or a key, has a NUL character.
    pub(crate) fn has_nul(&self) -> bool {
        match self {
            Self::Text(text) => text.contains('\0'),
            Self::Array(items) => items.iter().any(Self::has_nul),
            Self::Object(members) => members.iter().any(|(key, value)| key.contains('\0') || value.has_nul()),
            Self::Null | Self::Boolean(_) | Self::Number(_) => false,
        }
    }

    /// Levels of arrays and objects.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Array(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }
}

fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            c if c < ' ' => out.extend_from_slice(format!("\\u{:04x}", u32::from(c)).as_bytes()),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        let mut out = vec![];
        parse(text).expect(text).canonical(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn documents_of_one_value_have_one_text() {
        for [one, other] in [
            [r#"{"b": 1, "aa": 2, "a": 3}"#, r#"{"a":3.0,"b":1,"aa":2e0}"#],
            [r#"{"a":1,"a":2}"#, r#"{"a": 2}"#],
            [r#""\u00e9\ud83d\ude00\/""#, "\"é😀/\""],
            ["[1e400, -0.0]", "[10e399,0]"],
            [" [ ] ", "[]"],
        ] {
            assert_eq!(canonical(one), canonical(other));
        }
        for [one, other] in [
            ["1", "\"1\""],
            ["null", "\"null\""],
            ["[[]]", "[]"],
            ["0.1", "0.10000000000000001"],
        ] {
            assert_ne!(canonical(one), canonical(other));
        }
    }

    #[test]
    fn what_is_no_document() {
        for text in [
            "",
            "01",
            "1.",
            "-",
            "[1,]",
            "{\"a\"}",
            "nul",
            "\"\u{1}\"",
            "\"\\ud800\"",
            "\"\\x\"",
            "1 2",
            "{1:2}",
        ] {
            assert_eq!(parse(text), Err(Unread::NotJson), "{text}");
        }
        for text in [
            "",
            "[1,]",
            "{\"a\"}",
            "{\"a\":1,}",
            "[",
            "[1}",
            "\"\\x\"",
            "1 2",
            "{1:2}",
            "\"\\u12\"",
        ] {
            assert!(!is_document(text), "{text}");
        }
        for text in [
            "{}",
            " [ ] ",
            "{\"a\": [1, {\"b\": null}], \"\\ud800\": \"\"}",
            "-1.5e3",
            "\"[\"",
        ] {
            assert!(is_document(text), "{text}");
        }
        let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(parse(&deep(1_000)).map(|node| node.depth()), Ok(1_000));
        assert_eq!(parse(&deep(1_001)), Err(Unread::TooDeep));
        assert!(is_too_deep(&deep(1_001)) && !is_too_deep(&deep(1_000)) && !is_too_deep("\"[[\\\"[[\""));
        assert!(is_document(&deep(100_000)));
    }

    #[test]
    fn nul_is_found_in_keys_too() {
        assert!(parse(r#"[{"a\u0000": 1}]"#).is_ok_and(|node| node.has_nul()));
        assert!(!parse(r#"["\\u0000"]"#).is_ok_and(|node| node.has_nul()));
    }
}
