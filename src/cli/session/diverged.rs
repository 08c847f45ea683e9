//! Ticks of this clone that the remote does not have, while the remote has others: what people
//! and agents said in them is asked again on the remote's state.

use crate::cli::Cx;
use crate::commit::{Diverged, StateBranch};
use crate::model::{Ask, Event, Fact, ORCH, Request, ReviewRef};
use crate::state::State;

/// Moves this clone to the remote's tip and adds what its own ticks were asked to `replay`.
pub(super) fn adopt(
    cx: &Cx,
    branch: &StateBranch<'_>,
    diverged: &Diverged,
    replay: &mut Vec<Request>,
) -> anyhow::Result<()> {
    let local = branch.load(&diverged.local)?;
    let asked: Vec<Request> = diverged
        .local_only
        .iter()
        .flat_map(|entry| &entry.events)
        .filter_map(|event| asked_again(event, &local))
        .collect();
    if branch.adopt_remote(diverged)?.is_some() {
        let (ticks, requests) = (diverged.local_only.len(), asked.len());
        cx.out.note(format!(
            "note: {ticks} local ticks were not on the remote, which has others: their {requests} requests are planned again there"
        ));
        replay.extend(asked);
    }
    Ok(())
}

/// The request that made a fact; none for what rules and the tick itself added.
fn asked_again(event: &Event, local: &State) -> Option<Request> {
    if event.cause.is_some() || event.actor == ORCH {
        return None;
    }
    let ask = match event.fact.clone() {
        Fact::TaskCreated { task, spec } => Ask::Add { code: Some(task), prefix: None, spec },
        Fact::TaskImported { task } => Ask::Import { tasks: vec![*task] },
        Fact::TaskEdited { task, edit } => Ask::Edit { task, edit: *edit },
        Fact::TaskAssigned { task, agent, .. } => Ask::Reassign { task, to: agent },
        Fact::TaskStarted { task, .. } => Ask::Start { task },
        Fact::TaskBlocked { task, reason, .. } => Ask::Block { task, reason: reason.unwrap_or_default() },
        Fact::TaskReleased { task } => Ask::Unblock { task },
        Fact::TaskDelivered { task, output, .. } => Ask::Complete { task, output },
        Fact::TaskCancelled { task, reason } => Ask::Cancel { task, reason },
        Fact::ReviewCompleted { task, review, verdict, rating, minutes, notes } => {
            let kind = local.task(&task)?.review(review)?.kind.clone();
            let review = ReviewRef::Pending { task, kind };
            Ask::Judge { review, verdict, rating, minutes, notes }
        }
        _ => return None,
    };
    Some(Request { actor: event.actor.clone(), ask })
}
