//! The driver's errors in our words, without a single value of a row.
//!
//! The server's texts quote values freely: always in DETAIL and CONTEXT, often in the message of a data exception
//! (`invalid input syntax for type integer: "x"`), and wherever a trigger's author wanted to. So messages are passed on
//! for those classes of SQLSTATE only whose messages name objects and nothing else; for the rest we have words of our
//! own. Names of constraints, tables and columns are separate fields of the protocol, and kept.

use std::error::Error as _;
use std::fmt::Write as _;

use tokio_postgres::error::{DbError, Severity};

use crate::address::Server;
use crate::error::{Error, ErrorKind};
use crate::tls;

/// Classes of SQLSTATE whose messages never quote a value.
const KEPT_CLASSES: &[&str] = &[
    "08", "0A", "25", "28", "2B", "3D", "3F", "40", "42", "44", "53", "55", "57", "58", "F0", "XX",
];

/// Source files of the procedural languages: a message from there was written by a user and may hold anything.
const USER_CODE: &[&str] = &["pl_exec", "plpy", "plperl", "pltcl", "plv8"];

/// An error of a connected session. A broken connection without a reason comes out as [`ErrorKind::Lost`].
pub(super) fn of_statement(name: &str, doing: &str, error: &tokio_postgres::Error) -> Error {
    match error.as_db_error() {
        Some(db) => {
            let kind = kind_of(db);
            let failure = Error::new(kind, name, doing).because(message(db));
            match help_for_statement(db, kind) {
                Some(help) => failure.help(help),
                None => failure,
            }
        }
        None if is_unreadable(error) => Error::new(ErrorKind::Data, name, doing)
            .because("the server sent text that is not UTF-8")
            .help("the database's encoding is probably SQL_ASCII; convert it to UTF8 first"),
        None => Error::new(ErrorKind::Lost, name, doing).because(io_text(error)),
    }
}

/// An error on the way to a session.
pub(super) fn of_connecting(name: &str, server: &Server, error: &tokio_postgres::Error) -> Error {
    let doing = connecting(server);
    if let Some(db) = error.as_db_error() {
        let (kind, help) = refused(db, server);
        let failure = Error::new(kind, name, doing).because(message(db));
        return match help {
            Some(help) => failure.help(help),
            None => failure,
        };
    }
    // The driver keeps the kind of its errors to itself; their texts are all that tells them apart.
    let text = error.to_string();
    if text.starts_with("error performing TLS handshake") {
        return of_handshake(name, server, error);
    }
    if text.starts_with("invalid configuration") || text.starts_with("authentication error") {
        return Error::new(ErrorKind::Authentication, name, doing)
            .because(cause_text(error))
            .help(password_help(server));
    }
    let cause = io_error(error);
    Error::new(ErrorKind::Connect, name, doing)
        .because(io_text(error))
        .help(unreachable_help(server, cause.map(std::io::Error::kind)))
}

/// The server did not answer in time.
pub(super) fn timed_out(name: &str, server: &Server) -> Error {
    Error::new(ErrorKind::Connect, name, connecting(server))
        .because("no answer in time")
        .help(unreachable_help(server, Some(std::io::ErrorKind::TimedOut)))
}

/// Why the task that drives a session ended.
pub(super) fn reason(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| io_text(error), message)
}

/// Only this one of the columns was in the server's mind, if it says so. The name is believed because it is one of
/// `columns`: what else stands in the context may be a value.
pub(super) fn column_in_context<'a>(
    error: &tokio_postgres::Error,
    columns: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let (_, after) = error.as_db_error()?.where_()?.lines().next()?.split_once(", column ")?;
    let mut found: Vec<_> = columns
        .filter(|column| after == *column || after.strip_prefix(column).is_some_and(|rest| rest.starts_with(": ")))
        .collect();
    // A name that goes on with ": " could be the beginning of another: then nobody knows which one was meant.
    if found.len() == 1 { found.pop() } else { None }
}

fn connecting(server: &Server) -> String {
    format!("connecting to {}", place(server))
}

/// Host and port, or the socket's file.
fn place(server: &Server) -> String {
    if server.host.starts_with('/') {
        format!("{}/.s.PGSQL.{}", server.host.trim_end_matches('/'), server.port)
    } else if server.host.contains(':') {
        format!("[{}]:{}", server.host, server.port)
    } else {
        format!("{}:{}", server.host, server.port)
    }
}

