//! What a move does to the target's generators of keys, and whether both ends' can give the same key.

use exodus_classify::greatest_key;
use exodus_engine::{KeyGenerator, Session};
use exodus_schema::{Column, Engine, Kind, Table, TableId, TableName};

use crate::error::Result;
use crate::plan::{Check, Plan, Problem, Request};
use crate::shape::Rows;

/// Of all keys, the part that is left when it is time to say so: one tenth.
const PART_LEFT: i128 = 10;

/// Looks at each table whose keys the target gives.
pub(crate) async fn look(
    (source, target): (&mut Session, &mut Session),
    rows: &Rows<'_>,
    request: &Request<'_>,
    plan: &mut Plan,
) -> Result<()> {
    let mut alike = vec![];
    for id in rows.shape.tables() {
        let table = request.target_schema.table(&request.there.graph.table(id).name);
        let Some(table) = table else { continue };
        let here = rows.shape.graph.table(id);
        let given = target.key_generators(table).await?;
        let own = if given.is_empty() {
            vec![]
        } else {
            source.key_generators(here).await?
        };
        for generator in &given {
            let Some(column) = table.column(&generator.column) else {
                continue;
            };
            let generator = within(target.engine(), column, generator);
            if let Some(arriving) = arriving(source, rows, id, &generator).await? {
                judge(target.name(), here, &generator, &arriving, plan);
            }
            let of_source = own.iter().find(|own| own.column == generator.column);
            let of_source = of_source.and_then(|own| Some(within(source.engine(), here.column(&own.column)?, own)));
            if of_source.is_some_and(|own| own.meets(&generator)) && is_key(table, &generator.column) {
                alike.push(&here.name);
            }
        }
    }
    if let [first, ..] = alike[..] {
        plan.notes.push(note((source.name(), target.name()), first, &alike));
    }
    Ok(())
}

/// The generator, which ends where its column does.
fn within(engine: Engine, column: &Column, generator: &KeyGenerator) -> KeyGenerator {
    let limit = greatest_key(engine, column).or_else(|| match column.kind {
        Kind::Integer if column.native_type.to_ascii_lowercase().contains("unsigned") => Some(i128::from(u64::MAX)),
        Kind::Integer => Some(i128::from(i64::MAX)),
        _ => None,
    });
    KeyGenerator {
        maximum: limit.map_or(generator.maximum, |limit| limit.min(generator.maximum)),
        ..generator.clone()
    }
}

/// Alone in a key: two rows with the same value can't be in one table.
fn is_key(table: &Table, column: &str) -> bool {
    let mut keys = table.primary_key.iter().chain(&table.unique_keys);
    keys.any(|key| key.columns == [column])
}

/// The client's keys.
struct Arriving {
    /// The one that a generator would reach last, of those that it can give.
    furthest: Option<i128>,
    /// Beyond what the generator can give.
    beyond: u64,
}

async fn arriving(
    source: &mut Session,
    rows: &Rows<'_>,
    id: TableId,
    generator: &KeyGenerator,
) -> Result<Option<Arriving>> {
    let table = rows.shape.graph.table(id);
    let Some(column) = table.column(&generator.column) else {
        return Ok(None);
    };
    // What is no number is translated, or refused: there is nothing to compare.
    if !matches!(column.kind, Kind::Integer | Kind::Decimal) {
        return Ok(None);
    }
    let (key, furthest, beyond) = (
        format!("t.{}", rows.dialect.quote(&column.name)),
        if generator.increment < 0 { "MIN" } else { "MAX" },
        if generator.increment < 0 {
            format!("< {}", generator.minimum)
        } else {
            format!("> {}", generator.maximum)
        },
    );
    let (first, last) = generator.passes();
    let sql = format!(
        "SELECT {furthest}(CASE WHEN {key} BETWEEN {first} AND {last} THEN {key} END), \
         COUNT(CASE WHEN {key} {beyond} THEN 1 END) FROM {} AS t WHERE {}",
        rows.dialect.table(&table.name),
        rows.mine.of(id)
    );
    let found = source.query(&sql).await?;
    let mut cells = found.into_iter().flatten();
    let furthest = cells.next().flatten().and_then(|text| text.parse().ok());
    let beyond = cells.next().flatten().and_then(|text| text.parse().ok()).unwrap_or(0);
    Ok(Some(Arriving { furthest, beyond }))
}

