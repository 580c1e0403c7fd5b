//! What whoever uses the store has to be allowed.

use exodus_engine::{Error, ErrorKind, Needed, Use};

use super::ddl::{self, CLIENTS, EVENTS, MARKER, MOVES};
use super::{How, Result, Store};

const USES: [(&str, &[Use]); 4] = [
    (MARKER, &[Use::Read, Use::Set]),
    (CLIENTS, &[Use::Read, Use::Set]),
    (MOVES, &[Use::Read, Use::Write, Use::Set]),
    (EVENTS, &[Use::Read, Use::Write]),
];

impl Store {
    /// Fails if the store's user may not write down what happens to a client: a move would find out when the client is
    /// frozen, and could not even say so.
    pub async fn may_be_written(&self) -> Result<()> {
        self.run(How::Reading, |session| {
            Box::pin(async move {
                let dialect = session.dialect();
                let needed = USES.map(|(name, uses)| Needed {
                    table: ddl::named(dialect, name),
                    uses: uses.to_vec(),
                    set: vec![],
                });
                let lacking = session.connection.lacking(&needed).await?;
                if lacking.is_empty() {
                    return Ok(());
                }
                let lacks = lacking.iter().map(|one| format!("{} on {}", one.what, one.table.name));
                let error = Error::new(
                    ErrorKind::Privilege,
                    session.connection.name(),
                    "asking what may be done with the dispatch store",
                )
                .because(format!("this user lacks {}", lacks.collect::<Vec<_>>().join("; ")));
                let grants: Vec<_> = lacking.iter().map(|one| one.grant.as_str()).collect();
                Err(error.help(grants.join("; ")).into())
            })
        })
        .await
    }
}
