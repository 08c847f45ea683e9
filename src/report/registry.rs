//! The registry of workflows: each with how it stands and how it has done so far.

use crate::model::{Config, On, PastRun, Run, RunStatus, Time, Workflow, WorkflowRecord};
use crate::state::State;

/// Whether a workflow does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowStatus {
    Active,
    /// Its triggers make runs, which wait.
    Paused,
    /// Switched off by hand.
    Disabled,
    /// Switched off in its file.
    Off,
}

impl WorkflowStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
            Self::Off => "off",
        }
    }
}

/// A workflow and what is known of it.
#[derive(Debug, Clone)]
pub struct Registered<'a> {
    pub workflow: &'a Workflow,
    pub record: Option<&'a WorkflowRecord>,
    pub status: WorkflowStatus,
    /// Its runs that have not ended.
    pub open: Vec<&'a Run>,
    /// When it is due next by the clock.
    pub next: Option<Time>,
}

/// All workflows, in the order of their names.
pub fn registry<'a>(config: &'a Config, state: &'a State, now: Time) -> Vec<Registered<'a>> {
    let mut all: Vec<_> =
        config.workflows.values().map(|workflow| registered(state, workflow, now)).collect();
    all.sort_by(|a, b| a.workflow.id.cmp(&b.workflow.id));
    all
}

/// One workflow.
pub fn registered<'a>(state: &'a State, workflow: &'a Workflow, now: Time) -> Registered<'a> {
    let record = state.workflow(&workflow.id);
    let is_paused = state.meta.paused.is_some() || record.is_some_and(|record| record.paused.is_some());
    let status = match record {
        _ if !workflow.enabled => WorkflowStatus::Off,
        Some(record) if record.disabled.is_some() => WorkflowStatus::Disabled,
        _ if is_paused => WorkflowStatus::Paused,
        _ => WorkflowStatus::Active,
    };
    let open = state.open_runs().filter(|run| run.workflow == workflow.id && run.part().is_none()).collect();
    let next = if matches!(status, WorkflowStatus::Off | WorkflowStatus::Disabled) {
        None
    } else {
        firings(workflow, now, 1).first().copied()
    };
    Registered { workflow, record, status, open, next }
}

/// The next slots of all its schedules together, the first first.
pub fn firings(workflow: &Workflow, now: Time, count: usize) -> Vec<Time> {
    let mut slots = Vec::new();
    for trigger in &workflow.triggers {
        if let On::Schedule(schedule) = &trigger.on {
            let mut after = now;
            for _ in 0..count {
                let Some(slot) = schedule.next_after(after) else { break };
                slots.push(slot);
                after = slot;
            }
        }
    }
    slots.sort_unstable();
    slots.dedup();
    slots.truncate(count);
    slots
}

const WEEK: u64 = 7 * 24 * 60;

