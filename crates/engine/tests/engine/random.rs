//! Random graphs and random changes to them. What a failure prints can be pasted into a test.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestCaseError;
use stack_engine::Error;
use stack_engine::rollback::Terms;
use stack_model::graph::ReplaceOrder;
use stack_model::{Expr, Graph, Value};
use stack_provider::ErrorKind;
use stack_testkit::scenario::{thing_urn, with_output};
use stack_testkit::{Ended, Fault, Lag, World, data, graph, kept, reference, thing};

use crate::rollback::is_as_in;

/// One resource of a random graph. Every name has its own, so that graphs of the same names can be told apart.
#[derive(Debug, Clone)]
struct One {
    number: usize,
    nature: Nature,
    size: Option<i64>,
    label: Option<u8>,
    kind: u8,
    key: bool,
    order: Option<ReplaceOrder>,
    to: Vec<usize>,
    tells: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Nature {
    Thing,
    Data,
    Kept,
}

fn ones() -> impl Strategy<Value = Vec<One>> {
    let one = (
        (
            0usize..12,
            0u8..8,
            prop::option::of(0i64..3),
            prop::option::of(0u8..3),
            0u8..3,
        ),
        (
            prop::bool::weighted(0.2),
            0u8..4,
            prop::collection::vec(any::<Index>(), 0..3),
            any::<bool>(),
        ),
    );
    prop::collection::vec(one, 0..9).prop_map(|raw| {
        let mut ones: Vec<One> = Vec::new();
        for ((number, nature, size, label, kind), (key, order, to, tells)) in raw {
            if ones.iter().any(|one| one.number == number) {
                continue;
            }
            // What a name is and whether it has a key belongs to the name, so that both graphs agree.
            let nature = match (number + nature as usize / 8) % 6 {
                0 => Nature::Data,
                1 => Nature::Kept,
                _ => Nature::Thing,
            };
            let mut to: Vec<usize> = match ones.len() {
                0 => Vec::new(),
                count => to
                    .iter()
                    .map(|index| ones[index.index(count)].number)
                    .collect(),
            };
            // References go from higher to lower numbers, or two graphs could need each other's objects in a circle.
            to.retain(|to| *to < number);
            to.sort_unstable();
            to.dedup();
            let order = match order {
                0 => Some(ReplaceOrder::DeleteFirst),
                _ => None,
            };
            ones.push(One {
                number,
                nature,
                size,
                label,
                kind,
                key,
                order,
                to,
                tells,
            });
        }
        ones
    })
}

fn is(nature: Nature) -> &'static str {
    match nature {
        Nature::Thing => "test:cloud:Thing",
        Nature::Data => "test:cloud:Data",
        Nature::Kept => "test:kept:Value",
    }
}

fn urn(ones: &[One], number: usize) -> Option<String> {
    let one = ones.iter().find(|one| one.number == number)?;
    Some(format!("{}/n{number}", is(one.nature)))
}

/// The graph. Where an object goes first, what stays must not hold it: then references are by arn.
fn built(ones: &[One]) -> Graph {
    built_as(ones, goes_first(ones))
}

/// Graphs between which one may go in any direction.
fn built_alike<const N: usize>(all: [&[One]; N]) -> [Graph; N] {
    let soft = all.iter().any(|ones| goes_first(ones));
    all.map(|ones| built_as(ones, soft))
}

fn goes_first(ones: &[One]) -> bool {
    ones.iter().any(|one| one.key || one.order.is_some())
}

fn built_as(ones: &[One], soft: bool) -> Graph {
    let resources = ones.iter().map(|one| {
        let name = format!("n{}", one.number);
        let targets = || one.to.iter().filter_map(|to| urn(ones, *to));
        let field = |urn: &str| match (urn.starts_with("test:kept"), soft) {
            (true, _) => "id",
            (false, true) => "arn",
            (false, false) => "id",
        };
        let links = Expr::list(targets().map(|urn| reference(&urn, field(&urn))).collect());
        match one.nature {
            Nature::Kept => kept(&name).set("value", links),
            Nature::Data => data(&name).set("kind", format!("k{}", one.kind)),
            Nature::Thing => {
                let mut built = thing(&name).set("kind", format!("k{}", one.kind));
                if let Some(size) = one.size {
                    built = built.set("size", size);
                }
                if let Some(label) = one.label {
                    built = built.set("label", format!("l{label}"));
                }
                if one.key {
                    built = built.set("key", format!("key-{}", one.number));
                }
                let cloudy = |urn: &String| !urn.starts_with("test:kept");
                let links: Vec<Expr> = targets()
                    .filter(cloudy)
                    .map(|urn| reference(&urn, field(&urn)))
                    .collect();
                let field = if soft { "members" } else { "refs" };
                built = built.set(field, Expr::list(links));
                built.options(|options| options.replace_order = one.order)
            }
        }
    });
    let mut built = graph(resources);
    for one in ones.iter().filter(|one| one.tells) {
        let field = if one.nature == Nature::Kept {
            "value"
        } else {
            "arn"
        };
        let urn = urn(ones, one.number).expect("it is there");
        built = with_output(built, &format!("out{}", one.number), reference(&urn, field));
    }
    built
}

