//! A folder with a CSV file for each table and the manifest.
//!
//! As in RFC 4180, with a line of names. NULL is nothing at all, and a text without characters `""`, which is how
//! PostgreSQL tells them apart, too.

use std::fs;
use std::path::{Path, PathBuf};

use exodus_engine::value::{Codec, Value};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::input::Input;
use crate::manifest::{FILE_NAME, Manifest, Trailer, hash};
use crate::output::{Folder, Output};
use crate::rows::{Item, RowReader, RowWriter};
use crate::text;

/// A manifest is read as a whole; what is larger is none.
const MOST_MANIFEST: u64 = 256 * 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole {
    manifest: Manifest,
    end: Trailer,
}

/// Gives each table a file: `001_clients.csv`.
pub(crate) fn name_files(manifest: &mut Manifest) {
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
        table.file = Some(format!("{:03}_{name}.csv", at + 1));
    }
}

pub(crate) struct Writer {
    folder: Folder,
    manifest: Manifest,
    codecs: Vec<Vec<Codec>>,
    at: usize,
    file: Option<Output>,
    line: Vec<u8>,
    scratch: Vec<u8>,
}

impl Writer {
    /// The manifest's tables have their files.
    pub(crate) fn new(folder: Folder, manifest: &Manifest, codecs: Vec<Vec<Codec>>) -> Self {
        Self {
            folder,
            manifest: manifest.clone(),
            codecs,
            at: 0,
            file: None,
            line: vec![],
            scratch: vec![],
        }
    }

    fn end_file(&mut self) -> Result<()> {
        self.file.take().map_or(Ok(()), Output::finish)
    }
}

impl RowWriter for Writer {
    fn table(&mut self, at: usize) -> Result<()> {
        self.end_file()?;
        self.at = at;
        let name = self.manifest.tables[at].file.clone().unwrap_or_default();
        let mut file = Output::inside(self.folder.path(), &name)?;
        self.line.clear();
        for (at, codec) in self.codecs[at].iter().enumerate() {
            comma(at, &mut self.line);
            field(codec.column().as_bytes(), &mut self.line);
        }
        self.line.extend_from_slice(b"\r\n");
        file.write(&self.line)?;
        self.file = Some(file);
        Ok(())
    }

