//! Ticks of this clone that the remote does not have, while the remote has others: what people
//! and agents said in them is asked again on the remote's state.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::site::Voice;
use crate::commit::{Diverged, HistoryEntry};
use crate::model::{
    Ask, Code, Config, Event, Fact, FlowAsk, FlowFact, ORCH, Request, ReviewRef, RunId, RunStatus, Started,
    TaskEdit,
};
use crate::plan::{Refusal, Told, is_told};
use crate::report::plural;
use crate::state::State;

/// A tick that lost.
#[derive(Debug, Clone)]
struct Lost {
    requests: Vec<Request>,
    observed: Vec<FlowFact>,
    /// What recovery files told it, and who gave them.
    told: Vec<Told>,
    /// The runs with a number that it made.
    made: Vec<(RunId, Started)>,
}

/// What a clone was asked in ticks that lost, to be planned on the tip that won.
#[derive(Debug)]
pub(super) struct Again {
    ticks: Vec<Lost>,
    /// Runs with a number that these ticks made, and what they are called now; none: there is no such run any more.
    runs: FxHashMap<RunId, Option<RunId>>,
    /// Runs that there are no more, of which something was to be told.
    gone: BTreeSet<RunId>,
    /// Tasks whose code the remote has given to another one, with their new codes.
    renamed: Vec<(Code, Code)>,
    /// What the remote's state does not allow.
    refused: Vec<(Request, Refusal)>,
    /// Whether somebody told of steps, by a recovery file, who may not any more.
    told: bool,
    /// The ticks that this clone was rolled back to: that cannot be asked for again by itself.
    rolled_back: Vec<u64>,
    kept_as: String,
}

impl Again {
    pub(super) fn new(diverged: &Diverged, local: &State, there: &State, config: &Config) -> Self {
        let lost = |entry: &HistoryEntry| Lost {
            requests: entry.events.iter().filter_map(|event| asked_again(event, local)).collect(),
            observed: entry.events.iter().filter_map(seen_again).collect(),
            told: entry.events.iter().filter_map(told_again).collect(),
            made: made_runs(&entry.events),
        };
        let mut ticks: Vec<Lost> = diverged.local_only.iter().map(lost).collect();
        begin_late(&mut ticks);
        let renamed = renamed(ticks.iter().flat_map(|tick| &tick.requests), local, there, config);
        let runs = ticks.iter().flat_map(|tick| &tick.made).map(|(run, _)| (run.clone(), None)).collect();
        let rolled_back = |event: &Event| match event.fact {
            Fact::StateRolledBack { serial, .. } => Some(serial),
            _ => None,
        };
        let events = diverged.local_only.iter().flat_map(|entry| &entry.events);
        let again = Self {
            ticks: Vec::new(),
            runs,
            gone: BTreeSet::new(),
            renamed,
            refused: Vec::new(),
            told: false,
            rolled_back: events.filter_map(rolled_back).collect(),
            kept_as: diverged.kept_as(),
        };
        ticks.iter_mut().flat_map(|tick| &mut tick.requests).for_each(|request| again.rename(request));
        Self { ticks, ..again }
    }

    /// How many ticks there are.
    pub(super) fn len(&self) -> usize {
        self.ticks.len()
    }

    /// What a tick was asked and what it saw of the world, about the runs as they are called now.
    pub(super) fn tick(&mut self, index: usize) -> (Vec<Request>, Vec<FlowFact>, Vec<Told>) {
        let Lost { mut requests, mut observed, told, .. } = self.ticks[index].clone();
        // Those that it made itself it could name only by what they are called now.
        let own: Vec<RunId> = self.ticks[index].made.iter().map(|(run, _)| run.clone()).collect();
        requests.retain_mut(|request| {
            asked_about(&mut request.ask).is_none_or(|run| own.contains(run) || self.rename_run(run))
        });
        observed.retain_mut(|fact| seen_of(fact).is_none_or(|run| self.rename_run(run)));
        (requests, observed, told)
    }

