//! What is accepted, what is stale, and what tells findings apart.

use super::*;
use crate::accept::Place;
use crate::fixture::{Fixture, id};

fn accept(rule: &str, object: &str) -> Accept {
    Accept {
        rule: rule.to_owned(),
        object: object.to_owned(),
        reason: "looked at".to_owned(),
        until: None,
        expired: false,
        audit_only: false,
        place: Place::default(),
    }
}

fn with(accepts: &[Accept], scope: Scope, look: impl FnOnce(&Findings<'_>)) {
    let schema = Fixture::new()
        .relation("s.a.x s.clients")
        .relation("s.b.x s.clients")
        .build();
    let graph = Graph::new(&schema);
    let hazards = [
        Hazard::new("horse-riddle", Severity::Error, id(&graph, "s.a"), "one", ""),
        Hazard::new("horse-riddle", Severity::Warning, id(&graph, "s.b"), "two", "").on(["x"]),
        Hazard::new("horse-riddle", Severity::Warning, id(&graph, "s.b"), "three", "").on(["x"]),
    ];
    look(&Findings::new(&graph, &hazards, accepts, &Filter::default(), scope));
}

#[test]
fn accepted_hazards_do_not_fail_and_stay_visible() {
    with(&[accept("horse-riddle", "a")], Scope::Schema, |found| {
        assert_eq!(
            (found.all.len(), found.accepted().count(), found.standing().count()),
            (3, 1, 2)
        );
        assert!(found.fails(Severity::Warning) && !found.fails(Severity::Error));
    });
    with(&[accept("self-loop", "a")], Scope::Schema, |found| {
        assert_eq!(found.standing().count(), 3, "another rule's entry");
    });
}

/// l64: an accepted hazard that is gone fails the check until it is removed.
#[test]
fn l64_an_entry_that_matches_nothing_fails_the_check() {
    let gone = [
        accept("horse-riddle", "a"),
        accept("horse-riddle", "b(x)"),
        accept("self-loop", "gone"),
    ];
    with(&gone, Scope::Schema, |found| {
        assert_eq!(found.stale.len(), 1);
        assert_eq!(found.stale[0].entry, &gone[2]);
        assert_eq!(found.standing().count(), 0);
        assert!(found.fails(Severity::Error));
    });
    with(&gone, Scope::Part, |found| assert!(!found.fails(Severity::Note)));
}

#[test]
fn what_only_data_show_is_not_judged_by_the_schema() {
    let mut entry = accept("self-loop", "a");
    entry.audit_only = true;
    let entries = [entry];
    with(&entries, Scope::Schema, |found| assert!(found.stale.is_empty()));
    with(&entries, Scope::Data, |found| assert_eq!(found.stale.len(), 1));
}

#[test]
fn an_entry_whose_day_is_over_accepts_nothing_and_is_not_called_stale() {
    let mut entry = accept("horse-riddle", "a");
    entry.expired = true;
    with(&[entry.clone()], Scope::Schema, |found| {
        assert!(found.fails(Severity::Error) && found.stale.is_empty());
        assert_eq!(found.all[0].expired, Some(&entry));
    });
    // Where there is another one in force, that one counts, and the other is about something that is there.
    with(&[entry.clone(), accept("horse-riddle", "a")], Scope::Schema, |found| {
        assert!(found.all[0].accepted.is_some() && found.stale.is_empty());
    });
}

/// What is shown can be copied into the configuration as it is.
#[test]
fn a_missing_key_comes_with_the_entry_that_declares_it() {
    let mut schema = Fixture::new()
        .relation("posts.client_id clients")
        .relation("likes.client_id clients")
        .table("notes")
        .build();
    let column = schema.tables[0].columns[0].clone();
    let notes = schema.tables.iter_mut().find(|table| table.name.name == "notes");
    notes.expect("a table").columns.push(exodus_schema::Column {
        name: "client_id".to_owned(),
        ..column
    });
    let graph = Graph::new(&schema);
    let classes = crate::classify(
        &graph,
        id(&graph, "clients"),
        &exodus_schema::Cuts::default(),
        &[].into(),
    );
    let classes = classes.expect("it can be classified");
    let found = Findings::new(&graph, &classes.hazards, &[], &Filter::default(), Scope::Schema);
    let missing = found
        .all
        .iter()
        .find(|one| one.hazard.rule == MISSING)
        .expect("it is found");
    let entry = missing.config.as_deref().expect("an entry");
    assert!(
        entry.starts_with("[[declare]]\nchild = \"notes\"\n") && entry.contains("reason = "),
        "{entry}"
    );
    assert!(
        found
            .all
            .iter()
            .all(|one| one.hazard.rule == MISSING || one.config.is_none())
    );
}

#[test]
fn fingerprints_tell_findings_apart_and_do_not_hang_on_words() {
    let mut seen = vec![];
    with(&[], Scope::Schema, |found| {
        seen = found.all.iter().map(|finding| finding.fingerprint.clone()).collect();
        let mut unique = seen.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), 3);
    });
    assert!(seen.iter().all(|print| print.len() == 32), "{seen:?}");
    // Written down: an alert somewhere hangs on it, so a change of this value reopens alerts of all users.
    assert_eq!(seen[0], fingerprint("horse-riddle", "s.a", 0));
}

