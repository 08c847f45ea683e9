//! `orch agent activity` and `orch agent isolation`, without GitHub.

use super::harness::Sandbox;

#[test]
fn what_agents_did_is_counted_over_the_time_that_is_asked_for() {
    let team = Sandbox::team();
    team.day(
        "
        09:00 tick
        09:05 task start CONTENT-010 --as content-strategist
        09:30 task complete CONTENT-010 --as content-strategist --output outputs/ika-tweet-006.md
        09:50 review approve CONTENT-010/cultural --as cultural-consultant --rating 5
        10:00 review approve CONTENT-010/coordinator --as coordinator
    ",
    );
    insta::assert_snapshot!(team.day("
        11:45 agent activity --since 1d
        11:45 agent activity content-strategist --since 2026-01-09T09:00:00Z
        11:45 agent activity content-strategist --since 30m
        11:45 agent activity nobody
        11:45 agent activity --since yesterday
        11:45 agent isolation
    "), @r#"
    [11:45] $ orch agent activity --since 1d
    From 2026-01-08T11:45:00Z to 2026-01-09T11:45:00Z
    AGENT                TASKS  REVIEWS  A DAY  ANSWERS IN  REVIEWS IN
    coordinator          0      1        1      -           10m
    creative-lead        0      0        0      -           -
    content-strategist   1      0        1      5m          -
    community-manager    0      0        0      -           -
    gacha-designer       0      0        0      -           -
    analytics            0      0        0      -           -
    asset-coordinator    0      0        0      -           -
    light-novel-writer   0      0        0      -           -
    lore-keeper          0      0        0      -           -
    cultural-consultant  0      1        1      -           20m
    human                0      0        0      -           -

    [11:45] $ orch agent activity content-strategist --since 2026-01-09T09:00:00Z
    content-strategist Agent 02 · Content Strategist
      from 2026-01-09T09:00:00Z to 2026-01-09T11:45:00Z

      tasks    1 completed; 1 given to it, 1 started, 1 delivered, 0 sent back
      reviews  0 given, 0 of them no approval
      answers  begins after 5m, the median of 1 task
      a day    8.73 tasks completed, pull requests merged and reviews given

    What it did
      2026-01-09T09:05:00Z  started CONTENT-010
      2026-01-09T09:30:00Z  delivered CONTENT-010
      2026-01-09T10:00:00Z  completed CONTENT-010

    [11:45] $ orch agent activity content-strategist --since 30m
    content-strategist Agent 02 · Content Strategist
      from 2026-01-09T11:15:00Z to 2026-01-09T11:45:00Z

    It did nothing that was seen.

    [11:45] $ orch agent activity nobody
    --- stderr
    error: agent `nobody` is not declared

    hint: `orch agent list` shows all
    --- exit 1

    [11:45] $ orch agent activity --since yesterday
    --- stderr
    error: invalid value 'yesterday' for '--since <TIME>': `yesterday` is neither a length of time nor a point in time, such as `7d` or `2026-01-09T00:00:00Z`

    For more information, try '--help'.
    --- exit 2

    [11:45] $ orch agent isolation
    The pull requests of the repository have not been looked at.
    Write `github: { isolation: true }` into orch.yaml, and the next `orch tick` looks.
    "#);
    let json = team.json(&["agent", "activity", "cultural-consultant", "--now", "2026-01-09T11:45:00Z"]);
    let agent = &json["agents"][0];
    assert_eq!((&agent["reviews_given"], &agent["review_seconds"]), (&1.into(), &1_200.into()), "{json}");
    assert_eq!(json["agents"].as_array().unwrap().len(), 1);
}
