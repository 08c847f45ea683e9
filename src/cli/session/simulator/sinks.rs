//! What effects are sent to, and how it answers: well, with a refusal, not at all, or by the end of whoever
//! asked.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::world::Inner;
use crate::model::RunId;
use crate::ports::{Exit, HttpError, HttpReply, HttpRequest};

/// One attempt that reached its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Occurrence {
    pub(super) run: RunId,
    pub(super) step: SmolStr,
    pub(super) attempt: u32,
    pub(super) key: SmolStr,
}

/// What was accepted.
#[derive(Debug, Default)]
pub(super) struct Sinks {
    /// By targets that know keys: each key once, whoever comes with it.
    pub(super) keyed: BTreeMap<(RunId, SmolStr), BTreeSet<SmolStr>>,
    keys: BTreeSet<SmolStr>,
    /// By those that know none: each time.
    pub(super) plain: BTreeMap<(RunId, SmolStr), Vec<Occurrence>>,
}

/// What becomes of a request or command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Ok,
    /// Not done, and may be asked for again.
    Refused,
    /// Not done, and never will be.
    RefusedForGood,
    NotReached,
    TimedOutBefore,
    TimedOutAfter,
    BrokenBefore,
    BrokenAfter,
    FailedBefore,
    FailedAfter,
    KilledBefore,
    KilledAfter,
}

const TROUBLE: [Answer; 11] = [
    Answer::Refused,
    Answer::NotReached,
    Answer::TimedOutBefore,
    Answer::TimedOutAfter,
    Answer::BrokenBefore,
    Answer::BrokenAfter,
    Answer::FailedBefore,
    Answer::FailedAfter,
    Answer::KilledBefore,
    Answer::KilledAfter,
    Answer::Ok,
];

/// The troubles that a full simulation must have had with each kind of target.
pub(super) const NAMES: [&str; 9] = [
    "ok",
    "refused",
    "not reached",
    "timed out before",
    "timed out after",
    "broken after",
    "failed after",
    "killed before",
    "killed after",
];

impl Answer {
    /// Draws one.
    pub(super) fn draw(inner: &mut Inner, is_fussy: bool) -> Self {
        if is_fussy && inner.random.u32(0..2) == 0 {
            return Self::RefusedForGood;
        }
        if inner.trouble && inner.random.u32(0..100) < 70 {
            return TROUBLE[inner.random.usize(0..TROUBLE.len())];
        }
        Self::Ok
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::RefusedForGood => "refused for good",
            Self::NotReached => "not reached",
            Self::TimedOutBefore => "timed out before",
            Self::TimedOutAfter => "timed out after",
            Self::BrokenBefore => "broken before",
            Self::BrokenAfter => "broken after",
            Self::FailedBefore => "failed before",
            Self::FailedAfter => "failed after",
            Self::KilledBefore => "killed before",
            Self::KilledAfter => "killed after",
        }
    }

    /// Whether the target does what it was asked to.
    pub(super) const fn is_accepted(self) -> bool {
        matches!(
            self,
            Self::Ok | Self::TimedOutAfter | Self::BrokenAfter | Self::FailedAfter | Self::KilledAfter
        )
    }

    pub(super) const fn kills(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter)
    }

    /// As HTTP tells it.
    pub(super) fn reply(self, request: &HttpRequest) -> Result<HttpReply, HttpError> {
        let status = match self {
            Self::TimedOutBefore | Self::TimedOutAfter => return Err(HttpError::TimedOut(request.timeout)),
            Self::BrokenBefore | Self::BrokenAfter => return Err(HttpError::Broken("reset".into())),
            Self::NotReached => {
                return Err(HttpError::Unreachable { host: "there".into(), why: "refused".into() });
            }
            Self::Refused => 429,
            Self::RefusedForGood => 422,
            Self::FailedBefore | Self::FailedAfter => 500,
            Self::Ok | Self::KilledBefore | Self::KilledAfter => 200,
        };
        Ok(HttpReply { status, headers: Vec::new(), body: Vec::new(), is_cut: false })
    }

    /// As a command ends.
    pub(super) fn exit(self) -> Exit {
        match self {
            Self::TimedOutBefore | Self::TimedOutAfter => Exit::TimedOut,
            // The machine ran out of memory.
            Self::BrokenBefore | Self::BrokenAfter | Self::FailedAfter => Exit::Signal(9),
            Self::Refused | Self::RefusedForGood | Self::FailedBefore => Exit::Code(1),
            Self::NotReached => Exit::NotStarted("no such program".into()),
            Self::Ok | Self::KilledBefore | Self::KilledAfter => Exit::Code(0),
        }
    }
}

impl Sinks {
    /// A target without keys does something, whether it did it before or not.
    pub(super) fn accept(&mut self, what: Occurrence) {
        self.plain.entry((what.run.clone(), what.step.clone())).or_default().push(what);
    }

    /// One with keys does it once for each key.
    pub(super) fn accept_once(&mut self, what: Occurrence) {
        if self.keys.insert(what.key.clone()) {
            self.keyed.entry((what.run, what.step)).or_default().insert(what.key);
        }
    }

    pub(super) fn knows(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    pub(super) fn times(&self, run: &RunId, step: &str) -> usize {
        self.plain.get(&(run.clone(), step.into())).map_or(0, Vec::len)
    }
}
