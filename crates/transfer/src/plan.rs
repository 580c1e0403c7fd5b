//! The plan of a move: what will be copied, in which order and why, and what stands against it.

mod hazards;
mod loops;
mod table;
mod there;
mod triggers;

use std::collections::BTreeSet;

use exodus_engine::Session;
use exodus_schema::{Schema, Selectors, TableId, TableName};
use serde::Serialize;

use crate::context::Missing;
use crate::create::Tables;
use crate::error::Result;
use crate::fence::Fenced;
use crate::key::ClientKey;
use crate::key_lists::{self, KeyLists};
use crate::policy::{self, Narrowing, Policies, References};
use crate::references::Ties;
use crate::shape::{Rows, Shape};
use crate::{carried, compatible, generators, privileges, room};

pub use hazards::{ClientHazard, Rules};
pub use loops::{LoopMethod, PlannedLoop};
pub use table::PlannedTable;
pub(crate) use triggers::Triggers;

/// Which check found a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// A user may not do what is needed.
    Privilege,
    /// The target's tables differ.
    Schema,
    /// The target already has rows of this client.
    TargetNotEmpty,
    /// Values that can't arrive as what they are.
    Value,
    /// A unique value of the client is taken on the target.
    Collision,
    /// References to or from rows of others.
    Reference,
    /// Context rows are missing or different.
    Context,
    /// Triggers that would write.
    Trigger,
    /// A loop cannot be copied in the chosen way.
    Loop,
    /// Locks on the client's rows would not hold up all writers.
    Fence,
    /// A rule's finding.
    Hazard,
    /// What the dispatch store says of the client.
    Dispatch,
    /// Transactions that are open on the source.
    Transaction,
    /// Generators of keys.
    Generator,
    /// Room on the target.
    Room,
}

/// Something that keeps a move from beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The check.
    pub check: Check,
    /// The rule that found it, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// The table.
    pub table: TableName,
    /// The relation, described, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// Rows concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// What it is.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The statement that does it, if one can be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

impl Problem {
    pub(crate) fn new(check: Check, table: &TableName, message: String, help: &str) -> Self {
        Self {
            check,
            rule: None,
            table: table.clone(),
            relation: None,
            rows: None,
            message,
            help: help.to_owned(),
            statement: None,
        }
    }
}

/// How foreign keys are made to hold on the target; both guarantee the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Integrity {
    /// Checks are off for our session, and every relation is proved before the commit.
    Proven,
    /// The server checks every row.
    Enforced,
}

/// What a move will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The client.
    pub client: String,
    /// Where it is.
    pub source: String,
    /// Where it goes.
    pub target: String,
    /// How foreign keys are made to hold.
    pub integrity: Integrity,
    /// Why this way.
    pub integrity_reason: String,
    /// What keeps others from writing to the client, if it is more than the dispatch row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fence: Option<Fenced>,
    /// Tables, parents first.
    pub tables: Vec<PlannedTable>,
    /// What keeps it from beginning.
    pub problems: Vec<Problem>,
    /// What does not, and may yet make it fail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Problem>,
    /// What concerns later moves, and not this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Problem>,
    /// What the rules say about the client, worst first.
    pub hazards: Vec<ClientHazard>,
    /// The tables that will be made on the target first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creating: Option<Tables>,
    /// What is done about references that lead out of the client's rows, or into them.
    #[serde(skip_serializing_if = "References::is_empty")]
    pub references: References,
    #[serde(skip)]
    pub(crate) narrowing: Narrowing,
    #[serde(skip)]
    pub(crate) context: Missing,
    #[serde(skip)]
    pub(crate) ties: Ties,
    #[serde(skip)]
    pub(crate) steps: loops::Steps,
    #[serde(skip)]
    pub(crate) lists: KeyLists,
}

