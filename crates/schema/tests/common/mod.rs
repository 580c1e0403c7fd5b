//! Schemas in a few words, and the tree in a few words back.

use std::collections::BTreeMap;

use exodus_schema::model::{Column, ColumnPair, FORMAT_VERSION, Key, Kind, Origin};
use exodus_schema::{Cuts, Engine, Graph, Reach, Relation, RelationId, Schema, Table, TableId, TableName, Tree};

/// A schema of tables written as `child: parent, parent?, parent~, parent(a b)`: a plain parent is referenced by a
/// NOT NULL column, `?` makes all columns of the relation nullable, `~` leaves it unvalidated, a list in parentheses
/// makes it composite. The n-th relation of a table is called `r{n}`; its columns are `r{n}_{column of the parent}`.
pub(crate) fn schema<T: AsRef<str>>(tables: &[T]) -> Schema {
    let mut tables: Vec<Table> = tables.iter().map(|line| table(line.as_ref())).collect();
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    Schema {
        version: FORMAT_VERSION,
        engine: Engine::Postgres,
        server_version: String::new(),
        tables,
        routines: vec![],
        enums: BTreeMap::new(),
        warnings: vec![],
    }
}

fn table(line: &str) -> Table {
    let (name, parents) = line.split_once(':').unwrap_or((line, ""));
    let mut table = bare_table(name.trim());
    for (at, parent) in parents
        .split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .enumerate()
    {
        add_relation(&mut table, at, parent);
    }
    table.relations.sort_by(|one, other| one.name.cmp(&other.name));
    table
}

fn bare_table(name: &str) -> Table {
    Table {
        name: TableName::bare(name),
        columns: vec![column("id", false)],
        primary_key: Some(Key {
            name: "primary".into(),
            columns: vec!["id".into()],
            total: true,
        }),
        unique_keys: vec![],
        indexes: vec![],
        relations: vec![],
        triggers: vec![],
        partitions: vec![],
        storage_engine: None,
        row_security: false,
        estimated_rows: None,
        bytes: None,
        comment: None,
    }
}

pub(crate) fn column(name: &str, nullable: bool) -> Column {
    Column {
        name: name.into(),
        native_type: "bigint".into(),
        kind: Kind::Integer,
        nullable,
        default: None,
        generator: None,
        generated: None,
        charset: None,
        collation: None,
        invisible: false,
        text_only: false,
        comment: None,
    }
}

fn add_relation(table: &mut Table, at: usize, text: &str) {
    let marks: String = text.chars().filter(|c| "?~".contains(*c)).collect();
    let text = text.trim_end_matches(['?', '~']);
    let (parent, columns) = text.split_once('(').unwrap_or((text, "id)"));
    let mut pairs = vec![];
    for parent_column in columns.trim_end_matches(')').split_whitespace() {
        let child = format!("r{at}_{parent_column}");
        table.columns.push(column(&child, marks.contains('?')));
        pairs.push(ColumnPair::new(child, parent_column));
    }
    table.relations.push(Relation {
        validated: !marks.contains('~'),
        ..Relation::new(format!("r{at}"), TableName::bare(parent), pairs, Origin::Catalogue)
    });
}

/// What there is to know about a tree, in words.
pub(crate) struct Grown {
    /// Copy order by table; tables that are no client tables are missing.
    pub(crate) order: BTreeMap<String, usize>,
    /// The reach by table: `root`, `complete a.r0 b.r1`, `partial`, `closure a b`.
    pub(crate) reach: BTreeMap<String, String>,
    /// The witness by table, as relations from the root on.
    pub(crate) witness: BTreeMap<String, String>,
    /// The owning relations by table.
    pub(crate) owners: BTreeMap<String, String>,
    /// The back relations.
    pub(crate) back: Vec<String>,
    /// The tables in copy order.
    pub(crate) sequence: Vec<String>,
}

/// Grows the tree of `root` without cuts.
pub(crate) fn grow(schema: &Schema, root: &str) -> Grown {
    grow_cut(schema, root, &Cuts::default())
}

/// Grows the tree of `root`.
pub(crate) fn grow_cut(schema: &Schema, root: &str, cuts: &Cuts) -> Grown {
    let graph = Graph::new(schema);
    let tree = Tree::grow(&graph, id(&graph, root), cuts);
    let name = |table: TableId| graph.table(table).name.to_string();
    let chain = |chain: &[RelationId]| {
        chain
            .iter()
            .map(|&at| relation(&graph, at))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let reach = |reach: &Reach| match reach {
        Reach::Root => "root".to_owned(),
        Reach::Complete(path) => format!("complete {}", chain(path)),
        Reach::Partial => "partial".to_owned(),
        Reach::Closure(tables) => format!(
            "closure {}",
            tables.iter().map(|&t| name(t)).collect::<Vec<_>>().join(" ")
        ),
    };
    let members = || tree.members().iter();
    Grown {
        order: members().map(|member| (name(member.table), member.order)).collect(),
        reach: members()
            .map(|member| (name(member.table), reach(&member.reach)))
            .collect(),
        witness: members()
            .map(|member| (name(member.table), chain(&member.witness)))
            .collect(),
        owners: members()
            .map(|member| (name(member.table), chain(&member.owners)))
            .collect(),
        back: tree.back_relations().iter().map(|&at| relation(&graph, at)).collect(),
        sequence: members().map(|member| name(member.table)).collect(),
    }
}

/// The table of that name.
pub(crate) fn id(graph: &Graph<'_>, name: &str) -> TableId {
    graph
        .find(&TableName::bare(name))
        .unwrap_or_else(|| panic!("no table {name}"))
}

/// `child.name`.
pub(crate) fn relation(graph: &Graph<'_>, id: RelationId) -> String {
    format!("{}.{}", graph.table(id.child).name, graph.relation(id).name)
}

impl Grown {
    /// Asserts order and reach of every table, given as `table order reach` in copy order.
    pub(crate) fn expect(&self, tables: &[&str]) -> &Self {
        let line = |table: &String| format!("{table} {} {}", self.order[table], self.reach[table]);
        let found: Vec<String> = self.sequence.iter().map(line).collect();
        assert_eq!(found, tables);
        self
    }
}
