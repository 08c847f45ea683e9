//! Which route takes a task: those before it that did not and why, the candidates and the room
//! they have, and the place in the queue.

use super::explanation::Reason;
use crate::model::{Name, Route, Strategy, Task, TaskStatus};
use crate::plan::Context;
use crate::plan::rules::{Offer, offer};
use crate::report::plural::{join_and, plural};
use crate::report::workload::queue;

/// How many more tasks an agent can take.
pub(super) fn room(cx: Context<'_>, agent: &str) -> u32 {
    cx.config.agent(agent).map_or(0, |found| found.max_active.saturating_sub(cx.state.load(agent)))
}

/// The routes up to the one that matched, with its candidates; then what overrules them.
pub(super) fn routing(cx: Context<'_>, task: &Task) -> Vec<Reason> {
    let mut reasons = misses(cx, task);
    reasons.push(taken(cx, task));
    let offer = offer(cx, task);
    reasons.extend(overruled(cx, task));
    reasons.extend(offer.and_then(|offer| position(cx, task, &offer)));
    reasons
}

/// The routes before the one that matches; all, if none does.
fn misses(cx: Context<'_>, task: &Task) -> Vec<Reason> {
    let miss = |route: &Route| {
        let mismatch = route.matching.mismatch(&task.spec)?;
        let text = format!("route {} does not match: {}", route.name, mismatch.0);
        Some(Reason::new(text).at(&route.origin).held(false))
    };
    cx.config.routing.routes.iter().map_while(miss).collect()
}

/// The route that matches or the fallback, with its candidates while the task is not delivered.
fn taken(cx: Context<'_>, task: &Task) -> Reason {
    let (text, candidates, origin) = match (cx.config.routing.route_of(task), &cx.config.routing.fallback) {
        (Some(route), _) => {
            let text = format!("route {} matches{}", route.name, strategy(route));
            (text, route.candidates.as_slice(), &route.origin)
        }
        (None, Some((agent, origin))) => {
            let text = "no route matches, so it goes to the fallback".to_owned();
            (text, std::slice::from_ref(agent), origin)
        }
        (None, None) => return Reason::new("no route matches, and there is no fallback").held(false),
    };
    let over = task.status == TaskStatus::Review || (task.agent.is_none() && task.author.is_some());
    let shown = if over { &[] } else { candidates };
    let because = shown.iter().map(|name| candidate(cx, task, name)).collect();
    Reason::new(text).at(origin).held(true).because(because)
}

/// Why somebody else than the candidates has the task or gets it.
fn overruled(cx: Context<'_>, task: &Task) -> Option<Reason> {
    let route = cx.config.routing.route_of(task).map(|route| route.candidates.as_slice());
    let fallback = cx.config.routing.fallback.as_ref().map(|(agent, _)| std::slice::from_ref(agent));
    let candidates = route.or(fallback).unwrap_or_default();
    match (&task.agent, &task.author) {
        (None, Some(author)) => {
            let text = format!("it goes back to its author {author}, whatever the routes say");
            Some(Reason::new(text).because(vec![candidate(cx, task, author)]))
        }
        (Some(agent), _) if !candidates.contains(agent) => {
            Some(Reason::new(format!("{agent} got it by hand, or under earlier routes")))
        }
        _ => None,
    }
}

fn strategy(route: &Route) -> &'static str {
    match (route.candidates.len(), route.strategy) {
        (_, Strategy::Claim) => ", it waits until a candidate claims it",
        (0 | 1, _) => "",
        (_, Strategy::FirstAvailable) => ", the first candidate with room gets it",
        (_, Strategy::LeastLoaded) => ", the candidate with the fewest tasks gets it",
        (_, Strategy::RoundRobin) => ", the candidates get tasks in turn",
    }
}

fn candidate(cx: Context<'_>, task: &Task, name: &Name) -> Reason {
    let Some(agent) = cx.config.agent(name) else {
        return Reason::new(format!("{name} is not declared"));
    };
    let load = cx.state.load(name);
    let holds = format!("{name} holds {load} of {}", plural(agent.max_active as usize, "task"));
    let fit = match (task.agent.as_ref() == Some(name), room(cx, name)) {
        (true, _) if task.is_active() => ", this one among them",
        (_, 0) => ", no room",
        _ => "",
    };
    Reason::new(holds + fit).at(&agent.origin)
}

/// Where in the queue the task stands among those that want the same agents.
fn position(cx: Context<'_>, task: &Task, offer: &Offer<'_>) -> Option<Reason> {
    if !task.is_queued() {
        return None;
    }
    let queue = queue(cx.config, cx.state, cx.now);
    let rivals: Vec<_> = queue
        .iter()
        .filter(|(_, other)| {
            other.as_ref().is_some_and(|o| o.candidates.iter().any(|name| offer.candidates.contains(name)))
        })
        .map(|(task, _)| *task)
        .collect();
    let place = rivals.iter().position(|other| other.code == task.code)?;
    let (number, all, who) = (place + 1, rivals.len(), join_and(offer.candidates));
    let text = format!("place {number} of {all} in the queue for {who} (by priority, deadline, age)");
    let ahead = place.checked_sub(1).and_then(|index| rivals.get(index));
    let because = ahead.map(|other| Reason::new(format!("{} comes before it", other.code)));
    Some(Reason::new(text).because(because.into_iter().collect()))
}
