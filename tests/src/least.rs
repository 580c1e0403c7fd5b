//! A user for exodus who may do just what docs/privileges.md says, and nothing else: the page's own statements, written
//! out for the tables of a test. The tests' own sessions stay those of an administrator.

use std::fmt::Write as _;
use std::sync::Arc;

use url::Url;

use crate::database::{Database, Server};
use crate::session::{Session, connect, try_connect};

const PAGE: &str = include_str!("../../docs/privileges.md");

/// What every such user has for a password: nothing may show it.
pub const PASSWORD: &str = "planted-secret-password";

/// The sections of the page that a client's whole life takes at both ends, since it may be moved back.
const LIFE: [&str; 6] = ["look", "drain", "advised", "target", "proven", "purge"];

/// The statements that stand under one of the page's names.
pub fn statements(server: Server, name: &str) -> Vec<&'static str> {
    let product = match server {
        Server::Postgres18 => "postgres",
        other => other.name(),
    };
    let mut found = vec![];
    for block in PAGE.split("```").skip(1).step_by(2) {
        let (words, text) = block.split_once('\n').expect("a fence and statements");
        let words: Vec<&str> = words.split_whitespace().collect();
        if words.contains(&product) && words.last() == Some(&name) {
            found.extend(text.lines().filter(|line| !line.is_empty()));
        }
    }
    found
}

/// A user of one server; dropping the last one who knows it removes it there, after the databases.
#[derive(Debug)]
pub(crate) struct User {
    server: Server,
    base: Url,
    pub(crate) name: String,
}

impl User {
    /// Makes it, by a session of its server.
    fn create(server: Server, base: &Url, name: String) -> Self {
        let mut session = connect(server, base);
        let (made, left) = match server.dialect() {
            "postgres" => (
                session.run(&format!("CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'")),
                // Of a process of the same number that was killed: its databases are gone.
                "already exists",
            ),
            _ => (
                session.run(&format!(
                    "DROP USER IF EXISTS {name}; CREATE USER {name} IDENTIFIED BY '{PASSWORD}'"
                )),
                "nothing",
            ),
        };
        if let Err(error) = made {
            assert!(error.contains(left), "a user of its own: {error}");
        }
        Self {
            server,
            base: base.clone(),
            name,
        }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let name = &self.name;
        let sql = match self.server.dialect() {
            // What is granted on the whole server, such as a parameter.
            "postgres" => format!("DROP OWNED BY {name}; DROP ROLE {name}"),
            _ => format!("DROP USER {name}"),
        };
        // A server of a test's own may be down.
        let dropped = try_connect(self.server, &self.base).and_then(|mut session| repeated(&mut session, &sql));
        if let Err(error) = dropped {
            eprintln!("{name} stays on {}: {error}", self.server.name());
        }
    }
}

/// Runs what concerns the whole server: PostgreSQL refuses it where another test is just at the same row of a catalogue.
fn repeated(session: &mut Session, sql: &str) -> Result<(), String> {
    let mut last = Ok(());
    for _ in 0..200 {
        last = session.run(sql);
        match &last {
            Err(error) if error.contains("tuple concurrently") || error.contains("pg_parameter_acl_") => {}
            _ => break,
        }
    }
    last
}

/// Who uses a database, and what its tables are to the page.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) user: Arc<User>,
    /// Whether exodus comes by it.
    pub(crate) used: bool,
    sections: Vec<&'static str>,
    root: String,
    context: Vec<String>,
}

/// The tables of a database with a client to move: which of them is the root table, and which are context.
#[derive(Clone, Copy, Debug)]
pub struct Tables<'a> {
    /// Its rows are the clients.
    pub root: &'a str,
    /// The rest are client tables.
    pub context: &'a [&'a str],
}

/// Exodus moves clients between these two by a user of its own from now on. A table that a test makes later is a client
/// table.
pub fn moves_between(source: &mut Database, target: &mut Database, tables: Tables<'_>) {
    let user = uses(source, &LIFE, tables, None);
    uses(target, &LIFE, tables, user);
}

/// It uses the dispatch store there, which is made, by the user who moves if that is one of the same server.
pub fn uses_store(store: &mut Database, beside: &Database) {
    let user = beside.granted.as_ref().map(|granted| Arc::clone(&granted.user));
    uses(store, &["use"], NONE, user);
}

/// It makes the dispatch store there.
pub fn makes_store(store: &mut Database) {
    uses(store, &["init"], NONE, None);
}

/// Exodus comes as an administrator again, and everybody may connect.
pub(crate) fn stop(database: &mut Database) {
    let Some(granted) = &mut database.granted else {
        return;
    };
    granted.used = false;
    if database.server().dialect() == "postgres" {
        let name = database.name().to_owned();
        database.run(&format!(
            "GRANT ALL ON DATABASE {name} TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC"
        ));
    }
}

