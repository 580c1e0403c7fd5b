//! `exodus freeze`

use exodus_fleet::{Client, Store};
use exodus_transfer::ClientKey;
use serde_json::json;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::key;
use crate::text::wrap;

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The client's key; the parts of a composite one in key order: 7,42
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    client: ClientKey,
    /// Why, for those who will look
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store_to_write(false).await?;
    let key = known(context, &store, &args.client).await?;
    let (client, changed) = store.freeze(&key, args.reason.as_deref()).await?;
    let already = if changed { "" } else { " already" };
    let text = format!(
        "Client {} on {} is frozen{already}, since {}: applications that ask the dispatch store don't write to it until \
         `exodus unfreeze --client {}`.",
        client.client, client.shard, client.updated_at, client.client
    );
    tell(context, &client, changed, &text)
}

/// The key as the dispatch store has it, or else as it was typed: what is unknown is refused there.
pub(crate) async fn known(context: &Context, store: &Store, typed: &ClientKey) -> Result<ClientKey, Failure> {
    let found = key::find(context, store, typed, &key::configured(context), None).await?;
    Ok(found.map_or_else(|| typed.clone(), |row| row.client))
}

/// What became of the client.
pub(crate) fn tell(context: &Context, client: &Client, changed: bool, text: &str) -> Result<Code, Failure> {
    if context.json() {
        context.print_json(&json!({ "version": 1, "client": client, "changed": changed }))?;
    } else {
        context.print(&wrap(text, 2))?;
    }
    Ok(Code::Ok)
}
