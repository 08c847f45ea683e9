//! `kill -9` at every named place of the real program, with a real remote: nothing that was acknowledged is
//! missing, everything is sound, and the next two ticks come to rest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use super::git_http::{GitHttp, bare};
use super::harness::Sandbox;
use super::seeds::{Replay, in_parallel, seeds};

const TEST: &str = "faults::killed_at_every_place";

/// Steps of all kinds: commands that know their key, that may not be repeated, files, requests.
const WORKFLOW: &str = r#"
name: Work
on:
  - commits: {}
permissions: { write: ["made/**", "in/**", "gone/**", "old/**", "kept/**"] }
concurrency: { overlap: queue }
steps:
  - id: keyed
    retry: { attempts: 4, delay: 0s }
    on_lost: retry
    run: |
      mkdir -p sink; sleep 0.05
      touch "sink/$(echo "$ORCH_KEY" | tr / _)"
      echo "seen=yes" >> "$ORCH_OUTPUT"
  - id: once
    needs: [keyed]
    on_lost: fail
    run: echo "$ORCH_KEY" >> ledger
  - id: made
    needs: [keyed]
    retry: { attempts: 4, delay: 0s }
    files.write: { path: "made/{{ run.id }}.md", text: "{{ steps.keyed.outputs.seen }}", over: true }
  - id: copied
    needs: [keyed]
    retry: { attempts: 4, delay: 0s }
    files.copy: { in: in, match: "*.txt", to: kept }
  - id: packed
    needs: [copied]
    retry: { attempts: 4, delay: 0s }
    files.archive: { in: kept, match: "*.txt", to: old/kept.zip }
  - id: moved
    needs: [copied]
    retry: { attempts: 4, delay: 0s }
    files.move: { in: in, match: "b*.txt", to: gone }
  - id: dropped
    needs: [moved]
    retry: { attempts: 4, delay: 0s }
    files.delete: { in: in, match: "a*.txt" }
  - id: sent
    needs: [keyed]
    retry: { attempts: 4, delay: 0s }
    on_lost: retry
    http.request: { method: POST, url: "http://127.0.0.1:PORT/", headers: { X-Case: "{{ secrets.CASE }}" }, body: "x" }
"#;

/// What no tick of this project comes by: blocks of a snapshot are there after 500 ticks, and a commit is
/// looked at alone when history was rewritten.
const ELSEWHERE: [&str; 4] = [
    "commits.commit.after",
    "commits.commit.before",
    "repo.read_trusting.after",
    "repo.read_trusting.before",
];

/// Which keys came for which case.
type Inbox = Arc<Mutex<BTreeMap<String, BTreeSet<String>>>>;

/// A target that knows a key when it comes again.
fn target() -> (u16, Inbox) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let inbox = Inbox::default();
    let shared = Arc::clone(&inbox);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (mut case, mut key) = (String::new(), String::new());
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                match line.trim().split_once(": ") {
                    Some((name, value)) if name.eq_ignore_ascii_case("x-case") => value.clone_into(&mut case),
                    Some((name, value)) if name.eq_ignore_ascii_case("idempotency-key") => {
                        value.clone_into(&mut key);
                    }
                    _ => {}
                }
                line.clear();
            }
            if !key.is_empty() {
                shared.lock().unwrap().entry(case).or_default().insert(key);
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (port, inbox)
}

/// A project whose next tick has a run to carry out, and what is needed to make copies of it.
struct Template {
    sandbox: Sandbox,
    served: tempfile::TempDir,
    inbox: Inbox,
}

