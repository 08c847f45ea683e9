//! How everything looks that only looks: each view as text, the keys of each JSON document, help,
//! the four forms of diagnostics, and the kinds of repositories that all of it works in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::harness::Sandbox;

/// A team in the middle of its work: something queued, blocked, on hold, in review, late and done.
fn busy() -> Sandbox {
    let team = Sandbox::team();
    team.day(
        r#"
        09:00 tick
        09:05 task start CONTENT-010 --as content-strategist
        09:30 task complete CONTENT-010 --as content-strategist --output outputs/ika-tweet-006.md
        09:31 task complete REPORT-007 --as analytics --output reports/ika.md
        09:40 task add "Interlude" --type content --content-type novel --priority P1
        09:41 task add "Chapter 5" --type content --content-type chapter --deadline 2026-01-12T09:00:00+09:00
        09:42 task add "Chapter 6" --type content --content-type chapter --label senpai
        09:50 task block ASSET-004 --reason "the festival has no date yet"
        10:00 review reject CONTENT-010/cultural --as cultural-consultant --rating 2 --notes "Not her voice."
        10:10 task complete CONTENT-010 --as content-strategist --output outputs/ika-tweet-006b.md
        11:30 tick
    "#,
    );
    team
}

#[test]
fn tasks_reviews_agents_clocks() {
    let team = busy();
    insta::assert_snapshot!(team.day("
        11:45 status
        11:45 task list
        11:45 task list --status pending,blocked --priority P1 --type content
        11:45 task list --label senpai --agent light-novel-writer
        11:45 task show CONTENT-010
        11:45 task show CONTENT-017
        11:45 task show REPORT-7
    "), @"
    [11:45] $ orch status
    infinite-idol: state 11 ([id]) at 2026-01-09T11:45:00Z

    Tasks
      pending      6  1 in the queue
      in_progress  0
      blocked      4
      review       1
      complete     1
      cancelled    0

    SLA
      7 clocks, 0 warned, 1 exceeded

    Workloads
      AGENT                LOAD  ROOM  QUEUE  REVIEWS  TITLE
      coordinator          0/8   8     0      0        Agent 00 · Coordinator
      creative-lead        1/3   2     0      0        Agent 01 · Creative Lead
      content-strategist   0/5   5     0      0        Agent 02 · Content Strategist
      community-manager    1/5   4     0      0        Agent 03 · Community Manager
      gacha-designer       0/3   3     0      0        Agent 04 · Gacha Designer
      analytics            0/4   4     0      0        Agent 05 · Analytics
      asset-coordinator    0/6   6     0      0        Agent 06 · Asset Coordinator
      light-novel-writer   2/2   0     1      0        Agent 07 · Light Novel Writer
      lore-keeper          0/4   4     0      0        Agent 08 · Lore Keeper
      cultural-consultant  1/4   3     0      1        Agent 09 · Cultural Consultant
      human                0/3   3     0      0        The person in charge

    Reviews that wait
      REVIEWER             PENDING  OLDEST
      cultural-consultant  1        1h35m

    Blocked
      ASSET-004    on hold by orch@localhost since 2026-01-09T09:50:00Z: the festival has no date yet
      CONTENT-015  waits for LORE-003 (pending, with creative-lead)
      CONTENT-017  waits for ASSET-004 (blocked, on hold)
      CONTENT-020  waits for LORE-003 (pending, with creative-lead); waits for CONTENT-015 (blocked, waits for others)

    Next change by the clock: with the next tick.

    [11:45] $ orch task list
    CODE          STATUS    PRIO  TIER  AGENT                AGE    DEADLINE  TITLE
    ASSET-004     blocked   P1    -     asset-coordinator    2h45m  -         Key visual of the summer festival
    CONTENT-010   review    P2    2     content-strategist   2h45m  -         Create Ika personality tweet #6
    CONTENT-015   blocked   P1    1     -                    2h45m  -         Thread on the Senpai mystery
    CONTENT-016   pending   P2    3     community-manager    2h45m  -         Watch party: reminder on Discord
    CONTENT-017   blocked   P1    2     -                    2h45m  -         Copy of the summer festival banner
    CONTENT-020   blocked   P3    -     -                    2h45m  -         Light novel, chapter 4: the empty stage
    CONTENT-021   pending   P1    -     light-novel-writer   2h5m   -         Interlude
    CONTENT-022   pending   P2    -     light-novel-writer   2h4m   in 2d12h  Chapter 5
    CONTENT-023   pending   P2    -     -                    2h3m   -         Chapter 6
    LORE-003      pending   P1    -     creative-lead        2h45m  -         Senpai mystery lore drop
    REPORT-007    complete  P3    -     analytics            2h45m  -         Engagement of the five Ika tweets
    RESEARCH-002  pending   P3    -     cultural-consultant  2h45m  -         What summer festivals mean to readers abroad
    12 tasks

    [11:45] $ orch task list --status pending,blocked --priority P1 --type content
    CODE         STATUS   PRIO  TIER  AGENT               AGE    TITLE
    CONTENT-015  blocked  P1    1     -                   2h45m  Thread on the Senpai mystery
    CONTENT-017  blocked  P1    2     -                   2h45m  Copy of the summer festival banner
    CONTENT-021  pending  P1    -     light-novel-writer  2h5m   Interlude
    3 tasks

    [11:45] $ orch task list --label senpai --agent light-novel-writer
    No tasks.

    [11:45] $ orch task show CONTENT-010
    CONTENT-010 Create Ika personality tweet #6
      status:       review
      type:         content/tweet, P2, tier 2
      agent:        content-strategist
      author:       content-strategist
      labels:       ika, personality
      created:      2026-01-09T09:00:00Z (2h45m ago)
      started:      2026-01-09T09:05:00Z (2h40m ago)
      delivered:    2026-01-09T10:10:00Z (1h35m ago)
      output:       outputs/ika-tweet-006b.md
      declared in:  tasks/content.yaml

    Description
      One tweet in Ika's voice, in line with the five before it.

    Reviews, round 1
      REVIEW-001  stage 1  cultural  cultural-consultant  rejected  rating 2, 30 minutes: Not her voice.

    Reviews, round 2
      REVIEW-002  stage 1  cultural  cultural-consultant  pending

    Clocks
      SUBJECT      TASK         OBJECTIVE                    STATE              ELAPSED      LEFT      DUE
      REVIEW-002   CONTENT-010  cultural-review-established  exceeded, level 1  1h35m of 1h  35m over  2026-01-09 11:10Z
      CONTENT-010  CONTENT-010  total-review-established     ok                 1h35m of 2h  25m       2026-01-09 12:10Z

    Last events
      ID    TIME                  ACTOR                EVENT
      2.0   2026-01-09T09:05:00Z  content-strategist   ~ CONTENT-010 started by content-strategist
      3.0   2026-01-09T09:30:00Z  content-strategist   ~ CONTENT-010 delivered by content-strategist: outputs/ika-tweet-006.md
      3.1   2026-01-09T09:30:00Z  orch                 + REVIEW-001 cultural review of CONTENT-010 requested from cultural-consultant — tier 2, stage 1 (reviews.yaml:35)
      9.0   2026-01-09T10:00:00Z  cultural-consultant  ~ REVIEW-001 cultural review of CONTENT-010 rejected by cultural-consultant (rating 2, 30 minutes): Not her voice.
      9.1   2026-01-09T10:00:00Z  orch                 > CONTENT-010 returned to its author content-strategist — cultural review asks for another round
      9.2   2026-01-09T10:00:00Z  orch                 > CONTENT-010 assigned to content-strategist — back to its author
      10.0  2026-01-09T10:10:00Z  content-strategist   ~ CONTENT-010 delivered by content-strategist: outputs/ika-tweet-006b.md
      10.1  2026-01-09T10:10:00Z  orch                 + REVIEW-002 cultural review of CONTENT-010 requested from cultural-consultant — tier 2, stage 1 (reviews.yaml:35)
      11.0  2026-01-09T11:30:00Z  orch                 ! REVIEW-002 of CONTENT-010 exceeded cultural-review-established (limit 1h) by 20m (sla.yaml:38)
      11.1  2026-01-09T11:30:00Z  orch                 ! REVIEW-002 of CONTENT-010 escalated to coordinator (level 1 of cultural-review-established) (sla.yaml:45)

    [11:45] $ orch task show CONTENT-017
    CONTENT-017 Copy of the summer festival banner
      status:       blocked
      type:         content/banner, P1, tier 2
      labels:       summer
      created:      2026-01-09T09:00:00Z (2h45m ago)
      declared in:  tasks/content.yaml

    Blocked by
      waits for ASSET-004 (blocked, on hold)

    Depends on
      ASSET-004  blocked  Key visual of the summer festival

    Clocks
      SUBJECT      TASK         OBJECTIVE      STATE  ELAPSED      LEFT   DUE
      CONTENT-017  CONTENT-017  p1-completion  ok     2h45m of 3d  2d21h  2026-01-12 09:00Z

    Last events
      ID    TIME                  ACTOR  EVENT
      1.5   2026-01-09T09:00:00Z  orch   + CONTENT-017 created: Copy of the summer festival banner (content/banner, P1, tier 2) (tasks/content.yaml:40)
      1.12  2026-01-09T09:00:00Z  orch   ~ CONTENT-017 blocked, waits for ASSET-004

    [11:45] $ orch task show REPORT-7
    REPORT-007 Engagement of the five Ika tweets
      status:       complete
      type:         analytics, P3
      agent:        analytics
      author:       analytics
      labels:       ika
      created:      2026-01-09T09:00:00Z (2h45m ago)
      started:      2026-01-09T09:31:00Z (2h14m ago)
      delivered:    2026-01-09T09:31:00Z (2h14m ago)
      complete:     2026-01-09T09:31:00Z (2h14m ago)
      output:       reports/ika.md
      declared in:  tasks/groundwork.yaml

    Last events
      ID    TIME                  ACTOR      EVENT
      1.10  2026-01-09T09:00:00Z  orch       + REPORT-007 created: Engagement of the five Ika tweets (analytics, P3) (tasks/groundwork.yaml:26)
      1.18  2026-01-09T09:00:00Z  orch       > REPORT-007 assigned to analytics — route reports (routing.yaml:36)
      4.0   2026-01-09T09:31:00Z  analytics  ~ REPORT-007 delivered by analytics: reports/ika.md
      4.1   2026-01-09T09:31:00Z  orch       = REPORT-007 complete — needs no review
    ");
    insta::assert_snapshot!(team.day("
        11:45 review list
        11:45 review list --all
        11:45 review show REVIEW-001
        11:45 agent list
        11:45 agent show cultural-consultant
        11:45 agent show light-novel-writer
        11:45 agent show human
        11:45 sla status
    "), @"
    [11:45] $ orch review list
    REVIEW      TASK         TYPE      STATUS   REVIEWER             WAITING  LEFT      TITLE
    REVIEW-002  CONTENT-010  cultural  pending  cultural-consultant  1h35m    35m over  Create Ika personality tweet #6
    1 review

    [11:45] $ orch review list --all
    REVIEW      TASK         TYPE      STATUS    REVIEWER             WAITING  LEFT      TITLE
    REVIEW-001  CONTENT-010  cultural  rejected  cultural-consultant  -        -         Create Ika personality tweet #6
    REVIEW-002  CONTENT-010  cultural  pending   cultural-consultant  1h35m    35m over  Create Ika personality tweet #6
    2 reviews

    [11:45] $ orch review show REVIEW-001
    REVIEW-001 cultural review of CONTENT-010 Create Ika personality tweet #6: rejected 2026-01-09T10:00:00Z (1h45m ago)

    Why it is asked for
      the task must be reviewed (reviews.yaml:44)
      tier 2 Established, round 1 (reviews.yaml:33)
      stage 1 of 2 (reviews.yaml:35)

    Reviewer
      Cultural: cultural-consultant does them all (reviews.yaml:17)
        cultural-consultant has 1 pending review

    Next
      nothing will change

    [11:45] $ orch agent list
    AGENT                LOAD  ROOM  QUEUE  REVIEWS  TITLE
    coordinator          0/8   8     0      0        Agent 00 · Coordinator
    creative-lead        1/3   2     0      0        Agent 01 · Creative Lead
    content-strategist   0/5   5     0      0        Agent 02 · Content Strategist
    community-manager    1/5   4     0      0        Agent 03 · Community Manager
    gacha-designer       0/3   3     0      0        Agent 04 · Gacha Designer
    analytics            0/4   4     0      0        Agent 05 · Analytics
    asset-coordinator    0/6   6     0      0        Agent 06 · Asset Coordinator
    light-novel-writer   2/2   0     1      0        Agent 07 · Light Novel Writer
    lore-keeper          0/4   4     0      0        Agent 08 · Lore Keeper
    cultural-consultant  1/4   3     0      1        Agent 09 · Cultural Consultant
    human                0/3   3     0      0        The person in charge
    11 agents

    [11:45] $ orch agent show cultural-consultant
    cultural-consultant Agent 09 · Cultural Consultant
      Reviews how content reads in Japan and abroad.
      an agent, holds 1 of 4 tasks, room for 3 (agents.yaml:56)

    Reviews to do, the oldest first
      REVIEW      TASK         TYPE      WAITING  NEXT
      REVIEW-002  CONTENT-010  cultural  1h35m    orch review approve REVIEW-002

    Tasks it holds, in the order to do them
      CODE          STATUS   PRIO  NEXT                          TITLE
      RESEARCH-002  pending  P3    orch task start RESEARCH-002  What summer festivals mean to readers abroad

    [11:45] $ orch agent show light-novel-writer
    light-novel-writer Agent 07 · Light Novel Writer
      Writes the chapters of the light novel.
      an agent, holds 2 of 2 tasks, room for 0 (agents.yaml:46)

    Tasks it holds, in the order to do them
      CODE         STATUS   PRIO  DEADLINE  NEXT                         TITLE
      CONTENT-021  pending  P1    -         orch task start CONTENT-021  Interlude
      CONTENT-022  pending  P2    in 2d12h  orch task start CONTENT-022  Chapter 5

    Queued tasks that may come to it, the next first
      CODE         PRIO  AGE   TITLE
      CONTENT-023  P2    2h3m  Chapter 6

    [11:45] $ orch agent show human
    human The person in charge
      Decides where the team cannot.
      a person, holds 0 of 3 tasks, room for 3 (agents.yaml:62)

    Nothing to do.

    [11:45] $ orch sla status
    SUBJECT      TASK         OBJECTIVE                    STATE              ELAPSED      LEFT      DUE
    REVIEW-002   CONTENT-010  cultural-review-established  exceeded, level 1  1h35m of 1h  35m over  2026-01-09 11:10Z
    CONTENT-010  CONTENT-010  total-review-established     ok                 1h35m of 2h  25m       2026-01-09 12:10Z
    ASSET-004    ASSET-004    p1-completion                ok                 2h45m of 3d  2d21h     2026-01-12 09:00Z
    CONTENT-015  CONTENT-015  p1-completion                ok                 2h45m of 3d  2d21h     2026-01-12 09:00Z
    CONTENT-017  CONTENT-017  p1-completion                ok                 2h45m of 3d  2d21h     2026-01-12 09:00Z
    LORE-003     LORE-003     p1-completion                ok                 2h45m of 3d  2d21h     2026-01-12 09:00Z
    CONTENT-021  CONTENT-021  p1-completion                ok                 2h5m of 3d   2d21h     2026-01-12 09:40Z
    7 clocks, 1 exceeded
    ");
}

#[test]
fn why_something_is_where_it_is() {
    let team = busy();
    insta::assert_snapshot!(team.day("
        11:45 explain CONTENT-023
        11:45 explain CONTENT-017
        11:45 explain ASSET-004
        11:45 explain CONTENT-020
        11:45 explain REPORT-007
        11:45 explain REVIEW-002
        11:45 explain light-novel-writer
        11:45 explain coordinator
        11:45 explain ORCH-0201
    "), @"
    [11:45] $ orch explain CONTENT-023
    CONTENT-023 Chapter 6: in the queue, assigned to nobody

    Routing
      route tweets does not match: content_type `chapter` is not `tweet`, `thread` (routing.yaml:12)
      route community does not match: content_type `chapter` is not `discord`, `event`, `community` (routing.yaml:16)
      route banners does not match: content_type `chapter` is not `banner`, `gacha`, `seasonal` (routing.yaml:20)
      route novels matches (routing.yaml:24)
        light-novel-writer holds 2 of 2 tasks, no room (agents.yaml:46)
      place 1 of 1 in the queue for light-novel-writer (by priority, deadline, age)

    Reviews
      must be reviewed, tier 1 unless the task says another (reviews.yaml:44)
      tier 1 Novel, begins when it is delivered (reviews.yaml:29)
        stage 1: canon and cultural (reviews.yaml:31)
        stage 2: coordinator (reviews.yaml:31)

    Next
      light-novel-writer delivers a task, then there is room for it

    [11:45] $ orch explain CONTENT-017
    CONTENT-017 Copy of the summer festival banner: blocked, waits for other tasks

    Blocked by
      waits for ASSET-004 (blocked, on hold)
        on hold by orch@localhost since 2026-01-09T09:50:00Z: the festival has no date yet

    Routing
      route tweets does not match: content_type `banner` is not `tweet`, `thread` (routing.yaml:12)
      route community does not match: content_type `banner` is not `discord`, `event`, `community` (routing.yaml:16)
      route banners matches (routing.yaml:20)
        gacha-designer holds 0 of 3 tasks (agents.yaml:31)

    Reviews
      must be reviewed, the task says tier 2 (reviews.yaml:44)
      tier 2 Established, begins when it is delivered (reviews.yaml:33)
        stage 1: cultural (reviews.yaml:35)
        stage 2: coordinator (reviews.yaml:35)

    Clocks
      p1-completion on task: 2h45m of 3d, due 2026-01-12T09:00:00Z (in 2d21h) (sla.yaml:105)
        warns at 2026-01-11T15:00:00Z (in 2d3h)

    Next
      orch@localhost or anybody else can end the hold on ASSET-004: orch task unblock ASSET-004
      by the clock: p1-completion on CONTENT-017 warns (in 2d3h)

    [11:45] $ orch explain ASSET-004
    ASSET-004 Key visual of the summer festival: blocked, on hold

    Blocked by
      on hold by orch@localhost since 2026-01-09T09:50:00Z: the festival has no date yet

    Routing
      route tweets does not match: type `asset` is not `content` (routing.yaml:12)
      route community does not match: type `asset` is not `content` (routing.yaml:16)
      route banners does not match: type `asset` is not `content` (routing.yaml:20)
      route novels does not match: type `asset` is not `content` (routing.yaml:24)
      route assets matches (routing.yaml:28)
        asset-coordinator holds 0 of 6 tasks (agents.yaml:41)

    Reviews
      it needs no review: no requirement matches

    Clocks
      p1-completion on task: 2h45m of 3d, due 2026-01-12T09:00:00Z (in 2d21h) (sla.yaml:105)
        warns at 2026-01-11T15:00:00Z (in 2d3h)

    Waiting for it
      CONTENT-017 Copy of the summer festival banner

    Next
      orch@localhost or anybody else can end the hold on ASSET-004: orch task unblock ASSET-004
      by the clock: p1-completion on ASSET-004 warns (in 2d3h)

    [11:45] $ orch explain CONTENT-020
    CONTENT-020 Light novel, chapter 4: the empty stage: blocked, waits for other tasks

    Blocked by
      waits for LORE-003 (pending, with creative-lead)
      waits for CONTENT-015 (blocked, waits for others)
        waits for LORE-003 (pending, with creative-lead)

    Routing
      route tweets does not match: content_type `chapter` is not `tweet`, `thread` (routing.yaml:12)
      route community does not match: content_type `chapter` is not `discord`, `event`, `community` (routing.yaml:16)
      route banners does not match: content_type `chapter` is not `banner`, `gacha`, `seasonal` (routing.yaml:20)
      route novels matches (routing.yaml:24)
        light-novel-writer holds 2 of 2 tasks, no room (agents.yaml:46)

    Reviews
      must be reviewed, tier 1 unless the task says another (reviews.yaml:44)
      tier 1 Novel, begins when it is delivered (reviews.yaml:29)
        stage 1: canon and cultural (reviews.yaml:31)
        stage 2: coordinator (reviews.yaml:31)

    Next
      creative-lead works on LORE-003, and is to start it: orch task start LORE-003

    [11:45] $ orch explain REPORT-007
    REPORT-007 Engagement of the five Ika tweets: complete since 2026-01-09T09:31:00Z

    Reviews
      it needs no review: no requirement matches

    Next
      nothing will change

    [11:45] $ orch explain REVIEW-002
    REVIEW-002 cultural review of CONTENT-010 Create Ika personality tweet #6: waits for cultural-consultant for 1h35m

    Why it is asked for
      the task must be reviewed (reviews.yaml:44)
      tier 2 Established, round 2 (reviews.yaml:33)
      stage 1 of 2 (reviews.yaml:35)

    Reviewer
      Cultural: cultural-consultant does them all (reviews.yaml:17)
        cultural-consultant has 1 pending review, this one among them

    Clocks
      cultural-review-established on cultural review (REVIEW-002): 1h35m of 1h, due 2026-01-09T11:10:00Z (35m ago), exceeded, escalated to level 1 (sla.yaml:38)
        escalates to human (level 2) at 2026-01-09T11:40:00Z (with the next tick)

    Next
      cultural-consultant is to do the cultural review REVIEW-002: orch review approve REVIEW-002 (or reject REVIEW-002)
      after an approval CONTENT-010 goes on to stage 2: coordinator
      by the clock: cultural-review-established on REVIEW-002 escalates to human (level 2) (with the next tick)

    [11:45] $ orch explain light-novel-writer
    light-novel-writer Agent 07 · Light Novel Writer: holds 2 of 2 tasks, 0 reviews to do

    Capacity
      max_active is 2, it has no room (agents.yaml:46)

    Holds
      CONTENT-021 Interlude (P1, pending)
      CONTENT-022 Chapter 5 (P2, pending)

    Queue
      CONTENT-023 Chapter 6 (P2, pending), route novels (routing.yaml:24)

    Gets work from
      route novels (routing.yaml:24)

    Next
      light-novel-writer has CONTENT-021, and is to start it: orch task start CONTENT-021
      the queue gives it CONTENT-023 when room appears

    [11:45] $ orch explain coordinator
    coordinator Agent 00 · Coordinator: holds 0 of 8 tasks, 0 reviews to do

    Capacity
      max_active is 8, it has room for 8 tasks more (agents.yaml:11)

    Gets work from
      fallback of the routes (routing.yaml:47)
      coordinator reviews (reviews.yaml:23)

    Next
      nothing will change

    [11:45] $ orch explain ORCH-0201
    # ORCH-0201: agent is not declared

    Routes, the fallback, review types and escalations name agents that `agents.yaml` declares.

    Wrong:

    ```yaml
    # routing.yaml
    routes:
      - name: all
        to: writr
    ```

    Right:

    ```yaml
    # routing.yaml
    routes:
      - name: all
        to: writer
    ```
    ");
}

#[test]
fn what_happened() {
    let team = busy();
    insta::assert_snapshot!(team.day("
        11:45 event list --limit 12
        11:45 event list --actor cultural-consultant,analytics
        11:45 event list --type review.* --since 2026-01-09T10:00:00Z
        11:45 event list --subject REVIEW-001
        11:45 event list --type task.escalated --until 2026-01-09T10:00:00Z
        11:45 event list --type task.exploded
    "), @"
    [11:45] $ orch event list --limit 12
    ID    TIME                  ACTOR                EVENT
    5.1   2026-01-09T09:40:00Z  orch                 > CONTENT-021 assigned to light-novel-writer — route novels (routing.yaml:24)
    6.0   2026-01-09T09:41:00Z  orch@localhost       + CONTENT-022 created: Chapter 5 (content/chapter, P2)
    6.1   2026-01-09T09:41:00Z  orch                 > CONTENT-022 assigned to light-novel-writer — route novels (routing.yaml:24)
    7.0   2026-01-09T09:42:00Z  orch@localhost       + CONTENT-023 created: Chapter 6 (content/chapter, P2)
    8.0   2026-01-09T09:50:00Z  orch@localhost       ~ ASSET-004 put on hold: the festival has no date yet
    9.0   2026-01-09T10:00:00Z  cultural-consultant  ~ REVIEW-001 cultural review of CONTENT-010 rejected by cultural-consultant (rating 2, 30 minutes): Not her voice.
    9.1   2026-01-09T10:00:00Z  orch                 > CONTENT-010 returned to its author content-strategist — cultural review asks for another round
    9.2   2026-01-09T10:00:00Z  orch                 > CONTENT-010 assigned to content-strategist — back to its author
    10.0  2026-01-09T10:10:00Z  content-strategist   ~ CONTENT-010 delivered by content-strategist: outputs/ika-tweet-006b.md
    10.1  2026-01-09T10:10:00Z  orch                 + REVIEW-002 cultural review of CONTENT-010 requested from cultural-consultant — tier 2, stage 1 (reviews.yaml:35)
    11.0  2026-01-09T11:30:00Z  orch                 ! REVIEW-002 of CONTENT-010 exceeded cultural-review-established (limit 1h) by 20m (sla.yaml:38)
    11.1  2026-01-09T11:30:00Z  orch                 ! REVIEW-002 of CONTENT-010 escalated to coordinator (level 1 of cultural-review-established) (sla.yaml:45)
    12 events

    [11:45] $ orch event list --actor cultural-consultant,analytics
    ID   TIME                  ACTOR                EVENT
    4.0  2026-01-09T09:31:00Z  analytics            ~ REPORT-007 delivered by analytics: reports/ika.md
    9.0  2026-01-09T10:00:00Z  cultural-consultant  ~ REVIEW-001 cultural review of CONTENT-010 rejected by cultural-consultant (rating 2, 30 minutes): Not her voice.
    2 events

    [11:45] $ orch event list --type review.* --since 2026-01-09T10:00:00Z
    ID    TIME                  ACTOR                EVENT
    9.0   2026-01-09T10:00:00Z  cultural-consultant  ~ REVIEW-001 cultural review of CONTENT-010 rejected by cultural-consultant (rating 2, 30 minutes): Not her voice.
    10.1  2026-01-09T10:10:00Z  orch                 + REVIEW-002 cultural review of CONTENT-010 requested from cultural-consultant — tier 2, stage 1 (reviews.yaml:35)
    2 events

    [11:45] $ orch event list --subject REVIEW-001
    ID   TIME                  ACTOR                EVENT
    3.1  2026-01-09T09:30:00Z  orch                 + REVIEW-001 cultural review of CONTENT-010 requested from cultural-consultant — tier 2, stage 1 (reviews.yaml:35)
    9.0  2026-01-09T10:00:00Z  cultural-consultant  ~ REVIEW-001 cultural review of CONTENT-010 rejected by cultural-consultant (rating 2, 30 minutes): Not her voice.
    2 events

    [11:45] $ orch event list --type task.escalated --until 2026-01-09T10:00:00Z
    No events.

    [11:45] $ orch event list --type task.exploded
    --- stderr
    error: invalid value 'task.exploded' for '--type <TYPE>': `task.exploded` is not an event type

    For more information, try '--help'.
    --- exit 2
    ");
    insta::assert_snapshot!(team.log("%s"), @"
    tick: state created, 9 tasks created, 6 assigned, 3 blocked
    CONTENT-010: started by content-strategist
    CONTENT-010: delivered by content-strategist: outputs/ika-tweet-006.md
    REPORT-007: delivered by analytics: reports/ika.md
    CONTENT-021: created: Interlude
    CONTENT-022: created: Chapter 5
    CONTENT-023: created: Chapter 6
    ASSET-004: put on hold: the festival has no date yet
    CONTENT-010: cultural review rejected by cultural-consultant
    CONTENT-010: delivered by content-strategist: outputs/ika-tweet-006b.md
    tick: 1 SLA breach, 1 escalation
    ");
}

#[test]
fn help() {
    let nowhere = Sandbox::bare();
    insta::assert_snapshot!(nowhere.run(&["--help"]), @"
    $ orch --help
    Terraform for the work that people and AI agents do together

    Usage: orch [OPTIONS] <COMMAND>

    Author:
      init        Write a ready project into a git repository
      validate    Check the configuration and report every problem
      plan        Show what would happen now, and why

    Run:
      apply       Do what a plan says
      tick        Observe, plan, apply, commit: what a cron job runs
      run         Run a workflow now
      task        Add, start, complete, block, edit tasks
      review      Approve, reject, or ask for changes

    Look:
      status      Where everything stands
      agent       Who holds what, and what comes next
      workflow    What is automated, how it does, and what it does
      runs        What workflows did, and are doing
      event       What happened, by whom and why
      explain     Why something is where it is, or what a diagnostic means

    Judge:
      approve     Say yes to a run that waits

    `orch COMMAND --help` shows options and an example; `orch help all` lists every command.

    Options:
      -C, --directory <DIR>       Run as if started in DIR
          --now <TIME>            Take TIME as the clock (RFC 3339) instead of the real one [env:
                                  ORCH_NOW]
          --config-from <COMMIT>  Read the configuration from this branch, tag or commit instead of the
                                  work tree [env: ORCH_CONFIG_FROM]
          --format <FORMAT>       How to write the result; sarif and github for `validate` only
                                  [default: text] [possible values: text, json, sarif, github]
          --as <NAME>             Act as this agent, or person [env: ORCH_ACTOR]
          --color <WHEN>          When to colour [default: auto] [possible values: auto, always, never]
      -q, --quiet                 Say only what went wrong
      -v, --verbose               Say more
      -h, --help                  Print help
      -V, --version               Print version
    ");
    insta::assert_snapshot!(nowhere.run(&["help", "all"]), @"
    $ orch help all
    All commands of orch:

      agent        List agents; show one with its queue
      apply        Do what a saved plan says, or plan and apply at once
      approve      Say yes to a run that waits for approval
      compact      Cut the history: the state goes on at a new branch
      completions  Write shell completions
      deny         Say no to a run that waits for approval
      doctor       See what needs attention; fails if something is wrong
      event        Query the event log
      explain      Explain a task, review, agent, run, workflow, diagnostic code
      export       Write all tasks as JSON lines
      fsck         Verify the state branch against its own history
      import       Take tasks over from JSON lines
      init         Write a ready project into a git repository
      log          Tell what happened, tick by tick
      metric       Record a metric; list the last values
      next         Claim the best ready task for an agent
      pause        Let no step of a workflow begin, or of any
      plan         Show what would happen now; save it with -o
      resume       Let a paused workflow go on, or all of them
      review       List, show, approve, reject, request changes
      rollback     Go back to a state of the past, and hold it
      run          Run a workflow now
      runs         List, show, log, cancel, retry runs
      schema       Print the JSON Schema of a kind of file
      sla          Running clocks, and what is late
      status       Where everything stands
      task         Add, list, show, claim, start, complete, release, block, unblock, cancel, reassign, edit
      tick         Observe, plan, apply, commit
      validate     Check the configuration
      verify       Derive every decision of the history again
      work         Do one step that was sent to this runner
      workflow     List, show, draw, switch, add workflows; list actions; fill in slots

    `orch COMMAND --help` shows options and an example.

    Exit codes:
       0  fine
       1  failed: the files or the world are not as they must be
       2  usage
       3  no project found
      10  changes are pending (plan --exit-code)
      11  a run failed
      12  no task is ready (next)
      20  the state moved: the plan is stale
      70  a bug in orch
    ");
    insta::assert_snapshot!(nowhere.run(&["task", "--help"]), @"
    $ orch task --help
    Add, list, show, claim, start, complete, release, block, unblock, cancel, reassign, edit tasks

    Usage: orch task [OPTIONS] <COMMAND>

    Commands:
      add       Add a task
      list      List tasks
      show      Show everything about a task
      claim     Claim a task: for a while nobody else can work on it
      start     Start an assigned task
      complete  Deliver a task: its reviews follow, or its completion
      release   Give a claimed task back to the queue
      block     Put a task on hold
      unblock   End a hold
      cancel    Cancel a task for good
      reassign  Hand a task to an agent
      edit      Change a task

    Options:
      -h, --help  Print help

    Global options:
      -C, --directory <DIR>       Run as if started in DIR
          --now <TIME>            Take TIME as the clock (RFC 3339) instead of the real one [env:
                                  ORCH_NOW]
          --config-from <COMMIT>  Read the configuration from this branch, tag or commit instead of the
                                  work tree [env: ORCH_CONFIG_FROM]
          --format <FORMAT>       How to write the result; sarif and github for `validate` only
                                  [default: text] [possible values: text, json, sarif, github]
          --as <NAME>             Act as this agent, or person [env: ORCH_ACTOR]
          --color <WHEN>          When to colour [default: auto] [possible values: auto, always, never]
      -q, --quiet                 Say only what went wrong
      -v, --verbose               Say more
    ");
    insta::assert_snapshot!(nowhere.run(&["review", "approve", "--help"]), @"
    $ orch review approve --help
    Approve a review

    Usage: orch review approve [OPTIONS] <REVIEW>

    Arguments:
      <REVIEW>  `REVIEW-020`, or a task and review type such as `CONTENT-010/cultural`

    Options:
          --notes <NOTES>      What the author should know
          --rating <RATING>    The rating, where the review type has one
          --minutes <MINUTES>  Minutes spent; the time since the request if left out
          --push               Send the state branch to the remote, and begin with what the remote has
          --dry-run            Show what would happen, and change nothing
      -h, --help               Print help

    Global options:
      -C, --directory <DIR>       Run as if started in DIR
          --now <TIME>            Take TIME as the clock (RFC 3339) instead of the real one [env:
                                  ORCH_NOW]
          --config-from <COMMIT>  Read the configuration from this branch, tag or commit instead of the
                                  work tree [env: ORCH_CONFIG_FROM]
          --format <FORMAT>       How to write the result; sarif and github for `validate` only
                                  [default: text] [possible values: text, json, sarif, github]
          --as <NAME>             Act as this agent, or person [env: ORCH_ACTOR]
          --color <WHEN>          When to colour [default: auto] [possible values: auto, always, never]
      -q, --quiet                 Say only what went wrong
      -v, --verbose               Say more

    Example:
      orch review approve REVIEW-020 --rating 4 --as cultural-consultant
      orch review approve CONTENT-010/cultural
    ");
    insta::assert_snapshot!(nowhere.run(&["plan", "-h"]), @"
    $ orch plan -h
    Show what would happen now

    Usage: orch plan [OPTIONS]

    Options:
      -o, --output <FILE>  Save the plan, for `orch apply FILE`
          --show <FILE>    Show a saved plan, and whether it still applies
          --github         Post the plan on the pull request of this job, kept up to date: one comment,
                           one check, and the job's summary
          --pull <NUMBER>  With `--github`: the number of the pull request, where this is no job of it
          --exit-code      Exit with 10 if something would happen
          --all            Show every line, however many there are
      -h, --help           Print help

    Global options:
      -C, --directory <DIR>       Run as if started in DIR
          --now <TIME>            Take TIME as the clock (RFC 3339) instead of the real one [env:
                                  ORCH_NOW]
          --config-from <COMMIT>  Read the configuration from this branch, tag or commit instead of the
                                  work tree [env: ORCH_CONFIG_FROM]
          --format <FORMAT>       How to write the result; sarif and github for `validate` only
                                  [default: text] [possible values: text, json, sarif, github]
          --as <NAME>             Act as this agent, or person [env: ORCH_ACTOR]
          --color <WHEN>          When to colour [default: auto] [possible values: auto, always, never]
      -q, --quiet                 Say only what went wrong
      -v, --verbose               Say more

    Example:
      orch plan
      orch plan -o plan.json && orch apply plan.json
      orch plan --show plan.json
      orch plan --github            # in a job for a pull request
    ");
    insta::assert_snapshot!(nowhere.run(&["--version"]), @"
    $ orch --version
    orch 0.1.0
    ");
    assert_eq!(nowhere.orch(&[]).status.code(), Some(2), "no command is a usage error");
}

#[test]
fn diagnostics_in_four_formats() {
    let project = Sandbox::repository();
    project.write("orch.yaml", "name: small\n");
    project.write("agents.yaml", "agents:\n  - name: ika\n    max_activ: 3\n  - name: rin\n");
    project.write("routing.yaml", "routes:\n  - name: all\n    match: { type: song }\n    to: ikka\n");
    for format in ["text", "json", "sarif", "github"] {
        assert_eq!(project.orch(&["validate", "--format", format]).status.code(), Some(1));
    }
    insta::assert_snapshot!(project.run(&["validate"]), @"
    $ orch validate
    error[ORCH-0101]: unknown key `max_activ`
     --> agents.yaml:3:5
      |
    3 |     max_activ: 3
      |     ^^^^^^^^^
      |
      = help: did you mean `max_active`?

    error[ORCH-0201]: agent `ikka` is not declared
     --> routing.yaml:4:9
      |
    4 |     to: ikka
      |         ^^^^
      |
      = help: did you mean `ika`?

    2 errors in 2 files
    --- exit 1
    ");
    insta::assert_snapshot!(project.run(&["validate", "--format", "json"]), @r#"
    $ orch validate --format json
    {
      "format_version": 1,
      "errors": 2,
      "warnings": 0,
      "diagnostics": [
        {
          "code": "ORCH-0101",
          "severity": "error",
          "title": "unknown key",
          "message": "unknown key `max_activ`",
          "file": "agents.yaml",
          "line": 3,
          "column": 5,
          "end_line": 3,
          "end_column": 14,
          "help": "did you mean `max_active`?",
          "labels": []
        },
        {
          "code": "ORCH-0201",
          "severity": "error",
          "title": "agent is not declared",
          "message": "agent `ikka` is not declared",
          "file": "routing.yaml",
          "line": 4,
          "column": 9,
          "end_line": 4,
          "end_column": 13,
          "help": "did you mean `ika`?",
          "labels": []
        }
      ]
    }
    --- exit 1
    "#);
    insta::assert_snapshot!(project.run(&["validate", "--format", "github"]), @"
    $ orch validate --format github
    ::error file=agents.yaml,line=3,endLine=3,col=5,endColumn=14,title=ORCH-0101%3A unknown key::unknown key `max_activ`%0Ahelp: did you mean `max_active`?
    ::error file=routing.yaml,line=4,endLine=4,col=9,endColumn=13,title=ORCH-0201%3A agent is not declared::agent `ikka` is not declared%0Ahelp: did you mean `ika`?
    --- exit 1
    ");
    insta::assert_snapshot!(project.run(&["validate", "--format", "sarif"]), @r##"
    $ orch validate --format sarif
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "orch",
              "version": "0.1.0",
              "informationUri": "https://github.com/orch-dev/orch",
              "rules": [
                {
                  "id": "ORCH-0101",
                  "shortDescription": {
                    "text": "unknown key"
                  },
                  "help": {
                    "text": "run `orch explain ORCH-0101`",
                    "markdown": "# ORCH-0101: unknown key\n\nThe file has a key that `orch` does not know; most often a slip, or a key one level too deep. Unknown keys are errors,\nbecause a misspelt setting that is silently ignored is worse. `orch schema agents` prints what is allowed.\n\nWrong:\n\n```yaml\n# agents.yaml\nagents:\n  - name: writer\n    max_activ: 5\n```\n\nRight:\n\n```yaml\n# agents.yaml\nagents:\n  - name: writer\n    max_active: 5\n```\n"
                  },
                  "defaultConfiguration": {
                    "level": "error"
                  }
                },
                {
                  "id": "ORCH-0201",
                  "shortDescription": {
                    "text": "agent is not declared"
                  },
                  "help": {
                    "text": "run `orch explain ORCH-0201`",
                    "markdown": "# ORCH-0201: agent is not declared\n\nRoutes, the fallback, review types and escalations name agents that `agents.yaml` declares.\n\nWrong:\n\n```yaml\n# routing.yaml\nroutes:\n  - name: all\n    to: writr\n```\n\nRight:\n\n```yaml\n# routing.yaml\nroutes:\n  - name: all\n    to: writer\n```\n"
                  },
                  "defaultConfiguration": {
                    "level": "error"
                  }
                }
              ]
            }
          },
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "ruleId": "ORCH-0101",
              "ruleIndex": 0,
              "level": "error",
              "message": {
                "text": "unknown key `max_activ`; did you mean `max_active`?"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "agents.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 3,
                      "startColumn": 5,
                      "endLine": 3,
                      "endColumn": 14
                    }
                  }
                }
              ]
            },
            {
              "ruleId": "ORCH-0201",
              "ruleIndex": 1,
              "level": "error",
              "message": {
                "text": "agent `ikka` is not declared; did you mean `ika`?"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "routing.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "startLine": 4,
                      "startColumn": 9,
                      "endLine": 4,
                      "endColumn": 13
                    }
                  }
                }
              ]
            }
          ]
        }
      ]
    }
    --- exit 1
    "##);
}

/// The keys of a document, with `[]` for the items of a list.
fn keys(document: &Value) -> String {
    fn collect(value: &Value, path: &str, keys: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    collect(value, &path, keys);
                    keys.insert(path);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, &format!("{path}[]"), keys)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    collect(document, "", &mut found);
    found.into_iter().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_keys_of_json_documents_stay() {
    let team = busy();
    let documents: [&[&str]; 15] = [
        &["status"],
        &["task", "list"],
        &["task", "show", "CONTENT-010"],
        &["review", "list", "--all"],
        &["review", "show", "REVIEW-001"],
        &["agent", "list"],
        &["agent", "show", "cultural-consultant"],
        &["sla", "status"],
        &["event", "list", "--type", "review.*"],
        &["explain", "CONTENT-017"],
        &["explain", "REVIEW-002"],
        &["explain", "light-novel-writer"],
        &["fsck"],
        &["plan"],
        &["tick", "--dry-run"],
    ];
    let mut shown = Vec::new();
    for command in documents {
        let document = team.json(&[command, &["--now", "2026-01-12T00:00:00Z"]].concat());
        assert_eq!(document["format_version"], 1, "{command:?}");
        shown.push(format!("{}: {}", command.join(" "), keys(&document)));
    }
    insta::assert_snapshot!(shown.join("\n"), @"
    status: alerts archived blocked blocked[].code blocked[].title blocked[].waiting_on blocked[].why bottlenecks bottlenecks[].oldest_requested_at bottlenecks[].pending bottlenecks[].reviewer clocks clocks.exceeded clocks.running clocks.warned format_version next_change now project queued serial state tasks tasks[].count tasks[].status workflows workflows.declared workflows.failed workflows.next_run workflows.next_workflow workflows.paused workflows.queued workflows.running workflows.waiting workloads workloads[].activated workloads[].active workloads[].agent workloads[].max_active workloads[].pending_reviews workloads[].room workloads[].waiting
    task list: format_version tasks tasks[].agent tasks[].author tasks[].claim tasks[].code tasks[].completed_at tasks[].content_type tasks[].created_at tasks[].deadline tasks[].delivered_at tasks[].depends_on tasks[].description tasks[].hold tasks[].hold.at tasks[].hold.by tasks[].hold.reason tasks[].issue tasks[].labels tasks[].output tasks[].priority tasks[].reviews tasks[].reviews[].completed_at tasks[].reviews[].id tasks[].reviews[].minutes tasks[].reviews[].notes tasks[].reviews[].rating tasks[].reviews[].requested_at tasks[].reviews[].reviewer tasks[].reviews[].round tasks[].reviews[].stage tasks[].reviews[].status tasks[].reviews[].type tasks[].source tasks[].started_at tasks[].status tasks[].tier tasks[].title tasks[].type tasks[].waiting_on
    task show CONTENT-010: alerts clocks clocks[].at clocks[].due clocks[].elapsed_seconds clocks[].left_seconds clocks[].level clocks[].next clocks[].next.at clocks[].next.level clocks[].next.step clocks[].next.to clocks[].objective clocks[].review clocks[].started_at clocks[].state clocks[].task clocks[].within_seconds events events[].actor events[].asked events[].at events[].cause events[].cause.at events[].cause.event events[].cause.rule events[].cause.why events[].data events[].data.agent events[].data.author events[].data.due events[].data.level events[].data.minutes events[].data.notes events[].data.objective events[].data.output events[].data.rating events[].data.review events[].data.reviewer events[].data.round events[].data.stage events[].data.task events[].data.to events[].data.type events[].data.verdict events[].id events[].review events[].run events[].task events[].text events[].type events[].workflow format_version needed_by task task.agent task.author task.claim task.code task.completed_at task.content_type task.created_at task.deadline task.delivered_at task.depends_on task.description task.hold task.issue task.labels task.output task.priority task.reviews task.reviews[].completed_at task.reviews[].id task.reviews[].minutes task.reviews[].notes task.reviews[].rating task.reviews[].requested_at task.reviews[].reviewer task.reviews[].round task.reviews[].stage task.reviews[].status task.reviews[].type task.source task.started_at task.status task.tier task.title task.type task.waiting_on
    review list --all: format_version reviews reviews[].clock reviews[].clock.at reviews[].clock.due reviews[].clock.elapsed_seconds reviews[].clock.left_seconds reviews[].clock.level reviews[].clock.next reviews[].clock.next.at reviews[].clock.next.level reviews[].clock.next.step reviews[].clock.next.to reviews[].clock.objective reviews[].clock.review reviews[].clock.started_at reviews[].clock.state reviews[].clock.task reviews[].clock.within_seconds reviews[].review reviews[].review.completed_at reviews[].review.id reviews[].review.minutes reviews[].review.notes reviews[].review.rating reviews[].review.requested_at reviews[].review.reviewer reviews[].review.round reviews[].review.stage reviews[].review.status reviews[].review.type reviews[].task reviews[].title
    review show REVIEW-001: format_version review review.clock review.review review.review.completed_at review.review.id review.review.minutes review.review.notes review.review.rating review.review.requested_at review.review.reviewer review.review.round review.review.stage review.review.status review.review.type review.task review.title
    agent list: agents agents[].activated agents[].active agents[].kind agents[].max_active agents[].name agents[].pending_reviews agents[].pending_reviews[].id agents[].pending_reviews[].requested_at agents[].pending_reviews[].task agents[].pending_reviews[].type agents[].queue agents[].queue[].code agents[].queue[].deadline agents[].queue[].next agents[].queue[].priority agents[].queue[].status agents[].queue[].title agents[].role agents[].room agents[].title agents[].waiting agents[].waiting[].code agents[].waiting[].deadline agents[].waiting[].next agents[].waiting[].priority agents[].waiting[].status agents[].waiting[].title format_version
    agent show cultural-consultant: agent agent.activated agent.active agent.kind agent.max_active agent.name agent.pending_reviews agent.pending_reviews[].id agent.pending_reviews[].requested_at agent.pending_reviews[].task agent.pending_reviews[].type agent.queue agent.queue[].code agent.queue[].deadline agent.queue[].next agent.queue[].priority agent.queue[].status agent.queue[].title agent.role agent.room agent.title agent.waiting format_version
    sla status: clocks clocks[].at clocks[].due clocks[].elapsed_seconds clocks[].left_seconds clocks[].level clocks[].next clocks[].next.at clocks[].next.level clocks[].next.step clocks[].next.to clocks[].objective clocks[].review clocks[].started_at clocks[].state clocks[].task clocks[].within_seconds format_version
    event list --type review.*: events events[].actor events[].asked events[].at events[].cause events[].cause.at events[].cause.event events[].cause.rule events[].cause.why events[].data events[].data.minutes events[].data.notes events[].data.rating events[].data.review events[].data.reviewer events[].data.round events[].data.stage events[].data.task events[].data.type events[].data.verdict events[].id events[].review events[].run events[].task events[].text events[].type events[].workflow format_version
    explain CONTENT-017: format_version headline kind next next[].at next[].by next[].command next[].what sections sections[].reasons sections[].reasons[].at sections[].reasons[].because sections[].reasons[].because[].at sections[].reasons[].because[].because sections[].reasons[].because[].held sections[].reasons[].because[].text sections[].reasons[].held sections[].reasons[].text sections[].title subject
    explain REVIEW-002: format_version headline kind next next[].at next[].by next[].command next[].what sections sections[].reasons sections[].reasons[].at sections[].reasons[].because sections[].reasons[].because[].at sections[].reasons[].because[].because sections[].reasons[].because[].held sections[].reasons[].because[].text sections[].reasons[].held sections[].reasons[].text sections[].title subject
    explain light-novel-writer: format_version headline kind next next[].at next[].by next[].command next[].what sections sections[].reasons sections[].reasons[].at sections[].reasons[].because sections[].reasons[].held sections[].reasons[].text sections[].title subject
    fsck: findings format_version serial
    plan: base base.config base.files base.files.agents.yaml base.files.orch.yaml base.files.reviews.yaml base.files.routing.yaml base.files.sla.yaml base.files.tasks/content.yaml base.files.tasks/groundwork.yaml base.lineage base.now base.serial base.state due effects events events[].actor events[].at events[].cause events[].cause.at events[].cause.rule events[].cause.why events[].fact events[].fact.sla.exceeded events[].fact.sla.exceeded.due events[].fact.sla.exceeded.objective events[].fact.sla.exceeded.task events[].fact.sla.warned events[].fact.sla.warned.due events[].fact.sla.warned.objective events[].fact.sla.warned.task events[].fact.task.escalated events[].fact.task.escalated.level events[].fact.task.escalated.objective events[].fact.task.escalated.review events[].fact.task.escalated.task events[].fact.task.escalated.to format_version items items[].at items[].group items[].reason items[].subject items[].symbol items[].text orch_version
    tick --dry-run: commit due events events[].actor events[].asked events[].at events[].cause events[].cause.at events[].cause.event events[].cause.rule events[].cause.why events[].data events[].data.due events[].data.level events[].data.objective events[].data.review events[].data.task events[].data.to events[].id events[].review events[].run events[].task events[].text events[].type events[].workflow format_version now pushed serial
    ");
}

#[test]
fn quiet_says_nothing_but_what_is_wrong() {
    let team = busy();
    for command in ["tick", "task add x --type lore", "validate", "plan"] {
        let output = team.orch(&[&command.split(' ').collect::<Vec<_>>()[..], &["--quiet"]].concat());
        assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty(), "{command}");
    }
}

#[test]
fn colour_is_decided_once() {
    let team = busy();
    for command in [&["status"][..], &["task", "list"], &["explain", "CONTENT-017"]] {
        let plain = team.ok(&[command, &["--color", "never"]].concat());
        let coloured = team.ok(&[command, &["--color", "always"]].concat());
        assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'), "{command:?}");
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
    }
}

#[test]
fn a_repository_without_any_commit() {
    let empty = Sandbox::repository();
    empty.ok(&["init", "blank"]);
    insta::assert_snapshot!(empty.day("
        09:00 validate
        09:00 status
        09:00 tick
        09:01 tick
        09:01 fsck
    "), @"
    [09:00] $ orch validate
    my-team: 2 files are valid: 1 agent, 0 routes, 0 tiers, 0 objectives, 0 tasks

    [09:00] $ orch status
    my-team: no state yet at 2026-01-09T09:00:00Z

    Tasks
      pending      0
      in_progress  0
      blocked      0
      review       0
      complete     0
      cancelled    0

    Workloads
      AGENT  LOAD  ROOM  QUEUE  REVIEWS  TITLE
      me     0/5   5     0      0        Me

    Nothing changes by the clock alone.
    --- stderr
    note: no tick has run here yet; `orch plan` shows what the first one would do

    [09:00] $ orch tick
    Tick 1 at 2026-01-09T09:00:00Z: 2 events, committed as [id]
      + state created for project my-team
      ~ configuration [id] taken up
    Nothing changes by the clock alone.

    [09:01] $ orch tick
    Nothing to do at 2026-01-09T09:01:00Z.
    Nothing changes by the clock alone.

    [09:01] $ orch fsck
    1 tick verified: the state follows from its events
    ");
    let unborn = empty.command("git").args(["rev-parse", "HEAD"]).output().unwrap();
    assert!(!unborn.status.success(), "HEAD still has no commit");
}

#[test]
fn a_linked_work_tree_shares_the_state() {
    let mut team = busy();
    team.git(&["worktree", "add", "--quiet", "-b", "topic", "elsewhere"]);
    let before = team.ok(&["task", "list"]);
    team.cwd = team.cwd.join("elsewhere");
    assert_eq!(team.ok(&["task", "list"]), before);
    team.ok(&["task", "start", "LORE-003", "--as", "creative-lead"]);
    team.cwd = team.cwd.parent().unwrap().to_owned();
    assert!(team.ok(&["task", "show", "LORE-003"]).contains("in_progress"));
}

#[test]
fn a_bare_repository_serves_a_work_tree() {
    let team = busy();
    let mut other = Sandbox::bare();
    other.git(&["clone", "--quiet", "--bare", team.cwd.to_str().unwrap(), "bare.git"]);
    let root = other.cwd.clone();
    other.cwd = root.join("bare.git");
    // Files are needed, and a bare repository has none.
    insta::assert_snapshot!(other.day("
        09:00 status
        09:00 init blank
    "), @"
    [09:00] $ orch status
    --- stderr
    error: no `orch.yaml` in `[dir]/bare.git` or any folder above it

    hint: begin one with `orch init content-team`, or name its folder with `-C DIR`
    --- exit 3

    [09:00] $ orch init blank
    --- stderr
    error: failed to write files: this repository is bare; run it in a work tree (`git worktree add`)
    --- exit 1
    ");
    other.git(&["worktree", "add", "--quiet", "../tree", "main"]);
    other.cwd = root.join("tree");
    other.ok(&["task", "start", "LORE-003", "--as", "creative-lead"]);
    other.ok(&["fsck"]);
    // Nor do the files have to be a checkout: an export beside the repository will do.
    other.cwd = root.join("bare.git");
    other.write("project/orch.yaml", "name: infinite-idol\n");
    assert!(other.ok(&["task", "list", "-C", "project"]).contains("LORE-003"));
}

#[test]
fn a_shallow_clone_knows_what_it_needs() {
    let mut team = busy();
    let from = format!("file://{}", team.cwd.display());
    team.git(&["clone", "--quiet", "--depth", "1", &from, "shallow"]);
    team.cwd = team.cwd.join("shallow");
    team.git(&["fetch", "--quiet", "--depth", "1", "origin", "orch/state:orch/state"]);
    insta::assert_snapshot!(team.day("
        11:45 task show REPORT-007
        11:46 task start LORE-003 --as creative-lead
        11:47 fsck
    "), @"
    [11:45] $ orch task show REPORT-007
    REPORT-007 Engagement of the five Ika tweets
      status:       complete
      type:         analytics, P3
      agent:        analytics
      author:       analytics
      labels:       ika
      created:      2026-01-09T09:00:00Z (2h45m ago)
      started:      2026-01-09T09:31:00Z (2h14m ago)
      delivered:    2026-01-09T09:31:00Z (2h14m ago)
      complete:     2026-01-09T09:31:00Z (2h14m ago)
      output:       reports/ika.md
      declared in:  tasks/groundwork.yaml
    --- stderr
    note: this clone is shallow and knows nothing before [id]; `git fetch --unshallow` brings the rest

    [11:46] $ orch task start LORE-003 --as creative-lead
    Tick 12 at 2026-01-09T11:46:00Z: 3 events, committed as [id]
      ~ LORE-003 started by creative-lead
      ! REVIEW-002 of CONTENT-010 escalated to human (level 2 of cultural-review-established) (sla.yaml:46)
      ! CONTENT-010 close to breaching total-review-established (limit 2h), 24m left (sla.yaml:78)
    Next change by the clock: 2026-01-09T12:10:00Z (in 24m)

    [11:47] $ orch fsck
    12 ticks verified: the state follows from its events
    ");
    // As a scheduled job does it: no state branch here yet, and it is brought by the tick.
    team.git(&["update-ref", "-d", "refs/heads/orch/state"]);
    insta::assert_snapshot!(team.day("11:50 tick --push"), @"
    [11:50] $ orch tick --push
    Tick 12 at 2026-01-09T11:50:00Z: 2 events, committed as [id] and pushed
      ! REVIEW-002 of CONTENT-010 escalated to human (level 2 of cultural-review-established) (sla.yaml:46)
      ! CONTENT-010 close to breaching total-review-established (limit 2h), 20m left (sla.yaml:78)
    Next change by the clock: 2026-01-09T12:10:00Z (in 20m)
    ");
}

#[test]
fn a_project_below_the_root_and_a_hidden_one() {
    let mut team = Sandbox::repository();
    let root = team.cwd.clone();
    std::fs::create_dir(root.join("operations")).unwrap();
    insta::assert_snapshot!(team.run(&["init", "blank", "-C", "operations"]), @"
    $ orch init blank -C operations
    + orch.yaml
    + agents.yaml
    + .orch/schemas/agents.schema.json
    + .orch/schemas/orch.schema.json

    Wrote 4 files. Next: `orch validate`, then `orch plan`.
    ");
    team.ok(&["tick", "-C", "operations"]);
    std::fs::create_dir(root.join("operations/deep")).unwrap();
    team.cwd = root.join("operations/deep");
    team.ok(&["status"]);
    team.cwd = root.clone();
    assert_eq!(team.orch(&["status"]).status.code(), Some(3));
    std::fs::rename(root.join("operations"), root.join(".orch-old")).unwrap();
    std::fs::create_dir_all(root.join(".orch")).unwrap();
    team.write(".orch/orch.yaml", "name: hidden\n");
    insta::assert_snapshot!(team.run(&["validate"]), @"
    $ orch validate
    hidden: 1 file is valid: 0 agents, 0 routes, 0 tiers, 0 objectives, 0 tasks
    ");
}
