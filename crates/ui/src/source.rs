//! Where environments are.

use async_trait::async_trait;
use stack_engine::{Backend, BackendError};

/// Why something cannot be read, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread(pub String);

impl Unread {
    /// An error and everything beneath it, in one line.
    pub fn because(error: &dyn std::error::Error) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(beneath) = next {
            let beneath_text = beneath.to_string();
            if !text.contains(&beneath_text) {
                text.push_str(": ");
                text.push_str(&beneath_text);
            }
            next = beneath.source();
        }
        Self(text)
    }
}

impl From<BackendError> for Unread {
    fn from(error: BackendError) -> Self {
        Self::because(&error)
    }
}

/// A backend, with all of its environments.
#[async_trait]
pub trait Source: Send + Sync {
    /// What to call it: `s3://acme-state/stacks`.
    fn name(&self) -> &str;

    /// Every environment that has something there: pairs of the stack's and its own name.
    async fn environments(&self) -> Result<Vec<(String, String)>, Unread>;

    /// The home of one. Nothing is read or made yet.
    fn open(&self, stack: &str, environment: &str) -> Result<Box<dyn Backend>, Unread>;
}
