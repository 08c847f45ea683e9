//! The history against the rules: every tick is decided a second time, by the configuration that stands in
//! its own commit, and must come out as it is recorded.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use smol_str::format_smolstr;

use crate::check;
use crate::commit::{Happened, Remark, Since, StateBranch, StoreError, Tip, Verified, Witness};
use crate::diag::Severity;
use crate::load;
use crate::model::{Config, Event, Fact};
use crate::observe;
use crate::plan::{Derived, Recorded, Underivable, rederive};
use crate::ports::{Content, Files, Listed, ListedKind, ObjectId};
use crate::state::State;

/// Verifies the history up to a tip, record by record and decision by decision.
pub(crate) fn verify(branch: &StateBranch<'_>, tip: &Tip, since: &Since) -> Result<Verified, StoreError> {
    let mut judge = Judge { branch, state: None, config: None };
    branch.verify(tip, since, &mut judge)
}

/// Decides again what was decided.
struct Judge<'a> {
    branch: &'a StateBranch<'a>,
    /// Before the next tick; none if it is not known.
    state: Option<State>,
    /// The last configuration, by its tree: few ticks change it.
    config: Option<(ObjectId, Result<Box<Config>, usize>)>,
}

impl Witness for Judge<'_> {
    fn tick(&mut self, happened: &Happened<'_>) -> Result<Vec<Remark>, StoreError> {
        // A rollback is no decision of rules; that its state is the old one is a matter of the records. Nor is it
        // one where the state is kept.
        let is_about_history =
            |event: &Event| matches!(event.fact, Fact::StateRolledBack { .. } | Fact::StateCompacted { .. });
        let is_decided = !happened.events.iter().any(is_about_history);
        let Some(state) = self.state.take().filter(|_| is_decided) else {
            self.state = Some(happened.after.clone());
            return Ok(Vec::new());
        };
        self.read_config(happened, &state)?;
        let is_ours = is_ours(happened);
        let remark = match &self.config {
            Some((_, Ok(config))) => match derive(config, state, happened) {
                Ok(derived) => {
                    let remarks = head(config, &derived, happened);
                    self.state = Some(derived.state);
                    return Ok(remarks);
                }
                Err(error) => undecided(&error, happened),
            },
            Some((_, Err(errors))) => Remark {
                event: None,
                message: format!(
                    "its configuration has {errors} errors by orch {}: what it decided was not derived",
                    env!("CARGO_PKG_VERSION")
                ),
                is_warning: !is_ours,
            },
            None => return Ok(Vec::new()),
        };
        self.state = Some(happened.after.clone());
        Ok(vec![remark])
    }

    fn resume_from(&mut self, state: Option<&State>) {
        self.state = state.cloned();
    }
}

impl Judge<'_> {
    fn read_config(&mut self, happened: &Happened<'_>, state: &State) -> Result<(), StoreError> {
        if self.config.as_ref().is_some_and(|(tree, _)| *tree == happened.config) {
            return Ok(());
        }
        let files = InTree(self.branch.config_files(happened.config, happened.commit)?.into_iter().collect());
        let config = match load::load(&files, Path::new("/")) {
            Ok(sources) => {
                let checked = check::check(&sources, Some(&|code| state.is_known(code)));
                checked.config.map(Box::new).ok_or_else(|| checked.diagnostics.count(Severity::Error))
            }
            Err(_) => Err(1),
        };
        self.config = Some((happened.config, config));
        Ok(())
    }
}

/// Whether this very version decided a tick and wrote all down that it knew.
fn is_ours(happened: &Happened<'_>) -> bool {
    happened.is_complete && happened.head.version_of_orch == env!("CARGO_PKG_VERSION")
}

fn derive(config: &Config, state: State, happened: &Happened<'_>) -> Result<Derived, Underivable> {
    let recorded = Recorded {
        config_id: &format_smolstr!("{}", happened.config),
        at: happened.head.at,
        given: happened.given,
        events: happened.events,
    };
    // The first tick makes the state.
    let before = (happened.head.serial > 1).then_some(state);
    rederive(config, before, &recorded)
}

/// What the head says besides: ticks go by it when they look whether there is anything to do.
fn head(config: &Config, derived: &Derived, happened: &Happened<'_>) -> Vec<Remark> {
    let is_warning = !is_ours(happened);
    let remark = |message| Remark { event: None, message, is_warning };
    let mut remarks = Vec::new();
    if derived.due != happened.head.due {
        let text = |due: Option<crate::model::Time>| due.map_or("never".to_owned(), |due| due.to_string());
        let (due, follows) = (text(happened.head.due), text(derived.due));
        remarks.push(remark(format!("it says that the next tick is due {due}; what follows is {follows}")));
    }
    let watches = observe::watches(config);
    if watches != happened.head.watches {
        remarks.push(remark(format!("it says `watches` is {}; what follows is {watches}", !watches)));
    }
    remarks
}

/// What to say of a tick that does not follow.
fn undecided(error: &Underivable, happened: &Happened<'_>) -> Remark {
    let recorded = |index: usize| happened.events.get(index).map_or("nothing".to_owned(), text);
    let (event, what) = match error {
        Underivable::Differs { index, follows } => {
            let follows = follows.as_deref().map_or("nothing".to_owned(), text);
            (Some(*index), format!("recorded: {}; what follows: {follows}", recorded(*index)))
        }
        Underivable::Known { index } | Underivable::Inconsistent { index, .. } => {
            (Some(*index), format!("recorded: {}; {error}", recorded(*index)))
        }
        Underivable::Given | Underivable::Plan(_) => (Some(0), error.to_string()),
    };
    let is_warning = !is_ours(happened);
    let message = if is_warning {
        let (then, now) = (&happened.head.version_of_orch, env!("CARGO_PKG_VERSION"));
        format!("decided by orch {then}, and this is {now}: {what}")
    } else {
        what
    };
    Remark { event, message, is_warning }
}

/// An event in one line: who, what, and why.
fn text(event: &Event) -> String {
    let fact = serde_json::to_string(&event.fact).unwrap_or_default();
    let cause = event.cause.as_ref().map(|cause| {
        let at = cause.at.as_deref().map(|at| format!(" ({at})")).unwrap_or_default();
        format!(", by {}: {}{at}", cause.rule, cause.why)
    });
    format!("{fact} of {} at {}{}", event.actor, event.at, cause.unwrap_or_default())
}

/// The files of a recorded configuration, below `/`.
struct InTree(BTreeMap<String, Vec<u8>>);

impl InTree {
    fn name(path: &Path) -> Option<&str> {
        path.strip_prefix("/").ok()?.to_str()
    }
}

impl Files for InTree {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Content> {
        let bytes = Self::name(path).and_then(|name| self.0.get(name)).ok_or(io::ErrorKind::NotFound)?;
        let size = bytes.len() as u64;
        Ok(if size > limit { Content::TooLarge(size) } else { Content::Whole(bytes.clone()) })
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let folder = Self::name(folder).unwrap_or_default();
        let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let names = self.0.keys().filter_map(|path| path.strip_prefix(&below));
        let files = names.filter(|name| !name.contains('/'));
        let listed: Vec<Listed> = files
            .map(|name| Listed { name: name.to_owned(), kind: ListedKind::File, is_link: false })
            .collect();
        if listed.is_empty() && !folder.is_empty() { Err(io::ErrorKind::NotFound.into()) } else { Ok(listed) }
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(Self::name(path).is_some_and(|name| self.0.contains_key(name)))
    }
}
