//! What a program declares into.

use std::collections::BTreeMap;
use std::panic::Location;

use stack_model::graph::Options;
use stack_model::{
    Describe, Expr, Graph, Moved, Name, OutputDeclaration, Problem, ProviderConfig, StackOutput,
    Urn, Value,
};

use crate::component::Component;
use crate::declaration::{Declaration, LookupDeclaration};
use crate::error::Result;
use crate::expression::ToExpr;
use crate::handle::{Lookup, Origin, Provider, Resource};
use crate::input::IntoInput;
use crate::names::{Names, parsed, place};
use crate::output::Output;

/// What a program declares into: everything that should exist in one environment.
///
/// Mistakes such as a name that is none are collected, and reported together when the program ends.
pub struct Stack {
    name: String,
    environment: String,
    graph: Graph,
    names: Names,
}

impl Stack {
    pub(crate) fn new(name: &str, environment: &str) -> Self {
        Self {
            name: name.to_owned(),
            environment: environment.to_owned(),
            graph: Graph {
                sdk: Some(env!("CARGO_PKG_VERSION").to_owned()),
                ..Graph::new()
            },
            names: Names::default(),
        }
    }

    /// The stack's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The environment's name, such as `dev`.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// The name of the component instance around what is declared now.
    pub fn instance(&self) -> Option<&str> {
        self.names.scopes.last().map(String::as_str)
    }

    /// Adds a resource. In a component, its name is `<instance>-<name>`.
    #[track_caller]
    pub fn add<R: Resource>(
        &mut self,
        name: impl AsRef<str>,
        declaration: Declaration<R>,
    ) -> R::Handle {
        let at = Location::caller();
        let urn = self.names.declare(R::TYPE, name.as_ref(), at);
        self.push_resource(
            &urn,
            at,
            declaration.inputs,
            declaration.options,
            declaration.problems,
        );
        R::handle(Origin::Resource(urn))
    }

    fn push_resource(
        &mut self,
        urn: &Urn,
        at: &Location<'_>,
        inputs: BTreeMap<String, Expr>,
        options: Options,
        problems: Vec<String>,
    ) {
        for message in problems {
            self.names.problem(urn.as_str(), at, message);
        }
        self.graph.resources.push(stack_model::Resource {
            type_name: parsed(urn.type_name()),
            name: parsed(urn.name()),
            at: Some(place(at)),
            group: self.names.scopes.clone(),
            inputs,
            options,
        });
    }

    /// Asks a question of a cloud. In a component, its name is `<instance>-<name>`.
    #[track_caller]
    pub fn lookup<Q: Lookup>(
        &mut self,
        name: impl AsRef<str>,
        declaration: LookupDeclaration<Q>,
    ) -> Q::Handle {
        let urn = self
            .names
            .declare(<Q as Describe>::TYPE, name.as_ref(), Location::caller());
        self.graph.lookups.push(stack_model::Lookup {
            type_name: parsed(urn.type_name()),
            name: parsed(urn.name()),
            inputs: declaration.inputs,
            provider: declaration.provider,
        });
        Q::handle(Origin::Lookup(urn))
    }

    /// Adds a provider configuration that resources can name: `stack.provider("paris", "aws", [("region", "eu-west-3")])`.
    #[track_caller]
    pub fn provider(
        &mut self,
        name: impl AsRef<str>,
        kind: &str,
        config: impl IntoInput<BTreeMap<String, Value>>,
    ) -> Provider {
        let config = config.into_input().into_expr();
        self.push_provider(name.as_ref(), kind, config, false, Location::caller())
    }

    /// Adds the provider configuration that resources of its cloud take when they name none.
    #[track_caller]
    pub fn default_provider(
        &mut self,
        name: impl AsRef<str>,
        kind: &str,
        config: impl IntoInput<BTreeMap<String, Value>>,
    ) -> Provider {
        let config = config.into_input().into_expr();
        self.push_provider(name.as_ref(), kind, config, true, Location::caller())
    }

