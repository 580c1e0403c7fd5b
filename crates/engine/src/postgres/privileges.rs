//! What this role may not do.

use exodus_schema::{Engine, TableName, TextRow};

use super::generators;
use super::session::Session;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::privileges::{Lacking, Needed, Use};

const DOING: &str = "asking what this role may do";

/// Privileges on the columns of a table do as well: on all of them for reading and writing, on those that are set, and on any
/// one for locking.
const MISSING: &str = "
SELECT w.place, pg_catalog.string_agg(w.privilege, ', ' ORDER BY w.privilege)
FROM (VALUES {wanted}) AS w (place, schema, name, privilege, columns)
JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
WHERE NOT CASE w.privilege
    WHEN 'UPDATE' THEN pg_catalog.has_any_column_privilege(c.oid, w.privilege) AND NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attname = ANY (w.columns)
          AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, w.privilege))
    WHEN 'DELETE' THEN pg_catalog.has_table_privilege(c.oid, w.privilege)
    ELSE pg_catalog.has_table_privilege(c.oid, w.privilege) OR NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          AND (w.privilege = 'SELECT' OR a.attgenerated = '')
          AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, w.privilege)) END
GROUP BY w.place ORDER BY w.place";

/// What the role lacks of all that is needed.
pub(super) async fn lacking(session: &mut Session, needed: &[Needed]) -> Result<Vec<Lacking>> {
    if needed.is_empty() {
        return Ok(vec![]);
    }
    let role = text(session, "SELECT pg_catalog.quote_ident(CURRENT_USER)").await?;
    let mut found = schemas(session, needed, "USAGE", &role).await?;
    let made = needed.iter().filter(|one| one.uses.contains(&Use::Make)).cloned();
    found.extend(schemas(session, &made.collect::<Vec<_>>(), "CREATE", &role).await?);
    if !found.is_empty() {
        // What is in them can't be asked for by its name.
        return Ok(found);
    }
    found.extend(temporary(session, needed, &role).await?);
    found.extend(tables(session, needed, &role).await?);
    found.extend(hidden(session, needed, &role).await?);
    found.extend(sequences(session, needed, &role).await?);
    Ok(found)
}

async fn text(session: &mut Session, sql: &str) -> Result<String> {
    let rows = session.rows(DOING, sql).await?;
    Ok(rows.into_iter().flatten().flatten().next().unwrap_or_default())
}

async fn schemas(session: &mut Session, needed: &[Needed], privilege: &str, role: &str) -> Result<Vec<Lacking>> {
    if needed.is_empty() {
        return Ok(vec![]);
    }
    let dialect = Dialect::of(Engine::Postgres);
    let names: Vec<_> = needed.iter().map(|one| dialect.text(&one.table.schema)).collect();
    let sql = format!(
        "SELECT n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.nspname IN ({}) \
         AND NOT pg_catalog.has_schema_privilege(n.oid, '{privilege}') ORDER BY n.nspname COLLATE \"C\"",
        names.join(", ")
    );
    let rows = session.rows(DOING, &sql).await?;
    let one = |schema: String| {
        let table = needed.iter().find(|one| one.table.schema == schema)?.table.clone();
        let name = dialect.quote(&schema);
        Some(Lacking {
            table,
            what: format!("{privilege} on schema {name}"),
            grant: format!("GRANT {privilege} ON SCHEMA {name} TO {role}"),
        })
    };
    Ok(rows.into_iter().flatten().flatten().filter_map(one).collect())
}

/// Temporary tables are the database's.
async fn temporary(session: &mut Session, needed: &[Needed], role: &str) -> Result<Option<Lacking>> {
    let Some(one) = needed.iter().find(|one| one.uses.contains(&Use::Stage)) else {
        return Ok(None);
    };
    let database = text(
        session,
        "SELECT pg_catalog.quote_ident(d) FROM pg_catalog.current_database() AS d \
         WHERE NOT pg_catalog.has_database_privilege(d, 'TEMPORARY')",
    )
    .await?;
    Ok((!database.is_empty()).then(|| Lacking {
        table: one.table.clone(),
        what: format!("TEMPORARY on database {database}"),
        grant: format!("GRANT TEMPORARY ON DATABASE {database} TO {role}"),
    }))
}

