//! Agents that are no longer declared: what they hold goes back to the queue, and what they
//! were to review goes to somebody else.

use super::reviews::choose_reviewer;
use super::{Context, Reactions, Rule};
use crate::model::{Fact, Name, Task};

pub(super) struct Staff;

impl Rule for Staff {
    fn name(&self) -> &'static str {
        "staff"
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        if !cx.config_changed {
            return;
        }
        let mut asked = Vec::new();
        for task in cx.state.sorted_tasks() {
            take_back(cx, task, out);
            pass_on_reviews(cx, task, &mut asked, out);
        }
    }
}

fn take_back(cx: Context<'_>, task: &Task, out: &mut Reactions) {
    if let (true, Some(agent)) = (task.is_active(), &task.agent)
        && cx.config.agent(agent).is_none()
    {
        let fact = Fact::TaskUnassigned { task: task.code.clone(), agent: agent.clone() };
        out.add(fact, format!("agent {agent} is no longer declared"));
    }
}

fn pass_on_reviews(cx: Context<'_>, task: &Task, asked: &mut Vec<Name>, out: &mut Reactions) {
    for review in task.pending_reviews() {
        let why = match &review.reviewer {
            Some(reviewer) if cx.config.agent(reviewer).is_some() => continue,
            Some(gone) => format!("agent {gone} is no longer declared"),
            None => "somebody can review it now".to_owned(),
        };
        let kind = cx.config.reviews.types.get(&review.kind);
        let reviewer = kind.and_then(|kind| choose_reviewer(cx, task, kind, asked));
        if reviewer != review.reviewer {
            asked.extend(reviewer.clone());
            let fact = Fact::ReviewReassigned { task: task.code.clone(), review: review.id, reviewer };
            out.add(fact, why);
        }
    }
}
