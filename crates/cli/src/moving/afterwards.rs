//! What becomes of the source's rows after a move.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use serde_json::Value;

use crate::exit::Failure;

/// The flags.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(crate) struct Afterwards {
    /// Remove the client's rows from the source as soon as it is on the target
    #[arg(long, conflicts_with = "purge_after")]
    purge: bool,
    /// How long the source's rows are to stay: `exodus purge --due` removes them after that (7d, 12h, 30min)
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    purge_after: Option<Duration>,
}

impl Afterwards {
    /// Whether anything was said.
    pub(crate) fn is_said(self) -> bool {
        self.purge || self.purge_after.is_some()
    }

    /// Writes it down with how a move was asked for.
    pub(crate) fn ask(self, asked: &mut Value) {
        if self.purge {
            asked["purge"] = true.into();
        }
        // Should the process die before, the next `exodus purge --due` does it.
        let after = self.purge_after.or_else(|| self.purge.then_some(Duration::ZERO));
        if let Some(after) = after {
            asked["purge_after_seconds"] = after.as_secs().into();
        }
    }

    /// Refuses what only a single move does.
    pub(crate) fn of_several(self) -> Result<(), Failure> {
        if !self.purge {
            return Ok(());
        }
        Err(
            Failure::usage("--purge is for one client (--client): of several, none is purged before all have moved")
                .help("say --purge-after 0s, and `exodus purge --due` when they have moved"),
        )
    }

    /// The flags by which it would be asked for once more.
    pub(crate) fn words(asked: &Value) -> Option<&'static str> {
        (asked["purge"] == true).then_some("--purge")
    }
}

/// Such as `7d` or `1h 30min`; a day has 24 hours.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<Span>().ok().and_then(|span| {
        let exact = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
        Duration::try_from(exact).ok()
    });
    seconds.ok_or_else(|| "a duration such as 7d, 12h or 30min".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(duration("7d"), Ok(Duration::from_hours(168)));
        assert_eq!(duration("1h 30min"), Ok(Duration::from_mins(90)));
        assert_eq!(duration("0s"), Ok(Duration::ZERO));
        for wrong in ["", "7", "-1h", "soon", "1mo"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
