//! A move that was written down before, made as it was asked for.

use clap::Parser;
use exodus_fleet::{Move, MoveJournal};

use super::{Args, one};
use crate::args::{Cli, Command};
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::afterwards::Afterwards;
use crate::moving::throttling::Throttling;
use crate::moving::{fencing, freezing};

/// A move that is taken up again.
pub(crate) struct Again<'a> {
    /// Its journal, which nobody else writes any more.
    pub(crate) journal: MoveJournal,
    /// How it was asked for.
    pub(crate) options: &'a serde_json::Value,
    pub(crate) throttling: &'a Throttling,
    pub(crate) freezing: &'a freezing::FreezeFlags,
    pub(crate) show_keys: bool,
}

/// Makes a move that was written down before, as it was asked for.
pub(crate) async fn again(context: &Context, it: &Move, again: &Again<'_>) -> Result<Code, Failure> {
    let args = Args::of(it)?;
    Box::pin(one(context, &args, &it.client, Some(again))).await
}

impl Args {
    /// The flags by which a move would be asked for as it was; but for its policies.
    fn of(it: &Move) -> Result<Self, Failure> {
        let (client, options) = (it.client.to_string(), &it.options);
        let mut words = vec![
            "exodus", "move", "--client", &client, "--to", &it.target, "--from", &it.source,
        ];
        for name in ["root", "integrity"] {
            if let Some(value) = options[name].as_str() {
                words.extend([if name == "root" { "--root" } else { "--integrity" }, value]);
            }
        }
        let streams = options["streams"].as_u64().map(|streams| streams.to_string());
        if let Some(streams) = &streams {
            words.extend(["--streams", streams]);
        }
        if options["allow_lossy"] == true {
            words.push("--allow-lossy");
        }
        if options["made"].as_array().is_some_and(|made| !made.is_empty()) {
            words.push("--create-tables");
        }
        words.extend(Afterwards::words(options));
        if fencing::is_by_locks(options) {
            words.extend(["--fence", "lock"]);
        }
        match Cli::try_parse_from(words).map(|cli| cli.command) {
            Ok(Command::Move(args)) => Ok(*args),
            _ => Err(Failure::runtime(format!(
                "move {} was asked for in a way that this version doesn't know",
                it.id
            ))
            .help(format!(
                "give it up with `exodus abort {}`, and move the client anew",
                it.id
            ))),
        }
    }
}
