//! A finding of a rule.

use std::collections::BTreeSet;
use std::fmt;

use exodus_schema::{Graph, RelationId, TableId};
use serde::{Deserialize, Serialize};

use crate::question::Told;

/// How bad a hazard is. Worse ones are smaller, so that they sort first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A move would lose, double or cross rows, or fail.
    Error,
    /// It needs somebody's decision.
    Warning,
    /// Worth knowing; nothing has to be done.
    Note,
}

impl Severity {
    /// All of them, worst first.
    pub const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Note];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// Whether it is as bad as `other`, or worse.
    pub fn at_least(self, other: Self) -> bool {
        self <= other
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the data say about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// There are such rows.
    Proven,
    /// There are none.
    Refuted,
}

/// What was counted for a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    /// What follows.
    pub verdict: Verdict,
    /// What was counted, by name (`orphans`, `rows`), in the order to show it.
    pub counts: Vec<(&'static str, u64)>,
    /// Keys of some of the rows, for people who asked to see keys; never anything else of a row.
    pub keys: Vec<String>,
    /// For each of these rows the keys of the clients that own it, as far as that is known; empty where it isn't.
    pub owners: Vec<Vec<String>>,
    /// Only a part of the rows was looked at: the counts are of that part, and `Refuted` is only likely.
    pub sampled: bool,
}

impl Proof {
    /// The keys of rows, each with those of its owners where they are known: `17 (clients 3; 8)`.
    pub fn shown_keys(&self) -> Vec<String> {
        let none = vec![];
        let owners = self.owners.iter().chain(std::iter::repeat(&none));
        let shown = self.keys.iter().zip(owners).map(|(key, owners)| match &owners[..] {
            [] => key.clone(),
            [one] => format!("{key} (client {one})"),
            many => format!("{key} (clients {})", many.join("; ")),
        });
        shown.collect()
    }
}

/// What tells findings of one rule about the same table or columns from each other. It hangs on what the schema calls
/// things, never on an order, so that the object of a finding stays the same whatever else is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A trigger of the table.
    Trigger(String),
    /// A key or index of the table.
    Key(String),
    /// One column of a relation.
    Column(String),
    /// One of several things that a rule looks at.
    Aspect(&'static str),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trigger(name) => write!(f, "trigger {name}"),
            Self::Key(name) => write!(f, "key {name}"),
            Self::Column(name) => write!(f, "column {name}"),
            Self::Aspect(word) => f.write_str(word),
        }
    }
}

/// One finding of one rule.
///
/// Findings order by severity, table and rule, then by relation, columns and message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hazard {
    /// How bad it is.
    pub severity: Severity,
    /// The table it is about.
    pub table: TableId,
    /// The rule's id.
    pub rule: &'static str,
    /// The relation it is about, if it is about one.
    pub relation: Option<RelationId>,
    /// The columns it is about, where they are no relation's.
    pub columns: Vec<String>,
    /// Which part of that it is about, where the rule can find several things there.
    pub part: Option<Part>,
    /// What was found, in a sentence or two.
    pub message: String,
    /// What can be done.
    pub fix: String,
    /// Statements that do it, for the engine of the schema, each complete with its semicolon; empty where it takes a decision or code.
    pub sql: Vec<String>,
    /// Entries of the configuration that do it instead, with their line breaks, where the rule can write them.
    pub config: Option<String>,
    /// What this finding has in common with others of the rule, in words that can head a list of tables (`client_id and
    /// category_id → categories`): findings of one rule and group are one matter, that a report for people may fold. `None`
    /// where it stands alone.
    pub group: Option<String>,
    /// What the data say, if they were asked.
    pub proof: Option<Proof>,
}

