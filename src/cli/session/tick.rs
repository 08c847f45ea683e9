//! What a command or a tick is to do, and how it turned out.

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use super::carry::carry_out;
use super::desk::{Desk, Settled, accepted};
use super::machine::Machine;
use super::{Project, Stale};
use crate::adapters::faults::Faulty;
use crate::adapters::git::GitRepo;
use crate::apply::Recovery;
use crate::cli::Cx;
use crate::commit::{Outcome, StateBranch, Tip};
use crate::model::{Actor, Request, RunId};
use crate::plan::{Plan, Planned};
use crate::report;
use crate::state::State;
use crate::ui::text;

/// What a write command or a tick is to do.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub requests: Vec<Request>,
    pub push: bool,
    pub project: &'a Project,
}

/// What a tick takes in from ticks that could not commit, and what it leaves if it cannot either.
#[derive(Debug, Default)]
pub(crate) struct Rescue {
    pub recovered: Vec<Recovery>,
    /// Who tells of it; none if nobody does.
    pub by: Option<Actor>,
    /// Where else a recovery file is written.
    pub save: Option<PathBuf>,
    /// It is a tick, which looks at everything, whoever asks for something besides.
    pub is_tick: bool,
}

/// A tick as it turned out.
#[derive(Debug)]
pub(crate) struct Ticked {
    pub plan: Plan,
    /// The state after it. Never dropped: the process ends soon, and to free a hundred thousand
    /// records one by one takes as long as to plan them.
    pub state: ManuallyDrop<State>,
    /// The state that it was planned on.
    pub base: report::Tip,
    /// Where it was committed; none if nothing happened, or nothing was to be committed.
    pub committed: Option<report::Tip>,
    pub pushed: bool,
    /// How many runs failed that it carried out.
    pub failed: usize,
}

impl Ticked {
    /// As reports show it.
    pub(crate) fn view(&self, all: bool) -> text::Outcome<'_> {
        let serial = match &self.committed {
            Some(tip) => tip.serial,
            None => self.base.serial + u64::from(!self.plan.is_empty()),
        };
        text::Outcome {
            events: &self.plan.events,
            state: &self.state,
            now: self.plan.base.now,
            due: self.plan.due,
            due_now: self.plan.effects.len(),
            serial,
            commit: self.committed.as_ref().and_then(|tip| tip.commit.as_deref()),
            pushed: self.pushed,
            all,
        }
    }
}

/// The state moved on faster than this writer could follow.
#[derive(Debug, thiserror::Error)]
#[error("the state branch moved {tries} times while this tick was being written; nothing was changed")]
pub(crate) struct Busy {
    pub tries: u32,
}

/// Steps were done that could not be committed.
#[derive(Debug, thiserror::Error)]
#[error("steps were done, and the state does not tell of them yet")]
pub(crate) struct CutShort;

/// A rule of the server refuses the state.
#[derive(Debug, thiserror::Error)]
#[error("the remote refuses the state branch: {words}")]
pub(crate) struct PushRefused {
    pub words: String,
}

/// The push did not happen, for a reason that may pass.
#[derive(Debug, thiserror::Error)]
#[error("failed to push the state branch: {words}")]
pub(crate) struct PushFailed {
    pub words: String,
}

/// The connection broke after the push was sent, and the remote cannot be asked.
#[derive(Debug, thiserror::Error)]
#[error("the remote did not say whether it took the state: {words}")]
pub(crate) struct PushUnknown {
    pub words: String,
}

