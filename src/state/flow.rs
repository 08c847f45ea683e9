//! What the facts about workflows change.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::work::over_at;
use super::{Inconsistent, Meta, State};
use crate::model::{
    ApprovalState, ApprovalVerdict, Change, Duration, Ended, Event, FileChange, FlowFact, GithubMark,
    MetricValue, Name, PastRun, Run, RunFailure, RunId, RunStatus, SHOW_TASKS, StepRun, StepStatus, Steps,
    StoredValue, Switch, Time, TriggerProblem, Watermark, WorkflowRecord,
};

/// How many finished runs of a workflow its record and the snapshot keep.
const PAST_RUNS: usize = 50;
const KEPT_RUNS: usize = 10;
/// How many bytes they may be in all: every fold writes them, into one file.
const KEPT_BYTES: usize = 512 << 10;

impl State {
    pub(super) fn apply_flow(&mut self, event: &Event, fact: &FlowFact) -> Result<(), Inconsistent> {
        match fact {
            FlowFact::RunCreated { .. } => self.create_run(event, fact),
            FlowFact::RunStarted { .. }
            | FlowFact::RunLeased { .. }
            | FlowFact::RunPhase { .. }
            | FlowFact::RunRedefined { .. }
            | FlowFact::RunCancelled { .. } => self.change_run(event, fact),
            FlowFact::RunFinished { run, status, .. } => {
                self.change_run(event, fact)?;
                if run.workflow() == SHOW_TASKS {
                    self.end_showing(run, *status, event.at);
                }
                Ok(())
            }
            FlowFact::ApprovalRequested { run, step, .. }
            | FlowFact::ApprovalGranted { run, step, .. }
            | FlowFact::ApprovalDenied { run, step, .. }
            | FlowFact::ApprovalExpired { run, step } => {
                let run = find(&mut self.meta, fact, run)?;
                match step {
                    None => approve(event, fact, &mut run.approval),
                    Some(step) => {
                        change(run, step, event.at, |step| {
                            step.status = StepStatus::Waiting;
                            approve(event, fact, &mut step.approval);
                        });
                    }
                }
                if step.is_none() && matches!(fact, FlowFact::ApprovalRequested { .. }) {
                    self.lines.take(run);
                    run.status = RunStatus::Waiting;
                    self.lines.put(run);
                }
                Ok(())
            }
            FlowFact::StepExpanded { run, .. }
            | FlowFact::StepStarted { run, .. }
            | FlowFact::StepFinished { run, .. }
            | FlowFact::StepRetried { run, .. }
            | FlowFact::StepWaiting { run, .. }
            | FlowFact::StepSkipped { run, .. }
            | FlowFact::StepDelegated { run, .. } => {
                let id = run;
                let run = find(&mut self.meta, fact, id)?;
                let over_at = over_at(run, fact, event.at);
                change_step(run, event.at, fact);
                self.keep_time(id, over_at);
                Ok(())
            }
            _ => {
                self.change_record(event, fact);
                Ok(())
            }
        }
    }

    fn create_run(&mut self, event: &Event, fact: &FlowFact) -> Result<(), Inconsistent> {
        let FlowFact::RunCreated { run: id, workflow, digest, started } = fact else { return Ok(()) };
        if self.meta.runs.contains_key(id) {
            return Err(Inconsistent::RunTwice { event: fact.kind(), run: id.clone() });
        }
        if let Some(number) = id.number() {
            let highest = self.meta.run_numbers.entry(workflow.clone()).or_default();
            *highest = number.max(*highest);
        }
        let record = self.record_mut(workflow);
        if started.part().is_none() {
            record.last_triggered = Some(event.at);
        }
        if let Some(mark) = started.trigger.as_ref().and_then(|key| record.triggers.get_mut(key)) {
            mark.problem = None;
        }
        let run = Run {
            id: id.clone(),
            workflow: workflow.clone(),
            digest: digest.clone(),
            status: RunStatus::Queued,
            phase: crate::model::Phase::Steps,
            started: started.clone(),
            created_at: event.at,
            started_at: None,
            finished_at: None,
            lease: None,
            last_lease: None,
            approval: None,
            steps: Steps::default(),
            cancelled: None,
            failure: None,
            worked: Duration::ZERO,
            works_since: None,
        };
        self.open_runs.insert(id.clone());
        self.lines.put(&run);
        self.meta.runs.insert(id.clone(), Box::new(run));
        Ok(())
    }

