//! What a file says about itself: whose rows it holds, of which tables, and how many.

use std::collections::{BTreeMap, BTreeSet};

use exodus_engine::value::{Codec, End};
use exodus_schema::{Column, Engine, Graph, Kind, Relation, Schema, Table, TableId, TableName, Tree};
use exodus_transfer::{ClientKey, Shape};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::context::Context;
use crate::digest::Digest;
use crate::error::{Error, Result};

/// Raised when a reader of the old form would misread the new one.
pub const VERSION: u32 = 1;

/// The manifest's name in a folder.
pub(crate) const FILE_NAME: &str = "manifest.json";

/// The head of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`VERSION`].
    pub version: u32,
    /// The version of exodus that wrote it.
    pub exodus: String,
    /// The product that the rows come from.
    pub source: Engine,
    /// Whose rows.
    pub client: ClientKey,
    /// The root table.
    pub root: TableName,
    /// The columns by which its rows are told apart.
    pub root_key: Vec<String>,
    /// What was masked, as `table.column=method`; a file with any of these is no backup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
    /// The tables, parents first, in the order in which their rows stand.
    pub tables: Vec<FileTable>,
    /// The rows outside of the file that the client's rows need. Files of earlier versions don't tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// A digest of `schema`.
    pub fingerprint: String,
    /// The client tables as the source has them, and those that they reference.
    pub schema: Schema,
}

/// A table of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileTable {
    /// Its name on the source.
    pub table: TableName,
    /// The file with its rows, in a folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The columns, in their order. Generated ones are left out.
    pub columns: Vec<FileColumn>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileColumn {
    /// Its name.
    pub name: String,
    /// Its type on the source.
    #[serde(rename = "type")]
    pub native_type: String,
    /// How its values are written: `integer`, `text`, `timestamp`.
    pub form: String,
}

/// The end of a file: only with it is a file whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trailer {
    /// A digest of the manifest's text.
    pub manifest: String,
    /// Table by table, in the manifest's order.
    pub tables: Vec<Counted>,
}

/// The rows of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The table.
    pub table: TableName,
    /// Rows.
    pub rows: u64,
    /// The sum of the rows' hashes, in canonical form.
    pub digest: String,
    /// A digest of its file's bytes, where these are not to be taken apart before it is known that they are the ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Trailer {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|counted| counted.rows).sum()
    }

    /// Adds what was counted of a table.
    pub(crate) fn add(&mut self, table: &TableName, digest: &Digest) {
        self.tables.push(Counted {
            table: table.clone(),
            rows: digest.rows(),
            digest: digest.sum(),
            file: None,
        });
    }
}

