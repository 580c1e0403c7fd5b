//! What the configuration says about a pair, and the entries that would say more.

use std::collections::BTreeSet;

use exodus_schema::model::Kind;
use exodus_schema::{Column, Engine, TableId, quote};

use super::{Context, Pair};
use crate::infer::{single_key, toml_string};

/// The types that are declared.
pub(super) struct Declared(BTreeSet<String>);

impl Declared {
    /// Those for which some relation of the table holds.
    pub(super) fn of(context: &Context<'_>, pair: &Pair) -> Self {
        let relations = &context.graph.table(pair.table).relations;
        let when = relations.iter().flat_map(|relation| &relation.when);
        let about = when.filter(|when| when.column == pair.of.type_column);
        Self(about.flat_map(|when| when.values.iter().cloned()).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn has(&self, value: &str) -> bool {
        self.0.contains(value)
    }

    /// `1 type is`; what they are called stands in the configuration.
    pub(super) fn described(&self) -> String {
        match self.0.len() {
            1 => "1 type is".to_owned(),
            number => format!("{number} types are"),
        }
    }
}

/// The entry that declares that these types refer to a table; `None` where no column of it can be meant.
pub(super) fn entry(context: &Context<'_>, pair: &Pair, parent: TableId, values: &[&str]) -> Option<String> {
    let (child, parent) = (context.graph.table(pair.table), context.graph.table(parent));
    let key = single_key(parent)?;
    let engine = context.graph.schema().engine;
    let side = side(engine, child.column(&pair.of.id_column)?, parent.column(key)?)?;
    let types = child.column(&pair.of.type_column)?;
    let value = |value: &&str| match value.parse::<i64>() {
        Ok(number) if types.kind == Kind::Integer => number.to_string(),
        _ => toml_string(value),
    };
    let values: Vec<_> = values.iter().map(value).collect();
    let values = match &values[..] {
        [one] => one.clone(),
        all => format!("[{}]", all.join(", ")),
    };
    Some(format!(
        "[[declare]]\nchild = {}\ncolumns = [{}]\nparent = {}\nparent_columns = [{}]\nwhen = {{ {} = {values} }}\nreason = {}\n",
        toml_string(&child.name.to_string()),
        toml_string(&side),
        toml_string(&parent.name.to_string()),
        toml_string(key),
        toml_key(&types.name),
        toml_string(&format!(
            "{} says which table {} refers to",
            types.name, pair.of.id_column
        )),
    ))
}

fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    if bare { name.to_owned() } else { toml_string(name) }
}

/// What of the child references the parent's key: the column, or where types differ (Django keeps keys of all tables as
/// text) an expression that gives the key's type, and NULL for what is no such key. `None` where nothing can.
fn side(engine: Engine, column: &Column, key: &Column) -> Option<String> {
    let name = quote(engine, &column.name);
    let whole = |kind: Kind| matches!(kind, Kind::Integer | Kind::Decimal);
    let text = |kind: Kind| matches!(kind, Kind::Text | Kind::Enum);
    let my = matches!(engine, Engine::MySql | Engine::MariaDb);
    let plain = column.kind == key.kind
        || whole(column.kind) && whole(key.kind)
        || text(column.kind) && text(key.kind)
        // SQLite gives the text the type of the key before it compares.
        || engine == Engine::Sqlite && (whole(column.kind) || text(column.kind)) && (whole(key.kind) || text(key.kind));
    if plain {
        return Some(column.name.clone());
    }
    let expression = match (column.kind, key.kind) {
        (from, to) if text(from) && whole(to) && my => {
            format!("(CASE WHEN {name} REGEXP '^[1-9][0-9]{{0,18}}$' THEN CAST({name} AS UNSIGNED) END)")
        }
        (from, to) if text(from) && whole(to) => {
            format!("(CASE WHEN {name} ~ '^[0-9]{{1,18}}$' THEN CAST({name} AS bigint) END)")
        }
        (from, Kind::Uuid) if text(from) && engine == Engine::Postgres => {
            format!(
                "(CASE WHEN {name} ~ '^[0-9a-fA-F]{{8}}(-?[0-9a-fA-F]{{4}}){{3}}-?[0-9a-fA-F]{{12}}$' THEN CAST({name} AS uuid) END)"
            )
        }
        (from, to) if (whole(from) || from == Kind::Uuid) && text(to) => {
            format!("(CAST({name} AS {}))", if my { "CHAR" } else { "text" })
        }
        _ => return None,
    };
    Some(expression)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn keys_kept_as_text_are_read_as_keys() {
        let schema = Fixture::new().table("t").build();
        let like = |kind| Column {
            kind,
            name: "object id".to_owned(),
            ..schema.tables[0].columns[0].clone()
        };
        let between = |engine, from, to| side(engine, &like(from), &like(to));
        let plain = Some("object id".to_owned());
        assert_eq!(between(Engine::Postgres, Kind::Integer, Kind::Integer), plain);
        assert_eq!(between(Engine::Sqlite, Kind::Text, Kind::Integer), plain);
        let cast = |engine, from, to| between(engine, from, to).expect("an expression");
        assert!(cast(Engine::Postgres, Kind::Text, Kind::Integer).ends_with("CAST(\"object id\" AS bigint) END)"));
        assert!(cast(Engine::MySql, Kind::Text, Kind::Integer).ends_with("CAST(`object id` AS UNSIGNED) END)"));
        assert!(cast(Engine::Postgres, Kind::Text, Kind::Uuid).ends_with("AS uuid) END)"));
        assert_eq!(
            cast(Engine::MariaDb, Kind::Integer, Kind::Text),
            "(CAST(`object id` AS CHAR))"
        );
        assert_eq!(between(Engine::Postgres, Kind::Integer, Kind::Uuid), None);
    }
}
