//! Real schemas, counted by the catalogue itself.

use exodus_classify::trigger::{Effects, Session};
use exodus_schema::{Graph, Schema};

use crate::live::{Database, Server, arrows, corpus, table};

/// Loads a folder of the corpus; `None` where it or the server is not there.
async fn load(folder: &str, server: Server) -> Option<(Database, Schema)> {
    let path = corpus()?.join(folder).join("schema.sql");
    let sql = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let database = Database::with(server, &String::from_utf8_lossy(&sql))?;
    let schema = database.read().await;
    Some((database, schema))
}

fn relations(schema: &Schema) -> usize {
    schema.tables.iter().map(|table| table.relations.len()).sum()
}

fn count(database: &Database, sql: &str) -> usize {
    let answer = database.ask(sql);
    answer[0].parse().unwrap_or_else(|_| panic!("{answer:?} is a number"))
}

const PG_TABLES: &str = "select count(*) from pg_tables t join pg_class c on c.oid = \
    (quote_ident(t.schemaname) || '.' || quote_ident(t.tablename))::regclass \
    where t.schemaname not in ('pg_catalog', 'information_schema') and not c.relispartition;";
const PG_RELATIONS: &str = "select count(*) from pg_constraint k join pg_class c on c.oid = k.conrelid \
    where k.contype = 'f' and k.conparentid = 0 and not c.relispartition;";

#[tokio::test]
async fn postgres() {
    for folder in ["chinook_pg", "kratos_postgres", "lago", "concourse", "pagila_neon"] {
        let Some((database, schema)) = load(folder, Server::Postgres).await else {
            continue;
        };
        eprintln!(
            "{folder}: {} tables, {} relations",
            schema.tables.len(),
            relations(&schema)
        );
        assert_eq!(schema.tables.len(), count(&database, PG_TABLES), "{folder}");
        // Pagila has three foreign keys on each partition of payment, and none on payment.
        let lifted = if folder == "pagila_neon" { 3 } else { 0 };
        assert_eq!(relations(&schema), count(&database, PG_RELATIONS) + lifted, "{folder}");
        assert!(schema.tables.iter().all(|table| !table.columns.is_empty()));
        assert_eq!(followed(&schema), written(folder), "{folder}");
        if folder == "pagila_neon" {
            pagila(&schema);
        }
    }
}

fn pagila(schema: &Schema) {
    let payment = table(schema, "payment");
    assert_eq!(
        arrows(payment),
        [
            "customer_id -> customer(customer_id)",
            "rental_id -> rental(rental_id)",
            "staff_id -> staff(staff_id)",
        ]
    );
    assert_eq!(payment.partitions.len(), 7);
    // The seventh partition came without foreign keys: nothing is promised of its rows.
    assert!(payment.relations.iter().all(|relation| !relation.validated));
}

#[tokio::test]
async fn mysql_and_mariadb() {
    let folders = [
        ("chinook_mysql", Server::MySql),
        ("chinook_mysql", Server::MariaDb),
        ("kratos_mysql", Server::MariaDb),
        ("sakila_mysql", Server::MariaDb),
        ("orangehrm", Server::MariaDb),
    ];
    for (folder, server) in folders {
        let Some((database, schema)) = load(folder, server).await else {
            continue;
        };
        eprintln!(
            "{folder} on {server:?}: {} tables, {} relations",
            schema.tables.len(),
            relations(&schema)
        );
        let tables = "select count(*) from information_schema.tables \
            where table_schema = database() and table_type = 'BASE TABLE'";
        assert_eq!(schema.tables.len(), count(&database, tables), "{folder}");
        let keys = "select count(*) from information_schema.table_constraints \
            where table_schema = database() and constraint_type = 'FOREIGN KEY'";
        assert_eq!(relations(&schema), count(&database, keys), "{folder}");
        assert_eq!(schema.warnings, Vec::<String>::new(), "{folder}");
        let triggers: usize = schema.tables.iter().map(|table| table.triggers.len()).sum();
        let made = "select count(*) from information_schema.triggers where trigger_schema = database()";
        assert_eq!(triggers, count(&database, made), "{folder}");
        assert_eq!(followed(&schema), written(folder), "{folder}");
    }
}

#[tokio::test]
async fn sqlite() {
    for folder in ["chinook_sqlite", "kratos_sqlite3"] {
        let Some((database, schema)) = load(folder, Server::Sqlite).await else {
            continue;
        };
        eprintln!(
            "{folder}: {} tables, {} relations",
            schema.tables.len(),
            relations(&schema)
        );
        let tables = "select count(*) from sqlite_master where type = 'table' and name not like 'sqlite_%'";
        assert_eq!(schema.tables.len(), count(&database, tables), "{folder}");
        // Each clause has the word once; whoever wrote these schemas used it for nothing else.
        let clauses = "select coalesce(sum((length(sql) - length(replace(lower(sql), 'references', ''))) / 10), 0) \
            from sqlite_master where type = 'table'";
        assert_eq!(
            relations(&schema) + schema.warnings.len(),
            count(&database, clauses),
            "{folder}"
        );
    }
}

/// `table.trigger: tables written in the end, with the way; doubts` for every trigger that has either.
fn followed(schema: &Schema) -> Vec<String> {
    let graph = Graph::new(schema);
    let effects = Effects::new(&graph, Session::Ordinary);
    let mut out = vec![];
    for id in graph.tables() {
        let table = graph.table(id);
        for (at, trigger) in table.triggers.iter().enumerate() {
            let (effect, reaches) = effects.of(id, at);
            let written = reaches.written().iter().map(|written| {
                let way = reaches.way(&graph, written);
                let way = way.map_or_else(String::new, |way| format!(" by way of {way}"));
                format!("{} {}{way}", written.verb.as_str(), written.name)
            });
            let mut told: Vec<_> = written.collect();
            told.extend(effect.unknown.iter().map(|reason| format!("? {reason}")));
            if !told.is_empty() {
                out.push(format!("{}.{}: {}", table.name.name, trigger.name, told.join("; ")));
            }
        }
    }
    out
}

/// What is known of the triggers of these schemas by reading them. Concourse makes a table for each team and pipeline.
fn written(folder: &str) -> &'static [&'static str] {
    match folder {
        "lago" => &["payment_receipts.before_payment_receipt_insert: UPDATE public.customers"],
        "concourse" => &[
            "containers.containers_insert_or_delete_trigger: ? EXECUTE runs SQL that is put together at run time",
            "pipelines.deleted_pipelines_insert_trigger: ? EXECUTE runs SQL that is put together at run time",
            "pipelines.pipeline_build_events_insert_trigger: ? EXECUTE runs SQL that is put together at run time",
            "teams.team_build_events_delete_trigger: ? EXECUTE runs SQL that is put together at run time",
            "teams.team_build_events_insert_trigger: ? EXECUTE runs SQL that is put together at run time",
            "worker_resource_caches.worker_resource_caches_fkey_trigger: UPDATE public.worker_resource_caches",
            "workers.workers_upsert_or_delete_trigger: ? EXECUTE runs SQL that is put together at run time",
        ],
        "sakila_mysql" => &[
            "film.del_film: DELETE film_text",
            "film.ins_film: INSERT film_text",
            "film.upd_film: UPDATE film_text",
        ],
        _ => &[],
    }
}
