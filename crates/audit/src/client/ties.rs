//! What ties a client's rows to rows that aren't its own, so that it can't be taken out.

use exodus_engine::Connection;
use exodus_schema::{Edge, Graph, RelationId};

use super::count::{Count, count, counts};
use super::one::OneClient;
use super::shape::TooDeep;

/// Rows by which a client hangs together with others, by one relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tie {
    /// The relation.
    pub relation: RelationId,
    /// How they hang together.
    pub kind: TieKind,
    /// How many rows of the relation's child do.
    pub rows: u64,
}

/// How rows hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TieKind {
    /// The client's rows reference rows of both this client and another, because the referenced columns are no key: the
    /// selectors of both pick them.
    Shared,
    /// The client's rows reference rows that another client owns.
    Others,
    /// The client's rows reference rows that aren't there.
    Dangling,
    /// Rows that are not the client's reference rows that are; with them it can't be removed from the source.
    Incoming,
}

impl Tie {
    /// What it is, as a fragment that names no table.
    pub fn message(&self) -> String {
        let what = match self.kind {
            TieKind::Shared => "rows reference, by columns that are no key, rows of this client and of another one",
            TieKind::Others => "this client's rows reference rows that another client owns",
            TieKind::Dangling => "this client's rows reference rows that do not exist",
            TieKind::Incoming => "rows that are not this client's reference its rows",
        };
        format!("{what}: {}", self.rows)
    }

    /// What can be done.
    pub fn help(&self) -> &'static str {
        match self.kind {
            TieKind::Shared => "make the referenced values unique, or give these rows one owner",
            TieKind::Others => {
                "give these rows one owner, or cut the relation with [[ignore_relations]] after setting the references to NULL"
            }
            TieKind::Dangling => "repair or remove these rows on the source: the foreign key is already violated there",
            TieKind::Incoming => {
                "these rows would lose what they reference: give them to this client, or set the references to NULL"
            }
        }
    }

    /// The tie with its relation, as a sentence.
    pub fn sentence(&self, graph: &Graph<'_>) -> String {
        let message = self.message();
        let mut letters = message.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        format!(
            "{}{}, by {}.",
            first.unwrap_or_default(),
            letters.as_str(),
            graph.describe(self.relation)
        )
    }
}

/// What was found by some relations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// The ties, relation by relation.
    pub ties: Vec<Tie>,
    /// Relations by which the client's rows reference rows of client tables that nobody owns, and by how many rows. They
    /// are treated as context: they must be on the target.
    pub unowned: Vec<(RelationId, u64)>,
}

impl Ties {
    /// Whether rows with different owners meet by the relation.
    pub fn meet_by(&self, relation: RelationId) -> bool {
        let meets = |tie: &&Tie| tie.relation == relation && tie.kind != TieKind::Dangling;
        self.ties.iter().any(|tie| meets(&tie))
    }

    /// Takes in what was found by other relations.
    pub fn extend(&mut self, more: Self) {
        self.ties.extend(more.ties);
        self.unowned.extend(more.unowned);
    }
}

/// The statements about one relation. Most clients are tied to nobody: the first ones say so, and only where they don't,
/// the others are asked.
#[derive(Clone, Debug)]
pub struct TieQueries {
    relation: RelationId,
    shared: Option<Count>,
    leaving: Option<Leaving>,
    incoming: Option<Count>,
}

/// About references that lead out of the client's rows.
#[derive(Clone, Debug)]
struct Leaving {
    rows: Count,
    /// Those of them that lead to another client's row; not where the parent is no client table.
    others: Option<String>,
    dangling: String,
}

