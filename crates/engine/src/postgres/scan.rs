//! From a table into fields, row by row.

use exodus_schema::{Column, Engine};
use futures_util::StreamExt;

use super::framing::{Malformed, RowParser};
use super::reader::{Batches, MESSAGES};
use super::session::Session;
use crate::connection::ScanRow;
use crate::dialect::Dialect;
use crate::error::{ErrorKind, Result};

/// Bytes that are gathered before they are taken apart.
const GATHER: usize = 64 * 1024;

type Each<'e> = &'e mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send);

/// How a column is selected for a scan.
///
/// A type whose binary form holds object ids is shown by its output function, which `format` calls for any type; a
/// cast could be one that a user defined. Whether it is NULL is asked of `num_nulls`, because `IS NULL` is also true
/// of a composite that consists of NULLs.
pub(super) fn expression(column: &Column) -> String {
    let name = format!("t.{}", Dialect::of(Engine::Postgres).quote(&column.name));
    if is_xml(column) {
        as_stored(&name)
    } else if column.text_only {
        format!("CASE WHEN pg_catalog.num_nulls({name}) = 0 THEN pg_catalog.format('%s', {name}) END")
    } else {
        name
    }
}

/// How a column is selected for a copy.
pub(super) fn plain(column: &Column) -> String {
    let name = format!("t.{}", Dialect::of(Engine::Postgres).quote(&column.name));
    if is_xml(column) { as_stored(&name) } else { name }
}

/// Its declaration is lost in the binary form.
pub(super) fn is_xml(column: &Column) -> bool {
    column.native_type == "xml"
}

/// XML is shown without the encoding that its declaration names, and without a declaration that says nothing else; this
/// cast, which nobody can redefine, shows it as it was written.
fn as_stored(name: &str) -> String {
    format!("{name}::pg_catalog.text")
}

/// Runs `COPY ({select}) TO STDOUT` and shows each row of `columns` columns.
pub(super) async fn scan(
    session: &mut Session,
    doing: &str,
    select: &str,
    columns: usize,
    each: Each<'_>,
) -> Result<u64> {
    let stream = session
        .copy_out(doing, &format!("COPY ({select}) TO STDOUT (FORMAT binary)"))
        .await?;
    let mut batches = Box::pin(stream).ready_chunks(MESSAGES);
    match run(&mut batches, columns, each).await {
        Ok(rows) => session.settle(doing, Ok(rows)).await,
        Err(Stop::Server(error)) => session.settle(doing, Err(error)).await,
        Err(Stop::Malformed(malformed)) => {
            session.abandon(Some(batches)).await;
            Err(session.failure(ErrorKind::Data, doing).because(malformed))
        }
    }
}

enum Stop {
    Server(tokio_postgres::Error),
    Malformed(Malformed),
}

async fn run(batches: &mut Batches, columns: usize, each: Each<'_>) -> Result<u64, Stop> {
    let mut parser = RowParser::new(columns);
    let mut held = Vec::with_capacity(2 * GATHER);
    while let Some(batch) = batches.next().await {
        for message in batch {
            held.extend_from_slice(&message.map_err(Stop::Server)?);
        }
        if held.len() >= GATHER {
            let consumed = parser.consume(&held, each).map_err(Stop::Malformed)?;
            held.drain(..consumed);
        }
    }
    parser.consume(&held, each).map_err(Stop::Malformed)?;
    parser.finish().map_err(Stop::Malformed)
}
