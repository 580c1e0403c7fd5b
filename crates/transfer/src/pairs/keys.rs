//! Texts that the two ends of a move don't agree on whether they are equal.
//!
//! Products compare texts by their own collations. Where the target's is the coarser one, two keys of the source become one:
//! the copy fails, or rows reference what they didn't. Where it is the finer one, a row no longer references what it did.

use std::collections::{BTreeSet, HashMap};

use exodus_engine::{Dialect, Session};
use exodus_schema::{Column, Edge, Graph, Table, TableId};
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::plan::{Check, Plan, PlannedTable, Problem, Request};
use crate::shape::{Rows, count};

/// Keys asked for in one query.
const BATCH: usize = 500;
/// Rows of which each key is looked at; the copy meets the others.
const MOST: u64 = 100_000;

/// Looks at the keys of the client's rows, and at their references to each other.
pub(super) async fn look(
    (source, target): (&mut Session, &mut Session),
    rows: &Rows<'_>,
    request: &Request<'_>,
    plan: &mut Plan,
) -> Result<()> {
    let (mut problems, mut warnings) = (vec![], vec![]);
    let (graph, there) = (rows.shape.graph, request.there.graph);
    for planned in plan.tables.iter().filter(|planned| planned.rows > 0) {
        let target_table = request.target_schema.table(&there.table(planned.id).name);
        let Some(target_table) = target_table.filter(|_| planned.rows > 1) else {
            continue;
        };
        for names in keys(graph, planned.id, target_table) {
            let key = Key::of(graph.table(planned.id), target_table, &names);
            let Some(key) = key.filter(|key| key.may_merge(rows.dialect, target.dialect())) else {
                continue;
            };
            if planned.rows > MOST {
                warnings.push(key.unseen(planned));
                continue;
            }
            problems.extend(merged(source, target, rows, planned, &key).await?);
        }
    }
    for edge in graph.edges() {
        problems.extend(parted(source, target.dialect(), rows, there, edge).await?);
    }
    plan.problems.extend(problems);
    plan.warnings.extend(warnings);
    Ok(())
}

/// The columns by which rows of a table are known, on either side or by those that reference them; each list once.
fn keys(graph: &Graph<'_>, id: TableId, target: &Table) -> BTreeSet<Vec<String>> {
    let tables = [graph.table(id), target];
    let own = tables
        .into_iter()
        .flat_map(|table| table.primary_key.iter().chain(&table.unique_keys));
    let own = own.filter(|key| key.total).map(|key| key.columns.clone());
    let referenced = graph.children(id).map(|edge| {
        let relation = graph.relation(edge.id);
        relation.parent_columns().map(str::to_owned).collect()
    });
    own.chain(referenced).filter(|columns| !columns.is_empty()).collect()
}

/// A key's columns on both sides.
struct Key<'t> {
    columns: Vec<(&'t Column, &'t Column)>,
}

impl<'t> Key<'t> {
    fn of(here: &'t Table, there: &'t Table, names: &[String]) -> Option<Self> {
        let pairs = names
            .iter()
            .map(|name| here.column(name).zip(there.column(name)))
            .collect::<Option<Vec<_>>>()?;
        Some(Self { columns: pairs })
    }

    /// Whether the target may take for equal what the source doesn't.
    fn may_merge(&self, here: Dialect, there: Dialect) -> bool {
        let shared = |one: &Column, other: &Column| here.passes_rows_to(there) && one.collation == other.collation;
        let merges = |(one, other): &(&Column, &Column)| there.takes_others_for_equal(other) && !shared(one, other);
        self.columns.iter().any(merges)
    }

    fn shown(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(one, _)| one.name.as_str()).collect();
        names.join(", ")
    }

    fn collation(&self) -> &str {
        let found = self.columns.iter().find_map(|(_, other)| other.collation.as_deref());
        found.unwrap_or("its type")
    }

    /// What the target tells the key's texts apart by; `None` for a key with a NULL in it.
    fn sort_key(&self, there: Dialect, texts: &[Option<String>]) -> Option<Vec<String>> {
        let parts = self.columns.iter().zip(texts).map(|((_, other), text)| {
            let text = text.as_deref()?;
            Some(there.sort_key(other, text).unwrap_or_else(|| there.text(text)))
        });
        parts.collect()
    }

    fn unseen(&self, planned: &PlannedTable) -> Problem {
        let message = format!(
            "whether texts of ({}) that differ here are equal by {} was not looked at for more than {MOST} rows",
            self.shown(),
            self.collation()
        );
        let help = "if there are any the copy fails, and undoes itself; a binary collation of the target's column takes none for equal";
        Problem::new(Check::Value, &planned.table, message, help)
    }
}

