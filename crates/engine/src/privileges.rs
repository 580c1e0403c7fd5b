//! What a session may do with tables, asked before anything is begun for which it would be needed.

use exodus_schema::TableName;

/// What is going to be done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// Rows are read.
    Read,
    /// Rows are written.
    Write,
    /// Columns of rows are set.
    Set,
    /// Rows are removed.
    Remove,
    /// Rows are locked, as by [`Connection::lock`](crate::Connection::lock).
    Lock,
    /// Rows are kept from being removed, as by [`Connection::hold`](crate::Connection::hold).
    Hold,
    /// Rows of it, or their keys, are put into a temporary table for a while.
    Stage,
    /// The table is made, with its relations, and removed again while it is empty.
    Make,
    /// Tables that are made reference it.
    Refer,
    /// Key generators are moved, as by [`Connection::advance_generators`](crate::Connection::advance_generators).
    Generate,
}

/// A table, and what is going to be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The table.
    pub table: TableName,
    /// What for.
    pub uses: Vec<Use>,
    /// The columns that are set; where none is named, any may be.
    pub set: Vec<String>,
}

/// What a session may not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The table for which it is needed.
    pub table: TableName,
    /// The privileges as the product calls them, and what they are on if that is not the table.
    pub what: String,
    /// The statement that gives them to the session's user.
    pub grant: String,
}
