//! Who carries effects out, side by side: a pool, or, for a simulation, somebody without threads or programs.

use std::time::Duration;

use smol_str::SmolStr;

use crate::model::{Outcome, RunId, Time};
use crate::plan::Effect;
use crate::ports::Process;

/// How an effect ended.
#[derive(Debug)]
pub struct Report {
    pub run: RunId,
    pub step: SmolStr,
    pub attempt: u32,
    pub outcome: Outcome,
}

/// Carries effects out. Whatever is started is reported, however it ends.
pub trait Executor {
    /// How many more effects can be carried out at a time.
    fn room(&self) -> usize;

    fn is_idle(&self) -> bool;

    /// Whether an effect of a step is being carried out.
    fn is_at(&self, run: &RunId, step: &SmolStr) -> bool {
        self.running().any(|at| at == (run, step))
    }

    /// What is being carried out, in no order.
    fn running(&self) -> Box<dyn Iterator<Item = (&RunId, &SmolStr)> + '_>;

    /// Gives its process, if it has one.
    fn start(&mut self, effect: Effect, now: Time) -> Option<Process>;

    fn cancel(&mut self, run: &RunId, step: &SmolStr);

    fn cancel_all(&mut self);

    /// Does something that may take long, while somebody else looks after what goes on.
    fn meanwhile(&mut self, act: &mut dyn FnMut());

    /// What has been heard, waiting at most `patience` for the first of it.
    fn heard(&mut self, patience: Duration) -> Vec<Report>;
}
