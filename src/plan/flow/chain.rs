//! Runs that come of runs: by an event of one, or as a step of it. A chain of them has an end, so that
//! workflows which start each other do not go on for ever.

use crate::model::{Chain, Run, RunId, Started};
use crate::state::State;

/// So many runs may come of each other, one after the other; the workflow that would make one more is paused.
pub(crate) const LONGEST_CHAIN: u32 = 16;
/// What tells of trouble may still start where a chain has come to its end.
const FOR_ALERTS: u32 = 4;
const ALERTS: [&str; 2] = ["workflow.paused", "run.escalated"];

/// The place of a run that comes of this one.
pub(crate) fn chain_after(state: &State, run: &RunId) -> Chain {
    let before = state.run(&run.0).and_then(|run| run.started.chain.as_ref());
    Chain { run: run.clone(), depth: before.map_or(0, |chain| chain.depth) + 1 }
}

/// Whether a run that is made by such an event would be one too many.
pub(crate) fn is_too_long(started: &Started, event: &str) -> bool {
    let more = if ALERTS.contains(&event) { FOR_ALERTS } else { 0 };
    started.chain.as_ref().is_some_and(|chain| chain.depth > LONGEST_CHAIN + more)
}

/// Why a workflow is not started once more: `a chain of 16 runs has come back to it: a → b → a`.
pub(crate) fn chain_in_words(state: &State, workflow: &str, started: &Started) -> String {
    let before = |run: &Run| state.run(&run.started.chain.as_ref()?.run.0);
    let last = started.chain.as_ref().and_then(|chain| state.run(&chain.run.0));
    let mut names = vec![workflow];
    for run in std::iter::successors(last, |run| before(run)) {
        names.push(&run.workflow);
        if run.workflow == workflow {
            break;
        }
    }
    names.reverse();
    format!(
        "{LONGEST_CHAIN} runs came of each other, and the next one was not started: {}",
        names.join(" → ")
    )
}
