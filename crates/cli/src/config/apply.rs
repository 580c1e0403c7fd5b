//! What the configuration says about a schema: declared and ignored relations, classes.
//!
//! Everything it names must be there: a rule that matches nothing is a mistake, or has outlived its reason.

use std::collections::BTreeMap;

use exodus_classify::infer::{self, Inferred};
use exodus_classify::whatif::insert_relation;
use exodus_classify::{Class, NoSuchTable, Override, find_table};
use exodus_schema::{Cuts, Graph, Relation, RelationId, Schema, Table, TableId};
use toml::Spanned;

use super::{Config, file, near};
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

    fn columns(&self, table: &Table, names: &[Spanned<String>]) -> Result<Vec<String>, Failure> {
        names.iter().map(|name| self.column(table, name)).collect()
    }

    fn ignored(&self, graph: &Graph<'_>, ignore: &file::Ignore) -> Result<Vec<RelationId>, Failure> {
        match (&ignore.relation, &ignore.table, &ignore.constraint) {
            (Some(relation), None, None) => self.ignored_by_columns(graph, relation),
            (None, Some(table), Some(constraint)) => {
                let id = self.table(graph, table)?;
                let found = matching(graph, id, |relation| relation.name == *constraint.as_ref());
                if found.is_empty() {
                    let names = graph.table(id).relations.iter().map(|relation| relation.name.as_str());
                    let problem = format!("{} has no foreign key `{}`", graph.table(id).name, constraint.as_ref());
                    let failure = self.wrong(&constraint.span(), &problem);
                    return Err(match near(constraint.as_ref(), names) {
                        Some(near) => failure.help(format!("did you mean `{near}`?")),
                        None => failure.help(known_relations(graph, id)),
                    });
                }
                Ok(found)
            }
            _ => Err(self
                .wrong(
                    &ignore.reason.span(),
                    "an entry of `ignore_relations` names no relation, or two",
                )
                .help("write `relation = \"table(column)\"`, or `table` and `constraint`")),
        }
    }

    fn ignored_by_columns(&self, graph: &Graph<'_>, text: &Spanned<String>) -> Result<Vec<RelationId>, Failure> {
        let span = text.span();
        let parts = text
            .as_ref()
            .trim()
            .strip_suffix(')')
            .and_then(|text| text.rsplit_once('('));
        let Some((table, columns)) = parts else {
            return Err(self.wrong(
                &span,
                &format!("`{}` is not written like `table(column)`", text.as_ref()),
            ));
        };
        let id = self.table(graph, &Spanned::new(span.clone(), table.trim().to_owned()))?;
        let names = columns
            .split(',')
            .map(|column| Spanned::new(span.clone(), column.trim().to_owned()));
        let mut wanted = self.columns(graph.table(id), &names.collect::<Vec<_>>())?;
        wanted.sort_unstable();
        let found = matching(graph, id, |relation| {
            let mut columns: Vec<_> = relation.child_columns().collect();
            columns.sort_unstable();
            columns == wanted
        });
        if found.is_empty() {
            let problem = format!("there is no relation `{}`", text.as_ref());
            return Err(self.wrong(&span, &problem).help(known_relations(graph, id)));
        }
        Ok(found)
    }
}

fn class_of(class: file::Class) -> Class {
    match class {
        file::Class::Client => Class::Client,
        file::Class::Context => Class::Context,
        file::Class::Neutral => Class::Neutral,
    }
}

fn matching(graph: &Graph<'_>, child: TableId, wanted: impl Fn(&Relation) -> bool) -> Vec<RelationId> {
    let relations = graph.table(child).relations.iter().enumerate();
    relations
        .filter(|(_, relation)| wanted(relation))
        .map(|(at, _)| RelationId { child, at })
        .collect()
}

fn known_relations(graph: &Graph<'_>, table: TableId) -> String {
    let of = graph.table(table);
    if of.relations.is_empty() {
        return format!("{} references no other table", of.name);
    }
    let text = |relation: &Relation| {
        format!(
            "{}({}) [{}]",
            of.name,
            relation.child_columns().collect::<Vec<_>>().join(", "),
            relation.name
        )
    };
    format!(
        "there are {}",
        of.relations.iter().map(text).collect::<Vec<_>>().join(", ")
    )
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
