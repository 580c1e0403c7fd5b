//! Relations that a person names: `cars(lent_to)`, or as a plan writes them, `cars(lent_to) → clients(id)`.

use exodus_classify::{NoSuchTable, find_table};
use exodus_schema::{Graph, Relation, RelationId, Table, TableId};

use super::near;

/// What is wrong with a name.
#[derive(Debug)]
pub(crate) struct Unnamed {
    /// What.
    pub(crate) problem: String,
    /// What was probably meant, or what there is.
    pub(crate) help: Option<String>,
}

impl Unnamed {
    fn new(problem: String, help: impl Into<Option<String>>) -> Self {
        Self {
            problem,
            help: help.into(),
        }
    }
}

/// The relations with that name; at least one.
pub(crate) fn relations(graph: &Graph<'_>, text: &str) -> Result<Vec<RelationId>, Unnamed> {
    let edges = graph.edges().iter();
    let exact = edges.filter(|edge| plain(&graph.describe(edge.id)) == plain(text));
    let exact: Vec<_> = exact.map(|edge| edge.id).collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    let (child, parent) = match text.split_once('→').or_else(|| text.split_once("->")) {
        Some((child, parent)) => (child, Some(parent.trim())),
        None => (text, None),
    };
    let (id, mut wanted) = columns(graph, child)?;
    wanted.sort_unstable();
    let found = matching(graph, id, |relation| {
        let mut columns: Vec<_> = relation.child_columns().collect();
        columns.sort_unstable();
        columns == wanted && parent.is_none_or(|parent| relation.parent.to_string() == parent)
    });
    if found.is_empty() {
        let problem = format!("there is no relation `{text}`");
        return Err(Unnamed::new(problem, known(graph, id)));
    }
    Ok(found)
}

fn plain(text: &str) -> String {
    let text = text.replace("->", "→");
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The table and its columns of `table(column, column)`.
fn columns(graph: &Graph<'_>, text: &str) -> Result<(TableId, Vec<String>), Unnamed> {
    let parts = text.trim().strip_suffix(')').and_then(|text| text.rsplit_once('('));
    let Some((table, columns)) = parts else {
        let problem = format!("`{text}` is not written like `table(column)`");
        return Err(Unnamed::new(problem, None));
    };
    let id = find_table(graph, table.trim()).map_err(|error| {
        let help = match &error {
            NoSuchTable::Unknown { near, .. } if near.is_empty() => None,
            _ => Some(error.help()),
        };
        Unnamed::new(error.to_string(), help)
    })?;
    let columns = columns.split(',').map(|name| column(graph.table(id), name.trim()));
    Ok((id, columns.collect::<Result<_, _>>()?))
}

fn column(table: &Table, name: &str) -> Result<String, Unnamed> {
    // An expression of a declared relation is named by its text.
    let written = |relation: &Relation| relation.child_columns().any(|column| column == name);
    if table.column(name).is_some() || table.relations.iter().any(written) {
        return Ok(name.to_owned());
    }
    let known = || table.columns.iter().map(|column| column.name.as_str());
    let problem = format!("{} has no column `{name}`", table.name);
    let help = match near(name, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err(Unnamed::new(problem, help))
}

/// The relations of a child that are wanted.
pub(super) fn matching(graph: &Graph<'_>, child: TableId, wanted: impl Fn(&Relation) -> bool) -> Vec<RelationId> {
    let relations = graph.table(child).relations.iter().enumerate();
    relations
        .filter(|(_, relation)| wanted(relation))
        .map(|(at, _)| RelationId { child, at })
        .collect()
}

/// The relations that a child has, for people.
pub(super) fn known(graph: &Graph<'_>, table: TableId) -> String {
    let of = graph.table(table);
    if of.relations.is_empty() {
        return format!("{} references no other table", of.name);
    }
    let text = |relation: &Relation| {
        format!(
            "{}({}) [{}]",
            of.name,
            relation.child_columns().collect::<Vec<_>>().join(", "),
            relation.name
        )
    };
    format!(
        "there are {}",
        of.relations.iter().map(text).collect::<Vec<_>>().join(", ")
    )
}
