//! The clocks that run on a task: which objective each follows, when it started, and when
//! something happens to it next.

pub mod github;

use crate::model::{Config, Level, Mark, Objective, ReviewId, Subject, Task, TaskStatus, Time};
use crate::state::State;

/// One running clock.
#[derive(Debug, Clone)]
pub struct Clock<'a> {
    pub objective: &'a Objective,
    /// The review it runs on; none if it runs on the task.
    pub review: Option<ReviewId>,
    pub start: Time,
}

/// The clocks that run on a task now: for each subject, by the first objective that matches.
pub fn clocks<'a>(config: &'a Config, task: &'a Task) -> impl Iterator<Item = Clock<'a>> {
    let in_review = task.status == TaskStatus::Review;
    let open = !task.status.is_finished();
    let of_reviews = task.pending_reviews().filter(move |_| in_review).filter_map(move |review| {
        let objective = config.objectives.iter().find(|objective| {
            objective.subject == Subject::Review
                && (objective.review_types.is_empty() || objective.review_types.contains(&review.kind))
                && objective.matching.matches(task)
        })?;
        Some(Clock { objective, review: Some(review.id), start: review.requested_at })
    });
    let of_round = task
        .delivered_at
        .filter(|_| in_review)
        .and_then(|start| on_task(config, task, Subject::ReviewTotal, start));
    let of_task = if open { on_task(config, task, Subject::Task, task.created_at) } else { None };
    let of_response = task
        .assigned_at
        .filter(|_| task.is_active())
        .and_then(|start| on_task(config, task, Subject::Response, start));
    of_reviews.chain(of_round).chain(of_task).chain(of_response)
}

fn on_task<'a>(config: &'a Config, task: &Task, subject: Subject, start: Time) -> Option<Clock<'a>> {
    let mut objectives = config.objectives.iter();
    let objective =
        objectives.find(|objective| objective.subject == subject && objective.matching.matches(task))?;
    Some(Clock { objective, review: None, start })
}

impl Clock<'_> {
    /// When the time is up: the breach.
    pub fn due(&self) -> Time {
        self.objective.due(self.start)
    }

    /// When a warning goes out, if one does.
    pub fn warns_at(&self) -> Option<Time> {
        self.objective.warns_at(self.start)
    }

    /// When a level is escalated to.
    pub fn level_at(&self, level: &Level) -> Time {
        self.objective.level_at(self.start, level)
    }

    /// Whether a mark is this clock's.
    pub fn made(&self, mark: &Mark) -> bool {
        // The time first: it tells most of them apart, and cheaply.
        mark.due == self.due() && mark.review == self.review && mark.objective == self.objective.name
    }

    /// What the clock has said already.
    pub fn mark<'t>(&self, task: &'t Task) -> Option<&'t Mark> {
        task.marks.iter().find(|mark| self.made(mark))
    }

    /// When the clock has something to say next.
    pub fn next_change(&self, task: &Task) -> Option<Time> {
        let mark = self.mark(task);
        let exceeded = mark.is_some_and(|mark| mark.exceeded_at.is_some());
        if exceeded {
            let reached = mark.map_or(0, |mark| usize::from(mark.level));
            return self.objective.levels.get(reached).map(|level| self.level_at(level));
        }
        let warned = mark.is_some_and(|mark| mark.warned_at.is_some());
        let warning = self.warns_at().filter(|_| !warned);
        Some(warning.unwrap_or_else(|| self.due()))
    }
}

/// When something will change by itself next, if ever; never before `now`. That is at once where something of
/// a run is left to be done.
pub fn next_change(config: &Config, state: &State, now: Time) -> Option<Time> {
    next(config, state, now, true)
}

/// When the clock alone will change something, once everything that can be done now is done.
pub(super) fn next_by_clock(config: &Config, state: &State, now: Time) -> Option<Time> {
    next(config, state, now, false)
}

fn next(config: &Config, state: &State, now: Time, counts_ready: bool) -> Option<Time> {
    if state.meta.held.is_some() {
        return None;
    }
    state
        .tasks()
        .flat_map(|task| clocks(config, task).filter_map(move |clock| clock.next_change(task)))
        .chain(state.tasks().filter_map(|task| Some(task.claim.as_ref()?.ends())))
        .chain(
            github::clocks(config, &state.meta.github)
                .filter_map(|clock| clock.next_change(&state.meta.github)),
        )
        .chain(super::flow::next_change(config, state, now, counts_ready))
        .min()
        .map(|at| at.max(now))
}
