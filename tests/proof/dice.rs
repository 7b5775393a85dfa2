//! Numbers that look random. `SIGMATA_SEED` seeds them; without it every run is the same.

/// A generator (Knuth's MMIX constants).
pub struct Dice(u64);

impl Dice {
    pub fn new(stream: u64) -> Self {
        let seed = std::env::var("SIGMATA_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7_u64);
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ stream);
        // The first numbers of near seeds are alike.
        for _ in 0..8 {
            dice.roll(2);
        }
        dice
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    /// True once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.roll(times) == 0
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.roll(items.len())]
    }
}

/// How much to do: `SIGMATA_ROUNDS`, 1 without it.
pub fn rounds() -> usize {
    std::env::var("SIGMATA_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}
