//! Random programs, random edits to them, and everything that may happen meanwhile. What a failure prints can be pasted
//! here.

mod programs;
mod story;

use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use stack_engine::rollback::Terms;
use stack_model::{Expr, Graph, Value};
use stack_provider::ErrorKind;
use stack_testkit::{Fault, Lag, graph, thing};

use self::programs::{Edit, Program, built, built_alike, edits, goes_first, programs};
use self::story::{Deed, LAGS, Story, Trouble, repro};

const ACCEPTED: Terms = Terms {
    this_run: false,
    accept_loss: true,
};

fn told(lag: Lag, deeds: &[Deed]) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime
        .block_on(Story::tell(lag, deeds))
        .map_err(|problem| TestCaseError::fail(format!("{problem}\n\n{}", repro(lag, deeds))))
}

fn lags() -> impl Strategy<Value = Lag> {
    prop::sample::select(&LAGS[..])
}

fn faults() -> impl Strategy<Value = Fault> {
    prop::sample::select(vec![
        Fault::Before(ErrorKind::Denied),
        Fault::After(ErrorKind::Transient),
        Fault::After(ErrorKind::Other),
        Fault::Accepted(ErrorKind::Failed),
        Fault::DieBefore,
        Fault::DieAfter,
        Fault::DieAccepted,
    ])
}

fn troubles(often: f64) -> impl Strategy<Value = Trouble> {
    let bytes = prop_oneof![Just(usize::MAX), 0usize..3000];
    let fault = prop::option::weighted(often, (0usize..50, faults()));
    let death = prop::option::weighted(often, (0usize..50, bytes));
    (fault, death).prop_map(|(fault, death)| Trouble { fault, death })
}

/// A deed of a random story, before its programs are written.
#[derive(Debug, Clone)]
enum Next {
    Apply(Edit, Trouble),
    Try(Edit, Trouble),
    Other(Deed),
}

fn nexts() -> impl Strategy<Value = Next> {
    let places = || 0usize..50;
    prop_oneof![
        6 => (edits(), troubles(0.3)).prop_map(|(edit, trouble)| Next::Apply(edit, trouble)),
        2 => (edits(), troubles(0.4)).prop_map(|(edit, trouble)| Next::Try(edit, trouble)),
        3 => (places(), troubles(0.2))
            .prop_map(|(mark, trouble)| Next::Other(Deed::RollBack(mark, ACCEPTED, trouble))),
        1 => troubles(0.5).prop_map(|trouble| Next::Other(Deed::Destroy(trouble))),
        2 => places().prop_map(|object| Next::Other(Deed::Remove(object))),
        2 => (places(), places())
            .prop_map(|(object, change)| Next::Other(Deed::Change(object, change))),
    ]
}

/// Writes the programs, each an edit of the one before it, and the end: the last one once more, and a destroy.
fn written(first: Program, nexts: Vec<Next>) -> Vec<Deed> {
    let mut programs = vec![first];
    for next in &nexts {
        if let Next::Apply(edit, _) | Next::Try(edit, _) = next {
            let edited = edit.of(&programs[programs.len() - 1]);
            programs.push(edited);
        }
    }
    let soft = programs.iter().any(goes_first);
    let mut graphs = programs.iter().map(|program| built(program, soft));
    let mut last = graphs.next().unwrap_or_default();
    let mut deeds = vec![Deed::Apply(last.clone(), Trouble::NONE)];
    for next in nexts {
        deeds.push(match next {
            Next::Apply(_, trouble) => {
                last = graphs.next().unwrap_or_default();
                Deed::Apply(last.clone(), trouble)
            }
            Next::Try(_, trouble) => {
                last = graphs.next().unwrap_or_default();
                Deed::Try(last.clone(), trouble)
            }
            Next::Other(deed) => deed,
        });
    }
    deeds.extend([
        Deed::Apply(last, Trouble::NONE),
        Deed::Destroy(Trouble::NONE),
    ]);
    deeds
}

