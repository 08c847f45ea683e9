//! The worked examples of the blueprint, told to the planner alone.

use super::testing::{Team, add, at, code, content, judge, objective, team};
use super::{PlanError, Refusal};
use crate::model::{Ask, Duration, NewTask, Subject, TaskEdit, TaskStatus, Verdict};

fn complete(task: &str) -> Ask {
    Ask::Complete { task: code(task), output: Some("outputs/x.md".to_owned()) }
}

fn refusal(error: PlanError) -> Refusal {
    match error {
        PlanError::Refused { refusal, .. } => *refusal,
        other => panic!("{other}"),
    }
}

#[test]
fn creation_to_completion_at_tier_2() {
    let mut team = Team::new(team());
    let made = team.ask(at("09:00"), "boss", add("CONTENT-010", content("Ika tweet #6", "tweet", 2)));
    assert_eq!(
        made,
        ["state.created", "config.changed", "task.created CONTENT-010", "task.assigned CONTENT-010"]
    );
    assert_eq!(
        team.ask(at("09:05"), "content", Ask::Start { task: code("CONTENT-010") }),
        ["task.started CONTENT-010"]
    );
    let delivered = team.ask(at("09:30"), "content", complete("CONTENT-010"));
    assert_eq!(delivered, ["task.delivered CONTENT-010", "review.requested CONTENT-010"]);
    let approved = team.ask(at("09:40"), "cultural", judge("CONTENT-010", "cultural", Verdict::Approved));
    assert_eq!(approved, ["review.completed CONTENT-010", "review.requested CONTENT-010"]);
    let done = team.ask(at("09:50"), "coordinator", judge("CONTENT-010", "coordinator", Verdict::Approved));
    assert_eq!(done, ["review.completed CONTENT-010", "task.completed CONTENT-010"]);
    assert!(team.tick(at("09:51")).is_empty());
}

#[test]
fn a_rejection_begins_a_second_round() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("New character", "tweet", 1)));
    team.ask(at("09:10"), "content", complete("CONTENT-001"));
    assert_eq!(team.state().task(&code("CONTENT-001")).unwrap().pending_reviews().count(), 2);
    let back = team.ask(at("09:20"), "lore", judge("CONTENT-001", "canon", Verdict::Rejected));
    assert_eq!(
        back,
        [
            "review.completed CONTENT-001",
            "review.withdrawn CONTENT-001",
            "task.returned CONTENT-001",
            "task.assigned CONTENT-001"
        ]
    );
    let task = team.state().task(&code("CONTENT-001")).unwrap();
    assert_eq!((task.agent.as_deref(), task.status), (Some("content"), TaskStatus::Pending));
    team.ask(at("09:30"), "content", complete("CONTENT-001"));
    team.ask(at("09:40"), "lore", judge("CONTENT-001", "canon", Verdict::Approved));
    team.ask(at("09:41"), "cultural", judge("CONTENT-001", "cultural", Verdict::Approved));
    team.ask(at("09:42"), "coordinator", judge("CONTENT-001", "coordinator", Verdict::Approved));
    let task = team.state().task(&code("CONTENT-001")).unwrap();
    assert_eq!((task.status, task.round(), task.reviews.len()), (TaskStatus::Complete, 2, 5));
}

#[test]
fn a_dependency_unblocks_in_the_same_tick() {
    let mut team = Team::new(team());
    let mut spec = content("Mystery tweet", "tweet", 3);
    team.ask(
        at("09:00"),
        "boss",
        add("LORE-003", {
            let mut lore = content("Lore drop", "lore", 3);
            lore.kind = "lore".into();
            lore
        }),
    );
    spec.depends_on = vec![code("LORE-003")];
    let made = team.ask(at("09:01"), "boss", add("CONTENT-015", spec));
    assert_eq!(made, ["task.created CONTENT-015", "task.blocked CONTENT-015"]);
    let done = team.ask(at("09:30"), "coordinator", complete("LORE-003"));
    assert_eq!(
        done,
        [
            "task.delivered LORE-003",
            "task.completed LORE-003",
            "dependency.resolved CONTENT-015",
            "task.unblocked CONTENT-015",
            "task.assigned CONTENT-015"
        ]
    );
}

