//! The formats, and what each is called.

use std::cell::OnceCell;
use std::fmt;
use std::path::Path;

use crate::document::Document;
use crate::graph::{d2, dot, mermaid};
use crate::html::Drawing;
use crate::map::{self, Map, MapOptions};
use crate::paper::PaperOptions;
use crate::{Content, Error, csv, geometry, html, json, markdown, pdf, png, svg};

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// A page for a browser.
    Html,
    /// For paper: the booklet, or the map alone.
    Pdf,
    /// The map, for programs that draw.
    Svg,
    /// The map as an image.
    Png,
    /// The map for Graphviz.
    Dot,
    /// The map for Mermaid.
    Mermaid,
    /// The map for D2.
    D2,
    /// For wikis.
    Markdown,
    /// For programs.
    Json,
    /// For spreadsheets: a folder with three files.
    Csv,
}

/// How it is to be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// The map.
    pub map: MapOptions,
    /// The paper.
    pub paper: PaperOptions,
    /// On paper there is the map alone, to be pinned on a wall.
    pub poster: bool,
}

/// Pixels of an image per inch.
const PER_INCH: f64 = 144.0;

impl Format {
    /// All of them, in the order in which they are named.
    pub const ALL: [Self; 10] = [
        Self::Html,
        Self::Pdf,
        Self::Svg,
        Self::Png,
        Self::Dot,
        Self::Mermaid,
        Self::D2,
        Self::Markdown,
        Self::Json,
        Self::Csv,
    ];

    /// As it is written on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
            Self::D2 => "d2",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    /// The format that a file's name tells.
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "html" | "htm" => Self::Html,
            "pdf" => Self::Pdf,
            "svg" => Self::Svg,
            "png" => Self::Png,
            "dot" | "gv" => Self::Dot,
            "mmd" | "mermaid" => Self::Mermaid,
            "d2" => Self::D2,
            "md" | "markdown" => Self::Markdown,
            "json" => Self::Json,
            _ => return None,
        })
    }

    /// What its file is called where nobody says so.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Html => "report.html",
            Self::Pdf => "report.pdf",
            Self::Svg => "map.svg",
            Self::Png => "map.png",
            Self::Dot => "map.dot",
            Self::Mermaid => "map.mmd",
            Self::D2 => "map.d2",
            Self::Markdown => "report.md",
            Self::Json => "report.json",
            Self::Csv => "tables.csv",
        }
    }

    /// Whether it is several files.
    pub fn is_folder(self) -> bool {
        self == Self::Csv
    }

    /// Whether a terminal can show it.
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Pdf | Self::Png)
    }

    /// Whether people read it as text.
    pub fn is_read(self) -> bool {
        matches!(self, Self::Markdown | Self::Json | Self::Dot | Self::Mermaid | Self::D2)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A file of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its name, without a folder.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Writes a report in any format; what several of them need is made once.
#[derive(Debug)]
pub struct Writer<'w> {
    content: &'w Content<'w>,
    options: Options,
    document: OnceCell<Document>,
    map: OnceCell<Map>,
}

impl<'w> Writer<'w> {
    /// Of that content.
    pub fn new(content: &'w Content<'w>, options: Options) -> Self {
        Self {
            content,
            options,
            document: OnceCell::new(),
            map: OnceCell::new(),
        }
    }

    /// The files of one format.
    pub fn write(&self, format: Format) -> Result<Vec<Output>, Error> {
        let one = |bytes: Vec<u8>| {
            vec![Output {
                name: format.file_name().to_owned(),
                bytes,
            }]
        };
        let (content, paper) = (self.content, &self.options.paper);
        Ok(match format {
            Format::Html => {
                let drawing = Drawing::new(content, self.map()?);
                one(html::file(content, self.document(), &drawing).into_bytes())
            }
            Format::Pdf if self.options.poster => one(pdf::map(content, self.map()?, paper)?),
            Format::Pdf => one(pdf::booklet(content, self.map()?, paper)?),
            Format::Svg => one(svg::file(&self.map()?.picture(content), &self.title()).into_bytes()),
            Format::Png => one(png::file(&self.map()?.picture(content), &self.title(), PER_INCH)?),
            Format::Dot => one(dot::file(content).into_bytes()),
            Format::Mermaid => one(mermaid::file(content).into_bytes()),
            Format::D2 => one(d2::file(content).into_bytes()),
            Format::Markdown => one(markdown::file(content, self.document()).into_bytes()),
            Format::Json => one(json::file(content).into_bytes()),
            Format::Csv => csv::files(content)
                .into_iter()
                .map(|(name, text)| Output {
                    name: name.to_owned(),
                    bytes: text.into_bytes(),
                })
                .collect(),
        })
    }

    /// Whether the map has characters that the program's font has no sign for: PDF and PNG have no other font, while SVG and
    /// HTML are shown with the reader's.
    pub fn lacks_signs(&self) -> Result<bool, Error> {
        let picture = self.map()?.picture(self.content);
        let texts = geometry::texts(&picture.items);
        Ok(texts.iter().any(|text| !text.face.has(&text.text)))
    }

    fn title(&self) -> String {
        self.document().cover.title.clone()
    }

    fn document(&self) -> &Document {
        self.document.get_or_init(|| Document::new(self.content))
    }

    fn map(&self) -> Result<&Map, Error> {
        if let Some(map) = self.map.get() {
            return Ok(map);
        }
        let map = map::arrange(self.content, &self.options.map)?;
        Ok(self.map.get_or_init(|| map))
    }
}
