//! Source, target and dispatch store must not be in each other's way, and both ends must take writes.

use exodus_engine::{Address, Session, is_in_wal_mode, refuses_writes, same_database, same_file};

use crate::context::Context;
use crate::exit::Failure;

/// Refuses a move inside one database, and a dispatch store in an SQLite file that the move itself would lock: `written` says which
/// end it holds a write transaction on. Both sessions are in a transaction.
pub(crate) async fn are_apart(
    context: &Context,
    (from, to): (&str, &str),
    written: (bool, bool),
    (source, target): (&mut Session, &mut Session),
) -> Result<(), Failure> {
    if same_database(source, target).await? {
        return Err(Failure::usage(format!(
            "{} and {} are one database under two names",
            source.name(),
            target.name()
        ))
        .help("name another database with --to"));
    }
    let Ok(Address::Sqlite(store)) = context.dispatch_database().map(|database| database.address) else {
        return Ok(());
    };
    for (name, session, writes) in [(from, source, written.0), (to, target, written.1)] {
        let Address::Sqlite(file) = context.database(name)?.address else {
            continue;
        };
        // Readers and a writer go together in WAL mode only, and two writers never.
        if same_file(&store, &file) && (writes || !is_in_wal_mode(&file)) {
            let failure = Failure::usage(format!(
                "the dispatch store is in the file of {}, which the move locks: it would wait for itself",
                session.name()
            ));
            return Err(failure.help("give the dispatch store a file of its own: `dispatch` in exodus.toml"));
        }
    }
    Ok(())
}

/// Refuses a standby at either end.
pub(crate) async fn take_writes(source: &mut Session, target: &mut Session) -> Result<(), Failure> {
    const HELP: &str =
        "name its primary with --from; what a move would meet can be asked here: `exodus audit --client KEY`";
    is_primary(source, HELP).await?;
    if let Some(why) = refuses_writes(target).await? {
        return Err(
            Failure::runtime(format!("{} {why}: no row can be written there", target.name()))
                .help("name its primary with --to"),
        );
    }
    Ok(())
}

/// Refuses to take a standby for a client's source. Reading from it would work, and lose the rows that have not come to
/// it yet.
pub(crate) async fn is_primary(source: &mut Session, help: &str) -> Result<(), Failure> {
    let Some(why) = refuses_writes(source).await? else {
        return Ok(());
    };
    Err(Failure::runtime(format!(
        "{} {why}: its rows may be those of a while ago, and none can be removed there",
        source.name()
    ))
    .help(help))
}
