//! The branch that holds the state, and its tip.

use super::error::{HistoryEnd, StoreError};
use super::fold::Bounds;
use super::head::Head;
use super::object::{BRANCHES_FILE, CONFIG, Commit, Entry, FORMAT_FILE, parse_tree};
use crate::ports::{ObjectId, ObjectKind, Repo, RepoError, RepoLock};

/// The branch of a repository that holds the state of a project, and those on which it goes on.
pub struct StateBranch<'r> {
    pub(super) repo: &'r dyn Repo,
    /// Without `refs/heads/`.
    pub(super) name: String,
    pub(super) bounds: Bounds,
}

impl std::fmt::Debug for StateBranch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StateBranch").field(&self.name).finish()
    }
}

/// A commit of the state, read no further than to know what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// None before the first tick.
    pub commit: Option<ObjectId>,
    /// The tree of the configuration that its tick was decided under.
    pub config: Option<ObjectId>,
    pub head: Head,
    /// The branch that it was found on, without `refs/heads/`; none: where nobody looked, or before the first
    /// tick.
    pub branch: Option<String>,
    /// Whether `orch` made it; if not, somebody did so with git, such as by `git revert`.
    pub by_orch: bool,
    /// The entries of its root.
    pub(super) root: Vec<Entry>,
}

impl Tip {
    /// Before the first tick.
    pub fn unborn() -> Self {
        Self {
            commit: None,
            config: None,
            head: Head::unborn(),
            branch: None,
            by_orch: true,
            root: Vec::new(),
        }
    }

    /// The same, found on a branch.
    pub(super) fn on(self, branch: &str) -> Self {
        Self { branch: Some(branch.to_owned()), ..self }
    }

    /// Whether there is history on other branches.
    pub(super) fn is_compacted(&self) -> bool {
        self.entry(BRANCHES_FILE).is_some()
    }

    /// The newest fold up to it.
    pub(super) fn fold(&self) -> Option<ObjectId> {
        if self.head.is_fold() { self.commit } else { self.head.previous_fold }
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.root.iter().find(|entry| entry.name == name)
    }
}

impl<'r> StateBranch<'r> {
    /// `name` is without `refs/heads/`.
    pub fn new(repo: &'r dyn Repo, name: &str) -> Self {
        Self { repo, name: name.to_owned(), bounds: Bounds::default() }
    }

    /// The same with other bounds of the log.
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// The branch that the state began on.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The branch of a tip.
    pub fn name_of<'a>(&'a self, tip: &'a Tip) -> &'a str {
        tip.branch.as_deref().unwrap_or(&self.name)
    }

    /// Its full name.
    pub fn reference(&self) -> String {
        reference(&self.name)
    }

    /// The full name of the branch of a tip.
    pub(super) fn reference_of(&self, tip: &Tip) -> String {
        reference(self.name_of(tip))
    }

    /// Waits for the turn among the writers of this clone. Whoever writes takes it before reading
    /// the tip and keeps it until the commit, or plans in vain.
    pub fn turn(&self) -> Result<RepoLock, StoreError> {
        Ok(self.repo.lock()?)
    }

    /// The commit that the state is at.
    ///
    /// # Errors
    /// As for [`tip`](Self::tip).
    pub fn commit_id(&self) -> Result<Option<ObjectId>, StoreError> {
        Ok(self.tip()?.commit)
    }

