//! Carries effects out without a thread: what goes on is a list, and time decides what comes first.

use std::path::Path;
use std::time::Duration;

use smol_str::SmolStr;

use super::process::Process;
use super::sinks::Occurrence;
use crate::apply::{Command, Executor, Mask, Report, Reporter, Tools, call};
use crate::cli::session::site::{Errand, Hands};
use crate::model::{OnLost, Outcome, Project, RunId, Time};
use crate::plan::{Effect, EffectAct};
use crate::ports::Process as Pid;

/// An effect that goes on.
pub(super) struct Job {
    effect: Effect,
    now: Time,
    is_cancelled: bool,
    pub(super) occurrence: Occurrence,
    kind: &'static str,
    /// Of its program.
    pub(super) process: u32,
    /// When it reaches its target, and when that is heard of.
    pub(super) hits_at: u64,
    ends_at: u64,
    outcome: Option<Outcome>,
}

impl Job {
    fn is_command(&self) -> bool {
        matches!(self.effect.act, EffectAct::Run { .. })
    }

    fn perform(&self, process: &Process<'_>, tools: &Tools<'_>) -> Outcome {
        if !self.is_command() {
            return call(tools, &self.effect, self.now);
        }
        match Command::begin(tools, &self.effect) {
            Ok((mut command, program)) => {
                command.printed(tools, &self.effect, b"at work\n");
                let finished = process.run(&program, self.is_cancelled);
                command.end(tools, &self.effect, finished)
            }
            Err(outcome) => outcome,
        }
    }

    /// When something happens to it next.
    fn next(&self) -> u64 {
        match (&self.outcome, self.is_cancelled && self.is_command()) {
            (Some(_), _) => self.ends_at,
            (None, true) => 0,
            (None, false) => self.hits_at,
        }
    }
}

/// What a process has going on.
struct List<'p> {
    process: &'p Process<'p>,
    tools: Tools<'p>,
    jobs: Vec<Job>,
    reports: Vec<Report>,
}

struct Silence;

impl Reporter for Silence {
    fn started(&self, _: &Effect) {}

    fn printed(&self, _: &Effect, _: &str) {}

    fn finished(&self, _: &Effect, _: &Outcome) {}
}

impl Hands for Process<'_> {
    fn work(&self, _: &Project, lineage: &SmolStr, errand: &mut Errand<'_>) -> anyhow::Result<()> {
        let mask = Mask::default();
        let tools = Tools {
            files: self,
            http: self,
            github: Err("there is no GitHub here"),
            scratch: self,
            clock: self,
            root: Path::new("/project"),
            secrets: &[],
            hidden: &[],
            mask: &mask,
            lineage,
            reporter: &Silence,
        };
        let mut list = List { process: self, tools, jobs: Vec::new(), reports: Vec::new() };
        let done = errand(&mut list);
        // As a pool does it: whoever leaves while something runs has no use for it, and waits until it stopped.
        list.cancel_all();
        while !list.is_idle() {
            list.heard(Duration::from_hours(1));
        }
        done
    }

    fn survey(&self, _: &Project, _: &SmolStr, _: &mut [Effect], _: Time) -> anyhow::Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// The kinds of effects that are told apart.
fn kind(effect: &Effect) -> &'static str {
    let is_for = |host: &str| matches!(&effect.act, EffectAct::Call { args, .. } if args["url"].as_str().is_some_and(|url| url.contains(host)));
    match (&effect.act, effect.on_lost) {
        (EffectAct::Run { .. }, OnLost::Retry) => "command, retry",
        (EffectAct::Run { .. }, OnLost::Fail) => "command, fail",
        (EffectAct::Run { .. }, OnLost::Ask) => "command, ask",
        (EffectAct::Call { action: "http.request", .. }, _) if is_for("keyed") => "keyed",
        (EffectAct::Call { action: "http.request", .. }, _) if is_for("fussy") => "fussy",
        (EffectAct::Call { action: "http.request", .. }, OnLost::Retry) => "request, retry",
        (EffectAct::Call { action: "http.request", .. }, OnLost::Fail) => "request, fail",
        (EffectAct::Call { action: "http.request", .. }, OnLost::Ask) => "request, ask",
        (EffectAct::Call { .. }, _) => "files",
    }
}

