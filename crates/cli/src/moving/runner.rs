//! Which process runs a move, so that another one can tell whether it is still there.
//!
//! It is a help, not a lock: whoever takes a move from a process that lives after all makes that one fail, and no more. Only
//! Linux tells enough; elsewhere nobody is taken for gone before the lease has run out.

use std::fs;
use std::time::Duration;

use exodus_fleet::{TERM, Worker};
use jiff::SignedDuration;

use crate::config::Config;
use crate::exit::Failure;

/// A shorter lease would run out while a process is busy.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);

/// A process of some machine since its last start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runner {
    host: String,
    boot: String,
    pid: u32,
    /// In the machine's ticks since its start: process numbers are used again.
    started: String,
}

impl Runner {
    /// This process.
    pub(crate) fn me() -> Option<Self> {
        let pid = std::process::id();
        Some(Self {
            host: line("/proc/sys/kernel/hostname")?,
            boot: line("/proc/sys/kernel/random/boot_id")?,
            pid,
            started: started(pid)?,
        })
    }

    /// As the dispatch store keeps it.
    fn text(&self) -> String {
        let Self {
            host,
            boot,
            pid,
            started,
        } = self;
        format!("{pid}@{host} {started} {boot}")
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (who, started, boot) = (words.next()?, words.next()?, words.next()?);
        let (pid, host) = who.split_once('@')?;
        words.next().is_none().then_some(Self {
            host: host.to_owned(),
            boot: boot.to_owned(),
            pid: pid.parse().ok()?,
            started: started.to_owned(),
        })
    }

    /// Whether the process of that text is certainly gone: it ran on this machine, which has been started anew since, or
    /// has no such process any more.
    fn is_gone(text: &str) -> bool {
        Self::parse(text).zip(Self::me()).is_some_and(|(it, me)| {
            let same_machine = it.host == me.host;
            same_machine && (it.boot != me.boot || started(it.pid).as_ref() != Some(&it.started))
        })
    }
}

/// How long this process holds a move without a sign of life.
fn term(config: Option<&Config>) -> Result<Duration, Failure> {
    let Some((config, said)) = config.and_then(|config| Some((config, config.file.lease.as_ref()?))) else {
        return Ok(TERM);
    };
    let term = said.get_ref().parse::<SignedDuration>().ok();
    let term = term.and_then(|term| Duration::try_from(term).ok());
    // Three times in each, it is prolonged.
    term.filter(|term| *term >= SHORTEST_LEASE).ok_or_else(|| {
        config
            .wrong(&said.span(), "the lease is no duration of a second or more")
            .help("such as lease = \"30s\"")
    })
}

/// This process, as it takes moves.
pub(crate) fn worker(config: Option<&Config>) -> Result<Worker, Failure> {
    let plain = Worker {
        term: term(config)?,
        ..Worker::default()
    };
    Ok(match Runner::me() {
        Some(me) => Worker {
            name: me.text(),
            is_gone: Runner::is_gone,
            ..plain
        },
        None => plain,
    })
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    // A blank in a name would end it too early.
    let text = text.trim().replace(' ', "_");
    (!text.is_empty()).then_some(text)
}

/// When the process began; `None` if there is none of this number.
fn started(pid: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, and may hold anything; the 22nd is what is wanted.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // One that has ended, and whose parent has not asked how, does nothing any more.
    let ended = matches!(fields.next()?, "Z" | "X");
    fields.nth(18).filter(|_| !ended).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_of_this_machine_can_be_gone() {
        let Some(me) = Runner::me() else { return };
        let gone = |runner: &Runner| Runner::is_gone(&runner.text());
        assert_eq!(Runner::parse(&me.text()), Some(me.clone()));
        assert!(!gone(&me));
        let with = |change: &dyn Fn(&mut Runner)| {
            let mut other = me.clone();
            change(&mut other);
            other
        };
        assert!(
            gone(&with(&|it| it.started = "1".to_owned())),
            "the number was given to another process"
        );
        assert!(gone(&with(&|it| it.boot = "before".to_owned())));
        assert!(!gone(&with(&|it| it.host = "elsewhere".to_owned())));
        assert!(!Runner::is_gone("process 1"));
        assert!(!Runner::is_gone("x"));
    }
}
