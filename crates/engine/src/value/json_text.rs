//! Reading JSON from text.

use super::json::{Node, Unread, sorted};

/// Documents that are nested deeper are not read: each level costs stack.
const DEEPEST: usize = 1_000;

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

/// Whether a text is a document, however deep. Half of a surrogate pair is left to who reads it: so PostgreSQL does.
pub(crate) fn is_document(text: &str) -> bool {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let mut open = vec![];
    loop {
        parser.blank();
        let opened = match parser.peek() {
            Some(b'[') => Some(b']'),
            Some(b'{') => Some(b'}'),
            _ if parser.scalar() => None,
            _ => return false,
        };
        if let Some(close) = opened {
            parser.at += 1;
            if !parser.take(close) {
                if close == b'}' && !parser.key() {
                    return false;
                }
                open.push(close);
                continue;
            }
        }
        // A value has ended, and with it may those around it.
        loop {
            let Some(close) = open.last() else {
                parser.blank();
                return parser.at == text.len();
            };
            if parser.take(*close) {
                open.pop();
            } else if parser.take(b',') {
                if *close == b'}' && !parser.key() {
                    return false;
                }
                break;
            } else {
                return false;
            }
        }
    }
}

/// Whether a document is nested deeper than can be read by value.
pub(crate) fn is_too_deep(text: &str) -> bool {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest > DEEPEST
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

    /// Passes over a value that holds no others.
    fn scalar(&mut self) -> bool {
        match self.peek() {
            Some(b'"') => self.pass_string(),
            Some(b'[' | b'{') | None => false,
            Some(_) => self.value().is_ok(),
        }
    }

    /// Passes over a key and its colon.
    fn key(&mut self) -> bool {
        self.blank();
        self.pass_string() && self.take(b':')
    }

    fn pass_string(&mut self) -> bool {
        if self.peek() != Some(b'"') {
            return false;
        }
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'"' => return true,
                b'\\' => match self.peek() {
                    Some(b'u') => {
                        self.at += 1;
                        if self.hex().is_err() {
                            return false;
                        }
                    }
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
                    _ => return false,
                },
                0..0x20 => return false,
                _ => {}
            }
        }
        false
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