impl Template {
    fn new() -> Self {
        let (port, inbox) = target();
        let sandbox = Sandbox::repository();
        sandbox.write("orch.yaml", "name: faults\nsecrets: [CASE]\n");
        sandbox.write("workflows/work.yaml", WORKFLOW.replace("PORT", &port.to_string()));
        for file in ["in/a1.txt", "in/a2.txt", "in/b1.txt"] {
            sandbox.write(file, file);
            // Older than the clock of the tests: who deletes a second time leaves what came after the first.
            let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_hours(24 * 365);
            let file = std::fs::File::options().write(true).open(sandbox.cwd.join(file)).unwrap();
            file.set_modified(long_ago).unwrap();
        }
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "the project"]);
        // This is about processes that die, not about power cuts.
        sandbox.git(&["config", "core.fsync", "none"]);
        std::fs::remove_dir_all(sandbox.cwd.join(".git/hooks")).unwrap();
        let served = tempfile::tempdir().unwrap();
        let http = GitHttp::serve(served.path());
        let bare = bare(served.path(), "template.git");
        for rule in ["receive.denyNonFastForwards", "receive.denyDeletes", "core.logAllRefUpdates"] {
            sandbox.git(&["-C", text(&bare), "config", rule, "true"]);
        }
        sandbox.git(&["-C", text(&bare), "config", "core.fsync", "none"]);
        sandbox.git(&["remote", "add", "origin", &http.url("template.git")]);
        let template = Self { sandbox, served, inbox };
        template.acknowledged(&["tick", "--push"]);
        template.acknowledged(&["task", "add", "One", "--type", "chore", "--push"]);
        template.sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", "news"]);
        template
    }

    fn acknowledged(&self, args: &[&str]) {
        let output = self.sandbox.orch_command(args).env("CASE", "template").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A copy of the clone and of the remote.
    fn copy(&self, name: &str) -> Case<'_> {
        let bare = self.served.path().join(format!("{name}.git"));
        copy(&self.served.path().join("template.git"), &bare);
        let folder = tempfile::Builder::new().prefix("orch-fault-").tempdir().unwrap();
        copy(&self.sandbox.cwd.join("."), folder.path());
        let config = folder.path().join(".git/config");
        let text = std::fs::read_to_string(&config).unwrap();
        std::fs::write(config, text.replace("/template.git", &format!("/{name}.git"))).unwrap();
        Case { template: self, name: name.to_owned(), folder, bare, way: "git" }
    }
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

struct Case<'t> {
    template: &'t Template,
    name: String,
    folder: tempfile::TempDir,
    bare: PathBuf,
    /// How it reaches the remote.
    way: &'static str,
}

impl Drop for Case<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.bare);
    }
}

impl Case<'_> {
    fn orch(&self, args: &[&str], fault: Option<&str>) -> Output {
        let mut command = self.template.sandbox.orch_command(args);
        command.current_dir(self.folder.path()).env("CASE", &self.name).env("ORCH_TRANSPORT", self.way);
        if let Some(fault) = fault {
            command.env("ORCH_FAULT", fault);
        }
        command.output().unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        self.template.sandbox.git(&[&["-C", text(self.folder.path())], args].concat())
    }

    fn remote(&self, args: &[&str]) -> String {
        self.template.sandbox.git(&[&["-C", text(&self.bare)], args].concat())
    }

    fn is_at(&self) -> String {
        self.remote(&["rev-parse", "orch/state"]).trim().to_owned()
    }

    /// How often a clean tick passes each place.
    fn passes(&self) -> BTreeMap<String, u32> {
        let output = self.orch(&["tick", "--push"], Some("trace"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut passes = BTreeMap::new();
        for line in String::from_utf8_lossy(&output.stderr).lines() {
            if let Some(point) = line.strip_prefix("passed ") {
                *passes.entry(point.to_owned()).or_default() += 1;
            }
        }
        passes
    }

    /// A tick that died in the middle of a step, so that the next one has a journal to take over.
    fn interrupted(self) -> Self {
        let output = self.orch(&["tick", "--push"], Some("shell.run.after:1:kill"));
        assert!(was_killed(&output));
        self
    }
}

fn was_killed(output: &Output) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    output.status.signal() == Some(9)
}

