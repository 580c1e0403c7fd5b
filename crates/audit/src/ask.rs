//! Questions that one or two statements answer.

use std::collections::HashSet;

use exodus_classify::question::{Answer, Question, Reference, Told};
use exodus_engine::{BrokenText, Connection, Dialect, ScanRow};
use exodus_schema::{Column, Table, TableId, TextRow};

use crate::counter::SHOWN;
use crate::one::OneClient;
use crate::options::{Options, Subject};

/// How many values of a column are told.
const VALUES: usize = 200;

/// What is sent for a question, and how the answer is read.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) doing: String,
    queries: Vec<String>,
    form: Form,
    sampled: bool,
    /// Finds keys of the rows in question.
    keys: Option<String>,
}

/// The form of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Count,
    /// All rows have one owner.
    AllOne,
    /// The rows of one client, then those that others own too.
    OneClient,
    Crossed,
    Ways,
    Parents,
    Groups,
    Values,
    Range,
    Span,
    /// Nothing is broken if the query says 1.
    NeverIf,
    /// Texts are looked at one by one.
    Texts,
}

/// Writes the statements.
#[derive(Debug)]
pub(crate) struct Asker<'s, 'a> {
    pub(crate) subject: &'s Subject<'a>,
    pub(crate) dialect: Dialect,
    pub(crate) options: &'s Options,
    pub(crate) one: Option<OneClient<'s, 'a>>,
}

/// A table's rows in a statement: what stands behind FROM, and a condition.
struct From {
    from: String,
    condition: String,
    sampled: bool,
}

impl Asker<'_, '_> {
    /// The statements for a question; else why it can't be asked.
    pub(crate) fn ask(&self, question: &Question, doing: String) -> Result<Ask, String> {
        let ask = |queries: Vec<String>, form| Ask {
            doing,
            queries,
            form,
            sampled: false,
            keys: None,
        };
        Ok(match question {
            Question::Rows(table) => {
                let From { from, condition, .. } = self.from(*table, false)?;
                ask(
                    vec![format!("SELECT COUNT(*) FROM {from} WHERE {condition}")],
                    Form::Count,
                )
            }
            Question::Owners(table) => match &self.one {
                Some(one) => ask(one.owners(*table)?, Form::OneClient),
                None => {
                    let from = self.dialect.rows_of(self.table(*table));
                    ask(vec![format!("SELECT COUNT(*) FROM {from} AS t")], Form::AllOne)
                }
            },
            Question::Crossed(table, relations) => {
                ask(self.one()?.shared_rows(*table, relations)?.to_vec(), Form::Crossed)
            }
            Question::Unowned(relation) => ask(vec![self.one()?.unowned(*relation)?], Form::Count),
            Question::Clients(..) | Question::Loop(_) => return Err(NOT_FOR_ONE.to_owned()),
            Question::Parents(reference) => self.parents(reference, ask(vec![], Form::Parents))?,
            Question::Ways(table, relations) => self.ways(*table, relations, ask(vec![], Form::Ways))?,
            Question::Duplicates(table, columns) => self.duplicates(*table, columns, ask(vec![], Form::Groups))?,
            Question::HalfNull(relation) => {
                let columns = self.subject.graph.relation(*relation).child_columns();
                let columns: Vec<_> = columns.map(|column| self.column("t", column)).collect();
                let any = |suffix: &str| {
                    let parts: Vec<_> = columns.iter().map(|column| format!("{column} {suffix}")).collect();
                    parts.join(" OR ")
                };
                let half = format!("({}) AND ({})", any("IS NULL"), any("IS NOT NULL"));
                self.counted(relation.child, &half, ask(vec![], Form::Count))?
            }
            Question::Values(table, column) => self.values(*table, column, ask(vec![], Form::Values))?,
            Question::Range(table, column) => {
                let (From { from, .. }, column) = (self.all(*table), self.column("t", column));
                let sql = format!("SELECT MIN({column}), MAX({column}) FROM {from}");
                ask(vec![sql], Form::Range)
            }
            Question::Span(table, column) => {
                let From { from, .. } = self.all(*table);
                let column = self.known(*table, column)?;
                let (first, last) = (
                    self.dialect.epoch("MIN", "t", column),
                    self.dialect.epoch("MAX", "t", column),
                );
                ask(vec![format!("SELECT {first}, {last} FROM {from}")], Form::Span)
            }
            Question::BrokenText(table, column) => self.broken(*table, column, ask(vec![], Form::Count))?,
            Question::Collisions(..) => return Err("no other database was given to compare with".to_owned()),
            Question::Writes(table) => {
                let sql = self.dialect.writes(&self.table(*table).name);
                let sql = sql.ok_or("this product keeps no statistics of writes")?;
                ask(vec![sql], Form::Count)
            }
        })
    }

