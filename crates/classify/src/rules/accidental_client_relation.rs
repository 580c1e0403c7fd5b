//! # What it finds
//!
//! A client table whose rows get their owner in several ways that the schema can't prove equal, where surely one owner
//! was meant: a post belongs to a client, and to a category, which belongs to a client, and nobody files a post under
//! somebody else's category. It has the shape of `nested-client-relation`. One owner is taken to be meant where
//!
//! - no way goes to the root table at once: the row names no client of its own; or
//! - the row names its client by the same column as the tables that it leads to (`client_id` and `client_id`, not
//!   `author_id` and `client_id`);
//!
//! and neither the table nor the column that names the client is called as things are by which clients deal with each
//! other (comments, votes, messages, invitations, `sender_id`, `referred_by`).
//!
//! # Why it matters
//!
//! The schema is fine, and it does not keep an application's mistake (a confused session, a stale cache) from filing the
//! post of one client under the category of another. Neither client can then be moved without the other. Only the data
//! can tell: it is a *note* until `exodus audit` has counted the rows that cross; if there are some it is an *error*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE categories (id bigint PRIMARY KEY, client_id bigint NOT NULL REFERENCES clients);
//! CREATE TABLE posts (
//!     id          bigint PRIMARY KEY,
//!     client_id   bigint NOT NULL REFERENCES clients,
//!     category_id bigint NOT NULL REFERENCES categories
//! );
//! ```
//!
//! # How to fix
//!
//! Mend the rows that cross (`exodus audit --show-keys` names some). Then let the foreign key carry the client, so that
//! the database keeps it so, and can prove it:
//!
//! ```sql
//! ALTER TABLE categories ADD UNIQUE (client_id, id);
//! ALTER TABLE posts ADD FOREIGN KEY (client_id, category_id) REFERENCES categories (client_id, id);
//! ```

use exodus_schema::{Edge, RelationId};

use super::crossing::{Crossing, ask, crossings, groups, judge};
use super::nested_client_relation::is_nested;
use super::{Context, Data, Rule};
use crate::candidates::words;
use crate::fix;
use crate::hazard::{Hazard, Severity};
use crate::owner::Owners;

pub(super) const RULE: Rule = Rule {
    id: "accidental-client-relation",
    severity: Severity::Error,
    summary: "a client table whose rows could have two owners by mistake",
    source: include_str!("accidental_client_relation.rs"),
    check,
    data: Some(Data { ask, judge }),
};

/// Beginnings of words for what clients do to each other, in names of tables and columns.
const DEALINGS: [&str; 25] = [
    "comment",
    "reply",
    "replies",
    "answer",
    "like",
    "vote",
    "reaction",
    "review",
    "rating",
    "follow",
    "friend",
    "message",
    "invit",
    "share",
    "referr",
    "transfer",
    "mention",
    "guest",
    "collaborat",
    "sender",
    "recipient",
    "receiver",
    "sponsor",
    "recommend",
    "introduc",
];

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let owners = Owners::prove(context.graph, &context.classes.tree, &context.classes.cuts);
    let mut crossings = crossings(context);
    crossings.retain(|crossing| is_nested(context, crossing) && one_owner_meant(context, crossing));
    let groups = groups(context, &crossings);
    let found = crossings.iter().map(|crossing| {
        let group = groups.get(&crossing.table).cloned();
        hazard(context, &owners, crossing).in_group(group)
    });
    found.collect()
}

/// The rows were surely meant to have one owner.
pub(super) fn one_owner_meant(context: &Context<'_>, crossing: &Crossing) -> bool {
    let root = context.classes.root;
    let ways = crossing.ways();
    let edges = || ways.iter().filter_map(|&way| context.graph.edge(way));
    let deals = |word: &str| DEALINGS.iter().any(|dealing| word.starts_with(dealing));
    let columns = |way: &RelationId| {
        let mut names = context.graph.relation(*way).child_columns();
        names.any(|name| words(name).iter().any(|word| deals(word)))
    };
    // The last word says what a thing is: post_comments are comments, comment_versions are not.
    let name = words(&context.graph.table(crossing.table).name.name);
    let named = name.last().is_some_and(|word| deals(word));
    let to_client = edges().filter(|edge| edge.parent == root || crossing.table == root);
    if named || to_client.map(|edge| edge.id).any(|way| columns(&way)) {
        return false;
    }
    let own: Vec<Vec<&str>> = edges()
        .filter(|edge| edge.parent == root)
        .map(|edge| names(context, edge.id))
        .collect();
    let through = |edge: &Edge| {
        let first = context
            .classes
            .tree
            .member(edge.parent)
            .map(|member| &member.witness[..]);
        first.and_then(|chain| chain.first()).map(|&way| names(context, way))
    };
    crossing.table == root
        || edges()
            .filter(|edge| edge.parent != root)
            .all(|edge| through(edge).is_none_or(|names| own.iter().all(|own| *own == names)))
}

