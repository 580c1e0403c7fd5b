//! Where each client is.

use std::collections::BTreeSet;
use std::fmt;

use exodus_schema::TextRow;
use exodus_transfer::ClientKey;
use serde::{Deserialize, Serialize};

use super::{How, Result, Session, Store, check_length, ddl, now};
use crate::error::StoreError;

/// How many clients one statement names.
const BATCH: usize = 1000;

/// Whether a client may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It may.
    Active,
    /// It may: a move of it has begun, and will freeze it.
    Moving,
    /// It may not: it is being handed over, or somebody has frozen it by hand. Its writes must wait.
    Frozen,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Moving => "moving",
            Self::Frozen => "frozen",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Moving, Self::Frozen]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A client's dispatch row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Client {
    /// Its key.
    pub client: ClientKey,
    /// The shard that holds it.
    pub shard: String,
    /// Whether it may be written to.
    pub state: State,
    /// How often the shard has changed: whoever caches the shard compares this. A freeze is no such change: after it, what
    /// was cached is as true as before, and a job that has been at work on the shard may go on where it was.
    pub epoch: i64,
    /// When the row last changed, UTC, RFC 3339.
    pub updated_at: String,
    /// Why somebody has frozen it by hand, if that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Which clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFilter {
    /// On this shard.
    pub shard: Option<String>,
    /// In this state.
    pub state: Option<State>,
}

/// What [`Store::enrol`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Enrolled {
    /// Clients that were not known before.
    pub added: u64,
    /// Clients that were on this shard already.
    pub known: u64,
    /// Clients that the store has on another shard; they were left there.
    pub elsewhere: u64,
}

impl Store {
    /// The dispatch row of a client.
    pub async fn client(&self, client: &ClientKey) -> Result<Option<Client>> {
        let client = client.clone();
        self.run(How::Reading, |session| {
            Box::pin(async move { session.client(&client, "").await })
        })
        .await
    }

    /// Why a move of this client from `source` would not begin, if it would not; nothing is written.
    pub async fn would_refuse(&self, client: &ClientKey, source: &str) -> Result<Option<StoreError>> {
        let (client, source) = (client.clone(), source.to_owned());
        self.run(How::Reading, |session| {
            Box::pin(async move {
                if let Some(open) = session.open_move_of(&client).await? {
                    return Ok(Some(open));
                }
                let row = session.client(&client, "").await?;
                Ok(row.and_then(|row| row.refusal(&source)))
            })
        })
        .await
    }

    /// All dispatch rows that the filter lets through, sorted by key, numbers by value.
    pub async fn clients(&self, filter: &ClientFilter) -> Result<Vec<Client>> {
        let filter = filter.clone();
        let mut clients = self
            .run(How::Reading, |session| {
                Box::pin(async move { session.clients(&filter).await })
            })
            .await?;
        clients.sort_by_cached_key(|row| sort_key(&row.client));
        Ok(clients)
    }

    /// The dispatch rows of those of these clients that have one.
    pub async fn among(&self, clients: &[ClientKey]) -> Result<Vec<Client>> {
        let mut found = vec![];
        for batch in clients.chunks(BATCH) {
            let batch = batch.to_vec();
            let rows = self
                .run(How::Reading, |session| {
                    Box::pin(async move { session.among(&batch).await })
                })
                .await?;
            found.extend(rows);
        }
        Ok(found)
    }

    /// Writes down that these clients are on this shard, all or none. A client that is known keeps its row.
    pub async fn enrol(&self, clients: impl IntoIterator<Item = ClientKey>, shard: &str) -> Result<Enrolled> {
        check_length("the shard's name", shard)?;
        let (clients, shard): (Vec<ClientKey>, _) = (clients.into_iter().collect(), shard.to_owned());
        self.run(How::Alone, |session| {
            Box::pin(async move { session.enrol_all(&clients, &shard).await })
        })
        .await
    }

    /// Writes down that the client is on this shard. Its epoch grows if that is news about a known client; one that was
    /// frozen by hand stays so. Refused while a move of it is neither done nor aborted.
    pub async fn set(&self, client: &ClientKey, shard: &str) -> Result<Client> {
        check_length("the shard's name", shard)?;
        let (client, shard) = (client.clone(), shard.to_owned());
        self.run(How::Alone, |session| {
            Box::pin(async move { session.set(&client, &shard).await })
        })
        .await
    }
}

impl Session {
    async fn clients(&mut self, filter: &ClientFilter) -> Result<Vec<Client>> {
        let shard = filter
            .shard
            .as_ref()
            .map(|shard| format!("shard = {}", self.text(shard)));
        let state = filter.state.map(|state| format!("state = '{state}'"));
        let conditions: Vec<_> = shard.into_iter().chain(state).collect();
        let rows = self.select_clients(&conditions, "").await?;
        rows.into_iter().map(|row| self.read_client(row)).collect()
    }

    async fn among(&mut self, batch: &[ClientKey]) -> Result<Vec<Client>> {
        let keys: Vec<_> = batch.iter().map(|client| self.key(client)).collect();
        let condition = format!("client IN ({})", keys.join(", "));
        let rows = self.select_clients(&[condition], "").await?;
        rows.into_iter().map(|row| self.read_client(row)).collect()
    }

