//! # What it finds
//!
//! Two things. A key of a client table that a generator fills and that has fewer than 64 bits. And a column that
//! references a key, of a client or context table, but has fewer bits than it, or the same number with a sign where the
//! key has none.
//!
//! # Why it matters
//!
//! Once clients live on several shards, the shards must not hand out the same keys: each takes every sixteenth, say, and
//! the keys grow as fast as all shards together insert. What was far away on one database comes near. When the last key
//! is taken, inserts fail. And a column that is narrower than the key it references fails earlier than the key itself.
//!
//! A signed 32-bit key ends at 2,147,483,647, MySQL's unsigned one at 4,294,967,295, a 16-bit one at 32,767. `exodus audit` looks at
//! the greatest key: from half of the space on the finding is a *warning*, from nine tenths on an *error*, below it is
//! a *note*, with the rows that each of sixteen shards can still add, and the months that are left: by the column that
//! the server stamps when a row is inserted (`DEFAULT now()`), else the one whose name says when the row was made, else a
//! date that must be given. If one shard does all inserts, and hands out every sixteenth key, they pass sixteen times as fast.
//!
//! # Example
//!
//! ```sql
//! CREATE TABLE rentals (id serial PRIMARY KEY, client_id bigint NOT NULL REFERENCES clients);
//! ```
//!
//! # How to fix
//!
//! Widen the key, and before it every column that references it. It rewrites the tables:
//!
//! ```sql
//! ALTER TABLE rentals ALTER COLUMN id TYPE bigint;
//! ```

mod created;

use exodus_schema::{Column, Engine, Kind, Table, TableId, grouped};

use super::{Context, Data, Rule, weigh};
use crate::class::Class;
use crate::fix;
use crate::hazard::{Hazard, Part, Severity};
use crate::question::{Answer, Answers, Question};

pub(super) const RULE: Rule = Rule {
    id: "narrow-key",
    severity: Severity::Error,
    summary: "a generated key with fewer than 64 bits, or a reference narrower than its key",
    source: include_str!("narrow_key.rs"),
    check,
    data: Some(Data { ask, judge }),
};

/// Shards that share the key space, for saying how much is left.
const SHARDS: i128 = 16;

fn check(context: &Context<'_>) -> Vec<Hazard> {
    let keys = context.client_tables().filter_map(|table| narrow_key(context, table));
    keys.chain(narrow_references(context)).collect()
}

fn narrow_key(context: &Context<'_>, id: TableId) -> Option<Hazard> {
    let table = context.graph.table(id);
    let column = generated_key(table)?;
    let limit = limit(context.graph.schema().engine, column)?;
    let severity = if limit < i128::from(i32::MAX) {
        Severity::Warning
    } else {
        Severity::Note
    };
    let hazard = Hazard::new(
        RULE.id,
        severity,
        id,
        format!(
            "The key {}({}) is {}: it ends at {}, for all shards together.",
            table.name,
            column.name,
            column.native_type,
            grouped(limit)
        ),
        "Widen it to 64 bits, after the columns that reference it.",
    );
    let sql = fix::widen(context.graph.schema(), table, &column.name);
    Some(sql.into_iter().fold(hazard.on([&column.name]), Hazard::with_sql))
}

/// The column of a key that a generator fills: of the primary key (partitioned tables need the date in it as well), else
/// of a unique one.
fn generated_key(table: &Table) -> Option<&Column> {
    let keys = table.primary_key.iter().chain(&table.unique_keys);
    let columns = keys.flat_map(|key| &key.columns).filter_map(|name| table.column(name));
    columns.into_iter().find(|column| column.generator.is_some())
}

/// What tells the finding from others about the same columns: of a relation of several columns which one it is, and of
/// a key that is also a reference that it is about the reference.
fn part_of(child: &Table, columns: usize, column: &Column) -> Option<Part> {
    if columns > 1 {
        return Some(Part::Column(column.name.clone()));
    }
    let key = generated_key(child).is_some_and(|key| key.name == column.name);
    key.then_some(Part::Aspect("reference"))
}

fn narrow_references(context: &Context<'_>) -> Vec<Hazard> {
    let engine = context.graph.schema().engine;
    let mut found = vec![];
    // A key of a context table grows as well, and what refers to it must be able to follow.
    let edges = context.graph.edges().iter().filter(|edge| {
        context.keeps(edge)
            && context.is_client(edge.child())
            && context.classes.class_of(edge.parent) != Class::Neutral
    });
    for edge in edges {
        let (child, parent) = (context.graph.table(edge.child()), context.graph.table(edge.parent));
        for pair in &context.graph.relation(edge.id).columns {
            let columns = child.column(&pair.child).zip(parent.column(&pair.parent));
            let Some((column, key)) = columns else { continue };
            let narrower = match (limit(engine, column), limit(engine, key)) {
                (Some(own), Some(other)) => own < other,
                (Some(_), None) => key.kind == Kind::Integer,
                _ => false,
            };
            if narrower {
                let hazard = Hazard::new(
                    RULE.id,
                    Severity::Warning,
                    edge.child(),
                    format!(
                        "{} is narrower than what it references: {} against {}.",
                        context.describe(edge.id),
                        column.native_type,
                        key.native_type
                    ),
                    "Give it the type of the key.",
                );
                let sql = fix::widen(context.graph.schema(), child, &column.name);
                let part = part_of(child, context.graph.relation(edge.id).columns.len(), column);
                let hazard = hazard.at(edge.id).of(part);
                found.push(sql.into_iter().fold(hazard, Hazard::with_sql));
            }
        }
    }
    found
}

