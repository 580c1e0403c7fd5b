//! Connecting, pinning, transactions, errors.

use std::time::{Duration, Instant};

use exodus_engine::{Access, Address, Checks, ConnectOptions, ErrorKind, Secret, TlsMode, connect};
use exodus_schema::Engine;

use crate::support::{Scratch, columns, load, on_each, one, scanned, select, stream};

#[tokio::test]
async fn settings_that_change_data_are_pinned() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        let mut conn = scratch.open().await;
        let facts = "SELECT @@time_zone, @@sql_mode, @@character_set_client, @@character_set_connection, @@foreign_key_checks, \
                     @@unique_checks, @@autocommit, @@sql_safe_updates, @@exodus_copy_is_not_a_variable";
        let told = conn.query(facts).await.unwrap_err();
        assert_eq!(told.kind(), ErrorKind::Statement);
        let facts = "SELECT @@time_zone, @@character_set_client, @@character_set_connection, @@foreign_key_checks, \
                     @@unique_checks, @@autocommit, @@sql_safe_updates, @exodus_copy";
        let row: Vec<_> = conn.query(facts).await.unwrap().remove(0).into_iter().flatten().collect();
        assert_eq!(row, ["+00:00", "utf8mb4", "utf8mb4", "1", "1", "1", "0", "1"]);
        let mode = one(&mut *conn, "SELECT @@sql_mode").await;
        let mut modes: Vec<_> = mode.split(',').collect();
        modes.sort_unstable();
        assert_eq!(
            modes,
            ["ALLOW_INVALID_DATES", "ERROR_FOR_DIVISION_BY_ZERO", "NO_AUTO_VALUE_ON_ZERO", "NO_ENGINE_SUBSTITUTION", "STRICT_ALL_TABLES"]
        );
        let version = one(&mut *conn, "SELECT VERSION()").await;
        let expected = if version.contains("MariaDB") { Engine::MariaDb } else { Engine::MySql };
        assert_eq!(conn.engine(), expected);
    })
    .await;
}

#[tokio::test]
async fn recursion_is_not_cut_off() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        let mut conn = scratch.open().await;
        let steps = "WITH RECURSIVE s(n) AS (SELECT 1 UNION SELECT n + 1 FROM s WHERE n < 5000) SELECT COUNT(*) FROM s";
        assert_eq!(one(&mut *conn, steps).await, "5000");
    })
    .await;
}

