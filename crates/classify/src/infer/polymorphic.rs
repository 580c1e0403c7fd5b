//! Pairs of columns that refer to rows of more than one table.

use exodus_schema::{Column, Graph, Kind, Table, TableId, TableName};

use super::index::Index;
use super::typed::{self, Types};
use super::{types, words};

/// A column that holds keys of several tables, with the column that says of which.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Polymorphic {
    /// The table.
    pub table: TableName,
    /// The column that names the table or class (`owner_type`).
    pub type_column: String,
    /// The column that holds the key (`owner_id`).
    pub id_column: String,
    /// A table is called like the pair (`accounts` for `account_type` and `account_id`): then the type may be just a
    /// property, and the key an ordinary reference.
    pub names_table: Option<TableName>,
    /// What the schema tells about the types.
    pub types: Types,
    /// The types are numbers, and the key is not called like one that may be of any row: then the type may be a property
    /// as well.
    pub doubtful: bool,
}

/// All pairs such as `owner_type` and `owner_id` whose key is part of no relation that holds for all types, by table and
/// column.
pub fn polymorphic_pairs(graph: &Graph<'_>) -> Vec<Polymorphic> {
    let index = Index::new(graph);
    let mut found: Vec<_> = graph.tables().flat_map(|table| pairs(&index, table)).collect();
    found.sort();
    found
}

/// The ways to write the words of a name as one, in singular and plural; names that share one may mean the same.
pub fn name_forms(name: &str) -> Vec<String> {
    words::forms(&words::split(name)).into_iter().collect()
}

const TYPES: [&str; 8] = ["type", "class", "kind", "model", "table", "entity", "typ", "klass"];
const KEYS: [&str; 7] = ["id", "uuid", "guid", "key", "pk", "ref", "oid"];
/// The pairs of one table.
pub(super) fn pairs(index: &Index<'_>, table: TableId) -> Vec<Polymorphic> {
    let of = index.table(table);
    let keyed = |column: &Column| {
        of.primary_key
            .as_ref()
            .is_some_and(|key| key.columns.contains(&column.name))
    };
    let mut found = vec![];
    for (column, name) in index.columns(table) {
        let may_say = name.words.len() > 1
            && name
                .words
                .iter()
                .any(|word| TYPES.contains(&word.as_str()) || word == "name");
        if !may_say {
            continue;
        }
        let key = index.columns(table).find(|(key, key_name)| {
            belong(&name.words, &key_name.words)
                && key.name != column.name
                && !is_related(of, &key.name)
                // The key of the table itself: its type is a property.
                && (!keyed(key) || keyed(column))
                && types::can_be_key(index.engine, key)
        });
        let Some((key, key_name)) = key else { continue };
        let stem = &key_name.words[..key_name.words.len() - 1];
        let of_any = name.plain == "contenttypeid" || stem.last().is_some_and(|word| words::any_row(word));
        let Some(types) = typed::types(index, table, column, &name.words) else {
            continue;
        };
        let named = called(index, stem);
        found.push(Polymorphic {
            table: of.name.clone(),
            type_column: column.name.clone(),
            id_column: key.name.clone(),
            names_table: named.map(|table| index.table(table).name.clone()),
            doubtful: column.kind == Kind::Integer && !of_any,
            types,
        });
    }
    found
}

/// Whether the column is part of a relation that holds for all rows.
fn is_related(table: &Table, column: &str) -> bool {
    let mut relations = table.relations.iter().filter(|relation| relation.when.is_empty());
    relations.any(|relation| relation.child_columns().any(|child| child == column))
}

/// Whether the names are those of a type and its key.
fn belong(name: &[String], key: &[String]) -> bool {
    let Some((last, stem)) = key.split_last() else {
        return false;
    };
    if stem.is_empty() || !KEYS.contains(&last.as_str()) {
        return false;
    }
    // Django's pair, and `table_name` with `record_id`.
    let of_anything = matches!(stem, [one] if words::any_row(one));
    let names_tables = [
        &["content", "type", "id"][..],
        &["content", "type"],
        &["table", "name"],
        &["model", "name"],
        &["class", "name"],
        &["entity", "name"],
    ];
    if of_anything && names_tables.iter().any(|known| name == *known) {
        return true;
    }
    // `owner_type_id`, which refers to a row that names the type.
    let name = match name {
        [name @ .., middle, last] if KEYS.contains(&last.as_str()) && TYPES.contains(&middle.as_str()) => {
            &[name, std::slice::from_ref(middle)].concat()[..]
        }
        _ => name,
    };
    name.split_last().is_some_and(|(last, rest)| {
        TYPES.contains(&last.as_str()) && rest == stem
            || last == "name"
                && rest
                    .split_last()
                    .is_some_and(|(last, rest)| last == "table" && rest == stem)
    })
}

/// The table that is called by these words.
fn called(index: &Index<'_>, words: &[String]) -> Option<TableId> {
    words::forms(words)
        .iter()
        .find_map(|form| index.named(form).iter().find(|found| found.dropped == 0))
        .map(|found| found.table)
}
