//! Graphs: resources in one line each, and the shapes that matter.

use stack_model::graph::{Options, OutputDeclaration, ReplaceOrder};
use stack_model::{Expr, Graph, Lookup, Moved, Path, Reference, Resource, Segment, Urn, Value};

use crate::cloud::urn;
use crate::types;

/// A resource that is being written.
#[derive(Debug, Clone)]
pub struct Builder(Resource);

fn resource(type_name: &str, name: &str) -> Builder {
    Builder(Resource {
        type_name: type_name.parse().expect("the types here are well named"),
        name: name.parse().expect("tests write good names"),
        at: None,
        group: Vec::new(),
        inputs: Default::default(),
        options: Options::default(),
    })
}

/// A `test:cloud:Thing`.
pub fn thing(name: &str) -> Builder {
    resource(types::THING, name)
}

/// A `test:cloud:Data`.
pub fn data(name: &str) -> Builder {
    resource(types::DATA, name).set("size", 1)
}

/// A `test:cloud:Rich`, with all its properties set.
pub fn rich(name: &str) -> Builder {
    (0..30).fold(resource(types::RICH, name), |builder, number| {
        builder.set(
            &format!("p{number}"),
            format!("property {number} of {name}"),
        )
    })
}

/// A `test:cloud:Act`.
pub fn act(name: &str, command: &str) -> Builder {
    resource(types::ACT, name).set("command", command)
}

/// A `test:kept:Value`.
pub fn kept(name: &str) -> Builder {
    resource(types::VALUE, name)
}

/// A `test:cloud:Zone` lookup.
pub fn zone(name: &str, filter: impl Into<Expr>) -> Lookup {
    Lookup {
        type_name: types::ZONE.parse().expect("the types here are well named"),
        name: name.parse().expect("tests write good names"),
        inputs: [("filter".to_owned(), filter.into())].into(),
        provider: None,
    }
}

/// A reference to a field, such as `reference("test:cloud:Thing/a", "id")`.
pub fn reference(to: &str, field: &str) -> Expr {
    Expr::reference(urn(to), Path::field(field))
}

/// The urn of a thing.
pub fn thing_urn(name: &str) -> Urn {
    urn(&format!("{}/{name}", types::THING))
}

impl Builder {
    /// Sets an input.
    #[must_use]
    pub fn set(mut self, field: &str, value: impl Into<Expr>) -> Self {
        self.0.inputs.insert(field.to_owned(), value.into());
        self
    }

    /// Refers to the ids of things, which cannot be deleted meanwhile.
    #[must_use]
    pub fn refs<S: AsRef<str>>(self, names: impl IntoIterator<Item = S>) -> Self {
        let ids = names
            .into_iter()
            .map(|name| Expr::reference(thing_urn(name.as_ref()), Path::field("id")));
        let ids = Expr::list(ids.collect());
        self.set("refs", ids)
    }

    /// Changes its options.
    #[must_use]
    pub fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.0.options);
        self
    }

    /// Says where it is declared.
    #[must_use]
    pub fn at(mut self, at: &str) -> Self {
        self.0.at = Some(at.to_owned());
        self
    }

    /// The resource.
    pub fn build(self) -> Resource {
        self.0
    }
}

/// A graph of resources.
pub fn graph(resources: impl IntoIterator<Item = Builder>) -> Graph {
    Graph {
        resources: resources.into_iter().map(Builder::build).collect(),
        ..Graph::new()
    }
}

/// The same graph with one more output.
#[must_use]
pub fn with_output(mut graph: Graph, name: &str, value: impl Into<Expr>) -> Graph {
    let declaration = OutputDeclaration {
        value: value.into(),
        description: None,
    };
    graph.outputs.insert(name.to_owned(), declaration);
    graph
}

/// The same graph, in which a resource has a new urn.
#[must_use]
pub fn with_moved(mut graph: Graph, from: &str, to: &str) -> Graph {
    graph.moved.push(Moved {
        from: urn(from),
        to: urn(to),
    });
    graph
}

/// What a team does to a stack: one graph, then another.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// The graphs, applied one after the other.
    pub graphs: Vec<Graph>,
}

/// Things of which each refers to the one before.
pub fn chain(length: usize, size: i64) -> Graph {
    graph((0..length).map(|position| {
        let one = thing(&format!("c{position}")).set("size", size);
        match position.checked_sub(1) {
            Some(before) => one.refs([format!("c{before}")]),
            None => one,
        }
    }))
}

