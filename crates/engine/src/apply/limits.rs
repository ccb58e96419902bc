//! How many calls go to a service at once.

use std::collections::HashMap;

use super::Run;

/// How many calls may be under way to each service. Halved when a service throttles, and grown again one by one.
pub(super) struct Limits {
    most: HashMap<String, usize>,
    now: HashMap<String, (usize, usize)>,
}

impl Limits {
    pub(super) fn new(run: &Run<'_>) -> Self {
        let mut most = HashMap::new();
        for urn in run.plan.steps.iter().filter_map(|step| step.urn.as_ref()) {
            if !most.contains_key(urn.service())
                && let Some(limit) = run.connections.concurrency(urn.service())
            {
                let limit = run.parallelism.map_or(limit, |asked| asked.clamp(1, limit));
                most.insert(urn.service().to_owned(), limit);
            }
        }
        Self {
            most,
            now: HashMap::new(),
        }
    }

    pub(super) fn has_room(&self, service: &str) -> bool {
        let Some(most) = self.most.get(service) else {
            return true;
        };
        self.now
            .get(service)
            .is_none_or(|(running, limit)| running < limit.min(most))
    }

    pub(super) fn begin(&mut self, service: &str) {
        let Some(most) = self.most.get(service) else {
            return;
        };
        self.now.entry(service.to_owned()).or_insert((0, *most)).0 += 1;
    }

    pub(super) fn end(&mut self, service: &str, throttled: bool) {
        let Some((running, limit)) = self.now.get_mut(service) else {
            return;
        };
        *running = running.saturating_sub(1);
        *limit = if throttled {
            (*limit / 2).max(1)
        } else {
            *limit + 1
        };
        if let Some(most) = self.most.get(service) {
            *limit = (*limit).min(*most);
        }
    }
}
