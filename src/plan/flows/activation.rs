//! Agents that are called to their tasks.

mod properties;
mod told;

use serde_json::{Value, json};

use super::{World, at, ended, exit, only, run_id};
use crate::model::{Ask, Called, Ended, FlowAsk, NewTask, Time, Verdict};
use crate::plan::PlanError;
use crate::plan::testing::{code, content, judge};

const TEAM: &str = "agents:
  - name: writer
    title: The Writer
    max_active: 2
    activate:
      with:
        - { id: ollama, run: one, retry: 1 }
        - { id: kimi, run: two, retry: 1 }
        - { id: claude, run: three, retry: 1 }
  - { name: editor }
  - { name: chief, max_active: 1 }
";
const ROUTES: &str = "fallback: writer\n";
const REVIEWS: &str = "types: [{ name: edit, title: Edit, reviewers: editor }]
tiers: [{ tier: 1, stages: [edit] }]
required: [{ match: { type: content }, default_tier: 1 }]
";
/// What is told of agents, their runs and the alerts.
const CALLS: &[&str] = &["agent.activat", "run.", "alert."];

fn world_of(team: &str) -> World {
    World::new(&[("agents.yaml", team), ("routing.yaml", ROUTES), ("reviews.yaml", REVIEWS)])
}

fn task(title: &str) -> NewTask {
    content(title, "post", 1)
}

fn add(world: &mut World, text: &str, spec: NewTask) -> Vec<String> {
    let events = world.demand("boss", Ask::Add { code: Some(code(text)), prefix: None, spec });
    only(&events, CALLS)
}

fn activate(task: Option<&str>) -> Ask {
    Ask::Activate { agent: "writer".into(), task: task.map(code) }
}

fn refused(world: &World, ask: Ask) -> (String, String) {
    let requests = [crate::model::Request::new("boss", ask)];
    match world.try_plan(&requests, &[], false).unwrap_err() {
        PlanError::Refused { refusal, .. } => (refusal.to_string(), refusal.hint().unwrap_or_default()),
        other => panic!("{other}"),
    }
}

/// What a run was told when it was made.
fn event(world: &World, run: &str) -> Value {
    Value::Object(world.state().run(run).unwrap().started.event.clone())
}

/// How often a task's agent was called, and why the last time.
fn calls(world: &World, text: &str) -> (usize, Option<Called>) {
    let of = |event: &&crate::model::Event| {
        event.fact.kind() == "agent.activated" && event.fact.task() == Some(&code(text))
    };
    let by = world.state().task(&code(text)).and_then(|task| Some(task.activation.as_ref()?.by));
    (world.log.iter().filter(of).count(), by)
}

#[test]
fn once_when_it_has_work_and_not_again() {
    let mut world = world_of(TEAM);
    assert_eq!(
        add(&mut world, "T-1", task("One")),
        [
            "agent.activated",
            "run.created activate-writer#1",
            "run.started activate-writer#1",
            "run.leased activate-writer#1"
        ]
    );
    assert!(world.again().is_empty());
    assert_eq!(world.succeed(), ["activate-writer#1/ollama"]);
    assert_eq!(world.status("activate-writer#1"), "succeeded");
    assert!(world.tick("09:00").is_empty());
    world.demand("writer", Ask::Start { task: code("T-1") });
    assert_eq!(calls(&world, "T-1"), (1, Some(Called::Work)));
    let told = event(&world, "activate-writer#1");
    assert_eq!(
        (&told["agent"], &told["by"], &told["task"]["code"]),
        (&json!("writer"), &json!("work"), &json!("T-1"))
    );
    world.check();
}

