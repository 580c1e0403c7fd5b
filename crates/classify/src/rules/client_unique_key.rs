//! # What it finds
//!
//! A unique key of a client table that holds neither the client nor anything else that leads to one: a login, an e-mail
//! address, a coupon code, a licence plate.
//!
//! # Why it matters
//!
//! On one database the server guarantees that no two clients have the same login. On several, each guarantees it for
//! itself alone. Two clients on two shards take the same login, and from then on they can't come together: the move is
//! refused before it begins. The finding is a *warning*: somebody has to decide who guarantees it from now on. `exodus audit --against SHARD` counts the
//! values that are taken there already, of primary keys too, and makes it an *error* if there are any.
//!
//! Random keys (UUIDs) are left out.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE users (
//!     id        bigint PRIMARY KEY,
//!     client_id bigint NOT NULL REFERENCES clients,
//!     login     text NOT NULL UNIQUE
//! );
//! ```
//!
//! # How to fix
//!
//! Make it unique for the client only, or keep the values in one place that all shards ask before they store one:
//!
//! ```sql
//! ALTER TABLE users DROP CONSTRAINT users_login_key, ADD UNIQUE (client_id, login);
//! ```

use exodus_schema::{Key, Kind, Table, TableId};

use super::{Context, Data, Rule, counted};
use crate::hazard::{Hazard, Part, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "client-unique-key",
    severity: Severity::Error,
    summary: "a unique key of a client table that has to be unique over all shards",
    source: include_str!("client_unique_key.rs"),
    check,
    data: Some(Data { ask, judge }),
};

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let found = context.client_tables().flat_map(|table| {
        let keys = context.graph.table(table).unique_keys.iter();
        let global = keys.filter(move |key| is_global(context, table, key));
        global.map(move |key| hazard(context, table, key))
    });
    found.collect()
}

/// The key must be unique whoever's the row is, and values are chosen by people or programs.
fn is_global(context: &Context<'_>, id: TableId, key: &Key) -> bool {
    let table = context.graph.table(id);
    let random = |column: &String| table.column(column).is_some_and(|column| column.kind == Kind::Uuid);
    !key.columns.is_empty() && !key.columns.iter().any(random) && !leads_to_an_owner(context, id, key)
}

/// The key holds all columns of some relation to a client table: it is unique among the rows of one parent.
fn leads_to_an_owner(context: &Context<'_>, table: TableId, key: &Key) -> bool {
    let owners = context
        .classes
        .tree
        .member(table)
        .map_or(&[][..], |member| &member.owners);
    owners.iter().any(|&relation| {
        let relation = context.graph.relation(relation);
        let when = relation.when.iter().map(|part| part.column.as_str());
        let mut columns = relation.child_columns().chain(when);
        columns.all(|column| key.columns.iter().any(|name| name == column))
    })
}

fn hazard(context: &Context<'_>, id: TableId, key: &Key) -> Hazard {
    let partial = if key.total { "" } else { ", where it applies," };
    Hazard::new(
        RULE.id,
        Severity::Warning,
        id,
        format!(
            "{}({}) is unique{partial} over all clients: no shard can guarantee that for the others.",
            context.name(id),
            key.columns.join(", ")
        ),
        "Make it unique for each client, or let one place hand the values out.",
    )
    .on(&key.columns)
    .of(part_of(context.graph.table(id), key))
}

/// Which of several keys over the same columns it is; they differ in the rows they are about.
fn part_of(table: &Table, key: &Key) -> Option<Part> {
    let same = table.primary_key.iter().chain(&table.unique_keys);
    let several = same.filter(|other| other.columns == key.columns).count() > 1;
    several.then(|| Part::Key(key.name.clone()))
}

