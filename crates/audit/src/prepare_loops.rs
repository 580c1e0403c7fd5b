//! How loops are read.

use std::collections::BTreeSet;
use std::sync::Arc;

use exodus_classify::question::Question;
use exodus_schema::{RelationId, TableId};

use crate::circle::Part;
use crate::counter::{LookUp, Own};
use crate::job::Job;
use crate::keys::{KeyFields, KeyMap};
use crate::layout::{KeyId, Layout, reference};
use crate::prepare::Prepare;

impl Prepare<'_, '_, '_> {
    pub(crate) fn circle(&self, members: &[TableId], doing: &str) -> Job {
        let keys: Vec<KeyId> = members
            .iter()
            .filter_map(|member| self.plan.published.get(member))
            .flatten()
            .cloned()
            .collect();
        let parts = members.iter().map(|&table| {
            let mut layout = self.layout(table);
            let (mut outside, mut up) = (vec![], vec![]);
            for &relation in self.owners(table) {
                let found = reference(self.asker.subject.graph, self.shared.dialect, relation);
                let Some((key, children)) = found else { continue };
                match keys.iter().position(|known| *known == key) {
                    Some(at) => up.push((at, layout.reference(&key, &children), None)),
                    None => outside.extend(self.look_up(&mut layout, relation)),
                }
            }
            self.part(layout, doing, Own::Nobody, outside, up, &keys)
        });
        Job::Circle {
            shared: Arc::clone(self.shared),
            parts: parts.collect(),
            keys,
            shape: None,
            foreign: vec![],
        }
    }

    /// How rows of a loop hang below each other: all rows, or those of one client, which are linked among themselves only.
    pub(crate) fn shape(&self, relations: &[RelationId], doing: &str) -> Result<Job, String> {
        let (graph, dialect) = (self.asker.subject.graph, self.shared.dialect);
        let found: Vec<_> = relations
            .iter()
            .filter_map(|relation| Some((*relation, reference(graph, dialect, *relation)?)))
            .collect();
        let keys: BTreeSet<KeyId> = found.iter().map(|(_, (key, _))| key.clone()).collect();
        let keys: Vec<KeyId> = keys.into_iter().collect();
        let tables: BTreeSet<TableId> = relations.iter().map(|relation| relation.child).collect();
        let mut foreign = vec![];
        if let Some(one) = &self.asker.one {
            for &table in &tables {
                let of_table = relations.iter().copied().filter(|relation| relation.child == table);
                foreign.extend(one.count_foreign(table, &of_table.collect::<Vec<_>>())?);
            }
        }
        let mut parts = vec![];
        for table in tables {
            let mut layout = self.layout(table);
            let mut up = vec![];
            for (relation, (key, children)) in &found {
                if let Some(at) = keys
                    .iter()
                    .position(|known| known == key)
                    .filter(|_| relation.child == table)
                {
                    let owners = self.maps.get(key).map(Arc::clone);
                    up.push((at, layout.reference(key, children), owners));
                }
            }
            let outside = self
                .owners(table)
                .iter()
                .filter(|relation| !relations.contains(relation));
            let outside: Vec<_> = outside
                .copied()
                .filter_map(|relation| self.look_up(&mut layout, relation))
                .collect();
            let own = if table == self.asker.subject.classes.root {
                self.root_look_up(&mut layout).map_or(Own::Nobody, Own::Known)
            } else {
                Own::Nobody
            };
            let mut part = self.part(layout, doing, own, outside, up, &keys);
            if let Some(mine) = self.asker.mine(table)? {
                part.sql = format!("{} WHERE {mine}", part.sql);
            }
            parts.push(part);
        }
        Ok(Job::Circle {
            shared: Arc::clone(self.shared),
            parts,
            keys: keys.clone(),
            shape: Some(Question::Loop(relations.to_vec())),
            foreign,
        })
    }

    /// What ties the one client to others by a relation.
    pub(crate) fn tie(&self, relation: RelationId) -> Result<Job, String> {
        let one = self.asker.one.as_ref().ok_or("it is about one client")?;
        let edge = self.asker.subject.graph.edge(relation);
        let edge = edge.ok_or("the relation leads nowhere")?;
        one.tie_queries(edge).map(Job::Tie).map_err(|error| error.to_string())
    }

    fn part(
        &self,
        mut layout: Layout<'_>,
        doing: &str,
        own: Own,
        outside: Vec<LookUp>,
        up: Vec<(usize, KeyFields, Option<Arc<KeyMap>>)>,
        keys: &[KeyId],
    ) -> Part {
        let table = layout.table();
        let of_table = keys.iter().enumerate().filter(|(_, key)| key.table == table);
        let keys: Vec<_> = of_table.map(|(at, key)| (at, layout.key(key))).collect();
        if layout.width() == 0 {
            layout.field("1".to_owned());
        }
        let from = self.shared.dialect.rows_of(self.asker.subject.graph.table(table));
        Part {
            doing: doing.to_owned(),
            sql: format!("SELECT {} FROM {from} AS t", layout.list().join(", ")),
            width: layout.width(),
            own,
            outside,
            up,
            keys,
        }
    }
}
