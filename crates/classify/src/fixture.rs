//! Schemas for tests, written in a few lines.

use exodus_schema::model::{ColumnPair, Deferral, FORMAT_VERSION, Origin};
use exodus_schema::{Column, Engine, Graph, Key, Kind, Relation, Schema, Table, TableId, TableName, Trigger};

/// Builds a schema. Tables get a column `id` as primary key; a relation adds the columns it needs.
pub(crate) struct Fixture {
    schema: Schema,
}

fn column(name: &str, nullable: bool) -> Column {
    Column {
        name: name.to_owned(),
        native_type: "bigint".to_owned(),
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

pub(crate) fn key(name: &str, columns: &[&str]) -> Key {
    Key {
        name: name.to_owned(),
        columns: columns.iter().map(|&c| c.to_owned()).collect(),
        total: true,
    }
}

fn name(text: &str) -> TableName {
    text.parse().expect("a table name")
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self {
            schema: Schema {
                version: FORMAT_VERSION,
                engine: Engine::Postgres,
                server_version: "15".to_owned(),
                tables: vec![],
                routines: vec![],
                enums: std::collections::BTreeMap::new(),
                warnings: vec![],
            },
        }
    }

    pub(crate) fn engine(mut self, engine: Engine) -> Self {
        self.schema.engine = engine;
        self
    }

    pub(crate) fn table(mut self, table: &str) -> Self {
        self.schema.tables.push(Table {
            name: name(table),
            columns: vec![column("id", false)],
            primary_key: Some(key("pk", &["id"])),
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
        });
        self
    }

    /// `child.column parent[.column]`, NOT NULL; a `?` after the child's column makes it nullable, a `~` deferrable. The
    /// child table is made if it is not there; the parent's column is `id` if not said. The column gets an index. Composite
    /// relations have commas between their columns.
    pub(crate) fn relation(self, text: &str) -> Self {
        let (child, parent) = text.split_once(' ').expect("child.column parent");
        let (child, column_name) = child.rsplit_once('.').expect("child.column");
        let flags: String = column_name.chars().filter(|c| "?~".contains(*c)).collect();
        let columns: Vec<&str> = column_name.trim_end_matches(['?', '~']).split(',').collect();
        let (parent, parent_column) = parent.split_once(':').unwrap_or((parent, "id"));
        let known = |fixture: &Self, table: &str| {
            let table = name(table);
            fixture.schema.tables.iter().any(|t| t.name == table)
        };
        let fixture = if known(&self, child) { self } else { self.table(child) };
        let mut fixture = if known(&fixture, parent) {
            fixture
        } else {
            fixture.table(parent)
        };
        let pairs: Vec<_> = columns.iter().copied().zip(parent_column.split(',')).collect();
        for (column, parent_column) in &pairs {
            fixture.add_column(child, column, flags.contains('?'));
            fixture.add_column(parent, parent_column, false);
        }
        fixture.change(child, |table| {
            table.indexes.push(columns.iter().map(|&c| c.to_owned()).collect());
            let columns_of = pairs.iter().map(|&(child, parent)| ColumnPair::new(child, parent));
            let key = format!("{}_fkey{}", columns.join("_"), table.relations.len());
            table.relations.push(Relation {
                deferral: if flags.contains('~') {
                    Deferral::InitiallyImmediate
                } else {
                    Deferral::NotDeferrable
                },
                ..Relation::new(key, name(parent), columns_of.collect(), Origin::Catalogue)
            });
        })
    }

    fn add_column(&mut self, table: &str, wanted: &str, nullable: bool) {
        let table = self.find(table);
        if table.column(wanted).is_none() {
            table.columns.push(column(wanted, nullable));
        }
    }

    fn find(&mut self, table: &str) -> &mut Table {
        let table = name(table);
        let mut tables = self.schema.tables.iter_mut();
        tables.find(|t| t.name == table).expect("a table of the fixture")
    }

    pub(crate) fn trigger(self, table: &str, trigger: Trigger) -> Self {
        self.change(table, |table| table.triggers.push(trigger))
    }

    pub(crate) fn change(mut self, table: &str, change: impl FnOnce(&mut Table)) -> Self {
        change(self.find(table));
        self
    }

    pub(crate) fn build(mut self) -> Schema {
        self.schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
        self.schema
    }
}

pub(crate) fn id(graph: &Graph<'_>, table: &str) -> TableId {
    graph.find(&name(table)).expect("a table of the fixture")
}
