//! # What it finds
//!
//! Text of which it isn't certain what it says. Columns of a client table in a character set of one byte per character
//! (`latin1` and its kin), and all text of a PostgreSQL database in `SQL_ASCII`; a reference between text columns that
//! compare differently, by character set or collation; and, on data, text that is no text in its character set, or is
//! text in another one.
//!
//! # Why it matters
//!
//! `latin1` takes any bytes. Applications have stored UTF-8 in it for years, unnoticed, because it came back as it went in; whoever
//! reads it in its declared character set sees two or three wrong characters for each. exodus copies the bytes between
//! columns of the same character set, so nothing changes on the way; the damage shows when the target's column is
//! another one. That is a *note*. `exodus audit` looks at the rows with other than ASCII characters: those whose bytes
//! are UTF-8 throughout prove it, and make it a *warning*. (Text that was meant to be latin1 is hardly ever UTF-8
//! as well: it would have to pair its special characters in just the right way.)
//!
//! A relation whose two ends compare differently finds parents for some rows on one server and not on another: a *warning*.
//!
//! Text that is not valid at all is refused by other databases: `exodus audit` counts such rows, and any make it an
//! *error*. It can be where a server looks at no byte: in SQLite, and in a PostgreSQL database in `SQL_ASCII`.
//! Elsewhere PostgreSQL, MySQL and MariaDB check what they store in UTF-8 and other sets of several bytes per
//! character, and there is nothing to count; files that were damaged on disk are the server's to find.
//!
//! It does not see text that was converted twice before it was stored (`Ã©` in a column of UTF-8): that is valid text, and
//! a move carries it as it is. Nor does it look into columns of bytes, which are copied byte by byte.
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

use super::{Context, Data, Rule, such_rows};
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

/// The character set of a PostgreSQL database that looks at no byte of its texts.
const ANY_BYTES: &str = "sql_ascii";

