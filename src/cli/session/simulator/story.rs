//! What happens in one world, round by round: processes at the same time, people, and time that passes.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::process::{Fate, Process};
use super::project::Project;
use super::world::{BRANCH, Killed, World};
use super::{BOUNDS, check, metric};
use crate::cli::session::carry::carry_out;
use crate::cli::session::desk::Settled;
use crate::cli::session::tick::{Busy, PushFailed, PushRefused, PushUnknown};
use crate::commit::{StateBranch, StoreError};
use crate::model::{Ask, FlowAsk, Request, RunId, StepStatus};
use crate::plan::PlanError;
use crate::ports::{ObjectId, Repo};
use crate::state::State;

/// What a process is there for.
#[derive(Debug, Clone)]
pub(super) enum Job {
    Tick,
    /// `orch run`: asks, and carries out what comes of it.
    Run(Request),
    /// A command of a person.
    Ask(Request),
    /// `orch metric record`, with a value that nobody else records.
    Record(u32),
}

/// How a process ended.
#[derive(Debug)]
pub(super) enum Ended {
    Well { committed: Option<ObjectId>, pushes: u64, writes: u64, effects: bool },
    Badly(anyhow::Error),
    Killed,
}

/// One world and those who live in it.
pub(super) struct Story {
    pub(super) world: World,
    pub(super) rounds: u64,
    /// Whether clones vanish when the process in them is over, as on a machine of a build service.
    is_throwaway: bool,
    machines: usize,
    /// Whether whoever comes next finds the journals of those who died.
    pub(super) is_one_clone: bool,
    /// The values of metrics that somebody was told are recorded.
    pub(super) acknowledged: Vec<u32>,
    named: u32,
}

impl Story {
    pub(super) fn new(seed: u64, project: &'static Project) -> Self {
        // One clone alone; several with a remote; several that are new each time.
        let (machines, has_remote, is_throwaway) = match (seed / 4) % 4 {
            0 => (1, false, false),
            1 | 2 => (2, true, false),
            _ => (2, true, true),
        };
        let world = World::new(seed, project, machines, has_remote);
        let rounds = 4 + world.below(6);
        let is_one_clone = !has_remote;
        Self { world, rounds, is_throwaway, machines, is_one_clone, acknowledged: Vec::new(), named: 0 }
    }

    /// Two clones with a remote, in which nothing goes wrong by itself.
    pub(super) fn quiet(seed: u64, project: &'static Project) -> Self {
        let world = World::new(seed, project, 2, true);
        (world.inner().trouble, world.inner().is_quick) = (false, true);
        let story = Self {
            world,
            rounds: 0,
            is_throwaway: false,
            machines: 2,
            is_one_clone: true,
            acknowledged: Vec::new(),
            named: 0,
        };
        let fate = Fate { push: true, ..Fate::default() };
        story.play(&[(0, fate, Job::Tick)]);
        story
    }

    /// Runs of everything, so that the first ticks have something to do.
    pub(super) fn prepare(&mut self) {
        self.world.inner().trouble = false;
        for workflow in self.world.project.workflows {
            self.ask_for(workflow);
        }
        self.world.inner().trouble = true;
    }

    /// Somebody asks for a run, which is left to the next tick.
    pub(super) fn ask_for(&mut self, workflow: &str) {
        let ask = FlowAsk::Run { workflow: workflow.into(), inputs: serde_json::Map::new(), parent: None };
        let fate = Fate { push: self.world.server.is_some(), ..Fate::default() };
        let ended = self.play(&[(0, fate, Job::Ask(Request::new("boss", Ask::Flow(ask))))]).pop();
        assert!(matches!(ended, Some(Ended::Well { .. })), "{ended:?}");
    }

    /// A tick that is killed at a call, or ends before it; whether it was killed.
    pub(super) fn tick_until(&mut self, call: u64) -> bool {
        let fate = Fate { push: true, dies_at: Some(call), ..Fate::default() };
        let ended = self.play(&[(0, fate, Job::Tick)]).pop().unwrap();
        self.judge(&ended, fate, &Job::Tick);
        matches!(ended, Ended::Killed)
    }

    /// A tick that stands still at a call for longer than its lease, and one on another machine that finds the
    /// run given up; whether the first one came that far.
    pub(super) fn tick_beside(&mut self, call: u64) -> bool {
        let before = self.world.inner().counts.of("process", "stood still");
        let fate = |sleeps| Fate { push: true, sleeps: Some(sleeps), ..Fate::default() };
        let jobs = [(0, fate((call, 20)), Job::Tick), (1, fate((1, 16)), Job::Tick)];
        for (ended, (_, fate, job)) in self.play(&jobs).into_iter().zip(&jobs) {
            self.judge(&ended, *fate, job);
        }
        self.world.inner().counts.of("process", "stood still") == before + 2
    }

