//! A local Azure, in this process: the library of `crates/azure-emulator`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value as Json;
use stack_azure_emulator::Emulator;
use tokio::sync::oneshot;

use crate::error::{Doing, Result};

/// A local Azure. It ends when this is dropped.
#[derive(Debug)]
pub struct LocalAzure {
    endpoint: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl LocalAzure {
    /// Starts one, whose long-running operations take so long. No `Retry-After` is sent: it counts in whole seconds.
    pub fn start(operation_time: Duration) -> Result<Self> {
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(error) => return drop(tell.send(Err(error))),
            };
            runtime.block_on(async {
                let emulator = Emulator::builder()
                    .operation_time(operation_time)
                    .retry_after(false);
                match emulator.start().await {
                    Ok(running) => {
                        let _ = tell.send(Ok(running.endpoint().to_owned()));
                        let _ = stopped.await;
                    }
                    Err(error) => drop(tell.send(Err(std::io::Error::other(error)))),
                }
            });
        };
        let thread = std::thread::spawn(serve);
        let endpoint = told
            .recv()
            .unwrap_or_else(|_| Err(std::io::Error::other("it ended before it began")))
            .doing(|| "start the Azure emulator".to_owned())?;
        Ok(Self {
            endpoint,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Its address.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What `stack` and the SDKs of Azure read to reach a subscription on it. Any GUID is one.
    pub fn variables(&self, subscription: &str) -> [(&'static str, String); 4] {
        [
            ("STACK_AZURE_ENDPOINT", self.endpoint.clone()),
            ("AZURE_SUBSCRIPTION_ID", subscription.to_owned()),
            ("IDENTITY_ENDPOINT", format!("{}/msi/token", self.endpoint)),
            ("IDENTITY_HEADER", "local".to_owned()),
        ]
    }

    /// Asks the emulator's control API, which the emulator's README describes.
    pub fn control(&self, method: &str, what: &str, body: Option<&Json>) -> Result<Json> {
        let path = format!("/_emulator/{what}");
        let (_, answer) = self.ask(method, &path, &[], body)?;
        Ok(answer)
    }

    /// A token of its managed identity, for a resource.
    pub fn token(&self, resource: &str) -> Result<String> {
        let path = format!("/msi/token?resource={resource}");
        let (_, answer) = self.ask("GET", &path, &[("x-identity-header", "local")], None)?;
        Ok(answer["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// Asks anything of it: the status, and the body; null when there is none.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Json>,
    ) -> Result<(u16, Json)> {
        let doing = || format!("ask the Azure emulator for {method} {path}");
        let address = self.endpoint.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).doing(doing)?;
        let body = body.map(Json::to_string).unwrap_or_default();
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).doing(doing)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).doing(doing)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        let body = match body {
            "" => Json::Null,
            body => serde_json::from_str(body)
                .map_err(std::io::Error::from)
                .doing(doing)?,
        };
        Ok((status.unwrap_or_default(), body))
    }
}

impl Drop for LocalAzure {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the emulator has been told already.
            let _ = thread.join();
        }
    }
}
