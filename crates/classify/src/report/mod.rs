//! What was found, for people and for programs.
//!
//! [`write()`] takes a [`Report`] to any [`Form`]; each form has a file here. Whoever finds something (the classification,
//! the audit) fills in a report; nobody else prints findings.

mod escape;
mod fold;
mod github;
mod gitlab;
mod hazards;
pub mod json;
mod layout;
mod markdown;
mod names;
mod places;
mod sarif;
mod style;
mod tables;
mod text;
pub(crate) mod words;

#[cfg(test)]
mod formats_tests;
#[cfg(test)]
mod once_tests;
#[cfg(test)]
mod tests;

use exodus_schema::Graph;
use serde_json::{Map, Value};

use crate::class::Classification;
use crate::filter::Filter;
use crate::findings::Findings;
use crate::infer::Inferred;

pub use escape::markdown as markdown_text;
pub(crate) use escape::prose;
pub use layout::{WIDTH, wrap};
pub(crate) use layout::{indented, statement};
pub use names::Names;
pub use places::Places;
pub use style::Styles;
pub(crate) use style::heading;
pub use text::candidates;
pub(crate) use words::plural;
pub use words::{reason, summary};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text of at most 80 columns, for people.
    Text,
    /// One JSON object; docs/classify-json.md describes it.
    Json,
    /// For wikis, pull requests and the summaries of build servers.
    Markdown,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's report of code quality.
    Gitlab,
}

/// What is to be written.
#[derive(Debug)]
pub struct Report<'a> {
    /// The schema.
    pub graph: &'a Graph<'a>,
    /// Its classes.
    pub classes: &'a Classification,
    /// What was found.
    pub findings: Findings<'a>,
    /// What is shown of it.
    pub filter: Filter,
    /// The guessed relations that were taken for real.
    pub inferred: &'a [Inferred],
    /// Whether the tables are listed with their classes, where the form has room for that.
    pub tables: bool,
    /// More that there is to tell, after the hazards.
    pub sections: Vec<Section>,
    /// More keys for the JSON object.
    pub more: Map<String, Value>,
    /// Who found it.
    pub tool: Tool<'a>,
    /// Where it stands in files.
    pub places: Places,
}

/// Some lines under a heading (the questions that were not answered, say).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// The heading; none for a hint.
    pub title: String,
    /// Paragraphs.
    pub lines: Vec<String>,
}

/// Who found it, and in what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tool<'a> {
    /// `classify` or `audit`.
    pub command: &'a str,
    /// The program's version.
    pub version: &'a str,
    /// The file that findings without a [place](Places) of their own are shown at, where a program wants one: the schema
    /// file, or the configuration.
    pub file: Option<&'a str>,
}

impl<'a> Report<'a> {
    /// All that a classification found, nothing filtered and nothing accepted.
    pub fn new(graph: &'a Graph<'a>, classes: &'a Classification) -> Self {
        let filter = Filter::default();
        Self {
            graph,
            classes,
            findings: Findings::new(graph, &classes.hazards, &[], &filter, crate::Scope::Part),
            filter,
            inferred: &[],
            tables: true,
            sections: vec![],
            more: Map::new(),
            tool: Tool {
                command: "classify",
                version: "",
                file: None,
            },
            places: Places::default(),
        }
    }

    fn names(&self) -> Names<'a> {
        Names::new(self.graph, self.inferred)
    }
}

/// Writes the report; the text ends with a line break.
pub fn write(report: &Report<'_>, form: Form, styles: &Styles) -> String {
    match form {
        Form::Text => text::report(report, styles),
        Form::Json => format!("{:#}\n", json::report(report)),
        Form::Markdown => markdown::report(report),
        Form::Sarif => format!("{:#}\n", sarif::report(report)),
        Form::Github => github::report(report),
        Form::Gitlab => format!("{:#}\n", gitlab::report(report)),
    }
}

/// A classification as text, nothing filtered and nothing accepted.
pub fn classification(graph: &Graph<'_>, found: &Classification, styles: &Styles) -> String {
    text::report(&Report::new(graph, found), styles)
}