/// No table is the client's.
const NONE: Tables<'_> = Tables { root: "", context: &[] };

/// Gives these sections of the page to that user if it is of the same server, else to a new one.
fn uses(
    database: &mut Database,
    sections: &[&'static str],
    tables: Tables<'_>,
    user: Option<Arc<User>>,
) -> Option<Arc<User>> {
    let (server, base) = (database.server(), database.base.clone()?);
    let user = user.filter(|user| user.base == base).unwrap_or_else(|| {
        let name = format!("{}_u", database.name());
        Arc::new(User::create(server, &base, name))
    });
    if server.dialect() == "postgres" {
        let name = database.name().to_owned();
        database.run(&format!(
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC"
        ));
    }
    database.granted = Some(Granted {
        user: Arc::clone(&user),
        used: true,
        sections: sections.to_vec(),
        root: tables.root.to_owned(),
        context: tables.context.iter().map(|&name| name.to_owned()).collect(),
    });
    grant(database);
    Some(user)
}

impl Database {
    /// One more section of the page, for tests of what it is for.
    pub fn also(&mut self, section: &'static str) {
        if let Some(granted) = &mut self.granted {
            granted.sections.push(section);
            grant(self);
        }
    }
}

/// Grants all of it for the tables that are there now.
pub(crate) fn grant(database: &mut Database) {
    let Some(granted) = database.granted.take() else {
        return;
    };
    let names = Names::read(database);
    let mut sql = String::new();
    let found = granted.sections.iter().map(|name| statements(database.server(), name));
    for statement in found.flatten() {
        for one in names.written(database, &granted, statement) {
            let _ = writeln!(sql, "{one} TO {};", granted.user.name);
        }
    }
    if let Err(error) = repeated(&mut database.session, &sql) {
        panic!("{database:?}: {error}\n{sql}");
    }
    database.granted = Some(granted);
}

/// The tables of a database, each with its first column, and its sequences.
struct Names {
    tables: Vec<(String, String)>,
    sequences: Vec<String>,
}

impl Names {
    fn read(database: &mut Database) -> Self {
        let postgres = database.server().dialect() == "postgres";
        let schema = if postgres { "'public'" } else { "DATABASE()" };
        let rows = database.rows(&format!(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c
             JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
             WHERE c.table_schema = {schema} AND t.table_type = 'BASE TABLE' AND c.ordinal_position = 1
             ORDER BY c.table_name"
        ));
        let text = |value: Option<&Option<String>>| value.cloned().flatten().unwrap_or_default();
        let tables = rows.iter().map(|row| (text(row.first()), text(row.get(1)))).collect();
        let sequences = "SELECT quote_ident(relname) FROM pg_class \
             WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace";
        let sequences = if postgres { database.column(sequences) } else { vec![] };
        Self { tables, sequences }
    }

    /// A statement of the page for these tables, as often as it takes, without whom it is for.
    fn written(&self, database: &Database, granted: &Granted, statement: &str) -> Vec<String> {
        let name = database.name();
        let (privileges, rest) = statement.split_once(" ON ").expect("privileges on something");
        let (objects, _) = rest.rsplit_once(" TO ").expect("to somebody");
        let whole = |objects: &str| vec![format!("{privileges} ON {objects}")];
        match objects {
            "DATABASE shop" | "DATABASE exodus" => whole(&format!("DATABASE {name}")),
            "shop.*" | "exodus.*" => whole(&format!("{name}.*")),
            _ if objects.starts_with("SEQUENCE ") => self
                .sequences
                .iter()
                .flat_map(|sequence| whole(&format!("SEQUENCE {sequence}")))
                .collect(),
            _ if objects.starts_with("SCHEMA ") || objects.starts_with("PARAMETER ") || objects.ends_with(".*") => {
                whole(objects)
            }
            _ => objects
                .split(", ")
                .flat_map(|object| self.on(database, granted, privileges, object))
                .collect(),
        }
    }

    /// Privileges on one table of the page.
    fn on(&self, database: &Database, granted: &Granted, privileges: &str, object: &str) -> Vec<String> {
        let object = object.rsplit('.').next().unwrap_or(object);
        let is = |table: &String| match object {
            "cities" => granted.context.contains(table),
            "clients" => *table == granted.root,
            "orders" => *table != granted.root && !granted.context.contains(table),
            other => table == other,
        };
        let tables = self.tables.iter().filter(|(table, _)| is(table));
        tables
            .map(|(table, first)| {
                let quoted = |name: &str| match database.server().dialect() {
                    "postgres" => format!("\"{}\"", name.replace('"', "\"\"")),
                    _ => format!("`{}`", name.replace('`', "``")),
                };
                let privileges = privileges.replace("(id)", &format!("({})", quoted(first)));
                format!("{privileges} ON {}", quoted(table))
            })
            .collect()
    }
}
