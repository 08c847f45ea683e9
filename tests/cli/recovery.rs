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
        let (sandbox, served) = (Sandbox::repository(), Sandbox::bare());
        let bare = bare(&served.cwd, "team.git");
        let http = GitHttp::serve(&served.cwd);
        let ledger = served.cwd.join("ledger");
        sandbox.write("orch.yaml", "name: rescue\n");
        sandbox.write("workflows/work.yaml", WORKFLOW.replace("LEDGER_PATH", text(&ledger)));
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "the project"]);
        sandbox.git(&["remote", "add", "origin", &http.url("team.git")]);
        sandbox.git(&["push", "--quiet", "origin", "HEAD:main"]);
        sandbox.ok(&["tick", "--push"]);
        sandbox.ok(&["metric", "record", "load", "5", "--push"]);
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
        assert!(words.contains("not today") && words.contains("orch tick --recover"), "{words}");
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
        assert_eq!(world.ledger(), "again\nonce\n", "{pushes}");
        assert_eq!(world.status(&other), "succeeded");
        let tip = world.is_at();
        assert_eq!(world.orch_in(&other, &recover).status.code(), Some(0));
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
    Caused by: it is damaged: its lines are not those that were written

    hint: nothing was taken in; copy it again from where it was written, whole and as it is
    ");
    assert_eq!(refused(first), damaged);
    insta::assert_snapshot!(refused("not json\n").trim_end(), @"
    error: failed to take in `THERE/rescue.jsonl`
    Caused by: it is not a recovery file of orch

    hint: give the file that a failed tick named: `.git/orch/recovery/NAME.jsonl`
    ");
    let lineage = first.split("\"lineage\":\"").nth(1).unwrap().split('"').next().unwrap();
    let foreign = refused(&whole.replace(lineage, "other-1")).replace(lineage, "LINEAGE");
    insta::assert_snapshot!(foreign.trim_end(), @"
    error: the recovery file belongs to another state (lineage `other-1`, expected `LINEAGE`)

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

fn header(file: &Path) -> serde_json::Value {
    let whole = std::fs::read_to_string(file).unwrap();
    serde_json::from_str(whole.lines().next().unwrap()).unwrap()
}

/// As whoever can write the file would: its sum is no secret.
fn forged(file: &Path, holder: &str, facts: &[serde_json::Value]) -> String {
    let mut header = header(file);
    let lines = facts.iter().fold(String::new(), |lines, fact| lines + &fact.to_string() + "\n");
    let sum = lines.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    header["holder"] = holder.into();
    header["facts"] = facts.len().into();
    header["sum"] = format!("{sum:016x}").into();
    format!("{header}\n{lines}")
}

#[test]
fn a_forged_recovery_file_passes_no_step() {
    // In the name of the tick that left the run, and in a made up one.
    for is_known in [true, false] {
        let world = World::new();
        world.takes(1);
        let file = world.served.cwd.join("rescue.jsonl");
        world.sandbox.orch(&["tick", "--push", "--save-recovery", text(&file)]);
        world.takes(99);
        let known = header(&file)["holder"].as_str().unwrap().to_owned();
        let holder = if is_known { known.as_str() } else { "0123456789ab" };
        // It says of the second step that it was done, and of the first nothing.
        let outcome = serde_json::json!({ "ended": "succeeded", "millis": 1 });
        let facts = [("started", None), ("finished", Some(outcome))].map(|(what, outcome)| {
            let mut fact = serde_json::json!({ "run": "work#1", "step": "once", "attempt": 1, "by": holder });
            if let Some(outcome) = outcome {
                fact["outcome"] = outcome;
            }
            serde_json::json!({ format!("step.{what}"): fact })
        });
        std::fs::write(&file, forged(&file, holder, &facts)).unwrap();
        let other = world.another("other");
        let taken = world.orch_in(&other, &["tick", "--push", "--recover", text(&file), "--as", "mallory"]);
        assert_eq!(taken.status.code(), Some(0), "{}", told(&taken));
        let log = world.orch_in(&other, &["log", "--format", "json"]);
        let log = String::from_utf8_lossy(&log.stdout).into_owned();
        assert!(log.contains("work#1") && !log.contains("mallory"), "{log}");
        // The lease of a tick that the file does not name stands; the run goes on when it is over.
        let done = if is_known { "again\nagain\nonce\n" } else { "again\n" };
        assert_eq!(world.ledger(), done, "{holder}");
        assert_eq!(world.orch_in(&other, &["verify"]).status.code(), Some(0));
    }
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
