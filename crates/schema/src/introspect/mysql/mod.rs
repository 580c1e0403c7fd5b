//! MySQL and MariaDB, from `information_schema`.
//!
//! Foreign keys count as validated: the server has no other kind, though a session without checks may have written
//! anything. A trigger is seen only by users who have the TRIGGER privilege on its table.

mod grants;
pub(crate) mod kind;

use std::collections::BTreeMap;

use super::draft::{Draft, Spelling};
use super::rows::{Cells, Problem, Reader};
use super::shape::{ColumnRow, KeyRow, PartitionRow, RelationRow, TriggerRow, action, routine, table};
use super::{Options, ReadError, literal};
use grants::Grants;

use crate::catalogue::Catalogue;
use crate::model::{Action, Engine, Schema, UNSEEN_COLUMNS, UNSEEN_TABLES};
use crate::name::TableName;

/// Reads everything.
pub(super) async fn read<C: Catalogue>(
    mut reader: Reader<'_, C>,
    options: &Options,
) -> Result<Schema, ReadError<C::Error>> {
    let server = |cells: &mut Cells| Ok((cells.text()?, cells.optional()?, cells.number::<u8>()?));
    let (version, current, lower_case) = reader.ask_one("server", include_str!("server.sql"), server).await?;
    let known = reader.ask("schemas", include_str!("schemas.sql"), Cells::text).await?;
    let names = match lower_case {
        0 => Spelling::Exact,
        _ => Spelling::Unicode,
    };
    let scope = Scope::new(current, known, options, names)?;
    let engine = reader.engine;

    let sql = scope.query(include_str!("tables.sql"));
    let mut draft = Draft::new(reader.ask("tables", &sql, table).await?);
    let sql = scope.query(include_str!("partitions.sql"));
    draft.partitions(&reader.ask("partitions", &sql, PartitionRow::decode).await?);
    let sql = scope.query(include_str!("columns.sql"));
    let decode = |cells: &mut Cells| column(cells, engine);
    draft.columns(reader.ask("columns", &sql, decode).await?);
    let sql = scope.query(include_str!("keys.sql"));
    draft.keys(reader.ask("keys", &sql, KeyRow::decode).await?);
    let sql = scope.query(include_str!("relations.sql"));
    let relations = reader.ask("relations", &sql, RelationRow::decode).await?;
    let sql = scope.query(include_str!("actions.sql"));
    let actions = reader.ask("actions", &sql, actions_of).await?;
    draft.relations(with_actions(relations, actions), names, Spelling::Unicode);
    let sql = scope.query(include_str!("triggers.sql"));
    draft.triggers(reader.ask("triggers", &sql, TriggerRow::decode).await?);
    if draft.has_triggers() {
        let sql = scope.query(include_str!("routines.sql"));
        draft.routines = reader.ask("routines", &sql, routine).await?;
    }
    // Without grant tables the question is an error, and everything is allowed.
    if let Ok(rows) = reader.catalogue.rows("SHOW GRANTS").await {
        let lines: Vec<&str> = rows.iter().flatten().flatten().map(String::as_str).collect();
        let triggers = Grants::read(lines.iter().copied(), "TRIGGER");
        draft.warnings.extend(scope.unseen_triggers(&draft, &triggers));
        if !scope.databases().all(|name| grants::shows_all_tables(&lines, name)) {
            draft.warnings.insert(UNSEEN_TABLES.to_owned());
        }
        if scope.hides_columns(&draft, &lines) {
            draft.warnings.insert(UNSEEN_COLUMNS.to_owned());
        }
    }
    Ok(draft.finish(engine, version))
}

/// As [`super::is_granted`].
pub(super) fn is_granted(lines: &[&str], privilege: &str, (database, table): (&str, &str)) -> bool {
    Grants::read(lines.iter().copied(), privilege).cover(database, table)
}

/// Which databases are read, and which of them goes without a name.
struct Scope {
    current: Option<String>,
    schemas: Vec<String>,
}

impl Scope {
    fn new<E: std::error::Error>(
        current: Option<String>,
        known: Vec<String>,
        options: &Options,
        spelling: Spelling,
    ) -> Result<Self, ReadError<E>> {
        // Where case does not count, USE Shop is the database that information_schema calls shop.
        let current = current.map(|name| {
            let same = known.iter().find(|other| spelling.same(other, &name)).cloned();
            same.unwrap_or(name)
        });
        let schemas = match (&current, options.schemas.as_slice()) {
            (Some(current), []) => vec![current.clone()],
            (None, []) => return Err(ReadError::NoDatabase),
            (_, asked) => super::wanted(asked, known)?,
        };
        Ok(Self { current, schemas })
    }

