//! A tick whose last push fails for good, on a machine that is thrown away: what it did is in a file, and
//! another clone takes that in, once.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::git_http::{GitHttp, bare};
use super::harness::Sandbox;

/// One step that may be done again, and one that must not. Both are noted in a file beside the clones.
const WORKFLOW: &str = "name: Work\non: { metric: { name: load, above: 1 } }\nenv: { LEDGER: LEDGER_PATH }\nsteps:\n  - { id: again, run: 'echo again >> \"$LEDGER\"' }\n  - { id: once, needs: again, on_lost: fail, run: 'echo once >> \"$LEDGER\"' }\n";

/// A server, a clone whose next tick has a run to carry out, and where its steps leave traces.
struct World {
    sandbox: Sandbox,
    served: Sandbox,
    _http: GitHttp,
    bare: PathBuf,
    ledger: PathBuf,
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl World {
    fn new() -> Self {
        let world = Self::with(WORKFLOW);
        world.sandbox.ok(&["metric", "record", "load", "5", "--push"]);
        world
    }

    /// With this workflow, of which nothing is to be done yet.
    fn with(workflow: &str) -> Self {
        let (sandbox, served) = (Sandbox::repository(), Sandbox::bare());
        let bare = bare(&served.cwd, "team.git");
        let http = GitHttp::serve(&served.cwd);
        let ledger = served.cwd.join("ledger");
        sandbox.write("orch.yaml", "name: rescue\n");
        sandbox.write("workflows/work.yaml", workflow.replace("LEDGER_PATH", text(&ledger)));
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "the project"]);
        sandbox.git(&["remote", "add", "origin", &http.url("team.git")]);
        sandbox.git(&["push", "--quiet", "origin", "HEAD:main"]);
        sandbox.ok(&["tick", "--push"]);
        Self { sandbox, served, _http: http, bare, ledger }
    }

    /// The server takes so many pushes more, and refuses all that come later.
    fn takes(&self, pushes: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(self.bare.join("left"), pushes.to_string()).unwrap();
        let hook = self.bare.join("hooks/pre-receive");
        let script = "#!/bin/sh\nleft=$(cat left)\n[ \"$left\" -gt 0 ] || { echo 'not today' >&2; exit 1; }\necho $((left - 1)) > left\n";
        std::fs::write(&hook, script).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Another machine, which has nothing but what it fetched.
    fn another(&self, name: &str) -> PathBuf {
        let there = self.served.cwd.join(name);
        let address = self.sandbox.git(&["remote", "get-url", "origin"]);
        self.sandbox.git(&["clone", "--quiet", "--branch", "main", address.trim(), text(&there)]);
        there
    }

    fn orch_in(&self, clone: &Path, args: &[&str]) -> Output {
        self.sandbox.orch_command(args).current_dir(clone).output().unwrap()
    }

    fn is_at(&self) -> String {
        self.sandbox.git(&["-C", text(&self.bare), "rev-parse", "orch/state"]).trim().to_owned()
    }

    fn ledger(&self) -> String {
        std::fs::read_to_string(&self.ledger).unwrap_or_default()
    }

    fn status(&self, clone: &Path) -> String {
        let output = self.orch_in(clone, &["runs", "list", "--format", "json"]);
        let runs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        runs["runs"][0]["status"].as_str().unwrap().to_owned()
    }
}

