//! `orch next`: the best task that an agent can have, claimed for it.

use clap::Args;

use crate::cli::args::{Format, WriteArgs, name};
use crate::cli::session::{self, Ticked};
use crate::cli::{Cx, Exit};
use crate::model::{Ask, Claim, Duration, Fact, Fence, Name, Task};
use crate::ui::json::v1::NextV1;

/// Claim the best ready task for an agent
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch next --agent content-strategist --push --format json\n\nReady is what is assigned to the agent or waits in the queue of a route to it, is not blocked and not\nclaimed: the most urgent by priority, deadline, age, code. Exit code 12: nothing is ready."
)]
pub(crate) struct NextArgs {
    /// For this agent; who asks if left out
    #[arg(long, value_name = "NAME", value_parser = name)]
    agent: Option<Name>,
    /// How long: `90s`, `15m`, `2h`
    #[arg(long, value_name = "TIME", default_value_t = Claim::LASTS)]
    ttl: Duration,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: NextArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let NextArgs { agent, ttl, write } = args;
    let ticked = session::commit(cx, write, vec![Ask::Next { agent, ttl }], Fence::default())?;
    let found = claimed(&ticked).is_some();
    if cx.settings.format == Format::Json {
        cx.out.json(&NextV1::new(claimed(&ticked), ticked.pushed))?;
    } else {
        if !ticked.plan.is_empty() {
            session::report(cx, &ticked, write.dry_run)?;
        }
        if found {
            tell(cx, &ticked, write);
        } else if !cx.settings.quiet {
            cx.out.text("Nothing is ready.");
        }
    }
    Ok(if found { Exit::Ok } else { Exit::Nothing })
}

/// The task that was claimed, as it stands now.
fn claimed(ticked: &Ticked) -> Option<(&Task, &Claim)> {
    let code = ticked.plan.events.iter().find_map(|event| match &event.fact {
        Fact::TaskClaimed { task, .. } | Fact::TaskClaimRenewed { task, .. } => Some(task),
        _ => None,
    })?;
    let task = ticked.state.task(code)?;
    Some((task, task.claim.as_deref()?))
}

/// Says how to go on with a claim.
pub(super) fn tell(cx: &mut Cx, ticked: &Ticked, write: WriteArgs) {
    let Some((task, claim)) = claimed(ticked) else { return };
    if cx.settings.format == Format::Json || cx.settings.quiet || write.dry_run {
        return;
    }
    let (code, token) = (&task.code, claim.token);
    cx.out.text(format!(
        "Token {token} proves the claim: `orch task complete {code} --token {token}` delivers under it."
    ));
    if !ticked.pushed {
        cx.out.note("note: other clones know of a claim once it is pushed: `--push`");
    }
}
