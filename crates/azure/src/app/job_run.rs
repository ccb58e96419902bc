//! `azure:app:JobRun`: one run of a job, which has to succeed.

use stack::resource::*;

/// One run of a job, which has to succeed before what depends on it goes on: a migration of the database, say. It runs
/// when it is first declared, and again when any of its inputs changes.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:app:JobRun", effect, create = "60m", update = "60m")]
pub struct JobRun {
    /// The id of the job.
    #[input(required, case_insensitive)]
    pub job_id: String,
    /// What makes it run again when it changes: the image, say.
    #[input]
    pub triggers: BTreeMap<String, String>,
    /// The name of the execution.
    #[output(volatile, generated)]
    pub execution_name: String,
}

#[cfg(feature = "provider")]
mod handler {
    use azure_core::http::Method;
    use stack_provider::{Effect, Progress};

    use super::*;
    use crate::arm::actions::waiting;
    use crate::client::Call;
    use crate::prelude::*;

    const VERSION: &str = "2025-07-01";
    const START: &str = "Microsoft.App/jobs/start/action";

    impl Effect for JobRun {
        type Client = Azure;

        fn actions() -> Actions {
            Actions::none()
                // Azure calls what a job has done `execution` in some places and `executions` in others.
                .to_set([START, "Microsoft.App/jobs/*/read"])
                .implying(
                    waiting(START)
                        .into_iter()
                        .map(|action| Implied::by(Verb::Create, action)),
                )
        }

        async fn run(
            azure: &Azure,
            inputs: &JobRunInputs,
            context: &Context,
        ) -> Result<(String, Self)> {
            let job = ResourceId::parse(&inputs.job_id)?;
            let start = format!("{job}/start");
            let answer = azure.call(Call::new(Method::Post, &start, VERSION)).await?;
            let name = started(azure, answer, &job, context).await?;
            let execution = job.child("executions", &name);
            context.accepted(execution.as_str()).await?;
            succeeded(azure, &job, &execution, context).await?;
            let run = JobRun {
                job_id: inputs.job_id.clone(),
                triggers: inputs.triggers.clone(),
                execution_name: name,
            };
            Ok((execution.as_str().to_owned(), run))
        }
    }

    /// The name of the execution that a start began: in its answer, or in that of its operation.
    async fn started(
        azure: &Azure,
        answer: crate::client::Answer,
        job: &ResourceId,
        context: &Context,
    ) -> Result<String> {
        let name = |body: &Json| body["name"].as_str().map(str::to_owned);
        if let Some(name) = name(&answer.body) {
            return Ok(name);
        }
        let unnamed = || {
            Error::new(ErrorKind::Other, "the answer does not name the execution").operation(START)
        };
        let address = answer.header("location").ok_or_else(unnamed)?;
        let look = || async {
            let answer = azure.poll(address, START).await?;
            match answer.status {
                202 => Ok(Progress::Pending("starting".to_owned())),
                _ => name(&answer.body).map(Progress::Done).ok_or_else(unnamed),
            }
        };
        context
            .wait_for(&format!("the start of {}", job.name()), look)
            .await
    }

    async fn succeeded(
        azure: &Azure,
        job: &ResourceId,
        execution: &ResourceId,
        context: &Context,
    ) -> Result<()> {
        let name = execution.name();
        let look = || async {
            let answer = azure.send(Method::Get, execution.as_str(), VERSION).await?;
            let status = answer.body["properties"]["status"]
                .as_str()
                .or(answer.body["status"].as_str())
                .unwrap_or("Unknown");
            match status {
                "Succeeded" => Ok(Progress::Done(())),
                "Failed" | "Stopped" | "Degraded" => {
                    let message = format!("the execution {name} ended as {status}");
                    Err(Error::new(ErrorKind::Failed, message)
                        .operation(START)
                        .hint(format!(
                            "look at its logs: `az containerapp job logs show --ids {job} --execution {name} --container NAME`"
                        )))
                }
                status => Ok(Progress::Pending(status.to_lowercase())),
            }
        };
        context
            .wait_for(&format!("the execution {name}"), look)
            .await
    }
}
