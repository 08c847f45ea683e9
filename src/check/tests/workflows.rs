//! What the rules find in workflows, and where exactly; and what a workflow becomes.

use crate::check::{Checked, check};
use crate::load::{Kind, Sources};
use crate::model::{Act, Breaker, Duration, OnLost, Overlap, RetryOn, Workflow};

use super::fixtures::{folder, lines, project};

fn sources(files: &[(Kind, &str, &str)]) -> Sources {
    let orch = ("orch.yaml".to_owned(), Kind::Orch, b"name: flows\nsecrets: [TOKEN]\n".to_vec());
    let file =
        |(kind, path, text): &(Kind, &str, &str)| ((*path).to_owned(), *kind, text.as_bytes().to_vec());
    Sources::in_memory(std::iter::once(orch).chain(files.iter().map(file)))
}

/// What is found in one workflow, without the name of its file.
fn found(text: &str) -> Vec<String> {
    let sources = sources(&[(Kind::Workflows, "workflows/w.yaml", text)]);
    let Checked { config, diagnostics } = check(&sources, None);
    assert_eq!(config.is_none(), diagnostics.has_errors());
    let lines = lines(&diagnostics, &sources.map());
    lines.iter().map(|line| line.strip_prefix("workflows/w.yaml:").unwrap_or(line).to_owned()).collect()
}

/// What is found in the steps of an otherwise sound workflow, whose lines begin with the fourth.
fn in_steps(steps: &str) -> Vec<String> {
    found(&format!("name: W\non: manual\nsteps:\n{steps}"))
}

