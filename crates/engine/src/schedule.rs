//! Which step may start next. Pure: no clock, no I/O.

use std::collections::{BinaryHeap, HashMap};

use crate::plan::{Act, Step};

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It waits for others.
    Waiting,
    /// It may start.
    Ready,
    /// It was handed out.
    Running,
    /// It succeeded.
    Done,
    /// It failed.
    Failed,
    /// Something that it depends on failed.
    Skipped,
}

/// Hands out steps whose dependencies have succeeded, those with the longest path behind them first.
pub struct Schedule {
    services: Vec<u32>,
    service_names: Vec<String>,
    dependents: Vec<Vec<u32>>,
    open: Vec<u32>,
    status: Vec<Status>,
    priority: Vec<u64>,
    /// Steps that may start, by service.
    ready: Vec<BinaryHeap<(u64, std::cmp::Reverse<u32>)>>,
    unfinished: usize,
}

impl Schedule {
    /// A schedule of a plan's steps. A step's `after` must name earlier steps only, as a plan's do.
    pub fn new(steps: &[Step]) -> Self {
        let mut dependents = vec![Vec::new(); steps.len()];
        let mut open = vec![0; steps.len()];
        for (index, step) in steps.iter().enumerate() {
            open[index] = step.after.len() as u32;
            step.after
                .iter()
                .for_each(|before| dependents[*before as usize].push(index as u32));
        }
        // The longest path from a step to the end; a step counts a little even when it has never been timed.
        let mut priority = vec![0u64; steps.len()];
        for index in (0..steps.len()).rev() {
            let behind = dependents[index]
                .iter()
                .map(|next| priority[*next as usize])
                .max()
                .unwrap_or(0);
            priority[index] = behind + u64::from(steps[index].expected) + 1;
        }
        let mut service_names: Vec<String> = Vec::new();
        let mut known: HashMap<&str, u32> = HashMap::new();
        let services = steps
            .iter()
            .map(|step| {
                let name = match step.act {
                    Act::Pass | Act::Barrier | Act::Record | Act::Forget => "",
                    Act::Ask | Act::Create | Act::Update | Act::Delete { .. } => {
                        step.urn.as_ref().map_or("", |urn| urn.service())
                    }
                };
                *known.entry(name).or_insert_with(|| {
                    service_names.push(name.to_owned());
                    (service_names.len() - 1) as u32
                })
            })
            .collect();
        let mut schedule = Self {
            services,
            ready: service_names.iter().map(|_| BinaryHeap::new()).collect(),
            service_names,
            dependents,
            status: vec![Status::Waiting; steps.len()],
            unfinished: steps.len(),
            open,
            priority,
        };
        for index in 0..steps.len() {
            if schedule.open[index] == 0 {
                schedule.make_ready(index as u32);
            }
        }
        schedule
    }

    fn make_ready(&mut self, step: u32) {
        self.status[step as usize] = Status::Ready;
        let service = self.services[step as usize] as usize;
        self.ready[service].push((self.priority[step as usize], std::cmp::Reverse(step)));
    }

    /// The next step that may start, of a service that has room.
    pub fn next(&mut self, has_room: impl Fn(&str) -> bool) -> Option<u32> {
        let best = (0..self.ready.len())
            .filter(|service| {
                !self.ready[*service].is_empty() && has_room(&self.service_names[*service])
            })
            .max_by_key(|service| self.ready[*service].peek().copied())?;
        let (_, std::cmp::Reverse(step)) = self.ready[best].pop()?;
        self.status[step as usize] = Status::Running;
        Some(step)
    }

    /// The service that a step's call goes to; empty when it makes none.
    pub fn service(&self, step: u32) -> &str {
        &self.service_names[self.services[step as usize] as usize]
    }

    /// A step succeeded.
    pub fn done(&mut self, step: u32) {
        self.finish(step, Status::Done);
        for next in std::mem::take(&mut self.dependents[step as usize]) {
            self.open[next as usize] -= 1;
            if self.open[next as usize] == 0 && self.status[next as usize] == Status::Waiting {
                self.make_ready(next);
            }
        }
    }

    /// A step failed. What depends on it is skipped, what does not goes on.
    pub fn failed(&mut self, step: u32) {
        self.finish(step, Status::Failed);
        let mut open = std::mem::take(&mut self.dependents[step as usize]);
        while let Some(next) = open.pop() {
            if self.status[next as usize] == Status::Waiting {
                self.finish(next, Status::Skipped);
                open.append(&mut self.dependents[next as usize]);
            }
        }
    }

    fn finish(&mut self, step: u32, status: Status) {
        self.status[step as usize] = status;
        self.unfinished -= 1;
    }

    /// What became of a step.
    pub fn status(&self, step: u32) -> Status {
        self.status[step as usize]
    }

    /// Whether every step has come to its end.
    pub fn is_finished(&self) -> bool {
        self.unfinished == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(after: &[u32], expected: u32) -> Step {
        let urn = Some("t:s:T/x".parse().unwrap());
        Step {
            urn,
            act: Act::Create,
            after: after.to_vec(),
            expected,
        }
    }

    #[test]
    fn long_paths_start_first() {
        let mut schedule = Schedule::new(&[step(&[], 5), step(&[], 1), step(&[1], 10)]);
        assert_eq!(schedule.next(|_| true), Some(1));
        assert_eq!(schedule.next(|_| true), Some(0));
        assert_eq!(schedule.next(|_| true), None);
        schedule.done(1);
        assert_eq!(schedule.next(|_| true), Some(2));
    }

    #[test]
    fn a_failure_stops_what_depends_on_it_and_nothing_else() {
        let mut schedule = Schedule::new(&[
            step(&[], 0),
            step(&[], 0),
            step(&[0], 0),
            step(&[2, 1], 0),
            step(&[1], 0),
        ]);
        schedule.next(|_| true);
        schedule.next(|_| true);
        schedule.failed(0);
        schedule.done(1);
        assert_eq!(
            [2, 3, 4].map(|step| schedule.status(step)),
            [Status::Skipped, Status::Skipped, Status::Ready]
        );
    }

    #[test]
    fn a_full_service_does_not_hold_up_others() {
        let mut schedule = Schedule::new(&[step(&[], 0)]);
        assert_eq!(schedule.next(|service| service != "t:s"), None);
        assert_eq!(schedule.next(|_| true), Some(0));
    }
}
