//! Where an import comes from: files, compressed or not, and pipes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Result};
use crate::output::Place;

const BUFFER: usize = 256 * 1024;
/// The bytes by which gzip and zstd begin. A pipe has no name to tell it.
const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// A file that is read line by line, decompressed where it is compressed.
pub(crate) struct Input {
    pub(crate) shown: String,
    reader: Box<dyn BufRead + Send>,
    line: u64,
}

impl Input {
    pub(crate) fn open(place: &Place) -> Result<Self> {
        match place {
            Place::Pipe => Self::of("the standard input".to_owned(), Box::new(io::stdin())),
            Place::Path(path) => Self::file(path, path.display().to_string()),
        }
    }

    pub(crate) fn file(path: &Path, shown: String) -> Result<Self> {
        let file = File::open(path).map_err(Error::file(&shown, "opening"))?;
        Self::of(shown, Box::new(file))
    }

    fn of(shown: String, source: Box<dyn Read + Send>) -> Result<Self> {
        let mut reader = BufReader::with_capacity(BUFFER, source);
        let reading = || Error::file(&shown, "reading");
        let begin = reader.fill_buf().map_err(reading())?;
        let reader: Box<dyn BufRead + Send> = if begin.starts_with(GZIP) {
            Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)))
        } else if begin.starts_with(ZSTD) {
            let decoder = zstd::Decoder::with_buffer(reader).map_err(reading())?;
            Box::new(BufReader::with_capacity(BUFFER, decoder))
        } else {
            Box::new(reader)
        };
        Ok(Self { shown, reader, line: 0 })
    }

    /// The bytes that come next, without taking them.
    pub(crate) fn peek(&mut self) -> Result<&[u8]> {
        let Self { shown, reader, .. } = self;
        match reader.fill_buf() {
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(broken(shown, error)),
        }
    }

    /// The next line, without its end, into `line`; false at the end of the file. A last line without an end is broken off.
    pub(crate) fn line(&mut self, line: &mut Vec<u8>) -> Result<bool> {
        line.clear();
        let Self { shown, reader, .. } = self;
        let read = reader.read_until(b'\n', line).map_err(|error| broken(shown, error))?;
        if read == 0 {
            return Ok(false);
        }
        self.line += 1;
        if line.pop() != Some(b'\n') {
            return Err(self.damaged("it breaks off in the middle of a line"));
        }
        Ok(true)
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> Result<Option<u8>> {
        let byte = self.peek()?.first().copied();
        if byte.is_some() {
            self.reader.consume(1);
        }
        if byte == Some(b'\n') {
            self.line += 1;
        }
        Ok(byte)
    }

    /// Nothing may follow.
    pub(crate) fn end(&mut self) -> Result<()> {
        if self.peek()?.is_empty() {
            Ok(())
        } else {
            Err(self.damaged("something follows its end"))
        }
    }

    /// `client42.jsonl:17`
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.shown, self.line)
    }

    pub(crate) fn damaged(&self, what: impl Into<String>) -> Error {
        Error::damaged(self.place(), what)
    }
}

/// Decompressing fails where a file was cut off or altered, and that is no failure of the system.
fn broken(shown: &str, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::InvalidData
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::Other => Error::damaged(shown, format!("it is cut off or altered: {error}")),
        _ => Error::file(shown, "reading")(error),
    }
}