#[test]
fn what_waits_is_called_for_when_it_can_begin_with_what_it_builds_on() {
    let mut world = world_of(TEAM);
    let lore = NewTask { kind: "lore".into(), tier: None, ..task("Lore") };
    add(&mut world, "L-1", lore);
    let waits = NewTask { depends_on: vec![code("L-1")], ..task("Tweet") };
    assert!(add(&mut world, "T-1", waits).is_empty(), "it waits for another");
    world.succeed();
    world.demand("writer", Ask::Complete { task: code("L-1"), output: Some("lore/ika.md".to_owned()) });
    assert_eq!(calls(&world, "T-1"), (1, Some(Called::Work)));
    let told = event(&world, "activate-writer#2");
    let expected = json!([{"code": "L-1", "title": "Lore", "status": "complete", "output": "lore/ika.md"}]);
    assert_eq!(told["dependencies"], expected);
    // On hold: not before somebody lets it go on, and then anew.
    world.succeed();
    world.demand("boss", Ask::Block { task: code("T-1"), reason: "the fair".to_owned() });
    assert!(world.tick("10:00").is_empty());
    world.demand("boss", Ask::Unblock { task: code("T-1") });
    assert_eq!(calls(&world, "T-1").0, 2);
    world.check();
}

#[test]
fn what_a_review_returned_is_called_for_again_with_its_notes() {
    let mut world = world_of(TEAM);
    add(&mut world, "T-1", task("One"));
    world.succeed();
    world.demand("writer", Ask::Complete { task: code("T-1"), output: None });
    let events = world.demand("editor", judge("T-1", "edit", Verdict::ChangesRequested));
    assert_eq!(only(&events, CALLS)[..2], ["agent.activated", "run.created activate-writer#2"]);
    let told = event(&world, "activate-writer#2");
    let expected = json!([{
        "review": "REVIEW-001", "type": "edit", "reviewer": "editor", "verdict": "changes_requested",
        "rating": null, "notes": "not yet",
    }]);
    assert_eq!((&told["notes"], &told["task"]["author"]), (&expected, &json!("writer")));
    world.succeed();
    // The second round is another delivery; its notes are those of that round alone.
    world.demand("writer", Ask::Complete { task: code("T-1"), output: None });
    world.demand("editor", judge("T-1", "edit", Verdict::Rejected));
    assert_eq!(calls(&world, "T-1").0, 3);
    assert_eq!(event(&world, "activate-writer#3")["notes"][0]["review"], json!("REVIEW-002"));
    world.succeed();
    world.check();
}

#[test]
fn no_more_than_the_agent_can_hold() {
    let mut world = world_of(TEAM);
    for text in ["T-1", "T-2", "T-3"] {
        add(&mut world, text, task(text));
    }
    world.succeed();
    assert_eq!((calls(&world, "T-1").0, calls(&world, "T-2").0, calls(&world, "T-3").0), (1, 1, 0));
    world.demand("writer", Ask::Complete { task: code("T-1"), output: None });
    assert_eq!(calls(&world, "T-3"), (1, Some(Called::Work)), "there is room for it");
    world.check();
}

#[test]
fn a_paused_agent_is_left_alone() {
    let mut world = world_of(TEAM);
    add(&mut world, "T-1", task("One"));
    add(&mut world, "T-2", task("Two"));
    // The first call has begun, the second waits its turn.
    let begun = world.begin();
    let pause = || FlowAsk::PauseAgent { agent: "writer".into(), why: None };
    world.ask("boss", pause());
    world.report(&begun[0], exit(1));
    assert!(world.effects.is_empty(), "neither the next way of the first call nor the second call");
    assert_eq!(refused(&world, activate(None)).0, "agent `writer` is paused");
    world.tick("09:00");
    assert!(world.effects.is_empty());
    world.ask("boss", FlowAsk::ResumeAgent { agent: "writer".into() });
    assert_eq!(world.succeed(), ["activate-writer#1/kimi", "activate-writer#2/ollama"]);
    // What it was given before it was paused, and is not called to yet.
    let mut world = world_of(&TEAM.replace("activate:", "activate:\n      when: asked"));
    add(&mut world, "T-1", task("One"));
    world.ask("boss", pause());
    redefine(&mut world, TEAM);
    assert!(only(&world.tick("09:00"), CALLS).is_empty());
    let events = world.ask("boss", FlowAsk::ResumeAgent { agent: "writer".into() });
    assert_eq!(only(&events, CALLS)[0], "agent.activated");
    world.check();
}

fn redefine(world: &mut World, team: &str) {
    world.end_rounds();
    world.config =
        super::config(&[("agents.yaml", team), ("routing.yaml", ROUTES), ("reviews.yaml", REVIEWS)]);
    world.config_id.push('1');
}

