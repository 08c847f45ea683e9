//! Which tasks, reviews and events a list shows. A filter without conditions shows all.

use std::str::FromStr;

use super::Logged;
use crate::model::{
    Code, Fact, FlowFact, Name, Priority, Review, ReviewId, ReviewStatus, RunId, Task, TaskStatus, Time,
};
use crate::state::State;

/// Conditions on tasks: any value of each list that is not empty; of `labels`, all.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    pub statuses: Vec<TaskStatus>,
    pub agents: Vec<Name>,
    pub priorities: Vec<Priority>,
    pub types: Vec<Name>,
    pub labels: Vec<Name>,
}

impl TaskFilter {
    pub fn matches(&self, task: &Task) -> bool {
        any(&self.statuses, Some(&task.status))
            && any(&self.agents, task.agent.as_ref())
            && any(&self.priorities, Some(&task.spec.priority))
            && any(&self.types, Some(&task.spec.kind))
            && self.labels.iter().all(|label| task.spec.labels.contains(label))
    }

    /// The tasks of the hot set that match, in the order of codes.
    pub fn tasks<'a>(&self, state: &'a State) -> Vec<&'a Task> {
        let mut tasks: Vec<&Task> = state.tasks().filter(|task| self.matches(task)).collect();
        tasks.sort_by(|a, b| a.code.cmp(&b.code));
        tasks
    }
}

/// Conditions on reviews.
#[derive(Debug, Clone, Default)]
pub struct ReviewFilter {
    pub statuses: Vec<ReviewStatus>,
    pub reviewers: Vec<Name>,
    pub types: Vec<Name>,
    pub task: Option<Code>,
}

impl ReviewFilter {
    pub fn matches(&self, task: &Task, review: &Review) -> bool {
        any(&self.statuses, Some(&review.status))
            && any(&self.reviewers, review.reviewer.as_ref())
            && any(&self.types, Some(&review.kind))
            && self.task.as_ref().is_none_or(|code| same(code, &task.code))
    }

    /// The reviews of the hot set that match, in the order of their numbers.
    pub fn reviews<'a>(&self, state: &'a State) -> Vec<(&'a Task, &'a Review)> {
        let all = state.tasks().flat_map(|task| task.reviews.iter().map(move |review| (task, review)));
        let mut reviews: Vec<_> = all.filter(|(task, review)| self.matches(task, review)).collect();
        reviews.sort_by_key(|(_, review)| review.id);
        reviews
    }
}

/// An event type, or all that begin alike: `task.created`, `task.*`, `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypePattern(String);

/// Why a text matches no event type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not an event type{}", .nearest.map(|name| format!(" (did you mean `{name}`?)")).unwrap_or_default())]
pub struct UnknownType {
    pub given: String,
    pub nearest: Option<&'static str>,
}

impl TypePattern {
    pub fn matches(&self, kind: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(prefix) => kind.starts_with(prefix),
            None => kind == self.0,
        }
    }
}

impl FromStr for TypePattern {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        let pattern = Self(text.to_owned());
        if event_types().any(|kind| pattern.matches(kind)) {
            return Ok(pattern);
        }
        let distance = |kind: &str| strsim::damerau_levenshtein(kind, text);
        let nearest = event_types().min_by_key(|kind| distance(kind));
        Err(UnknownType { given: text.to_owned(), nearest: nearest.filter(|kind| distance(kind) <= 4) })
    }
}

/// Every type of event.
fn event_types() -> impl Iterator<Item = &'static str> {
    Fact::TYPES.into_iter().chain(FlowFact::TYPES)
}

/// A task or a review that events are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Task(Code),
    Review(ReviewId),
}

impl Subject {
    fn matches(&self, fact: &Fact) -> bool {
        match self {
            Self::Task(code) => fact.task().is_some_and(|task| same(task, code)),
            Self::Review(review) => fact.review() == Some(*review),
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let review = text.parse().map(Self::Review);
        review.or_else(|_| text.parse().map(Self::Task)).map_err(|_| {
            format!("`{text}` is neither a task nor a review (such as `CONTENT-010` or `REVIEW-025`)")
        })
    }
}

/// Conditions on events.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub types: Vec<TypePattern>,
    pub subjects: Vec<Subject>,
    pub actors: Vec<Name>,
    pub runs: Vec<RunId>,
    pub workflows: Vec<Name>,
    /// Events at or after this time.
    pub since: Option<Time>,
    /// Events before this time.
    pub until: Option<Time>,
    /// The most events shown: the latest.
    pub limit: Option<usize>,
}

