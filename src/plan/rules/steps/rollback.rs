//! Compensation: what was done is undone, one step after the other, the last one first.

use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};

use super::{Desk, begin, end};
use crate::model::{Compensation, StepStatus};
use crate::plan::Reactions;
use crate::plan::flow::{Prepared, prepare};

/// What the keys of compensations end with.
pub(super) const ENDING: &str = ":rollback";

/// The key of the compensation of a step or item.
fn key_of(step: &str) -> SmolStr {
    format_smolstr!("{step}{ENDING}")
}

/// A step, or an item of one, that is to be undone.
struct Done<'a> {
    key: &'a SmolStr,
    compensation: &'a Compensation,
    item: Option<(&'a Value, usize)>,
}

/// What is to be undone, the last one first.
fn to_undo<'a>(desk: &'a Desk<'a>) -> impl Iterator<Item = Done<'a>> + use<'a> {
    let (workflow, run) = (desk.workflow, desk.run);
    let done = run.steps.iter().rev().filter(|(key, record)| {
        // The items of a step are undone one by one, and what undoes is not undone.
        record.status == StepStatus::Succeeded && record.items.is_none() && !key.ends_with(ENDING)
    });
    done.filter_map(move |(key, _)| {
        let id = key.split('[').next()?;
        let step = workflow.steps.iter().find(|step| step.id == id)?;
        Some(Done { key, compensation: step.rollback.as_ref()?, item: desk.item(key) })
    })
}

pub(super) fn has_any(desk: &Desk<'_>) -> bool {
    to_undo(desk).next().is_some()
}

pub(super) fn go_on(desk: &Desk<'_>, out: &mut Reactions) {
    for Done { key, compensation, item } in to_undo(desk) {
        let key = key_of(key);
        let record = desk.run.steps.get(&key);
        match record.map(|record| record.status) {
            Some(status) if status.is_finished() => continue,
            Some(StepStatus::Running | StepStatus::Waiting | StepStatus::Expanded) => return,
            Some(_) if record.and_then(|record| record.due).is_some_and(|due| due > desk.cx.now) => return,
            _ if desk.is_paused() => return,
            _ => {}
        }
        let attempt = record.map_or(1, |record| record.attempt + 1);
        match prepare(&desk.scope(item), &compensation.act) {
            Err(error) => desk.refuse(&key, attempt, error, out),
            Ok(Prepared::Effect(act)) => {
                begin::compensate(desk, &key, attempt, act, compensation.timeout, &compensation.origin, out);
            }
            Ok(Prepared::Asks(_)) => {
                desk.refuse(&key, attempt, "only commands and actions on the world undo a step".into(), out);
            }
        }
        return;
    }
    end::next_phase(desk, None, out);
}
