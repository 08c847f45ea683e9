//! What a tick runs on. The loop asks the world by these ports alone and knows no adapter; `machine.rs` binds
//! them to a real machine, a simulation to one in memory.

use std::path::PathBuf;

use smol_str::SmolStr;

use crate::apply::Executor;
use crate::model::{Code, Config, FlowFact, Project, Time};
use crate::plan::Effect;
use crate::ports::{Clock, Dice, Interrupts, Journals, Shell, Transport};
use crate::state::State;

/// The ports of one tick.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub transport: &'a dyn Transport,
    pub clock: &'a dyn Clock,
    pub dice: &'a dyn Dice,
    pub journals: &'a dyn Journals,
    pub interrupts: &'a dyn Interrupts,
    /// Ends what dead ticks left running.
    pub shell: &'a dyn Shell,
    pub rules: &'a dyn Rules,
    pub eyes: &'a dyn Eyes,
    pub hands: &'a dyn Hands,
    pub shelf: &'a dyn Shelf,
    pub voice: &'a dyn Voice,
}

impl std::fmt::Debug for Site<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").finish_non_exhaustive()
    }
}

/// What people declared.
pub(super) trait Rules {
    /// The configuration; `known` says which task codes the state knows.
    ///
    /// # Errors
    /// When it has errors, which have been told.
    fn check(&self, known: &dyn Fn(&Code) -> bool) -> anyhow::Result<Config>;
}

/// Looks at what triggers watch.
pub(super) trait Eyes {
    /// What is new to the state.
    fn look(&self, config: &Config, state: &State) -> anyhow::Result<Vec<FlowFact>>;
}

/// What is done with an executor while it is there.
pub(super) type Errand<'e> = dyn FnMut(&mut dyn Executor) -> anyhow::Result<()> + 'e;

/// Whatever effects are carried out with.
pub(super) trait Hands {
    /// Does `errand`; afterwards nothing goes on any more.
    fn work(&self, project: &Project, lineage: &SmolStr, errand: &mut Errand<'_>) -> anyhow::Result<()>;

    /// Fills in exactly which files each effect would change; gives words about those that would fail.
    fn survey(
        &self,
        project: &Project,
        lineage: &SmolStr,
        effects: &mut [Effect],
        now: Time,
    ) -> anyhow::Result<Vec<String>>;
}

/// Where is kept what a tick did and could not commit.
pub(super) trait Shelf {
    /// Keeps the recovery file of a tick; gives where, or why not, for each place.
    fn keep(&self, holder: &str, text: &str) -> Vec<anyhow::Result<PathBuf>>;

    /// What the tick left on this clone has been told to the state.
    fn forget(&self, holder: &str);
}

/// Tells people what they should know besides the result.
pub(super) trait Voice {
    /// What went wrong.
    fn tell(&self, text: &str);

    /// What is worth knowing.
    fn note(&self, text: &str);
}
