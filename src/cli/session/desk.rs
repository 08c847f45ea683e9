//! The project, its repository and branch, opened for one command: plan on the tip, commit on the tip, and
//! when the tip moved meanwhile, plan again.

use std::mem::ManuallyDrop;
use std::time::Duration;

use smol_str::SmolStr;

use super::Stale;
use super::diverged::Again;
use super::pace::Pace;
use super::read::at;
use super::site::Site;
use super::tick::{Busy, PushFailed, PushRefused, PushUnknown, Ticked};
use crate::apply::Recovery;
use crate::commit::{
    Committed, ConfigFile, Diverged, Outcome, Pushed, Reconciled, Remote, StateBranch, Tick, Tip,
};
use crate::model::{
    Actor, Ask, Config, Event, Fact, FlowAsk, FlowFact, Given, Project, Request, Run, RunId, RunStatus,
    StepStatus, Time,
};
use crate::plan::{Base, Inputs, Plan, PlanError, Planned, Told, plan};
use crate::ports::ObjectId;
use crate::report;
use crate::state::State;

/// How often a commit is, in one clone, where writers take turns.
const COMMITS: u32 = 200;

pub(crate) struct Desk<'a> {
    pub(super) site: Site<'a>,
    /// What is asked for and not committed yet.
    pub(super) requests: Vec<Request>,
    pub(super) push: bool,
    pub(super) branch: StateBranch<'a>,
    pub(super) remote_name: String,
    pub(super) files: Vec<ConfigFile<'a>>,
    pub(super) config_id: ObjectId,
    /// What was seen of the world and is not committed yet.
    pub(super) observed: Vec<FlowFact>,
    /// What ticks that could not commit have left, and who tells of it.
    recovered: Vec<(Recovery, Actor)>,
    /// The name under which this process leases runs, if it is going to carry effects out.
    pub(super) holder: Option<SmolStr>,
    /// Processes that leased runs and are no more.
    pub(super) dead: Vec<SmolStr>,
    /// The runs that are carried out; empty: all.
    pub(super) only: Vec<RunId>,
    /// Whether it is a runner of one step, which looks after nothing else.
    pub(super) is_runner: bool,
    /// Whether what was planned may stand in the state somewhere.
    pub(super) has_left_traces: bool,
    /// As of the last plan.
    pub(super) config: Option<Config>,
}

/// A tick of this clone works on a run that the remote does not know of.
#[derive(Debug, thiserror::Error)]
#[error(
    "another tick of this clone is at work on run {run}, and the remote has moved on; nothing was changed"
)]
pub(crate) struct AtWork {
    run: RunId,
}

/// Where a plan led.
#[derive(Debug)]
pub(super) struct Settled {
    pub plan: Plan,
    pub state: State,
    /// What it was planned on.
    pub base: Tip,
    /// Where it was committed; none if there was nothing to commit.
    pub tip: Option<Tip>,
    pub pushed: bool,
}

impl Settled {
    pub(super) fn ticked(self) -> Ticked {
        let failed = self.plan.events.iter().filter(|event| is_failed_run(event)).count();
        Ticked {
            plan: self.plan,
            state: ManuallyDrop::new(self.state),
            base: at(&self.base),
            committed: self.tip.as_ref().map(at),
            pushed: self.pushed,
            failed,
        }
    }

    /// This, and what was settled on top of it.
    pub(super) fn followed_by(mut self, next: Self) -> Self {
        self.plan.events.extend(next.plan.events);
        self.plan.effects = next.plan.effects;
        self.plan.due = next.plan.due;
        self.pushed |= next.pushed;
        // Where nothing was to be done, the state has not been read.
        if !next.state.meta.lineage.is_empty() {
            self.state = next.state;
        }
        self.tip = next.tip.or(self.tip);
        self
    }

    /// The newest commit that it knows.
    pub(super) fn newest(&self) -> &Tip {
        self.tip.as_ref().unwrap_or(&self.base)
    }
}

impl<'a> Desk<'a> {
    /// For a project whose configuration consists of these files.
    pub(super) fn new(
        site: Site<'a>,
        branch: StateBranch<'a>,
        remote_name: String,
        files: Vec<ConfigFile<'a>>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            config_id: branch.config_tree(&files)?,
            site,
            requests: Vec::new(),
            push: false,
            branch,
            remote_name,
            files,
            observed: Vec::new(),
            recovered: Vec::new(),
            holder: None,
            dead: Vec::new(),
            only: Vec::new(),
            is_runner: false,
            has_left_traces: false,
            config: None,
        })
    }
}

