//! Asking catalogue queries and taking their rows apart.

use std::str::FromStr;

use super::ReadError;
use crate::catalogue::{Catalogue, TextRow};
use crate::model::Engine;
use crate::name::TableName;

/// What was wrong with a row, in words.
pub(crate) type Problem = String;

/// A connection together with what errors need to say about it.
pub(crate) struct Reader<'c, C> {
    pub(crate) catalogue: &'c mut C,
    pub(crate) engine: Engine,
}

impl<C: Catalogue> Reader<'_, C> {
    /// Runs the query and decodes every row; `query` is its name in errors.
    pub(crate) async fn ask<T>(
        &mut self,
        query: &'static str,
        sql: &str,
        decode: impl Fn(&mut Cells) -> Result<T, Problem>,
    ) -> Result<Vec<T>, ReadError<C::Error>> {
        let engine = self.engine;
        let answer = self.catalogue.rows(sql).await;
        let rows = answer.map_err(|source| ReadError::Query { engine, query, source })?;
        let decode_row = |(at, row): (usize, TextRow)| {
            let mut cells = Cells::new(row);
            decode(&mut cells)
                .and_then(|value| cells.end().map(|()| value))
                .map_err(|problem| self.wrong(query, format!("row {}: {problem}", at + 1)))
        };
        rows.into_iter().enumerate().map(decode_row).collect()
    }

    /// Runs a query that gives exactly one row.
    pub(crate) async fn ask_one<T>(
        &mut self,
        query: &'static str,
        sql: &str,
        decode: impl Fn(&mut Cells) -> Result<T, Problem>,
    ) -> Result<T, ReadError<C::Error>> {
        let mut rows = self.ask(query, sql, decode).await?;
        match (rows.pop(), rows.len()) {
            (Some(row), 0) => Ok(row),
            (last, more) => {
                let count = more + usize::from(last.is_some());
                Err(self.wrong(query, format!("{count} rows instead of one")))
            }
        }
    }

    /// The error for an answer that makes no sense.
    fn wrong(&self, query: &'static str, problem: Problem) -> ReadError<C::Error> {
        ReadError::Answer {
            engine: self.engine,
            query,
            problem,
        }
    }
}

/// The values of one row, taken from left to right.
pub(crate) struct Cells {
    values: std::vec::IntoIter<Option<String>>,
    taken: usize,
}

impl Cells {
    pub(crate) fn new(row: TextRow) -> Self {
        Self {
            values: row.into_iter(),
            taken: 0,
        }
    }

    /// The next value; NULL is `None`.
    pub(crate) fn optional(&mut self) -> Result<Option<String>, Problem> {
        self.taken += 1;
        let value = self.values.next();
        value.ok_or_else(|| format!("it ends before column {}", self.taken))
    }

    /// The next value, which can't be NULL.
    pub(crate) fn text(&mut self) -> Result<String, Problem> {
        let value = self.optional()?;
        value.ok_or_else(|| format!("column {} is NULL", self.taken))
    }

    /// The next value, with NULL and the empty text alike: catalogues differ in which of them means "none".
    pub(crate) fn non_empty(&mut self) -> Result<Option<String>, Problem> {
        Ok(self.optional()?.filter(|text| !text.is_empty()))
    }

    /// The next value as a truth value, in any engine's spelling.
    pub(crate) fn flag(&mut self) -> Result<bool, Problem> {
        match self.text()?.as_str() {
            "t" | "true" | "1" | "YES" => Ok(true),
            "f" | "false" | "0" | "NO" => Ok(false),
            other => Err(format!("column {} is `{other}`, not a truth value", self.taken)),
        }
    }

    /// The next value as a number.
    pub(crate) fn number<N: FromStr>(&mut self) -> Result<N, Problem> {
        let value = self.optional_number()?;
        value.ok_or_else(|| format!("column {} is NULL", self.taken))
    }

    /// The next value as a number; NULL is `None`.
    pub(crate) fn optional_number<N: FromStr>(&mut self) -> Result<Option<N>, Problem> {
        let Some(text) = self.optional()? else {
            return Ok(None);
        };
        let wrong = |_| format!("column {} is `{text}`, not a number", self.taken);
        text.parse().map(Some).map_err(wrong)
    }

    /// The next two values as schema and name of a table.
    pub(crate) fn table(&mut self) -> Result<TableName, Problem> {
        Ok(TableName::new(self.text()?, self.text()?))
    }

    /// The next two values as schema and name of a table; no name means no table.
    pub(crate) fn optional_table(&mut self) -> Result<Option<TableName>, Problem> {
        let schema = self.optional()?.unwrap_or_default();
        Ok(self.optional()?.map(|name| TableName::new(schema, name)))
    }

    /// The next value as one of the words of a closed list.
    pub(crate) fn word<T>(&mut self, known: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
        let text = self.text()?;
        known(&text).ok_or_else(|| format!("column {} is `{text}`, which means nothing here", self.taken))
    }

    /// Checks that nothing is left.
    fn end(&self) -> Result<(), Problem> {
        match self.values.len() {
            0 => Ok(()),
            more => Err(format!("it has {more} columns too many")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: &[Option<&str>]) -> Cells {
        Cells::new(values.iter().map(|value| value.map(str::to_owned)).collect())
    }

    #[test]
    fn values_of_the_wrong_shape_are_named() {
        assert_eq!(cells(&[None]).text(), Err("column 1 is NULL".to_owned()));
        assert_eq!(cells(&[]).text(), Err("it ends before column 1".to_owned()));
        assert_eq!(
            cells(&[Some("x")]).number::<u64>(),
            Err("column 1 is `x`, not a number".to_owned())
        );
        assert_eq!(
            cells(&[Some("maybe")]).flag(),
            Err("column 1 is `maybe`, not a truth value".to_owned())
        );
        assert_eq!(cells(&[None]).end(), Err("it has 1 columns too many".to_owned()));
    }

    #[test]
    fn each_engine_spells_truth_its_own_way() {
        for text in ["t", "true", "1", "YES"] {
            assert_eq!(cells(&[Some(text)]).flag(), Ok(true));
        }
        for text in ["f", "false", "0", "NO"] {
            assert_eq!(cells(&[Some(text)]).flag(), Ok(false));
        }
    }
}
