//! A whole tick: what the plan says is to be done to the world is done, what came of it is planned on, until
//! nothing is due any more.
//!
//! Outcomes are written to the journal as they come and committed in batches, so that a chain of quick steps
//! costs one commit and a killed tick loses nothing. Before a step that must not be done twice begins, that
//! it begins is committed.

use std::time::Duration;

use anyhow::Context as _;
use smol_str::{SmolStr, format_smolstr};

use super::desk::{Desk, Settled};
use super::kit::Kit;
use super::tick::Ticked;
use crate::adapters::clock::Stopwatch;
use crate::adapters::faults::Faulty;
use crate::adapters::journal::{Journal, Leftover};
use crate::adapters::shell::SystemShell;
use crate::adapters::signals::{Interrupt, interrupted};
use crate::apply::{Entry, Pool, Report, recover, with_pool};
use crate::commit::Tip;
use crate::model::{
    Ended, Event, Fact, FlowFact, Given, Lease, OnLost, Round, Run, RunId, RunStatus, StepStatus, Time,
};
use crate::plan::rules::{LEASE, LEASE_LEFT};
use crate::plan::{Base, Effect, Inputs, Plan, Planned, clocks, next_of_steps, note, plan};
use crate::ports::{Process, Shell as _};
use crate::state::State;

/// The most effects at a time, over all runs.
const THREADS: usize = 16;
/// How long outcomes may be in the journal alone, without and with a remote.
const BATCH: Duration = Duration::from_secs(5);
const BATCH_PUSHED: Duration = Duration::from_secs(30);
/// A retry or wait that is due this soon is waited for; a later one is left to a later tick.
const PATIENCE: u64 = 15;
/// How often is looked whether somebody wants the tick to stop.
const GLANCE: Duration = Duration::from_millis(200);

/// Carries out a tick, beginning with a new plan, or with one that is committed already.
pub(super) fn carry_out(mut desk: Desk<'_>, begun: Option<Settled>) -> anyhow::Result<Ticked> {
    let leftovers =
        Leftover::all(desk.repo.0.git_dir()).context("failed to read the journals of earlier ticks")?;
    let mut processes = Vec::new();
    for leftover in &leftovers {
        let (facts, left) = recover(&leftover.content);
        desk.observed.extend(facts);
        processes.extend(left);
        desk.dead.push(leftover.holder.as_str().into());
    }
    for process in processes {
        Faulty(SystemShell).end_leftover(process);
    }
    let holder = format_smolstr!("{:012x}", fastrand::u64(..) >> 16);
    // Before anything is leased: a lease without a journal would look alive until it ends.
    let journal = Journal::begin(desk.repo.0.git_dir(), &holder).context("failed to begin the journal")?;
    let asked = if desk.is_asked_for_runs() {
        // First it must be known which runs these are: nothing else is carried out.
        let asked = desk.settle()?;
        desk.only = asked.plan.events.iter().filter_map(made_by_hand).collect();
        Some(asked)
    } else {
        None
    };
    desk.holder = Some(holder.clone());
    let exactly = begun.as_ref().map(|begun| begun.plan.effects.clone());
    let mut settled = match begun {
        Some(begun) => begun,
        None => desk.settle()?,
    };
    if let Some(asked) = asked {
        settled = asked.followed_by(settled);
    }
    for leftover in leftovers {
        leftover.remove().context("failed to remove the journal of an earlier tick")?;
    }
    if settled.plan.effects.is_empty() {
        journal.end().context("failed to remove the journal")?;
        return Ok(settled.ticked());
    }
    let interrupt = interrupted().context("failed to listen for signals")?;
    let kit = Kit::open(&desk, &settled.state.meta.lineage)?;
    let mut work = Carrier::new(desk, settled, journal, holder, interrupt);
    let done = with_pool(kit.tools(), THREADS, |pool| match exactly {
        Some(effects) => work.once(pool, effects),
        None => work.go_on(pool),
    });
    // What is said while steps run comes before what is said about all of it.
    drop(kit);
    done?;
    work.end()
}

struct Carrier<'a> {
    desk: Desk<'a>,
    journal: Journal,
    /// What is still to be written into it, at the latest before anything begins or is waited for.
    lines: Vec<u8>,
    holder: SmolStr,
    interrupt: Interrupt,
    /// What the state in memory is planned on, committed.
    tip: Tip,
    state: State,
    effects: Vec<Effect>,
    /// What was observed since the last commit, and what followed.
    pending: Vec<FlowFact>,
    events: Vec<Event>,
    /// How these came about.
    given: Given,
    since_commit: Stopwatch,
    /// Since it was looked whether somebody else has written.
    since_glance: Stopwatch,
    /// When it was looked last what follows.
    looked: Time,
    /// Of the whole tick.
    first: Settled,
    all: Vec<Event>,
    is_committed: bool,
    pushed: bool,
}

