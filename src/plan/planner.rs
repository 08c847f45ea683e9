//! The loop: apply events, run rules, until nothing new follows.

mod rederive;
mod told;

pub use rederive::{Derived, Recorded, Underivable, rederive};
pub use told::{Told, is_told};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::admit::{Admitted, admit, news};
use super::clocks;
use super::context::{Context, Reactions};
use super::effect::Effect;
use super::rules::{About, Claims, RULES, Rule};
use super::{Base, Plan, Refusal};
use crate::model::{
    Ask, Asked, Cause, Code, Config, Event, Fact, FlowAsk, FlowFact, Given, ORCH, Request, RunId, SKEW, Time,
};
use crate::state::{Inconsistent, State};

/// How far a chain of reactions may reach, and how often the rules may add to a settled state,
/// before it counts as a loop. The longest chain of sound rules is shorter than ten.
const LIMIT: usize = 64;

/// What the planner is given besides configuration and state.
#[derive(Debug, Clone)]
pub struct Inputs<'a> {
    pub now: Time,
    /// The tree id of the configuration.
    pub config_id: SmolStr,
    /// What people and agents ask for, in order; all of it, or the plan is refused.
    pub requests: &'a [Request],
    /// What was seen of the world, in order. What the state knows already is passed over.
    pub observed: &'a [FlowFact],
    /// What people tell of ticks that could not commit. What the state knows already is passed over.
    pub told: &'a [Told],
    /// The tick that is going to carry the plan out, by the name under which it leases runs. None: nobody
    /// will, it is only to be shown.
    pub holder: Option<&'a str>,
    /// Ticks that are known to be no more, whatever their leases say.
    pub dead: &'a [SmolStr],
    /// Effects of these runs only, and of those that are a part of them; empty: of all.
    pub only: &'a [RunId],
    /// Go on from a state that was planned a moment ago: neither the clock nor the configuration has
    /// anything new to say, and what happens follows from what is given here alone.
    pub goes_on: bool,
}

impl<'a> Inputs<'a> {
    pub fn new(now: Time, config_id: SmolStr, requests: &'a [Request]) -> Self {
        Self {
            now,
            config_id,
            requests,
            observed: &[],
            told: &[],
            holder: None,
            dead: &[],
            only: &[],
            goes_on: false,
        }
    }
}

/// A plan, and the state that it leads to.
#[derive(Debug)]
pub struct Planned {
    pub plan: Plan,
    pub state: State,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("{refusal}")]
    Refused {
        /// Which of the requests, from 0.
        request: usize,
        refusal: Box<Refusal>,
    },
    #[error("failed to take in a recovery file: {refusal}")]
    NotHeard { refusal: Box<Refusal> },
    #[error("the rules go in circles: {}", .rules.join(" → "))]
    Loop { rules: Vec<SmolStr> },
    #[error("a rule added an event that does not fit the state: {0}")]
    Inconsistent(#[from] Inconsistent),
}

/// Plans: what follows from `requests`, the configuration and the clock.
///
/// `state` is `None` where no state has been written yet; a plan then begins by creating it.
///
/// # Errors
/// When a request is refused, or when rules contradict each other, which is a bug in `orch`.
pub fn plan<'a>(config: &'a Config, state: Option<State>, inputs: &Inputs<'a>) -> Result<Planned, PlanError> {
    let is_asked = !(inputs.requests.is_empty() && inputs.told.is_empty());
    let mut planner = Planner::open(config, state, inputs, is_asked)?;
    let mut together = Vec::new();
    for fact in inputs.observed {
        if let Some(news) = news(&planner.state, fact) {
            planner.record(ORCH.into(), news.into_owned().into(), None, None, None)?;
            planner.react()?;
        }
    }
    if planner.is_held() && !is_asked {
        // What was seen is kept; what follows from it follows when the state is released.
        let given = Given { holder: inputs.holder.map(SmolStr::from), ..Given::default() };
        return Ok(planner.planned(inputs, given));
    }
    for told in inputs.told {
        planner.end_claims()?;
        planner.hear(told)?;
    }
    for (index, request) in inputs.requests.iter().enumerate() {
        let refused = |refusal| PlanError::Refused { request: index, refusal: Box::new(refusal) };
        planner.check_not_held(&request.ask).map_err(refused)?;
        planner.end_claims()?;
        check_clock(inputs.now, planner.now, request).map_err(refused)?;
        let admitted = match admit(planner.context(), request) {
            Err(_) if index > 0 => {
                // What came before may have to settle first: a task that was just added is given out.
                planner.settle()?;
                admit(planner.context(), request)
            }
            admitted => admitted,
        };
        let Admitted { facts, asked } = admitted.map_err(refused)?;
        if facts.len() > 1 {
            together.push((count(planner.events.len()), count(facts.len())));
        }
        for fact in facts {
            planner.record(request.actor.name.clone(), fact, None, None, asked.clone())?;
        }
        planner.react()?;
    }
    planner.end_claims()?;
    planner.settle()?;
    let given = Given {
        holder: inputs.holder.map(SmolStr::from),
        dead: inputs.dead.to_vec(),
        only: inputs.only.to_vec(),
        together,
        rounds: Vec::new(),
    };
    Ok(planner.planned(inputs, given))
}

