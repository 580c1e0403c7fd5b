//! What the scenario tests stand on: databases of their own on every engine, the real binary, a dump of everything in a
//! database, random schemas with random rows, and an oracle that says who owns which row.
//!
//! Nothing here uses exodus's own connections, trees or selectors: what is tested can't be its own witness.

pub mod binary;
pub mod database;
pub mod draw;
pub mod dump;
pub mod load;
pub mod oracle;
pub mod scenario;
pub mod shapes;
pub mod sql;
pub mod world;
