//! The history of the project's branches, read through libgit2. Nothing is written.

use git2::{Commit, DiffOptions, ErrorCode, Oid, Repository, Sort};

use super::git::GitRepo;
use crate::model::SeenCommit;
use crate::ports::{BranchTip, Commits, Repo as _, RepoError, Since};

/// The most paths of a commit that are looked at.
const PATHS: usize = 10_000;

impl GitRepo {
    fn oid(&self, id: &str) -> Result<Oid, RepoError> {
        Oid::from_str(id).map_err(|error| self.failed(&format!("read the commit `{id}`"), &error))
    }

    fn cannot_walk<'a>(&'a self, tip: &'a str) -> impl Fn(git2::Error) -> RepoError + 'a {
        move |error| match error.code() {
            ErrorCode::NotFound if self.is_shallow() => RepoError::Git {
                doing: format!("walk the history of `{tip}`"),
                why: "this clone is shallow".to_owned(),
            },
            _ => self.failed(&format!("walk the history of `{tip}`"), &error),
        }
    }
}

impl Commits for GitRepo {
    fn tip(&self, branch: Option<&str>) -> Result<Option<BranchTip>, RepoError> {
        let Some(branch) = branch else { return self.head() };
        for place in ["refs/heads/", "refs/remotes/"] {
            // What a branch name cannot be is the name of no branch.
            if let Ok(id) = self.repo.refname_to_id(&format!("{place}{branch}")) {
                return Ok(Some(BranchTip {
                    branch: Some(branch.to_owned()),
                    commit: id.to_string().into(),
                }));
            }
        }
        Ok(None)
    }

    fn commit(&self, id: &str) -> Result<SeenCommit, RepoError> {
        let commit = self.repo.find_commit(self.oid(id)?);
        commit
            .and_then(|commit| seen(&self.repo, &commit))
            .map_err(|error| self.failed(&format!("read the commit `{id}`"), &error))
    }

    fn since(&self, last: &str, tip: &str, most: usize) -> Result<Since, RepoError> {
        let failed = self.cannot_walk(tip);
        let (last, tip) = (self.oid(last)?, self.oid(tip)?);
        if last != tip && self.repo.find_commit(last).is_err() {
            return Ok(if self.is_shallow() { Since::OutOfReach } else { Since::Rewritten });
        }
        let descends = |newer: Oid, older: Oid| {
            Ok(newer == older || self.repo.graph_descendant_of(newer, older).map_err(&failed)?)
        };
        // Somebody went back in history: nothing is new.
        if descends(last, tip)? {
            return Ok(Since::Commits { commits: Vec::new(), left_out: 0 });
        }
        if !descends(tip, last)? {
            return Ok(if self.is_shallow() { Since::OutOfReach } else { Since::Rewritten });
        }
        let (mut found, mut left_out, mut before) = (Vec::new(), 0, last);
        for step in first_parents(&self.repo, last, tip).map_err(&failed)? {
            let mut came = reached(&self.repo, step, [last, before]).map_err(&failed)?;
            // A look may end only where everything that was seen is history.
            if found.len() + came.len() > most && !found.is_empty() && descends(before, last)? {
                break;
            }
            if came.len() > most {
                left_out += came.len() - most;
                came.drain(..came.len() - most);
            }
            found.append(&mut came);
            before = step;
        }
        let read = |id: Oid| seen(&self.repo, &self.repo.find_commit(id)?);
        let commits = found.into_iter().map(read).collect::<Result<_, _>>().map_err(&failed)?;
        Ok(Since::Commits { commits, left_out })
    }
}

impl GitRepo {
    fn head(&self) -> Result<Option<BranchTip>, RepoError> {
        let head = match self.repo.head() {
            Ok(head) => head,
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => {
                return Ok(None);
            }
            Err(error) => return Err(self.failed("read `HEAD`", &error)),
        };
        let commit = head.peel_to_commit().map_err(|error| self.failed("read `HEAD`", &error))?;
        let branch = if head.is_branch() { head.shorthand().ok().map(str::to_owned) } else { None };
        Ok(Some(BranchTip { branch, commit: commit.id().to_string().into() }))
    }
}

/// The commits that a branch itself went through since `last`, the oldest first.
fn first_parents(repo: &Repository, last: Oid, tip: Oid) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repo.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    walk.simplify_first_parent()?;
    walk.push(tip)?;
    walk.hide(last)?;
    walk.collect()
}

/// The commits that are reached from one and not from others, each after those it builds on.
fn reached(repo: &Repository, from: Oid, not: [Oid; 2]) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repo.revwalk()?;
    walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
    walk.push(from)?;
    not.into_iter().try_for_each(|id| walk.hide(id))?;
    walk.collect()
}

fn seen(repo: &Repository, commit: &Commit<'_>) -> Result<SeenCommit, git2::Error> {
    let author = commit.author();
    let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
    let trailers = git2::message_trailers_strs(&message)?;
    Ok(SeenCommit {
        id: commit.id().to_string().into(),
        author: format!(
            "{} <{}>",
            String::from_utf8_lossy(author.name_bytes()),
            String::from_utf8_lossy(author.email_bytes())
        ),
        subject: message.trim_start().lines().next().unwrap_or_default().trim_end().to_owned(),
        paths: paths(repo, commit)?,
        trailers: trailers.iter().map(|(key, value)| format!("{key}: {value}")).collect(),
    })
}

/// What differs from the first parent, by its old and its new name. A shallow clone does not have the
/// parents of its oldest commits, which change all that is in them.
fn paths(repo: &Repository, commit: &Commit<'_>) -> Result<Vec<String>, git2::Error> {
    let before = commit.parent(0).ok().map(|parent| parent.tree()).transpose()?;
    let mut options = DiffOptions::new();
    options.skip_binary_check(true).ignore_submodules(false);
    let diff = repo.diff_tree_to_tree(before.as_ref(), Some(&commit.tree()?), Some(&mut options))?;
    let mut paths: Vec<String> = diff
        .deltas()
        .flat_map(|delta| [delta.old_file().path_bytes(), delta.new_file().path_bytes()])
        .flatten()
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .collect();
    paths.dedup();
    paths.truncate(PATHS);
    Ok(paths)
}

#[cfg(test)]
mod tests;
