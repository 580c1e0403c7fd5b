//! One client among many: looked at, moved, and told.

use exodus_engine::{Access, Checks, ErrorKind, Session};
use exodus_fleet::{BriefJournal, Move as Known, Take};
use exodus_schema::Schema;
use exodus_transfer::create::Tables;
use exodus_transfer::plan::Request;
use exodus_transfer::{
    ClientKey, Error, Integrity, Journal, Left, Move, Origin, Own, Pace, Plan, Policies, Problem, Rows, Rules, Shape,
    Summary, canonical_key, plan,
};
use serde_json::json;

use super::board::Line;
use super::pool::{Lent, Role};
use super::{Listed, Many};
use crate::exit::{Code, Failure};
use crate::moving::single::{Passes, settle, undone};
use crate::moving::tombstones;
use crate::moving::{told, unless_stopped};

/// What is the same for every client of one database that goes to the target.
pub(super) struct Pair<'p> {
    pub(super) from: String,
    pub(super) shape: Shape<'p>,
    pub(super) there: Shape<'p>,
    pub(super) target_schema: &'p Schema,
    pub(super) integrity: Option<Integrity>,
    pub(super) allow_lossy: bool,
    pub(super) policies: &'p Policies,
    /// Tables that only a dry run has before it.
    pub(super) creating: Option<&'p Tables>,
    pub(super) rules: Rules<'p>,
}

impl<'p> Pair<'p> {
    /// What there is to plan for one of the clients.
    fn request<'c>(&self, client: &'c ClientKey) -> Request<'c>
    where
        'p: 'c,
    {
        Request {
            shape: self.shape,
            there: self.there,
            client,
            target_schema: self.target_schema,
            integrity: self.integrity,
            allow_lossy: self.allow_lossy,
            policies: self.policies,
            rules: self.rules,
            creating: self.creating,
        }
    }
}

/// What became of a client.
#[derive(Debug)]
pub(super) enum Ended {
    /// It is on the target now.
    Moved(Box<Summary>),
    /// It would be, by this plan.
    Planned(Box<Plan>),
    /// There was nothing to do, for this reason.
    Skipped(String),
    /// The checks before the move found reasons against it.
    Refused(Failure),
    /// Something went wrong; it is where it was, unless the failure says otherwise.
    Failed(Failure),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A client that is there, and the sessions to move it with.
struct Looked {
    client: ClientKey,
    /// What would be done; of a client that is to be moved, it is made once, when it is frozen.
    plan: Option<Plan>,
    source: Lent,
    target: Lent,
}

impl Many<'_> {
    /// Does what has to be done about one client.
    pub(super) async fn one(&self, listed: &Listed, line: &Line<'_>) -> Ended {
        let outcome = Box::pin(self.attempt(listed, line)).await;
        outcome.unwrap_or_else(Ended::from)
    }

    async fn attempt(&self, listed: &Listed, line: &Line<'_>) -> Result<Ended, Failure> {
        if self.throttle.reason().is_some() {
            line.say("waiting");
            let pace = Pace::new(&self.throttle);
            let ready = async {
                pace.ready().await;
                Ok(())
            };
            unless_stopped(&self.cancel, ready).await?;
        }
        // Where one transaction at a time writes, the others had better not even open their sessions.
        let _turn = match &self.turn {
            Some(turn) => Some(unless_stopped(&self.cancel, async { Ok(turn.lock().await) }).await?),
            None => None,
        };
        let pair = &self.pairs[listed.pair];
        if let Some(open) = &listed.open {
            line.say("giving up what was interrupted");
            if let Some(ended) = self.take_over(pair, listed, open).await? {
                return Ok(ended);
            }
        }
        line.say("checking");
        let mut looked = self.looked(pair, &listed.key, self.dry_run).await?;
        if let (Some(store), Some(plan)) = (&self.store, &mut looked.plan) {
            tombstones::explain(store, &looked.client, plan).await?;
        }
        if !self.claim(listed.pair, &looked.client) {
            self.keep(looked.source, looked.target);
            return Ok(Ended::Skipped(
                "it is in the list under another spelling of its key".to_owned(),
            ));
        }
        if let Some(plan) = looked.plan {
            self.keep(looked.source, looked.target);
            return Ok(Ended::Planned(Box::new(plan)));
        }
        Box::pin(self.moved(pair, looked, line)).await
    }

