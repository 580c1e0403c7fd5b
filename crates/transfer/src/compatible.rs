//! Whether the target's tables can take the source's rows, column by column.

use std::collections::BTreeSet;

use exodus_engine::Dialect;
use exodus_schema::{Column, Schema, Table, TableId};

use crate::across::Across;
use crate::pairs::{self, Verdict};
use crate::plan::{Check, Problem, Request};
use crate::shape::Shape;
use crate::there::travelling;

/// What was found by comparing.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// What would keep a row out, or change it.
    pub(crate) problems: Vec<Problem>,
    /// What changes nothing that is stored.
    pub(crate) warnings: Vec<Problem>,
}

/// The two ends, as far as all of their tables have them in common.
struct Ends<'a> {
    source: &'a Schema,
    target: &'a Schema,
    target_name: &'a str,
    dialect: Dialect,
    /// Between products, where types are paired instead of compared.
    across: Option<Across<'a>>,
    allow_lossy: bool,
}

/// Compares every client table with the target's table of the same name.
pub(crate) fn compared(request: &Request<'_>, target_name: &str, dialect: Dialect) -> Compared {
    let mut found = tables(request, target_name, dialect, request.shape.tables());
    found
        .problems
        .splice(0..0, one_table_for_two(&request.shape, &request.there));
    found
        .problems
        .extend(foreign_expressions(&request.shape, &request.there));
    found
}

/// Compares some tables with the target's tables of the same names.
pub(crate) fn tables(
    request: &Request<'_>,
    target_name: &str,
    dialect: Dialect,
    ids: impl Iterator<Item = TableId>,
) -> Compared {
    let Request {
        shape,
        there,
        target_schema: target,
        allow_lossy,
        ..
    } = *request;
    let mut found = Compared::default();
    let ends = Ends {
        source: shape.graph.schema(),
        target,
        target_name,
        dialect,
        across: Across::between(shape.graph.schema(), target),
        allow_lossy,
    };
    for id in ids {
        let source = shape.graph.table(id);
        let name = &there.graph.table(id).name;
        match target.table(name) {
            Some(table) => {
                found.problems.extend(storage(source, table));
                ends.columns(source, table, &mut found);
                ends.collations(source, table, &mut found);
                if id == shape.tree.root() {
                    found.problems.extend(ends.keys(source, table, shape.root_key));
                }
            }
            None => found.problems.push(Problem::new(
                Check::Schema,
                &source.name,
                format!("{target_name} has no table {name}"),
                "create the table on the target, as it is on the source",
            )),
        }
    }
    found
}

impl Ends<'_> {
    fn columns(&self, source: &Table, target: &Table, found: &mut Compared) {
        let name = self.target_name;
        let problems = &mut found.problems;
        let translating = self.translating(source, target);
        for column in &source.columns {
            let Some(there) = target.column(&column.name) else {
                problems.push(problem(
                    source,
                    format!("column {} is missing on {name}", column.name),
                    "add the column on the target",
                ));
                continue;
            };
            let paired =
                translating.and_then(|across| pairs::column(across, source, (column, there), self.allow_lossy));
            match paired {
                Some(Verdict::Problem(problem)) => problems.push(problem),
                Some(Verdict::Warning(warning)) => found.warnings.push(warning),
                None => {}
            }
            let difference = if translating.is_some() {
                // What the target works out is compared, as everything is.
                None
            } else {
                self.difference(column, there)
            };
            if let Some(difference) = difference {
                problems.push(problem(
                    source,
                    format!("column {} {difference} on {name}", column.name),
                    "make the target's column equal to the source's",
                ));
            }
        }
        for column in &target.columns {
            let filled =
                column.nullable || column.default.is_some() || column.generated.is_some() || column.generator.is_some();
            if source.column(&column.name).is_none() && !filled {
                problems.push(problem(
                    source,
                    format!(
                        "{name} has a column {} that must have a value, and the source has none",
                        column.name
                    ),
                    "give the target's column a default, or drop it",
                ));
            }
        }
    }

    /// How values are translated, if those of this table are: all of its columns, once one of them is.
    fn translating(&self, source: &Table, target: &Table) -> Option<Across<'_>> {
        let (from, to) = travelling(source, target);
        self.across.filter(|across| across.translates(&from, &to))
    }

    /// Columns that tell clients apart under one text on one side and another on the other.
    fn keys(&self, source: &Table, target: &Table, root_key: &[String]) -> Vec<Problem> {
        let pairs = root_key
            .iter()
            .filter_map(|name| source.column(name).zip(target.column(name)));
        let pairs = pairs.filter(|_| self.translating(source, target).is_some());
        pairs
            .filter_map(|(from, to)| pairs::key_column(source, from, to))
            .collect()
    }

    /// How a value could be refused or altered by the target's column.
    fn difference(&self, source: &Column, target: &Column) -> Option<String> {
        if !self.dialect.same_type(&source.native_type, &target.native_type) {
            return Some(format!("is {} here and {}", source.native_type, target.native_type));
        }
        if let Some(lacking) = self.labels_lacking(source) {
            return Some(format!(
                "is {} here, whose labels {lacking} are unknown",
                source.native_type
            ));
        }
        if source.generated.is_some() != target.generated.is_some() {
            let (here, there) = if source.generated.is_some() {
                ("generated", "not")
            } else {
                ("not generated", "generated")
            };
            return Some(format!("is {here} here and {there}"));
        }
        if source.nullable && !target.nullable {
            return Some("may be NULL here and must not be".to_owned());
        }
        // Such a database looks at no byte. A text that is none fails the copy, which undoes itself; the audit finds it.
        let unchecked = [source, target]
            .iter()
            .any(|column| column.charset.as_deref() == Some("sql_ascii"));
        if source.charset != target.charset && !unchecked {
            let [here, there] = [source, target].map(|column| column.charset.as_deref().unwrap_or("none"));
            return Some(format!("has the character set {here} here and {there}"));
        }
        None
    }

    /// The labels of the column's type, or of its elements', that the target's type of that name lacks.
    fn labels_lacking(&self, column: &Column) -> Option<String> {
        let name = column.native_type.trim_end_matches("[]");
        let (here, there) = (self.source.enums.get(name)?, self.target.enums.get(name)?);
        let lacking: Vec<_> = here.iter().filter(|label| !there.contains(label)).collect();
        let quoted: Vec<_> = lacking.iter().map(|label| format!("'{label}'")).collect();
        (!quoted.is_empty()).then(|| quoted.join(", "))
    }

    /// Columns that compare texts in another way. In a key that decides which rows there can be; but products have
    /// collations of their own, so that between two of them it is only told.
    fn collations(&self, source: &Table, target: &Table, found: &mut Compared) {
        for column in &source.columns {
            let Some(there) = target.column(&column.name) else {
                continue;
            };
            if column.collation == there.collation {
                continue;
            }
            let [here, there] = [column, there].map(|column| column.collation.as_deref().unwrap_or("the default one"));
            let message = format!(
                "column {} has the collation {here} here and {there} on {}",
                column.name, self.target_name
            );
            let in_a_key = is_in_a_key(source, target, &column.name);
            if self.across.is_some_and(|across| across.is_foreign()) && !in_a_key {
                continue;
            }
            let decides = self.dialect.collations_decide_equality() && in_a_key;
            if decides && self.source.engine == self.target.engine {
                found.problems.push(problem(
                    source,
                    format!("{message}, and is part of a key: other values are equal there"),
                    "give the target's column the source's collation",
                ));
            } else {
                found.warnings.push(problem(
                    source,
                    message,
                    "texts may be sorted and compared in another way there",
                ));
            }
        }
    }
}

