//! Opening a project and its state for looking only.

use super::Project;
use crate::adapters::git::GitRepo;
use crate::cli::Cx;
use crate::commit::{Archived, HistoryEnd, HistoryEntry, StateBranch, Tip};
use crate::model::{Code, Config, Task, Time};
use crate::plan::Context;
use crate::report::{self, EventFilter, Logged};
use crate::state::State;

/// A project and its state as they are.
#[derive(Debug)]
pub(crate) struct Reader {
    pub repo: GitRepo,
    pub config: Config,
    pub tip: Tip,
    pub state: State,
    pub now: Time,
}

/// Opens the project and reads its state, empty if there is none yet.
pub(crate) fn read(cx: &Cx) -> anyhow::Result<Reader> {
    let project = Project::find(cx)?;
    let repo = GitRepo::discover(&project.sources.root)?;
    let branch = StateBranch::new(&repo, &project.identity(cx)?.state_branch);
    let tip = branch.tip()?;
    let state = if tip.commit.is_some() { branch.load(&tip)? } else { State::default() };
    let config = project.check(cx, &|code| state.is_known(code))?;
    if tip.commit.is_none() {
        cx.out.note("note: no tick has run here yet; `orch plan` shows what the first one would do");
    }
    super::write::tell_hold(cx, &state);
    if let Some(next) = &tip.head.continued {
        let remote = &config.project.remote;
        cx.out.note(format!(
            "note: the state goes on at branch `{next}`, which this clone does not have: `git fetch {remote} \
             {next}:{next}`"
        ));
    } else if !tip.by_orch {
        cx.out.note(
            "note: the newest commit of the state branch was not made by orch; ticks refuse to go on from it",
        );
    }
    Ok(Reader { config, tip, state, now: project.now, repo })
}

impl Reader {
    pub(crate) fn branch(&self) -> StateBranch<'_> {
        StateBranch::new(&self.repo, &self.config.project.state_branch)
    }

    /// What a rule would see.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            config: &self.config,
            state: &self.state,
            now: self.now,
            config_changed: false,
            holder: None,
            dead: &[],
            only: &[],
        }
    }

    /// A finished task that has left the hot state.
    pub(crate) fn archived(&self, cx: &Cx, code: &Code) -> anyhow::Result<Option<Task>> {
        if self.state.task(code).is_some() || self.state.archive.fate(code).is_none() {
            return Ok(None);
        }
        match self.branch().find_archived(&self.tip, code)? {
            Archived::Found(task) => Ok(Some(*task)),
            Archived::Unknown => Ok(None),
            Archived::OutOfReach(end) => {
                cx.out.note(format!(
                    "note: {code} is finished and its record not in this clone; {}",
                    end.remedy()
                ));
                Ok(None)
            }
        }
    }

    /// The ticks of the log, the oldest first, back to where `filter` cannot want more.
    pub(crate) fn log(&self, cx: &Cx, filter: &EventFilter) -> anyhow::Result<Vec<HistoryEntry>> {
        let branch = self.branch();
        let mut history = branch.history(&self.tip);
        let (mut ticks, mut found) = (Vec::new(), 0);
        for entry in &mut history {
            let entry = entry?;
            if filter.since.is_some_and(|since| entry.at < since) {
                break;
            }
            found += events_of(&entry).filter(|logged| filter.matches(logged)).count();
            ticks.push(entry);
            if filter.limit.is_some_and(|limit| found >= limit) {
                break;
            }
        }
        if let Some(end) = history.ends_at() {
            tell_end(cx, end);
        }
        ticks.reverse();
        Ok(ticks)
    }

    /// The state that reports name.
    pub(crate) fn at(&self) -> report::Tip {
        at(&self.tip)
    }
}

/// Says that there is more history than this clone has.
pub(crate) fn tell_end(cx: &Cx, end: &HistoryEnd) {
    let (commit, rest) = (end.commit.short(), end.remedy());
    let shallow = if end.elsewhere.is_none() { " is shallow and" } else { "" };
    cx.out.note(format!("note: this clone{shallow} knows nothing before {commit}; {rest}"));
}

/// The events of these ticks with their places.
pub(crate) fn logged(ticks: &[HistoryEntry]) -> impl Iterator<Item = Logged<'_>> {
    ticks.iter().flat_map(events_of)
}

fn events_of(entry: &HistoryEntry) -> impl Iterator<Item = Logged<'_>> {
    Logged::tick(entry.serial, &entry.events)
}

pub(super) fn at(tip: &Tip) -> report::Tip {
    report::Tip {
        commit: tip.commit.map(|commit| smol_str::format_smolstr!("{commit}")),
        serial: tip.head.serial,
    }
}
