//! From names in bodies to tables and routines.
//!
//! Which schema a name without one means depends on the session that runs the body. It is taken to mean the schema of
//! the body's own table or routine, and where that has none of the name, every one of the name.

use std::collections::BTreeMap;

use exodus_schema::model::Routine;
use exodus_schema::{Engine, Graph, TableId, TableName};

use super::code::Call;

/// The tables and routines of a schema by name.
#[derive(Debug)]
pub(super) struct Names<'a> {
    graph: &'a Graph<'a>,
    tables: BTreeMap<String, Vec<TableId>>,
    /// Places in `groups`.
    routines: BTreeMap<String, Vec<usize>>,
    groups: Vec<&'a [Routine]>,
}

/// Routines that a call may run.
pub(super) struct Called {
    /// Places of the groups.
    pub(super) groups: Vec<usize>,
    /// It may also be something else, that was not read.
    pub(super) doubtful: bool,
}

impl<'a> Names<'a> {
    pub(super) fn new(graph: &'a Graph<'a>) -> Self {
        let schema = graph.schema();
        let mut names = Self {
            graph,
            tables: BTreeMap::new(),
            routines: BTreeMap::new(),
            groups: schema.routines.chunk_by(|a, b| a.name == b.name).collect(),
        };
        for table in graph.tables() {
            let key = names.fold(&graph.table(table).name.name);
            names.tables.entry(key).or_default().push(table);
        }
        for (at, group) in names.groups.iter().enumerate() {
            let own = group.first().map_or("", |routine| &routine.name.name);
            // Routines fold case on every engine that has them but PostgreSQL, whatever tables do.
            let key = names.fold(own);
            names.routines.entry(key).or_default().push(at);
        }
        names
    }

    /// The routines of one name, which is that of the group.
    pub(super) fn group(&self, at: usize) -> &'a [Routine] {
        self.groups[at]
    }

    /// How many groups there are.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The tables that `name` may mean in a body that belongs to the schemas `homes`, the nearest first.
    pub(super) fn tables(&self, name: &TableName, homes: &[&str]) -> Vec<TableId> {
        let of = |table: &TableId| &self.graph.table(*table).name;
        let named = self.tables.get(&self.fold(&name.name)).map_or(&[][..], Vec::as_slice);
        let found = self.near(named, |table| of(table), &name.schema, homes).0;
        // Where files are tables, case counts: the very name goes before one that only looks like it.
        let exact = |table: &&TableId| of(table).name == name.name;
        if found.iter().any(|table| exact(&table)) {
            found.iter().filter(exact).copied().collect()
        } else {
            found
        }
    }

    /// The routines that the call may mean.
    pub(super) fn routines(&self, call: &Call, homes: &[&str]) -> Called {
        let name = &call.name;
        let named = self.routines.get(&self.fold(&name.name)).map_or(&[][..], Vec::as_slice);
        let of = |group: &usize| &self.groups[*group][0].name;
        let (groups, doubtful) = self.near(named, of, &name.schema, homes);
        Called { groups, doubtful }
    }

    /// Those of the `named` that are in the schema, or near. What is found by leaving the schema out is doubtful: it may
    /// be the name of the current database, or of something else, such as a package.
    fn near<T: Copy>(
        &self,
        named: &[T],
        name: impl Fn(&T) -> &'a TableName,
        schema: &str,
        homes: &[&str],
    ) -> (Vec<T>, bool) {
        let within = |schema: &str| -> Vec<T> {
            let same = |one: &&T| self.fold(&name(one).schema) == self.fold(schema);
            named.iter().filter(same).copied().collect()
        };
        if schema.is_empty() {
            let near = homes.iter().map(|home| within(home)).find(|found| !found.is_empty());
            return (near.unwrap_or_else(|| named.to_vec()), false);
        }
        let found = within(schema);
        if !found.is_empty() || self.graph.schema().engine == Engine::Postgres {
            return (found, false);
        }
        (within(""), true)
    }

    fn fold(&self, name: &str) -> String {
        match self.graph.schema().engine {
            Engine::Postgres => name.to_owned(),
            _ => name.to_lowercase(),
        }
    }
}
