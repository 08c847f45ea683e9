//! A repository on disk through libgit2: objects and references. Work tree and index are never
//! touched, so it does not matter whether there are any.
#![expect(
    clippy::disallowed_methods,
    reason = "the adapter for git repositories reads and syncs their files"
)]

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once, Weak};
use std::time::Duration;

use git2::{ErrorClass, ErrorCode, ObjectType, Oid, Repository, RepositoryOpenFlags, RepositoryState};

use super::ref_lock;
use crate::ports::{Identity, ObjectId, ObjectKind, Repo, RepoError, RepoLock};

/// How often a locked reference is tried again, 0 to [`LOCK_PAUSE`] apart: two seconds on average.
const LOCK_TRIES: u32 = 80;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// How long a writer waits for another one on the same clone before it goes on without its turn.
const TURN_TRIES: u32 = 3_000;
const TURN_PAUSE: Duration = Duration::from_millis(10);

/// A git repository on disk.
pub struct GitRepo {
    pub(super) repo: Repository,
    /// Objects written and not yet synced.
    written: RefCell<Vec<ObjectId>>,
    sync: Sync,
    /// The turn of this process, while it has it.
    turn: RefCell<Weak<File>>,
}

/// What is brought to disk for good before anybody is told that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sync {
    objects: bool,
    references: bool,
}

impl std::fmt::Debug for GitRepo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GitRepo").field(&self.repo.path()).finish()
    }
}

/// The id that git gives a file of these bytes; none if it cannot hash, which does not happen.
pub fn blob_id(bytes: &[u8]) -> Option<ObjectId> {
    let id = Oid::hash_object(ObjectType::Blob, bytes).ok()?;
    Some(ObjectId(id.as_bytes().try_into().ok()?))
}

impl GitRepo {
    /// Opens the repository that `dir` is in: an ordinary one, a bare one or a linked work tree.
    pub fn discover(dir: &Path) -> Result<Self, RepoError> {
        static SETTINGS: Once = Once::new();
        // `read` checks ids itself, so that only what must be fast goes without.
        SETTINGS.call_once(|| git2::opts::strict_hash_verification(false));
        let none: [&OsStr; 0] = [];
        let repo = Repository::open_ext(dir, RepositoryOpenFlags::empty(), none)
            .map_err(|error| cannot_open(dir, &error))?;
        let sync = Sync::wanted(&repo);
        Ok(Self { repo, written: RefCell::default(), sync, turn: RefCell::default() })
    }

    /// The folder that `git --git-dir` takes.
    pub fn git_dir(&self) -> &Path {
        self.repo.path()
    }

    /// Whether a remote of this name is set up, or it is an address.
    pub fn has_remote(&self, name: &str) -> bool {
        name.contains([':', '/']) || self.repo.find_remote(name).is_ok()
    }

    /// The address of a remote, if it is set up.
    pub fn remote_url(&self, name: &str) -> Option<String> {
        self.repo.find_remote(name).ok()?.url().ok().map(str::to_owned)
    }

    /// The branch that a remote has for the main one, as this clone knows it; else the one that is checked out.
    pub fn main_branch(&self, remote: &str) -> Option<String> {
        let target = |name: &str| {
            let found = self.repo.find_reference(name).ok()?;
            found.symbolic_target().ok().flatten().map(str::to_owned)
        };
        let theirs = format!("refs/remotes/{remote}/");
        let there =
            target(&format!("{theirs}HEAD")).and_then(|it| Some(it.strip_prefix(&theirs)?.to_owned()));
        there.or_else(|| Some(target("HEAD")?.strip_prefix("refs/heads/")?.to_owned()))
    }

