//! Columns: kinds, NULL, text form, comments.

use exodus_schema::model::Kind;
use exodus_schema::{Column, Table};

use crate::live::{Database, MYSQL, POSTGRES, Server, arrows, table};

fn column<'t>(table: &'t Table, name: &str) -> &'t Column {
    table.column(name).unwrap_or_else(|| panic!("no column `{name}`"))
}

fn assert_kinds(table: &Table, kinds: &[(&str, Kind)]) {
    for (name, kind) in kinds {
        assert_eq!(column(table, name).kind, *kind, "{name}");
    }
}

#[tokio::test]
async fn types_postgres() {
    for database in POSTGRES.into_iter().filter_map(|server| Database::of(server, "types")) {
        let schema = database.read().await;
        let t = table(&schema, "t");
        let kinds = [
            ("id", Kind::Uuid),
            ("dom", Kind::Integer),
            ("en", Kind::Enum),
            ("en_list", Kind::Array),
            ("composite", Kind::Other),
            ("note", Kind::Text),
            ("fixed", Kind::Text),
            ("amount", Kind::Decimal),
            ("at", Kind::Timestamp),
            ("day", Kind::Date),
            ("span", Kind::Interval),
            ("doc", Kind::Json),
            ("flag", Kind::Boolean),
            ("raw", Kind::Bytes),
            ("mask", Kind::Bits),
            ("place", Kind::Geometry),
            ("clock", Kind::Time),
            ("ratio", Kind::Float),
            ("was", Kind::DateTime),
        ];
        assert_kinds(t, &kinds);
        let text_only: Vec<_> = t
            .columns
            .iter()
            .filter(|c| c.text_only)
            .map(|c| c.name.as_str())
            .collect();
        let expected = ["en_list", "composite", "user_range", "reg", "regs", "doms", "acl"];
        assert_eq!(text_only, expected);
        let required: Vec<_> = t
            .columns
            .iter()
            .filter(|c| !c.nullable)
            .map(|c| c.name.as_str())
            .collect();
        assert_eq!(required, ["id", "dom", "name"]);
        assert_eq!(column(t, "dom").native_type, "public.positive");
        assert_eq!(column(t, "en_list").native_type, "public.mood[]");
        assert_eq!(column(t, "name").native_type, "character varying(40)");
        let collated: Vec<_> = t.columns.iter().filter_map(|c| c.collation.as_deref()).collect();
        assert_eq!(collated, ["\"C\""]);
        assert_eq!(t.comment.as_deref(), Some("a table"));
        assert_eq!(column(t, "name").comment.as_deref(), Some("a name"));
        assert!(t.row_security);
        assert_eq!(t.columns.len(), 27);
        assert_eq!(
            schema.warnings,
            ["public.t has a rule, `doubling`, that rewrites what is written to it"]
        );
    }
}

#[tokio::test]
async fn promises_of_version_18_postgres() {
    let sql = "create extension if not exists btree_gist;\n\
        create table p (id int, valid daterange, primary key (id, valid without overlaps));\n\
        create table c (id int primary key, p int, valid daterange, n int,\n\
            constraint during foreign key (p, period valid) references p (id, period valid));\n\
        alter table c add constraint later not null n not valid;";
    if let Some(database) = Database::with(Server::Postgres18, sql) {
        let schema = database.read().await;
        let c = table(&schema, "c");
        assert!(column(c, "n").nullable, "rows from before may have NULL");
        // The periods need not be equal, only contained.
        assert_eq!(arrows(c), ["p -> p(id)"]);
        assert_eq!(schema.warnings.len(), 1, "{:?}", schema.warnings);
        assert!(schema.warnings[0].contains("over periods"));
    }
}

#[tokio::test]
async fn types_mysql() {
    for database in MYSQL.into_iter().filter_map(|server| Database::of(server, "types")) {
        let schema = database.read().await;
        let t = table(&schema, "t");
        let kinds = [
            ("id", Kind::Bytes),
            ("tiny", Kind::Integer),
            ("big", Kind::Integer),
            ("amount", Kind::Decimal),
            ("ratio", Kind::Float),
            ("name", Kind::Text),
            ("doc", Kind::Text),
            ("raw", Kind::Bytes),
            ("day", Kind::Date),
            ("clock", Kind::Time),
            ("was", Kind::DateTime),
            ("at", Kind::Timestamp),
            ("born", Kind::Integer),
            ("mask", Kind::Bits),
            ("mood", Kind::Enum),
            ("moods", Kind::Enum),
            ("place", Kind::Geometry),
        ];
        assert_kinds(t, &kinds);
        let name = column(t, "name");
        assert_eq!(
            (name.charset.as_deref(), name.collation.as_deref()),
            (Some("latin1"), Some("latin1_bin"))
        );
        assert_eq!(name.comment.as_deref(), Some("a name"));
        assert_eq!(column(t, "tiny").native_type, "tinyint(1)");
        assert_eq!(column(t, "doc").default, None);
        let required: Vec<_> = t
            .columns
            .iter()
            .filter(|c| !c.nullable)
            .map(|c| c.name.as_str())
            .collect();
        assert_eq!(required, ["id", "tiny", "name"]);
        assert!(t.estimated_rows.is_some() && t.bytes.is_some());
    }
}
