//! Between two products: how each column's values get over, and how rows of both are read so that they can be compared.

use exodus_engine::value::{self, Codec, End, Pairing};
use exodus_engine::{ChunkReceiver, ChunkSender, Dialect, Load, ScanRow, Select, Sent, Session};
use exodus_schema::{Column, Schema, TableName};

use crate::copy::Ends;
use crate::error::{Error, Result};
use crate::shape::Shape;

/// Two databases of different products. Where they have no format for rows in common, or no common type for a column, rows
/// are translated on their way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Across<'a> {
    source: &'a Schema,
    target: &'a Schema,
}

impl<'a> Across<'a> {
    /// `None` within one product. Of the target's schema the types count, whatever its tables are called.
    pub(crate) fn between(source: &'a Schema, target: &'a Schema) -> Option<Self> {
        (source.engine != target.engine).then_some(Self { source, target })
    }

    /// Whether nothing that one of the products writes can be read by the other.
    pub(crate) fn is_foreign(&self) -> bool {
        !self.dialect().passes_rows_to(Dialect::of(self.target.engine))
    }

    /// Whether rows of these columns have to be translated.
    pub(crate) fn translates(&self, from: &[Column], to: &[Column]) -> bool {
        let same = |(one, other): (&Column, &Column)| self.dialect().same_type(&one.native_type, &other.native_type);
        self.is_foreign() || !from.iter().zip(to).all(same)
    }

    fn dialect(&self) -> Dialect {
        Dialect::of(self.source.engine)
    }

    /// The same for the two graphs of a move.
    pub(crate) fn of(shape: Shape<'a>, there: Shape<'a>) -> Option<Self> {
        Self::between(shape.graph.schema(), there.graph.schema())
    }

    /// How a column's values get into the target's column.
    pub(crate) fn pairing(&self, from: &Column, to: &Column) -> Result<Pairing, value::Refusal> {
        value::pairing(&End::of(self.source, from), &End::of(self.target, to))
    }

    /// The same for all columns of a table.
    ///
    /// The plan has asked this before (`compatible.rs`), so that a refusal here means that the tables have changed since.
    pub(crate) fn pairings(&self, from: &[Column], to: &[Column], table: &TableName) -> Result<Vec<Pairing>> {
        let pairs = from.iter().zip(to).map(|(from, to)| {
            self.pairing(from, to).map_err(|refusal| Error::Unpaired {
                table: table.clone(),
                column: from.name.clone(),
                reason: refusal.to_string(),
            })
        });
        pairs.collect()
    }
}

/// Copies the selected rows; `relay` hands chunks on.
pub(crate) async fn stream<R: Future<Output = ()>>(
    ends: &mut Ends<'_>,
    across: Across<'_>,
    select: &Select,
    load: &Load,
    relay: impl FnOnce(ChunkReceiver, ChunkSender) -> R,
) -> Result<(Sent, u64)> {
    let pairings = across.pairings(&select.columns, &load.columns, &select.table)?;
    // Values that are only written in another way were told in the plan, or refused there.
    let copied = value::copy_across(ends.source, ends.target, select, load, &pairings, true, relay);
    Ok(copied.await?)
}

/// Rows of one table, read in a form in which equal rows have equal bytes on both sides of a move.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The rows and columns.
    pub(crate) select: Select,
    /// How fields are brought into that form, where the product's own is not the other's.
    codecs: Option<Vec<Codec>>,
}

impl Reading {
    /// Rows in the form that two databases of one product share.
    pub(crate) fn alike(select: Select) -> Self {
        Self { select, codecs: None }
    }

    /// A table on both sides, with columns that stand for each other.
    pub(crate) fn both(across: Option<Across<'_>>, source: Select, target: Select) -> Result<(Self, Self)> {
        let Some(across) = across.filter(|across| across.translates(&source.columns, &target.columns)) else {
            return Ok((Self::alike(source), Self::alike(target)));
        };
        let pairings = across.pairings(&source.columns, &target.columns, &source.table)?;
        let reading = |select, codec: fn(&Pairing) -> &Codec| Self {
            select,
            codecs: Some(pairings.iter().map(|pairing| codec(pairing).clone()).collect()),
        };
        Ok((reading(source, Pairing::source), reading(target, Pairing::target)))
    }

    /// Only the first columns.
    pub(crate) fn head(&self, columns: usize) -> Self {
        let mut head = self.clone();
        head.select.columns.truncate(columns);
        if let Some(codecs) = &mut head.codecs {
            codecs.truncate(columns);
        }
        head
    }

    /// A field of such a row for people.
    pub(crate) fn show(&self, dialect: Dialect, column: &Column, field: Option<&[u8]>) -> String {
        match (&self.codecs, field) {
            (Some(_), Some(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            _ => dialect.show(column, field),
        }
    }

    /// Shows each row to `each`; returns their number.
    pub(crate) async fn scan(
        &self,
        connection: &mut Session,
        each: &mut (dyn for<'r, 'a> FnMut(&'r ScanRow<'a>) + Send),
    ) -> Result<u64> {
        Ok(match &self.codecs {
            None => connection.scan(&self.select, each).await?,
            Some(codecs) => value::scan_neutral(connection, &self.select, codecs, each).await?,
        })
    }
}

#[cfg(test)]
mod tests {
    use exodus_schema::{Engine, ddl};

    use super::*;

    /// Whatever was planned: rows are not sent into a column that can't take them.
    #[test]
    fn columns_that_are_no_pair_are_an_error() {
        let schema = |engine, note| {
            let sql = format!("CREATE TABLE orders (id int PRIMARY KEY, note {note})");
            ddl::read(&sql, Some(engine)).expect("a table")
        };
        let (source, target) = (schema(Engine::Postgres, "bytea"), schema(Engine::MySql, "int"));
        let across = Across::between(&source, &target).expect("two products");
        let (from, to) = (&source.tables[0], &target.tables[0]);
        let refused = across.pairings(&from.columns, &to.columns, &from.name);
        let Err(Error::Unpaired { table, column, reason }) = refused else {
            panic!("bytes were to go into a number");
        };
        assert_eq!((table, column.as_str()), (from.name.clone(), "note"));
        assert!(!reason.is_empty());
        let same = schema(Engine::MySql, "longblob");
        let across = Across::between(&source, &same).expect("two products");
        let paired = across.pairings(&from.columns, &same.tables[0].columns, &from.name);
        assert_eq!(paired.expect("both are bytes").len(), 2);
    }
}
