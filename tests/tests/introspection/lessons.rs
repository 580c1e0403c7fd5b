//! The lines of LESSONS.md that are about reading.

use exodus_schema::model::{Generator, Kind};
use exodus_schema::{Table, TableName};

use crate::live::{ALL, Database, MYSQL, POSTGRES, Server, arrows, full_arrows, names, table};

#[tokio::test]
async fn l01_bare_unique_index() {
    for database in ALL.into_iter().filter_map(|server| Database::of(server, "l01")) {
        let schema = database.read().await;
        let parent = table(&schema, "parent");
        assert_eq!(parent.unique_keys.len(), 1);
        assert_eq!(parent.unique_keys[0].name, "parent_area_code");
        assert_eq!(parent.unique_keys[0].columns, ["area", "code"]);
        assert!(parent.unique_keys[0].total);
        let child = table(&schema, "child");
        assert_eq!(arrows(child), ["a,c -> parent(area,code)"]);
        assert_eq!(child.relations[0].name, "child_parent");
        assert!(child.relation_is_nullable(&child.relations[0]));
        assert!(child.relations[0].validated);
    }
}

#[tokio::test]
async fn l03_one_name_on_two_tables() {
    for database in ALL.into_iter().filter_map(|server| Database::of(server, "l03")) {
        let schema = database.read().await;
        assert_eq!(arrows(table(&schema, "one")), ["a,b -> parent(a,b)"]);
        assert_eq!(arrows(table(&schema, "two")), ["y,x -> parent(a,b)"]);
        for name in ["one", "two"] {
            assert_eq!(table(&schema, name).relations[0].name, "same");
        }
    }
}

#[tokio::test]
async fn l04_several_relations_between_two_tables() {
    for database in ALL.into_iter().filter_map(|server| Database::of(server, "l04")) {
        let schema = database.read().await;
        assert_eq!(
            arrows(table(&schema, "people")),
            ["boss -> people(id)", "mentor -> people(id)"]
        );
        let letters = table(&schema, "letters");
        let named: Vec<_> = letters
            .relations
            .iter()
            .map(|relation| relation.name.as_str())
            .collect();
        assert_eq!(named, ["letters_receiver", "letters_sender", "letters_sender_again"]);
        assert!(letters.relation_is_nullable(&letters.relations[0]));
        assert!(!letters.relation_is_nullable(&letters.relations[1]));
    }
}

fn generated(table: &Table, column: &str) -> Option<(bool, String)> {
    let generated = table.column(column)?.generated.as_ref()?;
    Some((generated.stored, generated.expression.replace(['`', '(', ')'], "")))
}

#[tokio::test]
async fn l07_generated_columns_postgres() {
    for database in POSTGRES.into_iter().filter_map(|server| Database::of(server, "l07")) {
        if database.server == Server::Postgres18 {
            database.load("alter table t add tripled int generated always as (by_default * 3) virtual;");
        }
        let schema = database.read().await;
        let t = table(&schema, "t");
        let generator = |name: &str| t.column(name).and_then(|column| column.generator);
        assert_eq!(generator("always"), Some(Generator::IdentityAlways));
        assert_eq!(generator("by_default"), Some(Generator::IdentityByDefault));
        assert_eq!(generator("serially"), Some(Generator::Sequence));
        assert_eq!(generator("plain"), None);
        let default = |name: &str| t.column(name).and_then(|column| column.default.as_deref());
        assert_eq!(default("serially"), Some("nextval('public.t_serially_seq'::regclass)"));
        assert_eq!(default("plain"), Some("'x'::text"));
        assert_eq!(default("doubled"), None);
        assert_eq!(generated(t, "doubled"), Some((true, "by_default * 2".to_owned())));
        if database.server == Server::Postgres18 {
            assert_eq!(generated(t, "tripled"), Some((false, "by_default * 3".to_owned())));
        }
    }
}

#[tokio::test]
async fn l07_generated_and_invisible_columns_mysql() {
    for database in MYSQL.into_iter().filter_map(|server| Database::of(server, "l07")) {
        let schema = database.read().await;
        let t = table(&schema, "t");
        let column = |name: &str| t.column(name).expect("the column is there");
        assert_eq!(column("id").generator, Some(Generator::AutoIncrement));
        assert!(column("id").native_type.starts_with("bigint") && column("id").native_type.ends_with("unsigned"));
        assert_eq!(generated(t, "stored_one"), Some((true, "n * 2".to_owned())));
        assert_eq!(generated(t, "virtual_one"), Some((false, "n * 3".to_owned())));
        assert!(column("hidden").invisible && !column("n").invisible);
        assert_eq!(column("n").default.as_deref(), Some("7"));
        assert_eq!(column("stored_one").default, None);
        assert!(column("plain").charset.is_some() && column("plain").collation.is_some());
        assert_eq!(t.comment.as_deref(), Some("a comment"));
        assert_eq!(t.storage_engine.as_deref(), Some("InnoDB"));
        let order: Vec<_> = t.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(order, ["id", "n", "stored_one", "virtual_one", "hidden", "plain"]);
    }
}

