//! The report for wikis: what changed, the order of a move, and what `exodus classify` writes.

use std::fmt::Write as _;

use exodus_classify::report::{self, Form, Styles, markdown_text};

use crate::Content;
use crate::document::{Block, Document, Grid, PartName};

/// The whole file.
pub fn file(content: &Content<'_>, document: &Document) -> String {
    let found = report::write(content.report, Form::Markdown, &Styles::default());
    let (heading, rest) = found.split_once('\n').unwrap_or((&found, ""));
    let mut out = format!("{heading}\n\n| | |\n|---|---|\n");
    for (word, value) in &document.cover.facts {
        let _ = writeln!(out, "| {word} | {} |", markdown_text(value));
    }
    if let Some(drift) = &content.drift {
        let _ = write!(out, "\n{}", drift.markdown(2));
    }
    out.push_str(rest);
    if let Some(order) = document.part(PartName::Order) {
        let _ = write!(out, "\n## {}\n", order.name.title());
        for block in &order.blocks {
            match block {
                Block::Paragraph(line) => {
                    let _ = write!(out, "\n{}\n", markdown_text(&line.plain()));
                }
                Block::Grid(grid) => table(&mut out, grid),
                _ => {}
            }
        }
    }
    out
}

fn table(out: &mut String, grid: &Grid) {
    let titles: Vec<_> = grid.columns.iter().map(|column| column.title).collect();
    let rules = grid
        .columns
        .iter()
        .map(|column| if column.right { "---:" } else { "---" });
    let _ = write!(
        out,
        "\n| {} |\n|{}|\n",
        titles.join(" | "),
        rules.collect::<Vec<_>>().join("|")
    );
    for row in &grid.rows {
        let cells: Vec<_> = row.cells.iter().map(|cell| markdown_text(&cell.plain())).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}
