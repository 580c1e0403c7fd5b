//! # What it finds
//!
//! A client table whose rows need not have an owner, and that other client tables refer to although their rows have an
//! owner without it: skins, some of which a client made for himself and others of which everybody may choose from.
//!
//! # Why it matters
//!
//! Such a table is of two classes at once. The rows with an owner are a client's, and move with it; those without one
//! are context, and must be the same on every shard, where nothing brings them: a client table is not synchronised. A
//! move of a client that uses an unowned row refuses where the target does not have it.
//!
//! It is a *warning*. `exodus audit` counts owned and unowned rows, and the rows of other tables that refer to unowned
//! ones: if there are such it is an *error*; if all rows are of one kind, a *note*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE skins (id bigint PRIMARY KEY, client_id bigint REFERENCES clients, color text NOT NULL);
//! CREATE TABLE blogs (
//!     id        bigint PRIMARY KEY,
//!     client_id bigint NOT NULL REFERENCES clients,
//!     skin_id   bigint NOT NULL REFERENCES skins
//! );
//! ```
//!
//! # How to fix
//!
//! Make two tables of it, one for each class, and let the referring table have a column for each:
//!
//! ```sql
//! CREATE TABLE public_skins (id bigint PRIMARY KEY, color text NOT NULL);
//! INSERT INTO public_skins SELECT id, color FROM skins WHERE client_id IS NULL;
//! ALTER TABLE blogs ADD COLUMN public_skin_id bigint REFERENCES public_skins;
//! ALTER TABLE blogs ALTER COLUMN skin_id DROP NOT NULL;
//! UPDATE blogs SET public_skin_id = skin_id, skin_id = NULL
//!     WHERE skin_id IN (SELECT id FROM public_skins);
//! DELETE FROM skins WHERE client_id IS NULL;
//! ALTER TABLE skins ALTER COLUMN client_id SET NOT NULL;
//! ```

use exodus_schema::{Edge, RelationId, TableId, grouped};

use super::horse_riddle::nullable_ways;
use super::{Context, Data, Rule, counted};
use crate::hazard::{Hazard, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "polymorphic-table",
    severity: Severity::Error,
    summary: "a client table with unowned rows that rows with an owner refer to",
    source: include_str!("polymorphic_table.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let members = context.classes.tree.members().iter();
    members
        .filter_map(|member| {
            let ways = nullable_ways(context, member)?;
            let users = users(context, member.table);
            (!users.is_empty()).then(|| hazard(context, member.table, &ways, &users))
        })
        .collect()
}

/// Relations to the table by rows that have an owner by other ways: the root's, and those of tables with another parent.
pub(super) fn users(context: &Context<'_>, table: TableId) -> Vec<RelationId> {
    let owned_otherwise = |edge: &&Edge| {
        let member = context.classes.tree.member(edge.child());
        edge.child() == context.classes.root
            || member.is_some_and(|member| {
                let mut parents = member.owners.iter().filter_map(|&way| context.graph.edge(way));
                parents.any(|other| other.parent != table && other.parent != edge.child())
            })
    };
    let children = context
        .graph
        .children(table)
        .filter(|edge| context.keeps(edge) && context.is_client(edge.child()) && !edge.is_self_loop());
    children.filter(owned_otherwise).map(|edge| edge.id).collect()
}

fn hazard(context: &Context<'_>, table: TableId, ways: &[RelationId], users: &[RelationId]) -> Hazard {
    let list = |relations: &[RelationId]| {
        let described: Vec<_> = relations.iter().map(|&relation| context.describe(relation)).collect();
        described.join(", ")
    };
    let hazard = Hazard::new(
        RULE.id,
        Severity::Warning,
        table,
        format!(
            "Rows of {} may have no owner ({}), and rows that have one refer to them: {}. The table may hold a client's rows and everybody's at once.",
            context.name(table),
            list(ways),
            list(users)
        ),
        "Make two tables of it, one for the rows of clients and one for the rows that all share; or keep the shared rows equal on every shard yourself.",
    );
    match ways {
        [one] => hazard.at(*one),
        _ => hazard,
    }
}

fn ask(context: &Context<'_>, hazards: &[Hazard]) -> Vec<Question> {
    let of = |hazard: &Hazard| {
        let users = users(context, hazard.table).into_iter().map(Question::Unowned);
        users.chain([Question::Owners(hazard.table)]).collect::<Vec<_>>()
    };
    hazards.iter().flat_map(of).collect()
}

fn judge(context: &Context<'_>, hazards: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let weighed = hazards.into_iter().map(|hazard| {
        let Some(told) = answers.get(&Question::Owners(hazard.table)) else {
            return hazard;
        };
        let Answer::Owners { none, one, many } = told.answer else {
            return hazard;
        };
        let used = Used::new(context, hazard.table, answers);
        if answers.are_of_one_client() {
            return of_one_client(hazard, one + many, &used).according_to(told);
        }
        conclude(hazard, none, one + many, &used).according_to(told)
    });
    weighed.collect()
}

