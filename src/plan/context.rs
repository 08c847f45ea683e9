//! What a rule sees, and how it answers.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::effect::Effect;
use crate::model::{Cause, Config, Fact, FlowFact, Lease, Origin, RunId, Time};
use crate::state::State;

/// The world as a rule sees it: a value, not a source of anything.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub config: &'a Config,
    /// The state with all events so far applied.
    pub state: &'a State,
    pub now: Time,
    /// Whether the configuration differs from the one of the last tick.
    pub config_changed: bool,
    /// The tick that is going to carry the plan out, by the name under which it leases runs.
    pub holder: Option<&'a str>,
    /// Ticks that are known to be no more, whatever their leases say.
    pub dead: &'a [SmolStr],
    /// Effects are wanted of these runs only, and of those that are a part of them; empty: of all.
    pub only: &'a [RunId],
}

impl Context<'_> {
    /// Whether whoever had something is no more.
    pub(super) fn is_gone(&self, lease: &Lease) -> bool {
        lease.until <= self.now || self.dead.contains(&lease.holder)
    }

    /// Whether effects of a run are wanted.
    pub(super) fn is_wanted(&self, run: &RunId) -> bool {
        let mut next = Some(run);
        while let Some(run) = next.filter(|run| !self.only.contains(run)) {
            next = self.state.run(&run.0).and_then(|run| Some(&run.started.parent.as_ref()?.0));
        }
        self.only.is_empty() || next.is_some()
    }
}

/// What a rule adds: facts, each with its reason, and effects.
#[derive(Debug, Default)]
pub struct Reactions {
    facts: Vec<Reaction>,
    /// The runs among them.
    made: FxHashSet<RunId>,
    effects: Vec<Effect>,
    has_asked: bool,
    /// The run that the event came of which is being answered.
    behind: Option<RunId>,
}

#[derive(Debug)]
struct Reaction {
    fact: Fact,
    why: SmolStr,
    at: Option<SmolStr>,
    /// The run that it is a part of.
    run: Option<RunId>,
}

impl Reactions {
    /// Adds a fact that follows for the reason `why`.
    pub fn add(&mut self, fact: impl Into<Fact>, why: impl Into<SmolStr>) {
        self.push(fact.into(), why.into(), None, None);
    }

    /// Adds a fact that follows because of a line of configuration.
    pub fn add_by(&mut self, fact: impl Into<Fact>, why: impl Into<SmolStr>, origin: &Origin) {
        self.push(fact.into(), why.into(), Some(origin), None);
    }

    /// Adds a fact about a run, which follows from what made the run.
    pub(super) fn add_for(&mut self, run: &RunId, fact: FlowFact, why: impl Into<SmolStr>) {
        self.push(fact.into(), why.into(), None, Some(run.clone()));
    }

    /// Adds a fact that a step of a run asked for.
    pub(super) fn add_fact_for(&mut self, run: &RunId, fact: Fact, why: SmolStr, origin: &Origin) {
        self.push(fact, why, Some(origin), Some(run.clone()));
    }

    fn push(&mut self, fact: Fact, why: SmolStr, origin: Option<&Origin>, run: Option<RunId>) {
        let at = origin.map(|origin| smol_str::format_smolstr!("{origin}"));
        if let Fact::Flow(flow) = &fact
            && let FlowFact::RunCreated { run, .. } = flow.as_ref()
        {
            self.made.insert(run.clone());
        }
        self.facts.push(Reaction { fact, why, at, run });
    }

    /// Adds something to be done to the world.
    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// How many effects have been added.
    pub(super) fn effects(&self) -> usize {
        self.effects.len()
    }

    /// How many facts have been added.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Whether a run is among the facts.
    pub(super) fn makes(&self, run: &RunId) -> bool {
        self.made.contains(run)
    }

    /// How many runs of a workflow are among the facts.
    pub(super) fn runs_of(&self, workflow: &str) -> u32 {
        u32::try_from(self.made.iter().filter(|run| run.workflow() == workflow).count()).unwrap_or(u32::MAX)
    }

    /// Whether a step asked something of the state, which does not hold the answer yet.
    pub(super) fn has_asked(&self) -> bool {
        self.has_asked
    }

    pub(super) fn asked(&mut self) {
        self.has_asked = true;
    }

    /// The run that the event came of which is being answered, if it came of one.
    pub(super) fn behind(&self) -> Option<&RunId> {
        self.behind.as_ref()
    }

    pub(super) fn answers(&mut self, behind: Option<RunId>) {
        self.behind = behind;
    }

    /// Gives out what was added, and the run that each is a part of; `of_run` tells the event that made a run.
    pub(super) fn drain(
        &mut self,
        rule: &'static str,
        event: Option<u32>,
        of_run: impl Fn(&RunId) -> Option<u32>,
    ) -> Vec<(Fact, Cause, Option<RunId>)> {
        self.has_asked = false;
        self.made.clear();
        let cause = |why, at, run: Option<&RunId>| {
            let event = event.or_else(|| of_run(run?));
            Cause { rule: SmolStr::new_static(rule), why, at, event }
        };
        let of = |r: Reaction| (r.fact, cause(r.why, r.at, r.run.as_ref()), r.run);
        self.facts.drain(..).map(of).collect()
    }

    pub(super) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }
}
