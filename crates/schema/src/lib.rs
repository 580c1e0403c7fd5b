//! The model of a database schema, its foreign-key graph, and the tree of tables that a client's rows live in.
//!
//! This crate opens no connection and names no driver: introspection asks a [`Catalogue`] for rows of text.

mod catalogue;
pub mod model;
mod name;

pub use catalogue::{Catalogue, TextRow};
pub use model::{Column, Engine, Key, Kind, Relation, Schema, Table, Trigger};
pub use name::{ParseNameError, TableName};
