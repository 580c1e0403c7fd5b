//! What the rules say about one client before it moves.
//!
//! Nearly everything they ask follows from what ties the client to others ([`client::ties`](crate::client::ties)), which a
//! move asks anyway: a client that is tied to nobody has no crossed row. So a small client costs few questions more.

use std::collections::BTreeMap;
use std::sync::Arc;

use exodus_classify::question::{Answer, Answers, Question, Reference, Told};
use exodus_classify::{Hazard, Severity, Verdict, rules};
use exodus_engine::{Connection, Result};
use exodus_schema::{RelationId, TableId};

use crate::ask::Asker;
use crate::client::{OneClient, Tie, TieKind, Ties};
use crate::job::{Job, Product};
use crate::options::{Options, Subject};
use crate::plan::{Plan, relation_between};
use crate::prepare::Prepare;
use crate::words::words;

/// What is known before the rules are asked.
#[derive(Debug)]
pub struct Known<'k> {
    /// What ties the client to others.
    pub ties: &'k Ties,
    /// How many rows the client has in its tables.
    pub rows: &'k BTreeMap<TableId, u64>,
    /// The target's server checks each row as it is written, so that parents have to go first.
    pub row_by_row: bool,
    /// Ask what can be a warning at worst, too.
    pub thorough: bool,
}

/// A finding about one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The finding; its message tells the ties, too.
    pub hazard: Hazard,
    /// Why a move need not mind, however bad it is: it copes, or looks itself.
    pub settled: Option<&'static str>,
    /// What ties the client to others and is told by this finding.
    pub ties: Vec<Tie>,
}

/// Why a move need not mind findings of a rule.
fn settled(rule: &str, row_by_row: bool) -> Option<&'static str> {
    Some(match rule {
        "horse-riddle" | "missing-primary-key" => {
            "a move selects each row once, and compares rows that look alike by their number"
        }
        "self-loop" if !row_by_row => "the move writes its rows so that each finds the one that it references",
        "relation-cycle" => "the plan says how the circle is copied, or refuses",
        "row-writing-trigger" => "the triggers of both ends were looked at as they fire in a move",
        "polymorphic-table" | "unreachable-client-table" => {
            "rows that the client's rows refer to are compared on both ends"
        }
        "client-unique-key" => "the client's values were looked for on the target",
        "charset-mismatch" => "a move between databases of one product passes text on as it is",
        _ => return None,
    })
}

/// The rule's questions are about rows of clients. The others ask about whole tables, which one move neither changes nor
/// depends on.
fn asks_about_clients(rule: &str) -> bool {
    !matches!(
        rule,
        "missing-foreign-key"
            | "unreachable-client-table"
            | "polymorphic-association"
            | "narrow-key"
            | "unindexed-relation"
            | "neutral-relation"
            | "client-unique-key"
            | "heavy-context"
            | "charset-mismatch"
    )
}

/// Rows of a table that is no client table may refer to the client's, and stay behind: nothing else tells of them.
fn leaves_behind(hazard: &Hazard) -> bool {
    hazard.rule == "polymorphic-association"
}

/// The findings about the client's tables in the light of its rows, and about rows elsewhere that may refer to them, worst
/// first.
pub async fn hazards(
    connection: &mut dyn Connection,
    subject: &Subject<'_>,
    one: &OneClient<'_>,
    known: &Known<'_>,
) -> Result<Vec<Judged>> {
    let context = rules::Context {
        graph: subject.graph,
        classes: subject.classes,
    };
    let concerning = subject.classes.hazards.iter();
    let concerning = concerning.filter(|hazard| subject.classes.tree.contains(hazard.table) || leaves_behind(hazard));
    let found: Vec<Hazard> = concerning.cloned().collect();
    let worth: Vec<Hazard> = found
        .iter()
        .filter(|hazard| known.is_worth_asking(hazard))
        .cloned()
        .collect();
    let options = Options {
        client: Some(one.owner().clone()),
        ..Options::default()
    };
    let asker = Asker {
        subject,
        dialect: one.dialect(),
        options: &options,
        one: Some(one.clone()),
    };
    let mut answers = Answers::of_one_client();
    for question in rules::questions_about(&context, &worth, &asks_about_clients) {
        let told = match known.answer(one, &question) {
            Some(answer) => Some(Told::whole(answer)),
            None if known.needs(subject, one, &question) => ask(connection, &asker, &question).await?,
            None => None,
        };
        if let Some(told) = told {
            answers.insert(question, told);
        }
    }
    let judged = rules::judge_these(&context, &found, &asks_about_clients, &answers);
    let settled = |hazard: &Hazard| settled(hazard.rule, known.row_by_row);
    let mut judged: Vec<_> = judged
        .into_iter()
        .map(|hazard| Judged {
            settled: settled(&hazard),
            hazard,
            ties: vec![],
        })
        .collect();
    tell(subject, &mut judged, &known.ties.ties);
    Ok(judged)
}