/// A place, how often a tick passes it, and whether an earlier tick has to die for that.
struct Place {
    point: String,
    passes: u32,
    after_death: bool,
}

/// All places that the program knows, each with a tick that passes it.
fn places(template: &Template) -> Vec<Place> {
    let known = template.sandbox.orch_command(&["fsck"]).env("ORCH_FAULT", "list").output().unwrap();
    let known = String::from_utf8(known.stdout).unwrap();
    let clean = template.copy("clean").passes();
    let after = template.copy("after").interrupted().passes();
    let place = |point: &str| {
        let place =
            |passes: &u32, after_death| Place { point: point.to_owned(), passes: *passes, after_death };
        let found = clean.get(point).map(|passes| place(passes, false));
        found.or_else(|| after.get(point).map(|passes| place(passes, true)))
    };
    let (found, missing): (Vec<_>, Vec<_>) =
        known.lines().map(|point| (point, place(point))).partition(|(_, place)| place.is_some());
    let missing: BTreeSet<&str> = missing.into_iter().map(|(point, _)| point).collect();
    let elsewhere: BTreeSet<&str> = ELSEWHERE.into_iter().collect();
    assert_eq!(missing, elsewhere, "no tick of this test passes these");
    found.into_iter().filter_map(|(_, place)| place).collect()
}

/// Kills a tick at one place, and lets two more come after it; whether it was killed.
fn one(template: &Template, place: &Place, seed: u64, harm: &str) -> bool {
    let number: u64 = place.point.bytes().map(u64::from).sum();
    let _replay = Replay { test: TEST, seed, with: format!("ORCH_TEST_POINT={} ", place.point) };
    let mut random = fastrand::Rng::with_seed(seed << 32 | number);
    let pass = random.u32(1..=place.passes);
    let mut case = template.copy(&format!("{}.{seed}.{harm}", place.point));
    case.way = if random.bool() { "git" } else { "http" };
    let case = if place.after_death { case.interrupted() } else { case };
    let fault = format!("{}:{pass}:{harm}", place.point);
    let hit = case.orch(&["tick", "--push"], Some(&fault));
    let killed = was_killed(&hit);
    let told = String::from_utf8_lossy(&hit.stderr).into_owned();
    let what = format!("{fault}, seed {seed}");
    assert!(killed || hit.status.code().is_some_and(|code| [0, 1, 11].contains(&code)), "{what}: {told}");
    if hit.status.success() {
        assert_eq!(case.git(&["rev-parse", "orch/state"]).trim(), case.is_at(), "exit 0, not there: {what}");
    }
    settle(&case, &what);
    check(&case, &what);
    killed
}

/// Two ticks more: then there is nothing left to do.
fn settle(case: &Case<'_>, what: &str) {
    let first = case.orch(&["tick", "--push"], None);
    let told = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    // A step that may not be repeated fails its run where nobody knows whether it was done.
    assert!(matches!(first.status.code(), Some(0 | 11)), "{what}: {}", told(&first));
    let tip = case.is_at();
    let second = case.orch(&["tick", "--push"], None);
    assert_eq!(second.status.code(), Some(0), "{what}: {}", told(&second));
    assert_eq!(case.is_at(), tip, "the second tick still had something to do: {what}");
    assert_eq!(case.git(&["rev-parse", "orch/state"]).trim(), tip, "{what}");
}

