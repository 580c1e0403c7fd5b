//! The rules: what in a schema endangers a move.
//!
//! A rule is one file here: its documentation is its page in the manual (*What it finds*, *Why it matters*, *Example*,
//! *How to fix*), then comes its check, then its tests. Adding one is a file and a line in [`ALL`].

mod accidental_client_relation;
mod cascade_order;
mod charset_mismatch;
mod client_unique_key;
mod crossing;
mod direct_client_relation;
mod heavy_context;
mod horse_riddle;
mod missing_foreign_key;
mod missing_primary_key;
mod narrow_key;
mod nested_client_relation;
mod neutral_relation;
mod non_transactional_table;
mod non_unique_reference;
mod nullable_composite;
mod numbers;
mod polymorphic_association;
mod polymorphic_table;
mod relation_cycle;
mod row_security;
mod row_writing_trigger;
mod self_loop;
#[cfg(test)]
pub(crate) mod testing;
mod unenforced_relation;
mod unindexed_relation;
mod unreachable_client_table;
mod unsupported_column;

pub use narrow_key::limit as greatest_key;
use std::collections::BTreeSet;

use exodus_schema::{Edge, Engine, Graph, RelationId, TableId};

use crate::class::{Class, Classification};
use crate::hazard::{Hazard, Severity, Verdict};
use crate::question::{Answer, Answers, Question, Reference};
use numbers::{counted, such_rows};

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The foreign-key graph.
    pub graph: &'a Graph<'a>,
    /// The classes, the tree and the triggers; its hazards are not there yet.
    pub classes: &'a Classification,
}

/// A check of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its name, which never changes: people suppress and look up findings by it.
    pub id: &'static str,
    /// The worst that it reports.
    pub severity: Severity,
    /// One line on what it finds.
    pub summary: &'static str,
    /// Its source file, whose leading documentation is the page.
    source: &'static str,
    /// Looks for it, in any order.
    check: fn(&Context<'_>) -> Vec<Hazard>,
    /// What the data can say about it, where they can.
    data: Option<Data>,
}

/// The part of a rule that looks at data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Data {
    /// What to ask, given what the rule found on the schema. It may ask for more than its findings need: data can show
    /// what the schema doesn't.
    ask: fn(&Context<'_>, &[Hazard]) -> Vec<Question>,
    /// The findings in the light of the answers: proven, refuted, as they were, or new ones. A question without an
    /// answer (time ran out) leaves the finding as it was.
    judge: fn(&Context<'_>, Vec<Hazard>, &Answers) -> Vec<Hazard>,
}

/// All rules, in the order of the manual: first what connects clients with each other, for that can't be moved at all;
/// then what makes it unclear whose a row is; then what a copy must take care of; then what else is written on the way.
pub static ALL: &[Rule] = &[
    direct_client_relation::RULE,
    nested_client_relation::RULE,
    accidental_client_relation::RULE,
    missing_foreign_key::RULE,
    unreachable_client_table::RULE,
    polymorphic_table::RULE,
    polymorphic_association::RULE,
    horse_riddle::RULE,
    non_unique_reference::RULE,
    self_loop::RULE,
    relation_cycle::RULE,
    missing_primary_key::RULE,
    narrow_key::RULE,
    unindexed_relation::RULE,
    unenforced_relation::RULE,
    nullable_composite::RULE,
    neutral_relation::RULE,
    cascade_order::RULE,
    client_unique_key::RULE,
    heavy_context::RULE,
    row_security::RULE,
    non_transactional_table::RULE,
    unsupported_column::RULE,
    charset_mismatch::RULE,
    row_writing_trigger::RULE,
];

impl Rule {
    /// The page of the manual, as Markdown without the rule's name above it.
    pub fn page(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        lines
            .map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n")
            .collect()
    }
}

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id)
}

/// Runs all rules. Worst findings first, then by table, rule and relation.
pub(crate) fn check_all(context: &Context<'_>) -> Vec<Hazard> {
    check(context, ALL)
}

/// What these of the rules find on the schema, worst first: what a rule adds is what is missing without it.
pub fn check<'r>(context: &Context<'_>, rules: impl IntoIterator<Item = &'r Rule>) -> Vec<Hazard> {
    let mut hazards: Vec<_> = rules.into_iter().flat_map(|rule| (rule.check)(context)).collect();
    hazards.sort();
    hazards
}

/// What the rules want to know of the data; each question once, sorted.
pub fn questions(context: &Context<'_>) -> Vec<Question> {
    questions_about(context, &context.classes.hazards, &|_| true)
}

