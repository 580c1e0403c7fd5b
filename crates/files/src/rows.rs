//! What every format has to do: take rows, and give them back.

use exodus_engine::value::Value;

use crate::error::Result;
use crate::manifest::Trailer;

/// Takes the rows of all tables, one table after the other in the manifest's order, and at last what was counted. What is
/// dropped before that leaves nothing that looks whole.
pub(crate) trait RowWriter: Send {
    /// The rows that follow are of the table at that place in the manifest.
    fn table(&mut self, at: usize) -> Result<()>;

    /// A row of the table under way.
    fn row(&mut self, row: &[Value<'_>]) -> Result<()>;

    /// Ends the table under way. True if what was written of it is of no use, and the same rows have to be given once
    /// more, after another [`table`](Self::table): never more than once.
    fn end_table(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// Ends the file.
    fn finish(self: Box<Self>, trailer: &Trailer) -> Result<()>;
}

/// What comes next in a file.
#[derive(Debug)]
pub(crate) enum Item {
    /// A row of the table at that place in the manifest; tables come in its order.
    Row(usize, Vec<Value<'static>>),
    /// The end, as the file tells it. A file that breaks off before is an error.
    End(Trailer),
}

/// Gives the rows of a file, one after the other.
pub(crate) trait RowReader: Send {
    /// The next row, or the end.
    fn next(&mut self) -> Result<Item>;
}
