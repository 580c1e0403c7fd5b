//! The tables of one case, and the databases that they are moved between.
//!
//! Each table is there twice: `t…` is the client's, and travels; its twin `twin_…` has the same values from the same
//! SQL, and stays. So the server that a value has arrived on can be asked whether it is the one that was meant, in its
//! own words and byte by byte, without a second opinion of ours on what a type's values are.

use exodus_tests::binary::{Output, Place};
use exodus_tests::database::{Database, Server};

/// One of the client's tables, beside its key and its client.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// Declarations; what follows a semicolon stands behind the parenthesis.
    pub(crate) columns: String,
    /// The columns that get values.
    pub(crate) insert: String,
    /// The values, as SQL.
    pub(crate) rows: Vec<String>,
}

impl Table {
    /// Of one column.
    pub(crate) fn new(name: String, declared: &str, column: &str, rows: impl IntoIterator<Item = String>) -> Self {
        Self {
            name,
            columns: format!("{column} {declared}"),
            insert: column.to_owned(),
            rows: rows.into_iter().collect(),
        }
    }

    fn create(&self, twin: bool) -> String {
        let (columns, options) = self.columns.split_once(';').unwrap_or((&self.columns, ""));
        let name = &self.name;
        if twin {
            return format!("CREATE TABLE twin_{name} (id int NOT NULL PRIMARY KEY, {columns}){options}");
        }
        format!(
            "CREATE TABLE {name} (id int NOT NULL PRIMARY KEY, client_id int NOT NULL, {columns}, \
             FOREIGN KEY (client_id) REFERENCES clients (id)){options}"
        )
    }

    fn fill_twin(&self, server: Server) -> Vec<String> {
        self.fill(server, "twin_", "", 0, &self.rows)
    }

    fn fill_own(&self, server: Server) -> Vec<String> {
        let other = self.rows.first().map(std::slice::from_ref).unwrap_or_default();
        let mut all = self.fill(server, "", "42, ", 0, &self.rows);
        all.extend(self.fill(server, "", "7, ", 1000, other));
        all
    }

    fn fill(&self, server: Server, prefix: &str, client: &str, first: usize, rows: &[String]) -> Vec<String> {
        let column = if client.is_empty() { "" } else { "client_id, " };
        let overriding = if server.dialect() == "postgres" {
            " OVERRIDING SYSTEM VALUE"
        } else {
            ""
        };
        let insert = |(at, row)| {
            format!(
                "INSERT INTO {prefix}{} (id, {column}{}){overriding} VALUES ({}, {client}{row})",
                self.name,
                self.insert,
                first + at
            )
        };
        rows.iter().enumerate().map(insert).collect()
    }
}

/// A table with declarations of its own.
pub(crate) fn named(name: &str, columns: &str, insert: &str, rows: &[&str]) -> Table {
    Table {
        name: name.to_owned(),
        columns: columns.to_owned(),
        insert: insert.to_owned(),
        rows: rows.iter().map(|row| (*row).to_owned()).collect(),
    }
}

/// Two databases with the tables, and a configuration.
pub(crate) struct Case {
    pub(crate) source: Database,
    pub(crate) target: Database,
    pub(crate) place: Place,
    tables: Vec<Table>,
}

impl Case {
    /// Makes both; `setup` comes before the tables, `first` before that on the target.
    pub(crate) fn new(
        mut source: Database,
        mut target: Database,
        setup: &str,
        first: &str,
        tables: Vec<Table>,
    ) -> Self {
        let server = source.server();
        for sql in [first, setup].iter().filter(|sql| !sql.is_empty()) {
            target.run(sql);
        }
        for (database, is_source) in [(&mut source, true), (&mut target, false)] {
            database.run(pins(server));
            if is_source && !setup.is_empty() {
                database.run(setup);
            }
            fill(database, &statements(server, &tables, is_source));
        }
        let place = Place::of("root = \"clients\"", &source, &target);
        Self {
            source,
            target,
            place,
            tables,
        }
    }

    /// Makes the tables on the source only.
    pub(crate) fn on_source(mut source: Database, target: Database, tables: Vec<Table>) -> Self {
        let server = source.server();
        source.run(pins(server));
        fill(&mut source, &statements(server, &tables, true));
        let place = Place::of("root = \"clients\"", &source, &target);
        Self {
            source,
            target,
            place,
            tables,
        }
    }

    /// How many tables there are.
    pub(crate) fn tables(&self) -> usize {
        self.tables.len()
    }

    /// Drops a table on the source.
    pub(crate) fn leave_out_of_source(&mut self, table: &str) {
        let name = table.strip_prefix("public.").unwrap_or(table);
        self.tables.retain(|one| one.name != name);
        self.source.run(&format!("DROP TABLE {name}"));
    }

    /// What is on the source and is not as it has to be.
    pub(crate) fn wrong_on_source(&mut self) -> Vec<String> {
        compare(&mut self.source, &self.tables, "the source")
    }

