//! Starting and stopping an emulator.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::clock;
use crate::disk::Disk;
use crate::server::{self, Shared};
use crate::settings::{AllSettings, Settings};
use crate::world::World;

/// Why an emulator does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The port could not be opened.
    #[error("cannot listen on port {port} of 127.0.0.1; choose another, or 0 for any free one")]
    Listen {
        /// The port.
        port: u16,
        /// What the operating system answered.
        #[source]
        source: std::io::Error,
    },
    /// The folder of the state could not be used.
    #[error("cannot use the state in {}; name another folder, or remove what is in it", folder.display())]
    State {
        /// The folder.
        folder: PathBuf,
        /// What the operating system answered, or what is wrong with the file.
        #[source]
        source: std::io::Error,
    },
    /// The certificate could not be made.
    #[error("cannot make a certificate for TLS")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// An emulator that is not started yet.
#[derive(Debug, Default)]
pub struct Builder {
    port: u16,
    tls: bool,
    state: Option<PathBuf>,
    settings: Settings,
}

impl Builder {
    /// Listens on a port of 127.0.0.1; 0, which is the default, is any free one.
    pub fn port(mut self, port: u16) -> Builder {
        self.port = port;
        self
    }

    /// Speaks TLS, with a certificate that [`Running::certificate`] gives.
    pub fn tls(mut self, tls: bool) -> Builder {
        self.tls = tls;
        self
    }

    /// Keeps what exists in a folder. Without one it is in memory only.
    pub fn state(mut self, folder: impl Into<PathBuf>) -> Builder {
        self.state = Some(folder.into());
        self
    }

    /// How long each long-running operation takes; without it each is done at the first poll.
    pub fn operation_time(mut self, time: Duration) -> Builder {
        self.settings.operation_time = clock::millis(time);
        self
    }

    /// Whether `Retry-After` is sent, as it is unless told otherwise.
    pub fn retry_after(mut self, send: bool) -> Builder {
        self.settings.retry_after = send;
        self
    }

    /// Starts it on the runtime that this is called on.
    pub async fn start(self) -> Result<Running, StartError> {
        let mut world = World {
            settings: AllSettings::new(self.settings),
            ..World::default()
        };
        let mut disk = None;
        if let Some(folder) = self.state {
            let wrong = |source| StartError::State {
                folder: folder.clone(),
                source,
            };
            let opened = Disk::open(&folder).map_err(wrong)?;
            world.store = opened.load().map_err(wrong)?;
            disk = Some(opened);
        }
        let port = self.port;
        let (listener, address) = server::listen(port)
            .await
            .map_err(|source| StartError::Listen { port, source })?;
        let secure = self.tls.then(certificate).transpose()?;
        let (acceptor, certificate) = secure.unzip();
        let scheme = if self.tls { "https" } else { "http" };
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            disk,
            scheme,
        });
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(server::serve(listener, acceptor, shared, stopped));
        Ok(Running {
            endpoint: format!("{scheme}://{address}"),
            certificate,
            stop,
            task,
        })
    }
}

/// A certificate of our own for this machine, and what presents it.
fn certificate() -> Result<(TlsAcceptor, String), StartError> {
    let wrong = |error: Box<dyn std::error::Error + Send + Sync>| StartError::Certificate(error);
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| wrong(error.into()))?;
    let pem = made.cert.pem();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())
        .map_err(|error| wrong(error.into()))?;
    let provider = tokio_rustls::rustls::crypto::ring::default_provider();
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.into()))?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .map_err(|error| wrong(error.into()))?;
    Ok((TlsAcceptor::from(Arc::new(config)), pem))
}

/// The emulator: a local Azure Resource Manager.
#[derive(Debug)]
pub struct Emulator;

impl Emulator {
    /// One that is to be started.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

/// An emulator that runs. It ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    endpoint: String,
    certificate: Option<String>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Running {
    /// Its URL, without a path.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Its certificate as PEM, when it speaks TLS: what a client must trust.
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }

    /// Ends it and waits for the end.
    pub async fn shutdown(self) {
        // Nobody listens any more only when it has ended already.
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::Emulator;

    /// The status and the body of an answer.
    fn ask(endpoint: &str, request: &str) -> (u16, String) {
        let address = endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("it listens");
        let whole = format!("{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(whole.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        (status.expect("a status"), body.to_owned())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_runs_inside_a_test_and_ends_with_it() {
        let running = Emulator::builder().start().await.expect("it starts");
        let endpoint = running.endpoint().to_owned();
        let (status, cloud) = ask(&endpoint, "GET /metadata/endpoints");
        assert_eq!(status, 200);
        assert!(cloud.contains(&endpoint), "{cloud}");
        let (status, refusal) = ask(
            &endpoint,
            "GET /subscriptions/x/resourcegroups?api-version=2025-04-01",
        );
        assert_eq!(status, 401);
        assert!(refusal.contains("AuthenticationFailed"), "{refusal}");
        running.shutdown().await;
        assert!(TcpStream::connect(endpoint.trim_start_matches("http://")).is_err());
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_an_error() {
        let first = Emulator::builder().start().await.expect("it starts");
        let port = first
            .endpoint()
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok());
        let second = Emulator::builder()
            .port(port.expect("a port"))
            .start()
            .await;
        let error = second.expect_err("the port is taken").to_string();
        assert!(error.contains("cannot listen on port"), "{error}");
    }

    #[tokio::test]
    async fn a_state_that_is_no_state_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("state.json"), "{").expect("a file");
        let error = Emulator::builder()
            .state(folder.path())
            .start()
            .await
            .expect_err("it is not JSON");
        assert!(
            error.to_string().contains("cannot use the state"),
            "{error}"
        );
    }
}
