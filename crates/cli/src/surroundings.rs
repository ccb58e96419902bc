//! The real time and chance.

use rand::RngExt;
use stack_engine::Surroundings;

/// Longer than any client token needs to be unique, shorter than any cloud's limit.
const TOKEN_LENGTH: usize = 26;

/// The real time and chance.
#[derive(Debug, Default)]
pub struct Real {
    /// The lineage of a state that is about to be born, where a saved plan has promised one.
    pub promised: Option<String>,
}

impl Surroundings for Real {
    fn token(&self) -> String {
        const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut random = rand::rng();
        (0..TOKEN_LENGTH)
            .map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]))
            .collect()
    }

    fn lineage(&self) -> String {
        match &self.promised {
            Some(lineage) => lineage.clone(),
            None => uuid::Uuid::new_v4().to_string(),
        }
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn chance(&self) -> f32 {
        rand::rng().random()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_in_form_and_never_the_same() {
        let real = Real::default();
        let (one, other) = (real.token(), real.token());
        assert_ne!(one, other);
        assert!((26..=32).contains(&one.len()));
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        assert!(one.bytes().all(allowed), "{one}");
    }

    #[test]
    fn a_promised_lineage_is_kept() {
        let promised = Real {
            promised: Some("l-1".into()),
        };
        assert_eq!(promised.lineage(), "l-1");
        assert_ne!(Real::default().lineage(), Real::default().lineage());
    }
}
