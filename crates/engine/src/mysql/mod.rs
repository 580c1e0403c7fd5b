//! MySQL and MariaDB, which differ in little but the names of some settings.
//!
//! How values travel is in `columns`, what a session is pinned to in `session`, what becomes of errors in `error`.

pub(crate) mod charsets;
mod columns;
mod connection;
mod error;
mod escape;
mod generators;
mod guard;
mod insert;
mod list;
mod monitor;
pub(crate) mod neutral;
mod privileges;
mod reader;
mod room;
mod session;
mod task;
mod transactions;
mod writer;

use crate::ConnectOptions;
use crate::address::Server;
use crate::error::Result;

pub(crate) use columns::members;
use connection::MySqlConnection;
use guard::Guarded;

/// Connects, pins the session and finds out which of the two products it is and what it takes.
pub(crate) async fn connect(name: &str, server: &Server, options: ConnectOptions) -> Result<Guarded> {
    let session = session::open(name, server, options).await?;
    Ok(Guarded::new(MySqlConnection::new(name, session)))
}
