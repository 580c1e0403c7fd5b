//! What the reader sees: a transcript of a shell, comments included.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};

use super::place::Place;
use super::server::Server;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::output;

/// Tells the story and runs its commands.
pub(super) struct Story<'a> {
    context: &'a Context,
    place: &'a Place,
    program: PathBuf,
    interrupted: Arc<AtomicBool>,
}

impl<'a> Story<'a> {
    /// From here on Ctrl-C no longer ends the process: the command that runs ends, and then the story does.
    pub(super) fn begin(context: &'a Context, place: &'a Place) -> Result<Self, Failure> {
        let program = std::env::current_exe()
            .map_err(|error| Failure::runtime(format!("where this program is can't be found out: {error}")))?;
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                flag.store(true, Ordering::Relaxed);
            }
        });
        Ok(Self {
            context,
            place,
            program,
            interrupted,
        })
    }

    /// This program.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Prints lines as they are, unless `--quiet`.
    pub(super) fn say(&self, text: &str) -> Result<(), Failure> {
        if self.context.global.quiet {
            Ok(())
        } else {
            self.context.print(text)
        }
    }

    /// Prints a paragraph as comments, and a command with its real output. The command must succeed.
    pub(super) async fn step(&self, comment: &str, command: &[&str]) -> Result<(), Failure> {
        self.comment(comment)?;
        self.show(&format!("exodus {}", command.join(" ")))?;
        let status = self.run(command).await?;
        self.check()?;
        if status.success() {
            return Ok(());
        }
        let code = status.code().map_or(Code::Runtime, code);
        let message = format!("the demo stopped: `exodus {}` ended with {status}", command.join(" "));
        Err(Failure::new(code, message))
    }

    /// A paragraph of comments.
    pub(super) fn comment(&self, text: &str) -> Result<(), Failure> {
        let green = output::style(
            &self.context.global,
            Style::new().fg_color(Some(AnsiColor::Green.into())),
        );
        let lines: Vec<_> = text.lines().map(|line| format!("\n{green}# {line}{green:#}")).collect();
        self.say(&format!("{}\n", lines.concat()))
    }

    /// A command as one types it.
    pub(super) fn show(&self, command: &str) -> Result<(), Failure> {
        let bold = output::style(&self.context.global, Style::new().bold());
        self.context.print(&format!("{bold}$ {command}{bold:#}\n"))
    }

    /// Ends the story if Ctrl-C was pressed.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if !self.interrupted.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(Failure::new(Code::Interrupted, "interrupted"))
    }

    /// Runs this very program, in the demo's directory: what is shown is what runs.
    async fn run(&self, arguments: &[&str]) -> Result<ExitStatus, Failure> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(&self.place.directory)
            .env_remove("EXODUS_CONFIG");
        // Neither the command line nor the configuration shows it.
        if let Some((variable, password)) = self.place.server.as_ref().and_then(Server::password) {
            command.env(variable, password.reveal());
        }
        if self.context.global.no_color {
            command.env("NO_COLOR", "1");
        }
        let program = self.program.display().to_string();
        let ended = tokio::task::spawn_blocking(move || command.status()).await;
        ended
            .map_err(|error| Failure::runtime(format!("{program}: {error}")))?
            .map_err(|error| Failure::runtime(format!("{program} can't be run: {error}")))
    }
}

/// A path as it is typed into a shell.
pub(super) fn typed(path: &Path) -> String {
    let text = path.display().to_string();
    if text.chars().all(|c| c.is_alphanumeric() || "/._-+:\\".contains(c)) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The meaning of a command's exit code.
fn code(code: i32) -> Code {
    match code {
        1 => Code::Hazards,
        2 => Code::Usage,
        4 => Code::Mismatch,
        130 => Code::Interrupted,
        _ => Code::Runtime,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_can_be_pasted() {
        assert_eq!(typed(Path::new("/tmp/exodus-demo-1")), "/tmp/exodus-demo-1");
        assert_eq!(typed(Path::new("/a b/it's $HOME")), r"'/a b/it'\''s $HOME'");
    }
}
