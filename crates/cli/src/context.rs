//! What every command gets: the flags, the configuration, and the ways from a name to a database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use exodus_classify::find_table;
use exodus_engine::{Address, CatalogueOf, ConnectOptions, Connection, Dialect, ErrorKind, Sides};
use exodus_fleet::Store;
use exodus_schema::ddl::Lines;
use exodus_schema::introspect::{self, Options};
use exodus_schema::model::Origin;
use exodus_schema::{Edge, Graph, Schema, TableId};
use exodus_transfer::ClientKey;

use crate::args::{Cli, Command, Format, Global};
use crate::config::{Config, near};
use crate::exit::Failure;
use crate::moving::runner;
use crate::schema_file::{self, EngineName};
use crate::{output, password};

pub(crate) use crate::config::Configured;

/// The dispatch store where none is configured, beside the configuration or in the current directory.
pub(crate) const DISPATCH_FILE: &str = "exodus-dispatch.sqlite";

/// The flags and the configuration.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: Global,
    /// The configuration, if there is one.
    pub(crate) config: Option<Config>,
    /// What was named before: nobody is asked twice for a password.
    known: Mutex<BTreeMap<String, Database>>,
}

/// A database that was named.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    /// How people call it: its name in the configuration, else its address without secrets. [`Context::database`] finds
    /// it again by this name, in another directory too.
    pub(crate) name: String,
    /// Where it is, with the password.
    pub(crate) address: Address,
}

impl Context {
    /// Reads the configuration that the flags name, or the nearest one.
    pub(crate) fn new(cli: &Cli) -> Result<Self, Failure> {
        let config = match cli.command {
            // It makes one; what is there may be what has to be replaced.
            Command::Init(_) => None,
            _ => Config::find(cli.global.config.as_deref())?,
        };
        Ok(Self {
            global: cli.global.clone(),
            config,
            known: Mutex::default(),
        })
    }

    /// Whether results are printed as JSON.
    pub(crate) fn json(&self) -> bool {
        self.global.format() == Format::Json
    }