/// The greatest value of an integer column with fewer than 64 bits; `None` for any other.
pub fn limit(engine: Engine, column: &Column) -> Option<i128> {
    if column.kind != Kind::Integer {
        return None;
    }
    let native = column.native_type.to_ascii_lowercase();
    let word = native.split([' ', '(']).next().unwrap_or_default();
    let bits = match (engine, word) {
        // Every integer of SQLite has 64 bits, whatever its column is called.
        (Engine::Sqlite, _) => return None,
        (_, "smallint" | "int2" | "smallserial") => 16,
        (_, "integer" | "int" | "int4" | "serial") => 32,
        (_, "tinyint") => 8,
        (_, "mediumint") => 24,
        _ => return None,
    };
    let sign = u32::from(!native.contains("unsigned"));
    Some((1_i128 << (bits - sign)) - 1)
}

fn ask(context: &Context<'_>, found: &[Hazard]) -> Vec<Question> {
    let keys = found.iter().filter_map(|hazard| Some((hazard.table, range(hazard)?)));
    keys.flat_map(|(table, range)| {
        let past = Past::of(context, table).map(|past| past.question);
        std::iter::once(range).chain(past)
    })
    .collect()
}

fn range(hazard: &Hazard) -> Option<Question> {
    let column = hazard.columns.first()?;
    Some(Question::Range(hazard.table, column.clone()))
}

/// What tells since when rows were made.
struct Past {
    column: String,
    question: Question,
}

impl Past {
    fn of(context: &Context<'_>, table: TableId) -> Option<Self> {
        let created = created::created(context.graph.table(table))?;
        let column = created.column.name.clone();
        let question = if created.counts {
            Question::Range(table, column.clone())
        } else {
            Question::Span(table, column.clone())
        };
        Some(Self { column, question })
    }

    fn seconds(&self, answers: &Answers) -> Option<i64> {
        match answers.get(&self.question)?.answer {
            Answer::Span(Some((first, last))) => last.checked_sub(first),
            Answer::Range(Some((first, last))) => created::seconds(first, last),
            _ => None,
        }
    }
}

fn judge(context: &Context<'_>, found: Vec<Hazard>, answers: &Answers) -> Vec<Hazard> {
    weigh(found, answers, range, |hazard, answer| {
        let table = context.graph.table(hazard.table);
        let column = hazard.columns.first().and_then(|name| table.column(name));
        let limit = column.and_then(|column| limit(context.graph.schema().engine, column));
        let (Answer::Range(Some((_, greatest))), Some(limit)) = (answer, limit) else {
            return hazard.refuted("The table is empty.", vec![]);
        };
        let past = Past::of(context, hazard.table);
        let past = past.and_then(|past| Some((past.seconds(answers)?, past.column)));
        filled(hazard, *greatest, limit, past)
    })
}

/// How full the space of keys is, and for how long the rest lasts, by the seconds between the first and the last row and
/// the column that tells them.
fn filled(hazard: Hazard, greatest: i128, limit: i128, past: Option<(i64, String)>) -> Hazard {
    let greatest = greatest.clamp(0, limit);
    let percent = u64::try_from(greatest * 100 / limit).unwrap_or(100);
    let left = (limit - greatest) / SHARDS;
    let months = past.and_then(|(seconds, column)| Some((months_left(greatest, limit, seconds)?, column)));
    let lasting = months.as_ref().map_or(String::new(), |(months, column)| {
        let fast = i128::from(*months) / SHARDS;
        format!(
            ", which lasts {months} months if it goes on as it did by {column}, and {fast} if one shard does it all"
        )
    });
    let words = format!(
        "{percent} % of it is used; {SHARDS} shards can add {} rows each{lasting}.",
        grouped(left)
    );
    let mut counts = vec![
        ("percent used", percent),
        (
            "rows left to each of 16 shards",
            u64::try_from(left).unwrap_or(u64::MAX),
        ),
    ];
    counts.extend(months.map(|(months, _)| ("months left", months)));
    match percent {
        90.. => hazard.proven(Severity::Error, &words, counts),
        50.. => hazard.proven(Severity::Warning, &words, counts),
        _ => hazard.refuted(&words, counts),
    }
}

/// How long the rest of the keys lasts at the pace of the past; unknown for a past of less than a week.
fn months_left(greatest: i128, limit: i128, seconds: i64) -> Option<u64> {
    const WEEK: i64 = 7 * 24 * 3600;
    const MONTH: i128 = 2_629_746;
    if seconds < WEEK || greatest == 0 {
        return None;
    }
    u64::try_from((limit - greatest) * i128::from(seconds) / greatest / MONTH).ok()
}

