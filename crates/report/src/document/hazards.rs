//! What to do, worst first.

use exodus_classify::Severity;
use exodus_schema::TableId;

use super::{Block, Line, Part, PartName, Place, Section, Span, Task, plural};
use crate::{Content, Mark};

/// All that stand, by severity; then those that somebody accepted.
pub(super) fn part(content: &Content<'_>) -> Part {
    let mut part = Part::new(PartName::Hazards);
    if content.marks.is_empty() {
        part.blocks.push(Block::Paragraph("Nothing was found.".into()));
    }
    for severity in Severity::ALL {
        let tasks = content.marks.iter().filter(|mark| mark.severity() == severity);
        let blocks: Vec<_> = tasks.map(|mark| Block::Task(task(mark))).collect();
        if !blocks.is_empty() {
            part.sections.push(Section {
                title: plural(blocks.len(), severity.as_str()).into(),
                place: None,
                own_page: false,
                blocks: [Block::Paragraph(Line::new().faint(meaning(severity)))]
                    .into_iter()
                    .chain(blocks)
                    .collect(),
            });
        }
    }
    part.sections.extend(accepted(content));
    part
}

fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "A move would lose, double or cross rows, or fail.",
        Severity::Warning => "These need somebody's decision.",
        Severity::Note => "Worth knowing; nothing has to be done.",
    }
}

fn task(mark: &Mark<'_>) -> Task {
    let hazard = mark.finding.hazard;
    let mut body = vec![
        Block::Paragraph(hazard.message.clone().into()),
        Block::Paragraph(Line::new().strong("Fix: ").words(hazard.fix.clone())),
    ];
    body.extend(hazard.sql.iter().map(|sql| Block::Code(sql.clone())));
    if let Some(config) = &mark.finding.config {
        body.push(Block::Paragraph(Line::new().faint("Or in exodus.toml:")));
        body.push(Block::Code(config.trim_end().to_owned()));
    }
    Task {
        place: Some(Place::Mark(mark.number)),
        head: Line::new()
            .span(Span::Mark(mark.number, hazard.severity))
            .words(" ")
            .span(Span::Words {
                text: mark.finding.object.clone(),
                look: super::Look::Strong,
                to: Some(Place::Table(hazard.table)),
            })
            .faint(format!("  {}", hazard.rule)),
        body,
    }
}

fn accepted(content: &Content<'_>) -> Option<Section> {
    let lines: Vec<_> = content
        .report
        .findings
        .accepted()
        .map(|(finding, entry)| {
            let line = Line::new()
                .strong(finding.object.clone())
                .faint(format!("  {}", finding.hazard.rule))
                .words(format!(": {}", entry.reason));
            (0, line)
        })
        .collect();
    (!lines.is_empty()).then(|| Section {
        title: format!("{} accepted", lines.len()).into(),
        place: None,
        own_page: false,
        blocks: vec![Block::List(lines)],
    })
}

/// Those of one table, each with its fix; the statements stand in the entry.
pub(super) fn of_table(content: &Content<'_>, id: TableId) -> Vec<Block> {
    let mut lines = vec![];
    for mark in content.marks_of(id) {
        let hazard = mark.finding.hazard;
        lines.push((
            0,
            Line::new()
                .span(Span::Mark(mark.number, hazard.severity))
                .words(" ")
                .strong(hazard.rule)
                .words(format!(": {}", hazard.message)),
        ));
        let more = if hazard.sql.is_empty() && mark.finding.config.is_none() {
            Line::new()
        } else {
            Line::new().link("Statements", Place::Mark(mark.number))
        };
        let mut fix = Line::new().strong("Fix: ").words(format!("{} ", hazard.fix));
        fix.0.extend(more.0);
        lines.push((1, fix));
    }
    if lines.is_empty() {
        vec![]
    } else {
        vec![Block::List(lines)]
    }
}
