//! Saved plans: written by `plan -o`, done exactly by `apply FILE` or refused.

use std::fmt;
use std::path::Path;

use anyhow::Context as _;

use super::read::at;
use super::tick::Ticked;
use super::{Project, Work};
use crate::adapters::disk;
use crate::adapters::git::GitRepo;
use crate::cli::Cx;
use crate::cli::args::WriteArgs;
use crate::commit::{StateBranch, Tip};
use crate::model::{Event, Time};
use crate::plan::{Plan, Planned};
use crate::ports::ObjectId;
use crate::state::State;
use crate::ui::json::v1::{SavedPlanV1, to_json};
use crate::ui::text::{self, PlanView, Style};

/// A plan as a file holds it.
#[derive(Debug)]
pub(crate) struct SavedPlan(SavedPlanV1);

/// What moved since a plan was made.
#[derive(Debug, thiserror::Error)]
pub(crate) struct Stale {
    pub moved: Vec<String>,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the plan is stale:")?;
        self.moved.iter().try_for_each(|moved| {
            let mark = if moved.starts_with(' ') { " " } else { "-" };
            write!(f, "\n  {mark} {moved}")
        })
    }
}

impl SavedPlan {
    pub(crate) fn new(planned: &Ticked, project: &Project) -> Self {
        let mut saved =
            SavedPlanV1::new(&planned.plan, &planned.state, &planned.base, env!("CARGO_PKG_VERSION"));
        saved.base.files = project.hashes();
        Self(saved)
    }

    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = disk::read_text(file)?;
        let saved =
            SavedPlanV1::parse(&text).with_context(|| format!("failed to read `{}`", file.display()))?;
        Ok(Self(saved))
    }

    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        Ok(disk::replace(file, self.json().as_bytes())?)
    }

    pub(crate) fn json(&self) -> String {
        to_json(&self.0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.events.is_empty() && self.0.effects.is_empty()
    }

    /// What moved since the plan was made, if anything did.
    pub(crate) fn staleness(&self, cx: &Cx, project: &Project) -> anyhow::Result<Option<Stale>> {
        let repo = GitRepo::discover(&project.sources.root)?;
        let branch = StateBranch::new(&repo, &project.identity(cx)?.state_branch);
        let tip = branch.tip()?;
        let mut moved = Vec::new();
        moved.extend(self.moved_state(&branch, &tip));
        moved.extend(self.moved_files(project));
        moved.extend(self.moved_tool());
        moved.extend(self.moved_clock(project.now));
        Ok((!moved.is_empty()).then_some(Stale { moved }))
    }

    fn moved_state(&self, branch: &StateBranch<'_>, tip: &Tip) -> Vec<String> {
        let base = &self.0.base;
        if at(tip).commit == base.state {
            return Vec::new();
        }
        let mut moved = vec![format!("the state went from tick {} to tick {}", base.serial, tip.head.serial)];
        let since = branch.history(tip).map_while(Result::ok).take_while(|entry| entry.serial > base.serial);
        moved.extend(since.take(10).map(|entry| format!(" tick {}: {}", entry.serial, entry.subject)));
        moved
    }

    fn moved_files(&self, project: &Project) -> Vec<String> {
        let (then, now) = (&self.0.base.files, project.hashes());
        let changed = now.iter().filter_map(|(path, hash)| match then.get(path) {
            None => Some(format!("`{path}` is new")),
            Some(old) if old != hash => Some(format!("`{path}` changed")),
            Some(_) => None,
        });
        let gone =
            then.keys().filter(|path| !now.contains_key(*path)).map(|path| format!("`{path}` is gone"));
        changed.chain(gone).collect()
    }

    fn moved_tool(&self) -> Option<String> {
        let (then, now) = (&self.0.orch_version, env!("CARGO_PKG_VERSION"));
        (then != now).then(|| format!("it was made by orch {then}, and this is orch {now}"))
    }

    fn moved_clock(&self, now: Time) -> Option<String> {
        let base = self.0.base.now;
        if now < base {
            return Some(format!("it was made at {base}, and the clock says {now}"));
        }
        let due = self.0.due.filter(|due| now >= *due)?;
        Some(format!("at {due} something fell due that it does not hold"))
    }

    /// The plan as text, with the state it leads to if the repository still has its base.
    pub(crate) fn text(
        &self,
        cx: &Cx,
        project: &Project,
        all: bool,
        saved: text::Saved<'_>,
    ) -> anyhow::Result<String> {
        let identity = project.identity(cx)?;
        let repo = GitRepo::discover(&project.sources.root)?;
        let branch = StateBranch::new(&repo, &identity.state_branch);
        let planned =
            self.replanned(&branch).context("failed to show the plan: its state is not in this clone")?;
        let view = PlanView {
            plan: &planned.plan,
            state: &planned.state,
            tip: &self.0.tip(),
            then: &[],
            project: &identity.name,
            saved,
            all,
        };
        let style: Style = cx.out.style();
        Ok(text::plan(&view, style))
    }

    /// The plan and the state that it leads to, from the state that it was made from.
    fn replanned(&self, branch: &StateBranch<'_>) -> anyhow::Result<Planned> {
        let plan: Plan = self.0.clone().into_plan();
        let mut state = match &self.0.base.state {
            Some(commit) => branch.load(&branch.tip_at(commit.parse::<ObjectId>()?)?)?,
            None => State::default(),
        };
        for event in &plan.events {
            let event: &Event = event;
            state.apply(event).context("the plan does not fit the state that it names")?;
        }
        Ok(Planned { plan, state })
    }

    /// Does exactly this plan, or refuses.
    pub(crate) fn apply(self, cx: &Cx, project: &Project, args: WriteArgs) -> anyhow::Result<Ticked> {
        Work { requests: Vec::new(), push: args.push, project }.exactly(cx, args.dry_run, |branch, tip| {
            if let Some(stale) = self.staleness(cx, project)? {
                return Err(stale.into());
            }
            debug_assert_eq!(at(tip).commit, self.0.base.state);
            self.replanned(branch)
        })
    }
}