    fn change_run(&mut self, event: &Event, fact: &FlowFact) -> Result<(), Inconsistent> {
        let id = fact.run().expect("these facts are about a run");
        let run = find(&mut self.meta, fact, id)?;
        self.lines.take(run);
        match fact {
            FlowFact::RunStarted { .. } => {
                run.status = RunStatus::Running;
                run.started_at = Some(event.at);
            }
            FlowFact::RunLeased { lease, .. } => {
                run.lease.clone_from(lease);
                if lease.is_some() {
                    run.last_lease.clone_from(lease);
                }
            }
            FlowFact::RunPhase { phase, failed, message, .. } => {
                run.phase = *phase;
                if let Some(message) = message {
                    run.failure.get_or_insert(RunFailure { step: failed.clone(), message: message.clone() });
                }
            }
            FlowFact::RunRedefined { digest, .. } => run.digest = digest.clone(),
            FlowFact::RunCancelled { message, .. } => {
                // What tidies up does not wait for an approval.
                run.status = RunStatus::Running;
                run.cancelled = Some(message.clone());
                run.failure.get_or_insert(RunFailure { step: None, message: message.clone() });
            }
            FlowFact::RunFinished { status, message, .. } => {
                run.status = *status;
                run.finished_at = Some(event.at);
                // Whoever has a run that somebody cancels may still be at it, and gives it back.
                if *status != RunStatus::Cancelled {
                    run.lease = None;
                }
                if let Some(message) = message {
                    run.failure.get_or_insert(RunFailure { step: None, message: message.clone() });
                }
                run.steps.change_all(|step| {
                    step.manifest = None;
                    if !step.status.is_finished() {
                        (step.status, step.finished_at) = (StepStatus::Cancelled, Some(event.at));
                    }
                });
            }
            _ => {}
        }
        self.lines.put(run);
        if let FlowFact::RunFinished { .. } = fact {
            let (workflow, past) = (run.workflow.clone(), past(run, event.at));
            self.open_runs.remove(id);
            self.keep_time(id, event.at);
            self.count_run(&workflow, past);
        }
        Ok(())
    }

    /// Counts a run that ended in the figures of its workflow; one that never began does not count.
    fn count_run(&mut self, workflow: &Name, past: Option<PastRun>) {
        let Some(past) = past else { return };
        let record = self.record_mut(workflow);
        record.runs += 1;
        record.failures += u64::from(!past.succeeded);
        record.recent.push(past);
        if record.recent.len() > PAST_RUNS {
            record.recent.remove(0);
        }
    }

    fn record_mut(&mut self, workflow: &Name) -> &mut WorkflowRecord {
        self.meta.workflows.entry(workflow.clone()).or_default()
    }

