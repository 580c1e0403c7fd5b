//! Schemas and rows to measure with.

use std::fmt::Write as _;

use exodus_schema::Schema;
use exodus_schema::ddl::{self, DdlError};

/// Tables of [`bushy`].
pub const TABLES: usize = 10_000;

/// Each table references an earlier one, so that paths have at most fourteen relations, and itself; every tenth also a
/// second one, by a column that may be NULL.
pub fn bushy() -> String {
    let mut out = String::new();
    for n in 0..TABLES {
        let up = n.saturating_sub(1) / 2;
        // Writing to a String can't fail.
        let _ = write!(
            out,
            "create table t{n} (id integer primary key, up_id integer not null, own_id integer references t{n} (id), \
             other_id integer, name varchar(40), amount decimal(10, 2) default 0"
        );
        if n > 0 {
            let _ = write!(out, ", foreign key (up_id) references t{up} (id)");
        }
        if n % 10 == 9 {
            let _ = write!(out, ", foreign key (other_id) references t{} (id)", n / 3);
        }
        out.push_str(");\n");
    }
    out
}

/// Tables of [`ladder`]: a tree keeps the path of each table, and here they are as long as there are layers.
pub const RUNGS: usize = 1_000;

/// Layers of two tables, each of which references both of the layer above: 2^500 paths lead to the last ones.
pub fn ladder() -> String {
    let mut out = "create table t0 (id integer primary key);\ncreate table t1 (id integer primary key, \
                   a integer not null references t0 (id));\n"
        .to_owned();
    for n in 2..RUNGS {
        let above = (n / 2 - 1) * 2;
        let _ = writeln!(
            out,
            "create table t{n} (id integer primary key, a integer not null references t{above} (id), \
             b integer not null references t{} (id));",
            above + 1
        );
    }
    out
}

/// The schema that such statements make.
pub fn read(ddl: &str) -> Result<Schema, DdlError> {
    ddl::read(ddl, Some(exodus_schema::Engine::Postgres))
}

/// The fields of a GPS point, in the text that databases send: 36 bytes of values.
pub fn point(number: usize) -> Vec<Option<Vec<u8>>> {
    vec![
        Some(number.to_string().into_bytes()),
        Some((number / 50).to_string().into_bytes()),
        Some(b"2026-01-01 10:00:00".to_vec()),
        Some(b"56.94965".to_vec()),
        None,
    ]
}

/// A binary COPY of such rows.
pub fn copied(rows: usize) -> Vec<u8> {
    let mut out = b"PGCOPY\n\xff\r\n\0".to_vec();
    out.extend([0; 8]);
    for number in 0..rows {
        let row = point(number);
        out.extend(length(row.len()).to_be_bytes().split_at(2).1);
        for field in row {
            match field {
                None => out.extend((-1_i32).to_be_bytes()),
                Some(field) => {
                    out.extend(length(field.len()).to_be_bytes());
                    out.extend(field);
                }
            }
        }
    }
    out.extend([0xff, 0xff]);
    out
}

fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}