impl Registered<'_> {
    fn recent(&self) -> &[PastRun] {
        self.record.map(|record| record.recent.as_slice()).unwrap_or_default()
    }

    /// Of all runs that ended, in percent with one digit; none if none did.
    pub fn success_rate(&self) -> Option<f64> {
        let record = self.record.filter(|record| record.runs > 0)?;
        let tenths = (record.runs - record.failures) * 1000 / record.runs;
        #[expect(clippy::cast_precision_loss, reason = "a number up to 1000")]
        Some(tenths as f64 / 10.0)
    }

    /// When its last run ended.
    pub fn last_run(&self) -> Option<&PastRun> {
        self.recent().last()
    }

    /// The mean of the last runs, in seconds.
    pub fn average_seconds(&self) -> Option<u64> {
        let recent = self.recent();
        (!recent.is_empty()).then(|| recent.iter().map(|run| run.seconds).sum::<u64>() / recent.len() as u64)
    }

    /// So long 95 of 100 of the last runs took at most, in seconds.
    pub fn p95_seconds(&self) -> Option<u64> {
        let mut lengths: Vec<u64> = self.recent().iter().map(|run| run.seconds).collect();
        lengths.sort_unstable();
        let rank = (lengths.len() * 95).div_ceil(100);
        lengths.get(rank.checked_sub(1)?).copied()
    }

    /// How often it runs in a week: as it is scheduled, or else as it did lately.
    pub fn runs_per_week(&self, now: Time) -> Option<u64> {
        let week = crate::model::Duration::from_minutes(WEEK);
        let scheduled: u64 = self
            .workflow
            .triggers
            .iter()
            .map(|trigger| match &trigger.on {
                On::Schedule(schedule) => schedule.slots(now, now + week, 0).count,
                _ => 0,
            })
            .sum();
        if scheduled > 0 {
            return Some(scheduled);
        }
        let recent = self.recent();
        let (first, last) = (recent.first()?, recent.last()?);
        let span = last.at.since(first.at).as_seconds();
        // One run, or several at once, tell nothing about a week.
        (span > 0).then(|| (recent.len() as u64 - 1) * week.as_seconds() / span)
    }

    /// The minutes of manual work that it saves in a week.
    pub fn saved_per_week(&self, now: Time) -> Option<u64> {
        Some(u64::from(self.workflow.saves?) * self.runs_per_week(now)?)
    }

    /// What it brings, in words: `saves 30m of work a run, 7 times a week: 3h30m a week`.
    pub fn benefit(&self, now: Time) -> Option<String> {
        let saves = u64::from(self.workflow.saves?);
        let a_run = format!("saves {} of manual work a run", super::minutes(saves));
        let often = match self.runs_per_week(now) {
            Some(times) => {
                let total = super::minutes(saves * times);
                format!(
                    ", {} a week: {total} a week",
                    super::plural(usize::try_from(times).unwrap_or(0), "run")
                )
            }
            None => String::new(),
        };
        let takes = self.average_seconds().map(|seconds| {
            format!("; a run takes {} on average", crate::model::Duration::from_seconds(seconds))
        });
        let well = self.success_rate().map(|rate| format!(", {rate}% succeed"));
        Some(format!("{a_run}{often}{}{}", takes.unwrap_or_default(), well.unwrap_or_default()))
    }
}

/// What `orch status` says of workflows.
#[derive(Debug, Clone, Default)]
pub struct FlowOverview<'a> {
    pub workflows: usize,
    pub running: Vec<&'a Run>,
    /// Runs that wait for approval, themselves or one of their steps.
    pub waiting: Vec<&'a Run>,
    pub queued: usize,
    /// How many of their steps were sent to runners of their own, and are not over.
    pub away: usize,
    /// The last run of each workflow, if it failed.
    pub failed: Vec<&'a PastRun>,
    pub paused: Vec<&'a str>,
    pub all_paused: bool,
    /// The workflow that is due next by the clock, and when.
    pub next: Option<(&'a str, Time)>,
}

/// Looks over the workflows and their runs.
pub fn flow_overview<'a>(config: &'a Config, state: &'a State, now: Time) -> FlowOverview<'a> {
    let registry = registry(config, state, now);
    let asks = |run: &Run| {
        run.status == RunStatus::Waiting
            || run.steps.values().any(|step| {
                !step.status.is_finished()
                    && step.approval.as_ref().is_some_and(|approval| approval.verdict.is_none())
            })
    };
    let last = |id: &str| state.workflow(id).and_then(|record| record.recent.last());
    FlowOverview {
        workflows: registry.len(),
        running: state
            .open_runs()
            .filter(|run| run.status == RunStatus::Running && run.part().is_none() && !asks(run))
            .collect(),
        away: state.open_runs().filter(|run| run.part().is_some()).count(),
        waiting: state.open_runs().filter(|run| asks(run)).collect(),
        queued: state.open_runs().filter(|run| run.status == RunStatus::Queued).count(),
        failed: registry
            .iter()
            .filter_map(|one| last(&one.workflow.id))
            .filter(|past| !past.succeeded)
            .collect(),
        paused: registry
            .iter()
            .filter(|one| one.status == WorkflowStatus::Paused)
            .map(|one| one.workflow.id.as_str())
            .collect(),
        all_paused: state.meta.paused.is_some(),
        next: registry
            .iter()
            .filter_map(|one| Some((one.workflow.id.as_str(), one.next?)))
            .min_by_key(|(_, at)| *at),
    }
}
