//! Where an export goes: files that appear whole or not at all, folders, and pipes.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use exodus_engine::private_file;
use flate2::write::GzEncoder;
use tempfile::{NamedTempFile, TempDir};

use crate::error::{Error, Result};
use crate::format::Compression;
use crate::manifest::FILE_NAME;

/// Bytes gathered before the system is asked to write.
const BUFFER: usize = 256 * 1024;
/// Level 3 is zstd's own default: about as fast as a disk.
const ZSTD_LEVEL: i32 = 3;

/// Where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The standard output.
    Pipe,
    /// A file, or a folder for formats of several files.
    Path(PathBuf),
}

impl Place {
    /// `-` is the standard output.
    pub fn of(text: &str) -> Self {
        match text {
            "-" => Self::Pipe,
            path => Self::Path(PathBuf::from(path)),
        }
    }
}

/// Something that is written from its beginning to its end.
///
/// Until [`finish`](Self::finish) a file has another name in the same folder, so that one with the right name is whole. It is
/// readable for its owner only: it holds what the database kept from others.
pub(crate) struct Output {
    shown: String,
    writer: Compressed,
    file: Option<(NamedTempFile, PathBuf, bool)>,
}

enum Compressed {
    None(BufWriter<Box<dyn Write + Send>>),
    Gzip(GzEncoder<BufWriter<Box<dyn Write + Send>>>),
    Zstd(zstd::Encoder<'static, BufWriter<Box<dyn Write + Send>>>),
}

impl Output {
    /// Begins; `force` replaces a file.
    pub(crate) fn begin(place: &Place, force: bool) -> Result<Self> {
        let Place::Path(path) = place else {
            let shown = "the standard output".to_owned();
            return Self::into(Box::new(io::stdout()), Compression::None, shown, None);
        };
        let shown = path.display().to_string();
        if !force && path.symlink_metadata().is_ok() {
            return Err(exists(shown));
        }
        let making = || Error::temporary(&shown, "making the file");
        let temporary = temporary_name(path);
        let file = tempfile::Builder::new()
            .prefix(&temporary)
            .tempfile_in(folder_of(path))
            .map_err(making())?;
        let handle = file.reopen().map_err(making())?;
        Self::into(
            Box::new(handle),
            Compression::of_name(path),
            shown,
            Some((file, path.clone(), force)),
        )
    }

    fn into(
        sink: Box<dyn Write + Send>,
        compression: Compression,
        shown: String,
        file: Option<(NamedTempFile, PathBuf, bool)>,
    ) -> Result<Self> {
        let sink = BufWriter::with_capacity(BUFFER, sink);
        let writer = match compression {
            Compression::None => Compressed::None(sink),
            Compression::Gzip => Compressed::Gzip(GzEncoder::new(sink, flate2::Compression::default())),
            Compression::Zstd => {
                let encoder = zstd::Encoder::new(sink, ZSTD_LEVEL).and_then(|mut encoder| {
                    encoder.include_checksum(true)?;
                    Ok(encoder)
                });
                Compressed::Zstd(encoder.map_err(Error::file(&shown, "compressing"))?)
            }
        };
        Ok(Self { shown, writer, file })
    }

    /// A new file in a folder that nobody sees yet.
    pub(crate) fn inside(folder: &Path, name: &str) -> Result<Self> {
        let shown = name.to_owned();
        let file = private_file(&folder.join(name)).map_err(Error::file(&shown, "making the file"))?;
        Self::into(Box::new(file), Compression::None, shown, None)
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = match &mut self.writer {
            Compressed::None(writer) => writer.write_all(bytes),
            Compressed::Gzip(writer) => writer.write_all(bytes),
            Compressed::Zstd(writer) => writer.write_all(bytes),
        };
        written.map_err(Error::file(&self.shown, "writing"))
    }

