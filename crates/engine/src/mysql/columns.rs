//! How each type of column is read and written so that its value arrives exactly.
//!
//! Most travel as they are: the text protocol and LOAD DATA share the server's own text form, and texts and bytes travel
//! as stored, in the column's character set, never converted. The types that would lose something are listed here.

use exodus_schema::{Column, Engine};

use super::charsets;
use crate::chunk::{Load, Select};
use crate::dialect::Dialect;

/// `SELECT … FROM … AS t WHERE …`, with texts as they are stored or in UTF-8.
pub(super) fn select(dialect: Dialect, select: &Select, as_stored: bool) -> String {
    let columns: Vec<_> = select
        .columns
        .iter()
        .map(|column| {
            let name = format!("t.{}", dialect.quote(&column.name));
            let mut shown = read(column, &name);
            if !as_stored && is_text(column) {
                shown = charsets::in_utf8(column, &name, &shown);
            }
            select.read(column, shown)
        })
        .collect();
    let select_from = from(dialect, select, &columns.join(", "), "");
    if select.dense && dialect.engine() == Engine::MariaDb {
        format!("{READ_THROUGH} {select_from}")
    } else {
        select_from
    }
}

/// The statement that tells how [`select`] would be carried out; the settings that come with it stay in front.
pub(super) fn explain(dialect: Dialect, wanted: &Select) -> String {
    let sql = select(dialect, wanted, true);
    // MySQL's other forms have no columns.
    let explain = if dialect.engine() == Engine::MySql {
        "EXPLAIN FORMAT=TRADITIONAL"
    } else {
        "EXPLAIN"
    };
    match sql.strip_prefix(READ_THROUGH) {
        Some(sql) => format!("{READ_THROUGH} {explain}{sql}"),
        None => format!("{explain} {sql}"),
    }
}

/// Lets MariaDB read a table through and look its rows up in a hash of the parents' keys. Left to itself it looks every
/// row of an `IN` up by an index, however many there are: 2.5 s for a million rows that are half of their table,
/// against 0.9 s. It is for this statement only, since the server then does so for a few rows as well. The buffer holds
/// some 200,000 keys; with more the table is read through several times.
const READ_THROUGH: &str =
    "SET STATEMENT join_cache_level = 4, join_buffer_size = 16777216, join_buffer_space_limit = 33554432 FOR";

/// `SELECT {what} FROM … AS t WHERE …`; `extra` is appended.
pub(super) fn from(dialect: Dialect, select: &Select, what: &str, extra: &str) -> String {
    format!(
        "SELECT {what} FROM {} AS t WHERE {}{extra}",
        dialect.table(&select.table),
        select.condition
    )
}

/// The expression that reads a column.
fn read(column: &Column, name: &str) -> String {
    match base_type(&column.native_type).as_str() {
        // FLOAT is shown with six digits; as DOUBLE it shows all. Adding zero would lose the sign of -0.
        "float" => format!("{name} * 1e0"),
        // Raw bits are not a number that LOAD DATA reads.
        "bit" => format!("CAST({name} AS UNSIGNED)"),
        "enum" => match stand_in_for_index_0(&column.native_type) {
            Some(stand_in) if !is_wide(column) => format!("CASE WHEN {name} + 0 = 0 THEN '{stand_in}' ELSE {name} END"),
            _ => name.to_owned(),
        },
        // An empty text would be both the empty set and the member ''.
        // The sum would be signed, and wrong beyond 63 members.
        "set" if set_by_number(column) => format!("CAST({name} AS UNSIGNED)"),
        _ => name.to_owned(),
    }
}

/// Whether what is read of a column is text in its character set.
fn is_text(column: &Column) -> bool {
    let base = base_type(&column.native_type);
    match base.as_str() {
        "char" | "varchar" | "enum" => true,
        "set" => !set_by_number(column),
        base => base.ends_with("text"),
    }
}