    fn push_provider(
        &mut self,
        name: &str,
        kind: &str,
        config: Expr,
        default: bool,
        at: &Location<'_>,
    ) -> Provider {
        let name: Name = self.names.checked("provider", name, at);
        if self.graph.providers.iter().any(|other| other.name == name) {
            let message = "is declared twice: give one of them another name".to_owned();
            self.names.problem(&format!("provider {name}"), at, message);
        }
        let config = match config {
            Expr::Map(entries) => entries,
            Expr::Literal(Value::Map(map)) => {
                let entries = map.into_iter();
                entries
                    .map(|(key, value)| (key, Expr::Literal(value)))
                    .collect()
            }
            _ => {
                let message = "has a configuration that is not known as a map of settings: write one \
                               as [(\"region\", …)]";
                self.names
                    .problem(&format!("provider {name}"), at, message.to_owned());
                BTreeMap::new()
            }
        };
        self.graph.providers.push(ProviderConfig {
            name: name.clone(),
            kind: kind.to_owned(),
            default,
            config,
        });
        Provider { name }
    }

    /// Declares resources that belong together. What it adds is named `<instance>-<child>`.
    pub fn component<C: Component>(
        &mut self,
        instance: impl AsRef<str>,
        component: C,
    ) -> Result<C::Handle> {
        self.names.scopes.push(instance.as_ref().to_owned());
        let handle = component.build(self);
        self.names.scopes.pop();
        handle
    }

    /// Says that a resource has a new urn: `stack.moved("aws:ec2:Vpc/old", main.urn())`.
    #[track_caller]
    pub fn moved(&mut self, from: impl AsRef<str>, to: impl AsRef<str>) {
        let at = Location::caller();
        let (from, to) = (from.as_ref().parse::<Urn>(), to.as_ref().parse::<Urn>());
        match (from, to) {
            (Ok(from), Ok(to)) => self.graph.moved.push(Moved { from, to }),
            (from, to) => {
                for error in [from.err(), to.err()].into_iter().flatten() {
                    self.names.problem("moved", at, error.to_string());
                }
            }
        }
    }

    /// Tells others a value. It is secret when anything in it is.
    #[track_caller]
    pub fn output(&mut self, name: impl AsRef<str>, value: impl ToExpr) {
        self.push_output(name.as_ref(), value.to_expr(), None, Location::caller());
    }

    /// Tells others a value, and what it is for.
    #[track_caller]
    pub fn described_output(
        &mut self,
        name: impl AsRef<str>,
        value: impl ToExpr,
        description: impl Into<String>,
    ) {
        let description = Some(description.into());
        self.push_output(
            name.as_ref(),
            value.to_expr(),
            description,
            Location::caller(),
        );
    }

    fn push_output(
        &mut self,
        name: &str,
        value: Expr,
        description: Option<String>,
        at: &Location<'_>,
    ) {
        let declaration = OutputDeclaration { value, description };
        if self
            .graph
            .outputs
            .insert(name.to_owned(), declaration)
            .is_some()
        {
            let message = "is given twice: give one of them another name".to_owned();
            self.names.problem(&format!("output {name}"), at, message);
        }
    }

    /// An output of another stack, read from its state.
    #[track_caller]
    pub fn stack_output<T>(&mut self, stack: &str, environment: &str, output: &str) -> Output<T> {
        let at = Location::caller();
        Output::from_expr(Expr::Stack(StackOutput {
            stack: self.names.checked("stack", stack, at),
            environment: self.names.checked("environment", environment, at),
            output: output.to_owned(),
        }))
    }

    /// Ends the declaration: the graph, or everything that is wrong with it.
    pub(crate) fn finish(self) -> std::result::Result<Graph, Vec<Problem>> {
        if self.names.problems.is_empty() {
            Ok(self.graph)
        } else {
            Err(self.names.problems)
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.names.problems
    }
}
