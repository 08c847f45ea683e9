//! What single rules find, and what they keep quiet about because it follows from something else.

use std::fmt::Write;

use crate::check::check;
use crate::load::{Kind, Sources};

use super::fixtures::lines;

fn project(files: &[(Kind, &str)]) -> Sources {
    let orch = ("orch.yaml".to_owned(), Kind::Orch, b"name: rules\n".to_vec());
    let file = |(kind, text): &(Kind, &str)| (format!("{kind}.yaml"), *kind, text.as_bytes().to_vec());
    Sources::in_memory(std::iter::once(orch).chain(files.iter().map(file)))
}

fn found(files: &[(Kind, &str)]) -> Vec<String> {
    let sources = project(files);
    let checked = check(&sources, None);
    lines(&checked.diagnostics, &sources.map())
}

const AGENTS: (Kind, &str) = (Kind::Agents, "agents: [{name: a}, {name: b}]");

fn routes(matches: &[&str]) -> Vec<String> {
    let mut text = "routes:\n".to_owned();
    for (index, matching) in matches.iter().enumerate() {
        let _ = writeln!(text, "- {{name: r{index}, to: a, match: {matching}}}");
    }
    found(&[AGENTS, (Kind::Routing, &text)])
}

#[test]
fn several_routes_together_take_all() {
    let none: [&str; 0] = [];
    assert_eq!(routes(&["{type: x}", "{type: y}", "{type: [x, y, z]}"]), none);
    assert_eq!(routes(&["{type: x, labels: l}", "{type: x}"]), none);
    assert_eq!(routes(&["{priority: [P0, P1]}", "{priority: [P2]}", "{}"]), none);
    let together = "never has a turn: earlier ones together take all it would";
    for matches in [
        ["{type: x}", "{type: y}", "{type: [y, x]}"],
        ["{priority: [P0, P1]}", "{priority: [2, P3]}", "{type: x}"],
        [
            "{type: [x, y], content_type: c}",
            "{type: x, content_type: d}",
            "{type: x, content_type: [c, d], tier: 1}",
        ],
    ] {
        let found = routes(&matches);
        assert!(found.iter().any(|line| line.contains(&format!("r2` {together}"))), "{matches:?}: {found:?}");
    }
    let found = routes(&["{labels: l}", "{labels: [m, l]}"]);
    assert_eq!(
        found,
        ["routing.yaml:3:10 ORCH-0402 route `r1` never has a turn: route `r0` takes all it would"]
    );
}

#[test]
fn one_mistake_is_reported_once() {
    let routing = (Kind::Routing, "routes: [{name: r, to: [a, Agent 7, c]}]\nfallback: a\n");
    // An agent that is declared but broken is not unknown as well.
    let broken =
        (Kind::Agents, "agents:\n- {name: a, title: 5}\n- {name: Agent 7}\n- {title: [], name: c}\n");
    assert_eq!(
        found(&[broken, routing]),
        [
            "agents.yaml:2:20 ORCH-0103 expected text, found the number `5`",
            "agents.yaml:3:10 ORCH-0106 `Agent 7` is not a name in kebab-case",
            "agents.yaml:4:11 ORCH-0103 expected text, found a list",
            "routing.yaml:1:28 ORCH-0106 `Agent 7` is not a name in kebab-case",
        ]
    );
    // A file that cannot be read may declare anything.
    for agents in ["agents: [", "agents: 5", "- x"] {
        assert_eq!(found(&[(Kind::Agents, agents), routing]).len(), 2, "{agents}");
    }
    // A broken match does not make later routes unreachable, nor a broken candidate a list empty.
    let routing = "routes:\n- {name: r, match: {typ: x}, to: [A]}\n- {name: s, match: {type: y}, to: a}\n";
    assert_eq!(
        found(&[AGENTS, (Kind::Routing, routing)]),
        [
            "routing.yaml:2:21 ORCH-0101 unknown key `typ`",
            "routing.yaml:2:35 ORCH-0106 `A` is not a name in kebab-case"
        ]
    );
}

#[test]
fn what_a_wrong_key_stood_for_is_not_invented() {
    let agents = "agents: [{name: a, match: 1, within: 2, type: 3}]";
    let found = found(&[(Kind::Agents, agents)]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|line| line.contains("ORCH-0101")), "{found:?}");
}

#[test]
fn tasks_may_wait_for_tasks_of_the_state() {
    let task = "tasks: [{code: A-1, title: t, type: t, depends_on: [B-1, B-2]}]";
    let sources = project(&[(Kind::Tasks, task), AGENTS, (Kind::Routing, "fallback: a")]);
    let known = |code: &crate::model::Code| code.as_str() == "B-1";
    let checked = check(&sources, Some(&known));
    let found = lines(&checked.diagnostics, &sources.map());
    assert_eq!(found, ["tasks.yaml:1:58 ORCH-0204 task `B-2` does not exist"]);
}

