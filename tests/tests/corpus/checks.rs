//! Every statement of a `truth.json` against what was found.

use std::collections::BTreeSet;

use exodus_classify::infer::{self, Inferred};
use exodus_schema::{Graph, Table};

use crate::differences::{BEYOND, DIFFERENCES};
use crate::read::{Classes, Corpus, short};

/// What is not as stated, as `(folder, statement, table)`, and undecided tables that only inferred relations reach.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    differences: BTreeSet<(String, String, String)>,
    beyond: BTreeSet<(String, String)>,
}

impl Findings {
    fn add<'t>(&mut self, corpus: &Corpus, statement: &str, tables: impl IntoIterator<Item = &'t String>) {
        let folder = corpus.folder.to_owned();
        let difference = |table: &String| (folder.clone(), statement.to_owned(), table.clone());
        self.differences.extend(tables.into_iter().map(difference));
    }

    /// Fails unless it is exactly what is written down, for the folders that were read.
    pub(crate) fn compare(&self, read: &[&str]) {
        let known: BTreeSet<_> = DIFFERENCES
            .iter()
            .filter(|known| read.contains(&known.0))
            .flat_map(|(folder, statement, tables)| {
                let tables = tables.split_whitespace();
                tables.map(|table| ((*folder).to_owned(), (*statement).to_owned(), table.to_owned()))
            })
            .collect();
        let new: Vec<_> = self.differences.difference(&known).collect();
        assert!(new.is_empty(), "not as known, and not in docs/corpus.md: {new:#?}");
        let gone: Vec<_> = known.difference(&self.differences).collect();
        assert!(
            gone.is_empty(),
            "as known by now; take it out of docs/corpus.md: {gone:#?}"
        );
        let beyond: BTreeSet<_> = BEYOND
            .iter()
            .filter(|known| read.contains(&known.0))
            .map(|(folder, table)| ((*folder).to_owned(), (*table).to_owned()))
            .collect();
        assert_eq!(
            self.beyond, beyond,
            "undecided tables that only inferred relations reach"
        );
    }
}

pub(crate) const HEADING: &str = concat!(
    "                 |        |   client tables by    |   not client    |   missing   | undecided, now\n",
    "folder           | tables | stated keys  inferred | stated  false   | keys found  | client: keys inferred"
);

fn of<'c>(classes: &'c Classes, class: &str) -> BTreeSet<&'c String> {
    classes.get(class).into_iter().flatten().collect()
}

/// Checks one folder and gives its line of the table.
pub(crate) fn check(corpus: &Corpus, found: &mut Findings) -> String {
    let truth = &corpus.truth;
    let all: BTreeSet<_> = corpus.schema.tables.iter().map(|table| short(&table.name)).collect();
    let stated: BTreeSet<_> = truth.tables().into_iter().cloned().collect();
    assert_eq!(all, stated, "{}: every table is named in the truth", corpus.folder);
    check_classes(corpus, "by keys", &corpus.plain, found);
    check_classes(corpus, "with inferred relations", &corpus.assumed, found);
    assert_eq!(
        of(&corpus.assumed, "client"),
        of(&corpus.declared, "client"),
        "{}: lines in the configuration do what --assume-inferred does",
        corpus.folder
    );
    check_keys(corpus);
    check_columns(corpus);
    let missing = check_missing(corpus, found);

    let client: BTreeSet<_> = truth.client.iter().collect();
    let undecided: BTreeSet<_> = truth.undecided.iter().collect();
    let (plain, assumed) = (of(&corpus.plain, "client"), of(&corpus.assumed, "client"));
    let beyond = assumed.intersection(&undecided).filter(|table| !plain.contains(*table));
    found
        .beyond
        .extend(beyond.map(|table| (corpus.folder.to_owned(), (*table).clone())));
    let known_not = |table: &&&String| !client.contains(*table) && !undecided.contains(*table);
    format!(
        "{:16} | {:6} | {:6} {:5} {:9} | {:6} {:6}     | {:3} of {:3}  | {:12} {:9}",
        corpus.folder,
        all.len(),
        client.len(),
        plain.intersection(&client).count(),
        assumed.intersection(&client).count(),
        all.len() - client.len() - undecided.len(),
        assumed.iter().filter(known_not).count(),
        missing,
        truth.missing_fks.len(),
        plain.intersection(&undecided).count(),
        assumed.intersection(&undecided).count(),
    )
}

