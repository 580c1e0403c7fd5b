//! From the content to the document.

use exodus_classify::{Class, Severity};

use super::{Block, Cover, Document, Part, PartName, glossary, hazards, lists, table};
use crate::{Content, changes};

impl Document {
    /// Makes it. The map's part has no drawing in it: each format has its own.
    pub fn new(content: &Content<'_>) -> Self {
        let mut map = Part::new(PartName::Map);
        map.blocks.push(Block::Paragraph(
            "Client tables stand in layers from the root table, in the order in which they are copied; context tables stand \
             beside them, neutral ones apart. A number is a hazard: its entry has the same number."
                .into(),
        ));
        let mut tables = Part::new(PartName::Tables);
        tables.sections = table::sections(content);
        let all = [
            map,
            lists::order(content),
            tables,
            lists::others(content),
            hazards::part(content),
            glossary::part(),
        ];
        let whole = Self {
            cover: cover(content),
            parts: content
                .drift
                .iter()
                .map(changes::part)
                .chain(all.into_iter().filter(has_tables))
                .collect(),
        };
        whole.without_dead_links()
    }

    /// The part of that name.
    pub fn part(&self, name: PartName) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }
}

/// A part of tables of which the filter leaves none is left out itself; others stay.
fn has_tables(part: &Part) -> bool {
    match part.name {
        PartName::Order => part
            .blocks
            .iter()
            .any(|block| matches!(block, Block::Grid(grid) if !grid.rows.is_empty())),
        PartName::Tables | PartName::Others => !part.sections.is_empty(),
        _ => true,
    }
}

/// How many tables there are, where not all are shown.
fn shown(content: &Content<'_>) -> String {
    let graph = content.graph();
    let shown = graph
        .tables()
        .filter(|&table| content.report.filter.shows_table(table))
        .count();
    match graph.tables().len() {
        all if shown < all => format!("{shown} of {all}"),
        _ => String::new(),
    }
}

fn cover(content: &Content<'_>) -> Cover {
    let (report, about, schema) = (content.report, &content.about, content.graph().schema());
    let engine = match schema.server_version.as_str() {
        "" => schema.engine.to_string(),
        version => format!("{} {version}", schema.engine),
    };
    let root = content.graph().table(report.classes.root).name.to_string();
    let facts = [
        ("Source", about.source.clone()),
        ("Date", about.date.clone()),
        ("Root table", root),
        ("Engine", engine),
        ("Tables shown", shown(content)),
        ("Fingerprint", about.fingerprint.clone()),
        ("Made by", format!("exodus {}", about.version)),
    ];
    let classes = [Class::Client, Class::Context, Class::Neutral];
    Cover {
        title: match about.source.as_str() {
            "" => "The schema".to_owned(),
            _ => content.about.short_source().to_owned(),
        },
        subtitle: "What belongs to a client, what it refers to, and what stands in the way of a move".to_owned(),
        facts: facts
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .collect(),
        classes: classes
            .map(|class| (class, report.classes.of_class(class).len()))
            .to_vec(),
        severities: Severity::ALL
            .map(|severity| {
                (
                    severity,
                    content.marks.iter().filter(|mark| mark.severity() == severity).count(),
                )
            })
            .to_vec(),
    }
}
