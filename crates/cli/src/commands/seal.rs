//! `stack seal`.

use stack_engine::Session;
use stack_engine::event::Silent;

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::style::{print, talk};
use crate::{hidden, project, providers};

/// `stack seal`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Seals what a person types, or what standard input holds, with the environment's key, and prints it as a value for
/// `Stack.toml`.
pub async fn run(invocation: &Invocation, _: Args) -> Result<Exit> {
    let sealed = sealed(invocation, "seal", "the secret: ").await?;
    let value = format!("{{ {} = \"{sealed}\" }}\n", project::SEALED);
    print(&value).map_err(Error::Output)?;
    let project = invocation.project()?;
    talk(&format!(
        "put it under [environments.{}] of Stack.toml, as the value of its key",
        invocation.environment(&project)?.name
    ));
    Ok(Exit::Done)
}

/// Asks for a secret, and seals it with the environment's key.
///
/// An environment that has no state yet gets one: its key is born with it.
pub async fn sealed(invocation: &Invocation, command: &str, question: &str) -> Result<String> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let home = Home::of(&project, &environment)?;
    let secret = hidden::secret(question).await?;
    let serials = home.backend.serials().await;
    let place = home.place(&Silent);
    let session = match serials.map_err(stack_engine::Error::from)?.is_empty() {
        true => {
            let holder = invocation.holder(command);
            Session::write(place, providers::connections(), &holder).await?
        }
        false => Session::read(place, providers::connections()).await?,
    };
    let sealed = project::seal(&secret, session.seal()).map_err(stack_engine::Error::from);
    session.close().await?;
    Ok(sealed?)
}