impl Work<'_> {
    /// Plans and commits, as often as it takes. Nothing happened: no commit. What follows for the world is
    /// left to the next tick.
    pub(crate) fn run(self, cx: &Cx) -> anyhow::Result<Ticked> {
        self.at_desk(cx, |mut desk| Ok(desk.settle()?.ticked()))
    }

    /// A whole tick: plans, commits, carries out what is to be done to the world, and goes on so until
    /// nothing is due.
    pub(crate) fn carry_out(self, cx: &Cx) -> anyhow::Result<Ticked> {
        self.carry_out_after(cx, Rescue::default())
    }

    /// The same, with what is known of other ticks.
    pub(crate) fn carry_out_after(self, cx: &Cx, rescue: Rescue) -> anyhow::Result<Ticked> {
        self.at_desk_with(cx, rescue, |desk| carry_out(desk, None))
    }

    /// The same for exactly one run, which a runner was sent for: it alone is carried out, and nothing is looked at.
    pub(crate) fn carry_out_only(self, cx: &Cx, rescue: Rescue, run: RunId) -> anyhow::Result<Ticked> {
        self.at_desk_with(cx, rescue, |mut desk| {
            (desk.only, desk.is_runner) = (vec![run], true);
            carry_out(desk, None)
        })
    }

    /// Commits exactly what `decide` says of the tip, and gives up if that moves meanwhile.
    pub(crate) fn exactly(
        self,
        cx: &Cx,
        dry_run: bool,
        decide: impl FnOnce(&StateBranch<'_>, &Tip) -> anyhow::Result<Planned>,
    ) -> anyhow::Result<Ticked> {
        self.at_desk(cx, |mut desk| {
            let turn = desk.branch.turn()?;
            let there = if desk.push { desk.there()? } else { None };
            let tip = desk.branch.tip_to_write()?;
            let Planned { plan, state } = decide(&desk.branch, &tip)?;
            if dry_run || plan.is_empty() {
                return Ok(Settled { plan, state, base: tip, tip: None, pushed: false }.ticked());
            }
            desk.config = Some(desk.check(Some(&state))?);
            let settled = if plan.events.is_empty() {
                Settled { plan, state, base: tip, tip: None, pushed: false }
            } else {
                let message = report::story(&plan.events, &state);
                let prepared = desk.branch.prepare(&tip, desk.as_tick(&plan, state, &message))?;
                let done = if desk.push {
                    accepted(desk.branch.push(prepared, &desk.remote(), there)?)?
                } else {
                    match desk.branch.settle(prepared)? {
                        Outcome::Committed(done) => Some(*done),
                        Outcome::Moved => None,
                    }
                };
                let moved = || Stale { moved: vec!["the state moved while it was being applied".into()] };
                let done = done.ok_or_else(moved)?;
                let pushed = desk.push;
                Settled { plan, state: done.state, base: tip, tip: Some(done.tip), pushed }
            };
            drop(turn);
            if settled.plan.effects.is_empty() {
                Ok(settled.ticked())
            } else {
                carry_out(desk, Some(settled))
            }
        })
    }

    /// Plans only.
    pub(crate) fn preview(self, cx: &Cx) -> anyhow::Result<Ticked> {
        self.preview_after(cx, Rescue::default())
    }

    /// The same, with what is known of other ticks.
    pub(crate) fn preview_after(self, cx: &Cx, rescue: Rescue) -> anyhow::Result<Ticked> {
        self.at_desk_with(cx, rescue, |mut desk| {
            let tip = desk.branch.tip()?;
            let Planned { plan, state } = desk.plan(&tip)?;
            let plan = desk.surveyed(plan)?;
            Ok(Settled { plan, state, base: tip, tip: None, pushed: false }.ticked())
        })
    }

    /// What that would do to exactly one run, which a runner was sent for.
    pub(crate) fn preview_only(self, cx: &Cx, run: RunId) -> anyhow::Result<Ticked> {
        self.at_desk_with(cx, Rescue::default(), |mut desk| {
            (desk.only, desk.is_runner) = (vec![run], true);
            let tip = desk.branch.tip()?;
            let Planned { plan, state } = desk.plan(&tip)?;
            Ok(Settled { plan, state, base: tip, tip: None, pushed: false }.ticked())
        })
    }

    pub(super) fn at_desk<T>(
        self,
        cx: &Cx,
        act: impl FnOnce(Desk<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.at_desk_with(cx, Rescue::default(), act)
    }

    fn at_desk_with<T>(
        self,
        cx: &Cx,
        rescue: Rescue,
        act: impl FnOnce(Desk<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let identity = self.project.identity(cx)?;
        let repo = Faulty(GitRepo::discover(&self.project.sources.root)?);
        let branch = StateBranch::new(&repo, &identity.state_branch);
        // Who asks for something need not wait for GitHub: the next tick looks there.
        let looks_far = self.requests.is_empty() || rescue.is_tick;
        let machine = Machine::new(cx, &self, &repo, rescue.save.as_deref(), looks_far);
        let mut desk = Desk::new(machine.site(), branch, identity.remote.clone(), self.project.files())?;
        (desk.requests, desk.push) = (self.requests, self.push);
        if let Some(by) = rescue.by {
            desk.take_in(rescue.recovered, &by);
        }
        act(desk)
    }
}
