//! How answers are read from what a server returns.

use exodus_classify::question::{Answer, Told, TypeRow};
use exodus_engine::{Connection, ScanRow};
use exodus_schema::TextRow;

use crate::owners::join;

/// How many values of a column are told.
pub(crate) const VALUES: usize = 200;

/// What is sent for a question, and how the answer is read.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) doing: String,
    pub(crate) queries: Vec<String>,
    pub(crate) form: Form,
    pub(crate) sampled: bool,
    /// Finds keys of the rows in question.
    pub(crate) keys: Option<String>,
}

/// The form of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Count,
    /// All rows have one owner.
    AllOne,
    /// The rows of one client, then those that others own too.
    OneClient,
    Crossed,
    /// Rows that the one client's refer to, then those of them that others' refer to as well.
    Used,
    Ways,
    Parents,
    Groups,
    Values,
    Types,
    Range,
    Span,
    /// Nothing is broken if the query says 1.
    NeverIf,
    /// Texts are looked at one by one.
    Read,
    /// Texts in disguise, then all that could be.
    Disguised,
}

impl Ask {
    /// Sends it and reads the answer; `Ok(Err(…))` says why there is none.
    pub(crate) async fn run(&self, connection: &mut dyn Connection) -> exodus_engine::Result<Result<Told, String>> {
        let answer = if self.form == Form::Read {
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
                join(&parts.collect::<Vec<_>>())
            }));
        }
        Ok(Ok(Told {
            answer,
            sampled: self.sampled,
            keys,
            owners: vec![],
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
            Self::Used => Answer::Owners {
                none: 0,
                one: count(0)?.saturating_sub(count(1)?),
                many: count(1)?,
            },
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
            Self::Types => types(results.first()?)?,
            Self::Range => Answer::Range(match (cell(0, 0), cell(0, 1)) {
                (Some(least), Some(greatest)) => Some((least.parse().ok()?, greatest.parse().ok()?)),
                _ => None,
            }),
            Self::Span => Answer::Span(match (cell(0, 0), cell(0, 1)) {
                (Some(first), Some(last)) => Some((first.parse().ok()?, last.parse().ok()?)),
                _ => None,
            }),
            Self::NeverIf => Answer::Count(cell(0, 0).filter(|text| *text == "1").map(|_| 0)?),
            Self::Disguised => Answer::Texts {
                other: count(1)?,
                utf8: count(0)?,
            },
            Self::Read => return None,
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

fn types(rows: &[TextRow]) -> Option<Answer> {
    let read = |row: &TextRow| match &row[..] {
        [Some(value), Some(count), names @ ..] => {
            let names: Option<Vec<&str>> = names.iter().map(Option::as_deref).collect();
            Some(TypeRow {
                value: value.clone(),
                name: names.map(|names| names.join(".")),
                rows: count.parse().ok()?,
            })
        }
        _ => None,
    };
    let types: Option<Vec<_>> = rows.iter().take(VALUES).map(read).collect();
    Some(Answer::Types {
        types: types?,
        more: rows.len() > VALUES,
    })
}
