//! What every format is made of.

use std::collections::BTreeMap;

use exodus_classify::drift::Drift;
use exodus_classify::report::{Names, Report};
use exodus_classify::{Finding, Severity, rules};
use exodus_schema::{Components, Graph, RelationId, TableId};

use crate::style::Stroke;
use exodus_schema::model::Origin;

/// Where a report comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The database, or the file, as the user named it; never a password.
    pub source: String,
    /// The day, as `2026-11-23`.
    pub date: String,
    /// A digest of the schema, without what changes by itself (estimates of rows).
    pub fingerprint: String,
    /// The program's version.
    pub version: String,
}

impl About {
    /// The last name in the address or of the file: `shop` of `postgres://host/shop`.
    pub fn short_source(&self) -> &str {
        let before = self.source.split(['?', '#']).next().unwrap_or(&self.source);
        let last = before.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next();
        last.filter(|name| !name.is_empty()).unwrap_or(&self.source)
    }
}

/// A report, ready to be drawn and written.
#[derive(Debug)]
pub struct Content<'a> {
    /// What was found.
    pub report: &'a Report<'a>,
    /// Where it comes from.
    pub about: About,
    /// The findings that stand (neither accepted nor filtered out), worst first and those of a rule together: the number
    /// of each is its place, counted from 1.
    pub marks: Vec<Mark<'a>>,
    /// The columns that tell clients apart: the root table's identity, unless the caller knows better. Empty where it
    /// has none.
    pub root_key: Vec<String>,
    /// What changed since an earlier report, if there is one to compare with.
    pub drift: Option<Drift>,
    by_table: BTreeMap<TableId, Vec<usize>>,
    loops: Components,
}

/// A finding with its number.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// Counted from 1.
    pub number: usize,
    /// What was found.
    pub finding: &'a Finding<'a>,
}

impl Mark<'_> {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.finding.hazard.severity
    }
}

impl<'a> Content<'a> {
    /// Numbers the findings.
    pub fn new(report: &'a Report<'a>, about: About) -> Self {
        let mut standing: Vec<_> = report.findings.standing().collect();
        let place = |rule: &str| rules::ALL.iter().position(|one| one.id == rule);
        standing.sort_by_key(|finding| (finding.hazard.severity, place(finding.hazard.rule)));
        let marks: Vec<_> = standing
            .into_iter()
            .zip(1..)
            .map(|(finding, number)| Mark { number, finding })
            .collect();
        let mut by_table = BTreeMap::<_, Vec<_>>::new();
        for mark in &marks {
            by_table
                .entry(mark.finding.hazard.table)
                .or_default()
                .push(mark.number - 1);
        }
        let cuts = &report.classes.cuts.relations;
        let root = report.graph.table(report.classes.root);
        Self {
            report,
            about,
            marks,
            root_key: root.identity().map(|key| key.columns.clone()).unwrap_or_default(),
            drift: None,
            by_table,
            loops: report.graph.components(|edge| !cuts.contains(&edge.id)),
        }
    }

    /// The schema.
    pub fn graph(&self) -> &'a Graph<'a> {
        self.report.graph
    }

    /// Relations in words.
    pub fn names(&self) -> Names<'a> {
        Names::new(self.report.graph, self.report.inferred)
    }

    /// A table's name, without its schema where that is the one of the root table.
    pub fn short_name(&self, table: TableId) -> String {
        let (root, name) = (
            &self.graph().table(self.report.classes.root).name,
            &self.graph().table(table).name,
        );
        if root.schema == name.schema {
            name.name.clone()
        } else {
            name.to_string()
        }
    }

    /// What was found at a table and its relations.
    pub fn marks_of(&self, table: TableId) -> impl Iterator<Item = &Mark<'a>> {
        let of_table = self.by_table.get(&table).map_or(&[][..], Vec::as_slice);
        of_table.iter().map(|&at| &self.marks[at])
    }

    /// How a relation is drawn.
    pub fn stroke(&self, id: RelationId) -> Stroke {
        let graph = self.graph();
        let (relation, child) = (graph.relation(id), graph.table(id.child));
        let edge = graph.edge(id);
        if self.report.classes.cuts.relations.contains(&id) {
            return Stroke::Ignored;
        }
        match relation.origin {
            Origin::Declared => Stroke::Declared,
            Origin::Inferred => Stroke::Inferred,
            Origin::Catalogue if edge.is_some_and(|edge| self.is_in_loop(edge.parent, id.child)) => Stroke::Loop,
            Origin::Catalogue if child.relation_is_nullable(relation) => Stroke::Nullable,
            Origin::Catalogue => Stroke::Firm,
        }
    }

    fn is_in_loop(&self, parent: TableId, child: TableId) -> bool {
        parent != child && self.loops.together(parent, child)
    }
}

#[cfg(test)]
mod tests {
    use super::About;

    #[test]
    fn the_title_is_the_last_name() {
        let short = |source: &str| {
            let about = About {
                source: source.to_owned(),
                ..About::default()
            };
            about.short_source().to_owned()
        };
        assert_eq!(short("postgres://u@host:5432/shop?sslmode=require"), "shop");
        assert_eq!(short("dump.sql"), "dump.sql");
        assert_eq!(short("///"), "///");
    }
}