    /// The root of the work tree; none in a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.repo.workdir()
    }

    /// The path of a folder from the root of the work tree, with `/` between names; none if it is not below.
    pub fn folder(&self, path: &Path) -> Option<String> {
        let root = self.work_tree()?.canonicalize().ok()?;
        let path = path.canonicalize().ok()?;
        let names: Vec<_> = path.strip_prefix(root).ok()?.iter().map(|name| name.to_string_lossy()).collect();
        Some(names.join("/"))
    }

    fn read_object(
        &self,
        id: ObjectId,
        kind: ObjectKind,
        into: &mut Vec<u8>,
        check: bool,
    ) -> Result<(), RepoError> {
        let damaged = |why: String| RepoError::Damaged { id, why };
        let odb = self.repo.odb().map_err(|error| self.failed("open its objects", &error))?;
        let object = odb.read(oid(id)).map_err(|error| match error.code() {
            ErrorCode::NotFound => RepoError::Missing { id },
            _ => damaged(error.message().to_owned()),
        })?;
        if object.kind() != object_type(kind) {
            return Err(damaged(format!(
                "it is a {}, not a {}",
                object.kind().str(),
                object_type(kind).str()
            )));
        }
        if check && self.hash(kind, object.data())? != id {
            return Err(damaged("its content does not match its id".into()));
        }
        into.clear();
        into.extend_from_slice(object.data());
        Ok(())
    }

    pub(super) fn failed(&self, doing: &str, error: &git2::Error) -> RepoError {
        let why = error.message().to_owned();
        let denied = ["Permission denied", "Read-only file system"].iter().any(|text| why.contains(text));
        if denied {
            return RepoError::Denied { path: self.repo.commondir().to_owned(), why };
        }
        let full = ["No space left on device", "File too large", "Disk quota exceeded"];
        if full.iter().any(|text| why.contains(text)) {
            return RepoError::NoSpace { path: self.repo.commondir().to_owned(), why };
        }
        RepoError::Git { doing: doing.to_owned(), why }
    }

    fn swap_noted(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
        why: &str,
    ) -> Result<bool, RepoError> {
        // The zero id means: must not exist.
        let old = expected.map_or(Oid::ZERO_SHA1, oid);
        for _ in 0..LOCK_TRIES {
            match self.repo.reference_matching(name, oid(new), true, old, why) {
                Ok(_) => return self.sync_reference(name).map(|()| true),
                Err(error) => match error.code() {
                    ErrorCode::Modified | ErrorCode::Exists => return Ok(false),
                    ErrorCode::NotFound if expected.is_some() => return Ok(false),
                    ErrorCode::Locked => std::thread::sleep(LOCK_PAUSE.mul_f64(fastrand::f64())),
                    _ => return Err(self.failed(&format!("move `{name}`"), &error)),
                },
            }
        }
        let path = self.repo.commondir().join(format!("{name}.lock"));
        Err(RepoError::Locked { holder: ref_lock::holder(&path), path })
    }

    fn sync_reference(&self, name: &str) -> Result<(), RepoError> {
        if !self.sync.references {
            return Ok(());
        }
        let path = self.repo.commondir().join(name);
        sync_path(&path)?;
        path.parent().map_or(Ok(()), sync_path)
    }

    /// `HEAD` of the main work tree, if there is one, and of all linked ones, with their folders.
    fn heads(&self) -> Vec<(PathBuf, PathBuf)> {
        let common = self.repo.commondir();
        let mut heads = Vec::new();
        let bare = self.repo.config().and_then(|config| config.get_bool("core.bare")).unwrap_or(false);
        if !bare {
            heads.push((common.join("HEAD"), common.parent().unwrap_or(common).to_owned()));
        }
        for folder in std::fs::read_dir(common.join("worktrees")).into_iter().flatten().flatten() {
            let tree = std::fs::read_to_string(folder.path().join("gitdir")).unwrap_or_default();
            let tree = Path::new(tree.trim()).parent().map(Path::to_owned).unwrap_or_default();
            heads.push((folder.path().join("HEAD"), tree));
        }
        heads
    }
}

impl GitRepo {
    /// The configuration of git, what counts first first.
    fn configs(&self) -> Vec<git2::Config> {
        let all = self.repo.config();
        let Some(global) = std::env::var_os("GIT_CONFIG_GLOBAL") else { return all.into_iter().collect() };
        // libgit2 knows nothing of that variable, which takes the place of `~/.gitconfig`.
        let level = |level| self.repo.config().and_then(|all| all.open_level(level));
        let levels = [git2::ConfigLevel::Worktree, git2::ConfigLevel::Local].map(level);
        let system = level(git2::ConfigLevel::System);
        levels.into_iter().chain([git2::Config::open(Path::new(&global)), system]).flatten().collect()
    }
}

impl Repo for GitRepo {
    fn read(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        self.read_object(id, kind, into, true)
    }

    fn read_trusting(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        self.read_object(id, kind, into, false)
    }

    fn has(&self, id: ObjectId) -> bool {
        self.repo.odb().is_ok_and(|odb| odb.exists(oid(id)))
    }

    fn hash(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        Oid::hash_object(object_type(kind), bytes)
            .map(object_id)
            .map_err(|error| self.failed("hash an object", &error))
    }

