//! What a move has done, in figures.

use exodus_engine::Session;

use super::Move;
use crate::policy::References;
use crate::progress::{Clock, MovedTable, Step, Summary, millis};

/// What became of the rows.
#[derive(Default)]
pub(super) struct Moved {
    pub(super) tables: Vec<MovedTable>,
    pub(super) references: References,
    /// Rows that were there and equal, so that none had to be copied.
    pub(super) compared: u64,
}

impl Moved {
    pub(super) fn of(tables: Vec<MovedTable>, references: References) -> Self {
        Self {
            tables,
            references,
            compared: 0,
        }
    }
}

impl Move<'_> {
    pub(super) fn summary(
        &self,
        (source, target): (&Session, &Session),
        id: i64,
        Moved {
            tables,
            references,
            compared,
        }: Moved,
        clock: &Clock,
    ) -> Summary {
        let mut seconds = clock.seconds();
        // A pause is no work; only the copy's rows wait.
        let paused = self.progress.pace().map_or(0.0, |pace| millis(pace.paused()));
        if let Some(copying) = seconds.get_mut(&Step::Copy) {
            *copying = (*copying - paused).max(0.0);
        }
        let working = |step: &Step| matches!(step, Step::Copy | Step::Prove | Step::Verify);
        let work: f64 = seconds
            .iter()
            .filter(|(step, _)| working(step))
            .map(|(_, seconds)| seconds)
            .sum();
        let rows: u64 = tables.iter().map(|table| table.rows).sum();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rows_per_second = rows as f64 / work.max(1e-9);
        Summary {
            id,
            client: self.request.client.to_string(),
            source: source.name().to_owned(),
            target: target.name().to_owned(),
            rows,
            bytes: tables.iter().map(|table| table.bytes).sum(),
            tables,
            references,
            frozen_seconds: clock.elapsed(),
            seconds,
            paused_seconds: paused,
            rows_per_second,
            compared,
        }
    }
}
