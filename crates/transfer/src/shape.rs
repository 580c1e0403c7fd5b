//! What is the same for every client of a monolith, and one client's view of a database.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::{Dialect, Owner, Render, Select, Session};
use exodus_schema::{Column, Edge, Graph, Reach, RelationId, Selectors, Table, TableId, Tree};

use crate::error::{Error, Result};
use crate::key::ClientKey;

/// The client tables of a monolith and how their rows are selected.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The source's foreign-key graph.
    pub graph: &'a Graph<'a>,
    /// Its client tables.
    pub tree: &'a Tree,
    /// The columns of the root table that tell clients apart.
    pub root_key: &'a [String],
}

impl<'a> Shape<'a> {
    /// The root table.
    pub fn root(&self) -> &'a Table {
        self.graph.table(self.tree.root())
    }

    /// The client tables, parents first.
    pub fn tables(&self) -> impl DoubleEndedIterator<Item = TableId> + use<'a> {
        self.tree.members().iter().map(|member| member.table)
    }

    /// The relation that alone decides which rows of the table are the client's, if one does: by it no owned row can
    /// reference another client's row.
    pub fn deciding_relation(&self, table: TableId) -> Option<RelationId> {
        let member = self.tree.member(table)?;
        let deciding = match &member.reach {
            Reach::Complete(path) => path.last().copied(),
            Reach::Partial if member.owners.len() == 1 => member.owners.first().copied(),
            _ => None,
        };
        deciding.filter(|&relation| self.references_one_row(relation))
    }

    /// Whether a row can reference one row at most by this relation; where the parent's columns are no key, it may be
    /// rows of several clients at once.
    pub fn references_one_row(&self, id: RelationId) -> bool {
        let relation = self.graph.relation(id);
        let referenced: Vec<&str> = relation.parent_columns().collect();
        let covered = |columns: &[String]| columns.iter().all(|column| referenced.contains(&column.as_str()));
        self.graph.edge(id).is_none_or(|edge| {
            let parent = self.graph.table(edge.parent);
            let mut keys = parent.primary_key.iter().chain(&parent.unique_keys);
            keys.any(|key| key.total && !key.columns.is_empty() && covered(&key.columns))
        })
    }

    /// Relations from client tables to tables that are none.
    pub fn context_relations(&self) -> impl Iterator<Item = &Edge> {
        let edges = self.graph.edges().iter();
        edges.filter(|edge| self.tree.contains(edge.child()) && !self.tree.contains(edge.parent))
    }

    /// Key literals for one client.
    pub fn owner(&self, dialect: Dialect, key: &ClientKey) -> Result<Owner> {
        let columns: Vec<&Column> = self
            .root_key
            .iter()
            .filter_map(|name| self.root().column(name))
            .collect();
        if columns.len() != key.parts().len() {
            return Err(Error::KeyParts {
                table: self.root().name.clone(),
                given: key.parts().len(),
                expected: columns.len(),
                columns: self.root_key.join(", "),
            });
        }
        let literals = columns
            .iter()
            .zip(key.parts())
            .map(|(column, part)| dialect.literal(column, part));
        Ok(Owner::Client(literals.collect::<Result<_, _>>()?))
    }

    /// The condition of every client table on a database of this dialect, under an alias.
    pub fn conditions(&self, dialect: Dialect, owner: &Owner, alias: &str) -> Conditions {
        let selectors = Selectors::new(self.graph, self.tree, self.root_key);
        let render = Render::new(dialect, self.graph, self.tree.root(), self.root_key, owner);
        let of = |table| {
            selectors
                .of(table)
                .map(|selector| (table, render.condition(&selector, alias)))
        };
        Conditions(self.tables().filter_map(of).collect())
    }
}

/// The selector of every client table, written in SQL under one alias.
#[derive(Clone, Debug)]
pub struct Conditions(BTreeMap<TableId, String>);

impl Conditions {
    /// The condition on the table's rows. Of a table outside the tree no row is selected.
    pub fn of(&self, table: TableId) -> &str {
        self.0.get(&table).map_or("1 = 0", String::as_str)
    }
}

/// One client's rows on one database.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    /// The shape.
    pub shape: Shape<'a>,
    /// How SQL is written there.
    pub dialect: Dialect,
    /// Which rows, under the alias `t`.
    pub mine: Conditions,
    /// Which rows, under the alias `q`, for the other side of a relation.
    pub mine_q: Conditions,
    owner: Owner,
    /// Tables of which the client owns a large part.
    dense: BTreeSet<TableId>,
}

/// Rows from which on it matters how a table is read.
const MANY_ROWS: u64 = 10_000;
/// A client with this part of a table owns a large part of it: from about a sixth on, reading everything is cheaper than
/// looking rows up, even from memory.
const LARGE_PART: u64 = 4;
/// Parents' keys that servers hold in memory while they read their children through.
const MOST_PARENTS: u64 = 200_000;

