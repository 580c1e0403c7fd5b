use exodus_schema::model::{Discriminator, Origin};
use exodus_schema::{Column, Cuts, Engine, Graph, Kind, Schema, Table};

use super::super::testing::{found, judged};
use super::RULE;
use crate::fixture::{Fixture, id};
use crate::question::{Answer, Question, TypeRow};

fn pair(table: &mut Table) {
    let column = |name: &str, kind| Column {
        name: name.to_owned(),
        kind,
        native_type: if kind == Kind::Text { "varchar(40)" } else { "bigint" }.to_owned(),
        ..table.columns[0].clone()
    };
    let columns = [column("subject_type", Kind::Text), column("subject_id", Kind::Integer)];
    table.columns.extend(columns);
}

fn notes() -> Fixture {
    Fixture::new()
        .relation("rentals.client_id clients")
        .relation("rentals.car_id cars")
        .table("notes")
        .change("notes", pair)
}

#[test]
fn severity_follows_whether_the_rows_have_an_owner() {
    assert_eq!(
        found(&RULE, &notes().build()),
        ["warning notes subject_type,subject_id"]
    );
    let owned = notes().relation("notes.client_id clients").build();
    assert_eq!(found(&RULE, &owned), ["note notes subject_type,subject_id"]);
    let partly = notes().relation("notes.client_id? clients").build();
    assert_eq!(found(&RULE, &partly), ["warning notes subject_type,subject_id"]);
}

#[test]
fn a_type_without_a_key_is_a_property() {
    let schema = notes().change("notes", |table| table.columns.retain(|c| c.name != "subject_id"));
    assert!(found(&RULE, &schema.build()).is_empty());
}

fn declared(fixture: Fixture, column: &str, parent: &str, value: &str) -> Fixture {
    let fixture = fixture.relation(&format!("notes.{column} {parent}"));
    fixture.change("notes", |table| {
        let relation = table.relations.last_mut().expect("it was just made");
        (relation.validated, relation.origin) = (false, Origin::Declared);
        relation.name = format!("declared_{value}");
        relation.when = vec![Discriminator {
            column: "subject_type".to_owned(),
            values: vec![value.to_owned()],
        }];
    })
}

fn values(values: &[(&str, u64)]) -> Answer {
    let values = values.iter().map(|(value, rows)| ((*value).to_owned(), *rows));
    Answer::Values {
        values: values.collect(),
        more: false,
    }
}

fn told(schema: &Schema, types: &[(&str, u64)]) -> Vec<String> {
    let graph = Graph::new(schema);
    let question = Question::Values(id(&graph, "notes"), "subject_type".to_owned());
    judged(&RULE, schema, [(question, values(types))])
}

#[test]
fn the_data_decide() {
    let schema = notes().build();
    let line = |severity, types, rows, unknown, of_these| {
        [format!(
            "{severity} notes subject_type,subject_id: {types} types, {rows} rows of client tables' types, {unknown} types that name no table, {of_these} rows of these"
        )]
    };
    assert_eq!(
        told(&schema, &[("Rental", 5), ("Shop::Car", 3)]),
        line("error", 2, 5, 0, 0)
    );
    assert_eq!(told(&schema, &[("App\\Models\\Car", 3)]), line("note", 1, 0, 0, 0));
    assert_eq!(told(&schema, &[("Elephant", 3)]), line("warning", 1, 0, 1, 3));
    assert_eq!(told(&schema, &[]), line("note", 0, 0, 0, 0));
}

#[test]
fn declared_types_are_settled_and_others_are_not() {
    let schema = declared(notes(), "subject_id", "rentals", "Rental").build();
    assert_eq!(found(&RULE, &schema), ["note notes subject_type,subject_id"]);
    let line = |severity, rest: &str| [format!("{severity} notes subject_type,subject_id: {rest}")];
    assert_eq!(
        told(&schema, &[("Rental", 5)]),
        line(
            "note",
            "1 types, 0 types that are not declared, 0 rows of client tables' types, 0 types that name no table, 0 rows of these"
        )
    );
    // Clients' rows that only the second type leads to would stay behind.
    assert_eq!(
        told(&schema, &[("Rental", 5), ("Client", 2)]),
        line(
            "warning",
            "2 types, 1 types that are not declared, 2 rows of client tables' types, 0 types that name no table, 0 rows of these"
        )
    );
    assert_eq!(
        told(&schema, &[("Rental", 5), ("Elephant", 2)]),
        line(
            "warning",
            "2 types, 1 types that are not declared, 0 rows of client tables' types, 1 types that name no table, 2 rows of these"
        )
    );
}

