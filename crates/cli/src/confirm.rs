//! Asks the person.

use std::io::IsTerminal;

use crate::error::{Error, Result};
use crate::invocation::Invocation;
use crate::render::style::prompt;

/// Refuses early what would have to be confirmed where nobody can.
pub fn possible(command: &str, yes: bool) -> Result<()> {
    if yes || std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Error::usage(
        format!(
            "`stack {command}` asks before it changes anything, and there is no terminal to ask on"
        ),
        match command {
            "apply" => {
                "add --yes, or save a plan with `stack plan --out FILE` and run `stack apply FILE`"
            }
            _ => "add --yes",
        },
    ))
}

/// Asks a question whose answer must be `expected`.
pub async fn ask(invocation: &Invocation, question: &str, expected: &[&str]) -> Result<bool> {
    prompt(&format!("{question} "));
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    invocation
        .unless_cancelled(async {
            let line = read
                .await
                .map_err(std::io::Error::other)
                .and_then(|line| line);
            let line = line.map_err(|source| Error::File {
                doing: "read",
                path: "standard input".into(),
                source,
            })?;
            Ok(expected.contains(&line.trim()))
        })
        .await
}
