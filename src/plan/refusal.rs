//! Why a request is refused: what, why, and what to do instead.

mod flow;

pub use flow::FlowRefusal;

use smol_str::SmolStr;

use super::access::Denial;
use crate::diag::did_you_mean;
use crate::model::{
    Claim, Code, Duration, Name, NewTask, ReviewId, ReviewStatus, RunId, SKEW, TaskStatus, Time,
};

/// A request that the state or the configuration does not allow. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the state is held since {at}: {by} rolled it back to tick {serial}")]
    Held { by: Name, at: Time, serial: u64 },
    #[error("task `{code}` does not exist")]
    UnknownTask { code: Code, nearest: Option<Code> },
    #[error("task `{code}` is {}", ended(*.complete))]
    Finished { code: Code, complete: bool },
    #[error("task `{code}` exists already")]
    TaskExists { code: Code, as_spelled: Code },
    #[error("`{code}` would be the code of an issue")]
    CodeOfIssue { code: Code, label: SmolStr },
    #[error("task `{code}` is {}, so it cannot be {verb}", .status.in_words())]
    WrongStatus { code: Code, status: TaskStatus, verb: &'static str, hint: String },
    #[error("task `{code}` is assigned to `{agent}`, not to `{actor}`")]
    NotYours { code: Code, agent: Name, actor: String },
    #[error("task `{code}` waits in the queue and is assigned to nobody yet")]
    Unassigned { code: Code },
    #[error("task `{code}` cannot depend on `{dependency}`, which does not exist")]
    UnknownDependency { code: Code, dependency: Code },
    #[error("task `{code}` cannot depend on `{dependency}`, which was cancelled")]
    CancelledDependency { code: Code, dependency: Code },
    #[error("task `{}` would wait for itself: {}", .path[0], path_text(.path))]
    Cycle { path: Vec<Code> },
    #[error("tier {tier} is not declared")]
    UnknownTier { tier: u8, known: Vec<u8> },
    #[error("agent `{agent}` is not declared")]
    UnknownAgent { agent: Name, known: Vec<Name> },
    #[error("agent `{agent}` holds {load} of {max} tasks")]
    AgentFull { agent: Name, load: u32, max: u32 },
    #[error("agent `{agent}` is paused")]
    AgentPaused { agent: Name },
    #[error("agent `{agent}` has no `activate`, so nothing calls it")]
    NoActivation { agent: Name },
    #[error("agent `{agent}` holds no task that it could be called to")]
    NothingToDo { agent: Name },
    #[error("agent `{agent}` is being called to task `{code}` already: run `{run}` goes on")]
    ActivationGoesOn { agent: Name, code: Code, run: RunId },
    #[error("task `{code}` is claimed by `{holder}` until {until}")]
    Claimed { code: Code, holder: Name, until: Time },
    #[error("token {token} is not the one of a claim on task `{code}` any more{}", holds_now(.now.as_ref()))]
    ClaimOver { code: Code, token: u64, now: Option<(Name, Time)> },
    #[error("task `{code}` is not claimed")]
    NotClaimed { code: Code },
    #[error("a claim cannot last {ttl}")]
    ClaimTime { ttl: Duration },
    #[error("`{actor}` is not a declared agent, and only agents claim tasks")]
    NoAgent { actor: String },
    #[error("`{actor}` is an agent, and claims for itself alone, not for `{agent}`")]
    ForAnother { agent: Name, actor: String },
    #[error("routing does not give task `{code}` to `{agent}`")]
    NoCandidate { code: Code, agent: Name, candidates: Vec<Name> },
    #[error(
        "the clock says {clock}, but the last recorded event is of {last}: it is more than {SKEW} behind"
    )]
    ClockBehind { clock: Time, last: Time },
    #[error("{} of task `{code}` {} declared in `{source_file}`", join_and(.fields), if .fields.len() == 1 { "is" } else { "are" })]
    Declared { code: Code, fields: Vec<&'static str>, source_file: String },
    #[error("task `{code}` would not change")]
    NothingToEdit { code: Code },
    #[error("review `{review}` does not exist")]
    UnknownReview { review: String, hint: String },
    #[error("review `{review}` of task `{code}` is {status} already")]
    ReviewDone { review: ReviewId, code: Code, status: ReviewStatus },
    #[error("`{actor}` is the author of task `{code}` and may not review it")]
    OwnWork { code: Code, actor: String, reviewer: Option<Name> },
    #[error("review `{review}` is for `{reviewer}`, not for `{actor}`")]
    NotYourReview { review: ReviewId, reviewer: Name, actor: String },
    #[error("{0}")]
    Rating(String),
    #[error("{0}")]
    Blank(&'static str),
    #[error("a review that sends task `{code}` back needs notes")]
    NotesMissing { code: Code },
    #[error("`{}` is not one word", .0.escape_debug())]
    NotATag(Name),
    #[error("prefix `{0}` is not capital letters and digits")]
    BadPrefix(String),
    #[error("{count} of the imported tasks cannot be taken over")]
    Import { count: usize, problems: Vec<(usize, Refusal)> },
    #[error("task `{code}` has a pending review, but is {}", .status.in_words())]
    StrayReview { code: Code, status: TaskStatus },
    #[error("task `{code}` is {} without an agent", .status.in_words())]
    AgentMissing { code: Code, status: TaskStatus },
    #[error(transparent)]
    NotAllowed(Box<Denial>),
    #[error(transparent)]
    Flow(#[from] FlowRefusal),
}

impl Refusal {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Held { .. } => "nothing is decided until somebody lets it go on: `orch resume`".to_owned(),
            Self::UnknownTask { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownTask { .. } => "`orch task list` shows all tasks".to_owned(),
            Self::Finished { code, .. } => {
                format!("add a new task for further work; `orch task show {code}` tells how it ended")
            }
            Self::TaskExists { as_spelled, .. } => {
                format!("`orch task show {as_spelled}` shows it; leave the code out to get the next free one")
            }
            Self::CodeOfIssue { label, .. } => {
                format!("open an issue with the label `{label}`, or say another `--prefix` or `--code`")
            }
            Self::WrongStatus { hint, .. } | Self::UnknownReview { hint, .. } => hint.clone(),
            Self::NotYours { code, actor, .. } => {
                format!("to hand it over: `orch task reassign {code} --to {actor}`")
            }
            Self::Unassigned { code } => {
                format!(
                    "`orch explain {code}` says what it waits for; to give it to somebody: `orch task reassign {code} --to AGENT`"
                )
            }
            Self::UnknownDependency { dependency, .. } => {
                format!("add `{dependency}` first, or correct the code")
            }
            Self::CancelledDependency { .. } => "it will never be complete; leave it out".to_owned(),
            Self::Cycle { .. } => "leave one of these dependencies out".to_owned(),
            Self::UnknownTier { known, .. } => format!("declared in reviews.yaml: {}", join(known)),
            Self::UnknownAgent { agent, known } => did_you_mean(agent, known.iter().map(Name::as_str))
                .unwrap_or_else(|| format!("declared in agents.yaml: {}", join(known))),
            Self::AgentFull { agent, .. } => {
                format!(
                    "`orch agent show {agent}` shows them; raise `max_active` in agents.yaml, or let the task queue"
                )
            }
            Self::AgentPaused { agent } => format!("`orch explain {agent}` says why"),
            Self::NoActivation { agent } => {
                format!("say how under `activate` of `{agent}` in agents.yaml")
            }
            Self::NothingToDo { agent } => {
                format!("`orch explain {agent}` says what comes to it")
            }
            Self::ActivationGoesOn { run, .. } => {
                format!("`orch runs show {run}` shows it; `orch runs cancel {run}` ends it")
            }
            Self::Claimed { holder, .. } => {
                format!("wait until then, or let `{holder}` release it; to go over the claim: `--override`")
            }
            Self::ClaimOver { code, .. } => format!(
                "what was done under it does not count, for somebody else may have begun anew; \
                 `orch task show {code}` shows how it stands, `orch task claim {code}` asks for a new claim"
            ),
            Self::NotClaimed { code } => format!("`orch task claim {code}` claims it"),
            Self::ClaimTime { .. } => format!("say a time up to {}, such as `--ttl 2h`", Claim::LONGEST),
            Self::NoAgent { .. } => "say for which one: `--agent NAME`".to_owned(),
            Self::ForAnother { agent, .. } => format!("act `--as {agent}`, or leave `--agent` out"),
            Self::NoCandidate { code, candidates, .. } => {
                format!("it goes to {}; `orch explain {code}` says why", join(candidates))
            }
            Self::ClockBehind { .. } => {
                "set the clock of this machine, or find the one that is ahead: the end of a claim means \
                 nothing between clocks that disagree"
                    .to_owned()
            }
            Self::Declared { source_file, .. } if source_file.starts_with(NewTask::ISSUE) => {
                format!("change it in issue {source_file}; the next tick follows")
            }
            Self::Declared { source_file, .. } => {
                format!("change it in `{source_file}`; the next tick follows")
            }
            Self::NothingToEdit { code } => format!("`orch task show {code}` shows its fields"),
            Self::ReviewDone { code, .. } => format!("`orch task show {code}` shows all its reviews"),
            Self::OwnWork { reviewer: Some(reviewer), .. } => format!("it waits for `{reviewer}`"),
            Self::OwnWork { .. } => "somebody else must review it: act `--as` another agent".to_owned(),
            Self::NotYourReview { reviewer, .. } => format!("act `--as {reviewer}`"),
            Self::NotesMissing { .. } => "say what must change: `--notes TEXT`".to_owned(),
            Self::NotATag(_) => {
                "a type, content type or label has letters, digits and `. _ / : -`".to_owned()
            }
            Self::BadPrefix(_) => "for example `CONTENT`, which gives `CONTENT-001`".to_owned(),
            Self::Import { .. } => "nothing was imported; correct these lines and import again".to_owned(),
            Self::StrayReview { .. } => "only a task in review has pending reviews".to_owned(),
            Self::AgentMissing { .. } => "set `agent`, or import it as `pending`".to_owned(),
            Self::NotAllowed(denial) => denial.hint(),
            Self::Flow(refusal) => refusal.hint(),
            Self::Rating(_) | Self::Blank(_) => return None,
        })
    }
}

/// `title, tier and priority`.
fn join_and(words: &[&str]) -> String {
    match words {
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        words => words.concat(),
    }
}

fn holds_now(now: Option<&(Name, Time)>) -> String {
    match now {
        Some((holder, until)) => format!(": `{holder}` holds it until {until}"),
        None => ", and nobody holds it".to_owned(),
    }
}

const fn ended(complete: bool) -> &'static str {
    if complete { "complete already" } else { "cancelled" }
}

fn path_text(path: &[Code]) -> String {
    path.iter().map(Code::as_str).collect::<Vec<_>>().join(" → ")
}

fn join<T: ToString>(known: &[T]) -> String {
    if known.is_empty() {
        return "nothing".to_owned();
    }
    known.iter().map(|name| format!("`{}`", name.to_string())).collect::<Vec<_>>().join(", ")
}