/// Takes facts in that nothing follows from, such as that a step was begun; those that are no news are left
/// out.
///
/// # Errors
/// When one does not fit the state, which is a bug in `orch`.
pub fn note(state: &mut State, now: Time, facts: Vec<FlowFact>) -> Result<Vec<Event>, PlanError> {
    let at = now.max(state.meta.last_event_at);
    let mut events = Vec::new();
    for fact in facts {
        if let Some(news) = news(state, &fact) {
            let event =
                Event { at, actor: ORCH.into(), cause: None, asked: None, fact: news.into_owned().into() };
            state.apply(&event)?;
            events.push(event);
        }
    }
    Ok(events)
}

/// Whether the claims that have run out are ended yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    Due,
    Done,
}

struct Planner<'a> {
    config: &'a Config,
    state: State,
    now: Time,
    config_changed: bool,
    events: Vec<Event>,
    /// How long the chain of causes behind each event is.
    depths: Vec<usize>,
    /// The run that each event came of, if it came of one.
    behind: Vec<Option<RunId>>,
    /// The run that touched each task last, of those that runs have touched.
    touched: FxHashMap<Code, RunId>,
    /// The first event that the rules have not seen yet.
    unseen: usize,
    holder: Option<&'a str>,
    dead: &'a [SmolStr],
    only: &'a [RunId],
    goes_on: bool,
    expiry: Expiry,
    /// Whether something happened that rules about tasks have not looked at.
    tasks_changed: bool,
    effects: Vec<Effect>,
    /// The event that made each run of this plan.
    made: FxHashMap<RunId, u32>,
}

impl<'a> Planner<'a> {
    /// `is_asked` says whether anybody asks for anything: a state that is held goes on only then.
    fn open(
        config: &'a Config,
        state: Option<State>,
        inputs: &Inputs<'a>,
        is_asked: bool,
    ) -> Result<Self, PlanError> {
        let created = state.is_none();
        let state = state.unwrap_or_default();
        let before = state.meta.config.clone();
        let config_changed = before.as_ref() != Some(&inputs.config_id);
        // Time never runs backwards in a log: a tick with a slow clock happens at the last event.
        let now = inputs.now.max(state.meta.last_event_at);
        let (events, depths) = (Vec::new(), Vec::new());
        let mut planner = Self {
            config,
            state,
            now,
            config_changed,
            events,
            depths,
            behind: Vec::new(),
            touched: FxHashMap::default(),
            unseen: 0,
            holder: inputs.holder,
            dead: inputs.dead,
            only: inputs.only,
            goes_on: inputs.goes_on,
            expiry: if inputs.goes_on { Expiry::Done } else { Expiry::Due },
            tasks_changed: !inputs.goes_on,
            effects: Vec::new(),
            made: FxHashMap::default(),
        };
        let project = &config.project.name;
        if created {
            let lineage = lineage(project, &inputs.config_id, now);
            let fact = Fact::StateCreated { lineage, project: project.clone() };
            planner.record(ORCH.into(), fact, None, None, None)?;
        }
        if config_changed && (is_asked || !planner.is_held()) {
            let fact = Fact::ConfigChanged { from: before, to: inputs.config_id.clone() };
            planner.record(ORCH.into(), fact, None, None, None)?;
        }
        Ok(planner)
    }

