//! From what a person typed to a table.

use exodus_schema::{Graph, Schema, TableId, TableName};

/// No table, or more than one, has the name that was typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSuchTable {
    /// None has it.
    #[error("there is no table `{name}` in this schema")]
    Unknown {
        /// What was typed.
        name: String,
        /// Names of tables that are spelt much like it, nearest first; at most three.
        near: Vec<String>,
    },
    /// Tables in several schemas have it.
    #[error("`{name}` could be any of {}", known.join(", "))]
    Ambiguous {
        /// What was typed.
        name: String,
        /// The full names.
        known: Vec<String>,
    },
}

impl NoSuchTable {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown { near, .. } if near.is_empty() => {
                "`exodus classify` without `--root` lists the tables that could be the root".to_owned()
            }
            Self::Unknown { near, .. } => format!("did you mean {}?", alternatives(near)),
            Self::Ambiguous { .. } => "write the name with its schema: `schema.table`".to_owned(),
        }
    }
}

fn alternatives(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(" or ")
}

/// The table called `text`: by its full name, else by its own name where only one schema has it, else by either with
/// other upper and lower case letters.
pub fn find_table(graph: &Graph<'_>, text: &str) -> Result<TableId, NoSuchTable> {
    if let Some(table) = text.parse().ok().and_then(|name| graph.find(&name)) {
        return Ok(table);
    }
    let same: [&dyn Fn(&str) -> bool; 2] = [&|name| name == text, &|name| name.to_lowercase() == text.to_lowercase()];
    for same in same {
        let found: Vec<_> = graph
            .tables()
            .filter(|&id| {
                let name = &graph.table(id).name;
                same(&name.name) || same(&TableName::bare(&*name.name).to_string()) || same(&name.to_string())
            })
            .collect();
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            _ => {
                let known = found.iter().map(|&id| graph.table(id).name.to_string()).collect();
                return Err(NoSuchTable::Ambiguous {
                    name: text.to_owned(),
                    known,
                });
            }
        }
    }
    Err(NoSuchTable::Unknown {
        name: text.to_owned(),
        near: near(graph.schema(), text),
    })
}

/// Names of tables that are spelt much like `text`, nearest first; at most three.
pub fn near(schema: &Schema, text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut scored: Vec<_> = schema
        .tables
        .iter()
        .map(|table| {
            let (full, own) = (table.name.to_string(), table.name.name.to_lowercase());
            let score = strsim::jaro_winkler(&full.to_lowercase(), &text).max(strsim::jaro_winkler(&own, &text));
            (score, full)
        })
        .filter(|(score, _)| *score >= 0.8)
        .collect();
    scored.sort_by(|(a, x), (b, y)| b.total_cmp(a).then_with(|| x.cmp(y)));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn names_are_found_however_they_are_typed() {
        let schema = Fixture::new()
            .table("a.clients")
            .table("b.clients")
            .table("a.Rentals")
            .table("odd.\"x.y\"")
            .build();
        let graph = Graph::new(&schema);
        let name = |text: &str| find_table(&graph, text).map(|id| graph.table(id).name.to_string());
        assert_eq!(name("a.clients").as_deref(), Ok("a.clients"));
        assert_eq!(name("rentals").as_deref(), Ok("a.Rentals"));
        assert_eq!(name("A.RENTALS").as_deref(), Ok("a.Rentals"));
        assert_eq!(name("x.y").as_deref(), Ok("odd.\"x.y\""));
        let Err(error) = name("clients") else {
            panic!("two tables have that name")
        };
        assert_eq!(error.to_string(), "`clients` could be any of a.clients, b.clients");
    }

    #[test]
    fn a_typo_gets_the_near_name() {
        let schema = Fixture::new().table("public.clients").table("public.cars").build();
        let Err(error) = find_table(&Graph::new(&schema), "cleints") else {
            panic!("there is no such table")
        };
        assert_eq!(error.to_string(), "there is no table `cleints` in this schema");
        assert_eq!(error.help(), "did you mean `public.clients`?");
    }
}
