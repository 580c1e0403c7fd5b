//! What the audit counts is what an independent oracle finds: random schemas and rows, with rows of several owners and of
//! none, and references that lead nowhere.

use std::collections::BTreeSet;

use exodus_audit::{Options, Subject};
use exodus_classify::question::{Answer, Question, Reference};
use exodus_schema::{Graph, RelationId, Schema, TableId, TableName};
use exodus_tests::database::{Database, Server};
use exodus_tests::draw::{Draw, draws};
use exodus_tests::oracle::{Ownership, Row};
use exodus_tests::shapes::SHAPES;
use exodus_tests::sql;
use proptest::prelude::*;

use crate::support::{self, with_orphans};

/// What the oracle says about everything that can be asked.
pub(crate) struct Expected<'a> {
    schema: &'a Schema,
    pub(crate) rows: &'a [Vec<Row>],
    pub(crate) oracle: Ownership<'a>,
}

impl<'a> Expected<'a> {
    pub(crate) fn new(schema: &'a Schema, rows: &'a [Vec<Row>]) -> Self {
        Self {
            schema,
            rows,
            oracle: Ownership::find(schema, &TableName::bare("t0"), rows),
        }
    }

    pub(crate) fn by_number(counts: impl Iterator<Item = usize>) -> Answer {
        let mut by = [0, 0, 0];
        for count in counts {
            by[count.min(2)] += 1;
        }
        Answer::Owners {
            none: by[0],
            one: by[1],
            many: by[2],
        }
    }

    fn owners_by(&self, relation: RelationId, row: usize) -> BTreeSet<usize> {
        let parents = self.oracle.parents(relation.child.0, row, relation.at);
        parents
            .into_iter()
            .flat_map(|(table, at)| self.oracle.owners(table, at))
            .copied()
            .collect()
    }

    fn crossed(&self, table: TableId, relations: &[RelationId]) -> Answer {
        let (mut count, mut pairs) = (0, BTreeSet::new());
        for row in 0..self.rows[table.0].len() {
            let mut owners: BTreeSet<usize> = relations.iter().flat_map(|id| self.owners_by(*id, row)).collect();
            if table.0 == 0 {
                owners.insert(row);
            }
            count += u64::from(owners.len() > 1);
            for one in &owners {
                pairs.extend(owners.range(one + 1..).map(|other| (*one, *other)));
            }
        }
        Answer::Crossed {
            rows: count,
            pairs: pairs.len() as u64,
        }
    }

    pub(crate) fn is_set(&self, relation: RelationId, row: usize) -> bool {
        let table = &self.schema.tables[relation.child.0];
        let of_type = table.relations[relation.at].when.iter().all(|part| {
            let at = table.columns.iter().position(|column| column.name == part.column);
            let value = at.and_then(|at| self.rows[relation.child.0][row][at].as_ref());
            value.is_some_and(|value| part.values.contains(value))
        });
        of_type
            && table.relations[relation.at].child_columns().all(|name| {
                let at = table
                    .columns
                    .iter()
                    .position(|column| column.name == name)
                    .expect("a column");
                self.rows[relation.child.0][row][at].is_some()
            })
    }

    fn parents(&self, id: RelationId) -> Answer {
        let rows = (0..self.rows[id.child.0].len()).filter(|row| self.is_set(id, *row));
        let (there, missing): (Vec<_>, Vec<_>) =
            rows.partition(|row| !self.oracle.parents(id.child.0, *row, id.at).is_empty());
        Answer::Parents {
            set: (there.len() + missing.len()) as u64,
            missing: missing.len() as u64,
        }
    }

    fn unowned(&self, id: RelationId) -> Answer {
        let rows = 0..self.rows[id.child.0].len();
        let unowned = rows.filter(|row| {
            let parents = self.oracle.parents(id.child.0, *row, id.at);
            !parents.is_empty() && self.owners_by(id, *row).is_empty()
        });
        Answer::Count(unowned.count() as u64)
    }