    fn one(&self) -> Result<&OneClient<'_, '_>, String> {
        self.one.as_ref().ok_or_else(|| "it is counted in memory".to_owned())
    }

    fn table(&self, table: TableId) -> &Table {
        self.subject.graph.table(table)
    }

    fn known(&self, table: TableId, column: &str) -> Result<&Column, String> {
        let known = self.table(table).column(column);
        known.ok_or_else(|| format!("there is no column {column}"))
    }

    fn column(&self, alias: &str, column: &str) -> String {
        self.dialect.columns(alias, [column])
    }

    /// Whether a table is so large that a part of it has to do.
    pub(crate) fn is_sampled(&self, table: TableId) -> Option<f64> {
        let rows = self.table(table).estimated_rows;
        self.options
            .sample
            .filter(|_| rows.is_none_or(|rows| rows >= self.options.huge))
    }

    fn all(&self, table: TableId) -> From {
        From {
            from: format!("{} AS t", self.dialect.rows_of(self.table(table))),
            condition: "1 = 1".to_owned(),
            sampled: false,
        }
    }

    /// The rows that are looked at.
    fn from(&self, table: TableId, may_sample: bool) -> Result<From, String> {
        let mut from = self.all(table);
        let mine = self.one.as_ref().map(|one| one.condition(table)).transpose()?.flatten();
        if let Some(mine) = mine {
            from.condition = format!("({mine})");
        } else if let Some(percent) = self.is_sampled(table).filter(|_| may_sample) {
            let sample = self.dialect.sample(percent);
            from.from.push_str(&sample.clause);
            from.condition = sample.condition.unwrap_or(from.condition);
            from.sampled = true;
        }
        Ok(from)
    }

    /// Counts the rows under a condition, and finds their keys.
    fn counted(&self, table: TableId, condition: &str, mut ask: Ask) -> Result<Ask, String> {
        let From {
            from,
            condition: rows,
            sampled,
        } = self.from(table, true)?;
        ask.queries
            .push(format!("SELECT COUNT(*) FROM {from} WHERE {rows} AND {condition}"));
        ask.sampled = sampled;
        ask.keys = self.keys(table, &from, &format!("{rows} AND {condition}"));
        Ok(ask)
    }

    fn keys(&self, table: TableId, from: &str, condition: &str) -> Option<String> {
        let known = self.table(table);
        let key = known.identity().filter(|_| self.options.show_keys)?;
        let columns = key.columns.iter().filter_map(|name| known.column(name));
        let texts: Vec<_> = columns.map(|column| self.dialect.key_text("t", column)).collect();
        Some(format!(
            "SELECT {} FROM {from} WHERE {condition} LIMIT {SHOWN}",
            texts.join(", ")
        ))
    }

    fn parents(&self, reference: &Reference, mut ask: Ask) -> Result<Ask, String> {
        let From {
            from,
            condition,
            sampled,
        } = self.from(reference.child, true)?;
        let set = reference
            .columns
            .iter()
            .map(|(child, _)| format!("{} IS NOT NULL", self.column("t", child)));
        let on = reference
            .columns
            .iter()
            .map(|(child, parent)| format!("{} = {}", self.column("q", parent), self.column("t", child)));
        let set = set.collect::<Vec<_>>().join(" AND ");
        let parent = self.dialect.rows_of(self.table(reference.parent));
        let missing = format!(
            "{condition} AND {set} AND NOT EXISTS (SELECT 1 FROM {parent} AS q WHERE {})",
            on.collect::<Vec<_>>().join(" AND ")
        );
        ask.queries = vec![
            format!("SELECT COUNT(*) FROM {from} WHERE {condition} AND {set}"),
            format!("SELECT COUNT(*) FROM {from} WHERE {missing}"),
        ];
        ask.sampled = sampled;
        ask.keys = self.keys(reference.child, &from, &missing);
        Ok(ask)
    }

