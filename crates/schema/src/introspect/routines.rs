//! Which of the functions and procedures are kept: those that some trigger may run.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Routine, Table};

/// Drops every routine that no trigger can run, and sorts the rest by name, body and language.
///
/// A schema may hold thousands of routines, and all that is asked of them is what triggers do through them. Whether a
/// text calls a routine isn't decided here: one whose name has a word in common with what a trigger runs is kept, and
/// what it runs in turn. A trigger runs its body, its condition, the routines, and the defaults of the columns that it
/// leaves out; any table's, for simplicity's sake.
pub(super) fn keep_called(tables: &[Table], routines: Vec<Routine>) -> Vec<Routine> {
    let triggers = || tables.iter().flat_map(|table| &table.triggers);
    if routines.is_empty() || triggers().next().is_none() {
        return vec![];
    }
    let mut by_word: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut kept = BTreeSet::new();
    for (at, routine) in routines.iter().enumerate() {
        match words(&routine.name.name).next() {
            Some(word) => by_word.entry(word).or_default().push(at),
            // A name without letters can't be looked for.
            None => drop(kept.insert(at)),
        }
    }
    let bodies = triggers().map(|trigger| trigger.body.as_str());
    let conditions = triggers().filter_map(|trigger| trigger.condition.as_deref());
    let defaults = tables.iter().flat_map(|table| &table.columns);
    let defaults = defaults.filter_map(|column| column.default.as_deref());
    let mut texts: Vec<&str> = bodies.chain(conditions).chain(defaults).collect();
    texts.extend(kept.iter().map(|&at: &usize| routines[at].body.as_str()));
    while let Some(text) = texts.pop() {
        for word in words(text) {
            // Each word is looked up once: what it names is kept by then.
            for at in by_word.remove(&word).unwrap_or_default() {
                kept.insert(at);
                texts.push(&routines[at].body);
            }
        }
    }
    let mut routines: Vec<_> = routines
        .into_iter()
        .enumerate()
        .filter(|(at, _)| kept.contains(at))
        .map(|(_, routine)| routine)
        .collect();
    routines.sort_by(|a, b| (&a.name, &a.body, &a.language).cmp(&(&b.name, &b.body, &b.language)));
    routines.dedup();
    routines
}

/// The words of a text in small letters; what letters are quoted, commented or concatenated doesn't matter.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Enabled, Event, Timing, Trigger};
    use crate::name::TableName;

    fn routine(name: &str, body: &str) -> Routine {
        Routine {
            name: TableName::bare(name),
            language: None,
            body: body.to_owned(),
        }
    }

    fn table(body: &str, condition: Option<&str>) -> Table {
        Table {
            name: TableName::bare("t"),
            columns: vec![],
            primary_key: None,
            unique_keys: vec![],
            indexes: vec![],
            relations: vec![],
            triggers: vec![Trigger {
                name: "tr".to_owned(),
                timing: Timing::After,
                events: vec![Event::Insert],
                per_row: true,
                enabled: Enabled::Origin,
                function: None,
                language: None,
                condition: condition.map(str::to_owned),
                body: body.to_owned(),
            }],
            partitions: vec![],
            storage_engine: None,
            row_security: false,
            estimated_rows: None,
            bytes: None,
            comment: None,
        }
    }

    fn kept(tables: &[Table], routines: &[(&str, &str)]) -> Vec<String> {
        let routines = routines.iter().map(|(name, body)| routine(name, body)).collect();
        let kept = keep_called(tables, routines);
        kept.into_iter().map(|routine| routine.name.name).collect()
    }

    #[test]
    fn what_triggers_call_is_kept_and_what_that_calls() {
        let routines = [
            ("one", "select two()"),
            ("two", "select \"Odd name\"()"),
            ("Odd name", "select one()"),
            ("guard", ""),
            ("€", "select hidden()"),
            ("hidden", ""),
            ("other", "select one()"),
        ];
        let tables = [table("begin CALL ONE(); end", Some("guard(new.id)"))];
        assert_eq!(
            kept(&tables, &routines),
            ["Odd name", "guard", "hidden", "one", "two", "€"]
        );
        assert!(kept(&[], &routines).is_empty(), "no trigger, no routine");
    }

    #[test]
    fn overloads_are_kept_together_in_one_order() {
        let tables = [table("begin f(1); end", None)];
        let kept = keep_called(&tables, vec![routine("f", "b"), routine("f", "a"), routine("f", "b")]);
        let bodies: Vec<_> = kept.iter().map(|routine| routine.body.as_str()).collect();
        assert_eq!(bodies, ["a", "b"]);
    }

    #[test]
    fn ten_thousand_routines_in_a_chain_take_no_time() {
        let routines = (0..10_000).map(|n| routine(&format!("f{n}"), &format!("select f{}()", n + 1)));
        let start = std::time::Instant::now();
        assert_eq!(keep_called(&[table("f0()", None)], routines.collect()).len(), 10_000);
        assert!(start.elapsed() < std::time::Duration::from_secs(2));
    }
}
