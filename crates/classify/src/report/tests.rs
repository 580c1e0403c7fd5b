use std::collections::{BTreeMap, BTreeSet};

use exodus_schema::model::{Enabled, Event, Timing};
use exodus_schema::{Cuts, Graph, Schema, Trigger};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use super::{Styles, json};
use crate::fixture::{Fixture, id};
use crate::{Class, Classification, Override, classify};

fn rental() -> Fixture {
    Fixture::new()
        .relation("public.rentals.client_id public.clients")
        .relation("public.rentals.car_id public.cars")
        .relation("public.tracks.rental_id public.rentals")
        .relation("public.clients.city_id public.cities")
        .relation("public.cities.country_id public.countries")
        .table("public.jobs")
}

fn stamp() -> Trigger {
    Trigger {
        name: "stamp".to_owned(),
        timing: Timing::Before,
        events: vec![Event::Insert, Event::Update],
        per_row: true,
        enabled: Enabled::Origin,
        function: None,
        language: None,
        condition: None,
        body: "BEGIN NEW.at := now(); RETURN NEW; END".to_owned(),
    }
}

fn run(schema: &Schema, root: &str, then: impl FnOnce(&Graph<'_>, &Classification)) {
    let graph = Graph::new(schema);
    let found = classify(&graph, id(&graph, root), &Cuts::default(), &BTreeMap::new()).unwrap();
    then(&graph, &found);
}

fn text(schema: &Schema, root: &str) -> String {
    let mut out = String::new();
    run(schema, root, |graph, found| {
        out = super::classification(graph, found, &Styles::default());
    });
    out
}

#[test]
fn a_clean_schema_in_full() {
    let schema = rental().trigger("public.rentals", stamp()).build();
    let expected = "\
Root table: public.clients

Client tables, in copy order (3)
   0  public.clients
      the root table
   1  public.rentals
      owned by way of public.rentals(client_id) → public.clients(id)
   2  public.tracks
      owned by way of public.tracks(rental_id) → public.rentals(id),
      public.rentals(client_id) → public.clients(id)

Context tables (3)
  public.cars
      a client table refers to it: public.rentals(car_id) → public.cars(id)
  public.cities
      a client table refers to it: public.clients(city_id) → public.cities(id)
  public.countries
      a client table leads to it: public.clients(city_id) → public.cities(id),
      public.cities(country_id) → public.countries(id)

Neutral tables (1)
  No relation leads to these from the root, and no client or context table
  refers to them:
      public.jobs

Triggers of client tables that write no other rows (1)
  public.rentals: stamp (before insert or update) sets columns of the row

3 client, 3 context and 1 neutral tables; no hazards.
";
    assert_eq!(text(&schema, "public.clients"), expected);
}

#[test]
fn hazards_follow_worst_first() {
    let schema = Fixture::new()
        .relation("skins.client_id? clients")
        .relation("a.x clients")
        .relation("a.y clients")
        .build();
    let text = text(&schema, "clients");
    let places: Vec<_> = [
        "\nErrors (",
        "\nerror[direct-client-relation] ",
        "\n  a\n",
        "\nWarnings (",
        "\nwarning[horse-riddle] ",
        "\n  skins(client_id)\n",
        "    Fix: ",
        "3 client, 0 context and 0 neutral tables; 1 error, ",
    ]
    .map(|part| text.rfind(part).unwrap_or_else(|| panic!("{part:?} is not in\n{text}")))
    .into();
    assert!(places.is_sorted(), "{places:?}\n{text}");
}

#[test]
fn every_line_fits_and_no_name_is_cut() {
    let long = "n".repeat(63);
    let wide = "顧客".repeat(20);
    let names = [
        format!("{wide}.{long}"),
        format!("{long}.{wide}"),
        format!("{long}.{long}2"),
    ];
    let schema = Fixture::new()
        .relation(&format!("{}.{long} {}", names[1], names[0]))
        .relation(&format!("{}.{long}? {}", names[2], names[0]))
        .relation(&format!("{}.{long} {}:{wide}", names[0], names[0]))
        .table(&format!("{long}3"))
        .build();
    let text = text(&schema, &names[0]);
    for line in text.lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
    let unwrapped: String = text.split_whitespace().collect();
    for name in names {
        assert!(unwrapped.contains(&name), "{name} is cut");
    }
    let graph = Graph::new(&schema);
    for line in super::candidates(&graph, &crate::candidates::candidates(&graph), &Styles::default()).lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let schema = Fixture::new().relation("a.x clients").relation("a.y clients").build();
    run(&schema, "clients", |graph, found| {
        let coloured = super::classification(graph, found, &Styles::coloured());
        assert!(coloured.contains("\u{1b}[31m"), "{coloured:?}");
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        plain.push_str(rest);
        assert_eq!(plain, super::classification(graph, found, &Styles::default()));
    });
}

#[test]
fn candidates_without_a_root() {
    let schema = Fixture::new().relation("rentals.client_id clients").build();
    let graph = Graph::new(&schema);
    let expected = "\
No root table is given. Its rows are the clients; these tables could be it:

   1  clients
      1 table is reached from it, 1 by NOT NULL relations; 1 relation refers to
      it; it refers to no other table; its name says `client`

Choose one with `--root`, such as `--root clients`, or as `root` in exodus.toml.
";
    assert_eq!(
        super::candidates(&graph, &crate::candidates::candidates(&graph), &Styles::default()),
        expected
    );
    let nothing = Fixture::new().table("a").build();
    assert!(super::candidates(&Graph::new(&nothing), &[], &Styles::default()).starts_with("No root table is given"));
}

fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .map_or(vec![], |object| object.keys().map(String::as_str).collect())
}

