//! A report as JSON; docs/classify-json.md describes the shape.

use exodus_schema::{Graph, RelationId, TableId};
use serde_json::{Map, Value, json};

use super::Report;
use super::names::Names;
use crate::accept::{Accept, Stale};
use crate::candidates::Candidate;
use crate::class::{Class, Classification, Evidence, TableClass};
use crate::findings::Finding;
use crate::hazard::{Hazard, Proof, Severity};
use crate::infer::Inferred;
use crate::report::words;
use crate::trigger::TriggerFact;

/// Version of the shape; raised when a reader of the old shape would misread the new one.
pub const VERSION: u32 = 1;

/// A classification, nothing filtered and nothing accepted.
pub fn classification(graph: &Graph<'_>, found: &Classification) -> Value {
    report(&Report::new(graph, found))
}

/// A report. Tables come by class (client, context, neutral), client tables in copy order, others by name; where tables
/// are not wanted, the list is empty.
pub fn report(report: &Report<'_>) -> Value {
    let (graph, found, names) = (report.graph, report.classes, report.names());
    let mut value = json!({
        "version": VERSION,
        "root": graph.table(found.root).name,
        "engine": graph.schema().engine,
        "tables": tables(report, &names),
        "relations": all_relations(report, &names),
        "hazards": report.findings.all.iter().map(|one| placed(report, one)).collect::<Vec<_>>(),
        "triggers": triggers(report),
        "inferred": report.inferred.iter().map(inferred).collect::<Vec<_>>(),
        "refused": report.classes.cuts.refused.iter().map(|one| refused(graph, one)).collect::<Vec<_>>(),
        "stale": report.findings.stale.iter().map(stale).collect::<Vec<_>>(),
        "warnings": graph.schema().warnings,
        "summary": summary(report),
    });
    if let Some(object) = value.as_object_mut() {
        object.extend(report.more.clone());
    }
    value
}

fn tables(report: &Report<'_>, names: &Names<'_>) -> Vec<Value> {
    let classes = [Class::Client, Class::Context, Class::Neutral];
    let all = classes.iter().flat_map(|&class| report.classes.of_class(class));
    all.filter(|class| report.tables && report.filter.shows_table(class.table))
        .map(|class| table(names, class))
        .collect()
}

/// Every relation whose parent is known, by child table and name.
fn all_relations(report: &Report<'_>, names: &Names<'_>) -> Vec<Value> {
    let edges = report.graph.edges().iter();
    edges
        .filter(|edge| report.tables && report.filter.shows_table(edge.child()))
        .map(|edge| listed(names, report.classes, edge.id))
        .collect()
}

/// A relation, and whether the configuration leaves it out.
pub(crate) fn listed(names: &Names<'_>, classes: &Classification, id: RelationId) -> Value {
    let mut value = relation(names, id);
    value["ignored"] = classes.cuts.relations.contains(&id).into();
    value
}

fn triggers(report: &Report<'_>) -> Vec<Value> {
    let shown = |fact: &&TriggerFact| report.tables && report.filter.shows_table(fact.table);
    let facts = report.classes.triggers.iter().filter(shown);
    facts.map(|fact| trigger(report.graph, fact)).collect()
}

fn summary(report: &Report<'_>) -> Value {
    let found = &report.findings;
    let tables = |class| report.classes.of_class(class).len();
    json!({
        "client": tables(Class::Client),
        "context": tables(Class::Context),
        "neutral": tables(Class::Neutral),
        "errors": found.count(Severity::Error),
        "warnings": found.count(Severity::Warning),
        "notes": found.count(Severity::Note),
        "accepted": found.accepted().count(),
        "filtered_out": found.hidden,
        "stale": found.stale.len(),
    })
}

/// A finding, with where it stands.
fn placed(report: &Report<'_>, one: &Finding<'_>) -> Value {
    let mut value = finding(report.graph, one);
    value["place"] = json!(report.places.of(one.hazard).map(ToString::to_string));
    value
}

/// A finding, with what was accepted.
pub(crate) fn finding(graph: &Graph<'_>, finding: &Finding<'_>) -> Value {
    let mut value = hazard(graph, finding.hazard);
    value["config"] = json!(finding.config);
    value["fingerprint"] = finding.fingerprint.clone().into();
    value["accepted"] = json!(finding.accepted.map(accept));
    value["expired"] = json!(finding.expired.map(accept));
    value
}

fn accept(entry: &Accept) -> Value {
    json!({
        "rule": entry.rule,
        "object": entry.object,
        "reason": entry.reason,
        "until": entry.until,
        "place": entry.place.to_string(),
    })
}

fn stale(stale: &Stale<'_>) -> Value {
    let mut value = accept(stale.entry);
    value["instead"] = json!(stale.instead);
    value
}