fn helps(text: &str) -> Vec<String> {
    let sources = sources(&[(Kind::Workflows, "workflows/w.yaml", text)]);
    check(&sources, None).diagnostics.iter().filter_map(|one| one.help.clone()).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn expressions_are_pointed_at_inside_their_scalars() {
    assert_eq!(
        in_steps("- run: |\n    echo one\n    echo {{ inputs.x }} {{ nope }}\n"),
        ["6:13 ORCH-0207 `inputs.x` is not declared", "6:28 ORCH-0207 `nope` does not exist"]
    );
    assert_eq!(in_steps("- if: 'vars.x'\n  run: a\n"), ["4:8 ORCH-0207 `vars.x` is not declared"]);
    assert_eq!(
        in_steps("- if: { any: [true, { field: run.idd, operator: eq, value: 1 }] }\n  run: a\n"),
        ["4:30 ORCH-0207 `run.idd` does not exist"]
    );
    let found = in_steps("- run: a\n  env: { A: \"x {{ 1 + }}\" }\n");
    assert!(found.len() == 1 && found[0].starts_with("5:") && found[0].contains("ORCH-0113"), "{found:?}");
}

#[test]
fn what_may_be_named_depends_on_the_place() {
    let text = "name: W
on:
  - event: task.created
    if: inputs.a == steps.b.status
inputs: { a: {} }
if: run.id == 'x' or item or failure.step
vars: { v: '{{ vars.v }}', u: '{{ inputs.a }}' }
env: { E: '{{ steps.b.status }}' }
steps:
  - id: b
    run: echo {{ item }}
  - run: echo {{ item }} {{ steps.b.status }}
    needs: b
    for_each: ['{{ item }}']
    retry: { if: failure.exit_code == 3 }
finally:
  - run: echo {{ failure.message }} {{ steps.b.outputs.x }} {{ failure.massage }}
";
    assert_eq!(
        found(text),
        [
            "4:9 ORCH-0207 there is no `inputs` inside a trigger: nothing was given to it",
            "4:21 ORCH-0207 there is no `steps` here: no step has been done",
            "6:5 ORCH-0207 there is no `run` before there is one",
            "6:22 ORCH-0207 there is no `item` without `for_each`",
            "6:30 ORCH-0207 there is no `failure` before something failed",
            "7:16 ORCH-0207 there is no `vars` among themselves",
            "8:15 ORCH-0207 there is no `steps` here: no step has been done",
            "11:18 ORCH-0207 there is no `item` without `for_each`",
            "14:20 ORCH-0207 there is no `item` without `for_each`",
            "17:64 ORCH-0207 `failure.massage` does not exist",
        ]
    );
}

#[test]
fn steps_that_are_asked_must_have_ended() {
    let steps = "- {id: a, run: x}
- {id: b, needs: a, run: x}
- {id: c, needs: b, run: 'x {{ steps.a.status }} {{ steps.d.status }}'}
- {id: d, run: 'x {{ steps.d.status }}', rollback: {run: 'x {{ steps.d.status }}'}}
- {id: e, run: 'x {{ steps.tidy.status }} {{ steps.aa.status }}'}
";
    let text = format!(
        "name: W\non: manual\nsteps:\n{steps}finally: [{{id: tidy, run: 'x {{{{ steps.a.status }}}}'}}]\n"
    );
    assert_eq!(
        found(&text),
        [
            "6:53 ORCH-0422 step `c` asks for step `d` without waiting for it",
            "7:22 ORCH-0422 step `d` asks what came of itself",
            "8:22 ORCH-0422 step `e` asks for step `tidy`, which comes later",
            "8:46 ORCH-0206 step `aa` does not exist",
        ]
    );
}

#[test]
fn a_dash_in_an_expression_is_a_minus() {
    let text = "name: W\non: manual\nsteps:\n- {id: run-tests, run: x}\n- {needs: run-tests, run: 'x {{ steps.run-tests.status }}'}\n";
    assert_eq!(found(text), ["5:33 ORCH-0206 step `run` does not exist"]);
    assert_eq!(helps(text), ["write `steps['run-tests']`: a dash in an expression means minus"]);
    assert_eq!(
        in_steps(
            "- {id: run-tests, run: x}\n- {needs: run-tests, run: \"x {{ steps['run-tests'].status }}\"}\n"
        ),
        NONE
    );
}

#[test]
fn needs_lead_to_steps_of_the_same_list_and_in_no_circle() {
    let text = "name: W
on: manual
steps:
  - {id: a, needs: c, run: x}
  - {id: b, needs: a, run: x}
  - {id: c, needs: [b, b], run: x}
  - {id: d, needs: d, run: x}
  - {id: c, run: x}
finally:
  - {id: e, needs: a, run: x}
";
    assert_eq!(
        found(text),
        [
            "4:20 ORCH-0419 steps wait for each other: `a` → `c` → `b` → `a`",
            "6:24 ORCH-0304 step `b` is named twice",
            "7:20 ORCH-0419 step `d` waits for itself",
            "8:10 ORCH-0302 step `c` is declared twice",
            "10:20 ORCH-0206 step `a` is one of `steps`",
        ]
    );
}

#[test]
fn exactly_one_of_several_keys() {
    let text = "name: W
on:
  - {}
  - {schedule: {}, manual: {}}
  - schedule: {cron: '0 2 * * *', every: 1h}
  - metric: {name: m, above: 3, below: 1}
  - metric: {name: m}
if: {all: [true], field: inputs.x}
steps:
  - name: nothing
  - {run: x, wait: 1m}
  - {run: x, rollback: {}}
  - {run: x, retry: {exit_codes: 1, if: true}}
";
    let codes: Vec<String> =
        found(text).iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        codes,
        [
            "3:5 ORCH-0418",
            "4:16 ORCH-0418",
            "4:28 ORCH-0418",
            "5:42 ORCH-0418",
            "6:40 ORCH-0418",
            "7:13 ORCH-0418",
            "8:5 ORCH-0102",
            "8:26 ORCH-0207",
            "8:26 ORCH-0418",
            "10:5 ORCH-0418",
            "11:20 ORCH-0418",
            "12:24 ORCH-0418",
            "13:41 ORCH-0418"
        ],
        "{:#?}",
        found(text)
    );
}

#[test]
fn schedules_are_judged_where_they_are_wrong() {
    let text = "name: W
on:
  - schedule: {cron: '0 2 * * MONN'}
  - schedule: {cron: '0 2 31 2 *', timezone: Asia/Tokio}
  - schedule: {every: 0s, timezone: UTC, max_catch_up: 3}
  - schedule: {at: [tomorrow, 2026-12-01T09:00:00Z], offset: 5m}
  - event: {types: [task.complete, 'slo.*', '*'], workflows: other}
steps: [{run: x}]
";
    assert_eq!(
        found(text)
            .iter()
            .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>(),
        [
            "3:31 ORCH-0114",
            "4:27 ORCH-0423",
            "4:46 ORCH-0214",
            "5:23 ORCH-0426",
            "5:37 ORCH-0413",
            "5:56 ORCH-0413",
            "6:21 ORCH-0109",
            "6:62 ORCH-0413",
            "7:21 ORCH-0211",
            "7:36 ORCH-0211",
            "7:62 ORCH-0212",
        ],
        "{:#?}",
        found(text)
    );
}

