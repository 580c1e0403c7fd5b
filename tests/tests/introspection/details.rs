//! Keys, relations and triggers in their finer points.

use exodus_schema::Table;
use exodus_schema::model::{Action, Deferral, Enabled, Event, Relation, Timing};

use crate::live::{ALL, Database, MYSQL, POSTGRES, Server, arrows, table};

fn keys(table: &Table) -> Vec<(&str, Vec<&str>, bool)> {
    let mut out = vec![];
    for key in &table.unique_keys {
        out.push((
            key.name.as_str(),
            key.columns.iter().map(String::as_str).collect(),
            key.total,
        ));
    }
    out
}

fn indexes(table: &Table) -> Vec<String> {
    table.indexes.iter().map(|columns| columns.join(",")).collect()
}

#[tokio::test]
async fn keys_that_are_unique_for_every_row_and_those_that_are_not() {
    for database in ALL.into_iter().filter_map(|server| Database::of(server, "keys")) {
        if database.server.dialect() == "postgres" {
            fail_to_build_an_index(&database);
        }
        let schema = database.read().await;
        let t = table(&schema, "t");
        let found = keys(t);
        match database.server.dialect() {
            "postgres" => {
                assert_eq!(
                    found,
                    [
                        ("broken", vec!["a"], false),
                        ("expr", vec![], false),
                        ("mixed", vec!["a"], false),
                        ("part", vec!["a"], false),
                        ("t_d_c_a_key", vec!["d", "c"], true),
                        ("whole", vec!["b"], true),
                    ]
                );
                assert_eq!(indexes(t), ["a", "b", "c", "c,a", "d,c", "id"]);
            }
            "mysql" => {
                assert_eq!(
                    found,
                    [
                        ("d_c", vec!["d", "c"], true),
                        ("mixed", vec!["a", "b"], false),
                        ("part", vec!["b"], false),
                        ("whole", vec!["b"], true),
                    ]
                );
                assert_eq!(indexes(t), ["a", "b", "c,a", "d,c", "id"]);
            }
            _ => {
                assert_eq!(
                    found,
                    [
                        ("expr", vec![], false),
                        ("mixed", vec!["a"], false),
                        ("part", vec!["a"], false),
                        ("sqlite_autoindex_t_1", vec!["d", "c"], true),
                        ("whole", vec!["b"], true),
                    ]
                );
                assert_eq!(indexes(t), ["a", "b", "c,a", "d,c", "id,a"]);
            }
        }
        let primary = t.primary_key.as_ref().expect("there is a primary key");
        assert!(primary.total);
        assert_eq!(primary.columns[0], "id");
    }
}

/// CREATE INDEX CONCURRENTLY leaves an invalid index when it meets two equal rows.
fn fail_to_build_an_index(database: &Database) {
    database.load("\\set ON_ERROR_STOP off\ncreate unique index concurrently broken on t (a);");
}

fn named<'t>(table: &'t Table, name: &str) -> &'t Relation {
    let found = table.relations.iter().find(|relation| relation.name == name);
    found.unwrap_or_else(|| panic!("no relation `{name}` in {:?}", table.relations))
}

#[tokio::test]
async fn relations_postgres() {
    for database in POSTGRES
        .into_iter()
        .filter_map(|server| Database::of(server, "relations"))
    {
        if database.server == Server::Postgres18 {
            database.load("alter table c add n7 int constraint r7 references p not enforced;");
        }
        let schema = database.read().await;
        let c = table(&schema, "c");
        let r1 = named(c, "r1");
        assert_eq!((r1.on_delete, r1.on_update), (Action::Cascade, Action::SetNull));
        assert_eq!(
            (r1.deferral, r1.validated, r1.match_full),
            (Deferral::NotDeferrable, true, false)
        );
        let r2 = named(c, "r2");
        assert_eq!((r2.on_delete, r2.on_update), (Action::Restrict, Action::SetDefault));
        assert_eq!(r2.deferral, Deferral::InitiallyImmediate);
        assert_eq!(named(c, "r3").deferral, Deferral::InitiallyDeferred);
        assert_eq!(named(c, "r3").on_delete, Action::NoAction);
        assert!(!named(c, "r4").validated, "NOT VALID");
        assert!(!named(c, "r5").validated, "its trigger is disabled");
        assert!(named(c, "r6").match_full);
        if database.server == Server::Postgres18 {
            assert!(!named(c, "r7").validated, "NOT ENFORCED");
        }
        let public = database.read_with(&["public"]).await.expect("public can be read");
        assert_eq!(table(&public, "near").relations, []);
        let line = "foreign key `near_far` of public.near was left out, \
                    because the table it references, other.far, was not read";
        assert_eq!(public.warnings, [line]);
    }
}