impl Hazard {
    /// A finding about a table. `message` and `fix` are sentences that end with a full stop.
    pub fn new(
        rule: &'static str,
        severity: Severity,
        table: TableId,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            table,
            rule,
            relation: None,
            columns: vec![],
            part: None,
            message: message.into(),
            fix: fix.into(),
            sql: vec![],
            config: None,
            group: None,
            proof: None,
        }
    }

    /// About this relation of the table.
    #[must_use]
    pub fn at(mut self, relation: RelationId) -> Self {
        self.relation = Some(relation);
        self
    }

    /// About these columns of the table.
    #[must_use]
    pub fn on<S: Into<String>>(mut self, columns: impl IntoIterator<Item = S>) -> Self {
        self.columns = columns.into_iter().map(Into::into).collect();
        self
    }

    /// About this part of them.
    #[must_use]
    pub fn part(self, part: Part) -> Self {
        self.of(Some(part))
    }

    /// About this part of them, if there are several.
    #[must_use]
    pub fn of(mut self, part: Option<Part>) -> Self {
        self.part = part;
        self
    }

    /// With a statement that mends it.
    #[must_use]
    pub fn with_sql(mut self, statement: impl Into<String>) -> Self {
        self.sql.push(statement.into());
        self
    }

    /// With the entries of the configuration that settle it.
    #[must_use]
    pub fn with_config(mut self, entries: impl Into<String>) -> Self {
        self.config = Some(entries.into()).filter(|entries| !entries.is_empty());
        self
    }

    /// One of a group.
    #[must_use]
    pub fn in_group(mut self, group: Option<String>) -> Self {
        self.group = group;
        self
    }

    /// The data show such rows: at least as bad as `severity`. `words` is a sentence to add to the message.
    #[must_use]
    pub fn proven(mut self, severity: Severity, words: &str, counts: Vec<(&'static str, u64)>) -> Self {
        self.severity = self.severity.min(severity);
        self.conclude(Verdict::Proven, words, counts)
    }

    /// The data show no such row: it becomes a note. `words` is a sentence to add to the message.
    #[must_use]
    pub fn refuted(mut self, words: &str, counts: Vec<(&'static str, u64)>) -> Self {
        self.severity = Severity::Note;
        self.conclude(Verdict::Refuted, words, counts)
    }

    /// There is no row yet that could prove or refute it: it stays as bad as it is.
    #[must_use]
    pub fn without_rows(mut self) -> Self {
        self.message.push_str(" The table has no rows yet.");
        self
    }

    /// Takes over what the answer says besides its numbers: keys, and whether only a part was looked at.
    #[must_use]
    pub fn according_to(mut self, told: &Told) -> Self {
        if let Some(proof) = &mut self.proof {
            proof.keys.clone_from(&told.keys);
            proof.owners.clone_from(&told.owners);
            proof.sampled = told.sampled;
        }
        self
    }

    fn conclude(mut self, verdict: Verdict, words: &str, counts: Vec<(&'static str, u64)>) -> Self {
        self.message = format!("{} {words}", self.message);
        self.proof = Some(Proof {
            verdict,
            counts,
            keys: vec![],
            owners: vec![],
            sampled: false,
        });
        self
    }

    /// What it is about, as people write it in the configuration: `table`, `table(column, column)`, behind it the parent
    /// where the table has several relations with these columns, and in brackets the [part](Self::part). It is the same
    /// however often the schema is read and whatever else is found, so that findings can be accepted and compared by
    /// rule and object; and no two findings of a rule have the same.
    pub fn object(&self, graph: &Graph<'_>) -> String {
        let twins = self.relation.map_or(Twins::default(), |id| Twins::of(graph, id));
        let full = twins.columns || self.relation.is_some_and(|id| id.child != self.table);
        let constraint = self.relation.filter(|_| twins.all);
        self.spelled(graph, full, constraint, self.part.as_ref())
    }

    /// Other ways to write the [object](Self::object), shorter and longer: as it was or will be where the table had or
    /// gets a second relation with these columns, and as somebody writes it who knows of one finding only.
    pub(crate) fn aliases(&self, graph: &Graph<'_>) -> BTreeSet<String> {
        let wholes: &[bool] = if self.relation.is_some() {
            &[true, false]
        } else {
            &[false]
        };
        let parts = [None, self.part.as_ref()];
        let constraints = [None, self.relation];
        let spellings = wholes.iter().flat_map(|&full| {
            let of = move |part| constraints.map(|constraint| self.spelled(graph, full, constraint, part));
            parts.into_iter().flat_map(of)
        });
        let mut aliases: BTreeSet<_> = spellings.collect();
        aliases.remove(&self.object(graph));
        aliases
    }

    fn spelled(&self, graph: &Graph<'_>, full: bool, constraint: Option<RelationId>, part: Option<&Part>) -> String {
        let name = &graph.table(self.table).name;
        let columns: Vec<&str> = match self.relation {
            Some(relation) => graph.relation(relation).child_columns().collect(),
            None => self.columns.iter().map(String::as_str).collect(),
        };
        let base = match self.relation {
            Some(relation) if full => graph.describe(relation),
            _ if columns.is_empty() => name.to_string(),
            _ => format!("{name}({})", columns.join(", ")),
        };
        let constraint = constraint.map(|id| format!("constraint {}", graph.relation(id).name));
        let brackets: Vec<_> = constraint.into_iter().chain(part.map(Part::to_string)).collect();
        if brackets.is_empty() {
            base
        } else {
            format!("{base} [{}]", brackets.join(", "))
        }
    }
}

/// What other relations of its table have in common with a relation.
#[derive(Clone, Copy, Default)]
struct Twins {
    /// One has the same columns.
    columns: bool,
    /// One has everything the same that is shown of it.
    all: bool,
}

impl Twins {
    fn of(graph: &Graph<'_>, id: RelationId) -> Self {
        let own: Vec<&str> = graph.relation(id).child_columns().collect();
        let relations = 0..graph.table(id.child).relations.len();
        let others = relations.map(|at| RelationId { child: id.child, at });
        let same: Vec<_> = others
            .filter(|other| *other != id && graph.relation(*other).child_columns().eq(own.iter().copied()))
            .collect();
        Self {
            columns: !same.is_empty(),
            all: same.iter().any(|other| graph.describe(*other) == graph.describe(id)),
        }
    }
}
