//! Reading keys, and the columns that reference them.

use exodus_engine::{Dialect, Error as EngineError, ErrorKind, Match, Matched, ScanRow, Session};
use exodus_schema::{Column, Table, TableId};
use xxhash_rust::xxh3::Xxh3;

use super::levels::{Levels, Value};
use crate::error::Result;
use crate::loops::Constraint;
use crate::shape::Rows;

/// Columns by which rows of a table are referenced, and how they are compared.
#[derive(Debug, PartialEq, Eq)]
struct Kind {
    part: usize,
    columns: Vec<String>,
    how: Vec<Match>,
}

/// Places of fields, and how they are compared.
type Places = Vec<(usize, Match)>;

/// What is read of one table: expressions in the order of the fields.
#[derive(Debug, Default)]
struct Fields {
    sql: Vec<String>,
    /// By kind, its fields.
    keys: Vec<(usize, Places)>,
    /// By constraint and kind, its fields.
    wanted: Vec<(usize, usize, Places)>,
}

/// Adds the client's rows of all tables. Returns the columns that identify each table's rows, as SQL.
pub(super) async fn all(
    connection: &mut Session,
    rows: &Rows<'_>,
    tables: &[TableId],
    constraints: &[&Constraint<'_>],
    levels: &mut Levels,
) -> Result<Vec<String>> {
    let kinds = kinds(rows, tables, constraints);
    let mut identities = vec![];
    for (part, &id) in tables.iter().enumerate() {
        let table = rows.shape.graph.table(id);
        let identity = identity(connection, table)?;
        let fields = fields(rows, table, &identity, (part, tables), constraints, &kinds);
        let names = identity.iter().map(|column| column.name.as_str());
        identities.push(rows.dialect.columns("t", names));
        let sql = format!(
            "SELECT {} FROM {} AS t WHERE {}",
            fields.sql.join(", "),
            rows.dialect.table(&table.name),
            rows.mine.of(id),
        );
        let doing = format!("reading keys of {}", table.name);
        let mut failed = None;
        let mut each = |row: &ScanRow<'_>| {
            if failed.is_none() {
                failed = add(rows.dialect, part, &identity, &fields, row, levels).err();
            }
        };
        connection.stream(&doing, &sql, fields.sql.len(), &mut each).await?;
        match failed {
            Some(Failed::Sorting(error)) => return Err(error.into()),
            Some(Failed::Key) => {
                let doing = format!("naming rows of {} by their key", table.name);
                return Err(EngineError::new(ErrorKind::Unsupported, connection.name(), doing)
                    .help("its key has values that can't be written as SQL: use --integrity proven")
                    .into());
            }
            None => {}
        }
    }
    Ok(identities)
}

/// The columns that identify a row.
fn identity<'t>(connection: &Session, table: &'t Table) -> Result<Vec<&'t Column>> {
    let columns = table.identity().map_or(&[][..], |key| key.columns.as_slice());
    let columns: Vec<&Column> = columns.iter().filter_map(|name| table.column(name)).collect();
    if !columns.is_empty() {
        return Ok(columns);
    }
    let doing = format!("putting the rows of {} in order", table.name);
    Err(EngineError::new(ErrorKind::Unsupported, connection.name(), doing)
        .because("it is part of a loop and has no primary key")
        .help("give the table a primary key, or use --integrity proven")
        .into())
}

/// How the source compares the columns of a constraint; `None` where it lacks one of them.
fn compared<'t>(rows: &Rows<'t>, constraint: &Constraint<'_>) -> Option<Vec<(&'t Column, &'t Column, Match)>> {
    let graph = rows.shape.graph;
    let (child, parent) = (graph.table(constraint.child), graph.table(constraint.parent));
    let pairs = constraint.relation.columns.iter().map(|pair| {
        let (child, parent) = (child.column(&pair.child)?, parent.column(&pair.parent)?);
        Some((child, parent, rows.dialect.matching(child, parent)))
    });
    pairs.collect()
}

fn kind_of(rows: &Rows<'_>, tables: &[TableId], constraint: &Constraint<'_>) -> Option<Kind> {
    let pairs = compared(rows, constraint)?;
    Some(Kind {
        part: tables.iter().position(|&table| table == constraint.parent)?,
        columns: pairs.iter().map(|(_, parent, _)| parent.name.clone()).collect(),
        how: pairs.iter().map(|(_, _, how)| *how).collect(),
    })
}

