//! Connecting, and pinning what a session's settings could change about the data.

use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder, Row, SslOpts, Value};
use rustls::CertificateError;

use exodus_schema::Engine;

use super::error;
use super::task::Held;
use super::transactions::Reading;
use crate::ConnectOptions;
use crate::address::{Server, TlsMode};
use crate::error::{Error, ErrorKind, Result};

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The protocol's own limit. The server's `max_allowed_packet` bounds what it takes, not what it sends: a row of several
/// values may be larger.
const LARGEST_PACKET: usize = 1 << 30;

/// What no server's `max_allowed_packet` is below.
const SMALLEST_MAX_PACKET: usize = 1024;

/// An open, pinned session and what was found out about the server.
pub(super) struct Session {
    pub(super) conn: Held,
    /// How the connection was made, for a second one to the same server.
    pub(super) opts: Opts,
    pub(super) engine: Engine,
    /// The server's number for this connection.
    pub(super) id: u64,
    /// The largest statement the server takes.
    pub(super) max_packet: usize,
    /// The server takes LOAD DATA LOCAL.
    pub(super) local_infile: bool,
    /// Nothing is written here.
    pub(super) _reading: Option<Reading>,
}

/// Connects and pins.
pub(super) async fn open(name: &str, server: &Server, options: ConnectOptions) -> Result<Session> {
    let (mut conn, opts) = connect(name, server).await?;
    let pinned = pin(&mut conn, options).await;
    let (engine, id, max_packet, local_infile) =
        pinned.map_err(|cause| error::statement(name, "setting up the session", cause))?;
    Ok(Session {
        _reading: options.read_only.then(|| Reading::new(&opts, id)),
        conn: Held::new(conn),
        opts,
        engine,
        id,
        max_packet,
        local_infile,
    })
}

async fn pin(conn: &mut Conn, options: ConnectOptions) -> mysql_async::Result<(Engine, u64, usize, bool)> {
    let facts = "SELECT VERSION(), CONNECTION_ID(), @@max_allowed_packet, @@local_infile";
    let row: Option<Row> = conn.query_first(facts).await?;
    let mut facts = row
        .map(Row::unwrap)
        .unwrap_or_default()
        .into_iter()
        .map(|value| match value {
            Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            _ => String::new(),
        });
    let mut fact = || facts.next().unwrap_or_default();
    let version = fact();
    let id = fact().parse().unwrap_or_else(|_| u64::from(conn.id()));
    let max_packet = fact().parse().unwrap_or(SMALLEST_MAX_PACKET).max(SMALLEST_MAX_PACKET);
    // Where a proxy does not tell, the attempt will.
    let local_infile = !matches!(fact().as_str(), "0" | "OFF");
    let engine = if version.contains("MariaDB") {
        Engine::MariaDb
    } else {
        Engine::MySql
    };
    conn.query_drop("SET NAMES utf8mb4").await?;
    let own = if engine == Engine::MariaDb {
        MARIADB_SETTINGS
    } else {
        MYSQL_SETTINGS
    };
    conn.query_drop(format!("SET {}, {}", SETTINGS.join(", "), own.join(", ")))
        .await?;
    if options.read_only {
        conn.query_drop("SET SESSION TRANSACTION READ ONLY").await?;
    }
    Ok((engine, id, max_packet, local_infile))
}

/// What both products understand. None needs a privilege (MySQL asks one for `max_error_count`, so that stays as it is).
const SETTINGS: &[&str] = &[
    // TIMESTAMP is shown and read in the session's zone.
    "time_zone = '+00:00'",
    // The list is complete: ANSI_QUOTES, NO_BACKSLASH_ESCAPES, PAD_CHAR_TO_FULL_LENGTH and the like change what our
    // statements mean. Zero and invalid dates are data once they are stored, so they must travel.
    "sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO,ALLOW_INVALID_DATES'",
    "autocommit = 1",
    // A COMMIT must neither begin a transaction nor end the session.
    "completion_type = NO_CHAIN",
    "foreign_key_checks = 1",
    "unique_checks = 1",
    // Otherwise `WHERE id IS NULL` can mean the row inserted last.
    "sql_auto_is_null = 0",
    "sql_safe_updates = 0",
    "sql_big_selects = 1",
    "sql_select_limit = 18446744073709551615",
    // What SHOW CREATE TABLE prints is read.
    "sql_quote_show_create = 1",
    // A load's warnings are how the server says that it altered a value; notes tell of cut-off blanks.
    "sql_notes = 1",
    // Values are cut out of messages by their English wording.
    "lc_messages = 'en_US'",
    // A side that waits for the other must not be hung up on.
    "net_read_timeout = 3600",
    "net_write_timeout = 3600",
    "wait_timeout = 86400",
    "innodb_lock_wait_timeout = 30",
    "lock_wait_timeout = 60",
    // Users' triggers can tell a copy by this.
    "@exodus_copy = 1",
];

const MYSQL_SETTINGS: &[&str] = &["max_execution_time = 0", "cte_max_recursion_depth = 4294967295"];

const MARIADB_SETTINGS: &[&str] = &[
    "max_statement_time = 0",
    // At its limit MariaDB ends a recursion without an error: rows would be missing silently.
    "max_recursive_iterations = 4294967295",
    "idle_transaction_timeout = 0",
    "idle_readonly_transaction_timeout = 0",
    "idle_write_transaction_timeout = 0",
    "check_constraint_checks = 1",
    // All that a load can be told about, since some of them are harmless (see `writer`).
    "max_error_count = 65535",
];

