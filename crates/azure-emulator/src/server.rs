//! HTTP: connections on the loopback interface, with or without TLS.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::clock;
use crate::disk::Disk;
use crate::exchange::{Reply, Request};
use crate::world::{Answered, World};

/// What connections share.
pub struct Shared {
    /// All that the emulator knows.
    pub world: Mutex<World>,
    /// Where it is kept, if it is.
    pub disk: Option<Disk>,
    /// `http` or `https`.
    pub scheme: &'static str,
}

/// Opens the port; 0 is any free one.
pub async fn listen(port: u16) -> std::io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Serves until it is told to stop.
pub async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
            _ = stop.changed() => return,
        };
        // Answers are small; waiting to fill a packet would add 40 ms to each.
        let _ = stream.set_nodelay(true);
        let (shared, stop, tls) = (shared.clone(), stop.clone(), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => connection(stream, shared, stop).await,
                // A client that does not trust the certificate is told so by TLS itself.
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, shared, stop).await;
                    }
                }
            }
        });
    }
}

async fn connection<S>(stream: S, shared: Arc<Shared>, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| respond(request, shared.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // An error is a client that went away, or a connection that a fault closes.
        _ = connection => {}
        _ = stop.changed() => {}
    }
}

/// A fault that closes the connection; hyper does so when a service fails.
#[derive(Debug, thiserror::Error)]
#[error("a fault closes the connection")]
struct Closed;

async fn respond(
    request: http::Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Closed> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Closed)?.to_bytes();
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let (path, query) = Request::split(target);
    let host = parts
        .headers
        .get("host")
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let request = Request {
        base: format!("{}://{host}", shared.scheme),
        method: parts.method,
        path,
        query,
        headers: parts.headers,
        body,
    };
    let answered = answered(&shared, &request);
    if answered.delay > 0 {
        tokio::time::sleep(Duration::from_millis(answered.delay)).await;
    }
    answered.reply.map(|reply| written(&reply)).ok_or(Closed)
}

fn answered(shared: &Shared, request: &Request) -> Answered {
    // What a panic left behind is as good as a restarted service's state: each change is one step.
    let mut world = shared.world.lock().unwrap_or_else(PoisonError::into_inner);
    let mut answered = world.handle(request, clock::now());
    if let (Some(disk), true) = (&shared.disk, request.is_write())
        && let Err(error) = disk.save(&world.store)
    {
        let message = format!("The state could not be kept on disk: {error}.");
        answered.reply = Some(crate::refusal::Refusal::new(500, "StateNotKept", message).into());
    }
    answered
}

fn written(reply: &Reply) -> Response<Full<Bytes>> {
    let body = reply
        .body
        .as_ref()
        .map(|body| Bytes::from(body.to_string()))
        .unwrap_or_default();
    let mut response = Response::new(Full::new(body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers: Vec<(&str, &str)> = reply
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    if reply.body.is_some() {
        headers.push(("content-type", "application/json; charset=utf-8"));
    }
    for (name, value) in headers {
        let name = http::HeaderName::try_from(name);
        let value = http::HeaderValue::try_from(value);
        if let (Ok(name), Ok(value)) = (name, value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
