//! `exodus abort`

use exodus_engine::ConnectOptions;
use exodus_schema::Graph;
use exodus_transfer::create::Removed;
use exodus_transfer::{Rows, Shape, Status, There};
use serde_json::json;

use crate::context::Context;
use crate::exit::{Code, Failure};
use crate::moving::{classified, confirmed, creating};
use crate::text::{count, wrap};

/// Its flags.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The move to give up; `exodus moves` lists them
    id: i64,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
}

/// Runs it.
pub(crate) async fn run(context: &Context, args: &Args) -> Result<Code, Failure> {
    let store = context.store().await?;
    let it = store.get_move(args.id).await?;
    if !it.status.may_be_aborted() {
        let help = match it.status {
            Status::Aborted => "nothing is left to do",
            _ => "the client lives on the target now; to bring it back, move it back",
        };
        return Err(Failure::usage(format!("move {} is {} and can't be given up", it.id, it.status)).help(help));
    }
    let question = format!(
        "Give up move {} and remove what it wrote of client {} to {}?",
        it.id, it.client, it.target
    );
    confirmed(context, args.yes, &question)?;
    let mut source = context
        .connect(
            &it.source,
            ConnectOptions {
                read_only: true,
                ..ConnectOptions::default()
            },
        )
        .await?;
    let configured = context.schema_of(&mut *source).await?;
    let graph = Graph::new(&configured.schema);
    let classified = classified(context, &configured, &graph, it.options["root"].as_str())?;
    let shape = Shape {
        graph: &graph,
        tree: &classified.classification.tree,
        root_key: &classified.root_key,
    };
    // What is removed from the target must still be on the source.
    Rows::of(shape, source.dialect(), &it.client)?
        .find_client(&mut *source)
        .await?;
    let made = creating::made(&it.options)?;
    let flags = creating::Creating {
        create_tables: !made.is_empty(),
        show_statements: false,
    };
    let connected = creating::connect(context, &it.target, &flags, false).await?;
    // It is dropped after the session: a file that stays empty goes.
    let (mut file, mut target) = (connected.file, connected.connection);
    if it.options["made_file"] == true {
        file.was_made(context, &it.target)?;
    }
    let named_there = There::of(&configured.schema, &creating::read(context, &mut *target).await?);
    let graph_there = Graph::new(named_there.schema());
    let there = Shape {
        graph: &graph_there,
        ..shape
    };
    let there = Rows::of(there, target.dialect(), &it.client)?;
    let mut journal = store.open_move(it.id).await?;
    let (removed, tables) = exodus_fleet::abort(&mut journal, &mut *target, &there, &made).await?;
    if context.json() {
        context.print_json(&json!({ "version": 1, "abort": { "id": it.id, "rows_removed": removed, "tables_removed": tables.tables } }))?;
    } else {
        let text = format!(
            "Move {}: given up; {} removed from {}, client {} is active on {}.",
            it.id,
            count(removed, "row"),
            it.target,
            it.client,
            it.source
        );
        context.print(&wrap(&(text + &tables_text(&tables)), 2))?;
    }
    Ok(Code::Ok)
}

/// What became of tables that the move had made.
fn tables_text(tables: &Removed) -> String {
    let others = match tables.of_others as u64 {
        0 => String::new(),
        others => format!(
            " {} of names that it was to make there stay: somebody else has made them since.",
            count(others, "table")
        ),
    };
    let ours = match (tables.tables as u64, tables.kept as u64) {
        (0, 0) => String::new(),
        (0, kept) => format!(
            " {} that it had made stay there: rows have come into them since.",
            count(kept, "table")
        ),
        (removed, _) => format!(" {} that it had made were removed, too.", count(removed, "empty table")),
    };
    ours + &others
}
