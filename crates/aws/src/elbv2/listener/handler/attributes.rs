//! A listener's attributes, by the keys of the API reference.

use aws_sdk_elasticloadbalancingv2::types::ListenerAttribute;

use super::*;
use crate::elbv2::attributes::Attributes;

const TCP_IDLE_TIMEOUT: &str = "tcp.idle_timeout.seconds";
const SERVER: &str = "routing.http.response.server.enabled";

pub(super) async fn read(aws: &Aws, id: &str) -> Result<Attributes> {
    let request = aws.elbv2().describe_listener_attributes().listener_arn(id);
    let answer = request
        .send()
        .await
        .named("elasticloadbalancing:DescribeListenerAttributes")?;
    let pairs = answer.attributes.unwrap_or_default().into_iter();
    Ok(Attributes::told(pairs.map(|one| (one.key, one.value))))
}

pub(super) fn fill_in(this: &mut Listener, told: &Attributes) {
    this.tcp_idle_timeout = told.get(TCP_IDLE_TIMEOUT);
    let name = |header: &str| told.get(&request_key(header));
    this.request_headers = Some(RequestHeaders {
        tls_version: name("tls_version"),
        tls_cipher_suite: name("tls_cipher_suite"),
        client_certificate: name("mtls_clientcert"),
        client_certificate_issuer: name("mtls_clientcert_issuer"),
        client_certificate_leaf: name("mtls_clientcert_leaf"),
        client_certificate_serial_number: name("mtls_clientcert_serial_number"),
        client_certificate_subject: name("mtls_clientcert_subject"),
        client_certificate_validity: name("mtls_clientcert_validity"),
    });
    let value = |header: &str| told.get(&response_key(header));
    this.response_headers = Some(ResponseHeaders {
        server: told.get(SERVER),
        strict_transport_security: value("strict_transport_security"),
        content_security_policy: value("content_security_policy"),
        x_content_type_options: value("x_content_type_options"),
        x_frame_options: value("x_frame_options"),
        access_control_allow_origin: value("access_control_allow_origin"),
        access_control_allow_methods: value("access_control_allow_methods"),
        access_control_allow_headers: value("access_control_allow_headers"),
        access_control_allow_credentials: value("access_control_allow_credentials"),
        access_control_expose_headers: value("access_control_expose_headers"),
        access_control_max_age: value("access_control_max_age"),
    });
}

/// Writes those that differ, in one call.
pub(super) async fn write(aws: &Aws, id: &str, change: Change<'_, ListenerInputs>) -> Result<()> {
    let Some(attributes) =
        wanted(change).sdk(|key, value| ListenerAttribute::builder().key(key).value(value).build())
    else {
        return Ok(());
    };
    let request = aws.elbv2().modify_listener_attributes().listener_arn(id);
    request
        .set_attributes(Some(attributes))
        .send()
        .await
        .named("elasticloadbalancing:ModifyListenerAttributes")
        .map(drop)
}

fn wanted(change: Change<'_, ListenerInputs>) -> Attributes {
    let mut wanted = Attributes::default();
    wanted.set(
        TCP_IDLE_TIMEOUT,
        change.some(|listener| &listener.tcp_idle_timeout),
    );
    if let Some(names) = change.some(|listener| &listener.request_headers) {
        for (header, name) in [
            ("tls_version", &names.tls_version),
            ("tls_cipher_suite", &names.tls_cipher_suite),
            ("mtls_clientcert", &names.client_certificate),
            ("mtls_clientcert_issuer", &names.client_certificate_issuer),
            ("mtls_clientcert_leaf", &names.client_certificate_leaf),
            (
                "mtls_clientcert_serial_number",
                &names.client_certificate_serial_number,
            ),
            ("mtls_clientcert_subject", &names.client_certificate_subject),
            (
                "mtls_clientcert_validity",
                &names.client_certificate_validity,
            ),
        ] {
            wanted.set(&request_key(header), name.as_ref());
        }
    }
    if let Some(values) = change.some(|listener| &listener.response_headers) {
        wanted.set(SERVER, values.server);
        for (header, value) in [
            (
                "strict_transport_security",
                &values.strict_transport_security,
            ),
            ("content_security_policy", &values.content_security_policy),
            ("x_content_type_options", &values.x_content_type_options),
            ("x_frame_options", &values.x_frame_options),
            (
                "access_control_allow_origin",
                &values.access_control_allow_origin,
            ),
            (
                "access_control_allow_methods",
                &values.access_control_allow_methods,
            ),
            (
                "access_control_allow_headers",
                &values.access_control_allow_headers,
            ),
            (
                "access_control_allow_credentials",
                &values.access_control_allow_credentials,
            ),
            (
                "access_control_expose_headers",
                &values.access_control_expose_headers,
            ),
            ("access_control_max_age", &values.access_control_max_age),
        ] {
            wanted.set(&response_key(header), value.as_ref());
        }
    }
    wanted
}

fn request_key(header: &str) -> String {
    format!("routing.http.request.x_amzn_{header}.header_name")
}

fn response_key(header: &str) -> String {
    format!("routing.http.response.{header}.header_value")
}
