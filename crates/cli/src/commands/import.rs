//! `exodus import`

use exodus_engine::{ConnectOptions, refuses_writes};
use exodus_files::{Import, Imported, Manifest, Opened, Place};
use serde_json::json;

use crate::commands::move_client::How;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::{stoppable, unless_stopped};
use crate::progress::Show;
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Args {
    /// What `exodus export` wrote as jsonl, csv, parquet or sqlite, compressed or not; - for the standard input
    #[arg(value_name = "FILE", allow_hyphen_values = true)]
    file: String,
    /// Where to: a database of the configuration, a URL, or an SQLite file
    #[arg(long, value_name = "DB")]
    to: String,
    /// Read the file, compare it with itself and the target, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Take columns of other types that lose something
    #[arg(long)]
    allow_lossy: bool,
    /// Take the rows that the client's rows need as they are there, whatever they were on the source
    #[arg(long)]
    allow_other_context: bool,
    /// How foreign keys are made to hold there; by default what the session may do
    #[arg(long, value_name = "HOW")]
    integrity: Option<How>,
    /// Write down in the dispatch store that the client is there now
    #[arg(long, conflicts_with = "dry_run")]
    enrol: bool,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    // What can fail is done first, so that no client arrives whom nobody can find.
    let store = if args.enrol { Some(context.store().await?) } else { None };
    let opened = Opened::open(&Place::of(&args.file)).await?;
    let manifest = opened.manifest.clone();
    let options = ConnectOptions {
        read_only: args.dry_run,
        ..ConnectOptions::default()
    };
    let mut target = context.connect(&args.to, options).await?;
    if let Some(why) = refuses_writes(&mut *target).await? {
        return Err(
            Failure::runtime(format!("{} {why}: no row can be written there", target.name()))
                .help("name its primary with --to"),
        );
    }
    let target_schema = context.schema_of(&mut *target).await?.schema;
    if !manifest.masked.is_empty() {
        context.note(&format!(
            "warning: {} is masked, and no backup: {}",
            args.file,
            manifest.masked.join(", ")
        ));
    }
    let show = Show::new(context.global.quiet || context.json());
    let cancel = stoppable(context);
    let import = Import {
        opened,
        target_schema: &target_schema,
        dry_run: args.dry_run,
        allow_lossy: args.allow_lossy,
        allow_other_context: args.allow_other_context,
        integrity: args.integrity.map(Into::into),
        progress: &show,
    };
    let imported = unless_stopped(&cancel, async { Ok(import.run(&mut *target).await?) }).await;
    drop(show);
    let imported = imported?;
    if let Some(store) = store {
        store.set(&manifest.client, target.name()).await?;
    }
    finished(context, args, target.name(), &manifest, &imported)
}

fn finished(
    context: &Context,
    args: &Args,
    target: &str,
    manifest: &Manifest,
    imported: &Imported,
) -> Result<Code, Failure> {
    if context.json() {
        let value = json!({ "version": 1, "import": {
            "client": manifest.client, "to": target, "rows": imported.rows, "tables": imported.tables,
            "masked": manifest.masked, "dry_run": args.dry_run, "enrolled": args.enrol,
        }});
        context.print_json(&value)?;
        return Ok(Code::Ok);
    }
    let (client, rows) = (&manifest.client, count(imported.rows, "row"));
    let mut text = if args.dry_run {
        wrap(
            &format!("Client {client}: {rows} would be imported into {target}; nothing was written."),
            2,
        )
    } else {
        wrap(
            &format!("Client {client}: {rows} imported into {target}, read again and equal to the file."),
            2,
        )
    };
    if !args.dry_run && !args.enrol {
        let told = format!(
            "The dispatch store was not told: `exodus dispatch set --client {client} --shard {target}` does, once the client is to live there."
        );
        text.push_str(&wrap(&told, 2));
    }
    context.print(&text)?;
    Ok(Code::Ok)
}