#[test]
fn secrets_stay_where_nobody_reads_them() {
    let steps = "- run: echo {{ secrets.TOKEN }}
- run: x
  env: {A: '{{ secrets.TOKEN }}', B: '{{ secrets.TOKE }}'}
- notify: {channel: console, text: '{{ secrets.TOKEN }}'}
- http.request: {url: 'https://x.example', headers: {Authorization: 'Bearer {{ secrets.TOKEN }}'}}
";
    let found = in_steps(steps);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].starts_with("4:") && found[2].starts_with("7:"), "{found:#?}");
    assert_eq!(found[1], "6:42 ORCH-0209 secret `TOKE` is not declared");
    let text = "name: W\non: manual\npermissions: {secrets: []}\nsteps: [{run: x, env: {A: '{{ secrets.TOKEN }}'}}]\n";
    assert_eq!(
        self::found(text),
        ["4:31 ORCH-0424 secret `TOKEN` is not among those that the workflow may use"]
    );
}

#[test]
fn permissions_are_compared_with_what_steps_say() {
    let text = "name: W
on: manual
permissions: {write: ['logs/**'], commands: [], hosts: ['*.example.com']}
steps:
  - files.delete: {in: docs, match: '**/*.md', older_than: 30d}
  - files.delete: {in: logs, match: '**/*.log', older_than: 30d}
  - run: rm x
  - http.request: {url: 'https://api.example.com/x'}
  - http.request: {url: 'https://example.org/x'}
";
    let found = found(text);
    let places: Vec<&str> = found.iter().map(|line| line.split(" step").next().unwrap()).collect();
    assert_eq!(places, ["5:19 ORCH-0424", "7:10 ORCH-0424", "9:19 ORCH-0424"], "{found:#?}");
}

#[test]
fn all_that_is_wrong_with_arguments_is_found() {
    let steps = "- id: a
  files.delete: {in: logs, mtch: '*.log', older_than: soon}
- notify: {channel: opps, text: '{{ x', levl: info}
- task.creat: {}
";
    let found = in_steps(steps);
    let codes: Vec<String> =
        found.iter().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert!(codes.contains(&"5:28 ORCH-0101".to_owned()), "{found:#?}");
    assert!(codes.contains(&"5:55 ORCH-0107".to_owned()), "{found:#?}");
    assert!(codes.contains(&"6:21 ORCH-0210".to_owned()), "{found:#?}");
    assert!(codes.iter().any(|code| code.ends_with("ORCH-0113")), "{found:#?}");
    assert!(codes.contains(&"6:41 ORCH-0101".to_owned()), "{found:#?}");
    assert!(codes.contains(&"7:3 ORCH-0101".to_owned()), "{found:#?}");
    assert!(
        helps(&format!("name: W\non: manual\nsteps:\n{steps}"))
            .contains(&"did you mean `task.create`?".to_owned())
    );
}

#[test]
fn shapes_that_may_be_written_short_are_explained_as_they_were_meant() {
    let text = "name: W
on: {event: {types: x.y, matsch: {}}}
concurrency: skp
breaker: {failure: 3}
approval: maybe
vars: {a-b: 1}
permissions: {max_bytes: lots}
steps:
  - run: x
    retry: {attempts: 0}
    shell: fish
    wait: {untl: x}
    approve: false
    for_each: 3
";
    let found = found(text);
    let expected = [
        "2:26 ORCH-0101 unknown key `matsch`",
        "3:14 ORCH-0104 `skp` is not one of `queue`, `skip`, `replace`",
        "4:11 ORCH-0101 unknown key `failure`",
        "5:11 ORCH-0103 expected `true` or `false` or a mapping of keys to values, found the text `maybe`",
        "6:8 ORCH-0106 `a-b` is not a name of letters, digits and `_`",
        "7:26 ORCH-0116 `lots` is not a number of bytes",
        "10:23 ORCH-0105 `0` is out of range",
        "11:12 ORCH-0104 `fish` is not one of `sh`, `bash`, `python`",
    ];
    for line in expected {
        assert!(found.iter().any(|found| found == line), "{line}\n{found:#?}");
    }
}

