//! A divided table's parts: ranges of integers that leave no row out, whatever they begin at.

use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use exodus_engine::{Dialect, Select, Session};
use exodus_schema::{Column, TableId};

use super::layout::{By, Division};
use crate::error::Result;
use crate::plan::Plan;
use crate::shape::Rows;

/// So many parts for each stream: with more of them, a stream whose part is small takes another one.
const PARTS: usize = 2;

/// The integers at which parts begin, but for the first, which begins with the lowest there may be. In order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cuts(Vec<i128>);

impl Cuts {
    /// Looks for cuts that make parts of about the same size for so many streams.
    pub(super) async fn find(
        source: &mut Session,
        rows: &Rows<'_>,
        division: &Division,
        plan: &Plan,
        streams: usize,
    ) -> Result<Self> {
        let parts = PARTS * streams;
        let sql = match &division.by {
            By::Parent(parent, key) => {
                let parents = plan.own_rows(*parent).unwrap_or(0);
                every_nth(rows, *parent, key, parents.div_ceil(parts as u64).max(1))
            }
            By::Own => ends(rows, division.planned.id, &division.column),
        };
        let found = source.query(&sql).await?;
        let numbers = found.iter().flatten().flatten().filter_map(|text| text.parse().ok());
        let numbers: Vec<i128> = numbers.collect();
        let cuts = match (&division.by, &numbers[..]) {
            (By::Own, &[first, last]) => evenly(first, last, parts),
            (By::Own, _) => vec![],
            (By::Parent(..), keys) => keys.to_vec(),
        };
        Ok(Self::new(cuts))
    }

    fn new(mut cuts: Vec<i128>) -> Self {
        cuts.sort_unstable();
        cuts.dedup();
        Self(cuts)
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> usize {
        self.0.len() + 1
    }

    /// The part that nobody has taken yet, if there is one.
    pub(super) fn taken(
        &self,
        next: &AtomicUsize,
        select: &Select,
        (column, dialect): (&Column, Dialect),
    ) -> Result<Option<Select>> {
        let at = next.fetch_add(1, Ordering::Relaxed);
        if at >= self.parts() {
            return Ok(None);
        }
        self.part(at, select, (column, dialect)).map(Some)
    }

    /// Only those of the selected rows that are in one of the parts.
    pub(super) fn part(&self, at: usize, select: &Select, (column, dialect): (&Column, Dialect)) -> Result<Select> {
        let name = format!("t.{}", dialect.quote(&column.name));
        let literal = |cut: &i128| dialect.literal(column, &cut.to_string());
        let mut condition = format!("({})", select.condition);
        if let Some(from) = at.checked_sub(1).and_then(|at| self.0.get(at)) {
            let _ = write!(condition, " AND {name} >= {}", literal(from)?);
        }
        if let Some(to) = self.0.get(at) {
            let _ = write!(condition, " AND {name} < {}", literal(to)?);
        }
        Ok(Select {
            condition,
            // Nobody reads everything for a part of it.
            dense: false,
            ..select.clone()
        })
    }
}

/// Every `step`th of the client's keys in a table.
fn every_nth(rows: &Rows<'_>, table: TableId, key: &str, step: u64) -> String {
    let name = rows.dialect.quote(key);
    format!(
        "SELECT k FROM (SELECT t.{name} AS k, ROW_NUMBER() OVER (ORDER BY t.{name}) AS n FROM {} AS t WHERE {}) AS s \
         WHERE n % {step} = 0",
        of(rows, table),
        rows.mine.of(table),
    )
}

/// The first and the last of the client's own keys.
fn ends(rows: &Rows<'_>, table: TableId, key: &str) -> String {
    let name = rows.dialect.quote(key);
    format!(
        "SELECT MIN(t.{name}), MAX(t.{name}) FROM {} AS t WHERE {}",
        of(rows, table),
        rows.mine.of(table)
    )
}

fn of(rows: &Rows<'_>, table: TableId) -> String {
    rows.dialect.table(&rows.shape.graph.table(table).name)
}

/// Cuts between two keys at equal distances.
fn evenly(first: i128, last: i128, parts: usize) -> Vec<i128> {
    let parts = parts as i128;
    (1..parts).map(|at| first + (last - first) * at / parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_in_order_and_none_twice() {
        let cuts = Cuts::new(vec![7, 3, 7, -5]);
        assert_eq!(cuts, Cuts(vec![-5, 3, 7]));
        assert_eq!(cuts.parts(), 4);
        assert_eq!(Cuts::new(evenly(10, 12, 8)), Cuts(vec![10, 11]));
        assert_eq!(Cuts::new(evenly(5, 5, 4)).parts(), 2);
        let wide = Cuts::new(evenly(i128::from(i64::MIN), i128::from(u64::MAX), 4));
        assert_eq!(wide.parts(), 4);
    }
}
