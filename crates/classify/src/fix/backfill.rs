//! A new column that says which client owns each row, filled from what is known.

use std::fmt::Write as _;

use exodus_schema::{Column, Engine, Graph, RelationId, Table, TableId, Tree, quote, quote_table};

use super::add_index;
use super::side::Side;
use crate::owner::Owners;

/// Where the owner of a row is found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Backfill<'a> {
    /// A client table's rows, by any of these relations of it, the first one first.
    Ways(TableId, &'a [RelationId]),
    /// The rows of a table outside the tree, by a row that refers to them by this relation.
    Referring(TableId, RelationId),
}

/// Adds a column that references the root, fills it, and lets the server check it. Nothing where the root's key has
/// several columns, or where the names for the column are taken.
pub(crate) fn owner_column(graph: &Graph<'_>, tree: &Tree, owners: &Owners<'_>, from: Backfill<'_>) -> Vec<String> {
    let (Backfill::Ways(table, _) | Backfill::Referring(table, _)) = from;
    statements(graph, tree, owners, graph.table(table), from).unwrap_or_default()
}

fn statements(
    graph: &Graph<'_>,
    tree: &Tree,
    owners: &Owners<'_>,
    table: &Table,
    from: Backfill<'_>,
) -> Option<Vec<String>> {
    let (schema, root) = (graph.schema(), graph.table(tree.root()));
    let engine = schema.engine;
    let [key] = root.identity()?.columns.as_slice() else {
        return None;
    };
    let column = free_name(table, &root.name.name, key)?;
    let owner = Find { graph, tree, owners }.owner(table, from)?;
    let (name, quoted) = (quote_table(engine, &table.name), quote(engine, &column));
    let reference = format!(
        "REFERENCES {} ({})",
        quote_table(engine, &root.name),
        quote(engine, key)
    );
    let kind = type_of(engine, root.column(key)?);
    let add = format!("ALTER TABLE {name} ADD COLUMN {quoted} {kind}");
    let fill = format!("UPDATE {name} SET {quoted} = {owner};");
    let check = format!("ALTER TABLE {name} ADD FOREIGN KEY ({quoted}) {reference};");
    let index = add_index(schema, table, &[&column]);
    // NOT NULL comes last, for it fails as long as there are rows that nobody owns.
    Some(match engine {
        Engine::Postgres => {
            let rigid = format!("ALTER TABLE {name} ALTER COLUMN {quoted} SET NOT NULL;");
            vec![format!("{add};"), fill, check, index, rigid]
        }
        // These index the columns of a foreign key by themselves.
        Engine::MySql | Engine::MariaDb => {
            let rigid = format!("ALTER TABLE {name} MODIFY {quoted} {kind} NOT NULL;");
            vec![format!("{add};"), fill, check, rigid]
        }
        // It takes a reference together with the column only.
        Engine::Sqlite => vec![format!("{add} {reference};"), fill, index],
    })
}

/// `client_id` for the key `id` of `clients`, if the table has no such column yet.
fn free_name(table: &Table, root: &str, key: &str) -> Option<String> {
    let stem = root.strip_suffix('s').unwrap_or(root);
    let plain = if key.to_lowercase().starts_with(&stem.to_lowercase()) {
        key.to_owned()
    } else {
        format!("{stem}_{key}")
    };
    let taken = |name: &String| table.columns.iter().any(|c| c.name.eq_ignore_ascii_case(name));
    [plain.clone(), format!("owner_{plain}")]
        .into_iter()
        .find(|name| !taken(name))
}

fn type_of(engine: Engine, column: &Column) -> String {
    let mut text = column.native_type.clone();
    if matches!(engine, Engine::MySql | Engine::MariaDb) {
        // A foreign key asks for the same character set and collation.
        if let Some(charset) = &column.charset {
            let _ = write!(text, " CHARACTER SET {charset}");
        }
        if let Some(collation) = &column.collation {
            let _ = write!(text, " COLLATE {collation}");
        }
    }
    text
}

fn any_of(mut found: Vec<String>) -> String {
    if found.len() == 1 {
        found.remove(0)
    } else {
        format!("COALESCE({})", found.join(", "))
    }
}

