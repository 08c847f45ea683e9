//! The clocks that run on a task or one review of it, and what they do next.

use super::explanation::{Reason, Step};
use crate::model::{ReviewId, Task, Time};
use crate::plan::Context;
use crate::report::moment::relative;
use crate::report::plural::join_and;
use crate::report::standing::{Condition, NextStep, Standing, standings_of};

fn wanted(standing: &Standing<'_>, review: Option<ReviewId>) -> bool {
    review.is_none() || standing.review.map(|review| review.id) == review
}

/// Each clock with what it has come to; only that of `review` if one is given.
pub(super) fn clocks(cx: Context<'_>, task: &Task, review: Option<ReviewId>) -> Vec<Reason> {
    let standings = standings_of(cx.config, task, cx.now);
    standings.iter().filter(|standing| wanted(standing, review)).map(|s| clock(cx, s)).collect()
}

fn clock(cx: Context<'_>, standing: &Standing<'_>) -> Reason {
    let on = match standing.review {
        Some(review) => format!("{} ({})", standing.measures(), review.id),
        None => standing.measures(),
    };
    let within = standing.objective.within;
    let measure = format!("{} of {within}", standing.elapsed);
    let text = format!(
        "{} on {on}: {measure}, due {} ({}){}",
        standing.objective.name,
        standing.due,
        relative(standing.due, cx.now),
        condition(standing.condition)
    );
    let next = standing
        .next
        .iter()
        .map(|(at, step)| Reason::new(format!("{} at {at} ({})", step_text(step), when(*at, cx.now))));
    Reason::new(text).at(&standing.objective.origin).because(next.collect())
}

/// When the clock will do something: in some time, or overdue because no tick ran.
pub fn when(at: Time, now: Time) -> String {
    if at <= now { "with the next tick".to_owned() } else { relative(at, now) }
}

fn condition(condition: Condition) -> String {
    match condition {
        Condition::Ok => String::new(),
        Condition::Warned => ", warned".to_owned(),
        Condition::Exceeded { level: 0 } => ", exceeded".to_owned(),
        Condition::Exceeded { level } => format!(", exceeded, escalated to level {level}"),
    }
}

fn step_text(step: &NextStep<'_>) -> String {
    match step {
        NextStep::Warning => "warns".to_owned(),
        NextStep::Breach => "is exceeded".to_owned(),
        NextStep::Escalation { level, to } => format!("escalates to {} (level {level})", join_and(to)),
    }
}

/// What the clock alone changes next.
pub(super) fn next(cx: Context<'_>, task: &Task, review: Option<ReviewId>) -> Option<Step> {
    let standings = standings_of(cx.config, task, cx.now);
    let steps = standings.iter().filter(|standing| wanted(standing, review));
    let soonest = steps.filter_map(|s| s.next.as_ref().map(|(at, step)| (at, step, s)));
    let (at, step, standing) = soonest.min_by_key(|(at, ..)| **at)?;
    let what = format!("{} on {} {}", standing.objective.name, standing.subject(), step_text(step));
    Some(Step::clock(*at, what))
}
