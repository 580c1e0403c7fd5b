//! Sequences behind copied keys.

use exodus_engine::{CatalogueOf, Connection, Server};
use exodus_schema::Table;
use exodus_schema::model::Generator;

use crate::support::{Db, ask, column, on_servers, run, server, table, unique, with_databases};

fn with_generator(name: &str) -> Table {
    let mut id = column("id");
    id.generator = Some(Generator::Sequence);
    Table {
        name: table(name),
        columns: vec![id],
        primary_key: None,
        unique_keys: Vec::new(),
        indexes: Vec::new(),
        relations: Vec::new(),
        triggers: Vec::new(),
        partitions: Vec::new(),
        storage_engine: None,
        row_security: false,
        estimated_rows: None,
        bytes: None,
        comment: None,
    }
}

async fn next(session: &mut dyn Connection, sequence: &str) -> String {
    ask(session, &format!("SELECT pg_catalog.nextval('public.{sequence}')")).await
}

#[tokio::test]
async fn l31_generators_stand_beyond_what_was_copied() {
    with_databases(async |[database]: [Db; 1]| {
        let mut session = database.open().await;
        run(
            &mut *session,
            &[
                "CREATE TABLE public.identity (id bigint GENERATED ALWAYS AS IDENTITY)",
                "INSERT INTO public.identity OVERRIDING SYSTEM VALUE VALUES (-5), (70)",
                "CREATE TABLE public.serial (id serial)",
                "INSERT INTO public.serial VALUES (1000000)",
                // Shards that keep their keys apart: 3, 13, 23, …
                "CREATE SEQUENCE public.shared START 3 INCREMENT 10",
                "CREATE TABLE public.apart (id numeric DEFAULT nextval('public.shared'))",
                "INSERT INTO public.apart VALUES (44)",
                "CREATE SEQUENCE public.down INCREMENT -1 START -1",
                "CREATE TABLE public.below (id int DEFAULT nextval('public.down'))",
                "INSERT INTO public.below VALUES (-9), (9)",
                "CREATE TABLE public.ahead (id smallserial)",
                "SELECT setval('public.ahead_id_seq', 500)",
                "INSERT INTO public.ahead VALUES (3)",
                "CREATE TABLE public.empty (id serial)",
                "CREATE TABLE public.\"Odd \"\"name\" (id serial)",
                "INSERT INTO public.\"Odd \"\"name\" VALUES (9)",
            ],
        )
        .await;
        for (name, sequence, expected) in [
            ("identity", "identity_id_seq", "71"),
            ("serial", "serial_id_seq", "1000001"),
            ("apart", "shared", "53"),
            ("below", "down", "-10"),
            ("ahead", "ahead_id_seq", "501"),
            ("empty", "empty_id_seq", "1"),
            ("Odd \"name", "\"Odd \"\"name_id_seq\"", "10"),
        ] {
            session
                .advance_generators(&with_generator(name))
                .await
                .expect("an advance");
            assert_eq!(next(&mut *session, sequence).await, expected, "{name}");
        }
    })
    .await;
}

/// A sequence that was told to begin anywhere, and has given nothing yet, is not where it once started: neither is it moved
/// back, as into keys that other shards give, nor left behind the keys that were copied.
#[tokio::test]
async fn a_sequence_that_was_restarted_is_where_it_was_told_to_be() {
    // Newer servers tell whoever may only move it nothing at all, and older ones that it is an error.
    for (variable, granted) in [
        ("EXODUS_TEST_POSTGRES", "USAGE, UPDATE"),
        ("EXODUS_TEST_POSTGRES18", "UPDATE"),
    ] {
        if let Some(server) = server(variable) {
            restarted(server, granted).await;
        }
    }
}

