//! Thousands of small worlds in memory: writers, and a server that refuses, is silent, forgets to answer,
//! is slow to act or lets others go first. Whatever it does, nobody is told that something is there that is
//! not, and the history stays a line.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::*;
use crate::commit::testing::{self, MOODS, MemoryRepo, Mood};
use crate::commit::{Pushed, Reconciled, Remote};
use crate::ports::{ObjectId, PushReply, Transport, TransportError};
use crate::seeds::{Replay, seeds};

/// A server, and its luck.
pub(super) struct Server {
    pub(super) inner: testing::Server,
    /// How many times in a hundred something is wrong.
    pub(super) trouble: Cell<u32>,
    pub(super) random: RefCell<fastrand::Rng>,
    next_task: Cell<u32>,
}

impl Server {
    pub(super) fn with_seed(seed: u64) -> Self {
        Self {
            inner: testing::Server::new(BRANCH),
            trouble: Cell::new(60),
            random: RefCell::new(fastrand::Rng::with_seed(seed)),
            next_task: Cell::new(1),
        }
    }

    pub(super) fn name(&self) -> u32 {
        self.next_task.replace(self.next_task.get() + 1)
    }

    fn is_in_trouble(&self) -> bool {
        self.random.borrow_mut().u32(0..100) < self.trouble.get()
    }

    pub(super) fn tip(&self) -> Option<ObjectId> {
        self.inner.tip()
    }

    fn line(&self) -> Vec<ObjectId> {
        self.inner.repo.line(self.tip())
    }

    /// A tick of somebody else, who works on the server's own disk.
    fn let_another_write(&self) {
        let branch = StateBranch::new(&self.inner.repo, BRANCH).with_bounds(TINY);
        branch.tidy().unwrap();
        let facts = if self.tip().is_none() { vec![created()] } else { vec![task(self.name())] };
        tick(&branch, facts);
    }
}

/// What connects a clone with the server.
pub(super) struct Link<'w> {
    pub(super) here: &'w MemoryRepo,
    pub(super) server: &'w Server,
}

impl Link<'_> {
    fn step(&self, command: &'static str) -> Result<(), TransportError> {
        self.here.step().map_err(|error| TransportError::Failed { command, words: error.to_string() })
    }
}

impl Transport for Link<'_> {
    fn fetch(&self, _: &str, branch: &str, _: bool) -> Result<Option<ObjectId>, TransportError> {
        self.step("fetch")?;
        if self.server.is_in_trouble() && self.server.random.borrow_mut().bool() {
            return Err(TransportError::TimedOut { command: "fetch", seconds: 1 });
        }
        if self.server.random.borrow_mut().bool() {
            self.server.inner.catch_up();
        }
        Ok(self.server.inner.fetch(self.here, branch))
    }

    fn push(
        &self,
        _: &str,
        branch: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<PushReply, TransportError> {
        self.step("push")?;
        let server = self.server;
        let mood = if server.is_in_trouble() {
            MOODS[server.random.borrow_mut().usize(0..MOODS.len())]
        } else {
            Mood::Fine
        };
        let reply = server.inner.push(self.here, branch, expected, new, mood, &|| server.let_another_write());
        // It may have been done, and who asked for it died.
        self.step("push")?;
        Ok(reply)
    }
}

/// How a command ends for whoever runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Exit code 0, with this commit.
    Well(ObjectId),
    Refused(ObjectId),
    /// Not, or nobody knows.
    Badly,
}

