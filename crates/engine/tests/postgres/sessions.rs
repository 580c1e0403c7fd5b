//! Connecting, refusals, pins.

use exodus_engine::{Access, Checks, ConnectOptions, Connection, ErrorKind, Secret};

use crate::support::{Db, ask, is_at_least, run, select, shown, unique, with_databases};

/// A role that may log in; dropped when the test is over, with what it owns in this database.
async fn with_role<T: Future<Output = ()>>(database: &Db, test: impl FnOnce(String) -> T) {
    let role = unique("role");
    let mut admin = database.open().await;
    run(&mut *admin, &[&format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'")]).await;
    test(role.clone()).await;
    run(
        &mut *admin,
        &[&format!("DROP OWNED BY {role}"), &format!("DROP ROLE {role}")],
    )
    .await;
}

async fn setting(connection: &mut dyn Connection, name: &str) -> String {
    ask(connection, &format!("SHOW {name}")).await
}

#[tokio::test]
async fn pins_hold_against_the_roles_own_defaults() {
    with_databases(async |[database]: [Db; 1]| {
        // Which is the first to let others than superusers have that setting.
        if !is_at_least(&database, 15).await {
            return;
        }
        with_role(&database, async |role| {
            let mut admin = database.open().await;
            for hostile in [
                "client_encoding = latin1",
                "timezone = 'Asia/Kathmandu'",
                "datestyle = 'German'",
                "intervalstyle = 'sql_standard'",
                "extra_float_digits = -5",
                "bytea_output = 'escape'",
                "search_path = 'public'",
                "standard_conforming_strings = off",
                "row_security = on",
                "statement_timeout = '10s'",
                "lock_timeout = 1",
                "default_transaction_read_only = on",
                "default_transaction_isolation = 'serializable'",
                "synchronous_commit = off",
                "session_replication_role = replica",
                "gin_fuzzy_search_limit = 7",
                "transform_null_equals = on",
            ] {
                run(&mut *admin, &[&format!("ALTER ROLE {role} SET {hostile}")]).await;
            }
            // Without the right to set it back, the session must be refused rather than run with checks off.
            assert_eq!(database.as_role(&role).refused().await.kind(), ErrorKind::Privilege);
            run(
                &mut *admin,
                &[&format!("GRANT SET ON PARAMETER session_replication_role TO {role}")],
            )
            .await;
            let mut session = database.as_role(&role).open().await;
            for (name, value) in [
                ("client_encoding", "UTF8"),
                ("timezone", "UTC"),
                ("datestyle", "ISO, YMD"),
                ("intervalstyle", "postgres"),
                ("extra_float_digits", "3"),
                ("bytea_output", "hex"),
                ("search_path", ""),
                ("exodus.copy", "1"),
                ("standard_conforming_strings", "on"),
                ("row_security", "off"),
                ("statement_timeout", "0"),
                ("lock_timeout", "30s"),
                ("idle_in_transaction_session_timeout", "0"),
                ("default_transaction_read_only", "off"),
                ("default_transaction_isolation", "read committed"),
                ("synchronous_commit", "on"),
                ("session_replication_role", "origin"),
                ("gin_fuzzy_search_limit", "0"),
                ("transform_null_equals", "off"),
                ("application_name", "exodus"),
            ] {
                assert_eq!(setting(&mut *session, name).await, value, "{name}");
            }
            run(
                &mut *admin,
                &[&format!("REVOKE SET ON PARAMETER session_replication_role FROM {role}")],
            )
            .await;
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn checks_are_switched_off_for_one_transaction_by_whom_it_was_granted() {
    with_databases(async |[database]: [Db; 1]| {
        // Which is the first to let others than superusers have that setting.
        if !is_at_least(&database, 15).await {
            return;
        }
        with_role(&database, async |role| {
            let mut plain = database.as_role(&role).open().await;
            assert!(!plain.capabilities().checks_off);
            let refused = plain.begin(Access::Write, Checks::Off).await.expect_err("not granted");
            assert_eq!(refused.kind(), ErrorKind::Unsupported);
            // It was refused before the server heard of it: the session is as good as before.
            plain
                .begin(Access::Write, Checks::Enforced)
                .await
                .expect("a transaction");
            plain.rollback().await.expect("a rollback");

            let mut admin = database.open().await;
            run(
                &mut *admin,
                &[&format!("GRANT SET ON PARAMETER session_replication_role TO {role}")],
            )
            .await;
            let mut granted = database.as_role(&role).open().await;
            assert!(granted.capabilities().checks_off);
            granted.begin(Access::Write, Checks::Off).await.expect("granted");
            assert_eq!(setting(&mut *granted, "session_replication_role").await, "replica");
            granted.commit().await.expect("a commit");
            assert_eq!(setting(&mut *granted, "session_replication_role").await, "origin");
            run(
                &mut *admin,
                &[&format!("REVOKE SET ON PARAMETER session_replication_role FROM {role}")],
            )
            .await;
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn refusals_say_what_to_do_and_keep_the_password() {
    with_databases(async |[database]: [Db; 1]| {
        let wrong = database.with(|server| server.password = Some(Secret::new("hunter2-wrong")));
        let error = wrong.refused().await;
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert!(!shown(&error).contains("hunter2"), "{error:?}");
        assert!(error.next_step().is_some());

        let none = database.with(|server| server.password = None).refused().await;
        assert_eq!(none.kind(), ErrorKind::Authentication, "{none}");
        let nobody = database.with(|server| server.user = unique("nobody")).refused().await;
        assert_eq!(nobody.kind(), ErrorKind::Authentication, "{nobody}");

        let missing = database
            .with(|server| server.database = "no such place".to_owned())
            .refused()
            .await;
        assert_eq!(missing.kind(), ErrorKind::Connect, "{missing}");
        assert!(
            missing.next_step().is_some_and(|help| help.contains("no such place")),
            "{missing:?}"
        );

        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let closed = database.with(|server| server.port = port).refused().await;
        assert_eq!(closed.kind(), ErrorKind::Connect, "{closed}");
        assert!(
            closed.to_string().contains(&format!("{}:{port}", database.server.host)),
            "{closed}"
        );
        assert!(
            closed.next_step().is_some_and(|help| help.contains("nothing listens")),
            "{closed:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_read_only_session_writes_nothing() {
    with_databases(async |[database]: [Db; 1]| {
        let mut writer = database.open().await;
        run(
            &mut *writer,
            &[
                "CREATE TABLE public.t (id int PRIMARY KEY)",
                "INSERT INTO public.t VALUES (1)",
            ],
        )
        .await;
        let options = ConnectOptions {
            read_only: true,
            ..ConnectOptions::default()
        };
        let mut reader = database.open_with(options).await.expect("a connection");
        for statement in [
            "INSERT INTO public.t VALUES (2)",
            "DELETE FROM public.t",
            "CREATE TABLE public.u ()",
            "SELECT nextval('x') FROM (SELECT 1) AS s WHERE EXISTS (SELECT 1 FROM public.t FOR UPDATE)",
        ] {
            assert!(reader.execute(statement).await.is_err(), "{statement}");
        }
        let refused = reader.execute("DELETE FROM public.t").await.expect_err("read-only");
        assert_eq!(refused.kind(), ErrorKind::Privilege, "{refused}");
        let begun = reader
            .begin(Access::Write, Checks::Enforced)
            .await
            .expect_err("read-only");
        assert_eq!(begun.kind(), ErrorKind::Privilege, "{begun}");
        reader
            .begin(Access::Snapshot, Checks::Enforced)
            .await
            .expect("a snapshot");
        assert!(reader.execute("DELETE FROM public.t").await.is_err());
        reader.rollback().await.expect("a rollback");
        assert_eq!(ask(&mut *writer, "SELECT count(*) FROM public.t").await, "1");
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_is_one_view_from_its_begin() {
    with_databases(async |[database]: [Db; 1]| {
        let (mut reader, mut writer) = (database.open().await, database.open().await);
        run(
            &mut *writer,
            &["CREATE TABLE public.a (id int)", "CREATE TABLE public.b (id int)"],
        )
        .await;
        reader
            .begin(Access::Snapshot, Checks::Enforced)
            .await
            .expect("a snapshot");
        // Before the reader's first own statement: the view is that of begin.
        run(&mut *writer, &["INSERT INTO public.a VALUES (1)"]).await;
        let count = select("a", &["id"], "true");
        assert_eq!(reader.scan(&count, &mut |_| {}).await.expect("a scan"), 0);
        run(&mut *writer, &["INSERT INTO public.b VALUES (1)"]).await;
        assert_eq!(
            reader
                .scan(&select("b", &["id"], "true"), &mut |_| {})
                .await
                .expect("a scan"),
            0
        );
        reader.commit().await.expect("a commit");
        assert_eq!(reader.scan(&count, &mut |_| {}).await.expect("a scan"), 1);
    })
    .await;
}

#[tokio::test]
async fn hidden_rows_are_an_error() {
    with_databases(async |[database]: [Db; 1]| {
        with_role(&database, async |role| {
            let mut admin = database.open().await;
            run(
                &mut *admin,
                &[
                    "CREATE TABLE public.t (id int)",
                    "INSERT INTO public.t VALUES (1), (2)",
                    "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY",
                    &format!("CREATE POLICY partly ON public.t TO {role} USING (id = 1)"),
                    &format!("GRANT ALL ON public.t TO {role}"),
                ],
            )
            .await;
            let mut session = database.as_role(&role).open().await;
            let all = select("t", &["id"], "true");
            let error = session.scan(&all, &mut |_| {}).await.expect_err("rows are hidden");
            assert_eq!(error.kind(), ErrorKind::Privilege, "{error}");
            session
                .begin(Access::Write, Checks::Enforced)
                .await
                .expect("a transaction");
            assert_eq!(
                session.delete(&all).await.expect_err("rows are hidden").kind(),
                ErrorKind::Privilege
            );
            session.rollback().await.expect("a rollback");
            assert_eq!(admin.scan(&all, &mut |_| {}).await.expect("a scan"), 2);
        })
        .await;
    })
    .await;
}
