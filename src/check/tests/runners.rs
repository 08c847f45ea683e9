//! What is found in `runs_on`, and where exactly.

use crate::check::{Checked, check};
use crate::load::{Kind, Sources};
use crate::model::{Duration, RunsOn};

use super::fixtures::lines;

fn checked(step: &str) -> (Option<RunsOn>, Vec<String>) {
    let text = format!("name: W\non: manual\nsteps:\n{step}");
    let files =
        [("orch.yaml", Kind::Orch, "name: runners\n"), ("workflows/w.yaml", Kind::Workflows, text.as_str())];
    let files = files.map(|(path, kind, text)| (path.to_owned(), kind, text.as_bytes().to_vec()));
    let sources = Sources::in_memory(files);
    let Checked { config, diagnostics } = check(&sources, None);
    let found = lines(&diagnostics, &sources.map());
    let found = found.iter().map(|line| line.strip_prefix("workflows/w.yaml:").unwrap_or(line).to_owned());
    let place = config.and_then(|config| config.workflows["w"].steps[0].runs_on.clone());
    (place, found.collect())
}

fn found(step: &str) -> Vec<String> {
    checked(step).1
}

#[test]
fn a_place_alone_is_the_usual_workflow_on_the_default_branch() {
    let (place, found) = checked("- run: a\n  runs_on: github-actions\n");
    assert_eq!(found, [""; 0]);
    let usual =
        RunsOn { workflow: "orch-work.yml".into(), git_ref: None, start_within: Duration::from_minutes(30) };
    assert_eq!(place, Some(usual));
    let (place, found) = checked(
        "- run: a\n  runs_on: { github-actions: { workflow: build.yaml, ref: release/1, start_within: 2h } }\n",
    );
    assert_eq!(found, [""; 0]);
    let place = place.unwrap();
    assert_eq!((place.workflow.as_str(), place.git_ref.as_deref()), ("build.yaml", Some("release/1")));
    assert_eq!(place.start_within, Duration::from_minutes(120));
}

#[test]
fn what_needs_no_machine_has_no_runner() {
    let nothing =
        |what: &str| format!("5:12 ORCH-0413 `runs_on` has no effect on `{what}`, which needs no machine");
    for (step, what) in [
        ("- wait: 1h", "wait"),
        ("- approve: true", "approve"),
        ("- workflow.run: { workflow: other }", "workflow.run"),
        ("- state.set: { key: a, value: 1 }", "state.set"),
    ] {
        let found = found(&format!("{step}\n  runs_on: github-actions\n"));
        assert!(found.contains(&nothing(what)), "{step}: {found:?}");
    }
    assert_eq!(
        found("- github.status: { sha: main, state: success, context: a }\n  runs_on: github-actions\n")
            .len(),
        1
    );
}

#[test]
fn mistakes_are_pointed_at() {
    let on = |value: &str| found(&format!("- run: a\n  runs_on: {value}\n"));
    let all = [
        "gitlab",
        "{}",
        "{ github-action: {} }",
        "{ github-actions: { workflow: a/b.yml } }",
        "{ github-actions: { workflow: '' } }",
        "{ github-actions: { ref: 'a b' } }",
        "{ github-actions: { start_within: 0s } }",
        "{ github-actions: { start_within: soon } }",
        "{ github-actions: { branch: main } }",
    ];
    let all = all.map(|value| format!("{value}: {}", on(value).join("; ")));
    insta::assert_snapshot!(all.join("\n"), @r"
    gitlab: 5:12 ORCH-0104 `gitlab` is not one of `github-actions`
    {}: 5:12 ORCH-0102 key `github-actions` is missing
    { github-action: {} }: 5:12 ORCH-0102 key `github-actions` is missing; 5:14 ORCH-0101 unknown key `github-action`
    { github-actions: { workflow: a/b.yml } }: 5:42 ORCH-0428 `a/b.yml` does not match `^[A-Za-z0-9._-]+\.ya?ml$`
    { github-actions: { workflow: '' } }: 5:42 ORCH-0428 `` does not match `^[A-Za-z0-9._-]+\.ya?ml$`
    { github-actions: { ref: 'a b' } }: 5:37 ORCH-0428 `a b` does not match `^[^\u0000-\u0020~^:?*\[\\\u007f]+$`
    { github-actions: { start_within: 0s } }: 5:46 ORCH-0426 no runner can begin within no time
    { github-actions: { start_within: soon } }: 5:46 ORCH-0107 `soon` is not a duration
    { github-actions: { branch: main } }: 5:32 ORCH-0101 unknown key `branch`
    ");
}
