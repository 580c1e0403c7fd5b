//! What is wrong with the file, where, and what was probably meant.
//!
//! serde's messages quote values, and a value may be a URL with a password: only keys and the words of this program
//! are shown, and never the line itself.

use crate::exit::Failure;

/// The failure that a file with this error is.
pub(super) fn failure(error: &toml::de::Error, text: &str, shown: &str) -> Failure {
    let place = match error.span() {
        Some(span) => place(shown, text, span.start),
        None => shown.to_owned(),
    };
    let message = error.message();
    let failure = |problem: &str| Failure::usage(format!("{place}: {problem}"));
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return unknown(rest, |key| failure(&format!("unknown key `{key}`")));
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return unknown(rest, |_| failure("unknown word"));
    }
    if let Some(rest) = message.strip_prefix("missing field ") {
        return failure(&format!("the key {rest} is missing"));
    }
    for kind in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some(rest) = message.strip_prefix(kind) {
            let expected = rest
                .rsplit_once(", expected ")
                .map_or("something else", |(_, expected)| expected);
            return failure(&format!("the value should be {expected}")).help(
                "docs/exodus.schema.json describes every key; editors that know JSON Schema check it as you type",
            );
        }
    }
    if error.message().starts_with("a text") {
        return failure(&format!("the value should be {message}"));
    }
    // What is left are the parser's own words, which quote nothing.
    failure(&format!("not TOML: {message}"))
}

/// serde writes: `` `word`, expected one of `a`, `b` `` (or `` expected `a` ``, or `` there are no fields ``).
fn unknown(rest: &str, failure: impl Fn(&str) -> Failure) -> Failure {
    // Everything between backticks; what people wrote may hold some itself, so the known words are taken from behind.
    let (word, known) = rest.rsplit_once(", expected ").unwrap_or((rest, ""));
    let word = word.trim_matches('`');
    let known: Vec<_> = known.split('`').skip(1).step_by(2).collect();
    let help = match near(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    failure(word).help(help)
}

/// The word that is spelt most like this one, if any is much like it.
pub(crate) fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let score = |other: &str| {
        let other = other.to_lowercase();
        // In short words one slip is enough to look unlike.
        let slip = if strsim::osa_distance(&word, &other) == 1 {
            0.9
        } else {
            0.0
        };
        strsim::jaro_winkler(&word, &other).max(slip)
    };
    known
        .into_iter()
        .map(|other| (score(other), other))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|(one, a), (other, b)| one.total_cmp(other).then_with(|| b.cmp(a)))
        .map(|(_, other)| other)
}

/// `file:line:column`, both counted from 1 as editors do.
pub(super) fn place(shown: &str, text: &str, at: usize) -> String {
    let (line, column) = position(text, at);
    format!("{shown}:{line}:{column}")
}

/// Line and column of a byte, counted from 1.
pub(super) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
