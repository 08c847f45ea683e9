//! A whole tick: what the plan says is to be done to the world is done, what came of it is planned on, until
//! nothing is due any more.
//!
//! Outcomes are written to the journal as they come and committed in batches, so that a chain of quick steps
//! costs one commit and a killed tick loses nothing. Before a step that must not be done twice begins, that
//! it begins is committed.

mod events;
mod rescue;

use std::time::Duration;

use anyhow::Context as _;
use smol_str::SmolStr;

use self::events::{further_on, is_lease, is_turn, leased, renewed};
use self::rescue::is_start_of;
use super::desk::{Desk, Settled};
use super::tick::{CutShort, Ticked};
use crate::apply::{Entry, Executor, Report, Seal, recover};
use crate::commit::Tip;
use crate::model::{
    Ended, Event, FlowFact, Given, Lease, OnLost, Round, Run, RunId, RunStatus, StepStatus, Time,
};
use crate::plan::rules::LEASE;
use crate::plan::{Base, Effect, Inputs, Plan, Planned, clocks, next_of_steps, note, plan};
use crate::ports::{Journal, Process};
use crate::state::State;

/// How long outcomes may be in the journal alone, without and with a remote.
const BATCH: Duration = Duration::from_secs(5);
const BATCH_PUSHED: Duration = Duration::from_secs(30);
/// A retry or wait that is due this soon is waited for; a later one is left to a later tick.
const PATIENCE: u64 = 15;
/// How often is looked whether somebody wants the tick to stop.
const GLANCE: Duration = Duration::from_millis(200);

/// Carries out a tick, beginning with a new plan, or with one that is committed already.
pub(super) fn carry_out(mut desk: Desk<'_>, begun: Option<Settled>) -> anyhow::Result<Ticked> {
    let site = desk.site;
    let leftovers = site.journals.leftovers().context("failed to read the journals of earlier ticks")?;
    let mut processes = Vec::new();
    for leftover in &leftovers {
        let (facts, left) = recover(leftover.content());
        desk.observed.extend(facts);
        processes.extend(left);
        desk.dead.push(leftover.holder().into());
    }
    for process in processes {
        site.shell.end_leftover(process);
    }
    let seal = Seal::new(std::array::from_fn(|_| site.dice.any()));
    let holder = seal.name().clone();
    // Before anything is leased: a lease without a journal would look alive until it ends.
    let journal = site.journals.begin(&holder).context("failed to begin the journal")?;
    let mut exactly = begun.as_ref().map(|begun| begun.plan.effects.clone());
    let settled = match begun {
        Some(begun) => {
            desk.holder = Some(holder.clone());
            Ok(begun)
        }
        None => desk.settle_for(&holder),
    };
    let settled = match settled {
        Ok(settled) => settled,
        Err(error) => {
            // If it may have leased runs, the next tick must know that it is no more.
            if !desk.has_left_traces {
                journal.end().context("failed to remove the journal")?;
            }
            return Err(error);
        }
    };
    for leftover in leftovers {
        site.shelf.forget(leftover.holder());
        leftover.remove().context("failed to remove the journal of an earlier tick")?;
    }
    if settled.plan.effects.is_empty() {
        journal.end().context("failed to remove the journal")?;
        return Ok(settled.ticked());
    }
    site.interrupts.listen().context("failed to listen for signals")?;
    let (project, lineage) = (desk.project(), settled.state.meta.lineage.clone());
    let mut work = Carrier::new(desk, settled, journal, seal);
    let done = site.hands.work(&project, &lineage, &mut |executor| {
        let done = match exactly.take() {
            Some(effects) => work.once(executor, effects),
            None => work.go_on(executor),
        };
        if done.is_err() {
            work.hear_out(executor);
        }
        done
    });
    match done {
        Ok(()) => work.end(),
        Err(error) if work.keep() => Err(error.context(CutShort)),
        Err(error) => Err(error),
    }
}

/// Of a step of a run, which one.
type Attempt = (RunId, SmolStr, u32);

struct Carrier<'a> {
    desk: Desk<'a>,
    journal: Box<dyn Journal + 'a>,
    /// What is still to be written into it, at the latest before anything begins or is waited for.
    lines: Vec<u8>,
    holder: SmolStr,
    seal: Seal,
    /// What the state in memory is planned on, committed.
    tip: Tip,
    state: State,
    effects: Vec<Effect>,
    /// What was observed since the last commit, and what followed.
    pending: Vec<FlowFact>,
    events: Vec<Event>,
    /// Whether a run went over to what follows a failure in one of them.
    turned: bool,
    /// How these came about.
    given: Given,
    /// What begins as soon as that is committed.
    beginning: Vec<Attempt>,
    /// When that was, by the clock of this process.
    since_commit: Duration,
    /// When it was looked last whether somebody else has written.
    glanced: Duration,
    /// When it was looked last what follows.
    looked: Time,
    /// Of the whole tick.
    first: Settled,
    all: Vec<Event>,
    is_committed: bool,
    pushed: bool,
}