/// Keys that the generator can still give, if the next one is this.
fn left(generator: &KeyGenerator, next: i128) -> i128 {
    let end = if generator.increment < 0 {
        next - generator.minimum
    } else {
        generator.maximum - next
    };
    if end < 0 {
        0
    } else {
        end / generator.increment.abs().max(1) + 1
    }
}

/// What it gives next when the client's keys are there.
fn next_after(generator: &KeyGenerator, next: i128, furthest: Option<i128>) -> i128 {
    let Some(furthest) = furthest else { return next };
    if generator.increment < 0 {
        generator.at_or_beyond(furthest - 1).min(next)
    } else {
        generator.at_or_beyond(furthest + 1).max(next)
    }
}

fn judge(target: &str, table: &Table, generator: &KeyGenerator, arriving: &Arriving, plan: &mut Plan) {
    let KeyGenerator { column, name, .. } = generator;
    let what = format!("{target}: the {name} of column {column}");
    if arriving.beyond > 0 {
        let message = format!(
            "{what} ends before keys that this client has: {}; it is left where it is, and never gives them",
            arriving.beyond
        );
        let help = "nothing has to be done if each shard has a range of its own; if the range is only what an earlier, \
                    narrower column had, widen it (ALTER SEQUENCE … AS bigint MAXVALUE …)";
        let mut warning = Problem::new(Check::Generator, &table.name, message, help);
        warning.rows = Some(arriving.beyond);
        plan.warnings.push(warning);
    }
    let Some(next) = generator.next else { return };
    let (before, after) = (
        left(generator, next),
        left(generator, next_after(generator, next, arriving.furthest)),
    );
    let step = generator.increment.abs().max(1);
    let all = (generator.maximum - generator.minimum) / step + 1;
    let help =
        "widen the column, and before it those that reference it, at both ends; or give the client's rows other keys";
    if after == 0 && before > 0 {
        let message = format!("{what} could give no more keys once this client's are there, and {before} before");
        plan.problems
            .push(Problem::new(Check::Generator, &table.name, message, help));
    } else if after * PART_LEFT < all {
        let percent = after * 100 / all.max(1);
        let message =
            format!("{what} can give {after} more keys once this client's are there, {percent} % of all; {before} now");
        plan.warnings
            .push(Problem::new(Check::Generator, &table.name, message, help));
    }
}

/// It doesn't concern this move: its keys have been looked for on the target.
fn note((source, target): (&str, &str), first: &TableName, tables: &[&TableName]) -> Problem {
    let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
    let message = format!(
        "{source} and {target} give new rows the same keys from now on (same class, overlapping ranges), in {}: this move \
         doesn't mind, but later ones may find their client's keys taken, a move back among them",
        names.join(", ")
    );
    let help = "give each shard a class of its own (ALTER SEQUENCE … INCREMENT BY; auto_increment_increment and \
                auto_increment_offset) or a range of its own, before rows are made on both";
    Problem::new(Check::Generator, first, message, help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generator(increment: i128) -> KeyGenerator {
        let down = increment < 0;
        KeyGenerator {
            column: "id".to_owned(),
            name: "sequence s".to_owned(),
            next: Some(increment.signum()),
            start: increment.signum(),
            increment,
            minimum: if down { -100 } else { 1 },
            maximum: if down { -1 } else { 100 },
            follows: true,
        }
    }

    #[test]
    fn what_is_left_counts_in_steps() {
        let after = |increment, furthest| {
            let generator = generator(increment);
            let next = next_after(&generator, increment.signum(), furthest);
            left(&generator, next)
        };
        assert_eq!(after(1, None), 100);
        assert_eq!(after(1, Some(60)), 40);
        assert_eq!(after(1, Some(100)), 0);
        assert_eq!(after(10, None), 10);
        assert_eq!(after(10, Some(60)), 4);
        assert_eq!(after(10, Some(95)), 0);
        assert_eq!(after(-1, Some(-60)), 40);
        assert_eq!(after(-10, Some(-95)), 0);
    }
}
