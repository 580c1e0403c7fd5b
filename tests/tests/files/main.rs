//! Clients in files: out of every product and into every product, by exodus and by the products' own clients.

mod broken;
mod context;
mod loops;
mod masks;
mod pairs;
mod parquet;
mod support;
mod triggers;
