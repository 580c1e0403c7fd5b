//! # What it finds
//!
//! A relation whose parent columns are no unique key of the parent table: MySQL and MariaDB allow a foreign key to the
//! first column of a composite key or to any indexed column, and a relation declared in the configuration can name any.
//!
//! # Why it matters
//!
//! A child row then has every parent row that carries the value. If those belong to different clients, so does the child
//! row, and it can't be moved with either; if they are context rows, the shards must hold all of them. exodus selects
//! the child row once however many parents it has, so that nothing is doubled. It is a *warning*: the data decide.
//! `exodus audit` counts the parents that share a value, and the rows that get several owners by it: these make it an
//! *error*; without parents that share a value it is a *note*. A unique key on columns that may be NULL is a *note*,
//! too: the rows without a value can't be referenced at all.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE rentals (id bigint PRIMARY KEY, client_id bigint NOT NULL, code varchar(20), KEY (code));
//! CREATE TABLE tracks (code varchar(20), FOREIGN KEY (code) REFERENCES rentals (code));
//! ```
//!
//! # How to fix
//!
//! Make the parent's columns unique, or reference its primary key:
//!
//! ```sql
//! ALTER TABLE rentals ADD UNIQUE (code);
//! ```

use std::collections::BTreeSet;

use exodus_schema::{Edge, Key, RelationId, Table};

use super::{Context, Data, Rule, counted};
use crate::class::Class;
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "non-unique-reference",
    severity: Severity::Error,
    summary: "a relation to columns that are no unique key of the parent",
    source: include_str!("non_unique_reference.rs"),
    check,
    data: Some(Data { ask, judge }),
};

#[derive(PartialEq, Eq)]
enum Uniqueness {
    Unique,
    /// Unique among the rows that have a value.
    Nullable,
    None,
}

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let edges = context.graph.edges().iter().filter(|edge| {
        context.keeps(edge)
            && context.is_client(edge.child())
            && context.classes.class_of(edge.parent) != Class::Neutral
    });
    edges
        .filter_map(|edge| {
            let columns: BTreeSet<&str> = context.graph.relation(edge.id).parent_columns().collect();
            match uniqueness(context.graph.table(edge.parent), &columns) {
                Uniqueness::Unique => None,
                unique => Some(hazard(context, edge, unique == Uniqueness::Nullable)),
            }
        })
        .collect()
}

/// Columns are unique if some key is among them.
fn uniqueness(parent: &Table, columns: &BTreeSet<&str>) -> Uniqueness {
    let within = |key: &&Key| {
        key.total && !key.columns.is_empty() && key.columns.iter().all(|column| columns.contains(column.as_str()))
    };
    // SQLite lets even primary keys be NULL unless told otherwise; nobody means it, and no child can refer to such a row.
    if parent.primary_key.iter().any(|key| within(&key)) {
        return Uniqueness::Unique;
    }
    let within: Vec<_> = parent.unique_keys.iter().filter(within).collect();
    if within.is_empty() {
        Uniqueness::None
    } else if within
        .iter()
        .any(|key| key.columns.iter().all(|column| !parent.is_nullable(column)))
    {
        Uniqueness::Unique
    } else {
        Uniqueness::Nullable
    }
}

fn hazard(context: &Context<'_>, edge: &Edge, nullable: bool) -> Hazard {
    let (relation, parent) = (context.describe(edge.id), context.name(edge.parent));
    let consequence = if context.is_client(edge.parent) {
        "a row can have parents that belong to different clients"
    } else {
        "a row can have several parents, and the shards must hold them all"
    };
    let message = if nullable {
        format!(
            "{relation} refers to a unique key of {parent} that may be NULL: rows without a value can't be referenced."
        )
    } else {
        format!("{relation} refers to columns of {parent} that are not unique: {consequence}.")
    };
    let fix = if nullable {
        "Nothing has to be done; NOT NULL would make it a key."
    } else {
        "Add a unique key on these columns of the parent, or reference its primary key."
    };
    let severity = if nullable { Severity::Note } else { Severity::Warning };
    let hazard = Hazard::new(RULE.id, severity, edge.child(), message, fix).at(edge.id);
    if nullable {
        return hazard;
    }
    let columns: Vec<_> = context.graph.relation(edge.id).parent_columns().collect();
    hazard.with_sql(fix::add_unique_key(
        context.graph.schema(),
        context.graph.table(edge.parent),
        &columns,
    ))
}

/// Whether parents share a value; of those where they may not.
fn alike(context: &Context<'_>, relation: RelationId) -> Option<Question> {
    let parent = context.graph.edge(relation)?.parent;
    let columns: BTreeSet<&str> = context.graph.relation(relation).parent_columns().collect();
    let unique = uniqueness(context.graph.table(parent), &columns) != Uniqueness::None;
    let columns = context.graph.relation(relation).parent_columns().map(str::to_owned);
    (!unique).then(|| Question::Duplicates(parent, columns.collect()))
}

/// Whether rows get several owners by the relation.
fn crossed(context: &Context<'_>, relation: RelationId) -> Option<Question> {
    let parent = context.graph.edge(relation)?.parent;
    context
        .is_client(parent)
        .then(|| Question::Crossed(relation.child, vec![relation]))
}

