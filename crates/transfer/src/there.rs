//! The same tables on the other database.

use std::collections::BTreeMap;

use exodus_schema::{Column, Engine, Schema, Table, TableName};

/// The schema that new tables get in a product that knows schemas, when they come from one that doesn't.
const DEFAULT_SCHEMA: &str = "public";

/// The name by which another product's database has a table: products without schemas drop that part, products with
/// them look for it where unqualified names go.
pub fn name_there(name: &TableName, from: Engine, to: Engine) -> TableName {
    match (has_schemas(from), has_schemas(to)) {
        (true, false) => TableName::bare(&*name.name),
        (false, true) => TableName::new(DEFAULT_SCHEMA, &*name.name),
        _ => name.clone(),
    }
}

fn has_schemas(engine: Engine) -> bool {
    engine == Engine::Postgres
}

/// The source's schema as the target has it: the same tables and relations at the same places, so that one tree serves
/// both, with the names and columns of the target. A table that the target lacks keeps its columns; a column that it lacks
/// is left out.
#[derive(Clone, Debug)]
pub struct There {
    schema: Schema,
}

impl There {
    /// Looks for each of the source's tables in the target.
    pub fn of(source: &Schema, target: &Schema) -> Self {
        let names: BTreeMap<&TableName, TableName> = source
            .tables
            .iter()
            .map(|table| (&table.name, name_there(&table.name, source.engine, target.engine)))
            .collect();
        let renamed = |table: &Table| as_there(table, target, &names);
        Self {
            schema: Schema {
                engine: target.engine,
                server_version: target.server_version.clone(),
                tables: source.tables.iter().map(renamed).collect(),
                enums: target.enums.clone(),
                ..source.clone()
            },
        }
    }

    /// The schema to make the graph of. Its tables are not sorted by name: look for them by their place in the source's.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }
}

fn as_there(table: &Table, target: &Schema, names: &BTreeMap<&TableName, TableName>) -> Table {
    let mut renamed = table.clone();
    renamed.name = names[&table.name].clone();
    for relation in &mut renamed.relations {
        if let Some(parent) = names.get(&relation.parent) {
            relation.parent = parent.clone();
        }
    }
    if let Some(found) = target.table(&renamed.name) {
        let same = |column: &Column| found.column(&column.name).cloned();
        renamed.columns = table.columns.iter().filter_map(same).collect();
        renamed.partitions.clone_from(&found.partitions);
        renamed.estimated_rows = found.estimated_rows;
        renamed.bytes = found.bytes;
    }
    renamed
}

/// The columns of a table that travel, as the source and as the target has them: all but those that the target works out
/// by itself.
pub(crate) fn travelling(source: &Table, there: &Table) -> (Vec<Column>, Vec<Column>) {
    let pairs = source.columns.iter().map(|column| {
        let other = there.column(&column.name).unwrap_or(column);
        (column.clone(), other.clone())
    });
    pairs.filter(|(_, other)| other.generated.is_none()).unzip()
}