impl Desk<'_> {
    /// What time it is: as told, else by the clock.
    pub(super) fn now(&self) -> Time {
        self.site.clock.now()
    }

    /// Takes in what ticks that could not commit have left, which `by` tells of.
    pub(super) fn take_in(&mut self, recovered: Vec<Recovery>, by: &Actor) {
        self.recovered = recovered.into_iter().map(|one| (one, by.clone())).collect();
    }

    pub(super) fn remote(&self) -> Remote<'_> {
        Remote { transport: self.site.transport, name: &self.remote_name }
    }

    /// Where the remote is, once this clone has all of it.
    pub(super) fn there(&self) -> anyhow::Result<Option<ObjectId>> {
        match self.branch.reconcile(&self.remote())? {
            Reconciled::Ready { remote, .. } => Ok(remote),
            Reconciled::Diverged(_) => Err(Stale {
                moved: vec!["the remote has ticks that this clone lacks, and the other way round".into()],
            }
            .into()),
        }
    }

    /// Plans and commits, as often as it takes. What was asked for and seen is done with then.
    pub(super) fn settle(&mut self) -> anyhow::Result<Settled> {
        let _turn = self.branch.turn()?;
        let settled = if self.push { self.settle_and_push()? } else { self.settle_here()? };
        self.requests.clear();
        self.observed.clear();
        self.recovered.clear();
        Ok(settled)
    }

    /// The same for a tick that is going to carry out what follows, under the name that it leases runs by. If somebody
    /// asks for runs, nothing else is carried out.
    pub(super) fn settle_for(&mut self, holder: &SmolStr) -> anyhow::Result<Settled> {
        let asked = if self.is_asked_for_runs() {
            // First it must be known which runs these are.
            let asked = self.settle()?;
            self.only = asked.plan.events.iter().filter_map(made_by_hand).collect();
            Some(asked)
        } else {
            None
        };
        self.holder = Some(holder.clone());
        let settled = self.settle()?;
        Ok(match asked {
            Some(asked) => asked.followed_by(settled),
            None => settled,
        })
    }

    fn settle_here(&mut self) -> anyhow::Result<Settled> {
        for _ in 0..COMMITS {
            let tip = self.branch.tip_to_write()?;
            if let Some(idle) = self.idle(&tip) {
                return Ok(idle);
            }
            let Planned { plan, state } = self.plan(&tip)?;
            if plan.events.is_empty() {
                return Ok(Settled { plan, state, base: tip, tip: None, pushed: false });
            }
            let message = report::story(&plan.events, &state);
            let outcome = self.branch.commit(&tip, self.as_tick(&plan, state, &message));
            self.has_left_traces |= !matches!(outcome, Ok(Outcome::Moved));
            match outcome? {
                Outcome::Committed(done) => return Ok(settled(plan, tip, *done, false)),
                Outcome::Moved => {}
            }
        }
        Err(Busy { tries: COMMITS }.into())
    }

    fn settle_and_push(&mut self) -> anyhow::Result<Settled> {
        let mut pace = Pace::new(self.is_runner);
        for attempt in 0..pace.tries {
            if attempt > 0 {
                pace.lost(self.site.clock.elapsed());
                self.pause(pace.longest(attempt));
            }
            let (tip, there) = match self.branch.reconcile(&self.remote())? {
                Reconciled::Ready { tip, remote, .. } => (tip, remote),
                Reconciled::Diverged(diverged) => {
                    self.ask_again(&diverged)?;
                    continue;
                }
            };
            pace.looked(self.site.clock.elapsed(), tip.head.serial);
            if let Some(done) = self.push_once(*tip, there, &mut pace)? {
                return Ok(done);
            }
        }
        Err(Busy { tries: pace.tries }.into())
    }

    /// Waits a random time below this one.
    fn pause(&self, longest: Duration) {
        let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        self.site.clock.pause(Duration::from_millis(self.site.dice.below(longest)));
    }

    /// One attempt on one tip; none if the remote was faster.
    fn push_once(
        &mut self,
        tip: Tip,
        there: Option<ObjectId>,
        pace: &mut Pace,
    ) -> anyhow::Result<Option<Settled>> {
        let quiet = match self.idle(&tip) {
            Some(idle) => idle,
            None => {
                let Planned { plan, state } = self.plan(&tip)?;
                pace.knows(&state);
                if !plan.events.is_empty() {
                    let message = report::story(&plan.events, &state);
                    let prepared = self.branch.prepare(&tip, self.as_tick(&plan, state, &message))?;
                    let pushed = self.branch.push(prepared, &self.remote(), there);
                    let is_none =
                        matches!(pushed, Ok(Pushed::Moved | Pushed::Refused { .. } | Pushed::Failed { .. }));
                    self.has_left_traces |= !is_none;
                    return Ok(accepted(pushed?)?.map(|done| settled(plan, tip, done, true)));
                }
                Settled { plan, state, base: tip, tip: None, pushed: false }
            }
        };
        if quiet.base.commit == there { Ok(Some(quiet)) } else { self.push_rest(quiet, there) }
    }

    /// Nothing new, but the remote lacks earlier ticks of this clone.
    fn push_rest(&self, mut quiet: Settled, there: Option<ObjectId>) -> anyhow::Result<Option<Settled>> {
        let own = Committed { tip: quiet.base.clone(), state: State::default() };
        let pushed = accepted(self.branch.push_tip(own, &self.remote(), there)?)?;
        quiet.pushed = pushed.is_some();
        Ok(pushed.map(|_| quiet))
    }

    /// Commits what was planned in memory on top of `tip`. None: the tip has moved.
    pub(super) fn commit(&self, tip: &Tip, plan: &Plan, state: State) -> anyhow::Result<Option<Committed>> {
        let _turn = self.branch.turn()?;
        let message = report::story(&plan.events, &state);
        let tick = self.as_tick(plan, state, &message);
        if !self.push {
            return Ok(match self.branch.commit(tip, tick)? {
                Outcome::Committed(done) => Some(*done),
                Outcome::Moved => None,
            });
        }
        let prepared = self.branch.prepare(tip, tick)?;
        accepted(self.branch.push(prepared, &self.remote(), tip.commit)?)
    }

    /// Whether there is nothing to do, told from the head alone: nobody asks for anything, the
    /// configuration and the tool are the same, and the clock changes nothing yet.
    fn idle(&self, tip: &Tip) -> Option<Settled> {
        let now = self.now();
        let head = &tip.head;
        let same = tip.commit.is_some()
            && tip.by_orch
            && !head.held
            && tip.config == Some(self.config_id)
            && head.version_of_orch == env!("CARGO_PKG_VERSION");
        let quiet = head.due.is_none_or(|due| now < due) && !head.watches;
        let knows_nothing = self.observed.is_empty() && self.recovered.is_empty() && self.dead.is_empty();
        let asks_nothing = self.requests.is_empty() && self.only.is_empty();
        if !(same && quiet && asks_nothing && knows_nothing) {
            return None;
        }
        let base = Base {
            config: smol_str::format_smolstr!("{}", self.config_id),
            lineage: head.lineage.clone(),
            now,
        };
        let plan =
            Plan { base, events: Vec::new(), effects: Vec::new(), due: head.due, given: Given::default() };
        Some(Settled { plan, state: State::default(), base: tip.clone(), tip: None, pushed: false })
    }

    pub(super) fn plan(&mut self, tip: &Tip) -> anyhow::Result<Planned> {
        self.branch.check_by_orch(tip)?;
        let mut state = if tip.commit.is_some() { Some(self.branch.load(tip)?) } else { None };
        let told = self.told(state.as_ref())?;
        let config = self.check(state.as_ref())?;
        let mut observed = self.observed.clone();
        observed.extend(self.look(&config, state.as_ref().unwrap_or(&State::default()))?);
        let nothing = State::default();
        let mut commanded = self.commanded(&config, state.as_ref().unwrap_or(&nothing), &observed);
        let planned = loop {
            let mut requests = self.requests.clone();
            requests.extend(commanded.iter().map(|(_, request)| request.clone()));
            let inputs = Inputs {
                requests: &requests,
                observed: &observed,
                told: &told,
                holder: self.holder.as_deref(),
                dead: &self.dead,
                only: &self.only,
                ..self.inputs()
            };
            // A comment that asks for what is not allowed is no reason to do nothing else.
            let before = if commanded.is_empty() { None } else { Some(state.clone()) };
            match (plan(&config, state, &inputs), before) {
                (Err(PlanError::Refused { request, refusal }), Some(before))
                    if request >= self.requests.len() =>
                {
                    let (whose, _) = commanded.remove(request - self.requests.len());
                    self.site.voice.tell(&format!("warning: {whose} is refused: {refusal}"));
                    state = before;
                }
                (planned, _) => break planned?,
            }
        };
        self.config = Some(config);
        Ok(planned)
    }

    /// What comments on GitHub ask for, and whose each is. Without roles, everybody could ask for everything.
    fn commanded(&self, config: &Config, state: &State, observed: &[FlowFact]) -> Vec<(String, Request)> {
        let mut requests = Vec::new();
        for asked in crate::observe::github::commands(config, &state.meta.github, observed) {
            let whose = asked.in_words();
            match asked.request {
                Ok(_) if config.roles.is_none() => self.site.voice.tell(&format!(
                    "warning: {whose} is passed over: comments may ask for something only where `roles.yaml` says who may"
                )),
                Ok(request) => requests.push((whose, request)),
                Err(why) => self.site.voice.tell(&format!("warning: {whose} is passed over: {why}")),
            }
        }
        requests
    }

    /// What ticks have left that could not commit, and that they are no more.
    fn told(&mut self, state: Option<&State>) -> anyhow::Result<Vec<Told>> {
        let none = State::default();
        let state = state.unwrap_or(&none);
        let mut all = Vec::new();
        for (one, by) in self.recovered.clone() {
            one.check(&state.meta.lineage)?;
            let told = one.told(by);
            if told.has_left_runs(state) && !self.dead.contains(&told.holder) {
                self.dead.push(told.holder.clone());
            }
            all.push(told);
        }
        Ok(all)
    }

    /// What triggers see of the world.
    fn look(&self, config: &Config, state: &State) -> anyhow::Result<Vec<FlowFact>> {
        if self.is_runner || !crate::observe::watches(config) {
            return Ok(Vec::new());
        }
        self.site.eyes.look(config, state)
    }

    /// The plan with the exact files of each effect that has such a list.
    pub(super) fn surveyed(&self, mut plan: Plan) -> anyhow::Result<Plan> {
        if plan.effects.is_empty() {
            return Ok(plan);
        }
        let Plan { base, effects, .. } = &mut plan;
        for warning in self.site.hands.survey(&self.project(), &base.lineage, effects, base.now)? {
            self.site.voice.tell(&warning);
        }
        Ok(plan)
    }

    /// What the configuration says of the project as a whole.
    pub(super) fn project(&self) -> Project {
        self.config.as_ref().expect("effects come of a configuration").project.clone()
    }

    /// Whether somebody asks for runs.
    pub(super) fn is_asked_for_runs(&self) -> bool {
        let is_run = |ask: &Ask| {
            let Ask::Flow(ask) = ask else { return false };
            matches!(ask, FlowAsk::Run { .. } | FlowAsk::RetryRun { .. } | FlowAsk::Backfill { .. })
        };
        self.requests.iter().any(|request| is_run(&request.ask))
    }

    pub(super) fn check(&self, state: Option<&State>) -> anyhow::Result<Config> {
        self.site.rules.check(&|code| state.is_some_and(|state| state.is_known(code)))
    }

    pub(super) fn inputs(&self) -> Inputs<'_> {
        let config_id = smol_str::format_smolstr!("{}", self.config_id);
        Inputs::new(self.now(), config_id, &self.requests)
    }

    /// Goes over to the remote's ticks, with what this clone's own were asked planned again on top.
    /// The branch moves in one step, so that nothing is lost whenever this ends.
    fn ask_again(&mut self, diverged: &Diverged) -> anyhow::Result<()> {
        let (local, there) = (self.branch.load(&diverged.local)?, self.branch.load(&diverged.remote)?);
        self.check_not_at_work(&local, &there)?;
        let config = self.check(Some(&there))?;
        let mut again = Again::new(diverged, &local, &there, &config);
        let (mut tip, mut state) = (diverged.remote.clone(), there);
        for index in 0..again.len() {
            let (mut requests, mut observed, mut told) = again.tick(index);
            observed.retain(|fact| is_free(&state, fact));
            let planned = loop {
                // Whose word a person told is no more.
                let dead: Vec<SmolStr> = told.iter().map(|told| told.holder.clone()).collect();
                let inputs = Inputs {
                    requests: &requests,
                    observed: &observed,
                    told: &told,
                    dead: &dead,
                    ..self.inputs()
                };
                match plan(&config, Some(state.clone()), &inputs) {
                    Err(PlanError::NotHeard { .. }) => {
                        told.clear();
                        again.lose_told();
                    }
                    Err(PlanError::Refused { request, refusal }) => {
                        again.refuse(requests.remove(request), *refusal);
                    }
                    planned => break planned?,
                }
            };
            again.planned(index, &planned.plan.events, &planned.state);
            if !planned.plan.events.is_empty() {
                let message = report::story(&planned.plan.events, &planned.state);
                let prepared =
                    self.branch.prepare(&tip, self.as_tick(&planned.plan, planned.state, &message))?;
                (tip, state) = (prepared.tip, prepared.state);
            }
        }
        let adopted = self.branch.adopt_remote(diverged, Some(&tip))?;
        if adopted.is_some() {
            again.tell(self.site.voice);
            // Who runs this command named the tasks and runs as this clone did.
            self.requests.iter_mut().for_each(|request| again.rename(request));
            if let Some(request) =
                self.requests.iter_mut().find_map(|request| again.is_about_nothing(request))
            {
                return Err(request.into());
            }
            self.observed.retain_mut(|fact| again.rename_seen(fact));
        }
        Ok(())
    }

    /// Refuses to leave the state of this clone while another tick of it is at work on a run, and only this clone knows.
    fn check_not_at_work(&self, local: &State, there: &State) -> anyhow::Result<()> {
        let now = self.now();
        let is_at_work = |run: &&Run| {
            let known = there.run(&run.id.0).and_then(|run| run.lease.as_ref());
            run.lease.as_ref().is_some_and(|lease| {
                now < lease.until
                    && known.is_none_or(|known| known.holder != lease.holder)
                    && Some(&lease.holder) != self.holder.as_ref()
                    && !self.dead.contains(&lease.holder)
            })
        };
        match local.open_runs().chain(local.left_runs()).find(is_at_work) {
            Some(run) => Err(AtWork { run: run.id.clone() }.into()),
            None => Ok(()),
        }
    }

    /// What the commit of a plan says and holds.
    pub(super) fn as_tick<'t>(&'t self, plan: &'t Plan, state: State, message: &'t str) -> Tick<'t> {
        let (subject, body) = message.split_once("\n\n").unwrap_or((message, ""));
        let (events, now) = (plan.events.as_slice(), plan.base.now);
        // What nobody has carried out yet is due at once.
        let due = if plan.effects.is_empty() { plan.due } else { Some(now) };
        let watches = self.config.as_ref().is_some_and(crate::observe::watches);
        Tick {
            state,
            events,
            given: &plan.given,
            config: &self.files,
            now,
            due,
            watches,
            subject,
            body,
            restores: None,
            closes: None,
        }
    }
}

