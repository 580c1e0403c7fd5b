//! `move --create-tables`: the missing tables are made as they are on the source.
//!
//! The oracle is the product itself: what its own dump tool, or its catalogue, says of both databases has to be the same.

mod across;
#[path = "../fidelity/case.rs"]
#[expect(dead_code, reason = "shared with the tests of values")]
mod case;
mod exact;
#[path = "../introspection/live.rs"]
#[expect(dead_code, reason = "shared with the tests of introspection")]
mod live;
mod made;
mod moves;
#[path = "../fidelity/mysql.rs"]
mod mysql;
#[path = "../fidelity/mysql_types.rs"]
mod mysql_types;
#[path = "../fidelity/postgres.rs"]
#[expect(dead_code, reason = "shared with the tests of values")]
mod postgres;
#[path = "../fidelity/postgres_types.rs"]
mod postgres_types;
#[path = "../fidelity/sqlite.rs"]
mod sqlite;
