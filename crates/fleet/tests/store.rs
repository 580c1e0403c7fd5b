//! The dispatch store on every product that is there: SQLite always, servers where the environment names them.

mod support;

use exodus_fleet::{ClientFilter, MoveFilter, State, Store, StoreError, Take, replay};
use exodus_transfer::{ClientKey, Event, Journal, JournalError, Status};
use serde_json::json;
use support::{Place, on_every_engine};

fn key(text: &str) -> ClientKey {
    text.parse().expect("a key")
}

/// Everything up to the switch.
const TO_SWITCH: [Event; 6] = [
    Event::Freeze,
    Event::Drain,
    Event::Copy,
    Event::Prove,
    Event::Verify,
    Event::Switch,
];

#[test]
fn a_database_without_the_tables_says_how_to_make_them() {
    on_every_engine(async |place: &Place| {
        let missing = Store::open(place.connect().await)
            .await
            .err()
            .expect("there is no store yet");
        assert!(matches!(missing, StoreError::Missing { .. }), "{missing}");
        assert!(
            missing
                .next_step()
                .is_some_and(|step| step.contains("exodus dispatch init"))
        );

        Store::init(place.connect().await).await.expect("the first time");
        place.store().await.set(&key("1"), "a").await.expect("a client");
        Store::init(place.connect().await).await.expect("the second time");
        assert!(
            place.store().await.client(&key("1")).await.expect("read").is_some(),
            "a second init emptied the store"
        );

        let mut connection = place.connect().await;
        let marker = if place.is_postgres() {
            "public.exodus_store"
        } else {
            "exodus_store"
        };
        connection
            .execute(&format!("UPDATE {marker} SET format = 99"))
            .await
            .expect("update");
        let newer = Store::open(connection).await.err().expect("a store of the future");
        assert!(matches!(newer, StoreError::Format { .. }), "{newer}");
    });
}

/// Collations fold case or pad with spaces, statements break on quotes, numbers lose zeros: each would make two clients one.
#[test]
fn odd_keys_stay_distinct() {
    on_every_engine(async |place: &Place| {
        let odd = [
            "0", "-1", "00", "1", "1 ", " 1", "a", "A", "ä", "a\u{308}", "ß", "ss", "", " ", "a,b", "a\\,b", "\\", "'",
            "\"", "`", "%", "_", "😀", "1e3", "1000", "a\tb", "a\nb", "--", "NULL", "\\n", "\u{feff}", "İ", "i",
        ];
        let store = place.new_store().await;
        for (at, text) in odd.iter().enumerate() {
            store
                .set(&key(text), &format!("shard{at}"))
                .await
                .unwrap_or_else(|error| panic!("{text:?}: {error}"));
        }
        for (at, text) in odd.iter().enumerate() {
            let row = store
                .client(&key(text))
                .await
                .expect("read")
                .unwrap_or_else(|| panic!("{text:?} is gone"));
            assert_eq!((row.client, row.shard), (key(text), format!("shard{at}")), "{text:?}");
        }
        assert_eq!(
            store.clients(&ClientFilter::default()).await.expect("list").len(),
            odd.len()
        );
        assert!(store.client(&key("b")).await.expect("read").is_none());
        let long = store.set(&ClientKey::new(["x".repeat(256)]), "a").await;
        assert!(
            matches!(long, Err(StoreError::TooLong { .. })),
            "a key that would be cut short"
        );
    });
}

#[test]
fn enrolment_keeps_what_is_known_and_lists_by_number() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        store.set(&key("7"), "elsewhere").await.expect("set");
        let all = || (-2..2500).map(|id: i64| ClientKey::new([id.to_string()]));
        let first = store
            .enrol(all().chain(all().take(3)), "monolith")
            .await
            .expect("enrol");
        assert_eq!((first.added, first.elsewhere), (2501, 1));
        let again = store.enrol(all(), "monolith").await.expect("enrol again");
        assert_eq!((again.added, again.known, again.elsewhere), (0, 2501, 1));
        let filter = ClientFilter {
            shard: Some("monolith".into()),
            state: Some(State::Active),
        };
        let listed: Vec<String> = store
            .clients(&filter)
            .await
            .expect("list")
            .iter()
            .map(|row| row.client.to_string())
            .collect();
        let expected: Vec<String> = (-2..2500).filter(|id| *id != 7).map(|id: i64| id.to_string()).collect();
        assert_eq!(listed, expected);
    });
}

