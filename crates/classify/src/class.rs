//! Classes: what every table is to the clients, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use exodus_schema::{Cuts, Graph, Reach, RelationId, Table, TableId, TableName, Tree};
use serde::{Deserialize, Serialize};

use crate::hazard::Hazard;
use crate::rules;
use crate::trigger::{self, TriggerFact};

/// What a table is to the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// It holds clients' rows.
    Client,
    /// Its rows give clients' rows their meaning; they are the same on every shard.
    Context,
    /// The rest: it stays out of the shards.
    Neutral,
}

impl Class {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Context => "context",
            Self::Neutral => "neutral",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A class set in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The class.
    pub class: Class,
    /// Why, in the user's words.
    pub reason: String,
}

/// Why a table has its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It is the root table.
    Root,
    /// A chain of relations leads from the root to it, parents first.
    Chain(Vec<RelationId>),
    /// A client table refers to it, directly or through other context tables; the client table's relation comes first.
    Referenced(Vec<RelationId>),
    /// No relation leads to it from the root, and none from a client table or a context table.
    Unrelated,
    /// The configuration says so.
    Override {
        /// The user's reason.
        reason: String,
        /// The chain from the root that the override cuts, if there is one.
        instead_of: Vec<RelationId>,
    },
}

/// A table with its class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableClass {
    /// The table.
    pub table: TableId,
    /// What it is.
    pub class: Class,
    /// Why.
    pub evidence: Evidence,
    /// Its place in the copy order; client tables only.
    pub order: Option<usize>,
    /// Client tables: the relations by which its rows get an owner. Context tables: the relations of client and context
    /// tables that refer to it.
    pub reached_by: Vec<RelationId>,
    /// Client tables: every row that any client owns is found by one path of NOT NULL relations.
    pub complete: bool,
}

/// Every table with its class, the tree, and what was found on the way.
#[derive(Clone, Debug)]
pub struct Classification {
    /// The root table.
    pub root: TableId,
    /// The client tables, in copy order.
    pub tree: Tree,
    /// What was cut, class overrides included.
    pub cuts: Cuts,
    /// All tables, sorted by name: `tables[id.0]` is the table `id`.
    pub tables: Vec<TableClass>,
    /// What the triggers of client tables do, sorted by table and name.
    pub triggers: Vec<TriggerFact>,
    /// What the rules found, worst first.
    pub hazards: Vec<Hazard>,
}

impl Classification {
    /// The class of a table.
    pub fn class_of(&self, table: TableId) -> Class {
        self.tables[table.0].class
    }

    /// The tables of one class: client tables in copy order, others by name.
    pub fn of_class(&self, class: Class) -> Vec<&TableClass> {
        let mut tables: Vec<_> = self.tables.iter().filter(|table| table.class == class).collect();
        tables.sort_by_key(|table| (table.order, table.table));
        tables
    }
}

/// The tables can't be classified as the configuration asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClassifyError {
    /// The root table is overridden.
    #[error("the root table {root} can't be a {class} table: its rows are the clients")]
    RootOverridden {
        /// The root table.
        root: TableName,
        /// The class asked for.
        class: Class,
    },
    /// A table was declared a client table, but nothing leads to it.
    #[error(
        "{table} can't be a client table: no relation leads to it from {root}, so that nothing tells whose its rows are"
    )]
    NoWay {
        /// The table.
        table: TableName,
        /// The root table.
        root: TableName,
        /// A relation that could be declared instead.
        declare: String,
    },
}

impl ClassifyError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::RootOverridden { .. } => "take the class override out, or choose another root table".to_owned(),
            Self::NoWay { declare, .. } => {
                format!("take the class override out and declare the relation by which its rows are owned: {declare}")
            }
        }
    }
}

