//! A tick of the real program that looks at the double: what happens there starts workflows, once, in few requests.

use std::path::PathBuf;
use std::process::Output;

use serde_json::{Value, json};

use super::double::{GitHub, Tools, examples};
use super::harness::Sandbox;

/// Every event that a look finds out, each into the same ledger.
const WORKFLOW: &str = "name: Hear
on:
  github:
    pull_request: [opened, synchronize, labeled, closed]
    pull_request_review: submitted
    issues: [opened, labeled, closed]
    issue_comment: created
    workflow_run: completed
concurrency: queue
env: { LEDGER: LEDGER_PATH }
steps:
  - { id: pull, if: 'event.name == \"pull_request\"', run: 'echo {{ event.type }} {{ event.payload.number }} >> \"$LEDGER\"' }
  - { id: issue, if: 'event.name in [\"issues\", \"issue_comment\"]', run: 'echo {{ event.type }} {{ event.payload.issue.number }} >> \"$LEDGER\"' }
  - { id: other, if: 'event.name in [\"pull_request_review\", \"workflow_run\"]', run: 'echo {{ event.type }} >> \"$LEDGER\"' }
";

pub(crate) struct World<'g> {
    pub(crate) sandbox: Sandbox,
    github: &'g GitHub,
    ledger: PathBuf,
}

impl<'g> World<'g> {
    pub(crate) fn new(github: &'g GitHub, workflow: &str) -> Self {
        let sandbox = Sandbox::repository();
        let ledger = sandbox.cwd.join(".git/ledger");
        sandbox.write("orch.yaml", "name: hear\n");
        sandbox.write("workflows/hear.yaml", workflow.replace("LEDGER_PATH", ledger.to_str().unwrap()));
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "the project"]);
        Self { sandbox, github, ledger }
    }

    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.sandbox.orch_command(args);
        command.env_remove("ORCH_NOW").envs(self.github.env());
        command
    }

    pub(crate) fn orch(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Ticks, and gives what was written into the ledger meanwhile.
    pub(crate) fn tick(&self) -> Vec<String> {
        let before = self.ledger().len();
        let output = self.orch(&["tick"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && !told.contains("warning"), "{told}");
        self.ledger().split_off(before)
    }

    pub(crate) fn ledger(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.ledger).unwrap_or_default();
        text.lines().map(|line| line.trim().to_owned()).collect()
    }
}

#[test]
fn what_happens_starts_workflows_once() {
    let Some(github) = GitHub::start() else { return };
    github.open_pull("ada", "before", &[("src/z.rs", "z\n")]);
    let world = World::new(&github, WORKFLOW);
    assert!(world.tick().is_empty(), "what is there already is no news");
    let pull = github.open_pull("ada", "fix", &[("src/a.rs", "fn a() {}\n")]);
    let issue = github.at("ben", "POST", "/issues", json!({ "title": "it hangs; rm -rf /" }))["number"]
        .as_u64()
        .unwrap();
    let told = world.tick();
    assert_eq!(told, [format!("pull_request.opened {pull}"), format!("issues.opened {issue}")]);
    assert!(world.tick().is_empty(), "the second look tells nothing");

    github.write("ada", "fix", "src/a.rs", "fn a() { b() }\n");
    github.at("ada", "POST", &format!("/issues/{pull}/labels"), json!({ "labels": ["late"] }));
    github.at("ben", "POST", &format!("/pulls/{pull}/reviews"), json!({ "event": "APPROVE" }));
    github.at("ada", "POST", &format!("/issues/{issue}/comments"), json!({ "body": "me too" }));
    let mut told = world.tick();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            format!("issue_comment.created {issue}"),
            format!("pull_request.labeled {pull}"),
            format!("pull_request.synchronize {pull}"),
            "pull_request_review.submitted".to_owned(),
        ]
    );
    github.at("ben", "PUT", &format!("/pulls/{pull}/merge"), json!({}));
    github.at("ben", "PATCH", &format!("/issues/{issue}"), json!({ "state": "closed" }));
    let mut told = world.tick();
    told.sort_unstable();
    assert_eq!(told, [format!("issues.closed {issue}"), format!("pull_request.closed {pull}")]);
    assert!(world.tick().is_empty());
    github.assert_valid();
    // Who only asks for something does not wait for GitHub.
    github.forget();
    assert!(world.orch(&["metric", "record", "load", "1"]).status.success());
    assert_eq!(github.recorded().len(), 0);
    // The whole story is in the history, and follows from it.
    for command in ["verify", "fsck"] {
        assert!(world.orch(&[command]).status.success());
    }
    let log = String::from_utf8(world.orch(&["log"]).stdout).unwrap();
    assert!(log.contains(&format!("pull request {pull} opened: pull fix by ada")), "{log}");
}

