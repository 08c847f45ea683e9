//! Why a task is where it is.

use super::explanation::{Explanation, Reason, Step, add};
use super::{blocking, reviewing, routing, timing};
use crate::model::{Code, Name, Strategy, Task, TaskStatus};
use crate::plan::Context;
use crate::report::activation::last_call;
use crate::report::clean::one_line;
use crate::report::narrate::awaited_by;
use crate::report::plural::join_and;
use crate::report::workload::{queue, todo};
use crate::state::Fate;

/// Explains a task. `archived` is its record if it has left the hot set and the caller found it.
///
/// Nothing if the code was never given out.
pub fn explain_task(cx: Context<'_>, code: &Code, archived: Option<&Task>) -> Option<Explanation> {
    match cx.state.task(code).or(archived) {
        Some(task) => Some(of_task(cx, task)),
        None => cx.state.fate(code).map(|fate| without_record(code, fate)),
    }
}

fn without_record(code: &Code, fate: Fate) -> Explanation {
    let ended = if fate == Fate::Complete { "complete" } else { "cancelled" };
    Explanation {
        kind: "task",
        subject: code.to_string(),
        headline: format!("{ended} and archived: nothing happens to it any more"),
        sections: Vec::new(),
        next: Vec::new(),
    }
}

fn of_task(cx: Context<'_>, task: &Task) -> Explanation {
    let mut sections = Vec::new();
    add(&mut sections, "Blocked by", blocking::blocked_by(cx, task));
    add(&mut sections, "Claim", claim(task));
    if !task.status.is_finished() {
        add(&mut sections, "Routing", routing::routing(cx, task));
    }
    add(&mut sections, "Activation", activation(cx, task));
    add(&mut sections, "Reviews", reviewing::reviews(cx, task));
    add(&mut sections, "Clocks", timing::clocks(cx, task, None));
    add(&mut sections, "Alerts", alerts(cx, task));
    add(&mut sections, "Waiting for it", dependents(cx, task));
    let mut next = actions(cx, task);
    next.extend(timing::next(cx, task, None));
    let headline = headline(task);
    Explanation { kind: "task", subject: task.code.to_string(), headline, sections, next }
}

fn headline(task: &Task) -> String {
    let title = one_line(&task.spec.title);
    format!("{title}: {}", where_it_is(task))
}

/// Where the task is, as half a sentence.
fn where_it_is(task: &Task) -> String {
    let agent = task.agent.as_ref();
    match task.status {
        TaskStatus::Pending => match agent {
            Some(agent) if task.round() > 0 => format!("back with {agent}, not started again"),
            Some(agent) => format!("assigned to {agent}, not started"),
            None => match &task.author {
                Some(author) => format!("in the queue, waits for room with its author {author}"),
                None => "in the queue, assigned to nobody".to_owned(),
            },
        },
        TaskStatus::InProgress => match agent {
            Some(agent) => format!("in progress with {agent}"),
            None => "in progress".to_owned(),
        },
        TaskStatus::Blocked if task.hold.is_some() => "blocked, on hold".to_owned(),
        TaskStatus::Blocked => "blocked, waits for other tasks".to_owned(),
        TaskStatus::Review => format!("in review, waits for {}", awaited(task)),
        TaskStatus::Complete | TaskStatus::Cancelled => match task.completed_at {
            Some(at) => format!("{} since {at}", task.status),
            None => task.status.to_string(),
        },
    }
}

fn awaited(task: &Task) -> String {
    let names = awaited_by(task);
    if names.is_empty() { "nobody".to_owned() } else { join_and(&names) }
}

fn claim(task: &Task) -> Vec<Reason> {
    let claim = task.claim.iter().map(|claim| {
        let text = format!("{} works on it alone until {}, token {}", claim.holder, claim.until, claim.token);
        let ends = format!("others can have it from {}, if it is not renewed", claim.ends());
        Reason::new(text).because(vec![Reason::new(ends)])
    });
    claim.collect()
}