#[test]
fn ways_are_tried_in_order_until_one_works() {
    for (fails, done, status, why) in [
        (vec![], vec!["ollama"], "succeeded", ""),
        (vec!["ollama"], vec!["ollama", "kimi"], "succeeded", ""),
        (vec!["ollama", "kimi"], vec!["ollama", "kimi", "claude"], "succeeded", ""),
        (
            vec!["ollama", "kimi", "claude"],
            vec!["ollama", "kimi", "claude"],
            "failed",
            "ollama: exit code 1; kimi: exit code 1; claude: exit code 1",
        ),
    ] {
        let mut world = world_of(TEAM);
        add(&mut world, "T-1", task("One"));
        let done: Vec<_> = done.iter().map(|step| format!("activate-writer#1/{step}")).collect();
        assert_eq!(world.fail(&fails), done);
        assert_eq!(
            (world.status("activate-writer#1"), world.why("activate-writer#1").as_str()),
            (status, why)
        );
        world.check();
    }
}

#[test]
fn a_condition_of_its_own_passes_a_way_over() {
    let team = TEAM
        .replace("run: one,", "run: one, if: \"'local' in event.task.spec.labels\",")
        .replace("run: three,", "run: three, if: event.task.spec.priority == 'P0',");
    let mut world = world_of(&team);
    add(&mut world, "T-1", NewTask { labels: vec!["other".into()], ..task("One") });
    assert_eq!(world.succeed(), ["activate-writer#1/kimi"]);
    // Nothing else was left to be tried.
    add(&mut world, "T-2", NewTask { labels: vec!["other".into()], ..task("Two") });
    assert_eq!(world.fail(&["kimi"]), ["activate-writer#2/kimi"]);
    assert_eq!(
        (world.status("activate-writer#2"), world.why("activate-writer#2").as_str()),
        ("failed", "kimi: exit code 1")
    );
    let team = TEAM.replace("retry: 1 }", "retry: 1, if: event.task.spec.priority == 'P0' }");
    let mut world = world_of(&team);
    add(&mut world, "T-1", task("One"));
    assert_eq!(world.why("activate-writer#1"), "nothing was tried: no `if` under `with` held");
    world.check();
}

#[test]
fn when_nothing_works_somebody_hears_of_it_and_the_task_stays() {
    let mut world = world_of(TEAM);
    add(&mut world, "T-1", task("One"));
    world.fail(&["ollama", "kimi", "claude"]);
    assert_eq!((world.count("agent.activation_failed"), world.count("alert.fired")), (1, 1));
    let task = world.state().task(&code("T-1")).unwrap();
    assert_eq!(task.agent.as_deref(), Some("writer"));
    let failed = task.activation.as_ref().unwrap().failed.as_deref();
    assert_eq!(failed, Some("ollama: exit code 1; kimi: exit code 1; claude: exit code 1"));
    let alerts: Vec<_> = world.state().meta.alerts.values().cloned().collect();
    assert_eq!(
        alerts,
        [
            "writer could not be activated: ollama: exit code 1; kimi: exit code 1; claude: exit code 1; `orch agent activate writer T-1` tries again"
        ]
    );
    assert!(world.tick("09:00").is_empty(), "not tried again by itself");
    world.check();
    // Once more, by hand.
    let events = world.demand("boss", activate(Some("T-1")));
    let expected = [
        "agent.activated",
        "run.created activate-writer#2",
        "alert.resolved",
        "run.started activate-writer#2",
        "run.leased activate-writer#2",
    ];
    assert_eq!(only(&events, CALLS), expected);
    world.fail(&["ollama", "kimi", "claude"]);
    assert_eq!(world.state().meta.alerts.len(), 1);
    world.demand("writer", Ask::Complete { task: code("T-1"), output: None });
    assert!(world.state().meta.alerts.is_empty(), "it was delivered all the same");
    world.check();
}

