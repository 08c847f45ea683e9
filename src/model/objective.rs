//! Service level objectives: how long things may take, and who hears when they take longer.

use smol_str::SmolStr;

use super::{Duration, Name, Origin, TaskMatch, Time};

/// What an objective's clock runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// One review, from request to verdict.
    Review,
    /// A round of reviews, from delivery to completion or return.
    ReviewTotal,
    /// A task, from creation to completion.
    Task,
    /// The answer of an agent, from when it is given a task to when it begins.
    Response,
    /// A pull request on GitHub, from when it is ready to its first review by somebody else.
    PullReview,
    /// A run of one of GitHub's workflows, from its start to its end.
    Build,
    /// A check of a pull request, from its start to its end.
    Check,
    /// A deployment on GitHub, from when it is made to its end.
    Deployment,
}

impl Subject {
    /// Whether it is on GitHub.
    pub const fn is_on_github(self) -> bool {
        matches!(self, Self::PullReview | Self::Build | Self::Check | Self::Deployment)
    }
}

/// When a clock runs. All clocks run always today; business hours belong here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Calendar {
    #[default]
    Always,
}

impl Calendar {
    /// The calendars that `calendar:` can name.
    pub const NAMES: [&'static str; 1] = ["always"];

    /// When a clock that started at `start` has run for `duration`.
    pub fn after(&self, start: Time, duration: Duration) -> Time {
        match self {
            Self::Always => start + duration,
        }
    }

    /// How long a clock has run at `now` that started at `start`.
    pub fn elapsed(&self, start: Time, now: Time) -> Duration {
        match self {
            Self::Always => now.since(start),
        }
    }
}

/// Whom a breach is escalated to, and how long after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    pub after: Duration,
    pub to: Vec<Name>,
    pub origin: Origin,
}

/// One line of `sla.yaml`: the first objective that matches a subject sets its clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    pub name: Name,
    pub subject: Subject,
    pub matching: TaskMatch,
    /// For [`Subject::Review`]: the review types it holds for; all if empty.
    pub review_types: Vec<Name>,
    /// For [`Subject::Build`], [`Subject::Check`] and [`Subject::Deployment`]: the workflows, checks or environments it
    /// holds for; all if empty.
    pub named: Vec<SmolStr>,
    pub within: Duration,
    /// Per cent of `within` at which a warning goes out; none if 100.
    pub warn_percent: u8,
    pub calendar: Calendar,
    /// In ascending order of `after`, counted from the breach.
    pub levels: Vec<Level>,
    pub origin: Origin,
}

impl Objective {
    /// When the time of a clock that started at `start` is up: the breach.
    pub fn due(&self, start: Time) -> Time {
        self.calendar.after(start, self.within)
    }

    /// When its warning goes out, if one does.
    pub fn warns_at(&self, start: Time) -> Option<Time> {
        (self.warn_percent < 100).then(|| self.calendar.after(start, self.within.percent(self.warn_percent)))
    }

    /// When one of its levels is escalated to.
    pub fn level_at(&self, start: Time, level: &Level) -> Time {
        self.calendar.after(self.due(start), level.after)
    }
}
