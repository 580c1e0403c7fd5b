//! The demo's databases on a server.

use exodus_engine::{Address, ConnectOptions, Connection, Secret};

use super::place::DATABASES;
use super::schema;
use crate::context::Context;
use crate::exit::Failure;
use crate::password;

/// A server, and a database on it from which others can be made.
#[derive(Debug)]
pub(super) struct Server {
    /// What it is, for people.
    pub(super) product: String,
    address: Address,
    /// How the databases' names begin.
    pub(super) prefix: String,
}

impl Server {
    /// Connects once, to see what it is. The databases are told from another demo's by `name`.
    pub(super) async fn find(context: &Context, url: &str, name: Option<&str>) -> Result<Self, Failure> {
        let prefix = prefix(name)?;
        let environment = |name: &str| std::env::var(name).ok();
        let mut address =
            Address::parse_server(url, &environment).map_err(|error| Failure::usage(error.to_string()))?;
        let Some((own, at_first)) = schema::server_of(&mut address) else {
            return Err(
                Failure::usage("--on takes the URL of a server, such as postgres://user@host/postgres")
                    .help("without --on, the demo uses SQLite files and needs no server"),
            );
        };
        // The demo's commands run in another directory.
        own.tls_ca = own.tls_ca.take().map(|path| std::path::absolute(&path).unwrap_or(path));
        let address = password::find(address.with_database(at_first), context)?;
        let name = address.to_string();
        let connection = exodus_engine::connect(&name, &address, ConnectOptions::default()).await?;
        Ok(Self {
            product: connection.engine().to_string(),
            address,
            prefix,
        })
    }

    /// Its own name of one of [`DATABASES`].
    pub(super) fn database(&self, name: &str) -> String {
        format!("{}_{name}", self.prefix)
    }

    /// The URL of one of [`DATABASES`] for the configuration, which never holds a password.
    pub(super) fn url(&self, name: &str) -> String {
        let url = self.address(name).to_string();
        // An empty password says that none is needed, and that nobody is to be asked for one.
        if self
            .password()
            .is_some_and(|(_, password)| password.reveal().is_empty())
        {
            url.replacen('@', ":@", 1)
        } else {
            url
        }
    }

    /// The password, with the variable in which the commands look for it.
    pub(super) fn password(&self) -> Option<(&'static str, &Secret)> {
        match &self.address {
            Address::Postgres(server) => Some(("PGPASSWORD", server.password.as_ref()?)),
            Address::MySql(server) => Some(("MYSQL_PWD", server.password.as_ref()?)),
            Address::Sqlite(_) => None,
        }
    }

    /// Host and port, for people.
    pub(super) fn host(&self) -> String {
        match &self.address {
            Address::Postgres(server) | Address::MySql(server) => format!("{}:{}", server.host, server.port),
            Address::Sqlite(path) => path.display().to_string(),
        }
    }

    /// Where one of [`DATABASES`] is.
    pub(super) fn address(&self, name: &str) -> Address {
        self.address.with_database(&self.database(name))
    }

    /// Refuses if one of the databases is there, unless they are to be replaced.
    pub(super) async fn refuse_existing(&self, replace: bool) -> Result<(), Failure> {
        let existing = self.existing(&mut *self.connect().await?).await?;
        if existing.is_empty() || replace {
            return Ok(());
        }
        let message = format!(
            "{} has {} already; nothing was written",
            self.host(),
            existing.join(", ")
        );
        Err(Failure::usage(message).help("replace them with --replace, or remove them with --drop"))
    }

    /// Makes the databases; those of an earlier demo go first, if they may.
    pub(super) async fn create(&self, replace: bool) -> Result<(), Failure> {
        if replace {
            self.drop_databases().await?;
        }
        let mut connection = self.connect().await?;
        for name in DATABASES {
            let sql = format!("CREATE DATABASE {}", connection.dialect().quote(&self.database(name)));
            let done = connection.execute(&sql).await;
            done.map_err(|error| {
                Failure::from(error.while_doing(format!("creating the database {}", self.database(name))))
            })?;
        }
        Ok(())
    }

    /// Removes the databases that are there; says which.
    pub(super) async fn drop_databases(&self) -> Result<Vec<String>, Failure> {
        let mut connection = self.connect().await?;
        let existing = self.existing(&mut *connection).await?;
        for database in &existing {
            let sql = format!("DROP DATABASE {}", connection.dialect().quote(database));
            let done = connection.execute(&sql).await;
            done.map_err(|error| Failure::from(error.while_doing(format!("dropping the database {database}"))))?;
        }
        Ok(existing)
    }

    async fn connect(&self) -> Result<Box<dyn Connection>, Failure> {
        Ok(exodus_engine::connect(&self.host(), &self.address, ConnectOptions::default()).await?)
    }

    async fn existing(&self, connection: &mut dyn Connection) -> Result<Vec<String>, Failure> {
        let ours = DATABASES.map(|name| self.database(name));
        let found = schema::databases_of(connection).await?.into_iter();
        Ok(found.filter(|name| ours.contains(name)).collect())
    }
}

/// How the names of the databases begin: never with anything else, so that `--drop` can't be made to drop others.
fn prefix(name: Option<&str>) -> Result<String, Failure> {
    let Some(name) = name else {
        return Ok("exodus_demo".to_owned());
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) {
        return Err(Failure::usage("--name takes 1 to 40 of a-z, 0-9 and _"));
    }
    Ok(format!("exodus_demo_{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(given: &str) -> String {
        let address = Address::parse_server(given, &|_| None).unwrap();
        Server {
            product: String::new(),
            address,
            prefix: prefix(None).unwrap(),
        }
        .url("shard1")
    }

    #[test]
    fn the_password_is_not_in_the_configuration() {
        let given = "postgres://me:a%40b:c@host:5433/postgres?sslmode=require";
        assert_eq!(url(given), "postgres://me@host:5433/exodus_demo_shard1?sslmode=require");
        assert_eq!(url("mysql://me:@host/"), "mysql://me:@host/exodus_demo_shard1");
    }
}
