//! # What it finds
//!
//! A trigger on a client table that writes rows of any table, that may keep the row at hand from being written, or of
//! which it can't be told what it does. Its body is read for INSERT, UPDATE, DELETE, REPLACE, MERGE, TRUNCATE and COPY, and
//! followed to the end: into the functions and procedures that it calls, on into the triggers of the tables that it writes
//! (whatever class they are of), and along relations that cascade. SQL put together at run time, calls of what was not
//! read and is not built in, and other languages make it unknown. What is read counts whether or not it happens to be
//! reached: every branch, every overload, every trigger whatever its condition.
//!
//! # Why it matters
//!
//! A move inserts the client's rows on the target and removes them from the source; where checks can't be switched off
//! and tables refer to each other in a circle, it also updates them. A trigger that writes then does so a second time:
//! audit rows are doubled, counters count twice, and a purge writes into tables that it has nothing to do with. It is an
//! *error* if the trigger fires on INSERT or DELETE, or on UPDATE where the table lies on a circle; a *note* if it fires
//! on other events only, which a move does not cause; a *warning* if it is unknown or can skip the row. PostgreSQL keeps
//! triggers silent where the session may switch checks off; the other engines have no such way.
//!
//! Of tables that it reaches the nearest 64 are looked at; where there are more, the finding says so.
//!
//! Triggers that only check, or only set columns of the row at hand, are facts and no findings: they are listed with the
//! classes. Disabled ones are no findings either. A condition (WHEN) is shown and changes nothing: rows that a move copies
//! may well meet it.
//!
//! It does not see what views, rules, CHECK constraints, casts and operators run; a statement that writes a view makes the
//! trigger unknown.
//!
//! # Example
//!
//! Two steps away from a rental, each copied rental is counted twice:
//!
//! ```sql
//! CREATE TRIGGER rentals_audit AFTER INSERT ON rentals
//! FOR EACH ROW INSERT INTO audit (rental_id) VALUES (NEW.id);
//!
//! CREATE TRIGGER audit_count AFTER INSERT ON audit
//! FOR EACH ROW UPDATE totals SET rentals = rentals + 1;
//! ```
//!
//! # How to fix
//!
//! Guard the trigger, so that it does nothing in exodus's sessions, or write from the application instead. In MySQL and
//! MariaDB these sessions set a variable; a move or purge that is refused prints the whole statement for each trigger.
//! Guarded ones are no findings any more; but what an ELSE does, or a statement behind the END IF, counts as before.
//!
//! ```sql
//! CREATE OR REPLACE TRIGGER rentals_audit AFTER INSERT ON rentals FOR EACH ROW
//! IF @exodus_copy IS NULL THEN
//!     INSERT INTO audit (rental_id) VALUES (NEW.id);
//! END IF;
//! ```
//!
//! In PostgreSQL, grant the role that moves the right to keep triggers silent:
//!
//! ```sql
//! GRANT SET ON PARAMETER session_replication_role TO exodus;
//! ```
//!
//! Where that can't be had, put `IF current_setting('exodus.copy', true) IS NULL THEN … END IF` around the statements of
//! the function, or `WHEN (current_setting('exodus.copy', true) IS NULL)` into the trigger. In SQLite triggers are silent
//! unless a move is told to leave them on.

use exodus_schema::model::{Enabled, Event};

use super::{Context, Rule};
use crate::class::Class;
use crate::hazard::{Hazard, Part, Severity};
use crate::trigger::{TriggerFact, Verb, Written, event_name};

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
            let fired = Fired::by_move(context, fact);
            let severity = match () {
                () if !fired.copy && !fired.purge => Severity::Note,
                () if fact.reaches.written().is_empty() => Severity::Warning,
                () => Severity::Error,
            };
            let fix = match severity {
                Severity::Note => "Nothing has to be done for a move.",
                _ => "Guard it, so that it does nothing in the session that moves (`IF @exodus_copy IS NULL THEN … END IF`, in PostgreSQL \
                     `current_setting('exodus.copy', true) IS NULL`), or write from the application instead.",
            };
            Hazard::new(RULE.id, severity, fact.table, message(context, fact, fired), fix)
                .part(Part::Trigger(fact.name.clone()))
        })
        .collect()
}

/// Which parts of a move fire a trigger.
#[derive(Clone, Copy)]
struct Fired {
    copy: bool,
    purge: bool,
}