impl List<'_> {
    /// Most things are quick.
    fn length(&self) -> u64 {
        let mut inner = self.process.world.inner();
        if inner.is_quick {
            return 100;
        }
        let longest = match inner.random.u32(0..100) {
            0..60 => 500,
            60..90 => 5_000,
            90..99 => 60_000,
            _ => 16 * 60_000,
        };
        inner.random.u64(1..longest)
    }

    /// What happened up to now.
    fn go_on(&mut self) {
        let clock = self.process.world.inner().clock;
        for job in self.jobs.iter_mut().filter(|job| job.outcome.is_none()) {
            if job.next() > clock {
                continue;
            }
            *self.process.at.lock().unwrap() = Some((job.occurrence.clone(), job.kind));
            // From here on it is not an orphan's to do.
            job.hits_at = u64::MAX;
            job.outcome = Some(job.perform(self.process, &self.tools));
        }
        let over = |job: &Job| job.outcome.is_some() && job.ends_at <= clock;
        while let Some(index) = self.jobs.iter().position(over) {
            let job = self.jobs.remove(index);
            let Effect { run, step, attempt, .. } = job.effect;
            let outcome = job.outcome.expect("it is over");
            self.reports.push(Report { run, step, attempt, outcome });
        }
    }
}

impl Executor for List<'_> {
    fn room(&self) -> usize {
        16 - self.jobs.len()
    }

    fn is_idle(&self) -> bool {
        self.jobs.is_empty() && self.reports.is_empty()
    }

    fn running(&self) -> Box<dyn Iterator<Item = (&RunId, &SmolStr)> + '_> {
        let heard = self.reports.iter().map(|report| (&report.run, &report.step));
        Box::new(self.jobs.iter().map(|job| (&job.effect.run, &job.effect.step)).chain(heard))
    }

    fn start(&mut self, effect: Effect, now: Time) -> Option<Pid> {
        let (length, hits) = (self.length(), self.length());
        let (clock, process) = {
            let mut inner = self.process.world.inner();
            inner.note("start");
            (inner.clock, inner.random.u32(1..))
        };
        let (run, step, attempt) = (effect.run.clone(), effect.step.clone(), effect.attempt);
        let key = effect.key(self.tools.lineage);
        let job = Job {
            now,
            is_cancelled: false,
            occurrence: Occurrence { run, step, attempt, key },
            kind: kind(&effect),
            process,
            hits_at: clock + hits.min(length),
            ends_at: clock + length,
            outcome: None,
            effect,
        };
        let process = job.is_command().then_some(Pid { id: process, start: 1, boot: 1 });
        self.jobs.push(job);
        process
    }

    fn cancel(&mut self, run: &RunId, step: &SmolStr) {
        let at = self.jobs.iter_mut().find(|job| (&job.effect.run, &job.effect.step) == (run, step));
        if let Some(job) = at {
            job.is_cancelled = true;
        }
    }

    fn cancel_all(&mut self) {
        self.jobs.iter_mut().for_each(|job| job.is_cancelled = true);
    }

    fn meanwhile(&mut self, act: &mut dyn FnMut()) {
        act();
    }

    fn heard(&mut self, patience: Duration) -> Vec<Report> {
        let world = self.process.world;
        let from = world.inner().clock;
        let until = from + u64::try_from(patience.as_millis()).unwrap();
        loop {
            self.go_on();
            if !self.reports.is_empty() {
                return std::mem::take(&mut self.reports);
            }
            let clock = world.inner().clock;
            if clock >= until {
                return Vec::new();
            }
            let next = self.jobs.iter().map(Job::next).min().unwrap_or(until);
            // Most of its life a process waits for what goes on, and may be killed there.
            self.process.pass("executor.heard");
            world.sleep_until(self.process.player, next.clamp(clock, until));
        }
    }
}

impl Drop for List<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        // Who is killed cannot end its programs.
        for job in self.jobs.iter().filter(|job| job.is_command() && job.hits_at != u64::MAX) {
            self.process.orphan(job);
        }
    }
}
