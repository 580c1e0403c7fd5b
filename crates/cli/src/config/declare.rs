//! Relations that the configuration declares.

use exodus_engine::Dialect;
use exodus_schema::model::{ColumnPair, Discriminator, Expression, Kind, Origin, Piece};
use exodus_schema::{Engine, Graph, Relation, Schema, Table, TableId};
use toml::Spanned;

use super::{Config, file};
use crate::exit::Failure;

impl Config {
    /// The relation that an entry declares, and its child.
    pub(super) fn declared(&self, schema: &Schema, declare: &file::Declare) -> Result<(TableId, Relation), Failure> {
        let graph = Graph::new(schema);
        let id = self.table(&graph, &declare.child)?;
        let child = graph.table(id);
        let parent = graph.table(self.table(&graph, &declare.parent)?);
        let parent_columns = self.referenced(parent, declare)?;
        if declare.columns.is_empty() || declare.columns.len() != parent_columns.len() {
            let problem = format!(
                "{} columns of {} can't reference {} of {} ({})",
                declare.columns.len(),
                declare.child.as_ref(),
                parent_columns.len(),
                parent.name,
                parent_columns.join(", ")
            );
            return Err(self
                .wrong(&declare.child.span(), &problem)
                .help("name them in pairs: `columns` and `parent_columns`"));
        }
        let when = declare.when.iter();
        let when = when.map(|(column, values)| self.discriminator(schema.engine, child, column, values));
        let when = when.collect::<Result<Vec<_>, _>>()?;
        let pairs = declare.columns.iter().zip(parent_columns);
        let pairs = pairs.map(|(column, of_parent)| {
            let pair = self.pair(schema.engine, child, column, of_parent)?;
            self.comparable(schema.engine, (child, parent), &pair, column)?;
            Ok(pair)
        });
        let pairs = pairs.collect::<Result<Vec<_>, Failure>>()?;
        let relation = Relation {
            when,
            ..Relation::new("", parent.name.clone(), pairs, Origin::Declared)
        };
        Ok((id, relation))
    }

    fn referenced(&self, parent: &Table, declare: &file::Declare) -> Result<Vec<String>, Failure> {
        match (declare.parent_columns.as_slice(), &parent.primary_key) {
            ([], Some(key)) => Ok(key.columns.clone()),
            ([], None) => {
                let problem = format!("{} has no primary key", parent.name);
                Err(self
                    .wrong(&declare.parent.span(), &problem)
                    .help("say which columns: `parent_columns = [\"…\"]`"))
            }
            (named, _) => named.iter().map(|name| self.column(parent, name)).collect(),
        }
    }

    /// A column of the child or, in parentheses, an expression over its columns.
    fn pair(
        &self,
        engine: Engine,
        child: &Table,
        text: &Spanned<String>,
        parent: String,
    ) -> Result<ColumnPair, Failure> {
        let written = text.as_ref().trim();
        let in_parentheses = written.starts_with('(') && written.ends_with(')');
        if !in_parentheses || child.column(text.as_ref()).is_some() {
            let found = self.column(child, text).map(|column| ColumnPair::new(column, parent));
            let plain = written.chars().all(|c| c.is_alphanumeric() || "_$ ".contains(c));
            return found.map_err(|failure| {
                if plain {
                    failure
                } else {
                    failure.help(format!("an expression goes into parentheses: `\"({written})\"`"))
                }
            });
        }
        match Expression::read(engine, child, written) {
            Ok(expression) => Ok(match expression.pieces() {
                // In parentheses a column is still itself, with its type and index.
                [Piece::Sql(open), Piece::Column(column), Piece::Sql(close)] if is_wrapping(open, close) => {
                    ColumnPair::new(column, parent)
                }
                _ => ColumnPair::computed(expression, parent),
            }),
            Err(error) => Err(self
                .wrong(&text.span(), &format!("`{written}`: {error}"))
                .help(format!("write one expression over the columns of {}", child.name))),
        }
    }

    fn discriminator(
        &self,
        engine: Engine,
        child: &Table,
        column: &str,
        values: &Spanned<file::Values>,
    ) -> Result<Discriminator, Failure> {
        let span = values.span();
        let column = self.column(child, &Spanned::new(span.clone(), column.to_owned()))?;
        let values = values.as_ref().texts();
        if values.is_empty() {
            return Err(self.wrong(&span, &format!("no value of `{column}` is given")));
        }
        for value in &values {
            let known = child.column(&column);
            let literal = known.map(|known| Dialect::of(engine).literal(known, value));
            if let Some(Err(error)) = literal {
                return Err(self.wrong(&span, &format!("`{column}` of {}: {error}", child.name)));
            }
        }
        Ok(Discriminator { column, values })
    }

    /// MySQL and MariaDB compare a text with a number as two floating point numbers: `12abc` would be 12, and large keys
    /// would be taken for each other.
    fn comparable(
        &self,
        engine: Engine,
        (child, parent): (&Table, &Table),
        pair: &ColumnPair,
        at: &Spanned<String>,
    ) -> Result<(), Failure> {
        let number = |kind| matches!(kind, Kind::Integer | Kind::Decimal | Kind::Float | Kind::Boolean);
        let (Some(one), Some(other)) = (child.column(&pair.child), parent.column(&pair.parent)) else {
            return Ok(());
        };
        let inexact = number(one.kind) != number(other.kind) && matches!(engine, Engine::MySql | Engine::MariaDb);
        if !inexact {
            return Ok(());
        }
        let problem = format!(
            "`{}` is {} and `{}` of {} is {}: the server would compare them as floating point numbers",
            pair.child, one.native_type, pair.parent, parent.name, other.native_type
        );
        let failure = self.wrong(&at.span(), &problem);
        let exact = if number(other.kind) {
            format!(
                "(CASE WHEN {0} REGEXP '^[1-9][0-9]*$' THEN CAST({0} AS UNSIGNED) END)",
                pair.child
            )
        } else {
            format!("(CAST({} AS CHAR))", pair.child)
        };
        Err(failure.help(format!("declare what is exact: columns = [\"{exact}\"]")))
    }
}

fn is_wrapping(open: &str, close: &str) -> bool {
    let only = |text: &str, sign| text.chars().all(|c| c == sign || c.is_whitespace());
    only(open, '(') && only(close, ')')
}
