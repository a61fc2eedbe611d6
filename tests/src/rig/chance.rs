//! Chance that can be had again.

/// Numbers that follow from a seed (xorshift64*).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Any seed but zero gives a sequence of its own.
    pub fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// From zero up to a limit, without it.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }
}
