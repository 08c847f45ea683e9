//! The world of a simulation: its clock, its server, the processes in it, and whose turn it is.
//!
//! Each process has a thread, and one of them at a time goes on: which one is drawn at every call of a port,
//! so that a seed is a schedule. Time passes only when everybody waits for it.

use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::counts::Counts;
use super::disk::Disk;
use super::project::Project;
use super::sinks::{Occurrence, Sinks};
use crate::commit::testing::{MemoryRepo, Server};
use crate::model::{RunId, Time};

/// The branch of the state.
pub(super) const BRANCH: &str = "orch/state";
/// When it begins.
const BEGIN: i64 = 1_800_000_000;

/// Where a process works: a repository, and what dead processes left beside it.
#[derive(Default)]
pub(super) struct Clone {
    pub(super) repo: MemoryRepo,
    /// The journals by their names, and the process that each belongs to.
    pub(super) journals: Mutex<Vec<(SmolStr, u64, Vec<u8>)>>,
}

/// A program that outlived the process that had started it.
pub(super) struct Orphan {
    pub(super) process: u32,
    /// When it does what it is there for.
    pub(super) at: u64,
    pub(super) occurrence: Occurrence,
}

/// Whoever gets the turn.
struct Player {
    process: u64,
    wakes: u64,
    is_gone: bool,
}

/// What is drawn, and what everybody sees.
pub(super) struct Inner {
    pub(super) random: fastrand::Rng,
    /// In milliseconds.
    pub(super) clock: u64,
    players: Vec<Player>,
    turn: usize,
    /// Whether anything goes wrong.
    pub(super) trouble: bool,
    /// Whether whatever is done takes a moment only.
    pub(super) is_quick: bool,
    /// A hash of all that happened, in order.
    pub(super) trace: u64,
    pub(super) sinks: Sinks,
    pub(super) orphans: Vec<Orphan>,
    /// The attempts that succeeded by a journal: whatever comes, that is not forgotten.
    pub(super) noted: Vec<(RunId, SmolStr, u32)>,
    pub(super) counts: Counts,
    pub(super) alive: FxHashSet<u64>,
    processes: u64,
}

/// Everything.
pub(super) struct World {
    inner: Mutex<Inner>,
    turn: Condvar,
    pub(super) server: Option<Server>,
    pub(super) clones: Mutex<Vec<Arc<Clone>>>,
    pub(super) disk: Disk,
    /// The recovery files that ticks have left, wherever.
    pub(super) recoveries: Mutex<Vec<String>>,
    pub(super) project: &'static Project,
    /// How often the turn passes on: once in so many calls.
    pub(super) restless: u64,
}

/// What a process that was killed unwinds with.
pub(super) struct Killed;