fn ask(context: &Context<'_>, hazards: &[Hazard]) -> Vec<Question> {
    let of = |relation: RelationId| {
        let alike = alike(context, relation);
        let crossed = alike.as_ref().and_then(|_| crossed(context, relation));
        alike.into_iter().chain(crossed)
    };
    hazards
        .iter()
        .filter_map(|hazard| hazard.relation)
        .flat_map(of)
        .collect()
}

fn judge(context: &Context<'_>, hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let weighed = hazards.into_iter().map(|hazard| {
        let told = hazard.relation.and_then(|relation| {
            let told = answers.get(&alike(context, relation)?)?;
            let crossed = crossed(context, relation).and_then(|question| answers.get(&question));
            Some((told, crossed.map(|told| &told.answer)))
        });
        let Some((told, crossed)) = told else { return hazard };
        let crossed = match crossed {
            Some(&Answer::Crossed { rows, .. }) => rows,
            _ => 0,
        };
        match told.answer {
            Answer::Groups { groups, rows } => conclude(hazard, groups, rows, crossed).according_to(told),
            _ => hazard,
        }
    });
    weighed.collect()
}

fn conclude(hazard: Hazard, groups: u64, rows: u64, crossed: u64) -> Hazard {
    let counts = vec![
        ("values of several parents", groups),
        ("parents that share one", rows),
        ("crossed rows", crossed),
    ];
    if groups == 0 {
        return hazard.refuted("No two parents share a value.", counts);
    }
    let shared = format!(
        "{} {}",
        counted(rows, "parent shares", "parents share"),
        counted(groups, "value", "values")
    );
    let gets = match crossed {
        0 => {
            let words = format!("{shared}; no row gets two owners by it.");
            return hazard.proven(Severity::Warning, &words, counts);
        }
        _ => counted(crossed, "row gets", "rows get"),
    };
    let words = format!("{shared}; {gets} two owners or more by it.");
    hazard.proven(Severity::Error, &words, counts)
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Graph, Key, Table};

    use super::super::testing::{found, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id, key};
    use crate::question::{Answer, Question};

    fn tracks(unique: Option<Key>) -> Fixture {
        Fixture::new()
            .relation("rentals.client_id clients")
            .relation("tracks.code rentals:code")
            .change("rentals", |table: &mut Table| table.unique_keys.extend(unique))
    }

    #[test]
    fn columns_without_a_key() {
        assert_eq!(found(&RULE, &tracks(None).build()), ["warning tracks code"]);
        let partial = Key {
            total: false,
            ..key("u", &["code"])
        };
        assert_eq!(found(&RULE, &tracks(Some(partial)).build()), ["warning tracks code"]);
        // The first column of a composite key is not unique by itself.
        assert_eq!(
            found(&RULE, &tracks(Some(key("u", &["code", "client_id"]))).build()),
            ["warning tracks code"]
        );
    }

    #[test]
    fn a_nullable_key_is_a_note() {
        let schema = tracks(Some(key("u", &["code"])));
        let schema = schema.change("rentals", |t| {
            t.columns
                .iter_mut()
                .filter(|c| c.name == "code")
                .for_each(|c| c.nullable = true);
        });
        assert_eq!(found(&RULE, &schema.build()), ["note tracks code"]);
    }

    #[test]
    fn a_nullable_primary_key_is_a_key() {
        let schema = Fixture::new()
            .relation("rentals.client_id clients")
            .change("clients", |table| {
                table.columns[0].nullable = true;
            });
        assert!(found(&RULE, &schema.build()).is_empty());
    }

    #[test]
    fn unique_columns_and_other_classes_are_no_finding() {
        assert!(found(&RULE, &tracks(Some(key("u", &["code"]))).build()).is_empty());
        let neutral = Fixture::new().table("clients").relation("x.code y:code").build();
        assert!(found(&RULE, &neutral).is_empty());
    }

    #[test]
    fn the_data_decide() {
        let schema = tracks(None).build();
        let graph = Graph::new(&schema);
        let (rentals, tracks) = (id(&graph, "rentals"), id(&graph, "tracks"));
        let relation = graph.parents(tracks).next().unwrap().id;
        let with = |groups, crossed| {
            let alike = Answer::Groups {
                groups,
                rows: groups * 2,
            };
            let answers = [
                (Question::Duplicates(rentals, vec!["code".to_owned()]), alike),
                (
                    Question::Crossed(tracks, vec![relation]),
                    Answer::Crossed {
                        rows: crossed,
                        pairs: 1,
                    },
                ),
            ];
            judged(&RULE, &schema, answers)
        };
        let line = |severity, groups, crossed| {
            let parents = groups * 2;
            [format!(
                "{severity} tracks code: {groups} values of several parents, {parents} parents that share one, {crossed} crossed rows"
            )]
        };
        assert_eq!(with(0, 0), line("note", 0, 0));
        assert_eq!(with(3, 0), line("warning", 3, 0));
        assert_eq!(with(3, 4), line("error", 3, 4));
    }
}
