//! Events in plain words: one sentence each, as a manager would say it. Plans, ticks, commit
//! messages and event lists all say it in these words.

mod flow;

pub use flow::{ended, started_by, took};

use super::clean::one_line;
use super::line::{Group, Line, Symbol};
use super::plural::{join_and, plural};
use crate::model::{Asked, Code, Duration, Event, Fact, Name, NewTask, ORCH, ReviewId, Task, Verdict};
use crate::state::State;

/// Says an event. `state` is any state at or after it; what has left the hot set by then is said shorter.
pub fn narrate(event: &Event, state: &State) -> Line {
    let (symbol, text) = sentence(event, state);
    let (mut reason, at) = reason(event);
    // What workflows do is often told in the words of its reason already.
    reason.take_if(|why| matches!(event.fact, Fact::Flow(_)) && text.contains(why.as_str()));
    Line { symbol, group: Group::of(&event.fact), subject: subject(&event.fact), text, reason, at }
}

fn subject(fact: &Fact) -> String {
    match (fact.review(), fact.task()) {
        (Some(review), _) => review.to_string(),
        (None, Some(task)) => task.to_string(),
        (None, None) => match fact {
            Fact::Flow(fact) => flow::subject(fact),
            Fact::StateCreated { .. } | Fact::StateRolledBack { .. } | Fact::StateCompacted { .. } => {
                "state".to_owned()
            }
            _ => "configuration".to_owned(),
        },
    }
}

/// The reason, unless the sentence says it already: why a rule did it, or who asked for it.
fn reason(event: &Event) -> (Option<String>, Option<String>) {
    let Some(cause) = &event.cause else {
        let asked = event.asked.as_deref();
        let over = asked.is_some_and(|asked| asked.overrides).then_some("over a claim".to_owned());
        let by: Vec<String> = asked_by(event).into_iter().chain(over).collect();
        return ((!by.is_empty()).then(|| by.join(", ")), asked.and_then(allowed_by));
    };
    let said = match event.fact {
        Fact::SlaWarned { .. }
        | Fact::SlaExceeded { .. }
        | Fact::TaskEscalated { .. }
        | Fact::TaskBlocked { .. }
        | Fact::AlertFired { .. } => true,
        // The place says it.
        Fact::TaskCreated { .. } => cause.at.is_some(),
        _ => false,
    };
    let reason = (!said).then(|| one_line(&cause.why).into_owned());
    (reason, cause.at.as_ref().map(|at| one_line(at).into_owned()))
}

/// The role that allowed something and its line: `role leads, roles.yaml:4`.
fn allowed_by(asked: &Asked) -> Option<String> {
    let (role, at) = (asked.role.as_ref()?, asked.at.as_ref()?);
    Some(format!("role {role}, {}", one_line(at)))
}

/// `by mika@example.com`, unless the sentence names the actor.
fn asked_by(event: &Event) -> Option<String> {
    let actor = one_line(&event.actor);
    match &event.fact {
        Fact::TaskStarted { agent, .. }
        | Fact::TaskDelivered { agent, .. }
        | Fact::TaskClaimed { agent, .. }
        | Fact::TaskClaimRenewed { agent, .. }
        | Fact::TaskClaimReleased { agent, .. } => {
            (*agent != event.actor).then(|| format!("recorded by {actor}"))
        }
        Fact::ReviewCompleted { .. } => None,
        Fact::Flow(fact) if flow::names_actor(fact) => None,
        _ => (event.actor != ORCH).then(|| format!("by {actor}")),
    }
}

fn sentence(event: &Event, state: &State) -> (Symbol, String) {
    match &event.fact {
        Fact::StateCreated { project, .. } => (Symbol::Made, format!("created for project {project}")),
        Fact::StateRolledBack { to, serial, reason } => {
            let to = format!("rolled back to tick {serial} ({}), held until resumed", super::short(to));
            (Symbol::Attention, to + &tail(reason.as_deref()))
        }
        Fact::StateCompacted { from, to } => (
            Symbol::Changed,
            format!("compacted: goes on at branch {}, from {}", one_line(to), one_line(from)),
        ),
        Fact::ConfigChanged { from, to } => (Symbol::Changed, configuration(from.as_deref(), to)),
        fact if fact.review().is_some() || Group::of(fact) == Group::Sla => about_review(event, state),
        Fact::Flow(fact) => flow::sentence(fact, &event.actor, state),
        Fact::AlertFired { message, .. } => (Symbol::Attention, one_line(message).into_owned()),
        Fact::AlertResolved { alert, .. } => (Symbol::Done, format!("alert resolved: {}", one_line(alert))),
        fact => about_task(fact),
    }
}

