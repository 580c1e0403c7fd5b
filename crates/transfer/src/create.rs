//! Tables that a move makes on its target, because they are missing there.
//!
//! Where the product takes tables back with the transaction they are made in the move's own, and never seen by anybody
//! if it fails. Elsewhere (MySQL, MariaDB) they are made before it, written down before that, and removed again, if they are
//! empty, by the move that fails or by `exodus abort` after a crash.

mod marks;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use exodus_engine::value::{End, mapped_type};
use exodus_engine::{Access, CatalogueOf, Checks, Dialect, Error as EngineError, ErrorKind, Session};
use exodus_schema::create::{self, Creation, NoType, Note, Object, ObjectKind, TypeThere};
use exodus_schema::introspect::ReadError;
use exodus_schema::model::Origin;
use exodus_schema::{Column, Engine, Schema, Table, TableName, ddl};
use serde::Serialize;

use self::marks::Marks;
use crate::error::Result;
use crate::failpoints::Failpoint;
use crate::plan::{Check, Problem};
use crate::shape::Shape;
use crate::there::name_there;

/// How many of the statements were run.
#[derive(Debug, Default)]
pub(crate) struct Made(AtomicUsize);

/// The missing tables, and what makes them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tables {
    #[serde(flatten)]
    creation: Creation,
    /// By which a move knows the tables again that it has made.
    #[serde(skip)]
    marks: Marks,
}

impl Tables {
    /// Finds out which of the tree's tables, and of those that they reference, the target lacks, and how to make them.
    /// Both catalogues are only read.
    pub async fn find(
        source: &mut Session,
        target: &mut Session,
        shape: &Shape<'_>,
        target_schema: &Schema,
    ) -> Result<Self> {
        let here = shape.graph.schema();
        let (from, to) = (source.engine(), target.engine());
        let is_there = |name: &TableName| target_schema.table(&name_there(name, from, to)).is_some();
        let missing = create::missing(shape.graph, shape.tables(), is_there);
        let marks = Marks::new(here, to, &missing);
        if from != to {
            let creation = Self::of_another_product(here, target_schema, &missing);
            return Ok(Self { creation, marks });
        }
        let request = create::Request {
            engine: from,
            source: here,
            target: target_schema,
            tables: &missing,
        };
        let (name, mut here, mut there) = (source.name().to_owned(), CatalogueOf(source), CatalogueOf(target));
        let creation = create::exact(&mut here, &mut there, request).await;
        Ok(Self {
            creation: creation.map_err(|error| unreadable(&name, error))?,
            marks,
        })
    }

