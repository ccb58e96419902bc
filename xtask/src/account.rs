//! Fresh AWS accounts for tests.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};

/// A 12-digit account id that no other test uses, in this process or another.
///
/// Used as the access key id (with any secret key), it selects an account of its own in both emulators. Names of S3
/// buckets are global all the same, as on AWS: put the account id into them.
pub fn fresh() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let mut digest = Sha256::new();
    digest.update(std::process::id().to_le_bytes());
    digest.update(now.to_le_bytes());
    digest.update(COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    let number = digest
        .finalize()
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    // The first digit is not zero, so that nothing that takes it for a number shortens it.
    format!("{}", 100_000_000_000 + number % 900_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::fresh;

    #[test]
    fn accounts_have_twelve_digits_and_differ() {
        let accounts: std::collections::BTreeSet<String> = (0..100).map(|_| fresh()).collect();
        assert_eq!(accounts.len(), 100);
        for account in accounts {
            assert_eq!(account.len(), 12);
            assert!(account.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
