//! What each form must look like to those who read it.

use exodus_schema::{Graph, Schema};
use serde_json::Value;

use super::{Form, Report, Section, Styles, Tool, write};
use crate::fixture::{Fixture, id};
use crate::{Accept, Classification, Filter, Findings, Hazard, Place, Scope, Severity, classify};

pub(super) fn schema() -> Schema {
    Fixture::new()
        .relation("public.rentals.client_id? public.clients")
        .relation("public.odd|_<b>.x public.clients")
        .table("public.jobs")
        .build()
}

pub(super) fn accept(rule: &str, object: &str, until: Option<&str>) -> Accept {
    Accept {
        rule: rule.to_owned(),
        object: object.to_owned(),
        reason: "ticket 7: they stay".to_owned(),
        until: until.map(str::to_owned),
        expired: until.is_some_and(|day| day < "2020"),
        audit_only: false,
        place: Place {
            file: "conf/exodus.toml".to_owned(),
            line: 12,
            column: 3,
        },
    }
}

/// One finding of every kind: an error with SQL, an accepted one, one whose acceptance is over; and a stale entry.
fn with(look: impl FnOnce(&Report<'_>)) {
    let schema = schema();
    let graph = Graph::new(&schema);
    let classes = classify(
        &graph,
        id(&graph, "public.clients"),
        &exodus_schema::Cuts::default(),
        &[].into(),
    )
    .expect("it can be classified");
    let rentals = id(&graph, "public.rentals");
    let relation = graph.parents(rentals).next().expect("a relation").id;
    let odd = id(&graph, "public.odd|_<b>");
    let mut classes: Classification = classes;
    classes.hazards = vec![
        Hazard::new(
            "horse-riddle",
            Severity::Error,
            rentals,
            "100% of it,\nand more: all.",
            "Add a key.",
        )
        .at(relation)
        .with_sql("ALTER TABLE \"public\".\"rentals\" ADD COLUMN id bigint;"),
        Hazard::new("self-loop", Severity::Warning, odd, "It | loops.", "Look."),
        Hazard::new("self-loop", Severity::Note, rentals, "It loops too.", "Look."),
    ];
    let accepts = [
        accept("self-loop", "odd|_<b>", None),
        accept("self-loop", "rentals", Some("2019-12-31")),
        accept("missing-primary-key", "gone", None),
    ];
    let filter = Filter::default();
    let mut report = Report::new(&graph, &classes);
    report.findings = Findings::new(&graph, &classes.hazards, &accepts, &filter, Scope::Schema);
    report.tool = Tool {
        command: "audit",
        version: "1.2.3",
        file: Some("db/dump 1.sql"),
    };
    report.sections = vec![Section {
        title: "Not answered (1)".to_owned(),
        lines: vec!["rows of public.rentals: time ran out".to_owned()],
    }];
    look(&report);
}

fn written(form: Form) -> String {
    let mut out = String::new();
    with(|report| out = write(report, form, &Styles::default()));
    out
}

#[test]
fn text_has_severities_rules_fixes_what_was_accepted_and_what_is_stale() {
    let expected = "
Errors (1)
error[horse-riddle] a client table whose rows reach their owner through nullable
columns only
  public.rentals(client_id)
    100% of it,\\nand more: all.
    Fix: Add a key.
      ALTER TABLE \"public\".\"rentals\" ADD COLUMN id bigint;

Notes (1)
note[self-loop] a client table that references itself
  public.rentals
    It loops too.
    Fix: Look.
    It was accepted until 2019-12-31: conf/exodus.toml:12:3

Accepted (1)
  warning[self-loop] public.odd|_<b>
      ticket 7: they stay

Accept entries that match nothing (1)
  conf/exodus.toml:12:3: missing-primary-key on gone
  Take them out: what they accepted is gone. (What only `exodus audit` finds
  needs `audit_only = true`.)

Not answered (1)
  rows of public.rentals: time ran out

3 client, 0 context and 1 neutral tables; 1 error, 1 note, 1 accepted, 1 accept
entry matches nothing.
";
    let text = written(Form::Text);
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn markdown_can_be_shown_whatever_names_hold() {
    let text = written(Form::Markdown);
    for part in [
        "# exodus audit: public.clients\n",
        "## Errors (1)\n",
        "### horse-riddle\n",
        "  ```sql\n  ALTER TABLE \"public\".\"rentals\" ADD COLUMN id bigint;\n  ```\n",
        "| warning self-loop | public.odd\\|\\_&lt;b&gt; | ticket 7: they stay |  |\n",
        "## Not answered (1)\n",
        "| 0 | public.clients | the root table |\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert!(!text.contains("<b>"), "{text}");
}

#[test]
fn github_annotations_are_one_line_each_and_escaped() {
    let text = written(Form::Github);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "::error file=db/dump 1.sql,title=exodus%3A horse-riddle on public.rentals(client_id)::\
             100%25 of it,%0Aand more: all.%0AFix: Add a key.%0A\
             ALTER TABLE \"public\".\"rentals\" ADD COLUMN id bigint;",
            "::notice file=db/dump 1.sql,title=exodus%3A self-loop on public.rentals::It loops too.%0AFix: Look.",
            "::error file=conf/exodus.toml,line=12,col=3,title=exodus%3A accepts nothing::\
             missing-primary-key on gone is accepted here and is gone. Take them out: what they accepted is gone. \
             (What only `exodus audit` finds needs `audit_only = true`.)",
            "exodus: accepted warning[self-loop] public.odd|_<b>: ticket 7: they stay",
            "exodus: rows of public.rentals: time ran out",
            "exodus: 3 client, 0 context and 1 neutral tables; 1 error, 1 note, 1 accepted, \
             1 accept entry matches nothing.",
        ]
    );
}

#[test]
fn gitlab_gets_what_stands() {
    let issues: Value = serde_json::from_str(&written(Form::Gitlab)).expect("JSON");
    let issues = issues.as_array().expect("an array");
    let of = |key: &str| issues.iter().map(|issue| issue[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("check_name"), ["horse-riddle", "self-loop", "accepts-nothing"]);
    assert_eq!(of("severity"), ["critical", "info", "critical"]);
    for issue in issues {
        let text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        assert!(text(&issue["description"]) && text(&issue["fingerprint"]), "{issue}");
        assert!(
            text(&issue["location"]["path"]) && issue["location"]["lines"]["begin"].is_u64(),
            "{issue}"
        );
    }
    let mut prints = of("fingerprint").iter().map(Value::to_string).collect::<Vec<_>>();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), 3);
}

