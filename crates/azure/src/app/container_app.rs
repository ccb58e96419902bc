//! `azure:app:ContainerApp`: containers that run, scale and are reached.

use stack::resource::*;

use super::container::*;
use crate::ManagedIdentities;

/// Containers that run, scale and are reached. A change of what runs makes a new revision, and is done when that revision
/// is ready.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "azure:app:ContainerApp",
    create = "20m",
    update = "20m",
    delete = "20m",
    visibility_lag = "15s"
)]
pub struct ContainerApp {
    /// The id of its resource group.
    #[input(required, replaces, case_insensitive)]
    pub resource_group_id: String,
    /// Its name, unique in the environment: 2 to 32 lower-case letters, digits and `-`. Made by the engine when it is
    /// not set.
    #[input(replaces, case_insensitive, name(max_length = 32, lowercase))]
    pub name: Option<String>,
    /// The environment's region. The provider configuration's when it is not set.
    #[input(replaces, case_and_space_insensitive)]
    pub location: Option<String>,
    /// The id of the environment that it runs in.
    #[input(required, replaces, case_insensitive)]
    pub environment_id: String,
    /// The name of the environment's workload profile. `Consumption` by default.
    #[input(follows)]
    pub workload_profile_name: Option<String>,
    /// Its containers.
    #[input(required)]
    pub containers: Vec<Container>,
    /// Containers that run before the others, one after the other.
    #[input]
    pub init_containers: Vec<InitContainer>,
    /// How many replicas there are.
    #[input(reset = {})]
    pub scale: Option<Scale>,
    /// Volumes of its containers.
    #[input]
    pub volumes: Vec<Volume>,
    /// What the name of the next revision ends in. Azure chooses when it is not set.
    #[input(write_only, follows)]
    pub revision_suffix: Option<String>,
    /// For how many seconds a replica may go on after it was told to stop.
    #[input(follows)]
    pub termination_grace_period_seconds: Option<i64>,
    /// How it is reached. Not at all when it is not set.
    #[input(reset = {})]
    pub ingress: Option<Ingress>,
    /// Whether one revision is active or several. One by default.
    #[input(reset = "Single")]
    pub active_revisions_mode: Option<ActiveRevisionsMode>,
    /// How many revisions that are not active are kept.
    #[input(reset = 100)]
    pub max_inactive_revisions: Option<i64>,
    /// Its secrets. Azure never tells their values again: they are sent anew from the sealed state.
    #[input(write_only)]
    pub secrets: Vec<AppSecret>,
    /// Where images come from, and as whom they are pulled.
    #[input]
    pub registries: Vec<RegistryCredentials>,
    /// Dapr beside the app.
    #[input(reset = {})]
    pub dapr: Option<Dapr>,
    /// The identities that it acts as.
    #[input(reset = {})]
    pub identity: Option<ManagedIdentities>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// The domain that it is reached at.
    #[output(volatile)]
    pub fqdn: String,
    /// The name of its newest revision.
    #[output(volatile, generated)]
    pub latest_revision_name: String,
    /// What a DNS TXT record has to hold to prove that a custom domain is ours.
    #[output]
    pub custom_domain_verification_id: String,
    /// The addresses that it calls from.
    #[output(volatile)]
    pub outbound_ip_addresses: Vec<String>,
}

/// Whether one revision is active or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ActiveRevisionsMode {
    /// The newest that is ready.
    #[choice("Single")]
    Single,
    /// Several, by `ingress.traffic`.
    #[choice("Multiple")]
    Multiple,
}

/// How many replicas there are.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Scale {
    /// At least so many. 0 by default.
    #[input]
    pub min_replicas: Option<i64>,
    /// At most so many. 10 by default.
    #[input]
    pub max_replicas: Option<i64>,
    /// For how many seconds nothing must happen before it scales to 0.
    #[input]
    pub cooldown_period: Option<i64>,
    /// How many seconds there are between two looks.
    #[input]
    pub polling_interval: Option<i64>,
    /// What decides.
    #[input]
    pub rules: Vec<ScaleRule>,
}

/// What decides how many replicas there are. One of `http`, `tcp`, `azure_queue` and `custom`.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct ScaleRule {
    /// Its name.
    #[input(required)]
    pub name: String,
    /// Requests at once.
    #[input]
    pub http: Option<TrafficScaleRule>,
    /// Connections at once.
    #[input]
    pub tcp: Option<TrafficScaleRule>,
    /// The length of a queue.
    #[input]
    pub azure_queue: Option<QueueScaleRule>,
    /// Any scaler of KEDA.
    #[input]
    pub custom: Option<CustomScaleRule>,
}

