//! `stack seal`.

use std::io::{IsTerminal, Read};

use stack_engine::Session;
use stack_engine::event::Silent;

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::project;
use crate::providers;
use crate::render::style::{print, talk};

/// `stack seal`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Seals what standard input holds with the environment's key, and prints it as a value for `Stack.toml`.
///
/// An environment that has no state yet gets one: its key is born with it.
pub async fn run(invocation: &Invocation, _: Args) -> Result<Exit> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let home = Home::of(&project, &environment)?;
    if std::io::stdin().is_terminal() {
        talk("type the secret, then Enter and Ctrl-D");
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|source| Error::File {
            doing: "read",
            path: "standard input".into(),
            source,
        })?;
    let secret = text.strip_suffix('\n').unwrap_or(&text);
    if secret.is_empty() {
        return Err(Error::usage(
            "there is no secret on standard input",
            "printf %s … | stack seal",
        ));
    }
    let place = home.place(&Silent);
    let serials = home
        .backend
        .serials()
        .await
        .map_err(stack_engine::Error::from)?;
    let session = match serials.is_empty() {
        true => {
            let holder = invocation.holder("seal");
            Session::write(place, providers::connections(), &holder).await?
        }
        false => Session::read(place, providers::connections()).await?,
    };
    let sealed = project::seal(secret, session.seal()).map_err(stack_engine::Error::from);
    session.close().await?;
    print(&format!("{}\n", sealed?)).map_err(Error::Output)?;
    talk(&format!(
        "put it under [environments.{}] of Stack.toml, as the value of its key",
        environment.name
    ));
    Ok(Exit::Done)
}
