//! Rows as a graph: which row has to be there before which other, and on which level each one comes.
//!
//! All of it is in a [`Scratch`], so that its size is bounded by the disk and not by memory; what is done at once is
//! bounded too, so that whoever waits can be told to stop in between.

use exodus_engine::Result;
use exodus_engine::scratch::{Cell, Scratch, Stored};

/// Rows worked on by one statement.
const CHUNK: i64 = 10_000;

/// `known`: by which keys rows are referenced. `wants`: which keys rows reference. `edge`: of these, which are among the
/// rows. `placed`: the result, in the order of its key.
const TABLES: &str = "
    CREATE TABLE node (id INTEGER PRIMARY KEY, part INTEGER NOT NULL, waiting INTEGER NOT NULL DEFAULT 0, name BLOB NOT NULL);
    CREATE TABLE known (kind INTEGER, value, node INTEGER, PRIMARY KEY (kind, value, node)) WITHOUT ROWID;
    CREATE TABLE wants (child INTEGER, relation INTEGER, kind INTEGER, value, PRIMARY KEY (child, relation)) WITHOUT ROWID;
    CREATE TABLE edge (parent INTEGER, child INTEGER, PRIMARY KEY (parent, child)) WITHOUT ROWID;
    CREATE TABLE placed (level INTEGER, part INTEGER, node INTEGER, PRIMARY KEY (level, part, node)) WITHOUT ROWID;
";

/// The next rows of a level.
const LEVEL: &str =
    "SELECT part, node FROM placed WHERE level = ?1 AND (part, node) > (?2, ?3) ORDER BY part, node LIMIT ?4";

/// A value by which a row is referenced, equal exactly where the database takes the values for equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Whole(i64),
    Digest(u128),
}

/// The rows of some tables, which are known here by their numbers, and called parts.
#[derive(Debug)]
pub(super) struct Levels {
    scratch: Scratch,
    rows: i64,
    placed: i64,
    depth: i64,
}

/// Where a reader of the levels has come to: level, part and number of the last row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(i64, i64, i64);

/// In which direction levels are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Parents first.
    Down,
    /// Children first.
    Up,
}

/// Rows of one part and level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub(super) part: usize,
    pub(super) names: Vec<Vec<u8>>,
}

impl Levels {
    /// Of no rows yet; about so much is kept in memory.
    pub(super) fn new(kibibytes: u32) -> Result<Self> {
        let scratch = Scratch::open(kibibytes)?;
        scratch.batch(TABLES)?;
        Ok(Self {
            scratch,
            rows: 0,
            placed: 0,
            depth: 0,
        })
    }

    /// Adds a row under the name by which it will be asked for, and the keys by which others may reference it.
    pub(super) fn add(&mut self, part: usize, name: &[u8], keys: &[(usize, Option<Value>)]) -> Result<i64> {
        self.rows += 1;
        let (node, cells) = (Cell::Number(self.rows), cell(part));
        let sql = "INSERT INTO node (id, part, name) VALUES (?1, ?2, ?3)";
        self.scratch.run(sql, &[node, cells, Cell::Bytes(name)])?;
        for (kind, value) in keys {
            if let Some(value) = value {
                let sql = "INSERT OR IGNORE INTO known VALUES (?1, ?2, ?3)";
                with(*value, |value| self.scratch.run(sql, &[cell(*kind), value, node]))?;
            }
        }
        Ok(self.rows)
    }

    /// The row has this key of a parent, by a relation.
    pub(super) fn want(&mut self, row: i64, relation: usize, kind: usize, value: Value) -> Result<()> {
        let sql = "INSERT OR IGNORE INTO wants VALUES (?1, ?2, ?3, ?4)";
        with(value, |value| {
            let cells = [Cell::Number(row), cell(relation), cell(kind), value];
            self.scratch.run(sql, &cells)
        })?;
        Ok(())
    }

    /// Works out the levels once all rows are there. A row that references itself need not wait for itself.
    pub(super) async fn sort(&mut self) -> Result<()> {
        let mut from = 1;
        while from <= self.rows {
            let range = [Cell::Number(from), Cell::Number(from + CHUNK - 1)];
            self.scratch.run(
                "INSERT OR IGNORE INTO edge SELECT k.node, w.child FROM wants AS w CROSS JOIN known AS k USING (kind, value) \
                 WHERE w.child BETWEEN ?1 AND ?2 AND k.node <> w.child",
                &range,
            )?;
            self.scratch.run(
                "UPDATE node SET waiting = (SELECT count(DISTINCT k.node) FROM wants AS w CROSS JOIN known AS k USING (kind, value) \
                 WHERE w.child = node.id AND k.node <> w.child) WHERE id BETWEEN ?1 AND ?2",
                &range,
            )?;
            let sql = "INSERT INTO placed SELECT 0, part, id FROM node WHERE id BETWEEN ?1 AND ?2 AND waiting = 0";
            self.placed += changed(self.scratch.run(sql, &range)?);
            from += CHUNK;
            tokio::task::yield_now().await;
        }
        let mut before = 0;
        while self.placed > before {
            before = self.placed;
            self.next_level().await?;
            self.depth += 1;
        }
        Ok(())
    }

