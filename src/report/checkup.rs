//! What a person should look at: the findings of `orch doctor`.

use super::{Tip, do_again, join_and, one_line, plural, relative};
use crate::model::{Act, Config, Duration, Ended, OnLost, Run, RunStatus, StepRun, Time};
use crate::state::State;

/// How far ahead of this machine's clock a tick may be.
const SKEW: Duration = Duration::from_minutes(5);

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Ok,
    /// Worth knowing; nothing is wrong.
    Note,
    /// Somebody has to do something.
    Bad,
}

/// One finding, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub health: Health,
    pub message: String,
    pub remedy: Option<String>,
}

impl Finding {
    fn new(health: Health, message: impl Into<String>) -> Self {
        Self { health, message: message.into(), remedy: None }
    }

    fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Patient<'a> {
    pub config: &'a Config,
    pub state: &'a State,
    pub tip: &'a Tip,
    /// When the last tick that changed something was, and by which version of orch.
    pub last: (Time, &'a str),
    /// When the clock alone was to change something next, as the last tick saw it.
    pub due: Option<Time>,
    pub now: Time,
    /// How late a tick may be.
    pub max_age: Duration,
    /// The times of the last ticks that changed something, the newest first.
    pub ticks: &'a [Time],
    /// The journals of ticks that died on this clone.
    pub journals: &'a [String],
}

/// Looks at everything that may need somebody's attention, the most urgent first.
pub fn checkup(patient: &Patient<'_>) -> Vec<Finding> {
    let mut findings = vec![silence(patient)];
    findings.extend(cadence(patient));
    findings.extend(clock(patient));
    findings.extend(version(patient));
    findings.extend(unknown_outcomes(patient));
    findings.extend(repeated(patient));
    findings.extend(leases(patient));
    findings.extend(journals(patient));
    findings.extend(waiting(patient));
    findings.extend(paused(patient));
    findings.sort_by_key(|finding| match finding.health {
        Health::Bad => 0,
        Health::Note => 1,
        Health::Ok => 2,
    });
    findings
}

/// A tick that did not come leaves no trace but this: what was due long ago has not happened.
fn silence(patient: &Patient<'_>) -> Finding {
    let Patient { tip, last: (at, _), due, now, max_age, .. } = *patient;
    if tip.serial == 0 {
        return Finding::new(Health::Note, "no tick has run yet").remedy("run `orch tick`");
    }
    let last = format!("the last tick that changed something was {}", relative(at, now));
    match due {
        Some(due) if due + max_age < now => {
            let late = now.since(due);
            Finding::new(
                Health::Bad,
                format!("nothing has ticked for {late}, though something was due; {last}"),
            )
            .remedy("see whether the schedule that runs `orch tick` still does; `orch tick` catches up")
        }
        Some(due) if due <= now => Finding::new(Health::Ok, format!("{last}; the next has work to do")),
        Some(due) => {
            Finding::new(Health::Ok, format!("{last}; the clock brings something {}", relative(due, now)))
        }
        None => Finding::new(Health::Ok, format!("{last}; nothing is due by the clock")),
    }
}

/// How often ticks come, as far as they leave traces.
fn cadence(patient: &Patient<'_>) -> Option<Finding> {
    let mut gaps: Vec<u64> =
        patient.ticks.windows(2).map(|pair| pair[0].since(pair[1]).as_seconds()).collect();
    gaps.sort_unstable();
    let (middle, longest) = (*gaps.get(gaps.len() / 2)?, *gaps.last()?);
    let of = |seconds| Duration::from_seconds(seconds);
    let message = format!(
        "of the last {} that changed something, half came within {} of the one before, all within {}",
        plural(patient.ticks.len(), "tick"),
        of(middle),
        of(longest)
    );
    Some(Finding::new(Health::Note, message))
}

fn clock(patient: &Patient<'_>) -> Option<Finding> {
    let at = patient.last.0;
    (patient.tip.serial > 0 && at > patient.now + SKEW).then(|| {
        let ahead = at.since(patient.now);
        Finding::new(Health::Bad, format!("the last tick is {ahead} ahead of this machine's clock")).remedy(
            "set the clock of this machine, or of the one that made the tick; until then time stands still",
        )
    })
}

fn version(patient: &Patient<'_>) -> Option<Finding> {
    let (own, other) = (env!("CARGO_PKG_VERSION"), patient.last.1);
    (patient.tip.serial > 0 && own != other).then(|| {
        Finding::new(Health::Note, format!("the last tick was made by orch {other}; this is {own}"))
            .remedy("let every machine run the same version")
    })
}

/// Steps of which nobody knows whether they were done.
fn unknown_outcomes(patient: &Patient<'_>) -> Vec<Finding> {
    let lost = steps(patient).filter(|(.., record)| is_lost(record));
    lost.map(|(run, key, record)| unknown(patient, run, key, record)).collect()
}

fn steps<'a>(patient: &Patient<'a>) -> impl Iterator<Item = (&'a Run, &'a str, &'a StepRun)> {
    let runs = patient.state.meta.runs.values();
    runs.flat_map(|run| run.steps.iter().map(move |(key, record)| (&**run, key.as_str(), record)))
}

