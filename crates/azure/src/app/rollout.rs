//! Waiting for a container app's newest revision: Azure's own operation ends before the containers run.

use azure_core::http::Method;

use crate::prelude::*;
use stack_provider::Progress;

/// The API version of container apps.
pub(super) const VERSION: &str = "2025-07-01";

/// Waits until the newest revision is ready; a revision that fails is an error with Azure's reason.
pub(super) async fn ready(azure: &Azure, id: &ResourceId, context: &Context) -> Result<()> {
    let what = format!("the newest revision of {}", id.name());
    let look = || async {
        let app = azure.send(Method::Get, id.as_str(), VERSION).await?.body;
        let name = |field: &str| {
            app["properties"][field]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let (latest, ready) = (name("latestRevisionName"), name("latestReadyRevisionName"));
        if latest == ready {
            return Ok(Progress::Done(()));
        }
        let revision = id.child("revisions", &latest);
        let revision = azure
            .send(Method::Get, revision.as_str(), VERSION)
            .await?
            .body;
        let said = |field: &str| revision["properties"][field].as_str().unwrap_or_default();
        let failed = ["provisioningState", "runningState"]
            .iter()
            .any(|field| said(field) == "Failed");
        if !failed {
            return Ok(Progress::Pending(format!(
                "{latest} is {}",
                said("runningState")
            )));
        }
        let reasons = ["provisioningError", "runningStateDetails"].map(said);
        let reasons: Vec<&str> = reasons
            .into_iter()
            .filter(|reason| !reason.is_empty())
            .collect();
        let message = match reasons.as_slice() {
            [] => format!("the revision {latest} failed, and Azure gives no reason"),
            reasons => format!("the revision {latest} failed: {}", reasons.join("; ")),
        };
        Err(Error::new(ErrorKind::Failed, message)
            .operation("Microsoft.App/containerApps/write")
            .hint(format!(
                "look at its logs: `az containerapp logs show --ids {id} --revision {latest}`"
            )))
    };
    context.wait_for(&what, look).await
}
