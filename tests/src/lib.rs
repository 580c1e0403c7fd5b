//! What the scenario tests stand on: databases of their own on every engine, the real binary, a dump of everything in a
//! database, random schemas with random rows, and an oracle that says who owns which row.
//!
//! Nothing here uses exodus's own connections, trees or selectors: what is tested can't be its own witness.

pub mod beside;
pub mod binary;
pub mod database;
pub mod dice;
pub mod draw;
pub mod dump;
pub mod least;
pub mod load;
pub mod oracle;
pub mod private;
pub mod proxy;
pub mod scenario;
pub mod secrets;
mod session;
pub mod shapes;
pub mod sql;
pub mod tls;
pub mod world;
