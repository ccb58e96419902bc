//! What a person says of the record: this is what is recorded, this is what it is called, this is no longer ours.

use stack_model::Urn;

use super::Session;
use crate::backend::Seal;
use crate::error::{Error, Result};
use crate::state::{Delta, Header, State};

impl Session<'_> {
    /// Records another content from now on, whether it contradicts itself or not, and commits. What is in doubt is
    /// settled first, since the commit takes the place of the journals that hold it.
    pub async fn replace(&mut self, mut content: State) -> Result<()> {
        self.settle().await?;
        let Header {
            production,
            expires,
            ..
        } = content.header;
        content.header = Header {
            production,
            expires,
            ..self.state.header.clone()
        };
        let before = std::mem::replace(&mut self.state, content);
        let saved = self.save().await;
        if saved.is_err() {
            self.state = before;
        }
        saved
    }

    /// Gives a resource another urn. What depends on it follows.
    pub async fn rename_resource(&mut self, from: &Urn, to: &Urn) -> Result<()> {
        if !self.state.resources.contains_key(from) {
            return Err(Error::problem(from, "is not recorded"));
        }
        if self.state.resources.contains_key(to) {
            return Err(Error::problem(to, "is recorded already"));
        }
        if from.type_name() != to.type_name() {
            return Err(Error::problem(
                from,
                format!("is of another type than {to}, and an object does not change its type"),
            ));
        }
        self.settle().await?;
        self.learn(Delta::Rename {
            from: from.clone(),
            to: to.clone(),
        });
        self.save().await
    }

    /// Forgets a resource without touching the cloud.
    pub async fn forget(&mut self, urn: &Urn) -> Result<()> {
        let doubts = self.doubts.len();
        self.doubts.retain(|doubt| doubt.intent.urn != *urn);
        if !self.state.resources.contains_key(urn) && self.doubts.len() == doubts {
            return Err(Error::problem(urn, "is not recorded"));
        }
        self.state
            .forgetting(urn)
            .into_iter()
            .for_each(|delta| self.learn(delta));
        self.save().await
    }

    /// Keeps the data key in another way from now on, and commits. The data key is to be the same: what was sealed
    /// before stays readable.
    pub async fn rewrap(&mut self, seal: Box<dyn Seal>) -> Result<()> {
        let probe = self.seal.seal(b"probe")?;
        if seal.open(&probe)? != b"probe" {
            return Err(Error::Other(
                "the new key does not open what the old one sealed".into(),
            ));
        }
        self.seal = seal;
        self.save().await
    }
}