fn names<'a>(context: &Context<'a>, way: RelationId) -> Vec<&'a str> {
    context.graph.relation(way).child_columns().collect()
}

fn hazard(context: &Context<'_>, owners: &Owners<'_>, crossing: &Crossing) -> Hazard {
    let name = context.name(crossing.table);
    let message = if crossing.table == context.classes.root {
        format!(
            "A row of {name} names rows of its own, and nothing keeps them from being another client's: {}.",
            crossing.described(context)
        )
    } else {
        format!(
            "Rows of {name} get their owner in more than one way, and nothing keeps it the same: {}.",
            crossing.described(context)
        )
    };
    let fix = "Look at the data with `exodus audit`; carry the client's key in a composite foreign key, so that the database keeps the owners equal.";
    let hazard = Hazard::new(RULE.id, Severity::Note, crossing.table, message, fix);
    statements(context, owners, crossing)
        .into_iter()
        .fold(hazard, Hazard::with_sql)
}

/// Composite foreign keys that hold the ways together, where the columns for them are there.
fn statements(context: &Context<'_>, owners: &Owners<'_>, crossing: &Crossing) -> Vec<String> {
    let (graph, root) = (context.graph, context.classes.root);
    let edge = |way: &RelationId| graph.edge(*way);
    let ways = crossing.ways();
    let direct = ways.iter().filter_map(edge).find(|edge| edge.parent == root);
    let own = if crossing.table == root {
        owners.columns(root)
    } else {
        direct.and_then(|edge| key(context, edge))
    };
    let Some(own) = own else { return vec![] };
    let others = crossing
        .groups
        .iter()
        .filter_map(|group| group.first())
        .filter_map(edge);
    let others = others.filter(|edge| edge.parent != root);
    others
        .filter_map(|edge| {
            let theirs = owners.columns(edge.parent)?;
            let pair = |&(key, column): &(&str, &'_ str)| {
                let other = theirs.iter().find(|(of, _)| *of == key)?;
                Some((column.to_owned(), other.1.to_owned()))
            };
            let carried = own.iter().map(pair).collect::<Option<Vec<_>>>()?;
            fix::carry(graph, edge.id, &carried)
        })
        .flatten()
        .collect()
}