async fn connect(name: &str, server: &Server) -> Result<(Conn, Opts)> {
    let plain = || options(server, None);
    if server.host.starts_with('/') || server.tls == TlsMode::Disable {
        return attempt(name, server, plain()).await.map_err(Failure::into_error);
    }
    let first = attempt(name, server, options(server, Some(tls(name, server)?))).await;
    match (first, server.tls) {
        (Ok(done), _) => Ok(done),
        (Err(failure), TlsMode::Prefer) if failure.is_tls() => {
            attempt(name, server, plain()).await.map_err(Failure::into_error)
        }
        (Err(failure), TlsMode::VerifyCa | TlsMode::Require) => match failure.presented_name() {
            // The chain was good and only the name was not, which this mode does not ask for. The driver cannot skip
            // the name alone, so it is told to expect the name that the certificate has.
            Some(presented) => {
                let tls = tls(name, server)?.with_danger_tls_hostname_override(Some(presented));
                attempt(name, server, options(server, Some(tls)))
                    .await
                    .map_err(Failure::into_error)
            }
            None => Err(failure.into_error()),
        },
        (Err(failure), _) => Err(failure.into_error()),
    }
}

/// An attempt that failed, with the driver's error where there is one.
struct Failure {
    error: Error,
    cause: Option<mysql_async::Error>,
}

impl Failure {
    fn into_error(self) -> Error {
        self.error
    }

    /// TLS was refused or failed, rather than the server or the user.
    fn is_tls(&self) -> bool {
        self.error.kind() == ErrorKind::Tls
    }

    /// A name in a certificate that is trusted but is for another host.
    fn presented_name(&self) -> Option<String> {
        let rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) =
            self.cause.as_ref().and_then(error::certificate)?
        else {
            return None;
        };
        presented.iter().find_map(|name| {
            let dns = name
                .strip_prefix("DnsName(\"")
                .and_then(|rest| rest.strip_suffix("\")"));
            let ip = name.strip_prefix("IpAddress(").and_then(|rest| rest.strip_suffix(')'));
            dns.or(ip).map(|name| name.replace('*', "any"))
        })
    }
}

async fn attempt(name: &str, server: &Server, opts: Opts) -> std::result::Result<(Conn, Opts), Failure> {
    let peer = peer(server);
    match tokio::time::timeout(CONNECT_TIMEOUT, Conn::new(opts.clone())).await {
        Ok(Ok(conn)) => Ok((conn, opts)),
        Ok(Err(cause)) => Err(Failure {
            error: error::connecting(name, &peer, &server.host, &cause),
            cause: Some(cause),
        }),
        Err(_) => {
            let error = Error::new(ErrorKind::Connect, name, format!("connecting to {peer}"))
                .because(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()));
            Err(Failure { error, cause: None })
        }
    }
}

fn peer(server: &Server) -> String {
    if server.host.starts_with('/') {
        server.host.clone()
    } else {
        format!("{}:{}", server.host, server.port)
    }
}

fn options(server: &Server, tls: Option<SslOpts>) -> Opts {
    let builder = OptsBuilder::default()
        .user(Some(server.user.clone()))
        .pass(server.password.as_ref().map(|password| password.reveal().to_owned()))
        .db_name(Some(server.database.clone()).filter(|database| !database.is_empty()))
        // Otherwise the driver silently moves to the server's socket, without the TLS that was asked for.
        .prefer_socket(false)
        .max_allowed_packet(Some(LARGEST_PACKET))
        .wait_timeout(Some(86_400))
        .tcp_keepalive(Some(Duration::from_mins(1)))
        .stmt_cache_size(0)
        .ssl_opts(tls);
    if server.host.starts_with('/') {
        builder.socket(Some(server.host.clone())).into()
    } else {
        builder.ip_or_hostname(server.host.clone()).tcp_port(server.port).into()
    }
}

fn tls(name: &str, server: &Server) -> Result<SslOpts> {
    // The driver asks for the process-wide default, and panics where two libraries brought one each. A default that is
    // already there is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let verified = match server.tls {
        TlsMode::Disable | TlsMode::Prefer => false,
        // As libpq does: whoever names an authority wants it to be asked.
        TlsMode::Require => server.tls_ca.is_some(),
        TlsMode::VerifyCa | TlsMode::VerifyFull => true,
    };
    let options = SslOpts::default().with_danger_accept_invalid_certs(!verified);
    match &server.tls_ca {
        _ if !verified => Ok(options),
        Some(file) => {
            let pem = std::fs::read(file).map_err(|cause| {
                Error::new(
                    ErrorKind::Tls,
                    name,
                    format!("reading the authorities in {}", file.display()),
                )
                .because(cause)
                .help("sslrootcert names a file of certificates in PEM form")
            })?;
            Ok(options
                .with_disable_built_in_roots(true)
                .with_root_certs(vec![pem.into()]))
        }
        // The system's own, beside the usual ones that the driver carries.
        None => Ok(options.with_root_certs(system_roots().into_iter().map(Into::into).collect())),
    }
}

fn system_roots() -> Vec<Vec<u8>> {
    let mut accepted = rustls::RootCertStore::empty();
    rustls_native_certs::load_native_certs()
        .certs
        .into_iter()
        // One that rustls cannot read would make the driver refuse them all.
        .filter(|certificate| accepted.add(certificate.clone()).is_ok())
        .map(|certificate| certificate.to_vec())
        .collect()
}
