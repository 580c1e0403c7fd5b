//! # What it finds
//!
//! Columns that look like a reference to a table but have no foreign key (`client_id`, `carId`, `fk_city`): by their
//! name, their type and what columns of the same name refer to elsewhere. And tables that can't have foreign keys, because
//! of their storage engine (MyISAM, Aria, MEMORY) or because they are partitioned (MySQL, MariaDB), that refer to nothing.
//!
//! # Why it matters
//!
//! exodus finds a client's rows by relations. A relation that it doesn't know of leaves rows behind, which is a loss for
//! the client: a *warning*, if the rows would be a client's, or the table they refer to would be context. Where both
//! tables have their class anyway, and where the guess is weak, it is a *note*. Nothing guessed is used, unless you say so with
//! `--assume-inferred`.
//!
//! `exodus audit` looks whether the values have a parent. If nearly all do, the guess is taken to be right, and it is an
//! *error* where rows would stay behind; the ones without a parent are orphans. If less than half do, the guess is
//! wrong: a *note*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE tracks (id bigint PRIMARY KEY, rental_id bigint NOT NULL, recorded_at timestamptz NOT NULL);
//! ```
//!
//! # How to fix
//!
//! Add the foreign key (remove orphans first), or declare the relation in the configuration where the engine can't have
//! one. A guess that is wrong is refused there, for good, by an entry of `ignore_relations`.
//!
//! ```sql
//! ALTER TABLE tracks ADD FOREIGN KEY (rental_id) REFERENCES rentals (id);
//! ```

use std::collections::{BTreeMap, BTreeSet};

use exodus_schema::{Cuts, Engine, Graph, Table, TableId, Tree};

use super::{Context, Data, Rule};
use crate::class::{Class, Evidence};
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::infer::{self, Inferred, LIKELY};
use crate::question::{Answer, Answers, Question, Reference};

pub(super) const RULE: Rule = Rule {
    id: "missing-foreign-key",
    severity: Severity::Error,
    summary: "a column that names a table but has no foreign key",
    source: include_str!("missing_foreign_key.rs"),
    check,
    data: Some(Data { ask, judge }),
};

/// Values from which data can make a guess an error, or refute it: of fewer, all may have a parent by chance, or none.
const ENOUGH: u64 = 20;

/// What a guess would change if it were right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// Its rows would be clients' rows.
    Child,
    /// The table that it refers to would be context.
    Parent,
    /// No class.
    None,
}

/// A guess that concerns a client.
struct Guess {
    child: TableId,
    parent: TableId,
    inferred: Inferred,
    change: Change,
}

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let guesses = guesses(context);
    let told: BTreeSet<TableId> = guesses.iter().map(|guess| guess.child).collect();
    let silent = context.graph.tables().filter(|table| !told.contains(table));
    let silent = silent.filter_map(|table| silent_hazard(context, table));
    guesses
        .iter()
        .map(|guess| hazard(context, guess))
        .chain(silent)
        .collect()
}

fn guesses(context: &Context<'_>) -> Vec<Guess> {
    let inferred = infer::infer_unrefused(context.graph, &context.classes.cuts);
    if inferred.is_empty() {
        return vec![];
    }
    let clients = would_be_clients(context);
    let found = inferred.into_iter().filter_map(|inferred| {
        let (child, parent) = (
            context.graph.find(&inferred.child)?,
            context.graph.find(&inferred.parent)?,
        );
        let decided = |table: TableId| matches!(context.classes.tables[table.0].evidence, Evidence::Override { .. });
        let classes = (context.classes.class_of(child), context.classes.class_of(parent));
        let change = match classes {
            (Class::Neutral | Class::Context, _) if clients.contains(&parent) && !decided(child) => Change::Child,
            (Class::Client | Class::Context, Class::Neutral) if !decided(parent) => Change::Parent,
            (Class::Client, _) => Change::None,
            // Between tables that hold no client's rows, whatever is guessed.
            _ => return None,
        };
        Some(Guess {
            child,
            parent,
            inferred,
            change,
        })
    });
    found.collect()
}

/// The tables that were client tables if the likely guesses were relations.
fn would_be_clients(context: &Context<'_>) -> BTreeSet<TableId> {
    let (assumed, _) = infer::assume_unrefused(context.graph.schema(), LIKELY, &context.classes.cuts);
    let graph = Graph::new(&assumed);
    // Relations have other places among those that were added.
    let cut = |edge: &&exodus_schema::Edge| {
        let relation = graph.relation(edge.id);
        let mut cuts = context.classes.cuts.relations.iter();
        cuts.any(|cut| cut.child == edge.child() && context.graph.relation(*cut) == relation)
    };
    let cuts = Cuts {
        relations: graph.edges().iter().filter(cut).map(|edge| edge.id).collect(),
        ..context.classes.cuts.clone()
    };
    let tree = Tree::grow(&graph, context.classes.root, &cuts);
    tree.members().iter().map(|member| member.table).collect()
}