/// A test that does the same, to be pasted.
fn repro(graphs: &[&Graph], lag: Lag, trouble: &str) -> String {
    let mut text = "#[tokio::test(start_paused = true)]\nasync fn repro() {\n    let world = World::default();\n".to_owned();
    let _ = writeln!(text, "    world.cloud.lag(Lag::{lag:?});");
    for graph in graphs {
        let json = serde_json::to_string(graph).expect("graphs are JSON");
        let _ = writeln!(
            text,
            "    let graph = Graph::parse(br##\"{json}\"##).unwrap();"
        );
        let _ = writeln!(
            text,
            "    world.must_apply(&graph).await; // {trouble}\n    world.assert_settled(&graph).await;"
        );
    }
    text + "}\n"
}

fn run(
    future: impl Future<Output = Result<(), String>>,
    repro: impl Fn() -> String,
) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime
        .block_on(future)
        .map_err(|problem| TestCaseError::fail(format!("{problem}\n\n{}", repro())))
}

async fn applied(world: &World, graph: &Graph) -> Result<(), String> {
    let report = world
        .apply(graph)
        .await
        .map_err(|error| format!("{error:?}"))?;
    if !report.is_complete() {
        return Err(format!("{report:?}"));
    }
    world.settled(graph).await
}

async fn destroyed(world: &World) -> Result<(), String> {
    let report = world
        .destroy()
        .await
        .map_err(|error| format!("{error:?}"))?;
    let state = world.state().await.map_err(|error| format!("{error:?}"))?;
    if report.is_complete()
        && world.cloud.objects().is_empty()
        && state.resources.is_empty()
        && state.outputs.is_empty()
    {
        Ok(())
    } else {
        Err(format!(
            "a destroy left {:?}, {:?}: {report:?}",
            world.cloud.objects(),
            state.resources.keys()
        ))
    }
}

