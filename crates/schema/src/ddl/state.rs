//! The schema as the statements read so far have made it.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor::Written;
use crate::introspect::draft::Spelling;
use crate::introspect::shape::Role;
use crate::model::{Action, Deferral, Engine, Table, Trigger};
use crate::name::TableName;

/// Everything.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) engine: Engine,
    /// The server's version where the file tells it.
    pub(crate) version: Option<String>,
    /// Where names without a schema are looked for, and made in the first of.
    pub(crate) search_path: Vec<String>,
    pub(crate) tables: BTreeMap<TableName, Draft>,
    /// Views, temporary tables, and whatever else statements may speak of as of tables.
    pub(crate) others: BTreeSet<TableName>,
    /// SQLite's virtual tables, whose contents are in tables of similar names.
    pub(crate) virtuals: BTreeSet<String>,
    pub(crate) types: BTreeMap<TableName, UserType>,
    /// PostgreSQL: the dump is of a database that looks at no byte of a text.
    pub(crate) any_bytes: bool,
    pub(crate) routines: Vec<super::program::Known>,
    /// In which schema the extensions' types are.
    pub(crate) extensions: Option<String>,
    /// MySQL: the character set of the database, if the file tells it.
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
    /// What can't be read or used, with the line.
    pub(crate) warnings: BTreeSet<(usize, String)>,
    /// The line of the statement at hand.
    pub(crate) line: usize,
}

/// A table that is being made.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) table: Table,
    pub(crate) keys: Vec<Key>,
    pub(crate) foreign_keys: Vec<ForeignKey>,
    pub(crate) triggers: Vec<DraftTrigger>,
    /// The table that it is a partition of.
    pub(crate) partition_of: Option<TableName>,
    /// The line of the statement that makes it.
    pub(crate) line: usize,
    pub(crate) rows: Rows,
    pub(crate) without_rowid: bool,
    pub(crate) strict: bool,
    /// MySQL: what its text columns have unless they say otherwise.
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
}

/// Where a table's rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// In the table.
    Here,
    /// In its partitions.
    InPartitions,
    /// On another server.
    Elsewhere,
}

/// An index or key constraint.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// Empty until one is made up.
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) parts: Vec<Part>,
    /// It is over all rows and in force.
    pub(crate) total: bool,
    /// Searches use it.
    pub(crate) searchable: bool,
    /// PostgreSQL: on a partitioned table alone; it comes into force when each partition has attached its own. So many have.
    pub(crate) attached: Option<usize>,
    /// It was made for a foreign key that had none, and goes when a better one comes (MySQL).
    pub(crate) implied: bool,
}

/// A column or expression of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Absent: an expression.
    pub(crate) column: Option<String>,
    /// The number of characters it is on, if not all.
    pub(crate) prefix: Option<u64>,
    /// DESC.
    pub(crate) descending: bool,
    /// SQLite: the collation, where it is not the column's.
    pub(crate) collation: Option<String>,
}

impl Part {
    pub(crate) fn column(name: impl Into<String>) -> Self {
        Self {
            column: Some(name.into()),
            prefix: None,
            descending: false,
            collation: None,
        }
    }
}

/// A REFERENCES clause.
#[derive(Clone, Debug)]
pub(crate) struct ForeignKey {
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) parent: TableName,
    /// Empty: the primary key.
    pub(crate) parent_columns: Vec<String>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    pub(crate) deferral: Deferral,
    pub(crate) validated: bool,
    pub(crate) match_full: bool,
    /// The line of the statement that makes it.
    pub(crate) line: usize,
}

/// A trigger whose function may not be known yet.
#[derive(Clone, Debug)]
pub(crate) struct DraftTrigger {
    pub(crate) trigger: Trigger,
    /// PostgreSQL: the function.
    pub(crate) function: Option<Written>,
    /// The line of the statement that makes it.
    pub(crate) line: usize,
}

