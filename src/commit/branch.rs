//! The branch that holds the state, and its tip.

use super::StoreError;
use super::fold::Bounds;
use super::head::Head;
use super::object::{CONFIG, Commit, Entry, FORMAT_FILE, parse_tree};
use crate::ports::{ObjectId, ObjectKind, Repo, RepoError, RepoLock};

/// The branch of a repository that holds the state of a project.
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
    /// Whether `orch` made it; if not, somebody did so with git, such as by `git revert`.
    pub by_orch: bool,
    /// The entries of its root.
    pub(super) root: Vec<Entry>,
}

impl Tip {
    /// Before the first tick.
    pub fn unborn() -> Self {
        Self { commit: None, config: None, head: Head::unborn(), by_orch: true, root: Vec::new() }
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

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The full name of the branch.
    pub fn reference(&self) -> String {
        format!("refs/heads/{}", self.name)
    }

    /// Waits for the turn among the writers of this clone. Whoever writes takes it before reading
    /// the tip and keeps it until the commit, or plans in vain.
    pub fn turn(&self) -> Result<RepoLock, StoreError> {
        Ok(self.repo.lock()?)
    }

    /// The commit that the branch is at.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn commit_id(&self) -> Result<Option<ObjectId>, StoreError> {
        Ok(self.repo.reference(&self.reference())?)
    }

    /// The tip of the branch: three small objects, however large the state.
    pub fn tip(&self) -> Result<Tip, StoreError> {
        match self.commit_id()? {
            Some(commit) => self.tip_at(commit),
            None => Ok(Tip::unborn()),
        }
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
        Ok(Tip { commit: Some(commit), config, head, by_orch: object.is_by_orch(), root })
    }

    /// Refuses to go on from a commit that somebody made with git.
    ///
    /// # Errors
    /// Which commit it is, and whose state it has.
    pub fn check_by_orch(&self, tip: &Tip) -> Result<(), StoreError> {
        let (false, Some(commit)) = (tip.by_orch, tip.commit) else { return Ok(()) };
        let object = self.commit_object(commit)?;
        let subject = object.subject().to_owned();
        let mut next = object.parents.first().copied();
        while let Some(id) = next.filter(|id| self.repo.has(*id)) {
            let before = self.commit_object(id)?;
            if before.is_by_orch() && before.tree == object.tree {
                return Err(StoreError::NotByOrch { commit, subject, same_as: Some(id) });
            }
            next = before.parents.first().copied();
        }
        Err(StoreError::NotByOrch { commit, subject, same_as: None })
    }

    /// The newest commit up to a tip that `orch` made.
    pub fn newest_by_orch(&self, tip: &Tip) -> Result<Tip, StoreError> {
        let mut tip = tip.clone();
        while let (false, Some(commit)) = (tip.by_orch, tip.commit) {
            tip = self.parent(commit)?.map_or_else(|| Ok(Tip::unborn()), |parent| self.tip_at(parent))?;
        }
        Ok(tip)
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

    /// The parent of a commit; none for the first one.
    ///
    /// # Errors
    /// [`StoreError::HistoryEnds`] where a shallow clone ends.
    pub(super) fn parent(&self, id: ObjectId) -> Result<Option<ObjectId>, StoreError> {
        let commit = self.commit_object(id)?;
        let Some(&parent) = commit.parents.first() else { return Ok(None) };
        if !self.repo.has(parent) && self.repo.is_shallow() {
            return Err(StoreError::HistoryEnds { commit: id });
        }
        Ok(Some(parent))
    }
}
