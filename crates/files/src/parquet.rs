//! A folder with a Parquet file for each table and the manifest.
//!
//! The manifest tells a digest of each file's bytes, so that no file is taken apart that is not the one that was written.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use exodus_engine::private_file;
use exodus_engine::value::{Codec, Value};
use exodus_parquet::{Column, Ended, Stored, Texts};
use exodus_schema::{Schema, TableId};
use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, Result};
use crate::folder::{self, Opened};
use crate::manifest::{Manifest, Trailer, travelling};
use crate::output::Folder;
use crate::rows::{Item, RowReader, RowWriter};
use crate::text;

/// Bytes gathered before the system is asked to write.
const BUFFER: usize = 256 * 1024;

const TEXTS: Texts = Texts {
    write: text::write,
    read: text::read,
};

/// The columns of a table that travel.
pub(crate) fn columns(schema: &Schema, table: TableId, codecs: &[Codec]) -> Vec<Column> {
    let pairs = travelling(schema, table).zip(codecs);
    let column = |(column, codec): (&exodus_schema::Column, &Codec)| Column {
        name: column.name.clone(),
        form: codec.form(),
        native_type: column.native_type.clone(),
        kind: column.kind,
    };
    pairs.map(column).collect()
}

pub(crate) struct Writer {
    folder: Folder,
    manifest: Manifest,
    columns: Vec<Vec<Column>>,
    at: usize,
    file: Option<exodus_parquet::Writer<Hashed>>,
    /// What the columns of the table under way have to be stored as, after a first try.
    stored: Option<Vec<Stored>>,
    /// Those of the files that are whole.
    digests: Vec<String>,
}

impl Writer {
    /// The manifest's tables have their files.
    pub(crate) fn new(folder: Folder, manifest: &Manifest, columns: Vec<Vec<Column>>) -> Self {
        Self {
            folder,
            manifest: manifest.clone(),
            columns,
            at: 0,
            file: None,
            stored: None,
            digests: vec![],
        }
    }

    fn name(&self) -> String {
        self.manifest.tables[self.at].file.clone().unwrap_or_default()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.name())
    }
}

impl RowWriter for Writer {
    fn table(&mut self, at: usize) -> Result<()> {
        self.at = at;
        let name = self.name();
        let file = private_file(&self.path()).map_err(Error::file(&name, "making the file"))?;
        let about = vec![("exodus.table".to_owned(), self.manifest.tables[at].table.to_string())];
        let (columns, stored) = (self.columns[at].clone(), self.stored.take());
        let writer = exodus_parquet::Writer::new(Hashed::new(file), columns, stored, about, TEXTS);
        self.file = Some(writer.map_err(told(&name, "writing"))?);
        Ok(())
    }

    fn row(&mut self, row: &[Value<'_>]) -> Result<()> {
        match &mut self.file {
            Some(file) => file.row(row).map_err(told(&self.name(), "writing")),
            None => Ok(()),
        }
    }

    fn end_table(&mut self) -> Result<bool> {
        let Some(file) = self.file.take() else { return Ok(false) };
        let name = self.name();
        match file.finish().map_err(told(&name, "writing"))? {
            Ended::Whole(file) => {
                self.digests.push(file.finish().map_err(Error::file(&name, "writing"))?);
                Ok(false)
            }
            Ended::Again(stored) => {
                std::fs::remove_file(self.path()).map_err(Error::file(&name, "writing it anew"))?;
                self.stored = Some(stored);
                Ok(true)
            }
        }
    }

    fn finish(self: Box<Self>, trailer: &Trailer) -> Result<()> {
        let mut trailer = trailer.clone();
        for (counted, digest) in trailer.tables.iter_mut().zip(self.digests) {
            counted.file = Some(digest);
        }
        folder::finish(self.folder, self.manifest, trailer)
    }
}

fn told(place: &str, doing: &'static str) -> impl Fn(exodus_parquet::Error) -> Error {
    let place = place.to_owned();
    move |error| match error {
        exodus_parquet::Error::File(error) => Error::file(&place, doing)(error),
        exodus_parquet::Error::Damaged(what) => Error::damaged(&place, what),
        exodus_parquet::Error::Unwritable(what) => Error::asked(
            format!("{place}: {what}"),
            "take --format jsonl, which can hold everything",
        ),
    }
}

/// A file whose bytes are hashed on their way.
struct Hashed {
    file: BufWriter<File>,
    hash: Xxh3,
}

impl Hashed {
    fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(BUFFER, file),
            hash: Xxh3::new(),
        }
    }

    /// Once all of it is on the disk: the digest.
    fn finish(mut self) -> io::Result<String> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(digest(&self.hash))
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn digest(hash: &Xxh3) -> String {
    format!("{:032x}", hash.digest128())
}

pub(crate) struct Reader {
    opened: Opened,
    files: Vec<String>,
    columns: Vec<Vec<Column>>,
    at: usize,
    file: Option<exodus_parquet::Reader>,
}

impl Reader {
    pub(crate) fn new(opened: Opened, manifest: &Manifest, columns: Vec<Vec<Column>>) -> Self {
        Self {
            opened,
            files: folder::files(manifest),
            columns,
            at: 0,
            file: None,
        }
    }

    fn begin(&self) -> Result<exodus_parquet::Reader> {
        let path = self.opened.path_of(&self.files[self.at])?;
        let shown = path.display().to_string();
        let mut file = File::open(&path).map_err(Error::file(&shown, "opening"))?;
        let told_digest = self
            .opened
            .end
            .tables
            .get(self.at)
            .and_then(|counted| counted.file.as_deref());
        if Some(digest_of(&mut file, &path)?.as_str()) != told_digest {
            return Err(Error::damaged(
                shown,
                "it is cut off or altered: it is not the file that was written",
            ));
        }
        let reader = exodus_parquet::Reader::open(file, self.columns[self.at].clone(), TEXTS);
        reader.map_err(told(&shown, "reading"))
    }
}

/// The digest of a file's bytes; it is at its beginning again afterwards.
fn digest_of(file: &mut File, path: &Path) -> Result<String> {
    let shown = path.display().to_string();
    let failed = || Error::file(&shown, "reading");
    let (mut hash, mut piece) = (Xxh3::new(), vec![0; BUFFER]);
    loop {
        let read = match file.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(failed())?,
        };
        if read == 0 {
            break;
        }
        hash.update(&piece[..read]);
    }
    file.rewind().map_err(failed())?;
    Ok(digest(&hash))
}

impl RowReader for Reader {
    fn next(&mut self) -> Result<Item> {
        while self.at < self.files.len() {
            let mut file = match self.file.take() {
                Some(file) => file,
                None => self.begin()?,
            };
            if let Some(row) = file.next().map_err(told(&self.files[self.at], "reading"))? {
                self.file = Some(file);
                return Ok(Item::Row(self.at, row));
            }
            self.at += 1;
        }
        Ok(Item::End(self.opened.end.clone()))
    }
}
