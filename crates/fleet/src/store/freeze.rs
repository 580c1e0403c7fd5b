//! Freezing a client by hand, and the state of one whose move has begun.
//!
//! Neither changes the epoch, which counts changes of the shard: whoever caches a shard by its epoch would ask again for
//! nothing at each freeze, and a long job that compares epochs would take a client for moved that is where it was.

use exodus_transfer::{ClientKey, Status};

use super::{Client, How, Result, Session, State, Store, check_length, ddl, now};
use crate::error::StoreError;

impl Store {
    /// Freezes a client without a move; gives its row, and whether it was active before. Of one that was frozen by hand
    /// already, a reason replaces the one that was known.
    ///
    /// Refused while a move of it is under way, whose business the state is until its switch.
    pub async fn freeze(&self, client: &ClientKey, reason: Option<&str>) -> Result<(Client, bool)> {
        reason.map_or(Ok(()), |reason| check_length("the reason", reason))?;
        let (client, reason) = (client.clone(), reason.map(str::to_owned));
        self.run(How::Alone, |session| {
            Box::pin(async move { session.freeze(&client, reason.as_deref()).await })
        })
        .await
    }

    /// Ends such a freeze; gives the client's row, and whether it was frozen. Refused as [`freeze`](Self::freeze) is.
    pub async fn unfreeze(&self, client: &ClientKey) -> Result<(Client, bool)> {
        let client = client.clone();
        self.run(How::Alone, |session| {
            Box::pin(async move { session.unfreeze(&client).await })
        })
        .await
    }
}

impl Session {
    /// A move of the client was written down; it has not frozen it yet.
    pub(super) async fn mark_moving(&mut self, client: &ClientKey) -> Result<()> {
        self.write_state(client, State::Moving, None).await
    }

    async fn freeze(&mut self, client: &ClientKey, reason: Option<&str>) -> Result<(Client, bool)> {
        let row = self.by_hand(client).await?;
        let changed = row.state != State::Frozen;
        if changed {
            self.write_state(client, State::Frozen, reason).await?;
        } else if reason.is_some() && row.reason.as_deref() != reason {
            let (table, key) = (self.table(ddl::CLIENTS), self.key(client));
            let reason = self.literal(reason);
            // It is frozen since it was.
            self.execute(&format!("UPDATE {table} SET reason = {reason} WHERE client = {key}"))
                .await?;
        }
        Ok((self.known(client).await?, changed))
    }

    async fn unfreeze(&mut self, client: &ClientKey) -> Result<(Client, bool)> {
        let changed = self.by_hand(client).await?.state != State::Active;
        if changed {
            self.write_state(client, State::Active, None).await?;
        }
        Ok((self.known(client).await?, changed))
    }

    /// The row of a client whose state is nobody else's business.
    async fn by_hand(&mut self, client: &ClientKey) -> Result<Client> {
        match self.open_move_of(client).await? {
            // It has handed the client over; whether its source rows are still there is nothing to those who write.
            None
            | Some(StoreError::UnderWay {
                status: Status::Switched | Status::Purging,
                ..
            }) => self.known(client).await,
            Some(open) => Err(open),
        }
    }

    async fn known(&mut self, client: &ClientKey) -> Result<Client> {
        let row = self.client(client, "").await?;
        row.ok_or_else(|| StoreError::NoSuchClient(client.to_string()))
    }

    async fn write_state(&mut self, client: &ClientKey, state: State, reason: Option<&str>) -> Result<()> {
        let (table, key, reason) = (self.table(ddl::CLIENTS), self.key(client), self.literal(reason));
        let update = format!(
            "UPDATE {table} SET state = '{state}', reason = {reason}, updated_at = '{}' WHERE client = {key}",
            now()
        );
        self.execute(&update).await.map(drop)
    }

    fn literal(&self, text: Option<&str>) -> String {
        text.map_or_else(|| "NULL".to_owned(), |text| self.text(text))
    }
}
