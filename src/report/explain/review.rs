//! Why a review is where it is.

use super::explanation::{Explanation, Reason, Step, add};
use super::{reviewing, timing};
use crate::model::{Name, Review, ReviewId, ReviewStatus, ReviewType, Task, TaskStatus};
use crate::plan::Context;
use crate::report::clean::one_line;
use crate::report::moment::relative;
use crate::report::narrate::reviewer_text;
use crate::report::plural::plural;

/// Explains a review. `archived` is the record of its task if that has left the hot set and the caller
/// found it. Nothing if there is no such review.
pub fn explain_review(cx: Context<'_>, id: ReviewId, archived: Option<&Task>) -> Option<Explanation> {
    let task = cx.state.task_of_review(id).or(archived)?;
    let review = task.review(id)?;
    let pending = review.status == ReviewStatus::Pending;
    let mut sections = Vec::new();
    add(&mut sections, "Why it is asked for", asked(cx, task, review));
    add(&mut sections, "Reviewer", reviewer(cx, task, review));
    add(&mut sections, "Clocks", timing::clocks(cx, task, Some(id)));
    let mut next: Vec<Step> = Vec::new();
    if pending {
        next.push(reviewing::judge(review));
        next.extend(then(cx, task, review));
        next.extend(timing::next(cx, task, Some(id)));
    }
    let headline = headline(cx, task, review);
    Some(Explanation { kind: "review", subject: id.to_string(), headline, sections, next })
}

fn headline(cx: Context<'_>, task: &Task, review: &Review) -> String {
    let what = format!("{} review of {} {}", review.kind, task.code, one_line(&task.spec.title));
    let who = reviewer_text(review.reviewer.as_ref());
    match (review.status, review.completed_at) {
        (ReviewStatus::Pending, _) => {
            format!("{what}: waits for {who} for {}", cx.now.since(review.requested_at))
        }
        (status, Some(at)) => format!("{what}: {status} {at} ({})", relative(at, cx.now)),
        (status, None) => format!("{what}: {status}"),
    }
}

fn asked(cx: Context<'_>, task: &Task, review: &Review) -> Vec<Reason> {
    let Some((requirement, tier)) = cx.config.reviews.tier_of(task) else {
        return vec![Reason::new("no requirement matches the task any more").held(false)];
    };
    let stage = tier.stages.get(usize::from(review.stage).saturating_sub(1));
    let place = format!("tier {} {}, round {}", tier.number, one_line(&tier.name), review.round);
    let mut reasons = vec![
        Reason::new("the task must be reviewed").at(&requirement.origin).held(true),
        Reason::new(place).at(&tier.origin),
    ];
    reasons.extend(stage.map(|stage| {
        let beside: Vec<_> = stage.reviews.iter().filter(|kind| **kind != review.kind).cloned().collect();
        let beside = if beside.is_empty() {
            String::new()
        } else {
            format!(", beside {}", crate::report::join_and(&beside))
        };
        Reason::new(format!("stage {} of {}{beside}", review.stage, tier.stages.len())).at(&stage.origin)
    }));
    reasons
}

fn reviewer(cx: Context<'_>, task: &Task, review: &Review) -> Vec<Reason> {
    let Some(kind) = cx.config.reviews.types.get(&review.kind) else {
        return vec![Reason::new(format!("review type {} is no longer declared", review.kind))];
    };
    let because = kind.reviewers.iter().map(|name| candidate(cx, task, review, name)).collect();
    vec![Reason::new(choice(kind, review)).at(&kind.origin).because(because)]
}

fn choice(kind: &ReviewType, review: &Review) -> String {
    let title = one_line(&kind.title);
    match (&review.reviewer, kind.reviewers.len()) {
        (None, _) => format!("{title}: all who may do it are the author, so anybody else may"),
        (Some(reviewer), 1) => format!("{title}: {reviewer} does them all"),
        (Some(reviewer), _) => {
            format!("{title}: {reviewer} was chosen; the fewest pending reviews, never the author")
        }
    }
}

fn candidate(cx: Context<'_>, task: &Task, review: &Review, name: &Name) -> Reason {
    let pending = cx.state.tasks().flat_map(Task::pending_reviews);
    let count = pending.filter(|other| other.reviewer.as_ref() == Some(name)).count();
    let note = if task.author.as_ref() == Some(name) {
        ", is the author"
    } else if review.reviewer.as_ref() == Some(name) && review.status == ReviewStatus::Pending {
        ", this one among them"
    } else {
        ""
    };
    Reason::new(format!("{name} has {}{note}", plural(count, "pending review")))
}

/// What follows from an approval.
fn then(cx: Context<'_>, task: &Task, review: &Review) -> Option<Step> {
    if task.status != TaskStatus::Review {
        return None;
    }
    let others = task.pending_reviews().filter(|other| other.id != review.id).count();
    let (_, tier) = cx.config.reviews.tier_of(task)?;
    let what = if others > 0 {
        format!("still needs {} of this stage", plural(others, "other review"))
    } else {
        match tier.stages.get(usize::from(task.stage())) {
            Some(stage) => {
                format!("goes on to stage {}: {}", task.stage() + 1, crate::report::join_and(&stage.reviews))
            }
            None => "is complete".to_owned(),
        }
    };
    Some(Step::follows("after an approval", format!("{} {what}", task.code)))
}
