//! MySQL and MariaDB: `SHOW CREATE TABLE`, whose foreign keys come later and whose generator starts anew.

mod show;

pub(super) use show::with_comment;

use super::{Creation, ObjectKind, Request};
use crate::catalogue::Catalogue;
use crate::introspect::{Cells, ReadError, Reader};
use crate::model::Engine;
use crate::name::TableName;
use crate::quote::{quote, quote_table};

/// The databases that can be seen, the current one marked.
const DATABASES: &str = "select SCHEMA_NAME, cast(SCHEMA_NAME as binary) = cast(database() as binary)
from information_schema.SCHEMATA order by SCHEMA_NAME";

/// Makes the tables, then their foreign keys.
pub(super) async fn make<C: Catalogue>(
    source: &mut C,
    target: &mut C,
    request: Request<'_>,
    creation: &mut Creation,
) -> Result<(), ReadError<C::Error>> {
    let engine = request.engine;
    let names = Names {
        here: databases(source, engine).await?.1,
        there: databases(target, engine).await?,
    };
    let mut keys = vec![];
    for name in request.tables {
        if !name.schema.is_empty() && !names.there.0.contains(&name.schema) {
            let message = format!("the target has no database {}", name.schema);
            creation.refuse(name, message, "create the database there first");
            continue;
        }
        let sql = shown(source, engine, name).await?;
        let Some(shown) = show::split(&sql) else {
            creation.refuse(
                name,
                "the source does not say how the table is made",
                "create the table on the target by hand",
            );
            continue;
        };
        let (own, foreign): (Vec<&str>, Vec<&str>) =
            shown.items.iter().partition(|item| show::foreign_key(item).is_none());
        let sql = format!(
            "CREATE TABLE {} (\n  {}\n){}",
            quote_table(engine, name),
            own.join(",\n  "),
            show::portable_options(shown.options)
        );
        creation.makes(ObjectKind::Table, name, sql);
        if let Some(sql) = names.foreign_keys(&foreign, name, request, creation) {
            keys.push((format!("foreign keys of {name}"), sql));
        }
    }
    for (about, sql) in keys {
        creation.adds(about, sql);
    }
    Ok(())
}

async fn shown<C: Catalogue>(
    catalogue: &mut C,
    engine: Engine,
    name: &TableName,
) -> Result<String, ReadError<C::Error>> {
    let mut reader = Reader { catalogue, engine };
    let sql = format!("SHOW CREATE TABLE {}", quote_table(engine, name));
    let decode = |cells: &mut Cells| {
        cells.text()?;
        cells.text()
    };
    reader.ask_one("SHOW CREATE TABLE", &sql, decode).await
}

/// All databases, and the current one.
async fn databases<C: Catalogue>(
    catalogue: &mut C,
    engine: Engine,
) -> Result<(Vec<String>, Option<String>), ReadError<C::Error>> {
    let mut reader = Reader { catalogue, engine };
    let decode = |cells: &mut Cells| Ok((cells.text()?, cells.optional()?.as_deref() == Some("1")));
    let all = reader.ask("databases", DATABASES, decode).await?;
    let current = all.iter().find(|(_, current)| *current).map(|(name, _)| name.clone());
    Ok((all.into_iter().map(|(name, _)| name).collect(), current))
}

/// How databases are called on both sides.
struct Names {
    /// The source's current database.
    here: Option<String>,
    /// The target's databases, and its current one.
    there: (Vec<String>, Option<String>),
}

impl Names {
    /// The parent as the model calls it. A name without a database is in the child's.
    fn parent(&self, key: &show::ForeignKey<'_>, child: &TableName) -> TableName {
        let schema = match &key.schema {
            None => child.schema.clone(),
            Some(schema) if Some(schema) == self.here.as_ref() => String::new(),
            Some(schema) => schema.clone(),
        };
        TableName::new(schema, key.table.clone())
    }

    /// One statement that adds them all to the table.
    fn foreign_keys(
        &self,
        items: &[&str],
        child: &TableName,
        request: Request<'_>,
        creation: &mut Creation,
    ) -> Option<String> {
        let engine = request.engine;
        let mut adds = vec![];
        for key in items.iter().filter_map(|item| show::foreign_key(item)) {
            let parent = self.parent(&key, child);
            if !request.will_be_there(&parent) {
                creation.warn(
                    child,
                    format!("a foreign key to {parent} is not made: that table will not be there"),
                    "add it once the table is there",
                );
                continue;
            }
            let named = match (&parent.schema[..], &child.schema[..], &self.there.1) {
                (parent_schema, child_schema, _) if parent_schema == child_schema => quote(engine, &parent.name),
                ("", _, Some(current)) => format!("{}.{}", quote(engine, current), quote(engine, &parent.name)),
                _ => quote_table(engine, &parent),
            };
            adds.push(format!("ADD {}{named}{}", key.head, key.tail));
        }
        (!adds.is_empty()).then(|| format!("ALTER TABLE {}\n  {}", quote_table(engine, child), adds.join(",\n  ")))
    }
}
