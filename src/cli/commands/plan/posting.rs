//! `orch plan --github`: the plan as one comment on its pull request.

use anyhow::Context as _;

use super::Ticked;
use crate::cli::Cx;
use crate::cli::session::{Project, PullRequest};
use crate::report::{Posted, failure_comment, plan_comment};
use crate::ui::text::{self, PlanView, Style};

/// By which the comment is known again: a project has one on each pull request.
fn key(project: &str) -> String {
    format!("plan/{project}")
}

/// Posts the plan; that it cannot be posted is told, and fails nothing: a job for a fork may only read.
pub(super) fn post(
    cx: &Cx,
    project: &Project,
    at: &PullRequest,
    planned: &Ticked,
    view: &PlanView<'_>,
) -> anyhow::Result<()> {
    let name = project.identity(cx)?.name;
    let plan = text::plan(&PlanView { all: true, ..*view }, Style::PLAIN);
    let is_empty = planned.plan.is_empty();
    let posted = Posted { project: &name, plan: &plan, commit: at.head.as_deref(), is_empty };
    send(cx, project, at, &name, &plan_comment(&posted))
}

/// Posts why there is no plan.
pub(super) fn post_failure(
    cx: &Cx,
    project: &Project,
    at: &PullRequest,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let name = project.identity(cx)?.name;
    let comment = failure_comment(&name, &format!("{error:#}"), at.head.as_deref());
    send(cx, project, at, &name, &comment)
}

fn send(cx: &Cx, project: &Project, at: &PullRequest, name: &str, comment: &str) -> anyhow::Result<()> {
    match at.keep_comment(cx, project, &key(name), comment).context("failed to comment")? {
        Ok(kept) if kept.is_new || kept.is_changed => cx.out.note(format!("note: {}", kept.url)),
        Ok(_) => {}
        Err(why) => {
            cx.out.tell(&format!("warning: the plan is not posted on pull request {}: {why}", at.number));
        }
    }
    Ok(())
}
