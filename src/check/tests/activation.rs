//! What is wrong with an `activate`, and where exactly; and the workflow that it becomes.

use crate::check::{Checked, check};
use crate::load::{Kind, Sources};
use crate::model::{Act, Workflow};

use super::fixtures::lines;

fn sources(files: &[(Kind, &str, &str)]) -> Sources {
    let orch = ("orch.yaml".to_owned(), Kind::Orch, b"name: flows\nsecrets: [TOKEN]\n".to_vec());
    let file =
        |(kind, path, text): &(Kind, &str, &str)| ((*path).to_owned(), *kind, text.as_bytes().to_vec());
    Sources::in_memory(std::iter::once(orch).chain(files.iter().map(file)))
}

/// The agent `writer` with this under `activate`, of which the first line is the fourth.
fn agents(activate: &str) -> String {
    let lines: Vec<String> = activate.lines().map(|line| format!("      {line}\n")).collect();
    format!("agents:\n  - name: writer\n    activate:\n{}", lines.concat())
}

fn found(activate: &str) -> Vec<String> {
    let text = agents(activate);
    let sources = sources(&[(Kind::Agents, "agents.yaml", &text)]);
    let Checked { config, diagnostics } = check(&sources, None);
    assert_eq!(config.is_none(), diagnostics.has_errors());
    let lines = lines(&diagnostics, &sources.map());
    lines.iter().map(|line| line.strip_prefix("agents.yaml:").unwrap_or(line).to_owned()).collect()
}

fn workflow(activate: &str) -> Workflow {
    let text = agents(activate);
    let sources = sources(&[(Kind::Agents, "agents.yaml", &text)]);
    let checked = check(&sources, None);
    let mut config = checked.config.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics));
    config.workflows.swap_remove("activate-writer").unwrap()
}

const NONE: [&str; 0] = [];

