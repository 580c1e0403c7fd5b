//! `exodus audit`: the hazards in the light of the data.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use exodus_audit::client::{Tie, TieKind};
use exodus_audit::{End, Judged, Options, Outcome, Subject, told, words};
use exodus_classify::question::{Answer, Question};
use exodus_classify::report::Section;
use exodus_classify::{Class, Classification, Filter, Findings, Hazard, Scope, rules};
use exodus_engine::{Canceller, ConnectOptions, Connection, Owner, Session};
use exodus_schema::{Graph, Schema};
use exodus_transfer::{ClientKey, Rows, Shape};
use serde_json::{Map, Value, json};

use super::classify::{classified, no_root, source};
use crate::config::Config;
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::findings::{self, FindingArgs, Found};
use crate::moving::stoppable;
use crate::progress::Show;
use crate::text::{count, grouped};

/// How long cancelling a statement on a server may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Its flags.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Only reads, inside one snapshot. Exit codes: 0 clean, 1 hazards at or above --fail-on, or something \
                  is accepted that is gone, 2 wrong usage or configuration, or no root table, 3 the database failed, \
                  130 interrupted."
)]
pub(crate) struct Args {
    /// The database to read: a name from exodus.toml, a URL or a path
    #[arg(long, value_name = "DB")]
    from: Option<String>,
    /// The table whose rows are the clients; without one, the likely ones are listed
    #[arg(long, value_name = "TABLE")]
    root: Option<String>,
    /// Look only at what matters for moving this client
    #[arg(long, value_name = "KEY", allow_hyphen_values = true)]
    client: Option<String>,
    /// Look which unique values are taken on this database
    #[arg(long, value_name = "DB")]
    against: Option<String>,
    /// Read about so many percent of the rows of huge tables; the report says so
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    sample: Option<f64>,
    /// Stop asking after so many seconds; what was not answered is listed
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    max_seconds: Option<u64>,
    /// Sessions that read at the same time, where the server lets them share a
    /// snapshot (PostgreSQL)
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
    /// Show keys of some of the rows that are found
    #[arg(long)]
    show_keys: bool,
    #[command(flatten)]
    findings: FindingArgs,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse::<f64>() {
        Ok(number) if number > 0.0 && number < 100.0 => Ok(number),
        _ => Err("a percentage is a number between 0 and 100".to_owned()),
    }
}

const READ_ONLY: ConnectOptions = ConnectOptions {
    read_only: true,
    create: false,
};

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let start = Instant::now();
    let name = source(context, args.from.as_deref())?;
    let mut first = context.connect(&name, READ_ONLY).await?;
    let configured = context
        .schema_with(first.as_mut(), args.findings.assume.assume_inferred)
        .await?;
    let graph = Graph::new(&configured.schema);
    let Some(root) = context.root(&graph, args.root.as_deref())? else {
        return no_root(context, &graph);
    };
    let classes = classified(&graph, root, &configured)?;
    let root_key = context.root_key(&graph, root)?;
    let subject = Subject {
        graph: &graph,
        classes: &classes,
        root_key: &root_key,
    };
    let options = Options {
        client: one_client(&subject, first.as_mut(), args.client.as_deref()).await?,
        sample: args.sample,
        limit: args.max_seconds.map(Duration::from_secs),
        show_keys: args.show_keys,
        ..Options::default()
    };
    let asking = rules::Context {
        graph: &graph,
        classes: &classes,
    };
    let other = other_end(context, args.against.as_deref()).await?;
    let questions = questions(&asking, other.is_some());
    let mut more = vec![];
    if first.dialect().shares_snapshots() {
        for _ in 0..args.jobs {
            more.push(context.connect(&name, READ_ONLY).await?);
        }
    }
    let (connection, schema) = other.unzip();
    let against = connection
        .zip(schema.as_ref())
        .map(|(connection, schema)| End { connection, schema });
    let mut outcome = answers(context, (first, more, against), &subject, &questions, &options).await?;
    for (question, told) in schema
        .iter()
        .flat_map(|there| exodus_audit::target::answers(&subject, there))
    {
        outcome.answers.insert(question, told);
    }
    let told = told(&subject, rules::judge(&asking, &outcome.answers), &outcome.ties);
    let (hazards, untold) = untold(context, &graph, &told, &outcome);
    let whole = args.client.is_none() && outcome.unanswered.is_empty() && args.sample.is_none();
    let found = Found {
        command: "audit",
        graph: &graph,
        classes: &classes,
        hazards: &hazards,
        inferred: &configured.inferred,
        scope: if whole { Scope::Data } else { Scope::Part },
        file: None,
        lines: exodus_schema::ddl::Lines::default(),
        tables: false,
        sections: sections(&graph, &classes, &outcome, &untold),
        more: more_json(&graph, &classes, &outcome, start.elapsed(), &told),
    };
    let code = findings::conclude(context, &args.findings, found, None)?;
    Ok(match code {
        Code::Ok if !untold.is_empty() => args.findings.code_of_errors(),
        code => code,
    })
}