/// A command with `--push`: plans a task on what is there and sends it, as `orch` does.
fn write(clone: &MemoryRepo, server: &Server, number: u32) -> Ended {
    let branch = StateBranch::new(clone, BRANCH).with_bounds(TINY);
    let link = Link { here: clone, server };
    let remote = Remote { transport: &link, name: "origin" };
    for _ in 0..10 {
        let (tip, expected) = match branch.reconcile(&remote) {
            Ok(Reconciled::Ready { tip, remote, .. }) => (*tip, remote),
            Ok(Reconciled::Diverged(diverged)) => {
                branch.adopt_remote(&diverged, None).unwrap();
                continue;
            }
            Err(StoreError::Transport(_)) => return Ended::Badly,
            Err(error) => panic!("{error}"),
        };
        let state = branch.load(&tip).unwrap();
        if state.is_known(&code(number)) {
            return Ended::Well(tip.commit.unwrap());
        }
        let mut facts = if tip.commit.is_none() { vec![created()] } else { vec![] };
        facts.push(task(number));
        let prepared = prepare(&branch, &tip, state, facts).unwrap();
        let new = prepared.tip.commit.unwrap();
        match branch.push(prepared, &remote, expected).unwrap() {
            Pushed::Accepted(done) => {
                assert_eq!(done.tip.commit, Some(new));
                return Ended::Well(new);
            }
            Pushed::Moved => {}
            Pushed::Refused { .. } => return Ended::Refused(new),
            Pushed::Failed { .. } | Pushed::Unknown { .. } => return Ended::Badly,
        }
    }
    Ended::Badly
}

/// One small world; gives how its commands ended: well, refused, badly.
fn live(seed: u64) -> [u64; 3] {
    let server = Server::with_seed(seed);
    let clones = [MemoryRepo::default(), MemoryRepo::default()];
    let mut ended = [0; 3];
    let (mut acknowledged, mut refused) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..6 {
        let clone = &clones[server.random.borrow_mut().usize(0..2)];
        let number = server.name();
        match write(clone, &server, number) {
            Ended::Well(commit) => {
                ended[0] += 1;
                acknowledged.insert(number);
                assert!(server.line().contains(&commit), "exit 0, and it is not there");
            }
            Ended::Refused(commit) => {
                ended[1] += 1;
                refused.insert(commit);
            }
            Ended::Badly => ended[2] += 1,
        }
        if server.random.borrow_mut().u32(0..4) == 0 {
            server.inner.catch_up();
        }
        if server.random.borrow_mut().u32(0..4) == 0 && server.tip().is_some() {
            // Somebody works on this clone without the remote; it has to give way or go along.
            let branch = StateBranch::new(clone, BRANCH).with_bounds(TINY);
            if branch.tip().unwrap().commit.is_some() {
                tick(&branch, vec![task(server.name())]);
            }
        }
    }
    // When all is well again, everybody comes to the same state within two ticks.
    server.trouble.set(0);
    server.inner.catch_up();
    for clone in clones.iter().chain(&clones) {
        let number = server.name();
        assert!(matches!(write(clone, &server, number), Ended::Well(_)), "no trouble, and no success");
        acknowledged.insert(number);
    }
    check(&server, &acknowledged, &refused);
    ended
}

fn check(server: &Server, acknowledged: &BTreeSet<u32>, refused: &BTreeSet<ObjectId>) {
    let branch = StateBranch::new(&server.inner.repo, BRANCH).with_bounds(TINY);
    let tip = branch.tip().unwrap();
    let line = server.line();
    assert_eq!(line.len() as u64, tip.head.serial, "a line without gaps");
    assert!(line.iter().all(|commit| !refused.contains(commit)), "what was refused is there");
    let state = branch.load(&tip).unwrap();
    let lost: Vec<_> = acknowledged.iter().filter(|number| !state.is_known(&code(**number))).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    sound(&branch);
}

/// The whole of it: `ORCH_TEST_SEEDS=10000 cargo test whatever_a_server_does -- --nocapture`.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn whatever_a_server_does_nobody_is_told_what_is_not_so() {
    let seeds = seeds(300);
    let (worlds, mut ended) = (seeds.end - seeds.start, [0; 3]);
    for seed in seeds {
        let _replay = Replay::of("whatever_a_server_does", seed);
        for (sum, count) in ended.iter_mut().zip(live(seed)) {
            *sum += count;
        }
    }
    let [well, refused, badly] = ended;
    eprintln!("{worlds} worlds: {well} commands ended well, {refused} were refused, {badly} failed; 0 wrong");
    assert!(worlds < 100 || well.min(refused).min(badly) > 0, "not everything was tried");
}
