//! What can go wrong while a catalogue is read.

use crate::model::Engine;

/// Reading a schema failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError<E: std::error::Error + 'static> {
    /// The connection failed at a catalogue query.
    #[error("the query `{query}` of the {engine} catalogue failed")]
    Query {
        /// The product.
        engine: Engine,
        /// Which query.
        query: &'static str,
        /// What the connection said.
        source: E,
    },
    /// A catalogue query answered with something it never should.
    #[error("the query `{query}` of the {engine} catalogue gave an unexpected answer: {problem}")]
    Answer {
        /// The product.
        engine: Engine,
        /// Which query.
        query: &'static str,
        /// What was wrong with it.
        problem: String,
    },
    /// A schema that was asked for is not there, or the user may not see it.
    #[error("there is no schema `{schema}` that this user can see; there are: {}", known.join(", "))]
    NoSuchSchema {
        /// The name asked for.
        schema: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// MySQL, MariaDB: the connection has no current database and none was asked for.
    #[error("no database is selected; name one in the URL or ask for one")]
    NoDatabase,
}
