//! Relations: foreign keys, and what stands for them.

use serde::{Deserialize, Serialize};

use super::Expression;
use crate::name::TableName;

/// What happens to children when the parent goes or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Checked at the end of the statement, or later where deferred.
    #[default]
    NoAction,
    /// Checked at once.
    Restrict,
    /// Children follow.
    Cascade,
    /// Child columns become NULL.
    SetNull,
    /// Child columns become their default.
    SetDefault,
}

/// When a relation is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deferral {
    /// Always at once.
    #[default]
    NotDeferrable,
    /// At once, unless the session defers it.
    InitiallyImmediate,
    /// At commit.
    InitiallyDeferred,
}

/// Where a relation comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A foreign key of the database.
    #[default]
    Catalogue,
    /// Declared in the configuration; the database does not enforce it.
    Declared,
    /// Guessed from names and types and taken at the user's demand; the database does not enforce it.
    Inferred,
}

/// One column of the child with the column of the parent that it references.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnPair {
    /// Column of the referencing table; the text of `expression` where there is one.
    pub child: String,
    /// Column of the referenced table.
    pub parent: String,
    /// What stands for the child's column; only in declared relations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<Expression>,
}

impl ColumnPair {
    /// Two columns.
    pub fn new(child: impl Into<String>, parent: impl Into<String>) -> Self {
        Self {
            child: child.into(),
            parent: parent.into(),
            expression: None,
        }
    }

    /// An expression over the child's columns, and a column.
    pub fn computed(expression: Expression, parent: impl Into<String>) -> Self {
        Self {
            child: expression.to_string(),
            parent: parent.into(),
            expression: Some(expression),
        }
    }
}

/// A column that says which rows reference by a relation: of a polymorphic link, the one with the type of the parent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Discriminator {
    /// Column of the referencing table.
    pub column: String,
    /// Rows with one of these values reference, others don't; as text, never empty.
    pub values: Vec<String>,
}

impl Discriminator {
    /// No row can have a value of each. Values are taken for different only where every collation does.
    fn excludes(&self, other: &Self) -> bool {
        let plain = |value: &String| {
            let simple = value.chars().all(|c| c.is_ascii_graphic());
            simple.then(|| value.to_ascii_lowercase())
        };
        let differ = |one: &String, other: &String| matches!((plain(one), plain(other)), (Some(a), Some(b)) if a != b);
        self.column == other.column
            && self
                .values
                .iter()
                .all(|one| other.values.iter().all(|two| differ(one, two)))
    }
}

/// A reference from a child table to a parent table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The constraint's name; unique only within its child table, and made up where the engine has none.
    pub name: String,
    /// The referenced table.
    pub parent: TableName,
    /// Paired columns in the order of the constraint.
    pub columns: Vec<ColumnPair>,
    /// Only rows that satisfy all of these reference by it; only in declared relations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<Discriminator>,
    /// ON DELETE.
    #[serde(default)]
    pub on_delete: Action,
    /// ON UPDATE.
    #[serde(default)]
    pub on_update: Action,
    /// When it is checked.
    #[serde(default)]
    pub deferral: Deferral,
    /// The server checks new rows and vouches for old ones (false: NOT VALID, NOT ENFORCED, declared only).
    pub validated: bool,
    /// MATCH FULL: a half-null key is an error instead of exempt.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub match_full: bool,
    /// Where it comes from.
    #[serde(default)]
    pub origin: Origin,
}

impl Relation {
    /// A relation of all rows, with everything else as where nothing is said; the server vouches for it if it is a
    /// foreign key.
    pub fn new(name: impl Into<String>, parent: TableName, columns: Vec<ColumnPair>, origin: Origin) -> Self {
        Self {
            name: name.into(),
            parent,
            columns,
            when: vec![],
            on_delete: Action::default(),
            on_update: Action::default(),
            deferral: Deferral::default(),
            validated: origin == Origin::Catalogue,
            match_full: false,
            origin,
        }
    }

    /// Names of the child's columns in order; of an expression its text.
    pub fn child_columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|pair| pair.child.as_str())
    }

    /// It says the same, under whatever name.
    pub fn is_same_reference(&self, other: &Self) -> bool {
        self.parent == other.parent && self.columns == other.columns && self.when == other.when
    }

    /// No row of the child can reference by both.
    pub fn excludes(&self, other: &Self) -> bool {
        self.when
            .iter()
            .any(|one| other.when.iter().any(|two| one.excludes(two)))
    }

    /// A database could have it as a foreign key: of all rows, by columns.
    pub fn is_plain(&self) -> bool {
        self.when.is_empty() && self.columns.iter().all(|pair| pair.expression.is_none())
    }

    /// ` when type = Post` for people; empty where it is about all rows.
    pub fn condition(&self) -> String {
        let one = |part: &Discriminator| match part.values.as_slice() {
            [value] => format!("{} = {value}", part.column),
            values => format!("{} in ({})", part.column, values.join(", ")),
        };
        match self.when.as_slice() {
            [] => String::new(),
            when => format!(" when {}", when.iter().map(one).collect::<Vec<_>>().join(" and ")),
        }
    }

    /// Names of the parent's columns in order.
    pub fn parent_columns(&self) -> impl ExactSizeIterator<Item = &str> {
        self.columns.iter().map(|pair| pair.parent.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_exclude_each_other_where_every_collation_tells_them_apart() {
        let when = |values: &[&str]| Discriminator {
            column: "type".into(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        };
        assert!(when(&["Post"]).excludes(&when(&["Photo", "Album"])));
        assert!(!when(&["Post", "Album"]).excludes(&when(&["Album"])));
        assert!(!when(&["Post"]).excludes(&when(&["post"])));
        assert!(!when(&["Post"]).excludes(&when(&["Post "])));
        assert!(!when(&["Fee"]).excludes(&when(&["Fée"])));
    }
}
