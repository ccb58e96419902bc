//! A program's graph in unit tests, without an engine.
//!
//! ```
//! use stack::prelude::*;
//! use stack::testing::{self, Inspect};
//! # use stack::example::Bucket;
//!
//! struct Settings {
//!     regions: Vec<String>,
//! }
//!
//! fn storage(stack: &mut Stack, settings: Settings) -> Result<()> {
//!     for region in &settings.regions {
//!         stack.add(region, Bucket::builder().region(region).build().protect());
//!     }
//!     Ok(())
//! }
//!
//! let graph = testing::graph(storage, Settings { regions: vec!["eu-west-3".into()] });
//! let bucket = graph.resource("test:storage:Bucket/eu-west-3");
//! assert!(bucket.options.protect);
//! assert_eq!(graph.input("test:storage:Bucket/eu-west-3", "region"), "eu-west-3".into());
//! ```

use stack_model::{Expr, Graph, Problem, Resource, Value};

use crate::declaration::FieldPath;
use crate::error::Result;
use crate::program::Stack;
use crate::run::declare;

/// The graph of a program in the environment `test`. Panics with everything that is wrong with it.
#[track_caller]
pub fn graph<S>(program: impl FnOnce(&mut Stack, S) -> Result<()>, settings: S) -> Graph {
    graph_in("test", program, settings)
}

/// The graph of a program in an environment. Panics with everything that is wrong with it.
#[track_caller]
pub fn graph_in<S>(
    environment: &str,
    program: impl FnOnce(&mut Stack, S) -> Result<()>,
    settings: S,
) -> Graph {
    match declare("test", environment, program, settings) {
        Ok(graph) => graph,
        Err(problems) => {
            let lines: Vec<_> = problems.iter().map(Problem::to_string).collect();
            panic!("the program has problems:\n{}", lines.join("\n"));
        }
    }
}

/// What is wrong with a program; nothing when its graph is fine.
pub fn problems<S>(program: impl FnOnce(&mut Stack, S) -> Result<()>, settings: S) -> Vec<Problem> {
    declare("test", "test", program, settings)
        .err()
        .unwrap_or_default()
}

/// Looks into a graph. Each method panics when what it looks for is not there, and says what is.
pub trait Inspect {
    /// A resource, by its urn.
    fn resource(&self, urn: &str) -> &Resource;

    /// The value of a resource's input, such as `"tags.owner"`, with functions of known values called. An input that
    /// needs an answer of a cloud has no value here: look at `resource(urn).inputs` instead.
    fn input(&self, urn: &str, field: impl Into<FieldPath>) -> Value;

    /// The value of an output of the stack that is known while the program runs.
    fn output(&self, name: &str) -> Value;
}

impl Inspect for Graph {
    #[track_caller]
    fn resource(&self, urn: &str) -> &Resource {
        let found = self
            .resources
            .iter()
            .find(|resource| resource.urn().as_str() == urn);
        found.unwrap_or_else(|| {
            let urns: Vec<_> = self
                .resources
                .iter()
                .map(|one| one.urn().to_string())
                .collect();
            panic!("there is no {urn}; there are {}", urns.join(", "))
        })
    }

    #[track_caller]
    fn input(&self, urn: &str, field: impl Into<FieldPath>) -> Value {
        let path = field.into().0;
        let inputs = Expr::map(self.resource(urn).inputs.clone());
        // Only what lies on the path has to be known.
        let mut expr = &inputs;
        let mut rest = path.0.as_slice();
        while let (Some((segment, inner)), false) =
            (rest.split_first(), matches!(expr, Expr::Literal(_)))
        {
            let found = match (expr, segment) {
                (Expr::Map(entries), stack_model::Segment::Key(key)) => entries.get(key),
                (Expr::List(items), stack_model::Segment::Index(index)) => {
                    items.get(*index as usize)
                }
                _ => None,
            };
            expr = found.unwrap_or_else(|| panic!("{urn} does not set {path}"));
            rest = inner;
        }
        let value = evaluate(expr).unwrap_or_else(|why| panic!("{path} of {urn} {why}"));
        match value.at(rest) {
            Some(found) => found.into_owned(),
            None => panic!("{urn} does not set {path}"),
        }
    }

    #[track_caller]
    fn output(&self, name: &str) -> Value {
        let Some(output) = self.outputs.get(name) else {
            let names: Vec<_> = self.outputs.keys().map(String::as_str).collect();
            panic!("there is no output {name}; there are {}", names.join(", "));
        };
        evaluate(&output.value).unwrap_or_else(|why| panic!("output {name} {why}"))
    }
}

/// The value of an expression without references, or why it has none.
pub fn evaluate(expr: &Expr) -> Result<Value, String> {
    Ok(match expr {
        Expr::Literal(value) => value.clone(),
        Expr::List(items) => Value::List(items.iter().map(evaluate).collect::<Result<_, _>>()?),
        Expr::Map(entries) => {
            let entry = |(key, value): (&String, _)| Ok((key.clone(), evaluate(value)?));
            Value::Map(entries.iter().map(entry).collect::<Result<_, String>>()?)
        }
        Expr::Secret(inner) => evaluate(inner)?.secret(),
        Expr::Call { function, args } => {
            let args: Vec<_> = args.iter().map(evaluate).collect::<Result<_, _>>()?;
            function
                .call(&args)
                .map_err(|error| format!("cannot be evaluated: {error}"))?
        }
        Expr::Ref(place) | Expr::Lookup(place) => {
            return Err(format!("is known only after {}.{}", place.urn, place.path));
        }
        Expr::Stack(output) => {
            return Err(format!("is known only to the stack {}", output.stack));
        }
        Expr::Config(path) => return Err(format!("is the secret setting {path}")),
    })
}
