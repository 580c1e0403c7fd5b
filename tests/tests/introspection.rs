//! What is read from live databases, against what was made in them. `SKIPPED:` on stderr names the servers that were not
//! there.

#[path = "introspection/columns.rs"]
mod columns;
#[path = "introspection/consequences.rs"]
mod consequences;
#[path = "introspection/corpus.rs"]
mod corpus;
#[path = "introspection/details.rs"]
mod details;
#[path = "introspection/lessons.rs"]
mod lessons;
#[path = "introspection/live.rs"]
mod live;
#[path = "introspection/routines.rs"]
mod routines;
#[path = "introspection/scale.rs"]
mod scale;
#[path = "introspection/shuffled.rs"]
mod shuffled;
