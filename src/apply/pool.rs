//! Carries effects out on a machine. Commands are programs that the calling thread itself waits for, all at
//! once; actions may block, and have threads, which start when they are first needed.

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::Duration;

use smol_str::SmolStr;

use super::command::Command;
use super::executor::{Executor, Report};
use super::perform::{Tools, call};
use crate::model::{Outcome, RunId, Time};
use crate::plan::{Effect, EffectAct};
use crate::ports::{Bell, Finished, News, Process, Programs};

/// Until something happens.
const LONG: Duration = Duration::from_hours(1);

/// An effect that is being carried out.
struct Task {
    id: u64,
    effect: Arc<Effect>,
    /// None for the call of an action.
    command: Option<Command>,
}

impl Task {
    fn report(self, outcome: Outcome) -> Report {
        let Effect { run, step, attempt, .. } = &*self.effect;
        Report { run: run.clone(), step: step.clone(), attempt: *attempt, outcome }
    }
}

/// The call of an action, on its way to a thread.
struct Job {
    id: u64,
    effect: Arc<Effect>,
    now: Time,
}

/// What is being carried out, and with what.
pub struct Pool<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    tools: Tools<'env>,
    most: usize,
    programs: Box<dyn Programs + 'env>,
    tasks: Vec<Task>,
    /// How many there have been.
    count: u64,
    /// What was over before it began.
    over: Vec<Report>,
    threads: usize,
    jobs: Sender<Job>,
    queue: Arc<Mutex<Receiver<Job>>>,
    outcomes: Receiver<(u64, Outcome)>,
    outcome: Sender<(u64, Outcome)>,
}

impl std::fmt::Debug for Pool<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("tasks", &self.tasks.len()).finish_non_exhaustive()
    }
}

/// Runs `act` with a pool that carries out at most `most` effects at a time, and waits for those when it is over.
pub fn with_pool<'env, R>(
    tools: Tools<'env>,
    programs: Box<dyn Programs + 'env>,
    most: usize,
    act: impl FnOnce(&mut Pool<'_, 'env>) -> R,
) -> R {
    std::thread::scope(|scope| {
        let (jobs, queue) = channel();
        let (outcome, outcomes) = channel();
        let mut pool = Pool {
            scope,
            tools,
            most,
            programs,
            tasks: Vec::new(),
            count: 0,
            over: Vec::new(),
            threads: 0,
            jobs,
            queue: Arc::new(Mutex::new(queue)),
            outcomes,
            outcome,
        };
        let result = act(&mut pool);
        // Whoever leaves while something runs has no use for it any more.
        pool.cancel_all();
        while !pool.is_idle() {
            pool.heard(LONG);
        }
        result
    })
}

impl Pool<'_, '_> {
    /// Starts the program of a command.
    #[expect(clippy::result_large_err, reason = "it is handed on as it is, once")]
    fn run(&mut self, id: u64, effect: &Effect) -> Result<(Command, Process), Outcome> {
        let (command, program) = Command::begin(&self.tools, effect)?;
        match self.programs.start(id, &program) {
            Ok(process) => Ok((command, process)),
            Err(exit) => {
                let finished = Finished { exit, tail: String::new(), printed: 0, millis: 0 };
                Err(command.end(&self.tools, effect, finished))
            }
        }
    }

    fn call(&mut self, job: Job) {
        let calls = self.tasks.iter().filter(|task| task.command.is_none()).count();
        if self.threads < calls {
            self.threads += 1;
            let (tools, queue, outcome) = (self.tools, self.queue.clone(), self.outcome.clone());
            let bell = self.programs.bell();
            self.scope.spawn(move || work(tools, &queue, &outcome, &*bell));
        }
        // The queue lives as long as the pool does.
        let _ = self.jobs.send(job);
    }

    /// What came of the calls that are over.
    fn take_outcomes(&mut self, reports: &mut Vec<Report>) {
        for (id, outcome) in self.outcomes.try_iter() {
            if let Some(at) = place(&self.tasks, id) {
                reports.push(self.tasks.swap_remove(at).report(outcome));
            }
        }
    }
}

