//! Servers that refuse, break off, hang, stumble and dawdle, real ones: a command that ends with exit code 0
//! is on the remote, and one that does not says why.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::git_http::{ASKED, GitHttp, HARMS, bare};
use super::harness::Sandbox;
use super::seeds::{Replay, in_parallel, seeds};

const TEST: &str = "servers::whatever_a_server_does";

/// A clone of a project, and its server.
struct World {
    sandbox: Sandbox,
    http: GitHttp,
    bare: PathBuf,
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::repository();
        sandbox.write("orch.yaml", "name: servers\n");
        sandbox.git(&["add", "orch.yaml"]);
        sandbox.git(&["commit", "--quiet", "-m", "the project"]);
        let served = Sandbox::bare();
        let bare = bare(&served.cwd, "team.git");
        let http = GitHttp::serve(&served.cwd);
        sandbox.git(&["remote", "add", "origin", &http.url("team.git")]);
        // The folder of the server goes with the sandbox.
        let kept = sandbox.cwd.join(".git/served");
        std::os::unix::fs::symlink(&served.cwd, kept).unwrap();
        std::mem::forget(served);
        let world = Self { sandbox, http, bare };
        world.sandbox.ok(&["tick", "--push"]);
        world
    }

    fn orch(&self, args: &[&str], way: &str) -> Output {
        self.sandbox
            .orch_command(args)
            .env("ORCH_NETWORK_TIMEOUT", "2s")
            .env("ORCH_TRANSPORT", way)
            .output()
            .unwrap()
    }

    /// What the remote's branch tells: one line a tick.
    fn told(&self) -> String {
        self.sandbox.git(&["-C", text(&self.bare), "log", "--format=%s", "orch/state"])
    }

    fn holds(&self, title: &str) -> bool {
        self.told().lines().any(|line| line.ends_with(&format!(": {title}")))
    }

    fn is_at(&self) -> String {
        self.sandbox.git(&["-C", text(&self.bare), "rev-parse", "orch/state"]).trim().to_owned()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.bare.parent().unwrap());
    }
}

/// One command to a server in trouble, and one when it is well again; whether the first one succeeded.
fn one(world: &World, seed: u64) -> bool {
    let _replay = Replay::of(TEST, seed);
    let mut random = fastrand::Rng::with_seed(seed);
    let way = if random.bool() { "git" } else { "http" };
    let mut harms = Vec::new();
    for _ in 0..random.u32(1..3) {
        let (asked, harm) = (ASKED[random.usize(0..ASKED.len())], HARMS[random.usize(0..HARMS.len())]);
        // Once, or as long as it takes: a client may send something again by itself.
        let times = if random.bool() { 1 } else { 100 };
        world.http.harm(asked, harm, times);
        harms.push((asked, harm, times));
    }
    if random.u32(0..12) == 0 {
        world.http.go_down();
        harms.clear();
    }
    let title = format!("Task of seed {seed}");
    let output = world.orch(&["task", "add", &title, "--type", "chore", "--push"], way);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_there = world.holds(&title);
    let what = format!("seed {seed}, {way}, {harms:?}: {told}");
    match output.status.code() {
        Some(0) => assert!(is_there, "exit 0, and it is not there; {what}"),
        Some(1) => {
            assert!(told.starts_with("error: ") && told.contains("hint: "), "without a reason; {what}");
        }
        code => panic!("exit {code:?}; {what}"),
    }
    world.http.heal();
    let output = world.orch(&["tick", "--push"], way);
    assert!(output.status.success(), "{what}\nthen {}", String::from_utf8_lossy(&output.stderr));
    assert!(world.told().matches(&title).count() <= 1, "done twice; {what}");
    let tip = world.is_at();
    assert_eq!(world.sandbox.tip("orch/state"), tip, "both are at the same tick; {what}");
    world.orch(&["tick", "--push"], way);
    assert_eq!(world.is_at(), tip, "the second tick does nothing; {what}");
    output.status.success() && is_there
}

