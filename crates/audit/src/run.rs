//! Does the work: hands steps to connections, and collects what they found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use exodus_classify::question::{Answers, Question, Told};
use exodus_engine::{Access, Checks, Connection};
use tokio::task::JoinSet;

use crate::ask::Asker;
use crate::client::OneClient;
use crate::collisions::collisions;
use crate::counter::Shared;
use crate::job::{Clock, Done, Job, Product, Seat, Why};
use crate::keys::KeyMap;
use crate::layout::KeyId;
use crate::options::{End, Error, Options, Outcome, Progress, Subject, Timing, Unanswered};
use crate::owners::name;
use crate::plan::{Plan, Work, plan};
use crate::prepare::Prepare;
use crate::words::words;

/// Asks everything inside one snapshot: on `first`, or on `more` sessions with the same database that share the snapshot
/// of `first` where the product can ([`Dialect::shares_snapshots`](exodus_engine::Dialect::shares_snapshots)).
///
/// Nothing is written: the transactions are read-only, and use no temporary tables. If the future is dropped, running
/// statements are cancelled on the server as far as a dropped connection does that.
pub async fn run(
    mut first: Box<dyn Connection>,
    more: Vec<Box<dyn Connection>>,
    against: Option<End<'_>>,
    subject: &Subject<'_>,
    questions: &[Question],
    options: &Options,
    progress: &dyn Progress,
) -> Result<Outcome, Error> {
    let clock = Clock::new(options.limit);
    let dialect = first.dialect();
    clock.limit(first.as_mut()).await?;
    first.begin(Access::Snapshot, Checks::Enforced).await?;
    let snapshot: Option<Arc<str>> = if more.is_empty() {
        None
    } else {
        first.share_snapshot().await?.map(Into::into)
    };
    let mut seats = VecDeque::new();
    let mut holder = None;
    match &snapshot {
        Some(snapshot) => {
            for mut connection in more {
                clock.limit(connection.as_mut()).await?;
                connection.begin_at(snapshot).await?;
                seats.push_back(Seat::new(connection, Some(Arc::clone(snapshot))));
            }
            holder = Some(first);
        }
        None => seats.push_back(Seat::new(first, None)),
    }
    let shared = Arc::new(Shared::new(dialect, options.most_keys));
    let one = options
        .client
        .as_ref()
        .map(|owner| OneClient::new(subject.shape(), dialect, owner.clone()));
    let plan = plan(subject, dialect, questions, one.is_some());
    let mut running = Running {
        asker: Asker {
            subject,
            dialect,
            options,
            one,
        },
        uses: uses(&plan),
        open: (0..plan.steps.len()).collect(),
        finished: BTreeSet::new(),
        failed: BTreeMap::new(),
        maps: BTreeMap::new(),
        clients: BTreeMap::new(),
        outcome: Outcome {
            answers: if options.client.is_some() {
                Answers::of_one_client()
            } else {
                Answers::default()
            },
            snapshots: 1,
            ..Outcome::default()
        },
        plan,
        shared,
        clock,
        against,
        progress,
    };
    running.work(&mut seats).await?;
    if let Some(seat) = seats.front_mut().filter(|_| options.show_keys) {
        let naming = name(seat.connection(), &running.asker, &mut running.outcome.answers, clock);
        clock.within(naming).await;
    }
    if let Some(mut holder) = holder {
        // What was found is found; the next thing anybody does with this session is closing it.
        drop(holder.rollback().await);
    }
    let mut outcome = running.outcome;
    // Where a server keeps no statistics of writes, or shows them to nobody, there is nothing to be said.
    outcome
        .unanswered
        .retain(|one| !matches!(one.question, Question::Writes(_)));
    outcome
        .unanswered
        .sort_by(|one, other| one.question.cmp(&other.question));
    outcome.unanswered.dedup_by(|one, other| one.question == other.question);
    outcome.ties.sort_unstable();
    outcome.untied.sort_unstable();
    Ok(outcome)
}

/// How many steps read each key.
fn uses(plan: &Plan) -> BTreeMap<KeyId, usize> {
    let mut uses = BTreeMap::new();
    for key in plan.steps.iter().flat_map(|step| &step.reads) {
        *uses.entry(key.clone()).or_default() += 1;
    }
    uses
}

