//! How long clients are frozen, and what for: the flags, and the same in the configuration.

use std::collections::BTreeSet;
use std::time::Duration;

use exodus_engine::{OpenTransaction, Session};
use exodus_transfer::plan::Check;
use exodus_transfer::{Error, Freezing, Plan, Problem, Shape};
use jiff::SignedDuration;
use toml::Spanned;

use crate::config::Config;
use crate::context::Context;
use crate::exit::Failure;

/// The flags.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "While a client is frozen")]
pub(crate) struct FreezeFlags {
    /// Wait so long (such as 500ms, 10s) for applications that keep what the dispatch row said; 0s by default
    #[arg(long, value_name = "DURATION", value_parser = parse)]
    drain: Option<Duration>,
    /// Then give open transactions so long to end, or undo the move; 30s by default
    #[arg(long, value_name = "DURATION", value_parser = parse)]
    drain_limit: Option<Duration>,
    /// Where the server doesn't show its transactions, go on after --drain alone
    #[arg(long)]
    drain_blind: bool,
    /// Undo the move if the client is not on the target so long after its freeze
    #[arg(long, value_name = "DURATION", value_parser = parse)]
    freeze_budget: Option<Duration>,
}

/// What people may write.
const FORM: &str = "a duration such as 500ms, 10s or 5m";

/// `500ms` as a duration.
fn parse(text: &str) -> Result<Duration, String> {
    let read = text.parse::<SignedDuration>().ok();
    read.and_then(|read| Duration::try_from(read).ok())
        .ok_or_else(|| FORM.to_owned())
}

impl FreezeFlags {
    /// What holds: the flags, else the configuration.
    pub(crate) fn settings(&self, context: &Context) -> Result<Freezing, Failure> {
        let default = Freezing::default();
        let config = context.config.as_ref();
        let said = |flag: Option<Duration>, key: fn(&Config) -> Option<&Spanned<String>>| match (flag, config) {
            (None, Some(config)) => key(config).map(|said| configured(config, said)).transpose(),
            _ => Ok(flag),
        };
        let freezing = Freezing {
            drain: said(self.drain, |config| config.file.freeze.drain.as_ref())?.unwrap_or(default.drain),
            limit: said(self.drain_limit, |config| config.file.freeze.drain_limit.as_ref())?.unwrap_or(default.limit),
            blind: self.drain_blind,
            budget: said(self.freeze_budget, |config| config.file.freeze.budget.as_ref())?,
            locks: false,
        };
        self.check(&freezing)?;
        Ok(freezing)
    }

    /// What can't be kept is a mistake, and never no waiting.
    fn check(&self, freezing: &Freezing) -> Result<(), Failure> {
        if self.drain_blind && freezing.drain.is_zero() {
            return Err(Failure::usage("--drain-blind without --drain would wait for nobody")
                .help("say with --drain how long it takes at most until nobody writes to a frozen client any more"));
        }
        match freezing.budget {
            Some(budget) if budget <= freezing.drain => {
                let (budget, drain) = (budget.as_secs_f64(), freezing.drain.as_secs_f64());
                Err(Failure::usage(format!(
                    "a freeze budget of {budget} s can't be kept: it is over before the copy begins, after a drain of \
                     {drain} s"
                ))
                .help("allow more with --freeze-budget, or leave it out"))
            }
            _ => Ok(()),
        }
    }
}

fn configured(config: &Config, said: &Spanned<String>) -> Result<Duration, Failure> {
    let wrong = |form| config.wrong(&said.span(), &format!("the value should be {form}"));
    parse(said.get_ref()).map_err(wrong)
}

/// Looks whether the source shows its transactions, before anybody is frozen for nothing, and warns of those that the client
/// would be frozen for. The session is outside of any transaction.
pub(crate) async fn try_looking(
    freezing: &Freezing,
    source: &mut Session,
    shape: Shape<'_>,
    plan: &mut Plan,
) -> Result<(), Failure> {
    let schemas: BTreeSet<String> = shape
        .tables()
        .map(|id| shape.graph.table(id).name.schema.clone())
        .collect();
    let schemas: Vec<String> = schemas.into_iter().collect();
    for open in freezing.try_looking(source, &schemas).await? {
        let (message, help) = held_up(source.name(), "the frozen client", &open);
        plan.warnings.push(Problem {
            check: Check::Transaction,
            rule: None,
            table: shape.root().name.clone(),
            relation: None,
            rows: None,
            message,
            help,
            statement: None,
        });
    }
    Ok(())
}

/// For which transaction a move would wait, and what to do.
fn held_up(source: &str, who: &str, open: &OpenTransaction) -> (String, String) {
    let end = open
        .end()
        .map_or_else(String::new, |end| format!(", or end it ({end})"));
    (
        format!("{source}: {who} would wait for {}", open.described()),
        format!("let it commit or roll back before the move{end}"),
    )
}

/// The same look for many clients of one source: it warns once.
pub(crate) async fn try_looking_for_many(
    freezing: &Freezing,
    source: &mut Session,
    context: &Context,
) -> Result<(), Failure> {
    for open in freezing.try_looking(source, &[]).await? {
        let (message, help) = held_up(source.name(), "each frozen client", &open);
        context.note(&format!("warning: {message}: {help}"));
    }
    Ok(())
}

/// What to do about transactions that have not ended.
pub(crate) fn not_drained(error: &Error, ends: &[String]) -> Failure {
    let failure = Failure::runtime(error.to_string());
    let wait = "wait longer with --drain-limit";
    failure.help(match ends {
        [] => format!("let them commit or roll back, and move again; or {wait}"),
        ends => format!(
            "let them end, or end them ({}), and move again; or {wait}",
            ends.join("; ")
        ),
    })
}

/// What to do where nobody can be seen.
pub(crate) fn unseen(error: exodus_engine::Error) -> Failure {
    let help = match error.next_step() {
        Some(step) => format!("{step}; or say with --drain-blind that after --drain nobody writes any more"),
        None => "say with --drain-blind that after --drain nobody writes any more".to_owned(),
    };
    Failure::from(error).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing that can't be read stands for no waiting.
    #[test]
    fn durations_are_read_as_people_write_them() {
        for (text, millis) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("5m", 300_000),
            ("0s", 0),
            ("1h 30m", 5_400_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", " ", "30", "-1s", "s", "5 parsecs", "off"] {
            assert_eq!(parse(text), Err(FORM.to_owned()), "{text}");
        }
    }
}
