//! Sequences that stand behind copied keys.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use exodus_schema::{Engine, Table, TableName, TextRow};

use super::session::Session;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::generators::KeyGenerator;

/// Up to so many steps a sequence is moved by drawing from it. That can never move it back, whatever other sessions draw
/// at the same time; setting it can, and is left for distances that nobody crosses between two of our statements.
const STEPS_DRAWN: i128 = 10_000;

/// The sequences behind the table's columns: of identity columns, and those that a default draws from, owned or not.
/// Their columns: column, sequence, its start, increment, minimum and maximum, and whether this role may read where it
/// stands, or draw from it.
const SEQUENCES: &str = "
SELECT a.attname,
       pg_catalog.quote_ident(sn.nspname) || '.' || pg_catalog.quote_ident(sc.relname),
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
       pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT'),
       pg_catalog.has_sequence_privilege(s.seqrelid, 'USAGE')
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
            let Some(furthest) = furthest else { continue };
            let last = match last {
                Some(last) => Some(last),
                // Where it stands is not known: it may never have been drawn from, wherever it was told to begin. What it
                // gives tells, and costs one key.
                None => draw(session, &doing, sequence).await?,
            };
            if let Some(sql) = last.and_then(|last| sequence.advance_sql(last, furthest)) {
                session.rows(&doing, &sql).await?;
            }
        }
        Ok(())
    }
}

/// Where the table's sequences stand.
pub(super) async fn standing(session: &mut Session, table: &Table) -> Result<Vec<KeyGenerator>> {
    if table.columns.iter().all(|column| column.generator.is_none()) {
        return Ok(vec![]);
    }
    let doing = format!("looking at the sequences of {}", table.name);
    let sequences = find(session, &doing, table).await?;
    if sequences.is_empty() {
        return Ok(vec![]);
    }
    let last: Vec<_> = sequences.iter().map(Sequence::last_sql).collect();
    let row = session.rows(&doing, &format!("SELECT {}", last.join(", "))).await?;
    let numbers = row.into_iter().flatten().map(|cell| cell?.parse::<i128>().ok());
    let standing = sequences.into_iter().zip(numbers).map(|(sequence, last)| KeyGenerator {
        next: last.map(|last| last + sequence.increment),
        // Whatever it was told to begin with decides its class.
        start: last.unwrap_or(sequence.start),
        column: sequence.column,
        name: format!("sequence {}", sequence.name),
        increment: sequence.increment,
        minimum: sequence.minimum,
        maximum: sequence.maximum,
        follows: false,
    });
    Ok(standing.collect())
}

/// Asks for the sequences of these tables that this role can't move: schema and name of the table, and the sequence.
pub(super) fn unmovable_sql(tables: &[&TableName]) -> String {
    let dialect = Dialect::of(Engine::Postgres);
    let named = tables
        .iter()
        .map(|table| format!("({}, {})", dialect.text(&table.schema), dialect.text(&table.name)));
    let named = named.collect::<Vec<_>>().join(", ");
    let select = SEQUENCES.replacen(
        "SELECT a.attname",
        "SELECT n.nspname, c.relname, s.seqrelid, a.attname",
        1,
    );
    format!(
        "SELECT DISTINCT q.schema, q.name, q.sequence FROM ({select} AND (n.nspname, c.relname) IN ({named})) \
         AS q (schema, name, id, attribute, sequence) \
         WHERE NOT (pg_catalog.has_sequence_privilege(q.id, 'SELECT, USAGE') \
         AND pg_catalog.has_sequence_privilege(q.id, 'UPDATE')) ORDER BY 1, 2, 3"
    )
}

async fn find(session: &mut Session, doing: &str, table: &Table) -> Result<Vec<Sequence>> {
    let dialect = Dialect::of(Engine::Postgres);
    let (schema, name) = (dialect.text(&table.name.schema), dialect.text(&table.name.name));
    let sql = format!("{SEQUENCES} AND n.nspname = {schema} AND c.relname = {name}");
    let rows = session.rows(doing, &sql).await?;
    Ok(rows.iter().filter_map(Sequence::of).collect())
}

