//! What people see of a small team at work.

use super::{
    Outcome, PlanView, Saved, Style, TaskView, agent_list, agent_show, event_list, explanation, outcome,
    plan, review_list, sla_status, status, task_list, task_show,
};
use crate::model::{Ask, NewTask, Priority, ReviewId, ReviewRef, TaskStatus, Verdict};
use crate::report::testing::{World, add, at, busy, code, tweet};
use crate::report::{
    EventFilter, ReviewFilter, TaskFilter, explain_agent, explain_review, explain_task, overview, standings,
    workloads,
};

const PAGE: Style = Style { colour: false, width: Some(100) };

fn reject() -> Ask {
    Ask::Judge {
        review: ReviewRef::Id(ReviewId(1)),
        verdict: Verdict::Rejected,
        rating: Some(2),
        minutes: Some(1),
        notes: Some("the date\nis wrong".into()),
    }
}

fn plan_text(world: &World, asks: Vec<(&str, Ask)>, saved: Option<&str>, all: bool) -> String {
    let (made, state) = world.preview(asks);
    let tip = world.tip();
    let saved = saved.map_or(Saved::No, Saved::In);
    plan(
        &PlanView { plan: &made, state: &state, tip: &tip, then: &[], project: "infinite-idol", saved, all },
        PAGE,
    )
}

