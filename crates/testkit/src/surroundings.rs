//! Tokens, lineages and a clock that repeat themselves.

use std::sync::atomic::{AtomicU64, Ordering};

use stack_engine::Surroundings;

/// The same tokens, the same lineage and the same time in every run of a test.
#[derive(Debug)]
pub struct TestSurroundings {
    seed: u64,
    drawn: AtomicU64,
}

impl TestSurroundings {
    /// The surroundings of one seed.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            drawn: AtomicU64::new(0),
        }
    }

    /// Surroundings that go on like these.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            seed: self.seed,
            drawn: AtomicU64::new(self.drawn.load(Ordering::Relaxed)),
        }
    }

    /// SplitMix64, whose whole state is a counter.
    fn draw(&self) -> u64 {
        let count = self.drawn.fetch_add(1, Ordering::Relaxed) + 1;
        let mut mixed = self
            .seed
            .wrapping_add(count.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Surroundings for TestSurroundings {
    fn token(&self) -> String {
        format!("{:016x}", self.draw())
    }

    fn lineage(&self) -> String {
        let (high, low) = (self.draw(), self.draw());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0xfff,
            low & 0xffff_ffff_ffff
        )
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::constant(1_765_356_000, 0)
    }

    fn chance(&self) -> f32 {
        (self.draw() >> 40) as f32 / (1u64 << 24) as f32
    }
}
