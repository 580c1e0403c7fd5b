//! PostgreSQL, on a live server: what its sessions promise.

mod copying;
mod failures;
mod generators;
mod locking;
mod sessions;
mod speed;
mod support;
mod tables;
mod transport;
mod types;
