//! The rows that catalogue queries give: the same columns on every engine, so that they are decoded once.
//!
//! Each type here lists the columns of its query, in their order, as its fields.

use super::rows::{Cells, Problem};
use crate::model::{
    Action, Column, Deferral, Enabled, Event, Generated, Generator, Kind, Routine, Table, Timing, Trigger,
};
use crate::name::TableName;

/// `schema, name, storage engine, row security, estimated rows, bytes, comment`.
pub(crate) fn table(cells: &mut Cells) -> Result<Table, Problem> {
    Ok(Table {
        name: cells.table()?,
        storage_engine: cells.non_empty()?,
        row_security: cells.flag()?,
        estimated_rows: cells.optional_number()?,
        bytes: cells.optional_number()?,
        comment: cells.non_empty()?,
        columns: vec![],
        primary_key: None,
        unique_keys: vec![],
        indexes: vec![],
        relations: vec![],
        triggers: vec![],
        partitions: vec![],
    })
}

/// A column and the table it is in; in the query's order.
pub(crate) struct ColumnRow {
    pub(crate) table: TableName,
    pub(crate) column: Column,
}

impl ColumnRow {
    /// `schema, table, name, native type, word for the kind, nullable, default, generator, generated (stored or
    /// virtual), its expression, charset, collation, invisible, text only, comment`.
    pub(crate) fn decode(cells: &mut Cells, kind: impl Fn(&str) -> Kind) -> Result<Self, Problem> {
        let table = cells.table()?;
        let name = cells.text()?;
        let native_type = cells.text()?;
        let kind = kind(&cells.text()?);
        let nullable = cells.flag()?;
        let default = cells.optional()?;
        let generator = optional_word(cells, generator)?;
        let generated = generated(cells)?;
        let column = Column {
            name,
            native_type,
            kind,
            nullable,
            default: default.filter(|_| generated.is_none()),
            generator,
            generated,
            charset: cells.non_empty()?,
            collation: cells.non_empty()?,
            invisible: cells.flag()?,
            text_only: cells.flag()?,
            comment: cells.non_empty()?,
        };
        Ok(Self { table, column })
    }
}

/// What an index is to its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Primary,
    Unique,
    Plain,
}

/// `schema, table, index, role, ordinal, column (NULL: an expression), total, usable for a search`.
pub(crate) struct KeyRow {
    pub(crate) table: TableName,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) ordinal: u32,
    pub(crate) column: Option<String>,
    /// This part takes nothing away from the key's being unique over all rows.
    pub(crate) total: bool,
    /// A search for any value of the column can use this part of the index.
    pub(crate) searchable: bool,
}

impl KeyRow {
    pub(crate) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            table: cells.table()?,
            name: cells.text()?,
            role: cells.word(|word| match word {
                "primary" => Some(Role::Primary),
                "unique" => Some(Role::Unique),
                "plain" => Some(Role::Plain),
                _ => None,
            })?,
            ordinal: cells.number()?,
            column: cells.optional()?,
            total: cells.flag()?,
            searchable: cells.flag()?,
        })
    }
}

/// One column pair of a foreign key: `schema, table, id, name, ordinal, parent's schema, parent, child column, parent
/// column, on delete, on update, deferral, validated, match full, carrier's schema, carrier`.
#[derive(Clone, Debug)]
pub(crate) struct RelationRow {
    pub(crate) child: TableName,
    /// What tells it from the table's other foreign keys.
    pub(crate) id: String,
    /// Absent where the engine has no names for them.
    pub(crate) name: Option<String>,
    pub(crate) ordinal: u32,
    pub(crate) parent: TableName,
    pub(crate) child_column: String,
    /// Absent: the parent's primary key.
    pub(crate) parent_column: Option<String>,
    pub(crate) on_delete: Action,
    pub(crate) on_update: Action,
    pub(crate) deferral: Deferral,
    pub(crate) validated: bool,
    pub(crate) match_full: bool,
    /// The only partition of the child that has the foreign key; absent: the whole table has it.
    pub(crate) carrier: Option<TableName>,
}

impl RelationRow {
    pub(crate) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            child: cells.table()?,
            id: cells.text()?,
            name: cells.optional()?,
            ordinal: cells.number()?,
            parent: cells.table()?,
            child_column: cells.text()?,
            parent_column: cells.optional()?,
            on_delete: cells.word(action)?,
            on_update: cells.word(action)?,
            deferral: cells.word(deferral)?,
            validated: cells.flag()?,
            match_full: cells.flag()?,
            carrier: cells.optional_table()?,
        })
    }
}