    /// How often a tick pushes, and whether it carried anything out.
    pub(super) fn quick_tick(&mut self) -> (u64, bool) {
        match self.tick(0) {
            Ended::Well { pushes, effects, .. } => (pushes, effects),
            other => panic!("{other:?}"),
        }
    }

    /// A few processes at the same time, with all that may go wrong.
    pub(super) fn round(&mut self) {
        let count = [1, 1, 2, 2, 3][self.pick(5)];
        let jobs: Vec<(usize, Fate, Job)> =
            (0..count).map(|_| (self.pick(self.machines), self.fate(), self.job())).collect();
        let jobs: Vec<_> = jobs.into_iter().map(|job| self.rescued(job)).collect();
        for (ended, (.., fate, job)) in self.play(&jobs).into_iter().zip(&jobs) {
            self.judge(&ended, *fate, job);
        }
        self.tidy();
        if self.world.happens(50) {
            self.people();
        }
        let pause = [0, 0, 0, 1_000, 60_000, 10 * 60_000, 40 * 60_000, 3 * 3_600_000][self.pick(8)];
        self.world.pass(pause);
    }

    fn pick(&self, count: usize) -> usize {
        usize::try_from(self.world.below(count as u64)).unwrap()
    }

    fn fate(&self) -> Fate {
        // Early calls as often as late ones.
        let call = || {
            let most = 32 << self.world.below(6);
            1 + self.world.below(most)
        };
        let is_about_files = self.world.project.workflows.contains(&"files");
        let once = |percent| self.world.happens(percent).then(call);
        Fate {
            dies_at: once(40),
            stops_at: once(8),
            // Nor may a machine change a file after it stood still for longer than its lease: nobody can know.
            sleeps: once(if is_about_files { 0 } else { 8 }).map(|call| (call, 20)),
            // On files that machines share, their clocks must agree.
            skew: if is_about_files { 0 } else { [0, 0, 0, 3, -40, -2_000][self.pick(6)] },
            push: self.world.server.is_some(),
            recovers: false,
        }
    }

    /// Now and then somebody takes the recovery files along, more often than once.
    fn rescued(&self, (machine, fate, job): (usize, Fate, Job)) -> (usize, Fate, Job) {
        let recovers = matches!(job, Job::Tick) && self.world.happens(30);
        (machine, Fate { recovers, ..fate }, job)
    }

    fn job(&mut self) -> Job {
        let workflow = self.world.project.workflows[self.pick(self.world.project.workflows.len())];
        let run = || {
            let ask =
                FlowAsk::Run { workflow: workflow.into(), inputs: serde_json::Map::new(), parent: None };
            Request::new("boss", Ask::Flow(ask))
        };
        match self.pick(10) {
            0..6 => Job::Tick,
            6 => Job::Run(run()),
            7 | 8 => Job::Ask(run()),
            _ => {
                self.named += 1;
                Job::Record(self.named)
            }
        }
    }

