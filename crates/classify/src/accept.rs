//! Hazards that somebody has looked at and accepted.
//!
//! An entry names a rule and an object. It stays in force until its date, and it must not outlive what it accepts: one
//! that matches nothing is told, and fails the check, until it is taken out.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use exodus_schema::Graph;

use crate::hazard::Hazard;
use crate::lookup::find_table;
use crate::rules;

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

/// An entry that accepts nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale<'a> {
    /// The entry.
    pub entry: &'a Accept,
    /// The findings that it could mean, if it names several at once: each needs an entry of its own.
    pub instead: Vec<String>,
}

impl Stale<'_> {
    /// What is wrong with it and what to do, in one sentence or two.
    pub fn advice(&self) -> String {
        let Self { entry, instead } = self;
        if instead.is_empty() {
            return format!("{} on {} is accepted here and is gone.", entry.rule, entry.object);
        }
        // As the configuration writes it; a literal string, for names can hold double quotes.
        let objects: Vec<_> = instead.iter().map(|object| format!("object = '{object}'")).collect();
        format!(
            "{} on {} is accepted here, but there are {} such findings. Write which: {}.",
            entry.rule,
            entry.object,
            instead.len(),
            objects.join(" or ")
        )
    }
}

/// The entries by what they accept.
pub(crate) struct Index<'a> {
    accepts: &'a [Accept],
    at: HashMap<(&'a str, String), Vec<usize>>,
    used: Vec<bool>,
    /// The findings' objects by each other way to write them.
    aliases: HashMap<(&'static str, String), BTreeSet<String>>,
    objects: HashSet<(&'static str, String)>,
}

impl<'a> Index<'a> {
    /// For all findings there are, whatever is shown of them.
    pub(crate) fn new(graph: &Graph<'_>, accepts: &'a [Accept], hazards: &[Hazard]) -> Self {
        let mut at: HashMap<_, Vec<usize>> = HashMap::new();
        for (number, accept) in accepts.iter().enumerate() {
            let key = (accept.rule.as_str(), canonical(graph, &accept.object));
            at.entry(key).or_default().push(number);
        }
        let mut index = Self {
            accepts,
            at,
            used: vec![false; accepts.len()],
            aliases: HashMap::new(),
            objects: HashSet::new(),
        };
        // Without entries nobody asks.
        for hazard in hazards.iter().filter(|_| !accepts.is_empty()) {
            let object = hazard.object(graph);
            for alias in hazard.aliases(graph) {
                let known = index.aliases.entry((hazard.rule, alias)).or_default();
                known.insert(object.clone());
            }
            index.objects.insert((hazard.rule, object));
        }
        index
    }

    /// The entry for this finding: one that names it, or else one that is written in another way and can mean no other;
    /// one in force goes before one that is over. All of them are about something that is there.
    pub(crate) fn find(&mut self, graph: &Graph<'_>, hazard: &Hazard, object: &str) -> Option<&'a Accept> {
        if self.at.is_empty() {
            return None;
        }
        let aliases = hazard.aliases(graph).into_iter();
        let clear = aliases.filter(|alias| self.meant(hazard.rule, alias).len() == 1);
        let names = std::iter::once(object.to_owned()).chain(clear);
        let entries = names.filter_map(|name| self.at.get(&(hazard.rule, name))).flatten();
        let entries: Vec<usize> = entries.copied().collect();
        for &number in &entries {
            self.used[number] = true;
        }
        let in_force = entries.iter().find(|&&number| !self.accepts[number].expired);
        in_force.or(entries.first()).map(|&number| &self.accepts[number])
    }

    /// The findings that can be meant by what is not the object of any.
    fn meant(&self, rule: &'static str, alias: &str) -> Vec<String> {
        let key = (rule, alias.to_owned());
        if self.objects.contains(&key) {
            return vec![];
        }
        self.aliases.get(&key).into_iter().flatten().cloned().collect()
    }

    /// The entries that matched no finding, as far as that can be told.
    pub(crate) fn stale(&self, graph: &Graph<'_>, scope: Scope) -> Vec<Stale<'a>> {
        let unused = self.accepts.iter().zip(&self.used).filter(|(_, used)| !**used);
        unused
            .map(|(accept, _)| accept)
            .filter(|accept| scope.judges(accept))
            .map(|entry| {
                let rule = rules::find(&entry.rule).map(|rule| rule.id);
                let object = canonical(graph, &entry.object);
                let instead = rule.map_or(vec![], |rule| self.meant(rule, &object));
                Stale { entry, instead }
            })
            .collect()
    }
}

/// The object as findings write it, from what a person wrote: full table names, one space after a comma.
fn canonical(graph: &Graph<'_>, object: &str) -> String {
    let object = object.trim().replace("->", "→");
    // What is in brackets, and the condition of a relation, stay as they are written.
    let bracket = object.rfind(" [").filter(|_| object.ends_with(']'));
    let (object, bracket) = object.split_at(bracket.unwrap_or(object.len()));
    let condition = object
        .find('→')
        .and_then(|arrow| Some(arrow + object[arrow..].find(") when ")? + 1));
    let (object, condition) = object.split_at(condition.unwrap_or(object.len()));
    let halves = object.split('→').map(|half| canonical_half(graph, half.trim()));
    halves.collect::<Vec<_>>().join(" → ") + condition.trim_end() + bracket
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
            ("a  [trigger t]", "public.a [trigger t]"),
            (
                "a(b)->clients(id) [constraint x]",
                "public.a(b) → public.clients(id) [constraint x]",
            ),
            (
                "a(b) -> clients(id) when t in (A,B)",
                "public.a(b) → public.clients(id) when t in (A,B)",
            ),
            ("a [b", "a [b"),
        ] {
            assert_eq!(canonical(&graph, text), expected, "{text}");
        }
    }
}