#[test]
fn what_is_wrong_is_pointed_at_where_it_stands() {
    let mut wrong = Vec::new();
    for (activate, expected) in [
        ("with: [{ run: a }]", vec![]),
        ("{}", vec!["4:7 ORCH-0102 key `with` is missing"]),
        ("with: [{ runs_on: github-actions, run: a }, { run: b }]", vec![]),
        ("with: []", vec!["4:13 ORCH-0407 workflow `activate-writer` has no steps"]),
        ("with: [{ id: a }]", vec!["4:20 ORCH-0418 step `a` does nothing"]),
        (
            "with: [{ run: a, notify: { channel: console, text: a } }]",
            vec!["4:32 ORCH-0418 step `run` does several things: `run`, `notify`"],
        ),
        ("with: [{ run: a }]\nwith_: 1", vec!["5:7 ORCH-0101 unknown key `with_`"]),
        ("with: [{ run: a }]\nwhen: always", vec!["5:13 ORCH-0104 `always` is not one of `work`, `asked`"]),
        ("with: [{ run: a, needs: b }]", vec!["4:24 ORCH-0101 unknown key `needs`"]),
        (
            "with: [{ run: a, continue_on_error: true }]",
            vec!["4:24 ORCH-0101 unknown key `continue_on_error`"],
        ),
        (
            "with: [{ wait: 1h }]",
            vec!["4:14 ORCH-0418 step `step` does nothing", "4:16 ORCH-0101 unknown key `wait`"],
        ),
        ("with: [{ run: 'echo {{ event.nope }}' }]", vec!["4:30 ORCH-0207 `event.nope` does not exist"]),
        (
            "with: [{ run: 'echo {{ event.task.code }} {{ event.dependencies }} {{ event.notes }} {{ event.by }}' }]",
            vec![],
        ),
        (
            "with: [{ run: 'echo {{ event.slot }}' }]\non: { schedule: { every: 1h } }",
            vec!["4:30 ORCH-0207 `event.slot` does not exist"],
        ),
        ("with: [{ run: 'echo {{ vars.breif }}' }]", vec!["4:30 ORCH-0207 `vars.breif` is not declared"]),
        (
            "brief: |\n  # Do it\n  {{ event.taks.code }}\nwith: [{ run: a }]",
            vec!["6:12 ORCH-0207 `event.taks` does not exist"],
        ),
        (
            "with: [{ run: a, if: 'event.task.spec.tier ==' }]",
            vec!["4:50 ORCH-0113 unexpected the end, expected expression"],
        ),
        ("with: [{ run: a }, { run: b, if: 'nope > 1' }]", vec!["4:41 ORCH-0207 `nope` does not exist"]),
        (
            "with: [{ http.request: { url: 'http://a.example/', methode: POST } }]",
            vec!["4:58 ORCH-0101 unknown key `methode`"],
        ),
        (
            "with: [{ notify: { channel: ops, text: a } }]",
            vec!["4:35 ORCH-0210 channel `ops` is not declared"],
        ),
        (
            "with: [{ run: curl http://a.example }]\npermissions: { commands: [claude] }",
            vec!["4:21 ORCH-0424 step `run` starts `curl`"],
        ),
        ("with: [{ run: 'a {{ secrets.TOKEN }}' }]", vec!["4:27 ORCH-0113 a secret cannot stand here"]),
        (
            "with: [{ run: a }]\nenv: { A: '{{ secrets.NOPE }}' }",
            vec!["5:21 ORCH-0209 secret `NOPE` is not declared"],
        ),
        (
            "with: [{ run: a }]\non: { schedule: { cron: '0 25 * * *' } }",
            vec!["5:34 ORCH-0114 `25` is not an hour"],
        ),
        (
            "with: [{ run: a }]\non: { schedule: { cron: '0 9 * * *', timezone: Asia/Tokio } }",
            vec!["5:54 ORCH-0214 time zone `Asia/Tokio` does not exist"],
        ),
        (
            "with: [{ run: a }]\non: { event: task.created }",
            vec!["5:11 ORCH-0102 key `schedule` is missing", "5:13 ORCH-0101 unknown key `event`"],
        ),
        ("with: [{ run: a }]\ntimeout: soon", vec!["5:16 ORCH-0107 `soon` is not a duration"]),
        ("with: [{ run: a, shell: fish }]", vec!["4:31 ORCH-0104 "]),
        ("with: [{ run: a }, { id: run, run: b }, { run: c }]", vec![]),
        ("with: [{ id: a, run: a }, { id: a, run: b }]", vec!["4:39 ORCH-0302 step `a` is declared twice"]),
    ] {
        let found = found(activate);
        let is_it = found.len() == expected.len()
            && found.iter().zip(&expected).all(|(found, expected)| found.starts_with(expected));
        if !is_it {
            wrong.push(format!("{activate}\n{found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn its_name_is_nobody_elses() {
    let text = agents("with: [{ run: a }]");
    let flow = "name: Mine\non: manual\nsteps: [{ run: a }]\n";
    let other = "name: Other\non: { event: { types: run.finished, workflows: activate-writer } }\nsteps: [{ run: a }]\n";
    let sources = sources(&[
        (Kind::Agents, "agents.yaml", &text),
        (Kind::Workflows, "workflows/activate-writer.yaml", flow),
        (Kind::Workflows, "workflows/other.yaml", other),
    ]);
    let Checked { config, diagnostics } = check(&sources, None);
    assert!(config.is_none());
    let told = lines(&diagnostics, &sources.map());
    assert_eq!(told, ["agents.yaml:4:7 ORCH-0302 workflow `activate-writer` is declared twice"]);
    let help = diagnostics.iter().next().and_then(|one| one.help.clone());
    assert_eq!(help.as_deref(), Some("what calls agent `writer` has this name; rename the file"));
}

#[test]
fn ways_become_steps_in_order() {
    let workflow = workflow(
        "with:
  - github.dispatch: { workflow: writer.yml, ref: main, key: true, inputs: { task: '{{ event.task.code }}' } }
  - { run: a, if: metrics.load < 3, timeout: 2h }
  - { run: b }
when: asked
on: [{ schedule: { cron: '0 9 * * 1-5', timezone: Asia/Tokyo } }, { schedule: { every: 6h } }]
timeout: 3h
permissions: { commands: [a, b] }",
    );
    let steps: Vec<String> = workflow
        .steps
        .iter()
        .map(|step| {
            let condition = step.condition.as_ref().map(|condition| condition.source().to_owned());
            let does = match &step.act {
                Act::Call { action, .. } => action,
                Act::Run(_) => "run",
                _ => "",
            };
            format!(
                "{} {does} after {:?} if {condition:?} {} {}",
                step.id, step.after, step.timeout, step.origin
            )
        })
        .collect();
    insta::assert_snapshot!(steps.join("\n"), @r#"
    github-dispatch github.dispatch after [] if None 30m agents.yaml:5
    run run after ["github-dispatch"] if Some("((steps['github-dispatch'].status != 'succeeded') and (metrics.load < 3))") 2h agents.yaml:6
    run-2 run after ["run"] if Some("steps['github-dispatch'].status != 'succeeded' and steps['run'].status != 'succeeded'") 30m agents.yaml:7
    "#);
    assert!(workflow.steps.iter().all(|step| step.continue_on_error));
    let triggers: Vec<String> =
        workflow.triggers.iter().map(|trigger| format!("{} {}", trigger.key, trigger.origin)).collect();
    insta::assert_snapshot!(triggers.join("\n"), @"
    event agent.activated agents.yaml:4
    schedule 0 9 * * 1-5 Asia/Tokyo agents.yaml:9
    schedule every 21600s agents.yaml:9
    ");
    assert_eq!((workflow.title.as_str(), workflow.activates.as_deref()), ("Activate writer", Some("writer")));
    assert_eq!(workflow.timeout, Some(crate::model::Duration::from_minutes(180)));
}

#[test]
fn it_is_another_workflow_only_if_it_says_something_else() {
    let digest = |text: &str| workflow(text).digest;
    assert_eq!(digest("with: [{ run: a }]"), digest("# why\nwith:\n  - run: a"));
    assert_ne!(digest("with: [{ run: a }]"), digest("with: [{ run: b }]"));
    assert_eq!(found("with: [{ run: a }]"), NONE);
}
