//! A passphrase that a person is asked for, when it is needed and not before, and once.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;
use stack_engine::backend::Result;
use tokio::sync::OnceCell;

use crate::keyring::{OPENING, Wrap};
use crate::passphrase::{self, Passphrase};
use crate::seal::{Key, failed};

/// What a passphrase is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// To open what was sealed with it.
    Open,
    /// To seal with it from now on: a typing error would lock everybody out.
    Seal,
}

/// Asks a person. It may block.
pub type Ask = dyn Fn(Occasion) -> Result<Passphrase> + Send + Sync;

/// A passphrase that a person is asked for.
#[derive(Clone)]
pub struct Asked {
    ask: Arc<Ask>,
    answer: Arc<OnceCell<Passphrase>>,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(…)")
    }
}

impl Asked {
    /// Nobody is asked yet.
    pub fn new(ask: impl Fn(Occasion) -> Result<Passphrase> + Send + Sync + 'static) -> Self {
        Self {
            ask: Arc::new(ask),
            answer: Arc::default(),
        }
    }

    async fn answer(&self, occasion: Occasion) -> Result<&Passphrase> {
        let asking = || async {
            let ask = Arc::clone(&self.ask);
            // A lease's heart beats on meanwhile.
            let asked = tokio::task::spawn_blocking(move || ask(occasion)).await;
            asked.map_err(|error| failed(OPENING, error))?
        };
        self.answer.get_or_try_init(asking).await
    }
}

#[async_trait]
impl Wrap for Asked {
    fn kind(&self) -> &'static str {
        passphrase::KIND
    }

    async fn wrap(&self, lineage: &str, data: &Key) -> Result<Json> {
        self.answer(Occasion::Seal).await?.wrap(lineage, data).await
    }

    async fn unwrap(&self, lineage: &str, header: &Json) -> Result<Key> {
        self.answer(Occasion::Open)
            .await?
            .unwrap(lineage, header)
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_person_is_asked_once_and_only_when_it_is_needed() {
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let words = Asked::new(move |occasion| {
            assert_eq!(
                occasion,
                Occasion::Seal,
                "what is known is not asked for again"
            );
            count.fetch_add(1, Ordering::SeqCst);
            Passphrase::new("correct horse battery".into())
        });
        assert_eq!(asked.load(Ordering::SeqCst), 0);
        let data = Key::generate().unwrap();
        let header = words.wrap("lineage", &data).await.unwrap();
        let again = words.clone().unwrap("lineage", &header).await.unwrap();
        assert_eq!(again.bytes(), data.bytes());
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
}
