//! Whether the rows that the client's rows need are on the target what they were on the source.

use exodus_engine::Session;
use exodus_engine::value::{Codec, End, Pairing, Value, pairing, read_values, scan_neutral};
use exodus_schema::{Column, Engine, Schema, Table, TableName};
use exodus_transfer::plan::Check;
use exodus_transfer::{Problem, Referenced, Rows, arrival, name_there};

use crate::context::{Needed, codec};
use crate::digest::Digest;
use crate::error::{Error, Result};
use crate::manifest::{Manifest, as_stored};

/// Compares them; the client's rows are there. A file of an earlier version does not tell.
pub(super) async fn compare(
    target: &mut Session,
    rows: &Rows<'_>,
    target_schema: &Schema,
    manifest: &Manifest,
) -> Result<()> {
    let Some(context) = &manifest.context else {
        return Ok(());
    };
    let ends = Ends {
        source: context.schema.as_ref().unwrap_or(&manifest.schema),
        target: target_schema,
    };
    let found = Referenced::find(target, rows).await?;
    let mut problems = vec![];
    for needed in &context.rows {
        let name = name_there(&needed.table, ends.source.engine, ends.target.engine);
        let is_it = |one: &&Referenced| rows.shape.graph.table(one.table).name == name && one.columns == needed.key;
        let found = found.iter().find(is_it);
        problems.extend(ends.one(target, needed, &name, found).await?);
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::Context {
        database: target.name().to_owned(),
        problems,
    })
}

struct Ends<'a> {
    source: &'a Schema,
    target: &'a Schema,
}

/// A column on both ends.
struct Both {
    column: Column,
    natural: Codec,
    pairing: Pairing,
}

impl Ends<'_> {
    /// Compares what is needed of one table with the rows that were `found` there.
    async fn one(
        &self,
        target: &mut Session,
        needed: &Needed,
        name: &TableName,
        found: Option<&Referenced>,
    ) -> Result<Option<Problem>> {
        let about = |message: String| {
            let help = "bring the context table on the target up to date first, or accept it as it is with --allow-other-context";
            let mut problem = arrival::problem(Check::Context, name, message, help);
            problem.rows = Some(needed.rows);
            Ok(Some(problem))
        };
        let columns = match self.columns(needed, name) {
            Ok(columns) => columns,
            Err(why) => {
                return about(format!(
                    "rows that this client's rows need can't be compared on {}: {why}",
                    target.name()
                ));
            }
        };
        let mut digest = Digest::default();
        if let Some(found) = found {
            read(target, found, &columns, &mut digest).await?;
        }
        if digest.rows() != needed.rows {
            return about(format!(
                "rows that this client's rows need: {} on the source, {} on {}",
                needed.rows,
                digest.rows(),
                target.name()
            ));
        }
        if digest.sum() != needed.digest {
            return about(format!(
                "rows that this client's rows need differ on {}: some of {}",
                target.name(),
                needed.rows
            ));
        }
        Ok(None)
    }

    /// The columns under the digest, or why they can't be compared.
    fn columns(&self, needed: &Needed, name: &TableName) -> Result<Vec<Both>, String> {
        let no_table = |name: &TableName| format!("there is no table {name}");
        let here = self
            .source
            .table(&needed.table)
            .ok_or_else(|| no_table(&needed.table))?;
        let there = self.target.table(name).ok_or_else(|| no_table(name))?;
        let columns = needed.columns.iter();
        columns.map(|column| self.column(here, there, column)).collect()
    }

    fn column(&self, here: &Table, there: &Table, name: &str) -> Result<Both, String> {
        let missing = || format!("column {name} is missing");
        let (from, to) = (
            here.column(name).ok_or_else(missing)?,
            there.column(name).ok_or_else(missing)?,
        );
        let natural = codec(self.source, from).ok_or_else(missing)?;
        let plain = |engine, column| as_stored(engine, column).unwrap_or_else(|| column.clone());
        let paired = if self.source.engine == Engine::Sqlite && self.target.engine == Engine::Sqlite {
            let (from, to) = (plain(Engine::Sqlite, from), plain(Engine::Sqlite, to));
            pairing(&End::new(Engine::Sqlite, &from), &End::new(Engine::Sqlite, &to))
        } else {
            pairing(&End::of(self.source, from), &End::of(self.target, to))
        };
        Ok(Both {
            column: to.clone(),
            natural,
            pairing: paired.map_err(|refusal| format!("column {name}: {}", refusal.reason))?,
        })
    }
}

async fn read(target: &mut Session, found: &Referenced, columns: &[Both], digest: &mut Digest) -> Result<()> {
    let codecs: Vec<Codec> = columns.iter().map(|both| both.pairing.target().clone()).collect();
    let select: Vec<Column> = columns.iter().map(|both| both.column.clone()).collect();
    let alike = columns.iter().all(|both| both.natural.form() == both.pairing.form());
    for select in found.selects(&select) {
        if alike {
            scan_neutral(target, &select, &codecs, &mut |row| digest.add_canonical(row)).await?;
            continue;
        }
        let mut each = |row: &[Value<'_>]| {
            let (mut fields, mut ends) = (vec![], Vec::with_capacity(row.len()));
            for (value, both) in row.iter().zip(columns) {
                let start = fields.len();
                as_on_the_source(value, both, &mut fields);
                ends.push((!matches!(value, Value::Null)).then_some((start, fields.len())));
            }
            let row: Vec<_> = ends
                .iter()
                .map(|end| end.map(|(start, end)| &fields[start..end]))
                .collect();
            digest.add_canonical(&row);
        };
        read_values(target, &select, &codecs, &mut each).await?;
    }
    Ok(())
}

/// The canonical bytes of the value that would come back to the source.
fn as_on_the_source(value: &Value<'_>, both: &Both, out: &mut Vec<u8>) {
    if matches!(value, Value::Null) || both.natural.form() == both.pairing.form() {
        return value.canonical(out);
    }
    let mut field = vec![];
    both.pairing.source().write(value, &mut field);
    match both.natural.decode(Some(&field)) {
        Ok(value) => value.canonical(out),
        // Nothing that the source has.
        Err(_) => out.push(0xff),
    }
}
