//! The state branch on real repositories, in folders of their own and away from everybody's git settings.
#![expect(clippy::disallowed_methods, reason = "tests prepare and damage repositories on disk")]

mod compaction;
mod conformance;
mod fsck;
#[path = "../../tests/support/git_http.rs"]
mod git_http;
mod kinds;
mod races;
mod remote;
mod roundtrip;
mod simulated;
mod speed;
mod tampering;

use std::path::{Path, PathBuf};

use git_http::{GitHttp, HERMETIC, bare, git, git_command};

use super::{Bounds, Committed, Outcome, Prepared, StateBranch, StoreError, Tick, Tip};
use crate::adapters::git::GitRepo;
use crate::adapters::git_cli::GitCli;
use crate::model::{Code, Event, Fact, Given, NewTask, ORCH, Priority, Time};
use crate::state::State;

const BRANCH: &str = "orch/state";
const CONFIG: [(&str, &[u8]); 2] = [("orch.yaml", b"project: demo\n"), ("tasks/a.yaml", b"[]\n")];

/// Folds after every third segment, splits files early.
const TINY: Bounds = Bounds { log_bytes: 1_000_000, log_segments: 3, file_bytes: 700 };

fn now(serial: u64) -> Time {
    Time::from_second(1_800_000_000 + 900 * i64::try_from(serial).unwrap())
}

fn code(number: u32) -> Code {
    Code::new("CONTENT", number).unwrap()
}

fn event(serial: u64, fact: Fact) -> Event {
    Event { at: now(serial), actor: ORCH.into(), cause: None, asked: None, fact }
}

fn created() -> Fact {
    Fact::StateCreated { lineage: "4f2a".into(), project: "demo".into() }
}

fn spec(number: u32) -> NewTask {
    NewTask {
        title: format!("Chapter {number} – the \"quoted\" one"),
        kind: "chapter".into(),
        content_type: None,
        description: Some("Two\nlines.".into()),
        priority: Priority::default(),
        tier: Some(2),
        labels: vec!["lore".into()],
        depends_on: Vec::new(),
        deadline: None,
        source: None,
        issue: None,
    }
}

fn task(number: u32) -> Fact {
    Fact::TaskCreated { task: code(number), spec: spec(number) }
}

fn completed(number: u32) -> Fact {
    Fact::TaskCompleted { task: code(number) }
}

/// An ordinary repository without a commit, in a folder that goes when it is dropped.
struct Folder(tempfile::TempDir);

impl Folder {
    fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn repository() -> Self {
        let folder = Self::empty();
        git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
        git(folder.path(), &["config", "core.fsync", "none"]);
        git(folder.path(), &["config", "user.name", "Ada"]);
        git(folder.path(), &["config", "user.email", "ada@example.com"]);
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn open(dir: &Path) -> GitRepo {
    GitRepo::discover(dir).unwrap()
}

fn cli(repo: &GitRepo) -> GitCli {
    HERMETIC.iter().fold(GitCli::new(repo.git_dir()), |cli, (name, value)| cli.with_env(name, value))
}

/// Applies the facts on top of a tip and writes them as a commit that nothing points to.
fn prepare(
    branch: &StateBranch<'_>,
    tip: &Tip,
    mut state: State,
    facts: Vec<Fact>,
) -> Result<Prepared, StoreError> {
    let serial = tip.head.serial + 1;
    let events: Vec<Event> = facts.into_iter().map(|fact| event(serial, fact)).collect();
    for event in &events {
        state.apply(event).unwrap();
    }
    let closes = events.iter().find_map(|event| match &event.fact {
        Fact::StateCompacted { to, .. } => Some(to.clone()),
        _ => None,
    });
    let subject = format!("tick {serial}");
    let (now, body) = (now(serial), "What happened.\n\nOrch-Serial: 99");
    branch.prepare(
        tip,
        Tick {
            state,
            events: &events,
            given: &Given::default(),
            config: &CONFIG,
            now,
            due: None,
            watches: false,
            subject: &subject,
            body,
            restores: None,
            closes: closes.as_deref(),
        },
    )
}

fn commit(branch: &StateBranch<'_>, tip: &Tip, state: State, facts: Vec<Fact>) -> Committed {
    match branch.settle(prepare(branch, tip, state, facts).unwrap()).unwrap() {
        Outcome::Committed(committed) => *committed,
        Outcome::Moved => panic!("nobody else writes"),
    }
}

/// Reads the tip and commits one tick more.
fn tick(branch: &StateBranch<'_>, facts: Vec<Fact>) -> Committed {
    let tip = branch.tip().unwrap();
    let state = branch.load(&tip).unwrap();
    commit(branch, &tip, state, facts)
}

/// A branch of `ticks` ticks with a task each; every second task is completed at once.
fn fill(branch: &StateBranch<'_>, ticks: u32) -> Committed {
    let mut last = None;
    for number in 1..=ticks {
        let mut facts =
            if number == 1 && branch.tip().unwrap().commit.is_none() { vec![created()] } else { vec![] };
        facts.push(task(number));
        if number % 2 == 0 {
            facts.push(completed(number));
        }
        last = Some(tick(branch, facts));
    }
    last.unwrap()
}

fn sound(branch: &StateBranch<'_>) {
    let findings = branch.fsck(&branch.tip().unwrap()).unwrap().findings;
    let findings: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Rewrites files of the tip by hand: `None` removes one. Gives the new commit, on top of the tip or in its place.
fn tamper(dir: &Path, amend: bool, files: &[(&str, Option<&[u8]>)]) -> String {
    let index: PathBuf = dir.join("tamper.index");
    let run = |arguments: &[&str]| {
        let output = git_command(dir, arguments).env("GIT_INDEX_FILE", &index).output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    run(&["read-tree", BRANCH]);
    for (path, content) in files {
        let Some(content) = content else {
            run(&["rm", "--cached", "--quiet", path]);
            continue;
        };
        let file = dir.join("tamper.file");
        std::fs::write(&file, content).unwrap();
        let id = run(&["hash-object", "-w", "--no-filters", file.to_str().unwrap()]);
        run(&["update-index", "--add", "--cacheinfo", &format!("100644,{id},{path}")]);
    }
    let tree = run(&["write-tree"]);
    let message = run(&["log", "-1", "--format=%B", BRANCH]);
    let mut arguments = vec!["commit-tree", &tree, "-m", &message];
    let parent = git_command(dir, &["rev-parse", &format!("{BRANCH}{}", if amend { "^" } else { "" })]);
    let parent = { parent }.output().unwrap();
    let parent_id = String::from_utf8(parent.stdout).unwrap().trim().to_owned();
    if parent.status.success() {
        arguments.extend(["-p", &parent_id]);
    }
    let commit = run(&arguments);
    run(&["update-ref", &format!("refs/heads/{BRANCH}"), &commit]);
    commit
}

/// A file of the tip.
fn show(dir: &Path, path: &str) -> Vec<u8> {
    git_command(dir, &["show", &format!("{BRANCH}:{path}")]).output().unwrap().stdout
}

fn paths(dir: &Path) -> Vec<String> {
    git(dir, &["ls-tree", "-r", "--name-only", BRANCH]).lines().map(String::from).collect()
}
