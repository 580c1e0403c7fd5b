//! How exodus ends: the exit codes, the same in every command, and the one way a failure is told.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done; nothing to complain about |
//! | 1 | hazards at or above `--fail-on`, or something is accepted that is not there any more |
//! | 2 | the command line, the configuration or the file of `--schema` is wrong; nothing was done |
//! | 3 | a database, a file or the system failed, or a move was refused; of many moves, at least one |
//! | 4 | a verification found rows that differ; of many moves, at least one's |
//! | 130 | interrupted (Ctrl-C) |
//!
//! A failure goes to the standard error as `error: …` and `help: …`; with `--format json` it goes to the standard
//! output as `{"error": {"code": …, "kind": …, "message": …, "help": …}}`, so that a program reads one stream only.

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use exodus_engine::ErrorKind;
use exodus_fleet::StoreError;
use exodus_schema::introspect::ReadError;
use serde_json::json;

use crate::args::{Format, Global};
use crate::output;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Done.
    Ok = 0,
    /// There are hazards.
    Hazards = 1,
    /// Wrong command line or configuration.
    Usage = 2,
    /// A database, a file or the system failed.
    Runtime = 3,
    /// Rows differ.
    Mismatch = 4,
    /// Ctrl-C.
    Interrupted = 130,
}

impl Code {
    /// What programs read.
    fn kind(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Hazards => "hazards",
            Self::Usage => "usage",
            Self::Runtime => "runtime",
            Self::Mismatch => "mismatch",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a command did not do what it was asked, and what to do next. Holds no row values and no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    code: Code,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// A failure that ends with `code`.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
        }
    }

    /// The command line or the configuration is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// A database, a file or the system failed, or a move was refused.
    pub(crate) fn runtime(message: impl Into<String>) -> Self {
        Self::new(Code::Runtime, message)
    }

    /// Adds what to do next.
    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what is more to say about what to do, behind what is known already.
    #[must_use]
    pub(crate) fn and_help(self, more: &str) -> Self {
        let help = match self.next_step() {
            Some(help) => format!("{help}; {more}"),
            None => more.to_owned(),
        };
        self.help(help)
    }

    /// The code it ends with.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// What happened.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// What to do next, if anything is known.
    pub(crate) fn next_step(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The failure for programs.
    pub(crate) fn value(&self) -> serde_json::Value {
        json!({
            "code": self.code as u8,
            "kind": self.code.kind(),
            "message": self.message,
            "help": self.help,
        })
    }
}

impl From<exodus_engine::Error> for Failure {
    fn from(error: exodus_engine::Error) -> Self {
        let code = match error.kind() {
            ErrorKind::Address => Code::Usage,
            _ => Code::Runtime,
        };
        Self {
            code,
            message: error.to_string(),
            help: error.next_step().map(str::to_owned).or_else(|| next_step(error.kind())),
        }
    }
}

/// What can be done about any failure of that kind.
fn next_step(kind: ErrorKind) -> Option<String> {
    let text = match kind {
        ErrorKind::Authentication => {
            "a password is taken from the URL, from PGPASSWORD or ~/.pgpass, or from MYSQL_PWD"
        }
        ErrorKind::Connect => "look whether the server runs, and can be reached from here",
        ErrorKind::Lost => "its server's log may say why",
        ErrorKind::Cancelled => "somebody has ended the statement, or a limit of the server's: its log may say which",
        ErrorKind::Tls => "`sslmode` in the URL, or `tls` in exodus.toml, says how TLS is used",
        _ => return None,
    };
    Some(text.to_owned())
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let help = error.next_step();
        let code = match error {
            StoreError::Database(error) => return error.into(),
            StoreError::TooLong { .. }
            | StoreError::NoSuchMove(_)
            | StoreError::NotReturnable { .. }
            | StoreError::NoSuchClient(_) => Code::Usage,
            _ => Code::Runtime,
        };
        Self {
            code,
            message: error.to_string(),
            help,
        }
    }
}

impl From<ReadError<exodus_engine::Error>> for Failure {
    fn from(error: ReadError<exodus_engine::Error>) -> Self {
        let message = error.to_string();
        match error {
            // The database's own words tell more than the name of the query.
            ReadError::Query { source, .. } => source.into(),
            ReadError::NoSuchSchema { .. } => {
                Self::usage(message).help("`schemas` in exodus.toml says which schemas are read")
            }
            ReadError::NoDatabase => Self::usage(message),
            ReadError::Answer { .. } => Self::runtime(message),
        }
    }
}

/// Tells the failure and gives its exit code.
pub(crate) fn report(failure: &Failure, global: &Global) -> ExitCode {
    if global.format() == Format::Json {
        let error = json!({ "error": failure.value() });
        // There is no stream left to complain on if this one fails.
        drop(output::print(&format!("{error:#}\n")));
    } else {
        let red = output::style(global, Style::new().bold().fg_color(Some(AnsiColor::Red.into())));
        let bold = output::style(global, Style::new().bold());
        output::note(&format!("{red}error:{red:#} {}", failure.message));
        if let Some(help) = &failure.help {
            output::note(&format!("{bold}help:{bold:#} {help}"));
        }
    }
    failure.code.into()
}
