//! What the flags and the configuration say about references between rows of different clients.

use exodus_schema::Graph;
use exodus_transfer::Policies;
use exodus_transfer::policy::UnknownPolicy;

use crate::config::Configured;
use crate::config::named;
use crate::exit::Failure;

/// The flags.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct References {
    /// What becomes of the client's rows that reference another client's by a relation: 'cars(lent_to)=set-null', or
    /// skip-row, or refuse; goes before the configuration
    #[arg(long, value_name = "RELATION=POLICY")]
    outgoing: Vec<String>,
    /// What becomes of the client's rows that rows of others reference by a relation: 'cars(lent_to)=keep', or refuse;
    /// goes before the configuration
    #[arg(long, value_name = "RELATION=POLICY")]
    incoming: Vec<String>,
    /// The client's rows that rows of others reference stay on the source, too, by whatever relation
    #[arg(long)]
    keep_referenced: bool,
    /// Copy context rows that the target lacks
    #[arg(long)]
    with_context: bool,
}

impl References {
    /// The policies of a move: those of the configuration, and before them those of the flags.
    pub(crate) fn policies(&self, configured: &Configured, graph: &Graph<'_>) -> Result<Policies, Failure> {
        let mut policies = Policies {
            keep_referenced: self.keep_referenced,
            with_context: self.with_context,
            ..configured.policies.clone()
        };
        for text in &self.outgoing {
            policies.outgoing.extend(said(graph, "--outgoing", text, "set-null")?);
        }
        for text in &self.incoming {
            policies.incoming.extend(said(graph, "--incoming", text, "keep")?);
        }
        Ok(policies)
    }
}

/// The relations of `relation=policy`, each with the policy.
fn said<T>(
    graph: &Graph<'_>,
    flag: &str,
    text: &str,
    example: &str,
) -> Result<Vec<(exodus_schema::RelationId, T)>, Failure>
where
    T: std::str::FromStr<Err = UnknownPolicy> + Copy,
{
    // The condition of a declared relation has such a sign, too.
    let Some((relation, policy)) = text.rsplit_once('=') else {
        return Err(Failure::usage(format!("{flag}: `{text}` names no policy"))
            .help(format!("write `{flag} 'table(column)={example}'`")));
    };
    let policy: T = policy
        .trim()
        .parse()
        .map_err(|error| Failure::usage(format!("{flag}: {error}")))?;
    let relations = named::relations(graph, relation.trim()).map_err(|unnamed| {
        let failure = Failure::usage(format!("{flag}: {}", unnamed.problem));
        match unnamed.help {
            Some(help) => failure.help(help),
            None => failure,
        }
    })?;
    Ok(relations.into_iter().map(|id| (id, policy)).collect())
}
