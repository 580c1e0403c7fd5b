//! Streams: whole, cut, miscounted, refused.

use exodus_engine::{Access, Checks, Chunk, Connection, ErrorKind, Load, Result, Select, channel};

use crate::support::{ask, chunks, column, copy, digest, run, select, shown, table, text_only, with_databases};

/// Writes these chunks into the table in a transaction that is rolled back after a failure.
async fn write(target: &mut dyn Connection, select: &Select, chunks: Vec<Chunk>) -> Result<u64> {
    let load = Load {
        table: select.table.clone(),
        columns: select.columns.clone(),
    };
    target.begin(Access::Write, Checks::Enforced).await?;
    let (sink, rows) = channel();
    let send = async move {
        for chunk in chunks {
            if sink.send(chunk).await.is_err() {
                break;
            }
        }
    };
    let format = target.format(&select.columns);
    let (stored, ()) = tokio::join!(target.write(&load, format, rows), send);
    if stored.is_err() {
        assert!(target.commit().await.is_err(), "a failed transaction must not commit");
        target.rollback().await?;
    } else {
        target.commit().await?;
    }
    stored
}

#[tokio::test]
async fn a_stream_that_breaks_off_leaves_nothing() {
    with_databases(async |[source, target]: [crate::support::Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        run(
            &mut *source,
            &["CREATE TABLE public.t AS SELECT g AS id, repeat('x', 100) AS s FROM generate_series(1, 5000) AS g"],
        )
        .await;
        run(&mut *target, &["CREATE TABLE public.t (id int, s text)"]).await;
        for columns in [vec![column("id"), column("s")], vec![column("id"), text_only("s")]] {
            let select = Select {
                columns,
                ..select("t", &[], "true")
            };
            // All rows are there, and only the word that they are all is missing; or even rows are.
            for left_out in [1, 2] {
                let mut cut = chunks(&mut *source, &select).await;
                cut.truncate(cut.len() - left_out);
                let error = write(&mut *target, &select, cut).await.expect_err("it broke off");
                assert_eq!(error.kind(), ErrorKind::Data, "{error}");
            }
            let mut lying = chunks(&mut *source, &select).await;
            lying.pop();
            lying.push(Chunk::End { rows: 4999 });
            let error = write(&mut *target, &select, lying).await.expect_err("it is miscounted");
            assert_eq!(error.kind(), ErrorKind::Data, "{error}");
            assert_eq!(ask(&mut *target, "SELECT count(*) FROM public.t").await, "0");
        }
        // The session has survived all of that.
        let whole = select("t", &["id", "s"], "id % 2 = 0");
        assert_eq!(copy(&mut *source, &mut *target, &whole).await.expect("a copy"), 2500);
    })
    .await;
}

#[tokio::test]
async fn chunks_count_the_rows_that_end_in_them() {
    with_databases(async |[source]: [crate::support::Db; 1]| {
        let mut source = source.open().await;
        run(
            &mut *source,
            &["CREATE TABLE public.t AS SELECT g AS id, repeat('x', g % 7 * 30000) || E'\\n' AS s FROM generate_series(1, 100) AS g"],
        )
        .await;
        for columns in [vec![column("id"), column("s")], vec![column("id"), text_only("s")]] {
            let select = Select {
                columns,
                ..select("t", &[], "true")
            };
            let mut counted = 0;
            let mut ends = Vec::new();
            for chunk in chunks(&mut *source, &select).await {
                match chunk {
                    Chunk::Bytes { rows, .. } => counted += rows,
                    Chunk::End { rows } => ends.push(rows),
                    Chunk::Sqlite(_) => panic!("not ours"),
                }
            }
            assert_eq!((counted, ends), (100, vec![100]));
        }
        let none = select("t", &["id", "s"], "false");
        assert!(matches!(chunks(&mut *source, &none).await.last(), Some(Chunk::End { rows: 0 })));
    })
    .await;
}

