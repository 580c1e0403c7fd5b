//! The rows of the queries, in the order of their columns.

use crate::introspect::{Cells, Problem};
use crate::name::TableName;

/// A table or a partition.
pub(super) struct TableRow {
    pub(super) table: TableName,
    /// What it is a partition of.
    pub(super) parent: Option<TableName>,
    /// `FOR VALUES …` or `DEFAULT`.
    pub(super) bound: Option<String>,
    pub(super) partition_key: Option<String>,
    /// Storage parameters.
    pub(super) storage: Option<String>,
    pub(super) unlogged: bool,
    pub(super) is_foreign: bool,
    pub(super) inherits: bool,
    pub(super) comment: Option<String>,
}

impl TableRow {
    pub(super) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            table: cells.table()?,
            parent: cells.optional_table()?,
            bound: cells.optional()?,
            partition_key: cells.optional()?,
            storage: cells.optional()?,
            unlogged: cells.flag()?,
            is_foreign: cells.flag()?,
            inherits: cells.flag()?,
            comment: cells.optional()?,
        })
    }
}

/// A column; names are quoted where they have to be.
pub(super) struct ColumnRow {
    pub(super) table: TableName,
    pub(super) name: String,
    pub(super) native_type: String,
    pub(super) collation: Option<String>,
    pub(super) not_null: bool,
    pub(super) not_null_name: Option<String>,
    /// The default, or what it is generated from.
    pub(super) expression: Option<String>,
    /// `stored` or `virtual`.
    pub(super) generated: Option<String>,
    /// `always` or `by default`.
    pub(super) identity: Option<String>,
    pub(super) comment: Option<String>,
}

impl ColumnRow {
    pub(super) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            table: cells.table()?,
            name: cells.text()?,
            native_type: cells.text()?,
            collation: cells.optional()?,
            not_null: cells.flag()?,
            not_null_name: cells.optional()?,
            expression: cells.optional()?,
            generated: cells.optional()?,
            identity: cells.optional()?,
            comment: cells.optional()?,
        })
    }
}

/// A sequence that a column draws from.
pub(super) struct SequenceRow {
    pub(super) name: TableName,
    /// The table and the quoted column it belongs to.
    pub(super) owner: Option<(TableName, String)>,
    pub(super) identity: bool,
    /// Nobody else draws from it.
    pub(super) owned: bool,
    pub(super) native_type: String,
    pub(super) options: String,
}

impl SequenceRow {
    pub(super) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        let name = cells.table()?;
        let owner = cells.optional_table()?;
        let column = cells.optional()?;
        Ok(Self {
            name,
            owner: owner.zip(column),
            identity: cells.flag()?,
            owned: cells.flag()?,
            native_type: cells.text()?,
            options: cells.text()?,
        })
    }
}

/// A type that a user has made.
pub(super) struct TypeRow {
    pub(super) id: String,
    pub(super) name: TableName,
    pub(super) is_domain: bool,
    /// Types that are made of it.
    pub(super) below: Vec<String>,
    /// What follows its name; `None` where it can't be told.
    pub(super) definition: Option<String>,
    /// A constraint of it is not valid, and left out.
    pub(super) partly: bool,
    pub(super) comment: Option<String>,
}

impl TypeRow {
    pub(super) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        let id = cells.text()?;
        let name = cells.table()?;
        let is_domain = cells.text()? == "d";
        let below = cells.optional()?.unwrap_or_default();
        Ok(Self {
            id,
            name,
            is_domain,
            below: below
                .split(',')
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect(),
            definition: cells.optional()?,
            partly: cells.flag()?,
            comment: cells.optional()?,
        })
    }
}

/// A constraint; its name is quoted where it has to be.
pub(super) struct ConstraintRow {
    pub(super) table: TableName,
    pub(super) name: String,
    pub(super) is_foreign_key: bool,
    pub(super) definition: String,
    /// Of a foreign key.
    pub(super) parent: Option<TableName>,
    pub(super) comment: Option<String>,
}

impl ConstraintRow {
    pub(super) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            table: cells.table()?,
            name: cells.text()?,
            is_foreign_key: cells.text()? == "f",
            definition: cells.text()?,
            parent: cells.optional_table()?,
            comment: cells.optional()?,
        })
    }
}

/// An index that no constraint has made.
pub(super) struct IndexRow {
    pub(super) table: TableName,
    /// Quoted where it has to be.
    pub(super) name: String,
    pub(super) definition: String,
    pub(super) valid: bool,
    /// Schema and name, quoted where they have to be.
    pub(super) qualified: String,
    pub(super) comment: Option<String>,
}

impl IndexRow {
    pub(super) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            table: cells.table()?,
            name: cells.text()?,
            definition: cells.text()?,
            valid: cells.flag()?,
            qualified: cells.text()?,
            comment: cells.optional()?,
        })
    }
}

/// Something that must be there before.
pub(super) struct Needed {
    pub(super) kind: String,
    pub(super) identity: String,
    /// The table that needs it; a type may, that several tables have.
    pub(super) table: Option<TableName>,
    pub(super) extension: Option<String>,
}

impl Needed {
    pub(super) fn decode(cells: &mut Cells) -> Result<Self, Problem> {
        Ok(Self {
            kind: cells.text()?,
            identity: cells.text()?,
            table: cells.optional_table()?,
            extension: cells.optional()?,
        })
    }
}