    /// Lets a command run on client 42.
    pub(crate) fn run(&self, to: &str, integrity: &str) -> Output {
        self.place
            .run(&["move", "--client", "42", "--to", to, "--integrity", integrity])
    }

    /// Drops a table on both sides.
    pub(crate) fn leave_out(&mut self, table: &str) {
        let name = table.strip_prefix("public.").unwrap_or(table);
        self.tables.retain(|one| one.name != name);
        for database in [&mut self.source, &mut self.target] {
            database.run(&format!("DROP TABLE {name}"));
        }
    }

    /// What has arrived on the target and is not as it has to be.
    pub(crate) fn wrong_on_target(&mut self) -> Vec<String> {
        compare(&mut self.target, &self.tables, "the target")
    }

    /// There, looked at, purged, back, looked at, purged: the values of every table must be those of its twin.
    pub(crate) fn there_and_back(&mut self, integrity: &str) {
        self.place
            .run(&["dispatch", "init", "--enrol-from", "source"])
            .expect(0);
        self.run("target", integrity).expect(0);
        let mut wrong = compare(&mut self.target, &self.tables, "the target");
        self.place.run(&["purge", &self.place.last_move(), "--yes"]).expect(0);
        self.run("source", integrity).expect(0);
        wrong.extend(compare(&mut self.source, &self.tables, "the source"));
        self.place.run(&["purge", &self.place.last_move(), "--yes"]).expect(0);
        let values: usize = self.tables.iter().map(|table| table.rows.len()).sum();
        println!(
            "{} {integrity}: {} tables, {values} rows, there and back",
            self.source.server().name(),
            self.tables.len()
        );
        assert!(wrong.is_empty(), "values that are others:\n{}", wrong.join("\n"));
    }
}

/// What makes the tables, and the rows of the client on the source.
fn statements(server: Server, tables: &[Table], is_source: bool) -> Vec<String> {
    let mut all = vec!["CREATE TABLE clients (id int NOT NULL PRIMARY KEY)".to_owned()];
    all.extend(
        tables
            .iter()
            .flat_map(|table| [table.create(false), table.create(true)]),
    );
    if server.dialect() != "postgres" {
        all.push("BEGIN".to_owned());
    }
    if is_source {
        all.push("INSERT INTO clients VALUES (42), (7)".to_owned());
        all.extend(tables.iter().flat_map(|table| table.fill_own(server)));
    }
    all.extend(tables.iter().flat_map(|table| table.fill_twin(server)));
    if server.dialect() != "postgres" {
        all.push("COMMIT".to_owned());
    }
    all
}

/// Runs them, and says of all at once what is wrong with the list.
fn fill(database: &mut Database, statements: &[String]) {
    let mut wrong = vec![];
    for sql in statements {
        if let Err(error) = database.try_rows(sql)
            && !error.contains("25P02")
        {
            wrong.push(format!("{sql:.300}\n  {error:.300}"));
        }
    }
    assert!(wrong.is_empty(), "{database:?}:\n{}", wrong.join("\n"));
}

/// The test's own sessions are not to depend on what the servers' defaults are either.
fn pins(server: Server) -> &'static str {
    match server.dialect() {
        "postgres" => {
            "SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET lc_monetary = 'C'; SET xmloption = content;\n"
        }
        "mysql" => {
            "SET NAMES utf8mb4, time_zone = '+00:00', SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES', explicit_defaults_for_timestamp = 1;\n"
        }
        _ => "SELECT 1",
    }
}

/// What is not as it has to be.
fn compare(database: &mut Database, tables: &[Table], place: &str) -> Vec<String> {
    let mut wrong = vec![];
    for table in tables {
        let columns = columns(database, &table.name);
        for (column, tests) in columns {
            let differs = tests.join(" OR ");
            let sql = format!(
                "SELECT x.id FROM twin_{0} AS x LEFT JOIN {0} AS t ON t.id = x.id AND t.client_id = 42 WHERE t.id IS NULL OR {differs} ORDER BY 1",
                table.name
            );
            match database.try_rows(&sql) {
                Ok(rows) if rows.is_empty() => {}
                Ok(rows) => {
                    let ids: Vec<_> = rows.into_iter().flatten().flatten().collect();
                    let of = |id: &String| id.parse().ok().and_then(|at: usize| table.rows.get(at).cloned());
                    let shown: Vec<String> = ids
                        .iter()
                        .filter_map(of)
                        .map(|row| row.chars().take(200).collect())
                        .collect();
                    wrong.push(format!(
                        "{place}, {}.{column} ({:.120}): {shown:?}",
                        table.name, table.columns
                    ));
                }
                Err(error) => wrong.push(format!("{place}, {}.{column}: {error:.300}", table.name)),
            }
        }
        let count = format!("SELECT count(*) FROM {} WHERE client_id = 42", table.name);
        let found = database.column(&count);
        if found != [table.rows.len().to_string()] {
            wrong.push(format!(
                "{place}, {}: {found:?} rows of {}",
                table.name,
                table.rows.len()
            ));
        }
    }
    wrong
}

