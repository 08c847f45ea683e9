//! The tick: plan on the tip, commit on the tip, and when the tip moved meanwhile, plan again.

use std::mem::ManuallyDrop;
use std::time::Duration;

use super::diverged::Again;
use super::read::at;
use super::{Project, Stale};
use crate::adapters::git::GitRepo;
use crate::adapters::git_cli::GitCli;
use crate::cli::Cx;
use crate::commit::{
    Committed, ConfigFile, Diverged, Outcome, Pushed, Reconciled, Remote, StateBranch, Tick, Tip,
};
use crate::model::{Config, Request};
use crate::plan::{Base, Inputs, Plan, PlanError, Planned, plan};
use crate::ports::ObjectId;
use crate::report;
use crate::state::State;
use crate::ui::text;

/// How often a push is tried again after somebody else was faster.
const PUSHES: u32 = 10;
/// How often a commit is, in one clone, where writers take turns.
const COMMITS: u32 = 200;

/// What a write command or a tick is to do.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    pub requests: Vec<Request>,
    pub push: bool,
    pub project: &'a Project,
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

/// The project, its repository and branch, opened for one command.
pub(crate) struct Desk<'a> {
    cx: &'a Cx,
    work: Work<'a>,
    branch: StateBranch<'a>,
    repo: &'a GitRepo,
    remote: String,
    files: Vec<ConfigFile<'a>>,
    config_id: ObjectId,
}