    /// Looks for the client, and plans its move if that is asked for. A session that was lost while it was idle is
    /// replaced.
    async fn looked(&self, pair: &Pair<'_>, typed: &ClientKey, planning: bool) -> Result<Looked, Failure> {
        let role = if self.dry_run { Role::Reads } else { Role::Writes };
        let mut source = self.pool.take(&pair.from, Role::Reads).await?;
        let mut target = self.pool.take(&self.to, role).await?;
        let mut again = source.used || target.used;
        loop {
            let ends = (&mut *source.connection, &mut *target.connection);
            let looking = async { Ok(look(pair, typed, ends, planning).await) };
            match unless_stopped(&self.cancel, looking).await? {
                Ok((client, plan)) => {
                    return Ok(Looked {
                        client,
                        plan,
                        source,
                        target,
                    });
                }
                Err(Error::Database(error)) if error.kind() == ErrorKind::Lost && again => {
                    tracing::debug!(%error, "an idle session was lost");
                    again = false;
                    source = self.pool.connect(&pair.from, Role::Reads).await?;
                    target = self.pool.connect(&self.to, role).await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn moved(&self, pair: &Pair<'_>, looked: Looked, line: &Line<'_>) -> Result<Ended, Failure> {
        let Looked {
            client,
            mut source,
            mut target,
            ..
        } = looked;
        let Some(store) = &self.store else {
            return Err(Failure::runtime("there is no dispatch store").help("make it with `exodus dispatch init`"));
        };
        let mut asked = json!({
            "integrity": plan::integrity(&*target.connection, pair.integrity)?,
            "root": pair.shape.root().name,
        });
        self.afterwards.ask(&mut asked);
        if let Some(told) = pair.policies.told(pair.shape.graph) {
            asked["references"] = told;
        }
        let names = (source.connection.name().to_owned(), target.connection.name().to_owned());
        let started = store.start_frozen(&client, &names.0, &names.1, &asked).await;
        let mut journal = match started {
            Ok(journal) => BriefJournal::new(journal),
            Err(error) => {
                self.keep(source, target);
                return Err(error.into());
            }
        };
        let mover = Move {
            request: Request {
                // They were made before the first client.
                creating: None,
                ..pair.request(&client)
            },
            progress: line,
            cancel: self.cancel.clone(),
            freezing: self.freezing,
            returning: None,
        };
        let run = mover
            .run(&mut *source.connection, &mut *target.connection, &mut journal)
            .await;
        self.warn(line);
        match run {
            Ok(summary) => {
                self.keep(source, target);
                store.summarize_later(journal.id(), &json!(summary));
                Ok(Ended::Moved(Box::new(summary)))
            }
            Err(failure) => {
                let id = journal.id();
                if let (Left::Nothing, Error::Refused(problems)) = (&failure.left, &failure.error) {
                    // It was refused before anything was written: the sessions are good for others.
                    let (problems, target_name) = (problems.clone(), names.1.clone());
                    self.keep(source, target);
                    return self.refused(&client, &target_name, problems).await;
                }
                let passes = Passes::of(&failure.error);
                let told = told(failure.error, self.show_keys);
                match failure.left {
                    Left::Nothing => Err(undone(told, &client, passes)),
                    Left::Frozen(error) => Err(told.help(format!(
                        "nothing was left on the target, but the dispatch store could not be told ({error}): run `exodus abort {id}`"
                    ))),
                    Left::Unsettled => {
                        drop((source, target));
                        settle(self.context, &self.to, &client, id, told).await?;
                        Ok(Ended::Skipped(format!(
                            "it is on {} now, although an answer was lost (move {id})",
                            self.to
                        )))
                    }
                }
            }
        }
    }

    /// What a plan has found against a client that was frozen for it, and is not any more.
    async fn refused(&self, client: &ClientKey, target: &str, mut problems: Vec<Problem>) -> Result<Ended, Failure> {
        if let Some(store) = &self.store {
            tombstones::explain_problems(store, client, target, &mut problems).await?;
        }
        Ok(Ended::Refused(Error::Refused(problems).into()))
    }

    /// Gives up a move of this client whose process is gone, so that it can begin anew; `Some` where nothing can be begun.
    async fn take_over(&self, pair: &Pair<'_>, listed: &Listed, open: &Known) -> Result<Option<Ended>, Failure> {
        let Known {
            id,
            source,
            target,
            status,
            ..
        } = open;
        let what = format!("move {id} of this client, from {source} to {target}, is {status}");
        if *source != pair.from || *target != self.to {
            return Err(Failure::runtime(what).help(format!("`exodus abort {id}` gives it up")));
        }
        let Some(store) = &self.store else { return Ok(None) };
        let how = if self.flags.take_over {
            Take::Anyway
        } else {
            Take::IfFree
        };
        if how == Take::IfFree && store.is_held(open) {
            return Err(
                Failure::runtime(format!("{what}, and its process may be at work on it")).help(format!(
                    "wait for it; if it is gone, --take-over (or `exodus abort {id}`) gives up what it left behind"
                )),
            );
        }
        if self.dry_run {
            return Ok(Some(Ended::Skipped(format!(
                "{what}, and was interrupted: it will be given up and begun anew"
            ))));
        }
        let mut source = self.pool.take(&pair.from, Role::Reads).await?;
        let mut target = self.pool.take(&self.to, Role::Writes).await?;
        // What is removed from the target must still be on the source.
        let here = Rows::of(pair.shape, source.connection.dialect(), &listed.key)?;
        here.find_client(&mut *source.connection).await?;
        let there = Rows::of(pair.there, target.connection.dialect(), &listed.key)?;
        let mut journal = store.take(*id, how).await?;
        let origin = Origin {
            source: &mut *source.connection,
            rows: &here,
            own: if pair.policies.alter_rows() {
                Own::SameKey
            } else {
                Own::Equal
            },
        };
        exodus_fleet::abort(&mut journal, &mut *target.connection, (&there, origin), &[]).await?;
        self.keep(source, target);
        self.note(&format!(
            "{}: move {id} was interrupted; it was given up, and begins anew",
            listed.key
        ));
        Ok(None)
    }

    fn keep(&self, source: Lent, target: Lent) {
        self.pool.give_back(source);
        self.pool.give_back(target);
    }
}

/// Looks for the client on the source. A session answers here before anybody is frozen, or it is lost.
async fn look(
    pair: &Pair<'_>,
    typed: &ClientKey,
    (source, target): (&mut Session, &mut Session),
    planning: bool,
) -> Result<(ClientKey, Option<Plan>), Error> {
    let (one, other) = tokio::join!(
        source.begin(Access::Snapshot, Checks::Enforced),
        target.begin(Access::Snapshot, Checks::Enforced)
    );
    one?;
    other?;
    let rows = Rows::of(pair.shape, source.dialect(), typed)?;
    let client = canonical_key(source, &rows).await?;
    let plan = if planning {
        Some(plan::plan(source, target, pair.request(&client)).await?)
    } else {
        None
    };
    let (one, other) = tokio::join!(source.rollback(), target.rollback());
    one?;
    other?;
    Ok((client, plan))
}

impl Ended {
    /// One word for programs.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Moved(_) => "moved",
            Self::Planned(plan) if plan.problems.is_empty() => "planned",
            Self::Skipped(_) => "skipped",
            Self::Planned(_) | Self::Refused(_) => "refused",
            Self::Failed(failure) if failure.code() == Code::Interrupted => "interrupted",
            Self::Failed(_) => "failed",
        }
    }
}
