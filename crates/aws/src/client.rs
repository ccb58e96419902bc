//! One client a service, made when first used, all on one configuration.

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use stack_model::{Map, Value};
use stack_provider::{Error, ErrorKind, Result};

use crate::encryption::{self, Encrypted};
use crate::followed::Followed;
use crate::readonly::ReadOnly;

/// The longest that one request may be under way. Without a limit a lost answer would be waited for for ever.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Only what is known to change nothing.
    ReadOnly,
    /// Everything that the credentials allow.
    ReadWrite,
}

macro_rules! services {
    ($($name:ident: $sdk:ident,)*) => {
        /// AWS in one region, as one identity.
        pub struct Aws {
            config: SdkConfig,
            access: Access,
            interceptor: Option<SharedInterceptor>,
            $($name: OnceLock<$sdk::Client>,)*
        }

        impl Aws {
            fn on(config: SdkConfig, access: Access) -> Self {
                Self { config, access, interceptor: None, $($name: OnceLock::new(),)* }
            }

            $(
                #[doc = concat!("The client of `", stringify!($name), "`.")]
                pub(crate) fn $name(&self) -> &$sdk::Client {
                    self.$name.get_or_init(|| {
                        let builder = $sdk::config::Builder::from(&self.config);
                        let builder = builder.interceptor(Encrypted);
                        let builder = builder.interceptor(Followed::in_region(self.region()));
                        let mut builder = match self.access {
                            Access::ReadOnly => builder.interceptor(ReadOnly),
                            Access::ReadWrite => builder,
                        };
                        if let Some(interceptor) = &self.interceptor {
                            builder = builder.interceptor(interceptor.clone());
                        }
                        $sdk::Client::from_conf(builder.build())
                    })
                }
            )*
        }
    };
}

services! {
    acm: aws_sdk_acm,
    applicationautoscaling: aws_sdk_applicationautoscaling,
    cloudwatch: aws_sdk_cloudwatch,
    ec2: aws_sdk_ec2,
    ecr: aws_sdk_ecr,
    ecs: aws_sdk_ecs,
    elasticache: aws_sdk_elasticache,
    elbv2: aws_sdk_elasticloadbalancingv2,
    iam: aws_sdk_iam,
    logs: aws_sdk_cloudwatchlogs,
    rds: aws_sdk_rds,
    route53: aws_sdk_route53,
    s3: aws_sdk_s3,
    secretsmanager: aws_sdk_secretsmanager,
    servicequotas: aws_sdk_servicequotas,
    sts: aws_sdk_sts,
    tagging: aws_sdk_resourcegroupstagging,
}

impl Aws {
    /// Connects with the SDK's own rules for credentials, region and endpoint, and the program's settings above
    /// them: `region`, `profile`, `assume_role`.
    pub(crate) async fn connect(
        base: Option<SdkConfig>,
        settings: &Map,
        access: Access,
    ) -> Result<Self> {
        let text = |key: &str| settings.get(key).and_then(Value::as_str).map(str::to_owned);
        let retries = match access {
            Access::ReadOnly => RetryConfig::standard().with_max_attempts(6),
            // The engine retries, because it looks for what a lost answer may have made before it makes another.
            Access::ReadWrite => RetryConfig::disabled(),
        };
        let mut config = match base {
            Some(base) => base,
            None => {
                let mut loader = aws_config::defaults(BehaviorVersion::latest());
                if let Some(profile) = text("profile") {
                    loader = loader.profile_name(profile);
                }
                loader.load().await
            }
        };
        let region = text("region")
            .map(Region::new)
            .or_else(|| config.region().cloned());
        let given = config.timeout_config();
        let timeouts = given
            .map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder)
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(REQUEST_TIMEOUT)
            .build();
        config = config
            .into_builder()
            .retry_config(retries)
            .timeout_config(timeouts)
            .region(region)
            .build();
        if config.region().is_none() {
            return Err(Error::new(ErrorKind::Invalid, "no region is set")
                .hint("set AWS_REGION, a region in the profile, or one in the program's provider configuration"));
        }
        if let Some(url) = config.endpoint_url() {
            encryption::check(url)?;
        }
        if let Some(role) = text("assume_role") {
            let provider = aws_config::sts::AssumeRoleProvider::builder(role)
                .session_name("stack")
                .configure(&config)
                .build()
                .await;
            let provider = aws_sdk_sts::config::SharedCredentialsProvider::new(provider);
            config = config.into_builder().credentials_provider(provider).build();
        }
        Ok(Self::on(config, access))
    }

    /// With an interceptor that every request passes.
    pub(crate) fn intercepted(mut self, interceptor: Option<SharedInterceptor>) -> Self {
        self.interceptor = interceptor;
        self
    }

    /// The region that it works in.
    pub(crate) fn region(&self) -> &str {
        self.config.region().map_or("", |region| region.as_ref())
    }

    /// The partition of the region, as ARNs name it.
    pub(crate) fn partition(&self) -> &'static str {
        partition_of(self.region())
    }

    /// The ARN of a regional object.
    pub(crate) fn arn(&self, service: &str, account: &str, rest: &str) -> String {
        format!(
            "arn:{}:{service}:{}:{account}:{rest}",
            self.partition(),
            self.region()
        )
    }
}

/// The partition of a region, as ARNs name it.
pub(crate) fn partition_of(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
