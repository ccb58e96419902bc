//! A workbench for one case: an engine on a backend in memory, and a provider that talks to something real.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use stack_backend::MemoryBackend;
use stack_engine::event::{Event, Listener};
use stack_engine::session::Place;
use stack_engine::{Connections, Holder, Plan, Session, Surroundings, Wishes};
use stack_model::{Graph, Map, Urn};
use stack_provider::Provider;
use tokio_util::sync::CancellationToken;

use crate::TestKeys;

/// An engine on a backend in memory, and a provider that talks to something real.
pub struct Bench {
    provider: Arc<dyn Provider>,
    /// Where the state is.
    pub backend: MemoryBackend,
    warnings: Warnings,
}

/// What is wrong, in words.
pub type Complaint = String;

#[derive(Default)]
struct Warnings(Mutex<Vec<String>>);

impl Listener for Warnings {
    fn on(&self, event: Event) {
        if let Event::Warning { message, .. } = event
            && let Ok(mut warnings) = self.0.lock()
        {
            warnings.push(message);
        }
    }
}

/// Real time, and tokens that no other test uses.
struct Real;

fn unique() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    format!(
        "{nanos:x}{:x}{:x}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

impl Surroundings for Real {
    fn token(&self) -> String {
        unique().chars().rev().take(32).collect()
    }
    fn lineage(&self) -> String {
        unique()
    }
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
    fn chance(&self) -> f32 {
        0.0
    }
}

impl Bench {
    /// A bench with nothing on it.
    pub fn new(provider: Arc<dyn Provider>) -> Self {
        Self {
            provider,
            backend: MemoryBackend::new(),
            warnings: Warnings::default(),
        }
    }

    fn place(&self) -> Place<'_> {
        Place {
            backend: &self.backend,
            keys: &TestKeys,
            listener: &self.warnings,
            surroundings: &Real,
            stack: "kit",
            environment: "test",
            accounts: &[],
            version: "0.0.0",
        }
    }

    /// Opens the environment for writing.
    pub async fn open(&self) -> Result<Session<'_>, Complaint> {
        let holder = Holder {
            command: "apply".into(),
            user: "kit".into(),
            host: "here".into(),
            process: 1,
            since: "now".into(),
        };
        let connections = Connections::new([Arc::clone(&self.provider)]);
        Session::write(self.place(), connections, &holder)
            .await
            .map_err(told)
    }

    /// Refreshes and plans.
    pub async fn plan(&self, graph: &Graph) -> Result<Plan, Complaint> {
        let mut session = self.open().await?;
        let graph = session.check(graph.clone(), &Map::new()).map_err(told)?;
        session.refresh(|_| true).await.map_err(told)?;
        session
            .plan(&graph, &Map::new(), &Wishes::default())
            .await
            .map_err(told)
    }

    /// Refreshes, plans and applies. Gives the plan that was applied.
    pub async fn apply(&self, graph: &Graph) -> Result<Plan, Complaint> {
        let mut session = self.open().await?;
        let graph = session.check(graph.clone(), &Map::new()).map_err(told)?;
        session.identify(Some(&graph)).await.map_err(told)?;
        session.refresh(|_| true).await.map_err(told)?;
        let plan = session
            .plan(&graph, &Map::new(), &Wishes::default())
            .await
            .map_err(told)?;
        let report = session
            .apply(
                &plan,
                Some(&graph),
                &Map::new(),
                CancellationToken::new(),
                None,
            )
            .await
            .map_err(told)?;
        match report.failed.first() {
            Some((urn, _, error)) => Err(format!("{urn}: {error}")),
            None => Ok(plan),
        }
    }

    /// Destroys everything.
    pub async fn destroy(&self) -> Result<(), Complaint> {
        let mut session = self.open().await?;
        session.refresh(|_| true).await.map_err(told)?;
        let plan = session.plan_destroy(&Default::default()).map_err(told)?;
        let report = session
            .apply(&plan, None, &Map::new(), CancellationToken::new(), None)
            .await
            .map_err(told)?;
        match report.failed.first() {
            Some((urn, _, error)) => Err(format!("{urn}: {error}")),
            None => Ok(()),
        }
    }

    /// A second plan has to find nothing: no change, no drift, and nothing that the cloud did not take as asked.
    pub async fn settled(&self, graph: &Graph) -> Result<(), Complaint> {
        let plan = self.plan(graph).await?;
        let warnings = self
            .warnings
            .0
            .lock()
            .map(|mut warnings| std::mem::take(&mut *warnings))
            .unwrap_or_default();
        if let Some(warning) = warnings.first() {
            return Err(warning.clone());
        }
        if let Some(change) = plan.changes.first() {
            return Err(format!(
                "a second plan has {:?} of {}: {:?}",
                change.action, change.urn, change.fields
            ));
        }
        match plan.drift.first() {
            Some(drift) => Err(format!(
                "a second plan sees drift of {}: {:?}",
                drift.urn, drift.fields
            )),
            None => Ok(()),
        }
    }

    /// The recorded id of a resource.
    pub async fn id(&self, urn: &Urn) -> Result<String, Complaint> {
        let session = self.open().await?;
        let object = session
            .state()
            .object(urn)
            .ok_or_else(|| format!("{urn} is not recorded"))?;
        Ok(object.id.clone())
    }
}

/// An error and everything beneath it.
pub(super) fn told(error: stack_engine::Error) -> Complaint {
    let mut text = error.to_string();
    let mut beneath: Option<&dyn std::error::Error> = std::error::Error::source(&error);
    while let Some(cause) = beneath {
        text = format!("{text}: {cause}");
        beneath = cause.source();
    }
    text
}
