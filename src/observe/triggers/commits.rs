//! New commits of a branch.

use std::collections::BTreeMap;

use globset::GlobSet;
use smol_str::SmolStr;

use super::globs::{Globs, of_words};
use super::{LookError, Sight, Watch};
use crate::model::{FlowFact, On, SeenCommit};
use crate::ports::{BranchTip, Commits, RepoError, Since};

/// How many commits are looked at in one tick; the next one goes on.
const AT_ONCE: usize = 200;
/// The most paths of a commit that the state records.
const PATHS: usize = 1_000;

/// Looks at history, and at the same part of it once.
pub(super) struct Lookout<'a> {
    history: &'a dyn Commits,
    state_branch: &'a str,
    seen: BTreeMap<(SmolStr, SmolStr), Since>,
}

/// What a trigger asks of a commit; all of it must hold.
struct Wanted<'a> {
    paths: Option<Globs>,
    authors: Option<GlobSet>,
    trailers: &'a [SmolStr],
}

impl<'a> Lookout<'a> {
    pub(super) fn new(history: &'a dyn Commits, state_branch: &'a str) -> Self {
        Self { history, state_branch, seen: BTreeMap::new() }
    }

    /// Whether a branch is that of the state, or one on which it goes on after a compaction.
    fn is_state(&self, branch: &str) -> bool {
        let Some(rest) = branch.strip_prefix(self.state_branch) else { return false };
        let number = rest.strip_prefix('-').unwrap_or_default();
        rest.is_empty() || (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    }

    pub(super) fn look(&mut self, watch: Watch<'_>, sight: &mut Sight) -> Result<(), LookError> {
        let On::Commits { branch, paths, authors, trailers } = &watch.trigger.on else { return Ok(()) };
        let id = &watch.workflow.id;
        // Every tick moves it, and would see what the tick before it did.
        if branch.as_deref().is_some_and(|branch| self.is_state(branch)) {
            sight.warnings.push(format!(
                "workflow `{id}` watches the commits of `{}`, which is the state itself, and sees none: \
                 name another branch, or use `event` triggers",
                branch.as_deref().unwrap_or(self.state_branch)
            ));
            return Ok(());
        }
        let failed = |error: RepoError| LookError::History { workflow: id.clone(), error };
        let tip = self.history.tip(branch.as_deref()).map_err(failed)?;
        let tip = tip.filter(|tip| !tip.branch.as_deref().is_some_and(|branch| self.is_state(branch)));
        let Some(mark) = watch.mark else {
            sight.facts.push(FlowFact::TriggerWatched {
                workflow: id.clone(),
                trigger: watch.trigger.key.clone(),
                commit: tip.map(|tip| tip.commit),
                files: Vec::new(),
            });
            return Ok(());
        };
        // A branch that is gone may come back.
        let Some(BranchTip { commit: tip, .. }) = tip else { return Ok(()) };
        let Some(last) = &mark.commit else {
            // The branch is new, its commits need not be.
            return self.begin_anew(watch, &tip, sight);
        };
        if *last == tip {
            return Ok(());
        }
        let key = (last.clone(), tip.clone());
        if !self.seen.contains_key(&key) {
            let since = self.history.since(last, &tip, AT_ONCE).map_err(failed)?;
            self.seen.insert(key.clone(), since);
        }
        match &self.seen[&key] {
            Since::Commits { commits, left_out } => {
                if *left_out > 0 {
                    sight.warnings.push(format!(
                        "workflow `{id}` lets {left_out} commits go by: one merge brought more than {AT_ONCE}"
                    ));
                }
                let wrong = |(pattern, why)| LookError::Pattern { workflow: id.clone(), pattern, why };
                let wanted = Wanted::new(paths, authors, trailers).map_err(wrong)?;
                tell(watch, last, commits, &wanted, sight);
                Ok(())
            }
            Since::OutOfReach => {
                sight.warnings.push(format!(
                    "workflow `{id}` cannot see new commits: this clone is shallow and does not reach back to \
                     {}; fetch more of it (`git fetch --unshallow`, `fetch-depth: 0` of actions/checkout)",
                    short(last)
                ));
                Ok(())
            }
            Since::Rewritten => {
                sight.warnings.push(format!(
                    "workflow `{id}` begins anew at {}: the history that it watches was rewritten, and {} is \
                     not part of it any more",
                    short(&tip),
                    short(last)
                ));
                self.begin_anew(watch, &tip, sight)
            }
        }
    }

    /// Goes on from the tip, whatever came before it.
    fn begin_anew(&self, watch: Watch<'_>, tip: &str, sight: &mut Sight) -> Result<(), LookError> {
        let workflow = watch.workflow.id.clone();
        let failed = |error: RepoError| LookError::History { workflow, error };
        let commit = self.history.commit(tip).map_err(failed)?;
        let after = watch.mark.and_then(|mark| mark.commit.clone());
        sight.facts.push(seen(watch, &commit, false, after));
        Ok(())
    }
}

/// A fact for each commit that is wanted, and one for the last that is not, to say how far was looked.
fn tell(watch: Watch<'_>, last: &SmolStr, commits: &[SeenCommit], wanted: &Wanted<'_>, sight: &mut Sight) {
    let mut after = Some(last.clone());
    for (index, commit) in commits.iter().enumerate() {
        let matches = wanted.matches(commit);
        if matches || index + 1 == commits.len() {
            sight.facts.push(seen(watch, commit, matches, after));
            after = Some(commit.id.clone());
        }
    }
}

fn seen(watch: Watch<'_>, commit: &SeenCommit, matches: bool, after: Option<SmolStr>) -> FlowFact {
    let most = if matches { PATHS } else { 0 };
    let commit = SeenCommit { paths: commit.paths.iter().take(most).cloned().collect(), ..commit.clone() };
    let (workflow, trigger) = (watch.workflow.id.clone(), watch.trigger.key.clone());
    FlowFact::CommitSeen { workflow, trigger, commit, matches, after }
}

impl<'a> Wanted<'a> {
    fn new(
        paths: &[SmolStr],
        authors: &[SmolStr],
        trailers: &'a [SmolStr],
    ) -> Result<Self, (SmolStr, String)> {
        Ok(Self {
            paths: if paths.is_empty() { None } else { Some(Globs::of_paths(paths)?) },
            authors: if authors.is_empty() { None } else { Some(of_words(authors)?) },
            trailers,
        })
    }

    fn matches(&self, commit: &SeenCommit) -> bool {
        let has_path = |globs: &Globs| commit.paths.iter().any(|path| globs.matches(path));
        let has_trailer =
            |wanted: &SmolStr| commit.trailers.iter().any(|trailer| is_trailer(trailer, wanted));
        self.paths.as_ref().is_none_or(has_path)
            && self.authors.as_ref().is_none_or(|authors| authors.is_match(&commit.author))
            && self.trailers.iter().all(has_trailer)
    }
}

/// Whether a trailer is `Key: value`, or has this key at all. Keys have no case.
fn is_trailer(trailer: &str, wanted: &str) -> bool {
    let parts = |text: &'_ str| -> (String, Option<String>) {
        match text.split_once(':') {
            Some((key, value)) => (key.trim().to_lowercase(), Some(value.trim().to_owned())),
            None => (text.trim().to_lowercase(), None),
        }
    };
    let ((key, value), (wanted_key, wanted_value)) = (parts(trailer), parts(wanted));
    key == wanted_key && wanted_value.is_none_or(|wanted| value.as_deref() == Some(wanted.as_str()))
}

fn short(id: &str) -> &str {
    id.get(..10).unwrap_or(id)
}