/// A type that users made.
#[derive(Clone, Debug)]
pub(crate) enum UserType {
    /// With its labels, in their order.
    Enum(Vec<String>),
    /// A composite or range type.
    Composite,
    /// A type with a form of its own, as extensions bring them.
    Base,
    Domain(Domain),
}

/// A domain, followed to the type under it.
#[derive(Clone, Debug)]
pub(crate) struct Domain {
    pub(crate) kind: crate::model::Kind,
    pub(crate) text_only: bool,
    pub(crate) not_null: bool,
    pub(crate) collation: Option<String>,
}

impl State {
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            version: None,
            search_path: match engine {
                Engine::Postgres => vec!["public".to_owned()],
                _ => vec![],
            },
            tables: BTreeMap::new(),
            others: BTreeSet::new(),
            virtuals: BTreeSet::new(),
            types: BTreeMap::new(),
            any_bytes: false,
            routines: vec![],
            extensions: None,
            charset: None,
            collation: None,
            warnings: BTreeSet::new(),
            line: 1,
        }
    }

    pub(crate) fn is_mysql(&self) -> bool {
        matches!(self.engine, Engine::MySql | Engine::MariaDb)
    }

    /// The server's major version, if the file tells it.
    pub(crate) fn major(&self) -> Option<u32> {
        let digits: String = self
            .version
            .as_ref()?
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse().ok()
    }

    pub(crate) fn warn(&mut self, what: impl std::fmt::Display) {
        self.warnings.insert((self.line, format!("line {}: {what}", self.line)));
    }

    /// How names are compared when no table is called exactly so.
    pub(crate) fn spelling(&self) -> Spelling {
        match self.engine {
            Engine::Postgres => Spelling::Exact,
            Engine::MySql | Engine::MariaDb => Spelling::Unicode,
            Engine::Sqlite => Spelling::Ascii,
        }
    }

    /// The name of something that is made now.
    pub(crate) fn new_name(&self, written: &Written) -> TableName {
        let schema = match (&written.schema, self.engine) {
            (_, Engine::Sqlite) => String::new(),
            (Some(schema), _) => schema.clone(),
            (None, Engine::Postgres) => self.first_schema(),
            (None, _) => self.search_path.first().cloned().unwrap_or_default(),
        };
        TableName::new(schema, written.name.clone())
    }

    /// Where a name without a schema is made.
    pub(crate) fn first_schema(&self) -> String {
        self.search_path.first().cloned().unwrap_or_else(|| "public".to_owned())
    }

    /// The table that is meant; where there is none, the name it would have.
    pub(crate) fn find(&self, written: &Written) -> TableName {
        self.existing(written).unwrap_or_else(|| self.new_name(written))
    }

    /// The table that is meant, if there is one.
    pub(crate) fn existing(&self, written: &Written) -> Option<TableName> {
        let exact = self.new_name(written);
        if self.tables.contains_key(&exact) {
            return Some(exact);
        }
        if written.schema.is_none() {
            let on_path = |schema: &String| Some(TableName::new(schema.clone(), written.name.clone()));
            let found = self.search_path.iter().filter_map(on_path);
            if let Some(found) = found.into_iter().find(|name| self.tables.contains_key(name)) {
                return Some(found);
            }
        }
        let spelling = self.spelling();
        let same =
            |name: &&TableName| spelling.same(&name.schema, &exact.schema) && spelling.same(&name.name, &exact.name);
        self.tables.keys().find(same).cloned()
    }

    /// Whether the name is of a view or of something else that is no table of the schema.
    pub(crate) fn is_other(&self, written: &Written) -> bool {
        let exact = self.new_name(written);
        let spelling = self.spelling();
        self.others.contains(&exact) || self.others.iter().any(|name| spelling.same(&name.name, &exact.name))
    }

    /// The user's type that is meant.
    pub(crate) fn user_type(&self, written: &Written) -> Option<(&TableName, &UserType)> {
        let schemas: Vec<&str> = match &written.schema {
            Some(schema) => vec![schema.as_str()],
            None => self.search_path.iter().map(String::as_str).chain(["public"]).collect(),
        };
        let named = |schema: &&str| self.types.get_key_value(&TableName::new(*schema, written.name.clone()));
        schemas.iter().find_map(named)
    }

    /// Takes a table out to change it; its name stays, so that it can be referred to meanwhile.
    pub(crate) fn take(&mut self, name: &TableName) -> Option<Draft> {
        let place = self.tables.get_mut(name)?;
        Some(std::mem::replace(place, Draft::new(name.clone())))
    }

    /// Gives a table another name; what refers to it follows.
    pub(crate) fn rename_table(&mut self, old: &TableName, new: &TableName) {
        let Some(mut draft) = self.tables.remove(old) else {
            return;
        };
        draft.table.name = new.clone();
        if self.is_mysql() {
            // Names that the server made up follow.
            let prefix = format!("{}_ibfk_", old.name);
            for name in draft.foreign_keys.iter_mut().filter_map(|key| key.name.as_mut()) {
                if let Some(number) = name.strip_prefix(&prefix) {
                    *name = format!("{}_ibfk_{number}", new.name);
                }
            }
        }
        self.tables.insert(new.clone(), draft);
        for draft in self.tables.values_mut() {
            for key in draft.foreign_keys.iter_mut().filter(|key| key.parent == *old) {
                key.parent = new.clone();
            }
            if draft.partition_of.as_ref() == Some(old) {
                draft.partition_of = Some(new.clone());
            }
        }
    }

    /// Takes a table away; the foreign keys to it stay or go with it.
    pub(crate) fn drop_table(&mut self, name: &TableName, cascade: bool) {
        self.tables.remove(name);
        let parts: Vec<TableName> = self
            .tables
            .iter()
            .filter(|(_, draft)| draft.partition_of.as_ref() == Some(name))
            .map(|(name, _)| name.clone())
            .collect();
        for part in parts {
            self.drop_table(&part, cascade);
        }
        if cascade {
            for draft in self.tables.values_mut() {
                draft.foreign_keys.retain(|key| key.parent != *name);
            }
        }
    }
}

