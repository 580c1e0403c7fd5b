//! Statements that write rows, and the many places where their keywords mean something else.

use std::collections::BTreeSet;

use exodus_schema::{Engine, TableName};

use super::Verb;
use super::scan::Cursor;
use super::tokens::Tok;

/// What a writing keyword turned out to be.
pub(super) enum Found {
    /// A statement that writes these tables; reading goes on at `next`.
    Writes {
        verb: Verb,
        tables: Vec<TableName>,
        /// The columns that an UPDATE sets; `None` where they can't be told.
        columns: Option<BTreeSet<String>>,
        /// TRUNCATE … CASCADE.
        cascades: bool,
        next: usize,
    },
    /// The INSERT before it changes the rows that are there already.
    Upsert { columns: Option<BTreeSet<String>> },
    /// Part of something else: `FOR UPDATE`, a function, a column.
    Nothing,
    /// It can't be told.
    Unclear(String),
}

/// Words that follow a writing keyword before its target.
const MODIFIERS: [&str; 6] = ["LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE", "ONLY"];

/// Words after which a keyword is a name: of a column, a table, an alias.
const NAME_FOLLOWS: [&str; 12] = [
    "FROM", "JOIN", "INTO", "SELECT", "AS", "WHERE", "AND", "OR", "NOT", "BY", "DISTINCT", "TABLE",
];

/// Words that can't be a table's name, so that a keyword before them is none of a statement.
const RESERVED: [&str; 10] = ["FROM", "WHERE", "AND", "OR", "IS", "IN", "AS", "NOT", "THEN", "ON"];

/// Reads the keyword at `at`, which is one of the verbs; `merging` inside a MERGE, whose arms repeat them.
pub(super) fn read(cursor: &Cursor<'_>, at: usize, merging: bool) -> Found {
    if merging && cursor.before(at).is("THEN") {
        return Found::Nothing;
    }
    let keyword = cursor.at(at).keyword();
    let found = match keyword.as_str() {
        "INSERT" => insert(cursor, at, Verb::Insert),
        "REPLACE" => insert(cursor, at, Verb::Replace),
        "UPDATE" => update(cursor, at),
        "DELETE" => delete(cursor, at),
        "MERGE" => merge(cursor, at),
        "TRUNCATE" => truncate(cursor, at),
        _ => copy(cursor, at),
    };
    found.unwrap_or_else(|| other_use(cursor, at, &keyword))
}

/// The keyword begins no statement that was understood: is it surely something else?
fn other_use(cursor: &Cursor<'_>, at: usize, keyword: &str) -> Found {
    let (before, after) = (cursor.before(at), cursor.at(at + 1));
    // Every verb needs a word after it.
    let no_statement = !matches!(after, Tok::Word { .. }) || after.is_any(&RESERVED);
    let is_name = before.is_any(&NAME_FOLLOWS) || matches!(before, Tok::Comma | Tok::Equal | Tok::Dot);
    // The actions of a foreign key, and the events of a trigger.
    let is_event = before.is("ON");
    if (no_statement && !cursor.starts_statement(at)) || is_name || is_event || *after == Tok::Open {
        Found::Nothing
    } else {
        Found::Unclear(format!(
            "it holds {} {keyword} that can't be read",
            if keyword == "UPDATE" || keyword == "INSERT" {
                "an"
            } else {
                "a"
            }
        ))
    }
}

/// Skips modifiers, and SQLite's `OR REPLACE` and the like.
fn modifiers(cursor: &Cursor<'_>, mut at: usize) -> usize {
    loop {
        if cursor.at(at).is("OR") && cursor.spend() {
            at += 2;
        } else if cursor.at(at).is_any(&MODIFIERS) && matches!(cursor.at(at + 1), Tok::Word { .. }) {
            at += 1;
        } else {
            return at;
        }
    }
}

/// The name of a table or routine, and the place after it.
pub(super) fn name(cursor: &Cursor<'_>, at: usize) -> Option<(TableName, usize)> {
    let part = |at: usize| match cursor.at(at) {
        Tok::Word { text, quoted } if !quoted && cursor.engine == Engine::Postgres => Some(text.to_lowercase()),
        Tok::Word { text, .. } => Some(text.clone()),
        _ => None,
    };
    let first = part(at)?;
    if *cursor.at(at + 1) != Tok::Dot {
        return Some((TableName::bare(first), at + 1));
    }
    let second = part(at + 2)?;
    match (*cursor.at(at + 3) == Tok::Dot).then(|| part(at + 4)).flatten() {
        Some(third) => Some((TableName::new(second, third), at + 5)),
        None => Some((TableName::new(first, second), at + 3)),
    }
}

