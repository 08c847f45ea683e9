//! The files of a commit, read as if they lay in the work tree: the configuration of a branch that nobody
//! has checked out, such as the base of a pull request.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use git2::{ObjectType, Oid, Repository, Tree, TreeEntry};

use super::git::GitRepo;
use crate::ports::{Content, Files, Listed, ListedKind};

/// How many links one path may go through, as on Linux.
const LINKS: u32 = 40;
/// What git calls the mode of a symbolic link.
const LINK: i32 = 0o120_000;

/// The files of one commit, below the folder of their repository's work tree.
pub struct CommitFiles {
    repo: Repository,
    tree: Oid,
    root: PathBuf,
}

impl std::fmt::Debug for CommitFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CommitFiles")
            .field("tree", &self.tree)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

/// No commit goes by that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no commit `{name}` in this clone")]
pub struct NoSuchCommit {
    pub name: String,
}

/// What a path leads to.
enum Place<'r> {
    Root,
    Entry(TreeEntry<'r>),
}

impl CommitFiles {
    /// The files of a branch, tag or commit of the repository.
    ///
    /// # Errors
    /// When there is none of that name. Expressions such as `main~2` are none: nothing is evaluated here.
    pub fn of(repo: GitRepo, name: &str) -> Result<Self, NoSuchCommit> {
        let root = repo.work_tree().unwrap_or(repo.git_dir()).to_owned();
        let repo = repo.repo;
        let tree = {
            let named = repo.resolve_reference_from_short_name(name).and_then(|found| found.peel_to_commit());
            let is_id = (4..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            let commit = match named {
                Err(_) if is_id => repo.find_commit_by_prefix(name),
                named => named,
            };
            commit.map(|commit| commit.tree_id()).map_err(|_| NoSuchCommit { name: name.to_owned() })?
        };
        Ok(Self { repo, tree, root })
    }

    /// Where the files seem to lie.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of what `path` leads to when every link is followed, and that.
    fn resolve<'t>(&self, tree: &'t Tree<'_>, path: &Path) -> io::Result<(PathBuf, Place<'t>)> {
        let outside = || io::Error::new(ErrorKind::NotFound, "not in the commit");
        let mut real = PathBuf::new();
        // The last name comes first.
        let mut names = names(path.strip_prefix(&self.root).map_err(|_| outside())?);
        let mut links = 0;
        while let Some(name) = names.pop() {
            if name == ".." {
                // A link may lead to the folder above, but not out of the commit.
                if !real.pop() {
                    return Err(outside());
                }
                continue;
            }
            let next = real.join(&name);
            let entry = tree.get_path(&next).map_err(|_| outside())?;
            if entry.filemode() != LINK {
                real = next;
                continue;
            }
            links += 1;
            let target = self.repo.find_blob(entry.id()).map_err(io::Error::other)?;
            let target = Path::new(std::str::from_utf8(target.content()).map_err(|_| outside())?).to_owned();
            if links > LINKS || target.is_absolute() {
                return Err(outside());
            }
            names.extend(self::names(&target));
        }
        let place = if real.as_os_str().is_empty() {
            Place::Root
        } else {
            Place::Entry(tree.get_path(&real).map_err(|_| outside())?)
        };
        Ok((real, place))
    }

    fn tree(&self) -> io::Result<Tree<'_>> {
        self.repo.find_tree(self.tree).map_err(io::Error::other)
    }

    fn listed(&self, tree: &Tree<'_>, folder: &Path, entry: &TreeEntry<'_>) -> Listed {
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        let is_link = entry.filemode() == LINK;
        let kind = if is_link {
            match self.resolve(tree, &self.root.join(folder).join(&name)) {
                Ok((_, Place::Root)) => ListedKind::Folder,
                Ok((_, Place::Entry(found))) => kind(&found),
                Err(_) => ListedKind::Nothing,
            }
        } else {
            kind(entry)
        };
        Listed { name, kind, is_link }
    }
}

/// The names of a relative path, the last one first.
fn names(path: &Path) -> Vec<std::ffi::OsString> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    names.collect::<Vec<_>>().into_iter().rev().collect()
}

fn kind(entry: &TreeEntry<'_>) -> ListedKind {
    match entry.kind() {
        Some(ObjectType::Blob) => ListedKind::File,
        // The commit of a submodule is a folder in the work tree.
        _ => ListedKind::Folder,
    }
}

impl Files for CommitFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Content> {
        let tree = self.tree()?;
        let (_, Place::Entry(entry)) = self.resolve(&tree, path)? else {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
        };
        if kind(&entry) != ListedKind::File {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
        }
        let odb = self.repo.odb().map_err(io::Error::other)?;
        let (size, _) = odb.read_header(entry.id()).map_err(io::Error::other)?;
        if size as u64 > limit {
            return Ok(Content::TooLarge(size as u64));
        }
        let blob = self.repo.find_blob(entry.id()).map_err(io::Error::other)?;
        Ok(Content::Whole(blob.content().to_vec()))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let tree = self.tree()?;
        let (real, place) = self.resolve(&tree, folder)?;
        let inner;
        let entries = match place {
            Place::Root => &tree,
            Place::Entry(entry) if entry.kind() == Some(ObjectType::Tree) => {
                inner = self.repo.find_tree(entry.id()).map_err(io::Error::other)?;
                &inner
            }
            // What a submodule holds is not in this commit.
            Place::Entry(entry) if entry.kind() == Some(ObjectType::Commit) => return Ok(Vec::new()),
            Place::Entry(_) => return Err(ErrorKind::NotADirectory.into()),
        };
        let mut listed: Vec<Listed> = entries.iter().map(|entry| self.listed(&tree, &real, &entry)).collect();
        listed.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        let tree = self.tree()?;
        Ok(self.root.join(self.resolve(&tree, path)?.0))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        let tree = self.tree()?;
        match self.resolve(&tree, path) {
            Ok((_, Place::Entry(entry))) => Ok(kind(&entry) == ListedKind::File),
            Ok((_, Place::Root)) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}
