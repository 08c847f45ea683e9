//! `runs_on: github-actions`: ticks of the real program send for runners by one dispatch, whatever goes wrong, and
//! what the runners do comes back by the branch of the state.

use std::process::Output;

use serde_json::{Value, json};

use super::double::{FAULTS, Fault, GitHub, When};
use super::harness::Sandbox;

const DISPATCH: (&str, &str) = ("POST", "/repos/*/*/actions/workflows/*/dispatches");
const ITEMS: usize = 40;

/// A project with a workflow whose step is for many runners.
fn project(name: &str) -> Sandbox {
    let sandbox = Sandbox::repository();
    let items: Vec<String> = (0..ITEMS).map(|item| format!("i{item}")).collect();
    sandbox.write("orch.yaml", format!("name: {name}\n"));
    let workflow = format!(
        "name: Make\non: manual\nsteps:\n  - id: build\n    for_each: {{ items: [{}], max_parallel: 256 }}\n    run: echo {{{{ item }}}}\n    runs_on: github-actions\n",
        items.join(", ")
    );
    sandbox.write("workflows/make.yaml", workflow);
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "--quiet", "-m", "the project"]);
    sandbox
}

fn at(github: &GitHub, sandbox: &Sandbox, minute: &str, args: &[&str]) -> (Output, String) {
    let mut command = sandbox.orch_command(args);
    command.env("ORCH_NOW", format!("2026-01-09T{minute}:00Z")).envs(github.env());
    let output = command.output().unwrap();
    let told = [output.stdout.as_slice(), &output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    (output, told)
}

fn shown(sandbox: &Sandbox, run: &str) -> Value {
    sandbox.json(&["runs", "show", run])["run"].clone()
}

#[test]
fn many_steps_are_one_dispatch_whatever_goes_wrong() {
    let Some(github) = GitHub::start() else { return };
    github.tables(|tables| tables.add_titled_workflow("acme/app", "orch-work.yml", "orch_key"));
    // That nobody answers for half a minute is played with the action itself, which can be made impatient.
    let faults =
        FAULTS.into_iter().filter(|fault| !matches!(fault, Fault::SilentBefore | Fault::SilentAfter));
    for (number, fault) in faults.enumerate() {
        let sandbox = project(&format!("p{number}"));
        github.forget();
        let before = github.tables(|tables| tables.dispatches.len());
        github.fault(When::new(DISPATCH.0, DISPATCH.1), fault);
        let (_, told) = at(&github, &sandbox, "09:00", &["run", "make"]);
        github.heal();
        // Whoever may not send has failed, and is told so. All else is tried again.
        let is_refused = fault == Fault::Unauthorized;
        for minute in ["09:01", "09:02", "09:03"] {
            at(&github, &sandbox, minute, &["tick"]);
        }
        let run = shown(&sandbox, "make#1");
        let sent: Vec<Value> = github.tables(|tables| tables.dispatches[before..].to_vec());
        if is_refused {
            assert_eq!((run["status"].as_str(), sent.len()), (Some("failed"), 0), "{told}");
            let why = run["failure"]["message"].as_str().unwrap();
            assert!(why.contains("failed to send it to github-actions: "), "{why}");
            continue;
        }
        let [sent] = sent.as_slice() else { panic!("{fault:?}: {} dispatches: {told}", sent.len()) };
        assert_eq!((&sent["workflow"], &sent["ref"]), (&json!("orch-work.yml"), &json!("main")));
        let runs: Vec<String> = serde_json::from_str(sent["inputs"]["runs"].as_str().unwrap()).unwrap();
        assert_eq!(runs.len(), ITEMS, "{fault:?}");
        assert_eq!(runs[ITEMS - 1], format!("make#1/build[{}]", ITEMS - 1));
        assert_eq!(github.done(DISPATCH.0, DISPATCH.1), 1, "{fault:?}");
        assert_eq!(run["status"], "running");
        let steps = run["steps"].as_array().unwrap();
        let stands = |key: &str| steps.iter().find(|step| step["key"] == key).unwrap()["status"].clone();
        assert_eq!(
            (stands("build:sent[1]"), stands("build[7]")),
            (json!("succeeded"), json!("waiting")),
            "{fault:?}"
        );
        // They wait for their runners; nothing more is sent.
        let (output, told) = at(&github, &sandbox, "09:10", &["tick"]);
        assert!(output.status.success(), "{told}");
        assert_eq!(github.done(DISPATCH.0, DISPATCH.1), 1, "{fault:?}");
        github.assert_valid();
        assert!(sandbox.ok(&["fsck"]).contains("verified"));
        sandbox.ok(&["verify"]);
    }
}

#[test]
fn what_the_runners_do_is_what_the_run_goes_on_with() {
    let Some(github) = GitHub::start() else { return };
    github.tables(|tables| tables.add_titled_workflow("acme/app", "orch-work.yml", "orch_key"));
    let sandbox = project("goes-on");
    at(&github, &sandbox, "09:00", &["run", "make"]);
    for item in 0..ITEMS {
        let (output, told) = at(&github, &sandbox, "09:05", &["work", &format!("make#1/build[{item}]")]);
        assert!(output.status.success() && told.contains("succeeded."), "{told}");
    }
    let (output, told) = at(&github, &sandbox, "09:06", &["tick"]);
    assert!(output.status.success(), "{told}");
    assert_eq!(shown(&sandbox, "make#1")["status"], "succeeded");
    assert_eq!(github.done(DISPATCH.0, DISPATCH.1), 1);
    sandbox.ok(&["verify"]);
}

#[test]
fn a_workflow_that_is_not_there_is_told_with_its_name() {
    let Some(github) = GitHub::start() else { return };
    let sandbox = project("absent");
    let (output, told) = at(&github, &sandbox, "09:00", &["run", "make"]);
    assert_eq!(output.status.code(), Some(11), "{told}");
    let run = shown(&sandbox, "make#1");
    let why = run["failure"]["message"].as_str().unwrap();
    assert!(why.contains("is `orch-work.yml` on the default branch, with `on: workflow_dispatch`?"), "{why}");
}
