//! `main`: configuration in, graph out.

use std::io::{Read, Write};
use std::process::ExitCode;

use serde::de::DeserializeOwned;
use stack_model::{Graph, Problem};

use crate::error::{Error, Result};
use crate::program::Stack;
use crate::protocol::{self, Request};
use crate::settings;

/// Runs a program for the command line: reads its configuration, lets it declare, and writes the graph.
///
/// ```no_run
/// # use stack::prelude::*;
/// fn main() -> ExitCode {
///     stack::run(|stack: &mut Stack, settings: ()| Ok(()))
/// }
/// ```
pub fn run<S: DeserializeOwned>(program: impl FnOnce(&mut Stack, S) -> Result<()>) -> ExitCode {
    let request = match asked() {
        Ok(request) => request,
        Err(code) => return code,
    };
    let config = settings::read(request.config.clone()).map_err(|problem| vec![problem]);
    answer(
        &request.nonce,
        config
            .and_then(|settings| declare(&request.stack, &request.environment, program, settings)),
    )
}

/// What the command line asks. Otherwise a person ran the program, and is told what to do.
fn asked() -> Result<Request, ExitCode> {
    let usage = ExitCode::from(2);
    if std::env::var_os(protocol::VARIABLE).is_none() {
        eprintln!(
            "This program says what should exist and prints nothing by itself. Run `stack plan` in the folder of \
             its Stack.toml to see what it would change."
        );
        return Err(usage);
    }
    let mut json = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut json);
    let request = read
        .map_err(serde_json::Error::io)
        .and_then(|_| serde_json::from_slice::<Request>(&json));
    match request {
        Ok(request) if request.format == protocol::FORMAT => Ok(request),
        Ok(request) => Err(answer(
            &request.nonce,
            Err(vec![Problem {
                subject: "the program".to_owned(),
                at: None,
                message: format!(
                    "is asked in format {}, and its SDK {} speaks format {}: use the same release of stack and its SDK",
                    request.format,
                    env!("CARGO_PKG_VERSION"),
                    protocol::FORMAT
                ),
            }]),
        )),
        Err(error) => {
            eprintln!(
                "{} is set, but standard input holds no request: {error}",
                protocol::VARIABLE
            );
            Err(usage)
        }
    }
}

fn answer(nonce: &str, answer: Result<Graph, Vec<Problem>>) -> ExitCode {
    let failed = answer.is_err();
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .flush()
        .and_then(|()| protocol::write_answer(&mut stdout, nonce, answer));
    match written {
        Ok(()) => ExitCode::from(u8::from(failed)),
        Err(error) => {
            eprintln!("cannot write the graph: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Lets a program declare: its graph, or everything that is wrong with it.
pub(crate) fn declare<S>(
    name: &str,
    environment: &str,
    program: impl FnOnce(&mut Stack, S) -> Result<()>,
    settings: S,
) -> Result<Graph, Vec<Problem>> {
    let mut stack = Stack::new(name, environment);
    match program(&mut stack, settings) {
        Ok(()) => stack.finish(),
        Err(error) => {
            let mut problems = stack.into_problems();
            problems.push(failure(&error));
            Err(problems)
        }
    }
}

/// An error of the program with its causes.
fn failure(error: &Error) -> Problem {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    Problem {
        subject: "the program".to_owned(),
        at: None,
        message,
    }
}
