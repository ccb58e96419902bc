//! How a listener is made and kept.

use std::collections::BTreeSet;

use aws_sdk_elasticloadbalancingv2::types as sdk;
use futures::try_join;

use super::*;
use crate::elbv2::action::convert;
use crate::elbv2::attributes::Attributes;
use crate::elbv2::tags::{self, Tagged};
use crate::listed;
use crate::prelude::*;

mod attributes;

impl Handler for Listener {
    type Client = Aws;

    fn actions() -> Actions {
        Actions::none()
            .to_read([
                "elasticloadbalancing:DescribeListenerAttributes",
                "elasticloadbalancing:DescribeListenerCertificates",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeTags",
            ])
            .to_create(["elasticloadbalancing:CreateListener"])
            .to_set([
                "elasticloadbalancing:AddListenerCertificates",
                "elasticloadbalancing:ModifyListenerAttributes",
                "elasticloadbalancing:RemoveListenerCertificates",
            ])
            .to_update(["elasticloadbalancing:ModifyListener"])
            .to_tag(
                "elasticloadbalancing:AddTags",
                "elasticloadbalancing:RemoveTags",
            )
            .to_delete(["elasticloadbalancing:DeleteListener"])
            .implying([
                Implied::by(Verb::Create, "cognito-idp:DescribeUserPoolClient")
                    .given("default_actions.authenticate_cognito"),
            ])
    }

    async fn read(aws: &Aws, id: &str) -> Result<Option<Self>> {
        let listeners = described(aws, &[id]).await.found()?;
        let Some(listener) = listeners.and_then(|mut listeners| listeners.pop()) else {
            return Ok(None);
        };
        let (settings, tags) = try_join!(Settings::of(aws, id, &listener), tags::managed(aws, id))?;
        observed(id, listener, settings, tags).map(Some)
    }

    const BATCH: usize = tags::AT_ONCE;

    async fn read_many(aws: &Aws, ids: &[&str]) -> Result<Vec<(String, Self)>> {
        let listeners = described(aws, ids);
        let listeners = tags::tagged(aws, ids, listeners, sdk::Listener::listener_arn);
        Ok(listed::each(listeners.await?, |listener| async move {
            let Tagged {
                arn,
                described,
                tags,
            } = listener;
            let settings = Settings::of(aws, &arn, &described).await?;
            let observed = observed(&arn, described, settings, tags)?;
            Ok((arn, observed))
        })
        .await)
    }

    async fn find(aws: &Aws, whose: Whose<'_>, inputs: &ListenerInputs) -> Result<Vec<String>> {
        let arns = on_port(aws, inputs).await?;
        tags::owned(aws, whose, arns).await
    }

    async fn create(aws: &Aws, inputs: &ListenerInputs, context: &Context) -> Result<String> {
        let operation = "elasticloadbalancing:CreateListener";
        // A create with the port and settings of a listener that is there succeeds; what is there is not to be taken.
        if let Some(there) = on_port(aws, inputs).await?.pop() {
            let message = format!("port {} has a listener already: {there}", inputs.port);
            return Err(Error::new(ErrorKind::AlreadyExists, message).operation(operation));
        }
        let answer = aws
            .elbv2()
            .create_listener()
            .load_balancer_arn(&inputs.load_balancer_arn)
            .port(inputs.port)
            .protocol(inputs.protocol.as_str().into())
            .set_ssl_policy(inputs.ssl_policy.clone())
            .set_certificates(default_certificate(inputs))
            .set_alpn_policy(inputs.alpn_policy.map(|policy| vec![policy.to_string()]))
            .set_mutual_authentication(inputs.mutual_authentication.as_ref().map(mutual_to_sdk))
            .set_default_actions(Some(convert::to_sdk(&inputs.default_actions)?))
            .set_tags(tags::at_creation(&context.owner, &inputs.tags))
            .send()
            .await
            .named(operation)?;
        let arn = answer
            .listeners
            .and_then(|mut listeners| listeners.pop()?.listener_arn);
        expected(arn, operation, "ListenerArn")
    }

    async fn settle(aws: &Aws, id: &str, inputs: &ListenerInputs, _: &Context) -> Result<()> {
        let certificates = inputs.additional_certificate_arns.iter().collect();
        add_certificates(aws, id, certificates).await?;
        attributes::write(aws, id, Change::all(inputs)).await
    }