#[test]
fn a_breach_is_warned_of_escalated_by_level_and_recovers_once() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("Tweet", "tweet", 2)));
    team.ask(at("10:00"), "content", complete("CONTENT-001"));
    assert!(team.tick(at("10:47")).is_empty(), "less than 80 % of an hour");
    assert_eq!(team.tick(at("10:48")), ["sla.warned CONTENT-001"]);
    assert!(team.tick(at("10:59")).is_empty(), "within the hour");
    assert_eq!(team.tick(at("11:15")), ["sla.exceeded CONTENT-001", "task.escalated CONTENT-001"]);
    assert!(team.tick(at("11:30")).is_empty(), "once per breach and level");
    assert_eq!(
        team.tick(at("12:15")),
        ["task.escalated CONTENT-001", "sla.exceeded CONTENT-001", "task.escalated CONTENT-001"],
        "the second level, and the total review time"
    );
    let approved = team.ask(at("12:20"), "cultural", judge("CONTENT-001", "cultural", Verdict::Approved));
    assert!(approved.contains(&"sla.recovered CONTENT-001".to_owned()));
}

#[test]
fn capacity_queues_and_room_assigns_the_most_urgent() {
    let mut team = Team::new(team());
    for number in 1..=4 {
        team.ask(at("09:00"), "boss", add(&format!("CONTENT-00{number}"), content("Tweet", "tweet", 3)));
    }
    assert_eq!((team.state().load("content"), team.state().queued()), (2, 2));
    let urgent = TaskEdit { priority: Some(crate::model::Priority::P0), ..TaskEdit::default() };
    team.ask(at("09:01"), "boss", Ask::Edit { task: code("CONTENT-004"), edit: urgent });
    let events = team.ask(at("09:02"), "content", complete("CONTENT-001"));
    assert_eq!(events.last().unwrap(), "task.assigned CONTENT-004");
}

#[test]
fn strategies_choose_as_they_say() {
    let mut team = Team::new(team());
    for number in 1..=3 {
        team.ask(at("09:00"), "boss", add(&format!("A-{number}"), content("Thread", "thread", 3)));
    }
    let holder = |team: &Team, task: &str| team.state().task(&code(task)).unwrap().agent.clone().unwrap();
    let holders: Vec<_> = (1..=3).map(|number| holder(&team, &format!("A-{number}"))).collect();
    assert_eq!(holders, ["content", "community", "content"]);
    team.ask(at("09:00"), "boss", add("B-1", content("Post", "post", 3)));
    assert_eq!(holder(&team, "B-1"), "community");
}

#[test]
fn a_cancelled_dependency_raises_an_alert_that_an_edit_resolves() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("First", "tweet", 3)));
    let mut spec = content("Second", "tweet", 3);
    spec.depends_on = vec![code("CONTENT-001")];
    team.ask(at("09:00"), "boss", add("CONTENT-002", spec));
    let events = team.ask(at("09:01"), "boss", Ask::Cancel { task: code("CONTENT-001"), reason: None });
    assert_eq!(events, ["task.cancelled CONTENT-001", "alert.fired CONTENT-002"]);
    let edit = TaskEdit { depends_on: Some(Vec::new()), ..TaskEdit::default() };
    let events = team.ask(at("09:02"), "boss", Ask::Edit { task: code("CONTENT-002"), edit });
    assert_eq!(
        events,
        [
            "task.edited CONTENT-002",
            "alert.resolved CONTENT-002",
            "task.unblocked CONTENT-002",
            "task.assigned CONTENT-002"
        ]
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("First", "tweet", 2)));
    let mut spec = content("Second", "tweet", 2);
    spec.depends_on = vec![code("CONTENT-001")];
    team.ask(at("09:00"), "boss", add("CONTENT-002", spec));
    let ask = |actor: &str, ask: Ask| refusal(team.try_ask(at("09:05"), actor, vec![ask]).unwrap_err());
    let edit = TaskEdit { depends_on: Some(vec![code("CONTENT-002")]), ..TaskEdit::default() };
    let cycle = ask("boss", Ask::Edit { task: code("CONTENT-001"), edit });
    assert_eq!(
        cycle.to_string(),
        "task `CONTENT-001` would wait for itself: CONTENT-001 → CONTENT-002 → CONTENT-001"
    );
    assert!(matches!(ask("boss", Ask::Start { task: code("CONTENT-009") }), Refusal::UnknownTask { .. }));
    assert!(matches!(ask("lore", Ask::Start { task: code("CONTENT-001") }), Refusal::NotYours { .. }));
    assert!(matches!(ask("boss", Ask::Start { task: code("CONTENT-002") }), Refusal::WrongStatus { .. }));
    assert!(matches!(
        ask("boss", add("CONTENT-1", content("Again", "tweet", 2))),
        Refusal::TaskExists { .. }
    ));
    assert!(matches!(ask("boss", add("X-1", content("Tier 9", "tweet", 9))), Refusal::UnknownTier { .. }));
}

