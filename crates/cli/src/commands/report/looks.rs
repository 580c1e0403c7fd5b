//! Flags of how the map is drawn and printed.

use clap::ValueEnum;
use exodus_report::map::{Detail, MapOptions, Weight};
use exodus_report::paper::{Fit, Orientation, PaperOptions, Size, Split};
use exodus_report::{Format, Options};
use exodus_schema::{Schema, Table};

use crate::exit::Failure;

/// How the map is drawn and printed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The map")]
pub(super) struct Looks {
    /// Which columns the tables show
    #[arg(long, value_name = "DETAIL", default_value = "keys")]
    detail: DetailName,
    /// Show how large the tables are, as a bar
    #[arg(long, value_name = "WEIGHTS")]
    weights: Option<WeightName>,
    /// The paper of a PDF
    #[arg(long, value_name = "SIZE", default_value = "a4", ignore_case = true)]
    paper: PaperName,
    /// Turn the paper on its side
    #[arg(long, conflicts_with = "portrait")]
    landscape: bool,
    /// Stand the paper upright
    #[arg(long)]
    portrait: bool,
    /// A PDF of the map alone, over as many sheets as it takes
    #[arg(long)]
    poster: bool,
    /// The same with a sheet for each group of tables, or several where it could
    /// not be read on one
    #[arg(long, value_name = "BY")]
    split: Option<SplitName>,
    /// The map on at most so many sheets, not counting the index before them; with
    /// --split, each group of tables on so many
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    sheets: Option<u16>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DetailName {
    /// Keys and columns of relations
    Keys,
    /// All columns
    All,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WeightName {
    /// The server's estimate of rows
    Rows,
    /// Bytes on disk
    Bytes,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PaperName {
    A4,
    A3,
    A2,
    A1,
    A0,
    Letter,
    Tabloid,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SplitName {
    /// Groups of tables
    Cluster,
}

/// The formats that have the map as it is drawn here; others have it laid out by other programs, or have none.
const DRAWN: &[Format] = &[Format::Html, Format::Pdf, Format::Svg, Format::Png];

fn listed(formats: &[Format], word: &str) -> String {
    let names: Vec<_> = formats.iter().map(ToString::to_string).collect();
    match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{}{word}{last}", others.join(", ")),
        _ => names.concat(),
    }
}

impl Looks {
    /// Refuses what would do nothing to any of the formats.
    pub(super) fn check(&self, formats: &[Format]) -> Result<(), Failure> {
        let of_paper = [
            ("--poster", self.poster),
            ("--split", self.split.is_some()),
            ("--sheets", self.sheets.is_some()),
            ("--landscape", self.landscape),
            ("--portrait", self.portrait),
        ];
        let of_drawings = [
            ("--weights", self.weights.is_some()),
            ("--detail all", matches!(self.detail, DetailName::All)),
        ];
        let paper: &[Format] = &[Format::Pdf];
        let all = of_paper.iter().map(|flag| (flag, paper));
        let all = all.chain(of_drawings.iter().map(|flag| (flag, DRAWN)));
        for ((flag, _), needed) in all.filter(|((_, given), _)| *given) {
            if !formats.iter().any(|format| needed.contains(format)) {
                let (of, is) = (listed(needed, " or "), listed(formats, " and "));
                return Err(Failure::usage(format!("`{flag}` does nothing to {is}"))
                    .help(format!("leave it out, or take `--format` {of}")));
            }
        }
        Ok(())
    }

    /// How large tables are is asked for, and not known of any.
    pub(super) fn lacks_weights(&self, schema: &Schema) -> bool {
        let known = |table: &Table| match self.weights {
            None => true,
            Some(WeightName::Rows) => table.estimated_rows.is_some(),
            Some(WeightName::Bytes) => table.bytes.is_some(),
        };
        !schema.tables.iter().any(known)
    }

    /// What they ask for.
    pub(super) fn options(&self) -> Options {
        let map = MapOptions {
            detail: match self.detail {
                DetailName::Keys => Detail::Keys,
                DetailName::All => Detail::All,
            },
            weight: match self.weights {
                None => Weight::None,
                Some(WeightName::Rows) => Weight::Rows,
                Some(WeightName::Bytes) => Weight::Bytes,
            },
            ..MapOptions::default()
        };
        Options {
            map,
            paper: self.paper(),
            poster: self.poster || self.split.is_some() || self.sheets.is_some(),
        }
    }

    fn paper(&self) -> PaperOptions {
        PaperOptions {
            size: match self.paper {
                PaperName::A4 => Size::A4,
                PaperName::A3 => Size::A3,
                PaperName::A2 => Size::A2,
                PaperName::A1 => Size::A1,
                PaperName::A0 => Size::A0,
                PaperName::Letter => Size::Letter,
                PaperName::Tabloid => Size::Tabloid,
            },
            orientation: match (self.landscape, self.portrait) {
                (true, _) => Orientation::Landscape,
                (_, true) => Orientation::Portrait,
                _ => Orientation::Fitting,
            },
            split: match self.split {
                None => Split::Tiles,
                Some(SplitName::Cluster) => Split::Clusters,
            },
            fit: self
                .sheets
                .map_or(Fit::Readable, |sheets| Fit::Sheets(usize::from(sheets))),
            ..PaperOptions::default()
        }
    }
}
