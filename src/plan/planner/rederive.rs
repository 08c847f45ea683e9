//! Deriving what a tick decided a second time, from what the log says that it knew.
//!
//! Facts without a cause are taken as they stand: people and the world said so. Everything else must come out
//! of the rules as it is recorded: event by event, in the same order, to the byte.

use smol_str::SmolStr;

use super::told::is_told;
use super::{Inputs, PlanError, Planner, next_due};
use crate::model::{Config, Event, Fact, Given, ORCH, Round, Time};
use crate::plan::admit::news;
use crate::state::{Inconsistent, State};

/// What the log says of a tick.
#[derive(Debug, Clone, Copy)]
pub struct Recorded<'a> {
    /// The tree id of the configuration that it was decided under.
    pub config_id: &'a SmolStr,
    /// When it was committed.
    pub at: Time,
    pub given: &'a Given,
    pub events: &'a [Event],
}

/// A tick that follows from what was before it.
#[derive(Debug)]
pub struct Derived {
    /// The state after it.
    pub state: State,
    /// When the next one is due.
    pub due: Option<Time>,
}

/// Why a tick does not follow from what was before it.
#[derive(Debug, thiserror::Error)]
pub enum Underivable {
    /// Another event follows there, or none.
    #[error("something else follows")]
    Differs {
        /// The event of the tick, from 0; its number of events if one is missing at the end.
        index: usize,
        /// None: nothing does.
        follows: Option<Box<Event>>,
    },
    #[error("it tells of something that the state knew already")]
    Known { index: usize },
    #[error("it does not fit the state: {source}")]
    Inconsistent { index: usize, source: Inconsistent },
    #[error("what is recorded of how it came about does not fit its events")]
    Given,
    #[error(transparent)]
    Plan(PlanError),
}

/// Derives the events of a tick again. `state` is `None` where the tick made the state.
///
/// # Errors
/// When they do not follow.
pub fn rederive(
    config: &Config,
    state: Option<State>,
    recorded: &Recorded<'_>,
) -> Result<Derived, Underivable> {
    let Recorded { config_id, at, given, events } = *recorded;
    let (mut state, mut first) = (state, 0);
    let mut due = None;
    for (round, count) in given.rounds(events.len()) {
        let of_round = events.get(first..first + count).ok_or(Underivable::Given)?;
        let walk = Walk { events: of_round, before: first, given };
        let now = of_round.first().map_or(at, |event| event.at);
        if round == Round::Note {
            state = Some(walk.note(state.unwrap_or_default(), now)?);
        } else {
            let inputs = Inputs {
                holder: given.holder.as_deref(),
                dead: &given.dead,
                only: &given.only,
                goes_on: round == Round::On,
                ..Inputs::new(now, config_id.clone(), &[])
            };
            let planned = walk.plan(config, state, &inputs)?;
            // What is to be done at once is due at once.
            due = if planned.effects.is_empty() { next_due(&planned, &inputs) } else { Some(planned.now) };
            state = Some(planned.state);
        }
        first += count;
    }
    let state = state.filter(|_| first == events.len()).ok_or(Underivable::Given)?;
    if !given.rounds.is_empty() {
        due = due_after_rounds(config, &state, given, at);
    }
    Ok(Derived { state, due })
}

/// A tick that still holds runs is followed by another one at once.
fn due_after_rounds(config: &Config, state: &State, given: &Given, at: Time) -> Option<Time> {
    let holds = |lease: &crate::model::Lease| Some(&lease.holder) == given.holder.as_ref();
    if state.open_runs().any(|run| run.lease.as_ref().is_some_and(holds)) {
        return Some(at);
    }
    super::clocks::next_change(config, state, at)
}

/// The events of a round.
struct Walk<'a> {
    events: &'a [Event],
    /// How many events of the tick come before them.
    before: usize,
    given: &'a Given,
}

