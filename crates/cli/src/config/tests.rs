//! What is said about mistakes, and where.

use std::path::PathBuf;

use exodus_schema::Schema;
use serde_json::json;

use super::{Config, File};
use crate::exit::Failure;

fn config(text: &str) -> Result<Config, Failure> {
    Config::parse(text.to_owned(), "exodus.toml".to_owned(), PathBuf::from("/etc/shop"))
}

#[track_caller]
fn complaint(text: &str) -> String {
    told(&config(text).err().unwrap_or_else(|| panic!("accepted: {text}")))
}

fn told(failure: &Failure) -> String {
    format!("{failure:?}")
}

/// Line, column and the near key: l61.
#[test]
fn l61_a_mistyped_key_is_an_error_that_suggests_the_near_one() {
    for (text, place, near) in [
        ("rot = \"clients\"", "exodus.toml:1:1: unknown key `rot`", "`root`"),
        (
            "\n\n  schema = []",
            "exodus.toml:3:3: unknown key `schema`",
            "`schemas`",
        ),
        (
            "[database]\na = \"x.db\"",
            "exodus.toml:1:2: unknown key `database`",
            "`databases`",
        ),
        (
            "[databases.a]\nurl = \"x.db\"\ntsl = \"require\"",
            "exodus.toml:3:1: unknown key `tsl`",
            "`tls`",
        ),
        (
            "[databases]\na = { uri = \"x.db\" }",
            "exodus.toml:2:7: unknown key `uri`",
            "`url`",
        ),
        (
            "[[declare]]\nchild = \"a\"\ncolums = []",
            "exodus.toml:3:1: unknown key `colums`",
            "`columns`",
        ),
        (
            "[[class]]\ntable = \"a\"\nclass = \"clint\"",
            "exodus.toml:3:9: unknown word",
            "`client`",
        ),
        (
            "[databases.a]\nurl = \"x.db\"\ntls = \"verify_full\"",
            "exodus.toml:3:7: unknown word",
            "`verify-full`",
        ),
    ] {
        let complaint = complaint(text);
        assert!(
            complaint.contains(place) && complaint.contains(near),
            "{text}\n{complaint}"
        );
    }
}

#[test]
fn wrong_types_and_missing_keys_point_at_their_line() {
    for (text, place) in [
        (
            "schemas = [\"a\"]\nroot = 3",
            "exodus.toml:2:8: the value should be a string",
        ),
        (
            "\n[databases]\na = 5",
            "exodus.toml:3:5: the value should be a URL, or a table with `url`",
        ),
        (
            "[databases.a]\ntls = \"require\"",
            "exodus.toml:1:1: the key `url` is missing",
        ),
        (
            "[[class]]\ntable = \"a\"\nclass = \"client\"",
            "exodus.toml:1:1: the key `reason` is missing",
        ),
        ("root = \"a\"\nroot = \"b\"", "exodus.toml:2:1: "),
        ("root = \"a", "exodus.toml:1:"),
        (
            "[databases]\na = \"postgres://${\"",
            "exodus.toml:2:5: a `${` has no `}`",
        ),
    ] {
        let complaint = complaint(text);
        assert!(complaint.contains(place), "{text}\n{complaint}");
    }
}