#[test]
fn a_build_that_ends_is_heard_of() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, WORKFLOW);
    world.tick();
    let sha = github.head("main");
    let run = github.tables(|tables| {
        tables.add_workflow("acme/app", "ci.yml");
        tables.add_run("acme/app", "ci.yml", "main", &sha).id
    });
    assert!(world.tick().is_empty(), "it goes on");
    github.tables(|tables| tables.run(run).complete("failure"));
    assert_eq!(world.tick(), ["workflow_run.completed"]);
    assert!(world.tick().is_empty());
    github.assert_valid();
}

#[test]
fn an_event_of_the_job_and_a_look_tell_it_once() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, WORKFLOW);
    world.tick();
    let pull = github.open_pull("ada", "fix", &[("src/a.rs", "fn a() {}\n")]);
    let body = github.look(&format!("/pulls/{pull}"));
    let event = json!({ "action": "opened", "number": pull, "pull_request": body,
        "repository": { "full_name": "acme/app" } });
    world.sandbox.write(".git/event.json", event.to_string());
    let file = world.sandbox.cwd.join(".git/event.json");
    let tick = || {
        let before = world.ledger().len();
        let mut command = world.command(&["tick"]);
        command
            .env("GITHUB_EVENT_NAME", "pull_request")
            .env("GITHUB_EVENT_PATH", &file)
            .env("GITHUB_RUN_ID", "77");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        world.ledger().split_off(before)
    };
    assert_eq!(tick(), [format!("pull_request.opened {pull}")]);
    assert!(tick().is_empty() && world.tick().is_empty());
    // What is not JSON is passed over, and said.
    world.sandbox.write(".git/event.json", "{");
    let mut command = world.command(&["tick"]);
    command.env("GITHUB_EVENT_NAME", "issues").env("GITHUB_EVENT_PATH", &file).env("GITHUB_RUN_ID", "78");
    let told = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(told.contains("warning: the event `issues` of GitHub"), "{told}");
}

#[test]
fn without_github_a_tick_does_the_rest_and_says_so() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, WORKFLOW);
    world.tick();
    let quiet = |name: &str, value: &str| {
        let output = world.command(&["tick"]).env(name, value).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    let told = quiet("ORCH_GITHUB_TOKEN", "no-such-token");
    assert!(told.contains("the token is not valid (any more)"), "{told}");
    let told = quiet("GITHUB_API_URL", "http://127.0.0.1:1");
    assert!(
        told.contains("warning: GitHub did not tell of pull requests of acme/app: cannot reach 127.0.0.1"),
        "{told}"
    );
    let told = quiet("GITHUB_REPOSITORY", "not a name");
    assert!(told.contains("warning: GitHub is not looked at: `not a name` is not a repository"), "{told}");
}

/// Every example of an event starts a workflow that waits for it, by its name and by its action, and none twice.
#[test]
fn every_example_of_an_event_starts_what_waits_for_it() {
    use orch::model::{FlowFact, GITHUB_EVENTS, Github, github_actions};
    use orch::observe::github::{Delivered, all};
    let Some(tools) = Tools::find() else { return };
    for (number, example) in examples(&tools).into_iter().enumerate() {
        let actions =
            github_actions(&example.event).unwrap_or_else(|| panic!("{} is not in the table", example.event));
        if let Some(action) = &example.action
            && !actions.is_empty()
        {
            assert!(actions.contains(&action.as_str()), "{} {action} is not in the table", example.event);
        }
        let mut known = Github::default();
        let (name, id) = (example.event.as_str().into(), format!("run-{number}").into());
        let delivered = Delivered { name, id, payload: example.payload };
        let mut take = || {
            let facts = all(
                &orch::model::Project::default(),
                &known,
                Some(&delivered),
                None,
                orch::model::Time::from_second(1),
            );
            let mut told = 0;
            for fact in facts {
                let FlowFact::GithubSeen { item, events, delivered } = fact else { unreachable!() };
                told += events.len();
                known.see(&item, delivered);
            }
            told
        };
        assert_eq!((take(), take()), (1, 0), "{} {:?}", example.event, example.action);
    }
    assert!(GITHUB_EVENTS.windows(2).all(|pair| pair[0].0 < pair[1].0), "the table is sorted");
}

