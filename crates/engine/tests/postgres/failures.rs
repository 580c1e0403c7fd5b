//! Servers that die, wires that are cut, work that is cancelled.

use std::time::{Duration, Instant};

use exodus_engine::{Access, Checks, Chunk, Connection, ErrorKind, Load, channel};

use crate::support::{Db, ask, chunks, run, select, table, with_databases};
use crate::transport::Wire;

const MANY: &str =
    "CREATE TABLE public.t AS SELECT g AS id, repeat('x', 100) AS s FROM generate_series(1, 200000) AS g";

async fn pid(session: &mut dyn Connection) -> String {
    ask(session, "SELECT pg_catalog.pg_backend_pid()").await
}

async fn kill(admin: &mut dyn Connection, pid: &str) {
    assert_eq!(
        ask(admin, &format!("SELECT pg_catalog.pg_terminate_backend({pid})")).await,
        "t"
    );
}

/// No failure may take longer: a hang is a failure of its own.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .expect("an end")
}

/// l40: a dead stream is not the end of the data.
#[tokio::test]
async fn a_reader_whose_server_dies_has_lost_its_connection() {
    with_databases(async |[database]: [Db; 1]| {
        let (mut admin, mut reader) = (database.open().await, database.open().await);
        run(&mut *admin, &[MANY]).await;
        let victim = pid(&mut *reader).await;
        let all = select("t", &["id", "s"], "true");
        let (sink, mut rows) = channel();
        let format = reader.format(&all.columns);
        let consume = async {
            assert!(matches!(rows.recv().await, Some(Chunk::Bytes { .. })));
            kill(&mut *admin, &victim).await;
            let mut ended = false;
            while let Some(chunk) = rows.recv().await {
                ended |= matches!(chunk, Chunk::End { .. });
            }
            assert!(!ended, "a dead stream is no end (l40)");
        };
        let (sent, ()) = soon(async { tokio::join!(reader.read(&all, format, sink), consume) }).await;
        let error = sent.expect_err("the server died");
        assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
        assert_eq!(
            soon(reader.query("SELECT 1")).await.expect_err("it is gone").kind(),
            ErrorKind::Lost
        );
    })
    .await;
}

#[tokio::test]
async fn a_writer_whose_server_dies_has_lost_its_connection() {
    with_databases(async |[database]: [Db; 1]| {
        let (mut admin, mut writer) = (database.open().await, database.open().await);
        run(&mut *admin, &[MANY, "CREATE TABLE public.copy (id int, s text)"]).await;
        let victim = pid(&mut *writer).await;
        let all = select("t", &["id", "s"], "true");
        let rows = chunks(&mut *admin, &all).await;
        writer
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        let (sink, source) = channel();
        let load = Load {
            table: table("copy"),
            columns: all.columns.clone(),
        };
        let format = writer.format(&all.columns);
        let feed = async {
            for (at, chunk) in rows.into_iter().enumerate() {
                if at == 20 {
                    kill(&mut *admin, &victim).await;
                }
                if sink.send(chunk).await.is_err() {
                    break;
                }
            }
            drop(sink);
        };
        let (stored, ()) = soon(async { tokio::join!(writer.write(&load, format, source), feed) }).await;
        let error = stored.expect_err("the server died");
        assert_eq!(error.kind(), ErrorKind::Lost, "{error}");
        assert_eq!(
            soon(writer.rollback()).await.expect_err("it is gone").kind(),
            ErrorKind::Lost
        );
        assert_eq!(ask(&mut *admin, "SELECT count(*) FROM public.copy").await, "0");
    })
    .await;
}