/// serde quotes the values it doesn't like; one may be a URL with a password.
#[test]
fn l63_no_complaint_repeats_a_value() {
    for text in [
        "databases = \"postgres://u:s3cret@h/d\"",
        "schemas = \"postgres://u:s3cret@h/d\"",
        "[databases.a]\nurl = [\"postgres://u:s3cret@h/d\"]",
        "[databases.a]\nurl = \"x.db\"\ntls = \"postgres://u:s3cret@h/d\"",
        "[[class]]\ntable = \"a\"\nreason = \"b\"\nclass = \"s3cret`, expected `\"",
        "[databases]\na = \"postgres://u:s3cret@h/d",
        "[databases]\na = postgres://u:s3cret@h/d",
        "[databases]\na = \"postgres://u:s3cret${@h/d\"",
    ] {
        let complaint = complaint(text);
        assert!(!complaint.contains("s3cret"), "{complaint}");
    }
    for text in [
        "[databases]\na = \"postgres://u:s3cret/@h/d\"",
        "[databases]\na = \"oracle://u:s3cret@h/d\"",
    ] {
        let config = config(text).expect("addresses are read when they are needed");
        let complaint = told(&config.address("a").expect("it is there").expect_err("no address"));
        assert!(
            complaint.contains("exodus.toml:2:5") && !complaint.contains("s3cret"),
            "{complaint}"
        );
    }
}

#[test]
fn addresses() {
    let config = config(
        "[databases]\nplain = \"a/b.sqlite\"\nabsolute = \"sqlite:/x/y\"\n\
         unset = \"postgres://u:${EXODUS_TEST_NO_SUCH}@h/d\"\n\
         default = \"mysql://u@${EXODUS_TEST_NO_SUCH:-db.example}:3307/d\"\n\
         [databases.ca]\nurl = \"postgres://u@h/d\"\ntls_ca = \"ca.pem\"\n\
         [databases.off]\nurl = \"postgres://u@h/d?sslmode=require\"\ntls = \"disable\"\n",
    )
    .expect("a configuration");
    let shown = |name: &str| config.address(name).expect(name).map(|address| address.to_string());
    assert_eq!(shown("plain").as_deref(), Ok("sqlite:/etc/shop/a/b.sqlite"));
    assert_eq!(shown("absolute").as_deref(), Ok("sqlite:/x/y"));
    assert_eq!(shown("default").as_deref(), Ok("mysql://u@db.example:3307/d"));
    assert_eq!(
        shown("ca").as_deref(),
        Ok("postgres://u@h/d?sslmode=verify-full&sslrootcert=/etc/shop/ca.pem"),
        "an authority that is named is no decoration"
    );
    assert_eq!(shown("off").as_deref(), Ok("postgres://u@h/d?sslmode=disable"));
    let unset = told(&shown("unset").expect_err("no such variable"));
    assert!(
        unset.contains("exodus.toml:4:9") && unset.contains("`EXODUS_TEST_NO_SUCH`"),
        "{unset}"
    );
}

fn schema() -> Schema {
    let column = |name: &str| json!({"name": name, "native_type": "bigint", "kind": "integer", "nullable": false});
    let key = json!({"name": "pk", "columns": ["id"], "total": true});
    let relation = |name: &str, column: &str| json!({"name": name, "parent": "clients", "validated": true, "columns": [{"child": column, "parent": "id"}]});
    serde_json::from_value(
        json!({"version": 1, "engine": "sqlite", "server_version": "3", "tables": [
            {"name": "clients", "columns": [column("id"), column("login")], "primary_key": key},
            {"name": "comments", "columns": [column("id"), column("client_id"), column("author")], "primary_key": key,
             "relations": [relation("fk_1", "client_id"), relation("fk_2", "client_id")]},
            {"name": "log", "columns": [column("line")]},
        ]}),
    )
    .expect("a schema")
}

fn applied(text: &str) -> Result<super::Configured, String> {
    config(text)
        .expect("a configuration")
        .apply(schema(), None)
        .map_err(|failure| told(&failure))
}

