//! Whether two sessions are with one database, whatever names they reached it by.
//!
//! Addresses don't tell: a server has several names and ports, a file has links. Servers' own identities don't either: a
//! shard that was made from a copy of another one has inherited it. So one session takes an advisory lock under a random
//! name, and the other one looks whether it is there. That needs no privilege and leaves nothing behind.

use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Read as _;
use std::path::Path;

use exodus_schema::Engine;

use crate::connection::Session;
use crate::error::{Error, ErrorKind, Result};

/// Whether both sessions are with one database. Both must be in a transaction, with which the trace of the question ends.
pub async fn same_database(one: &mut Session, other: &mut Session) -> Result<bool> {
    let token = RandomState::new().build_hasher().finish();
    match (one.engine(), other.engine()) {
        (Engine::Postgres, Engine::Postgres) => same_on_postgres(one, other, token).await,
        (Engine::MySql, Engine::MySql) | (Engine::MariaDb, Engine::MariaDb) => same_on_mysql(one, other, token).await,
        (Engine::Sqlite, Engine::Sqlite) => {
            let file = "SELECT file FROM pragma_database_list WHERE name = 'main'";
            let (here, there) = (cell(one, file).await?, cell(other, file).await?);
            Ok(same_file(Path::new(&here), Path::new(&there)))
        }
        _ => Ok(false),
    }
}

/// Whether both paths lead to one file, by symbolic links or hard ones. A file that is not there is no file.
pub fn same_file(one: &Path, other: &Path) -> bool {
    let (Ok(one), Ok(other)) = (one.canonicalize(), other.canonicalize()) else {
        return false;
    };
    one == other || is_linked(&one, &other)
}

/// Whether an SQLite file is in WAL mode, in which readers and a writer don't wait for each other. Its header says so.
pub fn is_in_wal_mode(file: &Path) -> bool {
    const WRITE_VERSION: usize = 18;
    let mut header = [0; WRITE_VERSION + 1];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header[WRITE_VERSION] == 2
}

#[cfg(unix)]
fn is_linked(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |path: &Path| path.metadata().ok().map(|file| (file.dev(), file.ino()));
    id(one).is_some_and(|one| Some(one) == id(other))
}

#[cfg(not(unix))]
fn is_linked(_: &Path, _: &Path) -> bool {
    false
}

/// Advisory locks belong to a database, and these to the transaction.
async fn same_on_postgres(one: &mut Session, other: &mut Session, token: u64) -> Result<bool> {
    let sql = format!("SELECT pg_try_advisory_xact_lock({})", token.cast_signed());
    let (_, free) = (cell(one, &sql).await?, cell(other, &sql).await?);
    Ok(free == "f")
}

/// Locks belong to the server.
async fn same_on_mysql(one: &mut Session, other: &mut Session, token: u64) -> Result<bool> {
    let name = format!("'exodus_{token:016x}'");
    // Some clusters refuse such locks; a connection that is lost shows with the next statement.
    let Ok(locked) = cell(one, &format!("SELECT GET_LOCK({name}, 0)")).await else {
        return Ok(false);
    };
    let holder = cell(one, "SELECT CONNECTION_ID()").await?;
    let seen = cell(other, &format!("SELECT IS_USED_LOCK({name})")).await?;
    cell(one, &format!("SELECT RELEASE_LOCK({name})")).await?;
    if locked != "1" || seen != holder {
        return Ok(false);
    }
    let database = "SELECT DATABASE()";
    let (here, there) = (cell(one, database).await?, cell(other, database).await?);
    // Where case doesn't count in names, the server gives them back as they were typed.
    let exact = cell(one, "SELECT @@lower_case_table_names").await? == "0";
    Ok(here == there || (!exact && here.to_lowercase() == there.to_lowercase()))
}

/// The first cell of the first row; NULL is the empty text.
async fn cell(session: &mut Session, sql: &str) -> Result<String> {
    let rows = session.query(sql).await?;
    let first = rows.into_iter().next().and_then(|row| row.into_iter().next());
    first.map(Option::unwrap_or_default).ok_or_else(|| {
        Error::new(
            ErrorKind::Data,
            session.name(),
            "asking whether source and target are one",
        )
        .because("no answer came back")
    })
}
