//! What was heard of clients, and when.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Placement;

/// How many clients are remembered; then all are forgotten, and asked for anew. Some 10 MB.
const MOST: usize = 50_000;

#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<HashMap<String, (Instant, Placement)>>);

impl Cache {
    /// However old it is.
    pub(crate) fn any(&self, client: &str) -> Option<Placement> {
        self.locked(|known| known.get(client).map(|(_, placement)| placement.clone()))
    }

    pub(crate) fn younger_than(&self, client: &str, age: Duration) -> Option<Placement> {
        self.locked(|known| {
            let (asked, placement) = known.get(client)?;
            (asked.elapsed() < age).then(|| placement.clone())
        })
    }

    /// Of two answers the later question's stays, whichever comes in last.
    pub(crate) fn keep(&self, client: &str, asked: Instant, placement: &Placement) {
        self.locked(|known| match known.get_mut(client) {
            Some(entry) if entry.0 > asked => {}
            Some(entry) => *entry = (asked, placement.clone()),
            None => {
                if known.len() >= MOST {
                    known.clear();
                }
                known.insert(client.to_owned(), (asked, placement.clone()));
            }
        });
    }

    pub(crate) fn forget(&self, client: &str) {
        self.locked(|known| drop(known.remove(client)));
    }

    fn locked<T>(&self, work: impl FnOnce(&mut HashMap<String, (Instant, Placement)>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::State;

    fn at(shard: &str) -> Placement {
        let shard = shard.to_owned();
        Placement {
            shard,
            state: State::Active,
            epoch: 0,
        }
    }

    #[test]
    fn it_ends_somewhere() {
        let cache = Cache::default();
        for client in 0..=MOST {
            cache.keep(&client.to_string(), Instant::now(), &at("a"));
        }
        assert_eq!(cache.locked(|known| known.len()), 1);
    }

    #[test]
    fn an_answer_that_was_asked_for_earlier_does_not_replace_a_later_one() {
        let cache = Cache::default();
        let (first, second) = (Instant::now(), Instant::now() + Duration::from_secs(1));
        cache.keep("42", second, &at("new"));
        cache.keep("42", first, &at("old"));
        assert_eq!(cache.any("42"), Some(at("new")));
    }
}