/// Draws one key.
async fn draw(session: &mut Session, doing: &str, sequence: &Sequence) -> Result<Option<i128>> {
    let sql = format!("SELECT {}", sequence.next_sql());
    let rows = session.rows(doing, &sql).await?;
    Ok(rows
        .into_iter()
        .flatten()
        .flatten()
        .next()
        .and_then(|text| text.parse().ok()))
}

/// For each sequence what it gave last, and the key in the table that it would reach last. Tables that inherit the column
/// draw from the same sequence: no `ONLY`. Keys beyond the sequence's range are left out: they were never its own and never
/// will be, as where each shard has a range for itself. So is the very last key of its range, behind which it had nothing
/// more to give to anybody.
fn standing_sql(table: &Table, sequences: &[Sequence]) -> String {
    let dialect = Dialect::of(Engine::Postgres);
    let name = dialect.table(&table.name);
    let standing = sequences.iter().map(|sequence| {
        let furthest = if sequence.increment > 0 { "max" } else { "min" };
        // Truncated, because a numeric column may hold fractions, which no sequence gives.
        let (last, column) = (sequence.last_sql(), dialect.quote(&sequence.column));
        format!(
            "{last}, (SELECT pg_catalog.trunc(pg_catalog.{furthest}(t.{column})::pg_catalog.numeric) FROM {name} AS t \
             WHERE t.{column} BETWEEN {} AND {})",
            sequence.minimum - sequence.increment.min(0),
            sequence.maximum - sequence.increment.max(0)
        )
    });
    format!("SELECT {}", standing.collect::<Vec<_>>().join(", "))
}

#[derive(Debug)]
struct Sequence {
    column: String,
    /// Qualified and quoted.
    name: String,
    start: i128,
    increment: i128,
    minimum: i128,
    maximum: i128,
    /// This role may read where it stands.
    readable: bool,
    /// This role may draw from it.
    usable: bool,
}

impl Sequence {
    fn of(row: &TextRow) -> Option<Self> {
        let [column, name, rest @ ..] = row.as_slice() else {
            return None;
        };
        let number = |at: usize| rest.get(at)?.as_deref()?.parse::<i128>().ok();
        let is = |at: usize| Some(rest.get(at)?.as_deref()? == "t");
        Some(Self {
            column: column.clone()?,
            name: name.clone()?,
            start: number(0)?,
            increment: number(1)?,
            minimum: number(2)?,
            maximum: number(3)?,
            readable: is(4)?,
            usable: is(5)?,
        })
    }

    /// What it gave last; of one that has given nothing, one step before what it will give first. That is not its start:
    /// `ALTER SEQUENCE … RESTART WITH` and `setval(…, false)` make it begin anywhere. NULL where that can't be known.
    fn last_sql(&self) -> String {
        if !self.readable && !self.usable {
            return "NULL".to_owned();
        }
        if !self.readable {
            // Who may only use it is told what it gave last, and nothing of one that has given nothing.
            let name = Dialect::of(Engine::Postgres).text(&self.name);
            return format!("pg_catalog.pg_sequence_last_value({name}::pg_catalog.regclass)");
        }
        format!(
            "(SELECT q.last_value::pg_catalog.numeric - CASE WHEN q.is_called THEN 0 ELSE {} END FROM {} AS q)",
            self.increment, self.name
        )
    }

    fn next_sql(&self) -> String {
        format!("pg_catalog.nextval({})", Dialect::of(Engine::Postgres).text(&self.name))
    }

    /// Moves it from what it gave `last` so that what it gives next is beyond `furthest`, a key in its range; `None` where
    /// it stands there already.
    fn advance_sql(&self, last: i128, furthest: i128) -> Option<String> {
        // The last of its own values that is not beyond: the next one is.
        let steps = (furthest - last).checked_div(self.increment)?;
        if steps <= 0 {
            return None;
        }
        if steps <= STEPS_DRAWN {
            return Some(format!(
                "SELECT pg_catalog.count({}) FROM pg_catalog.generate_series(1, {steps})",
                self.next_sql()
            ));
        }
        Some(format!(
            "SELECT pg_catalog.setval({}, {})",
            Dialect::of(Engine::Postgres).text(&self.name),
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
            start: 1,
            increment,
            minimum: -1_000_000,
            maximum: 1_000_000,
            readable: true,
            usable: true,
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
}