async fn tables(session: &mut Session, needed: &[Needed], role: &str) -> Result<Vec<Lacking>> {
    let dialect = Dialect::of(Engine::Postgres);
    let mut wanted = vec![];
    for (place, one) in needed.iter().enumerate() {
        let (schema, name) = (dialect.text(&one.table.schema), dialect.text(&one.table.name));
        let set: Vec<_> = one.set.iter().map(|column| dialect.text(column)).collect();
        let columns = format!("ARRAY[{}]::pg_catalog.name[]", set.join(", "));
        for privilege in privileges(&one.uses) {
            wanted.push(format!("({place}, {schema}, {name}, '{privilege}', {columns})"));
        }
    }
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let rows = session
        .rows(DOING, &MISSING.replace("{wanted}", &wanted.join(", ")))
        .await?;
    let one = |row: TextRow| {
        let [place, what] = <[Option<String>; 2]>::try_from(row).ok()?;
        let (place, what): (usize, _) = (place?.parse().ok()?, what?);
        let table = needed.get(place)?.table.clone();
        Some(Lacking {
            grant: format!("GRANT {what} ON {} TO {role}", dialect.table(&table)),
            table,
            what,
        })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// Tables of which policies hide rows from the role. Nothing could be done with them: the session asks for an error instead of
/// fewer rows (`row_security = off`).
async fn hidden(session: &mut Session, needed: &[Needed], role: &str) -> Result<Vec<Lacking>> {
    let dialect = Dialect::of(Engine::Postgres);
    let places = needed.iter().enumerate().map(|(place, one)| {
        let (schema, name) = (dialect.text(&one.table.schema), dialect.text(&one.table.name));
        format!("({place}, {schema}, {name})")
    });
    let places = places.collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT w.place, c.relforcerowsecurity AND pg_catalog.pg_has_role(c.relowner, 'USAGE') \
         FROM (VALUES {places}) AS w (place, schema, name) \
         JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema \
         JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name \
         WHERE c.relrowsecurity AND pg_catalog.row_security_active(c.oid) ORDER BY w.place"
    );
    let rows = session.rows(DOING, &sql).await?;
    let one = |row: TextRow| {
        let [place, forced] = <[Option<String>; 2]>::try_from(row).ok()?;
        let table = needed.get(place?.parse::<usize>().ok()?)?.table.clone();
        let owner = if forced? == "t" { ", on its owner too" } else { "" };
        Some(Lacking {
            what: format!(
                "BYPASSRLS: row-level security is in force{owner}, and its policies would hide rows or refuse them"
            ),
            table,
            grant: format!("ALTER ROLE {role} BYPASSRLS"),
        })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// By the names of the privileges, each once.
fn privileges(uses: &[Use]) -> Vec<&'static str> {
    let name = |one: &Use| match one {
        Use::Read => Some("SELECT"),
        Use::Write => Some("INSERT"),
        // PostgreSQL lets nobody lock rows, in whichever mode, who could not change them.
        Use::Set | Use::Lock | Use::Hold => Some("UPDATE"),
        Use::Remove => Some("DELETE"),
        Use::Refer => Some("REFERENCES"),
        Use::Make | Use::Generate | Use::Stage => None,
    };
    let mut names: Vec<_> = uses.iter().filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

async fn sequences(session: &mut Session, needed: &[Needed], role: &str) -> Result<Vec<Lacking>> {
    let moved = needed.iter().filter(|one| one.uses.contains(&Use::Generate));
    let moved: Vec<&TableName> = moved.map(|one| &one.table).collect();
    if moved.is_empty() {
        return Ok(vec![]);
    }
    let sql = generators::unmovable_sql(&moved);
    let rows = session.rows(DOING, &sql).await?;
    let one = |row: TextRow| {
        let [schema, name, sequence] = <[Option<String>; 3]>::try_from(row).ok()?;
        let sequence = sequence?;
        Some(Lacking {
            table: TableName::new(schema?, name?),
            what: format!("SELECT, UPDATE on sequence {sequence}"),
            grant: format!("GRANT SELECT, UPDATE ON SEQUENCE {sequence} TO {role}"),
        })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}
