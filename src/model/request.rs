//! Requests: what a person or agent asks for. The planner refuses a request or turns it
//! into facts; nothing else puts facts into the log from outside.

use std::str::FromStr;

use super::{
    Actor, Code, Duration, Fence, FlowAsk, InvalidCode, Name, NewTask, ReviewId, Task, TaskEdit, Verdict,
};

/// Something asked for, and by whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub actor: Actor,
    pub ask: Ask,
    pub fence: Fence,
}

impl Request {
    pub fn new(actor: impl Into<Actor>, ask: Ask) -> Self {
        Self { actor: actor.into(), ask, fence: Fence::default() }
    }
}

/// A review by its number, or by the task and type that it is pending for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewRef {
    Id(ReviewId),
    Pending { task: Code, kind: Name },
}

impl FromStr for ReviewRef {
    type Err = String;

    /// Reads `REVIEW-020` or `CONTENT-010/cultural`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((task, kind)) => {
                let task = task.parse().map_err(|error: InvalidCode| error.to_string())?;
                Ok(Self::Pending { task, kind: kind.into() })
            }
            None => text.parse().map(Self::Id),
        }
    }
}

/// What can be asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    /// A new task; without a code it gets the next one of the prefix.
    Add {
        code: Option<Code>,
        prefix: Option<String>,
        spec: NewTask,
    },
    /// Tasks of another system, all or none; `source` line numbers are the caller's to report.
    Import {
        tasks: Vec<Task>,
    },
    Start {
        task: Code,
    },
    /// The author delivers.
    Complete {
        task: Code,
        output: Option<String>,
    },
    Block {
        task: Code,
        reason: String,
    },
    Unblock {
        task: Code,
    },
    Cancel {
        task: Code,
        reason: Option<String>,
    },
    Reassign {
        task: Code,
        to: Name,
    },
    Edit {
        task: Code,
        edit: TaskEdit,
    },
    /// A task for one agent alone, for a while; for the agent that holds it already: for longer.
    Claim {
        task: Code,
        /// None: who asks.
        agent: Option<Name>,
        ttl: Duration,
    },
    /// The best task that an agent can claim, if there is one.
    Next {
        /// None: who asks.
        agent: Option<Name>,
        ttl: Duration,
    },
    /// The end of a claim before its time: the task goes back to the queue.
    Release {
        task: Code,
    },
    Judge {
        review: ReviewRef,
        verdict: Verdict,
        rating: Option<u8>,
        minutes: Option<u32>,
        notes: Option<String>,
    },
    /// That an agent is called: to one of its tasks, or to all of them.
    Activate {
        agent: Name,
        task: Option<Code>,
    },
    /// Something of workflows.
    Flow(FlowAsk),
}

impl Ask {
    /// What is asked for, to follow on `asked to`: `start LORE-003`.
    pub fn in_words(&self) -> String {
        match self {
            Self::Add { code: Some(code), .. } => format!("add {code}"),
            Self::Add { .. } => "add a task".to_owned(),
            Self::Import { tasks } => match tasks.as_slice() {
                [task] => format!("import {}", task.code),
                tasks => format!("import {} tasks", tasks.len()),
            },
            Self::Start { task } => format!("start {task}"),
            Self::Complete { task, .. } => format!("complete {task}"),
            Self::Block { task, .. } => format!("block {task}"),
            Self::Unblock { task } => format!("unblock {task}"),
            Self::Cancel { task, .. } => format!("cancel {task}"),
            Self::Reassign { task, to } => format!("reassign {task} to {to}"),
            Self::Edit { task, .. } => format!("edit {task}"),
            Self::Claim { task, .. } => format!("claim {task}"),
            Self::Next { .. } => "claim the next task".to_owned(),
            Self::Release { task } => format!("release {task}"),
            Self::Activate { agent, task: Some(task) } => format!("activate {agent} for {task}"),
            Self::Activate { agent, task: None } => format!("activate {agent}"),
            Self::Flow(ask) => ask.in_words(),
            Self::Judge { review, verdict, .. } => {
                let verb = match verdict {
                    Verdict::Approved => "approve",
                    Verdict::Rejected => "reject",
                    Verdict::ChangesRequested => "ask for changes in",
                };
                match review {
                    ReviewRef::Id(review) => format!("{verb} {review}"),
                    ReviewRef::Pending { task, kind } => format!("{verb} {task}/{kind}"),
                }
            }
        }
    }
}
