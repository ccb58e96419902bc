//! Tokens: the ways to get one, and the check of those that come with requests.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};

use crate::clock::Millis;
use crate::exchange::{Reply, Request};
use crate::random::guid;
use crate::refusal::Refusal;
use crate::world::World;

/// The one tenant that there is.
pub const TENANT: &str = "7e000000-0000-4000-8000-000000000001";

/// The tokens that were given out.
#[derive(Debug, Default)]
pub struct Tokens(BTreeMap<String, Token>);

/// What is known of a token.
#[derive(Debug)]
pub struct Token {
    /// What it is for.
    pub audience: String,
    /// Who it was given to.
    pub principal: String,
    end: Millis,
}

/// Why what a request brings is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It brings none.
    Missing,
    /// Nobody here gave it out.
    Unknown,
    /// Its time is over.
    Expired,
}

impl Tokens {
    /// Ends all tokens.
    pub fn expire(&mut self) {
        self.0.values_mut().for_each(|token| token.end = 0);
    }

    /// The token of a request.
    pub fn of(&self, request: &Request, now: Millis) -> Result<&Token, Unfit> {
        let header = request.header("authorization").unwrap_or_default();
        let bearer = header
            .get(..7)
            .filter(|scheme| scheme.eq_ignore_ascii_case("bearer "));
        if bearer.is_none() {
            return Err(Unfit::Missing);
        }
        match self.0.get(&header[7..]) {
            None => Err(Unfit::Unknown),
            Some(token) if token.end <= now => Err(Unfit::Expired),
            Some(token) => Ok(token),
        }
    }

    /// Checks the token of a request to Azure Resource Manager.
    pub fn check(&self, request: &Request, now: Millis) -> Result<(), Refusal> {
        let (code, message) = match self.of(request, now) {
            Ok(_) => return Ok(()),
            Err(Unfit::Missing) => (
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing or the scheme is invalid.",
            ),
            Err(Unfit::Unknown) => ("InvalidAuthenticationToken", "The access token is invalid."),
            Err(Unfit::Expired) => (
                "ExpiredAuthenticationToken",
                "The access token has expired. Get a new one.",
            ),
        };
        Err(unauthorized(request, code, message))
    }