#[test]
fn a_move_from_plan_to_end() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        let client = key("42");
        store.set(&client, "monolith").await.expect("set");
        let options = json!({"text": "it's \\ \"odd\" 😀"});
        let mut journal = store
            .start_move(&client, "monolith", "shard3", &options)
            .await
            .expect("start");
        for event in TO_SWITCH {
            let before = store.client(&client).await.expect("read").expect("a row");
            journal
                .record(event, json!({"rows": 8, "note": "it's \\"}))
                .await
                .expect("record");
            let after = store.client(&client).await.expect("read").expect("a row");
            let switched = event == Event::Switch;
            assert_eq!(after.epoch, before.epoch + i64::from(switched), "{event}");
            assert_eq!(after.shard, if switched { "shard3" } else { "monolith" }, "{event}");
            assert_eq!(
                after.state,
                if switched { State::Active } else { State::Frozen },
                "{event}"
            );
        }
        // A crash and a new process: everything is found again.
        let mut journal = place
            .store()
            .await
            .take(journal.id(), Take::Anyway)
            .await
            .expect("taken");
        for event in [Event::Purge, Event::Keep, Event::Purge, Event::Finish] {
            journal.record(event, json!({})).await.expect("record");
        }
        journal.summarize(&json!({"rows": 8})).await.expect("summary");
        let events = store.events(journal.id()).await.expect("events");
        let stored = store.get_move(journal.id()).await.expect("the move");
        assert_eq!(replay(events.iter().map(|event| event.event)), Some(stored.status));
        assert!(
            events.iter().map(|event| event.seq).eq(1..=10),
            "events are numbered without gaps"
        );
        assert_eq!(events[0].detail, json!({"rows": 8, "note": "it's \\"}));
        assert_eq!((stored.status, stored.options), (Status::Done, options));
        assert_eq!(stored.summary, Some(json!({"rows": 8})));
        assert!(stored.updated_at.ends_with('Z') && stored.updated_at >= stored.created_at);
        // It is over: the client may move again, and is known to be on the target.
        let back = store.start_move(&client, "monolith", "shard1", &json!({})).await;
        assert!(matches!(back, Err(StoreError::Elsewhere { .. })));
        let next = store
            .start_move(&client, "shard3", "shard1", &json!({}))
            .await
            .expect("a second move");
        assert_eq!(next.id(), journal.id() + 1);
    });
}

#[test]
fn abort_from_every_state_leaves_the_dispatch_row_as_it_was() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        let client = key("42");
        store.set(&client, "monolith").await.expect("set");
        for steps in 0..TO_SWITCH.len() {
            let mut journal = store
                .start_move(&client, "monolith", "shard3", &json!({}))
                .await
                .expect("start");
            for event in &TO_SWITCH[..steps] {
                journal.record(*event, json!({})).await.expect("record");
            }
            assert_eq!(
                journal.record(Event::Abort, json!({})).await.expect("abort"),
                Status::Aborted
            );
            let row = store.client(&client).await.expect("read").expect("a row");
            assert_eq!(
                (row.shard.as_str(), row.state, row.epoch),
                ("monolith", State::Active, 0)
            );
        }
        let aborted = MoveFilter {
            client: Some(client),
            status: vec![Status::Aborted],
        };
        assert_eq!(store.moves(&aborted).await.expect("moves").len(), TO_SWITCH.len());
    });
}

#[test]
fn while_a_move_is_open_nothing_else_touches_the_client() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        let client = key("42");
        let mut journal = store
            .start_move(&client, "monolith", "shard3", &json!({}))
            .await
            .expect("start");
        assert_eq!(
            store
                .client(&client)
                .await
                .expect("read")
                .expect("enrolled by the move")
                .shard,
            "monolith"
        );
        for refusal in [
            store.start_move(&client, "monolith", "shard1", &json!({})).await.err(),
            store.set(&client, "shard1").await.err(),
        ] {
            let refusal = refusal.expect("a refusal");
            let text = format!("{refusal}; {}", refusal.next_step().unwrap_or_default());
            assert!(text.contains(&format!("exodus abort {}", journal.id())), "{text}");
        }
        store
            .start_move(&key("43"), "monolith", "shard3", &json!({}))
            .await
            .expect("another client");

        // Another process moves the journal on: this one must notice, and write nothing.
        let mut other = place
            .store()
            .await
            .take(journal.id(), Take::Anyway)
            .await
            .expect("taken");
        other.record(Event::Freeze, json!({})).await.expect("record");
        let late = journal.record(Event::Abort, json!({})).await.expect_err("a conflict");
        let JournalError::Conflict {
            expected: Status::Planned,
            found: Status::Frozen,
            ..
        } = late
        else {
            panic!("{late}")
        };
        assert_eq!(journal.status(), Status::Planned);
        assert_eq!(store.events(journal.id()).await.expect("events").len(), 1);
        assert_eq!(
            store.client(&client).await.expect("read").expect("a row").state,
            State::Frozen
        );
        let nonsense = other.record(Event::Switch, json!({})).await;
        assert!(
            matches!(nonsense, Err(JournalError::Refused(_))),
            "a switch before the copy"
        );
    });
}