/// The findings, and what ties the one client to others without being told by one of them that stands. Ties keep it from
/// being moved whatever anybody accepts.
fn untold(context: &Context, graph: &Graph<'_>, told: &[Judged], outcome: &Outcome) -> (Vec<Hazard>, Vec<Tie>) {
    let hazards: Vec<Hazard> = told.iter().map(|judged| judged.hazard.clone()).collect();
    if outcome.ties.is_empty() {
        return (hazards, vec![]);
    }
    let accepts = context.config.as_ref().map_or(vec![], Config::accepts);
    let findings = Findings::new(graph, &hazards, &accepts, &Filter::default(), Scope::Part);
    let standing = findings
        .all
        .iter()
        .zip(told)
        .filter(|(finding, _)| finding.accepted.is_none());
    let told: Vec<Tie> = standing.flat_map(|(_, judged)| judged.ties.iter().copied()).collect();
    let untold = outcome.ties.iter().copied().filter(|tie| !told.contains(tie)).collect();
    (hazards, untold)
}

/// What the rules ask, and the owners of every client table's rows.
fn questions(asking: &rules::Context<'_>, against: bool) -> Vec<Question> {
    let mut questions: BTreeSet<Question> = rules::questions(asking).into_iter().collect();
    let members = asking.classes.tree.members().iter();
    questions.extend(members.map(|member| Question::Owners(member.table)));
    // Nobody misses an answer that only another database could give.
    questions.retain(|question| match question {
        Question::Collisions(..) => against,
        // Both schemas are known by then.
        Question::Target(_) => false,
        _ => true,
    });
    questions.into_iter().collect()
}

/// The client's key as the database takes it, after a look whether there is such a client.
async fn one_client(
    subject: &Subject<'_>,
    connection: &mut Session,
    key: Option<&str>,
) -> Result<Option<Owner>, Failure> {
    let Some(key) = key else { return Ok(None) };
    let key: ClientKey = key
        .parse()
        .map_err(|error: exodus_transfer::ParseKeyError| Failure::usage(format!("--client: {error}")))?;
    let shape = Shape {
        graph: subject.graph,
        tree: &subject.classes.tree,
        root_key: subject.root_key,
    };
    let rows = Rows::of(shape, connection.dialect(), &key)?;
    rows.find_client(connection).await?;
    Ok(Some(rows.owner().clone()))
}

/// The other database's connection and schema.
async fn other_end(context: &Context, name: Option<&str>) -> Result<Option<(Box<dyn Connection>, Schema)>, Failure> {
    let Some(name) = name else { return Ok(None) };
    let mut connection = context.connect(name, READ_ONLY).await?;
    let schema = context.schema_of(connection.as_mut()).await?.schema;
    Ok(Some((connection, schema)))
}

/// The connections of an audit: the first, those that share its snapshot, and the database to compare with.
type Ends<'a> = (Box<dyn Connection>, Vec<Box<dyn Connection>>, Option<End<'a>>);

/// Asks, unless somebody interrupts; then what runs on the servers is cancelled.
async fn answers(
    context: &Context,
    (first, more, against): Ends<'_>,
    subject: &Subject<'_>,
    questions: &[Question],
    options: &Options,
) -> Result<Outcome, Failure> {
    let all = more.iter().map(|connection| connection.canceller());
    let mut cancellers: Vec<Canceller> = all.collect();
    cancellers.push(first.canceller());
    cancellers.extend(against.as_ref().map(|end| end.connection.canceller()));
    let cancel = stoppable(context);
    let show = Show::new(context.global.quiet || context.json());
    let asking = exodus_audit::run(first, more, against, subject, questions, options, &show);
    tokio::select! {
        biased;
        () = cancel.cancelled() => {
            for stop in cancellers {
                // A server that doesn't answer now won't go on for long either: its client is gone.
                drop(tokio::time::timeout(PATIENCE, stop()).await);
            }
            Err(exodus_transfer::Error::Interrupted.into())
        }
        outcome = asking => outcome.map_err(|error| match error {
            exodus_audit::Error::Database(error) => error.into(),
            error @ exodus_audit::Error::Internal(_) => Failure::runtime(error.to_string()),
        }),
    }
}

impl exodus_audit::Progress for Show {
    fn begins(&self, what: &str, done: usize, all: usize) {
        self.working(what, done, all);
    }

    fn ended(&self, timing: &exodus_audit::Timing) {
        self.worked(&timing.what, timing.took);
    }
}