/// Things that have nothing to do with each other.
pub fn wide(count: usize, size: i64) -> Graph {
    graph((0..count).map(|position| thing(&format!("w{position}")).set("size", size)))
}

/// A thing, some that refer to it, and one that refers to those.
pub fn diamond(width: usize, size: i64) -> Graph {
    let middle = |position: usize| format!("m{position}");
    let top = thing("top").set("size", size);
    let middles = (0..width).map(|position| {
        let secret = Expr::from(Value::from("hunter2").secret());
        thing(&middle(position)).refs(["top"]).set("secret", secret)
    });
    let bottom = thing("bottom")
        .refs((0..width).map(middle))
        .set("label", reference("test:cloud:Thing/top", "arn"));
    with_output(
        graph([top].into_iter().chain(middles).chain([bottom])),
        "bottom",
        reference("test:cloud:Thing/bottom", "arn"),
    )
}

/// A chain of things whose first two are replaced when `kind` changes.
///
/// The third only tells the second's arn: a cloud would not let go of what something that stays refers to.
pub fn replaced(kind: &str, order: Option<ReplaceOrder>) -> Graph {
    let asks = |options: &mut Options| options.replace_order = order;
    graph([
        thing("base").set("kind", kind).options(asks),
        thing("next").set("kind", kind).refs(["base"]).options(asks),
        thing("user").set("label", reference("test:cloud:Thing/next", "arn")),
        thing("other"),
    ])
}

/// A graph and its successor, with something of everything: kept, changed, replaced, deleted and new things.
pub fn mixed() -> [Graph; 2] {
    let before = graph([
        thing("kept"),
        thing("changed").set("size", 1).refs(["kept"]),
        thing("replaced").set("kind", "a").refs(["kept"]),
        thing("deleted").refs(["kept"]),
        thing("leaf").refs(["deleted"]),
        thing("keyed").set("key", "k").set("kind", "a"),
        act("migrate", "one"),
        kept("value").set("value", 1),
    ]);
    let after = graph([
        thing("kept"),
        thing("changed").set("size", 2).refs(["kept"]),
        thing("replaced").set("kind", "b").refs(["kept", "changed"]),
        thing("new").refs(["replaced"]),
        thing("keyed").set("key", "k").set("kind", "b"),
        act("migrate", "two"),
        kept("value").set("value", 2),
    ]);
    [before, after]
}

/// A graph and its successor, in which one resource has a new urn and another size.
pub fn moved() -> [Graph; 2] {
    let graph = |name: &str, size: i64| {
        graph([
            thing(name).set("size", size),
            thing("user").refs([name]).set("size", size),
        ])
    };
    let after = with_moved(
        graph("new", 2),
        "test:cloud:Thing/old",
        "test:cloud:Thing/new",
    );
    [graph("old", 1), after]
}

/// A graph with a lookup whose question waits for a resource, and its successor.
pub fn asked() -> [Graph; 2] {
    let graph = |kind: &str| {
        let answer = Expr::Lookup(Reference {
            urn: urn("test:cloud:Zone/zones"),
            path: Path(vec!["names".into(), Segment::Index(0)]),
        });
        let mut graph = graph([
            thing("asker").set("kind", kind),
            thing("told").set("label", answer),
        ]);
        graph
            .lookups
            .push(zone("zones", reference("test:cloud:Thing/asker", "zone")));
        graph
    };
    [graph("a"), graph("b")]
}

/// Every shape, small enough to be killed everywhere.
pub fn all() -> Vec<Scenario> {
    let replacement = |order| vec![replaced("a", order), replaced("b", order)];
    let with_end = |mut graphs: Vec<Graph>| {
        graphs.push(Graph::new());
        graphs
    };
    [
        ("chain", with_end(vec![chain(3, 1), chain(3, 2)])),
        ("wide", with_end(vec![wide(4, 1), wide(5, 2)])),
        ("diamond", with_end(vec![diamond(3, 1), diamond(2, 2)])),
        ("create first", replacement(Some(ReplaceOrder::CreateFirst))),
        ("delete first", replacement(Some(ReplaceOrder::DeleteFirst))),
        ("mixed", mixed().into()),
        ("moved", moved().into()),
        ("asked", asked().into()),
    ]
    .map(|(name, graphs)| Scenario { name, graphs })
    .into()
}
