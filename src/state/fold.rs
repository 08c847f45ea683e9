//! [`State::apply`]: one event more.

use smol_str::SmolStr;

use super::State;
use crate::model::{
    Activation, Claim, Code, Event, Fact, Held, Hold, Mark, Name, NewTask, Review, ReviewId, ReviewStatus,
    RunId, Task, TaskEdit, TaskStatus, Time,
};

/// An event that does not fit the state it is applied to. The planner never makes one; in a log it
/// means that records were changed, lost or put in another order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Inconsistent {
    #[error("`{event}` is about task `{task}`, which does not exist")]
    UnknownTask { event: &'static str, task: Code },
    #[error("`{event}` is about review `{review}` of task `{task}`, which does not exist")]
    UnknownReview { event: &'static str, task: Code, review: ReviewId },
    #[error("`{event}` is about run `{run}`, which does not exist")]
    UnknownRun { event: &'static str, run: RunId },
    #[error("`{event}` makes run `{run}` a second time")]
    RunTwice { event: &'static str, run: RunId },
    #[error("`{event}` makes task `{task}` a second time")]
    Twice { event: &'static str, task: Code },
}

impl State {
    /// Folds one event in.
    ///
    /// # Errors
    /// When the event is about a task or review that the state does not hold; the state is
    /// then as before.
    pub fn apply(&mut self, event: &Event) -> Result<(), Inconsistent> {
        match &event.fact {
            Fact::StateCreated { lineage, .. } => self.meta.lineage = lineage.clone(),
            Fact::StateRolledBack { serial, reason, .. } => {
                let (by, at, why) = (event.actor.clone(), event.at, reason.clone());
                self.meta.held = Some(Held { by, at, why, serial: *serial });
            }
            // Nothing of the state: where it is kept.
            Fact::StateCompacted { .. } => {}
            Fact::ConfigChanged { to, .. } => self.meta.config = Some(to.clone()),
            Fact::TaskCreated { task, spec } => {
                self.create(event, Box::new(self.new_task(task.clone(), spec.clone(), event.at)))?;
            }
            Fact::TaskImported { task } => self.create(event, task.clone())?,
            Fact::TaskEdited { task, edit } => self.edit(event, task, edit)?,
            Fact::Flow(fact) => self.apply_flow(event, fact)?,
            fact => {
                let code = fact.task().expect("every other fact is about a task");
                self.change(event, code)?;
            }
        }
        self.link(&event.fact);
        self.meta.last_event_at = self.meta.last_event_at.max(event.at);
        Ok(())
    }

    fn new_task(&self, code: Code, spec: NewTask, at: Time) -> Task {
        let mut task = Task::new(code, spec, at);
        task.waiting_on = self.incomplete(&task.spec.depends_on);
        task
    }

    /// The dependencies that are not complete, in the order declared.
    pub fn incomplete(&self, depends_on: &[Code]) -> Vec<Code> {
        depends_on.iter().filter(|code| self.fate(code) != Some(super::Fate::Complete)).cloned().collect()
    }

    fn create(&mut self, event: &Event, task: Box<Task>) -> Result<(), Inconsistent> {
        if self.is_known(&task.code) {
            return Err(Inconsistent::Twice { event: event.fact.kind(), task: task.code });
        }
        self.count_number(task.code.prefix(), task.code.number());
        if let Some(last) = task.reviews.iter().map(|review| review.id.0).max() {
            self.count_number(ReviewId::PREFIX, last);
        }
        self.insert(task);
        Ok(())
    }

    fn count_number(&mut self, prefix: &str, number: u32) {
        match self.meta.counters.get_mut(prefix) {
            Some(highest) => *highest = number.max(*highest),
            None => {
                self.meta.counters.insert(prefix.into(), number);
            }
        }
    }

    fn edit(&mut self, event: &Event, code: &Code, edit: &TaskEdit) -> Result<(), Inconsistent> {
        let waiting_on = edit.depends_on.as_ref().map(|codes| self.incomplete(codes));
        self.with_task(event, code, |task| {
            task.spec.edit(edit);
            if let Some(waiting_on) = waiting_on {
                task.waiting_on = waiting_on;
            }
            Ok(())
        })
    }

    /// Lets `change` change a task and keeps the indexes in step.
    fn with_task(
        &mut self,
        event: &Event,
        code: &Code,
        change: impl FnOnce(&mut Task) -> Result<(), Inconsistent>,
    ) -> Result<(), Inconsistent> {
        let unknown = || Inconsistent::UnknownTask { event: event.fact.kind(), task: code.clone() };
        let task = self.tasks.get_mut(code).ok_or_else(unknown)?;
        let before = Standing::of(task);
        let asked = event.fact.review().map(|_| pending_reviewers(task));
        let waited = (matches!(event.fact, Fact::TaskEdited { .. })).then(|| task.waiting_on.clone());
        change(task)?;
        let after = Standing::of(task);
        let asked = asked.map(|asked| (asked, pending_reviewers(task)));
        let waits = waited.map(|waited| (waited, task.waiting_on.clone()));
        self.recount(before, after);
        if let Some((before, after)) = asked {
            self.recount_reviews(&before, after);
        }
        if let Some((old, new)) = waits {
            for dependency in old {
                self.forget_dependent(&dependency, code);
            }
            for dependency in new {
                self.dependents.entry(dependency).or_default().push(code.clone());
            }
        }
        Ok(())
    }

    fn recount(&mut self, before: Standing, after: Standing) {
        if before == after {
            return;
        }
        self.queued = self.queued + usize::from(after.queued) - usize::from(before.queued);
        if let Some(load) = before.active.and_then(|agent| self.load.get_mut(&agent)) {
            *load -= 1;
        }
        if let Some(agent) = after.active {
            *self.load.entry(agent).or_default() += 1;
        }
    }

    fn recount_reviews(&mut self, before: &[Name], after: Vec<Name>) {
        for reviewer in before {
            if let Some(count) = self.to_review.get_mut(reviewer) {
                *count -= 1;
            }
        }
        for reviewer in after {
            *self.to_review.entry(reviewer).or_default() += 1;
        }
    }

    fn forget_dependent(&mut self, dependency: &Code, dependent: &Code) {
        if let Some(dependents) = self.dependents.get_mut(dependency) {
            dependents.retain(|code| code != dependent);
            if dependents.is_empty() {
                self.dependents.remove(dependency);
            }
        }
    }

    fn change(&mut self, event: &Event, code: &Code) -> Result<(), Inconsistent> {
        self.with_task(event, code, |task| change_task(task, event))?;
        match &event.fact {
            Fact::TaskAssigned { route: Some(route), agent, .. } => {
                self.meta.rotation.insert(route.clone(), agent.clone());
            }
            Fact::DependencyResolved { task, dependency } => self.forget_dependent(dependency, task),
            Fact::ReviewRequested { review, .. } => {
                self.reviews.insert(*review, code.clone());
                self.count_number(ReviewId::PREFIX, review.0);
            }
            Fact::TaskClaimed { token, .. } => self.meta.tokens = self.meta.tokens.max(*token),
            Fact::AlertFired { alert, message, .. } => {
                self.meta.alerts.insert((code.clone(), alert.clone()), message.clone());
            }
            Fact::AlertResolved { alert, .. } => {
                self.meta.alerts.remove(&(code.clone(), alert.clone()));
            }
            _ => {}
        }
        Ok(())
    }

    /// This state of the past, to go on from after `now`: no number is given out a second time, and time does
    /// not run back. A claim goes on only if it was never lost meanwhile.
    #[must_use]
    pub fn restored_after(mut self, now: &Self) -> Self {
        for (prefix, number) in &now.meta.counters {
            self.count_number(prefix, *number);
        }
        for (workflow, number) in &now.meta.run_numbers {
            let highest = self.meta.run_numbers.entry(workflow.clone()).or_default();
            *highest = (*highest).max(*number);
        }
        // Of tasks that `now` does not hold any more, nobody knows the last token.
        self.meta.tokens = self.meta.tokens.max(now.meta.tokens);
        self.meta.tokens_before = self.meta.tokens;
        for task in self.tasks.values_mut() {
            let current = now.task(&task.code).and_then(|task| task.claim.as_ref());
            let token = task.claim.take().map(|claim| claim.token);
            task.claim = current.filter(|claim| Some(claim.token) == token).cloned();
        }
        self.meta.last_event_at = self.meta.last_event_at.max(now.meta.last_event_at);
        self
    }

    /// Opens a state for a project that has none yet.
    pub fn created(lineage: SmolStr) -> Self {
        let mut state = Self::default();
        state.meta.lineage = lineage;
        state
    }
}

/// The reviewers of a task's pending reviews, once for each.
pub(super) fn pending_reviewers(task: &Task) -> Vec<Name> {
    task.pending_reviews().filter_map(|review| review.reviewer.clone()).collect()
}

/// A task's part in the derived counts.
#[derive(PartialEq)]
struct Standing {
    queued: bool,
    active: Option<Name>,
}

impl Standing {
    fn of(task: &Task) -> Self {
        Self { queued: task.is_queued(), active: task.agent.clone().filter(|_| task.is_active()) }
    }
}

fn change_task(task: &mut Task, event: &Event) -> Result<(), Inconsistent> {
    let at = event.at;
    match &event.fact {
        Fact::TaskAssigned { agent, .. } => {
            // Handed over: the new agent has not started, and is going to be the author.
            if task.author.as_ref() != Some(agent) {
                task.status = TaskStatus::Pending;
                task.author = None;
            }
            task.agent = Some(agent.clone());
            task.assigned_at = (task.status == TaskStatus::Pending).then_some(at);
            activate(task, event);
        }
        Fact::TaskUnassigned { .. } | Fact::TaskClaimReleased { .. } | Fact::TaskClaimExpired { .. } => {
            task.status = TaskStatus::Pending;
            task.agent = None;
            task.author = None;
        }
        Fact::TaskClaimed { .. } | Fact::TaskClaimRenewed { .. } => claim(task, &event.fact),
        Fact::TaskStarted { agent, .. } => {
            task.status = TaskStatus::InProgress;
            task.started_at.get_or_insert(at);
            task.agent = Some(agent.clone());
            task.author = Some(agent.clone());
        }
        Fact::TaskBlocked { reason, .. } => {
            task.status = TaskStatus::Blocked;
            if let Some(reason) = reason {
                task.hold = Some(Box::new(Hold { reason: reason.clone(), by: event.actor.clone(), at }));
            }
        }
        Fact::TaskReleased { .. } => task.hold = None,
        Fact::TaskUnblocked { .. } => {
            task.status = TaskStatus::Pending;
            task.hold = None;
            // Whoever held it gets it back as soon as there is room.
            let agent = task.agent.take();
            task.author = task.author.take().or(agent);
        }
        Fact::TaskDelivered { agent, output, .. } => {
            task.status = TaskStatus::Review;
            task.started_at.get_or_insert(at);
            task.delivered_at = Some(at);
            task.agent = Some(agent.clone());
            task.author = Some(agent.clone());
            if output.is_some() {
                task.output.clone_from(output);
            }
        }
        Fact::TaskReturned { .. } => {
            task.status = TaskStatus::Pending;
            task.delivered_at = None;
            task.agent = None;
        }
        Fact::TaskCompleted { .. } => {
            task.status = TaskStatus::Complete;
            task.completed_at = Some(at);
        }
        Fact::TaskCancelled { .. } => {
            task.status = TaskStatus::Cancelled;
            task.completed_at = Some(at);
            task.hold = None;
        }
        Fact::AgentActivated { .. } | Fact::AgentActivationFailed { .. } => activate(task, event),
        Fact::DependencyResolved { dependency, .. } => task.waiting_on.retain(|code| code != dependency),
        Fact::ReviewRequested { review, kind, reviewer, round, stage, .. } => task.reviews.push(Review {
            id: *review,
            kind: kind.clone(),
            reviewer: reviewer.clone(),
            status: ReviewStatus::Pending,
            round: *round,
            stage: *stage,
            requested_at: at,
            completed_at: None,
            rating: None,
            minutes: None,
            notes: None,
        }),
        Fact::ReviewCompleted { .. } | Fact::ReviewReassigned { .. } | Fact::ReviewWithdrawn { .. } => {
            judge(task, event)?;
        }
        Fact::SlaWarned { objective, review, due, .. } => {
            mark(task, objective, *review, Some(*due)).warned_at = Some(at);
        }
        Fact::SlaExceeded { objective, review, due, .. } => {
            mark(task, objective, *review, Some(*due)).exceeded_at = Some(at);
        }
        Fact::TaskEscalated { objective, review, level, .. } => {
            mark(task, objective, *review, None).level = *level;
        }
        Fact::SlaRecovered { objective, review, .. } => {
            task.marks.retain(|mark| !(mark.objective == *objective && mark.review == *review));
        }
        _ => {}
    }
    end_claim(task);
    // Whoever began, or does not have it any more, is not waited for.
    if task.status != TaskStatus::Pending || task.agent.is_none() || task.claim.is_some() {
        task.assigned_at = None;
    }
    Ok(())
}

/// What a task remembers of the call to its agent.
fn activate(task: &mut Task, event: &Event) {
    match (&event.fact, &mut task.activation) {
        (Fact::AgentActivated { agent, by, .. }, activation) => {
            let (agent, at, by) = (agent.clone(), event.at, *by);
            *activation = Some(Box::new(Activation { agent, at, by, failed: None, is_past: false }));
        }
        (Fact::AgentActivationFailed { message, .. }, Some(activation)) => {
            activation.failed = Some(message.clone());
        }
        (Fact::TaskAssigned { .. }, Some(activation)) => activation.is_past = true,
        _ => {}
    }
}

fn claim(task: &mut Task, fact: &Fact) {
    match fact {
        Fact::TaskClaimed { agent, token, until, .. } => {
            task.agent = Some(agent.clone());
            task.claims = task.claims.max(*token);
            task.claim = Some(Box::new(Claim { holder: agent.clone(), token: *token, until: *until }));
        }
        Fact::TaskClaimRenewed { until, .. } => {
            if let Some(claim) = &mut task.claim {
                claim.until = *until;
            }
        }
        _ => {}
    }
}

/// Whoever does not work on a task any more has no claim to it.
fn end_claim(task: &mut Task) {
    let works = |claim: &Claim| task.is_active() && task.agent.as_ref() == Some(&claim.holder);
    if task.claim.as_ref().is_some_and(|claim| !works(claim)) {
        task.claim = None;
    }
}

fn judge(task: &mut Task, event: &Event) -> Result<(), Inconsistent> {
    let Some(id) = event.fact.review() else { return Ok(()) };
    let code = task.code.clone();
    let review = task
        .reviews
        .iter_mut()
        .find(|review| review.id == id)
        .ok_or(Inconsistent::UnknownReview { event: event.fact.kind(), task: code, review: id })?;
    if let Fact::ReviewReassigned { reviewer, .. } = &event.fact {
        review.reviewer.clone_from(reviewer);
        return Ok(());
    }
    review.status = event.fact.verdict().unwrap_or(ReviewStatus::Withdrawn);
    review.completed_at = Some(event.at);
    if let Fact::ReviewCompleted { rating, minutes, notes, .. } = &event.fact {
        review.rating = *rating;
        review.minutes = *minutes;
        review.notes.clone_from(notes);
    }
    Ok(())
}

/// The mark of the clock that is due at `due`, made if there is none; with `due` unsaid, the latest
/// of its objective.
fn mark<'a>(
    task: &'a mut Task,
    objective: &Name,
    review: Option<ReviewId>,
    due: Option<Time>,
) -> &'a mut Mark {
    let same = |mark: &Mark| {
        mark.objective == *objective && mark.review == review && due.is_none_or(|due| mark.due == due)
    };
    let index = task.marks.iter().rposition(same).unwrap_or_else(|| {
        let due = due.unwrap_or_default();
        // What an earlier clock of the objective only warned of is past with it.
        task.marks.retain(|mark| {
            mark.exceeded_at.is_some() || mark.objective != *objective || mark.review != review
        });
        task.marks.push(Mark {
            objective: objective.clone(),
            review,
            due,
            warned_at: None,
            exceeded_at: None,
            level: 0,
        });
        task.marks.len() - 1
    });
    &mut task.marks[index]
}