    async fn update(
        aws: &Aws,
        id: &str,
        change: Change<'_, ListenerInputs>,
        _: &Context,
    ) -> Result<()> {
        let of = |listener| -> BTreeSet<&String> {
            let listener: &ListenerInputs = listener;
            listener.additional_certificate_arns.iter().collect()
        };
        let (before, after) = (
            change.before().map(of).unwrap_or_default(),
            of(change.after),
        );
        let is_secure = is_secure(change.after.protocol);
        let was_secure = change
            .before()
            .is_some_and(|before| self::is_secure(before.protocol));
        // While the listener is still one with certificates, or already.
        if was_secure {
            remove_certificates(aws, id, before.difference(&after).copied().collect()).await?;
        }
        modify(aws, id, &change).await?;
        if is_secure {
            add_certificates(aws, id, after.difference(&before).copied().collect()).await?;
        }
        attributes::write(aws, id, change).await?;
        tags::update(aws, id, TagChange::of(&change, |listener| &listener.tags)).await
    }

    async fn delete(aws: &Aws, id: &str, _: &ListenerInputs, _: &Context) -> Result<()> {
        aws.elbv2()
            .delete_listener()
            .listener_arn(id)
            .send()
            .await
            .named("elasticloadbalancing:DeleteListener")
            .map(drop)
    }
}

async fn described(aws: &Aws, ids: &[&str]) -> Result<Vec<sdk::Listener>> {
    let request = aws.elbv2().describe_listeners();
    let request = request.set_listener_arns(listed::sdk(ids));
    pages!(request, "elasticloadbalancing:DescribeListeners")
}

/// What calls of their own tell of a listener.
struct Settings {
    attributes: Attributes,
    /// All of its certificates.
    certificates: Vec<String>,
}

impl Settings {
    async fn of(aws: &Aws, id: &str, listener: &sdk::Listener) -> Result<Self> {
        let protocol = listener.protocol().map(sdk::ProtocolEnum::as_str);
        let protocol = protocol.and_then(|protocol| protocol.parse().ok());
        let certificates = certificates(aws, id, protocol.is_some_and(is_secure));
        let (attributes, certificates) = try_join!(attributes::read(aws, id), certificates)?;
        Ok(Self {
            attributes,
            certificates,
        })
    }
}

fn observed(
    id: &str,
    listener: sdk::Listener,
    settings: Settings,
    tags: BTreeMap<String, String>,
) -> Result<Listener> {
    let operation = "elasticloadbalancing:DescribeListeners";
    let protocol = expected(listener.protocol, operation, "Protocol")?;
    let protocol: ListenerProtocol = protocol.as_str().parse().map_err(|_| {
        let message = format!("a listener of {protocol} is not known here");
        Error::new(ErrorKind::Invalid, message).operation(operation)
    })?;
    let certificate_arn = listener
        .certificates
        .and_then(|mut certificates| certificates.pop()?.certificate_arn);
    let mut additional = settings.certificates;
    additional.retain(|arn| Some(arn) != certificate_arn.as_ref());
    let alpn = listener
        .alpn_policy
        .and_then(|policies| policies.first()?.parse().ok())
        .or((protocol == ListenerProtocol::Tls).then_some(AlpnPolicy::Off));
    let mut this = Listener {
        load_balancer_arn: expected(listener.load_balancer_arn, operation, "LoadBalancerArn")?,
        port: expected(listener.port, operation, "Port")?,
        protocol,
        certificate_arn,
        additional_certificate_arns: additional,
        ssl_policy: listener.ssl_policy,
        alpn_policy: alpn,
        mutual_authentication: listener.mutual_authentication.map(mutual_from_sdk),
        default_actions: convert::from_sdk(listener.default_actions),
        tcp_idle_timeout: None,
        request_headers: None,
        response_headers: None,
        tags,
        arn: id.to_owned(),
    };
    attributes::fill_in(&mut this, &settings.attributes);
    Ok(this)
}

/// The listeners on the port.
async fn on_port(aws: &Aws, inputs: &ListenerInputs) -> Result<Vec<String>> {
    let request = aws.elbv2().describe_listeners();
    let request = request.load_balancer_arn(&inputs.load_balancer_arn);
    let listeners = pages!(request, "elasticloadbalancing:DescribeListeners").found()?;
    Ok(listeners
        .unwrap_or_default()
        .into_iter()
        .filter(|listener| listener.port == Some(inputs.port))
        .filter_map(|listener| listener.listener_arn)
        .collect())
}