/// Classifies every table, given the root table, what is cut, and the classes that are set by hand, and runs all rules.
///
/// An override to context or neutral cuts the table out of the tree. An override to client only states what the
/// relations must show: where none leads to the table, it is an error that names a relation to declare.
pub fn classify(
    graph: &Graph<'_>,
    root: TableId,
    cuts: &Cuts,
    overrides: &BTreeMap<TableId, Override>,
) -> Result<Classification, ClassifyError> {
    let mut classification = classes_only(graph, root, cuts, overrides)?;
    classification.triggers = trigger::facts(graph, &classification.tree);
    classification.hazards = rules::check_all(&rules::Context {
        graph,
        classes: &classification,
    });
    Ok(classification)
}

/// The classes, without a look at triggers and hazards.
pub(crate) fn classes_only(
    graph: &Graph<'_>,
    root: TableId,
    cuts: &Cuts,
    overrides: &BTreeMap<TableId, Override>,
) -> Result<Classification, ClassifyError> {
    if let Some(over) = overrides.get(&root).filter(|over| over.class != Class::Client) {
        let root = graph.table(root).name.clone();
        return Err(ClassifyError::RootOverridden {
            root,
            class: over.class,
        });
    }
    let mut cuts = cuts.clone();
    // A table that is overridden to client may stand among the cuts of a caller that takes all overrides for cuts.
    for (&table, over) in overrides {
        if over.class == Class::Client {
            cuts.tables.remove(&table);
        } else {
            cuts.tables.insert(table);
        }
    }
    let tree = Tree::grow(graph, root, &cuts);
    let unreached = overrides
        .iter()
        .find(|(table, over)| over.class == Class::Client && !tree.contains(**table));
    if let Some((&table, _)) = unreached {
        return Err(no_way(graph, root, table));
    }
    let tables = Classes {
        graph,
        tree: &tree,
        cuts: &cuts,
        overrides,
        context: context(graph, &tree, &cuts, overrides),
    }
    .all();
    Ok(Classification {
        root,
        tree,
        cuts,
        tables,
        triggers: vec![],
        hazards: vec![],
    })
}

fn no_way(graph: &Graph<'_>, root: TableId, table: TableId) -> ClassifyError {
    let (child, parent) = (graph.table(table), graph.table(root));
    let key = parent.identity().map_or(&[][..], |key| key.columns.as_slice());
    let column = match key {
        [one] => owner_column(child, &parent.name.name, one).unwrap_or("…"),
        _ => "…",
    };
    let (child, parent) = (child.name.clone(), parent.name.clone());
    // As the configuration writes it; a literal string, for names can hold double quotes.
    let declare = format!("[[declare]] child = '{child}', columns = ['{column}'], parent = '{parent}', reason = '…'");
    ClassifyError::NoWay {
        table: child,
        root: parent,
        declare,
    }
}

/// A column of `child` that looks as if it referred to `key` of a table called `parent`.
fn owner_column<'a>(child: &'a Table, parent: &str, key: &str) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace('_', "");
    let (parent, key) = (plain(parent), plain(key));
    let stem = parent.strip_suffix('s').unwrap_or(&parent);
    let wanted = [
        format!("{stem}{key}"),
        format!("{parent}{key}"),
        key.clone(),
        stem.to_owned(),
    ];
    let names = || child.columns.iter().map(|column| column.name.as_str());
    wanted
        .iter()
        .find_map(|wanted| names().find(|name| plain(name) == *wanted && (*wanted != "id")))
}

/// For every context table: the relation that refers to it on a shortest chain from a client table.
type Context = BTreeMap<TableId, RelationId>;