/// What several findings of one rule were about the same table: each has an object and a fingerprint of its own, which
/// doesn't hang on the others, and an entry that was written when there was one finding goes on to accept it.
mod told_apart {
    use super::*;
    use crate::{Part, rules};

    /// Two triggers of a table, and two foreign keys over one column.
    fn two(look: impl FnOnce(&Graph<'_>, &[Hazard])) {
        let schema = Fixture::new()
            .relation("a.x clients")
            .relation("a.x? plans")
            .relation("b.x clients")
            .build();
        let graph = Graph::new(&schema);
        let (a, b) = (id(&graph, "a"), id(&graph, "b"));
        let trigger = |name: &str| {
            Hazard::new("row-writing-trigger", Severity::Error, b, name, "").part(Part::Trigger(name.to_owned()))
        };
        let mut hazards = vec![trigger("one"), trigger("two")];
        let keys = graph.parents(a).map(|edge| edge.id);
        hazards.extend(keys.map(|id| Hazard::new("unindexed-relation", Severity::Note, a, "", "").at(id)));
        hazards.push(
            Hazard::new("unindexed-relation", Severity::Note, b, "", "").at(graph.parents(b).next().expect("one").id),
        );
        look(&graph, &hazards);
    }

    #[test]
    fn by_trigger_and_by_parent() {
        two(|graph, hazards| {
            let found = Findings::new(graph, hazards, &[], &Filter::default(), Scope::Schema);
            let objects: Vec<_> = found.all.iter().map(|one| one.object.as_str()).collect();
            assert_eq!(
                objects,
                [
                    "b [trigger one]",
                    "b [trigger two]",
                    "a(x) → clients(id)",
                    "a(x) → plans(id)",
                    "b(x)"
                ]
            );
            let mut reversed = hazards.to_vec();
            reversed.reverse();
            let other = Findings::new(graph, &reversed, &[], &Filter::default(), Scope::Schema);
            let prints = |found: &Findings<'_>| {
                let mut prints: Vec<_> = found
                    .all
                    .iter()
                    .map(|one| (one.object.clone(), one.fingerprint.clone()))
                    .collect();
                prints.sort();
                prints
            };
            assert_eq!(prints(&found), prints(&other), "the order changes nothing");
            let alone = Findings::new(graph, &hazards[1..2], &[], &Filter::default(), Scope::Schema);
            assert_eq!(alone.all[0].fingerprint, found.all[1].fingerprint, "nor do the others");
        });
    }

    #[test]
    fn a_shorter_entry_accepts_the_one_that_it_can_mean() {
        two(|graph, hazards| {
            let entries = [
                accept("row-writing-trigger", "b"),
                accept("unindexed-relation", "b(x) -> clients(id)"),
                accept("unindexed-relation", "a(x)->plans( id )"),
            ];
            let found = Findings::new(graph, &hazards[1..], &entries, &Filter::default(), Scope::Schema);
            let accepted: Vec<_> = found.accepted().map(|(one, _)| one.object.as_str()).collect();
            assert_eq!(accepted, ["b [trigger two]", "a(x) → plans(id)", "b(x)"]);
            assert!(found.stale.is_empty(), "{:?}", found.stale);
        });
    }

