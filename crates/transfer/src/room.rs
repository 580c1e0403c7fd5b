//! Room for the client's rows on the target, as far as anybody knows.

use exodus_engine::{Room, Session};
use exodus_schema::{Kind, Table};

use crate::error::Result;
use crate::plan::{Check, Plan, PlannedTable, Problem};
use crate::shape::Rows;

/// Rows of a table whose size is measured, where the source has no figure for the table.
const MEASURED: u64 = 1_000;
/// What a row takes beside its values, and a value beside its bytes.
const PER_ROW: u64 = 16;

/// Compares what the rows take with what the target has. A need is an estimate and a move that meets the end of the room is
/// undone, so that this only warns.
pub(crate) async fn look(
    (source, target): (&mut Session, &mut Session),
    rows: &Rows<'_>,
    plan: &mut Plan,
) -> Result<()> {
    let room = target.room().await?;
    if room.is_empty() {
        return Ok(());
    }
    let mut needed = 0_u64;
    for planned in plan.tables.iter().filter(|planned| planned.rows > 0) {
        let table = rows.shape.graph.table(planned.id);
        let bytes = match estimated(table, planned.rows) {
            Some(bytes) => bytes,
            None => measured(source, rows, planned).await?,
        };
        needed = needed.saturating_add(bytes);
    }
    let about = &rows.shape.root().name;
    let warnings = room.iter().filter_map(|room| short(target.name(), room, needed));
    plan.warnings
        .extend(warnings.map(|(message, help)| Problem::new(Check::Room, about, message, &help)));
    Ok(())
}

/// The client's part of what the table takes on the source.
fn estimated(table: &Table, rows: u64) -> Option<u64> {
    let (bytes, all) = (table.bytes?, table.estimated_rows.unwrap_or(0).max(rows).max(1));
    u64::try_from(u128::from(bytes) * u128::from(rows) / u128::from(all)).ok()
}

/// By the first of the client's rows.
async fn measured(source: &mut Session, rows: &Rows<'_>, planned: &PlannedTable) -> Result<u64> {
    let table = rows.shape.graph.table(planned.id);
    let large = |kind: Kind| matches!(kind, Kind::Text | Kind::Bytes);
    let sizes: Vec<String> = table
        .columns
        .iter()
        .filter(|column| column.generated.is_none() && large(column.kind))
        .map(|column| format!("COALESCE(LENGTH(t.{}), 0)", rows.dialect.quote(&column.name)))
        .collect();
    let fixed = PER_ROW + 8 * table.columns.len() as u64;
    if sizes.is_empty() {
        return Ok(planned.rows.saturating_mul(fixed));
    }
    let sql = format!(
        "SELECT COUNT(*), SUM(q.size) FROM (SELECT {} AS size FROM {} AS t WHERE {} LIMIT {MEASURED}) AS q",
        sizes.join(" + "),
        rows.dialect.table(&table.name),
        rows.mine.of(planned.id)
    );
    let found = source.query(&sql).await?;
    let mut numbers = found.into_iter().flatten().map(|cell| cell?.parse::<u64>().ok());
    let (count, bytes) = (
        numbers.next().flatten().unwrap_or(0),
        numbers.next().flatten().unwrap_or(0),
    );
    Ok(planned.rows.saturating_mul(fixed + bytes / count.max(1)))
}

/// What is said where it does not do, or nobody knows whether it does.
fn short(target: &str, room: &Room, needed: u64) -> Option<(String, String)> {
    let need = megabytes(needed);
    match room.free {
        Some(free) if free >= needed => None,
        Some(free) => {
            let message = format!(
                "{target}: {} {}, and the client's rows need about {need}",
                room.what,
                megabytes(free)
            );
            Some((message, room.help.clone()))
        }
        None => {
            let message = format!(
                "{target}: {} as many bytes as could not be known, and the client's rows need about {need}",
                room.what
            );
            Some((message, room.help.clone()))
        }
    }
}

fn megabytes(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_said_and_what_is_not_known_too() {
        let room = |free| Room {
            what: "the disk has".to_owned(),
            free,
            help: "make room".to_owned(),
        };
        assert_eq!(short("t", &room(Some(5_000)), 5_000), None);
        let said = |free| short("t", &room(free), 25_000_000).map(|(message, _)| message);
        assert_eq!(
            said(Some(4_096)).as_deref(),
            Some("t: the disk has 4096 bytes, and the client's rows need about 25 MB")
        );
        assert!(said(None).is_some_and(|message| message.contains("could not be known")));
    }
}
