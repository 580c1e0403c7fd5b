//! Whether the target's tables can take the rows of a file, column by column.

use std::collections::BTreeSet;

use exodus_engine::Load;
use exodus_engine::value::{End, Pairing, pairing};
use exodus_schema::{Column, Schema, Table, TableId, TableName};
use exodus_transfer::plan::Check;
use exodus_transfer::{Problem, Shape, arrival};

use crate::format::SqlDialect;
use crate::manifest::{as_stored, travelling};

/// A table of the file and the target's.
pub(super) struct Paired {
    pub(super) id: TableId,
    name: TableName,
    columns: Vec<Column>,
    pub(super) pairings: Vec<Pairing>,
}

impl Paired {
    pub(super) fn load(&self) -> Load {
        Load {
            table: self.name.clone(),
            columns: self.columns.clone(),
        }
    }

    /// Column by column: it may be NULL in the file, and must not be on the target.
    pub(super) fn required(&self) -> Vec<bool> {
        self.columns.iter().map(|column| !column.nullable).collect()
    }

    pub(super) fn target_columns(&self) -> Vec<Column> {
        self.columns.clone()
    }
}

/// Pairs every table, and tells what stands against it.
pub(super) fn pair(
    here: Shape<'_>,
    there: Shape<'_>,
    target: &Schema,
    target_name: &str,
    allow_lossy: bool,
) -> (Vec<Problem>, Vec<Paired>) {
    let pairs = Pairs {
        source: here.graph.schema(),
        target,
        target_name,
        allow_lossy,
    };
    let (mut problems, mut paired) = (vec![], vec![]);
    let mut seen = BTreeSet::new();
    for id in here.tables() {
        let name = &there.graph.table(id).name;
        if !seen.insert(name) {
            problems.push(two_in_one(name));
        }
        match target.table(name) {
            Some(table) => paired.push(pairs.table(id, table, &mut problems)),
            None => problems.push(problem(
                name,
                format!("{target_name} has no table {name}"),
                "create the table there first",
            )),
        }
    }
    (problems, paired)
}

/// Two tables of the file have the same name on the target.
fn two_in_one(name: &TableName) -> Problem {
    problem(
        name,
        "another table of the file would be the same one there, which knows no schemas".to_owned(),
        "import the file into a database of the product that it comes from",
    )
}

fn problem(table: &TableName, message: String, help: &str) -> Problem {
    arrival::problem(Check::Schema, table, message, help)
}

struct Pairs<'a> {
    source: &'a Schema,
    target: &'a Schema,
    target_name: &'a str,
    allow_lossy: bool,
}

impl Pairs<'_> {
    fn table(&self, id: TableId, target: &Table, problems: &mut Vec<Problem>) -> Paired {
        let (mut columns, mut pairings) = (vec![], vec![]);
        let mut refuse = |message: String, help: &str| problems.push(problem(&target.name, message, help));
        let name = self.target_name;
        for column in travelling(self.source, id) {
            let Some(there) = target.column(&column.name) else {
                refuse(
                    format!("column {} is missing on {name}", column.name),
                    "add the column there",
                );
                continue;
            };
            if there.generated.is_some() {
                refuse(
                    format!(
                        "column {} is worked out from others on {name}, and is not in the file",
                        column.name
                    ),
                    "make it an ordinary column there",
                );
                continue;
            }
            match self.pair(column, there) {
                Ok(pairing) => {
                    if let (Some(what), false) = (pairing.lossy(), self.allow_lossy) {
                        refuse(
                            format!("column {} would lose something on {name}: {what}", column.name),
                            "accept it with --allow-lossy, or give the column a type there that loses nothing",
                        );
                    }
                    columns.push(there.clone());
                    pairings.push(pairing);
                }
                Err(refusal) => refuse(format!("column {}: {}", column.name, refusal.reason), &refusal.help),
            }
        }
        self.left_over(id, target, problems);
        Paired {
            id,
            name: target.name.clone(),
            columns,
            pairings,
        }
    }

    /// What the target's table needs and the file does not have.
    fn left_over(&self, id: TableId, target: &Table, problems: &mut Vec<Problem>) {
        let comes = |column: &Column| travelling(self.source, id).any(|one| one.name == column.name);
        for column in &target.columns {
            let filled =
                column.nullable || column.default.is_some() || column.generated.is_some() || column.generator.is_some();
            if !filled && !comes(column) {
                let message = format!(
                    "{} has a column {} that must have a value, and the file has none",
                    self.target_name, column.name
                );
                problems.push(problem(
                    &target.name,
                    message,
                    "give the column a default there, or drop it",
                ));
            }
        }
        let transactional = |engine: &str| ["innodb", "rocksdb"].contains(&engine.to_ascii_lowercase().as_str());
        if let Some(engine) = target.storage_engine.as_deref().filter(|engine| !transactional(engine)) {
            let message = format!(
                "its storage engine {engine} on {} knows no transactions",
                self.target_name
            );
            problems.push(problem(&target.name, message, "convert the table to InnoDB"));
        }
    }

    fn pair(&self, from: &Column, to: &Column) -> Result<Pairing, exodus_engine::value::Refusal> {
        let one_family = SqlDialect::of(self.source.engine) == SqlDialect::of(self.target.engine);
        if one_family
            && from.kind == to.kind
            && let Some(from) = as_stored(self.source.engine, from)
            && let Some(to) = as_stored(self.target.engine, to)
            && let Ok(pairing) = pairing(&End::new(self.source.engine, &from), &End::new(self.target.engine, &to))
        {
            return Ok(pairing);
        }
        pairing(&End::of(self.source, from), &End::of(self.target, to))
    }
}
