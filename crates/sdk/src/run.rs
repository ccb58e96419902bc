//! `main`: configuration in, graph out.

use std::io::{self, Read, Write};
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
    if std::env::var_os(protocol::VARIABLE).is_none() {
        eprintln!(
            "This program says what should exist and prints nothing by itself. Run `stack plan` in the folder of its \
             Stack.toml to see what it would change."
        );
        return ExitCode::from(2);
    }
    let request = match read_request() {
        Ok(request) => request,
        Err(error) => {
            eprintln!(
                "{} is set, but standard input holds no request: {error}",
                protocol::VARIABLE
            );
            return ExitCode::from(2);
        }
    };
    let answer = answer(&request, program);
    let failed = answer.is_err();
    match write_answer(&request, answer) {
        Ok(()) => ExitCode::from(u8::from(failed)),
        Err(error) => {
            eprintln!("cannot write the graph: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read_request() -> io::Result<Request> {
    let mut json = Vec::new();
    io::stdin().lock().read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

fn write_answer(request: &Request, answer: Result<Graph, Vec<Problem>>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    // What the program printed comes first.
    stdout.flush()?;
    protocol::write_answer(&mut stdout, &request.nonce, answer)
}

/// What a program says to a request.
fn answer<S: DeserializeOwned>(
    request: &Request,
    program: impl FnOnce(&mut Stack, S) -> Result<()>,
) -> Result<Graph, Vec<Problem>> {
    if request.format != protocol::FORMAT {
        return Err(vec![problem(format!(
            "is asked in format {}, and its SDK {} speaks format {}: use the same release of stack and its SDK",
            request.format,
            env!("CARGO_PKG_VERSION"),
            protocol::FORMAT
        ))]);
    }
    let settings = settings::read(&request.config).map_err(|problem| vec![problem])?;
    declare(&request.stack, &request.environment, program, settings)
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
            problems.push(problem(with_causes(&error)));
            Err(problems)
        }
    }
}

fn with_causes(error: &Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    message
}

fn problem(message: String) -> Problem {
    Problem {
        subject: "the program".to_owned(),
        at: None,
        message,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Settings {
        word: String,
    }

    fn program(stack: &mut Stack, settings: Settings) -> Result<()> {
        let said = format!("{} {} {}", stack.name(), stack.environment(), settings.word);
        stack.output("SAID", said);
        Ok(())
    }

    fn request(format: u32, config: serde_json::Value) -> Request {
        Request {
            format,
            nonce: "n".into(),
            stack: "shop".into(),
            environment: "dev".into(),
            config,
        }
    }

    #[test]
    fn a_request_is_answered_with_the_graph() {
        let config = serde_json::json!({"word": "hi"});
        let graph = answer(&request(1, config), program).unwrap();
        assert_eq!(graph.outputs["SAID"].value, "shop dev hi".into());
    }

    #[test]
    fn settings_that_do_not_fit_are_a_problem() {
        let problems = answer(&request(1, serde_json::json!({})), program).unwrap_err();
        assert_eq!(
            problems[0].to_string(),
            "configuration: missing field `word`"
        );
    }

    #[test]
    fn a_newer_command_line_is_told_so() {
        let problems = answer(&request(2, serde_json::json!({})), program).unwrap_err();
        assert!(problems[0].message.starts_with("is asked in format 2"));
    }

    #[test]
    fn an_error_is_told_with_its_causes() {
        #[derive(Debug)]
        struct Outer(std::num::ParseIntError);
        impl std::fmt::Display for Outer {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the size is not a number")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let program = |_: &mut Stack, ()| Err(Outer("x".parse::<i32>().unwrap_err()).into());
        let problems = declare("shop", "dev", program, ()).unwrap_err();
        assert_eq!(
            problems[0].message,
            "the size is not a number: invalid digit found in string"
        );
    }
}