    fn context(&self) -> Context<'_> {
        Context {
            config: self.config,
            state: &self.state,
            now: self.now,
            config_changed: self.config_changed,
            holder: self.holder,
            dead: self.dead,
            only: self.only,
        }
    }

    fn is_held(&self) -> bool {
        self.state.meta.held.is_some()
    }

    /// A state that is held takes one thing alone: that it may go on.
    fn check_not_held(&self, ask: &Ask) -> Result<(), Refusal> {
        match self.held() {
            Some(held) if !matches!(ask, Ask::Flow(FlowAsk::Resume { workflow: None })) => Err(held),
            _ => Ok(()),
        }
    }

    /// Why nothing else is taken, if the state is held.
    fn held(&self) -> Option<Refusal> {
        let held = self.state.meta.held.as_ref()?;
        Some(Refusal::Held { by: held.by.clone(), at: held.at, serial: held.serial })
    }

    /// `run` is the one that asks for it, if one does.
    fn record(
        &mut self,
        actor: SmolStr,
        fact: Fact,
        cause: Option<Cause>,
        run: Option<RunId>,
        asked: Option<Box<Asked>>,
    ) -> Result<(), PlanError> {
        let depth = match cause.as_ref().and_then(|cause| cause.event) {
            Some(event) => self.depths[event as usize] + 1,
            None => 0,
        };
        if depth > LIMIT {
            return Err(self.circle(cause));
        }
        let behind = self.run_behind(&fact, cause.as_ref(), run);
        let event = Event { at: self.now, actor, cause, asked, fact };
        self.state.apply(&event)?;
        match &event.fact {
            Fact::Flow(flow) => match flow.as_ref() {
                FlowFact::RunCreated { run, .. } => {
                    self.made.insert(run.clone(), u32::try_from(self.events.len()).unwrap_or(u32::MAX));
                }
                FlowFact::AgentPaused { .. } | FlowFact::AgentResumed { .. } => self.tasks_changed = true,
                _ => {}
            },
            _ => self.tasks_changed = true,
        }
        self.events.push(event);
        self.depths.push(depth);
        self.behind.push(behind);
        Ok(())
    }

    /// The run that a fact comes of: it is about one, one asks for it, or it follows from what comes of one.
    fn run_behind(&mut self, fact: &Fact, cause: Option<&Cause>, run: Option<RunId>) -> Option<RunId> {
        let about = match fact {
            Fact::Flow(flow) => flow.run().cloned(),
            _ => None,
        };
        let before = || self.behind[cause?.event? as usize].clone();
        // What settles about a task has no event as its cause.
        let last = || self.touched.get(fact.task().filter(|_| cause.is_some())?).cloned();
        let behind = about.or(run).or_else(before).or_else(last);
        match (fact.task(), &behind) {
            (Some(task), Some(run)) => drop(self.touched.insert(task.clone(), run.clone())),
            (Some(task), None) => drop(self.touched.remove(task)),
            (None, _) => {}
        }
        behind
    }

    fn is_expiry_due(&self) -> bool {
        self.expiry == Expiry::Due && !self.is_held()
    }

    /// Ends the claims that have run out, before anybody asks: whoever lost one must not use it any more, and
    /// others must find the task free. Once; where the state is held, not before it is released.
    fn end_claims(&mut self) -> Result<(), PlanError> {
        if !self.is_expiry_due() {
            return Ok(());
        }
        self.expiry = Expiry::Done;
        let mut reactions = Reactions::default();
        Claims.settle(self.context(), &mut reactions);
        self.add(&Claims, None, &mut reactions)?;
        self.react()
    }

    /// Shows every event to every rule, until the rules have nothing to add.
    fn react(&mut self) -> Result<(), PlanError> {
        if self.is_held() {
            return Ok(());
        }
        let mut reactions = Reactions::default();
        while self.unseen < self.events.len() {
            reactions.answers(self.behind[self.unseen].clone());
            for rule in RULES {
                rule.react(self.context(), &self.events[self.unseen], &mut reactions);
                self.add(*rule, Some(self.unseen), &mut reactions)?;
            }
            self.unseen += 1;
        }
        Ok(())
    }

    /// Lets the rules look at the state as a whole, until it satisfies all of them.
    fn settle(&mut self) -> Result<(), PlanError> {
        let mut reactions = Reactions::default();
        self.react()?;
        let mut passes = 0;
        while passes < LIMIT {
            let before = self.events.len();
            let tasks_changed = std::mem::take(&mut self.tasks_changed);
            self.effects.clear();
            for rule in RULES {
                let looks = match rule.about() {
                    About::Tasks => tasks_changed || self.tasks_changed,
                    About::Clock => !self.goes_on,
                    About::Runs => true,
                };
                if !looks {
                    continue;
                }
                rule.settle(self.context(), &mut reactions);
                self.effects.extend(reactions.take_effects());
                self.add(*rule, None, &mut reactions)?;
                // Before the next rule looks: a task that was just declared may have to wait.
                self.react()?;
            }
            if self.events.len() == before {
                return Ok(());
            }
            // Each step of a run is done once, so that passes with one of them come to an end; where
            // runs make runs, the chain of their causes grows too long.
            passes += usize::from(!self.events[before..].iter().any(is_progress));
        }
        Err(self.circle(None))
    }

    fn add(
        &mut self,
        rule: &'static dyn Rule,
        event: Option<usize>,
        reactions: &mut Reactions,
    ) -> Result<(), PlanError> {
        if reactions.is_empty() {
            return Ok(());
        }
        let event = event.and_then(|event| u32::try_from(event).ok());
        let made = &self.made;
        for (fact, cause, run) in reactions.drain(rule.name(), event, |run| made.get(run).copied()) {
            self.record(ORCH.into(), fact, Some(cause), run, None)?;
        }
        Ok(())
    }

    /// Where all this led.
    fn planned(self, inputs: &Inputs<'_>, given: Given) -> Planned {
        let due = next_due(&self, inputs);
        let base = Base {
            config: inputs.config_id.clone(),
            lineage: self.state.meta.lineage.clone(),
            now: self.now,
        };
        let plan = Plan { base, events: self.events, effects: self.effects, due, given };
        Planned { plan, state: self.state }
    }

    /// The rules on the chain that leads to `cause`, or those that added last.
    fn circle(&self, cause: Option<Cause>) -> PlanError {
        let mut rules = Vec::new();
        let mut next = cause.or_else(|| self.events.last().and_then(|event| event.cause.clone()));
        while let (Some(cause), true) = (next, rules.len() < LIMIT) {
            if !rules.contains(&cause.rule) {
                rules.push(cause.rule.clone());
            }
            next = cause.event.and_then(|event| self.events[event as usize].cause.clone());
        }
        rules.reverse();
        PlanError::Loop { rules }
    }
}

