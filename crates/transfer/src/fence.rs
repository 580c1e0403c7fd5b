//! A fence of locks: for writers that don't ask the dispatch store.
//!
//! The hand-over runs in one transaction of the source, which locks all of the client's rows before it reads any and removes
//! them before it ends. A statement of others that would change one of them waits for that, and so does the server's check of a
//! foreign key that would make a new row the client's. When the transaction has committed, the statement finds no row, and the
//! check no parent: nothing is acknowledged that is not on the target. Rows of other clients are not locked.

use std::time::{Duration, Instant};

use exodus_engine::{Access, Checks, ErrorKind, Session};
use exodus_schema::model::Origin;
use exodus_schema::{Edge, Reach, RelationId};
use serde::Serialize;
use serde_json::json;

use crate::drain::Freezing;
use crate::error::{Error, Result};
use crate::plan::{Check, Plan, Problem, Request};
use crate::privileges;
use crate::progress::{Progress, Silent, Step, millis};
use crate::purge::{self, Numbers};
use crate::shape::{Rows, Shape};
use crate::verify::{self, Record, Side};

/// How long such a client stays frozen at most if nothing else is said: writers that can't know of it wait.
pub const BUDGET: Duration = Duration::from_secs(30);

/// The pause after the first attempt; the next ones are longer, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// What keeps others from writing to a client beside its dispatch row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fenced {
    /// Locks on its rows.
    Lock,
}

/// Adds to the plan what would get past the locks, and what does not go together with them.
///
/// # Errors
///
/// The source can't be asked what its user may do there.
pub async fn judge(source: &mut Session, request: &Request<'_>, plan: &mut Plan) -> Result<()> {
    plan.fence = Some(Fenced::Lock);
    plan.problems.extend(unguarded(source, request.shape));
    let checks = if source.capabilities().checks_off {
        Checks::Off
    } else {
        Checks::Enforced
    };
    let schema = request.shape.graph.schema();
    let needed = privileges::removing(request.shape, schema, checks, source.capabilities());
    plan.problems.extend(privileges::lacking(source, &needed).await?);
    plan.problems
        .extend(purge::writing_triggers(source, request.shape, schema, checks));
    let treated = plan.references.treated.iter().filter(|treated| treated.rows > 0);
    plan.problems.extend(treated.map(|treated| {
        let mut problem = Problem::new(
            Check::Fence,
            &treated.table,
            format!(
                "with --fence lock all of the client's rows go from {} as they are, and {} of these can't",
                source.name(),
                treated.rows
            ),
            "leave --fence lock out for this client, or change these rows first",
        );
        (problem.relation, problem.rows) = (Some(treated.relation.clone()), Some(treated.rows));
        problem
    }));
    Ok(())
}

/// The relations by which a row can become the client's, or come to depend on the client's rows, while these are locked.
fn unguarded(source: &Session, shape: Shape<'_>) -> Vec<Problem> {
    let (mut problems, graph) = (vec![], shape.graph);
    let mut refuse = |edge: &Edge, message: String, help: &str| {
        let mut problem = Problem::new(Check::Fence, &graph.table(edge.child()).name, message, help);
        problem.relation = Some(graph.describe(edge.id));
        problems.push(problem);
    };
    for id in shape.tables() {
        for edge in by_which(shape, id).into_iter().filter_map(|id| graph.edge(id)) {
            let relation = graph.relation(edge.id);
            if relation.origin != Origin::Catalogue {
                let message = format!(
                    "nothing on {} holds up whoever adds rows by this relation: it is declared, and no foreign key",
                    source.name()
                );
                refuse(edge, message, "make it a foreign key, or leave --fence lock out");
            } else if !relation.validated {
                let message = format!("{} does not vouch for this foreign key", source.name());
                let help = "validate or enforce it (ALTER TABLE … VALIDATE CONSTRAINT), or leave --fence lock out";
                refuse(edge, message, help);
            }
        }
        if source.dialect().locks_all_keys() {
            continue;
        }
        let table = graph.table(id);
        let key = table.primary_key.as_ref();
        for edge in graph.children(id) {
            let relation = graph.relation(edge.id);
            let by_key = key.is_some_and(|key| relation.parent_columns().eq(key.columns.iter().map(String::as_str)));
            if relation.origin == Origin::Catalogue && !by_key {
                let message = format!(
                    "{} does not hold up whoever adds rows by this foreign key: it references other columns of {} than its \
                     primary key",
                    source.name(),
                    table.name
                );
                refuse(
                    edge,
                    message,
                    "leave --fence lock out, and freeze the client in the application",
                );
            }
        }
    }
    problems
}

/// The relations by which rows of a table are found to be the client's.
fn by_which(shape: Shape<'_>, table: exodus_schema::TableId) -> Vec<RelationId> {
    let Some(member) = shape.tree.member(table) else {
        return vec![];
    };
    match &member.reach {
        Reach::Root => vec![],
        Reach::Complete(path) => path.last().copied().into_iter().collect(),
        Reach::Partial | Reach::Closure(_) => member.owners.clone(),
    }
}

