//! Thousands of small worlds in memory: writers, and a server that refuses, is silent, forgets to answer,
//! is slow to act or lets others go first. Whatever it does, nobody is told that something is there that is
//! not, and the history stays a line.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::*;
use crate::commit::object::{Commit, parse_tree};
use crate::commit::{Pushed, Reconciled, Remote};
use crate::ports::{
    Identity, ObjectId, ObjectKind, PushReply, Repo, RepoError, RepoLock, Transport, TransportError,
};
use crate::seeds::{Replay, seeds};

type Object = (ObjectKind, Rc<[u8]>);

/// A repository in memory.
#[derive(Default)]
struct MemoryRepo {
    objects: RefCell<BTreeMap<ObjectId, Object>>,
    references: RefCell<BTreeMap<String, ObjectId>>,
}

impl MemoryRepo {
    /// Takes over an object of another repository with all that it needs.
    fn take(&self, from: &Self, id: ObjectId) {
        if self.has(id) {
            return;
        }
        let (kind, bytes) = from.objects.borrow().get(&id).cloned().expect("the other one has it");
        let needs: Vec<ObjectId> = match kind {
            ObjectKind::Blob => Vec::new(),
            ObjectKind::Tree => parse_tree(&bytes).unwrap().iter().map(|entry| entry.id).collect(),
            ObjectKind::Commit => {
                let commit = Commit::parse(&bytes).unwrap();
                commit.parents.into_iter().chain([commit.tree]).collect()
            }
        };
        for id in needs {
            self.take(from, id);
        }
        self.objects.borrow_mut().insert(id, (kind, bytes));
    }

    /// A commit and those before it, the newest first.
    fn line(&self, tip: Option<ObjectId>) -> Vec<ObjectId> {
        let parent = |id: &ObjectId| {
            let objects = self.objects.borrow();
            let parents = Commit::parse(&objects[id].1).unwrap().parents;
            assert!(parents.len() < 2, "a tick has one parent");
            parents.first().copied()
        };
        std::iter::successors(tip, parent).collect()
    }
}

impl Repo for MemoryRepo {
    fn read(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        let objects = self.objects.borrow();
        let (found, bytes) = objects.get(&id).ok_or(RepoError::Missing { id })?;
        assert_eq!(*found, kind);
        into.clear();
        into.extend_from_slice(bytes);
        Ok(())
    }

    fn read_trusting(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        self.read(id, kind, into)
    }

    fn has(&self, id: ObjectId) -> bool {
        self.objects.borrow().contains_key(&id)
    }

    fn hash(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        let kind = match kind {
            ObjectKind::Blob => git2::ObjectType::Blob,
            ObjectKind::Tree => git2::ObjectType::Tree,
            ObjectKind::Commit => git2::ObjectType::Commit,
        };
        Ok(ObjectId(git2::Oid::hash_object(kind, bytes).unwrap().as_bytes().try_into().unwrap()))
    }

    fn write(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        let id = self.hash(kind, bytes)?;
        self.objects.borrow_mut().insert(id, (kind, bytes.into()));
        Ok(id)
    }

    fn flush(&self) -> Result<(), RepoError> {
        Ok(())
    }

    fn reference(&self, name: &str) -> Result<Option<ObjectId>, RepoError> {
        Ok(self.references.borrow().get(name).copied())
    }

    fn swap(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
        _: &str,
    ) -> Result<bool, RepoError> {
        let is_expected = self.reference(name)? == expected;
        if is_expected {
            self.references.borrow_mut().insert(name.to_owned(), new);
        }
        Ok(is_expected)
    }

    fn checked_out(&self, _: &str) -> Result<Option<PathBuf>, RepoError> {
        Ok(None)
    }

    fn is_shallow(&self) -> bool {
        false
    }

    fn unfinished(&self) -> Option<&'static str> {
        None
    }

    fn identity(&self) -> Identity {
        Identity { name: "Ada".into(), email: "ada@example.com".into() }
    }

    fn lock(&self) -> Result<RepoLock, RepoError> {
        Ok(RepoLock(None))
    }
}

/// What a server may do about a push.
#[derive(Debug, Clone, Copy)]
enum Mood {
    Fine,
    Refuses,
    DropsBefore,
    DropsAfter,
    /// Nothing is heard of it, and it is done some time later.
    DoesItLater,
    /// Somebody else's push comes first.
    LetsAnotherFirst,
    /// The client sends it twice, and hears about the second one.
    HearsItTwice,
}

const MOODS: [Mood; 7] = [
    Mood::Fine,
    Mood::Refuses,
    Mood::DropsBefore,
    Mood::DropsAfter,
    Mood::DoesItLater,
    Mood::LetsAnotherFirst,
    Mood::HearsItTwice,
];

/// A server with one branch.
struct Server {
    repo: MemoryRepo,
    /// How many times in a hundred something is wrong.
    trouble: Cell<u32>,
    random: RefCell<fastrand::Rng>,
    /// Pushes that were taken in and not acted on yet.
    later: RefCell<Vec<(Option<ObjectId>, ObjectId)>>,
    next_task: Cell<u32>,
}

