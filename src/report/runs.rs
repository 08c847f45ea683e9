//! Runs as reports show them: which of them, their steps in the order of their file, and when something
//! changes next.

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::activation::called_by;
use super::line::Symbol;
use super::moment::relative;
use super::whereabouts::away;
use crate::model::{
    ApprovalState, Name, Phase, Run, RunStatus, RunsOn, Step, StepRun, StepStatus, Time, Workflow,
};
use crate::state::State;

/// Conditions on runs: any value of each list that is not empty.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    pub workflows: Vec<Name>,
    pub statuses: Vec<RunStatus>,
    /// The most runs shown: the latest.
    pub limit: Option<usize>,
}

impl RunFilter {
    /// The runs that the state knows and that match, the latest first.
    pub fn runs<'a>(&self, state: &'a State) -> Vec<&'a Run> {
        let matches = |run: &&Run| {
            // What goes on on a runner is told with the run that it is a step of.
            run.part().is_none()
                && (self.workflows.is_empty() || self.workflows.contains(&run.workflow))
                && (self.statuses.is_empty() || self.statuses.contains(&run.status))
        };
        let mut runs: Vec<&Run> = state.meta.runs.values().map(AsRef::as_ref).filter(matches).collect();
        runs.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| number(b).cmp(&number(a))));
        runs.truncate(self.limit.unwrap_or(usize::MAX));
        runs
    }
}

fn number(run: &Run) -> (Option<Time>, Option<u32>, &str) {
    (run.started.slot, run.id.number(), &run.id.0)
}

/// A step of a run: how it stands, and what it is.
#[derive(Debug, Clone, Copy)]
pub struct RunStep<'a> {
    pub key: &'a str,
    /// None: it is no longer declared.
    pub step: Option<&'a Step>,
    /// None: it has not begun.
    pub record: Option<&'a StepRun>,
    /// Whether its run is over.
    pub is_over: bool,
}

impl RunStep<'_> {
    pub fn status(&self) -> &'static str {
        let before = if self.is_over { "not done" } else { "pending" };
        self.record.map_or(before, |record| match (record.status, &record.approval) {
            (StepStatus::Waiting, Some(approval)) if approval.verdict.is_none() => "waiting for approval",
            (status, _) => status.as_str(),
        })
    }

    /// In one ASCII character, as in plans.
    pub fn symbol(&self) -> &'static str {
        match self.record.map(|record| record.status) {
            None => ".",
            Some(StepStatus::Running | StepStatus::Expanded) => Symbol::Changed.as_str(),
            Some(StepStatus::Retrying | StepStatus::Waiting) => "?",
            Some(StepStatus::Succeeded) => Symbol::Done.as_str(),
            Some(StepStatus::Failed) => Symbol::Attention.as_str(),
            Some(StepStatus::Skipped | StepStatus::Cancelled) => Symbol::Withdrawn.as_str(),
        }
    }
}

/// The steps of a run: those of its workflow in their order, each followed by its items and what undid it,
/// then what only the run knows. Steps of lists that a run will not come to any more are left out.
pub fn run_steps<'a>(workflow: Option<&'a Workflow>, run: &'a Run) -> Vec<RunStep<'a>> {
    let mut rows: Vec<RunStep<'a>> = Vec::new();
    let is_over = run.status.is_finished();
    if let Some((_, key)) = run.part() {
        let step = workflow.and_then(|workflow| workflow.step(key.split('[').next()?));
        return vec![RunStep { key, step, record: run.steps.get(key), is_over }];
    }
    let mut parts = parts_of(run);
    let mut known = 0;
    for (place, step) in workflow.into_iter().flat_map(Workflow::all_steps).enumerate() {
        let record = run.steps.get(&step.id);
        let is_main = workflow.is_some_and(|workflow| place < workflow.steps.len());
        let may_come =
            !is_over && (is_main && run.phase == Phase::Steps || !is_main && comes(workflow, run, step));
        if record.is_some() || may_come || is_main {
            rows.push(RunStep { key: &step.id, step: Some(step), record, is_over });
        }
        let parts = parts.remove(step.id.as_str()).unwrap_or_default();
        known += usize::from(record.is_some()) + parts.len();
        rows.extend(parts.into_iter().map(|(key, record)| RunStep {
            key,
            step: Some(step),
            record: Some(record),
            is_over,
        }));
    }
    if known < run.steps.len() {
        let keys: FxHashSet<&str> = rows.iter().map(|row| row.key).collect();
        let unknown = run.steps.iter().filter(|(key, _)| !keys.contains(key.as_str()));
        let rest = unknown.map(|(key, record)| RunStep { key, step: None, record: Some(record), is_over });
        rows.extend(rest.collect::<Vec<_>>());
    }
    rows
}

/// The records of items and of what undid something, by their step: `fetch[3]` and `fetch:rollback` are
/// parts of `fetch`.
fn parts_of(run: &Run) -> FxHashMap<&str, Vec<(&SmolStr, &StepRun)>> {
    let mut parts: FxHashMap<&str, Vec<_>> = FxHashMap::default();
    for (key, record) in run.steps.iter() {
        if let Some((step, _)) = key.split_once(['[', ':']) {
            parts.entry(step).or_default().push((key, record));
        }
    }
    parts
}

