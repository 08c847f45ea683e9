//! A repository and a server in memory, for simulations: as git keeps them, and with the moods that servers
//! have.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use rustc_hash::FxHashMap;

use super::StateBranch;
use super::object::{Commit, parse_tree};
use crate::ports::{Identity, ObjectId, ObjectKind, PushReply, Repo, RepoError, RepoLock};

type Object = (ObjectKind, Arc<[u8]>);

/// A repository in memory.
#[derive(Default)]
pub(crate) struct MemoryRepo {
    objects: Mutex<FxHashMap<ObjectId, Object>>,
    references: Mutex<FxHashMap<String, ObjectId>>,
    /// How many more steps that others can see are done before the process dies.
    fuse: Mutex<Option<u32>>,
}

impl MemoryRepo {
    fn objects(&self) -> MutexGuard<'_, FxHashMap<ObjectId, Object>> {
        self.objects.lock().unwrap()
    }

    /// Lets the process die after so many steps, or live.
    pub(crate) fn set_fuse(&self, steps: Option<u32>) {
        *self.fuse.lock().unwrap() = steps;
    }

    pub(crate) fn is_dead(&self) -> bool {
        *self.fuse.lock().unwrap() == Some(0)
    }

    /// One step that others can see, unless the process is dead.
    pub(crate) fn step(&self) -> Result<(), RepoError> {
        let mut fuse = self.fuse.lock().unwrap();
        match *fuse {
            Some(0) => Err(RepoError::Git { doing: "go on".into(), why: "it was killed".into() }),
            left => {
                *fuse = left.map(|left| left - 1);
                Ok(())
            }
        }
    }

    /// Takes over an object of another repository with all that it needs.
    pub(crate) fn take(&self, from: &Self, id: ObjectId) {
        if self.has(id) {
            return;
        }
        let (kind, bytes) = from.objects().get(&id).cloned().expect("the other one has it");
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
        self.objects().insert(id, (kind, bytes));
    }

    /// A commit and those before it, the newest first; on other branches, too.
    pub(crate) fn line(&self, tip: Option<ObjectId>) -> Vec<ObjectId> {
        let parent = |id: &ObjectId| {
            let commit = Commit::parse(&self.objects()[id].1).unwrap();
            assert!(commit.parents.len() < 2, "a tick has one parent");
            commit.before()
        };
        std::iter::successors(tip, parent).collect()
    }

    /// Whether a commit repeats the last one of another branch.
    pub(crate) fn repeats(&self, id: ObjectId) -> bool {
        Commit::parse(&self.objects()[&id].1).unwrap().goes_on_from().is_some()
    }
}

impl Repo for MemoryRepo {
    fn read(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        let objects = self.objects();
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
        self.objects().contains_key(&id)
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
        self.objects().insert(id, (kind, bytes.into()));
        Ok(id)
    }

    fn flush(&self) -> Result<(), RepoError> {
        Ok(())
    }

    fn reference(&self, name: &str) -> Result<Option<ObjectId>, RepoError> {
        Ok(self.references.lock().unwrap().get(name).copied())
    }

    fn swap(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
        _: &str,
    ) -> Result<bool, RepoError> {
        self.step()?;
        let mut references = self.references.lock().unwrap();
        let is_expected = references.get(name).copied() == expected;
        if is_expected {
            references.insert(name.to_owned(), new);
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mood {
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

pub(crate) const MOODS: [Mood; 7] = [
    Mood::Fine,
    Mood::Refuses,
    Mood::DropsBefore,
    Mood::DropsAfter,
    Mood::DoesItLater,
    Mood::LetsAnotherFirst,
    Mood::HearsItTwice,
];

/// A server with a state.
pub(crate) struct Server {
    pub(crate) repo: MemoryRepo,
    branch: String,
    /// Pushes that were taken in and not acted on yet, with their references.
    later: Mutex<Vec<(String, Option<ObjectId>, ObjectId)>>,
}

impl Server {
    pub(crate) fn new(branch: &str) -> Self {
        Self { repo: MemoryRepo::default(), branch: branch.to_owned(), later: Mutex::default() }
    }

    pub(crate) fn tip(&self) -> Option<ObjectId> {
        StateBranch::new(&self.repo, &self.branch).tip().unwrap().commit
    }

    /// As git does it: the branch moves if it is where the push says; this one notices force.
    fn act(&self, name: &str, expected: Option<ObjectId>, new: ObjectId) -> bool {
        if self.repo.reference(name).unwrap() == expected {
            let line = self.repo.line(Some(new));
            let of_branch = line.iter().position(|id| self.repo.repeats(*id)).map_or(line.len(), |n| n + 1);
            let is_forward = expected.is_none_or(|old| line[..of_branch].contains(&old));
            assert!(is_forward, "history was overwritten");
        }
        self.repo.swap(name, expected, new, "").unwrap()
    }

    /// Does what it said nothing about.
    pub(crate) fn catch_up(&self) {
        let later = std::mem::take(&mut *self.later.lock().unwrap());
        for (name, expected, new) in later {
            self.act(&name, expected, new);
        }
    }

    /// What `here` has of a branch afterwards.
    pub(crate) fn fetch(&self, here: &MemoryRepo, branch: &str) -> Option<ObjectId> {
        let tip = self.repo.reference(&format!("refs/heads/{branch}")).unwrap();
        if let Some(id) = tip {
            here.take(&self.repo, id);
        }
        tip
    }

    /// `another` is whoever is let first.
    pub(crate) fn push(
        &self,
        here: &MemoryRepo,
        branch: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
        mood: Mood,
        another: &dyn Fn(),
    ) -> PushReply {
        self.repo.take(here, new);
        let name = format!("refs/heads/{branch}");
        let unknown = PushReply::Unknown("the connection ended".into());
        let told = |done| if done { PushReply::Accepted } else { PushReply::Overtaken };
        match mood {
            Mood::Fine if self.act(&name, expected, new) => PushReply::Accepted,
            Mood::Fine => PushReply::Moved,
            Mood::Refuses => PushReply::Refused("GH006".into()),
            Mood::DropsBefore => unknown,
            Mood::DropsAfter => {
                self.act(&name, expected, new);
                unknown
            }
            Mood::DoesItLater => {
                self.later.lock().unwrap().push((name, expected, new));
                unknown
            }
            Mood::LetsAnotherFirst => {
                another();
                told(self.act(&name, expected, new))
            }
            Mood::HearsItTwice => {
                self.act(&name, expected, new);
                told(self.act(&name, expected, new))
            }
        }
    }
}