    fn change_record(&mut self, event: &Event, fact: &FlowFact) {
        let at = event.at;
        let switch = |why: &Option<String>| Switch { by: event.actor.clone(), at, why: why.clone() };
        match fact {
            FlowFact::MetricRecorded { metric, value } => {
                self.meta.metrics.insert(metric.clone(), MetricValue { value: *value, at });
            }
            FlowFact::ValueSet { key, value } => {
                self.meta.values.insert(key.clone(), StoredValue { value: value.clone(), at });
            }
            FlowFact::AgentPaused { agent, why } => {
                self.meta.paused_agents.insert(agent.clone(), switch(why));
            }
            FlowFact::AgentResumed { agent } => {
                self.meta.paused_agents.remove(agent);
            }
            FlowFact::WorkflowPaused { workflow: None, why } => self.meta.paused = Some(switch(why)),
            FlowFact::WorkflowResumed { workflow: None } => {
                (self.meta.paused, self.meta.held) = (None, None);
            }
            FlowFact::WorkflowPaused { workflow: Some(workflow), why } => {
                self.record_mut(workflow).paused = Some(switch(why));
            }
            FlowFact::WorkflowResumed { workflow: Some(workflow) } => {
                let record = self.record_mut(workflow);
                (record.paused, record.resumed_at) = (None, Some(at));
            }
            FlowFact::WorkflowDisabled { workflow, why } => {
                self.record_mut(workflow).disabled = Some(switch(why));
            }
            FlowFact::GithubSeen { item, delivered, .. } => self.meta.github.see(item, *delivered),
            FlowFact::GithubTasksChanged { tasks } => self.show(tasks),
            FlowFact::GithubWarned { objective, about, due } => {
                self.meta.github.say(objective, about, *due, |_| {});
            }
            FlowFact::GithubExceeded { objective, about, due } => {
                self.meta.github.say(objective, about, *due, |mark| mark.exceeded = true);
            }
            FlowFact::GithubEscalated { objective, about, due, level, .. } => {
                self.meta.github.say(objective, about, *due, |mark| mark.level = *level);
            }
            FlowFact::GithubRecovered { objective, about } => {
                let is_it = |mark: &GithubMark| mark.objective == *objective && mark.about == *about;
                self.meta.github.marks.retain(|mark| !is_it(mark));
            }
            FlowFact::GithubIsolationBroken { breach } => {
                self.meta.github.breaches.push(breach.as_ref().clone());
            }
            FlowFact::GithubIsolationRestored { breach } => {
                self.meta.github.breaches.retain(|known| !known.is(breach));
            }
            FlowFact::GithubIsolationJudged { verdict } => {
                self.meta.github.judged.insert(verdict.pull, verdict.clone());
            }
            FlowFact::WorkflowEnabled { workflow } => self.record_mut(workflow).disabled = None,
            FlowFact::TriggerDropped { workflow, trigger } => {
                self.record_mut(workflow).triggers.remove(trigger);
            }
            fact => self.change_watermark(at, fact),
        }
    }

    fn change_watermark(&mut self, at: Time, fact: &FlowFact) {
        let (FlowFact::TriggerWatched { workflow, trigger, .. }
        | FlowFact::ScheduleFired { workflow, trigger, .. }
        | FlowFact::ScheduleMissed { workflow, trigger, .. }
        | FlowFact::FilesChanged { workflow, trigger, .. }
        | FlowFact::WebhookReceived { workflow, trigger, .. }
        | FlowFact::CommitSeen { workflow, trigger, .. }
        | FlowFact::TriggerFailed { workflow, trigger, .. }
        | FlowFact::MetricCrossed { workflow, trigger }
        | FlowFact::MetricHeld { workflow, trigger }
        | FlowFact::MetricCleared { workflow, trigger }) = fact
        else {
            return;
        };
        let mark = self.record_mut(workflow).triggers.entry(trigger.clone()).or_default();
        match fact {
            FlowFact::TriggerWatched { commit, files, .. } => {
                mark.through = at;
                mark.commit.clone_from(commit);
                for file in files {
                    see(mark, file);
                }
            }
            FlowFact::ScheduleFired { slot, .. } => mark.through = mark.through.max(*slot),
            FlowFact::ScheduleMissed { through, count, .. } => {
                mark.through = mark.through.max(*through);
                mark.missed += count;
            }
            FlowFact::FilesChanged { files, seen, .. } => {
                for file in files.iter().chain(seen) {
                    see(mark, file);
                }
            }
            FlowFact::WebhookReceived { file, .. } => see(mark, file),
            FlowFact::CommitSeen { commit, .. } => mark.commit = Some(commit.id.clone()),
            FlowFact::TriggerFailed { event, place, message, .. } => {
                let (event, place, message) = (event.clone(), place.clone(), message.clone());
                mark.problem = Some(TriggerProblem { at, event, place, message });
            }
            FlowFact::MetricCrossed { .. } => (mark.since, mark.fired) = (Some(at), false),
            FlowFact::MetricHeld { .. } => mark.fired = true,
            FlowFact::MetricCleared { .. } => (mark.since, mark.fired) = (None, false),
            _ => {}
        }
    }

