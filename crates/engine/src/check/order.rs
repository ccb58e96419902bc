//! What comes before what in a graph, and the circles that forbid any order.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};

use petgraph::graph::{DiGraph, NodeIndex};

/// A resource or lookup of a graph, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// In `graph.resources`.
    Resource(usize),
    /// In `graph.lookups`.
    Lookup(usize),
}

/// Sorts nodes so that each comes after what it depends on, and otherwise as the program has them, lookups first.
/// Nothing when there is a cycle.
///
/// petgraph's own sort promises no order among independent nodes, and people read plans in the order of their program.
pub(super) fn in_program_order(net: &DiGraph<Node, ()>) -> Option<Vec<NodeIndex>> {
    let place = |node: NodeIndex| match net[node] {
        Node::Lookup(position) => (0, position),
        Node::Resource(position) => (1, position),
    };
    let incoming = petgraph::Direction::Incoming;
    let mut open: Vec<usize> = net
        .node_indices()
        .map(|node| net.edges_directed(node, incoming).count())
        .collect();
    let free = net.node_indices().filter(|node| open[node.index()] == 0);
    let mut ready: BinaryHeap<Reverse<((u8, usize), NodeIndex)>> =
        free.map(|node| Reverse((place(node), node))).collect();
    let mut sorted = Vec::with_capacity(net.node_count());
    while let Some(Reverse((_, node))) = ready.pop() {
        sorted.push(node);
        for next in net.neighbors(node) {
            open[next.index()] -= 1;
            if open[next.index()] == 0 {
                ready.push(Reverse((place(next), next)));
            }
        }
    }
    (sorted.len() == net.node_count()).then_some(sorted)
}

/// The shortest way from the first of some nodes, which are all connected, through others of them back to it.
pub(super) fn circle(net: &DiGraph<Node, ()>, knot: &[NodeIndex]) -> Option<Vec<NodeIndex>> {
    let inside: HashSet<NodeIndex> = knot.iter().copied().collect();
    let first = *knot.iter().min()?;
    let mut before: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut open = VecDeque::from([first]);
    while let Some(node) = open.pop_front() {
        for next in net.neighbors(node).filter(|next| inside.contains(next)) {
            if next == first {
                let back = std::iter::successors(Some(node), |node| before.get(node).copied());
                let mut circle: Vec<NodeIndex> = back.collect();
                circle.reverse();
                return Some(circle);
            }
            if let Entry::Vacant(new) = before.entry(next) {
                new.insert(node);
                open.push_back(next);
            }
        }
    }
    None
}
