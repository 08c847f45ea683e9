//! What every way to a remote must do, over smart HTTP: by the `git` command, and by `orch` itself.

use std::time::{Duration, Instant};

use super::git_http::{Asked, Harm};
use super::*;
use crate::adapters::git_http::SmartHttp;
use crate::ports::{ObjectId, PushReply, Repo, Transport, TransportError};

/// Makes a way to remotes for a repository, with a limit of time on each exchange.
type Make = fn(&GitRepo, Duration) -> Box<dyn Transport>;

const LIMIT: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_secs(1);

fn by_git(repo: &GitRepo, limit: Duration) -> Box<dyn Transport> {
    Box::new(cli(repo).with_timeout(limit))
}

fn by_orch(repo: &GitRepo, limit: Duration) -> Box<dyn Transport> {
    Box::new(SmartHttp::new(repo.git_dir()).with_timeout(limit))
}

/// A server with an empty repository and two clones, of which the first has three ticks.
struct World {
    root: Folder,
    http: GitHttp,
    here: Folder,
    there: Folder,
    ticks: [ObjectId; 3],
    make: Make,
}

impl World {
    fn new(make: Make) -> Self {
        let root = Folder::empty();
        let server = bare(root.path(), "state.git");
        git(&server, &["config", "core.fsync", "none"]);
        let http = GitHttp::serve(root.path());
        let (here, there) = (Folder::repository(), Folder::repository());
        for folder in [&here, &there] {
            git(folder.path(), &["remote", "add", "origin", &http.url("state.git")]);
        }
        let repo = open(here.path());
        let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
        let ticks = [vec![created()], vec![task(1)], vec![task(2)]]
            .map(|facts| tick(&branch, facts).tip.commit.unwrap());
        Self { root, http, here, there, ticks, make }
    }

    fn server(&self) -> PathBuf {
        self.root.path().join("state.git")
    }

    fn way(&self, folder: &Folder) -> Box<dyn Transport> {
        (self.make)(&open(folder.path()), LIMIT)
    }

    /// Where the branch of the server is.
    fn at(&self) -> Option<ObjectId> {
        open(&self.server()).reference(&format!("refs/heads/{BRANCH}")).unwrap()
    }

    fn push(&self, expected: Option<ObjectId>, new: ObjectId) -> PushReply {
        self.way(&self.here).push("origin", BRANCH, expected, new).unwrap()
    }

    /// With the second tick on the server.
    fn begun(make: Make) -> Self {
        let world = Self::new(make);
        assert_eq!(world.push(None, world.ticks[1]), PushReply::Accepted);
        world
    }