/// What the rules with these ids want to know about these of their findings; each question once, sorted.
pub fn questions_about(context: &Context<'_>, found: &[Hazard], of: &dyn Fn(&str) -> bool) -> Vec<Question> {
    let asked = ALL.iter().filter(|rule| of(rule.id));
    let asked = asked.filter_map(|rule| Some((rule, rule.data?)));
    let questions: BTreeSet<Question> = asked
        .flat_map(|(rule, data)| {
            let found = of_rule(found, rule);
            let mut questions = (data.ask)(context, &found);
            // Nothing is refuted by a table without rows.
            questions.extend(found.iter().map(|hazard| {
                if context.is_client(hazard.table) {
                    Question::Owners(hazard.table)
                } else {
                    Question::Rows(hazard.table)
                }
            }));
            questions
        })
        .collect();
    questions.into_iter().collect()
}

/// The findings in the light of the answers, worst first.
pub fn judge(context: &Context<'_>, answers: &Answers) -> Vec<Hazard> {
    judge_these(context, &context.classes.hazards, &|_| true, answers)
}

/// These findings in the light of the answers, worst first; those of rules with other ids stay as they are.
pub fn judge_these(
    context: &Context<'_>,
    found: &[Hazard],
    of: &dyn Fn(&str) -> bool,
    answers: &Answers,
) -> Vec<Hazard> {
    let judged = ALL.iter().flat_map(|rule| {
        let found = of_rule(found, rule);
        match rule.data.filter(|_| of(rule.id)) {
            Some(data) => {
                let judged = (data.judge)(context, found.clone(), answers);
                judged
                    .into_iter()
                    .map(|hazard| unless_empty(hazard, &found, answers))
                    .collect()
            }
            None => found,
        }
    });
    let mut hazards: Vec<_> = judged.collect();
    hazards.sort();
    hazards
}

/// What no row refutes because there is none stays as it was found.
fn unless_empty(judged: Hazard, found: &[Hazard], answers: &Answers) -> Hazard {
    let refuted = judged
        .proof
        .as_ref()
        .is_some_and(|proof| proof.verdict == Verdict::Refuted);
    if !refuted || !answers.has_no_rows(judged.table) {
        return judged;
    }
    // What was judged says what was found before, and then more.
    let same = |hazard: &&Hazard| {
        (hazard.table, hazard.relation, &hazard.columns) == (judged.table, judged.relation, &judged.columns)
            && judged.message.starts_with(&hazard.message)
    };
    match found.iter().find(same) {
        Some(hazard) => hazard.clone().without_rows(),
        None => judged,
    }
}

fn of_rule(hazards: &[Hazard], rule: &Rule) -> Vec<Hazard> {
    let of_rule = hazards.iter().filter(|hazard| hazard.rule == rule.id);
    of_rule.cloned().collect()
}

/// Each finding in the light of the answer to its question; as it was where there is no answer.
fn weigh(
    hazards: Vec<Hazard>,
    answers: &Answers,
    question: impl Fn(&Hazard) -> Option<Question>,
    conclude: impl Fn(Hazard, &Answer) -> Hazard,
) -> Vec<Hazard> {
    let weighed = hazards.into_iter().map(|hazard| {
        let told = question(&hazard).and_then(|question| answers.get(&question));
        match told {
            Some(told) => conclude(hazard, &told.answer).according_to(told),
            None => hazard,
        }
    });
    weighed.collect()
}

