//! # What it finds
//!
//! A trigger on a client table that writes rows of any table, that may keep the row at hand from being written, or of
//! which it can't be told what it does. The body is read for INSERT, UPDATE, DELETE, REPLACE, MERGE, TRUNCATE and COPY;
//! SQL put together at run time, calls of functions that are not built in, and other languages make it unknown.
//!
//! # Why it matters
//!
//! A move inserts the client's rows on the target and removes them from the source; where checks can't be switched off
//! and tables refer to each other in a circle, it also updates them. A trigger that writes then does so a second time:
//! audit rows are doubled, counters count twice. It is an *error* if the trigger fires on INSERT or DELETE, or on UPDATE
//! where the table lies on a circle; a *note* if it fires on other events only, which a move does not cause; a *warning*
//! if it is unknown or can skip the row. PostgreSQL keeps triggers silent where the session may switch checks off; the
//! other engines have no such way.
//!
//! Triggers that only check, or only set columns of the row at hand, are facts and no findings: they are listed with the
//! classes. Disabled ones are no findings either. What the triggers of the written tables do in turn is not followed.
//!
//! # Example
//!
//! ```sql
//! CREATE TRIGGER rentals_audit AFTER INSERT ON rentals
//! FOR EACH ROW INSERT INTO audit (rental_id) VALUES (NEW.id);
//! ```
//!
//! # How to fix
//!
//! Let the trigger do nothing in the session that moves, or write from the application instead. In PostgreSQL, grant the
//! role that moves the right to keep triggers silent:
//!
//! ```sql
//! GRANT SET ON PARAMETER session_replication_role TO exodus;
//! ```

use exodus_schema::model::{Enabled, Event};
use exodus_schema::{TableId, TableName};

use super::{Context, Rule};
use crate::hazard::{Hazard, Severity};
use crate::trigger::{TriggerFact, event_name};

pub(super) const RULE: Rule = Rule {
    id: "row-writing-trigger",
    severity: Severity::Error,
    summary: "a trigger on a client table that writes rows, or may",
    source: include_str!("row_writing_trigger.rs"),
    check,
    data: None,
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let triggers = context.classes.triggers.iter();
    triggers
        .filter(|fact| fact.enabled != Enabled::Disabled && !fact.effect.is_harmless())
        .map(|fact| {
            let fired = fired_by_move(context, fact);
            let severity = match () {
                () if !fired => Severity::Note,
                () if fact.effect.writes.is_empty() => Severity::Warning,
                () => Severity::Error,
            };
            Hazard {
                severity,
                table: fact.table,
                rule: RULE.id,
                columns: vec![],
                sql: vec![],
                proof: None,
                relation: None,
                message: message(context, fact, fired),
                fix: if fired {
                    "Keep it from firing in the session that moves, or write from the application instead."
                } else {
                    "Nothing has to be done for a move."
                }
                .to_owned(),
            }
        })
        .collect()
}

/// A move inserts and deletes rows; it updates only those whose relation had to wait.
fn fired_by_move(context: &Context<'_>, fact: &TriggerFact) -> bool {
    let back = context.classes.tree.back_relations();
    let updated = back
        .iter()
        .any(|relation| relation.child == fact.table && context.is_nullable(*relation));
    fact.events.iter().any(|event| match event {
        Event::Insert | Event::Delete => true,
        Event::Update => updated,
        Event::Truncate => false,
    })
}

fn message(context: &Context<'_>, fact: &TriggerFact, fired: bool) -> String {
    let mut does = vec![];
    for write in &fact.effect.writes {
        let class = written(context, fact.table, &write.table);
        let class = class.map_or("which is not in this schema".to_owned(), |table| {
            format!("a {} table", context.classes.class_of(table))
        });
        does.push(format!("it does {} on {}, {class}", write.verb.as_str(), write.table));
    }
    if fact.effect.skips {
        does.push("it may keep the row from being written".to_owned());
    }
    does.extend(
        fact.effect
            .unknown
            .iter()
            .map(|reason| format!("what it does can't be told: {reason}")),
    );
    let not_fired = match &fact.events[..] {
        _ if fired => String::new(),
        events => {
            let names: Vec<_> = events.iter().map(|&event| event_name(event)).collect();
            format!("; a move does no {} here", names.join(" or "))
        }
    };
    format!(
        "The trigger {} ({}): {}{not_fired}.",
        fact.name,
        fact.occasion(),
        does.join("; ")
    )
}