/// Rows of a table by the number of their owners.
fn owners(outcome: &Outcome, table: exodus_schema::TableId) -> Option<([u64; 3], bool)> {
    let told = outcome.answers.get(&Question::Owners(table))?;
    match told.answer {
        Answer::Owners { none, one, many } => Some(([none, one, many], told.sampled)),
        _ => None,
    }
}

fn sections(graph: &Graph<'_>, classes: &Classification, outcome: &Outcome, untold: &[Tie]) -> Vec<Section> {
    let mut sections = vec![];
    if !untold.is_empty() {
        let line = |tie: &Tie| format!("{} To mend it: {}.", tie.sentence(graph), tie.help());
        sections.push(Section {
            title: "What keeps this client from being moved".to_owned(),
            lines: untold.iter().map(line).collect(),
        });
    }
    let (mut clear, mut rows, mut lines) = (0, 0, vec![]);
    for class in classes.of_class(Class::Client) {
        let Some(([none, one, many], sampled)) = owners(outcome, class.table) else {
            continue;
        };
        rows += none + one + many;
        if none + many == 0 {
            clear += 1;
            continue;
        }
        lines.push(format!(
            "{}: {} of one client, {} of nobody, {} of several clients{}",
            graph.table(class.table).name,
            count(one, "row"),
            grouped(none),
            grouped(many),
            if sampled { " (sampled)" } else { "" },
        ));
    }
    let clear = count(clear, "client table");
    let rest = if lines.is_empty() { "" } else { "; the others:" };
    lines.insert(
        0,
        format!(
            "{} looked at. Every row of {clear} has exactly one owner{rest}",
            count(rows, "row")
        ),
    );
    sections.push(Section {
        title: "Owners".to_owned(),
        lines,
    });
    let unanswered = unanswered(graph, outcome);
    if !unanswered.is_empty() {
        let lines = unanswered.iter();
        sections.push(Section {
            title: format!("Questions without an answer ({})", unanswered.len()),
            lines: lines
                .map(|(question, reason)| format!("{question}: {reason}"))
                .collect(),
        });
    }
    if outcome.snapshots > 1 {
        sections.push(Section {
            title: String::new(),
            lines: vec![format!(
                "After a failed statement a new snapshot had to be taken ({} in all): the counts are of slightly different moments.",
                outcome.snapshots
            )],
        });
    }
    sections
}

/// What was asked in vain, in words, with the reason.
fn unanswered<'o>(graph: &Graph<'_>, outcome: &'o Outcome) -> Vec<(String, &'o str)> {
    let questions = outcome.unanswered.iter();
    let questions = questions.map(|one| (words(graph, &one.question), one.reason.as_str()));
    let untied = outcome.untied.iter();
    let untied = untied.map(|(relation, reason)| {
        let what = format!("rows of several clients by {}", graph.describe(*relation));
        (what, reason.as_str())
    });
    questions.chain(untied).collect()
}

/// What JSON has besides the findings.
fn more_json(
    graph: &Graph<'_>,
    classes: &Classification,
    outcome: &Outcome,
    took: Duration,
    told: &[Judged],
) -> Map<String, Value> {
    let tables = classes.of_class(Class::Client).into_iter().filter_map(|class| {
        let ([none, one, many], sampled) = owners(outcome, class.table)?;
        let name = &graph.table(class.table).name;
        Some(json!({"table": name, "none": none, "one": one, "many": many, "sampled": sampled}))
    });
    let unanswered = unanswered(graph, outcome).into_iter();
    let unanswered = unanswered.map(|(question, reason)| json!({"question": question, "reason": reason}));
    let ties = outcome.ties.iter().map(|tie| {
        let by = told.iter().find(|judged| judged.ties.contains(tie));
        let relation = graph.describe(tie.relation);
        json!({"relation": relation, "kind": kind(tie.kind), "rows": tie.rows, "rule": by.map(|by| by.hazard.rule)})
    });
    let steps = outcome
        .timings
        .iter()
        .map(|step| json!({"step": step.what, "seconds": step.took.as_secs_f64(), "rows_read": step.rows}));
    let audit = json!({
        "owners": tables.collect::<Vec<_>>(),
        "unanswered": unanswered.collect::<Vec<_>>(),
        "ties": ties.collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
        "snapshots": outcome.snapshots,
        "seconds": took.as_secs_f64(),
    });
    Map::from_iter([("audit".to_owned(), audit)])
}

/// What programs read.
fn kind(kind: TieKind) -> &'static str {
    match kind {
        TieKind::Shared => "shared",
        TieKind::Others => "others",
        TieKind::Dangling => "dangling",
        TieKind::Incoming => "incoming",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages() {
        assert_eq!(percent("5"), Ok(5.0));
        assert_eq!(percent(" 0.5 %"), Ok(0.5));
        for text in ["0", "100", "-1", "x", "NaN", ""] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}
