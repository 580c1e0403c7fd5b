//! What every table is (client, context or neutral, with the evidence), and what in the schema and its triggers would
//! lose, double or cross clients' rows.
//!
//! This crate opens no connection and names no driver: it works on a [`Schema`](exodus_schema::Schema) alone.
//!
//! - [`classify`] gives a [`Classification`]: classes, tree, hazards and what the triggers do;
//! - [`rules`] is the list of checks, one file each, whose documentation is the manual;
//! - [`owner`] proves which ways to an owner always lead to the same one;
//! - [`question`] is what rules can ask of the data, and what the answers look like;
//! - [`trigger`] reads trigger bodies;
//! - [`infer`] guesses relations that have no foreign key;
//! - [`candidates`] ranks the tables that could be the root;
//! - [`explain`] tells why a table has its class, and a rule's page;
//! - [`whatif`] tells what a change of the configuration would do;
//! - [`drift`] tells what came, went or changed since an earlier report;
//! - [`find_table`] finds a table by what a person typed;
//! - [`Findings`] are the hazards as they are shown: filtered, with what was accepted;
//! - [`report`] writes it all, for people and for programs.

mod accept;
pub mod candidates;
mod class;
mod classify;
pub mod drift;
pub mod explain;
mod filter;
mod findings;
mod fingerprint;
mod fix;
mod hazard;
pub mod infer;
mod lookup;
pub mod owner;
pub mod question;
pub mod report;
pub mod rules;
pub mod trigger;
pub mod whatif;

#[cfg(test)]
mod fixture;

pub use accept::{Accept, Place, Scope, Stale};
pub use class::{Class, Classification, ClassifyError, Evidence, Override, TableClass};
pub use classify::classify;
pub use filter::{Filter, FilterError, near_rules};
pub use findings::{Finding, Findings};
pub use hazard::{Hazard, Part, Proof, Severity, Verdict};
pub use lookup::{NoSuchTable, find_table, near};
pub use rules::greatest_key;
pub use trigger::{Effect, TriggerFact, Write};