#[test]
fn workflows_hear_of_calls_and_of_their_failure() {
    let hears = "name: Hears\non: { event: { types: agent.activation_failed, match: { type: content } } }\nsteps:\n  - { id: a, state.set: { key: heard, value: \"{{ event.agent }} {{ event.task.code }} {{ event.run }}\" } }\n";
    let sees = "name: Sees\non: { event: agent.activated }\nsteps:\n  - { id: a, state.set: { key: seen, value: \"{{ event.agent }} {{ event.by }} {{ event.dependencies | length }}\" } }\n";
    let mut world = World::new(&[
        ("agents.yaml", TEAM),
        ("routing.yaml", ROUTES),
        ("reviews.yaml", REVIEWS),
        ("workflows/hears.yaml", hears),
        ("workflows/sees.yaml", sees),
    ]);
    add(&mut world, "T-1", task("One"));
    world.fail(&["ollama", "kimi", "claude"]);
    let value = |key: &str| world.state().meta.values[key].value.clone();
    assert_eq!(value("heard"), json!("writer T-1 activate-writer#1"));
    assert_eq!(value("seen"), json!("writer work 0"));
}

#[test]
fn calls_that_keep_failing_pause_themselves_as_workflows_do() {
    let mut world = world_of(TEAM);
    add(&mut world, "T-1", task("One"));
    for _ in 0..2 {
        world.fail(&["ollama", "kimi", "claude"]);
        world.demand("boss", activate(None));
    }
    world.fail(&["ollama", "kimi", "claude"]);
    assert_eq!((world.count("workflow.paused"), world.count("run.escalated")), (1, 1));
    world.demand("boss", activate(None));
    assert!(world.effects.is_empty(), "it waits until somebody resumes");
    world.ask("boss", FlowAsk::Resume { workflow: Some("activate-writer".into()) });
    assert_eq!(world.succeed(), ["activate-writer#4/ollama"]);
    world.check();
}