fn inferred(guess: &Inferred) -> Value {
    json!({
        "child": guess.child,
        "columns": guess.columns,
        "parent": guess.parent,
        "parent_columns": guess.parent_columns,
        "confidence": guess.confidence,
        "reasons": guess.reasons,
    })
}

fn refused(graph: &Graph<'_>, ((table, columns), reason): (&(TableId, Vec<String>), &String)) -> Value {
    json!({"child": graph.table(*table).name, "columns": columns, "reason": reason})
}

/// What there is to say without a root: the tables that could be it.
pub fn candidates(graph: &Graph<'_>, candidates: &[Candidate]) -> Value {
    let one = |candidate: &Candidate| {
        json!({
            "table": graph.table(candidate.table).name,
            "score": candidate.score,
            "reason": candidate.reason,
            "reached": candidate.reached,
            "reached_completely": candidate.reached_completely,
            "referenced_by": candidate.referenced_by,
        })
    };
    json!({
        "version": VERSION,
        "root": null,
        "engine": graph.schema().engine,
        "candidates": candidates.iter().map(one).collect::<Vec<_>>(),
        "tables": [],
        "hazards": [],
        "triggers": [],
        "warnings": graph.schema().warnings,
    })
}

/// A table with its class.
pub(crate) fn table(names: &Names<'_>, class: &TableClass) -> Value {
    let (evidence, chain) = match &class.evidence {
        Evidence::Root => ("root", &[][..]),
        Evidence::Chain(chain) => ("chain", chain.as_slice()),
        Evidence::Referenced(chain) => ("referenced", chain.as_slice()),
        Evidence::Unrelated => ("unrelated", &[][..]),
        Evidence::Override { instead_of, .. } => ("override", instead_of.as_slice()),
    };
    json!({
        "table": names.graph().table(class.table).name,
        "class": class.class,
        "order": class.order,
        "reason": words::reason(names, class),
        "reached_by": relations(names, &class.reached_by),
        "evidence": evidence,
        "chain": relations(names, chain),
        "complete": (class.class == Class::Client).then_some(class.complete),
    })
}

fn relations(names: &Names<'_>, relations: &[RelationId]) -> Vec<Value> {
    relations.iter().map(|&id| relation(names, id)).collect()
}

/// A relation, with where it comes from.
pub(crate) fn relation(names: &Names<'_>, id: RelationId) -> Value {
    let graph = names.graph();
    let (child, relation) = (graph.table(id.child), graph.relation(id));
    json!({
        "relation": relation.name,
        "child": child.name,
        "columns": relation.child_columns().collect::<Vec<_>>(),
        "parent": relation.parent,
        "parent_columns": relation.parent_columns().collect::<Vec<_>>(),
        "when": relation.when,
        "nullable": child.relation_is_nullable(relation),
        "origin": relation.origin,
        "confidence": names.confidence(id),
    })
}

/// A finding by itself.
pub(crate) fn hazard(graph: &Graph<'_>, hazard: &Hazard) -> Value {
    json!({
        "rule": hazard.rule,
        "severity": hazard.severity,
        "table": graph.table(hazard.table).name,
        "relation": hazard.relation.map(|relation| &graph.relation(relation).name),
        "columns": hazard.columns,
        "part": hazard.part.as_ref().map(ToString::to_string),
        "object": hazard.object(graph),
        "message": hazard.message,
        "fix": hazard.fix,
        "sql": hazard.sql,
        "group": hazard.group,
        "proof": hazard.proof.as_ref().map(proof),
    })
}

fn proof(proof: &Proof) -> Value {
    let counts: Map<String, Value> = proof
        .counts
        .iter()
        .map(|&(name, count)| (name.to_owned(), count.into()))
        .collect();
    json!({
        "verdict": proof.verdict,
        "counts": counts,
        "keys": proof.keys,
        "owners": proof.owners,
        "sampled": proof.sampled,
    })
}

/// What a trigger does.
pub(crate) fn trigger(graph: &Graph<'_>, fact: &TriggerFact) -> Value {
    let writes = fact
        .effect
        .writes
        .iter()
        .map(|write| json!({"verb": write.verb, "table": write.table}));
    let reaches = fact.reaches.written().iter().map(|written| {
        let chain = fact.reaches.chain(written);
        let chain: Vec<_> = chain.iter().map(|link| link.describe(graph)).collect();
        json!({"verb": written.verb, "table": written.name, "chain": chain})
    });
    json!({
        "table": graph.table(fact.table).name,
        "trigger": fact.name,
        "timing": fact.timing,
        "events": fact.events,
        "enabled": fact.enabled,
        "condition": fact.condition,
        "writes": writes.collect::<Vec<_>>(),
        "reaches": reaches.collect::<Vec<_>>(),
        "reaches_more": fact.reaches.has_more(),
        "sets_new": fact.effect.sets_new,
        "raises": fact.effect.raises,
        "skips": fact.effect.skips,
        "unknown": fact.effect.unknown,
    })
}