#[test]
fn nobody_reviews_their_own_work() {
    let mut config = team();
    config.routing.fallback = Some(("lore".into(), config.agents["lore"].origin.clone()));
    let mut team = Team::new(config);
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("By the canon reviewer", "poem", 1)));
    team.ask(at("09:05"), "lore", complete("CONTENT-001"));
    let task = team.state().task(&code("CONTENT-001")).unwrap();
    let reviewers: Vec<_> = task.pending_reviews().map(|review| review.reviewer.as_deref()).collect();
    assert_eq!(reviewers, [None, Some("cultural")]);
    let own = team.try_ask(at("09:06"), "lore", vec![judge("CONTENT-001", "canon", Verdict::Approved)]);
    assert!(matches!(refusal(own.unwrap_err()), Refusal::OwnWork { .. }));
    team.ask(at("09:07"), "human", judge("CONTENT-001", "canon", Verdict::Approved));
}

#[test]
fn a_removed_agent_gives_everything_back() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("Tweet", "tweet", 3)));
    team.config.agents.shift_remove("content");
    team.config.routing.routes.clear();
    let planned =
        super::plan(&team.config, team.state.clone(), &super::Inputs::new(at("09:01"), "beef".into(), &[]))
            .unwrap();
    let kinds: Vec<_> = planned.plan.events.iter().map(|event| event.fact.kind()).collect();
    assert_eq!(kinds, ["config.changed", "task.unassigned", "task.assigned"]);
    assert_eq!(planned.state.task(&code("CONTENT-001")).unwrap().agent.as_deref(), Some("coordinator"));
}

#[test]
fn a_declared_task_that_must_wait_is_given_to_nobody() {
    let mut config = team();
    let mut waits = content("Second", "tweet", 3);
    waits.depends_on = vec![code("CONTENT-001")];
    for (name, spec) in [("CONTENT-001", content("First", "tweet", 3)), ("CONTENT-002", waits)] {
        let origin = config.agents["content"].origin.clone();
        config.tasks.push(crate::model::DeclaredTask { code: code(name), spec, origin });
    }
    let mut team = Team::new(config);
    team.tick(at("09:00"));
    assert_eq!(team.state().task(&code("CONTENT-002")).unwrap().agent, None);
    assert_eq!(team.state().load("content"), 1);
}

#[test]
fn requests_of_one_tick_may_build_on_each_other() {
    let team = Team::new(team());
    let asks = vec![
        add("CONTENT-001", content("Tweet", "tweet", 3)),
        Ask::Start { task: code("CONTENT-001") },
        complete("CONTENT-001"),
        judge("CONTENT-001", "coordinator", Verdict::Approved),
    ];
    let planned = team.try_ask(at("09:00"), "boss", asks).unwrap();
    assert_eq!(planned.state.task(&code("CONTENT-001")).unwrap().status, TaskStatus::Complete);
}

