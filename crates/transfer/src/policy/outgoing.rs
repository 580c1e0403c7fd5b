//! References of the client's rows to rows of others: which become NULL, and which rows don't arrive.

use std::collections::BTreeSet;

use exodus_audit::client::{Tie, TieKind};
use exodus_engine::Session;
use exodus_schema::{Edge, Reach, RelationId};

use super::columns::to_null;
use super::skip::{Skip, Skipped};
use super::{Narrowing, Outgoing as Policy, Policies, RowsOf, Treated, Treatment};
use crate::error::Result;
use crate::plan::{Check, Problem};
use crate::references::{self, Ties, too_deep};
use crate::shape::{Rows, count};

/// What is done about the client's outgoing references.
#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    /// The ties that nothing is done about.
    pub(crate) ties: Ties,
    /// What is done.
    pub(crate) treated: Vec<Treated>,
    /// Rows that don't arrive.
    pub(crate) skipped: Vec<RowsOf>,
    /// Policies that can't be followed.
    pub(crate) problems: Vec<Problem>,
    /// Which rows arrive, and how.
    pub(crate) narrowing: Narrowing,
}

/// Looks at every tie of the client's rows in the light of the policies. `rows` are all of the client's rows.
pub(crate) async fn treat(source: &mut Session, rows: &Rows<'_>, policies: &Policies) -> Result<Outgoing> {
    let mut found = Outgoing {
        ties: references::find(source, rows).await?,
        ..Outgoing::default()
    };
    let is_treated = |tie: &&Tie| tie.kind == TieKind::Others && policies.outgoing(tie.relation) != Policy::Refuse;
    let treated: Vec<Tie> = found.ties.ties.iter().filter(is_treated).copied().collect();
    if treated.is_empty() {
        return Ok(found);
    }
    let mut work = Work {
        rows,
        policies,
        found: &mut found,
        given_up: BTreeSet::new(),
    };
    let skipped = work.skip(source, &treated).await?;
    work.set_null(source, &treated, &skipped).await?;
    let given_up = work.given_up;
    if !found.narrowing.only.is_empty() {
        // A row that doesn't arrive is tied to nobody.
        let narrowed = rows.narrowed(&found.narrowing);
        let mut again = references::find(source, &narrowed).await?;
        again.ties.retain(|tie| tie.kind != TieKind::Incoming);
        let incoming = found.ties.ties.iter().filter(|tie| tie.kind == TieKind::Incoming);
        again.ties.extend(incoming.copied());
        again.ties.sort_unstable();
        found.ties = again;
    }
    let settled = |tie: &Tie| tie.kind == TieKind::Others && given_up.contains(&tie.relation);
    found.ties.ties.retain(|tie| !settled(tie));
    Ok(found)
}

struct Work<'w, 'a> {
    rows: &'w Rows<'a>,
    policies: &'w Policies,
    found: &'w mut Outgoing,
    /// Relations by which nothing leads out of the rows any more.
    given_up: BTreeSet<RelationId>,
}

impl Work<'_, '_> {
    /// Finds the rows that don't arrive.
    async fn skip(&mut self, source: &mut Session, treated: &[Tie]) -> Result<Skipped> {
        let mut skip = Skip::new(self.rows, self.policies);
        for tie in treated {
            let Some(edge) = self.rows.shape.graph.edge(tie.relation) else {
                continue;
            };
            if self.policies.outgoing(edge.id) != Policy::SkipRow {
                continue;
            }
            if self.is_shared(edge) {
                self.refuse(edge, "these rows can't be left behind: the other client owns them as well, so that they could neither be removed nor stay", "give them one owner, or take set-null: then they go with this client");
                continue;
            }
            skip.seed(source, edge).await?;
            self.given_up.insert(edge.id);
            self.tell(edge, Treatment::SkipRow, tie.rows, vec![]);
        }
        let skipped = skip.spread(source).await?;
        for (id, rows) in &skipped.below {
            if let Some(edge) = self.rows.shape.graph.edge(*id) {
                self.tell(edge, Treatment::HangsBelow, *rows, vec![]);
            }
        }
        self.found.problems.extend(skipped.problems.iter().cloned());
        for (id, condition) in skipped.conditions(self.rows)? {
            let (graph, mine) = (self.rows.shape.graph, self.rows.mine.of(id));
            let name = &graph.table(id).name;
            let sql = format!(
                "SELECT COUNT(*) FROM {} AS t WHERE ({mine}) AND ({condition})",
                self.rows.dialect.table(name)
            );
            let rows = count(source, &sql).await?;
            if skipped.keys(id).is_some_and(|keys| keys.len() as u64 != rows) {
                self.found.problems.push(Problem::new(
                    Check::Reference,
                    name,
                    "rows that would not arrive can't be told from others by their keys".to_owned(),
                    "give these rows another owner, or set the references to NULL",
                ));
            }
            let table = name.clone();
            self.found.skipped.push(RowsOf { table, rows });
            let condition = format!("({condition}) IS NOT TRUE");
            self.found.narrowing.only.insert(id, condition);
        }
        Ok(skipped)
    }

