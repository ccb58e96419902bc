//! What a type's author says of it: a first object, and how each field may change.

use std::collections::BTreeMap;

use serde_json::{Map as JsonMap, Value as Json, json};
use stack_model::{Graph, Urn};

/// One type's case.
#[derive(Debug, Clone)]
pub struct Case {
    pub(super) urn: Urn,
    pub(super) inputs: JsonMap<String, Json>,
    pub(super) needs: Vec<Json>,
    pub(super) updates: Vec<(String, Json)>,
    pub(super) replaces: Vec<(String, Json)>,
    pub(super) left_out: BTreeMap<String, &'static str>,
    pub(super) uncalled: BTreeMap<&'static str, &'static str>,
}

impl Case {
    /// A case of a type, with the inputs of its first object. The object's urn is `TYPE/subject`.
    pub fn new(type_name: &str, inputs: Json) -> Self {
        let Json::Object(inputs) = inputs else {
            panic!("the inputs of {type_name} are not an object")
        };
        let urn = format!("{type_name}/subject")
            .parse()
            .unwrap_or_else(|error| panic!("{error}"));
        Self {
            urn,
            inputs,
            needs: Vec::new(),
            updates: Vec::new(),
            replaces: Vec::new(),
            left_out: BTreeMap::new(),
            uncalled: BTreeMap::new(),
        }
    }

    /// A resource that has to be there before. References to it are written as in a graph's JSON; see [`Case::of`].
    #[must_use]
    pub fn with(mut self, type_name: &str, name: &str, inputs: Json) -> Self {
        self.needs
            .push(json!({"type": type_name, "name": name, "inputs": inputs}));
        self
    }

    /// A reference to a field of a resource that has to be there before.
    pub fn of(urn: &str, field: &str) -> Json {
        json!({"$ref": {"urn": urn, "path": [field]}})
    }

    /// A field that can be changed in place, and another value for it.
    #[must_use]
    pub fn update(mut self, field: &str, value: Json) -> Self {
        self.updates.push((field.to_owned(), value));
        self
    }

    /// A field whose change needs a new object, and another value for it.
    #[must_use]
    pub fn replace(mut self, field: &str, value: Json) -> Self {
        self.replaces.push((field.to_owned(), value));
        self
    }

    /// A field that no cell can cover, and why.
    #[must_use]
    pub fn leave_out(mut self, field: &str, reason: &'static str) -> Self {
        self.left_out.insert(field.to_owned(), reason);
        self
    }

    /// Actions that the type declares and this case does not call everywhere, and why.
    #[must_use]
    pub fn uncalled<const N: usize>(
        mut self,
        actions: [&'static str; N],
        reason: &'static str,
    ) -> Self {
        self.uncalled.extend(actions.map(|action| (action, reason)));
        self
    }

    /// Its type: `aws:ec2:Vpc`.
    pub fn type_name(&self) -> &str {
        self.urn.type_name()
    }

    /// The inputs of its first object, and then those after each update: what the one before had, and one field more.
    pub fn inputs(&self) -> impl Iterator<Item = JsonMap<String, Json>> {
        let updated = self
            .updates
            .iter()
            .scan(self.inputs.clone(), |inputs, (field, value)| {
                inputs.insert(field.clone(), value.clone());
                Some(inputs.clone())
            });
        std::iter::once(self.inputs.clone()).chain(updated)
    }

    /// What has to be there before, alone.
    pub fn surroundings(&self) -> Graph {
        parse(json!({"format": 1, "resources": self.needs}))
    }

    /// The whole graph, with these inputs of the subject.
    pub fn graph(&self, inputs: &JsonMap<String, Json>) -> Graph {
        let mut resources = self.needs.clone();
        resources
            .push(json!({"type": self.urn.type_name(), "name": self.urn.name(), "inputs": inputs}));
        parse(json!({"format": 1, "resources": resources}))
    }
}

fn parse(graph: Json) -> Graph {
    Graph::parse(graph.to_string().as_bytes())
        .unwrap_or_else(|problems| panic!("the case's graph: {problems:?}"))
}
