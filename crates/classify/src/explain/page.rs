//! A rule's page, for a terminal.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::report::{self, Styles};
use crate::rules::Rule;

/// The page as text of at most 80 columns: headings stand out, code keeps its lines, paragraphs are wrapped.
pub fn page_text(rule: &Rule, styles: &Styles) -> String {
    let style = styles.of(rule.severity);
    let mut out = format!("{style}{}[{}]{style:#}\n", rule.severity, rule.id);
    out.push_str(&report::indented(&plain(rule.summary), 0));
    let page = rule.page();
    let mut paragraph = Paragraph::default();
    let mut code = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            paragraph.end(&mut out);
            code = !code;
            if code {
                out.push('\n');
            }
        } else if code {
            let code = line.trim_start();
            out.push_str(&report::statement(code, 4 + line.len() - code.len()));
            if code.is_empty() {
                out.push('\n');
            }
        } else if let Some(title) = line.strip_prefix('#') {
            paragraph.end(&mut out);
            report::heading(&mut out, title.trim_start_matches('#').trim(), styles);
        } else {
            paragraph.add(&mut out, line);
        }
    }
    paragraph.end(&mut out);
    out
}

/// Lines that belong together: a paragraph, or an item of a list.
#[derive(Default)]
struct Paragraph {
    text: String,
    item: bool,
}

impl Paragraph {
    fn add(&mut self, out: &mut String, line: &str) {
        let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
        if line.trim().is_empty() || item.is_some() {
            self.end(out);
        }
        if line.trim().is_empty() {
            // An empty line between paragraphs, none after a heading and none at the end.
            return;
        }
        if line.starts_with('|') {
            // A row of a table stays a line.
            self.end(out);
            let _ = writeln!(out, "  {line}");
            return;
        }
        if self.text.is_empty() {
            self.item = item.is_some();
        } else {
            self.text.push(' ');
        }
        self.text.push_str(item.unwrap_or(line).trim());
    }

    fn end(&mut self, out: &mut String) {
        let text = plain(&std::mem::take(&mut self.text));
        if text.is_empty() {
            return;
        }
        if self.item {
            let lines = report::indented(&text, 4);
            out.push_str("  -");
            out.push_str(lines.get(3..).unwrap_or_default());
        } else {
            out.push('\n');
            out.push_str(&report::indented(&text, 0));
        }
    }
}

/// Without the marks of emphasis, which a terminal doesn't show; code keeps its backticks.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, piece) in text.split('`').enumerate() {
        if at > 0 {
            out.push('`');
        }
        if at % 2 == 1 {
            out.push_str(piece);
        } else {
            out.push_str(&without_stars(piece));
        }
    }
    out
}

/// Takes `*` out where it opens or closes emphasis, not where it stands between spaces or digits.
fn without_stars(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::new();
    for (at, &c) in chars.iter().enumerate() {
        let space = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_none_or(|c| c.is_whitespace());
        let lone = space(at.checked_sub(1)) && space(Some(at + 1)) && at > 0 && at + 1 < chars.len();
        if c != '*' || lone {
            out.push(c);
        }
    }
    out
}

/// The page as JSON.
pub fn page_json(rule: &Rule) -> Value {
    json!({
        "version": report::json::VERSION,
        "rule": rule.id,
        "severity": rule.severity,
        "summary": rule.summary,
        "page": rule.page(),
    })
}