fn one(verb: Verb, (table, next): (TableName, usize)) -> Found {
    Found::Writes {
        verb,
        tables: vec![table],
        columns: None,
        cascades: false,
        next,
    }
}

fn insert(cursor: &Cursor<'_>, at: usize, verb: Verb) -> Option<Found> {
    let target = modifiers(cursor, at + 1);
    let replaces = cursor.at(at + 1).is("OR") && cursor.at(at + 2).is("REPLACE");
    let verb = if replaces { Verb::Replace } else { verb };
    if cursor.at(target).is("INTO") {
        return Some(one(verb, name(cursor, target + 1)?));
    }
    // Only MySQL's INTO may be left out.
    let mysql = matches!(cursor.engine, Engine::MySql | Engine::MariaDb);
    if !mysql || cursor.at(target).is_any(&RESERVED) || !cursor.starts_statement(at) {
        return None;
    }
    name(cursor, target).map(|found| one(verb, found))
}

fn merge(cursor: &Cursor<'_>, at: usize) -> Option<Found> {
    let into = at + 1 + usize::from(cursor.at(at + 1).is("INTO"));
    if into == at + 1 && !cursor.starts_statement(at) {
        return None;
    }
    Some(one(Verb::Merge, name(cursor, modifiers(cursor, into))?))
}

fn copy(cursor: &Cursor<'_>, at: usize) -> Option<Found> {
    if !cursor.starts_statement(at) {
        return None;
    }
    let (table, mut next) = name(cursor, at + 1)?;
    if *cursor.at(next) == Tok::Open {
        next = cursor.after_group(next);
    }
    cursor.at(next).is("FROM").then(|| one(Verb::Copy, (table, next)))
}

fn truncate(cursor: &Cursor<'_>, at: usize) -> Option<Found> {
    if !cursor.starts_statement(at) {
        return None;
    }
    let mut place = at + 1 + usize::from(cursor.at(at + 1).is("TABLE"));
    let mut tables = vec![];
    loop {
        let (table, next) = name(cursor, modifiers(cursor, place))?;
        tables.push(table);
        if *cursor.at(next) != Tok::Comma || !cursor.spend() {
            // CASCADE may follow RESTART IDENTITY.
            return Some(Found::Writes {
                verb: Verb::Truncate,
                tables,
                columns: None,
                cascades: (next..next + 3).any(|at| cursor.at(at).is("CASCADE")),
                next,
            });
        }
        place = next + 1;
    }
}

fn update(cursor: &Cursor<'_>, at: usize) -> Option<Found> {
    let before = cursor.before(at);
    // FOR UPDATE, FOR NO KEY UPDATE.
    if before.is("FOR") || (before.is("KEY") && cursor.before(at - 1).is("NO")) {
        return Some(Found::Nothing);
    }
    if before.is("KEY") && cursor.before(at - 1).is("DUPLICATE") {
        let columns = assigned(cursor, at);
        return Some(Found::Upsert { columns });
    }
    // ON CONFLICT DO UPDATE SET.
    if cursor.at(at + 1).is("SET") && before.is_any(&["DO", "THEN"]) {
        let columns = assigned(cursor, at + 1);
        return Some(Found::Upsert { columns });
    }
    if before.is_any(&NAME_FOLLOWS) {
        return None;
    }
    let start = modifiers(cursor, at + 1);
    let references = Reference::list(cursor, start, &["SET"]);
    let (first, last) = (references.first()?, references.last()?);
    let set = (last.next..cursor.tokens.len())
        .take_while(|&at| *cursor.at(at) != Tok::Semicolon && cursor.spend())
        .find(|&at| cursor.at(at).is("SET"))?;
    // Where tables are joined, MySQL can change any of them.
    let tables = references.iter().map(|reference| reference.table.clone()).collect();
    Some(Found::Writes {
        verb: Verb::Update,
        tables,
        columns: assigned(cursor, set),
        cascades: false,
        next: first.next,
    })
}

