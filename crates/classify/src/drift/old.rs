//! An earlier report, read from its JSON.

use std::collections::BTreeMap;

use exodus_schema::Graph;
use serde::Deserialize;
use serde_json::Value;

use super::{OldHazard, OldRelation, OldTable};
use crate::class::Class;
use crate::findings::Finding;
use crate::hazard::Severity;
use crate::report::json::{self, VERSION};
use crate::report::{Names, Report};

/// An earlier report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Old {
    root: String,
    engine: String,
    pub(super) tables: BTreeMap<String, OldTable>,
    /// By child and words: relations of one child stay together.
    pub(super) relations: BTreeMap<(String, String), OldRelation>,
    pub(super) hazards: BTreeMap<String, OldHazard>,
}

/// A file is no report that could be compared with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OldError {
    /// It is no JSON, or JSON of something else.
    #[error("this is no report of exodus: {0}")]
    Shape(String),
    /// A later exodus wrote it, or one that is too old.
    #[error("a report of version {0}; this exodus reads version {VERSION}")]
    Version(u64),
    /// Nothing was classified.
    #[error("it is of a run without a root table, in which nothing was classified")]
    NoRoot,
    /// It lists no relations.
    #[error("it lists no relations: an older exodus wrote it")]
    NoRelations,
    /// Tables or hazards were left out of it.
    #[error("it is only a part of a report: {0}")]
    Part(&'static str),
    /// It is about other clients.
    #[error("its root table is {old}, and here it is {now}")]
    Root {
        /// The root table then.
        old: String,
        /// The root table now.
        now: String,
    },
    /// It is about another product.
    #[error("it is of a schema of {old}, and this one is of {now}")]
    Engine {
        /// The product then.
        old: String,
        /// The product now.
        now: String,
    },
}

impl OldError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Root { .. } => "compare with a report of the same root table; `--root` says which it is here",
            Self::Engine { .. } => {
                "compare with a report of the same product: names and types are not the same elsewhere"
            }
            Self::Version(_) => "write a new one to compare with, with the exodus that compares",
            _ => "write one with `exodus classify --format json`, without `--only`, `--skip` or `--table`",
        }
    }
}

#[derive(Deserialize)]
struct Read {
    root: Option<String>,
    engine: String,
    #[serde(default)]
    tables: Vec<ReadTable>,
    relations: Option<Vec<ReadRelation>>,
    #[serde(default)]
    hazards: Vec<ReadHazard>,
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    client: usize,
    context: usize,
    neutral: usize,
    filtered_out: usize,
}

#[derive(Deserialize)]
struct ReadTable {
    table: String,
    class: Class,
    complete: Option<bool>,
}

#[derive(Deserialize)]
struct ReadRelation {
    child: String,
    columns: Vec<String>,
    parent: String,
    parent_columns: Vec<String>,
    when: Value,
    nullable: bool,
    origin: String,
    ignored: bool,
}

#[derive(Deserialize)]
struct ReadHazard {
    rule: String,
    severity: Severity,
    table: String,
    object: String,
    message: String,
    fingerprint: String,
    accepted: Option<Value>,
}

impl Old {
    /// Reads what [`report`](json::report) wrote.
    pub fn read(text: &str) -> Result<Self, OldError> {
        let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| OldError::Shape(format!("it is not JSON ({error})")))?;
        let has = |key| value.get(key).is_some();
        if has("tables") && has("server_version") {
            return Err(OldError::Shape(
                "it is a schema, as `exodus schema` writes it".to_owned(),
            ));
        }
        if has("what_if") || has("error") || !has("hazards") || !has("root") {
            return Err(OldError::Shape("it has no root table and no hazards".to_owned()));
        }
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(OldError::Version(version)),
            None => return Err(OldError::Shape("it has no version".to_owned())),
        }
        let read: Read = serde_json::from_value(value).map_err(|error| OldError::Shape(error.to_string()))?;
        read.whole()
    }

    /// Whether the report is about the same clients in a database of the same product.
    pub(super) fn is_about(&self, now: &Report<'_>) -> Result<(), OldError> {
        let root = now.graph.table(now.classes.root).name.to_string();
        let engine = engine(now.graph);
        if engine != self.engine {
            let old = self.engine.clone();
            return Err(OldError::Engine { old, now: engine });
        }
        if root != self.root {
            let old = self.root.clone();
            return Err(OldError::Root { old, now: root });
        }
        Ok(())
    }
}