#[test]
fn names_of_files_are_names_of_workflows() {
    let flow = "name: W\non: manual\nsteps: [{run: x}]\n";
    let sources = sources(&[
        (Kind::Workflows, "workflows/Clean Logs.yaml", flow),
        (Kind::Workflows, "workflows/b.yml", flow),
    ]);
    let checked = check(&sources, None);
    let found = lines(&checked.diagnostics, &sources.map());
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("workflows/Clean Logs.yaml:1:1 ORCH-0106 `Clean Logs` is not a name"),
        "{found:?}"
    );
}

fn workflow(text: &str) -> Workflow {
    let sources = sources(&[(Kind::Workflows, "workflows/w.yaml", text)]);
    let checked = check(&sources, None);
    checked.config.unwrap_or_else(|| panic!("{:?}", checked.diagnostics)).workflows["w"].clone()
}

#[test]
fn what_is_not_said_has_a_default() {
    let flow = workflow(
        "name: W\non: manual\nsteps:\n- run: x\n- wait: 5m\n- task.complete: {task: A-1}\nfinally: [{run: y}]\n",
    );
    let ids: Vec<_> = flow.all_steps().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["step-1", "step-2", "step-3", "finally-1"]);
    assert!(flow.enabled && flow.approval.is_none() && flow.condition.is_none());
    assert_eq!((flow.overlap, flow.max_parallel), (Overlap::Queue, 4));
    assert_eq!(flow.breaker, Breaker { failures: 3, within: "1d".parse().unwrap() });
    assert_eq!(flow.timeout, Some("6h".parse().unwrap()));
    let step = &flow.steps[0];
    assert_eq!((step.timeout, step.on_lost), ("30m".parse().unwrap(), OnLost::Retry));
    assert_eq!((step.retry.attempts, step.retry.delay), (3, Duration::from_seconds(10)));
    assert_eq!([flow.steps[1].retry.attempts, flow.steps[2].retry.attempts], [1, 1]);
    let Act::Run(command) = &step.act else { panic!("{:?}", step.act) };
    assert_eq!(command.shell, ["sh", "-e", "-c"]);
    assert_eq!((step.origin.line, step.origin.column), (4, 3));
    assert_eq!(flow.digest.len(), 16);
    assert_ne!(flow.digest, workflow("name: W\non: manual\nsteps: [{run: x}]\n").digest);
}

#[test]
fn the_full_workflow_becomes_what_it_says() {
    let (_, checked) = project(&folder("full"));
    let config = checked.config.unwrap();
    assert_eq!(config.workflows.keys().collect::<Vec<_>>(), ["activate-helper", "clean", "publish"]);
    assert_eq!((config.project.timezone.as_str(), config.project.secrets.len()), ("Asia/Tokyo", 2));
    assert_eq!(config.project.freezes[0].workflows, ["publish"]);
    assert_eq!(config.channels.keys().collect::<Vec<_>>(), ["ops", "log"]);
    assert_eq!(config.roles.as_ref().unwrap()["lead"].may.len(), 3);

    let publish = &config.workflows["publish"];
    let keys: Vec<_> = publish.triggers.iter().map(|trigger| trigger.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "schedule 0 2 * * MON-FRI Asia/Tokyo",
            "schedule every 900s offset 300s",
            "schedule at 2026-12-01T00:00:00Z 2026-12-02T00:00:00Z",
            "schedule at 2026-12-24T00:00:00Z",
            "event task.completed",
            "event review.completed sla.*",
            "event task.completed task.cancelled",
            "event run.finished of clean",
            "metric disk_used_percent above 80 for 15m",
            "metric coverage below 79.5",
            "files docs/**/*.md !docs/drafts/** created changed each",
            "files *.toml deleted",
            "webhook control-center inbox/control-center/*.json",
            "commits main in src/** by *@example.com> with Fixes Kind: release",
            "commits HEAD",
            "manual",
            "manual #2",
        ]
    );
    assert_eq!(
        publish.condition.as_ref().unwrap().source(),
        "((inputs.count > 0) and ((inputs.dry) or (not (inputs.target == \"production\"))))"
    );
    assert_eq!(publish.inputs["target"].default, Some("staging".into()));
    assert_eq!((publish.env["RETRIES"].as_str(), publish.env["VERBOSE"].as_str()), ("3", "true"));
    assert_eq!(publish.permissions.max_bytes, Some(1_000_000_000));
    let build = publish.step("build").unwrap();
    assert_eq!(build.needs, ["scan"]);
    let rollback = build.rollback.as_ref().unwrap();
    assert!(
        matches!(&rollback.retry.on, Some(RetryOn::Condition(expr)) if expr.source() == "failure.exit_code != 2")
    );
    assert_eq!(publish.step("scan").unwrap().retry.on, Some(RetryOn::ExitCodes(vec![1, 75])));
    assert!(matches!(&publish.step("list").unwrap().act, Act::Call { action: "files.list", .. }));
    let clean = &config.workflows["clean"];
    assert!(clean.approval.is_some() && clean.breaker.failures == 0 && clean.overlap == Overlap::Skip);
}

