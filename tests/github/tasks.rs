//! Issues and tasks in step, by the real program against the double: an issue becomes a task, people read on it how the
//! task stands, and whoever ends one of the two ends both.

use std::process::{Command, Output};

use orch::adapters::clock::SystemClock;
use orch::model::Duration;
use orch::ports::Clock as _;
use serde_json::{Value, json};

use super::double::{BOT, FAULTS, Fault, GitHub, When};
use super::harness::Sandbox;

const ORCH: &str = "name: hello
github:
  tasks: { label: task, type: feature, prefix: DEV }
";
const AGENTS: &str = "agents:
  - { name: writer, title: Agent 01, github: ada }
  - { name: editor, title: Agent 02, github: ben }
";

pub(crate) struct World<'g> {
    pub(crate) sandbox: Sandbox,
    pub(crate) github: &'g GitHub,
}

impl<'g> World<'g> {
    pub(crate) fn new(github: &'g GitHub, files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::repository();
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "the project"]);
        Self { sandbox, github }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.sandbox.orch_command(args);
        command.env_remove("ORCH_NOW").envs(self.github.env());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// What a command says on its way.
    pub(crate) fn orch(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !told.contains("warning"), "{args:?}: {told}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Everything that a command says, however it ends.
    pub(crate) fn said(&self, args: &[&str]) -> String {
        everything(&self.run(args))
    }

    /// The same of one that ends well.
    pub(crate) fn succeeds(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", everything(&output));
        everything(&output)
    }

    /// Ticks until nothing is new: what `orch` writes itself is seen by the tick that follows.
    pub(crate) fn tick(&self) {
        self.orch(&["tick"]);
    }

    /// An issue with the label, by somebody.
    pub(crate) fn issue(&self, title: &str, body: &str) -> u64 {
        let issue = json!({ "title": title, "body": body, "labels": ["task"] });
        self.github.at("eve", "POST", "/issues", issue)["number"].as_u64().unwrap()
    }

    fn state(&self, number: u64) -> (String, String) {
        let issue = self.github.look(&format!("/issues/{number}"));
        let text = |key: &str| issue[key].as_str().unwrap_or_default().to_owned();
        (text("state"), text("state_reason"))
    }

    /// What the one comment of `orch` says, without its marker.
    pub(crate) fn comment(&self, number: u64) -> String {
        let comments = self.github.look(&format!("/issues/{number}/comments"));
        let ours: Vec<&Value> =
            comments.as_array().unwrap().iter().filter(|comment| comment["user"]["login"] == BOT).collect();
        let [one] = ours.as_slice() else {
            panic!("issue {number}: {comments}; {}", self.orch(&["runs", "list"]))
        };
        one["body"].as_str().unwrap().split("<!--").next().unwrap().trim().to_owned()
    }

    pub(crate) fn status(&self, code: &str) -> String {
        let task = self.orch(&["task", "show", code, "--format", "json"]);
        let task: Value = serde_json::from_str(&task).unwrap();
        task["task"]["status"].as_str().unwrap_or_else(|| panic!("{task}")).to_owned()
    }

    /// The writes that were sent.
    fn writes(&self) -> usize {
        ["POST", "PATCH", "PUT", "DELETE"].iter().map(|kind| self.github.sent(kind, "/repos/**")).sum()
    }
}

fn everything(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn world(github: &GitHub) -> World<'_> {
    let files = [("orch.yaml", ORCH), ("agents.yaml", AGENTS), ("routing.yaml", "fallback: writer\n")];
    World::new(github, &files)
}

fn code(number: u64) -> String {
    format!("DEV-{number:03}")
}

#[test]
fn an_issue_and_its_task_are_in_step() {
    let Some(github) = GitHub::start() else { return };
    let world = world(&github);
    let first = world.issue("Say hello @ben", "To <b>everybody</b>.");
    world.tick();
    let shown = world.orch(&["task", "show", &code(first)]);
    assert!(shown.contains("Say hello @ben") && shown.contains(&format!("#{first}")), "{shown}");
    assert_eq!(world.comment(first), format!("**{}** is **pending** with Agent 01.", code(first)));
    world.orch(&["task", "start", &code(first), "--as", "writer"]);
    world.tick();
    assert!(
        world.comment(first).contains("is **in progress** with Agent 01 since"),
        "{}",
        world.comment(first)
    );
    // `orch` ends the task: the issue is closed, and what `orch` did there is no news.
    world.orch(&["task", "complete", &code(first), "--as", "writer", "--output", "docs/hello.md"]);
    world.tick();
    assert_eq!(world.state(first), ("closed".into(), "completed".into()));
    assert!(world.comment(first).contains("Result: docs/hello.md"), "{}", world.comment(first));
    // People end the issue: the task is over.
    let second = world.issue("Say goodbye", "");
    world.tick();
    github.at(
        "eve",
        "PATCH",
        &format!("/issues/{second}"),
        json!({ "state": "closed", "state_reason": "not_planned" }),
    );
    world.tick();
    assert_eq!(world.status(&code(second)), "cancelled");
    assert!(world.comment(second).contains("is **cancelled** since"), "{}", world.comment(second));
    // No echo: the next ticks see what `orch` wrote, and write nothing.
    world.tick();
    github.forget();
    let tip = world.sandbox.git(&["rev-parse", "orch/state"]);
    world.tick();
    assert_eq!((world.writes(), world.sandbox.git(&["rev-parse", "orch/state"])), (0, tip));
    for command in ["verify", "fsck"] {
        world.orch(&[command]);
    }
    github.assert_valid();
}

#[test]
fn whatever_goes_wrong_there_is_one_comment_and_one_task() {
    let Some(github) = GitHub::start() else { return };
    let world = world(&github);
    let mut clock = SystemClock::new(None).now();
    for (method, path) in [("POST", "/repos/*/*/issues/*/comments"), ("PATCH", "/repos/*/*/issues/*")] {
        for fault in
            FAULTS.into_iter().filter(|fault| !matches!(fault, Fault::SilentBefore | Fault::SilentAfter))
        {
            let number = world.issue(&format!("{fault:?}"), "");
            github.fault(When::new(method, path), fault);
            // The step may wait for its next attempt; that is a matter of minutes, so the clock is set on.
            world.run(&["tick"]);
            github.heal();
            for hours in [1, 3] {
                clock = clock + Duration::from_minutes(60 * hours);
                let output = world.command(&["tick"]).env("ORCH_NOW", clock.to_string()).output().unwrap();
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
            assert_eq!(
                world.comment(number),
                format!("**{}** is **pending** with Agent 01.", code(number)),
                "{fault:?}"
            );
            github.at("eve", "PATCH", &format!("/issues/{number}"), json!({ "state": "closed" }));
        }
    }
    github.assert_valid();
}
