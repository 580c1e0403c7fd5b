//! What the audit says about one client is what an independent oracle finds, and so is what ties the client to others: the
//! move's preflight asks the same.

use std::collections::BTreeSet;

use exodus_audit::client::{Tie, TieKind};
use exodus_audit::{Options, Outcome, Subject};
use exodus_classify::Classification;
use exodus_classify::question::{Answer, Question, Reference};
use exodus_engine::{Dialect, Owner};
use exodus_schema::{Graph, Reach, RelationId, TableId};
use exodus_tests::database::{Database, Server};
use exodus_tests::draw::{Case, Draw, KeyType, draws};
use exodus_tests::oracle::Row;
use exodus_tests::shapes::SHAPES;
use exodus_tests::sql;
use proptest::prelude::*;

use crate::owners::{Expected, all_questions, qualify};
use crate::support::{self, with_orphans};

/// Places of rows, table by table.
type Places = Vec<BTreeSet<usize>>;

/// The oracle's view of one client: the rows that a move takes with it, those that somebody's move would take, and what
/// references what.
struct One<'o, 'a> {
    all: &'o Expected<'a>,
    classes: &'o Classification,
    mine: Places,
    anyone: Places,
}

impl<'o, 'a> One<'o, 'a> {
    fn new(all: &'o Expected<'a>, classes: &'o Classification, client: usize) -> Self {
        let (mut anyone, mut mine) = (vec![BTreeSet::new(); all.rows.len()], vec![]);
        for each in 0..all.rows[0].len() {
            let rows = selected(all, classes, each);
            for (anyone, rows) in anyone.iter_mut().zip(&rows) {
                anyone.extend(rows);
            }
            if each == client {
                mine = rows;
            }
        }
        Self {
            all,
            classes,
            mine,
            anyone,
        }
    }

    fn in_tree(&self, table: TableId) -> bool {
        self.classes.tree.contains(table)
    }

    fn rows(&self, table: TableId) -> impl Iterator<Item = usize> {
        0..self.all.rows[table.0].len()
    }

    fn is_mine(&self, table: TableId, row: usize) -> bool {
        self.mine[table.0].contains(&row)
    }

    fn parents(&self, relation: RelationId, row: usize) -> Vec<(usize, usize)> {
        self.all.oracle.parents(relation.child.0, row, relation.at)
    }

    fn references_own(&self, relation: RelationId, row: usize) -> bool {
        let parents = self.parents(relation, row);
        parents.iter().any(|(table, at)| self.mine[*table].contains(at))
    }

    fn references_others(&self, relation: RelationId, row: usize) -> bool {
        let parents = self.parents(relation, row);
        let others = |(table, at): &(usize, usize)| self.anyone[*table].contains(at) && !self.mine[*table].contains(at);
        parents.iter().any(others)
    }

    fn references_unowned(&self, relation: RelationId, row: usize) -> bool {
        let parents = self.parents(relation, row);
        parents.iter().any(|(table, at)| !self.anyone[*table].contains(at))
    }

    /// Rows of the client that are another's by these relations, and rows of others that are the client's.
    fn shared(&self, table: TableId, relations: &[RelationId]) -> [u64; 2] {
        let mut counts = [0, 0];
        for row in self.rows(table) {
            let mut by = relations.iter();
            if self.is_mine(table, row) {
                counts[0] += u64::from(by.any(|relation| self.references_others(*relation, row)));
            } else {
                counts[1] += u64::from(by.any(|relation| self.references_own(*relation, row)));
            }
        }
        counts
    }

    fn answer(&self, question: &Question) -> Answer {
        let mine = |table: TableId| self.rows(table).filter(move |row| self.is_mine(table, *row));
        match question {
            Question::Rows(table) => Answer::Count(self.rows(*table).count() as u64),
            Question::Owners(table) => {
                let owners = self
                    .classes
                    .tree
                    .member(*table)
                    .map_or(&[][..], |member| &member.owners);
                let [away, here] = self.shared(*table, owners);
                Answer::Owners {
                    none: 0,
                    one: mine(*table).count() as u64 - away,
                    many: away + here,
                }
            }
            Question::Crossed(table, relations) => {
                let rows = self.shared(*table, relations).iter().sum();
                Answer::Crossed {
                    rows,
                    pairs: u64::from(rows > 0),
                }
            }
            Question::Unowned(relation) => {
                let rows = mine(relation.child).filter(|row| self.references_unowned(*relation, *row));
                Answer::Count(rows.count() as u64)
            }
            Question::Parents(reference) => self.references(reference),
            Question::Ways(table, relations) => {
                let rows = self.rows(*table);
                let rows = rows.filter(|row| !self.in_tree(*table) || self.is_mine(*table, *row));
                Expected::by_number(rows.map(|row| relations.iter().filter(|id| self.all.is_set(**id, row)).count()))
            }
            Question::Clients(table, relations) => self.clients(*table, relations),
            Question::Loop(relations) => self.shape(relations),
            other => panic!("{other:?} is not asked here"),
        }
    }

