//! Randomness of the system.

use ring::rand::{SystemRandom, generate};

use crate::ports::Dice;

/// Dice that nobody can foretell.
#[derive(Debug, Clone, Copy)]
pub struct SystemDice;

impl Dice for SystemDice {
    fn any(&self) -> u64 {
        let drawn = generate(&SystemRandom::new()).expect("every system that orch runs on has randomness");
        u64::from_le_bytes(drawn.expose())
    }
}
