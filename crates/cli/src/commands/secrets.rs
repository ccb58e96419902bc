//! `stack secrets`.

use stack_backend::{Keeper, Wrap};
use stack_engine::Session;
use stack_engine::event::Silent;

use crate::environment::{Home, passphrase};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::providers;
use crate::render::style::talk;

/// The variable that holds the passphrase to change to.
const NEXT: &str = "STACK_NEW_PASSPHRASE";

/// `stack secrets`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Keep the environment's key in another way: in a key file, under a new passphrase, or with a cloud's key service
    Rotate(Rotate),
}

/// `stack secrets rotate`.
#[derive(Debug, clap::Args)]
pub struct Rotate {
    /// What keeps the key from now on: key-file, passphrase, aws-kms:KEY or azure-key-vault:KEY
    ///
    /// key-file: the key file, which is made if there is none. passphrase: the one in STACK_NEW_PASSPHRASE. aws-kms:KEY:
    /// a key of AWS KMS, by its id, its ARN or alias/NAME. azure-key-vault:KEY: a key of Azure Key Vault, by its
    /// identifier, https://VAULT.vault.azure.net/keys/NAME, with or without a version.
    #[arg(long, value_name = "KEEPER")]
    to: Keeper,
}

pub async fn run(invocation: &Invocation, command: Command) -> Result<Exit> {
    let Command::Rotate(args) = command;
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let home = Home::of(&project, &environment)?;
    let serials = home.backend.serials().await;
    if serials.map_err(stack_engine::Error::from)?.is_empty() {
        talk("nothing is recorded yet, so there is no key to keep in another way");
        return Ok(Exit::Done);
    }
    let next: Box<dyn Wrap> = match &args.to {
        Keeper::Passphrase => Box::new(passphrase(NEXT)?.ok_or_else(|| {
            Error::usage(
                "there is no new passphrase",
                format!("set {NEXT} to it, and keep STACK_PASSPHRASE as it is"),
            )
        })?),
        Keeper::KeyFile | Keeper::AwsKms(_) | Keeper::AzureKeyVault(_) => {
            home.keys.by(&args.to).map_err(stack_engine::Error::from)?
        }
    };
    let place = home.place(&Silent);
    let holder = invocation.holder("secrets rotate");
    let mut session = Session::write(place, providers::connections(), &holder).await?;
    let rewrapped = async {
        let lineage = session.state().header.lineage.clone();
        let header = session.seal().header();
        let seal = home.keys.rewrap(&lineage, &header, next.as_ref()).await;
        Ok::<_, Error>(
            session
                .rewrap(seal.map_err(stack_engine::Error::from)?)
                .await?,
        )
    }
    .await;
    session.close().await?;
    rewrapped?;
    talk(&format!(
        "the key of {} is kept by {} now; older states, saved plans and Stack.toml stay readable with it",
        environment.name,
        match &args.to {
            Keeper::Passphrase => "the new passphrase".to_owned(),
            Keeper::KeyFile => "the key file".to_owned(),
            Keeper::AwsKms(key) => format!("the AWS KMS key {key}"),
            Keeper::AzureKeyVault(key) => format!("the Azure Key Vault key {key}"),
        }
    ));
    if let Some(said) = environment.sealed_by.filter(|said| *said != args.to) {
        talk(&format!(
            "Stack.toml still says sealed_by = \"{said}\" for {}: change it to \"{}\"",
            environment.name, args.to
        ));
    }
    Ok(Exit::Done)
}
