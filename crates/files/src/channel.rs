//! Rows from one task to another, without a file between them.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use exodus_engine::value::Value;

use crate::error::{Error, Result};
use crate::manifest::Trailer;
use crate::rows::{Item, RowReader, RowWriter};

/// Rows that may wait.
const WAITING: usize = 256;

pub(crate) struct Writer {
    to: SyncSender<Item>,
    at: usize,
    end: Option<Trailer>,
}

pub(crate) struct Reader {
    from: Receiver<Item>,
    shown: String,
}

/// Two ends; `shown` is where the rows come from.
pub(crate) fn channel(shown: String) -> (Writer, Reader) {
    let (to, from) = sync_channel(WAITING);
    let writer = Writer { to, at: 0, end: None };
    (writer, Reader { from, shown })
}

impl Writer {
    /// With an end of its own, which the rows have to be compared with.
    pub(crate) fn ending_with(mut self, end: Trailer) -> Self {
        self.end = Some(end);
        self
    }

    fn send(&self, item: Item) -> Result<()> {
        // The other end has stopped for a reason that it tells itself.
        self.to
            .send(item)
            .map_err(|_| Error::asked("nobody takes the rows any more", "try again"))
    }
}

impl RowWriter for Writer {
    fn table(&mut self, at: usize) -> Result<()> {
        self.at = at;
        Ok(())
    }

    fn row(&mut self, row: &[Value<'_>]) -> Result<()> {
        let row = row.iter().map(|value| value.clone().into_owned()).collect();
        self.send(Item::Row(self.at, row))
    }

    fn finish(mut self: Box<Self>, trailer: &Trailer) -> Result<()> {
        let end = self.end.take().unwrap_or_else(|| trailer.clone());
        self.send(Item::End(end))
    }
}

impl RowReader for Reader {
    fn next(&mut self) -> Result<Item> {
        self.from
            .recv()
            .map_err(|_| Error::damaged(&self.shown, "its rows broke off"))
    }
}

/// Takes rows and forgets them: what counts is their digest.
pub(crate) struct Nowhere;

impl RowWriter for Nowhere {
    fn table(&mut self, _: usize) -> Result<()> {
        Ok(())
    }

    fn row(&mut self, _: &[Value<'_>]) -> Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>, _: &Trailer) -> Result<()> {
        Ok(())
    }
}
