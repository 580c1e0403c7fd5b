//! What a dry run says of a client that the dispatch store does not let go.

use exodus_fleet::Store;
use exodus_transfer::plan::Check;
use exodus_transfer::{ClientKey, Plan, Problem, Shape};

use crate::exit::Failure;

/// Adds the refusal with which a move of this client would begin, if it would.
pub(crate) async fn judge(store: &Store, client: &ClientKey, plan: &mut Plan, shape: Shape<'_>) -> Result<(), Failure> {
    let Some(refused) = store.would_refuse(client, &plan.source).await? else {
        return Ok(());
    };
    plan.problems.push(Problem {
        check: Check::Dispatch,
        rule: None,
        table: shape.root().name.clone(),
        relation: None,
        rows: None,
        message: refused.to_string(),
        help: refused.next_step().unwrap_or_default(),
        statement: None,
    });
    Ok(())
}
