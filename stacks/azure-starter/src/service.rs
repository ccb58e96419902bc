//! Services on Container Apps, and the migration that has to succeed before them.

use std::collections::BTreeMap;

use saas::App;
use stack::prelude::*;
use stack_azure::resources::ResourceGroupHandle;
use stack_azure::{ManagedIdentities, app};

use crate::cache::CacheHandle;
use crate::platform::PlatformHandle;
use crate::settings::Domain;
use crate::storage::{SecretsHandle, StorageHandle};

/// What every service may use.
#[derive(Clone, Copy)]
pub struct Access<'a> {
    /// Where it lies.
    pub group: &'a ResourceGroupHandle,
    /// What it runs on.
    pub platform: &'a PlatformHandle,
    /// The cache, for the way to it.
    pub cache: &'a CacheHandle,
    /// Files.
    pub storage: &'a StorageHandle,
    /// Secrets.
    pub secrets: &'a SecretsHandle,
}

/// Variables that are not secret.
pub type Environment = BTreeMap<&'static str, Output<String>>;

/// A service that is kept running.
pub struct Service<'a> {
    name: &'static str,
    access: Access<'a>,
    environment: Environment,
    image: Output<String>,
    command: Vec<String>,
    cpu: u32,
    memory: u32,
    replicas: i32,
    max_replicas: Option<i32>,
    ingress: Option<&'a saas::Service>,
    domain: Option<&'a Domain>,
    after: Option<&'a app::JobRunHandle>,
}

impl<'a> Service<'a> {
    /// The API.
    pub fn api(access: Access<'a>, app: &'a App, environment: &Environment) -> Self {
        Self::reached("api", access, &app.api, environment)
    }

    /// The web app.
    pub fn web(access: Access<'a>, app: &'a App, environment: &Environment) -> Self {
        Self::reached("web", access, &app.web, environment)
    }

    /// The billing worker, of which there is exactly one, in the API's image.
    pub fn worker(access: Access<'a>, app: &'a App, environment: &Environment) -> Self {
        Self {
            name: "worker",
            access,
            environment: environment.clone(),
            image: access.image(&app.api, "api"),
            command: vec!["billing-worker".into()],
            cpu: app.worker.cpu,
            memory: app.worker.memory,
            replicas: 1,
            max_replicas: None,
            ingress: None,
            domain: None,
            after: None,
        }
    }

    fn reached(
        name: &'static str,
        access: Access<'a>,
        service: &'a saas::Service,
        environment: &Environment,
    ) -> Self {
        let mut environment = environment.clone();
        environment.insert("PORT", Output::known(service.port.to_string()));
        Self {
            name,
            access,
            environment,
            image: access.image(service, name),
            command: Vec::new(),
            cpu: service.cpu,
            memory: service.memory,
            replicas: service.replicas,
            max_replicas: service.max_replicas,
            ingress: Some(service),
            domain: None,
            after: None,
        }
    }

    /// Waits for the migration, so that no replica of a new version starts before it has succeeded.
    pub fn after(mut self, migration: &'a app::JobRunHandle) -> Self {
        self.after = Some(migration);
        self
    }

    /// Is found at a domain of our own as well.
    pub fn at(mut self, domain: Option<&'a Domain>) -> Self {
        self.domain = domain;
        self
    }
}

impl Component for Service<'_> {
    type Handle = app::ContainerAppHandle;

    fn build(self, stack: &mut Stack) -> Result<app::ContainerAppHandle> {
        let Self { access, .. } = self;
        let container = access.container(
            &self.image,
            self.command,
            &self.environment,
            (self.cpu, self.memory),
            probes(self.ingress),
        );
        let most = self
            .max_replicas
            .unwrap_or(self.replicas)
            .max(self.replicas);
        let scale = app::Scale::builder()
            .min_replicas(i64::from(self.replicas))
            .max_replicas(i64::from(most))
            .rules(scale_rules(self.max_replicas))
            .build();
        let ingress = self.ingress.map(|service| {
            let domains = self.domain.map(|domain| {
                let domain = app::CustomDomain::builder().name(&domain.name);
                domain.binding_type(app::BindingType::Auto).build()
            });
            app::Ingress::builder()
                .external(true)
                .target_port(i64::from(service.port))
                .transport(app::Transport::Auto)
                .custom_domains(domains.into_iter().collect::<Vec<_>>())
                .build()
        });
        let service = app::ContainerApp::builder()
            .resource_group_id(&access.group.id)
            // Its name is a part of its address, which the others know beforehand.
            .name(self.name)
            .environment_id(&access.platform.environment.id)
            .workload_profile_name("Consumption")
            .containers(vec![container])
            .scale(scale)
            .maybe_ingress(ingress)
            .secrets(access.app_secrets())
            .registries(vec![access.registry()])
            .identity(access.identity())
            .build();
        let service = access.permitted(service);
        let service = match self.after {
            Some(migration) => service.depends_on(migration),
            None => service,
        };
        Ok(stack.add("service", service))
    }
}

/// The migration: it runs in the API's image whenever that changes, and has to succeed.
pub struct Migration<'a> {
    /// What it may use.
    pub access: Access<'a>,
    /// The application.
    pub app: &'a App,
    /// Variables that are not secret.
    pub environment: &'a Environment,
}