    /// Notes that what recovery files told is not taken any more.
    pub(super) fn lose_told(&mut self) {
        self.told = true;
    }

    /// What the runs of a tick are called, now that it is planned again: those that came about alike.
    pub(super) fn planned(&mut self, index: usize, events: &[Event], state: &State) {
        let mut now = made_runs(events);
        for (run, started) in &self.ticks[index].made {
            let parent =
                started.parent.as_ref().map(|(run, step)| (self.runs.get(run).cloned().flatten(), step));
            let is_it = |(other, how): &(RunId, Started)| {
                let parent_now = how.parent.as_ref().map(|(run, step)| (Some(run.clone()), step));
                other.workflow() == run.workflow() && parent_now == parent && is_alike(started, how)
            };
            if let Some(found) = now.iter().position(is_it) {
                self.runs.insert(run.clone(), Some(now.remove(found).0));
            } else if state.run(&run.0).is_some_and(|other| is_alike(started, &other.started)) {
                // Both saw the same, and it made the same run there.
                self.runs.insert(run.clone(), Some(run.clone()));
            }
        }
    }

    /// Gives the run that a request of this command is about the name that it has now. That there is none is told.
    pub(super) fn is_about_nothing(&mut self, request: &mut Request) -> Option<Gone> {
        let run = asked_about(&mut request.ask)?;
        let before = run.clone();
        (!self.rename_run(run)).then_some(Gone { run: before })
    }

    /// The same for what a tick of this clone did. What it did of a run that the remote does not know as its own is told
    /// without its name.
    pub(super) fn rename_seen(&mut self, fact: &mut FlowFact) -> bool {
        let is_own = seen_of(fact).is_some_and(|run| self.runs.contains_key(run));
        if is_own && let FlowFact::StepStarted { by, .. } | FlowFact::StepFinished { by, .. } = fact {
            *by = None;
        }
        seen_of(fact).is_none_or(|run| self.rename_run(run))
    }

    /// Gives a run the name that it has now. Whether there is one.
    fn rename_run(&mut self, run: &mut RunId) -> bool {
        // A part is called by the run that it is a part of.
        if let Some((mut whole, step)) = run.whole() {
            let is_known = self.rename_run(&mut whole);
            *run = RunId::of_part(&whole, step);
            return is_known;
        }
        match self.runs.get(run) {
            None => true,
            Some(Some(now)) => {
                *run = now.clone();
                true
            }
            Some(None) => {
                self.gone.insert(run.clone());
                false
            }
        }
    }

    /// Notes a request that cannot be done any more.
    pub(super) fn refuse(&mut self, request: Request, refusal: Refusal) {
        self.refused.push((request, refusal));
    }

    /// Gives the tasks that a request names their new codes.
    pub(super) fn rename(&self, request: &mut Request) {
        let new: FxHashMap<_, _> = self.renamed.iter().map(|(old, new)| (old, new)).collect();
        for code in codes(&mut request.ask) {
            if let Some(new) = new.get(code) {
                *code = (*new).clone();
            }
        }
    }

    /// Says what became of the ticks.
    pub(super) fn tell(&self, voice: &dyn Voice) {
        let ticks = plural(self.ticks.len(), "tick");
        let kept = &self.kept_as;
        voice.note(&format!(
            "note: the remote has ticks that this clone lacked; planned {ticks} of its own again on top of them (as they were: {kept})"
        ));
        for (old, new) in &self.renamed {
            voice.note(&format!("note: {old} is now {new}: the remote had given that code to another task"));
        }
        for serial in &self.rolled_back {
            voice.tell(&format!(
                "warning: lost on the way: the rollback to tick {serial}; if it is still wanted, `orch rollback` again"
            ));
        }
        for (old, new) in
            self.runs.iter().filter_map(|(old, new)| Some((old, new.as_ref()?))).collect::<BTreeMap<_, _>>()
        {
            if old != new {
                voice.note(&format!(
                    "note: run {old} is now {new}: the remote had given that number to another run"
                ));
            }
        }
        for run in &self.gone {
            voice.tell(&format!(
                "warning: lost on the way: what was done of run {run}, which did not come about again"
            ));
        }
        if self.told {
            voice.tell("warning: lost on the way: what a recovery file told of steps; `orch tick --recover FILE` again");
        }
        for (request, refusal) in &self.refused {
            let (actor, ask) = (&request.actor, request.ask.in_words());
            voice.tell(&format!("warning: lost on the way: {actor} asked to {ask}, but {refusal}"));
        }
    }
}