const DOCUMENTED: &str = include_str!("../../../../docs/classify-json.md");

#[test]
fn the_json_has_the_documented_shape() {
    let schema = rental()
        .relation("public.clients.referred_by? public.clients")
        .trigger("public.rentals", stamp())
        .build();
    run(&schema, "public.clients", |graph, found| {
        let value = json::classification(graph, found);
        assert_eq!(
            keys(&value),
            [
                "version",
                "root",
                "engine",
                "tables",
                "relations",
                "hazards",
                "triggers",
                "inferred",
                "refused",
                "stale",
                "warnings",
                "summary"
            ]
        );
        assert_eq!(value["version"], 1);
        assert_eq!(value["root"], "public.clients");
        let rentals = &value["tables"][1];
        assert_eq!(
            keys(rentals),
            [
                "table",
                "class",
                "order",
                "reason",
                "reached_by",
                "evidence",
                "chain",
                "complete"
            ]
        );
        assert_eq!(
            (&rentals["table"], &rentals["class"], &rentals["order"]),
            (&"public.rentals".into(), &"client".into(), &1.into())
        );
        assert_eq!(
            keys(&rentals["reached_by"][0]),
            [
                "relation",
                "child",
                "columns",
                "parent",
                "parent_columns",
                "when",
                "nullable",
                "origin",
                "confidence"
            ]
        );
        assert_eq!(
            keys(&value["hazards"][0]),
            [
                "rule",
                "severity",
                "table",
                "relation",
                "columns",
                "part",
                "object",
                "message",
                "fix",
                "sql",
                "group",
                "proof",
                "config",
                "fingerprint",
                "accepted",
                "expired",
                "place"
            ]
        );
        assert_eq!(value["hazards"][0]["rule"], "direct-client-relation");
        assert_eq!(value["hazards"][0]["severity"], "warning");
        assert_eq!(value["triggers"][0]["sets_new"], true);
        assert_eq!(value["tables"].as_array().map(Vec::len), Some(7));
        every_key_is_documented(&value);
    });
    let graph = Graph::new(&schema);
    let value = json::candidates(&graph, &crate::candidates::candidates(&graph));
    assert_eq!(value["root"], Value::Null);
    every_key_is_documented(&value);
}

fn every_key_is_documented(value: &Value) {
    let mut seen = BTreeSet::new();
    let mut stack = vec![value];
    while let Some(value) = stack.pop() {
        match value {
            Value::Object(object) => {
                seen.extend(object.keys());
                stack.extend(object.values());
            }
            Value::Array(array) => stack.extend(array),
            _ => {}
        }
    }
    for key in seen {
        assert!(
            DOCUMENTED.contains(&format!("| `{key}` |")),
            "docs/classify-json.md says nothing of `{key}`"
        );
    }
}

#[test]
fn an_override_says_so() {
    let schema = rental().build();
    let graph = Graph::new(&schema);
    let over = Override {
        class: Class::Neutral,
        reason: "kept centrally".to_owned(),
    };
    let overrides = [(id(&graph, "public.tracks"), over)].into();
    let found = classify(&graph, id(&graph, "public.clients"), &Cuts::default(), &overrides).unwrap();
    let text = super::classification(&graph, &found, &Styles::default());
    let expected = "
  public.tracks
      set in the configuration: kept centrally; this cuts
      public.tracks(rental_id) → public.rentals(id), public.rentals(client_id) →
      public.clients(id)
";
    assert!(text.contains(expected), "{text}");
}

/// l60, "why am I getting so much data?": every relation that brings a table in is named.
#[test]
fn l60_every_way_into_a_table_is_named() {
    let schema = rental().relation("public.tracks.paid_by? public.clients").build();
    let expected = "
   2  public.tracks
      owned by way of public.tracks(paid_by) → public.clients(id)
      also by public.tracks(rental_id) → public.rentals(id)
";
    let text = text(&schema, "public.clients");
    assert!(text.contains(expected), "{text}");
}

/// l10: a ladder of diamonds has 2^500 chains; a report of it is long, and no more than that.
#[test]
fn l10_a_ladder_of_500_diamonds() {
    let ladder = |rungs: usize| {
        let mut fixture = Fixture::new().relation("a0.c clients").relation("b0.c clients");
        for n in 1..rungs {
            for (child, parent) in [("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")] {
                fixture = fixture.relation(&format!("{child}{n}.{parent} {parent}{}", n - 1));
            }
        }
        let schema = fixture.build();
        let start = std::time::Instant::now();
        (text(&schema, "clients"), start.elapsed())
    };
    let (_, half) = ladder(250);
    let (text, took) = ladder(500);
    assert!(text.contains("(494 more), "), "{}", &text[text.len() - 2000..]);
    assert!(text.len() < 1_000_000, "{} bytes", text.len());
    // A machine may be busy with other things; it is so for both.
    assert!(took.as_secs() < 5 || took < half * 10, "{half:?}, {took:?}");
    eprintln!("classified and printed in {took:?}");
}
