//! The sets of a selector: which are needed, in which order, and what is in each.

use std::collections::{BTreeMap, BTreeSet};

use super::{Condition, Selectors, Set, SetMember, SetRows, Step, is_partial};
use crate::graph::{RelationId, TableId};
use crate::tree::Reach;

/// One selector while it is built.
pub(super) struct Build<'s, 'a> {
    of: &'s Selectors<'a>,
    pub(super) sets: Vec<Set>,
    /// The set and member that hold a table's rows.
    done: BTreeMap<TableId, (usize, usize)>,
    wanted: BTreeMap<TableId, BTreeSet<&'a str>>,
}

impl<'s, 'a> Build<'s, 'a> {
    /// `wanted`: the columns of each table above that are referenced on the way.
    pub(super) fn new(of: &'s Selectors<'a>, wanted: BTreeMap<TableId, BTreeSet<&'a str>>) -> Self {
        Self {
            of,
            sets: vec![],
            done: BTreeMap::new(),
            wanted,
        }
    }
}

impl Build<'_, '_> {
    /// The condition on the table's rows; defines the sets that it needs.
    pub(super) fn condition(&mut self, table: TableId) -> Condition {
        let Some(member) = self.of.tree.member(table) else {
            return Condition::Any(vec![]);
        };
        match &member.reach {
            Reach::Root => Condition::Client,
            Reach::Complete(path) => self.of.complete(path),
            Reach::Partial | Reach::Closure(_) => {
                self.define_sets_above(table);
                any(member.owners.iter().map(|&relation| self.through(relation)).collect())
            }
        }
    }

    /// Defines the sets of all partial parents, deepest first, without recursion: a chain may be thousands long.
    fn define_sets_above(&mut self, table: TableId) {
        let mut stack = vec![(table, false)];
        while let Some((at, ready)) = stack.pop() {
            let unit = self.unit(at);
            if ready {
                self.define(&unit);
                continue;
            }
            // The table itself needs a set only as part of a loop.
            if at != table || unit.len() > 1 || self.has_self_loop(at) {
                if self.done.contains_key(&at) {
                    continue;
                }
                stack.push((at, true));
            }
            for parent in self.partial_parents(&unit) {
                if !unit.contains(&parent) && !self.done.contains_key(&parent) {
                    stack.push((parent, false));
                }
            }
        }
    }

    fn has_self_loop(&self, table: TableId) -> bool {
        self.of
            .tree
            .member(table)
            .is_some_and(|member| matches!(&member.reach, Reach::Closure(_)))
    }

    /// The tables that are defined together with this one.
    fn unit(&self, table: TableId) -> Vec<TableId> {
        match self.of.tree.member(table).map(|member| &member.reach) {
            Some(Reach::Closure(members)) => members.clone(),
            _ => vec![table],
        }
    }

    fn partial_parents(&self, unit: &[TableId]) -> BTreeSet<TableId> {
        unit.iter()
            .filter_map(|&table| self.of.tree.member(table))
            .flat_map(|member| &member.owners)
            .filter_map(|&relation| self.of.graph.edge(relation).map(|edge| edge.parent))
            .filter(|&parent| {
                self.of
                    .tree
                    .member(parent)
                    .is_some_and(|member| is_partial(&member.reach))
            })
            .collect()
    }

    fn define(&mut self, unit: &[TableId]) {
        if self.done.contains_key(&unit[0]) {
            return;
        }
        let looped = self.has_self_loop(unit[0]);
        let set = if looped {
            Set::Closure(unit.iter().map(|&table| self.closure_member(table, unit)).collect())
        } else {
            let condition = self.owners_condition(unit[0]);
            Set::Rows(SetRows {
                table: unit[0],
                columns: self.columns_wanted(unit[0]),
                condition,
            })
        };
        let at = self.sets.len();
        self.sets.push(set);
        self.done
            .extend(unit.iter().enumerate().map(|(member, &table)| (table, (at, member))));
    }

    fn owners_condition(&self, table: TableId) -> Condition {
        let owners = self.of.tree.member(table).map_or(&[][..], |member| &member.owners);
        any(owners.iter().map(|&relation| self.through(relation)).collect())
    }

    fn columns_wanted(&self, table: TableId) -> Vec<String> {
        self.wanted
            .get(&table)
            .into_iter()
            .flatten()
            .map(|&column| column.to_owned())
            .collect()
    }

    fn closure_member(&self, table: TableId, unit: &[TableId]) -> SetMember {
        let owners = self.of.tree.member(table).map_or(&[][..], |member| &member.owners);
        let mut member = SetMember {
            table,
            columns: self.columns_wanted(table),
            base: vec![],
            steps: vec![],
        };
        for &relation in owners {
            let Some(edge) = self.of.graph.edge(relation) else {
                continue;
            };
            if let Some(parent) = unit.iter().position(|&other| other == edge.parent) {
                member.steps.push(Step { relation, parent });
            } else {
                member.base.push(self.through(relation));
            }
        }
        member
    }

    /// The condition that one relation gives a row its owner.
    fn through(&self, relation: RelationId) -> Condition {
        let Some(edge) = self.of.graph.edge(relation) else {
            return Condition::Any(vec![]);
        };
        if let Some(&(set, member)) = self.done.get(&edge.parent) {
            return Condition::InSet { relation, set, member };
        }
        match self.of.tree.member(edge.parent).map(|member| &member.reach) {
            Some(Reach::Complete(path)) => self.of.by_parent(relation, self.of.complete(path)),
            _ => self.of.by_parent(relation, Condition::Client),
        }
    }
}

fn any(mut conditions: Vec<Condition>) -> Condition {
    if conditions.len() == 1 {
        conditions.remove(0)
    } else {
        Condition::Any(conditions)
    }
}