    /// Lets go of runs that ended long ago. The newest of each workflow stays, ten of them as long as there is
    /// room, and those that an open run is a part of. The log has all of them.
    pub(crate) fn forget_old_runs(&mut self) {
        let mut ended: Vec<(Time, RunId)> =
            self.meta.runs.values().filter_map(|run| Some((run.finished_at?, run.id.clone()))).collect();
        ended.sort_by(|a, b| b.cmp(a));
        let (mut kept, mut bytes) = (FxHashMap::<Name, usize>::default(), 0);
        for (_, id) in ended {
            let run = &self.meta.runs[&id];
            // What came of a part stands in the whole.
            if run.part().is_some() {
                if run.lease.is_none() {
                    self.meta.runs.remove(&id);
                }
                continue;
            }
            let count = kept.entry(run.workflow.clone()).or_default();
            *count += 1;
            let with_it = bytes + if *count <= KEPT_RUNS { size(run) } else { 0 };
            let has_room = *count <= KEPT_RUNS && (*count == 1 || with_it <= KEPT_BYTES);
            let parent = run.started.parent.as_ref();
            let has_open_parent = parent.is_some_and(|(parent, _)| self.open_runs.contains(parent));
            if has_room {
                bytes = with_it;
            } else if !has_open_parent && run.lease.is_none() {
                self.meta.runs.remove(&id);
            }
        }
    }
}

/// How many bytes a run is in a snapshot.
fn size(run: &Run) -> usize {
    serde_json::to_vec(run).map_or(0, |text| text.len())
}

fn find<'m>(meta: &'m mut Meta, fact: &FlowFact, run: &RunId) -> Result<&'m mut Run, Inconsistent> {
    let unknown = || Inconsistent::UnknownRun { event: fact.kind(), run: run.clone() };
    meta.runs.get_mut(run).map(AsMut::as_mut).ok_or_else(unknown)
}

fn see(mark: &mut Watermark, file: &FileChange) {
    match (&file.digest, file.change) {
        (_, Change::Deleted) | (None, _) => {
            mark.files.remove(&file.path);
        }
        (Some(digest), _) => {
            mark.files.insert(file.path.clone(), digest.clone());
        }
    }
}

/// None for a run that never began, or that somebody stopped: it tells nothing about the workflow. Nor does one step.
fn past(run: &Run, at: Time) -> Option<PastRun> {
    if !matches!(run.status, RunStatus::Succeeded | RunStatus::Failed) || run.part().is_some() {
        return None;
    }
    let began = run.started_at?;
    let triggered = run.started.slot.unwrap_or(run.created_at);
    Some(PastRun {
        run: run.id.clone(),
        succeeded: run.status == RunStatus::Succeeded,
        at,
        seconds: at.since(began).as_seconds(),
        waited: began.since(triggered).as_seconds(),
    })
}

fn approve(event: &Event, fact: &FlowFact, approval: &mut Option<ApprovalState>) {
    if let FlowFact::ApprovalRequested { digest, expires_at, roles, .. } = fact {
        *approval = Some(ApprovalState {
            requested_at: event.at,
            expires_at: *expires_at,
            digest: digest.clone(),
            roles: roles.clone(),
            verdict: None,
        });
        return;
    }
    let (granted, was_done, note) = match fact {
        FlowFact::ApprovalGranted { note, was_done, .. } => (true, *was_done, note.clone()),
        FlowFact::ApprovalDenied { note, .. } => (false, false, note.clone()),
        _ => (false, false, Some("nobody answered in time".to_owned())),
    };
    if let Some(approval) = approval {
        let by = event.actor.clone();
        approval.verdict = Some(ApprovalVerdict { granted, by, at: event.at, note, was_done });
    }
}

impl State {
    /// Forgets which ticks had the runs last, where no attempt has a name either: as if an `orch` had kept them that
    /// knew neither. Whether it did.
    pub(crate) fn forget_last_leases(&mut self) -> bool {
        let runs = &mut self.meta.runs;
        let is_old = !runs.values().any(|run| run.steps.values().any(|step| step.by.is_some()));
        if is_old {
            for run in runs.values_mut() {
                run.last_lease = None;
            }
        }
        is_old
    }
}

/// Changes the record of a step, which is made if it begins now.
fn change(run: &mut Run, step: &SmolStr, at: Time, change: impl FnOnce(&mut StepRun)) {
    run.steps.change(step, || StepRun::new(at), change);
}

