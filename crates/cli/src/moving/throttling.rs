//! What slows moves down or lets them wait: the flags, and the tasks that look whether it is time.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use exodus_engine::{ConnectOptions, Connection};
use exodus_transfer::Throttle;
use exodus_transfer::throttle::{Cause, Limits};
use tokio::task::JoinSet;

use crate::context::{Context, Database};
use crate::exit::Failure;

/// How often a file is looked for.
const FILE_INTERVAL: Duration = Duration::from_millis(200);
/// How often a database is asked.
const QUERY_INTERVAL: Duration = Duration::from_secs(1);

/// The flags.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Going easy on the servers")]
pub(crate) struct Throttling {
    /// Copy at most so many rows per second, all moves of this command together
    #[arg(long, value_name = "N")]
    max_rows_per_second: Option<NonZeroU64>,
    /// Copy at most so many bytes per second (such as 500k, 20M), all moves together
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    max_bytes_per_second: Option<NonZeroU64>,
    /// Pause while this file is there
    #[arg(long, value_name = "FILE")]
    pause_file: Option<PathBuf>,
    /// Pause while this query gives more than --max-lag: by how many seconds a replica is behind
    #[arg(long, value_name = "SQL", requires = "max_lag")]
    lag_query: Option<String>,
    /// The most that --lag-query may give
    #[arg(long, value_name = "SECONDS", requires = "lag_query")]
    max_lag: Option<f64>,
    /// The database that --lag-query asks; by default the target
    #[arg(long, value_name = "DB", requires = "lag_query")]
    lag_on: Option<String>,
    /// Pause while this query gives more than --max-load: how much a server has to do
    #[arg(long, value_name = "SQL", requires = "max_load")]
    load_query: Option<String>,
    /// The most that --load-query may give
    #[arg(long, value_name = "N", requires = "load_query")]
    max_load: Option<f64>,
    /// The database that --load-query asks; by default the target
    #[arg(long, value_name = "DB", requires = "load_query")]
    load_on: Option<String>,
}

/// `20M` as a number of bytes.
fn parse_bytes(text: &str) -> Result<NonZeroU64, String> {
    let wrong = || "a number of bytes such as 500000, 500k, 20M or 1G, and not 0".to_owned();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text[digits.len()..].to_ascii_lowercase().trim_end_matches("ib") {
        "" | "b" => 1_u64,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        _ => return Err(wrong()),
    };
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let bytes = number.checked_mul(factor).and_then(NonZeroU64::new);
    bytes.ok_or_else(wrong)
}

/// The throttle of a command, and what watches for it; dropping it ends the watching.
#[derive(Debug)]
pub(crate) struct Throttled {
    pub(crate) throttle: Arc<Throttle>,
    _tasks: JoinSet<()>,
}

impl Throttling {
    /// Looks for the first time, so that nothing is begun that has to wait, and goes on looking. A query that can't be
    /// asked now is an error; one that can't be asked later pauses everything, since nobody knows better.
    pub(crate) async fn start(&self, context: &Context, target: &str) -> Result<Throttled, Failure> {
        let throttle = Throttle::new(Limits {
            rows_per_second: self.max_rows_per_second,
            bytes_per_second: self.max_bytes_per_second,
        });
        let mut tasks = JoinSet::new();
        for mut query in self.queries(context, target)? {
            let first = query.ask().await.map_err(Failure::from)?;
            query.judge(&throttle, Ok(first));
            let throttle = Arc::clone(&throttle);
            tasks.spawn(async move { query.watch(&throttle).await });
        }
        if let Some(file) = self.pause_file.clone() {
            look_for(&throttle, &file);
            let throttle = Arc::clone(&throttle);
            tasks.spawn(async move {
                loop {
                    tokio::time::sleep(FILE_INTERVAL).await;
                    look_for(&throttle, &file);
                }
            });
        }
        listen(&throttle, &mut tasks);
        Ok(Throttled {
            throttle,
            _tasks: tasks,
        })
    }

