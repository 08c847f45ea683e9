//! One clone and its remote over real HTTP: who is ahead, refusals, lost answers.

use std::time::Duration;

use super::git_http::{Asked, Harm};
use super::*;
use crate::commit::{Archived, Diverged, Pushed, Reconciled, Remote};
use crate::ports::{ObjectId, Repo, TransportError};

/// A server with an empty repository, and two clones of it.
struct Team {
    root: Folder,
    http: GitHttp,
    here: Folder,
    there: Folder,
}

impl Team {
    fn new() -> Self {
        let root = Folder::empty();
        bare(root.path(), "state.git");
        let http = GitHttp::serve(root.path());
        let team = Self { root, http, here: Folder::repository(), there: Folder::repository() };
        for folder in [&team.here, &team.there] {
            git(folder.path(), &["remote", "add", "origin", &team.http.url("state.git")]);
        }
        team
    }

    fn server(&self) -> PathBuf {
        self.root.path().join("state.git")
    }
}

/// A clone as a tick uses it.
struct Clone {
    repo: GitRepo,
    git: GitCli,
}

impl Clone {
    fn of(folder: &Folder) -> Self {
        let repo = open(folder.path());
        let git = cli(&repo);
        Self { repo, git }
    }

    fn branch(&self) -> StateBranch<'_> {
        StateBranch::new(&self.repo, BRANCH).with_bounds(TINY)
    }

    fn remote(&self) -> Remote<'_> {
        Remote { transport: &self.git, name: "origin" }
    }

    fn ready(&self) -> (Tip, Option<ObjectId>, bool) {
        match self.branch().reconcile(&self.remote()).unwrap() {
            Reconciled::Ready { tip, remote, forwarded } => (*tip, remote, forwarded),
            Reconciled::Diverged(diverged) => panic!("{diverged:?}"),
        }
    }

    fn diverged(&self) -> Diverged {
        match self.branch().reconcile(&self.remote()).unwrap() {
            Reconciled::Diverged(diverged) => *diverged,
            ready @ Reconciled::Ready { .. } => panic!("{ready:?}"),
        }
    }

    /// Plans one tick more on what is there and sends it.
    fn push(&self, facts: Vec<Fact>) -> Pushed {
        let (tip, expected, _) = self.ready();
        self.push_on(&tip, expected, facts)
    }

    fn push_on(&self, tip: &Tip, expected: Option<ObjectId>, facts: Vec<Fact>) -> Pushed {
        let branch = self.branch();
        let prepared = prepare(&branch, tip, branch.load(tip).unwrap(), facts).unwrap();
        branch.push(prepared, &self.remote(), expected).unwrap()
    }
}

#[test]
fn two_clones_follow_each_other() {
    let team = Team::new();
    let (here, there) = (Clone::of(&team.here), Clone::of(&team.there));
    assert_eq!(here.ready(), (Tip::unborn(), None, false), "the remote has no such branch");
    let Pushed::Accepted(first) = here.push(vec![created(), task(1)]) else { panic!() };
    assert_eq!(here.branch().tip().unwrap(), first.tip);
    assert_eq!(there.ready(), (first.tip.clone(), first.tip.commit, true));
    assert!(matches!(there.push(vec![task(2)]), Pushed::Accepted(_)));

    // Ticks that were only committed go along with the next push.
    let (tip, ..) = here.ready();
    assert_eq!(tip.head.serial, 2);
    tick(&here.branch(), vec![task(3)]);
    tick(&here.branch(), vec![task(4)]);
    let (tip, expected, forwarded) = here.ready();
    assert_eq!((tip.head.serial, forwarded), (4, false));
    assert!(matches!(here.push_on(&tip, expected, vec![task(5)]), Pushed::Accepted(_)));
    assert_eq!(there.ready().0.head.serial, 5);
    sound(&there.branch());
}

#[test]
fn who_comes_late_is_told_so_and_nothing_moves() {
    let team = Team::new();
    let (here, there) = (Clone::of(&team.here), Clone::of(&team.there));
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
    let (tip, expected, _) = there.ready();
    assert!(matches!(here.push(vec![task(1)]), Pushed::Accepted(_)));
    assert!(matches!(there.push_on(&tip, expected, vec![task(2)]), Pushed::Moved));
    assert_eq!(there.branch().tip().unwrap().head.serial, 1, "what was not accepted does not count here");
    // A first tick where there is one already.
    let alien = Folder::repository();
    git(alien.path(), &["remote", "add", "origin", &team.http.url("state.git")]);
    let alien = Clone::of(&alien);
    assert!(matches!(alien.push_on(&Tip::unborn(), None, vec![created()]), Pushed::Moved));
}

