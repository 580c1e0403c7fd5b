//! What the schema tells about the types of a pair such as `owner_type` and `owner_id`.

use exodus_schema::{Column, Engine, Kind, Schema, Table, TableId, TableName};

use super::index::{Found, Index, single_key};
use super::words;

/// Where the names of the types are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Types {
    /// In the column itself: the data tell which there are.
    Named,
    /// In the column's own type: these, and no others.
    Labels(Vec<String>),
    /// In the rows of another table, which the column refers to.
    Rows(TypeTable),
    /// In the application alone: the column holds numbers that refer to nothing.
    Numbers,
}

/// A table whose rows are types: Django's `django_content_type`, or one such as `owner_types`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeTable {
    /// The table.
    pub table: TableName,
    /// The column that is referred to.
    pub key: String,
    /// The columns that together name the type, in order: `app_label` and `model`, or one.
    pub names: Vec<String>,
}

/// What a column of that name can say of types; `None` if it can say nothing.
pub(super) fn types(index: &Index<'_>, table: TableId, column: &Column, name: &[String]) -> Option<Types> {
    let of = index.table(table);
    let mut relations = of.relations.iter();
    let relation = relations.find(|relation| relation.child_columns().any(|child| child == column.name));
    if let Some(relation) = relation {
        let [pair] = relation.columns.as_slice() else {
            return None;
        };
        let parent = index.graph.find(&relation.parent)?;
        return rows(index.table(parent), &pair.parent).map(Types::Rows);
    }
    if let Some(labels) = labels(index.graph.schema(), column) {
        return Some(Types::Labels(labels));
    }
    match column.kind {
        Kind::Text | Kind::Enum | Kind::Other => Some(Types::Named),
        Kind::Integer | Kind::Uuid => match by_name(index, table, column, name) {
            Some(types) => Some(Types::Rows(types)),
            None => (column.kind == Kind::Integer && !is_flag(index.engine, column)).then_some(Types::Numbers),
        },
        _ => None,
    }
}

/// BOOLEAN, as MySQL writes it.
fn is_flag(engine: Engine, column: &Column) -> bool {
    matches!(engine, Engine::MySql | Engine::MariaDb) && column.native_type.to_lowercase().starts_with("tinyint(1)")
}

/// The labels of an enumerated type.
fn labels(schema: &Schema, column: &Column) -> Option<Vec<String>> {
    if let Some(labels) = schema.enums.get(&column.native_type) {
        return Some(labels.clone());
    }
    let native = column.native_type.trim();
    let list = native.get(..5).filter(|start| start.eq_ignore_ascii_case("enum("))?;
    let list = native[list.len()..].strip_suffix(')')?;
    let mut labels = vec![];
    let mut rest = list.trim();
    while let Some(inside) = rest.strip_prefix('\'') {
        let (label, after) = quoted(inside)?;
        labels.push(label);
        rest = after.trim_start().strip_prefix(',').unwrap_or("").trim_start();
    }
    Some(labels)
}

/// The text up to its closing quote, and what comes behind.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut label = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('\'')?;
        label.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                label.push('\'');
                rest = after;
            }
            None => return Some((label, after)),
        }
    }
}

/// The table that a column without a relation names (`content_type_id`, `owner_type_id`).
fn by_name(index: &Index<'_>, table: TableId, column: &Column, name: &[String]) -> Option<TypeTable> {
    let stem = match name.split_last() {
        Some((last, stem)) if words::marker(last).is_some() && !stem.is_empty() => stem,
        _ => name,
    };
    let forms = words::forms(stem);
    let mut found: Vec<&Found> = forms.iter().flat_map(|form| index.named(form)).collect();
    found.retain(|found| found.table != table && !found.trimmed);
    found.sort_by_key(|found| (found.dropped, found.table));
    found.into_iter().find_map(|found| {
        let parent = index.table(found.table);
        let key = single_key(parent)?;
        let fits = parent.column(key).is_some_and(|key| key.kind == column.kind);
        rows(parent, key).filter(|_| fits)
    })
}

