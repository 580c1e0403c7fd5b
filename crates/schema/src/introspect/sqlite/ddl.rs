//! What only the statements in SQLite's catalogue tell: names and deferral of foreign keys, expressions of generated
//! columns, collations, and all of a trigger.

use super::tokens::{Token, TokenKind, tokens};
use crate::model::{Deferral, Enabled, Event, Timing, Trigger};

/// What a CREATE TABLE statement says beyond the pragmas.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement {
    /// In the order of the statement.
    pub(crate) foreign_keys: Vec<ForeignKey>,
    /// In the order of the statement.
    pub(crate) columns: Vec<ColumnText>,
}

/// A REFERENCES clause.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    pub(crate) name: Option<String>,
    pub(crate) deferral: Deferral,
}

/// A column's definition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ColumnText {
    pub(crate) name: String,
    /// The expression of a generated column.
    pub(crate) expression: Option<String>,
    /// Absent: BINARY.
    pub(crate) collation: Option<String>,
}

/// Reads a CREATE TABLE statement; what it can't make sense of it leaves out.
pub(crate) fn table(sql: &str) -> Statement {
    let mut statement = Statement::default();
    for item in items(&tokens(sql)) {
        let flat = outermost(item);
        foreign_keys(&flat, &mut statement.foreign_keys);
        statement.columns.extend(column(&flat, sql));
    }
    statement
}

/// Reads a CREATE TRIGGER statement; `None` if it isn't one.
pub(crate) fn trigger(name: &str, sql: &str) -> Option<Trigger> {
    let tokens = tokens(sql);
    let mut rest = tokens
        .iter()
        .skip_while(|token| !token.is("TRIGGER"))
        .skip(1)
        .peekable();
    // The name comes first and may be quoted, qualified, or a word such as `before`.
    if rest.peek()?.is("IF") {
        rest.by_ref().take_while(|token| !token.is("EXISTS")).for_each(drop);
    }
    rest.next()?;
    if rest.next_if(|token| token.is_sign('.')).is_some() {
        rest.next()?;
    }
    let mut timing = Timing::Before;
    while let Some(token) = rest.next() {
        let event = if token.is("INSERT") {
            Event::Insert
        } else if token.is("UPDATE") {
            Event::Update
        } else if token.is("DELETE") {
            Event::Delete
        } else {
            if token.is("AFTER") {
                timing = Timing::After;
            } else if token.is("INSTEAD") {
                timing = Timing::InsteadOf;
            }
            continue;
        };
        return Some(Trigger {
            name: name.to_owned(),
            timing,
            events: vec![event],
            per_row: true,
            enabled: Enabled::Origin,
            function: None,
            language: None,
            condition: condition(rest, sql),
            body: sql.to_owned(),
        });
    }
    None
}

/// What stands between WHEN and BEGIN, given what follows the event. The table's name, after ON, may be any word.
fn condition<'t>(rest: impl Iterator<Item = &'t Token>, sql: &str) -> Option<String> {
    let mut rest = rest.skip_while(|token| !token.is("ON")).skip(2);
    let when = rest.find(|token| token.is("WHEN") || token.is("BEGIN"))?;
    let begin = rest.find(|token| when.is("WHEN") && token.is("BEGIN"))?;
    sql.get(when.at.end..begin.at.start).map(|text| text.trim().to_owned())
}

