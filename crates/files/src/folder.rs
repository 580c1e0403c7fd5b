//! Folders with a file for each table, and the manifest.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::format::Format;
use crate::manifest::{FILE_NAME, Manifest, Trailer, hash};
use crate::output::{Folder, Output};

/// A manifest is read as a whole; what is larger is none.
const MOST_MANIFEST: u64 = 256 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    manifest: Manifest,
    end: Trailer,
}

/// Gives each table a file: `001_clients.csv`.
pub(crate) fn name_files(manifest: &mut Manifest, format: Format) {
    for (at, table) in manifest.tables.iter_mut().enumerate() {
        // Names may be anything: what no file system minds is kept, and the number tells the rest apart.
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
                c
            } else {
                '_'
            }
        };
        let name: String = table.table.name.chars().take(60).map(plain).collect();
        table.file = Some(format!("{:03}_{name}.{format}", at + 1));
    }
}

/// The names of the files, in the manifest's order.
pub(crate) fn files(manifest: &Manifest) -> Vec<String> {
    let names = manifest.tables.iter().map(|table| table.file.clone());
    names.map(Option::unwrap_or_default).collect()
}

/// Writes the manifest beside the files of all tables, and gives the folder its name.
pub(crate) fn finish(folder: Folder, manifest: Manifest, trailer: Trailer) -> Result<()> {
    let failed = |error: serde_json::Error| Error::file(FILE_NAME, "writing")(error.into());
    let end = Trailer {
        manifest: hash(&serde_json::to_vec(&manifest).map_err(failed)?),
        ..trailer
    };
    let mut text = serde_json::to_vec_pretty(&Whole { manifest, end }).map_err(failed)?;
    text.push(b'\n');
    let mut file = Output::inside(folder.path(), FILE_NAME)?;
    file.write(&text)?;
    file.finish()?;
    folder.finish()
}

/// A folder whose manifest was read.
pub(crate) struct Opened {
    folder: PathBuf,
    pub(crate) shown: String,
    pub(crate) end: Trailer,
}

/// Reads the manifest.
pub(crate) fn open(folder: &Path) -> Result<(Manifest, Opened)> {
    let shown = folder.display().to_string();
    let path = folder.join(FILE_NAME);
    let place = path.display().to_string();
    let size = fs::metadata(&path).map_err(Error::file(&place, "opening"))?.len();
    if size > MOST_MANIFEST {
        return Err(Error::damaged(place, "it is too large for a manifest"));
    }
    let text = fs::read(&path).map_err(Error::file(&place, "reading"))?;
    let whole: Whole =
        serde_json::from_slice(&text).map_err(|_| Error::damaged(&place, "this is no manifest of an export"))?;
    whole.manifest.check(&place)?;
    let compact = serde_json::to_vec(&whole.manifest).unwrap_or_default();
    if hash(&compact) != whole.end.manifest {
        return Err(Error::damaged(place, "it is not the one that was written"));
    }
    let opened = Opened {
        folder: folder.to_owned(),
        shown,
        end: whole.end,
    };
    Ok((whole.manifest, opened))
}

impl Opened {
    /// What its files are: Parquet files say so in their names.
    pub(crate) fn format(manifest: &Manifest) -> Format {
        let is_parquet = |name: &String| Format::of_name(Path::new(name)) == Some(Format::Parquet);
        if files(manifest).iter().all(is_parquet) {
            Format::Parquet
        } else {
            Format::Csv
        }
    }

    /// Where a file of the manifest is.
    pub(crate) fn path_of(&self, name: &str) -> Result<PathBuf> {
        // A manifest from elsewhere must not make us read other files.
        let is_plain = Path::new(name).file_name().is_some_and(|plain| plain == name);
        if !is_plain {
            return Err(Error::damaged(
                &self.shown,
                "its manifest names a file outside of the folder",
            ));
        }
        Ok(self.folder.join(name))
    }
}
