//! Numbers, several of them in one statement: a move of a small client is mostly waiting for answers.

use exodus_engine::{Connection, Error, ErrorKind, Result};

/// A query that gives one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The query.
    pub sql: String,
    /// How often the server works sets out for it.
    pub uses: u64,
}

/// Queries in one statement at most.
const MOST: usize = 16;
/// Sets that are worked out in one statement of several queries at most: some servers keep them all until its end, and
/// SQLite gives up ("nested too deep") when there are many.
const MOST_USES: u64 = 4;
/// The length of a statement of several queries at most, well below what any server takes.
const MOST_BYTES: usize = 200_000;

/// Asks one of them.
pub async fn count(connection: &mut dyn Connection, sql: &str) -> Result<u64> {
    let rows = connection.query(sql).await?;
    let cell = rows.first().and_then(|row| row.first());
    let number = cell.and_then(|cell| cell.as_deref()?.parse().ok());
    number.ok_or_else(|| no_number(connection))
}

/// Asks all of them; the numbers come in the same order.
pub async fn counts(connection: &mut dyn Connection, queries: &[Count]) -> Result<Vec<u64>> {
    let mut numbers = Vec::with_capacity(queries.len());
    while numbers.len() < queries.len() {
        let next = together(&queries[numbers.len()..]);
        if let [one] = next {
            numbers.push(count(connection, &one.sql).await?);
            continue;
        }
        let parts: Vec<_> = next.iter().map(|query| format!("({})", query.sql)).collect();
        let rows = connection.query(&format!("SELECT {}", parts.join(", "))).await?;
        let cells = rows.first().map_or(&[][..], Vec::as_slice);
        let read: Option<Vec<u64>> = cells.iter().map(|cell| cell.as_deref()?.parse().ok()).collect();
        match read.filter(|read| read.len() == next.len()) {
            Some(read) => numbers.extend(read),
            None => return Err(no_number(connection)),
        }
    }
    Ok(numbers)
}

/// The first queries that go into one statement; at least one.
fn together(queries: &[Count]) -> &[Count] {
    let (mut uses, mut bytes) = (0_u64, 0);
    let fits = |query: &&Count| {
        uses = uses.saturating_add(query.uses);
        bytes += query.sql.len();
        uses <= MOST_USES && bytes <= MOST_BYTES
    };
    let fitting = queries.iter().take(MOST).take_while(fits).count();
    &queries[..fitting.max(1).min(queries.len())]
}

fn no_number(connection: &dyn Connection) -> Error {
    Error::new(ErrorKind::Data, connection.name(), "counting rows: no number came back")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A statement that is too heavy goes alone; none is forgotten, none goes twice.
    #[test]
    fn heavy_queries_go_alone() {
        let query = |uses| Count {
            sql: "SELECT 1".to_owned(),
            uses,
        };
        let sizes = |uses: &[u64]| {
            let queries: Vec<_> = uses.iter().map(|&uses| query(uses)).collect();
            let (mut left, mut sizes) = (&queries[..], vec![]);
            while !left.is_empty() {
                let next = together(left);
                sizes.push(next.len());
                left = &left[next.len()..];
            }
            sizes
        };
        assert_eq!(sizes(&[0; 40]), [16, 16, 8]);
        assert_eq!(sizes(&[1, 500, 500, 1, 3, 2]), [1, 1, 1, 2, 1]);
        assert_eq!(sizes(&[u64::MAX, u64::MAX]), [1, 1]);
        assert_eq!(sizes(&[]), [0; 0]);
    }
}