impl Work<'_> {
    /// Plans and commits, as often as it takes. Nothing happened: no commit.
    pub(crate) fn run(self, cx: &Cx) -> anyhow::Result<Ticked> {
        #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is not general enough")]
        self.at_desk(cx, |desk| desk.tick())
    }

    /// Commits exactly what `decide` says of the tip, and gives up if that moves meanwhile.
    pub(crate) fn exactly(
        self,
        cx: &Cx,
        dry_run: bool,
        decide: impl FnOnce(&StateBranch<'_>, &Tip) -> anyhow::Result<Planned>,
    ) -> anyhow::Result<Ticked> {
        self.at_desk(cx, |desk| {
            let _turn = desk.branch.turn()?;
            let transport = GitCli::new(desk.repo.git_dir());
            let remote = Remote { transport: &transport, name: &desk.remote };
            let there = if desk.work.push { desk.there(&remote)? } else { None };
            let tip = desk.branch.tip()?;
            let planned = decide(&desk.branch, &tip)?;
            if dry_run || planned.plan.is_empty() {
                return Ok(quiet(&tip, planned));
            }
            let Planned { plan, state } = planned;
            let message = report::story(&plan.events, &state);
            let prepared = desk.branch.prepare(&tip, desk.as_tick(&plan, state, &message))?;
            let done = if desk.work.push {
                accepted(desk.branch.push(prepared, &remote, there)?)?
            } else {
                match desk.branch.settle(prepared)? {
                    Outcome::Committed(done) => Some(*done),
                    Outcome::Moved => None,
                }
            };
            let done = done
                .ok_or_else(|| Stale { moved: vec!["the state moved while it was being applied".into()] })?;
            Ok(ticked(plan, &tip, done, desk.work.push))
        })
    }

    /// Plans only.
    pub(crate) fn preview(self, cx: &Cx) -> anyhow::Result<Ticked> {
        self.at_desk(cx, |desk| {
            let tip = desk.branch.tip()?;
            let planned = desk.plan(&tip)?;
            Ok(quiet(&tip, planned))
        })
    }

    fn at_desk<T>(self, cx: &Cx, act: impl FnOnce(&mut Desk<'_>) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let identity = self.project.identity(cx)?;
        let repo = GitRepo::discover(&self.project.sources.root)?;
        let branch = StateBranch::new(&repo, &identity.state_branch);
        let files = self.project.files();
        let config_id = branch.config_tree(&files)?;
        act(&mut Desk { cx, work: self, branch, repo: &repo, remote: identity.remote, files, config_id })
    }
}

impl Desk<'_> {
    /// Where the remote is, once this clone has all of it.
    fn there(&self, remote: &Remote<'_>) -> anyhow::Result<Option<ObjectId>> {
        match self.branch.reconcile(remote)? {
            Reconciled::Ready { remote, .. } => Ok(remote),
            Reconciled::Diverged(_) => Err(Stale {
                moved: vec!["the remote has ticks that this clone lacks, and the other way round".into()],
            }
            .into()),
        }
    }

    fn tick(&mut self) -> anyhow::Result<Ticked> {
        let _turn = self.branch.turn()?;
        if self.work.push { self.tick_and_push() } else { self.tick_here() }
    }

    fn tick_here(&self) -> anyhow::Result<Ticked> {
        for _ in 0..COMMITS {
            let tip = self.branch.tip()?;
            if let Some(idle) = self.idle(&tip) {
                return Ok(idle);
            }
            let planned = self.plan(&tip)?;
            if planned.plan.is_empty() {
                return Ok(quiet(&tip, planned));
            }
            let Planned { plan, state } = planned;
            let message = report::story(&plan.events, &state);
            match self.branch.commit(&tip, self.as_tick(&plan, state, &message))? {
                Outcome::Committed(done) => return Ok(ticked(plan, &tip, *done, false)),
                Outcome::Moved => {}
            }
        }
        Err(Busy { tries: COMMITS }.into())
    }

    fn tick_and_push(&mut self) -> anyhow::Result<Ticked> {
        let transport = GitCli::new(self.repo.git_dir());
        let remote_name = self.remote.clone();
        let remote = Remote { transport: &transport, name: &remote_name };
        for attempt in 0..PUSHES {
            if attempt > 0 {
                pause(attempt);
            }
            let (tip, there) = match self.branch.reconcile(&remote)? {
                Reconciled::Ready { tip, remote, .. } => (tip, remote),
                Reconciled::Diverged(diverged) => {
                    self.ask_again(&diverged)?;
                    continue;
                }
            };
            if let Some(done) = self.push_once(&tip, there, &remote)? {
                return Ok(done);
            }
        }
        Err(Busy { tries: PUSHES }.into())
    }

    /// One attempt on one tip; none if the remote was faster.
    fn push_once(
        &self,
        tip: &Tip,
        there: Option<ObjectId>,
        remote: &Remote<'_>,
    ) -> anyhow::Result<Option<Ticked>> {
        if let Some(idle) = self.idle(tip) {
            return if tip.commit == there {
                Ok(Some(idle))
            } else {
                self.push_rest(idle, tip, there, remote)
            };
        }
        let planned = self.plan(tip)?;
        if planned.plan.is_empty() {
            let quiet = quiet(tip, planned);
            return if tip.commit == there {
                Ok(Some(quiet))
            } else {
                self.push_rest(quiet, tip, there, remote)
            };
        }
        let Planned { plan, state } = planned;
        let message = report::story(&plan.events, &state);
        let prepared = self.branch.prepare(tip, self.as_tick(&plan, state, &message))?;
        let pushed = self.branch.push(prepared, remote, there)?;
        Ok(accepted(pushed)?.map(|done| ticked(plan, tip, done, true)))
    }

    /// Nothing new, but the remote lacks earlier ticks of this clone.
    fn push_rest(
        &self,
        mut ticked: Ticked,
        tip: &Tip,
        there: Option<ObjectId>,
        remote: &Remote<'_>,
    ) -> anyhow::Result<Option<Ticked>> {
        let own = Committed { tip: tip.clone(), state: State::default() };
        let pushed = accepted(self.branch.push_tip(own, remote, there)?)?;
        ticked.pushed = pushed.is_some();
        Ok(pushed.map(|_| ticked))
    }

    /// Whether there is nothing to do, told from the head alone: nobody asks for anything, the
    /// configuration and the tool are the same, and the clock changes nothing yet.
    fn idle(&self, tip: &Tip) -> Option<Ticked> {
        let now = self.work.project.now;
        let head = &tip.head;
        let same = tip.commit.is_some()
            && tip.config == Some(self.config_id)
            && head.version_of_orch == env!("CARGO_PKG_VERSION");
        let quiet = head.due.is_none_or(|due| now < due);
        if !(same && quiet && self.work.requests.is_empty()) {
            return None;
        }
        let base = Base {
            config: smol_str::format_smolstr!("{}", self.config_id),
            lineage: head.lineage.clone(),
            now,
        };
        Some(Ticked {
            plan: Plan { base, events: Vec::new(), effects: Vec::new(), due: head.due },
            state: ManuallyDrop::default(),
            base: at(tip),
            committed: None,
            pushed: false,
        })
    }

    fn plan(&self, tip: &Tip) -> anyhow::Result<Planned> {
        let state = if tip.commit.is_some() { Some(self.branch.load(tip)?) } else { None };
        let config = self.check(state.as_ref())?;
        Ok(plan(&config, state, &self.inputs(&self.work.requests))?)
    }

    fn check(&self, state: Option<&State>) -> anyhow::Result<Config> {
        self.work.project.check(self.cx, &|code| state.is_some_and(|state| state.is_known(code)))
    }

    fn inputs<'r>(&self, requests: &'r [Request]) -> Inputs<'r> {
        let config_id = smol_str::format_smolstr!("{}", self.config_id);
        Inputs::new(self.work.project.now, config_id, requests)
    }

    /// Goes over to the remote's ticks, with what this clone's own were asked planned again on top.
    /// The branch moves in one step, so that nothing is lost whenever this ends.
    fn ask_again(&mut self, diverged: &Diverged) -> anyhow::Result<()> {
        let (local, there) = (self.branch.load(&diverged.local)?, self.branch.load(&diverged.remote)?);
        let config = self.check(Some(&there))?;
        let mut again = Again::new(diverged, &local, &there, &config);
        let (mut tip, mut state) = (diverged.remote.clone(), there);
        for mut requests in again.ticks().to_vec() {
            let planned = loop {
                match plan(&config, Some(state.clone()), &self.inputs(&requests)) {
                    Err(PlanError::Refused { request, refusal }) => {
                        again.refuse(requests.remove(request), *refusal);
                    }
                    planned => break planned?,
                }
            };
            if !planned.plan.is_empty() {
                let message = report::story(&planned.plan.events, &planned.state);
                let prepared =
                    self.branch.prepare(&tip, self.as_tick(&planned.plan, planned.state, &message))?;
                (tip, state) = (prepared.tip, prepared.state);
            }
        }
        let adopted = self.branch.adopt_remote(diverged, Some(&tip))?;
        if adopted.is_some() {
            again.tell(self.cx);
            // Who runs this command named the tasks as this clone did.
            self.work.requests.iter_mut().for_each(|request| again.rename(request));
        }
        Ok(())
    }

    /// What the commit of a plan says and holds.
    fn as_tick<'t>(&'t self, plan: &'t Plan, state: State, message: &'t str) -> Tick<'t> {
        let (subject, body) = message.split_once("\n\n").unwrap_or((message, ""));
        let (events, now, due) = (plan.events.as_slice(), plan.base.now, plan.due);
        Tick { state, events, config: &self.files, now, due, subject, body }
    }
}

fn quiet(tip: &Tip, planned: Planned) -> Ticked {
    Ticked {
        plan: planned.plan,
        state: ManuallyDrop::new(planned.state),
        base: at(tip),
        committed: None,
        pushed: false,
    }
}

fn ticked(plan: Plan, tip: &Tip, done: Committed, pushed: bool) -> Ticked {
    Ticked {
        plan,
        state: ManuallyDrop::new(done.state),
        base: at(tip),
        committed: Some(at(&done.tip)),
        pushed,
    }
}

/// None if the remote was faster.
fn accepted(pushed: Pushed) -> anyhow::Result<Option<Committed>> {
    match pushed {
        Pushed::Accepted(done) => Ok(Some(*done)),
        Pushed::Moved => Ok(None),
        Pushed::Refused { words } => Err(PushRefused { words }.into()),
        Pushed::Failed { words } => Err(PushFailed { words }.into()),
        Pushed::Unknown { words } => Err(PushUnknown { words }.into()),
    }
}

/// Waits a random time (full jitter) that doubles with each attempt, 8 s at most.
fn pause(attempt: u32) {
    let most = 100u64 << attempt.min(6);
    std::thread::sleep(Duration::from_millis(fastrand::u64(0..most.min(8000))));
}
