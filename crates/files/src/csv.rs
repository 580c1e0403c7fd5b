//! A folder with a CSV file for each table and the manifest.
//!
//! As in RFC 4180, with a line of names. NULL is nothing at all, and a text without characters `""`, which is how
//! PostgreSQL tells them apart, too.

use exodus_engine::value::{Codec, Value};

use crate::error::Result;
use crate::folder::{self, Opened};
use crate::input::Input;
use crate::manifest::{Manifest, Trailer};
use crate::output::{Folder, Output};
use crate::rows::{Item, RowReader, RowWriter};
use crate::text;

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
        folder::finish(self.folder, self.manifest, trailer.clone())
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
        let path = self.opened.path_of(&self.files[self.at])?;
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

impl Reader {
    pub(crate) fn new(opened: Opened, manifest: &Manifest, codecs: Vec<Vec<Codec>>) -> Self {
        Self {
            files: folder::files(manifest),
            opened,
            codecs,
            at: 0,
            input: None,
            fields: vec![],
        }
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
