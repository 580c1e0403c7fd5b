//! What is looked up for every column: tables by the ways to write their names, key columns by name, and the relations
//! that columns of a name have elsewhere.

use std::collections::{BTreeMap, HashMap, HashSet};

use exodus_schema::{Column, Engine, Graph, Kind, Table, TableId};

use super::words;

/// How a table was found by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The table.
    pub(super) table: TableId,
    /// How many words in front of its name were left out.
    pub(super) dropped: usize,
    /// A last word that only says that it is a table was left out.
    pub(super) trimmed: bool,
}

/// A column's name taken apart.
pub(super) struct ColumnName {
    pub(super) words: Vec<String>,
    pub(super) plain: String,
}

/// What a relation leads to: a column of the parent, or of the child itself where a table references itself.
pub(super) type Lead = (Option<TableId>, String);

/// Where relations of columns of one name lead to.
#[derive(Debug, Default)]
pub(super) struct Votes {
    leads: BTreeMap<Lead, usize>,
    /// How many there are.
    pub(super) related: usize,
}

impl Votes {
    /// What most lead to, with their number.
    pub(super) fn most(&self) -> Option<(&Lead, usize)> {
        let most = self
            .leads
            .iter()
            .max_by_key(|(lead, count)| (**count, std::cmp::Reverse(*lead)))?;
        Some((most.0, *most.1))
    }
}

/// Everything that is looked up by name.
pub(super) struct Index<'a> {
    pub(super) graph: &'a Graph<'a>,
    pub(super) engine: Engine,
    /// The words of every table's name.
    pub(super) words: Vec<Vec<String>>,
    /// Tables by every way to write the end of their name.
    tables: HashMap<String, Vec<Found>>,
    /// How many tables begin with the words, written as one.
    prefixes: HashMap<String, usize>,
    /// Tables by the beginning of the last word of their name, of three letters or more.
    beginnings: HashMap<String, Vec<TableId>>,
    /// Tables by the plain name of their key, where it is one column that no relation fills.
    keys: HashMap<String, Vec<TableId>>,
    votes: HashMap<String, Votes>,
    /// How many tables have a column of the plain name.
    columns: HashMap<String, usize>,
    /// Columns of every table that are part of a relation.
    related: Vec<HashSet<&'a str>>,
    /// The names of every table's columns.
    pub(super) names: Vec<Vec<ColumnName>>,
    /// The word in front of most column names of a table (`erep_…`).
    column_prefix: Vec<Option<String>>,
    /// References bear the bare name of a table as often as one with a marker.
    bare: bool,
    /// The words that most tables begin with.
    namespace: Vec<String>,
    /// Most tables begin with a word that others begin with, too: that of an application or a module.
    modular: bool,
}

/// The name with nothing but letters and digits, in lower case.
pub(super) fn plain(name: &str) -> String {
    words::split(name).concat()
}

impl<'a> Index<'a> {
    pub(super) fn new(graph: &'a Graph<'a>) -> Self {
        let mut index = Self {
            graph,
            engine: graph.schema().engine,
            words: graph
                .tables()
                .map(|id| words::split(&graph.table(id).name.name))
                .collect(),
            tables: HashMap::new(),
            prefixes: HashMap::new(),
            beginnings: HashMap::new(),
            keys: HashMap::new(),
            votes: HashMap::new(),
            columns: HashMap::new(),
            related: vec![],
            names: vec![],
            column_prefix: vec![],
            bare: false,
            namespace: vec![],
            modular: false,
        };
        for id in graph.tables() {
            index.add_name(id);
            index.add_columns(id);
        }
        for id in graph.tables() {
            index.add_key(id);
        }
        index.namespace = index.common_prefix();
        index.bare = index.has_bare_references();
        let shares = |words: &&Vec<String>| words.len() > 1 && index.beginning(&words[..1]) >= 3;
        index.modular = index.words.iter().filter(shares).count() * 10 >= index.words.len() * 7;
        for edge in graph.edges() {
            let relation = graph.relation(edge.id);
            // The columns of a composite relation mean something only together.
            if let [pair] = relation.columns.as_slice() {
                let parent = (!edge.is_self_loop()).then_some(edge.parent);
                let votes = index.votes.entry(plain(&pair.child)).or_default();
                *votes.leads.entry((parent, pair.parent.clone())).or_default() += 1;
                votes.related += 1;
            }
        }
        index
    }

    /// The words that more than half of all tables begin with.
    fn common_prefix(&self) -> Vec<String> {
        let most = |len: usize| {
            let mut tables = self.words.iter().filter(|words| words.len() > len);
            tables.find(|words| self.beginning(&words[..len]) * 2 > self.words.len())
        };
        (1..4)
            .map_while(most)
            .enumerate()
            .last()
            .map_or(vec![], |(at, words)| words[..=at].to_vec())
    }

    /// Whether numbers that bear the whole name of a table are a habit, and no accident.
    fn has_bare_references(&self) -> bool {
        let (mut bare, mut marked) = (0, 0);
        for table in self.graph.tables() {
            for (column, name) in self.columns(table) {
                let (Kind::Integer, Some((last, stem))) = (column.kind, name.words.split_last()) else {
                    continue;
                };
                let is_marked = words::marker(last).is_some() && !stem.is_empty();
                let names = |words: &[String]| {
                    let forms = words::forms(words);
                    let mut found = forms.iter().flat_map(|form| self.named(form));
                    found.any(|found| found.table != table && found.dropped <= self.namespace(found.table))
                };
                if is_marked {
                    marked += usize::from(names(stem));
                } else if !words::quantity(last) {
                    bare += usize::from(names(&name.words));
                }
            }
        }
        bare >= 10 && bare * 2 > marked
    }