#[tokio::test]
async fn failures_to_connect_say_what_to_do() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        let options = ConnectOptions::default();
        let failed = async |address: &Address| connect("shop", address, options).await.err().unwrap();

        let wrong = scratch.with(|server| server.password = Some(Secret::new("swordfish")));
        let error = failed(&wrong).await;
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert!(!error.to_string().contains("swordfish"));

        let error = failed(&scratch.server.with_database("no_such_database")).await;
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert!(
            error.to_string().contains("no_such_database") && error.next_step().is_some(),
            "{error}"
        );

        let error = failed(&scratch.with(|server| server.port = 1)).await;
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert!(error.to_string().contains("127.0.0.1:1"), "{error}");

        let socket = scratch.with(|server| server.host = "/nowhere/mysqld.sock".into());
        let error = failed(&socket).await;
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert!(error.to_string().contains("/nowhere/mysqld.sock"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn tls_modes() {
    let Ok(ca) = std::env::var("EXODUS_TEST_TLS_CA") else {
        eprintln!("SKIPPED: EXODUS_TEST_TLS_CA is not set; TLS was not tested");
        return;
    };
    on_each(|[scratch]: [Scratch; 1]| {
        let ca = ca.clone();
        async move {
            let attempt = async |tls: TlsMode, ca: Option<&str>, host: &str| {
                let address = scratch.with(|server| {
                    server.tls = tls;
                    server.tls_ca = ca.map(Into::into);
                    server.host = host.into();
                });
                let mut conn = connect("shop", &address, ConnectOptions::default()).await?;
                let cipher = conn.query("SHOW STATUS LIKE 'Ssl_cipher'").await?.remove(0).remove(1);
                Ok::<_, exodus_engine::Error>(cipher.is_some_and(|cipher| !cipher.is_empty()))
            };
            let (good, ip) = (Some(ca.as_str()), "127.0.0.1");
            assert!(!attempt(TlsMode::Disable, None, ip).await.unwrap());
            assert!(attempt(TlsMode::Prefer, None, ip).await.unwrap());
            assert!(attempt(TlsMode::Require, None, ip).await.unwrap());
            assert!(attempt(TlsMode::Require, good, ip).await.unwrap());
            assert!(attempt(TlsMode::VerifyCa, good, ip).await.unwrap());
            assert!(attempt(TlsMode::VerifyFull, good, "localhost").await.unwrap());
            // This address reaches the server too, and is none of those its certificate is for.
            let other = "0.0.0.0";
            assert!(attempt(TlsMode::VerifyCa, good, other).await.unwrap());
            let error = attempt(TlsMode::VerifyFull, good, other).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
            assert!(error.next_step().is_some_and(|help| help.contains(other)), "{error}");
            for mode in [TlsMode::VerifyCa, TlsMode::VerifyFull] {
                let error = attempt(mode, None, "localhost").await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_ordinary_user_is_enough() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        let user = format!("u{}", &scratch.name["exodus_test_".len()..]);
        scratch
            .run(&[
                "CREATE TABLE p (id INT PRIMARY KEY)",
                "CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id))",
                &format!("CREATE USER {user}@'%' IDENTIFIED BY 'Secret-1'"),
                &format!("GRANT SELECT, INSERT, DELETE ON {}.* TO {user}@'%'", scratch.name),
            ])
            .await;
        // The first login of a user is the one that asks for the whole password: once encrypted, once by the server's
        // public key.
        for tls in [TlsMode::Disable, TlsMode::Require] {
            scratch.run(&["FLUSH PRIVILEGES"]).await;
            let address = scratch.with(|server| {
                server.user.clone_from(&user);
                server.password = Some(Secret::new("Secret-1"));
                server.tls = tls;
            });
            let mut conn = connect("shop", &address, ConnectOptions::default()).await.unwrap();
            assert!(conn.capabilities().checks_off);
            conn.begin(Access::Write, Checks::Off).await.unwrap();
            assert_eq!(conn.execute("INSERT INTO c VALUES (1, 99)").await.unwrap(), 1);
            conn.rollback().await.unwrap();
            let error = conn.execute("INSERT INTO c VALUES (1, 99)").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Constraint, "{error}");
            assert!(error.to_string().contains("c_ibfk_1"), "{error}");
            let error = conn.execute("UPDATE c SET id = 2").await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Privilege, "{error}");
        }
        scratch.run(&[&format!("DROP USER {user}@'%'")]).await;
    })
    .await;
}

#[tokio::test]
async fn checks_come_back_after_each_end() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        let mut conn = scratch.open().await;
        for commits in [true, false] {
            conn.begin(Access::Write, Checks::Off).await.unwrap();
            assert_eq!(
                one(
                    &mut *conn,
                    "SELECT CONCAT(@@foreign_key_checks + 0, @@unique_checks + 0)"
                )
                .await,
                "01"
            );
            assert!(
                conn.begin(Access::Write, Checks::Off).await.is_err(),
                "a transaction within one"
            );
            if commits {
                conn.commit().await.unwrap();
            } else {
                conn.rollback().await.unwrap();
            }
            assert_eq!(one(&mut *conn, "SELECT @@foreign_key_checks").await, "1");
        }
        conn.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_read_only_session_writes_nothing() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch.run(&["CREATE TABLE t (id INT PRIMARY KEY)"]).await;
        let mut conn = scratch
            .open_with(ConnectOptions {
                read_only: true,
                ..Default::default()
            })
            .await;
        for statement in [
            "INSERT INTO t VALUES (1)",
            "DELETE FROM t",
            "CREATE TABLE u (id INT)",
            "DROP TABLE t",
        ] {
            let error = conn.execute(statement).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Privilege, "{statement}: {error}");
        }
        conn.begin(Access::Write, Checks::Enforced).await.unwrap();
        assert!(conn.execute("INSERT INTO t VALUES (1)").await.is_err());
        conn.rollback().await.unwrap();
        assert_eq!(one(&mut *conn, "SELECT COUNT(*) FROM t").await, "0");
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_is_one_view() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch
            .run(&[
                "CREATE TABLE a (id INT PRIMARY KEY)",
                "CREATE TABLE b (id INT PRIMARY KEY)",
            ])
            .await;
        let mut reader = scratch.open().await;
        reader.begin(Access::Snapshot, Checks::Enforced).await.unwrap();
        scratch
            .run(&["INSERT INTO a VALUES (1)", "INSERT INTO b VALUES (1)"])
            .await;
        assert_eq!(
            one(
                &mut *reader,
                "SELECT (SELECT COUNT(*) FROM a) + (SELECT COUNT(*) FROM b)"
            )
            .await,
            "0"
        );
        assert!(reader.execute("INSERT INTO a VALUES (2)").await.is_err());
        reader.rollback().await.unwrap();
        assert_eq!(one(&mut *reader, "SELECT COUNT(*) FROM a").await, "1");
    })
    .await;
}

#[tokio::test]
async fn a_write_transaction_sees_what_was_committed() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch.run(&["CREATE TABLE a (id INT PRIMARY KEY)"]).await;
        let mut writer = scratch.open().await;
        writer.begin(Access::Write, Checks::Enforced).await.unwrap();
        assert_eq!(one(&mut *writer, "SELECT COUNT(*) FROM a").await, "0");
        scratch.run(&["INSERT INTO a VALUES (1)"]).await;
        assert_eq!(one(&mut *writer, "SELECT COUNT(*) FROM a").await, "1");
        // Dropped, not rolled back.
        writer.execute("INSERT INTO a VALUES (2)").await.unwrap();
        drop(writer);
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(scratch.ask("SELECT COUNT(*) FROM a").await, "1");
    })
    .await;
}