/// The whole of it: `ORCH_TEST_SEEDS=200 cargo test servers::whatever -- --nocapture`.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn whatever_a_server_does_exit_0_means_that_it_is_there() {
    let seeds: Vec<u64> = seeds(12).collect();
    let worlds = 3.min(seeds.len());
    let done = in_parallel(worlds, |number| {
        let world = World::new();
        let own = seeds.iter().skip(number).step_by(worlds);
        let arrived = own.filter(|seed| one(&world, **seed)).count();
        world.sandbox.ok(&["fsck"]);
        world.sandbox.git(&["-C", text(&world.bare), "fsck", "--strict"]);
        arrived
    });
    let arrived: usize = done.iter().sum();
    eprintln!("{} cases, {arrived} arrived; 0 exits with 0 without the commit on the remote", seeds.len());
}

#[test]
fn a_rule_that_refuses_is_named_with_what_helps() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    let hook = world.bare.join("hooks/pre-receive");
    let say = |words: &str| {
        std::fs::write(&hook, format!("#!/bin/sh\ncat >&2 <<'END'\n{words}\nEND\nexit 1\n")).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    say(
        "error: GH006: Protected branch update failed for refs/heads/orch/state.\nerror: Changes must be made through a pull request.",
    );
    for way in ["git", "http"] {
        let output = world.orch(&["task", "add", "One", "--type", "chore", "--push"], way);
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(told.trim_end(), @"
            error: the remote refuses the state branch: [remote rejected] (pre-receive hook declined)
            error: GH006: Protected branch update failed for refs/heads/orch/state.
            error: Changes must be made through a pull request.

            hint: nothing was changed; the branch takes pull requests only: take the state branch out of the rule that requires pull requests; it may still forbid force pushes and deletion
            ");
        }
    }
    world.http.harm(super::git_http::Asked::LookToFetch, super::git_http::Harm::Forbidden, 100);
    let output = world.orch(&["task", "add", "One", "--type", "chore", "--push"], "http");
    insta::assert_snapshot!(String::from_utf8(output.stderr).unwrap().trim_end(), @"
    error: `git fetch` failed: the requested URL returned error: 403

    hint: nothing was changed here; whoever pushes has no right to write: give the account or token the right to write contents; in GitHub Actions: `permissions: { contents: write }`
    ");
}

#[test]
fn without_git_it_goes_over_http_and_says_what_else_it_cannot_do() {
    let world = World::new();
    let nowhere = world.sandbox.cwd.join("empty");
    std::fs::create_dir(&nowhere).unwrap();
    let without_git = |args: &[&str]| {
        let output = world.sandbox.orch_command(args).env("PATH", &nowhere).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, told) = without_git(&["task", "add", "By itself", "--type", "chore", "--push"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(world.holds("By itself"));
    world.sandbox.git(&["remote", "set-url", "origin", text(&world.bare)]);
    let (code, told) = without_git(&["tick", "--push"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(told.trim_end(), @"
    error: a remote by `file` is reached through the `git` command, which is not found here

    hint: nothing was changed here; install git, or give the remote an address that begins with `https://`
    ");
}

#[test]
fn limits_that_are_none_are_refused() {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: limits\n");
    for (name, value) in
        [("ORCH_NETWORK_TIMEOUT", "soon"), ("ORCH_NETWORK_TIMEOUT", "0s"), ("ORCH_TRANSPORT", "pigeon")]
    {
        let output = sandbox.orch_command(&["status"]).env(name, value).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(name) && told.contains(value), "{told}");
    }
}

#[test]
fn a_server_that_is_still_at_it_is_not_told_as_a_failure() {
    use std::os::unix::fs::PermissionsExt as _;
    for way in ["git", "http"] {
        let world = World::new();
        let hook = world.bare.join("hooks/pre-receive");
        std::fs::write(&hook, "#!/bin/sh\nsleep 5\n").unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        let output = world.orch(&["task", "add", "Slow", "--type", "x", "--push"], way);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{way}: {said}");
        assert!(said.contains("the remote did not say whether it took the state"), "{way}: {said}");
        assert!(said.contains("it may be there or not"), "{way}: {said}");
    }
}
