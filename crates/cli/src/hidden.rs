//! Reads what nobody should see: on a terminal without showing it, else from standard input.

use std::io::{IsTerminal, Read};

use stack_backend::{Asked, Occasion, Passphrase};
use stack_engine::BackendError;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// A secret that a person types, or that is piped in. One newline at its end is left out.
pub async fn secret(question: &str) -> Result<Zeroizing<String>> {
    let question = question.to_owned();
    let read = move || -> std::io::Result<Zeroizing<String>> {
        if std::io::stdin().is_terminal() {
            return rpassword::prompt_password(question).map(Zeroizing::new);
        }
        let mut text = Zeroizing::new(String::new());
        std::io::stdin().read_to_string(&mut text)?;
        if text.ends_with('\n') {
            text.pop();
        }
        Ok(text)
    };
    let read = tokio::task::spawn_blocking(read).await;
    let secret = read.map_err(std::io::Error::other).and_then(|read| read);
    let secret = secret.map_err(|source| Error::File {
        doing: "read",
        path: "standard input".into(),
        source,
    })?;
    match secret.is_empty() {
        true => Err(Error::usage(
            "there is no secret on standard input",
            "type it on a terminal, or pipe it in: printf %s … | stack …",
        )),
        false => Ok(secret),
    }
}

/// Asks for the passphrase of an environment, on a terminal. Nobody can be asked elsewhere.
pub fn passphrase(environment: &str) -> Option<Asked> {
    let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let environment = environment.to_owned();
    is_terminal.then(|| {
        Asked::new(move |occasion| {
            let question = format!("passphrase of {environment}: ");
            let words = asked(&question)?;
            if occasion == Occasion::Seal && asked("the same again: ")? != words {
                return Err(unasked("the two are not the same".into()));
            }
            Passphrase::new(words)
        })
    })
}

fn asked(question: &str) -> Result<String, BackendError> {
    rpassword::prompt_password(question).map_err(|error| unasked(error.to_string()))
}

fn unasked(reason: String) -> BackendError {
    BackendError::Seal {
        what: "cannot ask for the passphrase".into(),
        reason,
    }
}
