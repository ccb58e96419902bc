//! `stack state list`.

use serde_json::json;
use stack_engine::event::Silent;
use stack_engine::{Connections, Session};
use stack_review::redact::redacted;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::recorded;
use crate::render::style::{print, talk};

/// Lists the resources that are recorded.
pub async fn run(invocation: &Invocation) -> Result<Exit> {
    let home = super::home(invocation)?;
    let keys = home.reading();
    let session = Session::read(home.with_keys(&Silent, &keys), Connections::new([])).await?;
    let state = session.state();
    let text = match invocation.is_json()? {
        false => recorded::list(state),
        true => {
            let resource = |(urn, recorded)| json!({"urn": urn, "state": redacted(recorded)});
            let resources: Vec<_> = state.resources.iter().map(resource).collect();
            format!(
                "{:#}\n",
                json!({"state": state.header, "resources": resources})
            )
        }
    };
    print(&text).map_err(Error::Output)?;
    if session.is_in_doubt() {
        talk("warning: an earlier run left something in doubt; `stack refresh` settles it");
    }
    Ok(Exit::Done)
}
