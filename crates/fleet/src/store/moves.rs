//! The moves and their events, as they are read.

use std::sync::Arc;

use exodus_schema::TextRow;
use exodus_transfer::{ClientKey, Event, JournalError, Status};
use serde::Serialize;

use super::journal::{self, MoveJournal, Place};
use super::{How, Result, Session, Store, Worker, check_length, ddl, now};
use crate::error::StoreError;

/// A move.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Move {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub client: ClientKey,
    /// Where from.
    pub source: String,
    /// Where to.
    pub target: String,
    /// Where it stands.
    pub status: Status,
    /// When it was written down, UTC, RFC 3339.
    pub created_at: String,
    /// When it last changed, UTC, RFC 3339.
    pub updated_at: String,
    /// How it was asked for.
    pub options: serde_json::Value,
    /// What it did, once that is known.
    pub summary: Option<serde_json::Value>,
    /// How many events it has.
    pub seq: i64,
    /// How often it was taken up.
    pub lease: i64,
    /// The process that is at work on it, or was when it ended without a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holder: Option<String>,
    /// How long that process may be quiet before another one may take the move, in milliseconds; none is left where this
    /// is negative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_for_ms: Option<i64>,
}

/// An event of a move.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MoveEvent {
    /// Its place, from 1.
    pub seq: i64,
    /// What happened.
    pub event: Event,
    /// The status it led to.
    pub status: Status,
    /// When, UTC, RFC 3339.
    pub at: String,
    /// Counts and the like; no values of rows.
    pub detail: serde_json::Value,
}

/// Which moves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoveFilter {
    /// Of this client.
    pub client: Option<ClientKey>,
    /// In one of these states; any, if empty.
    pub status: Vec<Status>,
}

/// The status after these events, or `None` if they can't have happened in that order.
pub fn replay(events: impl IntoIterator<Item = Event>) -> Option<Status> {
    events.into_iter().try_fold(Status::Planned, Status::after)
}

/// For how many seconds its client was frozen by a move: from the freeze to the switch, by the clocks of those who have
/// written them down. `None` unless both are among its events.
pub fn frozen_seconds(events: &[MoveEvent]) -> Option<f64> {
    let at = |wanted: Event| {
        let event = events.iter().find(|event| event.event == wanted)?;
        event.at.parse::<jiff::Timestamp>().ok()
    };
    let frozen = at(Event::Switch)?.duration_since(at(Event::Freeze)?);
    Some(frozen.as_secs_f64().max(0.0))
}

const COLUMNS: &str =
    "id, client, source_shard, target_shard, status, created_at, updated_at, options, summary, seq, lease, holder";

impl Store {
    /// Writes down a new move and gives its journal.
    ///
    /// Refused while another move of the client is neither done nor aborted, and if the dispatch row says that the
    /// client is not active on `source`. A client without a dispatch row gets one, there.
    pub async fn start_move(
        &self,
        client: &ClientKey,
        source: &str,
        target: &str,
        options: &serde_json::Value,
    ) -> Result<MoveJournal> {
        let new = New::of(client, source, target, options)?;
        let worker = Arc::clone(&self.worker);
        let started = self.run(How::Alone, |session| {
            Box::pin(async move {
                let id = session.start_move(&new, &worker).await?;
                session.mark_moving(&new.client).await.map(|()| id)
            })
        });
        let id = started.await?;
        self.leases.add(id, Place::FIRST.lease);
        Ok(MoveJournal::new(self.clone(), id, Place::FIRST))
    }

    /// The same, with the client frozen and drained in the same transaction, in which summaries that were
    /// [kept](Self::summarize_later) are written, too: for those who start many moves and look back at none until it is
    /// done.
    pub async fn start_frozen(
        &self,
        client: &ClientKey,
        source: &str,
        target: &str,
        options: &serde_json::Value,
    ) -> Result<MoveJournal, JournalError> {
        let new = New::of(client, source, target, options)?;
        let late = self.late.take();
        let (summaries, worker) = (late.clone(), Arc::clone(&self.worker));
        let started = self.run(How::Alone, |session| {
            Box::pin(async move {
                session.summarize_all(&summaries).await?;
                let id = session.start_move(&new, &worker).await?;
                Ok::<_, JournalError>((id, journal::freeze(session, id, &worker).await?))
            })
        });
        let started = started.await;
        if started.is_err() {
            self.late.add(late);
        }
        let (id, place) = started?;
        self.leases.add(id, place.lease);
        Ok(MoveJournal::new(self.clone(), id, place))
    }

    /// A move.
    pub async fn get_move(&self, id: i64) -> Result<Move> {
        self.run(How::Reading, move |session| Box::pin(session.get_move(id)))
            .await
    }

    /// All moves that the filter lets through, oldest first.
    pub async fn moves(&self, filter: &MoveFilter) -> Result<Vec<Move>> {
        let filter = filter.clone();
        self.run(How::Reading, |session| {
            Box::pin(async move { session.moves(&filter).await })
        })
        .await
    }

    /// The events of a move, in order.
    pub async fn events(&self, id: i64) -> Result<Vec<MoveEvent>> {
        self.run(How::Reading, move |session| Box::pin(session.events(id)))
            .await
    }
}

/// A move that is to be written down.
pub(super) struct New {
    client: ClientKey,
    source: String,
    target: String,
    options: String,
}

impl New {
    pub(super) fn of(client: &ClientKey, source: &str, target: &str, options: &serde_json::Value) -> Result<Self> {
        check_length("the target's name", target)?;
        check_length("the source's name", source)?;
        Ok(Self {
            client: client.clone(),
            source: source.to_owned(),
            target: target.to_owned(),
            options: options.to_string(),
        })
    }
}