fn configuration(from: Option<&str>, to: &str) -> String {
    match from {
        Some(from) => format!("changed from {} to {}", super::short(from), super::short(to)),
        None => format!("{} taken up", super::short(to)),
    }
}

fn about_task(fact: &Fact) -> (Symbol, String) {
    match fact {
        Fact::TaskCreated { spec, .. } => (Symbol::Made, format!("created: {}", described(spec))),
        Fact::TaskImported { task } => {
            (Symbol::Made, format!("imported, {}: {}", task.status.in_words(), described(&task.spec)))
        }
        Fact::TaskEdited { edit, .. } => (Symbol::Changed, format!("changed: {}", join_and(&edit.fields()))),
        Fact::TaskAssigned { agent, .. } => (Symbol::Handed, format!("assigned to {agent}")),
        Fact::TaskUnassigned { agent, .. } => {
            (Symbol::Changed, format!("taken from {agent}, back in the queue"))
        }
        Fact::TaskStarted { agent, .. } => (Symbol::Changed, format!("started by {agent}")),
        Fact::TaskBlocked { by, reason, .. } => (Symbol::Changed, blocked(by, reason.as_deref())),
        Fact::TaskUnblocked { .. } => (Symbol::Changed, "unblocked".to_owned()),
        Fact::TaskReleased { .. } => (Symbol::Changed, "released from its hold".to_owned()),
        Fact::TaskDelivered { agent, output, .. } => {
            (Symbol::Changed, format!("delivered by {agent}{}", tail(output.as_deref())))
        }
        Fact::TaskClaimed { agent, token, until, .. } => {
            (Symbol::Handed, format!("claimed by {agent} until {until} (token {token})"))
        }
        Fact::TaskClaimRenewed { agent, token, until, .. } => {
            (Symbol::Changed, format!("still claimed by {agent}, until {until} (token {token})"))
        }
        Fact::TaskClaimReleased { agent, token, .. } => {
            (Symbol::Changed, format!("released by {agent}, back in the queue (token {token} ended)"))
        }
        Fact::TaskClaimExpired { agent, token, .. } => {
            (Symbol::Attention, format!("claim of {agent} expired, back in the queue (token {token} ended)"))
        }
        Fact::TaskReturned { author: Some(author), .. } => {
            (Symbol::Handed, format!("returned to its author {author}"))
        }
        Fact::TaskReturned { .. } => (Symbol::Handed, "returned to the queue".to_owned()),
        Fact::TaskCompleted { .. } => (Symbol::Done, "complete".to_owned()),
        Fact::TaskCancelled { reason, .. } => {
            (Symbol::Withdrawn, format!("cancelled{}", tail(reason.as_deref())))
        }
        Fact::DependencyResolved { dependency, .. } => {
            (Symbol::Changed, format!("no longer waits for {dependency}"))
        }
        Fact::AgentActivated { agent, by, .. } => {
            (Symbol::Handed, format!("{agent} activated for it, {}", by.in_words()))
        }
        Fact::AgentActivationFailed { agent, .. } => {
            (Symbol::Attention, format!("{agent} could not be activated for it"))
        }
        other => (Symbol::Changed, other.kind().to_owned()),
    }
}

fn blocked(by: &[Code], reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("put on hold: {}", one_line(reason)),
        None => format!("blocked, waits for {}", join_and(&by.iter().map(Code::as_str).collect::<Vec<_>>())),
    }
}

/// `: text`, or nothing.
fn tail(text: Option<&str>) -> String {
    text.map(|text| format!(": {}", one_line(text))).unwrap_or_default()
}

/// `Create Ika personality tweet #6 (content/tweet, P2, tier 2)`.
pub fn described(spec: &NewTask) -> String {
    format!("{} ({})", one_line(&spec.title), traits(spec))
}

/// `content/tweet, P2, tier 2`.
pub fn traits(spec: &NewTask) -> String {
    let mut traits = spec.kind.to_string();
    if let Some(content_type) = &spec.content_type {
        traits = format!("{traits}/{content_type}");
    }
    traits = format!("{traits}, {}", spec.priority);
    match spec.tier {
        Some(tier) => format!("{traits}, tier {tier}"),
        None => traits,
    }
}

