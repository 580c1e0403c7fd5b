//! `exodus demo`: a small monolith, and the move of one of its clients by the commands that everybody uses.

mod cell;
mod place;
mod random;
mod rows;
mod schema;
mod server;
mod story;
mod words;

use std::path::PathBuf;

use exodus_engine::{Access, Checks, Connection};

use self::cell::Rows;
use self::place::{DATABASES, Place};
use self::rows::{CarRental, car_rental};
use self::schema::Part;
use self::server::Server;
use self::story::{Story, typed};
use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::output;
use crate::text::{Table, grouped};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to build it: a directory that is empty or not there yet. By
    /// default a new one among the temporary files. It stays there afterwards
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Build it on a server instead (postgres://…, mysql://…, mariadb://…), in
    /// the databases exodus_demo_monolith and exodus_demo_shard1 to 3
    #[arg(long, value_name = "URL", env = "EXODUS_DEMO_ON", hide_env_values = true)]
    on: Option<String>,
    /// Call the databases exodus_demo_NAME_monolith and so on, so that several
    /// demos can be on one server
    #[arg(long, requires = "on")]
    name: Option<String>,
    /// Remove what an earlier demo left in the same place, and build it anew
    #[arg(long)]
    replace: bool,
    /// Only remove the demo's databases from the server
    #[arg(long, requires = "on", conflicts_with_all = ["dir", "replace"])]
    drop: bool,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    if context.json() {
        return Err(Failure::usage("the demo is made for people, and has no JSON")
            .help("leave out --format json; each command that the demo shows has it"));
    }
    let server = match &args.on {
        Some(url) => Some(Server::find(context, url, args.name.as_deref()).await?),
        None => None,
    };
    match server {
        Some(server) if args.drop => drop_databases(context, &server).await,
        server => {
            let place = Place::make(args.dir.as_deref(), server, args.replace).await?;
            tell(context, &place).await
        }
    }
}

async fn drop_databases(context: &Context, server: &Server) -> Result<Code, Failure> {
    let dropped = server.drop_databases().await?;
    context.print(&match dropped.as_slice() {
        [] => format!("{} has no database of a demo.\n", server.host()),
        dropped => format!("Dropped on {}: {}.\n", server.host(), dropped.join(", ")),
    })?;
    Ok(Code::Ok)
}

async fn tell(context: &Context, place: &Place) -> Result<Code, Failure> {
    let story = Story::begin(context, place)?;
    let told = chapters(&story, place).await;
    if told.is_err() {
        output::note(&format!("What there is so far is left in {}.", place.whereabouts()));
    }
    told.map(|()| Code::Ok)
}

async fn chapters(story: &Story<'_>, place: &Place) -> Result<(), Failure> {
    let data = car_rental();
    introduce(story, place, &data)?;
    build(story, place, &data).await?;
    story.comment("From here on, everything is what you could have typed.")?;
    story.show(&format!("cd {}", typed(&place.directory)))?;
    for (comment, command) in STEPS {
        story.step(comment, command).await?;
    }
    count(story, place, &data).await?;
    go_on(story, place)
}

/// What is run, and why.
const STEPS: &[(&str, &[&str])] = &[
    (
        "Which tables hold clients' rows, which give them meaning, which do neither?",
        &["classify", "--from", "monolith"],
    ),
    (
        "The dispatch store knows where each client is: so far all on the monolith.",
        &["dispatch", "init", "--enrol-from", "monolith"],
    ),
    (
        "What would a move of client 42 do? This only reads.",
        &["move", "--client", "42", "--to", "shard3", "--dry-run"],
    ),
    (
        "Do it: freeze the client, copy, prove both sides equal, switch the dispatch.",
        &["move", "--client", "42", "--to", "shard3"],
    ),
    (
        "The application would now be sent to the shard.",
        &["dispatch", "show", "--client", "42"],
    ),
    (
        "The monolith still has the rows. Prove them equal once more, and remove them.",
        &["purge", "1", "--yes"],
    ),
    ("All that happened, step by step.", &["moves", "show", "1"]),
];