    /// Prints results to the standard output; see [`output::print`].
    #[expect(
        clippy::unused_self,
        reason = "whoever prints has a context, and may one day print elsewhere"
    )]
    pub(crate) fn print(&self, text: &str) -> Result<(), Failure> {
        output::print(text)
    }

    /// Prints a value as JSON to the standard output.
    pub(crate) fn print_json(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::runtime(format!("the result can't be written as JSON: {error}")))?;
        self.print(&format!("{text}\n"))
    }

    /// Prints one line about what is going on to the standard error, unless `--quiet`.
    pub(crate) fn note(&self, line: &str) {
        if !self.global.quiet {
            output::note(line);
        }
    }

    /// The database of that name in the configuration, or at that URL or path, with its password found.
    pub(crate) fn database(&self, name: &str) -> Result<Database, Failure> {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Ok(known.clone());
        }
        let Database { name: found, address } = self.locate(name)?;
        let database = Database {
            name: found,
            address: password::find(address, self)?,
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(database.name.clone(), database.clone());
        known.insert(name.to_owned(), database.clone());
        Ok(database)
    }

    /// The name under which [`database`](Self::database) finds it, without looking for a password.
    pub(crate) fn name_of(&self, name: &str) -> Result<String, Failure> {
        Ok(self.locate(name)?.name)
    }

    fn locate(&self, name: &str) -> Result<Database, Failure> {
        if let Some(address) = self.config.as_ref().and_then(|config| config.address(name)) {
            return Ok(Database {
                name: name.to_owned(),
                address: address?,
            });
        }
        let address = self.read_address(name)?;
        let same = |known: &Address| is_same_place(known, &address);
        let configured = self
            .config
            .iter()
            .flat_map(|config| config.names().map(move |name| (name, config.address(name))));
        for (name, known) in configured {
            // One that can't be read (a variable is not set) is not the one that was meant.
            if let Some(Ok(known)) = known
                && same(&known)
            {
                return Ok(Database {
                    name: name.to_owned(),
                    address,
                });
            }
        }
        Ok(Database {
            name: address.to_string(),
            address,
        })
    }

    fn read_address(&self, text: &str) -> Result<Address, Failure> {
        let looks_like_a_name = !text.contains([':', '/', '\\', '.', '@']);
        if looks_like_a_name {
            return Err(self.no_such_database(text));
        }
        match text
            .parse()
            .map_err(|error: exodus_engine::AddressError| Failure::usage(error.to_string()))?
        {
            Address::Sqlite(path) => {
                let absolute = std::path::absolute(&path).unwrap_or(path);
                Ok(Address::Sqlite(absolute))
            }
            other => Ok(other),
        }
    }

    fn no_such_database(&self, name: &str) -> Failure {
        let Some(config) = &self.config else {
            return Failure::usage(format!("there is no database `{name}`, for there is no configuration"))
                .help("write one with `exodus init`, or give a URL (postgres://…, mysql://…) or a path (….sqlite)");
        };
        let failure = Failure::usage(format!("{} has no database `{name}`", config.shown()));
        let names: Vec<_> = config.names().collect();
        failure.help(match near(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "name it under [databases], or give a URL or a path".to_owned(),
            None => format!("it has {}; a URL or a path will do too", names.join(", ")),
        })
    }

    /// Connects to what [`database`](Self::database) finds.
    pub(crate) async fn connect(&self, name: &str, options: ConnectOptions) -> Result<Box<dyn Connection>, Failure> {
        let database = self.database(name)?;
        Ok(exodus_engine::connect(&database.name, &database.address, options).await?)
    }

    /// Where the dispatch store is.
    pub(crate) fn dispatch_database(&self) -> Result<Database, Failure> {
        let Some(config) = &self.config else {
            return self.database(&format!("sqlite:{DISPATCH_FILE}"));
        };
        let Some(dispatch) = &config.file.dispatch else {
            return self.database(&format!(
                "sqlite:{}",
                config.resolve(Path::new(DISPATCH_FILE)).display()
            ));
        };
        let name = config.expand(dispatch)?;
        if config.names().any(|known| known == name) {
            return self.database(&name);
        }
        match name.parse::<Address>() {
            Ok(Address::Sqlite(path)) => self.database(&format!("sqlite:{}", config.resolve(&path).display())),
            Ok(_) => self.database(&name),
            Err(error) => {
                let failure = config.wrong(&dispatch.span(), &format!("the dispatch store: {error}"));
                Err(match near(&name, config.names()) {
                    Some(near) => failure.help(format!("did you mean the database `{near}`?")),
                    None => failure.help("give the name of a database, a URL, or the path of an SQLite file"),
                })
            }
        }
    }

    /// Opens the dispatch store, which `exodus dispatch init` has made.
    pub(crate) async fn store(&self) -> Result<Store, Failure> {
        let Database { name, address } = self.dispatch_database()?;
        if let Address::Sqlite(path) = &address
            && !path.exists()
        {
            return Err(
                Failure::runtime(format!("there is no dispatch store at {}", path.display()))
                    .help("make it with `exodus dispatch init`"),
            );
        }
        let connection = exodus_engine::connect(&name, &address, ConnectOptions::default()).await?;
        Ok(Store::open(connection)
            .await?
            .working_as(runner::worker(self.config.as_ref())?))
    }

    /// The same for somebody who will write to it, unless this is a dry run.
    pub(crate) async fn store_to_write(&self, dry_run: bool) -> Result<Store, Failure> {
        let store = self.store().await?;
        if !dry_run {
            store.may_be_written().await?;
        }
        Ok(store)
    }

    /// Reads the connection's schema and applies the configuration to it.
    pub(crate) async fn schema_of(&self, connection: &mut dyn Connection) -> Result<Configured, Failure> {
        self.schema_with(connection, None).await
    }

    /// The same, with guessed relations of at least that confidence.
    pub(crate) async fn schema_with(
        &self,
        connection: &mut dyn Connection,
        assume: Option<f64>,
    ) -> Result<Configured, Failure> {
        let engine = connection.engine();
        let schemas = self.schemas();
        let schema = introspect::read(&mut CatalogueOf(connection), engine, &Options { schemas }).await?;
        let configured = self.apply(schema, assume)?;
        try_declared(connection, &configured.schema).await?;
        Ok(configured)
    }

    /// Reads a schema from a file, SQL of `engine` or what `exodus schema` wrote, and applies the configuration to it;
    /// tells besides on which lines its parts stand, where that is known.
    pub(crate) fn read_schema_file(
        &self,
        path: &Path,
        engine: Option<EngineName>,
        assume: Option<f64>,
    ) -> Result<(Configured, Lines), Failure> {
        let (schema, lines) = schema_file::read(path, engine)?;
        Ok((self.apply(schema, assume)?, lines))
    }

    /// The schemas to read; none means all.
    pub(crate) fn schemas(&self) -> Vec<String> {
        let config = self.config.as_ref();
        config.map(|config| config.file.schemas.clone()).unwrap_or_default()
    }

    /// A target's schema with what the configuration says about it.
    pub(crate) fn apply_to_target(&self, schema: Schema) -> Result<Schema, Failure> {
        Ok(self.apply(schema, None)?.schema)
    }

    fn apply(&self, schema: Schema, assume: Option<f64>) -> Result<Configured, Failure> {
        match &self.config {
            Some(config) => config.apply(schema, assume),
            None => Ok(Configured::plain(schema, assume)),
        }
    }

    /// The root table: `flag` (what `--root` says), else the configured one, if there is one.
    pub(crate) fn root(&self, graph: &Graph<'_>, flag: Option<&str>) -> Result<Option<TableId>, Failure> {
        if let Some(name) = flag {
            return find_table(graph, name)
                .map(Some)
                .map_err(|error| Failure::usage(format!("--root: {error}")).help(error.help()));
        }
        let Some(config) = &self.config else { return Ok(None) };
        config
            .file
            .root
            .as_ref()
            .map(|name| config.table(graph, name))
            .transpose()
    }

    /// The columns of the root table that tell clients apart: the configured ones, else its identity.
    pub(crate) fn root_key(&self, graph: &Graph<'_>, root: TableId) -> Result<Vec<String>, Failure> {
        let table = graph.table(root);
        if let Some(config) = self.config.as_ref().filter(|config| !config.file.root_key.is_empty()) {
            // It belongs to the configured root table, not to one that a flag names instead.
            if self.root(graph, None)?.is_none_or(|configured| configured == root) {
                return config
                    .file
                    .root_key
                    .iter()
                    .map(|name| config.column(table, name))
                    .collect();
            }
        }
        table.identity().map(|key| key.columns.clone()).ok_or_else(|| {
            Failure::usage(format!(
                "{} has no primary key by which its rows could be told apart",
                table.name
            ))
            .help("say which columns do: `root_key = [\"…\"]` in exodus.toml")
        })
    }

    /// The keys of all clients that are on the connection's database.
    pub(crate) async fn clients_of(
        &self,
        connection: &mut dyn Connection,
        root: Option<&str>,
    ) -> Result<(String, Vec<ClientKey>), Failure> {
        let configured = self.schema_of(connection).await?;
        let graph = Graph::new(&configured.schema);
        let Some(id) = self.root(&graph, root)? else {
            return Err(Failure::usage("no root table is known: each of its rows is a client")
                .help("name it with `--root`, or `root = \"…\"` in exodus.toml; `exodus classify` lists candidates"));
        };
        let key = self.root_key(&graph, id)?;
        let (table, dialect) = (graph.table(id), connection.dialect());
        let columns: Vec<_> = key.iter().filter_map(|name| table.column(name)).collect();
        let texts: Vec<_> = columns.iter().map(|column| dialect.key_text("t", column)).collect();
        let rows = connection.query(&all_rows(dialect, &texts, &table.name)).await?;
        let keys = rows
            .into_iter()
            .map(|row| row.into_iter().collect::<Option<Vec<String>>>().map(ClientKey::new));
        let keys = keys.collect::<Option<Vec<_>>>().ok_or_else(|| {
            Failure::runtime(format!(
                "{}: a row of {} has NULL in its key",
                connection.name(),
                table.name
            ))
            .help("choose other columns with `root_key`, or give the row a key")
        })?;
        Ok((table.name.to_string(), keys))
    }
}

