//! Where the clients are, and what is the same for all that go from one database to another.

use std::collections::{BTreeMap, VecDeque};

use exodus_classify::Accept;
use exodus_engine::{ConnectOptions, Connection, Session};
use exodus_fleet::{Client, ClientFilter, Move as Known, MoveFilter, Store};
use exodus_schema::{Graph, Schema};
use exodus_transfer::create::Tables;
use exodus_transfer::{ClientKey, Error, Policies, Rules, Shape, Status, There};

use super::one::{Ended, Pair};
use super::{Listed, Request, Whom, list, takes_one_writer};
use crate::config::{Config, Configured};
use crate::context::Context;
use crate::exit::Failure;
use crate::moving::{Classified, classified, creating, freezing, key, look, places, warn};

/// Statuses of moves that have neither switched nor ended.
const UNFINISHED: [Status; 8] = [
    Status::Planned,
    Status::Frozen,
    Status::Drained,
    Status::Copying,
    Status::Copied,
    Status::Verified,
    Status::Leaving,
    Status::Aborting,
];

/// Which databases have clients to be moved, and whom, as far as that is known before they are asked.
pub(super) struct Named {
    /// By database.
    sources: BTreeMap<String, Vec<ClientKey>>,
    /// Those who need no move, or can't have one.
    ended: Vec<(ClientKey, Ended)>,
}

/// Finds the databases by the dispatch store, unless one is named.
pub(super) async fn named(context: &Context, request: &Request<'_>, store: Option<&Store>) -> Result<Named, Failure> {
    let target = context.name_of(request.to)?;
    let from = request.from.map(|from| context.name_of(from)).transpose()?;
    if from.as_ref() == Some(&target) {
        return Err(Failure::usage(format!("{target} is source and target")).help("name another database with --to"));
    }
    let (mut sources, mut ended) = (BTreeMap::new(), vec![]);
    match (&request.whom, from, store) {
        (Whom::File(path), from, store) => {
            let list::Keys { keys, repeated } = list::read(path)?;
            if repeated > 0 {
                context.note(&format!(
                    "{repeated} lines name a client that another one has named already"
                ));
            }
            let mut found = vec![];
            for (key, place) in located(context, request, store, keys, from.as_deref()).await? {
                match place {
                    Ok(place) if place == target => ended.push((key, already_there(&target))),
                    Ok(place) => found.push((place, key)),
                    Err(failure) => ended.push((key, Ended::Failed(failure))),
                }
            }
            sources = list::by_place(found);
        }
        (Whom::Where(_), Some(from), _) => drop(sources.insert(from, vec![])),
        (Whom::Where(_), None, Some(store)) => {
            for client in store.clients(&ClientFilter::default()).await? {
                if client.shard != target {
                    sources.entry(client.shard).or_insert_with(Vec::new);
                }
            }
        }
        (Whom::Where(_), None, None) => {}
    }
    Ok(Named { sources, ended })
}

fn already_there(target: &str) -> Ended {
    Ended::Skipped(format!("it is on {target} already"))
}

/// Where each client is, by the store; those that it doesn't know are on the named database, if one is named.
async fn located(
    context: &Context,
    request: &Request<'_>,
    store: Option<&Store>,
    keys: Vec<ClientKey>,
    from: Option<&str>,
) -> Result<Vec<(ClientKey, Result<String, Failure>)>, Failure> {
    let known = known(store, &keys).await?;
    let target = context.name_of(request.to)?;
    let mut located = vec![];
    for key in keys {
        let row = match (known.get(&key), store) {
            (Some(row), _) => Some(row.clone()),
            // As another spelling of a key that it knows.
            (None, Some(store)) if from.is_none() => {
                key::find(context, store, &key, std::slice::from_ref(&target), request.root).await?
            }
            (None, _) => None,
        };
        located.push(match (row, from) {
            (Some(row), _) if row.shard == target => (row.client, Ok(row.shard)),
            (row, Some(from)) => (row.map_or(key, |row| row.client), Ok(from.to_owned())),
            (Some(row), None) => (row.client, Ok(row.shard)),
            (None, None) => (key, Err(unknown(context)?)),
        });
    }
    Ok(located)
}

async fn known(store: Option<&Store>, keys: &[ClientKey]) -> Result<BTreeMap<ClientKey, Client>, Failure> {
    let Some(store) = store else {
        return Ok(BTreeMap::new());
    };
    let rows = store.among(keys).await?;
    Ok(rows.into_iter().map(|row| (row.client.clone(), row)).collect())
}

