//! Moves by the real binary: what must come of them, and what must come of everything that can go wrong with them.
//!
//! One program, because each one more has to be linked with three drivers.

mod afterwards;
mod altered;
mod broken;
mod declared;
mod drain;
mod failures;
mod fenced;
mod freeze;
mod generators;
mod hazards;
mod hostile;
mod key_lists;
mod kills;
mod lessons;
mod memory;
mod not_ours;
mod obedient;
mod overtaken;
mod owner_only;
mod ownership;
mod permissions;
mod planted;
mod preflight;
mod privileges;
mod reconciled;
mod resumed;
mod rolled_back;
mod room;
mod row_security;
mod selectors;
mod statements;
mod tls;
mod violated;