    async fn next_level(&mut self) -> Result<()> {
        let (mut part, mut node) = (-1, -1);
        loop {
            let chunk = [self.depth, part, node, CHUNK].map(Cell::Number);
            let rows = self.scratch.rows(LEVEL, &chunk)?;
            let Some([last_part, last_node]) = rows.last().map(Vec::as_slice) else {
                return Ok(());
            };
            let sql = format!(
                "UPDATE node SET waiting = waiting - below.times FROM \
                 (SELECT e.child, count(*) AS times FROM ({LEVEL}) AS p CROSS JOIN edge AS e ON e.parent = p.node GROUP BY e.child) \
                 AS below WHERE node.id = below.child"
            );
            self.scratch.run(&sql, &chunk)?;
            // Rows below this chunk that wait for nothing more have waited for one of it.
            let sql = format!(
                "INSERT INTO placed SELECT DISTINCT ?1 + 1, n.part, n.id FROM ({LEVEL}) AS p \
                 CROSS JOIN edge AS e ON e.parent = p.node CROSS JOIN node AS n ON n.id = e.child WHERE n.waiting = 0"
            );
            self.placed += changed(self.scratch.run(&sql, &chunk)?);
            (part, node) = (last_part.number(), last_node.number());
            tokio::task::yield_now().await;
        }
    }

    /// How many levels there are.
    pub(super) fn levels(&self) -> u64 {
        self.depth.unsigned_abs()
    }

    /// Rows that have no place, because they stand in a circle or below one.
    pub(super) fn stuck(&self) -> u64 {
        (self.rows - self.placed).unsigned_abs()
    }

    /// Rows that reference themselves.
    pub(super) fn own_parents(&self) -> Result<u64> {
        let sql = "SELECT count(DISTINCT w.child) FROM wants AS w CROSS JOIN known AS k USING (kind, value) \
                   WHERE k.node = w.child";
        let rows = self.scratch.rows(sql, &[])?;
        Ok(rows.first().map_or(0, |row| row[0].number().unsigned_abs()))
    }

    /// The relations by which rows without a place reference rows without a place, sorted.
    pub(super) fn stuck_by(&self) -> Result<Vec<usize>> {
        let sql = "SELECT DISTINCT w.relation FROM node AS c CROSS JOIN wants AS w ON w.child = c.id \
                   CROSS JOIN known AS k USING (kind, value) CROSS JOIN node AS p ON p.id = k.node \
                   WHERE c.waiting > 0 AND p.waiting > 0 AND p.id <> c.id ORDER BY 1";
        let rows = self.scratch.rows(sql, &[])?;
        Ok(rows
            .iter()
            .filter_map(|row| usize::try_from(row[0].number()).ok())
            .collect())
    }

    /// The rows that come after `place` in this direction: of one part and level, at most `most`, with names of at most
    /// about so many bytes.
    pub(super) fn batch(
        &self,
        place: Option<Place>,
        direction: Direction,
        most: usize,
        bytes: usize,
    ) -> Result<Option<(Place, Batch)>> {
        let (after, order, start) = match direction {
            Direction::Down => (">", "ASC", Place(-1, -1, -1)),
            Direction::Up => ("<", "DESC", Place(i64::MAX, 0, 0)),
        };
        let Place(level, part, node) = place.unwrap_or(start);
        let next = format!(
            "SELECT level, part FROM placed WHERE (level, part, node) {after} (?1, ?2, ?3) \
             ORDER BY level {order}, part {order}, node {order} LIMIT 1"
        );
        let found = self.scratch.rows(&next, &[level, part, node].map(Cell::Number))?;
        let Some([at_level, at_part]) = found.first().map(Vec::as_slice) else {
            return Ok(None);
        };
        let (at_level, at_part) = (at_level.number(), at_part.number());
        let from = match direction {
            _ if (at_level, at_part) == (level, part) => node,
            Direction::Down => -1,
            Direction::Up => i64::MAX,
        };
        let rows = format!(
            "SELECT p.node, n.name FROM placed AS p CROSS JOIN node AS n ON n.id = p.node \
             WHERE p.level = ?1 AND p.part = ?2 AND p.node {after} ?3 ORDER BY p.node {order} LIMIT ?4"
        );
        let rows = self.scratch.rows(
            &rows,
            &[
                Cell::Number(at_level),
                Cell::Number(at_part),
                Cell::Number(from),
                cell(most),
            ],
        )?;
        let mut batch = Batch {
            part: usize::try_from(at_part).unwrap_or_default(),
            names: vec![],
        };
        let (mut last, mut length) = (from, 0);
        for row in rows {
            let mut fields = row.into_iter();
            let (Some(node), Some(Stored::Bytes(name))) = (fields.next(), fields.next()) else {
                break;
            };
            length += name.len();
            if length > bytes && !batch.names.is_empty() {
                break;
            }
            last = node.number();
            batch.names.push(name);
        }
        Ok(Some((Place(at_level, at_part, last), batch)))
    }
}

fn cell(number: usize) -> Cell<'static> {
    Cell::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

fn changed(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Whole numbers stay what they are, which keeps neighbours together; of all else the digest is stored.
fn with<T>(value: Value, store: impl FnOnce(Cell<'_>) -> T) -> T {
    match value {
        Value::Whole(number) => store(Cell::Number(number)),
        Value::Digest(digest) => store(Cell::Bytes(&digest.to_be_bytes())),
    }
}

#[cfg(test)]
mod tests;