    /// Lets processes live side by side until all of them are over.
    pub(super) fn play(&self, jobs: &[(usize, Fate, Job)]) -> Vec<Ended> {
        let world = &self.world;
        let ids = world.enter(jobs.len());
        let one = |player: usize| {
            let (machine, fate, job) = &jobs[player];
            let clone = Arc::clone(&world.clones.lock().unwrap()[*machine]);
            let process = Process::new(world, player, ids[player], clone, *fate);
            world.begin(player);
            let done = catch_unwind(AssertUnwindSafe(|| act(&process, job)));
            world.leave(player);
            done
        };
        let done: Vec<_> = if jobs.len() == 1 {
            vec![one(0)]
        } else {
            std::thread::scope(|scope| {
                let one = &one;
                let threads: Vec<_> =
                    (0..jobs.len()).map(|player| scope.spawn(move || one(player))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            })
        };
        let ended = |done: std::thread::Result<Ended>| match done {
            Ok(ended) => ended,
            Err(payload) if payload.is::<Killed>() => Ended::Killed,
            Err(payload) => resume_unwind(payload),
        };
        done.into_iter().map(ended).collect()
    }

    /// What a process may end with, and what may be relied on then.
    fn judge(&mut self, ended: &Ended, fate: Fate, job: &Job) {
        match ended {
            Ended::Killed => self.world.inner().counts.add("process", "killed"),
            Ended::Well { committed, .. } => {
                self.world.inner().counts.add("process", "ended well");
                if let (Some(commit), Some(server), true) = (committed, &self.world.server, fate.push) {
                    let line = server.repo.line(server.tip());
                    assert!(line.contains(commit), "exit 0, and it is not there");
                }
                if let Job::Record(value) = job {
                    self.acknowledged.push(*value);
                }
            }
            Ended::Badly(error) => {
                let is_asked = !matches!(job, Job::Tick);
                let may_be = error.is::<PushRefused>()
                    || error.is::<PushFailed>()
                    || error.is::<PushUnknown>()
                    || error.is::<Busy>()
                    || matches!(error.downcast_ref(), Some(StoreError::Transport(_)))
                    || (is_asked && matches!(error.downcast_ref(), Some(PlanError::Refused { .. })));
                assert!(may_be, "{job:?}: {error:?}");
                self.world.inner().counts.add("process", "failed");
            }
        }
    }

    /// Machines of a build service are new each time.
    fn tidy(&self) {
        if self.is_throwaway {
            let mut clones = self.world.clones.lock().unwrap();
            clones.iter_mut().for_each(|clone| *clone = Arc::default());
            // And whatever ran on them is gone.
            self.world.inner().orphans.clear();
        }
    }

    /// The state as everybody will come to see it.
    pub(super) fn with_branch<T>(&self, act: impl FnOnce(&StateBranch<'_>) -> T) -> T {
        let clone = Arc::clone(&self.world.clones.lock().unwrap()[0]);
        let repo: &dyn Repo = self.world.server.as_ref().map_or(&clone.repo, |server| &server.repo);
        act(&StateBranch::new(repo, BRANCH).with_bounds(BOUNDS))
    }

    fn state(&self) -> State {
        self.with_branch(|branch| branch.load(&branch.tip().unwrap()).unwrap())
    }

    /// People answer what they are asked. About a step that was lost they look, and tell the truth.
    fn people(&mut self) {
        let state = self.state();
        let mut answers: Vec<FlowAsk> = Vec::new();
        for run in state.open_runs() {
            for (key, record) in run.steps.iter().filter(|(_, step)| step.status == StepStatus::Waiting) {
                let Some(approval) = &record.approval else { continue };
                if approval.verdict.is_some() {
                    continue;
                }
                answers.extend(self.answer(&run.id, key, record.is_lost()));
            }
        }
        // A breaker that a few failures have tripped.
        for workflow in self.world.project.config.workflows.keys() {
            if state.workflow(workflow).is_some_and(|record| record.paused.is_some()) {
                answers.push(FlowAsk::Resume { workflow: Some(workflow.clone()) });
            }
        }
        for answer in answers {
            let fate = Fate { push: self.world.server.is_some(), ..Fate::default() };
            let job = Job::Ask(Request::new("ann", Ask::Flow(answer)));
            let jobs = [(self.pick(self.machines), fate, job)];
            let ended = self.play(&jobs).pop().unwrap();
            self.judge(&ended, fate, &jobs[0].2);
            self.tidy();
        }
    }

    fn answer(&self, run: &RunId, key: &str, is_lost: bool) -> Option<FlowAsk> {
        let (run, step) = (run.clone(), Some(key.into()));
        let mut inner = self.world.inner();
        if is_lost {
            let is_it = |at: &super::sinks::Occurrence| at.run == run && at.step == key;
            if inner.orphans.iter().any(|orphan| is_it(&orphan.occurrence)) {
                return None;
            }
            let was_done = inner.sinks.times(&run, key) > 0;
            inner.counts.add("people", if was_done { "said it was done" } else { "said it was not" });
            return Some(FlowAsk::Approve { run, step, note: None, was_done });
        }
        if inner.random.u32(0..6) == 0 {
            inner.counts.add("people", "denied");
            return Some(FlowAsk::Deny { run, step, note: None });
        }
        inner.counts.add("people", "approved");
        Some(FlowAsk::Approve { run, step, note: None, was_done: false })
    }

    fn tick(&mut self, machine: usize) -> Ended {
        let fate = Fate { push: self.world.server.is_some(), ..Fate::default() };
        self.play(&[(machine, fate, Job::Tick)]).pop().unwrap()
    }

    /// When all is well again, everything comes to an end, and then nothing happens any more.
    pub(super) fn come_to_rest(&mut self) {
        self.world.inner().trouble = false;
        if let Some(server) = &self.world.server {
            server.catch_up();
        }
        if self.world.project.workflows.contains(&"keyed") {
            let ask = FlowAsk::Disable { workflow: "keyed".into(), why: None };
            let fate = Fate { push: self.world.server.is_some(), ..Fate::default() };
            let ended =
                self.play(&[(0, fate, Job::Ask(Request::new("boss", Ask::Flow(ask))))]).pop().unwrap();
            assert!(matches!(ended, Ended::Well { .. }), "{ended:?}");
        }
        let mut left = 300;
        loop {
            for machine in 0..self.machines {
                let ended = self.tick(machine);
                assert!(matches!(ended, Ended::Well { .. }), "no trouble, and {ended:?}");
                self.count_pushes(&ended);
            }
            let is_over = self.state().open_runs().next().is_none();
            if is_over {
                break;
            }
            self.people();
            self.world.pass(7 * 60_000);
            left -= 1;
            assert!(left > 0, "it never ends: {:#?}", self.state().open_runs().collect::<Vec<_>>());
        }
        // Everybody has seen the end of it now, and finds nothing to do.
        for machine in 0..self.machines {
            self.tick(machine);
        }
        let tip = self.with_branch(|branch| branch.commit_id().unwrap());
        for machine in 0..self.machines {
            let Ended::Well { committed, pushes, writes, .. } = self.tick(machine) else {
                panic!("no trouble, and no success")
            };
            assert_eq!((committed, pushes, writes), (None, 0, 0), "an idle tick writes nothing");
        }
        assert_eq!(self.with_branch(|branch| branch.commit_id().unwrap()), tip);
        self.world.inner().counts.add("ticks", "idle: no commit, no push");
    }

    /// What a tick costs where nothing goes wrong.
    fn count_pushes(&self, ended: &Ended) {
        let Ended::Well { pushes, effects, .. } = ended else { return };
        if !effects || self.world.server.is_none() {
            return;
        }
        let what = match pushes {
            0 => "with effects: 0 pushes",
            1 => "with effects: 1 push",
            2 => "with effects: 2 pushes",
            3 => "with effects: 3 pushes",
            _ => "with effects: more pushes",
        };
        self.world.inner().counts.add("ticks", what);
    }

    pub(super) fn check(&self) {
        check::all(self);
        let clones = self.world.clones.lock().unwrap();
        for clone in clones.iter() {
            assert!(clone.journals.lock().unwrap().is_empty(), "a journal is left");
        }
    }
}

/// Whoever looks into a world that failed wants to know what happened in it.
impl Drop for Story {
    #[expect(clippy::print_stderr, reason = "a failed test tells its story")]
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        self.with_branch(|branch| {
            let Ok(tip) = branch.tip() else { return };
            let mut entries: Vec<_> = branch.history(&tip).map_while(Result::ok).collect();
            entries.reverse();
            for entry in entries {
                eprintln!("tick {}", entry.serial);
                for event in entry.events {
                    let fact = serde_json::to_string(&event.fact).unwrap_or_default();
                    let why = event.cause.map(|cause| format!("  ({})", cause.why)).unwrap_or_default();
                    eprintln!("  {} {fact}{why}", event.at);
                }
            }
        });
    }
}

/// What a process does.
fn act(process: &Process<'_>, job: &Job) -> Ended {
    let mut desk = process.desk();
    let done = match job {
        Job::Tick => carry_out(desk, None),
        Job::Run(request) => {
            desk.requests = vec![request.clone()];
            carry_out(desk, None)
        }
        Job::Ask(request) => {
            desk.requests = vec![request.clone()];
            desk.settle().map(Settled::ticked)
        }
        Job::Record(value) => {
            desk.requests = vec![metric(f64::from(*value))];
            desk.settle().map(Settled::ticked)
        }
    };
    match done {
        Ok(ticked) => {
            // A process would leave this to the system.
            drop(std::mem::ManuallyDrop::into_inner(ticked.state));
            let is_start = |event: &crate::model::Event| event.fact.kind() == "step.started";
            Ended::Well {
                committed: ticked.committed.and_then(|tip| tip.commit).map(|id| id.parse().unwrap()),
                pushes: process.pushes.load(Ordering::Relaxed),
                writes: process.writes.load(Ordering::Relaxed),
                effects: ticked.plan.events.iter().any(is_start),
            }
        }
        Err(error) => Ended::Badly(error),
    }
}
