//! Back to a state of the past: a new tick on top, which holds everything until somebody resumes.

use super::desk::{Desk, Settled, accepted};
use super::{Project, Stale, Ticked, Work, actor};
use crate::cli::Cx;
use crate::cli::args::WriteArgs;
use crate::commit::{Outcome, Since, Tick, Tip};
use crate::model::{Actor, Asked, Event, Fact, Fence, FlowFact, Given, Right};
use crate::plan::access::{Action, Decision, Resource, asked, may};
use crate::plan::{Base, Plan, PlanError, Refusal};
use crate::ports::ObjectId;
use crate::report;
use crate::state::State;

/// A rollback as it turned out.
#[derive(Debug)]
pub(crate) struct RolledBack {
    pub ticked: Ticked,
    /// What was done to the world since then and is not undone, the latest first.
    pub done: Vec<String>,
    /// How many ticks it goes back.
    pub ticks: u64,
}

/// There is nothing to go back.
#[derive(Debug, thiserror::Error)]
#[error("tick {serial} is the newest one; there is nothing to go back")]
pub(crate) struct AlreadyThere {
    pub serial: u64,
}

/// Restores the state after the tick that `to` names.
pub(crate) fn rollback(
    cx: &Cx,
    write: WriteArgs,
    to: &Since,
    reason: Option<String>,
) -> anyhow::Result<RolledBack> {
    let project = Project::to_act(cx)?;
    let actor = actor(cx, &project)?;
    let work = Work { requests: Vec::new(), push: write.push, project: &project };
    work.at_desk(cx, |mut desk| {
        let _turn = desk.branch.turn()?;
        let there = if write.push { desk.there()? } else { None };
        let tip = desk.branch.tip_to_write()?;
        // What a person did with git is taken up: the new tick follows it, and goes on from the last one.
        let base = desk.branch.newest_by_orch(&tip)?;
        let past = desk.branch.find(&base, to)?;
        if past.commit == tip.commit {
            return Err(AlreadyThere { serial: past.head.serial }.into());
        }
        let now = desk.branch.load(&base)?;
        let asked = permit(&mut desk, &now, &actor)?;
        let done = done_since(&desk, &base, &past)?;
        let ticks = base.head.serial - past.head.serial;
        let (plan, state) = plan(&desk, &now, &past, (&actor, asked), reason)?;
        let mut settled = Settled { plan, state, base: tip.clone(), tip: None, pushed: false };
        if !write.dry_run {
            let mut onto = base;
            (onto.commit, onto.by_orch) = (tip.commit, true);
            commit(&desk, &mut settled, &onto, &past, there)?;
        }
        Ok(RolledBack { ticked: settled.ticked(), done, ticks })
    })
}

/// Refuses those who may not; gives what is recorded of how it was asked.
pub(super) fn permit(desk: &mut Desk<'_>, now: &State, actor: &Actor) -> anyhow::Result<Option<Box<Asked>>> {
    let config = desk.config.insert(desk.check(Some(now))?);
    match may(config, actor, &Action::new(Right::Admin, Resource::Project)) {
        Decision::Allowed(role) => Ok(asked(config, actor, role, Fence::default())),
        Decision::Denied(denial) => {
            let refusal = Box::new(Refusal::NotAllowed(Box::new(denial)));
            Err(PlanError::Refused { request: 0, refusal }.into())
        }
    }
}

fn plan(
    desk: &Desk<'_>,
    now: &State,
    past: &Tip,
    (actor, asked): (&Actor, Option<Box<Asked>>),
    reason: Option<String>,
) -> anyhow::Result<(Plan, State)> {
    let mut state = desk.branch.load(past)?.restored_after(now);
    let to = past.commit.map(|commit| smol_str::format_smolstr!("{commit}")).unwrap_or_default();
    let fact = Fact::StateRolledBack { to, serial: past.head.serial, reason };
    let at = desk.now().max(state.meta.last_event_at);
    let event = Event { at, actor: actor.name.clone(), cause: None, asked, fact };
    state.apply(&event)?;
    let base = Base {
        config: smol_str::format_smolstr!("{}", desk.config_id),
        lineage: state.meta.lineage.clone(),
        now: at,
    };
    let plan = Plan { base, events: vec![event], effects: Vec::new(), due: None, given: Given::default() };
    Ok((plan, state))
}

fn commit(
    desk: &Desk<'_>,
    settled: &mut Settled,
    onto: &Tip,
    past: &Tip,
    there: Option<ObjectId>,
) -> anyhow::Result<()> {
    let state = std::mem::take(&mut settled.state);
    let message = report::story(&settled.plan.events, &state);
    let tick = Tick { restores: Some(past), ..desk.as_tick(&settled.plan, state, &message) };
    let prepared = desk.branch.prepare(onto, tick)?;
    let committed = if desk.push {
        accepted(desk.branch.push(prepared, &desk.remote(), there)?)?
    } else {
        match desk.branch.settle(prepared)? {
            Outcome::Committed(done) => Some(*done),
            Outcome::Moved => None,
        }
    };
    let moved = || Stale { moved: vec!["the state moved while it was being rolled back".into()] };
    let committed = committed.ok_or_else(moved)?;
    settled.pushed = desk.push;
    (settled.state, settled.tip) = (committed.state, Some(committed.tip));
    Ok(())
}

/// The steps that were carried out after a tick of the past.
fn done_since(desk: &Desk<'_>, tip: &Tip, past: &Tip) -> anyhow::Result<Vec<String>> {
    let mut done = Vec::new();
    for entry in desk.branch.history(tip) {
        let entry = entry?;
        if entry.serial <= past.head.serial {
            break;
        }
        for event in entry.events.iter().rev() {
            let Fact::Flow(fact) = &event.fact else { continue };
            if let FlowFact::StepFinished { run, step, outcome, .. } = fact.as_ref() {
                done.push(format!("{run} {step}: {} (tick {})", report::ended(outcome), entry.serial));
            }
        }
    }
    Ok(done)
}
