//! The history is cut: a last tick closes the branch of the state, which goes on at another one.

use super::desk::{Desk, accepted};
use super::rollback::permit;
use super::{Project, Stale, actor};
use crate::adapters::git::GitRepo;
use crate::cli::Cx;
use crate::cli::args::WriteArgs;
use crate::cli::session::Work;
use crate::commit::{Committed, Outcome, Reconciled, Tick, Tip};
use crate::model::{Event, Fact, Given};
use crate::plan::{Base, Plan};
use crate::ports::ObjectId;
use crate::report;
use crate::state::State;

/// A compaction as it turned out.
#[derive(Debug)]
pub(crate) struct Compacted {
    /// How many ticks the branch had.
    pub ticks: u64,
    /// None: there are too few of them to be worth it.
    pub cut: Option<Cut>,
    pub pushed: bool,
}

/// What a compaction makes.
#[derive(Debug)]
pub(crate) struct Cut {
    pub from: String,
    pub to: String,
    /// The last tick of the one branch and the first commit of the other; none if nothing was to be changed.
    pub last: Option<Tip>,
    pub first: Option<Tip>,
    pub serial: u64,
}

/// Why the history is not compacted now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CompactRefused {
    #[error("the state is held since it was rolled back to tick {serial}")]
    Held { serial: u64 },
    #[error("the remote `{remote}` has this state, and its writers would not learn of a compaction here")]
    NotPushed { remote: String },
    #[error("this clone and the remote have ticks that the other lacks")]
    Diverged,
}

impl CompactRefused {
    pub(crate) const fn hint(&self) -> &'static str {
        match self {
            Self::Held { .. } => "nothing was changed; `orch resume` first, or roll back again",
            Self::NotPushed { .. } => "nothing was changed; run `orch compact --push`",
            Self::Diverged => {
                "nothing was changed; `orch tick --push` plans this clone's own again on top of the remote's, then \
                 compact"
            }
        }
    }
}

/// Closes the branch and begins the next one, if the branch has at least `min_ticks` ticks.
pub(crate) fn compact(cx: &Cx, write: WriteArgs, min_ticks: u64) -> anyhow::Result<Compacted> {
    let project = Project::find(cx)?;
    let actor = actor(cx, &project)?;
    let work = Work { requests: Vec::new(), push: write.push && !write.dry_run, project: &project };
    work.at_desk(cx, |mut desk| {
        let _turn = desk.branch.turn()?;
        let (tip, there) = if desk.push { begin(&desk)? } else { (desk.branch.tip()?, None) };
        let ticks = desk.branch.ticks(&tip)?;
        let mut compacted = Compacted { ticks, cut: None, pushed: false };
        if ticks < min_ticks.max(1) {
            // The end of what an earlier attempt may have begun.
            if desk.push && tip.commit.is_some() && tip.commit != there {
                push_tip(&desk, &tip, there)?;
                compacted.pushed = true;
            } else if !write.dry_run {
                desk.branch.tip_to_write()?;
            }
            return Ok(compacted);
        }
        desk.branch.check_by_orch(&tip)?;
        let state = desk.branch.load(&tip)?;
        if let Some(held) = &state.meta.held {
            return Err(CompactRefused::Held { serial: held.serial }.into());
        }
        if !write.push && !write.dry_run && is_on_remote(&desk, &project)? {
            return Err(CompactRefused::NotPushed { remote: desk.remote_name }.into());
        }
        let asked = permit(&mut desk, &state, &actor)?;
        let (from, to) = (desk.branch.name_of(&tip).to_owned(), name_after(&desk, &tip)?);
        let fact = Fact::StateCompacted { from: from.as_str().into(), to: to.as_str().into() };
        let at = desk.now().max(state.meta.last_event_at);
        let event = Event { at, actor: actor.name.clone(), cause: None, asked, fact };
        let mut cut = Cut { from, to, last: None, first: None, serial: tip.head.serial + 1 };
        if !write.dry_run {
            let last = close(&desk, &tip, there, (state, event), &cut.to)?;
            let first = desk.branch.tip_to_write()?;
            if desk.push {
                // If this fails, the next one who writes does it.
                push_tip(&desk, &first, None)?;
            }
            (cut.last, cut.first) = (Some(last), Some(first));
        }
        (compacted.cut, compacted.pushed) = (Some(cut), desk.push);
        Ok(compacted)
    })
}

/// The tip, with all that the remote has, and where the remote is.
fn begin(desk: &Desk<'_>) -> anyhow::Result<(Tip, Option<ObjectId>)> {
    match desk.branch.reconcile(&desk.remote())? {
        Reconciled::Ready { tip, remote, .. } => Ok((*tip, remote)),
        Reconciled::Diverged(_) => Err(CompactRefused::Diverged.into()),
    }
}

/// Whether the remote, if there is one, has the state.
fn is_on_remote(desk: &Desk<'_>, project: &Project) -> anyhow::Result<bool> {
    let repo = GitRepo::discover(&project.sources.root)?;
    Ok(repo.has_remote(&desk.remote_name)
        && desk.branch.is_taken_there(desk.branch.name(), &desk.remote())?)
}

/// The first name that nobody has given to another branch.
fn name_after(desk: &Desk<'_>, tip: &Tip) -> anyhow::Result<String> {
    for name in desk.branch.names_after(tip)? {
        let is_taken = desk.branch.is_taken(&name)?
            || (desk.push && desk.branch.is_taken_there(&name, &desk.remote())?);
        if !is_taken {
            return Ok(name);
        }
    }
    anyhow::bail!("no name is left for the next branch of the state")
}

/// The last tick of the branch. The configuration stays the one that was decided under, and what was due is.
fn close(
    desk: &Desk<'_>,
    tip: &Tip,
    there: Option<ObjectId>,
    (mut state, event): (State, Event),
    to: &str,
) -> anyhow::Result<Tip> {
    state.apply(&event)?;
    let (Some(commit), Some(config)) = (tip.commit, tip.config) else {
        anyhow::bail!("the state has no configuration; see `orch fsck`");
    };
    let files = desk.branch.config_files(config, commit)?;
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let config = smol_str::format_smolstr!("{config}");
    let base = Base { config, lineage: state.meta.lineage.clone(), now: event.at };
    let events = vec![event];
    let plan = Plan { base, events, effects: Vec::new(), due: tip.head.due, given: Given::default() };
    let message = report::story(&plan.events, &state);
    let tick = Tick {
        config: &files,
        due: tip.head.due,
        watches: tip.head.watches,
        closes: Some(to),
        ..desk.as_tick(&plan, state, &message)
    };
    let prepared = desk.branch.prepare(tip, tick)?;
    let done = if desk.push {
        accepted(desk.branch.push(prepared, &desk.remote(), there)?)?
    } else {
        match desk.branch.settle(prepared)? {
            Outcome::Committed(done) => Some(*done),
            Outcome::Moved => None,
        }
    };
    let moved = || Stale { moved: vec!["the state moved while it was being compacted".into()] };
    Ok(done.ok_or_else(moved)?.tip)
}

fn push_tip(desk: &Desk<'_>, tip: &Tip, there: Option<ObjectId>) -> anyhow::Result<()> {
    let own = Committed { tip: tip.clone(), state: State::default() };
    // Somebody else was faster: they wrote on what was begun.
    accepted(desk.branch.push_tip(own, &desk.remote(), there)?).map(drop)
}
