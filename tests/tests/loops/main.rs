//! Loops: tables that reference themselves and each other, copied and removed in both ways of integrity on every engine.

mod both_ways;
mod graphs;
mod guards;
mod many;
mod proven;
mod shape;
