//! Many writers at once, in one clone and in many: what was acknowledged is in the history, once,
//! and the history is a line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::git_http::{GitHttp, bare};
use super::harness::Sandbox;

/// Adds a task and gives its code, once the command said that it is there. Where more push at once
/// than the tries of a command suffice for, it does what the hint says: runs the command again.
fn add(sandbox: &Sandbox, cwd: &Path, title: &str, push: bool) -> String {
    let mut args = vec!["task", "add", title, "--type", "lore", "--format", "json"];
    args.extend(push.then_some("--push"));
    for _ in 0..50 {
        let output = sandbox.orch_command(&args).current_dir(cwd).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        if output.status.code() == Some(1) && told.contains("others are writing too") {
            continue;
        }
        assert!(output.status.success(), "{title}: {told}");
        let done: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(done["pushed"], push, "{done}");
        let events = done["events"].as_array().unwrap();
        let created = events.iter().find(|event| event["data"]["spec"]["title"] == title);
        return created.unwrap_or_else(|| panic!("{title} is not in {done}"))["task"]
            .as_str()
            .unwrap()
            .to_owned();
    }
    panic!("{title}: always busy");
}

/// Every commit has one parent and the next serial; gives how many there are.
pub(super) fn assert_linear(sandbox: &Sandbox, branch: &str) -> u64 {
    let log = sandbox.git(&[
        "log",
        "--reverse",
        "--format=%P|%(trailers:key=Orch-Serial,valueonly,separator=%x2C)",
        branch,
    ]);
    let mut expected = 0;
    for line in log.lines() {
        let (parents, serial) = line.split_once('|').unwrap();
        assert_eq!(
            parents.split_whitespace().count(),
            usize::from(expected > 0),
            "a commit has one parent: {line}"
        );
        expected += 1;
        assert_eq!(serial, expected.to_string());
    }
    expected
}

/// The codes of all tasks that were created, as the log tells them.
fn created(sandbox: &Sandbox) -> Vec<String> {
    let log = sandbox.json(&["event", "list", "--type", "task.created", "--limit", "0"]);
    let events = log["events"].as_array().unwrap().iter();
    events.map(|event| event["task"].as_str().unwrap().to_owned()).collect()
}

/// Each of `acknowledged` was created, and nothing was created twice.
fn assert_all_there(sandbox: &Sandbox, acknowledged: &[String]) {
    let created = created(sandbox);
    let distinct: BTreeSet<&String> = created.iter().collect();
    assert_eq!(distinct.len(), created.len(), "a code was given twice");
    let lost: Vec<_> = acknowledged.iter().filter(|code| !distinct.contains(code)).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    let acknowledged: BTreeSet<&String> = acknowledged.iter().collect();
    assert_eq!(acknowledged.len(), created.iter().filter(|code| acknowledged.contains(code)).count());
}

