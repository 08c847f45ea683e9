//! Which route takes a task: those before it that did not and why, the candidates and the room
//! they have, and the place in the queue.

use super::explanation::Reason;
use crate::model::{Name, Route, Strategy, Task};
use crate::plan::Context;
use crate::plan::rules::{Offer, offer};
use crate::report::plural::plural;
use crate::report::workload::queue;

/// How many more tasks an agent can take.
pub(super) fn room(cx: Context<'_>, agent: &str) -> u32 {
    cx.config.agent(agent).map_or(0, |found| found.max_active.saturating_sub(cx.state.load(agent)))
}

/// The routes up to the one that matched, then the candidates.
pub(super) fn routing(cx: Context<'_>, task: &Task) -> Vec<Reason> {
    let Some(offer) = offer(cx, task) else {
        let mut reasons = misses(cx, task, &cx.config.routing.routes);
        reasons.push(Reason::new("no route matches, and there is no fallback").held(false));
        return reasons;
    };
    let mut reasons = Vec::new();
    if task.author.is_none() {
        reasons = misses(cx, task, before(cx, offer.route));
    }
    reasons.push(chosen(cx, task, &offer));
    reasons.extend(by_hand(task, &offer));
    reasons.extend(position(cx, task, &offer));
    reasons
}

fn before<'a>(cx: Context<'a>, route: Option<&Route>) -> &'a [Route] {
    let routes = &cx.config.routing.routes;
    let end = route.and_then(|route| routes.iter().position(|other| other.name == route.name));
    &routes[..end.unwrap_or(routes.len())]
}

fn misses(_: Context<'_>, task: &Task, routes: &[Route]) -> Vec<Reason> {
    let miss = |route: &Route| {
        let mismatch = route.matching.mismatch(&task.spec)?;
        let text = format!("route {} does not match: {}", route.name, mismatch.0);
        Some(Reason::new(text).at(&route.origin).held(false))
    };
    routes.iter().filter_map(miss).collect()
}

fn chosen(cx: Context<'_>, task: &Task, offer: &Offer<'_>) -> Reason {
    let text = match offer.route {
        Some(route) => format!("route {} matches{}", route.name, strategy(route)),
        None if task.author.is_some() => "it goes back to its author, not through the routes".to_owned(),
        None => "no route matches, so it goes to the fallback".to_owned(),
    };
    let candidates = offer.candidates.iter().map(|name| candidate(cx, task, name)).collect();
    let reason = Reason::new(text).held(true).because(candidates);
    match offer.origin {
        Some(origin) => reason.at(origin),
        None => reason,
    }
}

fn strategy(route: &Route) -> &'static str {
    match (route.candidates.len(), route.strategy) {
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

/// Says so if the agent that has the task is none of those that the rules would choose.
fn by_hand(task: &Task, offer: &Offer<'_>) -> Option<Reason> {
    let agent = task.agent.as_ref().filter(|agent| !offer.candidates.contains(agent))?;
    Some(Reason::new(format!("{agent} got it by hand, or under earlier routes")))
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
    let text = format!(
        "place {} of {} in the queue for them (by priority, then deadline, then age)",
        place + 1,
        rivals.len()
    );
    let ahead = place.checked_sub(1).and_then(|index| rivals.get(index));
    let because = ahead.map(|other| Reason::new(format!("{} comes before it", other.code)));
    Some(Reason::new(text).because(because.into_iter().collect()))
}
