//! Which rows there are, and what each references.

use std::collections::BTreeSet;

use super::{Draw, KeyType, RelationDraw, RowDraw, TableDraw, second};
use crate::oracle::Row;

/// A draw on its way to a case.
pub(super) struct Settle<'a> {
    pub(super) draw: &'a Draw,
    pub(super) tables: &'a [TableDraw],
    pub(super) rows: Vec<RowDraw>,
}

impl Settle<'_> {
    /// Every row finds its references among the rows meant for the same client, or anybody where crossing is asked
    /// for; rows that must have a reference and find none are left out.
    pub(super) fn rows(&self) -> Vec<Vec<Row>> {
        let mut alive: BTreeSet<usize> = (0..self.rows.len()).collect();
        loop {
            let dead: Vec<usize> = alive
                .iter()
                .copied()
                .filter(|&at| !self.is_possible(at, &alive))
                .collect();
            if dead.is_empty() {
                break;
            }
            for at in dead {
                alive.remove(&at);
            }
        }
        let mut out = vec![vec![]; self.tables.len()];
        let mut place = vec![0; self.rows.len()];
        let mut counts = vec![0; self.tables.len()];
        for &at in &alive {
            let table = self.rows[at].table;
            place[at] = counts[table];
            counts[table] += 1;
        }
        for &at in &alive {
            out[self.rows[at].table].push(self.row(at, &alive, &place));
        }
        out
    }

    fn is_possible(&self, at: usize, alive: &BTreeSet<usize>) -> bool {
        let row = &self.rows[at];
        let mut relations = self.tables[row.table].relations.iter().enumerate();
        relations.all(|(n, relation)| {
            let free = relation.optional || !relation.is_of(n, row);
            free || !self.candidates(row, relation, alive, false).is_empty()
        })
    }

    fn candidates(&self, row: &RowDraw, relation: &RelationDraw, alive: &BTreeSet<usize>, anybody: bool) -> Vec<usize> {
        let fits = |at: &usize| {
            let other = &self.rows[*at];
            other.table == relation.parent && (anybody || other.owner == row.owner)
        };
        alive.iter().copied().filter(fits).collect()
    }

    fn row(&self, at: usize, alive: &BTreeSet<usize>, place: &[usize]) -> Row {
        let (row, table) = (&self.rows[at], &self.tables[self.rows[at].table]);
        let mut out: Row = if table.key {
            vec![Some(self.key(place[at])), Some(second(place[at]))]
        } else {
            vec![]
        };
        for (n, (relation, &pick)) in table.relations.iter().zip(&row.picks).enumerate() {
            let is_of = relation.is_of(n, row);
            let anybody = !is_of || self.draw.crossing && pick % 8 == 7;
            let found = self.candidates(row, relation, alive, anybody);
            // A key that means something else need not be there.
            let strange = !is_of && found.is_empty();
            let none = !strange && (found.is_empty() || (relation.optional && pick % 4 == 0));
            let parent = (!found.is_empty()).then(|| place[found[usize::from(pick / 8) % found.len()]]);
            let parent = parent.or(strange.then_some(0));
            if relation.composite {
                out.push(parent.filter(|_| !none).map(second));
            }
            // A relation of two columns of which one is NULL references nothing, whatever the other says.
            let half = none && relation.composite && pick % 8 == 4;
            out.push(parent.filter(|_| !none || half).map(|at| self.key(at)));
        }
        out.push(Some(row.pad.to_string()));
        out
    }

    fn key(&self, place: usize) -> String {
        match self.draw.key_type {
            KeyType::Integer => (i64::try_from(place).unwrap_or(0) - 1).to_string(),
            KeyType::Text => format!("{place} Ü'\"\\%"),
            KeyType::Uuid => format!("6f1c7a34-11d2-4d70-9a9e-{place:012}"),
        }
    }
}