/// Requests or connections at once.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct TrafficScaleRule {
    /// What KEDA is told, such as `concurrentRequests`.
    #[input]
    pub metadata: BTreeMap<String, String>,
    /// The credentials of what it looks at.
    #[input]
    pub auth: Vec<ScaleRuleAuth>,
}

/// The length of a queue.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct QueueScaleRule {
    /// The storage account's name, where an identity is used.
    #[input]
    pub account_name: Option<String>,
    /// The queue's name.
    #[input(required)]
    pub queue_name: String,
    /// How many messages a replica is meant for.
    #[input(required)]
    pub queue_length: i64,
    /// The id of the user-assigned identity that looks, or `system`.
    #[input]
    pub identity: Option<String>,
    /// The credentials of the queue.
    #[input]
    pub auth: Vec<ScaleRuleAuth>,
}

/// Any scaler of KEDA.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct CustomScaleRule {
    /// The scaler, such as `redis` or `cron`.
    #[input(required)]
    pub r#type: String,
    /// What it is told.
    #[input]
    pub metadata: BTreeMap<String, String>,
    /// The id of the user-assigned identity that looks, or `system`.
    #[input]
    pub identity: Option<String>,
    /// The credentials of what it looks at.
    #[input]
    pub auth: Vec<ScaleRuleAuth>,
}

/// How an app is reached.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Ingress {
    /// Whether from outside the environment. Off by default.
    #[input]
    pub external: Option<bool>,
    /// The port that the container listens on.
    #[input(required)]
    pub target_port: i64,
    /// The port that it is reached at, for `tcp`.
    #[input]
    pub exposed_port: Option<i64>,
    /// How it speaks. Azure finds out by default.
    #[input]
    pub transport: Option<Transport>,
    /// Whether http is answered, instead of being led to https. Off by default.
    #[input]
    pub allow_insecure: Option<bool>,
    /// Whether clients show certificates.
    #[input]
    pub client_certificate_mode: Option<ClientCertificateMode>,
    /// How requests are divided among revisions. All to the newest by default.
    #[input]
    pub traffic: Vec<TrafficWeight>,
    /// Domains of our own.
    #[input]
    pub custom_domains: Vec<CustomDomain>,
    /// Who may reach it, by address. Everyone by default.
    #[input]
    pub ip_security_restrictions: Vec<IpSecurityRestriction>,
    /// Whether a client stays with one replica.
    #[input]
    pub sticky_sessions: Option<StickySessions>,
    /// What other origins may ask.
    #[input]
    pub cors_policy: Option<CorsPolicy>,
}

/// How an app speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Transport {
    /// HTTP/1.1 or HTTP/2, as Azure finds out.
    #[choice("auto")]
    Auto,
    /// HTTP/1.1.
    #[choice("http")]
    Http,
    /// HTTP/2.
    #[choice("http2")]
    Http2,
    /// TCP.
    #[choice("tcp")]
    Tcp,
}

/// Whether clients show certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ClientCertificateMode {
    /// They may.
    #[choice("accept")]
    Accept,
    /// They need not, and what they show is dropped.
    #[choice("ignore")]
    Ignore,
    /// They must.
    #[choice("require")]
    Require,
}

/// What part of the requests a revision gets.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct TrafficWeight {
    /// The revision's name.
    #[input]
    pub revision_name: Option<String>,
    /// Whether it is the newest, whichever that is.
    #[input]
    pub latest_revision: Option<bool>,
    /// Its part of 100.
    #[input(required)]
    pub weight: i64,
    /// A name of its own in the domain.
    #[input]
    pub label: Option<String>,
}

/// A domain of our own.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct CustomDomain {
    /// The domain.
    #[input(required, case_insensitive)]
    pub name: String,
    /// Whether it has a certificate.
    #[input]
    pub binding_type: Option<BindingType>,
    /// The id of its certificate in the environment.
    #[input(case_insensitive)]
    pub certificate_id: Option<String>,
}

/// Whether a domain has a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum BindingType {
    /// Azure makes one.
    #[choice("Auto")]
    Auto,
    /// None.
    #[choice("Disabled")]
    Disabled,
    /// The one that is named.
    #[choice("SniEnabled")]
    SniEnabled,
}

