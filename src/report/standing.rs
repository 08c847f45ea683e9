//! How each running clock stands: how long it has run, how long it may, and what comes next.

use crate::model::{Config, Duration, Name, Objective, Review, Subject, Task, Time};
use crate::plan::clocks::{Clock, clocks};
use crate::state::State;

/// What a clock has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Ok,
    Warned,
    /// In breach, with the level of escalation reached; 0 before the first.
    Exceeded {
        level: u8,
    },
}

impl Condition {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warned => "warned",
            Self::Exceeded { .. } => "exceeded",
        }
    }
}

/// What a clock does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep<'a> {
    Warning,
    Breach,
    Escalation { level: u8, to: &'a [Name] },
}

/// One running clock.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    pub task: &'a Task,
    /// The review it runs on; none if it runs on the task.
    pub review: Option<&'a Review>,
    pub objective: &'a Objective,
    pub start: Time,
    /// The last moment that is in time.
    pub due: Time,
    pub elapsed: Duration,
    pub condition: Condition,
    /// What it does next and the first second at which it does; nothing after the last level.
    pub next: Option<(Time, NextStep<'a>)>,
}

impl Standing<'_> {
    /// Seconds until it is due, negative after that.
    pub fn seconds_left(&self, now: Time) -> i64 {
        self.due.as_second() - now.as_second()
    }

    /// The review or task it runs on.
    pub fn subject(&self) -> String {
        self.review.map_or_else(|| self.task.code.to_string(), |review| review.id.to_string())
    }

    /// What is measured: `canon review`, `all reviews`, `task`.
    pub fn measures(&self) -> String {
        match (self.objective.subject, self.review) {
            (Subject::Review, Some(review)) => format!("{} review", review.kind),
            (Subject::Review, None) => "review".to_owned(),
            (Subject::ReviewTotal, _) => "all reviews".to_owned(),
            (Subject::Task, _) => "task".to_owned(),
            (Subject::Response, _) => "response".to_owned(),
            // These clocks run on no task.
            (Subject::PullReview | Subject::Build | Subject::Check | Subject::Deployment, _) => {
                "on GitHub".to_owned()
            }
        }
    }
}

/// All running clocks, the one with the least time left first, so that breaches come before the rest.
pub fn standings<'a>(config: &'a Config, state: &'a State, now: Time) -> Vec<Standing<'a>> {
    sorted(state.tasks().flat_map(|task| of_task(config, task, now)).collect())
}

/// The clocks that run on one task and its reviews, in the same order.
pub fn standings_of<'a>(config: &'a Config, task: &'a Task, now: Time) -> Vec<Standing<'a>> {
    sorted(of_task(config, task, now).collect())
}

fn sorted(mut standings: Vec<Standing<'_>>) -> Vec<Standing<'_>> {
    standings.sort_by(|a, b| {
        let key = |s: &Standing<'_>| (s.due, s.review.map(|review| review.id));
        key(a).cmp(&key(b)).then_with(|| a.task.code.cmp(&b.task.code))
    });
    standings
}

fn of_task<'a>(config: &'a Config, task: &'a Task, now: Time) -> impl Iterator<Item = Standing<'a>> {
    clocks(config, task).map(move |clock| standing(task, &clock, now))
}

fn standing<'a>(task: &'a Task, clock: &Clock<'a>, now: Time) -> Standing<'a> {
    let due = clock.due();
    Standing {
        task,
        review: clock.review.and_then(|id| task.review(id)),
        objective: clock.objective,
        start: clock.start,
        due,
        elapsed: clock.objective.calendar.elapsed(clock.start, now),
        condition: condition(task, clock, now),
        next: next(task, clock),
    }
}

fn condition(task: &Task, clock: &Clock<'_>, now: Time) -> Condition {
    let mark = clock.mark(task);
    if now >= clock.due() || mark.is_some_and(|mark| mark.exceeded_at.is_some()) {
        Condition::Exceeded { level: mark.map_or(0, |mark| mark.level) }
    } else if mark.is_some_and(|mark| mark.warned_at.is_some()) {
        Condition::Warned
    } else {
        Condition::Ok
    }
}

fn next<'a>(task: &Task, clock: &Clock<'a>) -> Option<(Time, NextStep<'a>)> {
    let at = clock.next_change(task)?;
    let mark = clock.mark(task);
    let step = if mark.is_some_and(|mark| mark.exceeded_at.is_some()) {
        let reached = mark.map_or(0, |mark| mark.level);
        let level = clock.objective.levels.get(usize::from(reached))?;
        NextStep::Escalation { level: reached + 1, to: &level.to }
    } else if at >= clock.due() {
        NextStep::Breach
    } else {
        NextStep::Warning
    };
    Some((at, step))
}
