//! `stack state show`.

use stack_engine::event::Silent;
use stack_engine::{Connections, Session};
use stack_model::Urn;
use stack_review::redact::redacted;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::recorded;
use crate::render::style::print;

/// `stack state show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The resource
    urn: Urn,
}

/// Shows all that is recorded of one resource. Secrets stay hidden.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let home = super::home(invocation)?;
    let urn = &args.urn;
    let keys = home.reading();
    let session = Session::read(home.with_keys(&Silent, &keys), Connections::new([])).await?;
    let Some(resource) = session.state().resources.get(urn) else {
        return Err(Error::refused(
            format!("{urn} is not recorded"),
            "see what is with `stack state list`",
        ));
    };
    let text = match invocation.is_json()? {
        true => format!("{:#}\n", redacted(resource)),
        false => recorded::resource(urn, resource),
    };
    print(&text).map_err(Error::Output)?;
    Ok(Exit::Done)
}
