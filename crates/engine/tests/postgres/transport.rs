//! TLS, sockets, and wires that are cut.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use exodus_engine::{ErrorKind, TlsMode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Db, ask, with_databases};

fn authority() -> Option<PathBuf> {
    let ca = std::env::var_os("EXODUS_TEST_TLS_CA").map(PathBuf::from);
    if ca.is_none() {
        assert!(std::env::var_os("CI").is_none(), "EXODUS_TEST_TLS_CA is not set");
        eprintln!("SKIPPED: EXODUS_TEST_TLS_CA is not set");
    }
    ca
}

async fn encrypted(database: &Db) -> bool {
    let sql = "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";
    ask(&mut *database.open().await, sql).await == "t"
}

fn through(database: &Db, host: &str, tls: TlsMode, ca: Option<&Path>) -> Db {
    database.with(|server| {
        host.clone_into(&mut server.host);
        server.tls = tls;
        server.tls_ca = ca.map(Path::to_owned);
    })
}

#[tokio::test]
async fn every_mode_encrypts_and_verifies_what_it_says() {
    with_databases(async |[database]: [Db; 1]| {
        let Some(ca) = authority() else { return };
        let ca = ca.as_path();
        let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres/somebody-else-ca.pem");
        let other = other.as_path();
        assert!(!encrypted(&through(&database, "localhost", TlsMode::Disable, None)).await);
        for (mode, ca) in [
            (TlsMode::Prefer, None),
            (TlsMode::Prefer, Some(other)),
            (TlsMode::Require, None),
            (TlsMode::Require, Some(ca)),
            (TlsMode::VerifyCa, Some(ca)),
            (TlsMode::VerifyFull, Some(ca)),
        ] {
            assert!(
                encrypted(&through(&database, "localhost", mode, ca)).await,
                "{mode:?} {ca:?}"
            );
        }
        // Somebody else's authority; and none but the system's, which doesn't know ours.
        for (mode, ca) in [
            (TlsMode::Require, Some(other)),
            (TlsMode::VerifyCa, Some(other)),
            (TlsMode::VerifyFull, Some(other)),
            (TlsMode::VerifyFull, None),
        ] {
            let error = through(&database, "localhost", mode, ca).refused().await;
            assert_eq!(error.kind(), ErrorKind::Tls, "{mode:?} {ca:?}: {error}");
            assert!(
                error.next_step().is_some_and(|help| help.contains("sslrootcert")),
                "{error:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn the_hosts_name_counts_for_verify_full_alone() {
    with_databases(async |[database]: [Db; 1]| {
        let Some(ca) = authority() else { return };
        let wire = Wire::to(&database, "127.0.0.2").await;
        // The certificate is for localhost and 127.0.0.1.
        assert!(encrypted(&wire.with_tls(TlsMode::VerifyCa, &ca)).await);
        let error = wire.with_tls(TlsMode::VerifyFull, &ca).refused().await;
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        assert!(
            error.next_step().is_some_and(|help| help.contains("127.0.0.2")),
            "{error:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_server_without_tls_is_refused_unless_it_is_a_mere_preference() {
    with_databases(async |[database]: [Db; 1]| {
        // A server that answers the question for TLS with "no", and then is the real one.
        let wire = Wire::without_tls(&database).await;
        let preferred = wire.database.with(|server| server.tls = TlsMode::Prefer);
        assert!(!encrypted(&preferred).await);
        let error = wire
            .database
            .with(|server| server.tls = TlsMode::Require)
            .refused()
            .await;
        assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
        assert!(
            error.next_step().is_some_and(|help| help.contains("sslmode")),
            "{error:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_directory_for_a_host_is_a_socket() {
    with_databases(async |[database]: [Db; 1]| {
        let sql = "SELECT pg_catalog.current_setting('unix_socket_directories')";
        let directory = ask(&mut *database.open().await, sql).await;
        let directory = directory.split(',').next().unwrap_or_default().trim().to_owned();
        if !Path::new(&directory).is_absolute() {
            eprintln!("SKIPPED: the server has no socket that this test can find");
            return;
        }
        // The mode is about TCP: nothing on a socket can be overheard.
        let socket = through(&database, &directory, TlsMode::VerifyFull, None);
        let mut session = socket.open().await;
        assert_eq!(
            ask(&mut *session, "SELECT pg_catalog.inet_server_addr() IS NULL").await,
            "t"
        );
        let missing = through(&database, "/nonexistent", TlsMode::Prefer, None)
            .refused()
            .await;
        assert_eq!(missing.kind(), ErrorKind::Connect, "{missing}");
        assert!(missing.to_string().contains("/nonexistent/.s.PGSQL."), "{missing}");
    })
    .await;
}

/// A wire to the server that can be cut, and counts what comes back.
pub(crate) struct Wire {
    pub(crate) database: Db,
    tasks: tokio::task::JoinHandle<()>,
    pub(crate) from_server: Arc<AtomicU64>,
}

impl Wire {
    pub(crate) async fn to(database: &Db, host: &str) -> Self {
        Self::start(database, host, false).await
    }

    async fn without_tls(database: &Db) -> Self {
        Self::start(database, "127.0.0.1", true).await
    }

    fn with_tls(&self, tls: TlsMode, ca: &Path) -> Db {
        self.database.with(|server| {
            server.tls = tls;
            server.tls_ca = Some(ca.to_owned());
        })
    }

    async fn start(database: &Db, host: &str, deny_tls: bool) -> Self {
        let listener = TcpListener::bind((host, 0)).await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let real = (database.server.host.clone(), database.server.port);
        let from_server = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&from_server);
        let tasks = tokio::spawn(async move {
            // Dropped with the task, and with it every wire.
            let mut wires = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&real).await.expect("the server");
                wires.spawn(carry(client, server, Arc::clone(&counter), deny_tls));
            }
        });
        let database = database.with(|server| {
            host.clone_into(&mut server.host);
            server.port = port;
        });
        Self {
            database,
            tasks,
            from_server,
        }
    }

    pub(crate) fn cut(&self) {
        self.tasks.abort();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.cut();
    }
}

async fn carry(mut client: TcpStream, server: TcpStream, from_server: Arc<AtomicU64>, deny_tls: bool) {
    if deny_tls {
        let mut first = [0; 8];
        client.read_exact(&mut first).await.expect("a first message");
        assert_eq!(first, [0, 0, 0, 8, 4, 210, 22, 47], "the question for TLS");
        client.write_all(b"N").await.expect("an answer");
    }
    let (mut from_client, mut to_client) = client.into_split();
    let (mut back, mut forth) = server.into_split();
    let answers = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = back.read(&mut buffer).await {
            from_server.fetch_add(read as u64, Ordering::Relaxed);
            if to_client.write_all(&buffer[..read]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = answers => {}
        _ = tokio::io::copy(&mut from_client, &mut forth) => {}
    }
}
