//! Sequences behind copied keys.

use exodus_engine::{CatalogueOf, Connection};
use exodus_schema::Table;
use exodus_schema::model::Generator;

use crate::support::{Db, ask, column, run, table, with_databases};

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
