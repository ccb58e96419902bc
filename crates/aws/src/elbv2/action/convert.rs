//! Actions between our shape and the API's.

use aws_sdk_elasticloadbalancingv2::types as sdk;
use aws_sdk_elasticloadbalancingv2::types::ActionTypeEnum;

use super::*;
use crate::prelude::*;

/// As the API wants them: numbered, in the order of the list.
pub(in crate::elbv2) fn to_sdk(actions: &[Action]) -> Result<Vec<sdk::Action>> {
    // The API takes an order for the only action too, but not all of its answers repeat it.
    let numbered = actions.len() > 1;
    (1..)
        .zip(actions)
        .map(|(order, action)| one_to_sdk(action, numbered.then_some(order)))
        .collect()
}

/// As our list has them.
pub(in crate::elbv2) fn from_sdk(actions: Option<Vec<sdk::Action>>) -> Vec<Action> {
    let mut actions = actions.unwrap_or_default();
    actions.sort_by_key(|action| action.order.unwrap_or_default());
    actions.into_iter().map(one_from_sdk).collect()
}

fn one_to_sdk(action: &Action, order: Option<i32>) -> Result<sdk::Action> {
    let builder = sdk::Action::builder().set_order(order);
    // An observed forward has both of its forms.
    let short = action
        .target_group_arn
        .as_ref()
        .filter(|_| action.forward.is_none())
        .map(|arn| {
            let builder = builder.clone().r#type(ActionTypeEnum::Forward);
            builder.target_group_arn(arn)
        });
    let forward = action.forward.as_ref().map(|to| {
        let builder = builder.clone().r#type(ActionTypeEnum::Forward);
        builder.forward_config(forward_to_sdk(to))
    });
    let redirect = action.redirect.as_ref().map(|to| {
        let builder = builder.clone().r#type(ActionTypeEnum::Redirect);
        builder.redirect_config(redirect_to_sdk(to))
    });
    let fixed = action.fixed_response.as_ref().map(|response| {
        let builder = builder.clone().r#type(ActionTypeEnum::FixedResponse);
        builder.fixed_response_config(fixed_to_sdk(response))
    });
    let cognito = action.authenticate_cognito.as_ref().map(|at| {
        let builder = builder.clone().r#type(ActionTypeEnum::AuthenticateCognito);
        builder.authenticate_cognito_config(cognito_to_sdk(at))
    });
    let oidc = action.authenticate_oidc.as_ref().map(|at| {
        let builder = builder.clone().r#type(ActionTypeEnum::AuthenticateOidc);
        builder.authenticate_oidc_config(oidc_to_sdk(at))
    });
    let mut parts = [short, forward, redirect, fixed, cognito, oidc]
        .into_iter()
        .flatten();
    match (parts.next(), parts.next()) {
        (Some(part), None) => Ok(part.build()),
        (None, _) => Err(one_part("none is")),
        (Some(_), Some(_)) => Err(one_part("several are")),
    }
}

fn one_part(found: &str) -> Error {
    let message = format!("an action has one part, and {found} set");
    Error::new(ErrorKind::Invalid, message).hint(
        "set one of target_group_arn, forward, redirect, fixed_response, authenticate_cognito and authenticate_oidc",
    )
}

fn forward_to_sdk(forward: &Forward) -> sdk::ForwardActionConfig {
    let groups = forward.target_groups.iter().map(|group| {
        sdk::TargetGroupTuple::builder()
            .target_group_arn(&group.arn)
            .set_weight(group.weight)
            .build()
    });
    let stickiness = forward.stickiness.as_ref().map(|stickiness| {
        sdk::TargetGroupStickinessConfig::builder()
            .enabled(stickiness.enabled)
            .set_duration_seconds(stickiness.duration)
            .build()
    });
    sdk::ForwardActionConfig::builder()
        .set_target_groups(Some(groups.collect()))
        .set_target_group_stickiness_config(stickiness)
        .build()
}

fn redirect_to_sdk(redirect: &Redirect) -> sdk::RedirectActionConfig {
    sdk::RedirectActionConfig::builder()
        .status_code(redirect.status_code.as_str().into())
        .set_protocol(redirect.protocol.clone())
        .set_host(redirect.host.clone())
        .set_port(redirect.port.clone())
        .set_path(redirect.path.clone())
        .set_query(redirect.query.clone())
        .build()
}

fn fixed_to_sdk(response: &FixedResponse) -> sdk::FixedResponseActionConfig {
    sdk::FixedResponseActionConfig::builder()
        .status_code(response.status_code.to_string())
        .set_content_type(response.content_type.map(|kind| kind.as_str().to_owned()))
        .set_message_body(response.message_body.clone())
        .build()
}

fn cognito_to_sdk(at: &AuthenticateCognito) -> sdk::AuthenticateCognitoActionConfig {
    let extra = at.extra_parameters.clone().into_iter().collect();
    sdk::AuthenticateCognitoActionConfig::builder()
        .user_pool_arn(&at.user_pool_arn)
        .user_pool_client_id(&at.user_pool_client_id)
        .user_pool_domain(&at.user_pool_domain)
        .set_on_unauthenticated_request(
            at.on_unauthenticated_request
                .map(|what| what.as_str().into()),
        )
        .set_scope(at.scope.clone())
        .set_session_cookie_name(at.session_cookie_name.clone())
        .set_session_timeout(at.session_timeout)
        .set_authentication_request_extra_params((!at.extra_parameters.is_empty()).then_some(extra))
        .build()
}

