//! Why an agent has the work that it has, and what comes to it next.

use super::explanation::{Explanation, Reason, Step, add};
use crate::model::{Config, Name, Review, Strategy, Task};
use crate::plan::Context;
use crate::plan::rules::offer;
use crate::report::activation::{Call, when_called};
use crate::report::clean::one_line;
use crate::report::plural::plural;
use crate::report::workload::{Workload, todo, workload};

/// The most rows of a kind that are named.
const SHOWN: usize = 10;

/// Explains an agent; nothing if it is not declared.
pub fn explain_agent(cx: Context<'_>, name: &str) -> Option<Explanation> {
    let work = workload(cx.config, cx.state, cx.now, name)?;
    let mut sections = Vec::new();
    add(&mut sections, "Capacity", capacity(&work));
    add(&mut sections, "Activation", activation(&work));
    add(&mut sections, "Holds", some(&work.holds, |task| holds(task)));
    add(&mut sections, "Reviews to do", some(&work.reviews, |(task, review)| to_review(cx, task, review)));
    add(&mut sections, "Queue", some(&work.queue, |task| queued(cx, task)));
    add(&mut sections, "Gets work from", sources(cx.config, &work.agent.name));
    let headline = headline(&work);
    Some(Explanation { kind: "agent", subject: name.to_owned(), headline, sections, next: next(cx, &work) })
}

fn headline(work: &Workload<'_>) -> String {
    let title = one_line(&work.agent.title);
    let load = format!("holds {} of {}", work.active(), plural(work.agent.max_active as usize, "task"));
    format!("{title}: {load}, {}", plural(work.reviews.len(), "review") + " to do")
}

fn capacity(work: &Workload<'_>) -> Vec<Reason> {
    let max = work.agent.max_active;
    let room = match work.room() {
        0 if max == 0 => "takes no tasks".to_owned(),
        0 => "has no room".to_owned(),
        room => format!("has room for {} more", plural(room as usize, "task")),
    };
    vec![Reason::new(format!("max_active is {max}, it {room}")).at(&work.agent.origin)]
}

/// How it is called, and when it was the last time.
fn activation(work: &Workload<'_>) -> Vec<Reason> {
    let (Some(when), Some(activate)) = (when_called(work.agent), &work.agent.activate) else {
        return Vec::new();
    };
    let last = work.last_call.as_ref().map_or_else(|| "never yet".to_owned(), Call::in_words);
    let last = Reason::new(format!("last activated: {last}"));
    vec![Reason::new(format!("is activated {when}")).at(&activate.origin).because(vec![last])]
}

fn some<T>(items: &[T], say: impl Fn(&T) -> Reason) -> Vec<Reason> {
    let mut reasons: Vec<_> = items.iter().take(SHOWN).map(say).collect();
    if items.len() > SHOWN {
        reasons.push(Reason::new(format!("… and {} more", items.len() - SHOWN)));
    }
    reasons
}

fn task_text(task: &Task) -> String {
    format!(
        "{} {} ({}, {})",
        task.code,
        one_line(&task.spec.title),
        task.spec.priority,
        task.status.in_words()
    )
}

fn holds(task: &Task) -> Reason {
    Reason::new(task_text(task))
}

fn to_review(cx: Context<'_>, task: &Task, review: &Review) -> Reason {
    let waited = cx.now.since(review.requested_at);
    Reason::new(format!("{} {} review of {}, waits for {waited}", review.id, review.kind, task.code))
}

fn queued(cx: Context<'_>, task: &Task) -> Reason {
    let offer = offer(cx, task);
    let why = offer.as_ref().map(|offer| format!(", {}", offer.why)).unwrap_or_default();
    let reason = Reason::new(format!("{}{why}", task_text(task)));
    match offer.and_then(|offer| offer.origin) {
        Some(origin) => reason.at(origin),
        None => reason,
    }
}

/// The routes and review types that name it.
fn sources(config: &Config, name: &Name) -> Vec<Reason> {
    let routes = config.routing.routes.iter().filter(|route| route.candidates.contains(name));
    let types = config.reviews.types.values().filter(|kind| kind.reviewers.contains(name));
    let fallback = config.routing.fallback.iter().filter(|(agent, _)| agent == name);
    let routes = routes.map(|route| Reason::new(format!("route {}", route.name)).at(&route.origin));
    let types = types.map(|kind| Reason::new(format!("{} reviews", kind.name)).at(&kind.origin));
    let fallback = fallback.map(|(_, origin)| Reason::new("fallback of the routes").at(origin));
    routes.chain(fallback).chain(types).collect()
}

fn next(cx: Context<'_>, work: &Workload<'_>) -> Vec<Step> {
    let name = work.agent.name.as_str();
    let mut steps = Vec::new();
    if let Some((task, review)) = work.reviews.first() {
        let what = format!("is to do the {} review of {}", review.kind, task.code);
        steps.push(Step::act(name, what, format!("orch review approve {}", review.id)));
    }
    if let Some(task) = work.holds.first() {
        let todo = todo(task);
        steps.push(Step::act(name, format!("has {}, and is to {}", task.code, todo.what), todo.command));
    }
    if let Some(task) = work.queue.first() {
        let claims = offer(cx, task).is_some_and(|offer| offer.strategy == Strategy::Claim);
        if claims {
            steps.push(Step::act(
                name,
                format!("may claim {}", task.code),
                format!("orch next --agent {name}"),
            ));
            return steps;
        }
        let when = if work.room() > 0 { "at the next tick" } else { "when room appears" };
        steps.push(Step::follows("the queue", format!("gives it {} {when}", task.code)));
    }
    steps
}