struct Running<'s, 'a> {
    asker: Asker<'s, 'a>,
    plan: Plan,
    shared: Arc<Shared>,
    clock: Clock,
    against: Option<End<'s>>,
    progress: &'s dyn Progress,
    /// Steps that have not begun.
    open: BTreeSet<usize>,
    finished: BTreeSet<usize>,
    /// Steps that failed, with the reason.
    failed: BTreeMap<usize, String>,
    /// Steps that still need each key.
    uses: BTreeMap<KeyId, usize>,
    /// Owners by keys, as long as somebody needs them.
    maps: BTreeMap<KeyId, Arc<KeyMap>>,
    /// Parts of [`Question::Clients`].
    clients: BTreeMap<Question, Vec<(KeyId, KeyMap)>>,
    outcome: Outcome,
}

impl Running<'_, '_> {
    async fn work(&mut self, seats: &mut VecDeque<Seat>) -> Result<(), Error> {
        let mut tasks: JoinSet<Done> = JoinSet::new();
        loop {
            while let Some(seat) = seats.pop_front() {
                let Some((at, job)) = self.next().await? else {
                    seats.push_back(seat);
                    break;
                };
                let what = self.what(at);
                self.progress
                    .begins(&what, self.finished.len() + self.failed.len(), self.plan.steps.len());
                tasks.spawn(job.run(seat, at, self.clock));
            }
            let Some(done) = tasks.join_next().await else {
                return Ok(());
            };
            let done = done.map_err(|error| Error::Internal(error.to_string()))?;
            self.take(done, seats, tasks.is_empty())?;
        }
    }

    /// The next step that waits for nothing, prepared. Those that can't be done any more are put aside.
    async fn next(&mut self) -> Result<Option<(usize, Job)>, Error> {
        loop {
            let Some(at) = self.ready() else { return Ok(None) };
            self.open.remove(&at);
            let blocked = self.plan.steps[at]
                .after
                .iter()
                .find(|step| self.failed.contains_key(step));
            if let Some(blocked) = blocked {
                // A whole chain of steps fails for the one reason of its first.
                let reason = match &self.failed[blocked] {
                    known if known.starts_with(NEEDS) => known.clone(),
                    first => format!("{NEEDS} the {}: {first}", self.what(*blocked)),
                };
                self.fail(at, &reason);
                continue;
            }
            if self.clock.is_over() {
                self.fail(at, TIME);
                continue;
            }
            match self.prepare(at).await? {
                Ok(job) => return Ok(Some((at, job))),
                Err(reason) => self.fail(at, &reason),
            }
        }
    }

    fn ready(&self) -> Option<usize> {
        let settled = |step: &usize| self.finished.contains(step) || self.failed.contains_key(step);
        self.open
            .iter()
            .copied()
            .find(|at| self.plan.steps[*at].after.iter().all(settled))
    }

    async fn prepare(&mut self, at: usize) -> Result<Result<Job, String>, Error> {
        let what = self.what(at);
        let work = self.plan.steps[at].work.clone();
        if let Work::Ask(Question::Collisions(table, columns)) = &work {
            return self.collisions(*table, columns, what).await;
        }
        let clients = match &work {
            Work::Clients(table, relations) => {
                let question = Question::Clients(*table, relations.clone());
                self.clients.remove(&question).unwrap_or_default()
            }
            _ => vec![],
        };
        let prepare = Prepare {
            asker: &self.asker,
            plan: &self.plan,
            shared: &self.shared,
            maps: &self.maps,
        };
        Ok(prepare.job(&work, what, clients))
    }

    /// Reads the other side's values; what is to be compared with them is read later, in the order of things.
    async fn collisions(
        &mut self,
        table: exodus_schema::TableId,
        columns: &[String],
        doing: String,
    ) -> Result<Result<Job, String>, Error> {
        let Some(end) = &mut self.against else {
            return Ok(Err("no other database was given to compare with".to_owned()));
        };
        collisions(&self.asker, end, table, columns, doing).await
    }