fn is_lost(record: &StepRun) -> bool {
    record.outcome.as_ref().is_some_and(|outcome| outcome.ended == Ended::Lost)
}

/// Steps that were done again after a tick ended under them, and that nothing but their target can tell from a first
/// time.
fn repeated(patient: &Patient<'_>) -> Vec<Finding> {
    let again = steps(patient).filter(|(run, key, record)| {
        let id = key.split(['[', ':']).next().unwrap_or(key);
        let step = patient.config.workflows.get(&run.workflow).and_then(|workflow| workflow.step(id));
        let is_open = step.is_some_and(|step| match &step.act {
            Act::Run(_) => step.on_lost == OnLost::Retry,
            Act::Call { action, .. } => matches!(*action, "github.dispatch" | "http.request" | "notify"),
            Act::Wait { .. } | Act::Approve(_) => false,
        });
        is_open && record.cut_off > 0 && !is_lost(record)
    });
    let told = again.map(|(run, key, record)| {
        let times = plural(record.cut_off as usize, "tick");
        let message = format!("step {key} of {} was begun again after {times} ended under it: it may have been done more than once", run.id);
        Finding::new(Health::Note, message).remedy("`orch explain effects` tells what notices that; with `on_lost: ask` a person decides")
    });
    told.collect()
}

fn unknown(patient: &Patient<'_>, run: &Run, key: &str, record: &StepRun) -> Finding {
    let id = &run.id;
    let why = record.outcome.as_ref().and_then(|outcome| outcome.error.as_deref()).unwrap_or("its tick died");
    let message = format!("nobody knows whether step {key} of {id} was done: {}", one_line(why));
    let step = key.split(['[', ':']).next().unwrap_or(key);
    let workflow = patient.config.workflows.get(&run.workflow);
    let on_lost = workflow.and_then(|workflow| workflow.step(step)).map(|step| step.on_lost);
    if run.status.is_finished() {
        return Finding::new(Health::Bad, message)
            .remedy(format!("look at what it works on; `{}` does the run again", do_again(run)));
    }
    match on_lost {
        Some(OnLost::Ask) => Finding::new(Health::Bad, message)
            .remedy(format!("look at what it works on; `orch runs show {id}` says how to answer")),
        Some(OnLost::Fail) => {
            Finding::new(Health::Note, message).remedy("`on_lost: fail` counts it as failed")
        }
        _ => Finding::new(Health::Note, message).remedy("`on_lost: retry` does it again, with the same key"),
    }
}

fn leases(patient: &Patient<'_>) -> Vec<Finding> {
    let held = patient.state.open_runs().filter_map(|run| Some((run, run.lease.as_ref()?)));
    held.map(|(run, lease)| {
        let (id, until) = (&run.id, lease.until);
        if until <= patient.now {
            Finding::new(Health::Note, format!("the tick that carried {id} out is gone"))
                .remedy("the next tick takes it over")
        } else {
            let left = relative(until, patient.now);
            Finding::new(
                Health::Note,
                format!("tick {} carries {id} out; its lease ends {left}", lease.holder),
            )
        }
    })
    .collect()
}

fn journals(patient: &Patient<'_>) -> Option<Finding> {
    let names: Vec<&str> = patient.journals.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| {
        let message = format!("ticks died on this clone and left journals: {}", join_and(&names));
        Finding::new(Health::Bad, message).remedy("`orch tick` on this clone tells the state what they did")
    })
}

