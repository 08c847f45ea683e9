//! `orch agent activity` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use crate::model::{Duration, Name, Time};
use crate::report::Activity;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActivityV1 {
    pub format_version: u32,
    pub since: Time,
    pub until: Time,
    pub agents: Vec<AgentActivityV1>,
}

/// What an agent did in that time.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AgentActivityV1 {
    #[schemars(with = "String")]
    pub agent: Name,
    pub tasks_assigned: usize,
    pub tasks_started: usize,
    pub tasks_delivered: usize,
    /// Sent back by a review.
    pub tasks_returned: usize,
    pub tasks_completed: usize,
    pub reviews_given: usize,
    /// Those of them that were no approval.
    pub reviews_not_approved: usize,
    /// The median from being given a task to starting or claiming it; null without one.
    pub response_seconds: Option<u64>,
    /// How many of these there were.
    pub responses: usize,
    /// The median from being asked for a review to giving it, here and on GitHub; null without one.
    pub review_seconds: Option<u64>,
    pub github: GithubActivityV1,
    /// Tasks completed, pull requests merged and reviews given, by day of the time.
    pub finished_per_day: f64,
    /// What it did, in order.
    pub deeds: Vec<DeedV1>,
}

/// What it did on GitHub, as far as that was seen.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GithubActivityV1 {
    pub pull_requests_opened: usize,
    pub pull_requests_merged: usize,
    pub pull_requests_closed: usize,
    pub reviews_given: usize,
    pub pushes_to_pull_requests: usize,
    pub commits: usize,
    pub comments: usize,
    /// Of the pull requests it opened, those on a branch of its own; null where it has none.
    pub opened_on_own_branches: Option<usize>,
}

/// One thing that it did.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeedV1 {
    pub at: Time,
    pub what: String,
}

impl ActivityV1 {
    pub fn new(activities: &[Activity<'_>], since: Time, until: Time) -> Self {
        let days = Activity::days(since, until);
        let agents = activities.iter().map(|activity| AgentActivityV1::new(activity, days)).collect();
        Self { format_version: FORMAT_VERSION, since, until, agents }
    }
}

impl AgentActivityV1 {
    fn new(activity: &Activity<'_>, days: f64) -> Self {
        let median = |times: &[Duration]| Activity::median(times).map(Duration::as_seconds);
        let github = &activity.github;
        Self {
            agent: activity.agent.name.clone(),
            tasks_assigned: activity.assigned,
            tasks_started: activity.started,
            tasks_delivered: activity.delivered,
            tasks_returned: activity.returned,
            tasks_completed: activity.completed,
            reviews_given: activity.reviews,
            reviews_not_approved: activity.objections,
            response_seconds: median(&activity.answers),
            responses: activity.answers.len(),
            review_seconds: median(&activity.review_times),
            github: GithubActivityV1 {
                pull_requests_opened: github.opened,
                pull_requests_merged: github.merged,
                pull_requests_closed: github.closed,
                reviews_given: github.reviews,
                pushes_to_pull_requests: github.pushes,
                commits: github.commits,
                comments: github.comments,
                opened_on_own_branches: github.on_own,
            },
            finished_per_day: activity.per_day(days),
            deeds: activity
                .deeds
                .iter()
                .map(|deed| DeedV1 { at: deed.at, what: deed.what.clone() })
                .collect(),
        }
    }
}