    fn clients(&self, table: TableId, relations: &[RelationId]) -> Answer {
        let mut owners: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.rows[table.0].len()];
        for id in relations {
            for row in 0..self.rows[id.child.0].len() {
                for (_, parent) in self.oracle.parents(id.child.0, row, id.at) {
                    owners[parent].extend(self.oracle.owners(id.child.0, row));
                }
            }
        }
        Self::by_number(owners.iter().map(BTreeSet::len))
    }

    /// The relation that is this reference.
    pub(crate) fn relation_of(&self, reference: &Reference) -> RelationId {
        let child = reference.child;
        let relations = self.schema.tables[child.0].relations.iter().enumerate();
        let mut same = relations.filter(|(_, relation)| Reference::of(relation, child, reference.parent) == *reference);
        let (at, _) = same.next().expect("the relation");
        RelationId { child, at }
    }

    /// By trying all ways down from every row; rows that are not kept are not there.
    pub(crate) fn shape(&self, relations: &[RelationId], keep: &dyn Fn(usize, usize) -> bool) -> Answer {
        let nodes: Vec<(usize, usize)> = relations
            .iter()
            .map(|id| id.child.0)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .flat_map(|table| (0..self.rows[table].len()).map(move |row| (table, row)))
            .filter(|(table, row)| keep(*table, *row))
            .collect();
        let up = |(table, row): (usize, usize)| -> Vec<(usize, usize)> {
            let here = relations.iter().filter(|id| id.child.0 == table);
            let parents = here.flat_map(|id| self.oracle.parents(table, row, id.at));
            parents.filter(|(table, row)| keep(*table, *row)).collect()
        };
        let above = |node| {
            let (mut seen, mut stack) = (BTreeSet::new(), up(node));
            while let Some(next) = stack.pop() {
                if seen.insert(next) {
                    stack.extend(up(next));
                }
            }
            seen
        };
        let cyclic: BTreeSet<_> = nodes
            .iter()
            .copied()
            .filter(|node| above(*node).contains(node))
            .collect();
        let mut depth = 0;
        for node in nodes
            .iter()
            .filter(|node| above(**node).is_disjoint(&cyclic) && !cyclic.contains(node))
        {
            let (mut level, mut long) = (BTreeSet::from([*node]), 0);
            while !level.is_empty() {
                level = level.into_iter().flat_map(up).collect();
                long += u64::from(!level.is_empty());
            }
            depth = depth.max(long);
        }
        let foreign = nodes.iter().filter(|(table, row)| {
            let others = &self.schema.tables[*table].relations;
            let own: BTreeSet<usize> = if *table == 0 {
                BTreeSet::from([*row])
            } else {
                let ids = (0..others.len()).map(|at| RelationId {
                    child: TableId(*table),
                    at,
                });
                let ids = ids.filter(|id| !relations.contains(id));
                ids.flat_map(|id| self.owners_by(id, *row)).collect()
            };
            let here = relations.iter().filter(|id| id.child.0 == *table);
            let mut parents = here.map(|id| self.owners_by(*id, *row));
            !own.is_empty() && parents.any(|parent| !parent.is_empty() && parent != own)
        });
        Answer::Loop {
            depth,
            cyclic: cyclic.len() as u64,
            foreign: foreign.count() as u64,
        }
    }
}

pub(crate) fn all_questions(graph: &Graph<'_>, tree: &exodus_schema::Tree) -> Vec<Question> {
    let mut questions = vec![];
    for table in graph.tables() {
        questions.push(Question::Rows(table));
        let relations: Vec<RelationId> = graph.parents(table).map(|edge| edge.id).collect();
        for edge in graph.parents(table) {
            let relation = graph.relation(edge.id);
            questions.push(Question::Parents(Reference::of(relation, table, edge.parent)));
            if tree.contains(table) && tree.contains(edge.parent) {
                questions.push(Question::Unowned(edge.id));
            }
            if edge.is_self_loop() {
                questions.push(Question::Loop(vec![edge.id]));
            }
        }
        if tree.contains(table) {
            questions.push(Question::Owners(table));
            let inside = graph.parents(table).filter(|edge| tree.contains(edge.parent));
            questions.push(Question::Crossed(table, inside.map(|edge| edge.id).collect()));
            questions.push(Question::Ways(table, relations));
        } else {
            let children = graph.children(table).filter(|edge| tree.contains(edge.child()));
            let children: Vec<_> = children.map(|edge| edge.id).collect();
            if !children.is_empty() {
                questions.push(Question::Clients(table, children));
            }
        }
    }
    for cycle in graph.components(|_| true).cycles() {
        let inside = |edge: &&exodus_schema::Edge| cycle.contains(&edge.child()) && cycle.contains(&edge.parent);
        questions.push(Question::Loop(
            graph.edges().iter().filter(inside).map(|edge| edge.id).collect(),
        ));
    }
    questions
}

fn expected(expected: &Expected<'_>, question: &Question) -> Answer {
    let rows = |table: &TableId| 0..expected.rows[table.0].len();
    match question {
        Question::Rows(table) => Answer::Count(rows(table).len() as u64),
        Question::Owners(table) => {
            Expected::by_number(rows(table).map(|row| expected.oracle.owners(table.0, row).len()))
        }
        Question::Crossed(table, relations) => expected.crossed(*table, relations),
        Question::Unowned(relation) => expected.unowned(*relation),
        Question::Parents(reference) => expected.parents(expected.relation_of(reference)),
        Question::Clients(table, relations) => expected.clients(*table, relations),
        Question::Ways(table, relations) => {
            Expected::by_number(rows(table).map(|row| relations.iter().filter(|id| expected.is_set(**id, row)).count()))
        }
        Question::Loop(relations) => expected.shape(relations, &|_, _| true),
        other => panic!("{other:?} is not asked here"),
    }
}

