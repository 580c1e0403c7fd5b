//! The feeder on a thread of its own, and the writer that takes what it gives.

use std::time::Duration;

use exodus_engine::value::wire;
use exodus_engine::{Load, Session};
use exodus_transfer::Progress;
use tokio::sync::{mpsc, oneshot};

use super::feed::{Fed, Feeder, Gone};
use crate::error::{Error, Result};

/// How long a feeder may take to tell why it let go of the stream.
const PATIENCE: Duration = Duration::from_millis(200);

/// How work on a thread of its own has ended.
pub(super) type Ending<T> = oneshot::Receiver<std::thread::Result<T>>;

/// Works on a thread, which may hang in a pipe: so it is none that the program would wait for at its end.
pub(super) fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Ending<T> {
    let (tell, ending) = oneshot::channel();
    std::thread::spawn(move || {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // Whoever asked may have gone.
        drop(tell.send(done));
    });
    ending
}

/// Waits for such work. A panic in it goes on here.
pub(super) async fn finished<T>(ending: &mut Ending<T>) -> T {
    match ending.await {
        Ok(Ok(done)) => done,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(gone) => std::panic::resume_unwind(Box::new(gone)),
    }
}

/// Writes what the feeder gives, table by table.
pub(super) async fn load(
    target: &mut Session,
    feeder: Feeder,
    loads: &[Load],
    progress: &dyn Progress,
) -> Result<Vec<Fed>> {
    let (hand, mut tables) = mpsc::channel(1);
    let mut feeding = beside(move || feeder.feed(&hand));
    let mut failed = None;
    let mut stored = vec![0; loads.len()];
    while let Some((at, chunks)) = tables.recv().await {
        progress.table(&loads[at].table, 0);
        match target.write(&loads[at], wire(target.engine()), chunks).await {
            Ok(rows) => {
                stored[at] = rows;
                progress.rows(rows);
                progress.table_done(&loads[at].table, rows);
            }
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    drop(tables);
    // A feeder that fails lets go of the stream, so that the writer fails, too: the first cause is told. One that waits for
    // a pipe is not waited for.
    if let Some(error) = failed {
        return match tokio::time::timeout(PATIENCE, finished(&mut feeding)).await {
            Ok(Err(Gone::Failed(first))) => Err(first),
            _ => Err(error.into()),
        };
    }
    let fed = finished(&mut feeding).await.map_err(|gone| match gone {
        Gone::Failed(error) => error,
        Gone::Away => Error::asked("the rows found no way to the target", "try again"),
    })?;
    all_stored(target, &fed, &stored, loads)?;
    Ok(fed)
}

fn all_stored(target: &Session, fed: &[Fed], stored: &[u64], loads: &[Load]) -> Result<()> {
    for ((fed, stored), load) in fed.iter().zip(stored).zip(loads) {
        if fed.arrived.rows() != *stored {
            return Err(exodus_transfer::Error::Moved {
                database: target.name().to_owned(),
                table: load.table.clone(),
                doing: "storing rows of",
                expected: fed.arrived.rows(),
                found: *stored,
            }
            .into());
        }
    }
    Ok(())
}

/// Reads everything and writes nothing.
pub(super) async fn look(feeder: Feeder) -> Result<Vec<Fed>> {
    finished(&mut beside(move || feeder.look())).await
}