/// A table's columns, each with the conditions on `t` and `x` under which they differ.
fn columns(database: &mut Database, table: &str) -> Vec<(String, Vec<String>)> {
    match database.server().dialect() {
        "postgres" => postgres_columns(database, table),
        "mysql" => mysql_columns(database, table),
        _ => sqlite_columns(database, table),
    }
}

/// By the type's own equality where it has one, by its binary form where it has one, and by its text form; XML also as it
/// is stored, which its text form is not.
fn postgres_columns(database: &mut Database, table: &str) -> Vec<(String, Vec<String>)> {
    let sql = format!(
        "SELECT a.attname, quote_ident(a.attname),
                y.typsend <> 0 AND e.typsend IS DISTINCT FROM 0 AND y.typname <> 'every',
                coalesce(nullif(y.typbasetype, 0), y.oid) = 'xml'::regtype,
                to_regoperator(format('=(%s,%1$s)', coalesce(nullif(y.typbasetype, 0), y.oid)::regtype)) IS NOT NULL
         FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_type e ON e.oid = y.typelem AND y.typlen = -1
         WHERE a.attrelid = '{table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('id', 'client_id') ORDER BY a.attnum"
    );
    let rows = database.rows(&sql);
    let column = |row: Vec<Option<String>>| {
        let [name, quoted, send, xml, equality] = row.try_into().expect("five columns");
        let quoted = quoted.expect("a name");
        let mut tests = vec![format!("format('%s', t.{quoted}) <> format('%s', x.{quoted})")];
        tests.push(format!("num_nulls(t.{quoted}) <> num_nulls(x.{quoted})"));
        if send.as_deref() == Some("t") {
            tests.push(format!("record_send(ROW(t.{quoted})) <> record_send(ROW(x.{quoted}))"));
        }
        if equality.as_deref() == Some("t") {
            tests.push(format!("t.{quoted} IS DISTINCT FROM x.{quoted}"));
        }
        if xml.as_deref() == Some("t") {
            tests.push(format!("t.{quoted}::xml::text IS DISTINCT FROM x.{quoted}::xml::text"));
        }
        (name.expect("a name"), tests)
    };
    rows.into_iter().map(column).collect()
}

/// By `<=>`, by the bytes of the text form, and by what a text form does not show.
fn mysql_columns(database: &mut Database, table: &str) -> Vec<(String, Vec<String>)> {
    let sql = format!(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = '{table}'
         AND column_name NOT IN ('id', 'client_id') ORDER BY ordinal_position"
    );
    let mysql = database.server() == Server::MySql;
    let column = |row: Vec<Option<String>>| {
        let [name, kind] = row.try_into().expect("two columns");
        let (name, kind) = (name.expect("a name"), kind.expect("a type"));
        let quoted = format!("`{}`", name.replace('`', "``"));
        let forms: &[&str] = match &*kind {
            "float" => &["CAST(# * 1e0 AS CHAR)"],
            "json" => &["CAST(# AS BINARY)", "JSON_TYPE(#)"],
            "enum" | "set" | "bit" => &["HEX(#)", "CAST(# AS UNSIGNED)"],
            "double" | "decimal" | "year" | "date" | "time" | "datetime" | "timestamp" => &["CAST(# AS BINARY)"],
            "vector" => &["HEX(#)"],
            kind if kind.ends_with("int") => &["CAST(# AS BINARY)"],
            "uuid" | "inet4" | "inet6" => &["HEX(#)", "CAST(# AS CHAR)"],
            _ => &["HEX(#)", "LENGTH(#)"],
        };
        let mut tests: Vec<String> = forms
            .iter()
            .map(|form| {
                let [t, x] = ["t", "x"].map(|side| form.replace('#', &format!("{side}.{quoted}")));
                format!("NOT ({t} <=> {x})")
            })
            .collect();
        if kind != "vector" {
            tests.push(format!("NOT (t.{quoted} <=> x.{quoted})"));
        }
        if mysql && kind == "json" {
            tests.push(format!(
                "NOT (JSON_STORAGE_SIZE(t.{quoted}) <=> JSON_STORAGE_SIZE(x.{quoted}))"
            ));
        }
        (name, tests)
    };
    database.rows(&sql).into_iter().map(column).collect()
}

/// By `IS`, by the storage class, and by bytes.
fn sqlite_columns(database: &mut Database, table: &str) -> Vec<(String, Vec<String>)> {
    let sql =
        format!("SELECT name FROM pragma_table_xinfo('{table}') WHERE name NOT IN ('id', 'client_id') ORDER BY cid");
    let column = |name: String| {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let forms = [
            "# COLLATE BINARY",
            "typeof(#)",
            "quote(#)",
            "hex(#)",
            "length(CAST(# AS BLOB))",
        ];
        let tests = forms.map(|form| {
            let [t, x] = ["t", "x"].map(|side| form.replace('#', &format!("{side}.{quoted}")));
            format!("{t} IS NOT {x}")
        });
        (name, tests.to_vec())
    };
    database.column(&sql).into_iter().map(column).collect()
}