impl Server {
    fn with_seed(seed: u64) -> Self {
        Self {
            repo: MemoryRepo::default(),
            trouble: Cell::new(60),
            random: RefCell::new(fastrand::Rng::with_seed(seed)),
            later: RefCell::default(),
            next_task: Cell::new(1),
        }
    }

    fn name(&self) -> u32 {
        self.next_task.replace(self.next_task.get() + 1)
    }

    fn is_in_trouble(&self) -> bool {
        self.random.borrow_mut().u32(0..100) < self.trouble.get()
    }

    fn tip(&self) -> Option<ObjectId> {
        self.repo.reference(&reference()).unwrap()
    }

    /// As git does it: the branch moves if it is where the push says; this one notices force.
    fn act(&self, expected: Option<ObjectId>, new: ObjectId) -> bool {
        if self.tip() == expected {
            let line = self.repo.line(Some(new));
            assert!(expected.is_none_or(|old| line.contains(&old)), "history was overwritten");
        }
        self.repo.swap(&reference(), expected, new, "").unwrap()
    }

    fn catch_up(&self) {
        for (expected, new) in self.later.take() {
            self.act(expected, new);
        }
    }

    /// A tick of somebody else, who works on the server's own disk.
    fn let_another_write(&self) {
        let branch = StateBranch::new(&self.repo, BRANCH).with_bounds(TINY);
        let facts = if self.tip().is_none() { vec![created()] } else { vec![task(self.name())] };
        tick(&branch, facts);
    }
}

fn reference() -> String {
    format!("refs/heads/{BRANCH}")
}

/// What connects a clone with the server.
struct Link<'w> {
    here: &'w MemoryRepo,
    server: &'w Server,
}

impl Transport for Link<'_> {
    fn fetch(&self, _: &str, _: &str, _: bool) -> Result<Option<ObjectId>, TransportError> {
        if self.server.is_in_trouble() && self.server.random.borrow_mut().bool() {
            return Err(TransportError::TimedOut { command: "fetch", seconds: 1 });
        }
        if self.server.random.borrow_mut().bool() {
            self.server.catch_up();
        }
        let tip = self.server.tip();
        if let Some(id) = tip {
            self.here.take(&self.server.repo, id);
        }
        Ok(tip)
    }

    fn push(
        &self,
        _: &str,
        _: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<PushReply, TransportError> {
        let server = self.server;
        let mood = if server.is_in_trouble() {
            MOODS[server.random.borrow_mut().usize(0..MOODS.len())]
        } else {
            Mood::Fine
        };
        server.repo.take(self.here, new);
        let unknown = PushReply::Unknown("the connection ended".into());
        Ok(match mood {
            Mood::Fine => {
                if server.act(expected, new) {
                    PushReply::Accepted
                } else {
                    PushReply::Moved
                }
            }
            Mood::Refuses => PushReply::Refused("GH006".into()),
            Mood::DropsBefore => unknown,
            Mood::DropsAfter => {
                server.act(expected, new);
                unknown
            }
            Mood::DoesItLater => {
                server.later.borrow_mut().push((expected, new));
                unknown
            }
            Mood::LetsAnotherFirst => {
                server.let_another_write();
                if server.act(expected, new) { PushReply::Accepted } else { PushReply::Overtaken }
            }
            Mood::HearsItTwice => {
                server.act(expected, new);
                if server.act(expected, new) { PushReply::Accepted } else { PushReply::Overtaken }
            }
        })
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
                assert!(server.repo.line(server.tip()).contains(&commit), "exit 0, and it is not there");
            }
            Ended::Refused(commit) => {
                ended[1] += 1;
                refused.insert(commit);
            }
            Ended::Badly => ended[2] += 1,
        }
        if server.random.borrow_mut().u32(0..4) == 0 {
            server.catch_up();
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
    server.catch_up();
    for clone in clones.iter().chain(&clones) {
        let number = server.name();
        assert!(matches!(write(clone, &server, number), Ended::Well(_)), "no trouble, and no success");
        acknowledged.insert(number);
    }
    check(&server, &acknowledged, &refused);
    ended
}

fn check(server: &Server, acknowledged: &BTreeSet<u32>, refused: &BTreeSet<ObjectId>) {
    let branch = StateBranch::new(&server.repo, BRANCH).with_bounds(TINY);
    let tip = branch.tip().unwrap();
    let line = server.repo.line(tip.commit);
    assert_eq!(line.len() as u64, tip.head.serial, "a line without gaps");
    assert!(line.iter().all(|commit| !refused.contains(commit)), "what was refused is there");
    let state = branch.load(&tip).unwrap();
    let lost: Vec<_> = acknowledged.iter().filter(|number| !state.is_known(&code(**number))).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    sound(&branch);
}

/// The whole of it: `ORCH_TEST_SEEDS=10000 cargo nextest run whatever_a_server_does --no-capture`.
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
