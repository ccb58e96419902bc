//! How stack speaks to Azure: Microsoft's HTTP pipeline and credentials, and the HTTP client of the rest of stack. What is
//! of one service alone, such as its paths and what its errors mean, is where that service is used.
//!
//! ```text
//! sign_in      SignIn     what the variables say of who we are
//! credentials  Chain      the chain of credentials
//! cloud        Cloud      Microsoft's clouds
//! client       Client     requests as one identity, with a token for one audience
//! answer       Answer     what was answered, and what Azure's errors say
//! policies                clear text for this machine alone; the token
//! transport               the HTTP client
//! ```

mod answer;
mod client;
mod cloud;
mod credentials;
mod policies;
mod sign_in;
mod transport;

pub use answer::{Answer, Said, words};
pub use client::Client;
pub use cloud::Cloud;
pub use credentials::Chain;
pub use policies::{is_encrypted_or_loopback, refused};
pub use sign_in::{SIGN_IN, SignIn};
