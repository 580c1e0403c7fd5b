//! Several streams for one large client.

use exodus_engine::{ConnectOptions, Session};
use exodus_transfer::Plan;
use exodus_transfer::plan::Request;
use exodus_transfer::streams::{self, MOST, Stages, Stream};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::Failure;
use crate::text::wrap;

/// The flag.
#[derive(Debug, clap::Args)]
pub(crate) struct Streams {
    /// Copy tables with many of the client's rows by so many connections on each side; rows are then committed to the
    /// target part by part, before they are proved, and removed again if the move fails
    #[arg(long, value_name = "N", default_value_t = 1, requires = "client",
          value_parser = clap::value_parser!(u8).range(1..=MOST as i64))]
    streams: u8,
}

/// What becomes of the wish for several streams.
pub(crate) struct Divided {
    streams: u8,
    stages: Result<Stages, &'static str>,
}

impl Streams {
    /// How many were asked for.
    pub(crate) fn number(&self) -> u8 {
        self.streams
    }

    /// What several streams would do, if they were asked for.
    pub(crate) fn divide(&self, plan: &Plan, request: &Request<'_>, target: &Session) -> Option<Divided> {
        (self.streams > 1).then(|| Divided {
            streams: self.streams,
            stages: streams::stages(plan, request, target.capabilities()),
        })
    }
}

impl Divided {
    /// The sessions, or none where they were not asked for or would be of no use; says which it is.
    pub(crate) async fn connect(
        divided: Option<&Self>,
        context: &Context,
        (from, to): (&str, &str),
    ) -> Result<Vec<Stream>, Failure> {
        let mut opened = vec![];
        let Some(divided) = divided else { return Ok(opened) };
        context.note(divided.text().trim_end());
        if divided.stages.is_err() {
            return Ok(opened);
        }
        let reading = ConnectOptions {
            read_only: true,
            ..ConnectOptions::default()
        };
        for _ in 0..divided.streams {
            let source = context.connect(from, reading).await?;
            let target = context.connect(to, ConnectOptions::default()).await?;
            opened.push(Stream::new(source, target));
        }
        Ok(opened)
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let text = match &self.stages {
            Err(reason) => format!("One stream: {reason}"),
            Ok(stages) => {
                let divisions = stages.divisions();
                let tables: Vec<_> = divisions.map(|it| format!("{} by {}", it.table, it.column)).collect();
                format!("{} streams, which divide {}", self.streams, tables.join(", "))
            }
        };
        wrap(&text, 2)
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        match &self.stages {
            Err(reason) => json!({ "number": 1, "reason": reason }),
            Ok(stages) => json!({ "number": self.streams, "divided": stages.divisions().collect::<Vec<_>>() }),
        }
    }
}
