//! HTTP on the loopback interface.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

use super::world::{BOT, FORK_TOKEN, How, MALLORY, Reply, Request, TOKEN, User, World};
use super::{Kind, github, gitlab};

/// Opens any free port.
pub async fn listen() -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves for ever.
pub async fn serve(listener: TcpListener, kind: Kind, endpoint: String, world: Arc<Mutex<World>>) {
    let shared = Arc::new(Shared {
        kind,
        endpoint,
        world,
    });
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { shared.respond(request).await }
            });
            // An error is a client that went away, or a connection that a fault closes.
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

struct Shared {
    kind: Kind,
    endpoint: String,
    world: Arc<Mutex<World>>,
}

/// The connection ends without an answer; hyper does so when a service fails.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed")]
struct Closed;

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn respond(
        &self,
        request: http::Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Closed> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
        let header = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let asks = header("private-token").or_else(|| {
            let value = header("authorization")?;
            value
                .strip_prefix("Bearer ")
                .or_else(|| value.strip_prefix("token "))
        });
        let method = parts.method.as_str();
        let (path, query) = (parts.uri.path(), parts.uri.query().unwrap_or_default());
        let body: Json = serde_json::from_slice(&body).unwrap_or_default();

        let lists = ["/comments", "/notes", "/issues"];
        let is_list = method == "GET" && lists.iter().any(|list| path.ends_with(list));
        if is_list {
            self.meet().await;
        }
        let (reply, lost) = {
            let mut world = self.world();
            let hit = world.hit(method, path);
            let api = format!("{}{}", self.endpoint, self.kind.rest());
            let below = path.strip_prefix(self.kind.rest());
            let request = Request {
                method,
                parts: below.unwrap_or(path).split('/').skip(1).collect(),
                query,
                body: &body,
                asks: asks.and_then(of),
                api: &api,
            };
            let mut answer = || match self.kind {
                Kind::GitHub => github::answer(&mut world, &request),
                Kind::GitLab => gitlab::answer(&mut world, &request),
            };
            let (reply, lost) = match hit {
                None => (answer(), false),
                Some(How::Lose) => (answer(), true),
                Some(How::Answer(reply)) => (reply, false),
                Some(How::Deny(reply)) => {
                    answer();
                    (reply, false)
                }
            };
            world.exchanges.push(json!({
                "method": method, "path": path, "query": query, "body": body,
                "agent": header("user-agent"), "status": reply.status, "answer": reply.body,
            }));
            (reply, lost)
        };
        match lost {
            true => Err(Closed),
            false => Ok(written(&reply)),
        }
    }

    /// Waits for the other, where there is one to wait for.
    async fn meet(&self) {
        let meeting = {
            let mut world = self.world();
            let (meeting, left) = match world.meeting.take() {
                None => return,
                Some((meeting, left)) => (meeting, left - 1),
            };
            if left > 0 {
                world.meeting = Some((Arc::clone(&meeting), left));
            }
            meeting
        };
        meeting.wait().await;
    }
}

/// Whose a token is, and whether it may write.
fn of(token: &str) -> Option<(User, bool)> {
    match token {
        TOKEN => Some((BOT, true)),
        FORK_TOKEN => Some((BOT, false)),
        "mallory" => Some((MALLORY, true)),
        _ => None,
    }
}

fn written(reply: &Reply) -> Response<Full<Bytes>> {
    let body = match &reply.body {
        Json::Null => Bytes::new(),
        body => Bytes::from(body.to_string()),
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let usual = [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("x-github-request-id", "C0FF:EE".to_owned()),
    ];
    for (name, value) in usual.iter().chain(&reply.headers) {
        if let Ok(value) = HeaderValue::try_from(value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    response
}
