//! `orch plan --github`: the plan on its pull request, as one comment and one check that are kept up to date, and in the
//! summary of the job.

use super::Ticked;
use crate::adapters::disk;
use crate::adapters::git::GitRepo;
use crate::check::{self, Checked};
use crate::cli::session::{Invalid, Project, PullRequest, known};
use crate::cli::{Cx, settings};
use crate::diag::{Diagnostics, Severity, SourceMap};
use crate::forge::changes::Changes;
use crate::forge::check::{self as forge, Check, Conclusion, Level, Remark};
use crate::forge::text::cut;
use crate::forge::{ClientError, Workplace, comment};
use crate::plan::Plan;
use crate::report::{Posted, consequences, failure_comment, plan_comment, plural, short};
use crate::state::State;
use crate::ui::diagnostics::{human, remarks};
use crate::ui::text::{self, PlanView, Style};

/// What GitHub takes of the summary of a step is 1 MiB, and nothing if it is more.
const LONGEST_SUMMARY: usize = 900_000;
/// So many remarks are sent: GitHub takes fifty at a time, and a second passes between two requests.
const MOST_REMARKS: usize = 400;

/// What is posted.
struct Post<'a> {
    project: &'a Project,
    /// The project's name.
    name: String,
    title: String,
    /// Markdown.
    text: String,
    conclusion: Conclusion,
    /// The plan and the state that it leads to, if there is one.
    plan: Option<(&'a Plan, &'a State)>,
    diagnostics: Diagnostics,
    map: SourceMap,
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
    let (diagnostics, map) = judged(project);
    Post {
        project,
        title: posted.title().to_owned(),
        text: plan_comment(&posted),
        conclusion: Conclusion::Success,
        plan: Some((&planned.plan, &planned.state)),
        diagnostics,
        map,
        name: name.to_string(),
    }
    .send(cx, at)
}

/// Posts why there is no plan.
pub(super) fn post_failure(
    cx: &Cx,
    project: &Project,
    at: &PullRequest,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    let (diagnostics, map) = judged(project);
    let invalid = error.downcast_ref::<Invalid>();
    let said = match invalid {
        Some(_) => human(&diagnostics, &map, false),
        None => format!("{error:#}"),
    };
    let title = match invalid {
        Some(invalid) => format!("The configuration has {}.", plural(invalid.errors, "error")),
        None => "There is no plan.".to_owned(),
    };
    // Of a configuration with errors, even its name may be one.
    let name = check::project(&project.sources).map(|project| project.name.to_string()).unwrap_or_default();
    Post {
        project,
        title,
        text: failure_comment(&name, &said, at.head.as_deref()),
        conclusion: Conclusion::Failure,
        plan: None,
        diagnostics,
        map,
        name,
    }
    .send(cx, at)
}

/// What is to be said of the configuration, and where.
fn judged(project: &Project) -> (Diagnostics, SourceMap) {
    let Checked { diagnostics, .. } = check::check(&project.sources, Some(&known(project)));
    let folder = GitRepo::discover(&project.sources.root).ok();
    let folder = folder.and_then(|repo| repo.folder(&project.sources.root)).unwrap_or_default();
    (diagnostics, project.sources.map().in_folder(&folder))
}

impl Post<'_> {
    fn send(&self, cx: &Cx, at: &PullRequest) -> anyhow::Result<()> {
        self.summarize(cx);
        let told = PullRequest::there(cx, self.project, |there| {
            self.comment(cx, at, there);
            self.check(cx, at, there);
        })?;
        if let Err(why) = told {
            cx.out.tell(&format!("warning: the plan is not posted on pull request {}: {why}", at.number));
        }
        Ok(())
    }

    /// In the summary of the job, which needs no right.
    fn summarize(&self, cx: &Cx) {
        let Some(path) = settings::step_summary() else { return };
        let text = cut(&self.text, LONGEST_SUMMARY);
        if let Err(error) = disk::append(&path, format!("{text}\n").as_bytes(), u64::MAX) {
            cx.out.tell(&format!("warning: the plan is not in the summary of the job: {error}"));
        }
    }

    fn comment(&self, cx: &Cx, at: &PullRequest, there: &Workplace<'_>) {
        // A project has one on each pull request.
        let key = format!("plan/{}", self.name);
        match comment::keep(there, at.number, &key, &self.text) {
            Ok(kept) if kept.is_new || kept.is_changed => cx.out.note(format!("note: {}", kept.url)),
            Ok(_) => {}
            Err(error) => cx
                .out
                .tell(&format!("warning: the plan is not posted on pull request {}: {error}", at.number)),
        }
    }

    fn check(&self, cx: &Cx, at: &PullRequest, there: &Workplace<'_>) {
        if let Err(error) = self.keep_check(cx, at, there) {
            let advice = forge::advice(&error).map(|advice| format!("; {advice}")).unwrap_or_default();
            cx.out
                .tell(&format!("warning: there is no check on pull request {}: {error}{advice}", at.number));
        }
    }

    fn keep_check(&self, cx: &Cx, at: &PullRequest, there: &Workplace<'_>) -> Result<(), ClientError> {
        let mut remarks = self.of_configuration();
        remarks.extend(self.of_plan(cx, at, there));
        let more = remarks.len().saturating_sub(MOST_REMARKS);
        remarks.truncate(MOST_REMARKS);
        let rest = if more == 0 { String::new() } else { format!("\n{more} more remarks are not shown.\n") };
        let check = Check {
            sha: at.head(there)?,
            name: format!("orch plan: {}", self.name),
            standing: Ok(self.conclusion),
            url: None,
            title: self.title.clone(),
            summary: format!("{}{rest}", self.text),
            remarks,
        };
        let kept = forge::keep(there, &check)?;
        if kept.is_changed {
            cx.out.note(format!("note: check `{}` of {}", check.name, short(&check.sha)));
        }
        Ok(())
    }

    /// What is wrong with the configuration, errors first.
    fn of_configuration(&self) -> Vec<Remark> {
        let remark = |one: crate::ui::diagnostics::Remark| Remark {
            path: one.path,
            lines: (one.lines.0.into(), one.lines.1.into()),
            level: if one.severity == Severity::Error { Level::Failure } else { Level::Warning },
            title: Some(one.title),
            message: one.message,
        };
        let mut all: Vec<Remark> = remarks(&self.diagnostics, &self.map).into_iter().map(remark).collect();
        all.sort_by_key(|one| one.level != Level::Failure);
        all
    }

    /// What would follow from the lines that the pull request changes.
    fn of_plan(&self, cx: &Cx, at: &PullRequest, there: &Workplace<'_>) -> Vec<Remark> {
        let Some((plan, state)) = self.plan.filter(|(plan, _)| !plan.is_empty()) else { return Vec::new() };
        let changes = match Changes::read(there, at.number) {
            Ok(changes) => changes,
            Err(error) => {
                cx.out.tell(&format!("warning: nothing is said beside the changed lines: {error}"));
                return Vec::new();
            }
        };
        let is_changed = |file: &str, line: u32| changes.has(&self.map.in_repository(file), line);
        let said = consequences(plan, state, &is_changed);
        let remark = |one: crate::report::Consequence| Remark {
            path: self.map.in_repository(&one.file),
            lines: (one.line.into(), one.line.into()),
            level: Level::Notice,
            title: Some("What would happen now".to_owned()),
            message: one.text,
        };
        said.into_iter().map(remark).collect()
    }
}