fn about_review(event: &Event, state: &State) -> (Symbol, String) {
    let why = event.cause.as_ref().map(|cause| one_line(&cause.why));
    match &event.fact {
        Fact::ReviewRequested { task, kind, reviewer, .. } => (
            Symbol::Made,
            format!("{kind} review of {task} requested from {}", reviewer_text(reviewer.as_ref())),
        ),
        Fact::ReviewReassigned { task, review, reviewer } => {
            let review = review_of(state, task, *review);
            (Symbol::Handed, format!("{review} passed on to {}", reviewer_text(reviewer.as_ref())))
        }
        Fact::ReviewCompleted { task, review, verdict, .. } => {
            let symbol = if *verdict == Verdict::Approved { Symbol::Done } else { Symbol::Changed };
            (symbol, format!("{} {}", review_of(state, task, *review), judgement(event)))
        }
        Fact::ReviewWithdrawn { task, review } => {
            (Symbol::Withdrawn, format!("{} withdrawn", review_of(state, task, *review)))
        }
        Fact::SlaWarned { objective, due, .. } => {
            let left = due.since(event.at);
            let limit = bracketed(why.as_deref());
            (Symbol::Attention, format!("{}close to breaching {objective}{limit}, {left} left", of(event)))
        }
        Fact::SlaExceeded { objective, due, .. } => {
            let limit = bracketed(why.as_deref());
            let late = match event.at.since(*due) {
                Duration::ZERO => String::new(),
                late => format!(" by {late}"),
            };
            (Symbol::Attention, format!("{}exceeded {objective}{limit}{late}", of(event)))
        }
        Fact::SlaRecovered { objective, .. } => {
            (Symbol::Done, format!("{}no longer in breach of {objective}", of(event)))
        }
        Fact::TaskEscalated { objective, level, to, .. } => {
            let to = if to.is_empty() { "nobody".to_owned() } else { join_and(to) };
            (Symbol::Attention, format!("{}escalated to {to} (level {level} of {objective})", of(event)))
        }
        other => (Symbol::Changed, other.kind().to_owned()),
    }
}

fn bracketed(why: Option<&str>) -> String {
    why.map(|why| format!(" ({why})")).unwrap_or_default()
}

/// `of CONTENT-010 ` after the name of a review; nothing after that of the task itself.
fn of(event: &Event) -> String {
    match (event.fact.review(), event.fact.task()) {
        (Some(_), Some(task)) => format!("of {task} "),
        _ => String::new(),
    }
}

/// `cultural review of CONTENT-010`; the type is known as long as the task is hot.
fn review_of(state: &State, task: &Code, review: ReviewId) -> String {
    match state.task(task).and_then(|task| task.review(review)) {
        Some(review) => format!("{} review of {task}", review.kind),
        None => format!("review of {task}"),
    }
}

/// Who is asked to review; a review without a reviewer may be done by anybody but the author.
pub fn reviewer_text(reviewer: Option<&Name>) -> &str {
    reviewer.map_or("anybody but its author", Name::as_str)
}