/// The dispatch row was changed behind the journal's back: the switch must not take effect, nor its event be written.
#[test]
fn a_switch_that_finds_another_dispatch_row_writes_nothing() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        let client = key("42");
        let mut journal = store
            .start_move(&client, "monolith", "shard3", &json!({}))
            .await
            .expect("start");
        for event in &TO_SWITCH[..5] {
            journal.record(*event, json!({})).await.expect("record");
        }
        let table = if place.is_postgres() {
            "public.exodus_clients"
        } else {
            "exodus_clients"
        };
        let tamper = format!("UPDATE {table} SET shard = 'shard9'");
        place.connect().await.execute(&tamper).await.expect("tampering");
        let refused = journal.record(Event::Switch, json!({})).await;
        assert!(matches!(refused, Err(JournalError::Refused(_))), "{refused:?}");
        assert_eq!(
            store.get_move(journal.id()).await.expect("read").status,
            Status::Verified
        );
        assert_eq!(store.events(journal.id()).await.expect("events").len(), 5);
    });
}

#[test]
fn of_racing_moves_exactly_one_starts() {
    on_every_engine(async |place: &Place| {
        place.new_store().await;
        for round in 0..5 {
            let client = ClientKey::new([round.to_string()]);
            let mut racers = tokio::task::JoinSet::new();
            for racer in 0..4 {
                let (store, client) = (place.store().await, client.clone());
                racers.spawn(async move {
                    store
                        .start_move(&client, "monolith", &format!("shard{racer}"), &json!({}))
                        .await
                        .map(drop)
                });
            }
            let results = racers.join_all().await;
            let losers: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
            assert_eq!(losers.len(), 3, "{losers:?}");
            assert!(
                losers.iter().all(|error| matches!(error, StoreError::UnderWay { .. })),
                "{losers:?}"
            );
        }
        // Different clients at once get different numbers.
        let mut racers = tokio::task::JoinSet::new();
        for racer in 100..108 {
            let store = place.store().await;
            racers.spawn(async move {
                let client = ClientKey::new([racer.to_string()]);
                store
                    .start_move(&client, "monolith", "shard1", &json!({}))
                    .await
                    .map(|journal| journal.id())
            });
        }
        let mut ids: Vec<_> = racers
            .join_all()
            .await
            .into_iter()
            .map(|id| id.expect("a move"))
            .collect();
        ids.sort_unstable();
        assert!(ids.iter().copied().eq(6..14), "{ids:?}");
    });
}

/// Ctrl-C drops a future in the middle; the abort that follows uses the same store.
#[test]
fn a_cancelled_call_does_not_spoil_the_store() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        let client = key("42");
        let journal = store
            .start_move(&client, "monolith", "shard3", &json!({}))
            .await
            .expect("start");
        for micros in [0, 50, 200, 1000, 3000] {
            let short = std::time::Duration::from_micros(micros);
            let mut other = journal.clone();
            drop(tokio::time::timeout(short, other.record(Event::Freeze, json!({}))).await);
        }
        let mut fresh = store
            .take(journal.id(), Take::IfFree)
            .await
            .expect("the store still answers");
        fresh.record(Event::Abort, json!({})).await.expect("abort");
        assert_eq!(
            store.client(&client).await.expect("read").expect("a row").state,
            State::Active
        );
    });
}

/// `cargo test -p exodus-fleet -- --ignored --nocapture enrolment_speed`
#[test]
#[ignore = "a measurement"]
fn enrolment_speed() {
    on_every_engine(async |place: &Place| {
        let store = place.new_store().await;
        let clients: Vec<_> = (0..100_000).map(|id: i64| ClientKey::new([id.to_string()])).collect();
        let start = std::time::Instant::now();
        store.enrol(clients, "monolith").await.expect("enrol");
        println!("{}: 100,000 clients in {:?}", place.name(), start.elapsed());
    });
}