/// The classes that are stated.
fn check_classes(corpus: &Corpus, how: &str, classes: &Classes, found: &mut Findings) {
    let truth = &corpus.truth;
    let clients = of(classes, "client");
    let client: BTreeSet<_> = truth.client.iter().collect();
    found.add(
        corpus,
        &format!("client, not found {how}"),
        client.difference(&clients).copied(),
    );
    let wrong = clients.iter().copied().filter(|table| {
        let elsewhere = truth
            .context
            .iter()
            .chain(&truth.neutral)
            .any(|tables| tables.contains(*table));
        elsewhere || truth.not_client.contains(*table)
    });
    found.add(corpus, &format!("no client, found {how}"), wrong);
    for (class, stated) in [("context", &truth.context), ("neutral", &truth.neutral)] {
        if let Some(stated) = stated {
            let (stated, is) = (stated.iter().collect::<BTreeSet<_>>(), of(classes, class));
            found.add(
                corpus,
                &format!("{class}, but not {how}"),
                stated.difference(&is).copied(),
            );
            found.add(
                corpus,
                &format!("not {class}, but {how}"),
                is.difference(&stated).copied(),
            );
        }
    }
}

/// What a search over the foreign keys alone gave somebody else.
fn check_keys(corpus: &Corpus) {
    let (folder, truth) = (corpus.folder, &corpus.truth);
    let clients = of(&corpus.plain, "client");
    if let Some(counts) = &truth.fk_class_counts {
        for (class, count) in [
            ("client", counts.client),
            ("context", counts.context),
            ("neutral", counts.neutral),
        ] {
            assert_eq!(
                of(&corpus.plain, class).len(),
                count,
                "{folder}: {class} tables by keys"
            );
        }
    }
    if let Some(compared) = &truth.fk_reachability_compared {
        let client: BTreeSet<_> = truth.client.iter().collect();
        let unreached: BTreeSet<_> = client.difference(&clients).copied().collect();
        assert_eq!(
            unreached,
            compared.client_but_not_fk_reachable.iter().collect(),
            "{folder}"
        );
        let more: BTreeSet<_> = clients.difference(&client).copied().collect();
        assert_eq!(
            more,
            compared.fk_reachable_without_tenant_column.iter().collect(),
            "{folder}"
        );
    }
}

/// The columns that carry the client: which may be NULL, and how many have a foreign key to the root.
fn check_columns(corpus: &Corpus) {
    let (folder, truth) = (corpus.folder, &corpus.truth);
    let names = truth.tenant_columns();
    let carries = |table: &Table| table.columns.iter().any(|column| names.contains(&column.name.as_str()));
    let client = |table: &&Table| truth.client.contains(&short(&table.name)) && carries(table);
    if let Some(nullable) = &truth.client_nullable_tenant_column {
        let may = |table: &&Table| {
            let mut columns = table
                .columns
                .iter()
                .filter(|column| names.contains(&column.name.as_str()));
            columns.any(|column| column.nullable)
        };
        let is: BTreeSet<_> = corpus
            .schema
            .tables
            .iter()
            .filter(client)
            .filter(may)
            .map(|table| short(&table.name))
            .collect();
        assert_eq!(is, *nullable, "{folder}: the client's column may be NULL");
    }
    if let Some(count) = truth.tenant_column_with_direct_fk_to_root {
        let direct = |table: &&Table| {
            table.relations.iter().any(|relation| {
                short(&relation.parent) == truth.root && relation.child_columns().any(|column| names.contains(&column))
            })
        };
        let is = corpus.schema.tables.iter().filter(client).filter(direct).count();
        assert_eq!(
            is, count,
            "{folder}: tables whose client's column has a foreign key to the root"
        );
    }
}

/// The keys that are known to be missing: how many are likely guesses.
fn check_missing(corpus: &Corpus, found: &mut Findings) -> usize {
    let guesses = infer::infer(&Graph::new(&corpus.schema));
    let likely = |guess: &&Inferred| guess.confidence >= infer::LIKELY && short(&guess.parent) == corpus.truth.root;
    let columns: BTreeSet<_> = guesses
        .iter()
        .filter(likely)
        .flat_map(|guess| guess.columns.iter().map(|column| (short(&guess.child), column.clone())))
        .collect();
    let missed: Vec<_> = corpus
        .truth
        .missing_fks
        .iter()
        .filter(|key| !columns.contains(*key))
        .collect();
    let named: Vec<_> = missed
        .iter()
        .map(|(table, column)| format!("{table}({column})"))
        .collect();
    found.add(corpus, "missing key, not inferred", &named);
    corpus.truth.missing_fks.len() - missed.len()
}
