//! What can go wrong between exodus and a database.

use std::fmt;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What kind of failure it was; decides the exit code and what is worth retrying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The address could not be understood.
    Address,
    /// No connection could be made: host, port, TLS, file.
    Connect,
    /// The server refused the user or the password.
    Authentication,
    /// TLS was refused by either side.
    Tls,
    /// The server rejected a statement.
    Statement,
    /// Somebody else held what was to be locked, for too long or until one of the two had to give way.
    Locked,
    /// A constraint of the database was violated.
    Constraint,
    /// The session may not do that.
    Privilege,
    /// The connection broke in the middle.
    Lost,
    /// The data does not fit where it should go, or came in an unexpected shape.
    Data,
    /// The work was cancelled from outside.
    Cancelled,
    /// What was asked for is not possible on this database.
    Unsupported,
}

/// A failure, with the database it happened on and what was being done.
///
/// It never carries a row's values or a password: drivers' detail texts that quote values are cut before they get here.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    database: String,
    doing: String,
    cause: Option<Cause>,
    help: Option<String>,
}

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the network says; TLS libraries add where one can read more.
pub(crate) fn of_network(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(": https://") {
        Some((text, _)) => text.to_owned(),
        None => text,
    }
}

impl Error {
    /// A failure of `kind` on `database` (its display name) while `doing` something ("reading public.rentals").
    pub fn new(kind: ErrorKind, database: impl Into<String>, doing: impl Into<String>) -> Self {
        Self {
            kind,
            database: database.into(),
            doing: doing.into(),
            cause: None,
            help: None,
        }
    }

    /// Adds the driver's error. Its text must be free of row values.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds what the user can do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Replaces what was being done, where the caller knows better.
    #[must_use]
    pub fn while_doing(mut self, doing: impl Into<String>) -> Self {
        self.doing = doing.into();
        self
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Display name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// What the user can do next, if something better than the message is known.
    pub fn next_step(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.database, self.doing)?;
        f.write_str(match self.kind {
            ErrorKind::Address => ": not a usable database address",
            ErrorKind::Connect => ": no connection",
            ErrorKind::Authentication => ": the server refused the user or password",
            ErrorKind::Tls => ": TLS failed",
            ErrorKind::Statement | ErrorKind::Locked => ": the server rejected the statement",
            ErrorKind::Constraint => ": a constraint was violated",
            ErrorKind::Privilege => ": permission denied",
            ErrorKind::Lost => ": the connection was lost",
            ErrorKind::Data => ": unusable data",
            ErrorKind::Cancelled => ": cancelled",
            ErrorKind::Unsupported => ": not possible here",
        })?;
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The cause is part of the message already; repeating it in a chain would print it twice.
        None
    }
}
