//! What happened, without the small change: the events of a run fold to one line, as long as nobody asks
//! for all of them. Nothing is put into words before it is shown.

use rustc_hash::FxHashMap;

use super::line::{Group, Line, Symbol};
use super::narrate::{narrate, started_by};
use super::plural::plural;
use crate::model::{Ended, Event, Fact, FlowFact, RunId, Time};
use crate::state::State;

/// One line of a digest.
#[derive(Debug, Clone, PartialEq)]
pub enum Item<'a> {
    Event(&'a Event),
    /// What happened in one run, two events at least.
    Run(Vec<&'a Event>),
}

/// The lines for these events, in the order in which each began.
pub fn digest(events: &[Event]) -> Vec<Item<'_>> {
    let fired: Vec<(&str, Time)> = events.iter().filter_map(slot_of_run).collect();
    let mut items: Vec<Item<'_>> = Vec::with_capacity(events.len());
    let mut of_run: FxHashMap<RunId, usize> = FxHashMap::default();
    for event in events {
        if let Fact::Flow(fact) = &event.fact {
            // The line of the run tells its slot.
            if let FlowFact::ScheduleFired { workflow, slot, .. } = fact.as_ref()
                && fired.contains(&(workflow.as_str(), *slot))
            {
                continue;
            }
            if let Some(run) = fact.run().filter(|_| folds(fact)).map(whole) {
                match of_run.get(&run) {
                    Some(&at) => items[at].add(event),
                    None => {
                        of_run.insert(run, items.len());
                        items.push(Item::Event(event));
                    }
                }
                continue;
            }
        }
        items.push(Item::Event(event));
    }
    items
}

/// The run that is told of: what goes on on a runner is told with the run that it is a step of.
pub(super) fn whole(run: &RunId) -> RunId {
    run.whole().map_or_else(|| run.clone(), |(whole, _)| whole)
}

fn slot_of_run(event: &Event) -> Option<(&str, Time)> {
    match &event.fact {
        Fact::Flow(fact) => match fact.as_ref() {
            FlowFact::RunCreated { workflow, started, .. } => Some((workflow, started.slot?)),
            _ => None,
        },
        _ => None,
    }
}

/// What people wait for, or must know, has a line of its own.
fn folds(fact: &FlowFact) -> bool {
    Group::of_flow(fact) == Group::Runs && !matches!(fact, FlowFact::RunEscalated { .. })
}

impl<'a> Item<'a> {
    fn add(&mut self, event: &'a Event) {
        match self {
            Self::Event(first) => *self = Self::Run(vec![first, event]),
            Self::Run(events) => events.push(event),
        }
    }

    pub fn group(&self) -> Group {
        match self {
            Self::Event(event) => Group::of(&event.fact),
            Self::Run(_) => Group::Runs,
        }
    }

    /// The line in words; `state` as for [`narrate`].
    pub fn line(&self, state: &State) -> Line {
        match self {
            Self::Event(event) => narrate(event, state),
            Self::Run(events) => run_line(events, state),
        }
    }
}

fn flow(event: &Event) -> Option<&FlowFact> {
    match &event.fact {
        Fact::Flow(fact) => Some(fact),
        _ => None,
    }
}

fn run_line(events: &[&Event], state: &State) -> Line {
    let is_of_part =
        |event: &&&Event| flow(event).and_then(FlowFact::run).is_some_and(|run| run.whole().is_some());
    let (parts, own): (Vec<&Event>, Vec<&Event>) = events.iter().partition(is_of_part);
    if !own.is_empty() && !parts.is_empty() {
        let line = if let [only] = own.as_slice() { narrate(only, state) } else { run_line(&own, state) };
        let is_made = |event: &&&Event| matches!(flow(event), Some(FlowFact::RunCreated { .. }));
        return match parts.iter().filter(is_made).count() {
            0 => line,
            made => Line { text: format!("{}, {} for runners", line.text, plural(made, "step")), ..line },
        };
    }
    let first = narrate(events[0], state);
    let end = events.iter().rev().find(|event| matches!(flow(event), Some(FlowFact::RunFinished { .. })));
    if let Some(end) = end {
        return Line { reason: None, ..narrate(end, state) };
    }
    let facts = || events.iter().filter_map(|event| flow(event));
    let mut parts = Vec::new();
    let made = facts().find_map(|fact| match fact {
        FlowFact::RunCreated { started, .. } => Some(format!("made: {}", started_by(started))),
        _ => None,
    });
    let is_made = made.is_some();
    parts.extend(made);
    if facts().any(|fact| matches!(fact, FlowFact::RunStarted { .. })) {
        parts.push("started".to_owned());
    }
    let (mut done, mut failed, mut again, mut skipped) = (0, 0, 0, 0);
    for fact in facts() {
        match fact {
            FlowFact::StepFinished { outcome, .. } if outcome.ended == Ended::Succeeded => done += 1,
            FlowFact::StepFinished { .. } => failed += 1,
            FlowFact::StepRetried { .. } => again += 1,
            FlowFact::StepSkipped { .. } => skipped += 1,
            _ => {}
        }
    }
    let mut count = |count: usize, verb: &str| {
        if count > 0 {
            parts.push(format!("{} {verb}", plural(count, "step")));
        }
    };
    count(done, "done");
    count(failed, "failed");
    count(again, "to be tried again");
    count(skipped, "skipped");
    if parts.is_empty() {
        // Nothing but leases, phases and beginnings: the last of them says where it is.
        return events.last().map_or(first, |last| Line { reason: None, ..narrate(last, state) });
    }
    let symbol = match (failed, is_made) {
        (0, true) => Symbol::Made,
        (0, false) => Symbol::Changed,
        _ => Symbol::Attention,
    };
    let at = first.at.filter(|_| is_made);
    Line { symbol, group: Group::Runs, subject: first.subject, text: parts.join(", "), reason: None, at }
}