#[test]
fn what_a_lost_machine_did_is_not_done_again() {
    // The push that fails is the one before the step that must not be done twice, or the last one.
    for (pushes, done) in [(1, "again\n"), (2, "again\nonce\n")] {
        let world = World::new();
        world.takes(pushes);
        let file = world.served.cwd.join("out/rescue.jsonl");
        let failed = world.sandbox.orch(&["tick", "--push", "--save-recovery", text(&file)]);
        let words = told(&failed);
        assert_eq!(failed.status.code(), Some(1), "{words}");
        assert!(words.contains("not today") && words.contains("orch tick --push --recover"), "{words}");
        assert!(words.contains(text(&file)) && words.contains(".git/orch/recovery/"), "{words}");
        assert!(words.contains("steps were done, and the state does not tell of them yet"), "{words}");
        assert!(
            words.contains("then no step is done twice") && !words.contains("nothing was changed"),
            "{words}"
        );
        assert_eq!(world.ledger(), done);

        // A machine that has nothing but the file.
        world.takes(99);
        let other = world.another("other");
        let recover = ["tick", "--push", "--recover", text(&file)];
        let dry = world.orch_in(&other, &["tick", "--dry-run", "--recover", text(&file)]);
        assert_eq!(dry.status.code(), Some(1), "{}", told(&dry));
        assert!(told(&dry).contains("there is no state here"), "{}", told(&dry));
        let taken = world.orch_in(&other, &recover);
        assert_eq!(taken.status.code(), Some(0), "{}", told(&taken));
        assert!(told(&taken).contains("note: took in all of "), "{}", told(&taken));
        assert_eq!(world.ledger(), "again\nonce\n", "{pushes}");
        assert_eq!(world.status(&other), "succeeded");
        let tip = world.is_at();
        let twice = world.orch_in(&other, &recover);
        assert_eq!(twice.status.code(), Some(0));
        assert!(told(&twice).contains("warning: took in 0 of "), "{}", told(&twice));
        assert_eq!(world.is_at(), tip, "the second time it says nothing new");

        // The machine was not lost after all: its journal says the same, and then the file is of no use.
        let folder = world.sandbox.cwd.join(".git/orch/recovery");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        world.sandbox.ok(&["tick", "--push"]);
        assert_eq!((world.is_at(), world.ledger().as_str()), (tip, "again\nonce\n"));
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
        world.sandbox.ok(&["fsck"]);
        world.sandbox.ok(&["verify"]);
    }
}

/// Taken in without a push, while the remote moves on: it is told again, under the same name.
#[test]
fn what_a_file_told_a_clone_is_told_again_on_the_remotes_state() {
    let world = World::new();
    world.takes(2);
    let file = world.served.cwd.join("rescue.jsonl");
    assert_eq!(
        world.sandbox.orch(&["tick", "--push", "--save-recovery", text(&file)]).status.code(),
        Some(1)
    );
    world.takes(99);
    let (here, there) = (world.another("here"), world.another("there"));
    for clone in [&here, &there] {
        world.sandbox.git(&["-C", text(clone), "fetch", "--quiet", "origin", "orch/state:orch/state"]);
    }
    let taken = world.orch_in(&here, &["tick", "--recover", text(&file), "--as", "boss"]);
    assert_eq!(taken.status.code(), Some(0), "{}", told(&taken));
    let moved = world.orch_in(&there, &["metric", "record", "queue", "3", "--push"]);
    assert_eq!(moved.status.code(), Some(0), "{}", told(&moved));
    let pushed = world.orch_in(&here, &["tick", "--push"]);
    assert_eq!(pushed.status.code(), Some(0), "{}", told(&pushed));
    assert!(!told(&pushed).contains("warning"), "{}", told(&pushed));
    assert_eq!((world.ledger().as_str(), world.status(&here).as_str()), ("again\nonce\n", "succeeded"));
    let log = world.orch_in(&here, &["log"]);
    assert!(String::from_utf8_lossy(&log.stdout).contains("boss"));
    assert_eq!(world.orch_in(&here, &["verify"]).status.code(), Some(0));
}

#[test]
fn the_same_machine_needs_no_file() {
    let world = World::new();
    world.takes(2);
    assert_eq!(world.sandbox.orch(&["tick", "--push"]).status.code(), Some(1));
    world.takes(99);
    world.sandbox.ok(&["tick", "--push"]);
    assert_eq!(world.ledger(), "again\nonce\n");
    assert_eq!(world.status(&world.sandbox.cwd), "succeeded");
}

