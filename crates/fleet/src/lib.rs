//! The fleet: which client is on which shard, and the moves between them.

mod abort;
mod error;
mod store;

pub use abort::{abort, keep, restart};
pub use error::StoreError;
pub use store::{
    BriefJournal, Client, ClientFilter, Enrolled, Keeping, Move, MoveEvent, MoveFilter, MoveJournal, State, Store,
    TERM, Take, Worker, frozen_seconds, replay,
};