#[test]
fn a_declared_cycle_through_a_task_of_the_state_is_an_alert_until_it_is_gone() {
    let mut team = Team::new(team());
    let origin = team.config.agents["content"].origin.clone();
    let spec = content("Declared", "tweet", 3);
    team.config.tasks.push(crate::model::DeclaredTask { code: code("CONTENT-001"), spec, origin });
    team.tick(at("09:00"));
    let mut waits = content("Added", "tweet", 3);
    waits.depends_on = vec![code("CONTENT-001")];
    team.ask(at("09:01"), "boss", add("CONTENT-002", waits));
    team.config.tasks[0].spec.depends_on = vec![code("CONTENT-002")];
    team.config_id = "beef".into();
    assert_eq!(team.tick(at("09:02")), ["config.changed", "alert.fired CONTENT-001"]);
    assert!(team.tick(at("09:03")).is_empty());
    let edit = TaskEdit { depends_on: Some(Vec::new()), ..TaskEdit::default() };
    let events = team.ask(at("09:04"), "boss", Ask::Edit { task: code("CONTENT-002"), edit });
    assert!(events.contains(&"alert.resolved CONTENT-001".to_owned()), "{events:?}");
    assert_eq!(team.state().task(&code("CONTENT-001")).unwrap().status, TaskStatus::Blocked);
}

#[test]
fn a_cycle_through_a_declared_task_is_refused_before_that_is_created() {
    let mut config = team();
    let mut spec = content("Declared", "tweet", 3);
    spec.depends_on = vec![code("CONTENT-001")];
    let mut team = Team::new(config.clone());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("First", "tweet", 3)));
    let origin = config.agents["content"].origin.clone();
    config.tasks.push(crate::model::DeclaredTask { code: code("CONTENT-002"), spec, origin });
    team.config = config;
    let edit = TaskEdit { depends_on: Some(vec![code("CONTENT-002")]), ..TaskEdit::default() };
    let asks = vec![Ask::Edit { task: code("CONTENT-001"), edit }];
    let refused = refusal(team.try_ask(at("09:01"), "boss", asks).unwrap_err());
    assert!(matches!(refused, Refusal::Cycle { .. }), "{refused}");
}

#[test]
fn a_dependency_named_twice_is_waited_for_once() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("First", "tweet", 3)));
    let twice = vec![code("CONTENT-001"), code("CONTENT-001")];
    let mut spec = content("Second", "tweet", 3);
    spec.depends_on.clone_from(&twice);
    team.ask(at("09:00"), "boss", add("CONTENT-002", spec));
    assert_eq!(team.state().task(&code("CONTENT-002")).unwrap().waiting_on, [code("CONTENT-001")]);
    let edit = TaskEdit { depends_on: Some(twice), ..TaskEdit::default() };
    let again = vec![Ask::Edit { task: code("CONTENT-002"), edit }];
    let refused = refusal(team.try_ask(at("09:01"), "boss", again).unwrap_err());
    assert!(matches!(refused, Refusal::NothingToEdit { .. }), "{refused}");
}

#[test]
fn the_reviews_of_a_stage_are_spread_over_reviewers_that_share_them() {
    let mut config = team();
    for kind in ["canon", "cultural"] {
        config.reviews.types[kind].reviewers = vec!["lore".into(), "cultural".into()];
    }
    let mut team = Team::new(config);
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("Novel", "tweet", 1)));
    team.ask(at("09:01"), "content", complete("CONTENT-001"));
    let task = team.state().task(&code("CONTENT-001")).unwrap();
    let reviewers: Vec<_> = task.pending_reviews().map(|review| review.reviewer.as_deref()).collect();
    assert_eq!(reviewers, [Some("lore"), Some("cultural")]);
}

#[test]
fn a_task_imported_after_a_rejection_goes_back_to_its_author() {
    use crate::model::{Review, ReviewId, ReviewStatus, Task};
    let mut task = Task::new(code("IM-1"), content("Imported", "tweet", 2), at("08:00"));
    task.status = TaskStatus::Review;
    task.agent = Some("content".into());
    task.reviews.push(Review {
        id: ReviewId(0),
        kind: "cultural".into(),
        reviewer: Some("cultural".into()),
        status: ReviewStatus::Rejected,
        round: 1,
        stage: 1,
        requested_at: at("08:10"),
        completed_at: Some(at("08:20")),
        rating: None,
        minutes: None,
        notes: None,
    });
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", Ask::Import { tasks: vec![task] });
    let task = team.state().task(&code("IM-1")).unwrap();
    assert_eq!((task.status, task.agent.as_deref()), (TaskStatus::Pending, Some("content")));
}