fn unknown(context: &Context) -> Result<Failure, Failure> {
    let name = context.dispatch_database()?.name;
    Ok(
        Failure::runtime(format!("{name}: the dispatch store doesn't know this client"))
            .help("name its database with --from, or enrol all clients: `exodus dispatch init --enrol-from DB`"),
    )
}

/// The schemas of both ends, read once.
pub(super) struct Read {
    sources: Vec<(String, Configured)>,
    /// Of each source, those that a dry run does not make.
    tables: Vec<Tables>,
    target: Schema,
    pub(super) target_name: String,
    /// The target takes one writing transaction at a time.
    pub(super) one_writer: bool,
    accepts: Vec<Accept>,
}

/// Reads them, and looks whether each source and the target can be what they are to be. Tables that are to be made are
/// made here, before the first move: each job has a session of its own.
pub(super) async fn read(context: &Context, request: &Request<'_>, named: &Named) -> Result<Read, Failure> {
    let connected = creating::connect(context, request.to, request.creating, request.dry_run).await?;
    let (_file, mut target) = (connected.file, connected.connection);
    let mut schema = if request.creating.create_tables {
        None
    } else {
        Some(context.schema_of(&mut *target).await?.schema)
    };
    let (mut sources, mut tables) = (vec![], vec![]);
    for from in named.sources.keys() {
        let mut source = connect(context, from, true).await?;
        let configured = context.schema_of(&mut *source).await?;
        warn(context, source.name(), &configured.schema);
        look(&mut *source).await?;
        look(&mut *target).await?;
        places::take_writes(&mut *source, &mut *target).await?;
        let written = (false, true);
        places::are_apart(context, (from, request.to), written, (&mut *source, &mut *target)).await?;
        target.rollback().await?;
        source.rollback().await?;
        freezing::try_looking_for_many(&request.freezing, &mut *source, context).await?;
        let mut to_make = Tables::default();
        if request.creating.create_tables {
            let made = made(context, request, (&mut *source, &mut *target), &configured).await?;
            (schema, to_make) = (Some(made.0), made.1);
        }
        tables.push(to_make);
        sources.push((from.clone(), configured));
    }
    let schema = match schema {
        Some(schema) => schema,
        None => creating::read(context, &mut *target).await?,
    };
    warn(context, target.name(), &schema);
    Ok(Read {
        sources,
        tables,
        target: schema,
        target_name: target.name().to_owned(),
        one_writer: takes_one_writer(&*target),
        accepts: context.config.as_ref().map_or(vec![], Config::accepts),
    })
}

/// The target's schema with the tables that clients of this source need: made, or in a dry run still to be made.
async fn made(
    context: &Context,
    request: &Request<'_>,
    (source, target): (&mut Session, &mut Session),
    configured: &Configured,
) -> Result<(Schema, Tables), Failure> {
    let graph = Graph::new(&configured.schema);
    let classified = classified(context, configured, &graph, request.root)?;
    let shape = Shape {
        graph: &graph,
        tree: &classified.classification.tree,
        root_key: &classified.root_key,
    };
    let (schema, tables) = creating::target_schema(context, (source, &mut *target), configured, &shape).await?;
    let problems = tables.problems();
    if !problems.is_empty() {
        return Err(Error::Refused(problems).into());
    }
    if request.dry_run || tables.is_empty() {
        return Ok((schema, tables));
    }
    tables.make_alone(target).await?;
    context.note(&creating::made_text(&tables, target.name()));
    Ok((context.schema_of(target).await?.schema, Tables::default()))
}

async fn connect(context: &Context, name: &str, read_only: bool) -> Result<Box<dyn Connection>, Failure> {
    let options = ConnectOptions {
        read_only,
        ..ConnectOptions::default()
    };
    context.connect(name, options).await
}

/// The tables of each source, classified, and as the target has them.
pub(super) struct Graphs<'r> {
    read: &'r Read,
    here: Vec<Graph<'r>>,
    classified: Vec<Classified>,
    policies: Vec<Policies>,
    there: Vec<There>,
}

