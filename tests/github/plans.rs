//! `orch plan --github` of the real program: one comment on the pull request, kept up to date, whoever else writes there.

use std::process::Output;

use serde_json::{Value, json};

use super::double::{Fault, GitHub, When};
use super::harness::Sandbox;

struct World<'g> {
    sandbox: Sandbox,
    github: &'g GitHub,
    pull: u64,
}

impl<'g> World<'g> {
    fn new(github: &'g GitHub) -> Self {
        let sandbox = Sandbox::team();
        let pull = github.open_pull("ada", "change", &[("tasks/one.yaml", "tasks: []\n")]);
        Self { sandbox, github, pull }
    }

    fn plan(&self, args: &[&str]) -> Output {
        let event = json!({ "action": "opened", "number": self.pull, "pull_request": {
            "number": self.pull, "head": { "sha": self.github.head("change") } } });
        self.sandbox.write(".git/event.json", event.to_string());
        let mut command = self.sandbox.orch_command(&[&["plan", "--github"], args].concat());
        command.envs(self.github.env()).env("GITHUB_EVENT_NAME", "pull_request").env("GITHUB_RUN_ID", "1");
        command.env("GITHUB_EVENT_PATH", self.sandbox.cwd.join(".git/event.json")).output().unwrap()
    }

    fn comments(&self) -> Vec<Value> {
        let comments = self.github.look(&format!("/issues/{}/comments", self.pull));
        comments.as_array().unwrap().clone()
    }
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_plan_is_one_comment_that_is_kept_up_to_date() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github);
    github.at("eve", "POST", &format!("/issues/{}/comments", world.pull), json!({ "body": "nice" }));
    let first = world.plan(&[]);
    assert_eq!(first.status.code(), Some(0), "{}", told(&first));
    let [_, ours] = world.comments().try_into().unwrap();
    let body = ours["body"].as_str().unwrap();
    assert!(
        body.starts_with("### orch plan: `") && body.contains("Plan: ") && body.ends_with(" -->"),
        "{body}"
    );
    assert!(body.contains(&github.head("change")[..7]), "{body}");

    // The same again writes nothing; another plan changes the same comment.
    github.forget();
    assert_eq!(world.plan(&[]).status.code(), Some(0));
    assert_eq!((github.sent("POST", "/repos/**"), github.sent("PATCH", "/repos/**")), (0, 0));
    world.sandbox.write(
        "tasks/more.yaml",
        "tasks:\n  - { code: LORE-001, title: \"@eve ``` <!-- orch:key=x -->\", type: lore }\n",
    );
    let changed = world.plan(&[]);
    assert_eq!(changed.status.code(), Some(0), "{}", told(&changed));
    let [_, after] = world.comments().try_into().unwrap();
    assert_eq!(after["id"], ours["id"]);
    assert!(after["body"].as_str().unwrap().contains("LORE-001"), "{after}");

    // Somebody copies it: theirs is left alone, and ours is still found.
    github.at("eve", "POST", &format!("/issues/{}/comments", world.pull), json!({ "body": after["body"] }));
    assert_eq!(world.plan(&[]).status.code(), Some(0));
    assert_eq!(world.comments().len(), 3);
    github.assert_valid();
}

#[test]
fn a_configuration_with_errors_is_told_there_too() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github);
    world.sandbox.write("tasks/more.yaml", "tasks: [{}]\n");
    let output = world.plan(&[]);
    assert!(!output.status.success(), "{}", told(&output));
    let [ours] = world.comments().try_into().unwrap();
    assert!(ours["body"].as_str().unwrap().contains("There is no plan for the configuration"), "{ours}");
    // Once it is mended, the same comment holds the plan.
    std::fs::remove_file(world.sandbox.cwd.join("tasks/more.yaml")).unwrap();
    world.sandbox.ok(&["tick"]);
    world.plan(&[]);
    world.sandbox.write("orch.yaml", world.sandbox.read("orch.yaml") + "\n# another\n");
    world.plan(&[]);
    let [_, mended] = world.comments().try_into().unwrap();
    assert!(mended["body"].as_str().unwrap().contains("Plan: "), "{mended}");
    github.assert_valid();
}

#[test]
fn a_job_that_may_only_read_plans_all_the_same() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github);
    github.fault(When::new("POST", "/repos/*/*/issues/*/comments").times(9), Fault::Unauthorized);
    let output = world.plan(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(told(&output).contains("warning: the plan is not posted on pull request"), "{}", told(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Plan: "));
    github.heal();
    // Answers that get lost make no second comment.
    for fault in [Fault::ErrorAfter, Fault::ResetAfter, Fault::Truncated, Fault::BadGateway] {
        github.fault(When::new("POST", "/repos/*/*/issues/*/comments"), fault);
        world.plan(&[]);
        world.plan(&[]);
        assert_eq!(world.comments().len(), 1, "{fault:?}");
    }
    github.assert_valid();
}

#[test]
fn without_a_pull_request_it_says_what_to_do() {
    let sandbox = Sandbox::team();
    let output = sandbox.orch(&["plan", "--github"]);
    assert_eq!(output.status.code(), Some(1));
    let told = told(&output);
    assert!(told.contains("failed to find the pull request: this is no job of GitHub Actions"), "{told}");
    assert!(told.contains("hint: ") && told.contains("--pull NUMBER"), "{told}");
}