fn waiting(patient: &Patient<'_>) -> Vec<Finding> {
    let waits = patient.state.open_runs().filter(|run| run.status == RunStatus::Waiting);
    waits
        .filter_map(|run| Some((run, run.approval.as_ref()?)))
        .map(|(run, approval)| {
            let (id, lapses) = (&run.id, relative(approval.expires_at, patient.now));
            Finding::new(Health::Note, format!("{id} waits for approval, which lapses {lapses}"))
                .remedy(format!("`orch runs show {id}` shows what it would do"))
        })
        .collect()
}

fn paused(patient: &Patient<'_>) -> Vec<Finding> {
    let meta = &patient.state.meta;
    let all =
        meta.paused.iter().map(|switch| ("all workflows are".to_owned(), "orch resume".to_owned(), switch));
    let some = meta.workflows.iter().filter_map(|(id, record)| {
        Some((format!("workflow {id} is"), format!("orch resume {id}"), record.paused.as_ref()?))
    });
    all.chain(some)
        .map(|(what, command, switch)| {
            let why = switch.why.as_deref().map(|why| format!(": {}", one_line(why))).unwrap_or_default();
            let when = relative(switch.at, patient.now);
            Finding::new(Health::Note, format!("{what} paused, {when} by {}{why}", switch.by))
                .remedy(format!("`{command}` lets them start again"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::busy;
    use crate::report::testing_runs::{done, flows, run};

    fn found(change: impl Fn(&mut State), due: Option<Time>, minutes: u64) -> Vec<(Health, String)> {
        let mut world = busy();
        change(&mut world.state);
        let at = world.now;
        let tip = Tip { commit: Some("0".into()), serial: 3 };
        let findings = checkup(&Patient {
            config: &world.config,
            state: &world.state,
            tip: &tip,
            last: (at, env!("CARGO_PKG_VERSION")),
            due,
            now: at + Duration::from_minutes(minutes),
            max_age: Duration::from_minutes(60),
            ticks: &[],
            journals: &[],
        });
        findings.into_iter().map(|finding| (finding.health, finding.message)).collect()
    }

    #[test]
    fn silence_is_what_was_due_and_did_not_happen() {
        let at = busy().now;
        let health = |due, minutes| found(|_| {}, due, minutes)[0].0;
        assert_eq!(health(None, 100_000), Health::Ok);
        assert_eq!(health(Some(at + Duration::from_minutes(10)), 69), Health::Ok);
        assert_eq!(health(Some(at + Duration::from_minutes(10)), 71), Health::Bad);
    }

    #[test]
    fn what_may_have_been_done_twice_is_told() {
        let mut world = flows();
        world.flow(vec![run("deploy")], &[]).flow(Vec::new(), &done("deploy#1", "build", None));
        let cut_off = |cut_off, ended| {
            let mut state = world.state.clone();
            let id = crate::model::RunId("deploy#1".into());
            let steps = &mut state.meta.runs.get_mut(&id).unwrap().steps;
            steps.change(
                &"build".into(),
                || unreachable!("it has run"),
                |record| {
                    record.cut_off = cut_off;
                    record.outcome.as_mut().unwrap().ended = ended;
                },
            );
            let tip = Tip { commit: Some("0".into()), serial: 3 };
            let findings = checkup(&Patient {
                config: &world.config,
                state: &state,
                tip: &tip,
                last: (world.now, env!("CARGO_PKG_VERSION")),
                due: None,
                now: world.now,
                max_age: Duration::from_minutes(60),
                ticks: &[],
                journals: &[],
            });
            let messages = findings.into_iter().map(|finding| finding.message);
            messages.filter(|message| message.contains("step build")).collect::<Vec<_>>()
        };
        assert!(cut_off(0, Ended::Succeeded).is_empty());
        assert_eq!(
            cut_off(2, Ended::Succeeded),
            [
                "step build of deploy#1 was begun again after 2 ticks ended under it: it may have been done more than once"
            ]
        );
        assert!(cut_off(1, Ended::Lost)[0].starts_with("nobody knows whether"));
    }

    #[test]
    fn what_is_paused_is_told() {
        let paused = |state: &mut State| {
            let at = state.meta.last_event_at;
            state.meta.paused =
                Some(crate::model::Switch { by: "mika".into(), at, why: Some("a move".into()) });
        };
        let findings = found(paused, None, 5);
        let told = findings.iter().find(|(_, message)| message.starts_with("all workflows are paused"));
        assert!(
            told.is_some_and(|(health, m)| *health == Health::Note && m.ends_with("by mika: a move")),
            "{findings:?}"
        );
    }
}
