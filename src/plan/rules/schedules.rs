//! Schedules start workflows. Every slot is decided exactly once: it makes a run whose name is the
//! slot, or it is counted as missed, and the watermark moves on. A doubled, late or dropped tick changes
//! nothing about that.

use serde_json::{Map, json};
use smol_str::format_smolstr;

use super::triggers::wanted;
use super::{About, Context, Reactions, Rule};
use crate::model::{Config, FlowFact, On, RunId, Schedule, Started, Time, Trigger, Workflow};

pub(super) struct Schedules;

impl Rule for Schedules {
    fn name(&self) -> &'static str {
        "schedules"
    }

    fn about(&self) -> About {
        About::Clock
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        for workflow in cx.config.workflows.values().filter(|workflow| workflow.enabled) {
            let Some(record) = cx.state.workflow(&workflow.id) else { continue };
            for trigger in &workflow.triggers {
                let On::Schedule(schedule) = &trigger.on else { continue };
                let Some(mark) = record.triggers.get(&trigger.key) else { continue };
                fire(cx, workflow, trigger, schedule, mark.through, out);
            }
        }
    }
}

fn fire(
    cx: Context<'_>,
    workflow: &Workflow,
    trigger: &Trigger,
    schedule: &Schedule,
    watermark: Time,
    out: &mut Reactions,
) {
    // The cheap question first: most schedules are not due.
    if schedule.next_after(watermark).is_none_or(|next| next > cx.now) {
        return;
    }
    let due = schedule.due(watermark, cx.now, &|slot| thaw(cx.config, workflow, slot));
    if let Some(missed) = &due.missed {
        let fact = FlowFact::ScheduleMissed {
            workflow: workflow.id.clone(),
            trigger: trigger.key.clone(),
            from: missed.from,
            through: missed.through,
            count: missed.count,
        };
        out.add_by(fact, "no tick came in time", &trigger.origin);
    }
    for slot in due.run {
        let fact =
            FlowFact::ScheduleFired { workflow: workflow.id.clone(), trigger: trigger.key.clone(), slot };
        let started = of_slot(trigger, slot);
        let run = RunId::of_slot(&workflow.id, slot);
        // Two schedules of a workflow may share a slot, and a backfill may have been there before.
        let is_new = cx.state.run(&run.0).is_none() && !out.makes(&run);
        match wanted(cx, workflow, trigger, &started) {
            // Its agent is called to what it holds, if that is anything.
            Ok(true) if workflow.activates.is_some() => {
                out.add_by(fact, format_smolstr!("slot {slot}"), &trigger.origin);
            }
            Ok(true) if is_new => {
                out.add_by(fact, format_smolstr!("slot {slot}"), &trigger.origin);
                let (workflow, digest) = (workflow.id.clone(), workflow.digest.clone());
                let fact = FlowFact::RunCreated { run, workflow, digest, started };
                out.add_by(fact, format_smolstr!("slot {slot}"), &trigger.origin);
            }
            Ok(true) => out.add_by(fact, "its run was made already", &trigger.origin),
            Ok(false) => out.add_by(fact, "its condition does not hold", &trigger.origin),
            Err(broken) => {
                out.add_by(fact, "its condition cannot be told", &trigger.origin);
                broken.tell(workflow, trigger, "schedule", out);
            }
        }
    }
}

/// What a run of a slot is started by.
pub(in crate::plan) fn of_slot(trigger: &Trigger, slot: Time) -> Started {
    let mut event = Map::new();
    event.insert("slot".to_owned(), json!(slot));
    Started {
        by: "schedule".into(),
        trigger: Some(trigger.key.clone()),
        slot: Some(slot),
        actor: None,
        event,
        inputs: Map::new(),
        parent: None,
        chain: None,
    }
}

/// When the freeze that a slot falls into ends; none if it falls into none.
pub(in crate::plan) fn thaw(config: &Config, workflow: &Workflow, slot: Time) -> Option<Time> {
    let freezes = config.project.freezes.iter().filter(|freeze| {
        (freeze.workflows.is_empty() || freeze.workflows.contains(&workflow.id))
            && freeze.except.is_none_or(|least| workflow.criticality < least)
            && freeze.from <= slot
            && slot < freeze.to
    });
    freezes.map(|freeze| freeze.to).max()
}
