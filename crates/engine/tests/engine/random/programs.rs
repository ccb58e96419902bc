//! Random programs and random edits to them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use stack_model::graph::ReplaceOrder;
use stack_model::{Expr, Graph};
use stack_testkit::scenario::with_output;
use stack_testkit::{data, graph, kept, reference, thing};

/// The resources of a program, by number. Every number has its own name and nature, so that what two programs have in
/// common can be told.
pub type Program = BTreeMap<usize, One>;

/// One resource of a random program.
#[derive(Debug, Clone)]
pub struct One {
    size: Option<i64>,
    label: Option<u8>,
    kind: u8,
    key: bool,
    order: Option<ReplaceOrder>,
    to: Vec<usize>,
    tells: bool,
}

const NUMBERS: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Nature {
    Thing,
    Data,
    Kept,
}

fn nature(number: usize) -> Nature {
    match number % 6 {
        0 => Nature::Data,
        1 => Nature::Kept,
        _ => Nature::Thing,
    }
}

fn name(number: usize) -> String {
    format!("n{number}")
}

fn urn(number: usize) -> String {
    let type_name = match nature(number) {
        Nature::Thing => "test:cloud:Thing",
        Nature::Data => "test:cloud:Data",
        Nature::Kept => "test:kept:Value",
    };
    format!("{type_name}/{}", name(number))
}

fn one(number: usize) -> impl Strategy<Value = One> {
    let order = prop_oneof![3 => Just(None), 1 => Just(Some(ReplaceOrder::DeleteFirst))];
    // References go from higher to lower numbers, or two programs could need each other's objects in a circle.
    let to = prop::collection::btree_set(0..number.max(1), 0..4);
    (
        prop::option::of(0i64..3),
        prop::option::of(0u8..3),
        0u8..3,
        prop::bool::weighted(0.2),
        order,
        to,
        any::<bool>(),
    )
        .prop_map(move |(size, label, kind, key, order, to, tells)| One {
            size,
            label,
            kind,
            key,
            order,
            to: to.into_iter().filter(|to| *to < number).collect(),
            tells,
        })
}

/// Resources with their numbers.
fn ones(count: std::ops::Range<usize>) -> impl Strategy<Value = Program> {
    let numbered = (0..NUMBERS).prop_flat_map(|number| (Just(number), one(number)));
    prop::collection::vec(numbered, count).prop_map(|ones| ones.into_iter().collect())
}

/// A whole program.
pub fn programs() -> impl Strategy<Value = Program> {
    ones(0..9)
}

/// What changes of a program: these are other ones or new, those are gone.
#[derive(Debug, Clone)]
pub struct Edit {
    written: Program,
    deleted: Vec<usize>,
}

/// A few changes, or all at once.
pub fn edits() -> impl Strategy<Value = Edit> {
    let few = (ones(0..4), prop::collection::vec(0..NUMBERS, 0..3));
    let all = (programs(), Just((0..NUMBERS).collect()));
    prop_oneof![4 => few, 1 => all].prop_map(|(written, deleted)| Edit { written, deleted })
}

impl Edit {
    /// The program after it.
    pub fn of(&self, program: &Program) -> Program {
        let mut edited = program.clone();
        edited.retain(|number, _| !self.deleted.contains(number));
        edited.extend(self.written.clone());
        edited
    }
}

/// Whether an object goes before its successor is there.
pub fn goes_first(program: &Program) -> bool {
    program.values().any(|one| one.key || one.order.is_some())
}

/// The graph of a program. Where an object goes first, what stays must not hold it: then references are `soft`, by arn.
pub fn built(program: &Program, soft: bool) -> Graph {
    let resources = program.iter().map(|(number, one)| {
        let there = one.to.iter().filter(|to| program.contains_key(to));
        let link = |to: &usize| match (nature(*to), soft) {
            (Nature::Thing | Nature::Data, true) => reference(&urn(*to), "arn"),
            (Nature::Thing | Nature::Data, false) | (Nature::Kept, _) => reference(&urn(*to), "id"),
        };
        let name = name(*number);
        match nature(*number) {
            Nature::Kept => kept(&name).set("value", Expr::list(there.map(link).collect())),
            Nature::Data => data(&name).set("kind", format!("k{}", one.kind)),
            Nature::Thing => {
                let at_the_cloud = there.filter(|to| nature(**to) != Nature::Kept);
                let links = Expr::list(at_the_cloud.map(link).collect());
                let field = if soft { "members" } else { "refs" };
                let mut built = thing(&name)
                    .set("kind", format!("k{}", one.kind))
                    .set(field, links);
                if let Some(size) = one.size {
                    built = built.set("size", size);
                }
                if let Some(label) = one.label {
                    built = built.set("label", format!("l{label}"));
                }
                if one.key {
                    built = built.set("key", format!("key-{number}"));
                }
                built.options(|options| options.replace_order = one.order)
            }
        }
    });
    let told = program.iter().filter(|(_, one)| one.tells);
    told.fold(graph(resources), |graph, (number, _)| {
        let field = match nature(*number) {
            Nature::Thing | Nature::Data => "arn",
            Nature::Kept => "value",
        };
        let name = format!("out{number}");
        with_output(graph, &name, reference(&urn(*number), field))
    })
}

/// The graphs of programs between which one may go in any direction.
pub fn built_alike<const N: usize>(programs: [&Program; N]) -> [Graph; N] {
    let soft = programs.iter().any(|program| goes_first(program));
    programs.map(|program| built(program, soft))
}