/// How many steps of a run are over, and how many it has; items and what undoes are parts of those.
pub fn steps_over(workflow: Option<&Workflow>, run: &Run) -> (usize, usize) {
    // A run that is over went by the workflow as it was then.
    let workflow = workflow.filter(|workflow| !run.status.is_finished() || workflow.digest == run.digest);
    let rows = run_steps(workflow, run);
    let steps = rows.iter().filter(|row| !row.key.contains(['[', ':']));
    let over = |row: &&RunStep<'_>| row.record.is_some_and(|record| record.status.is_finished());
    (steps.clone().filter(over).count(), steps.count())
}

/// Whether a step of the last lists is still to come.
fn comes(workflow: Option<&Workflow>, run: &Run, step: &Step) -> bool {
    let is_last = workflow.is_some_and(|workflow| workflow.finally.iter().any(|last| last.id == step.id));
    is_last || matches!(run.phase, Phase::Rollback | Phase::OnFailure)
}

/// An approval that somebody is asked for: of the run as a whole, or of a step.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    pub step: Option<&'a str>,
    pub approval: &'a ApprovalState,
    /// Whether the question is what became of an attempt whose tick died.
    pub is_lost: bool,
}

/// What somebody is asked for in a run.
pub fn asked(run: &Run) -> Vec<Asked<'_>> {
    if run.status.is_finished() {
        return Vec::new();
    }
    let of_run = run.approval.iter().filter(|_| run.status == RunStatus::Waiting);
    let of_run = of_run.map(|approval| Asked { step: None, approval, is_lost: false });
    let of_steps =
        run.steps.open().filter(|(_, step)| step.status == StepStatus::Waiting).filter_map(|(key, step)| {
            Some(Asked { step: Some(key), approval: step.approval.as_ref()?, is_lost: step.is_lost() })
        });
    of_run.chain(of_steps).filter(|asked| asked.approval.verdict.is_none()).collect()
}

/// When the clock changes something about a run next: an attempt, the end of a wait or of an approval.
pub fn next_of_run(run: &Run) -> Option<Time> {
    if run.status.is_finished() {
        return None;
    }
    let due = run.steps.open().filter_map(|(_, step)| step.due);
    let expiry = asked(run).into_iter().map(|asked| asked.approval.expires_at);
    due.chain(expiry).chain(run.lease.as_ref().map(|lease| lease.until)).min()
}

/// What a run that is not over waits for, or what goes on with it: to follow on its id.
pub fn goes_on(state: &State, run: &Run, now: Time) -> String {
    let status = run.status.as_str();
    if state.meta.paused.is_some() {
        return format!("is {status}, and all workflows are paused: `orch resume` lets it go on");
    }
    let own = &run.workflow;
    if state.workflow(own).is_some_and(|record| record.paused.is_some()) {
        return format!("is {status}, and its workflow is paused: `orch resume {own}` lets it go on");
    }
    if let Some(agent) = called_by(run).filter(|agent| state.meta.paused_agents.contains_key(*agent)) {
        return format!("is {status}, and agent {agent} is paused");
    }
    if let Some(other) = before(state, run) {
        let how = if asked(other).is_empty() { "is still open" } else { "waits for approval" };
        return format!("is {status} behind {}, which {how}", other.id);
    }
    let is_at_work = run.steps.running() > 0;
    let away = away(state, run);
    if away > 0 && !is_at_work {
        return format!("is {status}; {} on runners of {}", super::plural(away, "step"), RunsOn::PLACE);
    }
    match next_of_run(run).filter(|at| *at > now && !is_at_work) {
        Some(at) => format!("is {status}; the first tick after {at} goes on with it ({})", relative(at, now)),
        None => format!("is {status}; the next tick goes on with it"),
    }
}

/// The run that a queued one waits for: one of its workflow that has begun, or that was there before it.
fn before<'a>(state: &'a State, run: &Run) -> Option<&'a Run> {
    if run.status != RunStatus::Queued {
        return None;
    }
    let mut others = state
        .open_runs()
        .filter(|other| other.workflow == run.workflow && other.id != run.id && other.part().is_none());
    let is_before = |other: &&Run| {
        other.status != RunStatus::Queued
            || (other.created_at, other.id.number()) < (run.created_at, run.id.number())
    };
    others.find(is_before)
}

/// The step that failed a run, and what it said. Where the run ended at once, its message begins with the step.
pub fn failure(run: &Run) -> Option<(Option<&str>, &str)> {
    let failure = run.failure.as_ref()?;
    if let Some(step) = &failure.step {
        return Some((Some(step), &failure.message));
    }
    let mut failed = run.steps.iter().filter(|(_, record)| record.status == StepStatus::Failed);
    let said = |key: &str| failure.message.strip_prefix(key)?.strip_prefix(": ");
    let found = failed.find_map(|(key, _)| Some((Some(key.as_str()), said(key)?)));
    Some(found.unwrap_or((None, &failure.message)))
}

/// How long a run took, or has taken so far, in seconds.
pub fn length(run: &Run, now: Time) -> Option<u64> {
    Some(run.finished_at.unwrap_or(now).since(run.started_at?).as_seconds())
}
