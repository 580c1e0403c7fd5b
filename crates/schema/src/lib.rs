//! The model of a database schema, its foreign-key graph, and the tree of tables that a client's rows live in.
//!
//! This crate opens no connection and names no driver: introspection asks a [`Catalogue`] for rows of text.

mod catalogue;
pub mod create;
pub mod ddl;
mod graph;
pub mod introspect;
pub mod model;
mod name;
mod order;
mod quote;
pub mod selector;
mod shown;
mod tree;

pub use catalogue::{Catalogue, TextRow};
pub use graph::{Components, Edge, Graph, RelationId, TableId};
pub use model::{Column, Engine, Key, Kind, Relation, Schema, Table, Trigger};
pub use name::{ParseNameError, TableName};
pub use quote::{quote, quote_table};
pub use selector::{Selector, Selectors};
pub use shown::{grouped, is_control_or_bidi};
pub use tree::{Cuts, Member, Reach, Tree};
