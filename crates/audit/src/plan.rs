//! What has to be read for the questions about owners, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use exodus_classify::question::{Question, Reference};
use exodus_engine::{Dialect, Match};
use exodus_schema::{Components, Edge, RelationId, TableId};

use crate::layout::{KeyId, own_key, reference};
use crate::options::Subject;
use crate::proof::proven;

/// A piece of work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// Read a table whose parents are known: publish its keys, count what is asked.
    Table(TableId),
    /// Read the tables of a loop and publish their keys.
    Circle(Vec<TableId>),
    /// Read a table again whose own keys had to be published first: the root, or one of a loop.
    Count(TableId),
    /// Read a table outside the tree to count the clients that refer to it.
    Clients(TableId, Vec<RelationId>),
    /// Answer [`Question::Loop`].
    Loop(Vec<RelationId>),
    /// Ask in SQL.
    Ask(Question),
    /// Look for what ties the one client to others by a relation.
    Tie(RelationId),
}

/// A piece of work with what it waits for.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) work: Work,
    /// The keys it looks owners up by.
    pub(crate) reads: BTreeSet<KeyId>,
    /// Steps that have to be done before.
    pub(crate) after: BTreeSet<usize>,
}

/// All work.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// The keys that each table publishes.
    pub(crate) published: BTreeMap<TableId, BTreeSet<KeyId>>,
    /// The questions that a table's reading answers.
    pub(crate) counted: BTreeMap<TableId, Vec<Question>>,
}

/// Plans the work for `questions`; for one client alone all of them are asked in SQL, and what ties it to others.
pub(crate) fn plan(subject: &Subject<'_>, dialect: Dialect, questions: &[Question], one_client: bool) -> Plan {
    let mut planner = Planner {
        subject,
        dialect,
        loops: subject.graph.components(|edge| owns(subject, edge.id)),
        plan: Plan {
            steps: vec![],
            published: BTreeMap::new(),
            counted: BTreeMap::new(),
        },
        needed: BTreeSet::new(),
    };
    if one_client {
        planner.ties();
        planner.ask(questions);
    } else {
        planner.sort_out(questions);
    }
    planner.plan
}

/// The relation of the tree that is this reference, if the child's columns are read as they are: of one that is stood in
/// for by its parent's, it can't be told whether it leads nowhere or is NULL.
pub(crate) fn relation_of(subject: &Subject<'_>, dialect: Dialect, wanted: &Reference) -> Option<RelationId> {
    let member = subject.classes.tree.member(wanted.child)?;
    let found = relation_between(subject, wanted).filter(|found| member.owners.contains(found))?;
    let (key, _) = reference(subject.graph, dialect, found)?;
    key.columns
        .iter()
        .all(|(_, how)| *how != Match::StandIn)
        .then_some(found)
}

/// The relation of the schema that is this reference.
pub(crate) fn relation_between(subject: &Subject<'_>, wanted: &Reference) -> Option<RelationId> {
    let mut edges = subject.graph.parents(wanted.child);
    let same = |edge: &&Edge| {
        edge.parent == wanted.parent
            && Reference::of(subject.graph.relation(edge.id), wanted.child, wanted.parent) == *wanted
    };
    edges.find(same).map(|edge| edge.id)
}

/// The relation gives rows an owner.
fn owns(subject: &Subject<'_>, relation: RelationId) -> bool {
    let member = subject.classes.tree.member(relation.child);
    member.is_some_and(|member| member.owners.contains(&relation))
}

struct Planner<'s, 'a> {
    subject: &'s Subject<'a>,
    dialect: Dialect,
    loops: Components,
    plan: Plan,
    needed: BTreeSet<KeyId>,
}

impl Planner<'_, '_> {
    fn ask(&mut self, questions: &[Question]) {
        for question in questions {
            let work = match question {
                Question::Loop(relations) => Work::Loop(relations.clone()),
                _ => Work::Ask(question.clone()),
            };
            self.step(work, BTreeSet::new());
        }
    }

    fn ties(&mut self) {
        let shape = self.subject.shape();
        for edge in shape.meeting_relations().chain(shape.context_relations()) {
            self.step(Work::Tie(edge.id), BTreeSet::new());
        }
    }