#[test]
fn declared_relations_join_the_others_in_order() {
    let found = applied(
        "[[declare]]\nchild = \"comments\"\ncolumns = [\"author\"]\nparent = \"clients\"\nparent_columns = [\"login\"]\nreason = \"r\"\n\
         [[declare]]\nchild = \"comments\"\ncolumns = [\"author\"]\nparent = \"clients\"\nreason = \"r\"\n\
         [[declare]]\nchild = \"comments\"\ncolumns = [\"client_id\"]\nparent = \"clients\"\nreason = \"r\"\n\
         [[ignore_relations]]\ntable = \"comments\"\nconstraint = \"fk_2\"\nreason = \"r\"\n",
    )
    .expect("all of it is there");
    let relations = &found.schema.tables[1].relations;
    let names: Vec<_> = relations.iter().map(|relation| relation.name.as_str()).collect();
    assert_eq!(names, ["declared_author", "declared_author_2", "fk_1", "fk_2"]);
    assert!(!relations[0].validated && relations[3].validated);
    // Ignored relations are found by their place after the declared ones came in.
    assert_eq!(
        found
            .cuts
            .relations
            .iter()
            .map(|id| (id.child.0, id.at))
            .collect::<Vec<_>>(),
        [(1, 3)]
    );
    assert_eq!(found.schema.warnings.len(), 1, "the third was there already");
    let both = applied("[[ignore_relations]]\nrelation = \" comments( client_id ) \"\nreason = \"r\"").expect("both");
    assert_eq!(both.cuts.relations.len(), 2);
}

#[test]
fn a_relation_of_some_rows_and_one_by_an_expression() {
    let found = applied(
        "[[declare]]\nchild = \"comments\"\ncolumns = [\"id\"]\nparent = \"clients\"\nwhen = { author = [8, \"7\"] }\nreason = \"r\"\n\
         [[declare]]\nchild = \"comments\"\ncolumns = [\"(id)\"]\nparent = \"clients\"\nreason = \"r\"\n\
         [[declare]]\nchild = \"comments\"\ncolumns = [\" (id + 1) \"]\nparent = \"clients\"\nreason = \"r\"\n",
    )
    .expect("all of it is there");
    let graph = exodus_schema::Graph::new(&found.schema);
    let of = |name: &str| {
        let at = found.schema.tables[1]
            .relations
            .iter()
            .position(|relation| relation.name == name);
        let child = exodus_schema::TableId(1);
        graph.describe(exodus_schema::RelationId {
            child,
            at: at.expect(name),
        })
    };
    assert_eq!(of("declared_id"), "comments(id) → clients(id) when author in (8, 7)");
    assert_eq!(of("declared_id_2"), "comments(id) → clients(id)");
    assert_eq!(of("declared_expression"), "comments((id + 1)) → clients(id)");
    let wrong =
        config("[[declare]]\nchild = \"a\"\ncolumns = [\"b\"]\nparent = \"c\"\nwhen = { d = 1.5 }\nreason = \"r\"");
    let told = told(&wrong.expect_err("a number with a point is no value"));
    assert!(
        told.contains("exodus.toml:5:") && told.contains("a text, a whole number"),
        "{told}"
    );
}

/// `'12abc' = 12` is true there, and two numbers beyond 2^53 are the same.
#[test]
fn a_text_is_not_compared_with_a_number_where_that_is_inexact() {
    let text = "[[declare]]\nchild = \"comments\"\ncolumns = [\"author\"]\nparent = \"clients\"\nreason = \"r\"";
    for (engine, refused) in [
        ("mysql", true),
        ("mariadb", true),
        ("sqlite", false),
        ("postgres", false),
    ] {
        let mut schema = schema();
        schema.engine = serde_json::from_value(json!(engine)).expect("an engine");
        let kinds = [exodus_schema::Kind::Integer, exodus_schema::Kind::Text];
        for (table, column, kind) in [("clients", "id", kinds[0]), ("comments", "author", kinds[1])] {
            let table = schema
                .tables
                .iter_mut()
                .find(|known| known.name.name == table)
                .expect(table);
            table
                .columns
                .iter_mut()
                .find(|known| known.name == column)
                .expect(column)
                .kind = kind;
        }
        let found = config(text).expect("a configuration").apply(schema, None);
        let complaint = found.err().map(|failure| told(&failure));
        assert_eq!(complaint.is_some(), refused, "{engine}: {complaint:?}");
        assert!(complaint.is_none_or(|text| text.contains("exodus.toml:3:12") && text.contains("REGEXP")));
    }
}

