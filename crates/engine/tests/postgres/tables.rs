//! Tables that are not just tables.

use exodus_engine::{Access, Checks, ConnectOptions, Connection, ErrorKind, Select};

use crate::support::{Db, ask, column, copy, digest, run, select, with_databases};

const FAMILY: &[&str] = &[
    "CREATE TABLE public.parts (id int NOT NULL, s text) PARTITION BY RANGE (id)",
    "CREATE TABLE public.parts_low PARTITION OF public.parts FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE public.parts_high PARTITION OF public.parts FOR VALUES FROM (10) TO (100) PARTITION BY HASH (id)",
    "CREATE TABLE public.parts_high_0 PARTITION OF public.parts_high FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    "CREATE TABLE public.parent (id int, s text)",
    "CREATE TABLE public.heir (extra int) INHERITS (public.parent)",
];

async fn count(session: &mut dyn Connection, select: &Select) -> u64 {
    session.scan(select, &mut |_| {}).await.expect("a scan")
}

#[tokio::test]
async fn l08_partitions_are_read_through_their_parent_and_heirs_are_not() {
    with_databases(async |[source, target]: [Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        for end in [&mut source, &mut target] {
            run(&mut **end, FAMILY).await;
        }
        run(
            &mut *source,
            &[
                "INSERT INTO public.parts SELECT g, 'p' FROM generate_series(0, 99) AS g",
                "INSERT INTO public.parent VALUES (1, 'own'), (2, 'own')",
                "INSERT INTO public.heir VALUES (3, 'inherited', 0)",
            ],
        )
        .await;
        for (name, rows) in [("parts", 100), ("parent", 2), ("heir", 1)] {
            let select = select(name, &["id", "s"], "t.id < 1000");
            assert_eq!(
                copy(&mut *source, &mut *target, &select).await.expect("a copy"),
                rows,
                "{name}"
            );
            assert_eq!(
                digest(&mut *source, &select).await,
                digest(&mut *target, &select).await,
                "{name}"
            );
            source
                .begin(Access::Write, Checks::Enforced)
                .await
                .expect("a transaction");
            assert_eq!(source.lock(&select).await.expect("a lock"), rows, "{name}");
            assert_eq!(source.hold(&select).await.expect("a hold"), rows, "{name}");
            assert_eq!(source.delete(&select).await.expect("a delete"), rows, "{name}");
            // Nothing but this table's rows is gone.
            let heirs = ask(&mut *source, "SELECT count(*) FROM public.heir").await;
            assert_eq!(heirs, if name == "heir" { "0" } else { "1" });
            source.rollback().await.expect("a rollback");
        }
        assert_eq!(ask(&mut *target, "SELECT count(*) FROM public.parts_high").await, "90");
        assert_eq!(ask(&mut *target, "SELECT count(*) FROM public.parent").await, "3");
    })
    .await;
}

#[tokio::test]
async fn l07_identity_takes_given_values_and_generated_columns_are_computed() {
    with_databases(async |[source, target]: [Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        for end in [&mut source, &mut target] {
            run(
                &mut **end,
                &[
                    "CREATE TABLE public.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int, \
                   twice int GENERATED ALWAYS AS (n * 2) STORED)",
                ],
            )
            .await;
        }
        run(
            &mut *source,
            &["INSERT INTO public.t (id, n) OVERRIDING SYSTEM VALUE VALUES (0, 1), (-7, 2), (1000, 3)"],
        )
        .await;
        let stored = copy(&mut *source, &mut *target, &select("t", &["n", "id"], "true")).await;
        assert_eq!(stored.expect("a copy"), 3);
        let all = select("t", &["id", "n", "twice"], "true");
        assert_eq!(digest(&mut *source, &all).await, digest(&mut *target, &all).await);
        assert_eq!(
            ask(&mut *target, "SELECT twice FROM public.t WHERE id = 1000").await,
            "6"
        );
    })
    .await;
}

#[tokio::test]
async fn nulled_columns_are_read_as_null() {
    with_databases(async |[source, target]: [Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        for end in [&mut source, &mut target] {
            run(
                &mut **end,
                &[
                    "CREATE TYPE public.mood AS ENUM ('sad')",
                    "CREATE TABLE public.t (id int, boss int, m public.mood)",
                ],
            )
            .await;
        }
        run(
            &mut *source,
            &["INSERT INTO public.t VALUES (1, 2, 'sad'), (2, 1, 'sad')"],
        )
        .await;
        let select = Select {
            nulled: vec!["boss".to_owned(), "m".to_owned()],
            ..select("t", &["id", "boss", "m"], "true")
        };
        assert_eq!(copy(&mut *source, &mut *target, &select).await.expect("a copy"), 2);
        assert_eq!(
            ask(
                &mut *target,
                "SELECT count(*) FROM public.t WHERE boss IS NULL AND m IS NULL"
            )
            .await,
            "2"
        );
    })
    .await;
}

#[tokio::test]
async fn l09_names_are_themselves() {
    with_databases(async |[source, target]: [Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        let name = "Odd \"one\".with 'quotes' and 😀";
        let quoted = format!("public.\"{}\"", name.replace('"', "\"\""));
        for end in [&mut source, &mut target] {
            run(
                &mut **end,
                &[&format!("CREATE TABLE {quoted} (\"sel\"\"ect, $1\" int)")],
            )
            .await;
        }
        run(&mut *source, &[&format!("INSERT INTO {quoted} VALUES (1)")]).await;
        let odd = Select {
            columns: vec![column("sel\"ect, $1")],
            ..select(name, &[], "true")
        };
        assert_eq!(copy(&mut *source, &mut *target, &odd).await.expect("a copy"), 1);
        assert_eq!(count(&mut *target, &odd).await, 1);
        let missing = target
            .scan(&select("no such table", &["id"], "true"), &mut |_| {})
            .await
            .expect_err("no table");
        assert_eq!(missing.kind(), ErrorKind::Statement, "{missing}");
        assert!(missing.to_string().contains("no such table"), "{missing}");
    })
    .await;
}

#[tokio::test]
async fn encodings_are_converted_or_refused() {
    with_databases(async |[source]: [Db; 1]| {
        let name = crate::support::unique("latin1");
        let mut admin = source.open().await;
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
        run(&mut *admin, &[&sql]).await;
        let latin = source.with(|server| server.database.clone_from(&name));
        {
            let mut target = latin.open_with(ConnectOptions::default()).await.expect("a connection");
            for end in [&mut admin, &mut target] {
                run(&mut **end, &["CREATE TABLE public.t (id int, s text)"]).await;
            }
            run(&mut *admin, &["INSERT INTO public.t VALUES (1, 'é'), (2, '😀')"]).await;
            let fits = select("t", &["id", "s"], "id = 1");
            assert_eq!(copy(&mut *admin, &mut *target, &fits).await.expect("a copy"), 1);
            assert_eq!(digest(&mut *admin, &fits).await, digest(&mut *target, &fits).await);
            let error = copy(&mut *admin, &mut *target, &select("t", &["id", "s"], "id = 2")).await;
            let error = error.expect_err("LATIN1 has no such character");
            assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        }
        run(&mut *admin, &[&format!("DROP DATABASE {name} WITH (FORCE)")]).await;
    })
    .await;
}