/// The same team, called at times and by hand only.
fn scheduled(cron: &str, zone: &str) -> World {
    let on = format!(
        "activate:\n      when: asked\n      on: {{ schedule: {{ cron: '{cron}', timezone: {zone} }} }}"
    );
    world_of(&TEAM.replace("activate:", &on))
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

#[test]
fn by_schedule_it_is_called_to_all_that_it_holds() {
    let mut world = scheduled("0,10 9 * * 1-5", "Asia/Tokyo");
    add(&mut world, "T-1", task("One"));
    add(&mut world, "T-2", task("Two"));
    world.demand("writer", Ask::Start { task: code("T-2") });
    assert!(world.effects.is_empty(), "not before its time");
    // A Friday; nine o'clock of Monday in Tokyo is midnight of Greenwich.
    assert_eq!(world.due, Some(time("2026-11-23T00:00:00Z")));
    world.now = time("2026-11-23T00:00:00Z");
    let events = only(&world.again(), &["schedule.", "agent.activat", "run.created"]);
    assert_eq!(
        events,
        [
            "schedule.fired",
            "agent.activated",
            "agent.activated",
            "run.created activate-writer#1",
            "run.created activate-writer#2"
        ]
    );
    // What it has begun comes first.
    assert_eq!(event(&world, "activate-writer#1")["task"]["code"], json!("T-2"));
    assert_eq!(calls(&world, "T-1"), (1, Some(Called::Schedule)));
    assert!(world.again().iter().all(|event| !event.starts_with("agent")));
    // At the next time one call still goes on, and the other waits its turn: none is made a second time.
    world.begin();
    world.now = time("2026-11-23T00:10:00Z");
    assert_eq!(only(&world.again(), &["schedule.", "agent.activat"]), ["schedule.fired"]);
    // Without work there is no call.
    let mut world = scheduled("0 9 * * *", "Asia/Tokyo");
    world.now = time("2026-11-21T00:00:00Z");
    assert_eq!(world.again(), ["schedule.fired"]);
    world.check();
}

#[test]
fn a_schedule_keeps_to_the_clock_of_its_zone() {
    let mut world = scheduled("0 9 * * *", "America/New_York");
    add(&mut world, "T-1", task("One"));
    // In 2027 the clocks of New York go forward on 14 March.
    for (before, at, calls_so_far) in [
        ("2027-03-13T13:59:00Z", "2027-03-13T14:00:00Z", 2),
        ("2027-03-14T12:59:00Z", "2027-03-14T13:00:00Z", 3),
        ("2027-03-15T12:59:00Z", "2027-03-15T13:00:00Z", 4),
    ] {
        world.now = time(before);
        world.again();
        world.succeed();
        assert_eq!(calls(&world, "T-1").0, calls_so_far - 1, "{before}");
        world.now = time(at);
        world.again();
        world.succeed();
        assert_eq!(calls(&world, "T-1").0, calls_so_far, "{at}");
    }
    world.check();
}

#[test]
fn late_slots_call_once() {
    let team =
        TEAM.replace("activate:", "activate:\n      on: { schedule: { cron: '0 * * * *', catch_up: all } }");
    let mut world = world_of(&team);
    world.now = at("12:30");
    let events = world.demand("boss", Ask::Add { code: Some(code("T-1")), prefix: None, spec: task("One") });
    assert_eq!(only(&events, &["schedule.fired"]).len(), 4);
    assert_eq!(calls(&world, "T-1").0, 1, "by its work, and by none of the slots");
    world.succeed();
    world.now = at("15:30");
    world.again();
    assert_eq!(calls(&world, "T-1"), (2, Some(Called::Schedule)));
    world.check();
}

#[test]
fn by_hand_for_one_task_or_for_all() {
    let mut world = scheduled("0 9 * * 1-5", "Asia/Tokyo");
    let none = |agent: &str| Ask::Activate { agent: agent.into(), task: None };
    for (ask, why, hint) in [
        (
            activate(None),
            "agent `writer` holds no task that it could be called to",
            "`orch explain writer` says what comes to it",
        ),
        (
            none("editor"),
            "agent `editor` has no `activate`, so nothing calls it",
            "say how under `activate` of `editor` in agents.yaml",
        ),
        (none("writter"), "agent `writter` is not declared", "did you mean `writer`?"),
        (activate(Some("T-9")), "task `T-9` does not exist", "`orch task list` shows all tasks"),
    ] {
        assert_eq!(refused(&world, ask), (why.to_owned(), hint.to_owned()));
    }
    for text in ["T-1", "T-2", "T-3"] {
        add(&mut world, text, task(text));
    }
    let events = world.demand("boss", activate(Some("T-2")));
    assert_eq!(only(&events, CALLS)[..2], ["agent.activated", "run.created activate-writer#1"]);
    let run = world.state().run("activate-writer#1").unwrap();
    assert_eq!((run.started.actor.as_deref(), run.started.by.as_str()), (Some("boss"), "agent.activated"));
    let (why, hint) = refused(&world, activate(Some("T-2")));
    assert_eq!(why, "agent `writer` is being called to task `T-2` already: run `activate-writer#1` goes on");
    assert!(hint.contains("orch runs cancel activate-writer#1"), "{hint}");
    assert_eq!(
        refused(&world, activate(Some("T-3"))).0,
        "task `T-3` waits in the queue and is assigned to nobody yet"
    );
    // Of all that it holds, the one to which it is being called is left out.
    world.demand("boss", activate(None));
    assert_eq!((calls(&world, "T-1").0, calls(&world, "T-2").0, calls(&world, "T-3").0), (1, 1, 0));
    world.succeed();
    world.demand("boss", Ask::Block { task: code("T-1"), reason: "the fair".to_owned() });
    let (why, hint) = refused(&world, activate(Some("T-1")));
    assert_eq!(
        (why.as_str(), hint.as_str()),
        ("task `T-1` is blocked, so it cannot be worked on", "`orch explain T-1` says why")
    );
    world.demand("boss", Ask::Add { code: Some(code("T-4")), prefix: None, spec: task("Four") });
    world.demand("boss", Ask::Reassign { task: code("T-3"), to: "chief".into() });
    assert_eq!(
        refused(&world, activate(Some("T-3"))).0,
        "task `T-3` is assigned to `chief`, not to `writer`"
    );
    world.ask("boss", FlowAsk::Disable { workflow: "activate-writer".into(), why: None });
    assert_eq!(refused(&world, activate(None)).0, "workflow `activate-writer` is switched off");
    world.check();
}

#[test]
fn its_workflow_is_run_for_an_agent_only() {
    let mut world = world_of(TEAM);
    let inputs = serde_json::Map::new();
    let run = FlowAsk::Run { workflow: "activate-writer".into(), inputs, parent: None };
    let (why, hint) = refused(&world, Ask::Flow(run));
    assert_eq!(why, "workflow `activate-writer` calls agent `writer`, and is not run by itself");
    assert_eq!(hint, "`orch agent activate writer` does");
    add(&mut world, "T-1", task("One"));
    world.succeed();
    let (_, hint) = refused(&world, Ask::Flow(FlowAsk::RetryRun { run: run_id("activate-writer#1") }));
    assert_eq!(hint, "`orch agent activate writer T-1` does, with the task as it stands now");
}

#[test]
fn what_is_in_other_hands_is_not_called_for() {
    // Before anything began: the call that waits its turn is dropped.
    let mut world = world_of(TEAM);
    add(&mut world, "T-1", task("One"));
    add(&mut world, "T-2", task("Two"));
    let begun = world.begin();
    world.demand("boss", Ask::Reassign { task: code("T-2"), to: "chief".into() });
    assert_eq!(world.why("activate-writer#2"), "T-2 is with chief now");
    // While the agent is at it: stopped when the task is cancelled.
    world.demand("boss", Ask::Cancel { task: code("T-1"), reason: None });
    assert_eq!(
        (world.status("activate-writer#1"), world.why("activate-writer#1").as_str()),
        ("cancelled", "T-1 is cancelled")
    );
    world.report(&begun[0], ended(Ended::Cancelled));
    world.give_back();
    world.check();
    // The first way failed after the agent had delivered: the others are not tried.
    let mut world = world_of(TEAM);
    add(&mut world, "T-1", task("One"));
    let begun = world.begin();
    world.demand("writer", Ask::Complete { task: code("T-1"), output: None });
    assert_eq!(world.status("activate-writer#1"), "running", "the agent may have something left to do");
    world.report(&begun[0], exit(1));
    assert!(world.effects.is_empty());
    assert_eq!(
        (world.status("activate-writer#1"), world.why("activate-writer#1").as_str()),
        ("cancelled", "T-1 is in review")
    );
    world.check();
}

#[test]
fn a_tick_that_dies_in_between_calls_nobody_twice() {
    let mut world = world_of(TEAM);
    add(&mut world, "T-1", task("One"));
    // The plan is a commit: what died before is planned again, what died after is not made again.
    world.begin();
    let mut other = world;
    other.holder = Some("other");
    other.dead.push("tick".into());
    let events = other.again();
    assert!(only(&events, &["agent.activat", "run.created"]).is_empty(), "{events:?}");
    assert_eq!(calls(&other, "T-1").0, 1);
    other.now = at("08:30");
    other.again();
    let done = other.play(&|_| exit(0));
    assert_eq!(done, ["activate-writer#1/ollama 2"], "the same call goes on, by the rules of its step");
    other.check();
}

#[test]
fn who_delivers_from_a_runner_is_not_cut_short() {
    let mut world = world_of(&TEAM.replace("run: one,", "run: one, runs_on: github-actions,"));
    add(&mut world, "T-1", task("One"));
    // A runner was sent for; what it does is a run of its own, for which this one waits.
    for effect in world.begin() {
        world.report(&effect, exit(0));
    }
    assert_eq!(world.state().run("activate-writer#1").unwrap().steps.running(), 0);
    world.demand("writer", Ask::Complete { task: code("T-1"), output: None });
    assert_eq!(world.status("activate-writer#1"), "running");
    world.check();
}

#[test]
fn a_claim_is_the_agents_own_doing() {
    let routes = "routes: [{ name: open, match: { type: content }, to: [writer], strategy: claim }]\nfallback: writer\n";
    let mut world = World::new(&[("agents.yaml", TEAM), ("routing.yaml", routes), ("reviews.yaml", REVIEWS)]);
    add(&mut world, "T-1", task("One"));
    let ttl = crate::model::Duration::from_minutes(60);
    let events = world.demand("writer", Ask::Claim { task: code("T-1"), agent: None, ttl });
    assert!(only(&events, CALLS).is_empty(), "{events:?}");
    world.check();
}