impl<'a> Rows<'a> {
    /// The rows of the client with this key.
    pub fn of(shape: Shape<'a>, dialect: Dialect, key: &ClientKey) -> Result<Self> {
        let owner = shape.owner(dialect, key)?;
        Ok(Self {
            shape,
            dialect,
            mine: shape.conditions(dialect, &owner, "t"),
            mine_q: shape.conditions(dialect, &owner, "q"),
            owner,
            dense: BTreeSet::new(),
        })
    }

    /// Notes of which tables the client owns a large part, as far as that is known: from its own rows, and all rows.
    #[must_use]
    pub fn weighed(mut self, own: impl Fn(TableId) -> Option<u64>, all: impl Fn(TableId) -> Option<u64>) -> Self {
        let large = |id: &TableId| {
            let (Some(own_rows), Some(all_rows)) = (own(*id), all(*id)) else {
                return false;
            };
            own_rows >= MANY_ROWS && own_rows.saturating_mul(LARGE_PART) >= all_rows && self.few_above(*id, &own)
        };
        self.dense = self.shape.tables().filter(large).collect();
        self
    }

    /// Whether the table is reached by one path with few of the client's rows on it.
    fn few_above(&self, table: TableId, own: &impl Fn(TableId) -> Option<u64>) -> bool {
        let Some(Reach::Complete(path)) = self.shape.tree.member(table).map(|member| &member.reach) else {
            return false;
        };
        let parents = path.iter().filter_map(|&relation| self.shape.graph.edge(relation));
        parents
            .map(|edge| own(edge.parent))
            .all(|rows| rows.is_some_and(|rows| rows <= MOST_PARENTS))
    }

    /// Whose rows they are.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Selects these columns of the client's rows of a table.
    pub fn select(&self, table: TableId, columns: Vec<Column>) -> Select {
        Select {
            table: self.shape.graph.table(table).name.clone(),
            columns,
            condition: self.mine.of(table).to_owned(),
            nulled: vec![],
            dense: self.dense.contains(&table),
        }
    }

    /// Counts the client's rows of a table.
    pub async fn count(&self, connection: &mut Session, table: TableId) -> Result<u64> {
        let name = self.dialect.table(&self.shape.graph.table(table).name);
        count(
            connection,
            &format!("SELECT COUNT(*) FROM {name} AS t WHERE {}", self.mine.of(table)),
        )
        .await
    }

    /// Lets those who want to remove this client's rows wait for this transaction, even where they can't see what it has
    /// written, and waits for those who came first.
    pub(crate) async fn claim(&self, connection: &mut Session) -> Result<()> {
        let condition = self.mine.of(self.shape.tree.root());
        let name = format!("exodus: {condition} of {}", self.shape.root().name);
        if let Some(sql) = self.dialect.claim(&name) {
            connection.query(&sql).await?;
        }
        Ok(())
    }

    /// The single root row must be there.
    pub async fn find_client(&self, connection: &mut Session) -> Result<()> {
        let (database, table) = (connection.name().to_owned(), self.shape.root().name.clone());
        match self.count(connection, self.shape.tree.root()).await? {
            0 => Err(Error::NoSuchClient { database, table }),
            1 => Ok(()),
            rows => Err(Error::AmbiguousClient { database, table, rows }),
        }
    }
}

/// The key of the client's root row as the database writes it (`42` for `042`, a UUID in lower case): the one text by
/// which the client is known everywhere.
pub async fn canonical_key(connection: &mut Session, rows: &Rows<'_>) -> Result<ClientKey> {
    rows.find_client(connection).await?;
    let root = rows.shape.root();
    let columns = rows.shape.root_key.iter().filter_map(|name| root.column(name));
    let texts: Vec<_> = columns.map(|column| rows.dialect.key_text("t", column)).collect();
    let condition = rows.mine.of(rows.shape.tree.root());
    let sql = format!(
        "SELECT {} FROM {} AS t WHERE {condition}",
        texts.join(", "),
        rows.dialect.table(&root.name)
    );
    let found = connection.query(&sql).await?.into_iter().next().unwrap_or_default();
    Ok(ClientKey::new(found.into_iter().flatten()))
}

/// Runs a query that returns one number.
pub(crate) async fn count(connection: &mut Session, sql: &str) -> Result<u64> {
    let rows = connection.query(sql).await?;
    let number = rows
        .first()
        .and_then(|row| row.first())
        .and_then(|cell| cell.as_deref()?.parse().ok());
    number.ok_or_else(|| {
        exodus_engine::Error::new(
            exodus_engine::ErrorKind::Data,
            connection.name(),
            "counting rows: no number came back",
        )
        .into()
    })
}

/// The columns that travel: all but generated ones.
pub(crate) fn copied_columns(table: &Table) -> Vec<Column> {
    table
        .columns
        .iter()
        .filter(|column| column.generated.is_none())
        .cloned()
        .collect()
}
