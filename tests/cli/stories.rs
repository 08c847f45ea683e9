//! The days of a content team, from the first command to the last: every step as the people and
//! agents in it see it. The first three are the worked examples of the team's own blueprint.

use super::harness::Sandbox;

/// The team of the example without its tasks, after the first tick.
fn team() -> Sandbox {
    let sandbox = Sandbox::team();
    std::fs::remove_dir_all(sandbox.cwd.join("tasks")).unwrap();
    sandbox.ok(&["tick", "--now", "2026-01-09T08:00:00Z"]);
    sandbox
}

#[test]
fn a_tweet_of_tier_2_from_creation_to_completion() {
    let team = team();
    insta::assert_snapshot!(team.day(r#"
        09:00 task add "Create Ika personality tweet #6" --code CONTENT-010 --type content --content-type tweet --priority P2 --tier 2 --as coordinator
        09:00 agent show content-strategist
        09:05 task start CONTENT-010 --as content-strategist
        09:35 task complete CONTENT-010 --as content-strategist --output outputs/content/tweets/ika-tweet-006.md
    "#), @r#"
    [09:00] $ orch task add "Create Ika personality tweet #6" --code CONTENT-010 --type content --content-type tweet --priority P2 --tier 2 --as coordinator
    Tick 2 at 2026-01-09T09:00:00Z: 2 events, committed as [id]
      + CONTENT-010 created: Create Ika personality tweet #6 (content/tweet, P2, tier 2) — by coordinator
      > CONTENT-010 assigned to content-strategist — route tweets (routing.yaml:12)
    Nothing changes by the clock alone.

    [09:00] $ orch agent show content-strategist
    content-strategist Agent 02 · Content Strategist
      Writes tweets and threads.
      an agent, holds 1 of 5 tasks, room for 4 (agents.yaml:21)

    Tasks it holds, in the order to do them
      CODE         STATUS   PRIO  NEXT                         TITLE
      CONTENT-010  pending  P2    orch task start CONTENT-010  Create Ika personality tweet #6

    [09:05] $ orch task start CONTENT-010 --as content-strategist
    Tick 3 at 2026-01-09T09:05:00Z: 1 event, committed as [id]
      ~ CONTENT-010 started by content-strategist
    Nothing changes by the clock alone.

    [09:35] $ orch task complete CONTENT-010 --as content-strategist --output outputs/content/tweets/ika-tweet-006.md
    Tick 4 at 2026-01-09T09:35:00Z: 2 events, committed as [id]
      ~ CONTENT-010 delivered by content-strategist: outputs/content/tweets/ika-tweet-006.md
      + REVIEW-001 cultural review of CONTENT-010 requested from cultural-consultant — tier 2, stage 1 (reviews.yaml:35)
    Next change by the clock: 2026-01-09T10:23:00Z (in 48m)
    "#);
    insta::assert_snapshot!(team.day("
        09:40 agent show cultural-consultant
        10:00 review approve REVIEW-001 --as cultural-consultant --rating 4 --notes \"Warm and in character.\"
        10:02 agent show coordinator
        10:10 review approve REVIEW-002 --as coordinator
    "), @r#"
    [09:40] $ orch agent show cultural-consultant
    cultural-consultant Agent 09 · Cultural Consultant
      Reviews how content reads in Japan and abroad.
      an agent, holds 0 of 4 tasks, room for 4 (agents.yaml:56)

    Reviews to do, the oldest first
      REVIEW      TASK         TYPE      WAITING  NEXT
      REVIEW-001  CONTENT-010  cultural  5m       orch review approve REVIEW-001

    [10:00] $ orch review approve REVIEW-001 --as cultural-consultant --rating 4 --notes "Warm and in character."
    Tick 5 at 2026-01-09T10:00:00Z: 2 events, committed as [id]
      = REVIEW-001 cultural review of CONTENT-010 approved by cultural-consultant (rating 4, 25 minutes): Warm and in character.
      + REVIEW-002 coordinator review of CONTENT-010 requested from coordinator — tier 2, stage 2 (reviews.yaml:35)
    Next change by the clock: 2026-01-09T10:24:00Z (in 24m)

    [10:02] $ orch agent show coordinator
    coordinator Agent 00 · Coordinator
      Keeps the queue moving, gives the last word on content, takes what no route takes.
      an agent, holds 0 of 8 tasks, room for 8 (agents.yaml:11)

    Reviews to do, the oldest first
      REVIEW      TASK         TYPE         WAITING  NEXT
      REVIEW-002  CONTENT-010  coordinator  2m       orch review approve REVIEW-002

    [10:10] $ orch review approve REVIEW-002 --as coordinator
    Tick 6 at 2026-01-09T10:10:00Z: 2 events, committed as [id]
      = REVIEW-002 coordinator review of CONTENT-010 approved by coordinator (10 minutes)
      = CONTENT-010 complete — tier 2 is approved (reviews.yaml:44)
    Nothing changes by the clock alone.
    "#);
    insta::assert_snapshot!(team.day("
        10:15 task show CONTENT-010
        10:15 tick
        10:15 fsck
    "), @"
    [10:15] $ orch task show CONTENT-010
    CONTENT-010 Create Ika personality tweet #6
      status:     complete
      type:       content/tweet, P2, tier 2
      agent:      content-strategist
      author:     content-strategist
      created:    2026-01-09T09:00:00Z (1h15m ago)
      started:    2026-01-09T09:05:00Z (1h10m ago)
      delivered:  2026-01-09T09:35:00Z (40m ago)
      complete:   2026-01-09T10:10:00Z (5m ago)
      output:     outputs/content/tweets/ika-tweet-006.md

    Reviews, round 1
      REVIEW-001  stage 1  cultural     cultural-consultant  approved  rating 4, 25 minutes: Warm and in character.
      REVIEW-002  stage 2  coordinator  coordinator          approved  10 minutes

    Last events
      ID   TIME                  ACTOR                EVENT
      2.0  2026-01-09T09:00:00Z  coordinator          + CONTENT-010 created: Create Ika personality tweet #6 (content/tweet, P2, tier 2)
      2.1  2026-01-09T09:00:00Z  orch                 > CONTENT-010 assigned to content-strategist — route tweets (routing.yaml:12)
      3.0  2026-01-09T09:05:00Z  content-strategist   ~ CONTENT-010 started by content-strategist
      4.0  2026-01-09T09:35:00Z  content-strategist   ~ CONTENT-010 delivered by content-strategist: outputs/content/tweets/ika-tweet-006.md
      4.1  2026-01-09T09:35:00Z  orch                 + REVIEW-001 cultural review of CONTENT-010 requested from cultural-consultant — tier 2, stage 1 (reviews.yaml:35)
      5.0  2026-01-09T10:00:00Z  cultural-consultant  = REVIEW-001 cultural review of CONTENT-010 approved by cultural-consultant (rating 4, 25 minutes): Warm and in character.
      5.1  2026-01-09T10:00:00Z  orch                 + REVIEW-002 coordinator review of CONTENT-010 requested from coordinator — tier 2, stage 2 (reviews.yaml:35)
      6.0  2026-01-09T10:10:00Z  coordinator          = REVIEW-002 coordinator review of CONTENT-010 approved by coordinator (10 minutes)
      6.1  2026-01-09T10:10:00Z  orch                 = CONTENT-010 complete — tier 2 is approved (reviews.yaml:44)

    [10:15] $ orch tick
    Nothing to do at 2026-01-09T10:15:00Z.
    Nothing changes by the clock alone.

    [10:15] $ orch fsck
    6 ticks verified: the state follows from its events
    ");
}

#[test]
fn what_waited_goes_on_by_itself() {
    let team = team();
    insta::assert_snapshot!(team.day(r#"
        09:00 task add "Senpai mystery lore drop" --code LORE-003 --type lore --priority P1 --as coordinator
        09:01 task add "Thread on the Senpai mystery" --code CONTENT-015 --type content --content-type thread --tier 1 --depends-on LORE-003 --as coordinator
        09:02 explain CONTENT-015
        09:03 task start CONTENT-015 --as content-strategist
    "#), @r#"
    [09:00] $ orch task add "Senpai mystery lore drop" --code LORE-003 --type lore --priority P1 --as coordinator
    Tick 2 at 2026-01-09T09:00:00Z: 2 events, committed as [id]
      + LORE-003 created: Senpai mystery lore drop (lore, P1) — by coordinator
      > LORE-003 assigned to creative-lead — route lore (routing.yaml:32)
    Next change by the clock: 2026-01-11T15:00:00Z (in 2d6h)

    [09:01] $ orch task add "Thread on the Senpai mystery" --code CONTENT-015 --type content --content-type thread --tier 1 --depends-on LORE-003 --as coordinator
    Tick 3 at 2026-01-09T09:01:00Z: 2 events, committed as [id]
      + CONTENT-015 created: Thread on the Senpai mystery (content/thread, P2, tier 1) — by coordinator
      ~ CONTENT-015 blocked, waits for LORE-003
    Next change by the clock: 2026-01-11T15:00:00Z (in 2d5h)

    [09:02] $ orch explain CONTENT-015
    CONTENT-015 Thread on the Senpai mystery: blocked, waits for other tasks

    Blocked by
      waits for LORE-003 (pending, with creative-lead)

    Routing
      route tweets matches (routing.yaml:12)
        content-strategist holds 0 of 5 tasks (agents.yaml:21)

    Reviews
      must be reviewed, the task says tier 1 (reviews.yaml:44)
      tier 1 Novel, begins when it is delivered (reviews.yaml:29)
        stage 1: canon and cultural (reviews.yaml:31)
        stage 2: coordinator (reviews.yaml:31)

    Next
      creative-lead works on LORE-003, and is to start it: orch task start LORE-003

    [09:03] $ orch task start CONTENT-015 --as content-strategist
    --- stderr
    error: task `CONTENT-015` is blocked, so it cannot be started

    hint: `orch explain CONTENT-015` says why
    --- exit 1
    "#);
    insta::assert_snapshot!(team.day("
        09:10 task start LORE-003 --as creative-lead
        11:00 task complete LORE-003 --as creative-lead --output lore/senpai-mystery.md
        11:01 agent show content-strategist
        11:02 task start CONTENT-015 --as content-strategist
        11:03 event list --subject CONTENT-015
    "), @"
    [09:10] $ orch task start LORE-003 --as creative-lead
    Tick 4 at 2026-01-09T09:10:00Z: 1 event, committed as [id]
      ~ LORE-003 started by creative-lead
    Next change by the clock: 2026-01-11T15:00:00Z (in 2d5h)

    [11:00] $ orch task complete LORE-003 --as creative-lead --output lore/senpai-mystery.md
    Tick 5 at 2026-01-09T11:00:00Z: 5 events, committed as [id]
      ~ LORE-003 delivered by creative-lead: lore/senpai-mystery.md
      = LORE-003 complete — needs no review
      ~ CONTENT-015 no longer waits for LORE-003 — LORE-003 is complete
      ~ CONTENT-015 unblocked — nothing holds it any more
      > CONTENT-015 assigned to content-strategist — route tweets (routing.yaml:12)
    Nothing changes by the clock alone.

    [11:01] $ orch agent show content-strategist
    content-strategist Agent 02 · Content Strategist
      Writes tweets and threads.
      an agent, holds 1 of 5 tasks, room for 4 (agents.yaml:21)

    Tasks it holds, in the order to do them
      CODE         STATUS   PRIO  NEXT                         TITLE
      CONTENT-015  pending  P2    orch task start CONTENT-015  Thread on the Senpai mystery

    [11:02] $ orch task start CONTENT-015 --as content-strategist
    Tick 6 at 2026-01-09T11:02:00Z: 1 event, committed as [id]
      ~ CONTENT-015 started by content-strategist
    Nothing changes by the clock alone.

    [11:03] $ orch event list --subject CONTENT-015
    ID   TIME                  ACTOR               EVENT
    3.0  2026-01-09T09:01:00Z  coordinator         + CONTENT-015 created: Thread on the Senpai mystery (content/thread, P2, tier 1)
    3.1  2026-01-09T09:01:00Z  orch                ~ CONTENT-015 blocked, waits for LORE-003
    5.2  2026-01-09T11:00:00Z  orch                ~ CONTENT-015 no longer waits for LORE-003 — LORE-003 is complete
    5.3  2026-01-09T11:00:00Z  orch                ~ CONTENT-015 unblocked — nothing holds it any more
    5.4  2026-01-09T11:00:00Z  orch                > CONTENT-015 assigned to content-strategist — route tweets (routing.yaml:12)
    6.0  2026-01-09T11:02:00Z  content-strategist  ~ CONTENT-015 started by content-strategist
    6 events
    ");
}

#[test]
fn a_late_review_is_warned_of_escalated_and_recovers() {
    let team = team();
    team.day(r#"
        09:00 task add "Ika at the summer festival" --code CONTENT-025 --type content --content-type tweet --tier 1 --as coordinator
        09:00 task complete CONTENT-025 --as content-strategist --output outputs/ika-summer.md
        09:05 review approve CONTENT-025/canon --as lore-keeper
    "#);
    insta::assert_snapshot!(team.day("
        10:30 tick
        10:45 tick
        11:00 tick
        11:15 tick
        11:30 tick
        11:45 tick
    "), @"
    [10:30] $ orch tick
    Nothing to do at 2026-01-09T10:30:00Z.
    Next change by the clock: 2026-01-09T10:36:00Z (in 6m)

    [10:45] $ orch tick
    Tick 5 at 2026-01-09T10:45:00Z: 1 event, committed as [id]
      ! REVIEW-002 of CONTENT-025 close to breaching cultural-review-novel (limit 2h), 15m left (sla.yaml:28)
    Next change by the clock: 2026-01-09T11:00:00Z (in 15m)

    [11:00] $ orch tick
    Tick 6 at 2026-01-09T11:00:00Z: 2 events, committed as [id]
      ! REVIEW-002 of CONTENT-025 exceeded cultural-review-novel (limit 2h) (sla.yaml:28)
      ! REVIEW-002 of CONTENT-025 escalated to coordinator (level 1 of cultural-review-novel) (sla.yaml:35)
    Next change by the clock: 2026-01-09T11:30:00Z (in 30m)

    [11:15] $ orch tick
    Nothing to do at 2026-01-09T11:15:00Z.
    Next change by the clock: 2026-01-09T11:30:00Z (in 15m)

    [11:30] $ orch tick
    Tick 7 at 2026-01-09T11:30:00Z: 1 event, committed as [id]
      ! REVIEW-002 of CONTENT-025 escalated to human (level 2 of cultural-review-novel) (sla.yaml:36)
    Next change by the clock: 2026-01-09T12:12:00Z (in 42m)

    [11:45] $ orch tick
    Nothing to do at 2026-01-09T11:45:00Z.
    Next change by the clock: 2026-01-09T12:12:00Z (in 27m)
    ");
    let before = team.tip("orch/state");
    insta::assert_snapshot!(team.day("
        11:45 tick
        11:45 sla status
        11:45 explain REVIEW-002
    "), @"
    [11:45] $ orch tick
    Nothing to do at 2026-01-09T11:45:00Z.
    Next change by the clock: 2026-01-09T12:12:00Z (in 27m)

    [11:45] $ orch sla status
    SUBJECT      TASK         OBJECTIVE              STATE              ELAPSED      LEFT      DUE
    REVIEW-002   CONTENT-025  cultural-review-novel  exceeded, level 2  2h45m of 2h  45m over  2026-01-09 11:00Z
    CONTENT-025  CONTENT-025  total-review-novel     ok                 2h45m of 4h  1h15m     2026-01-09 13:00Z
    2 clocks, 1 exceeded

    [11:45] $ orch explain REVIEW-002
    REVIEW-002 cultural review of CONTENT-025 Ika at the summer festival: waits for cultural-consultant for 2h45m

    Why it is asked for
      the task must be reviewed (reviews.yaml:44)
      tier 1 Novel, round 1 (reviews.yaml:29)
      stage 1 of 2, beside canon (reviews.yaml:31)

    Reviewer
      Cultural: cultural-consultant does them all (reviews.yaml:17)
        cultural-consultant has 1 pending review, this one among them

    Clocks
      cultural-review-novel on cultural review (REVIEW-002): 2h45m of 2h, due 2026-01-09T11:00:00Z (45m ago), exceeded, escalated to level 2 (sla.yaml:28)

    Next
      cultural-consultant is to do the cultural review REVIEW-002: orch review approve REVIEW-002 (or reject REVIEW-002)
      after an approval CONTENT-025 goes on to stage 2: coordinator
    ");
    assert_eq!(team.tip("orch/state"), before, "the second tick of a minute has nothing to say");
    insta::assert_snapshot!(team.day("
        11:50 review approve REVIEW-002 --as cultural-consultant --rating 3
        12:00 tick
        12:00 event list --type sla.*,task.escalated
    "), @"
    [11:50] $ orch review approve REVIEW-002 --as cultural-consultant --rating 3
    Tick 8 at 2026-01-09T11:50:00Z: 3 events, committed as [id]
      = REVIEW-002 cultural review of CONTENT-025 approved by cultural-consultant (rating 3, 170 minutes)
      + REVIEW-003 coordinator review of CONTENT-025 requested from coordinator — tier 1, stage 2 (reviews.yaml:31)
      = REVIEW-002 of CONTENT-025 no longer in breach of cultural-review-novel — its clock stopped
    Next change by the clock: 2026-01-09T12:12:00Z (in 22m)

    [12:00] $ orch tick
    Nothing to do at 2026-01-09T12:00:00Z.
    Next change by the clock: 2026-01-09T12:12:00Z (in 12m)

    [12:00] $ orch event list --type sla.*,task.escalated
    ID   TIME                  ACTOR  EVENT
    5.0  2026-01-09T10:45:00Z  orch   ! REVIEW-002 of CONTENT-025 close to breaching cultural-review-novel (limit 2h), 15m left (sla.yaml:28)
    6.0  2026-01-09T11:00:00Z  orch   ! REVIEW-002 of CONTENT-025 exceeded cultural-review-novel (limit 2h) (sla.yaml:28)
    6.1  2026-01-09T11:00:00Z  orch   ! REVIEW-002 of CONTENT-025 escalated to coordinator (level 1 of cultural-review-novel) (sla.yaml:35)
    7.0  2026-01-09T11:30:00Z  orch   ! REVIEW-002 of CONTENT-025 escalated to human (level 2 of cultural-review-novel) (sla.yaml:36)
    8.2  2026-01-09T11:50:00Z  orch   = REVIEW-002 of CONTENT-025 no longer in breach of cultural-review-novel — its clock stopped
    5 events
    ");
}

#[test]
fn the_hour_of_a_tier_2_review_is_its_own() {
    let team = team();
    team.day(r#"
        09:00 task add "Ika personality tweet" --code CONTENT-026 --type content --content-type tweet --tier 2 --as coordinator
        09:00 task complete CONTENT-026 --as content-strategist
    "#);
    insta::assert_snapshot!(team.day("
        09:45 tick
        10:00 tick
        10:15 tick
        10:30 tick
        10:45 tick
    "), @"
    [09:45] $ orch tick
    Nothing to do at 2026-01-09T09:45:00Z.
    Next change by the clock: 2026-01-09T09:48:00Z (in 3m)

    [10:00] $ orch tick
    Tick 4 at 2026-01-09T10:00:00Z: 2 events, committed as [id]
      ! REVIEW-001 of CONTENT-026 exceeded cultural-review-established (limit 1h) (sla.yaml:38)
      ! REVIEW-001 of CONTENT-026 escalated to coordinator (level 1 of cultural-review-established) (sla.yaml:45)
    Next change by the clock: 2026-01-09T10:30:00Z (in 30m)

    [10:15] $ orch tick
    Nothing to do at 2026-01-09T10:15:00Z.
    Next change by the clock: 2026-01-09T10:30:00Z (in 15m)

    [10:30] $ orch tick
    Tick 5 at 2026-01-09T10:30:00Z: 1 event, committed as [id]
      ! REVIEW-001 of CONTENT-026 escalated to human (level 2 of cultural-review-established) (sla.yaml:46)
    Next change by the clock: 2026-01-09T10:36:00Z (in 6m)

    [10:45] $ orch tick
    Tick 6 at 2026-01-09T10:45:00Z: 1 event, committed as [id]
      ! CONTENT-026 close to breaching total-review-established (limit 2h), 15m left (sla.yaml:78)
    Next change by the clock: 2026-01-09T11:00:00Z (in 15m)
    ");
}

#[test]
fn a_rejection_sends_the_task_back_for_a_second_round() {
    let team = team();
    insta::assert_snapshot!(team.day(r#"
        09:00 task add "The empty stage" --code CONTENT-030 --type content --content-type chapter --tier 1 --as coordinator
        09:01 task start CONTENT-030 --as light-novel-writer
        09:30 task complete CONTENT-030 --as light-novel-writer --output novel/empty-stage.md
        09:50 review reject CONTENT-030/canon --as lore-keeper --notes "Ika lost her voice in chapter 3, so she cannot sing here."
    "#), @r#"
    [09:00] $ orch task add "The empty stage" --code CONTENT-030 --type content --content-type chapter --tier 1 --as coordinator
    Tick 2 at 2026-01-09T09:00:00Z: 2 events, committed as [id]
      + CONTENT-030 created: The empty stage (content/chapter, P2, tier 1) — by coordinator
      > CONTENT-030 assigned to light-novel-writer — route novels (routing.yaml:24)
    Nothing changes by the clock alone.

    [09:01] $ orch task start CONTENT-030 --as light-novel-writer
    Tick 3 at 2026-01-09T09:01:00Z: 1 event, committed as [id]
      ~ CONTENT-030 started by light-novel-writer
    Nothing changes by the clock alone.

    [09:30] $ orch task complete CONTENT-030 --as light-novel-writer --output novel/empty-stage.md
    Tick 4 at 2026-01-09T09:30:00Z: 3 events, committed as [id]
      ~ CONTENT-030 delivered by light-novel-writer: novel/empty-stage.md
      + REVIEW-001 canon review of CONTENT-030 requested from lore-keeper — tier 1, stage 1 (reviews.yaml:31)
      + REVIEW-002 cultural review of CONTENT-030 requested from cultural-consultant — tier 1, stage 1 (reviews.yaml:31)
    Next change by the clock: 2026-01-09T11:06:00Z (in 1h36m)

    [09:50] $ orch review reject CONTENT-030/canon --as lore-keeper --notes "Ika lost her voice in chapter 3, so she cannot sing here."
    Tick 5 at 2026-01-09T09:50:00Z: 4 events, committed as [id]
      ~ REVIEW-001 canon review of CONTENT-030 rejected by lore-keeper (20 minutes): Ika lost her voice in chapter 3, so she cannot sing here.
      - REVIEW-002 cultural review of CONTENT-030 withdrawn — another review sent the task back
      > CONTENT-030 returned to its author light-novel-writer — canon review asks for another round
      > CONTENT-030 assigned to light-novel-writer — back to its author
    Nothing changes by the clock alone.
    "#);
    insta::assert_snapshot!(team.day(r#"
        10:00 agent show light-novel-writer
        10:10 task start CONTENT-030 --as light-novel-writer
        10:40 task complete CONTENT-030 --as light-novel-writer --output novel/empty-stage.md
        10:50 review approve CONTENT-030/cultural --as cultural-consultant --rating 5 --minutes 12
        10:55 review approve CONTENT-030/canon --as lore-keeper --notes "Agrees with chapter 3 now."
        11:05 review approve CONTENT-030/coordinator --as coordinator --minutes 3
        11:06 task show CONTENT-030
    "#), @r#"
    [10:00] $ orch agent show light-novel-writer
    light-novel-writer Agent 07 · Light Novel Writer
      Writes the chapters of the light novel.
      an agent, holds 1 of 2 tasks, room for 1 (agents.yaml:46)

    Tasks it holds, in the order to do them
      CODE         STATUS   PRIO  NEXT                         TITLE
      CONTENT-030  pending  P2    orch task start CONTENT-030  The empty stage

    [10:10] $ orch task start CONTENT-030 --as light-novel-writer
    Tick 6 at 2026-01-09T10:10:00Z: 1 event, committed as [id]
      ~ CONTENT-030 started by light-novel-writer
    Nothing changes by the clock alone.

    [10:40] $ orch task complete CONTENT-030 --as light-novel-writer --output novel/empty-stage.md
    Tick 7 at 2026-01-09T10:40:00Z: 3 events, committed as [id]
      ~ CONTENT-030 delivered by light-novel-writer: novel/empty-stage.md
      + REVIEW-003 canon review of CONTENT-030 requested from lore-keeper — tier 1, stage 1 (reviews.yaml:31)
      + REVIEW-004 cultural review of CONTENT-030 requested from cultural-consultant — tier 1, stage 1 (reviews.yaml:31)
    Next change by the clock: 2026-01-09T12:16:00Z (in 1h36m)

    [10:50] $ orch review approve CONTENT-030/cultural --as cultural-consultant --rating 5 --minutes 12
    Tick 8 at 2026-01-09T10:50:00Z: 1 event, committed as [id]
      = REVIEW-004 cultural review of CONTENT-030 approved by cultural-consultant (rating 5, 12 minutes)
    Next change by the clock: 2026-01-09T12:16:00Z (in 1h26m)

    [10:55] $ orch review approve CONTENT-030/canon --as lore-keeper --notes "Agrees with chapter 3 now."
    Tick 9 at 2026-01-09T10:55:00Z: 2 events, committed as [id]
      = REVIEW-003 canon review of CONTENT-030 approved by lore-keeper (15 minutes): Agrees with chapter 3 now.
      + REVIEW-005 coordinator review of CONTENT-030 requested from coordinator — tier 1, stage 2 (reviews.yaml:31)
    Next change by the clock: 2026-01-09T11:19:00Z (in 24m)

    [11:05] $ orch review approve CONTENT-030/coordinator --as coordinator --minutes 3
    Tick 10 at 2026-01-09T11:05:00Z: 2 events, committed as [id]
      = REVIEW-005 coordinator review of CONTENT-030 approved by coordinator (3 minutes)
      = CONTENT-030 complete — tier 1 is approved (reviews.yaml:44)
    Nothing changes by the clock alone.

    [11:06] $ orch task show CONTENT-030
    CONTENT-030 The empty stage
      status:     complete
      type:       content/chapter, P2, tier 1
      agent:      light-novel-writer
      author:     light-novel-writer
      created:    2026-01-09T09:00:00Z (2h6m ago)
      started:    2026-01-09T09:01:00Z (2h5m ago)
      delivered:  2026-01-09T10:40:00Z (26m ago)
      complete:   2026-01-09T11:05:00Z (1m ago)
      output:     novel/empty-stage.md

    Reviews, round 1
      REVIEW-001  stage 1  canon     lore-keeper          rejected   20 minutes: Ika lost her voice in chapter 3, so she cannot sing here.
      REVIEW-002  stage 1  cultural  cultural-consultant  withdrawn

    Reviews, round 2
      REVIEW-003  stage 1  canon        lore-keeper          approved  15 minutes: Agrees with chapter 3 now.
      REVIEW-004  stage 1  cultural     cultural-consultant  approved  rating 5, 12 minutes
      REVIEW-005  stage 2  coordinator  coordinator          approved  3 minutes

    Last events
      ID    TIME                  ACTOR                EVENT
      5.3   2026-01-09T09:50:00Z  orch                 > CONTENT-030 assigned to light-novel-writer — back to its author
      6.0   2026-01-09T10:10:00Z  light-novel-writer   ~ CONTENT-030 started by light-novel-writer
      7.0   2026-01-09T10:40:00Z  light-novel-writer   ~ CONTENT-030 delivered by light-novel-writer: novel/empty-stage.md
      7.1   2026-01-09T10:40:00Z  orch                 + REVIEW-003 canon review of CONTENT-030 requested from lore-keeper — tier 1, stage 1 (reviews.yaml:31)
      7.2   2026-01-09T10:40:00Z  orch                 + REVIEW-004 cultural review of CONTENT-030 requested from cultural-consultant — tier 1, stage 1 (reviews.yaml:31)
      8.0   2026-01-09T10:50:00Z  cultural-consultant  = REVIEW-004 cultural review of CONTENT-030 approved by cultural-consultant (rating 5, 12 minutes)
      9.0   2026-01-09T10:55:00Z  lore-keeper          = REVIEW-003 canon review of CONTENT-030 approved by lore-keeper (15 minutes): Agrees with chapter 3 now.
      9.1   2026-01-09T10:55:00Z  orch                 + REVIEW-005 coordinator review of CONTENT-030 requested from coordinator — tier 1, stage 2 (reviews.yaml:31)
      10.0  2026-01-09T11:05:00Z  coordinator          = REVIEW-005 coordinator review of CONTENT-030 approved by coordinator (3 minutes)
      10.1  2026-01-09T11:05:00Z  orch                 = CONTENT-030 complete — tier 1 is approved (reviews.yaml:44)
    "#);
    insta::assert_snapshot!(team.log("%s%n%n%b"), @"
    tick: state created

    + state created for project infinite-idol
    ~ configuration [id] taken up

    Orch-Serial: 1
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: created: The empty stage

    + CONTENT-030 created: The empty stage (content/chapter, P2, tier 1) — by coordinator
    > CONTENT-030 assigned to light-novel-writer — route novels (routing.yaml:24)

    Orch-Serial: 2
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: started by light-novel-writer

    ~ CONTENT-030 started by light-novel-writer

    Orch-Serial: 3
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: delivered by light-novel-writer: novel/empty-stage.md

    ~ CONTENT-030 delivered by light-novel-writer: novel/empty-stage.md
    + REVIEW-001 canon review of CONTENT-030 requested from lore-keeper — tier 1, stage 1 (reviews.yaml:31)
    + REVIEW-002 cultural review of CONTENT-030 requested from cultural-consultant — tier 1, stage 1 (reviews.yaml:31)

    Orch-Serial: 4
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: canon review rejected by lore-keeper

    ~ REVIEW-001 canon review of CONTENT-030 rejected by lore-keeper (20 minutes): Ika lost her voice in chapter 3, so she cannot sing here.
    - REVIEW-002 cultural review of CONTENT-030 withdrawn — another review sent the task back
    > CONTENT-030 returned to its author light-novel-writer — canon review asks for another round
    > CONTENT-030 assigned to light-novel-writer — back to its author

    Orch-Serial: 5
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: started by light-novel-writer

    ~ CONTENT-030 started by light-novel-writer

    Orch-Serial: 6
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: delivered by light-novel-writer: novel/empty-stage.md

    ~ CONTENT-030 delivered by light-novel-writer: novel/empty-stage.md
    + REVIEW-003 canon review of CONTENT-030 requested from lore-keeper — tier 1, stage 1 (reviews.yaml:31)
    + REVIEW-004 cultural review of CONTENT-030 requested from cultural-consultant — tier 1, stage 1 (reviews.yaml:31)

    Orch-Serial: 7
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: cultural review approved by cultural-consultant

    = REVIEW-004 cultural review of CONTENT-030 approved by cultural-consultant (rating 5, 12 minutes)

    Orch-Serial: 8
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: canon review approved by lore-keeper

    = REVIEW-003 canon review of CONTENT-030 approved by lore-keeper (15 minutes): Agrees with chapter 3 now.
    + REVIEW-005 coordinator review of CONTENT-030 requested from coordinator — tier 1, stage 2 (reviews.yaml:31)

    Orch-Serial: 9
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0

    CONTENT-030: coordinator review approved by coordinator, complete

    = REVIEW-005 coordinator review of CONTENT-030 approved by coordinator (3 minutes)
    = CONTENT-030 complete — tier 1 is approved (reviews.yaml:44)

    Orch-Serial: 10
    Orch-Lineage: infinite-idol-[id]
    Orch-Config: [id]
    Orch-Version: 0.1.0
    ");
}