#[test]
fn what_matches_nothing_is_an_error_that_names_it() {
    for (text, expected) in [
        (
            "[[declare]]\nchild = \"coments\"\ncolumns = [\"a\"]\nparent = \"clients\"\nreason = \"r\"",
            &["exodus.toml:2:9", "`coments`", "`comments`"][..],
        ),
        (
            "[[declare]]\nchild = \"log\"\ncolumns = [\"lines\"]\nparent = \"clients\"\nreason = \"r\"",
            &["exodus.toml:3:12", "log has no column `lines`", "`line`"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"id\"]\nparent = \"log\"\nreason = \"r\"",
            &["exodus.toml:4:10", "no primary key", "parent_columns"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"id\", \"author\"]\nparent = \"clients\"\nreason = \"r\"",
            &["exodus.toml:2:9", "in pairs"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"id + 1\"]\nparent = \"clients\"\nreason = \"r\"",
            &["exodus.toml:3:12", "`id + 1`", "parentheses"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"(id + 1\"]\nparent = \"clients\"\nreason = \"r\"",
            &["exodus.toml:3:12", "parentheses"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"(1 + 1)\"]\nparent = \"clients\"\nreason = \"r\"",
            &["exodus.toml:3:12", "uses no column of comments"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"(SELECT id)\"]\nparent = \"clients\"\nreason = \"r\"",
            &["exodus.toml:3:12", "subquery"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"id\"]\nparent = \"clients\"\nwhen = { autor = \"x\" }\nreason = \"r\"",
            &["exodus.toml:5:18", "no column `autor`", "`author`"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"id\"]\nparent = \"clients\"\nwhen = { id = \"x\" }\nreason = \"r\"",
            &["exodus.toml:5:15", "`id` of comments"],
        ),
        (
            "[[declare]]\nchild = \"comments\"\ncolumns = [\"id\"]\nparent = \"clients\"\nwhen = { author = [] }\nreason = \"r\"",
            &["exodus.toml:5:19", "no value of `author`"],
        ),
        (
            "[[ignore_relations]]\nrelation = \"log(line)\"\nreason = \"r\"",
            &["exodus.toml:2:12", "log references no other table"],
        ),
        (
            "[[ignore_relations]]\nrelation = \"comments\"\nreason = \"r\"",
            &["exodus.toml:2:12", "table(column)"],
        ),
        (
            "[[ignore_relations]]\ntable = \"comments\"\nconstraint = \"fk1\"\nreason = \"r\"",
            &["exodus.toml:3:14", "`fk_1`"],
        ),
        (
            "[[ignore_relations]]\nreason = \"r\"",
            &["exodus.toml:2:10", "names no relation"],
        ),
        (
            "[[class]]\ntable = \"lgo\"\nclass = \"neutral\"\nreason = \"r\"",
            &["exodus.toml:2:9", "`lgo`"],
        ),
        (
            "[[class]]\ntable = \"log\"\nclass = \"neutral\"\nreason = \"r\"\n[[class]]\ntable = \"log\"\nclass = \"context\"\nreason = \"r\"",
            &["exodus.toml:6:9", "twice"],
        ),
    ] {
        let complaint = applied(text).expect_err(text);
        assert!(
            expected.iter().all(|part| complaint.contains(part)),
            "{text}\n{complaint}"
        );
    }
}

/// `UPDATE=1 cargo test -p exodus json_schema` writes it anew.
#[test]
fn the_json_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exodus.schema.json");
    let current = serde_json::to_string_pretty(&schemars::schema_for!(File)).expect("JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &current).expect("docs/exodus.schema.json can be written");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == current,
        "docs/exodus.schema.json is not current: UPDATE=1 cargo test -p exodus json_schema"
    );
}
