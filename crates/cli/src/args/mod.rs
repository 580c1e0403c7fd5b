//! The command line.

mod cli;

pub(crate) use cli::{Cli, Command, Format, Global, LogFormat};
