//! Which tables could be the root: ranked by what hangs on them and by what they are called.

use std::collections::BTreeSet;

use exodus_schema::{Edge, Graph, TableId};

/// A table that could be the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The table.
    pub table: TableId,
    /// The higher the likelier; of use only beside those of the same schema.
    pub score: u32,
    /// How many tables would hold clients' rows, itself not counted.
    pub reached: usize,
    /// How many of them by NOT NULL relations all the way.
    pub reached_completely: usize,
    /// Relations that refer to it from other tables.
    pub referenced_by: usize,
    /// Why, in words.
    pub reason: String,
}

/// What a table of tenants is called, in plain singular, with the weight of the name.
const NAMES: [(&str, u32); 30] = [
    ("client", 40),
    ("tenant", 40),
    ("customer", 40),
    ("organization", 40),
    ("organisation", 40),
    ("account", 38),
    ("company", 36),
    ("workspace", 36),
    ("merchant", 34),
    ("network", 30),
    ("team", 30),
    ("subscriber", 28),
    ("shop", 26),
    ("store", 26),
    ("site", 24),
    ("realm", 24),
    ("agency", 24),
    ("member", 22),
    ("user", 22),
    ("firm", 22),
    ("school", 22),
    ("clinic", 22),
    ("patient", 22),
    ("employee", 22),
    ("person", 18),
    ("player", 18),
    ("project", 16),
    ("partner", 16),
    ("owner", 14),
    ("group", 10),
];

/// Tables that could be the root, likeliest first. Only tables that others refer to are among them.
pub fn candidates(graph: &Graph<'_>) -> Vec<Candidate> {
    let referenced = |table: TableId| graph.children(table).filter(|edge| !edge.is_self_loop()).count();
    let mut found: Vec<_> = graph
        .tables()
        .filter(|&table| referenced(table) > 0)
        .map(|table| Candidate {
            table,
            score: 0,
            reached: reached(graph, table, &|_| true),
            reached_completely: reached(graph, table, &|edge| !edge.optional),
            referenced_by: referenced(table),
            reason: String::new(),
        })
        .collect();
    let most = |of: fn(&Candidate) -> usize| found.iter().map(of).max().unwrap_or(0);
    let most = (
        most(|c| c.reached),
        most(|c| c.reached_completely),
        most(|c| c.referenced_by),
    );
    for candidate in &mut found {
        let name = name_weight(&graph.table(candidate.table).name.name);
        let parents: BTreeSet<_> = graph
            .parents(candidate.table)
            .filter(|e| !e.is_self_loop())
            .map(|e| e.parent)
            .collect();
        candidate.score = name.map_or(0, |(_, weight)| weight)
            + share(candidate.reached, most.0, 30)
            + share(candidate.reached_completely, most.1, 10)
            + share(candidate.referenced_by, most.2, 25)
            + 10_u32.saturating_sub(u32::try_from(parents.len()).unwrap_or(10) * 2);
        candidate.reason = reason(candidate, name.map(|(name, _)| name), parents.len());
    }
    found.sort_by(|a, b| b.score.cmp(&a.score).then(a.table.cmp(&b.table)));
    found
}

/// `part` of `whole` on a scale up to `top`.
fn share(part: usize, whole: usize, top: usize) -> u32 {
    u32::try_from((part * top).checked_div(whole).unwrap_or(0)).unwrap_or(0)
}

/// How many tables are reached from `from` by relations that `keep` accepts.
fn reached(graph: &Graph<'_>, from: TableId, keep: &dyn Fn(&Edge) -> bool) -> usize {
    let mut seen = vec![false; graph.tables().len()];
    seen[from.0] = true;
    let mut stack = vec![from];
    let mut count = 0;
    while let Some(table) = stack.pop() {
        for edge in graph.children(table).filter(|edge| keep(edge)) {
            if !std::mem::replace(&mut seen[edge.child().0], true) {
                count += 1;
                stack.push(edge.child());
            }
        }
    }
    count
}

/// The tenant's word that the name is, or ends with; half the weight for the latter.
fn name_weight(name: &str) -> Option<(&'static str, u32)> {
    let words = words(name);
    let last = singular(words.last()?);
    let (word, weight) = NAMES.into_iter().find(|(word, _)| *word == last)?;
    Some((word, if words.len() == 1 { weight } else { weight / 2 }))
}

/// The words of `snake_case`, `camelCase` and `kebab-case` names, in lower case.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower) {
            words.push(String::new());
        }
        lower = c.is_lowercase();
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn singular(word: &str) -> String {
    match word {
        "people" => "person".to_owned(),
        _ => match word.strip_suffix("ies") {
            Some(stem) => format!("{stem}y"),
            None => word.strip_suffix('s').unwrap_or(word).to_owned(),
        },
    }
}

fn reason(candidate: &Candidate, name: Option<&str>, parents: usize) -> String {
    let plural = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let mut parts = vec![
        format!(
            "{} {} reached from it, {} by NOT NULL relations",
            plural(candidate.reached, "table", "tables"),
            if candidate.reached == 1 { "is" } else { "are" },
            candidate.reached_completely
        ),
        format!(
            "{} to it",
            plural(candidate.referenced_by, "relation refers", "relations refer")
        ),
    ];
    parts.push(match parents {
        0 => "it refers to no other table".to_owned(),
        n => format!("it refers to {}", plural(n, "other table", "other tables")),
    });
    if let Some(name) = name {
        parts.push(format!("its name says `{name}`"));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn ranked(fixture: Fixture) -> Vec<String> {
        let schema = fixture.build();
        let graph = Graph::new(&schema);
        candidates(&graph)
            .iter()
            .map(|candidate| graph.table(candidate.table).name.to_string())
            .collect()
    }

    #[test]
    fn the_clients_come_before_what_they_refer_to() {
        // Countries reach more tables than clients do, and are no clients.
        let fixture = Fixture::new()
            .relation("cities.country_id countries")
            .relation("clients.city_id cities")
            .relation("rentals.client_id clients")
            .relation("rentals.car_id cars")
            .relation("tracks.rental_id rentals")
            .relation("cars.city_id cities");
        assert_eq!(ranked(fixture)[0], "clients");
    }

    #[test]
    fn structure_decides_where_names_say_nothing() {
        let fixture = Fixture::new()
            .relation("b.a a")
            .relation("c.a a")
            .relation("d.b b")
            .relation("e.x? x");
        assert_eq!(ranked(fixture), ["a", "b", "x"]);
    }

    #[test]
    fn names_are_read_in_every_spelling() {
        for name in ["Customers", "crm_customer", "CrmCustomers", "customer"] {
            assert_eq!(name_weight(name).map(|(word, _)| word), Some("customer"), "{name}");
        }
        assert_eq!(name_weight("companies").map(|(word, _)| word), Some("company"));
        assert_eq!(name_weight("customer_list"), None);
        assert!(name_weight("customers") > name_weight("shop_customers"));
    }

    #[test]
    fn a_table_that_nothing_refers_to_is_no_candidate() {
        assert!(ranked(Fixture::new().table("users").relation("a.a? a")).is_empty());
    }
}
