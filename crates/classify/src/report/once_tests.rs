//! What is told once where it would repeat itself: findings of one shape, the table of a message, reasons of a baseline.

use exodus_schema::Graph;
use serde_json::Value;

use super::formats_tests::{accept, schema};
use super::{Form, Report, Styles, write};
use crate::fixture::{Fixture, id};
use crate::{Filter, Findings, Hazard, Scope, Severity, classify};

/// Findings of one group are one entry for people, and each by itself for programs. What data prove stands alone.
#[test]
fn findings_of_one_group_are_folded_for_people() {
    let mut fixture = Fixture::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        fixture = fixture.relation(&format!("{name}.client_id clients"));
    }
    let schema = fixture.build();
    let graph = Graph::new(&schema);
    let cuts = exodus_schema::Cuts::default();
    let mut classes = classify(&graph, id(&graph, "clients"), &cuts, &[].into()).expect("it can be classified");
    let finding = |name: &str, group: &str| {
        Hazard::new(
            "accidental-client-relation",
            Severity::Note,
            id(&graph, name),
            format!("Of {name}."),
            "Look.",
        )
        .in_group(Some(group.to_owned()))
        .with_sql("SELECT 1;")
    };
    let shape = "client_id → clients and x → y";
    classes.hazards = vec![
        finding("a", shape),
        finding("b", "another"),
        finding("c", shape),
        finding("d", shape).proven(Severity::Note, "1 row.", vec![("rows", 1)]),
        finding("e", shape),
        finding("f", "another"),
    ];
    let report = Report::new(&graph, &classes);
    let write = |form| write(&report, form, &Styles::default());
    let expected = "
  client_id → clients and x → y (3 findings)
    a, c, e
    For example: Of a.
    `--table NAME` shows one of them in full, with what to write.
  b
    Of b.
      SELECT 1;
  d
    Of d. 1 row.
      SELECT 1;
  f
    Of f.
      SELECT 1;
  Fix for each: Look.
";
    let text = write(Form::Text);
    assert!(text.contains(expected) && text.contains("\nNotes (6)\n"), "{text}");
    let markdown = write(Form::Markdown);
    assert!(
        markdown.contains("- **client\\_id → clients and x → y (3 findings)** a, c, e\n  For example: Of a.\n"),
        "{markdown}"
    );
    let count = |form, pointer| {
        let value: Value = serde_json::from_str(&write(form)).expect("JSON");
        value.pointer(pointer).and_then(Value::as_array).map(Vec::len)
    };
    assert_eq!(count(Form::Json, "/hazards"), Some(6));
    assert_eq!(count(Form::Sarif, "/runs/0/results"), Some(6));
}

#[test]
fn a_table_is_not_named_again_by_each_of_its_relations() {
    use super::hazards::shorter;
    for (object, message, expected) in [
        (
            "s.a",
            "Rows of s.a: s.a(x) → b(id) (s.a(y, z) → c(k)), xs.a(x) → b(id).",
            "Rows of s.a: (x) → b(id) ((y, z) → c(k)), xs.a(x) → b(id).",
        ),
        ("a(x)", "a(x) → b(id) and a(y) → b(id)", "a(x) → b(id) and (y) → b(id)"),
        (
            "a [trigger t]",
            "Of a(x) is said; a(x) → b(id).",
            "Of a(x) is said; (x) → b(id).",
        ),
        ("", "a(x) → b(id)", "a(x) → b(id)"),
        ("odd(name(x)", "Of odd(name(x) → b(id).", "Of odd(name(x) → b(id)."),
    ] {
        assert_eq!(shorter(message, object), expected, "{object}");
    }
}

/// A baseline's findings have one reason: it stands once, and each rule under it once.
#[test]
fn what_is_accepted_for_one_reason_is_listed_by_rule() {
    let schema = schema();
    let graph = Graph::new(&schema);
    let cuts = exodus_schema::Cuts::default();
    let mut classes = classify(&graph, id(&graph, "public.clients"), &cuts, &[].into()).expect("it can be classified");
    let tables = ["public.clients", "public.jobs", "public.rentals"];
    let mut accepts = vec![];
    classes.hazards.clear();
    for table in tables {
        for rule in ["self-loop", "horse-riddle"] {
            let hazard = Hazard::new(rule, Severity::Note, id(&graph, table), "It is.", "Look.");
            classes.hazards.push(hazard);
            accepts.push(accept(rule, table, None));
        }
    }
    "alone".clone_into(&mut accepts[0].reason);
    let mut report = Report::new(&graph, &classes);
    report.findings = Findings::new(&graph, &classes.hazards, &accepts, &Filter::default(), Scope::Schema);
    let expected = "
Accepted (6)
  note[self-loop] public.clients
      alone
  ticket 7: they stay (5):
    note[horse-riddle]
      public.clients, public.jobs, public.rentals
    note[self-loop]
      public.jobs, public.rentals

";
    let text = write(&report, Form::Text, &Styles::default());
    assert!(text.contains(expected), "{text}");
}
