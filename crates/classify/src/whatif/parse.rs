//! Reading a supposed change.

use std::str::FromStr;

use exodus_schema::model::Discriminator;

use super::{Change, WhatIfError};
use crate::class::Class;

impl FromStr for Change {
    type Err = WhatIfError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text.trim()).ok_or_else(|| WhatIfError::Syntax(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Change> {
    let (verb, rest) = text.split_once(char::is_whitespace)?;
    let rest = rest.trim();
    match verb {
        "ignore" => {
            let (table, columns) = with_columns(rest)?;
            Some(Change::Ignore { table, columns })
        }
        "declare" => {
            let (child, parent) = rest.split_once("->").or_else(|| rest.split_once('→'))?;
            let (child, columns) = with_columns(child.trim())?;
            let (parent, when) = match parent.split_once(" when ") {
                Some((parent, when)) => (parent.trim(), conditions(when)?),
                None => (parent.trim(), vec![]),
            };
            let (parent, parent_columns) = with_columns(parent).or_else(|| bare(parent))?;
            Some(Change::Declare {
                child,
                columns,
                parent,
                parent_columns,
                when,
            })
        }
        "class" => {
            let (table, class) = rest.rsplit_once(char::is_whitespace)?;
            let class = match class {
                "client" => Class::Client,
                "context" => Class::Context,
                "neutral" => Class::Neutral,
                _ => return None,
            };
            Some(Change::Class {
                table: table.trim().to_owned(),
                class,
            })
        }
        _ => None,
    }
}

/// `table(column, column)`
fn with_columns(text: &str) -> Option<(String, Vec<String>)> {
    let (table, columns) = text.strip_suffix(')')?.rsplit_once('(')?;
    let columns: Vec<_> = columns.split(',').map(|column| column.trim().to_owned()).collect();
    let complete = !table.trim().is_empty() && columns.iter().all(|column| !column.is_empty());
    complete.then(|| (table.trim().to_owned(), columns))
}

/// `column = value, value and column = value`
fn conditions(text: &str) -> Option<Vec<Discriminator>> {
    let one = |part: &str| {
        let (column, values) = part.split_once('=')?;
        let values = values
            .split(',')
            .map(|value| value.trim().trim_matches('\'').to_owned());
        let (column, values) = (column.trim().to_owned(), values.collect::<Vec<_>>());
        let complete = !column.is_empty() && values.iter().all(|value| !value.is_empty());
        complete.then_some(Discriminator { column, values })
    };
    text.split(" and ").map(one).collect()
}

fn bare(text: &str) -> Option<(String, Vec<String>)> {
    (!text.is_empty() && !text.ends_with(')')).then(|| (text.to_owned(), vec![]))
}
