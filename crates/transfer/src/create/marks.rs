//! How tables that a move made are told from those that others made under the same names since it died.
//!
//! As long as the move may be undone, the comment of each table that it made ends with a text that no other one has. Where
//! making a table commits at once the text comes with the statement, so that no table of ours is ever without it.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use exodus_engine::Session;
use exodus_schema::create::{self, Object, ObjectKind, Statement};
use exodus_schema::{Engine, Schema, TableName};

use crate::error::Result;
use crate::there::name_there;

/// MySQL's and MariaDB's comments end at 2,048 characters.
const LONGEST: usize = 2_048;

/// The text, and the comments that it is added to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    text: Option<String>,
    comments: BTreeMap<TableName, String>,
}

impl Marks {
    /// For tables that are made from the source's.
    pub(super) fn new(source: &Schema, to: Engine, tables: &[TableName]) -> Self {
        if !to_be_had(to) {
            return Self::default();
        }
        let token = RandomState::new().build_hasher().finish();
        let comment = |name: &TableName| {
            let comment = source.table(name)?.comment.clone().unwrap_or_default();
            Some((name_there(name, source.engine, to), comment))
        };
        Self {
            text: Some(format!(" [made by exodus, whose move has not ended: {token:016x}]")),
            comments: tables.iter().filter_map(comment).collect(),
        }
    }

    /// The comment of a table, marked; `None` for one that can't be.
    fn comment(&self, table: &TableName) -> Option<String> {
        let marked = format!("{}{}", self.comments.get(table)?, self.text.as_ref()?);
        (marked.chars().count() <= LONGEST).then_some(marked)
    }

    /// The same object with its mark.
    pub(super) fn object(&self, mut object: Object) -> Object {
        if object.kind == ObjectKind::Table && self.comment(&object.name).is_some() {
            object.mark.clone_from(&self.text);
        }
        object
    }

    /// The statement, with the mark in it where it makes a table for good.
    pub(super) fn statement(&self, engine: Engine, statement: &Statement) -> String {
        let table = statement
            .makes
            .as_ref()
            .filter(|object| object.kind == ObjectKind::Table);
        let comment = table.and_then(|object| self.comment(&object.name));
        let marked = comment.and_then(|comment| create::with_comment(engine, &statement.sql, &comment));
        marked.unwrap_or_else(|| statement.sql.clone())
    }

    /// What marks the tables once they are made, in the transaction that makes them.
    pub(super) fn afterwards<'a>(
        &'a self,
        engine: Engine,
        tables: &'a [TableName],
    ) -> impl Iterator<Item = String> + 'a {
        let within = tables.iter().filter(move |_| engine == Engine::Postgres);
        within.filter_map(move |table| create::set_comment(engine, table, &self.comment(table)?))
    }
}

/// SQLite's tables have no comments; its one writer makes and commits them at once.
fn to_be_had(engine: Engine) -> bool {
    engine != Engine::Sqlite
}

/// Whether an object that is there is the one that was made.
pub(super) async fn is_ours(target: &mut Session, object: &Object) -> Result<bool> {
    match &object.mark {
        None => Ok(true),
        Some(mark) => Ok(comment(target, &object.name)
            .await?
            .is_some_and(|comment| comment.ends_with(mark))),
    }
}

/// Gives the tables the comments that they are to have.
pub(super) async fn remove(target: &mut Session, objects: &[Object]) -> Result<()> {
    for object in objects {
        let Some(mark) = &object.mark else { continue };
        let marked = comment(target, &object.name).await?;
        let plain = marked.as_deref().and_then(|comment| comment.strip_suffix(mark));
        let engine = target.engine();
        if let Some(sql) = plain.and_then(|plain| create::set_comment(engine, &object.name, plain)) {
            target.execute(&sql).await?;
        }
    }
    Ok(())
}

async fn comment(target: &mut Session, table: &TableName) -> Result<Option<String>> {
    let Some(sql) = target.dialect().table_comment(table) else {
        return Ok(None);
    };
    Ok(target.query(&sql).await?.into_iter().flatten().flatten().next())
}