#[test]
fn events_have_the_fields_of_their_triggers() {
    let with = |on: &str, name: &str| {
        found(&format!("name: W\non:\n{on}\nsteps:\n  - run: echo {{{{ event.{name} }}}}\n"))
    };
    let files = "  - files: { match: 'docs/**' }\n  - manual: {}";
    assert_eq!(with(files, "path"), NONE);
    assert_eq!(with(files, "type"), NONE);
    assert_eq!(with(files, "file"), ["6:18 ORCH-0207 `event.file` does not exist"]);
    assert_eq!(with("  - event: review.completed", "verdict"), NONE);
    assert_eq!(with("  - event: 'sla.*'", "due"), NONE);
    assert_eq!(with("  - event: task.completed", "task.code"), NONE);
    assert_eq!(with("  - event: task.completed", "verdict").len(), 1);
    assert_eq!(with("  - commits: {}", "commit.subject"), NONE);
    assert_eq!(with("  - commits: {}", "commit.message").len(), 1);
    assert_eq!(with("  - manual", "subject").len(), 1);
    let help =
        helps("name: W\non:\n  - metric: { name: cpu, above: 9 }\nsteps:\n  - run: echo {{ event.valu }}\n");
    assert_eq!(help, ["did you mean `value`? (`orch explain event` tells what they are)"]);
}

#[test]
fn examples_of_actions_name_what_there_is() {
    for action in crate::actions::ACTIONS {
        let example = action.example().replace('\n', "\n    ");
        let text = format!(
            "name: W\non:\n  - webhook: {{ name: ci, match: 'in/*.json' }}\n  - schedule: {{ every: 1h }}\ninputs: {{}}\nsteps:\n  - id: own\n    {example}\n"
        );
        // What a step, an input or a variable is called is told apart from what every workflow has.
        let wrong: Vec<String> = found(&text)
            .into_iter()
            .filter(|line| {
                line.contains("ORCH-0207") && !line.contains("`inputs.") && !line.contains("`vars.")
            })
            .filter(|line| !line.contains("`item`") && !line.contains("there is no `failure`"))
            .collect();
        assert_eq!(wrong, NONE, "{}", action.name());
    }
}

#[test]
fn wrong_triggers_are_told_what_to_write() {
    const KEYS: &str = "or write a mapping; its keys are `schedule`, `event`, `metric`, `files`, `webhook`, `commits`, `github`, `manual`, `if`";
    let with = |on: &str| {
        let text = format!("name: W\non: {on}\nsteps:\n  - run: a\n");
        let (found, helps) = (found(&text), helps(&text));
        found.into_iter().zip(helps).collect::<Vec<_>>()
    };
    let one = |on: &str| {
        let all = with(on);
        assert_eq!(all.len(), 1, "{on}: {all:?}");
        all.into_iter().next().unwrap()
    };
    let (message, help) = one("push");
    assert_eq!(message, "2:5 ORCH-0104 `push` is not one of `manual`");
    assert_eq!(help, KEYS);
    assert_eq!(one("schedule").1, "write a mapping: `schedule: …`");
    assert_eq!(one("true").0, "2:5 ORCH-0104 `true` is not one of `manual`");
    let (message, help) = one("{ schedul: { every: 1h } }");
    assert_eq!(
        (message.as_str(), help.as_str()),
        ("2:7 ORCH-0101 unknown key `schedul`", "did you mean `schedule`?")
    );
    assert_eq!(one("{ cron: '* * * * *' }").0, "2:7 ORCH-0101 unknown key `cron`");
    let both = with("[push, schedule]");
    assert_eq!(both.len(), 2, "{both:?}");
    let (message, help) = one("{ manual: { inputs: { a: {} } } }");
    assert_eq!(message, "2:17 ORCH-0101 unknown key `inputs`");
    assert_eq!(help, "`inputs` stands beside `on`, not in it");
    assert_eq!(
        found("name: W\non: { metric: { name: cpu, above: ninety } }\nsteps:\n  - run: a\n"),
        ["2:35 ORCH-0103 expected a number, found the text `ninety`"]
    );
    assert_eq!(one("{ event: task.finished }").1.split(',').next(), Some("there are `task.created`"));
    assert_eq!(one("{ event: task.complete }").1, "did you mean `task.completed`?");
}

