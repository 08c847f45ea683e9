//! Explanations of what is stuck, in every way in which work gets stuck.

use super::{Explanation, Reason, explain_review, explain_task};
use crate::model::{Ask, NewTask, ReviewId, Verdict};
use crate::report::testing::{World, add, at, busy, code, config, lore, tweet};

fn explain(world: &World, task: &str) -> Explanation {
    explain_task(world.context(), &code(task), None).unwrap()
}

/// The explanation as plain lines, indented by depth.
fn text(explanation: &Explanation) -> String {
    let mut lines = vec![explanation.headline.clone()];
    for section in &explanation.sections {
        lines.push(format!("{}:", section.title));
        section.reasons.iter().for_each(|reason| add_lines(reason, 1, &mut lines));
    }
    for step in &explanation.next {
        lines.push(format!("next: {} {}", step.by, step.what));
    }
    lines.join("\n")
}

fn add_lines(reason: &Reason, depth: usize, lines: &mut Vec<String>) {
    let at = reason.at.as_ref().map(|at| format!(" @{at}")).unwrap_or_default();
    lines.push(format!("{}{}{at}", "  ".repeat(depth), reason.text));
    reason.because.iter().for_each(|reason| add_lines(reason, depth + 1, lines));
}

#[test]
fn follows_dependencies_to_the_root_cause() {
    let mut world = busy();
    let second = NewTask { depends_on: vec![code("CONTENT-013"), code("LORE-003")], ..tweet("Sum up") };
    world.add("CONTENT-015", second);
    world.ask("mika@example.com", Ask::Block { task: code("LORE-003"), reason: "the author\nis ill".into() });
    insta::assert_snapshot!(text(&explain(&world, "CONTENT-015")), @"
    Sum up: blocked, waits for other tasks
    Blocked by:
      waits for CONTENT-013 (blocked, waits for others)
        waits for LORE-003 (blocked, on hold)
          on hold by mika@example.com since 2026-01-09T10:00:00Z: the author is ill
      waits for LORE-003 (blocked, on hold), as above
    Routing:
      route lore does not match: type `content` is not `lore` @routing.yaml:4
      route tweets matches @routing.yaml:12
        content-strategist holds 1 of 1 task, no room @agents.yaml:6
    Reviews:
      must be reviewed, tier 2 unless the task says another @reviews.yaml:30
      tier 2 Established, begins when it is delivered @reviews.yaml:18
        stage 1: cultural @reviews.yaml:20
        stage 2: coordinator @reviews.yaml:21
    next: mika@example.com or anybody else can end the hold on LORE-003
    ");
}

#[test]
fn a_cancelled_dependency_needs_somebody() {
    let mut world = busy();
    world.ask("mika@example.com", Ask::Cancel { task: code("LORE-003"), reason: None });
    insta::assert_snapshot!(text(&explain(&world, "CONTENT-013")), @"
    Tell how Ika met the band: blocked, waits for other tasks
    Blocked by:
      waits for LORE-003 (cancelled: it will never be complete)
    Routing:
      route lore does not match: type `content` is not `lore` @routing.yaml:4
      route tweets matches @routing.yaml:12
        content-strategist holds 1 of 1 task, no room @agents.yaml:6
    Reviews:
      must be reviewed, tier 2 unless the task says another @reviews.yaml:30
      tier 2 Established, begins when it is delivered @reviews.yaml:18
        stage 1: cultural @reviews.yaml:20
        stage 2: coordinator @reviews.yaml:21
    Alerts:
      waits for LORE-003, which was cancelled: it will never be unblocked
    next: somebody must drop the dependency on LORE-003, which was cancelled
    ");
}

#[test]
fn a_rejected_task_goes_back_to_its_author() {
    let mut world = busy();
    world.judge("canon-keeper", 1, Verdict::Rejected, "the date is wrong");
    insta::assert_snapshot!(text(&explain(&world, "CONTENT-010")), @"
    Create Ika personality tweet #6: in the queue, waits for room with its author content-strategist
    Routing:
      route lore does not match: type `content` is not `lore` @routing.yaml:4
      route tweets matches @routing.yaml:12
      it goes back to its author content-strategist, whatever the routes say
        content-strategist holds 1 of 1 task, no room @agents.yaml:6
      place 1 of 2 in the queue for content-strategist (by priority, deadline, age)
    Reviews:
      must be reviewed, the task says tier 1 @reviews.yaml:30
      tier 1 Novel, round 2 begins when it is delivered again @reviews.yaml:14
        stage 1: canon and cultural @reviews.yaml:16
        stage 2: coordinator @reviews.yaml:17
      canon-keeper sent it back in round 1: the date is wrong
    next: content-strategist delivers a task, then there is room for it
    ");
    let review = explain_review(world.context(), ReviewId(2), None).unwrap();
    insta::assert_snapshot!(text(&review), @"
    cultural review of CONTENT-010 Create Ika personality tweet #6: withdrawn 2026-01-09T10:00:00Z (now)
    Why it is asked for:
      the task must be reviewed @reviews.yaml:30
      tier 1 Novel, round 1 @reviews.yaml:14
      stage 1 of 2, beside canon @reviews.yaml:16
    Reviewer:
      Cultural review: cultural-consultant does them all @reviews.yaml:6
        cultural-consultant has 0 pending reviews
    ");
}

#[test]
fn nobody_takes_a_task_without_route_and_fallback() {
    let mut config = config();
    config.routing.fallback = None;
    let mut world = World::with(config);
    world.add("VIDEO-001", NewTask { kind: "video".into(), ..lore("Film the rehearsal") });
    insta::assert_snapshot!(text(&explain(&world, "VIDEO-001")), @"
    Film the rehearsal: in the queue, assigned to nobody
    Routing:
      route lore does not match: type `video` is not `lore` @routing.yaml:4
      route tweets does not match: type `video` is not `content` @routing.yaml:12
      no route matches, and there is no fallback
    Reviews:
      it needs no review: no requirement matches
    next: somebody must give it to an agent, no route does
    ");
}

#[test]
fn the_clock_is_the_next_to_act_on_an_urgent_task() {
    let mut world = World::new();
    let urgent = NewTask { priority: crate::model::Priority::P0, ..tweet("Answer the press") };
    world.ask("mika@example.com", add("CONTENT-001", urgent));
    world.now = at("15:00");
    let explanation = explain(&world, "CONTENT-1");
    let clock = explanation.next.iter().find(|step| step.by == "clock").unwrap();
    assert_eq!(clock.at.unwrap().to_string(), "2026-01-10T04:12:00Z");
    assert_eq!(clock.what, "urgent on CONTENT-001 warns");
}

#[test]
fn what_was_never_given_out_has_no_explanation() {
    let mut world = busy();
    assert_eq!(explain_task(world.context(), &code("CONTENT-999"), None), None);
    world.ask("mika@example.com", Ask::Cancel { task: code("CONTENT-012"), reason: None });
    let retired = world.state.retire_finished();
    let bare = explain(&world, "CONTENT-012");
    assert_eq!(bare.headline, "cancelled and archived: nothing happens to it any more");
    let full = explain_task(world.context(), &code("CONTENT-012"), retired.first()).unwrap();
    assert_eq!(full.headline, "Thank the fans: cancelled since 2026-01-09T10:00:00Z");
    assert_eq!(full.next, []);
}