/// Keys that are several here and one there.
async fn merged(
    source: &mut Session,
    target: &mut Session,
    rows: &Rows<'_>,
    planned: &PlannedTable,
    key: &Key<'_>,
) -> Result<Option<Problem>> {
    let texts: Vec<String> = key
        .columns
        .iter()
        .map(|(column, _)| rows.dialect.key_text("t", column))
        .collect();
    let sql = format!(
        "SELECT {} FROM {} AS t WHERE {}",
        texts.join(", "),
        rows.dialect.table(&planned.table),
        rows.mine.of(planned.id)
    );
    let here = source.query(&sql).await?;
    if here.iter().flatten().flatten().all(|text| is_plain(text)) {
        return Ok(None);
    }
    let mut seen: HashMap<u128, u128> = HashMap::new();
    let mut merged = 0;
    for batch in here.chunks(BATCH) {
        let asked: Vec<_> = batch
            .iter()
            .filter_map(|texts| Some((texts, key.sort_key(target.dialect(), texts)?)))
            .collect();
        let sort_keys = sort_keys(target, &asked).await?;
        for ((texts, _), sort_key) in asked.iter().zip(sort_keys) {
            let (text, sort_key) = (digest(texts), digest(&sort_key));
            if *seen.entry(sort_key).or_insert(text) != text {
                merged += 1;
            }
        }
    }
    let problem = || {
        let message = format!(
            "texts of ({}) that differ here are equal on {}, which compares them by {}: {merged}",
            key.shown(),
            target.name(),
            key.collation()
        );
        let help = "give the target's column a binary collation (utf8mb4_bin, say), or the rows other values";
        let mut problem = Problem::new(Check::Value, &planned.table, message, help);
        problem.rows = Some(merged);
        problem
    };
    Ok((merged > 0).then(problem))
}

/// Digits and the first letters in one case: different ones of these are equal by no collation. So are most keys.
fn is_plain(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte) || byte == b'-')
}

fn digest(parts: &[Option<String>]) -> u128 {
    let mut joined = vec![];
    for part in parts.iter().flatten() {
        joined.extend_from_slice(&(part.len() as u64).to_le_bytes());
        joined.extend_from_slice(part.as_bytes());
    }
    xxh3_128(&joined)
}

/// The values of these expressions on the target, in their order.
async fn sort_keys(
    target: &mut Session,
    asked: &[(&Vec<Option<String>>, Vec<String>)],
) -> Result<Vec<Vec<Option<String>>>> {
    if asked.is_empty() {
        return Ok(vec![]);
    }
    let rows = asked.iter().enumerate();
    let rows: Vec<String> = rows
        .map(|(at, (_, parts))| format!("SELECT {at} AS place, {}", parts.join(", ")))
        .collect();
    let sql = format!("{} ORDER BY 1", rows.join(" UNION ALL "));
    let found = target.query(&sql).await?;
    Ok(found.into_iter().map(|row| row.into_iter().skip(1).collect()).collect())
}

/// References that the source takes for good since it takes two texts for equal, and the target, which is exact, would not.
async fn parted(
    source: &mut Session,
    there: Dialect,
    rows: &Rows<'_>,
    target: &Graph<'_>,
    edge: &Edge,
) -> Result<Option<Problem>> {
    let (graph, dialect) = (rows.shape.graph, rows.dialect);
    let tree = rows.shape.tree;
    if !tree.contains(edge.child()) || !tree.contains(edge.parent) {
        return Ok(None);
    }
    let relation = graph.relation(edge.id);
    let (child, parent) = (graph.table(edge.child()), graph.table(edge.parent));
    let mut differ = vec![];
    for pair in &relation.columns {
        let (Some(one), Some(other)) = (child.column(&pair.child), parent.column(&pair.parent)) else {
            continue;
        };
        let exact = |graph: &Graph<'_>, id, name: &str| {
            let column = graph.table(id).column(name);
            column.is_some_and(|column| !there.takes_others_for_equal(column))
        };
        let coarse = dialect.takes_others_for_equal(one) || dialect.takes_others_for_equal(other);
        if coarse && exact(target, edge.child(), &pair.child) && exact(target, edge.parent, &pair.parent) {
            let [one, other] = [("t", one), ("q", other)].map(|(alias, column)| dialect.groupable(alias, column, true));
            differ.push(format!("{one} <> {other}"));
        }
    }
    if differ.is_empty() {
        return Ok(None);
    }
    let sides = rows.one.sides(edge);
    let sql = format!(
        "SELECT COUNT(*) FROM {} AS t WHERE ({}) AND ({}) AND EXISTS (SELECT 1 FROM {} AS q WHERE {} AND ({}))",
        sides.child,
        rows.mine.of(edge.child()),
        sides.set,
        sides.parent,
        sides.on,
        differ.join(" OR ")
    );
    let found = count(source, &sql).await?;
    let problem = || {
        let message = format!(
            "rows reference others by a text that is equal to theirs here and another one there (capitals, accents, \
             blanks at the end): {found}"
        );
        let help = "write the references as the rows that they lead to write the text";
        let mut problem = Problem::new(Check::Reference, &child.name, message, help);
        problem.relation = Some(graph.describe(edge.id));
        problem.rows = Some(found);
        problem
    };
    Ok((found > 0).then(problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_differ_by_every_collation() {
        assert!(is_plain("6f1c7a34-11d2") && is_plain("") && is_plain("42"));
        assert!(!is_plain("6F") && !is_plain("42 ") && !is_plain("g") && !is_plain("é"));
    }

    #[test]
    fn parts_are_not_run_together() {
        let one = ["ab", "c"].map(|part| Some(part.to_owned()));
        let other = ["a", "bc"].map(|part| Some(part.to_owned()));
        assert_ne!(digest(&one), digest(&other));
    }
}