impl<'a> Carrier<'a> {
    fn new(
        desk: Desk<'a>,
        mut settled: Settled,
        journal: Journal,
        holder: SmolStr,
        interrupt: Interrupt,
    ) -> Self {
        Self {
            desk,
            journal,
            lines: Vec::new(),
            holder,
            interrupt,
            tip: settled.newest().clone(),
            state: std::mem::take(&mut settled.state),
            effects: std::mem::take(&mut settled.plan.effects),
            pending: Vec::new(),
            events: Vec::new(),
            given: Given::default(),
            since_commit: Stopwatch::start(),
            since_glance: Stopwatch::start(),
            looked: settled.plan.base.now,
            all: std::mem::take(&mut settled.plan.events),
            is_committed: settled.tip.is_some(),
            pushed: settled.pushed,
            first: settled,
        }
    }

    /// Goes on until nothing is due.
    fn go_on(&mut self, pool: &mut Pool<'_, '_>) -> anyhow::Result<()> {
        let mut stops = false;
        loop {
            if self.interrupt.is_set() && !stops {
                stops = true;
                pool.cancel_all();
            }
            if !stops {
                self.begin(pool)?;
                self.renew()?;
                self.let_go(pool)?;
            }
            if !pool.is_idle() {
                self.hear(pool)?;
                // A retry or a limit of time does not wait for what goes on beside it.
                if !stops && self.fell_due() {
                    self.proceed(Vec::new())?;
                }
                let is_time = self.since_commit.elapsed() >= self.batch();
                if self.has_moved(is_time)? {
                    self.follow()?;
                } else if is_time {
                    self.flush()?;
                }
                self.cancel_what_nobody_wants(pool);
                continue;
            }
            if stops {
                break;
            }
            self.flush()?;
            if self.look_again()? {
                continue;
            }
            let Some(wait) = self.patience() else { break };
            let waits = Stopwatch::start();
            while waits.elapsed() < wait && !self.interrupt.is_set() {
                std::thread::sleep(GLANCE.min(wait));
            }
            self.proceed(Vec::new())?;
        }
        self.release()
    }

    /// Carries out exactly these effects; what follows from them is left to later ticks.
    fn once(&mut self, pool: &mut Pool<'_, '_>, effects: Vec<Effect>) -> anyhow::Result<()> {
        let mut left = effects;
        left.reverse();
        self.take(&left)?;
        while !(left.is_empty() && pool.is_idle()) {
            while let Some(effect) = left.pop_if(|_| pool.room() > 0) {
                self.effects = vec![effect];
                self.begin(pool)?;
            }
            self.hear(pool)?;
            if self.interrupt.is_set() {
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
        let lease = Some(Lease { holder: self.holder.clone(), until });
        self.note(runs.into_iter().map(|run| FlowFact::RunLeased { run, lease: lease.clone() }).collect())?;
        self.flush()
    }

    fn batch(&self) -> Duration {
        if self.desk.work.push { BATCH_PUSHED } else { BATCH }
    }

    /// Keeps the runs that steps are going on of, once the lease is half over.
    fn renew(&mut self) -> anyhow::Result<()> {
        let now = self.desk.now();
        let wanes = |run: &&Run| {
            run.lease.as_ref().is_some_and(|l| l.holder == self.holder && l.until < now + LEASE_LEFT)
        };
        let waning: Vec<RunId> = self.state.begun_runs().filter(wanes).map(|run| run.id.clone()).collect();
        if waning.is_empty() {
            return Ok(());
        }
        let lease = Some(Lease { holder: self.holder.clone(), until: now + LEASE });
        self.note(waning.into_iter().map(|run| FlowFact::RunLeased { run, lease: lease.clone() }).collect())?;
        self.flush()
    }

    /// Gives back the runs that somebody cancelled, once nothing of them goes on any more: the next of their
    /// workflow may wait for that.
    fn let_go(&mut self, pool: &Pool<'_, '_>) -> anyhow::Result<()> {
        let is_at = |run: &Run| pool.running().any(|(at, _)| *at == run.id);
        let is_ours = |run: &Run| run.lease.as_ref().is_some_and(|lease| lease.holder == self.holder);
        let left = self.state.left_runs().filter(|run| is_ours(run) && !is_at(run));
        let facts: Vec<_> =
            left.map(|run| FlowFact::RunLeased { run: run.id.clone(), lease: None }).collect();
        if facts.is_empty() { Ok(()) } else { self.proceed(facts) }
    }

    fn held(&self) -> impl Iterator<Item = RunId> + '_ {
        let held = self.state.begun_runs().chain(self.state.left_runs());
        held.filter(|run| run.lease.as_ref().is_some_and(|lease| lease.holder == self.holder))
            .map(|run| run.id.clone())
    }

    /// Begins what there is room for.
    fn begin(&mut self, pool: &mut Pool<'_, '_>) -> anyhow::Result<()> {
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
            manifest: effect.manifest.clone().filter(|_| effect.begun.is_none()).map(Box::new),
        };
        self.note(effects.iter().map(started).collect())?;
        // Nobody will know how these went if this process dies: that they began must be known.
        if effects.iter().any(|effect| effect.on_lost != OnLost::Retry) {
            self.flush()?;
        }
        self.write_journal()?;
        let now = self.desk.now();
        for effect in effects {
            // A commit may have shown that somebody does not want it any more.
            let record = self.state.run(&effect.run.0).and_then(|run| run.steps.get(&effect.step));
            if record.is_some_and(|r| r.status == StepStatus::Running && r.attempt == effect.attempt) {
                pool.start(effect, now);
            }
        }
        Ok(())
    }

