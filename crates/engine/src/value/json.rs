//! JSON by value, with numbers of any size: parsers of the usual kind make floats of them.

use super::decimal;

/// Documents that are nested deeper are not read: each level costs stack.
const DEEPEST: usize = 1_000;

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

/// Reads a document. Of keys that are there twice the last one counts, as it does to `jsonb` and to MySQL; keys are sorted
/// as both do, shorter ones first.
pub(crate) fn parse(text: &str) -> Result<Node<'_>, Unread> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let node = parser.value()?;
    parser.blank();
    if parser.at == text.len() {
        Ok(node)
    } else {
        Err(Unread::NotJson)
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The next byte that is not blank, if it is this one.
    fn take(&mut self, byte: u8) -> bool {
        self.blank();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn must(&mut self, byte: u8) -> Result<(), Unread> {
        if self.take(byte) { Ok(()) } else { Err(Unread::NotJson) }
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, Unread> {
        if self.text[self.at..].starts_with(word) {
            self.at += word.len();
            return Ok(node);
        }
        Err(Unread::NotJson)
    }

    fn value(&mut self) -> Result<Node<'a>, Unread> {
        self.blank();
        match self.peek() {
            Some(b'n') => self.word("null", Node::Null),
            Some(b't') => self.word("true", Node::Boolean(true)),
            Some(b'f') => self.word("false", Node::Boolean(false)),
            Some(b'"') => self.string().map(Node::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'[' | b'{') => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(Unread::TooDeep);
                }
                let node = if self.take(b'[') { self.array() } else { self.object() };
                self.depth -= 1;
                node
            }
            _ => Err(Unread::NotJson),
        }
    }

    fn array(&mut self) -> Result<Node<'a>, Unread> {
        let mut items = vec![];
        if self.take(b']') {
            return Ok(Node::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.take(b']') {
                return Ok(Node::Array(items));
            }
            self.must(b',')?;
        }
    }

    fn object(&mut self) -> Result<Node<'a>, Unread> {
        self.must(b'{')?;
        let mut members = vec![];
        if self.take(b'}') {
            return Ok(Node::Object(members));
        }
        loop {
            self.blank();
            let key = self.string()?;
            self.must(b':')?;
            members.push((key, self.value()?));
            if self.take(b'}') {
                return Ok(Node::Object(sorted(members)));
            }
            self.must(b',')?;
        }
    }

    fn digits(&mut self) -> Result<usize, Unread> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at > start {
            Ok(self.at - start)
        } else {
            Err(Unread::NotJson)
        }
    }

    fn number(&mut self) -> Result<Node<'a>, Unread> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let zero = self.peek() == Some(b'0');
        let whole = self.digits()?;
        if zero && whole > 1 {
            return Err(Unread::NotJson);
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(Node::Number(&self.text[start..self.at]))
    }

    fn string(&mut self) -> Result<String, Unread> {
        if self.peek() != Some(b'"') {
            return Err(Unread::NotJson);
        }
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find(['"', '\\']).ok_or(Unread::NotJson)?;
            let plain = &rest[..end];
            if plain.bytes().any(|byte| byte < 0x20) {
                return Err(Unread::NotJson);
            }
            out.push_str(plain);
            self.at += end + 1;
            if rest.as_bytes()[end] == b'"' {
                return Ok(out);
            }
            out.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, Unread> {
        let byte = self.peek().ok_or(Unread::NotJson)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first).ok_or(Unread::NotJson);
                }
                if !self.text[self.at..].starts_with("\\u") {
                    return Err(Unread::NotJson);
                }
                self.at += 2;
                let second = self.hex()?.checked_sub(0xdc00).filter(|low| *low < 0x400);
                let low = second.ok_or(Unread::NotJson)?;
                return char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + low).ok_or(Unread::NotJson);
            }
            _ => return Err(Unread::NotJson),
        })
    }

    fn hex(&mut self) -> Result<u32, Unread> {
        let digits = self.text.get(self.at..self.at + 4).ok_or(Unread::NotJson)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Unread::NotJson);
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| Unread::NotJson)
    }
}

fn sorted<'a>(mut members: Vec<(String, Node<'a>)>) -> Vec<(String, Node<'a>)> {
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
        let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(parse(&deep(1_000)).map(|node| node.depth()), Ok(1_000));
        assert_eq!(parse(&deep(1_001)), Err(Unread::TooDeep));
    }

    #[test]
    fn nul_is_found_in_keys_too() {
        assert!(parse(r#"[{"a\u0000": 1}]"#).is_ok_and(|node| node.has_nul()));
        assert!(!parse(r#"["\\u0000"]"#).is_ok_and(|node| node.has_nul()));
    }
}