/// The columns that hold the root's key by a relation to the root, each after the one that it repeats.
fn key<'a>(context: &Context<'a>, edge: &Edge) -> Option<Vec<(&'a str, &'a str)>> {
    let identity = context.graph.table(context.classes.root).identity()?;
    let pairs = &context.graph.relation(edge.id).columns;
    let column = |key: &String| {
        let pair = pairs.iter().find(|pair| pair.parent == *key);
        pair.map(|pair| pair.child.as_str())
    };
    let columns = identity.columns.iter().map(|key| Some((key.as_str(), column(key)?)));
    columns.collect()
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Cuts, Engine, Graph};

    use super::super::testing::{found, judged};
    use super::RULE;
    use crate::fixture::{Fixture, id};
    use crate::question::{Answer, Question};

    fn posts() -> Fixture {
        Fixture::new()
            .relation("categories.client_id clients")
            .relation("posts.client_id clients")
            .relation("posts.category_id? categories")
    }

    #[test]
    fn one_owner_was_meant() {
        assert_eq!(found(&RULE, &posts().build()), ["note posts"]);
        // No way names a client at once.
        let invoices = Fixture::new()
            .relation("rentals.client_id clients")
            .relation("invoices.customer_id clients")
            .relation("lines.rental_id rentals")
            .relation("lines.invoice_id invoices")
            .build();
        assert_eq!(found(&RULE, &invoices), ["note lines"]);
    }

    /// A hundred tables of one shape are one matter; what three tables share by no pair shares the way to the root.
    #[test]
    fn tables_of_one_shape_are_one_group() {
        let mut fixture = Fixture::new().relation("customers.client_id clients");
        for parent in ["a", "b", "c"] {
            fixture = fixture
                .relation(&format!("{parent}.client_id clients"))
                .relation(&format!("of_{parent}.client_id clients"))
                .relation(&format!("of_{parent}.{parent}_id {parent}"));
        }
        for table in ["invoices", "wallets", "quotes", "refunds"] {
            fixture = fixture
                .relation(&format!("{table}.client_id clients"))
                .relation(&format!("{table}.customer_id customers"));
        }
        let alone = fixture
            .relation("lines.invoice_id invoices")
            .relation("lines.wallet_id wallets");
        let schema = alone.build();
        let graph = Graph::new(&schema);
        let classes = crate::classify(&graph, id(&graph, "clients"), &Cuts::default(), &[].into()).unwrap();
        let found = classes.hazards.iter().filter(|hazard| hazard.rule == RULE.id);
        let groups: Vec<_> = found
            .map(|hazard| {
                (
                    graph.table(hazard.table).name.to_string(),
                    hazard.group.as_deref().unwrap_or("none"),
                )
            })
            .collect();
        let shape = "client_id → clients and customer_id → customers";
        let rest = "client_id → clients and another way";
        let expected = [
            ("invoices", shape),
            ("lines", "none"),
            ("of_a", rest),
            ("of_b", rest),
            ("of_c", rest),
            ("quotes", shape),
            ("refunds", shape),
            ("wallets", shape),
        ];
        assert_eq!(groups, expected.map(|(table, group)| (table.to_owned(), group)));
    }

    #[test]
    fn names_of_dealings_mean_two() {
        let with = |table: &str, column: &str| {
            let schema = Fixture::new()
                .relation("posts.client_id clients")
                .relation(&format!("{table}.{column} clients"))
                .relation(&format!("{table}.post_id posts"));
            found(&RULE, &schema.build())
        };
        assert_eq!(with("drafts", "client_id"), ["note drafts"]);
        assert!(with("post_comments", "client_id").is_empty());
        assert!(with("PostComments", "client_id").is_empty());
        assert_eq!(with("comment_versions", "client_id"), ["note comment_versions"]);
        assert!(with("drafts", "author_id").is_empty());
        assert!(with("drafts", "sender_id").is_empty());
    }

    #[test]
    fn the_root_names_a_row_of_its_own() {
        let with = |column: &str| {
            let schema = Fixture::new()
                .relation("users.account_id clients")
                .relation(&format!("clients.{column}? users"));
            found(&RULE, &schema.build())
        };
        assert_eq!(with("owner_id"), ["note clients"]);
        assert!(with("referred_by_id").is_empty());
    }

    #[test]
    fn what_is_proven_is_no_finding() {
        let schema = Fixture::new()
            .relation("categories.client_id clients")
            .relation("posts.client_id clients")
            .relation("posts.client_id,category_id categories:client_id,id")
            .build();
        assert!(found(&RULE, &schema).is_empty());
    }

    #[test]
    fn the_data_decide() {
        let schema = posts().build();
        let graph = Graph::new(&schema);
        let table = id(&graph, "posts");
        let ways = graph.parents(table).map(|edge| edge.id).collect();
        let question = Question::Crossed(table, ways);
        let with = |rows, pairs| judged(&RULE, &schema, [(question.clone(), Answer::Crossed { rows, pairs })]);
        assert_eq!(with(1, 1), ["error posts: 1 crossed rows, 1 pairs of clients"]);
        assert_eq!(with(0, 0), ["note posts: 0 crossed rows"]);
    }

    #[test]
    fn the_statements_make_the_database_prove_it() {
        let sql = |engine| {
            let schema = posts().engine(engine).build();
            let graph = Graph::new(&schema);
            let classes = crate::classify(&graph, id(&graph, "clients"), &Cuts::default(), &[].into()).unwrap();
            let found = classes.hazards.into_iter().find(|hazard| hazard.rule == RULE.id);
            found.unwrap().sql
        };
        assert_eq!(
            sql(Engine::Postgres),
            [
                "CREATE UNIQUE INDEX \"categories_client_id_id_key\" ON \"categories\" (\"client_id\", \"id\");",
                "ALTER TABLE \"posts\" ADD FOREIGN KEY (\"client_id\", \"category_id\") REFERENCES \"categories\" (\"client_id\", \"id\");"
            ]
        );
        assert!(sql(Engine::Sqlite).is_empty());
    }
}
