//! The plan of a move, made once more when nobody writes to the client any more.

use exodus_engine::Session;

use super::Move;
use crate::error::{Error, Result};
use crate::plan::{self, Plan, Request, Rules};
use crate::shape::Rows;
use crate::{changed, create, fence};

impl Move<'_> {
    /// The plan, once nobody else is giving the target the same context rows: those that came first are waited for.
    pub(super) async fn plan_with_context(
        &self,
        source: &mut Session,
        target: &mut Session,
        there: &Rows<'_>,
    ) -> Result<Plan> {
        let mut claimed = false;
        loop {
            let plan = self.plan(source, target).await?;
            if plan.context.is_empty() {
                return Ok(plan);
            }
            if let Some(claim) = target.dialect().claim("exodus: context rows").filter(|_| !claimed) {
                target.query(&claim).await?;
            } else if plan.context.wait(target, there).await? == 0 {
                return Ok(plan);
            }
            claimed = true;
        }
    }

    async fn plan(&self, source: &mut Session, target: &mut Session) -> Result<Plan> {
        let request = Request {
            // What can only warn was told before the freeze.
            rules: Rules {
                thorough: false,
                ..self.request.rules
            },
            // They are there by now.
            creating: None,
            ..self.request
        };
        let made = self.request.creating.map_or(&[][..], create::Tables::names);
        let (here, there) = (self.request.shape, self.request.there);
        changed::refuse(source, (here, here.graph.schema()), &[]).await?;
        changed::refuse(target, (there, self.request.target_schema), made).await?;
        let mut plan = plan::plan(source, target, request).await?;
        if self.freezing.locks {
            fence::judge(source, &request, &mut plan).await?;
        }
        if plan.problems.is_empty() {
            Ok(plan)
        } else {
            Err(Error::Refused(plan.problems))
        }
    }
}
