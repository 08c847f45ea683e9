//! The inbox: requests as JSON lines, so that a script or agent can hand over many at once
//! and they become one tick.

use serde::Deserialize;

use super::jsonl::{self, LineProblem, LineProblems};
use crate::model::{
    Actor, Ask, Claim, Code, Duration, Fence, Name, NewTask, ORCH, Priority, Request, ReviewRef, TaskEdit,
    Time, Verdict,
};

/// One line, version 1: `{"do":"start","as":"content-strategist","task":"CONTENT-010"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LineV1 {
    r#do: Verb,
    #[serde(default)]
    r#as: Option<String>,
    #[serde(default)]
    task: Option<Code>,
    /// `REVIEW-020`, or `CONTENT-010/cultural`.
    #[serde(default)]
    review: Option<String>,
    #[serde(default)]
    output: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    to: Option<Name>,
    #[serde(default)]
    notes: Option<String>,
    #[serde(default)]
    rating: Option<u8>,
    #[serde(default)]
    minutes: Option<u32>,
    /// The token of the claim under which it is asked.
    #[serde(default)]
    token: Option<u64>,
    /// Go over the claim of somebody else.
    #[serde(default)]
    r#override: bool,
    /// For whom a claim is.
    #[serde(default)]
    agent: Option<Name>,
    /// How long a claim lasts.
    #[serde(default)]
    ttl: Option<Duration>,
    #[serde(default)]
    edit: Option<TaskEdit>,
    #[serde(default)]
    add: Option<AddV1>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Verb {
    Add,
    Start,
    Complete,
    Block,
    Unblock,
    Cancel,
    Reassign,
    Edit,
    Claim,
    Release,
    Approve,
    Reject,
    RequestChanges,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AddV1 {
    #[serde(default)]
    code: Option<Code>,
    title: String,
    r#type: Name,
    #[serde(default)]
    content_type: Option<Name>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    priority: Priority,
    #[serde(default)]
    tier: Option<u8>,
    #[serde(default)]
    labels: Vec<Name>,
    #[serde(default)]
    depends_on: Vec<Code>,
    #[serde(default)]
    deadline: Option<Time>,
}

/// The requests of an inbox file, and the line of each; `actor` asks where a line does not say who.
///
/// # Errors
/// When a line is not a request: all such lines, by number.
pub fn requests(file: &str, text: &str, actor: &Actor) -> Result<(Vec<usize>, Vec<Request>), LineProblems> {
    let (mut lines, mut requests, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (line, request) in jsonl::read::<LineV1>(file, text)? {
        let fence = Fence { token: request.token, overrides: request.r#override };
        let by = by(request.r#as.as_deref(), actor);
        match by.and_then(|by| Ok((by, ask(request)?))) {
            Ok((actor, ask)) => {
                lines.push(line);
                requests.push(Request { actor, ask, fence });
            }
            Err(message) => problems.push(LineProblem { line, column: 1, message }),
        }
    }
    if problems.is_empty() {
        Ok((lines, requests))
    } else {
        Err(LineProblems { file: file.to_owned(), problems })
    }
}

/// Who asks: whoever hands the file over, or an agent that a line names, which anybody can write.
fn by(named: Option<&str>, actor: &Actor) -> Result<Actor, String> {
    match named {
        None => Ok(actor.clone()),
        Some(name)
            if name == ORCH
                || name.starts_with(Actor::GITHUB)
                || name.trim().is_empty()
                || name.contains(char::is_control) =>
        {
            Err(format!("`as` cannot be `{}`", name.escape_debug()))
        }
        Some(name) => Ok(Actor::line(name)),
    }
}

fn ask(line: LineV1) -> Result<Ask, String> {
    let needs = |what: &str| format!("`{what}` is missing");
    let task = || line.task.clone().ok_or_else(|| needs("task"));
    let verdict = match line.r#do {
        Verb::Add => return add(line.add.ok_or_else(|| needs("add"))?),
        Verb::Start => return Ok(Ask::Start { task: task()? }),
        Verb::Complete => return Ok(Ask::Complete { task: task()?, output: line.output.clone() }),
        Verb::Block => {
            let reason = line.reason.clone().ok_or_else(|| needs("reason"))?;
            return Ok(Ask::Block { task: task()?, reason });
        }
        Verb::Unblock => return Ok(Ask::Unblock { task: task()? }),
        Verb::Cancel => return Ok(Ask::Cancel { task: task()?, reason: line.reason.clone() }),
        Verb::Reassign => {
            return Ok(Ask::Reassign { task: task()?, to: line.to.clone().ok_or_else(|| needs("to"))? });
        }
        Verb::Edit => {
            let edit = line.edit.clone().ok_or_else(|| needs("edit"))?;
            return Ok(Ask::Edit { task: task()?, edit });
        }
        Verb::Claim => {
            let ttl = line.ttl.unwrap_or(Claim::LASTS);
            return Ok(Ask::Claim { task: task()?, agent: line.agent.clone(), ttl });
        }
        Verb::Release => return Ok(Ask::Release { task: task()? }),
        Verb::Approve => Verdict::Approved,
        Verb::Reject => Verdict::Rejected,
        Verb::RequestChanges => Verdict::ChangesRequested,
    };
    let review: ReviewRef = line.review.as_deref().ok_or_else(|| needs("review"))?.parse()?;
    Ok(Ask::Judge { review, verdict, rating: line.rating, minutes: line.minutes, notes: line.notes })
}

fn add(add: AddV1) -> Result<Ask, String> {
    if add.title.trim().is_empty() {
        return Err("`title` is empty".to_owned());
    }
    let spec = NewTask {
        title: add.title,
        kind: add.r#type,
        content_type: add.content_type,
        description: add.description,
        priority: add.priority,
        tier: add.tier,
        labels: add.labels,
        depends_on: add.depends_on,
        deadline: add.deadline,
        source: None,
        issue: None,
    };
    Ok(Ask::Add { code: add.code, prefix: None, spec })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_requests_and_names_every_wrong_line() {
        let good = "{\"do\":\"start\",\"task\":\"A-1\",\"as\":\"lore\"}\n\n{\"do\":\"approve\",\"review\":\"A-1/canon\"}\n";
        let (lines, read) = requests("in.jsonl", good, &"boss".into()).unwrap();
        assert_eq!(lines, [1, 3]);
        assert_eq!(read[0], Request::new(Actor::line("lore"), Ask::Start { task: "A-1".parse().unwrap() }));
        assert_eq!((read.len(), read[1].actor.name.as_str()), (2, "boss"));

        let bad =
            "{\"do\":\"start\"}\n{\"do\":\"dance\"}\nnonsense\n{\"do\":\"start\",\"task\":\"a\",\"x\":1}\n";
        let error = requests("in.jsonl", bad, &"boss".into()).unwrap_err();
        assert_eq!(error.problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [2, 3, 4]);
        let error = requests("in.jsonl", "{\"do\":\"start\"}\n", &"boss".into()).unwrap_err();
        assert_eq!(error.to_string(), "in.jsonl:1:1: `task` is missing");
    }
}