fn check(case: &Case<'_>, what: &str) {
    let fsck = case.orch(&["fsck"], None);
    assert!(fsck.status.success(), "{what}: {}", String::from_utf8_lossy(&fsck.stdout));
    case.git(&["fsck", "--strict"]);
    case.remote(&["fsck", "--strict"]);
    let log = case.remote(&["log", "--format=%H|%P|%s", "orch/state"]);
    let parents = |line: &str| line.split('|').nth(1).unwrap().split_whitespace().count();
    assert!(log.lines().all(|line| parents(line) < 2), "{what}: {log}");
    assert_eq!(log.matches("created: One").count(), 1, "acknowledged, and not there once: {what}\n{log}");
    // Wherever the branch ever was, it still leads there, the newest first.
    let mut line = log.lines().map(|line| line.split('|').next().unwrap());
    let reflog = case.remote(&["reflog", "show", "--format=%H", "orch/state"]);
    assert!(reflog.lines().all(|was| line.any(|commit| commit == was)), "forced: {what}\n{log}\n{reflog}");
    check_effects(case, what);
}

/// What can be done once was done once, and nothing that succeeded was left out.
fn check_effects(case: &Case<'_>, what: &str) {
    let output = case.orch(&["runs", "list", "--format", "json"], None);
    let runs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let runs = runs["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1, "{what}: {runs:?}");
    let status = |run: &serde_json::Value| run["status"].as_str().unwrap().to_owned();
    assert!(runs.iter().all(|run| ["succeeded", "failed"].contains(&&*status(run))), "{what}: {runs:?}");
    let well = runs.iter().filter(|run| status(run) == "succeeded").count();
    let read = |path: &str| std::fs::read_to_string(case.folder.path().join(path)).unwrap_or_default();
    let ledger = read("ledger");
    let distinct: BTreeSet<&str> = ledger.lines().collect();
    assert_eq!(distinct.len(), ledger.lines().count(), "at most once: {what}\n{ledger}");
    assert!(distinct.len() >= well, "{what}: {ledger}");
    let count = |folder: &str| std::fs::read_dir(case.folder.path().join(folder)).map_or(0, Iterator::count);
    let keys = case.template.inbox.lock().unwrap().get(&case.name).map_or(0, BTreeSet::len);
    for (name, done) in [("sink", count("sink")), ("made", count("made")), ("inbox", keys)] {
        assert!((well..=1).contains(&done), "{name}: {done} for {well} runs that succeeded: {what}");
    }
    if well > 0 {
        assert_eq!((count("in"), count("gone"), count("kept")), (0, 1, 3), "{what}");
    }
}

/// The whole of it: `ORCH_TEST_SEEDS=200 cargo test faults::killed -- --nocapture`.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn killed_at_every_place_it_loses_nothing_and_comes_to_rest() {
    let template = Template::new();
    let mut places = places(&template);
    assert!(places.len() >= 40);
    if let Ok(only) = std::env::var("ORCH_TEST_POINT") {
        places.retain(|place| place.point == only);
    }
    let seeds: Vec<u64> = seeds(1).collect();
    let cases = places.len() * seeds.len();
    let killed = in_parallel(cases, |number| {
        one(&template, &places[number % places.len()], seeds[number / places.len()], "kill")
    });
    let killed = killed.into_iter().filter(|killed| *killed).count();
    eprintln!(
        "{} places, {} seeds: {cases} ticks, {killed} of them killed there; 0 lost",
        places.len(),
        seeds.len()
    );
    assert!(killed * 10 >= cases * 9, "only {killed} of {cases} were killed");
}

/// A call that fails where it may fail, and one that says so although it was done.
#[test]
fn calls_that_fail_end_in_words_and_the_next_ticks_go_on() {
    let template = Template::new();
    let can_fail =
        ["repo.swap", "repo.write", "repo.flush", "transport.push", "transport.fetch", "journal.append"];
    let mut places = places(&template);
    places.retain(|place| can_fail.iter().any(|call| place.point.starts_with(call)));
    in_parallel(places.len(), |number| one(&template, &places[number], number as u64, "error"));
}

#[test]
fn what_is_no_fault_is_refused() {
    let sandbox = Sandbox::repository();
    let output = sandbox.orch_command(&["status"]).env("ORCH_FAULT", "nowhere:1:kill").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`nowhere:1:kill` is no fault"));
}
