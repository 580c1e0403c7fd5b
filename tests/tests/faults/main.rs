//! What servers, networks and administrators do in the middle of a move and of a purge.
//!
//! Whatever it is: nothing is lost, nothing doubled, the error says where and what to do, and one command leads on from
//! there to what an undisturbed move and purge come to.
//!
//! | fault | PostgreSQL | MariaDB, MySQL | SQLite | what comes of it |
//! |---|---|---|---|---|
//! | crash of the source | 4 | 4 each | | before the last comparison: undone; after it: moved; in a purge: the next one finds out |
//! | crash of the target | 5 | 5 each | | before its commit: undone, or by `resume` once it is back; after it: moved |
//! | crash of the store | 4 | 4 each | | undone, or by `resume` once it is back |
//! | no room on the target | `RLIMIT_FSIZE` | a full tablespace | `RLIMIT_FSIZE` | undone; moved when there is room |
//! | session ended | 9 | 9 each | | as a crash |
//! | statement cancelled | 3 | 3 each | | undone; in a purge nothing is removed |
//! | deadlock | 6 | 3 each | | the victim's work is undone, the other's goes on |
//! | limits of time | 4 | 7, 6 | | none: sessions say what they need |
//! | read-only | 4 | 4 each | | PostgreSQL: none, as it is a default; else undone, or by `resume` |
//! | stall of source or target | 8 | 8 each | | the budget or Ctrl-C ends it: undone |
//! | stall of the store | 3 | 3 each | | given up after a lease's time; `resume` |
//! | stall in a purge | 1 | 1 each | | Ctrl-C ends it; the next purge finds out |
//! | slow way | 1 | 1 each | | none |

mod case;
mod deadlocks;
mod ended;
mod full;
mod limits;
mod private;
mod read_only;
mod restarts;
mod slow;
mod stalled;
