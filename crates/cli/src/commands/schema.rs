//! `exodus schema`: a database's schema as JSON, which `--schema` takes wherever a schema is read.

use exodus_engine::{Access, CatalogueOf, Checks, ConnectOptions};
use exodus_schema::introspect::{self, Options};

use super::classify::source;
use crate::context::Context;
use crate::exit::{Code, Failure};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The database to read: a name from exodus.toml, a URL or a path
    #[arg(long, value_name = "DB")]
    from: Option<String>,
}

/// Runs it. What the configuration declares is left out: it is added when the file is read.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let name = source(context, args.from.as_deref())?;
    let options = ConnectOptions {
        read_only: true,
        ..ConnectOptions::default()
    };
    let mut connection = context.connect(&name, options).await?;
    let engine = connection.engine();
    let schemas = context
        .config
        .as_ref()
        .map(|config| config.file.schemas.clone())
        .unwrap_or_default();
    // All catalogue queries see one moment.
    connection.begin(Access::Snapshot, Checks::Enforced).await?;
    let schema = introspect::read(&mut CatalogueOf(connection.as_mut()), engine, &Options { schemas }).await?;
    connection.rollback().await?;
    for warning in &schema.warnings {
        context.note(&format!("warning: {warning}"));
    }
    context.print_json(&schema)?;
    Ok(Code::Ok)
}
