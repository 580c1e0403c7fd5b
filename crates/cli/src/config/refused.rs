//! Guesses that the configuration refuses: entries of `ignore_relations` that name no relation, but columns that look
//! like one.

use std::collections::{BTreeMap, BTreeSet};

use exodus_classify::{find_table, infer};
use exodus_schema::{Graph, TableId};

use super::{Config, file};

/// What is refused.
#[derive(Debug, Default)]
pub(super) struct Refused {
    /// The entries, by their place in the file.
    pub(super) entries: BTreeSet<usize>,
    /// Table and columns, sorted, with the reason.
    pub(super) guesses: BTreeMap<(TableId, Vec<String>), String>,
}

impl Config {
    /// The entries that can only mean a guess, given the relations of the database and those that are declared.
    pub(super) fn refused(&self, graph: &Graph<'_>) -> Refused {
        let mut refused = Refused::default();
        let named = self.file.ignore_relations.iter().enumerate();
        let named = named.filter_map(|(at, ignore)| Some((at, ignore, columns_of(graph, ignore)?)));
        // No relation has these columns: whether they look like one is only worth asking then.
        let unknown: Vec<_> = named.filter(|(_, _, key)| !is_relation(graph, key)).collect();
        if unknown.is_empty() {
            return refused;
        }
        let guesses = infer::infer(graph).into_iter().filter_map(|guess| {
            let mut columns = guess.columns;
            columns.sort_unstable();
            Some((graph.find(&guess.child)?, columns))
        });
        let guesses: BTreeSet<_> = guesses.collect();
        for (at, ignore, key) in unknown {
            if guesses.contains(&key) {
                refused.entries.insert(at);
                refused.guesses.insert(key, ignore.reason.as_ref().clone());
            }
        }
        refused
    }
}

/// The table and its columns that an entry names, sorted; `None` where it isn't written like that, which is told later.
fn columns_of(graph: &Graph<'_>, ignore: &file::Ignore) -> Option<(TableId, Vec<String>)> {
    let text = ignore.relation.as_ref()?.as_ref().trim();
    let (table, columns) = text.strip_suffix(')')?.rsplit_once('(')?;
    let table = find_table(graph, table.trim()).ok()?;
    let mut columns: Vec<_> = columns.split(',').map(|column| column.trim().to_owned()).collect();
    columns.sort_unstable();
    Some((table, columns))
}

fn is_relation(graph: &Graph<'_>, (table, wanted): &(TableId, Vec<String>)) -> bool {
    graph.table(*table).relations.iter().any(|relation| {
        let mut columns: Vec<_> = relation.child_columns().collect();
        columns.sort_unstable();
        columns == *wanted
    })
}
