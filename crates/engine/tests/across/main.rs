//! Moves between products, through the real servers that EXODUS_TEST_POSTGRES, EXODUS_TEST_MARIADB and EXODUS_TEST_MYSQL
//! name, and SQLite files: all twelve directions.

mod charsets;
mod drawn;
mod lists;
#[path = "../../../../tests/tests/fidelity/mysql_types.rs"]
mod mysql_types;
mod oracle;
mod places;
#[path = "../../../../tests/tests/fidelity/postgres_types.rs"]
mod postgres_types;
mod values;
