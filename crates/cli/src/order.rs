//! Work on several things, each after those that it waits for, several at once.

use std::collections::HashSet;

use futures::stream::{FuturesUnordered, StreamExt};

/// Works on `after.len()` things, at most `most` at once, each when all those in its entry of `after` have come to their
/// end, whatever that was: `work` gets the position, and what has come of those that are done. Where some wait for each
/// other in a circle, the first of them goes first. Gives what came of each.
pub async fn each_after<T, F: Future<Output = T>>(
    after: &[Vec<usize>],
    most: usize,
    mut work: impl FnMut(usize, &[Option<T>]) -> F,
) -> Vec<T> {
    let mut done: Vec<Option<T>> = after.iter().map(|_| None).collect();
    let mut waiting: Vec<usize> = (0..after.len()).collect();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < most.max(1) {
            let ready = |one: &usize| {
                let mut before = after[*one].iter().filter(|before| *before != one);
                before.all(|before| done.get(*before).is_none_or(Option::is_some))
            };
            let next = match waiting.iter().position(ready) {
                Some(next) => next,
                None if running.is_empty() && !waiting.is_empty() => {
                    let in_circle = |one: &usize| reaches_itself(*one, after, &waiting);
                    waiting.iter().position(in_circle).unwrap_or(0)
                }
                None => break,
            };
            let one = waiting.remove(next);
            let work = work(one, &done);
            running.push(async move { (one, work.await) });
        }
        match running.next().await {
            Some((one, came)) => done[one] = Some(came),
            None => return done.into_iter().flatten().collect(),
        }
    }
}

/// Whether what one waits for, and what that waits for, comes back to it.
fn reaches_itself(one: usize, after: &[Vec<usize>], waiting: &[usize]) -> bool {
    let mut open = after[one].clone();
    let mut seen = HashSet::new();
    while let Some(next) = open.pop() {
        if next == one {
            return true;
        }
        if waiting.contains(&next) && seen.insert(next) {
            open.extend(&after[next]);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    /// The order in which things began, and how many were under way at most.
    async fn observed(after: &[Vec<usize>], most: usize) -> (Vec<usize>, usize) {
        let (begun, running, peak) = (RefCell::new(Vec::new()), Cell::new(0), Cell::new(0));
        let came = each_after(after, most, |one, done| {
            let met = after[one].iter().all(|before| done[*before].is_some());
            begun.borrow_mut().push(one);
            running.set(running.get() + 1);
            peak.set(peak.get().max(running.get()));
            let running = &running;
            async move {
                tokio::task::yield_now().await;
                running.set(running.get() - 1);
                met.then_some(one)
            }
        })
        .await;
        assert_eq!(came, (0..after.len()).map(Some).collect::<Vec<_>>());
        (begun.into_inner(), peak.get())
    }

    async fn observed_order(after: &[Vec<usize>]) -> Vec<usize> {
        let begun = RefCell::new(Vec::new());
        each_after(after, 1, |one, _| {
            begun.borrow_mut().push(one);
            async {}
        })
        .await;
        begun.into_inner()
    }

    #[tokio::test]
    async fn each_comes_after_what_it_waits_for() {
        let after = [vec![2], vec![], vec![1], vec![1]];
        assert_eq!(observed(&after, 8).await.0, [1, 2, 3, 0]);
        assert_eq!(observed(&after, 1).await, (vec![1, 2, 0, 3], 1));
    }

    #[tokio::test]
    async fn no_more_than_asked_are_under_way() {
        let after: Vec<Vec<usize>> = (0..20).map(|_| Vec::new()).collect();
        assert_eq!(observed(&after, 3).await.1, 3);
        assert_eq!(observed(&after, 0).await.1, 1);
    }

    #[tokio::test]
    async fn a_circle_ends_all_the_same() {
        let after = [vec![1], vec![0], vec![2]];
        let came = each_after(&after, 4, |one, _| async move { one }).await;
        assert_eq!(came, [0, 1, 2]);
        // What only waits for one of a circle goes after that one.
        assert_eq!(
            observed_order(&[vec![1], vec![2], vec![1]]).await,
            [1, 0, 2]
        );
    }
}