impl Known<'_> {
    /// Whether an answer could change what becomes of the move, or of what is told about it.
    fn is_worth_asking(&self, hazard: &Hazard) -> bool {
        let refuses = settled(hazard.rule, self.row_by_row).is_none();
        let least = if self.thorough {
            Severity::Warning
        } else {
            Severity::Error
        };
        !self.ties.ties.is_empty()
            || (hazard.severity.at_least(least) && (refuses || self.thorough))
            || (self.row_by_row && hazard.rule == "self-loop")
    }

    /// The answer, where it follows from what is known.
    fn answer(&self, one: &OneClient<'_>, question: &Question) -> Option<Answer> {
        let meets = |relation: &RelationId| self.ties.meet_by(*relation);
        match question {
            Question::Crossed(_, relations) => {
                (!relations.iter().any(meets)).then_some(Answer::Crossed { rows: 0, pairs: 0 })
            }
            Question::Owners(table) => {
                let tied = self.ties.ties.iter().any(|tie| tie.relation.child == *table);
                let one = self.rows.get(table).copied().filter(|_| !tied)?;
                Some(Answer::Owners { none: 0, one, many: 0 })
            }
            Question::Unowned(relation) if one.shape().references_one_row(*relation) => {
                let found = self.ties.unowned.iter().find(|(unowned, _)| unowned == relation);
                Some(Answer::Count(found.map_or(0, |(_, rows)| *rows)))
            }
            _ => None,
        }
    }

    /// Whether it has to be asked.
    fn needs(&self, subject: &Subject<'_>, one: &OneClient<'_>, question: &Question) -> bool {
        let client = |table: &TableId| one.shape().tree.contains(*table);
        match question {
            Question::Crossed(table, _)
            | Question::Owners(table)
            | Question::Ways(table, _)
            | Question::Duplicates(table, _) => client(table),
            Question::Unowned(relation) | Question::HalfNull(relation) => client(&relation.child),
            Question::Parents(reference) => self.doubts(subject, reference),
            // Chains of rows matter only where they are written one by one.
            Question::Loop(relations) => self.row_by_row && relations.iter().all(|relation| client(&relation.child)),
            _ => false,
        }
    }

    /// Nobody vouches for a reference of the client's rows, or some were found that lead nowhere.
    fn doubts(&self, subject: &Subject<'_>, reference: &Reference) -> bool {
        let Some(relation) = relation_between(subject, reference) else {
            return false;
        };
        let dangling = |tie: &Tie| tie.relation == relation && tie.kind == TieKind::Dangling;
        subject.classes.tree.contains(reference.child)
            && (!subject.graph.relation(relation).validated || self.ties.ties.iter().any(dangling))
    }
}

/// Asks the database. A question that can't be asked stays without an answer, and its finding as it was.
async fn ask(connection: &mut dyn Connection, asker: &Asker<'_, '_>, question: &Question) -> Result<Option<Told>> {
    let doing = words(asker.subject.graph, question);
    let job = match question {
        Question::Loop(relations) => Prepare {
            asker,
            plan: &Plan::default(),
            shared: &Arc::new(crate::counter::Shared::new(asker.dialect, asker.options.most_keys)),
            maps: &BTreeMap::new(),
        }
        .shape(relations, &doing),
        _ => asker.ask(question, doing).map(|ask| Job::Ask(question.clone(), ask)),
    };
    let Ok(job) = job else { return Ok(None) };
    Ok(match job.work(connection, &mut 0).await? {
        Ok(Product::Told(_, told)) => Some(told),
        _ => None,
    })
}

/// Has the findings tell the ties that they are about, each tie once.
fn tell(subject: &Subject<'_>, judged: &mut [Judged], ties: &[Tie]) {
    for tie in ties {
        if let Some(judged) = judged.iter_mut().find(|judged| covers(subject, &judged.hazard, tie)) {
            judged.hazard.message = format!("{} {}", judged.hazard.message, tie.sentence(subject.graph));
            judged.ties.push(*tie);
        }
    }
}

/// The findings of an audit of one client, with the ties that they tell.
pub fn told(subject: &Subject<'_>, hazards: Vec<Hazard>, ties: &[Tie]) -> Vec<Judged> {
    let judge = |hazard| Judged {
        hazard,
        settled: None,
        ties: vec![],
    };
    let mut judged: Vec<_> = hazards.into_iter().map(judge).collect();
    tell(subject, &mut judged, ties);
    judged
}

/// The finding is about the rows of the tie.
fn covers(subject: &Subject<'_>, hazard: &Hazard, tie: &Tie) -> bool {
    let proof = hazard.proof.as_ref();
    if hazard.severity != Severity::Error || proof.is_none_or(|proof| proof.verdict != Verdict::Proven) {
        return false;
    }
    let about = hazard.relation == Some(tie.relation);
    let kept = !subject.classes.cuts.relations.contains(&tie.relation);
    match (hazard.rule, tie.kind) {
        ("unenforced-relation", TieKind::Dangling) => about,
        (_, TieKind::Dangling) => false,
        ("direct-client-relation" | "nested-client-relation" | "accidental-client-relation", _) => {
            kept && hazard.table == tie.relation.child && (about || hazard.relation.is_none())
        }
        ("self-loop" | "non-unique-reference", _) => about,
        _ => false,
    }
}