    /// Whether the selectors of the other client pick these rows, too.
    fn is_shared(&self, edge: &Edge) -> bool {
        let member = self.rows.shape.tree.member(edge.child());
        member.is_some_and(|member| {
            matches!(member.reach, Reach::Partial | Reach::Closure(_)) && member.owners.contains(&edge.id)
        })
    }

    /// Finds the columns that arrive as NULL.
    async fn set_null(&mut self, source: &mut Session, treated: &[Tie], skipped: &Skipped) -> Result<()> {
        let (rows, graph) = (self.rows.narrowed(&self.found.narrowing), self.rows.shape.graph);
        let set_null = |(_, policy): &(&RelationId, &Policy)| **policy == Policy::SetNull;
        let relations: Vec<RelationId> = self
            .policies
            .outgoing
            .iter()
            .filter(set_null)
            .map(|(&id, _)| id)
            .collect();
        for edge in relations.iter().filter_map(|&id| graph.edge(id)) {
            let leaves = treated.iter().any(|tie| tie.relation == edge.id);
            let Some(condition) = self.to_others(source, edge, leaves, skipped)? else {
                continue;
            };
            let columns = match to_null(rows.shape, edge) {
                Ok(columns) => columns,
                Err(reason) => {
                    let what = format!("this reference can't become NULL: {reason}");
                    self.refuse(edge, &what, "take skip-row, or repair these rows on the source");
                    continue;
                }
            };
            let sql = format!(
                "SELECT COUNT(*) FROM {} AS t WHERE {} AND ({condition})",
                rows.one.sides(edge).child,
                rows.mine.of(edge.child())
            );
            let number = count(source, &sql).await?;
            self.given_up.insert(edge.id);
            if number == 0 {
                continue;
            }
            let nulled = self.found.narrowing.nulled.entry(edge.child()).or_default();
            nulled.extend(columns.iter().map(|column| (column.clone(), condition.clone())));
            self.tell(edge, Treatment::SetNull, number, columns);
        }
        Ok(())
    }

    /// The condition on rows whose reference leads to another client's row, or to one that doesn't arrive; `None` if there
    /// is none.
    fn to_others(&self, source: &Session, edge: &Edge, leaves: bool, skipped: &Skipped) -> Result<Option<String>> {
        let (one, set) = (&self.rows.one, self.rows.one.sides(edge).set);
        let mut ways = vec![];
        if leaves {
            ways.push(one.references_others(edge).map_err(|error| too_deep(source, error))?);
        }
        if let Some(among) = skipped.among(self.rows, edge.parent, "q")? {
            ways.push(one.references_such(edge, &among));
        }
        Ok((!ways.is_empty()).then(|| format!("{set} AND ({})", ways.join(" OR "))))
    }

    fn tell(&mut self, edge: &Edge, treatment: Treatment, rows: u64, columns: Vec<String>) {
        let graph = self.rows.shape.graph;
        self.found.treated.push(Treated {
            table: graph.table(edge.child()).name.clone(),
            relation: graph.describe(edge.id),
            treatment,
            rows,
            columns,
        });
    }

    fn refuse(&mut self, edge: &Edge, message: &str, help: &str) {
        let graph = self.rows.shape.graph;
        let name = &graph.table(edge.child()).name;
        let mut problem = Problem::new(Check::Reference, name, message.to_owned(), help);
        problem.relation = Some(graph.describe(edge.id));
        self.found.problems.push(problem);
    }
}
