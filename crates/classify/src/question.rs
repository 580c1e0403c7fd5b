//! What the rules can ask of the data.
//!
//! The questions are a closed set, so that whoever asks a database (the audit) can answer each of them with a number of
//! passes that is linear in the relations, and so that this crate needs no SQL. Answers hold counts, never values of
//! rows, except for keys where somebody asked to see keys, and for what [`Answer::Values`] says.

use std::collections::BTreeMap;

use exodus_schema::model::{ColumnPair, Discriminator};
use exodus_schema::{Relation, RelationId, TableId};

/// Something to count.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// The rows of a table. Answered by [`Answer::Count`].
    Rows(TableId),
    /// Rows of a client table with no owner, one, or several (DESIGN: a row is owned by every client that owns a parent row it
    /// references through a relation of the tree). Answered by [`Answer::Owners`].
    Owners(TableId),
    /// Rows that have more than one owner by these relations of one client table, taken together: ways that give no
    /// owner don't count, and one way with several parents (its columns aren't unique) may give several. For the root
    /// table the row is an owner of itself besides. Answered by [`Answer::Crossed`].
    Crossed(TableId, Vec<RelationId>),
    /// Rows that reference, by this relation to a client table, a row that nobody owns. Answered by [`Answer::Count`].
    Unowned(RelationId),
    /// Rows whose reference is complete, and those of them without a parent. Answered by [`Answer::Parents`].
    Parents(Reference),
    /// Rows of a table outside the tree by the number of different clients whose rows refer to them by these relations
    /// (of client tables, to it). Answered by [`Answer::Owners`].
    Clients(TableId, Vec<RelationId>),
    /// Rows by the number of these relations of the table that have a value in all columns. Answered by
    /// [`Answer::Owners`], where one is a way.
    Ways(TableId, Vec<RelationId>),
    /// Rows that have the same values, none NULL, in these columns; all columns of a table mean rows that look alike,
    /// and there NULLs are alike. Answered by [`Answer::Groups`].
    Duplicates(TableId, Vec<String>),
    /// Rows of which some columns of the relation are NULL and others are not. Answered by [`Answer::Count`].
    HalfNull(RelationId),
    /// The different values of a column with type names, of at most 200. Answered by [`Answer::Values`].
    Values(TableId, String),
    /// The different values of a column that refers to rows which name types, of at most 200, with these names. Answered
    /// by [`Answer::Types`].
    Types {
        /// The table.
        table: TableId,
        /// Its column.
        column: String,
        /// The table whose rows name types.
        types: TableId,
        /// The column of it that is referred to.
        key: String,
        /// The columns of it that together are the name, in order.
        names: Vec<String>,
    },
    /// The least and the greatest value of an integer column. Answered by [`Answer::Range`].
    Range(TableId, String),
    /// The first and the last point in time in a column. Answered by [`Answer::Span`].
    Span(TableId, String),
    /// How deep the rows of a loop hang below each other by these relations, which form a cycle of tables.
    /// Answered by [`Answer::Loop`].
    Loop(Vec<RelationId>),
    /// Rows of which this text column holds bytes that are no text in its character set. Answered by [`Answer::Count`].
    BrokenText(TableId, String),
    /// Rows of which this text column holds other than ASCII characters, and those of them of which the bytes are UTF-8
    /// although its character set is another one. Answered by [`Answer::Texts`].
    DisguisedText(TableId, String),
    /// Rows of the unique key's columns whose values are taken on the database that the audit compares with.
    /// Answered by [`Answer::Count`]; not at all where there is no other database.
    Collisions(TableId, Vec<String>),
    /// Whether policies hide rows of the table from the role that asks: 1 if they do, 0 if it passes by them. Answered by
    /// [`Answer::Count`]; not at all where the server has no policies.
    Hidden(TableId),
    /// What the database that the audit compares with can't hold of a table. Answered by [`Answer::Misfits`]; not at all
    /// where there is no other database.
    Target(TableId),
    /// The rows whose statistics say that they were inserted, updated or deleted. Answered by [`Answer::Count`]; not at
    /// all where the server keeps none.
    Writes(TableId),
}

/// Columns that reference others, by a relation of the schema or not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// The referencing table.
    pub child: TableId,
    /// Its columns, and those of the parent, in pairs.
    pub columns: Vec<ColumnPair>,
    /// Only rows with these values reference.
    pub when: Vec<Discriminator>,
    /// The referenced table.
    pub parent: TableId,
}

impl Reference {
    /// Columns of all rows of the child.
    pub fn new(child: TableId, columns: Vec<ColumnPair>, parent: TableId) -> Self {
        Self {
            child,
            columns,
            when: vec![],
            parent,
        }
    }

    /// What a relation references.
    pub fn of(relation: &Relation, child: TableId, parent: TableId) -> Self {
        Self {
            child,
            columns: relation.columns.clone(),
            when: relation.when.clone(),
            parent,
        }
    }
}