async fn modify(aws: &Aws, id: &str, change: &Change<'_, ListenerInputs>) -> Result<()> {
    let after = change.after;
    let protocol = change.of(|listener| &listener.protocol);
    let certificate = change.of(|listener| &listener.certificate_arn);
    let policy = change.some(|listener| &listener.ssl_policy);
    let port = change.of(|listener| &listener.port);
    let alpn = change.some(|listener| &listener.alpn_policy);
    let mutual = change.some(|listener| &listener.mutual_authentication);
    let actions = change.of(|listener| &listener.default_actions);
    if protocol.is_none()
        && certificate.is_none()
        && policy.is_none()
        && port.is_none()
        && alpn.is_none()
        && mutual.is_none()
        && actions.is_none()
    {
        return Ok(());
    }
    // A change to a protocol with TLS brings what TLS needs; one away from it drops that by itself.
    let is_secure = is_secure(after.protocol);
    let begins_tls = protocol.is_some() && is_secure;
    let certificates = (certificate.is_some() || begins_tls)
        .then(|| default_certificate(after))
        .flatten();
    let policy = policy.or(after.ssl_policy.as_ref().filter(|_| begins_tls));
    let request = aws
        .elbv2()
        .modify_listener()
        .listener_arn(id)
        .set_port(port.copied())
        .set_protocol(protocol.map(|protocol| protocol.as_str().into()))
        .set_certificates(certificates.filter(|_| is_secure))
        .set_ssl_policy(policy.cloned().filter(|_| is_secure))
        .set_alpn_policy(alpn.map(|policy| vec![policy.to_string()]))
        .set_mutual_authentication(mutual.map(mutual_to_sdk))
        .set_default_actions(
            actions
                .map(|actions| convert::to_sdk(actions))
                .transpose()?,
        );
    request
        .send()
        .await
        .named("elasticloadbalancing:ModifyListener")
        .map(drop)
}

fn is_secure(protocol: ListenerProtocol) -> bool {
    match protocol {
        ListenerProtocol::Https | ListenerProtocol::Tls => true,
        ListenerProtocol::Http
        | ListenerProtocol::Tcp
        | ListenerProtocol::Udp
        | ListenerProtocol::TcpUdp => false,
    }
}

fn default_certificate(inputs: &ListenerInputs) -> Option<Vec<sdk::Certificate>> {
    let arn = inputs.certificate_arn.as_ref()?;
    Some(vec![certificate(arn)])
}

fn certificate(arn: &String) -> sdk::Certificate {
    sdk::Certificate::builder().certificate_arn(arn).build()
}

/// All certificates of a listener that has some.
async fn certificates(aws: &Aws, id: &str, is_secure: bool) -> Result<Vec<String>> {
    if !is_secure {
        return Ok(Vec::new());
    }
    let request = aws.elbv2().describe_listener_certificates();
    let operation = "elasticloadbalancing:DescribeListenerCertificates";
    let certificates = pages!(request.listener_arn(id), operation)?;
    Ok(certificates
        .into_iter()
        .filter(|certificate| certificate.is_default != Some(true))
        .filter_map(|certificate| certificate.certificate_arn)
        .collect())
}

async fn add_certificates(aws: &Aws, id: &str, arns: Vec<&String>) -> Result<()> {
    if arns.is_empty() {
        return Ok(());
    }
    let certificates = arns.into_iter().map(certificate).collect();
    let request = aws.elbv2().add_listener_certificates().listener_arn(id);
    request
        .set_certificates(Some(certificates))
        .send()
        .await
        .named("elasticloadbalancing:AddListenerCertificates")
        .map(drop)
}

async fn remove_certificates(aws: &Aws, id: &str, arns: Vec<&String>) -> Result<()> {
    if arns.is_empty() {
        return Ok(());
    }
    let certificates = arns.into_iter().map(certificate).collect();
    let request = aws.elbv2().remove_listener_certificates().listener_arn(id);
    request
        .set_certificates(Some(certificates))
        .send()
        .await
        .named("elasticloadbalancing:RemoveListenerCertificates")
        .map(drop)
}

fn mutual_from_sdk(mutual: sdk::MutualAuthenticationAttributes) -> MutualAuthentication {
    MutualAuthentication {
        mode: mutual.mode.and_then(|mode| mode.parse().ok()),
        trust_store_arn: mutual.trust_store_arn,
        ignore_client_certificate_expiry: mutual.ignore_client_certificate_expiry,
        advertise_trust_store_ca_names: mutual
            .advertise_trust_store_ca_names
            .map(|switch| switch.as_str() == "on"),
    }
}

/// Off and passthrough take none of the settings for checking.
fn mutual_to_sdk(mutual: &MutualAuthentication) -> sdk::MutualAuthenticationAttributes {
    let mode = mutual.mode.unwrap_or(MutualAuthenticationMode::Off);
    let builder = sdk::MutualAuthenticationAttributes::builder().mode(mode.as_str());
    match mode {
        MutualAuthenticationMode::Off | MutualAuthenticationMode::Passthrough => builder.build(),
        MutualAuthenticationMode::Verify => builder
            .set_trust_store_arn(mutual.trust_store_arn.clone())
            .set_ignore_client_certificate_expiry(mutual.ignore_client_certificate_expiry)
            .set_advertise_trust_store_ca_names(
                mutual
                    .advertise_trust_store_ca_names
                    .map(|on| if on { "on" } else { "off" }.into()),
            )
            .build(),
    }
}