/// Tables that one schema each tells apart, where there are no schemas.
fn one_table_for_two(shape: &Shape<'_>, there: &Shape<'_>) -> Vec<Problem> {
    let name = |id| &there.graph.table(id).name;
    let twice = |id: &TableId| {
        there
            .graph
            .tables()
            .any(|other| other != *id && name(other) == name(*id))
    };
    let problem = |id| {
        let message = format!("more than one table here would be {} there", name(id));
        let help = "rename one of them: the target's product has no schemas to tell them apart";
        Problem::new(Check::Schema, &shape.graph.table(id).name, message, help)
    };
    shape.tables().filter(twice).map(problem).collect()
}

/// Relations that are declared by an expression are looked for on both ends, and no other product understands its SQL.
fn foreign_expressions(shape: &Shape<'_>, there: &Shape<'_>) -> Vec<Problem> {
    if !Across::of(*shape, *there).is_some_and(|across| across.is_foreign()) {
        return vec![];
    }
    let [here, other] = [shape, there].map(|shape| shape.graph.schema().engine);
    let of_client: BTreeSet<TableId> = shape.tables().collect();
    let edges = shape
        .graph
        .edges()
        .iter()
        .filter(|edge| of_client.contains(&edge.child()));
    let problems = edges.filter_map(|edge| {
        let mut columns = shape.graph.relation(edge.id).columns.iter();
        columns.find(|pair| pair.expression.is_some())?;
        let relation = shape.graph.describe(edge.id);
        let message = format!("{relation} is declared by an expression of {here}, by which {other} can't be asked");
        let help = "give the expression a column of its own, and declare that; or go to a database of the same product";
        let mut problem = Problem::new(Check::Reference, &shape.graph.table(edge.child()).name, message, help);
        problem.relation = Some(relation);
        Some(problem)
    });
    problems.collect()
}

/// Rows of a table without transactions stay when one is rolled back, and go when it fails half-way.
fn storage(source: &Table, target: &Table) -> Option<Problem> {
    let engines = [source, target].map(|table| table.storage_engine.as_deref());
    let weak = engines.into_iter().flatten().find(|engine| !is_transactional(engine))?;
    Some(problem(
        source,
        format!("its storage engine {weak} knows no transactions"),
        "convert the table to InnoDB, on both sides",
    ))
}

/// Whether a column takes part in a key of either table, or in a foreign key of the target's.
fn is_in_a_key(source: &Table, target: &Table, column: &str) -> bool {
    let is_it = |name: &String| name == column;
    let keys = [source, target]
        .into_iter()
        .flat_map(|table| table.primary_key.iter().chain(&table.unique_keys));
    keys.flat_map(|key| &key.columns).any(is_it)
        || target
            .relations
            .iter()
            .any(|relation| relation.child_columns().any(|child| child == column))
}

fn is_transactional(storage_engine: &str) -> bool {
    ["innodb", "rocksdb"].contains(&storage_engine.to_ascii_lowercase().as_str())
}

fn problem(table: &Table, message: String, help: &str) -> Problem {
    Problem::new(Check::Schema, &table.name, message, help)
}
