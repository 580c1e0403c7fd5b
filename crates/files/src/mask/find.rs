//! Which column is meant, and whether it can be masked so.

use exodus_schema::{Column, Edge, Kind, Table, TableId};
use exodus_transfer::Shape;

use super::{DOMAIN, Mask, Masked, Method};
use crate::error::{Error, Result};

/// Shorter tokens would soon be equal for different values.
const LEAST: usize = 8;
/// Where values are unique, tokens of millions have to be.
const LEAST_UNIQUE: usize = 16;
/// As long as a token gets: 96 bits.
const MOST: usize = 24;

pub(super) fn table(shape: Shape<'_>, mask: &Mask) -> Result<TableId> {
    let is_it = |id: &TableId| {
        let name = &shape.graph.table(*id).name;
        *name == mask.table || (mask.table.schema.is_empty() && name.name == mask.table.name)
    };
    let found: Vec<_> = shape.tables().filter(is_it).collect();
    let names = || shape.tables().map(|id| shape.graph.table(id).name.to_string());
    match found[..] {
        [one] => Ok(one),
        [] => Err(Error::asked(
            format!("--mask: the client has no table {}", mask.table),
            nearest(&mask.table.to_string(), names()).map_or_else(
                || "`exodus classify` lists the tables that hold clients' rows; only those are exported".to_owned(),
                |near| format!("did you mean {near}?"),
            ),
        )),
        _ => Err(Error::asked(
            format!("--mask: {} could be a table of several schemas", mask.table),
            "write schema.table.column",
        )),
    }
}

pub(super) fn column<'t>(table: &'t Table, mask: &Mask) -> Result<&'t Column> {
    table.column(&mask.column).ok_or_else(|| {
        let names = table.columns.iter().map(|column| column.name.clone());
        Error::asked(
            format!("--mask: {} has no column {}", table.name, mask.column),
            nearest(&mask.column, names).map_or_else(
                || "`exodus schema` prints the columns of every table".to_owned(),
                |near| format!("did you mean {near}?"),
            ),
        )
    })
}

fn nearest(text: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let text = text.to_lowercase();
    let scored = names.map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &text), name));
    let best = scored
        .filter(|(score, _)| *score >= 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    best.map(|(_, name)| name)
}

pub(super) fn checked(shape: Shape<'_>, id: TableId, column: &Column, mask: &Mask) -> Result<Masked> {
    let table = shape.graph.table(id);
    let refuse = |why: &str, help: &str| {
        Err(Error::asked(
            format!("--mask: {} of {} {why}", column.name, table.name),
            help,
        ))
    };
    if column.generated.is_some() {
        return refuse(
            "is worked out from other columns, so that it is not exported",
            "mask the columns that it is worked out from",
        );
    }
    if ties_rows_together(shape, id, &column.name) {
        return refuse(
            "is part of a key, or of a relation",
            "rows would no longer find each other: mask another column",
        );
    }
    if mask.method == Method::Null {
        if !column.nullable {
            return refuse("must not be NULL", "take hash, or fake-email");
        }
        return Ok(Masked {
            method: mask.method,
            token: 0,
        });
    }
    if column.kind != Kind::Text {
        return refuse("is no text", "take null");
    }
    let fixed = match mask.method {
        Method::FakeEmail => DOMAIN.len(),
        _ => 0,
    };
    let room = length(&column.native_type).map_or(MOST, |length| length.saturating_sub(fixed).min(MOST));
    let is_unique = table.unique_keys.iter().any(|key| key.columns.contains(&column.name));
    if room < if is_unique { LEAST_UNIQUE } else { LEAST } {
        return refuse(
            "is too short for a token that is told from others",
            "take null, or mask it afterwards",
        );
    }
    Ok(Masked {
        method: mask.method,
        token: room,
    })
}

/// Whether rows are told apart, or find each other, by the column. Unique values that are no key of rows may be masked:
/// tokens are as unique as what they stand for.
fn ties_rows_together(shape: Shape<'_>, id: TableId, column: &str) -> bool {
    let table = shape.graph.table(id);
    let in_key = table
        .primary_key
        .iter()
        .chain(table.identity())
        .any(|key| key.columns.iter().any(|one| one == column));
    let is_root_key = id == shape.tree.root() && shape.root_key.iter().any(|one| one == column);
    let as_child = table.relations.iter().any(|relation| {
        let by_when = relation.when.iter().any(|part| part.column == column);
        by_when
            || relation.columns.iter().any(|pair| match &pair.expression {
                Some(expression) => expression.columns().any(|one| one == column),
                None => pair.child == column,
            })
    });
    let references = |edge: &Edge| shape.graph.relation(edge.id).parent_columns().any(|one| one == column);
    in_key || is_root_key || as_child || shape.graph.children(id).any(references)
}

/// The characters that a text of this type may have.
fn length(native_type: &str) -> Option<usize> {
    match native_type.split_once('(') {
        Some((_, behind)) => behind.split(')').next()?.trim().parse().ok(),
        None if native_type == "tinytext" => Some(255),
        None if native_type == "character" || native_type == "\"char\"" => Some(1),
        None => None,
    }
}
