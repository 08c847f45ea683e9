//! Issues on GitHub become tasks, by their labels, and are kept in step with them: what people change of the issue
//! changes in the task, and an issue that they close ends it.
//!
//! The number of the issue is that of the task, so that two clones make the same task of it. An issue that loses its label
//! leaves its task alone, as a line that disappears from a file does.

use smol_str::{SmolStr, format_smolstr};

use super::{Context, Reactions, Rule};
use crate::model::{
    Code, Event, Fact, FlowFact, GithubItem, Issue, IssueTasks, Name, NewTask, Priority, Task, TaskStatus,
    is_tag,
};

pub(super) struct Issues;

/// The key of the alert on a task whose code an issue should have.
const TAKEN: &str = "issue-code-taken";

impl Rule for Issues {
    fn name(&self) -> &'static str {
        "issues"
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        let Fact::Flow(fact) = &event.fact else { return };
        let FlowFact::GithubSeen { item: GithubItem::Issue(issue), .. } = fact.as_ref() else { return };
        if issue.closed {
            end(cx, issue, out);
        } else {
            keep(cx, issue, out);
        }
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        if cx.config_changed && !cx.config.project.github_tasks.is_empty() {
            cx.state.meta.github.issues.values().for_each(|issue| keep(cx, issue, out));
        }
    }
}

fn keep(cx: Context<'_>, issue: &Issue, out: &mut Reactions) {
    let Some(tasks) = cx.config.project.tasks_of(&issue.labels) else { return };
    let Some(code) = code_of(tasks, issue.number) else { return };
    let why = format_smolstr!("issue {} is labelled {}", issue.number, tasks.label);
    match cx.state.task(&code) {
        None if cx.state.is_known(&code) => {}
        None => {
            // A task of a file may stand for it.
            if !cx.state.meta.github.links.contains_key(&issue.number) {
                let spec = spec(cx, tasks, issue, None);
                out.add_by(Fact::TaskCreated { task: code, spec }, why, &tasks.origin);
            }
        }
        Some(task) if task.spec.issue != Some(issue.number) => taken(cx, task, issue.number, out),
        // Declared by a file, which says all there is to say.
        Some(task) if task.spec.source.as_deref() != Some(source(issue.number).as_str()) => {}
        Some(task) if task.status.is_finished() => {}
        Some(task) => {
            if let Some(edit) = task.spec.difference(&spec(cx, tasks, issue, Some(&task.spec))) {
                let why = format_smolstr!("issue {} says so", issue.number);
                out.add_by(Fact::TaskEdited { task: code, edit: Box::new(edit) }, why, &tasks.origin);
            }
        }
    }
}

/// The code of the task that an issue becomes; none for numbers that no repository reaches.
fn code_of(tasks: &IssueTasks, number: u64) -> Option<Code> {
    Code::new(&tasks.prefix, u32::try_from(number).ok()?).ok()
}

fn source(number: u64) -> SmolStr {
    format_smolstr!("{}{number}", NewTask::ISSUE)
}

fn taken(cx: Context<'_>, task: &Task, number: u64, out: &mut Reactions) {
    let alert = (task.code.clone(), SmolStr::new_static(TAKEN));
    if !task.status.is_finished() && !cx.state.meta.alerts.contains_key(&alert) {
        let message = format!("issue {number} becomes no task, since this task has its code");
        out.add(Fact::AlertFired { alert: alert.1, task: alert.0, message }, "codes are given once");
    }
}

/// What an issue declares. What no issue says stays as it is.
fn spec(cx: Context<'_>, tasks: &IssueTasks, issue: &Issue, current: Option<&NewTask>) -> NewTask {
    let mut spec = NewTask {
        title: match issue.title.trim() {
            "" => format!("Issue {}", issue.number),
            title => title.to_owned(),
        },
        kind: tasks.kind.clone(),
        content_type: tasks.content_type.clone(),
        description: match (&issue.body, &issue.digest) {
            // It is what it was.
            (None, Some(_)) => current.and_then(|spec| spec.description.clone()),
            (body, _) => body.clone(),
        },
        priority: tasks.priority,
        tier: tasks.tier,
        labels: Vec::new(),
        depends_on: current.map(|spec| spec.depends_on.clone()).unwrap_or_default(),
        deadline: current.and_then(|spec| spec.deadline),
        source: Some(source(issue.number)),
        issue: Some(issue.number),
    };
    for label in issue.labels.iter().filter(|label| !label.eq_ignore_ascii_case(&tasks.label)) {
        let word: Name = label.split_whitespace().collect::<Vec<_>>().join("-").into();
        if let Ok(priority) = word.parse::<Priority>() {
            spec.priority = priority;
        } else if let Some(tier) = tier(cx, &word) {
            spec.tier = Some(tier);
        } else if is_tag(&word) && !spec.labels.contains(&word) {
            spec.labels.push(word);
        }
    }
    spec
}

/// `tier-2`, if there is one.
fn tier(cx: Context<'_>, word: &str) -> Option<u8> {
    let number = word.strip_prefix("tier-").or_else(|| word.strip_prefix("tier:"))?.parse().ok()?;
    cx.config.reviews.tiers.contains_key(&number).then_some(number)
}

/// Somebody closed an issue: as completed, its task is delivered; otherwise there is nothing to do any more.
fn end(cx: Context<'_>, issue: &Issue, out: &mut Reactions) {
    let link = cx.state.meta.github.links.get(&issue.number);
    let Some(task) = link.and_then(|link| cx.state.task(&link.task)) else { return };
    if task.status.is_finished() {
        return;
    }
    let (number, code) = (issue.number, task.code.clone());
    if matches!(issue.reason.as_deref(), Some("not_planned" | "duplicate")) {
        let words = issue.reason.as_deref().unwrap_or_default().replace('_', " ");
        let reason = Some(format!("issue {number} was closed as {words}"));
        out.add(Fact::TaskCancelled { task: code, reason }, format_smolstr!("issue {number} was closed"));
        return;
    }
    deliver(task, None, &format_smolstr!("issue {number} was closed"), out);
}

/// The work on a task is done: it is delivered by whoever has it, and complete if nobody has.
pub(super) fn deliver(task: &Task, output: Option<String>, why: &SmolStr, out: &mut Reactions) {
    let code = task.code.clone();
    match (task.status, &task.agent) {
        (TaskStatus::Pending | TaskStatus::InProgress, Some(agent)) => {
            out.add(Fact::TaskDelivered { task: code, agent: agent.clone(), output }, why.clone());
        }
        (TaskStatus::Pending | TaskStatus::InProgress | TaskStatus::Blocked, _) => {
            out.add(Fact::TaskCompleted { task: code }, why.clone());
        }
        // Its reviews go on.
        (TaskStatus::Review | TaskStatus::Complete | TaskStatus::Cancelled, _) => {}
    }
}
