//! Admission of claims, and what a claim keeps others from.

use super::{Facts, open_task, why, wrong_status};
use crate::model::{Claim, Code, Duration, Fact, Fence, Name, Request, Task, TaskStatus, Time};
use crate::plan::context::Context;
use crate::plan::refusal::Refusal;
use crate::plan::rules::offer;

/// Whether a request may touch a task that somebody may have claimed: the holder may, and whoever shows the
/// token; a token that is not the current one is refused whoever shows it.
pub(super) fn fence(cx: Context<'_>, request: &Request, task: &Task) -> Result<(), Refusal> {
    let Fence { token, overrides } = request.fence;
    let over = |token: u64| Refusal::ClaimOver {
        code: task.code.clone(),
        token,
        now: task.claim.as_ref().map(|claim| (claim.holder.clone(), claim.until)),
    };
    match (&task.claim, token) {
        (None, None) => Ok(()),
        (None, Some(token)) => Err(over(token)),
        (Some(claim), Some(token)) if token != claim.token => Err(over(token)),
        (Some(claim), token) => {
            let is_holder = request.actor.name == claim.holder;
            let shows_token = token.is_some() && cx.config.agent(&request.actor.name).is_none();
            if is_holder || shows_token || overrides { Ok(()) } else { Err(held(task, claim)) }
        }
    }
}

fn held(task: &Task, claim: &Claim) -> Refusal {
    Refusal::Claimed { code: task.code.clone(), holder: claim.holder.clone(), until: claim.until }
}

pub(super) fn claim(
    cx: Context<'_>,
    request: &Request,
    code: &Code,
    agent: Option<&Name>,
    ttl: Duration,
) -> Facts {
    check_time(ttl)?;
    let agent = holder(cx, request, agent)?;
    let task = open_task(cx, code)?;
    let until = cx.now + ttl;
    match &task.claim {
        Some(claim) if claim.holder == agent => {
            fence(cx, request, task)?;
            let (task, token) = (task.code.clone(), claim.token);
            Ok(vec![Fact::TaskClaimRenewed { task, agent, token, until }])
        }
        Some(claim) => Err(held(task, claim)),
        None => {
            fence(cx, request, task)?;
            claimable(cx, task, &agent)?;
            Ok(vec![claimed(cx, task, agent, until)])
        }
    }
}

/// The most urgent task that the agent can claim; nothing happens if there is none.
pub(super) fn next(cx: Context<'_>, request: &Request, agent: Option<&Name>, ttl: Duration) -> Facts {
    check_time(ttl)?;
    let agent = holder(cx, request, agent)?;
    let ready = cx.state.tasks().filter(|task| is_open(task) && task.claim.is_none());
    let ready = ready.filter(|task| claimable(cx, task, &agent).is_ok());
    let best = ready.min_by(|a, b| a.queue_key().cmp(&b.queue_key()));
    Ok(best.map(|task| claimed(cx, task, agent, cx.now + ttl)).into_iter().collect())
}

pub(super) fn release(cx: Context<'_>, request: &Request, code: &Code) -> Facts {
    let task = open_task(cx, code)?;
    fence(cx, request, task)?;
    let claim = task.claim.as_ref().ok_or_else(|| Refusal::NotClaimed { code: task.code.clone() })?;
    let (agent, token) = (claim.holder.clone(), claim.token);
    Ok(vec![Fact::TaskClaimReleased { task: task.code.clone(), agent, token }])
}

fn claimed(cx: Context<'_>, task: &Task, agent: Name, until: Time) -> Fact {
    let token = task.claims.max(cx.state.meta.tokens_before) + 1;
    Fact::TaskClaimed { task: task.code.clone(), agent, token, until }
}

const fn check_time(ttl: Duration) -> Result<(), Refusal> {
    match ttl.as_seconds() {
        1..=Claim::LONGEST_SECONDS => Ok(()),
        _ => Err(Refusal::ClaimTime { ttl }),
    }
}

/// The agent that a claim is for: who asks, or who is named; an agent only for itself.
fn holder(cx: Context<'_>, request: &Request, agent: Option<&Name>) -> Result<Name, Refusal> {
    let actor = &request.actor.name;
    let acts = cx.config.agent(actor).is_some();
    match agent {
        Some(agent) if cx.config.agent(agent).is_none() => Err(unknown(cx, agent)),
        Some(agent) if acts && agent != actor && !request.fence.overrides => {
            Err(Refusal::ForAnother { agent: agent.clone(), actor: actor.to_string() })
        }
        Some(agent) => Ok(agent.clone()),
        None if acts => Ok(actor.clone()),
        None => Err(Refusal::NoAgent { actor: actor.to_string() }),
    }
}

fn unknown(cx: Context<'_>, agent: &Name) -> Refusal {
    Refusal::UnknownAgent { agent: agent.clone(), known: cx.config.agents.keys().cloned().collect() }
}

fn is_open(task: &Task) -> bool {
    matches!(task.status, TaskStatus::Pending | TaskStatus::InProgress)
}

/// Whether an agent may have a task that nobody has claimed: one that is assigned to it, or one in the queue
/// that routing could give it, if it has room. What no route takes anybody may have.
fn claimable(cx: Context<'_>, task: &Task, agent: &Name) -> Result<(), Refusal> {
    if !is_open(task) {
        return Err(wrong_status(task, "claimed", why(task)));
    }
    if cx.state.meta.paused_agents.contains_key(agent) {
        return Err(Refusal::AgentPaused { agent: agent.clone() });
    }
    match &task.agent {
        Some(holds) if holds == agent => return Ok(()),
        Some(holds) => {
            let (code, agent, actor) = (task.code.clone(), holds.clone(), agent.to_string());
            return Err(Refusal::NotYours { code, agent, actor });
        }
        None => {}
    }
    if let Some(offer) = offer(cx, task).filter(|offer| !offer.candidates.contains(agent)) {
        let (code, candidates) = (task.code.clone(), offer.candidates.to_vec());
        return Err(Refusal::NoCandidate { code, agent: agent.clone(), candidates });
    }
    let (load, max) = (cx.state.load(agent), cx.config.agent(agent).map_or(0, |agent| agent.max_active));
    if load >= max {
        return Err(Refusal::AgentFull { agent: agent.clone(), load, max });
    }
    Ok(())
}
