//! Schemas for tests.

use std::collections::BTreeMap;

use exodus_classify::report::Report;
use exodus_classify::{classify, find_table};
use exodus_schema::{Cuts, Engine, Graph, Schema, ddl};

use crate::{About, Content};

/// What it comes from is always the same.
pub(crate) fn with_schema<T>(schema: &Schema, root: &str, look: impl FnOnce(&Content<'_>) -> T) -> T {
    let graph = Graph::new(schema);
    let root = find_table(&graph, root).expect("the root table");
    let classes = classify(&graph, root, &Cuts::default(), &BTreeMap::new()).expect("it can be classified");
    let report = Report::new(&graph, &classes);
    let about = About {
        source: "postgres://shop@db.example.com/shop".to_owned(),
        date: "2026-11-23".to_owned(),
        fingerprint: "5b3f0c9a7d21e8460f1c2b3a49586d7e".to_owned(),
        version: "0.1.0".to_owned(),
    };
    look(&Content::new(&report, about))
}

/// A schema from its statements.
pub(crate) fn with<T>(sql: &str, root: &str, look: impl FnOnce(&Content<'_>) -> T) -> T {
    with_schema(&ddl::read(sql, Some(Engine::Postgres)).expect("a schema"), root, look)
}

/// The schema of the demo.
pub(crate) fn with_car_rental<T>(look: impl FnOnce(&Content<'_>) -> T) -> T {
    with(
        include_str!("../../../schemas/car-rental/postgres.sql"),
        "clients",
        look,
    )
}