impl<'a> Carrier<'a> {
    fn new(desk: Desk<'a>, mut settled: Settled, journal: Box<dyn Journal + 'a>, seal: Seal) -> Self {
        Self {
            since_commit: desk.site.clock.elapsed(),
            glanced: desk.site.clock.elapsed(),
            desk,
            journal,
            lines: Vec::new(),
            holder: seal.name().clone(),
            seal,
            tip: settled.newest().clone(),
            state: std::mem::take(&mut settled.state),
            effects: std::mem::take(&mut settled.plan.effects),
            pending: Vec::new(),
            events: Vec::new(),
            turned: false,
            given: Given::default(),
            beginning: Vec::new(),
            looked: settled.plan.base.now,
            all: std::mem::take(&mut settled.plan.events),
            is_committed: settled.tip.is_some(),
            pushed: settled.pushed,
            first: settled,
        }
    }

    /// Goes on until nothing is due.
    fn go_on(&mut self, pool: &mut dyn Executor) -> anyhow::Result<()> {
        let mut stops = false;
        loop {
            if self.is_interrupted() && !stops {
                stops = true;
                pool.cancel_all();
            }
            if !stops {
                self.begin(pool)?;
                self.renew(pool)?;
                self.let_go(pool)?;
            }
            if !pool.is_idle() {
                self.hear(pool)?;
                // A retry or a limit of time does not wait for what goes on beside it.
                if !stops && self.fell_due() {
                    self.proceed(pool, Vec::new())?;
                }
                let is_time = self.desk.site.clock.elapsed() >= self.since_commit + self.batch();
                if self.has_moved(is_time)? {
                    self.beside(pool, Self::follow)?;
                } else if is_time {
                    self.beside(pool, Self::flush)?;
                }
                self.cancel_what_nobody_wants(pool);
                continue;
            }
            if stops {
                break;
            }
            // What came of it and that it is given back is one commit, and one push.
            let is_over = self.patience().is_none();
            if is_over {
                self.give_back()?;
            }
            self.flush()?;
            if !self.desk.is_runner && self.look_again()? {
                continue;
            }
            let Some(wait) = self.patience().filter(|_| !is_over) else { break };
            self.wait(wait);
            self.proceed(pool, Vec::new())?;
        }
        self.release()
    }

    fn is_interrupted(&self) -> bool {
        self.desk.site.interrupts.is_set()
    }

    fn wait(&self, length: Duration) {
        let clock = self.desk.site.clock;
        let until = clock.elapsed() + length;
        while clock.elapsed() < until && !self.is_interrupted() {
            clock.pause(GLANCE.min(length));
        }
    }

    /// Carries out exactly these effects; what follows from them is left to later ticks.
    fn once(&mut self, pool: &mut dyn Executor, effects: Vec<Effect>) -> anyhow::Result<()> {
        let mut left = effects;
        left.reverse();
        self.take(&left)?;
        while !(left.is_empty() && pool.is_idle()) {
            while let Some(effect) = left.pop_if(|_| pool.room() > 0) {
                self.effects = vec![effect];
                self.begin(pool)?;
            }
            self.hear(pool)?;
            if self.is_interrupted() {
                left.clear();
                pool.cancel_all();
            }
        }
        self.release()
    }

    /// Leases the runs of effects that were planned without anybody to carry them out.
    fn take(&mut self, effects: &[Effect]) -> anyhow::Result<()> {
        let until = self.desk.now() + LEASE;
        let mut runs: Vec<RunId> = effects.iter().map(|effect| effect.run.clone()).collect();
        runs.dedup();
        let lease = Lease { holder: self.holder.clone(), until };
        self.note(runs.iter().cloned().map(|run| leased(run, &lease)).collect())?;
        let is_ours = |run: &RunId| self.state.run(&run.0).is_some_and(|run| self.is_ours(run));
        if let Some(taken) = runs.iter().find(|run| !is_ours(run)) {
            anyhow::bail!("run {taken} is in the hands of another tick by now; nothing of the plan was done");
        }
        self.flush()
    }

    fn batch(&self) -> Duration {
        if self.desk.push { BATCH_PUSHED } else { BATCH }
    }