    fn hook(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let hook = self.server().join("hooks").join(name);
        std::fs::write(&hook, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn what_is_accepted_is_there(make: Make) {
    let world = World::new(make);
    let [first, second, third] = world.ticks;
    let there = world.way(&world.there);
    assert_eq!(there.fetch("origin", BRANCH, true).unwrap(), None, "no such branch yet");
    assert_eq!(world.push(None, first), PushReply::Accepted, "a new branch");
    assert_eq!(world.push(Some(first), third), PushReply::Accepted, "two ticks at once");
    assert_eq!(world.at(), Some(third));
    assert_eq!(world.push(Some(second), third), PushReply::Accepted, "it is there already");
    assert_eq!(there.fetch("origin", BRANCH, true).unwrap(), Some(third));
    assert_eq!(there.fetch("origin", BRANCH, false).unwrap(), Some(third), "nothing new");
    assert_eq!(there.fetch("origin", "orch/other", false).unwrap(), None);

    // All of it has come, and it goes on from there, by address as well.
    let repo = open(world.there.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    assert!(repo.swap(&branch.reference(), None, third, "test").unwrap());
    sound(&branch);
    let fourth = tick(&branch, vec![task(3)]).tip.commit.unwrap();
    let url = world.http.url("state.git");
    assert_eq!(there.push(&url, BRANCH, Some(third), fourth).unwrap(), PushReply::Accepted);
    assert_eq!(world.way(&world.here).fetch(&url, BRANCH, false).unwrap(), Some(fourth));
    git(&world.server(), &["fsck", "--strict"]);
    git(world.here.path(), &["fsck", "--strict"]);
}

fn who_is_late_is_told_and_nothing_moves(make: Make) {
    let world = World::begun(make);
    let [first, second, third] = world.ticks;
    for expected in [None, Some(first), Some(third)] {
        assert_eq!(world.push(expected, third), PushReply::Moved, "{expected:?}");
        assert_eq!(world.at(), Some(second));
    }
    let gone = World::new(make);
    assert_eq!(gone.push(Some(first), second), PushReply::Moved, "it was deleted meanwhile");
    assert_eq!(gone.at(), None);
}

/// The server looked, and by the time it moves the branch somebody else has.
fn who_is_overtaken_is_told(make: Make) {
    let world = World::begun(make);
    let [first, second, third] = world.ticks;
    // git moves no references while new objects are on probation, unless it does not know that they are.
    let update = format!("unset GIT_QUARANTINE_PATH; git update-ref refs/heads/{BRANCH} {first} {second}");
    world.hook("pre-receive", &update);
    assert_eq!(world.push(Some(second), third), PushReply::Overtaken);
    assert_eq!(world.at(), Some(first));
}

fn who_is_refused_hears_the_words(make: Make) {
    let world = World::begun(make);
    world.hook("pre-receive", "echo 'error: GH013: Repository rule violations' >&2; exit 1");
    let reply = world.push(Some(world.ticks[1]), world.ticks[2]);
    let words = "[remote rejected] (pre-receive hook declined)\nerror: GH013: Repository rule violations";
    assert_eq!(reply, PushReply::Refused(words.into()));
    world.hook("pre-receive", "exit 0");
    world.hook("update", "echo 'not this one' >&2; exit 1");
    let reply = world.push(Some(world.ticks[1]), world.ticks[2]);
    let PushReply::Refused(words) = reply else { panic!("{reply:?}") };
    assert!(words.starts_with("[remote rejected] (hook declined)\nnot this one\n"), "{words}");
    assert_eq!(world.at(), Some(world.ticks[1]));
}

fn what_is_not_answered_is_unknown(make: Make) {
    for (harm, is_done) in [
        (Harm::DropBefore, false),
        (Harm::DropAfter, true),
        (Harm::ErrorBefore, false),
        (Harm::ErrorAfter, true),
        (Harm::Truncate, true),
    ] {
        let world = World::begun(make);
        world.http.harm(Asked::Push, harm, 100);
        let reply = world.push(Some(world.ticks[1]), world.ticks[2]);
        let is_at = world.at() == Some(world.ticks[2]);
        assert_eq!(is_at, is_done, "{harm:?}");
        // Some clients send it again by themselves, and hear that they were overtaken.
        let is_open = matches!(reply, PushReply::Unknown(_) | PushReply::Overtaken);
        assert!(is_open || is_done && reply == PushReply::Accepted, "{harm:?}: {reply:?}");
    }
    let world = World::begun(make);
    world.http.harm(Asked::Push, Harm::Slow, 1);
    assert_eq!(world.push(Some(world.ticks[1]), world.ticks[2]), PushReply::Accepted, "slow is not wrong");
}

fn silence_is_given_up(make: Make) {
    for (harm, is_done) in [(Harm::HangBefore, false), (Harm::HangAfter, true)] {
        let world = World::begun(make);
        world.http.harm(Asked::Push, harm, 1);
        let began = Instant::now();
        let way = make(&open(world.here.path()), SHORT);
        let reply = way.push("origin", BRANCH, Some(world.ticks[1]), world.ticks[2]).unwrap();
        let PushReply::Late(words) = reply else { panic!("{reply:?}") };
        assert!(words.contains("took longer than 1 s"), "{words}");
        assert!(began.elapsed() < 8 * SHORT, "{:?}", began.elapsed());
        assert_eq!(world.at() == Some(world.ticks[2]), is_done);
    }
    let world = World::begun(make);
    world.http.harm(Asked::LookToFetch, Harm::HangBefore, 1);
    let error = make(&open(world.there.path()), SHORT).fetch("origin", BRANCH, true).unwrap_err();
    assert_eq!(error, TransportError::TimedOut { command: "fetch", seconds: 1 });
}

fn a_fetch_that_breaks_leaves_nothing_half(make: Make) {
    let world = World::begun(make);
    let there = world.way(&world.there);
    for asked in [Asked::LookToFetch, Asked::Fetch] {
        for harm in [Harm::DropBefore, Harm::DropAfter, Harm::ErrorBefore, Harm::Truncate, Harm::Forbidden] {
            world.http.harm(asked, harm, 100);
            let error = there.fetch("origin", BRANCH, true).unwrap_err();
            assert!(matches!(error, TransportError::Failed { .. }), "{asked:?} {harm:?}: {error}");
            world.http.heal();
        }
    }
    git(world.there.path(), &["fsck", "--strict"]);
    assert_eq!(there.fetch("origin", BRANCH, true).unwrap(), Some(world.ticks[1]));
    let repo = open(world.there.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    assert!(repo.swap(&branch.reference(), None, world.ticks[1], "test").unwrap());
    sound(&branch);
}

fn who_may_not_is_told(make: Make) {
    let world = World::begun(make);
    for harm in [Harm::Forbidden, Harm::Unauthorized] {
        world.http.harm(Asked::LookToPush, harm, 100);
        let told = match world.way(&world.here).push("origin", BRANCH, Some(world.ticks[1]), world.ticks[2]) {
            Ok(PushReply::Unknown(words)) => words,
            Err(error) => error.to_string(),
            Ok(reply) => panic!("{harm:?}: {reply:?}"),
        };
        let is_clear = ["403", "401", "could not read Username"].iter().any(|text| told.contains(text));
        assert!(is_clear, "{told}");
        world.http.heal();
    }
    assert_eq!(world.at(), Some(world.ticks[1]));
}

fn bad_names_are_refused(make: Make) {
    let world = World::new(make);
    let way = world.way(&world.here);
    for (remote, branch) in
        [("--upload-pack=x", "b"), ("", "b"), ("origin", "-b"), ("origin", "a..b"), ("o\n", "b")]
    {
        let bad = |error| matches!(error, TransportError::BadName(_));
        assert!(bad(way.fetch(remote, branch, false).unwrap_err()), "{remote} {branch}");
        assert!(bad(way.push(remote, branch, None, world.ticks[0]).unwrap_err()), "{remote} {branch}");
    }
    let error = way.fetch("nowhere", BRANCH, false).unwrap_err();
    assert!(matches!(error, TransportError::Failed { .. }), "{error}");
}

fn a_cut_clone_begins_at_the_tip(make: Make) {
    let world = World::begun(make);
    git(world.here.path(), &["commit", "--quiet", "--allow-empty", "-m", "one"]);
    git(world.here.path(), &["commit", "--quiet", "--allow-empty", "-m", "two"]);
    git(world.here.path(), &["push", "--quiet", "origin", "main"]);
    let folder = Folder::empty();
    let url = world.http.url("state.git");
    git(folder.path(), &["clone", "--quiet", "--depth=1", "--branch=main", &url, "."]);
    let way = world.way(&folder);
    assert_eq!(way.fetch("origin", BRANCH, true).unwrap(), Some(world.ticks[1]));
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    assert!(repo.swap(&branch.reference(), None, world.ticks[1], "test").unwrap());
    assert_eq!(branch.history(&branch.tip().unwrap()).count(), 1, "history is cut");
    // It can go on from there, and hear of what others do.
    let own = tick(&branch, vec![task(8)]).tip.commit.unwrap();
    assert_eq!(way.push("origin", BRANCH, Some(world.ticks[1]), own).unwrap(), PushReply::Accepted);
    let here = open(world.here.path());
    assert_eq!(world.way(&world.here).fetch("origin", BRANCH, false).unwrap(), Some(own));
    let ours = StateBranch::new(&here, BRANCH).with_bounds(TINY);
    assert!(here.swap(&ours.reference(), Some(world.ticks[2]), own, "test").unwrap());
    let next = tick(&ours, vec![task(9)]).tip.commit.unwrap();
    assert_eq!(world.push(Some(own), next), PushReply::Accepted);
    assert_eq!(way.fetch("origin", BRANCH, false).unwrap(), Some(next));
    git(folder.path(), &["fsck", "--strict"]);
    git(&world.server(), &["fsck", "--strict"]);
}

/// All of it for one way.
macro_rules! conforms {
    ($name:ident, $make:expr) => {
        mod $name {
            use super::*;

            conforms!(@ $make, what_is_accepted_is_there, who_is_late_is_told_and_nothing_moves,
                who_is_overtaken_is_told, who_is_refused_hears_the_words, what_is_not_answered_is_unknown,
                silence_is_given_up, a_fetch_that_breaks_leaves_nothing_half, who_may_not_is_told,
                bad_names_are_refused, a_cut_clone_begins_at_the_tip);
        }
    };
    (@ $make:expr, $($case:ident),*) => {
        $(#[test]
        fn $case() {
            super::$case($make);
        })*
    };
}

conforms!(git_command, by_git);
conforms!(smart_http, by_orch);

#[test]
fn paths_and_other_addresses_need_git() {
    let world = World::new(by_orch);
    let way = world.way(&world.here);
    let path = world.server();
    let path = path.to_str().unwrap();
    for (remote, named) in [
        (path, "file"),
        (&*format!("file://{path}"), "file"),
        ("git@example.com:x.git", "ssh"),
        ("ssh://example.com/x.git", "ssh"),
    ] {
        let needs = TransportError::NeedsGit { scheme: named.into() };
        assert_eq!(way.fetch(remote, BRANCH, false).unwrap_err(), needs, "{remote}");
        assert_eq!(way.push(remote, BRANCH, None, world.ticks[0]).unwrap_err(), needs, "{remote}");
    }
    assert_eq!(world.at(), None, "libgit2 itself would have moved it");
}