#[cfg(test)]
mod tests {
    use exodus_schema::model::Generator;
    use exodus_schema::{Kind, Schema};

    use super::super::testing::{found, judged};
    use super::*;
    use crate::fixture::{Fixture, id};

    fn schema(engine: Engine, key: &str, reference: &str) -> Schema {
        Fixture::new()
            .engine(engine)
            .relation("rentals.client_id clients")
            .relation("tracks.rental_id rentals")
            .change("rentals", |table| {
                table.columns[0].native_type = key.to_owned();
                table.columns[0].generator = Some(Generator::AutoIncrement);
            })
            .change("tracks", |table| {
                let column = table.columns.iter_mut().find(|column| column.name == "rental_id");
                column.expect("a column").native_type = reference.to_owned();
            })
            .build()
    }

    #[test]
    fn keys_and_references_by_their_width() {
        let pg = |key, reference| found(&RULE, &schema(Engine::Postgres, key, reference));
        assert_eq!(pg("integer", "integer"), ["note rentals id"]);
        assert_eq!(pg("smallint", "smallint"), ["warning rentals id"]);
        assert_eq!(pg("bigint", "integer"), ["warning tracks rental_id"]);
        assert!(pg("bigint", "bigint").is_empty());
    }

    #[test]
    fn a_sign_costs_half_of_the_space() {
        let my = |key, reference| found(&RULE, &schema(Engine::MySql, key, reference));
        assert_eq!(my("bigint unsigned", "int(10) unsigned"), ["warning tracks rental_id"]);
        assert_eq!(
            my("int unsigned", "int"),
            ["warning tracks rental_id", "note rentals id"]
        );
        assert_eq!(my("mediumint unsigned", "int"), ["warning rentals id"]);
    }

    #[test]
    fn keys_of_partitions_and_references_to_context_tables() {
        let mut schema = schema(Engine::Postgres, "integer", "integer");
        let rentals = schema.tables.iter_mut().find(|table| table.name.name == "rentals");
        let key = rentals.expect("a table").primary_key.as_mut().expect("a key");
        key.columns.insert(0, "client_id".to_owned());
        assert_eq!(found(&RULE, &schema), ["note rentals id"]);
        let schema = Fixture::new()
            .relation("rentals.client_id clients")
            .relation("rentals.city_id cities")
            .change("rentals", |table| {
                let column = table.columns.iter_mut().find(|column| column.name == "city_id");
                "smallint".clone_into(&mut column.expect("a column").native_type);
            });
        assert_eq!(found(&RULE, &schema.build()), ["warning rentals city_id"]);
    }

    #[test]
    fn sqlite_has_one_width() {
        assert!(found(&RULE, &schema(Engine::Sqlite, "integer", "smallint")).is_empty());
    }

    #[test]
    fn a_key_that_nothing_generates_is_left_alone() {
        let mut schema = schema(Engine::Postgres, "integer", "integer");
        schema
            .tables
            .iter_mut()
            .for_each(|table| table.columns[0].generator = None);
        assert!(found(&RULE, &schema).is_empty());
    }

    #[test]
    fn the_data_tell_how_near_the_end_is() {
        let mut schema = schema(Engine::Postgres, "integer", "integer");
        let rentals = schema.tables.iter_mut().find(|table| table.name.name == "rentals");
        let rentals = rentals.expect("a table");
        let mut created = rentals.columns[1].clone();
        "created_at".clone_into(&mut created.name);
        created.kind = Kind::Timestamp;
        rentals.columns.push(created);
        let graph = exodus_schema::Graph::new(&schema);
        let table = id(&graph, "rentals");
        let answer = |greatest| {
            let range = Question::Range(table, "id".to_owned());
            let span = Question::Span(table, "created_at".to_owned());
            // A thousand average months.
            let years = Answer::Span(Some((0, 2_629_746_000)));
            judged(
                &RULE,
                &schema,
                [(range, Answer::Range(Some((1, greatest)))), (span, years)],
            )
        };
        assert_eq!(
            answer(1_000_000),
            ["note rentals id: 0 percent used, 134155227 rows left to each of 16 shards, 2146483 months left"]
        );
        assert_eq!(
            answer(1_073_741_824),
            ["warning rentals id: 50 percent used, 67108863 rows left to each of 16 shards, 999 months left"]
        );
        assert_eq!(
            answer(2_000_000_000),
            ["error rentals id: 93 percent used, 9217727 rows left to each of 16 shards, 73 months left"]
        );
    }

    #[test]
    fn an_empty_table_has_all_its_keys() {
        let schema = schema(Engine::Postgres, "smallint", "smallint");
        let graph = exodus_schema::Graph::new(&schema);
        let range = Question::Range(id(&graph, "rentals"), "id".to_owned());
        assert_eq!(
            judged(&RULE, &schema, [(range, Answer::Range(None))]),
            ["note rentals id: "]
        );
    }
}
