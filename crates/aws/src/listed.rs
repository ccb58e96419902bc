//! Many objects by one call of a list. What cannot be made out is left out, and read by itself, which says why.

use std::collections::BTreeMap;

use stack_provider::{Error, ErrorKind, Result};

use crate::call::some_at_once;

/// Ids as the SDK takes them.
pub(crate) fn sdk(ids: &[&str]) -> Option<Vec<String>> {
    Some(ids.iter().map(|id| (*id).to_owned()).collect())
}

/// What was described, each under its id.
pub(crate) fn under_ids<T, D>(
    described: &[D],
    id: impl Fn(&D) -> Option<&str>,
    observed: impl Fn(&str, &D) -> Result<T>,
) -> Vec<(String, T)> {
    let one = |one: &D| {
        let id = id(one)?;
        Some((id.to_owned(), observed(id, one).ok()?))
    };
    described.iter().filter_map(one).collect()
}

/// Whether what a list failed of would meet many calls as well: there were too many already, or nobody is signed in.
pub(crate) fn ends_all(error: &Error) -> bool {
    error.kind.is_retryable() || error.kind == ErrorKind::Credentials
}

/// What several lists show together. A list that is refused shows nothing.
pub(crate) fn lists<T, F>(
    asked: impl IntoIterator<Item = F>,
) -> impl Future<Output = Result<Vec<T>>> + Send
where
    T: Send,
    F: Future<Output = Result<Vec<T>>> + Send,
{
    let answers = some_at_once(asked);
    async {
        let mut shown = Vec::new();
        for answer in answers.await {
            match answer {
                Ok(objects) => shown.extend(objects),
                Err(error) if ends_all(&error) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(shown)
    }
}

/// The answers to questions that a list leaves open, one for each of its objects. One without an answer is read by itself,
/// as often as it takes.
pub(crate) fn each<Q, T, F>(
    asked: impl IntoIterator<Item = Q>,
    answer: impl Fn(Q) -> F,
) -> impl Future<Output = Vec<T>> + Send
where
    T: Send,
    F: Future<Output = Result<T>> + Send,
{
    let answers = some_at_once(asked.into_iter().map(answer));
    async { answers.await.into_iter().filter_map(Result::ok).collect() }
}

/// What is asked for together: one list tells of all that have the same key.
pub(crate) fn by_key<K: Ord, T>(wanted: impl IntoIterator<Item = (K, T)>) -> BTreeMap<K, Vec<T>> {
    let mut groups: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for (key, one) in wanted {
        groups.entry(key).or_default().push(one);
    }
    groups
}
