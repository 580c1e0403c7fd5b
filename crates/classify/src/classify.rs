//! From the tree to the classes, with the evidence for each.

use std::collections::{BTreeMap, BTreeSet};

use exodus_schema::{Cuts, Graph, Reach, RelationId, Table, TableId, Tree};

use crate::class::{Class, Classification, ClassifyError, Evidence, Override, TableClass};
use crate::{rules, trigger};

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
