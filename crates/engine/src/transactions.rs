//! Transactions that are open on a server, by which a move learns that nobody can still be writing.

use exodus_schema::is_control_or_bidi;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The most characters of a name that somebody else has chosen.
const LONGEST_NAME: usize = 64;

/// A transaction that is open and may write to the session's database.
///
/// It has no statements and no values, only what tells people whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTransaction {
    /// By what the server knows it as long as a session has it; nothing, if it is prepared and nobody's any more.
    session: Option<String>,
    /// Its own number, which no other transaction gets; some servers give it one with its first write.
    number: Option<String>,
    /// In which second it began, or the one before or after it; where another one can't have the same session, nothing.
    began: Option<i64>,
    /// How many seconds it was open when it was looked at.
    age: Option<u64>,
    prepared: bool,
    who: String,
    end: Option<String>,
}

impl OpenTransaction {
    /// A session's.
    pub(crate) fn of_session(session: &str, number: Option<String>, began: Option<i64>) -> Self {
        Self {
            session: Some(session.to_owned()),
            number,
            began,
            age: None,
            prepared: false,
            who: String::new(),
            end: None,
        }
    }

    /// One that is prepared, and belongs to no session any more.
    pub(crate) fn prepared(number: String, began: Option<i64>) -> Self {
        Self {
            session: None,
            number: Some(number),
            began,
            age: None,
            prepared: true,
            who: String::new(),
            end: None,
        }
    }

    /// The session's transaction goes by another name, which no other one gets.
    #[must_use]
    pub(crate) fn known_by(mut self, name: String) -> Self {
        self.session = Some(name);
        self
    }

    /// Words for people, how many seconds it is old, and the statement that ends it.
    #[must_use]
    pub(crate) fn told(mut self, who: &str, age: Option<u64>, end: Option<String>) -> Self {
        who.clone_into(&mut self.who);
        self.age = age;
        self.end = end;
        self
    }

    /// By what the server knows it as long as a session has it.
    pub(crate) fn session(&self) -> Option<&str> {
        self.session.as_deref()
    }

    /// Whose it is, in words: session, user, application.
    pub fn who(&self) -> &str {
        &self.who
    }

    /// The same, and for how long it has been open, where the server tells.
    pub fn described(&self) -> String {
        let mut text = self.who.clone();
        if let Some(age) = self.age {
            let how = if self.prepared { "prepared for" } else { "open for" };
            // A String takes everything.
            let _ = write!(text, ", {how} {age} s");
        }
        text
    }

    /// It is prepared, and ends only if somebody ends it, or it has been open for so many seconds.
    pub fn holds_on(&self, seconds: u64) -> bool {
        self.prepared || self.age.is_some_and(|age| age >= seconds)
    }

    /// A statement by which somebody who may can end it.
    pub fn end(&self) -> Option<&str> {
        self.end.as_deref()
    }

    /// Whether a transaction that was met later can be this one.
    fn may_be(&self, later: &Self) -> bool {
        self.session == later.session && self.is_as(later)
    }

    /// Whether a prepared transaction that was met later, and not before, can have come of this one.
    fn may_have_become(&self, later: &Self) -> bool {
        !self.prepared && self.is_as(later)
    }

    /// One that had no number may have got it.
    fn is_as(&self, later: &Self) -> bool {
        let began = match (self.began, later.began) {
            (Some(one), Some(other)) => one.abs_diff(other) <= 1,
            _ => true,
        };
        began && (self.number.is_none() || self.number == later.number)
    }
}

/// Text of somebody else's choice, fit to be shown: one short line.
pub(crate) fn shown(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|c| !is_control_or_bidi(*c))
        .take(LONGEST_NAME + 1)
        .collect();
    match plain.char_indices().nth(LONGEST_NAME) {
        Some((at, _)) => format!("{}…", &plain[..at]),
        None => plain,
    }
}

/// Transactions that were open at one moment, until each of them has ended.
#[derive(Clone, Debug, Default)]
pub struct Fence {
    open: Vec<OpenTransaction>,
    /// Prepared transactions that were met, by number: those that come later may have been a session's that is waited for.
    prepared: BTreeSet<String>,
}

