//! What happens from one state to the next.

use std::fmt;

use exodus_transfer::Event;

/// One step of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) who: Who,
    pub(crate) what: &'static str,
    /// The last event of the journal that it writes.
    pub(crate) event: Option<Event>,
    pub(crate) sort: Sort,
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Operator(usize),
    Writer,
    LateWriter,
    Server(&'static str),
}

/// Whether it can be counted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// It comes about by commands, and by waiting.
    Ordinary,
    /// It may come about, or not.
    Chance,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.who {
            Who::Operator(who) => write!(f, "operator {}: ", who + 1)?,
            Who::Writer => f.write_str("writer: ")?,
            Who::LateWriter => f.write_str("writer that asks nobody: ")?,
            Who::Server(whose) => write!(f, "{whose}: ")?,
        }
        f.write_str(self.what)?;
        match self.event {
            Some(event) => write!(f, " `{event}`"),
            None => Ok(()),
        }
    }
}
