//! A write command is a small tick of its own: it asks, the rules answer, and it commits.

use super::{Project, Ticked, Work};
use crate::adapters::git::GitRepo;
use crate::cli::Cx;
use crate::cli::Exit;
use crate::cli::args::{Format, WriteArgs};
use crate::model::{Ask, Event, Fact, FlowFact, Request, RunStatus};
use crate::ports::Repo as _;
use crate::report::{Item, digest};
use crate::ui;

/// Asks for `asks` in the name of whoever runs the command.
pub(crate) fn write(cx: &mut Cx, args: WriteArgs, asks: Vec<Ask>) -> anyhow::Result<Exit> {
    let project = Project::find(cx)?;
    let actor = actor(cx, &project)?;
    let requests = asks.into_iter().map(|ask| Request { actor: actor.as_str().into(), ask }).collect();
    let work = Work { requests, push: args.push, project: &project };
    let ticked = if args.dry_run { work.preview(cx)? } else { work.run(cx)? };
    report(cx, &ticked, args.dry_run)?;
    Ok(Exit::Ok)
}

/// Who acts: as told by `--as`, else by git's identity.
pub(crate) fn actor(cx: &Cx, project: &Project) -> anyhow::Result<String> {
    match &cx.settings.actor {
        Some(actor) => {
            let plain =
                !actor.trim().is_empty() && !actor.contains(char::is_control) && actor != crate::model::ORCH;
            anyhow::ensure!(plain, "`{}` cannot be the name of an actor", actor.escape_debug());
            Ok(actor.clone())
        }
        None => Ok(GitRepo::discover(&project.sources.root)?.identity().email),
    }
}

/// Tells what a tick did, or with `dry_run` what it would do.
pub(crate) fn report(cx: &mut Cx, ticked: &Ticked, dry_run: bool) -> anyhow::Result<()> {
    if cx.settings.format == Format::Json {
        return cx.out.json(&ui::json::v1::TickV1::new(&ticked.view(cx.settings.verbose)));
    }
    if cx.settings.quiet {
        if !dry_run {
            tell_failures(cx, ticked);
        }
        return Ok(());
    }
    let style = cx.out.style();
    let text = if dry_run {
        ui::text::preview(&ticked.view(cx.settings.verbose), style)
    } else {
        ui::text::outcome(&ticked.view(cx.settings.verbose), style)
    };
    cx.out.text(text);
    Ok(())
}

/// What went wrong is said even to those who want to hear nothing else.
fn tell_failures(cx: &Cx, ticked: &Ticked) {
    let is_failure = |event: &Event| match &event.fact {
        Fact::TaskEscalated { .. } => true,
        Fact::Flow(fact) => matches!(
            fact.as_ref(),
            FlowFact::RunFinished { status: RunStatus::Failed, .. } | FlowFact::RunEscalated { .. }
        ),
        _ => false,
    };
    for item in digest(&ticked.plan.events) {
        let failed = match &item {
            Item::Event(event) => is_failure(event),
            Item::Run(events) => events.iter().any(|event| is_failure(event)),
        };
        if failed {
            cx.out.tell(&item.line(&ticked.state).to_string());
        }
    }
}

/// Asks for runs, and carries those out that come of it, as a tick would.
pub(crate) fn carry_out(cx: &Cx, args: WriteArgs, asks: Vec<Ask>) -> anyhow::Result<Ticked> {
    let project = Project::find(cx)?;
    let actor = actor(cx, &project)?;
    let requests = asks.into_iter().map(|ask| Request { actor: actor.as_str().into(), ask }).collect();
    let work = Work { requests, push: args.push, project: &project };
    if args.dry_run { work.preview(cx) } else { work.carry_out(cx) }
}
