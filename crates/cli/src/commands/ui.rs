//! `stack ui`.

use std::io::Write;
use std::process::{Command, Stdio};

use async_trait::async_trait;
use serde_json::json;
use stack_engine::Backend;
use stack_ui::{Server, Source, Unread};
use tempfile::NamedTempFile;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::providers;
use crate::render::style::{print, talk};
use crate::site::Site;

/// `stack ui`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The backend to look at, relative to this folder; that of the Stack.toml here, when not given
    #[arg(long, value_name = "URL")]
    backend: Option<String>,
    /// The port to listen on; any free one when not given
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Open the page in this person's browser
    #[arg(long)]
    open: bool,
}

/// Serves a page over a backend until it is stopped. Writes nothing, and needs no key.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    if let Some(environment) = invocation.asked_environment() {
        return Err(Error::usage(
            format!("the page shows every environment, and {environment} was asked for"),
            "leave --environment and STACK_ENVIRONMENT out",
        ));
    }
    let is_json = invocation.is_json()?;
    let site = Site::named(args.backend.as_deref(), &invocation.global.directory)?;
    let name = site.url.clone();
    match invocation.unless_cancelled(site.environments()).await {
        Ok(_) => {}
        // What cannot be read now may be there later; a URL that leads nowhere never leads anywhere.
        Err(error @ Error::Engine(_)) => talk(&format!("warning: {}", Unread::because(&error).0)),
        Err(error) => return Err(error),
    }
    let schemas = providers::connections().schemas().clone();
    let server = Server::open(args.port, Box::new(Looked(site)), schemas).await;
    let server = server.map_err(|error| {
        Error::refused(
            format!(
                "cannot listen on port {} of this machine: {error}",
                args.port
            ),
            "choose another with --port, or leave it out",
        )
    })?;
    let address = server.address();
    let text = match is_json {
        false => format!("{address}\n"),
        true => format!("{}\n", json!({"event": "serving", "address": address})),
    };
    print(&text).map_err(Error::Output)?;
    talk(&format!(
        "the page of {name} is at this address, for this machine and for whoever has it; Ctrl-C ends it"
    ));
    let _leading = match args.open {
        true => open(&address),
        false => None,
    };
    server.serve(&invocation.cancelled).await;
    Ok(Exit::Done)
}

/// Opens the address in a browser. By way of a file that this person alone can read: what a command is given, everybody on
/// the machine can see.
fn open(address: &str) -> Option<NamedTempFile> {
    let opened = || {
        let mut file = tempfile::Builder::new().suffix(".html").tempfile()?;
        write!(
            file,
            "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0; url={address}\"><title>stack ui</title>"
        )?;
        let opener = match cfg!(target_os = "macos") {
            true => "open",
            false => "xdg-open",
        };
        let silent = || Stdio::null();
        let mut command = Command::new(opener);
        command
            .arg(file.path())
            .stdin(silent())
            .stdout(silent())
            .stderr(silent());
        command.spawn()?;
        Ok::<_, std::io::Error>(file)
    };
    opened()
        .inspect_err(|error| talk(&format!("warning: no browser could be opened: {error}")))
        .ok()
}

/// A backend that is only looked at.
struct Looked(Site);

#[async_trait]
impl Source for Looked {
    fn name(&self) -> &str {
        &self.0.url
    }

    async fn environments(&self) -> Result<Vec<(String, String)>, Unread> {
        let found = self.0.environments().await;
        let found = found.map_err(|error| Unread::because(&error))?;
        let named = |(stack, environment): (stack_model::Name, stack_model::Name)| {
            (stack.to_string(), environment.to_string())
        };
        Ok(found.into_iter().map(named).collect())
    }

    fn open(&self, stack: &str, environment: &str) -> Result<Box<dyn Backend>, Unread> {
        let backend = self.0.backend(stack, environment);
        backend.map_err(|error| Unread::because(&error))
    }
}
