//! The order of things, with a dispatch store that is a variable.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use exodus_dispatch::{Client, Error, Placement, Row, State};

/// A store of one client, and what was done, in order.
struct Fake {
    row: RefCell<Option<Row>>,
    done: RefCell<Vec<String>>,
    fails: Cell<bool>,
}

impl Fake {
    fn new(shard: &str, state: &str, epoch: i64) -> Self {
        Self {
            row: RefCell::new(Some(Row::new(shard, state, epoch))),
            done: RefCell::default(),
            fails: Cell::new(false),
        }
    }

    fn set(&self, shard: &str, state: &str, epoch: i64) {
        *self.row.borrow_mut() = Some(Row::new(shard, state, epoch));
    }

    fn ask(&self) -> Result<Option<Row>, &'static str> {
        self.done.borrow_mut().push("ask".to_owned());
        if self.fails.get() {
            return Err("out of reach");
        }
        Ok(self.row.borrow().clone())
    }

    fn begin(&self, shard: &str) -> Result<Transaction<'_>, &'static str> {
        self.done.borrow_mut().push(format!("begin {shard}"));
        if shard == "gone" {
            return Err("no such server");
        }
        Ok(Transaction(self))
    }

    /// What was done since the last time.
    fn done(&self) -> String {
        self.done.borrow_mut().drain(..).collect::<Vec<_>>().join(", ")
    }
}

struct Transaction<'a>(&'a Fake);

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        self.0.done.borrow_mut().push("end".to_owned());
    }
}

fn placement(shard: &str, state: State, epoch: i64) -> Placement {
    let shard = shard.to_owned();
    Placement { shard, state, epoch }
}

/// A transaction that begins after the question is not waited for by a move: its write would be lost.
#[test]
fn the_transaction_begins_before_the_question() {
    let fake = Fake::new("a", "active", 0);
    let client = Client::new(|_: &str| fake.ask());
    let write = || client.begin_write("42", |shard| fake.begin(shard)).map(|(_, at)| at);
    assert_eq!(write(), Ok(placement("a", State::Active, 0)));
    assert_eq!(
        fake.done(),
        "ask, begin a, ask, end",
        "where it is has to be known first"
    );
    assert_eq!(write(), Ok(placement("a", State::Active, 0)));
    assert_eq!(fake.done(), "begin a, ask, end", "one query for each write");
    fake.set("a", "moving", 0);
    assert_eq!(write(), Ok(placement("a", State::Moving, 0)));
}

#[test]
fn a_frozen_client_is_not_written_to_until_it_has_arrived() {
    let fake = Fake::new("a", "active", 0);
    let client = Client::new(|_: &str| fake.ask()).retry_after(Duration::from_millis(300));
    let write = || client.begin_write("42", |shard| fake.begin(shard)).map(|(_, at)| at);
    write().expect("it is active");
    fake.done();
    fake.set("a", "frozen", 0);
    let frozen = Error::Frozen {
        shard: "a".to_owned(),
        epoch: 0,
        retry_after: Duration::from_millis(300),
    };
    assert_eq!(write(), Err(frozen.clone()));
    assert_eq!(fake.done(), "begin a, ask, end", "rolled back");
    assert_eq!(write(), Err(frozen));
    assert_eq!(fake.done(), "ask", "no transaction for nothing");
    assert_eq!(
        client.lookup("42"),
        Ok(placement("a", State::Frozen, 0)),
        "it may be read"
    );
    fake.done();
    fake.set("b", "active", 1);
    assert_eq!(write(), Ok(placement("b", State::Active, 1)));
    assert_eq!(fake.done(), "ask, begin b, ask, end");
}