impl Draft {
    pub(crate) fn new(name: TableName) -> Self {
        Self {
            table: Table {
                name,
                columns: vec![],
                primary_key: None,
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
            },
            keys: vec![],
            foreign_keys: vec![],
            triggers: vec![],
            partition_of: None,
            line: 0,
            rows: Rows::Here,
            without_rowid: false,
            strict: false,
            charset: None,
            collation: None,
        }
    }

    pub(crate) fn name(&self) -> &TableName {
        &self.table.name
    }

    pub(crate) fn primary(&self) -> Option<&Key> {
        self.keys.iter().find(|key| key.role == Role::Primary)
    }

    /// The column that is meant, by its place.
    pub(crate) fn column(&self, name: &str, spelling: Spelling) -> Option<usize> {
        let columns = &self.table.columns;
        let exact = columns.iter().position(|column| column.name == name);
        exact.or_else(|| columns.iter().position(|column| spelling.same(&column.name, name)))
    }

    /// The table's own spelling of a column.
    pub(crate) fn spelled(&self, name: &str, spelling: Spelling) -> String {
        let at = self.column(name, spelling);
        at.map_or_else(|| name.to_owned(), |at| self.table.columns[at].name.clone())
    }

    /// Columns of a primary key are never NULL.
    pub(crate) fn require(&mut self, columns: &[String], spelling: Spelling) {
        for name in columns {
            if let Some(at) = self.column(name, spelling) {
                self.table.columns[at].nullable = false;
            }
        }
    }
}

impl Key {
    pub(crate) fn new(role: Role, parts: Vec<Part>) -> Self {
        Self {
            name: String::new(),
            role,
            parts,
            total: true,
            searchable: true,
            attached: None,
            implied: false,
        }
    }

    /// The columns it is on.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.parts.iter().filter_map(|part| part.column.clone()).collect()
    }
}
