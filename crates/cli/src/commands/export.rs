//! `exodus export`

mod firing;

use exodus_engine::ConnectOptions;
use exodus_files::{Export, Format, Mask, Masks, Method, Place, SqlDialect, Trailer};
use exodus_schema::Graph;
use exodus_transfer::{ClientKey, Rows, Shape, canonical_key};
use serde_json::json;

use crate::config::MaskMethod;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::{classified, key, look, problems_text, stoppable, unless_stopped};
use crate::progress::Show;
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whose rows: the key of the root row; parts of a composite key in key order, as in 7,42
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    client: ClientKey,
    /// Where to: a file or a folder whose name tells the format (.sql, .jsonl, .parquet; with .gz or .zst compressed), or - for
    /// the standard output; --format sql, jsonl, csv, parquet says it otherwise
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    to: String,
    /// Where from, if the dispatch store is not to be asked
    #[arg(long, value_name = "DB")]
    from: Option<String>,
    /// The root table, instead of the configured one
    #[arg(long, value_name = "TABLE")]
    root: Option<String>,
    /// Whose SQL; by default that of the product that the rows come from
    #[arg(long, value_name = "DIALECT")]
    dialect: Option<DialectName>,
    /// Replace what is there
    #[arg(long)]
    force: bool,
    /// Put something else in the place of a column's values: table.column=null, =hash or =fake-email; repeat for more
    #[arg(long, value_name = "MASK")]
    mask: Vec<Mask>,
    /// Leave the values be that `[mask]` in exodus.toml masks
    #[arg(long, conflicts_with = "mask")]
    unmasked: bool,
}

/// A dialect by name.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DialectName {
    /// For psql
    Postgres,
    /// For mysql and mariadb
    #[value(alias = "mariadb")]
    Mysql,
    /// For sqlite3
    Sqlite,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let place = Place::of(&args.to);
    let format = format(context, &place)?;
    let from = source_name(context, args).await?;
    let options = ConnectOptions {
        read_only: true,
        ..ConnectOptions::default()
    };
    let mut source = context.connect(&from, options).await?;
    let configured = context.schema_of(&mut *source).await?;
    let graph = Graph::new(&configured.schema);
    let classified = classified(context, &configured, &graph, args.root.as_deref())?;
    let shape = Shape {
        graph: &graph,
        tree: &classified.classification.tree,
        root_key: &classified.root_key,
    };
    let masks = masks(context, args)?;
    let checked = Masks::new(shape, &masks)?;
    look(&mut *source).await?;
    let rows = Rows::of(shape, source.dialect(), &args.client)?;
    let client = canonical_key(&mut *source, &rows).await?;
    source.rollback().await?;
    let dialect = args.dialect.map_or(SqlDialect::of(source.engine()), |name| match name {
        DialectName::Postgres => SqlDialect::Postgres,
        DialectName::Mysql => SqlDialect::MySql,
        DialectName::Sqlite => SqlDialect::Sqlite,
    });
    if args.dialect.is_some() && format != Format::Sql {
        return Err(
            Failure::usage(format!("{format} is the same for every product: it has no dialect"))
                .help("leave out --dialect, or take --format sql"),
        );
    }
    let show = Show::new(context.global.quiet || context.json());
    let cancel = stoppable(context);
    let export = Export {
        shape,
        client: &client,
        format,
        dialect,
        place: &place,
        force: args.force,
        masks: &checked,
        progress: &show,
    };
    let exported = unless_stopped(&cancel, async { Ok(export.run(&mut *source).await?) }).await;
    drop(show);
    let trailer = exported?;
    if format == Format::Sql && dialect == SqlDialect::of(configured.schema.engine) {
        firing::warn(context, &graph, &classified.classification, dialect);
    }
    finished(context, args, &client, &masks, &trailer)
}

/// What `--format` says, or the file's name.
fn format(context: &Context, place: &Place) -> Result<Format, Failure> {
    if let Some(format) = context.global.format().of_files() {
        return Ok(format);
    }
    let named = match place {
        Place::Pipe => Some(Format::Jsonl),
        Place::Path(path) => Format::of_name(path),
    };
    named.ok_or_else(|| {
        Failure::usage("the name does not tell what the file is to be written as")
            .help("say it with --format sql, jsonl, csv or parquet, or take a name that ends so")
    })
}

async fn source_name(context: &Context, args: &Args) -> Result<String, Failure> {
    if let Some(from) = &args.from {
        return Ok(from.clone());
    }
    let store = context.store().await?;
    let databases = key::configured(context);
    let found = key::find(context, &store, &args.client, &databases, args.root.as_deref()).await?;
    found.map(|client| client.shard).ok_or_else(|| {
        Failure::runtime("the dispatch store knows no such client")
            .help("name its database with --from, or enrol all clients: `exodus dispatch init --enrol-from DB`")
    })
}

/// The masks of the command line, and those of the configuration for other columns.
fn masks(context: &Context, args: &Args) -> Result<Vec<Mask>, Failure> {
    let mut masks = args.mask.clone();
    let Some(config) = context.config.as_ref().filter(|_| !args.unmasked) else {
        return Ok(masks);
    };
    for (names, method) in &config.file.mask {
        let known = match method.as_ref() {
            MaskMethod::Null => Method::Null,
            MaskMethod::Hash => Method::Hash,
            MaskMethod::FakeEmail => Method::FakeEmail,
        };
        let mask = Mask::of(names, known).ok_or_else(|| {
            config
                .wrong(&method.span(), &format!("`{names}` names no column"))
                .help("write \"table.column\" or \"schema.table.column\", with the column last")
        })?;
        let said = |one: &Mask| one.table.name == mask.table.name && one.column == mask.column;
        if !args.mask.iter().any(said) {
            masks.push(mask);
        }
    }
    Ok(masks)
}

fn finished(
    context: &Context,
    args: &Args,
    client: &ClientKey,
    masks: &[Mask],
    trailer: &Trailer,
) -> Result<Code, Failure> {
    let masked: Vec<String> = masks.iter().map(ToString::to_string).collect();
    // The standard output is the file's.
    let piped = args.to == "-";
    if context.json() && !piped {
        let value = json!({ "version": 1, "export": {
            "client": client, "to": args.to, "rows": trailer.rows(), "tables": trailer.tables, "masked": masked,
        }});
        context.print_json(&value)?;
        return Ok(Code::Ok);
    }
    let mut text = wrap(
        &format!("Client {client}: {} in {}.", count(trailer.rows(), "row"), args.to),
        2,
    );
    if !masked.is_empty() {
        let told = format!("Masked, and so no backup: {}.", masked.join(", "));
        text.push_str(&wrap(&told, 2));
    }
    if piped {
        context.note(text.trim_end());
    } else {
        context.print(&text)?;
    }
    Ok(Code::Ok)
}

impl From<exodus_files::Error> for Failure {
    fn from(error: exodus_files::Error) -> Self {
        use exodus_files::Error;
        let message = error.to_string();
        let help = error.help().map(str::to_owned);
        let failure = match error {
            Error::Transfer(error) => return error.into(),
            Error::Asked { .. } => Self::usage(message),
            Error::Refused(problems) => Self::runtime(format!("{message}\n{}", problems_text(&problems).trim_end())),
            Error::Context { problems, .. } => {
                Self::runtime(format!("{message}\n{}", problems_text(&problems).trim_end()))
            }
            Error::Altered { .. } => Self::new(Code::Mismatch, message),
            Error::File { .. } | Error::Damaged { .. } => Self::runtime(message),
        };
        match help {
            Some(help) => failure.help(help),
            None => failure,
        }
    }
}