fn kind_of(db: &DbError) -> ErrorKind {
    let code = db.code().code();
    let ends_session = matches!(db.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    match code {
        // Whatever the code: after FATAL the server closes the connection.
        _ if ends_session => ErrorKind::Lost,
        "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04" => ErrorKind::Lost,
        "57014" => ErrorKind::Cancelled,
        "42501" | "25006" => ErrorKind::Privilege,
        "0A000" => ErrorKind::Unsupported,
        "55P03" | "40P01" => ErrorKind::Locked,
        _ if is_user_code(db) => ErrorKind::Statement,
        _ => match &code[..2.min(code.len())] {
            "08" => ErrorKind::Lost,
            "22" => ErrorKind::Data,
            "23" => ErrorKind::Constraint,
            _ => ErrorKind::Statement,
        },
    }
}

fn is_user_code(db: &DbError) -> bool {
    let file = db.file().unwrap_or_default();
    db.code().code().starts_with("P0") || USER_CODE.iter().any(|prefix| file.starts_with(prefix))
}

/// The server's message if it holds names alone, else words of ours; with the SQLSTATE.
fn message(db: &DbError) -> String {
    let code = db.code().code();
    let class = &code[..2.min(code.len())];
    let mut text = if is_user_code(db) {
        raised(db)
    } else if class == "23" {
        words_for_constraint(code).to_owned()
    } else if class == "22" {
        words_for_value(code).to_owned()
    } else if code == "42601" {
        // It quotes the token before which it stopped, and that may be a key.
        "syntax error".to_owned()
    } else if class == "54" {
        // Which limit; what exceeded it stands behind the colon.
        db.message().split(": ").next().unwrap_or_default().to_owned()
    } else if KEPT_CLASSES.contains(&class) {
        return format!("{} (SQLSTATE {code})", db.message());
    } else {
        "the server rejected it".to_owned()
    };
    add_names(&mut text, db);
    let _ = write!(text, " (SQLSTATE {code})");
    text
}

fn add_names(text: &mut String, db: &DbError) {
    if let Some(constraint) = db.constraint() {
        let _ = write!(text, ", constraint {constraint}");
    }
    if let Some(table) = db.table() {
        let _ = write!(text, ", table {}.{table}", db.schema().unwrap_or_default());
    }
    if let Some(column) = db.column() {
        let _ = write!(text, ", column {column}");
    }
    if let Some(datatype) = db.datatype() {
        let _ = write!(text, ", type {datatype}");
    }
}

/// An error that a function raised: which one, since what it says may be a value.
fn raised(db: &DbError) -> String {
    let function = db
        .where_()
        .and_then(|context| context.lines().next())
        .and_then(|line| line.strip_prefix("PL/pgSQL function "))
        // Arguments are types; what follows is the line in the function.
        .and_then(|line| line.split_once(" line "))
        .map(|(function, _)| function);
    match function {
        Some(function) => {
            format!("function {function} raised an error, whose text is withheld because it may quote rows")
        }
        None => "a trigger or function raised an error, whose text is withheld because it may quote rows".to_owned(),
    }
}

fn words_for_constraint(code: &str) -> &'static str {
    match code {
        "23505" => "a key is there already",
        "23503" => "a foreign key finds no row, or is still referenced",
        "23001" => "a row is still referenced",
        "23502" => "a value is NULL where it may not be",
        "23514" => "a row fails a check",
        "23P01" => "a row conflicts with an exclusion constraint",
        _ => "a constraint is violated",
    }
}

fn words_for_value(code: &str) -> &'static str {
    match code {
        "22001" => "a text is too long for its column",
        "22003" => "a number is out of its type's range",
        "22007" | "22008" => "a date or time is malformed or out of range",
        "22012" => "division by zero",
        "22021" | "22P05" => "a text does not fit the database's encoding",
        "22P02" | "22018" => "a value is malformed for its type",
        "22P03" => "a value's binary form is malformed for its type",
        "22P04" => "the stream of rows is malformed",
        "22026" => "a bit string has the wrong length",
        "22030" | "22032" => "a JSON text is malformed",
        "2200M" | "2200N" => "an XML text is malformed",
        _ => "a value does not fit its type",
    }
}