impl Read {
    /// Classifies the tables of every source.
    pub(super) fn graphs(&self, context: &Context, request: &Request<'_>) -> Result<Graphs<'_>, Failure> {
        let here: Vec<_> = self
            .sources
            .iter()
            .map(|(_, source)| Graph::new(&source.schema))
            .collect();
        let classified: Result<Vec<_>, _> = self
            .sources
            .iter()
            .zip(&here)
            .map(|((_, source), graph)| classified(context, source, graph, request.root))
            .collect();
        let there = self
            .sources
            .iter()
            .map(|(_, source)| There::of(&source.schema, &self.target));
        let policies = self.sources.iter().zip(&here);
        let policies = policies.map(|((_, source), graph)| request.references.policies(source, graph));
        Ok(Graphs {
            read: self,
            classified: classified?,
            policies: policies.collect::<Result<_, _>>()?,
            there: there.collect(),
            here,
        })
    }
}

impl Graphs<'_> {
    /// The graphs of the tables as the target has them; the pairs are made of these and of this.
    pub(super) fn there(&self) -> Vec<Graph<'_>> {
        self.there.iter().map(|there| Graph::new(there.schema())).collect()
    }

    /// What is the same for every client of each source.
    pub(super) fn pairs<'p>(&'p self, there: &'p [Graph<'p>], request: &Request<'_>) -> Vec<Pair<'p>> {
        let places = self
            .read
            .sources
            .iter()
            .zip(&self.here)
            .zip(self.classified.iter().zip(&self.policies))
            .zip(there.iter().zip(&self.read.tables));
        let mut pairs = vec![];
        for ((((from, _), graph), (classified, policies)), (there, tables)) in places {
            let shape = Shape {
                graph,
                tree: &classified.classification.tree,
                root_key: &classified.root_key,
            };
            pairs.push(Pair {
                from: from.clone(),
                shape,
                there: Shape { graph: there, ..shape },
                target_schema: &self.read.target,
                integrity: request.integrity,
                allow_lossy: request.allow_lossy,
                policies,
                creating: Some(tables).filter(|tables| !tables.is_empty()),
                rules: Rules {
                    classes: &classified.classification,
                    accepts: &self.read.accepts,
                    // What can only warn would be told for every client, and a copy that meets a collision stops none but
                    // its own client for a moment.
                    thorough: request.dry_run,
                },
            });
        }
        pairs
    }
}

/// Everybody, in order.
pub(super) struct AllListed {
    pub(super) queue: VecDeque<Listed>,
    pub(super) ended: Vec<(ClientKey, Ended)>,
}

/// Asks the sources for those who satisfy the condition, if that is how they are named, and the store for moves that were
/// interrupted.
pub(super) async fn listed(
    context: &Context,
    request: &Request<'_>,
    store: Option<&Store>,
    named: Named,
    pairs: &[Pair<'_>],
) -> Result<AllListed, Failure> {
    let Named { sources, mut ended } = named;
    let mut open = unfinished(store).await?;
    let mut queue = VecDeque::new();
    for (at, (from, mut keys)) in sources.into_iter().enumerate() {
        if let Whom::Where(condition) = request.whom {
            let mut source = connect(context, &from, true).await?;
            look(&mut *source).await?;
            let found = list::satisfying(&mut *source, pairs[at].shape, condition).await?;
            source.rollback().await?;
            keys = here(context, request, store, (&from, found), &mut ended).await?;
        }
        queue.extend(keys.into_iter().map(|key| Listed {
            open: open.remove(&key),
            pair: at,
            key,
        }));
    }
    if queue.is_empty() && ended.is_empty() {
        context.note("no client is to be moved");
    }
    Ok(AllListed { queue, ended })
}

/// Those of a source's clients that are really there: the source may still have the rows of others, which have moved.
async fn here(
    context: &Context,
    request: &Request<'_>,
    store: Option<&Store>,
    (from, found): (&str, Vec<ClientKey>),
    ended: &mut Vec<(ClientKey, Ended)>,
) -> Result<Vec<ClientKey>, Failure> {
    let known = known(store, &found).await?;
    let target = context.name_of(request.to)?;
    let mut here = vec![];
    for key in found {
        match known.get(&key) {
            Some(row) if row.shard == target => ended.push((key, already_there(&target))),
            // Its rows there wait to be purged; it is found where it is.
            Some(row) if row.shard != from => {}
            None if request.from.is_none() => ended.push((key, Ended::Failed(unknown(context)?))),
            _ => here.push(key),
        }
    }
    Ok(here)
}

/// Moves that were begun and have not come to their switch, by client.
async fn unfinished(store: Option<&Store>) -> Result<BTreeMap<ClientKey, Known>, Failure> {
    let Some(store) = store else {
        return Ok(BTreeMap::new());
    };
    let filter = MoveFilter {
        client: None,
        status: UNFINISHED.to_vec(),
    };
    let moves = store.moves(&filter).await?;
    Ok(moves.into_iter().map(|known| (known.client.clone(), known)).collect())
}
