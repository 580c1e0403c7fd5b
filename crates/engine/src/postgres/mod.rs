//! PostgreSQL 13 and newer, by tokio-postgres.
//!
//! # What a session is pinned to
//!
//! Defaults of the server, the database or the role must not change what is read or written, so every session sets:
//!
//! | setting | value | because |
//! |---|---|---|
//! | `client_encoding` | UTF8 | text travels in one encoding; the server converts at each end |
//! | `TimeZone` | UTC | timestamps in text form are the same on both ends |
//! | `DateStyle` | ISO, YMD | dates in text form cannot be read with day and month exchanged |
//! | `IntervalStyle` | postgres | keeps the signs of mixed intervals, which `sql_standard` does not |
//! | `extra_float_digits` | 3 | floats in text form come back bit by bit |
//! | `bytea_output` | hex | one text form for bytes |
//! | `lc_monetary` | C | money in text form is written and read alike |
//! | `xmloption` | content | fragments of XML are read back, not documents alone |
//! | `array_nulls` | on | NULL inside an array in text form is NULL |
//! | `standard_conforming_strings` | on | a backslash in a literal is itself: [`Dialect::text`](crate::Dialect::text) counts on it |
//! | `transform_null_equals` | off | `= NULL` is never true |
//! | `search_path` | empty | no object of another schema can stand in for the one that was meant |
//! | `quote_all_identifiers` | off | the names of types and objects are the same texts on both ends |
//! | `exit_on_error` | off | what is only tried does not end the session |
//! | `row_security` | off | rows that a policy would hide are an error instead of missing |
//! | `gin_fuzzy_search_limit` | 0 | index scans return all rows |
//! | `default_transaction_isolation`, `…_deferrable` | read committed, off | transactions are what `begin` says |
//! | `default_transaction_read_only` | on if asked for, else off | a dry run can't write, a write is not refused half-way |
//! | `statement_timeout`, `transaction_timeout`, `idle_in_transaction_session_timeout`, `idle_session_timeout` | 0 | a large client takes as long as it takes |
//! | `lock_timeout` | 30s | waiting for another session's lock ends with an error, not never |
//! | `client_min_messages` | warning | notices are not shown, so they need not travel |
//! | `jit` | off | compiling a selector costs more than running it |
//! | `synchronous_commit` | on if it was off | what was committed on the target must be there after a crash: the source will be purged |
//! | `session_replication_role` | origin if it was not | checks and triggers are on unless `begin` switches them off |
//!
//! The startup packet names the application `exodus`; TCP keepalive finds dead peers within a minute.
//!
//! # The canonical form of a scan
//!
//! A column's binary send form; for a column that is [`text_only`](exodus_schema::Column::text_only) its text output,
//! in UTF-8. Both depend on the value and the pins above alone, so that equal rows are equal bytes on any two servers.
//! The two ends of a comparison must agree on `text_only`.
//!
//! # Partitions and inheritance
//!
//! The rows of a partitioned table are those of its partitions; a table that others inherit from has rows of its own,
//! and the heirs are tables by themselves. So every table is read, locked and deleted from with `ONLY`, except
//! partitioned ones, which have no rows then. The catalogue is asked once per table which it is.

mod connection;
mod error;
mod framing;
mod generators;
pub(crate) mod neutral;
mod privileges;
mod reader;
mod room;
mod scan;
mod session;
mod transactions;
mod writer;

use crate::ConnectOptions;
use crate::address::Server;
use crate::error::Result;

pub(crate) use connection::PostgresConnection;

/// Connects, pins the session and finds out what it may do.
pub(crate) async fn connect(name: &str, server: &Server, options: ConnectOptions) -> Result<PostgresConnection> {
    let mut session = session::Session::open(name, server, options.read_only).await?;
    let checks_off = session.may_switch_checks_off().await?;
    Ok(PostgresConnection::new(session, options.read_only, checks_off))
}
