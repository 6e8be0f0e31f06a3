//! Chance that is the same in every run: all luck of a story comes from its seed.

use jiff::SignedDuration;

#[derive(Clone)]
pub struct Luck(u64);

impl Luck {
    pub fn new(seed: u64) -> Luck {
        Luck(seed)
    }

    /// Another stream of the same seed, so that what one draws does not shift the other.
    pub fn stream(seed: u64, name: u64) -> Luck {
        let mut luck =
            Luck(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ name.wrapping_mul(0xd1b5_4a32_d192_ed03));
        luck.draw();
        luck
    }

    // SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.draw() % n.max(1)
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::try_from(self.below(all.len() as u64)).unwrap_or(0)]
    }

    /// Seconds between the two, to the millisecond.
    pub fn seconds(&mut self, from: i64, to: i64) -> SignedDuration {
        let width = u64::try_from((to - from).max(0) * 1_000).unwrap_or(0);
        SignedDuration::from_millis(from * 1_000 + i64::try_from(self.below(width + 1)).unwrap_or(0))
    }
}
