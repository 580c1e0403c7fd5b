//! A random schema in a style, with the truth about it.

use std::collections::BTreeMap;

use exodus_schema::model::Generator;
use exodus_schema::{Relation, Schema, Table, TableName};

use super::style::Style;
use crate::infer::fixture::{bare_table, column, key, relation, schema};

/// A schema with all its keys, the same with some hidden, and which.
pub(super) struct Made {
    pub(super) root: String,
    pub(super) whole: Schema,
    pub(super) cut: Schema,
    pub(super) hidden: BTreeMap<(TableName, Vec<String>), (TableName, Vec<String>)>,
}

/// A generator of random numbers that gives the same on every machine (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let end = u64::try_from(end).expect("a small number");
        usize::try_from((mixed ^ (mixed >> 31)) % end).expect("a small number")
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

const NOUNS: &[&str] = &[
    "invoice",
    "shipment",
    "person",
    "parcel",
    "policy",
    "claim",
    "contract",
    "delivery",
    "vehicle",
    "driver",
    "course",
    "lesson",
    "pupil",
    "exam",
    "booking",
    "room",
    "hotel",
    "flight",
    "ticket",
    "seat",
    "machine",
    "sensor",
    "reading",
    "alarm",
    "campaign",
    "banner",
    "click",
    "lead",
    "deal",
    "quote",
    "product",
    "variant",
    "category",
    "warehouse",
    "shelf",
    "box",
    "address",
    "country",
    "currency",
    "language",
    "city",
    "branch",
    "account",
    "ledger",
    "posting",
    "receipt",
    "refund",
    "coupon",
    "basket",
    "recipe",
    "dish",
    "menu",
    "medium",
    "album",
    "track",
    "artist",
    "playlist",
    "match",
    "child",
    "message",
    "thread",
    "folder",
    "file",
    "note",
    "task",
    "project",
    "sprint",
    "user",
    "role",
    "badge",
    "device",
    "session",
    "visit",
    "patient",
    "doctor",
    "prescription",
    "dose",
    "test",
    "sample",
];
const FRONTS: &[&str] = &[
    "sales", "press", "night", "city", "field", "cold", "spare", "express", "retail", "bulk", "garden", "river",
    "gold", "silver", "winter", "summer", "paper", "metal", "stone", "royal", "family", "junior", "senior", "mobile",
    "rural",
];
const MODULES: &[&str] = &["core", "crm", "shop", "billing", "wms"];
const ROLES: &[&str] = &[
    "billing",
    "shipping",
    "primary",
    "original",
    "assigned",
    "preferred",
    "source",
    "target",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Client,
    Context,
    Neutral,
    /// A table that nothing refers to, because its key is made of references.
    Leaf,
}

/// A table while it is made.
struct Draft {
    words: String,
    part: Part,
    table: Table,
}

struct Maker<'a> {
    style: &'a Style,
    random: Random,
    drafts: Vec<Draft>,
}

/// Makes a schema of as many tables.
pub(super) fn make(style: &Style, seed: u64, tables: usize) -> Made {
    let mut maker = Maker {
        style,
        random: Random(seed),
        drafts: vec![],
    };
    maker.add("client", Part::Client);
    let mut names: Vec<String> = NOUNS.iter().map(|&noun| noun.to_owned()).collect();
    names.extend(
        FRONTS
            .iter()
            .flat_map(|front| NOUNS.iter().map(move |noun| format!("{front} {noun}"))),
    );
    // Bare nouns are the first tables, so that compounds refer to them and to each other.
    for words in names.iter().take(tables - 3) {
        let part = match maker.random.below(20) {
            0..12 => Part::Client,
            12..17 => Part::Context,
            _ => Part::Neutral,
        };
        maker.add(words, part);
        maker.refer();
        maker.make_leaf();
        maker.add_traps();
    }
    maker.add_oauth();
    maker.finish()
}

