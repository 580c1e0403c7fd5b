//! Which client a typed key means: the dispatch store knows each by one text, the one its database writes.

use exodus_engine::{ConnectOptions, Connection};
use exodus_fleet::{Client, Store};
use exodus_schema::{Column, Graph};
use exodus_transfer::ClientKey;

use crate::context::Context;
use crate::exit::Failure;

/// The dispatch row of the client with this key: as it was typed, or else as one of these databases writes it, which has
/// the client or at least its root table. Only the first of them that answers is asked.
pub(crate) async fn find(
    context: &Context,
    store: &Store,
    typed: &ClientKey,
    databases: &[String],
    root: Option<&str>,
) -> Result<Option<Client>, Failure> {
    if let Some(client) = store.client(typed).await? {
        return Ok(Some(client));
    }
    match canonical(context, typed, databases, root).await {
        Some(key) if key != *typed => Ok(store.client(&key).await?),
        _ => Ok(None),
    }
}

/// The key as the first of these databases that answers writes it; `None` where that can't be told.
pub(crate) async fn canonical(
    context: &Context,
    typed: &ClientKey,
    databases: &[String],
    root: Option<&str>,
) -> Option<ClientKey> {
    for name in databases {
        match asked(context, typed, name, root).await {
            Ok(key) => return key,
            Err(failure) => tracing::debug!(database = %name, ?failure, "can't tell how it writes a client's key"),
        }
    }
    None
}

/// All databases of the configuration.
pub(crate) fn configured(context: &Context) -> Vec<String> {
    let config = context.config.as_ref();
    config.map_or_else(Vec::new, |config| config.names().map(str::to_owned).collect())
}

async fn asked(
    context: &Context,
    typed: &ClientKey,
    name: &str,
    root: Option<&str>,
) -> Result<Option<ClientKey>, Failure> {
    let options = ConnectOptions {
        read_only: true,
        ..ConnectOptions::default()
    };
    let mut connection = context.connect(name, options).await?;
    let schema = context.schema_of(&mut *connection).await?.schema;
    let graph = Graph::new(&schema);
    let Some(id) = context.root(&graph, root)? else {
        return Ok(None);
    };
    let (table, names) = (graph.table(id), context.root_key(&graph, id)?);
    let columns: Vec<&Column> = names.iter().filter_map(|name| table.column(name)).collect();
    if columns.len() != typed.parts().len() {
        return Ok(None);
    }
    let dialect = connection.dialect();
    if let Some(key) = of_the_row(&mut *connection, &dialect.table(&table.name), &columns, typed).await {
        return Ok(Some(key));
    }
    let parts = columns.iter().zip(typed.parts());
    Ok(Some(ClientKey::new(
        parts.map(|(column, part)| dialect.canonical(column, part)),
    )))
}

/// The key of the one row that has it, if the database has it: it alone knows what its collations take for equal.
async fn of_the_row(
    connection: &mut dyn Connection,
    table: &str,
    columns: &[&Column],
    typed: &ClientKey,
) -> Option<ClientKey> {
    let dialect = connection.dialect();
    let mut conditions = vec![];
    for (column, part) in columns.iter().zip(typed.parts()) {
        let literal = dialect.literal(column, part).ok()?;
        conditions.push(format!("t.{} = {literal}", dialect.quote(&column.name)));
    }
    let texts: Vec<_> = columns.iter().map(|column| dialect.key_text("t", column)).collect();
    let sql = format!(
        "SELECT {} FROM {table} AS t WHERE {}",
        texts.join(", "),
        conditions.join(" AND ")
    );
    let mut rows = connection.query(&sql).await.ok()?.into_iter();
    match (rows.next(), rows.next()) {
        (Some(row), None) => row.into_iter().collect::<Option<Vec<_>>>().map(ClientKey::new),
        _ => None,
    }
}