/// Names of columns that name a type, best first.
const NAMES: [&str; 17] = [
    "table_name",
    "tablename",
    "class_name",
    "classname",
    "model_name",
    "model",
    "class",
    "entity",
    "entity_name",
    "entity_type_code",
    "name",
    "type",
    "type_name",
    "code",
    "key",
    "slug",
    "label",
];

/// The table as one of types, if it has a column that can name them.
fn rows(table: &Table, key: &str) -> Option<TypeTable> {
    let text = |wanted: &str| {
        let mut texts = table.columns.iter().filter(|column| is_text(column));
        texts.find(|column| column.name.eq_ignore_ascii_case(wanted))
    };
    let names = if let (Some(application), Some(model)) = (text("app_label"), text("model")) {
        vec![application.name.clone(), model.name.clone()]
    } else {
        let known = NAMES.iter().find_map(|name| text(name));
        let mut texts = table
            .columns
            .iter()
            .filter(|column| is_text(column) && column.name != key);
        let only = texts.next().filter(|_| texts.next().is_none());
        vec![known.or(only)?.name.clone()]
    };
    Some(TypeTable {
        table: table.name.clone(),
        key: key.to_owned(),
        names,
    })
}

fn is_text(column: &Column) -> bool {
    matches!(column.kind, Kind::Text | Kind::Enum)
}

#[cfg(test)]
mod tests {
    use exodus_schema::Graph;

    use super::super::polymorphic_pairs;
    use super::super::tests::made;
    use super::*;

    fn types_of(lines: &[&str]) -> Vec<(String, Types)> {
        let schema = made(lines);
        let pairs = polymorphic_pairs(&Graph::new(&schema)).into_iter();
        pairs.map(|pair| (pair.type_column, pair.types)).collect()
    }

    fn rows_of(table: &str, names: &[&str]) -> Types {
        Types::Rows(TypeTable {
            table: TableName::bare(table),
            key: "id".to_owned(),
            names: names.iter().map(|&name| name.to_owned()).collect(),
        })
    }

    /// Django's table of types, with its foreign key and, as in a database without them, by its name.
    #[test]
    fn types_are_rows_of_a_table() {
        let types = "django_content_type: *+id, app_label text, model text";
        let expected = [(
            "content_type_id".to_owned(),
            rows_of("django_content_type", &["app_label", "model"]),
        )];
        let keyed = "t: *+id, content_type_id → django_content_type.id, object_id";
        assert_eq!(types_of(&[types, keyed]), expected);
        assert_eq!(types_of(&[types, "t: *+id, content_type_id, object_id text"]), expected);
        assert_eq!(
            types_of(&[
                "owner_types: *+id, title text",
                "t: *+id, owner_type_id → owner_types.id, owner_id"
            ]),
            [("owner_type_id".to_owned(), rows_of("owner_types", &["title"]))]
        );
        // A row that names nothing is no type.
        assert!(types_of(&["owner_types: *+id", "t: *+id, owner_type_id → owner_types.id, owner_id"]).is_empty());
    }

    #[test]
    fn numbers_are_types_that_only_the_application_knows() {
        assert_eq!(
            types_of(&["t: *+id, subject_type smallint, subject_id"]),
            [("subject_type".to_owned(), Types::Numbers)]
        );
    }

    #[test]
    fn labels_are_in_the_type() {
        let mut column = super::super::fixture::column("subject_type enum");
        let schema = made(&["t: *+id"]);
        for (native, expected) in [
            ("enum('Rental','Car''s','a,b')", &["Rental", "Car's", "a,b"][..]),
            ("ENUM( 'x' , 'y' )", &["x", "y"]),
        ] {
            native.clone_into(&mut column.native_type);
            assert_eq!(labels(&schema, &column).expect("labels"), expected, "{native}");
        }
        "set('a')".clone_into(&mut column.native_type);
        assert_eq!(labels(&schema, &column), None);
    }

    #[test]
    fn labels_of_an_enumerated_type_of_its_own() {
        let mut schema = made(&["t: *+id, subject_type public.subject, subject_id"]);
        schema
            .enums
            .insert("public.subject".to_owned(), vec!["Rental".to_owned()]);
        let pairs = polymorphic_pairs(&Graph::new(&schema));
        assert_eq!(pairs[0].types, Types::Labels(vec!["Rental".to_owned()]));
    }
}
