//! From a step of the plan to the statements that do it.

use std::collections::BTreeMap;
use std::sync::Arc;

use exodus_classify::question::Question;
use exodus_engine::Match;
use exodus_schema::{RelationId, TableId};

use crate::ask::Asker;
use crate::counter::{Asked, Counter, LookUp, Own, Shared, Tally};
use crate::job::Job;
use crate::keys::KeyMap;
use crate::layout::{KeyId, Layout, own_key, reference};
use crate::plan::{Plan, Work, relation_of};

/// What a step is made from.
pub(crate) struct Prepare<'r, 's, 'a> {
    pub(crate) asker: &'r Asker<'s, 'a>,
    pub(crate) plan: &'r Plan,
    pub(crate) shared: &'r Arc<Shared>,
    pub(crate) maps: &'r BTreeMap<KeyId, Arc<KeyMap>>,
}

impl Prepare<'_, '_, '_> {
    /// The job that does the work.
    pub(crate) fn job(&self, work: &Work, doing: String, clients: Vec<(KeyId, KeyMap)>) -> Result<Job, String> {
        match work {
            Work::Table(table) => Ok(self.count(*table, doing, true)),
            Work::Count(table) => Ok(self.count(*table, doing, false)),
            Work::Circle(members) => Ok(self.circle(members, &doing)),
            Work::Loop(relations) => self.shape(relations, &doing),
            Work::Tie(relation) => self.tie(*relation),
            Work::Clients(table, relations) => Ok(self.clients(*table, relations, doing, clients)),
            Work::Ask(question) => Ok(Job::Ask(question.clone(), self.asker.ask(question, doing)?)),
        }
    }

    pub(crate) fn layout(&self, table: TableId) -> Layout<'_> {
        Layout::new(self.asker.subject.graph, self.shared.dialect, table)
    }

    pub(crate) fn owners(&self, table: TableId) -> &[RelationId] {
        let member = self.asker.subject.classes.tree.member(table);
        member.map_or(&[], |member| &member.owners)
    }

    pub(crate) fn look_up(&self, layout: &mut Layout<'_>, relation: RelationId) -> Option<LookUp> {
        let (key, children) = reference(self.asker.subject.graph, self.shared.dialect, relation)?;
        let map = self.maps.get(&key)?;
        Some(LookUp {
            map: Arc::clone(map),
            fields: layout.reference(&key, &children),
        })
    }

    pub(crate) fn root_look_up(&self, layout: &mut Layout<'_>) -> Option<LookUp> {
        let subject = self.asker.subject;
        let key = own_key(
            subject.graph,
            self.shared.dialect,
            subject.classes.root,
            subject.root_key,
        );
        Some(LookUp {
            map: Arc::clone(self.maps.get(&key)?),
            fields: layout.key(&key),
        })
    }

    /// Reads one table. `publishes`: its keys are needed and nobody knows them yet.
    fn count(&self, table: TableId, doing: String, publishes: bool) -> Job {
        let root = table == self.asker.subject.classes.root;
        let mut layout = self.layout(table);
        let mut counter = self.counter();
        let mut places = Places::default();
        for relation in self.owners(table) {
            if let Some(at) = self.place(&mut layout, &mut counter, &mut places, *relation) {
                counter.owners.push(at);
            }
        }
        counter.own = match (root, publishes) {
            (true, true) => Own::Next(0),
            (true, false) => self.root_look_up(&mut layout).map_or(Own::Nobody, Own::Known),
            (false, _) => Own::Nobody,
        };
        for question in self.plan.counted.get(&table).into_iter().flatten() {
            // The root's owners are counted at the first reading, everything else at the second.
            if root && publishes != (*question == Question::Owners(table)) {
                continue;
            }
            self.ask(&mut layout, &mut counter, &mut places, table, question);
        }
        if publishes && !self.is_in_circle(table) {
            for key in self.plan.published.get(&table).into_iter().flatten() {
                let fields = layout.key(key);
                counter.publish.push((key.clone(), fields, KeyMap::default()));
            }
        }
        if self.asker.options.show_keys {
            counter.shown = layout.shown();
        }
        self.reading(table, layout, counter, doing)
    }

    fn is_in_circle(&self, table: TableId) -> bool {
        let mut steps = self.plan.steps.iter();
        steps.any(|step| matches!(&step.work, Work::Circle(members) if members.contains(&table)))
    }

    fn counter(&self) -> Counter {
        Counter {
            shared: Arc::clone(self.shared),
            own: Own::Nobody,
            look_ups: vec![],
            owners: vec![],
            publish: vec![],
            asked: vec![],
            weight: None,
            shown: vec![],
            sampled: false,
            rows: 0,
            full: false,
            found: vec![],
        }
    }

    /// The place of a relation's look-up.
    fn place(
        &self,
        layout: &mut Layout<'_>,
        counter: &mut Counter,
        places: &mut Places,
        relation: RelationId,
    ) -> Option<usize> {
        if let Some(at) = places.get(&relation) {
            return Some(*at);
        }
        let look_up = self.look_up(layout, relation)?;
        counter.look_ups.push(look_up);
        places.insert(relation, counter.look_ups.len() - 1);
        Some(counter.look_ups.len() - 1)
    }

    fn ask(
        &self,
        layout: &mut Layout<'_>,
        counter: &mut Counter,
        places: &mut Places,
        table: TableId,
        question: &Question,
    ) {
        let mut place = |relation: &RelationId| self.place(layout, counter, places, *relation);
        match question {
            Question::Owners(_) => counter.asked.push((question.clone(), Asked::Owners(Tally::default()))),
            Question::Crossed(_, relations) => {
                let by = relations.iter().filter_map(place).collect();
                let asked = Asked::Crossed {
                    by,
                    rows: 0,
                    sets: std::collections::HashSet::new(),
                    keys: vec![],
                };
                counter.asked.push((question.clone(), asked));
            }
            Question::Unowned(relation) => {
                if let Some(by) = place(relation) {
                    let asked = Asked::Unowned {
                        by,
                        rows: 0,
                        keys: vec![],
                    };
                    counter.asked.push((question.clone(), asked));
                }
            }
            Question::Parents(reference) => {
                if let Some(by) = relation_of(self.asker.subject, self.shared.dialect, reference)
                    .as_ref()
                    .and_then(place)
                {
                    let asked = Asked::Parents {
                        by,
                        set: 0,
                        missing: 0,
                        keys: vec![],
                    };
                    counter.asked.push((question.clone(), asked));
                }
            }
            Question::Clients(_, relations) => {
                for relation in relations.iter().filter(|relation| relation.child == table) {
                    let found = reference(self.asker.subject.graph, self.shared.dialect, *relation);
                    let Some((key, children)) = found else { continue };
                    let asked = Asked::Clients {
                        fields: layout.reference(&key, &children),
                        key,
                        map: KeyMap::default(),
                    };
                    counter.asked.push((question.clone(), asked));
                }
            }
            _ => {}
        }
    }

    /// The statement that reads a table for a counter.
    fn reading(&self, table: TableId, mut layout: Layout<'_>, mut counter: Counter, doing: String) -> Job {
        let known = self.asker.subject.graph.table(table);
        let mut from = format!("{} AS t", self.shared.dialect.rows_of(known));
        if layout.width() == 0 {
            layout.field("1".to_owned());
        }
        let list = layout.list().join(", ");
        let may_be_parted = counter.publish.is_empty() && !matches!(counter.own, Own::Next(_));
        let (mut tail, mut width) = (String::new(), layout.width());
        if let Some(percent) = self.asker.is_sampled(table).filter(|_| may_be_parted) {
            let sample = self.shared.dialect.sample(percent);
            from.push_str(&sample.clause);
            tail = sample
                .condition
                .map(|condition| format!(" WHERE {condition}"))
                .unwrap_or_default();
            counter.sampled = true;
        } else if may_be_parted && self.is_grouped(table, &counter) {
            // An index has all that is needed, with equal keys side by side.
            tail = format!(" GROUP BY {list}");
            counter.weight = Some(width);
            width += 1;
        }
        let count = if counter.weight.is_some() { ", COUNT(*)" } else { "" };
        Job::Count {
            doing,
            sql: format!("SELECT {list}{count} FROM {from}{tail}"),
            width,
            counter: Box::new(counter),
        }
    }

    /// Whether rows with equal references can be counted together: nothing else of them is needed, and an index
    /// has them in order.
    fn is_grouped(&self, table: TableId, counter: &Counter) -> bool {
        let [relation] = self.owners(table) else { return false };
        let graph = self.asker.subject.graph;
        let known = graph.relation(*relation);
        let columns: Vec<&str> = known.child_columns().collect();
        let plain = counter
            .look_ups
            .iter()
            .all(|look_up| look_up.fields.0.iter().all(|(_, how)| *how == Match::Whole));
        let simple = |asked: &Asked| matches!(asked, Asked::Owners(_) | Asked::Parents { .. });
        let owners_only = counter.asked.iter().all(|(_, asked)| simple(asked));
        let nobody = matches!(counter.own, Own::Nobody);
        owners_only
            && nobody
            && plain
            && known.is_plain()
            && counter.shown.is_empty()
            && graph.table(table).has_index_on(&columns)
    }

    /// Reads a table outside the tree to see which of its rows are whose.
    fn clients(&self, table: TableId, relations: &[RelationId], doing: String, parts: Vec<(KeyId, KeyMap)>) -> Job {
        let mut merged: BTreeMap<KeyId, KeyMap> = BTreeMap::new();
        for (key, map) in parts {
            match merged.get_mut(&key) {
                None => {
                    merged.insert(key, map);
                }
                Some(known) => {
                    for (one, set) in map.iter() {
                        let slot = known.entry(one, crate::sets::NONE);
                        *slot = self.shared.sets.union(*slot, set);
                    }
                }
            }
        }
        let mut layout = self.layout(table);
        let mut counter = self.counter();
        for (key, map) in merged {
            let fields = layout.key(&key);
            counter.owners.push(counter.look_ups.len());
            counter.look_ups.push(LookUp {
                map: Arc::new(map),
                fields,
            });
        }
        let question = Question::Clients(table, relations.to_vec());
        counter.asked.push((question, Asked::Owners(Tally::default())));
        if self.asker.options.show_keys {
            counter.shown = layout.shown();
        }
        self.reading(table, layout, counter, doing)
    }
}

type Places = BTreeMap<RelationId, usize>;
