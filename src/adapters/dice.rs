//! Randomness of this process.

use crate::ports::Dice;

/// Dice that nobody can foretell.
#[derive(Debug, Clone, Copy)]
pub struct SystemDice;

impl Dice for SystemDice {
    fn any(&self) -> u64 {
        fastrand::u64(..)
    }
}