/// The table that a body names, seen from the table of its trigger: of that schema, or the only one so called.
fn written(context: &Context<'_>, from: TableId, name: &TableName) -> Option<TableId> {
    let from = &context.graph.table(from).name;
    let near = TableName::new(
        if name.schema.is_empty() {
            &from.schema
        } else {
            &name.schema
        },
        &name.name,
    );
    let fold = |name: &str| name.to_lowercase();
    context
        .graph
        .find(name)
        .or_else(|| context.graph.find(&near))
        .or_else(|| {
            let mut called = context.graph.tables().filter(|&table| {
                let other = &context.graph.table(table).name;
                fold(&other.name) == fold(&name.name) && (name.schema.is_empty() || other.schema.is_empty())
            });
            called.next().filter(|_| called.next().is_none())
        })
}

#[cfg(test)]
mod tests {
    use exodus_schema::model::{Enabled, Event, Timing};
    use exodus_schema::{Graph, Trigger};

    use super::super::testing::found;
    use super::RULE;
    use crate::fixture::{Fixture, id};

    fn with(table: &str, events: &[Event], body: &str, enabled: Enabled) -> Fixture {
        let trigger = Trigger {
            name: "audit_it".to_owned(),
            timing: Timing::Before,
            events: events.to_vec(),
            per_row: true,
            enabled,
            function: None,
            language: Some("plpgsql".to_owned()),
            condition: None,
            body: body.to_owned(),
        };
        Fixture::new()
            .relation("rentals.client_id clients")
            .relation("rentals.next_id? rentals")
            .relation("cars.rental_id? rentals")
            .relation("rentals.place_id places")
            .table("audit")
            .trigger(table, trigger)
    }

    fn on_insert(table: &str, body: &str) -> Vec<String> {
        found(&RULE, &with(table, &[Event::Insert], body, Enabled::Origin).build())
    }

    const WRITES: &str = "BEGIN INSERT INTO audit VALUES (NEW.id); RETURN NEW; END";

    #[test]
    fn what_a_move_fires() {
        assert_eq!(on_insert("rentals", WRITES), ["error rentals"]);
        assert_eq!(
            on_insert("clients", "BEGIN EXECUTE x; RETURN NEW; END"),
            ["warning clients"]
        );
        assert_eq!(on_insert("rentals", "BEGIN RETURN NULL; END"), ["warning rentals"]);
        let on = |table, events| found(&RULE, &with(table, events, WRITES, Enabled::Origin).build());
        assert_eq!(on("rentals", &[Event::Delete]), ["error rentals"]);
        // A relation that had to wait is set by an UPDATE: in rentals, which refers to itself, and not in cars.
        assert_eq!(on("rentals", &[Event::Update]), ["error rentals"]);
        assert_eq!(on("cars", &[Event::Update]), ["note cars"]);
        assert_eq!(on("rentals", &[Event::Truncate]), ["note rentals"]);
    }

    #[test]
    fn checks_assignments_other_classes_and_disabled_ones_are_no_finding() {
        assert!(on_insert("rentals", "BEGIN NEW.a := now(); RETURN NEW; END").is_empty());
        assert!(on_insert("rentals", "BEGIN RAISE EXCEPTION 'INSERT INTO x'; END").is_empty());
        assert!(on_insert("places", WRITES).is_empty());
        let disabled = with("rentals", &[Event::Insert], WRITES, Enabled::Disabled).build();
        assert!(found(&RULE, &disabled).is_empty());
    }

    #[test]
    fn it_says_what_is_written_and_when() {
        let schema = with("rentals", &[Event::Insert, Event::Delete], WRITES, Enabled::Origin).build();
        let graph = Graph::new(&schema);
        let classes = crate::classify(
            &graph,
            id(&graph, "clients"),
            &exodus_schema::Cuts::default(),
            &[].into(),
        )
        .unwrap();
        let hazard = classes.hazards.iter().find(|hazard| hazard.rule == RULE.id).unwrap();
        assert_eq!(
            hazard.message,
            "The trigger audit_it (before insert or delete): it does INSERT on audit, a neutral table."
        );
    }
}
