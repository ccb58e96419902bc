//! A program that reads bodies with an SDK's models: a line of JSON a body in, a line a judgement out.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};

use super::compare::Judgement;
use super::sent::Body;

/// Has each body judged by a program.
pub fn judge(command: &mut Command, sent: &[Body]) -> Vec<Judgement> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let lines = sent.iter().map(|body| {
        let Body {
            type_name,
            method,
            json,
        } = body;
        format!(
            "{}\n",
            json!({"type": type_name, "method": method, "body": json})
        )
    });
    // All of it before the first answer: the program reads to the end before it writes.
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    stdin
        .write_all(lines.collect::<String>().as_bytes())
        .expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8(output.stdout)
        .expect("it writes text")
        .lines()
        .map(|line| {
            let answer: Json = serde_json::from_str(line).expect("it writes JSON");
            let choices = answer["unknown_choices"].as_array().into_iter().flatten();
            Judgement {
                back: match answer["error"].as_str() {
                    Some(error) => Err(error.to_owned()),
                    None => Ok(answer["back"].clone()),
                },
                unknown_choices: choices
                    .filter_map(Json::as_str)
                    .map(str::to_owned)
                    .collect(),
            }
        })
        .collect()
}