fn oidc_to_sdk(at: &AuthenticateOidc) -> sdk::AuthenticateOidcActionConfig {
    let extra = at.extra_parameters.clone().into_iter().collect();
    let secret = at.client_secret.as_ref();
    sdk::AuthenticateOidcActionConfig::builder()
        .issuer(&at.issuer)
        .authorization_endpoint(&at.authorization_endpoint)
        .token_endpoint(&at.token_endpoint)
        .user_info_endpoint(&at.user_info_endpoint)
        .client_id(&at.client_id)
        .set_client_secret(secret.map(|secret| secret.reveal().clone()))
        .set_use_existing_client_secret(secret.is_none().then_some(true))
        .set_on_unauthenticated_request(
            at.on_unauthenticated_request
                .map(|what| what.as_str().into()),
        )
        .set_scope(at.scope.clone())
        .set_session_cookie_name(at.session_cookie_name.clone())
        .set_session_timeout(at.session_timeout)
        .set_authentication_request_extra_params((!at.extra_parameters.is_empty()).then_some(extra))
        .build()
}

fn one_from_sdk(action: sdk::Action) -> Action {
    let forward = action.forward_config.map(forward_from_sdk);
    // Of several groups there is no short form, and of one the API tells both forms, or the short one alone.
    let only = forward.as_ref().and_then(|to| match &to.target_groups[..] {
        [only] => Some(only.arn.clone()),
        _ => None,
    });
    Action {
        target_group_arn: action.target_group_arn.or(only),
        forward,
        redirect: action.redirect_config.and_then(redirect_from_sdk),
        fixed_response: action.fixed_response_config.and_then(fixed_from_sdk),
        authenticate_cognito: action.authenticate_cognito_config.map(cognito_from_sdk),
        authenticate_oidc: action.authenticate_oidc_config.map(oidc_from_sdk),
    }
}

fn forward_from_sdk(forward: sdk::ForwardActionConfig) -> Forward {
    let groups = forward.target_groups.unwrap_or_default().into_iter();
    Forward {
        target_groups: groups
            .filter_map(|group| {
                Some(WeightedTargetGroup {
                    arn: group.target_group_arn?,
                    weight: group.weight,
                })
            })
            .collect(),
        stickiness: forward
            .target_group_stickiness_config
            .map(|stickiness| GroupStickiness {
                enabled: stickiness.enabled.unwrap_or(false),
                duration: stickiness.duration_seconds,
            }),
    }
}

fn redirect_from_sdk(redirect: sdk::RedirectActionConfig) -> Option<Redirect> {
    Some(Redirect {
        status_code: redirect.status_code?.as_str().parse().ok()?,
        protocol: redirect.protocol,
        host: redirect.host,
        port: redirect.port,
        path: redirect.path,
        query: redirect.query,
    })
}

fn fixed_from_sdk(response: sdk::FixedResponseActionConfig) -> Option<FixedResponse> {
    Some(FixedResponse {
        status_code: response.status_code?.parse().ok()?,
        content_type: response.content_type.and_then(|kind| kind.parse().ok()),
        message_body: response.message_body,
    })
}

fn cognito_from_sdk(at: sdk::AuthenticateCognitoActionConfig) -> AuthenticateCognito {
    let extra = at.authentication_request_extra_params;
    AuthenticateCognito {
        user_pool_arn: at.user_pool_arn.unwrap_or_default(),
        user_pool_client_id: at.user_pool_client_id.unwrap_or_default(),
        user_pool_domain: at.user_pool_domain.unwrap_or_default(),
        on_unauthenticated_request: at
            .on_unauthenticated_request
            .and_then(|what| what.as_str().parse().ok()),
        scope: at.scope,
        session_cookie_name: at.session_cookie_name,
        session_timeout: at.session_timeout,
        extra_parameters: extra.unwrap_or_default().into_iter().collect(),
    }
}

fn oidc_from_sdk(at: sdk::AuthenticateOidcActionConfig) -> AuthenticateOidc {
    let extra = at.authentication_request_extra_params;
    AuthenticateOidc {
        issuer: at.issuer.unwrap_or_default(),
        authorization_endpoint: at.authorization_endpoint.unwrap_or_default(),
        token_endpoint: at.token_endpoint.unwrap_or_default(),
        user_info_endpoint: at.user_info_endpoint.unwrap_or_default(),
        client_id: at.client_id.unwrap_or_default(),
        client_secret: None,
        on_unauthenticated_request: at
            .on_unauthenticated_request
            .and_then(|what| what.as_str().parse().ok()),
        scope: at.scope,
        session_cookie_name: at.session_cookie_name,
        session_timeout: at.session_timeout,
        extra_parameters: extra.unwrap_or_default().into_iter().collect(),
    }
}
