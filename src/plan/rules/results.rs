//! What agents do on GitHub for a task that it names: a pull request that the agent of the task opens starts the task,
//! and when it is merged, the task is delivered; a run of GitHub Actions that was started for it delivers it when it
//! succeeds.

use smol_str::{SmolStr, format_smolstr};

use super::issues::deliver;
use super::{Context, Reactions, Rule};
use crate::model::{
    Build, Code, Event, Fact, FlowFact, GithubEvent, GithubItem, GithubResult, Pull, PullState, Task,
    TaskStatus,
};

pub(super) struct Results;

/// The key of the alert on a task whose run did not succeed.
const FAILED: &str = "run-failed";

impl Rule for Results {
    fn name(&self) -> &'static str {
        "results"
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        let Fact::Flow(fact) = &event.fact else { return };
        let FlowFact::GithubSeen { item, events, .. } = fact.as_ref() else { return };
        let counts = |result| cx.config.project.github_results.contains(&result);
        match item {
            GithubItem::Pull(pull) if counts(GithubResult::PullRequest) => of_pull(cx, pull, out),
            // Its end, and nothing that is found out about it later.
            GithubItem::Build(build) if counts(GithubResult::Run) && events.iter().any(is_end) => {
                of_build(cx, build, out);
            }
            _ => {}
        }
    }
}

fn is_end(event: &GithubEvent) -> bool {
    (event.event.as_str(), event.action.as_deref()) == ("workflow_run", Some("completed"))
}

fn of_pull(cx: Context<'_>, pull: &Pull, out: &mut Reactions) {
    let links = &cx.state.meta.github.links;
    let closed = pull.closes.iter().filter_map(|number| links.get(number)).map(|link| &link.task);
    let mut codes: Vec<&Code> = Vec::new();
    for code in pull.tasks.iter().chain(closed) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    for task in codes.into_iter().filter_map(|code| cx.state.task(code)) {
        match pull.state {
            PullState::Open => start(cx, task, pull, out),
            PullState::Merged => {
                let output = Some(format!("{}#{}", cx.state.meta.github.repository, pull.number));
                deliver(task, output, &format_smolstr!("pull request {} is merged", pull.number), out);
            }
            PullState::Closed => {}
        }
    }
}

/// Only the agent that has the task says that it has begun; anybody may name a task.
fn start(cx: Context<'_>, task: &Task, pull: &Pull, out: &mut Reactions) {
    let Some(agent) = task.agent.as_ref().filter(|_| task.status == TaskStatus::Pending) else { return };
    let author = pull.author.as_ref().map(|author| author.login.as_str());
    let agent = cx.config.agent(agent);
    let theirs = agent.filter(|agent| author.is_some_and(|author| agent.has_login(author)));
    if let Some(agent) = theirs {
        let fact = Fact::TaskStarted { task: task.code.clone(), agent: agent.name.clone() };
        out.add(fact, format_smolstr!("pull request {} is its work", pull.number));
    }
}

fn of_build(cx: Context<'_>, build: &Build, out: &mut Reactions) {
    let Some(conclusion) = &build.conclusion else { return };
    let run = format!("run {} of GitHub Actions", build.id);
    for task in build.tasks.iter().filter_map(|code| cx.state.task(code)) {
        let alert = (task.code.clone(), SmolStr::new_static(FAILED));
        let fired = cx.state.meta.alerts.contains_key(&alert);
        if conclusion == "success" {
            if fired {
                let fact = Fact::AlertResolved { alert: alert.1, task: alert.0 };
                out.add(fact, format_smolstr!("run {} succeeded", build.id));
            }
            deliver(task, Some(run.clone()), &format_smolstr!("run {} succeeded", build.id), out);
        } else if !fired && !task.status.is_finished() && task.status != TaskStatus::Review {
            let message = format!("{run}, which works on it, ended as {conclusion}");
            let fact = Fact::AlertFired { alert: alert.1, task: alert.0, message };
            out.add(fact, format_smolstr!("run {} ended as {conclusion}", build.id));
        }
    }
}
