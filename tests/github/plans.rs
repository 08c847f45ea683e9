//! `orch plan --github` of the real program: one comment and one check on the pull request, kept up to date, whoever else
//! writes there.

use std::process::Output;

use serde_json::{Value, json};

use super::double::{Fault, GitHub, Recorded, Sent, When};
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
        self.plan_with(args, &[])
    }

    fn plan_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Output {
        let event = json!({ "action": "opened", "number": self.pull, "pull_request": {
            "number": self.pull, "head": { "sha": self.github.head("change") } } });
        self.sandbox.write(".git/event.json", event.to_string());
        let mut command = self.sandbox.orch_command(&[&["plan", "--github"], args].concat());
        command.envs(environment.iter().copied());
        command.envs(self.github.env()).env("GITHUB_EVENT_NAME", "pull_request").env("GITHUB_RUN_ID", "1");
        command.env("GITHUB_EVENT_PATH", self.sandbox.cwd.join(".git/event.json")).output().unwrap()
    }

    /// The check runs of ours on the head, oldest first.
    fn checks(&self) -> Vec<Value> {
        let all = self.github.look(&format!("/commits/{}/check-runs?filter=all", self.github.head("change")));
        let mut runs = all["check_runs"].as_array().unwrap().clone();
        runs.retain(|run| run["name"].as_str().unwrap().starts_with("orch plan: "));
        runs.sort_by_key(|run| run["id"].as_u64());
        runs
    }

    /// The remarks that were sent since the last `forget`, request by request.
    fn remarks(&self) -> Vec<Vec<Value>> {
        let sent = |one: Recorded| match one.body {
            Sent::Json(body) if one.is_done && one.place().contains("/check-runs") => {
                Some(body["output"]["annotations"].as_array().cloned().unwrap_or_default())
            }
            _ => None,
        };
        self.github.recorded().into_iter().filter_map(sent).collect()
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
    assert_eq!(world.checks().len(), 1, "what else the token may do is done");
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

#[test]
fn a_plan_is_a_check_with_remarks_beside_the_changed_lines() {
    let Some(github) = GitHub::start() else { return };
    let sandbox = Sandbox::team();
    let more = "tasks:\n  - code: LORE-001\n    title: Old\n    type: lore\n";
    let then = more.to_owned() + "  - code: LORE-002\n    title: \"New\\n::error::x\"\n    type: lore\n";
    github.write("ada", "main", "tasks/more.yaml", more);
    let pull = github.open_pull("ada", "change", &[("tasks/more.yaml", &then)]);
    sandbox.write("tasks/more.yaml", &then);
    let world = World { sandbox, github: &github, pull };
    let output = world.plan(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let [check] = world.checks().try_into().unwrap();
    let (output, name) = (&check["output"], check["name"].as_str().unwrap());
    assert_eq!((&check["status"], &check["conclusion"]), (&json!("completed"), &json!("success")));
    assert!(output["title"].as_str().unwrap().starts_with("Plan: "), "{output}");
    assert!(output["summary"].as_str().unwrap().starts_with("### orch plan: `"), "{name}: {output}");
    let remarks = world.remarks().concat();
    // The first of the two tasks was there before.
    let [remark] = remarks.try_into().unwrap();
    assert_eq!(
        (&remark["path"], &remark["start_line"], &remark["annotation_level"]),
        (&json!("tasks/more.yaml"), &json!(5), &json!("notice"))
    );
    assert_eq!(remark["message"], "+ LORE-002 created: New ::error::x (lore, P2)");

    // The same again sends nothing; another plan with the same remarks changes the same check.
    github.forget();
    world.plan(&[]);
    assert_eq!((github.sent("POST", "/repos/**"), github.sent("PATCH", "/repos/**")), (0, 0));
    world.sandbox.write("tasks/less.yaml", "tasks:\n  - { code: LORE-009, title: x, type: lore }\n");
    world.plan(&[]);
    let [after] = world.checks().try_into().unwrap();
    assert_eq!(after["id"], check["id"]);
    assert_ne!(after["output"]["summary"], check["output"]["summary"]);
    assert_eq!(github.sent("POST", "/repos/*/*/check-runs"), 0);
    // Without the event, the head is looked up.
    let mut command = world.sandbox.orch_command(&["plan", "--github", "--pull", &pull.to_string()]);
    let output = command.envs(github.env()).output().unwrap();
    assert!(output.status.success() && world.checks().len() == 1, "{}", told(&output));
    github.assert_valid();
}

#[test]
fn every_mistake_is_a_remark_on_a_check_that_failed() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github);
    let tasks = (0..120).map(|number| format!("  - {{ code: LORE-{number:03}, titel: x, type: lore }}\n"));
    world.sandbox.write("tasks/more.yaml", "tasks:\n".to_owned() + &tasks.collect::<String>());
    let output = world.plan(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    let [check] = world.checks().try_into().unwrap();
    assert_eq!((&check["conclusion"], &check["status"]), (&json!("failure"), &json!("completed")));
    let title = check["output"]["title"].as_str().unwrap();
    assert!(title.starts_with("The configuration has ") && title.ends_with(" errors."), "{title}");
    let sent = world.remarks();
    assert!(sent.len() >= 3 && sent.iter().all(|some| some.len() <= 50), "GitHub takes fifty at a time");
    let all = sent.concat();
    assert!(all.len() >= 120 && all.iter().all(|one| one["annotation_level"] == "failure"));
    assert!(all.iter().any(|one| one["path"] == "tasks/more.yaml" && one["start_line"] == 121), "{all:?}");
    let [comment] = world.comments().try_into().unwrap();
    let body = comment["body"].as_str().unwrap();
    assert!(body.contains("ORCH-") && body.contains("tasks/more.yaml:2:"), "{body}");
    github.assert_valid();
}

#[test]
fn where_a_token_may_set_no_check_that_is_said() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github);
    for (fault, advice) in [(Fault::NotAnApp, "only apps set checks"), (Fault::Forbidden, "`permissions:`")] {
        github.fault(When::new("POST", "/repos/*/*/check-runs").times(9), fault);
        let output = world.plan(&[]);
        assert_eq!(output.status.code(), Some(0), "{fault:?}: {}", told(&output));
        let told = told(&output);
        assert!(
            told.contains("warning: there is no check on pull request") && told.contains(advice),
            "{told}"
        );
        assert_eq!((world.comments().len(), world.checks().len()), (1, 0), "{fault:?}");
        github.heal();
    }
}

/// All that is left is the summary of the job.
#[test]
fn a_job_for_a_fork_has_its_plan_in_its_summary() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github);
    github.fault(When::new("POST", "/**").times(9), Fault::Forbidden);
    github.fault(When::new("GET", "/repos/*/*/pulls/*/files").times(9), Fault::Forbidden);
    let summary = world.sandbox.cwd.join(".git/summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let output = world.plan_with(&[], &[("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let told = told(&output);
    for part in ["warning: the plan is not posted", "warning: there is no check", "warning: nothing is said"]
    {
        assert_eq!(told.matches(part).count(), 1, "{part}: {told}");
    }
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(summary.starts_with("before\n### orch plan: `") && summary.contains("Plan: "), "{summary}");
    github.assert_valid();
}

/// Where the token writes is not for the pull request to say.
#[test]
fn a_plan_is_posted_in_the_repository_of_the_job_alone() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github);
    let declared = world.sandbox.read("orch.yaml") + "\ngithub: { repository: acme/other }\n";
    world.sandbox.write("orch.yaml", declared);
    let output = world.plan(&[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!((world.comments().len(), world.checks().len()), (1, 1));
    assert_eq!(github.sent("*", "/repos/acme/other/**"), 0);
}