    fn what(&self, at: usize) -> String {
        let graph = self.asker.subject.graph;
        let name = |table: &exodus_schema::TableId| graph.table(*table).name.to_string();
        match &self.plan.steps[at].work {
            Work::Table(table) | Work::Count(table) => format!("owners of {}", name(table)),
            Work::Circle(members) => {
                let names: Vec<_> = members.iter().map(name).collect();
                format!("owners of the loop {}", names.join(", "))
            }
            Work::Clients(table, _) => format!("clients of {}", name(table)),
            Work::Loop(relations) => words(graph, &Question::Loop(relations.clone())),
            Work::Ask(question) => words(graph, question),
            Work::Tie(relation) => format!("rows of several clients by {}", graph.describe(*relation)),
        }
    }

    /// The questions that a step answers by itself.
    fn questions(&self, at: usize) -> Vec<Question> {
        let root = self.asker.subject.classes.root;
        let counted = |table, keep: &dyn Fn(&Question) -> bool| {
            let asked = self.plan.counted.get(&table).into_iter().flatten();
            asked.filter(|question| keep(question)).cloned().collect()
        };
        match &self.plan.steps[at].work {
            Work::Table(table) if *table == root => counted(*table, &|question| *question == Question::Owners(root)),
            Work::Table(table) | Work::Count(table) => counted(*table, &|question| *question != Question::Owners(root)),
            Work::Circle(_) | Work::Tie(_) => vec![],
            Work::Clients(table, relations) => vec![Question::Clients(*table, relations.clone())],
            Work::Loop(relations) => vec![Question::Loop(relations.clone())],
            Work::Ask(question) => vec![question.clone()],
        }
    }

    fn fail(&mut self, at: usize, reason: &str) {
        for question in self.questions(at) {
            if !matches!(question, Question::Clients(..)) || matches!(self.plan.steps[at].work, Work::Clients(..)) {
                self.outcome.unanswered.push(Unanswered {
                    question,
                    reason: reason.to_owned(),
                });
            }
        }
        if let Work::Tie(relation) = &self.plan.steps[at].work {
            self.outcome.untied.push((*relation, reason.to_owned()));
        }
        self.failed.insert(at, reason.to_owned());
        self.release(at);
    }

    /// Keys that nobody needs any more are forgotten.
    fn release(&mut self, at: usize) {
        for key in &self.plan.steps[at].reads {
            let left = self.uses.get_mut(key).map_or(0, |left| {
                *left = left.saturating_sub(1);
                *left
            });
            if left == 0
                && let Some(map) = self.maps.remove(key)
            {
                self.shared.gave_back(map.len());
            }
        }
    }

    fn take(&mut self, done: Done, seats: &mut VecDeque<Seat>, alone: bool) -> Result<(), Error> {
        let timing = Timing {
            what: self.what(done.at),
            took: done.took,
            rows: done.rows,
        };
        self.progress.ended(&timing);
        self.outcome.timings.push(timing);
        match done.seat {
            Ok(seat) => {
                self.outcome.snapshots += u32::from(done.renewed);
                seats.push_back(seat);
            }
            // Others may go on; without any there is nobody left to ask.
            Err(lost) if alone && seats.is_empty() => return Err(lost.into()),
            Err(_) => {}
        }
        match done.result {
            Ok(product) => {
                self.keep(product);
                self.finished.insert(done.at);
                self.release(done.at);
            }
            Err(Why::Time) => self.fail(done.at, TIME),
            Err(Why::Because(reason)) => self.fail(done.at, &reason),
        }
        Ok(())
    }

    fn keep(&mut self, product: Product) {
        match product {
            Product::Counted {
                answers,
                published,
                clients,
            } => {
                self.tell(answers);
                self.publish(published);
                for (question, key, map) in clients {
                    self.clients.entry(question).or_default().push((key, map));
                }
            }
            Product::Published(published) => self.publish(published),
            Product::Told(question, told) => self.tell(vec![(question, told)]),
            Product::Tied(ties) => self.outcome.ties.extend(ties.ties),
        }
    }

    fn tell(&mut self, answers: Vec<(Question, Told)>) {
        for (question, told) in answers {
            self.outcome.answers.insert(question, told);
        }
    }

    fn publish(&mut self, published: BTreeMap<KeyId, KeyMap>) {
        for (key, map) in published {
            if self.uses.get(&key).is_some_and(|left| *left > 0) {
                self.shared.took(map.len());
                self.maps.insert(key, Arc::new(map));
            }
        }
    }
}

/// How the reason begins where another step is the reason.
const NEEDS: &str = "it needs";

/// Why a question was not asked any more.
const TIME: &str = "the time was over";
