//! Ticks of this clone that the remote does not have, while the remote has others: what people
//! and agents said in them is asked again on the remote's state.

use rustc_hash::FxHashMap;

use super::site::Voice;
use crate::commit::{Diverged, HistoryEntry};
use crate::model::{
    Ask, Code, Config, Event, Fact, FlowAsk, FlowFact, ORCH, Request, ReviewRef, RunStatus, TaskEdit,
};
use crate::plan::{Refusal, is_told};
use crate::report::plural;
use crate::state::State;

/// What a clone was asked in ticks that lost, to be planned on the tip that won.
#[derive(Debug)]
pub(super) struct Again {
    ticks: Vec<(Vec<Request>, Vec<FlowFact>)>,
    /// Tasks whose code the remote has given to another one, with their new codes.
    renamed: Vec<(Code, Code)>,
    /// What the remote's state does not allow.
    refused: Vec<(Request, Refusal)>,
    /// Whether a recovery file was taken in: that cannot be asked for again without it.
    told: bool,
    /// The ticks that this clone was rolled back to: that cannot be asked for again by itself.
    rolled_back: Vec<u64>,
    kept_as: String,
}

impl Again {
    pub(super) fn new(diverged: &Diverged, local: &State, there: &State, config: &Config) -> Self {
        let asked = |entry: &HistoryEntry| {
            let requests = entry.events.iter().filter_map(|event| asked_again(event, local)).collect();
            (requests, entry.events.iter().filter_map(seen_again).collect())
        };
        let mut ticks: Vec<(Vec<Request>, _)> = diverged.local_only.iter().map(asked).collect();
        let renamed = renamed(ticks.iter().flat_map(|(requests, _)| requests), local, there, config);
        let rolled_back = |event: &Event| match event.fact {
            Fact::StateRolledBack { serial, .. } => Some(serial),
            _ => None,
        };
        let events = diverged.local_only.iter().flat_map(|entry| &entry.events);
        let is_told = |event: &Event| event.cause.is_none() && is_told(&event.actor, &event.fact);
        let again = Self {
            ticks: Vec::new(),
            renamed,
            refused: Vec::new(),
            told: events.clone().any(is_told),
            rolled_back: events.filter_map(rolled_back).collect(),
            kept_as: diverged.kept_as(),
        };
        ticks.iter_mut().flat_map(|(requests, _)| requests).for_each(|request| again.rename(request));
        Self { ticks, ..again }
    }

    /// The requests and what was seen of the world, tick by tick.
    pub(super) fn ticks(&self) -> &[(Vec<Request>, Vec<FlowFact>)] {
        &self.ticks
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
        | Ask::Reassign { task, .. } => vec![task],
        Ask::Judge { review: ReviewRef::Id(_), .. } | Ask::Next { .. } | Ask::Flow(_) => Vec::new(),
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

/// What a tick saw of the world: it has no cause, and nobody said it. Attempts lose the name of their tick, whose lease
/// the remote does not know.
fn seen_again(event: &Event) -> Option<FlowFact> {
    let Fact::Flow(fact) = &event.fact else { return None };
    if event.cause.is_some() || event.actor != ORCH {
        return None;
    }
    let mut fact = fact.as_ref().clone();
    if let FlowFact::StepStarted { by, .. } | FlowFact::StepFinished { by, .. } = &mut fact {
        *by = None;
    }
    Some(fact)
}

/// The request about workflows that made a fact. Slots of a backfill come as they did; runs get the next
/// number.
fn flow_again(fact: FlowFact) -> Option<FlowAsk> {
    Some(match fact {
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
