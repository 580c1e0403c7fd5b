//! Triggers, and the routines they may call.

use serde::{Deserialize, Serialize};

use crate::name::TableName;

/// When a trigger runs relative to the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Timing {
    /// Before.
    Before,
    /// After.
    After,
    /// In its place.
    InsteadOf,
}

/// What fires a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// INSERT.
    Insert,
    /// UPDATE.
    Update,
    /// DELETE.
    Delete,
    /// TRUNCATE.
    Truncate,
}

/// Whether a trigger fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Enabled {
    /// In ordinary sessions only (the usual state).
    #[default]
    Origin,
    /// In every session, replicating ones included (PostgreSQL ENABLE ALWAYS).
    Always,
    /// Only while `session_replication_role` is `replica`.
    Replica,
    /// Never.
    Disabled,
}

/// A trigger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// When it runs.
    pub timing: Timing,
    /// What fires it, sorted.
    pub events: Vec<Event>,
    /// Once per row (true) or per statement.
    pub per_row: bool,
    /// Whether it fires.
    #[serde(default)]
    pub enabled: Enabled,
    /// Name of the function it calls (PostgreSQL).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Language of the body where it isn't the engine's SQL (`plpgsql`, `c`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// The condition under which it fires at all (WHEN), as the catalogue prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Source text of what it does.
    pub body: String,
}

/// A function or procedure that users made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routine {
    /// Its name. Several may share one where the engine tells them apart by their arguments.
    pub name: TableName,
    /// Language of the body where it isn't the engine's SQL (`plpgsql`, `c`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Source text of what it does; empty where the role may not read it.
    pub body: String,
}