/// Whatever of a payload is missing or is something else, it is taken, and nothing panics.
#[test]
fn payloads_that_are_damaged_are_taken_too() {
    use orch::model::{FlowFact, Github, GithubItem, GithubKind, Time};
    use orch::observe::github::{Delivered, all};
    let Some(tools) = Tools::find() else { return };
    let mut dice = fastrand::Rng::with_seed(7);
    let now = Time::from_second(1);
    for example in examples(&tools) {
        // Everything is watched, so that every payload is read.
        let mut known = Github::default();
        let repository = example.payload["repository"]["full_name"].as_str().unwrap_or("o/r").into();
        for kind in GithubKind::ALL {
            let repository = smol_str::SmolStr::clone(&repository);
            known.see(&GithubItem::Watched { repository, kind, at: now, highest: 0 }, false);
        }
        for trial in 0..20 {
            let mut payload = example.payload.clone();
            for _ in 0..trial % 4 {
                damage(&mut payload, &mut dice);
            }
            let delivered =
                Delivered { name: example.event.as_str().into(), id: format!("{trial}").into(), payload };
            for fact in all(&orch::model::Project::default(), &known, Some(&delivered), None, now) {
                let FlowFact::GithubSeen { item, delivered, .. } = fact else { unreachable!() };
                known.see(&item, delivered);
            }
        }
    }
}

fn damage(value: &mut Value, dice: &mut fastrand::Rng) {
    let inner = match value {
        Value::Object(fields) if !fields.is_empty() => {
            let chosen = dice.usize(0..fields.len());
            fields.values_mut().nth(chosen)
        }
        Value::Array(items) if !items.is_empty() => {
            let chosen = dice.usize(0..items.len());
            items.get_mut(chosen)
        }
        _ => None,
    };
    match inner {
        Some(inner) if dice.u8(0..4) > 0 => damage(inner, dice),
        _ => {
            let others = [
                json!(null),
                json!(-1),
                json!(""),
                json!([]),
                json!({}),
                json!("2026-13-45T99:99:99Z"),
                json!(1e300),
            ];
            *value = others[dice.usize(0..others.len())].clone();
        }
    }
}

/// Requests of a tick over so many open pull requests: the first look, one at which nothing is new, and one at which
/// ten have changed. `ORCH_TEST_PULLS=1000 cargo test --test github few_requests -- --nocapture`
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn many_pull_requests_take_few_requests() {
    let Some(github) = GitHub::start() else { return };
    let most: usize = std::env::var("ORCH_TEST_PULLS").ok().and_then(|most| most.parse().ok()).unwrap_or(100);
    let world = World::new(&github, WORKFLOW);
    let (mut there, mut table) = (0, Vec::new());
    for count in [10, 100, 1_000].into_iter().filter(|count| *count <= most) {
        github.open_pulls_from(there, count - there);
        there = count;
        let counted = || {
            github.forget();
            let output = world.orch(&["tick"]);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            github.recorded().len()
        };
        let (first, second) = (counted(), counted());
        for pull in 1..=10 {
            github.at(
                "ada",
                "POST",
                &format!("/issues/{pull}/labels"),
                json!({ "labels": [format!("at-{count}")] }),
            );
        }
        let third = counted();
        table.push((count, first, second, third));
        let limit = if count <= 100 { 12 } else { 120 };
        assert!(first.max(second).max(third) <= limit, "{table:?}");
    }
    eprintln!(
        "open pull requests, requests of a tick: when they are new, when nothing is, when ten have changed"
    );
    for (count, first, second, third) in table {
        eprintln!("{count:>5} {first:>4} {second:>4} {third:>4}");
    }
    github.assert_valid();
}

/// Asks for a yes before it does anything.
const GUARDED: &str = "name: Hear
on: manual
env: { LEDGER: LEDGER_PATH }
steps:
  - { id: yes, approve: true }
  - { id: ship, needs: yes, run: 'echo shipped >> \"$LEDGER\"' }
";