impl OneClient<'_> {
    /// What ties the client by a relation to a client table, or to a context table: there only references that lead
    /// nowhere are.
    pub fn tie_queries(&self, edge: &Edge) -> Result<TieQueries, TooDeep> {
        let tree = self.shape().tree;
        let (inside, owned) = (tree.contains(edge.parent), tree.contains(edge.child()));
        let mut queries = TieQueries {
            relation: edge.id,
            shared: None,
            leaving: None,
            incoming: None,
        };
        if owned && inside && !self.shape().references_one_row(edge.id) {
            queries.shared = Some(self.count_shared(edge)?);
        }
        if owned {
            queries.leaving = Some(self.leaving(edge, inside)?);
        }
        if inside {
            queries.incoming = Some(self.incoming(edge)?);
        }
        Ok(queries)
    }

    /// Counts rows that are not the client's but reference rows that are.
    pub fn incoming(&self, edge: &Edge) -> Result<Count, TooDeep> {
        let (sides, own) = (self.sides(edge), self.references_own(edge)?);
        let mine = self.mine().bearable(edge.child())?;
        let sql = format!(
            "SELECT COUNT(*) FROM {} AS t WHERE {} AND ({mine}) IS NOT TRUE AND {own}",
            sides.child, sides.set
        );
        Ok(self.weighed(edge, sql, 1))
    }

    /// The condition on the client's rows whose reference leads to a row that is not the client's, or nowhere.
    pub fn leaving_rows(&self, edge: &Edge) -> Result<String, TooDeep> {
        let (mine, set) = (self.mine().bearable(edge.child())?, self.sides(edge).set);
        Ok(if self.shape().tree.contains(edge.parent) {
            format!("{mine} AND {set} AND NOT {}", self.references_own(edge)?)
        } else {
            format!("{mine} AND {set}")
        })
    }

    fn count_shared(&self, edge: &Edge) -> Result<Count, TooDeep> {
        let (sides, mine) = (self.sides(edge), self.mine().bearable(edge.child())?);
        let sql = format!(
            "SELECT COUNT(*) FROM {} AS t WHERE {mine} AND {} AND {} AND {}",
            sides.child,
            sides.set,
            self.references_own(edge)?,
            self.references_others(edge)?,
        );
        Ok(self.weighed(edge, sql, 3))
    }

    fn leaving(&self, edge: &Edge, inside: bool) -> Result<Leaving, TooDeep> {
        let from = format!("SELECT COUNT(*) FROM {} AS t WHERE", self.sides(edge).child);
        let leaving = format!("{from} {}", self.leaving_rows(edge)?);
        let dangling = format!("{leaving} AND {}", self.references_nothing(edge));
        if !inside {
            let (rows, others) = (self.weighed(edge, dangling.clone(), 0), None);
            return Ok(Leaving { rows, others, dangling });
        }
        Ok(Leaving {
            others: Some(format!("{leaving} AND {}", self.references_others(edge)?)),
            dangling,
            rows: self.weighed(edge, leaving, 1),
        })
    }

    fn weighed(&self, edge: &Edge, sql: String, of_parent: u64) -> Count {
        let above = self.mine().uses(edge.parent).saturating_mul(of_parent);
        let uses = self.mine().uses(edge.child()).saturating_add(above);
        Count { sql, uses }
    }
}

/// Asks for all of these relations.
pub async fn ties(connection: &mut dyn Connection, queries: &[TieQueries]) -> exodus_engine::Result<Ties> {
    let first = queries.iter().flat_map(TieQueries::first);
    let first: Vec<Count> = first.cloned().collect();
    let mut numbers = counts(connection, &first).await?.into_iter();
    let mut found = Ties::default();
    for one in queries {
        let mut next = |asked: bool| if asked { numbers.next().unwrap_or(0) } else { 0 };
        let shared = next(one.shared.is_some());
        let leaving = next(one.leaving.is_some());
        let incoming = next(one.incoming.is_some());
        found.add(one.relation, TieKind::Shared, shared);
        if let Some(asked) = one.leaving.as_ref().filter(|_| leaving > 0) {
            found.leaving(connection, one.relation, asked, leaving).await?;
        }
        found.add(one.relation, TieKind::Incoming, incoming);
    }
    Ok(found)
}

impl TieQueries {
    fn first(&self) -> impl Iterator<Item = &Count> {
        let leaving = self.leaving.as_ref().map(|leaving| &leaving.rows);
        self.shared.iter().chain(leaving).chain(&self.incoming)
    }
}

impl Ties {
    fn add(&mut self, relation: RelationId, kind: TieKind, rows: u64) {
        if rows > 0 {
            self.ties.push(Tie { relation, kind, rows });
        }
    }

    async fn leaving(
        &mut self,
        connection: &mut dyn Connection,
        relation: RelationId,
        asked: &Leaving,
        leaving: u64,
    ) -> exodus_engine::Result<()> {
        let Some(others) = &asked.others else {
            // Of references to context, those that lead nowhere were counted at once.
            self.add(relation, TieKind::Dangling, leaving);
            return Ok(());
        };
        let others = count(connection, others).await?;
        let dangling = count(connection, &asked.dangling).await?;
        self.add(relation, TieKind::Others, others);
        self.add(relation, TieKind::Dangling, dangling);
        let unowned = leaving.saturating_sub(others + dangling);
        if unowned > 0 {
            self.unowned.push((relation, unowned));
        }
        Ok(())
    }
}