    fn ways(&self, table: TableId, relations: &[exodus_schema::RelationId], mut ask: Ask) -> Result<Ask, String> {
        let From {
            from,
            condition,
            sampled,
        } = self.from(table, true)?;
        let way = |relation: &exodus_schema::RelationId| {
            let columns = self.subject.graph.relation(*relation).child_columns();
            let set: Vec<_> = columns
                .map(|column| format!("{} IS NOT NULL", self.column("t", column)))
                .collect();
            format!("CASE WHEN {} THEN 1 ELSE 0 END", set.join(" AND "))
        };
        let ways = relations.iter().map(way).collect::<Vec<_>>().join(" + ");
        let ways = if ways.is_empty() { "0".to_owned() } else { ways };
        ask.queries.push(format!(
            "SELECT CASE WHEN w.ways > 2 THEN 2 ELSE w.ways END, COUNT(*) FROM \
             (SELECT {ways} AS ways FROM {from} WHERE {condition}) AS w GROUP BY 1"
        ));
        ask.sampled = sampled;
        Ok(ask)
    }

    fn duplicates(&self, table: TableId, columns: &[String], mut ask: Ask) -> Result<Ask, String> {
        let From {
            from,
            condition,
            sampled,
        } = self.from(table, true)?;
        let alike = columns.len() == self.table(table).columns.len();
        let known: Vec<&Column> = columns
            .iter()
            .map(|name| self.known(table, name))
            .collect::<Result<_, _>>()?;
        let by: Vec<_> = known
            .iter()
            .map(|column| self.dialect.groupable("t", column, alike))
            .collect();
        let set = columns
            .iter()
            .map(|name| format!(" AND {} IS NOT NULL", self.column("t", name)));
        let set: String = if alike { String::new() } else { set.collect() };
        ask.queries.push(format!(
            "SELECT COUNT(*), SUM(g.n) FROM (SELECT COUNT(*) AS n FROM {from} WHERE {condition}{set} \
             GROUP BY {} HAVING COUNT(*) > 1) AS g",
            by.join(", ")
        ));
        ask.sampled = sampled;
        Ok(ask)
    }

    fn values(&self, table: TableId, column: &str, mut ask: Ask) -> Result<Ask, String> {
        let From {
            from,
            condition,
            sampled,
        } = self.from(table, true)?;
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

    fn broken(&self, table: TableId, column: &str, mut ask: Ask) -> Result<Ask, String> {
        let column = self.known(table, column)?;
        match self.dialect.broken_text("t", column) {
            BrokenText::Condition(condition) => return self.counted(table, &condition, ask),
            BrokenText::NeverIf(sql) => {
                ask.queries.push(sql.to_owned());
                ask.form = Form::NeverIf;
            }
            BrokenText::Read(expression) => {
                let From {
                    from,
                    condition,
                    sampled,
                } = self.from(table, true)?;
                ask.queries
                    .push(format!("SELECT {expression} FROM {from} WHERE {condition}"));
                ask.sampled = sampled;
                ask.form = Form::Texts;
            }
        }
        Ok(ask)
    }
}

const NOT_FOR_ONE: &str = "it is about all clients, and was not asked about one alone";

impl Ask {
    /// Sends it and reads the answer; `Ok(Err(…))` says why there is none.
    pub(crate) async fn run(&self, connection: &mut dyn Connection) -> exodus_engine::Result<Result<Told, String>> {
        let answer = if self.form == Form::Texts {
            Some(Answer::Count(self.broken_texts(connection).await?))
        } else {
            let mut results = vec![];
            for sql in &self.queries {
                results.push(
                    connection
                        .query(sql)
                        .await
                        .map_err(|error| error.while_doing(self.doing.clone()))?,
                );
            }
            self.form.read(&results)
        };
        let Some(answer) = answer else {
            return Ok(Err("the server gave no numbers for an answer".to_owned()));
        };
        let mut keys = vec![];
        if let Some(sql) = &self.keys {
            let rows = connection.query(sql).await?;
            keys.extend(rows.into_iter().map(|row| {
                let parts = row.into_iter().map(|part| part.unwrap_or_else(|| "NULL".to_owned()));
                parts.collect::<Vec<_>>().join(",")
            }));
        }
        Ok(Ok(Told {
            answer,
            sampled: self.sampled,
            keys,
        }))
    }

