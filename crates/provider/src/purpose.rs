//! What permissions are asked for: some resources of one account, and what is to be done with them.

use std::collections::{BTreeMap, BTreeSet};

use stack_model::{Expr, TypeName, Value};

use crate::actions::{Action, Actions, Implied, Verb};

/// What permissions are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Purpose {
    /// What a role for it may be called: `aws-starter-dev`.
    pub name: String,
    /// Whether to change things as well, or only to plan.
    pub changing: bool,
    /// The account or subscription, without its cloud, where it is known.
    pub account: Option<String>,
    /// The regions, where they are known.
    pub regions: BTreeSet<String>,
    /// The resources and lookups.
    pub needs: Vec<Need>,
}

/// One resource or lookup, of which no more may be known than a program says.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// Its type.
    pub type_name: TypeName,
    /// What is to be done with it.
    pub verbs: Vec<Verb>,
    /// Its inputs.
    pub inputs: BTreeMap<String, Expr>,
    /// Where the engine makes its name: what that begins with, and `*`.
    pub made_name: Option<String>,
    /// The cloud's name of it, where it is there already and matters.
    pub id: Option<String>,
}

impl Need {
    /// What of its type's actions is called for it.
    pub fn called<'a>(&'a self, actions: &'a Actions) -> impl Iterator<Item = &'a Action> {
        let called = actions
            .called()
            .filter(|(verb, _)| self.verbs.contains(verb));
        called.map(|(_, action)| action)
    }

    /// What of its type's actions the cloud wants besides.
    pub fn implied<'a>(&'a self, actions: &'a Actions) -> impl Iterator<Item = &'a Implied> {
        let changes = |verb: &Verb| matches!(verb, Verb::Create | Verb::Update);
        let changing = self.verbs.iter().any(changes);
        actions.implied().iter().filter(move |implied| {
            let given = implied.given.is_none_or(|input| self.is_given(input));
            let off = implied.unless_off.is_some_and(|input| self.is_off(input));
            given && !off && (changing || implied.verb == Verb::Read)
        })
    }

    /// Whether an input, within blocks and lists by a path with dots, is set, or may turn out to be.
    pub fn is_given(&self, path: &str) -> bool {
        let (first, rest) = first_of(path);
        self.inputs
            .get(first)
            .is_some_and(|expr| is_given(expr, rest))
    }

    /// Whether an input is `false` for certain.
    fn is_off(&self, input: &str) -> bool {
        self.inputs.get(input) == Some(&Expr::Literal(Value::Bool(false)))
    }
}

fn first_of(path: &str) -> (&str, &str) {
    path.split_once('.').unwrap_or((path, ""))
}

fn is_given(expr: &Expr, path: &str) -> bool {
    match expr {
        Expr::Literal(value) => has(value, path),
        Expr::List(items) => items.iter().any(|item| is_given(item, path)),
        Expr::Map(_) if path.is_empty() => true,
        Expr::Map(entries) => {
            let (first, rest) = first_of(path);
            entries
                .get(first)
                .is_some_and(|entry| is_given(entry, rest))
        }
        Expr::Secret(inner) => is_given(inner, path),
        // What comes of it is known only later.
        Expr::Ref(_) | Expr::Lookup(_) | Expr::Stack(_) | Expr::Config(_) | Expr::Call { .. } => {
            true
        }
    }
}

/// Off and empty are as good as not set: nothing is used that would have to be permitted.
fn has(value: &Value, path: &str) -> bool {
    match value.revealed() {
        Value::List(items) => items.iter().any(|item| has(item, path)),
        Value::Map(entries) if !path.is_empty() => {
            let (first, rest) = first_of(path);
            entries.get(first).is_some_and(|entry| has(entry, rest))
        }
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => path.is_empty() && !text.is_empty(),
        _ => path.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use stack_model::Graph;

    use super::*;

    #[test]
    fn an_input_is_given_where_it_is_set_or_may_turn_out_to_be() {
        let graph = r#"{"format": 1, "resources": [{"type": "a:b:C", "name": "c", "inputs": {
            "key": "k", "off": false, "empty": "", "later": {"$config": ["key"]},
            "list": [{"role": "r"}, {"other": {"$config": ["x"]}}]}}]}"#;
        let graph = Graph::parse(graph.as_bytes()).expect("the graph is good");
        let resource = graph.resources.into_iter().next().expect("it has one");
        let need = Need {
            type_name: resource.type_name,
            verbs: Verb::ALL.to_vec(),
            inputs: resource.inputs,
            made_name: None,
            id: None,
        };
        for (path, given) in [
            ("key", true),
            ("off", false),
            ("empty", false),
            ("missing", false),
            ("later", true),
            ("later.key", true),
            ("list.role", true),
            ("list.other", true),
            ("list.none", false),
            ("key.deeper", false),
        ] {
            assert_eq!(need.is_given(path), given, "{path}");
        }
    }
}