fn context(graph: &Graph<'_>, tree: &Tree, cuts: &Cuts, overrides: &BTreeMap<TableId, Override>) -> Context {
    let is = |table: &TableId, class: Class| overrides.get(table).is_some_and(|over| over.class == class);
    let mut seen: BTreeSet<TableId> = tree.members().iter().map(|member| member.table).collect();
    let mut front: Vec<TableId> = seen.iter().copied().collect();
    // What an override made a context table passes the class on as any other does.
    let stated: Vec<_> = overrides
        .keys()
        .copied()
        .filter(|table| is(table, Class::Context) && seen.insert(*table))
        .collect();
    front.extend(stated);
    let mut found = Context::new();
    while !front.is_empty() {
        let mut next = BTreeMap::new();
        for edge in front.iter().flat_map(|&table| graph.parents(table)) {
            let kept = !cuts.relations.contains(&edge.id) && !is(&edge.parent, Class::Neutral);
            if kept && !seen.contains(&edge.parent) {
                next.entry(edge.parent).or_insert(edge.id);
            }
        }
        seen.extend(next.keys());
        front = next.keys().copied().collect();
        found.extend(next);
    }
    found
}

struct Classes<'a> {
    graph: &'a Graph<'a>,
    tree: &'a Tree,
    cuts: &'a Cuts,
    overrides: &'a BTreeMap<TableId, Override>,
    context: Context,
}

impl Classes<'_> {
    fn all(&self) -> Vec<TableClass> {
        let uncut = self.without_overrides();
        self.graph
            .tables()
            .map(|table| self.one(table, uncut.as_ref()))
            .collect()
    }

    /// The tree as it would be without overrides, to tell what they cut.
    fn without_overrides(&self) -> Option<Tree> {
        let cutting = self.overrides.values().any(|over| over.class != Class::Client);
        let cuts = || {
            let kept = |table: &&TableId| !self.overrides.contains_key(table);
            Cuts {
                relations: self.cuts.relations.clone(),
                tables: self.cuts.tables.iter().filter(kept).copied().collect(),
                ..Cuts::default()
            }
        };
        cutting.then(|| Tree::grow(self.graph, self.tree.root(), &cuts()))
    }

    fn class(&self, table: TableId) -> Class {
        if self.tree.contains(table) {
            return Class::Client;
        }
        match self.overrides.get(&table) {
            Some(over) => over.class,
            None if self.context.contains_key(&table) => Class::Context,
            None => Class::Neutral,
        }
    }

    fn one(&self, table: TableId, uncut: Option<&Tree>) -> TableClass {
        let class = self.class(table);
        let member = self.tree.member(table);
        let evidence = match (self.overrides.get(&table), member, class) {
            (Some(over), None, _) => Evidence::Override {
                reason: over.reason.clone(),
                instead_of: uncut
                    .and_then(|tree| tree.member(table))
                    .map_or(vec![], |member| member.witness.clone()),
            },
            (_, Some(member), _) if member.reach == Reach::Root => Evidence::Root,
            (_, Some(member), _) => Evidence::Chain(member.witness.clone()),
            (None, None, Class::Context) => Evidence::Referenced(self.chain_to_context(table)),
            (None, None, _) => Evidence::Unrelated,
        };
        TableClass {
            table,
            class,
            evidence,
            order: member.map(|member| member.order),
            reached_by: match class {
                Class::Client => member.map_or(vec![], |member| member.owners.clone()),
                Class::Context => self.referring(table),
                Class::Neutral => vec![],
            },
            complete: member.is_some_and(|member| matches!(member.reach, Reach::Root | Reach::Complete(_))),
        }
    }

    fn chain_to_context(&self, table: TableId) -> Vec<RelationId> {
        let mut chain = vec![];
        let mut at = table;
        while let Some(&relation) = self.context.get(&at) {
            chain.push(relation);
            at = relation.child;
        }
        chain.reverse();
        chain
    }

    fn referring(&self, table: TableId) -> Vec<RelationId> {
        let counts = |child: TableId| child != table && self.class(child) != Class::Neutral;
        let kept = |relation: &RelationId| !self.cuts.relations.contains(relation) && counts(relation.child);
        self.graph.children(table).map(|edge| edge.id).filter(kept).collect()
    }
}

#[cfg(test)]
mod tests;
