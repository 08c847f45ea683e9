//! `orch review list` as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::FORMAT_VERSION;
use super::sla::ClockV1;
use super::task::ReviewV1;
use crate::model::{Code, Config, Review, Task, Time};
use crate::report::standings_of;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReviewListV1 {
    pub format_version: u32,
    pub reviews: Vec<ListedReviewV1>,
}

impl ReviewListV1 {
    pub fn new(config: &Config, reviews: &[(&Task, &Review)], now: Time) -> Self {
        let listed = |(task, review): &(&Task, &Review)| ListedReviewV1::new(config, task, review, now);
        Self { format_version: FORMAT_VERSION, reviews: reviews.iter().map(listed).collect() }
    }
}

/// One review.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReviewDocumentV1 {
    pub format_version: u32,
    pub review: ListedReviewV1,
}

impl ReviewDocumentV1 {
    pub fn new(config: &Config, task: &Task, review: &Review, now: Time) -> Self {
        Self { format_version: FORMAT_VERSION, review: ListedReviewV1::new(config, task, review, now) }
    }
}

/// A review and the task it belongs to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ListedReviewV1 {
    pub task: Code,
    pub title: String,
    pub review: ReviewV1,
    /// The clock that runs on it.
    pub clock: Option<ClockV1>,
}

impl ListedReviewV1 {
    fn new(config: &Config, task: &Task, review: &Review, now: Time) -> Self {
        let standings = standings_of(config, task, now);
        let own = standings.iter().find(|s| s.review.is_some_and(|other| other.id == review.id));
        Self {
            task: task.code.clone(),
            title: task.spec.title.clone(),
            review: ReviewV1::from(review),
            clock: own.map(|standing| ClockV1::new(standing, now)),
        }
    }
}
