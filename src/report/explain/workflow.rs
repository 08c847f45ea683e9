//! Why a workflow runs or does not: its triggers, what holds it back, how its last runs went.

use super::explanation::{Explanation, Reason, Step, add};
use crate::model::{On, Switch, TriggerProblem, Watermark, Workflow};
use crate::plan::Context;
use crate::report::clean::one_line;
use crate::report::registry::{Registered, WorkflowStatus, registered};
use crate::report::triggers::{trigger_in_words, trigger_problem};

/// The most of its last runs that are named.
const SHOWN: usize = 5;

/// Explains a workflow; nothing if it is not declared.
pub fn explain_workflow(cx: Context<'_>, id: &str) -> Option<Explanation> {
    let workflow = cx.config.workflows.get(id)?;
    let known = registered(cx.state, workflow, cx.now);
    let mut sections = Vec::new();
    add(&mut sections, "Starts", triggers(cx, workflow));
    add(&mut sections, "Held back by", held(cx, &known));
    add(&mut sections, "Open runs", open(&known));
    add(&mut sections, "Last runs", last(&known));
    Some(Explanation {
        kind: "workflow",
        subject: id.to_owned(),
        headline: headline(&known),
        sections,
        next: next(&known),
    })
}

fn headline(known: &Registered<'_>) -> String {
    let title = one_line(&known.workflow.title);
    let rate = known.success_rate().map(|rate| format!(", {rate}% of its runs succeeded"));
    format!("{title}: {}{}", known.status.as_str(), rate.unwrap_or_else(|| ", never ran".to_owned()))
}

fn triggers(cx: Context<'_>, workflow: &Workflow) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = workflow
        .triggers
        .iter()
        .map(|trigger| {
            let mark = cx.state.workflow(&workflow.id).and_then(|record| record.triggers.get(&trigger.key));
            let unseen = || match trigger.on {
                On::Manual | On::Event { .. } => Vec::new(),
                _ => vec!["not looked at yet: the next tick begins to".to_owned()],
            };
            let because = mark.map_or_else(unseen, |mark| seen(&trigger.on, mark));
            let mut because: Vec<Reason> = because.into_iter().map(Reason::new).collect();
            because.extend(mark.and_then(|mark| mark.problem.as_ref()).map(failed));
            Reason::new(trigger_in_words(trigger, workflow)).at(&trigger.origin).because(because)
        })
        .collect();
    if let Some(condition) = &workflow.condition {
        let text = format!("only if {}", one_line(condition.source()));
        reasons.push(Reason::new(text).at(&condition.origin));
    }
    reasons
}

fn failed(problem: &TriggerProblem) -> Reason {
    Reason::new(trigger_problem(problem))
}

/// How far a trigger has looked.
fn seen(on: &On, mark: &Watermark) -> Vec<String> {
    let mut words = Vec::new();
    match on {
        On::Schedule(_) => {
            words.push(format!("decided up to {}", mark.through));
            if mark.missed > 0 {
                let slots = crate::report::plural(usize::try_from(mark.missed).unwrap_or(usize::MAX), "slot");
                words.push(format!("{slots} missed so far"));
            }
        }
        On::Metric(_) => match mark.since {
            Some(since) if mark.fired => words.push(format!("beyond its limit since {since}, and has fired")),
            Some(since) => words.push(format!("beyond its limit since {since}, not for long enough yet")),
            None => words.push("within its limit".to_owned()),
        },
        On::Files(_) | On::Webhook { .. } => {
            words.push(format!("knows {}", crate::report::plural(mark.files.len(), "file")));
        }
        On::Commits { .. } => {
            let last = mark.commit.as_deref().map(|id| format!("seen up to {}", crate::report::short(id)));
            words.extend(last);
        }
        On::Event { .. } | On::Github(_) | On::Manual => {}
    }
    words
}

fn switched(what: &str, switch: &Switch) -> Reason {
    let why = switch.why.as_deref().map(|why| format!(": {}", one_line(why))).unwrap_or_default();
    Reason::new(format!("{what} since {} by {}{why}", switch.at, one_line(&switch.by)))
}

fn held(cx: Context<'_>, known: &Registered<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !known.workflow.enabled {
        reasons.push(Reason::new("`enabled: false` in its file").at(&known.workflow.origin));
    }
    let record = known.record;
    reasons.extend(cx.state.meta.paused.iter().map(|switch| switched("all workflows are paused", switch)));
    reasons.extend(record.and_then(|r| r.paused.as_ref()).map(|switch| switched("paused", switch)));
    reasons.extend(record.and_then(|r| r.disabled.as_ref()).map(|switch| switched("switched off", switch)));
    let of_it = cx.config.project.freezes.iter().filter(|freeze| {
        (freeze.workflows.is_empty() || freeze.workflows.contains(&known.workflow.id))
            && freeze.except.is_none_or(|least| known.workflow.criticality < least)
            && cx.now < freeze.to
    });
    for freeze in of_it {
        let verb = if freeze.from <= cx.now { "frozen" } else { "will be frozen" };
        let why = freeze.reason.as_deref().map(|why| format!(": {}", one_line(why))).unwrap_or_default();
        let text = format!("{verb} from {} to {}{why}", freeze.from, freeze.to);
        reasons.push(Reason::new(text).at(&freeze.origin));
    }
    reasons
}

fn open(known: &Registered<'_>) -> Vec<Reason> {
    known.open.iter().map(|run| Reason::new(format!("{} {}", run.id, run.status.as_str()))).collect()
}

fn last(known: &Registered<'_>) -> Vec<Reason> {
    let recent = known.record.map(|record| record.recent.as_slice()).unwrap_or_default();
    let say = |past: &crate::model::PastRun| {
        let how = if past.succeeded { "succeeded" } else { "did not succeed" };
        let took = crate::model::Duration::from_seconds(past.seconds);
        Reason::new(format!("{} {how} at {} after {took}", past.run, past.at))
    };
    recent.iter().rev().take(SHOWN).map(say).collect()
}

fn next(known: &Registered<'_>) -> Vec<Step> {
    let id = &known.workflow.id;
    let mut steps = Vec::new();
    match known.status {
        WorkflowStatus::Active => {}
        WorkflowStatus::Paused => {
            let is_own = known.record.is_some_and(|record| record.paused.is_some());
            let which = if is_own { format!(" {id}") } else { String::new() };
            steps.push(Step::act("somebody", "may let it go on", format!("orch resume{which}")));
        }
        WorkflowStatus::Disabled => {
            steps.push(Step::act("somebody", "may switch it on", format!("orch workflow enable {id}")));
        }
        WorkflowStatus::Off => return steps,
    }
    if let Some(at) = known.next {
        let what =
            if known.status == WorkflowStatus::Paused { "makes a run, which waits" } else { "makes a run" };
        steps.push(Step::clock(at, what));
    }
    if known.status == WorkflowStatus::Active && known.next.is_none() {
        steps.push(Step::act("somebody", "may run it", format!("orch run {id}")));
    }
    steps
}