impl Plan {
    /// The client's rows in all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Whoever only looks need not be able to write: that this user lacks what a move needs is worth knowing, and no problem.
    pub fn is_only_looked_at(&mut self) {
        let is_about_writing = |problem: &Problem| {
            problem.check == Check::Privilege
                && !problem.message.ends_with(" lacks SELECT")
                && !problem.message.contains(" lacks USAGE")
                // Nothing can be read where policies would hide rows.
                && !problem.message.contains(" lacks BYPASSRLS")
        };
        let (told, kept) = std::mem::take(&mut self.problems)
            .into_iter()
            .partition(is_about_writing);
        self.problems = kept;
        self.warnings.extend::<Vec<_>>(told);
    }

    /// The client's rows in one of its tables.
    pub fn own_rows(&self, id: TableId) -> Option<u64> {
        self.table(id).map(|table| table.rows)
    }

    /// The planned table.
    pub fn table(&self, id: TableId) -> Option<&PlannedTable> {
        self.tables.iter().find(|table| table.id == id)
    }
}

/// What to plan.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The monolith's client tables.
    pub shape: Shape<'a>,
    /// The same tables as the target has them: see [`There`](crate::There).
    pub there: Shape<'a>,
    /// Whom to move.
    pub client: &'a ClientKey,
    /// The target's schema.
    pub target_schema: &'a Schema,
    /// The way of integrity the user insists on.
    pub integrity: Option<Integrity>,
    /// Between products: values may lose what the target's types can't hold.
    pub allow_lossy: bool,
    /// What becomes of references to and from others' rows.
    pub policies: &'a Policies,
    /// What the rules have found.
    pub rules: Rules<'a>,
    /// Tables that the target's schema has, but the target only will have.
    pub creating: Option<&'a Tables>,
}

impl Request<'_> {
    /// The tables that are still to be made.
    fn absent(&self) -> impl Iterator<Item = TableId> {
        let names = self.creating.map_or(&[][..], Tables::names);
        let graph = self.there.graph;
        graph.tables().filter(move |&id| names.contains(&graph.table(id).name))
    }
}

/// Makes the plan. `source` and `target` should be in transactions that see one unchanging state; nothing is written.
pub async fn plan(source: &mut Session, target: &mut Session, request: Request<'_>) -> Result<Plan> {
    let Request {
        shape,
        there,
        client,
        integrity,
        ..
    } = request;
    bearable(source, shape)?;
    bearable(target, there)?;
    let all = Rows::of(shape, source.dialect(), client)?;
    all.find_client(source).await?;
    // What a policy leaves behind is left behind in later snapshots, too, for which these lists would be too old.
    let all = if request.policies.outgoing.is_empty() {
        all.with_key_lists(source).await?
    } else {
        all
    };
    let mut treated = policy::treat(source, &all, request.policies).await?;
    let (kept_for, kept) = policy::keep(source, &all, request.policies, &mut treated.ties).await?;
    let rows = all.narrowed(&treated.narrowing);
    let (integrity, integrity_reason) = choose_integrity(target, integrity)?;
    let compared = compatible::compared(&request, target.name(), target.dialect());
    let mut plan = Plan {
        client: client.to_string(),
        source: source.name().to_owned(),
        target: target.name().to_owned(),
        integrity,
        integrity_reason,
        fence: None,
        tables: vec![],
        problems: compared.problems,
        warnings: compared.warnings,
        notes: vec![],
        hazards: vec![],
        creating: request.creating.cloned(),
        references: References {
            treated: [treated.treated, kept_for].concat(),
            skipped: treated.skipped,
            kept: kept.rows_of(&all),
            ..References::default()
        },
        narrowing: treated.narrowing,
        context: Missing::default(),
        ties: treated.ties,
        steps: loops::Steps::default(),
        lists: all.lists().clone(),
    };
    let absent = request.absent().collect();
    let (reading, writing) = privileges::writing(there, &absent, plan.integrity);
    let unread = privileges::lacking(target, &reading).await?;
    let is_read = unread.is_empty();
    plan.problems.extend(unread);
    plan.problems.extend(treated.problems);
    plan.problems.extend(kept.problems);
    if let Some(tables) = request.creating {
        // What can't be made need not be missed as well.
        let unmade = tables.problems();
        plan.problems
            .retain(|problem| unmade.iter().all(|other| other.table != problem.table));
        plan.problems.extend(unmade);
        plan.warnings.extend(tables.warnings());
    }
    for (id, number) in rows.count_all(source).await? {
        let planned = PlannedTable::of((source, target), &rows, id, number);
        plan.tables.push(planned);
    }
    // The rest compares rows on both ends, which takes equal tables.
    if plan.problems.is_empty() {
        on_the_rows(source, target, &rows, &request, &mut plan).await?;
    }
    // What can't be written can still be looked at.
    if is_read {
        let late = plan.tables.iter().filter(|table| !table.late_columns().is_empty());
        let setting = late.map(|table| privileges::setting(there, table.id, table.late_columns()));
        let undoing = privileges::undoing(there, request.target_schema, target.capabilities());
        let needed = privileges::merged([writing, setting.collect(), undoing].concat());
        plan.problems.extend(privileges::lacking(target, &needed).await?);
    }
    Ok(plan)
}