/// Who may reach an app, by address.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct IpSecurityRestriction {
    /// Its name.
    #[input(required)]
    pub name: String,
    /// The range of addresses.
    #[input(required)]
    pub ip_address_range: String,
    /// Whether they may. All restrictions of an app are of the same kind.
    #[input(required)]
    pub action: RestrictionAction,
    /// What it is for.
    #[input]
    pub description: Option<String>,
}

/// Whether addresses may reach an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum RestrictionAction {
    /// They alone may.
    #[choice("Allow")]
    Allow,
    /// They may not.
    #[choice("Deny")]
    Deny,
}

/// Whether a client stays with one replica.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct StickySessions {
    /// Whether it does.
    #[input(required)]
    pub affinity: Affinity,
}

/// Whether a client stays with one replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum Affinity {
    /// It does.
    #[choice("sticky")]
    Sticky,
    /// It does not.
    #[choice("none")]
    None,
}

/// What other origins may ask.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct CorsPolicy {
    /// Which origins.
    #[input(required)]
    pub allowed_origins: Vec<String>,
    /// Which methods.
    #[input]
    pub allowed_methods: Vec<String>,
    /// Which headers of requests.
    #[input]
    pub allowed_headers: Vec<String>,
    /// Which headers of answers they see.
    #[input]
    pub expose_headers: Vec<String>,
    /// For how many seconds an answer holds.
    #[input]
    pub max_age: Option<i64>,
    /// Whether with credentials.
    #[input]
    pub allow_credentials: Option<bool>,
}

/// Dapr beside an app.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Dapr {
    /// Whether it runs.
    #[input]
    pub enabled: Option<bool>,
    /// The app's name in Dapr.
    #[input]
    pub app_id: Option<String>,
    /// The port that the app listens on for Dapr.
    #[input]
    pub app_port: Option<i64>,
    /// How the app speaks with Dapr.
    #[input]
    pub app_protocol: Option<AppProtocol>,
    /// Whether calls are logged.
    #[input]
    pub enable_api_logging: Option<bool>,
}

/// How an app speaks with Dapr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum AppProtocol {
    /// HTTP.
    #[choice("http")]
    Http,
    /// gRPC.
    #[choice("grpc")]
    Grpc,
}

#[cfg(feature = "provider")]
mod handler {
    use super::*;
    use crate::app::rollout;
    use crate::prelude::*;

    impl Arm for ContainerApp {
        const ARM: ArmType = ArmType::of_group(
            "providers/Microsoft.App/containerApps",
            rollout::VERSION,
            Update::Patch,
        );

        const PLACES: &[(&str, &str)] = &[
            ("containers", "properties.template.containers"),
            ("init_containers", "properties.template.initContainers"),
            ("scale", "properties.template.scale"),
            ("volumes", "properties.template.volumes"),
            ("revision_suffix", "properties.template.revisionSuffix"),
            (
                "termination_grace_period_seconds",
                "properties.template.terminationGracePeriodSeconds",
            ),
            ("ingress", "properties.configuration.ingress"),
            (
                "active_revisions_mode",
                "properties.configuration.activeRevisionsMode",
            ),
            (
                "max_inactive_revisions",
                "properties.configuration.maxInactiveRevisions",
            ),
            ("secrets", "properties.configuration.secrets"),
            ("registries", "properties.configuration.registries"),
            ("dapr", "properties.configuration.dapr"),
            ("dapr.enable_api_logging", "enableApiLogging"),
            ("fqdn", "properties.configuration.ingress.fqdn"),
        ];

        fn actions(usual: Actions, kind: &str) -> Actions {
            usual.to_set([format!("{kind}/revisions/read")])
        }

        /// A suffix is that of one revision: a new one gets a name of Azure's unless the program gives it another.
        fn amend(patch: &mut Json, _: &Json) {
            let suffix = "properties.template.revisionSuffix";
            if at(patch, "properties.template").is_some() && at(patch, suffix).is_none() {
                put(patch, suffix, json!(""));
            }
        }

        async fn settle(
            azure: &Azure,
            id: &ResourceId,
            _: Change<'_, ContainerAppInputs>,
            context: &Context,
        ) -> Result<()> {
            rollout::ready(azure, id, context).await
        }
    }
}
