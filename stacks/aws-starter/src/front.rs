//! The way in: a load balancer, its name in DNS, and who answers what.

use saas::App;
use stack::prelude::*;
use stack_aws::{acm, ec2, elbv2, route53};

use crate::network::NetworkHandle;
use crate::settings::Domain;

/// A load balancer in the public subnets: HTTPS under a domain, HTTP under its own name without one.
pub struct Front<'a> {
    /// Where it is.
    pub network: &'a NetworkHandle,
    /// Under which name people find it.
    pub domain: Option<&'a Domain>,
    /// What is behind it.
    pub app: &'a App,
}

/// What the rest of the program needs of the way in.
pub struct FrontHandle {
    /// Where people open the application.
    pub url: Output<String>,
    /// The load balancer.
    pub load_balancer: elbv2::LoadBalancerHandle,
    /// Its security group, which services let in.
    pub group: ec2::SecurityGroupHandle,
    /// Where the API's tasks register.
    pub api: elbv2::TargetGroupHandle,
    /// Where the web app's tasks register.
    pub web: elbv2::TargetGroupHandle,
    /// What sends requests to the target groups; ECS wants it before a service.
    pub rule: elbv2::ListenerRuleHandle,
}

impl Component for Front<'_> {
    type Handle = FrontHandle;

    fn build(self, stack: &mut Stack) -> Result<FrontHandle> {
        let group = self.network.group(stack, "load balancer");
        let load_balancer = stack.add(
            "balancer",
            elbv2::LoadBalancer::builder()
                .subnets(each(&self.network.public, |subnet| &subnet.id))
                .security_groups([&group.id])
                .drop_invalid_header_fields(true)
                .build(),
        );
        let api = target_group(stack, "api", self.network, &self.app.api);
        let web = target_group(stack, "web", self.network, &self.app.web);
        let everything_else = elbv2::Action::builder().target_group_arn(&web.arn).build();

        let (listener, url) = match self.domain {
            None => {
                from_everywhere(stack, "http", &group, 80);
                let listener = stack.add(
                    "http",
                    elbv2::Listener::builder()
                        .load_balancer_arn(&load_balancer.arn)
                        .port(80)
                        .protocol(elbv2::ListenerProtocol::Http)
                        .default_actions(vec![everything_else])
                        .build(),
                );
                (listener, interpolate!("http://{}", load_balancer.dns_name))
            }
            Some(domain) => {
                from_everywhere(stack, "http", &group, 80);
                from_everywhere(stack, "https", &group, 443);
                let certificate = certificate(stack, domain, &load_balancer);
                let to_https = elbv2::Redirect::builder()
                    .protocol("HTTPS")
                    .port("443")
                    .status_code(elbv2::RedirectStatusCode::Permanent)
                    .build();
                stack.add(
                    "http",
                    elbv2::Listener::builder()
                        .load_balancer_arn(&load_balancer.arn)
                        .port(80)
                        .protocol(elbv2::ListenerProtocol::Http)
                        .default_actions(vec![elbv2::Action::builder().redirect(to_https).build()])
                        .build(),
                );
                let listener = stack.add(
                    "https",
                    elbv2::Listener::builder()
                        .load_balancer_arn(&load_balancer.arn)
                        .port(443)
                        .protocol(elbv2::ListenerProtocol::Https)
                        .certificate_arn(certificate)
                        .ssl_policy("ELBSecurityPolicy-TLS13-1-2-2021-06")
                        .default_actions(vec![everything_else])
                        .build(),
                );
                (listener, Output::known(format!("https://{}", domain.name)))
            }
        };
        let rule = stack.add(
            "api",
            elbv2::ListenerRule::builder()
                .listener_arn(&listener.arn)
                .priority(10)
                .conditions(vec![
                    elbv2::Condition::builder()
                        .path_pattern(["/api", "/api/*"])
                        .build(),
                ])
                .actions(vec![
                    elbv2::Action::builder().target_group_arn(&api.arn).build(),
                ])
                .build(),
        );
        Ok(FrontHandle {
            url,
            load_balancer,
            group,
            api,
            web,
            rule,
        })
    }
}

fn from_everywhere(stack: &mut Stack, name: &str, group: &ec2::SecurityGroupHandle, port: i32) {
    stack.add(
        name,
        ec2::SecurityGroupRule::builder()
            .security_group_id(&group.id)
            .direction(ec2::Direction::Ingress)
            .protocol("tcp")
            .from_port(port)
            .to_port(port)
            .cidr_ipv4("0.0.0.0/0")
            .build(),
    );
}

fn target_group(
    stack: &mut Stack,
    name: &str,
    network: &NetworkHandle,
    service: &saas::Service,
) -> elbv2::TargetGroupHandle {
    let health = elbv2::HealthCheck::builder()
        .path(&service.health_path)
        .interval(15)
        .healthy_threshold(2)
        .build();
    stack.add(
        name,
        elbv2::TargetGroup::builder()
            .vpc_id(&network.vpc_id)
            .target_type(elbv2::TargetType::Ip)
            .protocol(elbv2::TargetProtocol::Http)
            .port(service.port)
            .deregistration_delay(30)
            .health_check(health)
            .build(),
    )
}

/// A certificate for the domain, proven by a record in its zone, and the name itself. Gives the certificate's ARN once
/// it is issued.
fn certificate(
    stack: &mut Stack,
    domain: &Domain,
    load_balancer: &elbv2::LoadBalancerHandle,
) -> Output<String> {
    let zone = stack.lookup(
        "domain",
        route53::Zone::builder().name(&domain.zone).build(),
    );
    let certificate = stack.add(
        "domain",
        acm::Certificate::builder()
            .domain_name(&domain.name)
            .validation_method(acm::ValidationMethod::Dns)
            .build(),
    );
    let proof = certificate
        .validation_records
        .index(0)
        .cast::<stack::Value>();
    let field = |name: &str| proof.get(name).cast::<String>();
    let proof = stack.add(
        "domain-proof",
        route53::Record::builder()
            .zone_id(&zone.zone_id)
            .name(field("name"))
            .r#type(route53::RecordType::Cname)
            .ttl(300)
            .records([field("value")])
            .build(),
    );
    let issued = stack.add(
        "domain",
        acm::CertificateValidation::builder()
            .certificate_arn(&certificate.arn)
            .validation_record_fqdns([&proof.fqdn])
            .build(),
    );
    let alias = route53::Alias::builder()
        .name(&load_balancer.dns_name)
        .zone_id(&load_balancer.zone_id)
        .build();
    stack.add(
        "domain",
        route53::Record::builder()
            .zone_id(&zone.zone_id)
            .name(&domain.name)
            .r#type(route53::RecordType::A)
            .alias(alias)
            .build(),
    );
    issued.certificate_arn.clone()
}
