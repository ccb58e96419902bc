//! What the command line and a program say to each other.
//!
//! 1. The command line runs the program with `STACK_PROTOCOL=1` in its environment, writes a [`Request`] as JSON to
//!    its standard input, and closes that.
//! 2. The program writes to its standard output *one* frame: a line `␞stack-graph <nonce>`, the graph as JSON, and a
//!    line `␞stack-end <nonce>`, where `␞` is the byte 1E. If there are problems, the frame begins with
//!    `␞stack-error <nonce>` and holds a [`Problems`] object instead, and the exit code is 1.
//! 3. Whatever else stands on standard output is chatter: a program may print. The nonce, new for every run, keeps
//!    chatter from being taken for a frame.
//!
//! Nothing goes through a file, because both configuration and graph may hold secrets.

use std::io::Write;

use serde::{Deserialize, Serialize};
use stack_model::{Graph, Problem};

/// The environment variable that asks for the protocol.
pub const VARIABLE: &str = "STACK_PROTOCOL";

/// The version of the protocol, and the value of [`VARIABLE`].
pub const FORMAT: u32 = 1;

/// What the program is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The version of the protocol: 1.
    pub format: u32,
    /// What marks this run's answer.
    pub nonce: String,
    /// The stack's name.
    pub stack: String,
    /// The environment's name.
    pub environment: String,
    /// The environment's configuration. A secret stands as `{"$config": [path]}`.
    #[serde(default)]
    pub config: serde_json::Value,
}

/// What is wrong with a program, all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problems {
    /// Each problem.
    pub problems: Vec<Problem>,
}

/// What a program's standard output says.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the program printed besides, for people.
    pub chatter: Vec<u8>,
    /// The frame.
    pub outcome: Outcome,
}

/// The frame in a program's standard output.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A graph, as JSON for [`Graph::parse`].
    Graph(Vec<u8>),
    /// The program says what is wrong.
    Problems(Vec<Problem>),
    /// There is no frame: the program ended early, or does not speak the protocol.
    Silent,
    /// There is a beginning without an end: the program was cut off.
    CutOff,
    /// There is more than one frame.
    Several,
    /// The problems are not in the form of [`Problems`].
    Garbled(String),
}

const GRAPH: &str = "\u{1e}stack-graph ";
const ERROR: &str = "\u{1e}stack-error ";
const END: &str = "\u{1e}stack-end ";

/// Writes the program's answer as one frame.
pub fn write_answer(
    mut to: impl Write,
    nonce: &str,
    answer: Result<Graph, Vec<Problem>>,
) -> std::io::Result<()> {
    let (word, body) = match answer {
        Ok(graph) => (GRAPH, serde_json::to_vec(&graph)?),
        Err(problems) => (ERROR, serde_json::to_vec(&Problems { problems })?),
    };
    writeln!(to, "{word}{nonce}")?;
    to.write_all(&body)?;
    writeln!(to, "\n{END}{nonce}")?;
    to.flush()
}

/// Reads a program's standard output.
pub fn read_answer(stdout: &[u8], nonce: &str) -> Answer {
    let mut chatter = Vec::new();
    let mut outcome = Outcome::Silent;
    let mut rest = stdout;
    while let Some((start, is_graph, body)) = begin(rest, nonce) {
        chatter.extend_from_slice(&rest[..start]);
        let after = &rest[body..];
        let end = format!("{END}{nonce}\n");
        let Some(length) = find(after, end.as_bytes()) else {
            return Answer {
                chatter,
                outcome: Outcome::CutOff,
            };
        };
        outcome = match outcome {
            Outcome::Silent => frame(is_graph, &after[..length]),
            _ => Outcome::Several,
        };
        rest = &after[length + end.len()..];
    }
    chatter.extend_from_slice(rest);
    Answer { chatter, outcome }
}

fn frame(is_graph: bool, body: &[u8]) -> Outcome {
    if is_graph {
        return Outcome::Graph(body.trim_ascii().to_vec());
    }
    match serde_json::from_slice::<Problems>(body) {
        Ok(problems) => Outcome::Problems(problems.problems),
        Err(error) => Outcome::Garbled(error.to_string()),
    }
}

/// Where the next frame begins, whether it holds a graph, and where its body begins.
fn begin(bytes: &[u8], nonce: &str) -> Option<(usize, bool, usize)> {
    let first = |word: &str, is_graph| {
        let line = format!("{word}{nonce}\n");
        find(bytes, line.as_bytes()).map(|start| (start, is_graph, start + line.len()))
    };
    [first(GRAPH, true), first(ERROR, false)]
        .into_iter()
        .flatten()
        .min()
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let mut from = 0;
    // Every line of ours begins with 1E, which hardly stands anywhere else: skip from one to the next.
    while let Some(offset) = bytes[from..].iter().position(|byte| *byte == needle[0]) {
        let start = from + offset;
        if bytes[start..].starts_with(needle) {
            return Some(start);
        }
        from = start + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(answer: Result<Graph, Vec<Problem>>) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_answer(&mut bytes, "n1", answer).unwrap();
        bytes
    }

    #[test]
    fn a_graph_comes_back_from_among_chatter() {
        let mut bytes = b"hello without a line end".to_vec();
        bytes.extend(written(Ok(Graph::new())));
        bytes.extend(b"bye\n");
        let answer = read_answer(&bytes, "n1");
        assert_eq!(answer.chatter, b"hello without a line endbye\n");
        let Outcome::Graph(json) = answer.outcome else {
            panic!("{:?}", answer.outcome);
        };
        assert_eq!(Graph::parse(&json).unwrap(), Graph::new());
    }

    #[test]
    fn problems_come_back() {
        let problem = Problem {
            subject: "a:b:C/x".into(),
            at: Some("src/main.rs:1".into()),
            message: "is wrong".into(),
        };
        let answer = read_answer(&written(Err(vec![problem.clone()])), "n1");
        assert_eq!(answer.outcome, Outcome::Problems(vec![problem]));
    }

    #[test]
    fn a_frame_of_another_run_is_chatter() {
        let bytes = written(Ok(Graph::new()));
        let answer = read_answer(&bytes, "n2");
        assert_eq!(answer.outcome, Outcome::Silent);
        assert_eq!(answer.chatter, bytes);
    }

    #[test]
    fn every_cut_is_noticed() {
        let bytes = written(Ok(Graph::new()));
        let begun = "\u{1e}stack-graph n1\n".len();
        for length in 0..bytes.len() {
            let expected = if length < begun {
                Outcome::Silent
            } else {
                Outcome::CutOff
            };
            assert_eq!(
                read_answer(&bytes[..length], "n1").outcome,
                expected,
                "{length}"
            );
        }
    }

    #[test]
    fn two_frames_are_one_too_many() {
        let bytes = written(Ok(Graph::new())).repeat(2);
        assert_eq!(read_answer(&bytes, "n1").outcome, Outcome::Several);
    }
}
