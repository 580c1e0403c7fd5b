//! Inferred relations: columns that look like a foreign key that nobody made.
//!
//! The evidence is names and types only: no row is read. What is found is a guess with a [confidence](Inferred::confidence)
//! and its [reasons](Inferred::reasons), to be shown to somebody who knows, or confirmed on the data; it becomes part of a
//! schema only by [`assume`], which a user has to ask for.
//!
//! What counts, in the order of its weight:
//! - columns of the same name have relations in other tables, and these agree;
//! - the name is the key's name of one other table (`emp_number`);
//! - the name without its marker (`client_id`, `carId`, `fk_city`, `city_fk`, `id_client`, `clientid`) is the name of a
//!   table, in singular or plural, with or without the words that many tables begin with (`ohrm_user`), or with a word in
//!   front that says which part the parent plays (`billing_address_id`, `created_by_user_id`);
//! - the names of several columns are those of another table's composite key;
//! - the name refers to a row of the same table (`parent_id`, `reports_to`).
//!
//! The types must fit: a column that could not hold the parent's key is never a guess. Pairs such as `owner_type` and
//! `owner_id` are no relations; [`polymorphic_pairs`] lists them. The work is near linear in the number of columns.

mod candidate;
mod composite;
mod index;
mod key;
mod keyname;
mod name;
mod own;
mod polymorphic;
mod stem;
mod traps;
mod typed;
mod types;
mod vocabulary;
mod vote;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod synthetic;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use exodus_schema::model::{ColumnPair, Origin};
use exodus_schema::{Cuts, Graph, Relation, Schema, Table, TableId, TableName};

pub(crate) use index::single_key;
pub use polymorphic::{Polymorphic, name_forms, polymorphic_pairs};
pub use typed::{TypeTable, Types};

/// The confidence from which guesses are taken by default where a user asks for inferred relations.
///
/// Where the foreign keys of real schemas were hidden, 88 % of them were guessed with it, and 99 % of such guesses were
/// right (docs/corpus.md).
pub const LIKELY: f64 = 0.7;

/// The least confidence at which a guess is reported at all.
pub const LEAST: f64 = 0.3;

/// A guess that columns of one table reference a key of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Inferred {
    /// The table that seems to reference.
    pub child: TableName,
    /// Its columns, paired in order with `parent_columns`.
    pub columns: Vec<String>,
    /// The table that seems to be referenced.
    pub parent: TableName,
    /// Its columns.
    pub parent_columns: Vec<String>,
    /// How sure the guess is, from 0 to 1: about the share of guesses like this one that are right. From
    /// [`LIKELY`] on names and types leave little doubt; below it something speaks against the guess, and the reasons
    /// say what. It never is 1: only data, or somebody who knows, can settle it.
    pub confidence: f64,
    /// Why, and what speaks against it, in words; the weightiest first.
    pub reasons: Vec<String>,
}

impl Inferred {
    /// `child(columns) → parent(columns)`, for people.
    pub fn describe(&self) -> String {
        format!(
            "{}({}) → {}({})",
            self.child,
            self.columns.join(", "),
            self.parent,
            self.parent_columns.join(", ")
        )
    }

    /// The `[[declare]]` entry that makes it a relation, as it is put into `exodus.toml`; several lines, each ended.
    pub fn config_line(&self) -> String {
        let list = |names: &[String]| {
            let quoted: Vec<_> = names.iter().map(|name| toml_string(name)).collect();
            format!("[{}]", quoted.join(", "))
        };
        let reason = format!("inferred ({:.2}): {}", self.confidence, self.reasons.join("; "));
        format!(
            "[[declare]]\nchild = {}\ncolumns = {}\nparent = {}\nparent_columns = {}\nreason = {}\n",
            toml_string(&self.child.to_string()),
            list(&self.columns),
            toml_string(&self.parent.to_string()),
            list(&self.parent_columns),
            toml_string(&reason)
        )
    }

    /// The relation that it would be.
    pub(crate) fn relation(&self) -> Relation {
        let pairs = self.columns.iter().zip(&self.parent_columns);
        let pairs = pairs.map(|(child, parent)| ColumnPair::new(child, parent)).collect();
        let name = format!("inferred_{}", self.columns.join("_"));
        Relation::new(name, self.parent.clone(), pairs, Origin::Inferred)
    }
}

/// The text as a basic string of TOML.
pub(crate) fn toml_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// All guesses of at least [`LEAST`] confidence, the surest first, then by child and columns.
///
/// Columns that are part of a relation already are left out.
pub fn infer(graph: &Graph<'_>) -> Vec<Inferred> {
    let mut found = candidate::all(&index::Index::new(graph));
    found.retain(|guess| guess.confidence >= LEAST);
    found.sort_by(|a, b| {
        b.confidence
            .total_cmp(&a.confidence)
            .then_with(|| (&a.child, &a.columns).cmp(&(&b.child, &b.columns)))
    });
    found
}

/// Whether these columns of a table, sorted, look like a relation.
pub fn guesses(graph: &Graph<'_>, child: TableId, columns: &[String]) -> bool {
    let name = &graph.table(child).name;
    infer(graph)
        .into_iter()
        .filter(|guess| guess.child == *name)
        .any(|mut guess| {
            guess.columns.sort_unstable();
            guess.columns == columns
        })
}

/// All guesses as [`infer`] gives them, without those that the configuration refuses.
pub fn infer_unrefused(graph: &Graph<'_>, cuts: &Cuts) -> Vec<Inferred> {
    let mut found = infer(graph);
    let refused = |guess: &Inferred| {
        let child = graph.find(&guess.child);
        child.is_some_and(|child| cuts.refuses(child, &guess.columns).is_some())
    };
    found.retain(|guess| cuts.refused.is_empty() || !refused(guess));
    found
}

/// The schema with the guesses of at least the given confidence added as relations of [`Origin::Inferred`], which the
/// database does not vouch for; and these guesses, the surest first.
///
/// Whoever calls this tells the user so: guesses are never used silently.
pub fn assume(schema: &Schema, least: f64) -> (Schema, Vec<Inferred>) {
    assume_unrefused(schema, least, &Cuts::default())
}

/// The same without those that the configuration refuses.
pub fn assume_unrefused(schema: &Schema, least: f64, cuts: &Cuts) -> (Schema, Vec<Inferred>) {
    let mut found = infer_unrefused(&Graph::new(schema), cuts);
    found.retain(|guess| guess.confidence >= least);
    let mut schema = schema.clone();
    for guess in &found {
        let at = schema.tables.binary_search_by(|table| table.name.cmp(&guess.child));
        if let Ok(at) = at {
            add(&mut schema.tables[at], guess.relation());
        }
    }
    (schema, found)
}

/// Adds a relation in its place among the table's, under a name that is free.
fn add(table: &mut Table, mut relation: Relation) {
    let base = relation.name.clone();
    let mut n = 2;
    while table.relations.iter().any(|other| other.name == relation.name) {
        relation.name = format!("{base}_{n}");
        n += 1;
    }
    let key = |relation: &Relation| (relation.name.clone(), relation.columns.clone());
    let at = table.relations.partition_point(|other| key(other) < key(&relation));
    table.relations.insert(at, relation);
}
