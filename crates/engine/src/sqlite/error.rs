//! SQLite's errors in this crate's terms.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::error::{Error, ErrorKind};

/// What a failing statement looks like to the user.
pub(super) fn error(name: &str, doing: impl Into<String>, cause: &rusqlite::Error) -> Error {
    build(name, doing, cause, |kind| kind)
}

/// The same while the file is being opened, where most failures mean that there is no connection.
pub(super) fn open_error(name: &str, doing: impl Into<String>, cause: &rusqlite::Error) -> Error {
    build(name, doing, cause, |kind| match kind {
        ErrorKind::Cancelled | ErrorKind::Privilege => kind,
        _ => ErrorKind::Connect,
    })
}

fn build(
    name: &str,
    doing: impl Into<String>,
    cause: &rusqlite::Error,
    adjust: impl FnOnce(ErrorKind) -> ErrorKind,
) -> Error {
    let (code, extended, message) = parts(cause);
    let (kind, help) = classify(code, extended);
    let error = Error::new(adjust(kind), name, doing).because(safe_message(code, extended, message));
    let application = ["no such function", "no such collation", "no such module"];
    match help {
        _ if message.starts_with(NESTED) => error.help(NESTED_HELP),
        _ if application.iter().any(|start| message.starts_with(start)) => error.help(APPLICATION),
        Some(help) => error.help(help),
        None => error,
    }
}

const NESTED: &str = "VIEWs and/or subqueries nested too deep";
const NESTED_HELP: &str = "the schema's loops have more relations than SQLite follows in one statement; an audit of all \
    clients, without `--client`, needs no such statement";
const APPLICATION: &str = "if the schema uses it, the application defines it for its own sessions: only the \
    application can read and write such a table";

fn parts(cause: &rusqlite::Error) -> (ErrorCode, i32, &str) {
    match cause {
        rusqlite::Error::SqliteFailure(error, message) => {
            (error.code, error.extended_code, message.as_deref().unwrap_or_default())
        }
        // Its own text would print the statement, and with it the keys in its conditions.
        rusqlite::Error::SqlInputError { error, msg, .. } => (error.code, error.extended_code, msg),
        rusqlite::Error::NulError(_) => (ErrorCode::Unknown, ffi::SQLITE_ERROR, "NUL in a statement"),
        rusqlite::Error::MultipleStatement => (ErrorCode::Unknown, ffi::SQLITE_ERROR, "more than one statement"),
        _ => (
            ErrorCode::Unknown,
            ffi::SQLITE_ERROR,
            "unexpected answer of the library",
        ),
    }
}

fn classify(code: ErrorCode, extended: i32) -> (ErrorKind, Option<&'static str>) {
    match code {
        ErrorCode::OperationInterrupted => (ErrorKind::Cancelled, None),
        ErrorCode::ConstraintViolation => constraint(extended),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => (ErrorKind::Locked, Some(BUSY)),
        ErrorCode::FileLockingProtocolFailed => (ErrorKind::Statement, Some(LOCKING)),
        ErrorCode::ReadOnly => (ErrorKind::Privilege, Some(read_only_help(extended))),
        ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => (ErrorKind::Privilege, None),
        ErrorCode::CannotOpen => (ErrorKind::Connect, Some(CANNOT_OPEN)),
        ErrorCode::NotADatabase => (
            ErrorKind::Connect,
            Some("the file is not an SQLite database, or it is encrypted; check the path"),
        ),
        ErrorCode::DatabaseCorrupt => (ErrorKind::Data, Some(CORRUPT)),
        ErrorCode::DiskFull => (
            ErrorKind::Statement,
            Some("the disk, or the limit of the file's size, is full; nothing was kept of this transaction"),
        ),
        // The pages may or may not have reached the disk; SQLite finds out when the file is opened again.
        ErrorCode::SystemIoFailure => (
            ErrorKind::Lost,
            Some("the operating system could not read or write the file; see its log"),
        ),
        ErrorCode::TooBig | ErrorCode::TypeMismatch => (ErrorKind::Data, None),
        _ => (ErrorKind::Statement, None),
    }
}

const BUSY: &str = "another process holds the file (an application, a backup, an open `sqlite3` shell, or another \
    exodus); `fuser FILE` names it; with a rollback journal, readers block writers as well: `PRAGMA journal_mode=WAL` \
    ends that";
const LOCKING: &str = "the file system does not lock files as SQLite needs it; copy the database to a local disk";
const CANNOT_OPEN: &str = "check the path and the permissions of the file and of its directory, in which SQLite needs \
    to create its journal";
const CORRUPT: &str = "the file is damaged; `sqlite3 FILE 'PRAGMA integrity_check'` tells where, `sqlite3 FILE \
    .recover` saves what can be saved";

fn read_only_help(extended: i32) -> &'static str {
    if extended == ffi::SQLITE_READONLY_ROLLBACK || extended == ffi::SQLITE_READONLY_RECOVERY {
        "a writer died and left a journal, which only a session that may write can play back: \
         run `sqlite3 FILE 'PRAGMA user_version'` once"
    } else {
        "the file, its directory or this session is read-only (a dry run's sessions always are)"
    }
}

fn constraint(extended: i32) -> (ErrorKind, Option<&'static str>) {
    let help = match extended {
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
            "a row refers to a row that is not there, or a removed row is still referred to; \
             `PRAGMA foreign_key_check` lists such rows"
        }
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            "a row with the same key is there already"
        }
        ffi::SQLITE_CONSTRAINT_TRIGGER => "a trigger of the database refused the row",
        ffi::SQLITE_CONSTRAINT_DATATYPE => {
            return (
                ErrorKind::Data,
                Some("a STRICT table takes values of its columns' types only"),
            );
        }
        _ => return (ErrorKind::Constraint, None),
    };
    (ErrorKind::Constraint, Some(help))
}

/// Beginnings of messages that name tables, columns and constraints, and never quote a value.
const SAFE: &[&str] = &[
    "Expression tree is too large",
    "CHECK constraint failed",
    "FOREIGN KEY constraint failed",
    NESTED,
    "NOT NULL constraint failed",
    "PRIMARY KEY constraint failed",
    "UNIQUE constraint failed",
    "ambiguous column name",
    "attempt to write a readonly database",
    "cannot ",
    "datatype mismatch",
    "file is not a database",
    "foreign key mismatch",
    "integer overflow",
    "malformed database schema",
    "more than one statement",
    "no such collation sequence",
    "no such column",
    "no such function",
    "no such index",
    "no such module",
    "no such table",
    "NUL in a statement",
    "parser stack overflow",
    "table ",
    "too many ",
    "unexpected answer of the library",
    "unsafe use of",
];

/// The library's message if it cannot hold a value; else the general text of its code.
///
/// A syntax error quotes the statement, `RAISE` whatever the trigger makes up, JSON functions their input.
fn safe_message(code: ErrorCode, extended: i32, message: &str) -> String {
    let from_trigger = extended == ffi::SQLITE_CONSTRAINT_TRIGGER;
    let syntax = message.ends_with("syntax error") || message.starts_with("unrecognized token");
    if !from_trigger && !syntax && SAFE.iter().any(|start| message.starts_with(start)) {
        return format!("{message} (SQLite error {extended})");
    }
    let text = match code {
        _ if from_trigger => "a trigger refused the row".to_owned(),
        _ if syntax => "syntax error".to_owned(),
        // An error of SQL has no text of its own beyond "SQL logic error".
        _ => general_text(extended),
    };
    format!("{text} (SQLite error {extended})")
}

fn general_text(extended: i32) -> String {
    ffi::code_to_str(extended).to_owned()
}