/// Lets the database compare both sides of each declared relation, of no row: whether it can is not known before.
async fn try_declared(connection: &mut dyn Connection, schema: &Schema) -> Result<(), Failure> {
    let graph = Graph::new(schema);
    let declared = |edge: &&Edge| graph.relation(edge.id).origin == Origin::Declared;
    for edge in graph.edges().iter().filter(declared) {
        let sides = Sides::of(&graph, connection.dialect(), edge);
        let sql = format!(
            "SELECT COUNT(*) FROM {} AS t WHERE 1 = 0 AND {} AND EXISTS (SELECT 1 FROM {} AS q WHERE {})",
            sides.child, sides.set, sides.parent, sides.on
        );
        let trying = |error: exodus_engine::Error| {
            let doing = format!("trying the declared relation {}", graph.describe(edge.id));
            match error.kind() {
                ErrorKind::Statement | ErrorKind::Data => error.while_doing(doing).help(
                    "columns of different types need an expression in parentheses: columns = [\"(CAST(column AS type))\"]",
                ),
                _ => error,
            }
        };
        connection.query(&sql).await.map_err(trying)?;
    }
    Ok(())
}

fn all_rows(dialect: Dialect, columns: &[String], table: &exodus_schema::TableName) -> String {
    format!("SELECT {} FROM {} t", columns.join(", "), dialect.table(table))
}

/// Whether both lead to the same database, by what can be told without connecting.
fn is_same_place(one: &Address, other: &Address) -> bool {
    match (one, other) {
        (Address::Sqlite(one), Address::Sqlite(other)) => real(one) == real(other),
        (Address::Postgres(one), Address::Postgres(other)) | (Address::MySql(one), Address::MySql(other)) => {
            (&one.host, one.port, &one.database) == (&other.host, other.port, &other.database)
        }
        _ => false,
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize()
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}
