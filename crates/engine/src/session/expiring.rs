//! When an environment is to be torn down, in what is recorded and on what is there.

use jiff::Timestamp;
use stack_model::Name;
use stack_provider::Owner;

use super::Session;
use crate::error::{Error, Result};
use crate::state::Delta;

impl Session<'_> {
    /// Records when the environment is to be torn down, if ever. What is made from then on carries it as a tag.
    pub fn set_expiry(&mut self, at: Option<Timestamp>) {
        if self.state.header.expires != at {
            self.learn(Delta::Expiry { at });
        }
    }

    /// Says the recorded expiry on what is there already: a tag for people and for other tools, since the record decides. Gives
    /// what could not be tagged, and why.
    pub async fn tag_expiry(&mut self) -> Result<Vec<String>> {
        self.compare_accounts(None).await?;
        let value = self.state.header.expires.map(|at| at.to_string());
        let objects = self
            .state
            .resources
            .values()
            .filter_map(|one| one.object.as_ref());
        let mut names: Vec<&Name> = objects.map(|object| &object.request.provider).collect();
        names.sort();
        names.dedup();
        let mut untagged = Vec::new();
        for name in names {
            let mutator = self.connections.mutator(name).await?;
            let lineage = &self.state.header.lineage;
            let tagged = mutator
                .retag(lineage, Owner::EXPIRES, value.as_deref())
                .await;
            untagged.extend(tagged.map_err(|source| Error::Cloud {
                doing: format!("cannot tag what {name} leads to"),
                source,
            })?);
        }
        Ok(untagged)
    }
}
