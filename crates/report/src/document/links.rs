//! Links whose end was left out: they become words.

use std::collections::BTreeSet;

use super::{Block, Document, Line, Place, Section, Span};

impl Document {
    /// A filter leaves out sections and rows; what leads there stays, and leads nowhere.
    pub(super) fn without_dead_links(mut self) -> Self {
        let known = self.places();
        for part in &mut self.parts {
            blocks(&mut part.blocks, &known);
            for section in &mut part.sections {
                line(&mut section.title, &known);
                blocks(&mut section.blocks, &known);
            }
        }
        self
    }

    /// All that a link can lead to.
    fn places(&self) -> BTreeSet<Place> {
        let mut known = BTreeSet::new();
        for part in &self.parts {
            known.insert(Place::Part(part.name));
            places(&part.blocks, &mut known);
            for Section { place, blocks, .. } in &part.sections {
                known.extend(*place);
                places(blocks, &mut known);
            }
        }
        known
    }
}

fn places(all: &[Block], known: &mut BTreeSet<Place>) {
    for block in all {
        match block {
            Block::Grid(grid) => known.extend(grid.rows.iter().filter_map(|row| row.place)),
            Block::Task(task) => {
                known.extend(task.place);
                places(&task.body, known);
            }
            Block::Heading(_) | Block::Paragraph(_) | Block::List(_) | Block::Code(_) => {}
        }
    }
}

fn blocks(all: &mut [Block], known: &BTreeSet<Place>) {
    for block in all {
        match block {
            Block::Paragraph(text) => line(text, known),
            Block::List(lines) => lines.iter_mut().for_each(|(_, text)| line(text, known)),
            Block::Grid(grid) => {
                let cells = grid.rows.iter_mut().flat_map(|row| &mut row.cells);
                cells.for_each(|cell| line(cell, known));
            }
            Block::Task(task) => {
                line(&mut task.head, known);
                blocks(&mut task.body, known);
            }
            Block::Heading(_) | Block::Code(_) => {}
        }
    }
}

fn line(text: &mut Line, known: &BTreeSet<Place>) {
    for span in &mut text.0 {
        if let Span::Words { to, .. } = span {
            *to = to.filter(|place| known.contains(place));
        }
    }
}
