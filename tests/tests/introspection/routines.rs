//! Routines that triggers may run, and the conditions of triggers.

use exodus_schema::Schema;

use crate::live::{ALL, Database, MYSQL, POSTGRES, Server, table};

/// Name, language and body of each routine, the white space in it made one.
fn routines(schema: &Schema) -> Vec<(String, Option<&str>, String)> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    schema
        .routines
        .iter()
        .map(|routine| {
            (
                routine.name.to_string(),
                routine.language.as_deref(),
                plain(&routine.body),
            )
        })
        .collect()
}

fn condition<'s>(schema: &'s Schema, name: &str) -> Option<&'s str> {
    let mut triggers = table(schema, "t").triggers.iter();
    let trigger = triggers
        .find(|trigger| trigger.name == name)
        .expect("the trigger is there");
    trigger.condition.as_deref()
}

#[tokio::test]
async fn routines_postgres() {
    for database in POSTGRES
        .into_iter()
        .filter_map(|server| Database::of(server, "routines"))
    {
        let schema = database.read().await;
        let found = routines(&schema);
        let names: Vec<_> = found
            .iter()
            .map(|(name, language, _)| (name.as_str(), language.unwrap_or_default()))
            .collect();
        // `unused` is called by nothing; an aggregate is no routine; overloads are two.
        assert_eq!(
            names,
            [
                ("app.note", "plpgsql"),
                ("app.note", "sql"),
                ("public.Twice", "sql"),
                ("public.atomic_one", "sql"),
                ("public.clean", "plpgsql"),
                ("public.guard", "sql"),
                ("public.number", "sql"),
            ]
        );
        assert_eq!(found[1].2, "insert into u values (t.id)");
        assert!(
            found[3].2.contains("BEGIN ATOMIC INSERT INTO public.u"),
            "{}",
            found[3].2
        );
        assert_eq!(condition(&schema, "plain"), None);
        assert_eq!(
            condition(&schema, "guarded"),
            Some(
                "((old.n IS DISTINCT FROM new.n) AND (current_setting('exodus.copy'::text, true) IS NULL) AND \
                 public.guard(new.n))"
            )
        );
        assert_eq!(condition(&schema, "statement"), Some("(pg_trigger_depth() = 0)"));
        // Where a trigger is, its routines are read from every schema.
        let public = database.read_with(&["public"]).await.expect("public can be read");
        assert_eq!(routines(&public), found);
    }
}

#[tokio::test]
async fn routines_mysql() {
    for database in MYSQL.into_iter().filter_map(|server| Database::of(server, "routines")) {
        let schema = database.read().await;
        let found = routines(&schema);
        let names: Vec<_> = found
            .iter()
            .map(|(name, _, body)| (name.as_str(), body.as_str()))
            .collect();
        assert_eq!(
            names,
            [
                ("Note It", "insert into u values (n)"),
                ("both_kinds", "delete from u"),
                ("both_kinds", "return 1"),
                ("twice", "return n * 2"),
            ],
            "{:?}",
            database.server
        );
        assert!(found.iter().all(|(_, language, _)| language.is_none()));
        assert_eq!(condition(&schema, "a"), None);
    }
}

#[tokio::test]
async fn a_package_of_mariadb_is_no_routine() {
    let sql = "create table t (id int primary key);
        set sql_mode = oracle;
        delimiter //
        create package tools as procedure note; end//
        create package body tools as procedure note as begin delete from t; end; end//
        delimiter ;
        set sql_mode = default;
        create trigger a after insert on t for each row call tools.note();";
    if let Some(database) = Database::with(Server::MariaDb, sql) {
        let schema = database.read().await;
        assert_eq!(schema.routines, []);
        assert!(table(&schema, "t").triggers[0].body.contains("tools.note"));
    }
}

#[tokio::test]
async fn conditions_sqlite() {
    if let Some(database) = Database::of(Server::Sqlite, "routines") {
        let schema = database.read().await;
        assert_eq!(schema.routines, []);
        assert_eq!(condition(&schema, "plain"), None);
        let text = "old.n is not new.n and (select count(*) from u) = 0";
        assert_eq!(condition(&schema, "guarded"), Some(text));
    }
}

#[tokio::test]
async fn without_triggers_no_routine_is_read() {
    for server in ALL {
        let sql = match server.dialect() {
            "sqlite" => "create table t (id int primary key);",
            "mysql" => "create table t (id int primary key); create procedure p() delete from t;",
            _ => "create table t (id int primary key); create procedure p() language sql as 'delete from t';",
        };
        if let Some(database) = Database::with(server, sql) {
            assert_eq!(database.read().await.routines, [], "{server:?}");
        }
    }
}