    fn write(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        let written = self.repo.odb().and_then(|odb| odb.write(object_type(kind), bytes));
        let id = object_id(written.map_err(|error| self.failed("write an object", &error))?);
        self.written.borrow_mut().push(id);
        Ok(id)
    }

    fn flush(&self) -> Result<(), RepoError> {
        let mut written = self.written.take();
        if !self.sync.objects {
            return Ok(());
        }
        written.sort_unstable();
        written.dedup();
        let objects = self.repo.commondir().join("objects");
        let names: Vec<String> = written.iter().map(ToString::to_string).collect();
        for name in &names {
            sync_path(&objects.join(&name[..2]).join(&name[2..]))?;
        }
        let mut folders: Vec<&str> = names.iter().map(|name| &name[..2]).collect();
        folders.dedup();
        folders.iter().try_for_each(|folder| sync_path(&objects.join(folder)))
    }

    fn reference(&self, name: &str) -> Result<Option<ObjectId>, RepoError> {
        match self.repo.refname_to_id(name) {
            Ok(id) => Ok(Some(object_id(id))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) if error.class() == ErrorClass::Reference => {
                Err(RepoError::BrokenReference { name: name.to_owned(), why: error.message().to_owned() })
            }
            Err(error) => Err(self.failed(&format!("read `{name}`"), &error)),
        }
    }

    fn swap(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
        why: &str,
    ) -> Result<bool, RepoError> {
        // Whoever comes after a process that died in the middle can tell its lock from that of another.
        let turn = self.turn.borrow().upgrade();
        if let Some(turn) = &turn {
            ref_lock::note(turn, name, new);
        }
        let moved = self.swap_noted(name, expected, new, why);
        if let Some(turn) = &turn {
            ref_lock::forget(turn);
        }
        moved
    }

    fn checked_out(&self, name: &str) -> Result<Option<PathBuf>, RepoError> {
        let points_there = |head: &Path| {
            std::fs::read_to_string(head)
                .is_ok_and(|text| text.strip_prefix("ref:").is_some_and(|target| target.trim() == name))
        };
        Ok(self.heads().into_iter().find(|(head, _)| points_there(head)).map(|(_, tree)| tree))
    }

    fn is_shallow(&self) -> bool {
        self.repo.is_shallow()
    }

    fn unfinished(&self) -> Option<&'static str> {
        match self.repo.state() {
            RepositoryState::Clean => None,
            RepositoryState::Merge => Some("a merge"),
            RepositoryState::Revert | RepositoryState::RevertSequence => Some("a revert"),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("a cherry-pick"),
            RepositoryState::Bisect => Some("a bisection"),
            RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => {
                Some("a rebase")
            }
            RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("`git am`"),
        }
    }

    fn identity(&self) -> Identity {
        let configs = self.configs();
        let setting = |variable: &str, name: &str| {
            let told = std::env::var(variable).ok();
            let set = || configs.iter().find_map(|config| config.get_string(name).ok());
            told.or_else(set).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        // As `git var GIT_COMMITTER_IDENT` says, but for what git makes up where nobody says anything.
        Identity {
            name: setting("GIT_COMMITTER_NAME", "user.name").unwrap_or_else(|| "orch".into()),
            email: setting("GIT_COMMITTER_EMAIL", "user.email").unwrap_or_else(|| "orch@localhost".into()),
        }
    }

    fn lock(&self) -> Result<RepoLock, RepoError> {
        let path = self.repo.commondir().join("orch.lock");
        // Where no such file can be made, the compare-and-swap alone keeps writers apart.
        let options = File::options().create(true).truncate(false).read(true).write(true).open(path);
        let Ok(file) = options else { return Ok(RepoLock(None)) };
        for _ in 0..TURN_TRIES {
            match file.try_lock() {
                Ok(()) => {
                    ref_lock::clean_up(self.repo.commondir(), &file);
                    let file = Arc::new(file);
                    self.turn.replace(Arc::downgrade(&file));
                    return Ok(RepoLock(Some(Box::new(file))));
                }
                Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(TURN_PAUSE),
                Err(std::fs::TryLockError::Error(_)) => break,
            }
        }
        Ok(RepoLock(None))
    }
}

fn sync_path(path: &Path) -> Result<(), RepoError> {
    match File::open(path).and_then(|file| file.sync_all()) {
        // An object that is not loose came in a pack, which git has synced.
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(RepoError::Git {
            doing: format!("bring `{}` to disk", path.display()),
            why: error.to_string(),
        }),
        _ => Ok(()),
    }
}