    async fn select_clients(&mut self, conditions: &[String], suffix: &str) -> Result<Vec<TextRow>> {
        let table = self.table(ddl::CLIENTS);
        let filter = match conditions {
            [] => String::new(),
            some => format!(" WHERE {}", some.join(" AND ")),
        };
        self.query(&format!(
            "SELECT client, shard, state, epoch, updated_at, reason FROM {table}{filter}{suffix}"
        ))
        .await
    }

    pub(super) async fn client(&mut self, client: &ClientKey, suffix: &str) -> Result<Option<Client>> {
        let condition = format!("client = {}", self.key(client));
        let rows = self.select_clients(&[condition], suffix).await?;
        rows.into_iter().next().map(|row| self.read_client(row)).transpose()
    }

    fn read_client(&self, row: TextRow) -> Result<Client> {
        let wrong = |problem| self.damaged(ddl::CLIENTS, problem);
        let Ok(
            [
                Some(client),
                Some(shard),
                Some(state),
                Some(epoch),
                Some(updated_at),
                reason,
            ],
        ) = <[Option<String>; 6]>::try_from(row)
        else {
            return Err(wrong("a NULL or a missing column"));
        };
        Ok(Client {
            client: client.parse().map_err(|_| wrong("a key with NUL"))?,
            shard,
            state: State::parse(&state).ok_or_else(|| wrong("an unknown state"))?,
            epoch: epoch.parse().map_err(|_| wrong("an epoch that is no number"))?,
            updated_at,
            reason,
        })
    }

    async fn enrol_all(&mut self, clients: &[ClientKey], shard: &str) -> Result<Enrolled> {
        let mut enrolled = Enrolled::default();
        for batch in clients.chunks(BATCH) {
            self.enrol_batch(batch, shard, &mut enrolled).await?;
        }
        Ok(enrolled)
    }

    async fn enrol_batch(&mut self, batch: &[ClientKey], shard: &str, enrolled: &mut Enrolled) -> Result<()> {
        // By their text, so that a key which comes twice is one client.
        let mut wanted = BTreeSet::new();
        for client in batch {
            let text = client.to_string();
            check_length("a client's key", &text)?;
            wanted.insert(text);
        }
        let list: Vec<_> = wanted.iter().map(|text| self.text(text)).collect();
        let condition = format!("client IN ({})", list.join(", "));
        for row in self.select_clients(&[condition], "").await? {
            let row = self.read_client(row)?;
            wanted.remove(&row.client.to_string());
            if row.shard == shard {
                enrolled.known += 1;
            } else {
                enrolled.elsewhere += 1;
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let rest = format!("{}, 'active', 0, '{}'", self.text(shard), now());
        let values: Vec<_> = wanted
            .iter()
            .map(|text| format!("({}, {rest})", self.text(text)))
            .collect();
        let table = self.table(ddl::CLIENTS);
        let insert = format!(
            "INSERT INTO {table} (client, shard, state, epoch, updated_at) VALUES {}",
            values.join(", ")
        );
        enrolled.added += self.execute(&insert).await?;
        Ok(())
    }

    async fn set(&mut self, client: &ClientKey, shard: &str) -> Result<Client> {
        if let Some(open) = self.open_move_of(client).await? {
            return Err(open);
        }
        match self.client(client, "").await? {
            None => {
                let mut enrolled = Enrolled::default();
                self.enrol_batch(std::slice::from_ref(client), shard, &mut enrolled)
                    .await?;
            }
            Some(row) => {
                let step = i64::from(row.shard != shard);
                let (table, key, shard) = (self.table(ddl::CLIENTS), self.key(client), self.text(shard));
                let update = format!(
                    "UPDATE {table} SET shard = {shard}, epoch = epoch + {step}, \
                     updated_at = '{}' WHERE client = {key}",
                    now()
                );
                self.execute(&update).await?;
            }
        }
        let row = self.client(client, "").await?;
        row.ok_or_else(|| self.damaged(ddl::CLIENTS, "a row that was just written is gone"))
    }

    /// The dispatch row of a client that is to leave `source`; a client that isn't known is enrolled there.
    pub(super) async fn expect_on(&mut self, client: &ClientKey, source: &str) -> Result<()> {
        let lock = self.for_update();
        if let Some(row) = self.client(client, lock).await? {
            // No move of it is open: the caller has looked.
            return row.refusal(source).map_or(Ok(()), Err);
        }
        let mut enrolled = Enrolled::default();
        self.enrol_batch(std::slice::from_ref(client), source, &mut enrolled)
            .await
    }
}

impl Client {
    /// Why it can't leave `source`, if it can't.
    fn refusal(self, source: &str) -> Option<StoreError> {
        match self.state {
            State::Active if self.shard == source => None,
            State::Frozen => Some(StoreError::FrozenByHand {
                client: self.client.to_string(),
                since: self.updated_at,
                reason: self.reason,
            }),
            state => Some(StoreError::Elsewhere {
                found: self.shard,
                state: state.to_string(),
                expected: source.to_owned(),
            }),
        }
    }
}

/// Whole numbers first and by value, then the rest as text.
fn sort_key(client: &ClientKey) -> Vec<(i128, String)> {
    let part = |text: &String| (text.parse().unwrap_or(i128::MAX), text.clone());
    client.parts().iter().map(part).collect()
}