    async fn broken_texts(&self, connection: &mut dyn Connection) -> exodus_engine::Result<u64> {
        let mut broken = 0;
        let mut each = |row: &ScanRow<'_>| {
            if let [Some([_, text @ ..])] = row {
                broken += u64::from(std::str::from_utf8(text).is_err());
            }
        };
        for sql in &self.queries {
            connection.stream(&self.doing, sql, 1, &mut each).await?;
        }
        Ok(broken)
    }
}

impl Form {
    fn read(&self, results: &[Vec<TextRow>]) -> Option<Answer> {
        let cell = |query: usize, at: usize| results.get(query)?.first()?.get(at)?.as_deref();
        let count = |query: usize| cell(query, 0)?.parse::<u64>().ok();
        Some(match self {
            Self::Count => Answer::Count(count(0)?),
            Self::AllOne => Answer::Owners {
                none: 0,
                one: count(0)?,
                many: 0,
            },
            Self::OneClient => Answer::Owners {
                none: 0,
                one: count(0)?.saturating_sub(count(1)?),
                many: count(1)? + count(2)?,
            },
            Self::Crossed => {
                let rows = count(0)? + count(1)?;
                Answer::Crossed {
                    rows,
                    pairs: u64::from(rows > 0),
                }
            }
            Self::Ways => ways(results.first()?)?,
            Self::Parents => Answer::Parents {
                set: count(0)?,
                missing: count(1)?,
            },
            Self::Groups => Answer::Groups {
                groups: count(0)?,
                rows: cell(0, 1).map_or(Some(0), whole)?,
            },
            Self::Values => values(results.first()?)?,
            Self::Range => Answer::Range(match (cell(0, 0), cell(0, 1)) {
                (Some(least), Some(greatest)) => Some((least.parse().ok()?, greatest.parse().ok()?)),
                _ => None,
            }),
            Self::Span => Answer::Span(match (cell(0, 0), cell(0, 1)) {
                (Some(first), Some(last)) => Some((first.parse().ok()?, last.parse().ok()?)),
                _ => None,
            }),
            Self::NeverIf => Answer::Count(cell(0, 0).filter(|text| *text == "1").map(|_| 0)?),
            Self::Texts => return None,
        })
    }
}

/// SUM gives a number with a point on some products.
fn whole(text: &str) -> Option<u64> {
    text.split('.').next()?.parse().ok()
}

fn ways(rows: &[TextRow]) -> Option<Answer> {
    let mut by = [0_u64; 3];
    for row in rows {
        let [Some(ways), Some(count)] = &row[..] else {
            return None;
        };
        *by.get_mut(ways.parse::<usize>().ok()?)? += count.parse::<u64>().ok()?;
    }
    Some(Answer::Owners {
        none: by[0],
        one: by[1],
        many: by[2],
    })
}

fn values(rows: &[TextRow]) -> Option<Answer> {
    let read = |row: &TextRow| match &row[..] {
        [Some(value), Some(count)] => Some((value.clone(), count.parse().ok()?)),
        _ => None,
    };
    let values: Option<Vec<_>> = rows.iter().take(VALUES).map(read).collect();
    Some(Answer::Values {
        values: values?,
        more: rows.len() > VALUES,
    })
}

/// What [`Question::Collisions`] reads on either side: the texts of the columns.
pub(crate) fn texts_sql(dialect: Dialect, table: &Table, columns: &[String], condition: &str) -> Option<String> {
    let known: Option<Vec<&Column>> = columns.iter().map(|name| table.column(name)).collect();
    let texts: Vec<_> = known?.into_iter().map(|column| dialect.key_text("t", column)).collect();
    Some(format!(
        "SELECT {} FROM {} AS t WHERE {condition}",
        texts.join(", "),
        dialect.rows_of(table)
    ))
}

/// The texts of a row, in one digest; `None` where one is NULL.
pub(crate) fn texts_digest(dialect: Dialect, row: &ScanRow<'_>) -> Option<u128> {
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for field in row {
        let text = dialect.text_of((*field)?);
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    Some(hash.digest128())
}

/// Rows whose texts are among those of the other side.
pub(crate) type Digests = HashSet<u128>;