    fn references(&self, reference: &Reference) -> Answer {
        let relation = self.all.relation_of(reference);
        let rows = self.rows(reference.child);
        let rows = rows.filter(|row| !self.in_tree(reference.child) || self.is_mine(reference.child, *row));
        let set: Vec<_> = rows.filter(|row| self.all.is_set(relation, *row)).collect();
        let missing = set.iter().filter(|row| self.parents(relation, **row).is_empty());
        Answer::Parents {
            set: set.len() as u64,
            missing: missing.count() as u64,
        }
    }

    fn clients(&self, table: TableId, relations: &[RelationId]) -> Answer {
        let (mut own, mut others) = (BTreeSet::new(), BTreeSet::new());
        for relation in relations {
            for row in self.rows(relation.child) {
                let used = self.parents(*relation, row).into_iter().map(|(_, at)| at);
                match (
                    self.is_mine(relation.child, row),
                    self.anyone[relation.child.0].contains(&row),
                ) {
                    (true, _) => own.extend(used),
                    (false, true) => others.extend(used),
                    _ => {}
                }
            }
        }
        let many = own.intersection(&others).count() as u64;
        assert!(own.iter().all(|row| *row < self.all.rows[table.0].len()));
        Answer::Owners {
            none: 0,
            one: own.len() as u64 - many,
            many,
        }
    }

    /// The oracle's shape of the loop with nothing but the client's rows in it.
    fn shape(&self, relations: &[RelationId]) -> Answer {
        let keep = |table: usize, row: usize| !self.in_tree(TableId(table)) || self.mine[table].contains(&row);
        let tables: BTreeSet<TableId> = relations.iter().map(|relation| relation.child).collect();
        let mut foreign = 0;
        for table in tables.iter().filter(|table| self.in_tree(**table)) {
            let of_table: Vec<_> = relations.iter().copied().filter(|id| id.child == *table).collect();
            foreign += self.shared(*table, &of_table).iter().sum::<u64>();
        }
        match self.all.shape(relations, &keep) {
            Answer::Loop { depth, cyclic, .. } => Answer::Loop { depth, cyclic, foreign },
            other => other,
        }
    }

    /// All ties, of relations that the audit need not look at, too.
    fn ties(&self, graph: &Graph<'_>) -> Vec<Tie> {
        let mut found = vec![];
        for edge in graph.edges() {
            let (relation, child) = (edge.id, edge.child());
            let (mut shared, mut others, mut dangling, mut incoming) = (0, 0, 0, 0);
            for row in self.rows(child).filter(|row| self.all.is_set(relation, *row)) {
                let (own, other) = (
                    self.references_own(relation, row),
                    self.references_others(relation, row),
                );
                if self.in_tree(child) && self.is_mine(child, row) {
                    shared += u64::from(own && other);
                    others += u64::from(!own && other);
                    dangling += u64::from(self.parents(relation, row).is_empty());
                } else {
                    incoming += u64::from(own);
                }
            }
            let all = [
                (TieKind::Shared, shared),
                (TieKind::Others, others),
                (TieKind::Dangling, dangling),
                (TieKind::Incoming, incoming),
            ];
            let some = all.into_iter().filter(|(_, rows)| *rows > 0);
            found.extend(some.map(|(kind, rows)| Tie { relation, kind, rows }));
        }
        found.sort();
        found
    }
}

/// The rows that a client's selectors find: by the complete path, where there is one, else by any relation.
fn selected(all: &Expected<'_>, classes: &Classification, client: usize) -> Places {
    let mut mine: Places = vec![BTreeSet::new(); all.rows.len()];
    mine[0].insert(client);
    loop {
        let before: usize = mine.iter().map(BTreeSet::len).sum();
        for member in classes.tree.members() {
            let by: Vec<RelationId> = match &member.reach {
                Reach::Root => continue,
                Reach::Complete(path) => path.last().copied().into_iter().collect(),
                Reach::Partial | Reach::Closure(_) => member.owners.clone(),
            };
            for row in 0..all.rows[member.table.0].len() {
                let parents = by.iter().flat_map(|id| all.oracle.parents(member.table.0, row, id.at));
                if parents.into_iter().any(|(table, at)| mine[table].contains(&at)) {
                    mine[member.table.0].insert(row);
                }
            }
        }
        if mine.iter().map(BTreeSet::len).sum::<usize>() == before {
            return mine;
        }
    }
}