/// Runs `each` in so many threads and gives all that they give.
pub(super) fn all<T: Send>(threads: usize, each: impl Fn(usize) -> Vec<T> + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let each = &each;
        let running: Vec<_> = (0..threads).map(|number| scope.spawn(move || each(number))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// A project without tasks of its own, after its first tick.
pub(super) fn project() -> Sandbox {
    let sandbox = Sandbox::team();
    std::fs::remove_dir_all(sandbox.cwd.join("tasks")).unwrap();
    sandbox.git(&["commit", "--quiet", "--all", "-m", "no tasks"]);
    sandbox
}

#[test]
fn sixteen_loops_of_fifty_on_one_clone() {
    const LOOPS: usize = 16;
    const EACH: usize = 50;
    let team = project();
    let acknowledged = all(LOOPS, |writer| {
        (0..EACH).map(|number| add(&team, &team.cwd, &format!("w{writer}n{number}."), false)).collect()
    });
    assert_eq!(acknowledged.len(), LOOPS * EACH);
    assert_all_there(&team, &acknowledged);
    assert_eq!(assert_linear(&team, "orch/state"), (LOOPS * EACH) as u64, "one commit for each");
    let fsck = team.ok(&["fsck"]);
    assert!(fsck.contains("800 ticks verified"), "{fsck}");
}

/// A bare repository over HTTP with a project in it, and clones of it.
pub(super) struct Remote {
    pub(super) sandbox: Sandbox,
    pub(super) server: GitHttp,
    pub(super) bare: PathBuf,
    pub(super) clones: Vec<PathBuf>,
}

impl Remote {
    fn with_clones(count: usize) -> Self {
        Self::of(project(), count)
    }

    /// The project of a sandbox on a server, and clones of it.
    pub(super) fn of(mut sandbox: Sandbox, count: usize) -> Self {
        let root = sandbox.cwd.join("served");
        std::fs::create_dir(&root).unwrap();
        let server = GitHttp::serve(&root);
        let bare = bare(&root, "team.git");
        for rule in ["receive.denyNonFastForwards", "receive.denyDeletes", "core.logAllRefUpdates"] {
            sandbox.git(&["-C", bare.to_str().unwrap(), "config", rule, "true"]);
        }
        let url = server.url("team.git");
        sandbox.git(&["remote", "add", "origin", &url]);
        sandbox.git(&["push", "--quiet", "origin", "main"]);
        let clone = |number: usize| {
            let path = sandbox.cwd.join(format!("clone-{number}"));
            sandbox.git(&["clone", "--quiet", &url, path.to_str().unwrap()]);
            path
        };
        let clones = (0..count).map(clone).collect();
        sandbox.cwd = sandbox.cwd.join("served");
        Self { sandbox, server, bare, clones }
    }

    /// Gives each clone an address of its own for the remote, by which the server counts what it asks.
    fn told_apart(self) -> Self {
        for (number, clone) in self.clones.iter().enumerate() {
            let name = address(number);
            std::os::unix::fs::symlink(&self.bare, self.bare.with_file_name(&name)).unwrap();
            let clone = clone.to_str().unwrap();
            self.sandbox.git(&["-C", clone, "remote", "set-url", "origin", &self.server.url(&name)]);
        }
        self
    }

    /// `orch` in one of the clones.
    pub(super) fn at(&self, clone: usize, args: &[&str]) -> String {
        let output = self.sandbox.orch_command(args).current_dir(&self.clones[clone]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {stderr}");
        let stdout = String::from_utf8_lossy(&output.stdout);
        self.sandbox.redact(&if stderr.is_empty() {
            stdout.into_owned()
        } else {
            format!("{stdout}--- stderr\n{stderr}")
        })
    }

    /// A fresh clone with the remote's state, to look at.
    pub(super) fn fresh(mut self) -> Sandbox {
        let path = self.sandbox.cwd.join("fresh");
        let bare = self.bare.to_str().unwrap().to_owned();
        self.sandbox.git(&["clone", "--quiet", &bare, path.to_str().unwrap()]);
        self.sandbox.cwd = path;
        self.sandbox.git(&["fetch", "--quiet", "origin", "orch/state:orch/state"]);
        self.sandbox
    }

    /// `git` on the server.
    pub(super) fn git(&self, args: &[&str]) -> String {
        self.sandbox.git(&[&["-C", self.bare.to_str().unwrap()], args].concat())
    }

    /// Every update of the state branch on the server went forward.
    pub(super) fn assert_never_forced(&self) {
        self.assert_forward("orch/state");
    }

    pub(super) fn assert_forward(&self, branch: &str) {
        let git = |args: &[&str]| self.git(args);
        let reflog = git(&["reflog", "show", "--format=%H", branch]);
        let ids: Vec<&str> = reflog.lines().collect();
        assert!(!ids.is_empty());
        for pair in ids.windows(2) {
            git(&["merge-base", "--is-ancestor", pair[1], pair[0]]);
        }
    }
}

fn address(clone: usize) -> String {
    format!("team-{clone}.git")
}

/// How many clones push how often: `ORCH_TEST_WRITERS=32x50`.
fn writers() -> (usize, usize) {
    let text = std::env::var("ORCH_TEST_WRITERS").unwrap_or_else(|_| "8x8".to_owned());
    let (clones, each) = text.split_once('x').unwrap();
    (clones.parse().unwrap(), each.parse().unwrap())
}

/// The whole of it: `ORCH_TEST_WRITERS=32x50 cargo test clones_push_to_one -- --nocapture`.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn clones_push_to_one_repository() {
    let (clones, each) = writers();
    let remote = Remote::with_clones(clones).told_apart();
    let began = Instant::now();
    let done = all(clones, |clone| {
        let (at, name) = (&remote.clones[clone], address(clone));
        let one = |number| {
            let before = remote.server.looks(&name);
            let code = add(&remote.sandbox, at, &format!("c{clone}n{number}."), true);
            (code, remote.server.looks(&name) - before)
        };
        (0..each).map(one).collect()
    });
    let took = began.elapsed();
    let (acknowledged, mut tries): (Vec<String>, Vec<u32>) = done.into_iter().unzip();
    remote.assert_never_forced();
    let fresh = remote.fresh();
    assert_all_there(&fresh, &acknowledged);
    assert_eq!(assert_linear(&fresh, "orch/state"), (clones * each) as u64);
    fresh.ok(&["fsck"]);
    tries.sort_unstable();
    let percentile = |percent: usize| tries[(tries.len() - 1) * percent / 100];
    eprintln!(
        "{clones} clones x {each}: linear, 0 lost, 0 forced, {took:.1?}; tries a command: p50 {}, p99 {}, most {}",
        percentile(50),
        percentile(99),
        tries[tries.len() - 1],
    );
}

#[test]
fn a_clone_that_diverged_asks_again_on_the_state_of_the_remote() {
    let remote = Remote::with_clones(2);
    // The first clone pushes, the second works alone meanwhile: both give out the same codes.
    add(&remote.sandbox, &remote.clones[0], "First", true);
    let local = add(&remote.sandbox, &remote.clones[1], "Local one", false);
    assert_eq!(local, "LORE-001", "the two do not know of each other");
    remote.at(1, &["task", "add", "Local two", "--type", "lore", "--depends-on", "LORE-001"]);
    remote.at(1, &["task", "start", "LORE-001", "--as", "creative-lead"]);
    insta::assert_snapshot!(remote.at(1, &["task", "complete", "LORE-001", "--as", "creative-lead", "--push"]), @"
    Tick 5 at 2026-01-09T09:00:00Z: 5 events, committed as [id] and pushed
      ~ LORE-003 delivered by creative-lead
      = LORE-003 complete — needs no review
      ~ LORE-002 no longer waits for LORE-003 — LORE-003 is complete
      ~ LORE-002 unblocked — nothing holds it any more
      > LORE-002 assigned to creative-lead — route lore (routing.yaml:32)
    Nothing changes by the clock alone.
    --- stderr
    note: the remote has ticks that this clone lacked; planned 3 ticks of its own again on top of them (as they were: refs/orch/diverged/[id])
    note: LORE-001 is now LORE-003: the remote had given that code to another task
    ");
    insta::assert_snapshot!(remote.at(1, &["task", "list"]), @"
    CODE      STATUS    PRIO  AGENT          AGE  TITLE
    LORE-001  pending   P2    creative-lead  0s   First
    LORE-002  pending   P2    creative-lead  0s   Local two
    LORE-003  complete  P2    creative-lead  0s   Local one
    3 tasks
    ");
    insta::assert_snapshot!(remote.at(0, &["tick", "--push"]), @"
    Nothing to do at 2026-01-09T09:00:00Z.
    Nothing changes by the clock alone.
    ");
    remote.assert_never_forced();
    let fresh = remote.fresh();
    insta::assert_snapshot!(fresh.log("%s"), @"
    LORE-001: created: First
    LORE-003: created: Local one
    LORE-002: created: Local two
    LORE-003: started by creative-lead
    LORE-003: delivered by creative-lead
    ");
    assert_linear(&fresh, "orch/state");
    fresh.ok(&["fsck"]);
}

#[test]
fn what_the_remote_does_not_allow_any_more_is_told() {
    let remote = Remote::with_clones(2);
    add(&remote.sandbox, &remote.clones[0], "Shared", true);
    remote.at(1, &["tick", "--push"]);
    remote.at(0, &["task", "cancel", "LORE-001", "--reason", "not needed", "--push"]);
    remote.at(1, &["task", "start", "LORE-001", "--as", "creative-lead"]);
    remote.at(1, &["task", "add", "Not lost", "--type", "lore"]);
    insta::assert_snapshot!(remote.at(1, &["tick", "--push"]), @"
    Nothing to do at 2026-01-09T09:00:00Z. Pushed what the remote lacked.
    Nothing changes by the clock alone.
    --- stderr
    note: the remote has ticks that this clone lacked; planned 2 ticks of its own again on top of them (as they were: refs/orch/diverged/[id])
    warning: lost on the way: creative-lead asked to start LORE-001, but task `LORE-001` is cancelled
    ");
    insta::assert_snapshot!(remote.at(1, &["task", "list"]), @"
    CODE      STATUS     PRIO  AGENT          AGE  TITLE
    LORE-001  cancelled  P2    creative-lead  0s   Shared
    LORE-002  pending    P2    creative-lead  0s   Not lost
    2 tasks
    ");
    let fresh = remote.fresh();
    assert_linear(&fresh, "orch/state");
    fresh.ok(&["fsck"]);
}

#[test]
fn ticks_that_were_not_pushed_go_with_the_next_push() {
    let remote = Remote::with_clones(2);
    add(&remote.sandbox, &remote.clones[0], "Kept back", false);
    insta::assert_snapshot!(remote.at(0, &["tick", "--push"]), @"
    Nothing to do at 2026-01-09T09:00:00Z. Pushed what the remote lacked.
    Nothing changes by the clock alone.
    ");
    insta::assert_snapshot!(remote.at(0, &["tick", "--push"]), @"
    Nothing to do at 2026-01-09T09:00:00Z.
    Nothing changes by the clock alone.
    ");
    insta::assert_snapshot!(remote.at(1, &["tick", "--push"]), @"
    Nothing to do at 2026-01-09T09:00:00Z.
    Nothing changes by the clock alone.
    ");
    insta::assert_snapshot!(remote.at(1, &["task", "list"]), @"
    CODE      STATUS   PRIO  AGENT          AGE  TITLE
    LORE-001  pending  P2    creative-lead  0s   Kept back
    1 task
    ");
}

#[test]
fn a_killed_writer_leaves_a_usable_repository() {
    let team = project();
    team.ok(&["tick"]);
    let mut killed = 0;
    let began = Instant::now();
    for number in 0u64.. {
        if killed == 15 || began.elapsed() > Duration::from_secs(30) {
            break;
        }
        let mut command = team.orch_command(&["task", "add", "Cut short", "--type", "lore"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // A little later each time, so that every phase of the command is hit.
        std::thread::sleep(Duration::from_micros(400 * (number % 40)));
        let done = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        killed += u32::from(!done);
        if number % 8 == 0 {
            team.ok(&["task", "add", "Whole", "--type", "lore"]);
        }
    }
    assert!(killed >= 5, "only {killed} were killed in time");
    team.ok(&["fsck"]);
    team.git(&["fsck", "--strict"]);
    assert_linear(&team, "orch/state");
    assert_eq!(team.git(&["status", "--porcelain"]), "", "the work tree and the index are untouched");
}

#[test]
fn remotes_that_do_not_work() {
    let remote = Remote::with_clones(2);
    let git = |clone: usize, args: &[&str]| {
        let path = remote.clones[clone].to_str().unwrap();
        remote.sandbox.git(&[&["-C", path], args].concat());
    };
    let told = |clone: usize, args: &[&str]| {
        let output = remote.sandbox.orch_command(args).current_dir(&remote.clones[clone]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        remote.sandbox.redact(&String::from_utf8_lossy(&output.stderr))
    };
    // Both clones begin a state of their own, at different times.
    remote.at(0, &["tick", "--push"]);
    remote.at(1, &["tick", "--now", "2026-01-09T10:00:00Z"]);
    insta::assert_snapshot!(told(1, &["tick", "--push"]), @"
    error: the state belongs to another project (lineage `infinite-idol-[id]`, expected `infinite-idol-[id]`)

    hint: two projects need two branches: check `state_branch` and `remote` in `orch.yaml`; if this clone merely began a state of its own before it saw the remote's, set that aside with `git branch -m`
    ");
    git(1, &["branch", "--quiet", "-m", "orch/state", "orch/own"]);
    remote.at(1, &["task", "add", "x", "--type", "lore", "--push"]);
    // A hook that declines, a server that is not there, and no such remote.
    let hook = remote.bare.join("hooks/pre-receive");
    std::fs::write(&hook, "#!/bin/sh\necho frozen until Monday\nexit 1\n").unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    insta::assert_snapshot!(told(0, &["task", "start", "LORE-001", "--as", "creative-lead", "--push"]), @"
    error: the remote refuses the state branch: [remote rejected] (pre-receive hook declined)
    frozen until Monday

    hint: nothing was changed; a hook of the server said no: its words are above; whoever runs the server can say what it wants
    ");
    // The words after the first are those of this machine's git and curl.
    let hint = "\n\nhint: nothing was changed here; ";
    for change in
        [&["remote", "set-url", "origin", "http://127.0.0.1:1/team.git"][..], &["remote", "remove", "origin"]]
    {
        git(0, change);
        let told = told(0, &["task", "start", "LORE-001", "--as", "creative-lead", "--push"]);
        assert!(told.starts_with("error: `git fetch` failed: fatal: ") && told.contains(hint), "{told}");
    }
    // None of it was taken in here either, and all of it can be done later.
    assert!(remote.at(0, &["task", "list"]).contains("pending"));
    remote.at(0, &["task", "start", "LORE-001", "--as", "creative-lead"]);
}

#[test]
fn a_run_that_somebody_cancels_stops_in_the_process_that_carries_it_out() {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: slow\n");
    // Slow the first time.
    let script = "if [ -e out ]; then echo again >> out; exit 0; fi\n      for i in $(seq 600); do echo $i >> out; sleep 0.1; done";
    let step = format!("  - id: a\n    run: |\n      {script}\n");
    sandbox.write("workflows/slow.yaml", format!("name: Slow\non: manual\nsteps:\n{step}"));
    let mut first = sandbox.orch_command(&["run", "slow"]);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let clock = Instant::now();
    while !sandbox.cwd.join("out").exists() {
        assert!(clock.elapsed() < Duration::from_mins(1), "it does not begin");
        std::thread::sleep(Duration::from_millis(50));
    }
    sandbox.ok(&["runs", "cancel", "slow#1"]);
    // Queued, unless the first has stopped already.
    sandbox.ok(&["run", "slow"]);
    first.wait().unwrap();
    sandbox.ok(&["tick"]);
    let out = sandbox.read("out");
    let counted = out.lines().filter(|line| *line != "again").count();
    assert!(counted < 600, "nobody stopped it");
    assert_eq!(out.lines().last(), Some("again"), "the second came after the end of the first");
    assert_eq!(out.lines().filter(|line| *line == "again").count(), 1);
    let run = sandbox.json(&["runs", "show", "slow#2"]);
    assert!(run.to_string().contains("succeeded"), "{run}");
}