impl Walk<'_> {
    fn note(&self, mut state: State, now: Time) -> Result<State, Underivable> {
        for (index, event) in self.events.iter().enumerate() {
            let is_plain = is_seen(event) && event.asked.is_none() && event.at >= state.meta.last_event_at;
            if !is_plain || event.at < now {
                return Err(self.differs(index, None));
            }
            self.is_news(&state, index)?;
            state
                .apply(event)
                .map_err(|source| Underivable::Inconsistent { index: self.before + index, source })?;
        }
        Ok(state)
    }

    fn plan<'c>(
        &self,
        config: &'c Config,
        state: Option<State>,
        inputs: &Inputs<'c>,
    ) -> Result<Planner<'c>, Underivable> {
        let is_asked = self.events.iter().any(|event| event.cause.is_none() && !is_seen(event));
        let mut planner = Planner::open(config, state, inputs, is_asked).map_err(Underivable::Plan)?;
        let mut seen = self.compare(&planner, 0)?;
        while seen < self.events.len() {
            // What was seen of the world comes first.
            if !is_seen(&self.events[seen]) && planner.is_expiry_due() {
                planner.end_claims().map_err(Underivable::Plan)?;
            } else if self.events[seen].cause.is_none() {
                self.take(&mut planner, seen)?;
                planner.react().map_err(Underivable::Plan)?;
            } else if planner.is_held() {
                return Err(self.differs(seen, None));
            } else {
                planner.settle().map_err(Underivable::Plan)?;
                if planner.events.len() == seen {
                    return Err(self.differs(seen, None));
                }
            }
            seen = self.compare(&planner, seen)?;
        }
        if !planner.is_held() {
            planner.end_claims().map_err(Underivable::Plan)?;
            planner.settle().map_err(Underivable::Plan)?;
            self.compare(&planner, seen)?;
        }
        Ok(planner)
    }

    /// Takes the facts of a request in, or one that was seen of the world.
    fn take(&self, planner: &mut Planner<'_>, first: usize) -> Result<(), Underivable> {
        for index in first..first + self.given.together(self.before + first) {
            let Some(event) = self.events.get(index) else { return Err(self.differs(index, None)) };
            if event.actor == ORCH || is_told(&event.actor, &event.fact) {
                self.is_news(&planner.state, index)?;
            }
            let asked = event.asked.clone();
            let taken = planner.record(event.actor.clone(), event.fact.clone(), None, None, asked);
            taken.map_err(|error| match error {
                PlanError::Inconsistent(source) => {
                    Underivable::Inconsistent { index: self.before + index, source }
                }
                other => Underivable::Plan(other),
            })?;
        }
        Ok(())
    }

    /// What a tick saw of the world it took in because it was news; nobody else acts in its name.
    fn is_news(&self, state: &State, index: usize) -> Result<(), Underivable> {
        let Fact::Flow(fact) = &self.events[index].fact else { return Err(self.differs(index, None)) };
        if news(state, fact).is_some_and(|news| news.as_ref() == fact.as_ref()) {
            return Ok(());
        }
        Err(Underivable::Known { index: self.before + index })
    }

    /// Compares what was planned since `seen` with what is recorded. Gives how many events are planned now.
    fn compare(&self, planner: &Planner<'_>, seen: usize) -> Result<usize, Underivable> {
        for (index, planned) in planner.events.iter().enumerate().skip(seen) {
            if !self.events.get(index).is_some_and(|recorded| self.same(recorded, planned)) {
                return Err(self.differs(index, Some(planned)));
            }
        }
        Ok(planner.events.len())
    }

    fn same(&self, recorded: &Event, planned: &Event) -> bool {
        recorded.at == planned.at
            && recorded.actor == planned.actor
            && recorded.asked == planned.asked
            && self.same_cause(recorded, planned)
            && recorded.fact == planned.fact
            // The order of keys in a value counts, too.
            && (!matches!(planned.fact, Fact::Flow(_)) || text(&recorded.fact) == text(&planned.fact))
    }

    fn same_cause(&self, recorded: &Event, planned: &Event) -> bool {
        let (Some(recorded), Some(planned)) = (&recorded.cause, &planned.cause) else {
            return recorded.cause.is_none() && planned.cause.is_none();
        };
        let answered = planned.event.map(|event| event as usize + self.before);
        recorded.event.map(|event| event as usize) == answered
            && (&recorded.rule, &recorded.why, &recorded.at) == (&planned.rule, &planned.why, &planned.at)
    }

    fn differs(&self, index: usize, follows: Option<&Event>) -> Underivable {
        Underivable::Differs { index: self.before + index, follows: follows.cloned().map(Box::new) }
    }
}

/// Whether an event says what a tick saw, not what somebody asked for or what followed.
fn is_seen(event: &Event) -> bool {
    event.cause.is_none() && event.actor == ORCH
}

fn text(fact: &Fact) -> String {
    serde_json::to_string(fact).unwrap_or_default()
}

#[cfg(test)]
mod tests;
