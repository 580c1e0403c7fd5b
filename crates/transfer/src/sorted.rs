//! Rows of a table that references itself, parents first, for servers that check each row as it comes.

use std::collections::{BTreeMap, HashMap};

use exodus_engine::{Error as EngineError, ErrorKind, Select, Session};

use crate::error::Result;
use crate::plan::PlannedTable;
use crate::shape::Rows;

/// Rows read by one statement.
const BATCH: usize = 1_000;
/// Rows whose keys are held in memory; a larger table must be copied another way.
const MOST_ROWS: usize = 2_000_000;

/// Splits `select` into batches such that every row's parent is in an earlier one. Only keys and loop columns are read
/// for it. A loop among the rows themselves is an error.
pub(crate) async fn batches(
    source: &mut Session,
    rows: &Rows<'_>,
    planned: &PlannedTable,
    select: Select,
    columns: &[String],
    parent_columns: &[String],
) -> Result<Vec<Select>> {
    let table = rows.shape.graph.table(planned.id);
    let fail = |doing: &str, help: &str| {
        EngineError::new(
            ErrorKind::Unsupported,
            source.name(),
            format!("{doing} {}", planned.table),
        )
        .help(help.to_owned())
    };
    let Some(identity) = table.identity() else {
        return Err(fail(
            "sorting the rows of",
            "give the table a primary key, or use --integrity proven",
        )
        .into());
    };
    if usize::try_from(planned.rows).is_ok_and(|rows| rows > MOST_ROWS) {
        return Err(fail("sorting so many rows of", "use --integrity proven").into());
    }
    let texts = |names: &[String]| {
        let texts: Vec<_> = names
            .iter()
            .filter_map(|name| table.column(name))
            .map(|column| rows.dialect.key_text("t", column))
            .collect();
        texts.join(", ")
    };
    let sql = format!(
        "SELECT {}, {}, {} FROM {} AS t WHERE {}",
        texts(&identity.columns),
        texts(columns),
        texts(parent_columns),
        rows.dialect.table(&planned.table),
        select.condition,
    );
    let too_deep = fail(
        "finding an order for the rows of",
        "its rows reference each other in a circle: use --integrity proven",
    );
    let found = source.query(&sql).await?;
    let (key, loops) = (identity.columns.len(), columns.len());
    let levels = levels(&found, key, loops).ok_or(too_deep)?;
    let mut selects = vec![];
    for batch in levels.iter().flat_map(|level| level.chunks(BATCH)) {
        let mut literals = vec![];
        for &row in batch {
            let parts = identity
                .columns
                .iter()
                .zip(&found[row])
                .filter_map(|(name, text)| Some((table.column(name)?, text.as_deref()?)));
            let parts: Vec<String> = parts
                .map(|(column, text)| rows.dialect.literal(column, text))
                .collect::<Result<_, _>>()?;
            literals.push(format!("({})", parts.join(", ")));
        }
        let names = rows.dialect.columns("t", identity.columns.iter().map(String::as_str));
        let literals: Vec<&str> = literals.iter().map(String::as_str).collect();
        selects.push(Select {
            condition: rows.dialect.row_in(&names, &literals),
            ..select.clone()
        });
    }
    Ok(selects)
}

type TextRow = Vec<Option<String>>;

/// Indexes of the rows level by level: a row's parent is on a lower level, or not among the rows, or the row itself.
/// `None` where rows form a circle.
fn levels(rows: &[TextRow], key: usize, loops: usize) -> Option<Vec<Vec<usize>>> {
    let by_referenced: HashMap<&[Option<String>], usize> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (&row[key + loops..], at))
        .collect();
    let parent = |row: &TextRow| by_referenced.get(&row[key..key + loops]).copied();
    let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut level = vec![];
    for (at, row) in rows.iter().enumerate() {
        match parent(row) {
            Some(above) if above != at => children.entry(above).or_default().push(at),
            _ => level.push(at),
        }
    }
    let mut levels = vec![];
    let mut placed = 0;
    while !level.is_empty() {
        placed += level.len();
        let next = level
            .iter()
            .flat_map(|at| children.remove(at).unwrap_or_default())
            .collect();
        levels.push(std::mem::replace(&mut level, next));
    }
    (placed == rows.len()).then_some(levels)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, parent: Option<&str>) -> TextRow {
        vec![Some(id.into()), parent.map(Into::into), Some(id.into())]
    }

    #[test]
    fn parents_come_first_and_a_row_may_be_its_own_parent() {
        let rows = [
            row("3", Some("2")),
            row("2", Some("1")),
            row("1", Some("1")),
            row("4", Some("elsewhere")),
        ];
        assert_eq!(levels(&rows, 1, 1), Some(vec![vec![2, 3], vec![1], vec![0]]));
    }

    #[test]
    fn a_circle_of_rows_has_no_order() {
        assert_eq!(levels(&[row("1", Some("2")), row("2", Some("1"))], 1, 1), None);
    }
}
