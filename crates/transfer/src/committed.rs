//! What a move that died has committed on its target.

use exodus_engine::{Access, Checks, Session};

use crate::error::Result;
use crate::shape::Rows;
use crate::streams::Claimed;

/// Whether the client's root row is on the target. Whoever is about to commit it is waited for. `target` is outside any
/// transaction, and is left so.
pub async fn is_there(target: &mut Session, rows: &Rows<'_>) -> Result<bool> {
    target.begin(Access::Write, Checks::Enforced).await?;
    let mut claimed = Claimed::default();
    let looked = async {
        claimed = Claimed::by_undoer(target, rows).await?;
        let root = rows.shape.tree.root();
        target.lock(&rows.select(root, vec![])).await?;
        Ok(rows.count(target, root).await? > 0)
    }
    .await;
    let ended = target.rollback().await;
    claimed.release(target).await;
    ended?;
    looked
}
