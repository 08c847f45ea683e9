//! What is delivered is reviewed by tier, stage after stage; a verdict that is not an approval
//! sends it back to its author, and the next delivery begins a new round.

use smol_str::format_smolstr;

use super::{Context, Reactions, Rule};
use crate::model::{
    Code, Event, Fact, Name, ReviewId, ReviewStatus, ReviewType, Stage, Task, TaskStatus, Tier, Verdict,
};

pub(super) struct Reviews;

impl Rule for Reviews {
    fn name(&self) -> &'static str {
        "reviews"
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        match &event.fact {
            Fact::TaskDelivered { task, .. } => {
                on_task(cx, task, out, |task, out| request_stage(cx, task, task.round() + 1, 0, out));
            }
            Fact::TaskImported { task } if task.status == TaskStatus::Review => {
                on_task(cx, &task.code, out, |task, out| take_over(cx, task, out));
            }
            Fact::ReviewCompleted { task, verdict: Verdict::Approved, .. } => {
                on_task(cx, task, out, |task, out| advance(cx, task, out));
            }
            Fact::ReviewCompleted { task, review, .. } => {
                on_task(cx, task, out, |task, out| send_back(task, *review, out));
            }
            Fact::TaskCancelled { task, .. } => {
                on_task(cx, task, out, |task, out| withdraw(task, "the task is cancelled", out));
            }
            _ => {}
        }
    }
}

fn on_task(cx: Context<'_>, code: &Code, out: &mut Reactions, act: impl FnOnce(&Task, &mut Reactions)) {
    if let Some(task) = cx.state.task(code) {
        act(task, out);
    }
}

/// Requests the reviews of the stage with this index (from 0); past the last one the task is complete.
fn request_stage(cx: Context<'_>, task: &Task, round: u16, index: usize, out: &mut Reactions) {
    let Some((requirement, tier)) = cx.config.reviews.tier_of(task) else {
        out.add(Fact::TaskCompleted { task: task.code.clone() }, "needs no review");
        return;
    };
    let Some(stage) = tier.stages.get(index) else {
        out.add_by(
            Fact::TaskCompleted { task: task.code.clone() },
            format_smolstr!("tier {} is approved", tier.number),
            &requirement.origin,
        );
        return;
    };
    request(cx, task, round, index, tier, stage, out);
}

fn request(
    cx: Context<'_>,
    task: &Task,
    round: u16,
    index: usize,
    tier: &Tier,
    stage: &Stage,
    out: &mut Reactions,
) {
    let first = cx.state.next_number(ReviewId::PREFIX);
    let mut asked = Vec::new();
    for (number, kind) in
        (first..).zip(stage.reviews.iter().filter_map(|name| cx.config.reviews.types.get(name)))
    {
        let reviewer = choose_reviewer(cx, task, kind, &asked);
        asked.extend(reviewer.clone());
        let fact = Fact::ReviewRequested {
            task: task.code.clone(),
            review: ReviewId(number),
            kind: kind.name.clone(),
            reviewer,
            round,
            stage: u8::try_from(index + 1).unwrap_or(u8::MAX),
        };
        let why = format_smolstr!("tier {}, stage {}", tier.number, index + 1);
        out.add_by(fact, why, &stage.origin);
    }
}

/// The reviewer with the fewest pending reviews, the earlier in the list among equals; never the author.
///
/// `asked` are those who were just given a review that the state does not hold yet, once for each.
pub(super) fn choose_reviewer(
    cx: Context<'_>,
    task: &Task,
    kind: &ReviewType,
    asked: &[Name],
) -> Option<Name> {
    let mut able = kind.reviewers.iter().filter(|name| task.author.as_ref() != Some(name));
    let first = able.next()?;
    let rest: Vec<&Name> = able.collect();
    if rest.is_empty() {
        return Some(first.clone());
    }
    let pending = |name: &Name| {
        let asked = asked.iter().filter(|reviewer| *reviewer == name).count();
        cx.state.to_review(name) as usize + asked
    };
    std::iter::once(first).chain(rest).min_by_key(|name| pending(name)).cloned()
}

/// A task that came from elsewhere in the middle of its reviews goes on from where it is.
fn take_over(cx: Context<'_>, task: &Task, out: &mut Reactions) {
    if task.pending_reviews().next().is_some() {
        return;
    }
    match task.current_reviews().max_by_key(|review| (review.requested_at, review.id)) {
        Some(last) if matches!(last.status, ReviewStatus::Rejected | ReviewStatus::ChangesRequested) => {
            send_back(task, last.id, out);
        }
        _ => advance(cx, task, out),
    }
}

/// After an approval: the next stage, once all of the present one have approved.
fn advance(cx: Context<'_>, task: &Task, out: &mut Reactions) {
    if task.status != TaskStatus::Review {
        return;
    }
    let round = task.round().max(1);
    if task.reviews.is_empty() {
        return request_stage(cx, task, round, 0, out);
    }
    if task.current_reviews().all(|review| review.status == ReviewStatus::Approved) {
        request_stage(cx, task, round, usize::from(task.stage()), out);
    }
}

/// After any other verdict: the other reviews of the round are moot, and the author gets the task back.
fn send_back(task: &Task, review: ReviewId, out: &mut Reactions) {
    if task.status != TaskStatus::Review {
        return;
    }
    withdraw(task, "another review sent the task back", out);
    let fact = Fact::TaskReturned { task: task.code.clone(), author: task.author.clone() };
    let kind = task.review(review).map_or("review", |review| review.kind.as_str());
    out.add(fact, format_smolstr!("{kind} review asks for another round"));
}

fn withdraw(task: &Task, why: &'static str, out: &mut Reactions) {
    for review in task.pending_reviews() {
        out.add(Fact::ReviewWithdrawn { task: task.code.clone(), review: review.id }, why);
    }
}