/// Puts the rows into a database without foreign keys and compares every answer.
fn check(server: Server, schema: &Schema, rows: &[Vec<Row>]) -> Result<(), TestCaseError> {
    check_with(server, schema, rows, false)
}

/// The same, with foreign keys where the server is to vouch for them.
fn check_with(server: Server, schema: &Schema, rows: &[Vec<Row>], vouched: bool) -> Result<(), TestCaseError> {
    let mut database = Database::create(server);
    database.run(&(sql::create(schema) + &sql::insert(schema, rows, |_, _| true)));
    let mut model = schema.clone();
    if vouched {
        database.run(&sql::foreign_keys(schema));
    } else {
        for relation in model.tables.iter_mut().flat_map(|table| &mut table.relations) {
            relation.validated = false;
        }
    }
    if server.dialect() == "postgres" {
        qualify(&mut model);
    }
    let graph = Graph::new(&model);
    let classes = support::classified(&graph, TableId(0));
    let subject = Subject {
        graph: &graph,
        classes: &classes,
        root_key: &["id".to_owned()],
    };
    let questions = all_questions(&graph, &classes.tree);
    let outcome = support::ask(&database.address(), &subject, &questions, &Options::default());
    prop_assert_eq!(&outcome.unanswered, &vec![]);
    let oracle = Expected::new(schema, rows);
    for question in &questions {
        let (found, right) = (support::answer(&outcome, question), expected(&oracle, question));
        prop_assert_eq!(found, right, "{:?} on {:?}", question, server);
    }
    Ok(())
}

/// Names as PostgreSQL has them.
pub(crate) fn qualify(schema: &mut Schema) {
    for table in &mut schema.tables {
        "public".clone_into(&mut table.name.schema);
        for relation in &mut table.relations {
            "public".clone_into(&mut relation.parent.schema);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn counts_are_exact(draw in draws(true), every in 3..40_usize) {
        let case = draw.case();
        let schema = case.schema(Server::Sqlite.engine());
        let rows = with_orphans(&case, &schema, every);
        check(Server::Sqlite, &schema, &rows)?;
    }
}

/// A ladder of diamonds has 2^100 chains; the audit reads each table once.
#[test]
fn a_ladder_of_diamonds_takes_no_longer_than_its_tables() {
    let mut tables = vec![String::new(), "t0?".to_owned(), "t0?".to_owned()];
    for layer in 1..100 {
        for _ in 0..2 {
            tables.push(format!("t{}?, t{}?", 2 * layer - 1, 2 * layer));
        }
    }
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    let case = Draw::shape(&tables, 3).crossing().case();
    let schema = case.schema(Server::Sqlite.engine());
    let start = std::time::Instant::now();
    check(Server::Sqlite, &schema, &case.rows).unwrap_or_else(|error| panic!("{error}"));
    assert!(
        start.elapsed() < std::time::Duration::from_mins(1),
        "it took {:?}",
        start.elapsed()
    );
}

fn every_shape(server: Server) {
    if !server.is_there() {
        return;
    }
    for (seed, (name, tables)) in (0..).zip(SHAPES) {
        let case = Draw::shape(tables, seed).crossing().case();
        let schema = case.schema(server.engine());
        let rows = with_orphans(&case, &schema, 7);
        if let Err(error) = check(server, &schema, &rows) {
            panic!("{name} on {}: {error}", server.name());
        }
    }
}

/// What the schema proves is counted without reading the rows, and it must be right all the same.
#[test]
fn what_the_schema_proves_is_true() {
    let server = Server::Postgres;
    if !server.is_there() {
        return;
    }
    for (seed, (name, tables)) in (0..).zip(SHAPES) {
        let case = Draw::shape(tables, seed).crossing().case();
        let schema = case.schema(server.engine());
        if let Err(error) = check_with(server, &schema, &case.rows, true) {
            panic!("{name}: {error}");
        }
    }
}

#[test]
fn every_shape_on_sqlite() {
    every_shape(Server::Sqlite);
}

#[test]
fn every_shape_on_postgres() {
    every_shape(Server::Postgres);
}

#[test]
fn every_shape_on_mariadb() {
    every_shape(Server::MariaDb);
}

#[test]
fn every_shape_on_mysql() {
    every_shape(Server::MySql);
}