    /// Between products the model says how: no catalogue has to be asked.
    fn of_another_product(source: &Schema, target: &Schema, missing: &[TableName]) -> Creation {
        let (from, to) = (source.engine, target.engine);
        let request = create::Across {
            source,
            target,
            tables: missing,
            name_there: &|name| name_there(name, from, to),
            type_there: &|column, key_bytes| type_there(source, column, to, key_bytes),
        };
        create::across(&request)
    }

    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.creation.tables.is_empty()
    }

    /// The tables, as the target will call them, parents first.
    pub fn names(&self) -> &[TableName] {
        &self.creation.tables
    }

    /// The statements that make them, in order.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        self.creation.statements.iter().map(|statement| statement.sql.as_str())
    }

    /// Of another product: what the statements say.
    fn expected_there(&self, target: &Schema) -> Schema {
        let sql: Vec<&str> = self.statements().collect();
        let mut expected = target.clone();
        if let Ok(made) = ddl::read(&(sql.join(";\n") + ";\n"), Some(target.engine)) {
            expected.tables.extend(made.tables);
            expected.tables.sort_by(|one, other| one.name.cmp(&other.name));
        }
        expected
    }

    /// What was made so far.
    pub(crate) fn made(&self, made: &Made) -> Vec<Object> {
        let made = self.made_unmarked(made).into_iter();
        made.map(|object| self.marks.object(object)).collect()
    }

    fn made_unmarked(&self, made: &Made) -> Vec<Object> {
        let statements = self.creation.statements.iter().take(made.0.load(Ordering::Relaxed));
        statements.filter_map(|statement| statement.makes.clone()).collect()
    }

    /// What has to be removed to undo it, to be written down before it is made.
    pub fn objects(&self) -> Vec<Object> {
        let objects = self.creation.objects().into_iter();
        objects.map(|object| self.marks.object(object)).collect()
    }

    /// Takes the marks off, once the move can't be undone any more.
    pub async fn unmark(&self, target: &mut Session) {
        if let Err(error) = marks::remove(target, &self.objects()).await {
            tracing::warn!(%error, "comments of tables still say that the move has not ended");
        }
    }

    /// What keeps the tables from being made.
    pub fn problems(&self) -> Vec<Problem> {
        self.creation.refused.iter().map(problem).collect()
    }

    /// What will be otherwise than on the source.
    pub fn warnings(&self) -> Vec<Problem> {
        self.creation.warnings.iter().map(problem).collect()
    }

    /// The target's schema once they are made: what it has now, and these tables as the source has them, without what is
    /// not made. Declared relations are left to the configuration.
    pub fn expected(&self, source: &Schema, target: &Schema) -> Schema {
        if source.engine != target.engine {
            return self.expected_there(target);
        }
        let made = self.names().iter().filter_map(|name| source.table(name)).map(as_made);
        let mut expected = target.clone();
        expected.tables.extend(made);
        expected.tables.sort_by(|one, other| one.name.cmp(&other.name));
        for (name, labels) in &source.enums {
            expected.enums.entry(name.clone()).or_insert_with(|| labels.clone());
        }
        expected
    }

    /// Makes them. In a transaction where the product takes them back with it, outside any elsewhere; after an error
    /// there, or when this is dropped half-way, what `made` counts may be there.
    pub(crate) async fn make(&self, target: &mut Session, made: &Made) -> Result<()> {
        self.run(target, made, &self.marks).await?;
        for sql in self.marks.afterwards(target.engine(), self.names()) {
            target.execute(&sql).await?;
        }
        Failpoint::TablesMade.reach().await;
        Ok(())
    }

    async fn run(&self, target: &mut Session, made: &Made, marks: &Marks) -> Result<()> {
        for statement in &self.creation.statements {
            let sql = marks.statement(target.engine(), statement);
            // Counted before: who stops waiting for the answer does not know what became of it.
            made.0.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = target.execute(&sql).await {
                // What failed made nothing; of what exists already somebody else is the maker.
                if error.kind() != ErrorKind::Lost {
                    made.0.fetch_sub(1, Ordering::Relaxed);
                }
                return Err(error.while_doing(format!("making {}", statement.about)).into());
            }
        }
        Ok(())
    }

    /// Makes them for many moves, in a transaction of their own where that takes them back when one can't be made.
    pub async fn make_alone(&self, target: &mut Session) -> Result<()> {
        let together = target.dialect().rolls_back_tables();
        if together {
            target.begin(Access::Write, Checks::Enforced).await?;
        }
        let made = Made::default();
        // Whoever makes them for many moves undoes none of it later.
        match self.run(target, &made, &Marks::default()).await {
            Ok(()) if together => Ok(target.commit().await?),
            Ok(()) => Ok(()),
            Err(error) => {
                target.rollback().await?;
                if !together {
                    remove_empty(target, &self.made_unmarked(&made)).await?;
                }
                Err(error)
            }
        }
    }
}

/// A column's type on another product.
fn type_there(source: &Schema, column: &Column, to: Engine, key_bytes: Option<u32>) -> Result<TypeThere, NoType> {
    let mapped = mapped_type(&End::of(source, column), to, key_bytes).map_err(|why| (why.reason, why.help))?;
    let mut there = TypeThere {
        sql: mapped.sql,
        labels: mapped.labels,
        remark: mapped.remark.map(str::to_owned),
    };
    // The two products share their types, but not all of their collations.
    if Dialect::of(source.engine).passes_rows_to(Dialect::of(to))
        && there.sql == column.native_type
        && let (Some(charset), Some(collation)) = (&column.charset, &column.collation)
    {
        if charset == "gb18030" && to == Engine::MariaDb {
            let help = "convert the column to utf8mb4 on the source";
            return Err((format!("{to} has no character set {charset}"), help.to_owned()));
        }
        let (known, remark) = collation_there(collation, to);
        let _ = write!(there.sql, " CHARACTER SET {charset} COLLATE {known}");
        there.remark = remark.map(str::to_owned);
    }
    Ok(there)
}

/// MySQL's newer collations and MariaDB's, which go by other names and another version of Unicode's order.
fn collation_there(collation: &str, to: Engine) -> (String, Option<&'static str>) {
    const OTHER: &str = "its collation is the nearest that is known there";
    // Of languages both have lists of their own: what is equal counts here, not how it is sorted.
    let equal = ["as_cs", "as_ci", "ai_ci"]
        .into_iter()
        .find(|word| collation.contains(word));
    let equal = equal.unwrap_or("as_cs");
    let charset = collation.split('_').next().unwrap_or_default();
    let swapped = match to {
        Engine::MariaDb if collation.ends_with("_0900_bin") => collation.replace("_0900_bin", "_nopad_bin"),
        Engine::MariaDb if collation.contains("_0900_") => format!("{charset}_uca1400_nopad_{equal}"),
        Engine::MySql if collation.ends_with("_nopad_bin") => collation.replace("_nopad_bin", "_0900_bin"),
        Engine::MySql if collation.contains("_uca1400_") && charset == "utf8mb4" => format!("{charset}_0900_{equal}"),
        // Of other character sets it has none that tell accents apart but not cases.
        Engine::MySql if collation.contains("_uca1400_") && equal == "ai_ci" => format!("{charset}_general_ci"),
        Engine::MySql if collation.contains("_uca1400_") => format!("{charset}_bin"),
        _ => collation.to_owned(),
    };
    let remark = (swapped != collation).then_some(OTHER);
    (swapped, remark)
}