fn settled(plan: Plan, base: Tip, done: Committed, pushed: bool) -> Settled {
    Settled { plan, state: done.state, base, tip: Some(done.tip), pushed }
}

/// Whether what a tick that lost did of a step is not the business of one that won, which has the run or is at the step.
fn is_free(state: &State, fact: &FlowFact) -> bool {
    match fact {
        FlowFact::StepStarted { run, .. } => state.run(&run.0).is_none_or(|run| run.lease.is_none()),
        FlowFact::StepFinished { run, step, .. } => {
            let record = state.run(&run.0).and_then(|run| run.steps.get(step));
            record.is_none_or(|record| record.status != StepStatus::Running || record.by.is_none())
        }
        _ => true,
    }
}

/// None if the remote was faster.
pub(super) fn accepted(pushed: Pushed) -> anyhow::Result<Option<Committed>> {
    match pushed {
        Pushed::Accepted(done) => Ok(Some(*done)),
        Pushed::Moved => Ok(None),
        Pushed::Refused { words } => Err(PushRefused { words }.into()),
        Pushed::Failed { words } => Err(PushFailed { words }.into()),
        Pushed::Unknown { words } => Err(PushUnknown { words }.into()),
    }
}

fn is_failed_run(event: &Event) -> bool {
    match &event.fact {
        Fact::Flow(fact) => {
            matches!(fact.as_ref(), FlowFact::RunFinished { status: RunStatus::Failed, .. })
        }
        _ => false,
    }
}

/// A run that somebody asked for.
fn made_by_hand(event: &Event) -> Option<RunId> {
    match &event.fact {
        Fact::Flow(fact) if event.cause.is_none() => match fact.as_ref() {
            FlowFact::RunCreated { run, .. } => Some(run.clone()),
            _ => None,
        },
        _ => None,
    }
}
