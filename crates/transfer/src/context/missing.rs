//! Context rows that the target lacks, and is given before the client's rows come.
//!
//! They go in waves: a row's own parents are there before it, or in the same wave where they reference each other in a
//! circle. Plain inserts inside the move's transaction; a row that came there meanwhile is an error. They stay when the
//! move is aborted after its commit: by then others may reference them.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::{CheckTime, Checks, Dialect, Load, Select, Session, Sides};
use exodus_schema::model::{Enabled, Event};
use exodus_schema::{Column, Edge, Graph, Schema, TableId};

use crate::copy::{Ends, stream};
use crate::error::{Error, Result};
use crate::keys::{self, KeyText, Keyed};
use crate::plan::{Check, Integrity, Problem};
use crate::policy::RowsOf;
use crate::progress::Progress;
use crate::shape::{Rows, count};
use crate::there::travelling;

/// Keys in one statement.
const BATCH: usize = 500;
/// Rows that can be given; their keys are held in memory.
const MOST: usize = 200_000;

/// Rows of one table that go together.
type Step = (TableId, Vec<KeyText>);

/// The rows that the target lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    rows: BTreeMap<TableId, BTreeSet<KeyText>>,
    steps: Vec<Step>,
}

impl Missing {
    /// Adds those of the source's rows under a condition that the target has not; how many it has not.
    pub(super) async fn add(
        &mut self,
        (source, rows): (&mut Session, &Rows<'_>),
        (target, there): (&mut Session, &Rows<'_>),
        (table, is_there): (TableId, bool),
        condition: &str,
    ) -> Result<u64> {
        let keyed = Keyed::of(rows.shape.graph.table(table));
        let other = keyed
            .as_ref()
            .and_then(|keyed| keyed.there(there.shape.graph.table(table)));
        let (Some(keyed), Some(other)) = (keyed, other) else {
            return Ok(0);
        };
        let found = source.query(&keyed.select(rows.dialect, "t", condition)).await?;
        let found: Vec<KeyText> = keys::read(found).into_iter().collect();
        let absent = if is_there {
            absent(target, there.dialect, &other, found).await?
        } else {
            found
        };
        let number = absent.len() as u64;
        self.rows.entry(table).or_default().extend(absent);
        Ok(number)
    }

    /// There are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.values().all(BTreeSet::is_empty)
    }

    /// The tables that have some.
    pub(crate) fn tables(&self) -> impl Iterator<Item = TableId> {
        let some = self.rows.iter().filter(|(_, keys)| !keys.is_empty());
        some.map(|(&id, _)| id)
    }

    /// How many there are, table by table.
    pub(crate) fn rows_of(&self, graph: &Graph<'_>) -> Vec<RowsOf> {
        let of = |id: TableId| RowsOf {
            table: graph.table(id).name.clone(),
            rows: self.rows.get(&id).map_or(0, |keys| keys.len() as u64),
        };
        self.tables().map(of).collect()
    }

    /// Finds the order in which they go, and what stands against giving them.
    pub(crate) async fn settle(
        &mut self,
        source: &mut Session,
        rows: &Rows<'_>,
        target: &Session,
        integrity: Integrity,
    ) -> Result<Vec<Problem>> {
        let graph = rows.shape.graph;
        if self.rows.values().map(BTreeSet::len).sum::<usize>() > MOST {
            let first = self.tables().next().map_or(rows.shape.tree.root(), |id| id);
            let message = format!("more than {MOST} context rows are missing on {}", target.name());
            let help = "bring the context tables on the target up to date first";
            return Ok(vec![Problem::new(
                Check::Context,
                &graph.table(first).name,
                message,
                help,
            )]);
        }
        let mut waits = self.references(source, rows).await?;
        let mut left: BTreeSet<(TableId, KeyText)> = BTreeSet::new();
        for (&id, keys) in &self.rows {
            left.extend(keys.iter().map(|key| (id, key.clone())));
        }
        while !left.is_empty() {
            let free = |row: &&(TableId, KeyText)| waits.get(row).is_none_or(|on| on.is_disjoint(&left));
            let wave: Vec<(TableId, KeyText)> = left.iter().filter(free).cloned().collect();
            if wave.is_empty() {
                break;
            }
            for row in &wave {
                left.remove(row);
                waits.remove(row);
            }
            self.step(wave);
        }
        let one_by_one = integrity == Integrity::Enforced && target.capabilities().check_time != CheckTime::Commit;
        let circle = left.first().map(|(id, _)| *id).filter(|_| one_by_one);
        self.step(left.into_iter().collect());
        Ok(circle.map_or_else(Vec::new, |id| {
            let message = "missing context rows reference each other in a circle".to_owned();
            let help =
                "let the target session switch checks off (--integrity proven), or give the target these rows first";
            vec![Problem::new(Check::Context, &graph.table(id).name, message, help)]
        }))
    }

    fn step(&mut self, wave: Vec<(TableId, KeyText)>) {
        let mut by_table: BTreeMap<TableId, Vec<KeyText>> = BTreeMap::new();
        for (id, key) in wave {
            by_table.entry(id).or_default().push(key);
        }
        self.steps.extend(by_table);
    }

    /// For each row the other missing rows that it references.
    async fn references(
        &self,
        source: &mut Session,
        rows: &Rows<'_>,
    ) -> Result<BTreeMap<(TableId, KeyText), BTreeSet<(TableId, KeyText)>>> {
        let graph = rows.shape.graph;
        let mut waits: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let within = |edge: &&Edge| self.rows.contains_key(&edge.child()) && self.rows.contains_key(&edge.parent);
        for edge in graph.edges().iter().filter(within) {
            let (Some(child), Some(parent)) = (
                Keyed::of(graph.table(edge.child())),
                Keyed::of(graph.table(edge.parent)),
            ) else {
                continue;
            };
            let Sides {
                child: name,
                parent: other,
                set,
                on,
            } = rows.one.sides(edge);
            let (texts, of_parent) = (child.texts(rows.dialect, "t"), parent.texts(rows.dialect, "q"));
            let keys: Vec<KeyText> = self.rows[&edge.child()].iter().cloned().collect();
            for batch in keys.chunks(BATCH) {
                let among = child.among(rows.dialect, "t", batch)?;
                let sql = format!(
                    "SELECT {texts}, {of_parent} FROM {name} AS t JOIN {other} AS q ON {on} WHERE {among} AND {set}"
                );
                for pair in keys::read(source.query(&sql).await?) {
                    let (key, referenced) = pair.split_at(batch[0].len());
                    let (key, referenced) = ((edge.child(), key.to_vec()), (edge.parent, referenced.to_vec()));
                    if key != referenced && self.rows[&edge.parent].contains(&referenced.1) {
                        waits.entry(key).or_default().insert(referenced);
                    }
                }
            }
        }
        Ok(waits)
    }

    /// Triggers that would fire when the rows are inserted.
    pub(crate) fn triggers(&self, there: &Graph<'_>, target_schema: &Schema, silenced: bool) -> Vec<Problem> {
        let mut problems = vec![];
        for name in self.tables().map(|id| &there.table(id).name) {
            let fires = |trigger: &&exodus_schema::model::Trigger| {
                let on = match trigger.enabled {
                    Enabled::Disabled => false,
                    Enabled::Always => true,
                    Enabled::Origin => !silenced,
                    Enabled::Replica => silenced,
                };
                on && trigger.events.contains(&Event::Insert)
            };
            let triggers = target_schema.table(name).into_iter().flat_map(|table| &table.triggers);
            for trigger in triggers.filter(fires) {
                let message = format!(
                    "trigger {} would fire when missing context rows are inserted",
                    trigger.name
                );
                let help = "disable the trigger for the time of the move, or give the target these rows first";
                problems.push(Problem::new(Check::Trigger, name, message, help));
            }
        }
        problems
    }

    /// Waits for whoever is inserting the same rows, where asking for a row waits for it; how many are there now.
    pub(crate) async fn wait(&self, target: &mut Session, there: &Rows<'_>) -> Result<u64> {
        let mut found = 0;
        for (id, keys) in &self.steps {
            let table = there.shape.graph.table(*id);
            let Some(keyed) = Keyed::of(table) else { continue };
            for batch in keys.chunks(BATCH) {
                let condition = keyed.among(there.dialect, "t", batch)?;
                let select = select(table.name.clone(), vec![], condition);
                found += target.hold(&select).await?;
            }
        }
        Ok(found)
    }

    /// Copies them, and proves their own references where the server does not check them.
    pub(crate) async fn copy(
        &self,
        ends: &mut Ends<'_>,
        (rows, there): (&Rows<'_>, &Rows<'_>),
        target_schema: &Schema,
        checks: Checks,
        progress: &dyn Progress,
    ) -> Result<()> {
        for (id, keys) in &self.steps {
            let (table, other) = (rows.shape.graph.table(*id), there.shape.graph.table(*id));
            let (from, to) = travelling(table, other);
            let Some(keyed) = Keyed::of(table) else { continue };
            let all = target_schema.table(&other.name).map_or(&to, |known| &known.columns);
            progress.table(&table.name, keys.len() as u64);
            let load = Load {
                table: other.name.clone(),
                columns: to.clone(),
            };
            for batch in keys.chunks(BATCH) {
                let condition = keyed.among(rows.dialect, "t", batch)?;
                let select = select(table.name.clone(), from.clone(), condition);
                let (_, stored) = stream(ends, &select, &load, all, progress).await?;
                if stored != batch.len() as u64 {
                    return Err(Error::Moved {
                        database: ends.target.name().to_owned(),
                        table: table.name.clone(),
                        doing: "storing context rows of",
                        expected: batch.len() as u64,
                        found: stored,
                    });
                }
            }
            progress.table_done(&table.name, keys.len() as u64);
        }
        if checks == Checks::Off {
            self.prove(ends.target, there, target_schema).await?;
        }
        Ok(())
    }

    /// Every reference of the new rows leads to a row, which is held.
    async fn prove(&self, target: &mut Session, there: &Rows<'_>, target_schema: &Schema) -> Result<()> {
        let graph = Graph::new(target_schema);
        let dialect = there.dialect;
        for (id, keys) in &self.steps {
            let (known, keyed) = (there.shape.graph.table(*id), Keyed::of(there.shape.graph.table(*id)));
            let (Some(child), Some(keyed)) = (graph.find(&known.name), keyed) else {
                continue;
            };
            for edge in graph.parents(child) {
                for batch in keys.chunks(BATCH) {
                    let parents = parents_of(&graph, dialect, edge, &keyed.among(dialect, "c", batch)?);
                    let parent = graph.table(edge.parent).name.clone();
                    target.hold(&select(parent, vec![], parents)).await?;
                    let Sides { child, parent, set, on } = Sides::of(&graph, dialect, edge);
                    let among = keyed.among(dialect, "t", batch)?;
                    let sql = format!(
                        "SELECT COUNT(*) FROM {child} AS t WHERE {among} AND {set} AND NOT EXISTS (SELECT 1 FROM {parent} AS q WHERE {on})"
                    );
                    let rows = count(target, &sql).await?;
                    if rows > 0 {
                        return Err(Error::Unproven {
                            database: target.name().to_owned(),
                            table: known.name.clone(),
                            relation: graph.describe(edge.id),
                            rows,
                        });
                    }
                }
            }
        }
        Ok(())
    }
}

/// The parent row `t` is referenced by a child row `c` that satisfies a condition.
fn parents_of(graph: &Graph<'_>, dialect: Dialect, edge: &Edge, condition: &str) -> String {
    let (child, relation) = (graph.table(edge.child()), graph.relation(edge.id));
    let names = dialect.columns("t", relation.parent_columns());
    let names = match relation.columns.len() {
        1 => names,
        _ => format!("({names})"),
    };
    let sides = relation.columns.iter();
    let sides = sides.map(|pair| dialect.child_side("c", child, &relation.when, pair));
    let set = dialect.references("c", child, &relation.when, &relation.columns);
    format!(
        "{names} IN (SELECT {} FROM {} AS c WHERE {condition} AND {set})",
        sides.collect::<Vec<_>>().join(", "),
        dialect.table(&child.name),
    )
}

fn select(table: exodus_schema::TableName, columns: Vec<Column>, condition: String) -> Select {
    Select {
        table,
        columns,
        condition,
        nulled: vec![],
        nulled_when: vec![],
        dense: false,
    }
}

/// Those of the keys that no row has. Asked by number, in halves: what a key reads like differs between products.
async fn absent(target: &mut Session, dialect: Dialect, keyed: &Keyed<'_>, keys: Vec<KeyText>) -> Result<Vec<KeyText>> {
    let mut absent = vec![];
    let mut stack: Vec<Vec<KeyText>> = keys.chunks(BATCH).map(<[KeyText]>::to_vec).collect();
    while let Some(mut keys) = stack.pop() {
        let among = keyed.among(dialect, "t", &keys)?;
        match count(target, &keyed.count(dialect, &among)).await? {
            0 => absent.append(&mut keys),
            found if found >= keys.len() as u64 => {}
            _ => {
                let rest = keys.split_off(keys.len() / 2);
                stack.extend([keys, rest]);
            }
        }
    }
    Ok(absent)
}