    fn step(&mut self, work: Work, reads: BTreeSet<KeyId>) {
        self.plan.steps.push(Step {
            work,
            reads,
            after: BTreeSet::new(),
        });
    }

    fn sort_out(&mut self, questions: &[Question]) {
        let proven = proven(self.subject, self.dialect);
        let mut last = vec![];
        for question in questions {
            match question {
                Question::Owners(table) | Question::Crossed(table, _) => self.count_at(*table, question),
                Question::Unowned(relation) => self.count_at(relation.child, question),
                Question::Clients(table, relations) => {
                    for relation in relations {
                        self.count_at(relation.child, question);
                    }
                    last.push(Work::Clients(*table, relations.clone()));
                }
                Question::Loop(relations) => last.push(Work::Loop(relations.clone())),
                Question::Parents(reference) if self.looks_up(reference).is_some() => {
                    self.count_at(reference.child, question);
                }
                _ => {}
            }
        }
        // Where the answer is known but for the number of rows, the rows needn't be read.
        let mut rows_only = vec![];
        for (table, asked) in &self.plan.counted {
            if matches!(asked[..], [Question::Owners(_)]) && proven.contains_key(table) {
                rows_only.push(*table);
            }
        }
        let targets: Vec<_> = self.plan.counted.keys().copied().collect();
        for table in targets.iter().filter(|table| !rows_only.contains(table)) {
            for key in self.reads_of(*table) {
                self.need(key);
            }
        }
        for work in &last {
            if let Work::Loop(relations) = work {
                for key in self.loop_reads(relations) {
                    self.need(key);
                }
            }
        }
        for table in rows_only {
            if !self.plan.published.contains_key(&table) {
                self.plan.counted.remove(&table);
                self.step(Work::Ask(Question::Owners(table)), BTreeSet::new());
            }
        }
        self.readings();
        for work in last {
            let reads = match &work {
                Work::Loop(relations) => self.loop_reads(relations),
                _ => BTreeSet::new(),
            };
            self.step(work, reads);
        }
        self.order();
        let in_sql = |question: &&Question| {
            let looked_up = matches!(question, Question::Parents(reference) if self.looks_up(reference).is_some());
            !looked_up
                && !matches!(
                    question,
                    Question::Owners(_)
                        | Question::Crossed(..)
                        | Question::Unowned(_)
                        | Question::Clients(..)
                        | Question::Loop(_)
                )
        };
        let rest: Vec<_> = questions.iter().filter(in_sql).cloned().collect();
        self.ask(&rest);
    }

    /// The relation of the tree that is this reference, where its rows have to be read anyway.
    fn looks_up(&self, reference: &Reference) -> Option<RelationId> {
        if self.dialect.vouches_for_references() {
            return None;
        }
        relation_of(self.subject, self.dialect, reference)
    }

    fn count_at(&mut self, table: TableId, question: &Question) {
        let asked = self.plan.counted.entry(table).or_default();
        if !asked.contains(question) {
            asked.push(question.clone());
        }
    }

    /// The keys by which the owners of a table's rows are looked up, and what else is asked of its rows.
    fn reads_of(&self, table: TableId) -> BTreeSet<KeyId> {
        let graph = self.subject.graph;
        let member = self.subject.classes.tree.member(table);
        let mut relations: BTreeSet<RelationId> = member.iter().flat_map(|member| &member.owners).copied().collect();
        for question in self.plan.counted.get(&table).into_iter().flatten() {
            match question {
                Question::Crossed(_, more) => relations.extend(more),
                Question::Unowned(one) => {
                    relations.insert(*one);
                }
                _ => {}
            }
        }
        let mut reads: BTreeSet<KeyId> = relations
            .into_iter()
            .filter_map(|relation| reference(graph, self.dialect, relation))
            .filter(|(key, _)| self.subject.classes.tree.contains(key.table))
            .map(|(key, _)| key)
            .collect();
        if table == self.subject.classes.root {
            reads.insert(self.root_key());
        }
        reads
    }

    fn root_key(&self) -> KeyId {
        let root = self.subject.classes.root;
        own_key(self.subject.graph, self.dialect, root, self.subject.root_key)
    }

