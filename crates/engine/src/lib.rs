//! Connections to the databases: the only crate that names a driver or asks which product it talks to.
//!
//! [`connect`] gives a boxed [`Connection`]; its contract is in the trait's documentation. Everything that is written differently per product
//! goes through [`Dialect`].

mod address;
mod chunk;
mod claim;
mod connection;
mod dialect;
mod error;
mod explain;
pub mod failpoints;
mod generators;
mod mysql;
mod postgres;
mod private;
mod privileges;
mod render;
mod room;
mod same;
mod sides;
mod sqlite;
mod standby;
mod tls;
mod transactions;
pub mod value;

pub use address::{Address, AddressError, Secret, Server, TlsMode};
pub use chunk::{Chunk, ChunkReceiver, ChunkSender, Format, Load, NulledWhen, Select, Sent, channel};
pub use claim::SessionClaim;
pub use connection::{Access, Canceller, Capabilities, CheckTime, Checks, Connection, ScanRow, Session};
pub use dialect::{BrokenText, Dialect, LiteralError, Match, Matched, Sample, Uncarried};
pub use error::{Error, ErrorKind, Result};
pub use explain::Explained;
pub use generators::KeyGenerator;
pub use private::private_file;
pub use privileges::{Lacking, Needed, Use};
pub use render::{Owner, Render};
pub use room::Room;
pub use same::{is_in_wal_mode, same_database, same_file};
pub use sides::Sides;
pub use sqlite::{SqliteRows, scratch};
pub use standby::refuses_writes;
pub use transactions::{Fence, OpenTransaction};

use exodus_schema::{Catalogue, TextRow};

/// Connects, pins the session and finds out what it may do.
///
/// `name` is what errors call the database. `read_only` makes the whole session read-only where the server can
/// enforce it, as a dry run needs. A missing SQLite file is an error; `create` allows making it.
pub async fn connect(name: &str, address: &Address, options: ConnectOptions) -> Result<Box<dyn Connection>> {
    let connection: Box<dyn Connection> = match address {
        Address::Postgres(server) => Box::new(postgres::connect(name, server, options).await?),
        Address::MySql(server) => Box::new(mysql::connect(name, server, options).await?),
        Address::Sqlite(path) => Box::new(sqlite::connect(name, path, options).await?),
    };
    Ok(failpoints::watched(connection))
}

/// What kind of session to open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Nothing may be written, not even by mistake.
    pub read_only: bool,
    /// A missing SQLite file is made.
    pub create: bool,
}

/// A connection as introspection sees it.
pub struct CatalogueOf<'a>(pub &'a mut dyn Connection);

impl Catalogue for CatalogueOf<'_> {
    type Error = Error;

    async fn rows(&mut self, sql: &str) -> Result<Vec<TextRow>> {
        self.0.query(sql).await
    }
}
