//! The tables that a trigger writes in the end, and the way to each.

use exodus_schema::{Graph, RelationId, TableId, TableName};

use super::Verb;

/// A step on the way from a trigger to what it writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// It calls this function or procedure.
    Routine(TableName),
    /// A statement writes this table.
    Write {
        /// The table, where it is one that was read.
        table: Option<TableId>,
        /// Its name; as the body has it where it was not read.
        name: TableName,
        /// How.
        verb: Verb,
    },
    /// That fires this trigger of it.
    Trigger {
        /// The table.
        table: TableId,
        /// The trigger.
        name: String,
    },
    /// It passes on to the rows that refer to the written ones.
    Cascade(RelationId),
    /// It fills columns of this table from their defaults.
    Defaults(TableId),
    /// This many steps that are not told.
    More(usize),
}

impl Link {
    /// In words.
    pub fn describe(&self, graph: &Graph<'_>) -> String {
        let name = |table: TableId| &graph.table(table).name;
        match self {
            Self::Routine(name) => format!("routine {name}"),
            Self::Write { name, verb, .. } => format!("{} on {name}", verb.as_str()),
            Self::Trigger { table, name: trigger } => format!("trigger {trigger} of {}", name(*table)),
            Self::Cascade(relation) => format!("relation {}", graph.describe(*relation)),
            Self::Defaults(table) => format!("defaults of {}", name(*table)),
            Self::More(1) => "(1 more step)".to_owned(),
            Self::More(number) => format!("({number} more steps)"),
        }
    }
}

/// A table that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The table, where it is one that was read.
    pub table: Option<TableId>,
    /// Its name; as the body has it where it was not read.
    pub name: TableName,
    /// How.
    pub verb: Verb,
    /// The last step to it.
    step: usize,
}

/// The tables that a trigger writes in the end. Each with each verb is there once, the nearest first, with a shortest way
/// to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reaches {
    written: Vec<Written>,
    /// Steps with the step that each follows from: chains that have their beginning in common share it.
    steps: Vec<(Option<usize>, Link)>,
    /// So many were found that there may be more.
    pub(super) has_more: bool,
}

/// Steps at either end of a long way that are told.
pub(super) const TOLD: usize = 6;

/// Of so many tables at most is told how a trigger comes to write them, where all triggers are followed at once.
pub(super) const MOST: usize = 64;

impl Reaches {
    /// The tables.
    pub fn written(&self) -> &[Written] {
        &self.written
    }

    /// These are only the nearest: there may be more.
    pub fn has_more(&self) -> bool {
        self.has_more
    }

    /// How the trigger comes to write it, ending with the writing statement or the relation that passed it on. Of a long
    /// way the middle is only counted.
    pub fn chain(&self, written: &Written) -> Vec<Link> {
        let mut places = vec![];
        let mut next = Some(written.step);
        while let Some((before, _)) = next.and_then(|at| self.steps.get(at)) {
            places.extend(next);
            next = *before;
        }
        places.reverse();
        let told = |places: &[usize]| -> Vec<Link> { places.iter().map(|&at| self.steps[at].1.clone()).collect() };
        if places.len() <= 2 * TOLD + 1 {
            return told(&places);
        }
        let (first, rest) = places.split_at(TOLD);
        let (middle, last) = rest.split_at(rest.len() - TOLD);
        let mut chain = told(first);
        chain.push(Link::More(middle.len()));
        chain.extend(told(last));
        chain
    }

    /// What comes before the write in words, `INSERT on audit → trigger count_it of audit`; `None` where the trigger does
    /// it by itself.
    pub fn way(&self, graph: &Graph<'_>, written: &Written) -> Option<String> {
        let mut chain = self.chain(written);
        chain.pop();
        let chain: Vec<_> = chain.iter().map(|link| link.describe(graph)).collect();
        (!chain.is_empty()).then(|| chain.join(" → "))
    }

    /// Adds a step, and gives its place.
    pub(super) fn step(&mut self, from: Option<usize>, link: Link) -> usize {
        self.steps.push((from, link));
        self.steps.len() - 1
    }

    /// Adds a table. The caller sees to it that each with each verb comes once.
    pub(super) fn write(&mut self, table: Option<TableId>, name: TableName, verb: Verb, step: usize) {
        self.written.push(Written {
            table,
            name,
            verb,
            step,
        });
    }
}
