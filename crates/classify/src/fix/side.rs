//! The child's side of a relation in a statement: a column or an expression, and which rows it is about.

use exodus_schema::model::{ColumnPair, Discriminator, Piece};
use exodus_schema::{Engine, Kind, Relation, Table, quote};

/// The child's rows under `alias`.
pub(super) struct Side<'a> {
    pub(super) engine: Engine,
    pub(super) table: &'a Table,
    /// As it is written before a column, quoted where it has to be.
    pub(super) alias: String,
}

impl Side<'_> {
    /// The value that references the parent's column, for rows that the relation is about.
    pub(super) fn value(&self, relation: &Relation, pair: &ColumnPair) -> String {
        let Some(expression) = &pair.expression else {
            return self.column(&pair.child);
        };
        let pieces = expression.pieces().iter().map(|piece| match piece {
            Piece::Sql(sql) => sql.clone(),
            Piece::Column(column) => self.column(column),
        });
        let sql: String = pieces.collect();
        match self.when(relation).as_slice() {
            [] => sql,
            when => format!("(CASE WHEN {} THEN {sql} END)", when.join(" AND ")),
        }
    }

    /// The conditions on rows that the relation is about; none if it is about all.
    pub(super) fn when(&self, relation: &Relation) -> Vec<String> {
        relation.when.iter().map(|part| self.one_of(part)).collect()
    }

    fn one_of(&self, part: &Discriminator) -> String {
        let number = self
            .table
            .column(&part.column)
            .is_some_and(|column| column.kind == Kind::Integer);
        let literal = |value: &String| match value.parse::<i64>() {
            Ok(value) if number => value.to_string(),
            _ => text(self.engine, value),
        };
        let values = part.values.iter().map(literal).collect::<Vec<_>>();
        match values.as_slice() {
            [one] => format!("{} = {one}", self.column(&part.column)),
            many => format!("{} IN ({})", self.column(&part.column), many.join(", ")),
        }
    }

    fn column(&self, name: &str) -> String {
        format!("{}.{}", self.alias, quote(self.engine, name))
    }
}

fn text(engine: Engine, value: &str) -> String {
    let value = value.replace('\'', "''");
    match engine {
        Engine::MySql | Engine::MariaDb => format!("'{}'", value.replace('\\', "\\\\")),
        Engine::Postgres | Engine::Sqlite => format!("'{value}'"),
    }
}