#[test]
fn what_was_put_on_hold_goes_back_to_whom_it_was_given() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("Tweet", "tweet", 3)));
    team.ask(at("09:01"), "boss", Ask::Reassign { task: code("CONTENT-001"), to: "community".into() });
    team.ask(at("09:02"), "boss", Ask::Block { task: code("CONTENT-001"), reason: "wait".to_owned() });
    team.ask(at("09:03"), "boss", Ask::Unblock { task: code("CONTENT-001") });
    assert_eq!(team.state().task(&code("CONTENT-001")).unwrap().agent.as_deref(), Some("community"));
}

#[test]
fn a_tier_that_is_gone_does_not_spare_the_review() {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("Tweet", "tweet", 2)));
    team.config.reviews.tiers.remove(&2);
    team.config_id = "beef".into();
    let events = team.ask(at("09:01"), "content", complete("CONTENT-001"));
    assert_eq!(events.iter().filter(|event| event.starts_with("review.requested")).count(), 2, "tier 1");
}

#[test]
fn imported_reviews_after_a_rejection_are_of_the_next_round() {
    let line = r#"{"code":"IM-2","title":"Imported","type":"content","content_type":"tweet","tier":3,"status":"review","agent":"content","created_at":"2026-01-09T07:00:00Z","reviews":[{"type":"coordinator","reviewer":"coordinator","status":"rejected","requested_at":"2026-01-09T07:10:00Z","completed_at":"2026-01-09T07:20:00Z","notes":"no"},{"type":"coordinator","reviewer":"coordinator","status":"pending","requested_at":"2026-01-09T08:00:00Z"}]}"#;
    let (_, tasks) = crate::observe::tasks("t.jsonl", line).unwrap();
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", Ask::Import { tasks });
    let task = team.state().task(&code("IM-2")).unwrap();
    assert_eq!((task.round(), task.delivered_at), (2, Some(at("08:00"))));
    let events = team.ask(at("09:05"), "coordinator", judge("IM-2", "coordinator", Verdict::Approved));
    assert!(events.contains(&"task.completed IM-2".to_owned()), "{events:?}");
}

#[test]
fn an_agent_that_gives_no_sign_of_having_begun_is_told_of_until_it_does() {
    let mut config = team();
    config.objectives = vec![objective("response", Subject::Response, None, 2)];
    let mut team = Team::new(config);
    team.ask(at("09:00"), "boss", add("CONTENT-001", content("Tweet", "tweet", 3)));
    assert!(team.tick(at("09:01")).is_empty());
    assert_eq!(team.tick(at("09:02")), ["sla.exceeded CONTENT-001", "task.escalated CONTENT-001"]);
    // Whoever gets it instead has its own time, which ends with its start.
    let reassign = Ask::Reassign { task: code("CONTENT-001"), to: "community".into() };
    assert!(team.ask(at("09:03"), "boss", reassign).contains(&"sla.recovered CONTENT-001".to_owned()));
    assert!(team.tick(at("09:04")).is_empty());
    let start = Ask::Start { task: code("CONTENT-001") };
    assert_eq!(team.ask(at("09:04"), "community", start), ["task.started CONTENT-001"]);
    assert!(team.tick(at("12:00")).is_empty());
    // A task that waits for another one, or for room, is nobody's yet.
    let later = NewTask { depends_on: vec![code("CONTENT-001")], ..content("Tweet", "tweet", 3) };
    team.ask(at("12:00"), "boss", add("CONTENT-002", later));
    assert!(team.tick(at("13:00")).is_empty());
    // A claim is a sign too.
    team.ask(at("13:00"), "boss", add("CONTENT-003", content("Tweet", "tweet", 3)));
    let claim = Ask::Claim { task: code("CONTENT-003"), agent: None, ttl: Duration::from_minutes(600) };
    team.ask(at("13:01"), "content", claim);
    assert!(team.tick(at("13:30")).iter().all(|event| !event.starts_with("sla.")));
}