impl Fired {
    /// A copy inserts rows, and updates only those whose relation had to wait; a purge deletes them.
    fn by_move(context: &Context<'_>, fact: &TriggerFact) -> Self {
        let back = context.classes.tree.back_relations();
        let updated = back
            .iter()
            .any(|relation| relation.child == fact.table && context.is_nullable(*relation));
        let on = |event| fact.events.contains(&event);
        Self {
            copy: on(Event::Insert) || (updated && on(Event::Update)),
            purge: on(Event::Delete),
        }
    }
}

/// Tables and reasons that are told one by one; more are counted.
const TOLD: usize = 5;

fn message(context: &Context<'_>, fact: &TriggerFact, fired: Fired) -> String {
    let written = fact.reaches.written();
    let mut does: Vec<_> = written
        .iter()
        .take(TOLD)
        .map(|one| reached(context, fact, one))
        .collect();
    if let Some(more) = written.len().checked_sub(TOLD).filter(|more| *more > 0) {
        let at_least = if fact.reaches.has_more() { "at least " } else { "" };
        does.push(format!("it reaches {at_least}{more} more tables or verbs"));
    }
    if fact.effect.skips {
        does.push("it may keep the row from being written".to_owned());
    }
    let unknown = &fact.effect.unknown;
    let told = unknown.iter().take(TOLD);
    does.extend(told.map(|reason| format!("what it does can't be told: {reason}")));
    if let Some(more) = unknown.len().checked_sub(TOLD).filter(|more| *more > 0) {
        does.push(format!("and {more} more reasons of that kind"));
    }
    let not_fired = match &fact.events[..] {
        _ if fired.copy || fired.purge => String::new(),
        events => {
            let names: Vec<_> = events.iter().map(|&event| event_name(event)).collect();
            format!("; a move does no {} here", names.join(" or "))
        }
    };
    let (name, occasion, does) = (&fact.name, fact.occasion(), does.join("; "));
    let follows = consequences(context, written, fired);
    format!("The trigger {name} ({occasion}): {does}{not_fired}.{follows}")
}

/// `it does UPDATE on totals, a client table, by way of INSERT on audit → trigger audit_count of audit`.
fn reached(context: &Context<'_>, fact: &TriggerFact, written: &Written) -> String {
    let class = written.table.map_or("which is not in this schema".to_owned(), |table| {
        format!("a {} table", context.classes.class_of(table))
    });
    let way = fact.reaches.way(context.graph, written);
    let way = way.map_or_else(String::new, |way| format!(", by way of {way}"));
    format!("it does {} on {}, {class}{way}", written.verb.as_str(), written.name)
}

/// What that comes to when a client is copied and purged.
fn consequences(context: &Context<'_>, written: &[Written], fired: Fired) -> String {
    let mut out = String::new();
    let parts = [(fired.copy, "A copy", true), (fired.purge, "A purge", false)];
    for (_, who, copying) in parts.into_iter().filter(|(fires, ..)| *fires) {
        let mut would: Vec<String> = vec![];
        for one in written {
            let client = one
                .table
                .is_some_and(|table| context.classes.class_of(table) == Class::Client);
            let phrase = damage(one, copying && client);
            if !would.contains(&phrase) {
                would.push(phrase);
            }
        }
        let more = would.len().checked_sub(TOLD).filter(|more| *more > 0);
        would.truncate(TOLD);
        would.extend(more.map(|more| format!("do {more} more things of that kind")));
        if let Some(last) = would.pop() {
            let first = if would.is_empty() {
                String::new()
            } else {
                format!("{} and ", would.join(", "))
            };
            out = format!("{out} {who} would {first}{last}.");
        }
    }
    out
}

/// What a statement does to a table when it is run once more than it should; `copied` if its rows are copied as well.
fn damage(written: &Written, copied: bool) -> String {
    let name = &written.name;
    match (written.verb, copied) {
        (Verb::Insert | Verb::Copy | Verb::Replace, true) => format!("double rows of {name}"),
        (Verb::Insert | Verb::Copy | Verb::Replace, false) => format!("add rows to {name}"),
        (Verb::Update | Verb::Merge, true) => format!("change rows of {name} a second time"),
        (Verb::Update | Verb::Merge, false) => format!("change rows of {name}"),
        (Verb::Delete | Verb::Truncate, _) => format!("remove rows of {name}"),
    }
}

