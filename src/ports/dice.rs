//! Randomness: names that nobody else has, and waits that others do not wait as well.

/// Draws numbers.
pub trait Dice {
    /// Any number.
    fn any(&self) -> u64;

    /// A number below `end`, which is not 0.
    fn below(&self, end: u64) -> u64 {
        self.any() % end
    }
}