    /// Waits for news of what is being done, and plans on with it.
    fn hear(&mut self, pool: &mut Pool<'_, '_>) -> anyhow::Result<()> {
        self.write_journal()?;
        let mut facts = Vec::new();
        for report in pool.heard(GLANCE) {
            match report {
                Report::Process { run, step, process } => {
                    let Process { id, start, boot } = process;
                    let entry = Entry::Process { run, step, id, start, boot };
                    self.lines.extend(entry.encode());
                }
                Report::Finished { run, step, attempt, mut outcome } => {
                    // Who is stopped has not failed: the next tick does it again, or asks.
                    if self.interrupt.is_set() && outcome.ended == Ended::Cancelled {
                        (outcome.ended, outcome.is_cut_off) = (Ended::Lost, true);
                        outcome.error = Some("the tick was stopped".to_owned());
                    }
                    facts.push(FlowFact::StepFinished { run, step, attempt, outcome });
                }
            }
        }
        if facts.is_empty() { self.write_journal() } else { self.proceed(facts) }
    }

    fn cancel_what_nobody_wants(&self, pool: &Pool<'_, '_>) {
        for (run, step) in pool.running().filter(|(run, step)| !self.is_wanted(run, step)) {
            pool.cancel(run, step);
        }
    }

    fn is_wanted(&self, run: &RunId, step: &SmolStr) -> bool {
        self.state.run(&run.0).is_some_and(|run| {
            run.status == RunStatus::Running
                && run.steps.get(step).is_some_and(|record| record.status == StepStatus::Running)
        })
    }

    /// Whether a step of a run is still being stopped.
    fn is_stopping(&self, pool: &Pool<'_, '_>, run: &RunId) -> bool {
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
    fn proceed(&mut self, facts: Vec<FlowFact>) -> anyhow::Result<()> {
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
        self.given.add(Round::On, plan.events.len());
        let before = self.events.len();
        self.events.extend(plan.events.into_iter().map(|event| further_on(event, before)));
        self.effects = plan.effects;
        // Before anything of a run is done, everybody must be able to see who does it.
        if is_leased { self.flush() } else { Ok(()) }
    }

    /// Commits what has happened since the last commit. If somebody else was faster, it is planned again on
    /// top of what they did.
    fn flush(&mut self) -> anyhow::Result<()> {
        self.since_commit = Stopwatch::start();
        self.write_journal()?;
        if self.events.is_empty() {
            return Ok(());
        }
        let config = self.desk.config.as_ref().expect("whoever has a plan has checked the configuration");
        let now = self.desk.now().max(self.state.meta.last_event_at);
        let due = clocks::next_change(config, &self.state, now);
        let goes_on = self.held().next().is_some();
        let base = Base { now, ..self.first.plan.base.clone() };
        let events = std::mem::take(&mut self.events);
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
                self.pushed |= self.desk.work.push;
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
        if is_time && self.desk.work.push && self.events.is_empty() {
            return Ok(true);
        }
        if self.since_glance.elapsed() < GLANCE {
            return Ok(false);
        }
        self.since_glance = Stopwatch::start();
        Ok(self.desk.branch.commit_id()? != self.tip.commit)
    }

    /// Plans what was observed again, on top of what somebody else has written.
    fn follow(&mut self) -> anyhow::Result<()> {
        self.since_commit = Stopwatch::start();
        self.events.clear();
        self.desk.observed = std::mem::take(&mut self.pending);
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
        if self.desk.cx.settings.now.is_some() {
            return None;
        }
        let now = self.desk.now();
        let due = self.next()?;
        let wait = due.since(now).as_seconds();
        (wait <= PATIENCE).then(|| Duration::from_secs(wait.max(1)))
    }

    /// Gives the runs back, and commits.
    fn release(&mut self) -> anyhow::Result<()> {
        let held: Vec<RunId> = self.held().collect();
        let facts = held.into_iter().map(|run| FlowFact::RunLeased { run, lease: None }).collect();
        self.note(facts)?;
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

/// An event that comes after so many others of the same tick: what it answered does, too.
fn further_on(mut event: Event, before: usize) -> Event {
    if let Some(answered) = event.cause.as_mut().and_then(|cause| cause.event.as_mut()) {
        *answered = answered.saturating_add(u32::try_from(before).unwrap_or(u32::MAX));
    }
    event
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

fn is_lease(event: &Event) -> bool {
    matches!(&event.fact, Fact::Flow(fact) if matches!(fact.as_ref(), FlowFact::RunLeased { .. }))
}
