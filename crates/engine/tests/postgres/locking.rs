//! Locks, constraints, commits.

use std::time::Duration;

use exodus_engine::{Access, Checks, ErrorKind};

use crate::support::{Db, ask, run, select, with_databases};

const LOOP: &[&str] = &[
    "CREATE TABLE public.p (id int PRIMARY KEY, c int)",
    "CREATE TABLE public.c (id int PRIMARY KEY, p int REFERENCES public.p DEFERRABLE)",
    "ALTER TABLE public.p ADD FOREIGN KEY (c) REFERENCES public.c DEFERRABLE",
];

#[tokio::test]
async fn deferrable_relations_wait_for_the_commit() {
    with_databases(async |[database]: [Db; 1]| {
        let mut session = database.open().await;
        run(&mut *session, LOOP).await;
        session
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        run(
            &mut *session,
            &[
                "INSERT INTO public.p VALUES (1, 1)",
                "INSERT INTO public.c VALUES (1, 1)",
            ],
        )
        .await;
        session.commit().await.expect("a commit");

        session
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        run(&mut *session, &["INSERT INTO public.c VALUES (2, 424242)"]).await;
        let error = session.commit().await.expect_err("no such parent");
        assert_eq!(error.kind(), ErrorKind::Constraint, "{error}");
        assert!(
            error.to_string().contains("c_p_fkey") && !error.to_string().contains("424242"),
            "{error}"
        );
        session.rollback().await.expect("a rollback");
        assert_eq!(ask(&mut *session, "SELECT count(*) FROM public.c").await, "1");
    })
    .await;
}

#[tokio::test]
async fn a_failed_transaction_does_not_pretend_to_commit() {
    with_databases(async |[database]: [Db; 1]| {
        let mut session = database.open().await;
        run(&mut *session, LOOP).await;
        session
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        run(&mut *session, &["INSERT INTO public.p VALUES (1, NULL)"]).await;
        session.execute("SELECT 1/0").await.expect_err("a failure");
        session.commit().await.expect_err("it has failed");
        session.rollback().await.expect("a rollback");
        session.rollback().await.expect("nothing to roll back");
        assert_eq!(ask(&mut *session, "SELECT count(*) FROM public.p").await, "0");

        // Also where only the server knows that it has failed.
        session
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        run(&mut *session, &["INSERT INTO public.p VALUES (1, NULL)"]).await;
        run(&mut *session, &["DO $$ BEGIN PERFORM 1; END $$", "ROLLBACK", "BEGIN"]).await;
        session.execute("SELECT 1/0").await.expect_err("a failure");
        session.commit().await.expect_err("it has failed");
    })
    .await;
}

#[tokio::test]
async fn locked_rows_are_neither_changed_nor_referenced_and_held_ones_stay() {
    with_databases(async |[database]: [Db; 1]| {
        let (mut mover, mut other) = (database.open().await, database.open().await);
        run(&mut *mover, LOOP).await;
        run(&mut *mover, &["INSERT INTO public.p VALUES (1), (2)"]).await;
        run(&mut *other, &["SET lock_timeout = '50ms'"]).await;
        let one = select("p", &[], "t.id = 1");

        assert!(
            mover.lock(&one).await.is_err(),
            "without a transaction a lock would be gone at once"
        );
        mover
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        assert_eq!(mover.lock(&one).await.expect("a lock"), 1);
        for blocked in [
            "UPDATE public.p SET c = NULL WHERE id = 1",
            "DELETE FROM public.p WHERE id = 1",
            "INSERT INTO public.c VALUES (1, 1)",
        ] {
            let error = other.execute(blocked).await.expect_err(blocked);
            assert!(error.to_string().contains("55P03"), "{error}");
        }
        run(&mut *other, &["UPDATE public.p SET c = NULL WHERE id = 2"]).await;
        mover.rollback().await.expect("a rollback");

        mover
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        assert_eq!(mover.hold(&one).await.expect("a hold"), 1);
        assert!(other.execute("DELETE FROM public.p WHERE id = 1").await.is_err());
        run(
            &mut *other,
            &[
                "INSERT INTO public.c VALUES (1, 1)",
                "UPDATE public.p SET c = NULL WHERE id = 1",
            ],
        )
        .await;
        mover.commit().await.expect("a commit");
    })
    .await;
}

#[tokio::test]
async fn l26_readers_take_no_row_locks() {
    with_databases(async |[database]: [Db; 1]| {
        let (mut reader, mut other) = (database.open().await, database.open().await);
        run(
            &mut *other,
            &["CREATE TABLE public.t AS SELECT 1 AS id", "SET lock_timeout = '50ms'"],
        )
        .await;
        reader
            .begin(Access::Snapshot, Checks::Enforced)
            .await
            .expect("a snapshot");
        let all = select("t", &["id"], "true");
        assert_eq!(crate::support::chunks(&mut *reader, &all).await.len(), 2);
        run(&mut *other, &["UPDATE public.t SET id = 2", "DELETE FROM public.t"]).await;
        assert_eq!(reader.scan(&all, &mut |_| {}).await.expect("a scan"), 1);
        reader.commit().await.expect("a commit");
    })
    .await;
}

#[tokio::test]
async fn a_dropped_connection_rolls_back_and_lets_go() {
    with_databases(async |[database]: [Db; 1]| {
        let (mut first, mut second) = (database.open().await, database.open().await);
        run(&mut *first, &["CREATE TABLE public.t (id int PRIMARY KEY)"]).await;
        first
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect("a transaction");
        run(&mut *first, &["INSERT INTO public.t VALUES (1)"]).await;
        drop(first);
        run(
            &mut *second,
            &["SET lock_timeout = '5s'", "INSERT INTO public.t VALUES (1)"],
        )
        .await;

        // In the middle of a statement, too: the server stops working for nobody.
        let mut third = database.open().await;
        let pid = ask(&mut *third, "SELECT pg_catalog.pg_backend_pid()").await;
        let sleeping = tokio::time::timeout(
            Duration::from_millis(200),
            third.query("SELECT pg_catalog.pg_sleep(60)"),
        );
        assert!(sleeping.await.is_err(), "it sleeps");
        drop(third);
        let gone = format!("SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid = {pid}");
        for _ in 0..50 {
            if ask(&mut *second, &gone).await == "0" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the server still sleeps");
    })
    .await;
}