fn uncertain(context: &Context<'_>, table: TableId) -> Option<Hazard> {
    let columns = context.graph.table(table).columns.iter();
    let uncertain = columns.filter_map(|column| {
        let charset = column.charset.as_deref()?;
        (!CERTAIN.contains(&charset)).then_some((&column.name, charset))
    });
    let columns: Vec<_> = uncertain.collect();
    let (_, first) = columns.first()?;
    let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let (what, fix) = if *first == ANY_BYTES {
        (
            "text in SQL_ASCII, of which the server looks at no byte",
            "See whether all of it is UTF-8, and make the target in UTF-8.",
        )
    } else {
        (
            "text in a character set that takes any bytes",
            "See whether the bytes are UTF-8 in truth, and change the columns to utf8mb4.",
        )
    };
    let message = format!(
        "Columns of {} hold {what} ({first}): {}.",
        context.name(table),
        names.join(", ")
    );
    let hazard = Hazard::new(RULE.id, Severity::Note, table, message, fix);
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

/// The server stores what it is given: the column may hold anything.
fn takes_anything(context: &Context<'_>, column: &Column) -> bool {
    context.graph.schema().engine == Engine::Sqlite || column.charset.as_deref() == Some(ANY_BYTES)
}

/// Columns that may hold what is no text.
fn unchecked(context: &Context<'_>) -> Vec<(TableId, String)> {
    let tables = context.client_tables();
    tables
        .flat_map(|table| {
            let columns = context.graph.table(table).columns.iter();
            let text = columns
                .filter(|column| is_text(column) && column.generated.is_none() && takes_anything(context, column));
            text.map(move |column| (table, column.name.clone()))
        })
        .collect()
}

/// The finding is about text in a character set that takes any bytes.
fn is_about_sets(hazard: &Hazard) -> bool {
    hazard.relation.is_none()
}

/// The columns of a finding whose bytes may be UTF-8 although they should not.
fn disguised(context: &Context<'_>, hazard: &Hazard) -> Vec<Question> {
    let table = context.graph.table(hazard.table);
    let columns = hazard.columns.iter().filter_map(|name| table.column(name));
    let columns = columns.filter(|column| is_about_sets(hazard) && is_text(column) && !takes_anything(context, column));
    columns
        .map(|column| Question::DisguisedText(hazard.table, column.name.clone()))
        .collect()
}

fn ask(context: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    let columns = unchecked(context).into_iter();
    let broken = columns.map(|(table, column)| Question::BrokenText(table, column));
    let disguised = found.iter().flat_map(|hazard| disguised(context, hazard));
    broken.chain(disguised).collect()
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    let columns = unchecked(context).into_iter();
    let broken = columns.filter_map(|(table, column)| {
        let told = answers.get(&Question::BrokenText(table, column.clone()))?;
        match told.answer {
            Answer::Count(rows) if rows > 0 => Some(broken(context, table, &column, rows).according_to(told)),
            _ => None,
        }
    });
    let broken: Vec<_> = broken.collect();
    let weighed = found.into_iter().map(|hazard| weigh(context, hazard, answers));
    weighed.chain(broken).collect()
}

/// What the texts of all columns of a finding are.
fn weigh(context: &Context<'_>, hazard: Hazard, answers: &Answers) -> Hazard {
    let questions = disguised(context, &hazard);
    let told: Vec<_> = questions.iter().filter_map(|question| answers.get(question)).collect();
    if told.is_empty() || told.len() < questions.len() {
        return hazard;
    }
    let counted = told.iter().filter_map(|told| match told.answer {
        Answer::Texts { other, utf8 } => Some((other, utf8)),
        _ => None,
    });
    let (other, utf8) = counted.fold((0, 0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
    let counts = vec![
        ("texts with other than ASCII characters", other),
        ("of these in UTF-8", utf8),
    ];
    let severity = hazard.severity;
    let with_keys = told.iter().find(|told| !told.keys.is_empty()).or(told.first());
    let judged = match (other, utf8) {
        (0, _) => hazard.refuted("All of it is ASCII, which is the same everywhere.", counts),
        (_, 0) => hazard.refuted(
            &format!("{other} texts have other characters; none of them is UTF-8."),
            counts,
        ),
        _ if other == utf8 => {
            let words = format!("All {utf8} texts with other than ASCII characters are UTF-8 in truth.");
            hazard.proven(Severity::Warning.min(severity), &words, counts)
        }
        _ => {
            let words = format!(
                "{utf8} of {other} texts with other than ASCII characters are UTF-8 in truth, and the others are not: neither set is right for all."
            );
            hazard.proven(Severity::Warning.min(severity), &words, counts)
        }
    };
    match with_keys {
        Some(told) => judged.according_to(told),
        None => judged,
    }
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
    .proven(Severity::Error, &such_rows(rows), vec![("rows", rows)])
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

    #[test]
    fn a_database_that_looks_at_no_byte() {
        let schema = schema(Engine::Postgres, "sql_ascii", "sql_ascii");
        assert_eq!(found(&RULE, &schema), ["note clients code", "note notes code"]);
        let notes = id(&exodus_schema::Graph::new(&schema), "notes");
        let question = Question::BrokenText(notes, "code".to_owned());
        let judged = judged(&RULE, &schema, [(question, Answer::Count(2))]);
        assert_eq!(
            judged,
            ["error notes code: 2 rows", "note clients code: ", "note notes code: "]
        );
    }

    #[test]
    fn text_in_disguise() {
        let schema = schema(Engine::MySql, "latin1", "latin1");
        let notes = id(&exodus_schema::Graph::new(&schema), "notes");
        let with = |other, utf8| {
            let question = Question::DisguisedText(notes, "code".to_owned());
            let judged = judged(&RULE, &schema, [(question, Answer::Texts { other, utf8 })]);
            judged
                .into_iter()
                .find(|line| line.contains(" notes "))
                .expect("it is found")
        };
        let line = |severity, other, utf8| {
            format!("{severity} notes code: {other} texts with other than ASCII characters, {utf8} of these in UTF-8")
        };
        assert_eq!(with(0, 0), line("note", 0, 0));
        assert_eq!(with(5, 0), line("note", 5, 0));
        assert_eq!(with(5, 5), line("warning", 5, 5));
        assert_eq!(with(5, 3), line("warning", 5, 3));
    }
}