#[test]
fn what_is_no_recovery_file_of_this_state_is_refused() {
    let world = World::new();
    world.takes(2);
    let file = world.served.cwd.join("rescue.jsonl");
    world.sandbox.orch(&["tick", "--push", "--save-recovery", text(&file)]);
    world.takes(99);
    let tip = world.is_at();
    let whole = std::fs::read_to_string(&file).unwrap();
    let refused = |content: &str| {
        std::fs::write(&file, content).unwrap();
        let output = world.sandbox.orch(&["tick", "--push", "--recover", text(&file)]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert_eq!(world.is_at(), tip);
        told(&output).replace(text(&world.served.cwd), "THERE")
    };
    let first = whole.lines().next().unwrap();
    let damaged = refused(&whole.replace("succeeded", "failed"));
    insta::assert_snapshot!(damaged.trim_end(), @"
    error: failed to take in `THERE/rescue.jsonl`
    Caused by: it is damaged: it is not what a tick wrote and signed

    hint: nothing was taken in; copy it again from where it was written, whole and as it is
    ");
    assert_eq!(refused(first), damaged);
    insta::assert_snapshot!(refused("not json\n").trim_end(), @"
    error: failed to take in `THERE/rescue.jsonl`
    Caused by: it is not a recovery file of orch

    hint: give the file that a failed tick named: `.git/orch/recovery/NAME.jsonl`
    ");
    std::fs::write(&file, &whole).unwrap();
    let elsewhere = World::new();
    let output = elsewhere.sandbox.orch(&["tick", "--push", "--recover", text(&file)]);
    let lineage = |text: &str| text.split("lineage `").nth(1).unwrap().split('`').next().unwrap().to_owned();
    let foreign = told(&output);
    let found = lineage(&foreign);
    let expected = foreign.split("expected `").nth(1).unwrap().split('`').next().unwrap().to_owned();
    assert_ne!(found, expected);
    insta::assert_snapshot!(foreign.replace(&found, "FOUND").replace(&expected, "EXPECTED").trim_end(), @"
    error: the recovery file belongs to another state (lineage `FOUND`, expected `EXPECTED`)

    hint: nothing was taken in; run this in a clone of the project that it comes from, with `--push` if the state is on the remote only
    ");
    std::fs::write(&file, &whole).unwrap();
    world.sandbox.ok(&["tick", "--push", "--recover", text(&file)]);
    assert_eq!(world.ledger(), "again\nonce\n");
}

#[test]
fn who_takes_a_recovery_file_in_must_be_allowed_to_and_stands_in_the_log() {
    let world = World::new();
    world.takes(1);
    let file = world.served.cwd.join("rescue.jsonl");
    world.sandbox.orch(&["tick", "--push", "--save-recovery", text(&file)]);
    world.takes(99);
    let other = world.another("other");
    let roles = "roles:\n  - { name: owner, may: [admin], members: [boss] }\n";
    std::fs::write(other.join("roles.yaml"), roles).unwrap();
    let tip = world.is_at();
    let recover = |name| world.orch_in(&other, &["tick", "--push", "--recover", text(&file), "--as", name]);
    let refused = recover("mallory");
    assert_eq!(refused.status.code(), Some(1));
    insta::assert_snapshot!(told(&refused).trim_end(), @"
    error: failed to take in a recovery file: `mallory` may not change the history

    hint: roles that may: owner
    ");
    assert_eq!(world.is_at(), tip);
    let taken = recover("boss");
    assert_eq!(taken.status.code(), Some(0), "{}", told(&taken));
    let log = world.orch_in(&other, &["log", "--format", "json"]);
    let log: serde_json::Value = serde_json::from_slice(&log.stdout).unwrap();
    let told_by_boss: Vec<String> = log["ticks"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|tick| tick["events"].as_array().unwrap())
        .filter(|event| event["actor"] == "boss")
        .map(|event| format!("{} by {}", event["text"].as_str().unwrap(), event["asked"]["role"]))
        .collect();
    let [started, finished] = told_by_boss.as_slice() else { panic!("{told_by_boss:?}") };
    assert_eq!(started, "work#1 again started by \"owner\"");
    assert!(finished.starts_with("work#1 again succeeded in") && finished.ends_with("by \"owner\""));
    assert_eq!(world.orch_in(&other, &["verify"]).status.code(), Some(0));
}

/// Whoever has the file can write into it, and nobody believes it then.
#[test]
fn a_forged_recovery_file_is_refused() {
    let world = World::new();
    world.takes(1);
    let file = world.served.cwd.join("rescue.jsonl");
    world.sandbox.orch(&["tick", "--push", "--save-recovery", text(&file)]);
    world.takes(99);
    let whole = std::fs::read_to_string(&file).unwrap();
    let (first, facts) = whole.split_once('\n').unwrap();
    let header: serde_json::Value = serde_json::from_str(first).unwrap();
    let with = |key: &str, value: &str| {
        let mut header = header.clone();
        header[key] = value.into();
        format!("{header}\n{facts}")
    };
    let (tip, other) = (world.is_at(), world.another("other"));
    let forgeries = [
        whole.replace("again", "once"),
        with("key", &"00".repeat(32)),
        with("signature", &"00".repeat(64)),
        with("lineage", "rescue-0"),
        format!("{whole}{}\n", facts.lines().next().unwrap()),
        format!("{first}\n"),
    ];
    for forged in forgeries {
        std::fs::write(&file, forged).unwrap();
        let output = world.orch_in(&other, &["tick", "--push", "--recover", text(&file)]);
        assert_eq!(output.status.code(), Some(1), "{}", told(&output));
        assert!(told(&output).contains("it is damaged"), "{}", told(&output));
        assert_eq!((world.is_at(), world.ledger().as_str()), (tip.clone(), "again\n"));
    }
}

/// A tick without a push here, and one that went on there: what the clone did is not done again, and no lease is left.
#[test]
fn a_clone_that_lost_to_the_remote_leaves_no_lease() {
    let world = World::new();
    // Without a push: this clone alone knows of it.
    world.sandbox.ok(&["tick"]);
    assert_eq!(world.ledger(), "again\nonce\n");
    let other = world.another("other");
    let output = world.orch_in(&other, &["metric", "record", "queue", "3", "--push"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let output = world.sandbox.orch(&["tick", "--push"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(world.ledger(), "again\nonce\n");
    assert_eq!(world.status(&world.sandbox.cwd), "succeeded");
    // Nobody waits for a lease: the other one has nothing to do, and everybody knows how it went.
    let output = world.orch_in(&other, &["tick", "--push"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("Nothing to do"), "{}", told(&output));
    assert_eq!(world.status(&other), "succeeded");
    world.sandbox.ok(&["verify"]);
    world.sandbox.ok(&["fsck"]);
}

/// Both clones gave a run the same number.
#[test]
fn what_a_run_did_is_not_believed_of_another_with_its_number() {
    let world = World::with(
        "name: Work\non: manual\ninputs: { who: { type: text } }\nenv: { LEDGER: LEDGER_PATH, WHO: '{{ inputs.who }}' }\nsteps:\n  - { id: a, run: 'echo a of $WHO >> \"$LEDGER\"' }\n  - { id: yes, needs: a, approve: true }\n  - { id: b, needs: yes, run: 'echo b of $WHO >> \"$LEDGER\"' }\n",
    );
    let other = world.another("other");
    let runs: [&[&str]; 3] = [
        &["run", "work", "--input", "who=there", "--push"],
        &["approve", "work#1", "--push"],
        &["tick", "--push"],
    ];
    for args in runs {
        let there = world.orch_in(&other, args);
        assert_eq!(there.status.code(), Some(0), "{}", told(&there));
    }
    // Nobody here knows of that one.
    world.sandbox.ok(&["run", "work", "--input", "who=here"]);
    world.sandbox.ok(&["approve", "work#1"]);
    world.sandbox.ok(&["tick"]);
    assert_eq!(world.ledger(), "a of there\nb of there\na of here\nb of here\n");
    let pushed = world.sandbox.orch(&["tick", "--push"]);
    assert_eq!(pushed.status.code(), Some(0), "{}", told(&pushed));
    assert!(
        told(&pushed).contains("note: run work#1 is now work#2: the remote had given"),
        "{}",
        told(&pushed)
    );
    assert_eq!(world.ledger(), "a of there\nb of there\na of here\nb of here\n", "nothing is done again");
    let runs = world.sandbox.json(&["runs", "list"]);
    let status = |id: &str| {
        let run = runs["runs"].as_array().unwrap().iter().find(|run| run["id"] == id).unwrap();
        run["status"].as_str().unwrap().to_owned()
    };
    assert_eq!((status("work#2").as_str(), status("work#1").as_str()), ("succeeded", "succeeded"));
    world.sandbox.ok(&["verify"]);
    world.sandbox.ok(&["fsck"]);
}

/// Asks for approval between two steps.
const ASKS: &str = "name: Work\non: manual\ninputs: { who: { type: text } }\nenv: { LEDGER: LEDGER_PATH, WHO: '{{ inputs.who }}' }\nsteps:\n  - { id: yes, approve: true }\n  - { id: b, needs: yes, run: 'echo b of $WHO >> \"$LEDGER\"' }\n";

#[test]
fn who_answers_for_a_run_answers_for_that_one_whatever_its_number_is_now() {
    let world = World::with(ASKS);
    let other = world.another("other");
    let there = world.orch_in(&other, &["run", "work", "--input", "who=there", "--push"]);
    assert_eq!(there.status.code(), Some(0), "{}", told(&there));
    world.sandbox.ok(&["run", "work", "--input", "who=here"]);
    // It waits for its turn, and cannot be approved yet; the one with its number must not be instead.
    let refused = world.sandbox.orch(&["approve", "work#1", "--push"]);
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
    assert!(told(&refused).contains("work#2"), "{}", told(&refused));
    let runs = world.sandbox.json(&["runs", "list"]);
    assert!(runs["runs"].as_array().unwrap().iter().all(|run| run["status"] != "succeeded"), "{runs}");
    let cancelled = world.sandbox.orch(&["runs", "cancel", "work#2", "--push"]);
    assert_eq!(cancelled.status.code(), Some(0), "{}", told(&cancelled));
    assert_eq!(world.ledger(), "");
}

/// The event that a run came of says when it was, and comes about again at another time.
#[test]
fn what_a_run_of_an_event_did_is_not_done_again() {
    let world = World::with(
        "name: Work\non: manual\nenv: { LEDGER: LEDGER_PATH }\nsteps:\n  - { id: a, on_lost: fail, run: 'echo sub >> \"$LEDGER\"' }\n",
    );
    let outer = "name: Outer\non: { event: metric.recorded }\nenv: { LEDGER: LEDGER_PATH }\nsteps:\n  - { id: once, on_lost: fail, run: 'echo once >> \"$LEDGER\"' }\n  - { id: sub, needs: once, workflow.run: { workflow: work } }\n";
    world.sandbox.write("workflows/outer.yaml", outer.replace("LEDGER_PATH", text(&world.ledger)));
    world.sandbox.git(&["add", "-A"]);
    world.sandbox.git(&["commit", "--quiet", "-m", "another"]);
    world.sandbox.git(&["push", "--quiet", "origin", "HEAD:main"]);
    world.sandbox.ok(&["tick", "--push"]);
    let other = world.another("other");
    world.sandbox.ok(&["metric", "record", "load", "1"]);
    world.sandbox.ok(&["tick"]);
    assert_eq!(world.ledger(), "once\nsub\n");
    for args in [["pause", "--push"], ["resume", "--push"]] {
        let there = world.orch_in(&other, &args);
        assert_eq!(there.status.code(), Some(0), "{}", told(&there));
    }
    let pushed =
        world.sandbox.orch_command(&["tick", "--push"]).env("ORCH_NOW", "2026-01-09T09:05:00Z").output();
    let pushed = pushed.unwrap();
    assert_eq!(pushed.status.code(), Some(0), "{}", told(&pushed));
    assert_eq!(world.ledger(), "once\nsub\n", "{}", told(&pushed));
    let runs = world.sandbox.json(&["runs", "list"]);
    assert!(runs["runs"].as_array().unwrap().iter().all(|run| run["status"] == "succeeded"), "{runs}");
    world.sandbox.ok(&["verify"]);
}

/// Two processes of one clone: one is at work, and the other wants to go over to the remote's ticks.
#[test]
fn a_tick_at_work_keeps_its_run_whoever_pushes_meanwhile() {
    let world = World::with(
        "name: Work\non: manual\nenv: { LEDGER: LEDGER_PATH }\nsteps:\n  - { id: a, on_lost: fail, run: 'echo began >> \"$LEDGER\"; sleep 4; echo ended >> \"$LEDGER\"' }\n",
    );
    let other = world.another("other");
    let mut at_work = world.sandbox.orch_command(&["run", "work"]).spawn().unwrap();
    while world.ledger().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let there = world.orch_in(&other, &["metric", "record", "queue", "3", "--push"]);
    assert_eq!(there.status.code(), Some(0), "{}", told(&there));
    let refused = world.sandbox.orch(&["metric", "record", "load", "4", "--push"]);
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
    insta::assert_snapshot!(told(&refused).trim_end(), @"
    error: another tick of this clone is at work on run work#1, and the remote has moved on; nothing was changed

    hint: run it again when that tick has ended; if it was killed, `orch tick --push` takes over what it left
    ");
    assert!(at_work.wait().unwrap().success());
    world.sandbox.ok(&["metric", "record", "load", "4", "--push"]);
    assert_eq!(world.ledger(), "began\nended\n");
    assert_eq!(world.status(&world.sandbox.cwd), "succeeded");
    world.sandbox.ok(&["verify"]);
}

#[test]
fn an_answer_for_a_lost_step_still_answers_it() {
    let world = World::with(
        "name: Work\non: manual\nenv: { LEDGER: LEDGER_PATH }\nsteps:\n  - { id: a, on_lost: ask, timeout: 1s, run: 'echo a >> \"$LEDGER\"; sleep 5' }\n  - { id: b, needs: a, run: 'echo b >> \"$LEDGER\"' }\n",
    );
    let other = world.another("other");
    world.sandbox.ok(&["run", "work"]);
    world.sandbox.ok(&["approve", "work#1", "--done"]);
    world.sandbox.ok(&["tick"]);
    assert_eq!(world.ledger(), "a\nb\n");
    let there = world.orch_in(&other, &["metric", "record", "queue", "3", "--push"]);
    assert_eq!(there.status.code(), Some(0), "{}", told(&there));
    let pushed = world.sandbox.orch(&["tick", "--push"]);
    assert_eq!(pushed.status.code(), Some(0), "{}", told(&pushed));
    assert!(!told(&pushed).contains("warning"), "{}", told(&pushed));
    assert_eq!((world.ledger().as_str(), world.status(&world.sandbox.cwd).as_str()), ("a\nb\n", "succeeded"));
    world.sandbox.ok(&["verify"]);
}

#[test]
fn a_tick_that_did_nothing_leaves_nothing() {
    let world = World::new();
    world.takes(0);
    assert_eq!(world.sandbox.orch(&["tick", "--push"]).status.code(), Some(1));
    assert_eq!(std::fs::read_dir(world.sandbox.cwd.join(".git/orch/journal")).unwrap().count(), 0);
    let doctor = world.sandbox.orch(&["doctor", "--max-age", "9d"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", String::from_utf8_lossy(&doctor.stdout));
}

#[test]
fn a_file_that_cannot_be_written_hides_no_other() {
    let world = World::new();
    world.takes(1);
    world.served.write("file", "");
    let there = world.served.cwd.join("file/rescue.jsonl");
    let words = told(&world.sandbox.orch(&["tick", "--push", "--save-recovery", text(&there)]));
    assert!(words.contains("is kept in `") && words.contains(".git/orch/recovery/"), "{words}");
    assert!(words.contains("warning: what this tick did") && words.contains(text(&there)), "{words}");
}