#[tokio::test]
async fn relations_mysql() {
    for database in MYSQL.into_iter().filter_map(|server| Database::of(server, "relations")) {
        let schema = database.read().await;
        let c = table(&schema, "c");
        assert_eq!(arrows(c), ["n1 -> p(id)", "n2 -> p(id)", "y,X -> p(b,a)"]);
        let r1 = named(c, "r1");
        assert_eq!((r1.on_delete, r1.on_update), (Action::Cascade, Action::SetNull));
        let r2 = named(c, "r2");
        assert_eq!((r2.on_delete, r2.on_update), (Action::Restrict, Action::Cascade));
        assert_eq!(table(&schema, "lost").relations, []);
        assert_eq!(schema.warnings.len(), 1, "{:?}", schema.warnings);
        assert!(schema.warnings[0].contains("`lost_n`") && schema.warnings[0].contains("nowhere"));
    }
}

#[tokio::test]
async fn relations_sqlite() {
    if let Some(database) = Database::of(Server::Sqlite, "relations") {
        let schema = database.read().await;
        let c = table(&schema, "c");
        let found: Vec<_> = c.relations.iter().map(|relation| relation.name.as_str()).collect();
        assert_eq!(
            found,
            ["c_n3_fkey", "c_x_y_fkey", "c_y_x_fkey", "c_y_x_fkey_2", "r1", "r2"]
        );
        assert_eq!(
            arrows(c),
            [
                "n3 -> P(Id)",
                "x,y -> Q(y,x)",
                "y,x -> P(b,a)",
                "y,x -> P(b,a)",
                "n1 -> P(Id)",
                "n2 -> P(Id)"
            ]
        );
        let r1 = named(c, "r1");
        assert_eq!((r1.on_delete, r1.on_update), (Action::Cascade, Action::SetNull));
        let r2 = named(c, "r2");
        assert_eq!((r2.on_delete, r2.on_update), (Action::Restrict, Action::SetDefault));
        assert_eq!(r2.deferral, Deferral::InitiallyImmediate);
        assert_eq!(named(c, "c_n3_fkey").deferral, Deferral::InitiallyDeferred);
        assert_eq!(table(&schema, "lost").relations, []);
        assert_eq!(schema.warnings.len(), 3, "{:?}", schema.warnings);
    }
}

#[tokio::test]
async fn triggers_postgres() {
    for database in POSTGRES
        .into_iter()
        .filter_map(|server| Database::of(server, "triggers"))
    {
        let schema = database.read().await;
        let t = table(&schema, "t");
        let shapes: Vec<_> = t
            .triggers
            .iter()
            .map(|trigger| {
                (
                    trigger.name.as_str(),
                    trigger.timing,
                    trigger.events.as_slice(),
                    trigger.per_row,
                    trigger.enabled,
                )
            })
            .collect();
        assert_eq!(
            shapes,
            [
                (
                    "a",
                    Timing::Before,
                    &[Event::Insert, Event::Update][..],
                    true,
                    Enabled::Origin
                ),
                ("b", Timing::After, &[Event::Delete], false, Enabled::Disabled),
                ("c", Timing::After, &[Event::Truncate], false, Enabled::Always),
                ("d", Timing::Before, &[Event::Update], true, Enabled::Replica),
                ("e", Timing::After, &[Event::Insert], true, Enabled::Origin),
            ]
        );
        assert_eq!(t.triggers[0].function.as_deref(), Some("public.\"Do it\""));
        assert_eq!(t.triggers[0].language.as_deref(), Some("plpgsql"));
        assert!(t.triggers[0].body.contains("insert into u"));
        assert_eq!(t.triggers[3].language.as_deref(), Some("internal"));
        assert_eq!(table(&schema, "u").triggers, []);
    }
}

#[tokio::test]
async fn triggers_mysql_and_sqlite() {
    for server in [Server::MariaDb, Server::MySql, Server::Sqlite] {
        let Some(database) = Database::of(server, "triggers") else {
            continue;
        };
        let schema = database.read().await;
        let t = schema
            .tables
            .iter()
            .find(|table| table.name.name.eq_ignore_ascii_case("t"));
        let triggers = &t.expect("the table is there").triggers;
        assert_eq!(
            (triggers[0].timing, triggers[0].events.as_slice()),
            (Timing::Before, &[Event::Insert][..])
        );
        assert_eq!(
            (triggers[1].timing, triggers[1].events.as_slice()),
            (Timing::After, &[Event::Delete][..])
        );
        assert!(triggers[1].body.contains("insert into u"));
        if server == Server::Sqlite {
            assert_eq!(
                (triggers[2].timing, triggers[2].events.as_slice()),
                (Timing::Before, &[Event::Update][..])
            );
            assert_eq!(triggers.len(), 3);
        } else {
            assert_eq!(triggers.len(), 2);
        }
    }
}
