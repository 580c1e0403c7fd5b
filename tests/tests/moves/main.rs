//! Moves by the real binary: what must come of them, and what must come of everything that can go wrong with them.
//!
//! One program, because each one more has to be linked with three drivers.

mod altered;
mod declared;
mod failures;
mod hazards;
mod kills;
mod memory;
mod ownership;
mod permissions;
mod planted;
mod preflight;
mod selectors;
mod tls;