#[test]
fn a_plan_is_grouped_with_reasons_counts_and_the_command_to_run() {
    let mut world = busy();
    world.now = at("10:40");
    let urgent = NewTask { priority: Priority::P0, tier: Some(2), ..tweet("Answer the press") };
    let delivery = Ask::Complete { task: code("LORE-003"), output: None };
    let asks = vec![
        ("mika@example.com", add("CONTENT-020", urgent)),
        ("canon-keeper", delivery),
        ("canon-keeper", reject()),
    ];
    insta::assert_snapshot!(plan_text(&world, asks, None, false), @"
    Plan for infinite-idol: configuration 9ae0ea9, state 9 (5d41402), clock 2026-01-09T10:40:00Z

    Tasks
      + CONTENT-020 created: Answer the press (content/tweet, P0, tier 2) — by mika@example.com
      ~ LORE-003 delivered by canon-keeper
      = LORE-003 complete — needs no review
      ~ CONTENT-013 no longer waits for LORE-003 — LORE-003 is complete
      ~ CONTENT-013 unblocked — nothing holds it any more

    Assignments
      > CONTENT-010 returned to its author content-strategist — canon review asks for another round

    Reviews
      ~ REVIEW-001 canon review of CONTENT-010 rejected by canon-keeper (rating 2, 1 minute): the date is wrong
      - REVIEW-002 cultural review of CONTENT-010 withdrawn — another review sent the task back

    + made   ~ changed   > handed to somebody   = done   - withdrawn   ! needs attention
    Plan: 1 task to create, 1 to unblock, 1 to deliver, 1 to return, 1 to complete, 1 review to record, 1 to withdraw.
    Next change by the clock: 2026-01-10T05:52:00Z (in 19h12m)
    To do this: orch apply
    ");
}

#[test]
fn an_empty_plan_says_so() {
    insta::assert_snapshot!(plan_text(&busy(), Vec::new(), None, false), @"
    Plan for infinite-idol: configuration 9ae0ea9, state 9 (5d41402), clock 2026-01-09T10:00:00Z

    Nothing to do: the state is as the configuration and the clock want it.
    Next change by the clock: 2026-01-09T11:36:00Z (in 1h36m)
    ");
}

#[test]
fn many_similar_items_are_folded() {
    let world = World::new();
    let many = |count: u32| -> Vec<(&str, Ask)> {
        (1..=count).map(|n| ("mika@example.com", add(&format!("CONTENT-{n}"), tweet("Say hello")))).collect()
    };
    let text = plan_text(&world, many(40), Some("night.plan"), false);
    assert!(text.contains("… and 30 more (-v shows them)"), "{text}");
    assert!(text.ends_with("To do exactly this: orch apply night.plan\n"), "{text}");
    assert!(!plan_text(&world, many(40), None, true).contains("-v shows"));
    assert!(!plan_text(&world, many(11), None, false).contains("-v shows"), "one more is not worth a fold");
}

#[test]
fn an_outcome_tells_what_happened_in_order() {
    let mut world = busy();
    world.tick("12:35");
    let view = Outcome {
        events: &world.plan.events,
        state: &world.state,
        now: world.now,
        due_now: 0,
        due: world.plan.due,
        serial: world.serial,
        commit: Some("abc1234def"),
        pushed: false,
        all: false,
    };
    insta::assert_snapshot!(outcome(&view, PAGE), @"
    Tick 10 at 2026-01-09T12:35:00Z: 3 events, committed as abc1234
      ! REVIEW-001 of CONTENT-010 exceeded canon-tier-1 (limit 2h) by 35m (sla.yaml:3)
      ! REVIEW-001 of CONTENT-010 escalated to coordinator (level 1 of canon-tier-1) (sla.yaml:7)
      ! REVIEW-002 of CONTENT-010 exceeded cultural (limit 2h) by 35m (sla.yaml:10)
    Nothing changes by the clock alone.
    ");
    insta::assert_snapshot!(outcome(&Outcome { events: &[], commit: None, ..view }, PAGE), @"
    Nothing to do at 2026-01-09T12:35:00Z.
    Nothing changes by the clock alone.
    ");
}

#[test]
fn tasks_in_columns() {
    let mut world = busy();
    let late = NewTask {
        deadline: Some(at("09:30")),
        ..tweet("A title so long that no page of a hundred columns holds it")
    };
    world.add("CONTENT-014", late);
    let open =
        TaskFilter { statuses: vec![TaskStatus::Pending, TaskStatus::Blocked], ..TaskFilter::default() };
    insta::assert_snapshot!(task_list(&open.tasks(&world.state), world.now, PAGE), @"
    CODE         STATUS   PRIO  AGENT               AGE  DEADLINE  TITLE
    CONTENT-011  pending  P2    content-strategist  0s   -         Announce the summer concert
    CONTENT-012  pending  P2    -                   0s   -         Thank the fans
    CONTENT-013  blocked  P2    -                   0s   -         Tell how Ika met the band
    CONTENT-014  pending  P2    -                   0s   30m late  A title so long that no page of a hu…
    4 tasks
    ");
    insta::assert_snapshot!(task_list(&[], world.now, PAGE), @"No tasks.");
}

#[test]
fn a_task_with_all_that_belongs_to_it() {
    let mut world = busy();
    world.ask("canon-keeper", reject()).start("content-strategist", "CONTENT-011");
    world.now = at("11:00");
    world.complete("content-strategist", "CONTENT-011", "content/concert.md");
    world.complete("content-strategist", "CONTENT-010", "content/ika-6b.md");
    let log = world.logged();
    let filter = EventFilter {
        subjects: vec!["CONTENT-010".parse().unwrap()],
        limit: Some(3),
        ..EventFilter::default()
    };
    let events = filter.events(log);
    let task = world.state.task(&code("CONTENT-010")).unwrap();
    let view = TaskView { config: &world.config, state: &world.state, task, now: world.now, events: &events };
    insta::assert_snapshot!(task_show(&view, PAGE), @"
    CONTENT-010 Create Ika personality tweet #6
      status:     review
      type:       content/tweet, P1, tier 1
      agent:      content-strategist
      author:     content-strategist
      created:    2026-01-09T09:00:00Z (2h ago)
      started:    2026-01-09T09:00:00Z (2h ago)
      delivered:  2026-01-09T11:00:00Z (now)
      output:     content/ika-6b.md

    Reviews, round 1
      REVIEW-001  stage 1  canon     canon-keeper         rejected   rating 2, 1 minute: the date is wrong
      REVIEW-002  stage 1  cultural  cultural-consultant  withdrawn

    Reviews, round 2
      REVIEW-004  stage 1  canon     canon-keeper         pending
      REVIEW-005  stage 1  cultural  cultural-consultant  pending

    Clocks
      SUBJECT     TASK         OBJECTIVE     STATE  ELAPSED   LEFT  DUE
      REVIEW-004  CONTENT-010  canon-tier-1  ok     0s of 2h  2h    2026-01-09 13:00Z
      REVIEW-005  CONTENT-010  cultural      ok     0s of 2h  2h    2026-01-09 13:00Z

    Last events
      ID    TIME                  ACTOR               EVENT
      13.0  2026-01-09T11:00:00Z  content-strategist  ~ CONTENT-010 delivered by content-strategist: content/ika-6b.md
      13.1  2026-01-09T11:00:00Z  orch                + REVIEW-004 canon review of CONTENT-010 requested from canon-keeper — tier 1, stage 1 (reviews.yaml:16)
      13.2  2026-01-09T11:00:00Z  orch                + REVIEW-005 cultural review of CONTENT-010 requested from cultural-consultant — tier 1, stage 1 (reviews.yaml:16)
    ");
}

#[test]
fn reviews_and_clocks_in_columns() {
    let mut world = busy();
    world.tick("11:50");
    let reviews = ReviewFilter::default().reviews(&world.state);
    insta::assert_snapshot!(review_list(&world.config, &reviews, world.now, PAGE), @"
    REVIEW      TASK         TYPE      STATUS   REVIEWER             WAITING  LEFT  TITLE
    REVIEW-001  CONTENT-010  canon     pending  canon-keeper         1h50m    10m   Create Ika personal…
    REVIEW-002  CONTENT-010  cultural  pending  cultural-consultant  1h50m    10m   Create Ika personal…
    2 reviews
    ");
    world.tick("12:35");
    let running = standings(&world.config, &world.state, world.now);
    insta::assert_snapshot!(sla_status(&running, &[], world.now, PAGE), @"
    SUBJECT     TASK         OBJECTIVE     STATE              ELAPSED      LEFT      DUE
    REVIEW-001  CONTENT-010  canon-tier-1  exceeded, level 1  2h35m of 2h  35m over  2026-01-09 12:00Z
    REVIEW-002  CONTENT-010  cultural      exceeded           2h35m of 2h  35m over  2026-01-09 12:00Z
    2 clocks, 2 exceeded
    ");
}

#[test]
fn agents_and_their_queues() {
    let world = busy();
    let loads = workloads(&world.config, &world.state, world.now);
    insta::assert_snapshot!(agent_list(&loads, PAGE), @"
    AGENT                LOAD  ROOM  QUEUE  REVIEWS  TITLE
    coordinator          0/5   5     0      0        Coordinator
    content-strategist   1/1   0     1      0        Content Strategist
    canon-keeper         1/2   1     0      1        Canon Keeper
    cultural-consultant  0/2   2     0      1        Cultural Consultant
    4 agents
    ");
    insta::assert_snapshot!(agent_show(&loads[1], world.now, PAGE), @"
    content-strategist Content Strategist
      an agent, holds 1 of 1 task, room for 0 (agents.yaml:6)

    Tasks it holds, in the order to do them
      CODE         STATUS   PRIO  NEXT                         TITLE
      CONTENT-011  pending  P2    orch task start CONTENT-011  Announce the summer concert

    Queued tasks that may come to it, the next first
      CODE         PRIO  AGE  TITLE
      CONTENT-012  P2    0s   Thank the fans
    ");
    insta::assert_snapshot!(agent_show(&loads[2], world.now, PAGE), @"
    canon-keeper Canon Keeper
      an agent, holds 1 of 2 tasks, room for 1 (agents.yaml:9)

    Reviews to do, the oldest first
      REVIEW      TASK         TYPE   WAITING  NEXT
      REVIEW-001  CONTENT-010  canon  0s       orch review approve REVIEW-001

    Tasks it holds, in the order to do them
      CODE      STATUS       PRIO  NEXT                         TITLE
      LORE-003  in_progress  P2    orch task complete LORE-003  Write down how Ika met the band
    ");
}

#[test]
fn the_whole_on_one_page() {
    let mut world = busy();
    world
        .ask("mika@example.com", Ask::Cancel { task: code("LORE-003"), reason: Some("out of scope".into()) });
    world.tick("11:00");
    let page = overview(&world.config, &world.state, world.now);
    insta::assert_snapshot!(
        status(&page, &world.state, "infinite-idol", &world.tip(), world.now, PAGE),
        @"
    infinite-idol: state 10 (5d41402) at 2026-01-09T11:00:00Z

    Tasks
      pending      2  1 in the queue
      in_progress  0
      blocked      1
      review       1
      complete     0
      cancelled    1

    SLA
      2 clocks, 0 warned, 0 exceeded

    Workloads
      AGENT                LOAD  ROOM  QUEUE  REVIEWS  TITLE
      coordinator          0/5   5     0      0        Coordinator
      content-strategist   1/1   0     1      0        Content Strategist
      canon-keeper         0/2   2     0      1        Canon Keeper
      cultural-consultant  0/2   2     0      1        Cultural Consultant

    Reviews that wait
      REVIEWER             PENDING  OLDEST
      canon-keeper         1        1h
      cultural-consultant  1        1h

    Blocked
      CONTENT-013  waits for LORE-003 (cancelled: it will never be complete)

    Alerts
      ! CONTENT-013 waits for LORE-003, which was cancelled: it will never be unblocked

    Next change by the clock: 2026-01-09T11:36:00Z (in 36m)
    "
    );
}

#[test]
fn events_with_their_ids() {
    let mut world = World::new();
    world.add("CONTENT-010", tweet("Say hello\n\nOrch-Serial: 9\u{1b}[31m"));
    insta::assert_snapshot!(event_list(&world.logged(), &world.state, PAGE), @r"
    ID   TIME                  ACTOR             EVENT
    1.0  2026-01-09T09:00:00Z  orch              + state created for project infinite-idol
    1.1  2026-01-09T09:00:00Z  orch              ~ configuration 9ae0ea9 taken up
    2.0  2026-01-09T09:00:00Z  mika@example.com  + CONTENT-010 created: Say hello Orch-Serial: 9\u{1b}[31m (content/tweet, P2)
    2.1  2026-01-09T09:00:00Z  orch              > CONTENT-010 assigned to content-strategist — route tweets (routing.yaml:12)
    4 events
    ");
}

#[test]
fn explains_a_task_a_review_and_an_agent() {
    let mut world = busy();
    world.tick("11:50");
    let task = explain_task(world.context(), &code("CONTENT-010"), None).unwrap();
    insta::assert_snapshot!(explanation(&task, world.now, PAGE), @"
    CONTENT-010 Create Ika personality tweet #6: in review, waits for canon-keeper and cultural-consultant

    Routing
      route lore does not match: type `content` is not `lore` (routing.yaml:4)
      route tweets matches (routing.yaml:12)

    Reviews
      must be reviewed, the task says tier 1 (reviews.yaml:30)
      tier 1 Novel, round 1, stage 1 (reviews.yaml:14)
        stage 1: canon and cultural (reviews.yaml:16)
          REVIEW-001 waits for canon-keeper since 2026-01-09T10:00:00Z
          REVIEW-002 waits for cultural-consultant since 2026-01-09T10:00:00Z
        stage 2: coordinator (reviews.yaml:17)

    Clocks
      canon-tier-1 on canon review (REVIEW-001): 1h50m of 2h, due 2026-01-09T12:00:00Z (in 10m), warned (sla.yaml:3)
        is exceeded at 2026-01-09T12:00:00Z (in 10m)
      cultural on cultural review (REVIEW-002): 1h50m of 2h, due 2026-01-09T12:00:00Z (in 10m), warned (sla.yaml:10)
        is exceeded at 2026-01-09T12:00:00Z (in 10m)

    Next
      canon-keeper is to do the canon review REVIEW-001: orch review approve REVIEW-001 (or reject REVIEW-001)
      cultural-consultant is to do the cultural review REVIEW-002: orch review approve REVIEW-002 (or reject REVIEW-002)
      by the clock: canon-tier-1 on REVIEW-001 is exceeded (in 10m)
    ");
    let review = explain_review(world.context(), ReviewId(1), None).unwrap();
    insta::assert_snapshot!(explanation(&review, world.now, PAGE), @"
    REVIEW-001 canon review of CONTENT-010 Create Ika personality tweet #6: waits for canon-keeper for 1h50m

    Why it is asked for
      the task must be reviewed (reviews.yaml:30)
      tier 1 Novel, round 1 (reviews.yaml:14)
      stage 1 of 2, beside cultural (reviews.yaml:16)

    Reviewer
      Canon review: canon-keeper does them all (reviews.yaml:3)
        canon-keeper has 1 pending review, this one among them

    Clocks
      canon-tier-1 on canon review (REVIEW-001): 1h50m of 2h, due 2026-01-09T12:00:00Z (in 10m), warned (sla.yaml:3)
        is exceeded at 2026-01-09T12:00:00Z (in 10m)

    Next
      canon-keeper is to do the canon review REVIEW-001: orch review approve REVIEW-001 (or reject REVIEW-001)
      after an approval CONTENT-010 still needs 1 other review of this stage
      by the clock: canon-tier-1 on REVIEW-001 is exceeded (in 10m)
    ");
    let agent = explain_agent(world.context(), "content-strategist").unwrap();
    insta::assert_snapshot!(explanation(&agent, world.now, PAGE), @"
    content-strategist Content Strategist: holds 1 of 1 task, 0 reviews to do

    Capacity
      max_active is 1, it has no room (agents.yaml:6)

    Holds
      CONTENT-011 Announce the summer concert (P2, pending)

    Queue
      CONTENT-012 Thank the fans (P2, pending), route tweets (routing.yaml:12)

    Gets work from
      route tweets (routing.yaml:12)

    Next
      content-strategist has CONTENT-011, and is to start it: orch task start CONTENT-011
      the queue gives it CONTENT-012 when room appears
    ");
}

#[test]
fn colour_adds_nothing_but_colour() {
    let mut world = busy();
    world.tick("12:35");
    let page = overview(&world.config, &world.state, world.now);
    let show = |style| status(&page, &world.state, "infinite-idol", &world.tip(), world.now, style);
    let coloured = show(Style { colour: true, width: None });
    assert!(coloured.contains("\u{1b}["));
    assert_eq!(strip(&coloured), show(Style::PLAIN));
}

/// The text without its escape sequences.
fn strip(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.filter_map(|part| part.split_once('m')).map(|(_, rest)| rest).collect::<String>()
}

#[test]
fn a_plan_shows_what_is_done_to_the_world_file_by_file() {
    use crate::actions::{Manifest, ManifestFile};
    let mut world = crate::report::testing_runs::flows();
    world.flow(vec![crate::report::testing_runs::run("deploy")], &[]);
    let mut made = world.plan.clone();
    let then = crate::report::then(&world.config, &world.state, &made.effects);
    let clean = |count: usize| {
        let mut effect = made.effects[0].clone();
        effect.step = "clean".into();
        let args = serde_json::json!({"in": "logs"});
        effect.act = crate::plan::EffectAct::Call { action: "files.delete", args };
        let file = |n: usize| ManifestFile {
            verb: (n == 2).then(|| "compress".into()),
            path: format!("logs/{}/{n}.log", n % 12),
            bytes: 1000 * n as u64,
            modified: at("08:00"),
            to: None,
            mark: String::new(),
        };
        let files = (1..=count).map(file).collect();
        effect.manifest = Some(Manifest { verb: "delete".into(), files });
        effect
    };
    let show = |plan: &crate::plan::Plan, all: bool| {
        let tip = world.tip();
        let (state, project, saved) = (&world.state, "infinite-idol", Saved::No);
        super::plan(&PlanView { plan, state, tip: &tip, then: &then, project, saved, all }, PAGE)
    };
    let (three, many) = (clean(3), clean(500));
    made.effects.push(three);
    insta::assert_snapshot!(show(&made, false), @"
    Plan for infinite-idol: configuration 9ae0ea9, state 2 (5d41402), clock 2026-01-09T09:00:00Z

    Runs
      + deploy#1 made: asked for by mika@example.com, started

    To be done
      run deploy#1
        * build: run `make` and 1 more line (workflows/deploy.yaml:10)
            make
            make test
        * clean: files.delete: delete 3 files, 6.0 KB (workflows/deploy.yaml:10)
            logs/1/1.log           1.0 KB  changed 2026-01-09T08:00:00Z
            compress logs/2/2.log  2.0 KB  changed 2026-01-09T08:00:00Z
            logs/3/3.log           3.0 KB  changed 2026-01-09T08:00:00Z
        then: ship

    + made   ~ changed   > handed to somebody   = done   - withdrawn   ! needs attention
    Plan: 1 run to start, 2 steps to do.
    2 steps are due now: the next tick carries them out.
    To do this: orch apply
    ");
    *made.effects.last_mut().unwrap() = many;
    let folded = show(&made, false);
    assert!(folded.lines().count() < 40 && folded.contains("delete 500 files, 125 MB"), "{folded}");
    assert!(folded.contains("logs/1/") && folded.contains("--all shows every file"), "{folded}");
    assert!(show(&made, true).contains("logs/8/500.log"));
}

#[test]
fn a_run_is_shown_from_its_beginning_to_its_failure() {
    use crate::report::testing_runs::{done, flows, run};
    let mut world = flows();
    world.flow(vec![run("deploy"), run("guarded")], &[]);
    world.now = at("09:02");
    world.flow(Vec::new(), &done("deploy#1", "build", Some("exit code 2\u{1b}[2J")));
    let show = |id: &str| {
        let run = world.state.run(id).unwrap();
        let view = super::RunView { config: &world.config, state: &world.state, run, now: world.now };
        super::run_show(&view, PAGE)
    };
    let explained =
        |id: &str| explanation(&crate::report::explain_run(world.context(), id).unwrap(), world.now, PAGE);
    insta::assert_snapshot!(show("deploy#1"), @r"
    deploy#1 The deploy
      status:    failed
      workflow:  deploy
      made:      2026-01-09T09:00:00Z (2m ago), asked for by mika@example.com
      trigger:   manual
      started:   2026-01-09T09:00:00Z (2m ago)
      ended:     2026-01-09T09:02:00Z (now)
      took:      2m

    Steps
         STEP   STATUS    TRIES  TOOK  WHAT
      !  build  failed    1      1.2s  run `make …`
      .  ship   not done  -      -     run `./ship`

    Outputs
      build.count  3

    Errors
      build  exit code 2\u{1b}[2J

    Failed at build
      exit code 2\u{1b}[2J
      │ all is
      │ well
      (orch runs logs deploy#1 shows more)

    Nothing changes any more. To do it again: orch runs retry deploy#1
    ");
    insta::assert_snapshot!(explained("deploy#1"), @r"
    deploy#1 failed at build: exit code 2\u{1b}[2J

    Why it was made
      asked for by mika@example.com, made at 2026-01-09T09:00:00Z
        when asked for: `orch run deploy` (workflows/deploy.yaml:2)

    Why it is there
      build failed: exit code 2\u{1b}[2J (workflows/deploy.yaml:10)

    Steps
      build: failed after 1.2s: exit code 2\u{1b}[2J (workflows/deploy.yaml:10)
      ship: not done (workflows/deploy.yaml:10)

    Next
      somebody may do the same again: orch runs retry deploy#1
    ");
    insta::assert_snapshot!(show("guarded#1"), @"
    guarded#1 The guarded
      status:    waiting
      workflow:  guarded
      made:      2026-01-09T09:00:00Z (2m ago), asked for by mika@example.com
      trigger:   manual

    Waits for approval
      purpose:  Ship it
      risk:     It may break
      benefit:  saves 30m of manual work a run
      may:      anything: no permissions are declared
      by:       lead
      covers:   the file of the workflow as it is now; not the scripts and files that its steps use
      lapses:   2026-01-09T10:00:00Z (in 58m)
      yes:      orch approve guarded#1
      no:       orch deny guarded#1 --note WHY

    Steps
         STEP  STATUS   WHAT
      .  do    pending  run `true`

    Next change by the clock: 2026-01-09T10:00:00Z (in 58m)
    ");
    insta::assert_snapshot!(explained("guarded#1"), @"
    guarded#1 waits for approval

    Why it was made
      asked for by mika@example.com, made at 2026-01-09T09:00:00Z
        when asked for: `orch run guarded` (workflows/deploy.yaml:2)

    Why it is there
      the run waits for a yes of lead, which lapses in 58m (workflows/deploy.yaml:1)

    Steps
      do: pending (workflows/deploy.yaml:10)

    Next
      lead is to say yes or no: orch approve guarded#1
      by the clock: counts as denied (in 58m)
    ");
    let runs = crate::report::RunFilter::default().runs(&world.state);
    insta::assert_snapshot!(super::run_list(&world.config, &runs, world.now, PAGE), @"
    RUN        STATUS   MADE    TOOK  STEPS  BY
    guarded#1  waiting  2m ago  -     0/1    asked for by mika@example.com
    deploy#1   failed   2m ago  2m    1/2    asked for by mika@example.com
    2 runs
    ");
}
