//! Moves between databases of different products.

mod schemas;
mod small;
