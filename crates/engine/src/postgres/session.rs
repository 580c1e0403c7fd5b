//! Opening a session, pinning it, and the task that drives it.

use std::future::poll_fn;
use std::time::Duration;

use exodus_schema::TextRow;
use futures_util::StreamExt;
use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::TlsStream;
use tokio_postgres::{
    AsyncMessage, CancelToken, Client, Config, CopyInSink, CopyOutStream, SimpleQueryMessage, Socket,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::reader::Batches;
use super::{error, transactions};
use crate::address::{Server, TlsMode};
use crate::error::{Error, ErrorKind, Result};
use crate::{Canceller, tls};

/// For the socket alone.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For everything until the server is ready: a thing that accepts connections and says nothing must not hold us.
const READY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a broken connection's reason is waited for, and a cancel request and the end of what it cancels may take.
const AFTERMATH_TIMEOUT: Duration = Duration::from_secs(5);
/// The oldest version that is supported.
const OLDEST: u32 = 130_000;

/// Settings that every session has, whatever the server's, database's or role's defaults are. The reasons are in the
/// module's documentation. Settings that a server of this version doesn't have are passed over.
const PINS: &[(&str, &str)] = &[
    ("client_encoding", "UTF8"),
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, YMD"),
    ("IntervalStyle", "postgres"),
    ("extra_float_digits", "3"),
    ("bytea_output", "hex"),
    ("lc_monetary", "C"),
    ("xmloption", "content"),
    ("array_nulls", "on"),
    ("standard_conforming_strings", "on"),
    ("transform_null_equals", "off"),
    ("search_path", ""),
    ("quote_all_identifiers", "off"),
    ("exit_on_error", "off"),
    ("row_security", "off"),
    ("gin_fuzzy_search_limit", "0"),
    ("default_transaction_isolation", "read committed"),
    ("default_transaction_deferrable", "off"),
    ("statement_timeout", "0"),
    ("transaction_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),
    ("lock_timeout", "30s"),
    ("client_min_messages", "warning"),
    ("jit", "off"),
];

/// A pinned session: the driver's client, and the task that moves its bytes.
pub(super) struct Session {
    name: String,
    client: Client,
    token: CancelToken,
    tls: MakeRustlsConnect,
    /// Gone once its outcome was taken.
    task: Option<JoinHandle<Option<String>>>,
    /// A statement was begun and not seen to end: its future was dropped.
    busy: bool,
    /// Nor did it end when it was cancelled: nothing more can be asked here.
    silent: bool,
}

impl Session {
    /// Connects and pins. `read_only` makes every transaction read-only that does not say otherwise.
    pub(super) async fn open(name: &str, server: &Server, read_only: bool) -> Result<Self> {
        let tls = MakeRustlsConnect::new(tls::client_config(name, server.tls, server.tls_ca.as_deref())?);
        let config = config(server);
        let (client, connection) = tokio::time::timeout(READY_TIMEOUT, config.connect(tls.clone()))
            .await
            .map_err(|_| error::timed_out(name, server))?
            .map_err(|error| error::of_connecting(name, server, &error))?;
        let mut session = Self {
            name: name.to_owned(),
            token: client.cancel_token(),
            client,
            tls,
            task: Some(tokio::spawn(drive(name.to_owned(), connection))),
            busy: false,
            silent: false,
        };
        session.pin(read_only).await?;
        Ok(session)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    async fn pin(&mut self, read_only: bool) -> Result<()> {
        let version = self.rows("asking for the version", "SHOW server_version_num").await?;
        let version: u32 = version
            .first()
            .and_then(|row| row.first()?.as_deref()?.parse().ok())
            .unwrap_or(0);
        if version < OLDEST {
            return Err(
                Error::new(ErrorKind::Unsupported, &*self.name, "asking for the version")
                    .because(format!("the server's version number is {version}"))
                    .help("PostgreSQL 13 or newer is supported"),
            );
        }
        let role = self.rows("pinning the session", &pin_sql(read_only)).await?;
        let role = role.first().and_then(|row| row.last()?.as_deref());
        if role != Some("origin") {
            // A role's default of `replica` would switch off the checks that everybody believes to be on.
            self.batch("pinning the session", "SET session_replication_role = origin")
                .await?;
        }
        Ok(())
    }

    /// Whether this session may switch off foreign keys and triggers for itself. It is tried: what superusers alone
    /// may do by the book, managed servers allow to roles of their own.
    pub(super) async fn may_switch_checks_off(&mut self) -> Result<bool> {
        let doing = "trying whether checks can be switched off";
        let tried = self
            .batch(
                doing,
                "BEGIN READ ONLY; SET LOCAL session_replication_role = replica; ROLLBACK",
            )
            .await;
        match tried {
            Ok(()) => Ok(true),
            Err(refused) if refused.kind() == ErrorKind::Privilege => {
                self.batch(doing, "ROLLBACK").await?;
                Ok(false)
            }
            Err(other) => Err(other),
        }
    }

    /// Runs statements whose results do not matter.
    pub(super) async fn batch(&mut self, doing: &str, sql: &str) -> Result<()> {
        self.start(doing).await?;
        let done = self.client.batch_execute(sql).await;
        self.settle(doing, done).await
    }

    /// Runs a statement and returns its rows.
    pub(super) async fn rows(&mut self, doing: &str, sql: &str) -> Result<Vec<TextRow>> {
        let messages = self.messages(doing, sql).await?;
        let mut rows = Vec::with_capacity(messages.len());
        for message in messages {
            if let SimpleQueryMessage::Row(row) = message {
                let fields = (0..row.len()).map(|at| Ok(row.try_get(at)?.map(str::to_owned)));
                let fields: Result<TextRow, tokio_postgres::Error> = fields.collect();
                rows.push(fields.map_err(|error| error::of_statement(&self.name, doing, &error))?);
            }
        }
        Ok(rows)
    }

    /// Runs a statement and returns how many rows it changed.
    pub(super) async fn changed(&mut self, doing: &str, sql: &str) -> Result<u64> {
        let messages = self.messages(doing, sql).await?;
        let counts = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::CommandComplete(rows) => Some(*rows),
            _ => None,
        });
        Ok(counts.last().unwrap_or(0))
    }

    async fn messages(&mut self, doing: &str, sql: &str) -> Result<Vec<SimpleQueryMessage>> {
        self.start(doing).await?;
        let done = self.client.simple_query(sql).await;
        self.settle(doing, done).await
    }

    /// Starts `COPY … TO STDOUT`. Whoever reads the stream to its end or to its error says so with
    /// [`settle`](Self::settle); before that the session counts as busy.
    pub(super) async fn copy_out(&mut self, doing: &str, sql: &str) -> Result<CopyOutStream> {
        self.start(doing).await?;
        match self.client.copy_out(sql).await {
            Ok(stream) => Ok(stream),
            Err(error) => self.settle(doing, Err(error)).await,
        }
    }

    /// Starts `COPY … FROM STDIN`, under the same rule.
    pub(super) async fn copy_in(&mut self, doing: &str, sql: &str) -> Result<CopyInSink<bytes::Bytes>> {
        self.start(doing).await?;
        match self.client.copy_in(sql).await {
            Ok(sink) => Ok(sink),
            Err(error) => self.settle(doing, Err(error)).await,
        }
    }

    /// The statement has ended, well or badly; turns the driver's error into ours.
    pub(super) async fn settle<T>(&mut self, doing: &str, outcome: Result<T, tokio_postgres::Error>) -> Result<T> {
        self.busy = false;
        let error = match outcome {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let failure = error::of_statement(&self.name, doing, &error);
        if error.as_db_error().is_some() || failure.kind() != ErrorKind::Lost {
            return Err(failure);
        }
        // All the client knows is that it was closed; the reason is with the task.
        Err(match self.reason().await {
            Some(reason) => failure.because(reason),
            None => failure,
        })
    }

    async fn reason(&mut self) -> Option<String> {
        let task = self.task.as_mut()?;
        let reason = tokio::time::timeout(AFTERMATH_TIMEOUT, task).await.ok()?;
        self.task = None;
        reason.ok().flatten()
    }

    /// Ends a running `COPY … TO STDOUT` whose rest nobody wants: the server would go on sending it before it listened
    /// to the next statement. The transaction is good for a rollback then.
    pub(super) async fn abandon(&mut self, rest: Option<Batches>) {
        cancel(self.name.clone(), self.token.clone(), self.tls.clone()).await;
        let client = &self.client;
        let ended = async {
            let mut cancelled = false;
            if let Some(mut rest) = rest {
                while let Some(batch) = rest.next().await
                    && !cancelled
                {
                    cancelled = batch.iter().any(Result::is_err);
                }
            }
            if !cancelled {
                // It may have ended before, and the request, which takes a way of its own, would hit the next statement.
                let _ = client.batch_execute("SELECT pg_catalog.pg_sleep(0.2)").await;
            }
        };
        match tokio::time::timeout(AFTERMATH_TIMEOUT, ended).await {
            Ok(()) => self.busy = false,
            Err(_) => self.silent = true,
        }
    }

    /// Before a statement: one whose future was dropped may still run, and everything would wait for it.
    async fn start(&mut self, doing: &str) -> Result<()> {
        if self.busy && !self.silent {
            self.abandon(None).await;
        }
        if self.silent {
            return Err(self
                .failure(ErrorKind::Lost, doing)
                .because("the server doesn't answer, not even to a statement that was cancelled"));
        }
        self.busy = true;
        Ok(())
    }

    /// An error on this database.
    pub(super) fn failure(&self, kind: ErrorKind, doing: &str) -> Error {
        Error::new(kind, &*self.name, doing)
    }

    pub(super) fn canceller(&self) -> Canceller {
        let (name, token, tls) = (self.name.clone(), self.token.clone(), self.tls.clone());
        Box::new(move || Box::pin(cancel(name.clone(), token.clone(), tls.clone())))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // An idle client says good-bye by itself. A busy one would first read all that the server still has to say,
        // and the server would go on working for nobody.
        if !self.busy {
            return;
        }
        if let Some(task) = self.task.take() {
            task.abort();
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(cancel(self.name.clone(), self.token.clone(), self.tls.clone()));
        }
    }
}

async fn cancel(name: String, token: CancelToken, tls: MakeRustlsConnect) {
    match tokio::time::timeout(AFTERMATH_TIMEOUT, token.cancel_query(tls)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(database = name, %error, "the cancel request did not get through"),
        Err(_) => tracing::debug!(database = name, "the cancel request took too long"),
    }
}

fn config(server: &Server) -> Config {
    let mut config = Config::new();
    config
        .host(&server.host)
        .port(server.port)
        .user(&server.user)
        .dbname(&server.database)
        .application_name("exodus")
        .connect_timeout(CONNECT_TIMEOUT)
        // No tcp_user_timeout: it would also end connections to a server that is alive and only doesn't read for a
        // while, as one does that waits for a lock in the middle of a COPY.
        .keepalives_idle(Duration::from_secs(30))
        .keepalives_interval(Duration::from_secs(10))
        .keepalives_retries(3);
    if let Some(password) = &server.password {
        config.password(password.reveal());
    }
    config.ssl_mode(match server.tls {
        // PostgreSQL has no TLS on Unix sockets; libpq ignores the mode there, too.
        _ if server.host.starts_with('/') => SslMode::Disable,
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
    });
    config
}

/// One statement that sets all pins there are, and ends with the session's replication role.
fn pin_sql(read_only: bool) -> String {
    let name = ("application_name", transactions::READING);
    let name = read_only.then_some(&name);
    let read_only = ("default_transaction_read_only", if read_only { "on" } else { "off" });
    let pins: Vec<_> = PINS
        .iter()
        .chain([&read_only])
        .chain(name)
        .map(|(name, value)| format!("('{name}', '{value}')"))
        .collect();
    // Users' triggers can tell a copy by `exodus.copy`, which no server knows by itself.
    format!(
        "SELECT pg_catalog.count(pg_catalog.set_config(s.name, p.value, false)), \
         pg_catalog.count(pg_catalog.set_config('exodus.copy', '1', false)), \
         pg_catalog.count(CASE WHEN pg_catalog.current_setting('synchronous_commit') = 'off' \
         THEN pg_catalog.set_config('synchronous_commit', 'on', false) END), \
         pg_catalog.current_setting('session_replication_role') \
         FROM (VALUES {}) AS p(name, value) JOIN pg_catalog.pg_settings AS s ON s.name = p.name",
        pins.join(", ")
    )
}

/// Moves the session's bytes until it ends; returns why it broke, if it did.
async fn drive<T>(name: String, mut connection: tokio_postgres::Connection<Socket, T>) -> Option<String>
where
    T: TlsStream + Unpin,
{
    loop {
        match poll_fn(|cx| connection.poll_message(cx)).await {
            None => return None,
            Some(Ok(AsyncMessage::Notice(notice))) => {
                // Not its text: triggers write what they like into it.
                tracing::debug!(database = name, code = notice.code().code(), "notice from the server");
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let failure = error::of_statement(&name, "waiting for the server", &error);
                tracing::debug!(database = name, %failure, "the connection broke");
                return Some(error::reason(&error));
            }
        }
    }
}
