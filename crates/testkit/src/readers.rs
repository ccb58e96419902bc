//! What readers do with bytes of which nobody knows where they come from: an error or a value, never a panic.
//!
//! Property tests damage real bytes and fuzzers make up their own; both end here. What is read is used as well, because
//! a value that makes a plan panic is as bad.

use std::collections::{BTreeMap, HashSet};

use stack_engine::codec::{
    count_resources, decode_journal, decode_preamble, decode_state, encode_batch, encode_state,
};
use stack_engine::journal::{Entry, replay};
use stack_engine::planner::{self, Sources, Wishes};
use stack_engine::rollback::{self, Terms};
use stack_engine::{CheckedGraph, Connections, State};
use stack_model::{Graph, Map};

use crate::keys::Glass;
use crate::world::World;

const PLACE: &str = "a test";

/// Reads a state, writes it again, and plans its end and the way back to it.
pub fn state(bytes: &[u8]) {
    let _ = decode_preamble(bytes, PLACE);
    let _ = count_resources(bytes, PLACE);
    let Ok(state) = decode_state(bytes, &Glass, PLACE) else {
        return;
    };
    if let Ok(again) = encode_state(&state, &Glass) {
        let again = decode_state(&again, &Glass, PLACE);
        assert_eq!(again.expect("what is written can be read"), state);
    }
    plans(&state);
}

/// Reads a journal, writes it again, and replays it.
pub fn journal(bytes: &[u8]) {
    let Ok(entries) = decode_journal::<Entry>(&[bytes.to_vec()], &Glass, PLACE) else {
        return;
    };
    if let Ok(again) = encode_batch(&entries, &Glass) {
        let again = decode_journal::<Entry>(&[again], &Glass, PLACE);
        assert_eq!(again.expect("what is written can be read"), entries);
    }
    let (mut state, mut in_doubt) = (State::default(), Vec::new());
    replay(&mut state, &mut in_doubt, entries);
    plans(&state);
}

/// Reads a graph, writes it again, checks it, plans it and applies it to a fake cloud.
pub fn graph(bytes: &[u8]) {
    let Ok(graph) = Graph::parse(bytes) else {
        return;
    };
    let again = serde_json::to_vec(&graph).expect("graphs are JSON");
    assert_eq!(Graph::parse(&again).as_ref(), Ok(&graph));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O can be made");
    runtime.block_on(async {
        let mut world = World::default();
        world.config = [("key".to_owned(), "configured".into())].into();
        // What fails is in the report.
        if world.plan(&graph).await.is_ok() {
            let _ = world.apply(&graph).await;
        }
    });
}

/// Plans the end of everything that is recorded, and the way back to it from nothing and from itself.
fn plans(state: &State) {
    let cloud = World::default().cloud;
    let connections = Connections::new([std::sync::Arc::new(cloud) as _]);
    let schemas = connections.schemas();
    let _ = planner::plan_destroy(state, schemas, &HashSet::new());
    for now in [State::default(), state.clone()] {
        let target = rollback::target(state.clone(), &now, schemas, Terms::default());
        if let Ok(target) = target {
            way_back(&now, &target, &connections);
        }
    }
}

fn way_back(now: &State, target: &CheckedGraph, connections: &Connections) {
    let past = target.past.as_deref().expect("it is made of a checkpoint");
    let Ok(restored) = rollback::restored(past, now, connections.schemas()) else {
        return;
    };
    let mut state = now.clone();
    restored.deltas.iter().for_each(|delta| state.apply(delta));
    let sources = Sources {
        state: &state,
        graph: target,
        schemas: connections.schemas(),
        config: &Map::new(),
        stacks: &BTreeMap::new(),
        answers: &past.state.lookups.clone().into_iter().collect(),
        unanswered: &HashSet::new(),
        wishes: &Wishes::default(),
    };
    let _ = planner::plan(&sources, Vec::new());
}
