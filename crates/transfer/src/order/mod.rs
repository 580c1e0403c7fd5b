//! The order in which rows that must have each other can be written one after the other, or removed.
//!
//! Only keys and the columns of the loop are read. What a row waits for is compared as the database compares it; what is
//! not among the client's rows is waited for by nobody.

mod levels;
mod read;

use exodus_engine::Dialect;
use exodus_engine::{Select, Session};
use exodus_schema::TableId;

use crate::error::Result;
use crate::loops::Constraint;
use crate::shape::Rows;
use levels::{Levels, Place};

pub(crate) use levels::Direction;

/// What an order keeps in memory of its rows; the rest is in a temporary file.
const KIBIBYTES: u32 = 16 * 1024;
/// Rows written or removed by one statement.
const BATCH: usize = 1_000;
/// Bytes of keys in one statement: servers limit its length.
const BATCH_BYTES: usize = 256 * 1024;

/// The rows of some tables, level by level: a row references rows of lower levels, itself, and rows that are not among
/// them.
#[derive(Debug)]
pub(crate) struct Order {
    tables: Vec<TableId>,
    /// The names of the columns that identify a row, as SQL, by table.
    identities: Vec<String>,
    dialect: Dialect,
    levels: Levels,
    place: Option<Place>,
}

/// Some rows that can be written or removed together.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Their table.
    pub(crate) table: TableId,
    /// The condition that selects them, under the alias `t`.
    pub(crate) condition: String,
    /// How many they are.
    pub(crate) rows: u64,
}

impl Order {
    /// Reads the client's rows of these tables and sorts them by these constraints.
    pub(crate) async fn of(
        connection: &mut Session,
        rows: &Rows<'_>,
        tables: &[TableId],
        constraints: &[&Constraint<'_>],
    ) -> Result<Self> {
        let mut levels = Levels::new(KIBIBYTES)?;
        let identities = read::all(connection, rows, tables, constraints, &mut levels).await?;
        levels.sort().await?;
        Ok(Self {
            tables: tables.to_vec(),
            identities,
            dialect: rows.dialect,
            levels,
            place: None,
        })
    }

    /// The tables.
    pub(crate) fn tables(&self) -> &[TableId] {
        &self.tables
    }

    /// How many levels there are.
    pub(crate) fn levels(&self) -> u64 {
        self.levels.levels()
    }

    /// Rows that can't be sorted, because they reference each other in a circle or hang below such rows, with the places
    /// of the constraints by which they do.
    pub(crate) fn stuck(&self) -> Result<Option<(u64, Vec<usize>)>> {
        match self.levels.stuck() {
            0 => Ok(None),
            rows => Ok(Some((rows, self.levels.stuck_by()?))),
        }
    }

    /// Rows that reference themselves.
    pub(crate) fn own_parents(&self) -> Result<u64> {
        Ok(self.levels.own_parents()?)
    }

    /// Begins anew.
    pub(crate) fn rewind(&mut self) {
        self.place = None;
    }

    /// The next rows in this direction; `None` behind the last.
    pub(crate) fn next(&mut self, direction: Direction) -> Result<Option<Batch>> {
        let Some((place, batch)) = self.levels.batch(self.place, direction, BATCH, BATCH_BYTES)? else {
            return Ok(None);
        };
        self.place = Some(place);
        let literals: Vec<_> = batch.names.iter().map(|name| String::from_utf8_lossy(name)).collect();
        let literals: Vec<&str> = literals.iter().map(AsRef::as_ref).collect();
        Ok(Some(Batch {
            table: self.tables[batch.part],
            condition: self.dialect.row_in(&self.identities[batch.part], &literals),
            rows: literals.len() as u64,
        }))
    }
}

impl Batch {
    /// The same columns of these rows only.
    pub(crate) fn of(self, select: &Select) -> Select {
        Select {
            condition: self.condition,
            dense: false,
            ..select.clone()
        }
    }
}