/// What stands between the commas of the outermost parentheses.
fn items(tokens: &[Token]) -> Vec<&[Token]> {
    let Some(open) = tokens.iter().position(|token| token.is_sign('(')) else {
        return vec![];
    };
    let mut out = vec![];
    let (mut depth, mut from) = (0_usize, open + 1);
    for (at, token) in tokens.iter().enumerate().skip(open + 1) {
        match token.kind {
            TokenKind::Sign('(') => depth += 1,
            TokenKind::Sign(')') if depth == 0 => {
                out.push(&tokens[from..at]);
                break;
            }
            TokenKind::Sign(')') => depth -= 1,
            TokenKind::Sign(',') if depth == 0 => {
                out.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    out
}

/// The tokens outside parentheses; of a pair of parentheses the two themselves stay, one after the other.
fn outermost(item: &[Token]) -> Vec<&Token> {
    let mut depth = 0_usize;
    let outside = |token: &&Token| {
        if token.is_sign(')') {
            depth = depth.saturating_sub(1);
        }
        let outside = depth == 0;
        if token.is_sign('(') {
            depth += 1;
        }
        outside
    };
    item.iter().filter(outside).collect()
}

/// SQLite lets constraints follow each other without a comma, and gives DEFERRABLE to the last foreign key before it.
fn foreign_keys(flat: &[&Token], found: &mut Vec<ForeignKey>) {
    let mut name = None;
    for (at, token) in flat.iter().enumerate() {
        let next = |ahead: usize| flat.get(at + ahead);
        if token.is("CONSTRAINT") {
            name = next(1).and_then(|token| token.name()).map(str::to_owned);
        } else if token.is("REFERENCES") {
            found.push(ForeignKey {
                name: name.take(),
                deferral: Deferral::NotDeferrable,
            });
        } else if token.is("DEFERRABLE") && !(at > 0 && flat[at - 1].is("NOT")) {
            let deferred = next(1).is_some_and(|t| t.is("INITIALLY")) && next(2).is_some_and(|t| t.is("DEFERRED"));
            if let Some(last) = found.last_mut() {
                last.deferral = if deferred {
                    Deferral::InitiallyDeferred
                } else {
                    Deferral::InitiallyImmediate
                };
            }
        } else if ["CHECK", "UNIQUE", "PRIMARY", "NOT", "NULL", "DEFAULT", "COLLATE", "AS"]
            .iter()
            .any(|keyword| token.is(keyword))
        {
            // It was that constraint's name.
            name = None;
        }
    }
}

/// The column that the item defines, unless it is a constraint of the table.
fn column(flat: &[&Token], sql: &str) -> Option<ColumnText> {
    let first = flat.first()?;
    if ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]
        .iter()
        .any(|keyword| first.is(keyword))
    {
        return None;
    }
    let mut column = ColumnText {
        name: first.name()?.to_owned(),
        ..ColumnText::default()
    };
    for window in flat.windows(3) {
        if window[0].is("AS") && window[1].is_sign('(') && window[2].is_sign(')') {
            let inside = sql.get(window[1].at.end..window[2].at.start);
            column.expression = inside.map(|text| text.trim().to_owned());
        }
    }
    for window in flat.windows(2) {
        if window[0].is("COLLATE") {
            let named = window[1].name().filter(|name| !name.eq_ignore_ascii_case("BINARY"));
            column.collation = named.map(str::to_owned);
        }
    }
    Some(column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: Option<&str>, deferral: Deferral) -> ForeignKey {
        ForeignKey {
            name: name.map(str::to_owned),
            deferral,
        }
    }

    #[test]
    fn foreign_keys_come_with_name_and_deferral() {
        let statement = table(
            "CREATE TABLE \"references (x\" (
                a int CONSTRAINT a_nn NOT NULL CONSTRAINT a_fk REFERENCES p(id) DEFERRABLE INITIALLY DEFERRED NOT NULL,
                b DEFAULT ('), references') REFERENCES p NOT DEFERRABLE INITIALLY IMMEDIATE, -- , c references p
                \"c d\" REFERENCES p ON DELETE CASCADE DEFERRABLE CHECK (\"c d\" > (0)),
                CONSTRAINT pk PRIMARY KEY (a, b)
                CONSTRAINT [t fk] FOREIGN KEY (a, b) REFERENCES q (x, y) MATCH FULL,
                FOREIGN KEY (b) REFERENCES q deferrable initially immediate
            ) STRICT",
        );
        assert_eq!(
            statement.foreign_keys,
            vec![
                key(Some("a_fk"), Deferral::InitiallyDeferred),
                key(None, Deferral::NotDeferrable),
                key(None, Deferral::InitiallyImmediate),
                key(Some("t fk"), Deferral::NotDeferrable),
                key(None, Deferral::InitiallyImmediate),
            ]
        );
    }

    #[test]
    fn columns_come_with_expression_and_collation() {
        let statement = table(
            "create table t(a text collate nocase, b as ( upper(a || ')') ) stored,
             [c] generated always as (1), \"check\" collate \"BINARY\", check (a > b), unique (a))",
        );
        let texts: Vec<_> = statement
            .columns
            .iter()
            .map(|c| (c.name.as_str(), c.expression.as_deref(), c.collation.as_deref()))
            .collect();
        assert_eq!(
            texts,
            vec![
                ("a", None, Some("nocase")),
                ("b", Some("upper(a || ')')"), None),
                ("c", Some("1"), None),
                ("check", None, None),
            ]
        );
    }

    #[test]
    fn triggers_are_read_whatever_they_are_called() {
        let read = |sql: &str| trigger("t", sql).map(|t| (t.timing, t.events));
        assert_eq!(
            read("CREATE TRIGGER \"after insert\" UPDATE OF a, b ON x BEGIN DELETE FROM y; END"),
            Some((Timing::Before, vec![Event::Update]))
        );
        assert_eq!(
            read(
                "create temp trigger if not exists main.after /* insert */ instead of delete on v begin select 1; end"
            ),
            Some((Timing::InsteadOf, vec![Event::Delete]))
        );
        assert_eq!(
            read("CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT 1; END"),
            Some((Timing::After, vec![Event::Insert]))
        );
        assert_eq!(read("CREATE TABLE t (a)"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn conditions_of_triggers() {
        let read = |sql: &str| trigger("t", sql).and_then(|t| t.condition);
        let with = "CREATE TRIGGER t AFTER UPDATE OF \"when\", b ON \"when\" FOR EACH ROW /* WHEN 1 */ WHEN
            CASE WHEN new.a > 1 THEN 'begin' ELSE (SELECT 2) END -- BEGIN
            BEGIN DELETE FROM y WHERE 1; END";
        let condition = read(with).expect("it has one");
        assert!(
            condition.starts_with("CASE WHEN new.a") && condition.contains("END"),
            "{condition}"
        );
        assert_eq!(
            read("CREATE TRIGGER t INSERT ON x BEGIN SELECT CASE WHEN 1 THEN 2 END; END"),
            None
        );
        assert_eq!(read("CREATE TRIGGER t INSERT ON x WHEN 1"), None);
    }

    #[test]
    fn nonsense_gives_nothing() {
        for sql in [
            "",
            "create table",
            "create table t(",
            "create table t)",
            "(((",
            "t(a,,b)",
            "t(as (,collate",
        ] {
            let _ = table(sql);
        }
    }
}