impl Maker<'_> {
    fn add(&mut self, words: &str, part: Part) {
        let module = *self.random.pick(MODULES);
        let mut table = bare_table(&self.style.table(module, words));
        let own = self.style.column(&self.style.key.replace("{}", words));
        let mut keys = vec![own.clone()];
        if self.style.composite && part == Part::Client && words != "client" {
            // The client's column is made by the reference that fills it.
            keys.insert(0, self.style.column("client id"));
        }
        let mut made = column(&format!("{own} {}", self.style.key_type));
        made.generator = self.style.key_type.contains("int").then_some(Generator::AutoIncrement);
        table.columns.push(made);
        table.primary_key = Some(key(&keys));
        self.drafts.push(Draft {
            words: words.to_owned(),
            part,
            table,
        });
    }

    /// Gives the last table its references.
    fn refer(&mut self) {
        let at = self.drafts.len() - 1;
        let part = self.drafts[at].part;
        if part == Part::Client {
            let owner = if self.style.composite || self.random.percent(30) {
                0
            } else {
                self.older(Part::Client)
            };
            self.reference(at, owner, false);
            for _ in 0..self.random.below(3) {
                let (parent, role) = (self.older(Part::Client), self.random.percent(30));
                self.reference(at, parent, role);
            }
        }
        for _ in 0..self.random.below(3) {
            let of = if part == Part::Neutral && self.random.percent(50) {
                Part::Neutral
            } else {
                Part::Context
            };
            let (parent, role) = (self.older(of), self.random.percent(20));
            self.reference(at, parent, role);
        }
        if self.random.percent(5) && !self.style.composite {
            let own = self.drafts[at]
                .table
                .primary_key
                .as_ref()
                .expect("a key")
                .columns
                .clone();
            self.add_reference(at, "parent id", at, &own);
        }
    }

    /// Makes the key of some tables out of their references: tables that join two others, and tables that have at most
    /// one row for each row of another.
    fn make_leaf(&mut self) {
        let (joins, extends) = (self.random.percent(8), self.random.percent(6));
        let draft = self.drafts.last_mut().expect("a table");
        let references: Vec<_> = draft.table.relations.iter().flat_map(Relation::child_columns).collect();
        let count = if joins { 2 } else { 1 };
        let own_rows = draft
            .table
            .relations
            .iter()
            .any(|relation| relation.parent == draft.table.name);
        if self.style.composite || own_rows || !(joins || extends) || references.len() < count {
            return;
        }
        let keys: Vec<_> = references.into_iter().take(count).map(str::to_owned).collect();
        draft.table.columns.remove(0);
        draft.table.primary_key = Some(key(&keys));
        draft.part = Part::Leaf;
    }

    /// An older table of a part; the first table where there is none of it.
    fn older(&mut self, part: Part) -> usize {
        let last = self.drafts.len() - 1;
        let of: Vec<usize> = (0..last).filter(|&at| self.drafts[at].part == part).collect();
        if of.is_empty() { last } else { *self.random.pick(&of) }
    }

    fn reference(&mut self, child: usize, parent: usize, role: bool) {
        if child == parent {
            return;
        }
        let mut words = self.drafts[parent].words.clone();
        // A role cannot be told from the name where nothing stands between the words.
        if role && !matches!(self.style.columns, super::style::Case::Glued) {
            words = format!("{} {words}", self.random.pick(ROLES));
        }
        let name = match self.style.root_reference {
            alias if parent == 0 && !alias.is_empty() => alias.to_owned(),
            _ => self.style.reference.replace("{}", &words),
        };
        let keys = self.drafts[parent]
            .table
            .primary_key
            .as_ref()
            .expect("a key")
            .columns
            .clone();
        self.add_reference(child, &name, parent, &keys);
    }

    fn add_reference(&mut self, child: usize, words: &str, parent: usize, keys: &[String]) {
        let name = self.style.column(words);
        let parent_name = self.drafts[parent].table.name.to_string();
        let table = &mut self.drafts[child].table;
        if table.column(&name).is_some() {
            return;
        }
        let mut made = column(&format!("{name} {}", self.style.reference_type));
        made.nullable = words == "parent id";
        table.columns.push(made);
        let mut columns = vec![name];
        if keys.len() > 1 {
            columns.insert(0, keys[0].clone());
        }
        table.relations.push(relation(&columns, &parent_name, keys));
    }

    /// Columns that look like references and are none.
    fn add_traps(&mut self) {
        const TRAPS: &[&[&str]] = &[
            &["external client id varchar(64)"],
            &["stripe client id REF"],
            &["legacy client id REF"],
            &["client name varchar(200)"],
            &["client count integer"],
            &["order integer"],
            &["status smallint"],
            &["version integer"],
            &["owner type varchar(80)", "owner id REF"],
            &["commentable type varchar(80)", "commentable id REF"],
            &["account type varchar(40)"],
            &["tax code varchar(12)"],
            &["paid boolean"],
            &["transaction id varchar(64)"],
            &["github user id REF"],
            &["session timestamp"],
            &["correlation id REF"],
            &["created by REF"],
            &["updated by id REF"],
            &["amount decimal(10,2)"],
        ];
        for _ in 0..self.random.below(5) {
            let trap = *self.random.pick(TRAPS);
            for text in trap {
                let (words, native) = text.rsplit_once(' ').expect("words and a type");
                let native = if native == "REF" {
                    self.style.reference_type
                } else {
                    native
                };
                let name = self.style.column(words);
                let table = &mut self.drafts.last_mut().expect("a table").table;
                if table.column(&name).is_none() {
                    table.columns.push(column(&format!("{name} {native}")));
                }
            }
        }
    }

    /// Two tables whose `client_id` is that of an application.
    fn add_oauth(&mut self) {
        for words in ["oauth access token", "oauth grant"] {
            self.add(words, Part::Neutral);
            let id = self.style.column(&self.style.reference.replace("{}", "client"));
            let native = self.style.reference_type;
            let redirect = self.style.column("redirect uri");
            let table = &mut self.drafts.last_mut().expect("a table").table;
            table.columns.push(column(&format!("{id} {native}")));
            table.columns.push(column(&format!("{redirect} text")));
        }
    }

    /// Hides the keys: all of every fourth client table, and some of the others.
    fn finish(mut self) -> Made {
        let root = self.drafts[0].table.name.to_string();
        let whole: Vec<_> = self.drafts.iter().map(|draft| draft.table.clone()).collect();
        let mut hidden = BTreeMap::new();
        for at in 1..self.drafts.len() {
            let all = self.random.percent(18);
            let table = &mut self.drafts[at].table;
            for relation in std::mem::take(&mut table.relations) {
                if all || self.random.percent(4) {
                    let own = |columns: Vec<&str>| columns.into_iter().map(str::to_owned).collect::<Vec<_>>();
                    let child = (table.name.clone(), own(relation.child_columns().collect()));
                    let parent = (relation.parent.clone(), own(relation.parent_columns().collect()));
                    hidden.insert(child, parent);
                } else {
                    table.relations.push(relation);
                }
            }
        }
        let cut = self.drafts.into_iter().map(|draft| draft.table).collect();
        Made {
            root,
            whole: schema(self.style.engine, whole),
            cut: schema(self.style.engine, cut),
            hidden,
        }
    }
}