#[test]
fn numbers_are_no_lengths_of_time() {
    let text = "name: W\non: manual\ntimeout: 5\nsteps:\n  - files.delete: { in: logs, match: '*.log', older_than: 3 }\n";
    assert_eq!(
        found(text),
        [
            "3:10 ORCH-0103 expected a length of time, found the number `5`",
            "5:59 ORCH-0103 expected a length of time, found the number `3`",
        ]
    );
    assert_eq!(helps(text)[0], "say of what: `5s`, `5m`, `5h` or `5d`");
}

#[test]
fn workflows_that_run_each_other_are_a_circle() {
    let of =
        |name: &str| format!("name: {name}\non: manual\nsteps:\n  - workflow.run: {{ workflow: {name} }}\n");
    let (a, b, c) = (of("b"), of("a"), of("c"));
    let sources = sources(&[
        (Kind::Workflows, "workflows/a.yaml", &a),
        (Kind::Workflows, "workflows/b.yaml", &b),
        (Kind::Workflows, "workflows/c.yaml", &c),
    ]);
    let found = lines(&check(&sources, None).diagnostics, &sources.map());
    assert_eq!(
        found,
        [
            "workflows/a.yaml:4:31 ORCH-0419 workflows run each other: `a` → `b` → `a`",
            "workflows/c.yaml:4:31 ORCH-0419 workflow `c` runs itself",
        ]
    );
}

#[test]
fn statuses_are_a_closed_set_and_texts_are_no_conditions() {
    let with = |condition: &str| {
        in_steps(&format!("- id: b\n  run: a\n- run: a\n  needs: b\n  if: \"{condition}\"\n"))
    };
    let found = with("steps.b.status == 'succeded'");
    assert!(
        found.len() == 1 && found[0].contains("`steps.b.status` is never `succeded`, only `pending`"),
        "{found:?}"
    );
    assert_eq!(with("'succeded' == steps.b.status").len(), 1);
    assert_eq!(with("steps.b.status == 'succeeded'"), NONE);
    assert_eq!(with("steps.b.status != 'succeded'"), NONE);
    assert_eq!(with("'abc'").len(), 1);
}

#[test]
fn variables_that_decide_what_is_run_take_nothing_from_outside() {
    let found = found(
        "name: W
on: { webhook: { name: x, match: 'in/*.json' } }
env: { LD_PRELOAD: '{{ event.path }}' }
steps:
  - run: a
    env: { ORCH_OUTPUT: y, PATH: '/usr/bin', NAME: '{{ event.path }}', GIT_DIR: '{{ inputs.d }}' }
inputs: { d: {} }
",
    );
    let codes: Vec<&str> = found.iter().filter_map(|line| line.split(" ORCH-0436 ").nth(1)).collect();
    assert_eq!(
        codes,
        [
            "variable `LD_PRELOAD` decides what is run, and its value holds `event`",
            "variable `ORCH_OUTPUT` is set by `orch` itself",
            "variable `GIT_DIR` decides what is run, and its value holds `inputs`",
        ]
    );
}

#[test]
fn a_step_has_no_longer_than_its_run() {
    let found = found(
        "name: W
on: manual
steps:
  - { run: a, timeout: 6h }
  - { run: b, timeout: 7h }
  - { run: c, timeout: nonsense }
finally:
  - { run: d, timeout: 8h }
",
    );
    let told: Vec<&str> = found.iter().filter_map(|line| line.split(" ORCH-0437 ").nth(1)).collect();
    assert_eq!(told, ["step may take 7h, but its run ends after 6h"]);
}
