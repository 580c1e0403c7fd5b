//! Tables, relations and hazards for spreadsheets: a file of comma-separated values each (RFC 4180).
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, and a name in a database can be any
//! text: such a cell gets a quotation mark before it, as spreadsheets write it themselves.

use exodus_classify::Class;
use exodus_classify::report::reason;

use crate::Content;

/// Each file's name and what is in it.
pub fn files(content: &Content<'_>) -> [(&'static str, String); 3] {
    [
        ("tables.csv", tables(content)),
        ("relations.csv", relations(content)),
        ("hazards.csv", hazards(content)),
    ]
}

fn tables(content: &Content<'_>) -> String {
    let (graph, names, found) = (content.graph(), content.names(), content.report);
    let mut out = line(&[
        "table", "class", "order", "complete", "rows", "bytes", "errors", "warnings", "notes", "reason",
    ]);
    let classes = [Class::Client, Class::Context, Class::Neutral];
    let all = classes.iter().flat_map(|&class| found.classes.of_class(class));
    for class in all.filter(|class| found.filter.shows_table(class.table)) {
        let table = graph.table(class.table);
        let number = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
        let marks = |severity: &str| {
            let of = content.marks_of(class.table);
            of.filter(|mark| mark.severity().as_str() == severity)
                .count()
                .to_string()
        };
        let complete = if class.class == Class::Client {
            class.complete.to_string()
        } else {
            String::new()
        };
        out.push_str(&line(&[
            &table.name.to_string(),
            class.class.as_str(),
            &class.order.map_or_else(String::new, |order| order.to_string()),
            &complete,
            &number(table.estimated_rows),
            &number(table.bytes),
            &marks("error"),
            &marks("warning"),
            &marks("note"),
            &reason(&names, class),
        ]));
    }
    out
}

fn relations(content: &Content<'_>) -> String {
    let (graph, found) = (content.graph(), content.report);
    let mut out = line(&[
        "child",
        "columns",
        "parent",
        "parent_columns",
        "nullable",
        "drawn_as",
        "relation",
    ]);
    for edge in graph
        .edges()
        .iter()
        .filter(|edge| found.filter.shows_table(edge.child()))
    {
        let (child, relation) = (graph.table(edge.child()), graph.relation(edge.id));
        out.push_str(&line(&[
            &child.name.to_string(),
            &relation.child_columns().collect::<Vec<_>>().join(", "),
            &relation.parent.to_string(),
            &relation.parent_columns().collect::<Vec<_>>().join(", "),
            &child.relation_is_nullable(relation).to_string(),
            content.stroke(edge.id).name(),
            &relation.name,
        ]));
    }
    out
}

fn hazards(content: &Content<'_>) -> String {
    let mut out = line(&[
        "number",
        "severity",
        "rule",
        "table",
        "object",
        "message",
        "fix",
        "fingerprint",
    ]);
    for mark in &content.marks {
        let hazard = mark.finding.hazard;
        out.push_str(&line(&[
            &mark.number.to_string(),
            hazard.severity.as_str(),
            hazard.rule,
            &content.graph().table(hazard.table).name.to_string(),
            &mark.finding.object,
            &hazard.message,
            &hazard.fix,
            &mark.finding.fingerprint,
        ]));
    }
    out
}

fn line(cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

/// What would not be seen stands as an escape; that takes tabs and line breaks out, too, behind which a formula could begin.
fn cell(text: &str) -> String {
    let mut text = crate::picture::visible(text);
    if text.trim_start().starts_with(['=', '+', '-', '@']) {
        text.insert(0, '\'');
    }
    if text.contains(['"', ',']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn nothing_is_a_formula_or_ends_a_cell() {
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell(" =1+1"), "' =1+1");
        assert_eq!(cell("\t@x"), "' @x");
        assert_eq!(cell("-5"), "'-5");
        assert_eq!(cell("a,\"b\"\nc"), "\"a,\"\"b\"\" c\"");
        assert_eq!(cell("顧客"), "顧客");
    }
}