    fn loop_reads(&self, relations: &[RelationId]) -> BTreeSet<KeyId> {
        let tables: BTreeSet<TableId> = relations.iter().map(|relation| relation.child).collect();
        let own = tables
            .into_iter()
            .filter(|table| self.subject.classes.tree.contains(*table));
        let mut reads: BTreeSet<KeyId> = own.flat_map(|table| self.reads_of(table)).collect();
        let up = relations
            .iter()
            .filter_map(|relation| reference(self.subject.graph, self.dialect, *relation));
        reads.extend(
            up.map(|(key, _)| key)
                .filter(|key| self.subject.classes.tree.contains(key.table)),
        );
        reads
    }

    /// Has a key published, and all that its owners depend on. Without recursion: a chain may be thousands long.
    fn need(&mut self, key: KeyId) {
        let mut stack = vec![key];
        while let Some(key) = stack.pop() {
            let table = key.table;
            if !self.needed.insert(key.clone()) {
                continue;
            }
            let first = !self.plan.published.contains_key(&table);
            self.plan.published.entry(table).or_default().insert(key);
            let member = self.subject.classes.tree.member(table);
            if let Some(member) = member.filter(|_| first) {
                let above = member.owners.iter();
                stack.extend(
                    above
                        .filter_map(|relation| reference(self.subject.graph, self.dialect, *relation))
                        .map(|(key, _)| key),
                );
            }
        }
    }

    fn is_looped(&self, table: TableId) -> bool {
        !self.loops.loop_of(table).is_empty()
    }

    /// A step for every table that has to be read.
    fn readings(&mut self) {
        let root = self.subject.classes.root;
        let tables: BTreeSet<TableId> = self
            .plan
            .published
            .keys()
            .chain(self.plan.counted.keys())
            .copied()
            .collect();
        let mut circles = BTreeSet::new();
        for table in tables {
            let counted = self.plan.counted.get(&table).is_some_and(|asked| !asked.is_empty());
            if table == root {
                self.step(Work::Table(root), BTreeSet::new());
                let more = |question: &Question| *question != Question::Owners(root);
                if self.plan.counted.get(&root).is_some_and(|asked| asked.iter().any(more)) {
                    let reads = self.reads_of(root);
                    self.step(Work::Count(root), reads);
                }
            } else if self.is_looped(table) {
                let members = self.loops.loop_of(table).to_vec();
                if circles.insert(members.clone()) {
                    let outside = members.iter().flat_map(|member| self.owner_keys(*member));
                    let outside = outside.filter(|key| !members.contains(&key.table)).collect();
                    self.step(Work::Circle(members), outside);
                }
                if counted {
                    let reads = self.reads_of(table);
                    self.step(Work::Count(table), reads);
                }
            } else {
                let reads = self.reads_of(table);
                self.step(Work::Table(table), reads);
            }
        }
    }

    fn owner_keys(&self, table: TableId) -> Vec<KeyId> {
        let member = self.subject.classes.tree.member(table);
        let owners = member.map_or(&[][..], |member| &member.owners);
        let references = owners
            .iter()
            .filter_map(|relation| reference(self.subject.graph, self.dialect, *relation));
        references.map(|(key, _)| key).collect()
    }

    /// Who waits for whom.
    fn order(&mut self) {
        let mut published_by: BTreeMap<TableId, usize> = BTreeMap::new();
        let mut counted_by: BTreeMap<TableId, usize> = BTreeMap::new();
        for (at, step) in self.plan.steps.iter().enumerate() {
            match &step.work {
                Work::Table(table) => {
                    published_by.insert(*table, at);
                    counted_by.entry(*table).or_insert(at);
                }
                Work::Circle(members) => published_by.extend(members.iter().map(|member| (*member, at))),
                Work::Count(table) => {
                    counted_by.insert(*table, at);
                }
                _ => {}
            }
        }
        for step in &mut self.plan.steps {
            step.after = step
                .reads
                .iter()
                .filter_map(|key| published_by.get(&key.table))
                .copied()
                .collect();
            if let Work::Clients(_, relations) = &step.work {
                step.after
                    .extend(relations.iter().filter_map(|relation| counted_by.get(&relation.child)));
            }
        }
    }
}