/// A new code for each task of the clone whose code the remote has given out as well.
fn renamed<'a>(
    requests: impl Iterator<Item = &'a Request>,
    local: &State,
    there: &State,
    config: &Config,
) -> Vec<(Code, Code)> {
    let declared = |code: &Code| config.tasks.iter().any(|task| task.code == *code);
    let mut last = FxHashMap::default();
    let mut renamed = Vec::new();
    for code in requests.flat_map(|request| made(&request.ask)) {
        if !there.is_known(code) {
            continue;
        }
        let prefix = code.prefix();
        let next =
            last.entry(prefix).or_insert_with(|| local.next_number(prefix).max(there.next_number(prefix)));
        while let Ok(free) = Code::new(prefix, *next) {
            *next += 1;
            if !declared(&free) {
                renamed.push((code.clone(), free));
                break;
            }
        }
    }
    renamed
}

/// The codes of the tasks that a request makes.
fn made(ask: &Ask) -> Vec<&Code> {
    match ask {
        Ask::Add { code: Some(code), .. } => vec![code],
        Ask::Import { tasks } => tasks.iter().map(|task| &task.code).collect(),
        _ => Vec::new(),
    }
}

/// Every place in a request that names a task.
fn codes(ask: &mut Ask) -> Vec<&mut Code> {
    match ask {
        Ask::Add { code, spec, .. } => code.iter_mut().chain(&mut spec.depends_on).collect(),
        Ask::Import { tasks } => tasks
            .iter_mut()
            .flat_map(|task| std::iter::once(&mut task.code).chain(&mut task.spec.depends_on))
            .collect(),
        Ask::Edit { task, edit: TaskEdit { depends_on, .. } } => {
            std::iter::once(task).chain(depends_on.iter_mut().flatten()).collect()
        }
        Ask::Judge { review: ReviewRef::Pending { task, .. }, .. }
        | Ask::Start { task }
        | Ask::Complete { task, .. }
        | Ask::Block { task, .. }
        | Ask::Unblock { task }
        | Ask::Cancel { task, .. }
        | Ask::Claim { task, .. }
        | Ask::Release { task }
        | Ask::Reassign { task, .. }
        | Ask::Activate { task: Some(task), .. } => vec![task],
        Ask::Judge { review: ReviewRef::Id(_), .. }
        | Ask::Next { .. }
        | Ask::Activate { task: None, .. }
        | Ask::Flow(_) => Vec::new(),
    }
}

/// The request that made a fact; none for what rules and the tick itself added.
fn asked_again(event: &Event, local: &State) -> Option<Request> {
    if event.cause.is_some() || event.actor == ORCH {
        return None;
    }
    let ask = match event.fact.clone() {
        Fact::TaskCreated { task, spec } => Ask::Add { code: Some(task), prefix: None, spec },
        Fact::TaskImported { task } => Ask::Import { tasks: vec![*task] },
        Fact::TaskEdited { task, edit } => Ask::Edit { task, edit: *edit },
        Fact::TaskAssigned { task, agent, .. } => Ask::Reassign { task, to: agent },
        Fact::TaskStarted { task, .. } => Ask::Start { task },
        Fact::TaskBlocked { task, reason, .. } => Ask::Block { task, reason: reason.unwrap_or_default() },
        Fact::TaskReleased { task } => Ask::Unblock { task },
        Fact::TaskDelivered { task, output, .. } => Ask::Complete { task, output },
        Fact::TaskCancelled { task, reason } => Ask::Cancel { task, reason },
        Fact::TaskClaimed { task, agent, until, .. } | Fact::TaskClaimRenewed { task, agent, until, .. } => {
            Ask::Claim { task, agent: Some(agent), ttl: until.since(event.at) }
        }
        Fact::TaskClaimReleased { task, .. } => Ask::Release { task },
        Fact::ReviewCompleted { task, review, verdict, rating, minutes, notes } => {
            let kind = local.task(&task)?.review(review)?.kind.clone();
            let review = ReviewRef::Pending { task, kind };
            Ask::Judge { review, verdict, rating, minutes, notes }
        }
        Fact::AgentActivated { task, agent, .. } => Ask::Activate { agent, task: Some(task) },
        Fact::Flow(fact) => Ask::Flow(flow_again(*fact)?),
        _ => return None,
    };
    let mut fence = event.asked.as_ref().map(|asked| asked.fence()).unwrap_or_default();
    if holds(event) {
        // The remote gives tokens of its own, and needs none from the holder itself.
        fence.token = None;
    }
    Some(Request { actor: event.by(), ask, fence })
}

