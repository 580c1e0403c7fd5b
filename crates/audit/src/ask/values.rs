//! Which values a column has: the types of polymorphic links.

use exodus_schema::TableId;

use super::{Asker, Rows};
use crate::answer::{Ask, VALUES};

impl Asker<'_, '_> {
    /// The rows whose types count. Where rows may have no owner, one of a type that nobody has declared is found by no
    /// selector, though it refers to the client's: all are looked at.
    fn with_types(&self, table: TableId) -> Result<Rows, String> {
        if self.subject.classes.tables[table.0].complete {
            self.from(table, true)
        } else {
            Ok(self.everybodys(table, true))
        }
    }

    pub(super) fn values(&self, table: TableId, column: &str, mut ask: Ask) -> Result<Ask, String> {
        let Rows {
            from,
            condition,
            sampled,
        } = self.with_types(table)?;
        let column = self.column("t", column);
        ask.queries.push(format!(
            "SELECT {}, n FROM (SELECT {column} AS v, COUNT(*) AS n FROM {from} \
             WHERE {condition} AND {column} IS NOT NULL GROUP BY {column} \
             ORDER BY COUNT(*) DESC, {column} LIMIT {}) AS g ORDER BY n DESC, v",
            self.dialect.as_text("g.v"),
            VALUES + 1
        ));
        ask.sampled = sampled;
        Ok(ask)
    }

    /// The values as of [`Self::values`], each with the names in the row that it refers to.
    pub(super) fn types(
        &self,
        table: TableId,
        column: &str,
        (types, key, names): (TableId, &str, &[String]),
        mut ask: Ask,
    ) -> Result<Ask, String> {
        let Rows {
            from,
            condition,
            sampled,
        } = self.with_types(table)?;
        let column = self.column("t", column);
        let names: Vec<_> = names
            .iter()
            .map(|name| self.dialect.as_text(&self.column("y", name)))
            .collect();
        ask.queries.push(format!(
            "SELECT {}, g.n, {} FROM (SELECT {column} AS v, COUNT(*) AS n FROM {from} \
             WHERE {condition} AND {column} IS NOT NULL GROUP BY {column} \
             ORDER BY COUNT(*) DESC, {column} LIMIT {}) AS g LEFT JOIN {} AS y ON {} = g.v ORDER BY g.n DESC, g.v",
            self.dialect.as_text("g.v"),
            names.join(", "),
            VALUES + 1,
            self.dialect.rows_of(self.table(types)),
            self.column("y", key),
        ));
        ask.sampled = sampled;
        Ok(ask)
    }
}