/// What a person can copy into the configuration, with the values that the data have.
#[test]
fn the_entries_are_written_for_each_table() {
    let schema = notes().build();
    let graph = Graph::new(&schema);
    let classes = crate::classify(&graph, id(&graph, "clients"), &Cuts::default(), &[].into()).unwrap();
    let context = super::Context {
        graph: &graph,
        classes: &classes,
    };
    let found = (RULE.check)(&context);
    assert_eq!(found[0].config, None, "nothing is known of the types");
    let question = Question::Values(id(&graph, "notes"), "subject_type".to_owned());
    let mut answers = crate::question::Answers::default();
    let answer = values(&[("Rental", 5), ("Shop::Rental", 1), ("Car", 3), ("Elephant", 1)]);
    answers.insert(
        question,
        crate::question::Told {
            answer,
            sampled: false,
            keys: vec![],
            owners: vec![],
        },
    );
    let judged = (RULE.data.unwrap().judge)(&context, found, &answers);
    let entry = |parent: &str, values: &str| {
        format!(
            "[[declare]]\nchild = \"notes\"\ncolumns = [\"subject_id\"]\nparent = \"{parent}\"\nparent_columns = [\"id\"]\n\
             when = {{ subject_type = {values} }}\nreason = \"subject_type says which table subject_id refers to\"\n"
        )
    };
    let expected = format!(
        "{}\n{}",
        entry("cars", "\"Car\""),
        entry("rentals", "[\"Rental\", \"Shop::Rental\"]")
    );
    assert_eq!(judged[0].config.as_deref(), Some(expected.as_str()));
    assert!(
        !judged[0].message.contains("Elephant"),
        "a value of a row: {}",
        judged[0].message
    );
}

#[test]
fn labels_of_an_enumerated_type_need_no_data() {
    let with = |labels: &str| {
        let native = format!("enum({labels})");
        let schema = notes().engine(Engine::MySql).change("notes", |table| {
            let column = table.columns.iter_mut().find(|column| column.name == "subject_type");
            let column = column.expect("a column");
            (column.kind, column.native_type) = (Kind::Enum, native);
        });
        found(&RULE, &schema.build())
    };
    assert_eq!(with("'Rental','Car'"), ["error notes subject_type,subject_id"]);
    assert_eq!(with("'Car'"), ["note notes subject_type,subject_id"]);
    assert_eq!(with("'Car','Elephant'"), ["warning notes subject_type,subject_id"]);
}

fn numbered(name: &str, key: &str) -> Fixture {
    let (name, key) = (name.to_owned(), key.to_owned());
    let fixture = Fixture::new()
        .relation("rentals.client_id clients")
        .relation("rentals.car_id cars")
        .table("notes");
    fixture.change("notes", move |table| {
        for name in [name, key] {
            let column = Column {
                name,
                ..table.columns[0].clone()
            };
            table.columns.push(column);
        }
    })
}

#[test]
fn numbers_without_a_table_may_be_a_property() {
    let found = |name, key| found(&RULE, &numbered(name, key).build());
    assert_eq!(found("gizmo_type", "gizmo_id"), ["note notes gizmo_type,gizmo_id"]);
    assert_eq!(
        found("attachable_type", "attachable_id"),
        ["warning notes attachable_type,attachable_id"]
    );
    // A reference to cars, most likely, with a property.
    assert!(found("car_type", "car_id").is_empty());
}

/// Django: the types are rows, by application and model.
#[test]
fn rows_of_another_table_name_the_types() {
    let fixture = numbered("content_type_id", "object_id")
        .table("django_content_type")
        .change("django_content_type", |table| {
            for name in ["app_label", "model"] {
                let column = Column {
                    name: name.to_owned(),
                    kind: Kind::Text,
                    native_type: "varchar(100)".to_owned(),
                    ..table.columns[0].clone()
                };
                table.columns.push(column);
            }
        });
    let schema = fixture.relation("shop_cars.rental_id rentals").build();
    assert_eq!(found(&RULE, &schema), ["warning notes content_type_id,object_id"]);
    let graph = Graph::new(&schema);
    let question = Question::Types {
        table: id(&graph, "notes"),
        column: "content_type_id".to_owned(),
        types: id(&graph, "django_content_type"),
        key: "id".to_owned(),
        names: vec!["app_label".to_owned(), "model".to_owned()],
    };
    let told = |types: &[(&str, Option<&str>, u64)]| {
        let types = types.iter().map(|(value, name, rows)| TypeRow {
            value: (*value).to_owned(),
            name: name.map(str::to_owned),
            rows: *rows,
        });
        let answer = Answer::Types {
            types: types.collect(),
            more: false,
        };
        judged(&RULE, &schema, [(question.clone(), answer)])
    };
    assert_eq!(
        told(&[("7", Some("shop.cars"), 5), ("8", Some("auth.user"), 1), ("9", None, 1)]),
        [
            "error notes content_type_id,object_id: 3 types, 5 rows of client tables' types, 2 types that name no table, 2 rows of these"
        ]
    );
}
