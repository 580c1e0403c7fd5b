//! How the client's rows are found, for people.

use exodus_engine::Session;
use exodus_transfer::explain::{ExplainedTable, explain};
use exodus_transfer::{ClientKey, Plan, Shape};

use crate::exit::Failure;
use crate::text::item;

/// The flag.
#[derive(Debug, clap::Args)]
pub(crate) struct Explaining {
    /// With --dry-run: tell how the source would find the rows of each table, and where an index is missing
    #[arg(long, requires_all = ["dry_run", "client"])]
    explain: bool,
}

impl Explaining {
    /// How the rows are found, if that was asked for.
    pub(crate) async fn ask(
        &self,
        source: &mut Session,
        shape: Shape<'_>,
        client: &ClientKey,
        plan: &Plan,
    ) -> Result<Option<Vec<ExplainedTable>>, Failure> {
        if !self.explain {
            return Ok(None);
        }
        Ok(Some(explain(source, shape, client, plan).await?))
    }
}

/// Each table's plan, and under it what is wrong with it. The lines are the server's, and as long as it makes them.
pub(crate) fn explained_text(tables: &[ExplainedTable]) -> String {
    let mut text = "\nHow the rows are found\n".to_owned();
    for table in tables {
        let how = if table.key_list { " (by a list of keys)" } else { "" };
        text.push_str(&item("  ", &format!("{}{how}", table.table), 4));
        for line in &table.plan {
            text.push_str("    ");
            text.push_str(line);
            text.push('\n');
        }
        if let Some(warning) = &table.warning {
            text.push_str(&item("  ! ", warning, 4));
        }
    }
    text
}
