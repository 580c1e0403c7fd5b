//! Who owns the rows that are shown: the walk from a row up to the clients.

use std::collections::BTreeSet;

use exodus_classify::question::{Answers, Question};
use exodus_engine::{Connection, Result, Sides};
use exodus_schema::{Column, RelationId, TableId};

use crate::ask::Asker;
use crate::counter::SHOWN;
use crate::job::Clock;

/// Statements for one row at most; who owns a row that takes more isn't said.
const MOST: usize = 200;

/// Parents of one row that are followed at most by one relation, whose columns need not be unique.
const MOST_PARENTS: usize = 20;

/// Names the owners of the crossed rows whose keys are shown, as far as time allows. A row of which they can't be found out
/// stays without: what was counted is not in doubt for that.
pub(crate) async fn name(connection: &mut dyn Connection, asker: &Asker<'_, '_>, answers: &mut Answers, clock: Clock) {
    for question in answers.with_keys() {
        let (table, relations) = match &question {
            Question::Crossed(table, relations) => (*table, relations.clone()),
            Question::Owners(table) => (*table, relations(asker, *table)),
            _ => continue,
        };
        let keys = answers.get(&question).map_or(vec![], |told| told.keys.clone());
        let mut owners = vec![];
        for key in &keys {
            if clock.is_over() {
                return;
            }
            let walk = Walk::new(asker, table, key, &relations);
            match walk.owners(connection).await {
                Ok(found) => owners.push(found.unwrap_or_default()),
                // The transaction may have ended with it, so that nothing more can be asked.
                Err(_) => return,
            }
        }
        answers.name_owners(&question, owners);
    }
}

/// The relations that give rows of a table an owner.
fn relations(asker: &Asker<'_, '_>, table: TableId) -> Vec<RelationId> {
    let member = asker.subject.classes.tree.member(table);
    member.map_or(vec![], |member| member.owners.clone())
}

/// Rows of a table that have these values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    table: TableId,
    columns: Vec<String>,
    values: Vec<String>,
}

struct Walk<'w, 's, 'a> {
    asker: &'w Asker<'s, 'a>,
    open: Vec<(Place, Vec<RelationId>)>,
    seen: BTreeSet<Place>,
    owners: BTreeSet<String>,
    statements: usize,
}

impl<'w, 's, 'a> Walk<'w, 's, 'a> {
    fn new(asker: &'w Asker<'s, 'a>, table: TableId, key: &str, relations: &[RelationId]) -> Self {
        let identity = asker.subject.graph.table(table).identity();
        let start = Place {
            table,
            columns: identity.map_or(vec![], |key| key.columns.clone()),
            values: split(key),
        };
        Self {
            asker,
            open: vec![(start, relations.to_vec())],
            seen: BTreeSet::new(),
            owners: BTreeSet::new(),
            statements: 0,
        }
    }

    /// The clients' keys; `None` where they can't be found out.
    async fn owners(mut self, connection: &mut dyn Connection) -> Result<Option<Vec<String>>> {
        let subject = self.asker.subject;
        while let Some((place, relations)) = self.open.pop() {
            if place.columns.len() != place.values.len() || place.columns.is_empty() {
                return Ok(None);
            }
            if !self.seen.insert(place.clone()) {
                continue;
            }
            let Some(condition) = self.condition(&place) else {
                return Ok(None);
            };
            if place.table == subject.classes.root {
                let from = format!(
                    "{} AS t",
                    self.asker.dialect.table(&subject.graph.table(place.table).name)
                );
                let clients = self
                    .texts(connection, "t", place.table, subject.root_key, &from, &condition)
                    .await?;
                self.owners.extend(clients.iter().map(|key| join(key)));
            }
            for relation in relations {
                self.statements += 1;
                if self.statements > MOST {
                    return Ok(None);
                }
                self.step(connection, relation, &condition).await?;
            }
        }
        Ok(Some(self.owners.into_iter().take(SHOWN).collect()))
    }

    /// Goes from rows to the parents that they reference.
    async fn step(&mut self, connection: &mut dyn Connection, relation: RelationId, condition: &str) -> Result<()> {
        let subject = self.asker.subject;
        let Some(edge) = subject.graph.edge(relation) else {
            return Ok(());
        };
        let Sides { child, parent, set, on } = Sides::of(subject.graph, self.asker.dialect, edge);
        let from = format!("{child} AS t JOIN {parent} AS q ON {on}");
        let condition = format!("{condition} AND {set}");
        if edge.parent == subject.classes.root {
            let clients = self
                .texts(connection, "q", edge.parent, subject.root_key, &from, &condition)
                .await?;
            self.owners.extend(clients.iter().map(|key| join(key)));
            return Ok(());
        }
        let columns: Vec<String> = subject
            .graph
            .relation(relation)
            .parent_columns()
            .map(str::to_owned)
            .collect();
        for values in self
            .texts(connection, "q", edge.parent, &columns, &from, &condition)
            .await?
        {
            let place = Place {
                table: edge.parent,
                columns: columns.clone(),
                values,
            };
            self.open.push((place, relations(self.asker, edge.parent)));
        }
        Ok(())
    }

    async fn texts(
        &self,
        connection: &mut dyn Connection,
        alias: &str,
        table: TableId,
        columns: &[String],
        from: &str,
        condition: &str,
    ) -> Result<Vec<Vec<String>>> {
        let known = self.asker.subject.graph.table(table);
        let columns = columns.iter().filter_map(|name| known.column(name));
        let texts: Vec<_> = columns
            .map(|column| self.asker.dialect.key_text(alias, column))
            .collect();
        let list = texts.join(", ");
        let sql = format!("SELECT DISTINCT {list} FROM {from} WHERE {condition} LIMIT {MOST_PARENTS}");
        let rows = connection.query(&sql).await?;
        Ok(rows.into_iter().filter_map(|row| row.into_iter().collect()).collect())
    }

    fn condition(&self, place: &Place) -> Option<String> {
        let (known, dialect) = (self.asker.subject.graph.table(place.table), self.asker.dialect);
        let parts = place.columns.iter().zip(&place.values).map(|(name, value)| {
            let column: &Column = known.column(name)?;
            let literal = dialect.literal(column, value).ok()?;
            Some(format!("{} = {literal}", dialect.columns("t", [name.as_str()])))
        });
        Some(parts.collect::<Option<Vec<_>>>()?.join(" AND "))
    }
}

/// The parts of a key as people write it: joined by commas; a comma or backslash in a part has a backslash before it.
pub(crate) fn join(parts: &[String]) -> String {
    let escaped = parts.iter().map(|part| part.replace('\\', "\\\\").replace(',', "\\,"));
    escaped.collect::<Vec<_>>().join(",")
}

fn split(key: &str) -> Vec<String> {
    let (mut parts, mut part, mut letters) = (vec![], String::new(), key.chars());
    while let Some(letter) = letters.next() {
        match letter {
            ',' => parts.push(std::mem::take(&mut part)),
            '\\' => part.extend(letters.next()),
            _ => part.push(letter),
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key with a comma in it is looked up as what it is.
    #[test]
    fn keys_are_read_as_they_were_written() {
        for parts in [&["1"][..], &["a,b", "c"], &["\\", ",", ""], &["a\\,", "\\\\"]] {
            let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            assert_eq!(split(&join(&parts)), parts);
        }
        assert_eq!(join(&["a,b".to_owned(), "c".to_owned()]), "a\\,b,c");
    }
}