fn kinds(rows: &Rows<'_>, tables: &[TableId], constraints: &[&Constraint<'_>]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = vec![];
    for constraint in constraints {
        if let Some(kind) = kind_of(rows, tables, constraint).filter(|kind| !kinds.contains(kind)) {
            kinds.push(kind);
        }
    }
    kinds
}

fn fields(
    rows: &Rows<'_>,
    table: &Table,
    identity: &[&Column],
    (part, tables): (usize, &[TableId]),
    constraints: &[&Constraint<'_>],
    kinds: &[Kind],
) -> Fields {
    let dialect = rows.dialect;
    let mut fields = Fields::default();
    fields
        .sql
        .extend(identity.iter().map(|column| dialect.key_text("t", column)));
    let name = |column: &str| format!("t.{}", dialect.quote(column));
    for (at, kind) in kinds.iter().enumerate().filter(|(_, kind)| kind.part == part) {
        let alone = kind.columns.len() == 1;
        let mut of = vec![];
        for (column, how) in kind.columns.iter().zip(&kind.how) {
            let Some(found) = table.column(column) else { continue };
            let unique = alone && is_unique(table, column);
            of.push((fields.sql.len(), *how));
            let read = dialect.matched(&name(column), *how, (&table.name, found), unique);
            fields.sql.push(read);
        }
        fields.keys.push((at, of));
    }
    for (at, constraint) in constraints.iter().enumerate() {
        if constraint.child != tables[part] {
            continue;
        }
        let Some(pairs) = compared(rows, constraint) else {
            continue;
        };
        let kind = kind_of(rows, tables, constraint);
        let Some(kind) = kinds.iter().position(|known| Some(known) == kind.as_ref()) else {
            continue;
        };
        let parent_table = rows.shape.graph.table(constraint.parent);
        let mut of = vec![];
        for (child, parent, how) in pairs {
            of.push((fields.sql.len(), how));
            let read = dialect.matched(&name(&child.name), how, (&parent_table.name, parent), false);
            fields.sql.push(read);
        }
        fields.wanted.push((at, kind, of));
    }
    fields
}

fn is_unique(table: &Table, column: &str) -> bool {
    let mut keys = table.primary_key.iter().chain(&table.unique_keys);
    keys.any(|key| key.total && key.columns == [column])
}

enum Failed {
    Sorting(EngineError),
    /// A key that no literal can stand for.
    Key,
}

fn add(
    dialect: Dialect,
    part: usize,
    identity: &[&Column],
    fields: &Fields,
    row: &ScanRow<'_>,
    levels: &mut Levels,
) -> Result<(), Failed> {
    let mut literals = Vec::with_capacity(identity.len());
    for (column, field) in identity.iter().zip(row) {
        let text = dialect.text_of(field.ok_or(Failed::Key)?);
        literals.push(dialect.literal(column, &text).map_err(|_| Failed::Key)?);
    }
    let name = format!("({})", literals.join(", "));
    let keys: Vec<_> = fields
        .keys
        .iter()
        .map(|(kind, of)| (*kind, value(dialect, of, row)))
        .collect();
    let number = levels.add(part, name.as_bytes(), &keys).map_err(Failed::Sorting)?;
    for (constraint, kind, of) in &fields.wanted {
        if let Some(value) = value(dialect, of, row) {
            levels
                .want(number, *constraint, *kind, value)
                .map_err(Failed::Sorting)?;
        }
    }
    Ok(())
}

/// The value of a key in a row; `None` where a field is NULL, since such a key neither references nor is referenced.
fn value(dialect: Dialect, of: &[(usize, Match)], row: &ScanRow<'_>) -> Option<Value> {
    let matched = |&(at, how): &(usize, Match)| Some(dialect.same_bytes(how, row.get(at).copied().flatten()?));
    let fields: Vec<Matched<'_>> = of.iter().map(matched).collect::<Option<_>>()?;
    if let [Matched::Whole(number)] = fields[..] {
        return Some(Value::Whole(number));
    }
    let mut hash = Xxh3::new();
    for field in &fields {
        match field {
            Matched::Whole(number) => {
                hash.update(b"i");
                hash.update(&number.to_le_bytes());
            }
            Matched::Bytes(bytes) => {
                hash.update(b"b");
                hash.update(&(bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            }
        }
    }
    Some(Value::Digest(hash.digest128()))
}