#[test]
fn local_ticks_that_lost_are_given_back() {
    let team = Team::new();
    let (here, there) = (Clone::of(&team.here), Clone::of(&team.there));
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
    there.ready();
    let base = there.branch().tip().unwrap().commit;
    for number in [1, 2, 3, 4] {
        assert!(matches!(here.push(vec![task(number)]), Pushed::Accepted(_)));
    }
    tick(&there.branch(), vec![task(10)]);
    let lost = tick(&there.branch(), vec![task(11), completed(10)]);

    let diverged = there.diverged();
    assert_eq!(diverged.base, base);
    let events: Vec<Event> = diverged.local_only.iter().flat_map(|entry| entry.events.clone()).collect();
    assert_eq!(events, [event(2, task(10)), event(3, task(11)), event(3, completed(10))]);
    let tip = there.branch().adopt_remote(&diverged, None).unwrap().unwrap();
    assert_eq!(Some(tip), Some(here.branch().tip().unwrap()));
    let kept = format!("refs/orch/diverged/{}", lost.tip.commit.unwrap().short());
    assert_eq!(there.repo.reference(&kept).unwrap(), lost.tip.commit);
    assert!(matches!(there.push(vec![task(10), task(11)]), Pushed::Accepted(_)));
    sound(&there.branch());
}

#[test]
fn another_project_is_refused() {
    let team = Team::new();
    let (here, there) = (Clone::of(&team.here), Clone::of(&team.there));
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
    tick(&there.branch(), vec![Fact::StateCreated { lineage: "other".into(), project: "other".into() }]);
    let error = there.branch().reconcile(&there.remote()).unwrap_err();
    assert_eq!(error.to_string(), "the state belongs to another project (lineage `4f2a`, expected `other`)");
}