#[test]
fn cycles_are_shown_whole_and_once() {
    let tasks = "tasks:
- {code: A-1, title: t, type: t, depends_on: [A-2]}
- {code: A-2, title: t, type: t, depends_on: [A-3, A-1]}
- {code: A-3, title: t, type: t, depends_on: A-1}
- {code: A-4, title: t, type: t, depends_on: [A-4, A-1]}
";
    let routing = (Kind::Routing, "fallback: a");
    assert_eq!(
        found(&[AGENTS, routing, (Kind::Tasks, tasks)]),
        [
            "tasks.yaml:2:47 ORCH-0401 tasks wait for each other: `A-1` → `A-2` → `A-3` → `A-1`",
            "tasks.yaml:5:47 ORCH-0401 `A-4` waits for itself"
        ]
    );
}

#[test]
fn durations_are_judged_one_by_one() {
    let sla = "objectives:
- {name: a, for: task, within: 30m2h}
- {name: b, for: review, within: 1h, escalate: [{after: 99999d, to: a}, {to: b}]}
- {name: c, for: review-total, within: PT0S}
";
    assert_eq!(
        found(&[AGENTS, (Kind::Sla, sla)]),
        [
            "sla.yaml:2:32 ORCH-0107 `30m2h` is not a duration",
            "sla.yaml:3:57 ORCH-0112 `99999d` is longer than 100 years",
            "sla.yaml:4:40 ORCH-0411 objective allows no time at all"
        ]
    );
}

#[test]
fn nothing_where_a_value_should_be_is_pointed_at_by_its_key() {
    let agents = "agents:\n- name: a\n  title:\n  kind: null\n- name: b\nx:\n";
    assert_eq!(
        found(&[(Kind::Agents, agents)]),
        [
            "agents.yaml:3:3 ORCH-0103 expected text, found nothing",
            "agents.yaml:4:3 ORCH-0104 expected one of `agent`, `human`, found nothing",
            "agents.yaml:6:1 ORCH-0101 unknown key `x`"
        ]
    );
}

#[test]
fn an_account_is_one_agents_and_branches_are_patterns() {
    let agents = "agents:
- {name: a, github: Octo-Cat, branches: 'a/**'}
- {name: b, github: octo-cat, branches: ['b/**', '!b/old/**']}
- {name: c, github: 'helper[bot]', branches: ['x/{a', '/c/**', refs/heads/c]}
- {name: d, github: '@octo', branches: ['!d/**']}
- {name: e, branches: []}
";
    assert_eq!(
        found(&[(Kind::Agents, agents)]),
        [
            "agents.yaml:3:21 ORCH-0302 login `octo-cat` is that of another agent",
            "agents.yaml:4:47 ORCH-0115 `x/{a` is not a pattern of branches: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)",
            "agents.yaml:4:55 ORCH-0115 `/c/**` matches no branch",
            "agents.yaml:4:64 ORCH-0115 `refs/heads/c` matches no branch",
            "agents.yaml:5:21 ORCH-0106 `@octo` is not a login on GitHub",
            "agents.yaml:5:40 ORCH-0115 all patterns exclude, so that no branch is left",
            "agents.yaml:6:23 ORCH-0407 agent `e` has no branches",
        ]
    );
}

#[test]
fn issues_that_become_tasks_have_labels_and_codes_of_their_own() {
    let orch = "name: rules
github:
  tasks:
    - { label: task, type: x, prefix: DEV, tier: 7 }
    - { label: TASK, type: y }
";
    let tasks = "tasks:\n  - { code: DEV-1, title: A, type: x }\n  - { code: ISSUE-2, title: B, type: x, issue: 2 }\n";
    let files = [("orch.yaml", Kind::Orch, orch), ("tasks/a.yaml", Kind::Tasks, tasks)];
    let files = files.map(|(path, kind, text)| (path.to_owned(), kind, text.as_bytes().to_vec()));
    let sources = Sources::in_memory(files);
    let mut found = lines(&check(&sources, None).diagnostics, &sources.map());
    found.retain(|line| !line.contains("no route takes"));
    assert_eq!(
        found,
        [
            "orch.yaml:4:50 ORCH-0203 tier `7` is not declared",
            "orch.yaml:5:16 ORCH-0304 label `TASK` is there twice",
            "tasks/a.yaml:2:13 ORCH-0445 `DEV-1` would be the code of issue 1",
            "tasks/a.yaml:3:13 ORCH-0445 `ISSUE-2` would be the code of issue 2",
        ]
    );
    let wrong = [
        "{}",
        "{ label: x, type: y, prefix: dev }",
        "{ label: '', type: y }",
        "{ label: x, type: y, colour: red }",
        "[]",
    ];
    for tasks in wrong {
        let orch = format!("name: rules\ngithub:\n  tasks: {tasks}\n  results: [pull]\n");
        let sources = Sources::in_memory([("orch.yaml".to_owned(), Kind::Orch, orch.into_bytes())]);
        let found = lines(&check(&sources, None).diagnostics, &sources.map());
        assert_eq!(found.len(), if tasks == "{}" { 3 } else { 2 }, "{tasks}: {found:?}");
    }
}