/// Whether an agent did something with a task of its own.
fn holds(event: &Event) -> bool {
    match &event.fact {
        Fact::TaskStarted { agent, .. }
        | Fact::TaskDelivered { agent, .. }
        | Fact::TaskClaimRenewed { agent, .. }
        | Fact::TaskClaimReleased { agent, .. } => *agent == event.actor,
        _ => false,
    }
}

/// What was asked for is about a run that did not come about again.
#[derive(Debug, thiserror::Error)]
#[error("run {run} of this clone did not come about again on the remote's state; nothing was asked of it")]
pub(crate) struct Gone {
    run: RunId,
}

/// Whether two runs came about alike: at another time, by an event that may name a run or task otherwise.
fn is_alike(one: &Started, other: &Started) -> bool {
    const NAMES: [&str; 5] = ["at", "run", "task", "parent", "chain"];
    let of = |event: &serde_json::Map<String, serde_json::Value>| {
        let kept = event.iter().filter(|(key, _)| !NAMES.contains(&key.as_str()));
        kept.map(|(key, value)| (key.clone(), value.clone())).collect::<BTreeMap<_, _>>()
    };
    (&one.by, &one.trigger, one.slot, &one.actor, &one.inputs)
        == (&other.by, &other.trigger, other.slot, &other.actor, &other.inputs)
        && of(&one.event) == of(&other.event)
}

/// What somebody told of a step, by a recovery file: the word of the tick that did it, as it was.
fn told_again(event: &Event) -> Option<Told> {
    let Fact::Flow(fact) = &event.fact else { return None };
    if event.cause.is_some() || !is_told(&event.actor, &event.fact) {
        return None;
    }
    let (FlowFact::StepStarted { by, .. } | FlowFact::StepFinished { by, .. }) = fact.as_ref() else {
        return None;
    };
    Some(Told { by: event.by(), holder: by.clone()?, facts: vec![fact.as_ref().clone()] })
}

/// The runs with a number that events made. Those of slots have the same name everywhere.
fn made_runs(events: &[Event]) -> Vec<(RunId, Started)> {
    let made = |event: &Event| match &event.fact {
        Fact::Flow(fact) => match fact.as_ref() {
            FlowFact::RunCreated { run, started, .. } if run.number().is_some() => {
                Some((run.clone(), started.clone()))
            }
            _ => None,
        },
        _ => None,
    };
    events.iter().filter_map(made).collect()
}

/// The run that a request is about.
fn asked_about(ask: &mut Ask) -> Option<&mut RunId> {
    match ask {
        Ask::Flow(
            FlowAsk::CancelRun { run, .. }
            | FlowAsk::RetryRun { run, .. }
            | FlowAsk::Approve { run, .. }
            | FlowAsk::Deny { run, .. },
        ) => Some(run),
        _ => None,
    }
}

