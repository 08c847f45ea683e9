//! How a task is reviewed: the requirement and tier that apply, the stage it is in, and who is
//! awaited.

use super::explanation::{Reason, Step};
use crate::model::{Review, ReviewStatus, Stage, Task, TaskStatus, Tier};
use crate::plan::Context;
use crate::report::clean::one_line;
use crate::report::narrate::reviewer_text;

/// The requirement, its tier, and the stages with how far they are.
pub(super) fn reviews(cx: Context<'_>, task: &Task) -> Vec<Reason> {
    let Some((requirement, tier)) = cx.config.reviews.tier_of(task) else {
        return vec![Reason::new("it needs no review: no requirement matches").held(false)];
    };
    let chosen = match task.spec.tier {
        Some(tier) => format!("must be reviewed, the task says tier {tier}"),
        None => format!("must be reviewed, tier {} unless the task says another", requirement.default_tier),
    };
    let stages = (1u8..).zip(&tier.stages).map(|(number, stage)| of_stage(task, number, stage)).collect();
    let mut reasons = vec![
        Reason::new(chosen).at(&requirement.origin).held(true),
        Reason::new(tier_text(task, tier)).at(&tier.origin).because(stages),
    ];
    reasons.extend(sent_back(task));
    reasons
}

fn tier_text(task: &Task, tier: &Tier) -> String {
    let tier = format!("tier {} {}", tier.number, one_line(&tier.name));
    match (task.status, task.round()) {
        (TaskStatus::Review, round) => format!("{tier}, round {round}, stage {}", task.stage()),
        (_, 0) => format!("{tier}, begins when it is delivered"),
        (status, round) if status.is_finished() => format!("{tier}, ended in round {round}"),
        (_, round) => format!("{tier}, round {} begins when it is delivered again", round + 1),
    }
}

fn of_stage(task: &Task, number: u8, stage: &Stage) -> Reason {
    let in_round = task.status == TaskStatus::Review || task.status.is_finished();
    let reviews: Vec<_> = task.current_reviews().filter(|r| in_round && r.stage == number).collect();
    let because = reviews.iter().map(|review| Reason::new(of_review(review))).collect();
    let text = format!("stage {number}: {}", crate::report::join_and(&stage.reviews));
    Reason::new(text).at(&stage.origin).because(because)
}

fn of_review(review: &Review) -> String {
    let reviewer = reviewer_text(review.reviewer.as_ref());
    match (review.status, review.completed_at) {
        (ReviewStatus::Pending, _) => {
            format!("{} waits for {reviewer} since {}", review.id, review.requested_at)
        }
        (status, Some(at)) => format!("{} {} {at} ({reviewer})", review.id, words(status)),
        (status, None) => format!("{} {} ({reviewer})", review.id, words(status)),
    }
}

/// A status as people read it.
fn words(status: ReviewStatus) -> &'static str {
    match status {
        ReviewStatus::ChangesRequested => "changes requested",
        other => other.as_str(),
    }
}

/// The notes with which the last round ended, while the author reworks the task.
fn sent_back(task: &Task) -> Option<Reason> {
    if task.status == TaskStatus::Review || task.status.is_finished() {
        return None;
    }
    let verdict =
        |review: &&Review| matches!(review.status, ReviewStatus::Rejected | ReviewStatus::ChangesRequested);
    let review = task.current_reviews().find(verdict)?;
    let notes = review.notes.as_deref().map(one_line).unwrap_or_default();
    let reviewer = reviewer_text(review.reviewer.as_ref());
    Some(Reason::new(format!("{} sent it back in round {}: {notes}", reviewer, review.round)))
}

/// The action that a pending review waits for.
pub(super) fn judge(review: &Review) -> Step {
    let who = reviewer_text(review.reviewer.as_ref());
    let command = format!("orch review approve {0} (or reject {0})", review.id);
    Step::act(who, format!("is to do the {} review {}", review.kind, review.id), command)
}
