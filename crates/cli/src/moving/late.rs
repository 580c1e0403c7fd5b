//! Late rows, for people, and what they choose.

use std::fmt::Write;
use std::str::FromStr;

use exodus_fleet::Move;
use exodus_transfer::reconcile::{Change, Found, LateRow, LateTable, MOST_SHOWN, Take};

use crate::exit::Failure;
use crate::output;
use crate::text::{count, item, wrap};

/// Whose rows count, and of which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    table: Option<String>,
    key: Option<String>,
    side: Take,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, side) = match text.rsplit_once('=') {
            Some((what, side)) => (Some(what), side),
            None => (None, text),
        };
        let side = match side {
            "source" => Take::Source,
            "target" => Take::Target,
            _ => return Err("`source` or `target`, `TABLE=source`, or `TABLE:KEY=source`".to_owned()),
        };
        let (table, key) = match what.map(|what| (what, what.split_once(':'))) {
            None => (None, None),
            Some((_, Some((table, key)))) => (Some(table.to_owned()), Some(key.to_owned())),
            Some((table, None)) => (Some(table.to_owned()), None),
        };
        Ok(Self { table, key, side })
    }
}

impl Choice {
    /// How closely it names this row: the closest choice has the last word. `None`: it is about others.
    fn about(&self, table: &LateTable, row: &LateRow) -> Option<u8> {
        let named = self.table.as_ref();
        if named.is_some_and(|name| *name != table.table.to_string() && *name != table.table.name) {
            return None;
        }
        match &self.key {
            Some(key) if *key == row.key => Some(2),
            Some(_) => None,
            None => Some(u8::from(named.is_some())),
        }
    }

    /// What becomes of the row. Where it isn't known that the target's has not changed, the source's is taken only if the row,
    /// or its table, was named; and the target's never goes unless the row was.
    fn take(&self, row: &LateRow, closeness: u8) -> Option<Take> {
        let needed = match (self.side, row.change) {
            _ if row.certain => 0,
            (Take::Target, _) => 0,
            (Take::Source, Change::Deleted) => 2,
            (Take::Source, _) => 1,
        };
        (closeness >= needed).then_some(self.side)
    }
}

/// Notes of each row what becomes of it.
pub(crate) fn decide(found: &mut Found, choices: &[Choice]) -> Result<(), Failure> {
    let mut used = vec![false; choices.len()];
    for table in &mut found.tables {
        let rows = std::mem::take(&mut table.rows);
        let decided = rows.into_iter().map(|mut row| {
            let about = choices.iter().enumerate();
            let about: Vec<_> = about
                .filter_map(|(at, choice)| Some((choice.about(table, &row)?, at)))
                .collect();
            for &(_, at) in &about {
                used[at] = true;
            }
            row.take = about
                .iter()
                .max()
                .and_then(|&(closeness, at)| choices[at].take(&row, closeness));
            row
        });
        table.rows = decided.collect();
    }
    let unused = choices
        .iter()
        .zip(used)
        .find(|(choice, used)| !used && choice.table.is_some());
    match unused {
        None => Ok(()),
        Some((choice, _)) => {
            let table = choice.table.as_deref().unwrap_or_default();
            let row = choice
                .key
                .as_ref()
                .map_or("no late row".to_owned(), |key| format!("no late row with key {key}"));
            Err(Failure::usage(format!("table {table} has {row}"))
                .help("nothing was done; without --take, all late rows are listed"))
        }
    }
}

/// Asks for each table.
pub(crate) fn ask(found: &Found) -> Result<Vec<Choice>, Failure> {
    let mut choices = vec![];
    for table in found.tables.iter().filter(|table| !table.rows.is_empty()) {
        output::note(&format!(
            "{}: take the source's rows (s), the target's (t), or leave them as they are (Enter)?",
            table.table
        ));
        let mut answer = String::new();
        let side = match std::io::stdin().read_line(&mut answer).map(|_| answer.trim()) {
            Ok("s" | "source") => Take::Source,
            Ok("t" | "target") => Take::Target,
            Ok("") => continue,
            _ => return Err(Failure::usage("neither s nor t; nothing was done")),
        };
        choices.push(Choice {
            table: Some(table.table.to_string()),
            key: None,
            side,
        });
    }
    Ok(choices)
}

