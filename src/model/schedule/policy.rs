//! What a schedule does where the clocks change, and with slots that nobody noticed in time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Duration;

/// What a cron line that names hours does where the clocks change.
///
/// A time of day that the clocks leave out lies in a *gap*, one that they show twice in a *fold*.
/// Lines with a `*` in their hour field (`*/30 * * * *`, `0 */6 * * *`) know no such times: under
/// every policy they have a slot at each real minute whose clock matches, in both passes of a fold,
/// and none for what a gap leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClockChange {
    /// In a gap at the first moment after it, all times of the gap together once, even if that is
    /// another day; in a fold at the first of the two times.
    #[default]
    Once,
    /// In a gap not at all; in a fold at the first of the two times.
    Skip,
    /// In a gap like `once`; in a fold at both times.
    Every,
}

/// What happens to slots that were noticed late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CatchUp {
    /// The newest slot runs, however late; older ones are recorded as missed.
    #[default]
    Latest,
    /// Every slot runs, the oldest first. Of more than `max_catch_up` the newest run, and the older
    /// ones are recorded as missed.
    All,
    /// The newest slot runs if it is noticed within [`CatchUp::GRACE`], and before the next is due.
    /// All others are recorded as missed.
    Skip,
}

impl CatchUp {
    /// How late a slot is still on time under [`CatchUp::Skip`]. Ticks are late by nature: this is
    /// more than the delay of most of them, and less than what people mean by "it did not run".
    pub const GRACE: Duration = Duration::from_minutes(60);
}