#[cfg(test)]
mod tests {
    use exodus_schema::model::{Enabled, Event, Timing};
    use exodus_schema::{Graph, Trigger};

    use super::super::testing::found;
    use super::RULE;
    use crate::fixture::{Fixture, id};

    fn trigger(events: &[Event], body: &str, enabled: Enabled) -> Trigger {
        Trigger {
            name: "audit_it".to_owned(),
            timing: Timing::Before,
            events: events.to_vec(),
            per_row: true,
            enabled,
            function: None,
            language: Some("plpgsql".to_owned()),
            condition: None,
            body: body.to_owned(),
        }
    }

    fn with(table: &str, events: &[Event], body: &str, enabled: Enabled) -> Fixture {
        Fixture::new()
            .relation("rentals.client_id clients")
            .relation("rentals.next_id? rentals")
            .relation("cars.rental_id? rentals")
            .relation("rentals.place_id places")
            .table("audit")
            .trigger(table, trigger(events, body, enabled))
    }

    fn on_insert(table: &str, body: &str) -> Vec<String> {
        found(&RULE, &with(table, &[Event::Insert], body, Enabled::Origin).build())
    }

    fn messages(fixture: Fixture) -> Vec<String> {
        let schema = fixture.build();
        let graph = Graph::new(&schema);
        let cuts = exodus_schema::Cuts::default();
        let classes = crate::classify(&graph, id(&graph, "clients"), &cuts, &[].into()).unwrap();
        let hazards = classes.hazards.into_iter().filter(|hazard| hazard.rule == RULE.id);
        hazards.map(|hazard| hazard.message).collect()
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
    fn it_says_what_is_written_when_and_what_comes_of_it() {
        let both = [Event::Insert, Event::Delete];
        assert_eq!(
            messages(with("rentals", &both, WRITES, Enabled::Origin)),
            [
                "The trigger audit_it (before insert or delete): it does INSERT on audit, a neutral table. \
              A copy would add rows to audit. A purge would add rows to audit."
            ]
        );
        let body = "BEGIN INSERT INTO cars VALUES (1); UPDATE cars SET a = 1; UPDATE places SET n = n + 1; \
                    DELETE FROM elsewhere; RETURN NEW; END";
        let said = messages(with("rentals", &[Event::Insert], body, Enabled::Origin)).concat();
        let end = " A copy would double rows of cars, change rows of cars a second time, remove rows of elsewhere and \
                   change rows of places.";
        assert!(said.ends_with(end), "{said}");
        assert!(said.contains("elsewhere, which is not in this schema;"), "{said}");
        let truncated = messages(with("rentals", &[Event::Truncate], WRITES, Enabled::Origin)).concat();
        assert!(truncated.ends_with("; a move does no truncate here."), "{truncated}");
    }

    #[test]
    fn the_way_and_the_condition_are_told() {
        let inner = Trigger {
            name: "count_it".to_owned(),
            ..trigger(
                &[Event::Insert],
                "BEGIN UPDATE rentals SET n = n + 1; RETURN NEW; END",
                Enabled::Origin,
            )
        };
        let fixture = with("rentals", &[Event::Insert], WRITES, Enabled::Origin).trigger("audit", inner);
        let fixture = fixture.change("rentals", |table| {
            table.triggers[0].condition = Some("(new.n\n  IS NULL)".to_owned());
        });
        assert_eq!(
            messages(fixture),
            [
                "The trigger audit_it (before insert, when (new.n IS NULL)): it does INSERT on audit, a neutral table; it \
              does UPDATE on rentals, a client table, by way of INSERT on audit → trigger count_it of audit. A copy would \
              add rows to audit and change rows of rentals a second time."
            ]
        );
    }

    #[test]
    fn long_lists_are_counted() {
        let tables: Vec<_> = (0..9).map(|n| format!("t{n}")).collect();
        let writes: Vec<_> = tables.iter().map(|table| format!("DELETE FROM {table};")).collect();
        let body = format!("BEGIN {} EXECUTE x; RETURN NEW; END", writes.concat());
        let fixture = with("rentals", &[Event::Insert], &body, Enabled::Origin);
        let fixture = tables.iter().fold(fixture, |fixture, table| fixture.table(table));
        let said = messages(fixture).concat();
        assert!(said.contains("; it reaches 4 more tables or verbs; "), "{said}");
        assert!(
            said.ends_with("remove rows of t4 and do 4 more things of that kind."),
            "{said}"
        );
    }
}
