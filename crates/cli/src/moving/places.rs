//! Source, target and dispatch store must not be in each other's way.

use exodus_engine::{Address, Session, is_in_wal_mode, same_database, same_file};

use crate::context::Context;
use crate::exit::Failure;

/// Refuses a move inside one database, and a dispatch store in an SQLite file that the move itself would lock. Both
/// sessions are in a transaction.
pub(crate) async fn are_apart(
    context: &Context,
    (from, to): (&str, &str),
    source: &mut Session,
    target: &mut Session,
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
    for (name, session, writes) in [(from, source, false), (to, target, true)] {
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
