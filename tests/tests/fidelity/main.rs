//! Same product on both ends: every type's every value arrives, bit for bit, whatever the sessions' defaults are.
//!
//! The lists are data: one per product, a type with its values. What is not on a list, and not on the short one of
//! exceptions, fails the tests when a server knows it.

mod across;
mod case;
mod catalogue;
mod charsets;
mod collations;
mod files;
mod mysql;
mod mysql_types;
mod postgres;
mod postgres_types;
mod refused;
mod settings;
mod sqlite;
mod values;