fn hazard(context: &Context<'_>, guess: &Guess) -> Hazard {
    let Inferred {
        confidence, reasons, ..
    } = &guess.inferred;
    let (schema, table) = (context.graph.schema(), context.graph.table(guess.child));
    let consequence = match guess.change {
        Change::Child => "; its rows would be clients' rows, and stay behind",
        Change::Parent => "; the table it refers to would be context, and the shards lack it",
        Change::None => "",
    };
    let likely = *confidence >= LIKELY;
    let severity = if likely && guess.change != Change::None {
        Severity::Warning
    } else {
        Severity::Note
    };
    let message = format!(
        "{} {} a relation without a foreign key ({confidence:.2}: {}){consequence}.",
        guess.inferred.describe(),
        if likely { "looks like" } else { "could be" },
        reasons.join("; ")
    );
    let unable = unable(schema.engine, table);
    let fix = match &unable {
        Some(why) => format!(
            "{} {why} and can have no foreign key: declare the relation in the configuration.",
            table.name
        ),
        None => {
            "Add the foreign key, or declare the relation in the configuration; if it is no reference, ignore it there."
                .to_owned()
        }
    };
    let hazard = Hazard::new(RULE.id, severity, guess.child, message, fix).on(&guess.inferred.columns);
    let key = fix::add_foreign_key(schema, table, &guess.inferred.relation()).filter(|_| unable.is_none());
    key.into_iter().fold(hazard, Hazard::with_sql)
}

/// Why a table can have no foreign keys.
fn unable(engine: Engine, table: &Table) -> Option<String> {
    if !matches!(engine, Engine::MySql | Engine::MariaDb) {
        return None;
    }
    let transactional = |name: &str| ["innodb", "ndbcluster", "ndb"].contains(&name.to_lowercase().as_str());
    match &table.storage_engine {
        Some(name) if !transactional(name) => Some(format!("is a table of {name}")),
        _ if !table.partitions.is_empty() => Some("is partitioned".to_owned()),
        _ => None,
    }
}

/// A table that can refer to nothing, and does not, and of which nothing can be guessed.
fn silent_hazard(context: &Context<'_>, table: TableId) -> Option<Hazard> {
    let of = context.graph.table(table);
    let class = &context.classes.tables[table.0];
    let decided = matches!(class.evidence, Evidence::Override { .. });
    let why = unable(context.graph.schema().engine, of)?;
    (class.class != Class::Client && !decided && of.relations.is_empty()).then(|| {
        Hazard::new(
            RULE.id,
            Severity::Note,
            table,
            format!(
                "{} {why} and can have no foreign keys: it is called {}, because nothing tells what it refers to.",
                of.name, class.class
            ),
            "Declare its relations in the configuration, or say there which class it has.",
        )
    })
}

/// The questions by the findings' tables and columns.
fn questions(context: &Context<'_>) -> BTreeMap<(TableId, Vec<String>), (Question, Change)> {
    let one = |guess: Guess| {
        let reference = Reference::of(&guess.inferred.relation(), guess.child, guess.parent);
        (
            (guess.child, guess.inferred.columns),
            (Question::Parents(reference), guess.change),
        )
    };
    guesses(context).into_iter().map(one).collect()
}

fn ask(context: &Context<'_>, hazards: &[Hazard]) -> Vec<Question> {
    let questions = questions(context);
    let asked = hazards
        .iter()
        .filter_map(|hazard| questions.get(&(hazard.table, hazard.columns.clone())));
    asked.map(|(question, _)| question.clone()).collect()
}

fn judge(context: &Context<'_>, hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let questions = questions(context);
    let weighed = hazards.into_iter().map(|hazard| {
        let asked = questions.get(&(hazard.table, hazard.columns.clone()));
        let told = asked.and_then(|(question, change)| Some((answers.get(question)?, *change)));
        let Some((told, change)) = told else { return hazard };
        match told.answer {
            Answer::Parents { set, missing } => conclude(hazard, change, set, missing).according_to(told),
            _ => hazard,
        }
    });
    weighed.collect()
}

