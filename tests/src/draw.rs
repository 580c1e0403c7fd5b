//! Random schemas and random rows, drawn so that they shrink.

mod settle;

use exodus_schema::model::{Column, ColumnPair, Discriminator, FORMAT_VERSION, Key, Kind, Origin};
use exodus_schema::{Engine, Relation, Schema, Table, TableName};
use proptest::prelude::*;

use self::settle::Settle;
use crate::oracle::Row;
use crate::sql;

/// The type of all keys of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// Whole numbers from −1 on, zero among them.
    Integer,
    /// Text with characters that need care.
    Text,
    /// UUIDs.
    Uuid,
}

/// A table: whether it has a primary key, and its relations. Table 0 is the root.
#[derive(Clone, Debug)]
pub struct TableDraw {
    key: bool,
    relations: Vec<RelationDraw>,
}

/// A relation to the table of that number.
#[derive(Clone, Debug)]
struct RelationDraw {
    parent: usize,
    optional: bool,
    composite: bool,
    /// Declared, for the rows whose pad is the relation's number, odd or even; the others hold keys all the same.
    typed: bool,
}

impl RelationDraw {
    /// Whether a row references by it, the n-th of its table.
    fn is_of(&self, n: usize, row: &RowDraw) -> bool {
        !self.typed || usize::from(row.pad) == n % 2
    }
}

/// A row before its references are settled.
#[derive(Clone, Debug)]
pub struct RowDraw {
    table: usize,
    /// Which client it is meant for.
    owner: usize,
    /// Which row each relation references; 0 is NULL where that is possible.
    picks: Vec<u16>,
    pad: u8,
}

/// A schema and rows.
#[derive(Clone, Debug)]
pub struct Draw {
    key_type: KeyType,
    tables: Vec<TableDraw>,
    rows: Vec<RowDraw>,
    /// References may go to rows that are meant for somebody else.
    crossing: bool,
}

/// What a draw comes to.
#[derive(Clone, Debug)]
pub struct Case {
    /// The type of all keys.
    pub key_type: KeyType,
    tables: Vec<TableDraw>,
    /// The rows of each table.
    pub rows: Vec<Vec<Row>>,
}

const CLIENTS: usize = 3;
const PICKS: usize = 4;

/// Any schema of two to six tables with up to 40 rows.
pub fn draws(crossing: bool) -> impl Strategy<Value = Draw> {
    let key_type = prop_oneof![Just(KeyType::Integer), Just(KeyType::Text), Just(KeyType::Uuid)];
    (key_type, 2..=6_usize).prop_flat_map(move |(key_type, tables)| {
        let one = |weight| prop::bool::weighted(weight);
        let relation =
            (0..tables, one(0.6), one(0.2), one(0.15)).prop_map(|(parent, optional, composite, typed)| RelationDraw {
                parent,
                optional,
                composite,
                typed,
            });
        let table = (prop::bool::weighted(0.8), prop::collection::vec(relation, 0..=PICKS))
            .prop_map(|(key, relations)| TableDraw { key, relations });
        let row = (
            0..tables,
            0..CLIENTS,
            prop::collection::vec(any::<u16>(), PICKS),
            0..2_u8,
        )
            .prop_map(|(table, owner, picks, pad)| RowDraw {
                table,
                owner,
                picks,
                pad,
            });
        (prop::collection::vec(table, tables), prop::collection::vec(row, 0..=40)).prop_map(
            move |(mut tables, rows)| {
                tables[0].key = true;
                Draw {
                    key_type,
                    tables,
                    rows,
                    crossing,
                }
            },
        )
    })
}

impl Draw {
    /// A schema written as a list of relations per table (`t0?, t1` and `t2+` for a relation of two columns, `t3*` for a
    /// declared one of some rows; a leading `-` leaves out the primary key), with the given rows.
    pub fn parse(key_type: KeyType, tables: &[&str], rows: &[RowDraw]) -> Self {
        let relation = |text: &str| {
            let number = text.trim_start_matches('t').trim_end_matches(['?', '+', '*']);
            RelationDraw {
                parent: number.parse().unwrap_or_else(|_| panic!("{text} is no table")),
                optional: text.contains('?'),
                composite: text.contains('+'),
                typed: text.contains('*'),
            }
        };
        let table = |line: &&str| TableDraw {
            key: !line.starts_with('-'),
            relations: line
                .trim_start_matches('-')
                .split(',')
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(relation)
                .collect(),
        };
        Self {
            key_type,
            tables: tables.iter().map(table).collect(),
            rows: rows.to_vec(),
            crossing: false,
        }
    }

    /// One of [`SHAPES`](crate::shapes::SHAPES) with rows and a type of keys drawn from a seed.
    pub fn shape(tables: &[&str], seed: u32) -> Self {
        let key_type = [KeyType::Integer, KeyType::Text, KeyType::Uuid][seed as usize % 3];
        Self::parse(key_type, tables, &[]).filled(5, seed)
    }