#[test]
fn a_hook_that_declines_is_quoted() {
    let team = Team::new();
    let here = Clone::of(&team.here);
    let hook = team.server().join("hooks/pre-receive");
    std::fs::write(&hook, "#!/bin/sh\necho 'state is frozen until Monday' >&2\nexit 1\n").unwrap();
    make_executable(&hook);
    let Pushed::Refused { words } = here.push(vec![created()]) else { panic!() };
    assert_eq!(words, "[remote rejected] (pre-receive hook declined)\nstate is frozen until Monday");
    assert_eq!(here.branch().tip().unwrap(), Tip::unborn());
    std::fs::remove_file(hook).unwrap();
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn an_answer_that_got_lost_is_found_out() {
    let team = Team::new();
    let here = Clone::of(&team.here);
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
    // Once: the HTTP library sends the push again, and the server finds itself overtaken by it.
    // Often: there is no answer at all.
    for (number, times) in [(1, 1), (2, 100)] {
        team.http.heal();
        team.http.harm(Asked::Push, Harm::DropAfter, times);
        let Pushed::Accepted(arrived) = here.push(vec![task(number)]) else { panic!("it had arrived") };
        assert_eq!(here.branch().tip().unwrap(), arrived.tip);
    }
    team.http.heal();
    team.http.harm(Asked::Push, Harm::DropBefore, 100);
    assert!(matches!(here.push(vec![task(3)]), Pushed::Failed { .. }), "it had not");
    assert_eq!(here.branch().tip().unwrap().head.serial, 3);
    team.http.heal();
    assert!(matches!(here.push(vec![task(3)]), Pushed::Accepted(_)));
    sound(&here.branch());
}

#[test]
fn a_server_that_hangs_is_given_up() {
    let team = Team::new();
    let mut here = Clone::of(&team.here);
    here.git = cli(&here.repo).with_timeout(Duration::from_secs(1));
    team.http.harm(Asked::Push, Harm::HangBefore, 1);
    // That it has not happened yet does not mean that it will not: the server may still be at it.
    let Pushed::Unknown { words } = here.push(vec![created()]) else { panic!() };
    assert_eq!(words, "`git push` took longer than 1 s");
}

#[test]
fn a_server_that_is_not_there_is_an_error_in_its_words() {
    let team = Team::new();
    let here = Clone::of(&team.here);
    let remote = Remote { transport: &here.git, name: "http://127.0.0.1:1/x.git" };
    let error = here.branch().reconcile(&remote).unwrap_err();
    assert!(
        matches!(&error, StoreError::Transport(TransportError::Failed { command: "fetch", .. })),
        "{error}"
    );
}

#[test]
fn a_shallow_clone_works_from_the_tip_and_knows_where_it_ends() {
    let team = Team::new();
    let here = Clone::of(&team.here);
    git(team.here.path(), &["commit", "--quiet", "--allow-empty", "-m", "one"]);
    git(team.here.path(), &["commit", "--quiet", "--allow-empty", "-m", "two"]);
    git(team.here.path(), &["push", "--quiet", "origin", "main"]);
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
    for number in 1..=10 {
        let facts = if number == 2 { vec![task(2), completed(2)] } else { vec![task(number)] };
        assert!(matches!(here.push(facts), Pushed::Accepted(_)));
    }

    let folder = Folder::empty();
    let url = team.http.url("state.git");
    git(folder.path(), &["clone", "--quiet", "--depth=1", "--branch=main", &url, "."]);
    let shallow = Clone::of(&folder);
    let (tip, expected, forwarded) = shallow.ready();
    assert_eq!((tip.head.serial, forwarded), (11, true));
    let mut history = shallow.branch().history(&tip).collect::<Vec<_>>();
    assert_eq!(history.len(), 1);
    assert_eq!(history.pop().unwrap().unwrap().events, [event(11, task(10))]);
    assert!(matches!(shallow.branch().find_archived(&tip, &code(2)), Ok(Archived::OutOfReach(_))));
    sound(&shallow.branch());

    assert!(matches!(shallow.push_on(&tip, expected, vec![task(11)]), Pushed::Accepted(_)));
    assert!(matches!(here.push(vec![task(12)]), Pushed::Accepted(_)));
    let (tip, ..) = shallow.ready();
    assert_eq!(tip.head.serial, 13);
    let branch = shallow.branch();
    let mut history = branch.history(&tip);
    assert_eq!(history.by_ref().count(), 3);
    assert!(history.ends_at().is_some());
    sound(&branch);
    git(folder.path(), &["fetch", "--quiet", "--unshallow", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
    let whole = Clone::of(&folder);
    assert_eq!(whole.branch().history(&tip).count(), 13);
    assert!(matches!(whole.branch().find_archived(&tip, &code(2)), Ok(Archived::Found(_))));
    sound(&whole.branch());
}

#[test]
fn a_server_that_goes_away_leaves_it_open() {
    let team = Team::new();
    let here = Clone::of(&team.here);
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
    let (tip, expected, _) = here.ready();
    team.http.go_down();
    assert!(matches!(here.push_on(&tip, expected, vec![task(1)]), Pushed::Unknown { .. }));
    assert_eq!(here.branch().tip().unwrap(), tip);
}

#[test]
fn a_partial_clone_gets_what_it_left_out() {
    let team = Team::new();
    let here = Clone::of(&team.here);
    git(team.here.path(), &["commit", "--quiet", "--allow-empty", "-m", "one"]);
    git(team.here.path(), &["push", "--quiet", "origin", "main"]);
    git(&team.server(), &["config", "uploadpack.allowFilter", "true"]);
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
    assert!(matches!(here.push(vec![task(1)]), Pushed::Accepted(_)));

    let folder = Folder::empty();
    let url = team.http.url("state.git");
    git(folder.path(), &["clone", "--quiet", "--filter=blob:none", "--branch=main", &url, "."]);
    let partial = Clone::of(&folder);
    assert_eq!(partial.ready().0.head.serial, 2);
    assert!(matches!(here.push(vec![task(2)]), Pushed::Accepted(_)));
    assert!(matches!(partial.push(vec![task(3)]), Pushed::Accepted(_)));
    sound(&partial.branch());
}

#[test]
fn a_lock_that_a_killed_fetch_left_goes_when_nobody_can_hold_it_any_more() {
    let team = Team::new();
    let (here, mut there) = (Clone::of(&team.here), Clone::of(&team.there));
    assert!(matches!(here.push(vec![created()]), Pushed::Accepted(_)));
    there.git = cli(&there.repo).with_timeout(Duration::from_secs(1));
    let lock = team.there.path().join(".git/refs/orch/remote/origin/orch/state.lock");
    std::fs::create_dir_all(lock.parent().unwrap()).unwrap();
    std::fs::write(&lock, "").unwrap();
    let error = there.branch().reconcile(&there.remote()).unwrap_err();
    assert!(error.to_string().contains("File exists"), "it may be held: {error}");
    let long_ago = std::time::SystemTime::now() - Duration::from_mins(1);
    std::fs::File::options().write(true).open(&lock).unwrap().set_modified(long_ago).unwrap();
    assert_eq!(there.ready().0.head.serial, 1);
    assert!(!lock.exists());
}
