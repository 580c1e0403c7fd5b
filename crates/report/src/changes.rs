//! What changed since an earlier report, as a part of the document.

use exodus_classify::drift::Drift;

use crate::document::{Block, Line, Part, PartName, Section};

/// The part: a section for each group of changes.
pub fn part(drift: &Drift) -> Part {
    let mut part = Part::new(PartName::Changes);
    part.blocks.push(Block::Paragraph(drift.summary().into()));
    for group in drift.groups() {
        let lines = group.lines.into_iter().map(|line| {
            let subject = Line::new().strong(line.subject);
            match line.detail.as_str() {
                "" => (0, subject),
                detail => (0, subject.words(format!(": {detail}"))),
            }
        });
        part.sections.push(Section {
            title: group.title.into(),
            place: None,
            own_page: false,
            blocks: vec![Block::List(lines.collect())],
        });
    }
    part
}
