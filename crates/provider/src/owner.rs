//! Whose object it is.

use std::collections::BTreeMap;

use stack_model::Urn;

/// What is written on an object when it is made, so that it can be found again after a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The UUID that the state was born with.
    pub lineage: String,
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
    /// When the environment is to be torn down, if ever, RFC 3339.
    pub expires: Option<String>,
    /// Our name for the resource.
    pub urn: Urn,
    /// What tells this one create from every other. Also the client token, where an API takes one.
    pub token: String,
}

impl Owner {
    /// The prefix of our tags' keys.
    pub const PREFIX: &str = "stack:";
    /// The tag that holds the lineage.
    pub const LINEAGE: &str = "stack:lineage";
    /// The tag that holds the stack's name.
    pub const STACK: &str = "stack:stack";
    /// The tag that holds the environment's name.
    pub const ENVIRONMENT: &str = "stack:environment";
    /// The tag that says when the environment was to be torn down as the object was made, RFC 3339. The state knows
    /// better: it may have been put off since.
    pub const EXPIRES: &str = "stack:expires";
    /// The tag that holds the urn.
    pub const URN: &str = "stack:urn";
    /// The tag that holds the token.
    pub const TOKEN: &str = "stack:token";

    /// The tags of the object: the program's and ours. Ours win.
    pub fn tags(&self, tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let ours = [
            (Self::LINEAGE, self.lineage.as_str()),
            (Self::STACK, &self.stack),
            (Self::ENVIRONMENT, &self.environment),
            (Self::URN, self.urn.as_str()),
            (Self::TOKEN, &self.token),
        ];
        let mut all = tags.clone();
        let expires = self.expires.iter();
        all.extend(expires.map(|at| (Self::EXPIRES.to_owned(), at.clone())));
        all.extend(ours.map(|(key, value)| (key.to_owned(), value.to_owned())));
        all
    }

    /// The tags that a program manages: all but ours and the cloud's own.
    pub fn without_ours(
        tags: impl IntoIterator<Item = (String, String)>,
    ) -> BTreeMap<String, String> {
        tags.into_iter()
            .filter(|(key, _)| !key.starts_with(Self::PREFIX) && !key.starts_with("aws:"))
            .collect()
    }
}

/// Whose objects are looked for.
///
/// The lineage is part of both, so that a colleague's stack of the same name never loses anything.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'a> {
    /// Those that exactly one create may have made. The object that it replaces is not among them.
    Create(&'a Owner),
    /// Those of a resource, whichever create made them.
    Resource {
        /// The UUID that the state was born with.
        lineage: &'a str,
        /// Our name for the resource.
        urn: &'a Urn,
    },
}

impl<'a> Whose<'a> {
    /// The tags that tell its objects from all others.
    pub fn marks(self) -> [(&'static str, &'a str); 2] {
        match self {
            Self::Create(owner) => [
                (Owner::LINEAGE, &owner.lineage),
                (Owner::TOKEN, &owner.token),
            ],
            Self::Resource { lineage, urn } => {
                [(Owner::LINEAGE, lineage), (Owner::URN, urn.as_str())]
            }
        }
    }

    /// Our name for their resource.
    pub fn urn(self) -> &'a Urn {
        match self {
            Self::Create(owner) => &owner.urn,
            Self::Resource { urn, .. } => urn,
        }
    }

    /// Whether an object with these tags is one of them.
    pub fn owns(self, tags: &BTreeMap<String, String>) -> bool {
        let has = |(key, value): (&str, &str)| tags.get(key).is_some_and(|found| found == value);
        self.marks().into_iter().all(has)
    }
}
