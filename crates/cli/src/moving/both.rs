//! Both databases of a move that was written down, as they are now.

use exodus_engine::Session;
use exodus_schema::{Graph, Schema};
use exodus_transfer::{Shape, There};

use crate::config::Configured;
use crate::context::Context;
use crate::exit::Failure;
use crate::moving::Classified;

/// Their schemas.
pub(crate) struct Schemas {
    /// The source's.
    pub(crate) configured: Configured,
    /// The source's tables with the names and columns of the target.
    there: There,
    /// The target's own.
    pub(crate) target: Schema,
}

impl Schemas {
    /// Reads them.
    pub(crate) async fn read(context: &Context, source: &mut Session, target: &mut Session) -> Result<Self, Failure> {
        let configured = context.schema_of(source).await?;
        let target = context.schema_of(target).await?.schema;
        let there = There::of(&configured.schema, &target);
        Ok(Self {
            configured,
            there,
            target,
        })
    }

    /// The graphs of source and target, place by place.
    pub(crate) fn graphs(&self) -> (Graph<'_>, Graph<'_>) {
        (Graph::new(&self.configured.schema), Graph::new(self.there.schema()))
    }
}

impl Classified {
    /// The client tables on source and target.
    pub(crate) fn shapes<'s>(&'s self, here: &'s Graph<'s>, there: &'s Graph<'s>) -> (Shape<'s>, Shape<'s>) {
        let shape = Shape {
            graph: here,
            tree: &self.classification.tree,
            root_key: &self.root_key,
        };
        (shape, Shape { graph: there, ..shape })
    }
}
