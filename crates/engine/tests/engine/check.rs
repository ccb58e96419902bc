//! Every problem of a graph at once, with names.

use stack_engine::{Error, Schemas, check};
use stack_model::graph::ProviderConfig;
use stack_model::{Expr, Graph, Path, Value};
use stack_provider::Provider;
use stack_testkit::scenario::{thing_urn, with_moved, with_output};
use stack_testkit::{World, act, data, graph, reference, thing, zone};

pub fn schemas() -> Schemas {
    let cloud = World::default().cloud;
    let schemas = cloud.schemas().into_iter();
    schemas
        .map(|schema| (schema.type_name.clone(), schema))
        .collect()
}

fn problems(graph: Graph) -> Vec<String> {
    match check(graph, &schemas()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn found(graph: Graph, expected: &[&str]) {
    let mut problems = problems(graph);
    problems.sort();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(problems, expected);
}

#[test]
fn all_problems_are_reported_at_once() {
    let mut wrong = with_output(
        graph([
            thing("a")
                .at("src/main.rs:7")
                .set("sise", 1)
                .set("arn", "x"),
            thing("a").at("src/main.rs:8"),
            thing("b")
                .set("size", "big")
                .set("label", reference("test:cloud:Thing/c", "id")),
            thing("d").set("label", reference("test:cloud:Thing/b", "nothing")),
            data("e").set("size", Value::Null),
            thing("f").options(|options| {
                options.depends_on = vec![thing_urn("gone")];
                options.provider = Some("nowhere".parse().unwrap());
                options.ignore_changes = vec![Path::field("nothing")];
                options.timeouts.create = Some("soon".into());
            }),
        ]),
        "ANSWER",
        reference("test:cloud:Thing/h", "id"),
    );
    wrong.lookups = vec![zone("z", 1), zone("z", "x")];
    found(
        wrong,
        &[
            "test:cloud:Thing/a (src/main.rs:7): has no input sise; did you mean size?",
            "test:cloud:Thing/a (src/main.rs:7): arn is an output and cannot be set",
            "test:cloud:Thing/a (src/main.rs:8): is declared twice, first at src/main.rs:7: give one of them another name",
            "test:cloud:Thing/b: size must be an integer, and is text",
            "test:cloud:Thing/b: label refers to test:cloud:Thing/c, which is not declared",
            "test:cloud:Thing/d: label refers to test:cloud:Thing/b.nothing, and test:cloud:Thing has no field nothing",
            "test:cloud:Data/e: the required input size is missing",
            "test:cloud:Thing/f: depends_on names test:cloud:Thing/gone, which is not declared",
            "test:cloud:Thing/f: the provider configuration nowhere is not declared",
            "test:cloud:Thing/f: the path nothing of its options leads to no input of the type",
            "test:cloud:Thing/f: the timeout for create is \"soon\": write a duration such as 90s, 40m or 2h",
            "test:cloud:Zone/z: is declared twice: give one of the lookups another name",
            "test:cloud:Zone/z: filter must be text, and is an integer",
            "outputs.ANSWER: value refers to test:cloud:Thing/h, which is not declared",
        ],
    );
}

#[test]
fn unknown_types_and_wrong_natures_are_named() {
    let mut wrong = graph([thing("a"), thing("b")]);
    wrong.resources[0].type_name = "test:cloud:Think".parse().unwrap();
    wrong.resources[1].type_name = "test:cloud:Zone".parse().unwrap();
    wrong.lookups = vec![zone("z", "x")];
    wrong.lookups[0].type_name = "test:cloud:Thing".parse().unwrap();
    found(
        wrong,
        &[
            "test:cloud:Think/a: the type test:cloud:Think is not known; did you mean test:cloud:Thing?",
            "test:cloud:Zone/b: test:cloud:Zone is a lookup: list it under lookups, not resources",
            "test:cloud:Thing/z: test:cloud:Thing is a resource: list it under resources, not lookups",
        ],
    );
}

#[test]
fn circles_are_named() {
    found(
        graph([
            thing("a").refs(["c"]),
            thing("b").refs(["a"]),
            thing("c").refs(["b"]),
            thing("d").refs(["d"]),
        ]),
        &[
            "test:cloud:Thing/a: these depend on each other in a circle: test:cloud:Thing/a, test:cloud:Thing/b, test:cloud:Thing/c; break it in one place",
            "test:cloud:Thing/d: refers to itself",
        ],
    );
}

#[test]
fn providers_are_known_while_planning() {
    let provider = |name: &str, config: Expr| ProviderConfig {
        name: name.parse().unwrap(),
        kind: "test".into(),
        default: true,
        config: [("region".to_owned(), config)].into(),
    };
    let mut wrong = graph([
        thing("a"),
        act("b", "x").options(|options| options.provider = Some("other".parse().unwrap())),
    ]);
    wrong.providers = vec![
        provider("one", reference("test:cloud:Thing/a", "id")),
        provider("two", Expr::from("x")),
        ProviderConfig {
            name: "other".parse().unwrap(),
            kind: "aws".into(),
            default: false,
            config: Default::default(),
        },
    ];
    found(
        wrong,
        &[
            "provider configuration one: region refers to what is only known after an apply: put what depends on it into a second stack",
            "provider configuration two: and one are both the default of test",
            "test:cloud:Act/b: the provider configuration other is for aws, not test",
        ],
    );
}

#[test]
fn names_of_outputs_are_names() {
    // In a state they would be taken for marks of ours.
    found(
        with_output(Graph::new(), "$sealed", "x"),
        &[
            "outputs.$sealed: \"$sealed\" is not a name: use 1 to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit",
        ],
    );
}

#[test]
fn what_moved_has_to_have_left() {
    let said = problems(with_moved(
        graph([thing("a")]),
        "test:cloud:Thing/a",
        "test:cloud:Thing/b",
    ));
    assert!(!said.is_empty());
}

#[tokio::test(start_paused = true)]
async fn values_that_turn_out_not_to_fit_are_problems_of_the_plan() {
    let world = World::default();
    world.must_apply(&graph([thing("a")])).await;
    let wrong = graph([
        thing("a"),
        thing("b").set("size", reference("test:cloud:Thing/a", "arn")),
        data("c").set("size", reference("test:cloud:Thing/a", "disk")),
    ]);
    match world.plan(&wrong).await.unwrap_err() {
        Error::Problems(problems) => {
            let said: Vec<_> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(said.len(), 2, "{said:?}");
            assert!(
                said.contains(
                    &"test:cloud:Thing/b: size must be an integer, and is text".to_owned()
                ),
                "{said:?}"
            );
            assert!(
                said.iter()
                    .any(|said| said.contains("the required input size is null")),
                "{said:?}"
            );
        }
        other => panic!("{other:?}"),
    }
}