fn problem(note: &Note) -> Problem {
    Problem::new(Check::Schema, &note.table, note.message.clone(), &note.help)
}

/// Triggers and policies are not made, and there are no rows yet.
fn as_made(table: &Table) -> Table {
    let mut made = table.clone();
    made.triggers.clear();
    made.row_security = false;
    made.estimated_rows = None;
    made.bytes = None;
    made.relations.retain(|relation| relation.origin != Origin::Declared);
    made
}

fn unreadable(database: &str, error: ReadError<EngineError>) -> EngineError {
    match error {
        ReadError::Query { source, .. } => source,
        other => EngineError::new(ErrorKind::Data, database, "reading how tables are made").because(other.to_string()),
    }
}

/// What became of the things that a move had made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Tables that were removed.
    pub tables: usize,
    /// Tables that stay, because one of them has rows.
    pub kept: usize,
    /// Tables of these names that others have made, and that stay.
    pub of_others: usize,
}

/// Whether all of the tables among these objects are there; also if there are none among them.
pub async fn all_there(target: &mut Session, objects: &[Object]) -> Result<bool> {
    let tables = objects.iter().filter(|object| object.kind == ObjectKind::Table).count();
    Ok(tables_there(target, objects).await?.len() == tables)
}

/// The tables among these objects that are there.
async fn tables_there<'o>(target: &mut Session, objects: &'o [Object]) -> Result<Vec<&'o Object>> {
    let mut there = vec![];
    for object in objects.iter().filter(|object| object.kind == ObjectKind::Table) {
        if is_there(target, &object.name).await? {
            there.push(object);
        }
    }
    Ok(there)
}

async fn is_there(target: &mut Session, table: &TableName) -> Result<bool> {
    let rows = target.query(&target.dialect().find_table(table)).await?;
    Ok(!rows.is_empty())
}

/// Removes what a move had made, unless one of the tables has rows by now: then somebody uses them, and all stay. What
/// others have begun to depend on stays, too, and so does a table that they have made under one of the names. `target` is
/// outside any transaction; may be repeated.
pub async fn remove_empty(target: &mut Session, objects: &[Object]) -> Result<Removed> {
    let (mut tables, mut of_others) = (vec![], 0);
    for object in tables_there(target, objects).await? {
        if marks::is_ours(target, object).await? {
            tables.push(object.name.clone());
        } else {
            of_others += 1;
        }
    }
    if !tables.is_empty() {
        let checks = if target.capabilities().checks_off {
            Checks::Off
        } else {
            Checks::Enforced
        };
        target.begin(Access::Write, checks).await?;
        let dropped = drop_if_empty(target, &tables).await;
        if let Some(sql) = target.dialect().unlock_tables() {
            target.execute(sql).await?;
        }
        match dropped {
            Ok(true) => target.commit().await?,
            Ok(false) => {
                target.rollback().await?;
                marks::remove(target, objects).await?;
                return Ok(Removed {
                    tables: 0,
                    kept: tables.len(),
                    of_others,
                });
            }
            Err(error) => {
                target.rollback().await?;
                return Err(error);
            }
        }
    }
    let engine = target.engine();
    for object in objects.iter().rev().filter(|object| object.kind != ObjectKind::Table) {
        if let Err(error) = target.execute(&object.drop_sql(engine)).await {
            if error.kind() == ErrorKind::Lost {
                return Err(error.into());
            }
            tracing::warn!(error = %error, "{} {} stays on the target", object.kind, object.name);
        }
    }
    Ok(Removed {
        tables: tables.len(),
        kept: 0,
        of_others,
    })
}

/// All or none: they may reference each other in circles.
async fn drop_if_empty(target: &mut Session, tables: &[TableName]) -> Result<bool> {
    let dialect = target.dialect();
    if let Some(sql) = dialect.lock_tables(tables) {
        target.execute(&sql).await?;
    }
    for table in tables {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", dialect.table(table));
        if !target.query(&sql).await?.is_empty() {
            return Ok(false);
        }
    }
    for sql in dialect.drop_tables(tables) {
        let dropped = target.execute(&sql).await;
        dropped.map_err(|error| error.while_doing("removing the tables that were made"))?;
    }
    Ok(true)
}
