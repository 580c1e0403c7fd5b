//! What the configuration says about a schema: declared and ignored relations, classes.
//!
//! Everything it names must be there: a rule that matches nothing is a mistake, or has outlived its reason.

use std::collections::BTreeMap;

use exodus_classify::infer::{self, Inferred};
use exodus_classify::whatif::insert_relation;
use exodus_classify::{Class, NoSuchTable, Override, find_table};
use exodus_schema::{Cuts, Graph, Relation, RelationId, Schema, Table, TableId};
use exodus_transfer::Policies;
use toml::Spanned;

use super::{Config, file, named, near};
use crate::exit::Failure;

/// A schema with what the configuration says about it.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    /// The schema, declared relations included, and guessed ones where they were asked for.
    pub(crate) schema: Schema,
    /// The guesses among its relations.
    pub(crate) inferred: Vec<Inferred>,
    /// Ignored relations. (Classes are not among them: [`exodus_classify::classify`] cuts what they cut.)
    pub(crate) cuts: Cuts,
    /// Classes that are set by hand.
    pub(crate) overrides: BTreeMap<TableId, Override>,
    /// What becomes of references between clients.
    pub(crate) policies: Policies,
}

impl Configured {
    /// The schema as it is, with guessed relations of at least the given confidence.
    pub(crate) fn plain(schema: Schema, assume: Option<f64>) -> Self {
        Self::with(schema, assume, Cuts::default())
    }

    fn with(schema: Schema, assume: Option<f64>, cuts: Cuts) -> Self {
        let (schema, inferred) = match assume {
            Some(least) => infer::assume_unrefused(&schema, least, &cuts),
            None => (schema, vec![]),
        };
        Self {
            schema,
            inferred,
            cuts,
            overrides: BTreeMap::new(),
            policies: Policies::default(),
        }
    }
}

impl Config {
    /// Applies the configuration to a schema. Guesses come after what is declared, and before what is ignored.
    pub(crate) fn apply(&self, mut schema: Schema, assume: Option<f64>) -> Result<Configured, Failure> {
        for declare in &self.file.declare {
            let (child, relation) = self.declared(&schema, declare)?;
            add(&mut schema, child, relation);
        }
        let refused = self.refused(&Graph::new(&schema));
        let cuts = Cuts {
            refused: refused.guesses,
            ..Cuts::default()
        };
        let mut configured = Configured::with(schema, assume, cuts);
        let graph = Graph::new(&configured.schema);
        let ignored = self.file.ignore_relations.iter().enumerate();
        for (_, ignore) in ignored.filter(|(at, _)| !refused.entries.contains(at)) {
            configured.cuts.relations.extend(self.ignored(&graph, ignore)?);
        }
        for entry in &self.file.references {
            self.set_policy(&graph, entry, &mut configured.policies)?;
        }
        for class in &self.file.class {
            let table = self.table(&graph, &class.table)?;
            let over = Override {
                class: class_of(class.class),
                reason: class.reason.as_ref().clone(),
            };
            if configured.overrides.insert(table, over).is_some() {
                return Err(self.wrong(
                    &class.table.span(),
                    &format!("the class of {} is set twice", class.table.as_ref()),
                ));
            }
        }
        Ok(configured)
    }

    /// The table that a place in the configuration names.
    pub(crate) fn table(&self, graph: &Graph<'_>, name: &Spanned<String>) -> Result<TableId, Failure> {
        find_table(graph, name.as_ref()).map_err(|error| {
            let failure = self.wrong(&name.span(), &error.to_string());
            match &error {
                NoSuchTable::Unknown { near, .. } if near.is_empty() => failure,
                _ => failure.help(error.help()),
            }
        })
    }

