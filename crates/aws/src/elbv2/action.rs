//! What a listener or a rule does with a request. Shared by both.

use stack::resource::*;

/// What is done with a request or connection. Exactly one of its parts is set. Where there are several actions, they
/// follow each other, and only the last one is no authentication.
#[derive(Debug, Clone, Default, PartialEq, Block)]
pub struct Action {
    /// Forwards to this target group: the short form of `forward` with one group.
    pub target_group_arn: Option<String>,
    /// Forwards to one of several target groups, by weight.
    pub forward: Option<Forward>,
    /// Answers with another address.
    pub redirect: Option<Redirect>,
    /// Answers with a text.
    pub fixed_response: Option<FixedResponse>,
    /// Has the client sign in at Cognito first.
    pub authenticate_cognito: Option<AuthenticateCognito>,
    /// Has the client sign in at an OpenID Connect provider first.
    pub authenticate_oidc: Option<AuthenticateOidc>,
}

/// Forwards to one of several target groups.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Forward {
    /// The groups, at most 5.
    #[input(required, set)]
    pub target_groups: Vec<WeightedTargetGroup>,
    /// Whether a client stays with a group.
    pub stickiness: Option<GroupStickiness>,
}

/// A target group, and how much it gets.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct WeightedTargetGroup {
    /// Its ARN.
    pub arn: String,
    /// How much it gets, as a part of the sum of all weights, from 0 to 999; 1 by default.
    pub weight: Option<i32>,
}

/// Whether a client stays with a group.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct GroupStickiness {
    /// Whether it does.
    pub enabled: bool,
    /// For how many seconds, from 1 to 604,800. Required when it does.
    pub duration: Option<i32>,
}

/// Answers with another address. In its texts, `#{protocol}`, `#{host}`, `#{port}`, `#{path}` and `#{query}` stand for
/// those of the request, which is what they are by default.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Redirect {
    /// Whether for good or for now.
    pub status_code: RedirectStatusCode,
    /// `HTTP`, `HTTPS` or `#{protocol}`.
    pub protocol: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// The port, from 1 to 65,535, or `#{port}`.
    pub port: Option<String>,
    /// The path, beginning with `/`. `/#{path}` by default.
    pub path: Option<String>,
    /// The query, without `?`.
    pub query: Option<String>,
}

/// Whether a redirect is for good or for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum RedirectStatusCode {
    /// For good: 301.
    #[choice("HTTP_301")]
    Permanent,
    /// For now: 302.
    #[choice("HTTP_302")]
    Temporary,
}

/// Answers with a text.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct FixedResponse {
    /// The status, 2xx, 4xx or 5xx.
    pub status_code: i32,
    /// The type of the text. `text/plain` by default.
    pub content_type: Option<ContentType>,
    /// The text, at most 1,024 bytes. Empty by default.
    pub message_body: Option<String>,
}

/// The type of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ContentType {
    /// Plain text.
    #[choice("text/plain")]
    Plain,
    /// CSS.
    #[choice("text/css")]
    Css,
    /// HTML.
    #[choice("text/html")]
    Html,
    /// JavaScript.
    #[choice("application/javascript")]
    JavaScript,
    /// JSON.
    #[choice("application/json")]
    Json,
}

/// Has the client sign in at Cognito.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct AuthenticateCognito {
    /// The ARN of the user pool.
    pub user_pool_arn: String,
    /// The id of the user pool's client.
    pub user_pool_client_id: String,
    /// The domain of the user pool: its prefix, or all of it if it is the account's own.
    pub user_pool_domain: String,
    /// What becomes of a client that is not signed in. It is asked to by default.
    pub on_unauthenticated_request: Option<UnauthenticatedRequest>,
    /// The claims that are asked for. `openid` by default.
    pub scope: Option<String>,
    /// The cookie of the session. `AWSELBAuthSessionCookie` by default.
    pub session_cookie_name: Option<String>,
    /// For how many seconds the session lasts. 604,800, 7 days, by default.
    pub session_timeout: Option<i64>,
    /// Parameters of the request for authorization besides; at most 10.
    pub extra_parameters: BTreeMap<String, String>,
}

/// Has the client sign in at an OpenID Connect provider.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct AuthenticateOidc {
    /// Who the provider is, as its tokens say.
    pub issuer: String,
    /// Where clients are sent to sign in.
    pub authorization_endpoint: String,
    /// Where tokens are got.
    pub token_endpoint: String,
    /// Where claims are got.
    pub user_info_endpoint: String,
    /// The id that the provider knows the load balancer by.
    pub client_id: String,
    /// What proves it. AWS never tells it again.
    #[input(write_only)]
    pub client_secret: Option<Secret<String>>,
    /// What becomes of a client that is not signed in. It is asked to by default.
    pub on_unauthenticated_request: Option<UnauthenticatedRequest>,
    /// The claims that are asked for. `openid` by default.
    pub scope: Option<String>,
    /// The cookie of the session. `AWSELBAuthSessionCookie` by default.
    pub session_cookie_name: Option<String>,
    /// For how many seconds the session lasts. 604,800, 7 days, by default.
    pub session_timeout: Option<i64>,
    /// Parameters of the request for authorization besides; at most 10.
    pub extra_parameters: BTreeMap<String, String>,
}

/// What becomes of a client that is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum UnauthenticatedRequest {
    /// It is refused.
    Deny,
    /// It goes on all the same.
    Allow,
    /// It is asked to sign in.
    Authenticate,
}

#[cfg(feature = "provider")]
pub(super) mod convert;
