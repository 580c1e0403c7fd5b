//! Hazards that somebody has looked at and accepted.
//!
//! An entry names a rule and an object. It stays in force until its date, and it must not outlive what it accepts: one
//! that matches nothing is told, and fails the check, until it is taken out.

use std::collections::HashMap;
use std::fmt;

use exodus_schema::Graph;

use crate::hazard::Hazard;
use crate::lookup::find_table;

/// Where in a file something stands, counted from 1 as editors do.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file as people know it.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One accepted hazard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The rule's id.
    pub rule: String,
    /// What the finding is about, as [`Hazard::object`] says it; the table's schema may be left out.
    pub object: String,
    /// Why, in the user's words.
    pub reason: String,
    /// The last day on which it is accepted, as `2027-01-31`.
    pub until: Option<String>,
    /// That day is over.
    pub expired: bool,
    /// Only the data show it: where no data are looked at, it can't be told whether the entry still matches.
    pub audit_only: bool,
    /// Where the entry stands.
    pub place: Place,
}

/// What was looked at, and so which entries can be told to match nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The schema: entries for what only data show are left alone.
    Schema,
    /// The schema and all data.
    Data,
    /// Only a part (one client, say): no entry is judged.
    Part,
}

impl Scope {
    fn judges(self, accept: &Accept) -> bool {
        match self {
            Self::Schema => !accept.audit_only,
            Self::Data => true,
            Self::Part => false,
        }
    }
}

/// The entries by what they accept.
pub(crate) struct Index<'a> {
    accepts: &'a [Accept],
    at: HashMap<(&'a str, String), usize>,
    used: Vec<bool>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(graph: &Graph<'_>, accepts: &'a [Accept]) -> Self {
        let mut at = HashMap::new();
        for (number, accept) in accepts.iter().enumerate() {
            // An entry in force goes before one that is over.
            let key = (accept.rule.as_str(), canonical(graph, &accept.object));
            let old = at.get(&key).map(|&old: &usize| &accepts[old]);
            if old.is_none_or(|old| old.expired) {
                at.insert(key, number);
            }
        }
        Self {
            accepts,
            at,
            used: vec![false; accepts.len()],
        }
    }

    /// The entry for this finding.
    pub(crate) fn find(&mut self, hazard: &Hazard, object: &str) -> Option<&'a Accept> {
        let number = *self.at.get(&(hazard.rule, object.to_owned()))?;
        self.used[number] = true;
        Some(&self.accepts[number])
    }

    /// The entries that matched no finding, as far as that can be told.
    pub(crate) fn stale(&self, scope: Scope) -> Vec<&'a Accept> {
        let unused = self.accepts.iter().zip(&self.used).filter(|(_, used)| !**used);
        unused
            .map(|(accept, _)| accept)
            .filter(|accept| scope.judges(accept))
            .collect()
    }
}

/// The object as findings write it, from what a person wrote: full table names, one space after a comma.
fn canonical(graph: &Graph<'_>, object: &str) -> String {
    let object = object.replace("->", "→");
    let halves = object.split('→').map(|half| canonical_half(graph, half.trim()));
    halves.collect::<Vec<_>>().join(" → ")
}

fn canonical_half(graph: &Graph<'_>, text: &str) -> String {
    let name = |text: &str| match find_table(graph, text) {
        Ok(table) => graph.table(table).name.to_string(),
        Err(_) => text.to_owned(),
    };
    match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((table, columns)) => {
            let columns: Vec<_> = columns.split(',').map(str::trim).collect();
            format!("{}({})", name(table.trim()), columns.join(", "))
        }
        None => name(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn objects_are_read_however_they_are_written() {
        let schema = Fixture::new().relation("public.a.b public.clients").build();
        let graph = Graph::new(&schema);
        for (text, expected) in [
            ("a", "public.a"),
            ("public.a", "public.a"),
            ("A( b,c )", "public.a(b, c)"),
            ("a(b) -> clients(id)", "public.a(b) → public.clients(id)"),
            ("gone(x)", "gone(x)"),
        ] {
            assert_eq!(canonical(&graph, text), expected, "{text}");
        }
    }
}
