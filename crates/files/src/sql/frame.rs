//! What stands around the rows: the transaction, and the settings under which the rows are read as they were written.

use std::fmt::Write as _;

use exodus_schema::{Engine, quote};
use exodus_transfer::{Shape, name_there};

use super::literal::text_literal;
use super::loops::backward;
use crate::format::SqlDialect;
use crate::manifest::Manifest;

/// The begin and the end of a file.
pub(super) struct Frame {
    pub(super) dialect: SqlDialect,
    /// There are rows that reference rows behind them.
    loops: bool,
    /// PostgreSQL: columns with generators, with their tables.
    generated: Vec<(String, String)>,
}

const POSTGRES: &str = r"\set ON_ERROR_STOP on
-- Inside of a transaction (psql -1) this one has begun earlier than this statement.
SELECT now() <> statement_timestamp() AS exodus_inside \gset
\if :exodus_inside
\else
BEGIN;
\endif
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL TimeZone = 'UTC';
SET LOCAL xmloption = content;
-- Triggers that are guarded against copies leave these rows alone. Until the session ends: a setting like this has no way back to NULL.
SET LOCAL exodus.copy = '1';
-- A file that was cut off can't be committed: only its last statement makes this constraint hold.
CREATE TEMPORARY TABLE exodus_end (here int UNIQUE, needed int REFERENCES exodus_end (here) DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP;
INSERT INTO exodus_end VALUES (1, 2);
SET CONSTRAINTS ALL DEFERRED;
";

const POSTGRES_END: &str = r"DELETE FROM exodus_end;
SET CONSTRAINTS ALL IMMEDIATE;
\if :exodus_inside
\else
COMMIT;
\endif
";

const MYSQL: &str = "SET @exodus_sql_mode = @@SESSION.sql_mode, @exodus_time_zone = @@SESSION.time_zone,
    @exodus_checks = @@SESSION.foreign_key_checks, @exodus_client = @@SESSION.character_set_client,
    @exodus_results = @@SESSION.character_set_results, @exodus_connection = @@SESSION.collation_connection;
SET NAMES utf8mb4;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', SESSION time_zone = '+00:00';
-- Triggers that are guarded against copies leave these rows alone.
SET @exodus_copy = 1;
";

const MYSQL_LOOPS: &str = "-- Rows reference rows that come later: foreign keys are not checked for this file.
SET SESSION foreign_key_checks = 0;
";

const MYSQL_END: &str = "COMMIT;
SET SESSION sql_mode = @exodus_sql_mode, SESSION time_zone = @exodus_time_zone, SESSION foreign_key_checks = @exodus_checks,
    SESSION character_set_client = @exodus_client, SESSION character_set_results = @exodus_results,
    SESSION collation_connection = @exodus_connection;
SET @exodus_copy = NULL;
";

const SQLITE: &str = ".bail on
-- As in an import, no trigger fires for these rows: they are as they were.
.dbconfig enable_trigger off
BEGIN IMMEDIATE;
PRAGMA defer_foreign_keys = ON;
";

const SQLITE_END: &str = "COMMIT;
.dbconfig enable_trigger on
";

impl Frame {
    pub(super) fn new(dialect: SqlDialect, shape: Shape<'_>, names: &[String]) -> Self {
        let with_generators = shape.tables().zip(names).flat_map(|(id, name)| {
            let columns = shape.graph.table(id).columns.iter();
            columns
                .filter(|column| column.generator.is_some())
                .map(move |column| (name.clone(), column.name.clone()))
        });
        Self {
            dialect,
            loops: !backward(shape).is_empty(),
            generated: with_generators.collect(),
        }
    }

    /// For people who open the file.
    pub(super) fn title(&self, manifest: &Manifest) -> String {
        let engine = self.dialect.engine(manifest.source);
        let load = match self.dialect {
            SqlDialect::Postgres => "psql -1 -f FILE DATABASE",
            SqlDialect::MySql => "mysql DATABASE < FILE",
            SqlDialect::Sqlite => "sqlite3 DATABASE < FILE",
        };
        let root = name_there(&manifest.root, manifest.source, engine).to_string();
        let mut text = String::new();
        // A comment ends with its line.
        let line = format!(
            "-- One client's rows of {root}, written by exodus {}. Load them: {load}",
            manifest.exodus
        );
        let _ = writeln!(text, "{}", line.replace(['\n', '\r'], " "));
        if !manifest.masked.is_empty() {
            let _ = writeln!(
                text,
                "-- Masked: {}",
                manifest.masked.join(" ").replace(['\n', '\r'], " ")
            );
        }
        text
    }

    pub(super) fn begin(&self) -> String {
        match self.dialect {
            SqlDialect::Postgres => POSTGRES.to_owned(),
            SqlDialect::MySql => {
                let loops = if self.loops { MYSQL_LOOPS } else { "" };
                format!("{MYSQL}{loops}START TRANSACTION;\n")
            }
            SqlDialect::Sqlite => SQLITE.to_owned(),
        }
    }

    pub(super) fn end(&self) -> String {
        match self.dialect {
            SqlDialect::Postgres => {
                let generators: String = self
                    .generated
                    .iter()
                    .map(|(table, column)| generator(table, column))
                    .collect();
                format!("{generators}{POSTGRES_END}")
            }
            SqlDialect::MySql => MYSQL_END.to_owned(),
            SqlDialect::Sqlite => SQLITE_END.to_owned(),
        }
    }
}

/// Moves a generator beyond the rows. In a block, so that `psql` prints nothing.
fn generator(table: &str, column: &str) -> String {
    let body = format!(
        "BEGIN PERFORM setval(s, GREATEST(nextval(s), m)) FROM (SELECT pg_get_serial_sequence({}, {})::regclass AS s, \
         (SELECT max({}) FROM {table}) AS m) AS g WHERE s IS NOT NULL AND m IS NOT NULL; END",
        text_literal(table),
        text_literal(column),
        quote(Engine::Postgres, column),
    );
    // The dollar quote must not stand in a name.
    let mut tag = "$exodus$".to_owned();
    while body.contains(&tag) {
        tag.insert(1, 'x');
    }
    format!("DO {tag} {body} {tag};\n")
}
