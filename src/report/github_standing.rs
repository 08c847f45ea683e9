//! How each clock stands that runs on something on GitHub.

use super::Condition;
use crate::model::{Config, Duration, Objective, Time};
use crate::plan::clocks::github::clocks;
use crate::state::State;

/// One running clock.
#[derive(Debug, Clone)]
pub struct GithubStanding<'a> {
    /// `pull request 12`.
    pub subject: String,
    pub objective: &'a Objective,
    pub start: Time,
    /// The last moment that is in time.
    pub due: Time,
    pub elapsed: Duration,
    pub condition: Condition,
}

/// All running clocks, the one with the least time left first.
pub fn github_standings<'a>(config: &'a Config, state: &'a State, now: Time) -> Vec<GithubStanding<'a>> {
    let known = &state.meta.github;
    let mut standings: Vec<_> = clocks(config, known)
        .map(|clock| {
            let mark = clock.mark(known);
            let condition = match mark {
                Some(mark) if mark.exceeded => Condition::Exceeded { level: mark.level },
                _ if now >= clock.due() => Condition::Exceeded { level: 0 },
                Some(_) => Condition::Warned,
                None => Condition::Ok,
            };
            GithubStanding {
                subject: clock.about.to_string(),
                objective: clock.objective,
                start: clock.start,
                due: clock.due(),
                elapsed: clock.objective.calendar.elapsed(clock.start, now),
                condition,
            }
        })
        .collect();
    standings.sort_by(|a, b| (a.due, &a.subject).cmp(&(b.due, &b.subject)));
    standings
}
