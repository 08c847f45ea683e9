//! Who carries effects out, side by side: the threads of a pool, or, for a simulation, somebody without any.

use std::time::Duration;

use smol_str::SmolStr;

use super::pool::{Pool, Report};
use crate::model::{RunId, Time};
use crate::plan::Effect;

/// Carries effects out.
pub trait Executor {
    /// How many more effects can be carried out at a time.
    fn room(&self) -> usize;

    fn is_idle(&self) -> bool;

    /// Whether an effect of a step is being carried out.
    fn is_at(&self, run: &RunId, step: &SmolStr) -> bool;

    /// What is being carried out, in no order.
    fn running(&self) -> Box<dyn Iterator<Item = (&RunId, &SmolStr)> + '_>;

    fn start(&mut self, effect: Effect, now: Time);

    fn cancel(&self, run: &RunId, step: &SmolStr);

    fn cancel_all(&self);

    /// What has been heard, waiting at most `patience` for the first of it.
    fn heard(&mut self, patience: Duration) -> Vec<Report>;
}

impl Executor for Pool<'_, '_> {
    fn room(&self) -> usize {
        Self::room(self)
    }

    fn is_idle(&self) -> bool {
        Self::is_idle(self)
    }

    fn is_at(&self, run: &RunId, step: &SmolStr) -> bool {
        Self::is_at(self, run, step)
    }

    fn running(&self) -> Box<dyn Iterator<Item = (&RunId, &SmolStr)> + '_> {
        Box::new(Self::running(self))
    }

    fn start(&mut self, effect: Effect, now: Time) {
        Self::start(self, effect, now);
    }

    fn cancel(&self, run: &RunId, step: &SmolStr) {
        Self::cancel(self, run, step);
    }

    fn cancel_all(&self) {
        Self::cancel_all(self);
    }

    fn heard(&mut self, patience: Duration) -> Vec<Report> {
        Self::heard(self, patience)
    }
}
