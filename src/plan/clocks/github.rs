//! The clocks that run on what happens on GitHub.

use crate::model::{Config, Github, GithubMark, GithubThing, Level, Objective, Pull, Subject, Time};

/// One running clock.
#[derive(Debug, Clone)]
pub struct Clock<'a> {
    pub objective: &'a Objective,
    pub about: GithubThing,
    pub start: Time,
}

/// The clocks that run now: for each thing, by the first objective that matches.
pub fn clocks<'a>(config: &'a Config, known: &'a Github) -> impl Iterator<Item = Clock<'a>> {
    let of_pulls = known.pulls.values().flat_map(move |pull| {
        let review = waits_since(pull).and_then(|start| {
            Some(Clock {
                objective: find(config, Subject::PullReview, "")?,
                about: GithubThing::Pull { number: pull.number },
                start,
            })
        });
        let checks = pull.checks.iter().filter(|(_, check)| check.conclusion.is_none());
        let checks = checks.filter_map(move |(name, check)| {
            Some(Clock {
                objective: find(config, Subject::Check, name)?,
                about: GithubThing::Check { number: pull.number, name: name.clone() },
                start: check.started_at?,
            })
        });
        review.into_iter().chain(checks)
    });
    let builds = known.builds.values().filter(|build| build.conclusion.is_none());
    let of_builds = builds.filter_map(move |build| {
        Some(Clock {
            objective: find(config, Subject::Build, &build.name)?,
            about: GithubThing::Build { id: build.id },
            start: build.started_at,
        })
    });
    let deployments = known.deployments.values().filter(|deployment| !deployment.is_over());
    let of_deployments = deployments.filter_map(move |deployment| {
        let environment = &deployment.environment;
        Some(Clock {
            objective: find(config, Subject::Deployment, environment)?,
            about: GithubThing::Deployment { id: deployment.id, environment: environment.clone() },
            start: deployment.created_at,
        })
    });
    of_pulls.chain(of_builds).chain(of_deployments)
}

/// Since when a pull request waits for its first review by somebody else; none if it does not.
fn waits_since(pull: &Pull) -> Option<Time> {
    let author = pull.author.as_ref().map(|author| author.id);
    let is_reviewed = pull.reviews.iter().any(|review| review.by.as_ref().map(|by| by.id) != author);
    (!pull.draft && !is_reviewed).then(|| pull.ready_at.unwrap_or(pull.created_at))
}

fn find<'a>(config: &'a Config, subject: Subject, name: &str) -> Option<&'a Objective> {
    config.objectives.iter().find(|objective| {
        objective.subject == subject
            && (objective.named.is_empty() || objective.named.iter().any(|one| one == name))
    })
}

impl Clock<'_> {
    /// When the time is up: the breach.
    pub fn due(&self) -> Time {
        self.objective.due(self.start)
    }

    /// When a warning goes out, if one does.
    pub fn warns_at(&self) -> Option<Time> {
        self.objective.warns_at(self.start)
    }

    /// When a level is escalated to.
    pub fn level_at(&self, level: &Level) -> Time {
        self.objective.level_at(self.start, level)
    }

    /// Whether a mark is this clock's.
    pub fn made(&self, mark: &GithubMark) -> bool {
        mark.due == self.due() && mark.about == self.about && mark.objective == self.objective.name
    }

    /// What the clock has said already.
    pub fn mark<'k>(&self, known: &'k Github) -> Option<&'k GithubMark> {
        known.marks.iter().find(|mark| self.made(mark))
    }

    /// When the clock has something to say next.
    pub fn next_change(&self, known: &Github) -> Option<Time> {
        match self.mark(known) {
            Some(mark) if mark.exceeded => {
                self.objective.levels.get(usize::from(mark.level)).map(|level| self.level_at(level))
            }
            Some(_) => Some(self.due()),
            None => Some(self.warns_at().unwrap_or_else(|| self.due())),
        }
    }
}
