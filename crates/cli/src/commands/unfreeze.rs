//! `exodus unfreeze`

use exodus_transfer::ClientKey;

use crate::commands::freeze::{known, tell};
use crate::context::Context;
use crate::exit::{Code, Failure};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The client's key; the parts of a composite one in key order: 7,42
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    client: ClientKey,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store_to_write(false).await?;
    let key = known(context, &store, &args.client).await?;
    let (client, changed) = store.unfreeze(&key).await?;
    let already = if changed { "" } else { ", and was before" };
    let text = format!("Client {} is active on {}{already}.", client.client, client.shard);
    tell(context, &client, changed, &text)
}
