//! The classification as JSON; docs/classify-json.md describes the shape.

use exodus_schema::{Graph, RelationId};
use serde_json::{Map, Value, json};

use crate::candidates::Candidate;
use crate::class::{Class, Classification, Evidence, TableClass};
use crate::hazard::{Hazard, Proof, Severity};
use crate::report::words;
use crate::trigger::TriggerFact;

/// Version of the shape; raised when a reader of the old shape would misread the new one.
pub const VERSION: u32 = 1;

/// A classification. Tables come by class (client, context, neutral), client tables in copy order, others by name.
pub fn classification(graph: &Graph<'_>, found: &Classification) -> Value {
    let classes = [Class::Client, Class::Context, Class::Neutral];
    let tables = classes
        .iter()
        .flat_map(|&class| found.of_class(class))
        .map(|class| table(graph, class));
    json!({
        "version": VERSION,
        "root": graph.table(found.root).name,
        "engine": graph.schema().engine,
        "tables": tables.collect::<Vec<_>>(),
        "hazards": found.hazards.iter().map(|found| hazard(graph, found)).collect::<Vec<_>>(),
        "triggers": found.triggers.iter().map(|fact| trigger(graph, fact)).collect::<Vec<_>>(),
        "warnings": graph.schema().warnings,
        "summary": {
            "client": found.of_class(Class::Client).len(),
            "context": found.of_class(Class::Context).len(),
            "neutral": found.of_class(Class::Neutral).len(),
            "errors": words::hazards(found, Severity::Error),
            "warnings": words::hazards(found, Severity::Warning),
            "notes": words::hazards(found, Severity::Note),
        },
    })
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

fn table(graph: &Graph<'_>, class: &TableClass) -> Value {
    let (evidence, chain) = match &class.evidence {
        Evidence::Root => ("root", &[][..]),
        Evidence::Chain(chain) => ("chain", chain.as_slice()),
        Evidence::Referenced(chain) => ("referenced", chain.as_slice()),
        Evidence::Unrelated => ("unrelated", &[][..]),
        Evidence::Override { instead_of, .. } => ("override", instead_of.as_slice()),
    };
    json!({
        "table": graph.table(class.table).name,
        "class": class.class,
        "order": class.order,
        "reason": words::reason(graph, class),
        "reached_by": relations(graph, &class.reached_by),
        "evidence": evidence,
        "chain": relations(graph, chain),
        "complete": (class.class == Class::Client).then_some(class.complete),
    })
}

fn relations(graph: &Graph<'_>, relations: &[RelationId]) -> Vec<Value> {
    relations.iter().map(|&id| relation(graph, id)).collect()
}

fn relation(graph: &Graph<'_>, id: RelationId) -> Value {
    let (child, relation) = (graph.table(id.child), graph.relation(id));
    json!({
        "relation": relation.name,
        "child": child.name,
        "columns": relation.child_columns().collect::<Vec<_>>(),
        "parent": relation.parent,
        "parent_columns": relation.parent_columns().collect::<Vec<_>>(),
        "nullable": child.relation_is_nullable(relation),
    })
}

fn hazard(graph: &Graph<'_>, hazard: &Hazard) -> Value {
    json!({
        "rule": hazard.rule,
        "severity": hazard.severity,
        "table": graph.table(hazard.table).name,
        "relation": hazard.relation.map(|relation| &graph.relation(relation).name),
        "columns": hazard.columns,
        "object": hazard.object(graph),
        "message": hazard.message,
        "fix": hazard.fix,
        "sql": hazard.sql,
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
        "sampled": proof.sampled,
    })
}

fn trigger(graph: &Graph<'_>, fact: &TriggerFact) -> Value {
    let writes = fact
        .effect
        .writes
        .iter()
        .map(|write| json!({"verb": write.verb, "table": write.table}));
    json!({
        "table": graph.table(fact.table).name,
        "trigger": fact.name,
        "timing": fact.timing,
        "events": fact.events,
        "enabled": fact.enabled,
        "writes": writes.collect::<Vec<_>>(),
        "sets_new": fact.effect.sets_new,
        "raises": fact.effect.raises,
        "skips": fact.effect.skips,
        "unknown": fact.effect.unknown,
    })
}