    /// l64: which of several findings was looked at nobody knows, so none is accepted; the error says what to write.
    #[test]
    fn l64_a_shorter_entry_that_could_mean_several_accepts_none() {
        two(|graph, hazards| {
            let entries = [accept("row-writing-trigger", "b"), accept("unindexed-relation", "a(x)")];
            let found = Findings::new(graph, hazards, &entries, &Filter::default(), Scope::Schema);
            assert_eq!(found.accepted().count(), 0);
            assert!(found.fails(Severity::Error));
            let instead: Vec<_> = found.stale.iter().map(|stale| stale.instead.join("; ")).collect();
            assert_eq!(
                instead,
                [
                    "b [trigger one]; b [trigger two]",
                    "a(x) → clients(id); a(x) → plans(id)"
                ]
            );
            assert_eq!(
                found.stale[0].advice(),
                "row-writing-trigger on b is accepted here, but there are 2 such findings. Write which: object = 'b \
                 [trigger one]' or object = 'b [trigger two]'."
            );
        });
    }

    /// Two foreign keys that differ in nothing but their names, as MySQL lets one make them.
    #[test]
    fn by_constraint() {
        let schema = Fixture::new().relation("a.x clients").relation("a.x clients").build();
        let graph = Graph::new(&schema);
        let keys = graph.parents(id(&graph, "a")).map(|edge| edge.id);
        let objects: Vec<_> = keys
            .map(|id| {
                Hazard::new("self-loop", Severity::Note, id.child, "", "")
                    .at(id)
                    .object(&graph)
            })
            .collect();
        assert_eq!(
            objects,
            [
                "a(x) → clients(id) [constraint x_fkey0]",
                "a(x) → clients(id) [constraint x_fkey1]"
            ]
        );
    }

    /// Whatever a schema holds, no two findings of a rule share an object.
    #[test]
    fn no_rule_finds_two_things_under_one_name() {
        use exodus_schema::model::{Enabled, Event, Generator, Timing};
        use exodus_schema::{Key, Trigger};

        let trigger = |name: &str| Trigger {
            name: name.to_owned(),
            timing: Timing::After,
            events: vec![Event::Insert, Event::Delete],
            per_row: true,
            enabled: Enabled::Origin,
            function: None,
            language: None,
            condition: None,
            body: "INSERT INTO logs VALUES (1)".to_owned(),
        };
        let partial = |name: &str, total| Key {
            name: name.to_owned(),
            columns: vec!["z".to_owned()],
            total,
        };
        for engine in [
            exodus_schema::Engine::Postgres,
            exodus_schema::Engine::MySql,
            exodus_schema::Engine::Sqlite,
        ] {
            let schema = Fixture::new()
                .engine(engine)
                .relation("clients.x? clients")
                .relation("clients.y? clients")
                .relation("a.x? clients")
                .relation("a.x? clients")
                .relation("a.x? plans")
                .relation("a.id clients")
                .relation("a.x,y? plans:id,x")
                .relation("b.id,x a:id,x")
                .relation("b.x? clients")
                .relation("plans.x? a")
                .trigger("a", trigger("one"))
                .trigger("a", trigger("two"))
                .change("a", |table| {
                    table.indexes.clear();
                    table.unique_keys = vec![partial("k1", false), partial("k2", false), partial("k3", true)];
                    let mut column = table.columns[0].clone();
                    "z".clone_into(&mut column.name);
                    table.columns.push(column);
                    table.columns[0].generator = Some(Generator::AutoIncrement);
                    for column in &mut table.columns {
                        "int".clone_into(&mut column.native_type);
                        column.charset = Some("latin1".to_owned());
                    }
                })
                .build();
            let graph = Graph::new(&schema);
            let classes = crate::classify(
                &graph,
                id(&graph, "clients"),
                &exodus_schema::Cuts::default(),
                &[].into(),
            );
            let hazards = classes.expect("it can be classified").hazards;
            let of = |rule: &str| hazards.iter().filter(|hazard| hazard.rule == rule).count();
            if engine == exodus_schema::Engine::MySql {
                let counts = [
                    "row-writing-trigger",
                    "narrow-key",
                    "client-unique-key",
                    "unindexed-relation",
                ]
                .map(of);
                assert!(counts.iter().all(|count| *count > 1), "{counts:?}");
            }
            let mut objects: Vec<_> = hazards
                .iter()
                .map(|hazard| (hazard.rule, hazard.object(&graph)))
                .collect();
            objects.sort();
            for pair in objects.windows(2) {
                assert_ne!(pair[0], pair[1], "{engine}");
            }
            assert!(hazards.iter().all(|hazard| rules::find(hazard.rule).is_some()));
        }
    }
}
