//! Whether something that was seen of the world is news to the state. A report may come twice: from the
//! journal of a tick that died, from two ticks or two clones that looked at the same files and commits.

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::model::{Change, Ended, FileChange, FlowFact, Lease, Run, StepRun, StepStatus, Watermark};
use crate::state::State;

/// The part of a fact that the state does not know yet; none if it knows all of it.
pub(in crate::plan) fn news<'f>(state: &State, fact: &'f FlowFact) -> Option<Cow<'f, FlowFact>> {
    if let FlowFact::FilesChanged { workflow, trigger, files, seen } = fact {
        let mark = state.workflow(workflow)?.triggers.get(trigger)?;
        let new = |files: &[FileChange]| -> Vec<FileChange> {
            files.iter().filter(|file| still_happens(mark, file)).cloned().collect()
        };
        let (files, seen) = (new(files), new(seen));
        let (workflow, trigger) = (workflow.clone(), trigger.clone());
        let is_news = !(files.is_empty() && seen.is_empty());
        return is_news.then_some(Cow::Owned(FlowFact::FilesChanged { workflow, trigger, files, seen }));
    }
    is_news(state, fact).then_some(Cow::Borrowed(fact))
}

/// Whether a change leads on from what is known. If it does not, somebody else has told of it or of another
/// one, and the next look tells what is left.
fn still_happens(mark: &Watermark, file: &FileChange) -> bool {
    let known = mark.files.get(&file.path);
    match file.change {
        Change::Created => known.is_none(),
        Change::Changed => known.is_some() && known != file.digest.as_ref(),
        Change::Deleted => known.is_some(),
    }
}

/// Whether an attempt of which nobody knew anything, because its tick was not heard of any more, turns out to
/// have ended somehow before it was made again.
fn is_late(record: &StepRun, ended: Ended) -> bool {
    let was_cut_off =
        record.outcome.as_ref().is_some_and(|known| known.ended == Ended::Lost && known.is_cut_off);
    was_cut_off
        && matches!(record.status, StepStatus::Retrying | StepStatus::Waiting)
        && !matches!(ended, Ended::Lost | Ended::Cancelled)
}

/// Whether a tick speaks of what is its own. Once another one has taken a run over, it may have done steps again, and
/// what an earlier one tells is not about these. Ticks of old had no names.
fn is_same(known: Option<&SmolStr>, told: Option<&SmolStr>) -> bool {
    known.is_none() || told.is_none() || known == told
}

/// Whether a run is that of a tick which says so: it has it already, or nobody has it. From another one, even a dead one,
/// only a rule takes it, which settles first what became of the steps.
fn may_have(run: &Run, lease: &Lease) -> bool {
    let is_own = |known: &Lease| known.holder == lease.holder;
    match (&run.lease, &run.last_lease) {
        (Some(held), _) => held != lease && is_own(held),
        (None, Some(last)) => is_own(last) || last.until <= lease.until,
        (None, None) => true,
    }
}

/// Whether a step that was tried before, or sent to a runner, may begin.
fn may_begin(run: &Run, key: &str, record: &StepRun) -> bool {
    match record.status {
        StepStatus::Retrying => true,
        // A list of what is sent to runners.
        StepStatus::Expanded => key.contains(':'),
        StepStatus::Waiting => run.part().is_some() && record.approval.is_none(),
        _ => false,
    }
}

fn is_news(state: &State, fact: &FlowFact) -> bool {
    let mark = |workflow: &str, trigger: &str| state.workflow(workflow)?.triggers.get(trigger);
    match fact {
        FlowFact::StepStarted { run, step, attempt, by, .. } => state.run(&run.0).is_some_and(|run| {
            !run.status.is_finished()
                // The run is leased before anything of it begins.
                && by.as_ref().is_none_or(|by| run.last_lease.as_ref().is_some_and(|last| last.holder == *by))
                && run
                    .steps
                    .get(step)
                    .is_none_or(|record| may_begin(run, step, record) && record.attempt < *attempt)
        }),
        FlowFact::StepFinished { run, step, attempt, by, outcome } => {
            let record = state.run(&run.0).and_then(|run| run.steps.get(step));
            record.is_some_and(|record| {
                record.attempt == *attempt
                    && is_same(record.by.as_ref(), by.as_ref())
                    && (record.status == StepStatus::Running || is_late(record, outcome.ended))
            })
        }
        FlowFact::RunLeased { run, lease, by } => state.run(&run.0).is_some_and(|run| match lease {
            Some(lease) => !run.status.is_finished() && may_have(run, lease),
            None => run.lease.as_ref().is_some_and(|held| is_same(Some(&held.holder), by.as_ref())),
        }),
        FlowFact::TriggerWatched { workflow, trigger, .. } => mark(workflow, trigger).is_none(),
        FlowFact::WebhookReceived { workflow, trigger, file, .. } => {
            mark(workflow, trigger).is_some_and(|mark| mark.files.get(&file.path) != file.digest.as_ref())
        }
        // What was seen must lead on from where the state is: anything else was seen by somebody who knew
        // less, and a watermark that went back would see the same commits again.
        FlowFact::CommitSeen { workflow, trigger, after, commit, .. } => mark(workflow, trigger)
            .is_some_and(|mark| mark.commit == *after && mark.commit.as_ref() != Some(&commit.id)),
        FlowFact::GithubSeen { item, .. } => state.meta.github.is_news(item),
        _ => true,
    }
}
