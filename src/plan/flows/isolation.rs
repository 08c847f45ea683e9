//! Agents that leave their branches and pull requests that change the same files are told of once, and once that it is
//! over.

use super::{World, at};
use crate::model::{
    Account, BreachKind, FlowFact, GithubItem, GithubKind, IsolationBreach, Name, Pull, PullState,
};
use crate::plan::isolation::{MOST_PAIRS, breaches};

const AGENTS: &str = "
agents:
  - { name: writer, github: Ada, branches: [writer/**, '!writer/old/**'] }
  - { name: editor, github: ben, branches: editor/* }
  - { name: helper, branches: helper/** }
  - { name: lead, kind: human, github: cem }
";
const ORCH: &str = "name: demo\ngithub: { isolation: { shared: [CHANGELOG.md, '**/*.lock'] } }\n";

fn pull(number: u64, login: &str, head: &str, files: &[&str]) -> Pull {
    Pull {
        number,
        title: "Fix".to_owned(),
        author: Some(Account { id: number, login: login.into() }),
        state: PullState::Open,
        draft: false,
        head: head.into(),
        sha: format!("sha-{number}").into(),
        fork: false,
        base: "main".into(),
        created_at: at("08:00"),
        updated_at: at("08:00"),
        ready_at: None,
        labels: Vec::new(),
        milestone: None,
        assignees: Vec::new(),
        reviewers: Vec::new(),
        reviews: Vec::new(),
        checks: std::collections::BTreeMap::new(),
        files: files.iter().map(|file| (*file).into()).collect(),
        changed_files: 1,
        additions: 1,
        deletions: 1,
        tasks: Vec::new(),
        closes: Vec::new(),
    }
}

fn seen(pull: &Pull, minute: &str) -> FlowFact {
    let pull = Pull { updated_at: at(minute), ..pull.clone() };
    FlowFact::GithubSeen { item: GithubItem::Pull(Box::new(pull)), events: Vec::new(), delivered: false }
}

fn watched(files: &[(&str, &str)]) -> World {
    let mut world = World::new(files);
    let item = GithubItem::Watched {
        repository: "o/r".into(),
        kind: GithubKind::Pulls,
        at: at("08:00"),
        highest: 0,
    };
    world.plan(&[], &[FlowFact::GithubSeen { item, events: Vec::new(), delivered: false }], false);
    world
}

fn found(pulls: &[Pull]) -> Vec<IsolationBreach> {
    let mut world = watched(&[("orch.yaml", "name: demo\n"), ("agents.yaml", AGENTS)]);
    let facts: Vec<FlowFact> = pulls.iter().map(|pull| seen(pull, "08:00")).collect();
    world.plan(&[], &facts, false);
    breaches(&world.config, &world.state().meta.github).found
}

#[test]
fn each_agent_keeps_to_its_own_branches() {
    let kinds = |login: &str, head: &str| {
        let found = found(&[pull(1, login, head, &[])]);
        found.iter().map(|one| (one.kind, one.agent.clone(), one.owner.clone())).collect::<Vec<_>>()
    };
    let none: [(BreachKind, Option<Name>, Option<Name>); 0] = [];
    let stray = |agent: &str| (BreachKind::StrayBranch, Some(agent.into()), None);
    let foreign = |agent: Option<&str>, owner: &str| {
        (BreachKind::ForeignBranch, agent.map(Into::into), Some(owner.into()))
    };
    // GitHub does not tell capitals apart.
    assert_eq!(kinds("ada", "writer/a/b"), none);
    assert_eq!(kinds("ada", "fix"), [stray("writer")]);
    assert_eq!(kinds("ada", "writer/old/x"), [stray("writer")]);
    assert_eq!(kinds("ben", "editor/a/b"), [stray("editor")]);
    assert_eq!(kinds("ada", "editor/a"), [foreign(Some("writer"), "editor")]);
    // Who has no branches may work on those that are nobody's.
    assert_eq!(kinds("cem", "fix"), none);
    assert_eq!(kinds("cem", "writer/x"), [foreign(Some("lead"), "writer")]);
    assert_eq!(kinds("stranger", "writer/x"), [foreign(None, "writer")]);
    // The helper has no account, so that this may be its own.
    assert_eq!(kinds("stranger", "helper/x"), none);
    assert_eq!(kinds("ada", "helper/x"), [foreign(Some("writer"), "helper")]);
    // A fork's branch is nobody's here, but an agent's naming rules hold there too.
    let fork = |login: &str, head: &str| found(&[Pull { fork: true, ..pull(1, login, head, &[]) }]).len();
    assert_eq!((fork("stranger", "writer/x"), fork("ada", "fix"), fork("ada", "writer/x")), (0, 1, 0));
    // An account that is gone.
    let gone = Pull { author: None, ..pull(1, "x", "writer/x", &[]) };
    assert_eq!(
        found(&[gone])[0].summary,
        "pull request 1 by somebody is on `writer/x`, which is a branch of writer"
    );
}

#[test]
fn pull_requests_that_change_the_same_files_are_pairs() {
    let other_base = Pull { base: "next".into(), ..pull(5, "cem", "e", &["a"]) };
    let found = found(&[
        pull(1, "cem", "a", &["a", "b", "x"]),
        pull(2, "cem", "b", &["c", "b"]),
        pull(3, "cem", "c", &["b", "a"]),
        pull(4, "cem", "d", &["d"]),
        other_base,
    ]);
    let told: Vec<&str> = found.iter().map(|one| one.summary.as_str()).collect();
    assert_eq!(
        told,
        [
            "pull requests 1 (`a`) and 2 (`b`) both change b",
            "pull requests 1 (`a`) and 3 (`c`) both change a and 1 more file",
            "pull requests 2 (`b`) and 3 (`c`) both change b",
        ]
    );
    assert_eq!((found[1].pull, found[1].other, found[1].files.join(" ")), (1, Some(3), "a b".to_owned()));
}

#[test]
fn what_everybody_changes_is_left_out_and_there_is_an_end_to_pairs() {
    let shared = |number| pull(number, "cem", "a", &["CHANGELOG.md", "sub/x.lock"]);
    let mut world = watched(&[("orch.yaml", ORCH), ("agents.yaml", AGENTS)]);
    let facts: Vec<FlowFact> = (1..40).map(|number| seen(&shared(number), "08:00")).collect();
    let events = world.plan(&[], &facts, false);
    assert!(events.iter().all(|event| event.starts_with("github.seen")), "{events:?}");
    let facts: Vec<FlowFact> =
        (1..40).map(|number| seen(&Pull { files: vec!["a".into()], ..shared(number) }, "08:01")).collect();
    let events = world.plan(&[], &facts, false);
    let told = events.iter().filter(|event| event.starts_with("github.isolation_broken")).count();
    assert_eq!(told, MOST_PAIRS);
    assert!(breaches(&world.config, &world.state().meta.github).is_cut);
    world.check();
}

const TELL: &str = "
name: X
on: { event: [github.isolation_broken, github.isolation_restored] }
concurrency: queue
steps:
  - { id: a, run: 'tell {{ event.breach.kind }} {{ event.breach.pull }} {{ event.breach.agent }}' }
";

#[test]
fn a_breach_is_told_once_and_once_that_it_is_over() {
    let mut world = watched(&[("agents.yaml", AGENTS), ("workflows/x.yaml", TELL)]);
    let told = |world: &mut World, pull: &Pull, minute: &str| {
        world.now = at(minute);
        let events = world.plan(&[], &[seen(pull, minute)], false);
        world.check();
        let of = events.iter().filter_map(|event| event.strip_prefix("github.isolation_"));
        of.map(|event| event.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let stray = pull(1, "ada", "fix", &["a"]);
    assert_eq!(told(&mut world, &stray, "08:01"), ["broken"]);
    assert_eq!(
        world.effects.iter().map(super::script).collect::<Vec<_>>(),
        ["tell 'stray_branch' '1' 'writer'"]
    );
    assert!(world.tick("08:02").iter().all(|event| !event.starts_with("github.")));
    // More of the same is no other breach; what is new is.
    assert!(
        told(&mut world, &Pull { files: vec!["a".into(), "b".into()], ..stray.clone() }, "08:03").is_empty()
    );
    assert_eq!(told(&mut world, &pull(2, "ben", "editor/x", &["b"]), "08:04"), ["broken"]);
    let apart = Pull { files: vec!["c".into()], ..pull(2, "ben", "editor/x", &[]) };
    assert_eq!(told(&mut world, &apart, "08:05"), ["restored"]);
    assert_eq!(told(&mut world, &Pull { state: PullState::Closed, ..stray }, "08:06"), ["restored"]);
    assert!(world.state().meta.github.breaches.is_empty());
}

/// The head of each pull request has its status, whichever commit it is.
const JUDGE: &str = "
name: X
on: { event: github.isolation_judged }
concurrency: queue
steps:
  - { id: a, run: 'status {{ event.verdict.sha }} {{ event.verdict.state }}' }
";

#[test]
fn the_head_of_each_pull_request_is_judged_once() {
    let mut world = watched(&[("agents.yaml", AGENTS), ("workflows/x.yaml", JUDGE)]);
    let told = |world: &mut World, pull: &Pull, minute: &str| {
        world.now = at(minute);
        let before = world.log.len();
        world.plan(&[], &[seen(pull, minute)], false);
        world.check();
        let judged = world.log[before..].iter().filter_map(|event| match &event.fact {
            crate::model::Fact::Flow(fact) => match fact.as_ref() {
                FlowFact::GithubIsolationJudged { verdict } => {
                    Some(format!("{} {} {}", verdict.pull, verdict.sha, verdict.state))
                }
                _ => None,
            },
            _ => None,
        });
        judged.collect::<Vec<_>>()
    };
    let first = pull(1, "ada", "writer/x", &["a"]);
    assert_eq!(told(&mut world, &first, "08:01"), ["1 sha-1 success"]);
    assert!(told(&mut world, &first, "08:02").is_empty());
    // Another one that changes the same file breaks both.
    let second = pull(2, "ben", "editor/x", &["a"]);
    assert_eq!(told(&mut world, &second, "08:03"), ["1 sha-1 failure", "2 sha-2 failure"]);
    let pushed = Pull { sha: "sha-3".into(), ..second.clone() };
    assert_eq!(told(&mut world, &pushed, "08:04"), ["2 sha-3 failure"]);
    assert_eq!(told(&mut world, &Pull { state: PullState::Merged, ..pushed }, "08:05"), ["1 sha-1 success"]);
    assert_eq!(world.state().meta.github.judged.len(), 1);
}

#[test]
fn nobody_is_told_who_does_not_ask() {
    let mut world = watched(&[("agents.yaml", AGENTS)]);
    world.plan(&[], &[seen(&pull(1, "ada", "fix", &[]), "08:01")], false);
    assert!(world.state().meta.github.breaches.is_empty());
    assert!(!world.config.watches_isolation());
    world.check();
}
