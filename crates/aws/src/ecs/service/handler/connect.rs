//! Service Connect, to ECS and back.

use super::*;
use crate::ecs::support::{built, some};
use crate::ecs::task_definition::{log_configuration, of_log_configuration};

impl ServiceConnect {
    pub(super) fn to_sdk(&self) -> Result<sdk::ServiceConnectConfiguration> {
        let services = self.services.iter().map(ConnectService::to_sdk);
        let log = self.log_configuration.as_ref().map(log_configuration);
        Ok(sdk::ServiceConnectConfiguration::builder()
            .enabled(self.enabled)
            .set_namespace(self.namespace.clone())
            .set_services(some(services.collect::<Result<_>>()?))
            .set_log_configuration(log.transpose()?)
            .build())
    }

    pub(super) fn of_sdk(connect: &sdk::ServiceConnectConfiguration) -> Self {
        Self {
            enabled: connect.enabled(),
            namespace: connect.namespace().map(str::to_owned),
            services: connect
                .services()
                .iter()
                .map(ConnectService::of_sdk)
                .collect(),
            log_configuration: connect.log_configuration().and_then(of_log_configuration),
        }
    }
}

impl ConnectService {
    fn to_sdk(&self) -> Result<sdk::ServiceConnectService> {
        let alias = self.client_alias.as_ref().map(|alias| {
            let client = sdk::ServiceConnectClientAlias::builder().port(alias.port);
            built(client.set_dns_name(alias.dns_name.clone()).build())
        });
        let has_timeout =
            self.idle_timeout_seconds.is_some() || self.per_request_timeout_seconds.is_some();
        let timeout = sdk::TimeoutConfiguration::builder()
            .set_idle_timeout_seconds(self.idle_timeout_seconds)
            .set_per_request_timeout_seconds(self.per_request_timeout_seconds)
            .build();
        let tls = self.tls.as_ref().map(|tls| {
            let authority = sdk::ServiceConnectTlsCertificateAuthority::builder()
                .aws_pca_authority_arn(&tls.certificate_authority_arn)
                .build();
            sdk::ServiceConnectTlsConfiguration::builder()
                .issuer_certificate_authority(authority)
                .set_kms_key(tls.kms_key.clone())
                .set_role_arn(tls.role_arn.clone())
                .build()
        });
        let service = sdk::ServiceConnectService::builder()
            .port_name(&self.port_name)
            .set_discovery_name(self.discovery_name.clone())
            .set_client_aliases(alias.transpose()?.map(|alias| vec![alias]))
            .set_ingress_port_override(self.ingress_port_override)
            .set_timeout(has_timeout.then_some(timeout))
            .set_tls(tls);
        built(service.build())
    }

    fn of_sdk(service: &sdk::ServiceConnectService) -> Self {
        let timeout = service.timeout();
        Self {
            port_name: service.port_name().to_owned(),
            discovery_name: service.discovery_name().map(str::to_owned),
            client_alias: service.client_aliases().first().map(|alias| ClientAlias {
                port: alias.port(),
                dns_name: alias.dns_name().map(str::to_owned),
            }),
            ingress_port_override: service.ingress_port_override(),
            idle_timeout_seconds: timeout.and_then(|one| one.idle_timeout_seconds()),
            per_request_timeout_seconds: timeout.and_then(|one| one.per_request_timeout_seconds()),
            tls: service.tls().and_then(|tls| {
                let authority = tls.issuer_certificate_authority()?;
                Some(ConnectTls {
                    certificate_authority_arn: authority.aws_pca_authority_arn()?.to_owned(),
                    kms_key: tls.kms_key().map(str::to_owned),
                    role_arn: tls.role_arn().map(str::to_owned),
                })
            }),
        }
    }
}