/// When its agent was called to it, and how that went; why it was not, where it would be.
fn activation(cx: Context<'_>, task: &Task) -> Vec<Reason> {
    if let Some(called) = &task.activation {
        let past = if called.is_past { ", before it was given to somebody again" } else { "" };
        let text =
            format!("{} was activated for it at {}, {}{past}", called.agent, called.at, called.by.in_words());
        let call =
            cx.config.agent(&called.agent).and_then(|agent| last_call(cx.state, agent, Some(&task.code)));
        let went = call.map(|call| call.outcome()).or_else(|| called.failed.clone());
        let went = went.map(|went| Reason::new(one_line(&went))).into_iter().collect();
        return vec![Reason::new(text).because(went)];
    }
    let agent = task.agent.as_ref().filter(|_| task.status == TaskStatus::Pending);
    let Some(agent) = agent.and_then(|name| cx.config.agent(name)) else { return Vec::new() };
    let Some(activate) = &agent.activate else { return Vec::new() };
    let is_off = cx.state.workflow(&activate.workflow).is_some_and(|record| record.disabled.is_some());
    let why = if cx.state.meta.paused_agents.contains_key(&agent.name) {
        "is paused"
    } else if is_off {
        "is not activated: that is switched off"
    } else if task.claim.is_some() {
        "claimed it, and is not activated for it"
    } else if !activate.on_work {
        "is activated by its schedule or by hand only"
    } else {
        return Vec::new();
    };
    vec![Reason::new(format!("{} {why}", agent.name)).at(&activate.origin)]
}

fn alerts(cx: Context<'_>, task: &Task) -> Vec<Reason> {
    let own = cx.state.meta.alerts.iter().filter(|((code, _), _)| *code == task.code);
    own.map(|(_, message)| Reason::new(one_line(message))).collect()
}

fn dependents(cx: Context<'_>, task: &Task) -> Vec<Reason> {
    let codes = cx.state.dependents(&task.code);
    let tasks = codes.iter().filter_map(|code| cx.state.task(code));
    tasks.map(|other| Reason::new(format!("{} {}", other.code, one_line(&other.spec.title)))).collect()
}

/// Whose action changes something.
fn actions(cx: Context<'_>, task: &Task) -> Vec<Step> {
    match (task.status, &task.agent) {
        (TaskStatus::Pending, None) => queued(cx, task),
        (TaskStatus::Pending | TaskStatus::InProgress, Some(agent)) => {
            let todo = todo(task);
            let mut steps = vec![Step::act(agent, format!("is to {}", todo.what), todo.command)];
            if task.activated().is_some_and(|activation| activation.failed.is_some()) {
                let again = format!("orch agent activate {agent} {}", task.code);
                steps.push(Step::act("somebody", format!("may activate {agent} again"), again));
            }
            steps
        }
        (TaskStatus::Blocked, _) => blocking::actions(cx, task),
        (TaskStatus::Review, _) => task.pending_reviews().map(reviewing::judge).collect(),
        _ => Vec::new(),
    }
}

fn queued(cx: Context<'_>, task: &Task) -> Vec<Step> {
    let queue = queue(cx.config, cx.state, cx.now);
    let Some((_, Some(offer))) = queue.iter().find(|(other, _)| other.code == task.code) else {
        let command = format!("orch task reassign {} --to AGENT", task.code);
        return vec![Step::act("somebody", "must give it to an agent, no route does", command)];
    };
    if offer.strategy == Strategy::Claim {
        let command = format!("orch task claim {}", task.code);
        return vec![Step::act(&join_and(offer.candidates), "may claim it", command)];
    }
    let free = |name: &Name| routing::room(cx, name) > 0;
    if offer.candidates.iter().any(free) {
        return vec![Step::follows("the next tick", "assigns it: there is room")];
    }
    let verb = if offer.candidates.len() == 1 { "delivers" } else { "deliver" };
    vec![Step::follows(&join_and(offer.candidates), format!("{verb} a task, then there is room for it"))]
}
