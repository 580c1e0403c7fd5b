//! Questions in words.

use exodus_classify::question::Question;
use exodus_schema::{Graph, RelationId, TableId};

/// What a question asks, as a fragment: `owners of posts`.
pub fn words(graph: &Graph<'_>, question: &Question) -> String {
    let name = |table: &TableId| graph.table(*table).name.to_string();
    let relations = |list: &[RelationId]| {
        let list: Vec<_> = list.iter().map(|id| graph.describe(*id)).collect();
        list.join(", ")
    };
    match question {
        Question::Rows(table) => format!("rows of {}", name(table)),
        Question::Owners(table) => format!("owners of {}", name(table)),
        Question::Crossed(table, _) => format!("crossed rows of {}", name(table)),
        Question::Unowned(relation) => format!("references to rows without owner by {}", graph.describe(*relation)),
        Question::Parents(reference) => {
            let columns: Vec<_> = reference.columns.iter().map(|pair| pair.child.as_str()).collect();
            format!(
                "parents of {}({}) in {}",
                name(&reference.child),
                columns.join(", "),
                name(&reference.parent)
            )
        }
        Question::Clients(table, _) => format!("clients of {}", name(table)),
        Question::Ways(table, _) => format!("ways to the owners of {}", name(table)),
        Question::Duplicates(table, columns) if columns.len() > 4 => format!("equal rows of {}", name(table)),
        Question::Duplicates(table, columns) => format!("duplicates in {}({})", name(table), columns.join(", ")),
        Question::HalfNull(relation) => format!("half-null keys in {}", graph.describe(*relation)),
        Question::Values(table, column) => format!("values of {}({column})", name(table)),
        Question::Types { table, column, .. } => format!("types of {}({column})", name(table)),
        Question::Range(table, column) => format!("range of {}({column})", name(table)),
        Question::Span(table, column) => format!("span of {}({column})", name(table)),
        Question::Loop(list) => format!("depth of {}", relations(list)),
        Question::BrokenText(table, column) => format!("broken text in {}({column})", name(table)),
        Question::DisguisedText(table, column) => format!("UTF-8 in {}({column})", name(table)),
        Question::Collisions(table, columns) => format!("collisions of {}({})", name(table), columns.join(", ")),
        Question::Hidden(table) => format!("policies of {}", name(table)),
        Question::Target(table) => format!("{} on the other database", name(table)),
        Question::Writes(table) => format!("writes to {}", name(table)),
    }
}
