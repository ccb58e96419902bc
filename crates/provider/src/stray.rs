//! What is there at a cloud, whoever knows of it.

use std::collections::BTreeMap;

use stack_model::TypeName;

use crate::error::{ErrorKind, Result};
use crate::owner::Owner;

/// What is looked for in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// Objects that carry our tags.
    Tagged,
    /// Every object of a type that we know, but for those that the cloud makes and keeps by itself, such as the default
    /// network of an account.
    All,
}

/// An object that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// Its type.
    pub type_name: TypeName,
    /// The cloud's name of it, as the type's handler reads it.
    pub id: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made, RFC 3339, where the cloud tells.
    pub created: Option<String>,
}

impl Stray {
    /// One of our tags.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }

    /// The UUID of the state that it was made by, if it was made by one.
    pub fn lineage(&self) -> Option<&str> {
        self.tag(Owner::LINEAGE)
    }
}

/// What was found in an account, and what could not be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strays {
    /// The objects.
    pub found: Vec<Stray>,
    /// The cloud's names of further objects that were seen: they are of a type that we do not know, or were not looked for.
    /// What holds one of them would take it along.
    pub others: Vec<String>,
    /// What a person should not take to be absent, in words: `aws:ec2:Route: cannot carry tags`,
    /// `elasticloadbalancing:DescribeTags: User is not authorized (AccessDenied)`.
    pub unseen: Vec<String>,
    /// How many questions were not answered.
    pub unanswered: usize,
}

impl Strays {
    /// Takes in what one question to the cloud found. A question that was not answered is said, and hides no other; without
    /// credentials none will be answered.
    pub fn take(&mut self, answer: Result<Vec<Stray>>) -> Result<()> {
        match answer {
            Ok(found) => self.found.extend(found),
            Err(error) if error.kind == ErrorKind::Credentials => return Err(error),
            Err(error) => {
                self.unanswered += 1;
                self.unseen.push(error.to_string());
            }
        }
        Ok(())
    }
}
