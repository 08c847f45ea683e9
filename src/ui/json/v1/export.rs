//! `orch export`: tasks as JSON lines with exactly the fields that `orch import` takes, so that
//! what one project exports another can take over.

use schemars::JsonSchema;
use serde::Serialize;

use super::task::HoldV1;
use crate::model::{Code, Name, Priority, Review, ReviewStatus, Task, TaskStatus, Time};

/// One line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExportedTaskV1 {
    pub code: Code,
    pub title: String,
    pub description: Option<String>,
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub kind: Name,
    #[schemars(with = "Option<String>")]
    pub content_type: Option<Name>,
    pub status: TaskStatus,
    pub priority: Priority,
    pub tier: Option<u8>,
    #[schemars(with = "Option<String>")]
    pub agent: Option<Name>,
    #[schemars(with = "Option<String>")]
    pub author: Option<Name>,
    #[schemars(with = "Vec<String>")]
    pub labels: Vec<Name>,
    pub depends_on: Vec<Code>,
    pub created_at: Time,
    pub started_at: Option<Time>,
    pub delivered_at: Option<Time>,
    pub completed_at: Option<Time>,
    pub deadline: Option<Time>,
    pub output: Option<String>,
    pub hold: Option<HoldV1>,
    pub reviews: Vec<ExportedReviewV1>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExportedReviewV1 {
    #[serde(rename = "type")]
    #[schemars(with = "String")]
    pub kind: Name,
    #[schemars(with = "Option<String>")]
    pub reviewer: Option<Name>,
    pub status: ReviewStatus,
    pub round: u16,
    pub requested_at: Time,
    pub completed_at: Option<Time>,
    pub rating: Option<u8>,
    pub minutes: Option<u32>,
    pub notes: Option<String>,
}

/// The tasks as JSON lines, in the order given.
pub fn export<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> String {
    let line = |task| {
        serde_json::to_string(&ExportedTaskV1::from(task)).expect("a task has no fields that can fail") + "\n"
    };
    tasks.into_iter().map(line).collect()
}

impl From<&Task> for ExportedTaskV1 {
    fn from(task: &Task) -> Self {
        let spec = task.spec.clone();
        Self {
            code: task.code.clone(),
            title: spec.title,
            description: spec.description,
            kind: spec.kind,
            content_type: spec.content_type,
            status: task.status,
            priority: spec.priority,
            tier: spec.tier,
            agent: task.agent.clone(),
            author: task.author.clone(),
            labels: spec.labels,
            depends_on: spec.depends_on,
            created_at: task.created_at,
            started_at: task.started_at,
            delivered_at: task.delivered_at,
            completed_at: task.completed_at,
            deadline: spec.deadline,
            output: task.output.clone(),
            hold: task.hold.as_deref().map(HoldV1::from),
            reviews: task.reviews.iter().map(ExportedReviewV1::from).collect(),
        }
    }
}

impl From<&Review> for ExportedReviewV1 {
    fn from(review: &Review) -> Self {
        Self {
            kind: review.kind.clone(),
            reviewer: review.reviewer.clone(),
            status: review.status,
            round: review.round,
            requested_at: review.requested_at,
            completed_at: review.completed_at,
            rating: review.rating,
            minutes: review.minutes,
            notes: review.notes.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Verdict;
    use crate::observe::tasks;
    use crate::plan::testing::code;
    use crate::report::TaskFilter;
    use crate::report::testing::{World, add, at, busy, tweet};

    #[test]
    fn what_is_exported_can_be_imported() {
        let mut world = busy();
        world.judge("canon-keeper", 1, Verdict::Rejected, "the date is wrong");
        world.now = at("11:00");
        world.complete("canon-keeper", "LORE-003", "lore/ika.md");
        let hold = add("CONTENT-090", tweet("Held"));
        world.ask("mika@example.com", hold);
        let reason = "waits for the new logo".to_owned();
        world.ask("mika@example.com", crate::model::Ask::Block { task: code("CONTENT-090"), reason });
        let exported = export(TaskFilter::default().tasks(&world.state));
        let (_, imported) = tasks("export.jsonl", &exported).unwrap();
        let mut other = World::new();
        other.now = at("12:00");
        other.ask("mika@example.com", crate::model::Ask::Import { tasks: imported });
        assert_eq!(export(TaskFilter::default().tasks(&other.state)), exported);
    }
}