    /// The same schema with `count` rows of each table for each of three clients, drawn from a seed.
    #[must_use]
    pub fn filled(mut self, count: usize, seed: u32) -> Self {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u16::try_from(state >> 16).unwrap_or(0)
        };
        for table in 0..self.tables.len() {
            for at in 0..count * CLIENTS {
                let picks = (0..PICKS).map(|_| next()).collect();
                self.rows.push(RowDraw {
                    table,
                    owner: at % CLIENTS,
                    picks,
                    pad: u8::try_from(next() % 2).unwrap_or(0),
                });
            }
        }
        self
    }

    /// The same, where references may go to rows that are meant for somebody else.
    #[must_use]
    pub fn crossing(mut self) -> Self {
        self.crossing = true;
        self
    }

    /// Settles the references.
    pub fn case(&self) -> Case {
        let mut tables = self.tables.clone();
        for table in &mut tables {
            table.relations.truncate(PICKS);
        }
        // Rows without a key can't be referenced.
        let keyed: Vec<bool> = tables.iter().map(|table| table.key).collect();
        for relation in tables.iter_mut().flat_map(|table| &mut table.relations) {
            if !keyed[relation.parent] {
                relation.parent = 0;
            }
        }
        let settle = Settle {
            draw: self,
            tables: &tables,
            rows: self.rows_with_clients(),
        };
        let rows = settle.rows();
        Case {
            key_type: self.key_type,
            tables,
            rows,
        }
    }

    fn rows_with_clients(&self) -> Vec<RowDraw> {
        let picks = |owner: usize| self.rows.get(owner).map_or(vec![0; PICKS], |row| row.picks.clone());
        let clients = (0..CLIENTS).map(|owner| RowDraw {
            table: 0,
            owner,
            picks: picks(owner),
            pad: 0,
        });
        clients
            .chain(self.rows.iter().filter(|row| row.table != 0).cloned())
            .collect()
    }
}

/// The other column of a key of two: not unique by itself.
fn second(place: usize) -> String {
    (place % 2).to_string()
}

impl Case {
    /// The schema as exodus would read it from a database of this product.
    pub fn schema(&self, engine: Engine) -> Schema {
        let tables = self
            .tables
            .iter()
            .enumerate()
            .map(|(at, draw)| self.table(engine, at, draw))
            .collect();
        Schema {
            version: FORMAT_VERSION,
            engine,
            server_version: String::new(),
            tables,
            routines: vec![],
            enums: std::collections::BTreeMap::new(),
            warnings: vec![],
        }
    }

    fn table(&self, engine: Engine, at: usize, draw: &TableDraw) -> Table {
        let key = |name: &str, nullable| {
            let kind = match self.key_type {
                KeyType::Integer => Kind::Integer,
                KeyType::Uuid if engine != Engine::MySql => Kind::Uuid,
                _ => Kind::Text,
            };
            column(name, sql::key_type(engine, self.key_type), kind, nullable)
        };
        let number = |name: &str, nullable| column(name, "bigint", Kind::Integer, nullable);
        let mut columns = if draw.key {
            vec![key("id", false), number("a", false)]
        } else {
            vec![]
        };
        let mut relations = vec![];
        for (n, relation) in draw.relations.iter().enumerate() {
            let mut pairs = vec![];
            for parent in if relation.composite { &["a", "id"][..] } else { &["id"] } {
                let child = format!("r{n}_{parent}");
                let make = if *parent == "a" {
                    number(&child, relation.optional)
                } else {
                    key(&child, relation.optional)
                };
                columns.push(make);
                pairs.push(ColumnPair::new(child, *parent));
            }
            relations.push(relation_of(&format!("t{at}_r{n}"), relation, n, pairs));
        }
        columns.push(number("pad", false));
        let named = |name: &str, columns: &[&str]| Key {
            name: format!("t{at}_{name}"),
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
            total: true,
        };
        Table {
            name: TableName::bare(format!("t{at}")),
            columns,
            primary_key: draw.key.then(|| named("key", &["id"])),
            unique_keys: if draw.key {
                vec![named("pair", &["a", "id"])]
            } else {
                vec![]
            },
            indexes: vec![],
            relations,
            triggers: vec![],
            partitions: vec![],
            storage_engine: None,
            row_security: false,
            estimated_rows: None,
            bytes: None,
            comment: None,
        }
    }

    /// The key of a client, as people type it.
    pub fn client_key(&self, client: usize) -> String {
        let key = self.rows[0][client][0].clone().unwrap_or_default();
        key.replace('\\', "\\\\").replace(',', "\\,")
    }
}

fn column(name: &str, native_type: &str, kind: Kind, nullable: bool) -> Column {
    Column {
        name: name.into(),
        native_type: native_type.into(),
        kind,
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

fn relation_of(name: &str, draw: &RelationDraw, n: usize, columns: Vec<ColumnPair>) -> Relation {
    let parent = TableName::bare(format!("t{}", draw.parent));
    if !draw.typed {
        return Relation::new(name, parent, columns, Origin::Catalogue);
    }
    let pad = Discriminator {
        column: "pad".to_owned(),
        values: vec![(n % 2).to_string()],
    };
    Relation {
        when: vec![pad],
        ..Relation::new(name, parent, columns, Origin::Declared)
    }
}