#[test]
fn a_client_that_has_gone_is_followed() {
    let fake = Fake::new("a", "active", 0);
    let client = Client::new(|_: &str| fake.ask());
    let write = || {
        client
            .begin_write("42", |shard| fake.begin(shard))
            .map(|(_, at)| at.shard)
    };
    write().expect("it is active");
    fake.done();
    fake.set("b", "active", 1);
    assert_eq!(write(), Ok("b".to_owned()));
    assert_eq!(fake.done(), "begin a, ask, end, begin b, ask, end");
    // A shard that was switched off is no reason not to ask.
    fake.set("gone", "active", 2);
    assert_eq!(write(), Err(Error::Shard("no such server")));
    fake.set("a", "active", 3);
    assert_eq!(write(), Ok("a".to_owned()));
}

/// What can't be known is never taken for "active".
#[test]
fn doubt_stops_writes() {
    let fake = Fake::new("a", "active", 0);
    let client = Client::new(|_: &str| fake.ask());
    let write = || client.begin_write("42", |shard| fake.begin(shard)).map(|(_, at)| at);
    write().expect("it is active");
    fake.fails.set(true);
    assert_eq!(write(), Err(Error::Store("out of reach")));
    fake.fails.set(false);
    fake.set("a", "returning", 0);
    let unknown = Error::UnknownState {
        state: "returning".to_owned(),
    };
    assert_eq!(write(), Err(unknown));
    *fake.row.borrow_mut() = None;
    assert_eq!(write(), Err(Error::NoSuchClient));
}

#[test]
fn a_long_job_asks_each_time() {
    let fake = Fake::new("a", "active", 4);
    let client = Client::new(|_: &str| fake.ask()).trust_for(Duration::from_hours(1));
    assert!(client.still("42", 4).is_ok());
    fake.set("a", "frozen", 4);
    assert!(matches!(client.still("42", 4), Err(Error::Frozen { .. })));
    fake.set("a", "active", 6);
    let moved = Error::Moved {
        shard: "a".to_owned(),
        epoch: 6,
    };
    assert_eq!(client.still("42", 4), Err(moved), "there and back again");
}

/// An answer is as old as its question, and it has to be young enough when the transaction has begun.
#[test]
fn trust_ends() {
    let life = Duration::from_millis(50);
    let fake = Fake::new("a", "active", 0);
    let client = Client::new(|_: &str| fake.ask()).trust_for(life);
    let trusting = Client::new(|_: &str| fake.ask()).trust_for(Duration::from_hours(1));
    let write = |client: &dyn Fn() -> Result<Placement, Error<&'static str>>| client().map(|at| at.state);
    let hourly = || trusting.begin_write("42", |shard| fake.begin(shard)).map(|(_, at)| at);
    write(&hourly).expect("it is active");
    fake.done();
    fake.set("a", "frozen", 0);
    assert_eq!(write(&hourly), Ok(State::Active), "which `--drain` has to wait for");
    assert_eq!(fake.done(), "begin a, end");
    trusting.forget("42");
    assert!(write(&hourly).is_err());

    fake.set("a", "active", 0);
    client.lookup("42").expect("it is active");
    fake.set("a", "frozen", 0);
    let slow = || {
        let begin = |shard: &str| {
            // The server takes its time.
            thread::sleep(life);
            fake.begin(shard)
        };
        client.begin_write("42", begin).map(|(_, at)| at)
    };
    assert!(matches!(write(&slow), Err(Error::Frozen { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_in_tasks() {
    let row = Arc::new(Mutex::new(Row::new("a", "active", 0)));
    let asked = Arc::clone(&row);
    let client = Client::new(async move |_: &str| {
        tokio::task::yield_now().await;
        Ok::<_, std::io::Error>(Some(asked.lock().expect("no panic").clone()))
    });
    let client = Arc::new(client);
    for (state, writable) in [("active", true), ("frozen", false), ("moving", true)] {
        *row.lock().expect("no panic") = Row::new("a", state, 7);
        let client = Arc::clone(&client);
        let task = tokio::spawn(async move {
            let begun = client.begin_write_async("42", async |shard| Ok(shard.to_owned())).await;
            (
                begun.is_ok(),
                client.still_async("42", 7).await.is_ok(),
                client.lookup_async("42").await.is_ok(),
            )
        });
        assert_eq!(task.await.expect("no panic"), (writable, writable, true), "{state}");
    }
}