impl<'a> Context<'a> {
    /// Client tables, in copy order.
    fn client_tables(&self) -> impl Iterator<Item = TableId> + use<'a> {
        self.classes.tree.members().iter().map(|member| member.table)
    }

    fn is_client(&self, table: TableId) -> bool {
        self.classes.class_of(table) == Class::Client
    }

    /// The relation is not cut out.
    fn keeps(&self, edge: &Edge) -> bool {
        !self.classes.cuts.relations.contains(&edge.id)
    }

    /// Relations from one client table to another, or to itself.
    fn inner_edges(&self) -> impl Iterator<Item = &'a Edge> {
        let inside = |edge: &&Edge| self.keeps(edge) && self.is_client(edge.child()) && self.is_client(edge.parent);
        self.graph.edges().iter().filter(inside)
    }

    /// Some child column may be NULL.
    fn is_nullable(&self, relation: RelationId) -> bool {
        self.graph
            .table(relation.child)
            .relation_is_nullable(self.graph.relation(relation))
    }

    /// The server can be asked to check it at commit.
    fn can_wait(&self, relation: RelationId) -> bool {
        use exodus_schema::model::Deferral;
        // SQLite defers every foreign key when the session asks for it. There is no session here to ask what it can.
        self.graph.schema().engine == Engine::Sqlite
            || self.graph.relation(relation).deferral != Deferral::NotDeferrable
    }

    /// The database checks it.
    fn is_enforced(&self, relation: RelationId) -> bool {
        use exodus_schema::model::Origin;
        self.graph.relation(relation).origin == Origin::Catalogue
    }

    /// Asks whether the relation's references lead to a parent.
    fn parents(&self, relation: RelationId) -> Option<Question> {
        let edge = self.graph.edge(relation)?;
        let reference = Reference::of(self.graph.relation(relation), relation.child, edge.parent);
        Some(Question::Parents(reference))
    }

    /// The same of the relation that a finding is about.
    fn parents_of(&self, hazard: &Hazard) -> Option<Question> {
        hazard.relation.and_then(|relation| self.parents(relation))
    }

    fn name(&self, table: TableId) -> String {
        self.graph.table(table).name.to_string()
    }

    /// `child(columns) → parent(columns)`
    fn describe(&self, relation: RelationId) -> String {
        self.graph.describe(relation)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use exodus_schema::Cuts;

    use super::*;

    #[test]
    fn ids_are_unique_and_kebab_case() {
        let ids: BTreeSet<_> = ALL.iter().map(|rule| rule.id).collect();
        assert_eq!(ids.len(), ALL.len());
        for id in ids {
            let words: Vec<_> = id.split('-').collect();
            assert!(
                words
                    .iter()
                    .all(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase())),
                "{id}"
            );
            assert_eq!(find(id).map(|rule| rule.id), Some(id));
        }
    }

    /// What no row refutes, because there is none, is not refuted; of one client's rows it is: others don't move with it.
    #[test]
    fn an_empty_table_refutes_nothing() {
        let schema = crate::fixture::Fixture::new()
            .relation("transfers.from_id clients")
            .relation("transfers.to_id clients")
            .build();
        let graph = Graph::new(&schema);
        let root = crate::fixture::id(&graph, "clients");
        let transfers = crate::fixture::id(&graph, "transfers");
        let classes = crate::classify(&graph, root, &Cuts::default(), &BTreeMap::new()).unwrap();
        let context = Context {
            graph: &graph,
            classes: &classes,
        };
        let crossed = questions(&context)
            .into_iter()
            .find(|question| matches!(question, Question::Crossed(table, _) if *table == transfers))
            .expect("a question about crossed rows");
        assert!(questions(&context).contains(&Question::Owners(transfers)));
        let judged = |mut answers: Answers, one: u64| {
            answers.insert(
                crossed.clone(),
                crate::question::Told::whole(Answer::Crossed { rows: 0, pairs: 0 }),
            );
            let owners = Answer::Owners { none: 0, one, many: 0 };
            answers.insert(Question::Owners(transfers), crate::question::Told::whole(owners));
            let hazards = judge(&context, &answers).into_iter();
            let mut hazards = hazards.filter(|hazard| hazard.rule == direct_client_relation::RULE.id);
            hazards.next().expect("a hazard")
        };
        let empty = judged(Answers::default(), 0);
        assert_eq!((empty.severity, &empty.proof), (Severity::Error, &None));
        assert!(
            empty.message.ends_with("The table has no rows yet."),
            "{}",
            empty.message
        );
        for (answers, one) in [(Answers::default(), 1), (Answers::of_one_client(), 0)] {
            let refuted = judged(answers, one);
            assert_eq!(refuted.severity, Severity::Note);
            assert_eq!(refuted.proof.map(|proof| proof.verdict), Some(Verdict::Refuted));
        }
    }

    #[test]
    fn every_rule_has_its_page() {
        for rule in ALL {
            let page = rule.page();
            let headings: Vec<_> = page.lines().filter(|line| line.starts_with("# ")).collect();
            assert_eq!(
                headings,
                ["# What it finds", "# Why it matters", "# Example", "# How to fix"],
                "{}",
                rule.id
            );
            let sections = page.split("\n# ").skip(1);
            assert!(
                sections.into_iter().all(|section| section.trim().lines().count() > 1),
                "{}",
                rule.id
            );
            assert!(page.contains("```sql"), "{} shows no SQL", rule.id);
            assert!(rule.summary.len() < 90 && !rule.summary.ends_with('.'), "{}", rule.id);
        }
    }
}
