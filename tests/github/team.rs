//! Agents at work on the double: deployments, builds that fail or take long, branches that are not one's own, and the
//! ready workflows of the library that answer all that.

use serde_json::{Value, json};

use super::double::GitHub;
use super::looks::World;

/// The text of a workflow of the library.
fn ready(name: &str) -> String {
    std::fs::read_to_string(format!("{}/workflows/{name}.yaml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

const AGENTS: &str = "agents:
  - { name: writer, github: Ada, branches: writer/** }
  - { name: editor, github: ben, branches: [editor/**] }
  - { name: lead, kind: human }
";

impl World<'_> {
    /// What a tick prints; it must succeed.
    fn say(&self, args: &[&str]) -> String {
        let output = self.orch(args);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        let is_warned = text.lines().any(|line| line.starts_with("warning"));
        assert!(output.status.success() && !is_warned, "{args:?}: {text}");
        text
    }

    /// A tick so many minutes from now.
    fn later(&self, minutes: u64) -> String {
        let now = orch::model::Time::from_second(jiff::Timestamp::now().as_second());
        let now = (now + orch::model::Duration::from_minutes(minutes)).to_string();
        self.say(&["tick", "--now", &now])
    }

    fn json(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = args.iter().copied().chain(["--format", "json"]).collect();
        serde_json::from_slice(&self.orch(&args).stdout).unwrap()
    }

    /// That what happened follows from the history, and a tick finds nothing to do.
    fn ends_well(&self, github: &GitHub) {
        github.forget();
        self.say(&["tick"]);
        let written = ["POST", "PATCH", "PUT"].map(|method| github.sent(method, "/repos/**"));
        assert_eq!(written, [0, 0, 0], "nothing is done twice");
        for command in ["verify", "fsck"] {
            assert!(self.orch(&[command]).status.success(), "{command}");
        }
        github.assert_valid();
    }
}

#[test]
fn deployments_are_heard_of_in_one_request_and_escalate() {
    let hear = "name: Hear
on:
  - github: { deployment: created, deployment_status: created }
  - event: [github.escalated, github.recovered]
concurrency: queue
env: { LEDGER: LEDGER_PATH }
steps:
  - { id: a, if: 'event.type == \"deployment.created\"', run: 'echo {{ event.payload.deployment.environment }} >> \"$LEDGER\"' }
  - { id: b, if: 'event.type == \"deployment_status.created\"', run: 'echo {{ event.payload.deployment_status.state }} >> \"$LEDGER\"' }
  - { id: c, if: 'event.type == \"github.escalated\"', run: 'echo level {{ event.level }} of {{ event.about.deployment.environment }} >> \"$LEDGER\"' }
  - { id: d, if: 'event.type == \"github.recovered\"', run: 'echo over {{ event.about.deployment.state }} >> \"$LEDGER\"' }
";
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, hear);
    world.sandbox.write("agents.yaml", AGENTS);
    world.sandbox.write(
        "sla.yaml",
        "objectives:\n  - { name: deployments, for: deployment, named: production, within: 15m, escalate: [{ to: writer }, { after: 5m, to: editor }, { after: 10m, to: lead }] }\n",
    );
    let deploy = |environment: &str| {
        let body = json!({ "ref": "main", "environment": environment, "required_contexts": [] });
        github.at("ada", "POST", "/deployments", body)["id"].as_u64().unwrap()
    };
    let status = |id: u64, state: &str| {
        github.at("ada", "POST", &format!("/deployments/{id}/statuses"), json!({ "state": state }));
    };
    let old = deploy("production");
    status(old, "success");
    assert!(world.tick().is_empty(), "what is there already is no news");
    let production = deploy("production");
    status(production, "in_progress");
    let staging = deploy("staging");
    status(staging, "queued");
    status(staging, "failure");
    github.forget();
    let mut told = world.tick();
    assert_eq!(github.recorded().len(), 1, "one request a hundred");
    told.sort_unstable();
    assert_eq!(told, ["failure", "in_progress", "production", "queued", "staging"]);
    assert!(world.tick().is_empty());
    let at = |minutes: u64| {
        let before = world.ledger().len();
        world.later(minutes);
        world.ledger().split_off(before)
    };
    assert!(at(14).is_empty());
    assert_eq!(at(16), ["level 1 of production"]);
    let standing = world.say(&["sla", "status"]);
    assert!(standing.contains(&format!("deployment {production} to `production`")), "{standing}");
    assert_eq!(at(21), ["level 2 of production"]);
    assert_eq!(at(26), ["level 3 of production"]);
    status(production, "success");
    let mut told = at(27);
    told.sort_unstable();
    assert_eq!(told, ["over success", "success"]);
    github.assert_valid();
    assert!(world.orch(&["verify"]).status.success());
}

#[test]
fn agents_that_leave_their_branches_are_shown_and_blocked_by_a_status() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, &ready("branch-isolation"));
    world.sandbox.write("agents.yaml", AGENTS);
    world.sandbox.write("orch.yaml", "name: hear\ngithub: { isolation: { shared: CHANGELOG.md } }\n");
    world.say(&["tick"]);
    let clean = github.open_pull("ada", "writer/a", &[("src/a.rs", "a\n"), ("CHANGELOG.md", "a\n")]);
    let stray = github.open_pull("ada", "fix", &[("src/b.rs", "b\n"), ("CHANGELOG.md", "b\n")]);
    let foreign = github.open_pull("ben", "writer/c", &[("src/c.rs", "c\n")]);
    github.open_pull("cleo", "anything", &[("src/d.rs", "d\n")]);
    github.forget();
    let told = world.say(&["tick"]);
    // One look, and for each pull request a status that is read before it is written.
    assert_eq!(github.sent("POST", "/graphql"), 1);
    assert_eq!(github.done("POST", "/repos/*/*/statuses/*"), 4);
    assert!(
        told.contains(&format!("pull request {stray} by writer is on `fix`, which is none of its branches")),
        "{told}"
    );
    let state = |branch: &str| {
        let statuses = github.look(&format!("/commits/{}/status", github.head(branch)));
        let found =
            statuses["statuses"].as_array().unwrap().iter().find(|one| one["context"] == "orch/isolation");
        found.map_or_else(String::new, |one| one["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(
        ["writer/a", "fix", "writer/c", "anything"].map(state),
        ["success", "failure", "failure", "success"]
    );
    let report = world.json(&["agent", "isolation"]);
    let kinds: Vec<&str> =
        report["breaches"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["stray_branch", "foreign_branch"]);
    assert_eq!(
        (&report["agents"][0]["open_pull_requests"], &report["agents"][0]["on_own_branches"]),
        (&json!(2), &json!(1))
    );
    let text = world.say(&["agent", "isolation"]);
    assert!(
        text.contains("4 open pull requests in acme/app")
            && text.contains("2 breaches")
            && text.contains("1 of 2"),
        "{text}"
    );
    // Another commit has its own status; the same file on two branches is a breach of both.
    github.write("cleo", "anything", "src/a.rs", "other\n");
    world.say(&["tick"]);
    assert_eq!(["writer/a", "anything"].map(state), ["failure", "failure"]);
    // What is over is over, for the other one.
    let closed =
        |number: u64| github.at("ada", "PATCH", &format!("/pulls/{number}"), json!({ "state": "closed" }));
    closed(foreign);
    closed(stray);
    closed(clean);
    world.say(&["tick"]);
    assert_eq!(state("anything"), "success");
    assert_eq!(world.json(&["agent", "isolation"])["breaches"], json!([]));
    let log = world.say(&["log"]);
    assert!(log.contains("isolation of branches restored"), "{log}");
    let activity = world.json(&["agent", "activity", "writer"]);
    let of = &activity["agents"][0]["github"];
    assert_eq!(
        (&of["pull_requests_opened"], &of["pull_requests_closed"], &of["opened_on_own_branches"]),
        (&json!(2), &json!(2), &json!(1)),
        "{activity}"
    );
    world.ends_well(&github);
}

#[test]
fn a_build_that_fails_is_run_again_once_and_then_answered_until_it_succeeds() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, &ready("answer-build-failures"));
    world.sandbox.write("agents.yaml", AGENTS);
    world.sandbox.write("routing.yaml", "routes:\n  - { name: all, to: writer }\n");
    for title in ["One", "Two", "Three"] {
        world.say(&["task", "add", title, "--type", "text", "--prefix", "TEXT"]);
    }
    world.say(&["task", "start", "TEXT-001", "--as", "writer"]);
    world.say(&["tick"]);
    let sha = github.head("main");
    let add = |actor: &str| {
        github.tables(|tables| {
            let run = tables.add_run("acme/app", "ci.yml", "main", &sha);
            actor.clone_into(&mut run.actor);
            run.id
        })
    };
    github.tables(|tables| tables.add_workflow("acme/app", "ci.yml"));
    let end = |run: u64, how: &str| github.tables(|tables| tables.run(run).complete(how));
    let issues = || github.look("/issues?state=all").as_array().unwrap().clone();
    // A success that follows on no failure is of no interest.
    end(add("ada"), "success");
    github.forget();
    world.say(&["tick"]);
    assert_eq!((github.sent("POST", "/repos/**"), issues().len()), (0, 0));

    let run = add("ada");
    end(run, "failure");
    world.say(&["tick"]);
    world.say(&["tick"]);
    assert_eq!(github.done("POST", "/repos/*/*/actions/runs/*/rerun-failed-jobs"), 1);
    assert_eq!(issues().len(), 0, "it may be a matter of luck");

    end(run, "failure");
    let told = world.say(&["tick"]);
    assert!(told.contains("ci fails on main") && told.contains("attempt 2 ended with failure"), "{told}");
    assert_eq!(github.done("POST", "/repos/*/*/actions/runs/*/rerun-failed-jobs"), 1, "once");
    let all = issues();
    assert_eq!(
        (all.len(), &all[0]["state"], &all[0]["title"]),
        (1, &json!("open"), &json!("ci fails on main"))
    );
    // What writer has begun it goes on with; the rest is editor's.
    let agents: Vec<Value> = ["TEXT-001", "TEXT-002", "TEXT-003"]
        .map(|code| world.json(&["task", "show", code])["task"]["agent"].clone())
        .into();
    assert_eq!(agents, ["writer", "editor", "editor"]);
    // Another run that fails is the same story.
    let other = add("ben");
    end(other, "failure");
    world.say(&["tick"]);
    end(other, "failure");
    world.say(&["tick"]);
    assert_eq!(issues().len(), 1);
    end(add("ada"), "success");
    let told = world.say(&["tick"]);
    assert!(told.contains("ci succeeds again on main"), "{told}");
    assert_eq!(issues()[0]["state"], "closed");
    world.ends_well(&github);
}

#[test]
fn a_build_that_takes_long_has_a_status_an_issue_and_an_end() {
    let Some(github) = GitHub::start() else { return };
    let text = ready("build-monitor");
    let world = World::new(&github, &text);
    world.sandbox.write("agents.yaml", AGENTS);
    // The objective that the workflow asks for stands in its head.
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    let objective = lines.join("\n").replace("author", "writer").replace("on-call", "editor");
    world.sandbox.write("sla.yaml", objective);
    world.say(&["tick"]);
    let sha = github.head("main");
    let run = github.tables(|tables| {
        tables.add_workflow("acme/app", "ci.yml");
        tables.add_run("acme/app", "ci.yml", "main", &sha).id
    });
    world.say(&["tick"]);
    let status = || {
        let statuses = github.look(&format!("/commits/{sha}/status"));
        statuses["statuses"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let issues = || github.look("/issues?state=all").as_array().unwrap().clone();
    world.later(9);
    assert_eq!((status(), issues().len()), (Vec::new(), 0));
    assert!(world.later(11).contains("ci on main: level 1"));
    assert_eq!((status(), issues().len()), (vec!["pending".to_owned()], 0));
    assert!(world.later(16).contains("for lead: it should have ended by"));
    assert_eq!(issues()[0]["title"], "ci takes too long on main");
    assert!(world.later(21).contains("for lead, editor"));
    assert_eq!(issues().len(), 1);
    github.tables(|tables| tables.run(run).complete("success"));
    world.later(22);
    assert_eq!((status(), &issues()[0]["state"]), (vec!["success".to_owned()], &json!("closed")));
    github.assert_valid();
    assert!(world.orch(&["verify"]).status.success());
}

#[test]
fn a_small_pull_request_is_reviewed_by_who_is_free_and_shows_where_it_stands() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, &ready("pr-review-automation").replace("lead-developer", "ben, cleo"));
    world.sandbox.write("agents.yaml", AGENTS);
    world.say(&["tick"]);
    let number = github.open_pull("ada", "writer/a", &[("src/a.rs", "a\n")]);
    world.say(&["tick"]);
    let pull = github.look(&format!("/pulls/{number}"));
    let asked: Vec<&Value> =
        pull["requested_reviewers"].as_array().unwrap().iter().map(|one| &one["login"]).collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let status = |branch: &str| {
        let statuses = github.look(&format!("/commits/{}/status", github.head(branch)));
        let one = &statuses["statuses"][0];
        format!("{} {}", one["state"].as_str().unwrap(), one["description"].as_str().unwrap())
    };
    assert_eq!(status("writer/a"), "pending ready for review");
    github.at("ben", "POST", &format!("/pulls/{number}/reviews"), json!({ "event": "APPROVE" }));
    world.say(&["tick"]);
    assert_eq!(status("writer/a"), "success approved by ben");
    github.at("ben", "PUT", &format!("/pulls/{number}/merge"), json!({}));
    world.say(&["tick"]);
    let activity = world.json(&["agent", "activity"]);
    let of = |index: usize| &activity["agents"][index]["github"];
    assert_eq!(
        (&of(0)["pull_requests_merged"], &of(1)["reviews_given"]),
        (&json!(1), &json!(1)),
        "{activity}"
    );
    let text = world.say(&["agent", "activity", "editor"]);
    assert!(text.contains(&format!("reviewed pull request {number} (approved)")), "{text}");
    world.ends_well(&github);
}

/// The example of a team on GitHub: every limit that it sets is measured, with the ready workflows beside it.
#[test]
fn the_example_of_a_team_measures_all_that_it_limits() {
    let Some(github) = GitHub::start() else { return };
    let world = World::new(&github, &ready("pr-review-automation"));
    let folder = format!("{}/examples/github-team", env!("CARGO_MANIFEST_DIR"));
    for file in ["orch.yaml", "agents.yaml", "routing.yaml", "sla.yaml"] {
        let text = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
        // The accounts are those of the double.
        let text =
            ["frontend ada", "backend ben", "release cleo", "lead dora"].iter().fold(text, |text, pair| {
                let (role, login) = pair.split_once(' ').unwrap();
                text.replace(&format!("acme-{role}"), login)
            });
        world.sandbox.write(file, text);
    }
    for name in ["pr-review-automation", "answer-build-failures", "build-monitor", "branch-isolation"] {
        world.sandbox.write(&format!("workflows/{name}.yaml"), ready(name).replace("lead-developer", "dora"));
    }
    std::fs::remove_file(world.sandbox.cwd.join("workflows/hear.yaml")).unwrap();
    assert!(
        world.say(&["validate"]).contains("6 agents, 3 routes, 0 tiers, 6 objectives, 0 tasks, 4 workflows")
    );
    world.say(&["tick"]);
    github.open_pull("ada", "frontend/menu", &[("src/menu.ts", "x\n"), ("CHANGELOG.md", "x\n")]);
    let head = github.head("frontend/menu");
    let check = json!({ "name": "tests", "head_sha": head, "status": "in_progress", "started_at": jiff::Timestamp::now().to_string() });
    github.at("ada", "POST", "/check-runs", check);
    github.tables(|tables| {
        tables.add_workflow("acme/app", "ci.yml");
        tables.add_run("acme/app", "ci.yml", "frontend/menu", &head).id
    });
    github.at("cleo", "POST", "/deployments", json!({ "ref": "main", "environment": "production" }));
    world.say(&["task", "add", "A menu", "--type", "code", "--label", "frontend", "--prefix", "WEB"]);
    world.say(&["tick"]);
    let clocks = |minutes: u64| {
        world.later(minutes);
        let standing = world.json(&["sla", "status"]);
        let all = [&standing["clocks"], &standing["on_github"]]
            .map(|list| list.as_array().unwrap().clone())
            .concat();
        let text = |clock: &Value, key: &str| clock[key].as_str().unwrap().to_owned();
        let line = |clock: &Value| {
            format!("{} {} {}", text(clock, "objective"), clock["within_seconds"], clock["level"])
        };
        let mut lines: Vec<String> = all.iter().map(line).collect();
        lines.sort();
        lines
    };
    assert_eq!(
        clocks(1),
        [
            "agent-response 120 0",
            "build-time 600 0",
            "deployment-time 900 0",
            "pr-review-time 300 0",
            "task-completion 14400 0",
            "test-execution 480 0",
        ]
    );
    // A quarter of an hour beyond the limit of each, the third level has heard of it.
    assert_eq!(
        clocks(4 * 60 + 16),
        [
            "agent-response 120 3",
            "build-time 600 3",
            "deployment-time 900 3",
            "pr-review-time 300 3",
            "task-completion 14400 3",
            "test-execution 480 3",
        ]
    );
    github.assert_valid();
    assert!(world.orch(&["verify"]).status.success());
}