impl World {
    pub(super) fn new(seed: u64, project: &'static Project, machines: usize, has_remote: bool) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let restless = [3, 10, 40, 200][random.usize(0..4)];
        Self {
            inner: Mutex::new(Inner {
                random,
                clock: 0,
                players: Vec::new(),
                turn: 0,
                trouble: true,
                is_quick: false,
                trace: 0xcbf2_9ce4_8422_2325,
                sinks: Sinks::default(),
                orphans: Vec::new(),
                noted: Vec::new(),
                counts: Counts::default(),
                alive: FxHashSet::default(),
                processes: 0,
            }),
            turn: Condvar::new(),
            server: has_remote.then(|| Server::new(BRANCH)),
            clones: Mutex::new((0..machines).map(|_| Arc::default()).collect()),
            disk: Disk::default(),
            recoveries: Mutex::default(),
            project,
            restless,
        }
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub(super) fn below(&self, end: u64) -> u64 {
        self.inner().random.u64(0..end)
    }

    /// Whether something happens that does so `percent` times in a hundred.
    pub(super) fn happens(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn time(&self) -> Time {
        time(self.inner().clock)
    }

    /// Lets time pass while nobody is at work.
    pub(super) fn pass(&self, millis: u64) {
        let mut inner = self.inner();
        let to = inner.clock + millis;
        inner.go_to(to);
    }

    /// New players, who wait for their turns; gives the name of each.
    pub(super) fn enter(&self, count: usize) -> Vec<u64> {
        let mut inner = self.inner();
        let clock = inner.clock;
        inner.players.clear();
        for _ in 0..count {
            inner.processes += 1;
            let process = inner.processes;
            inner.players.push(Player { process, wakes: clock, is_gone: false });
            inner.alive.insert(process);
        }
        inner.pass_on();
        inner.players.iter().map(|player| player.process).collect()
    }

    /// Waits for the first turn.
    pub(super) fn begin(&self, player: usize) {
        let mut inner = self.inner();
        while inner.turn != player {
            inner = self.turn.wait(inner).unwrap();
        }
    }

    /// It is over for a player, one way or another.
    pub(super) fn leave(&self, player: usize) {
        let mut inner = self.inner();
        inner.players[player].is_gone = true;
        let process = inner.players[player].process;
        inner.alive.remove(&process);
        inner.pass_on();
        self.turn.notify_all();
    }

    /// Others may go on, until then at least.
    pub(super) fn sleep_until(&self, player: usize, wakes: u64) {
        let mut inner = self.inner();
        inner.players[player].wakes = wakes;
        inner.pass_on();
        if inner.turn == player {
            return;
        }
        self.turn.notify_all();
        while inner.turn != player {
            inner = self.turn.wait(inner).unwrap();
        }
    }

    /// A call of a port is passed: it is noted, and now and then somebody else goes on.
    pub(super) fn step(&self, player: usize, call: &str) {
        let mut inner = self.inner();
        inner.note(call);
        if inner.players.iter().filter(|player| !player.is_gone).count() < 2 {
            return;
        }
        if inner.random.u64(0..self.restless) == 0 {
            let clock = inner.clock;
            drop(inner);
            self.sleep_until(player, clock);
        }
    }
}

impl Inner {
    /// Adds something to the trace.
    pub(super) fn note(&mut self, what: &str) {
        for byte in what.bytes().chain(self.clock.to_le_bytes()) {
            self.trace = (self.trace ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Time goes on; what programs without a parent do meanwhile is done.
    fn go_to(&mut self, clock: u64) {
        self.clock = self.clock.max(clock);
        let now = self.clock;
        let (due, left) = std::mem::take(&mut self.orphans).into_iter().partition(|orphan| orphan.at <= now);
        self.orphans = left;
        let due: Vec<Orphan> = due;
        for orphan in due {
            self.counts.add("command", "done by an orphan");
            self.sinks.accept(orphan.occurrence);
        }
    }

    /// Draws who goes on.
    fn pass_on(&mut self) {
        let alive = || self.players.iter().filter(|player| !player.is_gone);
        let Some(earliest) = alive().map(|player| player.wakes).min() else {
            self.turn = usize::MAX;
            return;
        };
        self.go_to(earliest);
        let now = self.clock;
        let ready: Vec<usize> = self
            .players
            .iter()
            .enumerate()
            .filter(|(_, player)| !player.is_gone && player.wakes <= now)
            .map(|(index, _)| index)
            .collect();
        self.turn = match ready.as_slice() {
            [only] => *only,
            many => many[self.random.usize(0..many.len())],
        };
        let turn = self.turn as u64;
        self.trace = (self.trace ^ turn).wrapping_mul(0x0100_0000_01b3);
    }
}

pub(super) fn time(clock: u64) -> Time {
    Time::from_second(BEGIN + i64::try_from(clock / 1000).unwrap())
}

/// Dies as by `kill -9`: nobody is told, and nothing is cleaned up.
pub(super) fn die() -> ! {
    // No hook runs, so that nothing is printed.
    resume_unwind(Box::new(Killed))
}
