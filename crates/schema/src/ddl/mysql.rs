//! What only MySQL and MariaDB have: options of a table, engines without foreign keys.

use super::cursor::Cursor;
use super::state::{Draft, State};
use crate::name::TableName;

/// Takes one of a table's options.
pub(crate) fn option(cursor: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) -> bool {
    if cursor.is("PARTITION BY") {
        partitions(cursor, draft, state);
        return true;
    }
    let begin = *cursor;
    cursor.take("DEFAULT");
    if cursor.take_any(&["ENGINE", "TYPE"]) {
        cursor.take_sign('=');
        draft.table.storage_engine = cursor.name().map(|name| engine(&name));
    } else if cursor.take_any(&["CHARACTER SET", "CHARSET"]) {
        cursor.take_sign('=');
        draft.charset = cursor.name();
        draft.collation = None;
    } else if cursor.take("COLLATE") {
        cursor.take_sign('=');
        draft.collation = cursor.name();
    } else if cursor.take("COMMENT") {
        cursor.take_sign('=');
        draft.table.comment = cursor.text().filter(|text| !text.is_empty());
    } else if cursor.take_any(&["WITH SYSTEM VERSIONING", "START TRANSACTION"]) {
    } else if cursor.take_any(&["DATA DIRECTORY", "INDEX DIRECTORY"]) {
        cursor.take_sign('=');
        cursor.next();
    } else if is_setting(cursor) {
        cursor.next();
        cursor.take_sign('=');
        cursor.take_sign('-');
        if cursor.group().is_none() {
            cursor.next();
        }
    } else {
        *cursor = begin;
        return false;
    }
    true
}

/// `ROW_FORMAT=DYNAMIC`, or one of those that may go without the sign.
fn is_setting(cursor: &Cursor<'_, '_>) -> bool {
    let named = cursor
        .peek()
        .is_some_and(|token| token.what != super::lexer::What::Sign);
    let sign = cursor.ahead(1).is_some_and(|token| token.is_sign('='));
    let words = [
        "AUTO_INCREMENT",
        "ROW_FORMAT",
        "KEY_BLOCK_SIZE",
        "MAX_ROWS",
        "MIN_ROWS",
        "AVG_ROW_LENGTH",
        "CHECKSUM",
        "DELAY_KEY_WRITE",
        "PACK_KEYS",
        "INSERT_METHOD",
        "UNION",
        "STATS_PERSISTENT",
        "STATS_AUTO_RECALC",
        "STATS_SAMPLE_PAGES",
        "COMPRESSION",
        "ENCRYPTION",
        "PAGE_CHECKSUM",
        "TRANSACTIONAL",
        "SEQUENCE",
        "TABLESPACE",
        "PASSWORD",
        "CONNECTION",
    ];
    named && (sign || cursor.is_any(&words))
}

/// Engines are called as the server spells them.
fn engine(name: &str) -> String {
    let known = [
        "InnoDB",
        "MyISAM",
        "MEMORY",
        "ARCHIVE",
        "CSV",
        "BLACKHOLE",
        "FEDERATED",
        "Aria",
        "MRG_MyISAM",
    ];
    let same = known.iter().find(|known| known.eq_ignore_ascii_case(name));
    match same {
        Some(known) => (*known).to_owned(),
        None if name.eq_ignore_ascii_case("HEAP") => "MEMORY".to_owned(),
        None => name.to_owned(),
    }
}

/// Whether tables of the engine can have foreign keys.
pub(crate) fn bears_foreign_keys(engine: &str) -> bool {
    let bearing = ["InnoDB", "NDB", "NDBCLUSTER", "PBXT"];
    bearing.iter().any(|known| known.eq_ignore_ascii_case(engine))
}

/// `PARTITION BY … (PARTITION p0 …)`, or `PARTITIONS 4` with names that the server gives.
pub(crate) fn partitions(cursor: &mut Cursor<'_, '_>, draft: &mut Draft, state: &mut State) {
    let mut rest = cursor.until(0, |_| false);
    let mut count = None;
    let mut told = vec![];
    while !rest.is_empty() {
        if rest.take("PARTITIONS") {
            count = rest.next().and_then(|token| token.text.parse::<u32>().ok());
        } else if rest.is_sign('(') {
            let items = rest.group().map(|inside| inside.items()).unwrap_or_default();
            let name = |mut item: Cursor<'_, '_>| item.take("PARTITION").then(|| item.name()).flatten();
            told.extend(items.into_iter().filter_map(name));
        } else {
            rest.next();
        }
    }
    // Of more partitions than a server bears, none is believed.
    let count = count.unwrap_or(1).min(8192);
    let made_up = (0..count).map(|number| format!("p{number}"));
    let names: Vec<String> = if told.is_empty() { made_up.collect() } else { told };
    draft.table.partitions = names.into_iter().map(TableName::bare).collect();
    if !draft.foreign_keys.is_empty() {
        draft.foreign_keys.clear();
        state.warn(format!(
            "{} is partitioned, and so has no foreign keys: those declared mean nothing",
            draft.name()
        ));
    }
}

/// A key on as many characters as the column has is a key on the column.
pub(crate) fn drop_full_prefixes(draft: &mut Draft) {
    let columns = &draft.table.columns;
    for part in draft.keys.iter_mut().flat_map(|key| &mut key.parts) {
        let (Some(name), Some(prefix)) = (&part.column, part.prefix) else {
            continue;
        };
        let length = columns.iter().find(|column| column.name == *name).and_then(|column| {
            let (_, rest) = column.native_type.split_once('(')?;
            rest.split(')').next()?.parse::<u64>().ok()
        });
        if length.is_some_and(|length| prefix >= length) {
            part.prefix = None;
        }
    }
}
