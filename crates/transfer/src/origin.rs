//! Which of the client's rows on a target the move has written.
//!
//! Whoever undoes a move finds its rows by the client's selectors. A writer that doesn't ask the dispatch store may have put
//! rows under the client there as well: they are nowhere else, so that they are told and not removed.

use exodus_engine::{Access, Checks, Session};

use crate::digest::rows_beyond;
use crate::error::{Error, Result};
use crate::key_lists;
use crate::progress::Silent;
use crate::shape::Rows;
use crate::verify::{self, Compared, MOST_KEYS, Mismatch, Record, Side};

/// By what a row of the target is known to be the move's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// The source has the same row.
    Equal,
    /// The source has a row with its key. For moves that alter rows on their way, and those that have found rows to differ.
    SameKey,
    /// All are, as somebody says who has looked.
    Any,
}

/// Where a move's rows come from, for whoever removes them from its target.
pub struct Origin<'c, 'r> {
    /// The source, outside any transaction. It is only read.
    pub source: &'c mut Session,
    /// The client's rows there.
    pub rows: &'r Rows<'r>,
    /// Which rows may go.
    pub own: Own,
}

impl Origin<'_, '_> {
    /// Fails if the target has rows of the client that are not the move's. `there` selects all of them, which are locked. Gives
    /// what there is of each table, if that was looked at.
    pub(crate) async fn prove(&mut self, target: &mut Session, there: &Rows<'_>) -> Result<Option<Record>> {
        if self.own == Own::Any {
            return Ok(None);
        }
        self.source.begin(Access::Snapshot, Checks::Enforced).await?;
        let proved = self.compared(target, there).await;
        // It was only read; its answer to the end of that doesn't matter.
        let _ = self.source.rollback().await;
        proved.map(Some)
    }

    async fn compared(&mut self, target: &mut Session, there: &Rows<'_>) -> Result<Record> {
        let rows = &key_lists::look_up(self.source, self.rows, &there.lists().tables()).await?;
        let tables = verify::compared(rows, there)?;
        let digests = verify::digests(self.source, target, &tables, &Silent).await?;
        let (mut record, mut strangers) = (Record::new(), vec![]);
        for (table, (one, two)) in tables.iter().zip(&digests) {
            record.insert(table.there.select.table.to_string(), two.recorded());
            if one == two || two.rows() == 0 {
                continue;
            }
            let ends = ((&mut *self.source, &table.here), (&mut *target, &table.there));
            let beyond = rows_beyond(ends, table.key, (one, two)).await?;
            let mut found = Mismatch {
                table: table.there.select.table.clone(),
                source_rows: one.rows(),
                target_rows: two.rows(),
                missing: 0,
                unexpected: beyond.unknown.len() as u64,
                different: 0,
                keys: vec![],
            };
            let mut odd = beyond.unknown;
            if self.own == Own::Equal {
                found.different = beyond.altered.len() as u64;
                odd.extend(beyond.altered);
            }
            if odd.is_empty() {
                continue;
            }
            let side = Side {
                connection: &mut *target,
                rows: there,
            };
            found.keys = keys(table, side, odd).await?;
            strangers.push(found);
        }
        if strangers.is_empty() {
            Ok(record)
        } else {
            Err(Error::NotOurs {
                database: target.name().to_owned(),
                rows: strangers,
            })
        }
    }
}

/// The keys of some rows of the target.
async fn keys(table: &Compared, mut there: Side<'_, '_>, mut odd: Vec<u128>) -> Result<Vec<String>> {
    odd.sort_unstable();
    let mut keys = vec![];
    table.name(&mut there, &table.there, &odd, &mut keys).await?;
    keys.sort();
    keys.dedup();
    keys.truncate(MOST_KEYS);
    Ok(keys)
}
