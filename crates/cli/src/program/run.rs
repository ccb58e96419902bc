//! Runs a program and takes its graph from its pipes.

use std::process::{ExitStatus, Stdio};

use stack::protocol::{self, Outcome, Request};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use super::error::ProgramError;
use crate::project::{Environment, Project};
use crate::render::style::talk;

/// Runs a program and gives its graph as JSON.
pub(super) async fn run(
    command: &[String],
    project: &Project,
    environment: &Environment,
) -> Result<Vec<u8>, ProgramError> {
    let request = Request {
        format: protocol::FORMAT,
        nonce: uuid::Uuid::new_v4().simple().to_string(),
        stack: project.name.clone(),
        environment: environment.name.clone(),
        config: environment.config.for_program(),
    };
    let program = name(&command[0]);
    let ended = speak(command, project, &request)
        .await
        .map_err(|error| match error {
            Broken::Start(source) => ProgramError::Start {
                program: command[0].clone(),
                source,
            },
            Broken::Pipe(source) => ProgramError::Pipe {
                program: program.clone(),
                source,
            },
        })?;
    let answer = protocol::read_answer(&ended.stdout, &request.nonce);
    super::chatter(&answer.chatter);
    let nonsense = |what: String| ProgramError::Nonsense {
        program: program.clone(),
        what,
    };
    match answer.outcome {
        Outcome::Problems(problems) => Err(ProgramError::Problems(problems)),
        // A program that fails has not said all it had to say, even if a graph is there.
        _ if !ended.status.success() => Err(ProgramError::Failed {
            program,
            status: ended.status,
            panic: ended.panic,
        }),
        Outcome::Graph(json) => Ok(json),
        Outcome::Silent => Err(nonsense("ended without printing a graph".into())),
        Outcome::CutOff => Err(nonsense("was cut off in the middle of its graph".into())),
        Outcome::Several => Err(nonsense("printed more than one graph".into())),
        Outcome::Garbled(error) => Err(nonsense(format!("reported problems garbled: {error}"))),
    }
}

/// A program is known by its file's name; its path says nothing to whoever wrote it.
fn name(path: &str) -> String {
    let path = std::path::Path::new(path);
    path.file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned()
}

struct Ended {
    status: ExitStatus,
    stdout: Vec<u8>,
    panic: Option<String>,
}

enum Broken {
    Start(std::io::Error),
    Pipe(std::io::Error),
}

async fn speak(command: &[String], project: &Project, request: &Request) -> Result<Ended, Broken> {
    let mut child = Command::new(&command[0])
        // What opens the secrets is not the program's to know.
        .env_remove("STACK_PASSPHRASE")
        .env_remove("STACK_NEW_PASSPHRASE")
        .args(&command[1..])
        .current_dir(&project.folder)
        .env(protocol::VARIABLE, protocol::FORMAT.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(Broken::Start)?;
    let (Some(mut stdin), Some(mut stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(Broken::Pipe(std::io::ErrorKind::BrokenPipe.into()));
    };
    let question = serde_json::to_vec(request).map_err(|error| Broken::Pipe(error.into()))?;
    // All at once: each of the pipes may fill up while we wait for another.
    let ask = async move {
        match stdin.write_all(&question).await {
            // A program need not read its configuration; what it says counts.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
            _ => stdin.shutdown().await.or(Ok(())),
        }
    };
    let listen = async {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).await?;
        Ok(bytes)
    };
    let (stdout, panic, ()) =
        tokio::try_join!(listen, overhear(stderr), ask).map_err(Broken::Pipe)?;
    let status = child.wait().await.map_err(Broken::Pipe)?;
    Ok(Ended {
        status,
        stdout,
        panic,
    })
}

/// Passes on what a program says on standard error, line by line, and keeps the message of a panic.
async fn overhear(stderr: impl AsyncRead + Unpin) -> std::io::Result<Option<String>> {
    let mut reader = BufReader::new(stderr);
    let (mut line, mut panic, mut follows) = (Vec::new(), None, false);
    while reader.read_until(b'\n', &mut line).await? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        talk(text);
        // `thread 'main' panicked at src/main.rs:4:5:` and the message in the next line.
        if follows && panic.is_none() {
            panic = Some(text.to_owned());
        }
        follows = text.starts_with("thread '") && text.contains("panicked at ");
        line.clear();
    }
    Ok(panic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_message_of_a_panic_is_kept() {
        let said =
            b"hello\nthread 'main' (7) panicked at src/main.rs:4:5:\nno zones\nnote: run with\n";
        assert_eq!(
            overhear(&said[..]).await.unwrap().as_deref(),
            Some("no zones")
        );
        assert_eq!(overhear(&b"panic\n"[..]).await.unwrap(), None);
    }
}