fn next_due(planner: &Planner<'_>, inputs: &Inputs<'_>) -> Option<Time> {
    if planner.is_held() {
        return None;
    }
    match (inputs.goes_on, inputs.only) {
        (true, _) => None,
        // All that can be done now is among the effects.
        (false, []) => clocks::next_by_clock(planner.config, &planner.state, planner.now),
        (false, _) => clocks::next_change(planner.config, &planner.state, planner.now),
    }
}

fn count(events: usize) -> u32 {
    u32::try_from(events).unwrap_or(u32::MAX)
}

/// Whether a claim that is made by this clock would end when it says.
fn check_clock(clock: Time, last: Time, request: &Request) -> Result<(), Refusal> {
    let claims = matches!(request.ask, Ask::Claim { .. } | Ask::Next { .. });
    if claims && clock + SKEW < last { Err(Refusal::ClockBehind { clock, last }) } else { Ok(()) }
}

/// Whether a step of a run came about.
fn is_progress(event: &Event) -> bool {
    let Fact::Flow(fact) = &event.fact else { return false };
    matches!(
        fact.as_ref(),
        FlowFact::StepFinished { .. }
            | FlowFact::StepSkipped { .. }
            | FlowFact::StepExpanded { .. }
            | FlowFact::RunFinished { .. }
    )
}

/// A name for a new history, from what it begins with: the same plan made twice creates the same state.
fn lineage(project: &str, config_id: &str, now: Time) -> SmolStr {
    let hash = crate::model::fnv(format!("{project}\0{config_id}\0{now}").as_bytes());
    smol_str::format_smolstr!("{project}-{hash:016x}")
}
