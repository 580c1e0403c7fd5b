//! The data side of the rules: answers to their [questions](exodus_classify::question), counted on one database.
//!
//! [`run`] takes connections, asks everything inside one read-only snapshot and returns an [`Outcome`]: answers, the
//! questions that could not be answered with the reason, and how long each took.
//!
//! # Who owns which row
//! Every client table is read once, parents first (tables of a loop twice), and nothing of it but the columns of its
//! relations. Each row's owners are the union of its parents' owners, looked up in memory; what later tables need of
//! a table is kept as a map from its referenced columns to a number for the set of owners. So the passes are linear in
//! the relations, on every product alike: no product works out a common table expression anew for each of its uses,
//! none has to be allowed temporary tables, and a loop costs no recursion on the server. Where the schema proves the
//! answer, and the server vouches for it, the rows are only counted.
//!
//! One client alone ([`Options::client`]) is asked about in SQL, with the conditions by which the rows are moved; what is
//! asked about its references ([`client`]) is what a move asks before it begins.

mod answer;
mod ask;
mod circle;
pub mod client;
mod collisions;
mod counter;
mod job;
mod keys;
mod layout;
mod options;
mod owners;
mod plan;
mod preflight;
mod prepare;
mod prepare_loops;
mod proof;
mod run;
mod sets;
pub mod target;
mod words;

pub use options::{End, Error, Options, Outcome, Progress, Silent, Subject, Timing, Unanswered};
pub use preflight::{Judged, Known, hazards, told};
pub use run::run;
pub use words::words;