impl EventFilter {
    pub fn matches(&self, logged: &Logged<'_>) -> bool {
        let event = logged.event;
        let kind = event.fact.kind();
        (self.types.is_empty() || self.types.iter().any(|pattern| pattern.matches(kind)))
            && (self.subjects.is_empty() || self.subjects.iter().any(|subject| subject.matches(&event.fact)))
            && any(&self.actors, Some(&event.actor))
            && any(&self.runs, event.fact.run())
            && (self.workflows.is_empty()
                || workflow_of(&event.fact).is_some_and(|of| self.workflows.iter().any(|name| name == of)))
            && self.since.is_none_or(|since| event.at >= since)
            && self.until.is_none_or(|until| event.at < until)
    }

    /// The events that match, in the order given, at most the last `limit`.
    pub fn events<'a>(&self, log: impl IntoIterator<Item = Logged<'a>>) -> Vec<Logged<'a>> {
        let mut found: Vec<_> = log.into_iter().filter(|logged| self.matches(logged)).collect();
        let surplus = self.limit.map_or(0, |limit| found.len().saturating_sub(limit));
        found.drain(..surplus);
        found
    }
}

fn workflow_of(fact: &Fact) -> Option<&str> {
    match fact {
        Fact::Flow(fact) => fact.workflow(),
        _ => None,
    }
}

fn any<T: PartialEq>(wanted: &[T], value: Option<&T>) -> bool {
    wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
}

/// Whether two codes are the same however they are spelled.
fn same(a: &Code, b: &Code) -> bool {
    a.number() == b.number() && a.prefix() == b.prefix()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{at, busy};

    fn ids(filter: &EventFilter) -> Vec<String> {
        filter.events(busy().logged()).iter().map(|logged| logged.id().to_string()).collect()
    }

    #[test]
    fn picks_events_by_type_subject_actor_and_time() {
        let none = EventFilter::default();
        let by = |types: &str| EventFilter { types: vec![types.parse().unwrap()], ..none.clone() };
        assert_eq!(ids(&by("review.*")), ["4.1", "4.2"]);
        assert_eq!(ids(&by("task.blocked")), ["9.1"]);
        let subject = EventFilter { subjects: vec!["CONTENT-11".parse().unwrap()], ..none.clone() };
        assert_eq!(ids(&subject), ["5.0", "5.1"]);
        let review = EventFilter { subjects: vec!["REVIEW-002".parse().unwrap()], ..none.clone() };
        assert_eq!(ids(&review), ["4.2"]);
        let actor = EventFilter { actors: vec!["canon-keeper".into()], ..none.clone() };
        assert_eq!(ids(&actor), ["8.0"]);
        let time = EventFilter { since: Some(at("09:00")), until: Some(at("10:00")), limit: Some(2), ..none };
        assert_eq!(ids(&time), ["2.1", "3.0"]);
    }

    #[test]
    fn an_unknown_type_is_refused_with_the_nearest() {
        let error = "task.asigned".parse::<TypePattern>().unwrap_err();
        assert_eq!(error.to_string(), "`task.asigned` is not an event type (did you mean `task.assigned`?)");
        assert!("tsk.*".parse::<TypePattern>().is_err());
        assert!("content-1".parse::<Subject>().is_err());
    }

    #[test]
    fn picks_tasks_by_every_field() {
        let world = busy();
        let codes = |filter: TaskFilter| -> Vec<String> {
            filter.tasks(&world.state).iter().map(|task| task.code.to_string()).collect()
        };
        let none = TaskFilter::default;
        assert_eq!(codes(none()).len(), 5);
        assert_eq!(codes(TaskFilter { agents: vec!["canon-keeper".into()], ..none() }), ["LORE-003"]);
        assert_eq!(codes(TaskFilter { priorities: vec![Priority::P1], ..none() }), ["CONTENT-010"]);
        assert_eq!(codes(TaskFilter { types: vec!["lore".into()], ..none() }), ["LORE-003"]);
        assert_eq!(codes(TaskFilter { statuses: vec![TaskStatus::Blocked], ..none() }), ["CONTENT-013"]);
        assert!(codes(TaskFilter { labels: vec!["urgent".into()], ..none() }).is_empty());
    }
}