    /// Writes what is left and gives the file its name.
    pub(crate) fn finish(self) -> Result<()> {
        let Self { shown, writer, file } = self;
        let ended = match writer {
            Compressed::None(writer) => Ok(writer),
            Compressed::Gzip(writer) => writer.finish(),
            Compressed::Zstd(writer) => writer.finish(),
        };
        let written = ended.and_then(|mut writer| writer.flush());
        written.map_err(Error::file(&shown, "writing"))?;
        match file {
            Some((file, path, force)) => name(file, &path, shown, force),
            None => Ok(()),
        }
    }
}

/// A file that somebody else writes, and that appears whole or not at all.
pub(crate) struct Temporary {
    shown: String,
    file: NamedTempFile,
    path: PathBuf,
    force: bool,
}

impl Temporary {
    pub(crate) fn begin(path: &Path, force: bool) -> Result<Self> {
        let shown = path.display().to_string();
        if !force && path.symlink_metadata().is_ok() {
            return Err(exists(shown));
        }
        let file = tempfile::Builder::new()
            .prefix(&temporary_name(path))
            .tempfile_in(folder_of(path));
        Ok(Self {
            file: file.map_err(Error::temporary(&shown, "making the file"))?,
            shown,
            path: path.to_owned(),
            force,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    pub(crate) fn finish(self) -> Result<()> {
        name(self.file, &self.path, self.shown, self.force)
    }
}

/// Gives a file its name once all of it is on the disk.
fn name(file: NamedTempFile, path: &Path, shown: String, force: bool) -> Result<()> {
    file.as_file().sync_all().map_err(Error::file(&shown, "writing"))?;
    let named = if force {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    named.map(drop).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => exists(shown),
        _ => Error::file(&shown, "naming the file")(error.error),
    })
}

/// A folder that appears whole or not at all.
pub(crate) struct Folder {
    shown: String,
    path: PathBuf,
    force: bool,
    temporary: TempDir,
}

impl Folder {
    pub(crate) fn begin(path: &Path, force: bool) -> Result<Self> {
        let shown = path.display().to_string();
        if path.symlink_metadata().is_ok() && !is_empty(path) {
            // Nothing but an export is ever removed.
            if !force || !path.join(FILE_NAME).is_file() {
                return Err(exists(shown));
            }
        }
        let temporary = tempfile::Builder::new()
            .prefix(&temporary_name(path))
            .tempdir_in(folder_of(path));
        let temporary = temporary.map_err(Error::temporary(&shown, "making the folder"))?;
        Ok(Self {
            shown,
            path: path.to_owned(),
            force,
            temporary,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Gives it its name. What it replaces goes last.
    pub(crate) fn finish(self) -> Result<()> {
        let failed = || Error::file(&self.shown, "naming the folder");
        let mut old = None;
        if self.path.symlink_metadata().is_ok() {
            if !is_empty(&self.path) && !self.force {
                return Err(exists(self.shown));
            }
            let beside = tempfile::Builder::new()
                .prefix(&temporary_name(&self.path))
                .tempdir_in(folder_of(&self.path));
            let beside = beside.map_err(Error::temporary(&self.shown, "naming the folder"))?;
            fs::rename(&self.path, beside.path().join("old")).map_err(failed())?;
            old = Some(beside);
        }
        fs::rename(self.temporary.path(), &self.path).map_err(failed())?;
        // It has gone to its place: there is nothing left to remove.
        let _ = self.temporary.keep();
        drop(old);
        Ok(())
    }
}

fn exists(shown: String) -> Error {
    Error::File {
        place: shown,
        doing: "making it",
        error: io::Error::new(
            io::ErrorKind::AlreadyExists,
            "something with this name is there already",
        ),
    }
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Begins with a dot, and says whose it is.
pub(crate) fn temporary_name(path: &Path) -> String {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().chars().take(60).collect::<String>());
    format!(".{}.exodus-", name.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().display().to_string())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_can_not_be_made_is_told_by_its_own_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("none").join("x.jsonl");
        let place = Place::Path(path.clone());
        let told = [
            Output::begin(&place, false).err(),
            Temporary::begin(&path, false).err(),
            Folder::begin(&path, false).err(),
        ];
        for error in told {
            let told = error.expect("no folder to make it in").to_string();
            assert_eq!(told.matches("x.jsonl").count(), 1, "{told}");
            assert!(!told.contains(&temporary_name(&path)), "{told}");
        }
    }

    #[test]
    fn a_file_that_was_not_finished_is_not_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.jsonl.gz");
        let place = Place::Path(path.clone());
        let mut output = Output::begin(&place, false).expect("an output");
        output.write(b"half").expect("written");
        assert!(!path.exists());
        drop(output);
        assert_eq!(names(folder.path()), Vec::<String>::new());
        Output::begin(&place, false)
            .expect("an output")
            .finish()
            .expect("finished");
        assert_eq!(names(folder.path()), ["x.jsonl.gz"]);
        assert!(matches!(Output::begin(&place, false), Err(Error::File { .. })));
        Output::begin(&place, true)
            .expect("an output")
            .finish()
            .expect("replaced");
    }

    #[test]
    fn only_an_export_is_replaced_by_a_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("mine");
        fs::create_dir(&path).expect("made");
        fs::write(path.join("precious"), "x").expect("written");
        assert!(Folder::begin(&path, true).is_err());
        fs::write(path.join(FILE_NAME), "{}").expect("written");
        assert!(Folder::begin(&path, false).is_err());
        Folder::begin(&path, true).expect("begun").finish().expect("finished");
        assert_eq!(names(&path), Vec::<String>::new());
        Folder::begin(&path, false)
            .expect("an empty one is nobody's")
            .finish()
            .expect("finished");
        assert_eq!(names(folder.path()), ["mine"]);
    }
}
