//! Names without the database that all tables are in.

use std::collections::BTreeSet;

use super::super::state::State;
use crate::name::TableName;

/// A file about one database is read as the connection to it would be: its tables go without its name.
pub(super) fn forget_the_only_database(state: &mut State) {
    let named = state
        .tables
        .keys()
        .map(|name| name.schema.clone())
        .filter(|schema| !schema.is_empty());
    let mut databases = named.collect::<BTreeSet<String>>().into_iter();
    let (Some(only), None) = (databases.next(), databases.next()) else {
        return;
    };
    let collides = state
        .tables
        .keys()
        .any(|name| name.schema == only && state.tables.contains_key(&TableName::bare(name.name.clone())));
    if collides {
        return;
    }
    let bare = |name: &mut TableName| {
        if name.schema == only {
            name.schema.clear();
        }
    };
    let drafts = std::mem::take(&mut state.tables);
    for (mut name, mut draft) in drafts {
        bare(&mut name);
        bare(&mut draft.table.name);
        draft.foreign_keys.iter_mut().for_each(|key| bare(&mut key.parent));
        state.tables.insert(name, draft);
    }
    state
        .routines
        .iter_mut()
        .for_each(|known| bare(&mut known.routine.name));
}
