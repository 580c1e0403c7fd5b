//! # What it finds
//!
//! Text of which it isn't certain what it says. Columns of a client table in a character set of one byte per character
//! (`latin1` and its kin); a reference between text columns that compare differently, by character set or collation; and, on data, text that is
//! no text in its character set.
//!
//! # Why it matters
//!
//! `latin1` takes any bytes. Applications have stored UTF-8 in it for years, unnoticed, because it came back as it went in; whoever
//! reads it in its declared character set sees two or three wrong characters for each. exodus copies the bytes between
//! columns of the same character set, so nothing changes on the way; the damage shows when the target's column is
//! another one. That is a *note*. A relation whose two ends compare differently finds parents for some rows on one server and not on another: a *warning*. Text that
//! is not valid (SQLite stores anything) is refused by other engines: `exodus audit` counts such rows, and any make it an *error*.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE notes (id bigint PRIMARY KEY, client_id bigint NOT NULL, body text CHARACTER SET latin1);
//! ```
//!
//! # How to fix
//!
//! Where the bytes are UTF-8 already, go by way of bytes, so that nothing is converted:
//!
//! ```sql
//! ALTER TABLE notes MODIFY body blob;
//! ALTER TABLE notes MODIFY body text CHARACTER SET utf8mb4;
//! ```

use exodus_schema::{Column, Edge, Engine, Kind, TableId};

use super::{Context, Data, Rule};
use crate::hazard::{Hazard, Part, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "charset-mismatch",
    severity: Severity::Error,
    summary: "text in a character set that may not be what it says",
    source: include_str!("charset_mismatch.rs"),
    check,
    data: Some(Data { ask, judge }),
};

/// Character sets that hold nothing but what they say.
const CERTAIN: [&str; 8] = [
    "utf8mb4", "utf8mb3", "utf8", "ascii", "binary", "utf16", "utf16le", "utf32",
];

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let tables = context.client_tables().filter_map(|table| uncertain(context, table));
    let edges = context.inner_edges().filter_map(|edge| unlike(context, edge));
    tables.chain(edges).collect()
}

fn uncertain(context: &Context<'_>, table: TableId) -> Option<Hazard> {
    let columns = context.graph.table(table).columns.iter();
    let uncertain = columns.filter_map(|column| {
        let charset = column.charset.as_deref()?;
        (!CERTAIN.contains(&charset)).then_some((&column.name, charset))
    });
    let columns: Vec<_> = uncertain.collect();
    let (_, first) = columns.first()?;
    let hazard = Hazard::new(
        RULE.id,
        Severity::Note,
        table,
        format!(
            "Columns of {} hold text in {first} or the like, which takes any bytes: {}.",
            context.name(table),
            columns
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ),
        "See whether the bytes are UTF-8 in truth, and change the columns to utf8mb4.",
    );
    Some(hazard.on(columns.into_iter().map(|(name, _)| name)))
}

fn unlike(context: &Context<'_>, edge: &Edge) -> Option<Hazard> {
    let (child, parent) = (context.graph.table(edge.child()), context.graph.table(edge.parent));
    let pairs = context.graph.relation(edge.id).columns.iter();
    let differs = |one: &Column, other: &Column| {
        is_text(one) && is_text(other) && (one.charset != other.charset || one.collation != other.collation)
    };
    let mut columns = pairs.filter_map(|pair| child.column(&pair.child).zip(parent.column(&pair.parent)));
    let (one, other) = columns.find(|(one, other)| differs(one, other))?;
    Some(
        Hazard::new(
            RULE.id,
            Severity::Warning,
            edge.child(),
            format!(
                "{} references text that compares differently: {} against {}.",
                context.describe(edge.id),
                comparison(one),
                comparison(other)
            ),
            "Give both columns the same character set and collation.",
        )
        .at(edge.id)
        .part(Part::Aspect("comparison")),
    )
}

fn comparison(column: &Column) -> String {
    let words = [&column.charset, &column.collation];
    let words: Vec<_> = words.into_iter().flatten().map(String::as_str).collect();
    if words.is_empty() {
        "the default".to_owned()
    } else {
        words.join(" ")
    }
}

fn is_text(column: &Column) -> bool {
    matches!(column.kind, Kind::Text | Kind::Enum)
}

/// The engine stores what it is given: text columns may hold anything.
fn takes_anything(context: &Context<'_>) -> bool {
    context.graph.schema().engine == Engine::Sqlite
}

fn text_columns(context: &Context<'_>) -> Vec<(TableId, String)> {
    let tables = context.client_tables();
    tables
        .flat_map(|table| {
            let columns = context.graph.table(table).columns.iter();
            let text = columns.filter(|column| is_text(column) && column.generated.is_none());
            text.map(move |column| (table, column.name.clone()))
        })
        .collect()
}

fn ask(context: &Context<'_>, _: &[Hazard]) -> Vec<Question> {
    if !takes_anything(context) {
        return vec![];
    }
    let columns = text_columns(context).into_iter();
    columns
        .map(|(table, column)| Question::BrokenText(table, column))
        .collect()
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let columns = text_columns(context).into_iter();
    let broken = columns.filter_map(|(table, column)| {
        let told = answers.get(&Question::BrokenText(table, column.clone()))?;
        match told.answer {
            Answer::Count(rows) if rows > 0 => Some(broken(context, table, &column, rows).according_to(told)),
            _ => None,
        }
    });
    found.into_iter().chain(broken).collect()
}

fn broken(context: &Context<'_>, table: TableId, column: &str, rows: u64) -> Hazard {
    Hazard::new(
        RULE.id,
        Severity::Error,
        table,
        format!(
            "Text of {}({column}) is not valid in its character set.",
            context.name(table)
        ),
        "Store it as bytes, or repair it; no other engine takes it as text.",
    )
    .on([column])
    .part(Part::Aspect("bytes"))
    .proven(
        Severity::Error,
        &format!("There are {rows} such rows."),
        vec![("rows", rows)],
    )
}

#[cfg(test)]
mod tests {
    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id};

    fn schema(engine: Engine, own: &str, other: &str) -> exodus_schema::Schema {
        let text = |charset: &str| {
            let charset = (!charset.is_empty()).then(|| charset.to_owned());
            move |table: &mut exodus_schema::Table| {
                let column = table.columns.last_mut().expect("a column");
                column.kind = Kind::Text;
                column.charset = charset;
            }
        };
        Fixture::new()
            .engine(engine)
            .relation("notes.client_id clients")
            .relation("notes.code clients:code")
            .change("notes", text(own))
            .change("clients", text(other))
            .build()
    }

    #[test]
    fn bytes_of_any_kind() {
        let my = |own, other| found(&RULE, &schema(Engine::MySql, own, other));
        assert_eq!(my("latin1", "latin1"), ["note clients code", "note notes code"]);
        assert_eq!(my("utf8mb4", "utf8mb3"), ["warning notes code"]);
        assert!(my("utf8mb4", "utf8mb4").is_empty());
    }

    #[test]
    fn text_that_is_none() {
        let schema = schema(Engine::Sqlite, "", "");
        assert!(found(&RULE, &schema).is_empty());
        let notes = id(&exodus_schema::Graph::new(&schema), "notes");
        let with = |rows| {
            let question = Question::BrokenText(notes, "code".to_owned());
            judged(&RULE, &schema, [(question, Answer::Count(rows))])
        };
        assert_eq!(with(2), ["error notes code: 2 rows"]);
        assert!(with(0).is_empty());
    }
}