impl Session {
    pub(super) async fn get_move(&mut self, id: i64) -> Result<Move> {
        let moves = self.select_moves(&[format!("id = {id}")]).await?;
        moves.into_iter().next().ok_or(StoreError::NoSuchMove(id))
    }

    async fn moves(&mut self, filter: &MoveFilter) -> Result<Vec<Move>> {
        let mut conditions = vec![];
        if let Some(client) = &filter.client {
            conditions.push(format!("client = {}", self.key(client)));
        }
        if !filter.status.is_empty() {
            let list: Vec<_> = filter.status.iter().map(|status| format!("'{status}'")).collect();
            conditions.push(format!("status IN ({})", list.join(", ")));
        }
        self.select_moves(&conditions).await
    }

    async fn events(&mut self, id: i64) -> Result<Vec<MoveEvent>> {
        let table = self.table(ddl::EVENTS);
        let select =
            format!("SELECT seq, event, status, happened_at, detail FROM {table} WHERE move_id = {id} ORDER BY seq");
        let rows = self.query(&select).await?;
        rows.into_iter().map(|row| self.read_event(row)).collect()
    }

    pub(super) async fn start_move(&mut self, new: &New, worker: &Worker) -> Result<i64> {
        let New {
            client,
            source,
            target,
            options,
        } = new;
        if let Some(open) = self.open_move_of(client).await? {
            return Err(open);
        }
        self.expect_on(client, source).await?;
        let table = self.table(ddl::MOVES);
        let next = self
            .query(&format!("SELECT COALESCE(MAX(id), 0) + 1 FROM {table}"))
            .await?;
        let id = next
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .and_then(|id| id.parse().ok());
        let id: i64 = id.ok_or_else(|| self.damaged(ddl::MOVES, "an id that is no number"))?;
        let [source, target, options] = [source, target, options].map(|text| self.text(text));
        let (key, now, first) = (self.key(client), now(), Place::FIRST);
        let (Place { status, seq, lease }, holder, until) = (first, self.text(&worker.name), self.until(worker));
        let insert = format!(
            "INSERT INTO {table} (id, client, source_shard, target_shard, status, open_client, created_at, \
             updated_at, options, seq, lease, holder, held_until) VALUES ({id}, {key}, {source}, {target}, '{status}', \
             {key}, '{now}', '{now}', {options}, {seq}, {lease}, {holder}, {until})"
        );
        self.execute(&insert).await?;
        Ok(id)
    }

    /// The refusal that names the client's move which is neither done nor aborted, if there is one.
    pub(super) async fn open_move_of(&mut self, client: &ClientKey) -> Result<Option<StoreError>> {
        let condition = format!("open_client = {}", self.key(client));
        let open = self.select_moves(&[condition]).await?.into_iter().next();
        Ok(open.map(|open| StoreError::UnderWay {
            id: open.id,
            source_name: open.source,
            target: open.target,
            status: open.status,
        }))
    }

    async fn select_moves(&mut self, conditions: &[String]) -> Result<Vec<Move>> {
        let table = self.table(ddl::MOVES);
        let filter = match conditions {
            [] => String::new(),
            some => format!(" WHERE {}", some.join(" AND ")),
        };
        let rows = self
            .query(&format!(
                "SELECT {COLUMNS}, held_until - {} FROM {table}{filter} ORDER BY id",
                ddl::now(self.dialect())
            ))
            .await?;
        rows.into_iter().map(|row| self.read_move(row)).collect()
    }

    fn read_move(&self, row: TextRow) -> Result<Move> {
        let wrong = |problem: &str| self.damaged(ddl::MOVES, problem);
        let Ok(
            [
                Some(id),
                Some(client),
                Some(source),
                Some(target),
                Some(status),
                Some(created_at),
                Some(updated_at),
                Some(options),
                summary,
                Some(seq),
                Some(lease),
                holder,
                held_for_ms,
            ],
        ) = <[Option<String>; 13]>::try_from(row)
        else {
            return Err(wrong("a NULL or a missing column"));
        };
        let json =
            |text: String| serde_json::from_str(&text).map_err(|_| wrong("options or a summary that is no JSON"));
        let number = |text: &String| text.parse().map_err(|_| wrong("a number that is none"));
        Ok(Move {
            id: id.parse().map_err(|_| wrong("an id that is no number"))?,
            client: client.parse().map_err(|_| wrong("a key with NUL"))?,
            source,
            target,
            status: status.parse().map_err(|error| wrong(&format!("{error}")))?,
            created_at,
            updated_at,
            options: json(options)?,
            summary: summary.map(json).transpose()?,
            seq: number(&seq)?,
            lease: number(&lease)?,
            holder,
            held_for_ms: held_for_ms.as_ref().map(number).transpose()?,
        })
    }

    fn read_event(&self, row: TextRow) -> Result<MoveEvent> {
        let wrong = |problem: &str| self.damaged(ddl::EVENTS, problem);
        let Ok([Some(seq), Some(event), Some(status), Some(at), Some(detail)]) = <[Option<String>; 5]>::try_from(row)
        else {
            return Err(wrong("a NULL or a missing column"));
        };
        Ok(MoveEvent {
            seq: seq.parse().map_err(|_| wrong("a number that is none"))?,
            event: event.parse().map_err(|error| wrong(&format!("{error}")))?,
            status: status.parse().map_err(|error| wrong(&format!("{error}")))?,
            at,
            detail: serde_json::from_str(&detail).map_err(|_| wrong("detail that is no JSON"))?,
        })
    }
}
