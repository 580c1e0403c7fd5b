//! Sequences that stand behind copied keys.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use exodus_schema::{Engine, Table, TableName, TextRow};

use super::session::Session;
use crate::dialect::Dialect;
use crate::error::Result;

/// Up to so many steps a sequence is moved by drawing from it. That can never move it back, whatever other sessions draw
/// at the same time; setting it can, and is left for distances that nobody crosses between two of our statements.
const STEPS_DRAWN: i128 = 10_000;

/// The sequences behind the table's columns: of identity columns, and those that a default draws from, owned or not.
/// Their columns: column, sequence, its start, increment, minimum and maximum.
const SEQUENCES: &str = "
SELECT a.attname,
       pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(sc.relname),
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef AS ad ON ad.adrelid = c.oid AND ad.adnum = a.attnum
JOIN pg_catalog.pg_sequence AS s ON s.seqrelid IN (
    SELECT d.objid FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'i'
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
    UNION ALL
    SELECT d.refobjid FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = ad.oid
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
JOIN pg_catalog.pg_class AS sc ON sc.oid = s.seqrelid
JOIN pg_catalog.pg_namespace AS sn ON sn.oid = sc.relnamespace
WHERE a.atttypid IN ('int2'::pg_catalog.regtype, 'int4'::pg_catalog.regtype, 'int8'::pg_catalog.regtype,
                     'numeric'::pg_catalog.regtype)";

/// The sequences of the tables seen so far: finding them in the catalogue takes longer than all that is done with them.
#[derive(Debug, Default)]
pub(super) struct Generators(HashMap<TableName, Vec<Sequence>>);

impl Generators {
    /// Moves the table's sequences so that what they give next is beyond every key in the table, and in the sequence's
    /// own residue class, by which shards may keep their keys apart.
    pub(super) async fn advance(&mut self, session: &mut Session, table: &Table) -> Result<()> {
        if table.columns.iter().all(|column| column.generator.is_none()) {
            return Ok(());
        }
        let doing = format!("advancing the sequences of {}", table.name);
        let sequences = match self.0.entry(table.name.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(find(session, &doing, table).await?),
        };
        if sequences.is_empty() {
            return Ok(());
        }
        let row = session.rows(&doing, &standing_sql(table, sequences)).await?;
        let mut numbers = row.into_iter().flatten().map(|cell| cell?.parse::<i128>().ok());
        for sequence in sequences {
            let (last, furthest) = (numbers.next().flatten(), numbers.next().flatten());
            let last = last.unwrap_or(sequence.before);
            if let Some(sql) = furthest.and_then(|furthest| sequence.advance_sql(last, furthest)) {
                session.rows(&doing, &sql).await?;
            }
        }
        Ok(())
    }
}

async fn find(session: &mut Session, doing: &str, table: &Table) -> Result<Vec<Sequence>> {
    let dialect = Dialect::of(Engine::Postgres);
    let (schema, name) = (dialect.text(&table.name.schema), dialect.text(&table.name.name));
    let sql = format!("{SEQUENCES} AND n.nspname = {schema} AND c.relname = {name}");
    let rows = session.rows(doing, &sql).await?;
    Ok(rows.iter().filter_map(Sequence::of).collect())
}

/// For each sequence what it gave last, and the key in the table that it would reach last. Tables that inherit the column
/// draw from the same sequence: no `ONLY`.
fn standing_sql(table: &Table, sequences: &[Sequence]) -> String {
    let dialect = Dialect::of(Engine::Postgres);
    let name = dialect.table(&table.name);
    let standing = sequences.iter().map(|sequence| {
        let furthest = if sequence.increment > 0 { "max" } else { "min" };
        // Truncated, because a numeric column may hold fractions, which no sequence gives.
        format!(
            "pg_catalog.pg_sequence_last_value({}::pg_catalog.regclass), \
             (SELECT pg_catalog.trunc(pg_catalog.{furthest}(t.{})::pg_catalog.numeric) FROM {name} AS t)",
            dialect.text(&sequence.name),
            dialect.quote(&sequence.column),
        )
    });
    format!("SELECT {}", standing.collect::<Vec<_>>().join(", "))
}

#[derive(Debug)]
struct Sequence {
    column: String,
    /// Qualified and quoted.
    name: String,
    /// One step before its start: where it stands before it has given anything.
    before: i128,
    increment: i128,
    minimum: i128,
    maximum: i128,
}

impl Sequence {
    fn of(row: &TextRow) -> Option<Self> {
        let [column, name, numbers @ ..] = row.as_slice() else {
            return None;
        };
        let number = |at: usize| numbers.get(at)?.as_deref()?.parse::<i128>().ok();
        let increment = number(1)?;
        Some(Self {
            column: column.clone()?,
            name: name.clone()?,
            before: number(0)? - increment,
            increment,
            minimum: number(2)?,
            maximum: number(3)?,
        })
    }

    /// Moves it from what it gave `last` so that what it gives next is beyond `furthest`; `None` where it stands there
    /// already.
    fn advance_sql(&self, last: i128, furthest: i128) -> Option<String> {
        // Keys beyond the sequence's range were never its own and never will be.
        let furthest = furthest.clamp(self.minimum, self.maximum);
        // The last of its own values that is not beyond: the next one is.
        let steps = (furthest - last).checked_div(self.increment)?;
        if steps <= 0 {
            return None;
        }
        let name = Dialect::of(Engine::Postgres).text(&self.name);
        if steps <= STEPS_DRAWN {
            return Some(format!(
                "SELECT pg_catalog.count(pg_catalog.nextval({name})) FROM pg_catalog.generate_series(1, {steps})"
            ));
        }
        Some(format!(
            "SELECT pg_catalog.setval({name}, {})",
            last + steps * self.increment
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(increment: i128) -> Sequence {
        Sequence {
            column: "id".into(),
            name: "public.s".into(),
            before: 0,
            increment,
            minimum: -1_000_000,
            maximum: 1_000_000,
        }
    }

    #[test]
    fn a_sequence_stays_in_its_residue_class() {
        let far = sequence(10).advance_sql(3, 200_000).expect("behind");
        assert_eq!(far, "SELECT pg_catalog.setval('public.s', 199993)");
        let near = sequence(10).advance_sql(3, 41).expect("behind");
        assert!(near.ends_with("generate_series(1, 3)"), "{near}");
    }

    #[test]
    fn a_sequence_never_goes_back() {
        assert_eq!(sequence(1).advance_sql(100, 100), None);
        assert_eq!(sequence(1).advance_sql(100, -5), None);
        assert_eq!(sequence(-1).advance_sql(-100, 7), None);
        let down = sequence(-1).advance_sql(-100, -103).expect("behind");
        assert!(down.ends_with("generate_series(1, 3)"), "{down}");
    }

    #[test]
    fn keys_beyond_its_range_do_not_break_it() {
        let end = sequence(1).advance_sql(3, i128::from(i64::MAX)).expect("behind");
        assert_eq!(end, "SELECT pg_catalog.setval('public.s', 1000000)");
    }
}
