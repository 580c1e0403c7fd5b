//! The booklet as a document that no format knows of: headings, paragraphs, tables, lists and things to do.
//!
//! [`Document::new`] makes it of a [`Content`](crate::Content); the booklet puts it on paper, the page of HTML shows it. Texts are as the
//! database has them: whoever writes a format makes them visible and escapes them.

mod amount;
mod build;
mod glossary;
mod hazards;
mod links;
mod lists;
mod table;

pub use amount::{bytes, count, plural, rows};

use exodus_classify::{Class, Severity};
use exodus_schema::TableId;

use crate::style::Stroke;

/// The whole of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What stands before everything else.
    pub cover: Cover,
    /// In order.
    pub parts: Vec<Part>,
}

/// The first page.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover {
    /// What it is about.
    pub title: String,
    /// What it is.
    pub subtitle: String,
    /// Source, date, fingerprint and the like: a word and what stands for it.
    pub facts: Vec<(&'static str, String)>,
    /// How many tables each class has.
    pub classes: Vec<(Class, usize)>,
    /// How many hazards stand, by severity, worst first.
    pub severities: Vec<(Severity, usize)>,
}

/// A part of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which one it is.
    pub name: PartName,
    /// What stands before its sections.
    pub blocks: Vec<Block>,
    /// In order.
    pub sections: Vec<Section>,
}

/// The parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartName {
    /// What came, went and changed since an earlier report.
    Changes,
    /// The drawing; whoever writes a format puts it behind the part's blocks.
    Map,
    /// The copy order.
    Order,
    /// A section for each client table.
    Tables,
    /// Context tables, and neutral ones.
    Others,
    /// What to do.
    Hazards,
    /// The words.
    Glossary,
}

/// Something with a heading of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its heading.
    pub title: Line,
    /// Where links to it lead.
    pub place: Option<Place>,
    /// On paper it begins a page.
    pub own_page: bool,
    /// In order.
    pub blocks: Vec<Block>,
}

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The section, or the row, of a table.
    Table(TableId),
    /// The entry of a hazard, counted from 1.
    Mark(usize),
    /// The beginning of a part.
    Part(PartName),
}

/// Something that stands by itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading inside of a section.
    Heading(String),
    /// Text.
    Paragraph(Line),
    /// Lines with their depth.
    List(Vec<(usize, Line)>),
    /// Rows and columns.
    Grid(Grid),
    /// Statements or configuration, with their line breaks.
    Code(String),
    /// Something to do, with a box to tick.
    Task(Task),
}

/// Rows and columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// The columns.
    pub columns: Vec<Column>,
    /// Each with a cell for every column.
    pub rows: Vec<Row>,
}

/// A column of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What stands over it.
    pub title: &'static str,
    /// Its part of the width, beside the others'.
    pub share: f64,
    /// Its cells end at its right side: numbers.
    pub right: bool,
}

/// A row of a grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Where links to it lead.
    pub place: Option<Place>,
    /// A cell for every column.
    pub cells: Vec<Line>,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Where links to it lead.
    pub place: Option<Place>,
    /// What it is.
    pub head: Line,
    /// More about it.
    pub body: Vec<Block>,
}

/// A text in pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line(pub Vec<Span>);

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    /// Words.
    Words {
        /// As the database has it.
        text: String,
        /// How they look.
        look: Look,
        /// What they lead to.
        to: Option<Place>,
    },
    /// The badge with the letter of a class.
    Badge(Class),
    /// The number of a hazard, which leads to its entry.
    Mark(usize, Severity),
    /// A short piece of a relation's line.
    Stroke(Stroke),
}

/// How words look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Look {
    /// Like the others.
    #[default]
    Plain,
    /// They matter.
    Strong,
    /// They matter less.
    Faint,
    /// As a program reads them.
    Code,
}

impl PartName {
    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Changes => "What changed",
            Self::Map => "The map",
            Self::Order => "The order of a move",
            Self::Tables => "Client tables",
            Self::Others => "Context and neutral tables",
            Self::Hazards => "Hazards",
            Self::Glossary => "Glossary",
        }
    }

    /// A short name that is the same in every report.
    pub fn id(self) -> &'static str {
        match self {
            Self::Changes => "changes",
            Self::Map => "map",
            Self::Order => "order",
            Self::Tables => "tables",
            Self::Others => "others",
            Self::Hazards => "hazards",
            Self::Glossary => "glossary",
        }
    }
}

impl Part {
    /// An empty one.
    pub fn new(name: PartName) -> Self {
        Self {
            name,
            blocks: vec![],
            sections: vec![],
        }
    }
}

impl Grid {
    /// Without rows; the columns with their part of the width, those of numbers with a minus before it.
    pub fn new(columns: &[(&'static str, f64)]) -> Self {
        let columns = columns.iter().map(|&(title, share)| Column {
            title,
            share: share.abs(),
            right: share < 0.0,
        });
        Self {
            columns: columns.collect(),
            rows: vec![],
        }
    }

    /// Without the columns in which nothing stands.
    #[must_use]
    pub fn without_empty_columns(mut self) -> Self {
        let filled = |at: usize| {
            self.rows
                .iter()
                .any(|row| row.cells.get(at).is_some_and(|cell| !cell.0.is_empty()))
        };
        let kept: Vec<bool> = (0..self.columns.len()).map(filled).collect();
        let mut keep = kept.iter();
        self.columns.retain(|_| keep.next().copied().unwrap_or(true));
        for row in &mut self.rows {
            let mut keep = kept.iter();
            row.cells.retain(|_| keep.next().copied().unwrap_or(true));
        }
        self
    }

    /// Another row.
    pub fn row(&mut self, cells: Vec<Line>) -> &mut Row {
        self.rows.push(Row { place: None, cells });
        let last = self.rows.len() - 1;
        &mut self.rows[last]
    }
}

impl Line {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, text: impl Into<String>, look: Look, to: Option<Place>) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.0.push(Span::Words { text, look, to });
        }
        self
    }

    /// With words behind it.
    #[must_use]
    pub fn words(self, text: impl Into<String>) -> Self {
        self.with(text, Look::Plain, None)
    }

    /// With words that matter.
    #[must_use]
    pub fn strong(self, text: impl Into<String>) -> Self {
        self.with(text, Look::Strong, None)
    }

    /// With words that matter less.
    #[must_use]
    pub fn faint(self, text: impl Into<String>) -> Self {
        self.with(text, Look::Faint, None)
    }

    /// With something that programs read.
    #[must_use]
    pub fn code(self, text: impl Into<String>) -> Self {
        self.with(text, Look::Code, None)
    }

    /// With words that lead elsewhere.
    #[must_use]
    pub fn link(self, text: impl Into<String>, to: Place) -> Self {
        self.with(text, Look::Plain, Some(to))
    }

    /// With a piece that is no words.
    #[must_use]
    pub fn span(mut self, span: Span) -> Self {
        self.0.push(span);
        self
    }

    /// The words alone.
    pub fn plain(&self) -> String {
        let word = |span: &Span| match span {
            Span::Words { text, .. } => text.clone(),
            Span::Badge(class) => crate::style::letter(*class).to_owned(),
            Span::Mark(number, _) => number.to_string(),
            Span::Stroke(_) => String::new(),
        };
        self.0.iter().map(word).collect()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::new().words(text)
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::new().words(text)
    }
}
