//! What is never shown.

use std::fmt;

use zeroize::Zeroizing;

/// A token. It does not stay in memory, and neither an error nor `Debug` shows it.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// A token; spaces and line ends around it, which a pasted variable may have, are no part of it.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim().to_owned()))
    }

    /// The text of it, for the header alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}