    /// Keeps the runs that steps are going on of, once the lease is half over.
    fn renew(&mut self, pool: &mut dyn Executor) -> anyhow::Result<()> {
        let now = self.desk.now();
        let config = self.desk.config.as_ref().expect("whoever has a plan has checked the configuration");
        let held = self.state.begun_runs().filter(|run| self.is_ours(run));
        let facts: Vec<_> = held.filter_map(|run| renewed(config, run, now)).collect();
        if facts.is_empty() {
            return Ok(());
        }
        self.note(facts)?;
        self.beside(pool, Self::flush)
    }

    /// Gives back the runs that somebody cancelled, once nothing of them goes on any more: the next of their
    /// workflow may wait for that.
    fn let_go(&mut self, pool: &mut dyn Executor) -> anyhow::Result<()> {
        let is_at = |run: &Run| pool.running().any(|(at, _)| *at == run.id);
        let left = self.state.left_runs().filter(|run| self.is_ours(run) && !is_at(run));
        let facts: Vec<_> = left.map(|run| self.given_back(run.id.clone())).collect();
        if facts.is_empty() { Ok(()) } else { self.proceed(pool, facts) }
    }

    fn held(&self) -> impl Iterator<Item = RunId> + '_ {
        let held = self.state.begun_runs().chain(self.state.left_runs());
        held.filter(|run| self.is_ours(run)).map(|run| run.id.clone())
    }

    /// Begins what there is room for.
    fn begin(&mut self, pool: &mut dyn Executor) -> anyhow::Result<()> {
        let mut effects = std::mem::take(&mut self.effects);
        // What tidies up waits until what it tidies up after has stopped.
        effects
            .retain(|effect| !pool.is_at(&effect.run, &effect.step) && !self.is_stopping(pool, &effect.run));
        effects.truncate(pool.room());
        if effects.is_empty() {
            return Ok(());
        }
        let started = |effect: &Effect| FlowFact::StepStarted {
            run: effect.run.clone(),
            step: effect.step.clone(),
            attempt: effect.attempt,
            by: Some(self.holder.clone()),
            manifest: effect.manifest.clone().filter(|_| effect.begun.is_none()).map(Box::new),
        };
        self.note(effects.iter().map(started).collect())?;
        // Nobody will know how these went if this process dies: that they began must be known. And what follows
        // from a failure is not done before everybody knows of that: the same step may succeed the next time.
        if effects.iter().any(|effect| effect.on_lost != OnLost::Retry) || self.turned {
            self.beginning = effects
                .iter()
                .map(|effect| (effect.run.clone(), effect.step.clone(), effect.attempt))
                .collect();
            self.beside(pool, Self::flush)?;
            self.beginning.clear();
        }
        self.write_journal()?;
        let now = self.desk.now();
        for effect in effects {
            // A commit may have shown that somebody does not want it any more, or that somebody else took the
            // run over while this process stood still, and does the same attempt.
            let run = self.state.run(&effect.run.0).filter(|run| self.is_ours(run));
            let record = run.and_then(|run| run.steps.get(&effect.step));
            if record.is_some_and(|r| r.status == StepStatus::Running && r.attempt == effect.attempt) {
                let (run, step) = (effect.run.clone(), effect.step.clone());
                // Its line is written before anything is waited for.
                if let Some(Process { id, start, boot }) = pool.start(effect, now) {
                    self.lines.extend(Entry::Process { run, step, id, start, boot }.encode());
                }
            }
        }
        Ok(())
    }

    /// Waits for news of what is being done, and plans on with it.
    fn hear(&mut self, pool: &mut dyn Executor) -> anyhow::Result<()> {
        self.write_journal()?;
        let mut facts = Vec::new();
        for Report { run, step, attempt, mut outcome } in pool.heard(GLANCE) {
            // Who is stopped has not failed: the next tick does it again, or asks.
            if outcome.ended == Ended::Cancelled
                && let Some(why) = self.why_stopped(&run)
            {
                (outcome.ended, outcome.is_cut_off) = (Ended::Lost, true);
                outcome.error = Some(why.to_owned());
            }
            facts.push(FlowFact::StepFinished { run, step, attempt, by: Some(self.holder.clone()), outcome });
        }
        if facts.is_empty() { Ok(()) } else { self.proceed(pool, facts) }
    }

    fn cancel_what_nobody_wants(&self, pool: &mut dyn Executor) {
        let unwanted = pool.running().filter(|(run, step)| !self.is_wanted(run, step));
        let unwanted: Vec<_> = unwanted.map(|(run, step)| (run.clone(), step.clone())).collect();
        for (run, step) in unwanted {
            pool.cancel(&run, &step);
        }
    }

    fn is_ours(&self, run: &Run) -> bool {
        run.lease.as_ref().is_some_and(|lease| lease.holder == self.holder)
    }

    /// Why a step was stopped though nobody cancelled it; none if somebody did.
    fn why_stopped(&self, run: &RunId) -> Option<&'static str> {
        if self.is_interrupted() {
            return Some("the tick was stopped");
        }
        let run = self.state.run(&run.0).filter(|run| !run.status.is_finished())?;
        (!self.is_ours(run)).then_some("another tick has taken the run over")
    }

    fn is_wanted(&self, run: &RunId, step: &SmolStr) -> bool {
        self.state.run(&run.0).is_some_and(|run| {
            run.status == RunStatus::Running
                && self.is_ours(run)
                && run.steps.get(step).is_some_and(|record| record.status == StepStatus::Running)
        })
    }

    /// Whether a step of a run is still being stopped.
    fn is_stopping(&self, pool: &dyn Executor, run: &RunId) -> bool {
        pool.running().any(|(of, step)| of == run && !self.is_wanted(of, step))
    }

    /// Takes facts in that nothing follows from.
    fn note(&mut self, facts: Vec<FlowFact>) -> anyhow::Result<()> {
        self.record(&facts);
        let events = note(&mut self.state, self.desk.now(), facts)?;
        self.given.add(Round::Note, events.len());
        self.events.extend(events);
        Ok(())
    }

    fn record(&mut self, facts: &[FlowFact]) {
        for fact in facts {
            self.lines.extend(Entry::Fact(Box::new(fact.clone())).encode());
        }
        self.pending.extend_from_slice(facts);
    }

    /// That a step ended and that the next one begins is one write.
    fn write_journal(&mut self) -> anyhow::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        self.journal.append(&self.lines).context("failed to write the journal")?;
        self.lines.clear();
        Ok(())
    }

    /// Plans on in memory.
    fn proceed(&mut self, pool: &mut dyn Executor, facts: Vec<FlowFact>) -> anyhow::Result<()> {
        self.record(&facts);
        self.looked = self.desk.now();
        let config = self.desk.config.as_ref().expect("whoever has a plan has checked the configuration");
        let inputs = Inputs {
            observed: &facts,
            holder: Some(&self.holder),
            dead: &self.desk.dead,
            only: &self.desk.only,
            goes_on: true,
            ..self.desk.inputs()
        };
        let Planned { plan, state } = plan(config, Some(std::mem::take(&mut self.state)), &inputs)?;
        self.state = state;
        let is_leased = plan.events.iter().any(is_lease);
        self.turned |= plan.events.iter().any(is_turn);
        self.given.add(Round::On, plan.events.len());
        let before = self.events.len();
        self.events.extend(plan.events.into_iter().map(|event| further_on(event, before)));
        self.effects = plan.effects;
        // Before anything of a run is done, everybody must be able to see who does it.
        if is_leased { self.beside(pool, Self::flush) } else { Ok(()) }
    }

    /// A push may take long; programs are read and their time limited all the while.
    fn beside(
        &mut self,
        pool: &mut dyn Executor,
        act: fn(&mut Self) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        if !self.desk.push {
            return act(self);
        }
        let mut done = Ok(());
        pool.meanwhile(&mut || done = act(self));
        done
    }

    /// Commits what has happened since the last commit. If somebody else was faster, it is planned again on
    /// top of what they did.
    fn flush(&mut self) -> anyhow::Result<()> {
        self.since_commit = self.desk.site.clock.elapsed();
        self.write_journal()?;
        if self.events.is_empty() {
            return Ok(());
        }
        if self.desk.is_runner && self.desk.push {
            return self.follow(); // Among hundreds, somebody has always written meanwhile.
        }
        let config = self.desk.config.as_ref().expect("whoever has a plan has checked the configuration");
        let now = self.desk.now().max(self.state.meta.last_event_at);
        let due = clocks::next_change(config, &self.state, now);
        let goes_on = self.held().next().is_some();
        let base = Base { now, ..self.first.plan.base.clone() };
        let events = std::mem::take(&mut self.events);
        self.turned = false;
        let due = if goes_on { Some(now) } else { due };
        let given = Given {
            holder: Some(self.holder.clone()),
            dead: self.desk.dead.clone(),
            only: self.desk.only.clone(),
            ..std::mem::take(&mut self.given)
        };
        let plan = Plan { base, events, effects: Vec::new(), due, given };
        let state = std::mem::take(&mut self.state);
        match self.desk.commit(&self.tip, &plan, state)? {
            Some(done) => {
                (self.tip, self.state) = (done.tip, done.state);
                self.all.extend(plan.events);
                self.pushed |= self.desk.push;
            }
            None => return self.follow(),
        }
        self.is_committed = true;
        self.committed()
    }

    fn committed(&mut self) -> anyhow::Result<()> {
        self.pending.clear();
        self.lines.extend(Entry::Committed.encode());
        self.write_journal()
    }

    /// Whether somebody else has written meanwhile: they may have cancelled what is going on. Here that is
    /// looked at now and then; whether the remote moved is asked only when it is time for a push anyway.
    fn has_moved(&mut self, is_time: bool) -> anyhow::Result<bool> {
        if is_time && self.desk.push && self.events.is_empty() {
            return Ok(true);
        }
        let now = self.desk.site.clock.elapsed();
        if now.saturating_sub(self.glanced) < GLANCE {
            return Ok(false);
        }
        self.glanced = now;
        Ok(!self.desk.branch.is_at(&self.tip)?)
    }

    /// Plans what was observed again, on top of what somebody else has written.
    fn follow(&mut self) -> anyhow::Result<()> {
        self.since_commit = self.desk.site.clock.elapsed();
        // What was planned in memory is not, and neither is how it came about.
        (self.events, self.turned, self.given) = (Vec::new(), false, Given::default());
        self.desk.observed = std::mem::take(&mut self.pending);
        // What was about to begin has not. Whether it still is to is planned anew.
        self.desk.observed.retain(|fact| !is_start_of(fact, &self.beginning));
        let settled = self.desk.settle()?;
        self.tip = settled.newest().clone();
        self.is_committed |= settled.tip.is_some();
        self.pushed |= settled.pushed;
        self.effects = settled.plan.effects;
        self.all.extend(settled.plan.events);
        // Where nothing was to be done, the state has not been read.
        self.state = if settled.state.meta.lineage.is_empty() {
            self.desk.branch.load(&self.tip)?
        } else {
            settled.state
        };
        self.committed()
    }

    /// Looks whether the clock, the files or other people have brought something meanwhile.
    fn look_again(&mut self) -> anyhow::Result<bool> {
        let settled = self.desk.settle()?;
        if settled.tip.is_some() {
            self.is_committed = true;
            self.pushed |= settled.pushed;
            self.tip = settled.newest().clone();
        }
        // A tick that found nothing to do has not read the state.
        if settled.state.meta.lineage.is_empty() {
            return Ok(false);
        }
        self.tip = settled.newest().clone();
        (self.state, self.effects) = (settled.state, settled.plan.effects);
        self.all.extend(settled.plan.events);
        Ok(!self.effects.is_empty())
    }

    /// When a run that this tick works on goes on by itself.
    fn next(&self) -> Option<Time> {
        let config = self.desk.config.as_ref()?;
        self.held().filter_map(|run| next_of_steps(config, &self.state, self.state.run(&run.0)?)).min()
    }

    fn fell_due(&self) -> bool {
        let now = self.desk.now();
        self.next().is_some_and(|due| self.looked < due && due <= now)
    }

    /// How long to wait for what is due next, if that is soon.
    fn patience(&self) -> Option<Duration> {
        // A clock that was told stands still.
        if self.desk.site.clock.stands_still() {
            return None;
        }
        let now = self.desk.now();
        let due = self.next()?;
        let wait = due.since(now).as_seconds();
        (wait <= PATIENCE).then(|| Duration::from_secs(wait.max(1)))
    }

    fn give_back(&mut self) -> anyhow::Result<()> {
        let held: Vec<RunId> = self.held().collect();
        self.note(held.into_iter().map(|run| self.given_back(run)).collect())
    }

    fn given_back(&self, run: RunId) -> FlowFact {
        FlowFact::RunLeased { run, lease: None, by: Some(self.holder.clone()) }
    }

    /// Gives the runs back, and commits.
    fn release(&mut self) -> anyhow::Result<()> {
        self.give_back()?;
        self.flush()
    }

    fn end(self) -> anyhow::Result<Ticked> {
        self.journal.end().context("failed to remove the journal")?;
        let Self { desk, state, tip, mut first, all, is_committed, pushed, .. } = self;
        let now = desk.now().max(state.meta.last_event_at);
        first.plan.due = desk.config.as_ref().and_then(|config| clocks::next_change(config, &state, now));
        first.plan.events = all;
        first.state = state;
        first.tip = is_committed.then_some(tip);
        first.pushed = pushed;
        Ok(first.ticked())
    }
}