/// All keys that other databases could have taken, primary ones included.
fn keys<'a>(context: &Context<'a>) -> impl Iterator<Item = (TableId, &'a Table, &'a Key)> {
    let tables = context.client_tables().collect::<Vec<_>>().into_iter();
    let tables = {
        let graph = context.graph;
        tables.map(move |id| (id, graph.table(id)))
    };
    tables.flat_map(|(id, table)| {
        let keys = table.primary_key.iter().chain(&table.unique_keys);
        keys.filter(|key| key.total && !key.columns.is_empty())
            .map(move |key| (id, table, key))
    })
}

fn ask(context: &Context<'_>, _: &[Hazard]) -> Vec<Question> {
    keys(context)
        .map(|(id, _, key)| Question::Collisions(id, key.columns.clone()))
        .collect()
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let mut all = found;
    for (id, table, key) in keys(context) {
        let question = Question::Collisions(id, key.columns.clone());
        let Some(told) = answers.get(&question) else { continue };
        let Answer::Count(rows) = told.answer else { continue };
        let at = all.iter().position(|hazard| {
            hazard.table == id && hazard.columns == key.columns && hazard.part == part_of(table, key)
        });
        match (rows, at) {
            // What is free there today can be taken there tomorrow.
            (0, _) => {}
            (_, Some(at)) => {
                let hazard = all.swap_remove(at);
                all.push(taken(hazard, rows).according_to(told));
            }
            (_, None) => all.push(taken(key_hazard(context, id, table, key), rows).according_to(told)),
        }
    }
    all
}

fn taken(hazard: Hazard, rows: u64) -> Hazard {
    let words = format!("{} on the other database too.", counted(rows, "value is", "values are"));
    hazard.proven(Severity::Error, &words, vec![("collisions", rows)])
}

fn key_hazard(context: &Context<'_>, id: TableId, table: &Table, key: &Key) -> Hazard {
    let generated = key
        .columns
        .iter()
        .any(|column| table.column(column).is_some_and(|column| column.generator.is_some()));
    let fix = if generated {
        "Let each shard hand out keys of its own (an offset and an increment), before clients come together."
    } else {
        "Find out which rows they are: rows of a client that was moved before, or others."
    };
    Hazard::new(
        RULE.id,
        Severity::Warning,
        id,
        format!(
            "Both databases use the same keys {}({}).",
            context.name(id),
            key.columns.join(", ")
        ),
        fix,
    )
    .on(&key.columns)
    .of(part_of(table, key))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id, key};

    fn schema() -> exodus_schema::Schema {
        Fixture::new()
            .relation("users.client_id clients")
            .relation("settings.user_id users")
            .relation("clients.city cities")
            .change("users", |table| {
                let mut login = table.columns[0].clone();
                "login".clone_into(&mut login.name);
                let mut token = login.clone();
                "token".clone_into(&mut token.name);
                token.kind = Kind::Uuid;
                table.columns.extend([login, token]);
                table.unique_keys = vec![
                    key("global", &["login"]),
                    key("own", &["client_id", "login"]),
                    key("random", &["token"]),
                ];
            })
            .change("settings", |table| table.unique_keys = vec![key("one", &["user_id"])])
            .change("cities", |table| table.unique_keys = vec![key("u", &["id"])])
            .build()
    }

    #[test]
    fn keys_without_the_client() {
        assert_eq!(found(&RULE, &schema()), ["warning users login"]);
    }

    /// l33: the client's unique values (login, e-mail) collide on the target.
    #[test]
    fn l33_values_that_are_taken_elsewhere() {
        let schema = schema();
        let table = id(&exodus_schema::Graph::new(&schema), "users");
        let with = |column: &str, rows| {
            let question = Question::Collisions(table, vec![column.to_owned()]);
            judged(&RULE, &schema, [(question, Answer::Count(rows))])
        };
        assert_eq!(with("login", 3), ["error users login: 3 collisions"]);
        assert_eq!(with("login", 0), ["warning users login: "]);
        assert_eq!(with("id", 3), ["error users id: 3 collisions", "warning users login: "]);
    }
}