/// What was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// So many rows.
    Count(u64),
    /// Rows with no owner, one, or several.
    Owners {
        /// Nobody's.
        none: u64,
        /// One client's.
        one: u64,
        /// Several clients'.
        many: u64,
    },
    /// Rows with owners that differ, and between how many different pairs of clients.
    Crossed {
        /// The rows.
        rows: u64,
        /// Different pairs of owners.
        pairs: u64,
    },
    /// References that have a value, and those of them that lead nowhere.
    Parents {
        /// Rows with a value in every column.
        set: u64,
        /// Those without a parent.
        missing: u64,
    },
    /// Groups of rows that are alike.
    Groups {
        /// Groups of two rows or more.
        groups: u64,
        /// Rows in them.
        rows: u64,
    },
    /// The different values with the number of rows of each, most frequent first. They are names of types, written by
    /// the application; a finding may show those that are names of tables.
    Values {
        /// Value and rows.
        values: Vec<(String, u64)>,
        /// There are more.
        more: bool,
    },
    /// The types that rows refer to, most frequent first. The same holds for them as for [`Answer::Values`].
    Types {
        /// Each once.
        types: Vec<TypeRow>,
        /// There are more.
        more: bool,
    },
    /// Least and greatest; `None` without rows.
    Range(Option<(i128, i128)>),
    /// First and last, in seconds since 1970; `None` without rows.
    Span(Option<(i64, i64)>),
    /// Texts that are not all ASCII, and those of them that are UTF-8.
    Texts {
        /// With other characters.
        other: u64,
        /// Of these.
        utf8: u64,
    },
    /// What has no place there, in the order of the columns; none where everything has.
    Misfits(Vec<Misfit>),
    /// What hangs below what.
    Loop {
        /// The longest chain of rows, 0 without references.
        depth: u64,
        /// Rows that are their own ancestors.
        cyclic: u64,
        /// Rows whose parent in the loop has another owner.
        foreign: u64,
    },
}

/// What of a table another database can't hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The column; `None` where it is the table itself.
    pub column: Option<String>,
    /// Why, as half a sentence about it.
    pub why: String,
}

/// A type that rows refer to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeRow {
    /// What the rows refer to it by.
    pub value: String,
    /// Its name, the parts joined by dots; `None` where the reference leads nowhere.
    pub name: Option<String>,
    /// The rows that do.
    pub rows: u64,
}

/// An answer, with what else is known about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What was counted.
    pub answer: Answer,
    /// Only a part of the rows was looked at.
    pub sampled: bool,
    /// Keys of some of the rows in question, where somebody asked to see keys.
    pub keys: Vec<String>,
    /// For each of these rows the keys of the clients that own it, as far as that is known; empty where it isn't.
    pub owners: Vec<Vec<String>>,
}

impl Told {
    /// An answer about all rows, without keys.
    pub fn whole(answer: Answer) -> Self {
        Self {
            answer,
            sampled: false,
            keys: vec![],
            owners: vec![],
        }
    }
}

/// The answers to the questions that could be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    told: BTreeMap<Question, Told>,
    one_client: bool,
}

impl Answers {
    /// No answers yet, about what matters for one client alone.
    pub fn of_one_client() -> Self {
        Self {
            one_client: true,
            ..Self::default()
        }
    }

    /// The answers are about one client alone: that there is no row of some kind says nothing about other clients.
    pub fn are_of_one_client(&self) -> bool {
        self.one_client
    }

    /// Whether a table is known to have no rows at all. What is not found in it is not refuted: the rows may come.
    pub fn has_no_rows(&self, table: TableId) -> bool {
        let none = |question| match self.told.get(&question) {
            Some(told) if told.sampled => false,
            Some(told) => matches!(
                told.answer,
                Answer::Count(0)
                    | Answer::Owners {
                        none: 0,
                        one: 0,
                        many: 0
                    }
            ),
            None => false,
        };
        !self.one_client && (none(Question::Rows(table)) || none(Question::Owners(table)))
    }

    /// The questions whose answers show keys of rows.
    pub fn with_keys(&self) -> Vec<Question> {
        let shown = self.told.iter().filter(|(_, told)| !told.keys.is_empty());
        shown.map(|(question, _)| question.clone()).collect()
    }

    /// Says who owns the rows whose keys are shown.
    pub fn name_owners(&mut self, question: &Question, owners: Vec<Vec<String>>) {
        if let Some(told) = self.told.get_mut(question) {
            told.owners = owners;
        }
    }

    /// Takes an answer in.
    pub fn insert(&mut self, question: Question, told: Told) {
        self.told.insert(question, told);
    }

    /// The answer, if it was asked and told.
    pub fn get(&self, question: &Question) -> Option<&Told> {
        self.told.get(question)
    }

    /// The number of answers.
    pub fn len(&self) -> usize {
        self.told.len()
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }
}