#[tokio::test]
async fn queries_give_text_or_an_error() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        let mut conn = scratch.open().await;
        let rows = conn
            .query("SELECT NULL, 1, 'ä', '' UNION ALL SELECT 2, 3, 4, 5")
            .await
            .unwrap();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            rows,
            [
                vec![None, some("1"), some("ä"), some("")],
                vec![some("2"), some("3"), some("4"), some("5")]
            ]
        );
        let error = conn.query("SELECT x'ff00fe'").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        // The rest of that result is no obstacle.
        assert_eq!(one(&mut *conn, "SELECT 7").await, "7");
        // A text stored in another character set comes as UTF-8, after a scan too, which reads it as stored.
        scratch
            .run(&[
                "CREATE TABLE l (c VARCHAR(9) CHARACTER SET latin1)",
                "INSERT INTO l VALUES ('ä')",
            ])
            .await;
        let described = columns(&mut *conn, "l").await;
        assert_eq!(
            scanned(&mut *conn, &select("l", &described, "TRUE")).await,
            [[Some(b"\xe4".to_vec())]]
        );
        assert_eq!(one(&mut *conn, "SELECT c FROM l").await, "ä");
    })
    .await;
}

#[tokio::test]
async fn errors_show_no_values() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        scratch
            .run(&[
                "CREATE TABLE t (id INT PRIMARY KEY, login VARCHAR(20) UNIQUE, n INT)",
                "INSERT INTO t VALUES (1, 'topsecret', 1)",
                "CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'topsecret'",
            ])
            .await;
        let mut conn = scratch.open().await;
        for (statement, kind, names) in [
            ("INSERT INTO t VALUES (2, 'topsecret', 1)", ErrorKind::Constraint, "login"),
            ("INSERT INTO t VALUES (2, 'x', 'topsecret')", ErrorKind::Data, "n"),
            ("SELECT id FROM t WHERE id === 'topsecret'", ErrorKind::Statement, "syntax"),
            ("UPDATE t SET n = 2", ErrorKind::Statement, "trigger"),
            ("SELECT topless FROM t", ErrorKind::Statement, "topless"),
        ] {
            let error = conn.execute(statement).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
            assert!(error.to_string().contains(names) && !error.to_string().contains("topsecret"), "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_statement_can_be_cancelled() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        let mut conn = scratch.open().await;
        let cancel = conn.canceller();
        let started = Instant::now();
        let (result, ()) = tokio::join!(
            conn.query("SELECT COUNT(*), SLEEP(20) FROM information_schema.COLLATIONS"),
            async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                cancel().await;
            }
        );
        // SLEEP itself may end without an error when it is interrupted.
        if let Err(error) = result {
            assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        }
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(one(&mut *conn, "SELECT 1").await, "1");
    })
    .await;
}

#[tokio::test]
async fn a_killed_connection_is_lost() {
    on_each(|[source, target]: [Scratch; 2]| async move {
        for scratch in [&source, &target] {
            scratch.run(&["CREATE TABLE t (id INT PRIMARY KEY, filler VARCHAR(200))"]).await;
        }
        source.run(&["INSERT INTO t WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 200000) SELECT n, REPEAT('x', 200) FROM s"]).await;
        let (mut reader, mut writer) = (source.open().await, target.open().await);
        let id = one(&mut *writer, "SELECT CONNECTION_ID()").await;
        let columns = columns(&mut *reader, "t").await;
        writer.begin(Access::Write, Checks::Off).await.unwrap();
        let (select, load) = (select("t", &columns, "TRUE"), load("t", &columns));
        let ((sent, stored), ()) = tokio::join!(stream(&mut *reader, &mut *writer, &select, &load), async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            target.run(&[&format!("KILL CONNECTION {id}")]).await;
        });
        assert_eq!(stored.unwrap_err().kind(), ErrorKind::Lost);
        drop(sent);
        assert!(writer.execute("SELECT 1").await.is_err());
        assert_eq!(target.ask("SELECT COUNT(*) FROM t").await, "0");
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_is_not_waited_for_leaves_its_answer_to_nobody() {
    on_each(|[scratch]: [Scratch; 1]| async move {
        let mut conn = scratch.open().await;
        let cut = tokio::time::timeout(Duration::from_millis(200), conn.query("SELECT 'stale', SLEEP(1)")).await;
        assert!(cut.is_err(), "the query should have been cut off");
        let error = conn.query("SELECT 'fresh'").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
        assert_eq!(conn.rollback().await.unwrap_err().kind(), ErrorKind::Lost);
    })
    .await;
}