#[tokio::test]
async fn a_cut_wire_is_lost_in_the_middle_of_anything() {
    with_databases(async |[database]: [Db; 1]| {
        let mut admin = database.open().await;
        run(&mut *admin, &[MANY]).await;
        let wire = Wire::to(&database, "127.0.0.1").await;
        let (mut reader, mut waiter) = (wire.database.open().await, wire.database.open().await);
        let all = select("t", &["id", "s"], "true");
        let (sink, mut rows) = channel();
        let format = reader.format(&all.columns);
        let cut = async {
            assert!(matches!(rows.recv().await, Some(Chunk::Bytes { .. })));
            wire.cut();
            while rows.recv().await.is_some() {}
        };
        let both = async {
            tokio::join!(
                reader.read(&all, format, sink),
                waiter.query("SELECT pg_catalog.pg_sleep(60)"),
                cut
            )
        };
        let (sent, slept, ()) = soon(both).await;
        assert_eq!(sent.expect_err("cut").kind(), ErrorKind::Lost);
        assert_eq!(slept.expect_err("cut").kind(), ErrorKind::Lost);
    })
    .await;
}

#[tokio::test]
async fn cancelling_ends_a_statement_and_leaves_the_session() {
    with_databases(async |[database]: [Db; 1]| {
        let mut session = database.open().await;
        let cancel = session.canceller();
        let started = Instant::now();
        let later = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            cancel().await;
        };
        let (slept, ()) = soon(async { tokio::join!(session.query("SELECT pg_catalog.pg_sleep(60)"), later) }).await;
        assert_eq!(slept.expect_err("cancelled").kind(), ErrorKind::Cancelled);
        assert!(started.elapsed() < Duration::from_secs(10));
        assert_eq!(ask(&mut *session, "SELECT 1").await, "1");
        // Nothing runs: nothing happens.
        cancel().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(ask(&mut *session, "SELECT 1").await, "1");
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_nobody_listens_to_stops() {
    with_databases(async |[database]: [Db; 1]| {
        let mut admin = database.open().await;
        run(&mut *admin, &[MANY]).await;
        let wire = Wire::to(&database, "127.0.0.1").await;
        let mut reader = wire.database.open().await;
        // Through a plain wire, so that what comes back can be counted; 25 MB would come.
        let all = select("t", &["id", "s"], "true");
        let format = reader.format(&all.columns);
        reader
            .begin(Access::Snapshot, Checks::Enforced)
            .await
            .expect("a snapshot");
        let (sink, mut rows) = channel();
        let listen = async move {
            rows.recv().await;
        };
        let (sent, ()) = soon(async { tokio::join!(reader.read(&all, format, sink), listen) }).await;
        assert_eq!(sent.expect_err("nobody listens").kind(), ErrorKind::Cancelled);
        soon(reader.rollback()).await.expect("a rollback");
        let received = wire.from_server.load(std::sync::atomic::Ordering::Relaxed);
        assert!(received < 12_000_000, "the rest was read to the end: {received} bytes");
        assert_eq!(ask(&mut *reader, "SELECT 1").await, "1");

        // And while the server has not even found the first row.
        let slow = select("t", &["id"], "t.id = 1 AND pg_catalog.pg_sleep(60) IS NULL");
        let (sink, rows) = channel();
        drop(rows);
        let sent = soon(reader.read(&slow, format, sink)).await;
        assert_eq!(sent.expect_err("nobody listens").kind(), ErrorKind::Cancelled);
        assert_eq!(ask(&mut *reader, "SELECT 1").await, "1");
    })
    .await;
}

#[tokio::test]
async fn a_dropped_future_does_not_hold_up_the_next_statement() {
    with_databases(async |[database]: [Db; 1]| {
        let mut session = database.open().await;
        run(&mut *session, &["CREATE TABLE public.t (id int)"]).await;
        session
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        run(&mut *session, &["INSERT INTO public.t VALUES (1)"]).await;
        let sleeping = session.query("SELECT pg_catalog.pg_sleep(60)");
        tokio::time::timeout(Duration::from_millis(200), sleeping)
            .await
            .expect_err("it sleeps");
        // What was dropped was cancelled, and has failed its transaction.
        soon(session.commit()).await.expect_err("it has failed");
        soon(session.rollback()).await.expect("a rollback");
        assert_eq!(ask(&mut *session, "SELECT count(*) FROM public.t").await, "0");
    })
    .await;
}