async fn restarted(server: Server, granted: &'static str) {
    on_servers([server], async move |[database]: [Db; 1]| {
        let mut session = database.open().await;
        let role = unique("user");
        run(
            &mut *session,
            &[
                "CREATE TABLE public.ahead (id bigserial)",
                "ALTER SEQUENCE public.ahead_id_seq RESTART WITH 1000000000",
                "INSERT INTO public.ahead VALUES (50000)",
                "CREATE SEQUENCE public.low START 1000",
                "CREATE TABLE public.behind (id bigint DEFAULT nextval('public.low'))",
                "ALTER SEQUENCE public.low RESTART WITH 5",
                "INSERT INTO public.behind VALUES (700)",
                &format!("CREATE ROLE {role} LOGIN PASSWORD 'secret'"),
                &format!("GRANT SELECT ON public.ahead, public.behind TO {role}"),
                &format!("GRANT {granted} ON SEQUENCE public.ahead_id_seq, public.low TO {role}"),
            ],
        )
        .await;
        for setup in ["by its owner", "by somebody who may not read it"] {
            if setup != "by its owner" {
                run(
                    &mut *session,
                    &[
                        "ALTER SEQUENCE public.ahead_id_seq RESTART WITH 1000000000",
                        "ALTER SEQUENCE public.low RESTART WITH 5",
                    ],
                )
                .await;
            }
            let mut mover = if setup == "by its owner" {
                database.open().await
            } else {
                database.as_role(&role).open().await
            };
            for name in ["ahead", "behind"] {
                let advanced = mover.advance_generators(&with_generator(name)).await;
                advanced.unwrap_or_else(|error| panic!("{setup}: {error}"));
            }
            let ahead: i64 = next(&mut *session, "ahead_id_seq").await.parse().expect("a number");
            assert!((1_000_000_000..=1_000_000_001).contains(&ahead), "{setup}: {ahead}");
            assert_eq!(next(&mut *session, "low").await, "701", "{setup}");
        }
        // One that has given keys, to somebody who may not be told so.
        run(&mut *session, &["SELECT setval('public.ahead_id_seq', 2000000000)"]).await;
        let mut mover = database.as_role(&role).open().await;
        let advanced = mover.advance_generators(&with_generator("ahead")).await;
        advanced.expect("an advance");
        let ahead: i64 = next(&mut *session, "ahead_id_seq").await.parse().expect("a number");
        assert!((2_000_000_001..=2_000_000_002).contains(&ahead), "{ahead}");
        run(
            &mut *session,
            &[&format!("DROP OWNED BY {role}"), &format!("DROP ROLE {role}")],
        )
        .await;
    })
    .await;
}

/// Shards that each have a range for themselves: a client of another one's range leaves the sequence where it is.
/// So does the very last key of its own.
#[tokio::test]
async fn keys_beyond_its_range_do_not_use_a_sequence_up() {
    with_databases(async |[database]: [Db; 1]| {
        let mut session = database.open().await;
        run(
            &mut *session,
            &[
                "CREATE SEQUENCE public.first MAXVALUE 1000000",
                "CREATE TABLE public.ranged (id bigint DEFAULT nextval('public.first'))",
                "INSERT INTO public.ranged VALUES (40), (1500000), (1000000)",
            ],
        )
        .await;
        let advanced = session.advance_generators(&with_generator("ranged")).await;
        advanced.expect("an advance");
        assert_eq!(next(&mut *session, "first").await, "41");
    })
    .await;
}

#[tokio::test]
async fn the_catalogue_is_read_through_a_pinned_session() {
    with_databases(async |[database]: [Db; 1]| {
        use exodus_schema::Catalogue as _;
        let mut session = database.open().await;
        let mut catalogue = CatalogueOf(&mut *session);
        let rows = catalogue
            .rows("SELECT NULL, 'a\tb', 1.50, ARRAY[true, NULL]")
            .await
            .expect("rows");
        assert_eq!(
            rows,
            [vec![
                None,
                Some("a\tb".to_owned()),
                Some("1.50".to_owned()),
                Some("{t,NULL}".to_owned())
            ]]
        );
    })
    .await;
}
