//! One client's view of a database.

use std::collections::{BTreeMap, BTreeSet};

use exodus_audit::client::{self, OneClient};
use exodus_engine::{Dialect, ErrorKind, NulledWhen, Owner, Select, Session};
use exodus_schema::{Column, Edge, Reach, Table, TableId};

use crate::error::{Error, Result};
use crate::key::ClientKey;
use crate::key_lists::{self, KeyLists};
use crate::policy::Narrowing;
use crate::privileges;

pub use exodus_audit::client::{Conditions, Shape};

const SEE_ALL: &str = "grant SELECT on the whole database to this user (GRANT SELECT ON `database`.* TO …)";

/// Key literals for one client.
fn owner(shape: Shape<'_>, dialect: Dialect, key: &ClientKey) -> Result<Owner> {
    let root = shape.root();
    let columns: Vec<&Column> = shape.root_key.iter().filter_map(|name| root.column(name)).collect();
    if columns.len() < shape.root_key.len() && shape.graph.schema().may_hide_something() {
        let doing = format!("looking for the key of {}", root.name);
        let error = exodus_engine::Error::new(ErrorKind::Privilege, "the source", doing);
        return Err(error.because("this user sees none of it").help(SEE_ALL).into());
    }
    if columns.len() != key.parts().len() {
        return Err(Error::KeyParts {
            table: root.name.clone(),
            given: key.parts().len(),
            expected: columns.len(),
            columns: shape.root_key.join(", "),
        });
    }
    let literals = columns
        .iter()
        .zip(key.parts())
        .map(|(column, part)| dialect.literal(column, part));
    Ok(Owner::Client(literals.collect::<Result<_, _>>()?))
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
    /// The client, for what is asked about its references.
    pub one: OneClient<'a>,
    /// Tables of which the client owns a large part.
    dense: BTreeSet<TableId>,
    /// Columns that are read as NULL in some rows.
    nulled: BTreeMap<TableId, Vec<NulledWhen>>,
    /// Keys that stand for subqueries in the conditions of some tables.
    lists: KeyLists,
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
        let one = OneClient::new(shape, dialect, owner(shape, dialect, key)?);
        Ok(Self {
            shape,
            dialect,
            mine: one.mine().clone(),
            one,
            dense: BTreeSet::new(),
            nulled: BTreeMap::new(),
            lists: KeyLists::default(),
        })
    }

    /// The same rows, those of some tables found by lists of keys.
    pub(crate) fn listed(&self, lists: &KeyLists) -> Result<Self> {
        let one = self
            .one
            .written(lists.conditions(self, "t")?, lists.conditions(self, "q")?);
        Ok(Self {
            mine: one.mine().clone(),
            one,
            lists: lists.clone(),
            ..self.clone()
        })
    }

    /// The same rows, none of them found by lists of keys; those that a policy leaves behind are among them again.
    pub(crate) fn unlisted(&self) -> Self {
        let one = OneClient::new(self.shape, self.dialect, self.owner().clone());
        Self {
            mine: one.mine().clone(),
            one,
            lists: KeyLists::default(),
            nulled: BTreeMap::new(),
            ..self.clone()
        }
    }

    /// The same rows for one snapshot, in which lists of keys stand for what the server would read whole tables for.
    pub async fn with_key_lists(&self, connection: &mut Session) -> Result<Self> {
        let tables = key_lists::needed(connection, self).await?;
        self.with_key_lists_of(connection, &tables).await
    }

    /// The same for these tables and those below them, as far as lists can stand for how they are reached.
    pub async fn with_key_lists_of(&self, connection: &mut Session, tables: &BTreeSet<TableId>) -> Result<Self> {
        key_lists::look_up(connection, self, tables).await
    }

    /// The lists of keys by which rows of some tables are found.
    pub(crate) fn lists(&self) -> &KeyLists {
        &self.lists
    }

    /// The conditions on all of the client's rows, under another alias than `t`.
    pub(crate) fn under(&self, alias: &str) -> Result<Conditions> {
        let conditions = self.shape.conditions(self.dialect, self.owner(), alias);
        Ok(conditions.written(self.lists.conditions(self, alias)?))
    }

    /// The same rows without those that a policy leaves behind, and with NULL in the references that it gives up.
    #[must_use]
    pub(crate) fn narrowed(&self, by: &Narrowing) -> Self {
        let one = self.one.narrowed(&by.only);
        let when = |(column, condition): &(String, String)| NulledWhen {
            column: column.clone(),
            condition: condition.clone(),
        };
        let nulled = by.nulled.iter();
        Self {
            mine: one.mine().clone(),
            one,
            nulled: nulled
                .map(|(&id, pairs)| (id, pairs.iter().map(when).collect()))
                .collect(),
            ..self.clone()
        }
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
        self.one.owner()
    }

    /// Selects these columns of the client's rows of a table.
    pub fn select(&self, table: TableId, columns: Vec<Column>) -> Select {
        Select {
            table: self.shape.graph.table(table).name.clone(),
            columns,
            condition: self.mine.of(table).to_owned(),
            nulled: vec![],
            nulled_when: self.nulled.get(&table).cloned().unwrap_or_default(),
            dense: self.dense.contains(&table),
        }
    }

    /// The conditions on rows whose reference by this relation is given up.
    pub(crate) fn given_up(&self, edge: &Edge) -> BTreeSet<&str> {
        let nulled = self.nulled.get(&edge.child()).into_iter().flatten();
        let of_it = |when: &&NulledWhen| {
            let relation = self.shape.graph.relation(edge.id);
            relation.child_columns().any(|column| column == when.column)
        };
        nulled.filter(of_it).map(|when| when.condition.as_str()).collect()
    }

    /// Counts the client's rows of every client table, parents first.
    pub async fn count_all(&self, connection: &mut Session) -> Result<Vec<(TableId, u64)>> {
        let queries: Vec<_> = self.shape.tables().map(|table| self.one.rows(table)).collect();
        let numbers = client::counts(connection, &queries).await?;
        Ok(self.shape.tables().zip(numbers).collect())
    }

    /// Counts the client's rows of a table.
    pub async fn count(&self, connection: &mut Session, table: TableId) -> Result<u64> {
        count(connection, &self.one.rows(table).sql).await
    }

    /// Lets those who want to remove this client's rows wait for this transaction, even where they can't see what it has
    /// written, and waits for those who came first.
    pub(crate) async fn claim(&self, connection: &mut Session) -> Result<()> {
        if let Some(sql) = self.dialect.claim(&self.claim_name()) {
            connection.query(&sql).await?;
        }
        Ok(())
    }

    /// What those are called who write or remove this client's rows.
    pub(crate) fn claim_name(&self) -> String {
        let condition = self.mine.of(self.shape.tree.root());
        format!("exodus: {condition} of {}", self.shape.root().name)
    }

    /// Rows in tables, and values in columns, that nobody sees would be left behind without a word, and lose their owner with a purge.
    pub fn see_all_tables(&self, connection: &Session) -> Result<()> {
        if !self.shape.graph.schema().may_hide_something() {
            return Ok(());
        }
        let error = exodus_engine::Error::new(ErrorKind::Privilege, connection.name(), "reading the schema")
            .because(
                "this user was given privileges table by table or column by column, and sees no others, which may have \
                 rows and values of the client",
            )
            .help(SEE_ALL);
        Err(error.into())
    }

    /// The single root row must be there, and every table to be seen.
    pub async fn find_client(&self, connection: &mut Session) -> Result<()> {
        self.see_all_tables(connection)?;
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
///
/// Fails if the session may not read the client's rows, or what they reference.
pub async fn canonical_key(connection: &mut Session, rows: &Rows<'_>) -> Result<ClientKey> {
    rows.see_all_tables(connection)?;
    privileges::need(connection, &privileges::reading(rows.shape)).await?;
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
    Ok(client::count(connection, sql).await?)
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
