//! What `exodus audit` finds out about data, on every engine.

mod answers;
mod cases;
mod command;
mod named;
mod one_client;
mod owners;
mod rows;
mod support;