/// Moves the beginning of each attempt to where its end is told: between the two, nobody has the run, and the attempt would
/// be counted as lost. One whose end nobody told is.
fn begin_late(ticks: &mut [Lost]) {
    let ends: Vec<_> = ticks.iter().flat_map(|tick| &tick.observed).filter_map(end_of).collect();
    let mut begun: FxHashMap<(RunId, SmolStr), FlowFact> = FxHashMap::default();
    for tick in &mut *ticks {
        for fact in std::mem::take(&mut tick.observed) {
            match &fact {
                FlowFact::StepStarted { run, step, attempt, .. }
                    if ends.contains(&(run.clone(), step.clone(), *attempt)) =>
                {
                    begun.insert((run.clone(), step.clone()), fact);
                    continue;
                }
                FlowFact::StepFinished { run, step, .. } => {
                    tick.observed.extend(begun.remove(&(run.clone(), step.clone())));
                }
                _ => {}
            }
            tick.observed.push(fact);
        }
    }
}

fn end_of(fact: &FlowFact) -> Option<(RunId, SmolStr, u32)> {
    match fact {
        FlowFact::StepFinished { run, step, attempt, .. } => Some((run.clone(), step.clone(), *attempt)),
        _ => None,
    }
}

/// The run of which a tick tells something that it did.
fn seen_of(fact: &mut FlowFact) -> Option<&mut RunId> {
    match fact {
        FlowFact::StepStarted { run, .. } | FlowFact::StepFinished { run, .. } => Some(run),
        _ => None,
    }
}

/// What a tick saw of the world: it has no cause, and nobody said it. That it had a run is over, and attempts lose its
/// name, which the remote does not know.
fn seen_again(event: &Event) -> Option<FlowFact> {
    let Fact::Flow(fact) = &event.fact else { return None };
    if event.cause.is_some() || event.actor != ORCH {
        return None;
    }
    let mut fact = fact.as_ref().clone();
    match &mut fact {
        FlowFact::RunLeased { .. } => return None,
        FlowFact::StepStarted { by, .. } | FlowFact::StepFinished { by, .. } => *by = None,
        _ => {}
    }
    Some(fact)
}

/// The request about workflows that made a fact. Slots of a backfill come as they did; runs get the next
/// number.
fn flow_again(fact: FlowFact) -> Option<FlowAsk> {
    Some(match fact {
        // What came of an event cannot be asked for by hand.
        FlowFact::RunCreated { started, .. }
            if started.slot.is_none() && !matches!(started.by.as_str(), "manual" | "workflow") =>
        {
            return None;
        }
        FlowFact::RunCreated { workflow, started, .. } => match started.slot {
            Some(slot) => FlowAsk::Backfill { workflow, from: slot, through: slot, skip_succeeded: true },
            None => FlowAsk::Run { workflow, inputs: started.inputs, parent: None },
        },
        FlowFact::RunFinished { run, status: RunStatus::Cancelled, message } => {
            FlowAsk::CancelRun { run, why: message }
        }
        FlowFact::RunCancelled { run, message } => FlowAsk::CancelRun { run, why: Some(message) },
        FlowFact::ApprovalGranted { run, step, note, was_done } => {
            FlowAsk::Approve { run, step, note, was_done }
        }
        FlowFact::ApprovalDenied { run, step, note } => FlowAsk::Deny { run, step, note },
        FlowFact::WorkflowPaused { workflow, why } => FlowAsk::Pause { workflow, why },
        FlowFact::WorkflowResumed { workflow } => FlowAsk::Resume { workflow },
        FlowFact::WorkflowDisabled { workflow, why } => FlowAsk::Disable { workflow, why },
        FlowFact::WorkflowEnabled { workflow } => FlowAsk::Enable { workflow },
        FlowFact::MetricRecorded { metric, value } => FlowAsk::RecordMetric { metric, value },
        FlowFact::ValueSet { key, value } => FlowAsk::SetValue { key, value },
        FlowFact::AgentPaused { agent, why } => FlowAsk::PauseAgent { agent, why },
        FlowFact::AgentResumed { agent } => FlowAsk::ResumeAgent { agent },
        _ => return None,
    })
}
