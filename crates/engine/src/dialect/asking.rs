//! How the audit's questions are written for each product.

use std::borrow::Cow;
use std::time::Duration;

use exodus_schema::{Column, Engine, Kind, Table, TableName};

use super::Dialect;

/// How the two columns of a reference are read so that the values that the product takes for equal have equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Match {
    /// Both are whole numbers.
    Whole,
    /// As they are.
    Plain,
    /// Texts, as bytes, without the blanks at the end that the comparison doesn't see.
    Text,
    /// Exact numbers, written without needless zeros.
    Number,
    /// By a collation, or with types that differ: every value is stood in for by the least of the parent's values that
    /// equal it, which costs a look-up in the parent.
    StandIn,
}

/// A field as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matched<'a> {
    /// A whole number.
    Whole(i64),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
}

/// How texts are found that are no texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrokenText {
    /// By a condition on the rows.
    Condition(String),
    /// There can be none, if this query says so with `1`.
    NeverIf(&'static str),
    /// Somebody has to read this expression, whose fields then are bytes behind a tag.
    Read(String),
}

/// Every character of UTF-8, in hexadecimal.
const UTF8_IN_HEX: [&str; 8] = [
    "[0-7][0-9a-f]",
    "(c[2-9a-f]|d[0-9a-f])[89ab][0-9a-f]",
    "e0[ab][0-9a-f][89ab][0-9a-f]",
    "e[1-9a-cef]([89ab][0-9a-f]){2}",
    "ed[89][0-9a-f][89ab][0-9a-f]",
    "f0[9ab][0-9a-f]([89ab][0-9a-f]){2}",
    "f[1-3]([89ab][0-9a-f]){3}",
    "f48[0-9a-f]([89ab][0-9a-f]){2}",
];

/// Which rows a sample takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Stands behind the table's alias, with a blank before it.
    pub clause: String,
    /// A condition on the rows.
    pub condition: Option<String>,
}

impl Dialect {
    /// How a child's column and the parent's are compared by their bytes.
    pub fn matching(self, child: &Column, parent: &Column) -> Match {
        let same_type = self.same_type(&child.native_type, &parent.native_type);
        let both = |kind| child.kind == kind && parent.kind == kind;
        if both(Kind::Integer) {
            return Match::Whole;
        }
        match self.engine {
            Engine::Postgres => postgres_match(child, parent, same_type),
            Engine::Sqlite if same_type && child.collation.is_none() && parent.collation.is_none() => Match::Plain,
            Engine::Sqlite => Match::StandIn,
            Engine::MySql | Engine::MariaDb => mysql_match(child, parent, same_type),
        }
    }

    /// The expression that reads a value (SQL) in that way; `parent` is the referenced column, and `unique` says that the
    /// value is that one itself and has no equal values.
    pub fn matched(
        self,
        name: &str,
        how: Match,
        (parent_table, parent): (&TableName, &Column),
        unique: bool,
    ) -> String {
        match (self.engine, how) {
            (Engine::Postgres, Match::Whole) => format!("{name}::bigint"),
            (Engine::Postgres, Match::Text) => format!("{name}::text"),
            (Engine::Postgres, Match::Number) => format!("pg_catalog.trim_scale({name}::numeric)::text"),
            (Engine::MySql | Engine::MariaDb, Match::Text) => format!("TRIM(TRAILING ' ' FROM {name})"),
            (_, Match::StandIn) if unique => self.stand_in(name),
            (_, Match::StandIn) => format!(
                "(SELECT MIN({}) FROM {} AS z WHERE z.{} = {name})",
                self.stand_in(&format!("z.{}", self.quote(&parent.name))),
                self.table(parent_table),
                self.quote(&parent.name),
            ),
            _ => name.to_owned(),
        }
    }

    fn stand_in(self, name: &str) -> String {
        match self.engine {
            Engine::Postgres => format!("{name}::text COLLATE pg_catalog.\"C\""),
            Engine::Sqlite => format!("{name} COLLATE BINARY"),
            Engine::MySql | Engine::MariaDb => format!("CAST({name} AS BINARY)"),
        }
    }