/// The expression that stores a field; `None` where the field's bytes are assigned as they are.
pub(super) fn write(column: &Column, field: &str) -> Option<String> {
    match base_type(&column.native_type).as_str() {
        "bit" => Some(format!("CAST({field} AS UNSIGNED)")),
        "set" if set_by_number(column) => Some(format!("CAST({field} AS UNSIGNED)")),
        // MySQL refuses JSON from binary text; MariaDB takes binary for the 16 (or 4) bytes of these types.
        "json" | "uuid" | "inet4" | "inet6" => Some(format!("CONVERT({field} USING utf8mb4)")),
        _ if column.charset.as_deref() == Some(ARRIVES_IN_UTF8) => Some(format!("CONVERT({field} USING utf8mb4)")),
        _ => None,
    }
}

/// In the place of a character set: the column's texts arrive in UTF-8, and the server converts them.
const ARRIVES_IN_UTF8: &str = "from utf8mb4";

/// The same load of texts that are all in UTF-8.
pub(super) fn arriving_in_utf8(load: &Load) -> Load {
    let mut load = load.clone();
    for column in &mut load.columns {
        // The bytes of the others are the same.
        let converts = |charset: &str| !["utf8", "utf8mb3", "utf8mb4", "ascii", "binary"].contains(&charset);
        if column.charset.as_deref().is_some_and(converts) {
            column.charset = Some(ARRIVES_IN_UTF8.to_owned());
        }
    }
    load
}

/// Whether a column can be AUTO_INCREMENT. Asked of its type, since the price of not being told would be a changed key.
pub(super) fn may_count(column: &Column) -> bool {
    let base = base_type(&column.native_type);
    !column.nullable && (base.ends_with("int") || ["float", "double"].contains(&base.as_str()))
}

/// Whether the server warns when it stores the error value of this column: MariaDB always does.
pub(super) fn error_value_warns(engine: Engine, column: &Column) -> bool {
    base_type(&column.native_type) == "enum" && (engine == Engine::MariaDb || is_wide(column))
}

/// The first word of a type's text, in lower case.
fn base_type(native_type: &str) -> String {
    let end = native_type
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(native_type.len());
    native_type[..end].to_ascii_lowercase()
}

/// An ENUM's error value has index 0 and shows as '', as the member '' does. The server reads a text of up to five digits
/// that is no member as an index, so this text stores it.
fn stand_in_for_index_0(native_type: &str) -> Option<&'static str> {
    let members = members(native_type);
    ["0", "00", "000", "0000", "00000"]
        .into_iter()
        .find(|zeros| !members.iter().any(|member| member == zeros))
}

/// Where a digit is more than one byte the server does not find the index in it.
fn is_wide(column: &Column) -> bool {
    column
        .charset
        .as_deref()
        .is_some_and(|charset| ["ucs2", "utf16", "utf16le", "utf32"].contains(&charset))
}

fn set_by_number(column: &Column) -> bool {
    members(&column.native_type).iter().any(String::is_empty)
}

/// The members of `enum('a','b''c')`.
pub(crate) fn members(native_type: &str) -> Vec<String> {
    let mut members = vec![];
    let mut current: Option<String> = None;
    let mut chars = native_type.chars().peekable();
    while let Some(c) = chars.next() {
        match &mut current {
            None if c == '\'' => current = Some(String::new()),
            None => {}
            Some(member) if c == '\'' => {
                if chars.next_if_eq(&'\'').is_some() {
                    member.push('\'');
                } else {
                    members.extend(current.take());
                }
            }
            Some(member) => member.push(c),
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_enums_and_sets() {
        assert_eq!(members("enum('a','b''c',',','')"), ["a", "b'c", ",", ""]);
        assert_eq!(members("int(11)"), [""; 0]);
    }

    #[test]
    fn base_types() {
        assert_eq!(base_type("FLOAT(7,3) unsigned"), "float");
        assert_eq!(base_type("bit"), "bit");
        assert_eq!(base_type("json"), "json");
    }

    #[test]
    fn the_stand_in_is_no_member() {
        assert_eq!(stand_in_for_index_0("enum('0','1')"), Some("00"));
        assert_eq!(stand_in_for_index_0("enum('0','00','000','0000','00000')"), None);
    }
}