/// All that was found.
pub(crate) fn text(it: &Move, found: &Found) -> String {
    if found.tables.is_empty() {
        let text = format!(
            "Move {}: no row of client {} was written to {} after the move.",
            it.id, it.client, it.source
        );
        return wrap(&text, 2);
    }
    let text = format!(
        "Move {}: client {} is on {}, and {} has rows that were written after it left.",
        it.id, it.client, it.target, it.source
    );
    let mut text = wrap(&text, 2);
    for table in &found.tables {
        text.push_str(&item("  * ", &summary(it, table), 4));
        for row in table.rows.iter().take(MOST_SHOWN) {
            text.push_str(&item("    ", &format!("{}  {}", row.key, words(it, row)), 8));
            for column in row
                .columns
                .iter()
                .filter(|column| column.source.is_some() || column.target.is_some())
            {
                let side =
                    |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{value} on {name}"));
                let sides = [side(&it.source, &column.source), side(&it.target, &column.target)];
                let sides: Vec<String> = sides.into_iter().flatten().collect();
                text.push_str(&item(
                    "        ",
                    &format!("{}: {}", column.column, sides.join(", ")),
                    10,
                ));
            }
        }
        let unlisted = table.rows.len().saturating_sub(MOST_SHOWN);
        if unlisted > 0 {
            let _ = writeln!(
                text,
                "    and {unlisted} more: at most {MOST_SHOWN} of a table are listed"
            );
        }
    }
    text
}

fn summary(it: &Move, table: &LateTable) -> String {
    let mut text = format!("{}: {}", table.table, count(table.rows.len() as u64, "late row"));
    if table.changed_on_target > 0 {
        let _ = write!(
            text,
            "; {} changed on {} alone, and left as they are",
            count(table.changed_on_target, "row"),
            it.target
        );
    }
    if table.without_key > 0 {
        let _ = write!(
            text,
            "; {} differ and have no key to be told apart by: make both sides equal by hand",
            count(table.without_key, "row")
        );
    }
    text
}

fn words(it: &Move, row: &LateRow) -> String {
    let columns: Vec<&str> = row.columns.iter().map(|column| &*column.column).collect();
    let inside = if columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", columns.join(", "))
    };
    let Move { source, target, .. } = it;
    match (row.change, row.certain) {
        (Change::Inserted, true) => format!("inserted on {source}"),
        (Change::Inserted, false) => format!("on {source} only: inserted there, or removed from {target} since"),
        (Change::Changed, true) => format!("changed on {source}{inside}"),
        (Change::Changed, false) => format!("different{inside}: conflict, {target} may have changed it, too"),
        (Change::Deleted, true) => format!("deleted on {source}"),
        (Change::Deleted, false) => format!("on {target} only: deleted on {source}, or new on {target}"),
    }
}

/// What would be done.
pub(crate) fn would(it: &Move, found: &Found) -> String {
    let number = |side: Take| found.rows().filter(|row| row.take == Some(side)).count() as u64;
    let left = found.rows().filter(|row| row.take.is_none()).count() as u64;
    format!(
        "{} of {} would be applied to {}, {} given up, {} left undecided.",
        count(number(Take::Source), "late row"),
        it.source,
        it.target,
        count(number(Take::Target), "row"),
        count(left, "row"),
    )
}

/// What is asked before it is done.
pub(crate) fn question(it: &Move, found: &Found) -> String {
    let number = |side: Take| found.rows().filter(|row| row.take == Some(side)).count() as u64;
    format!(
        "Apply {} of {} to {}, and give up {}?",
        count(number(Take::Source), "late row"),
        it.source,
        it.target,
        count(number(Take::Target), "row"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read() {
        let choice = |text: &str| text.parse::<Choice>().map(|it| (it.table, it.key, it.side));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(choice("source"), Ok((None, None, Take::Source)));
        assert_eq!(choice("orders=target"), Ok((some("orders"), None, Take::Target)));
        assert_eq!(
            choice("a.b:4,x=y=source"),
            Ok((some("a.b"), some("4,x=y"), Take::Source))
        );
        assert!(choice("orders").is_err());
        assert!(choice("orders=both").is_err());
    }
}