/// A trigger and the table it is on.
pub(crate) struct TriggerRow {
    pub(crate) table: TableName,
    pub(crate) trigger: Trigger,
}

impl TriggerRow {
    /// `schema, table, name, timing, events with commas between, per row, enabled, function, language, condition, body`.
    pub(crate) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            table: cells.table()?,
            trigger: Trigger {
                name: cells.text()?,
                timing: cells.word(timing)?,
                events: cells.word(events)?,
                per_row: cells.flag()?,
                enabled: cells.word(enabled)?,
                function: cells.non_empty()?,
                language: cells.non_empty()?,
                condition: cells.non_empty()?,
                body: cells.text()?,
            },
        })
    }
}

/// `schema, name, language, body (NULL: it may not be read)`.
pub(super) fn routine(cells: &mut Cells) -> Result<Routine, Problem> {
    Ok(Routine {
        name: cells.table()?,
        language: cells.non_empty()?,
        body: cells.optional()?.unwrap_or_default(),
    })
}

/// `schema, table, partition's schema, partition, its parent's schema, its parent, holds rows itself`.
pub(crate) struct PartitionRow {
    pub(crate) table: TableName,
    pub(crate) partition: TableName,
    pub(crate) parent: TableName,
    pub(crate) leaf: bool,
}

impl PartitionRow {
    pub(crate) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            table: cells.table()?,
            partition: cells.table()?,
            parent: cells.table()?,
            leaf: cells.flag()?,
        })
    }
}

fn optional_word<T>(cells: &mut Cells, known: fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    let known = |text: String| known(&text).ok_or_else(|| format!("`{text}` means nothing here"));
    cells.non_empty()?.map(known).transpose()
}

fn generated(cells: &mut Cells) -> Result<Option<Generated>, Problem> {
    let stored = optional_word(cells, |word| match word {
        "stored" => Some(true),
        "virtual" => Some(false),
        _ => None,
    })?;
    let expression = cells.optional()?.unwrap_or_default();
    Ok(stored.map(|stored| Generated { stored, expression }))
}

fn generator(word: &str) -> Option<Generator> {
    match word {
        "always" => Some(Generator::IdentityAlways),
        "by-default" => Some(Generator::IdentityByDefault),
        "sequence" => Some(Generator::Sequence),
        "auto-increment" => Some(Generator::AutoIncrement),
        _ => None,
    }
}

/// SQL's own words, as information_schema and SQLite print them.
pub(crate) fn action(word: &str) -> Option<Action> {
    match word {
        "NO ACTION" | "NONE" => Some(Action::NoAction),
        "RESTRICT" => Some(Action::Restrict),
        "CASCADE" => Some(Action::Cascade),
        "SET NULL" => Some(Action::SetNull),
        "SET DEFAULT" => Some(Action::SetDefault),
        _ => None,
    }
}

fn deferral(word: &str) -> Option<Deferral> {
    match word {
        "no" => Some(Deferral::NotDeferrable),
        "immediate" => Some(Deferral::InitiallyImmediate),
        "deferred" => Some(Deferral::InitiallyDeferred),
        _ => None,
    }
}

fn timing(word: &str) -> Option<Timing> {
    match word {
        "BEFORE" => Some(Timing::Before),
        "AFTER" => Some(Timing::After),
        "INSTEAD OF" => Some(Timing::InsteadOf),
        _ => None,
    }
}

/// The events of a trigger, from a list with commas between.
pub(crate) fn events(list: &str) -> Option<Vec<Event>> {
    let event = |word: &str| match word.trim() {
        "INSERT" => Some(Event::Insert),
        "UPDATE" => Some(Event::Update),
        "DELETE" => Some(Event::Delete),
        "TRUNCATE" => Some(Event::Truncate),
        _ => None,
    };
    list.split(',').map(event).collect()
}

fn enabled(word: &str) -> Option<Enabled> {
    match word {
        "O" => Some(Enabled::Origin),
        "A" => Some(Enabled::Always),
        "R" => Some(Enabled::Replica),
        "D" => Some(Enabled::Disabled),
        _ => None,
    }
}