/// Asks about clients of the case, and compares everything with the oracle.
fn check(server: Server, case: &Case, rows: &[Vec<Row>], vouched: bool) -> Result<(), TestCaseError> {
    let schema = case.schema(server.engine());
    let mut database = Database::create(server);
    database.run(&(sql::create(&schema) + &sql::insert(&schema, rows, |_, _| true)));
    let mut model = schema.clone();
    if !vouched {
        for relation in model.tables.iter_mut().flat_map(|table| &mut table.relations) {
            relation.validated = false;
        }
    }
    if server.dialect() == "postgres" {
        qualify(&mut model);
    }
    let graph = Graph::new(&model);
    let classes = support::classified(&graph, TableId(0));
    let all = Expected::new(&schema, rows);
    // One in the middle and the last: on servers each client costs some connections.
    let clients: BTreeSet<usize> = [rows[0].len() / 2, rows[0].len().saturating_sub(1)].into();
    for client in clients.into_iter().filter(|client| *client < rows[0].len()) {
        let outcome = audited(&database, &graph, &classes, rows, client);
        // Loops of many relations are more than SQLite nests in one statement.
        let nested = |reason: &str| server == Server::Sqlite && reason.contains("nested too deep");
        prop_assert!(
            outcome.unanswered.iter().all(|one| nested(&one.reason)),
            "{:?}",
            outcome.unanswered
        );
        prop_assert_eq!(&outcome.untied, &vec![]);
        let one = One::new(&all, &classes, client);
        let told = |question: &Question| outcome.unanswered.iter().all(|one| one.question != *question);
        for question in all_questions(&graph, &classes.tree).into_iter().filter(told) {
            let (found, right) = (support::answer(&outcome, &question), one.answer(&question));
            prop_assert_eq!(found, right, "{:?} of client {} on {:?}", question, client, server);
        }
        prop_assert_eq!(&outcome.ties, &one.ties(&graph), "client {} on {:?}", client, server);
        let entangled = all.oracle.entangled(client);
        prop_assert!(
            entangled.is_none() || !outcome.ties.is_empty(),
            "client {} can't be taken out, and nothing says so: {:?}",
            client,
            entangled
        );
    }
    Ok(())
}

fn audited(
    database: &Database,
    graph: &Graph<'_>,
    classes: &Classification,
    rows: &[Vec<Row>],
    client: usize,
) -> Outcome {
    let subject = Subject {
        graph,
        classes,
        root_key: &["id".to_owned()],
    };
    let key = graph.table(TableId(0)).column("id").expect("a key");
    let text = rows[0][client][0].as_deref().expect("a value");
    let literal = Dialect::of(graph.schema().engine)
        .literal(key, text)
        .expect("a literal");
    let options = Options {
        client: Some(Owner::Client(vec![literal])),
        ..Options::default()
    };
    let questions = all_questions(graph, &classes.tree);
    support::ask(&database.address(), &subject, &questions, &options)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn answers_about_one_client_are_exact(draw in draws(true), every in 3..40_usize) {
        let case = draw.case();
        let rows = with_orphans(&case, &case.schema(Server::Sqlite.engine()), every);
        check(Server::Sqlite, &case, &rows, false)?;
    }

    /// Where foreign keys are vouched for, rows are selected by one path, and the other relations may lead elsewhere.
    #[test]
    fn no_path_hides_a_crossed_row(draw in draws(true)) {
        let case = draw.case();
        check(Server::Sqlite, &case, &case.rows, true)?;
    }
}

fn every_shape(server: Server) {
    if !server.is_there() {
        return;
    }
    for (seed, (name, tables)) in (0..).zip(SHAPES) {
        let case = Draw::shape(tables, seed).crossing().case();
        let orphans = with_orphans(&case, &case.schema(server.engine()), 7);
        for (rows, vouched) in [(&orphans, false), (&case.rows, true)] {
            if let Err(error) = check(server, &case, rows, vouched) {
                panic!("{name} on {}: {error}", server.name());
            }
        }
    }
}

#[test]
fn one_client_of_every_shape_on_sqlite() {
    every_shape(Server::Sqlite);
}

#[test]
fn one_client_of_every_shape_on_postgres() {
    every_shape(Server::Postgres);
}

#[test]
fn one_client_of_every_shape_on_mariadb() {
    every_shape(Server::MariaDb);
}

#[test]
fn one_client_of_every_shape_on_mysql() {
    every_shape(Server::MySql);
}

/// A loop of five tables and ten relations: whatever SQLite can't nest is told, with a way out, and the rest is right.
#[test]
fn what_sqlite_cannot_nest_is_told() {
    let tables = ["", "t2", "t5, t2, t5", "t0, t1", "t1", "t1, t1, t3, t4+"];
    let case = Draw::parse(KeyType::Text, &tables, &[]).case();
    check(Server::Sqlite, &case, &case.rows, false).unwrap_or_else(|error| panic!("{error}"));
    let mut schema = case.schema(Server::Sqlite.engine());
    let mut database = Database::create(Server::Sqlite);
    database.run(&(sql::create(&schema) + &sql::insert(&schema, &case.rows, |_, _| true)));
    for relation in schema.tables.iter_mut().flat_map(|table| &mut table.relations) {
        relation.validated = false;
    }
    let graph = Graph::new(&schema);
    let classes = support::classified(&graph, TableId(0));
    let outcome = audited(&database, &graph, &classes, &case.rows, 1);
    let reasons: Vec<_> = outcome.unanswered.iter().map(|one| one.reason.as_str()).collect();
    assert!(
        !reasons.is_empty(),
        "SQLite has learnt it: let the tests ask for every answer again"
    );
    let told = |reason: &&str| reason.contains("nested too deep") && reason.contains("without `--client`");
    assert!(reasons.iter().all(told), "{reasons:?}");
}