/// The columns that the list of assignments after the keyword at `set` sets, in small letters; `None` where it can't be
/// told.
fn assigned(cursor: &Cursor<'_>, set: usize) -> Option<BTreeSet<String>> {
    const ENDS: [&str; 5] = ["WHERE", "FROM", "RETURNING", "ORDER", "LIMIT"];
    let mut columns = BTreeSet::new();
    let mut is_target = true;
    let mut at = set + 1;
    while at < cursor.tokens.len() && cursor.spend() {
        let token = cursor.at(at);
        match token {
            // `(a, b) = (…)` as a target, else a value.
            Tok::Open if !is_target => {
                at = cursor.after_group(at);
                continue;
            }
            Tok::Comma => is_target = true,
            Tok::Equal | Tok::Assign => is_target = false,
            // The end of a query in WITH, or of the text.
            Tok::Close if !is_target => return Some(columns),
            Tok::Semicolon => return Some(columns),
            _ if token.is_any(&ENDS) && !is_target && !cursor.before(at).is("DISTINCT") => return Some(columns),
            // With a table or before a field, both count.
            Tok::Word { text, .. } if is_target => drop(columns.insert(text.to_lowercase())),
            _ => {}
        }
        at += 1;
    }
    (at == cursor.tokens.len()).then_some(columns)
}

fn delete(cursor: &Cursor<'_>, at: usize) -> Option<Found> {
    let mut place = modifiers(cursor, at + 1);
    let mut targets = vec![];
    // MySQL names the tables, or their aliases, before FROM where it deletes from a join.
    while !cursor.at(place).is("FROM") {
        let (table, next) = name(cursor, place)?;
        targets.push(table);
        place = next;
        // `DELETE t.* FROM`
        if *cursor.at(place) == Tok::Dot {
            place += 2;
        }
        match cursor.at(place) {
            Tok::Comma if cursor.spend() => place += 1,
            token if token.is("FROM") => {}
            _ => return None,
        }
    }
    let references = Reference::list(
        cursor,
        modifiers(cursor, place + 1),
        &["WHERE", "RETURNING", "ORDER", "LIMIT"],
    );
    let next = references.first()?.next;
    let using = references.iter().position(|reference| reference.after_using);
    if targets.is_empty() {
        let until = using.unwrap_or(1);
        targets.extend(references[..until].iter().map(|reference| reference.table.clone()));
    }
    let alias = |target: &TableName| {
        let of = |reference: &&Reference| reference.alias.as_ref() == Some(&target.name);
        references
            .iter()
            .find(of)
            .filter(|_| target.schema.is_empty())
            .map(|reference| reference.table.clone())
    };
    let tables = targets
        .into_iter()
        .map(|target| alias(&target).unwrap_or(target))
        .collect();
    Some(Found::Writes {
        verb: Verb::Delete,
        tables,
        columns: None,
        cascades: false,
        next,
    })
}

/// A table in the list of tables of an UPDATE or DELETE.
struct Reference {
    table: TableName,
    alias: Option<String>,
    after_using: bool,
    /// The place after its name.
    next: usize,
}

impl Reference {
    /// The tables from `start` on, up to one of the words in `until` or the end of the statement.
    fn list(cursor: &Cursor<'_>, start: usize, until: &[&str]) -> Vec<Self> {
        let mut found: Vec<Self> = vec![];
        let mut wanted = true;
        let mut after_using = false;
        let mut at = start;
        let ends = |at: usize| *cursor.at(at) == Tok::Semicolon || cursor.at(at).is_any(until);
        while at < cursor.tokens.len() && !ends(at) && cursor.spend() {
            let token = cursor.at(at);
            if *token == Tok::Open && !wanted {
                at = cursor.after_group(at);
                continue;
            }
            let names = wanted && !matches!(token, Tok::Open);
            if let Some((table, next)) = names.then(|| name(cursor, at)).flatten() {
                let alias_at = next + usize::from(cursor.at(next).is("AS"));
                let alias = match cursor.at(alias_at) {
                    Tok::Word { text, .. } if *cursor.at(alias_at + 1) != Tok::Dot => Some(text.clone()),
                    _ => None,
                };
                found.push(Self {
                    table,
                    alias,
                    after_using,
                    next,
                });
                wanted = false;
                at = next;
                continue;
            }
            if *token == Tok::Comma || token.is_any(&["JOIN", "USING"]) {
                wanted = true;
                after_using |= token.is("USING");
            }
            at += 1;
        }
        found
    }
}