fn introduce(story: &Story<'_>, place: &Place, data: &CarRental) -> Result<(), Failure> {
    let number = |table: &str| {
        let rows = data.clients.iter().find(|rows| rows.table == table);
        grouped(rows.map_or(0, |rows| rows.values.len() as u64))
    };
    let (clients, rentals, tracks) = (number("clients"), number("rentals"), number("tracks"));
    let mut table = Table::new(["database", "what is in it"]);
    for (database, what) in DATABASES.into_iter().zip([
        format!("{clients} clients, {rentals} rentals, {tracks} GPS points"),
        "the same tables, the same cities and cars, no clients".to_owned(),
        "likewise".to_owned(),
        "likewise; client 42 is to live here".to_owned(),
    ]) {
        table.row([place.label(database), what]);
    }
    let on = match &place.server {
        Some(server) => format!("Made on {} ({}). ", server.host(), server.product),
        None => String::new(),
    };
    let directory = place.directory.display();
    story.say(&format!(
        "A car rental has outgrown its one database.\n\n{table}\n{on}The configuration is in\n{directory}\n"
    ))
}

/// Makes all databases.
async fn build(story: &Story<'_>, place: &Place, data: &CarRental) -> Result<(), Failure> {
    for database in DATABASES {
        let (part, rows): (_, Vec<&Rows>) = match database {
            "monolith" => (
                Part::Monolith,
                data.context.iter().chain(&data.clients).chain(&data.neutral).collect(),
            ),
            _ => (Part::Shard, data.context.iter().collect()),
        };
        let mut connection = place.connect(database).await?;
        schema::create(&mut *connection, part).await?;
        connection.begin(Access::Write, Checks::Enforced).await?;
        for rows in &rows {
            rows.insert(&mut *connection).await?;
            story.check()?;
        }
        schema::advance_generators(&mut *connection, &rows).await?;
        connection.commit().await?;
    }
    Ok(())
}

/// Counts all rows by other means than the commands, and compares.
async fn count(story: &Story<'_>, place: &Place, data: &CarRental) -> Result<(), Failure> {
    story.comment("The demo's own count of what is where now:")?;
    let [clients, rentals, tracks] = &data.clients;
    let mut sums = [0; 3];
    let mut table = Table::new(["database", clients.table, rentals.table, tracks.table]);
    for database in DATABASES {
        let mut connection = place.connect(database).await?;
        let mut numbers = [0; 3];
        for (at, rows) in data.clients.iter().enumerate() {
            numbers[at] = count_rows(&mut *connection, rows.table).await?;
            sums[at] += numbers[at];
        }
        let [clients, rentals, tracks] = numbers.map(grouped);
        table.row([place.label(database), clients, rentals, tracks]);
    }
    story.say(&table.to_string())?;
    if sums == [clients, rentals, tracks].map(|rows| rows.values.len() as u64) {
        return Ok(());
    }
    let failure = Failure::new(Code::Mismatch, "rows were lost or doubled: this is a fault of exodus");
    Err(failure.help("please report it, with what is left"))
}

async fn count_rows(connection: &mut dyn Connection, table: &str) -> Result<u64, Failure> {
    let sql = format!("SELECT count(*) FROM {}", connection.dialect().quote(table));
    let answer = connection.query(&sql).await?.into_iter().flatten().flatten().next();
    Ok(answer.and_then(|number| number.parse().ok()).unwrap_or(0))
}

fn go_on(story: &Story<'_>, place: &Place) -> Result<(), Failure> {
    story.comment("Nothing lost, nothing doubled. Go on from here:")?;
    if let Some((variable, _)) = place.server.as_ref().and_then(Server::password) {
        story.say(&format!("  export {variable}=…    # the server's password\n"))?;
    }
    story.say(&format!(
        "  cd {}\n  alias exodus={}\n  exodus move --client 7 --to shard1 --dry-run\n  \
         exodus move --client 42 --to monolith\n  exodus schema --from shard3\n",
        typed(&place.directory),
        typed(story.program())
    ))?;
    if place.server.is_some() {
        story.say("  exodus demo --on URL --drop    # removes the four databases\n")?;
    }
    Ok(())
}