proptest! {
    #![proptest_config(crate::cases(96))]

    #[test]
    fn any_story_ends_well(
        first in programs(),
        nexts in prop::collection::vec(nexts(), 1..7),
        lag in lags(),
    ) {
        told(lag, &written(first, nexts))?;
    }
}

proptest! {
    #![proptest_config(crate::cases(128))]

    #[test]
    fn any_program_becomes_any_other(one in programs(), two in programs(), lag in lags()) {
        // Not alike: each refers as hard as it can.
        let graphs = [&one, &two].map(|program| built(program, goes_first(program)));
        let apply = |graph: Graph| Deed::Apply(graph, Trouble::NONE);
        let [one, two] = graphs.map(apply);
        told(lag, &[one, two, Deed::Destroy(Trouble::NONE)])?;
    }

    #[test]
    fn any_trouble_on_the_way_is_put_right(
        one in programs(),
        two in programs(),
        lag in lags(),
        trouble in troubles(0.7),
    ) {
        let [one, two] = [&one, &two].map(|program| built(program, goes_first(program)));
        told(lag, &[
            Deed::Apply(one, Trouble::NONE),
            Deed::Apply(two.clone(), trouble),
            Deed::Apply(two, Trouble::NONE),
            Deed::Destroy(Trouble::NONE),
        ])?;
    }
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn any_failure_is_rolled_back(
        one in programs(),
        two in programs(),
        lag in lags(),
        trouble in troubles(0.7),
    ) {
        let [one, two] = built_alike([&one, &two]);
        let this_run = Terms { this_run: true, accept_loss: false };
        told(lag, &[
            Deed::Apply(one, Trouble::NONE),
            Deed::Try(two.clone(), trouble),
            Deed::RollBack(0, this_run, Trouble::NONE),
            Deed::Apply(two, Trouble::NONE),
            Deed::Destroy(Trouble::NONE),
        ])?;
    }

    #[test]
    fn any_checkpoint_can_be_reached(one in programs(), two in programs(), three in programs()) {
        let applied = built_alike([&one, &two, &three]).map(|graph| Deed::Apply(graph, Trouble::NONE));
        // Counted from the newest, and each of them makes one more.
        let back = [2, 2, 2].map(|mark| Deed::RollBack(mark, ACCEPTED, Trouble::NONE));
        told(Lag::None, &[applied, back].concat())?;
    }
}

/// Takes a test as it is, and its text.
macro_rules! with_its_text {
    ($($code:tt)*) => {
        $($code)*

        const REPRO: &str = stringify!($($code)*);
    };
}

with_its_text! {
    #[tokio::test(start_paused = true)]
    async fn a_story_that_ended_badly() {
        use stack_provider::ErrorKind::*;
        use stack_testkit::Fault::*;
        let deeds = [
            Deed::Apply(Graph::parse(br##"{"format":1,"resources":[{"type":"test:cloud:Thing","name":"a","inputs":{"secret":{"$secret":"x"}}}]}"##).unwrap(), Trouble { fault: Some((0, After(Other))), death: Some((1, 18446744073709551615)) }),
            Deed::RollBack(0, Terms { this_run: false, accept_loss: true }, Trouble { fault: None, death: None }),
            Deed::Change(0, 4),
        ];
        Story::tell(Lag::For(Duration::from_millis(4000)), &deeds).await.unwrap();
    }
}

#[test]
fn a_repro_is_a_test_that_runs() {
    let secret = Expr::from(Value::from("x").secret());
    let trouble = Trouble {
        fault: Some((0, Fault::After(ErrorKind::Other))),
        death: Some((1, usize::MAX)),
    };
    let deeds = [
        Deed::Apply(graph([thing("a").set("secret", secret)]), trouble),
        Deed::RollBack(0, ACCEPTED, Trouble::NONE),
        Deed::Change(0, 4),
    ];
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(bare(&repro(LAGS[2], &deeds)), bare(REPRO));
}