    /// What a field read by [`matched`](Self::matched) is compared as.
    pub fn same_bytes(self, how: Match, field: &[u8]) -> Matched<'_> {
        let whole = match (self.engine, how) {
            (Engine::Postgres, Match::Whole) => field.try_into().ok().map(i64::from_be_bytes),
            (Engine::MySql | Engine::MariaDb, Match::Whole) => {
                std::str::from_utf8(field).ok().and_then(|text| text.parse().ok())
            }
            (Engine::Sqlite, _) => crate::sqlite::whole(field),
            _ => None,
        };
        match whole {
            Some(number) => Matched::Whole(number),
            None => Matched::Bytes(Cow::Borrowed(field)),
        }
    }

    /// A streamed field of an expression that is text, for people.
    pub fn text_of(self, field: &[u8]) -> String {
        let bytes = match self.engine {
            // Behind the tag.
            Engine::Sqlite => field.get(1..).unwrap_or_default(),
            _ => field,
        };
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// Whether the server may read a table through for rows whose parents a subquery selects, since it has to guess how
    /// many these are. SQLite always looks them up by an index that there is.
    pub fn guesses_at_subqueries(self) -> bool {
        self.engine != Engine::Sqlite
    }

    /// Whether several sessions can have one snapshot.
    pub fn shares_snapshots(self) -> bool {
        self.engine == Engine::Postgres
    }

    /// The server itself vouches for its validated foreign keys. Elsewhere any session may switch the checks off, or has
    /// them off unless it switches them on.
    pub fn vouches_for_references(self) -> bool {
        self.engine == Engine::Postgres
    }

    /// A transaction goes on as it was after a statement that the session may not run.
    pub fn goes_on_after_a_refusal(self) -> bool {
        self.engine != Engine::Postgres
    }

    /// A table with its own rows (and its partitions' rows), to stand behind `FROM`.
    pub fn rows_of(self, table: &Table) -> String {
        let name = self.table(&table.name);
        if self.engine == Engine::Postgres && table.partitions.is_empty() {
            format!("ONLY {name}")
        } else {
            name
        }
    }

    /// Takes about `percent` of the rows, by pages where the product can.
    pub fn sample(self, percent: f64) -> Sample {
        match self.engine {
            Engine::Postgres => Sample {
                clause: format!(" TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)"),
                condition: None,
            },
            Engine::Sqlite => Sample {
                clause: String::new(),
                condition: Some(format!("(random() & 1048575) < {}", 10_485.76 * percent)),
            },
            Engine::MySql | Engine::MariaDb => Sample {
                clause: String::new(),
                condition: Some(format!("RAND(1) < {}", percent / 100.0)),
            },
        }
    }

    /// The statement that keeps the session's statements from running longer, where the server does that by itself.
    pub fn statement_limit(self, limit: Duration) -> Option<String> {
        let milliseconds = limit.as_millis().clamp(1, 2_147_483_647);
        match self.engine {
            Engine::Postgres => Some(format!("SET statement_timeout = {milliseconds}")),
            Engine::MySql => Some(format!("SET SESSION max_execution_time = {milliseconds}")),
            Engine::MariaDb => Some(format!("SET SESSION max_statement_time = {}", limit.as_secs_f64())),
            Engine::Sqlite => None,
        }
    }

    /// The statement that tells the planner that each statement of this session wants few rows of tables that hold many:
    /// they are looked up by an index, and no further processes are started for it. `None` where the server does so anyway.
    ///
    /// PostgreSQL believes by default that a page out of turn costs four times one in turn, as it does on turning disks,
    /// and reads a table of 400,000 rows through, with three processes, for 10,000 of them: 76 ms, where looking them up
    /// takes 10 ms.
    pub fn few_rows_of_many(self) -> Option<&'static str> {
        (self.engine == Engine::Postgres).then_some(
            "SELECT pg_catalog.set_config('random_page_cost', LEAST(1.1, \
             pg_catalog.current_setting('random_page_cost')::pg_catalog.float8)::pg_catalog.text, false), \
             pg_catalog.set_config('max_parallel_workers_per_gather', '0', false)",
        )
    }

    /// A value as text.
    pub fn as_text(self, name: &str) -> String {
        match self.engine {
            Engine::Postgres => format!("{name}::text"),
            Engine::Sqlite => format!("CAST({name} AS TEXT)"),
            Engine::MySql | Engine::MariaDb => format!("CAST({name} AS CHAR)"),
        }
    }

    /// A column as something that GROUP BY takes, without a collation where `exactly`.
    pub fn groupable(self, alias: &str, column: &Column, exactly: bool) -> String {
        let name = format!("{alias}.{}", self.quote(&column.name));
        match (self.engine, column.kind) {
            (
                Engine::Postgres,
                Kind::Json | Kind::Geometry | Kind::Other | Kind::Array | Kind::Text | Kind::Interval,
            ) if exactly || column.kind != Kind::Text => format!("{name}::text COLLATE pg_catalog.\"C\""),
            (Engine::MySql | Engine::MariaDb, Kind::Text | Kind::Json | Kind::Enum) if exactly => {
                format!("CAST({name} AS BINARY)")
            }
            (Engine::Sqlite, _) if exactly => format!("{name} COLLATE BINARY"),
            _ => name,
        }
    }

    /// The least (`MIN`) or greatest (`MAX`) point in time in a column, in whole seconds since 1970.
    pub fn epoch(self, aggregate: &str, alias: &str, column: &Column) -> String {
        let name = format!("{alias}.{}", self.quote(&column.name));
        match self.engine {
            Engine::Postgres => format!(
                "floor(extract(epoch FROM pg_catalog.{}({name}) FILTER (WHERE pg_catalog.isfinite({name}))))::bigint",
                aggregate.to_ascii_lowercase()
            ),
            Engine::Sqlite => format!(
                "CASE typeof({aggregate}({name})) WHEN 'integer' THEN \
                 CASE WHEN abs({aggregate}({name})) > 100000000000 THEN {aggregate}({name}) / 1000 ELSE {aggregate}({name}) END \
                 ELSE CAST(strftime('%s', {aggregate}({name})) AS INTEGER) END"
            ),
            // Zero dates are no points in time.
            Engine::MySql | Engine::MariaDb => format!(
                "TIMESTAMPDIFF(SECOND, '1970-01-01', {aggregate}(CASE WHEN {name} >= '0001-01-01' THEN {name} END))"
            ),
        }
    }

    /// The query whether policies apply to the session's role, which tells 1 or 0; `None` where there are no policies.
    pub fn hides_rows(self, table: &TableName) -> Option<String> {
        let name = self.text(&exodus_schema::quote_table(self.engine, table));
        (self.engine == Engine::Postgres).then(|| {
            format!("SELECT CASE WHEN pg_catalog.row_security_active({name}::pg_catalog.text) THEN 1 ELSE 0 END")
        })
    }

    /// The query for the rows that were written since the statistics began; `None` where there are none.
    pub fn writes(self, table: &TableName) -> Option<String> {
        let (schema, name) = (self.text(&table.schema), self.text(&table.name));
        match self.engine {
            Engine::Postgres => Some(format!(
                "SELECT pg_catalog.sum(n_tup_ins + n_tup_upd + n_tup_del)::bigint FROM pg_catalog.pg_stat_user_tables \
                 WHERE schemaname = {schema} AND relname = {name}"
            )),
            Engine::MySql | Engine::MariaDb => {
                let schema = if table.schema.is_empty() {
                    "DATABASE()".to_owned()
                } else {
                    schema
                };
                Some(format!(
                    "SELECT SUM(COUNT_WRITE) FROM performance_schema.table_io_waits_summary_by_table \
                     WHERE OBJECT_SCHEMA = {schema} AND OBJECT_NAME = {name}"
                ))
            }
            Engine::Sqlite => None,
        }
    }

    /// Conditions for the texts of a column with other than ASCII characters, and for those of them of which the bytes are
    /// UTF-8, whatever the column says; `None` where its character set leaves no doubt, or the product has none.
    pub fn disguised_text(self, alias: &str, column: &Column) -> Option<[String; 2]> {
        column.charset.as_ref().filter(|_| self.engine != Engine::Postgres)?;
        let name = format!("{alias}.{}", self.quote(&column.name));
        let bytes = format!("CAST({name} AS BINARY)");
        let other = format!("{name} IS NOT NULL AND LENGTH(CONVERT({name} USING utf8mb4)) <> CHAR_LENGTH({name})");
        let read = format!("CONVERT({bytes} USING utf8mb4)");
        let utf8 = format!("{other} AND CAST({read} AS BINARY) <=> {bytes}");
        Some([other, utf8])
    }

    /// How texts of a column are found that hold bytes that are none.
    pub fn broken_text(self, alias: &str, column: &Column) -> BrokenText {
        let name = format!("{alias}.{}", self.quote(&column.name));
        match self.engine {
            Engine::Postgres if column.charset.is_none() => BrokenText::NeverIf(
                "SELECT CASE WHEN pg_catalog.current_setting('server_encoding') <> 'SQL_ASCII' THEN 1 END",
            ),
            // No function of the server looks at bytes without an error for those that are no text.
            Engine::Postgres => BrokenText::Condition(format!(
                "pg_catalog.encode(pg_catalog.convert_to({name}::pg_catalog.text, 'SQL_ASCII'), 'hex') !~ '^({})*$'",
                UTF8_IN_HEX.join("|")
            )),
            Engine::Sqlite => BrokenText::Read(format!("CASE typeof({name}) WHEN 'text' THEN {name} END")),
            Engine::MySql | Engine::MariaDb => {
                let charset = column.charset.as_deref().unwrap_or("utf8mb4");
                // Where the bytes are no text they become NULL on one product, question marks on the other.
                let text = format!("CONVERT(CAST({name} AS BINARY) USING {})", self.quote(charset));
                BrokenText::Condition(format!(
                    "{name} IS NOT NULL AND NOT (CAST({text} AS BINARY) <=> CAST({name} AS BINARY))"
                ))
            }
        }
    }
}

