//! Whether the target's tables can take the source's rows, column by column.

use exodus_engine::Dialect;
use exodus_schema::{Column, Schema, Table};

use crate::plan::{Check, Problem};
use crate::shape::Shape;

/// Compares every client table with the target's table of the same name.
pub(crate) fn problems(shape: &Shape<'_>, target: &Schema, target_name: &str, dialect: Dialect) -> Vec<Problem> {
    let mut problems = vec![];
    for id in shape.tables() {
        let source = shape.graph.table(id);
        match target.table(&source.name) {
            Some(table) => compare(source, table, target_name, dialect, &mut problems),
            None => problems.push(Problem::new(
                Check::Schema,
                &source.name,
                format!("{target_name} has no table {}", source.name),
                "create the table on the target, as it is on the source",
            )),
        }
    }
    problems
}

fn compare(source: &Table, target: &Table, target_name: &str, dialect: Dialect, problems: &mut Vec<Problem>) {
    let mut report = |message: String, help: &str| {
        problems.push(Problem::new(Check::Schema, &source.name, message, help));
    };
    for table in [source, target] {
        // Rows of such a table stay when a transaction is rolled back, and go when it fails half-way.
        if let Some(engine) = table
            .storage_engine
            .as_deref()
            .filter(|engine| !is_transactional(engine))
        {
            report(
                format!("its storage engine {engine} knows no transactions"),
                "convert the table to InnoDB, on both sides",
            );
            break;
        }
    }
    for column in &source.columns {
        let Some(there) = target.column(&column.name) else {
            report(
                format!("column {} is missing on {target_name}", column.name),
                "add the column on the target",
            );
            continue;
        };
        if let Some(difference) = column_difference(column, there, dialect) {
            report(
                format!("column {} {difference} on {target_name}", column.name),
                "make the target's column equal to the source's",
            );
        }
    }
    for column in &target.columns {
        let filled =
            column.nullable || column.default.is_some() || column.generated.is_some() || column.generator.is_some();
        if source.column(&column.name).is_none() && !filled {
            report(
                format!(
                    "{target_name} has a column {} that must have a value, and the source has none",
                    column.name
                ),
                "give the target's column a default, or drop it",
            );
        }
    }
}

fn is_transactional(storage_engine: &str) -> bool {
    ["innodb", "rocksdb"].contains(&storage_engine.to_ascii_lowercase().as_str())
}

/// How a value could be refused or altered by the target's column.
fn column_difference(source: &Column, target: &Column, dialect: Dialect) -> Option<String> {
    if !dialect.same_type(&source.native_type, &target.native_type) {
        return Some(format!("is {} here and {}", source.native_type, target.native_type));
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
    if source.charset != target.charset {
        let name = |column: &Column| column.charset.clone().unwrap_or_else(|| "none".to_owned());
        return Some(format!(
            "has the character set {} here and {}",
            name(source),
            name(target)
        ));
    }
    None
}