    /// Whether the branch of a tip is still there.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn is_at(&self, tip: &Tip) -> Result<bool, StoreError> {
        Ok(self.repo.reference(&self.reference_of(tip))? == tip.commit)
    }

    /// The state as of a commit of the branch.
    pub fn tip_at(&self, commit: ObjectId) -> Result<Tip, StoreError> {
        let object = self.commit_object(commit)?;
        let root = self.tree(object.tree, commit, "")?;
        let find = |name: &str| root.iter().find(|entry| entry.name == name);
        let format = find(FORMAT_FILE).filter(|entry| !entry.is_tree);
        let format = format.ok_or_else(|| StoreError::Corrupt {
            commit,
            path: FORMAT_FILE.into(),
            line: None,
            why: "the file is missing, so this is not a state".into(),
        })?;
        let mut bytes = Vec::new();
        self.read_file(format.id, commit, FORMAT_FILE, &mut bytes)?;
        let head = Head::parse(&bytes, commit)?;
        let config = find(CONFIG).filter(|entry| entry.is_tree).map(|entry| entry.id);
        Ok(Tip { commit: Some(commit), config, head, branch: None, by_orch: object.is_by_orch(), root })
    }

    /// Refuses to go on from a commit that somebody made with git.
    ///
    /// # Errors
    /// Which commit it is, and whose state it has.
    pub fn check_by_orch(&self, tip: &Tip) -> Result<(), StoreError> {
        let (false, Some(commit)) = (tip.by_orch, tip.commit) else { return Ok(()) };
        let object = self.commit_object(commit)?;
        let subject = object.subject().to_owned();
        let mut next = object.before();
        while let Some(id) = next.filter(|id| self.repo.has(*id)) {
            let before = self.commit_object(id)?;
            if before.is_by_orch() && before.tree == object.tree {
                return Err(StoreError::NotByOrch { commit, subject, same_as: Some(id) });
            }
            next = before.before();
        }
        Err(StoreError::NotByOrch { commit, subject, same_as: None })
    }

    /// The newest commit up to a tip that `orch` made.
    pub fn newest_by_orch(&self, tip: &Tip) -> Result<Tip, StoreError> {
        let branch = tip.branch.clone();
        let mut tip = tip.clone();
        while let (false, Some(commit)) = (tip.by_orch, tip.commit) {
            tip = self.parent(commit)?.map_or_else(|| Ok(Tip::unborn()), |parent| self.tip_at(parent))?;
        }
        Ok(Tip { branch, ..tip })
    }

    pub(super) fn commit_object(&self, id: ObjectId) -> Result<Commit, StoreError> {
        let mut bytes = Vec::new();
        self.repo.read(id, ObjectKind::Commit, &mut bytes)?;
        let why = "it is not a commit".to_owned();
        Ok(Commit::parse(&bytes).ok_or(RepoError::Damaged { id, why })?)
    }

    /// The entries of a tree; `commit` and `path` say where it is if it is corrupt.
    pub(super) fn tree(&self, id: ObjectId, commit: ObjectId, path: &str) -> Result<Vec<Entry>, StoreError> {
        let corrupt = |why| StoreError::Corrupt { commit, path: path.to_owned(), line: None, why };
        let mut bytes = Vec::new();
        self.repo.read(id, ObjectKind::Tree, &mut bytes).map_err(|error| corrupt(error.to_string()))?;
        parse_tree(&bytes).ok_or_else(|| corrupt("the folder cannot be read".into()))
    }

    /// The commit before one, on whichever branch; none for the first one of all.
    ///
    /// # Errors
    /// [`StoreError::HistoryEnds`] where a shallow clone ends, and where what was before is on a branch that is
    /// not here.
    pub(super) fn parent(&self, id: ObjectId) -> Result<Option<ObjectId>, StoreError> {
        self.parent_of(id, &self.commit_object(id)?)
    }

    /// The same of a commit that was read.
    pub(super) fn parent_of(&self, id: ObjectId, commit: &Commit) -> Result<Option<ObjectId>, StoreError> {
        let Some(parent) = commit.before() else { return Ok(None) };
        if !self.repo.has(parent) && (commit.parents.is_empty() || self.repo.is_shallow()) {
            let elsewhere = if commit.parents.is_empty() { self.branch_before(id)? } else { None };
            return Err(StoreError::HistoryEnds(HistoryEnd { commit: id, elsewhere }));
        }
        Ok(Some(parent))
    }
}

/// The full name of a branch.
pub(super) fn reference(branch: &str) -> String {
    format!("refs/heads/{branch}")
}
