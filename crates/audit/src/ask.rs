//! Questions that one or two statements answer.

mod values;

use exodus_classify::question::{Question, Reference};
use exodus_engine::{BrokenText, Dialect};
use exodus_schema::{Column, RelationId, Table, TableId};

use crate::answer::{Ask, Form};
use crate::client::OneClient;
use crate::counter::SHOWN;
use crate::options::{Options, Subject};

/// Writes the statements.
#[derive(Debug)]
pub(crate) struct Asker<'s, 'a> {
    pub(crate) subject: &'s Subject<'a>,
    pub(crate) dialect: Dialect,
    pub(crate) options: &'s Options,
    pub(crate) one: Option<OneClient<'a>>,
}

/// A table's rows in a statement: what stands behind FROM, and a condition.
struct Rows {
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
            // It is about the table, whosever the rows are.
            Question::Rows(table) => {
                let Rows { from, .. } = self.all(*table);
                ask(vec![format!("SELECT COUNT(*) FROM {from}")], Form::Count)
            }
            Question::Owners(table) => {
                if let Some(one) = &self.one {
                    let member = self.subject.classes.tree.member(*table);
                    let owners = member.map_or(&[][..], |member| &member.owners);
                    let rows = one.rows(*table).sql;
                    return self.shared(one, *table, owners, ask(vec![rows], Form::OneClient));
                }
                let from = self.dialect.rows_of(self.table(*table));
                ask(vec![format!("SELECT COUNT(*) FROM {from} AS t")], Form::AllOne)
            }
            Question::Crossed(table, relations) => {
                self.shared(self.one()?, *table, relations, ask(vec![], Form::Crossed))?
            }
            Question::Unowned(relation) => {
                let edge = self.subject.graph.edge(*relation);
                let edge = edge.ok_or("the relation leads nowhere")?;
                let condition = self.one()?.unowned(edge).map_err(|error| error.to_string())?;
                let from = format!("{} AS t", self.one()?.table(edge.child()));
                let mut ask = ask(
                    vec![format!("SELECT COUNT(*) FROM {from} WHERE {condition}")],
                    Form::Count,
                );
                ask.keys = self.keys(edge.child(), &from, &condition);
                ask
            }
            Question::Clients(table, relations) => {
                let used = self.one()?.used_rows(relations).map_err(|error| error.to_string())?;
                let [own, others] = used;
                let rows = format!("SELECT COUNT(*) FROM {} AS q WHERE {own}", self.one()?.table(*table));
                ask(vec![rows.clone(), format!("{rows} AND {others}")], Form::Used)
            }
            Question::Loop(_) => return Err("it is counted in memory".to_owned()),
            Question::Parents(reference) => self.parents(reference, ask(vec![], Form::Parents))?,
            Question::Ways(table, relations) => self.ways(*table, relations, ask(vec![], Form::Ways))?,
            Question::Duplicates(table, columns) => self.duplicates(*table, columns, ask(vec![], Form::Groups))?,
            Question::HalfNull(relation) => {
                let (known, child) = (self.subject.graph.relation(*relation), self.table(relation.child));
                let side = |pair| self.dialect.child_value("t", child, &known.when, pair);
                let columns: Vec<_> = known.columns.iter().map(side).collect();
                let any = |suffix: &str| {
                    let parts: Vec<_> = columns.iter().map(|column| format!("{column} {suffix}")).collect();
                    parts.join(" OR ")
                };
                let half = format!("({}) AND ({})", any("IS NULL"), any("IS NOT NULL"));
                self.counted(relation.child, &half, ask(vec![], Form::Count))?
            }
            Question::Values(table, column) => self.values(*table, column, ask(vec![], Form::Values))?,
            Question::Types {
                table,
                column,
                types,
                key,
                names,
            } => self.types(*table, column, (*types, key, names), ask(vec![], Form::Types))?,
            Question::Range(table, column) => {
                let (Rows { from, .. }, column) = (self.all(*table), self.column("t", column));
                let sql = format!("SELECT MIN({column}), MAX({column}) FROM {from}");
                ask(vec![sql], Form::Range)
            }
            Question::Span(table, column) => {
                let Rows { from, .. } = self.all(*table);
                let column = self.known(*table, column)?;
                let (first, last) = (
                    self.dialect.epoch("MIN", "t", column),
                    self.dialect.epoch("MAX", "t", column),
                );
                ask(vec![format!("SELECT {first}, {last} FROM {from}")], Form::Span)
            }
            Question::DisguisedText(table, column) => self.disguised(*table, column, ask(vec![], Form::Disguised))?,
            Question::BrokenText(table, column) => self.broken(*table, column, ask(vec![], Form::Count))?,
            Question::Hidden(table) => {
                let sql = self.dialect.hides_rows(&self.table(*table).name);
                ask(vec![sql.ok_or("this product has no policies")?], Form::Count)
            }
            Question::Target(_) | Question::Collisions(..) => {
                return Err("no other database was given to compare with".to_owned());
            }
            Question::Writes(table) => {
                let sql = self.dialect.writes(&self.table(*table).name);
                let sql = sql.ok_or("this product keeps no statistics of writes")?;
                ask(vec![sql], Form::Count)
            }
        })
    }

    fn one(&self) -> Result<&OneClient<'_>, String> {
        self.one.as_ref().ok_or_else(|| "it is counted in memory".to_owned())
    }

    /// Counts the rows that these relations give to the client and to another one, at either end.
    fn shared(
        &self,
        one: &OneClient<'_>,
        table: TableId,
        relations: &[RelationId],
        mut ask: Ask,
    ) -> Result<Ask, String> {
        let shared = one.shared_rows(table, relations).map_err(|error| error.to_string())?;
        let from = format!("{} AS t", one.table(table));
        match shared {
            Some([away, here]) => {
                let count = |condition: &String| format!("SELECT COUNT(*) FROM {from} WHERE {condition}");
                ask.queries.extend([count(&away), count(&here)]);
                ask.keys = self.keys(table, &from, &format!("(({away}) OR ({here}))"));
            }
            None => ask.queries.extend(["SELECT 0", "SELECT 0"].map(str::to_owned)),
        }
        Ok(ask)
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

    fn all(&self, table: TableId) -> Rows {
        Rows {
            from: format!("{} AS t", self.dialect.rows_of(self.table(table))),
            condition: "1 = 1".to_owned(),
            sampled: false,
        }
    }

    /// The condition on the rows that matter, if not all rows of the table do.
    pub(crate) fn mine(&self, table: TableId) -> Result<Option<&str>, String> {
        let one = self.one.as_ref().map(|one| one.condition(table));
        Ok(one.transpose().map_err(|error| error.to_string())?.flatten())
    }

    /// The rows that are looked at.
    fn from(&self, table: TableId, may_sample: bool) -> Result<Rows, String> {
        match self.mine(table)? {
            Some(mine) => Ok(Rows {
                condition: format!("({mine})"),
                ..self.all(table)
            }),
            None => Ok(self.everybodys(table, may_sample)),
        }
    }

    /// All rows, whosever they are, or a sample of them.
    fn everybodys(&self, table: TableId, may_sample: bool) -> Rows {
        let mut from = self.all(table);
        if let Some(percent) = self.is_sampled(table).filter(|_| may_sample) {
            let sample = self.dialect.sample(percent);
            from.from.push_str(&sample.clause);
            from.condition = sample.condition.unwrap_or(from.condition);
            from.sampled = true;
        }
        from
    }

    /// Counts the rows under a condition, and finds their keys.
    fn counted(&self, table: TableId, condition: &str, mut ask: Ask) -> Result<Ask, String> {
        let Rows {
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
        let Rows {
            from,
            condition,
            sampled,
        } = self.from(reference.child, true)?;
        let child = self.table(reference.child);
        let set = self.dialect.references("t", child, &reference.when, &reference.columns);
        let on = reference.columns.iter().map(|pair| {
            let side = self.dialect.child_side("t", child, &reference.when, pair);
            format!("{} = {side}", self.column("q", &pair.parent))
        });
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

    fn ways(&self, table: TableId, relations: &[RelationId], mut ask: Ask) -> Result<Ask, String> {
        let Rows {
            from,
            condition,
            sampled,
        } = self.from(table, true)?;
        let way = |relation: &RelationId| {
            let known = self.subject.graph.relation(*relation);
            let set = self
                .dialect
                .references("t", self.table(table), &known.when, &known.columns);
            format!("CASE WHEN {set} THEN 1 ELSE 0 END")
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
        let Rows {
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
        // Rows that share a value with a row of the one client may be anybody's; equal rows have equal owners.
        let condition = match self.mine(table)?.filter(|_| !alike) {
            Some(mine) => {
                let row = |alias| {
                    let list = self.dialect.columns(alias, columns.iter().map(String::as_str));
                    if columns.len() == 1 { list } else { format!("({list})") }
                };
                let name = self.dialect.rows_of(self.table(table));
                let values = self.dialect.columns("t", columns.iter().map(String::as_str));
                format!("{} IN (SELECT {values} FROM {name} AS t WHERE {mine})", row("t"))
            }
            None => condition,
        };
        ask.queries.push(format!(
            "SELECT COUNT(*), SUM(g.n) FROM (SELECT COUNT(*) AS n FROM {from} WHERE {condition}{set} \
             GROUP BY {} HAVING COUNT(*) > 1) AS g",
            by.join(", ")
        ));
        ask.sampled = sampled;
        Ok(ask)
    }

    /// Texts in disguise with their keys, then all that could be.
    fn disguised(&self, table: TableId, column: &str, ask: Ask) -> Result<Ask, String> {
        let conditions = self.dialect.disguised_text("t", self.known(table, column)?);
        let [other, utf8] = conditions.ok_or("the column has no such text")?;
        let utf8 = self.counted(table, &utf8, ask)?;
        let keys = utf8.keys.clone();
        self.counted(table, &other, utf8).map(|both| Ask { keys, ..both })
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
                let Rows {
                    from,
                    condition,
                    sampled,
                } = self.from(table, true)?;
                ask.queries
                    .push(format!("SELECT {expression} FROM {from} WHERE {condition}"));
                ask.sampled = sampled;
                ask.form = Form::Read;
            }
        }
        Ok(ask)
    }
}