    /// The column that a place in the configuration names.
    pub(crate) fn column(&self, table: &Table, name: &Spanned<String>) -> Result<String, Failure> {
        if table.column(name.as_ref()).is_some() {
            return Ok(name.as_ref().clone());
        }
        let known = || table.columns.iter().map(|column| column.name.as_str());
        let failure = self.wrong(
            &name.span(),
            &format!("{} has no column `{}`", table.name, name.as_ref()),
        );
        Err(match near(name.as_ref(), known()) {
            Some(near) => failure.help(format!("did you mean `{near}`?")),
            None => failure.help(format!("it has {}", known().collect::<Vec<_>>().join(", "))),
        })
    }

    fn ignored(&self, graph: &Graph<'_>, ignore: &file::Ignore) -> Result<Vec<RelationId>, Failure> {
        let by = [&ignore.relation, &ignore.table, &ignore.constraint];
        self.relations(graph, by, "ignore_relations", &ignore.reason)
    }

    /// The relations that an entry of the configuration names: by columns, or by table and constraint.
    fn relations(
        &self,
        graph: &Graph<'_>,
        by: [&Option<Spanned<String>>; 3],
        list: &str,
        at: &Spanned<String>,
    ) -> Result<Vec<RelationId>, Failure> {
        match by {
            [Some(relation), None, None] => named::relations(graph, relation.as_ref()).map_err(|unnamed| {
                let failure = self.wrong(&relation.span(), &unnamed.problem);
                match unnamed.help {
                    Some(help) => failure.help(help),
                    None => failure,
                }
            }),
            [None, Some(table), Some(constraint)] => {
                let id = self.table(graph, table)?;
                let found = named::matching(graph, id, |relation| relation.name == *constraint.as_ref());
                if found.is_empty() {
                    let names = graph.table(id).relations.iter().map(|relation| relation.name.as_str());
                    let problem = format!("{} has no foreign key `{}`", graph.table(id).name, constraint.as_ref());
                    let failure = self.wrong(&constraint.span(), &problem);
                    return Err(match near(constraint.as_ref(), names) {
                        Some(near) => failure.help(format!("did you mean `{near}`?")),
                        None => failure.help(named::known(graph, id)),
                    });
                }
                Ok(found)
            }
            _ => Err(self
                .wrong(&at.span(), &format!("an entry of `{list}` names no relation, or two"))
                .help("write `relation = \"table(column)\"`, or `table` and `constraint`")),
        }
    }

    /// Takes in what an entry says about references by a relation.
    fn set_policy(&self, graph: &Graph<'_>, entry: &file::References, policies: &mut Policies) -> Result<(), Failure> {
        if entry.outgoing.is_none() && entry.incoming.is_none() {
            return Err(self
                .wrong(&entry.reason.span(), "an entry of `references` says nothing")
                .help("write `outgoing = \"set-null\"` (or skip-row), or `incoming = \"keep\"`"));
        }
        let by = [&entry.relation, &entry.table, &entry.constraint];
        for id in self.relations(graph, by, "references", &entry.reason)? {
            let outgoing = entry
                .outgoing
                .and_then(|word| policies.outgoing.insert(id, word.policy()));
            let incoming = entry
                .incoming
                .and_then(|word| policies.incoming.insert(id, word.policy()));
            if outgoing.is_some() || incoming.is_some() {
                let problem = format!("what becomes of references by {} is said twice", graph.describe(id));
                return Err(self.wrong(&entry.reason.span(), &problem));
            }
        }
        Ok(())
    }
}

fn class_of(class: file::Class) -> Class {
    match class {
        file::Class::Client => Class::Client,
        file::Class::Context => Class::Context,
        file::Class::Neutral => Class::Neutral,
    }
}

/// Adds a declared relation, unless it is there.
fn add(schema: &mut Schema, child: TableId, relation: Relation) {
    let table = &mut schema.tables[child.0];
    let same = |other: &&Relation| other.is_same_reference(&relation);
    if let Some(other) = table.relations.iter().find(same) {
        schema.warnings.push(format!(
            "the configuration declares a relation of {} that is there already: {}",
            table.name, other.name
        ));
        return;
    }
    insert_relation(table, relation);
}
