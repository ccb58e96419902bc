//! Readers of bytes that something happened to, by accident or on purpose: an error or a value, never a panic.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use stack_engine::codec::{decode_journal, encode_batch, encode_state};
use stack_engine::journal::Entry;
use stack_model::{Expr, Graph, Path};
use stack_testkit::damage::{with_digest, with_digests};
use stack_testkit::disk::Write;
use stack_testkit::scenario::{asked, mixed, with_moved, with_output};
use stack_testkit::{Damage, Glass, TestKeys, World, data, readers, reference, thing};

fn damages() -> impl Strategy<Value = Vec<Damage>> {
    let one = (any::<u8>(), any::<usize>(), any::<usize>());
    let one = one.prop_map(|(what, place, how)| Damage::drawn(what, place, how));
    prop::collection::vec(one, 1..3)
}

/// A graph with something of everything, and one to go on to.
fn graphs() -> [Graph; 2] {
    let [before, after] = mixed();
    let rich = |mut graph: Graph, size: i64| {
        let [asking, _] = asked();
        graph.lookups = asking.lookups;
        graph.resources.extend(asking.resources);
        let everything = thing("everything")
            .set(
                "settings",
                Expr::map([("hidden".to_owned(), Expr::from("h"))].into()),
            )
            .set(
                "label",
                Expr::Secret(Box::new(Expr::Config(Path::field("key")))),
            )
            .set("members", Expr::list(vec!["b".into(), "a".into()]))
            .set("disk", size)
            .options(|options| {
                options.protect = true;
                options.timeouts.create = Some("40m".into());
                options.ignore_changes = vec![["settings", "mode"].into_iter().collect()];
            });
        graph
            .resources
            .extend([everything.build(), data("data").build()]);
        with_output(graph, "out", reference("test:cloud:Thing/kept", "id"))
    };
    let after = with_moved(
        rich(after, 2),
        "test:cloud:Thing/leaf",
        "test:cloud:Thing/new",
    );
    [rich(before, 1), after]
}

/// What a world writes that applies both: its last state, and all its journals as one. Sealed with glass.
async fn written() -> (Vec<u8>, Vec<u8>) {
    let mut world = World::default();
    world.config = [("key".to_owned(), "secret".into())].into();
    for graph in graphs() {
        world.must_apply(&graph).await;
    }
    let mut journal = Vec::new();
    for write in world.disk.writes() {
        if let Write::Append(batch) = write {
            let entries: Vec<Entry> = decode_journal(&[batch], &TestKeys, "here").unwrap();
            journal.extend(encode_batch(&entries, &Glass).unwrap());
        }
    }
    let state = world.state().await.unwrap();
    (encode_state(&state, &Glass).unwrap(), journal)
}

fn damaged(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let done = |bytes: Vec<u8>, damage: &Damage| damage.done_to(&bytes);
    damages.iter().fold(bytes.to_vec(), done)
}

/// Damages the same bytes again and again, and reads what is left.
fn damage(bytes: &[u8], read: impl Fn(&[u8])) {
    let mut runner = proptest::test_runner::TestRunner::new(crate::cases(256));
    let outcome = runner.run(&damages(), |damages| {
        let left = damaged(bytes, &damages);
        let reading = std::panic::AssertUnwindSafe(|| read(&left));
        std::panic::catch_unwind(reading).map_err(|_| {
            let shown = String::from_utf8_lossy(&left[..left.len().min(20_000)]);
            TestCaseError::fail(format!("it panics at {shown}"))
        })
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test(start_paused = true)]
async fn states() {
    let (state, _) = written().await;
    damage(&state, |bytes| {
        readers::state(bytes);
        readers::state(&with_digest(bytes));
    });
}

#[tokio::test(start_paused = true)]
async fn journals() {
    let (_, journal) = written().await;
    damage(&journal, |bytes| {
        readers::journal(bytes);
        readers::journal(&with_digests(bytes));
    });
}

#[test]
fn graphs_of_programs() {
    for graph in graphs() {
        damage(&serde_json::to_vec(&graph).unwrap(), readers::graph);
    }
}