fn conclude(hazard: Hazard, change: Change, set: u64, missing: u64) -> Hazard {
    let counts = vec![("values", set), ("orphans", missing)];
    let found = set.saturating_sub(missing);
    // Numbers of small tables meet by chance: the share counts.
    match () {
        () if set == 0 => hazard,
        () if found.saturating_mul(2) < set && set >= ENOUGH => {
            hazard.refuted(&format!("Only {found} of {set} values have a parent."), counts)
        }
        () if found.saturating_mul(10) < set.saturating_mul(9) => Hazard {
            message: format!(
                "{} {found} of {set} values have a parent, which settles nothing.",
                hazard.message
            ),
            ..hazard
        },
        () => {
            let words = match missing {
                0 => format!("All {set} values have a parent."),
                _ => format!("{found} of {set} values have a parent; {missing} are orphans."),
            };
            let severity = match change {
                Change::Child if set >= ENOUGH => Severity::Error,
                Change::None if missing > 0 => Severity::Warning,
                _ => hazard.severity,
            };
            hazard.proven(severity, &words, counts)
        }
    }
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Engine, Graph, Table};

    use super::super::testing::{found, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id};
    use crate::question::{Answer, Question, Reference};

    fn column(name: &'static str) -> impl FnOnce(&mut Table) {
        move |table| {
            let mut column = table.columns[0].clone();
            name.clone_into(&mut column.name);
            table.columns.push(column);
        }
    }

    fn tracks() -> Fixture {
        Fixture::new()
            .relation("rentals.client_id clients")
            .table("tracks")
            .change("tracks", column("rental_id"))
    }

    #[test]
    fn rows_that_would_stay_behind() {
        assert_eq!(found(&RULE, &tracks().build()), ["warning tracks rental_id"]);
        // What hangs on a guess would stay behind with it.
        let deep = tracks().table("points").change("points", column("track_id")).build();
        assert_eq!(
            found(&RULE, &deep),
            ["warning points track_id", "warning tracks rental_id"]
        );
    }

    #[test]
    fn a_context_table_that_the_shards_would_lack() {
        let schema = Fixture::new()
            .relation("rentals.client_id clients")
            .table("cars")
            .change("rentals", column("car_id"));
        assert_eq!(found(&RULE, &schema.build()), ["warning rentals car_id"]);
    }

    #[test]
    fn classes_that_stand_anyway_are_a_note_and_neutral_tables_nothing() {
        let schema = tracks().relation("tracks.client_id clients").build();
        assert_eq!(found(&RULE, &schema), ["note tracks rental_id"]);
        let neutral = Fixture::new()
            .table("clients")
            .table("systems")
            .table("cards")
            .change("cards", column("system_id"));
        assert!(found(&RULE, &neutral.build()).is_empty());
        let related = Fixture::new().relation("rentals.client_id clients");
        assert!(found(&RULE, &related.build()).is_empty());
    }

    #[test]
    fn tables_that_can_have_none() {
        let of = |name: &'static str, partitions: &'static [&str]| {
            let schema = Fixture::new().engine(Engine::MariaDb).table("clients").table("logs");
            let schema = schema.change("logs", move |table| {
                table.storage_engine = Some(name.to_owned());
                table.partitions = partitions.iter().map(|name| name.parse().unwrap()).collect();
            });
            found(&RULE, &schema.build())
        };
        assert_eq!(of("MyISAM", &[]), ["note logs"]);
        assert_eq!(of("InnoDB", &["p0", "p1"]), ["note logs"]);
        assert!(of("InnoDB", &[]).is_empty());
        let guessed = tracks().engine(Engine::MySql).change("tracks", |table| {
            table.storage_engine = Some("Aria".to_owned());
        });
        let schema = guessed.build();
        let graph = Graph::new(&schema);
        let classes = crate::classify(
            &graph,
            id(&graph, "clients"),
            &exodus_schema::Cuts::default(),
            &[].into(),
        );
        let hazards = classes.unwrap().hazards.into_iter();
        let of_rule: Vec<_> = hazards.filter(|hazard| hazard.rule == RULE.id).collect();
        assert_eq!(of_rule.len(), 1);
        assert!(of_rule[0].sql.is_empty(), "it can't be added");
        let end = "can have no foreign key: declare the relation in the configuration.";
        assert!(of_rule[0].fix.ends_with(end), "{}", of_rule[0].fix);
    }

    fn with(fixture: Fixture, set: u64, missing: u64) -> Vec<String> {
        let schema = fixture.build();
        let graph = Graph::new(&schema);
        let columns = vec![exodus_schema::model::ColumnPair::new("rental_id", "id")];
        let reference = Reference::new(id(&graph, "tracks"), columns, id(&graph, "rentals"));
        judged(
            &RULE,
            &schema,
            [(Question::Parents(reference), Answer::Parents { set, missing })],
        )
    }

    #[test]
    fn the_data_confirm_or_refute() {
        let line = |severity, set, missing| [format!("{severity} tracks rental_id: {set} values, {missing} orphans")];
        assert_eq!(with(tracks(), 1000, 0), line("error", 1000, 0));
        assert_eq!(with(tracks(), 1000, 7), line("error", 1000, 7));
        assert_eq!(with(tracks(), 5, 0), line("warning", 5, 0));
        assert_eq!(with(tracks(), 1000, 900), line("note", 1000, 900));
        assert_eq!(with(tracks(), 1000, 300), ["warning tracks rental_id: "]);
        assert_eq!(with(tracks(), 3, 3), ["warning tracks rental_id: "]);
        assert_eq!(with(tracks(), 0, 0), ["warning tracks rental_id: "]);
        let owned = || tracks().relation("tracks.client_id clients");
        assert_eq!(with(owned(), 1000, 0), line("note", 1000, 0));
        assert_eq!(with(owned(), 1000, 1), line("warning", 1000, 1));
    }
}
