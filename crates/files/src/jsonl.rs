//! JSON Lines: the manifest, a line for each row, and the end.
//!
//! `{"manifest": {…}}`, `{"table": "clients", "row": {"id": 42, "name": "…"}}`, `{"end": {…}}`

use std::collections::BTreeMap;

use exodus_engine::value::{Codec, Form, Value};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::input::Input;
use crate::manifest::{Manifest, Trailer, hash};
use crate::output::Output;
use crate::rows::{Item, RowReader, RowWriter};
use crate::text;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    manifest: Manifest,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Row {
        table: String,
        row: serde_json::Map<String, serde_json::Value>,
    },
    End {
        end: Trailer,
    },
}

#[derive(Serialize)]
struct End<'t> {
    end: &'t Trailer,
}

/// What a table's row begins with, and each column's form with what stands before its value.
struct Begin {
    row: Vec<u8>,
    columns: Vec<(Form, Vec<u8>)>,
}

pub(crate) struct Writer {
    output: Output,
    manifest: String,
    tables: Vec<Begin>,
    at: usize,
    line: Vec<u8>,
    scratch: Vec<u8>,
}

impl Writer {
    pub(crate) fn new(mut output: Output, manifest: &Manifest, codecs: &[Vec<Codec>]) -> Result<Self> {
        let head = Head {
            manifest: manifest.clone(),
        };
        let mut line = to_line(&head)?;
        let hash = hash(&line);
        line.push(b'\n');
        output.write(&line)?;
        let tables = manifest.tables.iter().zip(codecs).map(|(table, codecs)| {
            let mut begin = b"{\"table\":".to_vec();
            text::string(table.table.to_string().as_bytes(), &mut begin);
            begin.extend_from_slice(b",\"row\":{");
            let columns = codecs.iter().enumerate().map(|(at, codec)| {
                let mut name = if at > 0 { b",".to_vec() } else { vec![] };
                text::string(codec.column().as_bytes(), &mut name);
                name.push(b':');
                (codec.form(), name)
            });
            Begin {
                row: begin,
                columns: columns.collect(),
            }
        });
        Ok(Self {
            tables: tables.collect(),
            output,
            manifest: hash,
            at: 0,
            line,
            scratch: vec![],
        })
    }
}

fn to_line(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| Error::File {
        place: "the manifest".to_owned(),
        doing: "writing",
        error: error.into(),
    })
}

impl RowWriter for Writer {
    fn table(&mut self, at: usize) -> Result<()> {
        self.at = at;
        Ok(())
    }

    fn row(&mut self, row: &[Value<'_>]) -> Result<()> {
        let Begin { row: begin, columns } = &self.tables[self.at];
        self.line.clear();
        self.line.extend_from_slice(begin);
        for (value, (form, name)) in row.iter().zip(columns) {
            self.line.extend_from_slice(name);
            text::write_json(value, *form, &mut self.scratch, &mut self.line);
        }
        self.line.extend_from_slice(b"}}\n");
        self.output.write(&self.line)
    }

    fn finish(mut self: Box<Self>, trailer: &Trailer) -> Result<()> {
        let trailer = Trailer {
            manifest: self.manifest,
            ..trailer.clone()
        };
        let mut line = to_line(&End { end: &trailer })?;
        line.push(b'\n');
        self.output.write(&line)?;
        self.output.finish()
    }
}

pub(crate) struct Reader {
    input: Input,
    manifest: String,
    names: BTreeMap<String, usize>,
    codecs: Vec<Vec<Codec>>,
    at: usize,
    line: Vec<u8>,
}

/// Reads the manifest.
pub(crate) fn open(mut input: Input) -> Result<(Manifest, Opened)> {
    let mut line = vec![];
    if !input.line(&mut line)? {
        return Err(input.damaged("it is empty"));
    }
    let head: Head = serde_json::from_slice(&line).map_err(|_| Error::Damaged {
        place: input.place(),
        what: "this is no manifest".to_owned(),
        help: "give a file that `exodus export` wrote as jsonl, or say with --format what it is".to_owned(),
    })?;
    head.manifest.check(&input.shown)?;
    Ok((head.manifest, Opened { input, line }))
}

/// A file whose manifest was read.
pub(crate) struct Opened {
    input: Input,
    line: Vec<u8>,
}

impl Opened {
    pub(crate) fn reader(self, manifest: &Manifest, codecs: Vec<Vec<Codec>>) -> Reader {
        let tables = manifest.tables.iter().enumerate();
        Reader {
            manifest: hash(&self.line),
            input: self.input,
            names: tables.map(|(at, table)| (table.table.to_string(), at)).collect(),
            codecs,
            at: 0,
            line: self.line,
        }
    }
}

impl Reader {
    fn values(&self, row: &serde_json::Map<String, serde_json::Value>) -> Result<Vec<Value<'static>>> {
        let codecs = &self.codecs[self.at];
        if row.len() != codecs.len() {
            return Err(self.input.damaged("a row has other columns than the manifest says"));
        }
        let one = |codec: &Codec| {
            let value = row.get(codec.column());
            let value = value.ok_or_else(|| self.input.damaged(format!("a row has no column {}", codec.column())))?;
            text::read_json(codec.form(), value).ok_or_else(|| self.input.damaged(text::unreadable(codec)))
        };
        codecs.iter().map(one).collect()
    }
}

impl RowReader for Reader {
    fn next(&mut self) -> Result<Item> {
        let mut line = std::mem::take(&mut self.line);
        if !self.input.line(&mut line)? {
            return Err(self
                .input
                .damaged("it ends before its last line, which tells how many rows it holds"));
        }
        // What serde would say of a line quotes it.
        let read =
            serde_json::from_slice(&line).map_err(|_| self.input.damaged("this is neither a row nor the end"))?;
        self.line = line;
        match read {
            Line::Row { table, row } => {
                let at = self.names.get(&table).copied();
                match at.filter(|at| *at >= self.at) {
                    Some(at) => self.at = at,
                    None => return Err(self.input.damaged("a row of another table than the manifest says")),
                }
                Ok(Item::Row(self.at, self.values(&row)?))
            }
            Line::End { end } => {
                self.input.end()?;
                if end.manifest != self.manifest {
                    return Err(self.input.damaged("the manifest is not the one it was written with"));
                }
                Ok(Item::End(end))
            }
        }
    }
}
