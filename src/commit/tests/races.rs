//! Many writers, one branch: nothing that was acknowledged is ever lost.

use std::thread;

use super::*;
use crate::commit::{Pushed, Reconciled, Remote};
use crate::ports::Repo;

const WRITERS: u32 = 8;

/// What a writer's acknowledged tasks must be found as.
fn expect_all(branch: &StateBranch<'_>, acknowledged: &[u32], ticks: u64) {
    let tip = branch.tip().unwrap();
    let state = branch.load(&tip).unwrap();
    let lost: Vec<_> = acknowledged.iter().filter(|&&number| !state.is_known(&code(number))).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert_eq!(tip.head.serial, ticks, "each acknowledged tick is one commit");
    sound(branch);
}

fn write_locally(dir: &Path, writer: u32, ticks: u32, in_turn: bool) -> Vec<u32> {
    let repo = open(dir);
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    let mut acknowledged = Vec::new();
    for number in (0..ticks).map(|n| 1 + writer * 1_000 + n) {
        loop {
            let _turn = in_turn.then(|| branch.turn().unwrap());
            let tip = branch.tip().unwrap();
            let state = branch.load(&tip).unwrap();
            let prepared = prepare(&branch, &tip, state, vec![task(number)]).unwrap();
            if matches!(branch.settle(prepared).unwrap(), Outcome::Committed(_)) {
                break acknowledged.push(number);
            }
        }
    }
    acknowledged
}

#[test]
fn writers_on_one_clone_lose_nothing() {
    for (in_turn, ticks) in [(true, 8), (false, 5)] {
        let folder = Folder::repository();
        let repo = open(folder.path());
        let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
        tick(&branch, vec![created()]);
        let acknowledged: Vec<u32> = thread::scope(|scope| {
            let write = |writer| write_locally(folder.path(), writer, ticks, in_turn);
            let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || write(writer))).collect();
            writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
        });
        assert_eq!(acknowledged.len(), (WRITERS * ticks) as usize);
        expect_all(&branch, &acknowledged, 1 + u64::from(WRITERS * ticks));
        git(folder.path(), &["fsck", "--strict"]);
    }
}

/// What a writer decided on a state holds for that state alone.
#[test]
fn what_was_decided_before_somebody_else_wrote_is_not_put_on_top() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    tick(&branch, vec![created()]);
    let tip = branch.tip().unwrap();
    let state = branch.load(&tip).unwrap();
    let early = prepare(&branch, &tip, state.clone(), vec![task(1)]).unwrap();
    commit(&branch, &tip, state.clone(), vec![task(2)]);
    let late = prepare(&branch, &tip, state, vec![task(3)]).unwrap();
    for prepared in [early, late] {
        assert!(matches!(branch.settle(prepared).unwrap(), Outcome::Moved));
    }
    expect_all(&branch, &[2], 2);
}

#[test]
fn the_first_tick_is_made_once() {
    let folder = Folder::repository();
    let outcomes: Vec<bool> = thread::scope(|scope| {
        let dir = folder.path();
        let begin = move |writer: u32| {
            let repo = open(dir);
            let branch = StateBranch::new(&repo, BRANCH);
            let fact = Fact::StateCreated { lineage: writer.to_string().into(), project: "demo".into() };
            let prepared = prepare(&branch, &Tip::unborn(), State::default(), vec![fact]).unwrap();
            matches!(branch.settle(prepared).unwrap(), Outcome::Committed(_))
        };
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || begin(writer))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|&&committed| committed).count(), 1);
    let repo = open(folder.path());
    assert_eq!(StateBranch::new(&repo, BRANCH).tip().unwrap().head.serial, 1);
}

fn write_remotely(url: &str, writer: u32, ticks: u32) -> Vec<u32> {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let git = cli(&repo);
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    let remote = Remote { transport: &git, name: url };
    let mut acknowledged = Vec::new();
    for number in (0..ticks).map(|n| 1 + writer * 1_000 + n) {
        loop {
            let Reconciled::Ready { tip, remote: expected, .. } = branch.reconcile(&remote).unwrap() else {
                panic!("a push moves the branch only after the remote")
            };
            let state = branch.load(&tip).unwrap();
            let prepared = prepare(&branch, &tip, state, vec![task(number)]).unwrap();
            match branch.push(prepared, &remote, expected).unwrap() {
                Pushed::Accepted(_) => break acknowledged.push(number),
                Pushed::Moved => thread::sleep(std::time::Duration::from_millis(fastrand::u64(0..150))),
                other => panic!("{other:?}"),
            }
        }
    }
    acknowledged
}

#[test]
fn clones_that_push_over_http_lose_nothing() {
    let root = Folder::empty();
    let server = bare(root.path(), "state.git");
    git(&server, &["config", "core.fsync", "none"]);
    let url = GitHttp::serve(root.path()).url("state.git");
    let repo = open(&server);
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    tick(&branch, vec![created()]);
    let (clones, ticks) = (4, 4);
    let acknowledged: Vec<u32> = thread::scope(|scope| {
        let write = |writer| write_remotely(&url, writer, ticks);
        let writers: Vec<_> = (0..clones).map(|writer| scope.spawn(move || write(writer))).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(acknowledged.len(), (clones * ticks) as usize);
    assert!(repo.reference("refs/heads/orch/state").unwrap().is_some());
    expect_all(&branch, &acknowledged, 1 + u64::from(clones * ticks));
    git(&server, &["fsck", "--strict"]);
}

/// Where the child of the test below writes; as a test of its own it has nothing to do.
const KILLED: &str = "ORCH_TEST_KILLED_WRITER";

#[test]
#[ignore = "the child of `killed_writers_lose_nothing`"]
fn killed_writer() {
    let Ok(dir) = std::env::var(KILLED) else { return };
    let dir = Path::new(&dir);
    let repo = open(dir);
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    loop {
        let _turn = branch.turn().unwrap();
        let number = branch.load(&branch.tip().unwrap()).unwrap().next_number("CONTENT");
        tick(&branch, vec![task(number)]);
        std::fs::write(dir.join(format!("acknowledged-{number}")), "").unwrap();
    }
}

#[test]
fn killed_writers_lose_nothing() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    tick(&branch, vec![created()]);
    for _ in 0..12 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "commit::tests::races::killed_writer"])
            .env(KILLED, folder.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(std::time::Duration::from_millis(fastrand::u64(20..120)));
        child.kill().unwrap();
        child.wait().unwrap();
        // Git has no other way than a lock file; whoever is killed holding it leaves it behind.
        let _ = std::fs::remove_file(folder.path().join(".git/refs/heads/orch/state.lock"));
        let _turn = branch.turn().unwrap();
    }
    let names = std::fs::read_dir(folder.path()).unwrap().flatten().map(|file| file.file_name());
    let acknowledged: Vec<u32> =
        names.filter_map(|name| name.to_str()?.strip_prefix("acknowledged-")?.parse().ok()).collect();
    assert!(!acknowledged.is_empty(), "no writer lived long enough");
    // The last one before a kill may be there without having been acknowledged.
    let ticks = branch.tip().unwrap().head.serial;
    assert!((1..=12).contains(&(ticks - acknowledged.len() as u64)), "{ticks} ticks");
    expect_all(&branch, &acknowledged, ticks);
}
