//! The child's side of a relation, which may be about some rows only, or have an expression for a column.

use exodus_schema::Table;
use exodus_schema::model::{ColumnPair, Discriminator, Piece};

use super::Dialect;

impl Dialect {
    /// What of the child's row under `alias` is compared with the parent's column: the column itself, or the expression
    /// that stands for it, which is worked out only for rows that the relation is about.
    pub fn child_side(self, alias: &str, child: &Table, when: &[Discriminator], pair: &ColumnPair) -> String {
        let Some(expression) = &pair.expression else {
            return format!("{alias}.{}", self.quote(&pair.child));
        };
        let pieces = expression.pieces().iter().map(|piece| match piece {
            Piece::Sql(sql) => sql.clone(),
            Piece::Column(column) => format!("{alias}.{}", self.quote(column)),
        });
        let sql: String = pieces.collect();
        match self.when(alias, child, when) {
            // Other rows may hold what the expression fails on.
            Some(when) => format!("(CASE WHEN {when} THEN ({sql}) END)"),
            None => format!("({sql})"),
        }
    }

    /// The child's side as a value of its own: NULL in rows that the relation isn't about.
    pub fn child_value(self, alias: &str, child: &Table, when: &[Discriminator], pair: &ColumnPair) -> String {
        let side = self.child_side(alias, child, when, pair);
        match self.when(alias, child, when) {
            Some(when) if pair.expression.is_none() => format!("(CASE WHEN {when} THEN {side} END)"),
            _ => side,
        }
    }

    /// The condition on rows that the relation is about; `None` if it is about all.
    pub fn when(self, alias: &str, child: &Table, when: &[Discriminator]) -> Option<String> {
        let parts = when.iter().map(|part| {
            let literal = |value: &String| {
                let column = child.column(&part.column);
                // Whoever declares a relation has been told of values that the column can't hold.
                let typed = column.and_then(|column| self.literal(column, value).ok());
                typed.unwrap_or_else(|| self.text(value))
            };
            let values = part.values.iter().map(literal).collect::<Vec<_>>();
            let column = format!("{alias}.{}", self.quote(&part.column));
            match values.as_slice() {
                [one] => format!("{column} = {one}"),
                many => format!("{column} IN ({})", many.join(", ")),
            }
        });
        let parts: Vec<String> = parts.collect();
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }

    /// The condition that the child's row references something: it has a value on each side, and the relation is about it.
    pub fn references(self, alias: &str, child: &Table, when: &[Discriminator], columns: &[ColumnPair]) -> String {
        let sides = columns.iter();
        let set = sides.map(|pair| format!("{} IS NOT NULL", self.child_side(alias, child, when, pair)));
        let when = self.when(alias, child, when);
        when.into_iter().chain(set).collect::<Vec<_>>().join(" AND ")
    }
}