impl Executor for Pool<'_, '_> {
    fn room(&self) -> usize {
        self.most.saturating_sub(self.tasks.len() + self.over.len())
    }

    fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.over.is_empty()
    }

    fn running(&self) -> Box<dyn Iterator<Item = (&RunId, &SmolStr)> + '_> {
        let over = self.over.iter().map(|report| (&report.run, &report.step));
        Box::new(self.tasks.iter().map(|task| (&task.effect.run, &task.effect.step)).chain(over))
    }

    fn start(&mut self, effect: Effect, now: Time) -> Option<Process> {
        self.count += 1;
        let (id, effect) = (self.count, Arc::new(effect));
        let mut task = Task { id, effect: effect.clone(), command: None };
        if matches!(effect.act, EffectAct::Call { .. }) {
            self.tasks.push(task);
            self.call(Job { id, effect, now });
            return None;
        }
        match self.run(id, &effect) {
            Ok((command, process)) => {
                task.command = Some(command);
                self.tasks.push(task);
                Some(process)
            }
            Err(outcome) => {
                self.over.push(task.report(outcome));
                None
            }
        }
    }

    fn cancel(&mut self, run: &RunId, step: &SmolStr) {
        let is_it = |task: &&Task| (&task.effect.run, &task.effect.step) == (run, step);
        if let Some(task) = self.tasks.iter().find(is_it) {
            self.programs.cancel(task.id);
        }
    }

    fn cancel_all(&mut self) {
        self.tasks.iter().for_each(|task| self.programs.cancel(task.id));
    }

    fn meanwhile(&mut self, act: &mut dyn FnMut()) {
        if self.tasks.iter().all(|task| task.command.is_none()) {
            return act();
        }
        let (is_over, bell) = (AtomicBool::new(false), self.programs.bell());
        let Self { tools, programs, tasks, over, .. } = self;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Acquire) {
                    look_after(tools, &mut **programs, tasks, LONG, over);
                }
            });
            // However it ends: the scope waits for that thread.
            let _relief = Relief { is_over: &is_over, bell: &*bell };
            act();
        });
    }

    fn heard(&mut self, patience: Duration) -> Vec<Report> {
        let mut reports = std::mem::take(&mut self.over);
        self.take_outcomes(&mut reports);
        let patience = if reports.is_empty() { patience } else { Duration::ZERO };
        look_after(&self.tools, &mut *self.programs, &mut self.tasks, patience, &mut reports);
        self.take_outcomes(&mut reports);
        reports
    }
}

/// Ends the watch of whoever looked after the programs meanwhile.
struct Relief<'a> {
    is_over: &'a AtomicBool,
    bell: &'a dyn Bell,
}

impl Drop for Relief<'_> {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Release);
        self.bell.ring();
    }
}

/// Waits for programs, and takes in what becomes of them.
fn look_after(
    tools: &Tools<'_>,
    programs: &mut dyn Programs,
    tasks: &mut Vec<Task>,
    patience: Duration,
    reports: &mut Vec<Report>,
) {
    programs.wait(patience, &mut |id, news| {
        let Some(at) = place(tasks, id) else { return };
        match news {
            News::Printed(bytes) => {
                let Task { effect, command, .. } = &mut tasks[at];
                if let Some(command) = command {
                    command.printed(tools, effect, bytes);
                }
            }
            News::Ended(finished) => {
                let mut task = tasks.swap_remove(at);
                if let Some(command) = task.command.take() {
                    let outcome = command.end(tools, &task.effect, finished);
                    reports.push(task.report(outcome));
                }
            }
        }
    });
}

fn place(tasks: &[Task], id: u64) -> Option<usize> {
    tasks.iter().position(|task| task.id == id)
}

fn work(tools: Tools<'_>, queue: &Mutex<Receiver<Job>>, outcomes: &Sender<(u64, Outcome)>, bell: &dyn Bell) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { id, effect, now }) = job else { return };
        if outcomes.send((id, call(&tools, &effect, now))).is_err() {
            return;
        }
        bell.ring();
    }
}