#[test]
fn only_whom_a_role_names_is_heard_in_comments() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, GUARDED);
    let issue =
        github.at("ben", "POST", "/issues", json!({ "title": "ship it" }))["number"].as_u64().unwrap();
    let say = |who: &str, body: &str| {
        github.at(who, "POST", &format!("/issues/{issue}/comments"), json!({ "body": body }))["user"]["id"]
            .as_u64()
            .unwrap()
    };
    let ada = say("ada", "hello");
    world.sandbox.write("orch.yaml", "name: hear\ngithub: { commands: true }\n");
    let tick = || {
        let output = world.orch(&["tick"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    tick();
    world.command(&["run", "hear"]).output().unwrap();
    // Without roles nobody is heard.
    say("ada", "/orch approve hear#1");
    let told = tick();
    assert!(
        told.contains("by ada is passed over: comments may ask for something only where `roles.yaml`"),
        "{told}"
    );
    world.sandbox.write(
        "roles.yaml",
        format!(
            "roles:\n  - {{ name: ops, may: [approve, run], members: ['github:{ada}'], verified: true }}\n"
        ),
    );
    tick();
    // Nor is whoever has no role, or repeats what somebody else wrote.
    say("eve", "/orch approve hear#1");
    say("eve", "> /orch approve hear#1");
    let told = tick();
    assert!(told.contains("by eve is refused: "), "{told}");
    assert_eq!(told.matches("warning").count(), 1, "{told}");
    say("ada", "/orch dance");
    assert!(tick().contains("`/orch dance` is no command"));
    assert!(world.ledger().is_empty());
    say("ada", "/orch approve hear#1 looks good");
    tick();
    assert_eq!(world.ledger(), ["shipped"]);
    let log = String::from_utf8(world.orch(&["log"]).stdout).unwrap();
    assert!(log.contains(&format!("approved by github:{ada}")), "{log}");
    assert!(!tick().contains("warning"), "each comment is heard once");
    assert!(world.orch(&["verify"]).status.success());
    github.assert_valid();
}

/// The thresholds and levels of `sla.yaml`, on a build that hangs: who is told, when, and that it is over.
#[test]
fn a_build_that_takes_too_long_escalates() {
    let Some(github) = GitHub::start() else { return };
    let told = "name: Hear
on: { event: github.escalated }
env: { LEDGER: LEDGER_PATH }
steps:
  - { id: note, run: 'echo level {{ event.level }} to {{ event.to | join(\",\") }} >> \"$LEDGER\"' }
";
    let world = World::new(&github, told);
    world.sandbox.write(
        "sla.yaml",
        "objectives:\n  - { name: build-time, for: build, named: ci, within: 600s, warn_at: 80, escalate: [{ to: dev }, { after: 5m, to: lead }, { after: 10m, to: [lead, boss] }] }\n",
    );
    world.sandbox.write("agents.yaml", "agents:\n  - { name: dev, kind: human }\n  - { name: lead, kind: human }\n  - { name: boss, kind: human }\n");
    world.tick();
    let sha = github.head("main");
    let run = github.tables(|tables| {
        tables.add_workflow("acme/app", "ci.yml");
        tables.add_run("acme/app", "ci.yml", "main", &sha).id
    });
    assert!(world.tick().is_empty());
    let started = orch::model::Time::from_second(jiff::Timestamp::now().as_second());
    let at = |minutes: u64| {
        let before = world.ledger().len();
        let now = (started + orch::model::Duration::from_minutes(minutes)).to_string();
        let output = world.command(&["tick", "--now", &now]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        world.ledger().split_off(before)
    };
    assert!(at(9).is_empty(), "it is only warned of");
    assert_eq!(at(11), ["level 1 to dev"]);
    let status = String::from_utf8(world.command(&["sla", "status"]).output().unwrap().stdout).unwrap();
    assert!(
        status.contains(&format!("workflow run {run}")) && status.contains("exceeded, level 1"),
        "{status}"
    );
    assert_eq!(at(16), ["level 2 to lead"]);
    assert_eq!(at(21), ["level 3 to lead,boss"]);
    assert!(at(40).is_empty());
    github.tables(|tables| tables.run(run).complete("success"));
    assert!(at(41).is_empty());
    let log = String::from_utf8(world.orch(&["log"]).stdout).unwrap();
    assert!(log.contains(&format!("workflow run {run} is over; build-time had been exceeded")), "{log}");
    assert!(world.orch(&["verify"]).status.success());
    github.assert_valid();
}

/// The first template of the mission, as it stands there, in YAML: small pull requests get their reviewer and a status.
const TEMPLATE: &str = "name: PR Review Automation
on: { github: { pull_request: opened } }
if: event.payload.pull_request.changed_files < 50
steps:
  - id: assign-reviewer
    github.review: { number: '{{ event.payload.number }}', reviewers: [ben] }
  - id: update-status
    needs: assign-reviewer
    github.status:
      sha: '{{ event.payload.pull_request.head.sha }}'
      state: pending
      context: orch/review
      description: ready for review
";

#[test]
fn a_small_pull_request_gets_its_reviewer_and_a_status() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, TEMPLATE);
    world.tick();
    let small = github.open_pull("ada", "small", &[("src/a.rs", "a\n")]);
    let files: Vec<(String, &str)> = (0..50).map(|n| (format!("src/{n}.rs"), "x\n")).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    let large = github.open_pull("ada", "large", &files);
    world.tick();
    let asked = |number: u64| {
        let pull = github.look(&format!("/pulls/{number}"));
        pull["requested_reviewers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["login"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!((asked(small), asked(large)), (vec!["ben".to_owned()], Vec::new()));
    let statuses = github.look(&format!("/commits/{}/statuses", github.head("small")));
    assert_eq!(statuses.as_array().unwrap().len(), 1);
    let status = &statuses[0];
    assert_eq!(
        (&status["context"], &status["description"]),
        (&json!("orch/review"), &json!("ready for review"))
    );
    // That a reviewer was asked is heard of, and starts nothing; nothing is written again.
    github.forget();
    world.tick();
    world.tick();
    assert_eq!(github.sent("POST", "/repos/**"), 0);
    assert!(world.orch(&["verify"]).status.success());
    github.assert_valid();
}
