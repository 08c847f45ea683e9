//! Threads that carry out effects side by side. They start when they are first needed.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::perform::{Tools, perform};
use crate::model::{Outcome, RunId, Time};
use crate::plan::Effect;
use crate::ports::{Cancel, Process};

/// What is heard of an effect.
#[derive(Debug)]
pub enum Report {
    Process { run: RunId, step: SmolStr, process: Process },
    Finished { run: RunId, step: SmolStr, attempt: u32, outcome: Outcome },
}

struct Job {
    effect: Effect,
    now: Time,
    cancel: Arc<Cancel>,
}

/// The threads, and what they are at.
pub struct Pool<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    tools: Tools<'env>,
    most: usize,
    threads: usize,
    jobs: Sender<Job>,
    queue: Arc<Mutex<Receiver<Job>>>,
    reports: Receiver<Report>,
    report: Sender<Report>,
    running: FxHashMap<(RunId, SmolStr), Arc<Cancel>>,
}

impl std::fmt::Debug for Pool<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("running", &self.running.len()).finish_non_exhaustive()
    }
}

/// Runs `act` with a pool of at most `most` threads, and waits for those when it is over.
pub fn with_pool<R>(tools: Tools<'_>, most: usize, act: impl FnOnce(&mut Pool<'_, '_>) -> R) -> R {
    std::thread::scope(|scope| {
        let (jobs, queue) = channel();
        let (report, reports) = channel();
        let mut pool = Pool {
            scope,
            tools,
            most,
            threads: 0,
            jobs,
            queue: Arc::new(Mutex::new(queue)),
            reports,
            report,
            running: FxHashMap::default(),
        };
        let result = act(&mut pool);
        // Whoever leaves while something runs has no use for it any more.
        pool.cancel_all();
        result
    })
}

impl Pool<'_, '_> {
    /// How many more effects can be carried out at a time.
    pub fn room(&self) -> usize {
        self.most.saturating_sub(self.running.len())
    }

    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether an effect of a step is being carried out.
    pub fn is_at(&self, run: &RunId, step: &SmolStr) -> bool {
        self.running.contains_key(&(run.clone(), step.clone()))
    }

    /// What is being carried out.
    pub fn running(&self) -> impl Iterator<Item = (&RunId, &SmolStr)> {
        self.running.keys().map(|(run, step)| (run, step))
    }

    pub fn start(&mut self, effect: Effect, now: Time) {
        let cancel = Arc::new(Cancel::default());
        self.running.insert((effect.run.clone(), effect.step.clone()), cancel.clone());
        if self.threads < self.running.len().min(self.most) {
            self.threads += 1;
            let (tools, queue, report) = (self.tools, self.queue.clone(), self.report.clone());
            self.scope.spawn(move || work(tools, &queue, &report));
        }
        // The queue lives as long as the pool does.
        let _ = self.jobs.send(Job { effect, now, cancel });
    }

    pub fn cancel(&self, run: &RunId, step: &SmolStr) {
        if let Some(cancel) = self.running.get(&(run.clone(), step.clone())) {
            cancel.now();
        }
    }

    pub fn cancel_all(&self) {
        self.running.values().for_each(|cancel| cancel.now());
    }

    /// What has been heard, waiting at most `patience` for the first of it.
    pub fn heard(&mut self, patience: Duration) -> Vec<Report> {
        let first = match self.reports.recv_timeout(patience) {
            Ok(report) => report,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Vec::new(),
        };
        let reports: Vec<Report> = std::iter::once(first).chain(self.reports.try_iter()).collect();
        for report in &reports {
            if let Report::Finished { run, step, .. } = report {
                self.running.remove(&(run.clone(), step.clone()));
            }
        }
        reports
    }
}

fn work(tools: Tools<'_>, queue: &Mutex<Receiver<Job>>, report: &Sender<Report>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { effect, now, cancel }) = job else { return };
        let (run, step, attempt) = (effect.run.clone(), effect.step.clone(), effect.attempt);
        let began = report.clone();
        let outcome = perform(&tools, &effect, now, &cancel, &mut |process| {
            let _ =
                began.send(Report::Process { run: effect.run.clone(), step: effect.step.clone(), process });
        });
        if report.send(Report::Finished { run, step, attempt, outcome }).is_err() {
            return;
        }
    }
}