/// References to rows without an owner.
struct Used {
    rows: u64,
    /// By which relations, `2 by blogs(skin_id) → skins(id)`.
    by: String,
}

impl Used {
    fn new(context: &Context<'_>, table: TableId, answers: &Answers) -> Self {
        let users = users(context, table).into_iter();
        let counted = users.filter_map(|user| match answers.get(&Question::Unowned(user))?.answer {
            Answer::Count(rows) if rows > 0 => Some((rows, user)),
            _ => None,
        });
        let counted: Vec<_> = counted.collect();
        let by: Vec<_> = counted
            .iter()
            .map(|(rows, user)| format!("{} by {}", grouped(i128::from(*rows)), context.describe(*user)))
            .collect();
        Self {
            rows: counted.iter().map(|(rows, _)| rows).sum(),
            by: by.join(", "),
        }
    }
}

/// Of one client only its own rows are counted, and what they refer to.
fn of_one_client(hazard: Hazard, owned: u64, used: &Used) -> Hazard {
    let counts = vec![("owned rows", owned), ("references to unowned rows", used.rows)];
    if used.rows == 0 {
        return hazard.refuted("No row of this client refers to one without an owner.", counts);
    }
    let words = format!("This client's rows refer to rows without an owner: {}.", used.by);
    hazard.proven(Severity::Error, &words, counts)
}

fn conclude(hazard: Hazard, unowned: u64, owned: u64, used: &Used) -> Hazard {
    let counts = vec![
        ("owned rows", owned),
        ("unowned rows", unowned),
        ("references to unowned rows", used.rows),
    ];
    let rows = |number| counted(number, "row", "rows");
    match (unowned, owned, used.rows) {
        (0, 0, _) => hazard.refuted("It has no rows.", counts),
        (0, _, _) => hazard.refuted(&format!("Its {} all have an owner.", rows(owned)), counts),
        (_, 0, 0) => hazard.refuted(
            "None of its rows has an owner or is referred to by a row that has one.",
            counts,
        ),
        (_, 0, _) => {
            let words = "None of its rows has an owner: as they are, it is a context table.";
            hazard.proven(Severity::Error, words, counts)
        }
        (_, _, 0) => {
            let words = format!(
                "It has {} with an owner and {} without; no row that has one refers to the latter.",
                rows(owned),
                rows(unowned)
            );
            hazard.proven(Severity::Warning, &words, counts)
        }
        _ => {
            let words = format!(
                "It has {} with an owner and {} without; {} of clients refer to the latter: {}.",
                rows(owned),
                rows(unowned),
                rows(used.rows),
                used.by
            );
            hazard.proven(Severity::Error, &words, counts)
        }
    }
}

#[cfg(test)]
mod tests {
    use exodus_schema::Graph;

    use super::super::testing::{found, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id};
    use crate::question::{Answer, Question};

    fn skins() -> Fixture {
        Fixture::new()
            .relation("skins.client_id? clients")
            .relation("blogs.client_id clients")
            .relation("blogs.skin_id skins")
    }

    #[test]
    fn a_table_of_two_classes() {
        assert_eq!(found(&RULE, &skins().build()), ["warning skins client_id"]);
        // The root itself may use one.
        let schema = Fixture::new()
            .relation("skins.client_id? clients")
            .relation("clients.skin_id skins");
        assert_eq!(found(&RULE, &schema.build()), ["warning skins client_id"]);
    }

    #[test]
    fn what_is_owned_or_unused_is_of_one_class() {
        let owned = Fixture::new()
            .relation("skins.client_id clients")
            .relation("blogs.client_id clients")
            .relation("blogs.skin_id skins");
        assert!(found(&RULE, &owned.build()).is_empty());
        let unused = Fixture::new().relation("skins.client_id? clients");
        assert!(found(&RULE, &unused.build()).is_empty());
        // Parts that belong to the skin only are unowned with it.
        let parts = Fixture::new()
            .relation("skins.client_id? clients")
            .relation("skins.parent_id? skins")
            .relation("parts.skin_id skins");
        assert!(found(&RULE, &parts.build()).is_empty());
    }

    #[test]
    fn the_data_decide() {
        let schema = skins().build();
        let graph = Graph::new(&schema);
        let table = id(&graph, "skins");
        let user = graph.children(table).next().unwrap().id;
        let with = |none, one, used| {
            let answers = [
                (Question::Owners(table), Answer::Owners { none, one, many: 0 }),
                (Question::Unowned(user), Answer::Count(used)),
            ];
            judged(&RULE, &schema, answers)
        };
        let line = |severity, owned, unowned, used| {
            [format!(
                "{severity} skins client_id: {owned} owned rows, {unowned} unowned rows, {used} references to unowned rows"
            )]
        };
        assert_eq!(with(3, 5, 4), line("error", 5, 3, 4));
        assert_eq!(with(3, 5, 0), line("warning", 5, 3, 0));
        assert_eq!(with(3, 0, 4), line("error", 0, 3, 4));
        assert_eq!(with(0, 5, 0), line("note", 5, 0, 0));
        assert_eq!(judged(&RULE, &schema, []), ["warning skins client_id: "]);
    }
}
