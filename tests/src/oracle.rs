//! Who owns which row, by fixpoint over all rows: slow, and independent of exodus's trees and selectors.
//!
//! A root row is owned by itself only. A row of another table is owned by every client that owns a row it references.

use std::collections::BTreeSet;

use exodus_schema::{Relation, Schema, Table, TableName};

/// A row: a text or NULL per column of the table.
pub type Row = Vec<Option<String>>;

/// The rows of every table, in the order of the schema's tables.
pub type Rows = [Vec<Row>];

/// A physical row: table and place.
type At = (usize, usize);

/// The owners of all rows; clients are the places of their root rows.
#[derive(Debug)]
pub struct Ownership<'a> {
    schema: &'a Schema,
    rows: &'a Rows,
    root: usize,
    owners: Vec<Vec<BTreeSet<usize>>>,
}

impl<'a> Ownership<'a> {
    /// Finds the owners of all rows.
    pub fn find(schema: &'a Schema, root: &TableName, rows: &'a Rows) -> Self {
        let root = place(schema, root).expect("the root table is in the schema");
        let mut owners: Vec<Vec<BTreeSet<usize>>> = rows.iter().map(|rows| vec![BTreeSet::new(); rows.len()]).collect();
        for (client, owners) in owners[root].iter_mut().enumerate() {
            owners.insert(client);
        }
        let mut ownership = Self {
            schema,
            rows,
            root,
            owners,
        };
        while ownership.spread() {}
        ownership
    }

    /// Gives every row the owners of the rows it references; whether that changed anything.
    fn spread(&mut self) -> bool {
        let mut changed = false;
        for table in (0..self.rows.len()).filter(|&table| table != self.root) {
            for row in 0..self.rows[table].len() {
                for parent in self.references((table, row)) {
                    let more = self.owners[parent.0][parent.1].clone();
                    let before = self.owners[table][row].len();
                    self.owners[table][row].extend(more);
                    changed |= self.owners[table][row].len() > before;
                }
            }
        }
        changed
    }

    /// All rows that a row references, by any relation.
    fn references(&self, (table, row): At) -> Vec<At> {
        let child = &self.schema.tables[table];
        let mut found = vec![];
        for relation in &child.relations {
            let Some(parent) = place(self.schema, &relation.parent) else {
                continue;
            };
            let rows = self.rows[parent].iter().enumerate();
            let matching = rows.filter(|(_, other)| {
                refers(
                    child,
                    &self.rows[table][row],
                    relation,
                    &self.schema.tables[parent],
                    other,
                )
            });
            found.extend(matching.map(|(at, _)| (parent, at)));
        }
        found
    }

    /// How many clients there are.
    pub fn clients(&self) -> usize {
        self.rows[self.root].len()
    }

    /// The places of the rows of a table that a client owns.
    pub fn owned(&self, client: usize, table: usize) -> Vec<usize> {
        let owners = self.owners[table].iter().enumerate();
        owners
            .filter(|(_, owners)| owners.contains(&client))
            .map(|(at, _)| at)
            .collect()
    }

    /// The places of the rows of a table that nobody owns.
    pub fn unowned(&self, table: usize) -> Vec<usize> {
        let owners = self.owners[table].iter().enumerate();
        owners
            .filter(|(_, owners)| owners.is_empty())
            .map(|(at, _)| at)
            .collect()
    }

    /// The owners of one row.
    pub fn owners(&self, table: usize, row: usize) -> &BTreeSet<usize> {
        &self.owners[table][row]
    }

    /// The places of the rows of the parent table that a row references by its table's relation of that number.
    pub fn parents(&self, table: usize, row: usize, relation: usize) -> Vec<At> {
        let child = &self.schema.tables[table];
        let relation = &child.relations[relation];
        let Some(parent) = place(self.schema, &relation.parent) else {
            return vec![];
        };
        let other = &self.schema.tables[parent];
        let rows = self.rows[parent].iter().enumerate();
        let found = rows.filter(|(_, to)| refers(child, &self.rows[table][row], relation, other, to));
        found.map(|(at, _)| (parent, at)).collect()
    }

    /// Whether no row has two owners.
    pub fn is_clear(&self) -> bool {
        self.owners.iter().flatten().all(|owners| owners.len() < 2)
    }

    /// Why a client can't be taken out without breaking a reference or taking a row from another, if that is so.
    pub fn entangled(&self, client: usize) -> Option<String> {
        let me = BTreeSet::from([client]);
        for table in 0..self.rows.len() {
            for row in 0..self.rows[table].len() {
                let mine = self.owners[table][row].contains(&client);
                let name = format!("row {row} of {}", self.schema.tables[table].name);
                if mine && self.owners[table][row] != me {
                    return Some(format!("{name} has other owners too"));
                }
                for (other, at) in self.references((table, row)) {
                    let owners = &self.owners[other][at];
                    let what = format!("row {at} of {}", self.schema.tables[other].name);
                    if mine && !owners.is_empty() && *owners != me {
                        return Some(format!("{name} references {what}, which is somebody else's"));
                    }
                    if !mine && owners.contains(&client) {
                        return Some(format!("{name} is not the client's and references {what}"));
                    }
                }
            }
        }
        None
    }
}

fn place(schema: &Schema, name: &TableName) -> Option<usize> {
    schema.tables.iter().position(|table| table.name == *name)
}

/// Whether `row` references `other` by this relation: all columns have values, and they are equal.
fn refers(child: &Table, row: &Row, relation: &Relation, parent: &Table, other: &Row) -> bool {
    let column = |table: &Table, name: &str| table.columns.iter().position(|column| column.name == *name);
    let is_of_type = relation.when.iter().all(|part| {
        let value = column(child, &part.column).and_then(|at| row[at].as_ref());
        value.is_some_and(|value| part.values.contains(value))
    });
    is_of_type
        && relation.columns.iter().all(|pair| {
            let (Some(from), Some(to)) = (column(child, &pair.child), column(parent, &pair.parent)) else {
                return false;
            };
            row[from].is_some() && row[from] == other[to]
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::{Draw, KeyType};

    /// The oracle itself, on a case that can be checked by eye: an album of client 0 in another one, one that nobody
    /// owns, one that two clients own.
    #[test]
    fn ownership_goes_down_and_never_up() {
        let case = Draw::parse(KeyType::Integer, &["", "t0?, t1?"], &[]).case();
        let row = |id: &str, client: Option<&str>, album: Option<&str>| -> Row {
            [Some(id), Some("0"), client, album, Some("0")]
                .into_iter()
                .map(|cell| cell.map(str::to_owned))
                .collect()
        };
        let root = |id: &str| -> Row { vec![Some(id.into()), Some("0".into()), Some("0".into())] };
        let rows = vec![
            vec![root("1"), root("2")],
            vec![
                row("1", Some("1"), None),
                row("2", None, Some("1")),
                row("3", None, Some("3")),
                row("4", Some("2"), Some("2")),
            ],
        ];
        let schema = case.schema(exodus_schema::Engine::Sqlite);
        let found = Ownership::find(&schema, &TableName::bare("t0"), &rows);
        assert_eq!(
            (found.owned(0, 1), found.owned(1, 1), found.unowned(1)),
            (vec![0, 1, 3], vec![3], vec![2])
        );
        assert!(!found.is_clear());
        assert!(found.entangled(0).is_some() && found.entangled(1).is_some());
    }
}