fn postgres_match(child: &Column, parent: &Column, same_type: bool) -> Match {
    let kinds = [child.kind, parent.kind];
    // A collation of a user's own may take different texts for equal.
    let plain_text = |column: &Column| {
        let known = ["C", "POSIX", "default", "ucs_basic", "C.UTF-8", "en_US.utf8"];
        let collation = column.collation.as_deref();
        column.kind == Kind::Text
            && column.native_type != "citext"
            && collation.is_none_or(|name| known.iter().any(|known| name.ends_with(known)))
    };
    if kinds.iter().all(|kind| matches!(kind, Kind::Integer | Kind::Decimal)) {
        Match::Number
    } else if plain_text(child) && plain_text(parent) {
        Match::Text
    } else if same_type
        && !child.text_only
        && matches!(
            child.kind,
            Kind::Uuid | Kind::Bytes | Kind::Date | Kind::DateTime | Kind::Timestamp | Kind::Boolean | Kind::Enum
        )
    {
        Match::Plain
    } else {
        Match::StandIn
    }
}

fn mysql_match(child: &Column, parent: &Column, same_type: bool) -> Match {
    let same_text = child.charset == parent.charset && child.collation == parent.collation;
    let binary = |column: &Column| column.collation.as_deref().is_some_and(|name| name.ends_with("_bin"));
    let family = |kind: Kind| {
        matches!(
            kind,
            Kind::Uuid | Kind::Date | Kind::Decimal | Kind::DateTime | Kind::Timestamp
        )
    };
    match (child.kind, parent.kind) {
        // `utf8mb4_0900_bin` sees the blanks.
        (Kind::Text, Kind::Text) if same_text && binary(child) => {
            if child
                .collation
                .as_deref()
                .is_some_and(|name| name.contains("0900") || name.contains("nopad"))
            {
                Match::Plain
            } else {
                Match::Text
            }
        }
        (Kind::Bytes, Kind::Bytes) if same_type => Match::Plain,
        (one, other) if one == other && family(one) && same_type => Match::Plain,
        _ => Match::StandIn,
    }
}