fn oid(id: ObjectId) -> Oid {
    Oid::from_bytes(&id.0).expect("an object id has 20 bytes")
}

fn object_id(oid: Oid) -> ObjectId {
    ObjectId(oid.as_bytes().try_into().expect("repositories with other ids are refused when opened"))
}

const fn object_type(kind: ObjectKind) -> ObjectType {
    match kind {
        ObjectKind::Blob => ObjectType::Blob,
        ObjectKind::Tree => ObjectType::Tree,
        ObjectKind::Commit => ObjectType::Commit,
    }
}

impl Sync {
    /// libgit2 syncs nothing unless told, git neither loose objects nor references. A tick is a handful of
    /// files, so they are synced unless the settings take them out: `core.fsync=none`, `-loose-object`,
    /// `-reference` and what includes these, or the older `core.fsyncObjectFiles=false`.
    fn wanted(repo: &Repository) -> Self {
        let all = Self { objects: true, references: true };
        let Ok(config) = repo.config() else { return all };
        if let Ok(list) = config.get_string("core.fsync") {
            return list.split([',', ' ']).filter(|word| !word.is_empty()).fold(all, Self::with);
        }
        Self { objects: config.get_bool("core.fsyncObjectFiles").unwrap_or(true), ..all }
    }

    /// As one word of `core.fsync` changes it.
    fn with(self, word: &str) -> Self {
        let (wanted, part) = word.strip_prefix('-').map_or((true, word), |part| (false, part));
        match part {
            "none" => Self { objects: false, references: false },
            "loose-object" | "objects" => Self { objects: wanted, ..self },
            "reference" => Self { references: wanted, ..self },
            "committed" | "added" | "all" => Self { objects: wanted, references: wanted },
            _ => self,
        }
    }
}

fn cannot_open(dir: &Path, error: &git2::Error) -> RepoError {
    let (dir, why) = (dir.to_owned(), error.message());
    match (error.code(), error.class()) {
        (ErrorCode::Owner, _) => RepoError::NotOwned { dir },
        _ if why.contains("unknown object format") => {
            RepoError::Unsupported { dir, what: "SHA-256 object ids".into() }
        }
        _ if why.contains("extensions.refstorage") => {
            RepoError::Unsupported { dir, what: "the reftable format".into() }
        }
        _ if why.contains("unsupported extension name") => {
            RepoError::Unsupported { dir, what: why.replace("unsupported extension name", "the extension") }
        }
        (ErrorCode::NotFound, ErrorClass::Repository | ErrorClass::Os | ErrorClass::None) => {
            RepoError::NotARepository { dir }
        }
        _ => RepoError::Git { doing: format!("open the repository at `{}`", dir.display()), why: why.into() },
    }
}

#[cfg(test)]
mod tests {
    use super::{GitRepo, ObjectKind, Repo as _, Repository, Sync};

    #[test]
    fn a_reference_moves_only_from_where_it_is_expected() {
        let folder = tempfile::tempdir().unwrap();
        Repository::init(folder.path()).unwrap();
        let repo = GitRepo::discover(folder.path()).unwrap();
        let [first, second, third] =
            [b"1", b"2", b"3"].map(|text| repo.write(ObjectKind::Blob, text).unwrap());
        let at = |name| repo.reference(name).unwrap();
        let name = "refs/orch/test";
        assert!(repo.swap(name, None, first, "test").unwrap());
        for wrong in [None, Some(second), Some(third)] {
            assert!(!repo.swap(name, wrong, third, "test").unwrap(), "{wrong:?}");
            assert_eq!(at(name), Some(first));
        }
        assert!(repo.swap(name, Some(first), second, "test").unwrap());
        assert_eq!(at(name), Some(second));
        assert!(!repo.swap("refs/orch/none", Some(first), second, "test").unwrap());
        assert_eq!(at("refs/orch/none"), None);
    }

    #[test]
    fn what_is_synced_follows_the_words_of_core_fsync() {
        let all = Sync { objects: true, references: true };
        let wanted = |list: &str| list.split(',').fold(all, Sync::with);
        for list in ["all", "committed", "loose-object", "pack", "none,all", "-index"] {
            assert_eq!(wanted(list), all, "{list}");
        }
        assert_eq!(wanted("none"), Sync { objects: false, references: false });
        assert_eq!(wanted("none,reference"), Sync { objects: false, references: true });
        assert_eq!(wanted("-loose-object"), Sync { objects: false, references: true });
        assert_eq!(wanted("-objects,-reference"), Sync { objects: false, references: false });
    }
}