    /// Whether references bear the bare names of tables in this schema.
    pub(super) fn refers_by_bare_names(&self) -> bool {
        self.bare
    }

    /// How many of the words in front of a table's name are those that most tables have.
    pub(super) fn namespace(&self, table: TableId) -> usize {
        let words = &self.words[table.0];
        if words.len() > self.namespace.len() && words.starts_with(&self.namespace) {
            self.namespace.len()
        } else {
            0
        }
    }

    fn add_name(&mut self, table: TableId) {
        let words = &self.words[table.0];
        for dropped in 0..words.len() {
            *self.prefixes.entry(words[..=dropped].concat()).or_default() += 1;
            let mut add = |words: &[String], trimmed| {
                for form in words::forms(words) {
                    self.tables.entry(form).or_default().push(Found {
                        table,
                        dropped,
                        trimmed,
                    });
                }
            };
            add(&words[dropped..], false);
            if let [kept @ .., last] = &words[dropped..]
                && words::table_word(last)
            {
                add(kept, true);
            }
        }
        // `tblclients`.
        if let [only] = words.as_slice()
            && let Some(name) = only.strip_prefix("tbl")
        {
            for form in words::forms(&[name.to_owned()]) {
                let found = Found {
                    table,
                    dropped: 0,
                    trimmed: true,
                };
                self.tables.entry(form).or_default().push(found);
            }
        }
        if let Some(last) = words.last() {
            let ends = last.char_indices().map(|(at, _)| at).skip(3);
            for end in ends {
                self.beginnings.entry(last[..end].to_owned()).or_default().push(table);
            }
        }
    }

    fn add_columns(&mut self, table: TableId) {
        let of = self.graph.table(table);
        let mut first: HashMap<String, usize> = HashMap::new();
        let mut names = vec![];
        for column in &of.columns {
            let words = words::split(&column.name);
            let plain = words.concat();
            *self.columns.entry(plain.clone()).or_default() += 1;
            if let [word, _, ..] = words.as_slice() {
                *first.entry(word.clone()).or_default() += 1;
            }
            names.push(ColumnName { words, plain });
        }
        self.names.push(names);
        // More than half of at least four: at most one word can be that.
        let shared = first
            .into_iter()
            .find(|(_, count)| *count >= 4 && count * 2 > of.columns.len())
            .map(|(word, _)| word);
        self.column_prefix.push(shared);
        let related = of.relations.iter().flat_map(|relation| relation.columns.iter());
        self.related.push(related.map(|pair| pair.child.as_str()).collect());
    }

    fn add_key(&mut self, table: TableId) {
        if let Some(column) = single_key(self.graph.table(table))
            && !self.is_related(table, column)
        {
            self.keys.entry(plain(column)).or_default().push(table);
        }
    }

    /// Tables whose name, or the end of it, is written like this.
    pub(super) fn named(&self, plain: &str) -> &[Found] {
        self.tables.get(plain).map_or(&[], Vec::as_slice)
    }

    /// Whether some table is called this, with or without words in front that many tables begin with.
    pub(super) fn is_table(&self, word: &str) -> bool {
        words::singulars(word).iter().any(|form| {
            self.named(form).iter().filter(|found| !found.trimmed).any(|found| {
                let prefix = &self.words[found.table.0][..found.dropped];
                prefix.is_empty() || prefix.len() <= 2 && self.beginning(prefix) * 20 >= self.words.len()
            })
        })
    }

    /// Whether most tables begin with the word of an application or a module.
    pub(super) fn is_modular(&self) -> bool {
        self.modular
    }

    /// The columns of a table with their names taken apart.
    pub(super) fn columns(&self, table: TableId) -> impl Iterator<Item = (&'a Column, &ColumnName)> {
        self.graph.table(table).columns.iter().zip(&self.names[table.0])
    }

    /// Tables the last word of whose name begins with this.
    pub(super) fn beginning_with(&self, letters: &str) -> &[TableId] {
        self.beginnings.get(letters).map_or(&[], Vec::as_slice)
    }

    /// Tables whose key is one column of this plain name.
    pub(super) fn keyed(&self, plain: &str) -> &[TableId] {
        self.keys.get(plain).map_or(&[], Vec::as_slice)
    }

    /// Where columns of this plain name lead to.
    pub(super) fn votes(&self, plain: &str) -> Option<&Votes> {
        self.votes.get(plain)
    }

    /// How many columns have this plain name.
    pub(super) fn columns_named(&self, plain: &str) -> usize {
        self.columns.get(plain).copied().unwrap_or(0)
    }

    /// How many tables begin with these words.
    pub(super) fn beginning(&self, words: &[String]) -> usize {
        self.prefixes.get(&words.concat()).copied().unwrap_or(0)
    }

    /// Whether the column is part of a relation already.
    pub(super) fn is_related(&self, table: TableId, column: &str) -> bool {
        self.related[table.0].contains(column)
    }

    /// The word in front of most column names of the table.
    pub(super) fn column_prefix(&self, table: TableId) -> Option<&str> {
        self.column_prefix[table.0].as_deref()
    }

    pub(super) fn table(&self, table: TableId) -> &'a Table {
        self.graph.table(table)
    }
}

/// The table's key, if it is one column.
pub(crate) fn single_key(table: &Table) -> Option<&str> {
    match table.identity()?.columns.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}