/// Who is asked to review a task now, each once, in the order of the requests.
pub(super) fn awaited_by(task: &Task) -> Vec<&str> {
    let mut names = Vec::new();
    for review in task.pending_reviews() {
        let name = reviewer_text(review.reviewer.as_ref());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `rejected by canon-keeper (rating 2, 12 minutes): the date is wrong`.
fn judgement(event: &Event) -> String {
    let Fact::ReviewCompleted { verdict, rating, minutes, notes, .. } = &event.fact else {
        return String::new();
    };
    let verb = match verdict {
        Verdict::Approved => "approved by",
        Verdict::Rejected => "rejected by",
        Verdict::ChangesRequested => "sent back for changes by",
    };
    let mut details = Vec::new();
    details.extend(rating.map(|rating| format!("rating {rating}")));
    details.extend(minutes.map(|minutes| plural(minutes as usize, "minute")));
    let details = if details.is_empty() { String::new() } else { format!(" ({})", details.join(", ")) };
    format!("{verb} {}{details}{}", one_line(&event.actor), tail(notes.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;
    use crate::report::testing::busy;

    #[test]
    fn tells_a_whole_story() {
        let mut world = busy();
        world.tick("12:10").judge("canon-keeper", 1, Verdict::Rejected, "the date\nis wrong");
        world.start("content-strategist", "CONTENT-011").complete(
            "content-strategist",
            "CONTENT-011",
            "c.md",
        );
        world.judge("cultural-consultant", 3, Verdict::Approved, "");
        world.complete("canon-keeper", "LORE-003", "lore/ika.md");
        let lines: Vec<_> =
            world.log.iter().map(|(_, event)| narrate(event, &world.state).to_string()).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        + state created for project infinite-idol
        ~ configuration 9ae0ea9 taken up
        + CONTENT-010 created: Create Ika personality tweet #6 (content/tweet, P1, tier 1) — by mika@example.com
        > CONTENT-010 assigned to content-strategist — route tweets (routing.yaml:12)
        ~ CONTENT-010 started by content-strategist
        ~ CONTENT-010 delivered by content-strategist: content/ika-6.md
        + REVIEW-001 canon review of CONTENT-010 requested from canon-keeper — tier 1, stage 1 (reviews.yaml:16)
        + REVIEW-002 cultural review of CONTENT-010 requested from cultural-consultant — tier 1, stage 1 (reviews.yaml:16)
        + CONTENT-011 created: Announce the summer concert (content/tweet, P2) — by mika@example.com
        > CONTENT-011 assigned to content-strategist — route tweets (routing.yaml:12)
        + CONTENT-012 created: Thank the fans (content/tweet, P2) — by mika@example.com
        + LORE-003 created: Write down how Ika met the band (lore, P2) — by mika@example.com
        > LORE-003 assigned to canon-keeper — route lore (routing.yaml:4)
        ~ LORE-003 started by canon-keeper
        + CONTENT-013 created: Tell how Ika met the band (content/tweet, P2) — by mika@example.com
        ~ CONTENT-013 blocked, waits for LORE-003
        ! REVIEW-001 of CONTENT-010 exceeded canon-tier-1 (limit 2h) by 10m (sla.yaml:3)
        ! REVIEW-002 of CONTENT-010 exceeded cultural (limit 2h) by 10m (sla.yaml:10)
        ~ REVIEW-001 canon review of CONTENT-010 rejected by canon-keeper (rating 4, 12 minutes): the date is wrong
        - REVIEW-002 cultural review of CONTENT-010 withdrawn — another review sent the task back
        > CONTENT-010 returned to its author content-strategist — canon review asks for another round
        = REVIEW-001 of CONTENT-010 no longer in breach of canon-tier-1 — its clock stopped
        = REVIEW-002 of CONTENT-010 no longer in breach of cultural — its clock stopped
        ~ CONTENT-011 started by content-strategist
        ~ CONTENT-011 delivered by content-strategist: c.md
        + REVIEW-003 cultural review of CONTENT-011 requested from cultural-consultant — tier 2, stage 1 (reviews.yaml:20)
        > CONTENT-010 assigned to content-strategist — back to its author
        = REVIEW-003 cultural review of CONTENT-011 approved by cultural-consultant (rating 4, 12 minutes)
        + REVIEW-004 coordinator review of CONTENT-011 requested from coordinator — tier 2, stage 2 (reviews.yaml:21)
        ~ LORE-003 delivered by canon-keeper: lore/ika.md
        = LORE-003 complete — needs no review
        ~ CONTENT-013 no longer waits for LORE-003 — LORE-003 is complete
        ~ CONTENT-013 unblocked — nothing holds it any more
        ");
    }

    /// One fact of each type, as it stands in the log.
    const FACTS: &str = r#"
        {"state.created": {"lineage": "idol-1", "project": "idol"}}
        {"state.rolled_back": {"to": "0123456789", "serial": 3, "reason": "the import was wrong"}}
        {"state.compacted": {"from": "orch/state", "to": "orch/state-2"}}
        {"config.changed": {"from": "0123456789", "to": "abcdef0123"}}
        {"task.created": {"task": "A-1", "spec": {"title": "Say hello", "type": "lore", "priority": "P0"}}}
        {"task.imported": {"task": {"code": "A-1", "status": "blocked", "created_at": "2026-01-09T09:00:00Z",
            "spec": {"title": "Say hello", "type": "lore"}}}}
        {"task.edited": {"task": "A-1", "edit": {"title": "Say goodbye", "tier": null, "labels": []}}}
        {"task.assigned": {"task": "A-1", "agent": "ika"}}
        {"task.unassigned": {"task": "A-1", "agent": "ika"}}
        {"task.started": {"task": "A-1", "agent": "ika"}}
        {"task.blocked": {"task": "A-1", "reason": "the studio is closed"}}
        {"task.unblocked": {"task": "A-1"}}
        {"task.released": {"task": "A-1"}}
        {"task.delivered": {"task": "A-1", "agent": "ika"}}
        {"task.returned": {"task": "A-1"}}
        {"task.completed": {"task": "A-1"}}
        {"task.cancelled": {"task": "A-1"}}
        {"task.escalated": {"task": "A-1", "objective": "urgent", "level": 2, "to": ["mika", "rei"]}}
        {"task.claimed": {"task": "A-1", "agent": "ika", "token": 3, "until": "2026-01-09T11:00:00Z"}}
        {"task.claim_renewed": {"task": "A-1", "agent": "ika", "token": 3, "until": "2026-01-09T12:00:00Z"}}
        {"task.claim_released": {"task": "A-1", "agent": "ika", "token": 3}}
        {"task.claim_expired": {"task": "A-1", "agent": "ika", "token": 3}}
        {"review.requested": {"task": "A-1", "review": "REVIEW-007", "type": "canon", "round": 1, "stage": 1}}
        {"review.reassigned": {"task": "A-1", "review": "REVIEW-007", "reviewer": "rei"}}
        {"review.completed": {"task": "A-1", "review": "REVIEW-007", "verdict": "changes_requested"}}
        {"review.withdrawn": {"task": "A-1", "review": "REVIEW-007"}}
        {"dependency.resolved": {"task": "A-1", "dependency": "B-2"}}
        {"sla.warned": {"task": "A-1", "objective": "urgent", "due": "2026-01-10T09:00:00Z"}}
        {"sla.exceeded": {"task": "A-1", "objective": "urgent", "due": "2026-01-10T09:00:00Z"}}
        {"sla.recovered": {"task": "A-1", "objective": "urgent"}}
        {"alert.fired": {"alert": "stuck", "task": "A-1", "message": "nobody can do it"}}
        {"alert.resolved": {"alert": "stuck", "task": "A-1"}}
        {"agent.activated": {"task": "A-1", "agent": "ika", "by": "hand"}}
        {"agent.activation_failed": {"task": "A-1", "agent": "ika", "run": "activate-ika#1", "message": "run: exit code 1"}}
    "#;

    #[test]
    fn every_event_type_has_a_sentence_even_without_its_task() {
        let facts: Vec<Fact> =
            serde_json::Deserializer::from_str(FACTS).into_iter().collect::<Result<_, _>>().unwrap();
        assert_eq!(facts.iter().map(Fact::kind).collect::<Vec<_>>(), Fact::TYPES);
        let at = "2026-01-09T09:00:00Z".parse().unwrap();
        let event = |fact| Event { at, actor: "mika".into(), cause: None, asked: None, fact };
        let lines = facts.into_iter().map(|fact| narrate(&event(fact), &State::default()).to_string());
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
        + state created for project idol — by mika
        ! state rolled back to tick 3 (0123456), held until resumed: the import was wrong — by mika
        ~ state compacted: goes on at branch orch/state-2, from orch/state — by mika
        ~ configuration changed from 0123456 to abcdef0 — by mika
        + A-1 created: Say hello (lore, P0) — by mika
        + A-1 imported, blocked: Say hello (lore, P2) — by mika
        ~ A-1 changed: title, tier and labels — by mika
        > A-1 assigned to ika — by mika
        ~ A-1 taken from ika, back in the queue — by mika
        ~ A-1 started by ika — recorded by mika
        ~ A-1 put on hold: the studio is closed — by mika
        ~ A-1 unblocked — by mika
        ~ A-1 released from its hold — by mika
        ~ A-1 delivered by ika — recorded by mika
        > A-1 returned to the queue — by mika
        = A-1 complete — by mika
        - A-1 cancelled — by mika
        ! A-1 escalated to mika and rei (level 2 of urgent) — by mika
        > A-1 claimed by ika until 2026-01-09T11:00:00Z (token 3) — recorded by mika
        ~ A-1 still claimed by ika, until 2026-01-09T12:00:00Z (token 3) — recorded by mika
        ~ A-1 released by ika, back in the queue (token 3 ended) — recorded by mika
        ! A-1 claim of ika expired, back in the queue (token 3 ended) — by mika
        + REVIEW-007 canon review of A-1 requested from anybody but its author — by mika
        > REVIEW-007 review of A-1 passed on to rei — by mika
        ~ REVIEW-007 review of A-1 sent back for changes by mika
        - REVIEW-007 review of A-1 withdrawn — by mika
        ~ A-1 no longer waits for B-2 — by mika
        ! A-1 close to breaching urgent, 1d left — by mika
        ! A-1 exceeded urgent — by mika
        = A-1 no longer in breach of urgent — by mika
        ! A-1 nobody can do it — by mika
        = A-1 alert resolved: stuck — by mika
        > A-1 ika activated for it, by hand — by mika
        ! A-1 ika could not be activated for it — by mika
        ");
    }
}
