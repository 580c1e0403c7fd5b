//! # What it finds
//!
//! A client table whose rows name two clients, one of them by way of another table: a comment has an author, and it
//! answers a post, which has an author of its own. The schema can't prove that both are the same client, and nothing
//! says that they should be. (Where one owner was surely meant, `accidental-client-relation` has it; where both ways go
//! to the root table at once, `direct-client-relation`.)
//!
//! # Why it matters
//!
//! A row that two clients own can't be put on a shard with one of them without the other. A move that meets such a row
//! refuses and names it. It is a *warning*, because a decision is needed: which client such a row goes with. `exodus
//! audit` counts the rows that have two owners: if there are some it is an *error*, if there are none a *note*.
//!
//! A composite foreign key that carries the client proves that both ways lead to the same one; such tables are no
//! finding. So does a relation to a row that is named on both ways.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE posts (id bigint PRIMARY KEY, client_id bigint NOT NULL REFERENCES clients);
//! CREATE TABLE comments (
//!     id        bigint PRIMARY KEY,
//!     post_id   bigint NOT NULL REFERENCES posts,
//!     author_id bigint NOT NULL REFERENCES clients
//! );
//! ```
//!
//! # How to fix
//!
//! Decide which relation owns the row. Tell exodus to ignore the other one, or drop it and keep the value:
//!
//! ```sql
//! ALTER TABLE comments DROP CONSTRAINT comments_author_id_fkey;
//! ```
//!
//! If both must be the same client, let the foreign key say so, which also keeps it so:
//!
//! ```sql
//! ALTER TABLE posts ADD UNIQUE (client_id, id);
//! ALTER TABLE comments ADD FOREIGN KEY (author_id, post_id) REFERENCES posts (client_id, id);
//! ```

use super::accidental_client_relation::one_owner_meant;
use super::crossing::{Crossing, ask, crossings, groups, judge};
use super::{Context, Data, Rule};
use crate::hazard::{Hazard, Severity};

pub(super) const RULE: Rule = Rule {
    id: "nested-client-relation",
    severity: Severity::Error,
    summary: "a client table whose rows name two clients, one by way of another table",
    source: include_str!("nested_client_relation.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let mut crossings = crossings(context);
    crossings.retain(|crossing| is_nested(context, crossing) && !one_owner_meant(context, crossing));
    let groups = groups(context, &crossings);
    let found = crossings.iter().map(|crossing| {
        let group = groups.get(&crossing.table).cloned();
        hazard(context, crossing).in_group(group)
    });
    found.collect()
}

/// Some way that differs from the others runs over another table.
pub(super) fn is_nested(context: &Context<'_>, crossing: &Crossing) -> bool {
    let root = context.classes.root;
    let direct = |group: &Vec<_>| {
        let mut edges = group.iter().filter_map(|&way| context.graph.edge(way));
        edges.any(|edge| edge.parent == root)
    };
    crossing.table == root || !crossing.groups.iter().all(direct)
}

fn hazard(context: &Context<'_>, crossing: &Crossing) -> Hazard {
    let name = context.name(crossing.table);
    let message = if crossing.table == context.classes.root {
        format!(
            "A row of {name} can name a row of another client: {}.",
            crossing.described(context)
        )
    } else {
        format!(
            "A row of {name} names clients in more than one way, and they can differ: {}.",
            crossing.described(context)
        )
    };
    Hazard::new(
        RULE.id,
        Severity::Warning,
        crossing.table,
        message,
        "Decide which relation owns the row and ignore the others in the configuration, or carry the client's key in a composite foreign key.",
    )
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Cuts, Graph, Schema};

    use super::super::testing::{found, found_with, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id};
    use crate::question::{Answer, Question};

    fn comments() -> Fixture {
        Fixture::new()
            .relation("posts.client_id clients")
            .relation("comments.author_id clients")
            .relation("comments.post_id posts")
    }

    #[test]
    fn an_author_and_a_post() {
        assert_eq!(found(&RULE, &comments().build()), ["warning comments"]);
        // What hangs below is not reported again.
        let below = comments().relation("likes.comment_id comments").build();
        assert_eq!(found(&RULE, &below), ["warning comments"]);
    }

    #[test]
    fn a_composite_key_proves_it() {
        let schema = Fixture::new()
            .relation("posts.client_id clients")
            .relation("comments.author_id clients")
            .relation("comments.author_id,post_id posts:client_id,id")
            .build();
        assert!(found(&RULE, &schema).is_empty());
    }

    #[test]
    fn two_ways_to_the_root_alone_are_direct() {
        let schema = Fixture::new()
            .relation("transfers.giver clients")
            .relation("transfers.taker clients")
            .build();
        assert!(found(&RULE, &schema).is_empty());
        // A third way over another table is nested besides.
        let schema = Fixture::new()
            .relation("accounts.client_id clients")
            .relation("transfers.giver clients")
            .relation("transfers.taker clients")
            .relation("transfers.account_id accounts")
            .build();
        assert_eq!(found(&RULE, &schema), ["warning transfers"]);
    }

    #[test]
    fn a_cut_way_does_not_count() {
        let schema = comments().build();
        let graph = Graph::new(&schema);
        let cut = graph.parents(id(&graph, "comments")).next().unwrap().id;
        let cuts = Cuts {
            relations: [cut].into(),
            ..Cuts::default()
        };
        assert!(found_with(&RULE, &schema, &cuts).is_empty());
    }

    fn crossed(schema: &Schema, rows: u64, pairs: u64) -> Vec<String> {
        let graph = Graph::new(schema);
        let comments = id(&graph, "comments");
        let ways = graph.parents(comments).map(|edge| edge.id).collect();
        let question = Question::Crossed(comments, ways);
        judged(&RULE, schema, [(question, Answer::Crossed { rows, pairs })])
    }

    #[test]
    fn the_data_decide() {
        let schema = comments().build();
        assert_eq!(
            crossed(&schema, 12, 2),
            ["error comments: 12 crossed rows, 2 pairs of clients"]
        );
        assert_eq!(crossed(&schema, 0, 0), ["note comments: 0 crossed rows"]);
        assert_eq!(judged(&RULE, &schema, []), ["warning comments: "]);
    }
}