    /// The databases that are read.
    fn databases(&self) -> impl Iterator<Item = &str> {
        self.schemas.iter().map(String::as_str)
    }

    /// The database of a table.
    fn database<'n>(&'n self, name: &'n TableName) -> &'n str {
        match name.schema.as_str() {
            "" => self.current.as_deref().unwrap_or_default(),
            other => other,
        }
    }

    /// Whether some columns of the tables may not be seen.
    fn hides_columns(&self, draft: &Draft, lines: &[&str]) -> bool {
        let showing = grants::showing_columns(lines);
        let seen = |name: &TableName| {
            showing
                .iter()
                .any(|grants| grants.cover(self.database(name), &name.name))
        };
        !draft.tables.keys().all(seen)
    }

    /// Says of which tables the triggers can't be seen.
    fn unseen_triggers(&self, draft: &Draft, grants: &Grants) -> Option<String> {
        const NAMED: usize = 5;
        let unseen = |name: &&TableName| !grants.cover(self.database(name), &name.name);
        let tables: Vec<String> = draft.tables.keys().filter(unseen).map(TableName::to_string).collect();
        let more = match tables.len().checked_sub(NAMED) {
            None | Some(0) => String::new(),
            Some(more) => format!(" and {more} more"),
        };
        let named = tables
            .iter()
            .take(NAMED)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        (!tables.is_empty()).then(|| {
            format!(
                "triggers of {named}{more} can't be seen, if there are any: this user lacks the TRIGGER privilege there; \
                 what they would write or change during a move is not known"
            )
        })
    }

    /// The query with its placeholders filled in. The comparison with the current database is by bytes, because
    /// MariaDB's `information_schema` takes `Shop` and `shop` for equal even where they are two databases.
    fn query(&self, text: &str) -> String {
        let current = self
            .current
            .as_deref()
            .map_or_else(|| "NULL".to_owned(), literal::mysql);
        let schemas = match self.schemas.as_slice() {
            // MariaDB looks up a single name, and scans for a list of one.
            [only] => format!("= {}", literal::mysql(only)),
            many => format!("in ({})", literal::list(many, literal::mysql)),
        };
        let mut out = text.to_owned();
        for column in [
            "TABLE_SCHEMA",
            "REFERENCED_TABLE_SCHEMA",
            "CONSTRAINT_SCHEMA",
            "EVENT_OBJECT_SCHEMA",
            "TRIGGER_SCHEMA",
            "ROUTINE_SCHEMA",
        ] {
            let name = format!("if(cast({column} as binary) = cast({current} as binary), '', {column})");
            out = out.replace(&format!("{{schema:{column}}}"), &name);
            out = out.replace(&format!("{{where:{column}}}"), &format!("{column} {schemas}"));
        }
        out
    }
}

fn column(cells: &mut Cells, engine: Engine) -> Result<ColumnRow, Problem> {
    let mut row = ColumnRow::decode(cells, kind::of)?;
    // MariaDB prints expressions, so that a text is in quotes and NULL is no default at all; MySQL prints texts bare.
    if engine == Engine::MariaDb && row.column.default.as_deref() == Some("NULL") {
        row.column.default = None;
    }
    Ok(row)
}

/// What tells a constraint from every other.
type ConstraintName = (TableName, String);

fn actions_of(cells: &mut Cells) -> Result<(ConstraintName, [Action; 2]), Problem> {
    let name = (cells.table()?, cells.text()?);
    Ok((name, [cells.word(action)?, cells.word(action)?]))
}

fn with_actions(mut rows: Vec<RelationRow>, actions: Vec<(ConstraintName, [Action; 2])>) -> Vec<RelationRow> {
    let actions: BTreeMap<ConstraintName, [Action; 2]> = actions.into_iter().collect();
    for row in &mut rows {
        if let Some([on_delete, on_update]) = actions.get(&(row.child.clone(), row.id.clone())) {
            row.on_delete = *on_delete;
            row.on_update = *on_update;
        }
    }
    rows
}
