//! Where findings stand in files: for code scanning and annotations, never for fingerprints.

use std::collections::BTreeMap;

use exodus_schema::{RelationId, TableId};

use crate::accept::Place;
use crate::hazard::{Hazard, Part};

/// Where tables, relations and triggers are made, as far as it is known: in a file of SQL, or in the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// Where the table is made.
    pub tables: BTreeMap<TableId, Place>,
    /// Where the foreign key is made, or the relation declared.
    pub relations: BTreeMap<RelationId, Place>,
    /// Where the trigger is made.
    pub triggers: BTreeMap<(TableId, String), Place>,
}

impl Places {
    /// The nearest place of what the finding is about.
    pub fn of(&self, hazard: &Hazard) -> Option<&Place> {
        let trigger = match &hazard.part {
            Some(Part::Trigger(name)) => self.triggers.get(&(hazard.table, name.clone())),
            _ => None,
        };
        let relation = || hazard.relation.and_then(|relation| self.relations.get(&relation));
        trigger.or_else(relation).or_else(|| self.tables.get(&hazard.table))
    }
}
