//! Which process runs a move, so that another one can tell whether it is still there.
//!
//! It is a help, not a lock: whoever gives up a move whose process lives after all makes it fail, and no more. Only Linux
//! tells enough; elsewhere nobody is taken for gone.

use std::fs;

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

    /// As a move's options keep it.
    pub(crate) fn text(&self) -> String {
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

    /// Whether the process that is written in a move's options is certainly gone: it ran on this machine, which has been
    /// started anew since, or has no such process any more.
    pub(crate) fn is_gone(options: &serde_json::Value) -> bool {
        let runner = options["runner"].as_str().and_then(Self::parse);
        runner.zip(Self::me()).is_some_and(|(it, me)| {
            let same_machine = it.host == me.host;
            same_machine && (it.boot != me.boot || started(it.pid).as_ref() != Some(&it.started))
        })
    }
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
    rest.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_process_of_this_machine_can_be_gone() {
        let Some(me) = Runner::me() else { return };
        let gone = |runner: &Runner| Runner::is_gone(&json!({ "runner": runner.text() }));
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
        assert!(!Runner::is_gone(&json!({ "integrity": "proven" })));
        assert!(!Runner::is_gone(&json!({ "runner": "x" })));
    }
}