#[tokio::test]
async fn a_duplicate_names_the_constraint_and_not_the_value() {
    with_databases(async |[source, target]: [crate::support::Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        run(&mut *source, &["CREATE TABLE public.t AS SELECT 'secret-value'::text AS login, 'NaN'::float8 AS n"]).await;
        run(
            &mut *target,
            &[
                "CREATE TABLE public.t (login text CONSTRAINT one_login UNIQUE, n float8, CONSTRAINT sane CHECK (n < 10))",
                "INSERT INTO public.t VALUES ('secret-value', 1)",
            ],
        )
        .await;
        for (columns, constraint) in [(&["login"][..], "one_login"), (&["n"][..], "sane")] {
            let select = select("t", columns, "true");
            let sent = chunks(&mut *source, &select).await;
            let error = write(&mut *target, &select, sent).await.expect_err("a violation");
            assert_eq!(error.kind(), ErrorKind::Constraint, "{error}");
            let text = shown(&error);
            assert!(text.contains(constraint) && text.contains("public.t"), "{text}");
            assert!(!text.contains("secret-value") && !text.contains("NaN"), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn errors_never_quote_a_value() {
    with_databases(async |[database]: [crate::support::Db; 1]| {
        let mut session = database.open().await;
        run(
            &mut *session,
            &[
                "CREATE TYPE public.mood AS ENUM ('sad')",
                "CREATE TABLE public.t (id int, m public.mood)",
                "CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no 424242'; END $$",
                "CREATE FUNCTION public.g() RETURNS int LANGUAGE plpgsql AS $$ BEGIN \
                 RAISE EXCEPTION 'no 424242' USING ERRCODE = 'unique_violation', CONSTRAINT = 'c'; END $$",
                "CREATE FUNCTION public.h() RETURNS int LANGUAGE plpgsql AS $$ BEGIN \
                 EXECUTE 'SELECT ''424242x''::int'; END $$",
            ],
        )
        .await;
        for (statement, kind) in [
            ("SELECT '424242x'::int", ErrorKind::Data),
            ("SELECT 4242424242424242::text::int", ErrorKind::Data),
            ("SELECT '424242'::public.mood", ErrorKind::Data),
            ("SELECT '{424242'::int[]", ErrorKind::Data),
            ("SELECT '2024-42-42'::date", ErrorKind::Data),
            ("SELECT '{\"a\": 424242x}'::json", ErrorKind::Data),
            ("SELECT chr(424242424)", ErrorKind::Statement),
            ("SELECT convert_from('\\xff424242', 'UTF8')", ErrorKind::Data),
            ("SELECT 'x' 424242", ErrorKind::Statement),
            ("SELECT public.f()", ErrorKind::Statement),
            ("SELECT public.g()", ErrorKind::Statement),
            ("SELECT public.h()", ErrorKind::Data),
        ] {
            let error = session.query(statement).await.expect_err(statement);
            let text = shown(&error);
            assert!(!text.contains("42424") && !text.contains("42-42"), "{statement}: {text}");
            if kind != ErrorKind::Statement {
                assert_eq!(error.kind(), kind, "{statement}: {text}");
            }
        }
        let raised = session.query("SELECT public.f()").await.expect_err("raised");
        assert!(raised.to_string().contains("public.f()"), "{raised}");

        // A value that COPY refuses: the column is named, the value is not.
        let select = Select {
            columns: vec![column("id"), text_only("m")],
            ..select("t", &[], "true")
        };
        let bad = vec![
            Chunk::Bytes {
                data: "1\t424242\n".into(),
                rows: 1,
            },
            Chunk::End { rows: 1 },
        ];
        let error = write(&mut *session, &select, bad).await.expect_err("no such label");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert!(error.to_string().contains("column m"), "{error}");
        assert!(!shown(&error).contains("424242"), "{error:?}");
    })
    .await;
}

#[tokio::test]
async fn rows_that_a_trigger_swallows_are_missed() {
    with_databases(async |[source, target]: [crate::support::Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        run(
            &mut *source,
            &["CREATE TABLE public.t AS SELECT g AS id FROM generate_series(1, 10) AS g"],
        )
        .await;
        run(
            &mut *target,
            &[
                "CREATE TABLE public.t (id int)",
                "CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RETURN CASE WHEN NEW.id <> 7 THEN NEW END; END $$",
                "CREATE TRIGGER swallow BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.swallow()",
            ],
        )
        .await;
        let select = select("t", &["id"], "true");
        let sent = chunks(&mut *source, &select).await;
        let error = write(&mut *target, &select, sent)
            .await
            .expect_err("one row is missing");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert_eq!(ask(&mut *target, "SELECT count(*) FROM public.t").await, "0");
        // With checks off it does not fire.
        target.begin(Access::Write, Checks::Off).await.expect("a transaction");
        let load = Load {
            table: table("t"),
            columns: select.columns.clone(),
        };
        let (sink, rows) = channel();
        let format = target.format(&select.columns);
        let (sent, stored) = tokio::join!(source.read(&select, format, sink), target.write(&load, format, rows));
        assert_eq!((sent.expect("a read").rows, stored.expect("a write")), (10, 10));
        target.commit().await.expect("a commit");
    })
    .await;
}

#[tokio::test]
async fn rows_of_many_megabytes_pass() {
    with_databases(async |[source, target]: [crate::support::Db; 2]| {
        let (mut source, mut target) = (source.open().await, target.open().await);
        run(
            &mut *source,
            &["CREATE TABLE public.t AS SELECT g AS id, repeat(E'é\\t\\n\\\\', 4000000) AS s FROM generate_series(1, 3) AS g"],
        )
        .await;
        run(&mut *target, &["CREATE TABLE public.t (id int, s text)"]).await;
        for columns in [vec![column("id"), column("s")], vec![column("id"), text_only("s")]] {
            let select = Select {
                columns,
                ..select("t", &[], "true")
            };
            assert_eq!(copy(&mut *source, &mut *target, &select).await.expect("a copy"), 3);
            assert_eq!(digest(&mut *source, &select).await, digest(&mut *target, &select).await);
            run(&mut *target, &["TRUNCATE public.t"]).await;
        }
    })
    .await;
}
