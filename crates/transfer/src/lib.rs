//! Moving one client: the plan, the copy, the proof, and the removal of what was moved.
//!
//! [`plan::plan`] looks and writes nothing; [`Move::run`] moves; [`purge::source`] removes what was moved. All of them select rows by
//! the same selectors ([`Rows`]).

mod across;
pub mod arrival;
mod carried;
mod changed;
mod collisions;
pub mod committed;
mod compatible;
mod context;
mod copy;
pub mod create;
mod digest;
mod drain;
mod error;
pub mod explain;
pub mod failpoints;
pub mod fence;
mod generators;
mod journal;
mod key;
mod key_lists;
mod keys;
mod late;
mod loops;
mod mover;
mod order;
mod origin;
mod pairs;
pub mod plan;
pub mod policy;
mod privileges;
mod progress;
mod prove;
pub mod purge;
pub mod reconcile;
mod references;
mod room;
mod shape;
mod sorted;
pub mod streams;
mod there;
pub mod throttle;
pub mod verify;
mod waiting;

pub use context::Referenced;
pub use digest::Recorded;
pub use drain::Freezing;
pub use error::{Error, Result};
pub use journal::{Event, Journal, JournalError, Status, UnknownWord};
pub use key::{ClientKey, ParseKeyError};

pub use mover::{Failure, Left, Move};
pub use origin::{Origin, Own};
pub use plan::{ClientHazard, Integrity, Plan, Problem, Rules};
pub use policy::Policies;
pub use progress::{MovedTable, Progress, Silent, Step, Summary};
pub use shape::{Conditions, Rows, Shape, canonical_key};
pub use there::{There, name_there};
pub use throttle::{Pace, Throttle};