fn change_step(run: &mut Run, at: Time, fact: &FlowFact) {
    match fact {
        FlowFact::StepExpanded { step, items, .. } => change(run, step, at, |step| {
            step.status = StepStatus::Expanded;
            step.items = Some(items.clone());
        }),
        FlowFact::StepStarted { step, attempt, by, manifest, .. } => change(run, step, at, |step| {
            step.by.clone_from(by);
            if let Some(manifest) = manifest {
                step.manifest.get_or_insert_with(|| manifest.clone());
            }
            (step.status, step.attempt, step.due) = (StepStatus::Running, *attempt, None);
        }),
        FlowFact::StepFinished { step, attempt, outcome, .. } => change(run, step, at, |step| {
            step.status = match outcome.ended {
                Ended::Succeeded => StepStatus::Succeeded,
                Ended::Cancelled => StepStatus::Cancelled,
                Ended::Failed | Ended::TimedOut | Ended::Lost => StepStatus::Failed,
            };
            (step.attempt, step.finished_at, step.due) = (*attempt, Some(at), None);
            step.cut_off += u32::from(outcome.is_cut_off);
            step.outcome = Some(outcome.clone());
            if step.status != StepStatus::Failed {
                step.manifest = None;
            }
        }),
        FlowFact::StepRetried { step, at: due, .. } => change(run, step, at, |step| {
            (step.status, step.due, step.finished_at) = (StepStatus::Retrying, Some(*due), None);
        }),
        FlowFact::StepWaiting { step, until, .. } => change(run, step, at, |step| {
            (step.status, step.due) = (StepStatus::Waiting, Some(*until));
            // Whoever was asked about an earlier attempt has answered.
            step.approval = None;
        }),
        FlowFact::StepSkipped { step, .. } => change(run, step, at, |step| {
            (step.status, step.finished_at) = (StepStatus::Skipped, Some(at));
        }),
        FlowFact::StepDelegated { step, child, .. } => change(run, step, at, |step| {
            (step.status, step.child) = (StepStatus::Waiting, Some(child.clone()));
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fact;

    /// Applies what happens to runs that come one after the other, each with so many bytes of input.
    fn ran(state: &mut State, workflow: &str, runs: u32, bytes: usize) {
        for number in 1..=runs {
            let run = RunId(format!("{workflow}#{number}").into());
            let at = Time::from_second(number.into());
            let started = serde_json::json!({ "by": "manual", "inputs": { "text": "x".repeat(bytes) } });
            let started = serde_json::from_value(started).unwrap();
            let (workflow, digest) = (workflow.into(), "d".into());
            let (created, status) = (run.clone(), RunStatus::Succeeded);
            for fact in [
                FlowFact::RunCreated { run: created, workflow, digest, started },
                FlowFact::RunFinished { run, status, message: None },
            ] {
                let (actor, fact) = ("mika".into(), Fact::from(fact));
                state.apply(&Event { at, actor, cause: None, asked: None, fact }).unwrap();
            }
        }
    }

    #[test]
    fn old_runs_are_forgotten_by_number_and_by_size() {
        let mut state = State::default();
        ran(&mut state, "small", 30, 10);
        state.forget_old_runs();
        let kept: Vec<_> = state.meta.runs.keys().map(ToString::to_string).collect();
        let newest: Vec<_> = (21..=30).map(|number| format!("small#{number}")).collect();
        assert_eq!(kept, newest);
        ran(&mut state, "large", 30, 100 << 10);
        ran(&mut state, "huge", 2, 800 << 10);
        state.forget_old_runs();
        let count = |workflow: &str| state.meta.runs.values().filter(|run| run.workflow == workflow).count();
        assert_eq!((count("huge"), count("large")), (1, 5), "the newest of each, and what there is room for");
        assert!(state.meta.runs.contains_key(&RunId("large#30".into())));
        assert_eq!(state.meta.run_numbers["huge"], 2);
        // A second fold finds nothing more to let go of.
        let again = state.clone();
        state.forget_old_runs();
        assert_eq!(state, again);
    }
}
