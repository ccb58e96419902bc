//! How much of what runs.

use stack::prelude::*;

/// The SaaS: an API service, a web app and a billing worker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// The API service.
    pub api: Service,
    /// The web app.
    pub web: Service,
    /// The billing worker.
    pub worker: Worker,
    /// What the migration runs in the API's image before a new version of the API rolls out.
    pub migrate: Vec<String>,
}

/// A service that answers HTTP.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// The image; the stack's own registry and `latest` when it is not set.
    #[serde(default)]
    pub image: Option<String>,
    /// How many run at least.
    pub replicas: i32,
    /// How many run at most; autoscaling is off when it is not set.
    #[serde(default)]
    pub max_replicas: Option<i32>,
    /// Processor time of each, in units of 1/1024 of a core.
    pub cpu: u32,
    /// Memory of each, in MiB.
    pub memory: u32,
    /// The port that it listens on.
    pub port: i32,
    /// The path that answers 200 when it is well.
    pub health_path: String,
}

/// The billing worker.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// Where it runs.
    pub placement: Placement,
    /// Processor time, in units of 1/1024 of a core, where it is a service of its own.
    #[serde(default = "Worker::default_cpu")]
    pub cpu: u32,
    /// Memory in MiB, where it is a service of its own.
    #[serde(default = "Worker::default_memory")]
    pub memory: u32,
}

/// Where the billing worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// Inside the API's process.
    Inline,
    /// As a service of its own, of which there is exactly one.
    Service,
}

impl Service {
    /// The image that is asked for, or the newest of a repository in the stack's own registry.
    pub fn image_in(&self, repository: &Output<String>) -> Output<String> {
        match &self.image {
            Some(image) => Output::known(image.clone()),
            None => interpolate!("{}:latest", repository),
        }
    }
}

impl Worker {
    fn default_cpu() -> u32 {
        256
    }

    fn default_memory() -> u32 {
        512
    }
}

impl App {
    /// Refuses what would bill customers twice, or could never run.
    pub fn check(&self) -> Result<()> {
        let most = self
            .api
            .max_replicas
            .unwrap_or(self.api.replicas)
            .max(self.api.replicas);
        if self.worker.placement == Placement::Inline && most > 1 {
            bail!(
                "the billing worker runs inside the API, and up to {most} replicas of the API would each bill every \
                 customer: set worker.placement to \"service\", or keep api.replicas and api.max_replicas at 1"
            );
        }
        for (name, service) in [("api", &self.api), ("web", &self.web)] {
            if service.replicas < 1 {
                bail!(
                    "{name}.replicas is {}, and at least 1 has to run",
                    service.replicas
                );
            }
            if let Some(max) = service.max_replicas.filter(|max| *max < service.replicas) {
                bail!(
                    "{name}.max_replicas is {max}, below {name}.replicas, which is {}",
                    service.replicas
                );
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(placement: Placement, replicas: i32, max_replicas: Option<i32>) -> App {
        let service = Service {
            image: None,
            replicas,
            max_replicas,
            cpu: 256,
            memory: 512,
            port: 8080,
            health_path: "/health".into(),
        };
        let worker = Worker {
            placement,
            cpu: 256,
            memory: 512,
        };
        App {
            api: service.clone(),
            web: service,
            worker,
            migrate: Vec::new(),
        }
    }

    #[test]
    fn an_inline_worker_never_runs_twice() {
        assert!(app(Placement::Inline, 1, None).check().is_ok());
        assert!(app(Placement::Service, 3, Some(9)).check().is_ok());
        for (replicas, max) in [(2, None), (1, Some(4))] {
            let error = app(Placement::Inline, replicas, max).check().unwrap_err();
            assert!(
                error.to_string().contains("would each bill every customer"),
                "{error}"
            );
        }
    }

    #[test]
    fn limits_are_in_order() {
        assert!(app(Placement::Service, 0, None).check().is_err());
        assert!(app(Placement::Service, 3, Some(2)).check().is_err());
    }
}
