//! Reads what nobody should see: on a terminal without showing it, else from standard input.

use std::io::{IsTerminal, Read};

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
