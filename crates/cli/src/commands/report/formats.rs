//! What a report is written as.

use clap::ValueEnum as _;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use exodus_report::Format;

use crate::args::Format as Named;
use crate::exit::Failure;

/// Its own formats in the place of those that all commands have. The others are taken here, too, to be refused in words.
pub(super) fn parser() -> impl TypedValueParser<Value = Named> {
    let own = Format::ALL.map(|format| PossibleValue::new(format.name()).help(about(format)));
    let of_others = Named::value_variants().iter().filter(|named| of(**named).is_none());
    let of_others = of_others.filter_map(|named| named.to_possible_value().map(|value| value.hide(true)));
    let all: Vec<_> = own.into_iter().chain(of_others).collect();
    PossibleValuesParser::new(all).try_map(|name| Named::from_str(&name, false))
}

fn about(format: Format) -> &'static str {
    match format {
        Format::Html => "A page for a browser: the map, and the booklet below it",
        Format::Pdf => "The booklet for paper; with --poster the map alone",
        Format::Svg => "The map as a drawing that can be scaled",
        Format::Png => "The map as an image",
        Format::Dot => "The map for Graphviz",
        Format::Mermaid => "The map for Mermaid",
        Format::D2 => "The map for D2",
        Format::Markdown => "For wikis: findings, tables, the order of a move",
        Format::Json => "For programs",
        Format::Csv => "For spreadsheets: three files, in a folder",
    }
}

fn of(named: Named) -> Option<Format> {
    Format::ALL.into_iter().find(|format| format.name() == named.name())
}

/// The formats that were named; none if the name of the file is to tell.
pub(super) fn named(names: &[Named]) -> Result<Vec<Format>, Failure> {
    let mut formats = vec![];
    for name in names {
        let format = of(*name).ok_or_else(|| {
            Failure::usage(format!("a report is not written as {}", name.name())).help(format!(
                "take `--format` {}",
                Format::ALL.map(|format| format.to_string()).join(", ")
            ))
        })?;
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    Ok(formats)
}