fn sarif() -> Value {
    serde_json::from_str(&written(Form::Sarif)).expect("JSON")
}

#[test]
fn sarif_results_name_rule_table_and_fingerprint() {
    let log = sarif();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), crate::rules::ALL.len());
    for rule in rules {
        let text = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
        assert!(
            text(&rule["help"]["text"]) && text(&rule["fullDescription"]["text"]),
            "{rule}"
        );
        assert!(
            rule["help"]["markdown"]
                .as_str()
                .is_some_and(|page| page.contains("# How to fix")),
            "{rule}"
        );
    }
    let results = run["results"].as_array().expect("results");
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small one");
        assert_eq!(rules[at]["id"], result["ruleId"]);
        let place = &result["locations"][0];
        assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], "db/dump%201.sql");
        assert_eq!(
            result["partialFingerprints"]["ruleAndObject/v1"].as_str().map(str::len),
            Some(32)
        );
    }
    let place = &results[0]["locations"][0]["logicalLocations"][0];
    assert_eq!(place["fullyQualifiedName"], "public.rentals(client_id)");
    assert_eq!(results[0]["level"], "error");
    assert_eq!(run["automationDetails"]["id"], "exodus/audit/");
}

/// l65: findings that were accepted stay in SARIF, marked suppressed; all others say that they are not.
#[test]
fn l65_accepted_findings_stay_in_sarif_marked_suppressed() {
    let log = sarif();
    let results = log["runs"][0]["results"].as_array().expect("results");
    let suppressions: Vec<_> = results.iter().map(|result| &result["suppressions"]).collect();
    assert_eq!(
        suppressions
            .iter()
            .map(|all| all.as_array().map_or(9, Vec::len))
            .collect::<Vec<_>>(),
        [0, 1, 0]
    );
    let one = &suppressions[1][0];
    assert_eq!(
        (&one["kind"], &one["status"], &one["justification"]),
        (&"external".into(), &"accepted".into(), &"ticket 7: they stay".into())
    );
    let stale = &log["runs"][0]["invocations"][0]["toolConfigurationNotifications"];
    assert!(
        stale[0]["message"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("gone")),
        "{stale}"
    );
}

/// Lines, wording, severity and other findings may change: the fingerprint is the same.
#[test]
fn l65_fingerprints_outlive_what_changes_around_a_finding() {
    let prints = |change: &dyn Fn(&mut Vec<Hazard>)| {
        let schema = schema();
        let graph = Graph::new(&schema);
        let table = id(&graph, "public.rentals");
        let mut hazards = vec![
            Hazard::new("horse-riddle", Severity::Error, table, "old words", "Fix."),
            Hazard::new("self-loop", Severity::Note, table, "other", "Fix."),
        ];
        change(&mut hazards);
        hazards.sort();
        let found = Findings::new(&graph, &hazards, &[], &Filter::default(), Scope::Schema);
        let print = |rule: &str| {
            found
                .all
                .iter()
                .find(|one| one.hazard.rule == rule)
                .map(|one| one.fingerprint.clone())
        };
        print("self-loop")
    };
    let before = prints(&|_| {});
    assert_eq!(before, prints(&|hazards| drop(hazards.remove(0))));
    assert_eq!(
        before,
        prints(&|hazards| {
            hazards[1].message = "9 rows of them now".to_owned();
            hazards[1].severity = Severity::Error;
        })
    );
}

#[test]
fn a_clean_schema_has_a_summary_in_every_form() {
    let schema = Fixture::new().relation("a.client_id clients").build();
    let graph = Graph::new(&schema);
    let mut classes = classify(
        &graph,
        id(&graph, "clients"),
        &exodus_schema::Cuts::default(),
        &[].into(),
    )
    .expect("it can be classified");
    classes.hazards.clear();
    let report = Report::new(&graph, &classes);
    let write = |form| write(&report, form, &Styles::default());
    let line = "2 client, 0 context and 0 neutral tables; no hazards.";
    for form in [Form::Text, Form::Markdown, Form::Github] {
        let text = write(form);
        assert!(text.contains(line) && text.ends_with('\n'), "{text}");
    }
    assert_eq!(write(Form::Gitlab), "[]\n");
    let log: Value = serde_json::from_str(&write(Form::Sarif)).expect("JSON");
    assert_eq!(
        log["runs"][0]["results"],
        Value::Array(vec![]),
        "an empty list says: looked at, and clean"
    );
    let value: Value = serde_json::from_str(&write(Form::Json)).expect("JSON");
    assert_eq!(value["summary"]["errors"], 0);
}

#[test]
fn every_line_fits_80_columns() {
    let text = written(Form::Text);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}