fn help_for_statement(db: &DbError, kind: ErrorKind) -> Option<&'static str> {
    match (db.code().code(), kind) {
        ("55P03", _) => Some("another session holds a lock for a long time; find it in pg_stat_activity and try again"),
        ("40P01", _) => Some("another transaction was in the way; run it again"),
        ("40001", _) => Some(
            "another transaction was in the way, or, on a standby, what it replays (hot_standby_feedback keeps it from \
             that); run it again",
        ),
        ("25006", _) => Some("the session is read-only: a dry run, a standby server, or default_transaction_read_only"),
        ("53100", _) => Some("the server's disk is full: make room there"),
        // Where the server speaks another language, the next one says it all.
        ("42501", _) if db.message().contains(" for schema ") => Some(
            "grant it to this role: USAGE on the schema, and CREATE where tables are made in it (GRANT USAGE, CREATE ON \
             SCHEMA … TO …)",
        ),
        ("42501", _) => Some(
            "grant it to this role: SELECT on tables that are read, UPDATE as well on those whose rows are locked, INSERT on \
             those that are written, DELETE on those that are purged, CREATE on the schema in which tables are made; \
             where row-level security is on, the role needs BYPASSRLS, because rows that are hidden cannot be moved",
        ),
        ("42P01" | "3F000", _) => Some("the table is not there, or this role may not see its schema"),
        (_, ErrorKind::Lost) => Some("the server ended the session; its log says why"),
        _ => None,
    }
}

/// Why the server refused the session.
fn refused(db: &DbError, server: &Server) -> (ErrorKind, Option<String>) {
    match db.code().code() {
        "28P01" => (ErrorKind::Authentication, Some(password_help(server))),
        "28000" => (
            ErrorKind::Authentication,
            Some(format!(
                "the server knows no role {:?}, or its pg_hba.conf does not let it in from here (with or without TLS: see sslmode)",
                server.user
            )),
        ),
        "3D000" => (
            ErrorKind::Connect,
            Some(format!(
                "the server has no database {:?}: check the address's last part",
                server.database
            )),
        ),
        "42501" => (
            ErrorKind::Privilege,
            Some(format!("grant CONNECT on it to {:?}", server.user)),
        ),
        "53300" => (
            ErrorKind::Connect,
            Some("the server has no connection left: wait, or raise max_connections".into()),
        ),
        "57P03" => (
            ErrorKind::Connect,
            Some("the server is starting or stopping: try again in a moment".into()),
        ),
        _ => (ErrorKind::Connect, None),
    }
}

fn password_help(server: &Server) -> String {
    format!(
        "check user {:?} and the password: it comes from the address, PGPASSWORD or ~/.pgpass",
        server.user
    )
}

fn of_handshake(name: &str, server: &Server, error: &tokio_postgres::Error) -> Error {
    let failure = Error::new(ErrorKind::Tls, name, connecting(server));
    let handshake = io_error(error)
        .and_then(std::io::Error::get_ref)
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match handshake {
        Some(handshake) => {
            let help = tls::help(handshake, &server.host);
            failure
                .because(handshake.to_string())
                .help(help.unwrap_or_else(|| "sslmode and sslrootcert decide how TLS is used".to_owned()))
        }
        None => failure
            .because(cause_text(error))
            .help("where the server has no TLS, use sslmode=prefer or sslmode=disable"),
    }
}

fn unreachable_help(server: &Server, kind: Option<std::io::ErrorKind>) -> String {
    use std::io::ErrorKind as Io;
    let place = place(server);
    match kind {
        Some(Io::ConnectionRefused) => {
            format!("nothing listens on {place}: is the server running, and is the port right?")
        }
        Some(Io::NotFound) => format!("there is no socket {place}: is the server running, and is the directory right?"),
        Some(Io::TimedOut) => format!("{place} does not answer: check the address, the network and firewalls"),
        Some(Io::UnexpectedEof | Io::ConnectionReset) => {
            format!("{place} closed the connection: is it a PostgreSQL server?")
        }
        _ => format!("check that {place} is right and can be reached from here"),
    }
}

fn io_error(error: &tokio_postgres::Error) -> Option<&std::io::Error> {
    error.source().and_then(|source| source.downcast_ref())
}

/// A row's text could not be decoded.
fn is_unreadable(error: &tokio_postgres::Error) -> bool {
    error.to_string().starts_with("error deserializing column")
}

fn cause_text(error: &tokio_postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The text of an I/O error. Other causes are the driver's own and could be anything: they are named, not quoted.
fn io_text(error: &tokio_postgres::Error) -> String {
    match io_error(error) {
        Some(io) => crate::error::of_network(io),
        None => error.to_string(),
    }
}