/// The product's name, as JSON has it.
fn engine(graph: &Graph<'_>) -> String {
    serde_json::to_value(graph.schema().engine)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

impl Read {
    fn whole(self) -> Result<Old, OldError> {
        let root = self.root.ok_or(OldError::NoRoot)?;
        let summary = self
            .summary
            .ok_or_else(|| OldError::Shape("it has no summary".to_owned()))?;
        if summary.client + summary.context + summary.neutral != self.tables.len() {
            return Err(OldError::Part("not all tables are in it (an audit lists none)"));
        }
        if summary.filtered_out > 0 {
            return Err(OldError::Part("hazards were left out of it"));
        }
        let relations = self.relations.ok_or(OldError::NoRelations)?;
        let table = |read: ReadTable| {
            let ReadTable { table, class, complete } = read;
            (table, OldTable { class, complete })
        };
        Ok(Old {
            root,
            engine: self.engine,
            tables: self.tables.into_iter().map(table).collect(),
            relations: relations.into_iter().map(ReadRelation::entry).collect(),
            hazards: self.hazards.into_iter().map(ReadHazard::entry).collect(),
        })
    }
}

impl ReadRelation {
    fn entry(self) -> ((String, String), OldRelation) {
        let words = format!(
            "{}({}) → {}({}){}",
            self.child,
            self.columns.join(", "),
            self.parent,
            self.parent_columns.join(", "),
            condition(&self.when)
        );
        let state = OldRelation {
            nullable: self.nullable,
            origin: self.origin,
            ignored: self.ignored,
        };
        ((self.child, words), state)
    }
}

/// The discriminators in words, the same for equal ones.
fn condition(when: &Value) -> String {
    let parts = when.as_array().into_iter().flatten().map(|part| {
        let column = part.get("column").and_then(Value::as_str).unwrap_or_default();
        let values = part.get("values").and_then(Value::as_array).into_iter().flatten();
        let values: Vec<_> = values
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        format!("{column} = {}", values.join(", "))
    });
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" when {}", parts.join(" and "))
    }
}

impl ReadHazard {
    fn entry(self) -> (String, OldHazard) {
        let hazard = OldHazard {
            rule: self.rule,
            severity: self.severity,
            table: self.table,
            object: self.object,
            message: self.message,
            accepted: self.accepted.is_some_and(|accepted| !accepted.is_null()),
        };
        (self.fingerprint, hazard)
    }
}

impl OldHazard {
    pub(super) fn of(graph: &Graph<'_>, finding: &Finding<'_>) -> Self {
        let hazard = finding.hazard;
        Self {
            rule: hazard.rule.to_owned(),
            severity: hazard.severity,
            table: graph.table(hazard.table).name.to_string(),
            object: finding.object.clone(),
            message: hazard.message.clone(),
            accepted: finding.accepted.is_some(),
        }
    }
}

/// The relations of this report, in the shape of an earlier one: what is compared is what is written.
pub(super) fn relations_of(now: &Report<'_>, names: &Names<'_>) -> BTreeMap<(String, String), OldRelation> {
    let edges = now.graph.edges().iter();
    let read = edges.map(|edge| json::listed(names, now.classes, edge.id));
    read.filter_map(|value| serde_json::from_value::<ReadRelation>(value).ok())
        .map(ReadRelation::entry)
        .collect()
}