impl Fence {
    /// Those that are open now have to end.
    pub fn of(open: Vec<OpenTransaction>) -> Self {
        let prepared = open.iter().filter_map(prepared_number).collect();
        Self { open, prepared }
    }

    /// Those that have not ended yet, as they were met last.
    pub fn open(&self) -> &[OpenTransaction] {
        &self.open
    }

    /// A later look: what has begun meanwhile doesn't count.
    pub fn look(&mut self, now: Vec<OpenTransaction>) {
        let gone: Vec<_> = self
            .open
            .iter()
            .filter(|one| !now.iter().any(|later| one.may_be(later)))
            .cloned()
            .collect();
        let numbers = now.iter().filter_map(prepared_number).collect::<Vec<_>>();
        let is_new = |later: &OpenTransaction| prepared_number(later).is_some_and(|it| !self.prepared.contains(&it));
        let waited = |later: &OpenTransaction| {
            self.open.iter().any(|one| one.may_be(later))
                || (is_new(later) && gone.iter().any(|one| one.may_have_become(later)))
        };
        self.open = now.into_iter().filter(waited).collect();
        self.prepared.extend(numbers);
    }
}

fn prepared_number(of: &OpenTransaction) -> Option<String> {
    of.number.clone().filter(|_| of.session.is_none() && of.prepared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(session: &str, number: Option<&str>, began: i64) -> OpenTransaction {
        OpenTransaction::of_session(session, number.map(str::to_owned), Some(began))
    }

    #[track_caller]
    fn remains(first: &OpenTransaction, later: &OpenTransaction, expected: bool) {
        let mut fence = Fence::of(vec![first.clone()]);
        fence.look(vec![later.clone()]);
        assert_eq!(!fence.open().is_empty(), expected);
    }

    /// A session that goes on to its next transaction is not waited for any more.
    #[test]
    fn a_later_transaction_of_the_same_session_is_told_apart() {
        let numbered = |number| session("7", Some(number), 100);
        let silent = session("7", None, 100);
        remains(&numbered("1"), &numbered("1"), true);
        remains(&numbered("1"), &numbered("2"), false);
        remains(&numbered("1"), &session("8", Some("1"), 100), false);
        remains(&silent, &silent, true);
        // The second can't be told exactly.
        remains(&silent, &session("7", None, 101), true);
        remains(&silent, &session("7", None, 102), false);
        // It may have got its number meanwhile, and doesn't lose it again.
        remains(&silent, &numbered("5"), true);
        remains(&numbered("5"), &silent, false);
    }

    /// PREPARE TRANSACTION takes it away from its session.
    #[test]
    fn one_that_was_prepared_meanwhile_is_waited_for() {
        let prepared = |number: &str| OpenTransaction::prepared(number.to_owned(), None);
        let of_session = |session| OpenTransaction::of_session(session, None, None);
        let mut fence = Fence::of(vec![of_session("7"), prepared("1")]);
        fence.look(vec![of_session("7"), prepared("1"), prepared("2")]);
        assert_eq!(fence.open().len(), 2, "the second one is nobody's that is waited for");
        fence.look(vec![prepared("2"), prepared("3")]);
        assert_eq!(fence.open(), [prepared("3")]);
        fence.look(vec![prepared("2"), prepared("4")]);
        assert!(fence.open().is_empty());
        // By its number, where it has one.
        let mut fence = Fence::of(vec![OpenTransaction::of_session("7", Some("5".to_owned()), None)]);
        fence.look(vec![prepared("6"), prepared("5")]);
        assert_eq!(fence.open().len(), 1);
    }

    #[test]
    fn names_are_one_short_line() {
        assert_eq!(shown("a\u{1b}[2J\nb"), "a[2Jb");
        assert_eq!(shown(&"é".repeat(65)), format!("{}…", "é".repeat(64)));
        assert_eq!(shown(&"é".repeat(64)), "é".repeat(64));
    }
}
