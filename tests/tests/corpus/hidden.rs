//! What confidence means: all foreign keys are hidden, and guessed again.

use std::collections::BTreeMap;
use std::fmt;

use exodus_classify::infer::{self, Inferred};
use exodus_schema::Graph;

use crate::read::Corpus;

/// Guesses per band of confidence.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// Per tenth: how many guesses, and how many of them are a foreign key.
    bands: BTreeMap<u8, (u32, u32)>,
    /// Per folder: keys, of them guessed as likely, likely guesses.
    folders: Vec<(&'static str, u32, u32, u32)>,
}

fn count<T>(of: impl Iterator<Item = T>) -> u32 {
    u32::try_from(of.count()).expect("a small number")
}

fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

impl Figures {
    /// Hides the keys of a schema and guesses them.
    pub(crate) fn add(&mut self, corpus: &Corpus) {
        // What has no key even now may well be a reference; it says nothing about guesses.
        let unknown = infer::infer(&Graph::new(&corpus.schema));
        let known = |guess: &&Inferred| {
            let same = |other: &Inferred| other.child == guess.child && other.columns == guess.columns;
            !unknown.iter().any(same)
        };
        let mut bare = corpus.schema.clone();
        for table in &mut bare.tables {
            table.relations.clear();
        }
        let guesses = infer::infer(&Graph::new(&bare));
        let guesses: Vec<_> = guesses.iter().filter(known).collect();
        let right = |guess: &&&Inferred| {
            let table = corpus.schema.table(&guess.child).expect("a table of the schema");
            table.relations.iter().any(|relation| {
                relation.parent == guess.parent
                    && relation.child_columns().eq(guess.columns.iter().map(String::as_str))
                    && relation
                        .parent_columns()
                        .eq(guess.parent_columns.iter().map(String::as_str))
            })
        };
        for band in 3..10 {
            let in_band =
                |guess: &&&Inferred| (f64::from(band) / 10.0..f64::from(band + 1) / 10.0).contains(&guess.confidence);
            let entry = self.bands.entry(band).or_default();
            entry.0 += count(guesses.iter().filter(in_band));
            entry.1 += count(guesses.iter().filter(in_band).filter(right));
        }
        let likely = || guesses.iter().filter(|guess| guess.confidence >= infer::LIKELY);
        let keys = count(corpus.schema.tables.iter().flat_map(|table| &table.relations));
        let hit = count(likely().filter(right));
        self.folders.push((corpus.folder, keys, hit, count(likely())));
    }

    /// The figures that the documentation of the guesses promises.
    pub(crate) fn assert(&self) {
        let sum = |of: fn(&(&str, u32, u32, u32)) -> u32| self.folders.iter().map(of).sum::<u32>();
        let (hit, likely) = (sum(|folder| folder.2), sum(|folder| folder.3));
        assert!(share(hit, likely) >= 0.9, "{hit} of {likely} likely guesses are right");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "all keys hidden  |  keys  found    | likely guesses  right")?;
        for (folder, keys, hit, likely) in &self.folders {
            let (found, right) = (share(*hit, *keys), share(*hit, *likely));
            writeln!(f, "{folder:16} | {keys:5}  {found:5.2}    | {likely:14} {right:6.2}")?;
        }
        writeln!(f, "\nconfidence       | guesses  right")?;
        for (band, (all, right)) in &self.bands {
            writeln!(f, "from 0.{band}         | {all:7} {:6.2}", share(*right, *all))?;
        }
        Ok(())
    }
}
