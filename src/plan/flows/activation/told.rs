//! What agents that are called are told, and who may call them.

use super::super::{EffectAct, World};
use super::{REVIEWS, ROUTES, TEAM, activate, add, refused, task, time, world_of};
use crate::model::{Ask, NewTask, Request, Verdict};
use crate::plan::Effect;
use crate::plan::testing::{code, judge};

#[test]
fn the_brief_tells_what_is_known_and_goes_by_the_environment() {
    let team = TEAM.replace(
        "{ id: ollama, run: one, retry: 1 }",
        "{ id: ollama, run: 'ask \"$BRIEF\"', env: { BRIEF: '{{ vars.brief }}' } }",
    );
    let mut world = world_of(&team);
    add(&mut world, "L-1", NewTask { kind: "lore".into(), tier: None, ..task("Lore") });
    world.succeed();
    world.demand("writer", Ask::Complete { task: code("L-1"), output: Some("lore/ika.md".to_owned()) });
    let spec = NewTask {
        description: Some("Say it in `one` sentence; $(rm -rf /)".to_owned()),
        depends_on: vec![code("L-1")],
        deadline: Some(time("2026-12-01T09:00:00Z")),
        ..task("Tweet")
    };
    add(&mut world, "T-1", spec);
    insta::assert_snapshot!(environment(&world.effects[0]), @"
    BRIEF=# T-1: Tweet

    You are writer. This task of demo is yours: content, priority P2, due 2026-12-01T09:00:00Z.

    Say it in `one` sentence; $(rm -rf /)

    ## What it builds on

    - L-1: Lore (lore/ika.md)

    ## How to work

    Say that you begin with `orch task start T-1`, and deliver with `orch task complete T-1 --output PATH-OR-ADDRESS`.
    ORCH_WORKFLOW=activate-writer
    ORCH_RUN=activate-writer#2
    ORCH_ACTOR=writer
    ORCH_TASK=T-1
    ORCH_STEP=ollama
    ORCH_ATTEMPT=1
    ");
    world.succeed();
    world.demand("writer", Ask::Complete { task: code("T-1"), output: None });
    world.demand("editor", judge("T-1", "edit", Verdict::ChangesRequested));
    let brief = environment(&world.effects[0]);
    assert!(
        brief.contains("## What the reviews asked for\n\n- edit (changes_requested, editor): not yet\n"),
        "{brief}"
    );
    // The shortest task there can be.
    let mut world = world_of(&team);
    add(&mut world, "T-1", NewTask { tier: None, ..task("One") });
    insta::assert_snapshot!(environment(&world.effects[0]), @"
    BRIEF=# T-1: One

    You are writer. This task of demo is yours: content, priority P2.

    ## How to work

    Say that you begin with `orch task start T-1`, and deliver with `orch task complete T-1 --output PATH-OR-ADDRESS`.
    ORCH_WORKFLOW=activate-writer
    ORCH_RUN=activate-writer#1
    ORCH_ACTOR=writer
    ORCH_TASK=T-1
    ORCH_STEP=ollama
    ORCH_ATTEMPT=1
    ");
}

/// The environment of a command, a variable a line.
fn environment(effect: &Effect) -> String {
    let EffectAct::Run { env, .. } = &effect.act else { panic!("{effect:?}") };
    let lines: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
    lines.concat()
}

#[test]
fn rights_are_those_of_its_workflow() {
    let roles = "roles:\n  - { name: leads, members: [lead], may: [run], on: { workflows: [activate-writer] } }\n  - { name: makers, members: [boss], may: [edit] }\n";
    let mut world = World::new(&[
        ("agents.yaml", TEAM),
        ("routing.yaml", ROUTES),
        ("reviews.yaml", REVIEWS),
        ("roles.yaml", roles),
    ]);
    add(&mut world, "T-1", task("One"));
    world.succeed();
    assert_eq!(refused(&world, activate(None)).0, "`boss` may not start, cancel or repeat runs");
    let requests = [Request::new("lead", activate(None))];
    assert!(world.try_plan(&requests, &[], false).is_ok());
}