fn lags() -> impl Strategy<Value = Lag> {
    prop_oneof![
        Just(Lag::None),
        Just(Lag::Reads(2)),
        Just(Lag::For(std::time::Duration::from_secs(4)))
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_graph_becomes_any_other(one in ones(), two in ones(), lag in lags()) {
        let (one, two) = (built(&one), built(&two));
        let story = async {
            let world = World::default();
            world.cloud.lag(lag);
            applied(&world, &one).await?;
            applied(&world, &two).await?;
            destroyed(&world).await
        };
        run(story, || repro(&[&one, &two], lag, "nothing goes wrong"))?;
    }

    #[test]
    fn any_trouble_on_the_way_is_put_right(
        one in ones(),
        two in ones(),
        lag in lags(),
        call in any::<Index>(),
        fault in prop_oneof![
            Just(Fault::Before(ErrorKind::Denied)),
            Just(Fault::After(ErrorKind::Transient)),
            Just(Fault::After(ErrorKind::Other)),
            Just(Fault::Accepted(ErrorKind::Failed)),
            Just(Fault::DieBefore),
            Just(Fault::DieAfter),
            Just(Fault::DieAccepted),
        ],
        write in any::<Index>(),
        bytes in prop_oneof![Just(usize::MAX), 0usize..3000],
        dies in any::<bool>(),
    ) {
        let (one, two) = (built(&one), built(&two));
        let story = async {
            let world = World::default();
            world.cloud.lag(lag);
            applied(&world, &one).await?;
            let clean = world.fork();
            applied(&clean, &two).await?;
            let calls = (clean.cloud.write_count() - world.cloud.write_count()) as usize;
            let writes = clean.disk.writes().len() - world.disk.writes().len();
            if calls > 0 {
                world.cloud.fault(world.cloud.write_count() + call.index(calls) as u64, fault);
            }
            if dies {
                world.disk.die_at(world.disk.writes().len() + write.index(writes), bytes);
            }
            let _: Result<_, Ended> = world.apply(&two).await;
            world.cloud.heal();
            world.disk.heal();
            applied(&world, &two).await?;
            destroyed(&world).await
        };
        let trouble = format!("{fault:?} at one of its calls ({call:?}); dead: {dies}, byte {bytes} of {write:?}");
        run(story, || repro(&[&one, &two], lag, &trouble))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_failure_is_rolled_back(
        one in ones(),
        two in ones(),
        lag in lags(),
        call in any::<Index>(),
        fault in prop_oneof![
            Just(Fault::Before(ErrorKind::Denied)),
            Just(Fault::After(ErrorKind::Other)),
            Just(Fault::Accepted(ErrorKind::Failed)),
        ],
        write in prop::option::weighted(0.5, any::<Index>()),
    ) {
        let [one, two] = built_alike([&one, &two]);
        let story = async {
            let before = World::default();
            before.cloud.lag(lag);
            applied(&before, &one).await?;
            let began = before.state().await.map_err(|error| format!("{error:?}"))?.header.serial;
            let clean = before.fork();
            applied(&clean, &two).await?;
            let calls = (clean.cloud.write_count() - before.cloud.write_count()) as usize;
            if calls == 0 {
                return Ok(());
            }
            let failing = || {
                let world = before.fork();
                world.cloud.fault(before.cloud.write_count() + call.index(calls) as u64, fault);
                world
            };
            let world = failing();
            let (report, back) = world.apply_or_roll_back(&two).await.map_err(|error| format!("{error:?}"))?;
            match back {
                _ if report.is_complete() => {}
                // Data would be lost, so nothing is rolled back.
                None => {
                    world.cloud.heal();
                    return applied(&world, &two).await;
                }
                Some(back) if !back.is_complete() => return Err(format!("{back:?}")),
                Some(_) => is_as_in(&world, &before, Some(&one)).await?,
            }
            if let Some(write) = write {
                let mortal = failing();
                let first = mortal.disk.writes().len();
                mortal.disk.die_at(first + write.index(world.disk.writes().len() - first), usize::MAX);
                let _: Result<_, Ended> = mortal.apply_or_roll_back(&two).await;
                mortal.disk.heal();
                mortal.cloud.heal();
                let back = Terms { this_run: true, accept_loss: false };
                match mortal.roll_back(began, back).await {
                    Ok(back) if back.is_complete() => is_as_in(&mortal, &before, Some(&one)).await?,
                    Err(Ended::Engine(Error::Problems(_))) => {}
                    other => return Err(format!("{other:?}")),
                }
            }
            applied(&world, &two).await?;
            destroyed(&world).await
        };
        let trouble = format!("{fault:?} at one of its calls ({call:?}), dead at {write:?}; apply_or_roll_back");
        run(story, || repro(&[&one, &two], lag, &trouble))?;
    }

    #[test]
    fn any_checkpoint_can_be_reached(one in ones(), two in ones(), three in ones()) {
        let graphs = built_alike([&one, &two, &three]);
        let story = async {
            let world = World::default();
            let mut marks = Vec::new();
            for graph in &graphs {
                applied(&world, graph).await?;
                let serial = world.state().await.map_err(|error| format!("{error:?}"))?.header.serial;
                marks.push((serial, world.fork()));
            }
            for (graph, (serial, before)) in graphs.iter().zip(&marks) {
                let terms = Terms { this_run: false, accept_loss: true };
                let report = world.roll_back(*serial, terms).await.map_err(|error| format!("{error:?}"))?;
                if !report.is_complete() {
                    return Err(format!("{report:?}"));
                }
                is_as_in(&world, before, Some(graph)).await?;
            }
            Ok(())
        };
        run(story, || repro(&graphs.each_ref(), Lag::None, "then back to each of them"))?;
    }
}

/// The repro that is printed really runs.
#[test]
fn a_repro_is_a_graph_that_can_be_read_back() {
    let wanted = graph([
        thing("a").set("secret", Expr::from(Value::from("x").secret())),
        thing("b").refs(["a"]),
    ]);
    let text = repro(&[&wanted], Lag::Reads(2), "x");
    let json = text
        .split("r##\"")
        .nth(1)
        .unwrap()
        .split("\"##")
        .next()
        .unwrap();
    let read = Graph::parse(json.as_bytes()).unwrap();
    assert_eq!(read, wanted);
    assert_eq!(read.resources[1].urn(), thing_urn("b"));
}
