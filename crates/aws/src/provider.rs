//! The provider "aws": its types, and how to connect.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use stack_model::{Map, Schema, TypeName};
use stack_provider::{
    Actions, Ask, Catalog, Found, Identify, Identity, Mutator, Observer, Provider, Purpose, Quota,
    Result, Search, Strays,
};

use crate::call::{CallExt, expected};
use crate::client::{Access, Aws};
use crate::{
    acm, applicationautoscaling, cloudwatch, ec2, ecr, ecs, elasticache, elbv2, iam, logs, policy,
    preflight, quotas, rds, route53, s3, secretsmanager, strays, sts,
};

pub(crate) fn catalog() -> Catalog<Aws> {
    let services = [
        acm::register,
        applicationautoscaling::register,
        cloudwatch::register,
        ec2::register,
        ecr::register,
        ecs::register,
        elasticache::register,
        elbv2::register,
        iam::register,
        logs::register,
        rds::register,
        route53::register,
        s3::register,
        secretsmanager::register,
        sts::register,
    ];
    services
        .into_iter()
        .fold(Catalog::new(), |catalog, register| register(catalog))
}

/// AWS, with the SDK's own rules for credentials, region and endpoint.
pub struct AwsProvider {
    catalog: Catalog<Aws>,
    base: Option<SdkConfig>,
    interceptor: Option<SharedInterceptor>,
}

/// AWS.
pub fn provider() -> AwsProvider {
    AwsProvider {
        catalog: catalog(),
        base: None,
        interceptor: None,
    }
}

impl AwsProvider {
    /// AWS as this configuration of the SDK says, instead of what the surroundings say. For tests and embedding.
    pub fn on(base: SdkConfig) -> Self {
        Self {
            catalog: catalog(),
            base: Some(base),
            interceptor: None,
        }
    }

    /// With an interceptor that every request passes, after those of our own. For tests and embedding.
    #[must_use]
    pub fn intercepted(mut self, interceptor: SharedInterceptor) -> Self {
        self.interceptor = Some(interceptor);
        self
    }

    async fn connect(&self, settings: &Map, access: Access) -> Result<Arc<Aws>> {
        Ok(Arc::new(
            Aws::connect(self.base.clone(), settings, access)
                .await?
                .intercepted(self.interceptor.clone()),
        ))
    }
}

#[async_trait]
impl Provider for AwsProvider {
    fn kind(&self) -> &'static str {
        "aws"
    }

    fn schemas(&self) -> Vec<Schema> {
        self.catalog.schemas()
    }

    fn actions(&self, type_name: &TypeName) -> Option<&Actions> {
        self.catalog.actions(type_name)
    }

    fn asks(&self, purpose: &Purpose) -> Vec<Ask> {
        policy::asks(&self.catalog, purpose)
    }

    fn policies(&self, purpose: &Purpose) -> Vec<String> {
        policy::documents(&self.catalog, purpose)
    }

    fn settings(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "region",
                "The region, such as `eu-west-3`; what the environment or the profile says when it is not set.",
            ),
            ("profile", "The profile of the shared configuration files."),
            (
                "assume_role",
                "The ARN of a role to assume with the credentials found.",
            ),
            (
                "account",
                "The account that it has to lead to, such as `123456789012`; any when it is not set.",
            ),
        ]
    }

    async fn observe(&self, config: &Map) -> Result<Arc<dyn Observer>> {
        let aws = self.connect(config, Access::ReadOnly).await?;
        Ok(self.catalog.observer(aws))
    }

    async fn mutate(&self, config: &Map) -> Result<Arc<dyn Mutator>> {
        let aws = self.connect(config, Access::ReadWrite).await?;
        Ok(self.catalog.mutator(&aws))
    }

    /// Below the services' documented request rates, with room for others in the account.
    fn concurrency(&self, service: &str) -> Option<usize> {
        Some(match service {
            "aws:ec2" | "aws:s3" => 32,
            "aws:route53" => 4,
            _ => 16,
        })
    }
}

impl Identify for Aws {
    async fn identity(&self) -> Result<Option<Identity>> {
        let operation = "sts:GetCallerIdentity";
        let caller = self
            .sts()
            .get_caller_identity()
            .send()
            .await
            .named(operation)?;
        let account = expected(caller.account(), operation, "Account")?;
        Ok(Some(Identity {
            account: format!("aws:{account}"),
            region: Some(self.region().to_owned()),
        }))
    }

    async fn preflight(&self, asks: &[Ask]) -> Result<Found> {
        preflight::refused(self, asks).await
    }

    async fn quotas(&self, type_name: &TypeName, new: &[&Map]) -> Result<Vec<Quota>> {
        quotas::told(self, type_name, new).await
    }

    async fn strays(&self, search: Search) -> Result<Strays> {
        strays::found(self, search).await
    }

    async fn retag(&self, lineage: &str, key: &str, value: Option<&str>) -> Result<Vec<String>> {
        strays::retag(self, lineage, key, value).await
    }
}