    /// A new token. It looks as Microsoft's do, because clients read the tenant and the principal from it; its
    /// signature means nothing.
    fn issue(
        &mut self,
        audience: &str,
        client: &str,
        issuer: &str,
        lifetime: u64,
        now: Millis,
    ) -> String {
        let seconds = now / 1000;
        let end = seconds.saturating_add(lifetime);
        let header = json!({ "alg": "RS256", "typ": "JWT" });
        let claims = json!({
            "aud": audience, "iss": format!("{issuer}/{TENANT}/v2.0"), "iat": seconds, "nbf": seconds, "exp": end,
            "appid": client, "oid": client, "sub": client, "tid": TENANT, "idtyp": "app", "ver": "2.0",
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!(
            "{}.{}.{}",
            part(&header),
            part(&claims),
            URL_SAFE_NO_PAD.encode(guid())
        );
        let known = Token {
            audience: audience.to_owned(),
            principal: client.to_owned(),
            end: now.saturating_add(lifetime.saturating_mul(1000)),
        };
        self.0.insert(token.clone(), known);
        token
    }
}

fn unauthorized(request: &Request, code: &str, message: &str) -> Refusal {
    let challenge = format!(
        "Bearer authorization_uri=\"{}/{TENANT}\", error=\"invalid_token\", error_description=\"{message}\"",
        request.base
    );
    Refusal::new(401, code, message).with_header("www-authenticate", challenge)
}

/// Answers what is asked of the services that give out tokens; nothing when the request is for another.
pub fn answer(world: &mut World, request: &Request, now: Millis) -> Option<Reply> {
    let path = request.path.trim_end_matches('/').to_lowercase();
    let get = request.method == Method::GET;
    Some(match path.as_str() {
        "/metadata/endpoints" if get => Reply::json(200, endpoints(&request.base)),
        "/msi/token" if get => app_service(world, request, now),
        "/metadata/identity/oauth2/token" if get => instance_metadata(world, request, now),
        "/common/discovery/instance" if get => Reply::json(200, discovery(&request.base)),
        _ if get && path.ends_with("/.well-known/openid-configuration") => {
            Reply::json(200, configuration(&request.base))
        }
        _ if path.ends_with("/oauth2/v2.0/token") || path.ends_with("/oauth2/token") => {
            client(world, request, now)
        }
        _ => return None,
    })
}

/// The public cloud's document of the same name lists the same.
fn endpoints(base: &str) -> Value {
    json!([{
        "name": "AzureEmulator",
        "portal": base,
        "authentication": {
            "loginEndpoint": base, "audiences": [base, "https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common", "identityProvider": "AAD",
        },
        "resourceManager": base,
        "graph": base,
        "suffixes": {
            "storage": "core.windows.net", "keyVaultDns": "vault.azure.net", "acrLoginServer": "azurecr.io",
            "postgresqlServerEndpoint": "postgres.database.azure.com",
        },
    }])
}

fn configuration(base: &str) -> Value {
    json!({
        "token_endpoint": format!("{base}/{TENANT}/oauth2/v2.0/token"),
        "authorization_endpoint": format!("{base}/{TENANT}/oauth2/v2.0/authorize"),
        "device_authorization_endpoint": format!("{base}/{TENANT}/oauth2/v2.0/devicecode"),
        "issuer": format!("{base}/{TENANT}/v2.0"),
        "jwks_uri": format!("{base}/{TENANT}/discovery/v2.0/keys"),
    })
}

fn discovery(base: &str) -> Value {
    json!({
        "tenant_discovery_endpoint": format!("{base}/{TENANT}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [],
    })
}

/// What Azure App Service and Container Apps offer at `IDENTITY_ENDPOINT`.
fn app_service(world: &mut World, request: &Request, now: Millis) -> Reply {
    if request
        .header("x-identity-header")
        .is_none_or(str::is_empty)
    {
        return refused(
            401,
            "unauthorized_client",
            "The header X-IDENTITY-HEADER is missing.",
        );
    }
    managed(world, request, now)
}

/// What virtual machines are offered at 169.254.169.254.
fn instance_metadata(world: &mut World, request: &Request, now: Millis) -> Reply {
    if request.header("metadata") != Some("true") {
        return refused(
            400,
            "invalid_request",
            "Required metadata header not specified.",
        );
    }
    managed(world, request, now)
}

fn managed(world: &mut World, request: &Request, now: Millis) -> Reply {
    let Some(resource) = request.parameter("resource").map(str::to_owned) else {
        return refused(
            400,
            "invalid_request",
            "The query parameter 'resource' is missing.",
        );
    };
    let client = request
        .parameter("client_id")
        .unwrap_or("7e000000-0000-4000-8000-000000000002")
        .to_owned();
    let (token, lifetime) = issue(world, request, &resource, &client, now);
    let seconds = now / 1000;
    Reply::json(
        200,
        json!({
            "access_token": token, "client_id": client, "resource": resource, "token_type": "Bearer",
            "expires_in": lifetime.to_string(), "expires_on": seconds.saturating_add(lifetime).to_string(),
            "not_before": seconds.to_string(),
        }),
    )
}

/// The client credentials flow of OAuth 2.0, with a secret or an assertion.
fn client(world: &mut World, request: &Request, now: Millis) -> Reply {
    let text = String::from_utf8_lossy(&request.body);
    let (_, form) = Request::split(&format!("?{text}"));
    let field = |name: &str| {
        form.iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    if field("grant_type") != "client_credentials" {
        return refused(
            400,
            "unsupported_grant_type",
            "AADSTS70003: only client_credentials is supported here.",
        );
    }
    if field("client_id").is_empty() {
        return refused(
            400,
            "invalid_request",
            "AADSTS900144: The request body must contain the parameter 'client_id'.",
        );
    }
    let secret = field("client_secret");
    if secret == "wrong" {
        return refused(
            401,
            "invalid_client",
            "AADSTS7000215: Invalid client secret provided.",
        );
    }
    if secret.is_empty() && field("client_assertion").is_empty() {
        let message =
            "AADSTS7000218: The request body must contain 'client_assertion' or 'client_secret'.";
        return refused(401, "invalid_client", message);
    }
    let scope = match field("scope") {
        "" => field("resource").to_owned(),
        scope => scope.trim_end_matches("/.default").to_owned(),
    };
    let (token, lifetime) = issue(world, request, &scope, field("client_id"), now);
    Reply::json(
        200,
        json!({ "token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token }),
    )
}

fn issue(
    world: &mut World,
    request: &Request,
    audience: &str,
    client: &str,
    now: Millis,
) -> (String, u64) {
    let lifetime = world.settings.base().token_lifetime;
    (
        world
            .tokens
            .issue(audience, client, &request.base, lifetime, now),
        lifetime,
    )
}

fn refused(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(
        status,
        json!({ "error": error, "error_description": description }),
    )
}