    fn queries(&self, context: &Context, target: &str) -> Result<Vec<Query>, Failure> {
        let given = [
            (Cause::Lag, &self.lag_query, self.max_lag, &self.lag_on),
            (Cause::Load, &self.load_query, self.max_load, &self.load_on),
        ];
        let mut queries = vec![];
        for (cause, sql, most, on) in given {
            let (Some(sql), Some(most)) = (sql, most) else { continue };
            if !most.is_finite() {
                return Err(Failure::usage(format!("--max-{} takes a number", word(cause))));
            }
            queries.push(Query {
                cause,
                sql: sql.clone(),
                most,
                database: context.database(on.as_deref().unwrap_or(target))?,
                connection: None,
            });
        }
        Ok(queries)
    }
}

fn word(cause: Cause) -> &'static str {
    match cause {
        Cause::Asked | Cause::File => "pause",
        Cause::Lag => "lag",
        Cause::Load => "load",
    }
}

/// A file that can't be looked for (its folder went away) is not there.
fn look_for(throttle: &Throttle, file: &Path) {
    if file.exists() {
        throttle.hold(Cause::File, format!("{} is there", file.display()));
    } else {
        throttle.release(Cause::File);
    }
}

/// SIGUSR1 pauses, SIGUSR2 lets go on.
#[cfg(unix)]
fn listen(throttle: &Arc<Throttle>, tasks: &mut JoinSet<()>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut pause), Ok(mut go_on)) = (signal(SignalKind::user_defined1()), signal(SignalKind::user_defined2()))
    else {
        tracing::warn!("SIGUSR1 and SIGUSR2 can't be listened for: --pause-file pauses, too");
        return;
    };
    let throttle = Arc::clone(throttle);
    tasks.spawn(async move {
        loop {
            tokio::select! {
                _ = pause.recv() => throttle.hold(Cause::Asked, "SIGUSR1 came; SIGUSR2 lets it go on"),
                _ = go_on.recv() => throttle.release(Cause::Asked),
            }
        }
    });
}

#[cfg(not(unix))]
fn listen(_: &Arc<Throttle>, _: &mut JoinSet<()>) {}

/// A query whose number must not be too high.
struct Query {
    cause: Cause,
    sql: String,
    most: f64,
    database: Database,
    connection: Option<Box<dyn Connection>>,
}

impl Query {
    /// The number in the last column of the first row: `SHOW GLOBAL STATUS LIKE 'Threads_running'` has it there.
    async fn ask(&mut self) -> exodus_engine::Result<Option<f64>> {
        if self.connection.is_none() {
            let options = ConnectOptions {
                read_only: true,
                ..ConnectOptions::default()
            };
            let Database { name, address } = &self.database;
            self.connection = Some(exodus_engine::connect(name, address, options).await?);
        }
        let Some(connection) = &mut self.connection else {
            return Ok(None);
        };
        let doing = format!("asking for the {}", word(self.cause));
        let answer = connection.query(&self.sql).await;
        let rows = answer.map_err(|error| error.while_doing(doing))?;
        let cell = rows
            .into_iter()
            .next()
            .and_then(|row| row.into_iter().next_back())
            .flatten();
        Ok(cell
            .and_then(|text| text.trim().parse().ok())
            .filter(|number: &f64| !number.is_nan()))
    }

    fn judge(&self, throttle: &Throttle, answer: exodus_engine::Result<Option<f64>>) {
        let (word, name) = (word(self.cause), &self.database.name);
        match answer {
            Ok(Some(number)) if number <= self.most => throttle.release(self.cause),
            // In whole steps, so that a lag that grows by the second doesn't fill the log.
            Ok(Some(_)) => throttle.hold(self.cause, format!("the {word} on {name} is above {}", self.most)),
            Ok(None) => throttle.hold(self.cause, format!("the {word} query on {name} gives no number")),
            Err(error) => throttle.hold(self.cause, format!("the {word} can't be told: {error}")),
        }
    }

    async fn watch(mut self, throttle: &Throttle) {
        loop {
            tokio::time::sleep(QUERY_INTERVAL).await;
            let answer = self.ask().await;
            if answer.is_err() {
                // The next time with a session that is whole.
                self.connection = None;
            }
            self.judge(throttle, answer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_people_write_them() {
        let read = |text| parse_bytes(text).ok().map(NonZeroU64::get);
        for (text, bytes) in [
            ("500", 500),
            ("1b", 1),
            ("500k", 512_000),
            ("20M", 20 << 20),
            ("1GiB", 1 << 30),
        ] {
            assert_eq!(read(text), Some(bytes), "{text}");
        }
        for text in ["", "0", "M", "1x", "-1", "1.5M", "18446744073709551615k"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