/// A hash for people to compare.
pub(crate) fn hash(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

impl Manifest {
    /// Describes the client tables of `shape`.
    pub fn of(shape: Shape<'_>, client: &ClientKey) -> Result<Self> {
        let schema = reduced(shape);
        let mut tables = vec![];
        for id in shape.tables() {
            let table = shape.graph.table(id);
            let columns = codecs(shape.graph.schema(), id)?
                .into_iter()
                .zip(travelling(shape.graph.schema(), id));
            tables.push(FileTable {
                table: table.name.clone(),
                file: None,
                columns: columns.map(|(codec, column)| described(&codec, column)).collect(),
            });
        }
        let text = serde_json::to_vec(&schema).map_err(unwritten)?;
        let manifest = Self {
            version: VERSION,
            exodus: env!("CARGO_PKG_VERSION").to_owned(),
            source: schema.engine,
            client: client.clone(),
            root: shape.root().name.clone(),
            root_key: shape.root_key.to_vec(),
            masked: vec![],
            tables,
            context: None,
            fingerprint: hash(&text),
            schema,
        };
        // What an import will make of it must be the same tree.
        manifest.check("the manifest")?;
        Ok(manifest)
    }

    /// The tree that its schema gives.
    pub fn tree(&self, graph: &Graph<'_>, place: &str) -> Result<Tree> {
        let root = graph.find(&self.root);
        let root = root.ok_or_else(|| Error::damaged(place, format!("its schema has no root table {}", self.root)))?;
        Ok(Tree::grow(graph, root, &exodus_schema::Cuts::default()))
    }

    /// Refuses what is of another version, or does not fit together.
    pub(crate) fn check(&self, place: &str) -> Result<()> {
        if self.version != VERSION {
            return Err(Error::Damaged {
                place: place.to_owned(),
                what: format!(
                    "it is of version {}, and this exodus reads version {VERSION}",
                    self.version
                ),
                help: format!("import it with exodus {}, which wrote it", self.exodus),
            });
        }
        let text = serde_json::to_vec(&self.schema).map_err(unwritten)?;
        if hash(&text) != self.fingerprint {
            return Err(Error::damaged(place, "its schema is not the one it was written with"));
        }
        let graph = Graph::new(&self.schema);
        let tree = self.tree(&graph, place)?;
        let listed: Vec<_> = self.tables.iter().map(|table| &table.table).collect();
        let grown: Vec<_> = tree
            .members()
            .iter()
            .map(|member| &graph.table(member.table).name)
            .collect();
        if listed != grown {
            return Err(Error::damaged(place, "its tables are not those of its schema"));
        }
        let root = graph.table(tree.root());
        if self.root_key.is_empty() || self.root_key.iter().any(|name| root.column(name).is_none()) {
            return Err(Error::damaged(place, "its root table has no such key"));
        }
        for (member, listed) in tree.members().iter().zip(&self.tables) {
            let columns = travelling(&self.schema, member.table);
            let codecs = codecs(&self.schema, member.table)?;
            let expected = codecs
                .iter()
                .zip(columns)
                .map(|(codec, column)| described(codec, column));
            if !expected.eq(listed.columns.iter().cloned()) {
                let what = format!("the columns of {} are not those of its schema", listed.table);
                return Err(Error::damaged(place, what));
            }
        }
        Ok(())
    }
}

fn unwritten(error: serde_json::Error) -> Error {
    Error::File {
        place: "the manifest".to_owned(),
        doing: "writing",
        error: error.into(),
    }
}

fn described(codec: &Codec, column: &Column) -> FileColumn {
    FileColumn {
        name: column.name.clone(),
        native_type: column.native_type.clone(),
        form: format!("{:?}", codec.form()).to_lowercase(),
    }
}

/// The columns that travel.
pub(crate) fn travelling(schema: &Schema, table: TableId) -> impl Iterator<Item = &Column> {
    let columns = schema.tables[table.0].columns.iter();
    columns.filter(|column| column.generated.is_none())
}

/// How the values of the columns that travel are written into a file.
pub(crate) fn codecs(schema: &Schema, table: TableId) -> Result<Vec<Codec>> {
    let name = &schema.tables[table.0].name;
    let one = |column: &Column| {
        codec(schema, column).map_err(|refusal| {
            Error::asked(
                format!("{name}: column {}: {}", column.name, refusal.reason),
                refusal.help,
            )
        })
    };
    travelling(schema, table).map(one).collect()
}

fn codec(schema: &Schema, column: &Column) -> Result<Codec, exodus_engine::value::Refusal> {
    match as_stored(schema.engine, column) {
        Some(plain) => Codec::natural(&End::new(schema.engine, &plain)),
        None => Codec::natural(&End::of(schema, column)),
    }
}

/// The column as one whose values are taken as they are, where its type says less or more of them than is true: columns of
/// SQLite hold values of any kind, and JSON is kept as its text, however deep it is and whatever its numbers.
pub(crate) fn as_stored(engine: Engine, column: &Column) -> Option<Column> {
    let (native_type, kind) = match (engine, column.kind) {
        (Engine::Sqlite, _) => (String::new(), Kind::Other),
        (Engine::Postgres, Kind::Json) => (column.native_type.clone(), Kind::Other),
        (Engine::MySql | Engine::MariaDb, Kind::Json) => ("longtext".to_owned(), Kind::Text),
        _ => return None,
    };
    Some(Column {
        native_type,
        kind,
        charset: (engine != Engine::Sqlite && kind == Kind::Text).then(|| "utf8mb4".to_owned()),
        ..column.clone()
    })
}

/// The client tables, and the tables that they reference, directly or through others, without what these have to do with
/// clients. What was cut stays cut.
fn reduced(shape: Shape<'_>) -> Schema {
    let (graph, tree) = (shape.graph, shape.tree);
    let source = graph.schema();
    let context = context_tables(shape);
    let mut tables = vec![];
    for id in graph.tables() {
        let mut table = graph.table(id).clone();
        table.triggers.clear();
        table.partitions.clear();
        (table.estimated_rows, table.bytes) = (None, None);
        let parent = |relation: &Relation| graph.find(&relation.parent);
        match tree.member(id) {
            None if !context.contains(&id) => continue,
            None => table
                .relations
                .retain(|relation| parent(relation).is_some_and(|parent| context.contains(&parent))),
            Some(member) => {
                let mut at = 0..;
                table.relations.retain(|relation| {
                    let this = at.next();
                    let inside = parent(relation).is_some_and(|parent| tree.contains(parent));
                    let owns = member.owners.iter().any(|owner| Some(owner.at) == this);
                    id == tree.root() || !inside || owns
                });
            }
        }
        tables.push(table);
    }
    tables.sort_by(|one, other| one.name.cmp(&other.name));
    Schema {
        version: source.version,
        engine: source.engine,
        server_version: source.server_version.clone(),
        routines: vec![],
        enums: enums(source, &tables),
        warnings: vec![],
        tables,
    }
}

/// The enumerated types of these tables.
fn enums(source: &Schema, tables: &[Table]) -> BTreeMap<String, Vec<String>> {
    let is_used = |name: &String| {
        let mut columns = tables.iter().flat_map(|table| &table.columns);
        columns.any(|column| column.native_type.trim_end_matches("[]") == name)
    };
    let used = source.enums.iter().filter(|(name, _)| is_used(name));
    used.map(|(name, labels)| (name.clone(), labels.clone())).collect()
}

/// The tables outside of the tree whose rows the client's rows may need.
fn context_tables(shape: Shape<'_>) -> BTreeSet<TableId> {
    let mut found = BTreeSet::new();
    let mut waiting: Vec<TableId> = shape.context_relations().map(|edge| edge.parent).collect();
    while let Some(id) = waiting.pop() {
        if found.insert(id) {
            let above = shape.graph.parents(id).map(|edge| edge.parent);
            waiting.extend(above.filter(|parent| !shape.tree.contains(*parent)));
        }
    }
    found
}
