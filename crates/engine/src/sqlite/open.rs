//! Opening a file and pinning the session.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::open_error;
use super::stop::Stop;
use crate::ConnectOptions;
use crate::error::{Error, ErrorKind, Result};

/// Opens `path`; blocks while somebody else holds it, up to `patience`.
///
/// The file itself is never opened by other means than SQLite's: closing it would drop the POSIX locks of every other
/// connection this process has on it.
pub(super) fn open(
    name: &str,
    path: &Path,
    options: ConnectOptions,
    patience: Duration,
    stop: &Arc<Stop>,
) -> Result<Connection> {
    let opening = Opening {
        name,
        doing: format!("opening {}", path.display()),
        file: PathBuf::new(),
        patience,
        stop,
    };
    let file = opening.locate(path, options.create && !options.read_only)?;
    let opening = Opening { file, ..opening };
    if options.read_only {
        return opening.read_only();
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    if options.create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    opening.pinned(flags, false).map_err(|cause| opening.error(&cause))
}

struct Opening<'a> {
    name: &'a str,
    doing: String,
    file: PathBuf,
    patience: Duration,
    stop: &'a Arc<Stop>,
}

impl Opening<'_> {
    fn error(&self, cause: &rusqlite::Error) -> Error {
        if self.stop.asked() {
            return Error::new(ErrorKind::Cancelled, self.name, &*self.doing);
        }
        open_error(self.name, &*self.doing, cause)
    }

    fn refuse(&self, cause: &str) -> Error {
        Error::new(ErrorKind::Connect, self.name, &*self.doing).because(cause.to_owned())
    }

    /// The file's absolute path, free of symbolic links: SQLite would otherwise read a relative one that starts with
    /// `file:` or is `:memory:` in its own way, and journals lie beside the real file.
    fn locate(&self, path: &Path, create: bool) -> Result<PathBuf> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Err(self.refuse("this is a directory, not a file")),
            Ok(found) if !found.is_file() => Err(self.refuse("this is not a regular file")),
            Ok(_) => fs::canonicalize(path).map_err(|cause| self.io_error(&cause)),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && create => self.locate_new(path),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Err(self
                .refuse("there is no such file")
                .help("check the path; a database that is read or moved into must exist already")),
            Err(cause) => Err(self.io_error(&cause)),
        }
    }

    fn locate_new(&self, path: &Path) -> Result<PathBuf> {
        let path = std::path::absolute(path).map_err(|cause| self.io_error(&cause))?;
        match path.parent() {
            Some(parent) if !parent.is_dir() => Err(self
                .refuse("its directory does not exist")
                .help(format!("create it first: mkdir -p '{}'", parent.display()))),
            _ => self.make(path),
        }
    }

    /// Makes the file, for its owner alone: SQLite would let everybody read it. A link that leads nowhere is not followed;
    /// somebody else may have put it there.
    fn make(&self, path: PathBuf) -> Result<PathBuf> {
        match crate::private_file(&path) {
            Ok(_) => Ok(path),
            // Made by somebody else since.
            Err(_) if fs::symlink_metadata(&path).is_ok_and(|found| found.is_file()) => Ok(path),
            Err(_) if fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) => Err(self
                .refuse("this is a symbolic link to a file that is not there")
                .help("name the file itself, or remove the link")),
            Err(cause) => Err(self.io_error(&cause)),
        }
    }

    fn io_error(&self, cause: &io::Error) -> Error {
        self.refuse(&cause.to_string())
    }

    /// Opens for reading only, and leaves no `-wal` or `-shm` file behind that was not there before.
    ///
    /// A read-only connection to a WAL database has to create both and may not remove them again. So where the first
    /// attempt made them, the file is opened writable after all, so that closing tidies up; the session then refuses to
    /// write, by `query_only` and by looking at each statement.
    fn read_only(&self) -> Result<Connection> {
        let had_wal = self.sidecar("-wal").exists();
        let opened = match self.pinned(OpenFlags::SQLITE_OPEN_READ_ONLY, true) {
            Err(cause) if !had_wal && self.on_read_only_file_system(&cause) => self.immutable(),
            Err(cause) => Err(cause),
            Ok(conn) if !had_wal && self.sidecar("-wal").exists() => {
                drop(conn);
                self.pinned(OpenFlags::SQLITE_OPEN_READ_WRITE, true)
            }
            Ok(conn) => Ok(conn),
        };
        opened.map_err(|cause| self.error(&cause))
    }

    fn sidecar(&self, suffix: &str) -> PathBuf {
        sidecar(&self.file, suffix)
    }

    /// Whether a WAL database could not be opened because nothing can be created beside it, for anybody.
    fn on_read_only_file_system(&self, cause: &rusqlite::Error) -> bool {
        let code = cause.sqlite_error_code();
        matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) && is_on_read_only_file_system(&self.file)
    }

    /// Opens a file that nobody can change, without locks and journals.
    fn immutable(&self) -> rusqlite::Result<Connection> {
        let path = percent_encoding::percent_encode(
            self.file.as_os_str().as_encoded_bytes(),
            percent_encoding::NON_ALPHANUMERIC,
        );
        let uri = format!("file:{path}?immutable=1");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        self.pin(
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?,
            true,
        )
    }

    fn pinned(&self, flags: OpenFlags, read_only: bool) -> rusqlite::Result<Connection> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        self.pin(Connection::open_with_flags(&self.file, flags)?, read_only)
    }

    fn pin(&self, mut conn: Connection, read_only: bool) -> rusqlite::Result<Connection> {
        conn.busy_handler(Some(wait(self.patience, Arc::clone(self.stop))))?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true)?;
        conn.execute_batch(if read_only {
            "PRAGMA query_only = ON"
        } else {
            "PRAGMA query_only = OFF"
        })?;
        conn.execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = OFF;
             PRAGMA cell_size_check = ON; PRAGMA temp_store = FILE; PRAGMA cache_size = -16384;",
        )?;
        // SQLite opens the file when it is first read: only now is it known that this is a database and not locked.
        conn.query_row("SELECT count(*) FROM main.sqlite_schema", [], |_| Ok(()))?;
        Ok(conn)
    }
}

fn sidecar(file: &Path, suffix: &str) -> PathBuf {
    let mut path = file.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// Whether nobody can write to the file, nor beside it.
pub(super) fn is_on_read_only_file_system(file: &Path) -> bool {
    let probe = sidecar(file, &format!("-exodus-{}", std::process::id()));
    match fs::OpenOptions::new().write(true).create_new(true).open(&probe) {
        Ok(_) => {
            // Best effort: an empty file that could not be removed is no reason to fail.
            let _ = fs::remove_file(&probe);
            false
        }
        Err(cause) => cause.kind() == io::ErrorKind::ReadOnlyFilesystem,
    }
}

/// Waits for a lock: more and more slowly, until it takes too long or the work is to end.
fn wait(patience: Duration, stop: Arc<Stop>) -> impl FnMut(i32) -> bool + Send + 'static {
    let mut since = Instant::now();
    move |tries| {
        if tries == 0 {
            since = Instant::now();
        }
        if stop.asked() || since.elapsed() >= patience {
            return false;
        }
        let pause = Duration::from_millis(u64::try_from(tries + 1).unwrap_or(1).min(50));
        thread::sleep(pause.min(patience));
        true
    }
}
