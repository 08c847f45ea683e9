//! Tasks of another system as JSON lines, with the field names that `orch task show --format
//! json` and `orch export` write.

use serde::Deserialize;
use smol_str::SmolStr;

use super::jsonl::{self, LineProblem, LineProblems};
use crate::model::{
    Code, Hold, Name, NewTask, Priority, Review, ReviewId, ReviewStatus, Task, TaskStatus, Time,
};

/// One task, version 1.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskLineV1 {
    code: Code,
    title: String,
    r#type: Name,
    #[serde(default)]
    content_type: Option<Name>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default = "pending")]
    status: TaskStatus,
    #[serde(default)]
    priority: Priority,
    #[serde(default)]
    tier: Option<u8>,
    #[serde(default)]
    agent: Option<Name>,
    #[serde(default)]
    author: Option<Name>,
    #[serde(default)]
    labels: Vec<Name>,
    #[serde(default)]
    depends_on: Vec<Code>,
    created_at: Time,
    #[serde(default)]
    started_at: Option<Time>,
    #[serde(default)]
    delivered_at: Option<Time>,
    #[serde(default)]
    completed_at: Option<Time>,
    #[serde(default)]
    deadline: Option<Time>,
    #[serde(default)]
    output: Option<String>,
    #[serde(default)]
    hold: Option<HoldLineV1>,
    #[serde(default)]
    reviews: Vec<ReviewLineV1>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldLineV1 {
    reason: String,
    by: SmolStr,
    at: Time,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewLineV1 {
    r#type: Name,
    #[serde(default)]
    reviewer: Option<Name>,
    status: ReviewStatus,
    requested_at: Time,
    #[serde(default)]
    completed_at: Option<Time>,
    #[serde(default)]
    rating: Option<u8>,
    #[serde(default)]
    minutes: Option<u32>,
    #[serde(default)]
    notes: Option<String>,
    /// As exported; without it the rounds follow from the times.
    #[serde(default)]
    round: u16,
}

const fn pending() -> TaskStatus {
    TaskStatus::Pending
}

/// The tasks of an import file, each with its line number.
///
/// # Errors
/// When a line is not a task: all such lines, by number.
pub fn tasks(file: &str, text: &str) -> Result<(Vec<usize>, Vec<Task>), LineProblems> {
    let (mut lines, mut tasks, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (line, record) in jsonl::read::<TaskLineV1>(file, text)? {
        match contradiction(&record) {
            Some(message) => problems.push(LineProblem { line, column: 1, message }),
            None => {
                lines.push(line);
                tasks.push(task(record));
            }
        }
    }
    if problems.is_empty() {
        Ok((lines, tasks))
    } else {
        Err(LineProblems { file: file.to_owned(), problems })
    }
}

fn contradiction(record: &TaskLineV1) -> Option<String> {
    let finished = record.status.is_finished();
    if record.title.trim().is_empty() {
        Some("`title` is empty".to_owned())
    } else if finished && record.completed_at.is_none() {
        Some(format!("a {} task needs `completed_at`", record.status))
    } else if !finished && record.completed_at.is_some() {
        Some(format!("a {} task cannot have `completed_at`", record.status))
    } else if record.hold.is_some() && record.status != TaskStatus::Blocked {
        Some(format!("a {} task cannot have a `hold`", record.status))
    } else if record.completed_at.is_some_and(|at| at < record.created_at) {
        Some("`completed_at` lies before `created_at`".to_owned())
    } else {
        None
    }
}

fn task(record: TaskLineV1) -> Task {
    let spec = NewTask {
        title: record.title,
        kind: record.r#type,
        content_type: record.content_type,
        description: record.description,
        priority: record.priority,
        tier: record.tier,
        labels: record.labels,
        depends_on: record.depends_on,
        deadline: record.deadline,
        source: None,
        issue: None,
    };
    let mut task = Task::new(record.code, spec, record.created_at);
    task.status = record.status;
    task.agent = record.agent;
    task.author = record.author;
    task.started_at = record.started_at;
    task.delivered_at = record.delivered_at;
    task.completed_at = record.completed_at;
    task.output = record.output;
    task.hold = record.hold.map(|hold| Box::new(Hold { reason: hold.reason, by: hold.by, at: hold.at }));
    task.reviews = record.reviews.into_iter().map(review).collect();
    task
}

/// The review without its number and stage, which admission gives it.
fn review(record: ReviewLineV1) -> Review {
    Review {
        id: ReviewId(0),
        kind: record.r#type,
        reviewer: record.reviewer,
        status: record.status,
        round: record.round,
        stage: 1,
        requested_at: record.requested_at,
        completed_at: record.completed_at,
        rating: record.rating,
        minutes: record.minutes,
        notes: record.notes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tasks_and_names_every_wrong_line() {
        let line =
            r#"{"code":"A-1","title":"x","type":"content","priority":2,"created_at":"2026-01-01T00:00:00Z"}"#;
        let (lines, read) = tasks("t.jsonl", &format!("\n{line}\n")).unwrap();
        assert_eq!(
            (lines, read[0].spec.priority, read[0].status),
            (vec![2], Priority::P2, TaskStatus::Pending)
        );

        let wrong = line.replace("content\",", "content\",\"status\":\"complete\",");
        let text = format!("{wrong}\n{}\n{}", line.replace("A-1", "a1"), line.replace("title", "titel"));
        let error = tasks("t.jsonl", &text).unwrap_err();
        assert_eq!(error.problems.len(), 2, "syntax first: {error}");
        let error = tasks("t.jsonl", &wrong).unwrap_err();
        assert_eq!(error.to_string(), "t.jsonl:1:1: a complete task needs `completed_at`");
    }
}