    fn row(&mut self, row: &[Value<'_>]) -> Result<()> {
        self.line.clear();
        for (at, (value, codec)) in row.iter().zip(&self.codecs[self.at]).enumerate() {
            comma(at, &mut self.line);
            if matches!(value, Value::Null) {
                continue;
            }
            self.scratch.clear();
            text::write(codec.form(), value, &mut self.scratch);
            field(&self.scratch, &mut self.line);
        }
        self.line.extend_from_slice(b"\r\n");
        self.file.as_mut().map_or(Ok(()), |file| file.write(&self.line))
    }

    fn finish(mut self: Box<Self>, trailer: &Trailer) -> Result<()> {
        self.end_file()?;
        let failed = |error: serde_json::Error| Error::file(FILE_NAME, "writing")(error.into());
        let trailer = Trailer {
            manifest: hash(&serde_json::to_vec(&self.manifest).map_err(failed)?),
            ..trailer.clone()
        };
        let whole = Whole {
            manifest: self.manifest,
            end: trailer,
        };
        let mut text = serde_json::to_vec_pretty(&whole).map_err(failed)?;
        text.push(b'\n');
        let mut file = Output::inside(self.folder.path(), FILE_NAME)?;
        file.write(&text)?;
        file.finish()?;
        self.folder.finish()
    }
}

fn comma(at: usize, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
}

fn field(text: &[u8], out: &mut Vec<u8>) {
    let special = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if !text.is_empty() && !text.iter().any(special) {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &byte in text {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// A folder whose manifest was read.
pub(crate) struct Opened {
    folder: PathBuf,
    shown: String,
    end: Trailer,
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
    pub(crate) fn reader(self, manifest: &Manifest, codecs: Vec<Vec<Codec>>) -> Reader {
        Reader {
            files: manifest
                .tables
                .iter()
                .map(|table| table.file.clone().unwrap_or_default())
                .collect(),
            opened: self,
            codecs,
            at: 0,
            input: None,
            fields: vec![],
        }
    }
}

pub(crate) struct Reader {
    opened: Opened,
    files: Vec<String>,
    codecs: Vec<Vec<Codec>>,
    at: usize,
    input: Option<Input>,
    fields: Vec<Option<Vec<u8>>>,
}

impl Reader {
    fn begin(&mut self) -> Result<Input> {
        let name = &self.files[self.at];
        // A manifest from elsewhere must not make us read other files.
        let is_plain = Path::new(name).file_name().is_some_and(|plain| plain == name.as_str());
        if !is_plain {
            return Err(Error::damaged(
                &self.opened.shown,
                "its manifest names a file outside of the folder",
            ));
        }
        let path = self.opened.folder.join(name);
        let mut input = Input::file(&path, path.display().to_string())?;
        let names = self.codecs[self.at].iter().map(|codec| Some(codec.column().as_bytes()));
        let mut found = vec![];
        if record(&mut input, &mut found)? && found.iter().map(Option::as_deref).eq(names) {
            return Ok(input);
        }
        Err(input.damaged("its first line has other columns than the manifest says"))
    }

    fn values(&self, input: &Input) -> Result<Vec<Value<'static>>> {
        let codecs = &self.codecs[self.at];
        if self.fields.len() != codecs.len() {
            return Err(input.damaged("a row has another number of columns than the manifest says"));
        }
        let one = |(codec, field): (&Codec, &Option<Vec<u8>>)| {
            let Some(field) = field else { return Ok(Value::Null) };
            let text = std::str::from_utf8(field).ok();
            let value = text.and_then(|text| text::read(codec.form(), text));
            value.ok_or_else(|| input.damaged(text::unreadable(codec)))
        };
        codecs.iter().zip(&self.fields).map(one).collect()
    }
}

impl RowReader for Reader {
    fn next(&mut self) -> Result<Item> {
        while self.at < self.files.len() {
            let mut input = match self.input.take() {
                Some(input) => input,
                None => self.begin()?,
            };
            if record(&mut input, &mut self.fields)? {
                let values = self.values(&input)?;
                self.input = Some(input);
                return Ok(Item::Row(self.at, values));
            }
            self.at += 1;
        }
        Ok(Item::End(self.opened.end.clone()))
    }
}

/// Reads the next record; false at the end of the file. A field without quotes and without characters is NULL.
fn record(input: &mut Input, fields: &mut Vec<Option<Vec<u8>>>) -> Result<bool> {
    fields.clear();
    if input.peek()?.is_empty() {
        return Ok(false);
    }
    loop {
        let (field, ended_by) = one_field(input)?;
        fields.push(field);
        match ended_by {
            b',' => {}
            _ => return Ok(true),
        }
    }
}

/// A field, and the byte that ends it: a comma or a line feed.
fn one_field(input: &mut Input) -> Result<(Option<Vec<u8>>, u8)> {
    let mut text = vec![];
    let mut quoted = false;
    if input.peek()?.first() == Some(&b'"') {
        input.byte()?;
        quoted = true;
        loop {
            match input.byte()? {
                Some(b'"') if input.peek()?.first() == Some(&b'"') => {
                    input.byte()?;
                    text.push(b'"');
                }
                Some(b'"') => break,
                Some(byte) => text.push(byte),
                None => return Err(input.damaged("it breaks off inside of a text")),
            }
        }
    }
    loop {
        match input.byte()? {
            Some(b'\r') if input.peek()?.first() == Some(&b'\n') => {}
            Some(end @ (b',' | b'\n')) => return Ok(((quoted || !text.is_empty()).then_some(text), end)),
            Some(byte) if !quoted => text.push(byte),
            Some(_) => return Err(input.damaged("something stands behind a closing quote")),
            None => return Err(input.damaged("it breaks off in the middle of a line")),
        }
    }
}