/// The client's rows, under lock.
pub(crate) struct Held {
    numbers: Numbers,
    checks: Checks,
    attempts: u32,
    seconds: f64,
}

/// Begins the transaction on the source, and locks all of the client's rows in it. Whoever holds one of them for long, or is in
/// the way, is given way to: all is let go, and tried again, for as long as open transactions are waited for elsewhere.
pub(crate) async fn lock(
    source: &mut Session,
    rows: &Rows<'_>,
    freezing: &Freezing,
    progress: &dyn Progress,
) -> Result<Held> {
    progress.step(Step::Lock);
    let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
    for attempts in 1.. {
        let cause = match attempt(source, rows).await {
            Ok((numbers, checks)) => {
                let seconds = millis(began.elapsed());
                return Ok(Held {
                    numbers,
                    checks,
                    attempts,
                    seconds,
                });
            }
            Err(Error::Database(cause)) if cause.kind() == ErrorKind::Locked => cause,
            Err(error) => return Err(error),
        };
        source.rollback().await?;
        if began.elapsed() + pause >= freezing.limit {
            return Err(not_locked(source, freezing.limit, cause));
        }
        tracing::debug!(error = %cause, attempts, "the client's rows are not locked yet");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Err(Error::Interrupted)
}

fn not_locked(source: &Session, limit: Duration, cause: exodus_engine::Error) -> Error {
    Error::NotLocked {
        database: source.name().to_owned(),
        limit,
        cause: Box::new(cause),
    }
}

async fn attempt(source: &mut Session, rows: &Rows<'_>) -> Result<(Numbers, Checks)> {
    let checks = purge::begin_removal(source, None).await?;
    if let Some(sql) = source.dialect().give_way_soon() {
        source.execute(sql).await?;
    }
    let (_, numbers) = purge::locked_rows(source, rows).await?;
    Ok((numbers, checks))
}

impl Held {
    /// For the journal.
    pub(crate) fn told(&self) -> serde_json::Value {
        let rows: u64 = self.numbers.values().sum();
        json!({ "fence": "lock", "rows_locked": rows, "attempts": self.attempts, "locked_after_seconds": self.seconds })
    }

    /// Removes what was verified: all rows that are locked, and no other.
    pub(crate) async fn remove(
        &self,
        source: &mut Session,
        rows: &Rows<'_>,
        verified: &Record,
        progress: &dyn Progress,
    ) -> Result<()> {
        for (&id, &locked) in &self.numbers {
            let table = &rows.shape.graph.table(id).name;
            let found = verified.get(&table.to_string()).map_or(0, |recorded| recorded.rows);
            if found != locked {
                return Err(Error::Moved {
                    database: source.name().to_owned(),
                    table: table.clone(),
                    doing: "comparing locked rows of",
                    expected: locked,
                    found,
                });
            }
        }
        progress.step(Step::Remove);
        purge::fenced(source, rows, self.checks, verified, progress).await
    }
}

/// Whether the client's rows have left the source, of a move that had asked for it and does not know. Whoever may still be about
/// to commit that is waited for. Both sessions are outside of any transaction, and are left so.
pub async fn has_left(
    (source, here): (&mut Session, &Rows<'_>),
    (target, there): (&mut Session, &Rows<'_>),
    verified: &Record,
) -> Result<bool> {
    source.begin(Access::Write, Checks::Enforced).await?;
    let looked = looked((source, here), (target, there), verified).await;
    // Both were only read.
    target.rollback().await?;
    source.rollback().await?;
    looked
}

async fn looked(
    (source, here): (&mut Session, &Rows<'_>),
    (target, there): (&mut Session, &Rows<'_>),
    verified: &Record,
) -> Result<bool> {
    let root = here.shape.tree.root();
    if source.lock(&here.select(root, vec![])).await? == 0 {
        return Ok(true);
    }
    // Writers that ask nobody may have changed much of it since. Or all had gone, and one of them has made the client anew:
    // its own row, and what belongs to it. What it made would not be what went.
    target.begin(Access::Snapshot, Checks::Enforced).await?;
    let database = source.name().to_owned();
    let (one, other) = (
        Side {
            connection: source,
            rows: here,
        },
        Side {
            connection: target,
            rows: there,
        },
    );
    let Err(mismatches) = verify::compare(one, other, &Silent).await? else {
        return Ok(false);
    };
    let own = &here.shape.root().name;
    let alone = verified
        .iter()
        .all(|(table, recorded)| recorded.rows == 0 || *table == own.to_string());
    let differs = |table: &str| mismatches.iter().find(|found| found.table.to_string() == table);
    let same = verified.iter().any(|(table, recorded)| {
        let counted = alone || *table != own.to_string();
        counted
            && match differs(table) {
                None => recorded.rows > 0,
                Some(found) => found.source_rows > found.missing + found.different,
            }
    });
    if same {
        Ok(false)
    } else {
        Err(Error::Untold { database })
    }
}
