//! Where a report goes.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use exodus_report::{Format, Output};

use crate::context::Context;
use crate::exit::Failure;

/// Where a report goes, once the command line makes sense.
#[derive(Debug)]
pub(super) struct Place {
    to: To,
    force: bool,
}

#[derive(Debug)]
enum To {
    /// The standard output.
    Pipe,
    /// One file.
    File(PathBuf),
    /// A folder, with the formats' own names for the files in it.
    Folder(PathBuf),
}

/// Whether nobody would call a folder so, unless there is one.
fn is_of_a_file(out: &str) -> bool {
    let path = Path::new(out);
    let is_csv = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let named = is_csv || Format::of_name(path).is_some();
    named && !out.ends_with(['/', '\\']) && path.symlink_metadata().is_err()
}

impl Place {
    /// `out` as the user gave it.
    pub(super) fn new(out: Option<&str>, formats: &[Format], force: bool) -> Result<Self, Failure> {
        let several = formats.len() > 1 || formats.iter().any(|format| format.is_folder());
        let to = match (out, formats) {
            (Some("-"), _) => To::Pipe,
            (None, []) => To::File(Format::Html.file_name().into()),
            (None, [one]) if one.is_read() => To::Pipe,
            (None, _) if several => {
                return Err(Failure::usage("these are several files, and it isn't said where to")
                    .help("name a folder with `--out`; it is made if it is not there"));
            }
            (None, [one, ..]) => To::File(one.file_name().into()),
            (Some(out), _) if several && is_of_a_file(out) => {
                let what = match formats {
                    [one] => format!("{one} is several files"),
                    _ => "these are several files".to_owned(),
                };
                return Err(
                    Failure::usage(format!("{what}, and {out} is the name of one")).help(format!(
                        "name a folder with `--out`, or write {out}/ if that is to be the folder's name"
                    )),
                );
            }
            (Some(out), _) => {
                let path = PathBuf::from(out);
                let folder = several || path.is_dir() || out.ends_with(['/', '\\']);
                if folder { To::Folder(path) } else { To::File(path) }
            }
        };
        let place = Self { to, force };
        place.check(several)?;
        Ok(place)
    }

    fn check(&self, several: bool) -> Result<(), Failure> {
        match &self.to {
            To::Pipe if several => Err(Failure::usage("several files can't go to the standard output")
                .help("name a folder with `--out`, or take one format; csv is three files")),
            To::Folder(path) if path.symlink_metadata().is_ok() && !path.is_dir() => Err(Failure::usage(format!(
                "{} is no folder, and these are several files",
                path.display()
            ))
            .help("name a folder with `--out`; it is made if it is not there")),
            To::File(path) => self.may_be_made(path),
            _ => Ok(()),
        }
    }

    /// The formats that were named, or the one that the file's name tells.
    pub(super) fn formats(&self, named: Vec<Format>) -> Result<Vec<Format>, Failure> {
        let told = match &self.to {
            To::File(path) => Format::of_name(path),
            To::Pipe => None,
            To::Folder(_) => Some(Format::Html),
        };
        let formats = match (named.as_slice(), told) {
            ([], Some(format)) => vec![format],
            ([], None) => {
                return Err(
                    Failure::usage("it isn't said as what the report is to be written").help(format!(
                        "say it with `--format` {}, or take a name with `--out` that ends so",
                        Format::ALL.map(|format| format.to_string()).join(", ")
                    )),
                );
            }
            ([one], Some(told)) if matches!(self.to, To::File(_)) && *one != told => {
                return Err(
                    Failure::usage(format!("the file's name says {told}, and `--format` says {one}"))
                        .help("take another name with `--out`, or leave out `--format`"),
                );
            }
            _ => named,
        };
        if let (To::Pipe, [one]) = (&self.to, formats.as_slice())
            && !one.is_text()
            && io::stdout().is_terminal()
        {
            return Err(Failure::usage(format!("{one} is nothing for a terminal"))
                .help("name a file with `--out`, or send the output elsewhere"));
        }
        Ok(formats)
    }

    fn may_be_made(&self, path: &Path) -> Result<(), Failure> {
        if !self.force && path.symlink_metadata().is_ok() {
            return Err(Failure::usage(format!("{} is there already", path.display()))
                .help("give another name with `--out`, or replace it with `--force`"));
        }
        Ok(())
    }

    /// Writes the files; gives those that have a name, under which they stand now.
    pub(super) fn write(&self, context: &Context, outputs: Vec<Output>) -> Result<Vec<Output>, Failure> {
        let mut written = vec![];
        match &self.to {
            To::Pipe => {
                for output in outputs {
                    pipe(context, output)?;
                }
            }
            To::File(path) => {
                for output in outputs {
                    written.push(self.file(path, output)?);
                }
            }
            To::Folder(folder) => {
                let all: Vec<_> = outputs
                    .into_iter()
                    .map(|output| (folder.join(&output.name), output))
                    .collect();
                for (path, _) in &all {
                    self.may_be_made(path)?;
                }
                std::fs::create_dir_all(folder)
                    .map_err(|error| unwritten(folder, "the folder can't be made", &error))?;
                for (path, output) in all {
                    written.push(self.file(&path, output)?);
                }
            }
        }
        Ok(written)
    }

    /// A file that appears whole or not at all, and that only its owner reads: it tells a schema's weak places.
    fn file(&self, path: &Path, output: Output) -> Result<Output, Failure> {
        let failed = |error: &io::Error| unwritten(path, "it can't be written", &nameless(error));
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::Builder::new()
            .prefix(".exodus-report-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|error| failed(&error))?;
        file.write_all(&output.bytes)
            .and_then(|()| file.as_file().sync_all())
            .map_err(|error| failed(&error))?;
        let named = if self.force {
            file.persist(path)
        } else {
            file.persist_noclobber(path)
        };
        named.map_err(|error| failed(&error.error))?;
        Ok(Output {
            name: path.display().to_string(),
            ..output
        })
    }
}

/// Text goes the way of all results, where nothing in a name reaches a terminal that would obey it.
fn pipe(context: &Context, output: Output) -> Result<(), Failure> {
    match String::from_utf8(output.bytes) {
        Ok(text) => context.print(&text),
        Err(bytes) => {
            let mut out = io::stdout().lock();
            match out.write_all(bytes.as_bytes()).and_then(|()| out.flush()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::runtime(format!(
                    "the standard output can't be written: {error}"
                ))),
                _ => Ok(()),
            }
        }
    }
}

/// Without the name of the temporary file, which nobody asked for. What the system says by itself has no name in it.
fn nameless(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::from(error.kind()),
    }
}

fn unwritten(path: &Path, what: &str, error: &io::Error) -> Failure {
    let failure = Failure::runtime(format!("{}: {what}: {error}", path.display()));
    match error.kind() {
        io::ErrorKind::NotFound => failure.help("the folder of the file has to be there; `--out FOLDER/` makes one"),
        io::ErrorKind::AlreadyExists => failure.help("give another name with `--out`, or replace it with `--force`"),
        _ => failure.help("look whether there is room, and whether you may write there"),
    }
}