#[tokio::test]
async fn l07_generated_columns_sqlite() {
    if let Some(database) = Database::of(Server::Sqlite, "l07") {
        let schema = database.read().await;
        let t = table(&schema, "t");
        let id = t.column("id").expect("the key is there");
        assert_eq!((id.generator, id.nullable), (Some(Generator::AutoIncrement), false));
        assert_eq!(generated(t, "stored_one"), Some((true, "n * 2".to_owned())));
        assert_eq!(generated(t, "virtual_one"), Some((false, "length'' + n".to_owned())));
        assert_eq!(
            t.column("plain").and_then(|column| column.collation.as_deref()),
            Some("nocase")
        );
        for (name, nullable) in [
            ("keyed", true),
            ("rowless", false),
            ("strict_one", false),
            ("descending", true),
        ] {
            let key = table(&schema, name).column("id").expect("the key is there");
            assert_eq!((key.nullable, key.generator), (nullable, None), "{name}");
        }
    }
}

#[tokio::test]
async fn l08_base_tables_only_postgres() {
    for database in POSTGRES.into_iter().filter_map(|server| Database::of(server, "l08")) {
        let schema = database.read().await;
        assert_eq!(
            names(&schema),
            [
                "base", "derived", "empty", "events", "notes", "people", "places", "stars", "unlogged"
            ]
        );
        assert_eq!(schema.warnings, Vec::<String>::new());
        let events = table(&schema, "events");
        let partitions: Vec<_> = events.partitions.iter().map(ToString::to_string).collect();
        assert_eq!(partitions, ["public.events_1", "public.events_2a", "public.events_2b"]);
        assert_eq!(events.estimated_rows, Some(101));
        assert!(events.bytes.is_some_and(|bytes| bytes > 0));
        let relations: Vec<_> = events
            .relations
            .iter()
            .map(|r| (r.name.as_str(), r.validated))
            .collect();
        // `odd` is on one partition of three, so that nothing is known of the others' rows.
        assert_eq!(
            relations,
            [("events_person", true), ("odd", false), ("one_place", true)]
        );
        assert_eq!(
            arrows(events),
            ["person -> people(id)", "place -> people(id)", "place -> places(id)"]
        );
        for name in ["notes", "stars"] {
            assert_eq!(arrows(table(&schema, name)), ["event,day -> events(id,day)"]);
        }
        let triggers: Vec<_> = events.triggers.iter().map(|trigger| trigger.name.as_str()).collect();
        assert_eq!(triggers, ["on_all", "on_one"]);
        assert_eq!(table(&schema, "derived").primary_key, None);
        assert_eq!(table(&schema, "derived").columns.len(), 3);
        assert_eq!(
            table(&schema, "base").estimated_rows,
            Some(0).filter(|_| analysed_empty(&database))
        );
    }
}

/// Whether the server tells an empty table from one never analysed; PostgreSQL 13 has 0 for both.
fn analysed_empty(database: &Database) -> bool {
    let known = "current_setting('server_version_num')::int >= 140000 and reltuples = 0";
    database.ask(&format!("select {known} from pg_class where oid = 'base'::regclass")) == ["t"]
}

#[tokio::test]
async fn l08_base_tables_only_mysql() {
    for database in MYSQL.into_iter().filter_map(|server| Database::of(server, "l08")) {
        let schema = database.read().await;
        assert_eq!(names(&schema), ["events", "old", "people"]);
        let events = table(&schema, "events");
        assert_eq!(events.partitions, [TableName::bare("p0"), TableName::bare("p1")]);
        let old = table(&schema, "old");
        assert_eq!(
            (old.storage_engine.as_deref(), old.relations.len()),
            (Some("MyISAM"), 0)
        );
    }
}

#[tokio::test]
async fn l08_base_tables_only_sqlite() {
    if let Some(database) = Database::of(Server::Sqlite, "l08") {
        let schema = database.read().await;
        assert_eq!(names(&schema), ["people", "words_of_mine"]);
        let before_3_37 = include_str!("../../../crates/schema/src/introspect/sqlite/tables_before_3_37.sql");
        let old_way = before_3_37.replace("'' as schema, ", "");
        assert_eq!(database.ask(&old_way), names(&schema));
        assert_eq!(table(&schema, "people").estimated_rows, Some(3));
        assert_eq!(table(&schema, "words_of_mine").estimated_rows, Some(2));
    }
}

