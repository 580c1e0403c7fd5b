//! `exodus init`: writes a commented configuration.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use exodus_classify::candidates::candidates;
use exodus_engine::{Address, ConnectOptions};
use exodus_schema::Graph;
use serde_json::json;

use crate::config::{FILE_NAME, Found, Template};
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::password;
use crate::text::wrap;

/// How many candidates for the root table are written down.
const CANDIDATES: usize = 4;

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The monolith, to look for the root table there: postgres://user@host/db,
    /// mysql://…, mariadb://…, or the path of an SQLite file
    #[arg(long, value_name = "URL")]
    from: Option<String>,
    /// The root table: each of its rows is a client
    #[arg(long, value_name = "TABLE")]
    root: Option<String>,
    /// Overwrite a configuration that is there
    #[arg(long)]
    force: bool,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let path = context
        .global
        .config
        .clone()
        .unwrap_or_else(|| PathBuf::from(FILE_NAME));
    if path.exists() && !args.force {
        return Err(exists(&path));
    }
    let mut template = Template::default();
    if let Some(from) = &args.from {
        look(context, args, from, &path, &mut template).await?;
    } else if let Some(root) = &args.root {
        template.roots.push(Found {
            name: root.clone(),
            reason: String::new(),
        });
    }
    write(&path, &template.to_string(), args.force)?;
    tell(context, &path, &template)
}

/// Connects, and puts down what is found.
async fn look(context: &Context, args: &Args, from: &str, path: &Path, template: &mut Template) -> Result<(), Failure> {
    let address: Address = from
        .parse()
        .map_err(|error: exodus_engine::AddressError| Failure::usage(format!("--from: {error}")))?;
    let has_password = matches!(
        &address,
        Address::Postgres(server) | Address::MySql(server)
            if server.password.as_ref().is_some_and(|password| !password.reveal().is_empty())
    );
    template.set_monolith(&beside(&address, path), has_password);

    let name = address.to_string();
    let address = password::find(address, context)?;
    let options = ConnectOptions {
        read_only: true,
        create: false,
    };
    let mut connection = exodus_engine::connect(&name, &address, options).await?;
    let schema = context.schema_of(&mut *connection).await?.schema;
    let graph = Graph::new(&schema);
    if let Some(root) = context.root(&graph, args.root.as_deref())? {
        template.roots.push(Found {
            name: graph.table(root).name.to_string(),
            reason: String::new(),
        });
        return Ok(());
    }
    let found = candidates(&graph).into_iter().take(CANDIDATES);
    template.roots = found
        .map(|candidate| Found {
            name: graph.table(candidate.table).name.to_string(),
            reason: candidate.reason,
        })
        .collect();
    Ok(())
}

/// The address as it must be written into the file at `path`, where relative paths start at the file's directory.
fn beside(address: &Address, path: &Path) -> Address {
    match address {
        Address::Sqlite(database) if path.parent().is_some_and(|folder| !folder.as_os_str().is_empty()) => {
            Address::Sqlite(std::path::absolute(database).unwrap_or_else(|_| database.clone()))
        }
        other => other.clone(),
    }
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    // `create_new` leaves alone a file that appeared in the meantime.
    options.write(true).create_new(!force).create(force).truncate(force);
    // There may be passwords in it.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => Failure::runtime(format!("{} can't be written: {error}", path.display())),
    })
}

fn exists(path: &Path) -> Failure {
    Failure::usage(format!("{} is there already", path.display())).help("`--force` overwrites it")
}

fn tell(context: &Context, path: &Path, template: &Template) -> Result<Code, Failure> {
    if context.json() {
        let roots = template
            .roots
            .iter()
            .map(|found| json!({"table": found.name, "reason": found.reason}));
        context.print_json(&json!({
            "version": 1,
            "file": path,
            "roots": roots.collect::<Vec<_>>(),
            "password_variable": template.variable(),
        }))?;
        return Ok(Code::Ok);
    }
    let mut text = wrap(&format!("Wrote {}.", path.display()), 0);
    if let Some(variable) = template.variable() {
        text += &wrap(
            &format!(
                "The password is not in it: it is taken from the environment variable {variable}. Set that one before you go on."
            ),
            0,
        );
    }
    match template.roots.as_slice() {
        [] => {
            text += &wrap(
                "Fill in the databases and the root table, then try `exodus classify --from NAME`.",
                0,
            );
        }
        [one] => {
            text += &wrap(
                &format!(
                    "The root table is {}. Next: `exodus classify --from monolith`.",
                    one.name
                ),
                0,
            );
        }
        [first, ..] => {
            text += &wrap(
                &format!(
                    "The root table is probably {}; look at the others in the file. Next: `exodus classify --from monolith`.",
                    first.name
                ),
                0,
            );
        }
    }
    context.print(&text)?;
    Ok(Code::Ok)
}
