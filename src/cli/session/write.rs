//! A write command is a small tick of its own: it asks, the rules answer, and it commits.

use super::{Project, Ticked, Work};
use crate::adapters::git::GitRepo;
use crate::adapters::host;
use crate::cli::Cx;
use crate::cli::Exit;
use crate::cli::args::{Format, WriteArgs};
use crate::cli::settings;
use crate::model::{Actor, Ask, Event, Fact, Fence, FlowFact, ORCH, Request, RunStatus};
use crate::ports::Repo as _;
use crate::report::{Item, digest, one_line};
use crate::state::State;
use crate::ui;

/// Asks for `asks` in the name of whoever runs the command.
pub(crate) fn write(cx: &mut Cx, args: WriteArgs, asks: Vec<Ask>) -> anyhow::Result<Exit> {
    let ticked = commit(cx, args, asks, Fence::default())?;
    report(cx, &ticked, args.dry_run)?;
    Ok(Exit::Ok)
}

/// Asks for something done to a task that may be claimed.
pub(crate) fn write_under(cx: &mut Cx, args: WriteArgs, ask: Ask, fence: Fence) -> anyhow::Result<Exit> {
    let ticked = commit(cx, args, vec![ask], fence)?;
    report(cx, &ticked, args.dry_run)?;
    Ok(Exit::Ok)
}

/// Asks and commits, and tells nothing yet.
pub(crate) fn commit(cx: &Cx, args: WriteArgs, asks: Vec<Ask>, fence: Fence) -> anyhow::Result<Ticked> {
    let project = Project::to_act(cx)?;
    let work = work(cx, &project, args, asks, fence)?;
    if args.dry_run { work.preview(cx) } else { work.run(cx) }
}

fn work<'a>(
    cx: &Cx,
    project: &'a Project,
    args: WriteArgs,
    asks: Vec<Ask>,
    fence: Fence,
) -> anyhow::Result<Work<'a>> {
    let actor = actor(cx, project)?;
    let request = |ask| Request { actor: actor.clone(), ask, fence };
    Ok(Work { requests: asks.into_iter().map(request).collect(), push: args.push, project })
}

/// Who acts: as told by `--as`, else the account that a job of GitHub Actions runs for, else git's identity.
pub(crate) fn actor(cx: &Cx, project: &Project) -> anyhow::Result<Actor> {
    let actor = match (&cx.settings.actor, settings::github_account()) {
        (Some(name), _) => Actor::from(name.as_str()),
        (None, Some((id, login))) => return Ok(Actor::github(id, &login)),
        (None, None) => {
            let identity = GitRepo::discover(&project.sources.root)?.identity();
            Actor::git(&identity.email, &host::name())
        }
    };
    let name = &actor.name;
    let plain = !name.trim().is_empty() && !name.contains(char::is_control);
    let plain = plain && name != ORCH && !name.starts_with(Actor::GITHUB);
    anyhow::ensure!(plain, "`{}` cannot be the name of an actor", name.escape_debug());
    Ok(actor)
}

/// Tells what a tick did, or with `dry_run` what it would do.
pub(crate) fn report(cx: &mut Cx, ticked: &Ticked, dry_run: bool) -> anyhow::Result<()> {
    if cx.settings.format == Format::Json {
        return cx.out.json(&ui::json::v1::TickV1::new(&ticked.view(cx.settings.verbose)));
    }
    tell_hold(cx, &ticked.state);
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

/// Says that nothing is decided for now, if so, and how that ends.
pub(crate) fn tell_hold(cx: &Cx, state: &State) {
    if let Some(held) = &state.meta.held {
        let (by, at, serial) = (&held.by, held.at, held.serial);
        let why = held.why.as_ref().map(|why| format!(": {}", one_line(why))).unwrap_or_default();
        cx.out.note(format!(
            "note: the state is held since {at}, when {by} rolled it back to tick {serial}{why}; ticks decide \
             nothing until `orch resume`"
        ));
    }
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
    let project = Project::to_act(cx)?;
    let work = work(cx, &project, args, asks, Fence::default())?;
    if args.dry_run { work.preview(cx) } else { work.carry_out(cx) }
}