#[tokio::test]
async fn l09_names_postgres() {
    for database in POSTGRES.into_iter().filter_map(|server| Database::of(server, "l09")) {
        let schema = database.read().await;
        let all: Vec<_> = schema.tables.iter().map(|table| table.name.to_string()).collect();
        let odd = "\"S p\"\"a'c\\e 😀\".t";
        let long = format!("Select.{}", "x".repeat(63));
        let expected = [
            odd,
            "Select.From Where",
            "Select.T",
            "Select.t",
            &long,
            "\"a.b\".t",
            "public.t",
        ];
        assert_eq!(all, expected);
        let find = |name: &str| {
            let name: TableName = name.parse().expect("a table's name");
            schema.table(&name).unwrap_or_else(|| panic!("{name} is there"))
        };
        let of = |name: &str| full_arrows(find(name)).join("; ");
        assert_eq!(of("\"a.b\".t"), "of -> public.t(id)");
        assert_eq!(of(odd), "Of -> \"a.b\".t(id); oF -> public.t(id)");
        assert_eq!(of("Select.From Where"), format!("a\"b -> {odd}(id)"));
        assert_eq!(find("Select.From Where").relations[0].name, "on \"it\"");
        assert_eq!(of("Select.t"), "order -> Select.T(id)");
        assert_eq!(of(&long), format!("{} -> Select.From Where(Group)", "y".repeat(63)));
        let kind = find("Select.t").column("kind").expect("the column is there");
        assert_eq!(
            (kind.kind, kind.native_type.as_str()),
            (Kind::Enum, "\"Select\".\"Kind\"")
        );

        let some = ["S p\"a'c\\e 😀", "a.b"];
        let part = database.read_with(&some).await.expect("two schemas can be read");
        assert_eq!(part.tables.len(), 2);
        assert_eq!(part.warnings.len(), 2, "{:?}", part.warnings);
        assert!(part.warnings.iter().all(|line| line.contains("public.t, was not read")));
        let error = database
            .read_with(&["nowhere"])
            .await
            .expect_err("there is no such schema");
        assert!(error.to_string().contains("no schema `nowhere`"), "{error}");
    }
}

#[tokio::test]
async fn l09_names_mysql() {
    for database in MYSQL.into_iter().filter_map(|server| Database::of(server, "l09")) {
        let schema = database.read().await;
        let long = "x".repeat(64);
        assert_eq!(names(&schema), ["from where", "t'\"`\\ x", &long]);
        let odd = table(&schema, "t'\"`\\ x");
        assert_eq!(arrows(odd), ["select -> from where(group)"]);
        assert_eq!(odd.relations[0].name, "on `it`");
        assert_eq!(table(&schema, &long).relations[0].parent, odd.name);
        let columns: Vec<_> = table(&schema, "from where")
            .columns
            .iter()
            .map(|c| c.name.as_str())
            .collect();
        assert_eq!(columns, ["group", "a`b", "c'd", "e.f", "g\\h", "ü"]);
        another_database(&database).await;
    }
}

/// A relation to a second database, which is read only if asked for.
async fn another_database(database: &Database) {
    let home = database.name.as_str();
    let Some(other) = Database::with(database.server, "create table t (id int primary key);") else {
        return;
    };
    let away = other.name.as_str();
    database.load(&format!(
        "create table t (id int primary key, o int, constraint away foreign key (o) references {away}.t (id));"
    ));
    let both = database.read_with(&[home, away]).await.expect("both can be read");
    assert_eq!(both.warnings, Vec::<String>::new());
    let t = both
        .table(&TableName::bare("t"))
        .expect("the current database has no name");
    assert_eq!(full_arrows(t), [format!("o -> {away}.t(id)")]);
    assert!(both.table(&TableName::new(away, "t")).is_some());
    let one = database.read().await;
    assert_eq!(one.warnings.len(), 1, "{:?}", one.warnings);
    assert!(one.warnings[0].contains("`away`"), "{:?}", one.warnings);
    database.load("drop table t;");
}

#[tokio::test]
async fn l09_names_sqlite() {
    if let Some(database) = Database::of(Server::Sqlite, "l09") {
        let schema = database.read().await;
        let odd = "t'\"` \\x";
        assert_eq!(names(&schema), ["From Where", "references", odd]);
        assert_eq!(arrows(table(&schema, odd)), ["select -> From Where(Group)"]);
        assert_eq!(table(&schema, odd).relations[0].name, "on \"it\"");
        assert_eq!(
            arrows(table(&schema, "references")),
            [format!("constraint -> {odd}(id)")]
        );
        let error = database.read_with(&["other"]).await.expect_err("there is only main");
        assert!(error.to_string().contains("no schema `other`"), "{error}");
    }
}