/// Writes sub-selects of an owner.
struct Find<'a> {
    graph: &'a Graph<'a>,
    tree: &'a Tree,
    owners: &'a Owners<'a>,
}

impl Find<'_> {
    fn owner(&self, table: &Table, from: Backfill<'_>) -> Option<String> {
        match from {
            Backfill::Ways(_, ways) => {
                let found = ways.iter().map(|&way| self.by_parent(table, way));
                Some(any_of(found.collect::<Option<_>>()?))
            }
            Backfill::Referring(_, relation) => self.by_child(table, relation),
        }
    }

    /// The owner of the parent that a row of `table` references by its relation.
    fn by_parent(&self, table: &Table, way: RelationId) -> Option<String> {
        let edge = self.graph.edge(way)?;
        let relation = self.graph.relation(way);
        let pairs = &relation.columns;
        let outer = self.side(table, quote(self.graph.schema().engine, &table.name.name));
        if edge.parent == self.tree.root()
            && self
                .owners
                .columns(edge.parent)?
                .iter()
                .all(|(key, _)| pairs[0].parent == *key)
        {
            let value = outer.value(relation, &pairs[0]);
            let when = outer.when(relation);
            return Some(match when.as_slice() {
                [] => value,
                when => format!("CASE WHEN {} THEN {value} END", when.join(" AND ")),
            });
        }
        let inner = self.side(self.graph.table(edge.parent), "o0".to_owned());
        let on = pairs.iter().map(|pair| {
            let parent = quote(inner.engine, &pair.parent);
            format!("{}.{parent} = {}", inner.alias, outer.value(relation, pair))
        });
        let conditions: Vec<String> = outer.when(relation).into_iter().chain(on).collect();
        self.select(edge.parent, &conditions)
    }

    /// The owner of a row that references a row of `table` by the relation.
    fn by_child(&self, table: &Table, relation: RelationId) -> Option<String> {
        let (known, engine) = (self.graph.relation(relation), self.graph.schema().engine);
        let inner = self.side(self.graph.table(relation.child), "o0".to_owned());
        let on = known.columns.iter().map(|pair| {
            let (of, parent) = (quote(engine, &table.name.name), quote(engine, &pair.parent));
            format!("{} = {of}.{parent}", inner.value(known, pair))
        });
        let conditions: Vec<String> = inner.when(known).into_iter().chain(on).collect();
        self.select(relation.child, &conditions)
    }

    fn side<'t>(&self, table: &'t Table, alias: String) -> Side<'t> {
        let engine = self.graph.schema().engine;
        Side { engine, table, alias }
    }

    /// The owner of a row of `first` (under `o0`) that satisfies the conditions. It climbs until a table tells the client
    /// by its own columns.
    fn select(&self, first: TableId, conditions: &[String]) -> Option<String> {
        let engine = self.graph.schema().engine;
        let name = |table: TableId| quote_table(engine, &self.graph.table(table).name);
        let mut from = format!("{} o0", name(first));
        let (mut at, mut alias) = (first, 0);
        let owner = loop {
            if let Some([(_, column)]) = self.owners.columns(at).as_deref() {
                break format!("o{alias}.{}", quote(engine, column));
            }
            let &way = self.tree.member(at)?.witness.last()?;
            let above = self.graph.edge(way)?.parent;
            let known = self.graph.relation(way);
            let child = self.side(self.graph.table(at), format!("o{alias}"));
            let on = known.columns.iter().map(|pair| {
                let parent = quote(engine, &pair.parent);
                format!("o{}.{parent} = {}", alias + 1, child.value(known, pair))
            });
            let on: Vec<String> = child.when(known).into_iter().chain(on).collect();
            let _ = write!(from, " JOIN {} o{} ON {}", name(above), alias + 1, on.join(" AND "));
            (at, alias) = (above, alias + 1);
        };
        Some(format!(
            "(SELECT {owner} FROM {from} WHERE {} LIMIT 1)",
            conditions.join(" AND ")
        ))
    }
}