impl Component for Migration<'_> {
    type Handle = app::JobRunHandle;

    fn build(self, stack: &mut Stack) -> Result<app::JobRunHandle> {
        let Self { access, .. } = self;
        let image = access.image(&self.app.api, "api");
        let container = access.container(
            &image,
            self.app.migrate.clone(),
            self.environment,
            (256, 512),
            Vec::new(),
        );
        let job = app::Job::builder()
            .resource_group_id(&access.group.id)
            .environment_id(&access.platform.environment.id)
            .workload_profile_name("Consumption")
            .trigger_type(app::TriggerType::Manual)
            .replica_timeout(1800)
            .manual_trigger(
                app::ManualTrigger::builder()
                    .parallelism(1)
                    .replica_completion_count(1)
                    .build(),
            )
            .containers(vec![container])
            .secrets(access.app_secrets())
            .registries(vec![access.registry()])
            .identity(access.identity())
            .build();
        let job = stack.add("job", access.permitted(job));
        let run = app::JobRun::builder()
            .job_id(&job.id)
            .triggers([("image", image)]);
        Ok(stack.add("run", run.build()))
    }
}

impl Access<'_> {
    /// The image that is asked for, or the newest in the stack's own registry.
    fn image(&self, service: &saas::Service, name: &str) -> Output<String> {
        let registry = &self.platform.registry.login_server;
        service.image_in(&interpolate!("{}/{}", registry, name))
    }

    /// One container, with the secrets as variables.
    fn container(
        &self,
        image: &Output<String>,
        command: Vec<String>,
        environment: &Environment,
        (cpu, memory): (u32, u32),
        probes: Vec<Input<app::Probe>>,
    ) -> Input<app::Container> {
        let plain = environment.iter().map(|(name, value)| {
            let variable = app::EnvironmentVariable::builder().name(*name);
            variable.value(value).build()
        });
        let secret = self.secrets.variables.iter().map(|(name, _)| {
            let variable = app::EnvironmentVariable::builder().name(*name);
            variable.secret_ref(secret_name(name)).build()
        });
        // The settings are in 1/1024 of a core and in MiB, on every cloud.
        let resources = app::ContainerResources::builder()
            .cpu(f64::from(cpu) / 1024.0)
            .memory(format!("{}Gi", f64::from(memory) / 1024.0));
        app::Container::builder()
            .name("main")
            .image(image)
            .command(command)
            .env(plain.chain(secret).collect::<Vec<_>>())
            .resources(resources.build())
            .probes(probes)
            .build()
    }

    /// The secrets, read from the vault as the identity that services act as.
    fn app_secrets(&self) -> Vec<Input<app::AppSecret>> {
        let secret = |(name, secret): &(&str, stack_azure::keyvault::VaultSecretHandle)| {
            app::AppSecret::builder()
                .name(secret_name(name))
                .key_vault_url(&secret.secret_uri)
                .identity(&self.platform.identity.id)
                .build()
        };
        self.secrets.variables.iter().map(secret).collect()
    }

    fn registry(&self) -> Input<app::RegistryCredentials> {
        app::RegistryCredentials::builder()
            .server(&self.platform.registry.login_server)
            .identity(&self.platform.identity.id)
            .build()
    }

    fn identity(&self) -> Input<ManagedIdentities> {
        ManagedIdentities::builder()
            .user_assigned_ids([&self.platform.identity.id])
            .build()
    }

    /// Waits until there is a way to the cache, and until the identity may do what a service needs: pull, read secrets,
    /// use files.
    fn permitted<T>(&self, declaration: stack::Declaration<T>) -> stack::Declaration<T> {
        declaration
            .depends_on(&self.cache.endpoint)
            .depends_on(&self.platform.may_pull)
            .depends_on(&self.secrets.may_read)
            .depends_on(&self.storage.may_use)
    }
}

/// `DATABASE_URL` is the secret `database-url`.
fn secret_name(variable: &str) -> String {
    variable.to_ascii_lowercase().replace('_', "-")
}

fn probes(service: Option<&saas::Service>) -> Vec<Input<app::Probe>> {
    let Some(service) = service else {
        return Vec::new();
    };
    let probe = |kind: app::ProbeType, failures: i64| {
        let question = app::ProbeHttpGet::builder()
            .port(i64::from(service.port))
            .path(&service.health_path);
        app::Probe::builder()
            .r#type(kind)
            .http_get(question.build())
            .period_seconds(10)
            .failure_threshold(failures)
            .build()
    };
    vec![
        probe(app::ProbeType::Startup, 30),
        probe(app::ProbeType::Readiness, 3),
        probe(app::ProbeType::Liveness, 6),
    ]
}

/// Another replica for every 50 requests at once.
fn scale_rules(max_replicas: Option<i32>) -> Vec<Input<app::ScaleRule>> {
    let Some(_) = max_replicas else {
        return Vec::new();
    };
    let requests = app::TrafficScaleRule::builder()
        .metadata([("concurrentRequests", "50")])
        .build();
    vec![
        app::ScaleRule::builder()
            .name("requests")
            .http(requests)
            .build(),
    ]
}