/// Refuses to send a server statements that would take all of its memory.
fn bearable(session: &Session, shape: Shape<'_>) -> Result<()> {
    let Some(most) = session.dialect().most_set_uses() else {
        return Ok(());
    };
    let selectors = Selectors::new(shape.graph, shape.tree, shape.root_key);
    let heavy = |id: &TableId| selectors.of(*id).is_some_and(|selector| selector.set_uses() > most);
    let Some(id) = shape.tables().find(heavy) else {
        return Ok(());
    };
    let doing = format!("selecting the client's rows of {}", shape.graph.table(id).name);
    Err(exodus_engine::Error::new(exodus_engine::ErrorKind::Unsupported, session.name(), doing)
        .help(format!(
            "too many nullable relations stand on top of each other for {}: make one NOT NULL on the way, or cut one with [[ignore_relations]]",
            session.engine()
        ))
        .into())
}

/// How foreign keys will be made to hold on this target, unless one of the ways is asked for that it can't go.
pub fn integrity(target: &Session, wanted: Option<Integrity>) -> Result<Integrity> {
    Ok(choose_integrity(target, wanted)?.0)
}

pub(crate) fn choose_integrity(target: &Session, wanted: Option<Integrity>) -> Result<(Integrity, String)> {
    let able = target.capabilities().checks_off;
    match wanted {
        Some(Integrity::Proven) if !able => Err(exodus_engine::Error::new(
            exodus_engine::ErrorKind::Unsupported,
            target.name(),
            "switching foreign key checks off for this session",
        )
        .help("leave --integrity out, or let this role set session_replication_role")
        .into()),
        Some(chosen) => Ok((chosen, "asked for".to_owned())),
        None if able => Ok((
            Integrity::Proven,
            "the session may switch checks off; every relation is proved instead".to_owned(),
        )),
        None => Ok((Integrity::Enforced, "the session may not switch checks off".to_owned())),
    }
}

async fn on_the_rows(
    source: &mut Session,
    target: &mut Session,
    rows: &Rows<'_>,
    request: &Request<'_>,
    plan: &mut Plan,
) -> Result<()> {
    let target_tables = (request.there, request.target_schema);
    loops::look(source, rows, target_tables, target.capabilities(), plan).await?;
    carried::look((source, target), rows, request, plan).await?;
    let mut there = Rows::of(request.there, target.dialect(), request.client)?;
    let absent: BTreeSet<TableId> = request.absent().collect();
    // Where one of the tables is not there yet, the client can't be found. All of this is asked again when it is.
    if !rows.shape.tables().any(|id| absent.contains(&id)) {
        there = key_lists::look_up(target, &there, &plan.lists.tables()).await?;
        there::on_the_target(source, target, (rows, &there), request, plan).await?;
        if request.rules.thorough {
            generators::look((source, target), rows, request, plan).await?;
            room::look((source, target), rows, plan).await?;
        }
    }
    hazards::judge(source, rows, request.rules, plan).await?;
    there::context_rows((source, target), (rows, &there), request, &absent, plan).await?;
    triggers::look(
        (source, rows.shape),
        (target, request.there),
        request.target_schema,
        plan,
    );
    Ok(())
}
